//! What the stories need of a provider's emulator, whatever it is: a customer's hands and eyes, the API, and what leaves by itself.
//!
//! Whoever joins the table gives a value of this kind: one that speaks by requests, by frames or by letters. What it does not speak stays
//! as it stands here, and says that nobody answers.

mod browser;
mod carrier;
mod discord;
mod mail;
mod platform;

use bytes::Bytes;
use connectors::{Door, Reply};
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer};
use emulators::platform::{Act, Faults, Ledger, Refusal, Request, Shown};
use engine::OutgoingLetter;
use jiff::Timestamp;

pub use browser::{IDENTITY_SECRET, OnBrowser};
pub use carrier::OnCarrier;
pub use discord::OnDiscord;
pub use mail::{OnMail, REFRESH_TOKEN};
pub use platform::OnPlatforms;

/// The method of a [`Callback`] that is a frame of a gateway: its address is where the frame stands, its bytes are the frame.
pub const FRAME: &str = "FRAME";
/// The method of a [`Callback`] that is a letter in a mailbox: its address is where it stands, its bytes are the letter, and `came-at` among
/// its headers is when the server took it, in microseconds.
pub const LETTER: &str = "LETTER";

pub trait Emulated: Send {
    /// One of our requests.
    fn asked(&mut self, request: &Request, now: Timestamp) -> HttpAnswer;
    /// The answer behind a ticket, once it is decided.
    fn answer_of(&mut self, _ticket: u64) -> Option<HttpAnswer> {
        None
    }
    /// What leaves by itself, in order.
    fn due(&mut self, now: Timestamp) -> Vec<Callback>;
    fn next_due(&self) -> Option<Timestamp>;
    /// How what left was answered.
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp);

    /// The customer does something; the id of the message it made or concerns.
    fn act(&mut self, act: Act, now: Timestamp) -> Result<String, Refusal>;
    /// What stands on the customer's screen.
    fn screen(&self) -> Vec<Shown>;
    /// What goes wrong, in the words of the platforms. What a provider has no part in stays without effect.
    fn set_faults(&mut self, faults: Faults);
    fn ledger(&self) -> Ledger;
    /// The bytes of a file that the screen names.
    fn file(&self, _id: &str) -> Option<Bytes> {
        None
    }
    /// From now on the customer is in a group of theirs; false where people have none with a business.
    fn enter_group(&mut self) -> bool {
        false
    }
    /// Whether the provider tells what people change in groups alone.
    fn edits_in_groups(&self) -> bool {
        false
    }
    /// Whether a refusal of too much names how long to wait, always or never; none: now and then.
    fn names_pauses(&self) -> Option<bool> {
        None
    }
    /// Something is set up wrongly at the provider from now on: its `scope`, `subscription`, `address` or `token`,
    /// or that its token `ends` in 12 days, or `lasts` again; or that the token that it gave last is `over`. False for what it has not.
    fn mistake(&mut self, _what: &str, _now: Timestamp) -> bool {
        false
    }

    /// Where the reading of its line goes on, for those that we keep a line to.
    fn cursor_key(&self) -> Option<String> {
        None
    }
    /// Under which name it stands what our line told last, where others than it list what it did not tell.
    fn told_key(&self) -> Option<String> {
        None
    }
    /// Opens our line to it, where the cursor says.
    fn dial(&mut self, _cursor: Option<&str>, _now: Timestamp) {}
    /// Somebody tries a door and leaves again.
    fn knocked(&mut self, _door: &Door, _now: Timestamp) -> Reply {
        Reply::NotSent("nobody is behind this door".into())
    }
    /// A frame of ours on the line.
    fn heard(&mut self, _frame: &[u8], _now: Timestamp) -> Reply {
        Reply::NotSent("no line is open".into())
    }
    /// A letter of ours.
    fn posted(&mut self, _letter: &OutgoingLetter, _now: Timestamp) -> Reply {
        Reply::NotSent("nobody takes letters here".into())
    }
}
