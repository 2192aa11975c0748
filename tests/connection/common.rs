//! What the tests of the connection share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pgcomply::collect::ConnectError;
use pgcomply::collect::postgres::Session;
use pgcomply::conninfo::{self, ConnectionSettings, Request, Secret};

/// Settings from a connection string alone: no environment, no home directory.
pub(crate) fn settings(connection: &str) -> ConnectionSettings {
    let request = Request { connection: Some(connection.to_owned()), ..Request::default() };
    conninfo::resolve(&request, &conninfo::Surroundings { env: BTreeMap::new(), home: None, user: None }).unwrap()
}

/// The same with a password.
pub(crate) fn with_password(connection: &str, password: &str) -> ConnectionSettings {
    settings(connection).with_password(Secret::new(password))
}

pub(crate) async fn open(settings: &ConnectionSettings) -> Result<Session, ConnectError> {
    Session::open(settings, Utc::now()).await
}

/// The error of an attempt that must fail; whatever it says, it says it in one line and without the password.
pub(crate) async fn refusal(settings: &ConnectionSettings) -> ConnectError {
    refusal_at(settings, Utc::now()).await
}

pub(crate) async fn refusal_at(settings: &ConnectionSettings, now: DateTime<Utc>) -> ConnectError {
    let error = Session::open(settings, now).await.expect_err("a session was opened");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("sesame"), "{text}");
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
    error
}

/// Checks an error's kind, exit code and words.
#[track_caller]
pub(crate) fn assert_error(error: &ConnectError, kind: &str, exit_code: u8, words: &[&str]) {
    assert_eq!((error.kind(), error.exit_code()), (kind, exit_code), "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{word:?} is missing in: {error}");
    }
}

pub(crate) fn pki_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connection/pki")
}
