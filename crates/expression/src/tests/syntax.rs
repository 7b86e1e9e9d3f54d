use crate::{Expression, Path};

#[test]
fn an_offset_counts_bytes() {
    let error = Expression::parse("'ä' == ;").expect_err("a semicolon");
    assert_eq!((error.offset, error.column), (8, 8));
}

#[test]
fn named_paths() {
    let expression = Expression::parse("worker.a.b[0] HAS task.x AND NOT (worker.c IN [1, task.x, 'y'])");
    let paths: Vec<String> = expression.expect("valid").paths().into_iter().collect();
    assert_eq!(paths, ["task.x", "worker.a.b[0]", "worker.c"]);
}

#[test]
fn a_lone_path() {
    let path = Path::parse(" task.assigned.worker ").expect("a path");
    assert_eq!((path.to_string().as_str(), path.root()), ("task.assigned.worker", "task"));
    assert!(Path::parse("task.a b").is_err());
    assert!(Path::parse("").is_err());
}

#[test]
fn always_and_never() {
    let nothing = crate::Json(&serde_json::Value::Null);
    assert!(Expression::always().matches(&nothing));
    assert!(!Expression::never().matches(&nothing));
    assert_eq!(Expression::always().to_string(), "1 == 1");
}
