//! What is written line by line: colours that count as nothing, headings, and paragraphs with a hanging indent.

use super::TableOptions;
use super::wrap::{width, wrap};
use crate::model::Severity;
use crate::model::text::visible;
use crate::render::words::Label;

/// A page under construction.
pub(in crate::render) struct Page<'o> {
    pub(in crate::render) options: &'o TableOptions,
    out: String,
}

impl<'o> Page<'o> {
    pub(in crate::render) fn new(options: &'o TableOptions) -> Self {
        Page { options, out: String::new() }
    }

    pub(in crate::render) fn finish(self) -> String {
        self.out
    }

    /// How many columns there are.
    pub(in crate::render) fn width(&self) -> usize {
        self.options.width.max(20)
    }

    /// `—` and the like, or what stands for it in ASCII.
    pub(in crate::render) fn pick(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.options.ascii { ascii } else { unicode }
    }

    /// A line as it is; what comes from outside has been made visible before.
    pub(in crate::render) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(in crate::render) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading: the symbol, the word, and a remark.
    pub(in crate::render) fn heading(&mut self, label: Option<Label>, word: &str, remark: &str) {
        self.blank();
        let (symbol, class) =
            label.map_or(("", "strong"), |l| (if self.options.ascii { l.ascii } else { l.symbol }, l.class));
        let head = if symbol.is_empty() { word.to_owned() } else { format!("{symbol} {word}") };
        let indent = width(&head) + 2;
        let lines = wrap(&visible(remark), self.width().saturating_sub(indent).max(10));
        let painted = self.paint(class, &head);
        for (i, line) in lines.iter().enumerate() {
            let text = if i == 0 { format!("{painted}  {line}") } else { format!("{:indent$}{line}", "") };
            self.line(&text);
        }
    }

    /// A paragraph whose further lines are indented under its first; `lead` stands before the first.
    pub(in crate::render) fn paragraph(&mut self, lead: &str, text: &str) {
        let indent = width(lead);
        let lines = wrap(&visible(text), self.width().saturating_sub(indent).max(10));
        for (i, line) in lines.iter().enumerate() {
            let text = if i == 0 { format!("{lead}{line}") } else { format!("{:indent$}{line}", "") };
            self.line(&text);
        }
    }

    /// `Label       value`, the label faint.
    pub(in crate::render) fn pair(&mut self, label: &str, value: &str) {
        let wide = 11;
        let lines = wrap(&visible(value), self.width().saturating_sub(wide).max(10));
        for (i, line) in lines.iter().enumerate() {
            let head = format!("{:wide$}", if i == 0 { label } else { "" });
            let head = self.paint("faint", &head);
            self.line(&format!("{head}{line}"));
        }
    }

    /// The text in the colour of a class; without colours the text.
    pub(in crate::render) fn paint(&self, class: &str, text: &str) -> String {
        let code = match class {
            "critical" | "error" => "1;31",
            "fail" | "high" => "31",
            "medium" | "unseen" => "33",
            "low" | "manual" => "34",
            "waived" => "35",
            "pass" => "32",
            "strong" => "1",
            "faint" | "info" | "na" => "2",
            _ => "",
        };
        if self.options.color && !code.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The severity's word, in capitals and in its colour.
    pub(in crate::render) fn severity(&self, severity: Severity) -> String {
        self.paint(severity.as_str(), &severity.as_str().to_uppercase())
    }
}
