//! report.json and its schema, and what no format may ever say.

use std::path::Path;

use pgcomply::model::Report;
use pgcomply::render::{RenderError, TableOptions, diff_table, html, json, parse, schema, table};

use crate::sample::{HOSTILE, PASSWORDS, later, report};

#[test]
fn a_report_read_back_is_the_same_bytes() {
    let first = json(&report()).unwrap();
    let again = json(&parse(&first).unwrap()).unwrap();
    assert!(first == again, "reading report.json and writing it again changed it");
    assert!(first.ends_with("}\n") && first.starts_with("{\n  \"schema_version\": \"1.0\""));
}

#[test]
fn every_format_made_from_the_read_report_is_the_same() {
    let (one, two) = (report(), parse(&json(&report()).unwrap()).unwrap());
    assert!(html(&one).unwrap() == html(&two).unwrap());
    assert!(table(&one, &TableOptions::default()) == table(&two, &TableOptions::default()));
}

#[test]
fn what_is_no_report_is_refused() {
    for text in ["", "[]", "{}", r#"{"schema_version": "1.0"}"#] {
        assert!(matches!(parse(text), Err(RenderError::NotAReport(_))), "{text}");
    }
    let newer = json(&report()).unwrap().replacen("\"1.0\"", "\"2.0\"", 1);
    assert!(parse(&newer).unwrap_err().to_string().contains("reads 1.x"));
    let minor = json(&report()).unwrap().replacen("\"1.0\"", "\"1.7\"", 1);
    assert!(parse(&minor).is_ok(), "additions raise the minor version only");
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let wanted = schema().unwrap();
    if std::env::var_os("PGCOMPLY_UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/report.schema.json has drifted; PGCOMPLY_UPDATE=1 cargo test updates it");
}

fn everything(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        ("json", json(report).unwrap()),
        ("html", html(report).unwrap()),
        ("table", table(report, &TableOptions { max_subjects: 99, ..TableOptions::default() })),
        ("diff", diff_table(&later(), report, &TableOptions { max_subjects: 99, ..TableOptions::default() })),
    ]
}

#[test]
fn no_format_shows_a_password_of_the_fixtures() {
    for (format, text) in everything(&report()) {
        for password in PASSWORDS {
            assert!(!text.contains(password), "{format} shows {password}");
        }
    }
}

#[test]
fn hostile_names_are_shown_and_do_no_harm() {
    for (format, text) in everything(&report()) {
        assert!(text.contains("roles/no-createrole"), "{format} lacks the finding that carries them");
        let hidden = |c: char| matches!(c, '\u{1b}' | '\u{202e}');
        assert!(format == "json" || !text.contains(hidden), "{format} lets a control or direction mark through");
    }
    let page = html(&report()).unwrap();
    for raw in ["<script", "<img", "</script>", "javascript:alert(1)\"", "two\nlines"] {
        assert!(!page.contains(raw), "{raw}");
    }
    for shown in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "{{lookup this &#39;x&#39;}}{{{raw}}}",
        "evil\\u{202e}gnp.exe",
        "two\\nlines\\u{1b}[31mred",
        HOSTILE[6],
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}
