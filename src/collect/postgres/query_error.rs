//! Why a query failed, by SQLSTATE. Values never show: not in details, and not in messages that quote them.

use std::fmt;

use tokio_postgres::Error;

use crate::collect::printable;

/// A query that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", .sqlstate.as_ref().map(|state| format!(" (SQLSTATE {state})")).unwrap_or_default())]
pub struct QueryError {
    /// The five characters, when the server said so.
    pub sqlstate: Option<String>,
    /// The server's first line with control characters escaped; a general one where the server's could quote data.
    pub message: String,
    /// What it means for a collector.
    pub kind: QueryErrorKind,
}

/// What a failed query means for a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// The role may not read it (42501).
    Privilege,
    /// This server has no such relation, column or function (42P01, 42703, 42883, 42704).
    Missing,
    /// `statement_timeout`, or cancelled (57014).
    Canceled,
    /// `lock_timeout` (55P03).
    Locked,
    /// The server ran out of something or refuses more of it (class 53, 54).
    Resources,
    /// The transaction is read-only and it was not (25006).
    ReadOnly,
    /// An earlier error of the transaction stands in the way (25P02).
    Aborted,
    /// The session is over (57P0*, class 08, a closed connection).
    Disconnected,
    /// Anything else.
    Other,
}

impl fmt::Display for QueryErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Privilege => "privilege",
            Self::Missing => "missing",
            Self::Canceled => "canceled",
            Self::Locked => "locked",
            Self::Resources => "resources",
            Self::ReadOnly => "read_only",
            Self::Aborted => "aborted",
            Self::Disconnected => "disconnected",
            Self::Other => "other",
        })
    }
}

impl QueryError {
    /// Reads the driver's error; details, context and parameters are left behind.
    pub fn of(error: &Error) -> Self {
        match error.as_db_error() {
            Some(server) => Self::of_server(server.code().code(), server.message()),
            None => Self::of_driver(error),
        }
    }

    fn of_server(sqlstate: &str, message: &str) -> Self {
        // data exceptions and violated constraints quote values
        let message = match sqlstate.get(..2) {
            Some("22") => "data exception".to_owned(),
            Some("23") => "integrity constraint violation".to_owned(),
            _ => printable(message),
        };
        Self { sqlstate: Some(printable(sqlstate)), message, kind: kind(sqlstate) }
    }

    /// A value could not be converted to the client's encoding (22021, 22P05).
    pub(super) fn is_of_encoding(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("22021" | "22P05"))
    }

    fn of_driver(error: &Error) -> Self {
        let ended = error.is_closed() || error.to_string() == "error communicating with the server";
        let kind = if ended { QueryErrorKind::Disconnected } else { QueryErrorKind::Other };
        let message = if ended { "the connection to the server was lost".to_owned() } else { error.to_string() };
        Self { sqlstate: None, message: printable(&message), kind }
    }
}

fn kind(sqlstate: &str) -> QueryErrorKind {
    match sqlstate {
        "42501" => QueryErrorKind::Privilege,
        "42P01" | "42703" | "42883" | "42704" => QueryErrorKind::Missing,
        "57014" => QueryErrorKind::Canceled,
        "55P03" => QueryErrorKind::Locked,
        "25006" => QueryErrorKind::ReadOnly,
        "25P02" => QueryErrorKind::Aborted,
        "25P03" => QueryErrorKind::Disconnected,
        state if state.starts_with("57P") || state.starts_with("08") => QueryErrorKind::Disconnected,
        state if state.starts_with("53") || state.starts_with("54") => QueryErrorKind::Resources,
        _ => QueryErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_become_kinds() {
        let cases = [
            ("42501", QueryErrorKind::Privilege),
            ("42P01", QueryErrorKind::Missing),
            ("57014", QueryErrorKind::Canceled),
            ("55P03", QueryErrorKind::Locked),
            ("57P01", QueryErrorKind::Disconnected),
            ("08006", QueryErrorKind::Disconnected),
            ("53200", QueryErrorKind::Resources),
            ("42601", QueryErrorKind::Other),
        ];
        for (sqlstate, kind) in cases {
            assert_eq!(QueryError::of_server(sqlstate, "m").kind, kind, "{sqlstate}");
        }
    }

    #[test]
    fn values_in_messages_are_left_out() {
        let error = QueryError::of_server("22P02", "invalid input syntax for type integer: \"sesame\"");
        assert_eq!(error.to_string(), "data exception (SQLSTATE 22P02)");
        let error = QueryError::of_server("42501", "permission denied for table a\x1b[2Jb");
        assert_eq!(error.to_string(), "permission denied for table a\\u{1b}[2Jb (SQLSTATE 42501)");
    }
}
