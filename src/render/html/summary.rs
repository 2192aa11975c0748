//! Counts by severity and status, a bar of them, the fleet, and what to do first.

use serde::Serialize;

use super::index::Index;
use super::{Pill, anchor, count};
use crate::model::{Finding, Report, Severity, Status, TargetReport};
use crate::render::select::{is_open, locked};
use crate::render::words;

/// How many actions are named.
const ACTIONS: usize = 5;

/// The columns of the table: a word, a class and which findings.
const COLUMNS: [(&str, &str); 7] = [
    ("Open failures", "fail"),
    ("Failures accepted", "waived"),
    ("Errors", "error"),
    ("Not assessed", "unseen"),
    ("Manual", "manual"),
    ("Passed", "pass"),
    ("Not applicable", "na"),
];

#[derive(Serialize)]
pub(super) struct Summary {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    totals: Vec<u64>,
    total: u64,
    bar: Vec<Segment>,
    targets: Vec<TargetRow>,
    accepted: String,
}

#[derive(Serialize)]
struct Row {
    severity: Pill,
    counts: Vec<u64>,
    total: u64,
}

#[derive(Serialize)]
struct TargetRow {
    name: String,
    outcome: &'static str,
    counts: Vec<u64>,
    total: u64,
}

/// A part of the bar, in thousandths of its width.
#[derive(Serialize)]
struct Segment {
    class: &'static str,
    word: &'static str,
    count: u64,
    x: u64,
    width: u64,
}

fn column(finding: &Finding) -> usize {
    match finding.status {
        Status::Fail if is_open(finding) => 0,
        Status::Fail => 1,
        Status::Error => 2,
        Status::NotAssessed => 3,
        Status::Manual => 4,
        Status::Pass => 5,
        Status::NotApplicable => 6,
    }
}

fn counted<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<u64> {
    let mut counts = vec![0; COLUMNS.len()];
    findings.for_each(|f| counts[column(f)] += 1);
    counts
}

fn all(report: &Report) -> impl Iterator<Item = &Finding> {
    report.targets.iter().flat_map(|t| &t.findings)
}

pub(super) fn summary(report: &Report) -> Summary {
    let rows = Severity::ALL.map(|severity| {
        let counts = counted(all(report).filter(|f| f.severity == severity));
        Row { severity: severity.into(), total: counts.iter().sum(), counts }
    });
    let totals = counted(all(report));
    let accepted = report.summary.accepted_by_policy;
    Summary {
        columns: COLUMNS.map(|(word, _)| word).to_vec(),
        rows: rows.into(),
        total: totals.iter().sum(),
        bar: bar(&totals),
        totals,
        targets: report.targets.iter().map(target).collect(),
        accepted: format!(
            "{} only because the policy names {}",
            count(accepted, "subject") + if accepted == 1 { " passes" } else { " pass" },
            if accepted == 1 { "it" } else { "them" }
        ),
    }
}

fn target(target: &TargetReport) -> TargetRow {
    let counts = counted(target.findings.iter());
    let outcome = words::target(target.status);
    TargetRow { name: target.name.clone(), outcome, total: counts.iter().sum(), counts }
}

/// Segments with a gap between them; one that is there is wide enough to be seen.
fn bar(counts: &[u64]) -> Vec<Segment> {
    let total: u64 = counts.iter().sum::<u64>().max(1);
    let present = counts.iter().filter(|n| **n > 0).count() as u64;
    let (gap, least) = (4, 10);
    let room = 1000u64.saturating_sub(present.saturating_sub(1) * gap + present * least);
    let mut x = 0;
    let mut segments = Vec::new();
    for (n, (word, class)) in counts.iter().zip(COLUMNS).filter(|(n, _)| **n > 0) {
        let width = least + room * n / total;
        segments.push(Segment { class, word, count: *n, x, width });
        x += width + gap;
    }
    segments
}

#[derive(Serialize)]
pub(super) struct Actions {
    actions: Vec<Action>,
    unlock: Option<Unlock>,
}

#[derive(Serialize)]
struct Action {
    severity: Pill,
    title: String,
    anchor: String,
    what: String,
    subjects: String,
}

#[derive(Serialize)]
struct Unlock {
    line: String,
    opens: String,
}

/// The worst open failures, those with most subjects first, and the key that opens the worst of what is locked.
pub(super) fn actions(report: &Report, index: &Index<'_>) -> Actions {
    let mut open: Vec<&Finding> = all(report).filter(|f| is_open(f)).collect();
    open.sort_by_key(|f| (f.severity, std::cmp::Reverse(f.population.failed), f.check.as_str()));
    open.dedup_by_key(|f| f.check.as_str());
    let actions = open.into_iter().take(ACTIONS).map(|f| action(f, index)).collect();
    let groups = report.targets.iter().flat_map(locked);
    let first = groups.filter(|g| g.unlock.is_some()).min_by_key(|g| (g.worst(), std::cmp::Reverse(g.findings.len())));
    let unlock = first.and_then(|g| {
        let opens = format!("unlocks {}, up to {}", count(g.findings.len() as u64, "check"), g.worst().as_str());
        Some(Unlock { line: g.unlock?.to_owned(), opens })
    });
    Actions { actions, unlock }
}

fn action(finding: &Finding, index: &Index<'_>) -> Action {
    let remediation = index.check(&finding.check).map_or("", |c| c.remediation.as_str());
    let first = remediation.split_inclusive(". ").next().unwrap_or(remediation).trim();
    let p = finding.population;
    Action {
        severity: finding.severity.into(),
        title: index.title(&finding.check).to_owned(),
        anchor: anchor("check", &finding.check),
        what: first.to_owned(),
        subjects: format!("{} of {}", words::number(p.failed), words::number(p.seen)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fits_and_shows_the_smallest_part() {
        for counts in [vec![1, 0, 0, 1, 0, 9_998, 0], vec![1; 7], vec![0; 7], vec![0, 0, 0, 0, 0, 5, 0]] {
            let bar = bar(&counts);
            assert_eq!(bar.len(), counts.iter().filter(|n| **n > 0).count());
            assert!(bar.iter().all(|s| s.width >= 10 && s.x + s.width <= 1000));
            assert!(bar.windows(2).all(|w| w[0].x + w[0].width < w[1].x));
        }
    }
}
