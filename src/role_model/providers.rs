//! Roles and databases that a provider of managed PostgreSQL keeps for itself: named as such, where findings name them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;
use sqlx::Row;

use crate::evidence::{Evidence, EvidenceError, Rows};

const TEXT: &str = include_str!("../../data/providers.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    provider: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    proof: String,
    roles: Vec<String>,
    databases: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Writes `provider_object` anew: the objects of the provider whose own role is there.
pub(super) async fn apply(evidence: &mut Evidence) -> Result<(), EvidenceError> {
    let known: Providers =
        toml::from_str(TEXT).map_err(|e| EvidenceError::Embedded(format!("data/providers.toml: {e}")))?;
    let names = |rows: Vec<sqlx::sqlite::SqliteRow>| {
        rows.iter().map(|r| r.try_get::<String, _>(0)).collect::<Result<BTreeSet<_>, _>>()
    };
    let roles = names(evidence.fetch("SELECT name FROM role").await?)?;
    let databases = names(evidence.fetch("SELECT name FROM database").await?)?;
    let mut rows = Rows::new(&["kind", "name", "provider"]);
    for provider in known.provider.iter().filter(|p| roles.contains(&p.proof)) {
        let mut add = |kind: &str, name: &String| {
            rows.values.push(vec![json!(kind), json!(name), json!(provider.name)]);
        };
        provider.roles.iter().filter(|name| roles.contains(*name)).for_each(|name| add("role", name));
        provider.databases.iter().filter(|name| databases.contains(*name)).for_each(|name| add("database", name));
    }
    evidence.execute("DELETE FROM provider_object").await?;
    evidence.insert("provider_object", &rows).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_one_provider() {
        let known: Providers = toml::from_str(TEXT).unwrap();
        let mut seen = BTreeSet::new();
        for provider in &known.provider {
            assert!(provider.roles.contains(&provider.proof), "{}", provider.name);
            for name in provider.roles.iter().chain(&provider.databases).filter(|n| **n != provider.proof) {
                assert!(seen.insert(name.clone()), "{name} twice");
            }
        }
    }
}
