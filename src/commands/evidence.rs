//! `facts` and `query`: look at the evidence itself.

use std::path::Path;
use std::time::Duration;

use comfy_table::Table;
use serde_json::Value;
use sqlx::Row;

use super::around::Terminal;
use super::failure::Failure;
use super::output;
use crate::evidence::Evidence;
use crate::model::text::visible;

/// How long somebody's own query may take.
const QUERY_LIMIT: Duration = Duration::from_secs(60);

/// Every fact table with its rows, and what was not seen of it.
pub(super) async fn facts(path: &Path, terminal: &Terminal) -> Result<u8, Failure> {
    let mut evidence = Evidence::read(path).await?;
    let names = evidence
        .fetch("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
        .await?
        .iter()
        .map(|r| r.try_get::<String, _>(0))
        .collect::<Result<Vec<_>, _>>()
        .map_err(crate::evidence::EvidenceError::from)?;
    let mut table = plain(terminal);
    table.set_header(["fact", "rows", "seen", "what is missing, and what would unlock it"]);
    for name in names {
        let rows = evidence.scalar(&format!("SELECT count(*) || '' FROM {name}")).await?;
        let sql = format!(
            "SELECT coalesce(group_concat(DISTINCT status), 'ours'), coalesce(group_concat(DISTINCT CASE WHEN status <> 'complete' \
             THEN CASE WHEN part = '*' THEN '' ELSE part || ': ' END || coalesce(reason, '') || coalesce(' → ' || unlock, '') END), '') \
             FROM collection WHERE fact = '{name}' AND (part = '*' OR fact <> 'setting')"
        );
        for row in evidence.fetch(&sql).await? {
            let text = |i: usize| row.try_get::<String, _>(i).map_err(crate::evidence::EvidenceError::from);
            table.add_row([name.clone(), rows.clone(), visible(&text(0)?), visible(&text(1)?)]);
        }
    }
    output::to_stdout(format!("{table}\n").as_bytes())?;
    Ok(0)
}

/// Any query, read-only.
pub(super) async fn query(path: &Path, sql: &str, terminal: &Terminal) -> Result<u8, Failure> {
    let mut evidence = Evidence::read(path).await?;
    let sql = sql.trim().trim_end_matches(';');
    let rows = evidence.fetch_guarded(&format!("SELECT * FROM (\n{sql}\n)"), QUERY_LIMIT).await;
    let rows = rows.map_err(|e| Failure::usage(format!("the query was refused: {e}")))?;
    let mut table = plain(terminal);
    for (index, row) in rows.iter().enumerate() {
        let values = Evidence::row_values(row)?;
        if index == 0 {
            table.set_header(values.iter().map(|(name, _)| visible(name)));
        }
        table.add_row(values.into_iter().map(|(_, value)| cell(&value)));
    }
    output::to_stdout(format!("{table}\n").as_bytes())?;
    output::say(&format!("{} rows", rows.len()));
    Ok(0)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) => visible(text),
        other => other.to_string(),
    }
}

fn plain(terminal: &Terminal) -> Table {
    let mut table = Table::new();
    table.set_width(u16::try_from(terminal.width).unwrap_or(u16::MAX));
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table
}
