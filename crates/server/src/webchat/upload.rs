//! A file on its way into a message: taken whole, examined by the engine, loose until a message names it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use engine::FileRefused;

use super::chat;
use super::refusal::Refusal;
use super::{Webchat, view};
use crate::Door;

/// Largest file, in bytes.
const FILE_BYTES: usize = 10 * 1024 * 1024;
/// A file and the multipart form around it.
pub const BODY_BYTES: usize = FILE_BYTES + 16 * 1024;
const PER_MINUTE: i64 = 20;

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES) {
        return Err(too_big());
    }
    webchat.check_not_blocked(&known).await?;
    webchat.uploads.take(known.visitor.id, PER_MINUTE, 60, webchat.engine.now()).map_err(|wait| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_files", "Too many files in a minute")
            .with("limit", PER_MINUTE)
            .retry_after(wait)
    })?;
    let (name, bytes) = read(form).await?;
    let attachment = webchat.engine.upload(known.chat.ws, &known.owner(), &name, bytes).await?.map_err(refused)?;
    let can = webchat.engine.connector("webchat")?.capabilities(&known.chat.account);
    let kind = &attachment.media_type;
    if !can.attachment_types.iter().any(|taken| kind == taken || taken.ends_with('/') && kind.starts_with(taken.as_str())) {
        // Its row stays loose, and goes with its bytes when the day is over.
        return Err(Refusal::invalid("file_type", format!("Files of type {kind} are not taken here")).with("type", kind.as_str()));
    }
    let mut file = view::file(&webchat.engine, known.chat.workspace_id(), &attachment);
    file.url = file.url.map(|url| webchat.reach_file(&door, url));
    file.thumbnail_url = file.thumbnail_url.map(|url| webchat.reach_file(&door, url));
    Ok(chat::answer(file))
}

async fn read(mut form: Multipart) -> Result<(String, axum::body::Bytes), Refusal> {
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or("file").to_owned();
            return Ok((name, field.bytes().await.map_err(broken)?));
        }
    }
    Err(Refusal::invalid("file_missing", "The form has no field `file`"))
}

fn broken(error: MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_big()
    } else {
        Refusal::new(StatusCode::BAD_REQUEST, "bad_form", "The form cannot be read")
    }
}

fn too_big() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_big", "A file has at most 10 MiB").with("limit", FILE_BYTES)
}

fn refused(refused: FileRefused) -> Refusal {
    match refused {
        FileRefused::TooBig { .. } => too_big(),
        other => crate::file_refusal(other).into(),
    }
}
