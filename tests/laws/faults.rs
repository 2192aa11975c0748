//! The second law: a fault turns its check red, and those that it names, and no other.

use std::collections::BTreeSet;

use pgcomply::model::Status;
use pgcomply::server::Drift;

use super::evidence::{As, catalogue};
use super::fixture;
use super::reference::{exists, not_for_being_superuser};
use super::world::{Fault, World, say, worlds};

#[test]
fn every_check_has_one_fault_and_every_fault_a_check() {
    let checks: BTreeSet<&str> = catalogue().checks.iter().filter(|c| !c.manual).map(|c| c.id.as_str()).collect();
    let fixtures = fixture::all();
    let faults: BTreeSet<&str> = fixtures.iter().map(|f| f.check.as_str()).collect();
    let without: Vec<_> = checks.difference(&faults).collect();
    let orphans: Vec<_> = faults.difference(&checks).collect();
    assert!(without.is_empty() && orphans.is_empty(), "checks without a fault: {without:?}\norphans: {orphans:?}");
    for fixture in &fixtures {
        let becomes = fixture.becomes.keys().filter(|id| **id != fixture.check);
        let more = fixture.also_on.iter().flat_map(|on| &on.checks).chain(becomes);
        for other in fixture.also.iter().chain(more) {
            let known = catalogue().check(other).is_some() && *other != fixture.check;
            assert!(known, "fixtures/faults/{}.sql names {other}, which is no other check", fixture.check);
        }
    }
}

/// For the superuser as well as for `backupuser`, save for what a superuser's own role or its socket hides.
#[test]
fn a_fault_turns_its_check_red_and_no_other_than_those_it_names() {
    let mut wrong = Vec::new();
    for world in worlds() {
        for (check, fault) in &world.faults {
            let at = format!("{} {check}", world.major);
            match fault {
                Ok(fault) => {
                    let least = complaints(world, fault, As::Backupuser);
                    wrong.extend(least.into_iter().map(|c| format!("{at}: {c}")));
                    let most = complaints(world, fault, As::Superuser);
                    wrong.extend(most.into_iter().map(|c| format!("{at}, as superuser: {c}")));
                }
                Err(reason) => wrong.push(format!("{at}: {reason}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn complaints(world: &World, fault: &Fault, who: As) -> Vec<String> {
    let (seen, whole) = match (who, &fault.superuser) {
        (As::Backupuser, _) => (&fault.backupuser, &world.backupuser),
        (As::Superuser, Some(superuser)) => (superuser, &world.superuser),
        (As::Superuser, None) => return Vec::new(),
    };
    let (fixture, mut wrong) = (&fault.fixture, Vec::new());
    for check in &catalogue().checks {
        let (found, before) = (&seen.findings[&check.id], &whole.findings[&check.id]);
        let also = fixture.also(world.major).any(|id| *id == check.id) && exists(check, world.major);
        let red = check.id == fixture.check || also;
        let other = fixture.becomes.get(&check.id).copied().unwrap_or(before.status);
        let turned = if check.listed { Status::Manual } else { Status::Fail };
        let own = fixture.becomes.get(&fixture.check).copied().unwrap_or(turned);
        let expected = if check.id == fixture.check {
            own
        } else if red {
            turned
        } else {
            other
        };
        let closed = matches!(who, As::Superuser) && not_for_being_superuser(found);
        if found.status != expected && !closed {
            let (expected, status) = (expected.as_str(), found.status.as_str());
            wrong.push(format!("{} is {status}, not {expected}: {}", check.id, found.message));
        } else if !red && found.population.failed != before.population.failed {
            wrong.push(format!("{} counts other failures than before", check.id));
        }
    }
    wrong
}

#[test]
fn the_drifted_deployment_fails_what_it_says() {
    let mut wrong = Vec::new();
    for world in worlds() {
        for drift in Drift::all() {
            for check in drift.checks.iter().filter_map(|id| catalogue().check(id)).filter(|c| exists(c, world.major)) {
                let [least, most] = &world.drifted;
                let found = &least.findings[&check.id];
                let hidden = found.status == Status::NotAssessed && most.status(&check.id) == Status::Fail;
                if found.status != Status::Fail && !hidden {
                    let said = (found.status.as_str(), &found.message);
                    wrong.push(format!("{} {}: {} ({}): {}", world.major, check.id, said.0, said.1, drift.story));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_runs_on_a_major_under_test_or_says_which_it_needs() {
    let majors: Vec<u16> = worlds().iter().map(|world| world.major).collect();
    for major in &majors {
        let left_out: Vec<String> = fixture::all().into_iter().filter(|f| !f.exists(*major)).map(|f| f.check).collect();
        say(&format!("PostgreSQL {major}: {} faults do not exist: {}", left_out.len(), left_out.join(" ")));
    }
    for fixture in fixture::all().iter().filter(|f| !majors.iter().any(|major| f.exists(*major))) {
        let span = format!("{:?} to {:?}", fixture.since, fixture.until);
        say(&format!("{} needs a major from {span}; not tried on {majors:?}", fixture.check));
    }
}
