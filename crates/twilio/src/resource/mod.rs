//! One file per resource of TaskRouter: its document, its parameters, its commands.

mod activities;
mod cumulative;
mod events;
mod reservations;
mod statistics;
mod task_channels;
mod task_queues;
mod tasks;
mod worker_channels;
mod workers;
mod workflows;
mod workspaces;

use axum::Json;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{BoxFuture, Tx};
use model::TaskOrder;
use serde_json::Value;
use server::Server;

use crate::form::Form;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .merge(workspaces::routes())
        .merge(activities::routes())
        .merge(workers::routes())
        .merge(task_channels::routes())
        .merge(worker_channels::routes())
        .merge(task_queues::routes())
        .merge(workflows::routes())
        .merge(tasks::routes())
        .merge(reservations::routes())
        .merge(statistics::routes())
        .merge(events::routes())
}

/// One resource, with the tag that says which version of it this is; figures have none.
struct Shown {
    status: StatusCode,
    etag: Option<String>,
    body: Value,
}

impl Shown {
    fn new(body: Value) -> Self {
        Self { status: StatusCode::OK, etag: None, body }
    }
    fn tagged(body: Value, etag: String) -> Self {
        Self { etag: Some(etag), ..Self::new(body) }
    }
    /// What counts no versions is known by what it says.
    fn marked(body: Value) -> Self {
        let mark = mark(&body);
        Self::tagged(body, mark)
    }
    /// The same for something that was made just now.
    fn made(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }
}

/// The ETag of what counts no versions.
fn mark(body: &Value) -> String {
    let digest = engine::once::digest(body.to_string().as_bytes());
    format!("\"{}\"", server::access::secret::hex(&digest[..8]))
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(etag) = self.etag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// The tag of a row that counts its versions.
fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Reads rows.
async fn read<T, F>(server: &Server, work: F) -> Answered<T>
where
    T: Send + 'static,
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, anyhow::Result<T>> + Send + 'static,
{
    Ok(server.engine().db().read(work).await?)
}

/// An address, or null where there is none.
fn url_or_null(url: &str) -> Option<&str> {
    Some(url).filter(|url| !url.is_empty())
}

/// Whether a row's name is the one that is asked for, if one is.
fn named(wanted: Option<&String>, name: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == name)
}

/// Takes which end of a line is served first.
fn queue_order(form: &mut Form, parameter: &str) -> Answered<Option<TaskOrder>> {
    match form.text(parameter)?.as_deref() {
        None | Some("") => Ok(None),
        Some("FIFO") => Ok(Some(TaskOrder::Fifo)),
        Some("LIFO") => Ok(Some(TaskOrder::Lifo)),
        Some(_) => Err(Refused::invalid(parameter, "FIFO or LIFO")),
    }
}

/// Reads `Ordering`, an attribute with or without a direction; without one the oldest come first.
fn order(given: Option<&str>, attributes: &[&'static str]) -> Answered<(&'static str, bool)> {
    let Some(given) = given.filter(|text| !text.is_empty()) else { return Ok((attributes[0], false)) };
    let (attribute, direction) = given.split_once(':').unwrap_or((given, "asc"));
    let known = attributes.iter().find(|known| known.eq_ignore_ascii_case(attribute.trim()));
    let descending = match direction.trim().to_ascii_lowercase().as_str() {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    };
    match (known, descending) {
        (Some(known), Some(descending)) => Ok((known, descending)),
        _ => Err(Refused::invalid("Ordering", format!("{} with :asc or :desc", attributes.join(" or ")))),
    }
}
