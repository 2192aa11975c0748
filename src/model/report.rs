//! The versioned document that is the whole truth of a run: every other format is made from it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::control::{ControlResult, FrameworkInfo, MeasureInfo};
use super::finding::{Finding, Reason, Severity};

/// The report of one run over one or more targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `MAJOR.MINOR`; additions raise MINOR, renamed or removed fields MAJOR.
    pub schema_version: String,
    /// What made it.
    pub tool: Tool,
    /// The run as such: when, with which policy and selection.
    pub run: Run,
    /// Whether the gate passed, and why not.
    pub gate: Gate,
    /// Over all targets.
    pub summary: Summary,
    /// One for each target, worst first.
    pub targets: Vec<TargetReport>,
    /// Every selected check, by id.
    pub checks: Vec<CheckInfo>,
    /// Every measure, by id.
    pub measures: Vec<MeasureInfo>,
    /// Every selected framework with all of its controls.
    pub frameworks: Vec<FrameworkInfo>,
}

/// What made the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `pgcomply`
    pub name: String,
    /// Of the program.
    pub version: String,
    /// Of the checks, measures and frameworks; its major decides what may be compared.
    pub ruleset_version: String,
    /// SHA-256 over all of them, in order.
    pub ruleset_sha256: String,
}

/// The run as such.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Made from the targets and the start; the same evidence gives the same id.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// The clock by which certificates and passwords were judged.
    pub judged_at: String,
    /// `scan` or `evaluate`.
    pub mode: String,
    /// `[report]` of the policy, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// `[report]` of the policy, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// `[report]` of the policy, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auditor: Option<String>,
    /// The policy file that was taken; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_file: Option<String>,
    /// Its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
    /// Whether `--check`, `--skip` or `--framework` narrowed it.
    pub narrowed: bool,
    /// The selection in words; absent: everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
    /// Ids of the checks that were not selected.
    pub not_selected: Vec<String>,
}

/// Whether the gate passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateStatus {
    /// Everything that the gate depends on was assessed, and nothing at or above the threshold is open.
    Passed,
    /// Something at or above the threshold is open.
    Failed,
    /// Nothing failed, and something that the gate depends on was not assessed.
    Incomplete,
    /// No target could be scanned.
    NotScanned,
}

/// The gate, with its rule and its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// The outcome.
    pub status: GateStatus,
    /// What the process ends with.
    pub exit_code: u8,
    /// One sentence.
    pub verdict: String,
    /// The threshold; absent: `never`.
    pub fail_on: Option<Severity>,
    /// `fail` or `warn`.
    pub on_incomplete: String,
    /// `check @ target` of every finding that failed it, worst first.
    pub failed_by: Vec<String>,
    /// `check @ target: why` of every finding that left it incomplete.
    pub incomplete_by: Vec<String>,
}

/// Counts, with their denominators. No score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings in all.
    pub findings: u64,
    /// Findings by status word.
    pub by_status: BTreeMap<String, u64>,
    /// Failed and still open, by severity word.
    pub open_by_severity: BTreeMap<String, u64>,
    /// `not_assessed` by the kind of its reason.
    pub not_assessed_by_kind: BTreeMap<String, u64>,
    /// Subjects that pass only because the policy accepts them.
    pub accepted_by_policy: u64,
}

/// What happened to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetStatus {
    /// Scanned to the end.
    Scanned,
    /// The scan ended early; what was collected is here.
    Partial,
    /// Nothing could be collected.
    Failed,
}

/// Everything about one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// The policy's name for it, or host:port.
    pub name: String,
    /// What happened.
    pub status: TargetStatus,
    /// Why it failed or ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How the scan got there; absent where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionInfo>,
    /// The server; absent where the scan did not get there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerInfo>,
    /// The role that the scan ran as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleInfo>,
    /// Every database, and whether the scan looked inside.
    pub databases: Vec<DatabaseInfo>,
    /// RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Server clock minus scanner clock, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<i64>,
    /// Counts.
    pub summary: Summary,
    /// One for each selected check, worst first.
    pub findings: Vec<Finding>,
    /// One for each control of each selected framework.
    pub controls: Vec<ControlResult>,
    /// The role model and the thresholds that were used.
    pub policy: Vec<PolicyValue>,
    /// What was seen of each fact.
    pub collection: Vec<CollectionInfo>,
    /// What was run on the server.
    pub statements: Vec<StatementInfo>,
}

/// How the scan reached its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionInfo {
    /// As it was dialled.
    pub host: String,
    /// As it was dialled.
    pub port: i64,
    /// `tcp` or `unix`
    pub transport: String,
    /// What was asked for.
    pub sslmode: String,
    /// Absent: not encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Absent: not encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// SHA-256 of the server's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
    /// The bundle that trust was judged by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_root: Option<String>,
    /// What the server asked the role for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<String>,
}

/// The server that was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerInfo {
    /// `server_version`, as it says itself.
    pub version: String,
    /// 16
    pub major: i64,
    /// Of this cluster, and of its standbys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<String>,
    /// Whether it is a standby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_recovery: Option<bool>,
    /// Whether this program knows the major.
    pub known_major: bool,
}

/// The role that the scan ran as, as observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleInfo {
    /// Its name.
    pub name: String,
    /// `LOGIN`, and whatever more it has.
    pub attributes: Vec<String>,
    /// Roles that it reaches by membership.
    pub memberships: Vec<String>,
}

/// A database, and whether the scan looked inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseInfo {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Whether the scan looked inside.
    pub entered: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_entered: Option<String>,
}

/// A value of the policy, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyValue {
    /// `roles.owner`
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
    /// `file`, `default`, `inferred` or `scanner`
    pub source: String,
    /// The loosest value under which a check can still pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
}

/// What was seen of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionInfo {
    /// A fact table.
    pub fact: String,
    /// `*`, or a group of columns.
    pub part: String,
    /// Absent: facts of the whole cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// `complete`, `partial`, `unavailable`
    pub status: String,
    /// Why not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The query or probe.
    pub source: String,
    /// RFC 3339, UTC.
    pub collected_at: String,
    /// In milliseconds.
    pub duration_ms: i64,
    /// How many.
    pub rows: i64,
}

/// A statement that was run on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementInfo {
    /// The name that `source` uses elsewhere.
    pub source: String,
    /// Its text.
    pub sql: String,
}

/// A check, as it was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckInfo {
    /// `roles/owner-nologin`
    pub id: String,
    /// States the pass case.
    pub title: String,
    /// Of a failure.
    pub severity: Severity,
    /// The measure it belongs to.
    pub measure: String,
    /// Why an auditor cares.
    pub rationale: String,
    /// What to do about a failure.
    pub remediation: String,
    /// The section of the guide it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// Where the rule comes from.
    pub references: Vec<String>,
    /// Facts that it rests on.
    pub needs: Vec<String>,
    /// Policy keys that it reads.
    pub params: Vec<String>,
    /// A wire check that speaks in its stead for the gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
    /// The query over the evidence; empty for a manual check.
    pub query: String,
    /// `builtin`, or the folder of a user's own.
    pub origin: String,
}
