//! From observations to a finding: a failing subject outweighs an unknown one, an unknown one outweighs a pass.

use sha2::{Digest, Sha256};

use super::{Completeness, Context, Seen, Shared, bare, said, unseen};
use crate::catalogue::{Check, Need};
use crate::model::text::{hex, visible};
use crate::model::{Disposition, Finding, Observation, Population, Reason, ReasonKind, Status, Verdict};
use crate::policy::{Bound, find_key, to_number};

/// How many passing subjects a finding shows, as a sample.
const PASSING_SHOWN: usize = 20;
/// How many subjects a message names.
const NAMED: usize = 3;

pub(super) fn finding(
    check: &Check,
    seen: Vec<Seen>,
    completeness: Completeness,
    shared: &Shared,
    context: &Context<'_>,
) -> Finding {
    let population = count(&seen);
    let (status, reason) = decide(check, &seen, population, &completeness, shared, context);
    let mut finding = match reason {
        Some(reason) => bare(check, status, reason),
        None => bare(check, status, said("")),
    };
    if finding.reason.as_ref().is_some_and(|r| r.text.is_empty()) {
        finding.reason = None;
    }
    finding.message = message(status, &seen, population, finding.reason.as_ref());
    finding.disposition = (status == Status::Fail).then_some(Disposition::Open);
    finding.population = population;
    finding.evidence = completeness.evidence;
    finding.fingerprints =
        seen.iter().filter(|s| s.verdict == Verdict::Fail).map(|s| fingerprint(&check.id, context.target, s)).collect();
    let notable = (population.failed + population.unknown) as usize;
    finding.observations_omitted = notable.saturating_sub(context.max_observations) as u64;
    let listed = notable.min(context.max_observations);
    let passing = seen.iter().skip(notable).take(PASSING_SHOWN);
    finding.observations =
        seen.iter().take(listed).chain(passing).map(|s| observation(check, s, shared, context)).collect();
    finding
}

fn count(seen: &[Seen]) -> Population {
    let of = |verdict| seen.iter().filter(|s| s.verdict == verdict).count() as u64;
    Population {
        seen: seen.len() as u64,
        passed: of(Verdict::Pass),
        failed: of(Verdict::Fail),
        unknown: of(Verdict::Unknown),
        accepted: seen.iter().filter(|s| s.accepted).count() as u64,
    }
}

fn decide(
    check: &Check,
    seen: &[Seen],
    population: Population,
    completeness: &Completeness,
    shared: &Shared,
    context: &Context<'_>,
) -> (Status, Option<Reason>) {
    if population.failed > 0 {
        return (Status::Fail, None);
    }
    if let Some((need, reason)) = completeness.gaps.first() {
        let whole = need.starts_with("setting:");
        let text = if whole { reason.text.clone() } else { format!("{need} was seen only in part: {}", reason.text) };
        return (Status::NotAssessed, Some(Reason { text, ..reason.clone() }));
    }
    if let Some(unknown) = seen.iter().find(|s| s.verdict == Verdict::Unknown && !s.manual) {
        return (Status::NotAssessed, unknown.reason.clone());
    }
    if let Some(first) = seen.iter().find(|s| s.manual) {
        return (Status::Manual, Some(said(&for_a_person(check, seen, first))));
    }
    if let Some(reason) = lists_not_named(check, shared, context) {
        return (Status::NotAssessed, Some(reason));
    }
    if population.seen == 0 {
        return match &check.when_empty {
            Some(reason) => (Status::NotApplicable, Some(said(reason))),
            None => {
                let text = "nothing was found that this check could judge";
                (Status::NotAssessed, Some(unseen(ReasonKind::OutOfReach, text, None)))
            }
        };
    }
    match loosened(check, context) {
        Some(reason) => (Status::NotAssessed, Some(reason)),
        None => (Status::Pass, None),
    }
}

/// What a person has to look at.
fn for_a_person(check: &Check, seen: &[Seen], first: &Seen) -> String {
    if !check.listed {
        return first.observed.clone().unwrap_or_else(|| first.subject.clone());
    }
    let mut named: Vec<&str> = seen.iter().take(NAMED).map(|s| s.subject.as_str()).collect();
    let rest = format!("{} more", seen.len() - named.len());
    if seen.len() > named.len() {
        named.push(&rest);
    }
    format!("{} to be reviewed: {}", seen.len(), named.join(", "))
}

/// A pass over roles or schemas that the policy does not name is not assessed: nobody said that these are all.
fn lists_not_named(check: &Check, shared: &Shared, context: &Context<'_>) -> Option<Reason> {
    let unnamed = check.needs.iter().find_map(|need| match need {
        Need::Policy(key) if !context.policy.values.contains_key(key) => Some(key),
        _ => None,
    })?;
    let defaulted = find_key(unnamed).is_some_and(|k| k.default.is_some());
    if defaulted {
        return None;
    }
    let list =
        unnamed.strip_prefix("roles.").map(|_| "[roles]").or(unnamed.strip_prefix("schemas.").map(|_| "[schemas]"));
    let name = unnamed.rsplit('.').next().unwrap_or(unnamed);
    let unlock = format!("name them in {}: {name} = […]; `pgcomply init` writes it", list.unwrap_or("the policy"));
    Some(match (list, shared.inferred.contains_key(unnamed)) {
        (Some(list), true) => {
            let text = format!("{list} {name} is inferred, not named by a policy; what was inferred is right");
            unseen(ReasonKind::RoleModel, &text, Some(unlock))
        }
        (Some(list), false) => {
            let text = format!("{list} {name} is not named by a policy, and could not be inferred");
            unseen(ReasonKind::RoleModel, &text, Some(unlock))
        }
        (None, _) => unseen(ReasonKind::PolicyMissing, &format!("the policy does not say {unnamed}"), Some(unlock)),
    })
}

/// A threshold that the policy sets past its floor.
fn loosened(check: &Check, context: &Context<'_>) -> Option<Reason> {
    for name in &check.params {
        let Some((key, leaf)) = find_key(name).zip(context.policy.values.get(name).and_then(|v| v.first())) else {
            continue;
        };
        let Some((floor_text, bound)) = key.floor else { continue };
        let (Some(value), Some(floor)) = (leaf.number, to_number(key.kind, floor_text)) else { continue };
        let loose = match bound {
            Bound::AtMost => value > floor,
            Bound::AtLeast => value < floor,
        };
        if loose {
            let text =
                format!("the policy sets {name} to {}, looser than the loosest that can pass, {floor_text}", leaf.text);
            return Some(unseen(
                ReasonKind::ThresholdLoosened,
                &text,
                Some(format!("{name} = \"{floor_text}\" or stricter")),
            ));
        }
    }
    None
}

fn message(status: Status, seen: &[Seen], population: Population, reason: Option<&Reason>) -> String {
    let shown = |s: &Seen| match &s.observed {
        Some(observed) if !observed.is_empty() => format!("{}: {observed}", s.subject),
        _ => s.subject.clone(),
    };
    match (status, seen) {
        (Status::Fail | Status::Pass, [only]) => shown(only),
        (Status::Fail, _) => {
            let failing = seen.iter().filter(|s| s.verdict == Verdict::Fail);
            let mut named: Vec<&str> = failing.take(NAMED).map(|s| s.subject.as_str()).collect();
            let more = population.failed as usize - named.len();
            let rest = format!("{more} more");
            if more > 0 {
                named.push(&rest);
            }
            format!("{} of {}: {}", population.failed, population.seen, named.join(", "))
        }
        (Status::Pass, _) => format!("all {} right", population.seen),
        _ => reason.map_or_else(String::new, |r| r.text.clone()),
    }
}

fn observation(check: &Check, seen: &Seen, shared: &Shared, context: &Context<'_>) -> Observation {
    let failing = seen.verdict == Verdict::Fail;
    let database = seen.database.as_ref().and_then(|d| shared.databases.get(d));
    let fix = check.fix.as_ref().filter(|_| failing);
    let fix = fix.map(|fix| filled(fix, &seen.subject, database.map_or("", String::as_str)));
    Observation {
        fingerprint: fingerprint(&check.id, context.target, seen),
        subject: seen.subject.clone(),
        kind: seen.kind.clone(),
        database: seen.database.clone(),
        verdict: seen.verdict,
        observed: seen.observed.clone(),
        expected: seen.expected.clone(),
        accepted_by_policy: seen.accepted,
        fix,
        disposition: failing.then_some(Disposition::Open),
    }
}

/// The fix of one subject. In one pass, because a name may itself be `{subject}`; and in a comment no name may end the
/// line, or what follows would be run by whoever pastes it.
fn filled(fix: &str, subject: &str, database: &str) -> String {
    let mut out = String::new();
    let mut rest = fix;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let in_comment = fix[..fix.len() - rest.len() + at].rsplit('\n').next().is_some_and(|line| line.contains("--"));
        let name = |name: &str| if in_comment { visible(name) } else { name.to_owned() };
        (out, rest) = if let Some(rest) = rest[at..].strip_prefix("{subject}") {
            (out + &name(subject), rest)
        } else if let Some(rest) = rest[at..].strip_prefix("{database}") {
            (out + &name(database), rest)
        } else {
            (out + "{", &rest[at + 1..])
        };
    }
    out + rest
}

/// SHA-256 over (version tag, check, target, database, kind, subject), each with its length before it.
fn fingerprint(check: &str, target: &str, seen: &Seen) -> String {
    let mut digest = Sha256::new();
    let database = seen.database.as_deref().unwrap_or("");
    for part in ["v1", check, target, database, &seen.kind, &seen.subject] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    format!("v1:{}", hex(&digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn names_are_filled_in_once_and_cannot_leave_a_comment() {
        let fix = "ALTER TABLE {subject} {x} OWNER TO y; -- in database {database}";
        assert_eq!(
            filled(fix, "\"{database}\"", "\"{subject}\nDROP DATABASE appdb; --\""),
            "ALTER TABLE \"{database}\" {x} OWNER TO y; -- in database \"{subject}\\nDROP DATABASE appdb; --\""
        );
        assert_eq!(filled("-- first\nDROP {subject};", "\"a\nb\"", ""), "-- first\nDROP \"a\nb\";");
    }
}
