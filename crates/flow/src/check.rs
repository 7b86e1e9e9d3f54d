//! Judges a definition: errors forbid publishing, warnings do not. Every message names the widget and the mend.

use std::collections::BTreeSet;

use model::FieldProblem;
use serde_json::Value;

use crate::MAX_WIDGETS;
use crate::definition::{Condition, Definition, State};
use crate::pattern::Pattern;
use crate::predicate::Predicate;
use crate::problem::FlowProblem;
use crate::render;
use crate::widgets::message::NATIVE;
use crate::widgets::{self, split};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    pub errors: Vec<FlowProblem>,
    pub warnings: Vec<FlowProblem>,
}

/// Judges a whole definition.
pub fn check(definition: &Definition) -> Checked {
    let mut checked = Checked::default();
    trigger(definition, &mut checked);
    if definition.states.len() > MAX_WIDGETS {
        let message = format!("the flow has {} widgets, more than {MAX_WIDGETS}", definition.states.len());
        checked.errors.push(FlowProblem::new("too_many_widgets", "", message));
    }
    let mut names = BTreeSet::new();
    for (at, state) in definition.states.iter().enumerate() {
        let mut place = Place { state, path: format!("{}states/{at}", definition.prefix), checked: &mut checked };
        place.name(names.insert(state.name.as_str()));
        place.transitions(definition);
        if widgets::required(&state.kind).is_none() {
            let message = format!(
                "{} is a \"{}\", which does not run here: the widget is kept, and an execution that reaches it ends",
                state.name, state.kind
            );
            place.warn("unknown_widget", "type", message);
            continue;
        }
        place.required();
        place.templates();
        place.conditions();
        place.particulars();
    }
    crate::lines::locate(definition.text().trim_start_matches('\u{feff}'), &mut checked.errors);
    crate::lines::locate(definition.text().trim_start_matches('\u{feff}'), &mut checked.warnings);
    checked
}

/// Judges the messages in providers' own forms, which connectors know: `judge` gets the kind of channel and the message, and says what is wrong.
pub fn check_native(definition: &Definition, checked: &mut Checked, judge: impl Fn(&str, &Value) -> Result<(), FieldProblem>) {
    for (at, state) in definition.states.iter().enumerate() {
        if !matches!(state.kind.as_str(), "send-message" | "send-and-wait-for-reply") {
            continue;
        }
        let Some(given) = state.property(NATIVE).filter(|given| given.as_str() != Some("")) else { continue };
        let document = given.as_str().map_or_else(|| Some(given.clone()), |text| serde_json::from_str(text).ok());
        let mut wrong = |path: String, problem: FieldProblem| {
            let message = format!("{}: {path}: {}", state.name, problem.detail);
            let place = format!("{}states/{at}/properties/{}", definition.prefix, path.replace('.', "/"));
            checked.errors.push(
                FlowProblem::new("bad_native", place, message)
                    .with("widget", &state.name)
                    .with("setting", &path)
                    .with("detail", &problem.detail),
            );
        };
        let Some(Value::Object(messages)) = document else {
            wrong(
                NATIVE.into(),
                FieldProblem::new(NATIVE, "wrong_type", "a JSON object is wanted, by kind of channel: {\"whatsapp\": {…}}"),
            );
            continue;
        };
        for (kind, message) in &messages {
            if let Err(problem) = judge(kind, message) {
                wrong(problem.field.replacen(NATIVE, &format!("{NATIVE}.{kind}"), 1), problem);
            }
        }
    }
    crate::lines::locate(definition.text().trim_start_matches('\u{feff}'), &mut checked.errors);
}

fn trigger(definition: &Definition, checked: &mut Checked) {
    let path = format!("{}initial_state", definition.prefix);
    let triggers: Vec<&State> = definition.states.iter().filter(|s| s.kind == "trigger").collect();
    match (triggers.as_slice(), definition.initial.as_deref()) {
        ([], _) => {
            let message = "the flow has no trigger; add one widget of type \"trigger\"";
            checked.errors.push(FlowProblem::new("no_trigger", path, message));
        }
        ([_, second, ..], _) => {
            let message = format!("the flow has more than one trigger ({} too); keep one", second.name);
            checked.errors.push(FlowProblem::new("many_triggers", path, message).with("widget", &second.name));
        }
        ([only], None) => {
            let message = format!("\"initial_state\" is missing; the trigger {} is used", only.name);
            checked.warnings.push(FlowProblem::new("no_initial_state", path, message).with("widget", &only.name));
        }
        ([only], Some(initial)) if initial != only.name => {
            let message = format!("\"initial_state\" names {initial}, which is not the trigger; name {}", only.name);
            let problem = FlowProblem::new("initial_state", path, message);
            checked.errors.push(problem.with("widget", initial).with("trigger", &only.name));
        }
        ([only], Some(_)) if only.transitions.iter().all(|t| t.next.is_none()) => {
            let message = format!("nothing follows the trigger {}: every execution ends at once", only.name);
            checked.warnings.push(FlowProblem::new("unconnected_trigger", path, message).with("widget", &only.name));
        }
        _ => {}
    }
}

/// One widget under judgement.
struct Place<'a> {
    state: &'a State,
    path: String,
    checked: &'a mut Checked,
}

impl Place<'_> {
    fn error(&mut self, code: &str, path: &str, message: String) -> &mut FlowProblem {
        let problem = FlowProblem::new(code, format!("{}/{path}", self.path), message);
        self.checked.errors.push(problem.with("widget", &self.state.name));
        let last = self.checked.errors.len() - 1;
        &mut self.checked.errors[last]
    }

    fn warn(&mut self, code: &str, path: &str, message: String) {
        let problem = FlowProblem::new(code, format!("{}/{path}", self.path), message);
        self.checked.warnings.push(problem.with("widget", &self.state.name));
    }

    fn name(&mut self, fresh: bool) {
        let name = &self.state.name;
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if !name.chars().all(plain) {
            let message = format!("the name \"{name}\" holds more than letters, digits, _ and -; templates cannot read its variables");
            self.warn("odd_name", "name", message);
        }
        if !fresh {
            let message = format!("two widgets are called {name}; rename one of them");
            self.error("duplicate_name", "name", message);
        }
    }

    fn transitions(&mut self, definition: &Definition) {
        for (at, transition) in self.state.transitions.iter().enumerate() {
            let Some(next) = transition.next.as_deref().filter(|next| definition.state(next).is_none()) else {
                continue;
            };
            let message = format!(
                "{} sends \"{}\" to {next}, which is not in this flow; name a widget that is, or leave it empty to end there",
                self.state.name, transition.event
            );
            let problem = self.error("unknown_next", &format!("transitions/{at}/next"), message);
            problem.params.insert("next".to_owned(), next.to_owned());
            problem.params.insert("event".to_owned(), transition.event.clone());
        }
    }

    fn required(&mut self) {
        let required = widgets::required(&self.state.kind).unwrap_or_default();
        for property in required {
            if !self.filled(property) {
                self.missing(property);
            }
        }
        if matches!(self.state.kind.as_str(), "send-message" | "send-and-wait-for-reply") {
            self.cards();
        }
        match self.state.kind.as_str() {
            "split-based-on" if !split::has_subject(&self.state.properties, &self.state.transitions) => self.missing("input"),
            "send-message" | "send-and-wait-for-reply" if !["body", "media_url", "cards"].iter().any(|property| self.filled(property)) => {
                if self.state.property("message_type").and_then(Value::as_str) == Some("content_template") {
                    let message = format!("{} sends a content template, which is not supported here; give it a body", self.state.name);
                    self.warn("content_template", "properties/message_type", message);
                } else {
                    self.missing("body");
                }
            }
            _ => {}
        }
    }

    fn cards(&mut self) {
        let Some(cards) = self.state.property("cards") else { return };
        let Some((field, why)) = widgets::cards::misshapen(cards, self.state.property("choices")) else { return };
        let message = format!("{}: {field}: {why}", self.state.name);
        let problem = self.error("bad_cards", &format!("properties/{}", field.replace(['.', '['], "/").replace(']', "")), message);
        problem.params.insert("setting".to_owned(), field);
    }

    fn missing(&mut self, property: &str) {
        let message = format!("{} ({}) needs \"{property}\"; fill it in", self.state.name, self.state.kind);
        let problem = self.error("missing_setting", &format!("properties/{property}"), message);
        problem.params.insert("setting".to_owned(), property.to_owned());
    }

    fn filled(&self, property: &str) -> bool {
        self.state.property(property).is_some_and(|value| !template::text_of(value).trim().is_empty())
    }

    /// Every text of the properties, at any depth, is a template.
    fn templates(&mut self) {
        let state = self.state;
        for (key, value) in &state.properties {
            if key != "offset" {
                self.template_of(value, &format!("properties/{key}"));
            }
        }
        for (at, transition) in state.transitions.iter().enumerate() {
            for (of, condition) in transition.conditions.iter().enumerate() {
                let path = format!("transitions/{at}/conditions/{of}");
                self.template(&condition.value, &format!("{path}/value"));
                if let Some(argument) = &condition.argument {
                    self.template_of(argument, &format!("{path}/arguments"));
                }
            }
        }
    }

    fn template_of(&mut self, value: &Value, path: &str) {
        match value {
            Value::String(text) => self.template(text, path),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.template_of(item, &format!("{path}/{at}"));
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    self.template_of(member, &format!("{path}/{key}"));
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, text: &str, path: &str) {
        if let Err(error) = render::check(text) {
            let message = format!("the template of {} at {path} cannot be read: {error}", self.state.name);
            let problem = self.error("bad_template", path, message);
            problem.params.insert("line".to_owned(), error.line.to_string());
            problem.params.insert("column".to_owned(), error.column.to_string());
            problem.params.insert("detail".to_owned(), error.message);
        }
    }

    fn conditions(&mut self) {
        let state = self.state;
        if state.kind != "split-based-on" {
            return;
        }
        for (at, transition) in state.transitions.iter().enumerate().filter(|(_, t)| t.event == "match") {
            if transition.conditions.is_empty() {
                let message = format!("a branch of {} has no condition and is never taken", state.name);
                self.warn("no_condition", &format!("transitions/{at}/conditions"), message);
            }
            for (of, condition) in transition.conditions.iter().enumerate() {
                self.condition(condition, &format!("transitions/{at}/conditions/{of}"));
            }
        }
    }

    fn condition(&mut self, condition: &Condition, path: &str) {
        match &condition.predicate {
            Predicate::Unknown(name) => {
                let message = format!("{} compares by \"{name}\", which is unknown here and never true", self.state.name);
                self.warn("unknown_comparison", &format!("{path}/type"), message);
            }
            Predicate::Regex if !render::is_template(&condition.value) => {
                if let Err(bad) = Pattern::new(&condition.value) {
                    let message = format!("the pattern of {} cannot be read: {bad}", self.state.name);
                    let problem = self.error("bad_pattern", &format!("{path}/value"), message);
                    problem.params.insert("detail".to_owned(), bad.message);
                    if let Some(column) = bad.column {
                        problem.params.insert("column".to_owned(), column.to_string());
                    }
                }
            }
            _ => {}
        }
    }

    fn particulars(&mut self) {
        match self.state.kind.as_str() {
            "make-http-request" => self.http(),
            "send-to-flex" => self.attributes(),
            _ => {}
        }
    }

    fn http(&mut self) {
        if self.state.flag("add_twilio_auth") {
            let message = format!("{} asks for Twilio's credentials, which are not kept here: the request will fail", self.state.name);
            self.warn("twilio_auth", "properties/add_twilio_auth", message);
        }
        let parameters = self.state.property("parameters").and_then(Value::as_array);
        if parameters.is_some_and(|list| list.iter().any(|p| p["key"] == "method")) {
            let message = format!("{} has a parameter called \"method\", which is reserved; rename it", self.state.name);
            self.error("reserved_parameter", "properties/parameters", message);
        }
    }

    fn attributes(&mut self) {
        let Some(text) = self.state.property("attributes").and_then(Value::as_str) else {
            return;
        };
        let fixed = !render::is_template(text) && !text.trim().is_empty();
        if fixed && !serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()) {
            let message = format!("the task attributes of {} are no JSON object", self.state.name);
            self.error("bad_attributes", "properties/attributes", message);
        }
    }
}
