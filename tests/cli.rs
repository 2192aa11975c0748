//! The program itself: how it is told where to go, what it exits with, what it leaves behind, and what it never shows.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgcomply::evidence::Evidence;
use pgcomply::model::{GateStatus, Report, Status, TargetStatus};
use pgcomply::server::Reference;
use serde_json::Value;
use support::proxy::{Proxy, Then};
use support::scanning::{log_of, own, wait_until, wait_until_gone};

/// A folder to run in, which is the home folder as well.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// One with the reference's policy as ./pgcomply.toml.
    fn with_policy() -> Self {
        let place = Self::new();
        place.write("pgcomply.toml", pgcomply::server::POLICY);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn report(&self, name: &str) -> Report {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    fn files(&self) -> BTreeSet<String> {
        fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    fn command(&self) -> Command {
        let mut command = support::pgcomply(self.0.path());
        command.stdin(Stdio::null());
        command
    }

    fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ended {
        ended(self.command().args(args))
    }

    /// A scan of the deployment as `backupuser`, with more arguments.
    fn scan(&self, reference: &Reference, more: &[&str]) -> Ended {
        ended(self.command().args(scan_arguments(reference)).args(more))
    }
}

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    #[track_caller]
    fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}\nstdout: {}", self.stderr, &self.stdout[..self.stdout.len().min(2000)]);
        self
    }

    /// Failed with a code, and says why in one line that holds these words, and nothing else.
    #[track_caller]
    fn saying(self, code: i32, words: &[&str]) -> Self {
        let ended = self.with(code);
        assert_eq!(ended.stderr.lines().count(), 1, "one line: {}", ended.stderr);
        assert!(ended.stderr.starts_with("pgcomply: "), "{}", ended.stderr);
        for word in words {
            assert!(ended.stderr.contains(word), "{word:?} is missing in: {}", ended.stderr);
        }
        ended
    }
}

fn scan_arguments(reference: &Reference) -> Vec<String> {
    let password_file = reference.password_file("backupuser").unwrap().display().to_string();
    let connection = support::connection(reference, "backupuser", "appdb");
    vec!["scan".into(), connection, "--password-file".into(), password_file]
}

fn password(reference: &Reference) -> &str {
    reference.password("backupuser").unwrap().reveal()
}

#[test]
fn the_guides_deployment_passes_its_own_policy() {
    for reference in support::references() {
        let place = Place::with_policy();
        let ended = place.scan(&reference, &["-o", "table", "-o", "json=report.json"]).with(0);
        assert!(ended.stdout.contains("gate passed"), "{}", ended.stdout);
        assert_eq!(ended.stderr, "", "nothing is said where there is nothing to say and nobody watches");
        let report = place.report("report.json");
        assert_eq!((report.gate.exit_code, report.gate.status), (0, GateStatus::Passed));
        assert_eq!(report.targets[0].status, TargetStatus::Scanned);
        let errors: Vec<_> = report.targets[0].findings.iter().filter(|f| f.status == Status::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn every_habit_of_libpq_leads_to_the_server() {
    let reference = support::reference();
    let (port, root) = (reference.port().to_string(), reference.ca_bundle().display().to_string());
    let secret = password(&reference).to_owned();
    let file = reference.password_file("backupuser").unwrap().display().to_string();
    let url = format!("postgresql://backupuser@localhost:{port}/appdb?sslmode=verify-full&sslrootcert={root}");
    let pairs = support::connection(&reference, "backupuser", "appdb");
    let place = Place::with_policy();
    let pass = format!("localhost:{port}:appdb:backupuser:{secret}\n");
    let passfile = place.write("passfile", &pass).display().to_string();
    let service = place.write(
        "services",
        &format!("[audited]\nhost=localhost\nport={port}\nuser=backupuser\ndbname=appdb\nsslrootcert={root}\n"),
    );
    let service = service.display().to_string();
    let with_target = format!(
        "{}\n[[target]]\nname = \"production\"\nhost = \"localhost\"\nport = {port}\nuser = \"backupuser\"\ndbname = \"appdb\"\nsslrootcert = \"{root}\"\npassword_file = \"{file}\"\n",
        pgcomply::server::POLICY
    );
    place.write("targets.toml", &with_target);
    let flags = ["-h", "localhost", "-p", &port, "-U", "backupuser", "-d", "appdb", "--password-file", &file];
    let env = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect::<Vec<_>>();
    let libpq = [
        ("PGHOST", "localhost"),
        ("PGPORT", &port),
        ("PGUSER", "backupuser"),
        ("PGDATABASE", "appdb"),
        ("PGSSLROOTCERT", &root),
    ];
    type Way<'a> = (&'a str, Vec<&'a str>, Vec<(&'static str, String)>);
    let ways: Vec<Way<'_>> = vec![
        ("a URL and a password file", vec![&url, "--password-file", &file], env(&[])),
        ("key=value", vec![&pairs, "--password-file", &file], env(&[])),
        ("-d with a URL", vec!["-d", &url, "--password-file", &file], env(&[])),
        ("flags", flags.to_vec(), env(&[("PGSSLROOTCERT", &root)])),
        ("the environment", vec![], env(&[&libpq[..], &[("PGPASSWORD", &secret)]].concat())),
        ("PGPASSFILE", vec![], env(&[&libpq[..], &[("PGPASSFILE", &passfile)]].concat())),
        ("a Docker secret", vec![], env(&[&libpq[..], &[("PGCOMPLY_PASSWORD_FILE", &file)]].concat())),
        ("a service", vec!["service=audited", "--password-file", &file], env(&[("PGSERVICEFILE", &service)])),
        ("a target of the policy", vec!["--policy", "targets.toml", "--target", "production"], env(&[])),
    ];
    for (what, args, variables) in ways {
        let run =
            ended(place.command().arg("scan").args(&args).args(["--check", "roles/*", "-o", "json"]).envs(variables));
        assert_eq!(run.code, 0, "{what}: {}", run.stderr);
        let report: Report = serde_json::from_str(&run.stdout).unwrap();
        let target = &report.targets[0];
        assert_eq!(target.role.as_ref().unwrap().name, "backupuser", "{what}");
        assert_eq!(target.connection.as_ref().unwrap().host, "localhost", "{what}");
        let name = if what.contains("target") { "production".to_owned() } else { format!("localhost:{port}") };
        assert_eq!(target.name, name, "{what}");
        assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret), "{what} shows the password");
    }
    // ~/.pgpass, which needs no word at all
    place.write(".pgpass", &pass);
    place.scan_by(&[&pairs, "--check", "tls/*", "-o", "json"]).with(0);
}

impl Place {
    fn scan_by(&self, args: &[&str]) -> Ended {
        ended(self.command().arg("scan").args(args))
    }
}

#[test]
fn an_open_failure_fails_the_gate() {
    for binaries in support::servers() {
        let reference = own(&binaries);
        let place = Place::with_policy();
        reference.server().execute("postgres", "ALTER ROLE appuser CREATEROLE").unwrap();
        place.scan(&reference, &["-o", "json=report.json"]).with(1);
        let report = place.report("report.json");
        assert_eq!(report.gate.status, GateStatus::Failed);
        assert!(report.gate.failed_by.iter().any(|line| line.starts_with("roles/")), "{:?}", report.gate.failed_by);
        let gated = place.run(&["gate", "report.json"]).with(1);
        assert!(gated.stdout.contains("The gate failed"), "{}", gated.stdout);
        assert_eq!(place.run(&["gate", "report.json", "--fail-on", "never"]).code, 0);
        place.scan(&reference, &["--fail-on", "never", "-o", "json"]).with(0);
        place.scan(&reference, &["--skip", "roles/*", "-o", "json"]).with(0);
        reference
            .server()
            .execute("postgres", "ALTER ROLE appuser NOCREATEROLE; ALTER ROLE temporal CREATEDB")
            .unwrap();
        place.scan(&reference, &["-o", "json"]).with(0);
        place.scan(&reference, &["--fail-on", "low", "-o", "json"]).with(1);
    }
}

#[test]
fn nothing_is_judged_where_the_input_is_wrong() {
    let reference = support::reference();
    let place = Place::new();
    let mut scan = scan_arguments(&reference);
    place.write("unknown-key.toml", "[roles]\nowner = [\"a\"]\naplication = [\"b\"]\n");
    place.write("no-toml.toml", "[roles\n");
    place.write("password.toml", "[[target]]\nname = \"x\"\npassword = \"sesame\"\n");
    place.write("text.db", "not a database");
    place.write("not.json", "{");
    place.write("other.json", "{\"schema_version\": \"1.0\"}");
    place.write("future.json", "{\"schema_version\": \"2.0\"}");
    fs::create_dir(place.path("empty")).unwrap();
    let cases: [(&[&str], &[&str]); 21] = [
        (&["--policy", "unknown-key.toml"], &["unknown-key.toml", "3", "aplication", "application"]),
        (&["--policy", "no-toml.toml"], &["no-toml.toml", "line 1"]),
        (&["--policy", "password.toml"], &["password"]),
        (&["--policy", "missing.toml"], &["missing.toml"]),
        (&["--target", "nowhere"], &["nowhere"]),
        (&["--check", "roles/ownr-nologin"], &["no check fits", "did you mean roles/owner-nologin?"]),
        (&["--skip", "nothing/*"], &["no check fits"]),
        (&["--check", "tls/*", "--skip", "*"], &["no check is selected"]),
        (&["--framework", "sox"], &["sox", "gdpr", "hipaa"]),
        (&["--checks", "missing"], &["missing"]),
        (&["--checks", "empty"], &["empty"]),
        (&["-o", "jsn"], &["jsn", "did you mean json"]),
        (&["-o", "json", "-o", "table"], &["only one output can go to stdout"]),
        (&["-o", "json=a", "-o", "html=a"], &["same file"]),
        (&["-o", "json=no/such/folder.json"], &["no/such", "does not exist"]),
        (&["-o", "json=empty"], &["folder"]),
        (&["--evidence", "no/such/e.db"], &["no/such", "does not exist"]),
        (&["-o", "json="], &["names no file"]),
        (&["-o", "json=x.db", "--evidence", "x.db"], &["both go to x.db"]),
        (&["-o", "xml"], &["xml", "table, json, html"]),
        (&["--password-file", "missing.txt"], &["missing.txt"]),
    ];
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let listens = listener.local_addr().unwrap().port();
    scan[1] = scan[1].replace(&format!("port={}", reference.port()), &format!("port={listens}"));
    for (args, words) in cases {
        let mut all: Vec<&str> = scan.iter().map(String::as_str).collect();
        if args[0] == "--password-file" {
            all.truncate(2);
        }
        all.extend(args);
        let run = place.run(&all).saying(2, words);
        assert_eq!(run.stdout, "", "{args:?}");
    }
    assert!(listener.accept().is_err(), "nothing is dialled before all input is proved");
    scan.push("--no-such-flag".into());
    for args in [&scan.iter().map(String::as_str).collect::<Vec<_>>()[..], &["scn"], &[]] {
        let run = place.run(args).with(2);
        assert!(run.stdout.is_empty() && run.stderr.contains("Usage"), "{}", run.stderr);
    }
    for (args, words) in [
        (&["scan", "host=localhost nonsense=1"][..], &["nonsense"][..]),
        (&["scan", "host=localhost sslmode=verify-ful"], &["sslmode", "verify-ful"]),
        (&["scan", "host=localhost port=x"], &["port"]),
        (&["report", "missing.json"], &["missing.json"]),
        (&["report", "not.json"], &["not.json"]),
        (&["report", "other.json"], &["other.json"]),
        (&["report", "future.json"], &["future.json", "2.0"]),
        (&["gate", "future.json"], &["future.json", "2.0"]),
        (&["diff", "missing.json", "missing.json"], &["missing.json"]),
        (&["evaluate", "missing.db"], &["missing.db"]),
        (&["evaluate", "text.db"], &["text.db", "not an evidence file"]),
        (&["facts", "text.db"], &["text.db"]),
        (&["query", "missing.db", "SELECT 1"], &["missing.db"]),
        (&["checks", "show", "roles/owner-nologn"], &["did you mean roles/owner-nologin?"]),
        (&["controls", "show", "gdpr:99"], &["gdpr:99"]),
        (&["controls", "list", "sox"], &["sox", "gdpr"]),
    ] {
        place.run(args).saying(2, words);
    }
    let left: BTreeSet<String> = place.files();
    assert!(!left.iter().any(|name| name.starts_with(".pgcomply-") || name == "a"), "{left:?}");
}

#[test]
fn what_could_not_be_assessed_is_no_pass() {
    for reference in support::references() {
        let place = Place::new();
        place.scan(&reference, &["-o", "json=report.json"]).with(3);
        let report = place.report("report.json");
        assert_eq!(report.gate.status, GateStatus::Incomplete);
        assert!(report.gate.incomplete_by.iter().any(|line| line.contains("roles")), "{:?}", report.gate.incomplete_by);
        assert_eq!(report.run.policy_file, None);
        let warned = place.scan(&reference, &["--on-incomplete", "warn"]).with(0);
        assert!(warned.stdout.contains("warn"), "{}", warned.stdout);
        place.run(&["gate", "report.json"]).with(3);
        place.run(&["gate", "report.json", "--on-incomplete", "warn"]).with(0);
        // a database that is named and not there is nothing to pass on
        let place = Place::with_policy();
        place.scan(&reference, &["--database", "nowhere", "-o", "json=report.json"]).with(3);
        let findings = place.report("report.json").targets[0].findings.clone();
        let inside =
            |f: &&pgcomply::model::Finding| f.evidence.iter().any(|e| e.database.as_deref() == Some("nowhere"));
        let of_it: Vec<_> = findings.iter().filter(inside).collect();
        let passed: Vec<_> = of_it.iter().filter(|f| f.status == Status::Pass).map(|f| &f.check).collect();
        assert!(of_it.len() > 10 && passed.is_empty(), "{passed:?}");
    }
}

#[test]
fn a_target_that_cannot_be_scanned_is_one_line_and_a_report() {
    let reference = support::reference();
    let place = Place::with_policy();
    let (port, root) = (reference.port(), reference.ca_bundle().display().to_string());
    let file = reference.password_file("backupuser").unwrap().display().to_string();
    let wrong = place.write("wrong.txt", "Wrong-Password-123").display().to_string();
    let stranger = Reference::start(reference.server().binaries(), chrono::Utc::now(), Default::default()).unwrap();
    let other_root = stranger.ca_bundle().display().to_string();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let web = web_server();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let to = |host: &str, port: u16, database: &str, root: &str, more: &str| {
        format!(
            "host={host} port={port} user=backupuser dbname={database} sslmode=verify-full sslrootcert={root} {more}"
        )
    };
    let quick = "connect_timeout=1";
    let cases: [(String, &str, &[&str]); 8] = [
        (to("localhost", nobody, "appdb", &root, ""), &file, &["connection refused", "check that the server runs"]),
        (to("localhost", port, "appdb", &root, ""), &wrong, &["the password was refused", "wrong.txt"]),
        (to("localhost", port, "nowhere", &root, ""), &file, &["nowhere", "pg_hba.conf"]),
        (to("localhost", port, "appdb", &other_root, ""), &file, &["not trusted"]),
        (
            to("db.invalid", port, "appdb", &root, "hostaddr=127.0.0.1"),
            &file,
            &["does not name the host", "db.invalid"],
        ),
        (to("127.0.0.1", silent.local_addr().unwrap().port(), "appdb", &root, quick), &file, &["no answer within 1 s"]),
        (to("127.0.0.1", web, "appdb", &root, quick), &file, &["not a PostgreSQL server"]),
        (to("no-such-host.invalid", port, "appdb", &root, ""), &file, &["check the host name"]),
    ];
    for (connection, password_file, words) in cases {
        let run = place.scan_by(&[
            &connection,
            "--password-file",
            password_file,
            "-o",
            "json=report.json",
            "--evidence",
            "e.db",
        ]);
        let run = run.saying(4, words);
        assert_eq!(run.stdout, "");
        let report = place.report("report.json");
        assert_eq!((report.gate.exit_code, report.gate.status), (4, GateStatus::NotScanned));
        assert_eq!(report.targets[0].status, TargetStatus::Failed);
        assert!(
            words.iter().all(|word| report.targets[0].error.as_ref().unwrap().contains(word)),
            "{:?}",
            report.targets[0].error
        );
        assert!(!place.path("e.db").exists(), "there is no evidence");
        let shown = place.run(&["report", "report.json", "-o", "table"]).with(0);
        assert!(shown.stdout.contains(words[0].split(' ').next().unwrap()), "{}", shown.stdout);
        fs::remove_file(place.path("report.json")).unwrap();
    }
    let collected = place.run(&["collect", &to("localhost", nobody, "appdb", &root, ""), "--evidence", "e.db"]);
    collected.saying(4, &["connection refused"]);
    let verified = format!("host=localhost port={port} user=backupuser dbname=appdb");
    place.scan_by(&[&verified]).saying(2, &["sslmode=verify-full needs a root certificate", "sslrootcert"]);
}

/// Answers whatever it hears as a web server does.
fn web_server() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 512]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[test]
fn without_a_password_nobody_is_asked_where_nobody_can_answer() {
    let reference = support::reference();
    let place = Place::with_policy();
    let pairs = support::connection(&reference, "backupuser", "appdb");
    place
        .scan_by(&[&pairs, "-o", "json"])
        .saying(4, &["asks user \"backupuser\" for a password and none was found", "--password-file"]);
}

#[test]
fn a_connection_that_is_lost_makes_the_run_incomplete() {
    let reference = support::reference();
    let place = Place::with_policy();
    let file = reference.password_file("backupuser").unwrap().display().to_string();
    let through = |proxy: &Proxy| {
        let direct = support::connection(&reference, "backupuser", "appdb");
        direct.replace(&format!("port={}", reference.port()), &format!("port={}", proxy.port()))
    };
    let whole = Proxy::before(reference.port(), u64::MAX, Then::Cut);
    place.scan_by(&[&through(&whole), "--password-file", &file, "-o", "json"]).with(0);
    let cut = Proxy::before(reference.port(), whole.passed() * 8 / 10, Then::Cut);
    let args = [&through(&cut), "--password-file", &file, "-o", "json=report.json", "--evidence", "e.db"];
    place.scan_by(&args).with(3);
    let report = place.report("report.json");
    assert_eq!(report.targets[0].status, TargetStatus::Partial);
    assert!(report.targets[0].error.as_ref().unwrap().contains("lost"), "{:?}", report.targets[0].error);
    assert!(report.targets[0].findings.iter().any(|f| f.status == Status::Pass), "what was read is judged");
    assert!(report.targets[0].findings.iter().any(|f| f.status == Status::NotAssessed));
    place.run(&["evaluate", "e.db", "-o", "json"]).with(3);
    let cut = Proxy::before(reference.port(), whole.passed() * 8 / 10, Then::Cut);
    place.run(&["collect", &through(&cut), "--password-file", &file, "--evidence", "c.db"]).with(3);
    assert!(place.path("c.db").exists());

    let stalled = Proxy::before(reference.port(), whole.passed() * 8 / 10, Then::Stall);
    let args = [&through(&stalled), "--password-file", &file, "-o", "json=late.json", "--timeout", "2"];
    place.scan_by(&args).with(3);
    let report = place.report("late.json");
    assert_eq!(report.targets[0].status, TargetStatus::Partial);
    assert!(report.targets[0].error.as_ref().unwrap().contains("--timeout"), "{:?}", report.targets[0].error);
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let reference = support::reference();
    let place = Place::with_policy();
    place.scan(&reference, &["-o", "json=report.json"]).with(0);
    let long = place.read("report.json");
    assert!(long.len() > 100_000, "longer than any pipe is deep");
    for args in [
        &["report", "report.json", "-o", "json"][..],
        &["checks", "list"],
        &["collect", "--show-sql"],
        &["schema", "report"],
    ] {
        let mut child = place.command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut ten = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut ten).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(0), "{args:?}: {:?} {said}", output.status);
        assert!(!said.contains("panic") && !said.to_lowercase().contains("pipe"), "{args:?}: {said}");
    }
    let mut scan = place.command();
    scan.args(scan_arguments(&reference)).args(["-o", "json", "-o", "html=page.html"]);
    let mut child = scan.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "the gate's word, and silence");
    assert!(place.read("page.html").contains("</html>"), "files are written first");
}

#[test]
fn files_are_whole_private_and_replaced_in_one_step() {
    let reference = support::reference();
    let place = Place::with_policy();
    for name in ["report.json", "report.html", "evidence.db"] {
        place.write(name, "old");
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let before = place.files();
    let inode = |name: &str| fs::metadata(place.path(name)).unwrap().ino();
    let old = inode("report.json");
    let args = ["-o", "json=report.json", "-o", "html=report.html", "--evidence", "evidence.db"];
    place.scan(&reference, &args).with(0);
    assert_eq!(place.files(), before, "nothing is left beside them");
    assert_ne!(inode("report.json"), old, "another file took its place");
    for name in ["report.json", "report.html", "evidence.db"] {
        assert_eq!(fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        assert!(fs::metadata(place.path(name)).unwrap().len() > 1000, "{name}");
    }
    assert!(fs::read(place.path("evidence.db")).unwrap().starts_with(b"SQLite format 3\0"));
}

#[test]
fn an_interrupted_scan_leaves_nothing_here_and_nothing_there() {
    for (binaries, signal) in
        support::servers().iter().flat_map(|b| [(b.clone(), Signal::SIGINT), (b.clone(), Signal::SIGTERM)])
    {
        let reference = own(&binaries);
        let server = reference.server();
        let place = Place::with_policy();
        place.write("report.json", "old");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let locked = runtime.block_on(server.superuser_client("appdb")).unwrap();
        runtime
            .block_on(locked.batch_execute("BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE"))
            .unwrap();
        let mut command = place.command();
        command.args(scan_arguments(&reference)).args([
            "-o",
            "json=report.json",
            "-o",
            "html=new.html",
            "--evidence",
            "e.db",
        ]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgcomply' AND wait_event_type = 'Lock'";
        wait_until(|| server.value("postgres", waits).unwrap().as_deref() == Some("1"), "the scan does not wait");
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(place.files(), BTreeSet::from(["pgcomply.toml".to_owned(), "report.json".to_owned()]));
        assert_eq!(place.read("report.json"), "old");
        wait_until_gone(server, "backupuser");
        // the collector writes when it gets to it
        let cancelled =
            || log_of(server, "backupuser").iter().any(|e| e.contains("canceling statement due to user request"));
        wait_until(cancelled, "the running query was not cancelled");
        drop(locked);
    }
}

#[test]
fn a_file_that_cannot_be_written_after_all_is_one_line() {
    let reference = own(&support::servers()[0]);
    let server = reference.server();
    let place = Place::with_policy();
    fs::create_dir(place.path("out")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let locked = runtime.block_on(server.superuser_client("appdb")).unwrap();
    runtime.block_on(locked.batch_execute("BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE")).unwrap();
    let mut command = place.command();
    command.args(scan_arguments(&reference)).args(["-o", "json=out/report.json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waits =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgcomply' AND wait_event_type = 'Lock'";
    wait_until(|| server.value("postgres", waits).unwrap().as_deref() == Some("1"), "the scan does not wait");
    fs::remove_dir(place.path("out")).unwrap();
    drop(locked);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("out/report.json"), "{stderr}");
}

#[test]
fn evidence_is_judged_by_the_policy_of_its_own_target() {
    let reference = support::reference();
    let place = Place::new();
    let (port, root) = (reference.port(), reference.ca_bundle().display().to_string());
    let file = reference.password_file("backupuser").unwrap().display().to_string();
    // the target's own word, against the file's: 30 days would be past for no password yet
    let policy = format!(
        "{}\n[[target]]\nname = \"production\"\nhost = \"localhost\"\nport = {port}\nuser = \"backupuser\"\n\
         dbname = \"appdb\"\nsslrootcert = \"{root}\"\npassword_file = \"{file}\"\n\
         [target.limits]\nmax_connections = 7\n[[target]]\nname = \"other\"\nhost = \"localhost\"\n",
        pgcomply::server::POLICY
    );
    place.write("pgcomply.toml", &policy);
    let select = ["--check", "limits/max-connections", "--fail-on", "never", "--on-incomplete", "warn"];
    let scan = [&["--target", "production", "-o", "json=scan.json", "--evidence", "e.db"], &select[..]].concat();
    place.scan_by(&scan).with(0);
    place.run(&[&["evaluate", "e.db", "-o", "json=evaluated.json"], &select[..]].concat()).with(0);
    let finding = |name: &str| place.report(name).targets[0].findings[0].clone();
    assert_eq!(finding("scan.json").status, Status::Fail, "the target allows 7 connections");
    assert_eq!(finding("evaluated.json"), finding("scan.json"));
    let other = [&["evaluate", "e.db", "--target", "other"], &select[..]].concat();
    place.run(&other).saying(2, &["e.db", "\"production\"", "\"other\""]);
}

#[test]
fn an_interrupt_is_heard_although_the_server_is_silent() {
    let reference = support::reference();
    let place = Place::with_policy();
    let proxy = Proxy::before(reference.port(), 20_000, Then::Stall);
    let direct = support::connection(&reference, "backupuser", "appdb");
    let through = direct.replace(&format!("port={}", reference.port()), &format!("port={}", proxy.port()));
    let mut command = place.command();
    command.args(["scan", &through, "--password-file"]).arg(reference.password_file("backupuser").unwrap());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| proxy.has_stalled(), "the proxy has not stalled");
    let began = std::time::Instant::now();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(began.elapsed() < std::time::Duration::from_secs(9), "not before the time to connect is over");
}

#[test]
fn evidence_is_judged_as_the_scan_judged_it() {
    for reference in support::references() {
        let place = Place::with_policy();
        place.scan(&reference, &["-o", "json=scan.json", "--evidence", "e.db"]).with(0);
        let bytes = fs::read(place.path("e.db")).unwrap();
        place.run(&["evaluate", "e.db", "-o", "json=once.json", "-o", "html=once.html"]).with(0);
        place.run(&["evaluate", "e.db", "-o", "json=twice.json", "-o", "html=twice.html"]).with(0);
        assert!(place.read("once.json") == place.read("twice.json"), "the same evidence gives the same report");
        assert!(place.read("once.html") == place.read("twice.html"));
        assert!(fs::read(place.path("e.db")).unwrap() == bytes, "judging does not change the evidence");
        let parts = |name: &str| {
            let value: Value = serde_json::from_str(&place.read(name)).unwrap();
            let target = value["targets"][0].clone();
            ["findings", "controls", "collection", "statements", "summary", "server"].map(|part| target[part].clone())
        };
        for (scanned, evaluated) in parts("scan.json").into_iter().zip(parts("once.json")) {
            assert_eq!(scanned, evaluated);
        }

        // collect and evaluate are scan in two halves
        let mut collect = scan_arguments(&reference);
        collect[0] = "collect".into();
        collect.extend(["--evidence".into(), "c.db".into()]);
        place.run(&collect).with(0);
        assert_eq!(fs::metadata(place.path("c.db")).unwrap().permissions().mode() & 0o777, 0o600);
        place.run(&["evaluate", "c.db", "-o", "json=c.json"]).with(0);
        let verdicts = |name: &str| {
            let findings = place.report(name).targets[0].findings.clone();
            findings.into_iter().map(|f| (f.check, f.status, f.fingerprints)).collect::<Vec<_>>()
        };
        assert_eq!(verdicts("c.json"), verdicts("scan.json"));

        // time goes on, and certificates and passwords do not
        let later =
            (chrono::Utc::now() + chrono::TimeDelta::days(900)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        place.run(&["evaluate", "e.db", "--now", &later, "-o", "json=later.json"]).with(1);
        let failing: Vec<String> =
            verdicts("later.json").into_iter().filter(|v| v.1 == Status::Fail).map(|v| v.0).collect();
        for area in ["tls/certificate", "password/"] {
            assert!(failing.iter().any(|check| check.starts_with(area)), "{area}: {failing:?}");
        }
        let again = place.scan(&reference, &["--now", &later, "-o", "json=now.json"]);
        again.with(1);
        let failing_now: Vec<String> =
            verdicts("now.json").into_iter().filter(|v| v.1 == Status::Fail).map(|v| v.0).collect();
        assert_eq!(failing_now, failing, "scan --now judges by the same clock");
    }
}

/// Changes a copy of an evidence file.
fn changed(place: &Place, from: &str, to: &str, sql: &str) {
    let bytes = support::wire::block_on(async {
        let mut evidence = Evidence::read(&place.path(from)).await.unwrap();
        evidence.execute(sql).await.unwrap();
        evidence.to_bytes().await.unwrap()
    });
    fs::write(place.path(to), bytes).unwrap();
}

#[test]
fn evidence_of_another_major_is_refused_and_of_another_minor_read() {
    let reference = support::reference();
    let place = Place::with_policy();
    place.scan(&reference, &["-o", "json=scan.json", "--evidence", "e.db"]).with(0);
    changed(&place, "e.db", "major.db", "UPDATE scan SET schema_version = '2.0'");
    for command in ["evaluate", "facts"] {
        place.run(&[command, "major.db"]).saying(2, &["major.db", "schema 2.0", "use the pgcomply that made it"]);
    }
    let lacking = "UPDATE scan SET schema_version = '1.999'; DROP VIEW setting_for_role; DROP TABLE default_privilege;
        DELETE FROM collection WHERE fact = 'default_privilege'";
    changed(&place, "e.db", "minor.db", lacking);
    let run = place.run(&["evaluate", "minor.db", "-o", "json=minor.json", "--fail-on", "never"]);
    run.with(0);
    let status = |name: &str, check: &str| {
        place.report(name).targets[0].findings.iter().find(|f| f.check == check).map(|f| f.status).unwrap()
    };
    assert_eq!(status("scan.json", "grants/default-privileges"), Status::Pass);
    assert_eq!(status("minor.json", "grants/default-privileges"), Status::NotAssessed, "what is missing is not passed");
    let errors: Vec<_> = place.report("minor.json").targets[0]
        .findings
        .iter()
        .filter(|f| f.status == Status::Error)
        .map(|f| f.check.clone())
        .collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn damaged_evidence_is_refused_and_no_defect_of_ours() {
    let reference = support::reference();
    let place = Place::with_policy();
    place.scan(&reference, &["-o", "json=scan.json", "--evidence", "e.db"]).with(0);
    let bytes = fs::read(place.path("e.db")).unwrap();
    let mut holed = bytes.clone();
    holed[8192..bytes.len() - 4096].fill(7);
    let cases =
        [("short.db", bytes[..bytes.len() / 2].to_vec()), ("holed.db", holed), ("head.db", bytes[..100].to_vec())];
    for (name, damaged) in cases {
        fs::write(place.path(name), damaged).unwrap();
        place.run(&["evaluate", name]).saying(2, &[name, "not an evidence file"]);
    }
}

#[test]
fn a_person_at_a_terminal_is_asked_for_the_password_and_shown_none_of_it() {
    let reference = support::reference();
    let place = Place::with_policy();
    let terminal = nix::pty::openpty(None, None).unwrap();
    let echoes = |fd: &std::os::fd::OwnedFd| {
        let flags = nix::sys::termios::tcgetattr(fd).unwrap().local_flags;
        flags.contains(nix::sys::termios::LocalFlags::ECHO)
    };
    let spawn = || {
        let mut command = place.command();
        command.args(["scan", &support::connection(&reference, "backupuser", "appdb"), "-o", "json=report.json"]);
        command.stdin(terminal.slave.try_clone().unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut prompt = [0; 30];
        child.stderr.as_mut().unwrap().read_exact(&mut prompt).unwrap();
        assert_eq!(prompt, *b"Password for user backupuser: ");
        assert!(!echoes(&terminal.slave));
        child
    };
    let child = spawn();
    let mut keyboard = fs::File::from(terminal.master.try_clone().unwrap());
    std::io::Write::write_all(&mut keyboard, format!("{}\n", password(&reference)).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(echoes(&terminal.slave), "the terminal is as it was");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "\n");
    assert!(!holds(&place.path("report.json"), password(&reference)));

    let child = spawn();
    std::io::Write::write_all(&mut keyboard, b"\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "no answer is no password");

    let child = spawn();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(echoes(&terminal.slave), "an interrupt leaves the terminal as it was");
}

#[test]
fn grants_are_printed_from_evidence_or_a_scan_and_the_starter_without_either() {
    let place = Place::with_policy();
    let starter = place.run(&["grants"]).with(0).stdout;
    assert!(
        starter.contains("CREATE ROLE pgcomply LOGIN") && starter.contains("-- GRANT pg_read_all_stats TO pgcomply;")
    );
    assert!(place.run(&["grants", "--undo"]).with(0).stdout.contains("DROP ROLE pgcomply;"));
    for reference in support::references() {
        place.scan(&reference, &["-o", "json=scan.json", "--evidence", "e.db"]).with(0);
        let kept = place.run(&["grants", "--evidence", "e.db"]).with(0).stdout;
        assert!(kept.contains("\nGRANT pg_read_all_stats TO backupuser;\n"), "{kept}");
        let mut live = scan_arguments(&reference);
        live[0] = "grants".into();
        assert_eq!(ended(place.command().args(&live)).with(0).stdout, kept, "a live scan says the same");
        let undo = place.run(&["grants", "--undo", "--evidence", "e.db"]).with(0).stdout;
        assert!(undo.contains("REVOKE pg_read_all_stats FROM backupuser;\n"), "{undo}");
        let for_gate = place.run(&["grants", "--for-gate", "--evidence", "e.db"]).with(0).stdout;
        assert!(for_gate.contains("nothing that a GRANT would unlock"), "the gate passed: {for_gate}");
        let high = place.run(&["grants", "--for-gate", "--fail-on", "high", "--evidence", "e.db"]).with(0).stdout;
        assert!(high.contains("tls/min-protocol") && !high.contains("tls/max-protocol"), "{high}");
    }
    place.run(&["grants", "--evidence", "no/such.db"]).with(2);
}

#[test]
fn a_query_over_the_evidence_looks_and_cannot_touch() {
    let reference = support::reference();
    let place = Place::with_policy();
    place.scan(&reference, &["-o", "json=scan.json", "--evidence", "e.db"]).with(0);
    let bytes = fs::read(place.path("e.db")).unwrap();
    let run =
        place.run(&["query", "e.db", "SELECT name, can_login FROM role WHERE name LIKE 'app%' ORDER BY name;"]).with(0);
    assert!(run.stdout.contains("appowner") && run.stdout.contains("appuser"), "{}", run.stdout);
    for sql in [
        "DELETE FROM role",
        "DELETE FROM role RETURNING 1",
        "SELECT 1); DELETE FROM role; SELECT * FROM (SELECT 1",
        "SELECT 1); PRAGMA query_only = 0; ATTACH 'new.db' AS n; CREATE TABLE n.t (a); SELECT * FROM (SELECT 1",
        "ATTACH 'new.db' AS n",
        "VACUUM INTO 'new.db'",
        "nonsense",
    ] {
        place.run(&["query", "e.db", sql]).saying(2, &["the query was refused"]);
    }
    assert!(!place.path("new.db").exists() && fs::read(place.path("e.db")).unwrap() == bytes);
    let facts = place.run(&["facts", "e.db"]).with(0);
    for word in ["rls_policy", "setting", "GRANT pg_read_all_settings TO backupuser;"] {
        assert!(
            facts.stdout.replace('\n', " ").contains(word) || word.starts_with("GRANT"),
            "{word}: {}",
            facts.stdout
        );
    }
}

#[test]
fn a_report_makes_every_other_format_again() {
    let reference = support::reference();
    let place = Place::with_policy();
    let run = place.scan(&reference, &["-o", "table", "-o", "json=report.json", "-o", "html=report.html"]).with(0);
    let again =
        place.run(&["report", "report.json", "-o", "table", "-o", "json=again.json", "-o", "html=again.html"]).with(0);
    assert_eq!(again.stdout, run.stdout);
    assert!(
        place.read("again.json") == place.read("report.json") && place.read("again.html") == place.read("report.html")
    );
    let diff = place.run(&["diff", "report.json", "again.json"]).with(0);
    assert!(!diff.stdout.is_empty());
    let schema: Value = serde_json::from_str(&place.run(&["schema", "report"]).with(0).stdout).unwrap();
    assert!(schema.get("$schema").is_some() || schema.get("properties").is_some());
}

#[test]
fn what_is_checked_can_be_looked_up() {
    let place = Place::new();
    let list = place.run(&["checks", "list"]).with(0);
    let (count, _) = list.stderr.split_once(" checks").unwrap();
    assert_eq!(list.stdout.lines().count().to_string(), count.trim_start_matches("pgcomply: "));
    let page = place.run(&["checks", "show", "roles/owner-nologin"]).with(0).stdout;
    for word in ["roles/owner-nologin", "Why", "How to fix", "ALTER ROLE {subject} NOLOGIN;", "SELECT", "gdpr:"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    for framework in ["gdpr", "hipaa", "guide"] {
        let controls = place.run(&["controls", "list", framework]).with(0).stdout;
        let first = controls.lines().next().and_then(|line| line.split_whitespace().next()).unwrap();
        assert!(first.starts_with(&format!("{framework}:")), "{controls}");
        assert!(place.run(&["controls", "show", first]).with(0).stdout.len() > 50);
    }
    let sql = place.run(&["collect", "--show-sql", "13"]).with(0).stdout;
    assert!(sql.contains("pg_settings") && !sql.contains("pg_parameter_acl"));
    for flag in ["--help", "-?"] {
        let help = place.run(&[flag]).with(0);
        assert!(help.stdout.contains("scan") && help.stderr.is_empty());
        assert!(place.run(&["scan", flag]).with(0).stdout.contains("--password-file"));
    }
    assert!(place.run(&["--version"]).with(0).stdout.starts_with("pgcomply "));
}

#[test]
fn a_users_own_checks_are_used_and_wrong_ones_refused_with_their_line() {
    let reference = support::reference();
    let place = Place::with_policy();
    let folder = place.path("mine/roles");
    fs::create_dir_all(&folder).unwrap();
    let head = "title = \"No role is named mallory\"\nseverity = \"critical\"\nmeasure = \"roles.owner_nologin\"\nneeds = [\"role\"]\nrationale = \"r\"\nremediation = \"m\"\n";
    let query = "SELECT identity AS subject, 'role' AS kind, name <> 'appuser' AS ok, name AS observed, 'another' AS expected FROM role";
    let write = |text: &str| fs::write(folder.join("no-mallory.sql"), text).unwrap();
    write(&format!("/*\n{head}*/\n{query}\n"));
    place.scan(&reference, &["--checks", "mine", "-o", "json=report.json"]).with(1);
    assert!(place.report("report.json").gate.failed_by.iter().any(|line| line.starts_with("roles/no-mallory @ ")));
    for (text, words) in [
        (format!("/*\n{head}*/\nDELETE FROM role\n"), &["no-mallory.sql"][..]),
        (
            format!("/*\n{head}*/\n{query}); DELETE FROM role; SELECT * FROM (SELECT 1\n"),
            &["no-mallory.sql", "more than one statement"],
        ),
        (format!("/*\n{}*/\n{query}\n", head.replace("severity", "severty")), &["no-mallory.sql", "line 3", "severty"]),
    ] {
        write(&text);
        place.scan(&reference, &["--checks", "mine"]).saying(2, words);
    }
    // one that never ends is our defect to bound, not the run's end
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' AS subject, 'role' AS kind, count(*) > 0 AS ok, '' AS observed, '' AS expected FROM n";
    write(&format!("/*\n{head}*/\n{endless}\n"));
    place.scan(&reference, &["--checks", "mine", "--check", "roles/no-mallory", "-o", "json=report.json"]).with(3);
    let finding = place.report("report.json").targets[0].findings[0].clone();
    let kind = finding.reason.and_then(|r| r.kind);
    assert_eq!((finding.status, kind), (Status::NotAssessed, Some(pgcomply::model::ReasonKind::Timeout)));
}

#[test]
fn no_password_is_shown_or_kept_anywhere() {
    for reference in support::references() {
        let place = Place::with_policy();
        let secrets: Vec<String> = ["appuser", "backupuser", "temporal"]
            .iter()
            .map(|role| reference.password(role).unwrap().reveal().to_owned())
            .collect();
        let secret = &secrets[1];
        let url = |database: &str| {
            let root = reference.ca_bundle().display().to_string();
            format!(
                "postgresql://backupuser:{secret}@localhost:{}/{database}?sslmode=verify-full&sslrootcert={root}",
                reference.port()
            )
        };
        let outputs = ["-o", "json=report.json", "-o", "html=report.html", "-o", "table", "--evidence", "e.db"];
        let mut said = String::new();
        let scanned = place.scan(&reference, &outputs).with(0);
        said += &(scanned.stdout + &scanned.stderr);
        let by_url = place.scan_by(&[&[&*url("appdb")][..], &outputs].concat()).with(0);
        assert!(by_url.stderr.contains("visible to every user of this machine"), "{}", by_url.stderr);
        said += &(by_url.stdout + &by_url.stderr);
        let refused = place.scan_by(&[&*url("nowhere"), "-o", "json=refused.json", "-o", "html=refused.html"]).with(4);
        said += &(refused.stdout + &refused.stderr);
        let broken = place.scan_by(&[&url("appdb").replace("sslmode=verify-full", "sslmode=nonsense")]).with(2);
        said += &(broken.stdout + &broken.stderr);
        let broken = place.scan_by(&[&format!("{} nonsense", url("appdb"))]);
        said += &(broken.stdout + &broken.stderr);
        let broken = place.scan_by(&[&format!("host=localhost password={secret} prt=1")]).with(2);
        said += &(broken.stdout + &broken.stderr);
        let empty = place.run(&["query", "e.db", "SELECT sql FROM statement"]).with(0);
        said += &empty.stdout;
        let verifier: Vec<String> = support::scanning::superuser_rows(
            reference.server(),
            "postgres",
            "SELECT split_part(rolpassword, ':', 2) FROM pg_authid WHERE rolpassword IS NOT NULL",
        );
        assert_eq!(verifier.len(), 3);
        for word in secrets.iter().chain(&verifier) {
            assert!(!said.contains(word.as_str()), "a secret was said");
            for name in place.files() {
                assert!(!holds(&place.path(&name), word), "{name} holds a secret");
            }
        }
    }
}

fn holds(file: &Path, word: &str) -> bool {
    fs::read(file).unwrap().windows(word.len()).any(|bytes| bytes == word.as_bytes())
}

#[test]
fn the_run_says_what_it_was_asked_for() {
    let reference = support::reference();
    let place = Place::with_policy();
    let run = place
        .scan(&reference, &["--framework", "hipaa", "--skip", "logging/*", "--auditor", "A. Auditor", "-o", "json"])
        .with(0);
    let report: Report = serde_json::from_str(&run.stdout).unwrap();
    assert!(report.run.narrowed && report.run.selection.as_deref().unwrap().contains("--framework hipaa"));
    assert!(report.run.not_selected.iter().any(|id| id.starts_with("logging/")));
    assert_eq!(report.frameworks.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), ["hipaa"]);
    assert_eq!(report.run.auditor.as_deref(), Some("A. Auditor"));
    assert_eq!(report.run.policy_file.as_deref(), Some("pgcomply.toml"));
    assert_eq!(report.run.policy_sha256.as_ref().map(String::len), Some(64));
    let one = place.scan(&reference, &["--max-observations", "0", "--check", "roles/*", "-o", "json"]).with(0);
    let report: Report = serde_json::from_str(&one.stdout).unwrap();
    assert!(report.targets[0].findings.iter().all(|f| f.fingerprints.len() as u64 == f.population.failed));
    let named = ended(place.command().env("PGCOMPLY_POLICY", "elsewhere.toml").args(scan_arguments(&reference)));
    named.saying(2, &["elsewhere.toml"]);
}

#[test]
fn a_folder_of_own_checks_is_proved() {
    let place = Place::new();
    let folder = place.path("own/acme");
    std::fs::create_dir_all(&folder).unwrap();
    let check = "/*\ntitle = \"No role is named guest\"\nseverity = \"low\"\nmeasure = \"roles.unique_identity\"\nneeds = [\"role\"]\n\
        rationale = \"r\"\nremediation = \"m\"\n*/\nSELECT identity AS subject, 'role' AS kind, name <> 'guest' AS ok, name AS observed, 'another' AS expected FROM role";
    let role = |name: &str| format!("INSERT INTO role VALUES ('{name}','{name}',0,1,0,0,1,0,0,-1,'never',0,0,0,9);");
    std::fs::write(folder.join("no-guest.sql"), check).unwrap();
    std::fs::write(folder.join("no-guest.pass.sql"), role("anna")).unwrap();
    std::fs::write(folder.join("no-guest.fail.sql"), role("guest")).unwrap();
    let run = || ended(place.command().args(["checks", "test", "own"]));
    let good = run();
    assert_eq!(good.code, 0, "{}", good.stdout);
    assert!(
        good.stdout.contains("right  acme/no-guest pass: pass")
            && good.stdout.contains("right  acme/no-guest fail: fail")
    );
    std::fs::write(folder.join("no-guest.pass.sql"), role("guest")).unwrap();
    std::fs::write(folder.join("broken.sql"), check.replace("FROM role", "FROM rolle")).unwrap();
    let bad = run();
    assert_eq!(bad.code, 1);
    assert!(
        bad.stdout.contains("WRONG  acme/no-guest pass: fail") && bad.stdout.contains("WRONG  acme/broken: check ")
    );
    let used = ended(place.command().args(["checks", "list", "--checks", "own"]));
    assert_eq!(used.code, 2, "a check that does not load is refused, not left out: {}", used.stderr);
}
