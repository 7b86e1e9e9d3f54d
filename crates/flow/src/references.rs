//! What a flow names that lives elsewhere; the one who imports it maps what is unknown.

use serde_json::Value;

use crate::definition::Definition;
use crate::render::is_template;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    Workflow,
    Channel,
    Flow,
    Function,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub kind: ReferenceKind,
    /// As the flow gives it: an SID, a name, or a template that only a run can fill.
    pub given: String,
}

impl Reference {
    /// Whether only a run can tell what is meant.
    pub fn is_template(&self) -> bool {
        is_template(&self.given)
    }
}

/// Every reference once, in order of kind and text.
pub fn references(definition: &Definition) -> Vec<Reference> {
    let mut found = Vec::new();
    for state in definition.states() {
        let named: &[(&str, ReferenceKind)] = match state.kind.as_str() {
            "send-to-flex" => &[("workflow", ReferenceKind::Workflow), ("channel", ReferenceKind::Channel)],
            "enqueue-call" => &[("workflow_sid", ReferenceKind::Workflow)],
            "run-subflow" => &[("flow_sid", ReferenceKind::Flow)],
            "run-function" => &[("function_sid", ReferenceKind::Function)],
            _ => &[],
        };
        for (property, kind) in named {
            let given = state.property(property).and_then(Value::as_str).map(str::trim);
            if let Some(given) = given.filter(|given| !given.is_empty()) {
                found.push(Reference { kind: *kind, given: given.to_owned() });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
