//! Digests, so that a reader can tell whether a file is the one that this page was made from.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::Report;
use crate::model::text::hex;
use crate::render::{RenderError, json};

#[derive(Serialize)]
pub(super) struct Integrity {
    files: Vec<File>,
    schema_version: String,
}

#[derive(Serialize)]
struct File {
    name: String,
    sha256: String,
}

/// report.json has one spelling for one report, so its digest is known here.
pub(super) fn integrity(report: &Report) -> Result<Integrity, RenderError> {
    let mut files = vec![File {
        name: "report.json, as pgcomply writes it for this page".into(),
        sha256: hex(&Sha256::digest(json::json(report)?.as_bytes())),
    }];
    let mut file = |name: String, sha256: &str| files.push(File { name, sha256: sha256.to_owned() });
    file(
        format!("ruleset {} (checks, measures, frameworks)", report.tool.ruleset_version),
        &report.tool.ruleset_sha256,
    );
    for framework in &report.frameworks {
        file(format!("framework {} {}", framework.id, framework.version), &framework.sha256);
    }
    if let (Some(name), Some(sha256)) = (&report.run.policy_file, &report.run.policy_sha256) {
        file(format!("policy {name}"), sha256);
    }
    for target in &report.targets {
        if let Some(sha256) = target.connection.as_ref().and_then(|c| c.certificate_sha256.as_deref()) {
            file(format!("certificate of {}", target.name), sha256);
        }
    }
    Ok(Integrity { files, schema_version: report.schema_version.clone() })
}
