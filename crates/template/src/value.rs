use std::cmp::Ordering;

use serde_json::Value;

use crate::condition::Relation;
use crate::number::Num;
use crate::operand::Operand;
use crate::text::text_of;

/// Only nil and false are falsy: empty text and 0 are not.
pub(crate) fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        other => is_empty(other) || !is_truthy(other),
    }
}

/// `left relation right`, where `empty` and `blank` are known by their operands.
pub(crate) fn holds((left, left_operand): (&Value, &Operand), relation: Relation, (right, right_operand): (&Value, &Operand)) -> bool {
    match relation {
        Relation::Equal => same((left, left_operand), (right, right_operand)),
        Relation::NotEqual => !same((left, left_operand), (right, right_operand)),
        Relation::Less => order(left, right).is_some_and(Ordering::is_lt),
        Relation::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Relation::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Relation::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        Relation::Contains => contains(left, right),
    }
}

fn same((left, left_operand): (&Value, &Operand), (right, right_operand): (&Value, &Operand)) -> bool {
    match (left_operand, right_operand) {
        (Operand::Empty, Operand::Empty | Operand::Blank) | (Operand::Blank, Operand::Empty | Operand::Blank) => true,
        (Operand::Empty, _) => is_empty(right),
        (_, Operand::Empty) => is_empty(left),
        (Operand::Blank, _) => is_blank(right),
        (_, Operand::Blank) => is_blank(left),
        _ => equal(left, right),
    }
}

/// Text never equals a number: `"1" == 1` is false, as in classic Liquid.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        _ => left == right,
    }
}

/// Numbers in order, numeric text beside a number read as one, text by code point; nothing else has an order.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => match (numeric(left)?, numeric(right)?) {
            (Num::Whole(a), Num::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        },
    }
}

fn numeric(value: &Value) -> Option<Num> {
    match value {
        Value::Number(number) => Some(Num::of_number(number)),
        Value::String(text) => Num::in_text(text),
        _ => None,
    }
}

fn contains(left: &Value, right: &Value) -> bool {
    match left {
        Value::String(text) => !right.is_null() && text.contains(&text_of(right)),
        Value::Array(items) => items.iter().any(|item| equal(item, right)),
        Value::Object(members) => right.as_str().is_some_and(|key| members.contains_key(key)),
        _ => false,
    }
}
