//! What somebody of ours does to a message of theirs: other words, or taking it back.

use model::{Attachment, Author, Message, MessageState, Offer, Problem, Revision, Timestamp};

use crate::change::{edit, offers, unsend};
use crate::message::{Refused, Writer};

/// Whether it is theirs to change: said by themselves to the customer, and still there. What a machine of ours said is changed by whoever
/// writes anywhere and is no person. An approved text, and a message in the provider's own form, is taken back as others are, and has no other words.
pub fn may_revise(message: &Message, writer: &Writer, edits: bool) -> Result<(), Refused> {
    let theirs = match &message.author {
        Author::Worker { id, .. } => writer.worker_id == Some(*id),
        Author::Bot { .. } => writer.worker_id.is_none() && writer.anywhere,
        _ => false,
    };
    if !theirs {
        return Err(Refused::NotOwn);
    }
    let said = !message.private && message.notice.is_none() && message.thread_id.is_some();
    let fixed = message.template.is_some() || message.extras.iter().any(|extra| matches!(extra, model::Extra::Native { .. }));
    if !said || message.unsent_at.is_some() || edits && fixed {
        return Err(Refused::NotRevisable);
    }
    Ok(())
}

/// Whether it is known to be at the customer, or to come there: what failed is not there to be changed, and of what is in doubt nobody knows.
pub fn arrives(message: &Message) -> bool {
    !matches!(message.state, MessageState::Failed | MessageState::Uncertain)
}

/// The provider has done it, or there is none to do it: the message says so, and answers the files that go with it.
pub fn revise(message: &mut Message, revision: &Revision) -> Vec<Attachment> {
    // A newer wish of somebody's stays on its way.
    if message.revision.as_ref().is_some_and(|waiting| waiting.at <= revision.at) {
        message.revision = None;
    }
    match &revision.text {
        Some(text) => {
            edit(message, text, 0, revision.at);
            vec![]
        }
        None => take_back(message, &revision.by, revision.at),
    }
}

/// It never left, so nobody read what it said before: the words are simply others.
pub fn rewrite(message: &mut Message, text: &str, parts: i64) {
    text.clone_into(&mut message.text);
    message.parts = parts;
}

/// It never left, and will not: taken back before anybody read it.
pub fn withdraw(message: &mut Message, by: &str, now: Timestamp) -> Vec<Attachment> {
    message.state = MessageState::Failed;
    message.problem = Some(Problem { code: "taken_back".into(), detail: "It was taken back before it left".into() });
    take_back(message, by, now)
}

fn take_back(message: &mut Message, by: &str, at: Timestamp) -> Vec<Attachment> {
    let files = unsend(message, at).unwrap_or_default();
    by.clone_into(&mut message.unsent_by);
    files
}

/// Whether these answers, which wait for the customer's next word, are those that this message offered.
pub fn offered_by(message: &Message, waiting: &[Offer]) -> bool {
    !waiting.is_empty() && offers(message) == waiting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewMessage, add, open};
    use model::{Ids, WorkerId};

    fn said_by(author: impl FnOnce(WorkerId) -> Author) -> (Message, WorkerId) {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let thread = crate::conversation::tests::thread(&mut ids);
        let mut conversation = open(ids.next(), &thread, ids.next(), None, Timestamp::from_secs(1));
        let worker = ids.next();
        let new = NewMessage { choices: vec!["Ja".into()], ..NewMessage::text(author(worker), Some(thread.id), "Bis Freitag?") };
        (add(&mut conversation, ids.next(), new, Timestamp::from_secs(2)), worker)
    }

    fn by(worker_id: Option<WorkerId>) -> Writer {
        Writer { worker_id, name: "Bea".into(), anywhere: true }
    }

    fn revision(text: Option<&str>, at: i64) -> Revision {
        Revision { text: text.map(str::to_owned), by: "Bea".into(), at: Timestamp::from_secs(at), problem: None }
    }

    #[test]
    fn everybody_changes_their_own_words_alone() {
        let (message, worker) = said_by(|id| Author::Worker { id, name: "Bea".into() });
        assert_eq!(may_revise(&message, &by(Some(worker)), true), Ok(()));
        assert_eq!(may_revise(&message, &by(None), true), Err(Refused::NotOwn));
        let (other, _) = said_by(|_| Author::Bot { name: String::new() });
        assert_eq!(may_revise(&other, &by(Some(worker)), true), Err(Refused::NotOwn));
        assert_eq!(may_revise(&other, &by(None), true), Ok(()));
        let template = Message { template: Some("hello".into()), ..message.clone() };
        assert_eq!(may_revise(&template, &by(Some(worker)), true), Err(Refused::NotRevisable));
        assert_eq!(may_revise(&template, &by(Some(worker)), false), Ok(()));
        let note = Message { private: true, ..message };
        assert_eq!(may_revise(&note, &by(Some(worker)), false), Err(Refused::NotRevisable));
    }

    #[test]
    fn an_edit_keeps_the_words_before_and_what_is_taken_back_says_by_whom() {
        let (mut message, worker) = said_by(|id| Author::Worker { id, name: "Bea".into() });
        assert!(offered_by(&message, &offers(&message)) && !offered_by(&message, &[]));
        message.revision = Some(revision(None, 9));
        revise(&mut message, &revision(Some("Bis Montag?"), 5));
        assert_eq!((message.text.as_str(), message.earlier[0].text.as_str()), ("Bis Montag?", "Bis Freitag?"));
        assert!(message.revision.is_some(), "it is to be taken back, and that is still on its way");
        revise(&mut message, &revision(None, 9));
        assert_eq!((message.text.as_str(), message.unsent_by.as_str(), message.unsent_at), ("", "Bea", Some(Timestamp::from_secs(9))));
        assert!(message.choices.is_empty() && message.earlier.is_empty() && message.revision.is_none());
        assert_eq!(may_revise(&message, &by(Some(worker)), false), Err(Refused::NotRevisable));
    }

    #[test]
    fn what_never_left_was_never_read() {
        let (mut message, _) = said_by(|id| Author::Worker { id, name: "Bea".into() });
        message.state = MessageState::Queued;
        rewrite(&mut message, "Bis Montag?", 1);
        assert!(message.earlier.is_empty() && message.text == "Bis Montag?");
        withdraw(&mut message, "Bea", Timestamp::from_secs(4));
        assert_eq!((message.state, message.unsent_at), (MessageState::Failed, Some(Timestamp::from_secs(4))));
        assert_eq!(message.problem.map(|problem| problem.code), Some("taken_back".into()));
    }
}
