//! Which checks of the catalogue were asked for; a filter that leaves nothing is an error, not an empty pass.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::catalogue::{Catalogue, Check};
use crate::cli::PolicyArgs;
use crate::model::text::{glob, nearest};

/// The selection, settled.
pub(super) struct Selection {
    ids: BTreeSet<String>,
    /// In words; absent: everything.
    pub(super) words: Option<String>,
    /// Ids of the others.
    pub(super) not_selected: Vec<String>,
}

impl Selection {
    /// Settles `--check`, `--skip` and `--framework`.
    pub(super) fn new(args: &PolicyArgs, catalogue: &Catalogue) -> Result<Self, Failure> {
        let known: Vec<&str> = catalogue.checks.iter().map(|c| c.id.as_str()).collect();
        for pattern in args.only.iter().chain(&args.skip) {
            if !known.iter().any(|id| glob(pattern, id)) {
                let near =
                    nearest(pattern, known.iter().copied()).map_or(String::new(), |n| format!("; did you mean {n}?"));
                return Err(Failure::usage(format!("no check fits \"{pattern}\"{near}")));
            }
        }
        let measures = measures(&args.frameworks, catalogue)?;
        let wanted = |check: &&Check| {
            (args.only.is_empty() || args.only.iter().any(|p| glob(p, &check.id)))
                && !args.skip.iter().any(|p| glob(p, &check.id))
                && measures.as_ref().is_none_or(|m| m.contains(&check.measure))
        };
        let ids: BTreeSet<String> = catalogue.checks.iter().filter(wanted).map(|c| c.id.clone()).collect();
        if ids.is_empty() {
            return Err(Failure::usage("no check is selected; nothing would be judged"));
        }
        let not_selected = known.iter().filter(|id| !ids.contains(**id)).map(|id| (*id).to_owned()).collect();
        Ok(Selection { ids, words: words(args), not_selected })
    }

    /// Whether a check was asked for.
    pub(super) fn contains(&self, check: &Check) -> bool {
        self.ids.contains(&check.id)
    }
}

/// Measures that speak to one of the frameworks; none where none was named.
fn measures(frameworks: &[String], catalogue: &Catalogue) -> Result<Option<BTreeSet<String>>, Failure> {
    if frameworks.is_empty() {
        return Ok(None);
    }
    let mut measures = BTreeSet::new();
    for name in frameworks {
        let known = &catalogue.frameworks.frameworks;
        let Some(framework) = known.iter().find(|f| f.info.id == *name) else {
            let names = known.iter().map(|f| f.info.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(format!("no framework \"{name}\"; there are {names}")));
        };
        measures.extend(framework.primary.values().chain(framework.supporting.values()).flatten().cloned());
    }
    Ok(Some(measures))
}

fn words(args: &PolicyArgs) -> Option<String> {
    let part = |name: &str, values: &[String]| {
        (!values.is_empty()).then(|| format!("--{name} {}", values.join(&format!(" --{name} "))))
    };
    let parts: Vec<String> = [part("check", &args.only), part("skip", &args.skip), part("framework", &args.frameworks)]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
