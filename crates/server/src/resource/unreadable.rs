//! What came in and could not be read, or failed: what it is, and what a person does about it.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use engine::{ReadAgain, unsealed_bytes};
use serde::Serialize;
use store::unreadable::{Unreadable, UnreadableId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::path_param;
use crate::page::{Page, Paging, cursor, read_cursor};
use crate::problem::Answered;
use crate::view::{ChannelMark, Lens, time};
use crate::{Answer, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(read_again))
        .routes(routes!(dismiss))
        .routes(routes!(read_all_again))
        .routes(routes!(dismiss_all))
}

/// A genuine delivery that could not be read, or an event of one that failed three times.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreadableView {
    pub id: String,
    /// delivery or event.
    pub kind: String,
    pub channel: ChannelMark,
    pub at: String,
    /// English, without content.
    pub why: String,
    /// Null where the bytes are kept no longer, which is after 8 days: it cannot be read again.
    pub bytes: Option<i64>,
}

impl UnreadableView {
    fn of(lens: &Lens, row: &Unreadable) -> Self {
        let (kind, id, bytes) = match row.id {
            UnreadableId::Delivery(id) => ("delivery", id.to_string(), row.kept_bytes.map(unsealed_bytes)),
            UnreadableId::Event(id) => ("event", id.to_string(), row.kept_bytes),
        };
        Self { id, kind: kind.into(), channel: lens.mark(row.channel_account_id), at: time(row.received_at), why: row.why.clone(), bytes }
    }
}

/// The same with its bytes as text. Secrets are cut out, and signs that act on a screen are written out as `<U+202E>`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreadableDetail {
    pub unreadable: UnreadableView,
    /// Null where the bytes are kept no longer. Of an event: what we understood of it, as JSON.
    pub text: Option<String>,
    /// There is more than the 64 KiB that are shown.
    pub cut: bool,
    /// Method and path of the request; empty where it came by a socket or as a mail.
    pub came: String,
    pub content_type: String,
}

/// What came of reading everything again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadAllResult {
    pub read: usize,
    /// Still unreadable, or not to be read now.
    pub left: usize,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DismissedResult {
    pub dismissed: u64,
}

/// The `{id}` of the path: a delivery's or an event's.
struct Which(UnreadableId);

impl<S: Send + Sync> FromRequestParts<S> for Which {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = path_param(parts, state, "id").await?;
        let delivery = text.parse().map(UnreadableId::Delivery);
        delivery.or_else(|_| text.parse().map(UnreadableId::Event)).map(Which).map_err(|_| Problem::not_found())
    }
}

async fn one(server: &Server, ws: i64, id: UnreadableId) -> Result<Unreadable, Problem> {
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::unreadable::by_id(tx, ws, id).await })).await?;
    found.ok_or_else(Problem::not_found)
}

/// Newest first.
#[utoipa::path(get, path = "/unreadable", tag = "channels", params(Paging), security(("session" = ["channel.manage"])), responses((status = 200, body = Page<UnreadableView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Query(paging): Query<Paging>,
) -> Answered<Page<UnreadableView>> {
    let before = paging.cursor.as_deref().map(read_cursor).transpose()?;
    let (lens, ws, limit) = (Lens::of(&server, &caller).await?, caller.ws, paging.limit());
    let rows = server
        .engine()
        .db()
        .read(move |tx| Box::pin(async move { store::unreadable::list(tx, ws, before, i64::try_from(limit)? + 1).await }));
    let mut rows = rows.await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor(row.received_at, row.id.uuid()));
    Ok(Json(Page { items: rows.iter().map(|row| UnreadableView::of(&lens, row)).collect(), next_cursor }))
}

/// One of them with its bytes.
#[utoipa::path(get, path = "/unreadable/{id}", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = UnreadableDetail)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageChannels>, Which(id): Which) -> Answered<UnreadableDetail> {
    let row = one(&server, caller.ws, id).await?;
    let bytes = server.engine().unreadable_bytes(caller.ws, id).await?;
    let unreadable = UnreadableView::of(&Lens::of(&server, &caller).await?, &row);
    let detail = match bytes {
        Some(bytes) => {
            let engine::ShownBytes { text, cut, came, content_type } = bytes;
            UnreadableDetail { unreadable, text: Some(text), cut, came, content_type }
        }
        None => UnreadableDetail { unreadable, text: None, cut: false, came: String::new(), content_type: String::new() },
    };
    Ok(Json(detail))
}

/// Reads it again, after an update or a change of settings. What is known already changes nothing.
#[utoipa::path(post, path = "/unreadable/{id}/read-again", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 204)))]
async fn read_again(State(server): State<Server>, caller: Signed<may::ManageChannels>, Which(id): Which) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let row = one(&server, caller.ws, id).await?;
    match server.engine().read_again(caller.ws, id).await? {
        ReadAgain::Read { .. } => {}
        ReadAgain::Unreadable(why) => return Err(Problem::conflict("still_unreadable", format!("It still cannot be read: {why}"))),
        ReadAgain::NotGenuine(_) => {
            return Err(Problem::conflict("signature_changed", "Its signature does not fit the account's secrets of today"));
        }
        ReadAgain::Gone => return Err(Problem::conflict("bytes_gone", "Its bytes are kept no longer")),
        ReadAgain::Disabled => return Err(Problem::conflict("channel_off", "The channel is switched off")),
        ReadAgain::NotThere => return Err(Problem::not_found()),
    }
    note(&server, &caller, "unreadable.read_again", row).await
}

/// Takes it off the list: somebody looked at it, and nothing is to be done.
#[utoipa::path(post, path = "/unreadable/{id}/dismiss", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 204)))]
async fn dismiss(State(server): State<Server>, caller: Signed<may::ManageChannels>, Which(id): Which) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let ws = caller.ws;
    let row = one(&server, ws, id).await?;
    server
        .change(&caller, move |tx, ledger| {
            let row = row.clone();
            Box::pin(async move {
                if !store::unreadable::dismiss(tx, ws, id).await? {
                    return Err(Problem::not_found().into());
                }
                ledger.audit("unreadable.dismissed", row.channel_account_id, row.why);
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was done to one of them, in the audit log.
async fn note(server: &Server, caller: &crate::Caller, what: &'static str, row: Unreadable) -> Result<StatusCode, Problem> {
    server
        .change(caller, move |_, ledger| {
            ledger.audit(what, row.channel_account_id, row.why.clone());
            Box::pin(async move { Ok(()) })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads everything again, the oldest first, at most 500 at once.
#[utoipa::path(post, path = "/unreadable/read-again", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = ReadAllResult)))]
async fn read_all_again(State(server): State<Server>, caller: Signed<may::ManageChannels>) -> Result<Answer, Problem> {
    server.check_key(&caller).await?;
    let done = server.engine().read_all_again(caller.ws).await?;
    let workspace = caller.workspace.id;
    server
        .change(&caller, move |_, ledger| {
            ledger.audit("unreadable.all_read_again", workspace, done.read.to_string());
            Box::pin(async move { Ok(ReadAllResult { read: done.read, left: done.left }) })
        })
        .await
}

/// Takes everything off the list that came in before now.
#[utoipa::path(post, path = "/unreadable/dismiss", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = DismissedResult)))]
async fn dismiss_all(State(server): State<Server>, caller: Signed<may::ManageChannels>) -> Result<Answer, Problem> {
    let (ws, workspace, now) = (caller.ws, caller.workspace.id, server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                let dismissed = store::unreadable::dismiss_all(tx, ws, now).await?;
                ledger.audit("unreadable.all_dismissed", workspace, dismissed.to_string());
                Ok(DismissedResult { dismissed })
            })
        })
        .await
}
