//! Servers that are silent, broken or something else.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::common::{assert_error, pki_folder, refusal, settings, with_password};

/// A server that does `script` with its one client; returns the connection string's beginning.
async fn serve<F>(script: impl FnOnce(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { script(listener.accept().await.unwrap().0).await });
    format!("host=127.0.0.1 port={port} user=u dbname=d connect_timeout=1")
}

/// A server that reads the start-up packet and answers with `answer`, then hangs up.
async fn answering(answer: Vec<u8>) -> String {
    serve(async move |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(&answer).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    })
    .await
}

async fn read_some(stream: &mut TcpStream) -> usize {
    stream.read(&mut [0; 4096]).await.unwrap_or(0)
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag], length.to_be_bytes().as_slice(), body].concat()
}

fn authentication(code: u32, more: &[u8]) -> Vec<u8> {
    message(b'R', &[code.to_be_bytes().as_slice(), more].concat())
}

fn error(sqlstate: &str, text: &str) -> Vec<u8> {
    message(b'E', format!("SFATAL\0VFATAL\0C{sqlstate}\0M{text}\0\0").as_bytes())
}

const CLEAR: &str = " sslmode=disable";
const TLS: &str = " sslmode=require";

#[tokio::test]
async fn a_silent_server_is_left_in_time() {
    for (mode, stage) in [(CLEAR, "during start-up"), (TLS, "after asking for TLS")] {
        let base = serve(async |stream| {
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(stream);
        })
        .await;
        let began = Instant::now();
        let error = refusal(&settings(&(base + mode))).await;
        assert_error(&error, "timed_out", 4, &["no answer within 1 s", stage, "connect_timeout"]);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn silence_in_the_middle_of_tls_and_of_authentication_is_left_in_time_too() {
    let base = serve(async |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(b"S").await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert_error(&refusal(&settings(&(base + TLS))).await, "timed_out", 4, &["during the TLS handshake"]);
    let base = serve(async |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(&authentication(10, b"SCRAM-SHA-256\0\0")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    let error = refusal(&with_password(&(base + CLEAR), "sesame")).await;
    assert_error(&error, "timed_out", 4, &["during authentication"]);
}

#[tokio::test]
async fn a_web_server_is_no_postgresql() {
    for mode in [CLEAR, TLS] {
        let base = answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec()).await;
        let error = refusal(&settings(&(base + mode))).await;
        assert_error(&error, "not_postgres", 4, &["\"HTTP/1.1 400 Bad Request\\r\\n", "check host and port"]);
    }
}

#[tokio::test]
async fn a_connection_that_ends_early_says_where() {
    let base = serve(async |stream| drop(stream)).await;
    assert_error(&refusal(&settings(&(base + TLS))).await, "dropped", 4, &["after asking for TLS"]);
    let base = answering(b"S".to_vec()).await;
    assert_error(&refusal(&settings(&(base + TLS))).await, "dropped", 4, &["during the TLS handshake"]);
    let base = answering(Vec::new()).await;
    assert_error(&refusal(&settings(&(base + CLEAR))).await, "dropped", 4, &["during start-up"]);
    let base = answering(authentication(10, b"SCRAM-SHA-256\0\0")).await;
    let error = refusal(&with_password(&(base + CLEAR), "sesame")).await;
    assert_error(&error, "dropped", 4, &["during authentication"]);
    let base = answering(authentication(0, b"")).await;
    assert_error(&refusal(&settings(&(base + CLEAR))).await, "dropped", 4, &["after authentication"]);
    let base = answering(message(b'E', b"SFATAL\0C57")[..9].to_vec()).await;
    assert_error(&refusal(&settings(&(base + CLEAR))).await, "dropped", 4, &["during start-up"]);
}

#[tokio::test]
async fn garbage_is_told_from_silence_and_believed_in_nothing() {
    let base = answering([b'R', 0xff, 0xff, 0xff, 0xff].to_vec()).await;
    let error = refusal(&settings(&(base + CLEAR))).await;
    assert_error(&error, "protocol", 4, &["unintelligible answer during start-up", "absurd length"]);
    let base = answering([authentication(0, b""), b"\x01\x02\x03\x04\x05\x06".to_vec()].concat()).await;
    let error = refusal(&settings(&(base + CLEAR))).await;
    assert_error(&error, "protocol", 4, &["after authentication", "message type '\\x01'"]);
    let base = answering(b"Sorry, this is no TLS at all\r\n".to_vec()).await;
    let error = refusal(&settings(&(base + TLS))).await;
    assert_error(&error, "tls_failed", 4, &["is not TLS"]);
    let base = answering(b"\x1b]0;title\x07".to_vec()).await;
    assert_error(&refusal(&settings(&(base + TLS))).await, "not_postgres", 4, &["\"\\u{1b}]0;title\\u{7}\""]);
    let base = answering(b"EFATAL: no".to_vec()).await;
    assert_error(&refusal(&settings(&(base + TLS))).await, "tls_failed", 4, &["with an error"]);
}

#[tokio::test]
async fn refusals_are_told_apart_and_cannot_steer_the_terminal() {
    let cases = [
        ("57P03", "the database system is starting up", "starting_up"),
        ("53300", "sorry, too many clients already", "too_many_connections"),
        ("28000", "no pg_hba.conf entry for host \"x\"", "rejected"),
        ("3D000", "database \"d\" does not exist", "unknown_database"),
        ("XX000", "a\x1b[31m\nb", "server"),
    ];
    for (sqlstate, text, kind) in cases {
        let base = answering(error(sqlstate, text)).await;
        assert_error(&refusal(&settings(&(base + CLEAR))).await, kind, 4, &[]);
    }
    let base = answering(error("XX000", "a\x1b[31m\nb")).await;
    assert_error(&refusal(&settings(&(base + CLEAR))).await, "server", 4, &["a\\u{1b}[31m\\nb (SQLSTATE XX000)"]);
}

#[tokio::test]
async fn a_password_is_never_sent_in_clear() {
    let (told, heard) = oneshot::channel();
    let base = serve(async move |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(&authentication(3, b"")).await.unwrap();
        told.send(read_some(&mut stream).await).unwrap();
    })
    .await;
    let error = refusal(&with_password(&(base + CLEAR), "sesame")).await;
    assert_error(&error, "clear_text_password", 4, &["it was not sent", "sslmode=require"]);
    assert_eq!(heard.await, Ok(0));
}

#[tokio::test]
async fn methods_that_are_not_spoken_are_named() {
    for (request, name) in [
        (authentication(7, b""), "GSSAPI"),
        (authentication(9, b""), "SSPI"),
        (authentication(10, b"OAUTHBEARER\0\0"), "OAUTHBEARER"),
    ] {
        let base = answering(request).await;
        let error = refusal(&with_password(&(base + CLEAR), "sesame")).await;
        assert_error(&error, "unsupported_method", 4, &[name, "scram-sha-256"]);
    }
}

#[tokio::test]
async fn nobody_there_and_no_such_name_differ() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = refusal(&settings(&format!("host=127.0.0.1 port={port} user=u sslmode=disable"))).await;
    assert_error(&error, "refused", 4, &[&format!("127.0.0.1:{port}: connection refused")]);
    let error = refusal(&settings("host=no-such-host.invalid user=u sslmode=disable")).await;
    assert_error(&error, "name_not_found", 4, &["no-such-host.invalid:5432", "check the host name"]);
    let error = refusal(&settings("host=/no/such/folder user=u")).await;
    assert_error(&error, "no_socket", 4, &["/no/such/folder/.s.PGSQL.5432: no such socket"]);
}

/// A TLS server that shows one certificate and signs with another's key; sends back how much it heard after the
/// handshake.
async fn showing(certificate: &str, key: &str) -> (String, oneshot::Receiver<usize>) {
    let path = |name: &str| pki_folder().join(name);
    let shown = CertificateDer::from_pem_file(path(&format!("{certificate}.crt"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(path(&format!("{key}.key"))).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let resolver = SingleCertAndKey::from(CertifiedKey::new(vec![shown], key));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    let (told, heard) = oneshot::channel();
    let base = serve(async move |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(b"S").await.unwrap();
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
        told.send(stream.read(&mut [0; 4096]).await.unwrap()).unwrap();
    })
    .await;
    (base, heard)
}

#[tokio::test]
async fn a_server_without_the_certificates_key_is_refused_in_every_mode() {
    for mode in ["prefer", "require", "verify-full"] {
        // both are RSA: a thief of the certificate alone looks like this
        let (base, heard) = showing("selfca", "sha1").await;
        let root = pki_folder().join("selfca.crt");
        let root = if mode == "verify-full" { format!(" sslrootcert={}", root.display()) } else { String::new() };
        let error = refusal(&with_password(&format!("{base} sslmode={mode}{root}"), "sesame")).await;
        assert_error(&error, "key_not_proved", 4, &["nothing was sent"]);
        assert_eq!(heard.await, Ok(0));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let (base, heard) = showing("selfca", "selfca").await;
    let root = pki_folder().join("cnonly.crt");
    let settings = with_password(&format!("{base} sslmode=verify-ca sslrootcert={}", root.display()), "sesame");
    assert_error(&refusal(&settings).await, "untrusted", 4, &[]);
    assert_eq!(heard.await, Ok(0));
    let (base, heard) = showing("selfca", "selfca").await;
    let settings = with_password(&format!("{base} sslmode=verify-full sslrootcert=system"), "sesame");
    let error = refusal(&settings).await;
    assert!(["untrusted", "system_roots"].contains(&error.kind()), "{error}");
    if error.kind() == "untrusted" {
        assert_error(&error, "untrusted", 4, &["roots: system"]);
        assert_eq!(heard.await, Ok(0));
    }
}

/// A SCRAM server that knows no password; `iterations` is what it asks for.
async fn scram(iterations: u32) -> String {
    serve(async move |mut stream| {
        read_some(&mut stream).await;
        stream.write_all(&authentication(10, b"SCRAM-SHA-256\0\0")).await.unwrap();
        let mut first = vec![0; 4096];
        let length = stream.read(&mut first).await.unwrap();
        let first = String::from_utf8_lossy(&first[..length]).into_owned();
        let nonce = first.rsplit("r=").next().unwrap();
        let challenge = format!("r={nonce}x,s=c2FsdHNhbHQ=,i={iterations}");
        stream.write_all(&authentication(11, challenge.as_bytes())).await.unwrap();
        if read_some(&mut stream).await > 0 {
            stream.write_all(&authentication(12, b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_found_out() {
    let error = refusal(&with_password(&(scram(4096).await + CLEAR), "sesame")).await;
    assert_error(&error, "server_not_proved", 4, &["could not prove that it knows the password"]);
    let error = refusal(&with_password(&(scram(600_000).await + CLEAR), "sesame")).await;
    assert_error(&error, "scram_iterations", 4, &["600000 iterations"]);
}
