//! A client with TLS for the tests: tokio-postgres over a rustls stream that trusts the deployment's bundle.

use std::future::Future;
use std::sync::Arc;

use pgcomply::server::Reference;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::{Client, Config, NoTls};

/// Why a connection was refused: by TLS, or by the server with a SQLSTATE and words.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The handshake failed.
    Tls(String),
    /// The server said no.
    Server(String),
}

/// Connects over TLS, as `verify-full` does: against `ca-bundle.crt` and the name `localhost`.
pub(crate) async fn connect_tls(reference: &Reference, role: &str, database: &str) -> Result<Client, Refused> {
    let mut tcp = TcpStream::connect((reference.host(), reference.port())).await.unwrap();
    tcp.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).await.unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), b'S', "the server does no TLS");
    let name = ServerName::try_from(reference.host()).unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(trusting(reference)));
    let stream = connector.connect(name, tcp).await.map_err(|e| Refused::Tls(e.to_string()))?;
    let connected = config(reference, role, database).connect_raw(stream, NoTls).await;
    let (client, connection) = connected.map_err(|e| Refused::Server(said(&e)))?;
    tokio::spawn(connection);
    Ok(client)
}

/// Connects over TCP without TLS.
pub(crate) async fn connect_plain(reference: &Reference, role: &str, database: &str) -> Result<Client, Refused> {
    let mut config = config(reference, role, database);
    let connected = config.host(reference.host()).port(reference.port()).connect(NoTls).await;
    let (client, connection) = connected.map_err(|e| Refused::Server(said(&e)))?;
    tokio::spawn(connection);
    Ok(client)
}

/// Runs a test's future.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

fn config(reference: &Reference, role: &str, database: &str) -> Config {
    let mut config = Config::new();
    config.user(role).dbname(database).ssl_mode(tokio_postgres::config::SslMode::Disable);
    config.password(reference.password(role).map_or("no password", |secret| secret.reveal()));
    config
}

fn trusting(reference: &Reference) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(reference.ca_bundle()).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots).with_no_client_auth()
}

fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| format!("{} {}", db.code().code(), db.message()))
}
