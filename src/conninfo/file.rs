//! Secret files: read once, one trailing newline dropped, never repeated in an error.

use std::path::Path;

use super::{ConninfoError, Secret};

/// Reads a file that holds a password and nothing else, such as a Docker or Kubernetes secret.
/// Its mode is not judged: container secrets are often 0444.
///
/// # Errors
/// When the file cannot be read, or is empty but for the newline.
pub(super) fn password(path: &Path) -> Result<Secret, ConninfoError> {
    const WHAT: &str = "password file";
    let read = std::fs::read(path);
    let bytes = read.map_err(|source| ConninfoError::File { what: WHAT, path: path.to_owned(), source })?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").filter(|_| line.len() < bytes.len()).unwrap_or(line);
    if line.is_empty() {
        return Err(ConninfoError::EmptyFile { what: WHAT, path: path.to_owned() });
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Secret, ConninfoError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, content).unwrap();
        password(&path)
    }

    #[test]
    fn one_newline_is_dropped_and_no_more() {
        assert_eq!(read(b"pw\n").unwrap().expose(), b"pw");
        assert_eq!(read(b"pw\r\n").unwrap().expose(), b"pw");
        assert_eq!(read(b"pw\n\n").unwrap().expose(), b"pw\n");
        assert_eq!(read(b" pw ").unwrap().expose(), b" pw ");
        assert_eq!(read(b"pw\r").unwrap().expose(), b"pw\r");
        assert_eq!(read(b"\xff\xfe\n").unwrap().expose(), b"\xff\xfe");
    }

    #[test]
    fn an_empty_or_missing_file_is_named() {
        assert!(matches!(read(b"\n"), Err(ConninfoError::EmptyFile { .. })));
        let error = password(Path::new("/no/such/secret")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read the password file /no/such/secret: "), "{error}");
    }
}
