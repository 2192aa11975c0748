//! Scans of a real server as `backupuser`: what the evidence holds, and the rules that keep it true.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pgcomply::collect::postgres::{ScanRequest, scan};
use pgcomply::conninfo::{self, ConnectionSettings};
use pgcomply::evidence::Evidence;
use pgcomply::server::Reference;

fn settings(reference: &Reference, role: &str, database: &str) -> ConnectionSettings {
    let request = conninfo::Request {
        connection: Some(support::connection(reference, role, database)),
        password_file: reference.password_file(role),
        ..conninfo::Request::default()
    };
    conninfo::resolve(&request, &conninfo::Surroundings::default()).unwrap()
}

async fn evidence(reference: &Reference) -> Evidence {
    let mut evidence = Evidence::empty().await.unwrap();
    let settings = settings(reference, "backupuser", "appdb");
    let request =
        ScanRequest { target: "t", settings: &settings, databases: &[], exclude_databases: &[], clock: Utc::now };
    scan(&request, &mut evidence).await.unwrap();
    evidence
}

#[tokio::test]
async fn smoke() {
    for reference in support::references() {
        let mut e = evidence(&reference).await;
        for row in e.fetch("SELECT fact||' '||part||' '||database||' '||status||' '||rows||' '||coalesce(reason,'') FROM collection ORDER BY database, fact").await.unwrap() {
            use sqlx::Row;
            println!("{}", row.get::<String, _>(0));
        }
        std::fs::write("/tmp/x/e.db", e.to_bytes().await.unwrap()).unwrap();
    }
}
