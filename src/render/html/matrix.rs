//! The page an auditor reads: every control of a framework, its status, why, and the checks behind it.

use serde::Serialize;

use super::index::{CheckLink, Index, control_anchor};
use super::{Pill, anchor};
use crate::model::{ControlInfo, ControlResult, ControlStatus, FrameworkInfo, Report};
use crate::render::words;

#[derive(Serialize)]
pub(super) struct Framework {
    anchor: String,
    title: String,
    instrument: String,
    version: String,
    text_basis: String,
    checked_on: String,
    disclaimer: String,
    attribution: String,
    counts: Vec<Count>,
    total: usize,
    addressable: bool,
    controls: Vec<Control>,
}

#[derive(Serialize)]
struct Count {
    label: Pill,
    count: usize,
}

#[derive(Serialize)]
struct Control {
    anchor: String,
    citation: String,
    title: String,
    designation: String,
    addressable: bool,
    paraphrase: String,
    note: Option<String>,
    by_person: Option<String>,
    url: Option<String>,
    quiet: bool,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    target: String,
    label: Pill,
    reason: String,
    checks: Vec<CheckLink>,
    supporting: Vec<CheckLink>,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    group: String,
    label: Pill,
    reason: String,
    checks: Vec<CheckLink>,
}

/// Every framework with every control.
pub(super) fn matrix(report: &Report, index: &Index<'_>) -> Vec<Framework> {
    report.frameworks.iter().map(|f| framework(report, f, index)).collect()
}

fn framework(report: &Report, info: &FrameworkInfo, index: &Index<'_>) -> Framework {
    let controls: Vec<Control> = info.controls.iter().map(|c| control(report, info, c, index)).collect();
    Framework {
        anchor: anchor("framework", &info.id),
        title: info.title.clone(),
        instrument: info.instrument.clone(),
        version: info.version.clone(),
        text_basis: info.text_basis.clone(),
        checked_on: info.checked_on.clone(),
        disclaimer: info.disclaimer.clone(),
        attribution: info.attribution.clone(),
        counts: counts(report, info),
        total: controls.len(),
        addressable: controls.iter().any(|c| c.addressable),
        controls,
    }
}

/// How many controls have which status; with several targets a control counts by its worst.
fn counts(report: &Report, info: &FrameworkInfo) -> Vec<Count> {
    let worst: Vec<_> = info.controls.iter().map(|c| worst(report, info, c)).collect();
    let by_run = worst.iter().filter(|w| **w == Worst::ByTheRun).count();
    let by_status = words::CONTROL_ORDER.iter().map(|status| {
        let n = worst.iter().filter(|w| **w == Worst::Status(order(*status))).count();
        Count { label: words::control(*status).into(), count: n }
    });
    by_status.chain([Count { label: by_the_run(), count: by_run }]).filter(|c| c.count > 0).collect()
}

#[derive(PartialEq)]
enum Worst {
    ByTheRun,
    Status(usize),
}

fn worst(report: &Report, info: &FrameworkInfo, control: &ControlInfo) -> Worst {
    let all: Vec<_> = results(report, info, control).map(|(_, r)| r).collect();
    if all.iter().all(|r| by_run(control, r)) && control.run_level {
        return Worst::ByTheRun;
    }
    Worst::Status(all.iter().map(|r| order(r.status)).min().unwrap_or(usize::MAX))
}

/// Whether the scan as such is the evidence, and no check.
fn by_run(control: &ControlInfo, result: &ControlResult) -> bool {
    control.run_level && result.primary.is_empty()
}

fn order(status: ControlStatus) -> usize {
    words::CONTROL_ORDER.iter().position(|s| *s == status).unwrap_or(usize::MAX)
}

fn by_the_run() -> Pill {
    Pill { word: "By the run itself".into(), symbol: "●", class: "manual" }
}

fn results<'a>(
    report: &'a Report,
    info: &'a FrameworkInfo,
    control: &'a ControlInfo,
) -> impl Iterator<Item = (&'a str, &'a ControlResult)> {
    report.targets.iter().flat_map(move |t| {
        let of = t.controls.iter().filter(move |r| r.framework == info.id && r.control == control.id);
        of.map(move |r| (t.name.as_str(), r))
    })
}

fn control(report: &Report, info: &FrameworkInfo, control: &ControlInfo, index: &Index<'_>) -> Control {
    let found: Vec<_> = results(report, info, control).collect();
    let results: Vec<Outcome> = found.iter().map(|(target, r)| outcome(target, control, r, index)).collect();
    let quiet = |status| matches!(status, ControlStatus::NotEvaluated | ControlStatus::NotApplicable);
    Control {
        anchor: control_anchor(&info.id, &control.id),
        citation: control.citation.clone(),
        title: control.title.clone(),
        designation: control.designation.clone(),
        addressable: control.designation == "addressable",
        paraphrase: control.paraphrase.clone(),
        note: control.note.clone(),
        by_person: (!control.always_manual.is_empty()).then(|| control.always_manual.join("; ")),
        url: control.url.clone().filter(|u| u.starts_with("https://")),
        quiet: !control.run_level && found.iter().all(|(_, r)| quiet(r.status)),
        results,
    }
}

fn outcome(target: &str, control: &ControlInfo, result: &ControlResult, index: &Index<'_>) -> Outcome {
    let by_run = by_run(control, result);
    Outcome {
        target: target.to_owned(),
        label: if by_run { by_the_run() } else { words::control(result.status).into() },
        reason: if by_run {
            "Evidenced by this scan as such, once, not by a single check.".into()
        } else {
            reason(&result.reason, !result.primary.is_empty())
        },
        checks: if result.groups.is_empty() { index.links(&result.primary, target) } else { Vec::new() },
        supporting: index.links(&result.supporting, target),
        groups: result.groups.iter().map(|g| group(g, target, index)).collect(),
    }
}

fn group(group: &crate::model::GroupResult, target: &str, index: &Index<'_>) -> Group {
    Group {
        group: group.group.clone(),
        label: words::control(group.status).into(),
        reason: reason(&group.reason, !group.primary.is_empty()),
        checks: index.links(&group.primary, target),
    }
}

/// The reason without the checks that it names where they stand beside it as links.
fn reason(text: &str, linked: bool) -> String {
    let short = text.split_once(": ").map(|(head, _)| head).filter(|_| linked);
    let text = short.unwrap_or(text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), letters.as_str().trim_end_matches('.')))
}
