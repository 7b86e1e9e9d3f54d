//! The WhatsApp Cloud API: a number, its statuses, its templates, people known by number or by a business-scoped id.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    super::{
        Act, Platforms, Where,
        config::{Person, PlatformAccount},
        provider::{Abilities, Event, Provider},
    },
    ascii_json, digits, letters, whatsapp_event,
};
use crate::carrier::{Chance, HttpAnswer, country};

const GIVE_UP_MS: u64 = 7 * 86_400_000;

const FIELDS: [&str; 20] = [
    "messages",
    "message_template_status_update",
    "message_template_quality_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "account_update",
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "security",
    "flows",
    "user_preferences",
    "calls",
    "history",
    "smb_app_state_sync",
    "smb_message_echoes",
    "template_category_update",
    "message_echoes",
    "messaging_handovers",
    "group_lifecycle_update",
];

pub(in crate::platform) struct Whatsapp;

/// The id of a person within one business: their country and digits.
pub(super) fn scoped_id(account: &PlatformAccount, person: &Person) -> String {
    let land = match country(&person.phone) {
        "" => "US",
        land => land,
    };
    format!("{land}.{}", digits(&format!("whatsapp:{}:{}", account.waba_id, person.key)))
}

impl Provider for Whatsapp {
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String> {
        let phone = person.phone.trim_start_matches('+');
        if phone.is_empty() {
            return Vec::new();
        }
        match person.hides_phone {
            true => vec![scoped_id(account, person)],
            false => vec![phone.to_owned(), scoped_id(account, person)],
        }
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        format!("wamid.{}==", letters(chance, 58))
    }

    fn abilities(&self, account: &PlatformAccount) -> Abilities {
        Abilities {
            reply: true,
            edit: account.coexistence,
            unsend: account.coexistence,
            react: vec!["👍", "❤️", "😂", "😮", "😢", "🙏"],
            sticker: true,
            location: true,
            contact: true,
            file: true,
            voice: true,
            seen: true,
            ..Abilities::default()
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn refuses(&self, account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        match act {
            Act::StaffSays { .. } if !account.coexistence => Some("Only a number that the phone app also uses can be written from there"),
            Act::Start { payload: Some(_), .. } => Some("WhatsApp has no first button"),
            _ => None,
        }
    }

    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        const MB: usize = 1024 * 1024;
        let (types, most): (&[&str], usize) = match kind {
            "image" | "template" => (&["image/jpeg", "image/png", "video/mp4", "application/pdf"], 5 * MB),
            "video" => (&["video/mp4", "video/3gpp"], 16 * MB),
            "audio" => (&["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 * MB),
            "sticker" => (&["image/webp"], 500 * 1024),
            _ => (&[], 100 * MB),
        };
        let plain = content_type.split(';').next().unwrap_or_default().trim();
        if !types.is_empty() && !types.contains(&plain) {
            return Some(format!("Unsupported {kind} mime type {content_type}. Please use one of {}", types.join(", ")));
        }
        (bytes > most).then(|| format!("The file has {bytes} bytes, more than {most}"))
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        super::error::GraphError::whatsapp(131_053, why).into()
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
        whatsapp_event::announce(world, place, event, now);
    }
}
