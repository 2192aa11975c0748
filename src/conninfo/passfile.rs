//! The pass file: `host:port:database:user:password`, as libpq's `passwordFromFile` reads it.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Secret;

/// What a line must match.
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: &'a str,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first matching line.
///
/// # Errors
/// A warning when the file is there and must not or cannot be used. Like libpq, the connection goes on without it.
pub(super) fn look_up(path: &Path, wanted: &Wanted<'_>) -> Result<Option<Secret>, String> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("pass file {} is ignored: {error}", path.display())),
    };
    refuse_unsafe(path, &metadata)?;
    let content = std::fs::read(path).map_err(|error| format!("pass file {} is ignored: {error}", path.display()))?;
    Ok(content.split(|byte| *byte == b'\n').find_map(|line| password(line, wanted)))
}

/// libpq's rule: a plain file that nobody but its owner can read.
fn refuse_unsafe(path: &Path, metadata: &Metadata) -> Result<(), String> {
    if !metadata.is_file() {
        return Err(format!("pass file {} is ignored: it is not a plain file", path.display()));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "pass file {path} is ignored: mode {mode:04o} lets group or others in (chmod 0600 {path})",
            path = path.display()
        ));
    }
    Ok(())
}

fn password(line: &[u8], wanted: &Wanted<'_>) -> Option<Secret> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.starts_with(b"#") {
        return None;
    }
    let mut rest = line;
    for value in [wanted.host, wanted.port, wanted.database, wanted.user] {
        let end = end_of_field(rest)?;
        let (field, after) = rest.split_at(end);
        if field != b"*" && unescape(field) != value.as_bytes() {
            return None;
        }
        rest = &after[1..];
    }
    let password = unescape(rest);
    (!password.is_empty()).then(|| Secret::new(password))
}

/// The first `:` that no backslash escapes.
fn end_of_field(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let found = *byte == b':' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        found
    })
}

fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = field.iter();
    let mut plain = Vec::with_capacity(field.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            byte => plain.push(*byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    const WANTED: Wanted<'_> = Wanted { host: "db.example", port: "5432", database: "app", user: "audit:or" };

    fn found(content: &str, mode: u32) -> Result<Option<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let secret = look_up(&path, &WANTED)?;
        Ok(secret.map(|secret| String::from_utf8(secret.expose().to_vec()).unwrap()))
    }

    #[test]
    fn the_first_matching_line_wins() {
        let content = "other:*:*:*:no\ndb.example:5432:app:audit\\:or:first\n*:*:*:*:second\n";
        assert_eq!(found(content, 0o600).unwrap().as_deref(), Some("first"));
    }

    #[test]
    fn wildcards_comments_and_escapes() {
        assert_eq!(found("#*:*:*:*:comment\n*:*:*:*:p\\:w\\\\:x\r\n", 0o600).unwrap().as_deref(), Some("p:w\\:x"));
        assert_eq!(found("\\*:*:*:*:no\n", 0o600).unwrap().as_deref(), None);
        assert_eq!(found("db.example:5432:app\n\n:::\n", 0o600).unwrap(), None);
    }

    #[test]
    fn a_file_others_can_read_is_ignored_aloud() {
        for mode in [0o640, 0o604, 0o666] {
            let warning = found("*:*:*:*:sesame\n", mode).unwrap_err();
            assert!(warning.contains("chmod 0600") && !warning.contains("sesame"), "{warning}");
        }
    }

    #[test]
    fn a_missing_file_is_no_password_and_a_folder_a_warning() {
        assert_eq!(look_up(Path::new("/no/such/pgpass"), &WANTED), Ok(None));
        assert!(look_up(Path::new("/"), &WANTED).unwrap_err().contains("not a plain file"));
    }
}
