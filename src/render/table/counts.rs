//! The counts with their denominators, and the gate's verdict as the last line.

use super::Page;
use crate::model::{Report, Severity, Status};
use crate::render::words;

/// By status, open by severity, accepted by policy.
pub(super) fn counts(page: &mut Page<'_>, report: &Report) {
    let summary = &report.summary;
    let dot = page.pick(" · ", " | ");
    let targets = report.targets.len() as u64;
    let over = if targets == 1 { String::new() } else { format!(" over {}", words::count(targets, "target")) };
    page.heading(None, "COUNTS", &format!("{}{over}", words::count(summary.findings, "finding")));
    let by_status = Status::ALL.map(|s| {
        let n = summary.by_status.get(s.as_str()).copied().unwrap_or(0);
        together(&format!("{} {}", words::status(s).word, words::number(n)))
    });
    page.pair("Status", &by_status.join(dot));
    let open = Severity::ALL.map(|severity| {
        let n = summary.open_by_severity.get(severity.as_str()).copied().unwrap_or(0);
        let all = report.targets.iter().flat_map(|t| &t.findings).filter(|f| f.severity == severity).count();
        together(&format!("{} {n} of {all}", severity.as_str()))
    });
    page.pair("Open", &open.join(dot));
    let accepted = words::count(summary.accepted_by_policy, "subject");
    page.pair("Accepted", &format!("{accepted} only because the policy names them"));
}

/// A count is not torn from what it counts.
fn together(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// What the gate fails on and what it lacks, then PASS, FAIL or INCOMPLETE, the exit code, and why.
pub(super) fn gate(page: &mut Page<'_>, report: &Report) {
    let gate = &report.gate;
    let because = |list: &[String]| -> Vec<String> {
        let shown = list.iter().take(5).cloned();
        let more = list.len().saturating_sub(5);
        shown.chain((more > 0).then(|| format!("and {more} more"))).collect()
    };
    let (failed, incomplete) = (because(&gate.failed_by), because(&gate.incomplete_by));
    if !failed.is_empty() || !incomplete.is_empty() {
        page.blank();
    }
    if !failed.is_empty() {
        page.pair("Fails on", &failed.join(", "));
    }
    if !incomplete.is_empty() {
        page.pair("Lacks", &incomplete.join("; "));
    }
    verdict(page, report);
}

/// The gate's own line.
pub(super) fn verdict(page: &mut Page<'_>, report: &Report) {
    let gate = &report.gate;
    let label = words::gate(gate.status, gate.incomplete_by.is_empty());
    page.heading(Some(label), label.word, &format!("exit {}: {}", gate.exit_code, gate.verdict));
}
