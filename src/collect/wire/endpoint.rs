//! The fact table `tls_endpoint`: one row for the connection that carried the scan.

use serde::Serialize;

use crate::conninfo::{ConnectionSettings, Host};

/// How the audited connection was secured. `None` is NULL: unknown, or without meaning here.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TlsEndpoint {
    /// The name that was dialled, or a socket's directory.
    pub host: String,
    /// The port.
    pub port: i64,
    /// `tcp` or `unix`.
    pub transport: &'static str,
    /// The address and port that answered.
    pub peer_address: Option<String>,
    /// The mode that was asked for.
    pub sslmode: String,
    /// The server's answer to the SSLRequest: `S` or `N`.
    pub ssl_request: Option<&'static str>,
    /// Whether the connection is TLS.
    pub encrypted: bool,
    /// `TLSv1.2` or `TLSv1.3`.
    pub protocol: Option<String>,
    /// The cipher suite, by IANA's name.
    pub cipher: Option<String>,
    /// The group of the key exchange, such as `x25519` or `secp256r1`.
    pub key_exchange_group: Option<String>,
    /// Where trust begins: a path or `system`.
    pub trust_root: Option<String>,
    /// Whether the chain leads to a root there, in its time and for a server: what verify-ca asks.
    pub chain_trusted: Option<bool>,
    /// Why not, or why it is unknown.
    pub chain_trusted_reason: Option<String>,
    /// Whether what the server sent reaches a root without help from intermediates in the bundle.
    /// Expiry does not matter here.
    pub chain_complete: Option<bool>,
    /// Why not, or why it is unknown.
    pub chain_complete_reason: Option<String>,
    /// The name that was looked for in the certificate.
    pub hostname_checked: Option<String>,
    /// Whether a subject alternative name matches; a common name alone does not count.
    pub hostname_matches: Option<bool>,
    /// Why not.
    pub hostname_reason: Option<String>,
    /// Whether the server proved that it holds the certificate's key: `proved`, `failed` or `unsupported` (by us).
    pub key_possession: Option<&'static str>,
    /// `used` or `not_used`; NULL without TLS.
    pub channel_binding: Option<&'static str>,
    /// What the server asked for: `scram-sha-256`, `md5`, `password`, or `none`
    /// (trust, peer, ident or a client certificate: the wire does not tell them apart).
    pub auth_method: Option<String>,
}

impl TlsEndpoint {
    /// A row for a connection in clear; TLS fills the rest.
    pub(super) fn clear(settings: &ConnectionSettings) -> Self {
        let (host, transport) = match &settings.host {
            Host::Tcp { name, .. } => (name.clone(), "tcp"),
            Host::Unix { directory } => (directory.display().to_string(), "unix"),
        };
        Self {
            host,
            port: settings.port.into(),
            transport,
            peer_address: None,
            sslmode: settings.sslmode.to_string(),
            ssl_request: None,
            encrypted: false,
            protocol: None,
            cipher: None,
            key_exchange_group: None,
            trust_root: None,
            chain_trusted: None,
            chain_trusted_reason: None,
            chain_complete: None,
            chain_complete_reason: None,
            hostname_checked: None,
            hostname_matches: None,
            hostname_reason: None,
            key_possession: None,
            channel_binding: None,
            auth_method: None,
        }
    }
}
