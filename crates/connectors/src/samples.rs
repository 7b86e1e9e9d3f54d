//! What the connectors' tests share: an account, a send, an answer.

use model::{ChannelAccount, Extra, InboundEvent, InboundFile, InboundMessage, MessageId, Timestamp};
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
        business_hours_id: None,
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
        ..FileRef::default()
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

/// What was received, one line for each event: `external id @ key: what happened`, so that a table of fixtures can be read.
pub fn told(received: &Received) -> Vec<String> {
    events(received)
        .iter()
        .map(|arrived| format!("{} @ {}: {}", arrived.external_id, arrived.keys.join(" "), happened(&arrived.event)))
        .collect()
}

fn happened(event: &InboundEvent) -> String {
    let by = |from: &model::inbound::Sender| {
        let facts: String = from.facts.iter().map(|(key, value)| format!(" {key}={value}")).collect();
        let name = if from.name.is_empty() { String::new() } else { format!(" ({})", from.name) };
        format!("{}{name}{facts}", from.external_id)
    };
    match event {
        InboundEvent::Message(message) => written(message, &by(&message.from)),
        InboundEvent::Echo(echo) => {
            format!("echo to {} elsewhere={} app={} {}", by(&echo.to), echo.elsewhere, echo.app, written(&echo.message, "us"))
        }
        InboundEvent::Edit(edit) => format!("edit {} by {} to \"{}\" no {}", edit.provider_id, by(&edit.from), edit.text, edit.no),
        InboundEvent::Unsend { from, provider_id } => format!("unsend {provider_id} by {}", by(from)),
        InboundEvent::Reaction(sign) => {
            format!("reaction {} {} on {} by {}", if sign.added { "+" } else { "-" }, sign.emoji, sign.provider_id, by(&sign.from))
        }
        InboundEvent::Touch { from, what } => format!("touch {what} by {}", by(from)),
        InboundEvent::Reach { from, reachable } => format!("reach {reachable} of {}", by(from)),
        InboundEvent::Renumber { from, external_id } => format!("renumber {} to {external_id}", by(from)),
        InboundEvent::Receipt(receipt) => {
            let problem = receipt.problem.as_ref().map(|problem| format!(" {}: {}", problem.code, problem.detail)).unwrap_or_default();
            let through = if receipt.through { " through" } else { "" };
            let part = receipt.part.map(|no| format!(" part {no}")).unwrap_or_default();
            let ours = receipt.ours.map(|id| format!(" ours {id}{part}")).unwrap_or_default();
            format!("receipt {} {}{through}{ours}{problem}", receipt.state.code(), receipt.provider_id)
        }
        InboundEvent::Watermark { delivered, read } => format!("watermark {delivered} {read}"),
        InboundEvent::Marks { delivered, read } => format!("marks delivered {delivered:?} read {read:?}"),
        InboundEvent::OptOut { from, text, message, .. } => format!("opt-out by {} \"{text}\" kept {}", by(from), message.is_some()),
        InboundEvent::OptIn { from, text, message, .. } => format!("opt-in by {} \"{text}\" kept {}", by(from), message.is_some()),
    }
}

fn written(message: &InboundMessage, by: &str) -> String {
    let mut line = format!("message {} by {by} \"{}\"", message.provider_id, message.text);
    for file in &message.files {
        line += &match file {
            InboundFile::Url { url, media_type, name, sticker } => {
                format!(" [{}{name} {media_type} {url}]", if *sticker { "sticker " } else { "" })
            }
            InboundFile::Kept { piece, media_type, name } => format!(" [piece {piece} {media_type} {name}]"),
            InboundFile::Uploaded { id } => format!(" [uploaded {id}]"),
        };
    }
    for extra in &message.extras {
        line += &match extra {
            Extra::Form { answers } => {
                let told: Vec<String> = answers.iter().map(|answer| format!("{}={}", answer.key, answer.value)).collect();
                format!(" [form {}]", told.join(" "))
            }
            Extra::Location { latitude, longitude, name, address } => format!(" [place {latitude} {longitude} {name} {address}]"),
            Extra::ContactCard { name, phones, emails, organization } => {
                format!(" [card {name} {} {} {organization}]", phones.join(" "), emails.join(" "))
            }
            Extra::Link { what, title, url } => format!(" [{what} {title} {url}]"),
            Extra::Mail { subject, sender, quoted, .. } => format!(" [mail {subject} {sender} {quoted}]"),
            Extra::Copies(copies) => format!(" [copies {} {}]", copies.cc.join(" "), copies.bcc.join(" ")),
            Extra::Sticker { set, id, .. } => format!(" [sticker {set}/{id}]"),
            Extra::Native { content } => format!(" [native {content}]"),
            Extra::Unsupported { what } => format!(" [unsupported {what}]"),
        };
    }
    line += &message.choice.as_ref().map(|choice| format!(" choice {choice}")).unwrap_or_default();
    line + &message.reply_to.as_ref().map(|id| format!(" answers {id}")).unwrap_or_default()
}

/// The names of the files in a folder of `fixtures`, sorted.
pub fn fixtures(kind: &str) -> Vec<String> {
    let folder = format!("{}/fixtures/{kind}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
