//! The service file: named sets of parameters, read as libpq's `parseServiceFile` reads them.

use std::path::{Path, PathBuf};

use super::ConninfoError;
use super::given::{Given, Origin};
use super::keyword;

/// Where libpq looks for `pg_service.conf` when PGSYSCONFDIR is unset, by packager.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/// Where to look for a service.
pub(super) struct Search<'a> {
    /// `servicefile=` or PGSERVICEFILE: must exist.
    pub(super) file: Option<PathBuf>,
    pub(super) home: Option<&'a Path>,
    /// PGSYSCONFDIR.
    pub(super) system_folder: Option<PathBuf>,
}

/// The parameters of the service `wanted`: the named or the user's file first, then the system's.
///
/// # Errors
/// When no file defines it, a named file cannot be read, or its lines are wrong.
pub(super) fn find(wanted: &Given, search: &Search<'_>) -> Result<Vec<(&'static str, Given)>, ConninfoError> {
    let mut searched = Vec::new();
    for (path, must_exist) in search.files() {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                if let Some(found) = section(&text, &wanted.value, &path)? {
                    return Ok(found);
                }
                searched.push(path.display().to_string());
            }
            Err(error) if !must_exist && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(ConninfoError::File { what: "service file", path, source });
            }
        }
    }
    let searched = match searched.as_slice() {
        [] => "any service file (none found)".to_owned(),
        files => files.join(" or "),
    };
    Err(ConninfoError::NoSuchService { name: wanted.value.clone(), origin: wanted.origin.clone(), searched })
}

impl Search<'_> {
    fn files(&self) -> Vec<(PathBuf, bool)> {
        let users = match (&self.file, self.home) {
            (Some(file), _) => Some((file.clone(), true)),
            (None, Some(home)) => Some((home.join(".pg_service.conf"), false)),
            (None, None) => None,
        };
        let folders = match &self.system_folder {
            Some(folder) => vec![folder.clone()],
            None => SYSTEM_FOLDERS.map(PathBuf::from).to_vec(),
        };
        users.into_iter().chain(folders.into_iter().map(|folder| (folder.join("pg_service.conf"), false))).collect()
    }
}

/// The pairs under `[name]`, or nothing when the file has no such section.
fn section(text: &str, name: &str, file: &Path) -> Result<Option<Vec<(&'static str, Given)>>, ConninfoError> {
    let mut found: Option<Vec<(&'static str, Given)>> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_matches(|c: char| c.is_ascii_whitespace());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match (line.strip_prefix('['), &mut found) {
            (Some(_), Some(_)) => break,
            (Some(header), None) if header.strip_suffix(']') == Some(name) => found = Some(Vec::new()),
            (None, Some(pairs)) => {
                let origin = Origin::Service { name: name.to_owned(), file: file.to_owned(), line: at + 1 };
                pairs.push(pair(line, origin)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn pair(line: &str, origin: Origin) -> Result<(&'static str, Given), ConninfoError> {
    let fault = |reason: &str| ConninfoError::Syntax { origin: origin.clone(), reason: reason.to_owned() };
    if line.starts_with("ldap://") {
        return Err(fault("LDAP look-ups of services are not supported; write the parameters out"));
    }
    let (key, value) = line.split_once('=').ok_or_else(|| fault("expected key=value"))?;
    let known = keyword::known(key, &origin)?;
    if matches!(known.key, "service" | "servicefile") {
        return Err(fault("a service cannot name another service"));
    }
    Ok((known.key, Given { value: value.to_owned(), origin }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[a]\nhost=one\n\n[b]\n  host=two  \nport=5433\n# x\nsslmode=require\n[c]\nhsot=x\n[d]\nservice=a\n[e]\nhost\n";

    fn read(name: &str) -> Result<Option<String>, ConninfoError> {
        let found = section(FILE, name, Path::new("f.conf"))?;
        Ok(found.map(|pairs| pairs.iter().map(|(key, given)| format!("{key}={} ", given.value)).collect()))
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        assert_eq!(read("a").unwrap().unwrap(), "host=one ");
        assert_eq!(read("b").unwrap().unwrap(), "host=two port=5433 sslmode=require ");
        assert_eq!(read("x").unwrap(), None);
    }

    #[test]
    fn errors_name_the_line() {
        let error = read("c").unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown connection parameter \"hsot\" in the service \"c\" in f.conf line 11 (did you mean \"host\"?)"
        );
        assert!(read("d").unwrap_err().to_string().contains("cannot name another service"));
        assert!(read("e").unwrap_err().to_string().contains("f.conf line 15: expected key=value"));
    }
}
