//! The settled connection: what to dial, as whom, and how far to trust.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;

/// Everything needed to open a session. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Where the server listens.
    pub host: Host,
    /// The port, also the number in a Unix socket's file name.
    pub port: u16,
    /// The role to log in as.
    pub user: String,
    /// The database to enter.
    pub database: String,
    /// The password, if one was found.
    pub password: Option<Secret>,
    /// Where the password was found.
    pub password_source: Option<PasswordSource>,
    /// How far the server's certificate must be trusted; a Unix socket ignores it, as in libpq.
    pub sslmode: SslMode,
    /// Where trust begins.
    pub ssl_root_cert: RootCertificates,
    /// The certificate to log in with.
    pub client_certificate: Option<ClientCertificate>,
    /// Ask for TLS first (`postgres`), or start with it (`direct`, servers of 17 and later).
    pub ssl_negotiation: SslNegotiation,
    /// Whether SCRAM must, may or must not be bound to the TLS connection.
    pub channel_binding: ChannelBinding,
    /// The time for the whole way: name look-up, TCP, TLS, start-up and authentication.
    pub connect_timeout: Duration,
    /// A name that the caller asked for; set by the collector, not at start-up.
    pub application_name: Option<String>,
    /// What the caller should be told, free of secrets.
    pub warnings: Vec<String>,
}

impl ConnectionSettings {
    /// The same way into another database of the server.
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// The same with a password that a prompt returned.
    pub fn with_password(&self, password: Secret) -> Self {
        Self { password: Some(password), password_source: Some(PasswordSource::Prompt), ..self.clone() }
    }

    /// `host:port`, or the path of the socket.
    pub fn address(&self) -> String {
        match &self.host {
            Host::Tcp { name, .. } if name.contains(':') => format!("[{name}]:{}", self.port),
            Host::Tcp { name, .. } => format!("{}:{}", name.escape_debug(), self.port),
            Host::Unix { .. } => self.socket_path().map(|path| path.display().to_string()).unwrap_or_default(),
        }
    }

    /// The file of a Unix socket, `DIR/.s.PGSQL.PORT`.
    pub fn socket_path(&self) -> Option<PathBuf> {
        match &self.host {
            Host::Unix { directory } => Some(directory.join(format!(".s.PGSQL.{}", self.port))),
            Host::Tcp { .. } => None,
        }
    }

    /// One line for people, free of secrets: `user "u" in database "d" at h:5432 (sslmode verify-full)`.
    pub fn describe(&self) -> String {
        let (user, database) = (self.user.escape_debug(), self.database.escape_debug());
        let transport = match self.host {
            Host::Tcp { .. } => format!("sslmode {}", self.sslmode),
            Host::Unix { .. } => "Unix socket".to_owned(),
        };
        format!("user \"{user}\" in database \"{database}\" at {} ({transport})", self.address())
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Over TCP.
    Tcp {
        /// The name that the certificate must show; looked up unless `hostaddr` is given.
        name: String,
        /// The address to dial instead of looking the name up.
        hostaddr: Option<IpAddr>,
    },
    /// A socket in this directory.
    Unix {
        /// The directory, as in `unix_socket_directories`.
        directory: PathBuf,
    },
}

/// libpq's `sslmode`, without `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS when the server offers it, unverified. A handshake that fails is an error, not a step back to clear text.
    Prefer,
    /// TLS, unverified unless a root certificate file is there (then as `verify-ca`, as libpq does).
    Require,
    /// TLS, and the chain must lead to a root.
    VerifyCa,
    /// The same, and the certificate must name the host.
    VerifyFull,
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        })
    }
}

/// Where the trusted roots are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCertificates {
    /// `sslrootcert=system`: the operating system's.
    System,
    /// A file that was named: it must be readable.
    File(PathBuf),
    /// `~/.postgresql/root.crt`, if it exists.
    Default(PathBuf),
    /// Nowhere: no file was named, and there is no home directory.
    None,
}

/// The files to log in with by certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and its intermediates, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM, unencrypted, of mode 0600 (or 0640 if root's).
    pub key: PathBuf,
}

/// libpq's `sslnegotiation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslNegotiation {
    /// An SSLRequest first.
    Postgres,
    /// TLS at once, with ALPN `postgresql`.
    Direct,
}

/// libpq's `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// When both sides can.
    Prefer,
    /// Always, or no session.
    Require,
}

/// Where a password came from; the report may say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// `--password-file`, PGCOMPLY_PASSWORD_FILE or the policy's `password_file`.
    PasswordFile(PathBuf),
    /// A URL, connection string or environment variable, by name.
    Given(super::Origin),
    /// The pass file.
    PassFile(PathBuf),
    /// A person typed it.
    Prompt,
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PasswordFile(path) => write!(f, "password file {}", path.display()),
            Self::Given(origin) => origin.fmt(f),
            Self::PassFile(path) => write!(f, "pass file {}", path.display()),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}
