//! Discord's other door, for whoever runs it.
//!
//! Paths below `/control`: `bots`, `people`, `guilds`, `faults` (PUT), `gateway/{what}` (POST; `close/{code}` with a code), `ledger` (GET),
//! `channels/{id}` (DELETE),
//! `bots/{id}/people/{key}/acts` (POST) and `/events` (GET), both with `?channel=` for other places than direct messages; `reset` (POST).

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Bot, Discord, Faults, Ledger, Person};
use crate::carrier::HttpAnswer;
use crate::platform::{Refusal, Request};

impl Discord {
    /// Answers one request below `/control`; the body is JSON.
    pub fn control(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        self.controlled(request, now).unwrap_or_else(HttpAnswer::from)
    }

    fn controlled(&mut self, request: &Request, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').skip(1).collect();
        let body = &request.body;
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", ["bots"]) => {
                let bot: Bot = read(body)?;
                self.bots.retain(|_, known| known.id != bot.id);
                self.bots.insert(bot.token.clone(), bot);
            }
            ("PUT", ["people"]) => {
                let person: Person = read(body)?;
                self.people.insert(person.key.clone(), person);
            }
            ("PUT", ["guilds"]) => self.put_guild(read(body)?),
            ("PUT", ["faults"]) => self.faults = read(body)?,
            ("POST", ["gateway", what]) if self.upset(what, 0, now) => {}
            ("POST", ["gateway", "close", code]) => {
                let code = code.parse().map_err(|_| Refusal::new(400, "a close code is a number"))?;
                self.upset("close", code, now);
            }
            ("DELETE", ["channels", id]) if self.delete_channel(id, now) => {}
            ("GET", ["ledger"]) => return Ok(HttpAnswer::json(200, &serde_json::to_value(&self.ledger).unwrap_or(Value::Null))),
            ("POST", ["bots", bot, "people", person, "acts"]) => {
                let made = self.act(bot, person, request.query("channel"), read(body)?, now)?;
                return Ok(HttpAnswer::json(201, &json!({ "id": made })));
            }
            ("GET", ["bots", bot, "people", person, "events"]) => {
                let channel = request.query("channel").map_or_else(|| self.direct(bot, person, now), str::to_owned);
                let after = request.query("after").and_then(|after| after.parse().ok()).unwrap_or_default();
                let events = self.events(&channel, after);
                return Ok(HttpAnswer::json(200, &json!({ "channel": channel, "position": self.position, "messages": events })));
            }
            ("POST", ["reset"]) => self.reset(),
            _ => return Err(Refusal::new(404, format!("There is no {} {}", request.method, request.path))),
        }
        Ok(HttpAnswer::empty(204))
    }

    /// Forgets what was said, all threads, files, faults and the ledger; bots, people, servers and connections stay.
    pub fn reset(&mut self) {
        self.channels.retain(|_, channel| channel.kind == 0);
        self.channels.values_mut().for_each(|channel| channel.messages.clear());
        self.files.clear();
        self.closed.clear();
        self.used.clear();
        self.under_way.clear();
        self.plans.clear();
        self.faults = Faults::default();
        self.ledger = Ledger::default();
        self.epoch = self.chance.sid("");
        self.position = 0;
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|why| Refusal::new(400, why.to_string()))
}
