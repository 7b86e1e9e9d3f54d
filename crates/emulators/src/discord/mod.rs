//! The emulated Discord: a value that is asked and stepped, with neither clock nor network.
//!
//! `open`, `heard` and `gone` are the gateway, `handle_request` answers the REST API and hands out files, `act` is a person doing something
//! in the app, `control` sets it up and reads the ledger. `take_out` gives what has to leave on the gateway's connections, `due` the requests
//! that interactions leave by. The same seed and the same calls give the same run.

mod act;
mod config;
mod control;
mod embed;
mod gateway;
mod ledger;
mod listing;
mod rest;
mod screen;
#[cfg(test)]
mod tests;
mod written;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::carrier::{Callback, CallbackAnswer, Chance, WebhookKind, signature::hex};
pub use config::{Bot, DiscordConfig, Faults, Guild, GuildChannel, Person};
pub use gateway::Out;
use gateway::{Event, Link, Session};
pub use ledger::{Accepted, Ledger, Noted, Refused, Tapped};
use written::Channel;
pub use written::Written;

/// Discord counts its ids from here, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_420_070_400_000;

/// All of it together.
pub struct Discord {
    origin: String,
    /// By token.
    bots: BTreeMap<String, Bot>,
    people: BTreeMap<String, Person>,
    guilds: BTreeMap<String, Guild>,
    channels: BTreeMap<String, Channel>,
    files: BTreeMap<String, File>,
    links: BTreeMap<u64, Link>,
    links_made: u64,
    sessions: BTreeMap<String, Session>,
    /// Sessions begun.
    starts: u64,
    out: Vec<(u64, Out)>,
    /// What is told later, in the order of time.
    plans: BTreeMap<(Timestamp, u64), Planned>,
    plans_made: u64,
    callbacks: Vec<Callback>,
    callbacks_made: u64,
    /// By callback: the bot, and the interaction it tells.
    under_way: BTreeMap<u64, (String, String)>,
    /// Who has blocked the bots, or takes no direct messages.
    closed: std::collections::BTreeSet<String>,
    /// When each bucket was used: of a bot and a route in a channel.
    used: BTreeMap<(String, String), VecDeque<Timestamp>>,
    faults: Faults,
    ledger: Ledger,
    last_id: i64,
    /// Counts every change on any screen.
    position: u64,
    chance: Chance,
    /// Another one after each start and reset: positions of different epochs do not compare.
    epoch: String,
}

/// Something that is told late.
#[derive(Clone, Debug)]
enum Planned {
    Event(Event),
    Interaction(Box<Callback>),
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    content_type: String,
    bytes: Bytes,
}

impl Discord {
    pub fn new(config: &DiscordConfig, seed: u64) -> Self {
        let mut discord = Self {
            origin: config.origin.trim_end_matches('/').to_owned(),
            bots: config.bots.iter().map(|bot| (bot.token.clone(), bot.clone())).collect(),
            people: config.people.iter().map(|person| (person.key.clone(), person.clone())).collect(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            links_made: 0,
            sessions: BTreeMap::new(),
            starts: 0,
            out: Vec::new(),
            plans: BTreeMap::new(),
            plans_made: 0,
            callbacks: Vec::new(),
            callbacks_made: 0,
            under_way: BTreeMap::new(),
            closed: Default::default(),
            used: BTreeMap::new(),
            faults: Faults::default(),
            ledger: Ledger::default(),
            last_id: 0,
            position: 0,
            chance: Chance::seeded(seed),
            epoch: String::new(),
        };
        discord.epoch = discord.chance.sid("");
        for guild in &config.guilds {
            discord.put_guild(guild.clone());
        }
        discord
    }

    fn put_guild(&mut self, guild: Guild) {
        for channel in &guild.channels {
            let made = Channel { kind: 0, guild: Some(guild.id.clone()), name: channel.name.clone(), ..Channel::default() };
            self.channels.entry(channel.id.clone()).or_insert(made);
        }
        self.guilds.insert(guild.id.clone(), guild);
    }

    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What has to leave on the gateway's connections, in order.
    pub fn take_out(&mut self) -> Vec<(u64, Out)> {
        std::mem::take(&mut self.out)
    }

    /// The requests that are due.
    pub fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        self.let_go(now);
        while let Some(entry) = self.plans.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove_entry() {
                ((at, _), Planned::Event(event)) => self.tell(&event, at),
                (_, Planned::Interaction(callback)) => self.callbacks.push(*callback),
            }
        }
        std::mem::take(&mut self.callbacks)
    }

    /// When `due` has something to do next; `None` while nothing is planned.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.plans.keys().next().map(|(at, _)| *at)
    }

    /// Plans something for when it leaves; gives it back where that is now.
    fn late(&mut self, planned: Planned, now: Timestamp) -> Option<Planned> {
        let faults = &self.faults;
        let late_ms = self.chance.lateness_ms(faults.delay_ms, faults.jitter_ms, faults.shuffle, faults.shuffle_ms);
        if late_ms == 0 {
            return Some(planned);
        }
        self.plans_made += 1;
        let delay = SignedDuration::from_millis(i64::try_from(late_ms).unwrap_or(i64::MAX));
        self.plans.insert((now.checked_add(delay).unwrap_or(Timestamp::MAX), self.plans_made), planned);
        None
    }

    fn tell_late(&mut self, event: Event, now: Timestamp) {
        if let Some(Planned::Event(event)) = self.late(Planned::Event(event), now) {
            self.tell(&event, now);
        }
    }

    /// An id with the time in it, greater than every one before.
    fn id(&mut self, now: Timestamp) -> String {
        let by_time = (now.as_millisecond() - EPOCH_MS).max(0) << 22;
        self.last_id = by_time.max(self.last_id + 1);
        self.last_id.to_string()
    }

    fn person_by_id(&self, id: &str) -> Option<&Person> {
        self.people.values().find(|person| person.id == id)
    }

    fn bot_by_id(&self, id: &str) -> Option<&Bot> {
        self.bots.values().find(|bot| bot.id == id)
    }

    fn bot_json(&self, bot: &Bot) -> Value {
        json!({ "id": bot.id, "username": bot.name, "discriminator": "0000", "global_name": null, "avatar": null, "bot": true })
    }

    fn person_json(&self, person: &Person) -> Value {
        json!({ "id": person.id, "username": person.key, "discriminator": "0", "global_name": person.name, "avatar": null })
    }

    /// A person or a bot by id.
    fn user_json(&self, id: &str) -> Value {
        let bot = self.bot_by_id(id).map(|bot| self.bot_json(bot));
        bot.or_else(|| self.person_by_id(id).map(|person| self.person_json(person)))
            .unwrap_or_else(|| json!({ "id": id, "username": "deleted" }))
    }

    fn guild_json(&self, guild: &Guild) -> Value {
        let here = self.channels.iter().filter(|(_, channel)| channel.guild.as_deref() == Some(guild.id.as_str()));
        let (threads, channels): (Vec<_>, Vec<_>) = here.map(|(id, channel)| channel.json(id)).partition(|json| json["type"] == 11);
        json!({
            "id": guild.id, "name": guild.name, "member_count": guild.members.len(), "channels": channels, "threads": threads, "unavailable": false,
            "large": false, "joined_at": "2026-01-01T00:00:00.000000+00:00", "owner_id": "0", "features": [], "members": [], "presences": [],
            "voice_states": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "emojis": [], "stickers": [],
            "roles": [{ "id": guild.id, "name": "@everyone", "permissions": rest::EVERYTHING.to_string(), "position": 0, "color": 0 }],
        })
    }

    /// The direct channel of a bot and a person, made when it is first wanted.
    fn direct(&mut self, bot: &str, person: &str, now: Timestamp) -> String {
        let known = self.channels.iter().find(|(_, channel)| channel.direct.as_ref().is_some_and(|(b, p)| b == bot && p == person));
        if let Some((id, _)) = known {
            return id.clone();
        }
        let id = self.id(now);
        let channel = Channel { kind: 1, direct: Some((bot.to_owned(), person.to_owned())), ..Channel::default() };
        self.channels.insert(id.clone(), channel);
        id
    }

    /// Tells what happens in a channel to each bot there.
    fn tell_channel(&mut self, channel: &str, kind: &'static str, intents: (u64, u64), data: &Value, now: Timestamp) {
        let Some(at) = self.channels.get(channel).filter(|_| self.sees(channel)) else { return };
        let (guild, direct) = (at.guild.clone(), at.direct.clone());
        let bots: Vec<String> = match &direct {
            Some((bot, _)) => vec![bot.clone()],
            None => self.bots.values().map(|bot| bot.id.clone()).collect(),
        };
        for bot in bots {
            let intent = if guild.is_some() { intents.0 } else { intents.1 };
            self.tell_late(Event { bot, guild: guild.clone(), intent, kind, data: data.clone() }, now);
        }
    }

    /// An interaction goes to the bot's endpoint, or to the gateway.
    fn interact(&mut self, bot: &str, person: &str, data: Value, now: Timestamp) {
        let Some(bot) = self.bot_by_id(bot).cloned() else { return };
        let id = text(&data, "id").to_owned();
        let wrong_signature = !bot.interactions_url.is_empty() && Faults::strike(&mut self.faults.wrong_signature);
        self.ledger.interactions.push(Tapped {
            id: id.clone(),
            at: now,
            person: person.to_owned(),
            channel: text(&data, "channel_id").to_owned(),
            status: None,
            answer: None,
            answered_after_ms: None,
            wrong_signature,
        });
        if bot.interactions_url.is_empty() {
            let guild = data.get("guild_id").and_then(Value::as_str).map(str::to_owned);
            self.tell_late(Event { bot: bot.id, guild, intent: 0, kind: "INTERACTION_CREATE", data }, now);
            return;
        }
        self.post_interaction(&bot, id, &data, wrong_signature, now);
    }

    fn post_interaction(&mut self, bot: &Bot, id: String, data: &Value, wrong: bool, now: Timestamp) {
        self.callbacks_made += 1;
        let body = data.to_string();
        let time = now.as_second().to_string();
        let mut signature = sign(&bot.key_seed, &time, body.as_bytes());
        if wrong {
            signature = sign("", &time, body.as_bytes());
        }
        if Faults::strike(&mut self.faults.drop_webhook) {
            return;
        }
        self.under_way.insert(self.callbacks_made, (bot.id.clone(), id));
        let callback = Callback {
            id: self.callbacks_made,
            kind: WebhookKind::Inbound,
            method: "POST",
            url: bot.interactions_url.clone(),
            headers: vec![("X-Signature-Ed25519".into(), signature), ("X-Signature-Timestamp".into(), time)],
            form: Vec::new(),
            json: Some(Bytes::from(body)),
            connect_timeout_ms: 3_000,
            timeout_ms: 3_000,
        };
        if let Some(Planned::Interaction(callback)) = self.late(Planned::Interaction(Box::new(callback)), now) {
            self.callbacks.push(*callback);
        }
    }

    /// How an interaction's request ended.
    pub fn callback_answer(&mut self, id: u64, answer: &CallbackAnswer, now: Timestamp) {
        let Some((bot, id)) = self.under_way.remove(&id) else { return };
        if let CallbackAnswer::Answered { status, body, .. } = answer {
            self.acknowledged(&bot, &id, Some(*status), serde_json::from_slice(body).ok(), now);
        }
    }

    fn acknowledged(&mut self, bot: &str, id: &str, status: Option<u16>, answer: Option<Value>, now: Timestamp) -> bool {
        let Some(tapped) = self.ledger.interactions.iter_mut().find(|tapped| tapped.id == id && tapped.answer.is_none()) else {
            return false;
        };
        tapped.status = status;
        tapped.answer = answer.clone();
        tapped.answered_after_ms = Some(now.as_millisecond() - tapped.at.as_millisecond());
        let (channel, answer) = (tapped.channel.clone(), answer.unwrap_or_default());
        // An answer with words is shown, and where it says so to who asked alone.
        if answer["type"] == 4 {
            let data = &answer["data"];
            self.show(
                Written {
                    channel,
                    author: bot.to_owned(),
                    text: text(data, "content").to_owned(),
                    only_you: data["flags"].as_u64().is_some_and(|flags| flags & 64 != 0),
                    ..Written::default()
                },
                now,
            );
        }
        true
    }
}

/// Ed25519 over time and body, in hexadecimal; the seed in hexadecimal, a wrong one stands for another key.
pub fn sign(seed: &str, time: &str, body: &[u8]) -> String {
    let key = signing_key(seed);
    hex(&key.sign(&[time.as_bytes(), body].concat()).to_bytes())
}

/// The public half of the key that signs a bot's interactions, in hexadecimal.
pub fn public_key(seed: &str) -> String {
    hex(signing_key(seed).verifying_key().as_bytes())
}

fn signing_key(seed: &str) -> SigningKey {
    let mut bytes = [0x5A; 32];
    for (no, byte) in bytes.iter_mut().enumerate() {
        if let Some(digits) = seed.get(2 * no..2 * no + 2) {
            *byte = u8::from_str_radix(digits, 16).unwrap_or(0x5A);
        }
    }
    SigningKey::from_bytes(&bytes)
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json.get(key).and_then(Value::as_str).unwrap_or_default()
}
