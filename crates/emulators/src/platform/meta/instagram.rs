//! Instagram messaging: echoes for every message, seen marks by message, unsends, stories; no delivery receipts.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Act, Platforms, Where,
        config::{Person, PlatformAccount},
        provider::{Abilities, Event, Provider},
        screen::Shown,
    },
    ascii_json, digits, letters, messenger, page, page_send,
};
use crate::carrier::{Chance, HttpAnswer};

const IMAGE_BYTES: usize = 8 * 1024 * 1024;
const FILE_BYTES: usize = 25 * 1024 * 1024;
const GIVE_UP_MS: u64 = 36 * 3_600_000;
/// How long a story's picture can be had, in seconds: a day.
const STORY_S: i64 = 86_400;

const FIELDS: [&str; 11] = [
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "message_reactions",
    "messaging_referral",
    "messaging_optins",
    "messaging_handover",
    "message_edit",
    "standby",
    "comments",
    "mentions",
];

pub(in crate::platform) struct Instagram;

impl Provider for Instagram {
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String> {
        vec![digits(&format!("instagram:{}:{}", account.id, person.key))]
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        format!("aWdfZAG1faXRlbToxOk{}", letters(chance, 110))
    }

    fn abilities(&self, _account: &PlatformAccount) -> Abilities {
        Abilities {
            reply: true,
            edit: true,
            unsend: true,
            react: vec!["❤", "😂", "😮", "😢", "😡", "👍"],
            sticker: true,
            voice: true,
            seen: true,
            ..Abilities::default()
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn refuses(&self, _account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        matches!(act, Act::Marketing { .. }).then_some("Instagram has no such switch")
    }

    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        let most = if kind == "image" { IMAGE_BYTES } else { FILE_BYTES };
        let taken: &[&str] = match kind {
            "image" => &["image/png", "image/jpeg", "image/gif"],
            "audio" => &["audio/aac", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/wav", "audio/x-wav", "audio/mpeg", "video/mp4"],
            "video" => &["video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"],
            "file" => &["application/pdf"],
            _ => &[],
        };
        if !taken.is_empty() && !taken.contains(&content_type) {
            return Some(format!("Instagram takes no {content_type} as {kind}"));
        }
        page_send::misfit("file", content_type, bytes, most)
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        super::error::GraphError::parameter(format!("The media could not be fetched from this URI: {why}")).sub(2_534_025).into()
    }

    fn bytes(&self, body: &Value) -> Bytes {
        ascii_json(body)
    }

    fn proof(&self, account: &PlatformAccount, body: &[u8], _now: Timestamp) -> Vec<(String, String)> {
        super::proof(account, body)
    }

    fn again_after_ms(&self, attempt: u32, spent_ms: u64) -> Option<u64> {
        super::again_after_ms(attempt, spent_ms, GIVE_UP_MS)
    }

    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
        let at = now.as_millisecond();
        match event {
            Event::Said { id, quick_reply } => {
                let Some(shown) = world.shown(place, &id).cloned() else { return };
                let mut message = page::message_json(world, &shown, attachments(world, &shown, now), now);
                if shown.kind == "share" && shown.note["what"] == "story_reply" {
                    message["reply_to"] = json!({ "story": { "id": digits(&id), "url": shown.note["url"] } });
                }
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
                let mut reaction = json!({ "mid": on, "action": if added { "react" } else { "unreact" } });
                if added {
                    reaction["reaction"] = json!(if emoji.starts_with('❤') { "love" } else { "other" });
                    reaction["emoji"] = json!(emoji);
                }
                page::tell(world, place, ("message_reactions", "reaction", &on), false, at, json!({ "reaction": reaction }), now);
            }
            Event::Edited(id) => {
                let Some(shown) = world.shown(place, &id) else { return };
                let edit = json!({ "mid": id, "text": shown.text, "num_edit": shown.edits });
                page::tell(world, place, ("message_edit", "edit", &id), false, at, json!({ "message_edit": edit }), now);
            }
            Event::Unsent(id) => {
                let message = json!({ "mid": id, "is_deleted": true });
                page::tell(world, place, ("messages", "unsend", &id), false, at, json!({ "message": message }), now);
            }
            Event::Read(ids) => {
                if world.account(&place.account).is_some_and(|held| held.faults.no_read) {
                    return;
                }
                // The mark stands at the newest message; everything before it is seen as well.
                let Some(id) = ids.last().cloned() else { return };
                page::tell(world, place, ("messaging_seen", "read", &id), false, at, json!({ "read": { "mid": id } }), now);
            }
            Event::Accepted(id) | Event::StaffSaid(id) => messenger::echo_unnamed(world, place, &id, now),
            Event::Started { referral, payload: Some(payload), title } => {
                let id = self.message_id(&mut world.chance);
                let mut postback = json!({ "mid": id, "title": title, "payload": payload });
                if let Some(referral) = referral {
                    postback["referral"] = referral;
                }
                page::tell(world, place, ("messaging_postbacks", "postback", &id), false, at, json!({ "postback": postback }), now);
            }
            Event::Started { referral, payload: None, .. } => {
                let referral = referral.unwrap_or_else(|| json!({ "source": "SHORTLINKS", "type": "OPEN_THREAD" }));
                page::tell(world, place, ("messaging_referral", "referral", ""), false, at, json!({ "referral": referral }), now);
            }
            Event::Raw { field, json, id } => {
                let field = field.unwrap_or_else(|| "messages".into());
                page::tell(world, place, (&field, "raw", &id), false, at, json, now);
            }
            Event::Sent(_) | Event::Delivered(_) | Event::Failed(..) | Event::Marketing { .. } | Event::Blocked(_) | Event::Typing(_) => {}
        }
    }
}

fn attachments(world: &Platforms, shown: &Shown, now: Timestamp) -> Vec<Value> {
    match shown.kind.as_str() {
        "sticker" if shown.text.starts_with('❤') => vec![json!({ "type": "like_heart" })],
        "sticker" => {
            shown.media.iter().map(|media| json!({ "type": "image", "payload": { "url": world.link(&media.file, None, now) } })).collect()
        }
        "share" => match shown.note["what"].as_str().unwrap_or_default() {
            "story_reply" => Vec::new(),
            "ephemeral" => vec![json!({ "type": "ephemeral" })],
            "story_mention" => {
                let url = shown.media.first().map(|media| world.link(&media.file, Some(STORY_S), now));
                let url = url.or_else(|| shown.note["url"].as_str().map(str::to_owned));
                vec![json!({ "type": "story_mention", "payload": { "url": url } })]
            }
            what => {
                let mut payload = json!({ "url": shown.note["url"] });
                if let Some(title) = shown.note["title"].as_str().filter(|title| !title.is_empty()) {
                    payload["title"] = json!(title);
                }
                if matches!(what, "ig_reel" | "reel") {
                    payload["reel_video_id"] = json!(digits(&shown.id));
                }
                vec![json!({ "type": what, "payload": payload })]
            }
        },
        _ => Vec::new(),
    }
}
