//! A visitor's browser: webchat has no provider, so what our own door delivers to whoever visits is the ledger.
//!
//! It is a browser whose sockets are blocked: it opens a chat with a ticket, says by its site's signed word who visits, posts, asks each
//! second for what is new, and acknowledges what it was given.

use std::collections::{BTreeMap, VecDeque};

use base64::{Engine, engine::general_purpose};
use connectors::signature::hmac_sha256;
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer};
use emulators::platform::{
    Accepted, Act, ActMedia, By, Card, Choice, Contact, Faults, Ledger, Media, Place, Refusal, Request, Shown, Signal, Style,
};
use emulators::platform::{WebhookKind, WebhookTry};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Emulated;
use crate::channel::MIA;

pub const SITE: &str = "https://shop.example";
pub const IDENTITY_SECRET: &str = "a secret of the shop, long enough";
const LOOK_MS: i64 = 1_000;
/// Slower answers are given up, in milliseconds.
const PATIENCE_MS: u64 = 15_000;
/// What did not reach us is said again so much later, in seconds.
const AGAIN_S: i64 = 5;

pub struct OnBrowser {
    /// Where the chat is: `http://webchat.localhost:8080/webchat/KA…`.
    chat: String,
    account: String,
    name: String,
    token: Option<String>,
    /// What is still to be asked, in order.
    waiting: VecDeque<Asks>,
    asked: BTreeMap<u64, Asks>,
    next_id: u64,
    looked_at: Timestamp,
    messages: Vec<Value>,
    position: i64,
    /// Each message that was posted.
    told: Vec<WebhookTry>,
    faults: Faults,
    /// What did not reach us, and when it is said again.
    again: VecDeque<(Timestamp, Asks)>,
}

#[derive(Clone)]
enum Asks {
    Ticket,
    Session { ticket: String },
    Identify,
    File { files: Vec<ActMedia>, done: Vec<String>, text: String, client_id: String },
    Message { text: String, files: Vec<String>, client_id: String },
    Look,
    Ack { seen: bool },
}

impl OnBrowser {
    /// `account`: the channel account's id as paths name it.
    pub fn new(account: &str, name: &str) -> Self {
        Self {
            chat: format!("http://webchat.localhost:8080/webchat/{account}"),
            account: account.to_owned(),
            name: name.to_owned(),
            token: None,
            waiting: VecDeque::from([Asks::Ticket]),
            asked: BTreeMap::new(),
            next_id: 0,
            looked_at: Timestamp::UNIX_EPOCH,
            messages: vec![],
            position: 0,
            told: vec![],
            faults: Faults::default(),
            again: VecDeque::new(),
        }
    }

    /// The site's word about who visits.
    fn signed_word(&self, now: Timestamp) -> String {
        let coded = |bytes: &[u8]| general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let claims = json!({
            "aud": self.account, "sub": "customer-1", "jti": now.as_microsecond().to_string(), "exp": now.as_second() + 600, "name": self.name,
        });
        let said = format!("{}.{}", coded(br#"{"alg":"HS256","typ":"JWT"}"#), coded(claims.to_string().as_bytes()));
        let proof = coded(&hmac_sha256(IDENTITY_SECRET.as_bytes(), said.as_bytes()));
        format!("{said}.{proof}")
    }

    fn ask(&mut self, asks: Asks, now: Timestamp) -> Callback {
        let text = |body: Value| (String::from("application/json"), body.to_string().into_bytes());
        let (method, path, (content_type, body)) = match &asks {
            Asks::Ticket => ("POST", "ticket", text(json!({}))),
            Asks::Session { ticket } => ("POST", "session", text(json!({ "ticket": ticket, "language": "de" }))),
            Asks::Identify => ("POST", "identify", text(json!({ "jwt": self.signed_word(now) }))),
            Asks::File { files, done, .. } => ("POST", "files", form(&files[done.len()])),
            Asks::Message { text: said, files, client_id } => {
                ("POST", "messages", text(json!({ "client_id": client_id, "text": said, "attachment_ids": files })))
            }
            Asks::Look => ("GET", "messages?limit=100", Default::default()),
            Asks::Ack { seen } => ("POST", "ack", text(json!({ "pos": self.position, "seen": if *seen { self.position } else { 0 } }))),
        };
        let kind = match &asks {
            Asks::Message { .. } => WebhookKind::Inbound,
            // What a browser does by itself is never held back by a story.
            _ => WebhookKind::Handshake,
        };
        let mut headers = vec![("host".to_owned(), "webchat.localhost:8080".to_owned()), ("origin".into(), SITE.into())];
        headers.extend(self.token.as_ref().map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
        if method == "POST" {
            headers.push(("content-type".into(), content_type));
        }
        self.next_id += 1;
        let id = self.next_id;
        let url = format!("{}/{path}", self.chat);
        self.told.push(WebhookTry { what: path.to_owned(), ..WebhookTry::first(id, kind, url.clone(), now) });
        self.asked.insert(id, asks);
        Callback { id, kind, method, url, headers, form: vec![], json: Some(body.into()), connect_timeout_ms: 0, timeout_ms: 0 }
    }

    /// What comes of an answer.
    fn hear(&mut self, asks: Asks, said: &Value) {
        let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        match asks {
            Asks::Ticket => self.waiting.push_front(Asks::Session { ticket: word("ticket") }),
            Asks::Session { .. } => {
                self.token = Some(word("token"));
                self.waiting.push_front(Asks::Identify);
            }
            Asks::Identify => {
                if let Some(token) = said["token"].as_str() {
                    self.token = Some(token.to_owned());
                }
            }
            Asks::File { files, mut done, text, client_id } => {
                done.push(word("id"));
                self.waiting.push_front(match done.len() == files.len() {
                    true => Asks::Message { text, files: done, client_id },
                    false => Asks::File { files, done, text, client_id },
                });
            }
            Asks::Look => {
                self.messages = said["items"].as_array().cloned().unwrap_or_default();
                let position = said["position"].as_i64().unwrap_or(0);
                if position > self.position {
                    self.position = position;
                    self.waiting.push_back(Asks::Ack { seen: false });
                }
            }
            Asks::Message { .. } | Asks::Ack { .. } => {}
        }
    }

    fn post(&mut self, text: String, files: Vec<ActMedia>) -> String {
        let client_id = format!("c-{}", self.told.len() + self.waiting.len());
        self.waiting.push_back(match files.is_empty() {
            true => Asks::Message { text, files: vec![], client_id: client_id.clone() },
            false => Asks::File { files, done: vec![], text, client_id: client_id.clone() },
        });
        client_id
    }
}

/// A file as a form of one field: its content type and its bytes.
fn form(file: &ActMedia) -> (String, Vec<u8>) {
    let name: String = file.name.chars().map(|c| if c.is_control() || c == '"' { '_' } else { c }).collect();
    let head = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
        file.content_type
    );
    let bytes = general_purpose::STANDARD.decode(&file.data).unwrap_or_default();
    ("multipart/form-data; boundary=b0undary".into(), [head.as_bytes(), &bytes, b"\r\n--b0undary--\r\n"].concat())
}

impl Emulated for OnBrowser {
    fn asked(&mut self, _request: &Request, _now: Timestamp) -> HttpAnswer {
        HttpAnswer::empty(404)
    }

    fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        let opening = |asks: &Asks| matches!(asks, Asks::Ticket | Asks::Session { .. } | Asks::Identify);
        let mut due = Vec::new();
        while self.again.front().is_some_and(|(at, _)| *at <= now) {
            self.waiting.extend(self.again.pop_front().map(|(_, asks)| asks));
        }
        // Until the chat is open, one thing is asked after the other.
        while let Some(asks) = self.waiting.pop_front() {
            let opens = opening(&asks);
            let times = if matches!(asks, Asks::Message { .. }) { 1 + self.faults.duplicate } else { 1 };
            if matches!(asks, Asks::Message { .. }) && Faults::strike(&mut self.faults.drop_webhook) {
                self.again.push_back((now + jiff::SignedDuration::from_secs(AGAIN_S), asks));
                continue;
            }
            for _ in 0..times {
                due.push(self.ask(asks.clone(), now));
            }
            if opens {
                break;
            }
        }
        if due.is_empty() && self.token.is_some() && now.as_millisecond() - self.looked_at.as_millisecond() >= LOOK_MS {
            self.looked_at = now;
            if !Faults::strike(&mut self.faults.lose_request) {
                due.push(self.ask(Asks::Look, now));
            }
        }
        due
    }
    fn next_due(&self) -> Option<Timestamp> {
        None
    }
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        let Some(asks) = self.asked.remove(&id) else { return };
        let told = self.told.iter_mut().find(|told| told.id == id);
        let CallbackAnswer::Answered { status, body, .. } = answer else { return };
        if let Some(told) = told {
            (told.answered_at, told.answer_status) = (Some(now), Some(status));
        }
        let looks = matches!(asks, Asks::Look);
        if looks && (self.faults.answer_delay_ms > PATIENCE_MS || Faults::strike(&mut self.faults.drop_response)) {
            return;
        }
        if status == 200 {
            self.hear(asks, &serde_json::from_slice(&body).unwrap_or_default());
        }
    }

    fn act(&mut self, act: Act, _now: Timestamp) -> Result<String, Refusal> {
        match act {
            Act::Say { text, media, .. } => Ok(self.post(text, media)),
            // A choice is tapped by saying it.
            Act::Tap { button, .. } => Ok(self.post(button, vec![])),
            Act::Read => {
                self.waiting.push_back(Asks::Ack { seen: true });
                Ok(String::new())
            }
            _ => Err(Refusal::new(400, "A visitor cannot do that")),
        }
    }

    fn screen(&self) -> Vec<Shown> {
        let word = |json: &Value, name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let list = |json: &Value, name: &str| json[name].as_array().cloned().unwrap_or_default();
        // Lines about the talk are no part of it.
        let said = self.messages.iter().filter(|one| one["from"] != "system" && one["notice"].is_null());
        let shown = said.map(|one| Shown {
            position: one["pos"].as_u64().unwrap_or(0),
            person: MIA.into(),
            id: word(one, "id"),
            by: if one["from"] == "me" { By::Person } else { By::Business },
            kind: "text".into(),
            text: word(one, "text"),
            media: list(one, "attachments")
                .iter()
                .filter(|file| file["url"].is_string())
                .map(|file| Media { file: word(file, "url"), content_type: word(file, "type"), ..Media::default() })
                .collect(),
            choices: list(one, "choices")
                .iter()
                .filter_map(Value::as_str)
                .map(|title| Choice { id: title.into(), style: Style::Button, title: title.into(), ..Choice::default() })
                .collect(),
            cards: list(one, "cards").iter().map(card).collect(),
            at_ms: one["pos"].as_i64().unwrap_or(0),
            place: list(one, "extras").iter().find(|extra| extra["kind"] == "location").map(|extra| Place {
                latitude: extra["latitude"].as_f64().unwrap_or_default(),
                longitude: extra["longitude"].as_f64().unwrap_or_default(),
                name: word(extra, "name"),
                address: word(extra, "address"),
            }),
            contact: list(one, "extras").iter().find(|extra| extra["kind"] == "contact_card").map(|extra| Contact {
                name: word(extra, "name"),
                phone: extra["phones"][0].as_str().unwrap_or_default().to_owned(),
                email: extra["emails"][0].as_str().unwrap_or_default().to_owned(),
            }),
            edits: u32::from(one["edited"] == true),
            unsent: one["unsent"] == true,
            seen: one["state"] == "read",
            arrived: true,
            ..Shown::default()
        });
        shown.collect()
    }

    fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// What was accepted is what the browser was given.
    fn ledger(&self) -> Ledger {
        let screen = self.screen();
        let ours = screen.iter().filter(|one| one.by == By::Business).map(|one| Accepted {
            id: one.id.clone(),
            at: self.looked_at,
            person: MIA.into(),
            kind: "text".into(),
            text: one.text.clone(),
            body: Value::Null,
        });
        let read = screen.iter().filter(|one| one.by == By::Person && one.seen).map(|one| Signal {
            at: self.looked_at,
            person: MIA.into(),
            what: "seen".into(),
            message: one.id.clone(),
        });
        Ledger { accepted: ours.collect(), signals: read.collect(), webhooks: self.told.clone(), ..Ledger::default() }
    }
}

/// A card as the frame draws it. A button is tapped by saying what it stands for.
fn card(json: &Value) -> Card {
    let word = |json: &Value, name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let buttons = json["buttons"].as_array().into_iter().flatten();
    let choice = |button: &Value| Choice {
        id: word(button, "reply"),
        style: if button["url"].is_string() { Style::Link } else { Style::Button },
        title: word(button, "label"),
        url: word(button, "url"),
        ..Choice::default()
    };
    Card {
        title: word(json, "title"),
        subtitle: word(json, "text"),
        image: json["image"]["id"].as_str().map_or_else(|| word(json, "link"), str::to_owned),
        choices: buttons.map(choice).collect(),
    }
}
