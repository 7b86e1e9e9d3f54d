//! People: who they are, what is known of them, and whether two of them are one.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::JoinRefused;
use model::{Contact, ContactId, Event, EventKind, Fact, FactSource, FieldSubject, JoinId, field_of};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::Key;
use crate::page::{Page, cursor, limit, read_cursor};
use crate::problem::Answered;
use crate::view::{Lens, PersonView};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, change))
        .routes(routes!(put_fact, remove_fact))
        .routes(routes!(join))
        .routes(routes!(undo))
}

/// People a search shows at most.
const FOUND: i64 = 50;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Words of name, address or facts.
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonChange {
    name: Option<String>,
    /// A blocked person's messages are kept and start nothing.
    blocked: Option<bool>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactValue {
    value: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct JoinWith {
    #[schema(value_type = String)]
    other_person_id: ContactId,
}

/// The root of a person the caller may see with `permission`: everybody, or those they had conversations with.
async fn person(tx: &mut db::Tx<'_>, caller: &Caller, permission: &str, id: ContactId) -> anyhow::Result<Contact> {
    let found = store::contact::by_id(tx, caller.ws, id).await?.ok_or_else(Problem::not_found)?;
    if let Some(worker) = caller.only_own(permission)
        && !store::listing::persons_of_worker(tx, caller.ws, worker).await?.contains(&found.root_id)
    {
        return Err(Problem::not_found().into());
    }
    if found.root_id == found.id {
        return Ok(found);
    }
    Ok(store::contact::by_id(tx, caller.ws, found.root_id).await?.ok_or_else(Problem::not_found)?)
}

async fn shown(server: &Server, caller: &Caller, id: ContactId) -> Answered<PersonView> {
    let (lens, who) = (Lens::of(server, caller).await?, caller.clone());
    let view = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let root = person(tx, &who, "contact.read", id).await?;
                lens.person(tx, &root, who.only_own("conversation.read")).await
            })
        })
        .await?;
    view.map(Json).ok_or_else(Problem::not_found)
}

/// People by when we met them, newest first; or those a search finds.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Wanted), security(("session" = ["contact.read"])), responses((status = 200, body = Page<PersonView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::ReadContacts>, Query(wanted): Query<Wanted>) -> Answered<Page<PersonView>> {
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?;
    let words = wanted.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = match words {
        Some(words) => Some(server.engine().search(caller.ws, words, FOUND).await?.contacts),
        None => None,
    };
    let (lens, who, limit) = (Lens::of(&server, &caller).await?, caller.0.clone(), limit(wanted.limit));
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let ws = who.ws;
                let own: Option<BTreeSet<ContactId>> = match who.only_own("contact.read") {
                    Some(worker) => Some(store::listing::persons_of_worker(tx, ws, worker).await?.into_iter().collect()),
                    None => None,
                };
                let seen = |contact: &Contact| own.as_ref().is_none_or(|own| own.contains(&contact.root_id));
                let (mut roots, next_cursor) = match found {
                    Some(ids) => {
                        let hits = store::contact::by_ids(tx, ws, &ids).await?;
                        let mut order: Vec<ContactId> =
                            ids.iter().filter_map(|id| hits.iter().find(|c| c.id == *id)).map(|c| c.root_id).collect();
                        let mut once = BTreeSet::new();
                        order.retain(|id| once.insert(*id));
                        let rows = store::contact::by_ids(tx, ws, &order).await?;
                        (order.iter().filter_map(|id| rows.iter().find(|c| c.id == *id).cloned()).collect::<Vec<_>>(), None)
                    }
                    None if own.is_some() => {
                        let ids: Vec<ContactId> = own.iter().flatten().copied().collect();
                        let mut rows = store::contact::by_ids(tx, ws, &ids).await?;
                        rows.sort_by_key(|c| std::cmp::Reverse((c.created_at, c.id)));
                        if let Some((at, id)) = after {
                            rows.retain(|c| (c.created_at, c.id.0) < (at, id));
                        }
                        let more = rows.len() > limit;
                        rows.truncate(limit);
                        let next = rows.last().filter(|_| more).map(|c| cursor(c.created_at, c.id.0));
                        (rows, next)
                    }
                    None => {
                        let mut rows = store::listing::persons(tx, ws, after.map(|(at, id)| (at, ContactId(id))), limit as i64 + 1).await?;
                        let more = rows.len() > limit;
                        rows.truncate(limit);
                        let next = rows.last().filter(|_| more).map(|c| cursor(c.created_at, c.id.0));
                        (rows, next)
                    }
                };
                roots.retain(seen);
                Ok(Page { items: lens.persons(tx, &roots).await?, next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", security(("session" = ["contact.read"])), responses((status = 200, body = PersonView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ReadContacts>, Id(id): Id<ContactId>) -> Answered<PersonView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(patch, path = "/contacts/{id}", tag = "contacts", security(("session" = ["contact.write"])), request_body = PersonChange, responses((status = 200, body = PersonView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::WriteContacts>,
    Id(id): Id<ContactId>,
    Body(change): Body<PersonChange>,
) -> Answered<PersonView> {
    let name = change.name.map(|name| crate::input::short("/name", name.trim(), 200)).transpose()?;
    let (who, now) = (caller.0.clone(), server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            let (who, name) = (who.clone(), name.clone());
            Box::pin(async move {
                let root = person(tx, &who, "contact.write", id).await?;
                let name = name.unwrap_or(root.name);
                let blocked = change.blocked.unwrap_or(root.blocked);
                if !store::contact::update(tx, who.ws, root.id, &name, blocked, change.version).await? {
                    return Err(Problem::stale().into());
                }
                // Blocking means the person, whichever contact they write from.
                if change.blocked.is_some() {
                    for contact in store::contact::of_person(tx, who.ws, root.id).await? {
                        if contact.id != root.id && contact.blocked != blocked {
                            store::contact::update(tx, who.ws, contact.id, &contact.name, blocked, contact.version).await?;
                        }
                    }
                    ledger.audit(if blocked { "contact.blocked" } else { "contact.unblocked" }, root.id, "");
                }
                ledger.event(Event::new(EventKind::PersonUpdated, now).contact(root.id));
                Ok(root.id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Writes down a fact about a person. Where the key is a custom field's the value has to be of its kind.
#[utoipa::path(put, path = "/contacts/{id}/facts/{key}", tag = "contacts", security(("session" = ["contact.write"])), request_body = FactValue, responses((status = 200, body = PersonView)))]
async fn put_fact(
    State(server): State<Server>,
    caller: Signed<may::WriteContacts>,
    Id(id): Id<ContactId>,
    Key(key): Key,
    Body(fact): Body<FactValue>,
) -> Answered<PersonView> {
    let (value, field) = super::custom_fields::fitting(&server, &caller, FieldSubject::Contact, &key, &fact.value).await?;
    let value = crate::input::short("/value", &value, 1000)?;
    if value.is_empty() {
        return Err(Problem::invalid("/value", "required", "A fact has a value; delete it to forget it"));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.');
    if key.is_empty() || key.chars().count() > 64 || !key.chars().all(plain) {
        return Err(Problem::invalid("/key", "bad_key", "A key is 1 to 64 letters, digits, blanks, _ - and ."));
    }
    let (who, now) = (caller.0.clone(), server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            let (who, key, value, is_field) = (who.clone(), key.clone(), value.clone(), field.is_some());
            Box::pin(async move {
                let root = person(tx, &who, "contact.write", id).await?;
                if is_field {
                    ledger.audit("contact.field_set", root.id, &*key);
                }
                // One value per person: what an agent writes replaces what stood on any of the contacts.
                store::contact::delete_fact(tx, who.ws, root.id, &key).await?;
                let fact = Fact { contact_id: root.id, key, value, source: FactSource::Agent, verified: false, at: now };
                store::contact::put_facts(tx, who.ws, &[fact]).await?;
                ledger.event(Event::new(EventKind::PersonUpdated, now).contact(root.id));
                Ok(root.id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(delete, path = "/contacts/{id}/facts/{key}", tag = "contacts", security(("session" = ["contact.write"])), responses((status = 204)))]
async fn remove_fact(
    State(server): State<Server>,
    caller: Signed<may::WriteContacts>,
    Id(id): Id<ContactId>,
    Key(key): Key,
) -> Result<StatusCode, Problem> {
    if !server.was_answered(&caller).await? {
        super::custom_fields::may_go(&server, &caller, FieldSubject::Contact, &key).await?;
    }
    let is_field = field_of(&server.engine().config(caller.ws).await?.fields, FieldSubject::Contact, &key).is_some();
    let (who, now) = (caller.0.clone(), server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            let (who, key) = (who.clone(), key.clone());
            Box::pin(async move {
                let root = person(tx, &who, "contact.write", id).await?;
                if !store::contact::delete_fact(tx, who.ws, root.id, &key).await? {
                    return Err(Problem::not_found().into());
                }
                if is_field {
                    ledger.audit("contact.field_removed", root.id, &*key);
                }
                ledger.event(Event::new(EventKind::PersonUpdated, now).contact(root.id));
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn join_refused(refused: JoinRefused) -> Problem {
    match refused {
        JoinRefused::NotFound => Problem::not_found(),
        JoinRefused::Same => Problem::conflict("same_person", "They are one person already"),
        JoinRefused::Undone => Problem::conflict("undone_already", "The join was undone before"),
    }
}

/// Makes two people one: recorded, undoable, and the customer never sees the other's history.
#[utoipa::path(post, path = "/contacts/{id}/join", tag = "contacts", security(("session" = ["contact.join"])), request_body = JoinWith, responses((status = 200, body = PersonView)))]
async fn join(
    State(server): State<Server>,
    caller: Signed<may::JoinContacts>,
    Id(id): Id<ContactId>,
    Body(with): Body<JoinWith>,
) -> Answered<PersonView> {
    let (who, other, now, ids) = (caller.0.clone(), with.other_person_id, server.engine().now(), server.engine().ids());
    server
        .change(&caller, move |tx, ledger| {
            let (who, mut ids) = (who.clone(), ids.clone());
            Box::pin(async move {
                let root = person(tx, &who, "contact.join", id).await?;
                let found = store::contact::by_id(tx, who.ws, other).await?.ok_or_else(Problem::not_found)?;
                // An agent joins whom they talk to with somebody who claims the same address, not with anybody.
                if who.only_own("contact.join").is_some() && !claims_meet(tx, who.ws, root.id, found.root_id).await? {
                    person(tx, &who, "contact.join", found.id).await?;
                }
                let joined = engine::join(tx, who.ws, id, other, "agent", &who.actor, now, &mut ids).await?;
                let (join, event) = joined.map_err(join_refused)?;
                ledger.audit("contact.joined", join, format!("{id} with {other}"));
                ledger.event(event);
                Ok(())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Whether one of two persons claims an address of the other, or both claim the same.
async fn claims_meet(tx: &mut db::Tx<'_>, ws: i64, one: ContactId, other: ContactId) -> anyhow::Result<bool> {
    let mut values: [BTreeSet<(String, String)>; 2] = Default::default();
    for (place, root) in [one, other].into_iter().enumerate() {
        values[place].extend(store::contact::claims_of(tx, ws, root).await?);
        let held = store::contact::addresses_of(tx, ws, root).await?;
        values[place].extend(held.into_iter().map(|address| (address.channel, address.external_id)));
    }
    Ok(!values[0].is_disjoint(&values[1]))
}

#[utoipa::path(post, path = "/joins/{id}/undo", tag = "contacts", security(("session" = ["contact.join"])), responses((status = 200, body = PersonView)))]
async fn undo(State(server): State<Server>, caller: Signed<may::JoinContacts>, Id(id): Id<JoinId>) -> Answered<PersonView> {
    let (who, now) = (caller.0.clone(), server.engine().now());
    let undone = server
        .change(&caller, move |tx, ledger| {
            let who = who.clone();
            Box::pin(async move {
                let join = store::contact::join_by_id(tx, who.ws, id).await?.ok_or_else(Problem::not_found)?;
                let root = person(tx, &who, "contact.join", join.root).await?.id;
                let events = engine::undo_join(tx, who.ws, id, now).await?.map_err(join_refused)?;
                ledger.audit("contact.join_undone", id, "");
                events.into_iter().for_each(|event| ledger.event(event));
                Ok(root)
            })
        })
        .await?;
    shown(&server, &caller, undone.read()?).await
}
