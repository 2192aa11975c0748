//! Why no session could be had: what, where, and what to do about it, each in one line.

use std::path::PathBuf;
use std::time::Duration;

use crate::conninfo::SslMode;

use super::wire::Stage;

/// Everything that can go wrong on the way to a session.
///
/// `at` is `host:port` or a socket's path. Text from the server has its control characters escaped.
/// No variant carries a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A certificate must be verified and there is nothing to verify it with.
    #[error("{at}: sslmode={sslmode} needs a root certificate, and {}: give sslrootcert=FILE (or PGSSLROOTCERT), or sslrootcert=system for the system's roots; to audit it unverified use sslmode=require", missing(.path))]
    NoRootCertificate {
        /// The server.
        at: String,
        /// The mode that needs it.
        sslmode: SslMode,
        /// The default file that does not exist, if there is a home directory.
        path: Option<PathBuf>,
    },
    /// The file of root certificates cannot be used.
    #[error("root certificate file {}: {reason}: correct sslrootcert (or PGSSLROOTCERT)", .path.display())]
    RootCertificateFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The system's root certificates cannot be had.
    #[error("sslrootcert=system: {reason}: install the system's CA certificates, or name a file")]
    SystemRoots {
        /// Why not.
        reason: String,
    },
    /// The client's certificate or key cannot be used.
    #[error("client certificate: {}: {reason}: correct sslcert and sslkey", .path.display())]
    ClientCertificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },

    /// The host's name has no address.
    #[error("{at}: cannot find the host's address: {reason}: check the host name")]
    NameNotFound {
        /// The server.
        at: String,
        /// The resolver's answer.
        reason: String,
    },
    /// Nobody listens there.
    #[error("{at}: connection refused: check that the server runs and listens there")]
    Refused {
        /// The server.
        at: String,
    },
    /// The socket does not exist.
    #[error(
        "{at}: no such socket: check that the server runs, and its unix_socket_directories and port; or give -h HOST"
    )]
    NoSocket {
        /// The socket's path.
        at: String,
    },
    /// The network does not lead there.
    #[error("{at}: cannot connect: {reason}")]
    Unreachable {
        /// The server.
        at: String,
        /// The system's reason.
        reason: String,
    },
    /// The server did not answer in time.
    #[error("{at}: no answer within {} s {stage}: check the server and the way to it, or raise connect_timeout", .after.as_secs_f32())]
    TimedOut {
        /// The server.
        at: String,
        /// What was being waited for.
        stage: Stage,
        /// The time allowed.
        after: Duration,
    },
    /// The connection ended early.
    #[error("{at}: the connection was closed {stage}: see the server's log, and any proxy or firewall between")]
    Dropped {
        /// The server.
        at: String,
        /// How far it had come.
        stage: Stage,
    },
    /// Something else listens there.
    #[error("{at}: this is not a PostgreSQL server: it answered \"{saw}\": check host and port")]
    NotPostgres {
        /// The server.
        at: String,
        /// The first bytes of its answer, escaped.
        saw: String,
    },
    /// The answers make no sense.
    #[error("{at}: unintelligible answer {stage}: {reason}: check that host and port are PostgreSQL's")]
    Protocol {
        /// The server.
        at: String,
        /// How far it had come.
        stage: Stage,
        /// What was wrong.
        reason: String,
    },

    /// The server has TLS off, and TLS is required.
    #[error(
        "{at}: the server does not offer TLS, and sslmode={sslmode} requires it: turn ssl on there, or audit it in clear with sslmode=disable"
    )]
    TlsRefused {
        /// The server.
        at: String,
        /// The mode that requires it.
        sslmode: SslMode,
    },
    /// The handshake failed.
    #[error("{at}: TLS handshake failed: {reason}")]
    TlsFailed {
        /// The server.
        at: String,
        /// What failed.
        reason: String,
    },
    /// The chain leads to no trusted root.
    #[error("{at}: the server's certificate is not trusted: {reason} (roots: {roots}): {advice}")]
    Untrusted {
        /// The server.
        at: String,
        /// Why not.
        reason: String,
        /// Where trust begins: a path or `system`.
        roots: String,
        /// What to type.
        advice: String,
    },
    /// A certificate of the chain is past its end.
    #[error("{at}: certificate \"{subject}\" expired on {not_after}: renew it; {advice}")]
    Expired {
        /// The server.
        at: String,
        /// Whose certificate.
        subject: String,
        /// RFC 3339.
        not_after: String,
        /// What to type.
        advice: String,
    },
    /// A certificate of the chain is not valid yet.
    #[error("{at}: certificate \"{subject}\" is not valid before {not_before}: check both clocks; {advice}")]
    NotYetValid {
        /// The server.
        at: String,
        /// Whose certificate.
        subject: String,
        /// RFC 3339.
        not_before: String,
        /// What to type.
        advice: String,
    },
    /// The certificate is for another name.
    #[error(
        "{at}: the server's certificate does not name the host \"{host}\": {reason}: connect by a name it has (hostaddr=ADDRESS keeps the way), reissue it, or use sslmode=verify-ca"
    )]
    WrongHostName {
        /// The server.
        at: String,
        /// The name that was looked for.
        host: String,
        /// The names that are there.
        reason: String,
    },
    /// The server did not prove that the certificate is its own.
    #[error(
        "{at}: the server's proof that it holds the certificate's key is wrong: someone may be in between; nothing was sent"
    )]
    KeyNotProved {
        /// The server.
        at: String,
    },
    /// The proof is of a kind that cannot be checked here.
    #[error(
        "{at}: sslmode={sslmode} needs proof that the server holds its key, and this program cannot check {key} keys: {advice}"
    )]
    KeyProofUnsupported {
        /// The server.
        at: String,
        /// The mode that needs it.
        sslmode: SslMode,
        /// The kind of key.
        key: String,
        /// What to type.
        advice: String,
    },

    /// The server wants a password and there is none.
    #[error(
        "{at}: the server asks user \"{user}\" for a password and none was found: use --password-file, ~/.pgpass or PGPASSWORD"
    )]
    NoPassword {
        /// The server.
        at: String,
        /// The role.
        user: String,
    },
    /// SQLSTATE 28P01.
    #[error(
        "{at}: the password was refused for user \"{user}\", or there is no such role: check it and where it came from ({source_of_password}); the server said: {message}"
    )]
    WrongPassword {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// Which of the sources was used.
        source_of_password: String,
        /// The server's words.
        message: String,
    },
    /// SQLSTATE 3D000.
    #[error("{at}: database \"{database}\" does not exist: give another with -d")]
    UnknownDatabase {
        /// The server.
        at: String,
        /// The database.
        database: String,
    },
    /// SQLSTATE 28000, because of the role itself.
    #[error(
        "{at}: user \"{user}\" cannot log in: {message}: check the role and its LOGIN attribute, or give another with -U"
    )]
    UnknownRole {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// The server's words.
        message: String,
    },
    /// SQLSTATE 28000, by pg_hba.conf.
    #[error(
        "{at}: the server does not let user \"{user}\" into database \"{database}\": {message}: check pg_hba.conf, and give sslcert and sslkey if it asks for a client certificate"
    )]
    Rejected {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// The database.
        database: String,
        /// The server's words.
        message: String,
    },
    /// SQLSTATE 42501 while entering the database.
    #[error(
        "{at}: user \"{user}\" may not enter database \"{database}\": {message}: GRANT CONNECT ON DATABASE, or give another with -d"
    )]
    NoConnectPrivilege {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// The database.
        database: String,
        /// The server's words.
        message: String,
    },
    /// A clear-text password was asked for on an unencrypted connection.
    #[error(
        "{at}: the server asks for the password in clear text over an unencrypted connection, and it was not sent: use sslmode=require or stronger, or scram-sha-256 in pg_hba.conf"
    )]
    ClearTextPassword {
        /// The server.
        at: String,
    },
    /// A method that is not spoken here.
    #[error(
        "{at}: the server wants {method} authentication, which is not supported: let user \"{user}\" in by scram-sha-256 or a client certificate"
    )]
    UnsupportedMethod {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// The method.
        method: String,
    },
    /// More SCRAM iterations than the driver computes.
    #[error(
        "{at}: user \"{user}\" has a SCRAM password of {iterations} iterations, and at most 100000 are computed here: set scram_iterations to 100000 or less and the password again, or use a client certificate"
    )]
    ScramIterations {
        /// The server.
        at: String,
        /// The role.
        user: String,
        /// What the server asks for.
        iterations: u64,
    },
    /// SCRAM's last message did not verify.
    #[error(
        "{at}: the server could not prove that it knows the password of user \"{user}\": someone may be in between"
    )]
    ServerNotProved {
        /// The server.
        at: String,
        /// The role.
        user: String,
    },
    /// `channel_binding=require` was not met.
    #[error("{at}: channel_binding=require cannot be met: {reason}")]
    ChannelBinding {
        /// The server.
        at: String,
        /// Why not.
        reason: String,
    },

    /// SQLSTATE 53300.
    #[error("{at}: the server has no connection free: {message}: wait, or raise max_connections or the role's limit")]
    TooManyConnections {
        /// The server.
        at: String,
        /// The server's words.
        message: String,
    },
    /// SQLSTATE 57P03.
    #[error("{at}: the server does not take connections now: {message}: wait until it is up")]
    StartingUp {
        /// The server.
        at: String,
        /// The server's words.
        message: String,
    },
    /// Any other refusal.
    #[error("{at}: the server refused the connection: {message} (SQLSTATE {sqlstate})")]
    Server {
        /// The server.
        at: String,
        /// The five characters.
        sqlstate: String,
        /// The server's words.
        message: String,
    },
}

fn missing(path: &Option<PathBuf>) -> String {
    match path {
        Some(path) => format!("{} does not exist", path.display()),
        None => "none was named".to_owned(),
    }
}

impl ConnectError {
    /// A word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoRootCertificate { .. } => "no_root_certificate",
            Self::RootCertificateFile { .. } => "root_certificate_file",
            Self::SystemRoots { .. } => "system_roots",
            Self::ClientCertificate { .. } => "client_certificate",
            Self::NameNotFound { .. } => "name_not_found",
            Self::Refused { .. } => "refused",
            Self::NoSocket { .. } => "no_socket",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::Dropped { .. } => "dropped",
            Self::NotPostgres { .. } => "not_postgres",
            Self::Protocol { .. } => "protocol",
            Self::TlsRefused { .. } => "tls_refused",
            Self::TlsFailed { .. } => "tls_failed",
            Self::Untrusted { .. } => "untrusted",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::WrongHostName { .. } => "wrong_host_name",
            Self::KeyNotProved { .. } => "key_not_proved",
            Self::KeyProofUnsupported { .. } => "key_proof_unsupported",
            Self::NoPassword { .. } => "no_password",
            Self::WrongPassword { .. } => "wrong_password",
            Self::UnknownDatabase { .. } => "unknown_database",
            Self::UnknownRole { .. } => "unknown_role",
            Self::Rejected { .. } => "rejected",
            Self::NoConnectPrivilege { .. } => "no_connect_privilege",
            Self::ClearTextPassword { .. } => "clear_text_password",
            Self::UnsupportedMethod { .. } => "unsupported_method",
            Self::ScramIterations { .. } => "scram_iterations",
            Self::ServerNotProved { .. } => "server_not_proved",
            Self::ChannelBinding { .. } => "channel_binding",
            Self::TooManyConnections { .. } => "too_many_connections",
            Self::StartingUp { .. } => "starting_up",
            Self::Server { .. } => "server",
        }
    }

    /// The server or the way to it is gone, whatever was asked for.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::NoSocket { .. }
                | Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Dropped { .. }
                | Self::StartingUp { .. }
        )
    }

    /// 2 where the caller's own input is at fault and nothing was dialled, else 4: no target could be scanned.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoRootCertificate { .. }
            | Self::RootCertificateFile { .. }
            | Self::SystemRoots { .. }
            | Self::ClientCertificate { .. } => 2,
            _ => 4,
        }
    }
}
