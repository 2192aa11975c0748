//! Measures and frameworks: what an organisation does, and the paragraphs that this is evidence for.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::model::text::hex;
use crate::model::{ControlInfo, FrameworkInfo, MeasureInfo};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/frameworks");

/// A framework, and which measures speak to each of its controls.
#[derive(Clone, Debug)]
pub struct Framework {
    /// What the report says about it.
    pub info: FrameworkInfo,
    /// Control to measures, primary edges.
    pub primary: BTreeMap<String, Vec<String>>,
    /// Control to measures, supporting edges.
    pub supporting: BTreeMap<String, Vec<String>>,
}

/// All measures and frameworks.
#[derive(Clone, Debug, Default)]
pub struct Frameworks {
    /// By id, in the file's order.
    pub measures: Vec<MeasureInfo>,
    /// gdpr, hipaa, guide.
    pub frameworks: Vec<Framework>,
    /// Controls that every scan as such is evidence for: `gdpr:5(2)`.
    pub run_level: BTreeSet<String>,
}

#[derive(Deserialize)]
struct MeasuresFile {
    measure: Vec<MeasureEntry>,
    run_level: Vec<RunLevelEntry>,
}

#[derive(Deserialize)]
struct MeasureEntry {
    id: String,
    title: String,
    group: String,
    primary: Vec<String>,
    supporting: Vec<String>,
    justification: String,
    caveat: Option<String>,
    note: Option<String>,
    #[serde(default)]
    stig_crunchy_12: Vec<String>,
    #[serde(default)]
    nist_800_53: Vec<String>,
}

#[derive(Deserialize)]
struct RunLevelEntry {
    controls: Vec<String>,
}

#[derive(Deserialize)]
struct FrameworkFile {
    meta: Meta,
    control: Vec<ControlEntry>,
}

#[derive(Deserialize)]
struct Meta {
    framework: String,
    title: String,
    instrument: String,
    catalog_version: String,
    text_basis: String,
    checked_on: String,
    disclaimer: String,
    attribution: Option<String>,
    text_licence: Option<String>,
}

#[derive(Deserialize)]
struct ControlEntry {
    id: String,
    citation: String,
    title: String,
    heading: Option<String>,
    designation: Option<String>,
    level: Option<String>,
    paraphrase: String,
    #[serde(default)]
    always_manual: Vec<String>,
    #[serde(default)]
    run_level: bool,
    note: Option<String>,
    url: Option<String>,
    #[serde(default)]
    primary_measures: Vec<String>,
    #[serde(default)]
    supporting_measures: Vec<String>,
}

impl Frameworks {
    /// Reads the embedded files and proves that every name in them is known.
    ///
    /// # Errors
    /// One line with file and reason.
    pub fn load() -> Result<Self, String> {
        let measures: MeasuresFile = read("measures.toml")?;
        let mut all = Frameworks {
            run_level: measures.run_level.into_iter().flat_map(|r| r.controls).collect(),
            measures: measures.measure.into_iter().map(measure).collect(),
            frameworks: Vec::new(),
        };
        for name in ["gdpr.toml", "hipaa.toml", "guide.toml"] {
            if FILES.get_file(name).is_some() {
                let framework = all.framework(name)?;
                all.frameworks.push(framework);
            }
        }
        all.prove()?;
        Ok(all)
    }

    /// The measure of that id.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<&MeasureInfo> {
        self.measures.iter().find(|m| m.id == id)
    }

    /// Every file's name and text, in order, for the ruleset's digest.
    pub(super) fn sources() -> impl Iterator<Item = (String, &'static [u8])> {
        FILES.files().map(|f| (f.path().display().to_string(), f.contents()))
    }

    fn framework(&self, name: &str) -> Result<Framework, String> {
        let file: FrameworkFile = read(name)?;
        let text = FILES.get_file(name).map(|f| f.contents()).unwrap_or_default();
        let id = file.meta.framework.clone();
        let mut primary: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut supporting: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for measure in &self.measures {
            edges(&id, &measure.primary, &measure.id, &mut primary);
            edges(&id, &measure.supporting, &measure.id, &mut supporting);
        }
        for control in &file.control {
            primary.entry(control.id.clone()).or_default().extend(control.primary_measures.iter().cloned());
            supporting.entry(control.id.clone()).or_default().extend(control.supporting_measures.iter().cloned());
        }
        let info = FrameworkInfo {
            id,
            title: file.meta.title,
            instrument: file.meta.instrument,
            version: file.meta.catalog_version,
            text_basis: file.meta.text_basis,
            checked_on: file.meta.checked_on,
            disclaimer: file.meta.disclaimer,
            attribution: file.meta.attribution.or(file.meta.text_licence).unwrap_or_default(),
            sha256: hex(&Sha256::digest(text)),
            controls: file.control.into_iter().map(control).collect(),
        };
        Ok(Framework { info, primary, supporting })
    }

    /// Every edge leads to a control and from a measure that exist, once, and never to a run-level control as primary.
    fn prove(&self) -> Result<(), String> {
        for framework in &self.frameworks {
            let known: BTreeSet<_> = framework.info.controls.iter().map(|c| c.id.as_str()).collect();
            let run_level: BTreeSet<_> =
                framework.info.controls.iter().filter(|c| c.run_level).map(|c| c.id.as_str()).collect();
            for (edges, primary) in [(&framework.primary, true), (&framework.supporting, false)] {
                for (control, measures) in edges {
                    let at = format!("{}:{control}", framework.info.id);
                    if !known.contains(control.as_str()) {
                        return Err(format!("measures name the control {at}, which its framework does not have"));
                    }
                    if primary && !measures.is_empty() && run_level.contains(control.as_str()) {
                        return Err(format!(
                            "{at} belongs to the run as such and cannot be a primary control of a measure"
                        ));
                    }
                    let unique: BTreeSet<_> = measures.iter().collect();
                    if unique.len() != measures.len() {
                        return Err(format!("{at} is named twice by one measure"));
                    }
                    if let Some(unknown) = measures.iter().find(|m| self.measure(m).is_none()) {
                        return Err(format!("{at} names the measure {unknown}, which does not exist"));
                    }
                }
            }
        }
        Ok(())
    }
}

fn edges(framework: &str, controls: &[String], measure: &str, into: &mut BTreeMap<String, Vec<String>>) {
    for control in controls {
        if let Some(id) = control.strip_prefix(framework).and_then(|rest| rest.strip_prefix(':')) {
            into.entry(id.to_owned()).or_default().push(measure.to_owned());
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> Result<T, String> {
    let text = FILES.get_file(name).and_then(|f| f.contents_utf8());
    let text = text.ok_or_else(|| format!("frameworks/{name} is missing"))?;
    toml::from_str(text).map_err(|e| format!("frameworks/{name}: {}", e.to_string().replace('\n', " ")))
}

fn measure(entry: MeasureEntry) -> MeasureInfo {
    MeasureInfo {
        id: entry.id,
        title: entry.title,
        group: entry.group,
        primary: entry.primary,
        supporting: entry.supporting,
        justification: entry.justification,
        caveat: entry.caveat,
        note: entry.note,
        stig: entry.stig_crunchy_12,
        nist_800_53: entry.nist_800_53,
    }
}

fn control(entry: ControlEntry) -> ControlInfo {
    ControlInfo {
        id: entry.id,
        citation: entry.citation,
        title: entry.heading.unwrap_or(entry.title),
        designation: entry.designation.or(entry.level).unwrap_or_default(),
        paraphrase: entry.paraphrase,
        always_manual: entry.always_manual,
        run_level: entry.run_level,
        note: entry.note,
        url: entry.url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_frameworks_hold_together() {
        Frameworks::load().unwrap();
        let text = FILES.get_file("hipaa.toml").and_then(|f| f.contents_utf8()).unwrap();
        let file: toml::Table = toml::from_str(text).unwrap();
        let controls = file["control"].as_array().unwrap();
        let count = |kind: &str, sections: &[&str]| {
            let in_sections = |c: &&toml::Value| sections.contains(&c["section"].as_str().unwrap());
            controls.iter().filter(in_sections).filter(|c| c["kind"].as_str() == Some(kind)).count()
        };
        let all = ["164.308", "164.310", "164.312", "164.314", "164.316"];
        assert_eq!((count("standard", &all), count("spec", &all[..3])), (22, 36), "the Security Rule's own counts");
    }

    #[test]
    fn an_edge_to_nowhere_is_refused() {
        let mut all = Frameworks::load().unwrap();
        all.frameworks[0].primary.entry("99(9)".into()).or_default().push("tls.ciphers".into());
        assert!(all.prove().unwrap_err().contains("gdpr:99(9)"));
    }
}
