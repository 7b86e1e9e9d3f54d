use serde_json::{Value, json};

use crate::{Json, OrderBy, Roots};

/// Names of the workers in the order's order; equal ones stay as given.
fn sorted(order: &str, workers: &[(&str, Value)]) -> String {
    let order = OrderBy::parse(order).expect("an order");
    let mut rows: Vec<_> = workers.iter().map(|(name, attributes)| (order.key(&Roots(&[("worker", &Json(attributes))])), *name)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.iter().map(|row| row.1).collect()
}

#[test]
fn clauses_from_left_to_right() {
    let workers = [
        ("a", json!({"level": 1, "load": 5})),
        ("b", json!({"level": 3, "load": 2})),
        ("c", json!({"level": 3.0, "load": -1})),
        ("d", json!({"load": 0})),
        ("e", json!({"level": "20"})),
        ("f", json!({"level": "high", "load": null})),
    ];
    assert_eq!(sorted("worker.level DESC, worker.load", &workers), "ecbadf");
    assert_eq!(sorted("worker.level asc , worker.load desc", &workers), "abcedf");
    assert_eq!(sorted("worker.load", &workers), "cdbaef");
    assert_eq!(sorted("", &workers), "abcdef");
}

#[test]
fn minus_zero_is_zero() {
    let workers = [("a", json!({"x": 0.0})), ("b", json!({"x": -0.0}))];
    assert_eq!(sorted("worker.x", &workers), "ab");
    assert_eq!(sorted("worker.x DESC", &workers), "ab");
}

#[test]
fn printing_and_refusing() {
    let order = OrderBy::parse(" worker.a.b[0] desc,worker.c").expect("an order");
    assert_eq!(order.to_string(), "worker.a.b[0] DESC, worker.c ASC");
    assert_eq!(OrderBy::parse(&order.to_string()), Ok(order));
    for text in ["level", "worker", "task.x", "worker.a,", "worker.a DOWN", "worker.a DESC ASC"] {
        assert!(OrderBy::parse(text).is_err(), "{text}");
    }
}
