//! The supervisor's board.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Answered;
use crate::view::{Board, Lens};
use crate::{Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get))
}

#[utoipa::path(get, path = "/board", tag = "supervisor", security(("session" = ["board.read"])), responses((status = 200, body = Board)))]
async fn get(State(server): State<Server>, caller: Signed<may::ReadBoard>) -> Answered<Board> {
    let (lens, now, only) = (Lens::of(&server, &caller).await?, server.engine().now(), caller.only_queues("board.read"));
    let board = server.engine().db().read(move |tx| Box::pin(async move { lens.board(tx, now, only.as_deref()).await })).await?;
    Ok(Json(board))
}
