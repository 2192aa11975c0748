//! The first law: on the reference deployment every check passes, save those that a file lists with the reason.

use std::collections::BTreeSet;

use pgcomply::catalogue::{Check, Need};
use pgcomply::model::{Finding, Status};
use serde::Deserialize;

use super::evidence::catalogue;
use super::world::{World, worlds};

const EXPECTED: &str = include_str!("../../fixtures/reference/expected.toml");
/// Fails for a superuser by its nature.
const SCANNER: &str = "roles/scanner-least-privilege";
/// What they come to depends on the day and on the server's own minor version, beside the deployment; the tests of
/// `ops` hold them to a day.
pub(crate) const BY_THE_CALENDAR: [&str; 2] = ["patch/current-minor", "patch/supported-version"];
/// What is only there over TCP.
const WIRE: [&str; 3] = ["certificate", "tls_endpoint", "server.session"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    expected: Vec<Entry>,
}

/// A check that does not pass on the reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: String,
    since: Option<u16>,
    until: Option<u16>,
    status: Status,
    why: String,
}

fn entries() -> Vec<Entry> {
    toml::from_str::<Expected>(EXPECTED).unwrap_or_else(|e| panic!("fixtures/reference/expected.toml: {e}")).expected
}

/// What a check has to come to: nothing where its own header says that it does not exist, else what the list says.
fn expected(check: &Check, major: u16) -> Status {
    if !exists(check, major) {
        return Status::NotApplicable;
    }
    let applies = |e: &&Entry| {
        e.check == check.id && e.since.is_none_or(|since| major >= since) && e.until.is_none_or(|until| major <= until)
    };
    entries().iter().find(applies).map_or(Status::Pass, |e| e.status)
}

/// Whether a check exists on a major.
pub(crate) fn exists(check: &Check, major: u16) -> bool {
    let major = i64::from(major);
    check.since.is_none_or(|since| major >= since) && check.until.is_none_or(|until| major <= until)
}

#[test]
fn every_check_passes_on_the_reference_save_those_that_are_listed() {
    let mut wrong = Vec::new();
    for world in worlds() {
        for check in &catalogue().checks {
            let (found, expected) = (&world.backupuser.findings[&check.id], expected(check, world.major));
            if found.status != expected && !BY_THE_CALENDAR.contains(&check.id.as_str()) {
                let said = (expected.as_str(), found.status.as_str(), &found.message);
                wrong.push(format!("{} {}: expected {}, found {}: {}", world.major, check.id, said.0, said.1, said.2));
            }
        }
    }
    assert!(wrong.is_empty(), "fixtures/reference/expected.toml is exact:\n{}", wrong.join("\n"));
}

/// What nobody can use is no finding: the reference with it fails nothing that it passes without.
#[test]
fn what_is_safe_stays_silent() {
    let mut wrong = Vec::new();
    for world in worlds() {
        for (check, found) in &world.fuller.findings {
            if found.status == Status::Fail && world.backupuser.status(check) != Status::Fail {
                wrong.push(format!("{} {check}: {}", world.major, found.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_list_of_exceptions_names_checks_once_with_a_reason() {
    let mut seen = BTreeSet::new();
    for entry in entries() {
        assert!(catalogue().check(&entry.check).is_some(), "expected.toml: there is no check {}", entry.check);
        assert!(entry.why.len() > 20, "expected.toml: {} without a reason", entry.check);
        assert_ne!(entry.status, Status::Pass, "expected.toml: {} passes, as all do", entry.check);
        assert!(seen.insert((entry.check.clone(), entry.since, entry.until)), "expected.toml: {} twice", entry.check);
    }
}

#[test]
fn a_superuser_sees_the_same_or_more() {
    let wrong: Vec<String> =
        worlds().iter().flat_map(|world| catalogue().checks.iter().filter_map(|c| differs(world, c))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differs(world: &World, check: &Check) -> Option<String> {
    let (least, most) = (&world.backupuser.findings[&check.id], &world.superuser.findings[&check.id]);
    let right = if check.id == SCANNER {
        most.status == Status::Fail
    } else {
        least.status == most.status
            || least.status == Status::NotAssessed
            || most.status == Status::NotApplicable && of_the_wire(check)
            || not_for_being_superuser(most)
    };
    let (a, b) = (least.status.as_str(), most.status.as_str());
    (!right).then(|| {
        format!("{} {}: backupuser {a} ({}), superuser {b} ({})", world.major, check.id, least.message, most.message)
    })
}

/// Whether a check is about the scanner's connection, which for the superuser is a Unix socket.
fn of_the_wire(check: &Check) -> bool {
    let wire =
        |need: &Need| matches!(need, Need::Fact(_) | Need::Part(..)) && WIRE.contains(&need.to_string().as_str());
    check.needs.iter().any(wire)
}

/// Whether what the superuser does not see would be closed to anybody who scans so: a setting that its own role has a
/// value for, or one that speaks of TCP alone.
pub(crate) fn not_for_being_superuser(finding: &Finding) -> bool {
    let said = |words| finding.reason.as_ref().is_some_and(|r| r.text.contains(words));
    let words =
        ["the scanner's own role sets", "an override on the scanner's own", "cannot be seen over a Unix socket"];
    finding.status == Status::NotAssessed && words.into_iter().any(said)
}

#[test]
fn the_faults_left_nothing_in_the_template() {
    for world in worlds() {
        for (check, before) in &world.backupuser.findings {
            let after = &world.after.findings[check];
            assert_eq!((before.status, before.population), (after.status, after.population), "{} {check}", world.major);
        }
    }
}
