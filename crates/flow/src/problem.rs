//! What is wrong with a definition, where, and how to mend it.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowProblem {
    /// Stable, for translation: `json`, `unknown_next`, `duplicate_name`, …
    pub code: String,
    /// English sentence with the mend.
    pub message: String,
    /// Place in the document, e.g. `states/3/transitions/1/next`; empty for the whole.
    pub path: String,
    /// Line in the text, from 1.
    pub line: Option<usize>,
    /// The particulars of `message`, for translations.
    pub params: BTreeMap<String, String>,
}

impl FlowProblem {
    pub(crate) fn new(code: &str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), path: path.into(), line: None, params: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.params.insert(key.to_owned(), value.to_string());
        self
    }
}
