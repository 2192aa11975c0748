//! The laws of the catalogue, on every major under test: what no author of a check has to remember.
//!
//! One reference deployment a major is built, stopped and kept as a template. Each fault runs in a copy of it; what the
//! scans of the copies brought is what all other laws work on, without a server.
#![expect(clippy::unwrap_used, reason = "a law that cannot be read shall fail")]

mod evidence;
mod facts;
mod faults;
mod fixes;
mod fixture;
mod hygiene;
mod model;
mod nulls;
mod order;
mod reference;
#[path = "../support/mod.rs"]
mod support;
mod withheld;
mod world;
