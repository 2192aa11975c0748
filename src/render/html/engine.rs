//! The template engine: strict, embedded, everything escaped; the one raw text is our own style sheet.

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::model::text::visible;
use crate::render::RenderError;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/report-templates");
const STYLE: &str = include_str!("../../../report-templates/report.css");
const PAGE: &str = "report.html.hbs";

/// Renders the page from its view.
pub(super) fn render(view: &impl serde::Serialize) -> Result<String, RenderError> {
    engine()?.render(PAGE, view).map_err(|e| RenderError::Template(e.to_string()))
}

/// The hash that the content security policy allows the style sheet by.
pub(super) fn style_hash() -> String {
    format!("sha256-{}", base64(&Sha256::digest(STYLE.as_bytes())))
}

fn engine() -> Result<Handlebars<'static>, RenderError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(escape);
    engine.register_helper("style", Box::new(style));
    engine.register_helper("lines", Box::new(lines));
    for file in TEMPLATES.files().chain(TEMPLATES.dirs().flat_map(Dir::files)) {
        let (Some(name), Some(text)) = (file.path().file_name().and_then(|n| n.to_str()), file.contents_utf8()) else {
            continue;
        };
        if let Some(partial) = name.strip_suffix(".hbs") {
            let name = if name == PAGE { name } else { partial };
            engine.register_template_string(name, text).map_err(|e| RenderError::Template(e.to_string()))?;
        }
    }
    Ok(engine)
}

/// Text in one line: what is hidden becomes visible, what HTML would read becomes text.
fn escape(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    out
}

/// `{{lines text}}`: the same for text of ours whose line breaks mean something, as in a query.
fn lines(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = helper.param(0).and_then(|p| p.value().as_str());
    let text = text.ok_or(RenderErrorReason::ParamNotFoundForIndex("lines", 0))?;
    for (i, line) in text.trim_end().replace("\r\n", "\n").replace('\t', "    ").split('\n').enumerate() {
        if i > 0 {
            out.write("\n")?;
        }
        out.write(&escape(line))?;
    }
    Ok(())
}

/// `{{style}}`: the style sheet, byte for byte, as the policy's hash wants it.
fn style(
    _: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(STYLE)?;
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let part = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for i in 0..4 {
            let index = (bits >> (18 - 6 * i)) as usize & 63;
            out.push(if i > chunk.len() { '=' } else { char::from(ALPHABET[index]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        let vectors =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (text, wanted) in vectors {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn no_template_writes_anything_raw() {
        for file in TEMPLATES.files().chain(TEMPLATES.dirs().flat_map(Dir::files)) {
            let text = file.contents_utf8().unwrap();
            for raw in ["{{{", "{{&", "{{~{", "style=", "<script", "onclick", "http://"] {
                assert!(!text.contains(raw), "{} contains {raw}", file.path().display());
            }
        }
    }

    #[test]
    fn the_style_sheet_is_small_and_asks_for_nothing() {
        assert!(STYLE.len() <= 15 * 1024, "{} bytes", STYLE.len());
        for request in ["url(", "@import", "</"] {
            assert!(!STYLE.contains(request), "{request}");
        }
    }

    #[test]
    fn a_missing_name_is_an_error() {
        let mut engine = engine().unwrap();
        engine.register_template_string("x", "{{nothing}}").unwrap();
        assert!(engine.render("x", &serde_json::json!({})).is_err());
    }
}
