//! A check, ready to run.

use crate::model::{CheckInfo, Severity};

/// A fact that a check rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A whole fact: `role`.
    Fact(String),
    /// A group of columns of a fact: `server.session`.
    Part(String, String),
    /// One setting: `setting:log_statement`.
    Setting(String),
    /// A list of the policy that names the population: `policy:roles.owner`.
    Policy(String),
}

impl Need {
    /// As written in a header.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("setting:") {
            Need::Setting(name.to_owned())
        } else if let Some(key) = text.strip_prefix("policy:") {
            Need::Policy(key.to_owned())
        } else if let Some((fact, part)) = text.split_once('.') {
            Need::Part(fact.to_owned(), part.to_owned())
        } else {
            Need::Fact(text.to_owned())
        }
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Need::Fact(fact) => f.write_str(fact),
            Need::Part(fact, part) => write!(f, "{fact}.{part}"),
            Need::Setting(name) => write!(f, "setting:{name}"),
            Need::Policy(key) => write!(f, "policy:{key}"),
        }
    }
}

/// A check, ready to run.
#[derive(Clone, Debug)]
pub struct Check {
    /// `roles/owner-nologin`, from its path.
    pub id: String,
    /// States the pass case.
    pub title: String,
    /// Of a failure.
    pub severity: Severity,
    /// The measure that it belongs to.
    pub measure: String,
    /// Facts that the verdict rests on.
    pub needs: Vec<Need>,
    /// Policy keys that the query reads.
    pub params: Vec<String>,
    /// Why an auditor cares.
    pub rationale: String,
    /// What to do.
    pub remediation: String,
    /// A line for each failing subject.
    pub fix: Option<String>,
    /// The section of the guide.
    pub guide: Option<String>,
    /// Where the rule comes from.
    pub references: Vec<String>,
    /// First major for which it exists.
    pub since: Option<i64>,
    /// Last major for which it exists.
    pub until: Option<i64>,
    /// Why no subject means `not_applicable`.
    pub when_empty: Option<String>,
    /// The wire check that speaks in its stead for the gate.
    pub witness: Option<String>,
    /// Only a person can state it.
    pub manual: bool,
    /// An inventory: what it finds is for a person to review, and neither passes nor fails.
    pub listed: bool,
    /// One query over the facts; empty for a manual check.
    pub query: String,
    /// Columns that the query has.
    pub columns: Vec<String>,
    /// `builtin`, or the folder that it was read from.
    pub origin: String,
}

impl Check {
    /// What the report says about it.
    #[must_use]
    pub fn info(&self) -> CheckInfo {
        CheckInfo {
            id: self.id.clone(),
            title: self.title.clone(),
            severity: self.severity,
            measure: self.measure.clone(),
            rationale: self.rationale.clone(),
            remediation: self.remediation.clone(),
            guide: self.guide.clone(),
            references: self.references.clone(),
            needs: self.needs.iter().map(ToString::to_string).collect(),
            params: self.params.clone(),
            witness: self.witness.clone(),
            query: self.query.clone(),
            origin: self.origin.clone(),
        }
    }

    /// Whether the query has a column of that name.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c == column)
    }
}
