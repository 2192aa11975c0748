//! Finding, fetching and running private servers.
use pgcomply::server::*;
#[test]
fn starts() {
    let around = Surroundings::read(|n| std::env::var_os(n));
    let b = find(std::env::var("MAJOR").ok().and_then(|m| m.parse().ok()), &around).unwrap();
    eprintln!("{}", b.version);
    for _ in 0..3 {
        let t = std::time::Instant::now();
        let s = Reference::start(&b, chrono::Utc::now(), ReferenceOptions::default()).unwrap();
        eprintln!("start {:?}", t.elapsed());
        s.drift().unwrap();
        eprintln!("drift {:?}", t.elapsed());
        drop(s);
        eprintln!("end {:?}", t.elapsed());
    }
}
