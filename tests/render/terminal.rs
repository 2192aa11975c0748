//! The terminal's words at the widths that people have.

use pgcomply::model::{GateStatus, Report, Status};
use pgcomply::render::{TableOptions, diff_table, table, verdict_line};
use unicode_width::UnicodeWidthStr;

use crate::sample::{later, report};

fn options(width: usize) -> TableOptions {
    TableOptions { width, ..TableOptions::default() }
}

#[test]
fn words_at_80_160_and_40_columns() {
    insta::assert_snapshot!("table_80", table(&report(), &options(80)));
    insta::assert_snapshot!("table_160", table(&report(), &options(160)));
    insta::assert_snapshot!("table_40", table(&report(), &options(40)));
}

#[test]
fn words_of_a_difference() {
    insta::assert_snapshot!("diff_100", diff_table(&report(), &later(), &options(100)));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 59, 60, 80, 99, 100, 139, 140, 160, 200] {
        for text in [table(&report(), &options(width)), diff_table(&report(), &later(), &options(width))] {
            for line in text.lines() {
                assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_colour() {
    let plain = table(&report(), &options(100));
    let coloured = table(&report(), &TableOptions { color: true, ..options(100) });
    assert_ne!(plain, coloured);
    assert_eq!(plain, without_colours(&coloured));
    assert!(!plain.contains('\u{1b}'), "a name from the server reached the terminal raw");
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn ascii_is_ascii_save_for_names_and_quotes_from_the_report() {
    let mut report = report();
    report.targets[0].findings.retain(|f| f.check == "logging/statement-ddl" || f.check == "hba/no-trust");
    report.targets[0].databases.clear();
    let text = table(&report, &TableOptions { ascii: true, ..options(160) });
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn the_gate_is_the_last_line_with_word_and_exit_code() {
    let text = table(&report(), &options(160));
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("✗ FAIL  exit 1: The gate failed"), "{last}");
}

#[test]
fn the_verdict_alone_is_the_last_line() {
    let (report, options) = (report(), options(160));
    assert!(table(&report, &options).ends_with(&verdict_line(&report, &options)));
    assert_eq!(verdict_line(&report, &options).lines().count(), 1);
}

#[test]
fn a_clean_run_and_one_that_saw_nothing() {
    let mut report = report();
    report.targets[0].findings.retain(|f| f.status == Status::Pass);
    (report.gate.status, report.gate.exit_code) = (GateStatus::Passed, 0);
    report.gate.failed_by.clear();
    report.gate.verdict = "The gate passed.".into();
    let last = |report: &Report| table(report, &options(100)).lines().last().unwrap().to_owned();
    assert!(last(&report).starts_with("? INCOMPLETE"), "a pass that lacks something is not green");
    report.gate.incomplete_by.clear();
    assert_eq!(last(&report), "✓ PASS  exit 0: The gate passed.");
    assert!(
        table(&report, &options(100)).contains("FAIL  0 of 17 checks") && !table(&report, &options(100)).contains('✗')
    );
    report.targets[0].findings.clear();
    assert!(table(&report, &options(100)).contains("NOTHING WAS JUDGED"));
}

#[test]
fn a_long_value_does_not_fill_the_screen() {
    let mut report = report();
    let finding = report.targets[0].findings.iter_mut().find(|f| f.check == "roles/owner-nologin").unwrap();
    finding.observations[0].observed = Some("表".repeat(5_000));
    let text = table(&report, &options(80));
    assert!(text.contains("[...]") && text.matches('表').count() < 250);
}
