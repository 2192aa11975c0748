//! Everything that a connection can tell about a server, put into the evidence: cluster first, then each database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::catalog::{self, CatalogQuery};
use super::decode::{Record, records};
use super::fill::{self, Names};
use super::pipeline::{self, Answer};
use super::query_error::{QueryError, QueryErrorKind};
use super::session::Session;
use super::settings::{self, Settings};
use crate::collect::ConnectError;
use crate::conninfo::ConnectionSettings;
use crate::evidence::{CollectionRow, CollectionStatus, Evidence, EvidenceError, Rows, derive_role_reach};

/// The newest major whose catalogs were read in tests. A newer server is scanned with the same queries.
pub const NEWEST_KNOWN_MAJOR: i64 = 18;

/// What to scan.
pub struct ScanRequest<'a> {
    /// The target's name in the report.
    pub target: &'a str,
    /// How to get there.
    pub settings: &'a ConnectionSettings,
    /// Databases to look into; empty: every one the role may connect to.
    pub databases: &'a [String],
    /// Databases to leave out.
    pub exclude_databases: &'a [String],
    /// The clock.
    pub clock: fn() -> DateTime<Utc>,
}

/// Why a scan brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The server could not be reached or would not let us in.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The first statement failed.
    #[error("{at}: the session was opened, and then nothing could be read: {source}")]
    Read {
        /// Where.
        at: String,
        /// The server's reason.
        source: QueryError,
    },
    /// The evidence could not be written.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A query returned what it must not: a defect of ours.
    #[error("{0}")]
    Defect(String),
}

/// Looks at the server and fills the evidence. A part that cannot be read is recorded as such, and the scan goes on;
/// where the connection is lost half-way, what was read stays and `scan.interrupted` says so.
///
/// # Errors
/// Where nothing could be read at all.
pub async fn scan(request: &ScanRequest<'_>, evidence: &mut Evidence) -> Result<(), ScanError> {
    let started = (request.clock)();
    let session = Session::open(request.settings, started).await?;
    let mut scan = Scan::new(request, evidence, &session);
    scan.settings(&session).await?;
    let ready = scan.prepare(&session).await;
    if let Err(error) = ready {
        scan.interrupted = Some(format!("the session ended while it was set up: {error}"));
    }
    scan.wire(&session).await?;
    scan.cluster(&session).await?;
    scan.databases(session).await?;
    scan.finish(started).await
}

/// Every statement that a scan of a server of this major would run, with its name, in order.
#[must_use]
pub fn statements_for(major: i64) -> Vec<(&'static str, String)> {
    let mut all = vec![("setting", catalog::SETTING.sql(major))];
    all.extend(pipeline::SETUP.map(|sql| ("session", sql.to_owned())));
    all.push(("capability", catalog::CAPABILITY.sql(major)));
    let rest = std::iter::once(catalog::HIDDEN_SETTINGS).chain(catalog::CLUSTER).chain(catalog::DATABASE);
    all.extend(rest.filter(|q| q.exists(major)).map(|q| (q.name, q.sql(major))));
    all
}

struct Scan<'a, 'e> {
    request: &'a ScanRequest<'a>,
    evidence: &'e mut Evidence,
    names: Names,
    settings: Settings,
    major: i64,
    role: String,
    denied: BTreeSet<String>,
    statements: Vec<(String, String)>,
    interrupted: Option<String>,
    clock_offset_ms: Option<i64>,
    entered: Vec<(String, Option<String>)>,
}

impl<'a, 'e> Scan<'a, 'e> {
    fn new(request: &'a ScanRequest<'a>, evidence: &'e mut Evidence, session: &Session) -> Self {
        let version = session.parameters().get("server_version").map_or("", String::as_str);
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        Scan {
            request,
            evidence,
            names: Names::default(),
            settings: Settings::default(),
            major: digits.parse().unwrap_or(0),
            role: request.settings.user.clone(),
            denied: BTreeSet::new(),
            statements: Vec::new(),
            interrupted: None,
            clock_offset_ms: None,
            entered: Vec::new(),
        }
    }

    /// The session's first statement: settings, before any SET of ours.
    async fn settings(&mut self, session: &Session) -> Result<(), ScanError> {
        let rows = session.query(&catalog::SETTING.sql(self.major), &[]).await;
        let rows = rows.map_err(|source| ScanError::Read { at: self.request.settings.address(), source })?;
        self.settings.add(&records(&rows).map_err(ScanError::Defect)?);
        self.note(session, "setting");
        Ok(())
    }

    /// The transaction, and what the role may read and call.
    async fn prepare(&mut self, session: &Session) -> Result<(), QueryError> {
        pipeline::begin(session).await?;
        self.note(session, "session");
        let asked = catalog::all_capabilities();
        let rows = session.query(&catalog::CAPABILITY.sql(self.major), &[(&asked, Type::TEXT_ARRAY)]).await?;
        self.note(session, "capability");
        for row in records(&rows).map_err(defect)? {
            if row.get("allowed") == Some(&json!(0)) {
                self.denied.extend(row.get("name").and_then(Value::as_str).map(str::to_owned));
            }
        }
        let names = if self.major >= 15 && !self.denied.contains("pg_settings_get_flags(text)") {
            let candidates = settings::candidates();
            let rows =
                session.query(&catalog::HIDDEN_SETTINGS.sql(self.major), &[(&candidates, Type::TEXT_ARRAY)]).await?;
            self.note(session, "hidden_settings");
            let found = records(&rows).map_err(defect)?;
            Some(found.iter().filter_map(|r| r.get("name")?.as_str().map(str::to_owned)).collect::<BTreeSet<_>>())
        } else {
            None
        };
        self.settings.add_hidden(self.major, names.as_ref());
        Ok(())
    }

    /// The connection that carries the scan.
    async fn wire(&mut self, session: &Session) -> Result<(), ScanError> {
        let endpoint = Rows::from_structs(&[session.endpoint()]).map_err(EvidenceError::from)?;
        self.evidence.insert("tls_endpoint", &endpoint).await?;
        self.record("tls_endpoint", "*", "", 1, "handshake", 0, None).await?;
        let certificates = Rows::from_structs(session.certificates()).map_err(EvidenceError::from)?;
        self.evidence.insert("certificate", &certificates).await?;
        let plain = session.endpoint().transport == "tcp" && !session.endpoint().encrypted;
        let missing = plain.then(|| Missing {
            kind: "out_of_reach",
            reason: "the connection is not encrypted, so the server showed no certificate".into(),
            unlock: Some("sslmode=require or verify-full".into()),
        });
        self.record("certificate", "*", "", certificates.len(), "handshake", 0, missing).await
    }

    /// Facts of the whole cluster.
    async fn cluster(&mut self, session: &Session) -> Result<(), ScanError> {
        let asked_at = (self.request.clock)();
        let answers = self.ask(session, &catalog::CLUSTER, "").await?;
        let mut server = Record::new();
        let mut overrides = None;
        let mut privileges = Privileges::default();
        for answer in answers {
            let (name, fact) = (answer.query.name, answer.query.fact);
            let Ok(records) = answer.result else {
                privileges.note(&answer);
                continue;
            };
            let count = records.len();
            match name {
                "server" => {
                    server.extend(records.into_iter().flatten());
                    self.offset(&server, asked_at);
                }
                "control" => server.extend(records.into_iter().flatten()),
                "setting_override" => overrides = Some(records),
                "database" => self.database_list(records).await?,
                _ => {
                    if name == "role" {
                        self.names.learn(&records);
                    }
                    let rows = fill::rows(&mut self.names, name, "", records);
                    let table = if fact == "privilege" { "acl_entry" } else { fact };
                    self.evidence.insert(table, &rows).await?;
                }
            }
            privileges.count(fact, name, count);
        }
        self.server_row(session, server).await?;
        if let Some(records) = overrides {
            let rows = self.settings.overrides(&records);
            self.evidence.insert("setting_override", &rows).await?;
        }
        self.privileges("", privileges).await?;
        derive_role_reach(self.evidence, self.major).await?;
        Ok(())
    }

    fn offset(&mut self, server: &Record, asked_at: DateTime<Utc>) {
        let said = server.get("server_time").and_then(Value::as_str).and_then(|t| DateTime::parse_from_rfc3339(t).ok());
        self.clock_offset_ms = said.map(|t| t.with_timezone(&Utc).signed_duration_since(asked_at).num_milliseconds());
    }

    /// What the server said of itself at start-up stands in where its own query failed.
    async fn server_row(&mut self, session: &Session, mut server: Record) -> Result<(), ScanError> {
        let said = session.parameters().get("server_version").cloned().unwrap_or_else(|| "unknown".into());
        server.entry("version").or_insert(json!(said));
        server.entry("version_num").or_insert(json!(self.major * 10_000));
        server.insert("major".into(), json!(self.major));
        let role = server.entry("scanner_role").or_insert(json!(self.request.settings.user)).clone();
        server.entry("scanner_database").or_insert(json!(self.request.settings.database));
        self.role = role.as_str().unwrap_or(&self.request.settings.user).to_owned();
        let mut rows = Rows { columns: server.keys().cloned().collect(), values: Vec::new() };
        rows.values.push(server.into_iter().map(|(_, value)| value).collect());
        self.evidence.insert("server", &rows).await?;
        Ok(())
    }

    /// Decides which databases to enter.
    async fn database_list(&mut self, records: Vec<Record>) -> Result<(), ScanError> {
        let named = self.request.databases;
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for mut record in records {
            let name = record.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
            let yes = |key: &str| record.get(key) == Some(&json!(1));
            let not_entered = if self.request.exclude_databases.contains(&name) {
                Some("left out by the policy")
            } else if !named.is_empty() && !named.contains(&name) {
                Some("not among the databases that were asked for")
            } else if yes("is_template") {
                Some("a template")
            } else if !yes("allow_connections") {
                Some("it allows no connections")
            } else if !yes("can_connect") {
                Some("the role may not connect to it")
            } else if not_utf8(&name) {
                Some("its name is not UTF-8, and cannot be asked for")
            } else {
                None
            };
            if not_entered.is_none() || named.contains(&name) {
                self.entered.push((name.clone(), not_entered.map(str::to_owned)));
            }
            record.insert("entered".into(), json!(i64::from(not_entered.is_none())));
            record.insert("not_entered".into(), json!(not_entered));
            seen.insert(name);
            all.push(record);
        }
        for name in named.iter().filter(|n| !seen.contains(*n)) {
            self.entered.push((name.clone(), Some("there is no such database".into())));
        }
        self.entered.sort();
        let rows = fill::rows(&mut self.names, "database", "", all);
        self.evidence.insert("database", &rows).await?;
        Ok(())
    }

    /// Every database in turn, the one that the first session is in before the others.
    async fn databases(&mut self, first: Session) -> Result<(), ScanError> {
        let here = first.settings().database.clone();
        let entered = std::mem::take(&mut self.entered);
        if let Some((name, None)) = entered.iter().find(|(name, _)| *name == here) {
            self.database(&first, name).await?;
        }
        first.close().await;
        for (name, obstacle) in entered.into_iter().filter(|(name, obstacle)| *name != here || obstacle.is_some()) {
            let obstacle = match (obstacle, &self.interrupted) {
                (Some(obstacle), _) => Some(Missing::out_of_reach(obstacle)),
                (None, Some(lost)) => Some(Missing::out_of_reach(lost.clone())),
                (None, None) => self.another(&name).await?,
            };
            if let Some(missing) = obstacle {
                for query in catalog::DATABASE {
                    self.record(query.fact, "*", &name, 0, query.name, 0, Some(missing.clone())).await?;
                }
            }
        }
        Ok(())
    }

    /// Opens a session in another database and reads it; says what stood in the way.
    async fn another(&mut self, name: &str) -> Result<Option<Missing>, ScanError> {
        let settings = self.request.settings.with_database(name);
        let session = match Session::open(&settings, (self.request.clock)()).await {
            Ok(session) => session,
            Err(error) => return Ok(Some(Missing::out_of_reach(error.to_string()))),
        };
        let ready = async {
            let rows = session.query(&catalog::SETTING.sql(self.major), &[]).await?;
            self.settings.add(&records(&rows).map_err(defect)?);
            pipeline::begin(&session).await
        };
        if let Err(error) = ready.await {
            return Ok(Some(Missing::out_of_reach(error.to_string())));
        }
        self.note(&session, "session");
        self.database(&session, name).await?;
        session.close().await;
        Ok(None)
    }

    /// Facts inside one database.
    async fn database(&mut self, session: &Session, name: &str) -> Result<(), ScanError> {
        let answers = self.ask(session, &catalog::DATABASE, name).await?;
        let mut privileges = Privileges::default();
        for answer in answers {
            let (query, fact) = (answer.query.name, answer.query.fact);
            let Ok(records) = answer.result else {
                privileges.note(&answer);
                continue;
            };
            privileges.count(fact, query, records.len());
            let rows = fill::rows(&mut self.names, query, name, records);
            self.evidence.insert(if fact == "privilege" { "acl_entry" } else { fact }, &rows).await?;
        }
        self.privileges(name, privileges).await
    }

    /// Runs those queries that exist on this major and that the role may run; records every outcome but privileges'.
    async fn ask(
        &mut self,
        session: &Session,
        queries: &[CatalogQuery],
        database: &str,
    ) -> Result<Vec<Answer>, ScanError> {
        let mut allowed = Vec::new();
        let mut refused = Vec::new();
        for query in queries {
            match self.obstacle(query) {
                None => allowed.push(query.clone()),
                Some(missing) => refused.push((query.clone(), missing)),
            }
        }
        let answers = pipeline::run(session, self.major, allowed).await;
        self.note_queries(queries, session);
        for answer in &answers {
            let count = answer.result.as_ref().map_or(0, Vec::len);
            let missing = answer.result.as_ref().err().map(|e| self.why(e));
            if answer.result.as_ref().is_err_and(|e| e.kind == QueryErrorKind::Disconnected) {
                self.interrupted.get_or_insert_with(|| "the connection was lost before the scan was done".into());
            }
            if answer.query.fact != "privilege" && answer.query.name != "control" {
                let took = answer.took.as_millis() as i64;
                self.record(answer.query.fact, "*", database, count, answer.query.name, took, missing).await?;
            }
        }
        for (query, missing) in refused.into_iter().filter(|(q, _)| q.name != "control") {
            let not_here = missing.kind == "version" && query.fact == "privilege";
            if !not_here {
                self.record(query.fact, "*", database, 0, query.name, 0, Some(missing)).await?;
            }
        }
        Ok(answers)
    }

    fn obstacle(&self, query: &CatalogQuery) -> Option<Missing> {
        if !query.exists(self.major) {
            let since = query.since().unwrap_or(0);
            return Some(Missing { kind: "version", reason: format!("exists from PostgreSQL {since}"), unlock: None });
        }
        let denied = query.capabilities().into_iter().find(|c| self.denied.contains(*c))?;
        let grant = if denied.ends_with(')') {
            format!("EXECUTE ON FUNCTION pg_catalog.{denied}")
        } else {
            format!("SELECT ON pg_catalog.{denied}")
        };
        Some(Missing {
            kind: "privilege",
            reason: format!("the role may not read {denied}"),
            unlock: Some(format!("GRANT {grant} TO {};", quote(&self.role))),
        })
    }

    fn why(&self, error: &QueryError) -> Missing {
        let kind = match error.kind {
            QueryErrorKind::Privilege => "privilege",
            QueryErrorKind::Canceled | QueryErrorKind::Locked => "timeout",
            QueryErrorKind::Missing => "version",
            _ => "out_of_reach",
        };
        Missing { kind, reason: error.to_string(), unlock: None }
    }

    /// The record of the fact `privilege` in a database: complete only where every ACL of it was read.
    async fn privileges(&mut self, database: &str, seen: Privileges) -> Result<(), ScanError> {
        let literal = database.replace('\'', "''");
        let sql = format!("SELECT 1 FROM collection WHERE fact = 'privilege' AND database = '{literal}'");
        if self.evidence.fetch(&sql).await?.is_empty() {
            let missing = seen.failed.map(|e| self.why(&e));
            self.record("privilege", "*", database, seen.rows, &seen.sources.join(" "), 0, missing).await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column of the collection table")]
    async fn record(
        &mut self,
        fact: &str,
        part: &str,
        database: &str,
        rows: usize,
        source: &str,
        duration_ms: i64,
        missing: Option<Missing>,
    ) -> Result<(), ScanError> {
        let status = if missing.is_some() { CollectionStatus::Unavailable } else { CollectionStatus::Complete };
        let row = CollectionRow {
            fact: fact.into(),
            part: part.into(),
            database: database.into(),
            status,
            kind: missing.as_ref().map(|m| m.kind),
            reason: missing.as_ref().map(|m| m.reason.clone()),
            unlock: missing.and_then(|m| m.unlock),
            source: source.into(),
            collected_at: stamp((self.request.clock)()),
            duration_ms,
            rows: rows as i64,
        };
        Ok(self.evidence.record(&row).await?)
    }

    /// Settings are written last: a later database may have shown what an override hid in the first.
    async fn finish(mut self, started: DateTime<Utc>) -> Result<(), ScanError> {
        let rows = self.settings.rows();
        self.evidence.insert("setting", &rows).await?;
        let grant = format!("GRANT pg_read_all_settings TO {};", quote(&self.role));
        let hidden: Vec<String> = self.settings.hidden().into_iter().map(str::to_owned).collect();
        let masked = self.settings.masked();
        for name in &hidden {
            let reason = format!("{name} is hidden from a role without pg_read_all_settings");
            let missing = Missing { kind: "privilege", reason, unlock: Some(grant.clone()) };
            self.record("setting", name, "", 0, "setting", 0, Some(missing)).await?;
        }
        for (name, by) in &masked {
            let reason = format!("the scanner's own {by} sets {name}, which hides the server's value");
            let missing = Missing {
                kind: "out_of_reach",
                reason,
                unlock: Some(format!("scan as a role, and in a database, without a {name} of its own")),
            };
            self.record("setting", name, "", 0, "setting", 0, Some(missing)).await?;
        }
        self.record("setting", "*", "", rows.len(), "setting", 0, None).await?;
        if !hidden.is_empty() || !masked.is_empty() {
            let reason =
                format!("{} settings are hidden from the role, {} are set for it alone", hidden.len(), masked.len());
            self.evidence
                .execute(&format!(
                    "UPDATE collection SET status = 'partial', kind = 'privilege', reason = '{reason}', unlock = '{}' WHERE fact = 'setting' AND part = '*'",
                    grant.replace('\'', "''")
                ))
                .await?;
        }
        self.scan_row(started).await?;
        self.statement_rows().await
    }

    async fn scan_row(&mut self, started: DateTime<Utc>) -> Result<(), ScanError> {
        let mut rows = Rows::new(&[
            "schema_version",
            "tool_version",
            "target",
            "started_at",
            "finished_at",
            "clock_offset_ms",
            "interrupted",
        ]);
        rows.values.push(vec![
            json!(crate::evidence::SCHEMA_VERSION),
            json!(env!("CARGO_PKG_VERSION")),
            json!(self.request.target),
            json!(stamp(started)),
            json!(stamp((self.request.clock)())),
            json!(self.clock_offset_ms),
            json!(self.interrupted),
        ]);
        Ok(self.evidence.insert("scan", &rows).await?)
    }

    async fn statement_rows(&mut self) -> Result<(), ScanError> {
        let mut rows = Rows::new(&["ordinal", "source", "sql"]);
        for (ordinal, (source, sql)) in self.statements.iter().enumerate() {
            rows.values.push(vec![json!(ordinal + 1), json!(source), json!(sql)]);
        }
        Ok(self.evidence.insert("statement", &rows).await?)
    }

    /// Takes over what the session ran since the last note.
    fn note(&mut self, session: &Session, source: &str) {
        for sql in session.statements() {
            if !self.statements.iter().any(|(_, known)| *known == sql) {
                self.statements.push((source.to_owned(), sql));
            }
        }
    }

    fn note_queries(&mut self, queries: &[CatalogQuery], session: &Session) {
        let by_text: BTreeMap<String, &str> = queries.iter().map(|q| (q.sql(self.major), q.name)).collect();
        for sql in session.statements() {
            if !self.statements.iter().any(|(_, known)| *known == sql) {
                let source = by_text.get(&sql).copied().unwrap_or("session");
                self.statements.push((source.to_owned(), sql));
            }
        }
    }
}

/// Why a part is not there.
#[derive(Clone, Debug)]
struct Missing {
    kind: &'static str,
    reason: String,
    unlock: Option<String>,
}

impl Missing {
    fn out_of_reach(reason: String) -> Self {
        Missing { kind: "out_of_reach", reason, unlock: None }
    }
}

/// What was seen of all ACLs of a database.
#[derive(Default)]
struct Privileges {
    rows: usize,
    sources: Vec<&'static str>,
    failed: Option<QueryError>,
}

impl Privileges {
    fn count(&mut self, fact: &str, source: &'static str, rows: usize) {
        if fact == "privilege" {
            self.rows += rows;
            self.sources.push(source);
        }
    }

    fn note(&mut self, answer: &Answer) {
        if let (Err(error), "privilege") = (&answer.result, answer.query.fact) {
            self.failed.get_or_insert_with(|| error.clone());
            self.sources.push(answer.query.name);
        }
    }
}

fn defect(message: String) -> QueryError {
    QueryError { sqlstate: None, message, kind: QueryErrorKind::Other }
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Quotes a role's name for a GRANT that a person may paste.
fn quote(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Whether a decoded name carries escapes of bytes that are no UTF-8.
fn not_utf8(name: &str) -> bool {
    name.match_indices("\\x").any(|(at, _)| name[at + 2..].bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}
