//! The channel binding `tls-server-end-point` (RFC 5929): a digest of the server's certificate.

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::certificate;

/// The digest by the certificate's own signature algorithm, SHA-256 where that is MD5 or SHA-1.
/// None where the signature has no digest of its own (Ed25519), as PostgreSQL and libpq see it.
pub(super) fn server_end_point(leaf: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(leaf).ok()?;
    match certificate::signature(&parsed.signature_algorithm).1? {
        "md5" | "sha1" | "sha256" => Some(Sha256::digest(leaf).to_vec()),
        "sha224" => Some(Sha224::digest(leaf).to_vec()),
        "sha384" => Some(Sha384::digest(leaf).to_vec()),
        "sha512" => Some(Sha512::digest(leaf).to_vec()),
        _ => None,
    }
}
