//! Folds one input into the lane's state.

use anyhow::Result;
use db::Tx;
use messaging::{Hears, NewMessage};
use model::inbound::Sender;
use model::message::AttachmentState;
use model::{
    AddressId, Attachment, Author, ContactId, Conversation, ConversationId, ConversationState, Event, EventKind, Fact, FactSource,
    FieldSubject, Holder, Inbound, InboundEvent, InboundFile, InboundMessage, Job, JobKind, Lane, MessageState, OutboxState, Participant,
    Receipt, field_of,
};
use serde_json::json;

use super::load::Turn;
use super::order::Input;

/// So many times longer a conversation of letters may be silent: people answer a letter when they come to it.
const LETTERS_WAIT: i64 = 7;

impl Turn<'_> {
    pub(crate) fn ws(&self) -> i64 {
        self.scope.config.ws()
    }

    pub(crate) async fn take(&mut self, tx: &mut Tx<'_>, input: Input) -> Result<()> {
        match input {
            Input::Inbound(inbound) => self.take_inbound(tx, *inbound).await,
            Input::Job(job) => self.take_job(tx, *job).await,
        }
    }

    async fn take_inbound(&mut self, tx: &mut Tx<'_>, inbound: Inbound) -> Result<()> {
        let (id, received_at, provider_at) = (inbound.id, inbound.received_at, inbound.provider_at);
        let mut done = ("processed", None);
        match inbound.event {
            InboundEvent::Message(message) => {
                if self.contact.blocked {
                    done = ("ignored", Some("blocked".to_owned()));
                } else {
                    self.hear_message(tx, message, provider_at).await?;
                }
            }
            InboundEvent::OptOut { message, rule, .. } => self.hear_opt_out(tx, message, &rule).await?,
            InboundEvent::OptIn { message, rule, .. } => self.hear_opt_in(tx, message, &rule, provider_at).await?,
            InboundEvent::Echo(echo) => self.hear_echo(tx, echo, provider_at).await?,
            InboundEvent::Edit(edit) => self.hear_edit(tx, edit, provider_at.unwrap_or(received_at)).await?,
            InboundEvent::Unsend { provider_id, .. } => self.hear_unsend(tx, &provider_id, provider_at.unwrap_or(received_at)).await?,
            InboundEvent::Reaction(reaction) => self.hear_reaction(tx, reaction, provider_at.unwrap_or(received_at)).await?,
            InboundEvent::Touch { from, what } => self.hear_touch(tx, from, &what, provider_at.unwrap_or(received_at)).await?,
            InboundEvent::Reach { from, reachable } => self.hear_reach(tx, from, reachable).await?,
            InboundEvent::Renumber { from, external_id } => self.hear_renumber(tx, from, &external_id).await?,
            InboundEvent::Marks { delivered, read } => self.hear_marks(tx, delivered, read).await?,
            InboundEvent::Receipt(receipt) => self.hear_receipt(tx, receipt, received_at).await?,
            InboundEvent::Watermark { delivered, read } => self.hear_watermark(tx, delivered, read).await?,
        }
        self.out.inbound_done.push((id, done.0, done.1));
        Ok(())
    }

    async fn take_job(&mut self, tx: &mut Tx<'_>, job: Job) -> Result<()> {
        self.out.used_jobs.push(job.id);
        match job.kind {
            JobKind::News(news) => self.hear_news(tx, news).await,
            JobKind::Wait { execution_id, step_no } => {
                if self.runs(execution_id) {
                    self.step_flow(tx, flow::Input::Timeout { step_no }).await?;
                }
                Ok(())
            }
            JobKind::HttpAnswer { execution_id, step_no, answer } => {
                if self.runs(execution_id) {
                    self.step_flow(tx, flow::Input::HttpAnswer { step_no, answer: &answer }).await?;
                }
                Ok(())
            }
            JobKind::Continue => self.step_flow(tx, flow::Input::Continue).await,
            JobKind::DeliveryFailed { .. } => self.step_flow(tx, flow::Input::DeliveryFailed).await,
            JobKind::Close { reason } => {
                self.close_when_silent(&reason);
                Ok(())
            }
            JobKind::Profiled { external_id, name, facts } => {
                self.hear_profile(&external_id, &name, &facts);
                Ok(())
            }
            // Not for a conversation: whoever wrote it here made a mistake that must not stop the lane.
            other => {
                tracing::error!(?other, "a job on the wrong lane");
                Ok(())
            }
        }
    }

    /// Whether this execution is the one under way.
    fn runs(&self, id: model::ExecutionId) -> bool {
        self.execution.as_ref().is_some_and(|e| e.id == id)
    }

    /// The open conversation, made if there is none.
    pub(super) fn open_conversation(&mut self) -> &mut Conversation {
        let is_open = self.conversation.as_ref().is_some_and(|c| c.state == ConversationState::Open);
        if !is_open {
            let previous = self.conversation.take();
            let opened = messaging::open(self.ids.next(), &self.thread, self.contact.id, previous.as_ref(), self.now);
            if let Some(previous) = previous {
                self.out.conversations.entry(previous.id).or_insert(previous);
            }
            self.thread.conversation_id = Some(opened.id);
            self.thread_changed = true;
            self.put_away_execution();
            self.take_part(opened.id, self.thread.address_id, Some(self.contact.id), self.contact.name.clone());
            let close_at = self.now.plus_secs(self.silence_s());
            self.put_job(
                Lane::Conversation(opened.id),
                format!("close:{}", opened.id),
                close_at,
                JobKind::Close { reason: "silence".into() },
            );
            self.conversation = Some(opened);
        }
        self.conversation.get_or_insert_with(|| unreachable!("opened just above"))
    }

    /// Somebody on this thread takes part in a conversation from now on.
    pub(crate) fn take_part(&mut self, id: ConversationId, address_id: Option<AddressId>, contact_id: Option<ContactId>, name: String) {
        let participant = Participant {
            id: self.ids.next(),
            conversation_id: id,
            thread_id: Some(self.thread.id),
            address_id,
            contact_id,
            worker_id: None,
            name,
            active: true,
        };
        self.out.participants.push(participant);
    }

    pub(crate) fn put_job(&mut self, lane: Lane, key: String, run_at: model::Timestamp, kind: JobKind) {
        let id = self.ids.next();
        self.out.dropped_keys.retain(|dropped| *dropped != key);
        self.out.jobs.push(Job { id, lane, key, run_at, kind, attempts: 0, epoch: 0 });
    }

    /// A customer's message: kept and shown, then heard by whoever holds them.
    pub(super) async fn hear_message(
        &mut self,
        tx: &mut Tx<'_>,
        message: InboundMessage,
        provider_at: Option<model::Timestamp>,
    ) -> Result<()> {
        self.meet_sender(tx, &message.from).await?;
        if !message.context.is_null() {
            self.thread.context = message.context.clone();
            self.thread_changed = true;
        }
        let duplicate = match (&message.client_id, &self.conversation) {
            (Some(client_id), Some(c)) => {
                let here = self.out.new_messages.iter().any(|m| m.conversation_id == c.id && m.client_id.as_deref() == Some(client_id));
                here || store::message::by_client_id(tx, self.ws(), c.id, client_id).await?.is_some()
            }
            _ => false,
        };
        if duplicate {
            return Ok(());
        }
        self.learn_answers(tx, &message.extras).await?;
        let id = self.ids.next();
        let attachments = self.take_files(tx, &message, id).await?;
        let reply_to = self.quoted(tx, message.reply_to.as_deref()).await?;
        let meant = self.chosen(&message);
        let name = self.sender_name(&message.from);
        let author = Author::Contact { id: self.writer(), name };
        let thread_id = self.thread.id;
        let new = NewMessage {
            client_id: message.client_id.clone(),
            attachments,
            extras: message.extras.clone(),
            choice: message.choice.clone().or_else(|| meant.clone()),
            reply_to,
            provider_id: (!self.streamed()).then(|| message.provider_id.clone()).filter(|id| !id.is_empty()),
            provider_at,
            ..NewMessage::text(author, Some(thread_id), messaging::normalise(&message.text))
        };
        let now = self.now;
        self.ask_profile();
        let paced = self.connector().is_some_and(|c| c.bot_pace().is_some());
        let conversation = self.open_conversation();
        messaging::go_on(conversation, thread_id, None);
        let mut kept = messaging::add(conversation, id, new, now);
        let hears = messaging::hears_customer(self.conversation.as_ref().unwrap_or_else(|| unreachable!()), self.execution.as_ref());
        // An absence note is no reply to what the flow asked.
        let hears = if message.automatic && hears == Hears::StepFlow { Hears::Keep } else { hears };
        if paced {
            self.keep_chosen(meant.is_some() && hears == Hears::StepFlow);
        }
        if hears != Hears::Keep {
            // A flow took it: the other side has it, though no person read it yet.
            kept.hear(MessageState::Delivered, now);
        }
        if !message.provider_id.is_empty() {
            self.out.provider_ids.push((message.provider_id.clone(), id));
        }
        self.answer = Some(kept.clone());
        self.out.new_messages.push(kept);
        self.meet_changes(tx, id, &message.provider_id).await?;
        self.claim_addresses(tx, &message.text).await?;
        if let Some(answer) = message.answer {
            // A call for help is answered at once, whoever has the customer, and is no answer to a question of the flow.
            self.say(NewMessage::text(Author::Bot { name: String::new() }, Some(thread_id), answer));
            return Ok(());
        }
        let trigger = self.trigger(&InboundMessage { text: meant.unwrap_or(message.text), ..message }, id);
        match hears {
            Hears::StartFlow => self.start_flow(tx, trigger, json!({})).await,
            Hears::StepFlow => self.step_flow(tx, flow::Input::Reply { message: trigger }).await,
            Hears::Keep => Ok(()),
        }
    }

    /// Somebody nameless begins a conversation on a channel that knows names: the provider is asked.
    fn ask_profile(&mut self) {
        let begins = self.conversation.as_ref().is_none_or(|c| c.state == ConversationState::Closed);
        let knows = self.connector().is_some_and(|c| c.names_people());
        let Some(address) = self.address.clone().filter(|_| begins && knows && self.contact.name.is_empty()) else { return };
        let conversation_id = self.open_conversation().id;
        let kind = JobKind::Profile { conversation_id, channel_account_id: self.account.id, external_id: address.external_id };
        self.put_job(Lane::Egress, format!("profile:{}", address.id), self.now, kind);
    }

    /// What the provider says of whoever wrote; a name that somebody gave meanwhile stays.
    fn hear_profile(&mut self, external_id: &str, name: &str, facts: &[(String, String)]) {
        if !self.address.as_ref().is_some_and(|a| a.external_id == external_id && a.contact_id == self.contact.id) {
            return;
        }
        let name = connectors::name::plain(name);
        if self.contact.name.is_empty() && !name.is_empty() {
            self.contact.name = name.clone();
            self.out.names.insert(self.contact.id, name);
        }
        for (key, value) in facts {
            self.learn(key, value, FactSource::Channel, false);
        }
    }

    /// Whether the channel is our own stream, which needs no provider's ids.
    fn streamed(&self) -> bool {
        self.connector().is_some_and(|c| c.capabilities(&self.account).streamed)
    }

    /// Keeps the sender's address current; on a thread of several senders the contact is the conversation's opener.
    pub(super) async fn meet_sender(&mut self, tx: &mut Tx<'_>, sender: &Sender) -> Result<()> {
        let same = self.address.as_ref().is_some_and(|a| a.external_id == sender.external_id);
        let mut ids = self.ids.clone();
        let address = match (&self.address, same) {
            (Some(address), true) => address.clone(),
            _ => super::threads::find_or_make_address(tx, self.scope, &self.account.clone(), sender, &mut ids).await?,
        };
        self.ids = ids;
        if self.thread.address_id != Some(address.id) {
            self.thread.address_id = Some(address.id);
            self.thread_changed = true;
            self.join_group(tx, &address, sender).await?;
        }
        let opener = self.conversation.as_ref().is_none_or(|c| c.state == ConversationState::Closed);
        if opener
            && address.contact_id != self.contact.id
            && let Some(contact) = store::contact::by_id(tx, self.ws(), address.contact_id).await?
        {
            self.facts = messaging::summary_facts(&store::contact::facts_of(tx, self.ws(), contact.root_id).await?);
            self.contact = contact;
        }
        if self.contact.name.is_empty() && !sender.name.is_empty() && address.contact_id == self.contact.id {
            self.contact.name = sender.name.clone();
            self.out.names.insert(self.contact.id, sender.name.clone());
        }
        self.address = Some(address);
        let facts = if self.address.as_ref().is_some_and(|a| a.contact_id == self.contact.id) { sender.facts.as_slice() } else { &[] };
        for (key, value) in facts {
            self.learn(key, value, FactSource::Channel, false);
        }
        Ok(())
    }

    /// A second sender of a group becomes a participant of the open conversation.
    async fn join_group(&mut self, tx: &mut Tx<'_>, address: &model::Address, sender: &Sender) -> Result<()> {
        let Some(conversation_id) = self.conversation.as_ref().filter(|c| c.state == ConversationState::Open).map(|c| c.id) else {
            return Ok(());
        };
        let there = store::conversation::participants(tx, self.ws(), conversation_id).await?;
        let known = there.iter().chain(&self.out.participants);
        if known.into_iter().any(|p| p.conversation_id == conversation_id && p.address_id == Some(address.id)) {
            return Ok(());
        }
        self.take_part(conversation_id, Some(address.id), Some(address.contact_id), sender.name.clone());
        Ok(())
    }

    /// The contact that wrote: on a thread of several senders not always the conversation's customer.
    pub(super) fn writer(&self) -> model::ContactId {
        self.address.as_ref().map_or(self.contact.id, |a| a.contact_id)
    }

    pub(crate) fn sender_name(&self, sender: &Sender) -> String {
        if !sender.name.is_empty() {
            return sender.name.clone();
        }
        messaging::display_name(&self.contact, &self.facts, if sender.scoped { "" } else { &sender.external_id })
    }

    /// Notes something learned of the person, unless it is known already. What does not fit the custom field of its key is not kept:
    /// whoever told it is no person who could mend it.
    pub(crate) fn learn(&mut self, key: &str, value: &str, source: FactSource, verified: bool) {
        let value: String = match field_of(&self.scope.config.fields, FieldSubject::Contact, key).map(|field| field.check(value)) {
            Some(Ok(value)) => value,
            Some(Err(_)) => return,
            None => value.trim().chars().take(500).collect(),
        };
        if value.is_empty() || self.facts.get(key).is_some_and(|f| f.value == value && f.verified >= verified) {
            return;
        }
        let fact = Fact { contact_id: self.contact.id, key: key.to_owned(), value, source, verified, at: self.now };
        self.out.facts.insert((fact.contact_id, fact.key.clone()), fact.clone());
        self.facts.insert(key.to_owned(), fact);
    }

    pub(super) async fn take_files(&mut self, tx: &mut Tx<'_>, message: &InboundMessage, id: model::MessageId) -> Result<Vec<Attachment>> {
        let mut attachments = Vec::new();
        for file in &message.files {
            match file {
                // It became an address when its delivery got an id.
                InboundFile::Kept { .. } => {}
                InboundFile::Uploaded { id: file_id } => {
                    let owner = format!("visitor:{}", message.from.external_id);
                    attachments.extend(store::message::attach(tx, self.ws(), *file_id, &owner, id).await?);
                }
                InboundFile::Url { url, media_type, name, sticker } => {
                    let attachment = Attachment {
                        id: self.ids.next(),
                        name: crate::files::display_name(name, media_type),
                        media_type: media_type.clone(),
                        bytes: 0,
                        width: None,
                        height: None,
                        state: AttachmentState::Pending,
                        key: String::new(),
                        thumbnail_key: None,
                        source_url: Some(url.clone()),
                        sticker: *sticker,
                        moves: false,
                        problem: None,
                    };
                    self.out.new_attachments.push((attachment.clone(), id));
                    let conversation_id = self.open_conversation().id;
                    let kind = JobKind::Media {
                        conversation_id,
                        message_id: id,
                        attachment_id: attachment.id,
                        channel_account_id: self.account.id,
                        url: url.clone(),
                    };
                    self.put_job(Lane::Egress, format!("media:{}", attachment.id), self.now, kind);
                    attachments.push(attachment);
                }
            }
        }
        Ok(attachments)
    }

    async fn hear_receipt(&mut self, tx: &mut Tx<'_>, receipt: Receipt, at: model::Timestamp) -> Result<()> {
        let parked = store::message::Parked { state: Some(receipt.state), problem: receipt.problem.clone(), ..Default::default() };
        let met = store::message::meet_receipt(tx, self.ws(), self.thread.channel_account_id, &receipt.provider_id, &parked).await?;
        let failed = receipt.state == MessageState::Failed;
        let named = match (met.message_id, receipt.ours) {
            (None, Some(ours)) => self.end_doubt(tx, ours, receipt.part, &receipt.provider_id, failed).await?.map(|part| (ours, part)),
            _ => None,
        };
        let Some((id, part)) = met.message_id.map(|id| (id, met.part)).or(named) else { return Ok(()) };
        if !self.named.contains_key(&id) && self.out.message_mut(id).is_none() {
            match store::message::by_id(tx, self.ws(), id).await? {
                Some(message) => {
                    self.named.insert(id, message);
                }
                None => return Ok(()),
            }
        }
        if self.of_copy(id, &receipt) {
            return Ok(());
        }
        self.hear_refusal(id, receipt.problem.as_ref());
        let whole = self.is_whole(tx, id).await?;
        if named.is_some() && whole {
            // Whatever they say of it, they took it.
            self.mark(id, MessageState::Sent, None, at);
        }
        let pos = self.named.get(&id).map(|message| message.pos);
        if failed || whole {
            self.mark(id, receipt.state, receipt.problem.clone(), at);
        }
        let lost = self.named.get(&id).is_some_and(|message| message.state == MessageState::Failed);
        if lost && failed {
            // What was taken did not arrive: it stands with the undelivered, and can be sent again.
            store::outbox::refute(tx, self.ws(), id, part, receipt.problem.as_ref(), self.now).await?;
        }
        match (receipt.through, pos, receipt.state) {
            (true, Some(pos), MessageState::Read) => self.hear_watermark(tx, pos, pos).await,
            (true, Some(pos), MessageState::Delivered) => self.hear_watermark(tx, pos, 0).await,
            _ => Ok(()),
        }
    }

    /// Whether what is told of one part of a message may be said of the message: it has no other, or the provider has taken all of them.
    pub(super) async fn is_whole(&mut self, tx: &mut Tx<'_>, id: model::MessageId) -> Result<bool> {
        let parts = self.named.get(&id).map(|message| message.parts);
        if parts.or_else(|| self.out.message_mut(id).map(|message| message.parts)).is_none_or(|parts| parts <= 1) {
            return Ok(true);
        }
        let rows = store::outbox::of_message(tx, self.ws(), id).await?;
        Ok(rows.iter().all(|row| row.state == OutboxState::Sent))
    }

    /// Whether a receipt is about somebody's copy of a letter: that says nothing of the customer's. The team reads which copy failed.
    fn of_copy(&mut self, id: model::MessageId, receipt: &Receipt) -> bool {
        let copies = |extra: &model::Extra| matches!(extra, model::Extra::Copies(copies) if copies.hold(&receipt.recipient));
        if receipt.recipient.is_empty() || !self.named.get(&id).is_some_and(|message| message.extras.iter().any(copies)) {
            return false;
        }
        if receipt.state == MessageState::Failed {
            let why = receipt.problem.as_ref().map_or("", |problem| problem.detail.as_str());
            self.note("copy_failed", &[("address", &receipt.recipient), ("detail", why)]);
        }
        true
    }

    /// The provider names a part of a message of this thread that it has not named as sent: it was, and is not sent again. One that `failed`
    /// there says so of a send in doubt alone; of the others our own request tells first. A message of several parts is not proven by its
    /// name, so without a number of a part it stays as it is.
    ///
    /// Returns the number of the part whose doubt ended.
    pub(super) async fn end_doubt(
        &mut self,
        tx: &mut Tx<'_>,
        id: model::MessageId,
        part: Option<i64>,
        provider_id: &str,
        failed: bool,
    ) -> Result<Option<i64>> {
        let found = store::message::by_id(tx, self.ws(), id).await?.filter(|m| m.thread_id == Some(self.thread.id));
        let Some(part) = found.and_then(|m| part.or((m.parts == 1).then_some(0))) else { return Ok(None) };
        let rows = store::outbox::of_message(tx, self.ws(), id).await?;
        let Some(row) = rows.into_iter().find(|row| row.part == part) else { return Ok(None) };
        let open = match row.state {
            OutboxState::Uncertain => true,
            OutboxState::Queued | OutboxState::Sending => !failed || row.doubt_since.is_some(),
            // Only now the provider tells what a person said before.
            OutboxState::Sent => store::outbox::vouched(tx, self.ws(), &row).await?,
            OutboxState::Failed => false,
        };
        if !open {
            return Ok(None);
        }
        store::message::meet_sent(tx, self.ws(), self.thread.channel_account_id, provider_id, id, part).await?;
        store::outbox::prove(tx, self.ws(), id, part, self.now).await?;
        Ok(Some(part))
    }

    /// Moves a message's delivery state forward and says so.
    pub(crate) fn mark(&mut self, id: model::MessageId, state: MessageState, problem: Option<model::Problem>, at: model::Timestamp) {
        if let Some(message) = self.out.message_mut(id) {
            if message.hear(state, at) && message.state == MessageState::Failed {
                message.problem = problem;
            }
            return;
        }
        let Some(message) = self.named.get_mut(&id) else { return };
        let before = message.state;
        if !message.hear(state, at) {
            return;
        }
        if message.state == MessageState::Failed && before != MessageState::Failed {
            message.problem = problem;
            let lane = Lane::Conversation(message.conversation_id);
            if matches!(message.author, Author::Bot { .. }) {
                self.put_job(lane, format!("undelivered:{id}"), self.now, JobKind::DeliveryFailed { message_id: id });
            }
        }
        if let Some(message) = self.named.get(&id) {
            self.out.changed_messages.insert(id, message.clone());
        }
    }

    /// The other side's device has, or showed, everything of the thread up to these positions.
    pub(crate) async fn hear_watermark(&mut self, tx: &mut Tx<'_>, delivered: i64, read: i64) -> Result<()> {
        let thread = self.thread.id;
        for message in store::message::behind_on_thread(tx, self.ws(), thread, delivered.max(read), 500).await? {
            if message.from_contact() {
                continue;
            }
            let state = if message.pos <= read { MessageState::Read } else { MessageState::Delivered };
            let id = message.id;
            self.named.entry(id).or_insert(message);
            self.mark(id, state, None, self.now);
        }
        Ok(())
    }

    /// How long a conversation on this channel may be silent before it ends.
    fn silence_s(&self) -> i64 {
        let said = self.scope.config.workspace.settings.close_after_s;
        if self.writes_letters() { said.saturating_mul(LETTERS_WAIT) } else { said }
    }

    /// Ends a conversation that nobody holds and that was silent long enough; otherwise looks again later.
    fn close_when_silent(&mut self, reason: &str) {
        let silence_s = self.silence_s();
        let Some(c) = self.conversation.as_ref().filter(|c| c.state == ConversationState::Open) else { return };
        let due = c.last_activity_at.plus_secs(silence_s);
        let idle = matches!(c.holder, Holder::None | Holder::Flow) && c.task_id.is_none();
        if idle && due <= self.now {
            self.close(reason);
            return;
        }
        let again = if idle { due } else { self.now.plus_secs(silence_s.min(3600)) };
        let id = c.id;
        self.put_job(Lane::Conversation(id), format!("close:{id}"), again, JobKind::Close { reason: reason.to_owned() });
    }

    /// Ends the conversation and everything that waits in it.
    pub(crate) fn close(&mut self, reason: &str) {
        self.end_execution("the conversation closed");
        let now = self.now;
        let line = self.ids.next();
        let Some(c) = self.conversation.as_mut().filter(|c| c.state == ConversationState::Open) else { return };
        let notice = messaging::add(c, line, NewMessage::notice("closed", &[("reason", reason)], Some(c.thread_id)), now);
        messaging::close(c, reason, now);
        let key = format!("close:{}", c.id);
        self.out.new_messages.push(notice);
        self.out.jobs.retain(|job| job.key != key);
        self.out.dropped_keys.push(key);
    }

    /// The event that says the conversation changed.
    pub(crate) fn conversation_event(&self, c: &Conversation) -> Event {
        Event::new(EventKind::ConversationUpdated, self.now).conversation(c.id).contact(c.contact_id)
    }
}
