//! Locks a lane and loads what its decision needs. Locks come first, in the order thread, conversation; loads are new statements after them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use db::Tx;
use model::inbound::Sender;
use model::{
    Address, ChannelAccount, Contact, Conversation, ConversationState, Execution, Fact, Id, Ids, Inbound, InboundEvent, Job, Lane, Message,
    MessageId, Thread, Timestamp,
};

use super::out::Out;
use super::talk::Command;
use super::{INPUTS, MAX_ATTEMPTS, Scope};

/// One thing to fold, with what it needs beside it.
pub(crate) enum Input {
    Inbound(Box<Inbound>),
    Job(Box<Job>),
}

impl Input {
    fn attempts(&self) -> i64 {
        match self {
            Self::Inbound(inbound) => inbound.attempts,
            Self::Job(job) => job.attempts,
        }
    }
    fn at(&self) -> Timestamp {
        match self {
            Self::Inbound(inbound) => inbound.received_at,
            Self::Job(job) => job.run_at,
        }
    }
}

/// A locked lane with everything known of it.
pub(crate) struct Turn<'a> {
    pub scope: &'a Scope<'a>,
    pub now: Timestamp,
    pub ids: Ids,
    pub thread: Thread,
    pub thread_changed: bool,
    pub account: Arc<ChannelAccount>,
    pub address: Option<Address>,
    /// The person as a whole; facts are learned on `contact`.
    pub contact: Contact,
    pub facts: BTreeMap<String, Fact>,
    /// The thread's latest conversation, open or closed.
    pub conversation: Option<Conversation>,
    pub execution: Option<Execution>,
    pub inputs: Vec<Input>,
    /// The head of the lane may be poison, and this turn was not told that its try is counted.
    pub suspect: bool,
    /// Messages of other conversations that receipts name; their conversations are locked too.
    pub named: BTreeMap<MessageId, Message>,
    pub fuel: u32,
    pub out: Out,
    pub answer: Option<Message>,
    pub refused: Option<messaging::Refused>,
}

pub(crate) async fn load<'a>(
    tx: &mut Tx<'_>,
    scope: &'a Scope<'a>,
    lane: &Lane,
    command: Option<&Command>,
    ids: &mut Ids,
) -> Result<Option<Turn<'a>>> {
    let ws = scope.config.ws();
    let (thread, inbound) = match lane {
        Lane::Thread(account, key) => {
            let inbound = store::journal::waiting(tx, ws, &lane.to_string(), INPUTS).await?;
            let opener = inbound.iter().find_map(sender_of);
            let thread = match store::conversation::lock_thread_by_key(tx, ws, *account, key).await? {
                Some(thread) => Some(thread),
                None => match opener {
                    Some(sender) => Some(open_thread(tx, scope, *account, key, &inbound, sender, ids).await?),
                    None => None,
                },
            };
            (thread, inbound)
        }
        Lane::Conversation(id) => {
            let Some(seen) = store::conversation::by_id(tx, ws, *id).await? else { return Ok(None) };
            (store::conversation::lock_thread(tx, ws, seen.thread_id).await?, vec![])
        }
        Lane::Router | Lane::Egress => (None, vec![]),
    };
    let Some(thread) = thread else {
        // Receipts for somebody we never talked to: nothing can hold them.
        let done: Vec<_> = inbound.iter().map(|i| (i.id, "ignored", Some("no such thread".to_owned()))).collect();
        store::journal::finish(tx, ws, &done).await?;
        return Ok(None);
    };
    let Some(account) = scope.config.accounts.get(&thread.channel_account_id).cloned() else { return Ok(None) };
    let wanted = match lane {
        Lane::Conversation(id) => Some(*id),
        _ => thread.conversation_id,
    };
    let conversation = match wanted {
        Some(id) => store::conversation::lock(tx, ws, id).await?,
        None => None,
    };
    let mut jobs = store::job::due_in_lane(tx, ws, &lane.to_string(), scope.now, INPUTS).await?;
    if let (Lane::Thread(..), Some(c)) = (lane, &conversation) {
        // What is due on the conversation belongs to the same fold.
        jobs.extend(store::job::due_in_lane(tx, ws, &Lane::Conversation(c.id).to_string(), scope.now, INPUTS).await?);
    }
    let open = conversation.as_ref().filter(|c| c.state == ConversationState::Open);
    let execution = match open {
        Some(c) => store::flow::active_execution(tx, ws, c.id).await?,
        None => None,
    };
    let address = match thread.address_id {
        Some(id) => store::contact::address_by_id(tx, ws, id).await?,
        None => None,
    };
    let contact_id = open.map(|c| c.contact_id).or(address.as_ref().map(|a| a.contact_id));
    let Some(contact_id) = contact_id else { return Ok(None) };
    let Some(contact) = store::contact::by_id(tx, ws, contact_id).await? else { return Ok(None) };
    let facts = messaging::summary_facts(&store::contact::facts_of(tx, ws, contact.root_id).await?);
    let named = named_messages(tx, scope, &thread, conversation.as_ref(), &inbound).await?;
    let mut turn = Turn {
        scope,
        now: scope.now,
        ids: ids.clone(),
        thread,
        thread_changed: false,
        account,
        address,
        contact,
        facts,
        conversation,
        execution,
        inputs: vec![],
        suspect: false,
        named,
        fuel: super::FUEL,
        out: Out::default(),
        answer: None,
        refused: None,
    };
    turn.inputs = ordered(&mut turn.out, inbound, jobs);
    if turn.inputs.first().is_some_and(|input| input.attempts() > 0) {
        // What people do waits for no suspect: its lane's own turn takes that.
        let alone = scope.counted && command.is_none();
        turn.inputs.truncate(usize::from(alone));
        turn.suspect = !alone && command.is_none();
    }
    Ok(Some(turn))
}

/// What a turn of this lane would take first.
pub(crate) async fn first_input(tx: &mut Tx<'_>, ws: i64, lane: &Lane, now: Timestamp) -> Result<Option<Input>> {
    let mut inbound = vec![];
    let mut jobs = store::job::due_in_lane(tx, ws, &lane.to_string(), now, INPUTS).await?;
    if let Lane::Thread(account, key) = lane {
        inbound = store::journal::waiting(tx, ws, &lane.to_string(), INPUTS).await?;
        let thread = store::conversation::thread_by_key(tx, ws, *account, key).await?;
        if let Some(id) = thread.and_then(|thread| thread.conversation_id) {
            jobs.extend(store::job::due_in_lane(tx, ws, &Lane::Conversation(id).to_string(), now, INPUTS).await?);
        }
    }
    Ok(ordered(&mut Out::default(), inbound, jobs).into_iter().next())
}

/// By our clock; then the places held by inbound events are refilled in provider order. What failed too often is put aside.
fn ordered(out: &mut Out, inbound: Vec<Inbound>, jobs: Vec<Job>) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::with_capacity(inbound.len() + jobs.len());
    for event in inbound {
        if event.attempts > MAX_ATTEMPTS {
            out.inbound_done.push((event.id, "quarantined", Some("it failed three times".into())));
        } else {
            inputs.push(Input::Inbound(Box::new(event)));
        }
    }
    for job in jobs {
        // The router's news is never dropped: without it nobody would hold the customer.
        if job.attempts > MAX_ATTEMPTS && !matches!(job.kind, model::JobKind::News(_)) {
            tracing::error!(job = %job.id, key = %job.key, "a job failed three times and is dropped");
            out.used_jobs.push(job.id);
            out.flow_lost |= matches!(job.kind, model::JobKind::HttpAnswer { .. } | model::JobKind::Wait { .. } | model::JobKind::Continue);
        } else {
            inputs.push(Input::Job(Box::new(job)));
        }
    }
    inputs.sort_by_key(Input::at);
    let places: Vec<usize> = inputs.iter().enumerate().filter(|(_, input)| matches!(input, Input::Inbound(_))).map(|(at, _)| at).collect();
    let mut taken: Vec<Input> = Vec::new();
    for at in places.iter().rev() {
        taken.push(inputs.remove(*at));
    }
    taken.sort_by_key(|input| match input {
        Input::Inbound(event) => (event.provider_at.unwrap_or(event.received_at), event.received_at, event.id.uuid()),
        Input::Job(job) => (job.run_at, job.run_at, job.id.uuid()),
    });
    for (at, input) in places.into_iter().zip(taken) {
        inputs.insert(at, input);
    }
    inputs
}

fn sender_of(inbound: &Inbound) -> Option<&Sender> {
    match &inbound.event {
        InboundEvent::Message(message) => Some(&message.from),
        InboundEvent::OptOut { from, .. } | InboundEvent::OptIn { from, .. } => Some(from),
        InboundEvent::Receipt(_) | InboundEvent::Watermark { .. } => None,
    }
}

/// The messages that receipts name, with their conversations locked in the order of their ids.
async fn named_messages(
    tx: &mut Tx<'_>,
    scope: &Scope<'_>,
    thread: &Thread,
    current: Option<&Conversation>,
    inbound: &[Inbound],
) -> Result<BTreeMap<MessageId, Message>> {
    let ws = scope.config.ws();
    let mut ids = BTreeSet::new();
    for event in inbound {
        if let InboundEvent::Receipt(receipt) = &event.event {
            let met = store::message::meeting_by_id(tx, ws, thread.channel_account_id, &receipt.provider_id).await?;
            ids.extend(met.and_then(|m| m.message_id));
        }
    }
    let mut messages = BTreeMap::new();
    for id in &ids {
        if let Some(message) = store::message::by_id(tx, ws, *id).await? {
            messages.insert(*id, message);
        }
    }
    let conversations: BTreeSet<_> =
        messages.values().map(|m| m.conversation_id).filter(|id| current.is_none_or(|c| c.id != *id)).collect();
    if conversations.is_empty() && !messages.is_empty() || messages.is_empty() {
        return Ok(messages);
    }
    for id in conversations {
        store::conversation::lock(tx, ws, id).await?;
    }
    // Read again: the locks may have waited for whoever changed them.
    for (id, message) in &mut messages {
        if let Some(fresh) = store::message::by_id(tx, ws, *id).await? {
            *message = fresh;
        }
    }
    Ok(messages)
}

/// Finds or makes the sender's address and contact; what another transaction made first is taken.
pub(crate) async fn find_or_make_address(
    tx: &mut Tx<'_>,
    scope: &Scope<'_>,
    account: &ChannelAccount,
    sender: &Sender,
    ids: &mut Ids,
) -> Result<Address> {
    let ws = scope.config.ws();
    let connector = connectors::find(scope.connectors, &account.kind);
    let channel = connector.map_or(account.kind.as_str(), |c| c.address_kind()).to_owned();
    let scope_key = if sender.scoped { account.id.to_string() } else { String::new() };
    if let Some(address) = store::contact::address_by_value(tx, ws, &channel, &scope_key, &sender.external_id).await? {
        return Ok(address);
    }
    let contact_id = ids.next();
    let contact =
        Contact { id: contact_id, root_id: contact_id, name: sender.name.clone(), blocked: false, created_at: scope.now, version: 1 };
    let address = Address {
        id: ids.next(),
        contact_id,
        channel: channel.clone(),
        scope: scope_key.clone(),
        external_id: sender.external_id.clone(),
        verified: sender.verified,
        opted_out: false,
    };
    store::contact::insert(tx, ws, std::slice::from_ref(&contact)).await?;
    if store::contact::insert_address(tx, ws, &address, scope.now).await? {
        return Ok(address);
    }
    // Somebody was faster: theirs is the contact, ours has nothing and goes.
    store::contact::delete_unused(tx, ws, contact_id).await?;
    let found = store::contact::address_by_value(tx, ws, &channel, &scope_key, &sender.external_id).await?;
    found.ok_or_else(|| anyhow::anyhow!("an address that is there and is not"))
}

async fn open_thread(
    tx: &mut Tx<'_>,
    scope: &Scope<'_>,
    account_id: model::ChannelAccountId,
    key: &str,
    inbound: &[Inbound],
    sender: &Sender,
    ids: &mut Ids,
) -> Result<Thread> {
    let ws = scope.config.ws();
    let account = scope.config.accounts.get(&account_id).ok_or_else(|| anyhow::anyhow!("a channel account that is not there"))?;
    let address = find_or_make_address(tx, scope, account, sender, ids).await?;
    let keys: BTreeSet<String> = inbound.iter().flat_map(|i| i.keys.iter().cloned()).chain([key.to_owned()]).collect();
    let thread = Thread {
        id: ids.next(),
        channel_account_id: account_id,
        key: key.to_owned(),
        conversation_id: None,
        address_id: Some(address.id),
        context: serde_json::Value::Null,
    };
    let keys: Vec<String> = keys.into_iter().collect();
    store::conversation::insert_thread(tx, ws, &thread, &keys).await?;
    let locked = store::conversation::lock_thread_by_key(tx, ws, account_id, key).await?;
    locked.ok_or_else(|| anyhow::anyhow!("a thread that is there and is not"))
}
