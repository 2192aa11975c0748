//! Which facts a check reads, whatever its header says, and how they look when they are withheld.

use std::collections::{BTreeMap, BTreeSet};

use pgcomply::catalogue::{Check, Need, wrapped};
use pgcomply::evidence::Evidence;
use sqlx::Row;

/// Tables that the scan or the policy fills: no facts of the server.
const OURS: [&str; 12] = [
    "address_network",
    "collection",
    "declared_column",
    "known_major",
    "named_schema",
    "personal_data",
    "policy",
    "provider_object",
    "retention_rule",
    "scan",
    "security_release",
    "statement",
];

/// The tables that a query reads, as SQLite itself plans it: directly, through a view or through an index.
pub(crate) async fn tables(evidence: &mut Evidence, query: &str) -> BTreeSet<String> {
    let schema = evidence.fetch("SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0").await.unwrap();
    let by_page: BTreeMap<i64, String> = schema.iter().map(|row| (row.get(0), row.get(1))).collect();
    let plan = evidence.fetch(&format!("EXPLAIN {}", wrapped(query))).await.unwrap();
    let opened = plan.iter().filter(|row| row.get::<String, _>("opcode") == "OpenRead");
    opened.filter_map(|row| by_page.get(&row.get::<i64, _>("p2")).cloned()).collect()
}

/// Columns of a table that can be NULL.
pub(crate) async fn nullable(evidence: &mut Evidence, table: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}') WHERE \"notnull\" = 0 AND pk = 0");
    evidence.fetch(&sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Facts that a check needs or that its SQL reads. ACLs are the fact `privilege`; what is derived counts as what it is
/// derived from.
pub(crate) async fn facts(evidence: &mut Evidence, check: &Check) -> BTreeSet<String> {
    let needs = check.needs.iter().filter_map(|need| match need {
        Need::Fact(fact) | Need::Part(fact, _) => Some(fact.clone()),
        Need::Setting(_) | Need::Policy(_) => None,
    });
    let all = needs.chain(tables(evidence, &check.query).await).flat_map(|name| match name.as_str() {
        "acl_entry" => vec!["privilege".to_owned()],
        "role_reach" => vec!["role".to_owned(), "membership".to_owned()],
        _ => vec![name],
    });
    // single settings are hidden one by one; all of them count only for a check that says so
    let settings = check.needs.contains(&Need::Fact("setting".to_owned()));
    all.filter(|fact| !OURS.contains(&fact.as_str()) && (settings || fact != "setting")).collect()
}

/// Settings that a check needs.
pub(crate) fn settings(check: &Check) -> Vec<&str> {
    let named = check.needs.iter().filter_map(|need| match need {
        Need::Setting(name) => Some(name.as_str()),
        _ => None,
    });
    named.collect()
}

/// SQL after which a fact was not seen: in one database, or anywhere.
pub(crate) fn withhold(fact: &str, database: Option<&str>) -> String {
    let place = database.map_or(String::new(), |name| format!(" AND database = '{name}'"));
    let gone = match (fact, database) {
        // a row of what the server said at the start is always there
        ("server", _) => "UPDATE server SET system_identifier = NULL, in_recovery = NULL, server_time = NULL,
            started_at = NULL, config_loaded_at = NULL, client_address = NULL, server_address = NULL, session_ssl = NULL,
            session_ssl_version = NULL, session_ssl_cipher = NULL, session_ssl_bits = NULL, session_gss_encrypted = NULL,
            wal_position = NULL, vendor = NULL,
            behind_proxy = NULL"
            .to_owned(),
        ("privilege", None) => "DELETE FROM acl_entry".to_owned(),
        ("privilege", Some(name)) => format!(
            "DELETE FROM acl_entry WHERE acl IN (SELECT acl FROM object_acl WHERE coalesce(database, '') = '{name}')"
        ),
        ("role" | "membership", _) => format!("DELETE FROM {fact}; DELETE FROM role_reach"),
        (_, None | Some("")) => format!("DELETE FROM {fact}"),
        (_, Some(name)) => format!("DELETE FROM {fact} WHERE database = '{name}'"),
    };
    format!(
        "{gone}; UPDATE collection SET status = 'unavailable', kind = 'privilege', reason = 'withheld by a law', rows = 0
         WHERE fact = '{fact}'{place}"
    )
}

/// SQL after which a setting is hidden, as from a role without `pg_read_all_settings`.
pub(crate) fn hide(setting: &str) -> String {
    format!(
        "UPDATE setting SET hidden = 1, value = NULL, number = NULL, unit = NULL, context = NULL, vartype = NULL,
           source = NULL, masked_by = NULL, boot_value = NULL, pending_restart = NULL WHERE name = '{setting}';
         INSERT OR REPLACE INTO collection SELECT 'setting', '{setting}', '', 'unavailable', 'privilege',
           'withheld by a law', NULL, 'setting', finished_at, 0, 0 FROM scan"
    )
}

/// SQL after which a fact was seen in part; its rows stay.
pub(crate) fn partial(fact: &str, database: &str) -> String {
    format!(
        "UPDATE collection SET status = 'partial', kind = 'privilege', reason = 'seen in part by a law'
         WHERE fact = '{fact}' AND database = '{database}'"
    )
}

/// Where a fact was looked for: names of databases, or `''` for the cluster.
pub(crate) async fn places(evidence: &mut Evidence, fact: &str) -> Vec<String> {
    let sql = format!("SELECT database FROM collection WHERE fact = '{fact}' AND part = '*' ORDER BY database");
    evidence.fetch(&sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}
