//! What a turn will write: final rows, each key once.

use std::collections::BTreeMap;

use model::{
    AddressId, Attachment, ContactId, Conversation, ConversationId, Event, Execution, ExecutionId, Fact, InboundId, Job, JobId, Message,
    MessageId, Outbox, Participant, Step,
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
    pub jobs: Vec<Job>,
    pub used_jobs: Vec<JobId>,
    /// What an execution was waiting for is put aside: it will never come.
    pub flow_lost: bool,
    pub dropped_keys: Vec<String>,
    pub outbox: Vec<Outbox>,
    /// Parts of an earlier message were put back in line.
    pub resend: bool,
    pub inbound_done: Vec<(InboundId, &'static str, Option<String>)>,
    pub provider_ids: Vec<(String, MessageId)>,
    pub events: Vec<Event>,
}

impl Out {
    /// The message as it stands in this turn, new or changed.
    pub fn message_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        if let Some(at) = self.new_messages.iter().position(|m| m.id == id) {
            return self.new_messages.get_mut(at);
        }
        self.changed_messages.get_mut(&id)
    }
}
