//! Why a command could not do what it was asked: one line, and the exit code.

use std::io::Write;

use crate::catalogue::CatalogueError;
use crate::collect::postgres::ScanError;
use crate::conninfo::ConninfoError;
use crate::evidence::EvidenceError;
use crate::model::text::visible;
use crate::policy::PolicyError;
use crate::server::ServerError;

/// Usage, or a file that is missing, unreadable or wrong: nothing was judged.
pub(super) const USAGE: u8 = 2;
/// No target could be scanned; no server could be had.
pub(super) const UNREACHED: u8 = 4;
/// A defect of ours.
pub(super) const DEFECT: u8 = 70;

/// One line, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    line: String,
}

impl Failure {
    /// Wrong usage or input.
    pub(super) fn usage(line: impl Into<String>) -> Self {
        Failure { code: USAGE, line: line.into() }
    }

    /// No target.
    pub(super) fn unreached(line: impl Into<String>) -> Self {
        Failure { code: UNREACHED, line: line.into() }
    }

    /// A defect of ours.
    pub(super) fn defect(line: impl Into<String>) -> Self {
        Failure { code: DEFECT, line: line.into() }
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        self.code
    }

    /// The line.
    pub(super) fn line(&self) -> &str {
        &self.line
    }

    /// Writes the line to stderr; the result is the exit code.
    pub(super) fn print(&self) -> u8 {
        // nobody is left to be told where stderr is closed
        let _ = writeln!(std::io::stderr(), "pgcomply: {}", visible(&self.line));
        self.code
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Failure::usage(error.to_string())
    }
}

impl From<CatalogueError> for Failure {
    fn from(error: CatalogueError) -> Self {
        Failure::usage(error.to_string())
    }
}

impl From<ConninfoError> for Failure {
    fn from(error: ConninfoError) -> Self {
        Failure { code: error.exit_code(), line: error.to_string() }
    }
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Sqlite(_) | EvidenceError::Json(_) => Failure::defect(error.to_string()),
            _ => Failure::usage(error.to_string()),
        }
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Connect(error) => Failure { code: error.exit_code(), line: error.to_string() },
            ScanError::Read { .. } | ScanError::OutOfTime { .. } => Failure::unreached(error.to_string()),
            ScanError::Evidence(error) => error.into(),
            ScanError::Defect(line) => Failure::defect(line),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        Failure::unreached(error.to_string())
    }
}
