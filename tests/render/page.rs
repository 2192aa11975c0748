//! The HTML page: whole, deterministic, asking for nothing, small enough, and honest about what was not seen.

use std::collections::BTreeSet;
use std::time::Instant;

use pgcomply::model::{Disposition, GateStatus, Observation, Report, Status, TargetStatus, Verdict};
use pgcomply::render::html;

use crate::sample::{report, sha};

/// Written beside the build, so that it can be looked at.
fn page() -> String {
    let text = html(&report()).unwrap();
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/report.html"), &text).unwrap();
    text
}

fn attribute<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.match_indices(&start).filter_map(|(at, s)| page[at + s.len()..].split('"').next()).collect()
}

#[test]
fn it_is_one_file_that_asks_for_nothing() {
    let page = page();
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    let tags: Vec<&str> = page.split('<').skip(1).filter_map(|t| t.split('>').next()).collect();
    let known = BTreeSet::from([
        "a",
        "article",
        "blockquote",
        "body",
        "br",
        "caption",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "head",
        "header",
        "html",
        "li",
        "main",
        "meta",
        "nav",
        "ol",
        "p",
        "pre",
        "rect",
        "section",
        "small",
        "span",
        "strong",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "!doctype",
    ]);
    for tag in tags {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(known.contains(name), "<{tag}>");
        for attribute in tag.rsplit_once('=').into_iter().flat_map(|(all, _)| all.split('=')) {
            let attribute = attribute.rsplit([' ', '"']).next().unwrap();
            assert!(!attribute.starts_with("on") && !["src", "style", "srcset"].contains(&attribute), "<{tag}>");
        }
    }
    assert_eq!(page.matches("<style>").count(), 1);
}

#[test]
fn the_policy_allows_exactly_the_style_that_is_there() {
    let page = page();
    let style = page.split("<style>").nth(1).and_then(|s| s.split("</style>").next()).unwrap();
    let hash = page.split("'sha256-").nth(1).and_then(|s| s.split('\'').next()).unwrap();
    let hex: String = decode(hash).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, sha(style));
}

fn decode(text: &str) -> Vec<u8> {
    let value = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".find(c).unwrap() as u32;
    let text = text.trim_end_matches('=');
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for c in text.chars() {
        (bits, held) = (bits << 6 | value(c), held + 6);
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    let page = page();
    let ids = attribute(&page, "id");
    let unique: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an id is there twice");
    for href in attribute(&page, "href") {
        match href.strip_prefix('#') {
            Some(id) => assert!(unique.contains(id), "#{id} leads nowhere"),
            None => assert!(href.starts_with("https://"), "{href}"),
        }
    }
    for label in attribute(&page, "aria-labelledby") {
        assert!(unique.contains(label), "aria-labelledby {label} names nothing");
    }
}

#[test]
fn every_check_and_every_control_is_there() {
    let (page, report) = (page(), report());
    for check in &report.checks {
        let anchor = format!(" id=\"check-{}\"", check.id.replace('/', "-"));
        assert!(page.contains(&anchor), "{}", check.id);
    }
    let controls: usize = report.frameworks.iter().map(|f| f.controls.len()).sum();
    assert!(report.frameworks.len() == 3 && controls > 140, "the sample has the frameworks whole");
    assert_eq!(page.matches(" id=\"control-").count(), controls);
}

#[test]
fn its_words() {
    insta::assert_snapshot!("page", words(&page()));
}

/// The text that a reader sees, without markup and style.
fn words(page: &str) -> String {
    let body = page.split("<main").nth(1).unwrap().split_once('>').unwrap().1;
    let mut out = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    let lines = out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn incomplete_is_never_green() {
    let mut report = report();
    report.gate.failed_by.clear();
    let class = |report: &Report| {
        let page = html(report).unwrap();
        page.split("id=\"verdict\" class=\"verdict ").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(class(&report), "fail");
    for status in [GateStatus::Incomplete, GateStatus::Passed] {
        report.gate.status = status;
        assert_eq!(class(&report), "unseen", "{status:?} while something was not seen");
    }
    report.gate.incomplete_by.clear();
    assert_eq!(class(&report), "pass");
}

#[test]
fn several_targets_and_one_that_failed_have_their_place() {
    let mut report = report();
    let mut second = report.targets[0].clone();
    second.name = "prod-us".into();
    second.findings.retain(|f| f.status != Status::Fail);
    let version = report.targets[0].findings.iter_mut().find(|f| f.check == "version/supported-major").unwrap();
    (version.status, version.disposition) = (Status::Fail, Some(Disposition::Open));
    report.targets.push(second);
    let mut dead = report.targets[0].clone();
    dead.name = "prod-asia".into();
    dead.status = TargetStatus::Failed;
    dead.error = Some("connection refused".into());
    (dead.findings, dead.controls, dead.collection, dead.statements) = (vec![], vec![], vec![], vec![]);
    (dead.connection, dead.server, dead.role) = (None, None, None);
    report.targets.push(dead);
    let page = html(&report).unwrap();
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/fleet.html"), &page).unwrap();
    assert!(page.contains("Findings by target and outcome") && page.contains("connection refused"));
    let row = page.split("id=\"control-guide-12\"").nth(1).and_then(|r| r.split("</tr>").next()).unwrap();
    let status =
        |target: &str| row.split(target).nth(1).unwrap().split("class=\"checks\"").nth(1).unwrap()[..60].to_owned();
    assert!(status(">prod-eu<").contains("class=\"fail\""), "{row}");
    assert!(status(">prod-us<").contains("class=\"pass\""), "a check's status is that of its target: {row}");
    let ids = attribute(&page, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id is there twice");
}

#[test]
fn an_empty_report_is_still_a_page() {
    let mut report = report();
    (report.targets, report.checks, report.frameworks) = (vec![], vec![], vec![]);
    report.gate.status = GateStatus::NotScanned;
    assert!(html(&report).unwrap().contains("NOT SCANNED"));
}

/// A hundred checks, the largest with 20,000 subjects.
fn large() -> Report {
    let mut report = report();
    let findings = &mut report.targets[0].findings;
    let model = findings.iter().find(|f| f.check == "rls/tenant-tables-protected").unwrap().clone();
    let subject = model.observations[0].clone();
    let many = |n: usize| -> Vec<Observation> {
        let one = |i: usize| Observation {
            subject: format!("app.table_{i:05}"),
            fingerprint: format!("v1:{}", sha(&i.to_string())),
            verdict: Verdict::Fail,
            ..subject.clone()
        };
        (0..n).map(one).collect()
    };
    let info = report.checks[0].clone();
    for n in 0..100 {
        let subjects = if n == 0 { 20_000 } else { 50 };
        let mut finding = model.clone();
        finding.check = format!("large/check-{n:03}");
        finding.observations = many(subjects);
        finding.population.failed = subjects as u64;
        findings.push(finding);
        let mut info = info.clone();
        info.id = format!("large/check-{n:03}");
        report.checks.push(info);
    }
    report
}

#[test]
fn a_large_report_stays_small_and_says_what_it_cut() {
    let report = large();
    let started = Instant::now();
    let page = html(&report).unwrap();
    let took = started.elapsed();
    eprintln!("{} bytes in {took:?}", page.len());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(took.as_secs() < 20, "{took:?}, even in a debug build");
    assert!(page.contains("and 19,950 more in report.json and in the evidence"));
    assert!(!page.contains("app.table_00050"), "the list is cut at fifty");
    assert!(page.contains("20,000 of 20,000 subjects are wrong"), "the count is exact");
}
