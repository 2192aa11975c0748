//! What a server has only where somebody installed it: pgaudit, set_user, the function that says how passwords are stored.
//! The real extensions are tried on servers that have them (`postgresql-15-pgaudit`, `postgresql-15-set-user`); what they
//! show is tried as recorded rows on every server.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

use std::path::Path;

use chrono::Utc;
use pgcomply::catalogue::Catalogue;
use pgcomply::evaluate::{Context, evaluate};
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, Status};
use pgcomply::policy::Policy;
use pgcomply::role_model;
use pgcomply::server::{POLICY, Reference};
use support::scanning::{Rows, log_of, own, scanned, wait_until_gone};

mod support;

/// Findings of these checks over evidence that SQL has changed, under the reference's policy.
async fn judged(evidence: &mut Evidence, change: &str, checks: &[&str]) -> Vec<Finding> {
    let policy = Policy::parse(POLICY, Path::new("fixtures/reference/pgcomply.toml")).unwrap();
    role_model::apply(evidence, &policy, Utc::now()).await.unwrap();
    evidence.execute(change).await.unwrap_or_else(|error| panic!("{error}\n{change}"));
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let context = Context { target: "t", policy: &policy, max_observations: 1000 };
    let findings = evaluate(evidence, &catalogue, |c| checks.contains(&c.id.as_str()), &context).await.unwrap();
    checks.iter().map(|id| findings.iter().find(|f| f.check == *id).unwrap().clone()).collect()
}

async fn statuses(evidence: &mut Evidence, change: &str, checks: &[&str]) -> Vec<Status> {
    judged(evidence, change, checks).await.into_iter().map(|f| f.status).collect()
}

/// Whether the server could be given the extension.
fn offers(reference: &Reference, extension: &str) -> bool {
    let sql = format!("SELECT count(*) FROM pg_available_extensions WHERE name = '{extension}'");
    reference.server().value("appdb", &sql).unwrap().as_deref() == Some("1")
}

/// Loads a library besides those of the reference, and restarts.
fn load(reference: &mut Reference, library: &str, more: &str) {
    let libraries = format!("shared_preload_libraries = 'pg_stat_statements,passwordcheck,auth_delay,{library}'");
    reference.server().add_conf(&format!("{libraries}\n{more}")).unwrap();
    reference.server_mut().restart().unwrap();
}

const PGAUDIT: [&str; 4] =
    ["logging/pgaudit-loaded", "logging/pgaudit-classes", "logging/pgaudit-phi-objects", "code/event-triggers"];

#[tokio::test]
async fn the_real_pgaudit_is_seen_at_work_and_at_rest() {
    use Status::{Fail, Manual, NotApplicable, Pass};
    for binaries in support::servers() {
        let mut reference = own(&binaries);
        if !offers(&reference, "pgaudit") {
            continue;
        }
        load(&mut reference, "pgaudit", "pgaudit.log = 'ddl, role, write'");
        let found = statuses(&mut scanned(&reference).await.0, "", &PGAUDIT).await;
        assert_eq!(found, [Fail, Pass, Fail, NotApplicable], "loaded, and not created");
        for sql in [
            "CREATE EXTENSION pgaudit SCHEMA public",
            "CREATE ROLE auditor NOLOGIN",
            "GRANT SELECT ON app.usertable TO auditor",
            "ALTER SYSTEM SET pgaudit.role = 'auditor'",
        ] {
            reference.server().execute("appdb", sql).unwrap();
        }
        reference.server().reload().unwrap();
        let found = statuses(&mut scanned(&reference).await.0, "", &PGAUDIT).await;
        assert_eq!(found, [Pass, Pass, Pass, Manual], "created, with a role for reads");
        reference.server().execute("appdb", "ALTER EVENT TRIGGER pgaudit_sql_drop DISABLE").unwrap();
        reference.server().execute("appdb", "ALTER ROLE appuser SET pgaudit.log = 'none'").unwrap();
        let found = statuses(&mut scanned(&reference).await.0, "", &PGAUDIT).await;
        assert_eq!(found, [Fail, Fail, Pass, Manual], "an event trigger disabled, a role left out");
    }
}

#[tokio::test]
async fn recorded_pgaudit_is_judged_the_same_on_every_server() {
    use Status::{Fail, Pass};
    let rows = |log: &str, enabled: &str| {
        format!(
            "INSERT INTO setting (name, hidden, value, context, vartype, source, module) VALUES
               ('pgaudit.log', 0, '{log}', 'superuser', 'string', 'configuration file', 'pgaudit'),
               ('pgaudit.role', 0, '', 'superuser', 'string', 'default', 'pgaudit');
             INSERT INTO extension VALUES ('appdb', 'pgaudit', '1.7', '1.7', 'postgres', 'public');
             INSERT INTO event_trigger VALUES
               ('appdb', 'pgaudit_ddl_command_end', 'pgaudit_ddl_command_end', 'postgres', 'ddl_command_end',
                'public.pgaudit_ddl_command_end()', 'origin', 'pgaudit'),
               ('appdb', 'pgaudit_sql_drop', 'pgaudit_sql_drop', 'postgres', 'sql_drop',
                'public.pgaudit_sql_drop()', '{enabled}', 'pgaudit')"
        )
    };
    for reference in support::references() {
        let bytes = scanned(&reference).await.0.to_bytes().await.unwrap();
        for (log, enabled, expected) in [
            ("all", "always", [Pass, Pass, Pass]),
            ("all, -read", "origin", [Pass, Pass, Fail]),
            ("-all, ddl, role, write, read", "origin", [Pass, Pass, Pass]),
            ("ddl, role, write, -write", "origin", [Pass, Fail, Fail]),
            ("DDL,ROLE,WRITE", "replica", [Fail, Pass, Fail]),
            ("none", "disabled", [Fail, Fail, Fail]),
        ] {
            let mut evidence = Evidence::from_bytes(&bytes).await.unwrap();
            let found = statuses(&mut evidence, &rows(log, enabled), &PGAUDIT[..3]).await;
            assert_eq!(found, expected, "pgaudit.log = {log}, {enabled}");
        }
    }
}

#[tokio::test]
async fn the_real_set_user_is_for_administrators() {
    for binaries in support::servers() {
        let mut reference = own(&binaries);
        if !offers(&reference, "set_user") {
            continue;
        }
        load(&mut reference, "set_user", "set_user.superuser_allowlist = '*'");
        reference.server().execute("appdb", "CREATE EXTENSION set_user SCHEMA public").unwrap();
        let found = judged(&mut scanned(&reference).await.0, "", &["code/set-user"]).await;
        assert_eq!((found[0].status, found[0].population.failed), (Status::Fail, 1), "{:?}", found[0]);
        reference.server().add_conf("set_user.superuser_allowlist = 'postgres'").unwrap();
        reference.server().reload().unwrap();
        let found = judged(&mut scanned(&reference).await.0, "", &["code/set-user"]).await;
        assert_eq!(found[0].status, Status::Pass, "{:?}", found[0]);
        reference.server().execute("appdb", "GRANT EXECUTE ON FUNCTION public.set_user(text) TO temporal").unwrap();
        let found = judged(&mut scanned(&reference).await.0, "", &["code/set-user"]).await;
        assert_eq!(found[0].status, Status::Fail, "{:?}", found[0]);
    }
}

const STORED: [&str; 3] = ["password/no-md5-verifiers", "grants/catalog-privileges", "code/definer-search-path"];

#[tokio::test]
async fn the_function_for_passwords_is_called_only_where_nobody_logs_in_as_its_owner() {
    use Status::{Fail, NotAssessed, Pass};
    let sql = include_str!("../fixtures/password_storage.sql");
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        server.execute("appdb", sql).unwrap();
        let mut evidence = scanned(&reference).await;
        let rows = "SELECT v.role, v.method, v.iterations FROM role_verifier v JOIN role r ON r.name = v.role
            WHERE r.can_login = 1 ORDER BY v.role";
        let scram = |role: &str| format!("{role}|scram-sha-256|4096");
        let expected = [scram("appuser"), scram("backupuser"), "postgres|none|∅".into(), scram("temporal")];
        assert_eq!(evidence.of(rows).await, expected);
        let found = judged(&mut evidence.0, "", &STORED).await;
        assert!(found.iter().all(|f| f.status == Pass), "{found:#?}");
        let digest = "0123456789abcdef0123456789abcdef";
        server.execute("postgres", &format!("ALTER ROLE temporal PASSWORD 'md5{digest}'")).unwrap();
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT method FROM role_verifier WHERE role = 'temporal'").await, "md5");
        let bytes = String::from_utf8_lossy(&evidence.0.to_bytes().await.unwrap()).into_owned();
        assert!(!bytes.contains(digest) && !bytes.contains("SCRAM-SHA-256$"), "a verifier is in the evidence");
        assert_eq!(statuses(&mut evidence.0, "", &STORED).await, [Fail, Pass, Pass]);
        for (change, undo) in [
            ("ALTER ROLE audit_definer LOGIN", "ALTER ROLE audit_definer NOLOGIN"),
            ("GRANT audit_definer TO temporal", "REVOKE audit_definer FROM temporal"),
        ] {
            server.execute("appdb", change).unwrap();
            let found = statuses(&mut scanned(&reference).await.0, "", &STORED).await;
            let called = if change.starts_with("GRANT") { Fail } else { NotAssessed };
            assert_eq!(found[..2], [called, Fail], "{change}");
            server.execute("appdb", undo).unwrap();
        }
        server.execute("appdb", "REVOKE EXECUTE ON FUNCTION audit_api.password_storage() FROM backupuser").unwrap();
        let Rows(mut evidence) = scanned(&reference).await;
        assert_eq!(statuses(&mut evidence, "", &STORED[..1]).await, [NotAssessed]);
        wait_until_gone(server, "backupuser");
        let refused: Vec<_> = log_of(server, "backupuser").into_iter().filter(|e| e.contains("ERROR:")).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
