//! `report`, `gate`, `diff` and `schema`: from a report.json that is there already.

use std::path::Path;

use super::around::Terminal;
use super::failure::Failure;
use super::finish;
use super::output::{self, Outputs};
use crate::assess;
use crate::catalogue::Catalogue;
use crate::cli::{DiffArgs, Document, GateArgs, ReportArgs};
use crate::model::Report;
use crate::policy::Policy;
use crate::render;

/// Reads a report.json of our major.
pub(super) fn read(path: &Path) -> Result<Report, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("report {shown}: {e}")))?;
    render::parse(&text).map_err(|e| Failure::usage(format!("report {shown}: {e}")))
}

pub(super) fn report(args: &ReportArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let outputs = Outputs::parse(&args.outputs)?;
    outputs.write(&read(&args.report)?, terminal)?;
    Ok(0)
}

/// The gate as it would be now: flags, else what the report was made with.
pub(super) async fn gate(args: &GateArgs) -> Result<u8, Failure> {
    let report = read(&args.report)?;
    let made_with = Policy {
        fail_on: Some(report.gate.fail_on),
        warn_on_incomplete: Some(report.gate.on_incomplete == "warn"),
        ..Policy::default()
    };
    let rule = finish::rule(&args.rule, &made_with)?;
    let gate = assess::judge(&rule, &Catalogue::load(&[]).await?, &report.targets);
    output::to_stdout(format!("{}\n", gate.verdict).as_bytes())?;
    for line in gate.failed_by.iter().chain(&gate.incomplete_by) {
        output::to_stdout(format!("  {}\n", crate::model::text::visible(line)).as_bytes())?;
    }
    Ok(gate.exit_code)
}

pub(super) fn diff(args: &DiffArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    output::to_stdout(render::diff_table(&old, &new, &output::options(terminal)).as_bytes())?;
    Ok(0)
}

pub(super) fn schema(document: Document) -> Result<u8, Failure> {
    match document {
        Document::Report => {
            output::to_stdout(render::schema().map_err(|e| Failure::defect(e.to_string()))?.as_bytes())?
        }
    }
    Ok(0)
}
