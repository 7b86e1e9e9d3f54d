//! What the platform tells us: events, in the words of the contract.

use model::inbound::{Echo, Edit, Reaction, Sender};
use model::{ChannelAccount, Extra, InboundEvent, InboundFile, InboundMessage, MessageState, Receipt, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::keyword::PROVIDER;
use crate::phone::of_person;
use crate::repeat;
use crate::wire::{list, text};

/// Every type of event there is; the schema in docs lists the same.
pub(super) const TYPES: &[&str] = &[
    "message",
    "echo",
    "edit",
    "unsend",
    "reaction",
    "receipt",
    "delivered",
    "read",
    "typing",
    "opt_out",
    "opt_in",
    "block",
    "unblock",
    "renumber",
    "touch",
];
/// Longest id of anything, in bytes.
const ID_BYTES: usize = 200;
/// Most facts told of a person at once, and files with one message.
const FACTS: usize = 20;
const FILES: usize = 20;
/// Most bytes of the platform's own notes for a conversation.
const CONTEXT_BYTES: usize = 4096;

/// What is right is taken; what is wrong is named in the answer, and kept aside.
pub(super) fn understand(account: &ChannelAccount, body: &[u8]) -> Received {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(given) = document.get("events").and_then(Value::as_array) else {
        let why = "a JSON object with a list of events is wanted".to_owned();
        return Received { answer: answer(0, std::slice::from_ref(&why)), unreadable: Some(why), ..Received::default() };
    };
    let (mut events, mut typing, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (at, event) in given.iter().enumerate() {
        match Told::read(account, event).and_then(|told| told.happened()) {
            Ok(Happened::Event(arrived)) => events.push(*arrived),
            Ok(Happened::Typing(conversation, on)) => typing.push((conversation, on)),
            Err(why) => problems.push(format!("events[{at}]{why}")),
        }
    }
    let taken = events.len() + typing.len();
    let batches = if events.is_empty() { vec![] } else { vec![Batch { account: AccountKey::This, events }] };
    let unreadable = (!problems.is_empty()).then(|| problems.join("; "));
    Received { answer: answer(taken, &problems), batches, typing, unreadable, ..Received::default() }
}

fn answer(taken: usize, problems: &[String]) -> Answer {
    let body = json!({ "taken": taken, "problems": problems }).to_string();
    Answer { status: 200, content_type: "application/json", body }
}

enum Happened {
    Event(Box<Arrived>),
    Typing(String, bool),
}

/// An event whose common fields are in order.
struct Told<'a> {
    account: &'a ChannelAccount,
    event: &'a Value,
    kind: &'a str,
    conversation: &'a str,
    at: Option<Timestamp>,
}

impl<'a> Told<'a> {
    fn read(account: &'a ChannelAccount, event: &'a Value) -> Result<Self, String> {
        let kind = text(event, "type");
        if !TYPES.contains(&kind) {
            return Err(format!(".type: {kind:?} is none of {}", TYPES.join(", ")));
        }
        let from = event.get("from").map(|from| text(from, "id")).unwrap_or_default();
        // Between two people the conversation is the customer.
        let conversation = [text(event, "conversation"), from].into_iter().find(|id| !id.is_empty()).ok_or(".conversation is missing")?;
        let at = match text(event, "at") {
            "" => None,
            said => Some(Timestamp::parse_rfc3339(said).ok_or(".at is no RFC 3339 time, e.g. 2026-01-02T03:04:05Z")?),
        };
        let told = Self { account, event, kind, conversation, at };
        for (name, id) in [("conversation", conversation), ("from.id", from)] {
            told.short(name, id)?;
        }
        Ok(told)
    }

    fn happened(&self) -> Result<Happened, String> {
        if self.kind == "typing" {
            return Ok(Happened::Typing(self.conversation.to_owned(), self.flag("on")));
        }
        let id = self.wanted("id")?;
        let event = match self.kind {
            "message" => InboundEvent::Message(self.message(id)?),
            "echo" => InboundEvent::Echo(self.echo(id)?),
            "edit" => InboundEvent::Edit(Edit {
                from: self.sender()?,
                provider_id: self.wanted("message")?.to_owned(),
                text: text(self.event, "text").to_owned(),
                no: self.event.get("no").and_then(Value::as_i64).unwrap_or(0),
            }),
            "unsend" => InboundEvent::Unsend { from: self.sender()?, provider_id: self.wanted("message")?.to_owned() },
            "reaction" => InboundEvent::Reaction(self.reaction()?),
            "receipt" => InboundEvent::Receipt(self.receipt()?),
            "delivered" => InboundEvent::Marks { delivered: Some(self.time()?), read: None },
            "read" => InboundEvent::Marks { delivered: None, read: Some(self.time()?) },
            "opt_out" | "opt_in" => {
                let message = self.message(id)?;
                let (from, text) = (message.from.clone(), message.text.clone());
                match self.kind {
                    "opt_out" => InboundEvent::OptOut { from, text, rule: PROVIDER.into(), message: Some(message) },
                    _ => InboundEvent::OptIn { from, text, rule: PROVIDER.into(), message: Some(message) },
                }
            }
            "block" | "unblock" => InboundEvent::Reach { from: self.sender()?, reachable: self.kind == "unblock" },
            "renumber" => InboundEvent::Renumber { from: self.sender()?, external_id: self.wanted("to")?.to_owned() },
            _ => InboundEvent::Touch { from: self.sender()?, what: self.word("what")? },
        };
        // A message is known by its own id; what happens to it has ids of its own.
        let external_id = if matches!(self.kind, "message" | "echo") { id.to_owned() } else { format!("{}:{id}", self.kind) };
        Ok(Happened::Event(Box::new(Arrived { external_id, keys: vec![self.conversation.to_owned()], event, provider_at: self.at })))
    }

    fn short(&self, name: &str, id: &str) -> Result<(), String> {
        if id.len() <= ID_BYTES { Ok(()) } else { Err(format!(".{name} is longer than {ID_BYTES} bytes")) }
    }

    fn wanted(&self, key: &str) -> Result<&'a str, String> {
        match text(self.event, key) {
            "" => Err(format!(".{key} is missing")),
            id => self.short(key, id).map(|()| id),
        }
    }

    fn flag(&self, key: &str) -> bool {
        self.event.get(key).and_then(Value::as_bool).unwrap_or(true)
    }

    fn time(&self) -> Result<Timestamp, String> {
        self.at.ok_or_else(|| ".at is missing: everything that left before it is meant".into())
    }

    fn word(&self, key: &str) -> Result<String, String> {
        let word = self.wanted(key)?;
        if is_word(word) { Ok(word.to_owned()) } else { Err(format!(".{key}: a word of a-z, 0-9 and _ is wanted")) }
    }

    fn sender(&self) -> Result<Sender, String> {
        let from = self.event.get("from").unwrap_or(&Value::Null);
        let id = text(from, "id");
        if id.is_empty() {
            return Err(".from.id is missing".into());
        }
        // What the platform says of a person is hearsay until they prove it; a number is spelled as everywhere.
        let phone = text(from, "phone");
        let phone = of_person(phone, None).unwrap_or_else(|| phone.to_owned());
        let own = [("phone", phone), ("email", text(from, "email").to_lowercase()), ("locale", text(from, "locale").to_owned())];
        let mut facts: Vec<(String, String)> =
            own.into_iter().map(|(key, value)| (key.to_owned(), value)).filter(|(_, value)| !value.is_empty()).collect();
        for (key, value) in from.get("facts").and_then(Value::as_object).into_iter().flatten().take(FACTS) {
            let Some(value) = value.as_str().filter(|_| is_word(key)) else {
                return Err(format!(".from.facts.{key}: a name of a-z, 0-9 and _ and a text are wanted"));
            };
            facts.push((key.clone(), value.to_owned()));
        }
        Ok(Sender { external_id: id.to_owned(), scoped: true, name: text(from, "name").to_owned(), verified: true, facts })
    }

    fn message(&self, id: &str) -> Result<InboundMessage, String> {
        let from = self.sender()?;
        let (said, choice) = (text(self.event, "text"), text(self.event, "choice"));
        let made = self.content(id)?;
        let empty = said.is_empty() && choice.is_empty() && made.files.is_empty() && made.extras.is_empty();
        // Who opts out by a button says nothing.
        if empty && self.kind == "message" {
            return Err(": there is nothing in it: text, attachments, location, contact or choice is wanted".into());
        }
        let context = self.event.get("context").cloned().unwrap_or_default();
        if context.to_string().len() > CONTEXT_BYTES {
            return Err(format!(".context is longer than {CONTEXT_BYTES} bytes"));
        }
        let raw = json!({
            "From": from.external_id, "To": self.account.address, "Body": said, "Source": "custom", "Conversation": self.conversation, "Event": self.event
        });
        Ok(InboundMessage { raw, context, from, choice: (!choice.is_empty()).then(|| choice.to_owned()), ..made })
    }

    /// What a message holds, whoever wrote it.
    fn content(&self, id: &str) -> Result<InboundMessage, String> {
        let reply_to = text(self.event, "reply_to");
        Ok(InboundMessage {
            provider_id: id.to_owned(),
            text: text(self.event, "text").to_owned(),
            files: self.files()?,
            extras: self.extras()?,
            reply_to: (!reply_to.is_empty()).then(|| reply_to.to_owned()),
            ..InboundMessage::default()
        })
    }

    fn files(&self) -> Result<Vec<InboundFile>, String> {
        let mut files = Vec::new();
        for (at, file) in list(self.event, "attachments").enumerate() {
            let url = text(file, "url");
            if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                return Err(format!(".attachments[{at}].url is no http or https address"));
            }
            if at == FILES {
                return Err(format!(".attachments: at most {FILES} are taken with one message"));
            }
            let or =
                |key: &str, usual: &str| [text(file, key), usual].into_iter().find(|word| !word.is_empty()).unwrap_or_default().to_owned();
            files.push(InboundFile::Url {
                url: url.to_owned(),
                media_type: or("media_type", "application/octet-stream"),
                name: or("name", "file"),
                sticker: file.get("sticker").and_then(Value::as_bool).unwrap_or(false),
            });
        }
        Ok(files)
    }

    fn extras(&self) -> Result<Vec<Extra>, String> {
        let mut extras = Vec::new();
        if let Some(place) = self.event.get("location").filter(|place| !place.is_null()) {
            let degrees = |key: &str, most: f64| {
                let degrees = place.get(key).and_then(Value::as_f64).filter(|degrees| degrees.abs() <= most);
                degrees.ok_or_else(|| format!(".location.{key}: degrees are wanted"))
            };
            extras.push(Extra::Location {
                latitude: degrees("latitude", 90.0)?,
                longitude: degrees("longitude", 180.0)?,
                name: text(place, "name").to_owned(),
                address: text(place, "address").to_owned(),
            });
        }
        if let Some(card) = self.event.get("contact").filter(|card| !card.is_null()) {
            let words = |key: &str| list(card, key).filter_map(Value::as_str).map(str::to_owned).collect();
            extras.push(Extra::ContactCard {
                name: text(card, "name").to_owned(),
                phones: words("phones"),
                emails: words("emails"),
                organization: text(card, "organization").to_owned(),
            });
        }
        Ok(extras)
    }

    /// A message of our side: written in the platform's own app, or ours told back with our id.
    fn echo(&self, id: &str) -> Result<Echo, String> {
        let (ours, part) = repeat::tagged(text(self.event, "ours"));
        Ok(Echo {
            to: self.sender()?,
            message: self.content(id)?,
            ours,
            part,
            elsewhere: text(self.event, "ours").is_empty(),
            app: text(self.event, "app").to_owned(),
        })
    }

    fn reaction(&self) -> Result<Reaction, String> {
        let (emoji, added) = (text(self.event, "emoji"), self.flag("added"));
        if added && emoji.is_empty() {
            return Err(".emoji is missing".into());
        }
        Ok(Reaction {
            from: self.sender()?,
            provider_id: self.wanted("message")?.to_owned(),
            emoji: emoji.to_owned(),
            added,
            alone: self.event.get("alone").and_then(Value::as_bool).unwrap_or(false),
        })
    }

    fn receipt(&self) -> Result<Receipt, String> {
        let id = self.wanted("message")?;
        let state = match text(self.event, "state") {
            "sent" => MessageState::Sent,
            "delivered" => MessageState::Delivered,
            "read" => MessageState::Read,
            "failed" => MessageState::Failed,
            other => return Err(format!(".state: {other:?} is none of sent, delivered, read, failed")),
        };
        let error = self.event.get("error").unwrap_or(&Value::Null);
        let problem = (state == MessageState::Failed).then(|| super::explain(error, "it could not be delivered"));
        let (ours, part) = repeat::tagged(id);
        Ok(Receipt { provider_id: id.to_owned(), state, problem, ours, part, through: false, recipient: String::new() })
    }
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
