use expression::Values;
use model::{Reading, Readings};

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
