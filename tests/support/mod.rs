//! What the tests share: servers of the majors under test, one reference deployment a test program, databases cloned
//! from it, and a clean environment for the program itself.
//!
//! `PGCOMPLY_TEST_MAJORS=13,14,15,16,17,18` runs the same tests on each; without it, on the server that is found. A test
//! that has no server fails: it does not skip.
#![allow(dead_code, reason = "each test program uses its own part of this")]
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

pub(crate) mod proxy;
pub(crate) mod scanning;
pub(crate) mod wire;

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::Utc;
use pgcomply::server::{Binaries, PrivateServer, Reference, ReferenceOptions, Surroundings, find};

/// Bytes that a file system in memory has to have free before servers are put there.
const ROOM: u64 = 2 << 30;

/// What the search for servers depends on, as this machine has it. Where nobody has said where temporary files go and
/// there is a file system in memory with room, servers go there: a copy of one costs a twentieth of what it does on disk.
pub(crate) fn surroundings() -> Surroundings {
    let mut around = Surroundings::read(|name| env::var_os(name));
    let memory = Path::new("/dev/shm");
    if env::var_os("TMPDIR").is_none() && free(memory) > ROOM {
        around.temp = memory.to_owned();
    }
    around
}

#[allow(clippy::unnecessary_cast, reason = "the counts are narrower on macOS")]
fn free(folder: &Path) -> u64 {
    let found = nix::sys::statvfs::statvfs(folder);
    found.map_or(0, |found| found.blocks_available() as u64 * found.fragment_size() as u64)
}

/// The servers that tests run on.
pub(crate) fn servers() -> Vec<Binaries> {
    let around = surroundings();
    let found = |major| find(major, &around).unwrap_or_else(|error| panic!("{error}"));
    match env::var("PGCOMPLY_TEST_MAJORS") {
        Ok(list) if !list.trim().is_empty() => {
            let majors = list.split(',').map(|major| major.trim().parse());
            majors.map(|major| found(Some(major.expect("PGCOMPLY_TEST_MAJORS: a comma list of numbers")))).collect()
        }
        _ => vec![found(None)],
    }
}

/// The reference deployment on each server under test, shared by the tests of one program: look at it, and change only
/// copies ([`Database::copy_of`]). Statics are not dropped; the watchdog removes them when the program ends.
pub(crate) fn references() -> Vec<Arc<Reference>> {
    servers().iter().map(shared).collect()
}

/// The reference deployment on the first server under test.
pub(crate) fn reference() -> Arc<Reference> {
    shared(&servers()[0])
}

fn shared(binaries: &Binaries) -> Arc<Reference> {
    static RUNNING: OnceLock<Mutex<HashMap<PathBuf, Arc<Reference>>>> = OnceLock::new();
    let mut running = RUNNING.get_or_init(Mutex::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let start = || {
        let started = Reference::start(binaries, Utc::now(), ReferenceOptions::default());
        Arc::new(started.unwrap_or_else(|error| panic!("{error}")))
    };
    running.entry(binaries.bin.clone()).or_insert_with(start).clone()
}

/// A database copied from another, to be broken by one test and dropped after it. Its own grants (CONNECT, TEMPORARY)
/// are copied as well, because PostgreSQL does not.
pub(crate) struct Database<'a> {
    server: &'a PrivateServer,
    /// Its name.
    pub(crate) name: String,
}

impl<'a> Database<'a> {
    /// Copies `template`, as soon as nobody is connected to it.
    pub(crate) fn copy_of(server: &'a PrivateServer, template: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{template}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let owner =
            format!("SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = '{template}'");
        let owner = server.value("postgres", &owner).unwrap().unwrap();
        create_from(server, &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}"));
        let acl = format!(
            "DO $$ DECLARE g record; BEGIN
               REVOKE ALL ON DATABASE {name} FROM PUBLIC;
               FOR g IN SELECT a.* FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = '{template}' LOOP
                 EXECUTE format('GRANT %s ON DATABASE {name} TO %s', g.privilege_type,
                   CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END);
               END LOOP;
             END $$"
        );
        server.execute("postgres", &acl).unwrap();
        Self { server, name }
    }

    /// Runs SQL in it as the superuser.
    pub(crate) fn execute(&self, sql: &str) {
        self.server.execute(&self.name, sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
}

/// One copy at a time; the server itself waits five seconds for other sessions to leave, and we three times that.
fn create_from(server: &PrivateServer, sql: &str) {
    static COPYING: Mutex<()> = Mutex::new(());
    let _copying = COPYING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for left in (0..3).rev() {
        match server.execute("postgres", sql) {
            Err(error) if left > 0 && error.to_string().contains("[55006]") => {}
            done => return done.unwrap_or_else(|error| panic!("{error}")),
        }
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // a test that failed shall say why, not that its database could not be dropped
        let _ = self.server.execute("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// A command for the program under test, without what a developer's or CI's environment would change: PG*, PGCOMPLY_*,
/// NO_COLOR, CLICOLOR_FORCE, CI, and the home folder's files.
pub(crate) fn pgcomply(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgcomply"));
    scrub(&mut command).env("HOME", home).current_dir(home);
    command
}

/// Takes the same variables out of any command.
pub(crate) fn scrub(command: &mut Command) -> &mut Command {
    let fixed = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "CI", "SOURCE_DATE_EPOCH", "COLUMNS"];
    let ours = env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("PG"));
    for name in ours.collect::<Vec<_>>() {
        command.env_remove(name);
    }
    for name in fixed {
        command.env_remove(name);
    }
    command
}

/// The arguments of libpq's habit with which `role` reaches a deployment by TLS and in full trust.
pub(crate) fn connection(reference: &Reference, role: &str, database: &str) -> String {
    format!(
        "host={} port={} user={role} dbname={database} sslmode=verify-full sslrootcert={}",
        reference.host(),
        reference.port(),
        reference.ca_bundle().display()
    )
}
