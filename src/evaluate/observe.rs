//! The rows of a check's query, read as observations.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, TypeInfo, ValueRef};

use super::needs::{Completeness, reason_kind};
use super::unseen;
use crate::catalogue::Check;
use crate::model::{Reason, ReasonKind, Verdict};

/// One subject, before it has a fingerprint.
pub(super) struct Seen {
    pub(super) subject: String,
    pub(super) kind: String,
    pub(super) database: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) observed: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) accepted: bool,
    /// A person has to judge it: `verdict` is unknown, and nothing is missing.
    pub(super) manual: bool,
    /// Why it could not be judged.
    pub(super) reason: Option<Reason>,
}

/// Reads all rows; says what is wrong with the check where they are not as they have to be.
///
/// `{scanner}` in an `unlock` becomes the scanner's role.
pub(super) fn read(
    check: &Check,
    rows: &[SqliteRow],
    completeness: &Completeness,
    scanner: &str,
) -> Result<Vec<Seen>, String> {
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        let mut one = observation(check, row, scanner)?;
        if let Some(reason) = one.database.as_ref().and_then(|d| completeness.blind.get(d)) {
            one.verdict = Verdict::Unknown;
            one.manual = false;
            one.observed = Some(reason.text.clone());
            one.reason = Some(reason.clone());
        }
        seen.push(one);
    }
    seen.sort_by(|a, b| {
        (a.verdict, &a.database, &a.kind, &a.subject).cmp(&(b.verdict, &b.database, &b.kind, &b.subject))
    });
    let mut unique = BTreeSet::new();
    for one in &seen {
        if !unique.insert((&one.database, &one.kind, &one.subject)) {
            return Err(format!("the check names {} {} twice", one.kind, one.subject));
        }
    }
    Ok(seen)
}

fn observation(check: &Check, row: &SqliteRow, scanner: &str) -> Result<Seen, String> {
    let subject = text(row, "subject")?.ok_or("the check has a row without a subject")?;
    let mut verdict = verdict(row)?.ok_or_else(|| format!("ok of {subject} is neither 1, 0 nor NULL"))?;
    if check.listed {
        if verdict != Verdict::Pass {
            return Err(format!("ok of {subject} is not 1, and the check only lists"));
        }
        verdict = Verdict::Unknown;
    }
    let optional = |column: &str| if check.has(column) { text(row, column) } else { Ok(None) };
    let observed = text(row, "observed")?;
    let manual =
        verdict == Verdict::Unknown && (check.listed || optional("manual")?.is_some_and(|manual| manual == "1"));
    let reason = match verdict {
        _ if manual => None,
        Verdict::Unknown => {
            let kind = optional("unknown_kind")?.as_deref().and_then(reason_kind).unwrap_or(ReasonKind::OutOfReach);
            let text = format!("{subject}: {}", observed.as_deref().unwrap_or("not seen"));
            Some(unseen(kind, &text, optional("unlock")?.map(|u| u.replace("{scanner}", scanner))))
        }
        _ => None,
    };
    Ok(Seen {
        kind: text(row, "kind")?.ok_or("the check has a row without a kind")?,
        database: optional("database")?,
        accepted: verdict == Verdict::Pass && optional("accepted")?.is_some_and(|a| a == "1"),
        observed,
        manual,
        expected: text(row, "expected")?,
        subject,
        verdict,
        reason,
    })
}

/// `ok`: NULL, 0 or 1 as an integer; anything else is none.
fn verdict(row: &SqliteRow) -> Result<Option<Verdict>, String> {
    let raw = row.try_get_raw("ok").map_err(|e| e.to_string())?;
    if raw.is_null() {
        return Ok(Some(Verdict::Unknown));
    }
    if !matches!(raw.type_info().name(), "INTEGER" | "BOOLEAN") {
        return Ok(None);
    }
    Ok(match row.try_get_unchecked::<i64, _>("ok").map_err(|e| e.to_string())? {
        1 => Some(Verdict::Pass),
        0 => Some(Verdict::Fail),
        _ => None,
    })
}

/// A column as text, whatever SQLite made of it.
fn text(row: &SqliteRow, column: &str) -> Result<Option<String>, String> {
    row.try_get_unchecked::<Option<String>, _>(column).map_err(|e| e.to_string())
}
