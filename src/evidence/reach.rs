//! Who reaches which role: the closure of memberships, by every way there is, each with its shortest path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::json;
use sqlx::Row;

use super::{Evidence, EvidenceError, Rows};

/// One way from a role to another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Inherit,
    Set,
    Admin,
}

/// The graph of memberships.
struct Graph {
    identities: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<(String, Edge)>>,
}

/// Fills `role_reach` from `role` and `membership`.
///
/// `inherit`: every edge inherits. `set`: every edge allows SET ROLE. `admin`: at least one step in which a role grants
/// itself another, by ADMIN OPTION that it has, or has through inheriting (PostgreSQL looks for the grantor among the
/// roles whose privileges it inherits, `select_best_admin()`); between such steps, SET ROLE. Before 16 a role with
/// CREATEROLE has ADMIN OPTION on every role that is no superuser. A superuser's reach is everything, and not listed.
///
/// # Errors
/// Where SQLite refuses.
pub async fn derive_role_reach(evidence: &mut Evidence, major: i64) -> Result<(), EvidenceError> {
    let graph = read_graph(evidence, major).await?;
    let mut rows = Rows::new(&["role", "target", "way", "path"]);
    for role in graph.edges.keys() {
        let inherit = paths(&graph, role, |e| e == Edge::Inherit);
        let set = paths(&graph, role, |e| e == Edge::Set);
        let become_ = becoming(&graph, role);
        let admin: BTreeMap<_, _> = become_.into_iter().filter(|(target, _)| !set.contains_key(target)).collect();
        for (way, found) in [("inherit", inherit), ("set", set), ("admin", admin)] {
            for (target, path) in found {
                rows.values.push(vec![json!(role), json!(target), json!(way), json!(spelled(&graph, &path))]);
            }
        }
    }
    evidence.insert("role_reach", &rows).await
}

async fn read_graph(evidence: &mut Evidence, major: i64) -> Result<Graph, EvidenceError> {
    let mut graph = Graph { identities: BTreeMap::new(), edges: BTreeMap::new() };
    let mut plain = BTreeSet::new();
    let mut creators = BTreeSet::new();
    for row in evidence.fetch("SELECT name, identity, superuser, createrole FROM role ORDER BY name").await? {
        let name: String = row.try_get(0)?;
        graph.identities.insert(name.clone(), row.try_get(1)?);
        if row.try_get::<i64, _>(2)? == 0 {
            plain.insert(name.clone());
            if row.try_get::<i64, _>(3)? == 1 && major < 16 {
                creators.insert(name);
            }
        }
    }
    let sql =
        "SELECT member, role, max(inherit), max(set_role), max(admin) FROM membership GROUP BY 1, 2 ORDER BY 1, 2";
    for row in evidence.fetch(sql).await? {
        let (member, role): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let edges = graph.edges.entry(member).or_default();
        for (index, edge) in [(2, Edge::Inherit), (3, Edge::Set), (4, Edge::Admin)] {
            if row.try_get::<i64, _>(index)? == 1 {
                edges.push((role.clone(), edge));
            }
        }
    }
    for creator in creators {
        let edges = graph.edges.entry(creator.clone()).or_default();
        edges.extend(plain.iter().filter(|r| **r != creator).map(|r| (r.clone(), Edge::Admin)));
    }
    Ok(graph)
}

/// Shortest paths from `start` along the edges that `allowed` lets through; the start itself left out.
fn paths(graph: &Graph, start: &str, allowed: impl Fn(Edge) -> bool) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::from([(start.to_owned(), vec![start.to_owned()])]);
    let mut queue = VecDeque::from([start.to_owned()]);
    while let Some(at) = queue.pop_front() {
        let path = found[&at].clone();
        for (next, edge) in graph.edges.get(&at).into_iter().flatten() {
            if allowed(*edge) && !found.contains_key(next) {
                let mut longer = path.clone();
                longer.push(next.clone());
                found.insert(next.clone(), longer);
                queue.push_back(next.clone());
            }
        }
    }
    found.remove(start);
    found
}

/// Shortest paths to every role that `start` can become: by SET ROLE, or by granting itself what it has ADMIN OPTION on.
fn becoming(graph: &Graph, start: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::from([(start.to_owned(), vec![start.to_owned()])]);
    let mut queue = VecDeque::from([start.to_owned()]);
    while let Some(at) = queue.pop_front() {
        let path = found[&at].clone();
        let mut granting = paths(graph, &at, |e| e == Edge::Inherit);
        granting.insert(at.clone(), vec![at.clone()]);
        let set = graph.edges.get(&at).into_iter().flatten().filter(|(_, e)| *e == Edge::Set);
        let mut steps: Vec<Vec<String>> = set.map(|(next, _)| vec![next.clone()]).collect();
        for (holder, way) in &granting {
            let admin = graph.edges.get(holder).into_iter().flatten().filter(|(_, e)| *e == Edge::Admin);
            steps.extend(admin.map(|(next, _)| way[1..].iter().chain([next]).cloned().collect()));
        }
        steps.sort_by_key(Vec::len);
        for step in steps {
            let Some(next) = step.last().filter(|next| !found.contains_key(*next)).cloned() else { continue };
            found.insert(next.clone(), path.iter().chain(&step).cloned().collect());
            queue.push_back(next);
        }
    }
    found.remove(start);
    found
}

fn spelled(graph: &Graph, path: &[String]) -> String {
    path.iter().map(|name| graph.identities.get(name).unwrap_or(name).as_str()).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reach(major: i64) -> Vec<(String, String, String, String)> {
        let mut e = Evidence::empty().await.unwrap();
        for (name, createrole) in [("a", 0), ("b", 0), ("c", 0), ("d", 0), ("maker", 1)] {
            e.execute(&format!(
                "INSERT INTO role VALUES ('{name}','{name}',0,1,{createrole},0,1,0,0,-1,NULL,0,0,0,{})",
                100 + name.len()
            ))
            .await
            .unwrap();
        }
        e.execute("INSERT INTO membership VALUES ('b','a','x',0,1,1), ('c','b','x',0,0,1), ('d','c','x',1,0,0)")
            .await
            .unwrap();
        derive_role_reach(&mut e, major).await.unwrap();
        let rows = e.fetch("SELECT role, target, way, path FROM role_reach ORDER BY 1, 3, 2").await.unwrap();
        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2), r.get(3))).collect()
    }

    #[tokio::test]
    async fn ways_are_told_apart() {
        let found = reach(16).await;
        let of_a: Vec<_> = found.iter().filter(|r| r.0 == "a").map(|r| (r.1.as_str(), r.2.as_str())).collect();
        assert_eq!(of_a, [("d", "admin"), ("b", "inherit"), ("b", "set"), ("c", "set")]);
        assert!(found.iter().any(|r| r.3 == "a → b → c → d"));
        assert!(!found.iter().any(|r| r.0 == "maker"));
    }

    #[tokio::test]
    async fn admin_option_is_used_through_a_role_that_is_only_inherited() {
        let mut e = Evidence::empty().await.unwrap();
        for name in ["a", "b", "c"] {
            e.execute(&format!("INSERT INTO role VALUES ('{name}','{name}',0,1,0,0,1,0,0,-1,'never',0,0,0,9)"))
                .await
                .unwrap();
        }
        e.execute("INSERT INTO membership VALUES ('b','a','x',0,1,0), ('c','b','x',1,0,0)").await.unwrap();
        derive_role_reach(&mut e, 16).await.unwrap();
        let path = e.scalar("SELECT path FROM role_reach WHERE role = 'a' AND target = 'c' AND way = 'admin'").await;
        assert_eq!(path.unwrap(), "a → b → c");
        let set = e.fetch("SELECT 1 FROM role_reach WHERE role = 'a' AND way = 'set'").await.unwrap();
        assert!(set.is_empty());
    }

    #[tokio::test]
    async fn createrole_reaches_every_plain_role_before_16() {
        let found = reach(15).await;
        assert_eq!(found.iter().filter(|r| r.0 == "maker" && r.2 == "admin").count(), 4);
    }
}
