//! The report as one HTML file: no request, no script, readable on screen and printed.

mod cover;
mod engine;
mod evidence;
mod findings;
mod index;
mod matrix;
mod method;
mod others;
mod summary;

use serde::Serialize;

use super::RenderError;
use super::words::{self, Label};
use crate::model::{Report, Severity};
use index::Index;

/// The page.
///
/// # Errors
/// A broken template: a defect of ours.
pub fn html(report: &Report) -> Result<String, RenderError> {
    let index = Index::of(report);
    engine::render(&Page {
        title: cover::title(report),
        style_hash: engine::style_hash(),
        several: report.targets.len() > 1,
        cover: cover::cover(report),
        verdict: cover::verdict(report),
        summary: summary::summary(report),
        actions: summary::actions(report, &index),
        matrix: matrix::matrix(report, &index),
        findings: findings::findings(report, &index),
        unseen: others::unseen(report, &index),
        rows: others::rows(report, &index),
        accepted: others::accepted(report, &index),
        method: method::method(report),
        queries: others::queries(report, &index),
        integrity: evidence::integrity(report)?,
    })
}

#[derive(Serialize)]
struct Page {
    title: String,
    style_hash: String,
    several: bool,
    cover: cover::Cover,
    verdict: cover::Verdict,
    summary: summary::Summary,
    actions: summary::Actions,
    matrix: Vec<matrix::Framework>,
    findings: Vec<findings::Finding>,
    unseen: others::Unseen,
    rows: others::Rows,
    accepted: others::Accepted,
    method: Vec<method::Target>,
    queries: Vec<others::Query>,
    integrity: evidence::Integrity,
}

/// A word with its symbol and colour.
#[derive(Clone, Serialize)]
struct Pill {
    word: String,
    symbol: &'static str,
    class: &'static str,
}

impl From<Label> for Pill {
    fn from(label: Label) -> Self {
        Pill { word: label.word.to_owned(), symbol: label.symbol, class: label.class }
    }
}

impl From<Severity> for Pill {
    fn from(severity: Severity) -> Self {
        let symbol = match severity {
            Severity::Critical => "▲▲",
            Severity::High => "▲",
            Severity::Medium => "◆",
            Severity::Low => "▼",
            Severity::Info => "i",
        };
        Pill { word: severity.as_str().to_owned(), symbol, class: severity.as_str() }
    }
}

/// A link that a reader may follow: https only, and only where the text is ours.
#[derive(Serialize)]
struct Link {
    text: String,
    url: Option<String>,
}

impl Link {
    fn new(text: &str, ours: bool) -> Self {
        let url = (ours && text.starts_with("https://")).then(|| text.to_owned());
        Link { text: text.to_owned(), url }
    }
}

/// A name for `id` and `href`, of ASCII letters, digits and hyphens.
fn anchor(prefix: &str, name: &str) -> String {
    let mut out = format!("{prefix}-");
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn count(n: u64, one: &str) -> String {
    words::count(n, one)
}
