//! What people do with what a bot puts before them: buttons, lists, commands, forms. Discord wants an answer within three seconds, so it is
//! told at once that we heard.

use model::inbound::Sender;
use model::{InboundEvent, InboundMessage};
use serde_json::{Value, json};

use super::inbound::{Ear, notes, of, raw, sender};
use super::{base, made_at};
use crate::contract::*;
use crate::wire::{list, post_json, quoted, text};

/// Kinds of interactions.
const PING: i64 = 1;
const COMMAND: i64 = 2;
const COMPONENT: i64 = 3;
const AUTOCOMPLETE: i64 = 4;
const FORM: i64 = 5;

/// Told by the gateway: our answer is a request.
pub(super) fn told(ear: &Ear, interaction: &Value) -> Result<Received, String> {
    let (answer, mut received) = understood(ear, interaction)?;
    let (id, token) = (text(interaction, "id"), text(interaction, "token"));
    let url = format!("{}/interactions/{}/{}/callback", base(ear.account, "api_base_url"), quoted(id), quoted(token));
    received.then = vec![Step::Http(post_json(url, vec![], &answer, false))];
    Ok(received)
}

/// Told by a request: its answer is ours.
pub(super) fn request(account: &model::ChannelAccount, body: &[u8]) -> Received {
    let unreadable = |why: &str| Received { unreadable: Some(why.into()), ..Received::default() };
    let Ok(json) = serde_json::from_slice::<Value>(body) else { return unreadable("an interaction that is no JSON") };
    // What happens to the application as a whole comes the same way, and wants no words.
    let kind = json.get("type").and_then(Value::as_i64);
    if kind == Some(0) || json.get("event").is_some() {
        return Received { answer: Answer { status: 204, ..Answer::default() }, ..Received::default() };
    }
    let answer = |json: &Value| Answer { status: 200, content_type: "application/json", body: json.to_string() };
    if kind == Some(PING) {
        return Received { answer: answer(&json!({ "type": 1 })), ..Received::default() };
    }
    match understood(&Ear::of(account), &json) {
        Ok((said, received)) => Received { answer: answer(&said), ..received },
        Err(why) => unreadable(&why),
    }
}

/// What to answer, and what it means.
fn understood(ear: &Ear, interaction: &Value) -> Result<(Value, Received), String> {
    let none = Value::Null;
    let (id, channel) = (text(interaction, "id"), text(interaction, "channel_id"));
    let data = interaction.get("data").unwrap_or(&none);
    let kind = interaction.get("type").and_then(Value::as_i64).unwrap_or_default();
    if id.is_empty() {
        return Err("an interaction without an id".into());
    }
    if kind == AUTOCOMPLETE {
        return Ok((json!({ "type": 8, "data": { "choices": [] } }), Received::default()));
    }
    let member = interaction.get("member").unwrap_or(&none);
    let user = member.get("user").or_else(|| interaction.get("user")).unwrap_or(&none);
    if channel.is_empty() || text(user, "id").is_empty() {
        return Err("an interaction of nobody".into());
    }
    let message = interaction.get("message").filter(|message| message.is_object());
    let (said, choice) = match kind {
        COMPONENT => tapped(data, message.unwrap_or(&none)),
        COMMAND => (command(data), None),
        FORM => (form(data), Some(text(data, "custom_id").to_owned())),
        other => return Err(format!("an unknown kind of interaction {other}")),
    };
    // A tap leaves the message as it is; a command has none, and its caller alone sees that we heard.
    let answer = if message.is_some() { json!({ "type": 6 }) } else { json!({ "type": 4, "data": { "content": "✓", "flags": 64 } }) };
    let from = sender(ear.account, user, member);
    let direct = text(interaction, "guild_id").is_empty();
    let keys = [channel.to_owned()].into_iter().chain(direct.then(|| from.external_id.clone())).collect();
    let arrived =
        Arrived { external_id: id.to_owned(), keys, event: event(ear, interaction, from, said, choice), provider_at: made_at(id) };
    Ok((answer, of(vec![arrived])))
}

fn event(ear: &Ear, interaction: &Value, from: Sender, said: String, choice: Option<String>) -> InboundEvent {
    InboundEvent::Message(InboundMessage {
        raw: raw(ear, &from, interaction, &said),
        context: notes(interaction, false),
        from,
        provider_id: text(interaction, "id").to_owned(),
        text: said,
        choice,
        ..InboundMessage::default()
    })
}

/// The words on what was tapped or chosen, as they stand in the message, and what it carries.
fn tapped(data: &Value, message: &Value) -> (String, Option<String>) {
    let own = text(data, "custom_id");
    let values: Vec<&str> = list(data, "values").filter_map(Value::as_str).collect();
    let mut items = Vec::new();
    flatten(message, 0, &mut items);
    if let Some(item) = items.iter().find(|item| text(item, "custom_id") == own) {
        if values.is_empty() && !text(item, "label").is_empty() {
            return (text(item, "label").to_owned(), Some(own.to_owned()));
        }
        let label = |value: &&str| {
            let known = list(item, "options").find(|option| text(option, "value") == *value).map(|option| text(option, "label"));
            known.filter(|label| !label.is_empty()).unwrap_or(value).to_owned()
        };
        return (values.iter().map(label).collect::<Vec<_>>().join(", "), Some(values.join(",")));
    }
    let said = if values.is_empty() { own.to_owned() } else { values.join(", ") };
    (said.clone(), Some(said))
}

/// All components of a message, those within rows too.
fn flatten<'a>(holder: &'a Value, depth: usize, items: &mut Vec<&'a Value>) {
    for item in list(holder, "components").filter(|_| depth < 8) {
        items.push(item);
        flatten(item, depth + 1, items);
    }
}

/// A command as it was typed.
fn command(data: &Value) -> String {
    let mut words = vec![format!("/{}", text(data, "name"))];
    options(data, 0, &mut words);
    words.join(" ")
}

fn options(holder: &Value, depth: usize, words: &mut Vec<String>) {
    for option in list(holder, "options").filter(|_| depth < 4) {
        let value = option.get("value").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        words.push(value.map_or_else(|| text(option, "name").to_owned(), |value| format!("{}: {value}", text(option, "name"))));
        options(option, depth + 1, words);
    }
}

/// What was written into a form, a line for each field.
fn form(data: &Value) -> String {
    let mut items = Vec::new();
    flatten(data, 0, &mut items);
    // Newer forms put a label around each field.
    let labelled = items.iter().filter_map(|item| item.get("component"));
    let fields = items.iter().copied().chain(labelled);
    let lines: Vec<&str> = fields.map(|field| text(field, "value")).filter(|value| !value.is_empty()).collect();
    lines.join("\n")
}
