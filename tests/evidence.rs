//! The rules that keep the evidence true, each measured to bite once: on a real server of every major under test.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use pgcomply::collect::postgres::{Bounds, ScanError};
use pgcomply::server::PrivateServer;
use support::proxy::{Proxy, Then};
use support::scanning::{
    Rows, log_of, own, own_open, scanned, scanned_by, scanned_in, settings, superuser_rows, wait_until, wait_until_gone,
};

fn set(rows: Vec<String>) -> BTreeSet<String> {
    let count = rows.len();
    let set: BTreeSet<String> = rows.into_iter().collect();
    assert_eq!(set.len(), count, "a row is there twice");
    set
}

/// Rows of two sources must be the same; shows only what differs.
#[track_caller]
fn assert_same(what: &str, ours: Vec<String>, theirs: Vec<String>) {
    assert!(!theirs.is_empty(), "{what}: nothing to compare with");
    let (ours, theirs) = (set(ours), set(theirs));
    let missing: Vec<_> = theirs.difference(&ours).take(10).collect();
    let more: Vec<_> = ours.difference(&theirs).take(10).collect();
    assert!(missing.is_empty() && more.is_empty(), "{what}: not in the evidence: {missing:#?}\nonly in it: {more:#?}");
}

#[tokio::test]
async fn every_setting_that_the_major_knows_has_a_row() {
    for reference in support::references() {
        let mut evidence = scanned(&reference).await;
        let theirs = superuser_rows(reference.server(), "appdb", "SELECT name FROM pg_settings");
        assert_same("settings", evidence.of("SELECT name FROM setting").await, theirs);
        let hidden = evidence.of("SELECT name FROM setting WHERE hidden = 1").await;
        assert!(hidden.len() >= 20 && hidden.contains(&"ssl_ciphers".to_owned()), "{hidden:?}");
        let known = "SELECT name FROM setting WHERE hidden = 1 AND coalesce(value, number, unit, context, vartype, source, \
            masked_by, boot_value, pending_restart, module) IS NOT NULL";
        assert_eq!(evidence.of(known).await, [""; 0], "of a hidden setting nothing is known");
        let recorded = "SELECT part FROM collection WHERE fact = 'setting' AND part <> '*' AND status = 'unavailable'
            AND kind = 'privilege' AND unlock = 'GRANT pg_read_all_settings TO backupuser;'";
        assert_same("records of hidden settings", evidence.of(recorded).await, hidden);
        let whole = evidence.one("SELECT status, kind FROM collection WHERE fact = 'setting' AND part = '*'").await;
        assert_eq!(whole, "partial|privilege");
    }
}

#[tokio::test]
async fn settings_have_the_servers_values_and_numbers_in_ms_bytes_and_bits() {
    // what a superuser's own session is given is not the server's: only what both have from the same place is compared
    let sql = "SELECT name, setting FROM pg_settings WHERE source IN ('default', 'configuration file', 'command line')
        AND name NOT LIKE '%\\_command' AND name NOT LIKE 'tcp\\_%' AND setting <> ''";
    let numbers = "SELECT name, CASE vartype WHEN 'bool' THEN (setting = 'on')::int::text ELSE trim_scale(
            CASE WHEN setting::numeric <= 0 OR unit IS NULL THEN setting::numeric
                 WHEN unit IN ('ms', 's', 'min') THEN setting::numeric * extract(epoch FROM ('1' || unit)::interval)::numeric * 1000
                 ELSE setting::numeric * pg_size_bytes(CASE WHEN unit ~ '^[0-9]' THEN unit WHEN unit = 'B' THEN '1 bytes' ELSE '1' || unit END)
            END)::text END
        FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real') AND source IN ('default', 'configuration file')
        AND setting !~ '^0[0-7]{3}$' AND name NOT LIKE 'tcp\\_%'";
    for reference in support::references() {
        let mut evidence = scanned(&reference).await;
        for (what, theirs, ours) in [
            ("values", sql, "SELECT name, value FROM setting WHERE hidden = 0 AND value <> ''"),
            (
                "numbers",
                numbers,
                "SELECT name, number FROM setting WHERE hidden = 0 AND vartype IN ('bool', 'integer', 'real')",
            ),
        ] {
            let theirs = set(superuser_rows(reference.server(), "appdb", theirs));
            let ours: BTreeSet<String> = set(evidence.of(ours).await)
                .into_iter()
                .map(|row| row.strip_suffix(".0").map(str::to_owned).unwrap_or(row))
                .collect();
            let name = |row: &str| row.split('|').next().unwrap_or("").to_owned();
            let seen: BTreeSet<String> = ours.iter().map(|row| name(row)).collect();
            let visible = theirs.into_iter().filter(|row| seen.contains(&name(row))).collect::<BTreeSet<_>>();
            assert!(visible.len() > 80, "{what}: only {} to compare", visible.len());
            let wrong: Vec<_> = visible.difference(&ours).collect();
            assert!(wrong.is_empty(), "{what}: the server has {wrong:#?}");
        }
        let timeout = evidence.one("SELECT value, number, unit FROM setting WHERE name = 'statement_timeout'").await;
        assert_eq!(timeout, "300000|300000.0|ms");
        let mode = evidence.one("SELECT value, number FROM setting WHERE name = 'log_file_mode'").await;
        assert_eq!(mode, "0640|416.0");
    }
}

#[tokio::test]
async fn with_the_grant_nothing_is_hidden_and_no_secret_is_kept() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        server.execute("postgres", "GRANT pg_read_all_settings TO backupuser").unwrap();
        for sql in [
            "ALTER SYSTEM SET primary_conninfo = 'host=x user=r password=Primary-Pass-1'",
            "ALTER SYSTEM SET ssl_passphrase_command = 'echo Phrase-Pass-2'",
            "ALTER SYSTEM SET restore_command = 'scp -i Key-Pass-3 %f %p'",
            "ALTER ROLE appuser SET app.jwt_secret = 'Jwt-Pass-4-twenty-9'",
            "ALTER DATABASE appdb SET app.api_key = 'Api-Pass-5'",
            "ALTER ROLE ALL SET app.everyone = 'Api-Pass-6'",
        ] {
            server.execute("postgres", sql).unwrap();
        }
        server.add_conf("app.jwt_secret = 'Conf-Pass-7'").unwrap();
        server.reload().unwrap();
        let mut evidence = scanned(&reference).await;
        let names = superuser_rows(server, "appdb", "SELECT name FROM pg_settings");
        assert_same("settings", evidence.of("SELECT name FROM setting WHERE hidden = 0").await, names);
        assert_eq!(
            evidence.one("SELECT status FROM collection WHERE fact = 'setting' AND part = '*'").await,
            "complete"
        );
        for name in ["primary_conninfo", "ssl_passphrase_command", "restore_command", "archive_command"] {
            let value = evidence.one(&format!("SELECT value FROM setting WHERE name = '{name}'")).await;
            // 13 reads restore_command at its start only
            let expected = if name == "restore_command" && binaries.major == 13 { "" } else { "(set)" };
            assert_eq!(value, expected, "{name}");
        }
        let custom = "SELECT coalesce(role, '-'), coalesce(database, '-'), name, value, number, length FROM setting_override WHERE custom = 1";
        let expected = ["-|-|app.everyone|∅|∅|10", "-|appdb|app.api_key|∅|∅|10", "appuser|-|app.jwt_secret|∅|∅|19"];
        assert_eq!(
            evidence.of(&format!("{custom} ORDER BY name = 'app.jwt_secret', name = 'app.api_key'")).await,
            expected
        );
        let bytes = String::from_utf8_lossy(&evidence.0.to_bytes().await.unwrap()).into_owned();
        for n in 1..=7 {
            assert!(!bytes.contains(&format!("Pass-{n}")), "secret {n} is in the evidence");
        }
    }
}

#[tokio::test]
async fn an_override_of_the_scanners_own_masks_the_server_unless_another_database_shows_it() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        for sql in [
            "ALTER ROLE backupuser SET log_statement = 'all'",
            "ALTER DATABASE appdb SET log_min_duration_statement = 5",
            "ALTER ROLE backupuser IN DATABASE appdb SET lock_timeout = '1min'",
            "CREATE DATABASE second",
        ] {
            reference.server().execute("postgres", sql).unwrap();
        }
        let sql = "SELECT name, value, number, masked_by FROM setting
            WHERE name IN ('log_statement', 'log_min_duration_statement', 'lock_timeout') ORDER BY name";
        let recorded =
            "SELECT part, status, kind FROM collection WHERE fact = 'setting' AND reason LIKE '%hides%' ORDER BY part";
        let mut alone = scanned_in(&reference, &["appdb"]).await;
        let masked = [
            "lock_timeout|∅|∅|role in this database",
            "log_min_duration_statement|∅|∅|database",
            "log_statement|∅|∅|role",
        ];
        assert_eq!(alone.of(sql).await, masked);
        let unavailable = |name: &str| format!("{name}|unavailable|out_of_reach");
        let three = ["lock_timeout", "log_min_duration_statement", "log_statement"].map(unavailable);
        assert_eq!(alone.of(recorded).await, three);
        let mut both = scanned(&reference).await;
        let shown =
            ["lock_timeout|30000|30000.0|∅", "log_min_duration_statement|1000|1000.0|∅", "log_statement|∅|∅|role"];
        assert_eq!(both.of(sql).await, shown);
        assert_eq!(both.of(recorded).await, ["log_statement".to_owned()].map(|name| unavailable(&name)));
        // the scanner's own SETs came later
        let own = both.one("SELECT value, source FROM setting WHERE name = 'statement_timeout'").await;
        assert_eq!(own, "300000|configuration file");
        let name = both
            .one("SELECT coalesce(value, ''), coalesce(masked_by, '') FROM setting WHERE name = 'application_name'")
            .await;
        assert!(!name.contains("pgcomply"), "{name}");
    }
}

#[tokio::test]
async fn overrides_are_listed_all_of_them() {
    for reference in support::references() {
        let sql = "SELECT coalesce(r.rolname, '-'), coalesce(d.datname, '-'), split_part(c, '=', 1)
            FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c
            LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase";
        let theirs = superuser_rows(reference.server(), "postgres", sql);
        let mut evidence = scanned(&reference).await;
        let ours = "SELECT coalesce(role, '-'), coalesce(database, '-'), name FROM setting_override";
        assert_same("overrides", evidence.of(ours).await, theirs);
        let spelled =
            "SELECT value, number FROM setting_override WHERE role = 'appuser' AND name = 'statement_timeout'";
        assert_eq!(evidence.one(spelled).await, "300000|300000.0");
    }
}

/// Facts by where they belong: those of the cluster, and those inside each database.
async fn facts(evidence: &mut Rows) -> (Vec<String>, Vec<String>) {
    let ours = [
        "scan",
        "policy",
        "named_schema",
        "collection",
        "statement",
        "role_reach",
        "acl_entry",
        "address_network",
        "known_major",
        "provider_object",
        "security_release",
    ];
    let sql = "SELECT m.name, (SELECT count(*) FROM pragma_table_info(m.name) c WHERE c.name = 'database' AND c.\"notnull\" = 1)
        FROM sqlite_schema m WHERE m.type = 'table'";
    let (mut cluster, mut inside) = (vec!["privilege".to_owned()], vec!["privilege".to_owned()]);
    for row in evidence.of(sql).await {
        let (name, in_database) = row.split_once('|').unwrap();
        if !ours.contains(&name) {
            if in_database == "1" { &mut inside } else { &mut cluster }.push(name.to_owned());
        }
    }
    assert!(cluster.contains(&"role".into()) && inside.contains(&"rls_policy".into()));
    (cluster, inside)
}

/// One record for each fact of the cluster, and one for each fact inside each of the databases.
async fn assert_all_recorded(evidence: &mut Rows, databases: &[&str]) {
    let (cluster, inside) = facts(evidence).await;
    let mut expected: Vec<String> = cluster.iter().map(|fact| format!("{fact}|")).collect();
    for database in databases {
        expected.extend(inside.iter().map(|fact| format!("{fact}|{database}")));
    }
    assert_same("collection", evidence.of("SELECT fact, database FROM collection WHERE part = '*'").await, expected);
    let unexplained =
        "SELECT fact FROM collection WHERE status <> 'complete' AND (kind IS NULL OR coalesce(reason, '') = '')
        OR status = 'complete' AND (kind IS NOT NULL OR reason IS NOT NULL)";
    assert_eq!(evidence.of(unexplained).await, [""; 0], "what is not complete says why");
}

#[tokio::test]
async fn every_part_of_every_fact_in_every_database_is_recorded() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        reference.server().execute("postgres", "CREATE DATABASE second").unwrap();
        let mut evidence = scanned(&reference).await;
        assert_all_recorded(&mut evidence, &["appdb", "second"]).await;
        let open = "SELECT fact, database, reason FROM collection WHERE part = '*' AND status <> 'complete'
            AND fact NOT IN ('setting', 'session', 'file_setting')";
        let missing = evidence.of(open).await;
        let mut expected = vec!["role_verifier||how passwords are stored is closed to the role, and nothing says it"];
        if binaries.major < 15 {
            expected.insert(0, "parameter||exists from PostgreSQL 15");
        }
        assert_eq!(missing, expected);
        let counted = "SELECT (SELECT rows FROM collection WHERE fact = 'table_column' AND database = 'appdb') =
            (SELECT count(*) FROM table_column WHERE database = 'appdb')";
        assert_eq!(evidence.one(counted).await, "1");
    }
}

#[tokio::test]
async fn a_closed_catalog_is_asked_about_first_and_takes_nothing_else_along() {
    // what is closed, and the facts that rest on it; pg_roles, pg_class and pg_namespace are under nearly all of them
    let cases: [(&str, &str, &[&str]); 9] = [
        ("SELECT ON pg_catalog.pg_policy", "FROM", &["rls_policy"]),
        ("EXECUTE ON FUNCTION pg_catalog.pg_control_system()", "FROM", &["server"]),
        ("SELECT ON pg_catalog.pg_settings", "FROM", &["setting"]),
        ("SELECT ON pg_catalog.pg_default_acl", "FROM", &["default_privilege"]),
        ("SELECT ON pg_catalog.pg_attribute", "FROM", &["catalog_privilege", "privilege", "table_column"]),
        ("SELECT ON pg_catalog.pg_database", "FROM", &["database", "privilege", "role_dependency", "setting_override"]),
        ("SELECT ON pg_catalog.pg_auth_members", "FROM", &["membership"]),
        (
            "SELECT ON pg_catalog.pg_proc",
            "FROM",
            &["catalog_privilege", "event_trigger", "function", "privilege", "role_verifier"],
        ),
        (
            "SELECT ON pg_catalog.pg_class",
            "FROM",
            &[
                "catalog_fix",
                "catalog_privilege",
                "privilege",
                "relation",
                "rls_policy",
                "role_dependency",
                "table_column",
                "type",
            ],
        ),
    ];
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        let sql = "SELECT fact, kind, unlock FROM collection WHERE kind = 'privilege'
            AND NOT (fact IN ('file_setting', 'session', 'setting') AND (reason LIKE '%hidden%' OR source = 'file_setting'))
            AND unlock LIKE 'GRANT %' ORDER BY fact, database";
        let before = scanned(&reference).await.of(sql).await;
        assert_eq!(before, [""; 0]);
        for (closed, _, facts) in cases {
            server.execute("appdb", &format!("REVOKE {closed} FROM PUBLIC")).unwrap();
            let mut evidence = scanned(&reference).await;
            let found = evidence.of(sql).await;
            let line = |fact: &str| format!("{fact}|privilege|GRANT {closed} TO backupuser;");
            for fact in facts {
                assert!(found.contains(&line(fact)), "{}: {closed}: {fact} is missed in {found:?}", binaries.major);
            }
            // whatever else is missing reads it too, by the statement that it came from
            let name = closed.rsplit('.').next().unwrap().trim_end_matches("()");
            let innocent = format!(
                "SELECT c.fact FROM collection c WHERE c.kind = 'privilege' AND c.unlock = 'GRANT {closed} TO backupuser;'
                 AND NOT EXISTS (SELECT 1 FROM json_each({}) s WHERE instr(' ' || c.source || ' ', ' ' || s.value || ' '))",
                readers(binaries.major.into(), name)
            );
            assert_eq!(evidence.of(&innocent).await, [""; 0], "{}: {closed}", binaries.major);
            let others: Vec<_> =
                found.iter().filter(|f| !f.ends_with(&format!("|privilege|GRANT {closed} TO backupuser;"))).collect();
            assert!(others.is_empty(), "{}: {closed}: {others:?}", binaries.major);
            assert_eq!(evidence.one("SELECT interrupted FROM scan").await, "∅");
            let grants: BTreeSet<String> = evidence
                .of("SELECT unlock FROM collection WHERE unlock LIKE '%pg_catalog%'")
                .await
                .into_iter()
                .collect();
            for grant in grants {
                server.execute("appdb", &grant).unwrap();
            }
            assert_eq!(scanned(&reference).await.of(sql).await, before, "{closed}: the GRANT unlocks it");
            let undo = format!("REVOKE {closed} FROM backupuser; GRANT {closed} TO PUBLIC");
            server.execute("appdb", &undo).unwrap();
        }
        wait_until_gone(server, "backupuser");
        let refused: Vec<_> =
            log_of(server, "backupuser").into_iter().filter(|e| e.contains("ERROR") || e.contains("FATAL")).collect();
        assert_eq!(refused, [""; 0], "no refusal may land in the server's log");
        let partly = "REVOKE SELECT ON pg_catalog.pg_proc FROM PUBLIC";
        server.execute("appdb", partly).unwrap();
        let kept = scanned(&reference)
            .await
            .one("SELECT status, rows > 0 FROM collection WHERE fact = 'privilege' AND database = 'appdb'")
            .await;
        assert_eq!(kept, "partial|1", "privileges on tables were read all the same");
    }
}

#[tokio::test]
async fn what_is_dropped_during_the_scan_does_not_end_it() {
    for binaries in support::servers() {
        let reference = Arc::new(own(&binaries));
        let create = "CREATE FUNCTION app.going(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION app.going(text) RETURNS int LANGUAGE sql AS 'SELECT 1'";
        reference.server().execute("appdb", create).unwrap();
        // the scan's snapshot is older than the drop, and what spells a function's arguments is not
        let lock = "LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE";
        let locked = holding(reference.server(), "appdb", lock).await;
        let server = Arc::clone(&reference);
        let dropper = std::thread::spawn(move || {
            let waits =
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'backupuser' AND wait_event_type = 'Lock'";
            wait_until(|| server.server().value("postgres", waits).unwrap().as_deref() == Some("1"), "nobody waits");
            server.server().execute("appdb", "DROP FUNCTION app.going(int); DROP FUNCTION app.going(text)").unwrap();
            drop(locked);
        });
        let mut evidence = scanned(&reference).await;
        dropper.join().unwrap();
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        assert_eq!(evidence.one("SELECT status FROM collection WHERE fact = 'function'").await, "complete");
        let seen = evidence.of("SELECT identity FROM function WHERE name = 'going'").await;
        assert!(seen.iter().all(|identity| identity.contains("dropped meanwhile")) && seen.len() == 2, "{seen:?}");
    }
}

/// Names of the statements that mention a catalog or function, as an SQL literal of a JSON array.
fn readers(major: i64, catalog: &str) -> String {
    let statements = pgcomply::collect::postgres::statements_for(major);
    let names: Vec<_> = statements.into_iter().filter(|(_, sql)| sql.contains(catalog)).map(|(name, _)| name).collect();
    format!("'{}'", serde_json::to_string(&names).unwrap())
}

/// A session of the superuser's that holds a lock until it is dropped.
async fn holding(server: &PrivateServer, database: &str, lock: &str) -> tokio_postgres::Client {
    let client = server.superuser_client(database).await.unwrap();
    client.batch_execute(&format!("BEGIN; {lock}")).await.unwrap();
    client
}

#[tokio::test]
async fn a_collector_that_fails_takes_no_other_along() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let locked =
            holding(reference.server(), "appdb", "LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE").await;
        let mut evidence = scanned(&reference).await;
        drop(locked);
        let failed = "SELECT fact, status, kind FROM collection WHERE part = '*' AND status <> 'complete' AND kind NOT IN ('version', 'privilege')";
        let found = evidence.of(failed).await;
        assert!(found.contains(&"rls_policy|unavailable|timeout".to_owned()), "{found:?}");
        assert!(found.iter().all(|f| f.starts_with("rls_policy")), "no other fact reads pg_policy: {found:?}");
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        assert_eq!(evidence.one("SELECT interrupted FROM scan").await, "∅", "the scan went on to its end");
        assert_ne!(evidence.one("SELECT count(*) FROM extension").await, "0", "what comes after it was read");
    }
}

#[tokio::test]
async fn a_time_limit_keeps_what_was_read_and_cancels_what_runs() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let locked =
            holding(reference.server(), "appdb", "LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE").await;
        let bounds = Bounds { limit: Some(Duration::from_secs(3)), ..Bounds::default() };
        let mut evidence = scanned_by(&settings(&reference, "backupuser", "appdb"), &[], &bounds).await.unwrap();
        drop(locked);
        assert!(evidence.one("SELECT interrupted FROM scan").await.contains("--timeout"));
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        assert_ne!(evidence.one("SELECT count(*) FROM role").await, "0", "the cluster was read before");
        assert_eq!(evidence.one("SELECT kind FROM collection WHERE fact = 'rls_policy'").await, "timeout");
        wait_until_gone(reference.server(), "backupuser");
        let nothing = Bounds { limit: Some(Duration::ZERO), ..Bounds::default() };
        let error = scanned_by(&settings(&reference, "backupuser", "appdb"), &[], &nothing).await.err();
        assert!(matches!(error, Some(ScanError::OutOfTime { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn databases_that_are_not_entered_are_listed_with_the_reason() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        for sql in ["CREATE DATABASE closed ALLOW_CONNECTIONS false", "CREATE DATABASE mould IS_TEMPLATE true"] {
            server.execute("postgres", sql).unwrap();
        }
        let mut evidence = scanned(&reference).await;
        let listed = [
            "appdb|1|∅",
            "closed|0|it allows no connections",
            "mould|0|a template",
            "postgres|0|the role may not connect to it",
            "template0|0|a template",
            "template1|0|a template",
            "temporal|0|the role may not connect to it",
            "temporal_visibility|0|the role may not connect to it",
        ];
        let sql = "SELECT name, entered, not_entered FROM database ORDER BY name";
        assert_eq!(evidence.of(sql).await, listed);
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        let through =
            "SELECT sum(objects) > 0 FROM role_dependency WHERE database = 'temporal' AND role = 'temporalowner'";
        assert_eq!(
            evidence.one(through).await,
            "1",
            "what is in a database that is not entered shows in role_dependency"
        );

        let mut named = scanned_in(&reference, &["appdb", "mould", "nowhere", "temporal"]).await;
        assert_all_recorded(&mut named, &["appdb", "mould", "nowhere", "temporal"]).await;
        let why = "SELECT database, status, reason FROM collection WHERE fact = 'relation' ORDER BY database";
        let expected = [
            "appdb|complete|∅",
            "mould|unavailable|a template",
            "nowhere|unavailable|there is no such database",
            "temporal|unavailable|the role may not connect to it",
        ];
        assert_eq!(named.of(why).await, expected);
        let left = named.one("SELECT not_entered FROM database WHERE name = 'postgres'").await;
        assert_eq!(left, "not among the databases that were asked for");
        wait_until_gone(server, "backupuser");
        let elsewhere: Vec<_> =
            log_of(server, "backupuser").into_iter().filter(|e| !e.contains("backupuser@appdb ")).collect();
        assert_eq!(elsewhere, [""; 0], "no other database was knocked at");
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_keeps_what_was_read_and_marks_the_rest() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        reference.server().execute("postgres", "CREATE DATABASE second").unwrap();
        let through = |proxy: &Proxy| {
            let mut settings = settings(&reference, "backupuser", "appdb");
            settings.port = proxy.port();
            settings
        };
        let whole = Proxy::before(reference.port(), u64::MAX, Then::Cut);
        let mut evidence = scanned_by(&through(&whole), &[], &Bounds::default()).await.unwrap();
        let complete =
            evidence.one("SELECT count(*) FROM collection WHERE status = 'complete'").await.parse::<u64>().unwrap();
        let mut kept = Vec::new();
        for percent in [2, 40, 55, 60, 70, 80, 90, 97] {
            let cut = Proxy::before(reference.port(), whole.passed() * percent / 100, Then::Cut);
            match scanned_by(&through(&cut), &[], &Bounds::default()).await {
                Err(error) => assert!(matches!(error, ScanError::Connect(_) | ScanError::Read { .. }), "{error:?}"),
                Ok(mut evidence) => {
                    assert!(evidence.one("SELECT interrupted FROM scan").await.contains("lost"), "{percent} %");
                    let known = evidence.of("SELECT name FROM database WHERE entered = 1").await;
                    assert_all_recorded(
                        &mut evidence,
                        if known.is_empty() { &["appdb"] } else { &["appdb", "second"] },
                    )
                    .await;
                    assert_ne!(evidence.one("SELECT count(*) FROM setting WHERE hidden = 0").await, "0");
                    let rows = "SELECT fact FROM collection WHERE status = 'unavailable' AND rows > 0";
                    assert_eq!(evidence.of(rows).await, [""; 0]);
                    let left = evidence.one("SELECT count(*) FROM collection WHERE status = 'complete'").await;
                    kept.push(left.parse::<u64>().unwrap());
                }
            }
        }
        assert!(kept.len() >= 3 && kept.is_sorted(), "{kept:?}");
        assert!(kept.iter().all(|n| *n < complete) && kept.iter().any(|n| *n > 5), "{kept:?} of {complete}");
    }
}

#[tokio::test]
async fn a_session_that_is_ended_by_an_administrator_is_lost_in_the_same_way() {
    for binaries in support::servers() {
        let reference = Arc::new(own(&binaries));
        let locked =
            holding(reference.server(), "appdb", "LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE").await;
        let settings = settings(&reference, "backupuser", "appdb");
        let server = Arc::clone(&reference);
        let killer = std::thread::spawn(move || {
            let waits =
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'backupuser' AND wait_event_type = 'Lock'";
            wait_until(|| server.server().value("postgres", waits).unwrap().as_deref() == Some("1"), "nobody waits");
            let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'backupuser'";
            server.server().value("postgres", kill).unwrap();
        });
        let mut evidence = scanned_by(&settings, &[], &Bounds::default()).await.unwrap();
        killer.join().unwrap();
        drop(locked);
        assert!(evidence.one("SELECT interrupted FROM scan").await.contains("lost"));
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        assert_ne!(evidence.one("SELECT count(*) FROM relation").await, "0", "relations were read before");
        assert_eq!(evidence.one("SELECT status FROM collection WHERE fact = 'rls_policy'").await, "unavailable");
        assert_eq!(evidence.one("SELECT status FROM collection WHERE fact = 'extension'").await, "unavailable");
    }
}

/// Every row of every fact but the server's own, those of the wire and ours.
async fn everything(evidence: &mut Rows) -> Vec<String> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN
        ('scan', 'server', 'tls_endpoint', 'certificate', 'collection', 'statement', 'setting', 'database', 'shared_objects',
         'session', 'archiver', 'file_setting')";
    let mut rows = Vec::new();
    for table in evidence.of(tables).await {
        let found = evidence.of(&format!("SELECT * FROM {table}")).await;
        rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows
}

#[tokio::test]
async fn a_hot_standby_is_scanned_as_its_primary_is() {
    for binaries in support::servers() {
        let mut reference = own(&binaries);
        let before = everything(&mut scanned(&reference).await).await;
        let signal = reference.server().data_dir().join("standby.signal");
        std::fs::write(signal, "").unwrap();
        wait_until_gone(reference.server(), "backupuser");
        reference.server_mut().restart().unwrap();
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT in_recovery, system_identifier IS NOT NULL FROM server").await, "1|1");
        assert_all_recorded(&mut evidence, &["appdb"]).await;
        assert_same("facts of a standby", everything(&mut evidence).await, before);
        wait_until_gone(reference.server(), "backupuser");
        let entries = log_of(reference.server(), "backupuser");
        let refused: Vec<_> = entries.iter().filter(|e| e.contains("ERROR") || e.contains("FATAL")).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

#[tokio::test]
async fn what_the_least_privileged_role_sees_is_what_a_superuser_sees() {
    for reference in support::references() {
        let by_superuser = {
            let connection = format!(
                "host={} port={} user=postgres dbname=appdb",
                reference.server().socket_dir().display(),
                reference.port()
            );
            let request = pgcomply::conninfo::Request { connection: Some(connection), ..Default::default() };
            pgcomply::conninfo::resolve(&request, &Default::default()).unwrap()
        };
        let mut most = scanned_by(&by_superuser, &["appdb"], &Bounds::default()).await.unwrap();
        let mut least = scanned_in(&reference, &["appdb"]).await;
        assert_eq!(most.one("SELECT transport FROM tls_endpoint").await, "unix");
        assert_eq!(most.one("SELECT count(*) FROM setting WHERE hidden = 1").await, "0");
        // who looks is marked in the row of the role
        for evidence in [&mut most, &mut least] {
            evidence.0.execute("UPDATE role SET scanner = 0").await.unwrap();
        }
        assert_same("facts", everything(&mut least).await, everything(&mut most).await);
        let unseen = "SELECT m.name FROM setting m WHERE m.hidden = 0 AND m.value <> '' AND m.name NOT LIKE 'tcp%'
            AND m.masked_by IS NULL AND m.source IN ('default', 'configuration file') ORDER BY m.name";
        let named = |rows: Vec<String>| rows.into_iter().collect::<BTreeSet<_>>();
        let (most_seen, least_seen) = (named(most.of(unseen).await), named(least.of(unseen).await));
        assert!(
            least_seen.len() > 150 && most_seen.len() > least_seen.len(),
            "{} of {}",
            least_seen.len(),
            most_seen.len()
        );
    }
}

/// Objects with grants of every kind, some with and some without an ACL of their own.
const GRANTS: &str = r#"
    CREATE ROLE "Odd Role"; CREATE ROLE gone_later;
    SET ROLE appowner;
    CREATE TABLE app.plain (a int, b int, "Odd" int);
    CREATE TABLE app.parts (a int) PARTITION BY LIST (a);
    CREATE TABLE app.part_one PARTITION OF app.parts FOR VALUES IN (1);
    CREATE VIEW app.seen AS SELECT a FROM app.plain;
    CREATE MATERIALIZED VIEW app.stored AS SELECT a FROM app.plain;
    CREATE SEQUENCE app.counter;
    CREATE FUNCTION app.f(a int, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION app.f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE app.p() LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE app.mood AS ENUM ('good');
    CREATE DOMAIN app.small AS int;
    GRANT SELECT (a), UPDATE (b, "Odd") ON app.plain TO "Odd Role";
    GRANT SELECT ("Odd") ON app.plain TO PUBLIC;
    GRANT INSERT, REFERENCES ON app.plain TO "Odd Role" WITH GRANT OPTION;
    GRANT EXECUTE ON FUNCTION app.f(text) TO "Odd Role";
    REVOKE ALL ON FUNCTION app.f(int, text[]) FROM PUBLIC, appowner;
    GRANT USAGE ON SEQUENCE app.counter TO appuser;
    REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
    GRANT ALL ON SCHEMA app TO "Odd Role" WITH GRANT OPTION;
    RESET ROLE;
    SET ROLE "Odd Role"; GRANT INSERT ON app.plain TO appuser; RESET ROLE;
    GRANT TEMPORARY ON DATABASE appdb TO "Odd Role";
    ALTER DEFAULT PRIVILEGES FOR ROLE "Odd Role" REVOKE ALL ON TABLES FROM "Odd Role";
    ALTER DEFAULT PRIVILEGES FOR ROLE "Odd Role" IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
"#;

#[tokio::test]
async fn privileges_are_those_of_the_servers_own_acls() {
    const HOLDERS: &str =
        "pg_get_userbyid(e.grantor), CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(e.grantee) END,
        e.privilege_type, e.is_grantable::int";
    const OURS: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        server.execute("appdb", GRANTS).unwrap();
        if binaries.major >= 15 {
            let grants = "GRANT SET ON PARAMETER log_statement TO appuser; GRANT ALTER SYSTEM ON PARAMETER work_mem TO \"Odd Role\" WITH GRANT OPTION";
            server.execute("postgres", grants).unwrap();
        }
        let theirs = [
            ("'table', 'partitioned table', 'view', 'materialized view', 'foreign table'", format!(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) o, {HOLDERS} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                 aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS}")),
            ("'sequence'", format!(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) o, {HOLDERS} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                 aclexplode(coalesce(c.relacl, acldefault('s', c.relowner))) e WHERE c.relkind = 'S' AND {OURS}")),
            ("'schema'", format!("SELECT quote_ident(n.nspname) o, {HOLDERS} FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) e WHERE {OURS}")),
            ("'function', 'procedure', 'aggregate', 'window'", format!(
                "SELECT p.oid::regprocedure::text o, {HOLDERS} FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
                 aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e WHERE n.nspname = 'app'")),
            ("'column'", format!(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname) o, {HOLDERS}
                 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(a.attacl) e WHERE {OURS}")),
            ("'type'", format!(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname) o, {HOLDERS} FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace,
                 aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) e WHERE t.typtype IN ('e', 'd') AND n.nspname = 'app'")),
            ("'database'", format!("SELECT quote_ident(d.datname) o, {HOLDERS} FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e")),
        ];
        let mut evidence = scanned(&reference).await;
        for (kinds, theirs) in theirs {
            let name = if kinds.contains("'function'") { "schema = 'app'" } else { "1" };
            let ours = format!(
                "SELECT object, grantor, CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END, privilege, grantable FROM privilege
                 WHERE held <> 'member' AND object_kind IN ({kinds}) AND (database IS NULL OR database = 'appdb') AND {name}");
            let theirs = superuser_rows(server, "appdb", &theirs);
            let ours = evidence.of(&ours).await;
            // regprocedure leaves argument names out
            let ours: Vec<String> = ours
                .into_iter()
                .map(|row| {
                    row.replace("(a integer, VARIADIC b text[])", "(integer,text[])").replace("(a text)", "(text)")
                })
                .collect();
            assert_same(kinds, ours, theirs);
        }
        if binaries.major >= 15 {
            let sql = format!("SELECT p.parname, {HOLDERS} FROM pg_parameter_acl p, aclexplode(p.paracl) e");
            let ours = "SELECT object, grantor, grantee, privilege, grantable FROM privilege WHERE held <> 'member' AND object_kind = 'parameter'";
            assert_same("parameters", evidence.of(ours).await, superuser_rows(server, "postgres", &sql));
        }
        let owners = "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_get_userbyid(c.relowner) FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
        assert_same(
            "owners",
            evidence.of("SELECT identity, owner FROM relation").await,
            superuser_rows(server, "appdb", owners),
        );
        let defaults = format!(
            "SELECT pg_get_userbyid(d.defaclrole), coalesce(n.nspname, '-'), {HOLDERS} FROM pg_default_acl d
             LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) e WHERE d.defaclobjtype = 'r'");
        let ours = "SELECT creator, coalesce(schema, '-'), grantor, CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END, privilege, grantable
            FROM default_privilege WHERE object_kind = 'table' AND privilege <> ''";
        assert_same("default privileges", evidence.of(ours).await, superuser_rows(server, "appdb", &defaults));
        let nothing = "SELECT count(*) FROM default_privilege WHERE creator = 'Odd Role' AND privilege = ''";
        assert_eq!(evidence.one(nothing).await, "1", "a default taken down to nothing is kept");
    }
}

#[tokio::test]
async fn reach_is_what_the_server_says_of_memberships() {
    // a graph with circles of ways, not of roles: each edge inherits, allows SET, or only lets grant
    let edges = [
        (1, 2, "it"),
        (2, 3, "i"),
        (2, 4, "t"),
        (3, 5, "it"),
        (4, 5, "i"),
        (5, 6, "t"),
        (1, 7, "a"),
        (7, 8, "it"),
        (6, 8, "it"),
        (3, 8, ""),
    ];
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        let mut sql = String::new();
        for n in 1..=8 {
            let inherits = if n % 3 == 2 { "NOINHERIT" } else { "INHERIT" };
            sql += &format!("CREATE ROLE m{n} LOGIN {inherits}; ");
        }
        for (member, role, ways) in edges {
            let admin = if ways.contains('a') { "ADMIN OPTION" } else { "" };
            sql += &if binaries.major >= 16 {
                let on = |c| ways.contains(c).to_string();
                format!("GRANT m{role} TO m{member} WITH INHERIT {}, SET {}, ADMIN {}; ", on('i'), on('t'), on('a'))
            } else {
                format!(
                    "GRANT m{role} TO m{member} {}; ",
                    if admin.is_empty() { String::new() } else { format!("WITH {admin}") }
                )
            };
        }
        server.execute("postgres", &sql).unwrap();
        let mut evidence = scanned(&reference).await;
        let set_ = if binaries.major >= 16 { "SET" } else { "MEMBER" };
        for (way, asked) in [("inherit", "USAGE"), ("set", set_)] {
            let theirs = format!(
                "SELECT a.rolname, b.rolname FROM pg_roles a, pg_roles b WHERE a.oid <> b.oid AND NOT a.rolsuper
                 AND b.rolname <> 'pg_database_owner' AND pg_has_role(a.oid, b.oid, '{asked}')"
            );
            let ours = format!(
                "SELECT h.role, h.target FROM role_reach h JOIN role r ON r.name = h.role WHERE h.way = '{way}' AND r.superuser = 0"
            );
            assert_same(way, evidence.of(&ours).await, superuser_rows(server, "postgres", &theirs));
        }
        let path =
            evidence.one("SELECT path FROM role_reach WHERE role = 'm1' AND target = 'm2' AND way = 'set'").await;
        assert_eq!(path, "m1 → m2");
    }
}

/// A setting whose name is computed may be any: what presets there are cannot be ruled out.
#[tokio::test]
async fn a_computed_name_of_a_setting_is_not_taken_for_none() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let policy = "CREATE POLICY computed ON app.orders FOR SELECT TO appuser
            USING (tenant_id = nullif(current_setting('app.' || lower('TENANT_ID'), true), '')::uuid)";
        reference.server().execute("appdb", policy).unwrap();
        let mut evidence = scanned(&reference).await;
        let settings = "SELECT using_settings FROM rls_policy WHERE name = 'computed'";
        assert_eq!(evidence.one(settings).await, "∅", "{}", binaries.major);
        let others =
            "SELECT count(*) FROM rls_policy WHERE name <> 'computed' AND has_using = 1 AND using_settings IS NULL";
        assert_eq!(evidence.one(others).await, "0");
    }
}
