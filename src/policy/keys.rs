//! Every key of the policy that a check can read: its kind, its default, and the loosest value that can still pass.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A list of texts: roles, networks, extensions.
    List,
    /// A list of `NAME: DURATION`.
    Periods,
    /// One text.
    Text,
    /// A number.
    Count,
    /// A number of days.
    Days,
    /// A duration as PostgreSQL writes it (`5min`), or milliseconds.
    Duration,
    /// A size as PostgreSQL writes it (`10GB`), or bytes.
    Bytes,
    /// true or false.
    Bool,
}

/// On which side of its floor a value is too loose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// More than the floor is too loose.
    AtMost,
    /// Less than the floor is too loose.
    AtLeast,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.name`
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// As it would be written in the file; absent: none.
    pub default: Option<&'static str>,
    /// The loosest value under which a check can pass.
    pub floor: Option<(&'static str, Bound)>,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, default: None, floor: None }
}

const fn with(name: &'static str, kind: Kind, default: &'static str) -> Key {
    Key { name, kind, default: Some(default), floor: None }
}

const fn bounded(name: &'static str, kind: Kind, default: &'static str, floor: &'static str, bound: Bound) -> Key {
    Key { name, kind, default: Some(default), floor: Some((floor, bound)) }
}

/// All keys. `roles.allow.*` besides: the attributes below, and every predefined role (`pg_…`).
pub const KEYS: &[Key] = &[
    key("roles.owner", Kind::List),
    key("roles.application", Kind::List),
    key("roles.read_only", Kind::List),
    key("roles.backup", Kind::List),
    key("roles.admin", Kind::List),
    key("roles.people", Kind::List),
    key("roles.service", Kind::List),
    key("roles.passwordless", Kind::List),
    key("roles.allow.superuser", Kind::List),
    key("roles.allow.createrole", Kind::List),
    key("roles.allow.createdb", Kind::List),
    key("roles.allow.replication", Kind::List),
    key("roles.allow.bypassrls", Kind::List),
    key("roles.allow.admin_option", Kind::List),
    key("roles.allow.grant_option", Kind::List),
    key("schemas.application", Kind::List),
    key("schemas.read_only", Kind::List),
    key("network.allowed", Kind::List),
    with("network.local", Kind::List, "127.0.0.0/8 ::1/128"),
    key("auth.external", Kind::List),
    with("tls.fips", Kind::Bool, "false"),
    key("tls.certificate_names", Kind::List),
    bounded("password.max_age_days", Kind::Days, "90", "365", Bound::AtMost),
    bounded("password.min_length", Kind::Count, "24", "16", Bound::AtLeast),
    bounded("password.min_iterations", Kind::Count, "4096", "4096", Bound::AtLeast),
    bounded("certificate.warn_days", Kind::Days, "30", "7", Bound::AtLeast),
    with("certificate.max_days", Kind::Days, "398"),
    bounded("limits.statement_timeout", Kind::Duration, "5min", "1h", Bound::AtMost),
    bounded("limits.idle_in_transaction", Kind::Duration, "10min", "1h", Bound::AtMost),
    bounded("limits.idle_session", Kind::Duration, "15min", "1h", Bound::AtMost),
    with("limits.max_connections", Kind::Count, "100"),
    with("limits.slow_query", Kind::Duration, "1s"),
    key("limits.failed_logins", Kind::Count),
    with("rls.tenant_column", Kind::Text, "tenant_id"),
    key("rls.reviewed_functions", Kind::List),
    key("rls.publications", Kind::List),
    with("logging.all_statements", Kind::Bool, "false"),
    key("logging.phi_tables", Kind::List),
    key("backup.method", Kind::Text),
    bounded("backup.max_age", Kind::Duration, "24h", "7d", Bound::AtMost),
    with("backup.restore_test", Kind::Duration, "90d"),
    with("backup.archive_lag", Kind::Count, "2"),
    with("backup.wal_held", Kind::Bytes, "10GB"),
    key("extensions.allow", Kind::List),
    key("extensions.languages", Kind::List),
    key("extensions.libraries", Kind::List),
    // columns that hold personal data: `app.usertable.email: why it is kept; on what legal ground`
    key("privacy.inventory", Kind::List),
    // columns that mark a row as erased
    with("privacy.erasure", Kind::List, "deleted_at is_deleted"),
    // texts that may stand where a value was erased, beside NULL and the empty text
    with("privacy.erased_values", Kind::List, "DELETED USER"),
    // how long a row that is marked as erased may stay
    key("privacy.retention", Kind::Duration),
    // how old the rows of a table may become, by the column that dates them: `app.audit_log.timestamp: 365d`
    key("privacy.retention_tables", Kind::Periods),
    key("privacy.audit_table", Kind::Text),
    // how old the newest entry of the audit table may be
    bounded("privacy.audit_period", Kind::Duration, "24h", "31d", Bound::AtMost),
    // whether rows of the tables that the keys above name may be counted, never shown
    with("privacy.count_rows", Kind::Bool, "false"),
    key("files.compose", Kind::List),
    key("files.env", Kind::List),
    key("files.secrets", Kind::List),
    key("files.pki", Kind::List),
    key("files.logs", Kind::List),
    key("files.backups", Kind::List),
    key("files.firewall", Kind::List),
    key("files.connection_strings", Kind::List),
];

/// The key of that name; predefined roles under `roles.allow` are all one key.
#[must_use]
pub fn find(name: &str) -> Option<Key> {
    if let Some(found) = KEYS.iter().find(|k| k.name == name) {
        return Some(*found);
    }
    name.strip_prefix("roles.allow.pg_").map(|_| key("roles.allow.pg_", Kind::List))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::to_number;

    #[test]
    fn every_default_lies_on_the_strict_side_of_its_floor() {
        for key in KEYS {
            let (Some(default), Some((floor, bound))) = (key.default, key.floor) else { continue };
            let (default, floor) = (to_number(key.kind, default).unwrap(), to_number(key.kind, floor).unwrap());
            match bound {
                Bound::AtMost => assert!(default <= floor, "{}", key.name),
                Bound::AtLeast => assert!(default >= floor, "{}", key.name),
            }
        }
    }

    #[test]
    fn no_key_is_there_twice() {
        let mut names: Vec<_> = KEYS.iter().map(|k| k.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
    }
}
