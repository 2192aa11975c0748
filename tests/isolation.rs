//! Row-level security in depth: ways past it beside their safe twins, on a real server. What can be used is found, and
//! nothing else; and what is found can be used.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails shall end its test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::Utc;
use pgcomply::catalogue::Catalogue;
use pgcomply::evaluate::{Context, evaluate};
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, Verdict};
use pgcomply::policy::Policy;
use pgcomply::role_model;
use pgcomply::server::{POLICY, Reference};
use support::scanning::{own, scanned};

const SAFE: &str = include_str!("../fixtures/safe/rls.sql");
const HAZARDS: &str = include_str!("../fixtures/isolation/hazards.sql");
const GUIDE: &str = include_str!("../docs/rls.md");

/// What has to be found, by check, on every major.
const FOUND: [(&str, &[&str]); 16] = [
    ("rls/app-policy-restricts", &["always on safe.note", "debug on safe.note", "tautology on safe.note"]),
    ("rls/app-policy-uses-tenant", &["other_column on safe.note"]),
    ("rls/write-check", &["write on safe.note"]),
    ("rls/tenant-setting-safe", &["open_empty on safe.note", "open_null on safe.note", "open_once on safe.note"]),
    ("rls/helper-functions-pinned", &["hazard.half_pinned()", "hazard.unpinned()"]),
    ("rls/lookup-tables-protected", &["hazard.member"]),
    (
        "rls/definer-views",
        &["hazard.backup_view", "hazard.bypass_view", "hazard.column_view", "hazard.under", "hazard.view"],
    ),
    ("rls/definer-functions", &["hazard.definer()", "hazard.half_pinned()"]),
    ("rls/materialized-views", &["hazard.matview", "hazard.matview_below"]),
    ("rls/partitions", &["hazard.child", "hazard.leaf"]),
    ("rls/rewrite-rules", &["rule on hazard.bell"]),
    ("rls/security-barrier", &["hazard.filter"]),
    ("rls/tenant-foreign-keys", &["cascade on safe.reply"]),
    ("rls/leakproof-functions", &["hazard.leakproof(text)"]),
    ("rls/publications", &["everything"]),
    ("rls/policy-columns-indexed", &["other_column on safe.note"]),
];

/// What everything in the evidence comes to, under the reference's policy and what a reviewer put into it.
async fn judged(evidence: &mut Evidence) -> BTreeMap<String, Finding> {
    let reviewed = "[rls]\nreviewed_functions = [\"hazard.reviewed()\"]\npublications = [\"accepted\"]\n";
    let text = POLICY.replace("[rls]\n", reviewed);
    let policy = Policy::parse(&text, Path::new("p")).unwrap();
    role_model::apply(evidence, &policy, Utc::now()).await.unwrap();
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let context = Context { target: "t", policy: &policy, max_observations: 1000 };
    let found = evaluate(evidence, &catalogue, |c| c.id.starts_with("rls/") || c.id.starts_with("backup/"), &context);
    found.await.unwrap().into_iter().map(|f| (f.check.clone(), f)).collect()
}

fn subjects(finding: &Finding, verdict: Verdict) -> BTreeSet<&str> {
    finding.observations.iter().filter(|o| o.verdict == verdict).map(|o| o.subject.as_str()).collect()
}

/// How many rows the application reads without a tenant; none where it may not.
fn rows(reference: &Reference, relation: &str) -> Option<i64> {
    let sql = format!("SET ROLE appuser; SELECT count(tenant_id) FROM {relation}");
    let sql = if relation == "hazard.column_view" { sql.replace("tenant_id", "id") } else { sql };
    reference.server().value("appdb", &sql).ok().flatten().map(|count| count.parse().unwrap())
}

#[tokio::test]
async fn what_can_be_used_is_found_and_what_is_safe_stays_silent() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        reference.server().execute_all("appdb", &[SAFE, HAZARDS]).unwrap();
        let mut evidence = scanned(&reference).await;
        let findings = judged(&mut evidence.0).await;
        let mut wrong = Vec::new();
        for (check, finding) in &findings {
            let expected = FOUND.iter().find(|(id, _)| id == check).map_or(&[][..], |(_, subjects)| *subjects);
            let mut expected: BTreeSet<&str> = expected.iter().copied().collect();
            if check == "rls/publications" && binaries.major >= 15 {
                expected.insert("of_schema");
            }
            let found = subjects(finding, Verdict::Fail);
            if found != expected {
                wrong.push(format!("{} {check}: {:?}", binaries.major, found.symmetric_difference(&expected)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(
            subjects(&findings["rls/app-policy-restricts"], Verdict::Unknown),
            BTreeSet::from(["unsure on safe.note"])
        );
        let accepted = |check: &str| findings[check].observations.iter().any(|o| o.accepted_by_policy);
        assert!(accepted("rls/definer-functions") && accepted("rls/publications"));
    }
}

#[test]
fn what_is_found_shows_other_tenants_and_what_stays_silent_does_not() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        reference.server().execute_all("appdb", &[SAFE, HAZARDS]).unwrap();
        let open = ["view", "top", "column_view", "bypass_view", "backup_view", "matview", "over_matview"];
        for view in open.map(|name| format!("hazard.{name}")) {
            assert!(rows(&reference, &view).is_some_and(|n| n > 0), "{} {view}", binaries.major);
        }
        let later = ["safe.invoker", "safe.invoker_over", "safe.definer_over_invoker"];
        let closed = ["app.orders", "app.usertable", "safe.bound_view"];
        for view in closed.iter().chain(if binaries.major >= 15 { &later[..] } else { &[] }) {
            assert_eq!(rows(&reference, view), Some(0), "{} {view}", binaries.major);
        }
        for view in ["safe.private_view", "safe.matview"] {
            assert_eq!(rows(&reference, view), None, "{} {view}", binaries.major);
        }
    }
}

/// docs/rls.md says of each way past row-level security which check finds it: those exist, and every check is named.
#[tokio::test]
async fn the_guide_names_checks_that_exist_and_all_of_this_area() {
    let catalogue = Catalogue::load(&[]).await.unwrap();
    let areas: BTreeSet<&str> = catalogue.checks.iter().filter_map(|c| c.id.split('/').next()).collect();
    let named: BTreeSet<&str> = GUIDE
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.split_once('/').is_some_and(|(area, _)| areas.contains(area)))
        .collect();
    let unknown: Vec<_> = named.iter().filter(|id| catalogue.check(id).is_none()).collect();
    assert!(unknown.is_empty(), "docs/rls.md names {unknown:?}, which do not exist");
    let forgotten: Vec<_> = catalogue
        .checks
        .iter()
        .filter(|c| c.id.starts_with("rls/") && !named.contains(c.id.as_str()))
        .map(|c| &c.id)
        .collect();
    assert!(forgotten.is_empty(), "docs/rls.md does not name {forgotten:?}");
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<u32>().ok());
    assert_eq!(rows.collect::<Vec<_>>(), (1..=51).collect::<Vec<_>>(), "one row for each");
}
