//! The fact table `certificate`: what a certificate says, in plain columns.

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

/// One certificate, served or of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Certificate {
    /// From 0: the served ones in order, then those of the bundle that the chain uses.
    pub position: i64,
    /// `served` or `bundle`.
    pub source: &'static str,
    /// `server`, `intermediate` or `root`.
    pub purpose: &'static str,
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The serial number, hexadecimal, bytes parted by colons.
    pub serial: String,
    /// The X.509 version: 1 or 3.
    pub version: i64,
    /// RFC 3339, UTC.
    pub not_before: String,
    /// RFC 3339, UTC.
    pub not_after: String,
    /// From the one to the other.
    pub lifetime_days: f64,
    /// `RSA`, `RSA-PSS`, `EC`, `Ed25519`, `Ed448` or `other`.
    pub key_algorithm: &'static str,
    /// The curve of an EC key: `P-256`, `P-384`, `P-521`, `secp256k1`, or its OID.
    pub key_curve: Option<String>,
    /// The size of the modulus or the curve.
    pub key_bits: Option<i64>,
    /// By OpenSSL's name, or the OID.
    pub signature_algorithm: String,
    /// The digest that was signed: `md5`, `sha1`, `sha256` …; NULL for Ed25519 and Ed448, which have none of their own.
    pub signature_hash: Option<&'static str>,
    /// The basic constraint; NULL when the extension is absent.
    pub is_ca: Option<bool>,
    /// The path length allowed below a CA.
    pub path_len: Option<i64>,
    /// Whether subject and issuer are one.
    pub self_signed: bool,
    /// The subject's last common name.
    pub common_name: Option<String>,
    /// The subject alternative names, a JSON array of `DNS:…`, `IP:…` and others by their kind.
    pub san: String,
    /// Whether the extended key usage allows a server; NULL when the extension is absent, which allows all.
    pub server_auth: Option<bool>,
    /// Whether it has the extended key usage extension at all.
    pub extended_key_usage: bool,
    /// The SHA-256 digest of the whole certificate, hexadecimal.
    pub sha256: String,
}

impl Certificate {
    /// Reads a certificate into a row. One that does not parse keeps its digest and says so in the subject.
    pub(super) fn read(der: &CertificateDer<'_>, position: usize, source: &'static str) -> Self {
        let sha256 = hex(&Sha256::digest(der));
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        match X509Certificate::from_der(der) {
            Ok((_, certificate)) => Self::from_parsed(&certificate, position, source, sha256),
            Err(_) => Self::unreadable(position, source, sha256),
        }
    }

    fn from_parsed(parsed: &X509Certificate<'_>, position: i64, source: &'static str, sha256: String) -> Self {
        let (from, to) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
        let constraints = parsed.basic_constraints().ok().flatten().map(|extension| extension.value);
        let usage = parsed.extended_key_usage().ok().flatten().map(|extension| extension.value);
        let self_signed = is_self_signed(parsed);
        let (key_algorithm, key_curve, key_bits) = public_key(parsed.public_key());
        let (signature_algorithm, signature_hash) = signature(&parsed.signature_algorithm);
        Self {
            position,
            source,
            purpose: purpose(position, source, self_signed),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial_as_string(),
            version: i64::from(parsed.version().0) + 1,
            not_before: rfc3339(from),
            not_after: rfc3339(to),
            lifetime_days: to.saturating_sub(from) as f64 / 86_400.0,
            key_algorithm,
            key_curve,
            key_bits,
            signature_algorithm,
            signature_hash,
            is_ca: constraints.map(|constraints| constraints.ca),
            path_len: constraints.and_then(|constraints| constraints.path_len_constraint).map(i64::from),
            self_signed,
            common_name: common_name(parsed.subject()),
            san: serde_json::Value::from(alternative_names(parsed)).to_string(),
            extended_key_usage: usage.is_some(),
            server_auth: usage.map(|usage| usage.server_auth || usage.any),
            sha256,
        }
    }

    fn unreadable(position: i64, source: &'static str, sha256: String) -> Self {
        Self {
            position,
            source,
            purpose: purpose(position, source, false),
            subject: "(unreadable certificate)".to_owned(),
            issuer: String::new(),
            serial: String::new(),
            version: 0,
            not_before: rfc3339(0),
            not_after: rfc3339(0),
            lifetime_days: 0.0,
            key_algorithm: "other",
            key_curve: None,
            key_bits: None,
            signature_algorithm: String::new(),
            signature_hash: None,
            is_ca: None,
            path_len: None,
            self_signed: false,
            common_name: None,
            san: "[]".to_owned(),
            extended_key_usage: false,
            server_auth: None,
            sha256,
        }
    }
}

fn purpose(position: i64, source: &str, self_signed: bool) -> &'static str {
    match (source, position) {
        ("served", 0) => "server",
        _ if self_signed => "root",
        _ => "intermediate",
    }
}

/// Whether a certificate names itself as issuer, by name and, where both are there, by key identifier.
pub(super) fn is_self_signed(parsed: &X509Certificate<'_>) -> bool {
    parsed.subject().as_raw() == parsed.issuer().as_raw() && may_have_issued(parsed, parsed)
}

/// Whether the key identifiers of an issuer and a certificate agree, as far as both have them.
pub(super) fn may_have_issued(issuer: &X509Certificate<'_>, issued: &X509Certificate<'_>) -> bool {
    use x509_parser::extensions::ParsedExtension;
    let own = issuer.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
        _ => None,
    });
    let wanted = issued.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0),
        _ => None,
    });
    match (own, wanted) {
        (Some(own), Some(wanted)) => own == wanted,
        _ => true,
    }
}

/// The certificate's public key (SubjectPublicKeyInfo), if it parses.
pub(super) fn key(der: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

/// Whether the key is RSA of fewer bits than ring will check.
pub(super) fn has_small_rsa_key(der: &CertificateDer<'_>) -> bool {
    let parsed = X509Certificate::from_der(der);
    parsed.is_ok_and(|(_, parsed)| match public_key(parsed.public_key()) {
        ("RSA", _, Some(bits)) => bits < 2048,
        _ => false,
    })
}

/// RFC 3339 in UTC; the ends of time for what chrono cannot hold.
pub(super) fn rfc3339(timestamp: i64) -> String {
    let end = if timestamp < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp(timestamp, 0).unwrap_or(end).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    let last = name.iter_common_name().last()?;
    Some(String::from_utf8_lossy(last.as_slice()).into_owned())
}

/// `DNS:…`, `IP:…` and the rest by kind, in the order written.
pub(super) fn alternative_names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let extension = parsed.subject_alternative_name().ok().flatten();
    let names = extension.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    names.iter().map(alternative_name).collect()
}

fn alternative_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("DNS:{name}"),
        GeneralName::IPAddress(bytes) => format!("IP:{}", address(bytes)),
        GeneralName::RFC822Name(name) => format!("email:{name}"),
        GeneralName::URI(name) => format!("URI:{name}"),
        GeneralName::DirectoryName(name) => format!("DirName:{name}"),
        other => format!("other:{other}"),
    }
}

fn address(bytes: &[u8]) -> String {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return std::net::Ipv4Addr::from(v4).to_string();
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(v6) => std::net::Ipv6Addr::from(v6).to_string(),
        Err(_) => hex(bytes),
    }
}

/// Algorithm, curve and size, by OID: x509-parser's own sizes are wrong for P-521 and absent for Ed25519 and RSA-PSS.
fn public_key(key: &SubjectPublicKeyInfo<'_>) -> (&'static str, Option<String>, Option<i64>) {
    match key.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => ("RSA", None, modulus_bits(key)),
        "1.2.840.113549.1.1.10" => ("RSA-PSS", None, modulus_bits(key)),
        "1.2.840.10045.2.1" => {
            let (curve, bits) = curve(&key.algorithm);
            ("EC", curve, bits)
        }
        "1.3.101.112" => ("Ed25519", None, Some(256)),
        "1.3.101.113" => ("Ed448", None, Some(456)),
        _ => ("other", None, None),
    }
}

fn modulus_bits(key: &SubjectPublicKeyInfo<'_>) -> Option<i64> {
    let (_, key) = RSAPublicKey::from_der(&key.subject_public_key.data).ok()?;
    let first = key.modulus.iter().position(|byte| *byte != 0)?;
    let modulus = &key.modulus[first..];
    i64::try_from(modulus.len() * 8 - modulus[0].leading_zeros() as usize).ok()
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> (Option<String>, Option<i64>) {
    let oid = algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    let Some(oid) = oid.map(|oid| oid.to_id_string()) else {
        return (None, None);
    };
    let (name, bits) = match oid.as_str() {
        "1.2.840.10045.3.1.1" => ("P-192", 192),
        "1.3.132.0.33" => ("P-224", 224),
        "1.2.840.10045.3.1.7" => ("P-256", 256),
        "1.3.132.0.34" => ("P-384", 384),
        "1.3.132.0.35" => ("P-521", 521),
        "1.3.132.0.10" => ("secp256k1", 256),
        "1.3.36.3.3.2.8.1.1.7" => ("brainpoolP256r1", 256),
        "1.3.36.3.3.2.8.1.1.11" => ("brainpoolP384r1", 384),
        "1.3.36.3.3.2.8.1.1.13" => ("brainpoolP512r1", 512),
        _ => return (Some(oid), None),
    };
    (Some(name.to_owned()), Some(bits))
}

/// The signature's name and digest.
pub(super) fn signature(algorithm: &AlgorithmIdentifier<'_>) -> (String, Option<&'static str>) {
    let oid = algorithm.algorithm.to_id_string();
    let (name, hash) = match oid.as_str() {
        "1.2.840.113549.1.1.2" => ("md2WithRSAEncryption", Some("md2")),
        "1.2.840.113549.1.1.4" => ("md5WithRSAEncryption", Some("md5")),
        "1.2.840.113549.1.1.5" => ("sha1WithRSAEncryption", Some("sha1")),
        "1.2.840.113549.1.1.14" => ("sha224WithRSAEncryption", Some("sha224")),
        "1.2.840.113549.1.1.11" => ("sha256WithRSAEncryption", Some("sha256")),
        "1.2.840.113549.1.1.12" => ("sha384WithRSAEncryption", Some("sha384")),
        "1.2.840.113549.1.1.13" => ("sha512WithRSAEncryption", Some("sha512")),
        "1.2.840.113549.1.1.10" => ("rsassaPss", pss_hash(algorithm)),
        "1.2.840.10045.4.1" => ("ecdsa-with-SHA1", Some("sha1")),
        "1.2.840.10045.4.3.1" => ("ecdsa-with-SHA224", Some("sha224")),
        "1.2.840.10045.4.3.2" => ("ecdsa-with-SHA256", Some("sha256")),
        "1.2.840.10045.4.3.3" => ("ecdsa-with-SHA384", Some("sha384")),
        "1.2.840.10045.4.3.4" => ("ecdsa-with-SHA512", Some("sha512")),
        "1.2.840.10040.4.3" => ("dsaWithSHA1", Some("sha1")),
        "2.16.840.1.101.3.4.3.2" => ("dsa_with_SHA256", Some("sha256")),
        "1.3.101.112" => ("ED25519", None),
        "1.3.101.113" => ("ED448", None),
        _ => return (oid, None),
    };
    (name.to_owned(), hash)
}

/// RSASSA-PSS names its digest in a parameter, SHA-1 when absent (RFC 4055).
fn pss_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    match SignatureAlgorithm::try_from(algorithm).ok()? {
        SignatureAlgorithm::RSASSA_PSS(parameters) => match parameters.hash_algorithm_oid().to_id_string().as_str() {
            "1.3.14.3.2.26" => Some("sha1"),
            "2.16.840.1.101.3.4.2.4" => Some("sha224"),
            "2.16.840.1.101.3.4.2.1" => Some("sha256"),
            "2.16.840.1.101.3.4.2.2" => Some("sha384"),
            "2.16.840.1.101.3.4.2.3" => Some("sha512"),
            _ => None,
        },
        _ => None,
    }
}

impl Certificate {
    /// The kind of key in words: `EC P-521`, `RSA 1024`.
    pub(super) fn key_words(&self) -> String {
        let bits = self.key_bits.map(|bits| bits.to_string());
        let detail = self.key_curve.clone().or(bits).unwrap_or_default();
        format!("{} {detail}", self.key_algorithm).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    fn row(name: &str) -> Certificate {
        let path = format!("{}/tests/connection/pki/{name}.crt", env!("CARGO_MANIFEST_DIR"));
        Certificate::read(&CertificateDer::from_pem_file(path).unwrap(), 0, "served")
    }

    #[test]
    fn keys_and_signatures_are_told_by_oid() {
        let cases = [
            ("rsa1024", "RSA", None, Some(1024), "sha256WithRSAEncryption", Some("sha256")),
            ("sha1", "RSA", None, Some(2048), "sha1WithRSAEncryption", Some("sha1")),
            ("p521", "EC", Some("P-521"), Some(521), "ecdsa-with-SHA512", Some("sha512")),
            ("rsapss", "RSA-PSS", None, Some(2048), "rsassaPss", Some("sha256")),
            ("ed25519", "Ed25519", None, Some(256), "ED25519", None),
            ("cnonly", "EC", Some("P-256"), Some(256), "ecdsa-with-SHA256", Some("sha256")),
        ];
        for (name, key, curve, bits, signature, hash) in cases {
            let row = row(name);
            assert_eq!((row.key_algorithm, row.key_curve.as_deref(), row.key_bits), (key, curve, bits), "{name}");
            assert_eq!((row.signature_algorithm.as_str(), row.signature_hash), (signature, hash), "{name}");
        }
    }

    #[test]
    fn absence_is_not_false() {
        let old = row("v1");
        assert_eq!((old.version, old.is_ca, old.server_auth, old.san.as_str()), (1, None, None, "[]"));
        let ca = row("selfca");
        assert_eq!((ca.version, ca.is_ca, ca.self_signed, ca.path_len), (3, Some(true), true, None));
        assert_eq!(ca.san, "[\"DNS:localhost\",\"IP:127.0.0.1\"]");
        assert_eq!((ca.common_name.as_deref(), ca.subject.as_str()), (Some("localhost"), "CN=localhost"));
        assert!((ca.lifetime_days - 36_500.0).abs() < 1.0 && ca.not_before.ends_with('Z'), "{}", ca.not_before);
    }

    #[test]
    fn what_is_no_certificate_is_still_a_row() {
        let row = Certificate::read(&CertificateDer::from(vec![1, 2, 3]), 1, "served");
        assert_eq!((row.subject.as_str(), row.purpose, row.position), ("(unreadable certificate)", "intermediate", 1));
        assert_eq!(row.sha256, "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81");
    }
}
