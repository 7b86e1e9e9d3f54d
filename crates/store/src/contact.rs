//! People: contacts, their addresses and facts, claims and joins. A person is all contacts of one root; nothing is moved on a join.

use anyhow::Result;
use db::{Ask, Row, Tx, params, rows, sql};
use model::{Address, AddressId, Contact, ContactId, Fact, FactSource, JoinId, Timestamp};

use crate::WorkspaceNo;
use crate::together::{Asked, one};

rows!(INSERT_CONTACT: "contact"(workspace_id bigint, id uuid, root_id uuid, name text, blocked boolean, created_at bigint, version bigint));
rows!(INSERT_ADDRESS: "address"(workspace_id bigint, id uuid, contact_id uuid, channel text, scope text, external_id text, verified boolean, opted_out boolean, created_at bigint)
    tail "ON CONFLICT (workspace_id, channel, scope, external_id) DO NOTHING RETURNING id");
rows!(UPSERT_FACT: "contact_fact"(workspace_id bigint, contact_id uuid, key text, value text, source text, verified boolean, at bigint)
    tail "ON CONFLICT (workspace_id, contact_id, key) DO UPDATE SET value = excluded.value, source = excluded.source, verified = excluded.verified, at = excluded.at");

pub(crate) fn contact(row: &Row) -> Result<Contact> {
    Ok(Contact {
        id: ContactId(row.get(0)?),
        root_id: ContactId(row.get(1)?),
        name: row.get(2)?,
        blocked: row.get(3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
        version: row.get(5)?,
    })
}

pub(crate) fn address(row: &Row) -> Result<Address> {
    Ok(Address {
        id: AddressId(row.get(0)?),
        contact_id: ContactId(row.get(1)?),
        channel: row.get(2)?,
        scope: row.get(3)?,
        external_id: row.get(4)?,
        verified: row.get(5)?,
        opted_out: row.get(6)?,
    })
}

fn fact(row: &Row) -> Result<Fact> {
    let source: String = row.get(3)?;
    Ok(Fact {
        contact_id: ContactId(row.get(0)?),
        key: row.get(1)?,
        value: row.get(2)?,
        source: serde_json::from_value(source.into()).unwrap_or(FactSource::Customer),
        verified: row.get(4)?,
        at: Timestamp::from_micros(row.get(5)?),
    })
}

pub fn source_word(source: FactSource) -> &'static str {
    match source {
        FactSource::Customer => "customer",
        FactSource::Bot => "bot",
        FactSource::Flow => "flow",
        FactSource::Agent => "agent",
        FactSource::Token => "token",
        FactSource::Channel => "channel",
    }
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ContactId) -> Result<Option<Contact>> {
    let row = tx
        .opt(
            sql!("SELECT id, root_id, name, blocked, created_at, version FROM contact WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(contact).transpose()
}

pub async fn by_ids(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ContactId]) -> Result<Vec<Contact>> {
    one(tx, ask_by_ids(ws, ids)).await
}

/// The question of [`by_ids`].
pub fn ask_by_ids(ws: WorkspaceNo, ids: &[ContactId]) -> Asked<Vec<Contact>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let ask = Ask::any(
        sql!("SELECT id, root_id, name, blocked, created_at, version FROM contact WHERE workspace_id = $1 AND id = ANY($2)"),
        params![ws],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(contact).collect())
}

/// All contacts of a person, oldest first.
pub async fn of_person(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<Contact>> {
    of_persons(tx, ws, &[root]).await
}

/// All contacts of several persons, oldest first within each.
pub async fn of_persons(tx: &mut Tx<'_>, ws: WorkspaceNo, roots: &[ContactId]) -> Result<Vec<Contact>> {
    let keys = roots.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, root_id, name, blocked, created_at, version FROM contact WHERE workspace_id = $1 AND root_id = ANY($2) ORDER BY created_at, id"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(contact).collect()
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, contacts: &[Contact]) -> Result<()> {
    let values =
        contacts.iter().map(|c| params![ws, c.id.0, c.root_id.0, c.name.as_str(), c.blocked, c.created_at.micros(), c.version]).collect();
    tx.tell_rows(&INSERT_CONTACT, values).await?;
    Ok(())
}

/// Removes contacts that nothing refers to: made for addresses that somebody else made first.
pub async fn delete_unused(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ContactId]) -> Result<()> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    tx.exec_any(sql!("DELETE FROM contact WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    Ok(())
}

/// False when `version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ContactId, name: &str, blocked: bool, version: i64) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE contact SET name = $3, blocked = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $5"),
            params![ws, id.0, name, blocked, version],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a nameless contact its name.
pub async fn set_name(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ContactId, name: &str) -> Result<()> {
    tx.tell(sql!("UPDATE contact SET name = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, name])
        .await?;
    Ok(())
}

pub async fn address_by_value(tx: &mut Tx<'_>, ws: WorkspaceNo, channel: &str, scope: &str, external_id: &str) -> Result<Option<Address>> {
    let row = tx
        .opt(
            sql!("SELECT id, contact_id, channel, scope, external_id, verified, opted_out FROM address WHERE workspace_id = $1 AND channel = $2 AND scope = $3 AND external_id = $4"),
            params![ws, channel, scope, external_id],
        )
        .await?;
    row.as_ref().map(address).transpose()
}

/// The addresses of one channel and scope that have these values.
pub async fn addresses_by_value(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    channel: &str,
    scope: &str,
    external_ids: &[String],
) -> Result<Vec<Address>> {
    let keys = external_ids.iter().map(|id| id.as_str().into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, contact_id, channel, scope, external_id, verified, opted_out FROM address WHERE workspace_id = $1 AND channel = $2 AND scope = $3 AND external_id = ANY($4)"),
            params![ws, channel, scope],
            keys,
        )
        .await?;
    rows.iter().map(address).collect()
}

pub fn ask_addresses_by_ids(ws: WorkspaceNo, ids: &[AddressId]) -> Asked<Vec<Address>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let ask = Ask::any(
        sql!(
            "SELECT id, contact_id, channel, scope, external_id, verified, opted_out FROM address WHERE workspace_id = $1 AND id = ANY($2)"
        ),
        params![ws],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(address).collect())
}

pub async fn address_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: AddressId) -> Result<Option<Address>> {
    let row = tx
        .opt(
            sql!(
                "SELECT id, contact_id, channel, scope, external_id, verified, opted_out FROM address WHERE workspace_id = $1 AND id = $2"
            ),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(address).transpose()
}

/// Every address of a person.
pub async fn addresses_of(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<Address>> {
    Ok(addresses_of_all(tx, ws, &[root]).await?.into_iter().map(|(_, address)| address).collect())
}

/// As [`addresses_of`] for several persons, each address with the root of its person.
pub async fn addresses_of_all(tx: &mut Tx<'_>, ws: WorkspaceNo, roots: &[ContactId]) -> Result<Vec<(ContactId, Address)>> {
    let keys = roots.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT a.id, a.contact_id, a.channel, a.scope, a.external_id, a.verified, a.opted_out, c.root_id FROM address a JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id WHERE a.workspace_id = $1 AND c.root_id = ANY($2) ORDER BY a.created_at, a.id"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok((ContactId(row.get(7)?), address(row)?))).collect()
}

/// Inserts an address; false when another transaction was first.
pub async fn insert_address(tx: &mut Tx<'_>, ws: WorkspaceNo, address: &Address, now: Timestamp) -> Result<bool> {
    Ok(!insert_addresses(tx, ws, std::slice::from_ref(address), now).await?.is_empty())
}

/// Inserts addresses; returns those that no other transaction made first.
pub async fn insert_addresses(tx: &mut Tx<'_>, ws: WorkspaceNo, addresses: &[Address], now: Timestamp) -> Result<Vec<AddressId>> {
    let values = addresses
        .iter()
        .map(|a| {
            params![
                ws,
                a.id.0,
                a.contact_id.0,
                a.channel.as_str(),
                a.scope.as_str(),
                a.external_id.as_str(),
                a.verified,
                a.opted_out,
                now.micros()
            ]
        })
        .collect();
    let made = tx.insert_returning(&INSERT_ADDRESS, values).await?;
    made.iter().map(|row| Ok(AddressId(row.get(0)?))).collect()
}

pub async fn set_opted_out(tx: &mut Tx<'_>, ws: WorkspaceNo, id: AddressId, opted_out: bool) -> Result<()> {
    tx.tell(sql!("UPDATE address SET opted_out = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, opted_out]).await?;
    Ok(())
}

/// Gives an address another value, unless that is an address already; false then.
pub async fn renumber(tx: &mut Tx<'_>, ws: WorkspaceNo, id: AddressId, channel: &str, scope: &str, external_id: &str) -> Result<bool> {
    let moved = tx
        .exec(
            sql!("UPDATE address SET external_id = $5 WHERE workspace_id = $1 AND id = $2 AND NOT EXISTS (SELECT 1 FROM address o WHERE o.workspace_id = $1 AND o.channel = $3 AND o.scope = $4 AND o.external_id = $5)"),
            params![ws, id.0, channel, scope, external_id],
        )
        .await?;
    Ok(moved == 1)
}

/// Facts of a whole person; of equal keys the verified, then the newest comes last.
pub async fn facts_of(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<Fact>> {
    Ok(facts_of_all(tx, ws, &[root]).await?.into_iter().map(|(_, fact)| fact).collect())
}

/// As [`facts_of`] for several persons, each fact with the root of its person.
pub async fn facts_of_all(tx: &mut Tx<'_>, ws: WorkspaceNo, roots: &[ContactId]) -> Result<Vec<(ContactId, Fact)>> {
    let keys = roots.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT f.contact_id, f.key, f.value, f.source, f.verified, f.at, c.root_id FROM contact_fact f JOIN contact c ON c.workspace_id = f.workspace_id AND c.id = f.contact_id WHERE f.workspace_id = $1 AND c.root_id = ANY($2) ORDER BY f.verified, f.at, f.key"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok((ContactId(row.get(6)?), fact(row)?))).collect()
}

pub async fn put_facts(tx: &mut Tx<'_>, ws: WorkspaceNo, facts: &[Fact]) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let values = facts
        .iter()
        .map(|f| params![ws, f.contact_id.0, f.key.as_str(), f.value.as_str(), source_word(f.source), f.verified, f.at.micros()])
        .collect();
    tx.tell_rows(&UPSERT_FACT, values).await?;
    Ok(())
}

/// Forgets a fact on every contact of a person.
pub async fn delete_fact(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId, key: &str) -> Result<bool> {
    let gone = tx
        .exec(
            sql!("DELETE FROM contact_fact WHERE workspace_id = $1 AND key = $3 AND contact_id IN (SELECT id FROM contact WHERE workspace_id = $1 AND root_id = $2)"),
            params![ws, root.0, key],
        )
        .await?;
    Ok(gone > 0)
}

pub async fn put_claim(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    contact: ContactId,
    channel: &str,
    external_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let made = tx
        .exec(
            sql!("INSERT INTO address_claim (workspace_id, contact_id, channel, external_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, contact_id, channel, external_id) DO NOTHING"),
            params![ws, contact.0, channel, external_id, now.micros()],
        )
        .await?;
    Ok(made == 1)
}

/// What a person claims: channel and value.
pub async fn claims_of(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<(String, String)>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT k.channel, k.external_id FROM address_claim k JOIN contact c ON c.workspace_id = k.workspace_id AND c.id = k.contact_id WHERE k.workspace_id = $1 AND c.root_id = $2 ORDER BY k.channel, k.external_id"),
            params![ws, root.0],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Persons (roots) who claim this value.
pub async fn claimants(tx: &mut Tx<'_>, ws: WorkspaceNo, channel: &str, external_id: &str) -> Result<Vec<ContactId>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT c.root_id FROM address_claim k JOIN contact c ON c.workspace_id = k.workspace_id AND c.id = k.contact_id WHERE k.workspace_id = $1 AND k.channel = $2 AND k.external_id = $3 ORDER BY c.root_id"),
            params![ws, channel, external_id],
        )
        .await?;
    rows.iter().map(|row| Ok(ContactId(row.get(0)?))).collect()
}

/// Who made two contacts one person, on what evidence, and what to restore on undo.
#[derive(Debug, Clone)]
pub struct Join {
    pub id: JoinId,
    pub root: ContactId,
    /// The loser's contacts with the root each had before.
    pub moved: Vec<(ContactId, ContactId)>,
    pub evidence: String,
    pub actor: String,
    pub at: Timestamp,
    pub undone_at: Option<Timestamp>,
}

fn join(row: &Row) -> Result<Join> {
    Ok(Join {
        id: JoinId(row.get(0)?),
        root: ContactId(row.get(1)?),
        moved: crate::row::parse(row, 2)?,
        evidence: row.get(3)?,
        actor: row.get(4)?,
        at: Timestamp::from_micros(row.get(5)?),
        undone_at: row.get::<Option<i64>>(6)?.map(Timestamp::from_micros),
    })
}

/// Makes `loser` part of `winner`'s person. Both must be roots; the caller locked them in the order of their ids.
pub async fn join_persons(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    id: JoinId,
    winner: ContactId,
    loser: ContactId,
    evidence: &str,
    actor: &str,
    now: Timestamp,
) -> Result<Join> {
    let moved: Vec<_> = of_person(tx, ws, loser).await?.into_iter().map(|c| (c.id, c.root_id)).collect();
    tx.exec(sql!("UPDATE contact SET root_id = $3 WHERE workspace_id = $1 AND root_id = $2"), params![ws, loser.0, winner.0]).await?;
    tx.exec(
        sql!("INSERT INTO contact_join (workspace_id, id, root_id, moved, evidence, actor, at, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)"),
        params![ws, id.0, winner.0, crate::row::body(&moved), evidence, actor, now.micros()],
    )
    .await?;
    Ok(Join { id, root: winner, moved, evidence: evidence.to_owned(), actor: actor.to_owned(), at: now, undone_at: None })
}

/// Locks the contacts of two persons in one order, so that two joins cannot hurt each other; returns their roots now.
pub async fn lock_roots(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: [ContactId; 2]) -> Result<Vec<(ContactId, ContactId)>> {
    let rows = tx
        .all(
            sql!("SELECT id, root_id FROM contact WHERE workspace_id = $1 AND id IN ($2, $3) ORDER BY id FOR NO KEY UPDATE"),
            params![ws, ids[0].0, ids[1].0],
        )
        .await?;
    rows.iter().map(|row| Ok((ContactId(row.get(0)?), ContactId(row.get(1)?)))).collect()
}

pub async fn join_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: JoinId) -> Result<Option<Join>> {
    let row = tx
        .opt(
            sql!("SELECT id, root_id, moved, evidence, actor, at, undone_at FROM contact_join WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(join).transpose()
}

pub async fn joins_of(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<Join>> {
    let rows = tx
        .all(
            sql!("SELECT id, root_id, moved, evidence, actor, at, undone_at FROM contact_join WHERE workspace_id = $1 AND root_id = $2 ORDER BY at, id"),
            params![ws, root.0],
        )
        .await?;
    rows.iter().map(join).collect()
}

/// Restores exactly the roots of before; false when it was undone already.
pub async fn undo_join(tx: &mut Tx<'_>, ws: WorkspaceNo, join: &Join, now: Timestamp) -> Result<bool> {
    let undone = tx
        .exec(
            sql!("UPDATE contact_join SET undone_at = $3 WHERE workspace_id = $1 AND id = $2 AND undone_at IS NULL"),
            params![ws, join.id.0, now.micros()],
        )
        .await?;
    if undone == 0 {
        return Ok(false);
    }
    for (contact, root) in &join.moved {
        tx.exec(sql!("UPDATE contact SET root_id = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, contact.0, root.0]).await?;
    }
    Ok(true)
}
