//! The emulated mail server: a value that is asked and stepped, with neither clock nor network.
//!
//! `imap::Session` and `smtp::Session` are what happens on one connection: bytes in, bytes out. `take` is a letter that was handed over, from
//! whomever: it is put into a mailbox, shown in a person's app, answered by a note of absence, or comes back. `act` is a person writing in
//! their app, `screens_json` what stands there, `control` sets it up and reads the ledger. The same seed and the same calls give the same run.

mod act;
mod config;
mod control;
pub mod imap;
mod ledger;
mod letter;
mod report;
mod screen;
pub mod smtp;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::carrier::{Chance, keep};
pub use config::{Faults, MailConfig, MailboxConfig, Person, Refuse, Stage};
pub use ledger::{Delivered, Ledger, Refused, Taken};
pub use screen::Shown;

const INBOX: &str = "INBOX";

/// All of it together.
#[derive(Clone, Debug)]
pub struct Mail {
    name: String,
    most_bytes: usize,
    /// By address.
    mailboxes: BTreeMap<String, Mailbox>,
    /// By key.
    people: BTreeMap<String, Person>,
    apps: BTreeMap<String, App>,
    files: BTreeMap<String, (String, String, Bytes)>,
    faults: Faults,
    ledger: Ledger,
    /// Letters on their way, in the order in which they come.
    under_way: BTreeMap<(Timestamp, u64), UnderWay>,
    left: u64,
    /// Counts every change on any screen.
    position: u64,
    /// Counts every change in any mailbox.
    changes: u64,
    chance: Chance,
    epoch: String,
}

#[derive(Clone, Debug)]
struct Mailbox {
    config: MailboxConfig,
    folders: BTreeMap<String, Folder>,
}

/// A folder in one life: its numbers mean something only while the validity stays.
#[derive(Clone, Debug)]
pub struct Folder {
    validity: u32,
    next: u32,
    letters: Vec<Kept>,
}

#[derive(Clone, Debug)]
pub struct Kept {
    uid: u32,
    flags: BTreeSet<String>,
    at: Timestamp,
    bytes: Bytes,
}

/// A letter that is late: sender and recipient of the envelope.
#[derive(Clone, Debug)]
struct UnderWay {
    sender: String,
    recipient: String,
    bytes: Bytes,
}

/// A person's mail app.
#[derive(Clone, Debug, Default)]
struct App {
    letters: Vec<Shown>,
    /// Notes of absence go out.
    away: bool,
    /// Who had one since.
    told_away: BTreeSet<String>,
}

impl Mail {
    pub fn new(config: &MailConfig, seed: u64) -> Self {
        let mut mail = Self {
            name: config.name.clone(),
            most_bytes: config.most_bytes,
            mailboxes: BTreeMap::new(),
            people: config.people.iter().map(|person| (person.key.clone(), person.clone())).collect(),
            apps: BTreeMap::new(),
            files: BTreeMap::new(),
            faults: Faults::default(),
            ledger: Ledger::default(),
            under_way: BTreeMap::new(),
            left: 0,
            position: 0,
            changes: 0,
            chance: Chance::seeded(seed),
            epoch: String::new(),
        };
        mail.epoch = mail.chance.sid("");
        for mailbox in &config.mailboxes {
            mail.put_mailbox(mailbox.clone());
        }
        mail
    }

    /// Puts a mailbox in, or changes who may open it; its letters stay.
    pub fn put_mailbox(&mut self, mut config: MailboxConfig) {
        config.address = config.address.to_lowercase();
        let folders = self.mailboxes.remove(&config.address).map(|known| known.folders);
        let folders = folders.unwrap_or_else(|| [(INBOX.to_owned(), self.fresh_folder())].into());
        self.mailboxes.insert(config.address.clone(), Mailbox { config, folders });
    }

    fn fresh_folder(&mut self) -> Folder {
        // Grows from life to life, as servers that count seconds do.
        let validity = 1_700_000_000 + self.changes as u32 * 1_000 + self.chance.up_to(999) as u32;
        self.changes += 1;
        Folder { validity, next: 1, letters: Vec::new() }
    }

    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The mailbox is made anew: the same letters under new numbers.
    pub fn renew(&mut self, address: &str) {
        let fresh = self.fresh_folder();
        let Some(folder) = self.mailboxes.get_mut(address).and_then(|mailbox| mailbox.folders.get_mut(INBOX)) else { return };
        folder.validity = fresh.validity.max(folder.validity + 1);
        for (no, letter) in folder.letters.iter_mut().enumerate() {
            letter.uid = no as u32 + 1;
        }
        folder.next = folder.letters.len() as u32 + 1;
    }

    /// Forgets all letters, faults and the ledger; mailboxes and people stay. Mailboxes are other ones afterwards.
    pub fn reset(&mut self) {
        self.apps.clear();
        self.files.clear();
        self.faults = Faults::default();
        self.ledger = Ledger::default();
        self.under_way.clear();
        self.position = 0;
        self.epoch = self.chance.sid("");
        for address in self.mailboxes.keys().cloned().collect::<Vec<_>>() {
            let fresh = self.fresh_folder();
            if let Some(mailbox) = self.mailboxes.get_mut(&address) {
                mailbox.folders = [(INBOX.to_owned(), fresh)].into();
            }
        }
    }

    /// Counts every change in any mailbox: connections that listen look again.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub fn position(&self) -> u64 {
        self.position
    }

    /// Another word after each start and reset.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// A letter that was handed over, for everybody of the envelope. `user`: who had signed in; the server's own have none.
    pub fn take(&mut self, user: &str, sender: &str, recipients: &[String], bytes: &[u8], now: Timestamp) {
        let taken = Taken {
            at: now,
            user: user.to_owned(),
            sender: sender.to_owned(),
            recipients: recipients.to_vec(),
            message_id: letter::id_of(bytes, "message-id"),
            subject: letter::header(bytes, "subject"),
            bytes: bytes.len(),
        };
        keep(&mut self.ledger.taken, taken);
        for recipient in recipients {
            self.deliver(sender, recipient, bytes, now);
        }
    }

    /// Delivers every letter that is due.
    pub fn due(&mut self, now: Timestamp) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), letter) = entry.remove_entry();
            self.arrive(&letter.sender, &letter.recipient, &letter.bytes, at);
        }
    }

    /// When `due` has something to do next; `None` while no letter is on its way.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// How long every answer on a connection is held back, in milliseconds.
    pub fn answer_delay_ms(&self) -> u64 {
        self.faults.answer_delay_ms
    }

    /// A letter leaves for somebody: it is there at once, or as late as the faults say.
    fn deliver(&mut self, sender: &str, recipient: &str, bytes: &[u8], now: Timestamp) {
        let faults = &self.faults;
        let late_ms = self.chance.lateness_ms(faults.delay_ms, faults.jitter_ms, faults.shuffle, faults.shuffle_ms);
        if late_ms == 0 {
            return self.arrive(sender, recipient, bytes, now);
        }
        self.left += 1;
        let at = now.checked_add(SignedDuration::from_millis(i64::try_from(late_ms).unwrap_or(i64::MAX))).unwrap_or(Timestamp::MAX);
        let letter = UnderWay { sender: sender.to_owned(), recipient: recipient.to_owned(), bytes: Bytes::copy_from_slice(bytes) };
        self.under_way.insert((at, self.left), letter);
    }

    fn arrive(&mut self, sender: &str, recipient: &str, bytes: &[u8], now: Timestamp) {
        let address = letter::without_plus(recipient);
        if let Some((_, status)) = self.faults.bounce.iter().find(|(known, _)| known.eq_ignore_ascii_case(&address)) {
            let status = status.clone();
            return self.come_back(sender, recipient, &status, bytes, now);
        }
        if self.mailboxes.contains_key(&address) {
            for _ in 0..=self.faults.duplicate {
                self.put(&address, sender, recipient, bytes, now);
            }
            return;
        }
        match self.person_at(&address) {
            Some(key) => {
                self.show_arrived(&key, bytes, now);
                self.say_away(&key, sender, bytes, now);
            }
            None => self.come_back(sender, recipient, "5.1.1", bytes, now),
        }
    }

    /// Whether anybody here has this address.
    fn knows(&self, address: &str) -> bool {
        let address = letter::without_plus(address);
        self.mailboxes.contains_key(&address) || self.person_at(&address).is_some()
    }

    fn person_at(&self, address: &str) -> Option<String> {
        self.people.values().find(|person| person.address.eq_ignore_ascii_case(address)).map(|person| person.key.clone())
    }

    /// Puts a letter into a mailbox, with what a server writes above it.
    fn put(&mut self, address: &str, sender: &str, recipient: &str, bytes: &[u8], now: Timestamp) {
        let bytes = self.stamped(sender, recipient, bytes, now);
        let Some(folder) = self.mailboxes.get_mut(address).and_then(|mailbox| mailbox.folders.get_mut(INBOX)) else { return };
        let uid = folder.next;
        folder.next += 1;
        let message_id = letter::id_of(&bytes, "message-id");
        folder.letters.push(Kept { uid, flags: BTreeSet::new(), at: now, bytes });
        self.changes += 1;
        keep(&mut self.ledger.delivered, Delivered { at: now, to: address.to_owned(), message_id, uid: Some(uid) });
    }

    /// Whatever claims to be our own judgement is taken out, then ours is put above.
    fn stamped(&self, sender: &str, recipient: &str, bytes: &[u8], now: Timestamp) -> Bytes {
        let end = letter::head_end(bytes);
        let ours = |name: &str, line: &str| {
            name.eq_ignore_ascii_case("authentication-results")
                && line.split_once(':').is_some_and(|(_, said)| said.trim().starts_with(&self.name))
        };
        let rest: String = letter::headers(bytes).into_iter().filter(|(name, line)| !ours(name, line)).map(|(_, line)| line).collect();
        let from = letter::address_in(&letter::header(bytes, "from"));
        let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).unwrap_or_default();
        // Reports and notes have no sender: theirs are signed by whoever they are from.
        let signed = sender.is_empty() && (domain(&from) == self.name || self.person_at(&from).is_some());
        let aligned = !self.faults.unproven && (signed || !sender.is_empty() && domain(sender) == domain(&from));
        let result = if aligned { "pass" } else { "fail" };
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let head = format!(
            "Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\nReceived: from outside by {name} for <{recipient}>; {date}\r\n\
             Authentication-Results: {name}; spf={result} smtp.mailfrom={sender}; dkim={result} header.d={domain};\r\n dmarc={result} header.from={domain}\r\n",
            name = self.name,
            domain = domain(&from),
        );
        [head.as_bytes(), rest.as_bytes(), b"\r\n", bytes.get(end..).unwrap_or_default()].concat().into()
    }

    fn fresh_id(&mut self, domain: &str) -> String {
        format!("{:016x}@{domain}", self.chance.up_to(u64::MAX - 1))
    }

    /// Whether this user may come in with this word, and whose mailbox that is.
    fn signed_in(&mut self, at: &'static str, user: &str, secret: &str, token: bool) -> Option<String> {
        let fits = |config: &MailboxConfig| {
            let wanted = if token { &config.token } else { &config.password };
            config.user().eq_ignore_ascii_case(user) && !wanted.is_empty() && wanted == secret
        };
        let ended = token && self.faults.expired_token;
        let found = self.mailboxes.values().find(|mailbox| fits(&mailbox.config)).filter(|_| !ended);
        let address = found.map(|mailbox| mailbox.config.address.clone());
        keep(&mut self.ledger.sign_ins, (at, user.to_owned(), address.is_some()));
        address
    }
}

/// What XOAUTH2 sends: user and token. `None` for anything else.
fn bearer(said: &[u8]) -> Option<(String, String)> {
    let said = String::from_utf8(said.to_vec()).ok()?;
    let mut parts = said.split('\u{1}');
    let user = parts.next()?.strip_prefix("user=")?.to_owned();
    let token = parts.next()?.strip_prefix("auth=Bearer ")?.to_owned();
    Some((user, token))
}

/// What PLAIN sends: user and password.
fn plain(said: &[u8]) -> Option<(String, String)> {
    let said = String::from_utf8(said.to_vec()).ok()?;
    let mut parts = said.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}
