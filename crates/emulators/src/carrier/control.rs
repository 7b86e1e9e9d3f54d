//! The carrier's other door, for whoever runs it: set-up, faults, phones, ledger, reset.
//!
//! Paths below `/control`: `accounts`, `numbers`, `services`, `handsets` (PUT one, DELETE by name),
//! `faults` and `delays` (PUT), `origin` (PUT), `state` and `ledger` (GET), `reset` (POST),
//! `handsets/{number}/messages`, `/acknowledge`, `/power` (POST) and `/events` (GET).

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Carrier, Faults,
    answer::{HttpAnswer, Refusal, Request},
    handset::HandsetMessage,
    ledger::Ledger,
};

#[derive(Deserialize)]
struct Acknowledge {
    sids: Vec<String>,
}

#[derive(Deserialize)]
struct Power {
    on: bool,
}

#[derive(Deserialize)]
struct Origin {
    origin: String,
}

impl Carrier {
    /// Sets what goes wrong.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Answers one request below `/control`; `body` is JSON.
    pub fn control(&mut self, request: &Request, body: &[u8], now: Timestamp) -> HttpAnswer {
        self.controlled(request, body, now).unwrap_or_else(HttpAnswer::from)
    }

    fn controlled(&mut self, request: &Request, body: &[u8], now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let path = request.path.trim_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", ["accounts"]) => self.put_account(read(body)?),
            ("PUT", ["numbers"]) => self.put_number(read(body)?),
            ("PUT", ["services"]) => self.put_service(read(body)?),
            ("PUT", ["handsets"]) => self.put_handset(read(body)?),
            ("PUT", ["faults"]) => self.faults = read(body)?,
            ("PUT", ["delays"]) => self.delays = read(body)?,
            ("PUT", ["origin"]) => {
                let origin: Origin = read(body)?;
                self.origin = origin.origin.trim_end_matches('/').to_owned();
            }
            ("DELETE", ["accounts", sid]) => drop(self.accounts.remove(*sid)),
            ("DELETE", ["numbers", number]) => drop(self.numbers.remove(*number)),
            ("DELETE", ["services", sid]) => drop(self.services.remove(*sid)),
            ("DELETE", ["handsets", number]) => drop(self.handsets.remove(*number)),
            ("POST", ["reset"]) => self.reset(),
            ("GET", ["state"]) => return Ok(HttpAnswer::json(200, &self.state())),
            ("GET", ["ledger"]) => return Ok(HttpAnswer::json(200, &self.ledger_json())),
            ("POST", ["handsets", number, "messages"]) => {
                let message: HandsetMessage = read(body)?;
                let sid = self.handset_send(number, &message, now)?;
                return Ok(HttpAnswer::json(201, &json!({ "sid": sid })));
            }
            ("POST", ["handsets", number, "acknowledge"]) => {
                let acknowledge: Acknowledge = read(body)?;
                self.handset_acknowledge(number, &acknowledge.sids, now);
            }
            ("POST", ["handsets", number, "power"]) => {
                let power: Power = read(body)?;
                self.handset_power(number, power.on, now);
            }
            ("GET", ["handsets", numbers, "events"]) => {
                let after = request.query("after").and_then(|after| after.parse().ok()).unwrap_or(0);
                return Ok(HttpAnswer::json(200, &self.events_json(numbers, after)));
            }
            _ => return Err(Refusal::not_found(&request.path)),
        }
        Ok(HttpAnswer::empty(204))
    }

    /// The changes on phones named by their numbers, with commas between, and the position reached.
    /// A changed epoch says that everything before is forgotten.
    pub fn events_json(&self, numbers: &str, after: u64) -> Value {
        let numbers: Vec<String> = numbers.split(',').map(str::to_owned).collect();
        json!({
            "epoch": self.epoch,
            "position": self.handset_position(),
            "events": self.handset_events(&numbers, after),
        })
    }

    /// Another word after each start and reset.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Forgets every message, phone screen, opt-out, fault and plan; accounts, numbers and phones stay.
    pub fn reset(&mut self) {
        self.messages.clear();
        self.by_sid.clear();
        self.media.clear();
        self.media_bytes = 0;
        self.opted_out.clear();
        self.shown.clear();
        self.waiting.clear();
        self.plans.clear();
        self.under_way.clear();
        self.recent_requests.clear();
        self.ledger = Ledger::default();
        self.faults = Faults::default();
        for handset in self.handsets.values_mut() {
            handset.on = true;
        }
        self.shown_count = 0;
        self.epoch = self.chance.sid("");
    }

    fn state(&self) -> Value {
        json!({
            "origin": self.origin,
            "accounts": self.accounts.keys().collect::<Vec<_>>(),
            "numbers": self.numbers.values().collect::<Vec<_>>(),
            "services": self.services.values().collect::<Vec<_>>(),
            "handsets": self.handsets.values().collect::<Vec<_>>(),
            "delays": self.delays,
            "faults": self.faults,
            "messages": self.messages.len(),
            "planned": self.plans.len(),
            "under_way": self.under_way.len(),
        })
    }

    fn ledger_json(&self) -> Value {
        serde_json::to_value(self.ledger()).unwrap_or(Value::Null)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|why| Refusal::new(400, 20001, why.to_string()))
}
