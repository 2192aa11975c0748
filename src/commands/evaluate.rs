//! `evaluate`: judge evidence that was kept, by the evidence's own time unless `--now`.

use chrono::{DateTime, Utc};

use super::around::Terminal;
use super::failure::Failure;
use super::finish::{self, Judge};
use super::output::Outputs;
use crate::cli::EvaluateArgs;
use crate::evidence::Evidence;
use crate::policy::Policy;

pub(super) async fn run(args: EvaluateArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let outputs = Outputs::parse(&args.output.outputs)?;
    let policy = finish::policy(args.policy.policy.as_deref())?;
    let mut evidence = Evidence::read(&args.evidence).await?;
    let target = target(&args, &mut evidence, &policy).await?;
    let judge = Judge::with(policy, &args.policy, target.as_deref()).await?;
    let rule = finish::rule(&args.output.rule, &judge.policy)?;
    let now = match args.policy.now {
        Some(now) => now,
        None => own_time(&mut evidence).await?,
    };
    let target = judge.target(&mut evidence, now).await?;
    let report = judge.report(vec![target], &rule, "evaluate", now);
    outputs.write(&report, terminal)?;
    Ok(report.gate.exit_code)
}

/// Whose overrides hold: those of the target that the evidence was collected from, where the policy has it.
async fn target(args: &EvaluateArgs, evidence: &mut Evidence, policy: &Policy) -> Result<Option<String>, Failure> {
    let found = evidence.scalar("SELECT target FROM scan").await?;
    match &args.target {
        Some(named) if *named != found => {
            let line = format!("evidence {} is of target \"{found}\", not of \"{named}\"", args.evidence.display());
            Err(Failure::usage(line))
        }
        Some(named) => Ok(Some(named.clone())),
        None => Ok(policy.targets.iter().find(|t| t.name == found).map(|t| t.name.clone())),
    }
}

/// When the scan that made the evidence ended.
pub(super) async fn own_time(evidence: &mut Evidence) -> Result<DateTime<Utc>, Failure> {
    let text = evidence.scalar("SELECT finished_at FROM scan").await?;
    let time = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| Failure::usage(format!("the evidence says that it was finished at {text}, which is no time")))?;
    Ok(time.with_timezone(&Utc))
}
