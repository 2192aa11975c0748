//! The way to a session, against real servers and against impostors.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod fake;
mod login;
#[path = "../support/mod.rs"]
mod support;
mod tls;
