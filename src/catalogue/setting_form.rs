//! The short form for a setting, turned into the query that judges its value and every override.

use super::header::{Expectation, Limit, SettingForm};

/// The query of a check that is written in the short form, the facts that it needs and the policy keys that it reads.
pub(super) struct Expanded {
    pub(super) query: String,
    pub(super) needs: Vec<String>,
    pub(super) params: Vec<String>,
}

/// Turns the short form into a query.
///
/// The server's own value comes first, then every override of it. A value that is NULL (hidden, masked) gives
/// `ok = NULL`. A change that waits for a restart is said beside the value that is in force.
pub(super) fn expand(form: &SettingForm) -> Result<Expanded, String> {
    let mut params = Vec::new();
    let server = judge(form, "s.value", "s.number", &mut params)?;
    let expected = pick(form, |e| Ok(literal(&words(e)?)))?;
    let name = literal(&form.name);
    let mut query = format!(
        "SELECT s.name AS subject, 'setting' AS kind, NULL AS database, {server} AS ok,\n  \
         CASE WHEN s.hidden = 1 THEN 'hidden from the role' WHEN s.value IS NULL THEN 'masked by an override on the scanner''s own ' || coalesce(s.masked_by, 'session')\n       \
         WHEN s.value = '' THEN '(empty)' ELSE s.value || CASE WHEN s.value GLOB '[1-9]*' AND s.unit GLOB '[1-9]*' THEN ' × ' || s.unit WHEN s.value GLOB '[1-9]*' THEN coalesce(' ' || s.unit, '') ELSE '' END END || CASE WHEN s.pending_restart = 1 THEN ' (another value waits for a restart)' ELSE '' END AS observed,\n  \
         {expected} AS expected,\n  CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind\n\
         FROM setting s WHERE s.name = {name}"
    );
    let mut needs = vec![format!("setting:{}", form.name)];
    if form.overrides {
        let overridden = judge(form, "o.value", "o.number", &mut params)?;
        query.push_str(&format!(
            "\nUNION ALL\nSELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role')\n    \
             || coalesce(' in database ' || o.database_identity, ''), 'setting_override', NULL, {overridden},\n  \
             CASE WHEN o.value = '' THEN '(empty)' ELSE coalesce(o.value, 'not kept') END, {expected}, 'out_of_reach'\n\
             FROM setting_override o WHERE o.name = {name}"
        ));
        needs.push("setting_override".into());
    }
    params.sort_unstable();
    params.dedup();
    Ok(Expanded { query, needs, params })
}

/// The verdict: `CASE` over the majors where there are variants.
fn judge(form: &SettingForm, value: &str, number: &str, params: &mut Vec<String>) -> Result<String, String> {
    pick(form, |e| predicate(e, value, number, params))
}

fn pick(form: &SettingForm, mut f: impl FnMut(&Expectation) -> Result<String, String>) -> Result<String, String> {
    let otherwise = f(&form.expect)?;
    if form.variant.is_empty() {
        return Ok(otherwise);
    }
    let mut sql = String::from("CASE");
    for variant in &form.variant {
        let (since, until) = (variant.since.unwrap_or(0), variant.until.unwrap_or(999));
        if variant.since.is_none() && variant.until.is_none() {
            return Err("a [[setting.variant]] needs since or until".into());
        }
        let then = f(&variant.expect)?;
        sql.push_str(&format!(" WHEN (SELECT major FROM server) BETWEEN {since} AND {until} THEN {then}"));
    }
    Ok(format!("{sql} ELSE {otherwise} END"))
}

fn predicate(e: &Expectation, value: &str, number: &str, params: &mut Vec<String>) -> Result<String, String> {
    let list = |values: &[String]| values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(", ");
    match (&e.is, &e.one_of, &e.none_of, e.min.is_some() || e.max.is_some()) {
        (Some(is), None, None, false) => Ok(format!("({value} = {})", literal(is))),
        (None, Some(values), None, false) => Ok(format!("({value} IN ({}))", list(values))),
        (None, None, Some(values), false) => Ok(format!("({value} NOT IN ({}))", list(values))),
        (None, None, None, true) => {
            let mut terms = Vec::new();
            if let Some(min) = &e.min {
                terms.push(format!("{number} >= {}", limit(min, params)));
            }
            if let Some(max) = &e.max {
                terms.push(format!("{number} <= {}", limit(max, params)));
            }
            if e.and_zero == Some(false) {
                terms.push(format!("{number} <> 0"));
            }
            Ok(format!("({})", terms.join(" AND ")))
        }
        _ => Err("[setting] needs exactly one of is, one_of, none_of, or min and max".into()),
    }
}

fn limit(limit: &Limit, params: &mut Vec<String>) -> String {
    match limit {
        Limit::Number(number) => number.to_string(),
        Limit::Policy(key) => {
            params.push(key.clone());
            format!("(SELECT number FROM policy WHERE key = {})", literal(key))
        }
    }
}

/// The expectation in words.
fn words(e: &Expectation) -> Result<String, String> {
    if let Some(expected) = &e.expected {
        return Ok(expected.clone());
    }
    let bound = |l: &Limit| match l {
        Limit::Number(n) => n.to_string(),
        Limit::Policy(key) => format!("the policy's {key}"),
    };
    Ok(match (&e.is, &e.one_of, &e.none_of, &e.min, &e.max) {
        (Some(is), ..) => is.clone(),
        (_, Some(values), ..) => format!("one of {}", values.join(", ")),
        (_, _, Some(values), ..) => format!("not {}", values.join(", ")),
        (.., Some(min), Some(max)) => format!("between {} and {}", bound(min), bound(max)),
        (.., Some(min), None) => format!("at least {}", bound(min)),
        (.., Some(max)) => format!("at most {}", bound(max)),
        _ => return Err("[setting] needs exactly one of is, one_of, none_of, or min and max".into()),
    })
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
