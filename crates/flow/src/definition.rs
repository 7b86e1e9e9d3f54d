//! A flow as written: its widgets and transitions, with the text kept exactly.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::pattern::{BadPattern, Pattern};
use crate::predicate::Predicate;
use crate::problem::FlowProblem;

/// Parsed once, used by many executions. Unknown properties and keys stay in the text.
#[derive(Debug)]
pub struct Definition {
    text: String,
    /// Where `states` lies: empty, or `definition/` when a whole Flow resource was given.
    pub(crate) prefix: &'static str,
    pub(crate) initial: Option<String>,
    pub(crate) states: Vec<State>,
    index: BTreeMap<String, usize>,
}

/// A widget.
#[derive(Debug)]
pub struct State {
    pub name: String,
    pub kind: String,
    pub properties: Map<String, Value>,
    pub transitions: Vec<Transition>,
}

#[derive(Debug)]
pub struct Transition {
    pub event: String,
    /// `None` ends the execution.
    pub next: Option<String>,
    pub conditions: Vec<Condition>,
}

#[derive(Debug)]
pub struct Condition {
    pub predicate: Predicate,
    /// What the input is compared with; may hold a template.
    pub value: String,
    /// The subject, only used where the widget has no `input`.
    pub argument: Option<Value>,
    pub(crate) pattern: OnceLock<Result<Pattern, BadPattern>>,
}

impl Definition {
    /// The document as it was given, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn states(&self) -> &[State] {
        &self.states
    }

    pub fn state(&self, name: &str) -> Option<&State> {
        self.index.get(name).map(|at| &self.states[*at])
    }

    /// Where executions begin: the widget `initial_state` names if it is a trigger, else the first trigger.
    pub fn trigger(&self) -> Option<&State> {
        let named = self.initial.as_deref().and_then(|name| self.state(name));
        named.filter(|state| state.kind == "trigger").or_else(|| self.states.iter().find(|state| state.kind == "trigger")).or(named)
    }
}

impl State {
    /// The first transition of this event, wherever it leads.
    pub fn transition(&self, event: &str) -> Option<&Transition> {
        let mut of_event = self.transitions.iter().filter(|t| t.event == event);
        let first = of_event.next()?;
        if first.next.is_some() {
            return Some(first);
        }
        Some(of_event.find(|t| t.next.is_some()).unwrap_or(first))
    }

    pub fn next(&self, event: &str) -> Option<&str> {
        self.transition(event)?.next.as_deref()
    }

    /// A property that is there and not null.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name).filter(|value| !value.is_null())
    }

    /// A switch, written as a boolean or as a text.
    pub fn flag(&self, name: &str) -> bool {
        match self.property(name) {
            Some(Value::Bool(on)) => *on,
            Some(Value::String(text)) => {
                matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "yes" | "1")
            }
            Some(Value::Number(number)) => number.as_f64().is_some_and(|n| n != 0.0),
            _ => false,
        }
    }
}

/// Reads a definition. It may still be wrong in meaning: see [`crate::check`].
///
/// # Errors
/// Text that is not JSON (with its line), or a document whose shape is not that of a flow.
pub fn parse(json: &str) -> Result<Definition, Vec<FlowProblem>> {
    let text = json.trim_start_matches('\u{feff}');
    let document: Value = serde_json::from_str(text).map_err(|error| {
        let mut problem =
            FlowProblem::new("json", "", format!("this is not JSON: {error}")).with("detail", &error).with("column", error.column());
        problem.line = Some(error.line()).filter(|line| *line > 0);
        vec![problem]
    })?;
    let (prefix, root) = match document.get("definition") {
        Some(inner @ Value::Object(_)) if document.get("states").is_none() => ("definition/", inner),
        _ => ("", &document),
    };
    let mut problems = Vec::new();
    let states = read_states(root, prefix, &mut problems);
    if !problems.is_empty() {
        crate::lines::locate(text, &mut problems);
        return Err(problems);
    }
    let mut index = BTreeMap::new();
    for (at, state) in states.iter().enumerate() {
        index.entry(state.name.clone()).or_insert(at);
    }
    Ok(Definition {
        initial: root.get("initial_state").and_then(Value::as_str).map(str::to_owned),
        text: json.to_owned(),
        prefix,
        states,
        index,
    })
}

fn read_states(root: &Value, prefix: &str, problems: &mut Vec<FlowProblem>) -> Vec<State> {
    let Some(states) = root.get("states") else {
        let message = "a flow is an object with \"states\": this document has none; paste the whole export";
        problems.push(FlowProblem::new("no_states", "", message));
        return Vec::new();
    };
    let Some(states) = states.as_array() else {
        let message = "\"states\" must be a list of widgets";
        problems.push(FlowProblem::new("shape", format!("{prefix}states"), message));
        return Vec::new();
    };
    let read = states.iter().enumerate().filter_map(|(at, state)| read_state(state, &format!("{prefix}states/{at}"), problems));
    read.collect()
}

fn read_state(state: &Value, path: &str, problems: &mut Vec<FlowProblem>) -> Option<State> {
    let mut word = |key: &str| {
        let text = state.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text.is_none() {
            let message = format!("the widget at {path} needs \"{key}\", a text");
            problems.push(FlowProblem::new("shape", format!("{path}/{key}"), message).with("key", key));
        }
        text.map(str::to_owned)
    };
    let (name, kind) = (word("name"), word("type"));
    let properties = match state.get("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties.clone(),
        Some(_) => {
            let message = format!("\"properties\" of the widget at {path} must be an object");
            problems.push(FlowProblem::new("shape", format!("{path}/properties"), message));
            Map::new()
        }
    };
    let transitions = match state.get("transitions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => read_transitions(list, path, problems),
        Some(_) => {
            let message = format!("\"transitions\" of the widget at {path} must be a list");
            problems.push(FlowProblem::new("shape", format!("{path}/transitions"), message));
            Vec::new()
        }
    };
    Some(State { name: name?, kind: kind?, properties, transitions })
}

fn read_transitions(list: &[Value], path: &str, problems: &mut Vec<FlowProblem>) -> Vec<Transition> {
    let mut transitions = Vec::new();
    for (at, transition) in list.iter().enumerate() {
        let Some(event) = transition.get("event").and_then(Value::as_str) else {
            let path = format!("{path}/transitions/{at}/event");
            let message = format!("the transition at {path} needs \"event\", a text");
            problems.push(FlowProblem::new("shape", path, message).with("key", "event"));
            continue;
        };
        let next = transition.get("next").and_then(Value::as_str).map(str::trim);
        let conditions = transition.get("conditions").and_then(Value::as_array);
        transitions.push(Transition {
            event: event.to_owned(),
            next: next.filter(|next| !next.is_empty()).map(str::to_owned),
            conditions: conditions.into_iter().flatten().map(read_condition).collect(),
        });
    }
    transitions
}

fn read_condition(condition: &Value) -> Condition {
    let arguments = condition.get("arguments");
    Condition {
        predicate: Predicate::read(condition.get("type").and_then(Value::as_str).unwrap_or_default()),
        value: condition.get("value").map(template::text_of).unwrap_or_default(),
        argument: arguments.and_then(|a| a.get(0).or(a.as_str().map(|_| a))).cloned(),
        pattern: OnceLock::new(),
    }
}
