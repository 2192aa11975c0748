//! Expressions as PostgreSQL writes their parse, shortened to what is read.

use super::*;

const TENANT: &str = "{VAR :varno 1 :varattno 2 :vartype 25 :varlevelsup 0}";
/// 'app.t'
const NAME: &str = "{CONST :consttype 25 :constisnull false :constvalue 9 [ 36 0 0 0 97 112 112 46 116 ]}";
const TRUE: &str = "{CONST :consttype 16 :constisnull false :constvalue 1 [ 1 0 0 0 0 0 0 0 ]}";
const EMPTY: &str = "{CONST :consttype 25 :constisnull false :constvalue 4 [ 16 0 0 0 ]}";

fn setting(missing_ok: bool) -> String {
    if missing_ok {
        format!("{{FUNCEXPR :funcid 3294 :funcformat 0 :args ({NAME} {TRUE})}}")
    } else {
        format!("{{FUNCEXPR :funcid 2077 :funcformat 0 :args ({NAME})}}")
    }
}

fn equal(a: &str, b: &str) -> String {
    format!("{{OPEXPR :opno 98 :args ({a} {b})}}")
}

fn either(a: &str, b: &str) -> String {
    format!("{{BOOLEXPR :boolop or :args ({a} {b})}}")
}

fn open(tree: &str) -> Vec<&'static str> {
    read(tree).unwrap().open.into_iter().collect()
}

#[test]
fn a_comparison_with_a_setting_is_closed_where_it_is_unset_and_text_matches_an_empty_one() {
    let found = read(&equal(TENANT, &setting(true))).unwrap();
    assert_eq!(found.columns, BTreeSet::from([2]));
    assert_eq!(found.settings, BTreeSet::from([("app.t".to_owned(), true)]));
    assert_eq!(found.open, BTreeSet::from(["empty"]));
    let nullif = format!("{{NULLIFEXPR :opno 98 :args ({} {EMPTY})}}", setting(true));
    assert!(open(&equal(TENANT, &nullif)).is_empty());
    let uuid = format!("{{COERCEVIAIO :resulttype 2950 :arg {}}}", setting(true));
    assert!(open(&equal(TENANT, &uuid)).is_empty(), "an empty string is no uuid: the query ends");
}

#[test]
fn what_lets_every_row_through_without_a_tenant_is_found() {
    let null = |arg: &str| format!("{{NULLTEST :arg {arg} :nulltesttype 0}}");
    let nullif = format!("{{NULLIFEXPR :opno 98 :args ({} {EMPTY})}}", setting(true));
    let closed = equal(TENANT, &nullif);
    assert_eq!(open(&either(&null(&setting(true)), &closed)), ["unset"]);
    assert_eq!(open(&either(&null(&nullif), &closed)), ["empty", "unset"]);
    assert!(open(&either(&null(&setting(false)), &closed)).is_empty(), "without missing_ok it is an error");
    for kind in ["COALESCE", "COALESCEEXPR"] {
        let coalesce = format!("{{{kind} :args ({} {TENANT})}}", setting(true));
        assert_eq!(open(&equal(TENANT, &coalesce)), ["empty", "unset"], "{kind}");
    }
    assert_eq!(open(&either(&equal(&setting(true), EMPTY), &closed)), ["empty"]);
}

#[test]
fn a_tautology_is_always_true() {
    assert!(read(TRUE).unwrap().always);
    assert!(read(&either(&equal(TENANT, &setting(true)), &equal(TENANT, TENANT))).unwrap().always);
    assert!(read(&equal(EMPTY, EMPTY)).unwrap().always);
    assert!(!read(&equal(TENANT, &setting(true))).unwrap().always);
}

#[test]
fn columns_of_a_query_inside_are_not_the_tables_own() {
    let inside = |var: &str| {
        format!(
            "{{SUBLINK :subLinkType 0 :subselect {{QUERY :rtable ({{RTE :rtekind 0 :relid 7}}) :jointree {{FROMEXPR :quals {}}}}}}}",
            equal(var, "{SQLVALUEFUNCTION :op 10}")
        )
    };
    let found = read(&inside(TENANT)).unwrap();
    assert!(found.columns.is_empty());
    assert_eq!(found.rests_on, BTreeSet::from(["role", "table"]));
    let outer = TENANT.replace(":varlevelsup 0", ":varlevelsup 1");
    assert_eq!(read(&inside(&outer)).unwrap().columns, BTreeSet::from([2]));
}

#[test]
fn a_setting_in_a_query_of_its_own_is_read_through() {
    let once = |inner: &str| {
        format!(
            "{{SUBLINK :subLinkType 4 :subselect {{QUERY :rtable <> :jointree {{FROMEXPR :fromlist <> :quals <>}} :targetList ({{TARGETENTRY :expr {inner} :resname a\\ b}})}}}}"
        )
    };
    assert_eq!(open(&equal(TENANT, &once(&setting(true)))), ["empty"]);
    assert!(open(&equal(TENANT, &once(&setting(false)))).contains(&"empty"));
}

#[test]
fn what_is_no_tree_is_not_read() {
    for text in ["", "{", "{CONST", "{CONST :a", "(", ")", "{A :b 1} x", "\\"] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read(&"(".repeat(5000)), None);
}
