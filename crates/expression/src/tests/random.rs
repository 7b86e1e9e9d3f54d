use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::parse::list_of;
use crate::{Comparison, Expression, Json, Node, Operand, Operator, OrderBy, OutOfSteps, Path, Segment, Values};

fn path() -> impl Strategy<Value = Path> {
    let key = "[a-z$_][A-Za-z0-9_$]{0,4}x".prop_map(Segment::Key);
    let segment = prop_oneof!["[A-Za-z0-9_$]{1,5}".prop_map(Segment::Key), (0usize..20).prop_map(Segment::Index),];
    (key, vec(segment, 0..4)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        Path { segments: rest }
    })
}

fn literal() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        "[^\"]{0,8}".prop_map(Value::from),
        "[^']{0,8}".prop_map(Value::from),
    ]
}

fn operand() -> impl Strategy<Value = Operand> {
    let leaf = prop_oneof![literal().prop_map(Operand::Literal), path().prop_map(Operand::Path)];
    leaf.prop_recursive(3, 12, 4, |inner| vec(inner, 0..4).prop_map(list_of))
}

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(vec![
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Contains,
        Operator::Has,
        Operator::In,
        Operator::NotIn,
    ])
}

fn node() -> impl Strategy<Value = Node> {
    let leaf =
        (operand(), operator(), operand()).prop_map(|(left, operator, right)| Node::Comparison(Comparison { left, operator, right }));
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Node::Or),
            vec(inner.clone(), 2..4).prop_map(Node::And),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

proptest! {
    #[test]
    fn printed_and_parsed_it_is_the_same(root in node()) {
        let expression = Expression { root, values: Values::default() };
        let printed = expression.to_string();
        let again = Expression::parse(&printed);
        prop_assert_eq!(again.as_ref(), Ok(&expression), "{}", printed);
    }

    #[test]
    fn evaluation_stops(root in node(), steps in 0u32..50) {
        let expression = Expression { root, values: Values::default() };
        let document = json!({"x": 1, "ax": [1, "a", null]});
        let answer = expression.evaluate(&Json(&document), steps);
        prop_assert!(answer == Err(OutOfSteps) || answer == Ok(expression.matches(&Json(&document))));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,60}") {
        refusals_point_into(&text)?;
    }

    #[test]
    fn pieces_in_any_order_are_parsed_or_refused(pieces in vec(prop::sample::select(vec![
        "a", "worker", ".", "b", "[", "]", "0", "-1", "1.5e3", "'", "\"", "'x'", "==", "=", "!", "<",
        ">", "NOT", "IN", "HAS", "CONTAINS", "AND", "OR", "(", ")", ",", " ", "\n", "null", "true", "é", "DESC",
    ]), 0..20)) {
        refusals_point_into(&pieces.concat())?;
        refusals_point_into(&pieces.join(" "))?;
    }
}

fn refusals_point_into(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = Expression::parse(text) {
        prop_assert!(text.is_char_boundary(error.offset), "{} in {:?}", error, text);
    }
    let _ = OrderBy::parse(text);
    let _ = Path::parse(text);
    Ok(())
}
