//! What one check found on one target: its status, its subjects, and what it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a failure of a check is. One for a check, never for a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody can read, change or lose data now.
    Critical,
    /// A safeguard is missing that the next mistake needs.
    High,
    /// A safeguard is weaker than it should be.
    Medium,
    /// Hygiene.
    Low,
    /// Advice.
    Info,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The word used in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// Whether this is as bad as `floor`, or worse.
    #[must_use]
    pub fn at_least(self, floor: Severity) -> bool {
        self <= floor
    }
}

/// What a check came to on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// At least one subject is wrong.
    Fail,
    /// The check itself broke: a defect of ours, or of a user's own check.
    Error,
    /// The evidence is missing or partial. Never a pass.
    NotAssessed,
    /// Only a person can state it.
    Manual,
    /// At least one subject was seen, and all are right.
    Pass,
    /// There is nothing to look at.
    NotApplicable,
}

impl Status {
    /// All of them, in the order a reader wants them.
    pub const ALL: [Status; 6] =
        [Status::Fail, Status::Error, Status::NotAssessed, Status::Manual, Status::Pass, Status::NotApplicable];

    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Fail => "fail",
            Status::Error => "error",
            Status::NotAssessed => "not_assessed",
            Status::Manual => "manual",
            Status::Pass => "pass",
            Status::NotApplicable => "not_applicable",
        }
    }
}

/// What somebody decided about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Nobody has decided anything.
    Open,
    /// A waiver accepts it until a date.
    Waived,
    /// A waiver accepted it, and has run out.
    WaiverExpired,
    /// A person has stated it.
    Attested,
    /// It was there in the baseline.
    Baseline,
}

/// Why a check was not assessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// The role may not see it.
    Privilege,
    /// The server's version does not show it, or is not known.
    Version,
    /// Only a file, a history or a switch can give it, and none was given.
    NotProvided,
    /// The policy has to name something first.
    PolicyMissing,
    /// The roles that were judged are inferred, not named by the policy.
    RoleModel,
    /// Not to be seen from where the scan ran.
    OutOfReach,
    /// It took too long.
    Timeout,
    /// It changed while the scan ran.
    ChangedDuringScan,
    /// Something stands between the scanner and the server.
    Proxy,
    /// The data it is judged by are too old.
    StaleData,
    /// The policy's threshold is looser than the loosest that can pass.
    ThresholdLoosened,
}

/// Why a finding has the status that it has, where that needs words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Only for `not_assessed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ReasonKind>,
    /// In words.
    pub text: String,
    /// The GRANT, option, file or policy key that unlocks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock: Option<String>,
}

/// The verdict on one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The subject is wrong.
    Fail,
    /// The subject could not be judged; `observed` says why.
    Unknown,
    /// The subject is right.
    Pass,
}

/// One subject seen by one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// SHA-256 of (version tag, check, target, database, kind, subject): the observation's identity across scans.
    pub fingerprint: String,
    /// The canonical spelling: `app.usertable`, a role's name, a setting's name.
    pub subject: String,
    /// `role`, `relation`, `setting`, `certificate` …
    pub kind: String,
    /// NULL for objects of the whole cluster.
    pub database: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// What was seen.
    pub observed: Option<String>,
    /// What the check wants to see.
    pub expected: Option<String>,
    /// Passes only because `[roles.allow]` or the like names it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted_by_policy: bool,
    /// A ready line that puts this subject right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Of a failing subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
}

/// How many subjects there were, exactly, whatever was cut from the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Population {
    /// All of them.
    pub seen: u64,
    /// Right ones, the accepted ones counted in.
    pub passed: u64,
    /// Wrong ones.
    pub failed: u64,
    /// Those that could not be judged.
    pub unknown: u64,
    /// Right only because the policy accepts them.
    pub accepted: u64,
}

/// A part of the evidence that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRef {
    /// The fact, with its part: `role`, `setting:log_statement`.
    pub fact: String,
    /// NULL for facts of the whole cluster.
    pub database: Option<String>,
    /// `complete`, `partial` or `unavailable`.
    pub status: String,
    /// The query or probe that it came from, as listed under `statements` of the target.
    pub source: String,
    /// How many rows were read.
    pub rows: i64,
}

/// What one check found on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The check's id: `roles/owner-nologin`.
    pub check: String,
    /// Repeated here, so that a finding can be read alone.
    pub severity: Severity,
    /// The outcome.
    pub status: Status,
    /// What was decided about it; only where the status is `fail` or `manual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// One line: what was found.
    pub message: String,
    /// Why, where the status needs words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// How many subjects.
    pub population: Population,
    /// Failing ones first, then unknown ones, then a sample of the passing ones.
    pub observations: Vec<Observation>,
    /// How many failing or unknown observations were cut from the list.
    pub observations_omitted: u64,
    /// The fingerprints of all failing observations, the cut ones too.
    pub fingerprints: Vec<String>,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
}
