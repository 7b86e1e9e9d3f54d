//! What the connectors' tests share: an account, a send, an answer.

use model::{ChannelAccount, InboundEvent, InboundMessage, MessageId, Timestamp};
use serde_json::Value;

use crate::contract::*;

pub const NOW: Timestamp = Timestamp::from_secs(1_735_689_700);

pub fn account(kind: &str, settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> ChannelAccount {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ChannelAccount {
        id: model::ChannelAccountId(Default::default()),
        kind: kind.into(),
        name: "Test".into(),
        address: String::new(),
        enabled: true,
        settings: map(settings),
        secrets: map(secrets),
        app_id: None,
        provider_key: None,
        flow_id: None,
        webhook_url: format!("https://help.example/in/{kind}/KA1"),
        version: 1,
    }
}

/// A file of `fixtures` as bytes.
pub fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The work of sending a part, as an answer to what the customer wrote ten seconds ago.
pub fn send(part: Part, to: &str) -> Work {
    Work::Part {
        part,
        to: to.into(),
        thread: to.into(),
        context: Value::Null,
        message: Some(MessageId(Default::default())),
        no: 0,
        heard_at: Some(NOW.plus_secs(-10)),
    }
}

pub fn text_part(text: &str) -> Part {
    Part { text: text.into(), ..Part::default() }
}

pub fn picture() -> FileRef {
    FileRef {
        key: "FI1".into(),
        name: "Grüße.jpg".into(),
        media_type: "image/jpeg".into(),
        bytes: 1234,
        url: "https://files.example/1.jpg".into(),
    }
}

/// The request of a step, and its JSON body.
pub fn asked(step: Step) -> (Request, Value) {
    let Step::Http(request) = step else { panic!("no request: {step:?}") };
    let json = match &request.body {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    (request, json)
}

pub fn answer(status: u16, body: &str) -> Reply {
    Reply::Http { status, headers: vec![], body: body.into() }
}

/// The events of everything that was received, in order.
pub fn events(received: &Received) -> Vec<&Arrived> {
    received.batches.iter().flat_map(|batch| &batch.events).collect()
}

pub fn message(arrived: &Arrived) -> &InboundMessage {
    match &arrived.event {
        InboundEvent::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}
