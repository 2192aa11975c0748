//! Finding, fetching and running private servers.
use pgcomply::server::*;
#[test]
fn starts() {
    let around = Surroundings::read(|n| std::env::var_os(n));
    let t = std::time::Instant::now();
    let b = find(
        std::env::var("MAJOR").ok().and_then(|m| m.parse().ok()),
        &around,
    )
    .unwrap();
    eprintln!("{b:?} {:?}", t.elapsed());
    for _ in 0..3 {
        let t = std::time::Instant::now();
        let mut s = PrivateServer::start(&b, Options::default()).unwrap();
        eprintln!("start {:?}", t.elapsed());
        eprintln!(
            "{:?} {:?}",
            s.value("postgres", "show data_checksums").unwrap(),
            t.elapsed()
        );
        s.reload().unwrap();
        eprintln!("reload {:?}", t.elapsed());
        s.restart().unwrap();
        eprintln!("restart {:?}", t.elapsed());
        s.execute("postgres", "select 1").unwrap();
        drop(s);
        eprintln!("end {:?}", t.elapsed());
    }
}
#[test]
#[ignore]
fn hang() {
    let around = Surroundings::read(|n| std::env::var_os(n));
    let b = find(None, &around).unwrap();
    let s = PrivateServer::start(&b, Options::default()).unwrap();
    eprintln!("{}", s.folder().display());
    std::thread::sleep(std::time::Duration::from_secs(60));
}
