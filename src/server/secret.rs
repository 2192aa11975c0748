//! A password that does not show itself.

use std::fmt;

/// Letters of the guide's passwords: 64 of them, 6 bits each.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A secret value. `Debug` prints `***`, and there is neither `Display` nor `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that is already there.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// A random password as the guide makes them, from `[A-Za-z0-9-_]` and of `length` characters (24: 144 bits).
    /// It always holds capitals, small letters and digits, for the rule of three character classes.
    ///
    /// # Errors
    /// `None` where the system gives no randomness.
    pub fn random(length: usize) -> Option<Self> {
        let source = rustls::crypto::ring::default_provider().secure_random;
        loop {
            let mut bytes = vec![0u8; length];
            source.fill(&mut bytes).ok()?;
            let text: String = bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 63)])).collect();
            if length < 3 || has_three_classes(&text) {
                return Some(Self(text));
            }
        }
    }

    /// The value itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn has_three_classes(text: &str) -> bool {
    let has = |class: fn(&char) -> bool| text.chars().any(|c| class(&c));
    has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_differ_and_do_not_print() {
        let (a, b) = (Secret::random(24).unwrap(), Secret::random(24).unwrap());
        assert_ne!(a, b);
        assert_eq!(a.reveal().len(), 24);
        assert!(has_three_classes(a.reveal()));
        assert_eq!(format!("{a:?}"), "***");
    }
}
