//! Where the flow room is stepped, and its effects become rows.

use std::collections::VecDeque;

use anyhow::Result;
use db::Tx;
use messaging::NewMessage;
use model::routing::TaskRequest;
use model::{
    Author, Event, EventKind, Execution, ExecutionState, FactSource, FieldSubject, Holder, InboundMessage, JobKind, Lane, MessageState,
    Outbox, OutboxState, Problem, Timestamp,
};
use serde_json::{Map, Value, json};

use super::asking::{MayAnswer, OFFERED};
use super::load::Turn;
use crate::task_channel_of;

/// An answer that makes the flow ask again at once; more than this in one turn is a loop.
const BOT_ROUNDS: usize = 20;
const DAY_US: i64 = 86_400_000_000;

impl Turn<'_> {
    /// The fields of a message as Studio's flows read them.
    pub(crate) fn trigger(&self, message: &InboundMessage, id: model::MessageId) -> Value {
        let mut fields: Map<String, Value> = match &message.raw {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        fields.insert("Body".into(), json!(messaging::normalise(&message.text)));
        fields.insert("MessageSid".into(), json!(id.to_string()));
        fields.entry("From").or_insert_with(|| json!(message.from.external_id));
        fields.entry("NumMedia").or_insert_with(|| json!(message.files.len().to_string()));
        if let Some(c) = &self.conversation {
            fields.insert("ConversationSid".into(), json!(c.id.to_string()));
        }
        Value::Object(fields)
    }

    /// Begins the channel's flow in the open conversation. Without a flow the customer is not left alone: a task is asked for at once.
    pub(crate) async fn start_flow(&mut self, tx: &mut Tx<'_>, trigger: Value, data: Value) -> Result<()> {
        self.end_execution("another one began");
        let config = self.scope.config;
        let chosen = self.account.flow_id.filter(|id| config.flows.contains_key(id)).or(config.default_flow);
        let Some((flow_id, revision)) = chosen.and_then(|id| config.flows.get(&id).map(|(revision, _)| (id, *revision))) else {
            self.ask_for_person(tx).await?;
            return Ok(());
        };
        let Some(c) = self.conversation.as_mut() else { return Ok(()) };
        c.holder = Holder::Flow;
        self.execution = Some(Execution {
            id: self.ids.next(),
            conversation_id: c.id,
            flow_id,
            revision,
            step_no: 0,
            state: ExecutionState::Active,
            widget: String::new(),
            waiting: None,
            repeats: 0,
            context: Value::Null,
            started_at: self.now,
            ended_at: None,
            ended_reason: None,
        });
        let trigger = json!({ "conversation": trigger });
        self.step_flow(tx, flow::Input::Start { trigger, event: "incomingConversationMessage", data }).await
    }

    async fn ask_for_person(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let workflow = self.scope.config.workflows.first().map(|w| w.id);
        let channel = task_channel_of(&self.account.kind).to_owned();
        let Some(c) = &self.conversation else { return Ok(()) };
        let key = format!("message:{}", c.last_seq);
        let attributes = self.with_what_is_known(tx, "{}".into()).await?;
        self.request_task(workflow, channel, attributes, None, None, key, None);
        Ok(())
    }

    /// The flow cannot go on: a person takes over.
    pub(crate) async fn leave_flow(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.end_execution("what it waited for failed three times");
        if self.conversation.as_ref().is_some_and(|c| c.state == model::ConversationState::Open && c.holder == Holder::Flow) {
            self.ask_for_person(tx).await?;
        }
        Ok(())
    }

    /// Whether the channel has messages of this form: it was judged when the flow was written, and filled in since.
    fn takes(&self, content: &Value) -> bool {
        let judged = self.connector().map(|connector| connectors::native::check(connector, content));
        if let Some(Err(problem)) = &judged {
            tracing::warn!(field = problem.field, detail = problem.detail, "a flow's message in the channel's own form is sent as a text");
        }
        matches!(judged, Some(Ok(())))
    }

    /// Steps the execution with an input, and with what the built-in bot answers, until it waits or ends.
    pub(crate) async fn step_flow(&mut self, tx: &mut Tx<'_>, first: flow::Input<'_>) -> Result<()> {
        let mut inputs = VecDeque::from([first]);
        let mut rounds = 0;
        while let Some(input) = inputs.pop_front() {
            if self.execution.as_ref().is_some_and(|e| e.state != ExecutionState::Active) {
                self.put_away_execution();
            }
            let Some(mut execution) = self.execution.take() else { break };
            let definition = self.scope.config.definition(tx, execution.flow_id, execution.revision).await?;
            flow::refresh(&mut execution, self.surroundings());
            let outcome = flow::advance(&definition, &self.scope.config.fields, &mut execution, input, &mut self.fuel, self.now);
            self.out.steps.extend(outcome.steps);
            self.execution = Some(execution);
            self.execution_changed = true;
            for effect in outcome.effects {
                if let flow::Effect::Bot { step_no, request } = effect {
                    rounds += 1;
                    let answer = if rounds > BOT_ROUNDS {
                        json!({ "outcome": "failed", "text": "" })
                    } else {
                        self.scope.config.bot.answer_document(&request, self.now.micros())
                    };
                    inputs.push_back(flow::Input::BotAnswer { step_no, answer });
                } else {
                    self.do_effect(tx, effect).await?;
                }
            }
        }
        self.hand_on_unheard(tx).await
    }

    fn surroundings(&self) -> flow::Surroundings {
        let facts: Map<String, Value> = self.facts.iter().map(|(key, fact)| (key.clone(), json!(fact.value))).collect();
        let of_contact = self.scope.config.fields.iter().filter(|field| field.subject == FieldSubject::Contact);
        let fields: Map<String, Value> =
            of_contact.filter_map(|field| Some((field.key.clone(), field.typed(&self.facts.get(&field.key)?.value)))).collect();
        let address = self.address.as_ref().map_or(String::new(), |a| a.external_id.clone());
        // An id within one page or chat is no word for anybody.
        let alias = self.address.as_ref().filter(|a| a.scope.is_empty()).map_or(String::new(), |a| a.external_id.clone());
        let language =
            messaging::language(&self.facts).or_else(|| self.facts.get("browser_language").map(|f| f.value.as_str())).unwrap_or_default();
        let c = self.conversation.as_ref();
        flow::Surroundings {
            channel_address: self.account.address.clone(),
            conversation_sid: c.map_or(String::new(), |c| c.id.to_string()),
            contact_address: address,
            contact_alias: alias,
            contact_channel: self.account.kind.clone(),
            contact_name: messaging::display_name(&self.contact, &self.facts, ""),
            contact_language: language.to_owned(),
            facts: Value::Object(facts),
            fields: Value::Object(fields),
            closed: self.scope.config.closed(&self.account, self.now),
            memory: c.and_then(|c| c.attributes.get("memory").cloned()).unwrap_or(Value::Null),
        }
    }

    async fn do_effect(&mut self, tx: &mut Tx<'_>, effect: flow::Effect) -> Result<()> {
        match effect {
            flow::Effect::Send { text, media, choices, cards, mut native, from, .. } => {
                let own = native.remove(&self.account.kind).filter(|content| self.takes(content) && !text.trim().is_empty());
                let (media, choices, cards) = if own.is_some() { Default::default() } else { (media, choices, cards) };
                let text = std::iter::once(text).chain(media).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
                let name = if from.is_empty() { self.scope.config.called().to_owned() } else { from };
                let thread = self.thread.id;
                // Cards are words of the machine's, too.
                let told = [text.as_str()].into_iter().chain(cards.iter().flat_map(model::Card::texts));
                let told = told.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
                // So are the answers that are offered, and the name it is said under.
                let form = own.as_ref().map(serde_json::Value::to_string);
                let carried = [&told, &name].into_iter().chain(&choices).chain(&form).cloned().collect::<Vec<_>>().join("\n");
                let answers = self.bot_may_answer(tx, &carried).await?;
                if let Some(why) = answers.held_back() {
                    // What nobody hears leads nowhere: where a person wrote, a person answers.
                    self.unheard |= answers != MayAnswer::NotToThis;
                    // The team sees what the machine would have said, and why it did not.
                    self.note(why, &[("name", &name), ("note", &told)]);
                    return Ok(());
                }
                let extras = own.into_iter().map(|content| model::Extra::Native { content }).collect();
                let new = NewMessage { choices, cards, extras, ..NewMessage::text(Author::Bot { name }, Some(thread), text) };
                self.say(new);
            }
            flow::Effect::Http { step_no, request } => {
                let Some((conversation_id, execution_id)) = self.running() else { return Ok(()) };
                // Long enough for whoever claimed it to die, and for the next claim to ask again.
                let give_up_at = self.now.plus_millis(request.timeout_ms as i64 + 60_000);
                let kind = JobKind::Http { conversation_id, execution_id, step_no, request, give_up_at };
                self.put_job(Lane::Egress, format!("http:{execution_id}:{step_no}"), self.now, kind);
            }
            flow::Effect::RequestTask { step_no, workflow, channel, attributes, priority, timeout_s } => {
                let Some((_, execution_id)) = self.running() else { return Ok(()) };
                let flow_id = self.execution.as_ref().map(|e| e.flow_id);
                let config = self.scope.config;
                let workflow = flow_id.and_then(|flow| config.workflow(flow, &workflow));
                let channel = flow_id.map_or(channel.clone(), |flow| config.task_channel(flow, &channel, &self.account.kind));
                let attributes = self.with_what_is_known(tx, attributes).await?;
                self.request_task(workflow, channel, attributes, priority, timeout_s, format!("{execution_id}:{step_no}"), None);
            }
            flow::Effect::WakeAt { step_no, at } => {
                let Some((conversation_id, execution_id)) = self.running() else { return Ok(()) };
                self.put_job(
                    Lane::Conversation(conversation_id),
                    format!("wait:{execution_id}:{step_no}"),
                    at,
                    JobKind::Wait { execution_id, step_no },
                );
            }
            flow::Effect::CancelWake { step_no } => {
                if let Some(e) = &self.execution {
                    self.drop_job(format!("wait:{}:{step_no}", e.id));
                }
            }
            flow::Effect::Learn { key, value } => {
                self.learn(&key, &value, FactSource::Flow, false);
                if key == "phone" {
                    self.claim_addresses(tx, &value).await?;
                }
            }
            flow::Effect::Remember { memory } => {
                if let Some(c) = self.conversation.as_mut() {
                    c.attributes["memory"] = memory;
                }
            }
            flow::Effect::Note { text } => {
                let name = self.scope.config.called().to_owned();
                self.say(NewMessage { private: true, ..NewMessage::text(Author::Bot { name }, None, text) });
            }
            flow::Effect::OutOfFuel => {
                if let Some((conversation_id, execution_id)) = self.running() {
                    self.put_job(Lane::Conversation(conversation_id), format!("continue:{execution_id}"), self.now, JobKind::Continue);
                }
            }
            flow::Effect::Ended { .. } => {
                if let Some(c) = self.conversation.as_mut().filter(|c| c.holder == Holder::Flow) {
                    c.holder = Holder::None;
                }
            }
            flow::Effect::Bot { .. } => {}
        }
        Ok(())
    }

    /// What the flow said since was not sent. Unless it found a person itself, one takes over: nobody would answer otherwise.
    async fn hand_on_unheard(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        if !std::mem::take(&mut self.unheard) {
            return Ok(());
        }
        let alone = |c: &&model::Conversation| {
            c.state == model::ConversationState::Open && matches!(c.holder, Holder::Flow | Holder::None) && c.task_id.is_none()
        };
        if self.conversation.as_ref().is_some_and(|c| alone(&c)) {
            self.end_execution("what it said was not sent: the channel lets a machine say less");
            self.ask_for_person(tx).await?;
        }
        Ok(())
    }

    fn running(&self) -> Option<(model::ConversationId, model::ExecutionId)> {
        Some((self.conversation.as_ref()?.id, self.execution.as_ref()?.id))
    }

    fn drop_job(&mut self, key: String) {
        self.out.jobs.retain(|job| job.key != key);
        self.out.dropped_keys.push(key);
    }

    /// Nothing more happens to the execution in this turn: what changed of it is written once, as it is now.
    pub(crate) fn put_away_execution(&mut self) {
        if let Some(execution) = self.execution.take().filter(|_| self.execution_changed) {
            self.out.executions.insert(execution.id, execution);
        }
        self.execution_changed = false;
    }

    pub(crate) fn end_execution(&mut self, reason: &str) {
        if self.execution.as_ref().is_none_or(|e| e.state != ExecutionState::Active) {
            return self.put_away_execution();
        }
        let Some(execution) = self.execution.as_mut() else { return };
        let (id, no) = (execution.id, execution.step_no);
        execution.state = ExecutionState::Ended;
        execution.ended_at = Some(self.now);
        execution.ended_reason = Some(reason.to_owned());
        execution.waiting = None;
        self.execution_changed = true;
        self.put_away_execution();
        self.drop_job(format!("wait:{id}:{no}"));
        self.drop_job(format!("continue:{id}"));
    }

    /// Asks the router for a task.
    pub(crate) fn request_task(
        &mut self,
        workflow_id: Option<model::WorkflowId>,
        channel: String,
        attributes: String,
        priority: Option<i64>,
        timeout_s: Option<i64>,
        request_key: String,
        virtual_start_time: Option<Timestamp>,
    ) {
        let task_id = self.ids.next();
        let Some(c) = self.conversation.as_mut() else { return };
        c.holder = Holder::Requested;
        c.requests += 1;
        let request = TaskRequest {
            task_id,
            conversation_id: Some(c.id),
            request_key: Some(request_key.clone()),
            request_no: Some(c.requests),
            workflow_id,
            routing_worker: None,
            routing_queue: None,
            routing_workflow: None,
            ignore_capacity: false,
            channel,
            attributes,
            priority,
            timeout_s,
            virtual_start_time,
        };
        let key = format!("task:{}:{request_key}", c.id);
        self.put_job(Lane::Router, key, self.now, JobKind::Task(request));
    }

    /// A task's attributes with what we know of whom it is about, in Flex's words; what somebody wrote there stays.
    async fn with_what_is_known(&self, tx: &mut Tx<'_>, attributes: String) -> Result<String> {
        let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(&attributes) else { return Ok(attributes) };
        let c = self.conversation.as_ref();
        let name = messaging::display_name(&self.contact, &self.facts, "");
        let known = [
            ("channelType", self.account.kind.clone()),
            ("customerAddress", self.address.as_ref().map_or(String::new(), |a| a.external_id.clone())),
            ("customerName", name),
            ("conversationSid", c.map_or(String::new(), |c| c.id.to_string())),
        ];
        for (key, value) in known.into_iter().filter(|(_, value)| !value.is_empty()) {
            fields.entry(key).or_insert_with(|| json!(value));
        }
        if let Some(language) = messaging::language(&self.facts) {
            fields.entry("language").or_insert_with(|| json!(language));
        }
        if let Some((worker, at)) = store::routing::last_worker(tx, self.ws(), self.contact.root_id).await? {
            fields.entry("lastWorkerSid").or_insert_with(|| json!(worker));
            fields.entry("lastWorkerDays").or_insert_with(|| json!(self.now.since(at).max(0) / DAY_US));
        }
        let known = Value::Object(fields).to_string();
        // What somebody wrote is worth more than what we could add.
        Ok(if known.chars().count() > router::MAX_ATTRIBUTES { attributes } else { known })
    }

    /// Adds a message of ours to the open conversation and, on a channel that is not our own, to the outbox.
    pub(crate) fn say(&mut self, mut new: NewMessage) -> Option<model::MessageId> {
        let id = self.ids.next();
        let now = self.now;
        let connector = self.connector();
        let capabilities = connector.map(|c| c.capabilities(&self.account));
        let leaves = new.thread_id.is_some() && new.notice.is_none() && !new.private;
        let sent_by_us = leaves && capabilities.as_ref().is_some_and(|c| !c.streamed);
        if sent_by_us {
            new.state = MessageState::Queued;
        }
        let (answers, template) = (new.answers.clone(), new.template.clone());
        let (copies, signature) = (new.copies.clone(), new.signature.clone());
        let person = matches!(new.author, Author::Worker { .. });
        let c = self.conversation.as_mut()?;
        let mut message = messaging::add(c, id, new, now);
        let offers = messaging::offers(&message);
        if let (true, Some(attributes)) = (leaves, c.attributes.as_object_mut()) {
            if !offers.is_empty() {
                attributes.insert(OFFERED.into(), json!(offers));
            } else if person {
                // A number answers what a person asked last, and that was no menu.
                attributes.remove(OFFERED);
            }
        }
        if sent_by_us {
            // An approved template may leave at any time.
            let until = if template.is_some() { self.send_latest() } else { self.send_until(person) };
            let (address, expires_at) = (self.address.clone(), until);
            // Refused here, and kept as failed parts: a person may send them again when that is allowed once more.
            let may = address.as_ref().zip(capabilities.as_ref()).is_some_and(|(a, can)| messaging::may_write_to(a, can).is_ok());
            let state = if !may {
                message.problem = Some(super::consent::opted_out());
                OutboxState::Failed
            } else if expires_at <= now {
                message.problem =
                    Some(Problem { code: "window_closed".into(), detail: "The channel's time to answer the customer is over".into() });
                OutboxState::Failed
            } else {
                OutboxState::Queued
            };
            if state == OutboxState::Failed {
                message.hear(MessageState::Failed, now);
            }
            if let (Some(connector), Some(address)) = (connector, address) {
                let files = message.own_files().map(crate::send::file_ref).collect();
                let cards = message.cards.iter().map(|card| crate::send::card(card, &message.attachments)).collect();
                let speaker = connectors::Speaker { person, name: super::change::said_by(&message).to_owned(), signature };
                let (text, choices) = (message.text.clone(), message.choices.clone());
                let extras = message.extras.clone();
                let mut outbound =
                    connectors::Outbound { text, files, choices, cards, extras, reply_to: answers, template, copies, speaker };
                crate::send::fit_pictures(connector, &self.account, &mut outbound);
                let outbound = connectors::extras::fitted(outbound, &connector.capabilities(&self.account));
                let heard_at = self.conversation.as_ref().and_then(|c| c.last_customer_at).map(Timestamp::micros);
                let parts = connectors::native::parts(connector, &self.account, &outbound);
                message.parts = parts.len() as i64;
                crate::send::mark_stickers(&mut message.attachments, &parts);
                for (no, part) in parts.into_iter().enumerate() {
                    let row = Outbox {
                        id: self.ids.next(),
                        conversation_id: Some(message.conversation_id),
                        thread_id: self.thread.id,
                        channel_account_id: self.account.id,
                        message_id: Some(id),
                        opened_at: self.conversation.as_ref().map_or(now, |c| c.created_at),
                        seq: message.seq,
                        part: no as i64,
                        state,
                        body: json!({ "part": part, "to": address.external_id, "heard_at": heard_at }),
                        progress: Value::Null,
                        not_before: now,
                        expires_at,
                        attempts: 0,
                        epoch: 0,
                        doubt_since: None,
                    };
                    self.out.outbox.push(row);
                }
            }
        }
        self.out.new_messages.push(message);
        Some(id)
    }

    /// When a message of ours is given up, whatever the channel's reply window.
    pub(super) fn send_latest(&self) -> Timestamp {
        let connector = self.connector();
        self.now.plus_secs(connector.map_or(0, connectors::Connector::send_within_s))
    }

    /// Until when a message of ours may leave: nothing waits beyond the channel's reply window.
    pub(crate) fn send_until(&self, person: bool) -> Timestamp {
        let latest = self.send_latest();
        let can = self.connector().map(|c| c.capabilities(&self.account));
        let closes = can.zip(self.conversation.as_ref()).and_then(|(can, c)| messaging::window_closes(&can, c, person));
        closes.map_or(latest, |at| at.min(latest))
    }

    /// A phone number or mail address somebody typed is a claim: shown beside the person, never a join.
    pub(crate) async fn claim_addresses(&mut self, tx: &mut Tx<'_>, text: &str) -> Result<()> {
        // Whoever writes by it has proved theirs.
        let proven = self.address.as_ref().map(|address| address.channel.clone()).unwrap_or_default();
        for (channel, found) in [("phone", numbers_in(text)), ("email", mails_in(text))] {
            for claimed in found.into_iter().filter(|_| proven != channel) {
                if store::contact::put_claim(tx, self.ws(), self.contact.id, channel, &claimed, self.now).await? {
                    self.out.events.push(Event::new(EventKind::PersonUpdated, self.now).contact(self.contact.root_id));
                }
            }
        }
        Ok(())
    }
}

/// Phone numbers with their country code in a text, in E.164; at most three.
fn numbers_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('+').take(10) {
        let candidate: String = text[at..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '/' | '.'))
            .take(24)
            .collect();
        if let Some(number) = connectors::phone::of_person(candidate.trim_end_matches(|c: char| !c.is_ascii_digit()), None)
            && number.len() >= 9
            && !found.contains(&number)
            && found.len() < 3
        {
            found.push(number);
        }
    }
    found
}

/// Mail addresses in a text, in lower case; at most three.
fn mails_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in
        text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"')).filter(|word| word.contains('@'))
    {
        let word = word.trim_start_matches("mailto:").trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let Some((name, domain)) = word.split_once('@') else { continue };
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._%+-".contains(c));
        let placed =
            domain.contains('.') && domain.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'));
        if named && placed && word.len() <= 254 && !found.contains(&word) && found.len() < 3 {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{mails_in, numbers_in};

    #[test]
    fn mail_addresses_are_found_in_what_people_type() {
        assert_eq!(mails_in("write to Mira.Kim+shop@Mail.example, or <leo@a-b.co.uk>."), ["mira.kim+shop@mail.example", "leo@a-b.co.uk"]);
        assert_eq!(mails_in("mailto:kim@müller.example!"), ["kim@müller.example"]);
        for none in ["@mira", "mira@", "a@b", "a@b..c", "a b@", "see you @ 5.30", "x@@y.de", "a@b.c@d.e"] {
            assert_eq!(mails_in(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn numbers_are_found_in_what_people_type() {
        assert_eq!(numbers_in("call me: +49 171 3920041, thanks"), ["+491713920041"]);
        assert_eq!(numbers_in("1+1=2 and +5"), Vec::<String>::new());
    }
}
