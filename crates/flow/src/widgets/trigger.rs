//! `trigger`: where executions begin.

use serde_json::{Value, json};

use crate::definition::State;
use crate::visit::{Move, Visit};

/// Events that stand in for each other: imported flows have only one of the first two connected.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("incomingConversationMessage", &["incomingMessage"]),
    ("incomingMessage", &["incomingConversationMessage"]),
    ("incomingRequest", &["incomingConversationMessage", "incomingMessage"]),
];

/// The connected event to begin with: the one that happened, else a sibling, whose trigger object is then filled too.
pub(crate) fn choose(state: &State, event: &str, trigger: &mut Value) -> String {
    if state.next(event).is_some() {
        return event.to_owned();
    }
    let siblings = SIBLINGS.iter().find(|(name, _)| *name == event).map_or(&[][..], |(_, others)| others);
    match siblings.iter().find(|sibling| state.next(sibling).is_some()) {
        Some(sibling) => {
            fill(trigger, root_of(sibling));
            (*sibling).to_owned()
        }
        None => event.to_owned(),
    }
}

/// What the customer said to begin with; null for a start without a message.
pub(crate) fn message(trigger: &Value) -> Value {
    let roots = ["conversation", "message"].map(|root| &trigger[root]);
    roots.into_iter().find(|root| root.is_object()).cloned().unwrap_or_default()
}

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let event = crate::context::note(visit.execution, "event").as_str().unwrap_or_default().to_owned();
    match visit.state.transitions.iter().position(|t| t.event == event && t.next.is_some()) {
        Some(index) => Move::Take(index),
        None => Move::Leave(match event.as_str() {
            "incomingMessage" => "incomingMessage",
            "incomingRequest" => "incomingRequest",
            _ => "incomingConversationMessage",
        }),
    }
}

fn root_of(event: &str) -> &'static str {
    match event {
        "incomingMessage" => "message",
        "incomingRequest" => "request",
        _ => "conversation",
    }
}

/// A flow reads `trigger.message` or `trigger.conversation`, whichever its own event fills.
fn fill(trigger: &mut Value, root: &str) {
    if trigger[root].is_object() {
        return;
    }
    let known = message(trigger);
    let filled = if known.is_object() { known } else { json!({ "Body": "" }) };
    crate::context::object(trigger).insert(root.to_owned(), filled);
}
