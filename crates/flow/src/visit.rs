//! One visit to a widget: what the widget may read, and what it says.

use model::{CustomField, Execution, FieldFault, FieldSubject, Step, Timestamp, Waiting, field_of};
use serde_json::{Map, Value};

use crate::context;
use crate::definition::State;
use crate::effect::Effect;
use crate::render;

/// Warnings one step keeps; a flood of ignored events must not fill the row.
const MAX_WARNINGS: usize = 20;

/// How a widget goes on.
#[derive(Debug)]
pub(crate) enum Move {
    /// Along the first connected transition of this event.
    Leave(&'static str),
    /// Along the transition of this index.
    Take(usize),
    Wait(Waiting),
    /// Something failed: along the error port if it is connected, otherwise the execution ends with these words.
    Fail {
        port: &'static str,
        code: i64,
        why: String,
    },
    /// The same widget once more, as a step of its own that is no repeat: the customer wrote while it was busy.
    Again(&'static str),
    End {
        code: i64,
        why: String,
    },
}

/// What became of something a waiting widget was told.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Not for this widget, or out of date: nothing changes.
    Nothing,
    /// It goes on waiting, but its step changed.
    Noted,
    Goes(Move),
}

pub(crate) struct Visit<'a> {
    pub state: &'a State,
    pub fields: &'a [CustomField],
    pub execution: &'a mut Execution,
    pub effects: &'a mut Vec<Effect>,
    pub now: Timestamp,
}

impl Visit<'_> {
    pub fn step_no(&self) -> i64 {
        self.execution.step_no
    }

    pub fn say(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// A text with its templates filled in, as of now.
    pub fn render(&mut self, text: &str) -> String {
        let rendered = render::render(text, &self.execution.context, self.now);
        for warning in rendered.warnings {
            self.warn(81018, warning);
        }
        rendered.text
    }

    /// A property's rendered text; `None` when the widget has no such property.
    pub fn text(&mut self, property: &str) -> Option<String> {
        let value = self.state.property(property)?;
        Some(self.render_value(value))
    }

    /// A property that is to be JSON. Where it is that before anything is filled in, each of its texts is filled in on its own: what a
    /// customer writes stays within the quotes it was put between.
    pub fn json(&mut self, property: &str) -> Option<String> {
        let text = self.state.property(property)?.as_str().filter(|text| render::is_template(text));
        match text.and_then(|text| serde_json::from_str(text).ok()) {
            Some(document) => Some(self.filled(document).to_string()),
            None => self.text(property),
        }
    }

    /// A property that is an object, or the JSON of one, with each of its texts filled in on its own.
    pub fn members(&mut self, property: &str) -> Option<Map<String, Value>> {
        let value = self.state.property(property)?;
        let document = match value.as_str() {
            Some(text) => serde_json::from_str(text).ok()?,
            None => value.clone(),
        };
        match self.filled(document) {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    fn filled(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.render(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => members.into_iter().map(|(key, member)| (key, self.filled(member))).collect(),
            other => other,
        }
    }

    /// A property's text without blanks at its ends; `None` when there is nothing.
    pub fn word(&mut self, property: &str) -> Option<String> {
        let text = self.text(property)?.trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    /// A whole number, however it is written; `None` when it is missing or none.
    pub fn number(&mut self, property: &str) -> Option<i64> {
        let text = self.word(property)?;
        let number = text.parse().ok().or_else(|| {
            let number: f64 = text.parse().ok()?;
            (number.is_finite() && number.abs() < 1e15).then_some(number as i64)
        });
        if number.is_none() {
            self.warn(81018, format!("\"{property}\" is \"{}\", which is no number", short(&text)));
        }
        number
    }

    pub fn render_value(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) => self.render(text),
            other => {
                let text = template::text_of(other);
                self.render(&text)
            }
        }
    }

    /// A list property of `{key, value}` pairs, rendered. Keys are not templates.
    pub fn pairs(&mut self, property: &str) -> Vec<(String, String)> {
        let list = self.state.property(property).and_then(Value::as_array);
        let mut pairs = Vec::new();
        for pair in list.into_iter().flatten() {
            let key = pair.get("key").map(template::text_of).unwrap_or_default();
            let value = pair.get("value").map(|value| self.render_value(value));
            if !key.trim().is_empty() {
                pairs.push((key.trim().to_owned(), value.unwrap_or_default()));
            }
        }
        pairs
    }

    pub fn warn(&mut self, code: i64, text: impl Into<String>) {
        let step = self.step_notes();
        let list = step.entry("warnings").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(list) = list.as_array_mut().filter(|list| list.len() < MAX_WARNINGS) {
            list.push(serde_json::json!([code, text.into()]));
        }
    }

    /// What this visit keeps between inputs; gone with the next step.
    pub fn step_notes(&mut self) -> &mut Map<String, Value> {
        context::at(&mut self.execution.context, &["seaway", "step"])
    }

    /// Puts a value at `widgets.<name>.<key>`.
    pub fn output(&mut self, key: &str, value: impl Into<Value>) {
        self.outputs().insert(key.to_owned(), value.into());
    }

    pub fn outputs(&mut self) -> &mut Map<String, Value> {
        let name = self.state.name.as_str();
        context::at(&mut self.execution.context, &["widgets", name])
    }

    /// From now on this is what the customer said last.
    pub fn hears(&mut self, message: &Value) {
        context::notes(&mut self.execution.context).insert("message".to_owned(), message.clone());
    }

    /// Keeps a fact of the contact. Where its key is a custom field's it has to fit; what does not changes nothing.
    pub fn learn(&mut self, key: String, value: String) {
        let field = field_of(self.fields, FieldSubject::Contact, &key);
        let value = match field.map(|field| field.check(&value)) {
            Some(Ok(value)) => value,
            Some(Err(fault)) => return self.misfit("contact", &key, &value, fault),
            None => value,
        };
        if let Some(field) = field {
            let typed = context::at(&mut self.execution.context, &["contact", "fields"]);
            typed.insert(key.clone(), field.typed(&value));
        }
        let facts = context::at(&mut self.execution.context, &["contact", "facts"]);
        facts.insert(key.clone(), value.clone().into());
        self.say(Effect::Learn { key, value });
    }

    pub fn misfit(&mut self, subject: &str, key: &str, value: &str, fault: FieldFault) {
        let takes = fault.takes();
        self.warn(81018, format!("the {subject}'s field {key} {takes}; \"{}\" was not kept", short(value)));
    }

    /// The line of the step log for this visit as it stands.
    pub fn step(&mut self, event: Option<String>, next: Option<String>) -> Step {
        let context = &self.execution.context;
        let notes = &context["seaway"]["step"];
        let at = notes["at"].as_i64().map_or(self.now, Timestamp::from_micros);
        let warnings = notes["warnings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|warning| Some((warning[0].as_i64()?, warning[1].as_str()?.to_owned())));
        Step {
            execution_id: self.execution.id,
            no: self.execution.step_no,
            widget: self.state.name.clone(),
            kind: self.state.kind.clone(),
            event,
            next,
            at,
            warnings: warnings.collect(),
            output: context["widgets"][self.state.name.as_str()].clone(),
        }
    }
}

/// The beginning of a text, for messages.
pub(crate) fn short(text: &str) -> String {
    let mut start: String = text.chars().take(60).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}
