//! The phones: writing to a number, getting texts, and telling that they came.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    API_VERSION, Carrier, Status,
    answer::Refusal,
    callback::Errand,
    keyword::Keyword,
    ledger::{self, OnHandset, WebhookKind, keep},
    media::MESSAGE_BYTES,
    message::{self, Direction, Message, country, e164},
    segments,
    signature::hex,
};

const TEXT_LIMIT: usize = 1600;
const MEDIA_LIMIT: usize = 10;

/// What a phone's owner sends.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandsetMessage {
    /// The number written to.
    pub to: String,
    /// At most 1600 characters.
    #[serde(default)]
    pub text: String,
    /// At most ten, together at most 5 MiB.
    #[serde(default)]
    pub media: Vec<HandsetMedia>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandsetMedia {
    pub content_type: String,
    /// The bytes in Base64.
    pub data: String,
}

/// One message on a phone's screen. A later event with the same sid replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandsetEvent {
    /// Counts every change on any phone; ask for what came after it.
    pub position: u64,
    pub number: String,
    pub sid: String,
    pub peer: String,
    pub mine: bool,
    pub text: String,
    pub media: Vec<HandsetFile>,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Of what came in: whether the network knows that it is here. Always true for what went out.
    pub acknowledged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandsetFile {
    pub sid: String,
    pub content_type: String,
}

/// A message on a phone, as the carrier keeps it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    event: HandsetEvent,
}

impl Carrier {
    /// Sends a message from a phone; the sid it got.
    ///
    /// # Errors
    /// What is wrong with the message; a number that nobody owns is 21211.
    pub fn handset_send(&mut self, number: &str, message: &HandsetMessage, now: Timestamp) -> Result<String, Refusal> {
        let number = e164(number)?;
        let to = e164(&message.to)?;
        let Some(owner) = self.numbers.get(&to).cloned() else {
            return Err(Refusal::new(404, 21211, format!("Nobody owns the number {to}")));
        };
        if message.text.chars().count() > TEXT_LIMIT {
            return Err(Refusal::new(400, 21617, "A text has at most 1600 characters"));
        }
        let files = decode(&message.media)?;
        if message.text.is_empty() && files.is_empty() {
            return Err(Refusal::new(400, 21602, "There is nothing to send"));
        }
        let sid = self.chance.sid(if files.is_empty() { "SM" } else { "MM" });
        let digests = files.iter().map(|(_, b)| hex(&Sha256::digest(b))).collect();
        let media: Vec<String> = files.into_iter().map(|(kind, bytes)| self.keep_media(&sid, &kind, bytes, now)).collect();
        let kept = Message {
            sid: sid.clone(),
            account_sid: owner.account_sid.clone(),
            service_sid: None,
            from: Some(number.clone()),
            to: to.clone(),
            body: message.text.clone(),
            status: Status::Received,
            direction: Direction::Inbound,
            num_media: media.len(),
            media,
            num_segments: segments::cost(&message.text).segments,
            error_code: None,
            created_at: now,
            updated_at: now,
            sent_at: Some(now),
            status_callback: String::new(),
            validity_s: 0,
        };
        self.put_on_screen(&number, &to, true, &kept, now);
        self.note_on_handset(&number, &to, true, &kept, digests, now);
        let id = self.add(kept);
        let keyword = Keyword::of(&message.text);
        self.announce(id, &owner.sms_url, &owner.sms_method, &owner.sms_fallback_url, keyword, now);
        self.obey(keyword, &to, &number, now);
        Ok(sid)
    }

    /// Whoever shows the phone tells that these texts are on it. Unknown sids are passed over.
    pub fn handset_acknowledge(&mut self, number: &str, sids: &[String], now: Timestamp) {
        for sid in sids {
            let Some(&id) = self.by_sid.get(sid) else {
                continue;
            };
            if self.messages.get(&id).is_some_and(|m| m.to == number) {
                self.acknowledged(id, now);
            }
        }
    }

    /// Switches a phone on or off. What came meanwhile arrives when it is on again.
    pub fn handset_power(&mut self, number: &str, on: bool, now: Timestamp) {
        let mut handset = self.handset(number);
        handset.on = on;
        self.put_handset(handset);
        if on {
            self.reach_waiting(number, now);
        }
    }

    /// What changed on these phones after a position, oldest first.
    pub fn handset_events(&self, numbers: &[String], after: u64) -> Vec<HandsetEvent> {
        let mut events: Vec<HandsetEvent> = numbers
            .iter()
            .filter_map(|number| self.shown.get(number))
            .flatten()
            .filter(|shown| shown.event.position > after)
            .map(|shown| shown.event.clone())
            .collect();
        events.sort_by_key(|event| event.position);
        events
    }

    /// The position of the newest change on any phone.
    pub fn handset_position(&self) -> u64 {
        self.shown_count
    }

    /// A text has come to the phone that it is for.
    pub(super) fn show_on_handset(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id).cloned() else {
            return;
        };
        let from = message.from.clone().unwrap_or_default();
        let digests = message.media.iter().filter_map(|sid| self.media.get(sid)).map(|media| hex(&Sha256::digest(&media.bytes))).collect();
        self.put_on_screen(&message.to, &from, false, &message, now);
        self.note_on_handset(&message.to, &from, false, &message, digests, now);
    }

    pub(super) fn note_acknowledgement(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        let (number, sid) = (message.to.clone(), message.sid.clone());
        self.shown_count += 1;
        let position = self.shown_count;
        let on_screen = self.shown.get_mut(&number).into_iter().flatten();
        if let Some(shown) = on_screen.rev().find(|shown| shown.event.sid == sid) {
            shown.event.acknowledged = true;
            shown.event.position = position;
        }
        let noted = self.ledger.handsets.get_mut(&number).into_iter().flatten();
        if let Some(entry) = noted.rev().find(|entry| entry.sid == sid) {
            entry.acknowledged_at = Some(now);
        }
    }

    /// A text of the carrier's own, which no account sent or pays for.
    pub(super) fn carrier_text(&mut self, number: &str, peer: &str, text: &str, now: Timestamp) {
        let sid = self.chance.sid("SM");
        self.shown_count += 1;
        let event = HandsetEvent {
            position: self.shown_count,
            number: number.to_owned(),
            sid: sid.clone(),
            peer: peer.to_owned(),
            mine: false,
            text: text.to_owned(),
            media: Vec::new(),
            at_ms: now.as_millisecond(),
            acknowledged: true,
        };
        let screen = self.shown.entry(number.to_owned()).or_default();
        keep(screen, Shown { event });
        let entry = OnHandset {
            sid,
            at: now,
            peer: peer.to_owned(),
            mine: false,
            by_carrier: true,
            body: text.to_owned(),
            media_sha256: Vec::new(),
            acknowledged_at: Some(now),
        };
        keep(self.ledger.handsets.entry(number.to_owned()).or_default(), entry);
    }

    fn put_on_screen(&mut self, number: &str, peer: &str, mine: bool, message: &Message, now: Timestamp) {
        self.shown_count += 1;
        let media = message
            .media
            .iter()
            .filter_map(|sid| {
                let content_type = self.media.get(sid)?.content_type.clone();
                Some(HandsetFile { sid: sid.clone(), content_type })
            })
            .collect();
        let event = HandsetEvent {
            position: self.shown_count,
            number: number.to_owned(),
            sid: message.sid.clone(),
            peer: peer.to_owned(),
            mine,
            text: message.body.clone(),
            media,
            at_ms: now.as_millisecond(),
            acknowledged: mine,
        };
        let screen = self.shown.entry(number.to_owned()).or_default();
        keep(screen, Shown { event });
    }

    fn note_on_handset(&mut self, number: &str, peer: &str, mine: bool, message: &Message, media_sha256: Vec<String>, now: Timestamp) {
        let entry = OnHandset {
            sid: message.sid.clone(),
            at: now,
            peer: peer.to_owned(),
            mine,
            by_carrier: false,
            body: message.body.clone(),
            media_sha256,
            acknowledged_at: None,
        };
        ledger::keep(self.ledger.handsets.entry(number.to_owned()).or_default(), entry);
    }

    /// Posts an inbound message to the number's address, if it has one.
    fn announce(&mut self, id: u64, url: &str, method: &str, fallback_url: &str, keyword: Option<Keyword>, now: Timestamp) {
        let message = &self.messages[&id];
        let sid = message.sid.clone();
        if url.is_empty() {
            return self.alert(now, 11200, &sid, "the number has no address for messages");
        }
        let errand = Errand {
            kind: WebhookKind::Inbound,
            account_sid: message.account_sid.clone(),
            message_sid: sid,
            status: "received".into(),
            method: if method.eq_ignore_ascii_case("GET") { "GET" } else { "POST" },
            url: url.to_owned(),
            form: self.inbound_form(message, keyword),
            fallback_url: fallback_url.to_owned(),
            token: String::new(),
            attempt: 1,
            first_left_at: None,
        };
        self.send_out(errand, now);
    }

    /// Tells a number's address something that no phone did, in fields as given; they say which account it is of.
    pub fn tell_number(&mut self, number: &str, mut form: Vec<(String, String)>, now: Timestamp) {
        let Some(owner) = self.numbers.get(number).cloned().filter(|owner| !owner.sms_url.is_empty()) else { return };
        form.push(("AccountSid".into(), owner.account_sid.clone()));
        let errand = Errand {
            kind: WebhookKind::Inbound,
            account_sid: owner.account_sid,
            message_sid: String::new(),
            status: String::new(),
            method: "POST",
            url: owner.sms_url,
            form,
            fallback_url: owner.sms_fallback_url,
            token: String::new(),
            attempt: 1,
            first_left_at: None,
        };
        self.send_out(errand, now);
    }

    fn inbound_form(&self, message: &Message, keyword: Option<Keyword>) -> Vec<(String, String)> {
        let from = message.from.as_deref().unwrap_or_default();
        let service = self.services.values().find(|service| service.numbers.contains(&message.to));
        let mut form: Vec<(String, String)> = Vec::with_capacity(24);
        let mut add = |name: &str, value: &str| form.push((name.to_owned(), value.to_owned()));
        add("ToCountry", country(&message.to));
        for place in ["ToState", "ToCity", "ToZip", "FromState", "FromCity", "FromZip"] {
            add(place, "");
        }
        add("FromCountry", country(from));
        add("SmsMessageSid", &message.sid);
        add("SmsSid", &message.sid);
        add("MessageSid", &message.sid);
        add("AccountSid", &message.account_sid);
        add("SmsStatus", "received");
        add("From", from);
        add("To", &message.to);
        add("Body", &message.body);
        add("NumSegments", &message.num_segments.to_string());
        add("NumMedia", &message.num_media.to_string());
        add("ApiVersion", API_VERSION);
        let base = format!("{}{}", self.origin, message::uri(&message.account_sid, &message.sid));
        for (place, sid) in message.media.iter().enumerate() {
            add(&format!("MediaUrl{place}"), &format!("{base}/Media/{sid}"));
            let kind = self.media.get(sid).map_or("", |media| &media.content_type);
            add(&format!("MediaContentType{place}"), kind);
        }
        if let Some(service) = service {
            add("MessagingServiceSid", &service.sid);
            if let Some(keyword) = keyword {
                add("OptOutType", keyword.name());
            }
        }
        form
    }
}

fn decode(media: &[HandsetMedia]) -> Result<Vec<(String, Bytes)>, Refusal> {
    if media.len() > MEDIA_LIMIT {
        return Err(Refusal::new(400, 21623, "A message has at most ten pictures"));
    }
    let mut files = Vec::with_capacity(media.len());
    let mut total = 0;
    for item in media {
        let bytes = STANDARD.decode(&item.data).map_err(|_| Refusal::new(400, 21620, "A picture is not in Base64"))?;
        total += bytes.len();
        if total > MESSAGE_BYTES {
            return Err(Refusal::new(413, 30019, "The pictures are larger than 5 MB"));
        }
        files.push((media_type(&item.content_type)?, Bytes::from(bytes)));
    }
    Ok(files)
}

/// A media type that may stand in a header.
fn media_type(text: &str) -> Result<String, Refusal> {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    match text.split_once('/') {
        Some((kind, sort)) if plain(kind) && plain(sort) && text.len() < 100 => Ok(text.to_ascii_lowercase()),
        _ => Err(Refusal::new(400, 21620, "A picture's type cannot be read")),
    }
}
