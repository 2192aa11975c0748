//! `demo`: the main job on an embedded default. The guide's deployment in a private PostgreSQL, scanned; the same drifted.

use std::path::Path;
use std::sync::Arc;

use chrono::SubsecRound;

use super::around::{self, Terminal};
use super::collect::Plan;
use super::failure::Failure;
use super::finish::Judge;
use super::output::{self, Outputs};
use crate::assess::GateRule;
use crate::cli::{CatalogueArgs, PolicyArgs};
use crate::collect::postgres::Running;
use crate::conninfo::{self, Secret};
use crate::model::Report;
use crate::policy::Policy;
use crate::render;
use crate::server::{self, Reference, ReferenceOptions};

pub(super) async fn run(dir: &Path, terminal: &Terminal, running: &Arc<Running>) -> Result<u8, Failure> {
    for folder in ["reference", "drifted"] {
        let folder = dir.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| Failure::usage(format!("{}: {e}", folder.display())))?;
    }
    let found = server::Surroundings::read(|name| std::env::var_os(name));
    let binaries = server::find(None, &found)?;
    output::say(&format!("PostgreSQL {} in {}", binaries.version, binaries.bin.display()));
    let reference = Reference::start(&binaries, around::now().trunc_subsecs(0), ReferenceOptions::default())?;
    output::say("The guide's deployment is up; scanning it as backupuser over verify-full …");
    let before = scan(&reference, "reference", dir, terminal, running).await?;
    output::say("The same after a few months of drift …");
    reference.drift()?;
    let after = scan(&reference, "drifted", dir, terminal, running).await?;
    output::to_stdout(render::diff_table(&before, &after, &output::options(terminal)).as_bytes())?;
    for (name, report) in [("reference", &before), ("drifted", &after)] {
        output::say(&format!("{name}: {}", report.gate.verdict));
    }
    output::say(&format!("Reports and evidence are in {}", dir.display()));
    Ok(0)
}

/// Scans the deployment as it is now, and writes everything that a scan writes.
async fn scan(
    reference: &Reference,
    name: &str,
    dir: &Path,
    terminal: &Terminal,
    running: &Arc<Running>,
) -> Result<Report, Failure> {
    let policy = Policy::parse(server::POLICY, Path::new("fixtures/reference/pgcomply.toml"))?;
    let judge = Judge::with(policy, &everything(), None).await?;
    let plan = plan(reference, &judge.policy)?;
    let mut evidence = super::collect::collect(&plan, None, running).await?;
    let now = around::now();
    let target = judge.target(&mut evidence, now).await?;
    let report = judge.report(vec![target], &GateRule::default(), "scan", now);
    let folder = dir.join(name);
    let file = |kind: &str| format!("{kind}={}", folder.join(format!("report.{kind}")).display());
    Outputs::parse(&[file("json"), file("html"), "table".into()])?.write(&report, terminal)?;
    output::write_whole(&folder.join("evidence.db"), &evidence.to_bytes().await?)?;
    Ok(report)
}

/// As one would type it: `scan -h localhost -p PORT -U backupuser -d appdb --password-file …`.
fn plan(reference: &Reference, policy: &Policy) -> Result<Plan, Failure> {
    let root = reference.ca_bundle();
    let text = format!(
        "host={} port={} user=backupuser dbname=appdb sslmode=verify-full sslrootcert='{}'",
        reference.host(),
        reference.port(),
        root.display()
    );
    let request = conninfo::Request { connection: Some(text), ..conninfo::Request::default() };
    let settings = conninfo::resolve(&request, &conninfo::Surroundings::default())?;
    let password = reference.password("backupuser").map(|p| Secret::new(p.reveal()));
    let settings = match password {
        Some(password) => settings.with_password(password),
        None => return Err(Failure::defect("the reference deployment has no password for backupuser")),
    };
    Ok(Plan::to("demo", settings, policy))
}

fn everything() -> PolicyArgs {
    PolicyArgs {
        policy: None,
        only: Vec::new(),
        skip: Vec::new(),
        frameworks: Vec::new(),
        catalogue: CatalogueArgs::default(),
        max_observations: 1000,
        now: None,
        auditor: None,
    }
}
