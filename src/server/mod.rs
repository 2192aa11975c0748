//! Private PostgreSQL servers for the demo and the tests: found or fetched, started, and gone whatever happens.

mod account;
mod error;
pub mod fetch;
mod find;
mod pins;
mod run;
mod secret;
mod template;
mod watchdog;

pub use error::ServerError;
pub use find::{Binaries, Surroundings, find};
pub use run::{Options, PrivateServer};
pub use secret::Secret;
