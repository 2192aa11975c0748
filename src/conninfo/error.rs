//! What can be wrong with the way a target was named. All of it is the caller's to correct: exit code 2.

use std::path::PathBuf;

use super::Origin;

/// A connection parameter that cannot be used. No variant ever carries a password.
#[derive(Debug, thiserror::Error)]
pub enum ConninfoError {
    /// A key that libpq does not know either.
    #[error("unknown connection parameter \"{key}\" in the {origin}{}", hint(.nearest))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// Where it was written.
        origin: Origin,
        /// A known key of similar spelling.
        nearest: Option<&'static str>,
    },
    /// A key, or a value of it, that libpq knows and we do not support.
    #[error("\"{key}\" is set by the {origin} but not supported: {why}")]
    Unsupported {
        /// The key.
        key: String,
        /// Where it was set.
        origin: Origin,
        /// What to do instead.
        why: &'static str,
    },
    /// A value that makes no sense.
    #[error("invalid {key} \"{}\" in the {origin}: expected {expected}", .value.escape_debug())]
    Invalid {
        /// The key.
        key: &'static str,
        /// The value as written.
        value: String,
        /// Where it was written.
        origin: Origin,
        /// What would have been right.
        expected: &'static str,
    },
    /// Two settings that exclude each other.
    #[error("{what}")]
    Conflict {
        /// Both settings, and what to change.
        what: String,
    },
    /// A URL, connection string or service file that does not parse. The text itself is not repeated.
    #[error("cannot read the {origin}: {reason}")]
    Syntax {
        /// What was being read.
        origin: Origin,
        /// What is wrong.
        reason: String,
    },
    /// More than one host or port.
    #[error("the {origin} names several hosts, which is not supported: scan them one by one, as targets")]
    SeveralHosts {
        /// Where they were named.
        origin: Origin,
    },
    /// A service that no service file defines.
    #[error("service \"{}\" (from the {origin}) is not defined in {searched}", .name.escape_debug())]
    NoSuchService {
        /// The service asked for.
        name: String,
        /// Who asked for it.
        origin: Origin,
        /// The files that were looked at.
        searched: String,
    },
    /// A file that was named and cannot be read.
    #[error("cannot read the {what} {}: {source}", .path.display())]
    File {
        /// What the file is for.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A secret file that holds nothing.
    #[error("the {what} {} is empty", .path.display())]
    EmptyFile {
        /// What the file is for.
        what: &'static str,
        /// Its path.
        path: PathBuf,
    },
    /// Nobody said who to connect as.
    #[error("no user name: give -U, PGUSER or user= in the connection string")]
    NoUser,
}

impl ConninfoError {
    /// The process's exit code: 2, bad input.
    pub fn exit_code(&self) -> u8 {
        2
    }
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map(|key| format!(" (did you mean \"{key}\"?)")).unwrap_or_default()
}
