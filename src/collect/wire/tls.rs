//! The handshake, and what follows from it: facts first, then the decision by libpq's rules.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, version};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::Certificate;
use super::identity::{self, Identity};
use super::recorder::{KeyPossession, Recorder, Recording};
use super::roots::Roots;
use super::trust::{Doubt, Trial, names_host};
use super::{Progress, Stage, TlsEndpoint, binding};
use crate::collect::{ConnectError, printable};
use crate::conninfo::{ConnectionSettings, Host, SslMode, SslNegotiation};

/// The protocol's name in ALPN; libpq sends it from 17 on.
const ALPN: &[u8] = b"postgresql";

/// What the files on our side say, read before anything is dialled.
pub(super) struct Own {
    pub(super) roots: Option<Roots>,
    identity: Option<Identity>,
}

impl Own {
    pub(super) fn load(settings: &ConnectionSettings) -> Result<Self, ConnectError> {
        let identity = settings.client_certificate.as_ref().map(identity::load).transpose()?;
        Ok(Self { roots: super::roots::load(settings)?, identity })
    }
}

/// A finished handshake.
pub(super) struct Shaken {
    pub(super) stream: Box<TlsStream<TcpStream>>,
    recording: Recording,
}

/// Shakes hands and records; trusts nobody yet.
pub(super) async fn shake(
    stream: TcpStream,
    peer: IpAddr,
    settings: &ConnectionSettings,
    own: &Own,
    progress: &Progress,
) -> Result<Shaken, ConnectError> {
    progress.reached(Stage::Tls);
    let provider = Arc::new(ring::default_provider());
    let recorder = Recorder::new(provider.signature_verification_algorithms);
    let config = config(provider, Arc::clone(&recorder), settings, own)?;
    // a name that DNS would not allow is still dialled; it cannot be sent or match
    let name = host_name(settings).and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let name = name.unwrap_or(ServerName::IpAddress(peer.into()));
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = Box::new(connected.map_err(|error| handshake_error(&error, settings))?);
    if settings.ssl_negotiation == SslNegotiation::Direct && stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        let reason = "the server did not agree to speak PostgreSQL (ALPN): use sslnegotiation=postgres".to_owned();
        return Err(ConnectError::TlsFailed { at: settings.address(), reason });
    }
    Ok(Shaken { stream, recording: recorder.recording() })
}

fn config(
    provider: Arc<CryptoProvider>,
    recorder: Arc<Recorder>,
    settings: &ConnectionSettings,
    own: &Own,
) -> Result<ClientConfig, ConnectError> {
    let internal = |error: rustls::Error| ConnectError::TlsFailed {
        at: settings.address(),
        reason: printable(&error.to_string()),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(internal)?
        .dangerous()
        .with_custom_certificate_verifier(recorder);
    let mut config = match (&own.identity, &settings.client_certificate) {
        (Some((chain, key)), Some(files)) => builder
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(|error| identity::fault(&files.key, printable(&error.to_string())))?,
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn handshake_error(error: &std::io::Error, settings: &ConnectionSettings) -> ConnectError {
    let at = settings.address();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => {
            let reason = "the server's answer is not TLS: check that host and port are PostgreSQL's".to_owned();
            ConnectError::TlsFailed { at, reason }
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            let reason = format!("the server refused it with alert {alert:?}; TLS 1.2 and 1.3 were offered");
            ConnectError::TlsFailed { at, reason }
        }
        Some(inner) => ConnectError::TlsFailed { at, reason: printable(&inner.to_string()) },
        None => ConnectError::Dropped { at, stage: Stage::Tls },
    }
}

fn host_name(settings: &ConnectionSettings) -> Option<&str> {
    match &settings.host {
        Host::Tcp { name, .. } => Some(name),
        Host::Unix { .. } => None,
    }
}

/// The facts of a handshake, and the verdict on it.
pub(super) struct Judged {
    pub(super) certificates: Vec<Certificate>,
    pub(super) binding: Option<Vec<u8>>,
    pub(super) verdict: Result<(), ConnectError>,
}

/// Fills the endpoint's columns, makes the certificates' rows, and decides.
pub(super) fn judge(
    shaken: &Shaken,
    settings: &ConnectionSettings,
    roots: Option<&Roots>,
    now: DateTime<Utc>,
    endpoint: &mut TlsEndpoint,
) -> Judged {
    let served = &shaken.recording.served;
    let possession = shaken.recording.possession.unwrap_or(KeyPossession::Unsupported);
    fill_session(&shaken.stream, endpoint);
    endpoint.key_possession = Some(possession.word());
    let mut certificates: Vec<_> = rows(served.iter(), 0, "served").collect();
    let name = judge_name(served, settings, endpoint);
    let chain = match roots {
        Some(roots) => {
            let trial = Trial::new(served, roots, ring::default_provider().signature_verification_algorithms, now);
            certificates.extend(rows(trial.used_of_bundle().into_iter(), served.len(), "bundle"));
            judge_chain(&trial, &roots.name, endpoint)
        }
        None => no_bundle(endpoint),
    };
    let verdict = Verdict { settings, roots, possession, certificates: &certificates }.decide(chain, name);
    Judged { binding: served.first().and_then(binding::server_end_point), certificates, verdict }
}

fn rows<'a>(
    ders: impl Iterator<Item = &'a CertificateDer<'static>>,
    from: usize,
    source: &'static str,
) -> impl Iterator<Item = Certificate> {
    ders.enumerate().map(move |(at, der)| Certificate::read(der, from + at, source))
}

fn fill_session(stream: &TlsStream<TcpStream>, endpoint: &mut TlsEndpoint) {
    let session = stream.get_ref().1;
    endpoint.encrypted = true;
    endpoint.protocol = session.protocol_version().map(|version| match version {
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    });
    // rustls writes TLS13_… where IANA writes TLS_…
    let suite = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    endpoint.cipher = suite.map(|suite| suite.replacen("TLS13_", "TLS_", 1));
    let group = session.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name()));
    endpoint.key_exchange_group = group.map(|group| group.to_ascii_lowercase());
}

fn judge_name(
    served: &[CertificateDer<'static>],
    settings: &ConnectionSettings,
    endpoint: &mut TlsEndpoint,
) -> Result<(), String> {
    let (Some(leaf), Some(host)) = (served.first(), host_name(settings)) else {
        return Err("the server sent no certificate".to_owned());
    };
    let outcome = names_host(leaf, host);
    endpoint.hostname_checked = Some(host.to_owned());
    endpoint.hostname_matches = Some(outcome.is_ok());
    endpoint.hostname_reason = outcome.as_ref().err().cloned();
    outcome
}

fn judge_chain(trial: &Trial<'_>, root: &str, endpoint: &mut TlsEndpoint) -> Result<(), Doubt> {
    let verdict = |outcome: &Result<(), Doubt>| match outcome {
        Ok(()) => (Some(true), None),
        Err(doubt) => (doubt.verdict(), Some(doubt.reason())),
    };
    let (trusted, complete) = (trial.trusted(), trial.complete());
    endpoint.trust_root = Some(root.to_owned());
    (endpoint.chain_trusted, endpoint.chain_trusted_reason) = verdict(&trusted);
    (endpoint.chain_complete, endpoint.chain_complete_reason) = verdict(&complete);
    trusted
}

fn no_bundle(endpoint: &mut TlsEndpoint) -> Result<(), Doubt> {
    let reason = "no root certificate was given (sslrootcert)".to_owned();
    endpoint.chain_trusted_reason = Some(reason.clone());
    endpoint.chain_complete_reason = Some(reason.clone());
    Err(Doubt::Unjudged(reason))
}

/// All that the decision needs.
struct Verdict<'a> {
    settings: &'a ConnectionSettings,
    roots: Option<&'a Roots>,
    possession: KeyPossession,
    certificates: &'a [Certificate],
}

impl Verdict<'_> {
    /// libpq's rules: verify-full asks chain and name, verify-ca the chain, and so does require when roots are there.
    /// A wrong proof of the key is refused in every mode, as OpenSSL does.
    fn decide(&self, chain: Result<(), Doubt>, name: Result<(), String>) -> Result<(), ConnectError> {
        let (at, mode) = (self.settings.address(), self.settings.sslmode);
        let verify = mode >= SslMode::VerifyCa || (mode == SslMode::Require && self.roots.is_some());
        if self.possession == KeyPossession::Failed {
            return Err(ConnectError::KeyNotProved { at });
        }
        if !verify {
            return Ok(());
        }
        chain.map_err(|doubt| self.refusal(doubt))?;
        if self.possession == KeyPossession::Unsupported {
            let key = self.certificates.first().map(Certificate::key_words).unwrap_or_default();
            return Err(ConnectError::KeyProofUnsupported { at, sslmode: mode, key, advice: self.advice() });
        }
        match (mode, name) {
            (SslMode::VerifyFull, Err(reason)) => {
                let host = printable(host_name(self.settings).unwrap_or_default());
                Err(ConnectError::WrongHostName { at, host, reason })
            }
            _ => Ok(()),
        }
    }

    fn refusal(&self, doubt: Doubt) -> ConnectError {
        let (at, advice) = (self.settings.address(), self.advice());
        match doubt {
            Doubt::Expired { subject, not_after } => ConnectError::Expired { at, subject, not_after, advice },
            Doubt::NotYetValid { subject, not_before } => ConnectError::NotYetValid { at, subject, not_before, advice },
            Doubt::Untrusted(reason) | Doubt::Unjudged(reason) => {
                let roots = self.roots.map(|roots| roots.name.clone()).unwrap_or_default();
                let advice = format!("name the issuing CA's file with sslrootcert=FILE (or PGSSLROOTCERT); {advice}");
                ConnectError::Untrusted { at, reason, roots, advice }
            }
        }
    }

    fn advice(&self) -> String {
        match self.roots {
            Some(roots) if self.settings.sslmode == SslMode::Require => format!(
                "sslmode=require verifies because {} is there, as in libpq; to audit it unverified use sslmode=prefer",
                roots.name
            ),
            _ => "to audit it unverified use sslmode=require without a root certificate".to_owned(),
        }
    }
}
