//! Text from outside made safe to show: control characters become visible, everything else stays.

/// Writes control characters (C0, C1, DEL), line separators and direction marks as `\n`, `\u{1b}` and the like,
/// so that a name from a server cannot move a terminal's cursor or reorder a line.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, and the format characters that reorder or hide text (Unicode Bidi_Control, zero-width ones, BOM).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Of some candidates the one that a misspelt name most likely means; none where all are far off.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.into_iter().map(|c| (strsim::damerau_levenshtein(name, c), c)).min()?;
    (near.0 <= 1 + name.chars().count() / 3).then_some(near.1)
}

/// Whether `text` fits a pattern in which `*` stands for any run of characters.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{glob, nearest, visible};

    #[test]
    fn globs_and_near_names() {
        assert!(glob("roles/*", "roles/owner-nologin") && glob("*", "") && glob("a*c*e", "abcde"));
        assert!(!glob("roles/*", "grants/roles/x") && !glob("a", "ab") && !glob("a*b*b", "ab"));
        assert_eq!(nearest("aplication", ["owner", "application"]), Some("application"));
        assert_eq!(nearest("zzz", ["owner"]), None);
    }

    #[test]
    fn escapes_terminal_sequences_and_direction_marks() {
        assert_eq!(visible("a\u{1b}]0;x\u{7}b\n"), "a\\u{1b}]0;x\\u{7}b\\n");
        assert_eq!(visible("x\u{202e}y"), "x\\u{202e}y");
    }

    #[test]
    fn keeps_letters_of_every_script() {
        assert_eq!(visible("größe 表 😀"), "größe 表 😀");
    }
}
