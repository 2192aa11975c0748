//! The first page: what was scanned, by what, for whom, and the verdict in a sentence.

use serde::Serialize;

use super::{Pill, count};
use crate::model::{GateStatus, Report, Status, TargetReport, TargetStatus};
use crate::render::words;

#[derive(Serialize)]
pub(super) struct Cover {
    organisation: Option<String>,
    classification: Option<String>,
    auditor: Option<String>,
    frameworks: Vec<Named>,
    targets: Vec<Scope>,
    run_id: String,
    started_at: String,
    finished_at: String,
    judged_at: String,
    tool: String,
    ruleset: String,
    ruleset_sha256: String,
    policy: String,
    policy_sha256: Option<String>,
    selection: Option<String>,
}

#[derive(Serialize)]
struct Named {
    title: String,
    version: String,
    instrument: String,
    checked_on: String,
}

#[derive(Serialize)]
struct Scope {
    name: String,
    server: String,
    databases: String,
    outcome: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Verdict {
    label: Pill,
    sentence: String,
    rule: String,
    completeness: String,
    failed_by: Vec<String>,
    incomplete_by: Vec<String>,
    exit_code: u8,
}

/// The document's title: what was scanned, and when.
pub(super) fn title(report: &Report) -> String {
    let names = match report.targets.as_slice() {
        [] => "no target".to_owned(),
        few if few.len() <= 3 => few.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", "),
        many => count(many.len() as u64, "target"),
    };
    let day = report.run.started_at.split('T').next().unwrap_or_default();
    format!("PostgreSQL compliance audit of {names}, {day}")
}

pub(super) fn cover(report: &Report) -> Cover {
    let (run, tool) = (&report.run, &report.tool);
    Cover {
        organisation: run.organisation.clone(),
        classification: run.classification.clone(),
        auditor: run.auditor.clone(),
        frameworks: report.frameworks.iter().map(named).collect(),
        targets: report.targets.iter().map(scope).collect(),
        run_id: run.id.clone(),
        started_at: words::time(&run.started_at),
        finished_at: words::time(&run.finished_at),
        judged_at: words::time(&run.judged_at),
        tool: format!("{} {}", tool.name, tool.version),
        ruleset: tool.ruleset_version.clone(),
        ruleset_sha256: tool.ruleset_sha256.clone(),
        policy: run.policy_file.clone().unwrap_or_else(|| "none: roles were inferred".into()),
        policy_sha256: run.policy_sha256.clone(),
        selection: run.narrowed.then(|| {
            let what = run.selection.as_deref().unwrap_or("a selection of checks");
            format!("{what}; {} not selected", count(run.not_selected.len() as u64, "check"))
        }),
    }
}

fn named(framework: &crate::model::FrameworkInfo) -> Named {
    Named {
        title: framework.title.clone(),
        version: framework.version.clone(),
        instrument: framework.instrument.clone(),
        checked_on: framework.checked_on.clone(),
    }
}

fn scope(target: &TargetReport) -> Scope {
    let entered: Vec<&str> = target.databases.iter().filter(|d| d.entered).map(|d| d.name.as_str()).collect();
    let others = target.databases.len() - entered.len();
    let rest = if others == 0 { String::new() } else { format!("; {others} not entered") };
    Scope {
        name: target.name.clone(),
        server: target.server.as_ref().map_or("server not reached".into(), |s| format!("PostgreSQL {}", s.version)),
        databases: match entered.as_slice() {
            [] => "no database entered".to_owned(),
            some => format!("databases {}{rest}", some.join(", ")),
        },
        outcome: (target.status != TargetStatus::Scanned).then(|| {
            let why = target.error.as_deref().unwrap_or("no reason recorded");
            format!("{}: {why}", words::target(target.status))
        }),
    }
}

pub(super) fn verdict(report: &Report) -> Verdict {
    let gate = &report.gate;
    let all: Vec<_> = report.targets.iter().flat_map(|t| &t.findings).collect();
    let blind = all.iter().filter(|f| matches!(f.status, Status::NotAssessed | Status::Error)).count();
    let manual = all.iter().filter(|f| f.status == Status::Manual).count();
    let answered = all.len() - blind - manual;
    Verdict {
        label: words::gate(gate.status, gate.incomplete_by.is_empty()).into(),
        sentence: gate.verdict.clone(),
        rule: rule(report),
        completeness: if gate.status == GateStatus::NotScanned {
            "Nothing was judged.".into()
        } else {
            format!(
                "{answered} of {} gave an answer; {blind} could not be assessed, {manual} only a person can state.",
                count(all.len() as u64, "check")
            )
        },
        failed_by: gate.failed_by.clone(),
        incomplete_by: gate.incomplete_by.clone(),
        exit_code: gate.exit_code,
    }
}

fn rule(report: &Report) -> String {
    let gate = &report.gate;
    let fails = match gate.fail_on.map(|s| s.as_str()) {
        None => "The gate fails on no finding.".to_owned(),
        Some("critical") => "The gate fails on open findings that are critical.".to_owned(),
        Some(severity) => format!("The gate fails on open findings that are {severity} or worse."),
    };
    let incomplete = match gate.on_incomplete.as_str() {
        "warn" => "What it depends on and could not be assessed is a warning.",
        _ => "It does not pass while something that it depends on could not be assessed.",
    };
    format!("{fails} {incomplete}")
}
