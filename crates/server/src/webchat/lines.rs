//! One listener per workspace, which knows whose thread an event is on and hands its frame to that visitor's sockets:
//! a socket never looks at an event of somebody else.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::extract::ws::Utf8Bytes;
use engine::{Engine, Published, Signal};
use model::{Author, ChannelAccountId, ConversationId, Event, EventKind, Message, Thread, ThreadId, VisitorId, WorkspaceId};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};

use super::view;
use crate::presence::Presence;

/// Frames that may wait for one socket.
const QUEUE: usize = 64;
/// Sockets of one visitor.
const MOST: usize = 10;
/// Going from page to page closes a socket and opens one: that is not leaving.
const GRACE: Duration = Duration::from_secs(2);
const PAGE: i64 = 500;
/// Between looks whether the workspace still stands.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// Threads known to be of others, remembered before the list starts anew.
const FOREIGN: usize = 10_000;

/// Why we end a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    Slow = 1,
    SignedOut,
    Shutdown,
}

impl Bye {
    pub fn code(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::SignedOut => "signed_out",
            Self::Shutdown => "shutdown",
        }
    }
}

/// What goes out, made once for all sockets of a visitor.
#[derive(Debug)]
pub struct Frame {
    /// The event's number; a signal has none and is never old.
    pub seq: Option<i64>,
    /// Position of a message that is new with this event.
    pub added: Option<i64>,
    pub text: Utf8Bytes,
}

/// One socket, as the listener sees it.
pub struct Line {
    queue: mpsc::Sender<Arc<Frame>>,
    bye: AtomicU8,
}

impl Line {
    /// Whether it has to end, and why.
    pub fn over(&self) -> Option<Bye> {
        [Bye::Slow, Bye::SignedOut, Bye::Shutdown].into_iter().find(|bye| *bye as u8 == self.bye.load(Ordering::Acquire))
    }
    fn end(&self, bye: Bye) {
        let _ = self.bye.compare_exchange(0, bye as u8, Ordering::AcqRel, Ordering::Acquire);
    }
}

struct Present {
    account: ChannelAccountId,
    lines: Vec<Arc<Line>>,
    thread: Option<ThreadId>,
    conversation: Option<ConversationId>,
    left_at: Option<Instant>,
}

#[derive(Default)]
struct Inside {
    visitors: HashMap<VisitorId, Present>,
    threads: HashMap<ThreadId, VisitorId>,
    /// Who is here of each conversation: several where a person has several browsers.
    conversations: HashMap<ConversationId, HashSet<VisitorId>>,
    /// Threads that are of no visitor here.
    foreign: HashSet<ThreadId>,
}

impl Inside {
    /// True when nobody of the conversation is here any more.
    fn part(&mut self, conversation: ConversationId, visitor: VisitorId) -> bool {
        let Some(visitors) = self.conversations.get_mut(&conversation) else { return false };
        visitors.remove(&visitor);
        let empty = visitors.is_empty();
        if empty {
            self.conversations.remove(&conversation);
        }
        empty
    }
}

struct Room {
    ws: i64,
    workspace: WorkspaceId,
    engine: Engine,
    presence: Presence,
    closing: watch::Receiver<bool>,
    inside: Mutex<Inside>,
}

pub struct Lines {
    engine: Engine,
    presence: Presence,
    /// Turns true when the server drains.
    closing: watch::Receiver<bool>,
    rooms: tokio::sync::Mutex<HashMap<i64, Arc<Room>>>,
}

/// A registered socket; dropping it takes it off the list.
pub struct Held {
    pub line: Arc<Line>,
    pub queue: mpsc::Receiver<Arc<Frame>>,
    room: Arc<Room>,
    visitor: VisitorId,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.leave(self.visitor, &self.line);
    }
}

impl Held {
    /// Notes the thread that was found after registering.
    pub fn bind(&self, thread: &Thread) {
        self.room.bind(self.visitor, thread.id, thread.conversation_id);
    }
}

impl Lines {
    pub fn new(engine: Engine, presence: Presence, closing: watch::Receiver<bool>) -> Self {
        Self { engine, presence, closing, rooms: tokio::sync::Mutex::default() }
    }

    /// Puts a socket on the list. `thread` as far as it is known now; `None` when this visitor has too many sockets.
    pub async fn enter(&self, ws: i64, account: ChannelAccountId, visitor: VisitorId, thread: Option<&Thread>) -> Result<Option<Held>> {
        let room = self.room(ws).await?;
        let (queue, rest) = mpsc::channel(QUEUE);
        let line = Arc::new(Line { queue, bye: AtomicU8::new(0) });
        if !room.enter(visitor, account, line.clone()) {
            return Ok(None);
        }
        let held = Held { line, queue: rest, room, visitor };
        if let Some(thread) = thread {
            held.bind(thread);
        }
        Ok(Some(held))
    }

    /// Ends all sockets of a visitor.
    pub async fn cut(&self, ws: i64, visitor: VisitorId, bye: Bye) {
        if let Some(room) = self.rooms.lock().await.get(&ws) {
            room.cut(visitor, bye);
        }
    }

    async fn room(&self, ws: i64) -> Result<Arc<Room>> {
        let mut rooms = self.rooms.lock().await;
        if let Some(room) = rooms.get(&ws) {
            return Ok(room.clone());
        }
        let workspace = self.engine.config(ws).await?.workspace.id;
        let events = self.engine.subscribe(ws).await?;
        let position = self.engine.db().read(move |tx| Box::pin(async move { store::event::last(tx, ws).await })).await?;
        let room = Arc::new(Room {
            ws,
            workspace,
            engine: self.engine.clone(),
            presence: self.presence.clone(),
            closing: self.closing.clone(),
            inside: Mutex::default(),
        });
        tokio::spawn(room.clone().listen(events, position));
        rooms.insert(ws, room.clone());
        Ok(room)
    }
}

impl Room {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, visitor: VisitorId, account: ChannelAccountId, line: Arc<Line>) -> bool {
        let mut inside = self.inside();
        // A thread passed over as foreign may be this visitor's.
        inside.foreign.clear();
        let arrives = !inside.visitors.contains_key(&visitor);
        let present = inside.visitors.entry(visitor).or_insert(Present {
            account,
            lines: Vec::new(),
            thread: None,
            conversation: None,
            left_at: None,
        });
        if present.lines.len() >= MOST {
            return false;
        }
        present.left_at = None;
        present.lines.push(line);
        if arrives {
            self.presence.enter(account, &visitor.to_string());
        }
        true
    }

    fn leave(&self, visitor: VisitorId, line: &Arc<Line>) {
        let mut inside = self.inside();
        let Some(present) = inside.visitors.get_mut(&visitor) else { return };
        present.lines.retain(|other| !Arc::ptr_eq(other, line));
        if present.lines.is_empty() {
            present.lines.shrink_to_fit();
            present.left_at = Some(Instant::now());
        }
    }

    fn cut(&self, visitor: VisitorId, bye: Bye) {
        let wake = Arc::new(Frame { seq: None, added: None, text: Utf8Bytes::from_static("") });
        if let Some(present) = self.inside().visitors.get(&visitor) {
            for line in &present.lines {
                line.end(bye);
                let _ = line.queue.try_send(wake.clone());
            }
        }
    }

    /// Ties a visitor to their thread and its present conversation, and tells the desk that they are here.
    fn bind(&self, visitor: VisitorId, thread: ThreadId, conversation: Option<ConversationId>) {
        let mut inside = self.inside();
        let Some(present) = inside.visitors.get_mut(&visitor) else { return };
        present.thread = Some(thread);
        let moved = conversation.filter(|id| present.conversation != Some(*id));
        let before = present.conversation;
        if moved.is_some() {
            present.conversation = moved;
        }
        inside.threads.insert(thread, visitor);
        if let Some(id) = moved {
            if let Some(before) = before {
                inside.part(before, visitor);
            }
            inside.conversations.entry(id).or_default().insert(visitor);
            drop(inside);
            self.engine.signal(self.ws, Signal::Presence { conversation_id: id, present: true });
        }
    }

    async fn listen(self: Arc<Self>, mut events: Receiver<Arc<Published>>, mut position: i64) {
        let mut closing = self.closing.clone();
        let mut tick = tokio::time::interval(Duration::from_millis(500));
        let mut check = tokio::time::interval(CHECK_EVERY);
        for timer in [&mut tick, &mut check] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                heard = events.recv() => match heard {
                    Ok(published) => match &*published {
                        Published::Event(event) => self.follow(event, &mut position).await,
                        Published::Signal(signal) => self.pass_signal(signal),
                    },
                    // What was missed is read when the next event shows the hole.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                },
                _ = tick.tick() => self.sweep(),
                _ = check.tick() => self.check().await,
                () = async { drop(closing.wait_for(|closing| *closing).await) } => break,
            }
        }
        self.cut_all();
    }

    fn cut_all(&self) {
        let visitors: Vec<VisitorId> = self.inside().visitors.keys().copied().collect();
        for visitor in visitors {
            self.cut(visitor, Bye::Shutdown);
        }
    }

    /// Nobody chats in a workspace that was deleted. Their browsers keep what they hold: it may be brought back.
    async fn check(&self) {
        let ws = self.ws;
        if self.inside().visitors.is_empty() {
            return;
        }
        match self.engine.db().read(move |tx| Box::pin(async move { store::deleted::stands(tx, ws).await })).await {
            Ok(true) => {}
            Ok(false) => self.cut_all(),
            Err(error) => tracing::warn!(%error, "whether the workspace behind open chats stands was not found out"),
        }
    }

    /// Delivers up to this event, reading from the store what was not heard.
    async fn follow(&self, event: &Event, position: &mut i64) {
        while event.seq > *position + 1 {
            let (ws, from) = (self.ws, *position);
            let missed = self.engine.db().read(move |tx| Box::pin(async move { store::event::after(tx, ws, from, PAGE).await })).await;
            match missed {
                Ok(missed) => {
                    for event in missed.iter().filter(|missed| missed.seq < event.seq) {
                        self.deliver(event).await;
                    }
                    // Expired numbers leave a hole that nothing fills.
                    *position = missed.last().map_or(event.seq - 1, |last| last.seq.min(event.seq - 1));
                }
                Err(error) => {
                    tracing::warn!(%error, "events for visitors could not be read; trying again");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
        if event.seq > *position {
            *position = event.seq;
            self.deliver(event).await;
        }
    }

    async fn deliver(&self, event: &Event) {
        if !matches!(event.kind, EventKind::MessageAdded | EventKind::MessageUpdated) {
            return;
        }
        let thread = event.body.get("thread_id").and_then(|id| id.as_str()).and_then(|id| id.parse::<ThreadId>().ok());
        let Some(thread) = thread else { return };
        if self.whose(thread).await.is_none() {
            return;
        }
        let Ok(message) = serde_json::from_value::<Message>(event.body.clone()) else { return };
        let Some(visitor) = self.inside().threads.get(&thread).copied() else { return };
        self.bind(visitor, thread, Some(message.conversation_id));
        let Some(shown) = view::message(&self.engine, self.workspace, &message) else { return };
        let added = (event.kind == EventKind::MessageAdded).then_some(message.pos);
        let text = json!({ "type": "message", "message": shown }).to_string();
        self.push(visitor, Frame { seq: Some(event.seq), added, text: text.into() });
        if added.is_some()
            && let Some(text) = who_answers(&message)
        {
            self.push(visitor, Frame { seq: Some(event.seq), added: None, text: text.into() });
        }
    }

    /// Whose thread this is, if that visitor is here.
    async fn whose(&self, thread: ThreadId) -> Option<VisitorId> {
        {
            let mut inside = self.inside();
            if let Some(visitor) = inside.threads.get(&thread) {
                return Some(*visitor);
            }
            let anybody_new = inside.visitors.values().any(|present| present.thread.is_none());
            if !anybody_new || inside.foreign.contains(&thread) {
                return None;
            }
            if inside.foreign.len() >= FOREIGN {
                inside.foreign.clear();
            }
        }
        let ws = self.ws;
        let found = self.engine.db().read(move |tx| Box::pin(async move { store::conversation::thread_by_id(tx, ws, thread).await })).await;
        let row = found.ok().flatten()?;
        let visitor = row.key.parse::<VisitorId>().ok();
        let here =
            visitor.filter(|visitor| self.inside().visitors.get(visitor).is_some_and(|present| present.account == row.channel_account_id));
        match here {
            Some(visitor) => self.bind(visitor, thread, row.conversation_id),
            None => drop(self.inside().foreign.insert(thread)),
        }
        here
    }

    fn pass_signal(&self, signal: &Signal) {
        let Signal::Typing { conversation_id, author: Author::Worker { name, .. }, on } = signal else { return };
        let visitors = self.inside().conversations.get(conversation_id).cloned().unwrap_or_default();
        for visitor in visitors {
            let text = json!({ "type": "typing", "on": on, "name": name }).to_string();
            self.push(visitor, Frame { seq: None, added: None, text: text.into() });
        }
    }

    fn push(&self, visitor: VisitorId, frame: Frame) {
        let inside = self.inside();
        let Some(present) = inside.visitors.get(&visitor) else { return };
        let frame = Arc::new(frame);
        for line in &present.lines {
            if line.over().is_none() && line.queue.try_send(frame.clone()).is_err() {
                line.end(Bye::Slow);
            }
        }
    }

    /// Tells the desk who did not come back.
    fn sweep(&self) {
        let mut gone = Vec::new();
        {
            let mut inside = self.inside();
            let over: Vec<VisitorId> = inside
                .visitors
                .iter()
                .filter(|(_, present)| present.left_at.is_some_and(|at| at.elapsed() >= GRACE))
                .map(|(visitor, _)| *visitor)
                .collect();
            for visitor in over {
                let Some(present) = inside.visitors.remove(&visitor) else { continue };
                if let Some(thread) = present.thread {
                    inside.threads.remove(&thread);
                }
                if let Some(conversation) = present.conversation.filter(|id| inside.part(*id, visitor)) {
                    gone.push(conversation);
                }
                self.presence.leave(present.account, &visitor.to_string());
            }
        }
        for conversation_id in gone {
            self.engine.signal(self.ws, Signal::Presence { conversation_id, present: false });
        }
    }
}

/// Who stands on our side after this line.
fn who_answers(message: &Message) -> Option<String> {
    let notice = message.notice.as_ref()?;
    let present = match notice.kind.as_str() {
        "joined" => true,
        "closed" => false,
        _ => return None,
    };
    Some(json!({ "type": "agent", "name": notice.params.get("name"), "present": present }).to_string())
}
