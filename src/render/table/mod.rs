//! The report on a terminal: failures worst first, then what could not be seen and what unlocks it, the gate last.

mod counts;
mod failures;
mod header;
mod page;
mod rows;
mod unseen;
mod wrap;

pub(super) use header::{policy_words as policy_file_words, role_words, server_words, tls_words};
pub(super) use page::Page;
pub(super) use rows::{Column, grid};

use super::select::Checks;
use crate::model::{Report, TargetReport};

/// How to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns of the terminal; below 60 a list is drawn instead of a table.
    pub width: usize,
    /// Whether ANSI colours may be used.
    pub color: bool,
    /// No characters beyond ASCII, save in names from outside.
    pub ascii: bool,
    /// How many subjects of a finding are named.
    pub max_subjects: usize,
}

impl Default for TableOptions {
    fn default() -> Self {
        TableOptions { width: 100, color: false, ascii: false, max_subjects: 3 }
    }
}

/// The whole report for a terminal. The gate's verdict is the last line.
#[must_use]
pub fn table(report: &Report, options: &TableOptions) -> String {
    let checks = Checks::of(report);
    let mut page = Page::new(options);
    header::run(&mut page, report);
    for target in &report.targets {
        target_part(&mut page, report, &checks, target);
    }
    counts::counts(&mut page, report);
    counts::gate(&mut page, report);
    page.finish()
}

/// The last line alone: PASS, FAIL or INCOMPLETE, the exit code, and why.
#[must_use]
pub fn verdict_line(report: &Report, options: &TableOptions) -> String {
    let mut page = Page::new(options);
    counts::verdict(&mut page, report);
    page.finish()
}

fn target_part(page: &mut Page<'_>, report: &Report, checks: &Checks<'_>, target: &TargetReport) {
    header::target(page, report, target);
    failures::failures(page, checks, target);
    unseen::not_assessed(page, target);
    unseen::errors(page, checks, target);
    unseen::manual(page, checks, target);
}
