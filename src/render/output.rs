//! Files written whole or not at all, and standard output that may close early.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Why something could not be written, with the file's name and a hint.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder is not there. It is not made: a misspelt path should not grow folders.
    #[error("cannot write {file}: the folder {folder} does not exist; make it first, or name another path")]
    NoFolder {
        /// What was to be written.
        file: PathBuf,
        /// What is missing.
        folder: PathBuf,
    },
    /// The path is a folder.
    #[error("cannot write {0}: it is a folder; name a file in it")]
    IsFolder(PathBuf),
    /// Anything else; nothing is left behind.
    #[error("cannot write {file}: {source}")]
    File {
        /// What was to be written.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Standard output failed for another reason than that its reader has gone.
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] std::io::Error),
}

/// How writing to a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it.
    Whole,
    /// The reader has gone (`| head`): a quiet end, not an error.
    ReaderGone,
}

/// Writes a file whole or not at all, readable by its owner only (0600): first beside it, then renamed over it.
///
/// A symbolic link is followed; a device or a pipe is written to as it is.
///
/// # Errors
/// A missing folder, a folder in the file's place, or what the system says; the old file then stands as it was.
pub fn write_file(path: &Path, text: impl AsRef<[u8]>) -> Result<(), OutputError> {
    check(path)?;
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (path, folder, text) = (resolved.as_path(), folder_of(&resolved), text.as_ref());
    let special = path.exists() && !path.is_file();
    let written = if special { std::fs::write(path, text) } else { replace(path, folder, text) };
    written.map_err(|source| OutputError::File { file: path.to_owned(), source })
}

/// Whether a file could be written there, asked before the work that fills it is done.
///
/// # Errors
/// A missing folder, or a folder in the file's place.
pub fn check(path: &Path) -> Result<(), OutputError> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(OutputError::NoFolder { file: path.to_owned(), folder: folder.to_owned() });
    }
    if path.is_dir() {
        return Err(OutputError::IsFolder(path.to_owned()));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn replace(path: &Path, folder: &Path, text: &[u8]) -> std::io::Result<()> {
    // tempfile creates it 0600 and removes it again unless it is persisted
    let mut file = tempfile::Builder::new().prefix(".pgcomply-").tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    // the rename itself lasts only once the folder is on disk; not every file system can do that
    let _ = std::fs::File::open(folder).and_then(|f| f.sync_all());
    Ok(())
}

/// Writes to a stream, usually standard output, and flushes it.
///
/// # Errors
/// What the system says, save that the reader has gone.
pub fn write_stream(mut to: impl Write, text: impl AsRef<[u8]>) -> Result<Written, OutputError> {
    match to.write_all(text.as_ref()).and_then(|()| to.flush()) {
        Ok(()) => Ok(Written::Whole),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(Written::ReaderGone),
        Err(e) => Err(OutputError::Stdout(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old and longer").unwrap();
        write_file(&path, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_missing_folder_is_one_clear_error_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/such/report.html");
        let error = write_file(&path, "x").unwrap_err();
        assert!(matches!(error, OutputError::NoFolder { .. }), "{error}");
        assert!(!folder.path().join("no").exists());
        assert!(matches!(write_file(folder.path(), "x").unwrap_err(), OutputError::IsFolder(_)));
    }

    #[test]
    fn a_link_is_followed_and_a_device_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert!(link.is_symlink());
        write_file(Path::new("/dev/null"), "gone").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_a_quiet_end_and_a_full_disk_is_not() {
        assert_eq!(write_stream(Fails(ErrorKind::BrokenPipe), "x").unwrap(), Written::ReaderGone);
        assert!(write_stream(Fails(ErrorKind::StorageFull), "x").is_err());
        let mut to = Vec::new();
        assert_eq!(write_stream(&mut to, "x").unwrap(), Written::Whole);
        assert_eq!(to, b"x");
    }
}
