//! Counts, with their denominators. No score.

use crate::model::{Disposition, Finding, Severity, Status, Summary};

/// Counts a target's findings. Every word is there, with 0 where there is none.
#[must_use]
pub fn summarise(findings: &[Finding]) -> Summary {
    let mut summary = Summary { findings: findings.len() as u64, ..Summary::default() };
    for status in Status::ALL {
        let count = findings.iter().filter(|f| f.status == status).count() as u64;
        summary.by_status.insert(status.as_str().into(), count);
    }
    for severity in Severity::ALL {
        let open = |f: &&Finding| {
            f.status == Status::Fail
                && f.severity == severity
                && !matches!(f.disposition, Some(Disposition::Waived | Disposition::Baseline))
        };
        summary.open_by_severity.insert(severity.as_str().into(), findings.iter().filter(open).count() as u64);
    }
    for finding in findings.iter().filter(|f| f.status == Status::NotAssessed) {
        if let Some(kind) = finding.reason.as_ref().and_then(|r| r.kind) {
            let word = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
            *summary.not_assessed_by_kind.entry(word.unwrap_or_else(|| "other".into())).or_insert(0) += 1;
        }
    }
    summary.accepted_by_policy = findings.iter().map(|f| f.population.accepted).sum();
    summary
}

/// Adds one target's counts to the run's.
pub fn add(total: &mut Summary, one: &Summary) {
    total.findings += one.findings;
    total.accepted_by_policy += one.accepted_by_policy;
    for (into, from) in [
        (&mut total.by_status, &one.by_status),
        (&mut total.open_by_severity, &one.open_by_severity),
        (&mut total.not_assessed_by_kind, &one.not_assessed_by_kind),
    ] {
        for (word, count) in from {
            *into.entry(word.clone()).or_insert(0) += count;
        }
    }
}
