//! The Send API of Messenger and Instagram: what leaves, and what its answer means.

use model::card::Tap;
use model::{Capabilities, CardLimit, ChannelAccount, Feature, Problem, TextUnit, Timestamp};
use serde_json::{Value, json};

use super::events::{REACTIONS, USER_REF};
use super::graph::{self, Graph};
use super::template;
use crate::contract::*;
use crate::native::{self, Native};
use crate::repeat;
use crate::wire::text;

pub const WINDOW_S: i64 = 24 * 3600;
/// How long a person may write under the tag `HUMAN_AGENT`.
pub const HUMAN_WINDOW_S: i64 = 7 * 24 * 3600;
const PAYLOAD_LIMIT: usize = 1000;
/// The most of a file of a customer's that we take.
const MEDIA_BYTES: u64 = 32 << 20;

/// How the two differ.
pub struct Dialect<'a> {
    pub graph: Graph<'a>,
    /// Our own id, whose messages these are.
    pub own: &'a str,
    /// Whether persons of ours may answer for a week.
    pub human_agent: bool,
    /// Whether a message may carry an id of ours, and answer another one.
    pub metadata: bool,
    pub quotes: bool,
    /// What the channel takes of pictures, in bytes.
    pub picture_bytes: i64,
    /// What is said after a message that has no text of its own to say it with.
    pub profile_fields: &'static str,
    /// The page whose list of conversations knows names that the profile does not tell.
    pub participants: bool,
    pub templates: bool,
}

/// A generic template: ten elements, each with a subtitle of 80 characters.
pub const CARDS: CardLimit = CardLimit { most: 10, text: 80 };

/// What both can.
pub fn capabilities(text_limit: u32, text_unit: TextUnit, human_agent: bool) -> Capabilities {
    Capabilities {
        text_limit,
        text_unit,
        max_attachments: 10,
        max_attachment_bytes: 25 * 1024 * 1024,
        read_receipts: true,
        reply_window_s: Some(WINDOW_S),
        human_window_s: human_agent.then_some(HUMAN_WINDOW_S),
        choices: Some(model::ChoiceLimit { most: 13, title: 20 }),
        cards: Some(CARDS),
        says: [
            Feature::Image,
            Feature::Audio,
            Feature::Video,
            Feature::File,
            Feature::Reaction,
            Feature::Choice,
            Feature::Card,
            Feature::Typing,
            Feature::Read,
            Feature::Native,
        ]
        .into(),
        ..Capabilities::default()
    }
}

/// Both take message objects.
pub const NATIVE: Native =
    Native { what: "a message object of the Send API", one_of: &["attachment", "text"], ours: &["metadata", "template"], typed: false };

/// Whose answer a send is in the provider's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Free,
    Person,
    Closed,
}

fn window(dialect: &Dialect, part: &Part, heard_at: Option<Timestamp>, now: Timestamp) -> Window {
    let age_s = heard_at.map_or(i64::MAX, |at| now.since(at) / 1_000_000);
    match age_s {
        _ if part.template.is_some() => Window::Free,
        ..WINDOW_S => Window::Free,
        ..HUMAN_WINDOW_S if dialect.human_agent && part.speaker.person => Window::Person,
        _ => Window::Closed,
    }
}

/// What is refused before anything is asked.
fn refused(dialect: &Dialect, part: &Part, heard_at: Option<Timestamp>, now: Timestamp) -> Option<Problem> {
    if window(dialect, part, heard_at, now) == Window::Closed {
        return Some(closed());
    }
    let big = part.files.iter().find(|file| file.media_type.starts_with("image/") && file.bytes > dialect.picture_bytes)?;
    Some(Problem { code: "file_too_big".into(), detail: format!("The channel does not take a picture as big as {}", big.name) })
}

pub fn closed() -> Problem {
    Problem { code: "window_closed".into(), detail: "The time for a free answer is over".into() }
}

pub fn next(dialect: &Dialect, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
    let graph = &dialect.graph;
    let messages = format!("{}/messages", dialect.own);
    match work {
        Work::Part { part, heard_at, .. } if refused(dialect, part, *heard_at, now).is_some() => Step::Nothing,
        Work::Part { part, to, message, no, heard_at, .. } => {
            let tag = match window(dialect, part, *heard_at, now) {
                _ if part.template.is_some() => json!({ "messaging_type": "UTILITY" }),
                Window::Person => json!({ "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT" }),
                _ => json!({ "messaging_type": "RESPONSE" }),
            };
            graph.post(&messages, &with(tag, body(dialect, part, to, message.map(|id| repeat::tag(id, *no)))), false)
        }
        Work::Signal { to, signal, .. } => {
            let action = match signal {
                Signal::Typing(true) => "typing_on",
                Signal::Typing(false) => "typing_off",
                Signal::Read => "mark_seen",
            };
            graph.post(&messages, &json!({ "recipient": recipient(to), "sender_action": action }), true)
        }
        Work::React { to, provider_id, emoji, .. } => {
            let mut payload = json!({ "message_id": provider_id });
            if let Some(emoji) = emoji {
                payload["reaction"] = json!(reaction_name(emoji));
            }
            let action = if emoji.is_some() { "react" } else { "unreact" };
            graph.post(&messages, &json!({ "recipient": recipient(to), "sender_action": action, "payload": payload }), true)
        }
        Work::Profile { external_id, .. } if external_id.starts_with(USER_REF) => Step::Nothing,
        Work::Profile { external_id, .. } if progress.get("participants").is_some() => {
            let query = [("platform", "messenger"), ("user_id", external_id), ("fields", "participants")];
            graph.get(&format!("{}/conversations", dialect.own), &query)
        }
        Work::Profile { external_id, .. } => graph.get(&crate::wire::quoted(external_id), &[("fields", dialect.profile_fields)]),
        Work::Templates if dialect.templates => template::ask(graph, dialect.own, progress),
        // The address is signed and lasts a while; it is no place for the account's token.
        Work::Media { url } => {
            Step::Http(Request { follow_redirects: 3, max_response_bytes: MEDIA_BYTES, ..crate::wire::get(url.clone(), vec![]) })
        }
        Work::Check(name) => super::doctor::ask(graph, account, name, progress),
        Work::Revise { .. } | Work::Templates | Work::Missed { .. } | Work::Find { .. } | Work::Refresh => Step::Nothing,
    }
}

fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

fn recipient(to: &str) -> Value {
    match to.strip_prefix(USER_REF) {
        Some(reference) => json!({ "user_ref": reference }),
        None => json!({ "id": to }),
    }
}

fn reaction_name(emoji: &str) -> &str {
    let plain = emoji.trim_end_matches('\u{fe0f}');
    REACTIONS.iter().find(|(_, known)| *known == plain).map_or(emoji, |(name, _)| name)
}

fn body(dialect: &Dialect, part: &Part, to: &str, ours: Option<String>) -> Value {
    let mut message = native::of(part).cloned().unwrap_or_else(|| json!({}));
    if native::of(part).is_some() {
        // As it is.
    } else if let Some(filled) = &part.template {
        message["template"] = template::send(filled);
    } else if !part.cards.is_empty() {
        let elements: Vec<Value> = part.cards.iter().map(element).collect();
        message["attachment"] = json!({ "type": "template", "payload": { "template_type": "generic", "elements": elements } });
    } else if let Some(file) = part.files.first() {
        let kind = kind_of(&file.media_type);
        message["attachment"] = json!({ "type": kind, "payload": { "url": file.url } });
    } else {
        message["text"] = json!(part.text);
    }
    if !part.choices.is_empty() {
        message["quick_replies"] = part
            .choices
            .iter()
            .map(|choice| {
                let payload: String = choice.chars().take(PAYLOAD_LIMIT).collect();
                json!({ "content_type": "text", "title": choice, "payload": payload })
            })
            .collect();
    }
    if let (true, Some(ours)) = (dialect.metadata, ours) {
        message["metadata"] = json!(ours);
    }
    let mut body = json!({ "recipient": recipient(to), "message": message });
    if let (true, Some(mid)) = (dialect.quotes, &part.reply_to) {
        body["reply_to"] = json!({ "mid": mid });
    }
    body
}

fn element(card: &Card) -> Value {
    let mut element = json!({ "title": card.title });
    if !card.text.is_empty() {
        element["subtitle"] = json!(card.text);
    }
    if let Some(image) = &card.image {
        element["image_url"] = json!(image.url);
    }
    if !card.buttons.is_empty() {
        let button = |button: &model::CardButton| match &button.does {
            Tap::Reply(reply) => json!({ "type": "postback", "title": button.label, "payload": reply }),
            Tap::Url(url) => json!({ "type": "web_url", "title": button.label, "url": url }),
        };
        element["buttons"] = card.buttons.iter().map(button).collect();
    }
    element
}

/// A file's kind in the provider's word.
pub fn kind_of(media_type: &str) -> &'static str {
    match media_type.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}

pub fn outcome(dialect: &Dialect, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
    let graph = &dialect.graph;
    if let (Work::Part { part, heard_at, .. }, Reply::Http { body, .. }) = (work, reply)
        && body.is_empty()
        && let Some(problem) = refused(dialect, part, *heard_at, now)
    {
        return Outcome::Failed(problem);
    }
    let read = match graph::read(work, reply) {
        Ok(read) => read,
        Err(outcome) => return outcome,
    };
    match work {
        Work::Part { .. } => match text(&read.json, "message_id") {
            mid if read.ok() && !mid.is_empty() => Outcome::Sent(vec![mid.to_owned()]),
            _ => graph::unsent(graph, &read, now),
        },
        Work::Media { .. } => media(&read),
        Work::Profile { external_id, .. } => profile(dialect, external_id, progress, &read, now),
        Work::Templates if read.ok() => template::listed(progress, &read.json),
        Work::Check(name) => super::doctor::judge(graph, account, name, progress, &read, now),
        Work::Signal { .. } | Work::React { .. } if read.ok() => Outcome::Fine,
        Work::Find { .. } => Outcome::Uncertain("the provider lists no message by what we gave it".into()),
        _ => graph::undone(graph, &read, now),
    }
}

/// A file behind a signed address: refused once its time is over.
pub fn media(read: &graph::Read) -> Outcome {
    match read.status {
        200..=299 => Outcome::File { bytes: read.body.to_vec(), media_type: read.header("content-type").to_owned() },
        400 | 403 | 404 | 410 => {
            Outcome::Failed(Problem { code: "media_gone".into(), detail: "the provider no longer has this file".into() })
        }
        status => Outcome::RetryAfter { ms: 5_000, why: format!("the provider answered {status}") },
    }
}

fn profile(dialect: &Dialect, external_id: &str, progress: &Progress, read: &graph::Read, now: Timestamp) -> Outcome {
    let nobody = Outcome::Profile { name: String::new(), facts: vec![] };
    if read.ok() && read.body.is_empty() {
        return nobody;
    }
    if read.ok() && progress.get("participants").is_some() {
        let people = crate::wire::list(&read.json, "data").flat_map(|talk| {
            crate::wire::list(talk.get("participants").unwrap_or(&Value::Null), "data").filter(|person| text(person, "id") == external_id)
        });
        let name = people.map(|person| text(person, "name")).find(|name| !name.is_empty()).unwrap_or_default();
        return Outcome::Profile { name: name.to_owned(), facts: vec![] };
    }
    if read.ok() {
        let whole = format!("{} {}", text(&read.json, "first_name"), text(&read.json, "last_name"));
        let names = [text(&read.json, "name"), whole.trim(), text(&read.json, "username")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        return Outcome::Profile { name, facts: facts(&read.json) };
    }
    match graph::undone(&dialect.graph, read, now) {
        // A person who is not told of is no fault of the account's: names come with the conversations, or not at all.
        Outcome::Failed(_) if dialect.participants && progress.get("participants").is_none() => {
            Outcome::More(json!({ "participants": true }))
        }
        Outcome::Problem(problem) if problem.code == "missing_permission" => nobody,
        Outcome::Failed(_) => nobody,
        other => other,
    }
}

fn facts(profile: &Value) -> Vec<(String, String)> {
    let fields = [
        ("picture", "profile_pic"),
        ("username", "username"),
        ("locale", "locale"),
        ("utc_offset", "timezone"),
        ("gender", "gender"),
        ("followers", "follower_count"),
        ("follows_us", "is_user_follow_business"),
        ("followed_by_us", "is_business_follow_user"),
        ("verified_account", "is_verified_user"),
    ];
    let shown = |value: &Value| match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    fields.into_iter().filter_map(|(fact, key)| Some((fact.to_owned(), shown(profile.get(key)?)?))).collect()
}
