//! `pgcomply grants`: what it prints unlocks what it says, and its reverse leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use pgcomply::catalogue::Catalogue;
use pgcomply::evaluate::{Context, evaluate};
use pgcomply::evidence::Evidence;
use pgcomply::grants::{Unlocks, granted, script, starter, unlocks};
use pgcomply::model::{Finding, Status};
use pgcomply::policy::Policy;
use pgcomply::role_model;
use pgcomply::server::{PrivateServer, Reference};
use support::scanning::{log_of, own, scanned, wait_until_gone};

/// The reference as `backupuser` sees it, judged on one day.
async fn look(reference: &Reference, now: DateTime<Utc>) -> (Evidence, Vec<Finding>) {
    let mut evidence = scanned(reference).await.0;
    let policy =
        Policy::parse(include_str!("../fixtures/reference/pgcomply.toml"), Path::new("pgcomply.toml")).unwrap();
    role_model::apply(&mut evidence, &policy, now).await.unwrap();
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let context = Context { target: "t", policy: &policy, max_observations: 100 };
    let findings = evaluate(&mut evidence, &catalogue, |_| true, &context).await.unwrap();
    (evidence, findings)
}

fn statuses(findings: &[Finding]) -> BTreeMap<String, Status> {
    findings.iter().map(|f| (f.check.clone(), f.status)).collect()
}

/// Everything about privileges that the server keeps.
fn privileges(server: &PrivateServer) -> Option<String> {
    let sql = "SELECT string_agg(x, E'\\n' ORDER BY x) FROM (
        SELECT 'r ' || rolname AS x FROM pg_roles UNION ALL SELECT 'm ' || roleid::regrole || member::regrole FROM pg_auth_members
        UNION ALL SELECT 'p ' || oid::regprocedure || proacl::text FROM pg_proc WHERE proacl IS NOT NULL
        UNION ALL SELECT 'a ' || attrelid::regclass || attname || attacl::text FROM pg_attribute WHERE attacl IS NOT NULL
        UNION ALL SELECT 'n ' || nspname || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname !~ '^pg_t') y";
    server.value("appdb", sql).unwrap()
}

fn run(server: &PrivateServer, unlocks: &Unlocks, undo: bool) {
    let lines: Vec<_> = if undo { unlocks.lines.iter().rev().collect() } else { unlocks.lines.iter().collect() };
    for line in lines {
        for sql in if undo { &line.undo } else { &line.sql } {
            let database = line.database.as_deref().unwrap_or("postgres");
            server.execute(database, sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
        }
    }
}

#[tokio::test]
async fn what_is_printed_unlocks_the_checks_and_the_reverse_leaves_nothing() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let server = reference.server();
        let now = Utc::now();
        let (mut evidence, before) = look(&reference, now).await;
        let kept = privileges(server);
        let printed = unlocks(&mut evidence, &before, |_| true).await.unwrap();
        let grants: Vec<&str> = printed.lines.iter().map(|l| l.sql.last().unwrap().as_str()).collect();
        let at =
            |what: &str| grants.iter().position(|g| g.contains(what)).unwrap_or_else(|| panic!("{what}: {grants:?}"));
        assert!(at("pg_show_all_file_settings") < at("pg_read_all_stats"), "smallest first");
        assert!(at("pg_read_all_stats") < at("pg_read_all_settings"), "smallest first");

        run(server, &printed, false);
        let (mut evidence, after) = look(&reference, now).await;
        let after_by_check = statuses(&after);
        for line in &printed.lines {
            assert!(!line.checks.is_empty(), "{:?} unlocks nothing", line.sql);
            for check in &line.checks {
                let found = after.iter().find(|f| f.check == *check).unwrap();
                let said = found.reason.as_ref().map(|r| &r.text);
                assert_ne!(after_by_check[check], Status::NotAssessed, "{} {check}: {said:?}", binaries.major);
            }
        }
        for (check, status) in statuses(&before) {
            let now = after_by_check[&check];
            let same_or_more =
                now == status || status == Status::NotAssessed || check == "roles/scanner-least-privilege";
            // the definer function that shows how passwords are stored is a function to be judged
            let same_or_more = same_or_more || (status == Status::NotApplicable && now == Status::Pass);
            assert!(same_or_more, "{} {check}: {status:?} became {now:?}", binaries.major);
        }
        let left = unlocks(&mut evidence, &after, |_| true).await.unwrap();
        assert_eq!(left.lines, [], "nothing is left to grant");

        // what takes it back is known from the first scan, and from one after it
        let mut back = left;
        granted(&mut evidence, &after, &mut back).await.unwrap();
        let sorted = |u: &Unlocks| u.lines.iter().map(|l| l.undo.clone()).collect::<Vec<_>>();
        assert_eq!(sorted(&back), sorted(&printed));
        run(server, &back, true);
        assert_eq!(privileges(server), kept, "{}: nothing is left behind", binaries.major);
        let (_, again) = look(&reference, now).await;
        assert_eq!(statuses(&again), statuses(&before));
        wait_until_gone(server, "backupuser");
        let refused: Vec<_> =
            log_of(server, "backupuser").into_iter().filter(|e| e.contains("ERROR") || e.contains("FATAL")).collect();
        assert_eq!(refused, [""; 0], "no refusal may land in the server's log");
    }
}

#[tokio::test]
async fn a_closed_catalog_is_among_them_and_the_script_is_for_psql() {
    let binaries = &support::servers()[0];
    let reference = own(binaries);
    reference.server().execute("appdb", "REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC").unwrap();
    let (mut evidence, findings) = look(&reference, Utc::now()).await;
    let found = unlocks(&mut evidence, &findings, |_| true).await.unwrap();
    let text = script(&found, false);
    assert!(text.contains("\\connect \"appdb\"\n"), "{text}");
    assert!(text.contains("GRANT SELECT ON pg_catalog.pg_policy TO backupuser;\n"), "{text}");
    assert!(text.contains("-- also shows ") && text.contains("-- unlocks "), "{text}");
    assert!(script(&found, true).contains("REVOKE SELECT ON pg_catalog.pg_policy FROM backupuser;\n"));
    let nothing = unlocks(&mut evidence, &findings, |_| false).await.unwrap();
    assert!(script(&nothing, false).contains("nothing that a GRANT would unlock"));
}

/// The starter makes a role that can scan.
#[tokio::test]
async fn the_starter_is_sql_that_runs() {
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let make = starter(&catalogue, false).unwrap();
    let take = starter(&catalogue, true).unwrap();
    for binaries in support::servers() {
        let reference = own(&binaries);
        let kept = privileges(reference.server());
        reference.server().execute("appdb", &make).unwrap();
        // what is switched off runs as well
        let rows = make.lines().filter_map(|l| l.strip_prefix("-- "));
        let starts = ["GRANT EXECUTE", "GRANT pg_"];
        for sql in rows.filter(|r| starts.iter().any(|s| r.starts_with(s)) && !r.contains("audit_api")) {
            reference.server().execute("appdb", sql).unwrap();
        }
        reference.server().execute("appdb", &take).unwrap();
        assert_eq!(privileges(reference.server()), kept);
    }
}
