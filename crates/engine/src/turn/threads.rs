//! Finds and locks the threads of a batch's lanes; a thread that is not there yet is made, with its sender's address and contact.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use db::Tx;
use model::inbound::Sender;
use model::{Address, AddressId, ChannelAccount, ChannelAccountId, Contact, ContactId, Ids, Inbound, InboundEvent, Lane, Thread};

use store::together;

use super::{INPUTS, Scope};

/// A lane with its locked thread and what waits for it.
pub(crate) struct Place {
    pub lane: Lane,
    pub thread: Thread,
    pub inbound: Vec<Inbound>,
}

/// What was found, made and left.
#[derive(Default)]
pub(crate) struct Places {
    pub ready: Vec<Place>,
    /// Lanes that share a person or a key with one of `ready`, and come after its commit.
    pub later: Vec<Lane>,
    /// Rows made here, which need not be read again.
    pub addresses: BTreeMap<AddressId, Address>,
    pub contacts: BTreeMap<ContactId, Contact>,
}

/// Locks first, and reads what waits in new statements: whoever held a lock may have used it.
pub(crate) async fn places(tx: &mut Tx<'_>, scope: &Scope<'_>, lanes: &[Lane], ids: &mut Ids) -> Result<Places> {
    let (mut threads, mut inbound) = locked(tx, scope, lanes).await?;
    let mut places = Places::default();
    let newcomers: Vec<&Lane> = lanes.iter().filter(|lane| !threads.contains_key(*lane) && matches!(lane, Lane::Thread(..))).collect();
    if !newcomers.is_empty() {
        welcome(tx, scope, &newcomers, &mut threads, &mut inbound, &mut places, ids).await?;
    }
    let mut orphans = Vec::new();
    for lane in lanes.iter().filter(|lane| !places.later.contains(lane)) {
        let inbound = inbound.remove(lane).unwrap_or_default();
        match threads.remove(lane) {
            Some(thread) => places.ready.push(Place { lane: lane.clone(), thread, inbound }),
            // Receipts for somebody we never talked to: nothing can hold them.
            None => orphans.extend(inbound.iter().map(|i| (i.id, "ignored", Some("no such thread".to_owned())))),
        }
    }
    store::journal::finish(tx, scope.config.ws(), &orphans).await?;
    Ok(places)
}

type Waiting = BTreeMap<Lane, Vec<Inbound>>;

/// The locked thread of each lane that has one, and what waits for it. All of a batch's lanes should be of one kind and account, so that
/// one statement locks them in the order of their ids; what waits is read by the next, which sees what the locks waited for.
async fn locked(tx: &mut Tx<'_>, scope: &Scope<'_>, lanes: &[Lane]) -> Result<(BTreeMap<Lane, Thread>, Waiting)> {
    let ws = scope.config.ws();
    let mut keys: BTreeMap<ChannelAccountId, Vec<String>> = BTreeMap::new();
    let mut conversations = Vec::new();
    for lane in lanes {
        match lane {
            Lane::Thread(account, key) => keys.entry(*account).or_default().push(key.clone()),
            Lane::Conversation(id) => conversations.push(*id),
            Lane::Router | Lane::Egress => {}
        }
    }
    let (mut found, mut waiting) = (BTreeMap::new(), Waiting::new());
    for (account, keys) in keys {
        let names: Vec<String> = keys.iter().map(|key| Lane::Thread(account, key.clone()).to_string()).collect();
        let threads = store::conversation::ask_lock_threads_by_key(ws, account, &keys);
        let (threads, events) = together::two(tx, threads, store::journal::ask_waiting(ws, &names, INPUTS)).await?;
        found.extend(threads.into_iter().map(|(key, thread)| (Lane::Thread(account, key), thread)));
        sort_in(&mut waiting, events);
    }
    let seen = store::conversation::by_ids(tx, ws, &conversations).await?;
    let of: BTreeSet<_> = seen.iter().map(|c| c.thread_id).collect();
    let threads = store::conversation::lock_threads(tx, ws, &of.into_iter().collect::<Vec<_>>()).await?;
    for conversation in seen {
        if let Some(thread) = threads.iter().find(|thread| thread.id == conversation.thread_id) {
            found.insert(Lane::Conversation(conversation.id), thread.clone());
        }
    }
    Ok((found, waiting))
}

fn sort_in(waiting: &mut Waiting, events: Vec<Inbound>) {
    for event in events {
        waiting.entry(event.lane()).or_default().push(event);
    }
}

/// Makes the threads of lanes that have none and where somebody wrote.
async fn welcome(
    tx: &mut Tx<'_>,
    scope: &Scope<'_>,
    lanes: &[&Lane],
    threads: &mut BTreeMap<Lane, Thread>,
    inbound: &mut Waiting,
    places: &mut Places,
    ids: &mut Ids,
) -> Result<()> {
    let ws = scope.config.ws();
    let mut taken = BTreeSet::new();
    let mut wanted: Vec<(Lane, BTreeSet<String>, Wanted)> = Vec::new();
    for lane in lanes {
        let (Lane::Thread(id, key), Some(events)) = (lane, inbound.get(*lane)) else { continue };
        let Some(sender) = events.iter().find_map(sender_of) else { continue };
        let account = scope.config.accounts.get(id).context("a channel account that is not there")?;
        let keys: BTreeSet<String> = events.iter().flat_map(|i| i.keys.iter().cloned()).chain([key.clone()]).collect();
        let wish = Wanted::of(scope, account, sender);
        let mut claims: Vec<(String, String, String)> = keys.iter().map(|key| ("key".to_owned(), id.to_string(), key.clone())).collect();
        claims.push((wish.channel.clone(), wish.scope.clone(), wish.sender.external_id.clone()));
        if claims.iter().any(|claim| taken.contains(claim)) {
            places.later.push((*lane).clone());
            continue;
        }
        taken.extend(claims);
        wanted.push(((*lane).clone(), keys, wish));
    }
    let wishes: Vec<&Wanted> = wanted.iter().map(|(_, _, wish)| wish).collect();
    let addresses = find_or_make(tx, scope, &wishes, places, ids).await?;
    let mut made: BTreeMap<ChannelAccountId, Vec<(Thread, Vec<String>)>> = BTreeMap::new();
    for ((lane, keys, _), address) in wanted.into_iter().zip(addresses) {
        let Lane::Thread(channel_account_id, key) = lane else { continue };
        let thread = Thread {
            id: ids.next(),
            channel_account_id,
            key,
            conversation_id: None,
            address_id: Some(address.id),
            context: serde_json::Value::Null,
            delivered_until: None,
            read_until: None,
        };
        made.entry(channel_account_id).or_default().push((thread, keys.into_iter().collect()));
    }
    let mut lost = Vec::new();
    for (account, mut made) in made {
        // In the order of their keys: two that make the same ones wait for each other in one direction only.
        made.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
        store::conversation::insert_threads(tx, ws, &made).await?;
        let keys: Vec<String> = made.iter().map(|(thread, _)| thread.key.clone()).collect();
        for (key, thread) in together::one(tx, store::conversation::ask_lock_threads_by_key(ws, account, &keys)).await? {
            let lane = Lane::Thread(account, key);
            if !made.iter().any(|(ours, _)| ours.id == thread.id) {
                lost.push(lane.clone());
            }
            threads.insert(lane, thread);
        }
    }
    // Whoever made a thread first may have used what we saw waiting.
    if !lost.is_empty() {
        let names: Vec<String> = lost.iter().map(Lane::to_string).collect();
        inbound.retain(|lane, _| !lost.contains(lane));
        sort_in(inbound, store::journal::waiting(tx, ws, &names, INPUTS).await?);
    }
    Ok(())
}

fn sender_of(inbound: &Inbound) -> Option<&Sender> {
    match &inbound.event {
        InboundEvent::Message(message) => Some(&message.from),
        InboundEvent::OptOut { from, .. } | InboundEvent::OptIn { from, .. } => Some(from),
        InboundEvent::Echo(echo) => Some(&echo.to),
        InboundEvent::Touch { from, .. } => Some(from),
        // What was done to messages that nobody knows, on a thread that nobody wrote on, has nobody to tell.
        InboundEvent::Edit(_)
        | InboundEvent::Unsend { .. }
        | InboundEvent::Reaction(_)
        | InboundEvent::Reach { .. }
        | InboundEvent::Renumber { .. }
        | InboundEvent::Marks { .. }
        | InboundEvent::Receipt(_)
        | InboundEvent::Watermark { .. } => None,
    }
}

/// Who an address is wanted for.
struct Wanted {
    channel: String,
    scope: String,
    sender: Sender,
}

impl Wanted {
    fn of(scope: &Scope<'_>, account: &ChannelAccount, sender: &Sender) -> Self {
        let connector = connectors::find(scope.connectors, &account.kind);
        Self {
            channel: connector.map_or(account.kind.as_str(), |c| c.address_kind()).to_owned(),
            scope: if sender.scoped { account.id.to_string() } else { String::new() },
            sender: sender.clone(),
        }
    }

    fn is(&self, address: &Address) -> bool {
        self.channel == address.channel && self.scope == address.scope && self.sender.external_id == address.external_id
    }
}

/// Finds or makes the sender's address and contact; what another transaction made first is taken.
pub(crate) async fn find_or_make_address(
    tx: &mut Tx<'_>,
    scope: &Scope<'_>,
    account: &ChannelAccount,
    sender: &Sender,
    ids: &mut Ids,
) -> Result<Address> {
    let wish = Wanted::of(scope, account, sender);
    let found = find_or_make(tx, scope, &[&wish], &mut Places::default(), ids).await?.pop();
    found.context("an address that is there and is not")
}

/// The address of each wish, in their order. No two wishes are for the same address.
async fn find_or_make(tx: &mut Tx<'_>, scope: &Scope<'_>, wishes: &[&Wanted], places: &mut Places, ids: &mut Ids) -> Result<Vec<Address>> {
    let ws = scope.config.ws();
    let mut known = find(tx, ws, wishes).await?;
    let mut missing: Vec<&Wanted> = wishes.iter().copied().filter(|wish| !known.iter().any(|address| wish.is(address))).collect();
    if !missing.is_empty() {
        missing.sort_by(|a, b| a.sender.external_id.cmp(&b.sender.external_id));
        let (mut contacts, mut addresses) = (Vec::new(), Vec::new());
        for wish in &missing {
            let id = ids.next();
            contacts.push(Contact { id, root_id: id, name: wish.sender.name.clone(), blocked: false, created_at: scope.now, version: 1 });
            addresses.push(Address {
                id: ids.next(),
                contact_id: id,
                channel: wish.channel.clone(),
                scope: wish.scope.clone(),
                external_id: wish.sender.external_id.clone(),
                verified: wish.sender.verified,
                opted_out: false,
            });
        }
        store::contact::insert(tx, ws, &contacts).await?;
        let made: BTreeSet<AddressId> = store::contact::insert_addresses(tx, ws, &addresses, scope.now).await?.into_iter().collect();
        // Where somebody was faster, theirs is the contact; ours has nothing and goes.
        let unused: Vec<_> = addresses.iter().filter(|address| !made.contains(&address.id)).map(|address| address.contact_id).collect();
        store::contact::delete_unused(tx, ws, &unused).await?;
        addresses.retain(|address| made.contains(&address.id));
        contacts.retain(|contact| !unused.contains(&contact.id));
        if !unused.is_empty() {
            missing.retain(|wish| !addresses.iter().any(|address| wish.is(address)));
            known.extend(find(tx, ws, &missing).await?);
        }
        places.contacts.extend(contacts.into_iter().map(|contact| (contact.id, contact)));
        places.addresses.extend(addresses.iter().map(|address| (address.id, address.clone())));
        known.extend(addresses);
    }
    wishes
        .iter()
        .map(|wish| known.iter().find(|address| wish.is(address)).cloned().context("an address that is there and is not"))
        .collect()
}

async fn find(tx: &mut Tx<'_>, ws: i64, wishes: &[&Wanted]) -> Result<Vec<Address>> {
    let mut grouped: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for wish in wishes {
        grouped.entry((&wish.channel, &wish.scope)).or_default().push(wish.sender.external_id.clone());
    }
    let mut found = Vec::new();
    for ((channel, scope), values) in grouped {
        found.extend(store::contact::addresses_by_value(tx, ws, channel, scope, &values).await?);
    }
    Ok(found)
}
