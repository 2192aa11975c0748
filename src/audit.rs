//! The straight line for one target: collect, evaluate, assess, and what the evidence says of the target itself.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::assess;
use crate::catalogue::{Catalogue, Check};
use crate::collect::postgres::{Counting, NEWEST_KNOWN_MAJOR};
use crate::evaluate::{Context, evaluate};
use crate::evidence::{Evidence, EvidenceError};
use crate::model::{
    CollectionInfo, ConnectionInfo, DatabaseInfo, PolicyValue, Reason, RoleInfo, ServerInfo, StatementInfo, Status,
    TargetReport, TargetStatus,
};
use crate::policy::{Policy, find_key, split_entry};
use crate::role_model;

/// What a judgement depends on besides the evidence.
pub struct Judgement<'a> {
    /// What we know.
    pub catalogue: &'a Catalogue,
    /// Which checks were asked for.
    pub selected: &'a dyn Fn(&Check) -> bool,
    /// Frameworks that were asked for; empty: all.
    pub frameworks: &'a [String],
    /// The target's policy.
    pub policy: &'a Policy,
    /// The clock that certificates and passwords are judged by.
    pub now: DateTime<Utc>,
    /// How many failing and unknown observations a finding lists.
    pub max_observations: usize,
}

/// What a scan may count in tables that the policy names: nothing, unless it says `[privacy] count_rows = true`.
#[must_use]
pub fn counting(policy: &Policy) -> Option<Counting> {
    let texts = |key: &str| -> Vec<String> {
        let default =
            || find_key(key).and_then(|k| k.default).into_iter().flat_map(|d| d.split(' ')).map(str::to_owned);
        let named = policy.values.get(key);
        named.map_or_else(|| default().collect(), |leaves| leaves.iter().map(|leaf| leaf.text.clone()).collect())
    };
    let names = |key: &str| texts(key).iter().map(|text| split_entry(text).0.to_owned()).collect();
    (texts("privacy.count_rows") == ["true"]).then(|| Counting {
        inventory: names("privacy.inventory"),
        marks: texts("privacy.erasure"),
        erased_values: texts("privacy.erased_values"),
        dated: names("privacy.retention_tables"),
        audit_table: texts("privacy.audit_table").pop(),
    })
}

/// From evidence to a target's part of the report.
///
/// # Errors
/// Where the evidence cannot be read.
pub async fn judge(evidence: &mut Evidence, judgement: &Judgement<'_>) -> Result<TargetReport, EvidenceError> {
    let target = evidence.scalar("SELECT target FROM scan").await?;
    role_model::apply(evidence, judgement.policy, judgement.now).await?;
    let context = Context { target: &target, policy: judgement.policy, max_observations: judgement.max_observations };
    let findings = evaluate(evidence, judgement.catalogue, judgement.selected, &context).await?;
    let mut report = describe(evidence, target).await?;
    report.summary = assess::summarise(&findings);
    for framework in &judgement.catalogue.frameworks.frameworks {
        if judgement.frameworks.is_empty() || judgement.frameworks.contains(&framework.info.id) {
            report.controls.extend(assess::roll_up(judgement.catalogue, framework, &findings));
        }
    }
    report.findings = findings;
    Ok(report)
}

/// The least that hand-made evidence holds: a server of 16 of which every fact was seen. A fixture fills in the rest.
const TRIAL_SERVER: &str = "INSERT INTO scan VALUES ('1.0', '0', 'fixture', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, NULL);
    INSERT INTO server (version, version_num, major, scanner_role, scanner_database) VALUES ('16.0', 160000, 16, 'scanner', 'appdb');
    INSERT INTO collection SELECT name, '*', '', 'complete', NULL, NULL, NULL, 'fixture', '2026-01-01T00:00:00Z', 0, 0
      FROM sqlite_schema WHERE type = 'table';
    INSERT INTO collection VALUES ('privilege', '*', '', 'complete', NULL, NULL, NULL, 'fixture', '2026-01-01T00:00:00Z', 0, 0)";

/// The first check of a catalogue over hand-made facts: an SQL text that fills the fact tables of a server of which every
/// fact was seen.
///
/// # Errors
/// Where the text does not fit the fact tables.
pub async fn trial(catalogue: &Catalogue, facts: &str) -> Result<(Status, String), EvidenceError> {
    let mut evidence = Evidence::empty().await?;
    evidence.execute(TRIAL_SERVER).await?;
    let policy = Policy::default();
    role_model::apply(&mut evidence, &policy, DateTime::UNIX_EPOCH).await?;
    evidence.execute(facts).await?;
    let context = Context { target: "trial", policy: &policy, max_observations: 10 };
    let findings = evaluate(&mut evidence, catalogue, |_| true, &context).await?;
    Ok(findings.into_iter().next().map_or((Status::Error, "nothing was judged".into()), |f| (f.status, f.message)))
}

/// A target that could not be scanned is in the report all the same.
#[must_use]
pub fn unreachable(target: &str, error: &str) -> TargetReport {
    TargetReport {
        name: target.to_owned(),
        status: TargetStatus::Failed,
        error: Some(error.to_owned()),
        connection: None,
        server: None,
        role: None,
        databases: Vec::new(),
        started_at: None,
        finished_at: None,
        clock_offset_ms: None,
        summary: crate::model::Summary::default(),
        findings: Vec::new(),
        controls: Vec::new(),
        policy: Vec::new(),
        collection: Vec::new(),
        statements: Vec::new(),
    }
}

async fn describe(evidence: &mut Evidence, target: String) -> Result<TargetReport, EvidenceError> {
    let mut report = unreachable(&target, "");
    let scan = evidence.fetch("SELECT started_at, finished_at, clock_offset_ms, interrupted FROM scan").await?;
    if let Some(row) = scan.first() {
        report.started_at = row.try_get(0)?;
        report.finished_at = row.try_get(1)?;
        report.clock_offset_ms = row.try_get(2)?;
        report.error = row.try_get(3)?;
    }
    report.status = if report.error.is_some() { TargetStatus::Partial } else { TargetStatus::Scanned };
    report.connection = connection(evidence).await?;
    report.server = server(evidence).await?;
    report.role = role(evidence).await?;
    report.databases = databases(evidence).await?;
    report.policy = policy(evidence).await?;
    report.collection = collection(evidence).await?;
    report.statements = statements(evidence).await?;
    Ok(report)
}

async fn connection(evidence: &mut Evidence) -> Result<Option<ConnectionInfo>, EvidenceError> {
    let sql = "SELECT host, port, transport, sslmode, protocol, cipher,
        (SELECT sha256 FROM certificate WHERE source = 'served' AND position = 0), trust_root, auth_method FROM tls_endpoint";
    let rows = evidence.fetch(sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(ConnectionInfo {
        host: row.try_get(0)?,
        port: row.try_get(1)?,
        transport: row.try_get(2)?,
        sslmode: row.try_get(3)?,
        protocol: row.try_get(4)?,
        cipher: row.try_get(5)?,
        certificate_sha256: row.try_get(6)?,
        trust_root: row.try_get(7)?,
        auth_method: row.try_get(8)?,
    }))
}

async fn server(evidence: &mut Evidence) -> Result<Option<ServerInfo>, EvidenceError> {
    let rows = evidence.fetch("SELECT version, major, system_identifier, in_recovery FROM server").await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let major: i64 = row.try_get(1)?;
    Ok(Some(ServerInfo {
        version: row.try_get(0)?,
        major,
        system_identifier: row.try_get(2)?,
        in_recovery: row.try_get::<Option<i64>, _>(3)?.map(|n| n == 1),
        known_major: (13..=NEWEST_KNOWN_MAJOR).contains(&major),
    }))
}

async fn role(evidence: &mut Evidence) -> Result<Option<RoleInfo>, EvidenceError> {
    let names = ["SUPERUSER", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"];
    let sql = "SELECT s.scanner_role, r.superuser, r.createrole, r.createdb, r.can_login, r.replication, r.bypassrls
        FROM server s LEFT JOIN role r ON r.name = s.scanner_role";
    let rows = evidence.fetch(sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let held = |index: usize| row.try_get::<Option<i64>, _>(index + 1).ok().flatten() == Some(1);
    let attributes = names.iter().enumerate().filter(|(i, _)| held(*i)).map(|(_, n)| (*n).to_owned()).collect();
    let reached = evidence
        .fetch("SELECT DISTINCT target FROM role_reach WHERE role = (SELECT scanner_role FROM server) ORDER BY 1")
        .await?;
    let memberships = reached.iter().map(|r| r.try_get(0)).collect::<Result<_, _>>()?;
    Ok(Some(RoleInfo { name: row.try_get(0)?, attributes, memberships }))
}

async fn databases(evidence: &mut Evidence) -> Result<Vec<DatabaseInfo>, EvidenceError> {
    let rows =
        evidence.fetch("SELECT name, owner, entered, not_entered FROM database ORDER BY entered DESC, name").await?;
    let info = |row: &SqliteRow| {
        Ok(DatabaseInfo {
            name: row.try_get(0)?,
            owner: row.try_get(1)?,
            entered: row.try_get::<i64, _>(2)? == 1,
            not_entered: row.try_get(3)?,
        })
    };
    rows.iter().map(info).collect()
}

async fn policy(evidence: &mut Evidence) -> Result<Vec<PolicyValue>, EvidenceError> {
    let sql = "SELECT key, value, source FROM policy WHERE key <> 'now'
        UNION ALL SELECT 'schemas.' || list, database || '.' || schema, source FROM named_schema WHERE source = 'inferred'
        ORDER BY 1, 3, 2";
    let mut values: Vec<PolicyValue> = Vec::new();
    for row in evidence.fetch(sql).await? {
        let (key, value, source): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        match values.last_mut() {
            Some(last) if last.key == key && last.source == source => last.values.push(value),
            _ => {
                let floor = find_key(&key).and_then(|k| k.floor).map(|(text, _)| text.to_owned());
                values.push(PolicyValue { key, values: vec![value], source, floor });
            }
        }
    }
    Ok(values)
}

async fn collection(evidence: &mut Evidence) -> Result<Vec<CollectionInfo>, EvidenceError> {
    let sql =
        "SELECT fact, part, nullif(database, ''), status, kind, reason, unlock, source, collected_at, duration_ms, rows
        FROM collection ORDER BY database, fact, part";
    let info = |row: &SqliteRow| {
        let status: String = row.try_get(3)?;
        let kind: Option<String> = row.try_get(4)?;
        let reason = (status != "complete").then(|| Reason {
            kind: kind.and_then(|k| serde_json::from_value(serde_json::Value::String(k)).ok()),
            text: row.try_get::<Option<String>, _>(5).ok().flatten().unwrap_or_else(|| "not seen whole".into()),
            unlock: row.try_get(6).ok().flatten(),
        });
        Ok(CollectionInfo {
            fact: row.try_get(0)?,
            part: row.try_get(1)?,
            database: row.try_get(2)?,
            status,
            reason,
            source: row.try_get(7)?,
            collected_at: row.try_get(8)?,
            duration_ms: row.try_get(9)?,
            rows: row.try_get(10)?,
        })
    };
    evidence.fetch(sql).await?.iter().map(info).collect()
}

async fn statements(evidence: &mut Evidence) -> Result<Vec<StatementInfo>, EvidenceError> {
    let rows = evidence.fetch("SELECT source, sql FROM statement ORDER BY ordinal").await?;
    rows.iter().map(|r| Ok(StatementInfo { source: r.try_get(0)?, sql: r.try_get(1)? })).collect()
}
