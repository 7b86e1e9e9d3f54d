//! The carrier as functions, and the wire between it and us: what we ask waits until the scheduler lets it arrive.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use emulators::carrier::{Callback, CallbackAnswer, Carrier, CarrierConfig, Request};
use engine::{Outgoing, Sent, World};
use model::{ChannelAccountId, Timestamp};
use tokio::sync::oneshot;

pub const OURS: &str = "+15005550006";

/// A request under way.
pub struct Asked {
    pub out: Outgoing,
    pub answer: oneshot::Sender<Sent>,
}

/// Our side's end of the wire.
#[derive(Default)]
pub struct Wire(Mutex<Vec<Asked>>);

impl Wire {
    pub fn waiting(&self) -> usize {
        self.0.lock().unwrap().len()
    }
    pub fn take(&self, at: usize) -> Asked {
        self.0.lock().unwrap().remove(at)
    }
}

#[async_trait]
impl World for Wire {
    async fn request(&self, out: Outgoing) -> Sent {
        let (answer, answered) = oneshot::channel();
        self.0.lock().unwrap().push(Asked { out, answer });
        answered.await.unwrap_or(Sent::Unknown { why: "the connection broke".into() })
    }
}

/// The carrier with the one number of the shop.
pub fn carrier(account: ChannelAccountId, seed: u64) -> Carrier {
    let config: CarrierConfig = serde_json::from_value(serde_json::json!({
        "origin": "http://carrier.localhost:8080",
        "accounts": [{ "account_sid": "AC00000000000000000000000000000001", "auth_token": "12345" }],
        "numbers": [{ "number": OURS, "account_sid": "AC00000000000000000000000000000001",
            "sms_url": format!("http://localhost:8080/in/sms/{account}#rc=5&rp=all") }],
    }))
    .expect("a configuration");
    Carrier::new(&config, seed)
}

pub fn at(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.micros()).expect("a time")
}

/// The request as the carrier reads it, carried out.
pub fn ask(carrier: &mut Carrier, out: &Outgoing, now: Timestamp) -> Sent {
    let rest = out.url.split_once("://").map_or("", |(_, rest)| rest);
    let target = rest.find('/').map_or("/", |slash| &rest[slash..]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: out.method.clone(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        authorization: out.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value.clone()),
        form: form_urlencoded::parse(&out.body).into_owned().collect(),
    };
    let answer = carrier.handle_request(&request, at(now));
    if answer.lost {
        return Sent::Unknown { why: "the answer was lost".into() };
    }
    Sent::Answer { status: answer.status, headers: answer.headers, body: answer.body }
}

/// A webhook as it reaches our door.
#[derive(Clone)]
pub struct Post {
    pub id: u64,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Post {
    pub fn of(callback: &Callback) -> Arc<Self> {
        let rest = callback.url.split_once("://").map_or("", |(_, rest)| rest);
        let target = rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned();
        let mut headers = callback.headers.clone();
        headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&callback.form).finish().into_bytes();
        Arc::new(Self { id: callback.id, target, headers, body })
    }
}

/// What the carrier hears of a webhook: taken, or to be tried again.
pub fn heard(carrier: &mut Carrier, id: u64, taken: bool, now: Timestamp) {
    let answer = if taken { CallbackAnswer::status(200) } else { CallbackAnswer::NoConnection("refused".into()) };
    carrier.callback_answer(id, answer, at(now));
}
