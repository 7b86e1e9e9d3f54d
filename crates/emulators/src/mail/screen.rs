//! What stands in a person's mail app: letters of both sides, thread by thread.

use bytes::Bytes;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Delivered, Mail, letter};
use crate::carrier::keep;
use crate::platform::Abilities;

/// So many letters of one person are kept; the oldest go.
const KEPT: usize = 2_000;

/// A letter as the app shows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Shown {
    pub position: u64,
    /// Its Message-ID.
    pub id: String,
    /// The Message-ID of the first letter of its thread.
    pub thread: String,
    /// The mailbox at the other end.
    pub mailbox: String,
    /// The person wrote it.
    pub mine: bool,
    pub author: String,
    pub subject: String,
    pub text: String,
    /// Ids of files.
    pub files: Vec<String>,
    /// Whom an answer goes to.
    pub answer_to: String,
    /// The head's chain, with this letter's own id at its end.
    pub references: String,
    /// Written by a machine.
    pub automatic: bool,
    pub at_ms: i64,
}

impl Mail {
    /// The mailboxes one can write to, each a talk on the phone: address, name, and what people can do.
    pub fn mailboxes_json(&self) -> Vec<Value> {
        let can = Abilities { file: true, voice: true, ..Abilities::default() };
        let one = |mailbox: &super::Mailbox| {
            let config = &mailbox.config;
            let name = if config.name.is_empty() { &config.address } else { &config.name };
            json!({ "id": config.address, "kind": "email", "name": name, "handle": config.address, "can": can })
        };
        self.mailboxes.values().map(one).collect()
    }

    pub fn is_mailbox(&self, address: &str) -> bool {
        self.mailboxes.contains_key(address)
    }

    /// A file as the app shows it: its type and its bytes.
    pub fn file_bytes_of(&self, id: &str) -> Option<(&str, Bytes)> {
        self.files.get(id).map(|(kind, _, bytes)| (kind.as_str(), bytes.clone()))
    }

    /// Where a new mail is written, and each thread with the letters that came after a position; the newest thread first.
    pub fn screens_json(&self, mailbox: &str, person: &str, after: u64) -> Vec<Value> {
        if !self.people.contains_key(person) || !self.mailboxes.contains_key(mailbox) {
            return Vec::new();
        }
        let none = super::App::default();
        let app = self.apps.get(person).unwrap_or(&none);
        let mut threads: Vec<&str> = Vec::new();
        for one in app.letters.iter().rev().filter(|one| one.mailbox == mailbox) {
            if !threads.contains(&one.thread.as_str()) {
                threads.push(&one.thread);
            }
        }
        let place = |place: &str, sort: &str, name: &str, messages: Vec<Value>| {
            json!({
                "account": mailbox, "person": person, "place": place, "sort": sort, "name": name, "server": "", "messages": messages,
                "typing_until_ms": 0, "blocked": false, "off": false, "away": app.away, "opened": true,
            })
        };
        let mut screens = vec![place("", "direct", "", Vec::new())];
        for thread in threads {
            let of_thread = || app.letters.iter().filter(move |one| one.thread == thread && one.mailbox == mailbox);
            let name = of_thread().next().map_or("", |first| first.subject.as_str());
            let messages = of_thread().filter(|one| one.position > after).map(|one| self.drawn(one)).collect();
            screens.push(place(thread, "thread", name, messages));
        }
        screens
    }

    /// A letter with the fields that every app's messages have.
    fn drawn(&self, one: &Shown) -> Value {
        let file = |id: &String| {
            let (kind, name, _) = self.files.get(id)?;
            Some(json!({ "file": id, "content_type": kind, "name": name, "voice": false }))
        };
        json!({
            "position": one.position, "id": one.id, "by": if one.mine { "person" } else { "business" }, "author": one.author, "app": false, "kind": "text",
            "text": one.text, "header": "", "footer": "", "media": one.files.iter().filter_map(file).collect::<Vec<_>>(), "place": null, "contact": null,
            "cards": [], "choices": [], "list_label": "", "reply_to": null, "reactions": [], "edits": 0, "unsent": false, "at_ms": one.at_ms,
            "delivered": true, "seen": true, "automatic": one.automatic,
        })
    }

    /// Shows what came to a person.
    pub(super) fn show_arrived(&mut self, key: &str, bytes: &[u8], now: Timestamp) {
        let Some(parsed) = MessageParser::default().parse(bytes) else { return };
        let from = letter::address_in(&letter::header(bytes, "from"));
        let mailbox = letter::without_plus(&from);
        // A report comes from the server itself; it stands beside the letters to whoever is written to.
        let mailbox =
            if self.mailboxes.contains_key(&mailbox) { mailbox } else { self.mailboxes.keys().next().cloned().unwrap_or_default() };
        let files = parsed.attachments().map(|part| {
            let kind = part.content_type().map_or("application/octet-stream".to_owned(), |kind| match kind.subtype() {
                Some(sort) => format!("{}/{sort}", kind.ctype()),
                None => kind.ctype().to_owned(),
            });
            (kind, part.attachment_name().unwrap_or("file").to_owned(), Bytes::copy_from_slice(part.contents()))
        });
        let files: Vec<_> = files.collect();
        let author = parsed.from().and_then(|from| from.first()).and_then(|one| one.name()).unwrap_or(&from).to_owned();
        let answer_to = match letter::header(bytes, "reply-to") {
            reply if reply.is_empty() => from.clone(),
            reply => letter::address_in(&reply),
        };
        let id = letter::id_of(bytes, "message-id");
        let to = self.people.get(key).map(|person| person.address.clone()).unwrap_or_default();
        keep(&mut self.ledger.delivered, Delivered { at: now, to, message_id: id.clone(), uid: None });
        // An app shows a letter once, however often it came under its id.
        let known = self.apps.get(key).is_some_and(|app| app.letters.iter().any(|one| !one.mine && one.id == id));
        if known && !id.is_empty() {
            return;
        }
        let shown = Shown {
            id: id.clone(),
            thread: self.thread_of(key, bytes, &id),
            mailbox,
            mine: false,
            author,
            subject: parsed.subject().unwrap_or_default().to_owned(),
            text: parsed.body_text(0).unwrap_or_default().trim_end().to_owned(),
            answer_to,
            references: format!("{} <{id}>", letter::header(bytes, "references")).trim().to_owned(),
            automatic: !matches!(letter::header(bytes, "auto-submitted").as_str(), "" | "no"),
            ..Shown::default()
        };
        self.show(key, shown, files, now);
    }

    /// The thread that a letter belongs to: of what it answers, by whichever of its references is known.
    fn thread_of(&self, key: &str, bytes: &[u8], own: &str) -> String {
        let chain = format!("{} {}", letter::header(bytes, "references"), letter::header(bytes, "in-reply-to"));
        let ids: Vec<&str> = chain.split_whitespace().map(|id| id.trim_matches(['<', '>', ','])).filter(|id| !id.is_empty()).collect();
        let letters = self.apps.get(key).map(|app| app.letters.as_slice()).unwrap_or_default();
        let known = ids.iter().rev().find_map(|id| letters.iter().find(|one| one.id == **id));
        known.map(|one| one.thread.clone()).unwrap_or_else(|| ids.first().map_or(own, |first| *first).to_owned())
    }

    pub(super) fn show(&mut self, key: &str, mut shown: Shown, files: Vec<(String, String, Bytes)>, now: Timestamp) {
        self.position += 1;
        shown.position = self.position;
        shown.at_ms = now.as_millisecond();
        for file in files {
            let id = format!("mail-{:016x}", self.chance.up_to(u64::MAX - 1));
            self.files.insert(id.clone(), file);
            shown.files.push(id);
        }
        let letters = &mut self.apps.entry(key.to_owned()).or_default().letters;
        let gone: Vec<Shown> = if letters.len() >= KEPT { letters.drain(..KEPT / 10).collect() } else { Vec::new() };
        letters.push(shown);
        for id in gone.iter().flat_map(|one| &one.files) {
            self.files.remove(id);
        }
    }
}
