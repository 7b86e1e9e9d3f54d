use std::cmp::Ordering;

use serde_json::Value;

use super::text::bounded;
use super::{Given, Result};
use crate::number::Num;
use crate::text_of;
use crate::value::{equal, order};

pub fn first(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(match input {
        Value::Array(items) => items.into_iter().next().unwrap_or(Value::Null),
        _ => Value::Null,
    })
}

pub fn last(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(match input {
        Value::Array(mut items) => items.pop().unwrap_or(Value::Null),
        _ => Value::Null,
    })
}

pub fn join(input: Value, given: &Given<'_>) -> Result<Value> {
    let Value::Array(items) = input else {
        return Ok(input);
    };
    let between = given.argument(0).map_or_else(|| " ".to_owned(), text_of);
    let mut text = String::new();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            text.push_str(&between);
        }
        text.push_str(&text_of(item));
        bounded(&text)?;
    }
    Ok(text.into())
}

/// Without separator into characters, by a blank at any white space; empty pieces at the end are dropped.
pub fn split(input: Value, given: &Given<'_>) -> Result<Value> {
    let text = text_of(&input);
    let separator = given.text(0);
    let mut pieces: Vec<Value> = match separator.as_str() {
        "" => text.chars().map(|c| c.to_string().into()).collect(),
        " " => text.split_whitespace().map(Value::from).collect(),
        separator => text.split(separator).map(Value::from).collect(),
    };
    while pieces.last().is_some_and(|piece| piece == "") {
        pieces.pop();
    }
    Ok(pieces.into())
}

pub fn map(input: Value, given: &Given<'_>) -> Result<Value> {
    let key = given.text(0);
    Ok(match input {
        Value::Array(items) => items.iter().map(|item| item.get(&key).cloned().unwrap_or(Value::Null)).collect(),
        Value::Object(mut members) => members.shift_remove(&key).unwrap_or(Value::Null),
        _ => Value::Null,
    })
}

pub fn reverse(mut input: Value, _: &Given<'_>) -> Result<Value> {
    if let Value::Array(items) = &mut input {
        items.reverse();
    }
    Ok(input)
}

pub fn compact(mut input: Value, _: &Given<'_>) -> Result<Value> {
    if let Value::Array(items) = &mut input {
        items.retain(|item| !item.is_null());
    }
    Ok(input)
}

pub fn uniq(input: Value, _: &Given<'_>) -> Result<Value> {
    let Value::Array(items) = input else {
        return Ok(input);
    };
    // Sorted places keep this quick for long lists, where comparing all pairs would not be.
    let mut places: Vec<usize> = (0..items.len()).collect();
    places.sort_by(|a, b| rank(&items[*a], &items[*b]).then(a.cmp(b)));
    places.dedup_by(|later, earlier| equal(&items[*later], &items[*earlier]));
    places.sort_unstable();
    Ok(places.into_iter().map(|place| items[place].clone()).collect())
}

/// By value, or by a member of each element; what has no such member comes last.
pub fn sort(mut input: Value, given: &Given<'_>) -> Result<Value> {
    let key = given.argument(0).map(text_of);
    if let Value::Array(items) = &mut input {
        items.sort_by(|a, b| match &key {
            Some(key) => rank(a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null)),
            None => rank(a, b),
        });
    }
    Ok(input)
}

/// A total order over all values: kinds first, so that sorting a mixed list cannot fail.
fn rank(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    };
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Value::Number(_), _) | (Value::String(_), _) => order(a, b).unwrap_or(Ordering::Equal),
        _ => a.to_string().cmp(&b.to_string()),
    })
}

/// A part of a text, in characters, or of a list; a negative start counts from the end.
pub fn slice(input: Value, given: &Given<'_>) -> Result<Value> {
    let whole = |at: usize| match given.argument(at).map(Num::of) {
        Some(Num::Whole(whole)) => Some(whole),
        Some(Num::Decimal(number)) => Some(number as i64),
        None => None,
    };
    let from = whole(0).unwrap_or(0);
    let count = usize::try_from(whole(1).unwrap_or(1)).unwrap_or(0);
    let start = |length: usize| {
        let from = if from < 0 { from.saturating_add_unsigned(length as u64) } else { from };
        usize::try_from(from).ok()
    };
    if let Value::Array(items) = input {
        let Some(start) = start(items.len()) else {
            return Ok(Value::Array(Vec::new()));
        };
        return Ok(items.into_iter().skip(start).take(count).collect());
    }
    let text = text_of(&input);
    let Some(start) = start(text.chars().count()) else {
        return Ok("".into());
    };
    let part: String = text.chars().skip(start).take(count).collect();
    Ok(part.into())
}
