//! What all laws look at: for each major the reference as two roles saw it, and the same with each fault in it.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Instant;

use chrono::{DateTime, Utc};
use pgcomply::catalogue::Check;
use pgcomply::evidence::Evidence;
use pgcomply::model::{Finding, Status, Verdict};
use pgcomply::server::{Binaries, Reference, ReferenceOptions, ReferenceTemplate, ServerError};

use super::evidence::{As, Seen, block_on, catalogue, judged, look};
use super::fixture::{self, Fixture, Level};
use super::support;

/// How many faults are tried at a time.
const WORKERS: usize = 2;

/// One major.
pub(crate) struct World {
    pub(crate) major: u16,
    pub(crate) now: DateTime<Utc>,
    /// The reference, as `backupuser` sees it.
    pub(crate) backupuser: Seen,
    /// The reference, as the superuser sees it.
    pub(crate) superuser: Seen,
    /// The reference as `backupuser` sees it once more, after all faults.
    pub(crate) after: Seen,
    /// The reference with what a deployment may have beside it and be right (`fixtures/safe`), as `backupuser` sees it.
    pub(crate) fuller: Seen,
    /// The deployment after it has drifted, as `backupuser` and as the superuser sees it.
    pub(crate) drifted: [Seen; 2],
    /// Evidence under which checks pass that the reference itself cannot show passing, by check.
    pub(crate) passes: BTreeMap<String, Seen>,
    /// The faults that exist on this major, by check.
    pub(crate) faults: BTreeMap<String, Result<Fault, String>>,
}

/// A fault, as it was seen.
pub(crate) struct Fault {
    pub(crate) fixture: Fixture,
    pub(crate) backupuser: Seen,
    /// None where the fault is in the evidence.
    pub(crate) superuser: Option<Seen>,
    /// After the fix that the report offers was run; None where it offers none.
    pub(crate) fixed: Option<Result<Seen, String>>,
}

impl World {
    /// Evidence under which a check passes: the least-privilege role's, or else the superuser's, or else the fuller
    /// one, or what was written for it.
    pub(crate) fn passing(&self, check: &Check) -> Option<&[u8]> {
        let passes = |seen: &&Seen| seen.status(&check.id) == Status::Pass;
        let made = self.passes.get(&check.id);
        [Some(&self.backupuser), Some(&self.superuser), Some(&self.fuller), made]
            .into_iter()
            .flatten()
            .find(passes)
            .map(|seen| seen.bytes.as_slice())
    }

    /// Evidence under which it fails, or lists what a person has to look at, the least-privilege role's before the superuser's.
    pub(crate) fn failing(&self, check: &Check) -> Option<&[u8]> {
        let fault = self.faults.get(&check.id)?.as_ref().ok()?;
        let fails = |seen: &&Seen| matches!(seen.status(&check.id), Status::Fail | Status::Manual);
        let seen = [Some(&fault.backupuser), fault.superuser.as_ref()].into_iter().flatten().find(fails)?;
        Some(&seen.bytes)
    }
}

/// Every major under test, built once for all laws.
pub(crate) fn worlds() -> &'static [World] {
    static BUILT: OnceLock<Vec<World>> = OnceLock::new();
    BUILT.get_or_init(|| support::servers().iter().map(build).collect())
}

/// Says something that shall be seen when all is well, too.
pub(crate) fn say(words: &str) {
    let mut terminal = std::io::stderr();
    writeln!(terminal, "laws: {words}").unwrap();
}

fn build(binaries: &Binaries) -> World {
    let began = Instant::now();
    let now = Utc::now();
    let template = made(binaries, now, ReferenceOptions::default()).into_template();
    let whole = template.start("").unwrap_or_else(|e| panic!("{e}"));
    let backupuser = seen(&whole, As::Backupuser, now).unwrap_or_else(|e| panic!("{e}"));
    let superuser = seen(&whole, As::Superuser, now).unwrap_or_else(|e| panic!("{e}"));
    drop(whole);
    let more = template.start("").unwrap_or_else(|e| panic!("{e}"));
    more.server().execute_all("appdb", &fixture::safe()).unwrap_or_else(|e| panic!("{e}"));
    let fuller = seen(&more, As::Backupuser, now).unwrap_or_else(|e| panic!("{e}"));
    drop(more);
    let faults = broken(&template, binaries, now, &backupuser);
    let passes = fixture::passes().into_iter().map(|(check, sql)| (check, changed(&backupuser, now, &sql)));
    let passes = passes.collect();
    let again = template.start("").unwrap_or_else(|e| panic!("{e}"));
    let after = seen(&again, As::Backupuser, now).unwrap_or_else(|e| panic!("{e}"));
    again.drift().unwrap_or_else(|e| panic!("{e}"));
    let drifted = [As::Backupuser, As::Superuser].map(|who| seen(&again, who, now).unwrap_or_else(|e| panic!("{e}")));
    let (major, took) = (binaries.major, began.elapsed().as_secs());
    say(&format!("PostgreSQL {major}: {} faults tried in {took} s", faults.len()));
    World { major, now, backupuser, superuser, after, fuller, drifted, passes, faults }
}

fn made(binaries: &Binaries, now: DateTime<Utc>, options: ReferenceOptions) -> Reference {
    Reference::start(binaries, now, options).unwrap_or_else(|e| panic!("{e}"))
}

fn seen(reference: &Reference, who: As, now: DateTime<Utc>) -> Result<Seen, String> {
    block_on(async { judged(look(reference, who).await?, now, "").await })
}

/// The reference's evidence after some SQL.
fn changed(whole: &Seen, now: DateTime<Utc>, sql: &str) -> Seen {
    let judging = async { judged(Evidence::from_bytes(&whole.bytes).await.unwrap(), now, sql).await };
    block_on(judging).unwrap_or_else(|e| panic!("{e}"))
}

/// Every fault that exists on this major, each in a copy of its own.
fn broken(
    template: &ReferenceTemplate,
    binaries: &Binaries,
    now: DateTime<Utc>,
    whole: &Seen,
) -> BTreeMap<String, Result<Fault, String>> {
    let exists = |f: &Fixture| f.exists(binaries.major) && catalogue().check(&f.check).is_some();
    let fixtures: Vec<Fixture> = fixture::all().into_iter().filter(exists).collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fault = attempt(fixture, template, binaries, now, whole);
            found.lock().unwrap().insert(fixture.check.clone(), fault);
        }
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap()
}

fn attempt(
    fixture: &Fixture,
    template: &ReferenceTemplate,
    binaries: &Binaries,
    now: DateTime<Utc>,
    whole: &Seen,
) -> Result<Fault, String> {
    let fixture = fixture.clone();
    if fixture.level == Level::Evidence {
        let changed = async { judged(Evidence::from_bytes(&whole.bytes).await.unwrap(), now, &fixture.body).await };
        return Ok(Fault { backupuser: block_on(changed)?, superuser: None, fixed: None, fixture });
    }
    let mut reference = with_fault(&fixture, template, binaries, now).map_err(|e| e.to_string())?;
    let backupuser = seen(&reference, As::Backupuser, now)?;
    let superuser = Some(seen(&reference, As::Superuser, now)?);
    let fixed = fixed(&mut reference, &backupuser.findings[&fixture.check], now);
    Ok(Fault { fixture, backupuser, superuser, fixed })
}

/// Runs what the report offers against each failing subject, and looks again.
fn fixed(reference: &mut Reference, finding: &Finding, now: DateTime<Utc>) -> Option<Result<Seen, String>> {
    let failing = finding.observations.iter().filter(|o| o.verdict == Verdict::Fail);
    let lines: Vec<(&str, &str)> =
        failing.filter_map(|o| Some((o.database.as_deref().unwrap_or("appdb"), o.fix.as_deref()?))).collect();
    if lines.is_empty() {
        return None;
    }
    let run = |reference: &mut Reference| {
        for (database, line) in &lines {
            reference.server().execute(database, line)?;
        }
        reference.server().reload()?;
        let waits = "SELECT count(*) > 0 FROM pg_settings WHERE pending_restart";
        match reference.server().value("postgres", waits)?.as_deref() {
            Some("t") => reference.server_mut().restart(),
            _ => Ok(()),
        }
    };
    let ran: Result<(), ServerError> = run(reference);
    Some(ran.map_err(|e| format!("{e}: {lines:?}")).and_then(|()| seen(reference, As::Backupuser, now)))
}

fn with_fault(
    fixture: &Fixture,
    template: &ReferenceTemplate,
    binaries: &Binaries,
    now: DateTime<Utc>,
) -> Result<Reference, ServerError> {
    match fixture.level {
        Level::Restart => template.start(&format!("{}\n", fixture.body)),
        Level::Initdb => {
            let (first, conf) = fixture.body.split_once('\n').unwrap_or((&fixture.body, ""));
            assert_eq!(first, "checksums = off", "{}: all that initdb is asked for", fixture.check);
            let options = ReferenceOptions { checksums: false, conf: format!("{conf}\n"), ..Default::default() };
            Ok(made(binaries, now, options))
        }
        Level::Reload => {
            let reference = template.start("")?;
            reference.reconfigure(&fixture.body)?;
            Ok(reference)
        }
        Level::Sql | Level::Evidence => {
            let reference = template.start("")?;
            reference.server().execute(&fixture.database, &fixture.body)?;
            Ok(reference)
        }
    }
}
