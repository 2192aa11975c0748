//! Two reports compared: what fails anew, what was put right, what nobody could see any more.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Column, Page, TableOptions, grid};
use super::words;
use crate::model::{Finding, Report, Severity, Status};

/// What became of a finding, in the order in which a reader wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    NewlyFailing,
    NotAssessedNow,
    StillFailing,
    Fixed,
    Appeared,
    Gone,
}

impl Change {
    const ALL: [Change; 6] = [
        Change::NewlyFailing,
        Change::NotAssessedNow,
        Change::StillFailing,
        Change::Fixed,
        Change::Appeared,
        Change::Gone,
    ];

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Change::NewlyFailing => ("newly failing", "✗", "x"),
            Change::NotAssessedNow => ("changed to not assessed", "?", "?"),
            Change::StillFailing => ("still failing", "=", "="),
            Change::Fixed => ("fixed", "✓", "+"),
            Change::Appeared => ("check is new", "+", "*"),
            Change::Gone => ("check is gone", "–", "-"),
        }
    }
}

struct Row<'a> {
    change: Change,
    severity: Severity,
    check: &'a str,
    target: &'a str,
    /// Whether the target is worth its line: there are several.
    named: bool,
    old: Option<&'a Finding>,
    new: Option<&'a Finding>,
}

/// The difference of two reports as a table: findings by check and target, subjects by fingerprint.
#[must_use]
pub fn diff_table(old: &Report, new: &Report, options: &TableOptions) -> String {
    let rows = rows(old, new);
    let mut page = Page::new(options);
    let (before, after) = (words::time(&old.run.started_at), words::time(&new.run.started_at));
    page.heading(None, "DIFFERENCE", &format!("{before} {} {after}", page.pick("→", "->")));
    if rows.is_empty() {
        page.paragraph("  ", "Nothing fails that did not fail before, and nothing was put right.");
    } else if page.width() < 60 {
        rows.iter().for_each(|r| listed(&mut page, r));
    } else {
        let columns = columns(page.width());
        let cells: Vec<_> = rows.iter().map(|r| cells(&page, r)).collect();
        grid(&mut page, &columns, &cells);
    }
    totals(&mut page, &rows);
    page.finish()
}

type ByPlace<'a> = BTreeMap<(&'a str, &'a str), &'a Finding>;

fn by_place(report: &Report) -> ByPlace<'_> {
    let findings = report.targets.iter().flat_map(|t| t.findings.iter().map(move |f| (t, f)));
    findings.map(|(t, f)| ((t.name.as_str(), f.check.as_str()), f)).collect()
}

fn rows<'a>(old: &'a Report, new: &'a Report) -> Vec<Row<'a>> {
    let (before, after) = (by_place(old), by_place(new));
    let named = old.targets.len().max(new.targets.len()) > 1;
    let places: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let mut rows: Vec<Row<'a>> = places
        .into_iter()
        .filter_map(|place| {
            let (old, new) = (before.get(&place).copied(), after.get(&place).copied());
            let severity = new.or(old)?.severity;
            Some(Row { change: change(old, new)?, severity, check: place.1, target: place.0, named, old, new })
        })
        .collect();
    rows.sort_by_key(|r| (r.change, r.severity, r.target, r.check));
    rows
}

fn change(old: Option<&Finding>, new: Option<&Finding>) -> Option<Change> {
    let (Some(old), Some(new)) = (old, new) else {
        return Some(if new.is_some() { Change::Appeared } else { Change::Gone });
    };
    match (old.status, new.status) {
        (Status::Fail, Status::Fail) => Some(Change::StillFailing),
        (_, Status::Fail) => Some(Change::NewlyFailing),
        (Status::NotAssessed | Status::Error, Status::NotAssessed | Status::Error) => None,
        (_, Status::NotAssessed | Status::Error) => Some(Change::NotAssessedNow),
        (Status::Fail, _) => Some(Change::Fixed),
        _ => None,
    }
}

fn columns(width: usize) -> Vec<Column> {
    let (severity, change) = (8, 24);
    let rest = width.saturating_sub(severity + change + 11);
    let check = (rest * 45 / 100).min(44);
    vec![
        Column { title: "SEVERITY", width: severity },
        Column { title: "CHANGE", width: change },
        Column { title: "CHECK", width: check },
        Column { title: "SUBJECTS", width: rest - check },
    ]
}

fn cells(page: &Page<'_>, row: &Row<'_>) -> Vec<Vec<String>> {
    let (word, symbol, ascii) = row.change.words();
    let change = vec![format!("{} {word}", page.pick(symbol, ascii))];
    let mut check = vec![row.check.to_owned()];
    check.extend(row.named.then(|| format!("@ {}", row.target)));
    vec![vec![row.severity.as_str().to_uppercase()], change, check, subjects(page, row)]
}

/// The statuses where they changed, then which subjects are new, fixed and still failing, by fingerprint.
fn subjects(page: &Page<'_>, row: &Row<'_>) -> Vec<String> {
    let status = |f: Option<&Finding>| f.map_or("absent", |f| words::status(f.status).word);
    let mut lines = Vec::new();
    if status(row.old) != status(row.new) {
        lines.push(format!("{} {} {}", status(row.old), page.pick("→", "->"), status(row.new)));
    }
    let (before, after) = (prints(row.old), prints(row.new));
    let fresh: Vec<&str> = after.difference(&before).copied().collect();
    let fixed: Vec<&str> = before.difference(&after).copied().collect();
    let seen_now = row.new.is_some_and(|f| !matches!(f.status, Status::NotAssessed | Status::Error));
    let gone = if seen_now { "fixed" } else { "failed before, not seen now" };
    lines.extend(named(page, row.new, &fresh, "new"));
    lines.extend(named(page, row.old, &fixed, gone));
    let still = after.intersection(&before).count() as u64;
    if still > 0 {
        lines.push(format!("{} still failing", words::count(still, "subject")));
    }
    lines
}

fn prints(finding: Option<&Finding>) -> BTreeSet<&str> {
    finding.map(|f| f.fingerprints.iter().map(String::as_str).collect()).unwrap_or_default()
}

/// `2 new: app.a, app.b`; subjects that were cut from the report have only their fingerprint, and are counted.
fn named(page: &Page<'_>, finding: Option<&Finding>, prints: &[&str], what: &str) -> Option<String> {
    let finding = finding.filter(|_| !prints.is_empty())?;
    let known = finding.observations.iter().filter(|o| prints.contains(&o.fingerprint.as_str()));
    let mut names: Vec<String> = known.take(page.options.max_subjects).map(|o| o.subject.clone()).collect();
    let more = prints.len() - names.len();
    if more > 0 && !names.is_empty() {
        names.push(format!("and {} more", words::number(more as u64)));
    }
    let list = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    Some(format!("{} {what}{list}", words::number(prints.len() as u64)))
}

fn listed(page: &mut Page<'_>, row: &Row<'_>) {
    let severity = page.severity(row.severity);
    page.line(&format!("{severity} {}", row.change.words().0));
    page.paragraph("  ", &format!("{} @ {}", row.check, row.target));
    for line in subjects(page, row) {
        page.paragraph("    ", &line);
    }
}

fn totals(page: &mut Page<'_>, rows: &[Row<'_>]) {
    page.blank();
    let dot = page.pick(" · ", " | ");
    let counts = Change::ALL.map(|c| format!("{} {}", c.words().0, rows.iter().filter(|r| r.change == c).count()));
    page.pair("Findings", &counts.join(dot));
    let sum = |of: &dyn Fn(&BTreeSet<&str>, &BTreeSet<&str>) -> usize| -> u64 {
        rows.iter().map(|r| of(&prints(r.old), &prints(r.new)) as u64).sum()
    };
    let fresh = sum(&|old, new| new.difference(old).count());
    let gone = sum(&|old, new| old.difference(new).count());
    let still = sum(&|old, new| new.intersection(old).count());
    let counts = [("newly failing", fresh), ("no longer failing", gone), ("still failing", still)];
    page.pair("Subjects", &counts.map(|(word, n)| format!("{word} {}", words::number(n))).join(dot));
}
