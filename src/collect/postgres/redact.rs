//! Expressions without their string literals: a policy's text must not carry a user's data into a report.

/// Replaces the content of string literals by `…`; the name given to `current_setting` stays, for it is no value.
pub(super) fn without_literals(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(open) = rest.find('\'') {
        let keeps = out_ends_in_current_setting(&out, &rest[..open]);
        out.push_str(&rest[..=open]);
        let body = &rest[open + 1..];
        let close = end_of_literal(body);
        out.push_str(if keeps { &body[..close] } else { "…" });
        if close < body.len() {
            out.push('\'');
        }
        rest = body.get(close + 1..).unwrap_or("");
    }
    out + rest
}

fn out_ends_in_current_setting(out: &str, more: &str) -> bool {
    let before = if more.is_empty() { out } else { more };
    before.ends_with("current_setting(")
}

/// Where a literal ends: at the first quote that is not doubled.
fn end_of_literal(body: &str) -> usize {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            if bytes.get(at + 1) != Some(&b'\'') {
                return at;
            }
            at += 1;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::without_literals;

    #[test]
    fn literals_go_and_names_of_settings_stay() {
        assert_eq!(
            without_literals("((email = 'a''b@x'::text) AND (t = current_setting('app.tenant_id'::text, true)))"),
            "((email = '…'::text) AND (t = current_setting('app.tenant_id'::text, true)))"
        );
        assert_eq!(without_literals("true"), "true");
        assert_eq!(without_literals("x = 'open"), "x = '…");
    }
}
