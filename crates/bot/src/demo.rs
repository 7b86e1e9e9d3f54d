//! The rows of the demo's shop: Tidewater, coffee gear.

use serde::Deserialize;

use crate::{FactRule, Question};

#[derive(Deserialize)]
struct Rows {
    questions: Vec<Question>,
    facts: Vec<FactRule>,
}

/// Questions and facts of the demo's shop in English, German and Korean.
pub fn demo() -> (Vec<Question>, Vec<FactRule>) {
    let rows: Rows = serde_json::from_str(include_str!("demo.json")).expect("the demo's rows are JSON");
    (rows.questions, rows.facts)
}
