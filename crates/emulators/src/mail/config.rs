//! What the emulated mail server is told at start: whose mailboxes it keeps, who the customers are; and what goes wrong on purpose.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// How the server calls itself: in greetings, and at what it says of senders.
    pub name: String,
    /// Where mailboxes are read; 0: nowhere.
    pub imap_port: u16,
    /// Where letters are taken; 0: nowhere.
    pub smtp_port: u16,
    pub mailboxes: Vec<MailboxConfig>,
    pub people: Vec<Person>,
    /// Larger letters are refused, in bytes.
    pub most_bytes: usize,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self { name: "mail.localhost".into(), imap_port: 0, smtp_port: 0, mailboxes: Vec::new(), people: Vec::new(), most_bytes: 26 << 20 }
    }
}

/// A business' mailbox: read by IMAP, and its owner may send by SMTP.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailboxConfig {
    pub address: String,
    /// The name in people's address books.
    pub name: String,
    /// What one signs in with; empty = the address.
    pub user: String,
    pub password: String,
    /// An access token that XOAUTH2 takes; empty: none does.
    pub token: String,
}

impl MailboxConfig {
    pub fn user(&self) -> &str {
        if self.user.is_empty() { &self.address } else { &self.user }
    }
}

/// A customer with a mail app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// The name in addresses of pages: `mia`.
    pub key: String,
    pub name: String,
    pub address: String,
}

/// What goes wrong on purpose. All zeros is a server that works.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Refusals of SMTP, the first that fits is said.
    pub refuse: Vec<Refuse>,
    /// The next so many letters are taken, and the connection is cut before the answer.
    pub drop_answer: u32,
    /// The next so many letters are taken, and the answer never comes.
    pub hang: u32,
    /// The next so many commands of IMAP cut the connection.
    pub cut_imap: u32,
    /// The server cannot tell by itself that something came.
    pub no_idle: bool,
    /// Whoever listens is told of nothing: what came they find when they look again.
    pub mute: bool,
    /// Every letter comes this much later, in milliseconds.
    pub delay_ms: u64,
    /// Up to this much more, drawn for each, in milliseconds.
    pub jitter_ms: u64,
    /// Letters are held for up to `shuffle_ms` each and so overtake one another.
    pub shuffle: bool,
    /// In milliseconds; 0 means 2000.
    pub shuffle_ms: u64,
    /// Every answer on a connection comes this much later, in milliseconds.
    pub answer_delay_ms: u64,
    /// Tokens have ended.
    pub expired_token: bool,
    /// What comes from people fails the checks of who sent it.
    pub unproven: bool,
    /// Addresses behind other servers, each with the status its letters come back with, such as `5.1.1`.
    pub bounce: Vec<(String, String)>,
    /// Each letter to a mailbox is put there so many times more.
    pub duplicate: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refuse {
    pub at: Stage,
    /// Only for this address: of the sender, or of a recipient. Empty: for every.
    pub address: String,
    pub code: u16,
    /// With the finer status: `5.1.1 No such user`.
    pub said: String,
    /// So many times; 0: from now on.
    pub count: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Instead of the greeting.
    Connect,
    SignIn,
    Sender,
    #[default]
    Recipient,
    /// Instead of "go ahead".
    Data,
    /// After the final dot.
    Content,
}

impl Faults {
    /// Uses up one of a counted fault.
    pub(super) fn strike(count: &mut u32) -> bool {
        let strikes = *count > 0;
        *count = count.saturating_sub(1);
        strikes
    }

    /// What is said at this stage instead of yes, if anything.
    pub(super) fn refusal(&mut self, at: Stage, address: &str) -> Option<(u16, String)> {
        let fits = |one: &Refuse| one.at == at && (one.address.is_empty() || one.address.eq_ignore_ascii_case(address));
        let place = self.refuse.iter().position(fits)?;
        let one = self.refuse.get_mut(place)?;
        let said = (one.code, one.said.clone());
        if one.count == 1 {
            self.refuse.remove(place);
        } else {
            one.count = one.count.saturating_sub(1);
        }
        Some(said)
    }
}
