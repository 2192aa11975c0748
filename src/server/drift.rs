//! The reference deployment after a few months: `fixtures/drifted/`, each change with the checks that it turns red.

use chrono::TimeDelta;
use postgres_protocol::password::md5;

use super::reference::{HBA, Reference};
use super::{Secret, ServerError};
use crate::pki::{Pki, PkiOptions, Validity};

const SQL: &str = include_str!("../../fixtures/drifted/drifts.sql");
const CONF: &str = include_str!("../../fixtures/drifted/postgresql.conf");
const RULES: &str = include_str!("../../fixtures/drifted/pg_hba.conf");
/// Days that the drifted server certificate has left: inside every horizon, and not yet expired.
const CERTIFICATE_DAYS_LEFT: i64 = 9;

/// Where a drift happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// SQL run in a database.
    Database(String),
    /// Lines of `postgresql.conf`.
    Conf,
    /// Lines of `pg_hba.conf`, put on top.
    Hba,
    /// The server certificate.
    Certificate,
}

/// One change from the reference deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// How it came about, for a person.
    pub story: String,
    /// Ids of the checks that it turns red, alone or with others.
    pub checks: Vec<String>,
    /// Where it happens.
    pub place: Place,
    /// The SQL or the lines; empty for the certificate.
    pub text: String,
}

impl Drift {
    /// All drifts of the drifted deployment, in the order in which they are applied.
    pub fn all() -> Vec<Self> {
        let sql = paragraphs(SQL, "--").map(|(notes, text)| {
            let place = Place::Database(note(&notes, "in:").first().map_or("appdb", String::as_str).to_owned());
            Self::from_notes(&notes, place, text)
        });
        let conf = paragraphs(CONF, "#").map(|(notes, text)| Self::from_notes(&notes, Place::Conf, text));
        let rules = paragraphs(RULES, "#").map(|(notes, text)| Self::from_notes(&notes, Place::Hba, text));
        let certificate = Self {
            story: format!("The yearly renewal was forgotten: {CERTIFICATE_DAYS_LEFT} days are left."),
            checks: vec!["tls/certificate-expiry-horizon".to_owned()],
            place: Place::Certificate,
            text: String::new(),
        };
        sql.chain(conf).chain(rules).chain([certificate]).collect()
    }

    fn from_notes(notes: &[&str], place: Place, text: String) -> Self {
        let keyed = |line: &&&str| line.starts_with("checks:") || line.starts_with("in:");
        let story: Vec<&str> = notes.iter().filter(|line| !keyed(line)).copied().collect();
        Self { story: story.join(" "), checks: note(notes, "checks:"), place, text }
    }
}

impl Reference {
    /// Lets the deployment drift: the certificate, `pg_hba.conf`, roles, grants and objects, and at last the settings
    /// (of which one is left waiting for a restart).
    ///
    /// # Errors
    /// [`ServerError::Sql`] naming the drift that could not be applied; [`ServerError::Io`] for its files.
    pub fn drift(&self) -> Result<(), ServerError> {
        let drifts = Drift::all();
        let lines = |place: Place| -> String {
            drifts.iter().filter(|drift| drift.place == place).map(|drift| drift.text.as_str()).collect()
        };
        self.renew_too_late()?;
        for drift in &drifts {
            if let Place::Database(database) = &drift.place {
                self.apply(database, drift)?;
            }
        }
        self.server().set_hba(&format!("{}{HBA}", lines(Place::Hba)))?;
        self.reconfigure(&lines(Place::Conf))?;
        // the archiver fails on the next segment, not on the drift
        self.server().execute("postgres", "SELECT pg_catalog.pg_switch_wal()")?;
        self.wait_until("SELECT failed_count > 0 FROM pg_catalog.pg_stat_archiver")
    }

    fn apply(&self, database: &str, drift: &Drift) -> Result<(), ServerError> {
        let expired = self.built_at() - TimeDelta::days(30);
        let nobody_knows = Secret::random(24).map(|secret| md5(secret.reveal().as_bytes(), "reporting"));
        let sql = drift
            .text
            .replace("{{expired}}", &expired.format("%Y-%m-%d %H:%M:%S+00").to_string())
            .replace("{{reporting_md5}}", &nobody_knows.unwrap_or_default());
        self.server().execute(database, &sql).map_err(|error| match error {
            ServerError::Sql { what, reason } => {
                ServerError::Sql { what: format!("fixtures/drifted: {} ({what})", drift.story), reason }
            }
            other => other,
        })
    }

    fn renew_too_late(&self) -> Result<(), ServerError> {
        let until = self.built_at() + TimeDelta::days(CERTIFICATE_DAYS_LEFT);
        let mut options = PkiOptions::sound(self.built_at(), self.host());
        options.server = Validity { from: until - TimeDelta::days(365), until };
        options.intermediate.from = options.server.from;
        options.intermediate.until = options.server.from + TimeDelta::days(1825);
        options.root.from = options.server.from;
        options.root.until = options.server.from + TimeDelta::days(3650);
        self.server().set_certificates(&Pki::make(&options)?)
    }
}

/// Runs of comment lines (without their mark) with the lines that follow; a blank line ends what follows, and a run of
/// comments without anything after it is a heading.
fn paragraphs(text: &'static str, mark: &'static str) -> impl Iterator<Item = (Vec<&'static str>, String)> {
    let mut found: Vec<(Vec<&str>, String)> = Vec::new();
    let mut notes: Vec<&str> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix(mark) {
            notes.push(comment.trim());
            open = false;
        } else if line.trim().is_empty() {
            notes.clear();
            open = false;
        } else {
            if !open {
                found.push((std::mem::take(&mut notes), String::new()));
                open = true;
            }
            if let Some((_, text)) = found.last_mut() {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found.into_iter()
}

/// The words after a key in the comments.
fn note(notes: &[&str], key: &str) -> Vec<String> {
    let after = notes.iter().find_map(|line| line.strip_prefix(key));
    after.map(|words| words.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drift_names_its_checks_and_tells_its_story() {
        let all = Drift::all();
        assert!(all.len() >= 30, "{}", all.len());
        for drift in &all {
            assert!(!drift.checks.is_empty(), "{drift:?}");
            assert!(drift.checks.iter().all(|check| check.contains('/')), "{drift:?}");
        }
        assert!(all.iter().any(|drift| drift.place == Place::Database("postgres".to_owned())));
    }
}
