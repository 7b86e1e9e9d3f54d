//! Discord in real time: a lock around the value, a clock beside it, its sockets, and its API over HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use futures::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};

use super::carrier::{decoded, pairs, respond};
use crate::{
    carrier::HttpAnswer,
    discord::{Discord, DiscordConfig, Out},
    network::{now, until},
    platform::{Refusal, Request},
    post::Post,
};

const BODY_BYTES: usize = 26 * 1024 * 1024;
/// How often it is looked for connections that fell silent.
const LOOK: Duration = Duration::from_millis(500);

/// A shared Discord. Clones are the same one.
#[derive(Clone)]
pub struct DiscordServer {
    discord: Arc<Mutex<Discord>>,
    sockets: Arc<Mutex<BTreeMap<u64, mpsc::UnboundedSender<Out>>>>,
    rung: Arc<Notify>,
    /// Counts whenever somebody's screen changed.
    screens: watch::Sender<u64>,
}

impl DiscordServer {
    pub fn new(config: &DiscordConfig, seed: u64) -> Self {
        Self {
            discord: Arc::new(Mutex::new(Discord::new(config, seed))),
            sockets: Arc::default(),
            rung: Arc::new(Notify::new()),
            screens: watch::Sender::new(0),
        }
    }

    /// Reads it now.
    pub fn read<T>(&self, look: impl FnOnce(&Discord, Timestamp) -> T) -> T {
        look(&lock(&self.discord), now())
    }

    /// Told whenever somebody's screen has changed.
    pub(crate) fn screens(&self) -> watch::Receiver<u64> {
        self.screens.subscribe()
    }

    /// Does something to it now, and lets out what has to leave.
    pub fn with<T>(&self, act: impl FnOnce(&mut Discord, Timestamp) -> T) -> T {
        let result = self.step(act);
        self.rung.notify_one();
        result
    }

    fn step<T>(&self, act: impl FnOnce(&mut Discord, Timestamp) -> T) -> T {
        let mut discord = lock(&self.discord);
        let before = (discord.position(), discord.epoch().to_owned());
        let result = act(&mut discord, now());
        let changed = before != (discord.position(), discord.epoch().to_owned());
        // Sent under the lock, so that frames leave in the order in which they were made.
        for (id, out) in discord.take_out() {
            if let Some(socket) = lock(&self.sockets).get(&id) {
                let _ = socket.send(out);
            }
        }
        drop(discord);
        if changed {
            self.screens.send_modify(|count| *count += 1);
        }
        result
    }

    fn open(&self) -> (u64, mpsc::UnboundedReceiver<Out>) {
        let (socket, frames) = mpsc::unbounded_channel();
        let id = self.with(|discord, now| {
            let id = discord.open(now);
            lock(&self.sockets).insert(id, socket);
            id
        });
        (id, frames)
    }

    /// Sends out interactions and takes the answers, for ever.
    pub(crate) async fn drive(self, post: Arc<dyn Post>) {
        let mut under_way = FuturesUnordered::new();
        loop {
            let (due, next) = self.step(|discord, now| (discord.due(now), discord.next_due()));
            let pause = next.map_or(LOOK, |at| until(now(), at)).min(LOOK);
            for callback in due {
                let (id, answer) = (callback.id, post.post(callback));
                under_way.push(async move { (id, answer.await) });
            }
            tokio::select! {
                Some((id, answer)) = under_way.next(), if !under_way.is_empty() => {
                    self.step(|discord, now| discord.callback_answer(id, &answer, now));
                }
                () = tokio::time::sleep(pause) => {}
                () = self.rung.notified() => {}
            }
        }
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn router(server: DiscordServer) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(server)
}

async fn answer(
    State(server): State<DiscordServer>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Ok(socket) = socket {
        return socket.on_upgrade(move |socket| talk(server, socket));
    }
    let request = Request {
        method: method.to_string(),
        host: "discord".into(),
        path: decoded(uri.path()),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        headers: headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect(),
        body,
    };
    let control = request.path == "/control" || request.path.starts_with("/control/");
    if !control {
        return respond(server.with(|discord, now| discord.handle_request(&request, now))).await;
    }
    // A page of another site cannot send JSON without asking first, and nobody answers that question.
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if method != Method::GET && !json {
        return respond(HttpAnswer::from(Refusal::new(415, "The control door takes JSON"))).await;
    }
    respond(server.with(|discord, now| discord.control(&request, now))).await
}

/// One connection to the gateway.
async fn talk(server: DiscordServer, mut socket: WebSocket) {
    let (id, mut frames) = server.open();
    let code = loop {
        tokio::select! {
            out = frames.recv() => match out {
                Some(Out::Text(text)) => {
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        break None;
                    }
                }
                Some(Out::Close(code)) => {
                    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
                    // The other side reads it before the line goes.
                    let _ = tokio::time::timeout(LOOK, socket.recv()).await;
                    break None;
                }
                Some(Out::Cut) | None => break None,
            },
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => server.with(|discord, now| discord.heard(id, text.as_str(), now)),
                Some(Ok(Message::Close(frame))) => break frame.map(|frame| frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            },
        }
    };
    lock(&server.sockets).remove(&id);
    server.with(|discord, now| discord.gone(id, code, now));
}
