//! Data directories: `initdb` once for each kind, and copies of that.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::account::Account;
use super::fetch::open_folder;
use super::{Binaries, ServerError};

/// Two threads that want the same template wait for each other instead of making it twice.
static MAKING: Mutex<()> = Mutex::new(());

/// What a data directory is made with.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) checksums: bool,
    pub(crate) extra: Vec<String>,
}

impl Kind {
    fn arguments(&self, major: u16) -> Vec<String> {
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
        let mut arguments = vec![
            "--no-sync".to_owned(),
            "--username=postgres".to_owned(),
            "--auth-local=peer".to_owned(),
            "--auth-host=reject".to_owned(),
            "--encoding=UTF8".to_owned(),
            format!("--locale={locale}"),
        ];
        // a segment of 1 MB instead of 16 saves space and the time to fill it
        arguments.push("--wal-segsize=1".to_owned());
        match (self.checksums, major >= 18) {
            (true, _) => arguments.push("--data-checksums".to_owned()),
            (false, true) => arguments.push("--no-data-checksums".to_owned()),
            (false, false) => {}
        }
        arguments.extend(self.extra.iter().cloned());
        arguments
    }
}

/// Makes a data directory at `data`: a copy of the cached template of that kind, or a new one where nothing can be
/// cached.
pub(crate) fn data_directory(
    binaries: &Binaries,
    account: &Account,
    kind: &Kind,
    data: &Path,
) -> Result<(), ServerError> {
    match template(binaries, account, kind) {
        Ok(template) => copy(account, &template, data),
        Err(ServerError::Io { .. }) => {
            own_folder(account, data)?;
            initdb(binaries, account, kind, data)
        }
        Err(other) => Err(other),
    }
}

/// The cached template, made if it is not there: aside, and renamed when it is whole.
fn template(binaries: &Binaries, account: &Account, kind: &Kind) -> Result<PathBuf, ServerError> {
    let templates = binaries.cache.join("templates");
    let template = templates.join(name(binaries, account, kind));
    let making = MAKING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if template.join("PG_VERSION").is_file() {
        return Ok(template);
    }
    open_folder(&binaries.cache)?;
    open_folder(&templates)?;
    let aside = TempDir::with_prefix_in(".initdb-", &templates).map_err(ServerError::io(&templates))?;
    own_folder(account, aside.path())?;
    initdb(binaries, account, kind, aside.path())?;
    let renamed = fs::rename(aside.path(), &template);
    drop(making);
    match renamed {
        Err(error) if !template.join("PG_VERSION").is_file() => Err(ServerError::io(&template)(error)),
        _ => Ok(template),
    }
}

/// One name for each server program, account and kind.
fn name(binaries: &Binaries, account: &Account, kind: &Kind) -> String {
    let text = format!("{}\n{}\n{account:?}\n{kind:?}", binaries.bin.display(), binaries.version);
    let digest = Sha256::digest(text);
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{short}", binaries.major)
}

fn initdb(binaries: &Binaries, account: &Account, kind: &Kind, data: &Path) -> Result<(), ServerError> {
    let program = binaries.bin.join("initdb");
    let mut command = account.command(&program);
    command.args(kind.arguments(binaries.major)).arg("-D").arg(data);
    let run = command.output().map_err(ServerError::io(&program))?;
    if run.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&run.stderr);
    Err(ServerError::InitDb { bin: binaries.bin.clone(), log: one_line(&said, 4) })
}

/// Copies a folder of the account's as it is.
pub(super) fn copy(account: &Account, template: &Path, data: &Path) -> Result<(), ServerError> {
    let mut command = account.command("cp");
    let run = command.arg("-a").arg(template).arg(data).output().map_err(ServerError::io("cp"))?;
    if run.status.success() {
        return Ok(());
    }
    let said = std::io::Error::other(one_line(&String::from_utf8_lossy(&run.stderr), 1));
    Err(ServerError::io(template)(said))
}

/// Makes a folder (or takes the one that is there) that only the server's account may enter.
pub(crate) fn own_folder(account: &Account, folder: &Path) -> Result<(), ServerError> {
    fs::create_dir_all(folder).map_err(ServerError::io(folder))?;
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(ServerError::io(folder))?;
    account.give(folder)
}

/// The last lines of a log as one line.
pub(crate) fn one_line(log: &str, lines: usize) -> String {
    let said: Vec<&str> = log.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match said.len() {
        0 => "it gave no reason".to_owned(),
        n => said[n.saturating_sub(lines)..].join(" | "),
    }
}
