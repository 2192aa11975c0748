//! `checks test`: a folder of somebody's own checks, proved: they load, and say what their fixtures want.

use std::fmt::Write;
use std::path::Path;

use super::failure::Failure;
use super::output;
use crate::audit;
use crate::catalogue::{Catalogue, Check};
use crate::model::Status;
use crate::model::text::visible;

/// Something in the folder is wrong.
const WRONG: u8 = 1;

pub(super) async fn run(folder: &Path) -> Result<u8, Failure> {
    let (mut text, mut wrong) = (String::new(), 0);
    let loaded = Catalogue::load_each(folder).await?;
    let count = loaded.len();
    for (id, check) in loaded {
        match check {
            Err(error) => {
                wrong += 1;
                let _ = writeln!(text, "WRONG  {id}: {}", visible(&error.to_string()));
            }
            Ok(check) => wrong += tried(folder, check, &mut text).await?,
        }
    }
    output::to_stdout(text.as_bytes())?;
    output::say(&format!("{count} checks, {wrong} things wrong"));
    Ok(if wrong == 0 { 0 } else { WRONG })
}

/// Runs a check over each of its fixtures; how many did not say what they had to.
async fn tried(folder: &Path, check: Check, text: &mut String) -> Result<usize, Failure> {
    let catalogue = Catalogue::of_one(check.clone())?;
    let (mut wrong, mut fixtures) = (0, 0);
    for (ending, wanted) in [("pass", Status::Pass), ("fail", Status::Fail)] {
        let path = folder.join(format!("{}.{ending}.sql", check.id));
        let Ok(sql) = std::fs::read_to_string(&path) else { continue };
        fixtures += 1;
        let (right, said) = match audit::trial(&catalogue, &sql).await {
            Ok((status, message)) => (status == wanted, format!("{}: {message}", status.as_str())),
            Err(error) => (false, format!("the fixture broke: {error}")),
        };
        wrong += usize::from(!right);
        let verdict = if right { "right" } else { "WRONG" };
        let _ = writeln!(text, "{verdict}  {} {ending}: {}", check.id, visible(&said));
    }
    if fixtures == 0 {
        let _ = writeln!(text, "loads  {}: no {0}.pass.sql or {0}.fail.sql beside it", check.id);
    }
    Ok(wrong)
}
