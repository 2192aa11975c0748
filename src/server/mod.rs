//! Private PostgreSQL servers for the demo and the tests: found or fetched, started, and gone whatever happens.

mod account;
mod drift;
mod error;
pub mod fetch;
mod find;
mod pins;
mod reference;
mod run;
mod secret;
mod sql;
mod template;
mod watchdog;

pub use drift::{Drift, Place};
pub use error::ServerError;
pub use find::{Binaries, Surroundings, find};
pub use reference::{POLICY, Reference, ReferenceOptions, ReferenceTemplate};
pub use run::{Options, PrivateServer};
pub use secret::Secret;
