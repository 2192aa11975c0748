//! What runs: sessions, slots, the archiver and the releases, on real servers and held to a day.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::path::Path;

use chrono::{DateTime, Utc};
use pgcomply::catalogue::Catalogue;
use pgcomply::collect::postgres::Bounds;
use pgcomply::evaluate::{Context, evaluate};
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, ReasonKind, Status, Verdict};
use pgcomply::policy::Policy;
use pgcomply::role_model;
use pgcomply::server::{Reference, ReferenceOptions};
use support::scanning::{own, scanned, scanned_by, settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A superuser's session that has run something and stays.
async fn at_work(reference: &Reference, sql: &str) -> tokio_postgres::Client {
    let client = reference.server().superuser_client("appdb").await.unwrap();
    client.batch_execute(sql).await.unwrap();
    client
}

#[tokio::test]
async fn of_a_statement_only_its_kind_is_kept() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        reference.server().execute("appdb", "GRANT pg_read_all_stats TO backupuser").unwrap();
        let cases = [
            ("SELECT 'sosecret'", "SELECT"),
            ("BEGIN; -- sosecret", "BEGIN"),
            ("/* sosecret */ -- two\n  create  user sosecret", "CREATE ROLE"),
            ("ALTER ROLE sosecret CONNECTION LIMIT 3", "ALTER ROLE"),
            ("grant sosecret to appuser", "GRANT"),
            ("create temp table sosecret (a int)", "CREATE TEMPORARY"),
            ("CREATE TABLE sosecret (a int)", "CREATE"),
            ("set app.sosecret = 'x'", "SET"),
        ];
        let mut sessions = Vec::new();
        for (sql, _) in cases {
            sessions.push(at_work(&reference, sql).await);
        }
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT status FROM collection WHERE fact = 'session'").await, "complete");
        let kinds = "SELECT statement FROM session WHERE role = 'postgres' AND backend = 'client' ORDER BY 1";
        let mut expected: Vec<&str> = cases.iter().map(|(_, kind)| *kind).collect();
        expected.sort_unstable();
        assert_eq!(evidence.of(kinds).await, expected, "{}", binaries.major);
        let whole = String::from_utf8_lossy(&evidence.0.to_bytes().await.unwrap()).into_owned();
        // the role of that name is a fact, and the table too
        let outside = "SELECT count(*) FROM session WHERE statement LIKE '%sosecret%' OR state LIKE '%sosecret%'";
        assert_eq!(evidence.one(outside).await, "0");
        assert!(!whole.contains("'sosecret'") && !whole.contains("two\n"));
    }
}

#[tokio::test]
async fn sessions_of_others_are_there_and_unseen_without_the_grant() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let _session = at_work(&reference, "SELECT 1").await;
        let mut evidence = scanned(&reference).await;
        let found = "SELECT status, kind, unlock FROM collection WHERE fact = 'session'";
        assert_eq!(evidence.one(found).await, "partial|privilege|GRANT pg_read_all_stats TO backupuser;");
        let rows = "SELECT backend, state, address, ssl, statement FROM session WHERE role = 'postgres'";
        assert!(evidence.of(rows).await.iter().all(|row| row == "unseen|∅|∅|∅|∅"));
        let own = "SELECT backend, transport, address, ssl FROM session WHERE scanner = 1";
        assert_eq!(evidence.one(own).await, "client|tcp|127.0.0.1|1");
    }
}

#[tokio::test]
async fn slots_and_files_are_read() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        server.execute("appdb", "SELECT pg_create_physical_replication_slot('standby1', true)").unwrap();
        server.execute("appdb", "SELECT pg_create_physical_replication_slot('unused')").unwrap();
        server.execute("appdb", "GRANT EXECUTE ON FUNCTION pg_show_all_file_settings() TO backupuser").unwrap();
        let file = server.data_dir().join("postgresql.conf");
        let kept = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{kept}\nwork_mem = 'lots'\n")).unwrap();
        let mut evidence = scanned(&reference).await;
        let slots = "SELECT name, kind, active, wal_status, held_bytes BETWEEN 0 AND 100000000 FROM replication_slot ORDER BY 1";
        assert_eq!(
            evidence.of(slots).await,
            ["standby1|physical|0|reserved|1", "unused|physical|0|reserves nothing|1"]
        );
        let wrong = "SELECT name FROM file_setting WHERE wrong = 1 ORDER BY 1";
        assert_eq!(evidence.of(wrong).await, ["work_mem"]);
        assert_eq!(evidence.one("SELECT count(*) FROM file_setting WHERE error LIKE '%lots%'").await, "0");
        assert_ne!(evidence.one("SELECT wal_position FROM server").await, "∅");
        let findings = judged(evidence.0, Utc::now()).await;
        let found = of(&findings, "integrity/config-errors");
        assert_eq!((found.status, found.population.failed), (Status::Fail, 1), "{}", found.message);
        assert_eq!(of(&findings, "backup/replication-slots").status, Status::Pass);
        assert_eq!(of(&findings, "backup/archiver-healthy").status, Status::Pass);
    }
}

async fn judged(mut evidence: Evidence, now: DateTime<Utc>) -> Vec<Finding> {
    let text = include_str!("../fixtures/reference/pgcomply.toml");
    let policy = Policy::parse(text, Path::new("pgcomply.toml")).unwrap();
    role_model::apply(&mut evidence, &policy, now).await.unwrap();
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let context = Context { target: "t", policy: &policy, max_observations: 100 };
    evaluate(&mut evidence, &catalogue, |_| true, &context).await.unwrap()
}

fn of<'f>(findings: &'f [Finding], check: &str) -> &'f Finding {
    findings.iter().find(|f| f.check == check).unwrap()
}

/// A server of a version, judged on a day.
async fn on(day: &str, version: &str, number: i64, vendor: &str) -> [(Status, Option<ReasonKind>); 3] {
    let mut evidence = Evidence::empty().await.unwrap();
    let sql = format!(
        "INSERT INTO server (version, version_num, major, vendor, scanner_role, scanner_database)
         VALUES ('{version}', {number}, {number} / 10000, '{vendor}', 'backupuser', 'appdb');
         INSERT INTO collection (fact, part, database, status, source, collected_at, duration_ms, rows)
         VALUES ('server', '*', '', 'complete', 'server', '{day}', 0, 1)"
    );
    evidence.execute(&sql).await.unwrap();
    let now = DateTime::parse_from_rfc3339(&format!("{day}T12:00:00Z")).unwrap().with_timezone(&Utc);
    let findings = judged(evidence, now).await;
    ["patch/supported-version", "patch/current-minor", "patch/release-build"].map(|check| {
        let found = of(&findings, check);
        (found.status, found.reason.as_ref().and_then(|r| r.kind))
    })
}

#[tokio::test]
async fn versions_are_judged_by_the_day_and_nothing_passes_by_an_old_table() {
    const PASS: (Status, Option<ReasonKind>) = (Status::Pass, None);
    const FAIL: (Status, Option<ReasonKind>) = (Status::Fail, None);
    const STALE: (Status, Option<ReasonKind>) = (Status::NotAssessed, Some(ReasonKind::StaleData));
    const VENDOR: (Status, Option<ReasonKind>) = (Status::NotAssessed, Some(ReasonKind::Version));
    for (day, version, number, vendor, expected) in [
        ("2026-06-01", "14.23", 140023, "", [PASS, PASS, PASS]),
        ("2026-06-01", "14.23 (Debian 14.23-1.pgdg12+1)", 140023, "", [PASS, PASS, PASS]),
        ("2026-06-01", "14.22", 140022, "", [PASS, FAIL, PASS]),
        ("2026-11-10", "14.23", 140023, "", [PASS, PASS, PASS]),
        ("2026-11-12", "14.23", 140023, "", [STALE, STALE, PASS]),
        ("2026-11-13", "14.23", 140023, "", [FAIL, STALE, PASS]),
        ("2027-01-01", "14.22", 140022, "", [FAIL, FAIL, PASS]),
        // what no row of the table speaks of is not judged, and an old minor fails all the same
        ("2026-06-01", "16.14", 160014, "", [STALE, STALE, PASS]),
        ("2026-06-01", "16.13", 160013, "", [STALE, FAIL, PASS]),
        ("2026-06-01", "14.24", 140024, "", [PASS, STALE, PASS]),
        ("2026-06-01", "19beta1", 190000, "", [STALE, STALE, FAIL]),
        ("2026-06-01", "13.23", 130023, "", [FAIL, STALE, PASS]),
        ("2026-06-01", "16.4", 160004, "Amazon Aurora", [VENDOR, VENDOR, PASS]),
    ] {
        assert_eq!(on(day, version, number, vendor).await, expected, "{version} on {day}");
    }
}

#[tokio::test]
async fn a_client_of_the_server_s_own_build_is_told_from_a_vendor_s() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let evidence = scanned_by(&settings(&reference, "backupuser", "appdb"), &[], &Bounds::default()).await;
        assert_eq!(evidence.unwrap().one("SELECT vendor FROM server").await, "", "{}", binaries.major);
        let aurora = "SET allow_system_table_mods = on;
            CREATE FUNCTION pg_catalog.aurora_version() RETURNS text LANGUAGE sql AS 'SELECT ''16.4.1''::text'";
        reference.server().execute("appdb", aurora).unwrap();
        assert_eq!(scanned(&reference).await.one("SELECT vendor FROM server").await, "Amazon Aurora");
    }
}

#[tokio::test]
async fn a_provider_s_roles_are_called_the_provider_s_where_its_own_role_is_there() {
    let binaries = &support::servers()[0];
    let reference = own(binaries);
    let said = async |sql: &str| {
        reference.server().execute("appdb", sql).unwrap();
        let findings = judged(scanned(&reference).await.0, Utc::now()).await;
        let found = of(&findings, "roles/superusers-limited").clone();
        let observed: Vec<_> = found.observations.into_iter().filter(|o| o.verdict == Verdict::Fail).collect();
        observed.into_iter().map(|o| format!("{}: {}", o.subject, o.observed.unwrap_or_default())).collect::<Vec<_>>()
    };
    let alone = said("CREATE ROLE azure_pg_admin SUPERUSER").await;
    assert_eq!(alone, ["azure_pg_admin: SUPERUSER, cannot log in"]);
    let azure = said("CREATE ROLE azuresu SUPERUSER LOGIN").await;
    assert_eq!(
        azure,
        [
            "azure_pg_admin: SUPERUSER, cannot log in, the provider's own (Azure Database for PostgreSQL)",
            "azuresu: SUPERUSER, can log in, the provider's own (Azure Database for PostgreSQL)"
        ]
    );
}

/// Between client and server, without TLS: greets with a process of its own, as a pooler does.
async fn pooler(server_port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", server_port)).await.unwrap();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                let up = tokio::io::copy(&mut from_client, &mut to_server);
                let down = async {
                    let mut buffer = vec![0; 65536];
                    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
                        let key = b"K\0\0\0\x0c";
                        if let Some(at) = buffer[..count].windows(key.len()).position(|w| w == key) {
                            buffer[at + 5] ^= 0x55;
                        }
                        if to_client.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                    }
                };
                let _ = tokio::join!(up, down);
            });
        }
    });
    port
}

#[tokio::test]
async fn a_pooler_is_recognised_and_what_the_wire_showed_is_its_own() {
    for binaries in support::servers() {
        let hba = format!(
            "host all backupuser 127.0.0.1/32 scram-sha-256\n{}",
            include_str!("../fixtures/reference/pg_hba.conf")
        );
        let options = ReferenceOptions { hba: Some(hba), ..ReferenceOptions::default() };
        let reference = Reference::start(&binaries, Utc::now(), options).unwrap();
        let port = pooler(reference.port()).await;
        let direct = reference.port();
        for (port, behind, status) in [(direct, "0", "complete|∅"), (port, "1", "partial|proxy")] {
            let request = pgcomply::conninfo::Request {
                connection: Some(format!("host=127.0.0.1 port={port} user=backupuser dbname=appdb sslmode=disable")),
                password_file: reference.password_file("backupuser"),
                ..Default::default()
            };
            let to = pgcomply::conninfo::resolve(&request, &Default::default()).unwrap();
            let mut evidence = scanned_by(&to, &["appdb"], &Bounds::default()).await.unwrap();
            assert_eq!(evidence.one("SELECT behind_proxy FROM server").await, behind, "{}", binaries.major);
            assert_eq!(evidence.one("SELECT status, kind FROM collection WHERE fact = 'tls_endpoint'").await, status);
        }
    }
}
