//! The fourth law: a fact that turns NULL never turns a failure into a pass, nor anything into "nothing to look at".

use pgcomply::catalogue::Check;
use pgcomply::evidence::Evidence;
use pgcomply::model::{Status, Verdict};
use sqlx::Row;

use super::evidence::{Change, again, block_on, catalogue, policy};
use super::facts::{nullable, tables};
use super::world::{World, say, worlds};

/// How many values of a column are taken away one by one.
const GROUPS: usize = 12;

/// Columns that name a subject.
const KEYS: [&str; 4] = ["identity", "name", "relation_identity", "role_identity"];

/// Columns whose NULL says something of its own (of no extension, no privilege on a column), so that setting it is another fact.
const A_VALUE: [(&str, &str); 2] = [("relation", "extension"), ("table_column", "acl")];

#[test]
fn a_fact_that_is_null_never_turns_a_failure_into_a_pass() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for world in worlds() {
        for check in catalogue().checks.iter().filter(|c| !c.manual) {
            for (before, bytes) in [(Status::Pass, world.passing(check)), (Status::Fail, world.failing(check))] {
                let Some(bytes) = bytes else { continue };
                let found = block_on(with_nulls(world, check, bytes, before));
                tried += found.0;
                wrong.extend(found.1);
            }
        }
    }
    say(&format!("{tried} columns were NULL"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn with_nulls(world: &World, check: &Check, bytes: &[u8], before: Status) -> (usize, Vec<String>) {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let (mut tried, mut wrong) = (0, Vec::new());
    let whole = again(bytes, world.now, policy(), check, Change::default()).await;
    let failing = whole.observations.iter().find(|o| o.verdict == Verdict::Fail).map(|o| o.subject.as_str());
    let tables = tables(&mut evidence, &check.query).await;
    for table in tables.into_iter().filter(|t| t != "collection" && t != "scan") {
        let table = Table::of(&mut evidence, &table, &check.query, failing).await;
        for column in &table.nullable {
            for rows in table.groups(&mut evidence, column).await {
                tried += 1;
                let sql = format!("UPDATE {} SET {column} = NULL{rows}", table.name);
                let found = again(bytes, world.now, policy(), check, Change { facts: "", read: &sql }).await;
                let a_value = A_VALUE.contains(&(table.name.as_str(), column.as_str()));
                if never(before, found.status, a_value) {
                    let (was, is) = (before.as_str(), found.status.as_str());
                    wrong.push(format!("{} {}: {sql}: {was} became {is}: {}", world.major, check.id, found.message));
                }
            }
        }
    }
    (tried, wrong)
}

/// What a NULL must not do: hide a failure, make one up, or break the check.
fn never(before: Status, after: Status, a_value: bool) -> bool {
    match after {
        Status::Error => true,
        Status::NotApplicable => !a_value,
        Status::Pass => before == Status::Fail,
        Status::Fail => before == Status::Pass && !a_value,
        _ => false,
    }
}

/// A table that a check reads.
struct Table {
    name: String,
    nullable: Vec<String>,
    /// The rows of the failing subject, if it has some here.
    failing: Option<String>,
    /// Of settings, those that the query names.
    among: String,
}

impl Table {
    async fn of(evidence: &mut Evidence, name: &str, query: &str, subject: Option<&str>) -> Self {
        let nullable = nullable(evidence, name).await;
        let columns = texts(evidence, &format!("SELECT name FROM pragma_table_info('{name}')")).await;
        let mut among = String::new();
        if name.starts_with("setting") {
            let named = texts(evidence, &format!("SELECT DISTINCT quote(name) FROM {name}")).await;
            let named: Vec<String> = named.into_iter().filter(|name| query.contains(name.trim_matches('\''))).collect();
            among = format!(" AND name IN ({})", named.join(", "));
        }
        let mut failing = None;
        for key in KEYS.into_iter().filter(|key| columns.iter().any(|c| c == key)) {
            let rows = format!(" WHERE {key} = '{}'", subject.unwrap_or_default().replace('\'', "''"));
            if !texts(evidence, &format!("SELECT 'x' FROM {name}{rows}")).await.is_empty() {
                failing = Some(rows);
            }
        }
        Self { name: name.to_owned(), nullable, failing, among }
    }

    /// Which rows to change: all, those of each value, and those of the failing subject, so that what is known stands
    /// beside what is not.
    async fn groups(&self, evidence: &mut Evidence, column: &str) -> Vec<String> {
        let Self { name, among, .. } = self;
        let sql =
            format!("SELECT DISTINCT quote({column}) FROM {name} WHERE {column} IS NOT NULL{among} LIMIT {GROUPS}");
        let values = texts(evidence, &sql).await;
        let each = values.iter().map(|value| format!(" WHERE {column} = {value}{among}"));
        std::iter::once(String::new()).chain(each).chain(self.failing.clone()).collect()
    }
}

async fn texts(evidence: &mut Evidence, sql: &str) -> Vec<String> {
    evidence.fetch(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}
