//! Opening, adding to and closing a conversation.

use model::{
    Attachment, Author, Card, ContactId, Conversation, ConversationId, ConversationState, Extra, Filled, Holder, Message, MessageId,
    MessageState, Notice, Quote, Thread, ThreadId, Timestamp, message::Copies,
};
use serde_json::json;

/// Opens a conversation on a thread. `previous` is the thread's last one: positions go on where it ended.
pub fn open(id: ConversationId, thread: &Thread, contact: ContactId, previous: Option<&Conversation>, now: Timestamp) -> Conversation {
    Conversation {
        id,
        state: ConversationState::Open,
        holder: Holder::None,
        contact_id: contact,
        thread_id: thread.id,
        last_seq: 0,
        pos_base: previous.map_or(0, |c| c.pos_base + c.last_seq),
        task_id: None,
        worker_id: None,
        created_at: now,
        closed_at: None,
        closed_reason: None,
        waiting_since: None,
        last_activity_at: now,
        last_customer_seq: 0,
        last_customer_at: None,
        completing_seq: None,
        requests: 0,
        attributes: json!({}),
        version: 0,
    }
}

/// A message before it has its place.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub author: Author,
    /// `None` for what only the team sees.
    pub thread_id: Option<ThreadId>,
    pub client_id: Option<String>,
    pub private: bool,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub choices: Vec<String>,
    /// As `model::check_cards` lets them pass.
    pub cards: Vec<Card>,
    pub notice: Option<Notice>,
    pub extras: Vec<Extra>,
    pub choice: Option<String>,
    pub reply_to: Option<Quote>,
    /// The provider's id of the quoted message.
    pub answers: Option<String>,
    pub template: Option<Filled>,
    /// Who else gets it; `None` = as the channel has it.
    pub copies: Option<Copies>,
    /// Under a letter, for whoever gets it.
    pub signature: String,
    pub provider_id: Option<String>,
    pub state: MessageState,
    pub provider_at: Option<Timestamp>,
}

impl NewMessage {
    pub fn text(author: Author, thread_id: Option<ThreadId>, text: impl Into<String>) -> Self {
        Self {
            author,
            thread_id,
            client_id: None,
            private: false,
            text: text.into(),
            attachments: vec![],
            choices: vec![],
            cards: vec![],
            notice: None,
            extras: vec![],
            choice: None,
            reply_to: None,
            answers: None,
            template: None,
            copies: None,
            signature: String::new(),
            provider_id: None,
            state: MessageState::Sent,
            provider_at: None,
        }
    }

    /// A line of ours about the conversation. With a thread the customer sees it too.
    pub fn notice(kind: &str, params: &[(&str, &str)], thread_id: Option<ThreadId>) -> Self {
        let params = params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self {
            private: thread_id.is_none(),
            notice: Some(Notice { kind: kind.to_owned(), params }),
            ..Self::text(Author::System, thread_id, "")
        }
    }
}

/// Gives the message its place, and the conversation what follows from it: sequence, activity, and who waits.
pub fn add(conversation: &mut Conversation, id: MessageId, new: NewMessage, now: Timestamp) -> Message {
    conversation.last_seq += 1;
    let counts = !new.private && new.notice.is_none();
    if counts {
        conversation.last_activity_at = now;
    }
    match &new.author {
        Author::Contact { .. } => {
            conversation.last_customer_seq = conversation.last_seq;
            let at = new.provider_at.map_or(now, |at| at.min(now));
            conversation.last_customer_at = conversation.last_customer_at.max(Some(at));
            conversation.waiting_since = conversation.waiting_since.or(Some(now));
        }
        Author::Worker { .. } | Author::Elsewhere { .. } if counts => conversation.waiting_since = None,
        _ => {}
    }
    let sent_at = (new.state == MessageState::Sent).then_some(now);
    Message {
        id,
        conversation_id: conversation.id,
        thread_id: new.thread_id,
        seq: conversation.last_seq,
        pos: conversation.pos_base + conversation.last_seq,
        client_id: new.client_id,
        author: new.author,
        private: new.private,
        text: new.text,
        attachments: new.attachments,
        choices: new.choices,
        cards: new.cards,
        notice: new.notice,
        extras: new.extras.into_iter().chain(new.copies.map(Extra::Copies)).collect(),
        choice: new.choice,
        reply_to: new.reply_to,
        reactions: vec![],
        earlier: vec![],
        edit_no: 0,
        template: new.template.map(|template| template.name),
        provider_id: new.provider_id,
        unsent_at: None,
        unsent_by: String::new(),
        revision: None,
        state: new.state,
        problem: None,
        parts: 1,
        created_at: now,
        provider_at: new.provider_at,
        sent_at,
        delivered_at: None,
        read_at: None,
    }
}

/// Ends it. What held it is gone; the thread's pointer stays.
pub fn close(conversation: &mut Conversation, reason: &str, now: Timestamp) {
    conversation.state = ConversationState::Closed;
    conversation.holder = Holder::None;
    conversation.task_id = None;
    conversation.worker_id = None;
    conversation.waiting_since = None;
    conversation.closed_at = Some(now);
    conversation.closed_reason = Some(reason.to_owned());
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::{ChannelAccountId, Ids};

    pub fn thread(ids: &mut Ids) -> Thread {
        Thread {
            id: ids.next(),
            channel_account_id: ids.next::<ChannelAccountId>(),
            key: "k".into(),
            conversation_id: None,
            address_id: None,
            context: json!(null),
            delivered_until: None,
            read_until: None,
        }
    }

    #[test]
    fn positions_of_a_thread_go_on_over_its_conversations() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let thread = thread(&mut ids);
        let contact = ids.next();
        let mut first = open(ids.next(), &thread, contact, None, Timestamp::from_secs(1));
        let author = Author::Contact { id: contact, name: "Mia".into() };
        for n in 1..=3 {
            let message = add(&mut first, ids.next(), NewMessage::text(author.clone(), Some(thread.id), "hi"), Timestamp::from_secs(n));
            assert_eq!((message.seq, message.pos), (n, n));
        }
        close(&mut first, "done", Timestamp::from_secs(4));
        let mut second = open(ids.next(), &thread, contact, Some(&first), Timestamp::from_secs(5));
        let message = add(&mut second, ids.next(), NewMessage::text(author, Some(thread.id), "again"), Timestamp::from_secs(6));
        assert_eq!((message.seq, message.pos), (1, 4));
    }

    #[test]
    fn the_customer_waits_from_the_first_unanswered_message() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let thread = thread(&mut ids);
        let contact = ids.next();
        let mut conversation = open(ids.next(), &thread, contact, None, Timestamp::from_secs(1));
        let customer = Author::Contact { id: contact, name: String::new() };
        add(&mut conversation, ids.next(), NewMessage::text(customer.clone(), Some(thread.id), "1"), Timestamp::from_secs(10));
        add(&mut conversation, ids.next(), NewMessage::text(customer.clone(), Some(thread.id), "2"), Timestamp::from_secs(20));
        add(
            &mut conversation,
            ids.next(),
            NewMessage::text(Author::Bot { name: "Bot".into() }, Some(thread.id), "answer"),
            Timestamp::from_secs(21),
        );
        assert_eq!(conversation.waiting_since, Some(Timestamp::from_secs(10)));
        let worker = Author::Worker { id: ids.next(), name: "Ana".into() };
        let note = NewMessage { private: true, ..NewMessage::text(worker.clone(), None, "note") };
        add(&mut conversation, ids.next(), note, Timestamp::from_secs(25));
        assert_eq!(conversation.waiting_since, Some(Timestamp::from_secs(10)), "a note answers nobody");
        add(&mut conversation, ids.next(), NewMessage::text(worker, Some(thread.id), "hello"), Timestamp::from_secs(30));
        assert_eq!(conversation.waiting_since, None);
    }
}
