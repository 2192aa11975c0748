//! `collect`: only look, and keep the evidence.

use std::sync::Arc;
use std::time::Duration;

use super::around;
use super::failure::Failure;
use super::output;
use crate::audit;
use crate::cli::{CollectArgs, ConnectionArgs};
use crate::collect::ConnectError;
use crate::collect::postgres::{Bounds, Counting, Running, ScanError, ScanRequest, scan_within, statements_for};
use crate::conninfo::{self, ConnectionSettings};
use crate::evidence::Evidence;
use crate::policy::{Policy, TargetEntry};

/// Where to go and what to look into.
pub(super) struct Plan {
    /// The target's name in the report.
    pub(super) name: String,
    /// How to get there.
    pub(super) settings: ConnectionSettings,
    databases: Vec<String>,
    exclude_databases: Vec<String>,
    counting: Option<Counting>,
}

impl Plan {
    /// Settles flags, the policy's target, environment and files.
    pub(super) fn new(args: &ConnectionArgs, policy: &Policy) -> Result<Self, Failure> {
        let target = args.target.as_deref().map(|name| find_target(policy, name)).transpose()?;
        let request = conninfo::Request {
            connection: args.connection.clone(),
            host: args.host.clone(),
            port: args.port.clone(),
            user: args.username.clone(),
            dbname: args.dbname.clone(),
            password_file: args.password_file.clone(),
            target: target.map(parameters),
        };
        let settings = conninfo::resolve(&request, &around::surroundings())?;
        let name = target.map_or_else(|| settings.address(), |t| t.name.clone());
        let of = |get: fn(&TargetEntry) -> &Vec<String>| target.map(get).cloned().into_iter().flatten().collect();
        let databases: Vec<String> =
            if args.databases.is_empty() { of(|t| &t.databases) } else { args.databases.clone() };
        let counting = audit::counting(&target.map_or_else(|| policy.clone(), |target| policy.for_target(target)));
        Ok(Plan { name, settings, databases, exclude_databases: of(|t| &t.exclude_databases), counting })
    }

    /// To a server that is known already, every database of it.
    pub(super) fn to(name: &str, settings: ConnectionSettings, policy: &Policy) -> Self {
        let counting = audit::counting(policy);
        Plan { name: name.to_owned(), settings, databases: Vec::new(), exclude_databases: Vec::new(), counting }
    }
}

/// The target of that name.
pub(super) fn find_target<'p>(policy: &'p Policy, name: &str) -> Result<&'p TargetEntry, Failure> {
    policy.targets.iter().find(|t| t.name == name).ok_or_else(|| {
        let near = crate::model::text::nearest(name, policy.targets.iter().map(|t| t.name.as_str()));
        let hint = near.map_or_else(String::new, |n| format!("; did you mean \"{n}\"?"));
        Failure::usage(format!("the policy has no [[target]] named \"{name}\"{hint}"))
    })
}

fn parameters(target: &TargetEntry) -> conninfo::TargetEntry {
    let mut parameters = target.connection.clone();
    let password_file = parameters.remove("password_file").map(Into::into);
    conninfo::TargetEntry { name: target.name.clone(), parameters, password_file }
}

/// Scans into evidence in memory, within `limit`.
pub(super) async fn collect(plan: &Plan, limit: Option<Duration>, running: &Arc<Running>) -> Result<Evidence, Failure> {
    let mut evidence = Evidence::empty().await?;
    let request = ScanRequest {
        target: &plan.name,
        settings: &plan.settings,
        databases: &plan.databases,
        exclude_databases: &plan.exclude_databases,
        counting: plan.counting.as_ref(),
        clock: around::now,
    };
    let bounds = Bounds { limit, running: Arc::clone(running) };
    let scanned = scan_within(&request, &bounds, &mut evidence).await;
    if let Err(ScanError::Connect(ConnectError::NoPassword { user, .. })) = &scanned
        && let Some(password) = around::ask_password(user).await
    {
        let settings = plan.settings.with_password(password);
        scan_within(&ScanRequest { settings: &settings, ..request }, &bounds, &mut evidence).await?;
        return Ok(evidence);
    }
    scanned?;
    Ok(evidence)
}

/// `pgcomply collect`
pub(super) async fn run(args: CollectArgs, running: &Arc<Running>) -> Result<u8, Failure> {
    if let Some(major) = args.show_sql {
        let text =
            statements_for(major).into_iter().map(|(name, sql)| format!("-- {name}\n{sql};\n")).collect::<Vec<_>>();
        output::to_stdout(text.join("\n").as_bytes())?;
        return Ok(0);
    }
    let policy = super::finish::policy(args.policy.as_deref())?;
    let plan = Plan::new(&args.connection, &policy)?;
    let Some(path) = &args.evidence else { return Err(Failure::usage("--evidence FILE says where the evidence goes")) };
    output::writable(path)?;
    for warning in &plan.settings.warnings {
        output::say(warning);
    }
    let mut evidence = collect(&plan, args.connection.timeout.map(Duration::from_secs), running).await?;
    output::write_whole(path, &evidence.to_bytes().await?)?;
    let interrupted = evidence.fetch("SELECT interrupted FROM scan WHERE interrupted IS NOT NULL").await?;
    Ok(if interrupted.is_empty() { 0 } else { 3 })
}
