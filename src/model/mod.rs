//! Plain data that every room speaks: outcomes, findings, controls, the report. Imports nothing of ours.

pub mod control;
pub mod finding;
pub mod report;
pub mod text;

pub use control::{ControlInfo, ControlResult, ControlStatus, FrameworkInfo, GroupResult, MeasureInfo, Strength};
pub use finding::{
    Disposition, EvidenceRef, Finding, Observation, Population, Reason, ReasonKind, Severity, Status, Verdict,
};
pub use report::{
    CheckInfo, CollectionInfo, ConnectionInfo, DatabaseInfo, Gate, GateStatus, PolicyValue, Report, RoleInfo, Run,
    ServerInfo, StatementInfo, Summary, TargetReport, TargetStatus, Tool,
};
