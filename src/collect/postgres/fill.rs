//! Records of catalog queries become rows of fact tables: ACLs are numbered, object ids become names.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::decode::{Record, decoded};
use super::expression;
use super::redact::without_literals;
use crate::evidence::Rows;

/// What is known across all databases: role names by object id, and the numbers of ACLs.
#[derive(Default)]
pub(super) struct Names {
    roles: BTreeMap<i64, String>,
    acls: HashMap<(String, &'static str, i64), i64>,
    relations: HashMap<i64, Relation>,
}

/// What a column says of its relation.
#[derive(Clone)]
struct Relation {
    schema: Value,
    name: Value,
    identity: String,
}

impl Names {
    /// Learns the names of roles.
    pub(super) fn learn(&mut self, roles: &[Record]) {
        for role in roles {
            if let (Some(oid), Some(name)) =
                (role.get("oid").and_then(Value::as_i64), role.get("name").and_then(Value::as_str))
            {
                self.roles.insert(oid, name.to_owned());
            }
        }
    }

    /// Whether any role is known.
    pub(super) fn knows_roles(&self) -> bool {
        !self.roles.is_empty()
    }

    fn learn_relation(&mut self, record: &Record) {
        let from = |key: &str| record.get(key).cloned().unwrap_or(Value::Null);
        if let (Some(oid), Some(identity)) = (from("oid").as_i64(), from("identity").as_str()) {
            let relation = Relation { schema: from("schema"), name: from("name"), identity: identity.to_owned() };
            self.relations.insert(oid, relation);
        }
    }

    /// The relations of another database come.
    pub(super) fn forget_relations(&mut self) {
        self.relations.clear();
    }

    /// A role's name; PUBLIC is empty, a role that is gone keeps its number.
    fn role(&self, oid: Option<i64>) -> String {
        match oid {
            None | Some(0) => String::new(),
            Some(oid) => self.roles.get(&oid).cloned().unwrap_or_else(|| oid.to_string()),
        }
    }

    /// The number of an ACL: one for (database, class, key).
    fn acl(&mut self, database: &str, class: &'static str, key: i64) -> i64 {
        let next = self.acls.len() as i64 + 1;
        *self.acls.entry((database.to_owned(), class, key)).or_insert(next)
    }
}

/// The class that an ACL belongs to, from the query's name.
fn class(query: &str) -> &'static str {
    match query.trim_end_matches("_acl") {
        "database" => "database",
        "parameter" => "parameter",
        "schema" => "schema",
        "relation" => "relation",
        "table_column" | "column" => "column",
        "function" => "function",
        "foreign_server" => "foreign_server",
        "large_object" => "large_object",
        _ => "type",
    }
}

/// Rows for the fact that a query is for. `database` is empty for facts of the whole cluster.
pub(super) fn rows(names: &mut Names, query: &'static str, database: &str, records: Vec<Record>) -> Rows {
    if query.ends_with("_acl") {
        return acl_entries(names, query, database, &records);
    }
    let class = class(query);
    let mut rows = Rows::default();
    for mut record in records {
        if let Some(key) = record.remove("acl_key") {
            let number = key.as_i64().map(|key| names.acl(database, class, key));
            record.insert("acl".into(), json!(number));
        }
        if !database.is_empty() {
            record.insert("database".into(), json!(database));
        }
        // by number, and not by a name out of this database: it may keep its names in another encoding
        if let Some(oid) = record.remove("owner_oid") {
            record.insert("owner".into(), json!(names.role(oid.as_i64())));
        }
        match query {
            "relation" => names.learn_relation(&record),
            "table_column" if !column(names, &mut record) => continue,
            "rls_policy" => policy(names, &mut record),
            "table_constraint" | "table_index" => columns_by_name(&mut record),
            "default_privilege" | "catalog_privilege" => resolve_roles(names, &mut record),
            _ => {}
        }
        if rows.columns.is_empty() {
            rows.columns = record.keys().cloned().collect();
        }
        rows.values.push(record.into_iter().map(|(_, value)| value).collect());
    }
    rows
}

fn acl_entries(names: &mut Names, query: &str, database: &str, records: &[Record]) -> Rows {
    let class = class(query);
    let mut rows = Rows::new(&["acl", "grantor", "grantee", "privilege", "grantable", "owner"]);
    for record in records {
        let number = |key: &str| record.get(key).and_then(Value::as_i64);
        let Some(key) = number("acl_key") else { continue };
        rows.values.push(vec![
            json!(names.acl(database, class, key)),
            json!(names.role(number("grantor"))),
            json!(names.role(number("grantee"))),
            record.get("privilege").cloned().unwrap_or(Value::Null),
            record.get("grantable").cloned().unwrap_or(Value::Null),
            record.get("owner").cloned().unwrap_or(Value::Null),
        ]);
    }
    rows
}

/// Gives a column the names of its relation. The relations of a database are read before its columns, in one snapshot;
/// where they could not be read, the column is left out, and the record of the fact says so.
fn column(names: &Names, record: &mut Record) -> bool {
    let relation =
        record.remove("relation_oid").as_ref().and_then(Value::as_i64).and_then(|oid| names.relations.get(&oid));
    let quoted = record.remove("quoted");
    let (Some(relation), Some(quoted)) = (relation, quoted.as_ref().and_then(Value::as_str)) else { return false };
    record.insert("schema".into(), relation.schema.clone());
    record.insert("relation".into(), relation.name.clone());
    record.insert("identity".into(), json!(format!("{}.{quoted}", relation.identity)));
    record.insert("relation_identity".into(), json!(relation.identity));
    true
}

fn policy(names: &Names, record: &mut Record) {
    let oids = record.remove("role_oids");
    let oids = oids.as_ref().and_then(Value::as_str).unwrap_or("");
    let roles: Vec<String> =
        oids.split(',').filter(|o| !o.is_empty()).map(|oid| names.role(oid.parse().ok())).collect();
    record.insert("roles".into(), json!(json!(roles).to_string()));
    let attributes = record.remove("attributes");
    let attributes: BTreeMap<i64, String> = attributes
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or("")
        .split(',')
        .filter_map(|one| one.split_once(' ').and_then(|(number, hex)| Some((number.parse().ok()?, from_hex(hex)?))))
        .collect();
    for side in ["using", "check"] {
        let text = record.get(&format!("{side}_expression")).and_then(Value::as_str).map(without_literals);
        record.insert(format!("{side}_expression"), json!(text));
        let tree = record.remove(&format!("{side}_tree"));
        let found = tree.as_ref().and_then(Value::as_str).and_then(expression::read);
        let missing_ok = |(name, missing_ok): &(String, bool)| json!({"name": name, "missing_ok": missing_ok});
        let known = found.as_ref().map(|found| {
            let name = |number: &i64| attributes.get(number).cloned().unwrap_or_else(|| "*".into());
            (
                found.always,
                found.columns.iter().map(name).collect::<Vec<_>>(),
                (!found.computed_setting).then(|| found.settings.iter().map(missing_ok).collect::<Vec<_>>()),
                &found.rests_on,
                &found.open,
            )
        });
        let list = |value: Option<Value>| json!(value.map(|value| value.to_string()));
        let known = known.as_ref();
        record.insert(format!("{side}_always"), json!(known.map(|k| i64::from(k.0))));
        record.insert(format!("{side}_columns"), list(known.map(|k| json!(k.1))));
        record
            .insert(format!("{side}_settings"), list(known.and_then(|k| k.2.as_ref()).map(|settings| json!(settings))));
        record.insert(format!("{side}_rests_on"), list(known.map(|k| json!(k.3))));
        record.insert(format!("{side}_open"), list(known.map(|k| json!(k.4))));
        record.insert(format!("has_{side}"), json!(i64::from(tree.is_some_and(|tree| !tree.is_null()))));
    }
}

/// Names that travelled as a list in hexadecimal become a JSON array; an expression's place is empty.
fn columns_by_name(record: &mut Record) {
    for key in ["columns", "references_columns"] {
        let Some(hex) = record.remove(&format!("{key}_hex")) else { continue };
        let names = hex.as_str().map(|hex| hex.split(',').filter_map(from_hex).collect::<Vec<_>>());
        record.insert(key.into(), json!(names.map(|names| json!(names).to_string())));
    }
}

fn from_hex(hex: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    Some(decoded(&bytes?))
}

fn resolve_roles(names: &Names, record: &mut Record) {
    for key in ["creator", "grantor", "grantee"] {
        if let Some(oid) = record.get(key).map(Value::as_i64) {
            record.insert(key.into(), json!(names.role(oid)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: Value) -> Record {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn acl_numbers_are_shared_by_objects_and_entries_and_differ_between_databases() {
        let mut names = Names::default();
        names.learn(&[record(json!({"oid": 10, "name": "postgres"}))]);
        let entry =
            json!({"acl_key": 7, "grantor": 10, "grantee": 0, "privilege": "SELECT", "grantable": 0, "owner": 0});
        let entries = rows(&mut names, "relation_acl", "a", vec![record(entry.clone())]);
        assert_eq!(entries.values[0][..4], [json!(1), json!("postgres"), json!(""), json!("SELECT")]);
        let objects = rows(&mut names, "relation", "a", vec![record(json!({"name": "t", "acl_key": 7}))]);
        assert!(objects.values[0].contains(&json!(1)));
        let other = rows(&mut names, "relation_acl", "b", vec![record(entry)]);
        assert_eq!(other.values[0][0], json!(2));
    }
}
