//! Trust by libpq's rules, on real servers with good, bad and odd certificates.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{TimeDelta, Utc};
use pgcomply::conninfo::ConnectionSettings;
use pgcomply::pki::{KeyType, Pki, PkiOptions, Usage, Validity};
use pgcomply::server::{Options, PrivateServer};

use crate::common::{assert_error, open, pki_folder, refusal, refusal_at, with_password};
use crate::support::servers as servers_under_test;

const CREATE: &str = "CREATE ROLE auditor LOGIN PASSWORD 'sesame'";

fn start(pki: &Pki, conf: &str, env: &[(&str, &str)]) -> PrivateServer {
    start_on(&servers_under_test()[0], pki, conf, env)
}

fn start_on(binaries: &pgcomply::server::Binaries, pki: &Pki, conf: &str, env: &[(&str, &str)]) -> PrivateServer {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let conf = format!("password_encryption = 'scram-sha-256'\n{conf}");
    let options = Options { tls: Some(pki.clone()), conf, env, ..Options::default() };
    let server = PrivateServer::start(binaries, options).unwrap();
    server.execute("postgres", CREATE).unwrap();
    server
}

fn sound() -> PkiOptions {
    PkiOptions::sound(Utc::now(), "localhost")
}

fn to(server: &PrivateServer, mode: &str, root: Option<&Path>) -> ConnectionSettings {
    let root = root.map(|root| format!("sslrootcert={}", root.display())).unwrap_or_default();
    with_password(
        &format!("host=localhost port={} user=auditor dbname=postgres sslmode={mode} {root}", server.port()),
        "sesame",
    )
}

fn root(server: &PrivateServer) -> PathBuf {
    server.ssl_dir().join("root.crt")
}

#[tokio::test]
async fn a_sound_chain_is_trusted_in_every_mode() {
    let server = start(&Pki::make(&sound()).unwrap(), "", &[]);
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        let session = open(&to(&server, mode, Some(&root(&server)))).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!(endpoint.sslmode, mode);
        assert_eq!(endpoint.trust_root, Some(root(&server).display().to_string()));
        assert_eq!((endpoint.chain_trusted, endpoint.chain_trusted_reason.as_deref()), (Some(true), None));
        assert_eq!((endpoint.chain_complete, endpoint.chain_complete_reason.as_deref()), (Some(true), None));
        assert_eq!(endpoint.hostname_matches, Some(true));
        let rows: Vec<_> = session.certificates().iter().map(|row| (row.position, row.source, row.purpose)).collect();
        assert_eq!(rows, [(0, "served", "server"), (1, "served", "intermediate"), (2, "bundle", "root")]);
        let leaf = &session.certificates()[0];
        assert_eq!((leaf.key_algorithm, leaf.key_curve.as_deref(), leaf.key_bits), ("EC", Some("P-256"), Some(256)));
        assert_eq!((leaf.lifetime_days, leaf.server_auth, leaf.is_ca), (365.0, Some(true), Some(false)));
        assert!(leaf.san.starts_with("[\"DNS:localhost\""), "{}", leaf.san);
        session.close().await;
    }
    let session = open(&to(&server, "require", None)).await.unwrap();
    assert_eq!((session.endpoint().chain_trusted, session.endpoint().trust_root.as_deref()), (None, None));
    session.close().await;
}

#[tokio::test]
async fn an_unknown_issuer_is_refused_and_require_behaves_as_verify_ca_when_a_root_is_given() {
    let server = start(&Pki::make(&sound()).unwrap(), "", &[]);
    let other = pki_folder().join("selfca.crt");
    for mode in ["verify-full", "verify-ca", "require"] {
        let error = refusal(&to(&server, mode, Some(&other))).await;
        assert_error(&error, "untrusted", 4, &["not trusted", "sslrootcert=FILE", "selfca.crt"]);
    }
    let session = open(&to(&server, "prefer", Some(&other))).await.unwrap();
    assert_eq!((session.endpoint().chain_trusted, session.endpoint().encrypted), (Some(false), true));
    session.close().await;
}

#[tokio::test]
async fn the_file_of_roots_must_be_there() {
    let server = start(&Pki::make(&sound()).unwrap(), "", &[]);
    let error = refusal(&to(&server, "verify-full", None)).await;
    assert_error(&error, "no_root_certificate", 2, &["none was named", "sslrootcert=system"]);
    let error = refusal(&to(&server, "require", Some(Path::new("/no/such/root.crt")))).await;
    assert_error(&error, "root_certificate_file", 2, &["/no/such/root.crt"]);
    let error = refusal(&to(&server, "verify-full", Some(&pki_folder().join("README.md")))).await;
    assert_error(&error, "root_certificate_file", 2, &["no PEM certificate"]);
}

#[tokio::test]
async fn time_is_an_argument_and_a_certificate_has_one() {
    let server = start(&Pki::make(&sound()).unwrap(), "", &[]);
    let settings = to(&server, "verify-full", Some(&root(&server)));
    let late = refusal_at(&settings, Utc::now() + TimeDelta::days(400)).await;
    assert_error(&late, "expired", 4, &["CN=localhost", "renew it", "sslmode=require"]);
    let late = refusal_at(&settings, Utc::now() + TimeDelta::days(20_000)).await;
    assert_error(&late, "expired", 4, &[]);
    let early = refusal_at(&settings, Utc::now() - TimeDelta::days(40)).await;
    assert_error(&early, "not_yet_valid", 4, &["not valid before", "clocks"]);
}

#[tokio::test]
async fn an_expired_or_future_certificate_is_kept_as_evidence_when_asked_for() {
    let now = Utc::now();
    let (past, future) = (now - TimeDelta::days(60), now + TimeDelta::days(60));
    for (from, kind, word) in [(past, "expired", "expired on"), (future, "not_yet_valid", "not valid before")] {
        let time = Validity { from, until: from + TimeDelta::days(30) };
        let server = start(&Pki::make(&PkiOptions { server: time, ..sound() }).unwrap(), "", &[]);
        assert_error(&refusal(&to(&server, "verify-ca", Some(&root(&server)))).await, kind, 4, &[]);
        let session = open(&to(&server, "prefer", Some(&root(&server)))).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!((endpoint.chain_trusted, endpoint.chain_complete), (Some(false), Some(true)));
        assert!(endpoint.chain_trusted_reason.as_ref().unwrap().contains(word));
        session.close().await;
        let incomplete = PkiOptions { server: time, send_intermediate: false, ..sound() };
        let server = start(&Pki::make(&incomplete).unwrap(), "", &[]);
        let session = open(&to(&server, "prefer", Some(&root(&server)))).await.unwrap();
        assert_eq!(session.endpoint().chain_complete, Some(false));
        session.close().await;
    }
}

#[tokio::test]
async fn an_expired_root_is_not_trusted() {
    let now = Utc::now();
    let root_time = Validity { from: now - TimeDelta::days(60), until: now - TimeDelta::days(30) };
    let server = start(&Pki::make(&PkiOptions { root: root_time, ..sound() }).unwrap(), "", &[]);
    let error = refusal(&to(&server, "verify-full", Some(&root(&server)))).await;
    assert_error(&error, "expired", 4, &["root CA"]);
}

#[tokio::test]
async fn a_wrong_host_name_stops_verify_full_alone() {
    let names = vec!["db.example".to_owned(), "192.0.2.1".to_owned()];
    let server = start(&Pki::make(&PkiOptions { names, ..sound() }).unwrap(), "", &[]);
    let error = refusal(&to(&server, "verify-full", Some(&root(&server)))).await;
    assert_error(&error, "wrong_host_name", 4, &["\"localhost\"", "DNS:db.example, IP:192.0.2.1", "verify-ca"]);
    let session = open(&to(&server, "verify-ca", Some(&root(&server)))).await.unwrap();
    let endpoint = session.endpoint();
    assert_eq!((endpoint.chain_trusted, endpoint.hostname_matches), (Some(true), Some(false)));
    session.close().await;
    let mut named = to(&server, "verify-full", Some(&root(&server)));
    named.host = pgcomply::conninfo::Host::Tcp { name: "db.example".into(), hostaddr: Some([127, 0, 0, 1].into()) };
    open(&named).await.unwrap().close().await;
}

#[tokio::test]
async fn a_missing_intermediate_is_incomplete_even_when_the_bundle_helps() {
    let server = start(&Pki::make(&PkiOptions { send_intermediate: false, ..sound() }).unwrap(), "", &[]);
    let error = refusal(&to(&server, "verify-full", Some(&root(&server)))).await;
    assert_error(&error, "untrusted", 4, &["intermediate"]);
    let session = open(&to(&server, "verify-full", Some(&server.ssl_dir().join("ca-bundle.crt")))).await.unwrap();
    let endpoint = session.endpoint();
    assert_eq!((endpoint.chain_trusted, endpoint.chain_complete), (Some(true), Some(false)));
    let rows: Vec<_> = session.certificates().iter().map(|row| (row.source, row.purpose)).collect();
    assert_eq!(rows, [("served", "server"), ("bundle", "intermediate"), ("bundle", "root")]);
    session.close().await;
}

#[tokio::test]
async fn trust_begins_at_a_root_as_psql_has_it() {
    let server = start(&Pki::make(&sound()).unwrap(), "", &[]);
    for file in ["intermediate.crt", "server.crt"] {
        let error = refusal(&to(&server, "verify-full", Some(&server.ssl_dir().join(file)))).await;
        assert_error(&error, "untrusted", 4, &[file]);
    }
}

#[tokio::test]
async fn an_address_is_matched_against_the_addresses_of_the_certificate() {
    let pki = Pki::make(&PkiOptions { ca_key: KeyType::P384, ..sound() }).unwrap();
    let server = start(&pki, "", &[]);
    let root = root(&server).display().to_string();
    let connection = format!(
        "host=127.0.0.1 port={} user=auditor dbname=postgres sslrootcert={root} channel_binding=require",
        server.port()
    );
    let session = open(&with_password(&connection, "sesame")).await.unwrap();
    let endpoint = session.endpoint();
    assert_eq!((endpoint.sslmode.as_str(), endpoint.hostname_matches), ("verify-full", Some(true)));
    assert_eq!((session.certificates()[0].signature_hash, endpoint.channel_binding), (Some("sha384"), Some("used")));
    session.close().await;
}

#[tokio::test]
async fn a_client_certificate_is_no_servers() {
    let server = start(&Pki::make(&PkiOptions { usage: Usage::Client, ..sound() }).unwrap(), "", &[]);
    let error = refusal(&to(&server, "verify-full", Some(&root(&server)))).await;
    assert_error(&error, "untrusted", 4, &["extended key usage"]);
    let session = open(&to(&server, "require", None)).await.unwrap();
    assert_eq!(session.certificates()[0].server_auth, Some(false));
    session.close().await;
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_as_its_own_root() {
    let server = start(&Pki::make(&PkiOptions { self_signed: true, ..sound() }).unwrap(), "", &[]);
    let own = server.ssl_dir().join("server.crt");
    open(&to(&server, "verify-full", Some(&own))).await.unwrap().close().await;
    let error = refusal(&to(&server, "verify-full", Some(&root(&server)))).await;
    assert_error(&error, "untrusted", 4, &["self-signed"]);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_or_taken_in_clear_as_asked() {
    for binaries in servers_under_test() {
        let server = PrivateServer::start(&binaries, Options::default()).unwrap();
        server
            .execute("postgres", "SET password_encryption='scram-sha-256'; CREATE ROLE auditor LOGIN PASSWORD 'sesame'")
            .unwrap();
        let error = refusal(&to(&server, "require", None)).await;
        assert_error(&error, "tls_refused", 4, &["sslmode=require", "sslmode=disable"]);
        let session = open(&to(&server, "prefer", None)).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!((endpoint.ssl_request, endpoint.encrypted, endpoint.key_possession), (Some("N"), false, None));
        session.close().await;
    }
}

#[tokio::test]
async fn tls_1_2_is_recorded_and_bound_as_well() {
    for binaries in servers_under_test() {
        let server = start_on(&binaries, &Pki::make(&sound()).unwrap(), "ssl_max_protocol_version = 'TLSv1.2'", &[]);
        let session = open(&to(&server, "verify-full", Some(&root(&server)))).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!(endpoint.protocol.as_deref(), Some("TLSv1.2"));
        assert_eq!(endpoint.cipher.as_deref(), Some("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"));
        assert_eq!((endpoint.key_possession, endpoint.channel_binding), (Some("proved"), Some("used")));
        assert!(["x25519", "secp256r1"].contains(&endpoint.key_exchange_group.as_deref().unwrap()));
        session.close().await;
    }
}

#[tokio::test]
async fn an_old_server_is_told_apart_from_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let conf = weak_openssl(folder.path());
    let old = "ssl_min_protocol_version = 'TLSv1'\nssl_max_protocol_version = 'TLSv1.1'";
    let server = start(&Pki::make(&sound()).unwrap(), old, &[("OPENSSL_CONF", conf.to_str().unwrap())]);
    let error = refusal(&to(&server, "require", None)).await;
    assert_error(&error, "tls_failed", 4, &["alert ProtocolVersion", "TLS 1.2 and 1.3 were offered"]);
}

#[tokio::test]
async fn direct_tls_works_from_17_on() {
    for binaries in servers_under_test() {
        let server = start_on(&binaries, &Pki::make(&sound()).unwrap(), "", &[]);
        let mut settings = to(&server, "verify-full", Some(&root(&server)));
        settings.ssl_negotiation = pgcomply::conninfo::SslNegotiation::Direct;
        if server.major() >= 17 {
            let session = open(&settings).await.unwrap();
            assert_eq!((session.endpoint().encrypted, session.endpoint().ssl_request), (true, None));
            session.close().await;
        } else {
            assert_error(&refusal(&settings).await, "dropped", 4, &["during the TLS handshake"]);
        }
    }
}

/// Settings by which OpenSSL takes anything.
fn weak_openssl(folder: &Path) -> PathBuf {
    let conf = folder.join("weak.cnf");
    let text = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n";
    fs::write(&conf, text).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    conf
}

/// A server with one of the odd certificates.
fn weak(name: &str, folder: &Path) -> PrivateServer {
    let conf = weak_openssl(folder);
    let pki = Pki::make(&sound()).unwrap();
    let mut server = start(&pki, "", &[("OPENSSL_CONF", conf.to_str().unwrap())]);
    for (from, to) in [(format!("{name}.crt"), "server-chain.crt"), (format!("{name}.key"), "server.key")] {
        fs::write(server.ssl_dir().join(to), fs::read(pki_folder().join(from)).unwrap()).unwrap();
    }
    server.restart().unwrap();
    server
}

/// What verify-full makes of an odd certificate that is its own root.
enum Full {
    Opens,
    Refuses(&'static str, &'static str),
}

#[tokio::test]
async fn odd_certificates_are_recorded_under_require_and_judged_under_verify_full() {
    let cases = [
        ("rsa1024", "unsupported", "used", Full::Refuses("key_proof_unsupported", "RSA 1024 keys")),
        ("sha1", "proved", "used", Full::Opens),
        ("v1", "proved", "used", Full::Refuses("wrong_host_name", "no subject alternative name")),
        ("p521", "unsupported", "used", Full::Refuses("key_proof_unsupported", "EC P-521 keys")),
        ("rsapss", "unsupported", "used", Full::Refuses("key_proof_unsupported", "RSA-PSS 2048 keys")),
        ("ed25519", "proved", "not_used", Full::Opens),
        ("selfca", "proved", "used", Full::Opens),
        ("cnonly", "proved", "used", Full::Refuses("wrong_host_name", "only its common name matches")),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, possession, binding, full) in cases {
        let server = weak(name, folder.path());
        let session = open(&to(&server, "require", None)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let endpoint = session.endpoint();
        assert_eq!(endpoint.key_possession, Some(possession), "{name}");
        assert_eq!(endpoint.channel_binding, Some(binding), "{name}");
        session.close().await;
        let settings = to(&server, "verify-full", Some(&pki_folder().join(format!("{name}.crt"))));
        match full {
            Full::Opens => open(&settings).await.unwrap_or_else(|error| panic!("{name}: {error}")).close().await,
            Full::Refuses(kind, words) => assert_error(&refusal(&settings).await, kind, 4, &[words]),
        }
    }
}

#[tokio::test]
async fn a_certificate_signed_with_ed25519_cannot_be_bound_to() {
    let server = start(&Pki::make(&PkiOptions { ca_key: KeyType::Ed25519, ..sound() }).unwrap(), "", &[]);
    let mut settings = to(&server, "verify-full", Some(&root(&server)));
    let session = open(&settings).await.unwrap();
    assert_eq!(session.endpoint().channel_binding, Some("not_used"));
    assert_eq!((session.certificates()[0].signature_hash, session.certificates()[0].key_algorithm), (None, "EC"));
    session.close().await;
    settings.channel_binding = pgcomply::conninfo::ChannelBinding::Require;
    assert_error(&refusal(&settings).await, "channel_binding", 4, &["Ed25519"]);
}

#[tokio::test]
async fn a_client_certificate_logs_in_by_libpqs_rules() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, ours) = client_identity(folder.path(), "auditor");
    let pki = Pki::make(&sound()).unwrap();
    let hba = "local all postgres peer map={{peer_map}}\nhostssl all all all cert\n".to_owned();
    let conf = "ssl_ca_file = 'clients.crt'".to_owned();
    let options = Options { tls: Some(pki), hba: Some(hba), ..Options::default() };
    let mut server = PrivateServer::start(&servers_under_test()[0], options).unwrap();
    fs::write(server.data_dir().join("clients.crt"), ca).unwrap();
    server.add_conf(&conf).unwrap();
    server.restart().unwrap();
    server.execute("postgres", CREATE).unwrap();
    let mut settings = to(&server, "verify-full", Some(&root(&server)));
    assert_error(&refusal(&settings).await, "rejected", 4, &["valid client certificate"]);
    settings.client_certificate = Some(ours.clone());
    let session = open(&settings).await.unwrap();
    assert_eq!(session.endpoint().auth_method.as_deref(), Some("none"));
    session.close().await;
    let other = tempfile::tempdir().unwrap();
    settings.client_certificate = Some(client_identity(other.path(), "auditor").1);
    assert_error(&refusal(&settings).await, "tls_failed", 4, &["alert", "check the client certificate"]);
    settings.client_certificate = Some(ours.clone());
    fs::set_permissions(&ours.key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_error(&refusal(&settings).await, "client_certificate", 2, &["lets others in"]);
    fs::write(&ours.key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n").unwrap();
    fs::set_permissions(&ours.key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_error(&refusal(&settings).await, "client_certificate", 2, &["encrypted keys are not supported"]);
    fs::copy(pki_folder().join("cnonly.key"), &ours.key).unwrap();
    fs::set_permissions(&ours.key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_error(&refusal(&settings).await, "client_certificate", 2, &["client.key"]);
}

/// A client CA in PEM, and the files of a certificate that it made for `name`.
fn client_identity(folder: &Path, name: &str) -> (String, pgcomply::conninfo::ClientCertificate) {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let mut client = rcgen::CertificateParams::new(Vec::new()).unwrap();
    client.distinguished_name = rcgen::DistinguishedName::new();
    client.distinguished_name.push(rcgen::DnType::CommonName, name);
    client.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::Issuer::from_params(&ca, &ca_key);
    let files = pgcomply::conninfo::ClientCertificate {
        certificate: folder.join("client.crt"),
        key: folder.join("client.key"),
    };
    fs::write(&files.certificate, client.signed_by(&key, &issuer).unwrap().pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
    (ca_pem, files)
}
