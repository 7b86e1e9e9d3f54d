//! A bot at Discord: its events come as frames of a line that is kept open here, without a socket.

use bytes::Bytes;
use connectors::discord::place::{Place, cursor_key, told_key};
use connectors::{Door, Reply};
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer};
use emulators::discord::{self, Discord, Out, Written};
use emulators::platform::{Accepted, Act, By, Card, Choice, Faults, Ledger, Media, Reaction, Refusal, Refused, Request, Shown, Signal};
use emulators::platform::{Style, WebhookKind, WebhookTry};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Emulated, FRAME};
use crate::channel::MIA;

/// More often than the gateway asks for, so that a leap of the clock never finds us silent.
const BEAT_MS: i64 = 20_000;
/// A line that broke is opened again so much later, in seconds.
const AGAIN_S: i64 = 5;

pub struct OnDiscord {
    discord: Discord,
    bot: &'static str,
    token: &'static str,
    link: Option<u64>,
    /// The line is broken until then.
    again_at: Option<Timestamp>,
    place: Option<Place>,
    /// The number of the newest event of the session.
    number: u64,
    beat_at: Timestamp,
    /// Each frame that was handed on.
    told: Vec<WebhookTry>,
    /// What left while somebody else was at the door.
    waiting: Vec<(u64, Out)>,
}

impl OnDiscord {
    pub fn new(discord: Discord, bot: &'static str, token: &'static str) -> Self {
        Self {
            discord,
            bot,
            token,
            link: None,
            again_at: None,
            place: None,
            number: 0,
            beat_at: Timestamp::UNIX_EPOCH,
            told: vec![],
            waiting: vec![],
        }
    }

    fn say(&mut self, frame: &Value, now: Timestamp) {
        if let Some(link) = self.link {
            self.discord.heard(link, &frame.to_string(), now);
        }
    }

    /// Goes on in the session that stands, or begins one.
    fn greet(&mut self, now: Timestamp) {
        self.link = Some(self.discord.open(now));
        self.beat_at = now;
        let frame = match &self.place {
            Some(place) => json!({ "op": 6, "d": { "token": self.token, "session_id": place.session, "seq": self.number } }),
            None => {
                let properties = json!({ "os": "linux", "browser": "seaway", "device": "seaway" });
                json!({ "op": 2, "d": { "token": self.token, "intents": connectors::discord::INTENTS, "properties": properties } })
            }
        };
        self.say(&frame, now);
    }

    /// What the gateway says: an event is handed on, the rest is the line's own.
    fn take(&mut self, text: String, now: Timestamp) -> Option<Callback> {
        let frame: Value = serde_json::from_str(&text).ok()?;
        match frame["op"].as_u64()? {
            0 => {}
            9 => {
                self.place = None;
                self.greet(now);
                return None;
            }
            _ => return None,
        }
        let kind = frame["t"].as_str().unwrap_or_default();
        if kind == "READY" {
            let began = model::Timestamp::from_millis(now.as_millisecond());
            let word = |name: &str| frame["d"][name].as_str().unwrap_or_default().to_owned();
            self.place = Some(Place { shard: 0, shards: 1, began, session: word("session_id"), url: word("resume_gateway_url") });
        }
        self.number = frame["s"].as_u64().unwrap_or(self.number);
        let said = kind == "MESSAGE_CREATE" && frame["d"]["author"]["id"] != self.bot;
        let kind_of = if said { WebhookKind::Inbound } else { WebhookKind::Status };
        let from = self.place.as_ref()?.to_string();
        // Frames count apart from the requests that interactions leave by.
        let id = u64::MAX - self.told.len() as u64;
        self.told.push(WebhookTry {
            what: kind.to_owned(),
            message: frame["d"]["id"].as_str().unwrap_or_default().to_owned(),
            ..WebhookTry::first(id, kind_of, from.clone(), now)
        });
        Some(Callback {
            id,
            kind: kind_of,
            method: FRAME,
            url: from,
            headers: vec![],
            form: vec![],
            json: Some(text.into()),
            connect_timeout_ms: 0,
            timeout_ms: 0,
        })
    }

    fn shown(&self, one: Written) -> Shown {
        let ours = |who: &str| if who == self.bot { By::Business } else { By::Person };
        let cards = self.discord.cards(&one);
        let within: Vec<String> = cards.iter().map(|card| card["image"].as_str().unwrap_or_default().to_owned()).collect();
        let rows = one.components.as_array().cloned().unwrap_or_default();
        let buttons = rows.iter().filter_map(|row| row["components"].as_array()).flatten();
        let word = |json: &Value, name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Shown {
            position: one.position,
            person: MIA.into(),
            by: ours(&one.author),
            kind: "text".into(),
            text: one.text,
            media: one.files.into_iter().filter(|file| !within.contains(file)).map(|file| Media { file, ..Media::default() }).collect(),
            cards: cards
                .iter()
                .map(|card| Card {
                    title: word(card, "title"),
                    subtitle: word(card, "subtitle"),
                    image: word(card, "image"),
                    choices: vec![],
                })
                .collect(),
            choices: buttons
                .map(|item| Choice {
                    url: word(item, "url"),
                    id: word(item, "custom_id"),
                    style: Style::Button,
                    title: word(item, "label"),
                    ..Choice::default()
                })
                .collect(),
            reply_to: one.reply_to,
            reactions: one.reactions.into_iter().map(|(emoji, who)| Reaction { by: ours(&who), emoji }).collect(),
            at_ms: one.at_ms,
            edits: u32::from(one.edited_ms.is_some()),
            unsent: one.deleted,
            arrived: true,
            id: one.id,
            ..Shown::default()
        }
    }
}

impl Emulated for OnDiscord {
    fn asked(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        self.discord.handle_request(request, now)
    }
    fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        if now.as_millisecond() - self.beat_at.as_millisecond() >= BEAT_MS {
            self.beat_at = now;
            let beat = json!({ "op": 1, "d": self.number });
            self.say(&beat, now);
        }
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
            self.greet(now);
        }
        let mut due = self.discord.due(now);
        let mut left = std::mem::take(&mut self.waiting);
        left.extend(self.discord.take_out());
        for (link, out) in left {
            match out {
                _ if Some(link) != self.link => {}
                Out::Text(text) => due.extend(self.take(text, now)),
                Out::Close(_) => self.greet(now),
                Out::Cut => {
                    self.link = None;
                    self.again_at = Some(now + jiff::SignedDuration::from_secs(AGAIN_S));
                }
            }
        }
        due
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.discord.next_due().into_iter().chain(self.again_at).min()
    }
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        if let Some(told) = self.told.iter_mut().find(|told| told.id == id) {
            told.answered_at = Some(now);
            if let CallbackAnswer::Answered { status, .. } = answer {
                told.answer_status = Some(status);
            }
            return;
        }
        self.discord.callback_answer(id, &answer, now);
    }

    fn act(&mut self, act: Act, now: Timestamp) -> Result<String, Refusal> {
        self.discord.act(self.bot, MIA, None, act, now)
    }
    fn screen(&self) -> Vec<Shown> {
        let written = self.discord.direct_messages(self.bot, MIA);
        written.into_iter().map(|one| self.shown(one)).collect()
    }

    fn set_faults(&mut self, faults: Faults) {
        self.discord.set_faults(discord::Faults {
            too_many: faults.too_many,
            retry_after_ms: u64::from(faults.retry_after_s.unwrap_or(0)) * 1_000,
            server_error: faults.server_error,
            drop_response: faults.drop_response,
            lose_request: faults.lose_request,
            answer_delay_ms: faults.answer_delay_ms,
            expired_token: faults.expired_token,
            duplicate: faults.duplicate,
            delay_ms: faults.delay_ms,
            jitter_ms: faults.jitter_ms,
            shuffle: faults.shuffle,
            shuffle_ms: faults.shuffle_ms,
            drop_webhook: faults.drop_webhook,
            no_repeats: faults.no_repeats,
            media_missing: faults.media_missing,
            ..discord::Faults::default()
        });
    }

    fn names_pauses(&self) -> Option<bool> {
        Some(true)
    }
    fn file(&self, id: &str) -> Option<Bytes> {
        self.discord.file_bytes_of(id).map(|(_, bytes)| bytes)
    }
    fn mistake(&mut self, what: &str, now: Timestamp) -> bool {
        let mut bot = json!({ "id": self.bot, "name": "support", "token": self.token });
        match what {
            "scope" => bot["reads_content"] = false.into(),
            "address" => bot["interactions_url"] = "https://elsewhere.example/in".into(),
            _ => return false,
        }
        let request = Request { method: "PUT".into(), path: "/control/bots".into(), body: bot.to_string().into(), ..Request::default() };
        self.discord.control(&request, now).status == 204
    }

    fn ledger(&self) -> Ledger {
        let told = self.discord.ledger();
        let accepted = told.accepted.iter().map(|one| Accepted {
            id: one.id.clone(),
            at: one.at,
            person: one.person.clone().unwrap_or_default(),
            kind: if one.body["sticker_ids"].as_array().is_some_and(|ids| !ids.is_empty()) { "sticker" } else { "text" }.into(),
            text: one.text.clone(),
            body: one.body.clone(),
        });
        let refused = told.refused.iter().map(|one| Refused {
            at: one.at,
            method: one.method.clone(),
            path: one.path.clone(),
            status: one.status,
            code: one.code.unsigned_abs() as u32,
            subcode: None,
        });
        let typing =
            told.typing.iter().map(|_| Signal { at: self.beat_at, person: MIA.into(), what: "typing".into(), message: String::new() });
        Ledger {
            accepted: accepted.collect(),
            signals: typing.collect(),
            webhooks: self.told.clone(),
            refused: refused.collect(),
            answers_lost: told.answers_lost,
            ..Ledger::default()
        }
    }

    fn cursor_key(&self) -> Option<String> {
        Some(cursor_key(0, 1))
    }
    fn told_key(&self) -> Option<String> {
        Some(told_key(0, 1))
    }
    fn dial(&mut self, cursor: Option<&str>, now: Timestamp) {
        if let Some(link) = self.link.take() {
            self.discord.gone(link, None, now);
        }
        let kept = cursor.and_then(|value| Place::of_cursor(0, 1, value));
        self.number = kept.as_ref().map_or(0, |(_, number)| *number);
        self.place = kept.map(|(place, _)| place);
        self.greet(now);
    }
    fn knocked(&mut self, _door: &Door, now: Timestamp) -> Reply {
        let link = self.discord.open(now);
        self.discord.gone(link, None, now);
        self.waiting.extend(self.discord.take_out());
        let greeted = self.waiting.iter().any(|(to, out)| *to == link && matches!(out, Out::Text(_)));
        match greeted {
            true => Reply::Http { status: 200, headers: vec![], body: vec![] },
            false => Reply::NotSent("the gateway did not greet".into()),
        }
    }
    fn heard(&mut self, frame: &[u8], now: Timestamp) -> Reply {
        let Some(link) = self.link else { return Reply::NotSent("the line is not open".into()) };
        self.discord.heard(link, &String::from_utf8_lossy(frame), now);
        Reply::Http { status: 200, headers: vec![], body: vec![] }
    }
}
