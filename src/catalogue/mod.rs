//! What we know: the checks, the measures and the frameworks, read from their files and proved when loaded.

mod check;
mod framework;
mod header;
mod load;
mod setting_form;

pub use check::{Check, Need};
pub use framework::{Framework, Frameworks};
pub use load::{Catalogue, CatalogueError, wrapped};

/// Of checks, measures and frameworks together. A new major means that fingerprints or ids changed their meaning.
pub const RULESET_VERSION: &str = "1.0";
