//! How a target is named: libpq's and psql's connection habits, read once, in one place.
//!
//! The order is: flag, connection string, `[[target]]` of the policy, environment, service file, pass file, default.
//! Two habits differ from psql on purpose, and a warning says so whenever it matters:
//! psql lets a connection string given to `-d` win over `-h` and `-p`, and libpq lets a service file win over `PG*`.
//! `sslmode` defaults to `verify-full` on TCP, where libpq says `prefer`: an audit tool does not start in clear.
//! What libpq knows and we do not support is an error that names it and where it came from.

mod error;
mod file;
mod given;
mod keyword;
mod pairs;
mod passfile;
mod resolve;
mod secret;
mod service;
mod settings;
mod ssl;
mod uri;

pub use error::ConninfoError;
pub use given::Origin;
pub use resolve::{Request, Surroundings, TargetEntry, resolve};
pub use secret::Secret;
pub use settings::{
    ChannelBinding, ClientCertificate, ConnectionSettings, Host, PasswordSource, RootCertificates, SslMode,
    SslNegotiation,
};
