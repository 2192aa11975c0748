//! The roll-up of findings to controls. Only primary edges decide, and nothing makes a control "compliant".

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{Catalogue, Framework};
use crate::model::{ControlResult, ControlStatus, Disposition, Finding, GroupResult, Status};

/// A control that more measures speak to than this is printed by the measures' groups.
const WIDE: usize = 8;

/// What the findings of a target come to for every control of a framework.
#[must_use]
pub fn roll_up(catalogue: &Catalogue, framework: &Framework, findings: &[Finding]) -> Vec<ControlResult> {
    let by_measure = by_measure(catalogue, findings);
    let run_level = |id: &str| catalogue.frameworks.run_level.contains(&format!("{}:{id}", framework.info.id));
    framework
        .info
        .controls
        .iter()
        .map(|control| {
            let primary = framework.primary.get(&control.id).map_or(&[][..], Vec::as_slice);
            let supporting = framework.supporting.get(&control.id).map_or(&[][..], Vec::as_slice);
            let findings = of(&by_measure, primary);
            let (status, reason) = match (findings.is_empty(), control.run_level || run_level(&control.id)) {
                (true, true) => {
                    (ControlStatus::NotEvaluated, "every scan as such is evidence for it; no single check".into())
                }
                (true, false) if primary.is_empty() => (ControlStatus::NotEvaluated, "no check speaks to it".into()),
                _ => judge(&findings),
            };
            ControlResult {
                framework: framework.info.id.clone(),
                control: control.id.clone(),
                status,
                reason,
                primary: ids(&findings),
                supporting: ids(&of(&by_measure, supporting)),
                groups: if primary.len() > WIDE { groups(catalogue, primary, &by_measure) } else { Vec::new() },
            }
        })
        .collect()
}

type ByMeasure<'a> = BTreeMap<&'a str, Vec<&'a Finding>>;

fn by_measure<'a>(catalogue: &'a Catalogue, findings: &'a [Finding]) -> ByMeasure<'a> {
    let mut map: ByMeasure<'a> = BTreeMap::new();
    for finding in findings {
        if let Some(check) = catalogue.check(&finding.check) {
            map.entry(&check.measure).or_default().push(finding);
        }
    }
    map
}

fn of<'a>(by_measure: &ByMeasure<'a>, measures: &[String]) -> Vec<&'a Finding> {
    measures.iter().filter_map(|m| by_measure.get(m.as_str())).flatten().copied().collect()
}

fn ids(findings: &[&Finding]) -> Vec<String> {
    findings.iter().map(|f| f.check.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn groups(catalogue: &Catalogue, measures: &[String], by_measure: &ByMeasure<'_>) -> Vec<GroupResult> {
    let mut order: Vec<&str> = Vec::new();
    let mut members: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for measure in measures.iter().filter_map(|m| catalogue.frameworks.measure(m)) {
        if !members.contains_key(measure.group.as_str()) {
            order.push(&measure.group);
        }
        members.entry(&measure.group).or_default().push(measure.id.clone());
    }
    order
        .into_iter()
        .map(|group| {
            let findings = of(by_measure, &members[group]);
            let (status, reason) = judge(&findings);
            GroupResult { group: group.to_owned(), status, reason, primary: ids(&findings) }
        })
        .collect()
}

/// The roll-up over primary findings, in the design's order.
fn judge(findings: &[&Finding]) -> (ControlStatus, String) {
    let names = |of: &dyn Fn(&Finding) -> bool| -> Vec<&str> {
        findings.iter().filter(|f| of(f)).map(|f| f.check.as_str()).collect()
    };
    let open = names(&|f| f.status == Status::Fail && f.disposition != Some(Disposition::Waived));
    let waived = names(&|f| f.status == Status::Fail && f.disposition == Some(Disposition::Waived));
    let unseen = names(&|f| matches!(f.status, Status::NotAssessed | Status::Error));
    let manual = names(&|f| f.status == Status::Manual && f.disposition != Some(Disposition::Attested));
    let attested = names(&|f| f.status == Status::Manual && f.disposition == Some(Disposition::Attested));
    let passed = names(&|f| f.status == Status::Pass);
    let checks = |list: &[&str]| format!("{} of {} checks", list.len(), findings.len());
    if findings.is_empty() {
        return (ControlStatus::NotEvaluated, "no check of it was selected".into());
    }
    if !open.is_empty() {
        return (ControlStatus::Gap, format!("{} failed: {}", checks(&open), open.join(", ")));
    }
    if !waived.is_empty() {
        return (ControlStatus::GapAccepted, format!("{} failed and waived: {}", checks(&waived), waived.join(", ")));
    }
    if !unseen.is_empty() {
        return (ControlStatus::Incomplete, format!("{} not assessed: {}", checks(&unseen), unseen.join(", ")));
    }
    if !manual.is_empty() {
        return (ControlStatus::Manual, format!("a person has to state: {}", manual.join(", ")));
    }
    if !passed.is_empty() {
        return (ControlStatus::NoGapFound, format!("{} passed", checks(&passed)));
    }
    if !attested.is_empty() {
        return (ControlStatus::Attested, format!("stated: {}", attested.join(", ")));
    }
    (ControlStatus::NotApplicable, "nothing to look at".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Population, Severity};

    fn finding(status: Status, disposition: Option<Disposition>) -> Finding {
        Finding {
            check: format!("{status:?}").to_lowercase(),
            severity: Severity::Low,
            status,
            disposition,
            message: String::new(),
            reason: None,
            population: Population::default(),
            observations: Vec::new(),
            observations_omitted: 0,
            fingerprints: Vec::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn a_failure_outweighs_everything_and_silence_is_no_pass() {
        use ControlStatus as C;
        use Status as S;
        const OPEN: Option<Disposition> = Some(Disposition::Open);
        type Given = &'static [(Status, Option<Disposition>)];
        let cases: [(Given, ControlStatus); 9] = [
            (&[(S::Fail, OPEN), (S::Fail, Some(Disposition::Waived)), (S::Pass, None)], C::Gap),
            (&[(S::Fail, Some(Disposition::WaiverExpired))], C::Gap),
            (&[(S::Fail, Some(Disposition::Waived)), (S::NotAssessed, None)], C::GapAccepted),
            (&[(S::NotAssessed, None), (S::Pass, None)], C::Incomplete),
            (&[(S::Error, None), (S::Pass, None)], C::Incomplete),
            (&[(S::Manual, None), (S::Pass, None)], C::Manual),
            (&[(S::Pass, None), (S::NotApplicable, None)], C::NoGapFound),
            (&[(S::NotApplicable, None)], C::NotApplicable),
            (&[], C::NotEvaluated),
        ];
        for (given, wanted) in cases {
            let findings: Vec<_> = given.iter().map(|(s, d)| finding(*s, *d)).collect();
            assert_eq!(judge(&findings.iter().collect::<Vec<_>>()).0, wanted, "{given:?}");
        }
    }
}
