//! One desk's socket: what it missed is read from the store, then the listener's frames follow, without a gap and without a double.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Extension;
use axum::extract::ws::{Message as WsMessage, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use engine::Signal;
use model::{Author, ConversationId, WorkerId};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::reach::Reach;
use super::rooms::{BATCH, Line, Out, QUEUE, Room, position_frame};
use super::wire::{self, Gone};
use super::{Granted, Streams};
use crate::access::{Identity, identity};
use crate::{Door, Problem, Server};

/// Older than this a desk reads everything anew: replaying would take longer.
const MOST_BEHIND: i64 = 5_000;
/// The desk pings every 15 s; silence longer than this is a dead line.
const SILENCE: Duration = Duration::from_secs(60);
/// Conversations of the past that an agent's desk still hears of.
const REMEMBERED: i64 = 500;
/// Customers' messages waiting for the desk's acknowledgement.
const UNACKNOWLEDGED: usize = 512;
/// How often a desk may find the listener ahead before it is told to come back.
const TURNS: u32 = 100;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    from: i64,
}

/// What a desk says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Typing {
        conversation_id: ConversationId,
        on: bool,
    },
    Seen {
        conversation_id: ConversationId,
        seq: i64,
    },
    /// The desk has applied every event up to this number.
    Ack {
        seq: i64,
    },
    Ping,
    #[serde(other)]
    Unknown,
}

pub async fn open(
    State(server): State<Server>,
    Extension(streams): Extension<Arc<Streams>>,
    Extension(door): Extension<Door>,
    Path(ws): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if origin.is_some_and(|origin| origin != door.own_origin() && origin != server.config().origins.public) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "The socket is opened from another site's page"));
    }
    let refused = || Problem::new(StatusCode::FORBIDDEN, "ticket_invalid", "This ticket was used, is too old or is for something else");
    let granted = streams.tickets.take(&asked.ticket, server.engine().now()).ok_or_else(refused)?;
    if granted.workspace.to_string() != ws {
        return Err(refused());
    }
    if let Some(session) = granted.session {
        // A ticket that travelled to another browser opens nothing there; and a browser always says where it comes from.
        match identity(&server, &headers, &door).await? {
            Identity::User { session: own, .. } if own.id == session && origin.is_some() => {}
            _ => return Err(refused()),
        }
    }
    let room = streams.rooms.of(&server, granted.ws).await?;
    Ok(wire::bounded(upgrade).on_upgrade(move |socket| serve(server, room, granted, door, asked.from, socket)))
}

/// Counts a desk in, and out again however its socket ends.
struct AtDesk {
    server: Server,
    ws: i64,
    worker: WorkerId,
}

impl AtDesk {
    async fn sit_down(server: &Server, ws: i64, worker: WorkerId) -> Result<Self> {
        // Made first: whatever happens while they are being counted in, they are counted out.
        let desk = Self { server: server.clone(), ws, worker };
        server.engine().desk_opened(ws, worker).await?;
        Ok(desk)
    }
}

impl Drop for AtDesk {
    fn drop(&mut self) {
        let (server, ws, worker) = (self.server.clone(), self.ws, self.worker);
        tokio::spawn(async move {
            if let Err(error) = server.engine().desk_closed(ws, worker).await {
                tracing::warn!(%error, worker = %worker, "a desk's end was not noted");
            }
        });
    }
}

struct Desk {
    server: Server,
    room: Arc<Room>,
    granted: Granted,
    line: Arc<Line>,
    /// Replaces the files origin in frames, where this browser reaches it by another port.
    files: Option<(String, String)>,
    /// The newest event this desk was given or need not hear.
    at: i64,
    /// Customers' messages by the number of their event, not acknowledged yet.
    said: VecDeque<(i64, ConversationId, i64)>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.room.leave(&self.line);
    }
}

async fn serve(server: Server, room: Arc<Room>, granted: Granted, door: Door, from: i64, mut socket: WebSocket) {
    let _counted = wire::Counted::new(server.metrics().sockets("desk"));
    let (queue, mut rest) = mpsc::channel(QUEUE);
    let begun = Box::pin(begin(server, room, granted, door, queue)).await;
    let (mut desk, _at_desk, first, last) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a desk could not be let in");
            return Box::pin(wire::bye(socket, "slow")).await;
        }
    };
    let caught_up = Box::pin(desk.catch_up(&mut socket, from, first, last)).await;
    match caught_up {
        Ok(Ok(())) => {}
        Ok(Err(Gone)) => return,
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a desk could not catch up");
            return Box::pin(wire::bye(socket, "slow")).await;
        }
    }
    if let Some(code) = live(&mut desk, &mut rest, &mut socket).await {
        Box::pin(wire::bye(socket, code)).await;
    }
}

/// Counts the desk in and reads what its worker has; the stream's first and last number come along.
async fn begin(
    server: Server,
    room: Arc<Room>,
    granted: Granted,
    door: Door,
    queue: mpsc::Sender<Out>,
) -> Result<(Desk, Option<AtDesk>, i64, i64)> {
    let at_desk = match granted.worker {
        Some(worker) => Some(AtDesk::sit_down(&server, granted.ws, worker).await?),
        None => None,
    };
    let (ws, worker, user) = (granted.ws, granted.worker, granted.user);
    let mut reach = Reach { all: granted.reads_all, worker, ..Reach::default() };
    let (held, tasks, membership, first, last) = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let (held, tasks) = match worker {
                    Some(worker) => {
                        (store::reach::conversations_of(tx, ws, worker, REMEMBERED).await?, store::reach::tasks_of(tx, ws, worker).await?)
                    }
                    None => (Vec::new(), Vec::new()),
                };
                let membership = match user {
                    Some(user) => store::access::membership_of(tx, user, ws).await?.map_or(0, |membership| membership.version),
                    None => 0,
                };
                Ok((held, tasks, membership, store::event::first(tx, ws).await?, store::event::last(tx, ws).await?))
            })
        })
        .await?;
    for (conversation, contact) in held {
        reach.held.insert(conversation);
        reach.contacts.insert(contact);
    }
    reach.tasks.extend(tasks);
    let line = Arc::new(Line::new(queue, granted.session, user, membership, reach));
    let own = server.engine().origins().files.clone();
    let reached = door.reach(&own);
    let files = (own != reached).then_some((own, reached));
    Ok((Desk { server, room, granted, line, files, at: 0, said: VecDeque::new() }, at_desk, first, last))
}

async fn live(desk: &mut Desk, rest: &mut mpsc::Receiver<Out>, socket: &mut WebSocket) -> Option<&'static str> {
    let mut heard = tokio::time::Instant::now();
    loop {
        if let Some(bye) = desk.line.over() {
            return Some(bye.code());
        }
        tokio::select! {
            out = rest.recv() => {
                let out = out?;
                if desk.line.over().is_none() && desk.pass(socket, out).await.is_err() {
                    return desk.line.over().map(|bye| bye.code());
                }
            }
            message = socket.recv() => {
                heard = tokio::time::Instant::now();
                match message {
                    Some(Ok(WsMessage::Text(text))) => {
                        if Box::pin(desk.hear(socket, &text)).await.is_err() {
                            return None;
                        }
                    }
                    Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Binary(_))) => {}
                    Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return None,
                }
            }
            () = tokio::time::sleep_until(heard + SILENCE) => return None,
        }
    }
}

impl Desk {
    /// Sends what was missed, until the listener can take over exactly there.
    async fn catch_up(&mut self, socket: &mut WebSocket, from: i64, first: i64, last: i64) -> Result<Result<(), Gone>> {
        self.at = from;
        let gone = last > from && (first == 0 || from + 1 < first);
        if from > last || from < 0 || gone || last - from > MOST_BEHIND {
            let reason = if from > last { "unknown_position" } else { "too_old" };
            self.at = last;
            if wire::say(socket, json!({ "type": "reload", "reason": reason }).to_string()).await.is_err() {
                return Ok(Err(Gone));
            }
        }
        for _ in 0..TURNS {
            if let Some(bye) = self.line.over() {
                anyhow::bail!("ended while catching up: {}", bye.code());
            }
            let (events, persons) = self.room.read(self.at).await?;
            let end = events.last().map_or(self.at, |event| event.seq);
            let full = events.len() == BATCH;
            let heard = {
                let mut reach = self.line.reach();
                events.into_iter().filter(|event| reach.hears(event, &persons)).collect()
            };
            for rendered in self.room.render(heard).await? {
                let text = rendered.text_for(self.line.all, self.line.worker);
                if self.pass(socket, Out { text, seq: Some(rendered.seq), said: rendered.said }).await.is_err() {
                    return Ok(Err(Gone));
                }
            }
            self.at = end;
            if !full && self.room.enter(&self.line, end) {
                let position = position_frame(&self.server, end);
                return Ok(wire::say(socket, position).await);
            }
        }
        anyhow::bail!("the stream moves faster than this desk reads")
    }

    async fn pass(&mut self, socket: &mut WebSocket, out: Out) -> Result<(), Gone> {
        if let Some(seq) = out.seq {
            if seq <= self.at {
                return Ok(());
            }
            self.at = seq;
            if let Some((conversation, number)) = out.said
                && self.line.reach().held.contains(&conversation)
            {
                if self.said.len() >= UNACKNOWLEDGED {
                    self.said.pop_front();
                }
                self.said.push_back((seq, conversation, number));
            }
        }
        let text: Utf8Bytes = match &self.files {
            Some((from, to)) => out.text.replace(from.as_str(), to).into(),
            None => out.text,
        };
        wire::say(socket, text).await
    }

    async fn hear(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), Gone> {
        // A frame we do not understand is of a newer desk.
        let Ok(said) = serde_json::from_str::<Said>(text) else { return Ok(()) };
        match said {
            Said::Ping => return wire::say(socket, position_frame(&self.server, self.at)).await,
            Said::Typing { conversation_id, on } => self.type_in(conversation_id, on).await,
            Said::Seen { conversation_id, seq } => self.saw(conversation_id, seq).await,
            Said::Ack { seq } => self.has(seq).await,
            Said::Unknown => {}
        }
        Ok(())
    }

    async fn type_in(&self, conversation_id: ConversationId, on: bool) {
        let Some(worker) = self.granted.worker else { return };
        if !self.line.reach().reads(Some(conversation_id)) {
            return;
        }
        let ws = self.granted.ws;
        let found = self
            .server
            .engine()
            .db()
            .read(move |tx| Box::pin(async move { store::conversation::by_id(tx, ws, conversation_id).await }))
            .await;
        // Only who may write there is seen writing there.
        if found.ok().flatten().is_some_and(|c| c.worker_id == Some(worker) || self.granted.writes_all) {
            let author = Author::Worker { id: worker, name: self.granted.name.clone() };
            self.server.engine().signal(ws, Signal::Typing { conversation_id, author, on });
        }
    }

    async fn saw(&self, conversation_id: ConversationId, seq: i64) {
        let Some(worker) = self.granted.worker else { return };
        if !self.line.reach().reads(Some(conversation_id)) {
            return;
        }
        if let Err(error) = self.server.engine().seen(self.granted.ws, worker, conversation_id, seq).await {
            tracing::warn!(%error, "a reading position was not noted; the desk says it again");
        }
    }

    /// The desk has everything up to this event: what customers wrote until then has arrived.
    async fn has(&mut self, seq: i64) {
        let Some(worker) = self.granted.worker else { return };
        let mut arrived: BTreeMap<ConversationId, i64> = BTreeMap::new();
        while let Some((_, conversation, number)) = self.said.pop_front_if(|(event, ..)| *event <= seq) {
            let newest = arrived.entry(conversation).or_default();
            *newest = number.max(*newest);
        }
        for (conversation, number) in arrived {
            if let Err(error) = self.server.engine().desk_has(self.granted.ws, worker, conversation, number).await {
                tracing::warn!(%error, "what a desk has was not noted");
            }
        }
    }
}
