//! JSON bodies in and out of rows.

use anyhow::Context;
use db::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A noun's JSON text; our own values always render.
pub fn body<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads the JSON body in column `index`.
pub fn parse<T: DeserializeOwned>(row: &Row, index: usize) -> anyhow::Result<T> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).with_context(|| format!("reading a stored {}", std::any::type_name::<T>()))
}
