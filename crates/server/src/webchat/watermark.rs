//! What the visitor's device has and what its eyes were on, for browsers whose sockets are blocked.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::Webchat;
use super::chat::{self, Known};
use super::refusal::Refusal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Had {
    #[serde(default)]
    pos: i64,
    #[serde(default)]
    seen: i64,
}

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let had: Had = chat::body(&bytes)?;
    let last = webchat.last_pos(&known).await?;
    // Nobody has read what was not written yet.
    let seen = had.seen.clamp(0, last);
    let pos = had.pos.clamp(seen, last);
    if pos > 0 {
        webchat.engine.watermark(known.chat.ws, known.chat.account.id, &known.key(), pos, seen).await?;
    }
    Ok(chat::answer(json!({ "position": last })))
}

impl Webchat {
    async fn last_pos(&self, known: &Known) -> anyhow::Result<i64> {
        let (ws, account, key) = (known.chat.ws, known.chat.account.id, known.key());
        self.engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    match store::conversation::thread_by_key(tx, ws, account, &key).await? {
                        Some(thread) => store::visitor::last_pos(tx, ws, thread.id).await,
                        None => Ok(0),
                    }
                })
            })
            .await
    }
}
