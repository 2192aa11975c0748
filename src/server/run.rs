//! Runs a private server: its own folder, a private socket, a free loopback port, and an end in every case.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::account::Account;
use super::template::{self, Kind, one_line, own_folder};
use super::watchdog::Watchdog;
use super::{Binaries, ServerError};
use crate::pki::Pki;

/// The superuser of every private server.
pub(super) const SUPERUSER: &str = "postgres";
/// The peer map that lets the user who started the server be its superuser over the socket.
const MAP: &str = "pgcomply";
/// Bytes in `sun_path` with its NUL: 108 on Linux, 104 on macOS.
const SOCKET_PATH: usize = if cfg!(target_os = "macos") { 104 } else { 108 };
/// How long a server may take to start or to stop.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a port that another process took meanwhile is replaced.
const PORTS_TRIED: usize = 3;

/// How a private server is set up. In `conf` and `hba`, `{{ssl_dir}}`, `{{archive_dir}}` and `{{peer_map}}` are
/// replaced.
#[derive(Debug, Clone)]
pub struct Options {
    /// Lines of `postgresql.conf`; port, socket folder and `listen_addresses = 'localhost'` stand before them.
    pub conf: String,
    /// The whole `pg_hba.conf`; without it, the superuser over the socket and SCRAM on loopback.
    pub hba: Option<String>,
    /// Data checksums (on 18 they are the default, and are switched off where this is false).
    pub checksums: bool,
    /// More arguments for `initdb`.
    pub initdb: Vec<String>,
    /// Certificates, written to the folder `ssl` with the key readable by the server alone.
    pub tls: Option<Pki>,
    /// Whether lines that switch TLS on are added for `tls` (a `conf` of one's own may do it itself).
    pub tls_on: bool,
    /// The server's environment (`OPENSSL_CONF` for tests of weak TLS), beside a plain `PATH` and `LC_ALL=C`.
    pub env: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            conf: String::new(),
            hba: None,
            checksums: true,
            initdb: Vec::new(),
            tls: None,
            tls_on: true,
            env: Vec::new(),
        }
    }
}

const DEFAULT_HBA: &str = "\
local all postgres peer map={{peer_map}}
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128 scram-sha-256
";

const TLS_ON: &str = "\
ssl = on
ssl_cert_file = '{{ssl_dir}}/server-chain.crt'
ssl_key_file = '{{ssl_dir}}/server.key'
";

/// A running server. It is stopped and its folder removed when this is dropped, and by the watchdog when this process
/// ends in another way.
#[derive(Debug)]
pub struct PrivateServer {
    binaries: Binaries,
    account: Account,
    options: Options,
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
    watchdog: Watchdog,
}

impl PrivateServer {
    /// Makes a data directory and starts a server on it.
    ///
    /// # Errors
    /// [`ServerError::InitDb`] or [`ServerError::Start`] with the end of the log; [`ServerError::NoAccount`] where
    /// root has no other user to run it as; [`ServerError::SocketPathTooLong`] under a very long `TMPDIR`.
    pub fn start(binaries: &Binaries, options: Options) -> Result<Self, ServerError> {
        let account = Account::choose()?;
        let folder = server_folder(&binaries.temp, &account)?;
        let watchdog = Watchdog::over(&folder)?;
        let binaries = binaries.clone();
        let mut server = Self { binaries, account, options, folder, port: 0, child: None, watchdog };
        server.set_up()?;
        server.start_on_free_port()?;
        Ok(server)
    }

    /// The host name to connect to over TCP: `localhost`.
    pub fn host(&self) -> &'static str {
        "localhost"
    }

    /// The TCP port, and the number in the socket's name.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix socket; only root and the server's user can enter it.
    pub fn socket_dir(&self) -> PathBuf {
        self.folder.join("s")
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The folder of the certificates, if it has any.
    pub fn ssl_dir(&self) -> PathBuf {
        self.folder.join("ssl")
    }

    /// The folder that everything of this server lies in, to put more into that shall go with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server's programs.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The major version: 13, 14 …
    pub fn major(&self) -> u16 {
        self.binaries.major
    }

    /// Adds lines at the end of `postgresql.conf`; `reload` or `restart` puts them in force.
    ///
    /// # Errors
    /// [`ServerError::Io`].
    pub fn add_conf(&self, lines: &str) -> Result<(), ServerError> {
        let file = self.data_dir().join("postgresql.conf");
        let mut opened = File::options().append(true).open(&file).map_err(ServerError::io(&file))?;
        writeln!(opened, "{}", self.fill(lines)).map_err(ServerError::io(&file))
    }

    /// Replaces `pg_hba.conf`; `reload` puts it in force.
    ///
    /// # Errors
    /// [`ServerError::Io`].
    pub fn set_hba(&self, text: &str) -> Result<(), ServerError> {
        self.write_conf("pg_hba.conf", &self.fill(text))
    }

    /// Replaces the certificates; `reload` puts them in force.
    ///
    /// # Errors
    /// [`ServerError::Io`] or [`ServerError::Pki`].
    pub fn set_certificates(&self, pki: &Pki) -> Result<(), ServerError> {
        pki.write(&self.ssl_dir())?;
        self.account.give(&self.ssl_dir().join("server.key"))
    }

    /// Stops the server in an orderly way and starts it on the same port and data.
    ///
    /// # Errors
    /// [`ServerError::Start`] with the end of the log.
    pub fn restart(&mut self) -> Result<(), ServerError> {
        self.end(Signal::SIGINT);
        self.spawn()
    }

    /// Stops the server in an orderly way and removes its folder.
    pub fn stop(mut self) {
        self.halt();
    }

    /// Stops the server in an orderly way; its folder stays, to be copied.
    pub(super) fn halt(&mut self) {
        self.end(Signal::SIGINT);
    }

    /// Starts another server on a copy of this one's data, with the same certificates and more lines of
    /// `postgresql.conf`. This one has been stopped, or the copy would be of nothing whole.
    pub(super) fn start_copy(&self, conf: &str) -> Result<Self, ServerError> {
        let folder = server_folder(&self.binaries.temp, &self.account)?;
        let watchdog = Watchdog::over(&folder)?;
        let mut options = self.options.clone();
        options.conf.push_str(conf);
        let (binaries, account) = (self.binaries.clone(), self.account.clone());
        let mut server = Self { binaries, account, options, folder, port: 0, child: None, watchdog };
        template::copy(&server.account, &self.data_dir(), &server.data_dir())?;
        server.folders()?;
        server.start_on_free_port()?;
        Ok(server)
    }

    /// The end of the server's log as one line.
    pub fn log_tail(&self) -> String {
        let own = fs::read_to_string(self.folder.join("stderr.log")).unwrap_or_default();
        let collected = newest_log(&self.data_dir().join("log")).unwrap_or_default();
        one_line(&format!("{own}\n{collected}"), 6)
    }

    fn set_up(&self) -> Result<(), ServerError> {
        let kind = Kind { checksums: self.options.checksums, extra: self.options.initdb.clone() };
        template::data_directory(&self.binaries, &self.account, &kind, &self.data_dir())?;
        self.folders()?;
        self.set_hba(self.options.hba.as_deref().unwrap_or(DEFAULT_HBA))?;
        let ident = format!("{MAP} \"{}\" {SUPERUSER}\n", self.account.invoker);
        self.write_conf("pg_ident.conf", &ident)
    }

    /// What lies beside the data: the socket's folder, the archive's, the certificates'.
    fn folders(&self) -> Result<(), ServerError> {
        own_folder(&self.account, &self.socket_dir())?;
        own_folder(&self.account, &self.folder.join("archive"))?;
        if let Some(pki) = &self.options.tls {
            own_folder(&self.account, &self.ssl_dir())?;
            self.set_certificates(pki)?;
        }
        Ok(())
    }

    fn start_on_free_port(&mut self) -> Result<(), ServerError> {
        for tried in 1.. {
            self.port = free_port()?;
            self.write_conf("postgresql.conf", &self.conf())?;
            match self.spawn() {
                Err(ServerError::Start { log, .. }) if tried < PORTS_TRIED && log.contains("TCP/IP socket") => {}
                done => return done,
            }
        }
        Ok(())
    }

    fn conf(&self) -> String {
        let tls = if self.options.tls.is_some() && self.options.tls_on { TLS_ON } else { "" };
        let text = format!(
            "# this server's own place\n\
             listen_addresses = 'localhost'\n\
             port = {}\n\
             unix_socket_directories = '{}'\n\
             unix_socket_permissions = 0700\n\n{tls}{}\n",
            self.port,
            self.socket_dir().display(),
            self.options.conf
        );
        self.fill(&text)
    }

    fn fill(&self, text: &str) -> String {
        let archive = self.folder.join("archive");
        text.replace("{{ssl_dir}}", &self.ssl_dir().to_string_lossy())
            .replace("{{archive_dir}}", &archive.to_string_lossy())
            .replace("{{peer_map}}", MAP)
    }

    fn write_conf(&self, name: &str, text: &str) -> Result<(), ServerError> {
        let file = self.data_dir().join(name);
        fs::write(&file, text).map_err(ServerError::io(&file))?;
        fs::set_permissions(&file, Permissions::from_mode(0o600)).map_err(ServerError::io(&file))?;
        self.account.give(&file)
    }

    fn spawn(&mut self) -> Result<(), ServerError> {
        let program = self.binaries.bin.join("postgres");
        let log = self.folder.join("stderr.log");
        let stderr = File::create(&log).map_err(ServerError::io(&log))?;
        let stdout = stderr.try_clone().map_err(ServerError::io(&log))?;
        let mut command = self.account.command(&program);
        command.arg("-D").arg(self.data_dir()).envs(self.options.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        self.child = Some(command.spawn().map_err(ServerError::io(&program))?);
        self.wait_until_ready()
    }

    /// The eighth line of `postmaster.pid` says whether the server takes connections.
    fn wait_until_ready(&mut self) -> Result<(), ServerError> {
        let file = self.data_dir().join("postmaster.pid");
        let patience = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if text.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let ended = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || Instant::now() > patience {
                self.end(Signal::SIGQUIT);
                return Err(self.start_error());
            }
            sleep(Duration::from_millis(5));
        }
    }

    pub(super) fn start_error(&self) -> ServerError {
        ServerError::Start { bin: self.binaries.bin.clone(), log: self.log_tail() }
    }

    /// Ends the server with `signal` (INT: orderly, QUIT: at once), and with KILL if that takes too long.
    fn end(&mut self, signal: Signal) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let patience = Instant::now() + PATIENCE;
        let pid = i32::try_from(child.id()).ok().map(Pid::from_raw);
        if let Some(pid) = pid {
            // a server that has ended already has nothing to be told
            let _ = kill(pid, signal);
        }
        while matches!(child.try_wait(), Ok(None)) {
            if Instant::now() > patience {
                let _ = child.kill();
            }
            sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.end(Signal::SIGQUIT);
        // what cannot be removed now, nobody can remove later
        let _ = fs::remove_dir_all(&self.folder);
        self.watchdog.dismiss();
    }
}

/// A new folder for one server, as short as can be, that only its user (and root) may enter.
fn server_folder(temp: &Path, account: &Account) -> Result<PathBuf, ServerError> {
    let longest = temp.join("pgc-123456/s/.s.PGSQL.65535");
    if longest.as_os_str().len() >= SOCKET_PATH {
        return Err(ServerError::SocketPathTooLong { path: temp.to_owned(), limit: SOCKET_PATH - 1 });
    }
    let made = TempDir::with_prefix_in("pgc-", temp).map_err(ServerError::io(temp))?;
    let folder = fs::canonicalize(made.path()).map_err(ServerError::io(temp))?;
    own_folder(account, &folder)?;
    let _kept: PathBuf = made.keep();
    Ok(folder)
}

fn free_port() -> Result<u16, ServerError> {
    let at = || ServerError::io("127.0.0.1");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(at())?;
    Ok(listener.local_addr().map_err(at())?.port())
}

fn newest_log(folder: &Path) -> Option<String> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let newest = files.max_by_key(|file| file.metadata().and_then(|m| m.modified()).ok())?;
    fs::read_to_string(newest).ok()
}
