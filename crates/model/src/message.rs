//! One thing said, and how far it has come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AttachmentId, Card, ContactId, ConversationId, MessageId, ThreadId, Timestamp, WorkerId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Author {
    Contact {
        id: ContactId,
        name: String,
    },
    Worker {
        id: WorkerId,
        name: String,
    },
    Bot {
        name: String,
    },
    /// Somebody of ours in the provider's own app, e.g. in a page's inbox; `app` is empty where the provider does not say.
    Elsewhere {
        app: String,
    },
    System,
}

/// One answer of a form: typed by whoever filled it in, and proven by nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormAnswer {
    /// The fact it becomes.
    pub key: String,
    pub kind: FormFieldKind,
    /// The question in the words that were shown.
    pub label: String,
    /// As flows read it; of a consent `yes` or `no`.
    pub value: String,
    /// As it was shown, e.g. the words of the chosen answer.
    pub shown: String,
}

/// What a field of a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormFieldKind {
    Name,
    Email,
    Phone,
    Text,
    Choice,
    Consent,
}

impl FormFieldKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Text => "text",
            Self::Choice => "choice",
            Self::Consent => "consent",
        }
    }
}

/// What a message holds beside text and files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Extra {
    /// What was asked before the first message, and answered.
    Form {
        answers: Vec<FormAnswer>,
    },
    /// Degrees; name and address may be empty.
    Location {
        latitude: f64,
        longitude: f64,
        name: String,
        address: String,
    },
    ContactCard {
        name: String,
        phones: Vec<String>,
        emails: Vec<String>,
        organization: String,
    },
    /// A sticker of the provider's. Inbound ones come as their pictures.
    Sticker {
        /// Whose sticker it is, where the provider tells sets apart; else empty.
        set: String,
        id: String,
        /// What is read where the picture cannot be seen; may be empty.
        name: String,
    },
    /// Something of the platform, shown as a link: `what` is a word for translation such as `post`, `reel`, `story_mention`, `story_reply`,
    /// `product`, `advertisement`, `order`, `link`.
    Link {
        what: String,
        title: String,
        url: String,
    },
    /// What a mail has beside its text.
    Mail {
        subject: String,
        /// Everybody it went to, and their copies, as `Name <address>`.
        to: Vec<String>,
        cc: Vec<String>,
        /// Whether the mail server that received it vouches for the sender: `proven`, `refuted` or `unknown`.
        sender: String,
        /// The text that was folded away: what was quoted of earlier mails, and signatures. Empty where nothing was.
        quoted: String,
        /// The mail as it was laid out, without scripts, forms, styles and remote pictures; empty where it had no layout of its own. Still only
        /// for a frame without rights.
        html: String,
        /// Pictures within `html`: `cid:` and the key mean the attachment of this name.
        #[serde(default)]
        pictures: BTreeMap<String, String>,
        /// A machine wrote it.
        automatic: bool,
        /// Who else gets an answer unless the agent says otherwise, as bare addresses.
        #[serde(default)]
        others: Vec<String>,
    },
    /// A message of ours in the provider's own form; the text is what it says where that cannot be shown.
    Native {
        /// As the provider documents it.
        content: serde_json::Value,
    },
    /// Who else gets a letter of ours.
    Copies(Copies),
    /// Something the channel has and we cannot show; `what` in the provider's own word.
    Unsupported {
        what: String,
    },
}

/// Who else gets a letter, as bare addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Copies {
    pub cc: Vec<String>,
    /// Seen by nobody else.
    pub bcc: Vec<String>,
}

impl Copies {
    /// More than these are a mailing list.
    pub const MOST: usize = 50;

    /// Whether the letter went to this address as a copy.
    pub fn hold(&self, address: &str) -> bool {
        self.cc.iter().chain(&self.bcc).any(|copy| copy.eq_ignore_ascii_case(address))
    }

    /// Without blanks and doubles.
    ///
    /// # Errors
    /// The first that is no mail address; an empty text where there are too many.
    pub fn checked(self) -> Result<Self, String> {
        let mut seen = std::collections::BTreeSet::new();
        let mut clean = |all: Vec<String>| -> Result<Vec<String>, String> {
            let mut kept = Vec::new();
            for one in all.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()) {
                if !is_address(&one) {
                    return Err(one);
                }
                if seen.insert(one.to_lowercase()) {
                    kept.push(one);
                }
            }
            Ok(kept)
        };
        let copies = Self { cc: clean(self.cc)?, bcc: clean(self.bcc)? };
        if seen.len() > Self::MOST { Err(String::new()) } else { Ok(copies) }
    }
}

/// One `@`, a domain with a dot, and nothing that could end a header line or begin another address.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@,;:<>()[]\\\"".contains(c));
    text.len() < 255 && plain(local) && plain(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

/// The message another one answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    pub message_id: MessageId,
    /// Its first words as they were then.
    pub text: String,
    /// Whose words they are.
    pub name: String,
}

/// A template with its gaps filled in; the message's text is what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    pub name: String,
    pub language: String,
    /// As many as the template has gaps, in their order.
    pub values: Vec<String>,
    /// As the provider described the template.
    #[serde(default)]
    pub raw: serde_json::Value,
}

/// A sign somebody put on a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// The worker's or the address's id: who may take it away again.
    pub by: String,
    pub name: String,
    pub ours: bool,
    pub emoji: String,
    pub at: Timestamp,
}

/// What a message said before it was edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    pub text: String,
    /// Until when it said so.
    pub until: Timestamp,
}

/// What somebody of ours wants of a message that has left. Until the provider has done it, the customer reads what they had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// The new words; `None` = the message is taken back.
    pub text: Option<String>,
    /// Who wants it, by name.
    pub by: String,
    pub at: Timestamp,
    /// Why it was not done; `None` while it is on its way.
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// Delivery states only move forward; `Failed` and `Uncertain` stand beside the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageState {
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    Uncertain,
}

impl MessageState {
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Sent, Self::Delivered, Self::Read, Self::Failed, Self::Uncertain]
            .into_iter()
            .find(|state| state.code() == code)
    }
    fn rung(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Uncertain => 2,
            Self::Sent => 3,
            Self::Delivered => 4,
            Self::Failed => 5,
            Self::Read => 6,
        }
    }
    /// The state after hearing `news`: never backwards (I1.5). A read message was delivered, so a later failure is noise;
    /// a failure is final against anything but proof that it was read.
    pub fn after(self, news: Self) -> Self {
        match (self, news) {
            (Self::Failed, Self::Read | Self::Delivered) => Self::Failed,
            (now, news) if news.rung() > now.rung() => news,
            (now, _) => now,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    pub code: String,
    pub detail: String,
}

/// A line of ours about the conversation, e.g. `joined` with the agent's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub kind: String,
    pub params: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    /// `None` for private notes and lines only the team sees.
    pub thread_id: Option<ThreadId>,
    pub seq: i64,
    /// Position in the thread, growing over its conversations.
    pub pos: i64,
    pub client_id: Option<String>,
    pub author: Author,
    pub private: bool,
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// Answers offered as buttons.
    pub choices: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    pub notice: Option<Notice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// Which offered answer the customer chose: what the tapped button carries, or the answer whose number or words they wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// What it said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// The number of the newest edit, where the provider counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub edit_no: i64,
    /// The approved text it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The provider's id of it, or of its first part: what a quote, a reaction or a read mark names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Taken back: text and files are gone for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent_at: Option<Timestamp>,
    /// Who of ours took it back; empty where the customer did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unsent_by: String,
    /// A change of ours that the customer does not see yet, or never will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    pub state: MessageState,
    pub problem: Option<Problem>,
    /// How many messages the channel made of it.
    pub parts: i64,
    pub created_at: Timestamp,
    pub provider_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(no: &i64) -> bool {
    *no == 0
}

impl Message {
    /// The attachments that are shown by themselves: without the pictures of its cards.
    pub fn own_files(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(|file| !self.cards.iter().any(|card| card.attachment() == Some(file.id)))
    }
    /// Its words for where there is one line for it: the text, or the titles of its cards.
    pub fn words(&self) -> String {
        let titles = || self.cards.iter().map(|card| card.title.as_str()).collect::<Vec<_>>().join(", ");
        if self.text.is_empty() { titles() } else { self.text.clone() }
    }
    pub fn from_contact(&self) -> bool {
        matches!(self.author, Author::Contact { .. })
    }
    /// Hears a delivery state; true when something changed.
    pub fn hear(&mut self, news: MessageState, at: Timestamp) -> bool {
        let after = self.state.after(news);
        let mut changed = after != self.state;
        self.state = after;
        let mark = |slot: &mut Option<Timestamp>| slot.is_none().then(|| *slot = Some(at)).is_some();
        match news {
            MessageState::Sent => changed |= mark(&mut self.sent_at),
            MessageState::Delivered => changed |= mark(&mut self.delivered_at),
            MessageState::Read => {
                changed |= mark(&mut self.read_at);
                changed |= mark(&mut self.delivered_at);
            }
            _ => {}
        }
        changed
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttachmentState {
    Pending,
    Ready,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    /// Shown name, normalised; never a path.
    pub name: String,
    /// Media type found in the content, not what was claimed.
    pub media_type: String,
    pub bytes: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub state: AttachmentState,
    /// Key in the object store; empty while pending.
    pub key: String,
    pub thumbnail_key: Option<String>,
    /// Where the provider keeps it until it is fetched.
    pub source_url: Option<String>,
    /// Sent as a sticker: shown small, without a frame.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sticker: bool,
    /// A WebP or GIF of several frames.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves: bool,
    /// Why it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<FileProblem>,
}

/// Why a customer's file could not be fetched or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FileProblem {
    /// `bytes` where it is known how many it has.
    TooBig {
        bytes: Option<i64>,
        limit: i64,
    },
    TooManyPixels {
        limit: i64,
    },
    /// The provider no longer has it, or gives it to nobody.
    Gone,
    /// Of what it claims to be it is none, or it breaks off: nobody could be shown it.
    Unreadable,
    /// It lies where we fetch nothing.
    RefusedAddress,
    /// Asked for again and again.
    NoAnswer,
}

impl FileProblem {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooBig { .. } => "too_big",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::Gone => "gone",
            Self::Unreadable => "unreadable",
            Self::RefusedAddress => "refused_address",
            Self::NoAnswer => "no_answer",
        }
    }
    /// How many bytes it has, where that is known and the matter.
    pub fn bytes(self) -> Option<i64> {
        match self {
            Self::TooBig { bytes, .. } => bytes,
            _ => None,
        }
    }
    /// Bytes, or pixels, that it may have.
    pub fn limit(self) -> Option<i64> {
        match self {
            Self::TooBig { limit, .. } | Self::TooManyPixels { limit } => Some(limit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn copies_go_to_addresses_only() {
        let copies = |cc: &[&str], bcc: &[&str]| {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
            super::Copies { cc: owned(cc), bcc: owned(bcc) }.checked()
        };
        let clean = copies(&[" a@b.example ", "", "A@B.example"], &["a@b.example", "c@d.example"]).unwrap();
        assert_eq!((clean.cc, clean.bcc), (vec!["a@b.example".to_owned()], vec!["c@d.example".to_owned()]));
        for bad in [
            "a",
            "@b.example",
            "a@",
            "a@b",
            "a@b@c.example",
            "a b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "a@b.example,c@d.example",
            "<a@b.example>",
        ] {
            assert_eq!(copies(&[bad], &[]), Err(bad.to_owned()));
        }
        let many: Vec<String> = (0..51).map(|no| format!("a{no}@b.example")).collect();
        assert_eq!(super::Copies { cc: many, bcc: vec![] }.checked(), Err(String::new()));
    }

    use super::MessageState::{self, *};

    #[test]
    fn delivery_never_moves_backwards() {
        let fold = |news: &[MessageState]| news.iter().fold(Queued, |state, news| state.after(*news));
        assert_eq!(fold(&[Sent, Delivered, Read]), Read);
        assert_eq!(fold(&[Read, Sent, Delivered]), Read);
        assert_eq!(fold(&[Delivered, Sent]), Delivered);
        assert_eq!(fold(&[Failed, Sent]), Failed);
        assert_eq!(fold(&[Sent, Failed]), Failed);
        assert_eq!(fold(&[Uncertain, Sent]), Sent);
    }
}
