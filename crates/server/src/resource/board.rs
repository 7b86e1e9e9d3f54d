//! The supervisor's board.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Answered;
use crate::view::{Board, BoardAsked, Floor, Lens, day_began};
use crate::{Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get))
}

/// How things stand: totals of everything, and of each list a page.
#[utoipa::path(get, path = "/board", tag = "supervisor", params(BoardAsked), security(("session" = ["board.read"])), responses((status = 200, body = Board)))]
async fn get(State(server): State<Server>, caller: Signed<may::ReadBoard>, Query(asked): Query<BoardAsked>) -> Answered<Board> {
    let (lens, now, only) = (Lens::of(&server, &caller).await?, server.engine().now(), caller.only_queues("board.read"));
    let (ws, settings) = (caller.ws, caller.workspace.settings.clone());
    let began = day_began(now, &settings.time_zone);
    let (tallies, level_s) = (server.clone(), settings.service_level_s);
    let today = server.engine().db().read(move |tx| {
        let server = tallies.clone();
        Box::pin(async move { server.tallies().of(tx, ws, began, level_s, now).await })
    });
    let today = today.await?;
    let floor = server.engine().look(ws, |router| Floor::of(router, &asked, only.as_deref(), &today, now)).await?;
    let mut over = today.timed_out;
    over.retain(|task| only.as_ref().is_none_or(|only| task.queue_id.is_some_and(|id| only.contains(&id))));
    let board = server.engine().db().read(move |tx| {
        let (lens, settings, over, floor) = (lens.clone(), settings.clone(), over.clone(), floor.clone());
        Box::pin(async move { lens.board(tx, floor, &settings, over, now).await })
    });
    Ok(Json(board.await?))
}
