//! Uploads: a file is kept loose until a message takes it.

use std::time::Duration;

use axum::Json;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use engine::Once;
use model::{Attachment, AttachmentId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::reused;
use crate::intake::fingerprint;
use crate::problem::Answered;
use crate::view::{AttachmentView, Lens};
use crate::{Caller, Problem, Server, Signed, file_refusal, may};

/// Largest file, in bytes.
pub const FILE_LIMIT: usize = 10 * 1024 * 1024;
/// Room for the multipart frame around it.
const FRAME: usize = 64 * 1024;
/// An upload that stands still this long is given up.
const STALL: Duration = Duration::from_secs(30);
/// An upload takes at most this long.
const LONGEST: Duration = Duration::from_secs(300);

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(FILE_LIMIT + FRAME))
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct Upload {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes one file of at most 10 MiB as the multipart field `file`.
#[utoipa::path(post, path = "/files", tag = "conversations", security(("session" = ["conversation.write"])), request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 200, body = AttachmentView)))]
async fn upload(State(server): State<Server>, caller: Signed<may::WriteConversations>, multipart: Multipart) -> Answered<AttachmentView> {
    let (name, bytes) = read_file(multipart).await?;
    let mut caller = caller.0;
    if let Some(asked) = &mut caller.request {
        // The door saw no body: the same request is that of the same file.
        asked.fingerprint = fingerprint(&[asked.fingerprint.as_bytes(), name.as_bytes(), &bytes]);
    }
    let request = server.request(&caller).await?;
    let done = server.engine().upload_once(caller.ws, &caller.upload_owner(), &name, bytes, request).await?.map_err(file_refusal)?;
    let attachment = match done {
        Once::Done(attachment) => attachment,
        Once::Before(id) => kept(&server, &caller, &id).await?,
        Once::Reused => return Err(reused()),
    };
    Ok(Json(Lens::of(&server, &caller).await?.attachment(&attachment)))
}

/// What an earlier try of the same request left; gone when no message took it for a day.
async fn kept(server: &Server, caller: &Caller, id: &str) -> Result<Attachment, Problem> {
    let (ws, id) = (caller.ws, id.parse::<AttachmentId>().map_err(|_| Problem::not_found())?);
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::message::attachment(tx, ws, id).await })).await?;
    found.map(|(attachment, _)| attachment).ok_or_else(Problem::not_found)
}

/// The field `file` of a form, with its name.
///
/// # Errors
/// 413 above the limit, 408 when it stalls, 400 when there is no such field.
pub async fn read_file(multipart: Multipart) -> Result<(String, Bytes), Problem> {
    match tokio::time::timeout(LONGEST, first_file(multipart)).await {
        Ok(read) => read,
        Err(_) => Err(too_slow()),
    }
}

async fn first_file(mut multipart: Multipart) -> Result<(String, Bytes), Problem> {
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or("file").to_owned();
        return Ok((name, read_field(field).await?));
    }
    Err(Problem::new(StatusCode::BAD_REQUEST, "required", "The form has no field named file").at("/file"))
}

async fn read_field(mut field: Field<'_>) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    loop {
        let chunk = tokio::time::timeout(STALL, field.chunk()).await.map_err(|_| too_slow())?.map_err(unreadable)?;
        let Some(chunk) = chunk else { return Ok(bytes.freeze()) };
        if bytes.len() + chunk.len() > FILE_LIMIT {
            return Err(file_refusal(engine::FileRefused::TooBig { limit: FILE_LIMIT }));
        }
        bytes.extend_from_slice(&chunk);
    }
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The upload stood still")
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return file_refusal(engine::FileRefused::TooBig { limit: FILE_LIMIT });
    }
    Problem::new(StatusCode::BAD_REQUEST, "bad_form", "The form cannot be read")
}
