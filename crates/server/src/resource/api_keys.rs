//! API keys: made with a role, shown once, revoked.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::ApiKeyId;
use serde::{Deserialize, Serialize};
use store::access::{ApiKey, Role};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Rights, secret};
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{maybe, time};
use crate::{Body, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(remove))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKeyView {
    pub id: String,
    pub name: String,
    pub role: String,
    pub created_at: String,
    pub last_used_at: Option<String>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl ApiKeyView {
    fn of(key: &ApiKey, role: &str) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            role: role.to_owned(),
            created_at: time(key.created_at),
            last_used_at: maybe(key.last_used_at),
            secret: None,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: String,
    role: String,
}

#[utoipa::path(get, path = "/api-keys", tag = "workspace", params(Paging), security(("session" = ["key.manage"])), responses((status = 200, body = Page<ApiKeyView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::ManageKeys>, Query(paging): Query<Paging>) -> Answered<Page<ApiKeyView>> {
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::access::keys(tx, ws).await })).await?;
    let (rows, next_cursor) = paging.cut(all, |(key, _)| key.id)?;
    Ok(Json(Page { items: rows.iter().map(|(key, role)| ApiKeyView::of(key, role)).collect(), next_cursor }))
}

/// Makes a key. Its secret is in this answer and nowhere else; a repetition with the same Idempotency-Key is answered with it again.
#[utoipa::path(post, path = "/api-keys", tag = "workspace", security(("session" = ["key.manage"])), request_body = NewKey, responses((status = 200, body = ApiKeyView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageKeys>, Body(new): Body<NewKey>) -> Answered<ApiKeyView> {
    let name = crate::input::name("/name", &new.name)?;
    let clear = server.new_secret(&caller)?;
    let (id, now, hash, who) = (caller.fresh::<ApiKeyId>(&server, "key"), server.engine().now(), secret::hash(&clear), caller.clone());
    server
        .change(&caller, move |tx, ledger| {
            let (name, role, hash, who) = (name.clone(), new.role.clone(), hash.clone(), who.clone());
            Box::pin(async move {
                let known = store::access::roles(tx).await?;
                if !known.contains_key(&role) {
                    return Err(Problem::invalid("/role", "unknown_role", "There is no such role").into());
                }
                let given = Role { role: role.clone(), scope: "all".into(), queues: Vec::new() };
                if !who.rights.covers(&Rights::of(&[given], &known)) {
                    return Err(Problem::invalid("/role", "more_than_yours", "Nobody can give rights they do not have").into());
                }
                let key = ApiKey { id, account_id: who.account, name, secret_hash: hash, created_at: now, last_used_at: None };
                store::access::insert_key(tx, &key).await?;
                store::access::grant(tx, id, who.ws, &role).await?;
                ledger.audit("key.created", id, role.as_str());
                // Answers are kept under their request's key, in clear: a secret must not be.
                Ok(id)
            })
        })
        .await?;
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::access::keys(tx, ws).await })).await?;
    let (key, role) = all.into_iter().find(|(key, _)| key.id == id).ok_or_else(Problem::not_found)?;
    // After a rotation of keys the same request gives another secret, which is not this key's.
    let secret = secret::same(&secret::hash(&clear), &key.secret_hash).then_some(clear);
    Ok(Json(ApiKeyView { secret, ..ApiKeyView::of(&key, &role) }))
}

#[utoipa::path(delete, path = "/api-keys/{id}", tag = "workspace", security(("session" = ["key.manage"])), responses((status = 204)))]
async fn remove(State(server): State<Server>, caller: Signed<may::ManageKeys>, Id(id): Id<ApiKeyId>) -> Result<StatusCode, Problem> {
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                let name = store::access::key_by_id(tx, id).await?.map(|key| key.name).unwrap_or_default();
                if !store::access::revoke(tx, id, ws).await? {
                    return Err(Problem::not_found().into());
                }
                ledger.audit("key.revoked", id, name);
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
