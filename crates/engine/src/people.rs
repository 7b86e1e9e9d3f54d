//! Who is who: joins on proof or by an agent, proof codes, and what a site's signed token states. Nothing is moved; undo restores exactly.

use anyhow::{Context, Result};
use db::Tx;
use model::{
    Address, AddressId, ChannelAccountId, Contact, ContactId, Event, EventKind, Fact, FactSource, Ids, JoinId, Language, Outbox,
    OutboxState, ThreadId, Timestamp, VisitorId,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{Engine, Hints};

/// Codes per number and hour.
const CODES_PER_HOUR: i64 = 3;
const CODE_VALID_S: i64 = 600;
const CODE_TRIES: i64 = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinRefused {
    NotFound,
    /// They are one person already.
    Same,
    /// The join was undone before.
    Undone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofRefused {
    /// Not a phone number with country code.
    BadNumber,
    TooMany,
    /// No SMS account to send the code from.
    NoSender,
    /// Wrong, over, or tried too often.
    WrongCode,
    /// Whoever has the number wants no messages.
    OptedOut,
}

/// What a site's signed token states about its visitor.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    pub sub: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone_number: Option<String>,
    /// Further facts, e.g. from `contact_custom_attributes`.
    pub facts: Vec<(String, String)>,
}

impl Engine {
    /// Sends a code to a number that a visitor says is theirs.
    pub async fn send_proof(&self, ws: i64, visitor: VisitorId, number: &str, language: Language) -> Result<Result<(), ProofRefused>> {
        let config = self.config(ws).await?;
        let Some(number) = connectors::phone::of_person(number, config.workspace.settings.country()) else {
            return Ok(Err(ProofRefused::BadNumber));
        };
        let Some(account) = config.accounts.values().find(|a| a.enabled && a.kind == "sms") else {
            return Ok(Err(ProofRefused::NoSender));
        };
        let (sender, can) = (account.id, self.connector("sms")?.capabilities(account));
        let mut secret = [0u8; 4];
        getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let code = format!("{:06}", u32::from_be_bytes(secret) % 1_000_000);
        let text = match language {
            Language::En => format!("{code} is your code for {}.", config.called()),
            Language::De => format!("{code} ist Ihr Code für {}.", config.called()),
            Language::Ko => format!("{} 인증 코드는 {code}입니다.", config.called()),
        };
        let (now, ids) = (self.now(), self.ids());
        let sent = self
            .0
            .db
            .write(move |tx| {
                let (number, code, text, can, mut ids) = (number.clone(), code.clone(), text.clone(), can.clone(), ids.clone());
                Box::pin(async move {
                    if store::proof::sent_since(tx, ws, &number, now.plus_secs(-3600)).await? >= CODES_PER_HOUR {
                        return Ok(Err(ProofRefused::TooMany));
                    }
                    if let Some(address) = store::contact::address_by_value(tx, ws, "phone", "", &number).await?
                        && messaging::may_write_to(&address, &can).is_err()
                    {
                        return Ok(Err(ProofRefused::OptedOut));
                    }
                    let id = ids.next::<model::JobId>().0;
                    store::proof::insert(tx, ws, id, visitor, &number, code_hash(id, &code), now).await?;
                    let row = Outbox {
                        id: ids.next(),
                        conversation_id: None,
                        // A line of its own: a code waits for no conversation and no conversation waits for it.
                        thread_id: ThreadId(id),
                        channel_account_id: sender,
                        message_id: None,
                        opened_at: now,
                        seq: 0,
                        part: 0,
                        state: OutboxState::Queued,
                        body: json!({ "part": { "text": text, "files": [] }, "to": number }),
                        progress: serde_json::Value::Null,
                        not_before: now,
                        expires_at: now.plus_secs(CODE_VALID_S),
                        attempts: 0,
                        epoch: 0,
                        doubt_since: None,
                    };
                    store::outbox::insert(tx, ws, &[row]).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        self.ring(&Hints { accounts: [(ws, sender)].into(), ..Hints::default() });
        Ok(sent)
    }

    /// Whether a message of ours may go to this address over this account: whoever writes first asks here before anything is made.
    pub async fn may_write_to(&self, ws: i64, account: ChannelAccountId, address: AddressId) -> Result<Result<(), messaging::Refused>> {
        let config = self.config(ws).await?;
        let found = self.0.db.read(move |tx| Box::pin(async move { store::contact::address_by_id(tx, ws, address).await })).await?;
        let (Some(account), Some(address)) = (config.accounts.get(&account), found) else { return Ok(Err(messaging::Refused::NotFound)) };
        Ok(messaging::may_write_to(&address, &self.connector(&account.kind)?.capabilities(account)))
    }

    /// A code that came back proves the number: the visitor and whoever writes from it are one person.
    pub async fn confirm_proof(
        &self,
        ws: i64,
        account: ChannelAccountId,
        visitor: VisitorId,
        number: &str,
        code: &str,
    ) -> Result<Result<(), ProofRefused>> {
        let config = self.config(ws).await?;
        let Some(number) = connectors::phone::of_person(number, config.workspace.settings.country()) else {
            return Ok(Err(ProofRefused::BadNumber));
        };
        let (code, now, ids) = (code.trim().to_owned(), self.now(), self.ids());
        let confirmed = self
            .0
            .db
            .write(move |tx| {
                let (number, code, mut ids) = (number.clone(), code.clone(), ids.clone());
                Box::pin(async move {
                    let Some(proof) = store::proof::newest(tx, ws, visitor, &number).await? else {
                        return Ok(Err(ProofRefused::WrongCode));
                    };
                    let fresh = now < proof.created_at.plus_secs(CODE_VALID_S) && proof.tries < CODE_TRIES && !proof.used;
                    let right = connectors::signature::same(&proof.code_hash, &code_hash(proof.id, &code));
                    store::proof::tried(tx, ws, proof.id, (fresh && right).then_some(now)).await?;
                    if !fresh || !right {
                        return Ok(Err(ProofRefused::WrongCode));
                    }
                    let contact = visitor_contact(tx, ws, account, visitor, now, &mut ids).await?;
                    prove_address(tx, ws, contact, "phone", "", &number, "code", &format!("visitor:{visitor}"), now, &mut ids).await?;
                    let events = [Event::new(EventKind::PersonUpdated, now).contact(contact)];
                    store::event::append(tx, ws, &events).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        self.ring(&Hints { events: [ws].into(), ..Hints::default() });
        Ok(confirmed)
    }

    /// Takes what a verified token states: proven addresses join persons, facts are verified, the name is theirs.
    pub async fn prove_identity(&self, ws: i64, account: ChannelAccountId, visitor: VisitorId, claims: Claims) -> Result<ContactId> {
        let (now, ids) = (self.now(), self.ids());
        let config = self.config(ws).await?;
        let told = claims.phone_number.as_deref();
        let number = told.and_then(|number| connectors::phone::of_person(number, config.workspace.settings.country()));
        let contact = self
            .0
            .db
            .write(move |tx| {
                let (claims, number, mut ids) = (claims.clone(), number.clone(), ids.clone());
                Box::pin(async move {
                    let contact = visitor_contact(tx, ws, account, visitor, now, &mut ids).await?;
                    let actor = format!("token:{}", claims.sub);
                    let scope = account.to_string();
                    store::visitor::prove(tx, ws, visitor, &claims.sub).await?;
                    prove_address(tx, ws, contact, "site_user", &scope, &claims.sub, "token", &actor, now, &mut ids).await?;
                    if let Some(number) = &number {
                        prove_address(tx, ws, contact, "phone", "", number, "token", &actor, now, &mut ids).await?;
                    }
                    if let Some(email) = claims.email.as_deref().map(str::trim).filter(|e| e.contains('@')) {
                        prove_address(tx, ws, contact, "email", "", &email.to_lowercase(), "token", &actor, now, &mut ids).await?;
                    }
                    if let Some(name) = claims.name.as_deref().map(connectors::name::plain).filter(|name| !name.is_empty()) {
                        store::contact::set_name(tx, ws, contact, &name).await?;
                    }
                    let facts: Vec<Fact> = claims
                        .facts
                        .iter()
                        .map(|(key, value)| Fact {
                            contact_id: contact,
                            key: key.clone(),
                            value: value.clone(),
                            source: FactSource::Token,
                            verified: true,
                            at: now,
                        })
                        .collect();
                    store::contact::put_facts(tx, ws, &facts).await?;
                    let events = [Event::new(EventKind::PersonUpdated, now).contact(contact)];
                    store::event::append(tx, ws, &events).await?;
                    Ok(contact)
                })
            })
            .await?;
        self.ring(&Hints { events: [ws].into(), ..Hints::default() });
        Ok(contact)
    }
}

/// Salted by the row, so that equal codes look different at rest.
fn code_hash(id: uuid::Uuid, code: &str) -> Vec<u8> {
    Sha256::new().chain_update(id.as_bytes()).chain_update(code.as_bytes()).finalize().to_vec()
}

/// The contact behind a visitor, made if they have not written yet.
async fn visitor_contact(
    tx: &mut Tx<'_>,
    ws: i64,
    account: ChannelAccountId,
    visitor: VisitorId,
    now: Timestamp,
    ids: &mut Ids,
) -> Result<ContactId> {
    let (scope, key) = (account.to_string(), visitor.to_string());
    if let Some(address) = store::contact::address_by_value(tx, ws, "webchat", &scope, &key).await? {
        return Ok(address.contact_id);
    }
    let id: ContactId = ids.next();
    store::contact::insert(tx, ws, &[Contact { id, root_id: id, name: String::new(), blocked: false, created_at: now, version: 1 }])
        .await?;
    let address = new_address(ids.next(), id, "webchat", &scope, &key);
    anyhow::ensure!(store::contact::insert_address(tx, ws, &address, now).await?, "the visitor wrote at the same moment; ask again");
    Ok(id)
}

fn new_address(id: AddressId, contact_id: ContactId, channel: &str, scope: &str, external_id: &str) -> Address {
    Address {
        id,
        contact_id,
        channel: channel.into(),
        scope: scope.into(),
        external_id: external_id.into(),
        verified: true,
        opted_out: false,
    }
}

/// A proven address either is new and this contact's, or belongs to somebody who is then the same person.
async fn prove_address(
    tx: &mut Tx<'_>,
    ws: i64,
    contact: ContactId,
    channel: &str,
    scope: &str,
    value: &str,
    evidence: &str,
    actor: &str,
    now: Timestamp,
    ids: &mut Ids,
) -> Result<()> {
    match store::contact::address_by_value(tx, ws, channel, scope, value).await? {
        Some(address) => {
            join(tx, ws, address.contact_id, contact, evidence, actor, now, ids).await?.ok();
        }
        None => {
            store::contact::insert_address(tx, ws, &new_address(ids.next(), contact, channel, scope, value), now).await?;
        }
    }
    Ok(())
}

/// Restores who was who before a join, inside the caller's transaction; the events are the caller's to append.
pub async fn undo_join(tx: &mut Tx<'_>, ws: i64, id: JoinId, now: Timestamp) -> Result<Result<Vec<Event>, JoinRefused>> {
    let Some(join) = store::contact::join_by_id(tx, ws, id).await? else { return Ok(Err(JoinRefused::NotFound)) };
    if !store::contact::undo_join(tx, ws, &join, now).await? {
        return Ok(Err(JoinRefused::Undone));
    }
    let changed = std::iter::once(join.root).chain(join.moved.iter().map(|(contact, _)| *contact));
    Ok(Ok(changed.map(|contact| Event::new(EventKind::PersonUpdated, now).contact(contact)).collect()))
}

/// Joins the persons of two contacts inside the caller's transaction; the older person keeps the root. The event is the caller's to append.
pub async fn join(
    tx: &mut Tx<'_>,
    ws: i64,
    one: ContactId,
    other: ContactId,
    evidence: &str,
    actor: &str,
    now: Timestamp,
    ids: &mut Ids,
) -> Result<Result<(JoinId, Event), JoinRefused>> {
    let (Some(one), Some(other)) = (store::contact::by_id(tx, ws, one).await?, store::contact::by_id(tx, ws, other).await?) else {
        return Ok(Err(JoinRefused::NotFound));
    };
    if one.root_id == other.root_id {
        return Ok(Err(JoinRefused::Same));
    }
    let locked = store::contact::lock_roots(tx, ws, [one.root_id, other.root_id]).await?;
    // Somebody joined one of them meanwhile: what they were is no longer what they are.
    anyhow::ensure!(locked.len() == 2 && locked.iter().all(|(id, root)| id == root), "a person changed while being joined; ask again");
    let first = store::contact::by_id(tx, ws, one.root_id).await?.context("a root that is gone")?;
    let second = store::contact::by_id(tx, ws, other.root_id).await?.context("a root that is gone")?;
    let (winner, loser) = if (first.created_at, first.id) <= (second.created_at, second.id) { (first, second) } else { (second, first) };
    let id = ids.next();
    store::contact::join_persons(tx, ws, id, winner.id, loser.id, evidence, actor, now).await?;
    Ok(Ok((id, Event::new(EventKind::PersonUpdated, now).contact(winner.id))))
}
