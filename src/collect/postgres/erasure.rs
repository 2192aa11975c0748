//! Rows counted in tables that the policy names: rows marked as erased, rows past their time, entries of the audit table.
//! Only counts and ages leave the server, in a session and a read-only transaction of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::Row;
use tokio_postgres::types::Type;

use super::decode::{Record, original, records};
use super::query_error::{QueryError, QueryErrorKind};
use super::session::Session;
use crate::evidence::{Evidence, EvidenceError, Rows};

/// What the policy lets be counted. Names are as the evidence spells them, with or without the database before.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    /// Columns with personal data.
    pub inventory: Vec<String>,
    /// Names of columns that mark a row as erased.
    pub marks: Vec<String>,
    /// Texts that may stand in the place of what was erased.
    pub erased_values: Vec<String>,
    /// Columns that date the rows of a table that has a period of its own.
    pub dated: Vec<String>,
    /// The audit table.
    pub audit_table: Option<String>,
}

/// Whether the role may read these columns, asked before a table is touched; and whether policies bind it there.
pub(super) const MAY_COUNT: &str = "SELECT has_schema_privilege(c.relnamespace, 'USAGE') AS usage, \
    row_security_active(c.oid) AS bound, \
    (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     AND a.attname::text = ANY ($2) AND has_column_privilege(c.oid, a.attnum, 'SELECT')) AS readable \
    FROM pg_class c WHERE c.oid = $1::oid";

/// Columns by which audit tables date their entries, the likeliest first.
const ENTRY_TIMES: [&str; 16] = [
    "timestamp",
    "event_time",
    "event_timestamp",
    "occurred_at",
    "happened_at",
    "logged_at",
    "recorded_at",
    "created_at",
    "created",
    "action_tstamp",
    "action_at",
    "changed_at",
    "time",
    "ts",
    "at",
    "date",
];

/// Types that are compared as text.
const TEXTS: [&str; 5] = ["text", "character varying", "character", "citext", "name"];

/// One count to make.
pub(super) struct Target {
    relation_identity: String,
    schema: String,
    relation: String,
    oid: i64,
    purpose: &'static str,
    dated_by: Option<Column>,
    marks: Vec<Column>,
    cleared: Vec<Column>,
    /// Why it cannot be made at all.
    never: Option<&'static str>,
}

#[derive(Clone)]
struct Column {
    name: String,
    identity: String,
    of: String,
}

/// What stood in the way of a count.
struct Obstacle {
    kind: &'static str,
    reason: String,
    unlock: Option<String>,
}

/// Tables of the catalog that the policy names, by database, with what to count in each.
pub(super) async fn targets(
    evidence: &mut Evidence,
    counting: &Counting,
) -> Result<BTreeMap<String, Vec<Target>>, EvidenceError> {
    let list = |names: &[String]| json!(names).to_string().replace('\'', "''");
    let audit: Vec<String> = counting.audit_table.iter().cloned().collect();
    let column = |list: &str| {
        let names = format!("(SELECT value FROM json_each('{list}'))");
        let spellings = ["c.identity", "c.schema || '.' || c.relation || '.' || c.name"];
        let any = spellings.map(|s| format!("{s} IN {names} OR c.database || '.' || {s} IN {names}"));
        format!("({})", any.join(" OR "))
    };
    let (declared, dated) = (column(&list(&counting.inventory)), column(&list(&counting.dated)));
    let audits = format!("(SELECT value FROM json_each('{}'))", list(&audit));
    let sql = format!(
        "WITH RECURSIVE audited AS MATERIALIZED (
           SELECT database, schema, name FROM relation WHERE identity IN {audits} OR database || '.' || identity IN {audits}),
         wanted AS MATERIALIZED (
           SELECT database, schema, relation FROM table_column c WHERE {declared} OR {dated} UNION SELECT * FROM audited),
         below(database, top, identity, kind) AS (
           SELECT r.database, r.identity, r.identity, r.kind FROM wanted w JOIN relation r ON (r.database, r.schema, r.name) = (w.database, w.schema, w.relation)
           UNION SELECT b.database, b.top, r.identity, r.kind FROM below b JOIN relation r ON r.database = b.database AND r.parent = b.identity)
         SELECT c.database, c.relation_identity, c.schema, c.relation, c.name, c.identity, c.type, r.oid, {declared}, {dated},
                (c.database, c.schema, c.relation) IN (SELECT * FROM audited), r.kind,
                EXISTS (SELECT 1 FROM below b WHERE b.database = r.database AND b.top = r.identity AND b.kind = 'foreign table')
         FROM wanted w JOIN table_column c ON (c.database, c.schema, c.relation) = (w.database, w.schema, w.relation)
         JOIN relation r ON (r.database, r.schema, r.name) = (w.database, w.schema, w.relation)
         ORDER BY 1, 2, c.name"
    );
    let mut tables: BTreeMap<(String, String), Table> = BTreeMap::new();
    for row in evidence.fetch(&sql).await? {
        let (database, relation_identity): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let table = tables.entry((database, relation_identity)).or_default();
        (table.schema, table.relation, table.oid) = (row.try_get(2)?, row.try_get(3)?, row.try_get(7)?);
        let column = Column { name: row.try_get(4)?, identity: row.try_get(5)?, of: row.try_get(6)? };
        let yes = |index: usize| row.try_get::<i64, _>(index).map(|n| n == 1);
        table.audit = yes(10)?;
        table.never = match (row.try_get::<String, _>(11)?.as_str(), yes(12)?) {
            ("table" | "partitioned table", false) => None,
            ("table" | "partitioned table", true) => {
                Some("a foreign table is among its children, and another server is not asked")
            }
            _ => Some("only rows of tables are counted"),
        };
        if yes(8)? {
            table.declared.push(column.clone());
        }
        if yes(9)? {
            table.dated.push(column.clone());
        }
        table.columns.push(column);
    }
    let mut targets: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for ((database, identity), table) in tables {
        targets.entry(database).or_default().extend(table.targets(&identity, &counting.marks));
    }
    Ok(targets)
}

/// A table that the policy names, as the catalog has it.
#[derive(Default)]
struct Table {
    schema: String,
    relation: String,
    oid: i64,
    audit: bool,
    never: Option<&'static str>,
    columns: Vec<Column>,
    declared: Vec<Column>,
    dated: Vec<Column>,
}

impl Table {
    fn targets(&self, identity: &str, mark_names: &[String]) -> Vec<Target> {
        let target = |purpose, dated_by| Target {
            relation_identity: identity.to_owned(),
            schema: self.schema.clone(),
            relation: self.relation.clone(),
            oid: self.oid,
            purpose,
            dated_by,
            marks: Vec::new(),
            cleared: Vec::new(),
            never: self.never,
        };
        let mut all = Vec::new();
        let marks: Vec<Column> =
            self.columns.iter().filter(|c| mark_names.contains(&c.name) && c.marked().is_some()).cloned().collect();
        if !self.declared.is_empty() && !marks.is_empty() {
            let dated_by = marks.iter().find(|c| c.is_time()).cloned();
            all.push(Target { marks, cleared: self.declared.clone(), ..target("erased", dated_by) });
        }
        all.extend(self.dated.iter().map(|column| {
            let never = self.never.or((!column.is_time()).then_some("its column holds no time"));
            Target { never, ..target("dated", Some(column.clone())) }
        }));
        if self.audit {
            let times = || self.columns.iter().filter(|c| c.is_time());
            let known = ENTRY_TIMES.iter().find_map(|name| times().find(|c| c.name == *name));
            let time = known.or_else(|| times().next().filter(|_| times().count() == 1)).cloned();
            let never = self.never.or(time.is_none().then_some("it has no column that dates its entries"));
            all.push(Target { never, ..target("audit", time) });
        }
        all
    }
}

impl Column {
    fn quoted(&self) -> Option<String> {
        original(&self.name).map(|name| quoted(&name))
    }

    fn base(&self) -> &str {
        self.of.split('(').next().unwrap_or(&self.of)
    }

    fn is_time(&self) -> bool {
        self.of == "date" || self.of.starts_with("timestamp")
    }

    /// The condition under which this column marks its row as erased.
    fn marked(&self) -> Option<String> {
        let name = self.quoted()?;
        match self.base() {
            "boolean" => Some(format!("{name} IS TRUE")),
            "smallint" | "integer" | "bigint" => Some(format!("{name} <> 0")),
            _ => self.is_time().then(|| format!("{name} IS NOT NULL")),
        }
    }

    /// The condition under which something is still there.
    fn holds(&self) -> Option<String> {
        let name = self.quoted()?;
        Some(if TEXTS.contains(&self.base()) {
            format!("{name} IS NOT NULL AND {name}::text <> '' AND {name}::text <> ALL ($1)")
        } else {
            format!("{name} IS NOT NULL")
        })
    }

    /// The age of the oldest or newest row, in milliseconds: `min` or `max`.
    fn age(&self, which: &str) -> Option<String> {
        let name = self.quoted()?;
        let at = format!("{which}({name}) FILTER (WHERE isfinite({name}))");
        let at = if self.of.ends_with("with time zone") { at } else { format!("({at})::timestamp AT TIME ZONE 'UTC'") };
        Some(format!("(extract(epoch FROM now() - {at}) * 1000)::int8"))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Target {
    fn columns(&self) -> Vec<&Column> {
        let mut columns: Vec<&Column> = self.dated_by.iter().chain(&self.marks).chain(&self.cleared).collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        columns.dedup_by(|a, b| a.name == b.name);
        columns
    }

    /// The one statement that counts; none where a name has bytes that cannot be asked for.
    fn sql(&self) -> Option<String> {
        let none = || "NULL::int8".to_owned();
        let list = |all: Vec<Option<String>>| {
            all.into_iter().collect::<Option<Vec<_>>>().map(|c| format!("({})", c.join(") OR (")))
        };
        let holding = match self.cleared.as_slice() {
            [] => none(),
            cleared => format!("count(*) FILTER (WHERE {})", list(cleared.iter().map(Column::holds).collect())?),
        };
        let (undated, oldest, newest) = match &self.dated_by {
            None => ("count(*)".to_owned(), none(), none()),
            Some(column) => (
                format!("count(*) FILTER (WHERE {} IS NULL)", column.quoted()?),
                column.age("min")?,
                column.age("max")?,
            ),
        };
        let filter = match self.marks.as_slice() {
            [] => String::new(),
            marks => format!(" WHERE {}", list(marks.iter().map(Column::marked).collect())?),
        };
        let table = format!("{}.{}", quoted(&original(&self.schema)?), quoted(&original(&self.relation)?));
        Some(format!(
            "SELECT count(*) AS rows, {holding} AS rows_holding, {undated} AS rows_undated, {oldest} AS oldest_age_ms, \
             {newest} AS newest_age_ms FROM {table}{filter}"
        ))
    }
}

/// Counts one target after the other; a count that fails is an obstacle of its row, and the next one is made.
///
/// # Errors
/// Where the session is over, or the evidence cannot be read.
pub(super) async fn count(
    session: &Session,
    evidence: &mut Evidence,
    database: &str,
    targets: &[Target],
    counting: &Counting,
    role: &str,
) -> Result<Rows, QueryError> {
    let mut rows = Rows::new(&[
        "database",
        "relation_identity",
        "purpose",
        "dated_by",
        "marks",
        "cleared",
        "rows",
        "rows_holding",
        "rows_undated",
        "oldest_age_ms",
        "newest_age_ms",
        "partial",
        "obstacle",
        "obstacle_kind",
        "unlock",
    ]);
    for target in targets {
        let (found, partial, obstacle) = match one(session, evidence, database, target, counting, role).await? {
            Ok((found, partial)) => (found, partial, None),
            Err(obstacle) => (Record::new(), false, Some(obstacle)),
        };
        let names = |columns: &[Column]| json!(json!(columns.iter().map(|c| &c.name).collect::<Vec<_>>()).to_string());
        let number = |key: &str| found.get(key).cloned().unwrap_or(Value::Null);
        rows.values.push(vec![
            json!(database),
            json!(target.relation_identity),
            json!(target.purpose),
            json!(target.dated_by.as_ref().map_or("", |c| c.identity.as_str())),
            names(&target.marks),
            names(&target.cleared),
            number("rows"),
            number("rows_holding"),
            number("rows_undated"),
            number("oldest_age_ms"),
            number("newest_age_ms"),
            json!(i64::from(partial)),
            json!(obstacle.as_ref().map(|o| &o.reason)),
            json!(obstacle.as_ref().map(|o| o.kind)),
            json!(obstacle.as_ref().and_then(|o| o.unlock.as_ref())),
        ]);
    }
    Ok(rows)
}

async fn one(
    session: &Session,
    evidence: &mut Evidence,
    database: &str,
    target: &Target,
    counting: &Counting,
    role: &str,
) -> Result<Result<(Record, bool), Obstacle>, QueryError> {
    let stop = |kind, reason: &str, unlock| Ok(Err(Obstacle { kind, reason: reason.to_owned(), unlock }));
    if let Some(never) = target.never {
        return stop("out_of_reach", never, None);
    }
    let Some(sql) = target.sql() else {
        return stop("out_of_reach", "a name in it is not UTF-8, and cannot be asked for", None);
    };
    let columns = target.columns();
    let names: Vec<String> = columns.iter().filter_map(|c| original(&c.name)).collect();
    let asked = session.query(MAY_COUNT, &[(&target.oid, Type::INT8), (&names, Type::TEXT_ARRAY)]).await?;
    let Some(may) = read(&asked)? else { return stop("changed_during_scan", "the table is gone by now", None) };
    let number = |key: &str| may.get(key).and_then(Value::as_i64);
    let list = columns.iter().filter_map(|c| c.quoted()).collect::<Vec<_>>().join(", ");
    if number("usage") != Some(1) {
        let schema = original(&target.schema).map_or_else(String::new, |name| quoted(&name));
        let grant = format!("GRANT USAGE ON SCHEMA {schema} TO {role};");
        return stop("privilege", "the role may not use its schema", Some(grant));
    }
    if number("readable") != Some(names.len() as i64) {
        let grant = format!("GRANT SELECT ({list}) ON {} TO {role};", target.relation_identity);
        return stop("privilege", "the role may not read the columns that the count rests on", Some(grant));
    }
    let parameters: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] =
        if sql.contains("($1)") { &[(&counting.erased_values, Type::TEXT_ARRAY)] } else { &[] };
    let counted = session.query(&sql, parameters).await;
    session.execute(super::pipeline::BACK).await?;
    match counted {
        Ok(rows) => {
            let bound = number("bound") != Some(0);
            let whole = !bound || sees_every_row(evidence, database, target).await?;
            Ok(Ok((read(&rows)?.unwrap_or_default(), !whole)))
        }
        Err(error) if error.kind == QueryErrorKind::Disconnected => Err(error),
        Err(error) => {
            let timeout = matches!(error.kind, QueryErrorKind::Canceled | QueryErrorKind::Locked);
            stop(if timeout { "timeout" } else { "out_of_reach" }, &error.to_string(), None)
        }
    }
}

fn read(rows: &[tokio_postgres::Row]) -> Result<Option<Record>, QueryError> {
    let records = records(rows).map_err(defect)?;
    Ok(records.into_iter().next())
}

fn defect(message: String) -> QueryError {
    QueryError { sqlstate: None, message, kind: QueryErrorKind::Other }
}

/// Whether a policy shows the scanner's role every row, and none narrows it.
async fn sees_every_row(evidence: &mut Evidence, database: &str, target: &Target) -> Result<bool, QueryError> {
    let literal = |text: &str| text.replace('\'', "''");
    let sql = format!(
        "WITH acts_as AS (SELECT scanner_role AS role FROM server UNION SELECT ''
           UNION SELECT m.target FROM role_reach m JOIN server s ON s.scanner_role = m.role WHERE m.way = 'inherit')
         SELECT 'x' FROM (SELECT max(permissive = 1 AND has_using = 1 AND using_always IS 1) AS all_rows,
                                 max(permissive = 0 AND has_using = 1 AND using_always IS NOT 1) AS narrowed
                          FROM rls_policy p CROSS JOIN json_each(p.roles) j JOIN acts_as a ON a.role = j.value
                          WHERE p.command IN ('ALL', 'SELECT') AND p.database = '{}' AND p.relation_identity = '{}')
         WHERE all_rows = 1 AND narrowed = 0",
        literal(database),
        literal(&target.relation_identity)
    );
    let rows = evidence.fetch(&sql).await.map_err(|error| defect(error.to_string()))?;
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, of: &str) -> Column {
        Column { name: name.into(), identity: format!("app.t.{name}"), of: of.into() }
    }

    #[test]
    fn a_statement_returns_counts_and_ages_of_quoted_names_alone() {
        let table = Table {
            schema: "app".into(),
            relation: "t\"; DROP TABLE x".into(),
            columns: vec![column("deleted_at", "date"), column("is_deleted", "boolean")],
            declared: vec![column("e\"mail", "character varying(255)"), column("born", "date")],
            ..Table::default()
        };
        let targets = table.targets("app.t", &["is_deleted".to_owned(), "deleted_at".to_owned()]);
        let sql = targets[0].sql().unwrap();
        let age = |which: &str| {
            format!(
                "(extract(epoch FROM now() - ({which}(\"deleted_at\") FILTER (WHERE isfinite(\"deleted_at\")))::timestamp AT TIME ZONE 'UTC') * 1000)::int8"
            )
        };
        let expected = format!(
            "SELECT count(*) AS rows, count(*) FILTER (WHERE (\"e\"\"mail\" IS NOT NULL AND \"e\"\"mail\"::text <> '' AND \"e\"\"mail\"::text <> ALL ($1)) OR (\"born\" IS NOT NULL)) AS rows_holding, \
             count(*) FILTER (WHERE \"deleted_at\" IS NULL) AS rows_undated, {} AS oldest_age_ms, {} AS newest_age_ms \
             FROM \"app\".\"t\"\"; DROP TABLE x\" WHERE (\"deleted_at\" IS NOT NULL) OR (\"is_deleted\" IS TRUE)",
            age("min"),
            age("max")
        );
        assert_eq!(sql, expected);
    }

    #[test]
    fn a_table_without_a_mark_is_not_counted_for_erasure() {
        let table = Table { declared: vec![column("email", "text")], ..Table::default() };
        assert!(table.targets("app.t", &["deleted_at".to_owned()]).is_empty());
    }
}
