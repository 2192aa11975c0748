//! pgcomply: a compliance audit scanner for PostgreSQL that looks as a least-privilege role and keeps what it saw.

pub mod collect;
pub mod conninfo;
pub mod pki;
pub mod server;
