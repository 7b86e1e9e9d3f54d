//! One conversation, another thread: a proven person's second browser goes on with what is open on their first, and an agent with the
//! same task on another of the customer's channels.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use db::Tx;
use messaging::{Refused, Writer};
use model::inbound::Sender;
use model::{ChannelAccountId, Conversation, ConversationId, Execution, Ids, InboundEvent, Lane, Thread, ThreadId, VisitorId};
use store::audit_log::Entry;

use super::Scope;
use super::load::Turn;
use super::threads::{Place, find_or_make_address};

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

/// An agent, or the API, goes on with a conversation on the lane's thread.
#[derive(Debug, Clone)]
pub(crate) struct Hop {
    pub conversation_id: ConversationId,
    pub channel_account_id: ChannelAccountId,
    /// The thread is made first: nobody wrote on it yet.
    pub first: Option<First>,
    pub by: Writer,
    /// For the audit log: who went where, and on whose word.
    pub noted: Entry,
}

/// A thread that begins with us.
#[derive(Debug, Clone)]
pub(crate) struct First {
    pub key: String,
    pub context: serde_json::Value,
    /// The customer's address.
    pub external_id: String,
}

impl Hop {
    /// Makes the thread, unless it is there.
    pub(super) async fn prepare(&self, tx: &mut Tx<'_>, scope: &Scope<'_>, ids: &mut Ids) -> Result<()> {
        let (Some(first), Some(account)) = (&self.first, scope.config.accounts.get(&self.channel_account_id)) else { return Ok(()) };
        let sender = Sender { external_id: first.external_id.clone(), ..Sender::default() };
        let address = find_or_make_address(tx, scope, account, &sender, ids).await?;
        let thread = Thread {
            id: ids.next(),
            channel_account_id: account.id,
            key: first.key.clone(),
            conversation_id: None,
            address_id: Some(address.id),
            context: first.context.clone(),
            delivered_until: None,
            read_until: None,
        };
        store::conversation::insert_threads(tx, scope.config.ws(), &[(thread, vec![first.key.clone()])]).await
    }

    /// Which conversation the thread goes over to; `None` = it is the thread's already.
    pub(super) fn judge(
        &self,
        own: Option<ConversationId>,
        locked: &BTreeMap<ConversationId, Conversation>,
    ) -> Result<Option<ConversationId>, Refused> {
        let conversation = locked.get(&self.conversation_id).ok_or(Refused::NotFound)?;
        messaging::may_go_on(conversation, own.and_then(|id| locked.get(&id)), &self.by)?;
        Ok((own != Some(conversation.id)).then_some(conversation.id))
    }
}

impl Turn<'_> {
    /// The conversation goes on here from now on: what the agent writes leaves on this thread.
    ///
    /// # Errors
    /// What is refused is refused with its whole commit: a thread that was made for it goes, too.
    pub(super) async fn hop(&mut self, tx: &mut Tx<'_>, hop: &Hop) -> Result<()> {
        if let Some(refused) = self.refused.take() {
            bail!(refused);
        }
        let can = self.connector().map(|c| c.capabilities(&self.account)).unwrap_or_default();
        if let Err(refused) = self.address.as_ref().map_or(Err(Refused::OptedOut), |address| messaging::may_write_to(address, &can)) {
            bail!(refused);
        }
        self.arrive();
        let heard_at = store::message::last_heard(tx, self.ws(), self.thread.id).await?;
        let thread = self.thread.id;
        let Some(conversation) = self.conversation.as_mut().filter(|c| c.id == hop.conversation_id) else { bail!(Refused::NotFound) };
        if messaging::go_on(conversation, thread, heard_at) {
            let (channel, account) = (self.account.kind.clone(), self.account.name.clone());
            self.note("moved", &[("channel", &channel), ("account", &account), ("by", &hop.by.name)]);
            self.out.audit.push(hop.noted.clone());
        }
        Ok(())
    }

    /// Closes what the hop leaves and takes the thread into the conversation it goes to; whether there was such a hop.
    pub(crate) fn arrive(&mut self) -> bool {
        let Some(Left { conversation, execution }) = self.left.take().filter(|_| !self.contact.blocked) else { return false };
        let (there, runs) = (std::mem::replace(&mut self.conversation, conversation), std::mem::replace(&mut self.execution, execution));
        self.close("joined");
        let left = std::mem::replace(&mut self.conversation, there);
        self.execution = runs;
        let Some(conversation) = self.conversation.as_mut() else { return false };
        messaging::take_in(conversation, left.as_ref());
        let id = conversation.id;
        if let Some(left) = left {
            self.out.conversations.insert(left.id, left);
        }
        self.thread.conversation_id = Some(id);
        self.thread_changed = true;
        let contact = self.address.as_ref().map(|address| address.contact_id);
        self.take_part(id, self.thread.address_id, contact, self.contact.name.clone());
        true
    }
}
