//! One conversation on several threads of a person: who moves to whose, and that positions on each thread go on growing.

use model::{Conversation, ConversationState, Holder, ThreadId, Timestamp};

use crate::message::{Refused, Writer, may_write};

/// Whether the customer, who writes where `own` is, goes on in `other` instead: never away from a person who has them, always to one,
/// and between two that only flows hold to the older, so that both sides agree.
pub fn hops(own: Option<&Conversation>, other: &Conversation) -> bool {
    if other.state != ConversationState::Open {
        return false;
    }
    match own.filter(|own| own.state == ConversationState::Open) {
        None => true,
        Some(own) if with_person(own) => false,
        Some(own) => with_person(other) || (other.created_at, other.id) < (own.created_at, own.id),
    }
}

/// Whether somebody of ours may go on with `conversation` on a thread where `there` is the latest one: what a person has there is theirs,
/// what a flow holds gives way.
///
/// # Errors
/// Why not: it is closed, not the writer's, or the customer is with somebody there.
pub fn may_go_on(conversation: &Conversation, there: Option<&Conversation>, by: &Writer) -> Result<(), Refused> {
    may_write(conversation, by)?;
    match there.filter(|there| there.id != conversation.id && there.state == ConversationState::Open) {
        Some(there) if with_person(there) => Err(Refused::HeldThere { worker_id: there.worker_id }),
        _ => Ok(()),
    }
}

/// The conversation goes on on another of its threads, where the customer last wrote at `heard_at`, by the provider's clock.
/// Says whether that is news.
pub fn go_on(conversation: &mut Conversation, thread: ThreadId, heard_at: Option<Timestamp>) -> bool {
    if conversation.thread_id == thread {
        return false;
    }
    conversation.thread_id = thread;
    conversation.last_customer_at = heard_at;
    true
}

fn with_person(conversation: &Conversation) -> bool {
    matches!(conversation.holder, Holder::Requested | Holder::Task)
}

/// Takes a thread in whose latest conversation was `before`: what is said from here on comes after everything said there.
pub fn take_in(conversation: &mut Conversation, before: Option<&Conversation>) {
    let said = before.map_or(0, |c| c.pos_base + c.last_seq);
    conversation.pos_base = conversation.pos_base.max(said - conversation.last_seq);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewMessage, add, close, open};
    use model::{Author, Ids, Timestamp};

    fn opened(ids: &mut Ids, at: i64, holder: Holder) -> Conversation {
        let thread = crate::conversation::tests::thread(ids);
        Conversation { holder, ..open(ids.next(), &thread, ids.next(), None, Timestamp::from_secs(at)) }
    }

    #[test]
    fn people_keep_whom_they_have_and_flows_give_way_to_the_older() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        for holder in [Holder::None, Holder::Flow, Holder::Requested, Holder::Task] {
            let other = opened(&mut ids, 2, holder);
            assert!(hops(None, &other), "nothing to leave");
            let with_person = matches!(holder, Holder::Requested | Holder::Task);
            for own in [Holder::None, Holder::Flow] {
                assert!(hops(Some(&opened(&mut ids, 3, own)), &other), "the other one is older");
                assert_eq!(hops(Some(&opened(&mut ids, 1, own)), &other), with_person, "the other one is younger");
            }
            for own in [Holder::Requested, Holder::Task] {
                assert!(!hops(Some(&opened(&mut ids, 3, own)), &other), "a person has them");
            }
            let mut over = other;
            close(&mut over, "done", Timestamp::from_secs(4));
            assert!(!hops(None, &over));
        }
    }

    #[test]
    fn an_agent_takes_along_what_is_theirs_and_nothing_that_somebody_has() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let ana = Writer { worker_id: Some(ids.next()), name: "Ana".into(), anywhere: false };
        let mine = Conversation { worker_id: ana.worker_id, ..opened(&mut ids, 1, Holder::Task) };
        assert_eq!(may_go_on(&mine, None, &ana), Ok(()));
        assert_eq!(may_go_on(&mine, Some(&mine), &ana), Ok(()), "back to where it was");
        for (holder, refused) in [(Holder::None, false), (Holder::Flow, false), (Holder::Requested, true), (Holder::Task, true)] {
            let there = Conversation { worker_id: Some(ids.next()), ..opened(&mut ids, 2, holder) };
            let held = Err(Refused::HeldThere { worker_id: there.worker_id });
            assert_eq!(may_go_on(&mine, Some(&there), &ana), if refused { held } else { Ok(()) });
            let mut over = there;
            close(&mut over, "done", Timestamp::from_secs(4));
            assert_eq!(may_go_on(&mine, Some(&over), &ana), Ok(()));
        }
        let other = Writer { worker_id: Some(ids.next()), ..ana };
        assert_eq!(may_go_on(&mine, None, &other), Err(Refused::NotYours));
    }

    #[test]
    fn the_reply_window_is_that_of_the_channel_one_goes_on_with() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let mut c = opened(&mut ids, 1, Holder::Task);
        let (here, there) = (c.thread_id, ids.next());
        assert!(!go_on(&mut c, here, None));
        assert!(go_on(&mut c, there, Some(Timestamp::from_secs(3))));
        assert_eq!((c.thread_id, c.last_customer_at), (there, Some(Timestamp::from_secs(3))));
        assert!(go_on(&mut c, here, None));
        assert_eq!(c.last_customer_at, None, "they never wrote there");
    }

    #[test]
    fn positions_grow_on_both_threads() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let (mut long, mut short) = (opened(&mut ids, 1, Holder::Flow), opened(&mut ids, 2, Holder::Flow));
        let mut say = |c: &mut Conversation| add(c, ids.next(), NewMessage::text(Author::System, None, "x"), Timestamp::from_secs(5)).pos;
        for _ in 0..5 {
            say(&mut long);
        }
        assert_eq!(say(&mut short), 1);
        take_in(&mut short, Some(&long));
        assert_eq!(say(&mut short), 6, "after the five of the thread that came");
        take_in(&mut long, Some(&short));
        assert_eq!(say(&mut long), 7);
        take_in(&mut long, None);
        assert_eq!(say(&mut long), 8);
    }
}
