//! Search over people and messages, for the palette.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use model::ContactId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conversations::may_see;
use crate::problem::Answered;
use crate::view::{Lens, by, time};
use crate::{Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(find))
}

/// Hits of each kind.
const MOST: i64 = 20;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    q: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundContact {
    pub person_id: String,
    pub name: String,
    pub address: String,
    pub channel: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundMessage {
    pub conversation_id: String,
    pub message_id: String,
    pub contact: String,
    pub channel: String,
    pub text: String,
    pub at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SearchResult {
    pub contacts: Vec<FoundContact>,
    pub messages: Vec<FoundMessage>,
}

/// Finds only what the caller could open.
#[utoipa::path(get, path = "/search", tag = "desk", params(Wanted), security(("session" = ["conversation.read"])), responses((status = 200, body = SearchResult)))]
async fn find(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Query(wanted): Query<Wanted>,
) -> Answered<SearchResult> {
    let text: String = wanted.q.trim().chars().take(200).collect();
    if text.is_empty() {
        return Ok(Json(SearchResult { contacts: Vec::new(), messages: Vec::new() }));
    }
    let hits = server.engine().search(caller.ws, &text, MOST).await?;
    let (lens, who) = (Lens::of(&server, &caller).await?, caller.0.clone());
    let result = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let ws = who.ws;
                let own: Option<BTreeSet<ContactId>> = match who.only_own("contact.read") {
                    Some(worker) => Some(store::listing::persons_of_worker(tx, ws, worker).await?.into_iter().collect()),
                    None => None,
                };
                let mut roots = store::contact::by_ids(tx, ws, &hits.contacts).await?;
                roots.retain(|contact| who.rights.has("contact.read") && own.as_ref().is_none_or(|own| own.contains(&contact.root_id)));
                let persons = lens.persons(tx, &roots).await?;
                let contacts = persons.into_iter().map(|person| {
                    let address = person.addresses.first();
                    FoundContact {
                        address: address.map(|address| address.value.clone()).unwrap_or_default(),
                        channel: address.map(|address| address.channel.clone()).unwrap_or_default(),
                        person_id: person.id,
                        name: person.name,
                    }
                });
                let contacts = contacts.collect();
                let rows = store::message::by_ids(tx, ws, &hits.messages).await?;
                let rows = by(rows, |message| message.id);
                let ids: Vec<_> = rows.values().map(|message| message.conversation_id).collect();
                let mut seen = Vec::new();
                for conversation in store::conversation::by_ids(tx, ws, &ids).await? {
                    if may_see(tx, &who, "conversation.read", &conversation).await? {
                        seen.push(conversation);
                    }
                }
                let views = by(lens.conversations(tx, &seen).await?, |c| c.id.clone());
                let messages = hits.messages.iter().filter_map(|id| {
                    let message = rows.get(id)?;
                    let conversation = views.get(&message.conversation_id.to_string())?;
                    Some(FoundMessage {
                        conversation_id: conversation.id.clone(),
                        message_id: message.id.to_string(),
                        contact: conversation.contact.name.clone(),
                        channel: conversation.channel.kind.clone(),
                        text: message.text.chars().take(300).collect(),
                        at: time(message.created_at),
                    })
                });
                Ok(SearchResult { contacts, messages: messages.collect() })
            })
        })
        .await?;
    Ok(Json(result))
}
