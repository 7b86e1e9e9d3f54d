//! What the bot is asked.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    pub text: String,
    /// How many pictures and files came with it.
    pub media: i64,
    /// The customer's likely language.
    pub language: Option<String>,
    /// What is known of the customer.
    pub facts: BTreeMap<String, String>,
    /// As the last answer of this conversation gave it; null at first.
    pub memory: Value,
}

impl Request {
    pub(crate) fn read(document: &Value) -> Self {
        let facts = document["facts"].as_object().into_iter().flatten();
        let facts = facts.map(|(key, value)| (key.clone(), template::text_of(value)));
        let language = document["language"].as_str().map(str::trim);
        Self {
            text: template::text_of(&document["text"]),
            media: document["media"].as_i64().unwrap_or(0),
            language: language.filter(|tag| !tag.is_empty()).map(str::to_owned),
            facts: facts.filter(|(_, value)| !value.is_empty()).collect(),
            memory: document["memory"].clone(),
        }
    }
}
