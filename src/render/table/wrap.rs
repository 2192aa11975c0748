//! Text broken to a width in columns, at spaces first, inside an identifier only where it has to be.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The lines of a text, none wider than `limit` (a single character that is wider stands alone).
/// A no-break space holds its neighbours together and is shown as a space.
pub(super) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        for (i, piece) in pieces(word, limit).into_iter().enumerate() {
            let Some(last) = lines.last_mut() else { continue };
            let gap = usize::from(i == 0 && !last.is_empty());
            if i == 0 && width(last) + gap + width(piece) <= limit {
                if gap == 1 {
                    last.push(' ');
                }
                last.push_str(piece);
            } else if last.is_empty() {
                last.push_str(piece);
            } else {
                lines.push(piece.to_owned());
            }
        }
    }
    lines.iter().map(|l| l.replace('\u{a0}', " ")).collect()
}

/// A word in pieces that fit, cut after the last `/`, `.`, `-` … that fits, else where it is full.
fn pieces(word: &str, limit: usize) -> Vec<&str> {
    let mut rest = word;
    let mut out = Vec::new();
    while width(rest) > limit {
        let (head, tail) = rest.split_at(cut(rest, limit));
        out.push(head);
        rest = tail;
    }
    out.push(rest);
    out
}

fn cut(text: &str, limit: usize) -> usize {
    let (mut full, mut soft) = (0, None);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if width(&text[..end]) > limit {
            break;
        }
        full = end;
        // a mark that belongs to the character before it stays with it
        let whole = text[end..].chars().next().is_none_or(|next| next.width() != Some(0));
        if whole && "/.-_,:;=@()[]{}|&".contains(c) && at > 0 {
            soft = Some(end);
        }
    }
    soft.unwrap_or(full).max(text.chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_then_at_joints_then_anywhere() {
        assert_eq!(wrap("roles are fine", 9), ["roles are", "fine"]);
        assert_eq!(wrap("tls/certificate-expiry-horizon", 14), ["tls/", "certificate-", "expiry-horizon"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn wide_characters_count_twice_and_nothing_is_lost() {
        let text = "表表表 😀😀😀😀 e\u{301}e\u{301}e\u{301}";
        for limit in 2..12 {
            let lines = wrap(text, limit);
            assert!(lines.iter().all(|l| width(l) <= limit), "{limit}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
