//! What a platform does its own way. Everything that all of them share stands in `Platforms`.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    Act, Platforms, Where,
    config::{Kind, Person, PlatformAccount},
    custom, gbm, line, meta,
};
use crate::carrier::{CallbackAnswer, Chance, HttpAnswer};

/// What people can do in the platform's app: the page offers it, and `act` refuses the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Abilities {
    pub reply: bool,
    pub edit: bool,
    pub unsend: bool,
    /// The reactions there are; empty for none.
    pub react: Vec<&'static str>,
    pub sticker: bool,
    pub location: bool,
    pub contact: bool,
    pub file: bool,
    pub voice: bool,
    /// The app shows whether the business has seen what was written.
    pub seen: bool,
    /// The platform tells the business that somebody writes.
    pub typing: bool,
    /// People can ask to be written to no more, and still write.
    pub opt_out: bool,
}

/// What happened between one person and one account, for the provider to tell the account about.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The person said something; with it, what a chosen quick reply carries.
    Said {
        id: String,
        quick_reply: Option<String>,
    },
    /// The person tapped a choice of a message; `said` is the message it made on their screen, if any.
    Tapped {
        on: String,
        choice: String,
        said: Option<String>,
    },
    /// The person set a reaction, or took back the one given.
    Reacted {
        on: String,
        emoji: String,
        added: bool,
    },
    Edited(String),
    Unsent(String),
    /// The person has seen these messages of the business.
    Read(Vec<String>),
    /// The person came by a link, an advertisement or a menu.
    Started {
        referral: Option<Value>,
        payload: Option<String>,
        title: String,
    },
    /// The person wants no marketing any more, or again.
    Marketing {
        wanted: bool,
    },
    /// The person blocked the business, or let it in again.
    Blocked(bool),
    /// The person is writing, or no longer.
    Typing(bool),
    /// Somebody of the business wrote in the provider's own app.
    StaffSaid(String),
    /// Whatever else: a member of the payload as given, for a field if not the usual one.
    Raw {
        field: Option<String>,
        json: Value,
        id: String,
    },
    /// A message of the business was taken.
    Accepted(String),
    /// It was handed on.
    Sent(String),
    /// It has come to the screen.
    Delivered(String),
    /// It failed after it was accepted, for a reason the provider numbers.
    Failed(String, u32),
}

pub(super) trait Provider: Sync {
    /// How the account knows a person; the first is the one used. None: they are not on this platform.
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String>;

    fn message_id(&self, chance: &mut Chance) -> String;

    fn abilities(&self, account: &PlatformAccount) -> Abilities;

    /// The webhook fields one can subscribe to.
    fn fields(&self) -> &'static [&'static str];

    /// Why an act is not possible there, beyond the abilities.
    fn refuses(&self, _account: &PlatformAccount, _act: &Act) -> Option<&'static str> {
        None
    }

    /// Why a file cannot be sent there as this kind of message (`image`, `video`, …).
    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String>;

    /// The answer to who sent a message whose file cannot be had, where the provider fetches before it answers.
    fn not_fetched(&self, why: &str) -> HttpAnswer;

    /// The exact bytes of a webhook's body.
    fn bytes(&self, body: &Value) -> Bytes;

    /// The headers that prove a webhook that leaves now, over its exact bytes.
    fn proof(&self, account: &PlatformAccount, body: &[u8], now: Timestamp) -> Vec<(String, String)>;

    /// A handshake that is posted: its bytes and the headers with them. None: it is asked for by GET.
    fn handshake(&self, _account: &PlatformAccount, _challenge: &str) -> Option<(Bytes, Vec<(String, String)>)> {
        None
    }

    /// Whether the answer to a handshake is the right one.
    fn shaken(&self, answer: &CallbackAnswer, challenge: &str) -> bool {
        matches!(answer, CallbackAnswer::Answered { status: 200, body, .. } if body.as_ref() == challenge.as_bytes())
    }

    /// The answer to who asked for the handshake. A wrong one stops the account's webhooks if the provider is so strict.
    fn shaken_answer(&self, answer: &CallbackAnswer, right: bool, _now: Timestamp) -> HttpAnswer {
        if right { HttpAnswer::json(200, &serde_json::json!({ "success": true })) } else { meta::not_verified(answer) }
    }

    /// Whether webhooks wait for a right handshake.
    fn strict(&self) -> bool {
        true
    }

    /// Whether a webhook that failed is tried again at all.
    fn repeats(&self, _account: &PlatformAccount) -> bool {
        true
    }

    /// The bytes of a webhook's next try, where they are not those of the one before.
    fn again(&self, _world: &mut Platforms, _account: &str, _body: &Bytes, _now: Timestamp) -> Option<Bytes> {
        None
    }

    /// How long the provider waits before the try after this one, in milliseconds; 1 is the first.
    /// `None`: it tries no more, `spent_ms` after the first one left.
    fn again_after_ms(&self, attempt: u32, spent_ms: u64) -> Option<u64>;

    /// A webhook was given up for good.
    fn given_up(&self, _world: &mut Platforms, _account: &str, _now: Timestamp) {}

    /// Tells the account about it, or does not.
    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp);
}

pub(super) fn of(kind: Kind) -> &'static dyn Provider {
    match kind {
        Kind::Messenger => &meta::Messenger,
        Kind::Instagram => &meta::Instagram,
        Kind::Whatsapp => &meta::Whatsapp,
        Kind::Line => &line::Line,
        Kind::Gbm => &gbm::Gbm,
        Kind::Custom => &custom::Custom,
    }
}
