//! Values of the policy: as written, and as the number that checks compare with.

use super::keys::Kind;

/// One value of a key, as it goes into the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// As text.
    pub text: String,
    /// Normalised: milliseconds, bytes, days, 0 or 1.
    pub number: Option<f64>,
}

/// The number that a text stands for: `5min` is 300000, `10GB` is 10737418240, `true` is 1. Units are PostgreSQL's
/// (<https://www.postgresql.org/docs/16/config-setting.html>), and `d` in days keys is allowed too.
#[must_use]
pub fn to_number(kind: Kind, text: &str) -> Option<f64> {
    match kind {
        Kind::List | Kind::Periods | Kind::Text => None,
        Kind::Count => text.parse().ok(),
        Kind::Days => text.trim_end_matches('d').trim().parse().ok(),
        Kind::Bool => match text {
            "true" => Some(1.0),
            "false" => Some(0.0),
            _ => None,
        },
        Kind::Duration => {
            with_unit(text, &[("us", 0.001), ("ms", 1.0), ("s", 1e3), ("min", 6e4), ("h", 3.6e6), ("d", 8.64e7)])
        }
        Kind::Bytes => with_unit(
            text,
            &[("B", 1.0), ("kB", 1024.0), ("MB", 1_048_576.0), ("GB", 1_073_741_824.0), ("TB", 1_099_511_627_776.0)],
        ),
    }
}

/// The name at the start of an entry, and what is said of it after a colon: `app.usertable.email: to reach the person`.
#[must_use]
pub fn split_entry(text: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ':' if !quoted => return (text[..at].trim(), Some(text[at + 1..].trim())),
            _ => {}
        }
    }
    (text.trim(), None)
}

fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim();
    if unit.is_empty() {
        return Some(number);
    }
    units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_split_at_the_first_colon_outside_quotes() {
        assert_eq!(split_entry("app.t.a: why; ground: x"), ("app.t.a", Some("why; ground: x")));
        assert_eq!(split_entry("app.\"a:b\".c"), ("app.\"a:b\".c", None));
    }

    #[test]
    fn units_are_postgresqls() {
        assert_eq!(to_number(Kind::Duration, "5 min"), Some(300_000.0));
        assert_eq!(to_number(Kind::Duration, "250"), Some(250.0));
        assert_eq!(to_number(Kind::Bytes, "10GB"), Some(10_737_418_240.0));
        assert_eq!(to_number(Kind::Duration, "5 fortnights"), None);
        assert_eq!(to_number(Kind::Bool, "on"), None);
    }
}
