//! A fact to listen for: the words before it and what it looks like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Problem, learn};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct FactRule {
    /// What it is kept under, e.g. `order`.
    pub key: String,
    /// How it is called, by language.
    pub labels: BTreeMap<String, String>,
    /// Words before the value, by language, e.g. `order`, `Bestellung`. None at all: the value alone is enough.
    pub cues: BTreeMap<String, Vec<String>>,
    /// `number`, `name`, `word`, `email`, `phone`, or a regular expression (its first group is the value if it has one).
    pub value: String,
}

impl FactRule {
    pub(crate) fn label(&self, language: &str) -> &str {
        let label = self.labels.get(language).or_else(|| self.labels.get("en"));
        label.map_or(self.key.as_str(), String::as_str)
    }
}

/// Whether a rule can be used.
///
/// # Errors
/// An empty key or value, a pattern that cannot be read, or a rule that would hear a fact in every text.
pub fn check_rule(rule: &FactRule) -> Result<(), Problem> {
    let problem = |field: &str, code: &str, message: String| Err(Problem { field: field.to_owned(), code: code.to_owned(), message });
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if rule.key.is_empty() || !rule.key.chars().all(plain) {
        let message = "the key is made of the letters a-z, digits and _, so that answers can read it".to_owned();
        return problem("key", "bad_key", message);
    }
    if rule.value.trim().is_empty() {
        return problem("value", "empty", "say what the value looks like".to_owned());
    }
    let cued = rule.cues.values().flatten().any(|cue| !cue.trim().is_empty());
    if !cued && matches!(rule.value.trim(), "word" | "name" | "number") {
        return problem("cues", "empty", "give the words that come before the value".to_owned());
    }
    match learn::Listener::new(rule.clone()) {
        Ok(_) => Ok(()),
        Err(message) => problem("value", "bad_pattern", format!("the pattern cannot be read: {message}")),
    }
}
