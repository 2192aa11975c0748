//! Which findings a reader sees in which order: worst first, and what is locked grouped by what unlocks it.

use std::collections::BTreeMap;

use super::words;
use crate::model::{CheckInfo, Disposition, Finding, ReasonKind, Report, Severity, Status, TargetReport};

/// The checks of a report, by id.
pub(super) struct Checks<'a>(BTreeMap<&'a str, &'a CheckInfo>);

impl<'a> Checks<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        Checks(report.checks.iter().map(|c| (c.id.as_str(), c)).collect())
    }

    pub(super) fn find(&self, id: &str) -> Option<&'a CheckInfo> {
        self.0.get(id).copied()
    }

    /// The title, or the id of a check that the report does not describe.
    pub(super) fn title<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.find(id).map_or(id, |c| c.title.as_str())
    }
}

/// Whether a failure is still open: nobody accepted it.
pub(super) fn is_open(finding: &Finding) -> bool {
    finding.status == Status::Fail && !matches!(finding.disposition, Some(Disposition::Waived | Disposition::Baseline))
}

/// A target's findings of one status, open ones first, worst first, then by id.
pub(super) fn with_status(target: &TargetReport, status: Status) -> Vec<&Finding> {
    let mut found: Vec<&Finding> = target.findings.iter().filter(|f| f.status == status).collect();
    found.sort_by_key(|f| (status == Status::Fail && !is_open(f), f.severity, f.check.as_str()));
    found
}

/// What one key opens: the line to type, and the findings that wait for it.
pub(super) struct Locked<'a> {
    pub(super) kind: Option<ReasonKind>,
    pub(super) unlock: Option<&'a str>,
    /// Distinct reasons, in the order of the findings.
    pub(super) reasons: Vec<&'a str>,
    pub(super) findings: Vec<&'a Finding>,
}

impl Locked<'_> {
    pub(super) fn worst(&self) -> Severity {
        self.findings.iter().map(|f| f.severity).min().unwrap_or(Severity::Info)
    }
}

/// What was not assessed, by what unlocks it: what opens the worst first, then what opens most.
/// What nothing unlocks stands last.
pub(super) fn locked(target: &TargetReport) -> Vec<Locked<'_>> {
    let mut groups: BTreeMap<(&str, &str), Locked<'_>> = BTreeMap::new();
    for finding in with_status(target, Status::NotAssessed) {
        let reason = finding.reason.as_ref();
        let kind = reason.and_then(|r| r.kind);
        let unlock = reason.and_then(|r| r.unlock.as_deref());
        let text = reason.map_or(finding.message.as_str(), |r| r.text.as_str());
        let group = groups.entry((unlock.unwrap_or_default(), words::kind(kind))).or_insert_with(|| Locked {
            kind,
            unlock,
            reasons: Vec::new(),
            findings: Vec::new(),
        });
        if !group.reasons.contains(&text) {
            group.reasons.push(text);
        }
        group.findings.push(finding);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|g| (g.unlock.is_none(), g.worst(), std::cmp::Reverse(g.findings.len())));
    groups
}
