//! The audited connection down to TLS: we dial, shake hands, record what the server showed, and decide whether to trust it.
//!
//! rustls gets a verifier that accepts and records everything; trust is decided afterwards, by libpq's rules for
//! `sslmode`, so that a weak or expired certificate can be kept as evidence when the caller asks for it.
//! Nothing that authenticates is sent before that decision.

mod binding;
mod certificate;
mod dial;
mod endpoint;
mod identity;
mod progress;
mod recorder;
mod roots;
mod tls;
mod transport;
mod trust;

pub use certificate::Certificate;
pub use dial::{Wire, connect};
pub use endpoint::TlsEndpoint;
pub use progress::{Progress, Stage};
pub use transport::Transport;
