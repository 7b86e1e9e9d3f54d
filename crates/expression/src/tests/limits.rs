use serde_json::json;

use crate::{Expression, Json, MAX_NESTING, MAX_TEXT_BYTES, OutOfSteps};

/// Proves S23.
#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}a==1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Expression::parse(&nested(MAX_NESTING)).is_ok());
    let error = Expression::parse(&nested(MAX_NESTING + 1)).expect_err("too deep");
    assert!(error.message.contains("deeper than 64"), "{error}");
    assert!(Expression::parse(&format!("a IN {}", "[".repeat(60_000))).is_err());
    assert!(Expression::parse(&"NOT (".repeat(10_000)).is_err());
}

/// Proves S23.
#[test]
fn text_is_bounded() {
    let padded = |length: usize| format!("a==1{}", " ".repeat(length - 4));
    assert!(Expression::parse(&padded(MAX_TEXT_BYTES)).is_ok());
    let error = Expression::parse(&padded(MAX_TEXT_BYTES + 1)).expect_err("too long");
    assert!(error.message.contains("65536 bytes"), "{error}");
}

#[test]
fn long_chains_need_no_nesting() {
    let chain = vec!["a == 1"; 5_000].join(" OR ");
    let expression = Expression::parse(&chain).expect("wide, not deep");
    assert!(!expression.matches(&Json(&json!({"a": 2}))));
    assert!(expression.matches(&Json(&json!({"a": 1}))));
}

/// Proves S23.
#[test]
fn evaluation_is_bounded() {
    let document = json!({"list": vec![1; 1_000], "text": "x".repeat(64_000)});
    let document = Json(&document);
    let has = Expression::parse("list HAS 2").expect("valid");
    assert_eq!(has.evaluate(&document, 1_001), Ok(false));
    assert_eq!(has.evaluate(&document, 1_000), Err(OutOfSteps));
    let contains = Expression::parse("text CONTAINS 'y'").expect("valid");
    assert_eq!(contains.evaluate(&document, 1_001), Ok(false));
    assert_eq!(contains.evaluate(&document, 999), Err(OutOfSteps));
    let heavy = vec!["NOT list HAS 2"; 300].join(" AND ");
    let heavy = Expression::parse(&heavy).expect("valid");
    assert!(!heavy.matches(&document), "out of steps is no match");
}
