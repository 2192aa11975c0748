//! How the scan was done and where it ends: connection, role, databases, thresholds, facts, statements.

use serde::Serialize;

use super::anchor;
use crate::model::{PolicyValue, Report, TargetReport};
use crate::render::table::{policy_file_words, role_words, server_words, tls_words};
use crate::render::words;

#[derive(Serialize)]
pub(super) struct Target {
    name: String,
    pairs: Vec<Pair>,
    privileged: Option<String>,
    databases: Vec<Database>,
    policy: Vec<Policy>,
    inferred: Option<String>,
    collection: Vec<Part>,
    statements: Vec<Statement>,
}

#[derive(Serialize)]
struct Pair {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Database {
    name: String,
    owner: String,
    entered: bool,
    why: Option<String>,
}

#[derive(Serialize)]
struct Policy {
    key: String,
    values: String,
    source: &'static str,
    floor: Option<String>,
}

#[derive(Serialize)]
struct Part {
    fact: String,
    database: Option<String>,
    status: String,
    rows: String,
    duration: String,
    source: String,
    anchor: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Statement {
    source: String,
    anchor: String,
    sql: String,
}

pub(super) fn method(report: &Report) -> Vec<Target> {
    report.targets.iter().map(|t| target(report, t)).collect()
}

fn target(report: &Report, target: &TargetReport) -> Target {
    let inferred: Vec<&str> = target.policy.iter().filter(|v| v.source == "inferred").map(|v| v.key.as_str()).collect();
    Target {
        name: target.name.clone(),
        pairs: pairs(report, target),
        privileged: privileged(target),
        databases: target
            .databases
            .iter()
            .map(|d| Database {
                name: d.name.clone(),
                owner: d.owner.clone(),
                entered: d.entered,
                why: d.not_entered.clone(),
            })
            .collect(),
        policy: target.policy.iter().map(policy).collect(),
        inferred: (!inferred.is_empty()).then(|| inferred.join(", ")),
        collection: target.collection.iter().map(|c| part(target, c)).collect(),
        statements: target
            .statements
            .iter()
            .map(|s| Statement {
                source: s.source.clone(),
                anchor: anchor("sql", &format!("{}-{}", target.name, s.source)),
                sql: s.sql.clone(),
            })
            .collect(),
    }
}

fn pairs(report: &Report, target: &TargetReport) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut pair = |label, value: Option<String>| pairs.extend(value.map(|value| Pair { label, value }));
    let connection = target.connection.as_ref();
    let server = target.server.as_ref();
    pair("Outcome", Some(words::target(target.status).to_owned()));
    pair("Why", target.error.clone());
    pair("Address", connection.map(|c| format!("{}:{} ({})", c.host, c.port, c.transport)));
    pair("Server", server.map(server_words));
    pair("System identifier", server.and_then(|s| s.system_identifier.clone()));
    pair("Role", target.role.as_ref().map(role_words));
    pair("Encryption", connection.map(tls_words));
    pair("Authentication asked for", connection.and_then(|c| c.auth_method.clone()));
    pair("Server certificate, SHA-256", connection.and_then(|c| c.certificate_sha256.clone()));
    pair("Started", target.started_at.as_deref().map(words::time));
    pair("Finished", target.finished_at.as_deref().map(words::time));
    pair("Server clock minus scanner clock", target.clock_offset_ms.map(|ms| format!("{ms} ms")));
    pair("Policy", Some(policy_file_words(report)));
    pairs
}

/// What the role can do beyond looking: said, because the reader relies on its being unable to.
fn privileged(target: &TargetReport) -> Option<String> {
    let role = target.role.as_ref()?;
    let more: Vec<&str> = role.attributes.iter().map(String::as_str).filter(|a| *a != "LOGIN").collect();
    (!more.is_empty()).then(|| format!("The role {} has more than LOGIN: {}.", role.name, more.join(", ")))
}

fn source_words(source: &str) -> &'static str {
    match source {
        "file" => "policy file",
        "default" => "default",
        "inferred" => "inferred",
        "scanner" => "the scan's own role",
        _ => "other",
    }
}

fn policy(value: &PolicyValue) -> Policy {
    Policy {
        key: value.key.clone(),
        values: value.values.join(", "),
        source: source_words(&value.source),
        floor: value.floor.clone(),
    }
}

/// `limits.statement_timeout = 5 min (policy file; loosest that can pass: 1 h)`
pub(super) fn policy_words(value: &PolicyValue) -> String {
    let floor = value.floor.as_deref().map_or(String::new(), |f| format!("; loosest that can pass: {f}"));
    format!("{} = {} ({}{floor})", value.key, value.values.join(", "), source_words(&value.source))
}

fn part(target: &TargetReport, part: &crate::model::CollectionInfo) -> Part {
    let reason = part.reason.as_ref().map(|r| match &r.unlock {
        Some(unlock) => format!("{}; unlocked by: {unlock}", r.text),
        None => r.text.clone(),
    });
    Part {
        fact: if part.part == "*" { part.fact.clone() } else { format!("{}.{}", part.fact, part.part) },
        database: part.database.clone(),
        status: part.status.clone(),
        rows: words::number(part.rows.max(0).unsigned_abs()),
        duration: count_ms(part.duration_ms),
        source: part.source.clone(),
        anchor: statement_anchor(target, &part.source),
        reason,
    }
}

/// Where the statement stands that a fact came from; a probe or a file has none.
pub(super) fn statement_anchor(target: &TargetReport, source: &str) -> Option<String> {
    let known = target.statements.iter().any(|s| s.source == source);
    known.then(|| anchor("sql", &format!("{}-{source}", target.name)))
}

fn count_ms(ms: i64) -> String {
    format!("{} ms", words::number(ms.max(0).unsigned_abs()))
}
