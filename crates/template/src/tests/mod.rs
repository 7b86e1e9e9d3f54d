mod budgets;
mod dates;
mod filters;
mod random;
mod refused;
mod tags;
mod values;

use serde_json::{Value, json};

use crate::{Budget, render};

/// 2024-02-29 23:05:06.789 UTC in microseconds.
const NOW: i64 = 1_709_247_906_789_000;

fn root() -> Value {
    json!({
        "flow": {"variables": {"n": "2", "padded": " 1 ", "empty": "", "zero": 0, "name": "Amy", "no": false, "nil": null,
            "half": 0.5, "list": ["a", "b", 3], "one": ["blocked"], "rows": [{"id": 2, "k": "x"}, {"id": 1, "k": "y"}]}},
        "trigger": {"message": {"Body": "Hello <b>You</b> & \"me\""}},
        "widgets": {"get-hours-2": {"parsed": {"open": true, "days": ["Mon", "Tue"], "a": {"b": 1}}},
            "w": {"headers": {"x-name": "N"}}},
    })
}

fn text(template: &str) -> String {
    match render(template, &root(), &Budget::default(), NOW) {
        Ok(rendered) => rendered.text,
        Err(error) => format!("! {error}"),
    }
}

/// Rows of a template and its text.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (template, wanted) in rows {
        assert_eq!(&text(template), wanted, "{template}");
    }
}
