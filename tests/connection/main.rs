//! The way to a session, against real servers and against impostors.

mod common;
mod fake;
mod login;
mod tls;
