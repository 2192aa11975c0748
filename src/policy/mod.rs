//! The policy: pgcomply.toml read strictly, its keys with their defaults and floors.

mod keys;
mod parse;
mod value;

pub use keys::{Bound, KEYS, Key, Kind, find as find_key};
pub use parse::{Policy, PolicyError, TargetEntry};
pub use value::{Leaf, split_entry, to_number};
