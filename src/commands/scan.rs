//! `scan`: the main job.

use std::sync::Arc;
use std::time::Duration;

use super::around::{self, Terminal};
use super::collect::{self, Plan};
use super::failure::Failure;
use super::finish::{self, Judge};
use super::output::{self, Outputs};
use crate::audit;
use crate::cli::ScanArgs;
use crate::collect::postgres::Running;

pub(super) async fn run(args: ScanArgs, terminal: &Terminal, running: &Arc<Running>) -> Result<u8, Failure> {
    let outputs = Outputs::parse(&args.output.outputs)?;
    let judge = Judge::new(&args.policy, args.connection.target.as_deref()).await?;
    let rule = finish::rule(&args.output.rule, &judge.policy)?;
    let plan = Plan::new(&args.connection, &judge.policy)?;
    if let Some(path) = &args.evidence {
        output::writable(path)?;
        if outputs.include(path) {
            let line = format!("the evidence and an output both go to {}; give each a path of its own", path.display());
            return Err(Failure::usage(line));
        }
    }
    for warning in &plan.settings.warnings {
        output::say(warning);
    }
    let limit = args.connection.timeout.map(Duration::from_secs);
    let (evidence, target) = match collect::collect(&plan, limit, running).await {
        Ok(mut evidence) => {
            let now = args.policy.now.unwrap_or_else(around::now);
            let target = judge.target(&mut evidence, now).await?;
            (Some(evidence), target)
        }
        Err(failure) if failure.code() == super::failure::UNREACHED => {
            failure.print();
            (None, audit::unreachable(&plan.name, failure.line()))
        }
        Err(failure) => return Err(failure),
    };
    if let (Some(path), Some(mut evidence)) = (&args.evidence, evidence) {
        output::write_whole(path, &evidence.to_bytes().await?)?;
    }
    let report = judge.report(vec![target], &rule, "scan", args.policy.now.unwrap_or_else(around::now));
    outputs.write(&report, terminal)?;
    Ok(report.gate.exit_code)
}
