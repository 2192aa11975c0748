//! How fast a scan is, beside `psql` running the same catalog queries in the same run. `cargo bench` prints the table.
//!
//! Two servers: the demo's reference, and 20,000 tables in 20 schemas with grants to 50 roles. Each command runs in a
//! small process of its own, so that its peak memory is its own. Figures are for people; nothing is asserted.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot measure shall end, and it prints its table"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use chrono::Utc;
use nix::sys::resource::{UsageWho, getrusage};
use pgcomply::collect::postgres::statements_for;
use pgcomply::server::{Reference, ReferenceOptions, Surroundings, find};

const RUNS: usize = 7;
const SCHEMAS: usize = 20;
const TABLES: usize = 1000;
const ROLES: usize = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|a| a == "--measure") {
        Some(at) => measure(&arguments[at + 1..]),
        None => compare(),
    }
}

/// Runs a command and prints its wall time in ms and its peak memory in MB.
fn measure(command: &[String]) {
    let started = Instant::now();
    let status = Command::new(&command[0]).args(&command[1..]).stdout(Stdio::null()).status().unwrap();
    let took = started.elapsed();
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("{} {} {}", took.as_secs_f64() * 1000.0, peak as f64 / 1024.0, status.code().unwrap_or(-1));
}

fn compare() {
    let around = Surroundings::read(|name| std::env::var_os(name));
    let binaries = find(None, &around).unwrap();
    let hba = "local all all peer map={{peer_map}}\nhostssl appdb,big backupuser localhost scram-sha-256\n";
    let options = ReferenceOptions {
        conf: "max_locks_per_transaction = 512\n".into(),
        hba: Some(hba.into()),
        ..ReferenceOptions::default()
    };
    let reference = Reference::start(&binaries, Utc::now(), options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    println!("PostgreSQL {}, {RUNS} runs each, median", binaries.version);
    one("the demo's reference", &reference, "appdb", folder.path());
    println!("building {} tables in {SCHEMAS} schemas, granted to {ROLES} roles …", SCHEMAS * TABLES);
    grow(&reference);
    one("20,000 tables, 50 roles", &reference, "big", folder.path());
}

fn one(title: &str, reference: &Reference, database: &str, folder: &Path) {
    let target = format!(
        "host={} port={} user=backupuser dbname={database} sslmode=verify-full sslrootcert={}",
        reference.host(),
        reference.port(),
        reference.ca_bundle().display()
    );
    let password = reference.password_file("backupuser").unwrap();
    let (json, html) = (folder.join("report.json"), folder.join("report.html"));
    let policy = folder.join("pgcomply.toml");
    let schemas: Vec<String> = (0..SCHEMAS).map(|s| format!("\"big.s{s}\"")).collect();
    let big = pgcomply::server::POLICY.replace("\"appdb.app\"", &schemas.join(", "));
    std::fs::write(&policy, if database == "big" { big } else { pgcomply::server::POLICY.to_owned() }).unwrap();
    let scan = [
        env!("CARGO_BIN_EXE_pgcomply").to_owned(),
        "scan".into(),
        target.clone(),
        "--database".into(),
        database.into(),
        "--password-file".into(),
        password.display().to_string(),
        "--policy".into(),
        policy.display().to_string(),
        "-o".into(),
        format!("json={}", json.display()),
        "-o".into(),
        format!("html={}", html.display()),
    ];
    let (ours, peak) = median(&scan, None);
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0.0, |m| m.len() as f64 / 1e6);
    println!("{title}");
    println!(
        "  pgcomply scan, JSON and HTML   {ours:8.0} ms   {peak:6.0} MB   (JSON {:.2} MB, HTML {:.2} MB)",
        size(&json),
        size(&html)
    );
    let Some(psql) = psql() else {
        println!("  psql is not installed: no ratio");
        return;
    };
    let file = folder.join("queries.sql");
    std::fs::write(&file, queries(i64::from(reference.server().major()))).unwrap();
    let same = [
        psql,
        "-X".into(),
        "-v".into(),
        "ON_ERROR_ROLLBACK=on".into(),
        "-q".into(),
        "-A".into(),
        "-t".into(),
        "-f".into(),
        file.display().to_string(),
        target,
    ];
    let (theirs, their_peak) = median(&same, Some(&password));
    println!("  psql, the same queries         {theirs:8.0} ms   {their_peak:6.0} MB");
    println!("  ratio                          {:8.2}", ours / theirs);
}

/// Median wall time in ms and the largest peak in MB.
fn median(command: &[String], password: Option<&Path>) -> (f64, f64) {
    let mut times = Vec::new();
    let mut peak = 0.0_f64;
    for _ in 0..RUNS {
        let mut wrapper = Command::new(std::env::current_exe().unwrap());
        wrapper.arg("--measure").args(command);
        if let Some(password) = password {
            wrapper.env("PGPASSWORD", std::fs::read_to_string(password).unwrap().trim_end());
        }
        let output = wrapper.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
        assert!(
            matches!(numbers[2] as i64, 0 | 1 | 3),
            "{command:?} ended with {}: {}",
            numbers[2],
            String::from_utf8_lossy(&output.stderr)
        );
        times.push(numbers[0]);
        peak = peak.max(numbers[1]);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], peak)
}

/// Everything that a scan runs, as a script; statements with parameters are left out.
fn queries(major: i64) -> String {
    statements_for(major).into_iter().filter(|(_, sql)| !sql.contains("$1")).fold(
        String::new(),
        |mut text, (_, sql)| {
            let _ = writeln!(text, "{sql};");
            text
        },
    )
}

fn psql() -> Option<String> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("psql"))
        .find(|p| p.is_file())
        .map(|p| p.display().to_string())
}

fn grow(reference: &Reference) {
    let server = reference.server();
    server.execute("postgres", "CREATE DATABASE big OWNER appowner").unwrap();
    server
        .execute(
            "postgres",
            "REVOKE ALL ON DATABASE big FROM PUBLIC; GRANT CONNECT ON DATABASE big TO backupuser, appuser",
        )
        .unwrap();
    let roles: Vec<String> = (0..ROLES).map(|r| format!("r{r}")).collect();
    let create: String = roles.iter().map(|r| format!("CREATE ROLE {r} NOLOGIN; ")).collect();
    server.execute("big", &create).unwrap();
    for schema in 0..SCHEMAS {
        let sql = format!(
            "CREATE SCHEMA s{schema} AUTHORIZATION appowner;
             GRANT USAGE ON SCHEMA s{schema} TO appuser, backupuser;
             DO $$ BEGIN FOR t IN 0..{last} LOOP
               EXECUTE format('CREATE TABLE s{schema}.t%s (id bigint PRIMARY KEY, tenant_id uuid, a int, b int, c bigint)', t);
               EXECUTE format('ALTER TABLE s{schema}.t%s OWNER TO appowner', t);
             END LOOP; END $$;
             GRANT SELECT ON ALL TABLES IN SCHEMA s{schema} TO {roles}, backupuser;
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA s{schema} TO appuser",
            last = TABLES - 1,
            roles = roles.join(", ")
        );
        server.execute("big", &sql).unwrap();
    }
    server.execute("big", "ANALYZE").unwrap();
}
