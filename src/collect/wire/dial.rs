//! From settings to a stream that PostgreSQL can be spoken over, with the facts learnt on the way.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;

use super::tls::{self, Judged, Own};
use super::{Certificate, Progress, Stage, TlsEndpoint, Transport};
use crate::collect::{ConnectError, printable};
use crate::conninfo::{ConnectionSettings, Host, SslMode, SslNegotiation};

/// Length 8 and the code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// How long a refused connection may take to be closed properly.
const FAREWELL: Duration = Duration::from_millis(500);

/// An open, trusted stream and its facts. Nothing that authenticates has been sent.
#[derive(Debug)]
pub struct Wire {
    /// The stream.
    pub transport: Transport,
    /// Its row of `tls_endpoint`; the session adds how it authenticated.
    pub endpoint: TlsEndpoint,
    /// The rows of `certificate`.
    pub certificates: Vec<Certificate>,
    /// What SCRAM is bound to; None without TLS, or where the certificate's signature has no digest (Ed25519).
    pub binding: Option<Vec<u8>>,
}

/// Opens the stream as the settings say, up to the decision whether to trust the server.
/// It takes as long as it takes: the caller sets the time limit, and `progress` says how far it came.
///
/// # Errors
/// When a file on our side cannot be used, nobody answers, or the server is not trusted.
pub async fn connect(
    settings: &ConnectionSettings,
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<Wire, ConnectError> {
    match &settings.host {
        Host::Unix { .. } => unix(settings, progress).await,
        Host::Tcp { .. } if settings.sslmode == SslMode::Disable => {
            let stream = tcp(settings, progress).await?;
            Ok(in_clear(stream, settings, None))
        }
        Host::Tcp { .. } => {
            let own = Own::load(settings)?;
            let stream = tcp(settings, progress).await?;
            secured(stream, settings, &own, now, progress).await
        }
    }
}

async fn unix(settings: &ConnectionSettings, progress: &Progress) -> Result<Wire, ConnectError> {
    progress.reached(Stage::Connecting);
    let path = settings.socket_path().unwrap_or_default();
    let stream = UnixStream::connect(&path).await.map_err(|error| dial_error(&error, settings))?;
    Ok(Wire {
        transport: Transport::Unix(stream),
        endpoint: TlsEndpoint::clear(settings),
        certificates: Vec::new(),
        binding: None,
    })
}

/// Tries every address of the name; each gets its share of the time that is left.
async fn tcp(settings: &ConnectionSettings, progress: &Progress) -> Result<TcpStream, ConnectError> {
    let addresses = addresses(settings).await?;
    progress.reached(Stage::Connecting);
    let deadline = Instant::now() + settings.connect_timeout;
    let mut last = ConnectError::NameNotFound { at: settings.address(), reason: "it has no address".to_owned() };
    for (at, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(1);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // without it each TLS 1.3 connection costs 40 ms more
                stream.set_nodelay(true).map_err(|error| dial_error(&error, settings))?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = dial_error(&error, settings),
            Err(_) => last = timed_out(settings),
        }
    }
    Err(last)
}

fn timed_out(settings: &ConnectionSettings) -> ConnectError {
    let (at, after) = (settings.address(), settings.connect_timeout);
    ConnectError::TimedOut { at, stage: Stage::Connecting, after }
}

async fn addresses(settings: &ConnectionSettings) -> Result<Vec<SocketAddr>, ConnectError> {
    let Host::Tcp { name, hostaddr } = &settings.host else {
        return Ok(Vec::new());
    };
    if let Some(address) = hostaddr {
        return Ok(vec![SocketAddr::new(*address, settings.port)]);
    }
    let found = lookup_host((name.as_str(), settings.port)).await;
    let found = found.map_err(|error| ConnectError::NameNotFound {
        at: settings.address(),
        reason: printable(&error.to_string()),
    })?;
    Ok(found.collect())
}

fn dial_error(error: &io::Error, settings: &ConnectionSettings) -> ConnectError {
    let at = settings.address();
    match (error.kind(), &settings.host) {
        (io::ErrorKind::NotFound, Host::Unix { .. }) => ConnectError::NoSocket { at },
        (io::ErrorKind::ConnectionRefused, _) => ConnectError::Refused { at },
        _ => ConnectError::Unreachable { at, reason: error.to_string() },
    }
}

fn in_clear(stream: TcpStream, settings: &ConnectionSettings, ssl_request: Option<&'static str>) -> Wire {
    let mut endpoint = TlsEndpoint::clear(settings);
    endpoint.peer_address = stream.peer_addr().ok().map(|address| address.to_string());
    endpoint.ssl_request = ssl_request;
    Wire { transport: Transport::Tcp(stream), endpoint, certificates: Vec::new(), binding: None }
}

async fn secured(
    mut stream: TcpStream,
    settings: &ConnectionSettings,
    own: &Own,
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<Wire, ConnectError> {
    let mut endpoint = TlsEndpoint::clear(settings);
    if settings.ssl_negotiation == SslNegotiation::Postgres {
        progress.reached(Stage::TlsRequest);
        if !ask_for_tls(&mut stream, settings).await? {
            return refused_tls(stream, settings);
        }
        endpoint.ssl_request = Some("S");
    }
    let peer = stream.peer_addr().map_err(|error| dial_error(&error, settings))?;
    endpoint.peer_address = Some(peer.to_string());
    let mut shaken = tls::shake(stream, peer.ip(), settings, own, progress).await?;
    let Judged { certificates, binding, verdict } =
        tls::judge(&shaken, settings, own.roots.as_ref(), now, &mut endpoint);
    if let Err(error) = verdict {
        // a proper end leaves no line in the server's log
        let _ = timeout(FAREWELL, shaken.stream.shutdown()).await;
        return Err(error);
    }
    Ok(Wire { transport: Transport::Tls(shaken.stream), endpoint, certificates, binding })
}

/// Asks, and reads exactly one byte: what follows belongs to TLS (CVE-2021-23222).
async fn ask_for_tls(stream: &mut TcpStream, settings: &ConnectionSettings) -> Result<bool, ConnectError> {
    let dropped = |_| ConnectError::Dropped { at: settings.address(), stage: Stage::TlsRequest };
    stream.write_all(&SSL_REQUEST).await.map_err(dropped)?;
    match stream.read_u8().await.map_err(dropped)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        b'E' => Err(ConnectError::TlsFailed {
            at: settings.address(),
            reason: "the server answered the request for TLS with an error: see its log".to_owned(),
        }),
        first => Err(not_postgres(stream, first, settings).await),
    }
}

/// Reads what else has come, for the message.
async fn not_postgres(stream: &mut TcpStream, first: u8, settings: &ConnectionSettings) -> ConnectError {
    let mut seen = vec![first];
    let mut more = [0; 31];
    if let Ok(Ok(count)) = timeout(FAREWELL, stream.read(&mut more)).await {
        seen.extend(&more[..count]);
    }
    let saw = printable(&String::from_utf8_lossy(&seen));
    ConnectError::NotPostgres { at: settings.address(), saw }
}

fn refused_tls(stream: TcpStream, settings: &ConnectionSettings) -> Result<Wire, ConnectError> {
    if settings.sslmode >= SslMode::Require {
        return Err(ConnectError::TlsRefused { at: settings.address(), sslmode: settings.sslmode });
    }
    Ok(in_clear(stream, settings, Some("N")))
}
