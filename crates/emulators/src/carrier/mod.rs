//! The emulated carrier: a value that is asked and stepped, with neither clock nor network.
//!
//! `handle_request` answers its REST API, `control` sets it up and reads its ledger, the `handset_`
//! functions are the phones. `due` hands out what it wants to ask the outside world, in the order of
//! time, and `next_due` says when it wants to be stepped again. The same seed and the same calls give
//! the same run.

mod account;
mod answer;
mod callback;
mod config;
mod control;
mod create;
mod errors;
mod handset;
mod keyword;
mod ledger;
mod list;
mod media;
mod message;
mod progress;
mod random;
mod requests;
mod segments;
pub mod signature;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

pub use answer::{HttpAnswer, Refusal, Request};
pub use callback::{Callback, CallbackAnswer};
pub use config::{Account, Acknowledges, ApiKey, CarrierConfig, Delays, Faults, Handset, Number, Service};
pub use handset::{HandsetEvent, HandsetMedia, HandsetMessage};
pub(crate) use ledger::keep;
pub use ledger::{Accepted, Alert, Ledger, OnHandset, Refused, WebhookKind, WebhookTry};
pub(crate) use message::country;
pub use message::{Direction, Message, Status};
pub(crate) use random::Chance;
pub use segments::{Cost, cost};
pub use signature::{of_form as sign_form, of_url as sign_url, url_for_body};

use callback::Errand;
use handset::Shown;
use media::Media;

const API_VERSION: &str = "2010-04-01";

/// The whole carrier: accounts, numbers, phones, messages, and what is about to happen.
#[derive(Clone, Debug)]
pub struct Carrier {
    origin: String,
    accounts: BTreeMap<String, Account>,
    numbers: BTreeMap<String, Number>,
    services: BTreeMap<String, Service>,
    handsets: BTreeMap<String, Handset>,
    delays: Delays,
    faults: Faults,
    chance: Chance,
    /// In the order of creation; `by_sid` leads here.
    messages: BTreeMap<u64, Message>,
    by_sid: BTreeMap<String, u64>,
    media: BTreeMap<String, Media>,
    media_bytes: usize,
    opted_out: BTreeSet<(String, String)>,
    /// What each phone shows; `shown_count` numbers every change of any of them.
    shown: BTreeMap<String, Vec<Shown>>,
    shown_count: u64,
    /// Texts for phones that are off.
    waiting: BTreeMap<String, Vec<u64>>,
    plans: BTreeMap<(Timestamp, u64), Step>,
    plans_made: u64,
    messages_made: u64,
    under_way: BTreeMap<u64, Errand>,
    errands_made: u64,
    recent_requests: BTreeMap<String, VecDeque<Timestamp>>,
    /// Another one after each start and reset: positions of different epochs do not compare.
    epoch: String,
    ledger: Ledger,
}

/// Something that happens by itself when its time has come.
#[derive(Clone, Debug)]
enum Step {
    Become(u64, Status),
    /// The media are at hand, or there are none: the message may travel.
    Travel(u64),
    Acknowledge(u64),
    Expire(u64),
    Leave(Box<Errand>),
    /// A request that went astray is given up by whoever waits for its answer.
    Astray(u64),
}

impl Carrier {
    /// A carrier as configured; the seed decides every sid and every accident.
    pub fn new(config: &CarrierConfig, seed: u64) -> Self {
        let mut carrier = Self {
            origin: config.origin.trim_end_matches('/').to_owned(),
            accounts: BTreeMap::new(),
            numbers: BTreeMap::new(),
            services: BTreeMap::new(),
            handsets: BTreeMap::new(),
            delays: config.delays.clone(),
            faults: config.faults.clone(),
            chance: Chance::seeded(seed),
            messages: BTreeMap::new(),
            by_sid: BTreeMap::new(),
            media: BTreeMap::new(),
            media_bytes: 0,
            opted_out: BTreeSet::new(),
            shown: BTreeMap::new(),
            shown_count: 0,
            waiting: BTreeMap::new(),
            plans: BTreeMap::new(),
            plans_made: 0,
            messages_made: 0,
            under_way: BTreeMap::new(),
            errands_made: 0,
            recent_requests: BTreeMap::new(),
            epoch: String::new(),
            ledger: Ledger::default(),
        };
        carrier.epoch = carrier.chance.sid("");
        for account in &config.accounts {
            carrier.put_account(account.clone());
        }
        for number in &config.numbers {
            carrier.put_number(number.clone());
        }
        for service in &config.services {
            carrier.put_service(service.clone());
        }
        for handset in &config.handsets {
            carrier.put_handset(handset.clone());
        }
        carrier
    }

    /// Carries out everything up to `now` and hands out the requests that are due, in order.
    pub fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        let mut callbacks = Vec::new();
        while let Some(entry) = self.plans.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((at, _), step) = entry.remove_entry();
            match step {
                Step::Become(id, status) => self.advance(id, status, None, at),
                Step::Travel(id) => self.travel(id, at),
                Step::Acknowledge(id) => self.acknowledged(id, at),
                Step::Expire(id) => self.expire(id, at),
                Step::Leave(errand) => callbacks.extend(self.leave(*errand, at)),
                Step::Astray(id) => self.callback_answer(id, CallbackAnswer::NoConnection("lost on the way".into()), at),
            }
        }
        callbacks
    }

    /// When `due` has something to do next; `None` while nothing is planned.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.plans.keys().next().map(|(at, _)| *at)
    }

    /// What was really accepted, shown on phones and sent out.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = self.ledger.clone();
        ledger.opted_out = self.opted_out.iter().cloned().collect();
        ledger
    }

    /// A message by its sid.
    pub fn message(&self, sid: &str) -> Option<&Message> {
        self.messages.get(self.by_sid.get(sid)?)
    }

    fn plan(&mut self, at: Timestamp, step: Step) {
        self.plans_made += 1;
        self.plans.insert((at, self.plans_made), step);
    }

    /// Keeps a message under a fresh number; the oldest make room.
    fn add(&mut self, message: Message) -> u64 {
        if self.messages.len() >= ledger::KEPT
            && let Some((_, oldest)) = self.messages.pop_first()
        {
            self.by_sid.remove(&oldest.sid);
        }
        self.messages_made += 1;
        self.by_sid.insert(message.sid.clone(), self.messages_made);
        self.messages.insert(self.messages_made, message);
        self.messages_made
    }
}

fn later(at: Timestamp, ms: u64) -> Timestamp {
    let delay = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    at.checked_add(delay).unwrap_or(Timestamp::MAX)
}
