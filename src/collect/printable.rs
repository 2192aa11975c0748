//! Text from a server, made safe for one line of a message.

/// No message needs more of a stranger's text.
const LONGEST: usize = 500;

/// Escapes control characters and those that reorder a line, and cuts what is very long.
pub fn printable(text: &str) -> String {
    let mut safe = String::new();
    for c in text.trim_end().chars().take(LONGEST) {
        match c {
            c if c.is_control() || reorders(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    if text.trim_end().chars().nth(LONGEST).is_some() {
        safe.push('…');
    }
    safe
}

/// Bidirectional controls and invisible separators.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_cannot_be_steered() {
        assert_eq!(
            printable("role \"a\x1b]0;x\x07\"\r\nis\t\u{202e}gone\n"),
            "role \"a\\u{1b}]0;x\\u{7}\"\\r\\nis\\t\\u{202e}gone"
        );
        assert_eq!(printable("é 漢字"), "é 漢字");
        assert_eq!(printable(&"x".repeat(501)).chars().count(), 501);
        assert!(printable(&"x".repeat(501)).ends_with("x…"));
    }
}
