//! The visitor's socket: says hello with the token, hears what it missed, then what happens. An idle one is a small task and a small queue.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::{Message as WsMessage, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::Signal;
use model::{Author, Conversation, Message, Thread};
use serde::Deserialize;
use serde_json::json;
use store::visitor::Visitor;

use super::chat;
use super::lines::{Frame, Held};
use super::refusal::Refusal;
use super::{Chat, Webchat};
use crate::Door;
use crate::stream::wire::{self, Gone};

const HELLO: Duration = Duration::from_secs(5);
/// The client pings every 20 s; silence longer than this is a dead line.
const SILENCE: Duration = Duration::from_secs(75);
const PAGE: i64 = 200;
/// Own messages before the wanted position that are told again, in case their state moved meanwhile.
const LOOK_BACK: i64 = 30;
/// Client frames per minute.
const FRAMES: u32 = 240;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Hello {
        token: String,
        #[serde(default)]
        after: i64,
    },
    Ack {
        pos: i64,
    },
    Seen {
        pos: i64,
    },
    Typing {
        on: bool,
    },
    Ping,
    #[serde(other)]
    Unknown,
}

/// One socket's state between frames.
struct Talk {
    webchat: Arc<Webchat>,
    chat: Chat,
    visitor: Visitor,
    held: Held,
    /// Replaces the files origin in frames, where this browser reaches it by another port.
    files: Option<(String, String)>,
    /// Events up to this number are in what was read.
    read_to: i64,
    /// Highest position this browser was given.
    position: i64,
    delivered: i64,
    seen: i64,
    frames: u32,
    frames_since: tokio::time::Instant,
}

pub async fn open(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    let chat = webchat.chat(&channel).await?;
    // The frame is our own page: no other has business on this socket.
    let own = [door.own_origin(), door.reach(&webchat.engine.origins().webchat)];
    if !chat::origin(&headers).is_some_and(|origin| own.iter().any(|own| own == origin)) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "foreign_origin", "Only the chat's own frame may open this socket"));
    }
    Ok(wire::bounded(upgrade).on_upgrade(move |socket| serve(webchat, chat, door, socket)))
}

async fn serve(webchat: Arc<Webchat>, chat: Chat, door: Door, mut socket: WebSocket) {
    let _counted = wire::Counted::new(webchat.sockets.clone());
    // What is only needed once lives in boxes that are gone when the socket idles.
    let begun = Box::pin(begin(webchat, chat, door, &mut socket)).await;
    match begun {
        Ok(mut talk) => {
            if let Some(code) = live(&mut talk, &mut socket).await {
                Box::pin(wire::bye(socket, code)).await;
            }
        }
        Err(Some(code)) => Box::pin(wire::bye(socket, code)).await,
        Err(None) => {}
    }
}

/// Hello, registration and everything missed. `Err` holds the farewell.
async fn begin(webchat: Arc<Webchat>, chat: Chat, door: Door, socket: &mut WebSocket) -> Result<Talk, Option<&'static str>> {
    let Ok(said) = tokio::time::timeout(HELLO, hello(socket)).await else { return Err(Some("no_hello")) };
    let (token, after) = said.ok_or(Some("no_hello"))?;
    let failed = |error: anyhow::Error| {
        tracing::warn!(error = format!("{error:#}"), "a visitor's socket could not be opened");
        Some("unavailable")
    };
    let visitor = webchat.visitor(&chat, &token).await.map_err(failed)?.ok_or(Some("session_expired"))?;
    let thread = webchat.thread(&chat, &visitor).await.map_err(failed)?;
    let held = webchat.lines.enter(chat.ws, chat.account.id, visitor.id, thread.as_ref()).await.map_err(failed)?;
    let held = held.ok_or(Some("too_many_sockets"))?;
    let (from, to) = (webchat.engine.origins().files.clone(), door.reach(&webchat.engine.origins().files));
    let mut talk = Talk {
        webchat,
        chat,
        visitor,
        held,
        files: (from != to).then_some((from, to)),
        read_to: 0,
        position: after.max(0),
        delivered: 0,
        seen: 0,
        frames: 0,
        frames_since: tokio::time::Instant::now(),
    };
    match talk.catch_up(socket).await {
        Ok(Ok(())) => Ok(talk),
        Ok(Err(Gone)) => Err(None),
        Err(error) => Err(failed(error)),
    }
}

async fn hello(socket: &mut WebSocket) -> Option<(String, i64)> {
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            WsMessage::Text(text) => match serde_json::from_str(&text) {
                Ok(Said::Hello { token, after }) => return Some((token, after)),
                _ => return None,
            },
            WsMessage::Ping(_) | WsMessage::Pong(_) => {}
            WsMessage::Binary(_) | WsMessage::Close(_) => return None,
        }
    }
    None
}

/// What one read finds on a visitor's thread.
struct Missed {
    thread: Option<Thread>,
    conversation: Option<Conversation>,
    worker: Option<String>,
    messages: Vec<Message>,
    last_pos: i64,
    /// The newest event of the same snapshot.
    seq: i64,
}

async fn live(talk: &mut Talk, socket: &mut WebSocket) -> Option<&'static str> {
    let mut heard = tokio::time::Instant::now();
    loop {
        tokio::select! {
            frame = talk.held.queue.recv() => {
                if let Some(bye) = talk.held.line.over() {
                    return Some(bye.code());
                }
                if talk.pass(socket, &*frame?).await.is_err() {
                    return None;
                }
                if let Some(bye) = talk.held.line.over() {
                    return Some(bye.code());
                }
            }
            message = socket.recv() => {
                heard = tokio::time::Instant::now();
                match message {
                    Some(Ok(WsMessage::Text(text))) => {
                        if let Err(code) = talk.hear(socket, &text).await {
                            return code;
                        }
                    }
                    Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_))) => {}
                    Some(Ok(WsMessage::Binary(_))) => return Some("bad_frame"),
                    Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return None,
                }
            }
            () = tokio::time::sleep_until(heard + SILENCE) => return Some("silent"),
        }
    }
}

impl Talk {
    async fn catch_up(&mut self, socket: &mut WebSocket) -> anyhow::Result<Result<(), Gone>> {
        let mut from = (self.position - LOOK_BACK).max(0);
        let mut first = true;
        loop {
            let missed = self.webchat.missed(&self.chat, &self.visitor, from).await?;
            if let Some(thread) = &missed.thread {
                self.held.bind(thread);
            }
            if first {
                self.read_to = missed.seq;
                // A browser that believes to be ahead of the thread holds another thread's position.
                self.position = self.position.min(missed.last_pos);
                from = from.min(missed.last_pos);
                let ready = json!({ "type": "ready", "position": missed.last_pos }).to_string();
                if wire::say(socket, ready).await.is_err() {
                    return Ok(Err(Gone));
                }
            }
            let full = missed.messages.len() as i64 == PAGE;
            for message in &missed.messages {
                from = message.pos;
                if message.pos <= self.position && !message.from_contact() {
                    continue;
                }
                self.position = self.position.max(message.pos);
                let Some(shown) = super::view::message(&self.webchat.engine, self.chat.workspace_id(), message) else { continue };
                let text = json!({ "type": "message", "message": shown }).to_string();
                if wire::say(socket, self.reached(text.into())).await.is_err() {
                    return Ok(Err(Gone));
                }
            }
            if first && let Some(name) = missed.worker.filter(|_| missed.conversation.is_some()) {
                let text = json!({ "type": "agent", "name": name, "present": true }).to_string();
                if wire::say(socket, text).await.is_err() {
                    return Ok(Err(Gone));
                }
            }
            first = false;
            if !full {
                return Ok(Ok(()));
            }
        }
    }

    fn reached(&self, text: Utf8Bytes) -> Utf8Bytes {
        match &self.files {
            Some((from, to)) => text.replace(from.as_str(), to).into(),
            None => text,
        }
    }

    /// Sends a frame unless what was read held it already.
    async fn pass(&mut self, socket: &mut WebSocket, frame: &Frame) -> Result<(), Gone> {
        let old = frame.seq.is_some_and(|seq| seq <= self.read_to) || frame.added.is_some_and(|pos| pos <= self.position);
        if old || frame.text.is_empty() {
            return Ok(());
        }
        if let Some(pos) = frame.added {
            self.position = pos;
        }
        wire::say(socket, self.reached(frame.text.clone())).await
    }

    async fn hear(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), Option<&'static str>> {
        if self.frames_since.elapsed() > Duration::from_secs(60) {
            (self.frames, self.frames_since) = (0, tokio::time::Instant::now());
        }
        self.frames += 1;
        if self.frames > FRAMES {
            return Err(Some("flood"));
        }
        let Ok(said) = serde_json::from_str::<Said>(text) else { return Err(Some("bad_frame")) };
        match said {
            Said::Ping => wire::say(socket, Utf8Bytes::from_static(r#"{"type":"pong"}"#)).await.map_err(|Gone| None)?,
            Said::Ack { pos } => Box::pin(self.had(pos, 0)).await,
            Said::Seen { pos } => Box::pin(self.had(pos, pos)).await,
            Said::Typing { on } => Box::pin(self.typing(on)).await,
            Said::Hello { .. } | Said::Unknown => {}
        }
        Ok(())
    }

    /// This device holds, or showed, everything up to here: never more than it was given.
    async fn had(&mut self, delivered: i64, seen: i64) {
        let (delivered, seen) = (delivered.min(self.position), seen.min(self.position));
        if delivered <= self.delivered && seen <= self.seen {
            return;
        }
        self.delivered = self.delivered.max(delivered);
        self.seen = self.seen.max(seen);
        let (ws, account, key) = (self.chat.ws, self.chat.account.id, self.visitor.id.to_string());
        if let Err(error) = self.webchat.engine.watermark(ws, account, &key, self.delivered, self.seen).await {
            // The client says it again with its next frame or connection.
            tracing::warn!(%error, "a visitor's watermark was not noted");
            (self.delivered, self.seen) = (0, 0);
        }
    }

    async fn typing(&self, on: bool) {
        let (ws, account, key) = (self.chat.ws, self.chat.account.id, self.visitor.id.to_string());
        let found = self.webchat.engine.db().read(move |tx| {
            Box::pin(async move {
                let Some(thread) = store::conversation::thread_by_key(tx, ws, account, &key).await? else { return Ok(None) };
                let Some(id) = thread.conversation_id else { return Ok(None) };
                store::conversation::by_id(tx, ws, id).await
            })
        });
        let Ok(Some(conversation)) = found.await else { return };
        let author = Author::Contact { id: conversation.contact_id, name: self.visitor.body.name.clone().unwrap_or_default() };
        self.webchat.engine.signal(ws, Signal::Typing { conversation_id: conversation.id, author, on });
    }
}

impl Webchat {
    async fn thread(&self, chat: &Chat, visitor: &Visitor) -> anyhow::Result<Option<Thread>> {
        let (ws, account, key) = (chat.ws, chat.account.id, visitor.id.to_string());
        self.engine.db().read(move |tx| Box::pin(async move { store::conversation::thread_by_key(tx, ws, account, &key).await })).await
    }

    /// A page of the thread after `from`, and the event number it goes up to, in one snapshot.
    async fn missed(&self, chat: &Chat, visitor: &Visitor, from: i64) -> anyhow::Result<Missed> {
        let (ws, account, key) = (chat.ws, chat.account.id, visitor.id.to_string());
        self.engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let seq = store::event::last(tx, ws).await?;
                    let none = Missed { thread: None, conversation: None, worker: None, messages: Vec::new(), last_pos: 0, seq };
                    let Some(thread) = store::conversation::thread_by_key(tx, ws, account, &key).await? else { return Ok(none) };
                    let last_pos = store::visitor::last_pos(tx, ws, thread.id).await?;
                    let messages = store::message::thread_page(tx, ws, thread.id, None, Some(from.min(last_pos)), PAGE).await?;
                    let conversation = match thread.conversation_id {
                        Some(id) => store::conversation::by_id(tx, ws, id).await?,
                        None => None,
                    };
                    let worker = match conversation.as_ref().and_then(|c| c.worker_id) {
                        Some(id) => store::routing::worker(tx, ws, id).await?.map(|worker| worker.name),
                        None => None,
                    };
                    Ok(Missed { thread: Some(thread), conversation, worker, messages, last_pos, seq })
                })
            })
            .await
    }
}
