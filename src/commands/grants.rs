//! `grants`: what would unlock what the role cannot see. Printed, never run.

use std::sync::Arc;
use std::time::Duration;

use super::around;
use super::collect::{self, Plan};
use super::evaluate::own_time;
use super::failure::Failure;
use super::finish::{self, Judge};
use super::output;
use crate::assess;
use crate::catalogue::Catalogue;
use crate::cli::{ConnectionArgs, GrantsArgs};
use crate::collect::postgres::Running;
use crate::evidence::Evidence;
use crate::grants;

pub(super) async fn run(args: GrantsArgs, running: &Arc<Running>) -> Result<u8, Failure> {
    if args.evidence.is_none() && !names_a_server(&args.connection) {
        let catalogue = Catalogue::load(&args.policy.catalogue.folders).await?;
        output::to_stdout(grants::starter(&catalogue, args.undo)?.as_bytes())?;
        return Ok(0);
    }
    let judge = Judge::new(&args.policy, args.connection.target.as_deref()).await?;
    let rule = finish::rule(&args.rule, &judge.policy)?;
    let (mut evidence, now) = match &args.evidence {
        Some(path) => {
            let mut evidence = Evidence::read(path).await?;
            let now = own_time(&mut evidence).await?;
            (evidence, now)
        }
        None => {
            let plan = Plan::new(&args.connection, &judge.policy)?;
            for warning in &plan.settings.warnings {
                output::say(warning);
            }
            let limit = args.connection.timeout.map(Duration::from_secs);
            (collect::collect(&plan, limit, running).await?, around::now())
        }
    };
    let target = judge.target(&mut evidence, args.policy.now.unwrap_or(now)).await?;
    let all = &target.findings;
    let wanted = |finding: &_| !args.for_gate || assess::waits(&rule, &judge.catalogue, finding, all);
    let mut unlocks = grants::unlocks(&mut evidence, all, wanted).await?;
    if args.undo && !args.for_gate {
        grants::granted(&mut evidence, all, &mut unlocks).await?;
    }
    output::to_stdout(grants::script(&unlocks, args.undo).as_bytes())?;
    Ok(0)
}

fn names_a_server(args: &ConnectionArgs) -> bool {
    [&args.connection, &args.host, &args.port, &args.username, &args.dbname, &args.target].iter().any(|a| a.is_some())
}
