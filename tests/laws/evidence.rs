//! Scanning a deployment, and judging what was brought as often as a law wants.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use pgcomply::audit;
use pgcomply::catalogue::{Catalogue, Check};
use pgcomply::collect::postgres::{ScanRequest, scan};
use pgcomply::conninfo;
use pgcomply::evaluate::{Context, evaluate};
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, Status};
use pgcomply::policy::Policy;
use pgcomply::role_model;
use pgcomply::server::{POLICY, Reference};

use super::support;

/// Findings by check.
pub(crate) type Findings = BTreeMap<String, Finding>;

/// Evidence as a file's bytes, and what it comes to under the reference's policy.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    pub(crate) findings: Findings,
}

impl Seen {
    /// What a check came to.
    pub(crate) fn status(&self, check: &str) -> Status {
        self.findings[check].status
    }
}

/// Everything that we know, loaded once.
pub(crate) fn catalogue() -> &'static Catalogue {
    static LOADED: OnceLock<Catalogue> = OnceLock::new();
    LOADED.get_or_init(|| apart(|| block_on(Catalogue::load(&[]))).unwrap_or_else(|error| panic!("{error}")))
}

/// The policy that the reference deployment is judged by.
pub(crate) fn policy() -> &'static Policy {
    static READ: OnceLock<Policy> = OnceLock::new();
    READ.get_or_init(|| Policy::parse(POLICY, Path::new("fixtures/reference/pgcomply.toml")).unwrap())
}

/// Drives a future on a runtime of this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Does something on a thread of its own: what is made once may be asked for first inside a runtime.
pub(crate) fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(work).join().unwrap()
}

/// How a scan gets in.
#[derive(Clone, Copy)]
pub(crate) enum As {
    /// The least-privilege role, over TLS and in full trust.
    Backupuser,
    /// The superuser, over the private socket.
    Superuser,
}

/// Scans all that the role may enter.
pub(crate) async fn look(reference: &Reference, who: As) -> Result<Evidence, String> {
    let (connection, password_file) = match who {
        As::Backupuser => {
            (support::connection(reference, "backupuser", "appdb"), reference.password_file("backupuser"))
        }
        As::Superuser => {
            let server = reference.server();
            let socket = server.socket_dir();
            (format!("host={} port={} user=postgres dbname=appdb", socket.display(), server.port()), None)
        }
    };
    let request = conninfo::Request { connection: Some(connection), password_file, ..conninfo::Request::default() };
    let settings = conninfo::resolve(&request, &conninfo::Surroundings::default()).map_err(|e| e.to_string())?;
    let counting = audit::counting(policy());
    let request = ScanRequest {
        target: "laws",
        settings: &settings,
        databases: &[],
        exclude_databases: &[],
        counting: counting.as_ref(),
        clock: Utc::now,
    };
    let mut evidence = Evidence::empty().await.unwrap();
    scan(&request, &mut evidence).await.map_err(|e| e.to_string())?;
    Ok(evidence)
}

/// Puts the reference's policy into the evidence, changes the evidence by SQL, and judges everything.
pub(crate) async fn judged(mut evidence: Evidence, now: DateTime<Utc>, change: &str) -> Result<Seen, String> {
    role_model::apply(&mut evidence, policy(), now).await.map_err(|e| e.to_string())?;
    evidence.execute(change).await.map_err(|e| format!("{e}\n{change}"))?;
    let bytes = evidence.to_bytes().await.unwrap();
    let findings = run(&mut evidence, policy(), |_| true).await;
    Ok(Seen { bytes, findings: findings.into_iter().map(|f| (f.check.clone(), f)).collect() })
}

/// What a law does to evidence before a check is asked again.
#[derive(Clone, Copy, Default)]
pub(crate) struct Change<'a> {
    /// SQL run before the policy is put in, as a collector would have left it.
    pub(crate) facts: &'a str,
    /// SQL run after that, on what the check reads.
    pub(crate) read: &'a str,
}

/// One check again, over changed evidence.
pub(crate) async fn again(
    bytes: &[u8],
    now: DateTime<Utc>,
    policy: &Policy,
    check: &Check,
    change: Change<'_>,
) -> Finding {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let sure = |result: Result<(), pgcomply::evidence::EvidenceError>, sql: &str| {
        result.unwrap_or_else(|e| panic!("{}: {e}\n{sql}", check.id));
    };
    sure(evidence.execute(change.facts).await, change.facts);
    sure(role_model::apply(&mut evidence, policy, now).await, "the policy");
    sure(evidence.execute(change.read).await, change.read);
    run(&mut evidence, policy, |c| c.id == check.id).await.remove(0)
}

async fn run(evidence: &mut Evidence, policy: &Policy, selected: impl Fn(&Check) -> bool) -> Vec<Finding> {
    let context = Context { target: "laws", policy, max_observations: 1000 };
    evaluate(evidence, catalogue(), selected, &context).await.unwrap()
}
