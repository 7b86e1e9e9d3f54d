//! What a turn will write: final rows, each key once.

use std::collections::BTreeMap;

use model::{
    AddressId, Attachment, Consent, ContactId, Conversation, ConversationId, Event, Execution, ExecutionId, Fact, InboundId, Job, JobId,
    Message, MessageId, Outbox, Participant, Step,
};

#[derive(Default)]
pub(crate) struct Out {
    pub conversations: BTreeMap<ConversationId, Conversation>,
    pub executions: BTreeMap<ExecutionId, Execution>,
    pub steps: Vec<Step>,
    pub new_messages: Vec<Message>,
    pub changed_messages: BTreeMap<MessageId, Message>,
    pub new_attachments: Vec<(Attachment, MessageId)>,
    pub changed_attachments: Vec<Attachment>,
    pub participants: Vec<Participant>,
    pub facts: BTreeMap<(ContactId, String), Fact>,
    pub names: BTreeMap<ContactId, String>,
    pub opt_outs: BTreeMap<AddressId, bool>,
    /// The evidence of each of them.
    pub consents: Vec<Consent>,
    pub jobs: Vec<Job>,
    pub used_jobs: Vec<JobId>,
    /// What an execution was waiting for is put aside: it will never come.
    pub flow_lost: bool,
    pub dropped_keys: Vec<String>,
    pub outbox: Vec<Outbox>,
    /// Parts of an earlier message were put back in line, or stand in its way no more.
    pub resend: bool,
    pub inbound_done: Vec<(InboundId, &'static str, Option<String>)>,
    pub provider_ids: Vec<(String, MessageId)>,
    /// Privileged changes.
    pub audit: Vec<store::audit_log::Entry>,
    pub events: Vec<Event>,
}

impl Out {
    /// Takes over another turn's rows of the tables that are written as they are gathered.
    pub fn append(&mut self, mut other: Self) {
        self.steps.append(&mut other.steps);
        self.new_messages.append(&mut other.new_messages);
        self.changed_attachments.append(&mut other.changed_attachments);
        self.participants.append(&mut other.participants);
        self.names.append(&mut other.names);
        self.opt_outs.append(&mut other.opt_outs);
        self.consents.append(&mut other.consents);
        self.jobs.append(&mut other.jobs);
        self.used_jobs.append(&mut other.used_jobs);
        self.dropped_keys.append(&mut other.dropped_keys);
        self.outbox.append(&mut other.outbox);
        self.inbound_done.append(&mut other.inbound_done);
        self.audit.append(&mut other.audit);
    }

    /// The message as it stands in this turn, new or changed.
    pub fn message_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        if let Some(at) = self.new_messages.iter().position(|m| m.id == id) {
            return self.new_messages.get_mut(at);
        }
        self.changed_messages.get_mut(&id)
    }
}
