//! Every key libpq knows (up to 18), its environment variable, and what we make of it.

use super::given::{Given, Parameters};
use super::{ConninfoError, Origin};

/// How far a key is supported.
pub(super) enum Support {
    /// Read and obeyed.
    Full,
    /// Only these values, which change nothing, are accepted; the text says what to do instead.
    Only(&'static [&'static str], &'static str),
    /// Accepted and without effect here; a warning says so.
    NoEffect,
}

/// A connection parameter of libpq.
pub(super) struct Keyword {
    pub(super) key: &'static str,
    pub(super) env: Option<&'static str>,
    pub(super) support: Support,
}

const fn full(key: &'static str, env: Option<&'static str>) -> Keyword {
    Keyword { key, env, support: Support::Full }
}

const fn only(
    key: &'static str,
    env: Option<&'static str>,
    harmless: &'static [&'static str],
    why: &'static str,
) -> Keyword {
    Keyword { key, env, support: Support::Only(harmless, why) }
}

const fn idle(key: &'static str, env: Option<&'static str>) -> Keyword {
    Keyword { key, env, support: Support::NoEffect }
}

const NO_GSS: &str = "only TLS and clear connections can be audited; remove it or set gssencmode=disable";
const NO_CRL: &str = "revocation lists are not read; remove it, and check revocation where the certificate is issued";
const NO_OPTIONS: &str = "the scanner uses no startup options, because they change the settings it reads; remove it";
const NO_ANY: &str = "remove it";
const NO_OAUTH: &str = "OAuth log-in is not supported; use a password or a client certificate";
const NO_RANGE: &str = "TLS 1.2 and 1.3 are offered; remove it";

/// The whole list; `service` and `servicefile` come first in effect, not in order.
pub(super) static KEYWORDS: &[Keyword] = &[
    full("host", Some("PGHOST")),
    full("hostaddr", Some("PGHOSTADDR")),
    full("port", Some("PGPORT")),
    full("dbname", Some("PGDATABASE")),
    full("user", Some("PGUSER")),
    full("password", Some("PGPASSWORD")),
    full("passfile", Some("PGPASSFILE")),
    full("service", Some("PGSERVICE")),
    full("servicefile", Some("PGSERVICEFILE")),
    full("sslmode", Some("PGSSLMODE")),
    full("sslrootcert", Some("PGSSLROOTCERT")),
    full("sslcert", Some("PGSSLCERT")),
    full("sslkey", Some("PGSSLKEY")),
    full("sslnegotiation", Some("PGSSLNEGOTIATION")),
    full("channel_binding", Some("PGCHANNELBINDING")),
    full("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    full("application_name", Some("PGAPPNAME")),
    full("fallback_application_name", None),
    only("options", Some("PGOPTIONS"), &[], NO_OPTIONS),
    only(
        "client_encoding",
        Some("PGCLIENTENCODING"),
        &["UTF8", "utf8", "UTF-8", "utf-8", "auto"],
        "the scanner speaks UTF8; remove it",
    ),
    only("replication", None, &["false", "off", "no", "0"], "a replication connection cannot be audited; remove it"),
    only("target_session_attrs", Some("PGTARGETSESSIONATTRS"), &["any"], "name the one server to scan instead"),
    only("load_balance_hosts", Some("PGLOADBALANCEHOSTS"), &["disable"], "name the one server to scan instead"),
    only("require_auth", Some("PGREQUIREAUTH"), &[], "the method in use is reported instead; remove it"),
    only("requirepeer", Some("PGREQUIREPEER"), &[], NO_ANY),
    only("requiressl", Some("PGREQUIRESSL"), &["0"], "use sslmode=require"),
    only(
        "sslcertmode",
        Some("PGSSLCERTMODE"),
        &["allow", "disable"],
        "a client certificate is sent when one is given; remove it",
    ),
    only("sslpassword", None, &[], "encrypted client keys are not supported; decrypt the key into a file of mode 0600"),
    only("sslcrl", Some("PGSSLCRL"), &[], NO_CRL),
    only("sslcrldir", Some("PGSSLCRLDIR"), &[], NO_CRL),
    only("sslsni", Some("PGSSLSNI"), &["1"], "the host name is always sent; remove it"),
    only("sslcompression", Some("PGSSLCOMPRESSION"), &["0"], "TLS compression is unsafe; remove it"),
    only("sslkeylogfile", None, &[], "session keys are never written; remove it"),
    only("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), &["TLSv1", "TLSv1.1", "TLSv1.2"], NO_RANGE),
    only("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), &["TLSv1.3"], NO_RANGE),
    only("min_protocol_version", Some("PGMINPROTOCOLVERSION"), &["3.0"], "protocol 3.0 is spoken; remove it"),
    only(
        "max_protocol_version",
        Some("PGMAXPROTOCOLVERSION"),
        &["3.0", "3.2", "latest"],
        "protocol 3.0 is spoken; remove it",
    ),
    only("gssencmode", Some("PGGSSENCMODE"), &["disable", "prefer"], NO_GSS),
    only("gssdelegation", Some("PGGSSDELEGATION"), &["0"], NO_GSS),
    only("scram_client_key", None, &[], "give the password instead"),
    only("scram_server_key", None, &[], "give the password instead"),
    only("oauth_issuer", None, &[], NO_OAUTH),
    only("oauth_client_id", None, &[], NO_OAUTH),
    only("oauth_client_secret", None, &[], NO_OAUTH),
    only("oauth_scope", None, &[], NO_OAUTH),
    only("authtype", None, &[], NO_ANY),
    idle("krbsrvname", Some("PGKRBSRVNAME")),
    idle("gsslib", Some("PGGSSLIB")),
    idle("keepalives", None),
    idle("keepalives_idle", None),
    idle("keepalives_interval", None),
    idle("keepalives_count", None),
    idle("tcp_user_timeout", None),
    idle("datestyle", Some("PGDATESTYLE")),
    idle("timezone", Some("PGTZ")),
    idle("geqo", Some("PGGEQO")),
];

/// Session settings that libpq reads from the environment alone: they are no keys of a connection string.
const ENVIRONMENT_ONLY: &[&str] = &["datestyle", "timezone", "geqo", "requiressl"];

/// Finds a key of a connection string, URL, service file or policy.
pub(super) fn known(key: &str, origin: &Origin) -> Result<&'static Keyword, ConninfoError> {
    let found = KEYWORDS.iter().find(|known| known.key == key && !ENVIRONMENT_ONLY.contains(&key));
    found.ok_or_else(|| ConninfoError::UnknownKey {
        key: key.escape_debug().to_string(),
        origin: origin.clone(),
        nearest: nearest(key),
    })
}

/// Refuses values we would have to ignore; returns a warning for each that has no effect.
pub(super) fn refuse_unsupported(parameters: &Parameters) -> Result<Vec<String>, ConninfoError> {
    let mut warnings = Vec::new();
    for (key, Given { value, origin }) in parameters.iter() {
        match KEYWORDS.iter().find(|known| known.key == key).map(|known| &known.support) {
            Some(Support::Only(harmless, why)) if !harmless.contains(&value.as_str()) => {
                return Err(ConninfoError::Unsupported { key: key.to_owned(), origin: origin.clone(), why });
            }
            Some(Support::NoEffect) => {
                warnings.push(format!("\"{key}\", set by the {origin}, has no effect here"));
            }
            _ => {}
        }
    }
    Ok(warnings)
}

/// The known key that differs least, if it differs by little.
fn nearest(key: &str) -> Option<&'static str> {
    let scored = KEYWORDS.iter().map(|known| (distance(key, known.key), known.key));
    scored.min().filter(|(distance, known)| *distance <= (known.len() / 3).max(2)).map(|(_, known)| known)
}

/// Levenshtein's distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, right) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_names_the_right_one() {
        let error = known("sslmod", &Origin::Url).err().unwrap().to_string();
        assert_eq!(error, "unknown connection parameter \"sslmod\" in the connection URL (did you mean \"sslmode\"?)");
    }

    #[test]
    fn a_strange_key_suggests_nothing() {
        let error = known("zzzzzz", &Origin::Url).err().unwrap().to_string();
        assert_eq!(error, "unknown connection parameter \"zzzzzz\" in the connection URL");
    }

    #[test]
    fn keys_and_variables_are_unique() {
        for (at, keyword) in KEYWORDS.iter().enumerate() {
            assert!(KEYWORDS[..at].iter().all(|other| other.key != keyword.key), "{}", keyword.key);
            assert!(KEYWORDS[..at].iter().all(|other| other.env.is_none() || other.env != keyword.env));
        }
    }
}
