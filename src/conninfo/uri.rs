//! `postgresql://` URLs, read as libpq's `conninfo_uri_parse` reads them.

/// Whether libpq would take `text` for a URL.
pub(super) fn is_uri(text: &str) -> bool {
    rest(text).is_some()
}

fn rest(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

/// Takes a URL apart into pairs of libpq's keys; repeated and unknown ones are the caller's matter.
///
/// # Errors
/// The reason, without the text: it may hold a password.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let rest = rest(text).ok_or("expected postgresql://")?;
    let mut pairs = Vec::new();
    let rest = user_info(rest, &mut pairs)?;
    let rest = address(rest, &mut pairs)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if let Some(database) = path.strip_prefix('/') {
        push(&mut pairs, "dbname", database)?;
    }
    parameters(query, &mut pairs)?;
    Ok(pairs)
}

type Pairs = Vec<(String, String)>;

/// `user:password@`, present when an `@` comes before the first `/`.
fn user_info<'a>(rest: &'a str, pairs: &mut Pairs) -> Result<&'a str, String> {
    let authority = rest.split('/').next().unwrap_or_default();
    let Some((info, _)) = authority.split_once('@') else {
        return Ok(rest);
    };
    let (user, password) = info.split_once(':').unwrap_or((info, ""));
    push(pairs, "user", user)?;
    push(pairs, "password", password)?;
    Ok(&rest[info.len() + 1..])
}

/// `host:port`, with `[…]` around an IPv6 address; returns what follows.
fn address<'a>(rest: &'a str, pairs: &mut Pairs) -> Result<&'a str, String> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (address, after) = rest.split_at(end);
    if address.contains(',') {
        push(pairs, "host", address)?; // several hosts: refused by name later
        return Ok(after);
    }
    let (host, port) = match address.strip_prefix('[') {
        Some(inside) => bracketed(inside)?,
        None => address.split_once(':').unwrap_or((address, "")),
    };
    push(pairs, "host", host)?;
    push(pairs, "port", port)?;
    Ok(after)
}

fn bracketed(inside: &str) -> Result<(&str, &str), String> {
    let (host, port) = inside.split_once(']').ok_or("the IPv6 address has no closing \"]\"")?;
    if host.is_empty() {
        return Err("the IPv6 address between \"[\" and \"]\" is empty".to_owned());
    }
    match port.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None if port.is_empty() => Ok((host, "")),
        None => Err("unexpected text after the IPv6 address".to_owned()),
    }
}

fn parameters(query: &str, pairs: &mut Pairs) -> Result<(), String> {
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (key, value) = parameter.split_once('=').ok_or("a query parameter has no \"=\"")?;
        if value.contains('=') {
            return Err("a query parameter has more than one \"=\" (write %3D in a value)".to_owned());
        }
        match (decode(key)?.as_str(), value) {
            ("ssl", "true") => pairs.push(("sslmode".to_owned(), "require".to_owned())), // JDBC's spelling, as libpq
            (key, value) => pairs.push((key.to_owned(), decode(value)?)),
        }
    }
    Ok(())
}

/// Adds a decoded part of the URL unless it is empty.
fn push(pairs: &mut Pairs, key: &str, encoded: &str) -> Result<(), String> {
    if !encoded.is_empty() {
        pairs.push((key.to_owned(), decode(encoded)?));
    }
    Ok(())
}

/// Percent-decoding; `+` stays a plus, `%00` is refused.
fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { escaped(&mut rest)? } else { byte });
    }
    String::from_utf8(bytes).map_err(|_| "a percent-encoded part is not UTF-8".to_owned())
}

fn escaped(rest: &mut std::str::Bytes<'_>) -> Result<u8, String> {
    let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
    let (Some(high), Some(low)) = (digit(), digit()) else {
        return Err("\"%\" is not followed by two hexadecimal digits".to_owned());
    };
    match u8::try_from(high * 16 + low) {
        Ok(0) | Err(_) => Err("%00 is not allowed".to_owned()),
        Ok(byte) => Ok(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        let pairs = parse(text).unwrap();
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_part_of_a_url() {
        assert_eq!(
            parsed("postgresql://us%65r:p%40ss@db.example:5433/app%20db?sslmode=require&connect_timeout=3"),
            "user=user password=p@ss host=db.example port=5433 dbname=app db sslmode=require connect_timeout=3"
        );
        assert_eq!(parsed("postgres://"), "");
        assert_eq!(parsed("postgresql:///app"), "dbname=app");
        assert_eq!(parsed("postgresql://h?user=x"), "host=h user=x");
        assert_eq!(parsed("postgresql://h/?ssl=true"), "host=h sslmode=require");
        assert_eq!(parsed("postgresql://h/a?application_name=a+b"), "host=h dbname=a application_name=a+b");
    }

    #[test]
    fn addresses_and_sockets() {
        assert_eq!(parsed("postgresql://[::1]:5433/a"), "host=::1 port=5433 dbname=a");
        assert_eq!(parsed("postgresql://u@[2001:db8::1]"), "user=u host=2001:db8::1");
        assert_eq!(parsed("postgresql://%2Fvar%2Frun:5433/a"), "host=/var/run port=5433 dbname=a");
        assert_eq!(parsed("postgresql:///a?host=/tmp&port=1"), "dbname=a host=/tmp port=1");
        assert_eq!(parsed("postgresql://a:1,b:2/x"), "host=a:1,b:2 dbname=x");
    }

    #[test]
    fn errors_do_not_repeat_the_text() {
        for bad in [
            "postgresql://u:sesame%zz@h/a",
            "postgresql://u:sesame%00@h/a",
            "postgresql://u:sesame%4@h/a",
            "postgresql://u:sesame@[::1/a",
            "postgresql://u:sesame@[]/a",
            "postgresql://u:sesame@[::1]5/a",
            "postgresql://u:sesame@h/a?sslmode",
            "postgresql://u:sesame@h/a?user=a=b",
            "postgresql://u:sesame%ff@h/a",
        ] {
            let error = parse(bad).unwrap_err();
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}
