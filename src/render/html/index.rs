//! Where each check stands on the page, and which controls it speaks to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Pill, anchor};
use crate::model::{CheckInfo, ControlInfo, Finding, MeasureInfo, Report, Status, Strength, TargetReport};
use crate::render::select::{Checks, is_open};
use crate::render::words;

/// Looked up once for a page.
pub(super) struct Index<'a> {
    checks: Checks<'a>,
    measures: BTreeMap<&'a str, &'a MeasureInfo>,
    controls: BTreeMap<(&'a str, &'a str), &'a ControlInfo>,
    findings: BTreeMap<&'a str, Vec<(&'a TargetReport, &'a Finding)>>,
    edges: BTreeMap<&'a str, Vec<Edge<'a>>>,
    placed: RefCell<BTreeSet<String>>,
}

struct Edge<'a> {
    strength: Strength,
    framework: &'a str,
    control: &'a str,
}

/// A control that a check is evidence for.
#[derive(Serialize)]
pub(super) struct Spoken {
    anchor: String,
    citation: String,
    title: String,
    strength: &'static str,
}

/// A link to a check, with its status.
#[derive(Serialize)]
pub(super) struct CheckLink {
    id: String,
    anchor: String,
    status: Pill,
    #[serde(skip)]
    order: Status,
}

impl CheckLink {
    /// The status alone.
    pub(super) fn pill(self) -> Pill {
        self.status
    }
}

impl<'a> Index<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut findings: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for target in &report.targets {
            for finding in &target.findings {
                findings.entry(finding.check.as_str()).or_default().push((target, finding));
            }
        }
        let controls = report.frameworks.iter().flat_map(|f| f.controls.iter().map(move |c| (f, c)));
        Index {
            checks: Checks::of(report),
            measures: report.measures.iter().map(|m| (m.id.as_str(), m)).collect(),
            controls: controls.map(|(f, c)| ((f.id.as_str(), c.id.as_str()), c)).collect(),
            findings,
            edges: edges(report),
            placed: RefCell::default(),
        }
    }

    pub(super) fn check(&self, id: &str) -> Option<&'a CheckInfo> {
        self.checks.find(id)
    }

    pub(super) fn title<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.checks.title(id)
    }

    pub(super) fn measure(&self, id: &str) -> Option<&'a MeasureInfo> {
        self.measures.get(id).copied()
    }

    /// Every check that has a finding, with its findings.
    pub(super) fn findings(&self) -> impl Iterator<Item = (&'a str, &[(&'a TargetReport, &'a Finding)])> {
        self.findings.iter().map(|(id, found)| (*id, found.as_slice()))
    }

    /// The worst status over all targets: the check's own place on the page is in that section.
    pub(super) fn worst(&self, check: &str) -> Option<Status> {
        self.findings.get(check)?.iter().map(|(_, f)| f.status).min()
    }

    /// The `id` of a check's place: in the section of its worst status, and only where it is first asked for.
    pub(super) fn place(&self, check: &str, section: Status) -> Option<String> {
        let first = self.worst(check) == Some(section) && self.placed.borrow_mut().insert(check.to_owned());
        first.then(|| anchor("check", check))
    }

    /// A link to a check with its worst status over all targets.
    pub(super) fn link(&self, check: &str) -> CheckLink {
        self.link_over(check, |_| true)
    }

    /// Links to some checks with their status on one target, worst first.
    pub(super) fn links(&self, checks: &[String], target: &str) -> Vec<CheckLink> {
        let mut links: Vec<_> = checks.iter().map(|c| self.link_over(c, |t| t.name == target)).collect();
        links.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        links
    }

    fn link_over(&self, check: &str, over: impl Fn(&TargetReport) -> bool) -> CheckLink {
        let found = self.findings.get(check).into_iter().flatten().filter(|(t, _)| over(t));
        let found: Vec<&Finding> = found.map(|(_, f)| *f).collect();
        let order = found.iter().map(|f| f.status).min().unwrap_or(Status::NotApplicable);
        let accepted = order == Status::Fail && !found.iter().any(|f| is_open(f));
        let status = if accepted {
            Pill { word: "FAIL, accepted".into(), symbol: "≈", class: "waived" }
        } else {
            words::status(order).into()
        };
        CheckLink { id: check.to_owned(), anchor: anchor("check", check), status, order }
    }

    /// The controls that a check speaks to, primary ones first.
    pub(super) fn spoken(&self, check: &str) -> Vec<Spoken> {
        let edges = self.edges.get(check).into_iter().flatten();
        let known = edges.filter_map(|e| Some((e, self.controls.get(&(e.framework, e.control))?)));
        known
            .map(|(edge, control)| Spoken {
                anchor: control_anchor(edge.framework, edge.control),
                citation: control.citation.clone(),
                title: control.title.clone(),
                strength: match edge.strength {
                    Strength::Primary => "primary",
                    Strength::Supporting => "supporting",
                },
            })
            .collect()
    }
}

/// From the roll-ups, because a framework may name measures from its own side.
fn edges(report: &Report) -> BTreeMap<&str, Vec<Edge<'_>>> {
    let mut edges: BTreeMap<&str, Vec<Edge<'_>>> = BTreeMap::new();
    let results = report.targets.iter().flat_map(|t| &t.controls);
    for result in results {
        let primary = result.primary.iter().map(|c| (c, Strength::Primary));
        for (check, strength) in primary.chain(result.supporting.iter().map(|c| (c, Strength::Supporting))) {
            let of = edges.entry(check.as_str()).or_default();
            if !of.iter().any(|e| e.framework == result.framework && e.control == result.control) {
                of.push(Edge { strength, framework: &result.framework, control: &result.control });
            }
        }
    }
    edges.values_mut().for_each(|of| of.sort_by_key(|e| e.strength));
    edges
}

/// The `id` of a control's row.
pub(super) fn control_anchor(framework: &str, control: &str) -> String {
    anchor("control", &format!("{framework}-{control}"))
}
