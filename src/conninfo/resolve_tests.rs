//! What libpq's users type, and what comes of it.

use std::os::unix::fs::PermissionsExt;

use super::super::{ChannelBinding, RootCertificates, SslNegotiation};
use super::*;

fn around(env: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        home: None,
        user: Some("me".to_owned()),
    }
}

fn request(connection: &str) -> Request {
    Request { connection: Some(connection.to_owned()), ..Request::default() }
}

fn settle(connection: &str, env: &[(&str, &str)]) -> ConnectionSettings {
    resolve(&request(connection), &around(env)).unwrap()
}

fn refusal(connection: &str, env: &[(&str, &str)]) -> String {
    let error = resolve(&request(connection), &around(env)).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

fn tcp(name: &str) -> Host {
    Host::Tcp { name: name.to_owned(), hostaddr: None }
}

fn exposed(settings: &ConnectionSettings) -> Option<&[u8]> {
    settings.password.as_ref().map(Secret::expose)
}

#[test]
fn defaults_are_libpqs_but_for_the_stronger_sslmode() {
    let settings = resolve(&Request::default(), &around(&[])).unwrap();
    assert!(matches!(settings.host, Host::Unix { .. }));
    assert_eq!((settings.port, settings.user.as_str(), settings.database.as_str()), (5432, "me", "me"));
    assert_eq!(settings.sslmode, SslMode::VerifyFull);
    assert_eq!(settings.connect_timeout, Duration::from_secs(10));
    assert_eq!(settings.channel_binding, ChannelBinding::Prefer);
    assert_eq!(settings.ssl_negotiation, SslNegotiation::Postgres);
    assert!(settings.password.is_none() && settings.warnings.is_empty());
}

#[test]
fn a_url_and_a_key_value_string_say_the_same() {
    let env = [("PGHOST", "elsewhere"), ("PGPORT", "1")];
    let url = settle("postgresql://bob@db.example:5433/app?sslmode=require", &env);
    let pairs = settle("user=bob host=db.example port=5433 dbname=app sslmode=require", &env);
    assert_eq!(url.describe(), "user \"bob\" in database \"app\" at db.example:5433 (sslmode require)");
    assert_eq!(url.describe(), pairs.describe());
    assert_eq!(url.host, tcp("db.example"));
}

#[test]
fn the_environment_is_read_in_full() {
    let env = [
        ("PGHOST", "h"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "6000"),
        ("PGUSER", "u"),
        ("PGDATABASE", "d"),
        ("PGPASSWORD", "pw"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "/r.crt"),
        ("PGSSLCERT", "/c.crt"),
        ("PGSSLKEY", "/c.key"),
        ("PGSSLNEGOTIATION", "direct"),
        ("PGCHANNELBINDING", "require"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGAPPNAME", "audit"),
    ];
    let settings = resolve(&Request::default(), &around(&env)).unwrap();
    assert_eq!(settings.host, Host::Tcp { name: "h".into(), hostaddr: Some("192.0.2.1".parse().unwrap()) });
    assert_eq!(settings.describe(), "user \"u\" in database \"d\" at h:6000 (sslmode verify-ca)");
    assert_eq!(exposed(&settings), Some(b"pw".as_slice()));
    assert_eq!(settings.password_source, Some(PasswordSource::Given(Origin::Environment("PGPASSWORD"))));
    assert_eq!(settings.ssl_root_cert, RootCertificates::File("/r.crt".into()));
    assert_eq!(settings.client_certificate.unwrap().key, PathBuf::from("/c.key"));
    assert_eq!(settings.ssl_negotiation, SslNegotiation::Direct);
    assert_eq!(settings.channel_binding, ChannelBinding::Require);
    assert_eq!(settings.connect_timeout, Duration::from_secs(3));
    assert_eq!(settings.application_name.as_deref(), Some("audit"));
}

#[test]
fn flags_win_over_the_string_and_a_warning_says_so() {
    let request = Request {
        host: Some("flag.example".into()),
        dbname: Some("postgresql://url.example/app".into()),
        ..Request::default()
    };
    let settings = resolve(&request, &around(&[])).unwrap();
    assert_eq!(settings.host, tcp("flag.example"));
    assert_eq!(settings.database, "app");
    assert_eq!(
        settings.warnings,
        ["host is taken from the flag -h, not from the connection URL; psql would do the reverse"]
    );
}

#[test]
fn the_policys_target_stands_between_string_and_environment() {
    let parameters = [("host", "target.example"), ("user", "t"), ("port", "7000")];
    let target = TargetEntry {
        name: "prod".into(),
        parameters: parameters.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        password_file: None,
    };
    let request = Request { target: Some(target), connection: Some("user=s".into()), ..Request::default() };
    let settings = resolve(&request, &around(&[("PGHOST", "env.example"), ("PGDATABASE", "d")])).unwrap();
    assert_eq!(settings.describe(), "user \"s\" in database \"d\" at target.example:7000 (sslmode verify-full)");
}

#[test]
fn a_service_file_fills_what_nobody_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".pg_service.conf"), "[prod]\nhost=svc.example\nport=7001\nuser=s\n").unwrap();
    let mut around = around(&[("PGSERVICE", "prod"), ("PGPORT", "7002")]);
    around.home = Some(folder.path().to_owned());
    let settings = resolve(&Request::default(), &around).unwrap();
    assert_eq!(settings.host, tcp("svc.example"));
    assert_eq!((settings.port, settings.user.as_str()), (7002, "s"));
    assert_eq!(settings.warnings.len(), 1);
    assert!(
        settings.warnings[0].starts_with("port is taken from the environment variable PGPORT, not from the service")
    );
    let error = resolve(&request("service=prdo"), &around).unwrap_err().to_string();
    assert!(error.starts_with("service \"prdo\" (from the connection string) is not defined in "), "{error}");
    around.env.insert("PGSERVICEFILE".into(), "/no/such.conf".into());
    let error = resolve(&Request::default(), &around).unwrap_err().to_string();
    assert!(error.starts_with("cannot read the service file /no/such.conf: "), "{error}");
}

#[test]
fn passwords_are_taken_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let flag = write("flag", "from flag\n");
    let container = write("container", "from container\n");
    write(".pgpass", "h:5432:d:u:from pgpass\nlocalhost:5432:d:u:from local pgpass\n");
    let mut around = around(&[("PGPASSWORD", "from env"), ("PGCOMPLY_PASSWORD_FILE", container.to_str().unwrap())]);
    around.home = Some(folder.path().to_owned());
    let mut request = request("postgresql://u:from%20url@h/d");
    request.password_file = Some(flag);

    let password = |request: &Request, around: &Surroundings| {
        let settings = resolve(request, around).unwrap();
        String::from_utf8(exposed(&settings).unwrap().to_vec()).unwrap()
    };
    assert_eq!(password(&request, &around), "from flag");
    request.password_file = None;
    assert_eq!(password(&request, &around), "from url");
    request.connection = Some("postgresql://u@h/d".into());
    assert_eq!(password(&request, &around), "from container");
    around.env.remove("PGCOMPLY_PASSWORD_FILE");
    assert_eq!(password(&request, &around), "from env");
    around.env.remove("PGPASSWORD");
    assert_eq!(password(&request, &around), "from pgpass");
    request.connection = Some("postgresql://u@/d?host=/tmp".into());
    assert_eq!(password(&request, &around), "from local pgpass");
    request.connection = Some("postgresql://other@h/d".into());
    assert!(resolve(&request, &around).unwrap().password.is_none());
}

#[test]
fn a_password_on_the_command_line_works_and_warns_without_repeating_it() {
    for connection in ["postgresql://u:sesame@h/d", "host=h password=sesame"] {
        let settings = settle(connection, &[]);
        assert_eq!(exposed(&settings), Some(b"sesame".as_slice()));
        assert_eq!(settings.warnings.len(), 1);
        assert!(settings.warnings[0].contains("--password-file"));
        assert!(!format!("{settings:?}{}", settings.describe()).contains("sesame"));
    }
}

#[test]
fn a_pass_file_open_to_others_is_a_warning_and_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pass");
    std::fs::write(&path, "*:*:*:*:sesame").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let settings = settle("host=h", &[("PGPASSFILE", path.to_str().unwrap())]);
    assert!(settings.password.is_none());
    assert!(settings.warnings[0].contains("mode 0644"), "{:?}", settings.warnings);
    let settings = settle("host=h", &[("PGPASSFILE", "/no/such/pass")]);
    assert_eq!(settings.warnings, ["pass file /no/such/pass does not exist"]);
}

#[test]
fn nonsense_names_its_source() {
    let cases = [
        ("postgresql://h:x/d", "invalid port \"x\" in the connection URL: expected a number from 1 to 65535"),
        ("port=0", "invalid port \"0\" in the connection string: expected a number from 1 to 65535"),
        ("host=h hostaddr=h", "invalid hostaddr \"h\" in the connection string: expected an IP address"),
        (
            "sslmode=maybe",
            "invalid sslmode \"maybe\" in the connection string: expected disable, prefer, require, verify-ca or verify-full",
        ),
        ("sslmode=allow", "\"sslmode=allow\" is set by the connection string but not supported: use sslmode=prefer"),
        (
            "connect_timeout=soon",
            "invalid connect_timeout \"soon\" in the connection string: expected a whole number of seconds",
        ),
        ("hots=x", "unknown connection parameter \"hots\" in the connection string (did you mean \"host\"?)"),
        (
            "postgresql://a,b/x",
            "the connection URL names several hosts, which is not supported: scan them one by one, as targets",
        ),
        (
            "sslrootcert=system sslmode=require",
            "sslmode=require may not be used with sslrootcert=system: use sslmode=verify-full",
        ),
    ];
    for (connection, message) in cases {
        assert_eq!(refusal(connection, &[]), message);
    }
    assert!(
        refusal("host=h", &[("PGSSLMODE", "\u{1b}on")])
            .starts_with("invalid sslmode \"\\u{1b}on\" in the environment variable PGSSLMODE")
    );
    let flag = Request { port: Some("5432x".into()), ..Request::default() };
    assert!(resolve(&flag, &around(&[])).unwrap_err().to_string().contains("in the flag -p"));
}

#[test]
fn what_is_not_supported_is_named_never_ignored() {
    let variables = [
        ("PGREQUIREAUTH", "scram-sha-256"),
        ("PGOPTIONS", "-c geqo=off"),
        ("PGSSLCRL", "/crl"),
        ("PGGSSENCMODE", "require"),
        ("PGTARGETSESSIONATTRS", "read-write"),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.3"),
        ("PGSSLCERTMODE", "require"),
        ("PGREQUIREPEER", "postgres"),
    ];
    for (name, value) in variables {
        let error = refusal("host=h", &[(name, value)]);
        assert!(error.contains(&format!("is set by the environment variable {name} but not")), "{error}");
    }
    for connection in ["options=-cx=y", "sslcrl=x", "replication=database", "sslpassword=sesame"] {
        let error = refusal(connection, &[]);
        assert!(error.contains("not supported") && !error.contains("sesame"), "{error}");
    }
    for (name, value) in [("PGGSSENCMODE", "prefer"), ("PGTARGETSESSIONATTRS", "any"), ("PGREQUIREAUTH", "")] {
        assert!(settle("host=h", &[(name, value)]).warnings.is_empty());
    }
    let settings = settle("host=h keepalives=1", &[("PGTZ", "UTC")]);
    assert_eq!(
        settings.warnings,
        [
            "\"keepalives\", set by the connection string, has no effect here",
            "\"timezone\", set by the environment variable PGTZ, has no effect here"
        ]
    );
}

#[test]
fn tls_words_that_exclude_each_other_are_refused() {
    assert!(refusal("host=h sslmode=prefer sslnegotiation=direct", &[]).contains("sslnegotiation=direct"));
    assert!(refusal("host=h sslmode=disable channel_binding=require", &[]).contains("needs TLS"));
    assert!(refusal("host=/tmp channel_binding=require", &[]).contains("needs TLS"));
    assert!(refusal("host=h sslkey=/k", &[]).contains("sslkey without sslcert"));
    assert!(refusal("connect_timeout=0", &[]).contains("wait for ever"));
    assert!(refusal("host=@abstract", &[]).contains("abstract"));
    let twice = Request { connection: Some("host=a".into()), dbname: Some("host=b".into()), ..Request::default() };
    assert!(resolve(&twice, &around(&[])).unwrap_err().to_string().contains("two connection strings"));
}

#[test]
fn files_in_the_home_directory_are_the_defaults() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    let mut around = around(&[]);
    around.home = Some(home.path().to_owned());
    let bare = resolve(&request("host=h"), &around).unwrap();
    assert_eq!(bare.ssl_root_cert, RootCertificates::Default(folder.join("root.crt")));
    assert_eq!(bare.client_certificate, None);
    for name in ["postgresql.crt", "root.crl"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let full = resolve(&request("host=h"), &around).unwrap();
    assert_eq!(full.client_certificate.unwrap().key, folder.join("postgresql.key"));
    assert!(full.warnings[0].contains("root.crl is not read"), "{:?}", full.warnings);
    let none = resolve(&request("host=h sslcertmode=disable"), &around).unwrap();
    assert_eq!(none.client_certificate, None);
    let clear = resolve(&request("host=h sslmode=disable"), &around).unwrap();
    assert!(clear.client_certificate.is_none() && clear.warnings.is_empty());
    let system = resolve(&request("host=h sslrootcert=system"), &around).unwrap();
    assert_eq!((system.ssl_root_cert, system.sslmode), (RootCertificates::System, SslMode::VerifyFull));
}

#[test]
fn addresses_are_written_as_they_are_dialled() {
    assert_eq!(settle("postgresql://[::1]:5433/a", &[]).address(), "[::1]:5433");
    assert_eq!(settle("host=/run/pg port=5433", &[]).address(), "/run/pg/.s.PGSQL.5433");
    assert_eq!(settle("hostaddr=192.0.2.7", &[]).address(), "192.0.2.7:5432");
    assert_eq!(settle("host=h dbname=a", &[]).with_database("b").database, "b");
}
