//! Offers: accepting and rejecting one's own.

use axum::Json;
use axum::extract::State;
use model::{ActivityId, ReservationId, RouterCommand};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Answered;
use crate::view::{Lens, ReservationView};
use crate::{Body, Caller, Id, Problem, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(accept)).routes(routes!(reject))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// Where to be afterwards; unchanged by default.
    #[schema(value_type = Option<String>)]
    activity_id: Option<ActivityId>,
}

/// One's own offer; anybody else's is not there.
async fn own(server: &Server, caller: &Caller, id: ReservationId) -> Result<(), Problem> {
    let ws = caller.ws;
    let row = server.engine().db().read(move |tx| Box::pin(async move { store::routing::reservation(tx, ws, id).await })).await?;
    row.filter(|row| Some(row.worker_id) == caller.worker).map(drop).ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: ReservationId) -> Answered<ReservationView> {
    let (ws, lens) = (caller.ws, Lens::of(server, caller).await?);
    let mut views = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let row = store::routing::reservation(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                lens.reservations(tx, &[row]).await
            })
        })
        .await?;
    views.pop().map(Json).ok_or_else(Problem::not_found)
}

/// Takes the task. 409 `already_taken` names the winner; 410 `offer_over` when the time is up.
#[utoipa::path(post, path = "/reservations/{id}/accept", tag = "desk", security(("session" = ["task.take"])), responses((status = 200, body = ReservationView)))]
async fn accept(State(server): State<Server>, caller: Signed<may::TakeTasks>, Id(id): Id<ReservationId>) -> Answered<ReservationView> {
    own(&server, &caller, id).await?;
    let done = server.route(&caller, "accept", RouterCommand::Accept { reservation_id: id }).await;
    match done {
        Ok(_) => shown(&server, &caller, id).await,
        // The router remembers ended offers only so long; their rows say the same for ever.
        Err(problem) if problem.code == "not_found" => Err(over()),
        Err(problem) => Err(problem),
    }
}

fn over() -> Problem {
    Problem::new(axum::http::StatusCode::GONE, "offer_over", "The offer's time is over")
}

#[utoipa::path(post, path = "/reservations/{id}/reject", tag = "desk", security(("session" = ["task.take"])), request_body = Rejection, responses((status = 200, body = ReservationView)))]
async fn reject(
    State(server): State<Server>,
    caller: Signed<may::TakeTasks>,
    Id(id): Id<ReservationId>,
    Body(rejection): Body<Rejection>,
) -> Answered<ReservationView> {
    own(&server, &caller, id).await?;
    let command = RouterCommand::Reject { reservation_id: id, activity_id: rejection.activity_id };
    match server.route(&caller, "reject", command).await {
        Ok(_) => shown(&server, &caller, id).await,
        Err(problem) if problem.code == "not_found" => Err(over()),
        Err(problem) => Err(problem),
    }
}
