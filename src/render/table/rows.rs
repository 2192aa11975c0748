//! A grid of cells that are already broken to their columns' widths.

use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

use super::Page;
use super::wrap::{width, wrap};
use crate::model::Severity;
use crate::model::text::visible;

/// A column: its heading and how wide its text may be.
pub(in crate::render) struct Column {
    pub(in crate::render) title: &'static str,
    pub(in crate::render) width: usize,
}

/// Draws a grid. A cell is a list of paragraphs; the first column holds our words only.
pub(in crate::render) fn grid(page: &mut Page<'_>, columns: &[Column], rows: &[Vec<Vec<String>>]) {
    let mut table = Table::new();
    let line = if page.options.ascii { '-' } else { '─' };
    table.load_style(style(line)).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|c| cell(&[c.title.to_owned()], c.width)).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().zip(columns).map(|(text, c)| cell(text, c.width)).collect::<Vec<_>>());
    }
    for line in table.trim_fmt().lines() {
        let line = painted(page, line);
        page.line(&line);
    }
}

const fn style(line: char) -> TableStyle {
    let rule = LineStyle::none().fill(line).junction(line);
    TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(rule)
        .content_lines(ContentLineStyle::none())
        .row_separator(rule)
        .bottom_border(rule)
}

/// Every paragraph begins a line; its further lines are indented by two, so that one sees where it begins.
fn cell(paragraphs: &[String], limit: usize) -> String {
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        let paragraph = &visible(paragraph);
        let first = wrap(paragraph, limit);
        if first.len() < 2 || limit < 16 {
            lines.extend(first);
            continue;
        }
        let mut broken = wrap(paragraph, limit - 2).into_iter();
        lines.extend(broken.next());
        lines.extend(broken.map(|l| format!("  {l}")));
    }
    debug_assert!(lines.iter().all(|l| width(l) <= limit.max(2)));
    lines.join("\n")
}

/// A line with the severity at its beginning coloured: it is our own word, names stand in later columns.
fn painted(page: &Page<'_>, line: &str) -> String {
    let Some(rest) = line.strip_prefix(' ') else { return line.to_owned() };
    for severity in Severity::ALL {
        let word = severity.as_str().to_uppercase();
        if let Some(rest) = rest.strip_prefix(&word) {
            return format!(" {}{rest}", page.severity(severity));
        }
    }
    line.to_owned()
}
