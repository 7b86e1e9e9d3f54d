use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::evaluate::Steps;
use crate::scan::number_in;
use crate::{Operator, OutOfSteps, Values};

/// Whether `left operator right` is true.
pub(crate) fn holds(left: &Value, operator: Operator, right: &Value, steps: &mut Steps) -> Result<bool, OutOfSteps> {
    let values = steps.values;
    match operator {
        Operator::Has => Ok(member(right, left, steps)?.unwrap_or(false)),
        Operator::In => Ok(member(left, right, steps)?.unwrap_or(false)),
        Operator::NotIn => Ok(member(left, right, steps)?.map_or(values.not_in_null && right.is_null(), |found| !found)),
        Operator::Contains => contains(left, right, steps),
        // Scalar operators never hold for a list, `!=` included.
        _ if left.is_array() || right.is_array() => Ok(false),
        Operator::Equal => Ok(equal(left, right, values)),
        Operator::NotEqual => Ok(!equal(left, right, values)),
        Operator::Less => Ok(order(left, right, values).is_some_and(Ordering::is_lt)),
        Operator::LessOrEqual => Ok(order(left, right, values).is_some_and(Ordering::is_le)),
        Operator::Greater => Ok(order(left, right, values).is_some_and(Ordering::is_gt)),
        Operator::GreaterOrEqual => Ok(order(left, right, values).is_some_and(Ordering::is_ge)),
    }
}

/// Whether the list has the value; nothing when what should be a list is not one.
fn member(value: &Value, list: &Value, steps: &mut Steps) -> Result<Option<bool>, OutOfSteps> {
    let Value::Array(items) = list else {
        return Ok(None);
    };
    for item in items {
        steps.spend(1)?;
        if !item.is_array() && !value.is_array() && equal(value, item, steps.values) {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

fn contains(left: &Value, right: &Value, steps: &mut Steps) -> Result<bool, OutOfSteps> {
    let values = steps.values;
    if values.contains_texts_only && !(left.is_string() && right.is_string()) {
        return Ok(false);
    }
    let (Some(whole), Some(part)) = (text_of(left), text_of(right)) else {
        return Ok(false);
    };
    steps.spend(whole.len() / 64)?;
    Ok(cased(&whole, values).contains(cased(&part, values).as_ref()))
}

/// The text of a scalar; NULL, lists and objects have none.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(yes) => Some(Cow::Borrowed(if *yes { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text as it is compared.
fn cased(text: &str, values: Values) -> Cow<'_, str> {
    if values.ignore_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) }
}

fn equal(left: &Value, right: &Value, values: Values) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_) | Value::String(_)) | (Value::String(_), Value::Number(_) | Value::String(_)) => {
            order(left, right, values) == Some(Ordering::Equal)
        }
        _ => left == right,
    }
}

/// The order of two values that have one: numbers, numeric text beside a number, text by code point.
fn order(left: &Value, right: &Value, values: Values) -> Option<Ordering> {
    let number_of = |text: &str| number_in(text).filter(|_| !values.text_is_no_number);
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => order_numbers(a, b),
        (Value::Number(a), Value::String(b)) => order_numbers(a, &number_of(b)?),
        (Value::String(a), Value::Number(b)) => order_numbers(&number_of(a)?, b),
        // UTF-8 keeps the order of code points.
        (Value::String(a), Value::String(b)) => Some(cased(a, values).cmp(&cased(b, values))),
        (Value::Null, Value::Number(b)) if values.null_is_zero => order_numbers(&0.into(), b),
        (Value::Number(a), Value::Null) if values.null_is_zero => order_numbers(a, &0.into()),
        (Value::Null, Value::Null) if values.null_is_zero => Some(Ordering::Equal),
        _ => None,
    }
}

fn order_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_i128(), b.as_i128()) {
        return Some(a.cmp(&b));
    }
    a.as_f64()?.partial_cmp(&b.as_f64()?)
}
