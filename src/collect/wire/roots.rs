//! The trusted roots: a PEM file, the system's, or none.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::collect::ConnectError;
use crate::conninfo::{ConnectionSettings, RootCertificates, SslMode};

/// The bundle, and what to call it.
#[derive(Debug)]
pub(super) struct Roots {
    /// `system` or the file's path.
    pub(super) name: String,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// Loads the bundle. A file that was named must be there whatever the mode;
/// libpq overlooks a missing one below verify-ca, and then verifies nothing in silence.
pub(super) fn load(settings: &ConnectionSettings) -> Result<Option<Roots>, ConnectError> {
    let none = |path| ConnectError::NoRootCertificate { at: settings.address(), sslmode: settings.sslmode, path };
    let verify = settings.sslmode >= SslMode::VerifyCa;
    match &settings.ssl_root_cert {
        RootCertificates::System => system().map(Some),
        RootCertificates::File(path) => file(path).map(Some),
        RootCertificates::Default(path) if path.exists() => file(path).map(Some),
        RootCertificates::Default(path) if verify => Err(none(Some(path.clone()))),
        RootCertificates::None if verify => Err(none(None)),
        RootCertificates::Default(_) | RootCertificates::None => Ok(None),
    }
}

fn file(path: &Path) -> Result<Roots, ConnectError> {
    let fault = |reason: String| ConnectError::RootCertificateFile { path: path.to_owned(), reason };
    let content = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    let certificates = certificates.map_err(|error| fault(format!("not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(fault("it holds no PEM certificate".to_owned()));
    }
    Ok(Roots { name: path.display().to_string(), certificates })
}

fn system() -> Result<Roots, ConnectError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let reason = found.errors.first().map_or_else(|| "none were found".to_owned(), ToString::to_string);
        return Err(ConnectError::SystemRoots { reason });
    }
    Ok(Roots { name: "system".to_owned(), certificates: found.certs })
}
