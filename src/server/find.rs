//! Looks for a PostgreSQL server: the folder named, PATH, the usual places, and at last the npm package.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ServerError, fetch};

/// The major that is taken first: the guide's own.
const GUIDES_MAJOR: u16 = 16;

/// What the search depends on besides the file system. Only `commands/` and tests read the environment; the rest of
/// the program gets it from here.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// `PGCOMPLY_POSTGRES`: a bin folder that goes before everything else.
    pub postgres: Option<PathBuf>,
    /// `PATH`, for an installed server and for the npm client.
    pub path: OsString,
    /// Bin folders of the usual places, in no order.
    pub usual: Vec<PathBuf>,
    /// Where fetched servers and `initdb`'s templates are kept. The server's own user must be able to enter it, which
    /// matters when we are root: then it does not lie under a home folder unless `PGCOMPLY_CACHE` says so.
    pub cache: PathBuf,
    /// Where servers get their folders.
    pub temp: PathBuf,
}

impl Surroundings {
    /// Reads them through `variable`, which looks up one environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folder = |name: &str| set(name).map(PathBuf::from);
        let root = nix::unistd::geteuid().is_root();
        let below_home = || match (folder("XDG_CACHE_HOME"), folder("HOME")) {
            (Some(caches), _) => caches.join("pgcomply"),
            (None, Some(home)) => home.join(".cache/pgcomply"),
            (None, None) => folder("TMPDIR").unwrap_or_else(|| "/tmp".into()).join("pgcomply-cache"),
        };
        let own = || {
            if root { PathBuf::from("/var/cache/pgcomply") } else { below_home() }
        };
        Self {
            postgres: folder("PGCOMPLY_POSTGRES"),
            path: set("PATH").unwrap_or_default(),
            usual: usual_places(),
            cache: folder("PGCOMPLY_CACHE").unwrap_or_else(own),
            temp: folder("TMPDIR").unwrap_or_else(|| "/tmp".into()),
        }
    }

    /// A program's full path by `PATH`.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.path).map(|folder| folder.join(name)).find(|file| file.is_file())
    }
}

/// The server programs of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder with `initdb` and `postgres`.
    pub bin: PathBuf,
    /// The major version: 13, 14 …
    pub major: u16,
    /// The whole version as the server says it: `16.14`, `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Where templates are kept, and where servers get their folders (see [`Surroundings`]).
    pub(crate) cache: PathBuf,
    pub(crate) temp: PathBuf,
}

/// Finds a server, of the given major where one is given: the folder named, PATH, the usual places (16 first, then the
/// newest), else a fetched package.
///
/// # Errors
/// [`ServerError::NotABinFolder`] if `PGCOMPLY_POSTGRES` leads nowhere; [`ServerError::NoServer`] if there is none and
/// none can be fetched; [`ServerError::WrongDigest`] if what was fetched is not what was pinned.
pub fn find(major: Option<u16>, around: &Surroundings) -> Result<Binaries, ServerError> {
    let fits = |found: &Binaries| major.is_none_or(|wanted| wanted == found.major);
    if let Some(folder) = &around.postgres {
        let named = look_at(folder, around).ok_or_else(|| ServerError::NotABinFolder(folder.clone()))?;
        if fits(&named) {
            return Ok(named);
        }
    }
    let on_path = env::split_paths(&around.path).filter_map(|folder| look_at(&folder, around));
    if let Some(found) = on_path.into_iter().find(fits).or_else(|| best_usual(around, fits)) {
        return Ok(found);
    }
    fetched(major.unwrap_or(GUIDES_MAJOR), major.is_some(), around)
}

fn best_usual(around: &Surroundings, fits: impl Fn(&Binaries) -> bool) -> Option<Binaries> {
    let found = around.usual.iter().filter_map(|folder| look_at(folder, around)).filter(fits);
    found.max_by_key(|found| (found.major == GUIDES_MAJOR, found.major))
}

fn fetched(major: u16, asked: bool, around: &Surroundings) -> Result<Binaries, ServerError> {
    let bin = fetch::bring(major, around).map_err(|error| match error {
        ServerError::WrongDigest { .. } | ServerError::BadPackage { .. } => error,
        other => ServerError::NoServer {
            wanted: if asked { format!("{major} ") } else { String::new() },
            reason: other.to_string(),
        },
    })?;
    look_at(&bin, around).ok_or(ServerError::NotABinFolder(bin))
}

/// The server in one folder, if it holds one that can say its version. Links are followed, because the server finds
/// its libraries and its data from where its program really is.
fn look_at(folder: &Path, around: &Surroundings) -> Option<Binaries> {
    let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
    let bin = postgres.parent()?.to_path_buf();
    if !bin.join("initdb").is_file() {
        return None;
    }
    let said = Command::new(&postgres).arg("-V").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let version = said.trim().strip_prefix("postgres (PostgreSQL) ")?.to_owned();
    let major = major_of(&version)?;
    Some(Binaries { bin, major, version, cache: around.cache.clone(), temp: around.temp.clone() })
}

/// `16.14` → 16, `18beta1` → 18.
fn major_of(version: &str) -> Option<u16> {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// Bin folders where packages put PostgreSQL: Debian's, Homebrew's, and the project's own RPMs.
fn usual_places() -> Vec<PathBuf> {
    let debian = below("/usr/lib/postgresql", "");
    let rpm = below("/usr", "pgsql-");
    let brew = ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"];
    let brew = brew.iter().flat_map(|folder| below(folder, "postgresql"));
    debian.into_iter().chain(rpm).chain(brew).map(|folder| folder.join("bin")).collect()
}

fn below(folder: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let fits = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(prefix);
    entries.filter(fits).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_read_from_any_version() {
        assert_eq!(major_of("16.14"), Some(16));
        assert_eq!(major_of("18beta1"), Some(18));
        assert_eq!(major_of("15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("devel"), None);
    }

    #[test]
    fn root_never_caches_below_a_home() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/ann"));
        let cache = Surroundings::read(home).cache;
        let root = nix::unistd::geteuid().is_root();
        assert_eq!(cache, Path::new(if root { "/var/cache/pgcomply" } else { "/home/ann/.cache/pgcomply" }));
    }
}
