//! A value and where it came from, so that an error can name the place to correct.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a connection parameter was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command line flag, as typed.
    Flag(&'static str),
    /// A `postgresql://` URL.
    Url,
    /// A `key=value` connection string.
    ConnectionString,
    /// A `[[target]]` of the policy.
    Target(String),
    /// An environment variable.
    Environment(&'static str),
    /// A line of a service file.
    Service {
        /// The service's name.
        name: String,
        /// The file that defines it.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Url => f.write_str("connection URL"),
            Self::ConnectionString => f.write_str("connection string"),
            Self::Target(name) => write!(f, "target \"{name}\" of the policy"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Service { name, file, line } => {
                write!(f, "service \"{name}\" in {} line {line}", file.display())
            }
        }
    }
}

/// One value as written. No `Debug`: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// The parameters gathered so far; the first layer that names a key keeps it.
#[derive(Default, Clone)]
pub(super) struct Parameters(BTreeMap<&'static str, Given>);

impl Parameters {
    /// Adds a value unless an earlier layer gave one. Empty values count as not given, as in libpq's own checks.
    pub(super) fn offer(&mut self, key: &'static str, value: &str, origin: Origin) {
        if !value.is_empty() {
            let value = value.to_owned();
            self.0.entry(key).or_insert(Given { value, origin });
        }
    }

    pub(super) fn given(&self, key: &str) -> Option<&Given> {
        self.0.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.given(key).map(|given| given.value.as_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        self.0.iter().map(|(key, given)| (*key, given))
    }
}
