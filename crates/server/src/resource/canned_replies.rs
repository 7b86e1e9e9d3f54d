//! Canned replies: texts agents send often, in several languages.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::CannedReplyId;
use serde::{Deserialize, Serialize};
use store::answer::CannedReply;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::Version;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::{Answer, Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

const LONGEST: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CannedReplyView {
    pub id: String,
    pub shortcut: String,
    pub title: String,
    /// By language.
    pub texts: BTreeMap<String, String>,
    pub version: i64,
}

/// The part that is stored as JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Words {
    title: String,
    texts: BTreeMap<String, String>,
}

impl CannedReplyView {
    pub fn of(row: &CannedReply) -> Self {
        let words: Words = serde_json::from_str(&row.body).unwrap_or_default();
        Self { id: row.id.to_string(), shortcut: row.shortcut.clone(), title: words.title, texts: words.texts, version: row.version }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReply {
    shortcut: String,
    title: String,
    texts: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyChange {
    shortcut: Option<String>,
    title: Option<String>,
    texts: Option<BTreeMap<String, String>>,
    version: i64,
}

fn checked(id: CannedReplyId, new: NewReply, version: i64) -> Result<CannedReply, Problem> {
    let shortcut = new.shortcut.trim().trim_start_matches('/').to_owned();
    if shortcut.is_empty() || shortcut.chars().any(char::is_whitespace) {
        return Err(Problem::invalid("/shortcut", "bad_shortcut", "A shortcut is one word"));
    }
    let shortcut = crate::input::short("/shortcut", &shortcut, 32)?;
    let title = crate::input::name("/title", &new.title)?;
    if new.texts.values().all(|text| text.trim().is_empty()) {
        return Err(Problem::invalid("/texts", "required", "Give a text in at least one language"));
    }
    for (language, text) in &new.texts {
        crate::input::short(&format!("/texts/{language}"), text, LONGEST)?;
    }
    let body = serde_json::to_string(&Words { title, texts: new.texts }).map_err(anyhow::Error::from)?;
    Ok(CannedReply { id, shortcut, body, version })
}

async fn is_free(tx: &mut db::Tx<'_>, ws: i64, reply: &CannedReply) -> anyhow::Result<()> {
    let taken = store::answer::replies(tx, ws).await?.iter().any(|other| other.id != reply.id && other.shortcut == reply.shortcut);
    if taken { Err(Problem::conflict("name_taken", "Another reply has this shortcut").at("/shortcut").into()) } else { Ok(()) }
}

async fn one(server: &Server, caller: &Caller, id: CannedReplyId) -> Result<CannedReply, Problem> {
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::answer::reply_by_id(tx, ws, id).await })).await?;
    found.ok_or_else(Problem::not_found)
}

#[utoipa::path(get, path = "/canned-replies", tag = "answers", params(Paging), security(("session" = [])), responses((status = 200, body = Page<CannedReplyView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<CannedReplyView>> {
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::answer::replies(tx, ws).await })).await?;
    let (rows, next_cursor) = paging.cut(all, |reply| reply.id)?;
    Ok(Json(Page { items: rows.iter().map(CannedReplyView::of).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/canned-replies/{id}", tag = "answers", security(("session" = [])), responses((status = 200, body = CannedReplyView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<CannedReplyId>) -> Answered<CannedReplyView> {
    Ok(Json(CannedReplyView::of(&one(&server, &caller, id).await?)))
}

#[utoipa::path(post, path = "/canned-replies", tag = "answers", security(("session" = ["answer.manage"])), request_body = NewReply, responses((status = 200, body = CannedReplyView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageAnswers>, Body(new): Body<NewReply>) -> Result<Answer, Problem> {
    let (ws, reply) = (caller.ws, checked(caller.fresh(&server, "reply"), new, 1)?);
    server
        .change(&caller, move |tx, ledger| {
            let reply = reply.clone();
            Box::pin(async move {
                is_free(tx, ws, &reply).await?;
                store::answer::insert_reply(tx, ws, &reply).await?;
                ledger.audit("canned_reply.created", reply.id, "");
                ledger.settings("canned_replies");
                Ok(CannedReplyView::of(&reply))
            })
        })
        .await
}

#[utoipa::path(patch, path = "/canned-replies/{id}", tag = "answers", security(("session" = ["answer.manage"])), request_body = ReplyChange, responses((status = 200, body = CannedReplyView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageAnswers>,
    Id(id): Id<CannedReplyId>,
    Body(change): Body<ReplyChange>,
) -> Result<Answer, Problem> {
    let held = CannedReplyView::of(&one(&server, &caller, id).await?);
    let new = NewReply {
        shortcut: change.shortcut.unwrap_or(held.shortcut),
        title: change.title.unwrap_or(held.title),
        texts: change.texts.unwrap_or(held.texts),
    };
    let (ws, reply) = (caller.ws, checked(id, new, change.version)?);
    server
        .change(&caller, move |tx, ledger| {
            let mut reply = reply.clone();
            Box::pin(async move {
                is_free(tx, ws, &reply).await?;
                if !store::answer::update_reply(tx, ws, &reply).await? {
                    return Err(Problem::stale().into());
                }
                reply.version += 1;
                ledger.audit("canned_reply.changed", id, "");
                ledger.settings("canned_replies");
                Ok(CannedReplyView::of(&reply))
            })
        })
        .await
}

#[utoipa::path(delete, path = "/canned-replies/{id}", tag = "answers", params(Version), security(("session" = ["answer.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageAnswers>,
    Id(id): Id<CannedReplyId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let held = one(&server, &caller, id).await?;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let shortcut = held.shortcut.clone();
            Box::pin(async move {
                if !store::answer::delete_reply(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("canned_reply.deleted", id, shortcut);
                ledger.settings("canned_replies");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
