//! Loads what the decisions of a batch of lanes need. Locks come first, in the order threads, conversations, each sorted by id;
//! loads are new statements after them, one for each table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use db::{Engine, Tx};
use model::{
    Address, AddressId, ChannelAccount, ChannelAccountId, Contact, ContactId, Conversation, ConversationId, ConversationState, Execution,
    Fact, Feature, Ids, Inbound, InboundEvent, Job, Lane, Message, MessageId, Thread, Timestamp,
};

use store::message::Parked;
use store::together;

use super::hop::{Hop, Left, elsewhere, target};
use super::order::{Input, ordered};
use super::out::Out;
use super::talk::Command;
use super::threads::{Place, places};
use super::{INPUTS, Scope};

/// A locked lane with everything known of it.
pub(crate) struct Turn<'a> {
    pub scope: &'a Scope<'a>,
    pub now: Timestamp,
    pub ids: Ids,
    pub lane: Lane,
    pub thread: Thread,
    pub thread_changed: bool,
    pub account: Arc<ChannelAccount>,
    pub address: Option<Address>,
    /// The person as a whole; facts are learned on `contact`.
    pub contact: Contact,
    pub facts: BTreeMap<String, Fact>,
    /// The thread's latest conversation, open or closed.
    pub conversation: Option<Conversation>,
    /// The same as it is stored.
    pub stored: Option<Conversation>,
    pub execution: Option<Execution>,
    /// The execution differs from what is stored.
    pub execution_changed: bool,
    pub inputs: Vec<Input>,
    /// The head of the lane may be poison after so many tries, and this turn was not told that the next one is counted.
    pub suspect: Option<i64>,
    /// What the thread leaves for the conversation above, which is open on another browser of the same person.
    pub left: Option<Left>,
    /// Messages, also of other conversations, that events name; their conversations are locked too.
    pub named: BTreeMap<MessageId, Message>,
    /// By which ids of the provider's they do.
    pub leads: BTreeMap<String, MessageId>,
    /// What came before the messages it is about, which come now.
    pub parked: BTreeMap<String, Parked>,
    pub fuel: u32,
    /// The flow said something that was not sent, to a person who waits for an answer.
    pub unheard: bool,
    pub out: Out,
    pub answer: Option<Message>,
    pub refused: Option<messaging::Refused>,
}

/// Loads these lanes; also answers those that share a thread, a conversation or a person with one before them, which can only be
/// decided after its commit.
pub(crate) async fn load<'a>(
    tx: &mut Tx<'_>,
    scope: &'a Scope<'a>,
    lanes: &[Lane],
    command: Option<&Command>,
    ids: &mut Ids,
) -> Result<(Vec<Turn<'a>>, Vec<Lane>)> {
    let ws = scope.config.ws();
    let mut found = places(tx, scope, lanes, ids).await?;
    let mut later = std::mem::take(&mut found.later);
    let hop = command.and_then(|command| match command {
        Command::Hop(hop) => Some(hop),
        _ => None,
    });
    let mut ready = apart(tx, scope, std::mem::take(&mut found.ready), hop, &mut later).await?;
    let Held { conversations, mut jobs, addresses } = hold(tx, scope, &ready, found.addresses).await?;
    for place in &mut ready {
        let there = match hop {
            Some(hop) => {
                let judged = hop.judge(place.wanted, &conversations);
                place.refused = judged.as_ref().err().cloned();
                judged.ok().flatten()
            }
            None => target(place.wanted, &place.elsewhere, &conversations),
        };
        if let Some(there) = there {
            place.hopped = Some(place.wanted.replace(there));
        }
    }
    refresh(tx, ws, &mut ready).await?;
    let parked = parked(tx, scope, &ready).await?;
    let open = |place: &Ready| place.wanted.and_then(|id| conversations.get(&id)).filter(|c| c.state == ConversationState::Open);
    let left = |place: &Ready| place.hopped.flatten().and_then(|id| conversations.get(&id));
    let under_way: Vec<_> = ready.iter().flat_map(|place| open(place).into_iter().chain(left(place))).map(|c| c.id).collect();
    let contact_of = |place: &Ready| {
        let address = place.thread.address_id.and_then(|id| addresses.get(&id));
        open(place).map(|c| c.contact_id).or(address.map(|a| a.contact_id))
    };
    let mut contacts = found.contacts;
    let people: BTreeSet<ContactId> = ready.iter().filter_map(contact_of).filter(|id| !contacts.contains_key(id)).collect();
    let people = store::contact::ask_by_ids(ws, &people.into_iter().collect::<Vec<_>>());
    let (executions, people) = together::two(tx, store::flow::ask_active_executions(ws, &under_way), people).await?;
    let mut executions: BTreeMap<_, _> = executions.into_iter().map(|e| (e.conversation_id, e)).collect();
    let mut facts = facts_of(tx, ws, &people).await?;
    contacts.extend(people.into_iter().map(|contact| (contact.id, contact)));

    let mut persons = BTreeSet::new();
    let mut turns = Vec::with_capacity(ready.len());
    for place in ready {
        let Some(contact) = contact_of(&place).and_then(|id| contacts.get(&id)).cloned() else { continue };
        if !persons.insert(contact.root_id) {
            later.push(place.lane);
            continue;
        }
        let conversation = place.wanted.and_then(|id| conversations.get(&id)).cloned();
        let left = place.hopped.is_some().then(|| {
            let conversation = left(&place).cloned();
            Left { execution: conversation.as_ref().and_then(|c| executions.remove(&c.id)), conversation }
        });
        let own = place.wanted.map(Lane::Conversation);
        let jobs = [Some(place.lane.clone()), own].into_iter().flatten().filter_map(|lane| jobs.remove(&lane)).flatten().collect();
        let mut turn = Turn {
            scope,
            now: scope.now,
            // Each lane draws from its own stretch, whatever the one before draws.
            ids: ids.fork(),
            address: place.thread.address_id.and_then(|id| addresses.get(&id)).cloned(),
            lane: place.lane,
            thread: place.thread,
            thread_changed: false,
            account: place.account.clone(),
            facts: messaging::summary_facts(&facts.remove(&contact.root_id).unwrap_or_default()),
            contact,
            execution: conversation.as_ref().and_then(|c| executions.remove(&c.id)),
            execution_changed: false,
            stored: conversation.clone(),
            conversation,
            left,
            inputs: vec![],
            suspect: None,
            named: place.named,
            leads: place.leads,
            parked: parked.get(&place.account.id).cloned().unwrap_or_default(),
            fuel: super::FUEL,
            unheard: false,
            out: Out::default(),
            answer: None,
            refused: place.refused,
        };
        turn.inputs = ordered(&mut turn.out, place.inbound, jobs);
        if let Some(tries) = turn.inputs.first().map(Input::attempts).filter(|tries| *tries > 0) {
            // What people do waits for no suspect: its lane's own turn takes that.
            let alone = scope.counted && command.is_none();
            turn.inputs.truncate(usize::from(alone));
            turn.suspect = (!alone && command.is_none()).then_some(tries);
        }
        turns.push(turn);
    }
    Ok((turns, later))
}

/// A place whose thread and conversations no other one of the batch touches.
struct Ready {
    lane: Lane,
    thread: Thread,
    inbound: Vec<Inbound>,
    account: Arc<ChannelAccount>,
    /// The conversation the lane is about.
    wanted: Option<ConversationId>,
    /// Conversations of the same person's other browsers.
    elsewhere: Vec<ConversationId>,
    /// The thread goes over to `wanted`, from what is named here if it had one.
    hopped: Option<Option<ConversationId>>,
    /// Why a command may not take it there.
    refused: Option<messaging::Refused>,
    /// Messages that events name.
    named: BTreeMap<MessageId, Message>,
    /// By which ids of the provider's they do.
    leads: BTreeMap<String, MessageId>,
    touched: BTreeSet<ConversationId>,
}

/// Keeps the places that have nothing in common; the lanes of the others come later.
async fn apart(tx: &mut Tx<'_>, scope: &Scope<'_>, places: Vec<Place>, hop: Option<&Hop>, later: &mut Vec<Lane>) -> Result<Vec<Ready>> {
    let met = met(tx, scope.config.ws(), &places).await?;
    let mut others = elsewhere(tx, scope, &places).await?;
    let (mut threads, mut conversations) = (BTreeSet::new(), BTreeSet::<ConversationId>::new());
    let mut ready = Vec::with_capacity(places.len());
    for Place { lane, thread, inbound } in places {
        let Some(account) = scope.config.accounts.get(&thread.channel_account_id).cloned() else { continue };
        let wanted = match lane {
            Lane::Conversation(id) => Some(id),
            _ => thread.conversation_id,
        };
        let (mut named, mut touched) = (BTreeMap::new(), BTreeSet::from_iter(wanted));
        let mut leads = BTreeMap::new();
        for provider_id in inbound.iter().filter_map(about) {
            let Some(message) = met.get(&(thread.channel_account_id, provider_id.to_owned())) else { continue };
            leads.insert(provider_id.to_owned(), message.id);
            named.insert(message.id, message.clone());
            touched.insert(message.conversation_id);
        }
        let mut elsewhere = others.remove(&thread.id).unwrap_or_default();
        elsewhere.extend(hop.map(|hop| hop.conversation_id));
        touched.extend(&elsewhere);
        if threads.contains(&thread.id) || touched.iter().any(|id| conversations.contains(id)) {
            later.push(lane);
            continue;
        }
        threads.insert(thread.id);
        conversations.extend(&touched);
        ready.push(Ready { lane, thread, inbound, account, wanted, elsewhere, hopped: None, refused: None, named, leads, touched });
    }
    Ok(ready)
}

/// The provider's id of the message that an event is about, and which was said before it.
fn about(inbound: &Inbound) -> Option<&str> {
    match &inbound.event {
        InboundEvent::Receipt(receipt) => Some(&receipt.provider_id),
        InboundEvent::Echo(echo) => Some(&echo.message.provider_id),
        InboundEvent::Edit(edit) => Some(&edit.provider_id),
        InboundEvent::Unsend { provider_id, .. } => Some(provider_id),
        InboundEvent::Reaction(reaction) => Some(&reaction.provider_id),
        _ => None,
    }
}

/// What was parked for the messages that have come now. Read under the locks of their threads, as it is written.
async fn parked(tx: &mut Tx<'_>, scope: &Scope<'_>, ready: &[Ready]) -> Result<BTreeMap<ChannelAccountId, BTreeMap<String, Parked>>> {
    let mut wanted: BTreeMap<ChannelAccountId, Vec<String>> = BTreeMap::new();
    for place in ready {
        let can = connectors::find(scope.connectors, &place.account.kind).map(|c| c.capabilities(&place.account));
        if can.is_some_and(|can| [Feature::Edit, Feature::Unsend, Feature::Reaction].iter().any(|one| can.hears.contains(one))) {
            let come = place.inbound.iter().filter_map(|inbound| match &inbound.event {
                InboundEvent::Message(message) => Some(message.provider_id.clone()),
                _ => None,
            });
            wanted.entry(place.account.id).or_default().extend(come.filter(|id| !id.is_empty()));
        }
    }
    let mut found = BTreeMap::new();
    for (account, ids) in wanted.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        found.insert(account, store::message::parked(tx, scope.config.ws(), account, &ids).await?.into_iter().collect());
    }
    Ok(found)
}

/// The messages that events name by the provider's ids, as they were before any lock.
async fn met(tx: &mut Tx<'_>, ws: i64, places: &[Place]) -> Result<BTreeMap<(ChannelAccountId, String), Message>> {
    let mut wanted: BTreeMap<ChannelAccountId, Vec<String>> = BTreeMap::new();
    for place in places {
        let names: Vec<String> = place.inbound.iter().filter_map(about).map(str::to_owned).collect();
        if !names.is_empty() {
            wanted.entry(place.thread.channel_account_id).or_default().extend(names);
        }
    }
    let mut leads = BTreeMap::new();
    for (account, ids) in wanted {
        let met = store::message::met(tx, ws, account, &ids).await?;
        leads.extend(met.into_iter().map(|(external_id, id)| ((account, external_id), id)));
    }
    let ids: BTreeSet<MessageId> = leads.values().copied().collect();
    let messages = store::message::by_ids(tx, ws, &ids.into_iter().collect::<Vec<_>>()).await?;
    let messages: BTreeMap<MessageId, Message> = messages.into_iter().map(|message| (message.id, message)).collect();
    Ok(leads.into_iter().filter_map(|(key, id)| Some((key, messages.get(&id)?.clone()))).collect())
}

/// What is known under the locks.
struct Held {
    conversations: BTreeMap<ConversationId, Conversation>,
    /// What is due on the lanes, and on the conversations of their threads: it belongs to the same fold.
    jobs: BTreeMap<Lane, Vec<Job>>,
    addresses: BTreeMap<AddressId, Address>,
}

/// Locks the conversations, and reads what is due, which sees what the locks waited for.
async fn hold(tx: &mut Tx<'_>, scope: &Scope<'_>, ready: &[Ready], made: BTreeMap<AddressId, Address>) -> Result<Held> {
    let ws = scope.config.ws();
    let touched: BTreeSet<ConversationId> = ready.iter().flat_map(|place| place.touched.iter().copied()).collect();
    let lanes = ready.iter().map(|place| place.lane.clone()).chain(touched.iter().copied().map(Lane::Conversation));
    let lanes: BTreeSet<String> = lanes.map(|lane| lane.to_string()).collect();
    let senders = ready.iter().filter_map(|place| place.thread.address_id).filter(|id| !made.contains_key(id));
    let senders: BTreeSet<AddressId> = senders.collect();
    let (conversations, due, addresses) = together::three(
        tx,
        store::conversation::ask_lock(ws, &touched.into_iter().collect::<Vec<_>>()),
        store::job::ask_due_in_lanes(ws, &lanes.into_iter().collect::<Vec<_>>(), scope.now, INPUTS),
        store::contact::ask_addresses_by_ids(ws, &senders.into_iter().collect::<Vec<_>>()),
    )
    .await?;
    let mut held = Held { conversations: conversations.into_iter().map(|c| (c.id, c)).collect(), jobs: BTreeMap::new(), addresses: made };
    for job in due {
        held.jobs.entry(job.lane.clone()).or_default().push(job);
    }
    held.addresses.extend(addresses.into_iter().map(|address| (address.id, address)));
    Ok(held)
}

/// Reads the messages that receipts name again, under the locks of their conversations: these may have waited for whoever changed them.
async fn refresh(tx: &mut Tx<'_>, ws: i64, ready: &mut [Ready]) -> Result<()> {
    let ids: Vec<MessageId> = ready.iter().flat_map(|place| place.named.keys().copied()).collect();
    if tx.engine() == Engine::Sqlite || ids.is_empty() {
        return Ok(());
    }
    for message in store::message::by_ids(tx, ws, &ids).await? {
        if let Some(named) = ready.iter_mut().find_map(|place| place.named.get_mut(&message.id)) {
            *named = message;
        }
    }
    Ok(())
}

/// The facts of each person, by their root. Of contacts that were just made there are none.
async fn facts_of(tx: &mut Tx<'_>, ws: i64, people: &[Contact]) -> Result<BTreeMap<ContactId, Vec<Fact>>> {
    let roots: BTreeSet<ContactId> = people.iter().map(|contact| contact.root_id).collect();
    let mut facts: BTreeMap<ContactId, Vec<Fact>> = BTreeMap::new();
    for (root, fact) in store::contact::facts_of_all(tx, ws, &roots.into_iter().collect::<Vec<_>>()).await? {
        facts.entry(root).or_default().push(fact);
    }
    Ok(facts)
}
