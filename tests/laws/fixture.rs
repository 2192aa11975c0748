//! The fault fixtures: one for each check, read with their headers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pgcomply::model::Status;
use serde::Deserialize;

/// Where a fault is made.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// By the superuser's SQL.
    Sql,
    /// In lines of `postgresql.conf`, read again.
    Reload,
    /// In lines of `postgresql.conf` that the server starts with.
    Restart,
    /// When the cluster is made: `checksums = off`, and further lines of `postgresql.conf`.
    Initdb,
    /// In the evidence: what no server can be brought to show.
    Evidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    level: Level,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    also_on: Vec<AlsoOn>,
    #[serde(default)]
    becomes: BTreeMap<String, Status>,
    #[serde(rename = "because")]
    _because: Option<String>,
    database: Option<String>,
    since: Option<u16>,
    until: Option<u16>,
}

/// Checks that a fault turns red on some majors only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlsoOn {
    since: Option<u16>,
    until: Option<u16>,
    pub(crate) checks: Vec<String>,
}

fn within(major: u16, since: Option<u16>, until: Option<u16>) -> bool {
    since.is_none_or(|since| major >= since) && until.is_none_or(|until| major <= until)
}

/// One fault.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    /// The check that it is for.
    pub(crate) check: String,
    pub(crate) level: Level,
    /// Other checks that it has to turn red.
    pub(crate) also: Vec<String>,
    /// More of them, on some majors.
    pub(crate) also_on: Vec<AlsoOn>,
    /// What other checks come to that do not turn red, and do not stay as they were either.
    pub(crate) becomes: BTreeMap<String, Status>,
    pub(crate) database: String,
    pub(crate) since: Option<u16>,
    pub(crate) until: Option<u16>,
    /// SQL, or lines of `postgresql.conf`.
    pub(crate) body: String,
}

impl Fixture {
    /// Whether the fault exists on a major.
    pub(crate) fn exists(&self, major: u16) -> bool {
        within(major, self.since, self.until)
    }

    /// The other checks that it has to turn red on a major.
    pub(crate) fn also(&self, major: u16) -> impl Iterator<Item = &String> {
        let more = self.also_on.iter().filter(move |on| within(major, on.since, on.until));
        self.also.iter().chain(more.flat_map(|on| &on.checks))
    }
}

/// All of them, by check.
pub(crate) fn all() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/faults");
    let areas = sorted(&folder);
    areas.iter().flat_map(|area| sorted(area)).map(|file| read(&folder, &file)).collect()
}

/// SQL over the reference's evidence under which a check passes that the reference cannot show passing, by check.
pub(crate) fn passes() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/passes");
    let files = sorted(&folder).into_iter().flat_map(|area| sorted(&area));
    let read = |file: PathBuf| {
        let check = file.strip_prefix(&folder).unwrap().with_extension("").display().to_string();
        (check, fs::read_to_string(&file).unwrap())
    };
    files.map(read).collect()
}

/// What a deployment may have beside the reference, and be right: SQL for appdb.
pub(crate) fn safe() -> Vec<&'static str> {
    vec![include_str!("../../fixtures/safe/rls.sql")]
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn read(folder: &Path, file: &Path) -> Fixture {
    let name = file.strip_prefix(folder).unwrap().display().to_string();
    let text = fs::read_to_string(file).unwrap();
    let parts = text.strip_prefix("/*").and_then(|rest| rest.split_once("*/"));
    let (header, body) = parts.unwrap_or_else(|| panic!("fixtures/faults/{name}: no header"));
    let header: Header = toml::from_str(header).unwrap_or_else(|e| panic!("fixtures/faults/{name}: {e}"));
    Fixture {
        check: name.strip_suffix(".sql").unwrap_or_else(|| panic!("fixtures/faults/{name}: not .sql")).to_owned(),
        level: header.level,
        also: header.also,
        also_on: header.also_on,
        becomes: header.becomes,
        database: header.database.unwrap_or_else(|| "appdb".to_owned()),
        since: header.since,
        until: header.until,
        body: body.trim().to_owned(),
    }
}
