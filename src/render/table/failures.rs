//! The failing findings, worst first: a table where there is room, else a list.

use super::{Column, Page, grid};
use crate::model::{Finding, Observation, Status, TargetReport, Verdict};
use crate::render::select::{Checks, is_open, with_status};
use crate::render::words;

/// Characters of a subject with what was seen of it; the whole stands in report.json.
const LONG: usize = 240;
const LIST_BELOW: usize = 60;
const CHECK_COLUMN_FROM: usize = 100;
const ALL_COLUMNS_FROM: usize = 140;

/// The section, or one line that says that there is nothing in it.
pub(super) fn failures(page: &mut Page<'_>, checks: &Checks<'_>, target: &TargetReport) {
    if target.findings.is_empty() {
        page.heading(None, "NOTHING WAS JUDGED", "");
        return;
    }
    let found = with_status(target, Status::Fail);
    let accepted = found.iter().filter(|f| !is_open(f)).count() as u64;
    let rest = if accepted == 0 { String::new() } else { format!(", {} of them accepted", words::number(accepted)) };
    let of = words::count(target.findings.len() as u64, "check");
    let label = (!found.is_empty()).then(|| words::status(Status::Fail));
    page.heading(label, "FAIL", &format!("{} of {of}{rest}", found.len()));
    if found.is_empty() {
        return;
    }
    if page.width() < LIST_BELOW {
        found.iter().for_each(|f| listed(page, checks, f));
    } else {
        let columns = columns(page.width());
        let rows: Vec<_> = found.iter().map(|f| row(page, checks, target, f, columns.len())).collect();
        grid(page, &columns, &rows);
    }
}

fn columns(width: usize) -> Vec<Column> {
    let column = |title, width| Column { title, width };
    let (severity, subjects) = (8, 12);
    // every column has a space on either side, and one between it and the next
    let rest = |fixed: usize, columns: usize| width.saturating_sub(fixed + 3 * columns - 1);
    if width >= ALL_COLUMNS_FROM {
        let (check, controls) = (30, 24);
        let rest = rest(severity + subjects + check + controls, 6);
        let found = rest * 55 / 100;
        vec![
            column("SEVERITY", severity),
            column("CHECK", check),
            column("WHAT WAS FOUND", found),
            column("SUBJECTS", subjects),
            column("EXPECTED, AND FIX", rest - found),
            column("CONTROLS", controls),
        ]
    } else if width >= CHECK_COLUMN_FROM {
        let check = 30;
        let found = rest(severity + subjects + check, 4);
        vec![
            column("SEVERITY", severity),
            column("CHECK", check),
            column("WHAT WAS FOUND", found),
            column("SUBJECTS", subjects),
        ]
    } else {
        let found = rest(severity + subjects, 3);
        vec![column("SEVERITY", severity), column("CHECK, AND WHAT WAS FOUND", found), column("SUBJECTS", subjects)]
    }
}

fn row(
    page: &Page<'_>,
    checks: &Checks<'_>,
    target: &TargetReport,
    finding: &Finding,
    columns: usize,
) -> Vec<Vec<String>> {
    let severity = vec![finding.severity.as_str().to_uppercase()];
    let mut found = what(page, checks, finding);
    let subjects = vec![subjects(finding)];
    match columns {
        3 => {
            found.insert(0, finding.check.clone());
            vec![severity, found, subjects]
        }
        4 => vec![severity, vec![finding.check.clone()], found, subjects],
        _ => {
            let controls = controls(target, &finding.check);
            vec![severity, vec![finding.check.clone()], found, subjects, expected(page, finding), controls]
        }
    }
}

/// `3 of 40`; what could not be judged is no part of what is right.
fn subjects(finding: &Finding) -> String {
    let p = finding.population;
    let unknown = if p.unknown == 0 { String::new() } else { format!(", {} unknown", words::number(p.unknown)) };
    format!("{} of {}{unknown}", words::number(p.failed), words::number(p.seen))
}

/// The title, which states the pass case, what was decided, and the first subjects.
fn what(page: &Page<'_>, checks: &Checks<'_>, finding: &Finding) -> Vec<String> {
    let mut lines = vec![checks.title(&finding.check).to_owned()];
    if let Some(decided) = words::disposition(finding.disposition) {
        lines.push(format!("[{decided}]"));
    }
    let bullet = page.pick("•", "*");
    let failing = failing(finding);
    let shown = failing.len().min(page.options.max_subjects);
    lines.extend(failing.iter().take(shown).map(|o| format!("{bullet} {}", said(o))));
    if shown == 0 && !finding.message.is_empty() {
        lines.push(format!("{bullet} {}", finding.message));
    }
    let more = finding.population.failed.saturating_sub(shown as u64);
    if shown > 0 && more > 0 {
        lines.push(format!("{bullet} and {} more", words::number(more)));
    }
    lines
}

fn failing(finding: &Finding) -> Vec<&Observation> {
    finding.observations.iter().filter(|o| o.verdict == Verdict::Fail).collect()
}

/// `appdb: app.usertable: row security off`
fn said(observation: &Observation) -> String {
    let database = observation.database.as_deref().filter(|d| *d != observation.subject);
    let place = database.map_or(String::new(), |d| format!("{d}: "));
    let seen = observation.observed.as_deref().filter(|o| !o.is_empty());
    let seen = seen.map_or(String::new(), |o| format!(": {o}"));
    shortened(format!("{place}{}{seen}", observation.subject))
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}[...]", &text[..at]),
        None => text,
    }
}

/// What the check wants, once each, and the ready lines of the subjects that are shown.
fn expected(page: &Page<'_>, finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let shown = failing(finding).into_iter().take(page.options.max_subjects.max(1));
    let shown: Vec<_> = shown.collect();
    let arrow = page.pick("→", "->");
    let wanted = shown.iter().filter_map(|o| o.expected.clone());
    let fixes = shown.iter().filter_map(|o| o.fix.as_deref()).map(|f| format!("{arrow} {f}"));
    for line in wanted.chain(fixes).filter(|l| !l.is_empty()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The controls that the check is primary evidence for.
fn controls(target: &TargetReport, check: &str) -> Vec<String> {
    let of = target.controls.iter().filter(|c| c.primary.iter().any(|p| p == check));
    of.map(|c| format!("{}:{}", c.framework, c.control)).collect()
}

fn listed(page: &mut Page<'_>, checks: &Checks<'_>, finding: &Finding) {
    let severity = page.severity(finding.severity);
    page.line(&severity);
    page.paragraph("  ", &format!("{} ({})", finding.check, subjects(finding)));
    for line in what(page, checks, finding) {
        page.paragraph("    ", &line);
    }
}
