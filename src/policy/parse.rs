//! Reading pgcomply.toml: strict, with the line and the nearest right name in every complaint.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Kind, find};
use super::value::{Leaf, split_entry, to_number};
use crate::model::Severity;

/// What is wrong with a policy file: which file, which line, what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It cannot be read.
    #[error("policy {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's own reason.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("policy {path}, line {line}: {message}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what to do.
        message: String,
    },
}

/// A policy, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Where it was read from; absent: there is no file.
    pub path: Option<PathBuf>,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
    /// `[report]`: organisation, classification, auditor.
    pub report: BTreeMap<String, String>,
    /// `gate.fail_on`; `Some(None)` is `never`.
    pub fail_on: Option<Option<Severity>>,
    /// `gate.on_incomplete = "warn"`
    pub warn_on_incomplete: Option<bool>,
    /// `gate.require`: globs of checks whose evidence has to be given.
    pub require: Vec<String>,
    /// Values of the keys that checks read.
    pub values: BTreeMap<String, Vec<Leaf>>,
    /// `[[target]]`
    pub targets: Vec<TargetEntry>,
}

/// One `[[target]]`: how to reach it, and what it overrides.
#[derive(Clone, Debug, Default)]
pub struct TargetEntry {
    /// Its name in the report.
    pub name: String,
    /// Connection parameters, as libpq spells them, with `service` and `password_file`.
    pub connection: BTreeMap<String, String>,
    /// Databases to scan; empty: every one the role may connect to.
    pub databases: Vec<String>,
    /// Databases to leave out.
    pub exclude_databases: Vec<String>,
    /// Values that override those of the file.
    pub values: BTreeMap<String, Vec<Leaf>>,
    /// Line of `[[target]]` in the file.
    pub line: usize,
}

const CONNECTION_KEYS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "service",
    "password_file",
    "passfile",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslnegotiation",
    "channel_binding",
    "connect_timeout",
];
const TARGET_KEYS: &[&str] = &["name", "databases", "exclude_databases", "certificate_names", "hba_file", "tags"];
const REPORT_KEYS: &[&str] = &["organisation", "classification", "auditor"];
const GATE_KEYS: &[&str] = &["fail_on", "on_incomplete", "require"];
const SECRET_WORDS: &[&str] = &["password", "passwd", "pwd", "secret"];

type Table<'a> = DeTable<'a>;
type Parsed<T> = Result<T, (Range<usize>, String)>;

impl Policy {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Where it cannot be read, or anything in it is unknown or of the wrong kind.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let text = std::fs::read_to_string(path).map_err(|source| PolicyError::Io { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a file.
    ///
    /// # Errors
    /// As `read`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PolicyError> {
        let invalid = |(span, message): (Range<usize>, String)| PolicyError::Invalid {
            path: path.to_owned(),
            line: line_of(text, span.start),
            message,
        };
        let table =
            DeTable::parse(text).map_err(|e| invalid((e.span().unwrap_or(0..0), e.message().replace('\n', ", "))))?;
        let mut policy = read_file(table.get_ref()).map_err(invalid)?;
        for target in &mut policy.targets {
            target.line = line_of(text, target.line);
        }
        policy.path = Some(path.to_owned());
        policy.sha256 = Some(crate::model::text::hex(&Sha256::digest(text.as_bytes())));
        Ok(policy)
    }

    /// The policy of one target: the file's values, overridden by the target's own.
    #[must_use]
    pub fn for_target(&self, target: &TargetEntry) -> Policy {
        let mut policy = self.clone();
        policy.values.extend(target.values.clone());
        policy
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

fn read_file(table: &Table<'_>) -> Parsed<Policy> {
    let mut policy = Policy::default();
    for (name, value) in table {
        let (key, span) = (name.get_ref().as_ref(), name.span());
        match key {
            "report" => {
                for (key, value) in known(value, "report", REPORT_KEYS)? {
                    policy.report.insert(key, one_text(value)?);
                }
            }
            "gate" => read_gate(value, &mut policy)?,
            "target" => {
                for entry in array(value)? {
                    policy.targets.push(read_target(entry)?);
                }
            }
            section if is_section(section) => read_section(section, value, &mut policy.values)?,
            other => return Err((span, unknown("section", other, sections().chain(["report", "gate", "target"])))),
        }
    }
    duplicates(&policy.targets)?;
    Ok(policy)
}

fn duplicates(targets: &[TargetEntry]) -> Parsed<()> {
    for (index, target) in targets.iter().enumerate() {
        if targets[..index].iter().any(|t| t.name == target.name) {
            return Err((
                target.line..target.line,
                format!("target \"{}\" is there twice; give each its own name", target.name),
            ));
        }
    }
    Ok(())
}

fn sections() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = KEYS.iter().filter_map(|k| k.name.split('.').next()).collect();
    names.dedup();
    names.into_iter()
}

fn is_section(name: &str) -> bool {
    sections().any(|s| s == name)
}

fn read_section(prefix: &str, value: &Spanned<DeValue<'_>>, out: &mut BTreeMap<String, Vec<Leaf>>) -> Parsed<()> {
    for (name, value) in table(value, prefix)? {
        let full = format!("{prefix}.{}", name.get_ref());
        if full == "roles.allow" {
            read_section(&full, value, out)?;
            continue;
        }
        let Some(key) = find(&full) else {
            let near = KEYS.iter().filter_map(|k| k.name.strip_prefix(prefix)?.strip_prefix('.'));
            refuse_secret(name.get_ref(), name.span())?;
            return Err((name.span(), unknown(&format!("key in [{prefix}]"), name.get_ref(), near)));
        };
        out.insert(full, leaves(key.kind, value)?);
    }
    Ok(())
}

fn leaves(kind: Kind, value: &Spanned<DeValue<'_>>) -> Parsed<Vec<Leaf>> {
    if kind == Kind::List {
        return Ok(texts(value)?.into_iter().map(|text| Leaf { text, number: None }).collect());
    }
    if kind == Kind::Periods {
        let period = |item: &Spanned<DeValue<'_>>| {
            let text = one_text(item)?;
            let number = split_entry(&text).1.and_then(|period| to_number(Kind::Duration, period));
            let wrong =
                || (item.span(), format!("\"{text}\" is not a name with a duration: \"app.orders.created_at: 365d\""));
            Ok(Leaf { number: Some(number.ok_or_else(wrong)?), text })
        };
        return array(value)?.into_iter().map(period).collect();
    }
    let text = scalar(value)?;
    let number = to_number(kind, &text);
    if number.is_none() && kind != Kind::Text {
        let want = match kind {
            Kind::Duration => "a duration such as \"5min\", or milliseconds",
            Kind::Bytes => "a size such as \"10GB\", or bytes",
            Kind::Bool => "true or false",
            Kind::Days => "a number of days",
            _ => "a number",
        };
        return Err((value.span(), format!("\"{text}\" is not {want}")));
    }
    Ok(vec![Leaf { text, number }])
}

fn read_gate(value: &Spanned<DeValue<'_>>, policy: &mut Policy) -> Parsed<()> {
    for (key, value) in known(value, "gate", GATE_KEYS)? {
        match key.as_str() {
            "fail_on" => {
                let text = one_text(value)?;
                let severity = Severity::ALL.into_iter().find(|s| s.as_str() == text);
                if severity.is_none() && text != "never" {
                    let words = Severity::ALL.into_iter().map(Severity::as_str).chain(["never"]);
                    return Err((value.span(), unknown("value of fail_on", &text, words)));
                }
                policy.fail_on = Some(severity);
            }
            "on_incomplete" => match one_text(value)?.as_str() {
                "fail" => policy.warn_on_incomplete = Some(false),
                "warn" => policy.warn_on_incomplete = Some(true),
                other => return Err((value.span(), unknown("value of on_incomplete", other, ["fail", "warn"]))),
            },
            _ => policy.require = texts(value)?,
        }
    }
    Ok(())
}

fn read_target(value: &Spanned<DeValue<'_>>) -> Parsed<TargetEntry> {
    let mut target = TargetEntry { line: value.span().start, ..TargetEntry::default() };
    for (name, value) in table(value, "target")? {
        let (key, span) = (name.get_ref().as_ref(), name.span());
        match key {
            "name" => target.name = one_text(value)?,
            "databases" => target.databases = texts(value)?,
            "exclude_databases" => target.exclude_databases = texts(value)?,
            "certificate_names" => {
                target.values.insert("tls.certificate_names".into(), leaves(Kind::List, value)?);
            }
            "hba_file" => {
                target.values.insert("files.hba".into(), vec![Leaf { text: one_text(value)?, number: None }]);
            }
            "tags" => {
                table(value, "target.tags")?;
            }
            key if CONNECTION_KEYS.contains(&key) => {
                target.connection.insert(key.to_owned(), scalar(value)?);
            }
            section if is_section(section) && matches!(value.get_ref(), DeValue::Table(_)) => {
                read_section(section, value, &mut target.values)?;
            }
            other => {
                refuse_secret(other, span.clone())?;
                let names = CONNECTION_KEYS.iter().chain(TARGET_KEYS).copied().chain(sections());
                return Err((span, unknown("key in [[target]]", other, names)));
            }
        }
    }
    if target.name.is_empty() {
        return Err((value.span(), "a [[target]] needs a name".into()));
    }
    Ok(target)
}

fn refuse_secret(key: &str, span: Range<usize>) -> Parsed<()> {
    if SECRET_WORDS.contains(&key.to_ascii_lowercase().as_str()) {
        return Err((
            span,
            format!("\"{key}\": no secret belongs in a policy; name a password_file, a passfile or a service"),
        ));
    }
    Ok(())
}

fn known<'a, 'b>(
    value: &'a Spanned<DeValue<'b>>,
    section: &str,
    names: &[&'static str],
) -> Parsed<Vec<(String, &'a Spanned<DeValue<'b>>)>> {
    let mut found = Vec::new();
    for (name, value) in table(value, section)? {
        let key = name.get_ref().as_ref();
        if !names.contains(&key) {
            return Err((name.span(), unknown(&format!("key in [{section}]"), key, names.iter().copied())));
        }
        found.push((key.to_owned(), value));
    }
    Ok(found)
}

fn table<'a, 'b>(value: &'a Spanned<DeValue<'b>>, what: &str) -> Parsed<&'a Table<'b>> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table),
        _ => Err((value.span(), format!("[{what}] has to be a table"))),
    }
}

fn array<'a, 'b>(value: &'a Spanned<DeValue<'b>>) -> Parsed<Vec<&'a Spanned<DeValue<'b>>>> {
    match value.get_ref() {
        DeValue::Array(items) => Ok(items.iter().collect()),
        _ => Err((value.span(), "this has to be a list".into())),
    }
}

fn texts(value: &Spanned<DeValue<'_>>) -> Parsed<Vec<String>> {
    array(value)?.into_iter().map(one_text).collect()
}

fn one_text(value: &Spanned<DeValue<'_>>) -> Parsed<String> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err((value.span(), "this has to be text in quotes".into())),
    }
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Parsed<String> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        _ => Err((value.span(), "this has to be one value".into())),
    }
}

fn unknown<'a>(what: &str, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let near = crate::model::text::nearest(name, candidates);
    match near {
        Some(near) => format!("unknown {what}: \"{name}\"; did you mean \"{near}\"?"),
        None => format!("unknown {what}: \"{name}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Policy, String> {
        Policy::parse(text, Path::new("p.toml")).map_err(|e| e.to_string())
    }

    #[test]
    fn values_are_read_with_their_numbers() {
        let policy = parse("[limits]\nstatement_timeout = \"2 min\"\n[roles.allow]\npg_monitor = [\"x\"]\n").unwrap();
        assert_eq!(policy.values["limits.statement_timeout"][0].number, Some(120_000.0));
        assert_eq!(policy.values["roles.allow.pg_monitor"][0].text, "x");
    }

    #[test]
    fn mistakes_are_told_with_line_and_nearest_name() {
        assert_eq!(
            parse("[roles]\nowner = [\"a\"]\naplication = [\"b\"]\n").unwrap_err(),
            "policy p.toml, line 3: unknown key in [roles]: \"aplication\"; did you mean \"application\"?"
        );
        assert!(parse("[role]\n").unwrap_err().contains("did you mean \"roles\"?"));
        assert!(parse("[gate]\nfail_on = \"citical\"\n").unwrap_err().contains("did you mean \"critical\"?"));
        assert!(parse("[limits]\nstatement_timeout = \"5 fortnights\"\n").unwrap_err().contains("line 2"));
        assert!(parse("[[target]]\nhost = \"h\"\n").unwrap_err().contains("needs a name"));
        assert!(parse("[roles]\nowner = \"a\"\n").unwrap_err().contains("has to be a list"));
        assert!(parse("[roles\n").unwrap_err().starts_with("policy p.toml, line 1: "));
    }

    #[test]
    fn an_entry_of_retention_has_a_column_and_a_duration() {
        let policy = parse("[privacy]\nretention_tables = ['app.log.\"a: b\": 2d']\n").unwrap();
        assert_eq!(policy.values["privacy.retention_tables"][0].number, Some(172_800_000.0));
        assert!(parse("[privacy]\nretention_tables = [\"app.log.at\"]\n").unwrap_err().contains("line 2"));
    }

    #[test]
    fn secrets_are_refused_and_not_repeated() {
        let error = parse("[[target]]\nname = \"a\"\npassword = \"hunter2hunter2\"\n").unwrap_err();
        assert!(error.contains("no secret belongs in a policy") && !error.contains("hunter2"));
    }

    #[test]
    fn a_target_overrides_the_file() {
        let policy =
            parse("[tls]\nfips = false\n[[target]]\nname = \"a\"\nport = 5433\n[target.tls]\nfips = true\n").unwrap();
        let target = &policy.targets[0];
        assert_eq!(target.connection["port"], "5433");
        assert_eq!(policy.for_target(target).values["tls.fips"][0].text, "true");
    }
}
