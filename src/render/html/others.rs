//! What is no failure: not assessed, errors, manual, accepted by policy, passed, not applicable; and every query.

use serde::Serialize;

use super::index::Index;
use super::{Pill, anchor, count};
use crate::model::{Finding, Observation, Report, Status, TargetReport};
use crate::render::select::locked;
use crate::render::words;

/// How many values of a passed check are shown, and how many accepted subjects.
const SHOWN: usize = 5;
const ACCEPTED: usize = 50;

#[derive(Serialize)]
pub(super) struct Unseen {
    total: String,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    target: String,
    kind: &'static str,
    title: &'static str,
    unlock: Option<String>,
    opens: String,
    reasons: Vec<String>,
    checks: Vec<Row>,
}

/// The other sections: one row a check and target.
#[derive(Serialize)]
pub(super) struct Rows {
    errors: Vec<Row>,
    manual: Vec<Row>,
    passed: Vec<Row>,
    not_applicable: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    anchor: Option<String>,
    target: String,
    id: String,
    title: String,
    severity: Pill,
    says: String,
    decided: Option<&'static str>,
    values: Vec<Value>,
    more: Option<String>,
    facts: Vec<String>,
    todo: Option<String>,
    /// The heading of the column that `says` stands in, for narrow screens.
    column: &'static str,
    query: Option<String>,
}

#[derive(Serialize)]
struct Value {
    subject: String,
    observed: Option<String>,
    accepted: bool,
}

#[derive(Serialize)]
pub(super) struct Accepted {
    total: String,
    rows: Vec<AcceptedRow>,
    more: Option<String>,
}

#[derive(Serialize)]
struct AcceptedRow {
    target: String,
    check: String,
    anchor: String,
    subject: String,
    observed: Option<String>,
}

/// The query of a check that has no place of its own for it.
#[derive(Serialize)]
pub(super) struct Query {
    id: String,
    anchor: String,
    query: String,
}

/// What could not be assessed, by target and by what unlocks it.
pub(super) fn unseen(report: &Report, index: &Index<'_>) -> Unseen {
    let mut total = 0;
    let mut groups = Vec::new();
    for target in &report.targets {
        for group in locked(target) {
            let n = group.findings.len() as u64;
            total += n;
            groups.push(Group {
                target: target.name.clone(),
                kind: words::kind(group.kind),
                title: words::kind_title(group.kind),
                unlock: group.unlock.map(str::to_owned),
                opens: format!("{}, up to {}", count(n, "check"), group.worst().as_str()),
                reasons: group.reasons.iter().take(SHOWN).map(|r| (*r).to_owned()).collect(),
                checks: group.findings.iter().map(|f| row(target, f, index)).collect(),
            });
        }
    }
    Unseen { total: count(total, "check"), groups }
}

pub(super) fn rows(report: &Report, index: &Index<'_>) -> Rows {
    let of = |status: Status| {
        let mut rows = Vec::new();
        for target in &report.targets {
            let found = crate::render::select::with_status(target, status);
            rows.extend(found.into_iter().map(|f| row(target, f, index)));
        }
        rows
    };
    Rows {
        errors: of(Status::Error),
        manual: of(Status::Manual),
        passed: of(Status::Pass),
        not_applicable: of(Status::NotApplicable),
    }
}

fn row(target: &TargetReport, finding: &Finding, index: &Index<'_>) -> Row {
    let check = index.check(&finding.check);
    let values: Vec<Value> = finding.observations.iter().take(SHOWN).map(value).collect();
    let left = finding.population.seen.saturating_sub(values.len() as u64);
    let facts = finding.evidence.iter().map(|e| {
        let place = e.database.as_deref().map_or(String::new(), |d| format!(" in {d}"));
        format!("{}{place} ({}, {})", e.fact, e.status, count(e.rows.max(0).unsigned_abs(), "row"))
    });
    let shows_facts = matches!(finding.status, Status::Pass | Status::NotApplicable);
    Row {
        anchor: index.place(&finding.check, finding.status),
        target: target.name.clone(),
        id: finding.check.clone(),
        title: index.title(&finding.check).to_owned(),
        severity: finding.severity.into(),
        says: says(finding),
        decided: words::disposition(finding.disposition),
        more: (left > 0 && !values.is_empty()).then(|| format!("and {} more", words::number(left))),
        values,
        facts: if shows_facts { facts.collect() } else { Vec::new() },
        todo: check.filter(|_| finding.status == Status::Manual).map(|c| c.remediation.clone()),
        column: column(finding.status),
        query: check.filter(|c| !c.query.is_empty()).map(|c| anchor("query", &c.id)),
    }
}

fn column(status: Status) -> &'static str {
    match status {
        Status::Pass => "Seen",
        Status::NotApplicable => "Why",
        Status::Manual => "What is asked for",
        _ => "What went wrong",
    }
}

fn says(finding: &Finding) -> String {
    match (finding.status, &finding.reason) {
        (Status::Pass, _) => {
            let p = finding.population;
            format!("{} of {} right", words::number(p.passed), words::number(p.seen))
        }
        (_, Some(reason)) => reason.text.clone(),
        (_, None) => finding.message.clone(),
    }
}

fn value(observation: &Observation) -> Value {
    Value {
        subject: observation.subject.clone(),
        observed: observation.observed.clone(),
        accepted: observation.accepted_by_policy,
    }
}

/// Each use that passes only because the policy names it.
pub(super) fn accepted(report: &Report, index: &Index<'_>) -> Accepted {
    let mut rows = Vec::new();
    for (_, all) in index.findings() {
        for (target, finding) in all {
            let uses = finding.observations.iter().filter(|o| o.accepted_by_policy);
            rows.extend(uses.map(|o| AcceptedRow {
                target: target.name.clone(),
                check: finding.check.clone(),
                anchor: anchor("check", &finding.check),
                subject: o.subject.clone(),
                observed: o.observed.clone(),
            }));
        }
    }
    rows.truncate(ACCEPTED);
    let total = report.summary.accepted_by_policy;
    let left = total.saturating_sub(rows.len() as u64);
    let more = (left > 0).then(|| format!("and {} more in report.json and in the evidence", words::number(left)));
    Accepted { total: count(total, "subject"), rows, more }
}

/// The queries of all checks that did not fail: failures carry their own.
pub(super) fn queries(report: &Report, index: &Index<'_>) -> Vec<Query> {
    let checks = report.checks.iter().filter(|c| !c.query.is_empty() && index.worst(&c.id).is_some());
    let elsewhere = checks
        .filter(|c| index.findings().any(|(id, all)| id == c.id && all.iter().any(|(_, f)| f.status != Status::Fail)));
    elsewhere.map(|c| Query { id: c.id.clone(), anchor: anchor("query", &c.id), query: c.query.clone() }).collect()
}
