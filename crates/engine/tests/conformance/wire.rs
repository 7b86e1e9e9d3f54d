//! The wire between the house and the emulator: our requests are answered by it, also where it first has to fetch a file of ours.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connectors::Incoming;
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer, WebhookKind};
use emulators::platform::{Platforms, Request};
use engine::{Engine, Outgoing, ReceiveError, Sent, World};
use model::{ChannelAccountId, Timestamp};

pub struct Wire {
    pub platforms: Mutex<Platforms>,
    /// The house, and the account that it connected.
    house: Mutex<Option<(Engine, i64, ChannelAccountId)>>,
    /// Set for a kill between the provider's taking and our noting it.
    pub cut: Mutex<bool>,
}

pub fn at(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.micros()).expect("a time")
}

impl Wire {
    pub fn new(platforms: Platforms) -> Arc<Self> {
        Arc::new(Self { platforms: Mutex::new(platforms), house: Mutex::default(), cut: Mutex::new(false) })
    }
    fn met(&self) -> Option<(Engine, i64, ChannelAccountId)> {
        self.house.lock().unwrap().clone()
    }
    pub fn meet(&self, engine: &Engine, ws: i64, account: ChannelAccountId) {
        *self.house.lock().unwrap() = Some((engine.clone(), ws, account));
    }

    /// A webhook at our door, and what is answered there.
    pub async fn knock(&self, callback: &Callback) -> CallbackAnswer {
        let Some((engine, ws, account)) = self.met() else { return CallbackAnswer::NoConnection("no house".into()) };
        let rest = callback.url.split_once("://").map_or("", |(_, rest)| rest);
        let target = rest.find('/').map_or("/", |slash| &rest[slash..]);
        let mut headers = callback.headers.clone();
        let body = match &callback.json {
            Some(bytes) => {
                headers.push(("content-type".into(), "application/json".into()));
                bytes.to_vec()
            }
            None => {
                headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&callback.form).finish().into_bytes()
            }
        };
        let incoming = Incoming::Request { method: callback.method, target, headers: &headers, body: &body };
        match engine.receive(ws, account, incoming).await {
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

    /// What the provider finds at an address of ours: a file behind its signed link.
    pub async fn fetch(&self, callback: &Callback) -> CallbackAnswer {
        let Some((engine, ..)) = self.met() else { return CallbackAnswer::NoConnection("no house".into()) };
        match open(&engine, &callback.url).await {
            Some((content_type, body)) => CallbackAnswer::Answered { status: 200, content_type, body },
            None => CallbackAnswer::status(404),
        }
    }
}

async fn open(engine: &Engine, url: &str) -> Option<(String, bytes::Bytes)> {
    let url = url::Url::parse(url).ok()?;
    let parts: Vec<&str> = url.path_segments()?.collect();
    let ["f", workspace, id, _] = parts.as_slice() else { return None };
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (expires, signature) = (query("e")?.parse().ok()?, query("s")?);
    let file = engine.open_file(workspace.parse().ok()?, id.parse().ok()?, expires, &signature, false).await.ok()??;
    Some((file.media_type, file.bytes))
}

#[async_trait]
impl World for Wire {
    async fn request(&self, out: Outgoing) -> Sent {
        let Some((engine, ..)) = self.met() else { return Sent::NotSent { why: "no house".into(), permanent: false } };
        let now = at(engine.now());
        let mut answer = self.platforms.lock().unwrap().handle_request(&request(&out), now);
        for _ in 0..20 {
            let Some(ticket) = answer.ticket else { break };
            let due = self.platforms.lock().unwrap().due(now);
            for callback in due {
                let fetched = match callback.kind {
                    WebhookKind::Media => self.fetch(&callback).await,
                    _ => self.knock(&callback).await,
                };
                self.platforms.lock().unwrap().callback_answer(callback.id, fetched, now);
            }
            if let Some(decided) = self.platforms.lock().unwrap().answer_of(ticket) {
                answer = decided;
            }
        }
        if std::mem::take(&mut *self.cut.lock().unwrap()) {
            return Sent::Unknown { why: "the process died".into() };
        }
        sent(answer, out.timeout_ms)
    }
}

fn request(out: &Outgoing) -> Request {
    let rest = out.url.split_once("://").map_or("", |(_, rest)| rest);
    let (host, target) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: out.method.clone(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: out.headers.clone(),
        body: out.body.clone(),
    }
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
