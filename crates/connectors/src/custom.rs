//! The custom channel: a small HTTP contract, so that a platform joins without a line of code in this house.
//! docs/custom-channel.md says it in words, docs/custom-channel.openapi.json in a schema. What the platform can is in `custom/able.rs`,
//! what it tells us in `custom/inbound.rs`.
//!
//! Both sides sign alike, and every request has an id by which a repeat is told: whatever got lost on the way is said again.

mod able;
mod inbound;

use model::{Capabilities, ChannelAccount, Extra, Feature, MessageId, Problem, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::repeat;
use crate::signature::{hex, hmac_sha256, same};
use crate::text::apart;
use crate::wire::{bad_url, failed, file, get, header, not_sent, post_json, retry_after_ms, text, unknown, wrong};

pub struct Custom;

const SIGNATURE: &str = "x-seaway-signature";
/// How far apart the clocks of both sides may be, in seconds; a signature older than this is nobody's any more.
const FRESH_S: i64 = 300;
/// Fewer characters than this are no secret.
const SECRET_CHARS: usize = 16;

/// A platform keeps the ids of a day, so that a repeat is told; this leaves an hour of it for clocks and the way, in seconds.
const ID_S: i64 = 23 * 3600;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "send_url",
        label: "Send URL",
        help: "Where your platform takes our messages: one address for all of them.",
        kind: SettingKind::Url,
        required: true,
        default: None,
    },
    Setting {
        key: "signing_secret",
        label: "Signing secret",
        help: "Signs what you send us and what we send you; at least 16 characters that nobody can guess.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "own_address",
        label: "Own address",
        help: "What customers of the platform know you by, e.g. @help; shown beside the account's name.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "capabilities",
        label: "Capabilities",
        help: "What the platform can carry, as JSON; docs/custom-channel.md lists every field.",
        kind: SettingKind::Text,
        required: true,
        default: Some(r#"{"text_limit":4000,"hears":["image","file"],"says":["image","file"]}"#),
    },
    Setting {
        key: "messages_per_second",
        label: "Messages per second",
        help: "How many requests your platform takes each second: 1 to 1000.",
        kind: SettingKind::Text,
        required: true,
        default: Some("10"),
    },
];

impl Connector for Custom {
    fn kind(&self) -> &'static str {
        "custom"
    }
    fn name(&self) -> &'static str {
        "Custom channel"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let mut problems: Vec<SettingProblem> = bad_url(account, "send_url").into_iter().collect();
        let secret = account.secret("signing_secret").chars().count();
        if (1..SECRET_CHARS).contains(&secret) {
            problems.push(wrong(
                "signing_secret",
                "weak_secret",
                format!("{secret} characters can be guessed: take at least {SECRET_CHARS}"),
            ));
        }
        let wrong_fields = able::read(account.setting("capabilities")).1;
        problems.extend(wrong_fields.into_iter().map(|why| wrong("capabilities", "bad_capabilities", why)));
        let rate = account.setting("messages_per_second");
        if !rate.is_empty() && per_second(rate).is_none() {
            problems.push(wrong("messages_per_second", "bad_rate", format!("{rate} is no number from 1 to 1000")));
        }
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        let own = account.setting("own_address");
        if own.is_empty() { account.name.clone() } else { own.to_owned() }
    }
    fn capabilities(&self, account: &ChannelAccount) -> Capabilities {
        able::read(account.setting("capabilities")).0
    }

    fn receive(&self, to: &Recipient, incoming: &Incoming, now: Timestamp) -> Result<Received, Rejected> {
        let (Recipient::Account(account), Incoming::Request { headers, body, .. }) = (to, incoming) else {
            return Err(Rejected { why: "events of a custom channel are requests to one account" });
        };
        verify(account.secret("signing_secret"), header(headers, SIGNATURE).unwrap_or_default(), body, now)?;
        Ok(inbound::understand(account, body))
    }

    fn picture_limit(&self, account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        let can = self.capabilities(account);
        let shown: Vec<&str> = match can.attachment_types.iter().any(|kind| kind == "image/") {
            true => vec!["image/jpeg", "image/png", "image/gif", "image/webp"],
            false => can.attachment_types.iter().map(String::as_str).filter(|kind| kind.starts_with("image/")).collect(),
        };
        // What is made is a JPEG, or a PNG.
        shown.contains(&"image/jpeg").then(|| PictureLimit::of(&shown, can.max_attachment_bytes))
    }

    /// Files travel with the last text, as many as the platform takes at once; answers are offered with the last part.
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        let can = self.capabilities(account);
        let most = can.max_attachments.max(1) as usize;
        let mut parts: Vec<Part> = Vec::new();
        for mut part in apart(message, &can, can.cards) {
            match parts.last_mut() {
                Some(last) if !part.cards.is_empty() && last.cards.is_empty() => last.cards.append(&mut part.cards),
                // One place and one person to a message.
                Some(last) if !part.extras.is_empty() && last.cards.is_empty() && !last.extras.iter().any(|one| same_kind(one, &part)) => {
                    last.extras.append(&mut part.extras);
                }
                Some(last) if !part.files.is_empty() && part.text.is_empty() && last.files.len() < most => {
                    last.files.append(&mut part.files)
                }
                Some(last) => {
                    part.choices.append(&mut last.choices);
                    parts.push(part);
                }
                None => parts.push(part),
            }
        }
        parts
    }

    fn next(&self, account: &ChannelAccount, work: &Work, _progress: &Progress, now: Timestamp) -> Step {
        let can = || self.capabilities(account).says;
        let (body, repeatable): (_, Repeatable) = match work {
            Work::Part { part, to, thread, context, message, no, .. } => {
                let part = with_links(part, &self.capabilities(account));
                (said(&part, to, thread, context, *message, *no), repeat::keyed(*message, ID_S))
            }
            Work::Signal { to, thread, context, signal: Signal::Typing(on), .. } if can().contains(&Feature::Typing) => {
                (json!({ "type": "typing", "conversation": thread, "to": to, "on": on, "context": context }), true.into())
            }
            Work::Signal { to, thread, context, signal: Signal::Read, last: Some(last) } if can().contains(&Feature::Read) => {
                (json!({ "type": "read", "conversation": thread, "to": to, "message": last, "context": context }), true.into())
            }
            Work::React { to, thread, context, provider_id, emoji } if can().contains(&Feature::Reaction) => {
                let (message, added) = (provider_id, emoji.is_some());
                let body = json!({
                    "type": "reaction", "conversation": thread, "to": to, "message": message, "emoji": emoji, "added": added, "context": context
                });
                (body, true.into())
            }
            Work::Revise { message, no, part, to, thread, context, .. } => {
                let mut body = json!({ "message": repeat::tag(*message, *no), "conversation": thread, "to": to, "context": context });
                match part {
                    Some(part) if can().contains(&Feature::Edit) => {
                        body["type"] = "edit".into();
                        body["text"] = with_links(part, &self.capabilities(account)).text.into();
                    }
                    None if can().contains(&Feature::Unsend) => body["type"] = "unsend".into(),
                    _ => return Step::Nothing,
                }
                (body, true.into())
            }
            Work::Check(_) => (json!({ "type": "check" }), true.into()),
            Work::Media { url } => {
                return Step::Http(Request { follow_redirects: 3, max_response_bytes: 20 << 20, ..get(url.clone(), vec![]) });
            }
            _ => return Step::Nothing,
        };
        let signature = sign(account.secret("signing_secret"), now, body.to_string().as_bytes());
        Step::Http(post_json(account.setting("send_url").to_owned(), vec![(SIGNATURE.into(), signature)], &body, repeatable))
    }

    fn outcome(&self, account: &ChannelAccount, work: &Work, _progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let (status, headers, body) = match reply {
            Reply::Http { status, headers, body } => (*status, headers, body),
            Reply::NotSent(why) => return not_sent(work, "send_url", why),
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => return unknown(work, why),
        };
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let slower =
            || Outcome::RetryAfter { ms: retry_after_ms(headers, now).unwrap_or(1_000), why: "the platform asks to slow down".into() };
        let later = |ms: i64| Outcome::RetryAfter { ms, why: format!("the platform answered {status}") };
        match work {
            Work::Part { message, no, .. } => match status {
                // It has it, from this try or an earlier one.
                200..=299 | 409 => Outcome::Sent(named(&json, *message, *no)),
                401 => Outcome::Problem(unsigned()),
                429 => slower(),
                500.. if message.is_some() => later(2_000),
                500.. => Outcome::Uncertain(format!("the platform answered {status}")),
                _ => refused(status, &json),
            },
            Work::Media { .. } => match status {
                200..=299 => file(headers, body),
                429 => slower(),
                500.. => later(5_000),
                _ => failed("media_gone", format!("The platform no longer has this file ({status})")),
            },
            Work::Revise { part, .. } => match status {
                200..=299 | 409 => Outcome::Fine,
                // What is not there need not be taken back.
                404 | 410 if part.is_none() => Outcome::Fine,
                404 | 410 => failed("unknown_message", "The platform no longer has this message"),
                401 => Outcome::Problem(unsigned()),
                429 => slower(),
                500.. => later(2_000),
                _ => refused(status, &json),
            },
            Work::Check(_) => checked(account, status, &json),
            Work::Signal { .. } | Work::React { .. } => match status {
                200..=299 | 409 => Outcome::Fine,
                429 => slower(),
                500.. => later(2_000),
                _ => refused(status, &json),
            },
            Work::Find { .. } => Outcome::Uncertain("the platform does not say what was sent".into()),
            Work::Missed { .. } => Outcome::Received(vec![], None),
            Work::Templates => Outcome::Templates(vec![]),
            Work::Profile { .. } => Outcome::Profile { name: String::new(), facts: vec![] },
            Work::Refresh => Outcome::Problem(unsigned()),
        }
    }

    fn checks(&self) -> &'static [&'static str] {
        &["platform"]
    }
    fn rate(&self, account: &ChannelAccount) -> Rate {
        let per_second = per_second(account.setting("messages_per_second")).unwrap_or(10);
        Rate { per_second: f64::from(per_second), burst: per_second }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

fn per_second(text: &str) -> Option<u32> {
    text.parse().ok().filter(|rate| (1..=1000).contains(rate))
}

/// `t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`.
fn sign(secret: &str, now: Timestamp, body: &[u8]) -> String {
    format!("t={},v1={}", now.secs(), mac(secret, &now.secs().to_string(), body))
}

fn mac(secret: &str, at: &str, body: &[u8]) -> String {
    hex(&hmac_sha256(secret.as_bytes(), &[at.as_bytes(), b".", body].concat()))
}

/// Several `v1` may stand side by side while a secret is changed; one has to fit.
fn verify(secret: &str, said: &str, body: &[u8], now: Timestamp) -> Result<(), Rejected> {
    if secret.is_empty() {
        return Err(Rejected { why: "the account has no signing secret" });
    }
    let fields = || said.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, at) = fields().find(|(key, _)| *key == "t").ok_or(Rejected { why: "no signature" })?;
    let seconds: i64 = at.parse().map_err(|_| Rejected { why: "the signature has no time" })?;
    let ours = mac(secret, at, body);
    if !fields().filter(|(key, _)| *key == "v1").take(4).any(|(_, theirs)| same(theirs.as_bytes(), ours.as_bytes())) {
        return Err(Rejected { why: "the signature does not fit" });
    }
    let fresh = now.secs().saturating_sub(seconds).unsigned_abs() <= FRESH_S.unsigned_abs();
    if fresh { Ok(()) } else { Err(Rejected { why: "the signature is too old, or the clocks differ" }) }
}

/// Pictures of cards that were written out, as links for a platform that takes no files.
fn with_links(part: &Part, can: &Capabilities) -> Part {
    if can.max_attachments > 0 || part.files.is_empty() {
        return part.clone();
    }
    let links = part.files.iter().map(|file| file.url.as_str());
    let lines: Vec<&str> = [part.text.as_str()].into_iter().filter(|text| !text.is_empty()).chain(links).collect();
    Part { text: lines.join("\n"), files: vec![], ..part.clone() }
}

/// Our message as the platform reads it. A code sent to prove an address has no id, and is not said twice.
fn said(part: &Part, to: &str, thread: &str, context: &Value, message: Option<MessageId>, no: i64) -> Value {
    let attached = |file: &FileRef| json!({ "url": file.url, "name": file.name, "media_type": file.media_type, "bytes": file.bytes });
    let mut body = json!({ "type": "message" });
    if let Some(message) = message {
        body["id"] = repeat::tag(message, no).into();
    }
    body["conversation"] = thread.into();
    body["to"] = to.into();
    body["text"] = part.text.as_str().into();
    body["attachments"] = part.files.iter().map(attached).collect();
    body["choices"] = part.choices.iter().map(String::as_str).collect();
    // A platform that never said it takes cards reads nothing of them.
    if !part.cards.is_empty() {
        body["cards"] = part.cards.iter().map(|card| shown(card, attached)).collect();
    }
    for extra in &part.extras {
        match extra {
            Extra::Location { latitude, longitude, name, address } => {
                body["location"] = json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address });
            }
            Extra::ContactCard { name, phones, emails, organization } => {
                body["contact"] = json!({ "name": name, "phones": phones, "emails": emails, "organization": organization });
            }
            _ => {}
        }
    }
    body["reply_to"] = part.reply_to.as_deref().into();
    body["speaker"] = json!({ "person": part.speaker.person, "name": part.speaker.name });
    body["context"] = context.clone();
    body
}

fn same_kind(one: &Extra, part: &Part) -> bool {
    part.extras.iter().any(|other| other.feature() == one.feature())
}

/// A card; a picture of ours is written as a file is, somebody else's has its address alone.
fn shown(card: &crate::contract::Card, attached: impl Fn(&FileRef) -> Value) -> Value {
    let mut shown = json!({ "title": card.title, "text": card.text, "buttons": card.buttons });
    if let Some(image) = &card.image {
        shown["image"] = if image.key.is_empty() { json!({ "url": image.url }) } else { attached(image) };
    }
    shown
}

/// By which ids the platform may name what it took: its own first, and the one that we gave it.
fn named(json: &Value, message: Option<MessageId>, no: i64) -> Vec<String> {
    let (theirs, ours) = (text(json, "id").to_owned(), message.map(|message| repeat::tag(message, no)));
    let mut ids = vec![theirs];
    ids.extend(ours);
    ids.dedup();
    ids.retain(|id| !id.is_empty() || message.is_none());
    ids
}

fn unsigned() -> SettingProblem {
    wrong("signing_secret", "wrong_secret", "the platform does not take our signature: both sides need the same signing secret")
}

/// Why the platform could not do it. Its code is ours where it is one of the contract; its words are shown in any case.
fn explain(error: &Value, unsaid: &str) -> Problem {
    let known = ["unknown_recipient", "opted_out", "content_refused", "too_big", "window_closed", "quota_used"];
    let code = known.into_iter().find(|code| *code == text(error, "code")).unwrap_or("platform_refused");
    let said: Vec<&str> = [text(error, "message"), text(error, "code")].into_iter().filter(|word| !word.is_empty()).collect();
    let said = if said.is_empty() { unsaid.to_owned() } else { said.join(", ") };
    Problem { code: code.into(), detail: format!("The platform says: {said}") }
}

fn refused(status: u16, json: &Value) -> Outcome {
    Outcome::Failed(explain(json.get("error").unwrap_or(&Value::Null), &format!("no ({status})")))
}

/// A platform may say where it tells its events, so that another address than ours is found before an event is missed.
fn checked(account: &ChannelAccount, status: u16, json: &Value) -> Outcome {
    Outcome::Problem(match (status, text(json, "tells")) {
        (200..=299, "") => return Outcome::Fine,
        (200..=299, url) if url.trim_end_matches('/') == account.webhook_url.trim_end_matches('/') => return Outcome::Fine,
        (200..=299, url) => {
            let mend = format!("the platform tells its events to {url}: enter our webhook URL there");
            wrong("webhook_url", "webhook_elsewhere", mend)
        }
        (status, _) => unchecked(status),
    })
}

fn unchecked(status: u16) -> SettingProblem {
    match status {
        401 | 403 => unsigned(),
        404 | 405 | 410 => wrong("send_url", "wrong_url", format!("the platform takes nothing at this address ({status})")),
        _ => wrong("send_url", "unexpected_answer", format!("the platform answered {status} to a check, which wants 2xx")),
    }
}

#[cfg(test)]
#[path = "custom_tests.rs"]
mod tests;
