//! The store: creating, reading, writing and querying the evidence database.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use super::rows::{CollectionRow, Rows};
use super::{SCHEMA_SQL, SCHEMA_VERSION};

/// Why evidence could not be read or written. Each names the file, where there is one, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file cannot be read.
    #[error("evidence {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's own reason.
        source: std::io::Error,
    },
    /// It is no evidence of ours.
    #[error("evidence {path}: not an evidence file of pgcomply ({reason})")]
    NotEvidence {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another major of the schema.
    #[error(
        "evidence {path}: schema {found} is not readable by this program, which reads {SCHEMA_VERSION}; use the pgcomply that made it"
    )]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// Somebody's own query is more than a query.
    #[error("more than one statement")]
    NotOneStatement,
    /// A table of data that comes with the program cannot be read: a defect of ours.
    #[error("{0}")]
    Embedded(String),
    /// SQLite refused.
    #[error("evidence database: {0}")]
    Sqlite(#[from] sqlx::Error),
    /// A fact that does not serialise.
    #[error("evidence database: {0}")]
    Json(#[from] serde_json::Error),
}

impl EvidenceError {
    /// Whether a guarded query was ended because it took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        // SQLITE_INTERRUPT (9), which only the progress handler raises here
        matches!(self, EvidenceError::Sqlite(sqlx::Error::Database(e)) if e.code().as_deref() == Some("9"))
    }
}

/// How many rows go into one statement.
const CHUNK: usize = 1000;

/// The evidence of one target. In memory; `to_bytes` gives the file.
pub struct Evidence {
    connection: SqliteConnection,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evidence")
    }
}

async fn memory() -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().in_memory(true).disable_statement_logging().connect().await
}

impl Evidence {
    /// Empty evidence: every table there, no row in any.
    ///
    /// # Errors
    /// Where SQLite cannot be opened.
    pub async fn empty() -> Result<Self, EvidenceError> {
        let mut connection = memory().await?;
        sqlx::raw_sql(SCHEMA_SQL).execute(&mut connection).await?;
        Ok(Evidence { connection })
    }

    /// Reads an evidence file into memory; the file itself is never changed.
    ///
    /// # Errors
    /// Where the file is missing, unreadable, no evidence, or of another major.
    pub async fn read(path: &Path) -> Result<Self, EvidenceError> {
        let bytes = std::fs::read(path).map_err(|source| EvidenceError::Io { path: path.to_owned(), source })?;
        if !bytes.starts_with(b"SQLite format 3\0") {
            return Err(EvidenceError::NotEvidence { path: path.to_owned(), reason: "no SQLite database".into() });
        }
        let whole = async {
            let mut evidence = Self::from_bytes(&bytes).await?;
            let found = evidence.scalar("PRAGMA quick_check(1)").await?;
            Ok((evidence, found))
        };
        let not_evidence = |reason: String| EvidenceError::NotEvidence { path: path.to_owned(), reason };
        let (evidence, found) = whole.await.map_err(|e| match e {
            EvidenceError::Version { found, .. } => EvidenceError::Version { path: path.to_owned(), found },
            EvidenceError::Sqlite(e) => not_evidence(e.to_string()),
            other => other,
        })?;
        if found != "ok" { Err(not_evidence(format!("damaged: {found}"))) } else { Ok(evidence) }
    }

    /// Evidence from the bytes of a file.
    ///
    /// # Errors
    /// As `read`.
    pub async fn from_bytes(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let mut connection = memory().await?;
        connection.deserialize(None, bytes.try_into()?, false).await?;
        let mut evidence = Evidence { connection };
        let found: String = evidence.scalar("SELECT schema_version FROM scan").await?;
        if found.split('.').next() != SCHEMA_VERSION.split('.').next() {
            return Err(EvidenceError::Version { path: PathBuf::new(), found });
        }
        if found != SCHEMA_VERSION {
            evidence.complete_schema().await?;
        }
        Ok(evidence)
    }

    /// Gives evidence of another minor the tables, columns and views that it does not have: empty, and with no record in
    /// `collection`, so that nothing passes for want of them.
    async fn complete_schema(&mut self) -> Result<(), EvidenceError> {
        let ours = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'view', rowid";
        let columns = "SELECT name, type FROM pragma_table_info";
        let mut empty = Evidence::empty().await?;
        for row in empty.fetch(ours).await? {
            let (kind, name, sql): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let there = self.fetch(&format!("SELECT 1 FROM sqlite_schema WHERE name = '{name}'")).await?;
            if kind == "view" && !there.is_empty() {
                self.execute(&format!("DROP VIEW {}", quoted(&name))).await?;
            }
            if kind == "view" || there.is_empty() {
                self.execute(&sql).await?;
                continue;
            }
            let old = self.fetch(&format!("{columns}('{name}')")).await?;
            let old = old.iter().map(|r| r.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
            for column in empty.fetch(&format!("{columns}('{name}')")).await? {
                let (column, of): (String, String) = (column.try_get(0)?, column.try_get(1)?);
                if !old.contains(&column) {
                    self.execute(&format!("ALTER TABLE {} ADD COLUMN {} {of}", quoted(&name), quoted(&column))).await?;
                }
            }
        }
        Ok(())
    }

    /// The whole database as the bytes of a file.
    ///
    /// # Errors
    /// Where SQLite cannot serialise it.
    pub async fn to_bytes(&mut self) -> Result<Vec<u8>, EvidenceError> {
        Ok(self.connection.serialize(None).await?.as_ref().to_vec())
    }

    /// Puts rows into a fact table, a thousand a statement.
    ///
    /// # Errors
    /// Where a row does not fit the table: a defect of a collector.
    pub async fn insert(&mut self, table: &str, rows: &Rows) -> Result<(), EvidenceError> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = rows.columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ");
        let picks = (0..rows.columns.len()).map(|i| format!("value->>{i}")).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO {} ({columns}) SELECT {picks} FROM json_each(?1)", quoted(table));
        let mut transaction = self.connection.begin().await?;
        for chunk in rows.values.chunks(CHUNK) {
            let json = serde_json::to_string(chunk)?;
            sqlx::query(AssertSqlSafe(sql.clone())).bind(json).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Records what was seen of a part of a fact; a later record of the same part replaces the earlier.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn record(&mut self, row: &CollectionRow) -> Result<(), EvidenceError> {
        let sql = "INSERT OR REPLACE INTO collection VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)";
        sqlx::query(sql)
            .bind(&row.fact)
            .bind(&row.part)
            .bind(&row.database)
            .bind(row.status.as_str())
            .bind(row.kind)
            .bind(&row.reason)
            .bind(&row.unlock)
            .bind(&row.source)
            .bind(&row.collected_at)
            .bind(row.duration_ms)
            .bind(row.rows)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Runs statements of our own.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn execute(&mut self, sql: &str) -> Result<(), EvidenceError> {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection).await?;
        Ok(())
    }

    /// The rows of a query of our own.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn fetch(&mut self, sql: &str) -> Result<Vec<SqliteRow>, EvidenceError> {
        Ok(sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.connection).await?)
    }

    /// The single value of a query of our own.
    ///
    /// # Errors
    /// Where there is no row, or it is NULL.
    pub async fn scalar(&mut self, sql: &str) -> Result<String, EvidenceError> {
        let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.connection).await?;
        Ok(row.try_get::<String, _>(0)?)
    }

    /// The rows of somebody else's query (a check, `pgcomply query`): read-only, and ended after `limit`.
    ///
    /// # Errors
    /// Where SQLite refuses or it is more than one statement; "interrupted" where it took longer.
    pub async fn fetch_guarded(&mut self, sql: &str, limit: Duration) -> Result<Vec<SqliteRow>, EvidenceError> {
        one_statement(sql)?;
        let until = Instant::now() + limit;
        self.execute("PRAGMA query_only = 1").await?;
        self.connection.lock_handle().await?.set_progress_handler(10_000, move || Instant::now() < until);
        let result = self.fetch(sql).await;
        self.connection.lock_handle().await?.remove_progress_handler();
        self.execute("PRAGMA query_only = 0").await?;
        result
    }

    /// Prepares a query without running it, and says which columns it has.
    ///
    /// # Errors
    /// Where it does not prepare, or is more than one statement.
    pub async fn columns_of(&mut self, sql: &str) -> Result<Vec<String>, EvidenceError> {
        use sqlx::{Column, Executor, SqlSafeStr, Statement};
        one_statement(sql)?;
        let statement = self.connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await?;
        Ok(statement.columns().iter().map(|c| c.name().to_owned()).collect())
    }

    /// All values of a query of our own as JSON, by column, for `facts` and `query`.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub fn row_values(row: &SqliteRow) -> Result<Vec<(String, Value)>, EvidenceError> {
        use sqlx::{Column, TypeInfo, ValueRef};
        let mut values = Vec::new();
        for column in row.columns() {
            let raw = row.try_get_raw(column.ordinal())?;
            let value = match (raw.is_null(), raw.type_info().name()) {
                (true, _) => Value::Null,
                (_, "INTEGER" | "BOOLEAN") => row.try_get_unchecked::<i64, _>(column.ordinal())?.into(),
                (_, "REAL") => row.try_get_unchecked::<f64, _>(column.ordinal())?.into(),
                _ => row.try_get_unchecked::<String, _>(column.ordinal())?.into(),
            };
            values.push((column.name().to_owned(), value));
        }
        Ok(values)
    }
}

/// A second statement could lift the guard of the first (PRAGMA), or write elsewhere (ATTACH): a query has no semicolon
/// outside its literals, quoted names and comments.
fn one_statement(sql: &str) -> Result<(), EvidenceError> {
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '`', '[', '-', '/', ';']) {
        let here = &rest[at..];
        let (skip, end) = match here.as_bytes() {
            [b';', ..] => return Err(EvidenceError::NotOneStatement),
            [b'-', b'-', ..] => (2, "\n"),
            [b'/', b'*', ..] => (2, "*/"),
            [b'\'', ..] => (1, "'"),
            [b'"', ..] => (1, "\""),
            [b'`', ..] => (1, "`"),
            [b'[', ..] => (1, "]"),
            _ => (1, ""),
        };
        // what does not end takes the rest along, for SQLite as well
        let length = here[skip..].find(end).map_or(here.len(), |found| skip + found + end.len());
        rest = &here[length..];
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn rows_come_back_and_types_are_strict() {
        let mut evidence = Evidence::empty().await.unwrap();
        let mut rows = Rows::new(&["checksum_failures"]);
        rows.values.push(vec![json!(3)]);
        evidence.insert("shared_objects", &rows).await.unwrap();
        assert_eq!(evidence.scalar("SELECT checksum_failures || '' FROM shared_objects").await.unwrap(), "3");
        rows.values = vec![vec![json!("three")]];
        assert!(evidence.insert("shared_objects", &rows).await.is_err(), "text in an INTEGER column is refused");
    }

    #[tokio::test]
    async fn a_guarded_query_can_neither_write_nor_run_for_ever() {
        let mut evidence = Evidence::empty().await.unwrap();
        let write = evidence.fetch_guarded("DELETE FROM policy RETURNING 1", Duration::from_secs(1)).await;
        assert!(write.unwrap_err().to_string().contains("readonly"));
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let ended = evidence.fetch_guarded(endless, Duration::from_millis(50)).await;
        assert!(ended.unwrap_err().is_timeout());
        evidence.execute("DELETE FROM policy").await.unwrap();
    }

    #[tokio::test]
    async fn a_guarded_query_is_one_statement() {
        let mut evidence = Evidence::empty().await.unwrap();
        let second = Duration::from_secs(1);
        for sql in ["SELECT 1; DELETE FROM policy", "SELECT * FROM (\nSELECT 1); PRAGMA query_only = 0; SELECT (1\n)"] {
            let refused = evidence.fetch_guarded(sql, second).await;
            assert!(matches!(refused, Err(EvidenceError::NotOneStatement)), "{sql}");
            assert!(matches!(evidence.columns_of(sql).await, Err(EvidenceError::NotOneStatement)), "{sql}");
        }
        for sql in ["SELECT ';', \";\" FROM (SELECT 1 AS \";\") -- ;", "SELECT 1 - 2 / 3 /* ; */ -- it's"] {
            assert_eq!(evidence.fetch_guarded(sql, second).await.unwrap().len(), 1, "{sql}");
        }
    }

    #[tokio::test]
    async fn another_minor_is_read_and_what_it_lacks_is_empty() {
        let mut evidence = Evidence::empty().await.unwrap();
        let old =
            "INSERT INTO scan VALUES ('1.999', '9', 't', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, NULL);
            INSERT INTO shared_objects VALUES (3); DROP VIEW privilege; DROP VIEW object_acl; DROP TABLE extension;
            ALTER TABLE shared_objects ADD COLUMN later TEXT; ALTER TABLE server DROP COLUMN server_address";
        evidence.execute(old).await.unwrap();
        let mut read = Evidence::from_bytes(&evidence.to_bytes().await.unwrap()).await.unwrap();
        for table in ["extension", "privilege", "object_acl"] {
            assert!(read.fetch(&format!("SELECT * FROM {table}")).await.unwrap().is_empty());
        }
        assert!(read.fetch("SELECT server_address FROM server").await.unwrap().is_empty());
        assert_eq!(read.scalar("SELECT checksum_failures || '' FROM shared_objects").await.unwrap(), "3");
    }

    #[tokio::test]
    async fn another_major_is_refused() {
        let mut evidence = Evidence::empty().await.unwrap();
        evidence
            .execute(
                "INSERT INTO scan VALUES ('2.0', '9', 't', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, NULL)",
            )
            .await
            .unwrap();
        let bytes = evidence.to_bytes().await.unwrap();
        assert!(matches!(Evidence::from_bytes(&bytes).await, Err(EvidenceError::Version { .. })));
    }
}
