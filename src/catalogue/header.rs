//! The header of a check file: TOML in the file's one leading comment.

use serde::Deserialize;
use std::ops::Range;

use crate::model::Severity;

/// The header as written. Unknown keys are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) measure: String,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) params: Vec<String>,
    pub(super) rationale: String,
    pub(super) remediation: String,
    pub(super) fix: Option<String>,
    pub(super) guide: Option<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    pub(super) since: Option<i64>,
    pub(super) until: Option<i64>,
    pub(super) when_empty: Option<String>,
    pub(super) witness: Option<String>,
    #[serde(default)]
    pub(super) manual: bool,
    #[serde(default)]
    pub(super) listed: bool,
    pub(super) setting: Option<SettingForm>,
}

/// The short form for a setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingForm {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) expect: Expectation,
    #[serde(default)]
    pub(super) variant: Vec<Variant>,
    #[serde(default = "yes")]
    pub(super) overrides: bool,
    pub(super) absent: Option<String>,
}

/// What a setting has to be.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Expectation {
    pub(super) is: Option<String>,
    pub(super) one_of: Option<Vec<String>>,
    pub(super) none_of: Option<Vec<String>>,
    pub(super) min: Option<Limit>,
    pub(super) max: Option<Limit>,
    /// `false`: 0 means "off" and fails, although it lies below `max`.
    pub(super) and_zero: Option<bool>,
    pub(super) expected: Option<String>,
}

/// Another expectation for some majors.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Variant {
    pub(super) since: Option<i64>,
    pub(super) until: Option<i64>,
    #[serde(flatten)]
    pub(super) expect: Expectation,
}

/// A number, or the policy key that has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Limit {
    Number(f64),
    Policy(String),
}

fn yes() -> bool {
    true
}

/// A check file taken apart: its header and its query, with the lines they start on.
pub(super) struct Parts<'a> {
    pub(super) header: &'a str,
    pub(super) header_line: usize,
    pub(super) query: &'a str,
    pub(super) query_line: usize,
}

/// Splits a file into its header and its query.
pub(super) fn split(text: &str) -> Result<Parts<'_>, (usize, String)> {
    let open = text.find("/*").filter(|at| text[..*at].trim().is_empty());
    let Some(open) = open else { return Err((1, "a check starts with its header: TOML between /* and */".into())) };
    let Some(length) = text[open..].find("*/") else {
        return Err((1, "the header's comment is never closed: */ is missing".into()));
    };
    let (header, query) = (&text[open + 2..open + length], &text[open + length + 2..]);
    let leading = query.len() - query.trim_start().len();
    Ok(Parts {
        header,
        header_line: line_at(text, open),
        query: query.trim().trim_end_matches(';').trim_end(),
        query_line: line_at(text, open + length + 2 + leading),
    })
}

/// The header's TOML, with the line of the file in its complaint.
pub(super) fn parse(parts: &Parts<'_>) -> Result<Header, (usize, String)> {
    toml::from_str(parts.header).map_err(|e| {
        let start = e.span().map_or(0, |s: Range<usize>| s.start);
        (parts.header_line + line_at(parts.header, start) - 1, e.message().replace('\n', ", "))
    })
}

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}
