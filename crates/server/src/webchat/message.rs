//! What the visitor reads and writes. A message is theirs by `client_id`: the same one again gives the same message.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use connectors::Incoming;
use engine::ReceiveError;
use model::{AttachmentId, Message};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::chat::{self, Known};
use super::refusal::Refusal;
use super::view::{self, VisitorMessage};
use super::{Chat, Webchat};
use crate::Door;

const PAGE: i64 = 50;
const MOST: i64 = 100;
/// Where the turn is a commit of its own, how long its message may take to appear.
const PATIENCE: Duration = Duration::from_secs(4);

#[derive(Deserialize)]
pub struct Range {
    after: Option<i64>,
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Serialize)]
struct History {
    items: Vec<VisitorMessage>,
    more: bool,
    /// Where to go on: everything up to here is known after this page.
    position: i64,
}

pub async fn list(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    Query(range): Query<Range>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let (ws, account, key) = (known.chat.ws, known.chat.account.id, known.key());
    let limit = range.limit.unwrap_or(PAGE).clamp(1, MOST);
    let forward = range.after.is_some();
    let (mut rows, last) = webchat
        .engine
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let Some(thread) = store::conversation::thread_by_key(tx, ws, account, &key).await? else { return Ok((Vec::new(), 0)) };
                let rows = store::message::thread_page(tx, ws, thread.id, range.before, range.after, limit + 1).await?;
                Ok((rows, store::visitor::last_pos(tx, ws, thread.id).await?))
            })
        })
        .await?;
    let more = rows.len() as i64 > limit;
    if more && forward {
        rows.pop();
    } else if more {
        rows.remove(0);
    }
    let position = if more && forward { rows.last().map_or(last, |message| message.pos) } else { last };
    let items = rows.iter().filter_map(|message| webchat.shown(&known.chat, &door, message)).collect();
    Ok(chat::answer(History { items, more, position }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    client_id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachment_ids: Vec<AttachmentId>,
}

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let written: Written = chat::body(&bytes)?;
    check(&webchat, &known, &written)?;
    webchat.check_not_blocked(&known).await?;
    webchat.check_asked(&known.chat, &known.visitor).await?;
    let limit = known.chat.config.workspace.settings.visitor_messages_per_minute.max(1);
    if let Err(wait) = webchat.messages.take(known.visitor.id, limit, 60, webchat.engine.now()) {
        // A repetition of what was taken is no new message.
        if let Some(message) = webchat.written(&known, &written.client_id).await? {
            return webchat.told(&known.chat, &door, &message);
        }
        let detail = format!("More than {limit} messages in a minute");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_messages", detail).with("limit", limit).retry_after(wait));
    }
    let message = webchat.receive(&known, written).await?;
    webchat.told(&known.chat, &door, &message)
}

fn check(webchat: &Webchat, known: &Known, written: &Written) -> Result<(), Refusal> {
    let can = webchat.engine.connector("webchat")?.capabilities(&known.chat.account);
    if written.client_id.is_empty() || written.client_id.len() > 64 || !written.client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::invalid("bad_client_id", "A client_id is 1 to 64 visible ASCII characters"));
    }
    if written.text.chars().count() > can.text_limit as usize {
        let detail = format!("A message has at most {} characters", can.text_limit);
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "text_too_long", detail).with("limit", can.text_limit));
    }
    if written.attachment_ids.len() > can.max_attachments as usize {
        let detail = format!("A message has at most {} files", can.max_attachments);
        return Err(Refusal::invalid("too_many_files", detail).with("limit", can.max_attachments));
    }
    if messaging::normalise(&written.text).is_empty() && written.attachment_ids.is_empty() {
        return Err(Refusal::invalid("empty_message", "There is neither text nor file"));
    }
    Ok(())
}

impl Webchat {
    pub(super) fn shown(&self, chat: &Chat, door: &Door, message: &Message) -> Option<VisitorMessage> {
        let mut shown = view::message(&self.engine, chat.workspace_id(), message)?;
        for file in &mut shown.attachments {
            file.url = file.url.take().map(|url| self.reach_file(door, url));
            file.thumbnail_url = file.thumbnail_url.take().map(|url| self.reach_file(door, url));
        }
        Some(shown)
    }

    pub(super) fn reach_file(&self, door: &Door, url: String) -> String {
        let files = &self.engine.origins().files;
        match url.strip_prefix(files.as_str()) {
            Some(path) => door.reach(files) + path,
            None => url,
        }
    }

    fn told(&self, chat: &Chat, door: &Door, message: &Message) -> Result<Response, Refusal> {
        Ok(chat::answer(self.shown(chat, door, message).ok_or_else(Refusal::not_found)?))
    }

    pub(super) async fn check_not_blocked(&self, known: &Known) -> Result<(), Refusal> {
        let (ws, scope, key) = (known.chat.ws, known.chat.account.id.to_string(), known.key());
        let blocked = self
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    match store::contact::address_by_value(tx, ws, "webchat", &scope, &key).await? {
                        Some(address) => store::visitor::blocked(tx, ws, address.contact_id).await,
                        None => Ok(false),
                    }
                })
            })
            .await?;
        if blocked {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "blocked", "This visitor may not write here"));
        }
        Ok(())
    }

    /// Hands the message to the engine and comes back with what was made of it.
    async fn receive(&self, known: &Known, written: Written) -> Result<Message, Refusal> {
        if !written.attachment_ids.is_empty() && self.written(known, &written.client_id).await?.is_none() {
            self.check_files(known, &written.attachment_ids).await?;
        }
        let from = known.key();
        let about = &known.visitor.body;
        let frame = json!({
            "client_id": written.client_id,
            "text": written.text,
            "attachment_ids": written.attachment_ids,
            "name": about.name.as_deref().unwrap_or(""),
            "language": about.language,
            "page_url": about.page_url,
            "answers": about.answers,
        })
        .to_string();
        let incoming = Incoming::Frame { from: &from, body: frame.as_bytes() };
        let intake = self.engine.receive(known.chat.ws, known.chat.account.id, incoming).await.map_err(refusal)?;
        self.forget_answers(&known.chat, &known.visitor).await?;
        // A lane turned at the door may hold more than this message, so its own one is asked for by name.
        match intake.message.filter(|message| message.client_id.as_deref() == Some(&*written.client_id)) {
            Some(message) => Ok(message),
            None => self.wait_for(known, &written.client_id).await,
        }
    }

    async fn check_files(&self, known: &Known, ids: &[AttachmentId]) -> Result<(), Refusal> {
        let (ws, owner, wanted) = (known.chat.ws, known.owner(), ids.to_vec());
        let loose = self.engine.db().read(move |tx| Box::pin(async move { store::message::loose(tx, ws, &wanted, &owner).await })).await?;
        match ids.iter().all(|id| loose.iter().any(|file| file.id == *id)) {
            true => Ok(()),
            false => Err(Refusal::invalid("unknown_file", "A file is not there, not yours, or part of another message")),
        }
    }

    async fn written(&self, known: &Known, client_id: &str) -> anyhow::Result<Option<Message>> {
        let (ws, account, key, client_id) = (known.chat.ws, known.chat.account.id, known.key(), client_id.to_owned());
        self.engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    match store::conversation::thread_by_key(tx, ws, account, &key).await? {
                        Some(thread) => store::visitor::message_by_client_id(tx, ws, thread.id, &client_id).await,
                        None => Ok(None),
                    }
                })
            })
            .await
    }

    async fn wait_for(&self, known: &Known, client_id: &str) -> Result<Message, Refusal> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(5);
        loop {
            if let Some(message) = self.written(known, client_id).await? {
                return Ok(message);
            }
            if tokio::time::Instant::now() + pause > patience {
                // It is journaled and will be turned; the client asks again with the same id.
                return Err(Refusal::busy());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }
}

fn refusal(error: ReceiveError) -> Refusal {
    match error {
        ReceiveError::NotFound | ReceiveError::Disabled | ReceiveError::Rejected(_) => Refusal::not_found(),
        ReceiveError::Busy(error) => {
            tracing::warn!(error = format!("{error:#}"), "a visitor's message was not taken");
            Refusal::busy()
        }
    }
}
