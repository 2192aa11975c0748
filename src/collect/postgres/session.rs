//! One session in one database of the audited server.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, poll_fn, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::{self, SslMode, SslNegotiation};
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Row};

use super::cancel::CancelToken;
use super::diagnose::diagnose;
use super::query_error::QueryError;
use super::watch::{Observed, Watched};
use crate::collect::wire::{self, Certificate, Progress, TlsEndpoint, Wire};
use crate::collect::{ConnectError, printable};
use crate::conninfo::{ChannelBinding, ConnectionSettings, Secret};

/// Notices beyond this many are dropped.
const MOST_NOTICES: usize = 100;
/// How long a polite end may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// An authenticated session, and what was learnt while opening it.
///
/// At start-up it names user, database and client_encoding and nothing else: startup options would change the very
/// settings that are read. Queries may run pipelined: every method takes `&self`.
pub struct Session {
    client: Client,
    driver: JoinHandle<()>,
    settings: Arc<ConnectionSettings>,
    now: DateTime<Utc>,
    endpoint: TlsEndpoint,
    certificates: Vec<Certificate>,
    observed: Observed,
    statements: Mutex<Vec<String>>,
    notices: Arc<Mutex<VecDeque<String>>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects, decides whether to trust the server, and logs in, all within `connect_timeout`.
    /// `now` is the time by which certificates are judged. For another database of the server, open another session
    /// with [`ConnectionSettings::with_database`].
    ///
    /// # Errors
    /// One line that says what, where and what to do; see [`ConnectError`].
    pub async fn open(settings: &ConnectionSettings, now: DateTime<Utc>) -> Result<Self, ConnectError> {
        let (progress, after) = (Arc::new(Progress::default()), settings.connect_timeout);
        match timeout(after, Self::open_in_time(settings, now, &progress)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ConnectError::TimedOut { at: settings.address(), stage: progress.stage(), after }),
        }
    }

    async fn open_in_time(
        settings: &ConnectionSettings,
        now: DateTime<Utc>,
        progress: &Arc<Progress>,
    ) -> Result<Self, ConnectError> {
        let Wire { transport, mut endpoint, certificates, binding } = wire::connect(settings, now, progress).await?;
        let stream = Watched::new(transport, binding, Arc::clone(progress));
        let connected = config(settings).connect_raw(stream.clone(), Passage).await;
        let observed = stream.observed();
        let (client, connection) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                stream.hang_up().await;
                return Err(diagnose(&error, &observed, progress, settings));
            }
        };
        endpoint.auth_method = observed.method.clone();
        endpoint.channel_binding =
            endpoint.encrypted.then_some(if observed.channel_bound { "used" } else { "not_used" });
        let notices = Arc::default();
        let driver = tokio::spawn(drive(connection, Arc::clone(&notices)));
        let settings = Arc::new(forget_password(settings));
        let statements = Mutex::default();
        Ok(Self { client, driver, settings, now, endpoint, certificates, observed, statements, notices })
    }

    /// Runs one statement and returns its rows. Parameters are bound with their types, so one round trip is enough.
    /// Columns must be of built-in types: any other makes the driver run look-ups of its own.
    ///
    /// # Errors
    /// The server's refusal, by SQLSTATE.
    pub async fn query(&self, sql: &str, parameters: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>, QueryError> {
        self.note(sql);
        self.client.query_typed(sql, parameters).await.map_err(|error| QueryError::of(&error))
    }

    /// Runs statements that return no rows, several in one text if need be (`BEGIN`, `SET`, `SAVEPOINT` …).
    ///
    /// # Errors
    /// The server's refusal, by SQLSTATE.
    pub async fn execute(&self, sql: &str) -> Result<(), QueryError> {
        self.note(sql);
        self.client.batch_execute(sql).await.map_err(|error| QueryError::of(&error))
    }

    /// The distinct texts that were run, in order of their first use.
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server's notices, made safe for a line; at most a hundred.
    pub fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How the connection is secured.
    pub fn endpoint(&self) -> &TlsEndpoint {
        &self.endpoint
    }

    /// The server's certificates, and those of the bundle that the chain uses.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What was asked for; the password has been dropped.
    pub fn settings(&self) -> &ConnectionSettings {
        &self.settings
    }

    /// The backend's process id.
    pub fn process_id(&self) -> Option<i32> {
        self.observed.process_id
    }

    /// What the server reported at start-up: `server_version`, `server_encoding`, `in_hot_standby` …
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.observed.parameters
    }

    /// The iterations of the role's SCRAM password, when it was asked for one.
    pub fn scram_iterations(&self) -> Option<u64> {
        self.observed.iterations
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The right to cancel what this session runs, for a signal handler or a time limit.
    pub fn cancel_token(&self) -> CancelToken {
        let settings = Arc::clone(&self.settings);
        CancelToken { settings, now: self.now, token: self.client.cancel_token() }
    }

    /// Says goodbye (Terminate, and close_notify over TLS) and waits until it is sent.
    pub async fn close(self) {
        let Self { client, mut driver, .. } = self;
        drop(client);
        if timeout(FAREWELL, &mut driver).await.is_err() {
            driver.abort();
        }
    }

    fn note(&self, sql: &str) {
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if !statements.iter().any(|known| known == sql) {
            statements.push(sql.to_owned());
        }
    }
}

/// No application_name, no options: see [`Session`]. The stream is ready, so the driver is told to start on it at once.
fn config(settings: &ConnectionSettings) -> Config {
    let mut config = Config::new();
    config
        .user(&settings.user)
        .dbname(&settings.database)
        .ssl_mode(SslMode::Require)
        .ssl_negotiation(SslNegotiation::Direct)
        .channel_binding(match settings.channel_binding {
            ChannelBinding::Disable => config::ChannelBinding::Disable,
            ChannelBinding::Prefer => config::ChannelBinding::Prefer,
            ChannelBinding::Require => config::ChannelBinding::Require,
        });
    if let Some(password) = &settings.password {
        config.password(Secret::expose(password));
    }
    config
}

fn forget_password(settings: &ConnectionSettings) -> ConnectionSettings {
    ConnectionSettings { password: None, ..settings.clone() }
}

/// Moves bytes until the session ends; keeps the notices.
async fn drive(mut connection: Connection<Watched, Watched>, notices: Arc<Mutex<VecDeque<String>>>) {
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notice(notice) = message {
            let mut notices = notices.lock().unwrap_or_else(PoisonError::into_inner);
            if notices.len() < MOST_NOTICES {
                notices.push_back(printable(notice.message()));
            }
        }
    }
}

/// Hands the driver the stream as it is: TLS, where there is any, is already there.
pub(super) struct Passage;

impl TlsConnect<Watched> for Passage {
    type Stream = Watched;
    type Error = Infallible;
    type Future = Ready<Result<Watched, Infallible>>;

    fn connect(self, stream: Watched) -> Self::Future {
        ready(Ok(stream))
    }
}
