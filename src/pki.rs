//! A certificate chain made on the spot, for the demo and the tests: root, intermediate, server, as the guide has it.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd,
};

/// Why certificates could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The library refused: a name that is none, or a key that it cannot read.
    #[error("cannot make the {what} certificate: {source}")]
    Make {
        /// `root`, `intermediate` or `server`.
        what: &'static str,
        /// The library's error.
        source: rcgen::Error,
    },
    /// A file could not be written.
    #[error("{}: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// What kind of key a certificate gets.
#[derive(Clone)]
pub enum KeyType {
    /// ECDSA on P-256, the default.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519. In a CA it makes certificates *signed* with Ed25519, which breaks libpq's channel binding.
    Ed25519,
    /// A key made elsewhere (PKCS#8 in PEM): the way to RSA, which `ring` cannot make but can sign with.
    Pem(String),
}

/// When a certificate is valid.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// Its last moment.
    pub until: DateTime<Utc>,
}

impl Validity {
    /// From a day ago until so many days after that.
    pub fn days(now: DateTime<Utc>, days: i64) -> Self {
        let from = now - TimeDelta::days(1);
        Self { from, until: from + TimeDelta::days(days) }
    }
}

/// What the server certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To be a server, as it must.
    Server,
    /// To be a client only: libpq does not mind, a strict client does.
    Client,
}

/// What chain to make. [`PkiOptions::sound`] is the guide's; tests and the drifted deployment change it.
#[derive(Clone)]
pub struct PkiOptions {
    /// DNS names and addresses of the server, for its SAN; the first is also its common name.
    pub names: Vec<String>,
    /// The root's lifetime.
    pub root: Validity,
    /// The intermediate's lifetime.
    pub intermediate: Validity,
    /// The server certificate's lifetime.
    pub server: Validity,
    /// The key of root and intermediate.
    pub ca_key: KeyType,
    /// The server's key.
    pub server_key: KeyType,
    /// Whether the server sends the intermediate along (`server-chain.crt`).
    pub send_intermediate: bool,
    /// Whether the server certificate signs itself, and the two CAs have nothing to do with it.
    pub self_signed: bool,
    /// The server certificate's extended key usage.
    pub usage: Usage,
}

impl PkiOptions {
    /// The guide's chain as of `now`: root 10 years, intermediate 5, server 1, for `localhost`, the loopback addresses
    /// and `name`.
    pub fn sound(now: DateTime<Utc>, name: &str) -> Self {
        let names = [name, "localhost", "127.0.0.1", "::1"];
        let mut unique: Vec<String> = Vec::new();
        for name in names {
            if !unique.iter().any(|have| have == name) {
                unique.push(name.to_owned());
            }
        }
        Self {
            names: unique,
            root: Validity::days(now, 3650),
            intermediate: Validity::days(now, 1825),
            server: Validity::days(now, 365),
            ca_key: KeyType::P256,
            server_key: KeyType::P256,
            send_intermediate: true,
            self_signed: false,
            usage: Usage::Server,
        }
    }
}

/// A chain in PEM. The CAs' keys are forgotten as soon as they have signed: a root key has no place beside a server.
#[derive(Clone)]
pub struct Pki {
    root: String,
    intermediate: String,
    server: String,
    chain: String,
    key: String,
}

impl fmt::Debug for Pki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pki").field("key", &"***").finish_non_exhaustive()
    }
}

impl Pki {
    /// Makes keys and certificates.
    ///
    /// # Errors
    /// [`PkiError::Make`] for a name that is no DNS name or address, or a key that cannot be read.
    pub fn make(options: &PkiOptions) -> Result<Self, PkiError> {
        let root = Authority::make("root", options.root, &options.ca_key, BasicConstraints::Constrained(1), None)?;
        let none_below = BasicConstraints::Constrained(0);
        let intermediate =
            Authority::make("intermediate", options.intermediate, &options.ca_key, none_below, Some(&root))?;
        let key = make_key("server", &options.server_key)?;
        let params = server_params(options)?;
        let made =
            if options.self_signed { params.self_signed(&key) } else { params.signed_by(&key, &intermediate.issuer()) };
        let server = made.map_err(failed("server"))?.pem();
        let sent = if options.send_intermediate && !options.self_signed { intermediate.pem.as_str() } else { "" };
        let chain = format!("{server}{sent}");
        Ok(Self { root: root.pem, intermediate: intermediate.pem, server, chain, key: key.serialize_pem() })
    }

    /// Writes `root.crt`, `intermediate.crt`, `ca-bundle.crt` (both), `server.crt`, `server-chain.crt` (what the server
    /// sends) and `server.key` (mode 0600) into a folder, replacing what is there.
    ///
    /// # Errors
    /// [`PkiError::Write`].
    pub fn write(&self, folder: &Path) -> Result<(), PkiError> {
        fs::create_dir_all(folder).map_err(|source| PkiError::Write { path: folder.to_owned(), source })?;
        let bundle = format!("{}{}", self.intermediate, self.root);
        let files = [
            ("root.crt", &self.root, 0o644),
            ("intermediate.crt", &self.intermediate, 0o644),
            ("ca-bundle.crt", &bundle, 0o644),
            ("server.crt", &self.server, 0o644),
            ("server-chain.crt", &self.chain, 0o644),
            ("server.key", &self.key, 0o600),
        ];
        for (name, text, mode) in files {
            write_file(&folder.join(name), text, mode)?;
        }
        Ok(())
    }

    /// The root certificate in PEM.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What the server sends, in PEM.
    pub fn chain(&self) -> &str {
        &self.chain
    }
}

/// A CA with its key, while it signs.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

impl Authority {
    fn make(
        what: &'static str,
        validity: Validity,
        key: &KeyType,
        below: BasicConstraints,
        issuer: Option<&Self>,
    ) -> Result<Self, PkiError> {
        let key = make_key(what, key)?;
        let mut params = params(what, &format!("pgcomply demo {what} CA"), &[], validity)?;
        params.is_ca = IsCa::Ca(below);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let made = match issuer {
            Some(issuer) => params.signed_by(&key, &issuer.issuer()),
            None => params.self_signed(&key),
        };
        let pem = made.map_err(failed(what))?.pem();
        Ok(Self { params, key, pem })
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

fn server_params(options: &PkiOptions) -> Result<CertificateParams, PkiError> {
    let name = options.names.first().map_or("localhost", String::as_str);
    let mut params = params("server", name, &options.names, options.server)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match options.usage {
        Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    Ok(params)
}

fn params(
    what: &'static str,
    common_name: &str,
    names: &[String],
    validity: Validity,
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::new(names).map_err(failed(what))?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_epoch(validity.from);
    params.not_after = epoch + since_epoch(validity.until);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Certificates count whole seconds; what lies before 1970 is taken for its first second.
fn since_epoch(moment: DateTime<Utc>) -> Duration {
    Duration::from_secs(u64::try_from(moment.timestamp()).unwrap_or(0))
}

fn make_key(what: &'static str, kind: &KeyType) -> Result<KeyPair, PkiError> {
    let made = match kind {
        KeyType::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyType::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        KeyType::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
        KeyType::Pem(pem) => KeyPair::from_pem(pem),
    };
    made.map_err(failed(what))
}

fn failed(what: &'static str) -> impl Fn(rcgen::Error) -> PkiError {
    move |source| PkiError::Make { what, source }
}

/// Writes a file whole or not at all, and with its mode from the first moment.
fn write_file(path: &Path, text: &str, mode: u32) -> Result<(), PkiError> {
    let at = |source| PkiError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(path);
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(at)?;
    io::Write::write_all(&mut aside, text.as_bytes()).map_err(at)?;
    aside.as_file().set_permissions(Permissions::from_mode(mode)).map_err(at)?;
    aside.persist(path).map_err(|error| at(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn facts(pem: &str) -> Vec<(String, String, i64, bool)> {
        let blocks = x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes());
        let describe = |block: x509_parser::pem::Pem| {
            let cert = block.parse_x509().unwrap();
            let days = (cert.validity.not_after.timestamp() - cert.validity.not_before.timestamp()) / 86_400;
            (cert.subject.to_string(), cert.issuer.to_string(), days, cert.is_ca())
        };
        blocks.map(|block| describe(block.unwrap())).collect()
    }

    #[test]
    fn the_sound_chain_is_the_guides() {
        let pki = Pki::make(&PkiOptions::sound(noon(), "db.example.org")).unwrap();
        let (root, intermediate) = ("CN=pgcomply demo root CA", "CN=pgcomply demo intermediate CA");
        let row = |subject: &str, issuer: &str, days, ca| (subject.to_owned(), issuer.to_owned(), days, ca);
        assert_eq!(facts(pki.root()), [row(root, root, 3650, true)]);
        let server = row("CN=db.example.org", intermediate, 365, false);
        assert_eq!(facts(pki.chain()), [server, row(intermediate, root, 1825, true)]);
    }

    #[test]
    fn knobs_turn() {
        let mut options = PkiOptions::sound(noon(), "localhost");
        options.self_signed = true;
        options.server_key = KeyType::Ed25519;
        assert_eq!(options.names, ["localhost", "127.0.0.1", "::1"]);
        let pki = Pki::make(&options).unwrap();
        assert_eq!(facts(pki.chain()).len(), 1);
        assert_eq!(facts(pki.chain())[0].1, "CN=localhost");
        options.server_key = KeyType::Pem("no key".to_owned());
        assert_eq!(
            Pki::make(&options).unwrap_err().to_string().split(':').next(),
            Some("cannot make the server certificate")
        );
    }

    #[test]
    fn the_key_is_private_and_does_not_print() {
        let pki = Pki::make(&PkiOptions::sound(noon(), "localhost")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        pki.write(folder.path()).unwrap();
        let mode = folder.path().join("server.key").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{pki:?}").contains("PRIVATE"));
    }
}
