//! Failures grouped by check, worst first: what was found, why it matters, what to do, and how we know.

use serde::Serialize;

use super::index::{Index, Spoken};
use super::{Link, Pill};
use crate::model::{CheckInfo, EvidenceRef, Finding as Found, Observation, Report, Status, TargetReport, Verdict};
use crate::render::select::is_open;
use crate::render::words;

/// How many subjects are listed for a finding; the counts are exact, and the rest stands in report.json.
const LISTED: usize = 50;
/// Digits of a fingerprint that tell it from others by eye.
const SHORT: usize = 12;

#[derive(Serialize)]
pub(super) struct Finding {
    anchor: Option<String>,
    id: String,
    title: String,
    severity: Pill,
    status: Pill,
    parts: Vec<Part>,
    rationale: String,
    remediation: String,
    fixes: Vec<String>,
    more_fixes: bool,
    controls: Vec<Spoken>,
    justification: Option<String>,
    caveat: Option<String>,
    measure: Option<String>,
    how: How,
}

/// What was found on one target.
#[derive(Serialize)]
struct Part {
    target: String,
    sentence: String,
    decided: Option<&'static str>,
    subjects: Vec<Subject>,
    omitted: Option<String>,
}

#[derive(Serialize)]
struct Subject {
    subject: String,
    what: String,
    observed: Option<String>,
    expected: Option<String>,
    fingerprint: String,
    unknown: bool,
    decided: Option<&'static str>,
}

/// What an auditor asks of every line: how do you know?
#[derive(Serialize)]
pub(super) struct How {
    facts: Vec<Fact>,
    query: Option<String>,
    params: Vec<String>,
    references: Vec<Link>,
    guide: Option<String>,
    origin: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Fact {
    target: String,
    fact: String,
    database: Option<String>,
    status: String,
    rows: String,
    source: String,
    anchor: Option<String>,
}

/// Every check that failed somewhere.
pub(super) fn findings(report: &Report, index: &Index<'_>) -> Vec<Finding> {
    let mut failing: Vec<(&str, Vec<(&TargetReport, &Found)>)> = index
        .findings()
        .map(|(id, all)| (id, all.iter().filter(|(_, f)| f.status == Status::Fail).copied().collect::<Vec<_>>()))
        .filter(|(_, failing)| !failing.is_empty())
        .collect();
    failing.sort_by_key(|(id, all)| (!all.iter().any(|(_, f)| is_open(f)), all[0].1.severity, *id));
    failing.into_iter().map(|(id, all)| finding(report, index, id, &all)).collect()
}

fn finding(report: &Report, index: &Index<'_>, id: &str, all: &[(&TargetReport, &Found)]) -> Finding {
    let check = index.check(id);
    let measure = check.and_then(|c| index.measure(&c.measure));
    let listed = || all.iter().flat_map(|(_, f)| failing(f).take(LISTED));
    let mut fixes: Vec<String> = Vec::new();
    for fix in listed().filter_map(|o| o.fix.as_ref()) {
        if fixes.len() < LISTED && !fixes.contains(fix) {
            fixes.push(fix.clone());
        }
    }
    let failed: u64 = all.iter().map(|(_, f)| f.population.failed).sum();
    Finding {
        anchor: index.place(id, Status::Fail),
        id: id.to_owned(),
        title: index.title(id).to_owned(),
        severity: all[0].1.severity.into(),
        status: index.link(id).pill(),
        parts: all.iter().map(|(t, f)| part(t, f)).collect(),
        rationale: check.map_or_else(String::new, |c| c.rationale.clone()),
        remediation: check.map_or_else(String::new, |c| c.remediation.clone()),
        more_fixes: !fixes.is_empty() && failed as usize > fixes.len(),
        fixes,
        controls: index.spoken(id),
        justification: measure.map(|m| m.justification.clone()),
        caveat: measure.and_then(|m| m.caveat.clone()),
        measure: measure.map(|m| m.title.clone()),
        how: how(report, check, all),
    }
}

fn failing(finding: &Found) -> impl Iterator<Item = &Observation> {
    finding.observations.iter().filter(|o| o.verdict == Verdict::Fail)
}

fn part(target: &TargetReport, finding: &Found) -> Part {
    let notable = finding.observations.iter().filter(|o| o.verdict != Verdict::Pass);
    let subjects: Vec<Subject> = notable.take(LISTED).map(|o| subject(finding, o)).collect();
    let p = finding.population;
    let left = (p.failed + p.unknown).saturating_sub(subjects.len() as u64);
    Part {
        target: target.name.clone(),
        sentence: sentence(finding),
        decided: words::disposition(finding.disposition),
        subjects,
        omitted: (left > 0).then(|| format!("and {} more in report.json and in the evidence", words::number(left))),
    }
}

/// `4 of 20,000 subjects are wrong, 2 could not be judged; 19,994 are right.`
fn sentence(finding: &Found) -> String {
    let p = finding.population;
    let verb = |n: u64| if n == 1 { "is" } else { "are" };
    let mut text =
        format!("{} of {} {} wrong", words::number(p.failed), words::count(p.seen, "subject"), verb(p.failed));
    if p.unknown > 0 {
        text.push_str(&format!(", {} could not be judged", words::number(p.unknown)));
    }
    if p.passed > 0 {
        text.push_str(&format!("; {} {} right", words::number(p.passed), verb(p.passed)));
    }
    text + "."
}

fn subject(finding: &Found, observation: &Observation) -> Subject {
    let place = observation.database.as_deref().map_or(String::new(), |d| format!(" in {d}"));
    let print = observation.fingerprint.trim_start_matches("v1:");
    let decided = observation.disposition.filter(|d| Some(*d) != finding.disposition);
    Subject {
        subject: observation.subject.clone(),
        what: format!("{}{place}", observation.kind.replace('_', " ")),
        observed: observation.observed.clone(),
        expected: observation.expected.clone(),
        fingerprint: print.chars().take(SHORT).collect(),
        unknown: observation.verdict == Verdict::Unknown,
        decided: words::disposition(decided),
    }
}

fn how(report: &Report, check: Option<&CheckInfo>, all: &[(&TargetReport, &Found)]) -> How {
    let facts = all.iter().flat_map(|(t, f)| f.evidence.iter().map(|e| fact(t, e))).collect();
    let ours = check.is_some_and(|c| c.origin == "builtin");
    How {
        facts,
        query: check.map(|c| c.query.clone()).filter(|q| !q.is_empty()),
        params: check.map_or_else(Vec::new, |c| params(report, c)),
        references: check.map_or_else(Vec::new, |c| c.references.iter().map(|r| Link::new(r, ours)).collect()),
        guide: check.and_then(|c| c.guide.clone()),
        origin: check.filter(|_| !ours).map(|c| c.origin.clone()),
    }
}

pub(super) fn fact(target: &TargetReport, evidence: &EvidenceRef) -> Fact {
    Fact {
        target: target.name.clone(),
        fact: evidence.fact.clone(),
        database: evidence.database.clone(),
        status: evidence.status.clone(),
        rows: words::number(evidence.rows.max(0).unsigned_abs()),
        source: evidence.source.clone(),
        anchor: super::method::statement_anchor(target, &evidence.source),
    }
}

/// `limits.statement_timeout = 5 min (from the policy file; loosest that can pass: 1 h)`, once each.
fn params(report: &Report, check: &CheckInfo) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in report.targets.iter().flat_map(|t| &t.policy).filter(|v| check.params.contains(&v.key)) {
        let line = super::method::policy_words(value);
        if !out.contains(&line) {
            out.push(line);
        }
    }
    out
}
