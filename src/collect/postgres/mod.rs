//! Sessions on the audited server, and what its errors mean.

mod cancel;
mod catalog;
mod decode;
mod diagnose;
mod erasure;
mod expression;
mod fill;
mod pipeline;
mod query_error;
mod redact;
mod running;
mod scan;
mod session;
mod settings;
mod watch;

pub use cancel::CancelToken;
pub use erasure::Counting;
pub use query_error::{QueryError, QueryErrorKind};
pub use running::Running;
pub use scan::{Bounds, NEWEST_KNOWN_MAJOR, ScanError, ScanRequest, scan, scan_within, statements_for};
pub use session::Session;
pub use settings::candidates as settings_that_may_be_hidden;
