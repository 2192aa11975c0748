//! The sixth law: the same evidence gives the same report, whatever order its rows are in.

use pgcomply::audit::{Judgement, judge};
use pgcomply::evidence::Evidence;
use sqlx::Row;

use super::evidence::{Change, again, block_on, catalogue, policy};
use super::world::{World, worlds};

#[test]
fn the_same_evidence_gives_the_same_report() {
    for world in worlds() {
        for seen in [&world.backupuser, &world.superuser] {
            let first = block_on(report(world, &seen.bytes));
            assert_eq!(first, block_on(report(world, &seen.bytes)), "PostgreSQL {}", world.major);
            let reversed = block_on(reversed(&seen.bytes));
            assert_eq!(first, block_on(report(world, &reversed)), "PostgreSQL {}, rows reversed", world.major);
        }
    }
}

#[test]
fn failures_do_not_depend_on_the_order_of_rows() {
    let mut wrong = Vec::new();
    for world in worlds() {
        for check in &catalogue().checks {
            let Some(bytes) = world.failing(check) else { continue };
            let (one, other) = block_on(async {
                let reversed = reversed(bytes).await;
                let one = again(bytes, world.now, policy(), check, Change::default()).await;
                (one, again(&reversed, world.now, policy(), check, Change::default()).await)
            });
            if serde_json::to_string(&one).unwrap() != serde_json::to_string(&other).unwrap() {
                wrong.push(format!("{} {}: {one:?}\n  reversed: {other:?}", world.major, check.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn report(world: &World, bytes: &[u8]) -> String {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let judgement = Judgement {
        catalogue: catalogue(),
        selected: &|_| true,
        frameworks: &[],
        policy: policy(),
        now: world.now,
        max_observations: 1000,
    };
    serde_json::to_string_pretty(&judge(&mut evidence, &judgement).await.unwrap()).unwrap()
}

/// The same rows, put in again from the last to the first.
async fn reversed(bytes: &[u8]) -> Vec<u8> {
    let mut evidence = Evidence::from_bytes(bytes).await.unwrap();
    let sql = "SELECT name FROM pragma_table_list WHERE type = 'table' AND wr = 0 AND name NOT LIKE 'sqlite_%'";
    let tables: Vec<String> = evidence.fetch(sql).await.unwrap().iter().map(|row| row.get(0)).collect();
    for table in tables {
        let again = format!(
            "CREATE TEMP TABLE turned AS SELECT * FROM main.{table} ORDER BY rowid DESC; DELETE FROM main.{table};
             INSERT INTO main.{table} SELECT * FROM turned ORDER BY rowid; DROP TABLE turned"
        );
        evidence.execute(&again).await.unwrap();
    }
    evidence.to_bytes().await.unwrap()
}
