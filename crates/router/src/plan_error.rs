use std::collections::BTreeMap;

use expression::SyntaxError;
use model::Refusal;

/// What is wrong with a workflow's configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanError {
    /// A JSON path such as `configuration.task_routing.filters[0].targets[1].queue`.
    pub path: String,
    pub code: &'static str,
    pub detail: String,
    /// Bytes into the expression, or into the document when it is no JSON.
    pub offset: Option<usize>,
    /// The particulars of `detail`, for translations.
    pub params: BTreeMap<String, String>,
}

impl PlanError {
    pub fn new(path: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { path: path.into(), code, detail: detail.into(), offset: None, params: BTreeMap::new() }
    }

    pub fn syntax(path: impl Into<String>, error: &SyntaxError) -> Self {
        Self { path: path.into(), code: "syntax", detail: error.to_string(), offset: Some(error.offset), params: BTreeMap::new() }
            .with("line", error.line)
            .with("column", error.column)
    }

    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.params.insert(key.into(), value.to_string());
        self
    }
}

impl From<PlanError> for Refusal {
    fn from(error: PlanError) -> Self {
        Refusal::Invalid { field: error.path, code: error.code.into(), detail: error.detail, offset: error.offset, params: error.params }
    }
}
