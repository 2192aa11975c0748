//! Scans for the tests: evidence of a deployment, its rows as text, and what the server logged meanwhile.

use chrono::Utc;
use pgcomply::collect::postgres::{Bounds, Counting, ScanError, ScanRequest, scan_within};
use pgcomply::conninfo::{self, ConnectionSettings};
use pgcomply::evidence::Evidence;
use pgcomply::server::{Binaries, PrivateServer, Reference, ReferenceOptions};

/// A reference deployment of a test's own, to be changed at will.
pub(crate) fn own(binaries: &Binaries) -> Reference {
    Reference::start(binaries, Utc::now(), ReferenceOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// One whose pg_hba.conf lets `backupuser` into every database that it may connect to.
pub(crate) fn own_open(binaries: &Binaries) -> Reference {
    let hba = include_str!("../../fixtures/reference/pg_hba.conf");
    let rule = "hostssl    appdb                         appuser,backupuser  127.0.0.1/32     scram-sha-256";
    assert!(hba.contains(rule), "the reference's pg_hba.conf has changed");
    let hba = hba.replace(rule, &format!("hostssl all backupuser 127.0.0.1/32 scram-sha-256\n{rule}"));
    let hba = hba.replace(
        "hostssl    appdb                         appuser,backupuser  ::1/128",
        "hostssl all backupuser ::1/128",
    );
    let options = ReferenceOptions { hba: Some(hba), ..ReferenceOptions::default() };
    Reference::start(binaries, Utc::now(), options).unwrap_or_else(|error| panic!("{error}"))
}

/// How `role` gets there, as `scan -h … --password-file …` would.
pub(crate) fn settings(reference: &Reference, role: &str, database: &str) -> ConnectionSettings {
    let request = conninfo::Request {
        connection: Some(super::connection(reference, role, database)),
        password_file: reference.password_file(role),
        ..conninfo::Request::default()
    };
    conninfo::resolve(&request, &conninfo::Surroundings::default()).unwrap()
}

/// A scan as `backupuser` from appdb, of every database.
pub(crate) async fn scanned(reference: &Reference) -> Rows {
    scanned_by(&settings(reference, "backupuser", "appdb"), &[], &Bounds::default()).await.unwrap()
}

/// A scan of the databases that are named.
pub(crate) async fn scanned_in(reference: &Reference, databases: &[&str]) -> Rows {
    scanned_by(&settings(reference, "backupuser", "appdb"), databases, &Bounds::default()).await.unwrap()
}

/// A scan as `backupuser` from appdb that counts rows.
pub(crate) async fn scanned_counting(reference: &Reference, counting: &Counting) -> Rows {
    let settings = settings(reference, "backupuser", "appdb");
    scanned_with(&settings, &[], &Bounds::default(), Some(counting)).await.unwrap()
}

/// A scan, however it ends.
pub(crate) async fn scanned_by(
    settings: &ConnectionSettings,
    databases: &[&str],
    bounds: &Bounds,
) -> Result<Rows, ScanError> {
    scanned_with(settings, databases, bounds, None).await
}

async fn scanned_with(
    settings: &ConnectionSettings,
    databases: &[&str],
    bounds: &Bounds,
    counting: Option<&Counting>,
) -> Result<Rows, ScanError> {
    let databases: Vec<String> = databases.iter().map(|name| (*name).to_owned()).collect();
    let mut evidence = Evidence::empty().await.unwrap();
    let request =
        ScanRequest { target: "t", settings, databases: &databases, exclude_databases: &[], counting, clock: Utc::now };
    scan_within(&request, bounds, &mut evidence).await?;
    Ok(Rows(evidence))
}

/// Evidence whose rows are read as text.
pub(crate) struct Rows(pub(crate) Evidence);

impl Rows {
    /// Every row with its values joined by `|`; NULL is `∅`.
    pub(crate) async fn of(&mut self, sql: &str) -> Vec<String> {
        let rows = self.0.fetch(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::Null => "∅".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = |row| {
            let values = Evidence::row_values(row).unwrap();
            values.iter().map(|(_, value)| shown(value)).collect::<Vec<_>>().join("|")
        };
        rows.iter().map(line).collect()
    }

    /// The only row.
    pub(crate) async fn one(&mut self, sql: &str) -> String {
        let rows = self.of(sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().unwrap()
    }
}

/// The rows of a superuser's query, in the same spelling.
pub(crate) fn superuser_rows(server: &PrivateServer, database: &str, sql: &str) -> Vec<String> {
    let line = "SELECT string_agg(coalesce(value, '∅'), '|' ORDER BY ordinality) FROM json_each_text(row_to_json(x)) WITH ORDINALITY";
    let text = format!("SELECT string_agg(({line}), E'\\x01') FROM ({sql}) x");
    let joined = server.value(database, &text).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    joined.unwrap_or_default().split('\x01').filter(|row| !row.is_empty()).map(str::to_owned).collect()
}

/// Everything that the server has logged, entry by entry: a line with its prefix and the indented ones after it.
pub(crate) fn log(server: &PrivateServer) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let folder = server.data_dir().join("log");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files {
        for line in String::from_utf8_lossy(&std::fs::read(file).unwrap()).lines() {
            match (line.starts_with('\t'), entries.last_mut()) {
                (true, Some(entry)) => *entry += &format!("\n{}", &line[1..]),
                _ => entries.push(line.to_owned()),
            }
        }
    }
    entries
}

/// What the server has logged of one role.
pub(crate) fn log_of(server: &PrivateServer, role: &str) -> Vec<String> {
    log(server).into_iter().filter(|entry| entry.contains(&format!(" {role}@"))).collect()
}

/// Waits until no session of the role is left, so that all of it is logged and counted.
pub(crate) fn wait_until_gone(server: &PrivateServer, role: &str) {
    let left = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'");
    wait_until(|| server.value("postgres", &left).unwrap().as_deref() == Some("0"), "sessions are left");
    // the collector writes when it gets to it
    let count = |entries: &[String], what: &str| entries.iter().filter(|entry| entry.contains(what)).count();
    let written = || {
        let entries = log_of(server, role);
        count(&entries, "LOG:  connection authorized") <= count(&entries, "LOG:  disconnection: ")
            && !entries.is_empty()
    };
    wait_until(written, "the log is not written");
}

/// Asks again and again, half a minute long.
pub(crate) fn wait_until(done: impl Fn() -> bool, or: &str) {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !done() {
        assert!(std::time::Instant::now() < patience, "{or} after half a minute");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Text as one line of words, to compare statements by.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
