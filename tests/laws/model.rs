//! The seventh law: what nobody has said is no pass, and a threshold that is too loose is none either.

use std::path::Path;

use pgcomply::catalogue::{Check, Need};
use pgcomply::model::{ReasonKind, Status};
use pgcomply::policy::{Bound, Key, Kind, Policy, find_key, to_number};

use super::evidence::{Change, again, block_on, catalogue, policy};
use super::world::worlds;

/// Faults that are against what the policy says, so that without one there is nothing wrong.
const ONLY_A_POLICY_TELLS: [&str; 6] = [
    "logging/pgaudit-phi-objects",
    "privacy/declared",
    "privacy/pii-not-public",
    "privacy/retention",
    "roles/three-role-model",
    "sessions/known-networks",
];

#[test]
fn without_a_policy_a_pass_over_inferred_roles_is_not_assessed() {
    let nobody = Policy::default();
    let mut wrong = Vec::new();
    for world in worlds() {
        for check in catalogue().checks.iter().filter(|c| rests_on_a_list(c)) {
            let Some(bytes) = world.passing(check) else { continue };
            let found = block_on(again(bytes, world.now, &nobody, check, Change::default()));
            let kind = found.reason.as_ref().and_then(|r| r.kind);
            let right = found.status == Status::NotAssessed
                && matches!(kind, Some(ReasonKind::RoleModel | ReasonKind::PolicyMissing));
            if !right {
                wrong.push(format!("{} {}: {:?} {kind:?}: {}", world.major, check.id, found.status, found.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A schema that the policy names and the role cannot look into must not be passed over in silence.
#[test]
fn a_named_schema_that_was_not_seen_keeps_its_checks_from_passing() {
    let rests = |check: &&Check| check.needs.contains(&Need::Policy("schemas.application".into()));
    for world in worlds() {
        for schema in ["temporal.public", "appdb.ap", "nowhere.app"] {
            let named = pgcomply::server::POLICY.replace("\"appdb.app\"", &format!("\"appdb.app\", \"{schema}\""));
            let policy = Policy::parse(&named, Path::new("pgcomply.toml")).unwrap();
            for check in catalogue().checks.iter().filter(rests) {
                let Some(bytes) = world.passing(check) else { continue };
                let found = block_on(again(bytes, world.now, &policy, check, Change::default()));
                let said = (found.status, found.reason.map(|r| r.text).unwrap_or_default());
                assert!(said.0 == Status::NotAssessed && said.1.contains(schema), "{} {schema}: {said:?}", check.id);
            }
        }
    }
}

#[test]
fn without_a_policy_a_failure_stands() {
    let nobody = Policy::default();
    let mut wrong = Vec::new();
    for world in worlds() {
        for check in catalogue().checks.iter().filter(|c| rests_on_a_list(c)) {
            let Some(bytes) = world.failing(check) else { continue };
            let found = block_on(again(bytes, world.now, &nobody, check, Change::default()));
            let told = ONLY_A_POLICY_TELLS.contains(&check.id.as_str());
            let expected = if told { Status::NotAssessed } else { Status::Fail };
            if found.status != expected {
                wrong.push(format!("{} {}: {:?}: {}", world.major, check.id, found.status, found.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rests_on_a_list(check: &Check) -> bool {
    let named = |need: &Need| match need {
        Need::Policy(key) => find_key(key).is_some_and(|k| k.default.is_none()),
        _ => false,
    };
    check.needs.iter().any(named)
}

#[test]
fn a_threshold_past_its_floor_is_no_pass_and_one_at_its_floor_is() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for world in worlds() {
        for check in &catalogue().checks {
            let Some(bytes) = world.passing(check) else { continue };
            for key in check.params.iter().filter_map(|name| find_key(name)) {
                let Some((floor, bound)) = key.floor else { continue };
                for (value, expected) in
                    [(floor.to_owned(), Status::Pass), (past(key, floor, bound), Status::NotAssessed)]
                {
                    let policy = with(key.name, &value, key.kind);
                    let found = block_on(again(bytes, world.now, &policy, check, Change::default()));
                    let kind = found.reason.as_ref().and_then(|r| r.kind);
                    let loosened = kind == Some(ReasonKind::ThresholdLoosened);
                    tried += 1;
                    if found.status != expected || loosened != (expected == Status::NotAssessed) {
                        let status = found.status.as_str();
                        wrong.push(format!(
                            "{} {}: {} = {value}: {status}: {}",
                            world.major, check.id, key.name, found.message
                        ));
                    }
                }
            }
        }
    }
    assert!(tried > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The nearest value beyond a floor.
fn past(key: Key, floor: &str, bound: Bound) -> String {
    let floor = to_number(key.kind, floor).unwrap();
    match bound {
        Bound::AtMost => format!("{}", floor + 1.0),
        Bound::AtLeast => format!("{}", floor - 1.0),
    }
}

/// The reference's policy with one more value.
fn with(name: &str, value: &str, kind: Kind) -> Policy {
    let (section, leaf) = name.rsplit_once('.').unwrap();
    let number = matches!(kind, Kind::Count | Kind::Days) || value.parse::<f64>().is_ok();
    let text = if number { value.to_owned() } else { format!("\"{value}\"") };
    let more = Policy::parse(&format!("[{section}]\n{leaf} = {text}\n"), Path::new("a law's")).unwrap();
    let mut policy = policy().clone();
    policy.values.extend(more.values);
    policy
}
