//! The catalog queries: each an SQL file whose head says what it reads, calls, and from which major it exists.

use std::collections::BTreeSet;

/// One query.
#[derive(Clone, Debug)]
pub(super) struct CatalogQuery {
    /// Its name, which `collection.source` and the report use.
    pub(super) name: &'static str,
    /// The fact that its rows are for; ACL queries fill `acl_entry` for the fact `privilege`.
    pub(super) fact: &'static str,
    text: &'static str,
}

macro_rules! query {
    ($name:literal, $fact:literal) => {
        CatalogQuery { name: $name, fact: $fact, text: include_str!(concat!("queries/", $name, ".sql")) }
    };
}

/// The session's very first statement.
pub(super) const SETTING: CatalogQuery = query!("setting", "setting");
/// Settings that exist although they are hidden.
pub(super) const HIDDEN_SETTINGS: CatalogQuery = query!("hidden_settings", "setting");
/// What the role may read and call.
pub(super) const CAPABILITY: CatalogQuery = query!("capability", "collection");

/// Whether the optional function is there that says how passwords are stored.
pub(super) const ROLE_VERIFIER_PROBE: CatalogQuery = query!("role_verifier_probe", "role_verifier");
/// Asked only where the probe allows it.
pub(super) const ROLE_VERIFIER: CatalogQuery = query!("role_verifier", "role_verifier");

/// Queries about the whole cluster, run in the first database.
pub(super) const CLUSTER: [CatalogQuery; 17] = [
    query!("server", "server"),
    query!("control", "server"),
    query!("wal_position", "server"),
    query!("role", "role"),
    query!("membership", "membership"),
    query!("setting_override", "setting_override"),
    query!("database", "database"),
    query!("database_acl", "privilege"),
    query!("shared_objects", "shared_objects"),
    query!("role_dependency", "role_dependency"),
    query!("parameter", "parameter"),
    query!("parameter_acl", "privilege"),
    query!("session", "session"),
    query!("replication", "replication"),
    query!("replication_slot", "replication_slot"),
    query!("archiver", "archiver"),
    query!("file_setting", "file_setting"),
];

/// Queries about one database.
pub(super) const DATABASE: [CatalogQuery; 27] = [
    query!("schema", "schema"),
    query!("schema_acl", "privilege"),
    query!("relation", "relation"),
    query!("relation_acl", "privilege"),
    query!("table_column", "table_column"),
    query!("column_acl", "privilege"),
    query!("rls_policy", "rls_policy"),
    query!("rls_policy_dependency", "rls_policy_dependency"),
    query!("view_dependency", "view_dependency"),
    query!("rewrite_rule", "rewrite_rule"),
    query!("table_constraint", "table_constraint"),
    query!("table_index", "table_index"),
    query!("publication", "publication"),
    query!("function", "function"),
    query!("function_acl", "privilege"),
    query!("type", "type"),
    query!("type_acl", "privilege"),
    query!("extension", "extension"),
    query!("default_privilege", "default_privilege"),
    query!("language", "language"),
    query!("event_trigger", "event_trigger"),
    query!("foreign_server", "foreign_server"),
    query!("foreign_server_acl", "privilege"),
    query!("large_object", "large_object"),
    query!("large_object_acl", "privilege"),
    query!("catalog_privilege", "catalog_privilege"),
    query!("catalog_fix", "catalog_fix"),
];

impl CatalogQuery {
    /// The statement for a major: comments of the head left out, `{16:from 16|before}` decided.
    pub(super) fn sql(&self, major: i64) -> String {
        let body = self.text.lines().filter(|line| !line.starts_with("-- ")).collect::<Vec<_>>().join("\n");
        decide(body.trim(), major)
    }

    /// Catalogs that it reads and functions that it calls, as far as they could be closed to the role.
    pub(super) fn capabilities(&self) -> Vec<&'static str> {
        let reads = self.head("reads").into_iter().flat_map(str::split_whitespace);
        reads.chain(self.head("calls").into_iter().flat_map(|calls| calls.split(", "))).collect()
    }

    /// The role without whose privileges some of its rows are hidden: as it is asked for, `member of …`.
    pub(super) fn shows_all_to(&self) -> Option<&'static str> {
        self.head("member")
    }

    /// Whether this major has what it asks for.
    pub(super) fn exists(&self, major: i64) -> bool {
        self.since().is_none_or(|since| major >= since)
    }

    /// The first major that has what it asks for.
    pub(super) fn since(&self) -> Option<i64> {
        self.head("since").and_then(|since| since.parse().ok())
    }

    fn head(&self, key: &str) -> Option<&'static str> {
        self.text
            .lines()
            .find_map(|line| line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": "))
            .map(str::trim)
    }
}

/// Everything that any of the queries reads or calls.
pub(super) fn all_capabilities() -> Vec<String> {
    let first = [SETTING, HIDDEN_SETTINGS, ROLE_VERIFIER_PROBE, ROLE_VERIFIER];
    let queries = first.into_iter().chain(CLUSTER).chain(DATABASE);
    let asked = queries.flat_map(|q| {
        let whole = q.shows_all_to().map(member_of);
        q.capabilities().into_iter().map(str::to_owned).chain(whole)
    });
    asked.collect::<BTreeSet<_>>().into_iter().collect()
}

/// How it is asked whether the role has another's privileges.
pub(super) fn member_of(role: &str) -> String {
    format!("member of {role}")
}

fn decide(text: &str, major: i64) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let choice = &rest[open + 1..open + length];
        out.push_str(&rest[..open]);
        match choice.split_once(':').and_then(|(since, both)| Some((since.parse::<i64>().ok()?, both.split_once('|')?)))
        {
            Some((since, (new, old))) => out.push_str(if major >= since { new } else { old }),
            None => out.push_str(&rest[open..=open + length]),
        }
        rest = &rest[open + length + 1..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_and_versions_decided() {
        let membership = CLUSTER.iter().find(|q| q.name == "membership").unwrap();
        assert_eq!(membership.capabilities(), ["pg_auth_members", "pg_roles"]);
        assert!(membership.sql(16).contains("x.inherit_option AS inherit"));
        assert!(membership.sql(15).contains("m.rolinherit AS inherit") && !membership.sql(15).contains('{'));
        let control = CLUSTER.iter().find(|q| q.name == "control").unwrap();
        assert_eq!(control.capabilities(), ["pg_control_system()"]);
        let parameter = CLUSTER.iter().find(|q| q.name == "parameter").unwrap();
        assert!(!parameter.exists(14) && parameter.exists(15));
    }

    #[test]
    fn every_file_is_used_and_says_what_it_reads() {
        let used: BTreeSet<&str> = [SETTING, HIDDEN_SETTINGS, CAPABILITY, ROLE_VERIFIER_PROBE, ROLE_VERIFIER]
            .into_iter()
            .chain(CLUSTER)
            .chain(DATABASE)
            .map(|q| q.name)
            .collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/collect/postgres/queries");
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            assert!(used.contains(name.as_str()), "queries/{name}.sql is not used");
        }
        for query in
            [SETTING, HIDDEN_SETTINGS, ROLE_VERIFIER_PROBE, ROLE_VERIFIER].iter().chain(&CLUSTER).chain(&DATABASE)
        {
            assert!(!query.capabilities().is_empty(), "{} names nothing that it reads", query.name);
            let sql = query.sql(18).replace("pg_catalog.", "");
            let words: Vec<&str> =
                sql.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
            for read in words.windows(2).filter(|w| matches!(w[0], "FROM" | "JOIN") && w[1].starts_with("pg_")) {
                let name = read[1].split('(').next().unwrap_or("").trim_end_matches(')');
                let calls = format!("{name}(");
                let said = query.capabilities().iter().any(|c| *c == name || c.starts_with(&calls));
                assert!(
                    said,
                    "{} reads {name} and does not say so: a role that may not would leave an ERROR",
                    query.name
                );
            }
        }
    }
}
