//! What Messenger, Instagram and WhatsApp share: one webhook, one signature, one Graph API.
//!
//! A delivery is signed with the app's secret over its raw bytes, names its accounts by the provider's ids, and may hold several of each.

pub mod content;
pub mod doctor;
pub mod events;
pub mod graph;
pub mod send;
pub mod template;

use model::{ChannelAccount, Timestamp};
use serde_json::Value;

use crate::contract::*;
use crate::signature::{hmac_sha256, same};
use crate::wire::{header, list, text};

/// Notes kept of one delivery; the rest are counted.
const NOTES: usize = 8;
/// Meta gathers what it could not tell at once: WhatsApp says up to 3 MB, the others up to 1,000 events.
pub const WEBHOOK_BYTES: usize = 4 << 20;

/// A delivery that is genuine.
pub enum Delivery {
    /// The provider asks whether the URL is ours.
    Handshake(Answer),
    Body(Value),
    Unreadable(String),
}

/// Believes a request or not: a handshake by the verify token, everything else by its signature.
pub fn admit(to: &Recipient, incoming: &Incoming) -> Result<Delivery, Rejected> {
    let Incoming::Request { method, target, headers, body } = incoming else {
        return Err(Rejected { why: "this channel's webhooks are requests" });
    };
    if *method == "GET" {
        return handshake(secret(to, "verify_token"), target).map(Delivery::Handshake);
    }
    verify(secret(to, "app_secret"), headers, body)?;
    Ok(match serde_json::from_slice::<Value>(body) {
        Ok(json) if json.get("entry").is_some_and(Value::is_array) => Delivery::Body(json),
        Ok(_) => Delivery::Unreadable("a delivery without entries".into()),
        Err(error) => Delivery::Unreadable(format!("not JSON: {error}")),
    })
}

fn secret<'a>(to: &'a Recipient, key: &str) -> &'a str {
    match to {
        Recipient::Account(account) => account.secret(key),
        Recipient::App { secrets, .. } => secrets.get(key).map_or("", String::as_str),
    }
}

fn handshake(verify_token: &str, target: &str) -> Result<Answer, Rejected> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let asked: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let field = |name: &str| asked.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if verify_token.is_empty() {
        return Err(Rejected { why: "the account has no verify token" });
    }
    if field("hub.mode") != "subscribe" || field("hub.challenge").is_empty() {
        return Err(Rejected { why: "no handshake" });
    }
    if !same(field("hub.verify_token").as_bytes(), verify_token.as_bytes()) {
        return Err(Rejected { why: "the verify token does not fit" });
    }
    Ok(Answer::text(200, field("hub.challenge")))
}

/// The bytes as received: the provider signs its JSON with every character beyond ASCII escaped, which no JSON library writes again.
fn verify(app_secret: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), Rejected> {
    if app_secret.is_empty() {
        return Err(Rejected { why: "the account has no app secret" });
    }
    let signature = header(headers, "x-hub-signature-256").ok_or(Rejected { why: "no signature" })?;
    let claimed = signature.strip_prefix("sha256=").and_then(bytes_of).ok_or(Rejected { why: "the signature is not SHA-256 in hex" })?;
    if same(&hmac_sha256(app_secret.as_bytes(), body), &claimed) { Ok(()) } else { Err(Rejected { why: "the signature does not fit" }) }
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    digits
        .filter(|digits| digits.len() == 64)?
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect()
}

/// What one delivery comes to, collected entry by entry.
#[derive(Default)]
pub struct Gathered {
    pub batches: Vec<Batch>,
    notes: Vec<String>,
    unsaid: usize,
    health: Option<Health>,
}

impl Gathered {
    pub fn note(&mut self, what: impl Into<String>) {
        if self.notes.len() < NOTES { self.notes.push(what.into()) } else { self.unsaid += 1 }
    }
    /// A warning outlives whatever else one delivery says of the account.
    pub fn hear(&mut self, health: Health) {
        if !matches!(self.health, Some(Health::Warning(_))) || matches!(health, Health::Warning(_)) {
            self.health = Some(health);
        }
    }
    pub fn warn(&mut self, setting: &str, code: &str, detail: String) {
        self.hear(Health::Warning(SettingProblem { setting: setting.into(), code: code.into(), detail }));
    }
    pub fn push(&mut self, account: &AccountKey, arrived: Arrived) {
        match self.batches.iter_mut().find(|batch| batch.account == *account) {
            Some(batch) => batch.events.push(arrived),
            None => self.batches.push(Batch { account: account.clone(), events: vec![arrived] }),
        }
    }
    /// Names an account that has news of its own and no event.
    pub fn push_none(&mut self, account: &AccountKey) {
        if !self.batches.iter().any(|batch| batch.account == *account) {
            self.batches.push(Batch { account: account.clone(), events: vec![] });
        }
    }
    pub fn received(mut self) -> Received {
        if self.unsaid > 0 {
            self.notes.push(format!("and {} more", self.unsaid));
        }
        Received {
            answer: Answer::text(200, "EVENT_RECEIVED"),
            batches: self.batches,
            unreadable: (!self.notes.is_empty()).then(|| self.notes.join("; ")),
            health: self.health,
            ..Received::default()
        }
    }
}

/// The account that an entry is for: its key, and the account itself where it is known.
/// `None` = another account's, which is noted and not taken.
pub fn addressed<'a>(
    to: &'a Recipient,
    setting: &str,
    what: &str,
    id: &str,
    gathered: &mut Gathered,
) -> Option<(AccountKey, Option<&'a ChannelAccount>)> {
    match to {
        Recipient::Account(account) if account.setting(setting) == id => Some((AccountKey::This, Some(account))),
        Recipient::Account(_) => {
            gathered.note(format!("for {what} {id}, which is not this account's"));
            None
        }
        Recipient::App { .. } if id.is_empty() => {
            gathered.note(format!("for no {what}"));
            None
        }
        Recipient::App { accounts, .. } => {
            let account = accounts.iter().copied().find(|account| account.setting(setting) == id);
            Some((AccountKey::Provider(id.to_owned()), account))
        }
    }
}

/// What Messenger's and Instagram's deliveries come to: entries of `messaging[]`, of `standby[]` where another app answers, and of `changes[]`.
pub fn take_entries(to: &Recipient, json: &Value, object: &'static str, setting: &'static str, what: &str) -> Received {
    let mut gathered = Gathered::default();
    if text(json, "object") != object {
        gathered.note(format!("for the object {:?}, not {object}", text(json, "object")));
        return gathered.received();
    }
    for entry in list(json, "entry") {
        let own = text(entry, "id");
        let Some((key, account)) = addressed(to, setting, what, own, &mut gathered) else { continue };
        let place = events::Place {
            channel: if object == "page" { "messenger" } else { object },
            key: &key,
            own,
            setting,
            app_id: account.map_or("", |account| account.setting("app_id")),
        };
        let at: Option<Timestamp> = entry.get("time").and_then(crate::wire::millis);
        for (name, standby) in [("messaging", false), ("standby", true)] {
            for item in list(entry, name) {
                events::understand(&place, item, at, standby, &mut gathered);
            }
        }
        for change in list(entry, "changes") {
            events::change(&place, change, &mut gathered);
        }
    }
    gathered.received()
}

#[cfg(test)]
pub mod tests;
