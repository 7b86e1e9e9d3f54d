use serde_json::Value;

use crate::number;

/// How a value becomes text: nothing for null, list elements one after the other, objects as JSON.
///
/// Deployed flows compare printed one-element lists with their element, and pass printed objects on as JSON.
pub fn text_of(value: &Value) -> String {
    let mut text = String::new();
    write_text(value, &mut text);
    text
}

pub(crate) fn write_text(value: &Value, into: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => into.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => into.push_str(&number::text_of(number)),
        Value::String(text) => into.push_str(text),
        Value::Array(items) => items.iter().for_each(|item| write_text(item, into)),
        Value::Object(_) => into.push_str(&value.to_string()),
    }
}
