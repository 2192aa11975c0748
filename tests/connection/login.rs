//! Logging in to a real server, rightly and wrongly.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::Utc;
use pgcomply::collect::postgres::{QueryErrorKind, Session};
use pgcomply::pki::{Pki, PkiOptions};
use pgcomply::server::{Options, PrivateServer};
use tokio_postgres::types::Type;

use crate::common::{assert_error, open, refusal, settings, with_password};
use crate::support::servers as servers_under_test;

const HBA: &str = "\
local all postgres peer map={{peer_map}}
local all all scram-sha-256
host all rejected all reject
host all legacy all md5
host all plain all password
host all trusted,ghost,nologin all trust
host all auditor,heavy,limited all scram-sha-256
";

const ROLES: [&str; 8] = [
    "CREATE ROLE auditor LOGIN PASSWORD 'sesame'",
    "CREATE ROLE plain LOGIN PASSWORD 'sesame'",
    "CREATE ROLE trusted LOGIN",
    "CREATE ROLE nologin NOLOGIN",
    "CREATE ROLE limited LOGIN CONNECTION LIMIT 0 PASSWORD 'sesame'",
    // a verifier as a server of 16 with scram_iterations = 600000 makes it; every version takes one
    "CREATE ROLE heavy LOGIN PASSWORD 'SCRAM-SHA-256$600000:c2FsdHNhbHRzYWx0c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
    "SET password_encryption = md5; CREATE ROLE legacy LOGIN PASSWORD 'sesame'",
    "CREATE TABLE public.shut (a int)",
];

/// One server of each version for the tests of this file.
fn servers() -> &'static [PrivateServer] {
    static SERVERS: OnceLock<Vec<PrivateServer>> = OnceLock::new();
    SERVERS.get_or_init(|| servers_under_test().iter().map(start).collect())
}

fn start(binaries: &pgcomply::server::Binaries) -> PrivateServer {
    let tls = Some(Pki::make(&PkiOptions::sound(Utc::now(), "localhost")).unwrap());
    let conf = "password_encryption = 'scram-sha-256'".to_owned();
    let options = Options { tls, conf, hba: Some(HBA.to_owned()), ..Options::default() };
    let server = PrivateServer::start(binaries, options).unwrap();
    server.execute_all("postgres", &ROLES).unwrap();
    server.execute("postgres", "CREATE DATABASE closed").unwrap();
    server.execute("postgres", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC").unwrap();
    server
}

fn way(server: &PrivateServer, user: &str, more: &str) -> String {
    format!("host=localhost port={} user={user} dbname=postgres sslmode=require {more}", server.port())
}

#[tokio::test]
async fn scram_is_bound_to_the_certificate() {
    for server in servers() {
        let session = open(&with_password(&way(server, "auditor", "channel_binding=require"), "sesame")).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!((endpoint.transport, endpoint.encrypted, endpoint.ssl_request), ("tcp", true, Some("S")));
        assert_eq!(endpoint.protocol.as_deref(), Some("TLSv1.3"));
        assert_eq!(endpoint.cipher.as_deref(), Some("TLS_AES_256_GCM_SHA384"));
        assert!(endpoint.key_exchange_group.is_some() && endpoint.peer_address.is_some());
        assert_eq!((endpoint.channel_binding, endpoint.auth_method.as_deref()), (Some("used"), Some("scram-sha-256")));
        assert_eq!(endpoint.key_possession, Some("proved"));
        assert_eq!((endpoint.chain_trusted, endpoint.hostname_matches), (None, Some(true)));
        assert_eq!(session.certificates().len(), 2);
        assert_eq!(session.scram_iterations(), Some(4096));
        assert!(session.parameters()["server_version"].starts_with(&server.major().to_string()));
        let rows = session.query("SELECT pg_backend_pid()", &[]).await.unwrap();
        assert_eq!(Some(rows[0].get::<_, i32>(0)), session.process_id());
        session.close().await;
    }
}

#[tokio::test]
async fn the_session_says_nothing_of_itself_at_start_up() {
    for server in servers() {
        let connection = format!("{} application_name=mine", way(server, "auditor", ""));
        let session = open(&with_password(&connection, "sesame")).await.unwrap();
        let sql = "SELECT name || '=' || reset_val FROM pg_settings WHERE source = 'client' ORDER BY 1";
        let rows = session.query(sql, &[]).await.unwrap();
        let client: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(client, ["client_encoding=UTF8"]);
        assert_eq!(session.settings().application_name.as_deref(), Some("mine"));
        assert!(session.settings().password.is_none());
        session.close().await;
    }
}

#[tokio::test]
async fn other_methods_work_and_are_recorded() {
    for server in servers() {
        for (user, method) in [("legacy", "md5"), ("plain", "password"), ("trusted", "none")] {
            let session = open(&with_password(&way(server, user, ""), "sesame")).await.unwrap();
            assert_eq!(session.endpoint().auth_method.as_deref(), Some(method));
            assert_eq!(session.endpoint().channel_binding, Some("not_used"));
            session.close().await;
        }
        let clear = way(server, "legacy", "").replace("require", "disable");
        let session = open(&with_password(&clear, "sesame")).await.unwrap();
        assert_eq!(session.endpoint().channel_binding, None);
        assert!(!session.endpoint().encrypted && session.certificates().is_empty());
        session.close().await;
        let unbound = refusal(&with_password(&way(server, "legacy", "channel_binding=require"), "sesame")).await;
        assert_error(&unbound, "channel_binding", 4, &["does not use SCRAM"]);
        let unbound = refusal(&settings(&way(server, "trusted", "channel_binding=require"))).await;
        assert_error(&unbound, "channel_binding", 4, &["asked for no password"]);
    }
}

#[tokio::test]
async fn a_unix_socket_ignores_sslmode() {
    for server in servers() {
        let socket = server.socket_dir();
        let connection = format!(
            "host={} port={} user=auditor dbname=postgres sslmode=verify-full",
            socket.display(),
            server.port()
        );
        let session = open(&with_password(&connection, "sesame")).await.unwrap();
        let endpoint = session.endpoint();
        assert_eq!((endpoint.transport, endpoint.encrypted, endpoint.ssl_request), ("unix", false, None));
        assert_eq!(endpoint.host, socket.display().to_string());
        session.close().await;
    }
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    for server in servers() {
        let at = format!("localhost:{}", server.port());
        let right = |user: &str| with_password(&way(server, user, ""), "sesame");
        let wrong = refusal(&with_password(&way(server, "auditor", ""), "not sesame")).await;
        assert_error(&wrong, "wrong_password", 4, &[&at, "user \"auditor\"", "prompt"]);
        let none = refusal(&settings(&way(server, "auditor", ""))).await;
        assert_error(&none, "no_password", 4, &[&at, "user \"auditor\"", "--password-file"]);
        let unknown = refusal(&right("auditor").with_database("no\x1bsuch")).await;
        assert_error(&unknown, "unknown_database", 4, &["database \"no\\u{1b}such\" does not exist", "-d"]);
        let closed = refusal(&right("auditor").with_database("closed")).await;
        assert_error(&closed, "no_connect_privilege", 4, &["may not enter database \"closed\"", "GRANT CONNECT"]);
        let ghost = refusal(&settings(&way(server, "ghost", ""))).await;
        assert_error(&ghost, "unknown_role", 4, &["role \"ghost\" does not exist", "-U"]);
        let nologin = refusal(&settings(&way(server, "nologin", ""))).await;
        assert_error(&nologin, "unknown_role", 4, &["is not permitted to log in", "LOGIN"]);
        let rejected = refusal(&right("rejected")).await;
        assert_error(&rejected, "rejected", 4, &["pg_hba.conf rejects connection"]);
        let unlisted = refusal(&right("unlisted")).await;
        assert_error(&unlisted, "rejected", 4, &["no pg_hba.conf entry"]);
        let limited = refusal(&right("limited")).await;
        assert_error(&limited, "too_many_connections", 4, &["limited", "max_connections"]);
        let heavy = refusal(&right("heavy")).await;
        assert_error(&heavy, "scram_iterations", 4, &["600000 iterations", "100000", "client certificate"]);
        let clear = way(server, "plain", "").replace("require", "disable");
        let plain = refusal(&with_password(&clear, "sesame")).await;
        assert_error(&plain, "clear_text_password", 4, &["was not sent"]);
    }
}

#[tokio::test]
async fn statements_are_kept_and_queries_fail_by_kind() {
    for server in servers() {
        let session = open(&with_password(&way(server, "auditor", ""), "sesame")).await.unwrap();
        session.execute("SET statement_timeout = '50ms'").await.unwrap();
        let cases = [
            ("SELECT * FROM public.shut", QueryErrorKind::Privilege),
            ("SELECT * FROM public.nowhere", QueryErrorKind::Missing),
            ("SELECT pg_sleep(5)", QueryErrorKind::Canceled),
            ("SELECT 'sesame'::int", QueryErrorKind::Other),
        ];
        for (sql, kind) in cases {
            let error = session.query(sql, &[]).await.unwrap_err();
            assert_eq!(error.kind, kind, "{error}");
            assert!(!error.to_string().contains("sesame"), "{error}");
        }
        let answer = session.query("SELECT $1::text", &[(&"a", Type::TEXT)]).await.unwrap();
        assert_eq!(answer[0].get::<_, String>(0), "a");
        session.query("SELECT $1::text", &[(&"b", Type::TEXT)]).await.unwrap();
        let ran = session.statements();
        assert_eq!(
            (ran.len(), ran[0].as_str(), ran[5].as_str()),
            (6, "SET statement_timeout = '50ms'", "SELECT $1::text")
        );
        session.execute("DO $$ BEGIN RAISE WARNING 'a % b', chr(27); END $$").await.unwrap();
        assert_eq!(session.notices(), ["a \\u{1b} b"]);
        session.close().await;
    }
}

#[tokio::test]
async fn queries_run_pipelined() {
    let session = open(&with_password(&way(&servers()[0], "auditor", ""), "sesame")).await.unwrap();
    let queries = (0..60).map(|_| session.query("SELECT count(*) FROM pg_class", &[]));
    let answers = futures_util::future::join_all(queries).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(session.statements().len(), 1);
    session.close().await;
}

#[tokio::test]
async fn a_running_query_can_be_cancelled() {
    for server in servers() {
        let session = open(&with_password(&way(server, "auditor", ""), "sesame")).await.unwrap();
        let token = session.cancel_token();
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            token.cancel().await.unwrap();
        };
        let (outcome, ()) = tokio::join!(session.query("SELECT pg_sleep(20)", &[]), cancel);
        assert_eq!(outcome.unwrap_err().kind, QueryErrorKind::Canceled);
        session.close().await;
    }
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_told_as_such() {
    let server = &servers()[0];
    let session = open(&with_password(&way(server, "auditor", ""), "sesame")).await.unwrap();
    let pid = session.process_id().unwrap();
    let admin = server.superuser_client("postgres").await.unwrap();
    admin.batch_execute(&format!("SELECT pg_terminate_backend({pid})")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let error = session.query("SELECT 1", &[]).await.unwrap_err();
    assert_eq!(error.kind, QueryErrorKind::Disconnected, "{error}");
    assert!(session.is_closed());
    session.close().await;
}

#[tokio::test]
async fn sessions_leave_no_broken_connection_in_the_servers_log() {
    let binaries = &servers_under_test()[0];
    let server = start(binaries);
    let session = open(&with_password(&way(&server, "auditor", ""), "sesame")).await.unwrap();
    Session::close(session).await;
    refusal(&with_password(&way(&server, "heavy", ""), "sesame")).await;
    refusal(&settings(&way(&server, "auditor", ""))).await;
    let untrusted = way(&server, "auditor", "").replace("require", "verify-full");
    let roots = crate::common::pki_folder().join("selfca.crt");
    refusal(&settings(&format!("{untrusted} sslrootcert={}", roots.display()))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = server.log_tail();
    for trace in ["could not receive data", "could not accept SSL", "unexpected EOF"] {
        assert!(!log.contains(trace), "{log}");
    }
}
