//! Public ids: two letters + 32 hex digits of a UUID. The letters are checked, so a task id cannot pass for a worker.
//! GLOSSARY.md lists every prefix.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::Timestamp;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnId {
    pub prefix: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an id of the form {}… (two letters and 32 hex digits)", self.prefix)
    }
}

impl std::error::Error for NotAnId {}

/// What every id type offers; rows and ids are made generic over it.
pub trait Id: Copy + Eq + Ord + fmt::Display + FromStr<Err = NotAnId> {
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
    /// When it was made, to the millisecond: every id of ours holds it.
    fn made_at(self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.uuid().as_u128() >> 80).unwrap_or_default())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub Uuid);

            impl Id for $name {
                const PREFIX: &'static str = $prefix;
                fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
                fn uuid(self) -> Uuid { self.0 }
            }
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}{}", $prefix, self.0.as_simple())
                }
            }
            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
            }
            impl FromStr for $name {
                type Err = NotAnId;
                fn from_str(text: &str) -> Result<Self, NotAnId> { parse($prefix, text).map(Self) }
            }
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
            }
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )*
        /// Every prefix with the name of its type, for the glossary's test.
        pub const PREFIXES: &[(&str, &str)] = &[$(($prefix, stringify!($name))),*];
    };
}

ids! {
    /// Owner of keys and users; holds workspaces.
    AccountId = "AC";
    WorkspaceId = "WS";
    UserId = "US";
    MembershipId = "KM";
    ApiKeyId = "SK";
    SessionId = "KS";
    ChannelAppId = "KP";
    ChannelAccountId = "KA";
    ContactId = "KC";
    AddressId = "KD";
    JoinId = "KU";
    /// Evidence of an opt-out, or of a coming back.
    ConsentId = "KE";
    ThreadId = "KT";
    ConversationId = "CH";
    ParticipantId = "MB";
    MessageId = "IM";
    /// A file or picture of a message.
    AttachmentId = "ME";
    FlowId = "FW";
    ExecutionId = "FN";
    StepId = "FT";
    DeliveryId = "KV";
    InboundId = "KI";
    JobId = "KJ";
    OutboxId = "KO";
    TaskId = "WT";
    ReservationId = "WR";
    WorkflowId = "WW";
    TaskQueueId = "WQ";
    ActivityId = "WA";
    WorkerId = "WK";
    TaskChannelId = "TC";
    BusinessHoursId = "KH";
    WorkerChannelId = "WC";
    EventId = "EV";
    NodeId = "KN";
    CannedReplyId = "KR";
    BotQuestionId = "KQ";
    BotFactId = "KF";
    VisitorId = "KB";
    CustomFieldId = "KX";
    WebhookId = "KW";
    WebhookDeliveryId = "KY";
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, NotAnId> {
    let hex = text.strip_prefix(prefix).filter(|hex| hex.len() == 32);
    hex.and_then(|hex| Uuid::try_parse_ascii(hex.as_bytes()).ok()).ok_or(NotAnId { prefix })
}

/// A generator of ids as a value: time-ordered UUIDv7 from a given time and seed.
/// A copy makes the same ids again, which is what lets a database closure run twice.
#[derive(Debug, Clone)]
pub struct Ids {
    now: Timestamp,
    state: u64,
    counter: u64,
}

impl Ids {
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self { now, state: seed, counter: 0 }
    }

    #[allow(clippy::should_implement_trait)] // it is generic over what it makes, which an iterator cannot be
    pub fn next<T: Id>(&mut self) -> T {
        self.counter += 1;
        let high = (self.random() & 0xFFFF) << 16 | (self.counter & 0xFFFF);
        let millis = (self.now.micros() / 1000).max(0) as u64;
        let mut bytes = [0u8; 10];
        bytes[..2].copy_from_slice(&((self.counter & 0xFFFF) as u16).to_be_bytes());
        bytes[2..].copy_from_slice(&(self.random() ^ high).to_be_bytes());
        T::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// A generator that goes on elsewhere: what it makes never meets what this one makes.
    pub fn fork(&mut self) -> Self {
        let state = self.random();
        Self { now: self.now, state, counter: self.counter }
    }

    /// A pseudo-random number, for values that are no secret.
    pub fn random(&mut self) -> u64 {
        // SplitMix64: a full-period mixer, good enough for ids and reproducible from a seed.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_checked() {
        let task: TaskId = Ids::new(Timestamp::from_micros(1), 7).next();
        assert_eq!(task.to_string().parse::<TaskId>().unwrap(), task);
        assert!(task.to_string().parse::<WorkerId>().is_err());
        assert!("WT12".parse::<TaskId>().is_err());
    }

    #[test]
    fn a_copy_makes_the_same_ids() {
        let mut first = Ids::new(Timestamp::from_micros(5_000_000), 42);
        let mut copy = first.clone();
        let ids: Vec<MessageId> = (0..100).map(|_| first.next()).collect();
        let again: Vec<MessageId> = (0..100).map(|_| copy.next()).collect();
        assert_eq!(ids, again);
        assert!(ids.is_sorted());
    }

    #[test]
    fn no_prefix_is_used_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (prefix, name) in PREFIXES {
            assert!(seen.insert(prefix), "{name} repeats {prefix}");
        }
    }
}
