//! A customer doing something in a platform's app.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Platforms, Where,
    files::File,
    provider::{self, Event},
    screen::{By, Choice, Contact, Media, Place, Reaction, Shown, Style},
    stickers,
};

/// All files of one message, in bytes.
const MEDIA_BYTES: usize = 16 * 1024 * 1024;
const TEXT_CHARS: usize = 20_000;
const FILES: usize = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    Say {
        #[serde(default)]
        text: String,
        /// At most ten, together at most 16 MiB.
        #[serde(default)]
        media: Vec<ActMedia>,
        /// The message it answers.
        #[serde(default)]
        reply_to: Option<String>,
        /// What a quick reply carries that was chosen by other means than `tap`.
        #[serde(default)]
        quick_reply: Option<String>,
    },
    /// Taps a choice of a message, named by the choice's id.
    Tap {
        message: String,
        button: String,
    },
    /// Sets a reaction; none takes it back.
    React {
        message: String,
        #[serde(default)]
        emoji: Option<String>,
    },
    /// Changes the text of an own message.
    Edit {
        message: String,
        text: String,
    },
    /// Takes an own message back.
    Unsend {
        message: String,
    },
    /// One of the drawer's stickers, by name.
    Sticker {
        sticker: String,
        #[serde(default)]
        reply_to: Option<String>,
    },
    Location {
        place: Place,
    },
    Contact {
        contact: Contact,
    },
    /// Shares something of the platform: `what` is the attachment's type there, such as `ig_reel` or `story_mention`.
    Share {
        what: String,
        #[serde(default)]
        url: String,
        #[serde(default)]
        title: String,
        #[serde(default)]
        text: String,
    },
    /// Looks at everything that came.
    Read,
    Typing {
        on: bool,
    },
    Block,
    Unblock,
    /// Comes by a link, an advertisement, or the first button; `referral` as the provider tells it.
    Start {
        #[serde(default)]
        referral: Option<Value>,
        #[serde(default)]
        payload: Option<String>,
        #[serde(default)]
        title: String,
    },
    /// Wants marketing, or no longer.
    Marketing {
        wanted: bool,
    },
    /// Somebody of the business writes in the provider's own app.
    StaffSays {
        text: String,
    },
    /// Mail: writes a letter; in a thread it is an answer, and the subject may be empty.
    Mail {
        #[serde(default)]
        subject: String,
        text: String,
        /// Empty: made from the text.
        #[serde(default)]
        html: String,
        #[serde(default)]
        media: Vec<ActMedia>,
    },
    /// Mail: notes of absence go out, or no longer.
    Away {
        on: bool,
    },
    /// Switches the device on or off.
    Power {
        on: bool,
    },
    /// Whatever else the provider could tell: members of the payload as given.
    Raw {
        #[serde(default)]
        field: Option<String>,
        json: Value,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActMedia {
    pub content_type: String,
    /// The bytes in Base64.
    pub data: String,
    pub name: String,
    /// Recorded just now, rather than chosen.
    pub voice: bool,
}

/// Why an act or a control request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl Platforms {
    /// A person does something in an account's app. The id of the message it made or concerns; empty for none.
    ///
    /// # Errors
    /// 404 for an account, person or message that is not there, 400 for what that app cannot do.
    pub fn act(&mut self, account: &str, person: &str, act: Act, now: Timestamp) -> Result<String, Refusal> {
        let config = self.account(account).map(|account| account.config.clone()).ok_or_else(|| missing("account", account))?;
        if self.id_of(account, person).is_none() {
            return Err(missing("person on this platform", person));
        }
        let provider = provider::of(config.kind);
        if let Some(why) = provider.refuses(&config, &act) {
            return Err(Refusal::new(400, why));
        }
        let can = provider.abilities(&config);
        let place = Where::new(account, person);
        let not_there = |can: bool| if can { Ok(()) } else { Err(Refusal::new(400, "This app cannot do that")) };
        match act {
            Act::Say { text, media, reply_to, quick_reply } => {
                let draft = self.draft_of_words(&place, text, &media, reply_to, now)?;
                Ok(self.said(&place, draft, quick_reply, now))
            }
            Act::Sticker { sticker, reply_to } => {
                not_there(can.sticker)?;
                let (emoji, bytes) = stickers::of(&sticker).ok_or_else(|| missing("sticker", &sticker))?;
                let file = self.own_file(&place, stickers::CONTENT_TYPE, &format!("{sticker}.webp"), Bytes::from_static(bytes), now);
                let media = vec![Media { file, content_type: stickers::CONTENT_TYPE.into(), name: sticker, voice: false }];
                let draft = Shown { kind: "sticker".into(), text: emoji.into(), media, reply_to, ..Shown::default() };
                Ok(self.said(&place, draft, None, now))
            }
            Act::Location { place: spot } => {
                not_there(can.location)?;
                let draft = Shown { kind: "location".into(), place: Some(spot), ..Shown::default() };
                Ok(self.said(&place, draft, None, now))
            }
            Act::Contact { contact } => {
                not_there(can.contact)?;
                let draft = Shown { kind: "contact".into(), contact: Some(contact), ..Shown::default() };
                Ok(self.said(&place, draft, None, now))
            }
            Act::Share { what, url, title, text } => {
                let note = serde_json::json!({ "what": what, "url": url, "title": title });
                let draft = Shown { kind: "share".into(), header: title, text, note, ..Shown::default() };
                Ok(self.said(&place, draft, None, now))
            }
            Act::Tap { message, button } => self.tap(&place, &message, &button, now),
            Act::React { message, emoji } => {
                not_there(!can.react.is_empty())?;
                self.react(&place, &message, emoji, now)
            }
            Act::Edit { message, text } => {
                not_there(can.edit)?;
                self.own(&place, &message)?;
                self.touch(&place, &message, |shown| {
                    shown.text = text;
                    shown.edits += 1;
                });
                self.announce(&place, Event::Edited(message.clone()), now);
                Ok(message)
            }
            Act::Unsend { message } => {
                not_there(can.unsend)?;
                self.own(&place, &message)?;
                self.touch(&place, &message, unsend);
                self.announce(&place, Event::Unsent(message.clone()), now);
                Ok(message)
            }
            Act::Read => {
                self.read_all(&place, now);
                Ok(String::new())
            }
            Act::Typing { on } => {
                self.announce(&place, Event::Typing(on), now);
                Ok(String::new())
            }
            Act::Block | Act::Unblock => {
                let blocked = matches!(act, Act::Block);
                self.touch_thread(&place, |thread| thread.blocked = blocked);
                self.announce(&place, Event::Blocked(blocked), now);
                Ok(String::new())
            }
            Act::Start { referral, payload, title } => {
                let thread = self.thread(&place);
                thread.last_in = Some(now);
                thread.opened = true;
                self.announce(&place, Event::Started { referral, payload, title }, now);
                Ok(String::new())
            }
            Act::Marketing { wanted } => {
                self.touch_thread(&place, |thread| thread.muted = !wanted);
                self.announce(&place, Event::Marketing { wanted }, now);
                Ok(String::new())
            }
            Act::StaffSays { text } => {
                let id = provider.message_id(&mut self.chance);
                let draft = Shown { id: id.clone(), by: By::Staff, kind: "text".into(), text, ..Shown::default() };
                self.put_on_screen(&place, draft, now);
                self.announce(&place, Event::StaffSaid(id.clone()), now);
                Ok(id)
            }
            Act::Mail { .. } | Act::Away { .. } => Err(Refusal::new(400, "This app is no mail")),
            Act::Power { on } => {
                self.touch_thread(&place, |thread| thread.off = !on);
                if on {
                    for id in std::mem::take(&mut self.thread(&place).waiting) {
                        self.arrive(&place, &id, now);
                    }
                }
                Ok(String::new())
            }
            Act::Raw { field, json } => {
                let id = provider.message_id(&mut self.chance);
                self.announce(&place, Event::Raw { field, json, id: id.clone() }, now);
                Ok(id)
            }
        }
    }

    fn draft_of_words(
        &mut self,
        place: &Where,
        text: String,
        media: &[ActMedia],
        reply_to: Option<String>,
        now: Timestamp,
    ) -> Result<Shown, Refusal> {
        if text.is_empty() && media.is_empty() {
            return Err(Refusal::new(400, "There is nothing to send"));
        }
        if text.chars().count() > TEXT_CHARS {
            return Err(Refusal::new(400, "A message has at most 20000 characters"));
        }
        if media.len() > FILES {
            return Err(Refusal::new(400, "A message has at most ten files"));
        }
        let mut files = Vec::with_capacity(media.len());
        let mut total = 0;
        for item in media {
            let bytes = STANDARD.decode(&item.data).map_err(|_| Refusal::new(400, "A file is not in Base64"))?;
            total += bytes.len();
            if total > MEDIA_BYTES {
                return Err(Refusal::new(413, "The files are larger than 16 MB"));
            }
            let content_type = media_type(&item.content_type)?;
            let file = self.own_file(place, &content_type, &item.name, Bytes::from(bytes), now);
            files.push(Media { file, content_type, name: item.name.clone(), voice: item.voice });
        }
        let kind = files.first().map_or("text", |file| kind_of(&file.content_type));
        Ok(Shown { kind: kind.into(), text, media: files, reply_to, ..Shown::default() })
    }

    fn own_file(&mut self, place: &Where, content_type: &str, name: &str, bytes: Bytes, now: Timestamp) -> String {
        let guarded = self.account(&place.account).is_some_and(|account| account.config.kind == super::Kind::Whatsapp);
        self.keep_file(File {
            account: place.account.clone(),
            content_type: content_type.to_owned(),
            name: name.to_owned(),
            bytes,
            created_at: now,
            guarded,
        })
    }

    /// Puts what a person says onto their screen and tells the account.
    fn said(&mut self, place: &Where, mut draft: Shown, quick_reply: Option<String>, now: Timestamp) -> String {
        let Some(provider) = self.provider(&place.account) else { return String::new() };
        draft.id = provider.message_id(&mut self.chance);
        draft.by = By::Person;
        let id = draft.id.clone();
        self.put_on_screen(place, draft, now);
        let thread = self.thread(place);
        thread.last_in = Some(now);
        thread.opened = true;
        self.announce(place, Event::Said { id: id.clone(), quick_reply }, now);
        id
    }

    fn put_on_screen(&mut self, place: &Where, mut draft: Shown, now: Timestamp) {
        draft.at_ms = now.as_millisecond();
        draft.arrived = true;
        draft.delivered = true;
        let id = draft.id.clone();
        self.add(place, draft);
        self.note_on_screen(place, &id, now);
    }

    fn tap(&mut self, place: &Where, message: &str, button: &str, now: Timestamp) -> Result<String, Refusal> {
        let shown = self.shown(place, message).cloned().ok_or_else(|| missing("message", message))?;
        let choice: Choice = shown.every_choice().find(|choice| choice.id == button).cloned().ok_or_else(|| missing("button", button))?;
        let person = self.people.get(&place.person).cloned();
        let text = match choice.style {
            Style::Link | Style::Call => return Ok(String::new()),
            Style::AskPhone => person.map(|person| person.phone).unwrap_or_default(),
            Style::AskEmail => person.map(|person| format!("{}@mail.example", person.key)).unwrap_or_default(),
            Style::AskPlace => return Err(Refusal::new(400, "Answer this with a location")),
            Style::Button | Style::QuickReply | Style::Row if !choice.says.is_empty() => choice.says.clone(),
            Style::Button | Style::QuickReply | Style::Row => choice.title.clone(),
        };
        if choice.style == Style::AskPhone || choice.style == Style::AskEmail || choice.style == Style::QuickReply {
            let payload = if choice.style == Style::QuickReply { choice.payload } else { text.clone() };
            let draft = Shown { kind: "text".into(), text, ..Shown::default() };
            return Ok(self.said(place, draft, Some(payload), now));
        }
        let Some(provider) = self.provider(&place.account) else { return Ok(String::new()) };
        let id = provider.message_id(&mut self.chance);
        let draft =
            Shown { id: id.clone(), by: By::Person, kind: "text".into(), text, reply_to: Some(message.to_owned()), ..Shown::default() };
        self.put_on_screen(place, draft, now);
        let thread = self.thread(place);
        thread.last_in = Some(now);
        thread.opened = true;
        self.announce(place, Event::Tapped { on: message.to_owned(), choice: choice.id, said: Some(id.clone()) }, now);
        Ok(id)
    }

    fn react(&mut self, place: &Where, message: &str, emoji: Option<String>, now: Timestamp) -> Result<String, Refusal> {
        let shown = self.shown(place, message).ok_or_else(|| missing("message", message))?;
        let before = shown.reactions.iter().find(|reaction| reaction.by == By::Person).map(|reaction| reaction.emoji.clone());
        let emoji = emoji.filter(|emoji| !emoji.is_empty());
        let (added, told) = match (&emoji, before) {
            (Some(emoji), _) => (true, emoji.clone()),
            (None, Some(before)) => (false, before),
            (None, None) => return Ok(message.to_owned()),
        };
        self.touch(place, message, |shown| {
            shown.reactions.retain(|reaction| reaction.by != By::Person);
            shown.reactions.extend(emoji.map(|emoji| Reaction { by: By::Person, emoji }));
        });
        self.announce(place, Event::Reacted { on: message.to_owned(), emoji: told, added }, now);
        Ok(message.to_owned())
    }

    fn own(&self, place: &Where, message: &str) -> Result<(), Refusal> {
        match self.shown(place, message) {
            Some(shown) if shown.by == By::Person && !shown.unsent => Ok(()),
            Some(_) => Err(Refusal::new(400, "Only an own message can be changed")),
            None => Err(missing("message", message)),
        }
    }

    fn read_all(&mut self, place: &Where, now: Timestamp) {
        let fresh: Vec<String> = self
            .thread(place)
            .messages
            .iter()
            .filter(|shown| shown.arrived && !shown.seen && shown.by != By::Person)
            .map(|shown| shown.id.clone())
            .collect();
        if fresh.is_empty() {
            return;
        }
        for id in &fresh {
            self.touch(place, id, |shown| shown.seen = true);
        }
        self.announce(place, Event::Read(fresh), now);
    }
}

pub(super) fn unsend(shown: &mut Shown) {
    shown.unsent = true;
    shown.text.clear();
    shown.header.clear();
    shown.media.clear();
    shown.place = None;
    shown.contact = None;
    shown.cards.clear();
    shown.choices.clear();
    shown.reactions.clear();
}

/// The kind of message that a file of this type makes.
pub(super) fn kind_of(content_type: &str) -> &'static str {
    match content_type.split('/').next().unwrap_or_default() {
        "image" => "image",
        "video" => "video",
        "audio" => "audio",
        _ => "file",
    }
}

/// A media type that may stand in a header.
fn media_type(text: &str) -> Result<String, Refusal> {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    match text.split_once('/') {
        Some((kind, sort)) if plain(kind) && plain(sort) && text.len() < 100 => Ok(text.to_ascii_lowercase()),
        _ => Err(Refusal::new(400, "A file's type cannot be read")),
    }
}

fn missing(what: &str, name: &str) -> Refusal {
    Refusal::new(404, format!("There is no {what} {name}"))
}
