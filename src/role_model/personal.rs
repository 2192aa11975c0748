//! Columns that look like personal data, and what the policy says of columns: its inventory, and how long rows may stay.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;
use sqlx::Row;

use crate::evidence::{Evidence, EvidenceError, Rows};
use crate::policy::{Leaf, Policy, split_entry};

const TEXT: &str = include_str!("../../data/personal-data.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patterns {
    harmless: BTreeSet<String>,
    people: BTreeSet<String>,
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    category: String,
    strength: Strength,
    types: Vec<String>,
    columns: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Strength {
    Strong,
    Weak,
}

fn read() -> Result<Patterns, EvidenceError> {
    toml::from_str(TEXT).map_err(|e| EvidenceError::Embedded(format!("data/personal-data.toml: {e}")))
}

/// Columns of relations that no extension brought.
const COLUMNS: &str =
    "table_column c JOIN relation r ON r.database = c.database AND r.schema = c.schema AND r.name = c.relation
    WHERE r.extension IS NULL";

/// Writes `declared_column`, `retention_rule` and `personal_data` anew.
pub(super) async fn apply(evidence: &mut Evidence, policy: &Policy) -> Result<(), EvidenceError> {
    evidence.execute("DELETE FROM declared_column; DELETE FROM retention_rule; DELETE FROM personal_data").await?;
    let leaves = |key: &str| policy.values.get(key).cloned().unwrap_or_default();
    let mut declared = Rows::new(&["entry", "database", "identity", "purpose", "basis"]);
    for (entry, leaf, database, identity) in matched(evidence, &leaves("privacy.inventory")).await? {
        let words = split_entry(&leaf.text).1.unwrap_or_default();
        let (purpose, basis) = words.split_once(';').unwrap_or((words, ""));
        let values = [entry, database, identity, purpose.trim().to_owned(), basis.trim().to_owned()];
        declared.values.push(values.into_iter().map(|value| json!(value)).collect());
    }
    evidence.insert("declared_column", &declared).await?;
    let mut rules = Rows::new(&["entry", "database", "identity", "max_age_ms"]);
    for (entry, leaf, database, identity) in matched(evidence, &leaves("privacy.retention_tables")).await? {
        let limit = leaf.number.unwrap_or_default().round() as i64;
        rules.values.push(vec![json!(entry), json!(database), json!(identity), json!(limit)]);
    }
    evidence.insert("retention_rule", &rules).await?;
    candidates(evidence).await
}

/// Each entry with every column that it names, by database and identity; with itself where it names none.
async fn matched(
    evidence: &mut Evidence,
    entries: &[Leaf],
) -> Result<Vec<(String, Leaf, String, String)>, EvidenceError> {
    let mut by_name: BTreeMap<String, Leaf> = BTreeMap::new();
    for leaf in entries {
        by_name.entry(split_entry(&leaf.text).0.to_owned()).or_insert_with(|| leaf.clone());
    }
    let names = json!(by_name.keys().collect::<Vec<_>>()).to_string().replace('\'', "''");
    let spellings = ["c.identity", "c.schema || '.' || c.relation || '.' || c.name"];
    let any: Vec<String> =
        spellings.iter().flat_map(|s| [(*s).to_owned(), format!("c.database || '.' || {s}")]).collect();
    let sql = format!(
        "WITH named AS MATERIALIZED (SELECT value FROM json_each('{names}'))
         SELECT DISTINCT n.value, c.database, c.identity FROM named n CROSS JOIN {COLUMNS} AND n.value IN ({})",
        any.join(", ")
    );
    let mut found = Vec::new();
    if !by_name.is_empty() {
        for row in evidence.fetch(&sql).await? {
            let (entry, database, identity): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let Some(leaf) = by_name.get(&entry) {
                found.push((entry, leaf.clone(), database, identity));
            }
        }
    }
    let seen: BTreeSet<String> = found.iter().map(|(entry, ..)| entry.clone()).collect();
    let unseen = by_name.into_iter().filter(|(entry, _)| !seen.contains(entry));
    found.extend(unseen.map(|(entry, leaf)| (entry.clone(), leaf, String::new(), entry)));
    Ok(found)
}

/// Every distinct name and type is looked at once, and every table's name: a catalog has few of these.
async fn candidates(evidence: &mut Evidence) -> Result<(), EvidenceError> {
    let patterns = read()?;
    let mut hits = Vec::new();
    for row in evidence.fetch("SELECT DISTINCT name, type FROM table_column").await? {
        let (name, of): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(rule) = patterns.of(&name, &of) {
            hits.push(json!([name, of, rule.category, rule.name, rule.strength == Strength::Strong]));
        }
    }
    let mut about_people = Vec::new();
    for row in evidence.fetch("SELECT DISTINCT name FROM relation WHERE kind <> 'sequence'").await? {
        let name: String = row.try_get(0)?;
        if words(&name).iter().any(|word| patterns.people.contains(word)) {
            about_people.push(name);
        }
    }
    let literal = |value: serde_json::Value| value.to_string().replace('\'', "''");
    let (hits, people) = (literal(json!(hits)), literal(json!(about_people)));
    let sql = format!(
        "INSERT INTO personal_data
         WITH hit AS MATERIALIZED (SELECT value->>0 AS name, value->>1 AS type, value->>2 AS category, value->>3 AS rule, value->>4 AS strong FROM json_each('{hits}')),
         people AS MATERIALIZED (SELECT value AS name FROM json_each('{people}')),
         listed AS MATERIALIZED (SELECT DISTINCT database, identity FROM declared_column WHERE database <> '')
         SELECT c.database, c.schema, c.relation, c.name, c.identity, c.relation_identity, coalesce(h.category, 'declared'), coalesce(h.rule, ''),
                CASE WHEN h.name IS NULL THEN 'none' WHEN h.strong OR c.relation IN (SELECT name FROM people) THEN 'strong' ELSE 'weak' END,
                l.identity IS NOT NULL
         FROM (SELECT c.* FROM {COLUMNS}) c
         LEFT JOIN hit h ON h.name = c.name AND h.type = c.type
         LEFT JOIN listed l ON l.database = c.database AND l.identity = c.identity
         WHERE h.name IS NOT NULL OR l.identity IS NOT NULL"
    );
    evidence.execute(&sql).await
}

impl Patterns {
    /// The rule that a column's name and type match: a strong one before a weak one.
    fn of(&self, name: &str, of: &str) -> Option<&Rule> {
        let words = words(name);
        let class = class(of);
        if words.last().is_some_and(|last| self.harmless.contains(last)) && !self.exact(&words) {
            return None;
        }
        let fits = |rule: &&Rule| {
            let typed = rule.types.iter().any(|t| t == "any" || t == class || class == "other" && t == "text");
            typed && rule.columns.iter().any(|entry| entry == "*" || contains(&words, entry))
        };
        let strong = self.rule.iter().filter(|rule| rule.strength == Strength::Strong).find(fits);
        strong.or_else(|| self.rule.iter().find(fits))
    }

    /// `tax_id` and `national_id` end in a harmless word, and are meant.
    fn exact(&self, words: &[String]) -> bool {
        let ends = |entry: &String| words.join("_").ends_with(entry.as_str());
        let harmless = |entry: &String| entry.rsplit('_').next().is_some_and(|last| self.harmless.contains(last));
        self.rule.iter().flat_map(|rule| &rule.columns).any(|entry| harmless(entry) && ends(entry))
    }
}

fn contains(words: &[String], entry: &str) -> bool {
    let wanted: Vec<&str> = entry.split('_').collect();
    words.windows(wanted.len()).any(|window| window.iter().zip(&wanted).all(|(a, b)| a == b))
}

/// A name's words in small letters: at each `_`, at other signs, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let (mut words, mut word, mut small) = (Vec::new(), String::new(), false);
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || c.is_uppercase() && small;
        if breaks && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        small = c.is_lowercase();
        for folded in c.to_lowercase().filter(|c| c.is_alphanumeric()) {
            word.push_str(&fold(folded));
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A letter without its accent.
fn fold(c: char) -> String {
    let plain = match c {
        'à'..='å' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ę' | 'ě' => 'e',
        'ì'..='ï' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ș' | 'ş' => 's',
        'ť' | 'ț' | 'ţ' => 't',
        'ù'..='ü' | 'ů' | 'ű' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ß' => return "ss".into(),
        other => other,
    };
    plain.to_string()
}

/// What kind of value a type holds, as the rules call it.
fn class(of: &str) -> &'static str {
    let base = of.trim_end_matches("[]").split('(').next().unwrap_or(of).trim();
    match base {
        "text" | "character varying" | "character" | "citext" | "name" | "\"char\"" => "text",
        "date" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => "date",
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        "inet" | "cidr" | "macaddr" | "macaddr8" => "network",
        "point" | "geometry" | "geography" | "polygon" | "path" | "circle" => "place",
        "json" | "jsonb" | "hstore" | "xml" => "json",
        "boolean" | "uuid" | "interval" | "oid" | "tsvector" | "time without time zone" | "time with time zone" => {
            "never"
        }
        "bytea" => "bytes",
        _ if base.starts_with("timestamp") || base.starts_with("time") => "date",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, of: &str) -> Option<(String, Strength)> {
        let patterns = read().unwrap();
        patterns.of(name, of).map(|rule| (rule.category.clone(), rule.strength))
    }

    #[test]
    fn names_of_several_languages_and_spellings_are_found() {
        for (name, of, category) in [
            ("email", "character varying(255)", "e-mail"),
            ("userEmail", "text", "e-mail"),
            ("FIRST-NAME", "text", "name"),
            ("Straße", "text", "address"),
            ("prénom", "text", "name"),
            ("data_urodzenia", "date", "birth date"),
            ("tax_id", "text", "national id"),
            ("phone_number", "bigint", "phone"),
            ("client_ip", "inet", "ip address"),
            ("emails", "app.addresses", ""),
            ("diagnosis", "jsonb", "health"),
        ] {
            let found = rule(name, of);
            let expected = (!category.is_empty()).then(|| (category.to_owned(), Strength::Strong));
            assert_eq!(found, expected, "{name} {of}");
        }
    }

    #[test]
    fn what_only_sounds_like_it_is_not() {
        for (name, of) in [
            ("email_verified", "boolean"),
            ("email_template", "text"),
            ("email_sent_at", "timestamp with time zone"),
            ("phone_type", "text"),
            ("user_id", "uuid"),
            ("filename", "text"),
            ("title", "text"),
            ("street_count", "integer"),
            ("action", "character varying(50)"),
        ] {
            assert_eq!(rule(name, of), None, "{name} {of}");
        }
        assert_eq!(rule("name", "text").unwrap().1, Strength::Weak);
        assert_eq!(rule("server", "inet"), None);
    }

    #[test]
    fn every_pattern_is_spelled_as_it_is_looked_for() {
        let patterns = read().unwrap();
        let columns = patterns.rule.iter().flat_map(|rule| &rule.columns).filter(|entry| *entry != "*");
        for entry in columns.chain(&patterns.people).chain(&patterns.harmless) {
            assert_eq!(words(entry).join("_"), *entry);
        }
        let classes = ["text", "date", "number", "network", "place", "json", "any"];
        for rule in &patterns.rule {
            assert!(rule.types.iter().all(|t| classes.contains(&t.as_str())), "{}", rule.name);
        }
    }
}
