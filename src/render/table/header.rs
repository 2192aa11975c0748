//! What was scanned, as whom, over which connection, and by which policy.

use super::Page;
use crate::model::{ConnectionInfo, Report, RoleInfo, ServerInfo, TargetReport, TargetStatus};
use crate::render::words;

/// The run, in two lines.
pub(super) fn run(page: &mut Page<'_>, report: &Report) {
    let dot = page.pick(" · ", " | ");
    let (tool, run) = (&report.tool, &report.run);
    let frameworks: Vec<&str> = report.frameworks.iter().map(|f| f.id.as_str()).collect();
    page.paragraph(
        "",
        &[
            format!("{} {}", tool.name, tool.version),
            format!("ruleset {}", tool.ruleset_version),
            words::time(&run.started_at),
            if frameworks.is_empty() { "no framework".into() } else { frameworks.join(", ") },
        ]
        .join(dot),
    );
    if run.narrowed {
        let what = run.selection.as_deref().unwrap_or("a selection of checks");
        page.paragraph(
            "",
            &format!("Narrowed: {what}; {} not selected.", words::count(run.not_selected.len() as u64, "check")),
        );
    }
    page.blank();
}

/// One target.
pub(super) fn target(page: &mut Page<'_>, report: &Report, target: &TargetReport) {
    page.blank();
    let outcome = match (&target.status, &target.error) {
        (TargetStatus::Scanned, _) => String::new(),
        (status, None) => format!(": {}", words::target(*status)),
        (status, Some(why)) => format!(": {}: {why}", words::target(*status)),
    };
    let at = target.connection.as_ref().map_or(String::new(), |c| address(c, &target.name));
    page.pair("Target", &format!("{}{at}{outcome}", target.name));
    if let Some(server) = &target.server {
        page.pair("Server", &server_words(server));
    }
    if let Some(role) = &target.role {
        page.pair("Role", &role_words(role));
    }
    if let Some(connection) = &target.connection {
        page.pair("TLS", &tls_words(connection));
    }
    databases(page, target);
    page.pair("Policy", &policy_words(report));
}

fn address(connection: &ConnectionInfo, name: &str) -> String {
    let at = format!("{}:{}", connection.host, connection.port);
    if at == name { String::new() } else { format!(" ({at})") }
}

/// `PostgreSQL 16.4, primary`
pub(in crate::render) fn server_words(server: &ServerInfo) -> String {
    let kind = match server.in_recovery {
        Some(true) => ", standby",
        Some(false) => ", primary",
        None => "",
    };
    let known =
        if server.known_major { "" } else { "; newer than this program knows: scanned with the newest queries it has" };
    format!("PostgreSQL {}{kind}{known}", server.version)
}

/// `backupuser (LOGIN; member of pg_monitor)`
pub(in crate::render) fn role_words(role: &RoleInfo) -> String {
    let attributes = if role.attributes.is_empty() { "no attributes".into() } else { role.attributes.join(", ") };
    let member = match role.memberships.as_slice() {
        [] => "member of no role".to_owned(),
        some => format!("member of {}", some.join(", ")),
    };
    format!("{} ({attributes}; {member})", role.name)
}

/// `TLSv1.3, TLS_AES_256_GCM_SHA384, sslmode verify-full`
pub(in crate::render) fn tls_words(connection: &ConnectionInfo) -> String {
    let mode = format!("sslmode {}", connection.sslmode);
    match (&connection.protocol, connection.transport.as_str()) {
        (Some(protocol), _) => {
            let cipher = connection.cipher.as_deref().map_or(String::new(), |c| format!(", {c}"));
            let trust = connection.trust_root.as_deref().map_or(String::new(), |t| format!(", trusted by {t}"));
            format!("{protocol}{cipher}, {mode}{trust}")
        }
        (None, "unix") => "none: Unix socket".to_owned(),
        (None, _) => format!("NOT ENCRYPTED, {mode}"),
    }
}

fn databases(page: &mut Page<'_>, target: &TargetReport) {
    let entered: Vec<&str> = target.databases.iter().filter(|d| d.entered).map(|d| d.name.as_str()).collect();
    let mut why: Vec<(&str, Vec<&str>)> = Vec::new();
    for database in target.databases.iter().filter(|d| !d.entered) {
        let reason = database.not_entered.as_deref().unwrap_or("no reason recorded");
        match why.iter_mut().find(|(r, _)| *r == reason) {
            Some((_, names)) => names.push(&database.name),
            None => why.push((reason, vec![&database.name])),
        }
    }
    if target.databases.is_empty() {
        return;
    }
    page.pair(
        "Databases",
        &format!("entered: {}", if entered.is_empty() { "none".into() } else { entered.join(", ") }),
    );
    for (reason, names) in why {
        page.pair("", &format!("not entered: {} ({reason})", names.join(", ")));
    }
}

/// The policy file, or that there is none.
pub(in crate::render) fn policy_words(report: &Report) -> String {
    report.run.policy_file.clone().unwrap_or_else(|| "none: roles inferred; `pgcomply init` writes one".to_owned())
}
