//! A proven person's second browser goes on with the conversation that is open on their first.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use model::{ChannelAccountId, Conversation, ConversationId, Execution, InboundEvent, Lane, ThreadId, VisitorId};

use super::Scope;
use super::load::Turn;
use super::threads::Place;

/// What a hop leaves: the thread's latest conversation, open or not, and what runs in it.
pub(crate) struct Left {
    pub conversation: Option<Conversation>,
    pub execution: Option<Execution>,
}

/// For threads on which somebody wrote: the conversations that their person's other browsers point to, as they are before any lock.
pub(crate) async fn elsewhere(tx: &mut Tx<'_>, scope: &Scope<'_>, places: &[Place]) -> Result<BTreeMap<ThreadId, Vec<ConversationId>>> {
    let ws = scope.config.ws();
    let mut browsers: BTreeMap<ChannelAccountId, BTreeMap<VisitorId, ThreadId>> = BTreeMap::new();
    for Place { lane, thread, inbound } in places {
        let wrote = inbound.iter().any(|inbound| matches!(inbound.event, InboundEvent::Message(_)));
        let account = scope.config.accounts.get(&thread.channel_account_id);
        let by_browser = account.and_then(|account| connectors::find(scope.connectors, &account.kind)).is_some_and(|c| c.by_browser());
        if let (Lane::Thread(account, _), true, true, Ok(visitor)) = (lane, wrote, by_browser, thread.key.parse()) {
            browsers.entry(*account).or_default().insert(visitor, thread.id);
        }
    }
    let mut found: BTreeMap<ThreadId, Vec<ConversationId>> = BTreeMap::new();
    for (account, browsers) in browsers {
        let visitors: Vec<VisitorId> = browsers.keys().copied().collect();
        for (visitor, other) in store::visitor::elsewhere(tx, ws, account, &visitors).await? {
            let there = store::conversation::thread_by_key(tx, ws, account, &other.to_string()).await?;
            if let (Some(thread), Some(conversation)) = (browsers.get(&visitor), there.and_then(|thread| thread.conversation_id)) {
                found.entry(*thread).or_default().push(conversation);
            }
        }
    }
    Ok(found)
}

/// Where the customer goes on, among what is known and locked.
pub(crate) fn target(
    own: Option<ConversationId>,
    others: &[ConversationId],
    locked: &BTreeMap<ConversationId, Conversation>,
) -> Option<ConversationId> {
    let before = own.and_then(|id| locked.get(&id));
    let others = others.iter().filter(|id| Some(**id) != own).filter_map(|id| locked.get(id));
    let best = others.filter(|other| messaging::hops(before, other)).min_by_key(|c| (c.task_id.is_none(), c.created_at, c.id));
    best.map(|c| c.id)
}

impl Turn<'_> {
    /// Closes what the hop leaves and takes the thread into the conversation it goes to.
    pub(crate) fn arrive(&mut self) {
        let Some(Left { conversation, execution }) = self.left.take().filter(|_| !self.contact.blocked) else { return };
        let (there, runs) = (std::mem::replace(&mut self.conversation, conversation), std::mem::replace(&mut self.execution, execution));
        self.close("joined");
        let left = std::mem::replace(&mut self.conversation, there);
        self.execution = runs;
        let line = self.ids.next();
        let Some(conversation) = self.conversation.as_mut() else { return };
        messaging::take_in(conversation, left.as_ref());
        let id = conversation.id;
        self.out.new_messages.push(messaging::add(conversation, line, messaging::NewMessage::notice("continued", &[], None), self.now));
        if let Some(left) = left {
            self.out.conversations.insert(left.id, left);
        }
        self.thread.conversation_id = Some(id);
        self.thread_changed = true;
        let contact = self.address.as_ref().map(|address| address.contact_id);
        self.take_part(id, self.thread.address_id, contact, self.contact.name.clone());
    }
}
