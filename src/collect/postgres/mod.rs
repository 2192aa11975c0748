//! Sessions on the audited server, and what its errors mean.

mod cancel;
mod diagnose;
mod query_error;
mod session;
mod watch;

pub use cancel::CancelToken;
pub use query_error::{QueryError, QueryErrorKind};
pub use session::Session;
