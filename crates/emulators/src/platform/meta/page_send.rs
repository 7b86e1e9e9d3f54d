//! Sending from a page or an Instagram account: what the API takes and what it refuses.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Kind, Platforms, Where, act,
        files::File,
        later, provider,
        screen::{By, Card, Choice, Media, Reaction, Shown, Style, Thread},
        since_ms,
    },
    error::GraphError,
    graph::{Call, check_rate},
    template,
};
use crate::carrier::HttpAnswer;

/// How long typing is shown, in milliseconds.
const TYPING_MS: u64 = 20_000;
const DAY_MS: i64 = 86_400_000;
const BODY_KEYS: [&str; 12] = [
    "recipient",
    "messaging_type",
    "message",
    "sender_action",
    "notification_type",
    "persona_id",
    "tag",
    "reply_to",
    "payload",
    "access_token",
    "platform",
    "filedata",
];
const TAGS: [&str; 5] = ["ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "CUSTOMER_FEEDBACK", "HUMAN_AGENT"];

/// Takes a message or a sender action.
///
/// # Errors
/// The provider's own number for whatever is wrong with it; then nothing was kept.
pub(super) fn send(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let body = call.request.object().ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
    if let Some(name) = unknown_key(&body, &BODY_KEYS) {
        return Err(GraphError::parameter(format!("Unexpected key \"{name}\" on param")));
    }
    let recipient = body.get("recipient").ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
    let id = recipient.get("id").and_then(Value::as_str).ok_or_else(|| GraphError::parameter("No matching user found").sub(2_018_001))?;
    let no_match = if call.kind == Kind::Instagram { 2_534_014 } else { 2_018_001 };
    let person = world
        .account(&call.account)
        .and_then(|held| held.ids.get(id).cloned())
        .ok_or_else(|| GraphError::parameter("No matching user found").sub(no_match))?;
    let place = Where::new(&call.account, &person);
    let thread = world.thread_of(&place).cloned().unwrap_or_default();
    if !thread.opened {
        return Err(GraphError::parameter("No matching user found").sub(no_match));
    }
    fail_by_fault(world, call)?;
    if thread.blocked {
        return Err(GraphError::new(400, 551, "(#551) This person isn't available right now.").sub(1_545_041));
    }
    if let Some(action) = body.get("sender_action").and_then(Value::as_str) {
        return signal(world, &place, action, &body, id, call.now);
    }
    let message = body.get("message").filter(|message| message.is_object());
    let message = message.ok_or_else(|| GraphError::parameter("The parameter message is required"))?;
    check_window(world, call, &thread, &body, message)?;
    let mut draft = draft_of(world, call, message)?;
    draft.id = provider::of(call.kind).message_id(&mut world.chance);
    draft.reply_to = reply_to(&thread, &body)?;
    check_rate(world, &call.account, call.now)?;
    let mut told = json!({ "recipient_id": id, "message_id": draft.id });
    if let Some(file) = draft.note.get("attachment_id").filter(|file| !file.is_null()) {
        told["attachment_id"] = file.clone();
    }
    Ok(world.take(&place, draft, body, HttpAnswer::json(200, &told), true, call.now))
}

/// Keeps a file to be sent more than once.
pub(super) fn upload(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let file = uploaded(world, call).ok_or_else(|| GraphError::parameter("(#100) Upload attachment failure.").sub(2_018_047))?;
    Ok(HttpAnswer::json(200, &json!({ "attachment_id": file })))
}

/// The file that came with the request itself.
fn uploaded(world: &mut Platforms, call: &Call) -> Option<String> {
    let part = call.request.fields().into_iter().find(|part| !part.file_name.is_empty() || part.name == "filedata")?;
    Some(world.keep_file(File {
        account: call.account.clone(),
        content_type: part.content_type.to_ascii_lowercase(),
        name: part.file_name,
        bytes: part.bytes,
        created_at: call.now,
        guarded: false,
    }))
}

fn fail_by_fault(world: &mut Platforms, call: &Call) -> Result<(), GraphError> {
    let Some(held) = world.accounts.get_mut(&call.account) else { return Ok(()) };
    let Some(code) = held.faults.fail_code else { return Ok(()) };
    let mut error = GraphError::new(if matches!(code, 1 | 2) { 500 } else { 400 }, code, format!("(#{code}) The request failed"));
    error.subcode = held.faults.fail_subcode;
    if held.faults.fail_count > 0 {
        held.faults.fail_count -= 1;
        if held.faults.fail_count == 0 {
            held.faults.fail_code = None;
        }
    }
    Err(error)
}

fn check_window(world: &Platforms, call: &Call, thread: &Thread, body: &Value, message: &Value) -> Result<(), GraphError> {
    let closed = || {
        let subcode = if call.kind == Kind::Instagram { 2_534_022 } else { 2_018_278 };
        GraphError::new(400, 10, "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview").sub(subcode)
    };
    let since = thread.last_in.map_or(i64::MAX, |at| since_ms(at, call.now));
    let tag = body.get("tag").and_then(Value::as_str);
    match body.get("messaging_type").and_then(Value::as_str).unwrap_or("RESPONSE") {
        "MESSAGE_TAG" => match tag {
            Some("HUMAN_AGENT") if since <= 7 * DAY_MS => Ok(()),
            Some("HUMAN_AGENT") => Err(closed()),
            Some(tag) if TAGS.contains(&tag) && call.kind == Kind::Messenger => Ok(()),
            _ => Err(GraphError::parameter(format!("Param tag must be one of {{{}}}", TAGS.join(", ")))),
        },
        "UTILITY" if call.kind == Kind::Messenger => {
            let template = message.get("template").ok_or_else(|| GraphError::parameter("A utility message needs a template"))?;
            template::find(world, &call.account, template).map(|_| ())
        }
        "RESPONSE" | "UPDATE" if since <= DAY_MS => Ok(()),
        "RESPONSE" | "UPDATE" => Err(closed()),
        _ => Err(GraphError::parameter("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}")),
    }
}

fn reply_to(thread: &Thread, body: &Value) -> Result<Option<String>, GraphError> {
    match body.get("reply_to").and_then(|reply| reply.get("mid")).and_then(Value::as_str) {
        None => Ok(None),
        Some(mid) if thread.message(mid).is_some() => Ok(Some(mid.to_owned())),
        Some(_) => Err(GraphError::parameter("Invalid message id in reply_to")),
    }
}

fn signal(world: &mut Platforms, place: &Where, action: &str, body: &Value, id: &str, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let mut about = String::new();
    match action {
        "typing_on" => world.touch_thread(place, |thread| thread.typing_until = Some(later(now, TYPING_MS))),
        "typing_off" => world.touch_thread(place, |thread| thread.typing_until = None),
        "mark_seen" => see(world, place, None),
        "react" | "unreact" => {
            let payload = body.get("payload").ok_or_else(|| GraphError::parameter("The parameter payload is required"))?;
            about = payload.get("message_id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if world.shown(place, &about).is_none() {
                return Err(GraphError::parameter("Invalid message id"));
            }
            let name = payload.get("reaction").and_then(Value::as_str).unwrap_or_default();
            let kind = world.account(&place.account).map(|held| held.config.kind);
            if action == "react" && kind == Some(Kind::Instagram) && name != "love" {
                return Err(GraphError::parameter("Param payload[reaction] must be one of {love}"));
            }
            let emoji = super::messenger::emoji_of(name).map_or_else(|| name.to_owned(), str::to_owned);
            if action == "react" && emoji.is_empty() {
                return Err(GraphError::parameter("The parameter payload[reaction] is required"));
            }
            world.touch(place, &about, |shown| {
                shown.reactions.retain(|reaction| reaction.by == By::Person);
                if action == "react" {
                    shown.reactions.push(Reaction { by: By::Business, emoji });
                }
            });
        }
        _ => return Err(GraphError::parameter("Param sender_action must be one of {MARK_SEEN, TYPING_ON, TYPING_OFF, REACT, UNREACT}")),
    }
    world.signal(place, action, &about, now);
    let account = place.account.clone();
    Ok(world.after_send(&account, HttpAnswer::json(200, &json!({ "recipient_id": id }))))
}

/// The business has seen what the person wrote, up to a message or all of it.
pub(in crate::platform) fn see(world: &mut Platforms, place: &Where, up_to: Option<&str>) {
    let mut fresh = Vec::new();
    for shown in world.thread_of(place).into_iter().flat_map(|thread| &thread.messages) {
        if shown.by == By::Person && !shown.seen {
            fresh.push(shown.id.clone());
        }
        if up_to == Some(shown.id.as_str()) {
            break;
        }
    }
    for id in fresh {
        world.touch(place, &id, |shown| shown.seen = true);
    }
}

fn draft_of(world: &mut Platforms, call: &Call, message: &Value) -> Result<Shown, GraphError> {
    const KEYS: [&str; 6] = ["text", "attachment", "attachments", "quick_replies", "metadata", "template"];
    if let Some(name) = unknown_key(message, &KEYS) {
        return Err(GraphError::parameter(format!("Unexpected key \"{name}\" on param \"message\"")));
    }
    let mut draft = Shown { note: json!({ "metadata": message.get("metadata") }), ..Shown::default() };
    let text = message.get("text").and_then(Value::as_str).unwrap_or_default();
    let (length, most, unit) = match call.kind {
        Kind::Instagram => (text.len(), 1000, "bytes"),
        _ => (text.chars().count(), 2000, "characters"),
    };
    if length > most {
        return Err(GraphError::parameter(format!("Length of param message[text] must be less than or equal to {most} {unit}")));
    }
    draft.kind = "text".into();
    draft.text = text.to_owned();
    let single = message.get("attachment").cloned().into_iter();
    let several = message.get("attachments").and_then(Value::as_array).cloned().into_iter().flatten();
    let attachments: Vec<Value> = single.chain(several).collect();
    let most = if call.kind == Kind::Instagram { 10 } else { 30 };
    if attachments.len() > most {
        return Err(GraphError::parameter(format!("Param message[attachments] has more than {most} elements")));
    }
    for attachment in &attachments {
        attach(world, call, attachment, &mut draft)?;
    }
    if let Some(template) = message.get("template") {
        let known = template::find(world, &call.account, template)?;
        template::fill(&known, template, &mut draft)?;
    }
    if draft.text.is_empty() && attachments.is_empty() && message.get("template").is_none() {
        return Err(GraphError::parameter("Message cannot be empty, must provide valid attachment or text").sub(2_018_031));
    }
    quick_replies(message, &mut draft)?;
    Ok(draft)
}

fn attach(world: &mut Platforms, call: &Call, attachment: &Value, draft: &mut Shown) -> Result<(), GraphError> {
    let kind = attachment.get("type").and_then(Value::as_str).unwrap_or_default();
    let payload = attachment.get("payload").unwrap_or(&Value::Null);
    match kind {
        "image" | "audio" | "video" | "file" => {
            draft.kind = kind.into();
            let file = match (payload.get("url").and_then(Value::as_str), payload.get("attachment_id").and_then(Value::as_str)) {
                (Some(url), _) if url.starts_with("http://") || url.starts_with("https://") => {
                    draft.media.push(Media { file: url.to_owned(), content_type: String::new(), ..Media::default() });
                    return Ok(());
                }
                (Some(_), _) => return Err(GraphError::parameter("Invalid URL for attachment")),
                (None, Some(id)) => id.to_owned(),
                (None, None) => uploaded(world, call)
                    .ok_or_else(|| GraphError::parameter("Incorrect number of files uploaded. Must upload exactly one file."))?,
            };
            let found = world.files.get(&file).filter(|found| found.account == call.account);
            let found = found.ok_or_else(|| GraphError::parameter("Invalid attachment id").sub(2_018_074))?;
            let media = Media { file: file.clone(), content_type: found.content_type.clone(), name: found.name.clone(), voice: false };
            if let Some(why) = provider::of(call.kind).misfit(kind, &media.content_type, found.bytes.len()) {
                return Err(misfit_error(call.kind, &why));
            }
            draft.media.push(media);
            if payload.get("is_reusable").and_then(Value::as_bool) == Some(true) {
                draft.note["attachment_id"] = json!(file);
            }
            Ok(())
        }
        "template" => template_of(call.kind, payload, draft),
        "like_heart" if call.kind == Kind::Instagram => {
            draft.kind = "sticker".into();
            draft.text = "❤️".into();
            Ok(())
        }
        "MEDIA_SHARE" if call.kind == Kind::Instagram => {
            draft.kind = "share".into();
            draft.text = payload.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(())
        }
        _ => Err(GraphError::parameter("Param message[attachment][type] must be one of {IMAGE, AUDIO, VIDEO, FILE, TEMPLATE}")),
    }
}

/// What is said of a file that does not fit.
pub(super) fn misfit_error(kind: Kind, why: &str) -> GraphError {
    match kind {
        Kind::Instagram => GraphError::parameter(why).sub(2_534_025),
        _ => GraphError::parameter(why).sub(2_018_109),
    }
}

fn template_of(kind: Kind, payload: &Value, draft: &mut Shown) -> Result<(), GraphError> {
    let sort = payload.get("template_type").and_then(Value::as_str).unwrap_or_default();
    draft.kind = "template".into();
    match sort {
        "generic" | "media" => {
            let elements = list(payload, "elements");
            let most = if sort == "media" { 1 } else { 10 };
            if elements.is_empty() || elements.len() > most {
                return Err(GraphError::parameter(format!("Param payload[elements] must have 1 to {most} elements")));
            }
            for (place, element) in elements.iter().enumerate() {
                let title = limited(element, "title", 80)?;
                let subtitle = limited(element, "subtitle", 80)?;
                if sort == "generic" && title.is_empty() {
                    return Err(GraphError::parameter("The parameter title is required in elements"));
                }
                let image = ["image_url", "url"].iter().find_map(|name| element.get(*name).and_then(Value::as_str)).unwrap_or_default();
                let choices = buttons(kind, element, 3, &format!("c{place}"))?;
                if sort == "generic" && subtitle.is_empty() && image.is_empty() && choices.is_empty() {
                    return Err(GraphError::parameter("(#100) Element must have at least one of subtitle, image_url and buttons"));
                }
                draft.cards.push(Card { title, subtitle, image: image.to_owned(), choices });
            }
            Ok(())
        }
        "button" => {
            draft.kind = "buttons".into();
            draft.text = limited(payload, "text", 640)?;
            draft.choices = buttons(kind, payload, 3, "b")?;
            if draft.text.is_empty() || draft.choices.is_empty() {
                return Err(GraphError::parameter("A button template needs a text and 1 to 3 buttons"));
            }
            Ok(())
        }
        "receipt" | "customer_feedback" | "product" | "coupon" if kind == Kind::Messenger || sort == "product" => {
            let title = ["title", "recipient_name", "order_number"].iter().find_map(|name| payload.get(*name).and_then(Value::as_str));
            draft.cards.push(Card { title: title.unwrap_or(sort).to_owned(), subtitle: sort.to_owned(), ..Card::default() });
            Ok(())
        }
        _ => Err(GraphError::parameter(
            "Param payload[template_type] must be one of {generic, button, media, receipt, customer_feedback, product, coupon}",
        )),
    }
}

fn buttons(kind: Kind, of: &Value, most: usize, prefix: &str) -> Result<Vec<Choice>, GraphError> {
    let list = list(of, "buttons");
    if list.len() > most {
        return Err(GraphError::parameter(format!("Param buttons has too many elements: at most {most}")));
    }
    let mut choices = Vec::with_capacity(list.len());
    for (place, button) in list.iter().enumerate() {
        let text = |name: &str| button.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let title = limited(button, "title", 20)?;
        let payload = limited(button, "payload", 1000)?;
        let style = match text("type").as_str() {
            "postback" => Style::Button,
            "web_url" => Style::Link,
            "phone_number" if kind == Kind::Messenger => Style::Call,
            "account_link" | "account_unlink" | "game_play" if kind == Kind::Messenger => Style::Link,
            _ => return Err(GraphError::parameter("Param buttons[type] is not supported")),
        };
        if style == Style::Link && text("type") == "web_url" && !text("url").starts_with("http") {
            return Err(GraphError::parameter("Param url must be a valid URL"));
        }
        if style == Style::Button && payload.is_empty() {
            return Err(GraphError::parameter("The parameter payload is required in buttons"));
        }
        if title.is_empty() && style != Style::Link {
            return Err(GraphError::parameter("The parameter title is required in buttons"));
        }
        choices.push(Choice { id: format!("{prefix}{place}"), style, title, payload, url: text("url"), ..Choice::default() });
    }
    Ok(choices)
}

fn quick_replies(message: &Value, draft: &mut Shown) -> Result<(), GraphError> {
    let replies = list(message, "quick_replies");
    if replies.len() > 13 {
        return Err(GraphError::parameter("Param message[quick_replies] has too many elements: at most 13"));
    }
    for (place, reply) in replies.iter().enumerate() {
        let style = match reply.get("content_type").and_then(Value::as_str).unwrap_or_default() {
            "text" => Style::QuickReply,
            "user_phone_number" => Style::AskPhone,
            "user_email" => Style::AskEmail,
            _ => return Err(GraphError::parameter("Param content_type must be one of {text, user_phone_number, user_email}")),
        };
        let title = limited(reply, "title", 20)?;
        let payload = limited(reply, "payload", 1000)?;
        if style == Style::QuickReply && title.is_empty() {
            return Err(GraphError::parameter("The parameter title is required in quick_replies"));
        }
        draft.choices.push(Choice { id: format!("q{place}"), style, title, payload, ..Choice::default() });
    }
    Ok(())
}

fn limited(of: &Value, name: &str, most: usize) -> Result<String, GraphError> {
    let text = of.get(name).and_then(Value::as_str).unwrap_or_default();
    if text.chars().count() > most {
        return Err(GraphError::parameter(format!("Length of param {name} must be less than or equal to {most}")));
    }
    Ok(text.to_owned())
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first member that is none of these.
pub(super) fn unknown_key<'a>(of: &'a Value, known: &[&str]) -> Option<&'a str> {
    of.as_object()?.keys().map(String::as_str).find(|name| !known.contains(name))
}

/// Why a file cannot be sent as this kind: its type, or more bytes than the platform takes.
pub(super) fn misfit(kind: &str, content_type: &str, bytes: usize, most: usize) -> Option<String> {
    let found = act::kind_of(content_type);
    if kind != "file" && kind != "template" && kind != found {
        return Some(format!("The attachment is {content_type}, not of type {kind}"));
    }
    (bytes > most).then(|| format!("The attachment has {bytes} bytes, more than {most}"))
}
