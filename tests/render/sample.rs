//! A report as a real run leaves it: two frameworks and the guide, forty findings, and names that mean harm.

use pgcomply::catalogue::Frameworks;
use pgcomply::model::{
    CheckInfo, CollectionInfo, ConnectionInfo, ControlResult, ControlStatus, DatabaseInfo, Disposition, EvidenceRef,
    Finding, Gate, GateStatus, GroupResult, Observation, PolicyValue, Population, Reason, ReasonKind, Report, RoleInfo,
    Run, ServerInfo, Severity, StatementInfo, Status, Summary, TargetReport, TargetStatus, Tool, Verdict,
};
use sha2::{Digest, Sha256};

use ReasonKind::{NotProvided, OutOfReach, PolicyMissing, Privilege, RoleModel};
use Severity::{Critical, High, Info, Low, Medium};

/// Passwords of the fixtures: none may ever be seen in a report.
pub(crate) const PASSWORDS: [&str; 2] = ["Xk9-reference-password", "hunter2-drifted"];

/// Names that a server could give to its objects in order to harm the reader.
pub(crate) const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "{{lookup this 'x'}}{{{raw}}}",
    "evil\u{202e}gnp.exe",
    "two\nlines\u{1b}[31mred",
    "=HYPERLINK(\"http://evil\",\"x\")",
    "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
];

/// One check with its outcome.
struct Row {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    measure: &'static str,
    found: Found,
}

enum Found {
    /// Subjects: name, kind, database, observed, expected, fix.
    Fail(u64, Vec<[&'static str; 6]>),
    Waived(Vec<[&'static str; 6]>),
    Pass(u64, Vec<[&'static str; 3]>),
    Accepted(Vec<[&'static str; 3]>),
    Unseen(ReasonKind, &'static str, Option<&'static str>),
    NotApplicable(&'static str),
    Manual,
    Error(&'static str),
}

use Found::{Accepted, Error, Fail, Manual, NotApplicable, Pass, Unseen, Waived};

const MONITOR: Option<&str> = Some("GRANT pg_read_all_stats TO backupuser;");
const SETTINGS: Option<&str> = Some("GRANT pg_read_all_settings TO backupuser;");
const HBA: Option<&str> = Some(
    "GRANT SELECT ON pg_hba_file_rules TO backupuser; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO backupuser;",
);

fn rows() -> Vec<Row> {
    let row = |id, title, severity, measure, found| Row { id, title, severity, measure, found };
    let hidden = "the setting is shown to members of pg_read_all_settings only";
    let sessions = "other people's sessions are hidden from a role without pg_read_all_stats";
    vec![
        row(
            "roles/owner-nologin",
            "Owner roles cannot log in",
            Critical,
            "roles.owner_nologin",
            Fail(
                3,
                vec![[
                    "appowner",
                    "role",
                    "",
                    "LOGIN, owns 14 objects in appdb",
                    "NOLOGIN",
                    "ALTER ROLE appowner NOLOGIN;",
                ]],
            ),
        ),
        row(
            "rls/tenant-tables-protected",
            "Tables with a tenant column have row-level security",
            Critical,
            "rls.enabled_forced",
            Fail(
                20_000,
                vec![
                    [
                        "app.usertable",
                        "relation",
                        "appdb",
                        "row security off; appuser can SELECT, INSERT, UPDATE, DELETE",
                        "ENABLE ROW LEVEL SECURITY",
                        "ALTER TABLE app.usertable ENABLE ROW LEVEL SECURITY;",
                    ],
                    [
                        "app.\"<script>alert(1)</script>\"",
                        "relation",
                        "appdb",
                        "row security off",
                        "ENABLE ROW LEVEL SECURITY",
                        "ALTER TABLE app.\"<script>alert(1)</script>\" ENABLE ROW LEVEL SECURITY;",
                    ],
                    [
                        "app.\"two\nlines\u{1b}[31mred\"",
                        "relation",
                        "appdb",
                        "row security off",
                        "ENABLE ROW LEVEL SECURITY",
                        "ALTER TABLE app.\"two\nlines\u{1b}[31mred\" ENABLE ROW LEVEL SECURITY;",
                    ],
                    [
                        "app.invoice_line_item_tax_adjustment",
                        "relation",
                        "appdb",
                        "row security off",
                        "ENABLE ROW LEVEL SECURITY",
                        "ALTER TABLE app.invoice_line_item_tax_adjustment ENABLE ROW LEVEL SECURITY;",
                    ],
                ],
            ),
        ),
        row(
            "tls/certificate-expiry-horizon",
            "Certificates are renewed before they come near their end",
            High,
            "tls.cert_expiry",
            Fail(
                2,
                vec![[
                    "CN=db.example.org",
                    "certificate",
                    "",
                    "ends 2026-10-09T00:00:00Z, in 9 days",
                    "at least 30 days left",
                    "",
                ]],
            ),
        ),
        row(
            "roles/no-createrole",
            "No role outside the policy has CREATEROLE",
            High,
            "roles.attributes",
            Fail(
                9,
                vec![
                    [
                        "\"<script>alert(1)</script>\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "ALTER ROLE \"<script>alert(1)</script>\" NOCREATEROLE;",
                    ],
                    [
                        "\"\"\"><img src=x onerror=alert(1)>\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "",
                    ],
                    [
                        "\"{{lookup this 'x'}}{{{raw}}}\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "",
                    ],
                    [
                        "\"evil\u{202e}gnp.exe\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "",
                    ],
                    [
                        "\"two\nlines\u{1b}[31mred\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "",
                    ],
                    [
                        "=HYPERLINK(\"http://evil\",\"x\")",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "",
                    ],
                    [
                        "\"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\"",
                        "role",
                        "",
                        "CREATEROLE",
                        "none, or named in [roles.allow] createrole",
                        "ALTER ROLE \"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\" NOCREATEROLE;",
                    ],
                ],
            ),
        ),
        row(
            "logging/statement-ddl",
            "Statements that change the schema are logged",
            High,
            "log.statement_ddl",
            Fail(
                2,
                vec![[
                    "log_statement",
                    "setting",
                    "",
                    "none",
                    "ddl, mod or all",
                    "ALTER SYSTEM SET log_statement = 'ddl';",
                ]],
            ),
        ),
        row(
            "session/idle-in-transaction",
            "Transactions left idle are ended",
            Medium,
            "session.idle_in_transaction",
            Fail(
                1,
                vec![[
                    "idle_in_transaction_session_timeout",
                    "setting",
                    "",
                    "0 (never)",
                    "between 1 ms and 10 min",
                    "ALTER SYSTEM SET idle_in_transaction_session_timeout = '10min';",
                ]],
            ),
        ),
        row(
            "network/listen-addresses",
            "The server listens on named addresses",
            Medium,
            "net.listen_addresses",
            Waived(vec![["listen_addresses", "setting", "", "*", "named addresses, or loopback", ""]]),
        ),
        row(
            "hba/final-deny",
            "The access rules end in an explicit refusal",
            Low,
            "hba.order_final_deny",
            Fail(
                6,
                vec![[
                    "host all all 10.0.0.0/8 scram-sha-256",
                    "hba_rule",
                    "",
                    "the last rule accepts",
                    "reject rules for both families",
                    "",
                ]],
            ),
        ),
        row(
            "hba/no-trust",
            "No reachable rule trusts without a credential",
            Critical,
            "auth.weak_methods",
            Unseen(Privilege, "the access rules are readable by superusers only", HBA),
        ),
        row(
            "hba/plaintext-rejected",
            "No plain connection from outside reaches an accepting rule",
            Critical,
            "tls.hba_rejects_plaintext",
            Unseen(Privilege, "the access rules are readable by superusers only", HBA),
        ),
        row(
            "hba/no-md5",
            "No reachable rule uses md5",
            High,
            "auth.weak_methods",
            Unseen(Privilege, "the access rules are readable by superusers only", HBA),
        ),
        row(
            "tls/all-sessions-encrypted",
            "Every session from outside is encrypted",
            High,
            "live.sessions_without_tls",
            Unseen(Privilege, sessions, MONITOR),
        ),
        row(
            "code/preload-libraries",
            "Only known modules are preloaded",
            Medium,
            "ext.dangerous",
            Unseen(Privilege, hidden, SETTINGS),
        ),
        row(
            "logging/destination",
            "The log goes where it is kept",
            Medium,
            "log.retention_rotation",
            Unseen(Privilege, hidden, SETTINGS),
        ),
        row(
            "backup/encrypted",
            "Backups are encrypted",
            High,
            "backup.encrypted",
            Unseen(NotProvided, "no backup catalogue was given", Some("[files] backups = \"…\" in pgcomply.toml")),
        ),
        row(
            "deployment/secrets-not-in-env",
            "Passwords stand in secret files, not in the environment",
            High,
            "secrets.not_in_env",
            Unseen(
                NotProvided,
                "no compose file was given",
                Some("[files] compose = \"docker-compose.prod.yml\" in pgcomply.toml"),
            ),
        ),
        row(
            "grants/app-role-dml-only",
            "The application role holds SELECT, INSERT, UPDATE, DELETE and no more",
            High,
            "roles.app_least_privilege",
            Unseen(
                RoleModel,
                "[roles] application is inferred, not named by a policy; what was inferred is right",
                Some("name them in [roles]: application = […]; `pgcomply init` writes it"),
            ),
        ),
        row(
            "hba/networks-within-policy",
            "The access rules let in allowed networks only",
            High,
            "hba.order_final_deny",
            Unseen(
                PolicyMissing,
                "the policy does not say network.allowed",
                Some("name them in the policy: allowed = […]; `pgcomply init` writes it"),
            ),
        ),
        row(
            "password/no-md5-verifiers",
            "No stored verifier is MD5",
            High,
            "auth.md5_hashes",
            Unseen(OutOfReach, "nobody but a superuser can see the form of a stored verifier", None),
        ),
        row(
            "tls/enabled",
            "TLS is on and offered",
            Critical,
            "tls.server_enabled",
            Pass(2, vec![["ssl", "setting", "on"], ["db.example.org:5432", "endpoint", "answers S to an SSLRequest"]]),
        ),
        row(
            "tls/session-encrypted",
            "The scan's own session is encrypted",
            Critical,
            "tls.server_enabled",
            Pass(1, vec![["backupuser", "session", "TLSv1.3 by our handshake and by pg_stat_ssl"]]),
        ),
        row(
            "tls/min-protocol",
            "The oldest protocol accepted is TLS 1.2",
            High,
            "tls.min_version",
            Pass(1, vec![["ssl_min_protocol_version", "setting", "TLSv1.2"]]),
        ),
        row(
            "tls/strong-ciphers",
            "The cipher list names strong suites only",
            Medium,
            "tls.ciphers",
            Pass(1, vec![["ssl_ciphers", "setting", "HIGH:!aNULL:!MD5:!3DES"]]),
        ),
        row(
            "tls/certificate-chain-trusted",
            "The certificate chain builds to a trusted root",
            Critical,
            "tls.cert_chain_hostname",
            Pass(1, vec![["CN=db.example.org", "certificate", "chains to CN=Example Root CA"]]),
        ),
        row(
            "tls/certificate-key-strength",
            "Certificate keys are strong enough",
            High,
            "tls.cert_key_strength",
            Pass(3, vec![["CN=db.example.org", "certificate", "EC, 256 bits"]]),
        ),
        row(
            "password/encryption-scram",
            "New passwords are stored as SCRAM verifiers",
            Critical,
            "auth.scram_default",
            Pass(1, vec![["password_encryption", "setting", "scram-sha-256"]]),
        ),
        row(
            "password/expiry-set",
            "Every login role's password has an end",
            Medium,
            "auth.password_expiry",
            Pass(
                5,
                vec![["appuser", "role", "valid until 2026-11-20"], ["backupuser", "role", "valid until 2026-11-20"]],
            ),
        ),
        row(
            "roles/superusers-limited",
            "There are few superusers",
            High,
            "roles.superuser_count",
            Pass(1, vec![["postgres", "role", "the bootstrap superuser, and the only one"]]),
        ),
        row(
            "roles/no-bypassrls",
            "No role outside the policy has BYPASSRLS",
            High,
            "roles.attributes",
            Accepted(vec![["backupuser", "role", "BYPASSRLS, named in [roles.allow] bypassrls"]]),
        ),
        row(
            "grants/public-schema-create",
            "PUBLIC cannot create in any schema",
            High,
            "grants.public_schema_create",
            Pass(
                4,
                vec![
                    ["appdb.public", "schema", "no CREATE for PUBLIC"],
                    ["postgres.public", "schema", "no CREATE for PUBLIC"],
                ],
            ),
        ),
        row(
            "logging/connections",
            "Log-ins are logged",
            High,
            "log.connections",
            Pass(1, vec![["log_connections", "setting", "on"]]),
        ),
        row(
            "logging/disconnections",
            "Log-outs are logged",
            Medium,
            "log.connections",
            Pass(1, vec![["log_disconnections", "setting", "on"]]),
        ),
        row("durability/fsync", "fsync is on", High, "durability.wal", Pass(1, vec![["fsync", "setting", "on"]])),
        row(
            "durability/data-checksums",
            "Data pages carry checksums",
            Medium,
            "integrity.checksums",
            Pass(1, vec![["data_checksums", "setting", "on"]]),
        ),
        row(
            "version/supported-major",
            "The major version is supported",
            High,
            "version.eol_patch",
            Pass(1, vec![["server", "server", "16.9; supported until 2028-11-09"]]),
        ),
        row(
            "grants/column-privileges",
            "Column privileges, for review",
            Info,
            "roles.app_least_privilege",
            Pass(2, vec![["app.usertable.email", "column", "SELECT for readonlyuser"]]),
        ),
        row(
            "tls/replication-encrypted",
            "Replication connections are encrypted",
            High,
            "replication.tls",
            NotApplicable("no replication connection is open, and none is configured"),
        ),
        row(
            "tls/fips-suites",
            "Suites are of the FIPS choice",
            Low,
            "tls.ciphers",
            NotApplicable("the policy does not ask for FIPS: [tls] fips is false"),
        ),
        row(
            "organisation/incident-response",
            "Incident and breach procedures exist and are rehearsed",
            High,
            "org.incident_response",
            Manual,
        ),
        row("organisation/alerting", "Alerts on unusual activity reach somebody", Medium, "org.alerting", Manual),
        row("organisation/baa", "A business associate agreement is signed", High, "org.baa_signed", Manual),
        row(
            "own/naming",
            "Our own check of names",
            Low,
            "config.in_force",
            Error("no such column: nmae in checks of our own, naming.sql line 12"),
        ),
    ]
}

/// The report of a run as it stands.
pub(crate) fn report() -> Report {
    with(Frameworks::load().expect("the embedded frameworks load"), &rows())
}

/// The same deployment after it was put right in part and drifted elsewhere.
pub(crate) fn later() -> Report {
    let mut rows = rows();
    for row in &mut rows {
        match row.id {
            "roles/owner-nologin" => row.found = Pass(3, vec![["appowner", "role", "NOLOGIN"]]),
            "logging/connections" => {
                row.found = Fail(
                    1,
                    vec![["log_connections", "setting", "", "off", "on", "ALTER SYSTEM SET log_connections = on;"]],
                )
            }
            "tls/strong-ciphers" => {
                row.found = Unseen(Privilege, "the setting is shown to members of pg_read_all_settings only", SETTINGS)
            }
            "roles/no-createrole" => {
                row.found = Fail(
                    9,
                    vec![
                        ["deploy", "role", "", "CREATEROLE", "none", ""],
                        ["\"<script>alert(1)</script>\"", "role", "", "CREATEROLE", "none", ""],
                    ],
                )
            }
            _ => {}
        }
    }
    rows.retain(|r| r.id != "own/naming");
    let mut report = with(Frameworks::load().expect("the embedded frameworks load"), &rows);
    report.run.started_at = "2026-10-07T02:00:00Z".into();
    report
}

fn with(frameworks: Frameworks, rows: &[Row]) -> Report {
    let mut findings: Vec<Finding> = rows.iter().map(finding).collect();
    findings.sort_by_key(|f| (f.status, f.severity, f.check.clone()));
    let controls = frameworks.frameworks.iter().flat_map(|f| roll_up(f, &frameworks, rows, &findings)).collect();
    let summary = summarise(&findings);
    let target = TargetReport {
        name: "prod-eu".into(),
        status: TargetStatus::Scanned,
        error: None,
        connection: Some(connection()),
        server: Some(ServerInfo {
            version: "16.9 (Debian 16.9-1.pgdg12+1)".into(),
            major: 16,
            system_identifier: Some("7412345678901234567".into()),
            in_recovery: Some(false),
            known_major: true,
        }),
        role: Some(RoleInfo {
            name: "backupuser".into(),
            attributes: vec!["LOGIN".into(), "BYPASSRLS".into()],
            memberships: vec![],
        }),
        databases: databases(),
        started_at: Some("2026-09-30T02:00:00Z".into()),
        finished_at: Some("2026-09-30T02:00:02Z".into()),
        clock_offset_ms: Some(-12),
        summary: summary.clone(),
        findings,
        controls,
        policy: policy(),
        collection: collection(),
        statements: statements(),
    };
    let mut checks: Vec<CheckInfo> = rows.iter().map(check).collect();
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    Report {
        schema_version: "1.0".into(),
        tool: Tool {
            name: "pgcomply".into(),
            version: "0.1.0".into(),
            ruleset_version: "2026.3".into(),
            ruleset_sha256: sha("ruleset"),
        },
        run: run(),
        gate: gate(&target),
        summary,
        targets: vec![target],
        checks,
        measures: frameworks.measures.clone(),
        frameworks: frameworks.frameworks.into_iter().map(|f| f.info).collect(),
    }
}

fn run() -> Run {
    Run {
        id: "0192f0c1-6f1a-7c3e-9a55-2b8f3d7c1e44".into(),
        started_at: "2026-09-30T02:00:00Z".into(),
        finished_at: "2026-09-30T02:00:02Z".into(),
        judged_at: "2026-09-30T02:00:00Z".into(),
        mode: "scan".into(),
        organisation: Some("Example Clinic <Berlin> GmbH".into()),
        classification: Some("Confidential".into()),
        auditor: Some("A. Example".into()),
        policy_file: Some("pgcomply.toml".into()),
        policy_sha256: Some(sha("policy")),
        narrowed: false,
        selection: None,
        not_selected: vec![],
    }
}

fn connection() -> ConnectionInfo {
    ConnectionInfo {
        host: "db.example.org".into(),
        port: 5432,
        transport: "tcp".into(),
        sslmode: "verify-full".into(),
        protocol: Some("TLSv1.3".into()),
        cipher: Some("TLS_AES_256_GCM_SHA384".into()),
        certificate_sha256: Some(sha("certificate")),
        trust_root: Some("root.crt".into()),
        auth_method: Some("scram-sha-256".into()),
    }
}

fn databases() -> Vec<DatabaseInfo> {
    let database = |name: &str, owner: &str, not_entered: Option<&str>| DatabaseInfo {
        name: name.into(),
        owner: owner.into(),
        entered: not_entered.is_none(),
        not_entered: not_entered.map(Into::into),
    };
    vec![
        database("appdb", "appowner", None),
        database("postgres", "postgres", None),
        database("legacy 表", "postgres", Some("the role has no CONNECT on it")),
        database("template0", "postgres", Some("templates are never entered")),
        database("template1", "postgres", Some("templates are never entered")),
    ]
}

fn gate(target: &TargetReport) -> Gate {
    let at = |f: &&Finding| format!("{} @ {}", f.check, target.name);
    let critical =
        |status: Status| target.findings.iter().filter(move |f| f.severity == Critical && f.status == status);
    let failed_by: Vec<String> = critical(Status::Fail).map(|f| at(&f)).collect();
    let incomplete_by: Vec<String> =
        critical(Status::NotAssessed).map(|f| format!("{}: {}", at(&f), f.message)).collect();
    Gate {
        status: GateStatus::Failed,
        exit_code: 1,
        verdict: format!(
            "The gate failed: {} open findings (fails on critical); {} parts were not assessed besides.",
            failed_by.len(),
            incomplete_by.len()
        ),
        fail_on: Some(Critical),
        on_incomplete: "fail".into(),
        failed_by,
        incomplete_by,
    }
}

fn summarise(findings: &[Finding]) -> Summary {
    let mut summary = Summary { findings: findings.len() as u64, ..Summary::default() };
    for status in Status::ALL {
        let n = findings.iter().filter(|f| f.status == status).count() as u64;
        summary.by_status.insert(status.as_str().into(), n);
    }
    for severity in Severity::ALL {
        let open = |f: &&Finding| {
            f.severity == severity && f.status == Status::Fail && f.disposition == Some(Disposition::Open)
        };
        summary.open_by_severity.insert(severity.as_str().into(), findings.iter().filter(open).count() as u64);
    }
    summary.accepted_by_policy = findings.iter().map(|f| f.population.accepted).sum();
    summary
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn observation(id: &str, subject: &str, kind: &str, database: &str, verdict: Verdict) -> Observation {
    Observation {
        fingerprint: format!("v1:{}", sha(&format!("{id} {database} {kind} {subject}"))),
        subject: subject.into(),
        kind: kind.into(),
        database: some(database),
        verdict,
        observed: None,
        expected: None,
        accepted_by_policy: false,
        fix: None,
        disposition: None,
    }
}

fn failing(id: &str, rows: &[[&str; 6]], disposition: Disposition) -> Vec<Observation> {
    rows.iter()
        .map(|[subject, kind, database, observed, expected, fix]| Observation {
            observed: some(observed),
            expected: some(expected),
            fix: some(fix),
            disposition: Some(disposition),
            ..observation(id, subject, kind, database, Verdict::Fail)
        })
        .collect()
}

fn passing(id: &str, rows: &[[&str; 3]], accepted: bool) -> Vec<Observation> {
    rows.iter()
        .map(|[subject, kind, observed]| Observation {
            observed: some(observed),
            accepted_by_policy: accepted,
            ..observation(id, subject, kind, "", Verdict::Pass)
        })
        .collect()
}

fn finding(row: &Row) -> Finding {
    let reason = |kind, text: &str, unlock: Option<&str>| {
        Some(Reason { kind, text: text.into(), unlock: unlock.map(Into::into) })
    };
    let (status, disposition, seen, observations, reason) = match &row.found {
        Fail(seen, rows) => {
            (Status::Fail, Some(Disposition::Open), *seen, failing(row.id, rows, Disposition::Open), None)
        }
        Waived(rows) => (
            Status::Fail,
            Some(Disposition::Waived),
            rows.len() as u64,
            failing(row.id, rows, Disposition::Waived),
            None,
        ),
        Pass(seen, rows) => (Status::Pass, None, *seen, passing(row.id, rows, false), None),
        Accepted(rows) => (Status::Pass, None, rows.len() as u64, passing(row.id, rows, true), None),
        Unseen(kind, text, unlock) => (Status::NotAssessed, None, 0, vec![], reason(Some(*kind), text, *unlock)),
        NotApplicable(text) => (Status::NotApplicable, None, 0, vec![], reason(None, text, None)),
        Manual => (Status::Manual, None, 0, vec![], reason(None, "only a person can state it", None)),
        Error(text) => (Status::Error, None, 0, vec![], reason(None, text, None)),
    };
    let failed = observations.iter().filter(|o| o.verdict == Verdict::Fail).count() as u64;
    let message = match (&reason, failed) {
        (Some(reason), _) => reason.text.clone(),
        (None, 0) => format!("all {seen} right"),
        (None, _) => format!("{failed} of {seen}: {}", observations[0].subject),
    };
    Finding {
        check: row.id.into(),
        severity: row.severity,
        status,
        disposition,
        message,
        reason,
        population: Population {
            seen,
            passed: seen - failed,
            failed,
            unknown: 0,
            accepted: observations.iter().filter(|o| o.accepted_by_policy).count() as u64,
        },
        fingerprints: observations
            .iter()
            .filter(|o| o.verdict == Verdict::Fail)
            .map(|o| o.fingerprint.clone())
            .collect(),
        observations,
        observations_omitted: 0,
        evidence: vec![
            EvidenceRef {
                fact: "role".into(),
                database: None,
                status: "complete".into(),
                source: "postgres/role".into(),
                rows: 17,
            },
            EvidenceRef {
                fact: "relation".into(),
                database: Some("appdb".into()),
                status: "complete".into(),
                source: "postgres/relation".into(),
                rows: 20_013,
            },
        ],
    }
}

fn check(row: &Row) -> CheckInfo {
    let manual = matches!(row.found, Manual);
    CheckInfo {
        id: row.id.into(),
        title: row.title.into(),
        severity: row.severity,
        measure: row.measure.into(),
        rationale: "A role that owns the data can read it, change it and switch every safeguard on it off. If it can also log in, one stolen password is enough to do all three. Auditors ask for the separation by name.".into(),
        remediation: "Take LOGIN from the role and let migrations SET ROLE to it from a role of their own. Existing sessions keep what they have until they end.".into(),
        guide: Some("Role-Based Access Control".into()),
        references: vec![
            "https://www.postgresql.org/docs/16/sql-createrole.html".into(),
            "NIST SP 800-53 AC-6".into(),
            "javascript:alert(1)".into(),
        ],
        needs: if manual { vec![] } else { vec!["role".into(), "relation".into()] },
        params: vec!["limits.statement_timeout".into()],
        witness: None,
        query: if manual { String::new() } else { format!("SELECT r.identity AS subject, 'role' AS kind, NOT r.can_login AS ok,\n       CASE WHEN r.can_login THEN 'LOGIN' ELSE 'NOLOGIN' END AS observed\n  FROM role r\n WHERE r.name < 'x' AND '{}' = '{}'", row.id, row.id) },
        origin: if row.id.starts_with("own/") { "own-checks".into() } else { "builtin".into() },
    }
}

fn policy() -> Vec<PolicyValue> {
    let value = |key: &str, values: &[&str], source: &str, floor: Option<&str>| PolicyValue {
        key: key.into(),
        values: values.iter().map(|v| (*v).into()).collect(),
        source: source.into(),
        floor: floor.map(Into::into),
    };
    vec![
        value("certificate.warn_days", &["30"], "default", Some("7")),
        value("limits.statement_timeout", &["5 min"], "file", Some("1 h")),
        value("password.max_age_days", &["90"], "default", Some("365")),
        value("roles.application", &["appuser"], "inferred", None),
        value("roles.owner", &["appowner"], "file", None),
        value("roles.read_only", &["backupuser"], "scanner", None),
    ]
}

fn collection() -> Vec<CollectionInfo> {
    let part = |fact: &str, database: Option<&str>, status: &str, rows: i64, ms: i64| CollectionInfo {
        fact: fact.into(),
        part: "*".into(),
        database: database.map(Into::into),
        status: status.into(),
        reason: (status != "complete").then(|| Reason {
            kind: Some(Privilege),
            text: "readable by superusers only".into(),
            unlock: HBA.map(Into::into),
        }),
        source: format!("postgres/{fact}"),
        collected_at: "2026-09-30T02:00:01Z".into(),
        duration_ms: ms,
        rows,
    };
    vec![
        part("role", None, "complete", 17, 3),
        part("setting", None, "partial", 361, 8),
        part("hba_rule", None, "unavailable", 0, 1),
        part("relation", Some("appdb"), "complete", 20_013, 412),
        part("privilege", Some("appdb"), "complete", 60_120, 530),
        part("relation", Some("postgres"), "complete", 0, 4),
    ]
}

fn statements() -> Vec<StatementInfo> {
    let statement = |source: &str, sql: &str| StatementInfo { source: source.into(), sql: sql.into() };
    vec![
        statement(
            "postgres/role",
            "SELECT oid, textsend(rolname::text), rolsuper, rolcanlogin\nFROM pg_catalog.pg_roles\nORDER BY oid",
        ),
        statement("postgres/setting", "SELECT name, setting, unit, source, reset_val\nFROM pg_catalog.pg_settings"),
        statement(
            "postgres/relation",
            "SELECT c.oid, n.nspname, c.relname, c.relrowsecurity\nFROM pg_catalog.pg_class c\nJOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\nWHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> 'pg_toast'",
        ),
    ]
}

/// The roll-up in short: enough to show every status.
fn roll_up(
    framework: &pgcomply::catalogue::Framework,
    all: &Frameworks,
    rows: &[Row],
    findings: &[Finding],
) -> Vec<ControlResult> {
    let checks_of = |measures: &[String]| -> Vec<&Finding> {
        let ids: Vec<&str> = rows.iter().filter(|r| measures.iter().any(|m| m == r.measure)).map(|r| r.id).collect();
        findings.iter().filter(|f| ids.contains(&f.check.as_str())).collect()
    };
    let ids = |findings: &[&Finding]| findings.iter().map(|f| f.check.clone()).collect::<Vec<_>>();
    framework
        .info
        .controls
        .iter()
        .map(|control| {
            let none = Vec::new();
            let measures = framework.primary.get(&control.id).unwrap_or(&none);
            let primary = checks_of(measures);
            let (status, reason) = judge(&primary, control.run_level);
            let mut groups: Vec<GroupResult> = Vec::new();
            if measures.len() > 8 {
                for measure in measures.iter().filter_map(|m| all.measure(m)) {
                    if !groups.iter().any(|g| g.group == measure.group) {
                        let members: Vec<String> = measures
                            .iter()
                            .filter(|m| all.measure(m).is_some_and(|m| m.group == measure.group))
                            .cloned()
                            .collect();
                        let found = checks_of(&members);
                        let (status, reason) = judge(&found, false);
                        groups.push(GroupResult { group: measure.group.clone(), status, reason, primary: ids(&found) });
                    }
                }
            }
            ControlResult {
                framework: framework.info.id.clone(),
                control: control.id.clone(),
                status,
                reason,
                primary: ids(&primary),
                supporting: ids(&checks_of(framework.supporting.get(&control.id).unwrap_or(&none))),
                groups,
            }
        })
        .collect()
}

fn judge(findings: &[&Finding], run_level: bool) -> (ControlStatus, String) {
    let names = |of: &dyn Fn(&Finding) -> bool| -> Vec<&str> {
        findings.iter().filter(|f| of(f)).map(|f| f.check.as_str()).collect()
    };
    let open = names(&|f| f.status == Status::Fail && f.disposition == Some(Disposition::Open));
    let waived = names(&|f| f.disposition == Some(Disposition::Waived));
    let unseen = names(&|f| matches!(f.status, Status::NotAssessed | Status::Error));
    let manual = names(&|f| f.status == Status::Manual);
    let said =
        |list: &[&str], what: &str| format!("{} of {} checks {what}: {}", list.len(), findings.len(), list.join(", "));
    match (findings.is_empty(), run_level) {
        (true, true) => (ControlStatus::NotEvaluated, "every scan as such is evidence for it; no single check".into()),
        (true, false) => (ControlStatus::NotEvaluated, "no check speaks to it".into()),
        _ if !open.is_empty() => (ControlStatus::Gap, said(&open, "failed")),
        _ if !waived.is_empty() => (ControlStatus::GapAccepted, said(&waived, "failed and waived")),
        _ if !unseen.is_empty() => (ControlStatus::Incomplete, said(&unseen, "not assessed")),
        _ if !manual.is_empty() => (ControlStatus::Manual, format!("a person has to state: {}", manual.join(", "))),
        _ => (ControlStatus::NoGapFound, format!("{} of {} checks passed", findings.len(), findings.len())),
    }
}

/// A digest that is the same in every run.
pub(crate) fn sha(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
