//! The verifier that accepts every certificate and remembers it, and checks the server's signature for real.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::certificate;

/// Whether the server proved that it holds the certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPossession {
    Proved,
    Failed,
    /// A kind of key or signature that ring cannot check.
    Unsupported,
}

impl KeyPossession {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What the handshake showed.
#[derive(Debug, Default, Clone)]
pub(super) struct Recording {
    /// The leaf, then the others in the order sent.
    pub(super) served: Vec<CertificateDer<'static>>,
    pub(super) possession: Option<KeyPossession>,
}

/// Records, and never refuses: trust is decided after the handshake.
#[derive(Debug)]
pub(super) struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    recording: Mutex<Recording>,
}

impl Recorder {
    pub(super) fn new(algorithms: WebPkiSupportedAlgorithms) -> Arc<Self> {
        Arc::new(Self { algorithms, recording: Mutex::default() })
    }

    pub(super) fn recording(&self) -> Recording {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, possession: KeyPossession) -> Result<HandshakeSignatureValid, Error> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).possession = Some(possession);
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let served = std::iter::once(end_entity).chain(intermediates);
        let served = served.map(|certificate| certificate.clone().into_owned()).collect();
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).served = served;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let outcome = verify_tls12_signature(message, cert, dss, &self.algorithms);
        self.note(judge(outcome, cert))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let mut outcome = verify_tls13_signature(message, cert, dss, &self.algorithms);
        if let (Err(Error::InvalidCertificate(CertificateError::Other(_))), Some(key)) =
            (&outcome, certificate::key(cert))
        {
            // webpki does not read X.509 version 1; the key alone is enough for this
            let key = SubjectPublicKeyInfoDer::from(key);
            outcome = rustls::crypto::verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms);
        }
        self.note(judge(outcome, cert))
    }

    /// Wider than what can be checked, so that no server is turned away before its certificate is seen.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.extend([
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED448,
            SignatureScheme::Unknown(0x0809), // rsa_pss_pss_sha256
            SignatureScheme::Unknown(0x080a), // rsa_pss_pss_sha384
            SignatureScheme::Unknown(0x080b), // rsa_pss_pss_sha512
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]);
        schemes
    }
}

/// ring reports an RSA key under 2048 bits as a bad signature, without having looked: that proves nothing.
fn judge(outcome: Result<HandshakeSignatureValid, Error>, cert: &CertificateDer<'_>) -> KeyPossession {
    match outcome {
        Ok(_) => KeyPossession::Proved,
        Err(Error::InvalidCertificate(CertificateError::BadSignature)) if !certificate::has_small_rsa_key(cert) => {
            KeyPossession::Failed
        }
        Err(_) => KeyPossession::Unsupported,
    }
}
