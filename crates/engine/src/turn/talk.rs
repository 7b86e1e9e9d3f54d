//! What people on our side do in a conversation, decided under its lock.

use std::collections::BTreeSet;

use anyhow::Result;
use db::Tx;
use messaging::{NewMessage, Refused, Writer};
use model::{
    AttachmentId, Author, ConversationState, Event, EventKind, Feature, FieldProblem, JobKind, Lane, MessageId, MessageState, WorkerId,
};

use super::hop::Hop;
use super::load::Turn;

#[derive(Debug, Clone)]
pub(crate) enum Command {
    Write {
        client_id: String,
        text: String,
        private: bool,
        attachment_ids: Vec<AttachmentId>,
        by: Writer,
        owner: String,
        more: More,
    },
    Retry {
        message_id: MessageId,
        by: Writer,
    },
    /// A person saw a message of unknown fate at the customer. `noted` goes into the audit log where that was news.
    Arrived {
        message_id: MessageId,
        by: Writer,
        noted: Option<store::audit_log::Entry>,
    },
    /// Our sign on a message, or no sign any more.
    React {
        message_id: MessageId,
        emoji: Option<String>,
        by: Writer,
    },
    /// Other words for a message of ours, or none: it is taken back.
    Revise {
        message_id: MessageId,
        text: Option<String>,
        by: Writer,
    },
    /// What became of that at the provider.
    Revised {
        message_id: MessageId,
        revision: model::Revision,
        problem: Option<model::Problem>,
    },
    /// The agent's eyes were on everything up to `seq`; or, without eyes, only their desk has it.
    Seen {
        worker_id: WorkerId,
        seq: i64,
        visible: bool,
    },
    Watermark {
        delivered: i64,
        read: i64,
    },
    /// `noted` goes into the audit log, unless it is refused.
    Close {
        reason: String,
        noted: Option<store::audit_log::Entry>,
    },
    /// Somebody of ours goes on with a conversation on the lane's thread.
    Hop(Hop),
    /// The agent completes, having seen everything up to `last_seen_seq`.
    Completing {
        last_seen_seq: i64,
    },
    /// A fetched file of a message.
    Fetched {
        message_id: MessageId,
        attachment: model::Attachment,
    },
    /// A message's parts changed state at the provider.
    Parts {
        message_id: MessageId,
        parts: Vec<(model::OutboxState, Option<model::Problem>)>,
        /// Its id at the provider, where that is news.
        provider_id: Option<String>,
        /// What came of it before the answer to its request did.
        also: Option<store::message::Parked>,
    },
}

/// What a message of ours may have beside text and files.
#[derive(Debug, Clone, Default)]
pub(crate) struct More {
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    pub template: Option<model::Filled>,
    pub copies: Option<model::message::Copies>,
    /// Their pictures are not among the message's other files.
    pub cards: Vec<model::Card>,
    /// Answers to offer.
    pub choices: Vec<String>,
    /// Places, people and stickers.
    pub extras: Vec<model::Extra>,
}

/// A picture that every channel shows on a card, in bytes.
const PICTURE_BYTES: i64 = 5 << 20;

impl Turn<'_> {
    pub(crate) async fn obey(&mut self, tx: &mut Tx<'_>, command: &Command) -> Result<()> {
        let outcome = match command {
            Command::Write { client_id, text, private, attachment_ids, by, owner, more } => {
                self.write(tx, client_id, text, *private, attachment_ids, by, owner, more).await?
            }
            Command::Retry { message_id, by } => self.retry(tx, *message_id, by).await?,
            Command::Arrived { message_id, by, noted } => self.arrived(tx, *message_id, by, noted.as_ref()).await?,
            Command::React { message_id, emoji, by } => self.react(tx, *message_id, emoji.as_deref(), by).await?,
            Command::Revise { message_id, text, by } => self.revise(tx, *message_id, text.as_deref(), by).await?,
            Command::Revised { message_id, revision, problem } => {
                self.revised(tx, *message_id, revision, problem.as_ref()).await.map(|()| Ok(()))?
            }
            Command::Seen { worker_id, seq, visible } => self.seen(tx, *worker_id, *seq, *visible).await.map(|()| Ok(()))?,
            Command::Watermark { delivered, read } => self.hear_watermark(tx, *delivered, *read).await.map(|()| Ok(()))?,
            Command::Close { reason, noted } => {
                let closed = self.close_from_elsewhere(reason);
                if closed.is_ok() {
                    self.out.audit.extend(noted.clone());
                }
                closed
            }
            Command::Hop(hop) => self.hop(tx, hop).await.map(Ok)?,
            Command::Completing { last_seen_seq } => {
                if let Some(c) = self.conversation.as_mut() {
                    c.completing_seq = Some(*last_seen_seq);
                }
                Ok(())
            }
            Command::Fetched { message_id, attachment } => self.fetched(tx, *message_id, attachment).await.map(|()| Ok(()))?,
            Command::Parts { message_id, parts, provider_id, also } => {
                self.parts(tx, *message_id, parts, provider_id.as_ref(), also.as_ref()).await.map(|()| Ok(()))?
            }
        };
        if let Err(refused) = outcome {
            self.refused = Some(refused);
        }
        Ok(())
    }

    async fn write(
        &mut self,
        tx: &mut Tx<'_>,
        client_id: &str,
        text: &str,
        private: bool,
        attachment_ids: &[AttachmentId],
        by: &Writer,
        owner: &str,
        more: &More,
    ) -> Result<Result<(), Refused>> {
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        // The same message again is answered with what was made of it, whatever has changed since.
        if let Some(message) = store::message::by_client_id(tx, self.ws(), c.id, client_id).await? {
            self.answer = Some(message);
            return Ok(Ok(()));
        }
        if let Err(refused) = messaging::may_write(c, by) {
            return Ok(Err(refused));
        }
        let text = messaging::normalise(text);
        let thread_id = (!private).then_some(c.thread_id);
        if let Err(problem) = self.check_cards(tx, more, private).await? {
            return Ok(Err(Refused::Card(problem)));
        }
        let choices: Vec<String> = more.choices.iter().map(|choice| messaging::normalise(choice)).collect();
        if let Err(problem) = check_choices(&choices, &text, more, private) {
            return Ok(Err(Refused::Choice(problem)));
        }
        if let Err(problem) = self.check_extras((&text, attachment_ids), more, private) {
            return Ok(Err(Refused::Extra(problem)));
        }
        if text.is_empty() && attachment_ids.is_empty() && more.cards.is_empty() && more.extras.is_empty() {
            return Ok(Err(Refused::Empty));
        }
        let capabilities = self.connector().map(|c| c.capabilities(&self.account));
        if let (false, Some(can)) = (private, &capabilities) {
            if text.chars().count() > can.text_limit as usize * if can.streamed { 1 } else { 10 } {
                return Ok(Err(Refused::TooLong { limit: can.text_limit }));
            }
            if attachment_ids.len() > can.max_attachments as usize {
                return Ok(Err(Refused::TooManyFiles { limit: can.max_attachments }));
            }
            if let Some(Err(refused)) = self.address.as_ref().map(|address| messaging::may_write_to(address, can)) {
                return Ok(Err(refused));
            }
            if more.template.is_none() && messaging::window_closed(can, c, by.worker_id.is_some(), self.now) {
                return Ok(Err(Refused::WindowClosed));
            }
        } else if text.chars().count() > 10_000 {
            return Ok(Err(Refused::TooLong { limit: 10_000 }));
        }
        let mut attachments = Vec::new();
        for id in attachment_ids {
            let Some((attachment, used)) = store::message::attachment(tx, self.ws(), *id).await? else {
                return Ok(Err(Refused::UnknownFile));
            };
            if used.is_some() {
                return Ok(Err(Refused::UnknownFile));
            }
            // Of a picture that stands still what the channel takes is made.
            let made = self.connector().is_some_and(|connector| {
                let file = crate::send::file_ref(&attachment);
                crate::send::is_still(&file) && connector.picture_limit(&self.account, &file).is_some()
            });
            if let (false, Some(can)) = (private || made, &capabilities) {
                if !can
                    .attachment_types
                    .iter()
                    .any(|kind| attachment.media_type == *kind || kind.ends_with('/') && attachment.media_type.starts_with(kind.as_str()))
                {
                    return Ok(Err(Refused::FileType { name: attachment.name }));
                }
                if attachment.bytes as u64 > can.max_attachment_bytes {
                    return Ok(Err(Refused::FileTooBig { name: attachment.name, limit: can.max_attachment_bytes }));
                }
            }
            attachments.push(attachment);
        }
        let pictures: Vec<AttachmentId> = more.cards.iter().filter_map(model::Card::attachment).collect();
        for id in &pictures {
            attachments.extend(store::message::attachment(tx, self.ws(), *id).await?.map(|(picture, _)| picture));
        }
        let author = match by.worker_id {
            Some(id) => Author::Worker { id, name: by.name.clone() },
            None => Author::Bot { name: by.name.clone() },
        };
        let quoted = match more.reply_to {
            Some(id) => match store::message::by_id(tx, self.ws(), id).await?.filter(|m| m.thread_id == Some(self.thread.id)) {
                Some(message) => Some(message),
                None => return Ok(Err(Refused::NotFound)),
            },
            None => None,
        };
        let letters = !private && capabilities.as_ref().is_some_and(|can| can.letters);
        let copies = match more.copies.clone() {
            Some(_) if !letters => return Ok(Err(Refused::NoCopies)),
            Some(copies) => match copies.checked() {
                Ok(copies) => Some(copies),
                Err(address) => return Ok(Err(Refused::BadCopy { address })),
            },
            None => None,
        };
        let signature = if letters && by.worker_id.is_some() { self.signature(tx).await? } else { String::new() };
        let new = NewMessage {
            copies,
            signature,
            client_id: Some(client_id.to_owned()),
            private,
            attachments,
            reply_to: quoted.as_ref().map(|message| messaging::quote(message, super::change::said_by(message))),
            answers: quoted.and_then(|message| message.provider_id),
            template: more.template.clone(),
            cards: more.cards.clone(),
            choices,
            extras: more.extras.clone(),
            ..NewMessage::text(author, thread_id, text)
        };
        let Some(id) = self.say(new) else { return Ok(Err(Refused::NotFound)) };
        for file in attachment_ids.iter().chain(&pictures) {
            if store::message::attach(tx, self.ws(), *file, owner, id).await?.is_none() {
                anyhow::bail!(Refused::UnknownFile);
            }
        }
        self.answer = self.out.message_mut(id).cloned();
        Ok(Ok(()))
    }

    /// Cards as every channel can be made to show them, with pictures that are there and unused.
    async fn check_cards(&self, tx: &mut Tx<'_>, more: &More, private: bool) -> Result<Result<(), FieldProblem>> {
        let wrong = |field: String, code: &str, detail: &str| Ok(Err(FieldProblem { field, code: code.into(), detail: detail.into() }));
        if let Err(problem) = model::check_cards(&more.cards) {
            return Ok(Err(problem));
        }
        if !more.cards.is_empty() && private {
            return wrong("cards".into(), "private", "Cards are for the customer; a note has text and files");
        }
        if !more.cards.is_empty() && more.template.is_some() {
            return wrong("cards".into(), "with_template", "A template is sent alone; send the cards with another message");
        }
        let mut seen = BTreeSet::new();
        for (no, id) in more.cards.iter().enumerate().filter_map(|(no, card)| Some((no, card.attachment()?))) {
            let field = format!("cards[{no}].image.attachment_id");
            let found = store::message::attachment(tx, self.ws(), id).await?.filter(|(_, used)| used.is_none() && seen.insert(id));
            let Some((picture, _)) = found else {
                return wrong(field, "unknown_file", "The picture is not there, or part of another message or card; upload it once more");
            };
            if !matches!(picture.media_type.as_str(), "image/jpeg" | "image/png") {
                return wrong(field, "file_type", "Every channel shows JPEG and PNG pictures; upload one of these");
            }
            if picture.bytes > PICTURE_BYTES {
                return wrong(field, "file_too_big", "A card's picture has at most 5 MB; upload a smaller one");
            }
        }
        Ok(Ok(()))
    }

    fn check_extras(&self, (text, files): (&str, &[AttachmentId]), more: &More, private: bool) -> Result<(), FieldProblem> {
        let native = more.extras.iter().find(|extra| matches!(extra, model::Extra::Native { .. }));
        if let Some(native) = native {
            let wrong = |code: &str, detail: &str| Err(FieldProblem::new(native.field(), code, detail));
            if text.is_empty() {
                return wrong("without_text", "Say in the text what it is: whoever reads the conversation sees that alone");
            }
            let alone = files.is_empty() && more.cards.is_empty() && more.choices.is_empty() && more.extras.len() == 1;
            if !alone || more.copies.is_some() {
                return wrong("not_alone", "It is sent as it is: leave out files, cards, answers to choose from and all else");
            }
        }
        for extra in &more.extras {
            model::check_extra(extra)?;
            let wrong = |code: &str, detail: &str| Err(FieldProblem::new(extra.field(), code, detail));
            if private {
                return wrong("private", "A note has text and files alone");
            }
            if more.template.is_some() {
                return wrong("with_template", "A template is sent alone; send this with another message");
            }
            match (extra, self.connector()) {
                (model::Extra::Sticker { set, id, .. }, Some(connector)) => connector.check_sticker(&self.account, set, id)?,
                (model::Extra::Native { content }, Some(connector)) => connectors::native::check(connector, content)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What the queue of the conversation's task signs with; empty without one.
    async fn signature(&self, tx: &mut Tx<'_>) -> Result<String> {
        let Some(task) = self.conversation.as_ref().and_then(|c| c.task_id) else { return Ok(String::new()) };
        let queue = store::routing::task(tx, self.ws(), task).await?.and_then(|task| task.queue_id);
        let queues = store::routing::queues(tx, self.ws()).await?;
        Ok(queues.into_iter().find(|one| Some(one.id) == queue).map(|one| one.signature).unwrap_or_default())
    }

    /// A person decided to send what failed, or what nobody knows the fate of, again.
    async fn retry(&mut self, tx: &mut Tx<'_>, id: MessageId, by: &Writer) -> Result<Result<(), Refused>> {
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        if let Err(refused) = messaging::may_write(c, by) {
            return Ok(Err(refused));
        }
        let Some(mut message) = store::message::by_id(tx, self.ws(), id).await?.filter(|m| m.conversation_id == c.id) else {
            return Ok(Err(Refused::NotFound));
        };
        if !matches!(message.state, MessageState::Failed | MessageState::Uncertain) {
            return Ok(Err(Refused::NotFailed));
        }
        if self.address.as_ref().is_some_and(|a| a.opted_out) {
            return Ok(Err(Refused::OptedOut));
        }
        let until = if message.template.is_some() { self.send_latest() } else { self.send_until(by.worker_id.is_some()) };
        if until <= self.now {
            return Ok(Err(Refused::WindowClosed));
        }
        if store::outbox::requeue(tx, self.ws(), id, self.now, until).await? == 0 {
            return Ok(Err(Refused::NotFailed));
        }
        message.state = MessageState::Queued;
        message.problem = None;
        self.answer = Some(message.clone());
        self.out.changed_messages.insert(id, message);
        self.out.resend = true;
        Ok(Ok(()))
    }

    /// A person says that a message in doubt arrived. Of a message that is known to be sent that is no news, and changes nothing.
    async fn arrived(
        &mut self,
        tx: &mut Tx<'_>,
        id: MessageId,
        by: &Writer,
        noted: Option<&store::audit_log::Entry>,
    ) -> Result<Result<(), Refused>> {
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        if let Err(refused) = messaging::may_vouch(c, by) {
            return Ok(Err(refused));
        }
        let Some(mut message) = store::message::by_id(tx, self.ws(), id).await?.filter(|m| m.conversation_id == c.id) else {
            return Ok(Err(Refused::NotFound));
        };
        let ours = matches!(message.author, Author::Worker { .. } | Author::Bot { .. }) && !message.private;
        let known = matches!(message.state, MessageState::Sent | MessageState::Delivered | MessageState::Read);
        if !ours || !known && message.state != MessageState::Uncertain {
            return Ok(Err(Refused::NotInDoubt));
        }
        if store::outbox::vouch(tx, self.ws(), id, self.now).await? == 0 {
            // Looked up in vain and put back in line, it is about to be sent again.
            self.answer = known.then_some(message);
            return Ok(if known { Ok(()) } else { Err(Refused::NotInDoubt) });
        }
        let parts: Vec<_> = store::outbox::of_message(tx, self.ws(), id).await?.into_iter().map(|row| row.state).collect();
        messaging::hear_arrived(&mut message, &parts, self.now);
        self.answer = Some(message.clone());
        self.out.changed_messages.insert(id, message);
        self.out.audit.extend(noted.cloned());
        // What stands behind it in its line may leave now.
        self.out.resend = true;
        Ok(Ok(()))
    }

    async fn react(&mut self, tx: &mut Tx<'_>, id: MessageId, emoji: Option<&str>, by: &Writer) -> Result<Result<(), Refused>> {
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        if let Err(refused) = messaging::may_write(c, by) {
            return Ok(Err(refused));
        }
        let conversation_id = c.id;
        let can = self.connector().map(|c| c.capabilities(&self.account)).unwrap_or_default();
        let known = |emoji: &str| can.reaction_set.is_empty() || can.reaction_set.iter().any(|one| one == emoji);
        if !can.says.contains(&Feature::Reaction) || emoji.is_some_and(|emoji| !known(emoji) || emoji.chars().count() > 16) {
            return Ok(Err(Refused::NoReaction));
        }
        let found = store::message::by_id(tx, self.ws(), id).await?;
        let Some(message) = found.filter(|m| m.thread_id == Some(self.thread.id) && m.unsent_at.is_none()) else {
            return Ok(Err(Refused::NotFound));
        };
        let Some(provider_id) = message.provider_id.clone() else { return Ok(Err(Refused::NoReaction)) };
        let who = by.worker_id.map_or_else(|| by.name.clone(), |id| id.to_string());
        let text = emoji.unwrap_or_default().to_owned();
        let reaction = model::message::Reaction { by: who, name: by.name.clone(), ours: true, emoji: text, at: self.now };
        let change = store::message::Change::React { reaction, added: emoji.is_some(), alone: true };
        self.change_message(tx, id, &change).await?;
        self.answer = self.out.message_mut(id).cloned().or(Some(message));
        if self.out.changed_messages.contains_key(&id) {
            let kind =
                JobKind::React { conversation_id, channel_account_id: self.account.id, provider_id, emoji: emoji.map(str::to_owned) };
            let key = format!("react:{}", self.ids.next::<model::JobId>());
            self.put_job(Lane::Egress, key, self.now, kind);
        }
        Ok(Ok(()))
    }

    async fn seen(&mut self, tx: &mut Tx<'_>, worker: WorkerId, seq: i64, visible: bool) -> Result<()> {
        let Some(c) = self.conversation.as_ref() else { return Ok(()) };
        // Only the one who has the conversation reads for the customer to see.
        let holds = c.worker_id == Some(worker);
        let (id, ws) = (c.id, self.ws());
        if visible && store::message::put_seen(tx, ws, worker, id, seq).await? {
            let body = serde_json::json!({ "seq": seq });
            self.out.events.push(Event::new(EventKind::SeenUpdated, self.now).conversation(id).worker(worker).body(body));
        }
        if !holds {
            return Ok(());
        }
        let state = if visible { MessageState::Read } else { MessageState::Delivered };
        for message in store::message::behind(tx, ws, id, seq, 500).await? {
            if message.from_contact() {
                let message_id = message.id;
                self.named.entry(message_id).or_insert(message);
                self.mark(message_id, state, None, self.now);
            }
        }
        Ok(())
    }

    /// A supervisor, the API or a timer: with a task open it is the router that ends it, and its news closes.
    fn close_from_elsewhere(&mut self, reason: &str) -> Result<(), Refused> {
        let Some(c) = self.conversation.as_mut() else { return Err(Refused::NotFound) };
        if c.state == ConversationState::Closed {
            return Err(Refused::Closed);
        }
        let id = c.id;
        if c.task_id.is_some() || c.holder == model::Holder::Requested {
            // The router may refuse the task that was asked for; then its answer closes.
            c.attributes["closing"] = reason.into();
            let kind = JobKind::CloseTasks { conversation_id: id, reason: reason.to_owned() };
            self.end_execution(reason);
            self.put_job(Lane::Router, format!("close_tasks:{id}"), self.now, kind);
        } else {
            self.close(reason);
        }
        Ok(())
    }

    async fn fetched(&mut self, tx: &mut Tx<'_>, id: MessageId, attachment: &model::Attachment) -> Result<()> {
        let Some(mut message) = store::message::by_id(tx, self.ws(), id).await? else { return Ok(()) };
        let Some(slot) = message.attachments.iter_mut().find(|a| a.id == attachment.id) else {
            // Taken back meanwhile: what was fetched goes, too.
            self.out.changed_attachments.push(attachment.clone());
            return store::message::let_go(tx, self.ws(), &[attachment.id]).await;
        };
        // The channel's name for it stays, with an ending that fits what it turned out to be.
        let name =
            if slot.name.is_empty() { attachment.name.clone() } else { crate::files::display_name(&slot.name, &attachment.media_type) };
        let attachment = model::Attachment { name, sticker: slot.sticker, ..attachment.clone() };
        *slot = attachment.clone();
        self.out.changed_attachments.push(attachment);
        self.out.changed_messages.insert(id, message);
        Ok(())
    }

    async fn parts(
        &mut self,
        tx: &mut Tx<'_>,
        id: MessageId,
        parts: &[(model::OutboxState, Option<model::Problem>)],
        provider_id: Option<&String>,
        also: Option<&store::message::Parked>,
    ) -> Result<()> {
        let Some(mut message) = store::message::by_id(tx, self.ws(), id).await? else { return Ok(()) };
        self.hear_refusal(id, parts.iter().find_map(|(_, problem)| problem.as_ref()));
        let mut changed = messaging::hear_parts(&mut message, parts, self.now);
        if message.provider_id.is_none() && provider_id.is_some() {
            message.provider_id = provider_id.cloned();
            changed = true;
        }
        if let Some(parked) = also {
            // What is told of one part is said of the message once the provider has all of them.
            let whole = parts.iter().all(|(state, _)| *state == model::OutboxState::Sent);
            let state = parked.state.filter(|state| whole || message.parts == 1 || *state == MessageState::Failed);
            if state.is_some_and(|state| message.hear(state, self.now)) {
                changed = true;
                if message.state == MessageState::Failed {
                    message.problem = parked.problem.clone();
                }
            }
            for change in &parked.changes {
                if let store::message::Change::React { reaction, added, alone } = change {
                    changed |= messaging::react(&mut message, reaction.clone(), *added, *alone);
                }
            }
        }
        if !changed {
            return Ok(());
        }
        let failed_bot = message.state == MessageState::Failed && matches!(message.author, Author::Bot { .. });
        if failed_bot {
            let lane = Lane::Conversation(message.conversation_id);
            self.put_job(lane, format!("undelivered:{id}"), self.now, JobKind::DeliveryFailed { message_id: id });
        }
        self.out.changed_messages.insert(id, message);
        Ok(())
    }
}

/// Answers that stand below a question of their own, for the customer to see.
fn check_choices(choices: &[String], text: &str, more: &More, private: bool) -> Result<(), FieldProblem> {
    model::check_choices(choices)?;
    let wrong = |code: &str, detail: &str| Err(FieldProblem::new("choices", code, detail));
    match () {
        () if choices.is_empty() => Ok(()),
        () if private => wrong("private", "Answers are for the customer to choose from; a note has none"),
        () if more.template.is_some() => wrong("with_template", "A template is sent alone; offer answers with another message"),
        () if !more.cards.is_empty() => wrong("with_cards", "Cards have answers of their own, on their buttons"),
        () if text.is_empty() => wrong("without_text", "Write the question that these answers belong to"),
        () => Ok(()),
    }
}
