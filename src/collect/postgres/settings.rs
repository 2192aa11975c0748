//! Settings as facts: the server's own value told apart from what the scanner's session was given, and normalised.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::decode::Record;
use crate::evidence::Rows;

/// Sources that belong to the scanner's session, and not to the server as a whole (`pg_settings.source`).
const MASKING: [(&str, &str); 6] = [
    ("client", "client"),
    ("session", "session"),
    ("user", "role"),
    ("database user", "role in this database"),
    ("database", "database"),
    ("global", "role (ALTER ROLE ALL)"),
];

/// Commands and connection strings: only whether they are set is kept.
const NOT_KEPT: [&str; 7] = [
    "archive_command",
    "archive_cleanup_command",
    "primary_conninfo",
    "recovery_end_command",
    "restore_command",
    "ssl_passphrase_command",
    "krb_server_keyfile",
];

/// Modules whose settings are known to hold no secret.
const KNOWN_MODULES: [&str; 12] = [
    "auth_delay",
    "auto_explain",
    "basic_archive",
    "credcheck",
    "passwordcheck",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_trgm",
    "pgaudit",
    "plpgsql",
    "postgres_fdw",
    "set_user",
];

/// Settings that a plain role cannot see (GUC_SUPERUSER_ONLY), measured on 13 to 18.
const HIDDEN: [(&str, i64, i64); 27] = [
    ("config_file", 13, 99),
    ("data_directory", 13, 99),
    ("dynamic_library_path", 13, 99),
    ("extension_control_path", 18, 99),
    ("extension_destdir", 99, 99),
    ("external_pid_file", 13, 99),
    ("hba_file", 13, 99),
    ("ident_file", 13, 99),
    ("jit_provider", 13, 99),
    ("krb_server_keyfile", 13, 99),
    ("log_directory", 13, 99),
    ("log_filename", 13, 99),
    ("oauth_validator_libraries", 18, 99),
    ("primary_conninfo", 13, 99),
    ("session_preload_libraries", 13, 99),
    ("shared_preload_libraries", 13, 99),
    ("ssl_ciphers", 13, 99),
    ("ssl_dh_params_file", 13, 99),
    ("ssl_ecdh_curve", 13, 17),
    ("ssl_groups", 18, 99),
    ("ssl_max_protocol_version", 13, 99),
    ("ssl_min_protocol_version", 13, 99),
    ("ssl_passphrase_command", 13, 99),
    ("ssl_tls13_ciphers", 18, 99),
    ("stats_temp_directory", 13, 14),
    ("unix_socket_directories", 13, 99),
    ("archive_library", 99, 99),
];

/// What a setting is, for judging overrides of it.
#[derive(Clone, Debug)]
struct Kind {
    vartype: String,
    unit: Option<String>,
}

/// The settings of one cluster, put together from its sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    rows: BTreeMap<String, Vec<Value>>,
    masked: BTreeSet<String>,
    kinds: BTreeMap<String, Kind>,
}

const COLUMNS: [&str; 12] = [
    "name",
    "hidden",
    "value",
    "number",
    "unit",
    "context",
    "vartype",
    "source",
    "masked_by",
    "boot_value",
    "pending_restart",
    "module",
];

/// Names that may be hidden on some major, to ask the server about.
#[must_use]
pub fn candidates() -> Vec<&'static str> {
    HIDDEN.iter().map(|(name, ..)| *name).collect()
}

impl Settings {
    /// Reads `pg_settings` of a session. What an earlier session could not tell apart from an override of its own is
    /// taken from a later one (in another database) that can.
    pub(super) fn add(&mut self, records: &[Record]) {
        for record in records {
            let name = text(record, "name");
            if self.rows.contains_key(&name) && !self.masked.contains(&name) {
                continue;
            }
            let row = row(record);
            let kind = Kind { vartype: text(record, "vartype"), unit: optional(record, "unit") };
            self.kinds.insert(name.clone(), kind);
            if row[8].is_null() {
                self.masked.remove(&name);
            } else {
                self.masked.insert(name.clone());
            }
            self.rows.insert(name, row);
        }
    }

    /// Adds a row for every setting that exists and was not seen.
    pub(super) fn add_hidden(&mut self, major: i64, found: Option<&BTreeSet<String>>) {
        for (name, since, until) in HIDDEN {
            // an old name is answered for the new one (ssl_ecdh_curve on 18), and has no row of its own
            let exists = major <= until && found.map_or(since <= major, |names| names.contains(name));
            if exists && !self.rows.contains_key(name) {
                let mut row = vec![Value::Null; COLUMNS.len()];
                (row[0], row[1]) = (json!(name), json!(1));
                self.rows.insert(name.to_owned(), row);
            }
        }
    }

    /// Names of settings that the role may not see.
    pub(super) fn hidden(&self) -> Vec<&str> {
        self.rows.iter().filter(|(_, row)| row[1] == json!(1)).map(|(name, _)| name.as_str()).collect()
    }

    /// Settings whose server-wide value an override of the scanner's own hides, with what hides it.
    pub(super) fn masked(&self) -> Vec<(String, String)> {
        let by = |name: &String| self.rows.get(name).and_then(|row| row[8].as_str()).map(str::to_owned);
        // every client names its encoding: that says nothing about the server, and is no gap in what was seen of it
        let of_interest = self.masked.iter().filter(|name| *name != "client_encoding");
        of_interest.filter_map(|name| Some((name.clone(), by(name)?))).collect()
    }

    /// The fact's rows.
    pub(super) fn rows(&self) -> Rows {
        let mut rows = Rows::new(&COLUMNS);
        rows.values = self.rows.values().cloned().collect();
        rows
    }

    /// `ALTER … SET` entries (`name=value`) as rows of `setting_override`.
    pub(super) fn overrides(&self, records: &[Record]) -> Rows {
        let mut rows = Rows::new(&[
            "role",
            "database",
            "role_identity",
            "database_identity",
            "name",
            "value",
            "number",
            "custom",
            "length",
        ]);
        for record in records {
            let entry = text(record, "entry");
            let (name, value) = entry.split_once('=').unwrap_or((&entry, ""));
            let kind = self.kinds.get(name);
            let known = !name.contains('.') || known_module(name);
            let (kept, number) = match kind {
                _ if !known => (None, None),
                Some(kind) => normalised(kind, value),
                None => (Some(value.to_owned()), None),
            };
            let kept = kept.map(|v| kept_text(name, v));
            let from = |key: &str| record.get(key).cloned().unwrap_or(Value::Null);
            rows.values.push(vec![
                from("role"),
                from("database"),
                from("role_identity"),
                from("database_identity"),
                json!(name),
                json!(kept),
                json!(number),
                json!(i64::from(!known)),
                json!(value.chars().count()),
            ]);
        }
        rows
    }
}

fn row(record: &Record) -> Vec<Value> {
    let name = text(record, "name");
    let source = text(record, "source");
    let masked = MASKING.iter().find(|(word, _)| *word == source).map(|(_, who)| *who);
    let module = name.split_once('.').map(|(module, _)| module.to_owned());
    let kept = module.as_deref().is_none_or(|_| known_module(&name));
    let value = optional(record, "reset_val").filter(|_| masked.is_none());
    let unit = optional(record, "unit");
    let number = value.as_deref().and_then(|v| number(&text(record, "vartype"), unit.as_deref(), v)).filter(|_| kept);
    // modes of files: reset_val is decimal, and nobody reads 416 as 0640
    let octal = optional(record, "setting").filter(|s| s.len() == 4 && s.starts_with('0'));
    let value = value.map(|value| octal.filter(|_| text(record, "vartype") == "integer").unwrap_or(value));
    vec![
        json!(name),
        json!(0),
        json!(value.map(|v| if kept { kept_text(&name, v) } else { "(not kept)".into() })),
        json!(number),
        json!(unit),
        record.get("context").cloned().unwrap_or(Value::Null),
        record.get("vartype").cloned().unwrap_or(Value::Null),
        json!(source),
        json!(masked),
        json!(optional(record, "boot_val").filter(|_| kept).map(|v| kept_text(&name, v))),
        record.get("pending_restart").cloned().unwrap_or(Value::Null),
        json!(module),
    ]
}

fn known_module(name: &str) -> bool {
    name.split_once('.').is_some_and(|(module, _)| KNOWN_MODULES.contains(&module))
}

fn kept_text(name: &str, value: String) -> String {
    if NOT_KEPT.contains(&name) && !value.is_empty() { "(set)".into() } else { value }
}

/// A value of `pg_settings` in its base unit, as a number: ms, bytes, 0/1.
fn number(vartype: &str, unit: Option<&str>, value: &str) -> Option<f64> {
    match vartype {
        "bool" => boolean(value).map(|on| f64::from(u8::from(on))),
        "integer" | "real" => {
            let number: f64 = value.parse().ok()?;
            // -1 and 0 are words of their own in most settings, not sizes
            Some(if number > 0.0 { number * unit.map_or(Some(1.0), factor)? } else { number })
        }
        _ => None,
    }
}

/// What somebody wrote in ALTER … SET, spelled as `pg_settings` would, with its number.
fn normalised(kind: &Kind, written: &str) -> (Option<String>, Option<f64>) {
    match kind.vartype.as_str() {
        "bool" => match boolean(written) {
            Some(on) => (Some(if on { "on" } else { "off" }.into()), Some(f64::from(u8::from(on)))),
            None => (Some(written.into()), None),
        },
        "enum" => (Some(written.to_lowercase()), None),
        "integer" | "real" => {
            let trimmed = written.trim();
            let digits =
                trimmed.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(trimmed.len());
            let (count, unit) = (trimmed[..digits].parse::<f64>().ok(), trimmed[digits..].trim());
            let base = kind.unit.as_deref().map_or(Some(1.0), factor);
            let scale = if unit.is_empty() { base } else { factor(unit) };
            match (count, base, scale) {
                (Some(count), Some(base), Some(scale)) if count > 0.0 => {
                    (Some((count * scale / base).to_string()), Some(count * scale))
                }
                (Some(count), ..) => (Some(count.to_string()), Some(count)),
                _ => (Some(written.into()), None),
            }
        }
        _ => (Some(written.into()), None),
    }
}

/// PostgreSQL's spellings of a boolean, any unique prefix of them included (`parse_bool`).
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let prefix = |word: &str, least: usize| text.len() >= least && word.starts_with(text.as_str());
    if text == "1" || prefix("true", 1) || prefix("yes", 1) || prefix("on", 2) {
        return Some(true);
    }
    (text == "0" || prefix("false", 1) || prefix("no", 1) || prefix("off", 2)).then_some(false)
}

/// How many ms or bytes a unit is. `8kB` and the like are PostgreSQL's block units.
fn factor(unit: &str) -> Option<f64> {
    let digits = unit.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let many: f64 = if digits == 0 { 1.0 } else { unit[..digits].parse().ok()? };
    let one = match &unit[digits..] {
        "B" | "ms" => 1.0,
        "us" => 0.001,
        "s" => 1000.0,
        "kB" => 1024.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        "MB" => 1_048_576.0,
        "GB" => 1_073_741_824.0,
        "TB" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(many * one)
}

fn text(record: &Record, key: &str) -> String {
    // name, vartype and source are NOT NULL in pg_settings; an empty name would be refused by the fact table
    record.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

fn optional(record: &Record, key: &str) -> Option<String> {
    record.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, vartype: &str, unit: Option<&str>, source: &str, reset: &str) -> Record {
        let value = json!({"name": name, "setting": reset, "unit": unit, "context": "user", "vartype": vartype,
            "source": source, "boot_val": "0", "reset_val": reset, "pending_restart": 0});
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn numbers_are_ms_bytes_and_bits() {
        assert_eq!(number("integer", Some("8kB"), "16384"), Some(134_217_728.0));
        assert_eq!(number("integer", Some("s"), "30"), Some(30_000.0));
        assert_eq!(number("integer", Some("ms"), "-1"), Some(-1.0));
        assert_eq!(number("bool", None, "on"), Some(1.0));
        assert_eq!(number("enum", None, "ddl"), None);
    }

    #[test]
    fn overrides_are_spelled_as_pg_settings_spells_them() {
        let ms = Kind { vartype: "integer".into(), unit: Some("ms".into()) };
        assert_eq!(normalised(&ms, "5min"), (Some("300000".into()), Some(300_000.0)));
        assert_eq!(normalised(&ms, "250"), (Some("250".into()), Some(250.0)));
        assert_eq!(normalised(&ms, "0"), (Some("0".into()), Some(0.0)));
        let bool_ = Kind { vartype: "bool".into(), unit: None };
        assert_eq!(normalised(&bool_, "FALSE").0.unwrap(), "off");
        assert_eq!(boolean("o"), None);
    }

    #[test]
    fn an_override_of_the_scanners_own_masks_until_another_database_shows_the_value() {
        let mut settings = Settings::default();
        settings.add(&[record("log_statement", "enum", None, "database", "none")]);
        assert_eq!(settings.rows().values[0][2], Value::Null);
        settings.add(&[record("log_statement", "enum", None, "configuration file", "ddl")]);
        assert_eq!(settings.rows().values[0][2], json!("ddl"));
        settings.add(&[record("log_statement", "enum", None, "database", "none")]);
        assert_eq!(settings.rows().values[0][2], json!("ddl"));
    }

    #[test]
    fn custom_values_commands_and_conninfo_are_not_kept() {
        let mut settings = Settings::default();
        settings.add(&[record("primary_conninfo", "string", None, "configuration file", "password=x")]);
        let rows = settings.overrides(&[json!({"role": "a", "database": null, "entry": "app.jwt_secret=hunter2"})
            .as_object()
            .cloned()
            .unwrap()]);
        let loaded = |value| record("vault.token", "string", None, "configuration file", value);
        settings.add(&[loaded("hunter3")]);
        let entry = json!({"role": "a", "database": null, "entry": "vault.token=hunter4"});
        let of_module = settings.overrides(&[entry.as_object().cloned().unwrap()]);
        assert_eq!(of_module.values[0][7], json!(1), "a module that nobody knows may keep a secret there");
        let all = format!("{:?}{:?}{:?}", settings.rows(), rows, of_module);
        assert!(!all.contains("hunter3") && !all.contains("hunter4"), "{all}");
        assert!(!all.contains("password=x") && !all.contains("hunter2") && all.contains("(set)"));
        assert_eq!(rows.values[0][8], json!(7), "its length is kept");
    }

    #[test]
    fn hidden_settings_have_a_row() {
        let mut settings = Settings::default();
        settings.add_hidden(17, None);
        assert!(settings.hidden().contains(&"ssl_ecdh_curve") && !settings.hidden().contains(&"ssl_groups"));
        let mut settings = Settings::default();
        settings.add_hidden(18, Some(&BTreeSet::from(["ssl_ecdh_curve".to_owned(), "ssl_groups".to_owned()])));
        assert_eq!(settings.hidden(), ["ssl_groups"]);
    }
}
