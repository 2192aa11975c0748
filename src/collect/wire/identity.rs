//! The client's own certificate and key, by libpq's rules.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::collect::ConnectError;
use crate::conninfo::ClientCertificate;

/// A chain and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads both files; the key must be private.
pub(super) fn load(files: &ClientCertificate) -> Result<Identity, ConnectError> {
    Ok((chain(&files.certificate)?, key(&files.key)?))
}

/// The error for either file.
pub(super) fn fault(path: &Path, reason: impl Into<String>) -> ConnectError {
    ConnectError::ClientCertificate { path: path.to_owned(), reason: reason.into() }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let content = std::fs::read(path).map_err(|error| fault(path, error.to_string()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    let chain = chain.map_err(|error| fault(path, format!("not PEM: {error}")))?;
    if chain.is_empty() {
        return Err(fault(path, "it holds no PEM certificate"));
    }
    Ok(chain)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, ConnectError> {
    let metadata = std::fs::metadata(path).map_err(|error| fault(path, error.to_string()))?;
    if !metadata.is_file() {
        return Err(fault(path, "not a plain file"));
    }
    let (forbidden, allowed) = if metadata.uid() == 0 { (0o037, "0640") } else { (0o077, "0600") };
    if metadata.mode() & forbidden != 0 {
        return Err(fault(path, format!("its mode lets others in, and {allowed} is the widest allowed")));
    }
    let content = std::fs::read(path).map_err(|error| fault(path, error.to_string()))?;
    PrivateKeyDer::from_pem_slice(&content).map_err(|_| {
        let encrypted = String::from_utf8_lossy(&content).contains("ENCRYPTED");
        fault(path, if encrypted { "encrypted keys are not supported" } else { "it holds no PEM private key" })
    })
}
