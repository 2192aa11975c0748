//! `checks test`: a folder of somebody's own checks, proved: they load, and say what their fixtures want.

use std::fmt::Write;
use std::path::Path;

use super::failure::Failure;
use super::output;
use crate::catalogue::{Catalogue, Check};
use crate::evaluate::{Context, evaluate};
use crate::evidence::{Evidence, EvidenceError};
use crate::model::Status;
use crate::model::text::visible;
use crate::policy::Policy;
use crate::role_model;

/// Something in the folder is wrong.
const WRONG: u8 = 1;

/// The least that evidence holds: a server of 16 of which every fact was seen. A fixture fills in the rest.
const SERVER: &str = "INSERT INTO scan VALUES ('1.0', '0', 'fixture', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, NULL);
    INSERT INTO server (version, version_num, major, scanner_role, scanner_database) VALUES ('16.0', 160000, 16, 'scanner', 'appdb');
    INSERT INTO collection SELECT name, '*', '', 'complete', NULL, NULL, NULL, 'fixture', '2026-01-01T00:00:00Z', 0, 0
      FROM sqlite_schema WHERE type = 'table';
    INSERT INTO collection VALUES ('privilege', '*', '', 'complete', NULL, NULL, NULL, 'fixture', '2026-01-01T00:00:00Z', 0, 0)";

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
        let (right, said) = match over(&catalogue, &sql).await {
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

async fn over(catalogue: &Catalogue, fixture: &str) -> Result<(Status, String), EvidenceError> {
    let mut evidence = Evidence::empty().await?;
    evidence.execute(SERVER).await?;
    let policy = Policy::default();
    role_model::apply(&mut evidence, &policy, chrono::DateTime::UNIX_EPOCH).await?;
    evidence.execute(fixture).await?;
    let context = Context { target: "fixture", policy: &policy, max_observations: 10 };
    let findings = evaluate(&mut evidence, catalogue, |_| true, &context).await?;
    Ok(findings.into_iter().next().map_or((Status::Error, "nothing was judged".into()), |f| (f.status, f.message)))
}
