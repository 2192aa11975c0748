//! The fourth law: a fact that turns NULL never turns a failure into a pass, nor anything into "nothing to look at".

use pgcomply::catalogue::Check;
use pgcomply::evidence::Evidence;
use pgcomply::model::Status;
use sqlx::Row;

use super::evidence::{Change, again, block_on, catalogue, policy};
use super::facts::{nullable, tables};
use super::world::{World, say, worlds};

/// How many values of a column are taken away one by one.
const GROUPS: usize = 12;

/// Columns whose NULL says something of its own (of no extension), so that setting it is another fact.
const A_VALUE: [(&str, &str); 1] = [("relation", "extension")];

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
    let tables = tables(&mut evidence, &check.query).await;
    for table in tables.into_iter().filter(|t| t != "collection" && t != "scan") {
        for column in nullable(&mut evidence, &table).await {
            for rows in groups(&mut evidence, &check.query, &table, &column).await {
                tried += 1;
                let sql = format!("UPDATE {table} SET {column} = NULL{rows}");
                let found = again(bytes, world.now, policy(), check, Change { facts: "", read: &sql }).await;
                let a_value = A_VALUE.contains(&(table.as_str(), column.as_str()));
                if never(before, found.status, a_value) {
                    let (was, is) = (before.as_str(), found.status.as_str());
                    let at = format!("{} {}: {table}.{column} NULL{rows}", world.major, check.id);
                    wrong.push(format!("{at}: {was} became {is}: {}", found.message));
                }
            }
        }
    }
    (tried, wrong)
}

/// What a NULL must not do: hide a failure, make one up, or break the check.
fn never(before: Status, after: Status, a_value: bool) -> bool {
    match after {
        Status::Error | Status::NotApplicable => true,
        Status::Pass => before == Status::Fail,
        Status::Fail => before == Status::Pass && !a_value,
        _ => false,
    }
}

/// Which rows to change: all, and those of each value, so that what is known stands beside what is not. Of settings,
/// those that the query names.
async fn groups(evidence: &mut Evidence, query: &str, table: &str, column: &str) -> Vec<String> {
    let named = match table {
        "setting" | "setting_override" => format!("AND instr('{}', name) > 0", query.replace('\'', "''")),
        _ => String::new(),
    };
    let sql = format!("SELECT DISTINCT quote({column}) FROM {table} WHERE {column} IS NOT NULL {named} LIMIT {GROUPS}");
    let values = evidence.fetch(&sql).await.unwrap();
    let each = values.iter().map(|row| format!(" WHERE {column} = {} {named}", row.get::<String, _>(0)));
    std::iter::once(String::new()).chain(each).collect()
}
