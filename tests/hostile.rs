//! Names made to break things: as roles, schemas, tables, columns, policies, functions and databases, in databases of
//! three encodings. No scan ends, every object is in the evidence once, and no format lets a name do anything.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

mod support;

use std::path::Path;
use std::process::Output;

use pgcomply::collect::postgres::Bounds;
use pgcomply::model::Report;
use pgcomply::server::{PrivateServer, Reference};
use support::scanning::{log_of, own_open, scanned, scanned_by, settings, superuser_rows, wait_until_gone};

/// Names that quote, end, reorder, template, format, escape and fill.
fn names() -> Vec<String> {
    let names = [
        "a\"b",
        "a'b",
        "<script>alert(1)</script>",
        "line\nbreak",
        "tab\there",
        "esc\u{1b}]0;x\u{7}",
        "back\\slash",
        "back\\xF6slash",
        "=1+2",
        "{{x}}",
        "%s%n",
        "rtl\u{202e}txt",
        "]]>",
        "--;DROP",
        "{subject}",
        "a b",
        "-- \n; DROP ROLE appuser; --",
        "\u{85}next",
        "`$(x)`",
    ];
    let mut names: Vec<String> = names.map(str::to_owned).to_vec();
    // 63 bytes, the longest that there is
    names.push(format!("{}abc", "😀".repeat(15)));
    assert_eq!(names[names.len() - 1].len(), 63);
    names
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

/// As the evidence spells it: a backslash that looks like an escape of ours is escaped.
fn kept(name: &str) -> String {
    name.replace("\\xF6", "\\x5CxF6")
}

/// One object of each kind for a name, in the application's database; a table of the owner's without row security.
fn objects(name: &str) -> String {
    let (own, text) = (ident(name), literal(name));
    format!(
        "CREATE ROLE {own} LOGIN CREATEDB; COMMENT ON ROLE {own} IS {text};
         CREATE SCHEMA {own} AUTHORIZATION {own};
         SET ROLE appowner;
         CREATE TABLE app.{own} (tenant_id uuid, {own} int);
         GRANT SELECT ({own}) ON app.{own} TO {own};
         CREATE POLICY {own} ON app.{own} FOR SELECT TO {own} USING (tenant_id::text = {text});
         CREATE FUNCTION app.{own}({own} int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         RESET ROLE;
         ALTER ROLE {own} SET search_path = {text}"
    )
}

/// The deployment with all of it.
fn hostile(reference: &Reference) {
    let server = reference.server();
    for name in names() {
        server.execute("appdb", &objects(&name)).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let database = format!("CREATE DATABASE {} OWNER {}", ident(&name), ident(&name));
        server.execute("postgres", &database).unwrap();
    }
}

const BROKEN: &str = "SELECT fact, database, reason FROM collection
    WHERE part = '*' AND status <> 'complete' AND fact NOT IN ('setting', 'session', 'file_setting', 'role_verifier', 'erasure') AND kind <> 'version'";

#[tokio::test]
async fn every_object_is_in_the_evidence_once() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        hostile(&reference);
        let mut evidence = scanned(&reference).await;
        assert_eq!(evidence.one("SELECT interrupted FROM scan").await, "∅");
        assert_eq!(evidence.of(BROKEN).await, [""; 0]);
        for name in names() {
            let quoted = literal(&kept(&name));
            for from in [
                "role WHERE name".to_owned(),
                "database WHERE owner = name AND entered = 1 AND name".to_owned(),
                "schema WHERE database = 'appdb' AND owner = name AND name".to_owned(),
                "relation WHERE schema = 'app' AND owner = 'appowner' AND name".to_owned(),
                "table_column WHERE schema = 'app' AND relation = name AND name".to_owned(),
                format!(
                    "rls_policy WHERE schema = 'app' AND relation = name AND roles = json_array({quoted}) AND name"
                ),
                "function WHERE schema = 'app' AND name".to_owned(),
                "setting_override WHERE name = 'search_path' AND role".to_owned(),
                "privilege WHERE object_kind = 'column' AND privilege = 'SELECT' AND grantee".to_owned(),
            ] {
                let sql = format!("SELECT count(*) FROM {from} = {quoted}");
                assert_eq!(evidence.one(&sql).await, "1", "{sql}");
            }
        }
        // identities are the server's own spelling
        let ours = evidence.of("SELECT identity FROM role").await;
        for identity in superuser_rows(reference.server(), "appdb", "SELECT quote_ident(rolname) FROM pg_roles") {
            assert!(ours.contains(&kept(&identity)), "{identity:?}");
        }
        let literals =
            "SELECT DISTINCT using_expression FROM rls_policy WHERE using_expression LIKE '%tenant_id)::text%'";
        assert_eq!(evidence.of(literals).await, ["((tenant_id)::text = '…'::text)"], "literals are not kept");
        wait_until_gone(reference.server(), "backupuser");
        let entries = log_of(reference.server(), "backupuser");
        let refused: Vec<_> = entries.iter().filter(|e| e.contains("ERROR") || e.contains("FATAL")).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

fn scan(reference: &Reference, folder: &Path, more: &[&str]) -> Output {
    let mut command = support::pgcomply(folder);
    command.args(["scan", &support::connection(reference, "backupuser", "appdb")]);
    command.args(["--fail-on", "never", "--on-incomplete", "warn"]);
    command.arg("--password-file").arg(reference.password_file("backupuser").unwrap());
    command.args(more).output().unwrap()
}

/// A folder with the reference's policy.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pgcomply.toml"), pgcomply::server::POLICY).unwrap();
    folder
}

/// Characters that move a cursor, ring, retitle or reorder.
fn unruly(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn no_format_lets_a_name_do_anything() {
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        hostile(&reference);
        let folder = folder();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let output = scan(
            &reference,
            folder.path(),
            &["-o", "json=report.json", "-o", "html=report.html", "-o", "table", "--evidence", "evidence.db"],
        );
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Report = serde_json::from_str(&read("report.json")).unwrap();

        let findings = &report.targets[0].findings;
        let finding = findings.iter().find(|f| f.check == "roles/createdb-limited").unwrap();
        for name in names() {
            let subject = kept(&ident(&name));
            assert_eq!(finding.observations.iter().filter(|o| o.subject == subject).count(), 1, "{subject:?}");
        }
        let broken: Vec<_> = findings.iter().filter(|f| f.status.as_str() == "error").collect();
        assert!(broken.is_empty(), "a name broke a check: {broken:#?}");

        // the same without a policy: roles are inferred from names that nobody would choose
        std::fs::write(folder.path().join("none.toml"), "").unwrap();
        let inferred = scan(&reference, folder.path(), &["--policy", "none.toml", "-o", "json"]);
        let without: Report = serde_json::from_slice(&inferred.stdout).unwrap();
        assert!(without.targets[0].findings.iter().all(|f| f.status.as_str() != "error"), "a name broke a check");

        for (width, color) in [("80", "never"), ("160", "never"), ("50", "never"), ("120", "always")] {
            let mut command = support::pgcomply(folder.path());
            command.env("COLUMNS", width).args(["report", "report.json", "--color", color, "-o", "table"]);
            let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
            let plain = if color == "always" { without_colors(&text) } else { text };
            assert!(plain.contains("roles/createdb-limited"), "{plain}");
            let wild: Vec<char> = plain.chars().filter(|c| unruly(*c)).collect();
            assert!(wild.is_empty(), "at {width}: {wild:?}");
        }
        for stream in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(stream).chars().any(unruly));
        }

        let html = read("report.html");
        assert!(html.contains("&lt;script&gt;alert(1)"), "the name is shown, escaped");
        assert!(!html.contains("<script>alert(1)"), "and nowhere as it is");
        let wild: Vec<char> = html.chars().filter(|c| unruly(*c)).collect();
        assert!(wild.is_empty(), "{wild:?}");

        let again = ["report", "report.json", "-o", "json=again.json", "-o", "html=again.html"];
        assert_eq!(support::pgcomply(folder.path()).args(again).status().unwrap().code(), Some(0));
        assert!(read("again.json") == read("report.json") && read("again.html") == html, "made again, byte for byte");

        for look in [&["facts", "evidence.db"][..], &["query", "evidence.db", "SELECT name, identity FROM role"]] {
            let shown = support::pgcomply(folder.path()).args(look).output().unwrap();
            let text = String::from_utf8(shown.stdout).unwrap();
            assert!(shown.status.success() && !text.chars().any(unruly), "{look:?}");
        }
    }
}

/// Takes out colour sequences (`ESC [ … m`), and nothing else.
fn without_colors(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(after.len());
        rest = after[end..].strip_prefix('m').unwrap_or_else(|| {
            out.push('\u{1b}');
            after
        });
    }
    out + rest
}

#[test]
fn fixes_work_as_they_are_printed() {
    let checks = ["roles/createdb-limited", "rls/tenant-tables-protected"];
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        let server = reference.server();
        hostile(&reference);
        let folder = folder();
        let fixes = |check: &str| -> Vec<String> {
            let output = scan(&reference, folder.path(), &["--check", check, "-o", "json"]);
            let report: Report = serde_json::from_slice(&output.stdout).unwrap();
            report.targets[0].findings[0].observations.iter().filter_map(|o| o.fix.clone()).collect()
        };
        for (check, database) in checks.into_iter().zip(["postgres", "appdb"]) {
            let lines = fixes(check);
            assert!(lines.len() >= names().len(), "{check}: {lines:#?}");
            // a name that looks like an escape of ours is not the server's spelling; nothing may be run for another
            for line in lines.iter().filter(|line| !line.contains("\\x5C")) {
                server.execute(database, line).unwrap_or_else(|error| panic!("{error}\n{line}"));
            }
            let left = fixes(check);
            assert!(left.iter().all(|line| line.contains("\\x5C")), "{check}: the fix does not fix: {left:#?}");
        }
        let alive = server.value("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'appuser'").unwrap();
        assert_eq!(alive.as_deref(), Some("1"));
    }
}

/// A database of another encoding that the scanner may enter.
fn create_in(server: &PrivateServer, database: &str, encoding: &str) {
    let locale = "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
    server.execute("postgres", &format!("CREATE DATABASE {database} ENCODING '{encoding}' {locale}")).unwrap();
}

#[tokio::test]
async fn names_of_three_encodings_stay_apart_and_end_no_scan() {
    let unicode = "CREATE ROLE \"größe\" LOGIN; CREATE ROLE \"looks\\xF6like\" LOGIN; CREATE SCHEMA \"größe\" AUTHORIZATION \"größe\"";
    let latin = "CREATE ROLE \"latinö\" LOGIN; CREATE ROLE \"looksölike\" LOGIN;
        CREATE SCHEMA \"größe\" AUTHORIZATION \"latinö\"; CREATE TABLE \"größe\".\"tür\" (\"maß\" int);
        ALTER TABLE \"größe\".\"tür\" OWNER TO \"looksölike\"; ALTER ROLE \"latinö\" SET search_path = 'größe'";
    // bytes that are no UTF-8 come in as the server's own escapes
    let raw = "SET client_encoding = 'SQL_ASCII'; DO $$ BEGIN
        EXECUTE 'CREATE SCHEMA \"raw' || E'\\xf6\\xdf' || '\"';
        EXECUTE 'CREATE TABLE public.\"t' || E'\\xff' || '\" (\"c' || E'\\xfe' || '\" int)';
        END $$";
    // 18 reports the search path at log-in, and cannot convert this one
    let path = "SET client_encoding = 'SQL_ASCII';
        DO $$ BEGIN EXECUTE 'ALTER DATABASE ascii SET search_path = raw' || E'\\xf6'; END $$";
    for binaries in support::servers() {
        let reference = own_open(&binaries);
        let server = reference.server();
        create_in(server, "latin", "LATIN1");
        create_in(server, "ascii", "SQL_ASCII");
        for (database, sql) in [("appdb", unicode), ("latin", latin), ("ascii", raw)] {
            server.execute(database, sql).unwrap_or_else(|error| panic!("{database}: {error}"));
        }
        if binaries.major < 18 {
            server.execute("ascii", path).unwrap();
        }
        for start in ["appdb", "latin", "ascii"] {
            let scanned = scanned_by(&settings(&reference, "backupuser", start), &[], &Bounds::default()).await;
            let mut evidence = scanned.unwrap_or_else(|error| panic!("{} from {start}: {error}", binaries.major));
            assert_eq!(evidence.of(BROKEN).await, [""; 0], "from {start}");
            assert_eq!(evidence.one("SELECT interrupted FROM scan").await, "∅", "from {start}");
            for (what, sql, expected) in [
                (
                    "shared names are the same wherever they are read",
                    "SELECT name FROM role WHERE name LIKE '%ö%' OR name LIKE '%\\%' ORDER BY name",
                    &["größe", "latin\\xF6", "looks\\x5CxF6like", "looks\\xF6like"][..],
                ),
                (
                    "each database's own names are read in its encoding, and owners are roles",
                    "SELECT database, name, owner FROM schema WHERE name LIKE '%ö%' OR name LIKE '%\\%' ORDER BY database",
                    &["appdb|größe|größe", "ascii|raw\\xF6\\xDF|postgres", "latin|größe|latin\\xF6"],
                ),
                (
                    "tables",
                    "SELECT database, identity, owner FROM relation WHERE database <> 'appdb' ORDER BY database",
                    &["ascii|public.\"t\\xFF\"|postgres", "latin|\"größe\".\"tür\"|looks\\xF6like"],
                ),
                (
                    "columns",
                    "SELECT name FROM table_column WHERE database <> 'appdb' ORDER BY database",
                    &["c\\xFE", "maß"],
                ),
                ("owners", "SELECT owner FROM relation WHERE owner NOT IN (SELECT name FROM role)", &[]),
            ] {
                assert_eq!(evidence.of(sql).await, expected, "from {start}: {what}");
            }
        }
    }
}
