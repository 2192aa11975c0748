//! pgcomply: a compliance audit scanner for PostgreSQL that looks as a least-privilege role and keeps what it saw.

pub mod assess;
pub mod audit;
pub mod catalogue;
pub mod cli;
pub mod collect;
pub mod commands;
pub mod conninfo;
pub mod evaluate;
pub mod evidence;
pub mod grants;
pub mod model;
pub mod pki;
pub mod policy;
pub mod render;
pub mod role_model;
pub mod server;
