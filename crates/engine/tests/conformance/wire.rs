//! The wire between the house and the emulator: our requests are answered by it, also where it first has to fetch a file of ours.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use async_trait::async_trait;
use bytes::Bytes;
use connectors::{Door, Incoming, Reply};
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer, WebhookKind};
use emulators::platform;
use engine::{Engine, Outgoing, OutgoingLetter, ReceiveError, Sent, World};
use model::{ChannelAccountId, Timestamp};
use server::Doors;

use crate::door;
use crate::emulated::{Emulated, FRAME, LETTER};

pub struct Wire {
    provider: Mutex<Box<dyn Emulated>>,
    /// The house, and the account that it connected.
    house: Mutex<Option<(Engine, i64, ChannelAccountId)>>,
    /// What the outside reaches of us.
    doors: Mutex<Option<Arc<Doors>>>,
    /// Set for a kill between the provider's answer and our noting it: the next answer comes, and the commit after it is our last.
    pub killing: Mutex<bool>,
    /// From now on the next commit is the last one of this life.
    dying: AtomicBool,
    /// Whoever calls us finds nobody, and whomever we call is not there.
    pub unreached: Mutex<bool>,
    pub gone: Mutex<bool>,
}

pub fn at(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.micros()).expect("a time")
}

impl Wire {
    pub fn new(provider: Box<dyn Emulated>) -> Arc<Self> {
        Arc::new(Self {
            provider: Mutex::new(provider),
            house: Mutex::default(),
            doors: Mutex::default(),
            killing: Mutex::default(),
            dying: AtomicBool::default(),
            unreached: Mutex::default(),
            gone: Mutex::default(),
        })
    }
    /// A kill that waits for an answer has it.
    fn strike(&self) {
        if std::mem::take(&mut *self.killing.lock().unwrap()) {
            self.dying.store(true, Ordering::SeqCst);
        }
    }
    /// Whether this commit is the one that never happens.
    pub fn dies(&self) -> bool {
        self.dying.swap(false, Ordering::SeqCst)
    }
    /// Does something at the provider, by the house's clock.
    pub fn with<T>(&self, act: impl FnOnce(&mut dyn Emulated, jiff::Timestamp) -> T) -> T {
        let now = self.met().map_or(jiff::Timestamp::UNIX_EPOCH, |(engine, ..)| at(engine.now()));
        act(self.provider.lock().unwrap().as_mut(), now)
    }
    fn met(&self) -> Option<(Engine, i64, ChannelAccountId)> {
        self.house.lock().unwrap().clone()
    }
    pub fn meet(&self, engine: &Engine, ws: i64, account: ChannelAccountId) {
        *self.house.lock().unwrap() = Some((engine.clone(), ws, account));
        *self.doors.lock().unwrap() = Some(Arc::new(door::doors(engine)));
    }

    /// A webhook at our door, and what is answered there.
    pub async fn knock(&self, callback: &Callback) -> CallbackAnswer {
        if *self.unreached.lock().unwrap() {
            return CallbackAnswer::NoConnection("connection refused".into());
        }
        let Some((engine, ws, account)) = self.met() else { return CallbackAnswer::NoConnection("no house".into()) };
        if callback.method == FRAME {
            let body = callback.json.clone().unwrap_or_default();
            return answer(engine.receive(ws, account, Incoming::Frame { from: &callback.url, body: &body }).await);
        }
        if callback.method == LETTER {
            let body = callback.json.clone().unwrap_or_default();
            let came_at = callback.headers.first().and_then(|(_, at)| at.parse().ok()).map(Timestamp::from_micros);
            let incoming = Incoming::Mail { id: &callback.url, body: &body, came_at, whole: true };
            return answer(engine.receive(ws, account, incoming).await);
        }
        let mut headers = callback.headers.clone();
        let (content_type, body) = match &callback.json {
            Some(bytes) => ("application/json", bytes.clone()),
            None => {
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&callback.form).finish();
                ("application/x-www-form-urlencoded", form.into())
            }
        };
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("content-type".into(), content_type.into()));
        }
        match self.asked(callback.method, &callback.url, &headers, body).await {
            Ok(answer) => answer.into(),
            Err(why) => CallbackAnswer::NoConnection(format!("{why:#}")),
        }
    }

    /// A request from outside to an address of ours.
    pub async fn asked(&self, method: &str, url: &str, headers: &[(String, String)], body: Bytes) -> Result<door::Answer> {
        let doors = self.doors.lock().unwrap().clone().context("no house was met")?;
        door::ask(&doors, method, url, headers, body).await
    }

    /// What the provider finds at an address of ours: a file behind its signed link.
    pub async fn fetch(&self, callback: &Callback) -> CallbackAnswer {
        match self.asked("GET", &callback.url, &[], Bytes::new()).await {
            Ok(answer) => answer.into(),
            Err(why) => CallbackAnswer::NoConnection(format!("{why:#}")),
        }
    }

    /// What stands behind a link of ours.
    pub async fn open(&self, url: &str) -> Option<Bytes> {
        let answer = self.asked("GET", url, &[], Bytes::new()).await.ok()?;
        (answer.status == 200).then_some(answer.body)
    }
}

fn answer(received: Result<engine::Intake, ReceiveError>) -> CallbackAnswer {
    match received {
        Ok(intake) => CallbackAnswer::Answered {
            status: intake.answer.status,
            content_type: intake.answer.content_type.into(),
            body: intake.answer.body.into(),
        },
        Err(ReceiveError::Rejected(_)) => CallbackAnswer::status(401),
        Err(ReceiveError::NotFound | ReceiveError::Disabled) => CallbackAnswer::status(404),
        Err(ReceiveError::Busy(_)) => CallbackAnswer::status(503),
    }
}

#[async_trait]
impl World for Wire {
    async fn request(&self, out: Outgoing) -> Sent {
        if *self.gone.lock().unwrap() {
            return Sent::NotSent { why: "the name is unknown".into(), permanent: false };
        }
        let mut out = out;
        let mut answer = self.ask(&out).await;
        while (300..400).contains(&answer.status) && out.follow_redirects > 0 {
            let Some(next) = moved(&out, &answer) else { break };
            out = next;
            answer = self.ask(&out).await;
        }
        self.strike();
        sent(answer, out.timeout_ms)
    }
    async fn post(&self, letter: OutgoingLetter) -> Reply {
        if *self.gone.lock().unwrap() {
            return Reply::NotSent("the name is unknown".into());
        }
        let reply = self.with(|provider, now| provider.posted(&letter, now));
        self.strike();
        reply
    }
    async fn knock(&self, door: Door) -> Reply {
        if *self.gone.lock().unwrap() {
            return Reply::NotSent("the name is unknown".into());
        }
        self.with(|provider, now| provider.knocked(&door, now))
    }
    async fn frame(&self, _account: ChannelAccountId, frame: Bytes) -> Reply {
        self.with(|provider, now| provider.heard(&frame, now))
    }
}

impl Wire {
    /// One request, with whatever the provider has to fetch before it answers.
    async fn ask(&self, out: &Outgoing) -> HttpAnswer {
        let mut answer = self.with(|provider, now| provider.asked(&request(out), now));
        for _ in 0..20 {
            let Some(ticket) = answer.ticket else { break };
            for callback in self.with(|provider, now| provider.due(now)) {
                let fetched = match callback.kind {
                    WebhookKind::Media => self.fetch(&callback).await,
                    _ => self.knock(&callback).await,
                };
                self.with(|provider, now| provider.answered(callback.id, fetched, now));
            }
            if let Some(decided) = self.with(|provider, _| provider.answer_of(ticket)) {
                answer = decided;
            }
        }
        answer
    }
}

/// Where a redirect leads. What proves who we are goes to no other host.
fn moved(out: &Outgoing, answer: &HttpAnswer) -> Option<Outgoing> {
    let location = answer.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value)?;
    let from = url::Url::parse(&out.url).ok()?;
    let to = from.join(location).ok()?;
    let mut next = Outgoing { url: to.to_string(), follow_redirects: out.follow_redirects - 1, ..out.clone() };
    if from.origin() != to.origin() {
        next.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    }
    Some(next)
}

fn request(out: &Outgoing) -> platform::Request {
    let rest = out.url.split_once("://").map_or("", |(_, rest)| rest);
    let (host, target) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    platform::Request {
        method: out.method.clone(),
        host: host.to_owned(),
        path: decoded(path),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: out.headers.clone(),
        body: out.body.clone(),
    }
}

/// A path without its percent signs, as a server reads it.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok()).filter(|_| *first == b'%');
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer as our client would hear it: one that comes too late is none.
fn sent(answer: HttpAnswer, timeout_ms: u64) -> Sent {
    if answer.lost || answer.after_ms >= timeout_ms {
        return Sent::Unknown { why: "no answer came".into() };
    }
    if answer.status == 0 {
        return Sent::NotSent { why: "the connection was refused".into(), permanent: false };
    }
    Sent::Answer { status: answer.status, headers: answer.headers, body: answer.body }
}
