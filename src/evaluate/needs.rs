//! How much of what a check needs was seen, and where.

use std::collections::BTreeMap;

use sqlx::Row;

use super::unseen;
use crate::catalogue::{Check, Need};
use crate::evidence::{Evidence, EvidenceError};
use crate::model::{EvidenceRef, Reason, ReasonKind};

/// Facts that are made from others.
const DERIVED_FROM: [(&str, &[&str]); 1] = [("role_reach", &["role", "membership"])];

/// What was seen of everything that a check needs.
#[derive(Default)]
pub(super) struct Completeness {
    /// For the report.
    pub(super) evidence: Vec<EvidenceRef>,
    /// Needs of which nothing was seen anywhere.
    nothing: Vec<Reason>,
    /// Parts that were seen incompletely, or not in this database.
    pub(super) gaps: Vec<(String, Reason)>,
    /// Databases in which a need is wholly missing.
    pub(super) blind: BTreeMap<String, Reason>,
}

impl Completeness {
    /// Why the check cannot be judged at all.
    pub(super) fn nothing_seen(&self) -> Option<Reason> {
        self.nothing.first().cloned()
    }
}

struct Part {
    reference: EvidenceRef,
    reason: Option<Reason>,
}

/// Looks up every need of a check in `collection`.
pub(super) async fn completeness(evidence: &mut Evidence, check: &Check) -> Result<Completeness, EvidenceError> {
    let mut all = Completeness::default();
    for need in &check.needs {
        match need {
            Need::Policy(key) => {
                if let Some(list) = key.strip_prefix("schemas.") {
                    unseen_schemas(evidence, &mut all, list).await?;
                }
            }
            Need::Setting(name) => {
                let parts = lookup(evidence, "setting", name).await?;
                if parts.is_empty() {
                    let parts = setting_row(evidence, name).await?;
                    add(&mut all, &need.to_string(), parts);
                } else {
                    // its row is there, with NULLs: an override of it may fail all the same
                    hidden(&mut all, &need.to_string(), parts);
                }
            }
            Need::Part(fact, part) => {
                let mut parts = lookup(evidence, fact, part).await?;
                if parts.is_empty() {
                    parts = lookup(evidence, fact, "*").await?;
                }
                add(&mut all, &need.to_string(), parts);
            }
            Need::Fact(fact) => {
                let from = DERIVED_FROM.iter().find(|(name, _)| name == fact).map(|(_, from)| *from);
                for source in from.unwrap_or(&[fact.as_str()]) {
                    let parts = lookup(evidence, source, "*").await?;
                    add(&mut all, source, parts);
                }
            }
        }
    }
    Ok(all)
}

fn add(all: &mut Completeness, need: &str, parts: Vec<Part>) {
    if parts.is_empty() {
        let text = format!("{need} was not collected");
        all.nothing.push(unseen(ReasonKind::OutOfReach, &text, None));
    }
    let seen_somewhere = parts.iter().any(|p| p.reference.status != "unavailable");
    for part in parts {
        if let Some(reason) = part.reason {
            match (&part.reference.database, part.reference.status.as_str()) {
                (_, "unavailable") if !seen_somewhere => all.nothing.push(reason.clone()),
                (Some(database), "unavailable") => {
                    all.blind.entry(database.clone()).or_insert_with(|| reason.clone());
                }
                _ => {}
            }
            all.gaps.push((need.to_owned(), reason));
        }
        let repeated = all.evidence.contains(&part.reference);
        if !repeated {
            all.evidence.push(part.reference);
        }
    }
}

/// Schemas that the policy names and that the scan did not see: silence about them is no pass for the others.
async fn unseen_schemas(evidence: &mut Evidence, all: &mut Completeness, list: &str) -> Result<(), EvidenceError> {
    let sql = format!(
        "SELECT n.database || '.' || n.schema, d.name IS NULL, d.not_entered, d.identity, d.can_connect, \
                coalesce(r.identity, v.scanner_role) \
         FROM named_schema n CROSS JOIN server v LEFT JOIN role r ON r.name = v.scanner_role \
         LEFT JOIN database d ON d.name = n.database LEFT JOIN schema s ON s.database = n.database AND s.name = n.schema \
         WHERE n.list = '{list}' AND n.source = 'file' AND s.name IS NULL ORDER BY 1"
    );
    for row in evidence.fetch(&sql).await? {
        let (name, missing): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let why = match (missing, row.try_get::<Option<String>, _>(2)?) {
            (1, _) => "there is no such database".to_owned(),
            (_, Some(reason)) => format!("its database was not entered: {reason}"),
            (_, None) => "no such schema was seen in its database".to_owned(),
        };
        let denied = row.try_get::<Option<i64>, _>(4)? == Some(0);
        let database: Option<String> = row.try_get(3)?;
        let role: String = row.try_get(5)?;
        let unlock = database.filter(|_| denied).map(|d| format!("GRANT CONNECT ON DATABASE {d} TO {role};"));
        let text = format!("{name}, which the policy names: {why}");
        all.gaps.push((format!("schemas.{list}"), unseen(ReasonKind::OutOfReach, &text, unlock)));
    }
    Ok(())
}

/// A setting that the role may not see, or whose server-wide value an override of its own hides.
fn hidden(all: &mut Completeness, need: &str, parts: Vec<Part>) {
    for part in parts {
        all.gaps.extend(part.reason.map(|reason| (need.to_owned(), reason)));
        all.evidence.push(part.reference);
    }
}

async fn lookup(evidence: &mut Evidence, fact: &str, part: &str) -> Result<Vec<Part>, EvidenceError> {
    let literal = |text: &str| text.replace('\'', "''");
    let sql = format!(
        "SELECT nullif(database, ''), status, source, rows, kind, reason, unlock FROM collection \
         WHERE fact = '{}' AND part = '{}' ORDER BY database",
        literal(fact),
        literal(part)
    );
    let shown = if part == "*" { fact.to_owned() } else { format!("{fact}:{part}") };
    let mut parts = Vec::new();
    for row in evidence.fetch(&sql).await? {
        let status: String = row.try_get(1)?;
        let (kind, reason): (Option<String>, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
        let reason = (status != "complete").then(|| {
            let kind = kind.as_deref().and_then(reason_kind).unwrap_or(ReasonKind::OutOfReach);
            unseen(kind, reason.as_deref().unwrap_or("not seen whole"), row.try_get(6).ok().flatten())
        });
        let reference = EvidenceRef {
            fact: shown.clone(),
            database: row.try_get(0)?,
            status,
            source: row.try_get(2)?,
            rows: row.try_get(3)?,
        };
        parts.push(Part { reference, reason });
    }
    Ok(parts)
}

/// A setting that is seen has no `collection` row of its own: it rests on the fact as a whole.
async fn setting_row(evidence: &mut Evidence, name: &str) -> Result<Vec<Part>, EvidenceError> {
    let mut parts = lookup(evidence, "setting", "*").await?;
    for part in &mut parts {
        part.reference.fact = format!("setting:{name}");
        if part.reference.status == "partial" {
            part.reference.status = "complete".into();
            part.reason = None;
            part.reference.rows = 1;
        }
    }
    Ok(parts)
}

/// A kind from its word.
pub(super) fn reason_kind(word: &str) -> Option<ReasonKind> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
