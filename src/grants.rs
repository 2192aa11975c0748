//! What would unlock what a scan could not see: SQL to be read and run by a person, smallest first, and its reverse.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;
use sqlx::Row;

use crate::catalogue::Catalogue;
use crate::evidence::{Evidence, EvidenceError};
use crate::model::text::visible;
use crate::model::{EvidenceRef, Finding, Status};

const TABLE: &str = include_str!("../data/grants.toml");
/// The size of a grant that the table does not have: one catalog or function.
const OTHER: u32 = 1;
/// The scanner that is made where nothing was scanned.
const SCANNER: &str = "pgcomply";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    grant: Vec<Entry>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    names: String,
    size: u32,
    in_database: bool,
    facts: Vec<String>,
    reveals: String,
    sql: Vec<String>,
    undo: Vec<String>,
}

/// One thing to grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlock {
    size: u32,
    /// Where it has to be run; none: in any database.
    pub database: Option<String>,
    /// The statements, in order.
    pub sql: Vec<String>,
    /// The statements that take it back.
    pub undo: Vec<String>,
    /// What else it shows to whoever has the role.
    pub reveals: String,
    /// The checks that could not be assessed without it.
    pub checks: BTreeSet<String>,
}

/// All unlocks of a scan.
#[derive(Clone, Debug, Default)]
pub struct Unlocks {
    /// Smallest first.
    pub lines: Vec<Unlock>,
    /// What no GRANT unlocks, and the checks that wait for it.
    pub others: BTreeMap<String, BTreeSet<String>>,
}

/// Reads the findings that were not assessed, and what they wait for.
///
/// # Errors
/// Where the evidence cannot be read.
pub async fn unlocks(
    evidence: &mut Evidence,
    findings: &[Finding],
    wanted: impl Fn(&Finding) -> bool,
) -> Result<Unlocks, EvidenceError> {
    let server = "SELECT s.scanner_database, coalesce(r.identity, s.scanner_role) FROM server s LEFT JOIN role r ON r.name = s.scanner_role";
    let server = evidence.fetch(server).await?;
    let Some(server) = server.first() else { return Ok(Unlocks::default()) };
    let (home, role): (String, String) = (server.try_get(0)?, server.try_get(1)?);
    let table = table()?;
    let mut found: BTreeMap<(String, Option<String>), Unlock> = BTreeMap::new();
    let mut others: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.status == Status::NotAssessed && wanted(f)) {
        for (unlock, database) in waits_for(evidence, finding).await? {
            let Some(line) = line(&table, &unlock, &role, database.as_deref().unwrap_or(&home)) else {
                others.entry(unlock).or_default().insert(finding.check.clone());
                continue;
            };
            let key = (line.sql.join("\n"), line.database.clone());
            found.entry(key).or_insert(line).checks.insert(finding.check.clone());
        }
    }
    let mut lines: Vec<Unlock> = found.into_values().collect();
    lines.sort();
    Ok(Unlocks { lines, others })
}

/// What the scanner's role has been granted already, as far as the scan made use of it, beside what it still waits for:
/// for taking it back.
///
/// # Errors
/// Where the evidence cannot be read.
pub async fn granted(
    evidence: &mut Evidence,
    findings: &[Finding],
    unlocks: &mut Unlocks,
) -> Result<(), EvidenceError> {
    let server = "SELECT s.scanner_database, r.identity FROM server s JOIN role r ON r.name = s.scanner_role AND r.superuser = 0";
    let server = evidence.fetch(server).await?;
    let Some(server) = server.first() else { return Ok(()) };
    let (home, role): (String, String) = (server.try_get(0)?, server.try_get(1)?);
    for entry in table()? {
        let held = if entry.in_database {
            format!("SELECT 1 FROM statement WHERE instr(sql, '{}') > 0", entry.names)
        } else {
            format!(
                "SELECT 1 FROM membership m JOIN server s ON s.scanner_role = m.member WHERE m.role = '{}'",
                entry.names
            )
        };
        if evidence.fetch(&held).await?.is_empty() {
            continue;
        }
        let mut line = entry.line(&role, &home);
        let rests = |f: &&Finding| f.evidence.iter().any(|e| entry.facts.contains(&e.fact));
        line.checks = findings.iter().filter(rests).map(|f| f.check.clone()).collect();
        unlocks.lines.retain(|known| known.sql != line.sql);
        unlocks.lines.push(line);
    }
    unlocks.lines.sort();
    Ok(())
}

/// What can be granted, and the needs that it completes, as checks name them.
///
/// # Errors
/// Where the table that comes with the program cannot be read.
pub fn completes() -> Result<Vec<(String, Vec<String>)>, EvidenceError> {
    Ok(table()?.into_iter().map(|entry| (entry.names, entry.facts)).collect())
}

/// What a finding names itself, and what the records of its facts name.
async fn waits_for(
    evidence: &mut Evidence,
    finding: &Finding,
) -> Result<BTreeSet<(String, Option<String>)>, EvidenceError> {
    let mut all = BTreeSet::new();
    for part in finding.evidence.iter().filter(|e| e.status != "complete") {
        if let Some(unlock) = of_part(evidence, part).await? {
            all.insert((unlock, part.database.clone()));
        }
    }
    let own = finding.reason.as_ref().and_then(|r| r.unlock.clone());
    if let Some(own) = own.filter(|own| !all.iter().any(|(known, _)| known == own)) {
        all.insert((own, None));
    }
    Ok(all)
}

async fn of_part(evidence: &mut Evidence, part: &EvidenceRef) -> Result<Option<String>, EvidenceError> {
    let literal = |text: &str| text.replace('\'', "''");
    let (fact, name) = part.fact.split_once(':').unwrap_or((&part.fact, "*"));
    let sql = format!(
        "SELECT unlock FROM collection WHERE fact = '{}' AND part = '{}' AND database = '{}' AND unlock IS NOT NULL",
        literal(fact),
        literal(name),
        literal(part.database.as_deref().unwrap_or(""))
    );
    let rows = evidence.fetch(&sql).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

fn table() -> Result<Vec<Entry>, EvidenceError> {
    let read: Result<Table, _> = toml::from_str(TABLE);
    read.map(|t| t.grant).map_err(|e| EvidenceError::Embedded(format!("data/grants.toml: {e}")))
}

/// The entry of the table, or a GRANT as the scan wrote it; none where it is no GRANT.
fn line(table: &[Entry], unlock: &str, role: &str, database: &str) -> Option<Unlock> {
    if let Some(entry) = table.iter().find(|e| unlock.contains(&e.names)) {
        return Some(entry.line(role, database));
    }
    let granted = unlock.strip_prefix("GRANT ")?;
    let what = granted.strip_suffix(&format!(" TO {role};"))?;
    let object = what.rsplit_once(" ON ").map(|(_, object)| object.trim_start_matches("FUNCTION "));
    Some(Unlock {
        size: OTHER,
        database: object.map(|_| database.to_owned()),
        sql: vec![format!("GRANT {what} TO {role};")],
        undo: vec![format!("REVOKE {what} FROM {role};")],
        reveals: format!("all that {} shows", object.unwrap_or(what)),
        checks: BTreeSet::new(),
    })
}

impl Entry {
    fn line(&self, role: &str, database: &str) -> Unlock {
        let filled = |all: &[String]| all.iter().map(|sql| sql.trim().replace("{role}", role)).collect();
        Unlock {
            size: self.size,
            database: self.in_database.then(|| database.to_owned()),
            sql: filled(&self.sql),
            undo: filled(&self.undo),
            reveals: self.reveals.clone(),
            checks: BTreeSet::new(),
        }
    }
}

/// The script for a person: with what each line unlocks and shows, or the reverse.
#[must_use]
pub fn script(unlocks: &Unlocks, undo: bool) -> String {
    let mut text = String::from(
        "-- Nothing of this was run. Read it, take what you can answer for, and run it as a superuser with psql.\n",
    );
    if undo {
        text.push_str(
            "-- It takes back what the role was granted, and what `pgcomply grants` prints for the same scan.\n",
        );
    }
    let mut here: Option<&str> = None;
    let lines: Vec<&Unlock> = if undo { unlocks.lines.iter().rev().collect() } else { unlocks.lines.iter().collect() };
    for line in &lines {
        let _ = writeln!(text, "\n-- unlocks {}", list(&line.checks));
        if !undo {
            let _ = writeln!(text, "-- also shows {}", line.reveals);
        }
        if let Some(database) = line.database.as_deref().filter(|database| here != Some(database)) {
            text.push_str(&connect(database));
            here = Some(database);
        }
        for sql in if undo { &line.undo } else { &line.sql } {
            let _ = writeln!(text, "{sql}");
        }
    }
    if lines.is_empty() {
        text.push_str("\n-- There is nothing that a GRANT would unlock.\n");
    }
    if !undo && !unlocks.others.is_empty() {
        text.push_str("\n-- No GRANT unlocks these:\n");
        for (unlock, checks) in &unlocks.others {
            let _ = writeln!(text, "--   {}: {}", list(checks), visible(unlock));
        }
    }
    text
}

fn list(checks: &BTreeSet<String>) -> String {
    checks.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// psql's own command; it takes no name with a line break, which would end it and begin another.
fn connect(database: &str) -> String {
    if database.chars().any(char::is_control) {
        return format!("-- connect to the database {} before you run this\n", visible(database));
    }
    format!("\\connect \"{}\"\n", database.replace('"', "\"\""))
}

/// The script where nothing was scanned: a role for the scanner, and all that can be granted to it, switched off.
///
/// # Errors
/// Where the table that comes with the program cannot be read.
pub fn starter(catalogue: &Catalogue, undo: bool) -> Result<String, EvidenceError> {
    let table = table()?;
    if undo {
        return Ok(format!(
            "-- Nothing of this was run. In every database that the role was granted something in:\n\
             DROP OWNED BY {SCANNER};\n-- and then, once:\nDROP ROLE {SCANNER};\n"
        ));
    }
    let mut text = format!(
        "-- Nothing of this was run. A role that can look and nothing else; give it a password with \\password {SCANNER}.\n\
         CREATE ROLE {SCANNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;\n\
         ALTER ROLE {SCANNER} SET default_transaction_read_only = on;\n\
         -- for each database that is to be looked into (PUBLIC may have it already):\n\
         -- GRANT CONNECT ON DATABASE appdb TO {SCANNER};\n\
         \n\
         -- That is enough to scan. What follows shows more, smallest first; `pgcomply grants URL` says what is missing on a server.\n"
    );
    let mut entries = table;
    entries.sort_by(|a, b| (a.size, &a.names).cmp(&(b.size, &b.names)));
    for entry in &entries {
        let needs = |fact: &String| entry.facts.contains(fact);
        let waiting = catalogue.checks.iter().filter(|c| c.needs.iter().any(|n| needs(&n.to_string())));
        let checks: BTreeSet<String> = waiting.map(|c| c.id.clone()).collect();
        if checks.is_empty() {
            continue;
        }
        let place = if entry.in_database { ", in the database that the scan connects to" } else { "" };
        let _ = writeln!(text, "\n-- unlocks {}{place}\n-- also shows {}", list(&checks), entry.reveals);
        for sql in entry.line(SCANNER, "").sql {
            for row in sql.lines() {
                let _ = writeln!(text, "-- {row}");
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_taken_back_and_says_what_it_shows() {
        for entry in table().unwrap() {
            assert!(entry.sql.iter().chain(&entry.undo).all(|sql| sql.trim_end().ends_with(';')), "{}", entry.names);
            assert!(entry.sql.iter().any(|sql| sql.contains("{role}")), "{}", entry.names);
            assert!(!entry.undo.is_empty() && entry.reveals.len() > 20 && !entry.facts.is_empty(), "{}", entry.names);
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_granted_as_the_scan_wrote_it() {
        let odd = line(&[], "GRANT SELECT ON pg_catalog.pg_policy TO \"a TO b\";", "\"a TO b\"", "appdb").unwrap();
        assert_eq!(odd.undo, ["REVOKE SELECT ON pg_catalog.pg_policy FROM \"a TO b\";"]);
        let found = line(&[], "GRANT SELECT ON pg_catalog.pg_policy TO backupuser;", "backupuser", "appdb").unwrap();
        assert_eq!(found.sql, ["GRANT SELECT ON pg_catalog.pg_policy TO backupuser;"]);
        assert_eq!(found.undo, ["REVOKE SELECT ON pg_catalog.pg_policy FROM backupuser;"]);
        assert_eq!(found.database.as_deref(), Some("appdb"));
        assert!(line(&[], "sslmode=verify-full", "backupuser", "appdb").is_none());
    }

    #[test]
    fn a_database_s_name_cannot_add_a_line() {
        assert_eq!(connect("odd \"name\""), "\\connect \"odd \"\"name\"\"\"\n");
        assert_eq!(connect("a\n\\! rm").lines().count(), 1);
    }
}
