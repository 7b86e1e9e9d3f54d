//! The emulated messaging platforms: a value that is asked and stepped, with neither clock nor network.
//!
//! `handle_request` answers their APIs, told apart by host; `act` is a customer doing something in an
//! app; `events` is what stands on their screen; `control` sets accounts up and reads the ledgers.
//! `due` hands out the requests that want to leave, `callback_answer` takes what came of them and
//! `next_due` says when to step again. The same seed and the same calls give the same run.
//!
//! A platform joins with a `Provider`: a value that says what is its own way. Threads, screens, files,
//! webhooks with their repeats, faults and ledgers stand here, once for all.

mod accept;
mod act;
mod config;
mod control;
mod custom;
mod errand;
mod files;
mod gbm;
mod ledger;
mod line;
mod meta;
mod provider;
mod request;
mod screen;
pub(crate) mod stickers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::carrier::{CallbackAnswer, Chance, HttpAnswer};

pub use act::{Act, ActMedia, Refusal};
pub use config::{Before, Delays, Faults, Kind, Limits, Person, PlatformAccount, PlatformsConfig};
pub use ledger::{Accepted, Alert, Ledger, OnScreen, Refused, Signal, WebhookKind, WebhookTry};
pub use meta::{ascii_json, sign};
pub use provider::Abilities;
pub use request::{Part, Request};
pub use screen::{By, Card, Choice, Contact, Media, Place, Reaction, Shown, Style};

use accept::Pending;
use errand::Errand;
use files::File;
use provider::{Event, Provider};
use screen::Thread;

/// So many messages of one talk are kept; the oldest go.
const KEPT_MESSAGES: usize = 5_000;

/// All platforms together.
#[derive(Clone, Debug)]
pub struct Platforms {
    origin: String,
    api_origin: String,
    accounts: BTreeMap<String, Account>,
    people: BTreeMap<String, Person>,
    /// By account and person.
    threads: BTreeMap<(String, String), Thread>,
    files: BTreeMap<String, File>,
    file_bytes: usize,
    /// Counts every change on any screen.
    position: u64,
    plans: BTreeMap<(Timestamp, u64), Step>,
    plans_made: u64,
    under_way: BTreeMap<u64, Errand>,
    errands_made: u64,
    /// Messages whose files are being fetched.
    pending: BTreeMap<u64, Pending>,
    /// Answers that wait for something outside; `None` until it is decided.
    tickets: BTreeMap<u64, Option<HttpAnswer>>,
    tickets_made: u64,
    chance: Chance,
    /// Another one after each start and reset: positions of different epochs do not compare.
    epoch: String,
}

/// An account and everything that is only its own.
#[derive(Clone, Debug)]
struct Account {
    config: PlatformAccount,
    faults: Faults,
    delays: Delays,
    limits: Limits,
    ledger: Ledger,
    /// Which webhook fields are subscribed to; none: nothing is told.
    fields: BTreeSet<String>,
    token: Token,
    /// WhatsApp's and Messenger's approved texts, by name and language.
    templates: BTreeMap<(String, String), Value>,
    /// Greetings, menus, the business' own profile: whatever was set.
    profile: Value,
    recent: VecDeque<Timestamp>,
    /// The person behind each id, and back.
    ids: BTreeMap<String, String>,
    person_ids: BTreeMap<String, String>,
    /// The webhook's address answered a handshake rightly. Untold (`None`): it never had to.
    verified: Option<bool>,
    failing_since: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
struct Token {
    /// Replaced by a refresh.
    value: String,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    /// Taken back by its owner.
    revoked: bool,
    /// None means all that the provider has.
    scopes: Option<BTreeSet<String>>,
}

/// Something that happens by itself when its time has come.
#[derive(Clone, Debug)]
enum Step {
    Leave(Box<Errand>),
    /// A request that went astray is given up by whoever waits for its answer.
    Astray(u64),
    /// The provider has handed the message on.
    Sent(Where, String),
    /// It comes to the person's screen.
    Arrive(Where, String),
    /// It fails after it was accepted: code, what is said.
    Fail(Where, String, u32),
    /// A template's review ends.
    Review {
        account: String,
        template: (String, String),
        status: String,
    },
}

/// One talk: an account and a person's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Where {
    account: String,
    person: String,
}

impl Platforms {
    /// Platforms as configured; the seed decides every id and every accident.
    pub fn new(config: &PlatformsConfig, seed: u64) -> Self {
        let mut platforms = Self {
            origin: config.origin.trim_end_matches('/').to_owned(),
            api_origin: config.api_origin.trim_end_matches('/').to_owned(),
            accounts: BTreeMap::new(),
            people: BTreeMap::new(),
            threads: BTreeMap::new(),
            files: BTreeMap::new(),
            file_bytes: 0,
            position: 0,
            plans: BTreeMap::new(),
            plans_made: 0,
            under_way: BTreeMap::new(),
            errands_made: 0,
            pending: BTreeMap::new(),
            tickets: BTreeMap::new(),
            tickets_made: 0,
            chance: Chance::seeded(seed),
            epoch: String::new(),
        };
        platforms.epoch = platforms.chance.sid("");
        for person in &config.people {
            platforms.put_person(person.clone());
        }
        for account in &config.accounts {
            platforms.put_account(account.clone());
        }
        for line in &config.before {
            platforms.recall(line);
        }
        platforms
    }

    /// Puts a line of an old talk on a screen. What the person said opens the window from then.
    fn recall(&mut self, line: &Before) {
        let place = Where::new(&line.account, &line.person);
        let shown = Shown {
            id: line.id.clone(),
            by: line.by,
            kind: "text".into(),
            text: line.text.clone(),
            at_ms: line.at_ms,
            delivered: true,
            seen: true,
            arrived: true,
            ..Shown::default()
        };
        self.add(&place, shown);
        if line.by == By::Person {
            let thread = self.thread(&place);
            thread.opened = true;
            thread.last_in = Timestamp::from_millisecond(line.at_ms).ok().max(thread.last_in);
        }
    }

    /// What was said in words between all accounts and people so far, as it could be recalled after another start.
    pub fn spoken(&self) -> Vec<Before> {
        let said = self.threads.iter().flat_map(|((account, person), thread)| {
            let words = thread.messages.iter().filter(|shown| shown.arrived && !shown.text.is_empty());
            words.map(|shown| Before {
                account: account.clone(),
                person: person.clone(),
                id: shown.id.clone(),
                by: shown.by,
                text: shown.text.clone(),
                at_ms: shown.at_ms,
            })
        });
        said.collect()
    }

    /// Puts an account in, or changes it; what is known of its talks stays.
    pub fn put_account(&mut self, config: PlatformAccount) {
        let provider = provider::of(config.kind);
        let fields = match config.fields.is_empty() {
            true => provider.fields().iter().map(|field| (*field).to_owned()).collect(),
            false => config.fields.iter().cloned().collect(),
        };
        let token = Token { value: config.access_token.clone(), ..Token::default() };
        let named = |template: &Value, name: &str| template[name].as_str().unwrap_or_default().to_owned();
        let templates = config.templates.iter().map(|one| ((named(one, "name"), named(one, "language")), one.clone())).collect();
        let id = config.id.clone();
        let account = match self.accounts.remove(&id) {
            Some(known) => Account { config, fields, token, verified: None, failing_since: None, ..known },
            None => Account {
                config,
                faults: Faults::default(),
                delays: Delays::default(),
                limits: Limits::default(),
                ledger: Ledger::default(),
                fields,
                token,
                templates,
                profile: json!({}),
                recent: VecDeque::new(),
                ids: BTreeMap::new(),
                person_ids: BTreeMap::new(),
                verified: None,
                failing_since: None,
            },
        };
        self.accounts.insert(id.clone(), account);
        for person in self.people.values().cloned().collect::<Vec<_>>() {
            self.introduce(&id, &person);
        }
    }

    pub fn put_person(&mut self, person: Person) {
        for id in self.accounts.keys().cloned().collect::<Vec<_>>() {
            self.introduce(&id, &person);
        }
        self.people.insert(person.key.clone(), person);
    }

    fn introduce(&mut self, account: &str, person: &Person) {
        let Some(account) = self.accounts.get_mut(account) else {
            return;
        };
        let ids = provider::of(account.config.kind).person_ids(&account.config, person);
        account.ids.retain(|_, key| *key != person.key);
        if let Some(first) = ids.first() {
            account.person_ids.insert(person.key.clone(), first.clone());
        }
        for id in ids {
            account.ids.insert(id, person.key.clone());
        }
    }

    /// The accounts, in the order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = &PlatformAccount> {
        self.accounts.values().map(|account| &account.config)
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// How the provider names a person to this account; `None` for who is not on that platform.
    pub fn id_of(&self, account: &str, person: &str) -> Option<&str> {
        self.accounts.get(account)?.person_ids.get(person).map(String::as_str)
    }

    /// What people can do in this account's app.
    pub fn abilities(&self, account: &str) -> Option<Abilities> {
        let account = self.accounts.get(account)?;
        Some(provider::of(account.config.kind).abilities(&account.config))
    }

    /// What was really accepted, shown and told; `None` for an account that does not exist.
    pub fn ledger(&self, account: &str) -> Option<&Ledger> {
        self.accounts.get(account).map(|account| &account.ledger)
    }

    /// Sets what goes wrong at an account.
    pub fn set_faults(&mut self, account: &str, faults: Faults) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.faults = faults;
        }
    }

    pub fn set_delays(&mut self, account: &str, delays: Delays) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.delays = delays;
        }
    }

    pub fn set_limits(&mut self, account: &str, limits: Limits) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.limits = limits;
        }
    }

    /// Answers one request to an API or for a file, at one of the hosts.
    /// An answer with a ticket is had from `answer_of` once a callback has been answered.
    pub fn handle_request(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        match request.door() {
            "cdn" => self.file_answer(request, now),
            "graph" if request.path.starts_with("/media/") => self.file_answer(request, now),
            "graph" | "instagram" => meta::answer(self, request, now),
            "line" | "line-data" => line::answer(self, request, now),
            "gbm" => gbm::answer(self, request, now),
            "platform" => custom::answer(self, request, now),
            door => HttpAnswer::json(421, &json!({ "error": format!("No platform has the host {door}") })),
        }
    }

    /// The answer behind a ticket, once; `None` while it is not decided.
    pub fn answer_of(&mut self, ticket: u64) -> Option<HttpAnswer> {
        match self.tickets.get(&ticket) {
            Some(None) => None,
            Some(Some(_)) => self.tickets.remove(&ticket).flatten(),
            None => Some(HttpAnswer::empty(500)),
        }
    }

    /// Carries out everything up to `now` and hands out the requests that are due, in order.
    pub fn due(&mut self, now: Timestamp) -> Vec<crate::carrier::Callback> {
        let mut callbacks = Vec::new();
        while let Some(entry) = self.plans.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((at, _), step) = entry.remove_entry();
            match step {
                Step::Leave(errand) => callbacks.extend(self.leave(*errand, at)),
                Step::Astray(id) => self.callback_answer(id, CallbackAnswer::NoConnection("lost on the way".into()), at),
                Step::Sent(place, id) => self.announce(&place, Event::Sent(id), at),
                Step::Arrive(place, id) => self.arrive(&place, &id, at),
                Step::Fail(place, id, code) => self.announce(&place, Event::Failed(id, code), at),
                Step::Review { account, template, status } => meta::reviewed(self, &account, &template, &status, at),
            }
        }
        callbacks
    }

    /// When `due` has something to do next; `None` while nothing is planned.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.plans.keys().next().map(|(at, _)| *at)
    }

    /// Webhooks of an account that were not taken yet and will be tried, or are under way.
    pub fn untold(&self, account: &str) -> usize {
        let planned = self.plans.values().filter_map(|step| match step {
            Step::Leave(errand) => Some(&**errand),
            _ => None,
        });
        planned.chain(self.under_way.values()).filter(|errand| errand.account == account && errand.purpose.is_webhook()).count()
    }

    /// Every webhook that waits to be repeated is due now, in the order in which they would have left.
    pub fn hurry(&mut self, now: Timestamp) {
        let (waiting, others) = std::mem::take(&mut self.plans)
            .into_iter()
            .partition(|(_, step)| matches!(step, Step::Leave(errand) if errand.attempt > 1 && errand.purpose.is_webhook()));
        self.plans = others;
        for step in BTreeMap::into_values(waiting) {
            self.plan(now, step);
        }
    }

    /// The position of the newest change on any screen.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Another word after each start and reset.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The messages on a person's screen that changed after a position, oldest change first.
    pub fn events(&self, account: &str, person: &str, after: u64) -> Vec<Shown> {
        let Some(thread) = self.threads.get(&(account.to_owned(), person.to_owned())) else {
            return Vec::new();
        };
        let mut events: Vec<Shown> = thread.messages.iter().filter(|shown| shown.arrived && shown.position > after).cloned().collect();
        events.sort_by_key(|shown| shown.position);
        events
    }

    /// The same with how the talk stands, as JSON: `messages`, `typing_until_ms`, `blocked`, `muted`, `off`, `opened`.
    pub fn screen_json(&self, account: &str, person: &str, after: u64) -> Value {
        let thread = self.threads.get(&(account.to_owned(), person.to_owned()));
        json!({
            "account": account,
            "person": person,
            "messages": self.events(account, person, after),
            "typing_until_ms": thread.and_then(|thread| thread.typing_until).map_or(0, Timestamp::as_millisecond),
            "blocked": thread.is_some_and(|thread| thread.blocked),
            "muted": thread.is_some_and(|thread| thread.muted),
            "off": thread.is_some_and(|thread| thread.off),
            "opened": thread.is_some_and(|thread| thread.opened),
        })
    }

    fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    fn provider(&self, account: &str) -> Option<&'static dyn Provider> {
        self.accounts.get(account).map(|account| provider::of(account.config.kind))
    }

    fn thread(&mut self, place: &Where) -> &mut Thread {
        self.threads.entry((place.account.clone(), place.person.clone())).or_default()
    }

    fn thread_of(&self, place: &Where) -> Option<&Thread> {
        self.threads.get(&(place.account.clone(), place.person.clone()))
    }

    fn shown(&self, place: &Where, id: &str) -> Option<&Shown> {
        self.thread_of(place)?.message(id)
    }

    /// Changes a message on the screen, so that whoever looks is told.
    fn touch(&mut self, place: &Where, id: &str, change: impl FnOnce(&mut Shown)) {
        self.position += 1;
        let position = self.position;
        let thread = self.thread(place);
        thread.position = position;
        if let Some(shown) = thread.message_mut(id) {
            change(shown);
            shown.position = position;
        }
    }

    /// Changes how a talk stands, so that whoever looks is told.
    fn touch_thread(&mut self, place: &Where, change: impl FnOnce(&mut Thread)) {
        self.position += 1;
        let position = self.position;
        let thread = self.thread(place);
        change(thread);
        thread.position = position;
    }

    /// Puts a message into the talk; it is seen once it has arrived.
    fn add(&mut self, place: &Where, mut shown: Shown) {
        self.position += 1;
        shown.position = self.position;
        shown.account.clone_from(&place.account);
        shown.person.clone_from(&place.person);
        let thread = self.thread(place);
        if thread.messages.len() >= KEPT_MESSAGES {
            thread.messages.drain(..KEPT_MESSAGES / 10);
        }
        thread.position = shown.position;
        thread.messages.push(shown);
    }

    fn announce(&mut self, place: &Where, event: Event, now: Timestamp) {
        if let Some(provider) = self.provider(&place.account) {
            provider.announce(self, place, event, now);
        }
    }

    fn plan(&mut self, at: Timestamp, step: Step) {
        self.plans_made += 1;
        self.plans.insert((at, self.plans_made), step);
    }

    fn new_ticket(&mut self) -> u64 {
        self.tickets_made += 1;
        self.tickets.insert(self.tickets_made, None);
        self.tickets_made
    }

    fn decide(&mut self, ticket: u64, answer: HttpAnswer) {
        if let Some(place) = self.tickets.get_mut(&ticket) {
            *place = Some(answer);
        }
    }

    fn alert(&mut self, account: &str, at: Timestamp, text: impl Into<String>) {
        if let Some(account) = self.accounts.get_mut(account) {
            crate::carrier::keep(&mut account.ledger.alerts, Alert { at, text: text.into() });
        }
    }

    fn signal(&mut self, place: &Where, what: &str, message: &str, at: Timestamp) {
        let signal = Signal { at, person: place.person.clone(), what: what.to_owned(), message: message.to_owned() };
        if let Some(account) = self.accounts.get_mut(&place.account) {
            crate::carrier::keep(&mut account.ledger.signals, signal);
        }
    }

    fn note_on_screen(&mut self, place: &Where, id: &str, at: Timestamp) {
        let Some(shown) = self.shown(place, id) else {
            return;
        };
        let entry = OnScreen {
            id: shown.id.clone(),
            at,
            person: place.person.clone(),
            by: shown.by.name().to_owned(),
            kind: shown.kind.clone(),
            text: shown.text.clone(),
            media_sha256: shown.media.iter().filter_map(|media| self.files.get(&media.file)).map(File::sha256).collect(),
            reply_to: shown.reply_to.clone(),
        };
        if let Some(account) = self.accounts.get_mut(&place.account) {
            crate::carrier::keep(&mut account.ledger.shown, entry);
        }
    }
}

/// A time so many milliseconds later; the end of time when there is none.
fn later(at: Timestamp, ms: u64) -> Timestamp {
    let delay = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    at.checked_add(delay).unwrap_or(Timestamp::MAX)
}

fn since_ms(earlier: Timestamp, now: Timestamp) -> i64 {
    i64::try_from(now.duration_since(earlier).as_millis()).unwrap_or(i64::MAX)
}
