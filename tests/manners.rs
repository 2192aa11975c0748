//! How the scanner behaves on a server: it says everything that it ran, is refused nothing, writes nothing, and reads no
//! user's table.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use pgcomply::policy::Policy;
use pgcomply::server::POLICY;

use support::scanning::{Rows, log_of, own_open, scanned, scanned_counting, superuser_rows, wait_until_gone, words};

/// Everything is logged, by settings that only a superuser may make for a role.
const LOG_ALL: &str = "
    ALTER ROLE backupuser SET log_statement = 'all';
    ALTER ROLE backupuser SET log_min_error_statement = 'debug5';
    ALTER ROLE backupuser SET log_min_messages = 'notice';
    CREATE DATABASE second";

/// What the rows of user tables have been through, and whether anybody read them.
const TOUCHED: &str =
    "SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del, seq_scan, idx_scan FROM pg_stat_user_tables";

/// The text of a statement in a log entry, whichever way it was sent.
fn statement(entry: &str) -> Option<String> {
    let text = entry.split_once("LOG:  statement: ").or_else(|| entry.split_once("LOG:  execute <unnamed>: "));
    text.map(|(_, sql)| words(sql))
}

async fn told(evidence: &mut Rows) -> BTreeSet<String> {
    evidence.of("SELECT sql FROM statement").await.iter().map(|sql| words(sql)).collect()
}

#[tokio::test]
async fn the_servers_log_holds_what_the_report_says_and_nothing_else() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        let server = reference.server();
        for sql in LOG_ALL.split(';') {
            server.execute("postgres", sql).unwrap();
        }
        let before = superuser_rows(server, "appdb", TOUCHED);
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT count(*) FROM database WHERE entered = 1").await, "2");
        wait_until_gone(server, "backupuser");
        let entries = log_of(server, "backupuser");
        let told = told(&mut evidence).await;
        let logged: BTreeSet<String> = entries.iter().filter_map(|entry| statement(entry)).collect();
        assert!(logged.len() > 25, "the log shows only {} statements", logged.len());
        let unsaid: Vec<_> = logged.difference(&told).collect();
        assert!(unsaid.is_empty(), "run, and not in the report: {unsaid:#?}");
        let not_run: Vec<_> = told.difference(&logged).collect();
        assert!(not_run.is_empty(), "in the report, and not run: {not_run:#?}");

        let quiet = [
            "connection authorized",
            "connection authenticated",
            "disconnection: ",
            "connection received",
            "LOG:  statement: ",
            "LOG:  execute <unnamed>: ",
        ];
        let loud: Vec<_> = entries.iter().filter(|entry| !quiet.iter().any(|word| entry.contains(word))).collect();
        assert!(loud.is_empty(), "neither a statement nor a log-in: {loud:#?}");

        // the order of one session: settings before any SET, everything else in a transaction that cannot write
        let run: Vec<String> = entries.iter().filter(|e| e.contains("@appdb ")).filter_map(|e| statement(e)).collect();
        let at = |start: &str| {
            run.iter().position(|sql| sql.contains(start)).unwrap_or_else(|| panic!("nothing with {start} was run"))
        };
        assert!(at("pg_catalog.pg_settings") < at("SET "), "settings are read before any SET");
        let begin = at("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let set = at("SET LOCAL application_name = 'pgcomply'");
        assert!(begin < set && set < at("FROM pg_roles"), "what is set ends with the transaction");
        let words = ["SELECT ", "WITH ", "SAVEPOINT pgcomply", "ROLLBACK TO SAVEPOINT pgcomply"];
        for sql in &run[set + 1..] {
            assert!(words.iter().any(|word| sql.starts_with(word)), "a scan only looks: {sql}");
        }
        for name in ["usertable", "order_item", "audit_log", "app.", "workflow"] {
            assert!(!logged.iter().any(|sql| sql.contains(name)), "{name}: only catalogs are read");
        }
        assert_eq!(superuser_rows(server, "appdb", TOUCHED), before, "nobody read or wrote a user's table");
    }
}

/// With counting off no user's table is read (above); with it on, the tables that the policy names are, and only by counts.
#[tokio::test]
async fn rows_are_counted_only_where_the_policy_says_so_and_never_read_out() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        let server = reference.server();
        for sql in LOG_ALL.split(';') {
            server.execute("postgres", sql).unwrap();
        }
        let policy = Policy::parse(POLICY, Path::new("pgcomply.toml")).unwrap();
        let counting = pgcomply::audit::counting(&policy).unwrap();
        let mut evidence = scanned_counting(&reference, &counting).await;
        let counted =
            "SELECT relation_identity, purpose, rows, rows_holding, partial, obstacle FROM erasure ORDER BY 1, 2";
        let expected = ["app.audit_log|audit|3|∅|0|∅", "app.audit_log|dated|3|∅|0|∅", "app.usertable|erased|1|0|0|∅"];
        assert_eq!(evidence.of(counted).await, expected);
        wait_until_gone(server, "backupuser");
        let entries = log_of(server, "backupuser");
        assert!(!entries.iter().any(|entry| entry.contains("ERROR:  ")), "refused nothing");
        let told = told(&mut evidence).await;
        let logged: BTreeSet<String> = entries.iter().filter_map(|entry| statement(entry)).collect();
        assert!(logged.is_subset(&told), "{:#?}", logged.difference(&told).collect::<Vec<_>>());
        let reading: Vec<_> = logged.iter().filter(|sql| sql.contains("\"app\".")).collect();
        assert_eq!(reading.len(), 2, "one for each table: {reading:#?}");
        assert!(reading.iter().all(|sql| sql.starts_with("SELECT count(*) AS rows, ")), "{reading:#?}");
        let bytes = String::from_utf8_lossy(&evidence.0.to_bytes().await.unwrap()).into_owned();
        for value in ["ada@example.org", "ben@example.org", "10.10.0.7", "example/1.0", "user.create"] {
            assert!(!bytes.contains(value), "{value} left the server");
        }
        // what the role may not read is not asked for
        server.execute("appdb", "REVOKE SELECT ON app.usertable FROM backupuser").unwrap();
        server.execute("appdb", "DROP POLICY read_only_policy ON app.audit_log").unwrap();
        let mut evidence = scanned_counting(&reference, &counting).await;
        let obstacles =
            "SELECT relation_identity, purpose, rows, partial, obstacle_kind, unlock FROM erasure ORDER BY 1, 2";
        let grant = "GRANT SELECT (\"deleted_at\", \"email\", \"first_name\", \"is_deleted\", \"last_name\") ON app.usertable TO backupuser;";
        let expected = [
            "app.audit_log|audit|0|1|∅|∅".to_owned(),
            "app.audit_log|dated|0|1|∅|∅".to_owned(),
            format!("app.usertable|erased|∅|0|privilege|{grant}"),
        ];
        assert_eq!(evidence.of(obstacles).await, expected);
        wait_until_gone(server, "backupuser");
        assert!(!log_of(server, "backupuser").iter().any(|entry| entry.contains("ERROR:  ")), "refused nothing");
        server.execute("appdb", grant).unwrap();
        let mut evidence = scanned_counting(&reference, &counting).await;
        assert_eq!(evidence.of("SELECT rows FROM erasure WHERE purpose = 'erased'").await, ["1"]);
    }
}

#[tokio::test]
async fn what_is_said_beforehand_is_what_is_run() {
    for reference in support::references() {
        let major = reference.server().major();
        let mut evidence = scanned(&reference).await;
        let ran: BTreeSet<String> = told(&mut evidence).await;
        let output = support::pgcomply(reference.server().folder())
            .args(["collect", "--show-sql", &major.to_string()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        let shown = words(&String::from_utf8(output.stdout).unwrap());
        for sql in ran.iter().filter(|sql| !sql.starts_with("ROLLBACK TO")) {
            assert!(shown.contains(sql.as_str()), "{major}: run, and not shown by collect --show-sql: {sql}");
        }
        let on_13 = "pg_parameter_acl";
        assert_eq!(shown.contains(on_13), major >= 15, "what a major does not have is not shown for it");
    }
}

#[tokio::test]
async fn a_hostile_search_path_leads_nowhere() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        let server = reference.server();
        // objects that shadow those of pg_catalog, ahead of it in the scanner's own path
        server
            .execute(
                "appdb",
                "CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO backupuser;
            CREATE TABLE trap.pg_settings AS SELECT * FROM pg_catalog.pg_settings WHERE false;
            CREATE TABLE trap.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE false;
            CREATE FUNCTION trap.has_table_privilege(oid, text) RETURNS bool LANGUAGE sql AS 'SELECT false';
            CREATE FUNCTION trap.textsend(text) RETURNS bytea LANGUAGE sql AS 'SELECT ''trapped''::pg_catalog.bytea';
            CREATE FUNCTION trap.join_(text, text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''';
            CREATE FUNCTION trap.like_(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
            CREATE OPERATOR trap.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.join_);
            CREATE OPERATOR trap.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.like_);
            GRANT SELECT ON ALL TABLES IN SCHEMA trap TO backupuser;
            ALTER ROLE backupuser SET search_path = 'trap', 'pg_catalog'",
            )
            .unwrap();
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT count(*) FROM role WHERE name = 'appuser'").await, "1");
        assert_ne!(evidence.one("SELECT count(*) FROM setting WHERE hidden = 0").await, "0");
        let refused = "SELECT fact, reason FROM collection WHERE kind = 'privilege'
            AND fact NOT IN ('setting', 'session', 'file_setting', 'role_verifier')";
        assert_eq!(evidence.of(refused).await, [""; 0]);
        server.execute("appdb", "REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC").unwrap();
        let closed = scanned(&reference).await.of(refused).await;
        assert!(closed.contains(&"rls_policy|the role may not read pg_policy".to_owned()), "{closed:?}");
        assert!(closed.iter().all(|c| c.ends_with("|the role may not read pg_policy")), "{closed:?}");
        let bytes = String::from_utf8_lossy(&evidence.0.to_bytes().await.unwrap()).into_owned();
        assert!(!bytes.contains("trapped"));
    }
}
