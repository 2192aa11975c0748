//! What `scan`, `evaluate` and `demo` share: policy, catalogue and selection before, the report after.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use super::around;
use super::collect::find_target;
use super::failure::Failure;
use super::selection::Selection;
use crate::assess::{self, GateRule};
use crate::audit::{self, Judgement};
use crate::catalogue::{Catalogue, RULESET_VERSION};
use crate::cli::{PolicyArgs, RuleArgs};
use crate::evidence::Evidence;
use crate::model::text::hex;
use crate::model::{Report, Run, Severity, Summary, TargetReport, Tool};
use crate::policy::Policy;

/// `MAJOR.MINOR` of report.json.
const REPORT_SCHEMA: &str = "1.0";

/// Everything that a judgement needs besides evidence.
pub(super) struct Judge {
    /// The policy of the target.
    pub(super) policy: Policy,
    /// What we know.
    pub(super) catalogue: Catalogue,
    selection: Selection,
    frameworks: Vec<String>,
    max_observations: usize,
    auditor: Option<String>,
}

impl Judge {
    /// Reads policy and checks, and settles the selection. All input is proved before anything is scanned.
    pub(super) async fn new(args: &PolicyArgs, target: Option<&str>) -> Result<Self, Failure> {
        let policy = policy(args.policy.as_deref())?;
        Self::with(policy, args, target).await
    }

    /// The same with a policy at hand.
    pub(super) async fn with(policy: Policy, args: &PolicyArgs, target: Option<&str>) -> Result<Self, Failure> {
        let policy = match target {
            Some(name) => {
                let entry = find_target(&policy, name)?;
                policy.for_target(entry)
            }
            None => policy,
        };
        let catalogue = Catalogue::load(&args.catalogue.folders).await?;
        let selection = Selection::new(args, &catalogue)?;
        Ok(Judge {
            policy,
            catalogue,
            selection,
            frameworks: args.frameworks.clone(),
            max_observations: args.max_observations,
            auditor: args.auditor.clone(),
        })
    }

    /// A target's part of the report.
    pub(super) async fn target(&self, evidence: &mut Evidence, now: DateTime<Utc>) -> Result<TargetReport, Failure> {
        let judgement = Judgement {
            catalogue: &self.catalogue,
            selected: &|check| self.selection.contains(check),
            frameworks: &self.frameworks,
            policy: &self.policy,
            now,
            max_observations: self.max_observations,
        };
        Ok(audit::judge(evidence, &judgement).await?)
    }

    /// The whole report.
    pub(super) fn report(&self, targets: Vec<TargetReport>, rule: &GateRule, mode: &str, now: DateTime<Utc>) -> Report {
        let mut summary = Summary::default();
        for target in &targets {
            assess::add(&mut summary, &target.summary);
        }
        let selected = |id: &str| self.catalogue.check(id).is_some_and(|c| self.selection.contains(c));
        let frameworks = self.catalogue.frameworks.frameworks.iter();
        Report {
            schema_version: REPORT_SCHEMA.into(),
            tool: Tool {
                name: env!("CARGO_PKG_NAME").into(),
                version: env!("CARGO_PKG_VERSION").into(),
                ruleset_version: RULESET_VERSION.into(),
                ruleset_sha256: self.catalogue.sha256.clone(),
            },
            run: self.run(&targets, mode, now),
            gate: assess::judge(rule, &self.catalogue, &targets),
            summary,
            targets,
            checks: self.catalogue.checks.iter().filter(|c| selected(&c.id)).map(|c| c.info()).collect(),
            measures: self.catalogue.frameworks.measures.clone(),
            frameworks: frameworks
                .filter(|f| self.frameworks.is_empty() || self.frameworks.contains(&f.info.id))
                .map(|f| f.info.clone())
                .collect(),
        }
    }

    fn run(&self, targets: &[TargetReport], mode: &str, now: DateTime<Utc>) -> Run {
        let stamp = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let started = targets.iter().filter_map(|t| t.started_at.clone()).min().unwrap_or_else(|| stamp.clone());
        let finished = targets.iter().filter_map(|t| t.finished_at.clone()).max().unwrap_or_else(|| stamp.clone());
        let report = |key: &str| self.policy.report.get(key).cloned();
        Run {
            id: run_id(targets, &started),
            started_at: started,
            finished_at: finished,
            judged_at: stamp,
            mode: mode.into(),
            organisation: report("organisation"),
            classification: report("classification"),
            auditor: self.auditor.clone().or_else(|| report("auditor")),
            policy_file: self.policy.path.as_ref().map(|p| p.display().to_string()),
            policy_sha256: self.policy.sha256.clone(),
            narrowed: self.selection.words.is_some(),
            selection: self.selection.words.clone(),
            not_selected: self.selection.not_selected.clone(),
        }
    }
}

/// From what was scanned and when, so that the same evidence gives the same id.
fn run_id(targets: &[TargetReport], started: &str) -> String {
    let mut digest = Sha256::new();
    for target in targets {
        let cluster = target.server.as_ref().and_then(|s| s.system_identifier.as_deref()).unwrap_or("");
        for part in [target.name.as_str(), cluster, started] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    hex(&digest.finalize()[..8])
}

/// The policy: `--policy`, else PGCOMPLY_POLICY, else ./pgcomply.toml, else none.
pub(super) fn policy(flag: Option<&Path>) -> Result<Policy, Failure> {
    let named = flag.map(Path::to_owned).or_else(|| around::variable("PGCOMPLY_POLICY").map(PathBuf::from));
    match named {
        Some(path) => Ok(Policy::read(&path)?),
        None => {
            let here = Path::new("pgcomply.toml");
            if here.exists() { Ok(Policy::read(here)?) } else { Ok(Policy::default()) }
        }
    }
}

/// The gate's rule: flags before policy before defaults.
pub(super) fn rule(args: &RuleArgs, policy: &Policy) -> Result<GateRule, Failure> {
    let default = GateRule::default();
    let fail_on = match &args.fail_on {
        Some(word) => Severity::ALL.into_iter().find(|s| s.as_str() == word),
        None => policy.fail_on.unwrap_or(default.fail_on),
    };
    let warn = match args.on_incomplete.as_deref() {
        Some(how) => how == "warn",
        None => policy.warn_on_incomplete.unwrap_or(default.warn_on_incomplete),
    };
    Ok(GateRule { fail_on, warn_on_incomplete: warn, require: policy.require.clone() })
}
