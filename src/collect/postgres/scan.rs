//! Everything that a connection can tell about a server, put into the evidence: cluster first, then each database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::catalog::{self, CatalogQuery};
use super::decode::{Record, original, records};
use super::erasure::{self, Counting};
use super::fill::{self, Names};
use super::pipeline::{self, Answer};
use super::query_error::{QueryError, QueryErrorKind};
use super::running::Running;
use super::session::Session;
use super::settings::{self, Settings};
use crate::collect::ConnectError;
use crate::conninfo::ConnectionSettings;
use crate::evidence::{CollectionRow, CollectionStatus, Evidence, EvidenceError, Rows, derive_role_reach};

/// The newest major whose catalogs were read in tests. A newer server is scanned with the same queries.
pub const NEWEST_KNOWN_MAJOR: i64 = 18;

/// How many rows are decoded and written at a time.
const ROWS_AT_ONCE: usize = 1000;

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
    /// What may be counted in tables that the policy names; none: no user's table is read.
    pub counting: Option<&'a Counting>,
    /// The clock.
    pub clock: fn() -> DateTime<Utc>,
}

/// How a scan can be ended early.
#[derive(Default)]
pub struct Bounds {
    /// How long the whole of it may take.
    pub limit: Option<Duration>,
    /// Where the scan says what is running, so that it can be cancelled.
    pub running: Arc<Running>,
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
    /// The time was over before anything was read.
    #[error("{at}: not even the settings could be read within {} s (--timeout)", .after.as_secs())]
    OutOfTime {
        /// Where.
        at: String,
        /// The time allowed.
        after: Duration,
    },
    /// The evidence could not be written.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A query returned what it must not: a defect of ours.
    #[error("{0}")]
    Defect(String),
}

/// Looks at the server and fills the evidence. A part that cannot be read is recorded as such, and the scan goes on;
/// where the connection is lost half-way, or the time is over, what was read stays and `scan.interrupted` says so.
///
/// # Errors
/// Where nothing could be read at all.
pub async fn scan(request: &ScanRequest<'_>, evidence: &mut Evidence) -> Result<(), ScanError> {
    scan_within(request, &Bounds::default(), evidence).await
}

/// The same, to be ended early by a time limit or from outside.
///
/// # Errors
/// As `scan`.
pub async fn scan_within(request: &ScanRequest<'_>, bounds: &Bounds, evidence: &mut Evidence) -> Result<(), ScanError> {
    let started = (request.clock)();
    let until = bounds.limit.map(|limit| Instant::now() + limit);
    let out_of_time =
        || ScanError::OutOfTime { at: request.settings.address(), after: bounds.limit.unwrap_or_default() };
    let session = in_time(until, Session::open(request.settings, started)).await.ok_or_else(out_of_time)??;
    bounds.running.now(Some(session.cancel_token()));
    let mut scan = Scan::new(request, bounds, evidence, &session, until);
    let read = in_time(until, scan.settings(&session)).await;
    if read.is_none() {
        bounds.running.cancel().await;
    }
    read.ok_or_else(out_of_time)??;
    match in_time(until, scan.prepare(&session)).await {
        Some(Ok(())) => {}
        Some(Err(error)) => scan.interrupted = Some(format!("the session could not be set up: {error}")),
        None => scan.interrupted = Some(scan.over()),
    }
    scan.wire(&session).await?;
    scan.cluster(&session).await?;
    let looked_into = scan.databases(session).await?;
    scan.erasure(looked_into).await?;
    scan.finish(started).await
}

/// Every statement that a scan of a server of this major would run, with its name, in order.
#[must_use]
pub fn statements_for(major: i64) -> Vec<(&'static str, String)> {
    let mut all = vec![("capability", catalog::CAPABILITY.sql(major)), ("setting", catalog::SETTING.sql(major))];
    all.extend(pipeline::SETUP.map(|sql| ("session", sql.to_owned())));
    let cluster = catalog::CLUSTER.into_iter().chain([catalog::ROLE_VERIFIER_PROBE, catalog::ROLE_VERIFIER]);
    let rest = std::iter::once(catalog::HIDDEN_SETTINGS).chain(cluster).chain(catalog::DATABASE);
    all.extend(rest.filter(|q| q.exists(major)).map(|q| (q.name, q.sql(major))));
    all.push(("erasure, only with [privacy] count_rows = true", erasure::MAY_COUNT.to_owned()));
    all
}

struct Scan<'a, 'e> {
    request: &'a ScanRequest<'a>,
    bounds: &'a Bounds,
    evidence: &'e mut Evidence,
    names: Names,
    settings: Settings,
    hidden_known: bool,
    until: Option<Instant>,
    major: i64,
    role: String,
    denied: BTreeSet<String>,
    statements: Vec<(String, String)>,
    interrupted: Option<String>,
    clock_offset_ms: Option<i64>,
    /// Databases to enter, or why not; none as long as nobody has listed them.
    entered: Option<Vec<(String, Option<String>)>>,
}

impl<'a, 'e> Scan<'a, 'e> {
    fn new(
        request: &'a ScanRequest<'a>,
        bounds: &'a Bounds,
        evidence: &'e mut Evidence,
        session: &Session,
        until: Option<Instant>,
    ) -> Self {
        let version = session.parameters().get("server_version").map_or("", String::as_str);
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        Scan {
            request,
            bounds,
            evidence,
            names: Names::default(),
            settings: Settings::default(),
            hidden_known: false,
            until,
            major: digits.parse().unwrap_or(0),
            role: request.settings.user.clone(),
            denied: BTreeSet::new(),
            statements: Vec::new(),
            interrupted: None,
            clock_offset_ms: None,
            entered: None,
        }
    }

    /// What the role may read and call, and then the settings, before any SET of ours.
    async fn settings(&mut self, session: &Session) -> Result<(), ScanError> {
        let read = |source| ScanError::Read { at: self.request.settings.address(), source };
        let asked = catalog::all_capabilities();
        let rows =
            session.query(&catalog::CAPABILITY.sql(self.major), &[(&asked, Type::TEXT_ARRAY)]).await.map_err(read)?;
        for row in records(&rows).map_err(ScanError::Defect)? {
            if row.get("allowed") == Some(&json!(0)) {
                self.denied.extend(row.get("name").and_then(Value::as_str).map(str::to_owned));
            }
        }
        self.note(session, "capability");
        if self.obstacle(&catalog::SETTING).is_none() {
            let found = self.read_settings(session).await.map_err(read)?;
            self.settings.add(&found);
        }
        self.note(session, "setting");
        Ok(())
    }

    /// Settings of a session; as they are where a value has bytes that the server cannot convert.
    async fn read_settings(&self, session: &Session) -> Result<Vec<Record>, QueryError> {
        let sql = catalog::SETTING.sql(self.major);
        let mut rows = session.query(&sql, &[]).await;
        if rows.as_ref().is_err_and(QueryError::is_of_encoding) {
            session.execute(pipeline::RAW_NAMES).await?;
            rows = session.query(&sql, &[]).await;
        }
        records(&rows?).map_err(defect)
    }

    /// The transaction, and which settings are hidden.
    async fn prepare(&mut self, session: &Session) -> Result<(), QueryError> {
        pipeline::begin(session, true).await?;
        self.note(session, "session");
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
        self.hidden_known = true;
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
            partial: false,
        });
        self.record("certificate", "*", "", certificates.len(), "handshake", 0, missing).await
    }

    /// Facts of the whole cluster.
    async fn cluster(&mut self, session: &Session) -> Result<(), ScanError> {
        let asked_at = (self.request.clock)();
        let mut privileges = Privileges::default();
        let answers = self.ask(session, &catalog::CLUSTER, "", &mut privileges).await?;
        let mut server = Record::new();
        let mut overrides = None;
        for answer in answers {
            let (name, fact) = (answer.query.name, answer.query.fact);
            let Ok(rows) = answer.result else { continue };
            let count = rows.len();
            let records = records(&rows).map_err(ScanError::Defect)?;
            match name {
                "server" => {
                    server.extend(records.into_iter().flatten());
                    self.offset(&server, asked_at);
                }
                "control" | "wal_position" => server.extend(records.into_iter().flatten()),
                "setting_override" => overrides = Some(records),
                "database" => self.database_list(records).await?,
                _ => {
                    if name == "role" {
                        self.names.learn(&records);
                    }
                    let rows = fill::rows(&mut self.names, name, "", records);
                    self.keep(fact, name, "", &rows, &mut privileges).await?;
                }
            }
            privileges.count(fact, count);
        }
        self.server_row(session, server).await?;
        if let Some(records) = overrides {
            let rows = self.settings.overrides(&records);
            self.evidence.insert("setting_override", &rows).await?;
        }
        self.privileges("", privileges).await?;
        self.role_verifiers(session).await?;
        derive_role_reach(self.evidence, self.major).await?;
        if let Err(error) = pipeline::leave_shared(session).await {
            self.interrupted.get_or_insert_with(|| format!("the session could not go on: {error}"));
        }
        Ok(())
    }

    /// How passwords are stored, where somebody gave the role the function for it. It is looked for first: what is not
    /// there, or belongs to a role that can log in, is never called.
    async fn role_verifiers(&mut self, session: &Session) -> Result<(), ScanError> {
        let fact = catalog::ROLE_VERIFIER.fact;
        let name = catalog::ROLE_VERIFIER.name;
        let probed = self.one_query(session, catalog::ROLE_VERIFIER_PROBE).await?;
        let yes = |row: &Record, key: &str| row.get(key) == Some(&json!(1));
        let unlock = Some("the function audit_api.password_storage(), in the database that is scanned first".into());
        let missing =
            |kind, reason: &str| Missing { kind, unlock: unlock.clone(), ..Missing::out_of_reach(reason.into()) };
        let obstacle = match probed.as_ref().map(|rows| rows.first()) {
            Err(known) => Some(known.clone()),
            Ok(None) => {
                Some(missing("privilege", "how passwords are stored is closed to the role, and nothing says it"))
            }
            Ok(Some(row)) if !yes(row, "safe") => {
                let reason = "audit_api.password_storage() does not run as a role without log-in, so it is not called";
                Some(missing("out_of_reach", reason))
            }
            Ok(Some(row)) if !yes(row, "allowed") => {
                Some(missing("privilege", "the role may not call audit_api.password_storage()"))
            }
            Ok(Some(_)) => None,
        };
        let (rows, missing) = match obstacle {
            Some(missing) => (Vec::new(), Some(missing)),
            None => match self.one_query(session, catalog::ROLE_VERIFIER).await? {
                Ok(rows) => (rows, None),
                Err(missing) => (Vec::new(), Some(missing)),
            },
        };
        let rows = fill::rows(&mut self.names, name, "", rows);
        self.evidence.insert(fact, &rows).await?;
        let sources = format!("{} {name}", catalog::ROLE_VERIFIER_PROBE.name);
        self.record(fact, "*", "", rows.values.len(), &sources, 0, missing).await
    }

    /// One query on its own, or why it brought nothing.
    async fn one_query(
        &mut self,
        session: &Session,
        query: CatalogQuery,
    ) -> Result<Result<Vec<Record>, Missing>, ScanError> {
        if let Some(missing) = self.obstacle(&query) {
            return Ok(Err(missing));
        }
        let answer = self.answers(session, vec![query.clone()]).await.remove(0);
        self.note_queries(&[query], session);
        match answer.result {
            Ok(rows) => Ok(Ok(records(&rows).map_err(ScanError::Defect)?)),
            Err(error) => Ok(Err(self.why(&error))),
        }
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
        let answers = server.remove("backend_pid").as_ref().and_then(Value::as_i64);
        let behind = session.process_id().zip(answers).map(|(greeted, answers)| i64::from(greeted) != answers);
        server.insert("behind_proxy".into(), json!(behind.map(i64::from)));
        if behind == Some(true) {
            self.wire_of_a_proxy(session).await?;
        }
        let mut rows = Rows { columns: server.keys().cloned().collect(), values: Vec::new() };
        rows.values.push(server.into_iter().map(|(_, value)| value).collect());
        self.evidence.insert("server", &rows).await?;
        Ok(())
    }

    /// What the wire showed was shown by something that lies before the server.
    async fn wire_of_a_proxy(&mut self, session: &Session) -> Result<(), ScanError> {
        let missing = Missing {
            kind: "proxy",
            reason: "a pooler or proxy answers before the server does, so what the wire showed is its own".into(),
            unlock: Some("scan the server itself, at the host and port where the pooler finds it".into()),
            partial: true,
        };
        self.record("tls_endpoint", "*", "", 1, "handshake", 0, Some(missing.clone())).await?;
        match session.certificates().len() {
            0 => Ok(()),
            count => self.record("certificate", "*", "", count, "handshake", 0, Some(missing)).await,
        }
    }

    /// Decides which databases to enter.
    async fn database_list(&mut self, records: Vec<Record>) -> Result<(), ScanError> {
        let named = self.request.databases;
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let mut entered = Vec::new();
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
            } else if original(&name).is_none() {
                Some("its name is not UTF-8, and cannot be asked for")
            } else {
                None
            };
            if not_entered.is_none() || named.contains(&name) {
                entered.push((name.clone(), not_entered.map(str::to_owned)));
            }
            record.insert("entered".into(), json!(i64::from(not_entered.is_none())));
            record.insert("not_entered".into(), json!(not_entered));
            seen.insert(name);
            all.push(record);
        }
        for name in named.iter().filter(|n| !seen.contains(*n)) {
            entered.push((name.clone(), Some("there is no such database".into())));
        }
        entered.sort();
        self.entered = Some(entered);
        let rows = fill::rows(&mut self.names, "database", "", all);
        self.evidence.insert("database", &rows).await?;
        Ok(())
    }

    /// Every database in turn, the one that the first session is in before the others. Says what stood in the way of each.
    async fn databases(&mut self, first: Session) -> Result<Vec<(String, Option<Missing>)>, ScanError> {
        let here = first.settings().database.clone();
        let unlisted = || match self.request.databases {
            [] => vec![(here.clone(), None)],
            named => named.iter().map(|name| (name.clone(), None)).collect(),
        };
        let entered = self.entered.take().unwrap_or_else(unlisted);
        let mut looked_into = Vec::new();
        if let Some((name, None)) = entered.iter().find(|(name, _)| *name == here) {
            self.database(&first, name).await?;
            looked_into.push((name.clone(), None));
        }
        first.close().await;
        self.bounds.running.now(None);
        for (name, obstacle) in entered.into_iter().filter(|(name, obstacle)| *name != here || obstacle.is_some()) {
            let obstacle = match (obstacle, &self.interrupted) {
                (Some(obstacle), _) => Some(Missing::out_of_reach(obstacle)),
                (None, Some(lost)) => Some(self.cut_short(lost.clone())),
                (None, None) => self.another(&name).await?,
            };
            if let Some(missing) = &obstacle {
                for query in catalog::DATABASE {
                    self.record(query.fact, "*", &name, 0, query.name, 0, Some(missing.clone())).await?;
                }
            }
            looked_into.push((name, obstacle));
        }
        Ok(looked_into)
    }

    /// Counts rows, where the policy has switched that on, after everything else and in sessions of its own.
    async fn erasure(&mut self, databases: Vec<(String, Option<Missing>)>) -> Result<(), ScanError> {
        let Some(counting) = self.request.counting else {
            let off = Missing {
                kind: "not_provided",
                reason: "rows are not counted unless the policy says so".into(),
                unlock: Some("[privacy] count_rows = true".into()),
                partial: false,
            };
            for (name, _) in databases {
                self.record("erasure", "*", &name, 0, "erasure", 0, Some(off.clone())).await?;
            }
            return Ok(());
        };
        let mut targets = erasure::targets(self.evidence, counting).await?;
        for (name, obstacle) in databases {
            let began = Instant::now();
            let counted = match (obstacle, targets.remove(&name)) {
                (Some(missing), _) => Err(missing),
                (None, None) => Ok(Rows::default()),
                (None, Some(targets)) => self.counted(&name, &targets, counting).await?,
            };
            let (rows, missing) = match counted {
                Ok(rows) => (rows, None),
                Err(missing) => (Rows::default(), Some(missing)),
            };
            self.evidence.insert("erasure", &rows).await?;
            let took = began.elapsed().as_millis() as i64;
            self.record("erasure", "*", &name, rows.len(), "erasure", took, missing).await?;
        }
        Ok(())
    }

    /// The counts of one database, or why there are none.
    async fn counted(
        &mut self,
        name: &str,
        targets: &[erasure::Target],
        counting: &Counting,
    ) -> Result<Result<Rows, Missing>, ScanError> {
        if let Some(lost) = self.interrupted.clone() {
            return Ok(Err(self.cut_short(lost)));
        }
        let own_name = original(name).unwrap_or_else(|| name.to_owned());
        let settings = self.request.settings.with_database(&own_name);
        let session = match in_time(self.until, Session::open(&settings, (self.request.clock)())).await {
            Some(Ok(session)) => session,
            Some(Err(error)) => return Ok(Err(Missing::out_of_reach(error.to_string()))),
            None => return Ok(Err(self.too_late())),
        };
        self.bounds.running.now(Some(session.cancel_token()));
        let (until, role) = (self.until, quote(&self.role));
        let evidence = &mut *self.evidence;
        let work = async {
            pipeline::begin(&session, false).await?;
            erasure::count(&session, evidence, name, targets, counting, &role).await
        };
        let counted = match in_time(until, work).await {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(error)) => Err(self.why(&error)),
            None => {
                self.bounds.running.cancel().await;
                Err(self.too_late())
            }
        };
        self.note(&session, "erasure");
        session.close().await;
        self.bounds.running.now(None);
        Ok(counted)
    }

    /// Opens a session in another database and reads it; says what stood in the way.
    async fn another(&mut self, name: &str) -> Result<Option<Missing>, ScanError> {
        let own_name = original(name).unwrap_or_else(|| name.to_owned());
        let settings = self.request.settings.with_database(&own_name);
        let session = match in_time(self.until, Session::open(&settings, (self.request.clock)())).await {
            Some(Ok(session)) => session,
            Some(Err(error)) => {
                if error.is_outage() {
                    self.interrupted = Some(error.to_string());
                }
                return Ok(Some(Missing::out_of_reach(error.to_string())));
            }
            None => return Ok(Some(self.too_late())),
        };
        self.bounds.running.now(Some(session.cancel_token()));
        let until = self.until;
        let ready = async {
            if self.obstacle(&catalog::SETTING).is_none() {
                let found = self.read_settings(&session).await?;
                self.settings.add(&found);
            }
            pipeline::begin(&session, false).await
        };
        let ready = in_time(until, ready).await;
        self.note(&session, "session");
        match ready {
            Some(Ok(())) => self.database(&session, name).await?,
            Some(Err(error)) => {
                if error.kind == QueryErrorKind::Disconnected {
                    self.interrupted = Some(error.to_string());
                }
                return Ok(Some(Missing::out_of_reach(error.to_string())));
            }
            None => return Ok(Some(self.too_late())),
        }
        session.close().await;
        self.bounds.running.now(None);
        Ok(None)
    }

    /// What `--timeout` ends.
    fn over(&self) -> String {
        format!("not done within {} s (--timeout)", self.bounds.limit.unwrap_or_default().as_secs())
    }

    fn too_late(&mut self) -> Missing {
        let over = self.over();
        self.interrupted.get_or_insert_with(|| over.clone());
        self.cut_short(over)
    }

    /// What was not asked for because the scan had ended.
    fn cut_short(&self, reason: String) -> Missing {
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        Missing { kind: if late { "timeout" } else { "out_of_reach" }, ..Missing::out_of_reach(reason) }
    }

    /// Facts inside one database.
    async fn database(&mut self, session: &Session, name: &str) -> Result<(), ScanError> {
        let mut privileges = Privileges::default();
        let answers = self.ask(session, &catalog::DATABASE, name, &mut privileges).await?;
        self.names.forget_relations();
        let of = |name: &str| answers.iter().find(|a| a.query.name == name);
        let columns_read = of("table_column").is_some_and(|a| a.result.is_ok());
        if let Some(error) = of("relation").and_then(|a| a.result.as_ref().err()).filter(|_| columns_read) {
            let missing = self.why(error);
            self.record("table_column", "*", name, 0, "table_column", 0, Some(missing)).await?;
        }
        for answer in answers {
            let (query, fact) = (answer.query.name, answer.query.fact);
            let Ok(rows) = answer.result else { continue };
            privileges.count(fact, rows.len());
            let mut rows = rows.into_iter();
            // rows are let go of as they are put into the evidence: a large catalog is never held twice
            while rows.len() > 0 {
                let chunk: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
                let records = records(&chunk).map_err(ScanError::Defect)?;
                let rows = fill::rows(&mut self.names, query, name, records);
                self.keep(fact, query, name, &rows, &mut privileges).await?;
            }
        }
        self.privileges(name, privileges).await
    }

    /// Puts what a query brought into its table. What does not fit there is our defect, and costs this fact alone.
    async fn keep(
        &mut self,
        fact: &str,
        source: &'static str,
        database: &str,
        rows: &Rows,
        privileges: &mut Privileges,
    ) -> Result<(), ScanError> {
        let table = if fact == "privilege" { "acl_entry" } else { fact };
        let Err(error) = self.evidence.insert(table, rows).await else { return Ok(()) };
        let missing =
            Missing::out_of_reach(format!("what {source} brought does not fit, a defect of pgcomply: {error}"));
        if fact == "privilege" {
            privileges.note(source, Some(missing));
            return Ok(());
        }
        self.record(fact, "*", database, 0, source, 0, Some(missing)).await
    }

    /// Runs those queries that exist on this major and that the role may run; records every outcome but privileges'.
    async fn ask(
        &mut self,
        session: &Session,
        queries: &[CatalogQuery],
        database: &str,
        privileges: &mut Privileges,
    ) -> Result<Vec<Answer>, ScanError> {
        let mut allowed = Vec::new();
        let mut refused = Vec::new();
        for query in queries {
            match self.obstacle(query) {
                None => allowed.push(query.clone()),
                Some(missing) => refused.push((query.clone(), missing)),
            }
        }
        let answers = self.answers(session, allowed).await;
        self.note_queries(queries, session);
        for answer in &answers {
            let count = answer.result.as_ref().map_or(0, Vec::len);
            let missing = answer.result.as_ref().err().map(|e| self.why(e)).or_else(|| self.hidden_rows(&answer.query));
            if answer.result.as_ref().is_err_and(|e| e.kind == QueryErrorKind::Disconnected) {
                self.interrupted.get_or_insert_with(|| "the connection was lost before the scan was done".into());
            }
            if answer.query.fact == "privilege" {
                privileges.note(answer.query.name, missing);
            } else {
                let (fact, took) = (answer.query.fact, answer.took.as_millis() as i64);
                self.record(fact, part(&answer.query), database, count, answer.query.name, took, missing).await?;
            }
        }
        for (query, missing) in refused {
            if query.fact != "privilege" {
                self.record(query.fact, part(&query), database, 0, query.name, 0, Some(missing)).await?;
            } else if missing.kind != "version" {
                privileges.note(query.name, Some(missing));
            }
        }
        Ok(answers)
    }

    /// The answers of a session, as long as there is one and time is left.
    async fn answers(&mut self, session: &Session, queries: Vec<CatalogQuery>) -> Vec<Answer> {
        let late = if self.interrupted.is_none() {
            match in_time(self.until, pipeline::run(session, self.major, queries.clone())).await {
                Some(answers) => return answers,
                None => {
                    self.bounds.running.cancel().await;
                    self.too_late()
                }
            }
        } else {
            self.cut_short(self.interrupted.clone().unwrap_or_default())
        };
        let kind = if late.kind == "timeout" { QueryErrorKind::Canceled } else { QueryErrorKind::Disconnected };
        let error = QueryError { sqlstate: None, message: late.reason, kind };
        let answer = |query| Answer { query, result: Err(error.clone()), took: Duration::ZERO };
        queries.into_iter().map(answer).collect()
    }

    fn obstacle(&self, query: &CatalogQuery) -> Option<Missing> {
        if !query.exists(self.major) {
            let since = query.since().unwrap_or(0);
            let reason = format!("exists from PostgreSQL {since}");
            return Some(Missing { kind: "version", ..Missing::out_of_reach(reason) });
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
            partial: false,
        })
    }

    /// Rows that a query leaves out, or empties, for this role.
    fn hidden_rows(&self, query: &CatalogQuery) -> Option<Missing> {
        let group = query.shows_all_to().filter(|role| self.denied.contains(&catalog::member_of(role)))?;
        Some(Missing {
            kind: "privilege",
            reason: format!("what other roles do is hidden from a role without {group}"),
            unlock: Some(format!("GRANT {group} TO {};", quote(&self.role))),
            partial: true,
        })
    }

    fn why(&self, error: &QueryError) -> Missing {
        let kind = match error.kind {
            QueryErrorKind::Privilege => "privilege",
            QueryErrorKind::Canceled | QueryErrorKind::Locked => "timeout",
            QueryErrorKind::Missing => "version",
            _ => "out_of_reach",
        };
        Missing { kind, ..Missing::out_of_reach(error.to_string()) }
    }

    /// The record of the fact `privilege` in a database: complete only where every ACL of it was read, and the names of
    /// those who hold them are known.
    async fn privileges(&mut self, database: &str, seen: Privileges) -> Result<(), ScanError> {
        let nameless = || Missing::out_of_reach("the roles could not be read, so grantees are numbers".into());
        let missing = seen.failed.or_else(|| (!self.names.knows_roles()).then(nameless));
        let missing = missing.map(|missing| Missing { partial: seen.rows > 0, ..missing });
        self.record("privilege", "*", database, seen.rows, &seen.sources.join(" "), 0, missing).await
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
        let status = match &missing {
            None => CollectionStatus::Complete,
            Some(missing) if missing.partial => CollectionStatus::Partial,
            Some(_) => CollectionStatus::Unavailable,
        };
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
        if !self.hidden_known {
            // the session ended before the server could be asked which there are
            self.settings.add_hidden(self.major, None);
        }
        let rows = self.settings.rows();
        self.evidence.insert("setting", &rows).await?;
        let grant = format!("GRANT pg_read_all_settings TO {};", quote(&self.role));
        let hidden: Vec<String> = self.settings.hidden().into_iter().map(str::to_owned).collect();
        let masked = self.settings.masked();
        for name in &hidden {
            let reason = format!("{name} is hidden from a role without pg_read_all_settings");
            let missing = Missing { kind: "privilege", unlock: Some(grant.clone()), ..Missing::out_of_reach(reason) };
            self.record("setting", name, "", 0, "setting", 0, Some(missing)).await?;
        }
        for (name, by) in &masked {
            let reason = format!("the scanner's own {by} sets {name}, which hides the server's value");
            let unlock = Some(format!("scan as a role, and in a database, without a {name} of its own"));
            self.record(
                "setting",
                name,
                "",
                0,
                "setting",
                0,
                Some(Missing { unlock, ..Missing::out_of_reach(reason) }),
            )
            .await?;
        }
        let missing = self.obstacle(&catalog::SETTING).or_else(|| {
            let reason =
                format!("{} settings are hidden from the role, {} are set for it alone", hidden.len(), masked.len());
            let partly = !hidden.is_empty() || !masked.is_empty();
            partly.then_some(Missing { kind: "privilege", reason, unlock: Some(grant), partial: true })
        });
        self.record("setting", "*", "", rows.len(), "setting", 0, missing).await?;
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

/// Which part of its fact a query brings.
fn part(query: &CatalogQuery) -> &'static str {
    match query.name {
        "control" => "system_identifier",
        "wal_position" => "wal_position",
        _ => "*",
    }
}

/// Why a part is not there.
#[derive(Clone, Debug)]
struct Missing {
    kind: &'static str,
    reason: String,
    unlock: Option<String>,
    /// Something of it is there all the same.
    partial: bool,
}

impl Missing {
    fn out_of_reach(reason: String) -> Self {
        Missing { kind: "out_of_reach", reason, unlock: None, partial: false }
    }
}

/// What was seen of all ACLs of a database.
#[derive(Default)]
struct Privileges {
    rows: usize,
    sources: Vec<&'static str>,
    failed: Option<Missing>,
}

impl Privileges {
    fn count(&mut self, fact: &str, rows: usize) {
        if fact == "privilege" {
            self.rows += rows;
        }
    }

    fn note(&mut self, source: &'static str, missing: Option<Missing>) {
        self.sources.push(source);
        self.failed = self.failed.take().or(missing);
    }
}

/// Until then, or none.
async fn in_time<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        None => Some(work.await),
        Some(until) => tokio::time::timeout_at(until.into(), work).await.ok(),
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
