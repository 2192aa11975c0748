//! The rules of the house: imports run one way, every file says what it is, and only `commands/` reads the clock and
//! the environment. A rule that is broken says which, where, and why it is there.
#![expect(clippy::unwrap_used, reason = "a helper that fails shall end its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms whose code it may use, and why no more.
const ROOMS: [(&str, &[&str], &str); 16] = [
    ("model", &[], "plain data imports nothing, so that everything else can import it"),
    ("conninfo", &[], "reading libpq's habits stands alone"),
    ("pki", &[], "making certificates stands alone"),
    ("cli", &[], "flags and their words are data; what they mean is in commands/"),
    ("server", &["pki"], "private servers are for the demo and the tests, and know nothing of scanning"),
    ("policy", &["model"], "a policy is read without knowing what is judged by it"),
    ("evidence", &["model"], "evidence is kept without knowing where it came from or what it is for"),
    (
        "catalogue",
        &["evidence", "model", "policy"],
        "checks are data: proved against the fact tables and the policy's keys",
    ),
    (
        "collect",
        &["conninfo", "evidence", "model"],
        "a collector fills facts and judges nothing, so it cannot see who judges",
    ),
    ("role_model", &["evidence", "model", "policy"], "roles are inferred from evidence alone"),
    ("evaluate", &["catalogue", "evidence", "model", "policy"], "a check never needs the server"),
    ("grants", &["catalogue", "evidence", "model"], "what unlocks a finding is read from it and from the evidence"),
    ("assess", &["catalogue", "model"], "findings are weighed without the evidence"),
    ("render", &["model"], "a renderer reads the report and nothing else: it cannot ask the database"),
    (
        "audit",
        &["assess", "catalogue", "collect", "evaluate", "evidence", "model", "policy", "role_model"],
        "the straight line knows nothing of flags and formats",
    ),
    (
        "commands",
        &[
            "assess",
            "audit",
            "catalogue",
            "cli",
            "collect",
            "conninfo",
            "evidence",
            "grants",
            "model",
            "policy",
            "render",
            "server",
        ],
        "a command takes the straight line (audit), and does not evaluate on its own",
    ),
];

struct Source {
    /// From the repository's folder.
    path: String,
    room: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    let source = |file: &PathBuf| {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let room = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').next().unwrap().to_owned();
        Source { room, text: fs::read_to_string(file).unwrap(), path }
    };
    let all: Vec<Source> = files.iter().map(source).collect();
    assert!(all.len() > 50, "only {} files were found under src/", all.len());
    all
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            files.push(entry);
        }
    }
}

/// Code lines with their numbers: comments and what stands in string literals are taken out.
fn code(text: &str) -> Vec<(usize, String)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, without_words(line))).collect()
}

fn without_words(line: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if inside => {
                chars.next();
            }
            '"' => inside = !inside,
            '\'' if !inside && chars.peek() == Some(&'"') => {
                // the character literal '"' opens no string
                chars.next();
            }
            '/' if !inside && chars.peek() == Some(&'/') => break,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// The part of a file before its tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap()
}

/// The rooms that a line of code names: `crate::room`, `crate::{room::…, room}`, or `pgcomply::room`.
fn named(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for mark in ["crate::", "pgcomply::"] {
        for (at, _) in line.match_indices(mark) {
            let rest = &line[at + mark.len()..];
            let word =
                |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
            match rest.strip_prefix('{') {
                Some(group) => rooms.extend(outer_parts(group).iter().map(|part| word(part.trim()))),
                None => rooms.push(word(rest)),
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

/// The parts of a group at its own level: `a::{b, c}, d` is two.
fn outer_parts(group: &str) -> Vec<String> {
    let (mut depth, mut parts, mut part) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

#[test]
fn imports_run_one_way() {
    let mut broken = Vec::new();
    for source in sources() {
        match source.room.as_str() {
            "lib" => continue,
            "main" => {
                let rooms: BTreeSet<String> = code(&source.text).iter().flat_map(|(_, line)| named(line)).collect();
                assert_eq!(
                    rooms,
                    BTreeSet::from(["commands".to_owned()]),
                    "main.rs is a few lines: it opens the front door"
                );
                continue;
            }
            _ => {}
        }
        let Some((room, may, why)) = ROOMS.iter().find(|(room, ..)| *room == source.room) else {
            broken.push(format!("{}: a new room: say in tests/architecture.rs what it may use, and why", source.path));
            continue;
        };
        for (number, line) in code(&source.text) {
            for used in named(&line).iter().filter(|used| used != room && !may.contains(&used.as_str())) {
                broken.push(format!("{}:{number}: {room} uses {used}; {why}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_way_round_the_rules() {
    // `super::` out of a room's own file would reach its neighbours unseen
    for source in sources().iter().filter(|s| s.path.matches('/').count() == 1 && s.room != "lib") {
        for (number, line) in code(before_tests(&source.text)) {
            let out = line.contains("super::") && !line.contains("in super");
            assert!(!out, "{}:{number}: name the room (crate::…), so that the rules can see it", source.path);
        }
    }
}

#[test]
fn every_file_has_a_caption() {
    for source in sources() {
        let first = source.text.lines().next().unwrap_or("");
        let caption = first.strip_prefix("//! ").is_some_and(|words| words.len() > 10);
        assert!(caption, "{}: its first line says what it is: //! …", source.path);
    }
}

#[test]
fn only_commands_read_the_clock_and_the_environment() {
    // (what, who may besides commands/, why)
    let rules: [(&str, &[&str], &str); 6] = [
        ("Utc::now", &[], "the clock is an argument: the same evidence gives the same report"),
        ("Local::now", &[], "the clock is an argument"),
        ("SystemTime::now", &[], "the clock is an argument"),
        ("env::var", &[], "the environment is an argument"),
        ("env::current_dir", &[], "paths are arguments"),
        (
            "Instant::now",
            &["collect", "evidence", "server"],
            "only durations and time limits are measured, where they are kept",
        ),
    ];
    for source in sources().iter().filter(|s| s.room != "commands") {
        for (number, line) in code(before_tests(&source.text)) {
            for (what, may, why) in rules {
                let allowed = !line.contains(what) || may.contains(&source.room.as_str());
                assert!(allowed, "{}:{number}: {what}: {why}", source.path);
            }
        }
    }
}

#[test]
fn library_code_neither_prints_nor_exits() {
    for source in sources() {
        for (number, line) in code(before_tests(&source.text)) {
            for what in ["println!", "print!(", "process::exit", "dbg!(", "todo!(", "unimplemented!("] {
                assert!(
                    !line.contains(what),
                    "{}:{number}: {what}: results and errors are returned, and printed in one place (commands/output.rs, failure.rs)",
                    source.path
                );
            }
        }
    }
}

#[test]
fn paths_that_contributors_are_told_of_exist() {
    let Ok(text) = fs::read_to_string(root().join("CONTRIBUTING.md")) else { return };
    let mut seen = 0;
    for path in text.split('`').skip(1).step_by(2).filter_map(told_path) {
        seen += 1;
        assert!(root().join(&path).exists(), "CONTRIBUTING.md names {path}, which does not exist");
    }
    assert!(seen > 0, "CONTRIBUTING.md names no path: this test reads them between backticks");
}

/// A path of the repository: it begins with one of its folders, and has no placeholder.
fn told_path(quoted: &str) -> Option<String> {
    const FOLDERS: [&str; 8] =
        ["src/", "tests/", "checks/", "frameworks/", "fixtures/", "docs/", "report-templates/", ".ci/"];
    let path = quoted.split_whitespace().find(|word| FOLDERS.iter().any(|f| word.starts_with(f)))?;
    let placeholder = path.contains(['<', '*', '…', '{', '$']) || path.chars().any(|c| c.is_ascii_uppercase());
    (!placeholder).then(|| path.trim_end_matches([',', '.', ';', ':']).to_owned())
}

#[test]
fn the_readers_of_this_file_read_right() {
    assert_eq!(named("use crate::{model::{Report, Run}, policy};"), ["model", "policy"]);
    assert_eq!(named("let x = crate::model::text::visible(y);"), ["model"]);
    assert_eq!(without_words("a(\"crate::x \\\" // no\") // crate::y"), "a() ");
    assert_eq!(told_path("src/collect/postgres/queries/SUBJECT.sql"), None);
    assert_eq!(told_path("cargo test tests/cli.rs").as_deref(), Some("tests/cli.rs"));
}
