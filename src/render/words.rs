//! The words and symbols that readers see, in one place, so that every format says the same.

use crate::model::{ControlStatus, Disposition, GateStatus, ReasonKind, Status, TargetStatus};

/// A word, the symbol that goes with it, the symbol in ASCII, and a class for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) word: &'static str,
    pub(super) symbol: &'static str,
    pub(super) ascii: &'static str,
    pub(super) class: &'static str,
}

const fn label(word: &'static str, symbol: &'static str, ascii: &'static str, class: &'static str) -> Label {
    Label { word, symbol, ascii, class }
}

/// Of a finding.
pub(super) fn status(status: Status) -> Label {
    match status {
        Status::Fail => label("FAIL", "✗", "x", "fail"),
        Status::Error => label("ERROR", "!", "!", "error"),
        Status::NotAssessed => label("NOT ASSESSED", "?", "?", "unseen"),
        Status::Manual => label("MANUAL", "✎", "m", "manual"),
        Status::Pass => label("PASS", "✓", "+", "pass"),
        Status::NotApplicable => label("N/A", "–", "-", "na"),
    }
}

/// Of a control. Never "compliant".
pub(super) fn control(status: ControlStatus) -> Label {
    match status {
        ControlStatus::Gap => label("Gap", "✗", "x", "fail"),
        ControlStatus::GapAccepted => label("Gap accepted", "≈", "~", "waived"),
        ControlStatus::Incomplete => label("Incomplete", "?", "?", "unseen"),
        ControlStatus::Manual => label("Manual", "✎", "m", "manual"),
        ControlStatus::NoGapFound => label("No gap found", "✓", "+", "pass"),
        ControlStatus::Attested => label("Attested", "✎", "m", "waived"),
        ControlStatus::NotEvaluated => label("Not evaluated", "–", "-", "na"),
        ControlStatus::NotApplicable => label("Not applicable", "–", "-", "na"),
    }
}

/// All of a control's, in the order in which a reader wants their counts.
pub(super) const CONTROL_ORDER: [ControlStatus; 8] = [
    ControlStatus::Gap,
    ControlStatus::GapAccepted,
    ControlStatus::Incomplete,
    ControlStatus::NoGapFound,
    ControlStatus::Attested,
    ControlStatus::Manual,
    ControlStatus::NotEvaluated,
    ControlStatus::NotApplicable,
];

/// Of the gate. Green only where it passed and nothing that it depends on was left out.
pub(super) fn gate(status: GateStatus, complete: bool) -> Label {
    match status {
        GateStatus::Passed if complete => label("PASS", "✓", "+", "pass"),
        GateStatus::Passed | GateStatus::Incomplete => label("INCOMPLETE", "?", "?", "unseen"),
        GateStatus::Failed => label("FAIL", "✗", "x", "fail"),
        GateStatus::NotScanned => label("NOT SCANNED", "!", "!", "error"),
    }
}

/// What was decided, where somebody decided something.
pub(super) fn disposition(disposition: Option<Disposition>) -> Option<&'static str> {
    match disposition? {
        Disposition::Open => None,
        Disposition::Waived => Some("waived"),
        Disposition::WaiverExpired => Some("waiver expired"),
        Disposition::Attested => Some("attested"),
        Disposition::Baseline => Some("in the baseline"),
    }
}

/// Why a check was not assessed: the word in files.
pub(super) fn kind(kind: Option<ReasonKind>) -> &'static str {
    match kind {
        Some(ReasonKind::Privilege) => "privilege",
        Some(ReasonKind::Version) => "version",
        Some(ReasonKind::NotProvided) => "not_provided",
        Some(ReasonKind::PolicyMissing) => "policy_missing",
        Some(ReasonKind::RoleModel) => "role_model",
        Some(ReasonKind::OutOfReach) => "out_of_reach",
        Some(ReasonKind::Timeout) => "timeout",
        Some(ReasonKind::ChangedDuringScan) => "changed_during_scan",
        Some(ReasonKind::Proxy) => "proxy",
        Some(ReasonKind::StaleData) => "stale_data",
        Some(ReasonKind::ThresholdLoosened) => "threshold_loosened",
        None => "other",
    }
}

/// The same as a heading.
pub(super) fn kind_title(kind: Option<ReasonKind>) -> &'static str {
    match kind {
        Some(ReasonKind::Privilege) => "The role may not see it",
        Some(ReasonKind::Version) => "The server's version does not show it",
        Some(ReasonKind::NotProvided) => "Evidence that nobody has given yet",
        Some(ReasonKind::PolicyMissing) => "The policy has to say it first",
        Some(ReasonKind::RoleModel) => "Judged by inferred roles",
        Some(ReasonKind::OutOfReach) => "Not to be seen from where the scan ran",
        Some(ReasonKind::Timeout) => "It took too long",
        Some(ReasonKind::ChangedDuringScan) => "It changed while the scan ran",
        Some(ReasonKind::Proxy) => "Something stands between the scanner and the server",
        Some(ReasonKind::StaleData) => "The data it is judged by are too old",
        Some(ReasonKind::ThresholdLoosened) => "The policy's threshold is looser than the loosest that can pass",
        None => "Other reasons",
    }
}

/// What happened to a target.
pub(super) fn target(status: TargetStatus) -> &'static str {
    match status {
        TargetStatus::Scanned => "scanned to the end",
        TargetStatus::Partial => "scan ended early",
        TargetStatus::Failed => "not scanned",
    }
}

/// `1 check`, `3 checks`, `20,000 subjects`.
pub(super) fn count(n: u64, one: &str) -> String {
    format!("{} {one}{}", number(n), if n == 1 { "" } else { "s" })
}

/// With commas by thousands.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `2026-09-30T02:00:00Z` as `2026-09-30 02:00:00 UTC`; anything else stays as it is.
pub(super) fn time(rfc3339: &str) -> String {
    match rfc3339.strip_suffix('Z').and_then(|t| t.split_once('T')) {
        Some((date, time)) => format!("{date} {} UTC", time.split('.').next().unwrap_or(time)),
        None => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_is_never_green() {
        assert_eq!(gate(GateStatus::Passed, true).class, "pass");
        for (status, complete) in
            [(GateStatus::Passed, false), (GateStatus::Incomplete, true), (GateStatus::Incomplete, false)]
        {
            assert_eq!(gate(status, complete).word, "INCOMPLETE");
        }
    }

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        assert_eq!(
            (number(20_000).as_str(), number(999).as_str(), number(1_234_567).as_str()),
            ("20,000", "999", "1,234,567")
        );
        assert_eq!((count(1, "check"), count(0, "check")), ("1 check".into(), "0 checks".into()));
        assert_eq!(time("2026-09-30T02:00:00.5Z"), "2026-09-30 02:00:00 UTC");
        assert_eq!(time("soon"), "soon");
    }

    #[test]
    fn kinds_are_spelt_as_in_json() {
        let kinds =
            [ReasonKind::NotProvided, ReasonKind::ChangedDuringScan, ReasonKind::Privilege, ReasonKind::RoleModel];
        for one in kinds {
            assert_eq!(serde_json::to_value(one).unwrap(), kind(Some(one)));
        }
    }
}
