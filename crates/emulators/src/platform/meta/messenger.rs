//! Messenger: a page's messages, echoes, watermarks and postbacks.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Act, Platforms, Where,
        config::{Kind, Person, PlatformAccount},
        provider::{Abilities, Event, Provider},
        screen::{By, Shown},
        stickers,
    },
    ascii_json, digits, letters, page, page_send,
};
use crate::carrier::{Chance, HttpAnswer};

/// A file of a message, in bytes.
const FILE_BYTES: usize = 25 * 1024 * 1024;
const HOUR_MS: u64 = 3_600_000;
/// The app behind a page's own inbox.
const PAGE_INBOX: u64 = 26_390_203_743_090;
const EDITS: u32 = 5;

const FIELDS: [&str; 17] = [
    "messages",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_account_linking",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "messaging_feedback",
    "response_feedback",
    "send_cart",
    "messenger_template_status_update",
    "standby",
];

/// Reactions by name, as they are told and taken.
const REACTIONS: [(&str, &str); 7] =
    [("love", "❤"), ("smile", "😆"), ("wow", "😮"), ("sad", "😢"), ("angry", "😠"), ("like", "👍"), ("dislike", "👎")];

/// The emoji of a reaction's name.
pub(super) fn emoji_of(name: &str) -> Option<&'static str> {
    REACTIONS.iter().find(|(known, _)| *known == name).map(|(_, emoji)| *emoji)
}

pub(in crate::platform) struct Messenger;

impl Provider for Messenger {
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String> {
        vec![digits(&format!("messenger:{}:{}", account.id, person.key))]
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        format!("m_{}", letters(chance, 72))
    }

    fn abilities(&self, _account: &PlatformAccount) -> Abilities {
        Abilities {
            reply: true,
            edit: true,
            react: REACTIONS.iter().map(|(_, emoji)| *emoji).collect(),
            sticker: true,
            location: true,
            file: true,
            voice: true,
            seen: true,
            ..Abilities::default()
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn refuses(&self, _account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        matches!(act, Act::Marketing { .. }).then_some("Messenger has no such switch")
    }

    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        page_send::misfit(kind, content_type, bytes, FILE_BYTES)
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        super::error::GraphError::parameter(format!("Failed to fetch the file from the url: {why}")).sub(2_018_008).into()
    }

    fn bytes(&self, body: &Value) -> Bytes {
        ascii_json(body)
    }

    fn proof(&self, account: &PlatformAccount, body: &[u8], _now: Timestamp) -> Vec<(String, String)> {
        super::proof(account, body)
    }

    fn again_after_ms(&self, attempt: u32, spent_ms: u64) -> Option<u64> {
        super::again_after_ms(attempt, spent_ms, HOUR_MS)
    }

    /// After an hour of failures the page is unsubscribed, until somebody subscribes it anew.
    fn given_up(&self, world: &mut Platforms, account: &str, now: Timestamp) {
        if let Some(held) = world.accounts.get_mut(account) {
            held.fields.clear();
        }
        world.alert(account, now, "Webhooks Disabled: the page was unsubscribed");
    }

    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
        let at = now.as_millisecond();
        match event {
            Event::Said { id, quick_reply } => {
                let Some(shown) = world.shown(place, &id).cloned() else { return };
                let mut message = page::message_json(world, &shown, attachments(world, &shown, now), now);
                if let Some(payload) = quick_reply {
                    message["quick_reply"] = json!({ "payload": payload });
                }
                page::tell(world, place, ("messages", "message", &id), false, shown.at_ms, json!({ "message": message }), now);
            }
            Event::Tapped { on, choice, said } => {
                let Some(choice) = world.shown(place, &on).and_then(|shown| shown.every_choice().find(|one| one.id == choice).cloned())
                else {
                    return;
                };
                let id = said.unwrap_or_default();
                let postback = json!({ "mid": id, "title": choice.title, "payload": choice.payload });
                page::tell(world, place, ("messaging_postbacks", "postback", &id), false, at, json!({ "postback": postback }), now);
            }
            Event::Reacted { on, emoji, added } => {
                let name = REACTIONS.iter().find(|(_, known)| emoji.starts_with(known)).map_or("other", |(name, _)| name);
                let action = if added { "react" } else { "unreact" };
                let reaction = json!({ "reaction": name, "emoji": emoji, "action": action, "mid": on });
                page::tell(world, place, ("message_reactions", "reaction", &on), false, at, json!({ "reaction": reaction }), now);
            }
            Event::Edited(id) => {
                let Some(shown) = world.shown(place, &id) else { return };
                if shown.edits > EDITS {
                    return;
                }
                let edit = json!({ "mid": id, "text": shown.text, "num_edit": shown.edits });
                page::tell(world, place, ("message_edits", "edit", &id), false, at, json!({ "message_edit": edit }), now);
            }
            Event::Read(ids) => {
                if world.account(&place.account).is_some_and(|held| held.faults.no_read) {
                    return;
                }
                let watermark = ids.iter().filter_map(|id| world.shown(place, id)).map(|shown| shown.at_ms).max().unwrap_or(at);
                let last = ids.last().cloned().unwrap_or_default();
                page::tell(world, place, ("message_reads", "read", &last), false, at, json!({ "read": { "watermark": watermark } }), now);
            }
            Event::Delivered(id) => {
                let Some(shown) = world.shown(place, &id) else { return };
                if world.account(&place.account).is_some_and(|held| held.faults.no_delivered) {
                    return;
                }
                let delivery = json!({ "mids": [id], "watermark": shown.at_ms });
                page::tell(world, place, ("message_deliveries", "delivery", &id), false, at, json!({ "delivery": delivery }), now);
            }
            Event::Accepted(id) => {
                let app: u64 = world.account(&place.account).and_then(|held| held.config.app_id.parse().ok()).unwrap_or_default();
                echo(world, place, &id, app, now);
            }
            Event::StaffSaid(id) => echo(world, place, &id, PAGE_INBOX, now),
            Event::Started { referral, payload, title } => match payload {
                Some(payload) => {
                    let id = self.message_id(&mut world.chance);
                    let mut postback = json!({ "mid": id, "title": title, "payload": payload });
                    if let Some(referral) = referral {
                        postback["referral"] = referral;
                    }
                    page::tell(world, place, ("messaging_postbacks", "postback", &id), false, at, json!({ "postback": postback }), now);
                }
                None => {
                    let referral = referral.unwrap_or_else(|| json!({ "source": "SHORTLINK", "type": "OPEN_THREAD" }));
                    page::tell(world, place, ("messaging_referrals", "referral", ""), false, at, json!({ "referral": referral }), now);
                }
            },
            Event::Raw { field, json, id } => {
                let field = field.unwrap_or_else(|| "messages".into());
                page::tell(world, place, (&field, "raw", &id), false, at, json, now);
            }
            Event::Sent(_) | Event::Failed(..) | Event::Unsent(_) | Event::Marketing { .. } | Event::Blocked(_) | Event::Typing(_) => {}
        }
    }
}

fn attachments(world: &Platforms, shown: &Shown, now: Timestamp) -> Vec<Value> {
    match shown.kind.as_str() {
        // Both the new form and the one that it replaces.
        "sticker" => shown
            .media
            .iter()
            .flat_map(|media| {
                let name = media.name.trim_end_matches(".webp");
                let payload = json!({ "url": world.link(&media.file, None, now), "sticker_id": stickers::number(name) });
                [json!({ "type": "sticker", "payload": payload }), json!({ "type": "image", "payload": payload })]
            })
            .collect(),
        "location" => shown
            .place
            .iter()
            .map(|spot| {
                let coordinates = json!({ "lat": spot.latitude, "long": spot.longitude });
                json!({ "type": "location", "title": spot.name, "payload": { "coordinates": coordinates } })
            })
            .collect(),
        "share" => {
            let payload = json!({ "url": shown.note["url"], "title": shown.note["title"] });
            vec![json!({ "type": shown.note["what"], "payload": payload })]
        }
        _ => Vec::new(),
    }
}

/// The account hears what was said in its name, by the app or by somebody in the page's inbox.
fn echo(world: &mut Platforms, place: &Where, id: &str, app_id: u64, now: Timestamp) {
    let Some(shown) = world.shown(place, id).cloned() else { return };
    let templates: Vec<Value> = match shown.by {
        By::Business if !shown.cards.is_empty() || !shown.choices.is_empty() && shown.kind == "buttons" => {
            let elements: Vec<Value> = shown.cards.iter().map(|card| json!({ "title": card.title, "subtitle": card.subtitle })).collect();
            vec![json!({ "type": "template", "payload": { "product": { "elements": elements } } })]
        }
        _ => Vec::new(),
    };
    let mut message = page::message_json(world, &shown, templates, now);
    message["is_echo"] = json!(true);
    let instagram = world.account(&place.account).is_some_and(|held| held.config.kind == Kind::Instagram);
    if !instagram {
        message["app_id"] = json!(app_id);
        if let Some(metadata) = shown.note.get("metadata").filter(|metadata| !metadata.is_null()) {
            message["metadata"] = metadata.clone();
        }
    }
    let field = if instagram { "messages" } else { "message_echoes" };
    page::tell(world, place, (field, "echo", id), true, shown.at_ms, json!({ "message": message }), now);
}

/// Instagram's echo, which names no app.
pub(super) fn echo_unnamed(world: &mut Platforms, place: &Where, id: &str, now: Timestamp) {
    echo(world, place, id, 0, now);
}
