//! What is known of PostgreSQL's releases: ends of life, and which minor versions carry security fixes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use toml::value::Datetime;

use crate::evidence::{Evidence, EvidenceError, Rows};

const TEXT: &str = include_str!("../../data/postgresql-releases.toml");
/// How old the table may be for something to pass by it.
const FRESH_DAYS: i64 = 180;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    as_of: Datetime,
    major: Vec<Major>,
    release: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Major {
    major: i64,
    end_of_life: Datetime,
    newest: i64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    released: Datetime,
    source: String,
    minors: BTreeMap<String, i64>,
    fixes: Vec<String>,
}

fn read() -> Result<Releases, EvidenceError> {
    toml::from_str(TEXT).map_err(|e| EvidenceError::Embedded(format!("data/postgresql-releases.toml: {e}")))
}

/// Writes `known_major` and `security_release` anew, as old as they are at `now`.
pub(super) async fn apply(evidence: &mut Evidence, now: DateTime<Utc>) -> Result<(), EvidenceError> {
    let releases = read()?;
    let as_of = releases.as_of.to_string();
    let day = NaiveDate::parse_from_str(&as_of, "%Y-%m-%d");
    let stale = day.is_ok_and(|day| now.date_naive() - day > TimeDelta::days(FRESH_DAYS));
    let mut majors = Rows::new(&["major", "end_of_life", "newest", "as_of", "stale", "source"]);
    for m in releases.major {
        let ends = m.end_of_life.to_string();
        majors.values.push(vec![
            json!(m.major),
            json!(ends),
            json!(m.newest),
            json!(as_of),
            json!(i64::from(stale)),
            json!(m.source),
        ]);
    }
    let mut fixes = Rows::new(&["major", "minor", "released", "fixes", "source"]);
    for r in releases.release {
        for (major, minor) in r.minors {
            fixes.values.push(vec![
                json!(major.parse::<i64>().unwrap_or(0)),
                json!(minor),
                json!(r.released.to_string()),
                json!(r.fixes.join(" ")),
                json!(r.source),
            ]);
        }
    }
    evidence.execute("DELETE FROM known_major; DELETE FROM security_release").await?;
    evidence.insert("known_major", &majors).await?;
    evidence.insert("security_release", &fixes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        let releases = read().unwrap();
        let newest: BTreeMap<i64, i64> = releases.major.iter().map(|m| (m.major, m.newest)).collect();
        assert_eq!(newest.len(), releases.major.len(), "a major twice");
        let as_of = releases.as_of.to_string();
        for row in &releases.major {
            assert!(row.source.starts_with("https://www.postgresql.org/"), "{}", row.source);
        }
        for release in &releases.release {
            assert!(release.source.starts_with("https://www.postgresql.org/"), "{}", release.source);
            assert!(release.released.to_string() <= as_of, "{} lies after {as_of}", release.released);
            assert!(!release.fixes.is_empty() && release.fixes.iter().all(|f| f.starts_with("CVE-20")));
            for (major, minor) in &release.minors {
                let known = newest.get(&major.parse().unwrap());
                assert!(known.is_none_or(|newest| newest >= minor), "{major}.{minor} is newer than the newest");
            }
        }
    }
}
