//! Who may write, what a text may be, and how a message made of several parts fares.

use model::{Conversation, ConversationState, Message, MessageState, OutboxState, Problem, Timestamp, WorkerId};
use std::fmt;

/// Who writes on our side.
#[derive(Debug, Clone, PartialEq)]
pub struct Writer {
    pub worker_id: Option<WorkerId>,
    pub name: String,
    /// Has the permission to write in any conversation.
    pub anywhere: bool,
}

/// Why a message was not taken. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NotFound,
    Closed,
    /// Somebody else, or nobody, has the conversation.
    NotYours,
    Empty,
    TooLong {
        limit: u32,
    },
    TooManyFiles {
        limit: u32,
    },
    FileType {
        name: String,
    },
    FileTooBig {
        name: String,
        limit: u64,
    },
    /// Not there, not theirs, or already part of a message.
    UnknownFile,
    /// They told us to stop.
    OptedOut,
    /// The channel lets us write only so long after their last word.
    WindowClosed,
    NotFailed,
    /// Whether the message arrived is not in doubt, or no more.
    NotInDoubt,
    /// Only letters go to others, too.
    NoCopies,
    /// Only a first letter has a subject to choose.
    NoSubject,
    /// No mail address; empty = too many of them.
    BadCopy {
        address: String,
    },
    Card(model::FieldProblem),
    /// Of a place or a person.
    Extra(model::FieldProblem),
    /// Of an answer offered with it.
    Choice(model::FieldProblem),
    /// The channel has no way to change what was said, or to take it back.
    NoEdit,
    NoUnsend,
    /// Somebody else's words.
    NotOwn,
    /// A note, an approved text, what was taken back, what failed or is in doubt, or what nobody knows the parts of any more.
    NotRevisable,
    /// The new words need another number of messages than the old ones.
    EditSize,
    /// The channel takes no reaction, or not this one, or not on this message.
    NoReaction,
    /// On that channel the customer is with somebody already: whose accepted task it is, if somebody's.
    HeldThere {
        worker_id: Option<WorkerId>,
    },
    /// The customer never wrote on that channel, and nobody said that they asked to be written to there.
    NoConsent,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Refused {}

/// The right to write: the agent whose accepted or wrapping task it is, or whoever may write anywhere. Notes follow the same rule.
pub fn may_write(conversation: &Conversation, writer: &Writer) -> Result<(), Refused> {
    if conversation.state == ConversationState::Closed {
        return Err(Refused::Closed);
    }
    let holds = writer.worker_id.is_some() && conversation.worker_id == writer.worker_id;
    if holds || writer.anywhere { Ok(()) } else { Err(Refused::NotYours) }
}

/// The right to say what became of a message: as to write, but also after the conversation's end, since nothing is said to the customer.
pub fn may_vouch(conversation: &Conversation, writer: &Writer) -> Result<(), Refused> {
    match may_write(conversation, writer) {
        Err(Refused::Closed) if writer.anywhere => Ok(()),
        other => other,
    }
}

/// Whoever saw a message of ours at the customer says so: the parts in doubt are taken as sent. One whose other parts have still to leave
/// waits for them, and nobody is asked about it any more.
pub fn hear_arrived(message: &mut Message, parts: &[OutboxState], now: Timestamp) {
    if parts.iter().all(|state| *state == OutboxState::Sent) {
        message.hear(MessageState::Sent, now);
    } else if message.state == MessageState::Uncertain {
        message.state = MessageState::Queued;
    }
    message.problem = None;
}

/// A text as we keep it: no control characters but line breaks and tabs, line ends unified, no blank edges.
pub fn normalise(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let clean: String = unified.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    clean.trim().to_owned()
}

/// A message is as far as its parts: failed or uncertain when one is, sent when all are. True when it changed.
pub fn hear_parts(message: &mut Message, parts: &[(OutboxState, Option<Problem>)], now: Timestamp) -> bool {
    let has = |state: OutboxState| parts.iter().any(|(s, _)| *s == state);
    let news = if has(OutboxState::Failed) {
        MessageState::Failed
    } else if has(OutboxState::Uncertain) {
        MessageState::Uncertain
    } else if parts.iter().all(|(s, _)| *s == OutboxState::Sent) {
        MessageState::Sent
    } else if has(OutboxState::Sending) {
        MessageState::Sending
    } else {
        return false;
    };
    let problem = parts.iter().filter(|(state, _)| state.code() == news.code()).find_map(|(_, problem)| problem.clone());
    let changed = message.hear(news, now);
    // What is wrong with one part stays told while the others go on.
    if problem.is_some()
        && message.state == news
        && message.problem != problem
        && matches!(news, MessageState::Failed | MessageState::Uncertain)
    {
        message.problem = problem;
        return true;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewMessage, add, open};
    use model::{Author, Ids};

    #[test]
    fn what_is_wrong_with_one_part_stays_told_while_the_others_go_on() {
        let now = Timestamp::from_secs(1);
        let problem = |code: &str| Some(Problem { code: code.into(), detail: String::new() });
        let mut ids = Ids::new(now, 1);
        let thread = crate::conversation::tests::thread(&mut ids);
        let mut conversation = open(ids.next(), &thread, ids.next(), None, now);
        let new = NewMessage::text(Author::Bot { name: String::new() }, Some(thread.id), "Hello");
        let mut message = Message { state: MessageState::Queued, ..add(&mut conversation, ids.next(), new, now) };
        assert!(hear_parts(&mut message, &[(OutboxState::Failed, problem("refused")), (OutboxState::Queued, None)], now));
        hear_parts(&mut message, &[(OutboxState::Failed, None), (OutboxState::Sent, None)], now);
        hear_parts(&mut message, &[(OutboxState::Failed, None), (OutboxState::Uncertain, problem("uncertain"))], now);
        assert_eq!((message.state, message.problem), (MessageState::Failed, problem("refused")));
    }

    #[test]
    fn texts_lose_only_what_nobody_can_see() {
        assert_eq!(normalise("  a\r\nb\u{0}\u{7}\t👩‍👩‍👧 مرحبا "), "a\nb\t👩‍👩‍👧 مرحبا");
        assert_eq!(normalise("\u{200b}\n \n"), "\u{200b}", "a zero-width space is not ours to judge");
    }
}
