//! The mail server's other door, for whoever runs it.
//!
//! Paths below `/control`: `mailboxes`, `people`, `faults` (PUT), `mailboxes/{address}/anew` (POST: the same letters in a mailbox with another
//! UIDVALIDITY), `mailboxes/{address}/letters` (POST: a raw letter as it comes from outside, `?sender=`), `people/{key}/mailboxes/{address}/acts`
//! (POST, `?thread=` for an answer in one) and `/screens` (GET), `ledger` (GET), `reset` (POST).

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Mail, Person};
use crate::carrier::HttpAnswer;
use crate::platform::{Refusal, Request};

impl Mail {
    /// Answers one request below `/control`.
    pub fn control(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        self.controlled(request, now).unwrap_or_else(HttpAnswer::from)
    }

    fn controlled(&mut self, request: &Request, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').skip(1).collect();
        let body = &request.body;
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", ["mailboxes"]) => self.put_mailbox(read(body)?),
            ("PUT", ["people"]) => {
                let person: Person = read(body)?;
                self.people.insert(person.key.clone(), person);
            }
            ("PUT", ["faults"]) => self.set_faults(read(body)?),
            ("POST", ["mailboxes", address, "anew"]) => self.renew(address),
            ("POST", ["mailboxes", address, "letters"]) => {
                let sender = request.query("sender").unwrap_or_default().to_owned();
                self.take("", &sender, &[(*address).to_owned()], body, now);
            }
            ("POST", ["people", person, "mailboxes", address, "acts"]) => {
                let made = self.act(address, person, request.query("thread"), read(body)?, now)?;
                return Ok(HttpAnswer::json(201, &json!({ "id": made })));
            }
            ("GET", ["people", person, "mailboxes", address, "screens"]) => {
                return Ok(HttpAnswer::json(200, &Value::from(self.screens_json(address, person, 0))));
            }
            ("GET", ["ledger"]) => return Ok(HttpAnswer::json(200, &serde_json::to_value(&self.ledger).unwrap_or(Value::Null))),
            ("POST", ["reset"]) => self.reset(),
            _ => return Err(Refusal::new(404, format!("There is no {} {}", request.method, request.path))),
        }
        Ok(HttpAnswer::empty(204))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|why| Refusal::new(400, why.to_string()))
}
