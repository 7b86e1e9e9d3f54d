//! What a channel must be able to say, and the values it says it with.

use model::message::Copies;
use model::{
    Capabilities, CardButton, ChannelAccount, ConversationId, FieldProblem, Filled, Inbound, InboundEvent, MessageId, MessageTemplate,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub trait Connector: Sync + Send {
    /// The channel's kind, e.g. `sms`; also its path under `/in/`.
    fn kind(&self) -> &'static str;
    /// Its name as the admin reads it.
    fn name(&self) -> &'static str;
    /// Which kind of address it reaches people by; channels that share one (SMS, voice) share the person.
    fn address_kind(&self) -> &'static str {
        self.kind()
    }
    /// Whether its threads are browsers: somebody who proved who they are may have several, and goes on with one conversation on all of them.
    fn by_browser(&self) -> bool {
        false
    }
    /// Drives the admin's form; secrets are marked, hence sealed and redacted.
    fn settings(&self) -> &'static [Setting];
    /// Judges settings beyond `required`: what is wrong, and the mend.
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem>;
    /// Our own address on the channel, read from the settings.
    fn address(&self, account: &ChannelAccount) -> String;
    /// What the provider calls the account, and the setting that says so: two accounts that share it would both hear and say everything.
    /// `None` where the provider has no name for it, or none was entered.
    fn provider_key(&self, _account: &ChannelAccount) -> Option<(&'static str, String)> {
        None
    }
    fn capabilities(&self, account: &ChannelAccount) -> Capabilities;
    /// What came in: a request, a gateway frame or a mail, for one channel account or for an app whose one URL serves several.
    fn receive(&self, to: &Recipient, incoming: &Incoming, now: Timestamp) -> Result<Received, Rejected>;
    /// Cuts a message into parts by the channel's own limits, in sending order.
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part>;
    /// What messages in the provider's own form look like, beside everything that goes by the house's; see [`crate::native`].
    fn native(&self) -> Option<&'static crate::native::Native> {
        None
    }
    /// What a file that is a picture has to be to leave as one; `None` = it leaves as it is. What it is not is made of it before it leaves.
    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        None
    }
    /// A part as the customer sees it, where that differs from how it is kept.
    fn seen(&self, part: Part) -> Part {
        part
    }
    /// Judges a sticker before it is kept: it names the field that is wrong, and the mend.
    fn check_sticker(&self, _account: &ChannelAccount, _set: &str, _id: &str) -> Result<(), FieldProblem> {
        let detail = format!("{} carries no stickers of its own from us: attach a picture, or write an emoji", self.name());
        Err(FieldProblem::new("sticker", "no_stickers", &detail))
    }
    /// The stickers an agent may choose from; none where they are sent by their number alone, or not at all.
    fn sticker_sets(&self, _account: &ChannelAccount) -> &'static [StickerSet] {
        &[]
    }
    /// Where the provider keeps the picture of a sticker that `check_sticker` lets pass, for [`Work::Media`].
    fn sticker_picture(&self, _account: &ChannelAccount, _set: &str, _id: &str) -> Option<String> {
        None
    }
    /// What a thread with these notes is about, without the marks of an answer, where the channel writes letters.
    fn subject(&self, _account: &ChannelAccount, _context: &Value) -> Option<String> {
        None
    }
    /// The next step of a work, given what its earlier steps achieved.
    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step;
    /// Judges the reply to a step.
    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome;
    /// What the doctor proves one after the other, each a [`Work::Check`]. A failed one makes the rest unknown.
    fn checks(&self) -> &'static [&'static str] {
        &["provider"]
    }
    /// A secret that is ours alone to make up, and is made up where the admin enters none.
    fn own_secret(&self) -> Option<&'static str> {
        None
    }
    /// Whether the provider tells the names of people who write, when asked by `Work::Profile`.
    fn names_people(&self) -> bool {
        false
    }
    /// So long a message of ours is tried at most, in seconds.
    fn send_within_s(&self) -> i64 {
        4 * 3600
    }
    /// The largest webhook its provider sends, in bytes.
    fn most_bytes(&self) -> usize {
        1 << 20
    }
    /// The thread on which the account may write to somebody who never wrote to it: its canonical key, under which their answer will come,
    /// and the connector's notes. `None` where only those who wrote can be answered.
    fn first_thread(&self, _account: &ChannelAccount, _opening: &Opening) -> Option<(String, Value)> {
        None
    }
    /// Since when the provider has ended the service, as the admin reads it (`2024-07-31`); such a channel only meets emulators.
    fn ended(&self) -> Option<&'static str> {
        None
    }
    /// How requests spend the account's budget: messages per second, and how many may leave at once.
    fn rate(&self, account: &ChannelAccount) -> Rate;
    /// The socket that an account holds while it is switched on; `transports` keeps it open. Why it does not open, or broke, is judged as
    /// the outcome of `Work::Check(LINE)`.
    fn line(&self, _account: &ChannelAccount) -> Option<Line> {
        None
    }
    /// Whether a machine of ours may answer on a thread with these notes: never another machine.
    fn bot_may_answer(&self, _context: &Value) -> bool {
        true
    }
    /// Whether a machine of ours may say their own words to whoever is on a thread with these notes: not where they may be somebody else.
    fn bot_may_repeat(&self, _context: &Value) -> bool {
        true
    }
    /// How often a machine of ours may answer one address; `None` = as often as it has something to say.
    fn bot_pace(&self) -> Option<BotPace> {
        None
    }
    /// Whether an account's problem of this code is over once its line is open.
    fn of_line(&self, _code: &str) -> bool {
        false
    }
    /// Seconds after which a token that somebody entered is drawn anew for the first time, where nobody tells when it ends and one that has
    /// ended cannot be; `None` where it is drawn when it is refused.
    fn renews_after_s(&self, _account: &ChannelAccount) -> Option<i64> {
        None
    }
    /// Seconds between two looks for messages missed while we were down; `None` when the provider retries by itself.
    fn catch_up_every_s(&self) -> Option<i64> {
        None
    }
    /// The lists to ask for what the account's line did not tell, because it could not go on where it was; those that matter most first.
    /// `since` is what the line had told last, `None` before its first word; `threads` are those of the account by key and notes, those
    /// that spoke last first.
    fn missed_lists(
        &self,
        _account: &ChannelAccount,
        _since: Option<&str>,
        _threads: &[(String, Value)],
        _now: Timestamp,
    ) -> Vec<MissedList> {
        vec![]
    }
    /// Where the provider reaches us, as the admin copies it; may carry a fragment that is never sent.
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String>;
}

/// Stickers that belong together, as the provider names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StickerSet {
    pub id: String,
    pub name: String,
    /// The numbers of its stickers, in their order.
    pub stickers: Vec<String>,
}

/// How often a machine of ours answers one address, where a machine may sit there, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BotPace {
    /// Seconds that pass between two answers.
    pub pause_s: i64,
    /// Answers within that time to who chose one of the answers that were offered: no machine does.
    pub most: usize,
}

/// Writing to somebody who never wrote to the account.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Their address of the connector's kind.
    pub external_id: &'a str,
    /// What goes on there.
    pub conversation: ConversationId,
    /// Of the first letter, where the channel writes letters; empty = as the connector would.
    pub subject: &'a str,
}

/// A field of the admin's form.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Setting {
    pub key: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub kind: SettingKind,
    pub required: bool,
    pub default: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    Text,
    Secret,
    Url,
    Phone,
    List,
    Toggle,
    Color,
    /// Fields to be asked for, as JSON; see `webchat::form`.
    Form,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingProblem {
    pub setting: String,
    pub code: String,
    pub detail: String,
}

/// Whom a request is for.
pub enum Recipient<'a> {
    Account(&'a ChannelAccount),
    /// An app-level webhook: its secrets, and the accounts it may name by provider key.
    App {
        secrets: &'a std::collections::BTreeMap<String, String>,
        url: &'a str,
        accounts: &'a [&'a ChannelAccount],
    },
}

/// What came in, before anything is believed.
pub enum Incoming<'a> {
    Request {
        method: &'a str,
        /// Path and query as received, e.g. `/in/sms/KA…?message=IM…`.
        target: &'a str,
        headers: &'a [(String, String)],
        body: &'a [u8],
    },
    /// A frame of a gateway or of our own webchat socket.
    Frame { from: &'a str, body: &'a [u8] },
    /// A mail as fetched.
    Mail {
        /// The mailbox's own place for it: a cursor's key, a space, its value.
        id: &'a str,
        body: &'a [u8],
        /// When it came into the mailbox, by the mail server's clock.
        came_at: Option<Timestamp>,
        /// False where it was too large to fetch, and `body` holds its head alone.
        whole: bool,
    },
}

/// Not genuine: 401, no row, no log of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub why: &'static str,
}

/// A genuine delivery, understood or not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Received {
    pub answer: Answer,
    /// Per channel account what happened; a handshake is an answer without batches.
    pub batches: Vec<Batch>,
    /// Requests wanted right away, e.g. a gateway's acknowledgement.
    pub then: Vec<Step>,
    /// Where to go on after a cut; written with the journal.
    pub cursors: Vec<Cursor>,
    /// Genuine but unreadable: kept, quarantined, answered 2xx.
    pub unreadable: Option<String>,
    /// Who is typing, by thread key: shown at once and kept nowhere.
    pub typing: Vec<(String, bool)>,
    /// What the provider says of the account itself.
    pub health: Option<Health>,
}

/// News of an account, told by its provider.
#[derive(Debug, Clone, PartialEq)]
pub enum Health {
    Well,
    /// Shown at the account; nothing is paused by it.
    Warning(SettingProblem),
    /// Templates were approved, refused or paused: they are listed again.
    Templates,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub account: AccountKey,
    pub events: Vec<Arrived>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountKey {
    /// The account the request was for.
    This,
    /// What the provider calls the account inside an app.
    Provider(String),
}

/// One event, before it gets ids of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// The provider's id of this event: unique per channel account.
    pub external_id: String,
    /// Every thread key it knows, canonical first.
    pub keys: Vec<String>,
    pub event: InboundEvent,
    pub provider_at: Option<Timestamp>,
}

impl Arrived {
    /// Gives it ids.
    pub fn into_inbound(
        self,
        account: model::ChannelAccountId,
        delivery: model::DeliveryId,
        now: Timestamp,
        ids: &mut model::Ids,
    ) -> Inbound {
        let mut event = self.event;
        for sender in event.senders_mut() {
            sender.name = crate::name::plain(&sender.name);
        }
        if let InboundEvent::Message(message) = &mut event {
            message.files.iter_mut().for_each(|file| name_kept(file, delivery));
        }
        Inbound {
            id: ids.next(),
            delivery_id: delivery,
            channel_account_id: account,
            external_id: self.external_id,
            keys: self.keys,
            event,
            provider_at: self.provider_at,
            received_at: now,
            attempts: 0,
        }
    }
}

/// A piece of a delivery gets an address that [`Work::Media`] brings back: `kept:` with the delivery's id, `#` and the piece.
fn name_kept(file: &mut model::InboundFile, delivery: model::DeliveryId) {
    if let model::InboundFile::Kept { piece, media_type, name } = file {
        let (media_type, name) = (std::mem::take(media_type), std::mem::take(name));
        *file = model::InboundFile::Url { url: format!("kept:{delivery}#{piece}"), media_type, name, sticker: false };
    }
}

/// The delivery and the piece that a kept file's address names.
pub fn kept_piece(url: &str) -> Option<(model::DeliveryId, &str)> {
    let (delivery, piece) = url.strip_prefix("kept:")?.split_once('#')?;
    Some((delivery.parse().ok()?, piece))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

impl Answer {
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain", body: body.into() }
    }
}

impl Default for Answer {
    /// 200 without a body.
    fn default() -> Self {
        Self::text(200, "")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub key: String,
    /// Sortable text: a cursor only grows.
    pub value: String,
}

/// A message of ours, before it is cut.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outbound {
    pub text: String,
    pub files: Vec<FileRef>,
    pub choices: Vec<String>,
    /// With cards there are no choices.
    pub cards: Vec<Card>,
    /// Places, people and stickers, each of a kind that the channel says; the others are in the text, see `extras::fitted`.
    pub extras: Vec<model::Extra>,
    /// The provider's id of the message it answers.
    pub reply_to: Option<String>,
    pub template: Option<Filled>,
    /// Who else gets it, as the agent said; `None` = whoever the letter before it went to.
    pub copies: Option<Copies>,
    pub speaker: Speaker,
}

/// Who of ours says it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Speaker {
    /// A person, not a bot: some providers let people write longer.
    pub person: bool,
    /// As the customer may read it.
    pub name: String,
    /// Of the queue for which they write, on channels of letters; empty = the account's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

/// A card with its picture as a provider gets it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Card {
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Without a key it is somebody else's, and only its URL is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<FileRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<CardButton>,
}

/// A stored file: its key for upload, a signed URL for providers that fetch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FileRef {
    pub key: String,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    pub url: String,
    /// A picture of at most 640 pixels; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview_url: String,
    /// Of a picture, in pixels; 0 = not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: i64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub height: i64,
    /// A WebP or GIF of several frames.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves: bool,
    /// It leaves as a sticker, as its connector said when it cut the message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sticker: bool,
    /// It leaves as a picture within these limits, which the sender makes of it: type and size above are what it will be, its bytes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<PictureLimit>,
}

/// What a channel takes as a picture: JPEG always, and PNG where it is named, for what shows through.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PictureLimit {
    pub types: Vec<String>,
    pub bytes: u64,
    /// The longest side, in pixels; 0 = any.
    #[serde(default)]
    pub side: u32,
}

impl PictureLimit {
    pub fn of(types: &[&str], bytes: u64) -> Self {
        Self { types: types.iter().map(|kind| (*kind).to_owned()).collect(), bytes, side: 0 }
    }
    pub fn takes(&self, file: &FileRef) -> bool {
        let side = file.width.max(file.height);
        self.types.contains(&file.media_type) && file.bytes.unsigned_abs() <= self.bytes && (self.side == 0 || side <= i64::from(self.side))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(no: &i64) -> bool {
    *no == 0
}

/// One message of the channel's own making.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Part {
    pub text: String,
    pub files: Vec<FileRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<model::Extra>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Filled>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copies>,
    #[serde(default)]
    pub speaker: Speaker,
}

/// Everything we ever want from a provider, done in steps.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Send one part.
    Part {
        part: Part,
        /// The address; on a thread of several senders the thread's key says more.
        to: String,
        /// The thread's canonical key.
        thread: String,
        /// The connector's notes for the thread.
        context: Value,
        /// Our id, for receipts and for providers that take an id of ours to tell a repeat; with `no` it names this part.
        message: Option<MessageId>,
        no: i64,
        /// When the customer last wrote, by the provider's clock; `None` = never.
        heard_at: Option<Timestamp>,
    },
    /// Fetch a file of an inbound message.
    Media { url: String },
    /// Typing or a read mark; dropped on failure. `last` is the provider's id of the customer's newest message.
    Signal { to: String, thread: String, context: Value, signal: Signal, last: Option<String> },
    /// Put a reaction on a message, or take ours away with `None`.
    React { to: String, thread: String, context: Value, provider_id: String, emoji: Option<String> },
    /// Give a part of a message of ours other words, or take it back where `part` is `None`. Done twice it must be as done once.
    Revise {
        /// What the provider calls it; empty where only we have a name for it.
        provider_id: String,
        /// With `no` our own name for it, see `repeat::tag`.
        message: MessageId,
        no: i64,
        part: Option<Part>,
        to: String,
        thread: String,
        context: Value,
    },
    /// Name and picture of a person.
    Profile { external_id: String, context: Value },
    /// The approved texts of the account.
    Templates,
    /// Prove one thing about the account by asking the provider: one of `checks`.
    Check(&'static str),
    /// List what came in since the cursor; one page of a `list` where [`Connector::missed_lists`] names several.
    Missed { since: Option<String>, list: Option<String> },
    /// Look up whether a send of unknown fate arrived.
    Find { part: Part, to: String, sent_after: Timestamp },
    /// Get a fresh credential.
    Refresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Typing(bool),
    Read,
}

/// What the earlier steps of a work achieved, e.g. a file key → media id; null at first.
pub type Progress = Value;

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Http(Request),
    /// Hand a letter to its mail server.
    Post(Box<Letter>),
    /// Open a line or a mail server's door, sign in, and leave again: proves the settings.
    Knock(Door),
    /// Read what was kept of a delivery of this account. Answered as if by HTTP: 200 with its headers and exact bytes, or 404.
    Kept(model::DeliveryId),
    /// A frame for the account's gateway socket.
    Frame(Vec<u8>),
    /// Nothing to ask: the work is done as it stands.
    Nothing,
}

#[derive(Clone, PartialEq)]
pub struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub repeatable: Repeatable,
    pub follow_redirects: u8,
    pub max_response_bytes: u64,
}

/// Whether a request may be made again while nobody knows what became of it, in this life or after a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeatable {
    /// A second one could do it twice.
    Never,
    /// A second one does no harm at any time.
    Always,
    /// It has a key, equal at each try, by which the provider tells a second one for so many seconds after the first.
    Keyed { known_s: i64 },
}

impl Repeatable {
    /// Whether it may be made at `now`. `doubt_since` = when a try was begun that may have arrived; `None` = there was none.
    pub fn at(self, doubt_since: Option<Timestamp>, now: Timestamp) -> bool {
        match (self, doubt_since) {
            (_, None) | (Self::Always, _) => true,
            (Self::Never, Some(_)) => false,
            (Self::Keyed { known_s }, Some(since)) => now < since.plus_secs(known_s),
        }
    }
}

impl From<bool> for Repeatable {
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

impl std::fmt::Debug for Request {
    /// Without what proves who we are: addresses, headers and bodies hold secrets, and steps are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {})", self.method, host_of(&self.url))
    }
}

/// Scheme and host of an address: what stands behind them may be secret.
pub fn host_of(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(begin..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| begin + at);
    // A name and a password may stand before the host.
    let host = url.get(begin..end).unwrap_or_default();
    host.rsplit_once('@').map_or_else(|| url.get(..end).unwrap_or_default(), |(_, host)| host)
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// The sender streams this stored file.
    File(String),
    /// `multipart/form-data`, in this order; the sender sets the content type.
    Form(Vec<FormField>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum FormField {
    Text {
        name: &'static str,
        value: String,
    },
    /// A stored file, under the name and type of its reference.
    File {
        name: &'static str,
        file: FileRef,
    },
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Http {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// How far a mail server let us come, and its last words there.
    Mail {
        stage: MailStage,
        /// The server's answer, e.g. 250 or 550; 0 where it speaks no numbers.
        code: u16,
        said: String,
        /// Recipients it did not take; the letter went to the others.
        refused: Vec<Refused>,
    },
    /// No byte left: safe to try again.
    NotSent(String),
    /// Bytes may have left, and no answer came.
    Unknown(String),
}

#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// One step done; go on with this progress.
    More(Progress),
    /// The provider has it, under these ids.
    Sent(Vec<String>),
    /// The looked-up send is not there.
    NotThere,
    /// Messages that were missed.
    Received(Vec<Arrived>, Option<Cursor>),
    /// A page of a list of what was missed.
    Listed(Page),
    File {
        bytes: Vec<u8>,
        media_type: String,
    },
    /// Secret settings that are new, all of them in one commit; when the credential ends, and when to ask for the next.
    Credential {
        secrets: std::collections::BTreeMap<String, String>,
        expires_at: Option<Timestamp>,
        refresh_at: Option<Timestamp>,
    },
    /// Who the looked-up person is; what is empty is not known.
    Profile {
        name: String,
        facts: Vec<(String, String)>,
    },
    Templates(Vec<MessageTemplate>),
    /// All well (a check, a signal, a reaction).
    Fine,
    /// A check: all well, and when the credential ends; `None` = never.
    Lasts(Option<Timestamp>),
    /// A setting is wrong: name and mend.
    Problem(SettingProblem),
    RetryAfter {
        ms: i64,
        why: String,
    },
    /// The same for this thread alone: the account's other threads go on.
    HoldThread {
        ms: i64,
        why: String,
    },
    /// The credential is over: the work is done again with the next one.
    NeedsRefresh,
    Failed(model::Problem),
    Uncertain(String),
}

impl std::fmt::Debug for Outcome {
    /// Without credentials and files: outcomes are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::More(Value::Object(progress)) => write!(f, "More({:?})", progress.keys().collect::<Vec<_>>()),
            Self::More(progress) => f.debug_tuple("More").field(progress).finish(),
            Self::Sent(ids) => f.debug_tuple("Sent").field(ids).finish(),
            Self::NotThere => f.write_str("NotThere"),
            Self::Received(events, cursor) => f.debug_tuple("Received").field(&events.len()).field(cursor).finish(),
            Self::Listed(page) => write!(f, "Listed({} events, {} lists, next {:?})", page.events.len(), page.lists.len(), page.next),
            Self::File { bytes, media_type } => write!(f, "File({media_type}, {} bytes)", bytes.len()),
            Self::Credential { secrets, expires_at, .. } => {
                write!(f, "Credential({:?} until {expires_at:?})", secrets.keys().collect::<Vec<_>>())
            }
            Self::Profile { name, facts } => write!(f, "Profile({} characters, {} facts)", name.chars().count(), facts.len()),
            Self::Templates(all) => write!(f, "Templates({})", all.len()),
            Self::Fine => f.write_str("Fine"),
            Self::Lasts(until) => f.debug_tuple("Lasts").field(until).finish(),
            Self::Problem(problem) => f.debug_tuple("Problem").field(problem).finish(),
            Self::RetryAfter { ms, why } => f.debug_struct("RetryAfter").field("ms", ms).field("why", why).finish(),
            Self::HoldThread { ms, why } => f.debug_struct("HoldThread").field("ms", ms).field("why", why).finish(),
            Self::NeedsRefresh => f.write_str("NeedsRefresh"),
            Self::Failed(problem) => f.debug_tuple("Failed").field(problem).finish(),
            Self::Uncertain(why) => f.debug_tuple("Uncertain").field(why).finish(),
        }
    }
}

/// A list of a provider's in which messages may stand that an account's line did not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedList {
    /// The connector's own name for it.
    pub name: String,
    /// Where in it to begin, as [`Work::Missed`] takes it.
    pub after: String,
}

/// What one request brought of a [`MissedList`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Oldest first.
    pub events: Vec<Arrived>,
    /// Further lists that it names.
    pub lists: Vec<MissedList>,
    /// Where this list goes on; `None` = here it ends.
    pub next: Option<String>,
    /// How long the provider wants us to wait before we go on, in milliseconds.
    pub wait_ms: i64,
}

/// Budget of an account: sustained messages per second and burst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

/// The check that opens an account's line.
pub const LINE: &str = "line";

/// A socket that an account holds, beside its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// New mails come in as [`Incoming::Mail`].
    Mailbox(Mailbox),
    /// Discord's gateway: its events come in as [`Incoming::Frame`]. Why it closed is judged as if by HTTP, with the close code as status.
    Gateway(Gateway),
}

/// Where events of a bot are told.
#[derive(Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Asked for the gateway's address and the number of shards.
    pub api_base_url: String,
    /// A ws or wss address; empty = the one that the API names.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub token: String,
    /// Which events are wanted, as bits.
    pub intents: u64,
}

impl std::fmt::Debug for Gateway {
    /// Without the secret: lines are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({} {})", self.api_base_url, self.url)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub server: MailServer,
    pub folder: String,
}

impl Mailbox {
    /// What stays the same when only the way to it changes.
    pub fn name(&self) -> String {
        format!("{}@{}/{}", self.server.login.user(), self.server.host, self.folder)
    }
}

/// What [`Step::Knock`] knocks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    Line(Line),
    /// A server that takes letters.
    Post(MailServer),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Login,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after a plain greeting; without it nothing is said.
    StartTls,
    /// None: only for servers on the same machine.
    Plain,
}

/// How a server is told who we are.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    Nobody,
    Password {
        user: String,
        password: String,
    },
    /// XOAUTH2.
    Bearer {
        user: String,
        token: String,
    },
}

impl Login {
    pub fn user(&self) -> &str {
        match self {
            Self::Nobody => "",
            Self::Password { user, .. } | Self::Bearer { user, .. } => user,
        }
    }
}

impl std::fmt::Debug for Login {
    /// Without the secret: steps are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Bearer { user, .. } => write!(f, "Bearer({user})"),
        }
    }
}

/// A name, which may be empty, and an address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailAddress {
    pub name: String,
    pub address: String,
}

/// A mail as it is written; whoever carries it makes MIME of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    pub server: MailServer,
    /// Of the envelope; empty = `<>`, so that nobody answers by machine.
    pub sender: String,
    /// Of the envelope.
    pub recipients: Vec<String>,
    pub from: MailAddress,
    pub to: Vec<MailAddress>,
    pub cc: Vec<MailAddress>,
    pub reply_to: Option<MailAddress>,
    pub subject: String,
    /// Without angle brackets, as all ids here.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub at: Timestamp,
    /// Further headers, in this order.
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// Empty = text alone.
    pub html: String,
    pub files: Vec<FileRef>,
}

/// A recipient whom the mail server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub address: String,
    pub code: u16,
    pub said: String,
}

/// How far a talk with a mail server came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailStage {
    /// TLS was wanted and did not come about.
    Secure,
    /// The greeting, or what the server says it can do.
    Greeting,
    SignIn,
    Folder,
    Sender,
    Recipients,
    Content,
    /// All the way: a letter was taken, a door was open.
    Done,
}
