//! What really happened, apart from what the protocols say about it.

use jiff::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    /// Each letter that SMTP took, in order.
    pub taken: Vec<Taken>,
    /// What SMTP refused.
    pub refused: Vec<Refused>,
    /// Each letter that came to a mailbox or to a person, in order.
    pub delivered: Vec<Delivered>,
    /// Reports that a letter came back, and notes of absence: to whom.
    pub automatic: Vec<(String, String)>,
    /// Who signed in where: `imap` or `smtp`, the user, and whether it was granted.
    pub sign_ins: Vec<(&'static str, String, bool)>,
    /// Commands of IMAP in order, without what they carry.
    pub imap: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    pub at: Timestamp,
    /// Who had signed in; empty for nobody.
    pub user: String,
    pub sender: String,
    pub recipients: Vec<String>,
    pub message_id: String,
    pub subject: String,
    pub bytes: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    pub at: Timestamp,
    pub command: String,
    pub code: u16,
    pub said: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Delivered {
    pub at: Timestamp,
    pub to: String,
    pub message_id: String,
    /// In a mailbox.
    pub uid: Option<u32>,
}
