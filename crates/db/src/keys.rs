//! Telling equal keys apart from different ones, so that SQLite's loop visits each once as PostgreSQL's array does.

use std::collections::HashSet;

use crate::Value;

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Null,
    Int(i64),
    Real(u64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> From<&'a Value> for Key<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Key::Null,
            Value::Bool(x) => Key::Int(i64::from(*x)),
            Value::Int(x) => Key::Int(*x),
            Value::Real(x) => Key::Real(x.to_bits()),
            Value::Text(x) => Key::Text(x),
            Value::Bytes(x) => Key::Bytes(x),
            Value::Uuid(x) => Key::Bytes(x.as_bytes()),
        }
    }
}

/// The keys in their order, each once.
pub(crate) fn distinct(keys: &[Value]) -> impl Iterator<Item = &Value> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter().filter(move |key| seen.insert(Key::from(*key)))
}
