//! The guide's deployment, made consistent, in a private server: `fixtures/reference/` with passwords and certificates
//! made on the spot.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use postgres_protocol::password::scram_sha_256;

use super::{Binaries, Options, PrivateServer, Secret, ServerError};
use crate::pki::{Pki, PkiOptions};

/// The policy that the reference deployment is judged by.
pub const POLICY: &str = include_str!("../../fixtures/reference/pgcomply.toml");

const CONF: &str = include_str!("../../fixtures/reference/postgresql.conf");
pub(crate) const HBA: &str = include_str!("../../fixtures/reference/pg_hba.conf");
const CLUSTER: &str = include_str!("../../fixtures/reference/cluster.sql");
const PASSWORDS: &str = include_str!("../../fixtures/reference/passwords.sql");
const TEMPLATE1: &str = include_str!("../../fixtures/reference/template1.sql");
const DATABASES: &str = include_str!("../../fixtures/reference/databases.sql");
const APPDB: &str = include_str!("../../fixtures/reference/appdb.sql");
const TEMPORAL: &str = include_str!("../../fixtures/reference/temporal.sql");

/// The roles with a password, and the secret files that the guide gives them.
const ACCOUNTS: [(&str, &str); 3] = [
    ("appuser", "postgres_app_user_pw.txt"),
    ("backupuser", "postgres_app_ro_pw.txt"),
    ("temporal", "postgres_temporal_pw.txt"),
];
/// Length of the guide's passwords.
const PASSWORD_LENGTH: usize = 24;
/// Days until a password expires: inside the guide's 90, whatever the hour of the scan.
const PASSWORD_DAYS: i64 = 89;
/// How long the archiver may take to catch up.
const PATIENCE: Duration = Duration::from_secs(20);

/// What of the reference deployment may be otherwise.
#[derive(Clone)]
pub struct ReferenceOptions {
    /// Other certificates than the sound ones.
    pub pki: Option<PkiOptions>,
    /// Lines added to `postgresql.conf`.
    pub conf: String,
    /// Another `pg_hba.conf`.
    pub hba: Option<String>,
    /// Data checksums.
    pub checksums: bool,
    /// The server's environment (`OPENSSL_CONF`).
    pub env: Vec<(String, String)>,
}

impl Default for ReferenceOptions {
    fn default() -> Self {
        Self { pki: None, conf: String::new(), hba: None, checksums: true, env: Vec::new() }
    }
}

/// The reference deployment, running. It goes when it is dropped.
#[derive(Debug)]
pub struct Reference {
    server: PrivateServer,
    passwords: Vec<(&'static str, Secret)>,
    now: DateTime<Utc>,
}

impl Reference {
    /// Builds the deployment as of `now`: certificates from a day before, passwords that expire 89 days after.
    ///
    /// # Errors
    /// Whatever keeps a private server from running; [`ServerError::Sql`] naming the file whose statement failed.
    pub fn start(binaries: &Binaries, now: DateTime<Utc>, options: ReferenceOptions) -> Result<Self, ServerError> {
        let pki = Pki::make(&options.pki.unwrap_or_else(|| PkiOptions::sound(now, "localhost")))?;
        let conf = for_major(&format!("{CONF}\n{}", options.conf), binaries.major);
        let server = PrivateServer::start(
            binaries,
            Options {
                conf,
                hba: Some(options.hba.unwrap_or_else(|| HBA.to_owned())),
                checksums: options.checksums,
                tls: Some(pki),
                tls_on: false,
                env: options.env,
                ..Options::default()
            },
        )?;
        let reference = Self { server, passwords: make_passwords()?, now };
        reference.build()?;
        reference.write_secrets()?;
        reference.wait_for_archiver()?;
        Ok(reference)
    }

    /// Stops the deployment and keeps its data, as a template that others are started from.
    pub fn into_template(mut self) -> ReferenceTemplate {
        self.server.halt();
        ReferenceTemplate { stopped: self }
    }

    /// Adds lines to `postgresql.conf`, those that count on this major (`#: since N`), and has them read.
    ///
    /// # Errors
    /// [`ServerError::Io`] or [`ServerError::Sql`].
    pub fn reconfigure(&self, conf: &str) -> Result<(), ServerError> {
        self.server.add_conf(&for_major(conf, self.server.major()))?;
        self.server.reload()
    }

    /// The server that it runs in.
    pub fn server(&self) -> &PrivateServer {
        &self.server
    }

    /// The server, to be restarted.
    pub fn server_mut(&mut self) -> &mut PrivateServer {
        &mut self.server
    }

    /// The host name that the certificate carries: `localhost`.
    pub fn host(&self) -> &'static str {
        self.server.host()
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The moment that it was built for.
    pub fn built_at(&self) -> DateTime<Utc> {
        self.now
    }

    /// Root and intermediate certificates, for `sslrootcert`.
    pub fn ca_bundle(&self) -> PathBuf {
        self.server.ssl_dir().join("ca-bundle.crt")
    }

    /// The folder of the secret files, one a role, mode 0600, with the guide's names.
    pub fn secrets_dir(&self) -> PathBuf {
        self.server.folder().join("secrets")
    }

    /// The secret file of `appuser`, `backupuser` or `temporal`; `None` for any other role.
    pub fn password_file(&self, role: &str) -> Option<PathBuf> {
        let (_, file) = ACCOUNTS.iter().find(|(name, _)| *name == role)?;
        Some(self.secrets_dir().join(file))
    }

    /// The password of `appuser`, `backupuser` or `temporal`; `None` for any other role.
    pub fn password(&self, role: &str) -> Option<&Secret> {
        self.passwords.iter().find(|(name, _)| *name == role).map(|(_, password)| password)
    }

    fn build(&self) -> Result<(), ServerError> {
        let run = |file: &str, database: &str, texts: &[&str]| {
            self.server.execute_all(database, texts).map_err(|error| in_file(file, error))
        };
        run("template1.sql", "template1", &[TEMPLATE1])?;
        run("template1.sql", "postgres", &[TEMPLATE1])?;
        run("cluster.sql", "postgres", &[CLUSTER])?;
        run("passwords.sql", "postgres", &["SET log_statement = 'none'", &self.passwords_sql()])?;
        run("databases.sql", "postgres", &statements(DATABASES))?;
        run("appdb.sql", "appdb", &[APPDB])?;
        run("temporal.sql", "temporal", &[TEMPORAL])?;
        run("temporal.sql", "temporal_visibility", &[TEMPORAL])
    }

    fn passwords_sql(&self) -> String {
        let until = self.now + TimeDelta::days(PASSWORD_DAYS);
        let mut sql = PASSWORDS
            .replace("{{valid_until}}", &until.format("%Y-%m-%d %H:%M:%S+00").to_string())
            .replace("{{today}}", &self.now.format("%Y-%m-%d").to_string());
        for (role, password) in &self.passwords {
            let verifier = scram_sha_256(password.reveal().as_bytes());
            sql = sql.replace(&format!("{{{{{role}_verifier}}}}"), &verifier);
        }
        sql
    }

    fn write_secrets(&self) -> Result<(), ServerError> {
        let folder = self.secrets_dir();
        fs::create_dir(&folder).map_err(ServerError::io(&folder))?;
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(ServerError::io(&folder))?;
        for (role, file) in ACCOUNTS {
            let path = folder.join(file);
            let value = self.password(role).map_or("", Secret::reveal);
            let mut opened =
                File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(ServerError::io(&path))?;
            writeln!(opened, "{value}").map_err(ServerError::io(&path))?;
        }
        Ok(())
    }

    /// Closes the segment that building has filled, and waits until it is archived: a deployment in good order has no
    /// backlog.
    fn wait_for_archiver(&self) -> Result<(), ServerError> {
        let closed = self.server.value("postgres", "SELECT pg_walfile_name(pg_switch_wal())")?;
        let reached =
            format!("SELECT last_archived_wal >= '{}' FROM pg_catalog.pg_stat_archiver", closed.unwrap_or_default());
        self.wait_until(&reached)
    }

    /// Asks until a query says `t`, but not for ever: what is waited for is good order, and no condition of running.
    pub(crate) fn wait_until(&self, query: &str) -> Result<(), ServerError> {
        let patience = Instant::now() + PATIENCE;
        while self.server.value("postgres", query)?.as_deref() != Some("t") && Instant::now() < patience {
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// The reference deployment, stopped: each start of it is a copy, in a folder and on a port of its own, with the same
/// roles, passwords and certificates. A test can break a copy and leave the next one whole.
#[derive(Debug)]
pub struct ReferenceTemplate {
    stopped: Reference,
}

impl ReferenceTemplate {
    /// Starts a copy, with more lines of `postgresql.conf` (empty: none), of which those count that are for this major.
    ///
    /// # Errors
    /// [`ServerError::Start`] where the lines keep the server from starting; [`ServerError::Io`].
    pub fn start(&self, conf: &str) -> Result<Reference, ServerError> {
        let server = self.stopped.server.start_copy(&for_major(conf, self.major()))?;
        let reference = Reference { server, passwords: self.stopped.passwords.clone(), now: self.stopped.now };
        reference.write_secrets()?;
        Ok(reference)
    }

    /// The moment that it was built for.
    pub fn built_at(&self) -> DateTime<Utc> {
        self.stopped.now
    }

    /// The major version: 13, 14 …
    pub fn major(&self) -> u16 {
        self.stopped.server.major()
    }
}

fn make_passwords() -> Result<Vec<(&'static str, Secret)>, ServerError> {
    let none = || ServerError::io("random numbers")(std::io::Error::other("the system gives none"));
    ACCOUNTS.iter().map(|(role, _)| Ok((*role, Secret::random(PASSWORD_LENGTH).ok_or_else(none)?))).collect()
}

fn in_file(file: &str, error: ServerError) -> ServerError {
    match error {
        ServerError::Sql { what, reason } => {
            ServerError::Sql { what: format!("fixtures/reference/{file} in {what}"), reason }
        }
        other => other,
    }
}

/// Statements of a text in which each ends with a semicolon at the end of its line, comments taken out.
pub(crate) fn statements(text: &str) -> Vec<&str> {
    let end = |part: &str| part.lines().all(|line| line.is_empty() || line.starts_with("--"));
    text.split_inclusive(";\n").filter(|part| !end(part)).collect()
}

/// The lines of a configuration file that count on a major: those that end in `#: since N` or `#: until N` (`N`
/// excluded and included) only there.
pub(crate) fn for_major(text: &str, major: u16) -> String {
    let counts = |line: &&str| match line.rsplit_once("#: ").and_then(|(_, mark)| mark.split_once(' ')) {
        Some(("since", from)) => from.trim().parse().is_ok_and(|from: u16| major >= from),
        Some(("until", last)) => last.trim().parse().is_ok_and(|last: u16| major <= last),
        _ => true,
    };
    text.lines().filter(counts).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_on_their_majors() {
        let text = "a = 1\nb = 2  #: since 16\nc = 3 #: until 14\n";
        assert_eq!(for_major(text, 13), "a = 1\nc = 3 #: until 14\n");
        assert_eq!(for_major(text, 15), "a = 1\n");
        assert_eq!(for_major(text, 16), "a = 1\nb = 2  #: since 16\n");
    }

    #[test]
    fn statements_are_split_at_line_ends() {
        assert_eq!(statements("-- words;\nA;\nB\n  C;\n"), ["A;\n", "B\n  C;\n"]);
    }
}
