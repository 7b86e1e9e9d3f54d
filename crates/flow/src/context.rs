//! The variables document of an execution: `flow`, `contact`, `trigger`, `widgets`, and our own notes below `seaway`.

use model::{Closed, Execution};
use serde_json::{Map, Value, json};

/// What the engine knows better than the document and writes into it before each [`crate::advance`].
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings {
    /// Our number or page, as `flow.channel.address`.
    pub channel_address: String,
    /// The conversation, as `flow.channel.sid`.
    pub conversation_sid: String,
    /// The customer's address and its channel's kind, as `contact.channel`.
    pub contact_address: String,
    pub contact_channel: String,
    /// What somebody without a name may be called: the address, and empty where that is an id nobody would say.
    pub contact_alias: String,
    /// Empty when unknown.
    pub contact_name: String,
    /// The likely language, such as `de`; empty when unknown.
    pub contact_language: String,
    /// `contact.facts`: an object of texts.
    pub facts: Value,
    /// `contact.fields`: what stands in the contact's custom fields, numbers as numbers, yes and no as true and false.
    pub fields: Value,
    /// That nobody is there on this channel account for now, as `flow.hours`.
    pub closed: Option<Closed>,
    /// What the bot wanted remembered of this conversation; null at first.
    pub memory: Value,
}

/// Writes the surroundings into an execution's context; everything else stays.
pub fn refresh(execution: &mut Execution, now: Surroundings) {
    let context = object(&mut execution.context);
    let flow = object(entry(context, "flow"));
    let channel = json!({ "address": now.channel_address, "sid": now.conversation_sid });
    flow.insert("channel".to_owned(), channel);
    let hours = match now.closed {
        Some(Closed { opens_at, reason }) => json!({ "open": false, "opens_at": opens_at, "reason": reason }),
        None => json!({ "open": true, "opens_at": null, "reason": "" }),
    };
    flow.insert("hours".to_owned(), hours);
    let facts = if now.facts.is_object() { now.facts } else { json!({}) };
    let contact = json!({
        "channel": { "address": now.contact_address, "type": now.contact_channel, "alias": now.contact_alias },
        "name": now.contact_name,
        "language": now.contact_language,
        "facts": facts,
        "fields": if now.fields.is_object() { now.fields } else { json!({}) },
    });
    context.insert("contact".to_owned(), contact);
    notes(&mut execution.context).insert("memory".to_owned(), now.memory);
}

/// The customer's last message in this execution (PascalCase), null before the first.
pub fn last_message(execution: &Execution) -> &Value {
    note(execution, "message")
}

/// Lays out an execution's document for its start.
pub(crate) fn begin(execution: &mut Execution, trigger: Value, data: Value) {
    let (flow_sid, sid) = (execution.flow_id.to_string(), execution.id.to_string());
    let revision = execution.revision;
    let context = object(&mut execution.context);
    let flow = object(entry(context, "flow"));
    flow.insert("flow_sid".to_owned(), flow_sid.into());
    flow.insert("sid".to_owned(), sid.into());
    flow.insert("revision".to_owned(), revision.into());
    flow.insert("data".to_owned(), if data.is_null() { json!({}) } else { data });
    flow.insert("variables".to_owned(), json!({}));
    object(entry(object(entry(context, "contact")), "facts"));
    context.insert("trigger".to_owned(), if trigger.is_object() { trigger } else { json!({}) });
    context.insert("widgets".to_owned(), json!({}));
}

/// The object at a key, made when it is missing or something else.
pub(crate) fn entry<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Value {
    map.entry(key.to_owned()).or_insert_with(|| json!({}))
}

pub(crate) fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(map) => map,
        // Set to an object just above.
        _ => unreachable!("an object"),
    }
}

/// The object below `context`, through keys that are made on the way.
pub(crate) fn at<'a>(context: &'a mut Value, path: &[&str]) -> &'a mut Map<String, Value> {
    let mut here = context;
    for key in path {
        here = entry(object(here), key);
    }
    object(here)
}

/// Our own notes: last message, memory, the current step's state.
pub(crate) fn notes(context: &mut Value) -> &mut Map<String, Value> {
    at(context, &["seaway"])
}

pub(crate) fn note<'a>(execution: &'a Execution, key: &str) -> &'a Value {
    &execution.context["seaway"][key]
}
