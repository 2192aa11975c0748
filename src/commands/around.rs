//! The process around us: clock, environment, terminal and signals, read in one place.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::cli::Color;
use crate::conninfo::{self, Secret};
use crate::model::text::visible;

/// SIGINT or SIGTERM.
pub(super) const INTERRUPTED: u8 = 130;
/// What a terminal that does not say is taken for.
const DEFAULT_WIDTH: usize = 100;

/// The clock.
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A variable of the environment; an empty one is none.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What libpq's habits depend on.
pub(super) fn surroundings() -> conninfo::Surroundings {
    let env: BTreeMap<String, String> =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
    let account = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten();
    let home = env.get("HOME").map(PathBuf::from).or_else(|| account.as_ref().map(|a| a.dir.clone()));
    conninfo::Surroundings { env, home, user: account.map(|a| a.name) }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Asks the person at the terminal for a password and does not show it; none where nobody can answer.
pub(super) async fn ask_password(user: &str) -> Option<Secret> {
    let _quiet = Quiet::terminal()?;
    let mut stderr = std::io::stderr();
    write!(stderr, "Password for user {}: ", visible(user)).and_then(|()| stderr.flush()).ok()?;
    // on a thread of its own, so that a signal ends the waiting
    let read = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    };
    let line = tokio::task::spawn_blocking(read).await.ok()?.ok()?;
    let password = line.trim_end_matches(['\r', '\n']);
    (!password.is_empty()).then(|| Secret::new(password))
}

/// Stdin, a terminal, as long as it shows nothing of what is typed.
struct Quiet(Termios);

impl Quiet {
    fn terminal() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // a terminal that has gone needs nothing back
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &self.0);
        let _ = writeln!(std::io::stderr());
    }
}

/// How wide stdout is, and whether to colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// In columns.
    pub(super) width: usize,
    /// Whether to colour.
    pub(super) color: bool,
}

impl Terminal {
    /// As the flags, the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `COLUMNS`) and the terminal itself say.
    pub(super) fn new(color: Color) -> Self {
        let tty = std::io::stdout().is_terminal();
        let forced = variable("CLICOLOR_FORCE").is_some_and(|v| v != "0");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                forced || (tty && variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|t| t != "dumb"))
            }
        };
        let columns = variable("COLUMNS").and_then(|c| c.parse().ok()).filter(|c| *c >= 20);
        let measured = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Terminal { width: columns.or(measured.filter(|_| tty)).unwrap_or(DEFAULT_WIDTH), color }
    }
}
