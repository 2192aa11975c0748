//! Queries of one session, pipelined in one transaction with a savepoint between them; one that fails runs once more, alone.

use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio_postgres::Row;

use super::catalog::CatalogQuery;
use super::query_error::{QueryError, QueryErrorKind};
use super::session::Session;

/// What one query brought.
pub(super) struct Answer {
    pub(super) query: CatalogQuery,
    pub(super) result: Result<Vec<Row>, QueryError>,
    pub(super) took: Duration,
}

const SAVEPOINT: &str = "SAVEPOINT pgcomply";
/// Back to where the transaction stood, whatever became of the statement before.
pub(super) const BACK: &str = "ROLLBACK TO SAVEPOINT pgcomply";

/// What every session runs after its settings were read. Nothing is waited for longer than this. LOCAL, because behind a
/// pooler a session is somebody else's next: with the transaction all of it is gone.
pub(super) const SETUP: [&str; 3] = [
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL application_name = 'pgcomply'; SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '2s'",
    SAVEPOINT,
];

/// Bytes come as they are.
pub(super) const RAW_NAMES: &str = "SET client_encoding = 'SQL_ASCII'";
/// The savepoint is set anew, because going back to it would take the SET along.
const CONVERTED_NAMES: &str = "RELEASE SAVEPOINT pgcomply; SET client_encoding = 'UTF8'; SAVEPOINT pgcomply";

/// What names of a database are converted from.
fn encoding(session: &Session) -> &str {
    session.parameters().get("server_encoding").map_or("UTF8", String::as_str)
}

/// Opens the transaction that all queries of a session run in. An SQL_ASCII database sends its names as they are: it
/// would refuse to send bytes that are no UTF-8. `shared`: so does any other, because names of roles and databases are
/// kept once for all databases, and a database of another encoding would garble those that were not made in it.
pub(super) async fn begin(session: &Session, shared: bool) -> Result<(), QueryError> {
    let raw = encoding(session) == "SQL_ASCII" || (shared && encoding(session) != "UTF8");
    let steps = raw.then_some(RAW_NAMES).into_iter().chain(SETUP).map(|sql| session.execute(sql));
    join_all(steps).await.into_iter().collect()
}

/// From the shared catalogs to the database's own.
pub(super) async fn leave_shared(session: &Session) -> Result<(), QueryError> {
    match encoding(session) {
        "SQL_ASCII" | "UTF8" => Ok(()),
        _ => session.execute(CONVERTED_NAMES).await,
    }
}

/// Runs all queries in one go; the answers come in the same order.
pub(super) async fn run(session: &Session, major: i64, queries: Vec<CatalogQuery>) -> Vec<Answer> {
    let texts: Vec<String> = queries.iter().map(|q| q.sql(major)).collect();
    let started = Instant::now();
    type Step<'a> = Pin<Box<dyn Future<Output = Option<(Result<Vec<Row>, QueryError>, Instant)>> + 'a>>;
    let mut steps: Vec<Step<'_>> = Vec::new();
    for text in &texts {
        steps.push(Box::pin(async move { Some((session.query(text, &[]).await, Instant::now())) }));
        steps.push(Box::pin(async move {
            // its failure shows in the next query's answer
            session.execute(BACK).await.err();
            None
        }));
    }
    let mut before = started;
    let mut answers = Vec::new();
    for (query, (mut result, at)) in queries.into_iter().zip(join_all(steps).await.into_iter().flatten()) {
        let took = at.saturating_duration_since(before);
        before = at;
        if result.as_ref().is_err_and(|e| e.kind != QueryErrorKind::Disconnected) {
            result = again(session, &query.sql(major), result).await;
        }
        answers.push(Answer { query, result, took });
    }
    answers
}

/// Once more, alone; with names as raw bytes where the server could not convert one.
async fn again(session: &Session, sql: &str, first: Result<Vec<Row>, QueryError>) -> Result<Vec<Row>, QueryError> {
    let state = first.as_ref().err().and_then(|e| e.sqlstate.clone());
    if matches!(state.as_deref(), Some("42501" | "57014")) {
        // a refusal stays one, and what took too long would take as long again
        return first;
    }
    if first.as_ref().is_err_and(QueryError::is_of_encoding) {
        session.execute("SET LOCAL client_encoding = 'SQL_ASCII'").await?;
    }
    let result = session.query(sql, &[]).await;
    session.execute(BACK).await?;
    result
}
