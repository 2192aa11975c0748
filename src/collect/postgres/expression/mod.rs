//! What a policy's expression comes to: which columns and settings it rests on, and whether it lets every row through
//! where no tenant is set. Judged on the server's own parse, never on the text of it.

mod node;
mod value;

use std::collections::BTreeSet;

use node::Node;
use value::{Session, Value, settles};

/// current_setting(text) and current_setting(text, boolean).
const CURRENT_SETTING: [i64; 2] = [2077, 3294];
/// getpgusername(), current_user(), session_user().
const ROLE_FUNCTIONS: [i64; 3] = [710, 745, 746];

/// What is known of one expression.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expression {
    /// It is true whatever the row and the session.
    pub(super) always: bool,
    /// Numbers of the columns of the policy's own table; 0 is the whole row.
    pub(super) columns: BTreeSet<i64>,
    /// Names of settings, each with whether it may be missing.
    pub(super) settings: BTreeSet<(String, bool)>,
    /// It asks for a setting whose name is computed, so that `settings` are not all.
    pub(super) computed_setting: bool,
    /// What else it rests on: function, role, table.
    pub(super) rests_on: BTreeSet<&'static str>,
    /// In which state of the settings it lets rows through that it should not: unset, empty.
    pub(super) open: BTreeSet<&'static str>,
}

/// Reads `pg_node_tree`; none where it cannot be read.
pub(super) fn read(tree: &str) -> Option<Expression> {
    let tree = Node::parse(tree)?;
    let mut found = Expression::default();
    look(&tree, 0, &mut found);
    let mut empty_matches = false;
    let mut comes_to = |session| settles(&tree, 0, session, &mut empty_matches) == Value::True;
    found.always = comes_to(Session::Any);
    if !found.always {
        for (session, word) in [(Session::Unset, "unset"), (Session::Empty, "empty")] {
            if comes_to(session) {
                found.open.insert(word);
            }
        }
        if empty_matches {
            found.open.insert("empty");
        }
    }
    Some(found)
}

/// Collects what an expression mentions. `depth`: how many queries it is inside of.
fn look(node: &Node, depth: i64, found: &mut Expression) {
    match node.kind() {
        "VAR" if own(node, depth) => {
            found.columns.extend(node.number("varattno"));
        }
        "SQLVALUEFUNCTION" if value::tells_role(node) => {
            found.rests_on.insert("role");
        }
        "FUNCEXPR" => match node.number("funcid") {
            Some(id) if CURRENT_SETTING.contains(&id) => {
                let args = node.list("args");
                match args.first().and_then(value::text) {
                    Some(name) => drop(found.settings.insert((name, value::missing_ok(node)))),
                    None => found.computed_setting = true,
                }
            }
            Some(id) if ROLE_FUNCTIONS.contains(&id) => {
                found.rests_on.insert("role");
            }
            // what initdb made computes from its arguments; others may look at anything
            Some(id) if id >= 16384 => {
                found.rests_on.insert("function");
            }
            _ => {}
        },
        "RANGETBLENTRY" if node.number("rtekind") == Some(0) => {
            found.rests_on.insert("table");
        }
        _ => {}
    }
    let depth = depth + i64::from(node.kind() == "QUERY");
    for child in node.children() {
        look(child, depth, found);
    }
}

/// Whether a VAR is a column of the policy's own table.
fn own(node: &Node, depth: i64) -> bool {
    node.number("varno") == Some(1) && node.number("varlevelsup") == Some(depth)
}

#[cfg(test)]
mod tests;
