use expression::{Expression, Values};
use model::{Reading, Readings, TaskQueue};

/// How a workspace's expressions read values.
pub fn values(readings: &Readings) -> Values {
    let reads = |reading| readings.contains(&reading);
    Values {
        not_in_null: reads(Reading::NotInNull),
        null_is_zero: reads(Reading::NullIsZero),
        ignore_case: reads(Reading::IgnoreCase),
        text_is_no_number: reads(Reading::TextIsNoNumber),
        contains_texts_only: reads(Reading::ContainsTextsOnly),
    }
}

/// Whom a queue asks for; nothing where its expression is blank or broken, which matches nobody.
pub fn target_workers(queue: &TaskQueue, readings: &Readings) -> Option<Expression> {
    Expression::parse(&queue.target_workers).ok().map(|expression| expression.under(values(readings)))
}
