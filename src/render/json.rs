//! report.json, the whole truth of a run, and its schema.

use super::RenderError;
use crate::model::Report;

/// The major version of the document that this program reads and writes.
const MAJOR: &str = "1";

/// Pretty JSON with a newline at its end; the same report gives the same bytes.
///
/// # Errors
/// A report that cannot be serialised: a defect of ours.
pub fn json(report: &Report) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(report).map_err(RenderError::Json)?;
    text.push('\n');
    Ok(text)
}

/// Reads a report back.
///
/// # Errors
/// Text that is no report, or one of another major version.
pub fn parse(text: &str) -> Result<Report, RenderError> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema_version: String,
    }
    let not_a_report = |e: serde_json::Error| RenderError::NotAReport(e.to_string());
    let version = serde_json::from_str::<Version>(text).map_err(not_a_report)?.schema_version;
    if version.split('.').next() != Some(MAJOR) {
        let text = format!("its schema_version is {version:?}; this program reads {MAJOR}.x");
        return Err(RenderError::NotAReport(text));
    }
    serde_json::from_str(text).map_err(not_a_report)
}

/// The JSON Schema of report.json, with a newline at its end.
///
/// # Errors
/// A schema that cannot be serialised: a defect of ours.
pub fn schema() -> Result<String, RenderError> {
    let schema = schemars::schema_for!(Report);
    let mut text = serde_json::to_string_pretty(&schema).map_err(RenderError::Json)?;
    text.push('\n');
    Ok(text)
}
