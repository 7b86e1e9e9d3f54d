//! The desk's snapshot.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Answered;
use crate::view::{Desk, Lens};
use crate::{Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Everything a desk needs at once; go on with the stream from `position`.
#[utoipa::path(get, path = "/desk", tag = "desk", security(("session" = [])), responses((status = 200, body = Desk)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>) -> Answered<Desk> {
    let (lens, now, worker) = (Lens::of(&server, &caller).await?, server.engine().now(), caller.worker);
    let desk = server.engine().db().read(move |tx| Box::pin(async move { lens.desk(tx, worker, now).await })).await?;
    Ok(Json(desk))
}
