//! What can go wrong between wanting a private server and having one.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the private server. Each message is one line and says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Neither an installed server nor a fetched one could be had (exit code 4 for `demo`).
    #[error(
        "no PostgreSQL {wanted}found on PATH or in the usual places, and none could be fetched ({reason}): \
         install one (Debian: apt install postgresql; macOS: brew install postgresql@16), \
         or name its bin folder in PGCOMPLY_POSTGRES"
    )]
    NoServer {
        /// `""`, or the major asked for and a blank.
        wanted: String,
        /// Why fetching one did not work.
        reason: String,
    },
    /// `PGCOMPLY_POSTGRES` names a folder without a working server.
    #[error("PGCOMPLY_POSTGRES names {}, which holds no working initdb and postgres", .0.display())]
    NotABinFolder(PathBuf),
    /// No build of that major is pinned for this platform.
    #[error("no build of PostgreSQL {major} is pinned for {platform}")]
    NotPinned {
        /// The major version asked for.
        major: u16,
        /// The npm name of this platform.
        platform: String,
    },
    /// The package manager is not installed.
    #[error("the npm client that would fetch it is not on PATH")]
    NoNpm,
    /// The package manager could not bring the package.
    #[error("npm could not bring {package}: {reason}")]
    Npm {
        /// Package and version.
        package: String,
        /// The client's own last words.
        reason: String,
    },
    /// The package is not the one that was pinned; nothing of it was unpacked.
    #[error("{}: sha512 is {found}, and {pinned} is pinned: refused", .file.display())]
    WrongDigest {
        /// The package file.
        file: PathBuf,
        /// Digest of the file, hexadecimal.
        found: String,
        /// Digest of the pin, hexadecimal.
        pinned: String,
    },
    /// The package holds something that a server package has no business with.
    #[error("{}: refused: {reason}", .file.display())]
    BadPackage {
        /// The package file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The socket's path would not fit in the kernel's structure.
    #[error("{}: too long for a socket folder (the whole path may have {limit} bytes): set a shorter TMPDIR", .path.display())]
    SocketPathTooLong {
        /// The folder that was tried.
        path: PathBuf,
        /// The system's limit in bytes.
        limit: usize,
    },
    /// `root` may not run PostgreSQL, and no other account is there.
    #[error("PostgreSQL refuses to run as root, and neither the user postgres nor nobody exists: create one")]
    NoAccount,
    /// `initdb` failed.
    #[error("{}: initdb failed: {log}", .bin.display())]
    InitDb {
        /// The bin folder.
        bin: PathBuf,
        /// The end of what it said.
        log: String,
    },
    /// The server ended, or was not ready in time.
    #[error("{}: the server did not start: {log}", .bin.display())]
    Start {
        /// The bin folder.
        bin: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// A statement of ours failed on the private server.
    #[error("{what}: {reason}")]
    Sql {
        /// The database, or the file that the statement stands in.
        what: String,
        /// The server's words.
        reason: String,
    },
    /// Certificates could not be made.
    #[error(transparent)]
    Pki(#[from] crate::pki::PkiError),
    /// A file or a process could not be handled.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file, folder or program.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl ServerError {
    /// Names the file, folder or program in an I/O error: `.map_err(ServerError::io(path))`.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// Names the database or file in an error of the server, with its detail where it gave one.
    pub(crate) fn sql(what: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let what = what.into();
        move |error| Self::Sql { what, reason: said(&error) }
    }
}

fn said(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        return error.to_string();
    };
    let near = db.where_().map(|w| format!(" ({})", w.replace('\n', " "))).unwrap_or_default();
    format!("{} [{}]{near}", db.message(), db.code().code())
}
