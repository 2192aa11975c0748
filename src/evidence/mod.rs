//! The evidence of one target: an SQLite database of facts, kept in memory and written whole.

mod reach;
mod rows;
mod store;

pub use reach::derive_role_reach;
pub use rows::{CollectionRow, CollectionStatus, Rows};
pub use store::{Evidence, EvidenceError};

/// The one definition of all fact tables, commented column by column.
pub const SCHEMA_SQL: &str = include_str!("schema.sql");

/// `MAJOR.MINOR` of the fact tables. Evidence of the same major can be read, whatever its minor.
pub const SCHEMA_VERSION: &str = "1.1";
