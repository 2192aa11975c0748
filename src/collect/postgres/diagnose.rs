//! From the driver's error and what the watch saw to the one line that helps.

use tokio_postgres::error::DbError;
use tokio_postgres::{Error, error::SqlState};

use super::watch::{Observed, Violation};
use crate::collect::wire::{Progress, Stage};
use crate::collect::{ConnectError, printable};
use crate::conninfo::{ChannelBinding, ConnectionSettings};

/// The driver computes no more (postgres-protocol's limit).
const MOST_ITERATIONS: u64 = 100_000;

/// The driver's error, told better.
pub(super) fn diagnose(
    error: &Error,
    seen: &Observed,
    progress: &Progress,
    settings: &ConnectionSettings,
) -> ConnectError {
    let stage = progress.stage();
    if let Some(violation) = &seen.violation {
        return violated(violation, stage, settings);
    }
    if let Some(error) = error.as_db_error() {
        return refused(error, settings);
    }
    if error.is_closed() || seen.ended {
        return ConnectError::Dropped { at: settings.address(), stage };
    }
    log_in(seen, stage, settings).unwrap_or_else(|| protocol(error, stage, settings))
}

fn violated(violation: &Violation, stage: Stage, settings: &ConnectionSettings) -> ConnectError {
    let at = settings.address();
    match violation {
        Violation::ClearTextPassword => ConnectError::ClearTextPassword { at },
        Violation::NotPostgres(saw) => ConnectError::NotPostgres { at, saw: saw.clone() },
        Violation::Alert(alert) => {
            let reason =
                format!("the server ended it with alert {alert}: check the client certificate, if one was sent");
            ConnectError::TlsFailed { at, reason }
        }
        Violation::Garbage(reason) => ConnectError::Protocol { at, stage, reason: reason.clone() },
    }
}

/// The server's refusals. `routine` tells what the SQLSTATE does not, and is never translated.
fn refused(error: &DbError, settings: &ConnectionSettings) -> ConnectError {
    let (at, user, database) = (settings.address(), shown(&settings.user), shown(&settings.database));
    let message = printable(error.message());
    match (error.code(), error.routine()) {
        (&SqlState::INVALID_PASSWORD, _) => {
            let source = settings.password_source.as_ref();
            let source_of_password = source.map_or_else(|| "none was given".to_owned(), ToString::to_string);
            ConnectError::WrongPassword { at, user, source_of_password, message }
        }
        (&SqlState::INVALID_CATALOG_NAME, _) => ConnectError::UnknownDatabase { at, database },
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, Some("InitializeSessionUserId")) => {
            ConnectError::UnknownRole { at, user, message }
        }
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, _) => ConnectError::Rejected { at, user, database, message },
        (&SqlState::INSUFFICIENT_PRIVILEGE, _) => ConnectError::NoConnectPrivilege { at, user, database, message },
        (&SqlState::TOO_MANY_CONNECTIONS, _) => ConnectError::TooManyConnections { at, message },
        (&SqlState::CANNOT_CONNECT_NOW, _) => ConnectError::StartingUp { at, message },
        (code, _) => ConnectError::Server { at, sqlstate: printable(code.code()), message },
    }
}

/// What the driver itself would not do.
fn log_in(seen: &Observed, stage: Stage, settings: &ConnectionSettings) -> Option<ConnectError> {
    let (at, user) = (settings.address(), shown(&settings.user));
    let method = seen.method.as_deref()?;
    let unbound = settings.channel_binding == ChannelBinding::Require && !seen.channel_bound;
    match method {
        "none" | "md5" | "password" | "scram-sha-256" => {}
        method => {
            return Some(ConnectError::UnsupportedMethod { at, user, method: method.to_owned() });
        }
    }
    if method != "none" && settings.password.is_none() {
        return Some(ConnectError::NoPassword { at, user });
    }
    if unbound {
        let reason = match method {
            "scram-sha-256" => "the server offers no SCRAM-SHA-256-PLUS, or its certificate is signed with Ed25519",
            "none" => "the server asked for no password",
            _ => "the server does not use SCRAM",
        };
        return Some(ConnectError::ChannelBinding { at, reason: reason.to_owned() });
    }
    if stage != Stage::Authentication {
        return None;
    }
    match seen.iterations? {
        iterations if iterations > MOST_ITERATIONS => Some(ConnectError::ScramIterations { at, user, iterations }),
        _ => Some(ConnectError::ServerNotProved { at, user }),
    }
}

fn protocol(error: &Error, stage: Stage, settings: &ConnectionSettings) -> ConnectError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let reason = printable(&format!("{error}{cause}"));
    ConnectError::Protocol { at: settings.address(), stage, reason }
}

fn shown(name: &str) -> String {
    printable(name)
}
