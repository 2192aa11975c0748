//! `key=value` connection strings, quoted as libpq quotes them.

use std::iter::Peekable;
use std::str::Chars;

/// Splits `host=a port = 5432 password='it''s'` into pairs, as libpq's `conninfo_parse` does.
///
/// # Errors
/// The reason, without the text: it may hold a password.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut chars = text.chars().peekable();
    let mut pairs = Vec::new();
    loop {
        skip_space(&mut chars);
        if chars.peek().is_none() {
            return Ok(pairs);
        }
        let key = key(&mut chars)?;
        skip_space(&mut chars);
        let value = if chars.next_if_eq(&'\'').is_some() { quoted(&mut chars, &key)? } else { bare(&mut chars) };
        pairs.push((key, value));
    }
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
}

/// The key and its `=`. What stands there without one may be half a password, so it is not repeated.
fn key(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut key = String::new();
    while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_ascii_whitespace()) {
        key.push(c);
    }
    skip_space(chars);
    match chars.next() {
        Some('=') if key.is_empty() => Err("a key is missing before \"=\"".to_owned()),
        Some('=') => Ok(key),
        _ => Err("expected key=value pairs, and a key has no \"=\" after it (quote values with spaces)".to_owned()),
    }
}

fn quoted(chars: &mut Peekable<Chars<'_>>, key: &str) -> Result<String, String> {
    let unterminated = || format!("unterminated quoted string in the value of {}", key.escape_debug());
    let mut value = String::new();
    loop {
        match chars.next().ok_or_else(unterminated)? {
            '\'' => return Ok(value),
            '\\' => value.push(chars.next().ok_or_else(unterminated)?),
            c => value.push(c),
        }
    }
}

fn bare(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_ascii_whitespace()) {
        match c {
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn spaces_quotes_and_escapes_are_libpqs() {
        assert_eq!(pairs("host=a port = 5433"), [pair("host", "a"), pair("port", "5433")]);
        assert_eq!(pairs(r"password='a b\'c\\' user=x"), [pair("password", r"a b'c\"), pair("user", "x")]);
        assert_eq!(pairs(r"user=a\ b\=c"), [pair("user", "a b=c")]);
        assert_eq!(pairs("host='' user=x"), [pair("host", ""), pair("user", "x")]);
        assert_eq!(pairs("host= user=x"), [pair("host", "user=x")]); // as libpq reads it: spaces after "=" are skipped
        assert_eq!(pairs("  "), []);
    }

    #[test]
    fn errors_do_not_repeat_the_text() {
        let error = parse("host=a password=my secret").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        assert!(parse("password='sesame").unwrap_err().contains("unterminated"));
        assert!(!parse("password='sesame").unwrap_err().contains("sesame"));
        assert!(parse("=x").is_err());
    }
}
