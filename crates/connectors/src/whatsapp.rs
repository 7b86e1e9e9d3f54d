//! WhatsApp Business Platform, Cloud API (Graph v25.0).
//!
//! The channel reaches people by their phone number, so a number that also sends SMS is one person; see `events` for people without one.
//! Nothing we send is told apart from its repeat: what leaves carries our message id, by which its receipts are known.

mod card;
mod events;

use model::{Capabilities, ChannelAccount, ChoiceLimit, Feature, FieldProblem, Problem, TextUnit, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::keyword;
use crate::meta::graph::{self, Auth, FACEBOOK, Graph};
use crate::meta::send::{WINDOW_S, closed, kind_of, media};
use crate::meta::{self, Delivery, doctor, template};
use crate::native::{self, Native};
use crate::phone::e164;
use crate::repeat;
use crate::text::{apart, cut, length};
use crate::wire::{list, named, text, wrong};

pub struct Whatsapp;

const TEXT_LIMIT: u32 = 4096;
const CAPTION_LIMIT: usize = 1024;
/// What may stand above buttons; lists take 4096 by newer documents and 1024 by older ones.
const BODY_LIMIT: usize = 1024;
const BUTTONS: usize = 3;
const BUTTON_TITLE: usize = 20;
const LIST_LIMIT: u32 = 10;
const ROW_TITLE: u32 = 24;
/// A button's id takes 256 characters and a row's 200.
const CHOICE_ID: usize = 200;
const PICTURE_BYTES: i64 = 5 * 1024 * 1024;
const SOUND_BYTES: i64 = 16 * 1024 * 1024;
/// A sticker is a WebP of this side, in pixels, and of at most so many bytes as it stands still or moves.
const STICKER_SIDE: i64 = 512;
const STILL_BYTES: i64 = 100 * 1024;
const MOVING_BYTES: i64 = 500 * 1024;
const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// What is sent as itself; every other file is a document.
const PICTURES: &[&str] = &["image/jpeg", "image/png"];
const SOUNDS: &[&str] = &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"];
const FILMS: &[&str] = &["video/mp4", "video/3gpp"];
/// The most of a file of a customer's that we take.
const MEDIA_BYTES: u64 = 32 << 20;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "number",
        label: "Phone number",
        help: "The number customers write to, with country code, e.g. +49 1573 5980000.",
        kind: SettingKind::Phone,
        required: true,
        default: None,
    },
    Setting {
        key: "phone_number_id",
        label: "Phone number ID",
        help: "Digits only; beside the number in the app's WhatsApp settings, API setup.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "waba_id",
        label: "WhatsApp Business account ID",
        help: "Digits only; below the phone number ID.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "app_id",
        label: "App ID",
        help: "Of your app at developers.facebook.com; at the top of its dashboard.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "app_secret",
        label: "App secret",
        help: "Signs what Meta sends us; in the app's basic settings.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "access_token",
        label: "Access token",
        help: "Of a system user of the business, with both WhatsApp permissions; it does not end by itself.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "verify_token",
        label: "Verify token",
        help: "A word of your own: enter it here and beside the webhook's address in the app.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "list_label",
        label: "Label of lists",
        help: "What a customer taps to see more than three answers, up to 20 characters.",
        kind: SettingKind::Text,
        required: false,
        default: Some("Menu"),
    },
    keyword::SETTINGS[0],
    keyword::SETTINGS[1],
    keyword::SETTINGS[2],
    keyword::SETTINGS[3],
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where the provider's API answers; change it for a gateway or an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some(FACEBOOK),
    },
];

fn graph(account: &ChannelAccount) -> Graph<'_> {
    Graph::new(account, FACEBOOK, Auth::Bearer, "phone_number_id")
}

impl Connector for Whatsapp {
    fn kind(&self) -> &'static str {
        "whatsapp"
    }
    fn name(&self) -> &'static str {
        "WhatsApp"
    }
    fn address_kind(&self) -> &'static str {
        "phone"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let number = account.setting("number");
        [
            (!number.is_empty() && e164(number, None).is_none()).then(|| {
                let detail = format!("{number} is not a phone number with country code: write it like +49 1573 5980000");
                wrong("number", "bad_number", detail)
            }),
            (length(account.setting("list_label"), TextUnit::Chars) > BUTTON_TITLE)
                .then(|| wrong("list_label", "too_long", format!("a label has at most {BUTTON_TITLE} characters"))),
            graph::check_id(account, "phone_number_id", "a phone number's id"),
            graph::check_id(account, "waba_id", "a WhatsApp Business account's id"),
            graph::check_id(account, "app_id", "an app's id"),
            graph::check_secret(account, "app_secret"),
            graph::check_secret(account, "access_token"),
            keyword::problem(account),
            crate::wire::bad_url(account, "api_base_url"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
    fn address(&self, account: &ChannelAccount) -> String {
        let number = account.setting("number");
        e164(number, None).unwrap_or_else(|| number.to_owned())
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["phone_number_id"])
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: TEXT_LIMIT,
            text_unit: TextUnit::Chars,
            max_attachments: 10,
            attachment_types: ["image/", "audio/", "video/", "application/", "text/"].map(String::from).to_vec(),
            max_attachment_bytes: FILE_BYTES,
            delivery_receipts: true,
            read_receipts: true,
            reply_window_s: Some(WINDOW_S),
            choices: Some(ChoiceLimit { most: LIST_LIMIT, title: ROW_TITLE }),
            cards: Some(card::LIMIT),
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Sticker,
                Feature::Location,
                Feature::ContactCard,
                Feature::Quote,
                Feature::Edit,
                Feature::Unsend,
                Feature::Reaction,
                Feature::Choice,
                Feature::Delivered,
                Feature::Read,
                Feature::Echo,
                Feature::Staff,
                Feature::Name,
                Feature::Failed,
            ]
            .into(),
            says: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Quote,
                Feature::Reaction,
                Feature::Choice,
                Feature::Card,
                Feature::Location,
                Feature::ContactCard,
                Feature::Sticker,
                Feature::Typing,
                Feature::Read,
                Feature::Template,
                Feature::Native,
            ]
            .into(),
            ..Capabilities::default()
        }
    }
    fn check_sticker(&self, _account: &ChannelAccount, _set: &str, _id: &str) -> Result<(), FieldProblem> {
        let detail = "WhatsApp's stickers are files: attach a WebP of 512 by 512 pixels, of at most 100 kB, or 500 kB where it moves";
        Err(FieldProblem::new("sticker", "by_file", detail))
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        Ok(match meta::admit(to, incoming)? {
            Delivery::Handshake(answer) => Received { answer, ..Received::default() },
            Delivery::Unreadable(why) => Received { unreadable: Some(why), ..Received::default() },
            Delivery::Body(json) => events::take(to, &json, |account| account.map_or(FACEBOOK, |account| graph(account).base()).to_owned()),
        })
    }
    fn first_thread(&self, _account: &ChannelAccount, opening: &Opening) -> Option<(String, Value)> {
        opening.external_id.starts_with('+').then(|| (opening.external_id.to_owned(), Value::Null))
    }
    fn picture_limit(&self, _account: &ChannelAccount, file: &FileRef) -> Option<PictureLimit> {
        // A picture that is a sticker stays one.
        (!is_sticker(file)).then(|| PictureLimit::of(PICTURES, PICTURE_BYTES as u64))
    }
    fn native(&self) -> Option<&'static Native> {
        Some(&NATIVE)
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        split(&self.capabilities(account), message)
    }
    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
        let graph = graph(account);
        let messages = format!("{}/messages", account.setting("phone_number_id"));
        match work {
            Work::Part { part, heard_at, .. } if window_closed(part, *heard_at, now) => Step::Nothing,
            Work::Part { part, to, thread, context, message, no, .. } => {
                if let (Some(file), "") = (uploaded(part), text(progress, "media")) {
                    return upload(account, &graph, file);
                }
                let mut body = content(account, part, text(progress, "media"));
                address(&mut body, to, thread, context);
                if let Some(id) = &part.reply_to {
                    body["context"] = json!({ "message_id": id });
                }
                if let Some(ours) = message {
                    body["biz_opaque_callback_data"] = json!(repeat::tag(*ours, *no));
                }
                graph.post(&messages, &body, false)
            }
            Work::Media { url } => media_step(account, &graph, url, progress),
            // Typing always marks as read what it is shown below of; without a message of theirs there is nothing to show it below.
            Work::Signal { last: Some(last), signal: Signal::Typing(true), .. } => {
                let mut body = seen(last);
                body["typing_indicator"] = json!({ "type": "text" });
                graph.post(&messages, &body, true)
            }
            Work::Signal { last: Some(last), signal: Signal::Read, .. } => graph.post(&messages, &seen(last), true),
            Work::React { to, thread, context, provider_id, emoji } => {
                let reaction = json!({ "message_id": provider_id, "emoji": emoji.as_deref().unwrap_or_default() });
                let mut body = json!({ "messaging_product": "whatsapp", "type": "reaction", "reaction": reaction });
                address(&mut body, to, thread, context);
                graph.post(&messages, &body, true)
            }
            Work::Templates => template::ask(&graph, account.setting("waba_id"), progress),
            Work::Check(name) => doctor::ask(&graph, account, name, progress),
            // Names come with messages; the provider tells of nobody by number.
            Work::Profile { .. } | Work::Signal { .. } | Work::Revise { .. } | Work::Missed { .. } | Work::Find { .. } | Work::Refresh => {
                Step::Nothing
            }
        }
    }
    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let graph = graph(account);
        if let (Work::Part { part, heard_at, .. }, Reply::Http { body, .. }) = (work, reply)
            && body.is_empty()
            && window_closed(part, *heard_at, now)
        {
            return Outcome::Failed(closed());
        }
        let read = match graph::read(work, reply) {
            Ok(read) => read,
            Err(outcome) => return outcome,
        };
        match work {
            Work::Part { part, .. } if uploaded(part).is_some() && text(progress, "media").is_empty() => {
                match meta::content::id_text(&read.json, "id") {
                    id if read.ok() && !id.is_empty() => Outcome::More(json!({ "media": id })),
                    _ => graph::undone(&graph, &read, now),
                }
            }
            Work::Part { .. } => {
                let ids: Vec<String> = list(&read.json, "messages").map(|message| text(message, "id").to_owned()).collect();
                let sent = read.ok() && !ids.is_empty() && ids.iter().all(|id| !id.is_empty());
                if sent { Outcome::Sent(ids) } else { graph::unsent(&graph, &read, now) }
            }
            Work::Media { .. } => media_outcome(&graph, progress, &read, now),
            Work::Signal { .. } | Work::React { .. } if read.ok() => Outcome::Fine,
            Work::Profile { .. } => Outcome::Profile { name: String::new(), facts: vec![] },
            Work::Templates if read.ok() => template::listed(progress, &read.json),
            Work::Check(name) => doctor::judge(&graph, account, name, progress, &read, now),
            Work::Find { .. } => Outcome::Uncertain("the provider lists no message by what we gave it".into()),
            _ => graph::undone(&graph, &read, now),
        }
    }
    fn checks(&self) -> &'static [&'static str] {
        doctor::WHATSAPP_CHECKS
    }
    fn most_bytes(&self) -> usize {
        crate::meta::WEBHOOK_BYTES
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        Rate { per_second: 80.0, burst: 80 }
    }
    fn seen(&self, part: Part) -> Part {
        card::seen(part)
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

fn window_closed(part: &Part, heard_at: Option<Timestamp>, now: Timestamp) -> bool {
    part.template.is_none() && heard_at.is_none_or(|at| now.since(at) >= WINDOW_S * 1_000_000)
}

/// A short text goes below the first file where that takes one, which recordings and stickers do not; answers stand below a text that is
/// short enough for them. Each card is a message of its own: side by side they are for approved templates alone.
fn split(can: &Capabilities, message: &Outbound) -> Vec<Part> {
    let files = message.files.iter().map(|file| FileRef { sticker: is_sticker(file), ..file.clone() }).collect();
    let plain = Outbound { cards: vec![], files, ..message.clone() };
    let mut parts = said(can, &plain);
    let quote = message.reply_to.clone().filter(|_| parts.is_empty());
    let begin = parts.len();
    let cards = message.cards.iter().flat_map(card::parts);
    parts.extend(cards.map(|part| Part { speaker: message.speaker.clone(), ..part }));
    if let Some(first) = parts.get_mut(begin).filter(|first| first.reply_to.is_none()) {
        first.reply_to = quote;
    }
    parts
}

/// Whether WhatsApp takes a file as a sticker; what it would refuse goes on as a document.
fn is_sticker(file: &FileRef) -> bool {
    let most = if file.moves { MOVING_BYTES } else { STILL_BYTES };
    file.media_type == "image/webp" && file.bytes <= most && (file.width, file.height) == (STICKER_SIDE, STICKER_SIDE)
}

/// What a message says beside its cards.
fn said(can: &Capabilities, message: &Outbound) -> Vec<Part> {
    let caption = message.text.trim();
    let first = message.files.first().filter(|file| !matches!(kind(file), "audio" | "sticker"));
    let fits = !caption.is_empty() && length(caption, TextUnit::Chars) <= CAPTION_LIMIT;
    if let (Some(_), true, true, true) = (first, fits, message.choices.is_empty(), message.template.is_none()) {
        let mut parts = apart(&Outbound { text: String::new(), ..message.clone() }, can, None);
        if let Some(first) = parts.first_mut() {
            first.text = caption.to_owned();
        }
        return parts;
    }
    let mut parts = apart(message, can, None);
    let Some(at) = parts.iter().position(|part| !part.choices.is_empty()) else { return parts };
    let mut texts = cut(&parts[at].text, BODY_LIMIT, TextUnit::Chars);
    let Some(last) = texts.pop() else { return parts };
    let quote = parts[at].reply_to.take();
    let speaker = parts[at].speaker.clone();
    parts[at].text = last;
    parts.splice(at..at, texts.into_iter().map(|text| Part { text, speaker: speaker.clone(), ..Part::default() }));
    if let Some(first) = parts.get_mut(at) {
        first.reply_to = quote;
    }
    parts
}

/// What a file is called here. A recording of an iPhone is an MPEG-4 file with sound alone, whichever of its names it comes under, and the
/// channel knows one of them.
fn told_as(file: &FileRef) -> &str {
    match file.media_type.split(';').next().unwrap_or_default().trim() {
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        _ => &file.media_type,
    }
}

/// How a file travels: as what it is, where the channel takes it as that, and else as a document.
fn kind(file: &FileRef) -> &'static str {
    let plain = told_as(file).split(';').next().unwrap_or_default().trim();
    let known = PICTURES.contains(&plain) && file.bytes <= PICTURE_BYTES
        || (SOUNDS.contains(&plain) || FILMS.contains(&plain)) && file.bytes <= SOUND_BYTES;
    match kind_of(plain) {
        _ if file.sticker => "sticker",
        kind @ ("image" | "audio" | "video") if known => kind,
        _ => "document",
    }
}

/// The file that has to be there before its message.
fn uploaded(part: &Part) -> Option<&FileRef> {
    let pictures = part.cards.iter().filter_map(|card| card.image.as_ref()).filter(|picture| !picture.key.is_empty());
    part.files.iter().chain(pictures).next().filter(|_| part.template.is_none())
}

fn upload(account: &ChannelAccount, graph: &Graph, file: &FileRef) -> Step {
    let file = FileRef { media_type: told_as(file).to_owned(), ..file.clone() };
    let fields = vec![
        FormField::Text { name: "messaging_product", value: "whatsapp".into() },
        FormField::Text { name: "type", value: file.media_type.clone() },
        FormField::File { name: "file", file },
    ];
    Step::Http(Request {
        method: "POST",
        url: graph.url(&format!("{}/media", account.setting("phone_number_id")), &[]),
        headers: graph.headers(),
        body: Body::Form(fields),
        repeatable: Repeatable::Always,
        follow_redirects: 0,
        max_response_bytes: 1 << 20,
    })
}

const NATIVE: Native = Native {
    what: "a message of WhatsApp's Cloud API, as it is posted to /messages",
    one_of: &["type"],
    ours: &["messaging_product", "recipient_type", "to", "recipient", "context", "biz_opaque_callback_data", "template", "reaction"],
    typed: true,
};

fn content(account: &ChannelAccount, part: &Part, media: &str) -> Value {
    if let Some(own) = native::of(part) {
        let mut body = own.clone();
        body["messaging_product"] = json!("whatsapp");
        return body;
    }
    let (kind, content) = if let Some(filled) = &part.template {
        ("template", template::send(filled))
    } else if let Some(shown) = part.cards.first() {
        card::content(shown, &part.text, media)
    } else if let Some(extra) = part.extras.first() {
        shared(extra)
    } else if let Some(file) = part.files.first() {
        let kind = kind(file);
        let mut content = json!({ "id": media });
        if !part.text.is_empty() && !matches!(kind, "audio" | "sticker") {
            content["caption"] = json!(part.text);
        }
        if kind == "document" {
            content["filename"] = json!(file.name);
        }
        (kind, content)
    } else if !part.choices.is_empty() {
        ("interactive", choices(account, part))
    } else {
        let link = part.text.contains("https://") || part.text.contains("http://");
        ("text", json!({ "body": part.text, "preview_url": link }))
    };
    json!({ "messaging_product": "whatsapp", "type": kind, kind: content })
}

/// A place or a person.
fn shared(extra: &model::Extra) -> (&'static str, Value) {
    match extra {
        model::Extra::Location { latitude, longitude, name, address } => {
            let mut place = json!({ "latitude": latitude, "longitude": longitude });
            for (key, text) in [("name", name), ("address", address)].into_iter().filter(|(_, text)| !text.is_empty()) {
                place[key] = json!(text);
            }
            ("location", place)
        }
        model::Extra::ContactCard { name, phones, emails, organization } => {
            let phones: Vec<Value> = phones.iter().map(|phone| json!({ "phone": phone, "type": "WORK" })).collect();
            let emails: Vec<Value> = emails.iter().map(|email| json!({ "email": email, "type": "WORK" })).collect();
            let mut person = json!({ "name": { "formatted_name": name, "first_name": name }, "phones": phones, "emails": emails });
            if !organization.is_empty() {
                person["org"] = json!({ "company": organization });
            }
            ("contacts", json!([person]))
        }
        other => ("text", json!({ "body": other.written_out() })),
    }
}

/// Up to three short answers are buttons; more or longer ones are a list behind one.
fn choices(account: &ChannelAccount, part: &Part) -> Value {
    let id = |choice: &str| choice.chars().take(CHOICE_ID).collect::<String>();
    let short = part.choices.iter().all(|choice| length(choice, TextUnit::Chars) <= BUTTON_TITLE);
    let body = json!({ "text": part.text });
    if part.choices.len() <= BUTTONS && short {
        let button = |choice: &String| json!({ "type": "reply", "reply": { "id": id(choice), "title": choice } });
        let buttons: Vec<Value> = part.choices.iter().map(button).collect();
        return json!({ "type": "button", "body": body, "action": { "buttons": buttons } });
    }
    let rows: Vec<Value> = part.choices.iter().map(|choice| json!({ "id": id(choice), "title": choice })).collect();
    let label = Some(account.setting("list_label")).filter(|label| !label.is_empty()).unwrap_or("Menu");
    json!({ "type": "list", "body": body, "action": { "button": label, "sections": [{ "rows": rows }] } })
}

/// To a group, to a number, or to somebody who is known by their scoped id alone.
fn address(body: &mut Value, to: &str, thread: &str, context: &Value) {
    match (thread.strip_prefix(events::GROUP), events::dialled(to, context)) {
        (Some(group), _) => {
            body["recipient_type"] = json!("group");
            body["to"] = json!(group);
        }
        (None, Some(number)) => {
            body["recipient_type"] = json!("individual");
            body["to"] = json!(number);
        }
        (None, None) => {
            body["recipient_type"] = json!("individual");
            body["recipient"] = json!(to);
        }
    }
}

fn seen(message_id: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message_id })
}

/// First the id is asked for its address, then the address for its bytes; both as ourselves.
/// The token goes to the API alone, and to the address that the API itself has just given.
fn media_step(account: &ChannelAccount, graph: &Graph, url: &str, progress: &Progress) -> Step {
    let own = url.strip_prefix(graph.base()).is_some_and(|path| path.starts_with('/'));
    let found = text(progress, "file");
    // A link that gives up encryption is no place for a token.
    let safe = found.starts_with("https://") || !graph.base().starts_with("https://");
    let headers = if own && (safe || found.is_empty()) { graph.headers() } else { vec![] };
    let (url, follow_redirects, max_response_bytes) = match found {
        "" => (format!("{url}?phone_number_id={}", account.setting("phone_number_id")), 0, 1 << 20),
        found => (found.to_owned(), 3, MEDIA_BYTES),
    };
    Step::Http(Request { follow_redirects, max_response_bytes, ..crate::wire::get(url, headers) })
}

fn media_outcome(graph: &Graph, progress: &Progress, read: &graph::Read, now: Timestamp) -> Outcome {
    if text(progress, "file").is_empty() {
        return match text(&read.json, "url") {
            url if read.ok() && !url.is_empty() => Outcome::More(json!({ "file": url })),
            _ if matches!(read.status, 404 | 410) => gone(),
            _ => match graph::undone(graph, read, now) {
                // An id that is over is refused as a wrong parameter.
                Outcome::Failed(_) => gone(),
                other => other,
            },
        };
    }
    match media(read) {
        // The address lived its five minutes; the id may give another.
        Outcome::Failed(_) => Outcome::More(Value::Null),
        _ if read.status == 401 => graph::undone(graph, read, now),
        other => other,
    }
}

fn gone() -> Outcome {
    Outcome::Failed(Problem { code: "media_gone".into(), detail: "the provider no longer has this file".into() })
}

#[cfg(test)]
#[path = "whatsapp_tests.rs"]
mod tests;
