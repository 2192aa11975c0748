//! The policy put into the evidence: its values, the thresholds' defaults, and the roles and schemas it does not name, inferred.

mod network;
mod personal;
mod providers;
mod releases;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sqlx::Row;

use crate::evidence::{Evidence, EvidenceError, Rows};
use crate::policy::{KEYS, Kind, Policy, to_number};

/// Roles that own an application schema, itself inferred or named.
const OWNERS: &str =
    "SELECT DISTINCT s.owner FROM named_schema n JOIN schema s ON s.database = n.database AND s.name = n.schema
    JOIN role r ON r.name = s.owner WHERE n.list = 'application' AND r.superuser = 0";

/// An application schema is one owned by the owner of its database, where that is no superuser.
const SCHEMAS: &str = "SELECT s.database, s.name FROM schema s JOIN database d ON d.name = s.database
    JOIN role r ON r.name = s.owner WHERE s.owner = d.owner AND r.superuser = 0 AND s.extension IS NULL";

/// Login roles that use an application schema: those that can write there, and those that can only read.
const USERS: &str = "WITH held AS (
      SELECT e.grantee AS role, max(e.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) AS writes
      FROM acl_entry e WHERE e.owner = 0 AND e.grantee <> '' AND e.acl IN (
        SELECT r.acl FROM relation r JOIN named_schema n ON n.database = r.database AND n.schema = r.schema AND n.list = 'application')
      GROUP BY e.grantee),
    reached AS (SELECT role, writes FROM held
      UNION ALL SELECT m.role, h.writes FROM held h JOIN role_reach m ON m.target = h.role AND m.way IN ('inherit', 'set'))
    SELECT r.name, max(h.writes) FROM reached h JOIN role r ON r.name = h.role
    WHERE r.can_login = 1 AND r.superuser = 0 GROUP BY r.name";

/// Login roles whose ownership or grants lie in other databases only.
const SERVICES: &str = "SELECT r.name FROM role r WHERE r.can_login = 1 AND r.superuser = 0 AND r.scanner = 0
    AND EXISTS (SELECT 1 FROM role_dependency d WHERE d.role = r.name)
    AND NOT EXISTS (SELECT 1 FROM role_dependency d JOIN named_schema n ON n.database = d.database AND n.list = 'application' WHERE d.role = r.name)";

/// Writes `policy` and `named_schema` anew, from the policy, the defaults and the facts. `now` is the clock that
/// certificates and passwords are judged by.
///
/// # Errors
/// Where SQLite refuses.
pub async fn apply(evidence: &mut Evidence, policy: &Policy, now: DateTime<Utc>) -> Result<(), EvidenceError> {
    evidence.execute("DELETE FROM policy; DELETE FROM named_schema").await?;
    let mut rows = Rows::new(&["key", "value", "number", "source"]);
    named(policy, &mut rows);
    defaults(policy, &mut rows);
    let stamp = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    rows.values.push(vec![json!("now"), json!(stamp), json!(now.timestamp()), json!("scanner")]);
    evidence.insert("policy", &rows).await?;
    schemas(evidence, policy, "application").await?;
    schemas(evidence, policy, "read_only").await?;
    roles(evidence, policy).await?;
    networks(evidence).await?;
    providers::apply(evidence).await?;
    personal::apply(evidence, policy).await?;
    releases::apply(evidence, now).await
}

/// Which addresses lie in which of the policy's lists of networks: `address_network`.
async fn networks(evidence: &mut Evidence) -> Result<(), EvidenceError> {
    let addresses = "SELECT address FROM session WHERE address IS NOT NULL UNION SELECT address FROM replication WHERE address IS NOT NULL";
    let listed = "SELECT substr(key, 9), value FROM policy WHERE key IN ('network.allowed', 'network.local')";
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in evidence.fetch(listed).await? {
        lists.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    let mut rows = Rows::new(&["address", "list", "inside"]);
    for row in evidence.fetch(addresses).await? {
        let address: String = row.try_get(0)?;
        for (list, networks) in &lists {
            let networks: Vec<&str> = networks.iter().map(String::as_str).collect();
            let inside = network::inside(&address, &networks).map(i64::from);
            rows.values.push(vec![json!(address), json!(list), json!(inside)]);
        }
    }
    evidence.execute("DELETE FROM address_network").await?;
    evidence.insert("address_network", &rows).await
}

fn named(policy: &Policy, rows: &mut Rows) {
    for (key, leaves) in &policy.values {
        let mut seen = BTreeSet::new();
        for leaf in leaves.iter().filter(|leaf| seen.insert(leaf.text.clone())) {
            rows.values.push(vec![json!(key), json!(leaf.text), json!(leaf.number), json!("file")]);
        }
    }
}

fn defaults(policy: &Policy, rows: &mut Rows) {
    for key in KEYS {
        let Some(default) = key.default.filter(|_| !policy.values.contains_key(key.name)) else { continue };
        let values: Vec<&str> = if key.kind == Kind::List { default.split(' ').collect() } else { vec![default] };
        for value in values {
            let number = to_number(key.kind, value);
            rows.values.push(vec![json!(key.name), json!(value), json!(number), json!("default")]);
        }
    }
}

/// `database.schema` of the policy, matched with what is there; a name that is nowhere stays, so that it can be missed.
async fn schemas(evidence: &mut Evidence, policy: &Policy, list: &str) -> Result<(), EvidenceError> {
    let mut rows = Rows::new(&["list", "database", "schema", "source"]);
    if let Some(leaves) = policy.values.get(&format!("schemas.{list}")) {
        let databases: BTreeSet<String> =
            evidence.fetch("SELECT name FROM database").await?.iter().filter_map(|r| r.try_get(0).ok()).collect();
        for leaf in leaves {
            let (database, schema) = split_schema(&leaf.text, &databases);
            rows.values.push(vec![json!(list), json!(database), json!(schema), json!("file")]);
        }
    } else if list == "application" {
        for row in evidence.fetch(SCHEMAS).await? {
            let (database, schema): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            rows.values.push(vec![json!(list), json!(database), json!(schema), json!("inferred")]);
        }
    }
    evidence.insert("named_schema", &rows).await
}

/// Splits `appdb.app` at the dot that leaves a database's name before it; at the first, where there is none.
fn split_schema(text: &str, databases: &BTreeSet<String>) -> (String, String) {
    let at = |dot: usize| (text[..dot].to_owned(), text[dot + 1..].to_owned());
    let dots: Vec<usize> = text.match_indices('.').map(|(i, _)| i).collect();
    dots.iter()
        .find(|dot| databases.contains(&text[..**dot]))
        .or(dots.first())
        .map_or((String::new(), text.to_owned()), |dot| at(*dot))
}

/// The lists of roles that the policy does not name, inferred; the scanner's own role is always read-only.
async fn roles(evidence: &mut Evidence, policy: &Policy) -> Result<(), EvidenceError> {
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in evidence.fetch(OWNERS).await? {
        lists.entry("owner").or_default().push(row.try_get(0)?);
    }
    let scanner = evidence.scalar("SELECT scanner_role FROM server").await?;
    let superuser =
        evidence.scalar("SELECT coalesce(max(superuser), 0) || '' FROM role WHERE scanner = 1").await? == "1";
    for row in evidence.fetch(USERS).await? {
        let (name, writes): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        if name == scanner || lists.get("owner").is_some_and(|o| o.contains(&name)) {
            continue;
        }
        lists.entry(if writes == 1 { "application" } else { "read_only" }).or_default().push(name);
    }
    for row in evidence.fetch(SERVICES).await? {
        lists.entry("service").or_default().push(row.try_get(0)?);
    }
    let mut rows = Rows::new(&["key", "value", "number", "source"]);
    for (list, names) in lists {
        if !policy.values.contains_key(&format!("roles.{list}")) {
            let key = format!("roles.{list}");
            rows.values.extend(names.into_iter().map(|n| vec![json!(key), json!(n), Value::Null, json!("inferred")]));
        }
    }
    let named_read_only = policy.values.get("roles.read_only").is_some_and(|l| l.iter().any(|l| l.text == scanner));
    if !named_read_only && !superuser {
        rows.values.push(vec![json!("roles.read_only"), json!(scanner), Value::Null, json!("scanner")]);
    }
    evidence.insert("policy", &rows).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    async fn evidence() -> Evidence {
        let mut e = Evidence::empty().await.unwrap();
        let role = |name: &str, login: i32, scanner: i32| {
            format!("INSERT INTO role VALUES ('{name}','{name}',0,1,0,0,{login},0,0,-1,NULL,0,0,{scanner},100);")
        };
        let sql = [
            role("appowner", 0, 0),
            role("appuser", 1, 0),
            role("reports", 1, 0),
            role("temporal", 1, 0),
            role("backupuser", 1, 1),
            "INSERT INTO server(version, version_num, major, scanner_role, scanner_database) VALUES ('16', 160000, 16, 'backupuser', 'appdb');
             INSERT INTO database VALUES ('appdb','appdb','appowner',0,1,-1,'UTF8',1,1,NULL,0,1,NULL,5);
             INSERT INTO schema VALUES ('appdb','app','app','appowner',NULL,2);
             INSERT INTO relation VALUES ('appdb','app','t','app.t','table','appowner',0,0,'permanent',0,NULL,NULL,NULL,3,9);
             INSERT INTO acl_entry VALUES (3,'appowner','appuser','INSERT',0,0), (3,'appowner','reports','SELECT',0,0), (3,'appowner','backupuser','SELECT',0,0);
             INSERT INTO role_dependency VALUES ('temporal','temporal','owner','pg_class',3);".to_owned(),
        ];
        e.execute(&sql.concat()).await.unwrap();
        e
    }

    async fn listed(e: &mut Evidence) -> Vec<(String, String, String)> {
        let rows = e.fetch("SELECT list, role, source FROM named_role ORDER BY 1, 2").await.unwrap();
        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
    }

    #[tokio::test]
    async fn without_a_policy_the_roles_are_inferred() {
        let mut e = evidence().await;
        apply(&mut e, &Policy::default(), DateTime::UNIX_EPOCH).await.unwrap();
        let found = listed(&mut e).await;
        let found: Vec<_> = found.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        assert_eq!(
            found,
            [
                ("application", "appuser", "inferred"),
                ("owner", "appowner", "inferred"),
                ("read_only", "backupuser", "scanner"),
                ("read_only", "reports", "inferred"),
                ("service", "temporal", "inferred"),
            ]
        );
    }

    #[tokio::test]
    async fn a_named_list_is_taken_as_it_is_and_the_scanner_stays_read_only() {
        let mut e = evidence().await;
        let text = "[roles]\nread_only = [\"reports\"]\napplication = []\n[schemas]\napplication = [\"appdb.app\"]\n";
        let policy = Policy::parse(text, Path::new("p")).unwrap();
        apply(&mut e, &policy, DateTime::UNIX_EPOCH).await.unwrap();
        let found = listed(&mut e).await;
        assert!(found.contains(&("read_only".into(), "reports".into(), "file".into())));
        assert!(found.contains(&("read_only".into(), "backupuser".into(), "scanner".into())));
        assert!(!found.iter().any(|r| r.0 == "application"), "an empty list is a statement too");
        apply(&mut e, &policy, DateTime::UNIX_EPOCH).await.unwrap();
    }

    #[test]
    fn schemas_are_split_at_the_database() {
        let databases = BTreeSet::from(["a.b".to_owned()]);
        assert_eq!(split_schema("a.b.c", &databases), ("a.b".into(), "c".into()));
        assert_eq!(split_schema("x.y.z", &databases), ("x".into(), "y.z".into()));
    }
}
