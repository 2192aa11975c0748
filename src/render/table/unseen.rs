//! What has no verdict: what could not be assessed by what unlocks it, what broke, what only a person can state.

use super::Page;
use crate::model::{Finding, Status, TargetReport};
use crate::render::select::{Checks, Locked, locked, with_status};
use crate::render::words;

/// How many reasons are told of one group, and how many of its checks are named.
const REASONS: usize = 2;
const NAMED: usize = 12;

/// Grouped by what unlocks it: the exact line to type, why, and the checks that it unlocks.
pub(super) fn not_assessed(page: &mut Page<'_>, target: &TargetReport) {
    let groups = locked(target);
    let n: usize = groups.iter().map(|g| g.findings.len()).sum();
    if n == 0 {
        return;
    }
    let of = words::count(target.findings.len() as u64, "check");
    page.heading(
        Some(words::status(Status::NotAssessed)),
        "NOT ASSESSED",
        &format!("{n} of {of}, by what unlocks them"),
    );
    for group in &groups {
        locked_group(page, group);
    }
}

fn locked_group(page: &mut Page<'_>, group: &Locked<'_>) {
    page.blank();
    let n = words::count(group.findings.len() as u64, "check");
    let worst = group.worst().as_str();
    match group.unlock {
        Some(unlock) => {
            let arrow = page.pick("  → ", "  > ");
            page.paragraph(arrow, unlock);
            page.paragraph("    ", &format!("unlocks {n}, up to {worst} ({})", words::kind(group.kind)));
        }
        None => {
            page.paragraph(
                "  ",
                &format!("{}: {n}, up to {worst} ({})", words::kind_title(group.kind), words::kind(group.kind)),
            );
        }
    }
    for reason in group.reasons.iter().take(REASONS) {
        page.paragraph("    ", reason);
    }
    if group.reasons.len() > REASONS {
        page.paragraph("    ", &format!("and {} more reasons, in report.json", group.reasons.len() - REASONS));
    }
    let mut names: Vec<String> = group.findings.iter().take(NAMED).map(|f| f.check.clone()).collect();
    if group.findings.len() > NAMED {
        names.push(format!("and {} more", group.findings.len() - NAMED));
    }
    page.paragraph("    ", &names.join(", "));
}

/// Checks that broke.
pub(super) fn errors(page: &mut Page<'_>, checks: &Checks<'_>, target: &TargetReport) {
    let broke = with_status(target, Status::Error);
    if broke.is_empty() {
        return;
    }
    let remark = format!("{}: not a verdict, but a defect of the check", words::count(broke.len() as u64, "check"));
    page.heading(Some(words::status(Status::Error)), "ERROR", &remark);
    broke.iter().for_each(|f| told(page, checks, f));
}

/// What only a person can state.
pub(super) fn manual(page: &mut Page<'_>, checks: &Checks<'_>, target: &TargetReport) {
    let manual = with_status(target, Status::Manual);
    if manual.is_empty() {
        return;
    }
    let remark = format!("{}: a person has to state it", words::count(manual.len() as u64, "check"));
    page.heading(Some(words::status(Status::Manual)), "MANUAL", &remark);
    for finding in manual {
        let decided = words::disposition(finding.disposition).map_or(String::new(), |d| format!(" [{d}]"));
        page.paragraph("  ", &format!("{}: {}{decided}", finding.check, checks.title(&finding.check)));
    }
}

fn told(page: &mut Page<'_>, checks: &Checks<'_>, finding: &Finding) {
    let severity = finding.severity.as_str();
    page.paragraph("  ", &format!("{} ({severity}): {}", finding.check, checks.title(&finding.check)));
    let why = finding.reason.as_ref().map_or(finding.message.as_str(), |r| r.text.as_str());
    page.paragraph("    ", why);
}
