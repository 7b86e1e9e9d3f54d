//! Who changed what, newest first.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::page::{Page, Paging, cursor, read_cursor};
use crate::problem::Answered;
use crate::view::{Lens, SubjectView, by, ids_of, time};
use crate::{Query, Server, Signed, may};
use model::Timestamp;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditRow {
    pub no: i64,
    pub at: String,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
    /// What the ids in `subject`, `detail` and `actor` stand for today; without those that are gone.
    pub named: Vec<SubjectView>,
}

#[utoipa::path(get, path = "/audit-log", tag = "workspace", params(Paging), security(("session" = ["audit.read"])), responses((status = 200, body = Page<AuditRow>)))]
async fn list(State(server): State<Server>, caller: Signed<may::ReadAudit>, Query(paging): Query<Paging>) -> Answered<Page<AuditRow>> {
    let before = paging.cursor.as_deref().map(read_cursor).transpose()?.map_or(i64::MAX, |(no, _)| no.micros());
    let (ws, limit) = (caller.ws, paging.limit() as i64);
    let lens = Lens::of(&server, &caller).await?;
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            let lens = lens.clone();
            Box::pin(async move {
                let mut rows = store::audit_log::page(tx, ws, before, limit + 1).await?;
                let more = rows.len() as i64 > limit;
                rows.truncate(limit as usize);
                let users: Vec<model::UserId> = rows.iter().filter_map(|row| row.entry.actor.parse().ok()).collect();
                let users = by(store::access::users_by_ids(tx, &users).await?, |user| user.id.to_string());
                let next_cursor = rows.last().filter(|_| more).map(|row| cursor(Timestamp::from_micros(row.no), uuid::Uuid::nil()));
                let subjects = lens.subjects(tx, &rows.iter().flat_map(|row| ids_of(&row.entry)).collect()).await?;
                let items = rows.into_iter().map(|row| AuditRow {
                    named: ids_of(&row.entry).iter().filter_map(|id| subjects.get(id).cloned()).collect(),
                    no: row.no,
                    at: time(row.at),
                    actor: users.get(&row.entry.actor).map_or(row.entry.actor, |user| user.name.clone()),
                    action: row.entry.action,
                    subject: row.entry.subject,
                    detail: row.entry.detail,
                });
                Ok(Page { items: items.collect(), next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}
