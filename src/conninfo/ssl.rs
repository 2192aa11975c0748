//! The `ssl*` parameters: libpq's words and rules, but for the stronger default.

use std::path::Path;

use super::ConninfoError;
use super::given::{Given, Parameters};
use super::settings::{ChannelBinding, ClientCertificate, RootCertificates, SslMode, SslNegotiation};

const MODES: [SslMode; 5] =
    [SslMode::Disable, SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull];

/// `sslmode`, `verify-full` when nobody chose.
pub(super) fn mode(parameters: &Parameters) -> Result<SslMode, ConninfoError> {
    let Some(given) = parameters.given("sslmode") else {
        return Ok(SslMode::VerifyFull);
    };
    if given.value == "allow" {
        let (key, origin) = ("sslmode=allow".to_owned(), given.origin.clone());
        return Err(ConninfoError::Unsupported { key, origin, why: "use sslmode=prefer" });
    }
    let found = MODES.into_iter().find(|mode| mode.to_string() == given.value);
    found.ok_or_else(|| invalid("sslmode", given, "disable, prefer, require, verify-ca or verify-full"))
}

/// `sslrootcert`: a path, the word `system`, or `~/.postgresql/root.crt`.
pub(super) fn roots(
    parameters: &Parameters,
    home: Option<&Path>,
    mode: SslMode,
) -> Result<RootCertificates, ConninfoError> {
    match (parameters.text("sslrootcert"), home) {
        (Some("system"), _) if mode < SslMode::VerifyFull => Err(ConninfoError::Conflict {
            what: format!("sslmode={mode} may not be used with sslrootcert=system: use sslmode=verify-full"),
        }),
        (Some("system"), _) => Ok(RootCertificates::System),
        (Some(path), _) => Ok(RootCertificates::File(path.into())),
        (None, Some(home)) => Ok(RootCertificates::Default(home.join(".postgresql/root.crt"))),
        (None, None) => Ok(RootCertificates::None),
    }
}

/// `sslcert` and `sslkey`, by default the files in `~/.postgresql` if they are there; `sslcertmode=disable` sends none.
pub(super) fn client_certificate(
    parameters: &Parameters,
    home: Option<&Path>,
) -> Result<Option<ClientCertificate>, ConninfoError> {
    if parameters.text("sslcertmode") == Some("disable") {
        return Ok(None);
    }
    let folder = home.map(|home| home.join(".postgresql"));
    let default = folder.as_ref().map(|folder| folder.join("postgresql.crt")).filter(|path| path.is_file());
    let Some(certificate) = parameters.text("sslcert").map(Into::into).or(default) else {
        return match parameters.given("sslkey") {
            Some(key) => Err(ConninfoError::Conflict {
                what: format!("the {} gives sslkey without sslcert: name both", key.origin),
            }),
            None => Ok(None),
        };
    };
    let key = parameters.text("sslkey").map(Into::into).or(folder.map(|folder| folder.join("postgresql.key")));
    let key =
        key.ok_or_else(|| ConninfoError::Conflict { what: "sslcert is given without sslkey: name both".into() })?;
    Ok(Some(ClientCertificate { certificate, key }))
}

/// `sslnegotiation`; `direct` needs a mode that never falls back, as in libpq.
pub(super) fn negotiation(parameters: &Parameters, mode: SslMode) -> Result<SslNegotiation, ConninfoError> {
    match parameters.given("sslnegotiation") {
        None => Ok(SslNegotiation::Postgres),
        Some(given) if given.value == "postgres" => Ok(SslNegotiation::Postgres),
        Some(given) if given.value != "direct" => Err(invalid("sslnegotiation", given, "postgres or direct")),
        Some(_) if mode < SslMode::Require => Err(ConninfoError::Conflict {
            what: format!("sslmode={mode} may not be used with sslnegotiation=direct: use require or stronger"),
        }),
        Some(_) => Ok(SslNegotiation::Direct),
    }
}

/// `channel_binding`; `require` needs TLS.
pub(super) fn channel_binding(parameters: &Parameters, encrypted: bool) -> Result<ChannelBinding, ConninfoError> {
    match parameters.given("channel_binding") {
        None => Ok(ChannelBinding::Prefer),
        Some(given) => match given.value.as_str() {
            "disable" => Ok(ChannelBinding::Disable),
            "prefer" => Ok(ChannelBinding::Prefer),
            "require" if encrypted => Ok(ChannelBinding::Require),
            "require" => Err(ConninfoError::Conflict {
                what: format!(
                    "the {} asks for channel_binding=require, which needs TLS: not a Unix socket, not sslmode=disable",
                    given.origin
                ),
            }),
            _ => Err(invalid("channel_binding", given, "disable, prefer or require")),
        },
    }
}

/// The error for a value that is none of the words expected.
pub(super) fn invalid(key: &'static str, given: &Given, expected: &'static str) -> ConninfoError {
    ConninfoError::Invalid { key, value: given.value.clone(), origin: given.origin.clone(), expected }
}
