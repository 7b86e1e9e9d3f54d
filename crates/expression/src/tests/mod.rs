mod limits;
mod order_by;
mod random;
mod syntax;
mod vectors;

use serde_json::{Value, json};

use crate::{Expression, Json, Roots};

fn task() -> Value {
    json!({
        "lang": "en-CA", "tier": 3, "vip": true, "tags": ["a", "b"], "n": null,
        "o": {"k": "v", "list": [{"id": 7}]}, "num": "10", "empty": "", "half": 0.5, "7up": 1,
    })
}

fn worker() -> Value {
    json!({
        "languages": ["en", "fr"], "level": 5,
        "routing": {"skills": ["billing"], "levels": {"billing": 4}}, "contact_uri": "client:amy",
        "channel": {"chat": {"assigned_tasks": 0, "configured_capacity": 2}},
    })
}

/// Table of `expression => true|false`, over the task's, the worker's, or both documents.
fn check(context: &str, table: &str) {
    let (task, worker) = (task(), worker());
    let (task, worker) = (Json(&task), Json(&worker));
    let both = Roots(&[("task", &task), ("worker", &worker)]);
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (text, wanted) = row.rsplit_once("=>").expect("a row has an arrow");
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{row}: {error}"));
        let got = match context {
            "filter" => expression.matches(&task),
            "queue" => expression.matches(&worker),
            _ => expression.matches(&both),
        };
        assert_eq!(got.to_string(), wanted.trim(), "{row}");
        let again = Expression::parse(&expression.to_string());
        assert_eq!(again.as_ref(), Ok(&expression), "{row} printed as {expression}");
    }
}
