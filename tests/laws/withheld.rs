//! The third law: what was not seen is never a pass, and never "nothing to look at".

use pgcomply::catalogue::Check;
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, Status};

use super::evidence::{Change, again, block_on, catalogue, policy};
use super::facts::{facts, hide, partial, places, settings, withhold};
use super::reference::{BY_THE_CALENDAR, exists};
use super::world::{World, say, worlds};

/// A way to withhold: which fact, in words, as SQL.
type Way = (String, String, String);

/// Facts that a check reads without resting on them, and why it passes rightly when they are withheld.
const NOT_RESTED_ON: [(&str, &[&str], &str); 3] = [
    (
        "grants/public-columns",
        &["database", "foreign_server", "function", "large_object", "parameter", "schema", "type"],
        "which ACLs are not a column's",
    ),
    ("grants/no-grant-option", &["parameter"], "a name for the ACL, which is judged without one"),
    ("logging/statement-statistics", &["extension"], "one database in which it was seen is enough"),
];

#[test]
fn a_check_without_its_facts_is_not_assessed() {
    let right = |check: &Check, fact: &str, passing: bool, found: &Finding| match found.status {
        Status::NotAssessed => true,
        Status::Fail | Status::Manual => !passing,
        Status::Pass => passing && not_rested_on(check, fact),
        _ => false,
    };
    for_all(ways, right);
}

fn not_rested_on(check: &Check, fact: &str) -> bool {
    NOT_RESTED_ON.iter().any(|(id, facts, _)| *id == check.id && facts.contains(&fact))
}

#[test]
fn a_pass_over_partial_facts_is_not_assessed_and_a_failure_stands() {
    let right = |check: &Check, fact: &str, passing: bool, found: &Finding| match found.status {
        Status::NotAssessed => passing || check.listed,
        Status::Fail => !passing,
        Status::Pass => passing && not_rested_on(check, fact),
        _ => false,
    };
    for_all(partial_ways, right);
}

/// Tries every way on the passing and on the failing evidence of every check.
fn for_all(ways: impl AsyncFn(&Check, &[u8]) -> Vec<Way>, right: impl Fn(&Check, &str, bool, &Finding) -> bool) {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for world in worlds() {
        for check in catalogue().checks.iter().filter(|c| !c.manual) {
            let sides = [(true, world.passing(check)), (false, world.failing(check))];
            for (passing, bytes) in sides {
                let was = if passing { "pass" } else { "fail" };
                let Some(bytes) = bytes else {
                    let empty = world.backupuser.status(&check.id) == Status::NotApplicable;
                    let never_passes = empty || check.listed || BY_THE_CALENDAR.contains(&check.id.as_str());
                    let there = exists(check, world.major)
                        && if passing { !never_passes } else { world.faults.contains_key(&check.id) };
                    let missing =
                        there.then(|| format!("{} {}: no evidence under which it would {was}", world.major, check.id));
                    wrong.extend(missing);
                    continue;
                };
                block_on(async {
                    for (fact, words, sql) in ways(check, bytes).await {
                        tried += 1;
                        let found = one(world, check, bytes, &sql).await;
                        if !right(check, &fact, passing, &found) {
                            let (is, message) = (found.status.as_str(), &found.message);
                            wrong.push(format!("{} {}: {words}: {was} became {is}: {message}", world.major, check.id));
                        }
                    }
                });
            }
        }
    }
    say(&format!("{tried} times something was withheld"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn one(world: &World, check: &Check, bytes: &[u8], sql: &str) -> Finding {
    again(bytes, world.now, policy(), check, Change { facts: sql, read: "" }).await
}

/// Every fact that a check needs or reads, everywhere and in each database; every setting that it needs.
async fn ways(check: &Check, bytes: &[u8]) -> Vec<Way> {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let mut ways: Vec<Way> =
        settings(check).iter().map(|n| ((*n).to_owned(), format!("{n} hidden"), hide(n))).collect();
    for fact in facts(&mut evidence, check).await {
        ways.push((fact.clone(), format!("{fact} withheld"), withhold(&fact, None)));
        for place in places(&mut evidence, &fact).await {
            ways.push((fact.clone(), format!("{fact} withheld in '{place}'"), withhold(&fact, Some(&place))));
        }
    }
    ways
}

/// Every fact that a check needs or reads, in each place of its own.
async fn partial_ways(check: &Check, bytes: &[u8]) -> Vec<Way> {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let mut ways = Vec::new();
    for fact in facts(&mut evidence, check).await {
        for place in places(&mut evidence, &fact).await {
            ways.push((fact.clone(), format!("{fact} partial in '{place}'"), partial(&fact, &place)));
        }
    }
    ways
}
