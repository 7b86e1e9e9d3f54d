//! What a person sees of one account: messages of both sides, and how the talk stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who said something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Person,
    /// Through the API.
    #[default]
    Business,
    /// Of the business, in the provider's own app.
    Staff,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Business => "business",
            Self::Staff => "staff",
        }
    }
}

/// One message on a screen. A later event with the same id replaces an earlier one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Shown {
    /// Counts every change on any screen; ask for what came after it.
    pub position: u64,
    pub account: String,
    pub person: String,
    /// The provider's id of the message.
    pub id: String,
    pub by: By,
    /// `text`, `image`, `video`, `audio`, `file`, `sticker`, `location`, `contact`, `template`, `buttons`, `list`, `share`, `unsupported`.
    pub kind: String,
    pub text: String,
    pub header: String,
    pub footer: String,
    pub media: Vec<Media>,
    pub place: Option<Place>,
    pub contact: Option<Contact>,
    pub cards: Vec<Card>,
    pub choices: Vec<Choice>,
    /// What the button says that opens a list; empty when choices are open.
    pub list_label: String,
    pub reply_to: Option<String>,
    pub reactions: Vec<Reaction>,
    /// How often the text was changed.
    pub edits: u32,
    pub unsent: bool,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// The other side's device has it.
    pub delivered: bool,
    /// The other side has looked at it.
    pub seen: bool,
    /// It came to the screen; until then nobody sees it.
    #[serde(skip)]
    pub arrived: bool,
    /// What only the provider needs to know of it again.
    #[serde(skip)]
    pub note: Value,
}

/// A file of a message. Before it was fetched, `file` is an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Media {
    pub file: String,
    pub content_type: String,
    pub name: String,
    /// A recorded voice rather than a piece of music.
    pub voice: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    pub latitude: f64,
    pub longitude: f64,
    pub name: String,
    pub address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    pub email: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    pub title: String,
    pub subtitle: String,
    /// A file; before it was fetched an address; empty for none.
    pub image: String,
    pub choices: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    #[default]
    Button,
    /// Gone once anything is said.
    QuickReply,
    /// A line of a list.
    Row,
    /// Opens a page; nobody is told.
    Link,
    /// Calls a number; nobody is told.
    Call,
    /// Gives the person's own number.
    AskPhone,
    /// Gives the person's own e-mail address.
    AskEmail,
    /// Gives where the person is.
    AskPlace,
}

/// Something to tap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Names it within its message.
    pub id: String,
    pub style: Style,
    pub title: String,
    pub description: String,
    pub section: String,
    /// What the business gets to know.
    pub payload: String,
    /// What the person says by it, where that is not the title.
    pub says: String,
    pub url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reaction {
    pub by: By,
    pub emoji: String,
}

/// How a talk stands, besides its messages.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    pub messages: Vec<Shown>,
    /// When the person last did something that opens the window.
    pub last_in: Option<Timestamp>,
    /// The person has written at least once.
    pub opened: bool,
    /// The person blocked the business.
    pub blocked: bool,
    /// The person wants to be written to no more.
    pub muted: bool,
    /// The business blocked the person.
    pub banned: bool,
    /// The business is writing, until then.
    pub typing_until: Option<Timestamp>,
    /// The person's device is off: what is sent waits.
    pub off: bool,
    /// Messages that came while the device was off.
    pub waiting: Vec<String>,
    /// When the talk was last changed, as a position.
    pub position: u64,
    /// Tokens of WhatsApp's pair limit: (when counted, how many are left in thousandths).
    pub pair: Option<(Timestamp, u64)>,
}

impl Thread {
    pub fn message(&self, id: &str) -> Option<&Shown> {
        self.messages.iter().rev().find(|shown| shown.id == id)
    }

    pub fn message_mut(&mut self, id: &str) -> Option<&mut Shown> {
        self.messages.iter_mut().rev().find(|shown| shown.id == id)
    }
}

impl Shown {
    /// Everything to tap on it.
    pub fn every_choice(&self) -> impl Iterator<Item = &Choice> {
        self.choices.iter().chain(self.cards.iter().flat_map(|card| &card.choices))
    }

    /// The addresses of files that are not here yet.
    pub fn addresses(&self) -> Vec<String> {
        let all = self.media.iter().map(|media| &media.file).chain(self.cards.iter().map(|card| &card.image));
        all.filter(|file| file.contains("://")).cloned().collect()
    }
}
