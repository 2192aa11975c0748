//! Documents that are made from what they describe: `PGCOMPLY_UPDATE=1 cargo test --test docs` brings them up to date.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

use std::collections::BTreeSet;
use std::fmt::Write;

use pgcomply::catalogue::{Catalogue, Check, Need};
use pgcomply::collect::postgres::settings_that_may_be_hidden;

fn catalogue() -> Catalogue {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(Catalogue::load(&[])).unwrap()
}

#[test]
fn the_list_of_checks_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/README.md");
    let wanted = list(&catalogue());
    if std::env::var_os("PGCOMPLY_UPDATE").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(found == wanted, "checks/README.md is not current: PGCOMPLY_UPDATE=1 cargo test --test docs");
}

fn list(catalogue: &Catalogue) -> String {
    let mut text = format!(
        "# The checks\n\n{} checks, made from their files by `PGCOMPLY_UPDATE=1 cargo test --test docs`. `pgcomply checks show ID` is a page about \
         one: why, how it is judged, how to fix it.\n\nControls are those that it is primary evidence for. *Grants* are what a role needs besides \
         CONNECT and what PUBLIC has; none: a plain role sees it.\n",
        catalogue.checks.len()
    );
    let mut area = "";
    for check in &catalogue.checks {
        let (of, slug) = check.id.split_once('/').unwrap();
        if of != area {
            area = of;
            let head = "| check | passes when | severity | measure | controls | evidence | grants |\n|---|---|---|---|---|---|---|\n";
            let _ = write!(text, "\n## {area}\n\n{head}");
        }
        let _ = writeln!(
            text,
            "| [`{slug}`]({area}/{slug}.sql) | {} | {} | `{}` | {} | {} | {} |",
            check.title.replace('|', "\\|"),
            check.severity.as_str(),
            check.measure,
            controls(check, catalogue),
            check.needs.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" "),
            grants(check)
        );
    }
    text
}

fn controls(check: &Check, catalogue: &Catalogue) -> String {
    let mut controls = Vec::new();
    for framework in &catalogue.frameworks.frameworks {
        for control in &framework.info.controls {
            if framework.primary.get(&control.id).is_some_and(|m| m.contains(&check.measure)) {
                controls.push(format!("{}:{}", framework.info.id, control.id));
            }
        }
    }
    controls.join(", ")
}

/// What a plain role lacks: settings that PostgreSQL hides, and the grants that the check itself asks for.
fn grants(check: &Check) -> String {
    let hidden = settings_that_may_be_hidden();
    let known = pgcomply::grants::completes().unwrap();
    let mut grants = BTreeSet::new();
    for need in &check.needs {
        let of_fact = known.iter().filter(|(_, facts)| facts.contains(&need.to_string()));
        grants.extend(of_fact.map(|(name, _)| name.as_str()));
        if matches!(need, Need::Setting(name) if hidden.contains(&name.as_str())) {
            grants.insert("pg_read_all_settings");
        }
    }
    for word in [
        "pg_read_all_settings",
        "pg_read_all_stats",
        "pg_hba_file_rules()",
        "pg_show_all_file_settings()",
        "password_storage()",
    ] {
        if check.query.contains(word) {
            grants.insert(word);
        }
    }
    grants.into_iter().map(|g| format!("`{g}`")).collect::<Vec<_>>().join(" ")
}
