//! `checks list|show` and `controls list|show`: what is looked at, and what each control rests on.

use std::fmt::Write;

use super::around::Terminal;
use super::failure::Failure;
use super::output;
use crate::catalogue::{Catalogue, Check, Framework, Frameworks};
use crate::cli::CatalogueArgs;
use crate::model::text::nearest;

/// One line a check.
pub(super) async fn list(args: &CatalogueArgs, _terminal: &Terminal) -> Result<u8, Failure> {
    let catalogue = Catalogue::load(&args.folders).await?;
    let width = catalogue.checks.iter().map(|c| c.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in &catalogue.checks {
        let _ = writeln!(text, "{:width$}  {:8}  {}", check.id, check.severity.as_str(), check.title);
    }
    output::to_stdout(text.as_bytes())?;
    output::say(&format!("{} checks", catalogue.checks.len()));
    Ok(0)
}

/// A page about one check.
pub(super) async fn show(id: &str, args: &CatalogueArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let catalogue = Catalogue::load(&args.folders).await?;
    let Some(check) = catalogue.check(id) else {
        let near = nearest(id, catalogue.checks.iter().map(|c| c.id.as_str()));
        let hint = near.map_or_else(String::new, |n| format!("; did you mean {n}?"));
        return Err(Failure::usage(format!("no check {id}{hint}")));
    };
    output::to_stdout(page(check, &catalogue, terminal.width.min(100)).as_bytes())?;
    Ok(0)
}

fn page(check: &Check, catalogue: &Catalogue, width: usize) -> String {
    let mut page = format!("{}  [{}]\n{}\n", check.id, check.severity.as_str(), check.title);
    let mut section = |title: &str, body: &str| {
        if !body.is_empty() {
            let _ = write!(page, "\n{title}\n{}", indented(body, width));
        }
    };
    section("Why", &check.rationale);
    section("How to fix", &check.remediation);
    section("For each failing subject", check.fix.as_deref().unwrap_or(""));
    section("Not applicable where", check.when_empty.as_deref().unwrap_or(""));
    let needs = check.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    section("Rests on the facts", &needs);
    section("Reads from the policy", &check.params.join(", "));
    section("Evidence for", &evidence_for(check, catalogue));
    section("Guide", check.guide.as_deref().unwrap_or(""));
    section("References", &check.references.join("\n"));
    if !check.query.is_empty() {
        let query: String = check.query.lines().map(|line| format!("  {line}\n")).collect();
        let _ = write!(page, "\nJudged by this query over the evidence\n{query}");
    }
    page
}

fn evidence_for(check: &Check, catalogue: &Catalogue) -> String {
    let Some(measure) = catalogue.frameworks.measure(&check.measure) else { return String::new() };
    let mut text = format!("measure {}: {}\n{}\n", measure.id, measure.title, measure.justification);
    for framework in &catalogue.frameworks.frameworks {
        for (edges, strength) in [(&framework.primary, "primary"), (&framework.supporting, "supporting")] {
            for control in &framework.info.controls {
                if edges.get(&control.id).is_some_and(|measures| measures.contains(&measure.id)) {
                    let _ = writeln!(text, "{}:{}  {strength}  {}", framework.info.id, control.id, control.title);
                }
            }
        }
    }
    if let Some(caveat) = &measure.caveat {
        let _ = writeln!(text, "Caveat: {caveat}");
    }
    text
}

/// Wraps at words and indents by two.
fn indented(body: &str, width: usize) -> String {
    let mut out = String::new();
    for line in body.lines() {
        let mut at = String::new();
        for word in line.split(' ') {
            if !at.is_empty() && at.chars().count() + word.chars().count() + 3 > width {
                let _ = writeln!(out, "  {at}");
                at.clear();
            }
            if !at.is_empty() {
                at.push(' ');
            }
            at.push_str(word);
        }
        let _ = writeln!(out, "  {at}");
    }
    out
}

/// One line a control.
pub(super) async fn controls(name: Option<&str>) -> Result<u8, Failure> {
    let frameworks = Frameworks::load().map_err(Failure::usage)?;
    let mut text = String::new();
    for framework in chosen(&frameworks, name)? {
        for control in &framework.info.controls {
            let measures = framework.primary.get(&control.id).map_or(0, Vec::len);
            let basis = match (control.run_level, measures) {
                (true, _) => "the run itself".to_owned(),
                (false, 0) => "no check".to_owned(),
                (false, 1) => "1 measure".to_owned(),
                (false, n) => format!("{n} measures"),
            };
            let id = format!("{}:{}", framework.info.id, control.id);
            let _ = writeln!(text, "{id:30}  {basis:14}  {}", control.title);
        }
    }
    output::to_stdout(text.as_bytes())?;
    Ok(0)
}

fn chosen<'a>(all: &'a Frameworks, name: Option<&str>) -> Result<Vec<&'a Framework>, Failure> {
    let found: Vec<_> = all.frameworks.iter().filter(|f| name.is_none_or(|n| f.info.id == n)).collect();
    if found.is_empty() {
        let names = all.frameworks.iter().map(|f| f.info.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!("no framework \"{}\"; there are {names}", name.unwrap_or(""))));
    }
    Ok(found)
}

/// How far the checks reach into a control.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Evidenced,
    Partly,
    ByTheRun,
    ByAPerson,
    NotAtAll,
}

impl Reach {
    const ALL: [(Reach, &'static str); 5] = [
        (Reach::Evidenced, "evidenced"),
        (Reach::Partly, "partly"),
        (Reach::ByTheRun, "the run itself"),
        (Reach::ByAPerson, "by a person"),
        (Reach::NotAtAll, "not at all"),
    ];

    /// Over a control's primary measures: all of them have checks, some, or none.
    fn of(control: &crate::model::ControlInfo, framework: &Framework, catalogue: &Catalogue) -> Self {
        let measures = framework.primary.get(&control.id).map_or(&[][..], Vec::as_slice);
        let checked = |measure: &&String| catalogue.checks.iter().any(|c| c.measure == **measure && !c.manual);
        match (measures.len(), measures.iter().filter(checked).count()) {
            (0, _) if control.run_level => Reach::ByTheRun,
            (0, _) => Reach::NotAtAll,
            (_, 0) => Reach::ByAPerson,
            (all, some) if some < all => Reach::Partly,
            _ => Reach::Evidenced,
        }
    }
}

/// What of each framework the checks are evidence for, with its denominators.
pub(super) async fn coverage(name: Option<&str>) -> Result<u8, Failure> {
    let catalogue = Catalogue::load(&[]).await?;
    let mut text = String::new();
    for framework in chosen(&catalogue.frameworks, name)? {
        let controls = &framework.info.controls;
        let _ = writeln!(text, "{}, {} controls", framework.info.title, controls.len());
        for (reach, words) in Reach::ALL {
            let of = |control: &&crate::model::ControlInfo| Reach::of(control, framework, &catalogue) == reach;
            let ids: Vec<&str> = controls.iter().filter(of).map(|c| c.id.as_str()).collect();
            let _ = writeln!(text, "  {:3}  {words:14}  {}", ids.len(), ids.join(" "));
        }
        text.push('\n');
    }
    output::to_stdout(text.as_bytes())?;
    Ok(0)
}

/// A page about one control.
pub(super) async fn control(name: &str, terminal: &Terminal) -> Result<u8, Failure> {
    let catalogue = Catalogue::load(&[]).await?;
    let found = name.split_once(':').and_then(|(framework, id)| {
        let framework = catalogue.frameworks.frameworks.iter().find(|f| f.info.id == framework)?;
        Some((framework, framework.info.controls.iter().find(|c| c.id == id)?))
    });
    let Some((framework, control)) = found else {
        return Err(Failure::usage(format!("no control \"{name}\"; write it with its framework, as in gdpr:32(1)(b)")));
    };
    let width = terminal.width.min(100);
    let mut page = format!("{}  {}\n\n{}", control.citation, control.title, indented(&control.paraphrase, width));
    for (edges, strength) in [(&framework.primary, "Primary"), (&framework.supporting, "Supporting")] {
        for measure in edges.get(&control.id).into_iter().flatten().filter_map(|m| catalogue.frameworks.measure(m)) {
            let _ = write!(
                page,
                "\n{strength}: {} ({})\n{}",
                measure.title,
                measure.id,
                indented(&measure.justification, width)
            );
            for check in catalogue.checks.iter().filter(|c| c.measure == measure.id) {
                let _ = writeln!(page, "    {}  [{}]", check.id, check.severity.as_str());
            }
            if let Some(note) = &measure.note {
                let _ = write!(page, "{}", indented(note, width));
            }
        }
    }
    if !control.always_manual.is_empty() {
        let _ = write!(page, "\nOnly a person can show\n{}", indented(&control.always_manual.join("\n"), width));
    }
    if let Some(url) = &control.url {
        let _ = writeln!(page, "\n{url}");
    }
    output::to_stdout(page.as_bytes())?;
    Ok(0)
}
