//! Where output goes: the report to stdout or to files, everything else to stderr.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::around::Terminal;
use super::failure::Failure;
use crate::model::Report;
use crate::model::text::{nearest, visible};
use crate::render::{self, TableOptions, output};

/// What is too narrow for a table that a person did not ask for; files get this width.
const FILE_WIDTH: usize = 120;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Table,
    Json,
    Html,
}

const FORMATS: [(&str, Format); 3] = [("table", Format::Table), ("json", Format::Json), ("html", Format::Html)];

/// The outputs that were asked for; at most one of them is stdout.
pub(super) struct Outputs(Vec<(Format, Option<PathBuf>)>);

impl Outputs {
    /// `FORMAT[=PATH]`, each; a table on stdout where nothing was asked for.
    pub(super) fn parse(texts: &[String]) -> Result<Self, Failure> {
        let mut outputs = Vec::new();
        for text in texts {
            let (name, path) = text.split_once('=').map_or((text.as_str(), None), |(n, p)| (n, Some(p)));
            let Some((_, format)) = FORMATS.iter().find(|(known, _)| *known == name) else {
                let near =
                    nearest(name, FORMATS.map(|(n, _)| n)).map_or_else(String::new, |n| format!("; did you mean {n}"));
                return Err(Failure::usage(format!("no output format \"{name}\"{near}; there are table, json, html")));
            };
            if path == Some("") {
                return Err(Failure::usage(format!("-o {text} names no file; leave the = out for standard output")));
            }
            let path = path.filter(|p| *p != "-").map(PathBuf::from);
            if let Some(path) = &path {
                writable(path)?;
            }
            outputs.push((*format, path));
        }
        if outputs.is_empty() {
            outputs.push((Format::Table, None));
        }
        if outputs.iter().filter(|(_, path)| path.is_none()).count() > 1 {
            return Err(Failure::usage(
                "only one output can go to stdout; give the others a path: -o json=report.json",
            ));
        }
        let paths = outputs.iter().filter_map(|(_, path)| path.as_ref());
        let distinct: std::collections::BTreeSet<_> = paths.clone().collect();
        if distinct.len() < paths.count() {
            return Err(Failure::usage("two outputs go to the same file; give each a path of its own"));
        }
        Ok(Outputs(outputs))
    }

    /// Whether one of them goes to this file.
    pub(super) fn include(&self, file: &Path) -> bool {
        self.0.iter().any(|(_, path)| path.as_deref() == Some(file))
    }

    /// Writes all of them. Files first: a closed pipe must not cost one.
    pub(super) fn write(&self, report: &Report, terminal: &Terminal) -> Result<(), Failure> {
        for (format, path) in &self.0 {
            if let Some(path) = path {
                let wide = Terminal { width: FILE_WIDTH, color: false };
                write_whole(path, rendered(*format, report, &wide)?.as_bytes())?;
            }
        }
        for (format, _) in self.0.iter().filter(|(_, path)| path.is_none()) {
            to_stdout(rendered(*format, report, terminal)?.as_bytes())?;
        }
        Ok(())
    }
}

fn rendered(format: Format, report: &Report, terminal: &Terminal) -> Result<String, Failure> {
    match format {
        Format::Table => Ok(render::table(report, &options(terminal))),
        Format::Json => render::json(report).map_err(|e| Failure::defect(e.to_string())),
        Format::Html => render::html(report).map_err(|e| Failure::defect(e.to_string())),
    }
}

/// The terminal, for the renderers.
pub(super) fn options(terminal: &Terminal) -> TableOptions {
    TableOptions { width: terminal.width, color: terminal.color, ..TableOptions::default() }
}

/// Whether a file can be written there, asked before anything is scanned.
pub(super) fn writable(path: &Path) -> Result<(), Failure> {
    output::check(path).map_err(|e| Failure::usage(e.to_string()))
}

/// A file that is whole or not there, mode 0600.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    output::write_file(path, bytes).map_err(|e| Failure::usage(e.to_string()))
}

/// To stdout; a reader that has gone away is no error.
pub(super) fn to_stdout(bytes: &[u8]) -> Result<(), Failure> {
    output::write_stream(std::io::stdout().lock(), bytes).map(|_| ()).map_err(|e| Failure::usage(e.to_string()))
}

/// One line to stderr for a person.
pub(super) fn say(line: &str) {
    // nobody is left to be told where stderr is closed
    let _ = writeln!(std::io::stderr(), "{}", visible(line));
}
