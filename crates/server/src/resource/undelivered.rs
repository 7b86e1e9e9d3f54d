//! What did not reach the customer, and every try to bring it there.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use model::{ConversationId, MessageId, OutboxId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conversations::visible_message;
use crate::page::{Items, Page, Paging, cursor, read_cursor};
use crate::problem::Answered;
use crate::view::{ChannelMark, ContactSummary, Lens, MessageView, time};
use crate::{Id, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(tries))
}

/// A message that failed, or of which nobody knows whether it arrived.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Undelivered {
    /// Its `state` is failed or uncertain, and its `problem` says why. `POST /messages/{id}/retry` sends it again; of an uncertain one
    /// `POST /messages/{id}/arrived` says that it arrived.
    pub message: MessageView,
    pub conversation_id: String,
    pub contact: ContactSummary,
    pub channel: ChannelMark,
    /// Since when.
    pub at: String,
}

/// One try to send one part of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryTry {
    /// From 0; a long message leaves in several.
    pub part: i64,
    /// From 1, for each part.
    pub no: i64,
    pub at: String,
    /// Milliseconds until the outcome; null while it is under way.
    pub took_ms: Option<i64>,
    /// `sent`, or what stood in the way; secrets are cut out. Empty while it is under way.
    pub outcome: String,
}

/// Newest first.
#[utoipa::path(get, path = "/undelivered", tag = "conversations", params(Paging), security(("session" = ["channel.manage"])), responses((status = 200, body = Page<Undelivered>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Query(paging): Query<Paging>,
) -> Answered<Page<Undelivered>> {
    let before = paging.cursor.as_deref().map(read_cursor).transpose()?.map(|(at, id)| (at, OutboxId(id)));
    let (lens, ws, limit) = (Lens::of(&server, &caller).await?, caller.ws, paging.limit());
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            let lens = lens.clone();
            Box::pin(async move {
                let mut rows = store::outbox::undelivered(tx, ws, before, limit as i64 + 1).await?;
                let more = rows.len() > limit;
                rows.truncate(limit);
                let next_cursor = rows.last().filter(|_| more).map(|(id, _, at)| cursor(*at, id.0));
                let ids: Vec<MessageId> = rows.iter().map(|(_, message, _)| *message).collect();
                let messages = store::message::by_ids(tx, ws, &ids).await?;
                let conversations: Vec<ConversationId> = messages.iter().map(|message| message.conversation_id).collect();
                let conversations = store::conversation::by_ids(tx, ws, &conversations).await?;
                let people: Vec<_> = conversations.iter().map(|conversation| conversation.contact_id).collect();
                let people = lens.people(tx, &people).await?;
                let threads: Vec<_> = messages.iter().filter_map(|message| message.thread_id).collect();
                let threads = store::listing::threads_by_ids(tx, ws, &threads).await?;
                let messages: BTreeMap<_, _> = messages.into_iter().map(|message| (message.id, message)).collect();
                let items = rows.iter().filter_map(|(_, id, at)| {
                    let message = messages.get(id)?;
                    let conversation = conversations.iter().find(|one| one.id == message.conversation_id)?;
                    let thread = threads.iter().find(|one| Some(one.id) == message.thread_id)?;
                    Some(Undelivered {
                        message: lens.message(message),
                        conversation_id: conversation.id.to_string(),
                        contact: people.summary(conversation.contact_id, thread.address_id),
                        channel: lens.mark(thread.channel_account_id),
                        at: time(*at),
                    })
                });
                Ok(Page { items: items.collect(), next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

/// The delivery log of a message: every try to send it.
#[utoipa::path(get, path = "/messages/{id}/tries", tag = "conversations", security(("session" = ["conversation.read"])), responses((status = 200, body = Items<DeliveryTry>)))]
async fn tries(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Id(id): Id<MessageId>,
) -> Answered<Items<DeliveryTry>> {
    let who = caller.0.clone();
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            let who = who.clone();
            Box::pin(async move {
                visible_message(tx, &who, "conversation.read", id).await?;
                store::outbox::tries_of(tx, who.ws, id).await
            })
        })
        .await?;
    let view = |one: store::outbox::Try| DeliveryTry {
        part: one.part,
        no: one.no,
        at: time(one.started_at),
        took_ms: one.ended_at.map(|ended| (ended - one.started_at) / 1_000),
        outcome: one.outcome,
    };
    Ok(Json(Items { items: found.into_iter().map(view).collect() }))
}
