//! A report as text: one sibling a format, each reads the report and nothing else.

pub mod diff;
pub mod html;
pub mod json;
pub mod output;
pub mod table;

mod select;
mod words;

pub use diff::diff_table;
pub use html::html;
pub use json::{json, parse, schema};
pub use table::{TableOptions, table, verdict_line};

/// Why a report could not be rendered. A defect of ours, or a file that is no report.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The document does not serialise.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// What was read is not a report of a version that we know.
    #[error("not a pgcomply report: {0}")]
    NotAReport(String),
    /// A template of ours is broken.
    #[error("the HTML template is broken: {0}")]
    Template(String),
}
