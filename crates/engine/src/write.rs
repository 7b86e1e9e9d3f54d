//! What people on our side do, run as turns on the conversation: the answer comes after the commit.

use std::sync::Arc;

use anyhow::Result;
use messaging::{Refused, Writer};
use model::routing::{Refusal, RouterAnswer, RouterCommand};
use model::{AttachmentId, Beside, ChannelAccountId, ConversationId, Lane, Message, MessageId, Noted, TaskId, WorkerId};

use crate::turn::{Command, More, Turned};
use crate::{Engine, Once, Request, crash, once};

/// An agent's words or note.
#[derive(Debug, Clone)]
pub struct WriteMessage {
    pub conversation_id: ConversationId,
    /// Made by the client: the same one again gives the same message.
    pub client_id: String,
    pub text: String,
    pub private: bool,
    pub attachment_ids: Vec<AttachmentId>,
    pub by: Writer,
    /// Whose uploads may be attached.
    pub owner: String,
    /// The message it answers, of the same thread.
    pub reply_to: Option<MessageId>,
    /// An approved text with its gaps filled in, as [`crate::fill`] makes it; then `text` is what comes of it.
    pub template: Option<model::Filled>,
    /// Who else gets it, on channels of letters; `None` = whoever got the last one.
    pub copies: Option<model::message::Copies>,
    /// Their pictures are of `owner`'s uploads and are not among `attachment_ids`.
    pub cards: Vec<model::Card>,
    /// Answers to offer below the text, as `model::check_choices` wants them; not beside cards.
    pub choices: Vec<String>,
    /// Places, people and stickers, at most one of each, as `model::check_extra` wants them. A sticker that the channel does not carry is
    /// refused; the others are written out there.
    pub extras: Vec<model::Extra>,
}

impl WriteMessage {
    /// Words to the customer and nothing beside them.
    pub fn text(
        conversation_id: ConversationId,
        client_id: impl Into<String>,
        text: impl Into<String>,
        by: Writer,
        owner: impl Into<String>,
    ) -> Self {
        Self {
            conversation_id,
            client_id: client_id.into(),
            text: text.into(),
            private: false,
            attachment_ids: vec![],
            by,
            owner: owner.into(),
            reply_to: None,
            template: None,
            copies: None,
            cards: vec![],
            choices: vec![],
            extras: vec![],
        }
    }
}

/// Completing a task: what the agent saw last, how it ended.
#[derive(Debug, Clone)]
pub struct Complete {
    pub task_id: TaskId,
    pub last_seen_seq: Option<i64>,
    pub disposition: Option<String>,
    pub note: Option<String>,
    /// Who asks, for the same answer to the same request.
    pub actor: String,
    pub request_key: Option<crate::Key>,
    /// What is written in the same commit.
    pub beside: Beside,
}

#[derive(Debug, Clone, PartialEq)]
pub enum CompleteRefused {
    /// The customer wrote after what the agent saw.
    NewerMessage {
        seq: i64,
    },
    Router(Refusal),
}

impl Engine {
    /// Runs a command as a turn on a lane and rings what follows from it.
    pub(crate) async fn command(&self, ws: i64, lane: Lane, command: Command) -> Result<Turned> {
        let config = self.config(ws).await?;
        let turned = self.0.db.write(self.turn_job(config, vec![lane], Some(Arc::new(command)), false)).await?;
        self.ring(&turned.hints);
        Ok(turned)
    }

    pub async fn write(&self, ws: i64, message: WriteMessage) -> Result<Result<Message, Refused>> {
        let lane = Lane::Conversation(message.conversation_id);
        let command = Command::Write {
            client_id: message.client_id,
            text: message.text,
            private: message.private,
            attachment_ids: message.attachment_ids,
            by: message.by,
            owner: message.owner,
            more: More {
                reply_to: message.reply_to,
                template: message.template,
                copies: message.copies,
                cards: message.cards,
                choices: message.choices,
                extras: message.extras,
            },
        };
        let turned = match self.command(ws, lane, command).await {
            Ok(turned) => turned,
            // Decided too late to leave nothing behind, so the whole commit was refused.
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) => return Ok(Err(refused.clone())),
                None => return Err(error),
            },
        };
        crash::point("reply.committed");
        Ok(message_of(turned))
    }

    /// Sends a failed or uncertain message again, as a person decided.
    pub async fn retry(&self, ws: i64, id: MessageId, by: Writer, request: Request) -> Result<Result<Once<Message>, Refused>> {
        let found = self.0.db.read(move |tx| Box::pin(async move { store::message::by_id(tx, ws, id).await })).await?;
        let Some(message) = found else { return Ok(Err(Refused::NotFound)) };
        let lane = Lane::Conversation(message.conversation_id);
        Ok(match self.command_once(ws, lane, Command::Retry { message_id: id, by }, request).await? {
            Once::Done(turned) => message_of(turned).map(Once::Done),
            Once::Before(answer) => Ok(Once::Before(answer)),
            Once::Reused => Ok(Once::Reused),
        })
    }

    /// Hears from a person that a message of unknown fate arrived: it is not sent again, and nobody is asked about it any more. Said of a
    /// message that is known to be sent it changes nothing.
    pub async fn arrived(&self, ws: i64, id: MessageId, by: Writer, request: Request) -> Result<Result<Once<Message>, Refused>> {
        let found = self.0.db.read(move |tx| Box::pin(async move { store::message::by_id(tx, ws, id).await })).await?;
        let Some(message) = found else { return Ok(Err(Refused::NotFound)) };
        let lane = Lane::Conversation(message.conversation_id);
        let noted = Noted { action: "message.arrived".into(), subject: id.to_string(), detail: String::new() };
        let noted = (!request.actor.is_empty()).then(|| once::entry(&request.actor, &noted));
        Ok(match self.command_once(ws, lane, Command::Arrived { message_id: id, by, noted }, request).await? {
            Once::Done(turned) => message_of(turned).map(Once::Done),
            Once::Before(answer) => Ok(Once::Before(answer)),
            Once::Reused => Ok(Once::Reused),
        })
    }

    /// Puts a reaction of ours on a message, in place of the one before, or takes it away with `None`.
    pub async fn react(&self, ws: i64, id: MessageId, emoji: Option<String>, by: Writer) -> Result<Result<Message, Refused>> {
        let found = self.0.db.read(move |tx| Box::pin(async move { store::message::by_id(tx, ws, id).await })).await?;
        let Some(message) = found else { return Ok(Err(Refused::NotFound)) };
        let lane = Lane::Conversation(message.conversation_id);
        Ok(message_of(self.command(ws, lane, Command::React { message_id: id, emoji, by }).await?))
    }

    /// Gives a message of ours other words, or takes it back with `None`. Where a provider has to do it, the message keeps what it says until that
    /// is done, with the wish beside it. Asked again, it changes nothing.
    pub async fn revise(&self, ws: i64, id: MessageId, text: Option<String>, by: Writer) -> Result<Result<Message, Refused>> {
        let found = self.0.db.read(move |tx| Box::pin(async move { store::message::by_id(tx, ws, id).await })).await?;
        let Some(message) = found else { return Ok(Err(Refused::NotFound)) };
        let lane = Lane::Conversation(message.conversation_id);
        Ok(message_of(self.command(ws, lane, Command::Revise { message_id: id, text, by }).await?))
    }

    /// Closes a conversation from elsewhere: a supervisor, the API.
    pub async fn close(&self, ws: i64, id: ConversationId, reason: &str, request: Request) -> Result<Result<Once<()>, Refused>> {
        let noted = Noted { action: "conversation.closed".into(), subject: id.to_string(), detail: reason.to_owned() };
        let noted = (!request.actor.is_empty()).then(|| once::entry(&request.actor, &noted));
        let command = Command::Close { reason: reason.to_owned(), noted };
        Ok(match self.command_once(ws, Lane::Conversation(id), command, request).await? {
            Once::Done(turned) => turned.refused.map_or(Ok(Once::Done(())), Err),
            Once::Before(answer) => Ok(Once::Before(answer)),
            Once::Reused => Ok(Once::Reused),
        })
    }

    /// The agent's eyes were on everything up to `seq`.
    pub async fn seen(&self, ws: i64, worker_id: WorkerId, id: ConversationId, seq: i64) -> Result<()> {
        self.command(ws, Lane::Conversation(id), Command::Seen { worker_id, seq, visible: true }).await?;
        self.tell_read(ws, worker_id, id).await
    }

    /// The agent's desk has everything up to `seq`, seen or not.
    pub async fn desk_has(&self, ws: i64, worker_id: WorkerId, id: ConversationId, seq: i64) -> Result<()> {
        self.command(ws, Lane::Conversation(id), Command::Seen { worker_id, seq, visible: false }).await.map(drop)
    }

    /// A visitor's device has everything up to `delivered`, and showed everything up to `read`.
    pub async fn watermark(&self, ws: i64, account: ChannelAccountId, key: &str, delivered: i64, read: i64) -> Result<()> {
        self.command(ws, Lane::Thread(account, key.to_owned()), Command::Watermark { delivered, read }).await.map(drop)
    }

    /// Completes a task, unless the customer wrote after what the agent saw.
    pub async fn complete(&self, ws: i64, complete: Complete) -> Result<Result<RouterAnswer, CompleteRefused>> {
        let id = complete.task_id;
        let conversation = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let Some(task) = store::routing::task(tx, ws, id).await? else { return Ok(None) };
                    match task.conversation_id {
                        Some(id) => store::conversation::by_id(tx, ws, id).await,
                        None => Ok(None),
                    }
                })
            })
            .await?;
        if let (Some(c), Some(seen)) = (conversation.filter(|c| c.task_id == Some(id)), complete.last_seen_seq) {
            if c.last_customer_seq > seen {
                return Ok(Err(CompleteRefused::NewerMessage { seq: c.last_customer_seq }));
            }
            self.command(ws, Lane::Conversation(c.id), Command::Completing { last_seen_seq: seen }).await?;
        }
        let command = RouterCommand::Complete { task_id: id, disposition: complete.disposition, note: complete.note };
        let answer = Box::pin(self.route_beside(ws, &complete.actor, complete.request_key, command, complete.beside)).await?;
        Ok(answer.map_err(CompleteRefused::Router))
    }
}

fn message_of(turned: Turned) -> Result<Message, Refused> {
    match (turned.refused, turned.message) {
        (Some(refused), _) => Err(refused),
        (None, Some(message)) => Ok(message),
        (None, None) => Err(Refused::NotFound),
    }
}
