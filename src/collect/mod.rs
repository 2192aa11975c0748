//! The only code that touches the outside: it fills facts and judges nothing.

mod error;
pub mod postgres;
mod printable;
pub mod wire;

pub use error::ConnectError;
pub use printable::printable;
