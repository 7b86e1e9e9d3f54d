//! The person and how channels reach them.

use serde::{Deserialize, Serialize};

use crate::{AddressId, ConsentId, ContactId, ConversationId, MessageId, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    /// The person: all contacts of one root.
    pub root_id: ContactId,
    pub name: String,
    pub blocked: bool,
    pub created_at: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Address {
    pub id: AddressId,
    pub contact_id: ContactId,
    pub channel: String,
    /// The channel account for page-scoped ids, empty for phone and mail.
    pub scope: String,
    pub external_id: String,
    pub verified: bool,
    pub opted_out: bool,
}

/// Why an address may be written to, or not: what was said, when, and by which rule it counts. Never changed, only followed by the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub id: ConsentId,
    pub address_id: AddressId,
    pub opted_out: bool,
    /// `STOP`, `FR ARRET`, `account WEG`; `provider` where the provider said so, `blocked` where the person shut us out on the channel.
    pub rule: String,
    /// What they wrote, if they did.
    pub word: String,
    pub conversation_id: Option<ConversationId>,
    pub message_id: Option<MessageId>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FactSource {
    Customer,
    Bot,
    Flow,
    Agent,
    Token,
    Channel,
}

/// Something known of a person, kept on the contact it was learned on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub contact_id: ContactId,
    pub key: String,
    pub value: String,
    pub source: FactSource,
    pub verified: bool,
    pub at: Timestamp,
}
