//! Loading: every check file becomes a check, or is refused with file, line and reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::check::{Check, Need};
use super::framework::Frameworks;
use super::{header, setting_form};
use crate::evidence::{Evidence, EvidenceError};
use crate::model::text::{hex, nearest};
use crate::policy::find_key;

static CHECKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/checks");

const REQUIRED: [&str; 5] = ["subject", "kind", "ok", "observed", "expected"];
const OPTIONAL: [&str; 5] = ["database", "accepted", "manual", "unknown_kind", "unlock"];
/// Facts that are derived, and so have no table of their own name that a collector fills.
const DERIVED: [&str; 1] = ["privilege"];

/// Why a check, measure or framework was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A check file.
    #[error("check {file}, line {line}: {message}")]
    Check {
        /// Which file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A measure or framework.
    #[error("{0}")]
    Framework(String),
    /// A folder of checks that cannot be read, or is empty.
    #[error("checks {path}: {message}")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// SQLite refused.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

/// Everything that we know.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// By id.
    pub checks: Vec<Check>,
    /// What they are evidence for.
    pub frameworks: Frameworks,
    /// SHA-256 over all files, in order.
    pub sha256: String,
}

struct Source {
    id: String,
    file: String,
    text: String,
    origin: String,
}

impl Catalogue {
    /// Loads the embedded checks, and a user's own beside them.
    ///
    /// # Errors
    /// On the first file that is wrong.
    pub async fn load(extra: &[PathBuf]) -> Result<Self, CatalogueError> {
        let mut sources = embedded();
        for folder in extra {
            sources.extend(folder_sources(folder)?);
        }
        sources.sort_by(|a, b| a.id.cmp(&b.id));
        let mut digest = Sha256::new();
        for (name, bytes) in Frameworks::sources() {
            digest.update(name.as_bytes());
            digest.update(bytes);
        }
        let frameworks = Frameworks::load().map_err(CatalogueError::Framework)?;
        let mut loader = Loader::new().await?;
        let mut checks: Vec<Check> = Vec::new();
        for source in &sources {
            digest.update(source.id.as_bytes());
            digest.update(source.text.as_bytes());
            if checks.last().is_some_and(|c| c.id == source.id) {
                return Err(wrong(source, 1, format!("there is a check {} already", source.id)));
            }
            checks.push(loader.check(source, &frameworks).await?);
        }
        witnesses(&checks, &sources)?;
        Ok(Catalogue { checks, frameworks, sha256: hex(&digest.finalize()) })
    }

    /// Loads the checks of a folder one by one, each with what is wrong with it.
    ///
    /// # Errors
    /// Where the folder cannot be read, or is empty.
    pub async fn load_each(folder: &Path) -> Result<Vec<(String, Result<Check, CatalogueError>)>, CatalogueError> {
        let frameworks = Frameworks::load().map_err(CatalogueError::Framework)?;
        let mut loader = Loader::new().await?;
        let mut sources = folder_sources(folder)?;
        sources.sort_by(|a, b| a.id.cmp(&b.id));
        let mut loaded = Vec::new();
        for source in &sources {
            loaded.push((source.id.clone(), loader.check(source, &frameworks).await));
        }
        Ok(loaded)
    }

    /// A catalogue of one check, to run it alone.
    ///
    /// # Errors
    /// Where the frameworks do not load: a defect of ours.
    pub fn of_one(check: Check) -> Result<Self, CatalogueError> {
        let frameworks = Frameworks::load().map_err(CatalogueError::Framework)?;
        Ok(Catalogue { checks: vec![check], frameworks, sha256: String::new() })
    }

    /// The check of that id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|c| c.id == id)
    }
}

fn embedded() -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in CHECKS.dirs() {
        for file in folder.files() {
            let path = file.path().display().to_string();
            if let (Some(id), Some(text)) = (path.strip_suffix(".sql"), file.contents_utf8()) {
                let file = format!("checks/{path}");
                sources.push(Source { id: id.into(), file, text: text.into(), origin: "builtin".into() });
            }
        }
    }
    sources
}

/// The check files of a user's folder: `AREA/SLUG.sql`.
fn folder_sources(folder: &Path) -> Result<Vec<Source>, CatalogueError> {
    let fault = |message: String| CatalogueError::Folder { path: folder.to_owned(), message };
    let mut sources = Vec::new();
    for area in std::fs::read_dir(folder).map_err(|e| fault(e.to_string()))? {
        let area = area.map_err(|e| fault(e.to_string()))?.path();
        if !area.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&area).map_err(|e| fault(e.to_string()))? {
            let file = file.map_err(|e| fault(e.to_string()))?.path();
            // a stem with a dot is a fixture of a check: SLUG.pass.sql, SLUG.fail.sql
            let own = file.file_stem().is_some_and(|stem| !stem.to_string_lossy().contains('.'));
            if own && file.extension().is_some_and(|e| e == "sql") {
                let text = std::fs::read_to_string(&file).map_err(|e| fault(format!("{}: {e}", file.display())))?;
                let relative = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
                sources.push(Source {
                    id: relative.display().to_string(),
                    file: file.display().to_string(),
                    text,
                    origin: folder.display().to_string(),
                });
            }
        }
    }
    if sources.is_empty() {
        return Err(fault("no check in it; a check is a file AREA/SLUG.sql".into()));
    }
    Ok(sources)
}

fn wrong(source: &Source, line: usize, message: String) -> CatalogueError {
    CatalogueError::Check { file: source.file.clone(), line, message }
}

/// A witness has to exist, or the gate would wait for it for ever.
fn witnesses(checks: &[Check], sources: &[Source]) -> Result<(), CatalogueError> {
    for (check, source) in checks.iter().zip(sources) {
        let Some(witness) = &check.witness else { continue };
        if !checks.iter().any(|c| c.id == *witness) {
            return Err(wrong(source, 1, format!("the witness {witness} is no check")));
        }
    }
    Ok(())
}

/// What is needed to prove a check: empty evidence to prepare its query on, and the names of its facts.
struct Loader {
    evidence: Evidence,
    facts: BTreeSet<String>,
}

impl Loader {
    async fn new() -> Result<Self, CatalogueError> {
        use sqlx::Row;
        let mut evidence = Evidence::empty().await?;
        let rows = evidence.fetch("SELECT name FROM sqlite_schema WHERE type = 'table'").await?;
        let mut facts: BTreeSet<String> = rows.iter().filter_map(|r| r.try_get(0).ok()).collect();
        facts.extend(DERIVED.map(str::to_owned));
        Ok(Loader { evidence, facts })
    }

    async fn check(&mut self, source: &Source, frameworks: &Frameworks) -> Result<Check, CatalogueError> {
        let parts = header::split(&source.text).map_err(|(line, m)| wrong(source, line, m))?;
        let mut header = header::parse(&parts).map_err(|(line, m)| wrong(source, line, m))?;
        let at_header = |message| wrong(source, parts.header_line, message);
        if frameworks.measure(&header.measure).is_none() {
            let near = nearest(&header.measure, frameworks.measures.iter().map(|m| m.id.as_str()));
            return Err(at_header(unknown("measure", &header.measure, near)));
        }
        let mut query = parts.query.to_owned();
        if let Some(form) = &header.setting {
            if !query.is_empty() || header.manual {
                return Err(at_header("a check with [setting] has no query of its own".into()));
            }
            let expanded = setting_form::expand(form).map_err(at_header)?;
            query = expanded.query;
            header.needs.extend(expanded.needs);
            header.params.extend(expanded.params);
            header.when_empty = header.when_empty.take().or_else(|| form.absent.clone());
        }
        let needs: Vec<Need> = header.needs.iter().map(|n| Need::parse(n)).collect();
        self.names(&needs, &header.params).map_err(at_header)?;
        let columns = match header.manual {
            true if query.is_empty() => Vec::new(),
            true => return Err(at_header("a manual check has no query".into())),
            false => self.columns(&query).await.map_err(|m| wrong(source, parts.query_line, m))?,
        };
        if header.listed && (header.manual || header.when_empty.is_none()) {
            return Err(at_header("a listed check has a query, and when_empty says what no row means".into()));
        }
        if needs.is_empty() && !header.manual {
            return Err(at_header("needs is empty: name the facts that the verdict rests on".into()));
        }
        Ok(Check {
            id: source.id.clone(),
            title: header.title,
            severity: header.severity,
            measure: header.measure,
            needs,
            params: header.params,
            rationale: header.rationale,
            remediation: header.remediation,
            fix: header.fix,
            guide: header.guide,
            references: header.references,
            since: header.since,
            until: header.until,
            when_empty: header.when_empty,
            witness: header.witness,
            manual: header.manual,
            listed: header.listed,
            query,
            columns,
            origin: source.origin.clone(),
        })
    }

    fn names(&self, needs: &[Need], params: &[String]) -> Result<(), String> {
        for need in needs {
            match need {
                Need::Fact(fact) | Need::Part(fact, _) if !self.facts.contains(fact) => {
                    return Err(unknown("fact", fact, nearest(fact, self.facts.iter().map(String::as_str))));
                }
                Need::Policy(key) if find_key(key).is_none() => return Err(unknown("policy key", key, None)),
                _ => {}
            }
        }
        match params.iter().find(|key| find_key(key).is_none()) {
            Some(key) => Err(unknown("policy key", key, None)),
            None => Ok(()),
        }
    }

    async fn columns(&mut self, query: &str) -> Result<Vec<String>, String> {
        if query.is_empty() {
            return Err("there is no query after the header".into());
        }
        let columns = self.evidence.columns_of(&wrapped(query)).await.map_err(|e| e.to_string())?;
        for name in REQUIRED {
            if !columns.iter().any(|c| c == name) {
                return Err(format!("the query has no column {name}"));
            }
        }
        match columns.iter().find(|c| !REQUIRED.contains(&c.as_str()) && !OPTIONAL.contains(&c.as_str())) {
            Some(column) => Err(format!("the query has a column {column}, which means nothing here")),
            None => Ok(columns),
        }
    }
}

/// A check's query as the loader and the evaluator run it: one statement, as a subquery.
#[must_use]
pub fn wrapped(query: &str) -> String {
    format!("SELECT * FROM (\n{query}\n)")
}

fn unknown(what: &str, name: &str, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("unknown {what} \"{name}\"; did you mean \"{near}\"?"),
        None => format!("unknown {what} \"{name}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "/*\ntitle = \"t\"\nseverity = \"low\"\nmeasure = \"tls.ciphers\"\nneeds = [\"role\"]\n\
        rationale = \"r\"\nremediation = \"m\"\n*/\nSELECT name AS subject, 'role' AS kind, can_login AS ok, '' AS observed, '' AS expected FROM role";

    async fn load(text: &str) -> Result<Check, String> {
        let source = Source { id: "a/b".into(), file: "f.sql".into(), text: text.into(), origin: "x".into() };
        let frameworks = Frameworks::load().unwrap();
        Loader::new().await.unwrap().check(&source, &frameworks).await.map_err(|e| e.to_string())
    }

    #[tokio::test]
    async fn a_good_file_loads_and_bad_ones_are_refused_with_their_line() {
        assert_eq!(load(GOOD).await.unwrap().id, "a/b");
        for (from, to, complaint) in [
            ("severity", "severty", "f.sql, line 3: unknown field `severty`"),
            ("tls.ciphers", "tls.cyphers", "did you mean \"tls.ciphers\"?"),
            ("[\"role\"]", "[\"rolle\"]", "did you mean \"role\"?"),
            ("can_login AS ok", "can_logn AS ok", "f.sql, line 9: "),
            ("AS expected", "AS wanted", "no column expected"),
            ("FROM role", "FROM role; DELETE FROM role", "line 9"),
            ("FROM role", "FROM (DELETE FROM role RETURNING 1)", "line 9"),
            ("'' AS observed", "'' AS observed, 1 AS score", "a column score"),
            ("[\"role\"]", "[]", "needs is empty"),
            ("*/", "", "never closed"),
        ] {
            let error = load(&GOOD.replacen(from, to, 1)).await.unwrap_err();
            assert!(error.contains(complaint), "{error}\n  should say {complaint}");
        }
    }

    #[tokio::test]
    async fn the_short_form_becomes_a_query() {
        let head = GOOD.split("*/").next().unwrap().replace("needs = [\"role\"]\n", "");
        let text =
            format!("{head}[setting]\nname = \"lock_timeout\"\nmin = 1\nmax = \"limits.statement_timeout\"\n*/\n");
        let check = load(&text).await.unwrap();

        assert_eq!(check.params, ["limits.statement_timeout"]);
        assert_eq!(check.needs.len(), 2);
        let both = load(&format!("{head}[setting]\nname = \"x\"\nis = \"on\"\nmax = 3\n*/\n")).await;
        assert!(both.unwrap_err().contains("exactly one of"));
    }

    #[tokio::test]
    async fn everything_embedded_loads() {
        let catalogue = Catalogue::load(&[]).await.unwrap();
        assert_eq!(catalogue.sha256.len(), 64);
    }
}
