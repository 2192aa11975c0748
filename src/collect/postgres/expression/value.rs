//! An expression with the settings in a given state: what it comes to whatever the row is.

use super::{CURRENT_SETTING, Node, own};

/// The state of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// Nothing is known of them.
    Any,
    /// Never set: NULL where they may be missing, else an error.
    Unset,
    /// Set once and RESET: an empty string.
    Empty,
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    True,
    False,
    Null,
    /// The query ends there: no row.
    Error,
    /// A constant, in PostgreSQL's bytes.
    Constant(String),
    /// An empty setting.
    Empty,
    /// A column of the row.
    Column(i64),
    /// Anything.
    Open,
}

/// `=` of the types that tenants are told apart by: boolean, integers, text, name, bpchar, oid, uuid, numeric, dates.
const EQUALS: [i64; 17] = [91, 94, 96, 410, 15, 416, 532, 533, 98, 93, 1054, 607, 2972, 1752, 1093, 1320, 2060];
/// Types whose input takes an empty string: text, name, varchar, bpchar, unknown.
const TEXTS: [i64; 5] = [25, 19, 1043, 1042, 705];
/// concat, concat_ws, format (two forms): functions of the catalog that take NULL for an answer.
const NOT_STRICT: [i64; 4] = [3058, 3059, 3539, 3540];

/// What it comes to. `empty_matches` becomes true where a column of a text type is compared with an empty setting.
pub(super) fn settles(node: &Node, depth: i64, session: Session, empty_matches: &mut bool) -> Value {
    let mut of = |child: Option<&Node>| child.map_or(Value::Open, |n| settles(n, depth, session, &mut *empty_matches));
    match node.kind() {
        "CONST" => constant(node),
        "VAR" if own(node, depth) => Value::Column(node.number("varattno").unwrap_or(0)),
        "FUNCEXPR" if node.number("funcid").is_some_and(|id| CURRENT_SETTING.contains(&id)) => setting(node, session),
        "FUNCEXPR" => {
            let args: Vec<Value> = node.list("args").iter().map(|a| of(Some(a))).collect();
            let id = node.number("funcid").unwrap_or(0);
            match () {
                // a cast that only changes the length of a text, or the type's name
                () if node.number("funcformat").is_some_and(|f| f > 0) && args.first() == Some(&Value::Empty) => {
                    Value::Empty
                }
                () if id < 16384 && !NOT_STRICT.contains(&id) => strict(&args),
                () => Value::Open,
            }
        }
        "OPEXPR" => {
            let args: Vec<Value> = node.list("args").iter().map(|a| of(Some(a))).collect();
            compared(&args, node.number("opno").unwrap_or(0), session, empty_matches)
        }
        "SCALARARRAYOPEXPR" => {
            let args: Vec<Value> = node.list("args").iter().map(|a| of(Some(a))).collect();
            strict(&args)
        }
        "DISTINCTEXPR" => {
            let args: Vec<Value> = node.list("args").iter().map(|a| of(Some(a))).collect();
            match args.as_slice() {
                [Value::Error, _] | [_, Value::Error] => Value::Error,
                [a, b] if a == b && *a != Value::Open => Value::False,
                _ => Value::Open,
            }
        }
        "RELABELTYPE" | "COLLATEEXPR" | "COERCETODOMAIN" => of(node.field("arg")),
        "COERCEVIAIO" => match of(node.field("arg")) {
            Value::Empty if !node.number("resulttype").is_some_and(|t| TEXTS.contains(&t)) => Value::Error,
            kept @ (Value::Null | Value::Error | Value::Empty | Value::Column(_)) => kept,
            _ => Value::Open,
        },
        "NULLIFEXPR" => match node.list("args") {
            [a, b] => match (of(Some(a)), of(Some(b))) {
                (Value::Empty, Value::Empty) => Value::Null,
                (Value::Open, _) => Value::Open,
                (a, _) => a,
            },
            _ => Value::Open,
        },
        "COALESCEEXPR" => {
            let args = node.list("args").iter().map(|a| of(Some(a)));
            args.into_iter().find(|v| *v != Value::Null).unwrap_or(Value::Null)
        }
        "NULLTEST" => {
            let is_null = node.number("nulltesttype") == Some(0);
            match of(node.field("arg")) {
                Value::Null => truth(is_null),
                Value::Error => Value::Error,
                Value::True | Value::False | Value::Constant(_) | Value::Empty => truth(!is_null),
                Value::Column(_) | Value::Open => Value::Open,
            }
        }
        "BOOLEANTEST" => {
            let value = of(node.field("arg"));
            let is = match node.number("booltesttype") {
                Some(0 | 1) => Value::True,
                Some(2 | 3) => Value::False,
                _ => Value::Null,
            };
            let negated = node.number("booltesttype").is_some_and(|t| t % 2 == 1);
            match value {
                Value::Error => Value::Error,
                Value::True | Value::False | Value::Null => truth((value == is) != negated),
                _ => Value::Open,
            }
        }
        "BOOLEXPR" => {
            let args: Vec<Value> = node.list("args").iter().map(|a| of(Some(a))).collect();
            logic(node.field("boolop").and_then(Node::word).unwrap_or(""), &args)
        }
        "CASEEXPR" if node.field("arg").and_then(Node::word) == Some("<>") => {
            for when in node.list("args") {
                match of(when.field("expr")) {
                    Value::True => return of(when.field("result")),
                    Value::False | Value::Null => {}
                    other => return if other == Value::Error { other } else { Value::Open },
                }
            }
            match node.field("defresult") {
                Some(Node::Word(_)) | None => Value::Null,
                some => of(some),
            }
        }
        // (SELECT current_setting(…)), which is written so to be computed once
        "SUBLINK" if node.number("subLinkType") == Some(4) => {
            let query = node.field("subselect");
            let plain = query.is_some_and(|q| {
                q.list("rtable").is_empty()
                    && q.field("jointree").and_then(|j| j.field("quals")).and_then(Node::word) == Some("<>")
            });
            match query.map(|q| q.list("targetList")) {
                Some([only]) if plain => {
                    only.field("expr").map_or(Value::Open, |e| settles(e, depth + 1, session, &mut *empty_matches))
                }
                _ => Value::Open,
            }
        }
        _ => Value::Open,
    }
}

fn truth(it_is: bool) -> Value {
    if it_is { Value::True } else { Value::False }
}

/// The bytes of a constant; a boolean and NULL are what they are.
fn constant(node: &Node) -> Value {
    if node.field("constisnull").and_then(Node::word) == Some("true") {
        return Value::Null;
    }
    let bytes: Vec<&str> = node.all_of("constvalue").iter().filter_map(Node::word).collect();
    if node.number("consttype") == Some(16) {
        return truth(bytes.get(2).is_some_and(|b| *b != "0"));
    }
    match text(node) {
        Some(text) if text.is_empty() => Value::Empty,
        _ => Value::Constant(bytes.join(" ")),
    }
}

/// The text of a constant of type text: its bytes after the length.
pub(super) fn text(node: &Node) -> Option<String> {
    let kind = node.number("consttype")?;
    if node.kind() != "CONST" || !matches!(kind, 25 | 1042 | 1043) {
        return None;
    }
    let bytes = node.all_of("constvalue").iter().skip(2).filter_map(|b| b.word()?.parse::<i16>().ok());
    let bytes: Vec<u8> = bytes.skip(4).map(|b| b as u8).collect();
    Some(super::super::decode::decoded(&bytes))
}

/// current_setting(…, true).
pub(super) fn missing_ok(node: &Node) -> bool {
    node.list("args").get(1).is_some_and(|ok| constant(ok) == Value::True)
}

fn setting(node: &Node, session: Session) -> Value {
    // a setting of PostgreSQL's own always has a value
    let custom = node.list("args").first().and_then(text).is_some_and(|name| name.contains('.'));
    match session {
        Session::Empty if custom => Value::Empty,
        Session::Unset if custom && missing_ok(node) => Value::Null,
        Session::Unset if custom => Value::Error,
        _ => Value::Open,
    }
}

/// `current_user`, `session_user` and their like. CURRENT_ROLE, CURRENT_USER, USER, SESSION_USER follow nine of time.
pub(super) fn tells_role(node: &Node) -> bool {
    node.number("op").is_some_and(|op| (9..=12).contains(&op))
}

fn strict(args: &[Value]) -> Value {
    match () {
        () if args.contains(&Value::Error) => Value::Error,
        () if args.contains(&Value::Null) => Value::Null,
        () => Value::Open,
    }
}

fn compared(args: &[Value], operator: i64, session: Session, empty_matches: &mut bool) -> Value {
    let equals = EQUALS.contains(&operator);
    match (strict(args), args) {
        (Value::Open, [a, b]) if equals => match (a, b) {
            (Value::Column(a), Value::Column(b)) if a == b => Value::True,
            (Value::Column(_), Value::Empty) | (Value::Empty, Value::Column(_)) if session == Session::Empty => {
                *empty_matches = true;
                Value::Open
            }
            (Value::Empty, Value::Empty) => Value::True,
            (Value::Constant(a), Value::Constant(b)) => truth(a == b),
            (Value::Constant(_), Value::Empty) | (Value::Empty, Value::Constant(_)) => Value::False,
            _ => Value::Open,
        },
        // text <> text
        (Value::Open, [Value::Empty, Value::Empty]) if operator == 531 => Value::False,
        (strict, _) => strict,
    }
}

fn logic(operator: &str, args: &[Value]) -> Value {
    let has = |value: &Value| args.contains(value);
    match operator {
        "and" if has(&Value::False) => Value::False,
        "or" if has(&Value::True) => Value::True,
        "not" => match args {
            [Value::True] => Value::False,
            [Value::False] => Value::True,
            [unsettled @ (Value::Null | Value::Error)] => unsettled.clone(),
            _ => Value::Open,
        },
        _ if has(&Value::Error) => Value::Error,
        "and" if args.iter().all(|v| *v == Value::True) => Value::True,
        "or" if args.iter().all(|v| *v == Value::False) => Value::False,
        _ if args.iter().all(|v| matches!(v, Value::Null | Value::True | Value::False)) => Value::Null,
        _ => Value::Open,
    }
}
