//! What a report offers as a fix can be run, makes its check pass, and turns no other red.

use pgcomply::model::{Finding, Status};

use super::world::{say, worlds};

/// Fixes that say themselves what has to be done before, and the check that is red where it was not.
const FIX_IS_HALF: [(&str, &str); 3] = [
    ("rls/tenant-tables-protected", "rls/enabled-without-policy"),
    ("rls/tenant-tables-protected", "rls/readonly-policy"),
    ("rls/tenant-tables-protected", "backup/role-complete"),
];

#[test]
fn the_fix_that_a_report_offers_makes_the_check_pass() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for world in worlds() {
        for fault in world.faults.values().flatten() {
            let check = &fault.fixture.check;
            match &fault.fixed {
                None => continue,
                Some(Err(reason)) => wrong.push(format!("{} {check}: {reason}", world.major)),
                Some(Ok(seen)) => {
                    let new = |f: &&Finding| {
                        f.status == Status::Fail
                            && fault.backupuser.status(&f.check) != Status::Fail
                            && !FIX_IS_HALF.contains(&(check.as_str(), f.check.as_str()))
                    };
                    let red = seen.findings.values().filter(new);
                    wrong.extend(
                        red.map(|f| format!("{} fix of {check}: {} fails: {}", world.major, f.check, f.message)),
                    );
                    if seen.status(check) != Status::Pass {
                        wrong.push(format!("{} fix of {check}: {}", world.major, seen.findings[check].message));
                    }
                }
            }
            tried += 1;
        }
    }
    say(&format!("{tried} fixes were run"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
