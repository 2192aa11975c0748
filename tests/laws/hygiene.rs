//! The fifth law: every check says what it is for, in our own words, and every measure has its checks.

use std::collections::{BTreeMap, BTreeSet};

use pgcomply::catalogue::Check;

use super::evidence::catalogue;

/// Measures whose checks are to come, by the area that will bring them. A measure that gets a check leaves this list.
const TO_COME: &[(&str, &[&str])] = &[
    ("network", &["docker.network", "net.firewall", "net.listen_addresses"]),
    ("hba", &["auth.weak_methods", "hba.order_final_deny", "tls.hba_rejects_plaintext"]),
    ("tls", &["tls.key_file_permissions"]),
    ("password", &["secrets.not_in_env"]),
    ("logging", &["log.failed_auth"]),
    ("backup", &["backup.encrypted", "backup.restore_test"]),
    ("deployment", &["client.sslmode_verify", "data.encryption_at_rest", "docker.hardening", "docker.nonroot"]),
    (
        "attest",
        &[
            "org.access_review",
            "org.alerting",
            "org.baa_signed",
            "org.dpia",
            "org.incident_response",
            "org.retention",
            "org.risk_analysis",
            "org.training",
        ],
    ),
];

/// Words of texts that are not free to be copied.
const NOT_OURS: [&str; 3] = ["CIS ", "CIS_", "ISO/IEC"];

#[test]
fn every_measure_has_a_check_or_says_why_not() {
    let measures: BTreeMap<&str, bool> =
        catalogue().frameworks.measures.iter().map(|m| (m.id.as_str(), m.note.is_some())).collect();
    let checked: BTreeSet<&str> = catalogue().checks.iter().map(|c| c.measure.as_str()).collect();
    let to_come: BTreeSet<&str> = TO_COME.iter().flat_map(|(_, measures)| measures.iter().copied()).collect();
    let bare = measures.iter().filter(|(id, noted)| !**noted && !checked.contains(**id)).map(|(id, _)| *id);
    let forgotten: Vec<&str> = bare.filter(|id| !to_come.contains(id)).collect();
    assert!(forgotten.is_empty(), "measures without a check, a note or an area: {forgotten:#?}");
    let done: Vec<_> =
        to_come.iter().filter(|id| checked.contains(**id) || measures.get(**id) != Some(&false)).collect();
    assert!(done.is_empty(), "measures that are here by now, or nowhere: {done:#?}");
}

#[test]
fn every_title_states_the_pass_case() {
    let negative =
        ["is missing", "are missing", "Missing ", "Check ", "Ensure ", "Should ", "should ", "must ", "Insecure"];
    for check in &catalogue().checks {
        let title = &check.title;
        let named = title.split(' ').next().is_some_and(|word| word.contains('_') || word.starts_with("pg"));
        let stated =
            !title.ends_with(['.', '?', '!']) && (named || title.starts_with(|c: char| c.is_ascii_uppercase()));
        assert!(stated && title.len() <= 100, "{}: {title}", check.id);
        assert!(!negative.iter().any(|word| title.contains(word)), "{}: {title}", check.id);
    }
    let titles: BTreeSet<&str> = catalogue().checks.iter().map(|c| c.title.as_str()).collect();
    assert_eq!(titles.len(), catalogue().checks.len(), "two checks have one title");
}

#[test]
fn references_are_links_or_known_ids() {
    let known = |reference: &str| {
        ["https://", "NIST SP 800-", "RFC ", "FIPS ", "STIG V-"].iter().any(|start| reference.starts_with(start))
    };
    let unknown: Vec<String> = catalogue()
        .checks
        .iter()
        .flat_map(|c| c.references.iter().filter(|r| !known(r)).map(|r| format!("{}: {r}", c.id)))
        .collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn no_text_is_another_body_s() {
    for check in &catalogue().checks {
        let all = words(check);
        let taken: Vec<_> = NOT_OURS.iter().filter(|word| all.contains(**word)).collect();
        assert!(taken.is_empty(), "{}: {taken:?}", check.id);
    }
}

fn words(check: &Check) -> String {
    let rest = [check.fix.clone(), check.guide.clone(), check.when_empty.clone()].into_iter().flatten();
    let mut all = vec![check.title.clone(), check.rationale.clone(), check.remediation.clone(), check.query.clone()];
    all.extend(rest);
    all.extend(check.references.iter().cloned());
    all.join("\n")
}

#[test]
fn every_check_is_in_an_area_and_says_enough() {
    for check in &catalogue().checks {
        let (area, slug) = check.id.split_once('/').unwrap();
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(plain(area) && plain(slug), "{}", check.id);
        assert!(check.rationale.len() > 80 && check.remediation.len() > 20, "{}: too little said", check.id);
        assert!(!check.references.is_empty(), "{}: no reference", check.id);
    }
}
