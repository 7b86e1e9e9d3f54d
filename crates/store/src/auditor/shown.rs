//! Keys of rows as a person reads them: public ids, numbers, and only such texts as are nobody's address.

use db::Value;
use uuid::Uuid;

/// The letters before a UUID, by the column that holds it.
const COLUMNS: &[(&str, &str)] = &[
    ("account_id", "AC"),
    ("activity_id", "WA"),
    ("address_id", "KD"),
    ("api_key_id", "SK"),
    ("app_id", "KP"),
    ("channel_account_id", "KA"),
    ("contact_id", "KC"),
    ("conversation_id", "CH"),
    ("delivery_id", "KV"),
    ("execution_id", "FN"),
    ("flow_id", "FW"),
    ("membership_id", "KM"),
    ("message_id", "IM"),
    ("node_id", "KN"),
    ("outbox_id", "KO"),
    ("queue_id", "WQ"),
    ("root_id", "KC"),
    ("task_id", "WT"),
    ("thread_id", "KT"),
    ("user_id", "US"),
    ("visitor_id", "KB"),
    ("webhook_delivery_id", "KY"),
    ("webhook_id", "KW"),
    ("worker_id", "WK"),
];

/// The letters of a table's own `id`.
const TABLES: &[(&str, &str)] = &[
    ("account", "AC"),
    ("activity", "WA"),
    ("address", "KD"),
    ("api_key", "SK"),
    ("app_delivery", "KV"),
    ("attachment", "ME"),
    ("bot_fact", "KF"),
    ("bot_question", "KQ"),
    ("business_hours", "KH"),
    ("canned_reply", "KR"),
    ("channel_account", "KA"),
    ("channel_app", "KP"),
    ("contact", "KC"),
    ("contact_join", "KU"),
    ("conversation", "CH"),
    ("custom_field", "KX"),
    ("delivery", "KV"),
    ("execution", "FN"),
    ("flow", "FW"),
    ("inbound", "KI"),
    ("job", "KJ"),
    ("membership", "KM"),
    ("message", "IM"),
    ("node", "KN"),
    ("outbox", "KO"),
    ("participant", "MB"),
    ("reservation", "WR"),
    ("session", "KS"),
    ("task", "WT"),
    ("task_channel", "TC"),
    ("task_queue", "WQ"),
    ("thread", "KT"),
    ("user", "US"),
    ("visitor", "KB"),
    ("webhook", "KW"),
    ("webhook_delivery", "KY"),
    ("worker", "WK"),
    ("workflow", "WW"),
    ("workspace", "WS"),
];

/// Texts that name no person: words of ours and keys that we made.
const PLAIN: &[&str] = &["channel", "kind", "name_of_follower", "permission", "request_key", "resource", "role", "state", "status"];

/// The id of a row of `table`.
pub fn own(table: &str, id: Uuid) -> String {
    let prefix = TABLES.iter().find(|(name, _)| *name == table).map_or("", |(_, prefix)| prefix);
    format!("{prefix}{}", id.as_simple())
}

/// The value of a column, as `column=value`.
pub fn pair(table: &str, column: &str, value: &Value) -> String {
    format!("{column}={}", text(table, column, value))
}

pub fn text(table: &str, column: &str, value: &Value) -> String {
    let uuid = match value {
        Value::Uuid(id) => Some(*id),
        Value::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    match (uuid, value) {
        (Some(id), _) if column == "id" => own(table, id),
        (Some(id), _) => {
            let prefix = COLUMNS.iter().find(|(name, _)| *name == column).map_or("", |(_, prefix)| prefix);
            format!("{prefix}{}", id.as_simple())
        }
        (None, Value::Int(number)) => number.to_string(),
        (None, Value::Bool(yes)) => yes.to_string(),
        (None, Value::Text(text)) if PLAIN.contains(&column) || (column == "key" && matches!(table, "job" | "request")) => text.clone(),
        (None, Value::Null) => "null".into(),
        (None, _) => "…".into(),
    }
}
