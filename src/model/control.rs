//! Measures, frameworks and controls, and what a target's findings come to for each control.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly a measure speaks to a control. Only primary edges decide its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// The control that the measure is about.
    Primary,
    /// Useful evidence only.
    Supporting,
}

/// What the findings come to for a control. Never "compliant".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlStatus {
    /// An open failure of a primary check.
    Gap,
    /// Every failure is waived, until a date.
    GapAccepted,
    /// A primary check was not assessed, or broke.
    Incomplete,
    /// A person has to state it, and none has.
    Manual,
    /// Every primary check ran and passed. Not proof that the control is fulfilled.
    NoGapFound,
    /// Only attestations speak.
    Attested,
    /// No primary check, or none selected.
    NotEvaluated,
    /// Nothing to look at.
    NotApplicable,
}

/// What an organisation does to protect data, and the controls it is evidence for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureInfo {
    /// `roles.owner_nologin`
    pub id: String,
    /// In words.
    pub title: String,
    /// The heading under which wide controls are printed.
    pub group: String,
    /// Controls that it is about, with their framework: `gdpr:32(1)(b)`.
    pub primary: Vec<String>,
    /// Controls that it supports.
    pub supporting: Vec<String>,
    /// Why it is evidence for them.
    pub justification: String,
    /// What it does not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
    /// Why no check belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Identifiers of the DISA STIG.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stig: Vec<String>,
    /// Controls of NIST SP 800-53.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nist_800_53: Vec<String>,
}

/// A framework, whole: controls that no database can show are listed too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameworkInfo {
    /// `gdpr`
    pub id: String,
    /// Its name.
    pub title: String,
    /// The legal instrument, or where it comes from.
    pub instrument: String,
    /// Of our catalogue of it.
    pub version: String,
    /// The text that it rests on.
    pub text_basis: String,
    /// When that was last checked.
    pub checked_on: String,
    /// What it is not.
    pub disclaimer: String,
    /// Who the text belongs to.
    pub attribution: String,
    /// SHA-256 of our file.
    pub sha256: String,
    /// Every control, in the framework's own order.
    pub controls: Vec<ControlInfo>,
}

/// A paragraph of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlInfo {
    /// `32(1)(b)`, without its framework.
    pub id: String,
    /// `GDPR Art. 32(1)(b)`
    pub citation: String,
    /// Its heading.
    pub title: String,
    /// `evidence`, `partial`, `context`, `manual`; or HIPAA's `required`, `addressable`, `standard`.
    pub designation: String,
    /// In our own words.
    pub paraphrase: String,
    /// What only a person can show.
    pub always_manual: Vec<String>,
    /// Evidenced by every scan as such, not by a check.
    pub run_level: bool,
    /// To keep in mind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the text stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a target's findings come to for one control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlResult {
    /// `gdpr`
    pub framework: String,
    /// `32(1)(b)`
    pub control: String,
    /// The roll-up over its primary checks.
    pub status: ControlStatus,
    /// In one line, why.
    pub reason: String,
    /// Ids of its primary checks that were selected.
    pub primary: Vec<String>,
    /// Ids of its supporting checks that were selected.
    pub supporting: Vec<String>,
    /// Where more than eight measures speak to it: the same by the measures' groups, to be printed in its stead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupResult>,
}

/// A wide control's roll-up over the measures of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupResult {
    /// The measures' group: `Authentication`.
    pub group: String,
    /// The roll-up.
    pub status: ControlStatus,
    /// In one line, why.
    pub reason: String,
    /// Ids of the primary checks.
    pub primary: Vec<String>,
}
