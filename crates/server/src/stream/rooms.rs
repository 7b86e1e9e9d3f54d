//! One listener per workspace: it judges each event for every desk, has those that anybody hears read and rendered once,
//! and puts them into the desks' bounded queues.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::extract::ws::Utf8Bytes;
use engine::{Published, Signal};
use model::{Author, ConversationId, Event, EventKind, SessionId, UserId, WorkerId};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;

use super::event::{self, Rendered};
use super::reach::{Persons, Reach};
use crate::view::Lens;
use crate::{Door, Server};

/// Frames that may wait for one desk.
pub const QUEUE: usize = 256;
/// Events judged and rendered together.
pub const BATCH: usize = 200;
const POSITION_EVERY: Duration = Duration::from_secs(5);
/// How often sessions and rights behind open desks are looked at again.
const CHECK_EVERY: Duration = if cfg!(test) { Duration::from_millis(200) } else { Duration::from_secs(5) };
const TRIES: u32 = 5;

/// Why we end a desk's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    Slow = 1,
    SignedOut,
    RightsChanged,
    Shutdown,
}

impl Bye {
    const ALL: [Bye; 4] = [Self::Slow, Self::SignedOut, Self::RightsChanged, Self::Shutdown];
    pub fn code(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::SignedOut => "signed_out",
            Self::RightsChanged => "rights_changed",
            Self::Shutdown => "shutdown",
        }
    }
}

/// What waits for a desk.
#[derive(Debug, Clone)]
pub struct Out {
    pub text: Utf8Bytes,
    pub seq: Option<i64>,
    pub said: Option<(ConversationId, i64)>,
}

/// One desk's socket, as the listener sees it.
pub struct Line {
    queue: mpsc::Sender<Out>,
    bye: AtomicU8,
    /// Events up to this number were read from the store by the socket itself.
    after: AtomicI64,
    pub session: Option<SessionId>,
    pub user: Option<UserId>,
    /// The membership's version when it was let in.
    pub membership: i64,
    pub all: bool,
    pub worker: Option<WorkerId>,
    reach: Mutex<Reach>,
}

impl Line {
    pub fn new(queue: mpsc::Sender<Out>, session: Option<SessionId>, user: Option<UserId>, membership: i64, reach: Reach) -> Self {
        let (all, worker) = (reach.all, reach.worker);
        Self { queue, bye: AtomicU8::new(0), after: AtomicI64::new(0), session, user, membership, all, worker, reach: Mutex::new(reach) }
    }
    pub fn reach(&self) -> MutexGuard<'_, Reach> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Whether it has to end, and why.
    pub fn over(&self) -> Option<Bye> {
        let bye = self.bye.load(Ordering::Acquire);
        Bye::ALL.into_iter().find(|reason| *reason as u8 == bye)
    }
    fn end(&self, bye: Bye) {
        let _ = self.bye.compare_exchange(0, bye as u8, Ordering::AcqRel, Ordering::Acquire);
        // Wakes a socket that waits for frames; a full queue wakes it anyhow.
        let _ = self.queue.try_send(Out { text: Utf8Bytes::from_static(""), seq: None, said: None });
    }
    fn push(&self, out: Out) {
        if self.over().is_none() && self.queue.try_send(out).is_err() {
            self.end(Bye::Slow);
        }
    }
}

struct Inside {
    /// The newest event that was judged.
    position: i64,
    lines: Vec<Arc<Line>>,
}

pub struct Room {
    ws: i64,
    server: Server,
    inside: Mutex<Inside>,
}

#[derive(Default)]
pub struct Rooms(tokio::sync::Mutex<HashMap<i64, Arc<Room>>>);

impl Rooms {
    pub async fn of(&self, server: &Server, ws: i64) -> Result<Arc<Room>> {
        let mut rooms = self.0.lock().await;
        if let Some(room) = rooms.get(&ws) {
            return Ok(room.clone());
        }
        let events = server.engine().subscribe(ws).await?;
        let position = server.engine().db().read(move |tx| Box::pin(async move { store::event::last(tx, ws).await })).await?;
        let room = Arc::new(Room { ws, server: server.clone(), inside: Mutex::new(Inside { position, lines: Vec::new() }) });
        tokio::spawn(room.clone().listen(events));
        rooms.insert(ws, room.clone());
        Ok(room)
    }
}

impl Room {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a desk in that has read everything up to `at`. False when the listener is further: it has to read on.
    pub fn enter(&self, line: &Arc<Line>, at: i64) -> bool {
        let mut inside = self.inside();
        if inside.position > at {
            return false;
        }
        line.after.store(at, Ordering::Release);
        inside.lines.push(line.clone());
        true
    }

    pub fn leave(&self, line: &Arc<Line>) {
        self.inside().lines.retain(|other| !Arc::ptr_eq(other, line));
    }

    /// Events after `at`, and who the persons among them are.
    pub async fn read(&self, at: i64) -> Result<(Vec<Event>, Persons)> {
        let ws = self.ws;
        self.server
            .engine()
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let events = store::event::after(tx, ws, at, BATCH as i64).await?;
                    let persons = persons(tx, ws, &events).await?;
                    Ok((events, persons))
                })
            })
            .await
    }

    /// The views of these events.
    pub async fn render(&self, events: Vec<Event>) -> Result<Vec<Rendered>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        // A socket that reaches our origins by another port translates the links itself.
        let lens = Lens::new(&self.server, self.ws, &Door::default()).await?;
        self.server.engine().db().read(move |tx| Box::pin(async move { event::render(tx, &lens, &events).await })).await
    }

    async fn listen(self: Arc<Self>, mut events: Receiver<Arc<Published>>) {
        let mut closing = self.server.closing();
        let mut position = tokio::time::interval(POSITION_EVERY);
        let mut check = tokio::time::interval(CHECK_EVERY);
        for timer in [&mut position, &mut check] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                heard = events.recv() => match heard {
                    Ok(first) => self.take(first, &mut events).await,
                    // What was missed is read when the next event shows the hole.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                },
                _ = position.tick() => self.tell_position(),
                _ = check.tick() => self.check().await,
                () = async { drop(closing.wait_for(|closing| *closing).await) } => break,
            }
        }
        for line in &self.inside().lines {
            line.end(Bye::Shutdown);
        }
    }

    /// Takes what is there at once, so that a burst is one batch.
    async fn take(&self, first: Arc<Published>, more: &mut Receiver<Arc<Published>>) {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(published) = next.take() {
            match &*published {
                Published::Event(event) => batch.push(event.clone()),
                Published::Signal(signal) => self.pass_signal(signal),
            }
            if batch.len() < BATCH {
                next = match more.try_recv() {
                    Ok(published) => Some(published),
                    Err(TryRecvError::Lagged(_)) => more.try_recv().ok(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => None,
                };
            }
        }
        self.follow(batch).await;
    }

    /// Delivers a batch, after whatever the stream had between it and the last one.
    async fn follow(&self, batch: Vec<Event>) {
        let mut run: Vec<Event> = Vec::with_capacity(batch.len());
        for event in batch {
            let last = run.last().map_or_else(|| self.inside().position, |event| event.seq);
            if event.seq <= last {
                continue;
            }
            if event.seq > last + 1 {
                self.deliver(std::mem::take(&mut run)).await;
                self.fill(event.seq).await;
            }
            run.push(event);
        }
        self.deliver(run).await;
    }

    /// Reads and delivers everything before event number `end`.
    async fn fill(&self, end: i64) {
        let mut failures = 0;
        loop {
            let at = self.inside().position;
            if at + 1 >= end {
                return;
            }
            match self.read(at).await {
                Ok((events, persons)) => {
                    let before: Vec<Event> = events.into_iter().take_while(|event| event.seq < end).collect();
                    if before.is_empty() {
                        // Expired numbers leave a hole that nothing fills.
                        self.inside().position = end - 1;
                        return;
                    }
                    self.judge(before, &persons).await;
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "events for desks could not be read; trying again");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    async fn deliver(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut people = Persons::new();
        if events.iter().any(|event| event.kind == EventKind::PersonUpdated) && !self.inside().lines.is_empty() {
            let (ws, asked) = (self.ws, events.clone());
            let found = self.server.engine().db().read(move |tx| Box::pin(async move { persons(tx, ws, &asked).await })).await;
            people = found.unwrap_or_default();
        }
        self.judge(events, &people).await;
    }

    /// Decides who hears what, then renders what anybody hears.
    async fn judge(&self, events: Vec<Event>, persons: &Persons) {
        let mut hearers: HashMap<i64, Vec<Arc<Line>>> = HashMap::new();
        {
            let mut inside = self.inside();
            inside.lines.retain(|line| line.over().is_none());
            for event in &events {
                inside.position = inside.position.max(event.seq);
                for line in &inside.lines {
                    if event.seq > line.after.load(Ordering::Acquire) && line.reach().hears(event, persons) {
                        hearers.entry(event.seq).or_default().push(line.clone());
                    }
                }
            }
        }
        let wanted: Vec<Event> = events.into_iter().filter(|event| hearers.contains_key(&event.seq)).collect();
        for rendered in self.render_or_cut(wanted, &hearers).await {
            for line in hearers.get(&rendered.seq).into_iter().flatten() {
                line.push(Out { text: rendered.text_for(line.all, line.worker), seq: Some(rendered.seq), said: rendered.said });
            }
        }
    }

    /// A desk that cannot be told is cut, so that it comes back and reads for itself: silence would be a lie.
    async fn render_or_cut(&self, events: Vec<Event>, hearers: &HashMap<i64, Vec<Arc<Line>>>) -> Vec<Rendered> {
        for attempt in 1..=TRIES {
            match self.render(events.clone()).await {
                Ok(rendered) => return rendered,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), attempt, "events could not be rendered for desks");
                    tokio::time::sleep(Duration::from_millis(200) * attempt).await;
                }
            }
        }
        for line in hearers.values().flatten() {
            line.end(Bye::Slow);
        }
        Vec::new()
    }

    fn pass_signal(&self, signal: &Signal) {
        let (conversation, text) = event::signal(signal);
        let author = match signal {
            Signal::Typing { author: Author::Worker { id, .. }, .. } => Some(*id),
            _ => None,
        };
        for line in &self.inside().lines {
            let own = author.is_some() && line.worker == author;
            if !own && line.reach().reads(Some(conversation)) {
                line.push(Out { text: text.clone(), seq: None, said: None });
            }
        }
    }

    fn tell_position(&self) {
        let inside = self.inside();
        let text = position_frame(&self.server, inside.position);
        for line in &inside.lines {
            line.push(Out { text: text.clone(), seq: None, said: None });
        }
    }

    /// Looks again at the workspace, the sessions and the memberships behind open desks.
    async fn check(&self) {
        let lines: Vec<Arc<Line>> = self.inside().lines.clone();
        if lines.is_empty() {
            return;
        }
        let (ws, now, asked) = (self.ws, self.server.engine().now(), lines.clone());
        let judged = self
            .server
            .engine()
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let mut judged = Vec::with_capacity(asked.len());
                    let stands = store::deleted::stands(tx, ws).await?;
                    for line in &asked {
                        if !stands {
                            judged.push(Some(Bye::RightsChanged));
                            continue;
                        }
                        judged.push(standing(tx, ws, line, now).await?);
                    }
                    Ok(judged)
                })
            })
            .await;
        match judged {
            Ok(judged) => lines.iter().zip(judged).for_each(|(line, bye)| {
                if let Some(bye) = bye {
                    line.end(bye);
                }
            }),
            Err(error) => tracing::warn!(%error, "sessions behind open desks could not be checked"),
        }
    }
}

/// Why a desk may no longer listen.
async fn standing(tx: &mut db::Tx<'_>, ws: i64, line: &Line, now: model::Timestamp) -> Result<Option<Bye>> {
    if let Some(session) = line.session
        && !store::access::session_stands(tx, session, now).await?
    {
        return Ok(Some(Bye::SignedOut));
    }
    let Some(user) = line.user else { return Ok(None) };
    let membership = store::access::membership_of(tx, user, ws).await?;
    Ok(membership.is_none_or(|membership| membership.version != line.membership).then_some(Bye::RightsChanged))
}

/// All contacts of each person that these events name.
async fn persons(tx: &mut db::Tx<'_>, ws: i64, events: &[Event]) -> Result<Persons> {
    let mut persons = Persons::new();
    for id in events.iter().filter(|event| event.kind == EventKind::PersonUpdated).filter_map(|event| event.contact_id) {
        if persons.contains_key(&id) {
            continue;
        }
        let Some(contact) = store::contact::by_id(tx, ws, id).await? else { continue };
        let members = store::contact::of_person(tx, ws, contact.root_id).await?;
        persons.insert(id, members.into_iter().map(|member| member.id).collect());
    }
    Ok(persons)
}

pub fn position_frame(server: &Server, seq: i64) -> Utf8Bytes {
    json!({ "type": "position", "seq": seq, "now": server.engine().now().rfc3339() }).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(seq: i64) -> Out {
        Out { text: Utf8Bytes::from_static("{}"), seq: Some(seq), said: None }
    }

    /// I7.2: a desk that stops reading costs its queue and no more, and is told why it was cut.
    #[test]
    fn a_slow_reader_is_cut_with_a_reason() {
        let (queue, mut rest) = mpsc::channel(QUEUE);
        let line = Line::new(queue, None, None, 0, Reach { all: true, ..Reach::default() });
        for seq in 0..QUEUE as i64 {
            line.push(out(seq));
        }
        assert_eq!(line.over(), None, "a full queue is no fault yet");
        line.push(out(-1));
        assert_eq!(line.over().map(Bye::code), Some("slow"));
        line.end(Bye::Shutdown);
        assert_eq!(line.over(), Some(Bye::Slow), "the first reason counts");
        assert_eq!(rest.try_recv().unwrap().seq, Some(0));
        line.push(out(-2));
        let left = std::iter::from_fn(|| rest.try_recv().ok()).count();
        assert_eq!(left, QUEUE - 1, "nothing more is queued for it");
    }
}
