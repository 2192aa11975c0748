//! Would libpq trust this chain and this name? Three questions, answered apart, whatever the `sslmode`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::certificate::{self, alternative_names, is_self_signed, may_have_issued, rfc3339};
use super::roots::Roots;
use crate::collect::printable;

/// Longer chains are not followed.
const LONGEST_CHAIN: usize = 10;

/// Why a chain is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Some certificate's time is over.
    Expired { subject: String, not_after: String },
    /// Some certificate's time has not come.
    NotYetValid { subject: String, not_before: String },
    /// The chain is wrong or leads nowhere.
    Untrusted(String),
    /// It cannot be judged here.
    Unjudged(String),
}

impl Doubt {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Expired { subject, not_after } => {
                format!("certificate \"{subject}\" expired on {not_after}")
            }
            Self::NotYetValid { subject, not_before } => {
                format!("certificate \"{subject}\" is not valid before {not_before}")
            }
            Self::Untrusted(reason) | Self::Unjudged(reason) => reason.clone(),
        }
    }

    /// The fact: false, or unknown.
    pub(super) fn verdict(&self) -> Option<bool> {
        (!matches!(self, Self::Unjudged(_))).then_some(false)
    }
}

/// A served chain, a bundle and a time.
pub(super) struct Trial<'a> {
    served: &'a [CertificateDer<'static>],
    parsed: Vec<X509Certificate<'a>>,
    bundle: Vec<(X509Certificate<'a>, &'a CertificateDer<'static>)>,
    algorithms: WebPkiSupportedAlgorithms,
    now: DateTime<Utc>,
}

impl<'a> Trial<'a> {
    /// Prepares the judgement; what does not parse is left out of it.
    pub(super) fn new(
        served: &'a [CertificateDer<'static>],
        roots: &'a Roots,
        algorithms: WebPkiSupportedAlgorithms,
        now: DateTime<Utc>,
    ) -> Self {
        let parse = |der: &'a CertificateDer<'static>| Some(X509Certificate::from_der(der).ok()?.1);
        let bundle = roots.certificates.iter().filter_map(|der| Some((parse(der)?, der))).collect();
        Self { served, parsed: served.iter().filter_map(parse).collect(), bundle, algorithms, now }
    }

    /// Whether the chain leads to a self-signed certificate of the bundle, as OpenSSL asks without partial chains:
    /// the others of the bundle count as intermediates.
    pub(super) fn trusted(&self) -> Result<(), Doubt> {
        let others = self.bundle.iter().filter(|(parsed, _)| !is_self_signed(parsed));
        let mut intermediates = self.served.get(1..).unwrap_or_default().to_vec();
        intermediates.extend(others.map(|(_, der)| (*der).clone()));
        self.verify(&intermediates, self.now)?;
        self.root_in_time()
    }

    /// Whether the served certificates alone reach such a root. Expiry is another matter: where it hides the answer,
    /// names and key identifiers give it.
    pub(super) fn complete(&self) -> Result<(), Doubt> {
        match self.verify(self.served.get(1..).unwrap_or_default(), self.now) {
            Err(Doubt::Expired { .. } | Doubt::NotYetValid { .. }) if self.names_lead_to_root() => Ok(()),
            Err(Doubt::Expired { .. } | Doubt::NotYetValid { .. }) => Err(Doubt::Untrusted(self.unknown_issuer())),
            outcome => outcome,
        }
    }

    fn names_lead_to_root(&self) -> bool {
        let Some(mut at) = self.parsed.first() else { return false };
        for _ in 0..LONGEST_CHAIN {
            let mut roots = self.bundle.iter().filter(|(parsed, _)| is_self_signed(parsed));
            if roots.any(|(root, _)| root.as_raw() == at.as_raw() || issued(root, at)) {
                return true;
            }
            match self.parsed.iter().skip(1).find(|issuer| issued(issuer, at)) {
                Some(issuer) => at = issuer,
                None => return false,
            }
        }
        false
    }

    /// The certificates of the bundle that the chain uses, nearest the leaf first.
    pub(super) fn used_of_bundle(&self) -> Vec<&'a CertificateDer<'static>> {
        self.path().into_iter().map(|(_, der)| der).collect()
    }

    fn verify(&self, intermediates: &[CertificateDer<'_>], at: DateTime<Utc>) -> Result<(), Doubt> {
        let leaf = self.served.first().ok_or_else(|| Doubt::Unjudged("the server sent no certificate".to_owned()))?;
        if self.is_own_root(leaf) {
            return self.pinned(at);
        }
        let parsed = ParsedCertificate::try_from(leaf).map_err(|error| self.doubt(&error))?;
        let mut anchors = RootCertStore::empty();
        let roots = self.bundle.iter().filter(|(parsed, _)| is_self_signed(parsed));
        anchors.add_parsable_certificates(roots.map(|(_, der)| (*der).clone()));
        let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verify_server_cert_signed_by_trust_anchor(&parsed, &anchors, intermediates, time, self.algorithms.all)
            .map_err(|error| self.doubt(&error))
    }

    /// A self-signed leaf that is itself in the bundle: libpq trusts it even as a CA, which webpki refuses.
    fn is_own_root(&self, leaf: &CertificateDer<'_>) -> bool {
        self.bundle.iter().any(|(parsed, der)| *der == leaf && is_self_signed(parsed))
    }

    /// What remains to be asked of such a leaf: its time and its purpose.
    fn pinned(&self, at: DateTime<Utc>) -> Result<(), Doubt> {
        let Some(leaf) = self.parsed.first() else {
            return Err(Doubt::Unjudged("the certificate cannot be read".to_owned()));
        };
        in_time(leaf, at)?;
        match leaf.extended_key_usage() {
            Ok(Some(usage)) if !usage.value.server_auth && !usage.value.any => {
                Err(Doubt::Untrusted("its extended key usage does not allow a server".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// webpki takes an anchor whatever its dates; OpenSSL does not.
    fn root_in_time(&self) -> Result<(), Doubt> {
        match self.path().last() {
            Some((root, _)) => in_time(root, self.now),
            None => Ok(()),
        }
    }

    /// Follows the issuers from the leaf; the bundle's part of the way.
    fn path(&self) -> Vec<(&X509Certificate<'a>, &'a CertificateDer<'static>)> {
        let mut found = Vec::new();
        let mut next = self.parsed.first();
        for _ in 0..LONGEST_CHAIN {
            let Some(at) = next else { break };
            let own = self.bundle.iter().find(|(parsed, _)| parsed.as_raw() == at.as_raw());
            found.extend(own.map(|(parsed, der)| (parsed, *der)));
            next = if is_self_signed(at) { None } else { self.issuer_of(at) };
        }
        found
    }

    fn issuer_of(&self, at: &X509Certificate<'_>) -> Option<&X509Certificate<'a>> {
        let served = self.parsed.iter().skip(1).find(|issuer| issued(issuer, at));
        served.or_else(|| self.issuer_in_bundle(at))
    }

    /// Of several issuers of one name, one that is in its time comes first.
    fn issuer_in_bundle(&self, of: &X509Certificate<'_>) -> Option<&X509Certificate<'a>> {
        let candidates = self.bundle.iter().map(|(parsed, _)| parsed).filter(|issuer| issued(issuer, of));
        candidates.min_by_key(|issuer| in_time(issuer, self.now).is_err())
    }

    fn doubt(&self, error: &Error) -> Doubt {
        let Error::InvalidCertificate(error) = error else {
            return Doubt::Untrusted(printable(&error.to_string()));
        };
        match error {
            CertificateError::ExpiredContext { not_after, .. } => {
                let end = i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX);
                let subject = self.subject_where(|parsed| parsed.validity().not_after.timestamp() == end);
                Doubt::Expired { subject, not_after: rfc3339(end) }
            }
            CertificateError::NotValidYetContext { not_before, .. } => {
                let start = i64::try_from(not_before.as_secs()).unwrap_or(i64::MAX);
                let subject = self.subject_where(|parsed| parsed.validity().not_before.timestamp() == start);
                Doubt::NotYetValid { subject, not_before: rfc3339(start) }
            }
            CertificateError::UnknownIssuer => Doubt::Untrusted(self.unknown_issuer()),
            CertificateError::BadSignature => {
                Doubt::Untrusted("a signature in its chain is wrong, or of an RSA key under 2048 bits".to_owned())
            }
            CertificateError::InvalidPurposeContext { .. } | CertificateError::InvalidPurpose => {
                Doubt::Untrusted("its extended key usage does not allow a server".to_owned())
            }
            CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
                Doubt::Untrusted(format!("it is signed with {}, which is not accepted", self.signatures()))
            }
            CertificateError::Other(_) => self.uncommon(error),
            other => Doubt::Untrusted(printable(&format!("{other}"))),
        }
    }

    /// webpki's own words for a version 1 or a CA certificate.
    fn uncommon(&self, error: &CertificateError) -> Doubt {
        let words = format!("{error:?}");
        if words.contains("UnsupportedCertVersion") {
            Doubt::Unjudged("it is of X.509 version 1, which is not verified here".to_owned())
        } else if words.contains("CaUsedAsEndEntity") {
            Doubt::Untrusted("it is a CA's certificate, and not itself among the roots".to_owned())
        } else {
            Doubt::Untrusted(printable(&format!("{error}")))
        }
    }

    fn unknown_issuer(&self) -> String {
        match self.parsed.first() {
            Some(leaf) if is_self_signed(leaf) => "it is self-signed and not among the roots".to_owned(),
            Some(leaf) => {
                let issuer = printable(&leaf.issuer().to_string());
                format!("its issuer \"{issuer}\" leads to no root, or an intermediate certificate is missing")
            }
            None => "its issuer is unknown".to_owned(),
        }
    }

    fn signatures(&self) -> String {
        let names = self.parsed.iter().map(|parsed| certificate::signature(&parsed.signature_algorithm).0);
        names.collect::<Vec<_>>().join(" or ")
    }

    fn subject_where(&self, wanted: impl Fn(&X509Certificate<'_>) -> bool) -> String {
        let all = self.parsed.iter().chain(self.bundle.iter().map(|(parsed, _)| parsed));
        let found = all.into_iter().find(|parsed| wanted(parsed));
        found.map(|parsed| printable(&parsed.subject().to_string())).unwrap_or_default()
    }
}

fn issued(issuer: &X509Certificate<'_>, issued: &X509Certificate<'_>) -> bool {
    issuer.subject().as_raw() == issued.issuer().as_raw() && may_have_issued(issuer, issued)
}

fn in_time(parsed: &X509Certificate<'_>, at: DateTime<Utc>) -> Result<(), Doubt> {
    let subject = || printable(&parsed.subject().to_string());
    let (from, to) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
    match at.timestamp() {
        now if now > to => Err(Doubt::Expired { subject: subject(), not_after: rfc3339(to) }),
        now if now < from => Err(Doubt::NotYetValid { subject: subject(), not_before: rfc3339(from) }),
        _ => Ok(()),
    }
}

/// Whether a subject alternative name of the leaf is `host`; the common name alone does not count.
///
/// # Errors
/// The names that are there instead.
pub(super) fn names_host(leaf: &CertificateDer<'_>, host: &str) -> Result<(), String> {
    let name = ServerName::try_from(host).map_err(|_| "it is no valid host name".to_owned())?;
    let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| "the certificate cannot be read".to_owned())?;
    let names = alternative_names(&parsed);
    let matched = ParsedCertificate::try_from(leaf).and_then(|leaf| verify_server_name(&leaf, &name));
    let common = parsed.subject().iter_common_name().last().and_then(|name| name.as_str().ok());
    match (matched, common) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(common)) if names.is_empty() && common.eq_ignore_ascii_case(host) => {
            Err("only its common name matches, and it has no subject alternative name".to_owned())
        }
        (Err(_), _) if names.is_empty() => Err("it has no subject alternative name".to_owned()),
        (Err(_), _) => Err(format!("it names {}", printable(&names.join(", ")))),
    }
}
