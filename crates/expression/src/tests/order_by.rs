use serde_json::json;

use crate::{Json, OrderBy, Roots};

#[test]
fn minus_zero_is_zero() {
    let key = |order: &str, x: f64| OrderBy::parse(order).expect("an order").key(&Roots(&[("worker", &Json(&json!({ "x": x })))]));
    for order in ["worker.x", "worker.x DESC"] {
        assert_eq!(key(order, 0.0).cmp(&key(order, -0.0)), std::cmp::Ordering::Equal);
    }
}
