//! What people and providers did, what they were told, and what they will ask again because nobody answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::routing::RouterCommand;
use model::{ConversationId, ReservationId, WorkerId};

use crate::network::Post;

/// Something a person wants, carried out on a node; asked again in the same words until it is answered.
#[derive(Clone)]
pub enum Wish {
    /// A visitor's words: (visitor, client id, text).
    Chat(usize, String, String),
    /// An agent's words: (worker, conversation, client id, text).
    Reply(WorkerId, ConversationId, String, String),
    /// An agent's or the house's order, under a key that makes it one.
    Order(String, RouterCommand),
    Complete(WorkerId, model::TaskId, i64),
    DeskOpened(WorkerId),
    DeskClosed(WorkerId),
    Webhook(Arc<Post>),
}

/// How it ended.
pub enum Done {
    /// An actor's round; nobody waits for it.
    Round,
    /// Answered; the wish is granted or refused.
    Answered(Wish, bool),
    /// Not answered: nothing is known.
    Unknown(Wish),
}

#[derive(Default)]
pub struct Memory {
    pub wishes: Vec<Wish>,
    /// Client ids whose message the door took.
    pub chats_taken: BTreeSet<(usize, String)>,
    /// Reservations whose accept was answered with yes, by whom.
    pub accepted: BTreeMap<ReservationId, String>,
    pub replies_taken: BTreeSet<String>,
    /// What each phone wrote: sid → text.
    pub texted: BTreeMap<String, String>,
    pub count: u64,
}

impl Memory {
    /// A number no other thing of this run has.
    pub fn fresh(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub fn note(&mut self, done: Done, gives_up: bool) {
        match done {
            Done::Round => {}
            Done::Unknown(wish) => {
                // An agent may look away; a visitor's browser and the carrier do not.
                let keeps = matches!(wish, Wish::Chat(..) | Wish::Reply(..) | Wish::Order(..));
                if keeps && !gives_up {
                    self.wishes.push(wish);
                }
            }
            Done::Answered(Wish::Chat(visitor, id, _), true) => {
                self.chats_taken.insert((visitor, id));
            }
            Done::Answered(Wish::Reply(_, _, id, _), true) => {
                self.replies_taken.insert(id);
            }
            Done::Answered(Wish::Order(key, RouterCommand::Accept { reservation_id }), true) => {
                self.accepted.insert(reservation_id, key);
            }
            Done::Answered(..) => {}
        }
    }
}
