//! Conversations and what was said in them. Agents see what is or was theirs, and earlier conversations of the same person.

use axum::Json;
use axum::extract::State;
use model::{ContactId, Conversation, ConversationId, Message, MessageId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::once;
use crate::page::{Page, cursor, limit, read_cursor};
use crate::problem::Answered;
use crate::view::{ConversationView, Lens, MessageView};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may, message_refusal};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(messages)).routes(routes!(close))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// open or closed.
    state: Option<String>,
    /// A contact or person.
    #[param(value_type = Option<String>)]
    contact: Option<ContactId>,
    /// flow, requested, task or none.
    holder: Option<String>,
    #[param(value_type = Option<String>)]
    worker: Option<WorkerId>,
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Messages before this seq, the newest of them.
    before: Option<i64>,
    /// Messages after this seq, the oldest of them.
    after: Option<i64>,
    limit: Option<usize>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessagePart {
    /// Ascending.
    pub items: Vec<MessageView>,
    pub more: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Closing {
    reason: Option<String>,
}

/// Whether the caller may see a conversation with this permission: everywhere, in their queues, or because it is theirs.
pub async fn may_see(tx: &mut db::Tx<'_>, caller: &Caller, permission: &str, conversation: &Conversation) -> anyhow::Result<bool> {
    if caller.rights.everywhere(permission) {
        return Ok(true);
    }
    if !caller.rights.has(permission) {
        return Ok(false);
    }
    if let Some(queues) = caller.only_queues(permission)
        && let Some(task) = conversation.task_id
        && let Some(task) = store::routing::task(tx, caller.ws, task).await?
        && task.queue_id.is_some_and(|queue| queues.contains(&queue))
    {
        return Ok(true);
    }
    match caller.worker {
        Some(worker) => store::listing::readable(tx, caller.ws, worker, conversation.id).await,
        None => Ok(false),
    }
}

/// A conversation the caller may see with `permission`; otherwise it is not there.
pub async fn visible(tx: &mut db::Tx<'_>, caller: &Caller, permission: &str, id: ConversationId) -> anyhow::Result<Conversation> {
    let found = store::conversation::by_id(tx, caller.ws, id).await?.ok_or_else(Problem::not_found)?;
    if may_see(tx, caller, permission, &found).await? { Ok(found) } else { Err(Problem::not_found().into()) }
}

/// A message of a conversation the caller may see with `permission`; otherwise it is not there.
pub async fn visible_message(tx: &mut db::Tx<'_>, caller: &Caller, permission: &str, id: MessageId) -> anyhow::Result<Message> {
    let message = store::message::by_id(tx, caller.ws, id).await?.ok_or_else(Problem::not_found)?;
    visible(tx, caller, permission, message.conversation_id).await?;
    Ok(message)
}

pub async fn shown(server: &Server, caller: &Caller, id: ConversationId) -> Answered<ConversationView> {
    let (lens, who) = (Lens::of(server, caller).await?, caller.clone());
    let mut views = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let row = visible(tx, &who, "conversation.read", id).await?;
                lens.conversations(tx, &[row]).await
            })
        })
        .await?;
    views.pop().map(Json).ok_or_else(Problem::not_found)
}

/// By last activity, newest first.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(Wanted), security(("session" = ["conversation.read"])), responses((status = 200, body = Page<ConversationView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Query(wanted): Query<Wanted>,
) -> Answered<Page<ConversationView>> {
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?;
    let (lens, who, limit) = (Lens::of(&server, &caller).await?, caller.0.clone(), limit(wanted.limit));
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let ws = who.ws;
                let person = match wanted.contact {
                    Some(id) => Some(store::contact::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?.root_id),
                    None => None,
                };
                let asked = store::listing::Wanted {
                    state: wanted.state,
                    holder: wanted.holder,
                    person,
                    worker: wanted.worker,
                    visible_to: who.only_own("conversation.read"),
                    after: after.map(|(at, id)| (at, ConversationId(id))),
                    limit: limit as i64 + 1,
                };
                let mut rows = store::listing::conversations(tx, ws, &asked).await?;
                let more = rows.len() > limit;
                rows.truncate(limit);
                let next_cursor = rows.last().filter(|_| more).map(|c| cursor(c.last_activity_at, c.id.0));
                if who.only_queues("conversation.read").is_some() {
                    let mut mine = Vec::new();
                    for row in rows {
                        if may_see(tx, &who, "conversation.read", &row).await? {
                            mine.push(row);
                        }
                    }
                    rows = mine;
                }
                Ok(Page { items: lens.conversations(tx, &rows).await?, next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", security(("session" = ["conversation.read"])), responses((status = 200, body = ConversationView)))]
async fn get(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Id(id): Id<ConversationId>,
) -> Answered<ConversationView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "conversations", params(Part), security(("session" = ["conversation.read"])), responses((status = 200, body = MessagePart)))]
async fn messages(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Id(id): Id<ConversationId>,
    Query(part): Query<Part>,
) -> Answered<MessagePart> {
    let (lens, who, limit) = (Lens::of(&server, &caller).await?, caller.0.clone(), limit(part.limit) as i64);
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                visible(tx, &who, "conversation.read", id).await?;
                let mut rows = store::message::page(tx, who.ws, id, part.before, part.after, limit + 1).await?;
                let more = rows.len() as i64 > limit;
                if more {
                    // The row too many is at the far end of the direction asked.
                    if part.after.is_some() {
                        rows.pop()
                    } else {
                        Some(rows.remove(0))
                    };
                }
                Ok(MessagePart { items: rows.iter().map(|message| lens.message(message)).collect(), more })
            })
        })
        .await?;
    Ok(Json(found))
}

/// Closes a conversation: waiting tasks are canceled, held ones completed.
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", security(("session" = ["conversation.close"])), request_body = Closing, responses((status = 200, body = ConversationView)))]
async fn close(
    State(server): State<Server>,
    caller: Signed<may::CloseConversations>,
    Id(id): Id<ConversationId>,
    Body(closing): Body<Closing>,
) -> Answered<ConversationView> {
    let reason = crate::input::short("/reason", closing.reason.as_deref().unwrap_or("closed"), 64)?;
    let who = caller.0.clone();
    let row = server.engine().db().read(move |tx| Box::pin(async move { visible(tx, &who, "conversation.close", id).await })).await?;
    // One's own: now, not once.
    let own = row.worker_id.is_some() && row.worker_id == caller.worker;
    if !own && caller.only_own("conversation.close").is_some() {
        return Err(Problem::not_found());
    }
    match server.engine().close(caller.ws, id, &reason, server.request(&caller).await?).await? {
        Ok(done) => drop(once(done)?),
        // Closing what is closed changes nothing and is no mistake.
        Err(messaging::Refused::Closed) => {}
        Err(refused) => return Err(message_refusal(refused)),
    }
    shown(&server, &caller, id).await
}
