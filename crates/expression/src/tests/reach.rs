use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::parse::list_of;
use crate::{Comparison, Expression, Json, Node, Operand, Operator, Path, Segment, Values};

pub fn read(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_can_never_match_is_seen() {
    for text in [
        "1 == 2",
        "1==0",
        "a == 1 AND a == 2",
        "a = 'x' AND b > 3 AND a = 'y'",
        "a > 5 AND a < 3",
        "a > 5 AND a <= 5",
        "5 < a AND 3 > a",
        "a == 3 AND a > 3",
        "x IN []",
        "[] HAS x",
        "x HAS []",
        "x == []",
        "a == true AND a == false",
        "a == null AND a != null",
        "a == null AND a > 3",
        "a == 'x' AND a != 'x'",
        "a == 'x' AND a IN ['y', 'z']",
        "a IN ['x', 'y'] AND a IN ['z']",
        "a IN [1, 2] AND a > 2",
        "a == 1 AND a NOT IN [1, 2]",
        "a == b AND NOT a == b",
        "a HAS 'x' AND a == 'x'",
        "a CONTAINS null",
        "a < true",
        "x IN 'text'",
        "(a == 1 OR a == 2) AND a == 3",
        "(a == 1 OR a == 2) AND (a == 3 OR a == 4) AND (b == 1 OR c == 1)",
        "1 == 2 OR (b == 'k' AND b == 'l')",
        "NOT (1 == 1)",
        "NOT (a == 1 OR NOT a == 1)",
        "a == 'm' AND a < 'b'",
    ] {
        assert!(read(text).never_matches(), "{text}");
    }
}

#[test]
fn what_can_match_is_left_alone() {
    for (text, attributes) in [
        ("a == 1 AND a == '1'", json!({ "a": 1 })),
        ("a == '1' AND a == '1.0'", json!({ "a": 1 })),
        ("a == 1 AND b == 2", json!({ "a": 1, "b": 2 })),
        ("a != 1 AND a != 2", json!({})),
        ("a >= 5 AND a <= 5", json!({ "a": 5 })),
        ("a > '10' AND a < 9", json!({ "a": "2" })),
        ("NOT a == 1 AND NOT a != 1", json!({ "a": [1] })),
        ("a NOT IN [] AND a == null", json!({})),
        ("a HAS 'x' AND a HAS 'y'", json!({ "a": ["x", "y"] })),
        ("a HAS 'x' AND 'y' NOT IN a", json!({ "a": ["x"] })),
        ("a == 9007199254740992 AND a == 9007199254740993", json!({ "a": 9_007_199_254_740_992.0 })),
        ("(a == 1 OR a == 2) AND (a == 2 OR a == 3)", json!({ "a": 2 })),
        ("a CONTAINS 'x' AND a CONTAINS 'y'", json!({ "a": "xy" })),
        ("a == b AND a != c", json!({ "c": 1 })),
        ("a == 'x' OR 1 == 2", json!({ "a": "x" })),
    ] {
        assert!(read(text).matches(&Json(&attributes)), "{text} is meant to match {attributes}");
        assert!(!read(text).never_matches(), "{text}");
    }
}

#[test]
fn what_always_matches_is_seen() {
    for text in ["1 == 1", "a == 1 OR 1 == 1", "NOT 1 == 2", "a NOT IN []", "a == 1 OR NOT a == 1"] {
        assert!(read(text).always_matches(), "{text}");
    }
    for text in ["a == 1", "a != 1 OR a == 1", "a == 1 AND 1 == 1", "a IN []"] {
        assert!(!read(text).always_matches(), "{text}: a list is neither equal nor unequal to a number");
    }
}

/// A text as long as texts may be is looked at for a bounded time, and is then taken for possible.
#[test]
fn a_proof_is_bounded() {
    let many = |part: &str, joined: &str| vec![part; 60_000 / (part.len() + joined.len())].join(joined);
    for text in [many("(a==1 OR b==2)", " AND "), many("a!=1", " AND "), many("a>1", " OR "), many("a IN [1,2,3,4]", " AND ")] {
        let expression = read(&text);
        assert!(!expression.never_matches() && !expression.always_matches());
    }
}

/// Few paths and few values, so that conditions meet.
fn value() -> impl Strategy<Value = Value> {
    let scalars = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2.5),
        json!("1"),
        json!("1.0"),
        json!("x"),
        json!("y"),
        json!(""),
    ];
    prop::sample::select(scalars.to_vec())
}

fn path() -> impl Strategy<Value = Path> {
    prop::sample::select(vec!["a", "b"]).prop_map(|name| Path { segments: vec![Segment::Key(name.into())] })
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        4 => path().prop_map(Operand::Path),
        4 => value().prop_map(Operand::Literal),
        2 => vec(value().prop_map(Operand::Literal), 0..4).prop_map(list_of),
    ]
}

pub fn node() -> impl Strategy<Value = Node> {
    use Operator::{Contains, Equal, Greater, GreaterOrEqual, Has, In, Less, LessOrEqual, NotEqual, NotIn};
    let operator = prop::sample::select(vec![Equal, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Contains, Has, In, NotIn]);
    let leaf = (operand(), operator, operand()).prop_map(|(left, operator, right)| Node::Comparison(Comparison { left, operator, right }));
    leaf.prop_recursive(4, 10, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 2..4).prop_map(Node::And),
            1 => vec(inner.clone(), 2..4).prop_map(Node::Or),
            1 => inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

pub fn documents() -> Vec<Value> {
    let mut values: Vec<Value> =
        [json!(null), json!(true), json!(false), json!(0), json!(1), json!(2), json!(2.5), json!(3), json!(-1)].into();
    values.extend(["1", "1.0", "x", "y", "", "2", "xy", "zz"].map(Value::from));
    values.extend([json!([]), json!([1]), json!(["x", true]), json!([null, "1"]), json!({ "k": 1 })]);
    let pairs = values.iter().flat_map(|a| values.iter().map(move |b| json!({ "a": a, "b": b })));
    pairs.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    /// Against every pair of values there is: what is called impossible never is, and what is called certain always is.
    #[test]
    fn a_proof_is_never_wrong(root in node()) {
        let expression = Expression { root, values: Values::default() };
        let (never, always) = (expression.never_matches(), expression.always_matches());
        if never || always {
            for document in documents() {
                prop_assert_eq!(expression.matches(&Json(&document)), always, "{:?} over {}", &expression, document);
            }
        }
    }
}
