//! The gate: it fails on open findings at or above a threshold, and does not pass where it could not look.

use crate::catalogue::Catalogue;
use crate::model::text::glob;
use crate::model::{Disposition, Finding, Gate, GateStatus, ReasonKind, Severity, Status, TargetReport, TargetStatus};

/// What the gate is asked for.
#[derive(Clone, Debug)]
pub struct GateRule {
    /// The threshold; none: never fail on a finding.
    pub fail_on: Option<Severity>,
    /// Incomplete is a warning, not an exit code.
    pub warn_on_incomplete: bool,
    /// Globs of checks whose evidence has to be given.
    pub require: Vec<String>,
}

impl Default for GateRule {
    fn default() -> Self {
        GateRule { fail_on: Some(Severity::Critical), warn_on_incomplete: false, require: Vec::new() }
    }
}

/// Judges all targets. The exit codes are the design's: 1 failed, 3 incomplete, 4 nothing scanned.
#[must_use]
pub fn judge(rule: &GateRule, catalogue: &Catalogue, targets: &[TargetReport]) -> Gate {
    let (mut failed_by, mut incomplete_by) = (Vec::new(), Vec::new());
    for target in targets {
        if target.status != TargetStatus::Scanned {
            incomplete_by.push(format!("{}: {}", target.name, target.error.as_deref().unwrap_or("not scanned")));
        }
        for finding in target.findings.iter().filter(|f| rule.fail_on.is_some_and(|floor| f.severity.at_least(floor))) {
            let open = finding.status == Status::Fail
                && matches!(finding.disposition, None | Some(Disposition::Open | Disposition::WaiverExpired));
            if open {
                failed_by.push((finding.severity, format!("{} @ {}", finding.check, target.name)));
            } else if blocks(rule, catalogue, finding, &target.findings) {
                incomplete_by.push(format!("{} @ {}: {}", finding.check, target.name, finding.message));
            }
        }
    }
    failed_by.sort();
    let scanned = targets.iter().any(|t| t.status != TargetStatus::Failed);
    let status = match (scanned, failed_by.is_empty(), incomplete_by.is_empty()) {
        (false, ..) => GateStatus::NotScanned,
        (_, false, _) => GateStatus::Failed,
        (_, true, false) => GateStatus::Incomplete,
        (_, true, true) => GateStatus::Passed,
    };
    let failed_by: Vec<String> = failed_by.into_iter().map(|(_, text)| text).collect();
    Gate {
        status,
        exit_code: exit_code(status, rule),
        verdict: verdict(status, rule, failed_by.len(), incomplete_by.len()),
        fail_on: rule.fail_on,
        on_incomplete: if rule.warn_on_incomplete { "warn" } else { "fail" }.to_owned(),
        failed_by,
        incomplete_by,
    }
}

fn exit_code(status: GateStatus, rule: &GateRule) -> u8 {
    match status {
        GateStatus::Passed => 0,
        GateStatus::Failed => 1,
        GateStatus::Incomplete if rule.warn_on_incomplete => 0,
        GateStatus::Incomplete => 3,
        GateStatus::NotScanned => 4,
    }
}

/// Whether the gate depends on a finding that could not be assessed.
#[must_use]
pub fn waits(rule: &GateRule, catalogue: &Catalogue, finding: &Finding, all: &[Finding]) -> bool {
    rule.fail_on.is_some_and(|floor| finding.severity.at_least(floor)) && blocks(rule, catalogue, finding, all)
}

/// Whether a finding that is no failure keeps the gate from passing.
fn blocks(rule: &GateRule, catalogue: &Catalogue, finding: &Finding, all: &[Finding]) -> bool {
    match finding.status {
        Status::Error => true,
        Status::NotAssessed => {
            let kind = finding.reason.as_ref().and_then(|r| r.kind);
            let required = rule.require.iter().any(|glob_| glob(glob_, &finding.check));
            let not_offered = kind == Some(ReasonKind::NotProvided) && !required;
            !not_offered && !witnessed(catalogue, finding, all)
        }
        _ => false,
    }
}

/// Whether the wire check that speaks in its stead was assessed.
fn witnessed(catalogue: &Catalogue, finding: &Finding, all: &[Finding]) -> bool {
    let witness = catalogue.check(&finding.check).and_then(|c| c.witness.as_deref());
    let found = witness.and_then(|id| all.iter().find(|f| f.check == id));
    found.is_some_and(|f| matches!(f.status, Status::Pass | Status::Fail | Status::NotApplicable))
}

fn verdict(status: GateStatus, rule: &GateRule, failed: usize, incomplete: usize) -> String {
    let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let floor = rule.fail_on.map_or("never fails".to_owned(), |s| format!("fails on {} and worse", s.as_str()));
    let floor = floor.replace("critical and worse", "critical");
    match status {
        GateStatus::Passed => {
            format!("The gate passed: nothing that it fails on is open, and all of it was assessed ({floor}).")
        }
        GateStatus::Failed => {
            let rest = if incomplete == 0 {
                String::new()
            } else {
                format!("; {} besides", plural(incomplete, "part was not assessed", "parts were not assessed"))
            };
            format!("The gate failed: {} ({floor}){rest}.", plural(failed, "open finding", "open findings"))
        }
        GateStatus::Incomplete => {
            let what =
                plural(incomplete, "thing it depends on was not assessed", "things it depends on were not assessed");
            let end = if rule.warn_on_incomplete { "; on_incomplete = \"warn\" lets it pass all the same" } else { "" };
            format!("The gate is incomplete: {what} ({floor}){end}.")
        }
        GateStatus::NotScanned => "No target could be scanned.".to_owned(),
    }
}
