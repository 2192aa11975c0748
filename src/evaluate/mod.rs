//! Checks over evidence: each becomes a finding, and nothing passes that was not seen.

mod needs;
mod observe;
mod verdict;

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;

use crate::catalogue::{Catalogue, Check, wrapped};
use crate::evidence::{Evidence, EvidenceError};
use crate::model::{Finding, Population, Reason, ReasonKind, Status};
use crate::policy::Policy;
use needs::Completeness;
use observe::Seen;

/// How long one check may take over the evidence.
const CHECK_LIMIT: Duration = Duration::from_secs(10);

/// What an evaluation depends on besides the evidence.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The target's name: part of every fingerprint.
    pub target: &'a str,
    /// The policy, to tell a list that it names from one that was inferred.
    pub policy: &'a Policy,
    /// How many failing and unknown observations a finding lists.
    pub max_observations: usize,
}

/// What is read from the evidence once, for all checks.
struct Shared {
    major: i64,
    scanner: String,
    databases: BTreeMap<String, String>,
    inferred: BTreeMap<String, Vec<String>>,
}

/// Runs the selected checks. The evidence has to hold the policy (`role_model::apply`).
///
/// # Errors
/// Where the evidence cannot be read. A check that breaks is a finding, not an error.
pub async fn evaluate(
    evidence: &mut Evidence,
    catalogue: &Catalogue,
    selected: impl Fn(&Check) -> bool,
    context: &Context<'_>,
) -> Result<Vec<Finding>, EvidenceError> {
    let shared = shared(evidence).await?;
    let mut findings = Vec::new();
    for check in catalogue.checks.iter().filter(|c| selected(c)) {
        findings.push(one(evidence, check, &shared, context).await?);
    }
    findings.sort_by(|a, b| (a.status, a.severity, &a.check).cmp(&(b.status, b.severity, &b.check)));
    Ok(findings)
}

async fn shared(evidence: &mut Evidence) -> Result<Shared, EvidenceError> {
    let server = "SELECT s.major, coalesce(r.identity, s.scanner_role) FROM server s LEFT JOIN role r ON r.name = s.scanner_role";
    let server = evidence.fetch(server).await?;
    let databases = evidence.fetch("SELECT name, identity FROM database").await?;
    let mut inferred: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let sql = "SELECT key, source FROM policy UNION ALL SELECT 'schemas.' || list, source FROM named_schema";
    for row in evidence.fetch(sql).await? {
        inferred.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    Ok(Shared {
        major: server.first().map_or(Ok(0), |r| r.try_get(0))?,
        scanner: server.first().map_or(Ok("the scanner's role".to_owned()), |r| r.try_get(1))?,
        databases: databases.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?,
        inferred,
    })
}

async fn one(
    evidence: &mut Evidence,
    check: &Check,
    shared: &Shared,
    context: &Context<'_>,
) -> Result<Finding, EvidenceError> {
    if let Some(reason) = wrong_major(check, shared.major) {
        return Ok(bare(check, Status::NotApplicable, reason));
    }
    if check.manual {
        return Ok(bare(check, Status::Manual, said("only a person can state this; attest it")));
    }
    let completeness = needs::completeness(evidence, check).await?;
    if let Some(reason) = completeness.nothing_seen() {
        let mut finding = bare(check, Status::NotAssessed, reason);
        finding.evidence = completeness.evidence;
        return Ok(finding);
    }
    let rows = match evidence.fetch_guarded(&wrapped(&check.query), CHECK_LIMIT).await {
        Ok(rows) => rows,
        Err(e) if e.is_timeout() => {
            let text = format!("the check took longer than {} s over the evidence", CHECK_LIMIT.as_secs());
            return Ok(bare(check, Status::NotAssessed, unseen(ReasonKind::Timeout, &text, None)));
        }
        Err(e) => return Ok(bare(check, Status::Error, said(&format!("the check's query broke: {e}")))),
    };
    match observe::read(check, &rows, &completeness, &shared.scanner) {
        Ok(seen) => Ok(verdict::finding(check, seen, completeness, shared, context)),
        Err(message) => Ok(bare(check, Status::Error, said(&message))),
    }
}

fn wrong_major(check: &Check, major: i64) -> Option<Reason> {
    match (check.since, check.until) {
        (Some(since), _) if major < since => Some(said(&format!("exists from PostgreSQL {since}"))),
        (_, Some(until)) if major > until => Some(said(&format!("exists up to PostgreSQL {until}"))),
        _ => None,
    }
}

fn said(text: &str) -> Reason {
    Reason { kind: None, text: text.to_owned(), unlock: None }
}

fn unseen(kind: ReasonKind, text: &str, unlock: Option<String>) -> Reason {
    Reason { kind: Some(kind), text: text.to_owned(), unlock }
}

/// A finding without subjects.
fn bare(check: &Check, status: Status, reason: Reason) -> Finding {
    Finding {
        check: check.id.clone(),
        severity: check.severity,
        status,
        disposition: None,
        message: reason.text.clone(),
        reason: Some(reason),
        population: Population::default(),
        observations: Vec::new(),
        observations_omitted: 0,
        fingerprints: Vec::new(),
        evidence: Vec::new(),
    }
}
