//! The gateway: connections, sessions with what they may still be told, and what a client does wrong.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Discord, Faults, Noted, text};
use crate::carrier::keep;

const HEARTBEAT_MS: u64 = 41_250;
/// So many frames of one connection within a minute.
const SENDS: usize = 120;
const SEND_WINDOW_S: i64 = 60;
const FRAME_BYTES: usize = 4096;
/// Events that a session keeps for whoever resumes it.
const KEPT: usize = 1_000;
/// A bot may begin so many sessions in a day.
pub(super) const STARTS: u64 = 1_000;
pub(super) const GUILDS: u64 = 1;
pub(super) const GUILD_MESSAGES: u64 = 1 << 9;
pub(super) const GUILD_REACTIONS: u64 = 1 << 10;
pub(super) const GUILD_TYPING: u64 = 1 << 11;
pub(super) const DIRECT_MESSAGES: u64 = 1 << 12;
pub(super) const DIRECT_REACTIONS: u64 = 1 << 13;
pub(super) const DIRECT_TYPING: u64 = 1 << 14;
const CONTENT: u64 = 1 << 15;
const PRIVILEGED: u64 = 1 << 1 | 1 << 8;
const KNOWN_INTENTS: u64 = 0x1_FFFF | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;

/// What the socket layer has to do on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    Text(String),
    /// Close with this code.
    Close(u16),
    /// Cut the line without a word.
    Cut,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    session: Option<String>,
    sent: VecDeque<Timestamp>,
    beat_at: Timestamp,
    interval_ms: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Session {
    pub bot: String,
    shard: (u64, u64),
    intents: u64,
    number: u64,
    kept: VecDeque<(u64, String)>,
    link: Option<u64>,
}

/// An event for whoever may hear it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub bot: String,
    pub guild: Option<String>,
    pub intent: u64,
    pub kind: &'static str,
    pub data: Value,
}

impl Discord {
    /// A client has connected: it is told how often to say that it lives.
    pub fn open(&mut self, now: Timestamp) -> u64 {
        self.links_made += 1;
        let id = self.links_made;
        let interval_ms = if self.faults.heartbeat_ms == 0 { HEARTBEAT_MS } else { self.faults.heartbeat_ms };
        self.links.insert(id, Link { session: None, sent: VecDeque::new(), beat_at: now, interval_ms });
        self.note(id, "open", String::new(), 0, now);
        self.send(id, &json!({ "op": 10, "d": { "heartbeat_interval": interval_ms }, "s": null, "t": null }));
        id
    }

    /// A client's frame.
    pub fn heard(&mut self, id: u64, frame: &str, now: Timestamp) {
        let Some(link) = self.links.get_mut(&id) else { return };
        while link.sent.front().is_some_and(|at| now.as_second() - at.as_second() >= SEND_WINDOW_S) {
            link.sent.pop_front();
        }
        link.sent.push_back(now);
        if link.sent.len() > SENDS {
            return self.close(id, 4008, now);
        }
        if frame.len() > FRAME_BYTES {
            return self.close(id, 4002, now);
        }
        let Ok(frame) = serde_json::from_str::<Value>(frame) else { return self.close(id, 4002, now) };
        let known = self.links.get(&id).is_some_and(|link| link.session.is_some());
        let data = frame.get("d").cloned().unwrap_or_default();
        match frame.get("op").and_then(Value::as_u64) {
            Some(1) => self.beat(id, now),
            Some(2) if known => self.close(id, 4005, now),
            Some(2) => self.identify(id, &data, now),
            Some(6) => self.resume(id, &data, now),
            Some(3 | 4 | 8 | 31 | 43) if known => {}
            Some(3 | 4 | 8 | 31 | 43) => self.close(id, 4003, now),
            _ => self.close(id, 4001, now),
        }
    }

    fn beat(&mut self, id: u64, now: Timestamp) {
        self.note(id, "beat", String::new(), 0, now);
        if let Some(link) = self.links.get_mut(&id) {
            link.beat_at = now;
        }
        if !self.faults.mute {
            self.send(id, &json!({ "op": 11 }));
        }
    }

    fn identify(&mut self, id: u64, data: &Value, now: Timestamp) {
        let Some(bot) = self.bots.get(text(data, "token").trim_start_matches("Bot ")).cloned() else { return self.close(id, 4004, now) };
        let Some(intents) = data.get("intents").and_then(Value::as_u64).filter(|intents| intents & !KNOWN_INTENTS == 0) else {
            return self.close(id, 4013, now);
        };
        if intents & PRIVILEGED != 0 || intents & CONTENT != 0 && !bot.reads_content {
            return self.close(id, 4014, now);
        }
        let shard = match data.get("shard").and_then(Value::as_array).map(Vec::as_slice) {
            None => (0, 1),
            Some([no, all]) if no.as_u64() < all.as_u64() => (no.as_u64().unwrap_or_default(), all.as_u64().unwrap_or(1)),
            Some(_) => return self.close(id, 4010, now),
        };
        if bot.shards > shard.1 {
            return self.close(id, 4011, now);
        }
        if data.get("properties").and_then(|properties| properties.get("os")).is_none() {
            return self.close(id, 4002, now);
        }
        self.starts += 1;
        let session = self.chance.sid("");
        let made = Session { bot: bot.id.clone(), shard, intents, number: 0, kept: VecDeque::new(), link: Some(id) };
        self.sessions.insert(session.clone(), made);
        if let Some(link) = self.links.get_mut(&id) {
            link.session = Some(session.clone());
        }
        self.note(id, "identify", session.clone(), 0, now);
        let guilds: Vec<Value> = self.guilds.keys().map(|id| json!({ "id": id, "unavailable": true })).collect();
        let ready = json!({
            "v": 10, "user": self.bot_json(&bot), "guilds": guilds, "session_id": session,
            "resume_gateway_url": self.gateway_url(), "shard": [shard.0, shard.1],
            "application": { "id": bot.id, "flags": if bot.reads_content { 1 << 18 } else { 0 } },
        });
        self.tell_session(&session, "READY", ready, now);
        let guilds: Vec<(String, Value)> = self.guilds.values().map(|guild| (guild.id.clone(), self.guild_json(guild))).collect();
        for (guild, json) in guilds {
            if shard_of(Some(&guild), shard.1) == shard.0 && intents & GUILDS != 0 {
                self.tell_session(&session, "GUILD_CREATE", json, now);
            }
        }
    }

    fn resume(&mut self, id: u64, data: &Value, now: Timestamp) {
        let name = text(data, "session_id").to_owned();
        let Some(bot) = self.bots.get(text(data, "token").trim_start_matches("Bot ")).map(|bot| bot.id.clone()) else {
            return self.close(id, 4004, now);
        };
        let number = data.get("seq").and_then(Value::as_u64).unwrap_or_default();
        let Some(session) = self.sessions.get_mut(&name).filter(|session| session.bot == bot) else {
            self.note(id, "refuse_resume", name, number, now);
            return self.send(id, &json!({ "op": 9, "d": false, "s": null, "t": null }));
        };
        if number > session.number {
            return self.close(id, 4007, now);
        }
        let first = session.kept.front().map_or(session.number + 1, |(first, _)| *first);
        if number + 1 < first {
            self.sessions.remove(&name);
            return self.send(id, &json!({ "op": 9, "d": false, "s": null, "t": null }));
        }
        let before = session.link.replace(id);
        let missed: Vec<String> = session.kept.iter().filter(|(kept, _)| *kept > number).map(|(_, frame)| frame.clone()).collect();
        if let Some(link) = self.links.get_mut(&id) {
            link.session = Some(name.clone());
        }
        if let Some(before) = before.filter(|before| *before != id) {
            self.out.push((before, Out::Cut));
            self.links.remove(&before);
        }
        self.note(id, "resume", name.clone(), number, now);
        for frame in missed {
            self.out.push((id, Out::Text(frame)));
        }
        self.tell_session(&name, "RESUMED", json!({}), now);
    }

    /// The other end has gone, with a code if it said one. A session ends by a goodbye only.
    pub fn gone(&mut self, id: u64, code: Option<u16>, now: Timestamp) {
        let Some(link) = self.links.remove(&id) else { return };
        self.note(id, "gone", code.map_or(String::new(), |code| code.to_string()), 0, now);
        let Some(name) = link.session else { return };
        if matches!(code, Some(1000 | 1001)) {
            self.sessions.remove(&name);
        } else if let Some(session) = self.sessions.get_mut(&name).filter(|session| session.link == Some(id)) {
            session.link = None;
        }
    }

    /// Closes a connection. After most codes the session can be resumed.
    pub(super) fn close(&mut self, id: u64, code: u16, now: Timestamp) {
        self.out.push((id, Out::Close(code)));
        self.note(id, "closed", code.to_string(), 0, now);
        let name = self.links.remove(&id).and_then(|link| link.session);
        let Some(name) = name else { return };
        if matches!(code, 4003 | 4004 | 4007 | 4009..=4014) {
            self.sessions.remove(&name);
        } else if let Some(session) = self.sessions.get_mut(&name) {
            session.link = None;
        }
    }

    /// Whoever does not say that they live is let go.
    pub(super) fn let_go(&mut self, now: Timestamp) {
        let silent = |link: &Link| now.as_millisecond() - link.beat_at.as_millisecond() > 2 * link.interval_ms as i64 + 2_000;
        let gone: Vec<u64> = self.links.iter().filter(|(_, link)| silent(link)).map(|(id, _)| *id).collect();
        for id in gone {
            self.close(id, 4009, now);
        }
    }

    /// What whoever runs this does to the gateway: `reconnect`, `invalid`, `invalid_resumable`, `close` with a code, `cut`, `forget`, `beat`.
    pub fn upset(&mut self, what: &str, code: u16, now: Timestamp) -> bool {
        let open: Vec<u64> = self.links.keys().copied().collect();
        match what {
            "reconnect" => open.iter().for_each(|id| self.send(*id, &json!({ "op": 7, "d": null, "s": null, "t": null }))),
            "invalid" => {
                self.sessions.clear();
                open.iter().for_each(|id| self.send(*id, &json!({ "op": 9, "d": false, "s": null, "t": null })));
            }
            "invalid_resumable" => open.iter().for_each(|id| self.send(*id, &json!({ "op": 9, "d": true, "s": null, "t": null }))),
            "close" => open.iter().for_each(|id| self.close(*id, code, now)),
            "cut" => open.iter().for_each(|id| {
                self.out.push((*id, Out::Cut));
                self.gone(*id, None, now);
            }),
            "forget" => self.sessions.clear(),
            "beat" => open.iter().for_each(|id| self.send(*id, &json!({ "op": 1, "d": null, "s": null, "t": null }))),
            _ => return false,
        }
        true
    }

    /// Tells an event to each session of the bot that asked for its kind; one that is cut off finds it when it resumes.
    pub(super) fn tell(&mut self, event: &Event, now: Timestamp) {
        let hears = |session: &Session| {
            let here = shard_of(event.guild.as_deref(), session.shard.1) == session.shard.0;
            session.bot == event.bot && here && (event.intent == 0 || session.intents & event.intent != 0)
        };
        let names: Vec<(String, u64)> =
            self.sessions.iter().filter(|(_, session)| hears(session)).map(|(name, session)| (name.clone(), session.intents)).collect();
        for (name, intents) in names {
            let mut data = event.data.clone();
            if intents & CONTENT == 0 && event.guild.is_some() && event.kind.starts_with("MESSAGE_") {
                hide(&mut data, &event.bot);
            }
            // The line breaks under it: it is numbered and kept, and nobody reads it before the session is resumed.
            let told = self.sessions.get(&name).and_then(|session| session.link);
            let broken = told.filter(|_| Faults::strike(&mut self.faults.drop_webhook));
            if let Some(session) = self.sessions.get_mut(&name).filter(|_| broken.is_some()) {
                session.link = None;
            }
            self.tell_session(&name, event.kind, data, now);
            if let Some(link) = broken {
                if self.faults.no_repeats {
                    self.sessions.remove(&name);
                }
                self.out.push((link, Out::Cut));
                self.gone(link, None, now);
            }
        }
    }

    fn tell_session(&mut self, name: &str, kind: &str, data: Value, now: Timestamp) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        session.number += 1;
        let (number, link) = (session.number, session.link);
        let frame = json!({ "op": 0, "s": number, "t": kind, "d": data }).to_string();
        session.kept.push_back((number, frame.clone()));
        if session.kept.len() > KEPT {
            session.kept.pop_front();
        }
        let Some(link) = link else { return };
        self.note(link, "told", kind.to_owned(), number, now);
        for _ in 0..=self.faults.duplicate {
            self.out.push((link, Out::Text(frame.clone())));
        }
    }

    fn send(&mut self, id: u64, frame: &Value) {
        self.out.push((id, Out::Text(frame.to_string())));
    }

    fn note(&mut self, link: u64, what: &'static str, detail: String, number: u64, at: Timestamp) {
        keep(&mut self.ledger.gateway, Noted { at, link, what, detail, number });
    }

    pub(super) fn gateway_url(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }
}

fn shard_of(guild: Option<&str>, shards: u64) -> u64 {
    let id: u64 = guild.and_then(|id| id.parse().ok()).unwrap_or_default();
    (id >> 22) % shards.max(1)
}

/// What people write is hidden from a bot that may not read it, unless they speak to it.
fn hide(data: &mut Value, bot: &str) {
    let own = data.get("author").is_some_and(|author| text(author, "id") == bot);
    let mentioned =
        data.get("mentions").and_then(Value::as_array).is_some_and(|people| people.iter().any(|person| text(person, "id") == bot));
    if own || mentioned || data.get("content").is_none() {
        return;
    }
    for (field, empty) in [("content", json!("")), ("embeds", json!([])), ("attachments", json!([])), ("components", json!([]))] {
        if let Some(value) = data.get_mut(field) {
            *value = empty;
        }
    }
}
