//! One account on each channel: as we set it up, and as its provider knows it.

use base64::Engine as _;
use serde_json::{Value, json};

use super::world::Doors;

pub const SHOP: &str = "+4915735980000";
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub const BOT: &str = "1000000000000000009";
const BOT_TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s";
pub const MAILBOX: &str = "hello@shop.example";
/// The site that shows the chat.
pub const SITE: &str = "https://shop.example";
const AGENT: &str = "brands/b1/agents/a1";

/// All channels there are.
pub const KINDS: [&str; 10] = ["sms", "messenger", "instagram", "whatsapp", "line", "gbm", "custom", "discord", "email", "webchat"];
/// Those whose emulator is one of the platforms.
pub const PLATFORMS: [&str; 6] = ["messenger", "instagram", "whatsapp", "line", "gbm", "custom"];

/// The account's id at its platform.
pub fn id(kind: &str) -> &'static str {
    match kind {
        "messenger" => "1029384756",
        "instagram" => "17841400000000001",
        "whatsapp" => "106540352242922",
        "line" => "U00000000000000000000000000000b07",
        "gbm" => "gbm-shop",
        _ => "board",
    }
}

pub fn key(person: usize) -> String {
    format!("p{person}")
}

/// For texts; another one than on WhatsApp, so that nobody is the same person on two channels.
pub fn phone(person: usize) -> String {
    format!("+4917{person:08}")
}

pub fn mobile(person: usize) -> String {
    format!("+4915{person:08}")
}

/// What we are told of the account, but for its flow.
pub fn ours(kind: &str, doors: Doors) -> Value {
    let at = |host: &str| format!("http://{host}.localhost:{}", doors.http);
    let graph = format!("{}/v25.0", at("graph"));
    let app = json!({ "app_secret": "app-secret", "verify_token": "word", "access_token": format!("{kind}-token") });
    let (settings, secrets) = match kind {
        "sms" => (json!({ "account_sid": ACCOUNT, "number": SHOP, "api_base_url": at("carrier") }), json!({ "auth_token": TOKEN })),
        "messenger" => (json!({ "page_id": id(kind), "app_id": "778899", "api_base_url": graph }), app),
        "instagram" => {
            let base = format!("{}/v25.0", at("instagram"));
            (json!({ "login": "instagram", "instagram_id": id(kind), "app_id": "778899", "api_base_url": base }), app)
        }
        "whatsapp" => {
            let settings = json!({ "number": "+15550783881", "phone_number_id": id(kind), "waba_id": "102290129340398", "app_id": "778899",
                "api_base_url": graph });
            (settings, app)
        }
        "line" => {
            let settings = json!({ "basic_id": "@shop", "api_base_url": at("line"), "data_base_url": at("line-data"),
                "sticker_base_url": at("line-data") });
            (settings, json!({ "channel_secret": "line-secret", "channel_access_token": "lasting" }))
        }
        "gbm" => {
            let settings = json!({ "agent": AGENT, "api_base_url": at("gbm"), "token_url": format!("{}/token", at("gbm")),
                "media_base_url": at("cdn") });
            // Its file spells the key so that nobody takes it for one worth hiding.
            let account = include_str!("../../src/demo/service-account.json").replace(" KEY-----", " PRIVATE KEY-----");
            (settings, json!({ "client_token": "partner-key-1", "service_account_json": account }))
        }
        "custom" => {
            let can = json!({ "text_limit": 2000, "hears": ["delivered", "read"], "says": [] }).to_string();
            let settings =
                json!({ "send_url": format!("{}/send/{}", at("platform"), id(kind)), "own_address": "@shop", "capabilities": can });
            (settings, json!({ "signing_secret": "a-secret-of-both-sides" }))
        }
        "discord" => {
            let settings = json!({ "application_id": BOT, "api_base_url": format!("{}/api/v10", at("discord")), "cdn_base_url": at("discord"),
                "direct_messages": true });
            (settings, json!({ "bot_token": BOT_TOKEN }))
        }
        "email" => {
            let settings = json!({ "address": MAILBOX, "authserv_id": "mail.localhost",
                "imap_host": "mail.localhost", "imap_port": doors.imap.to_string(), "imap_security": "none",
                "smtp_host": "mail.localhost", "smtp_port": doors.smtp.to_string(), "smtp_security": "none" });
            (settings, json!({ "imap_password": "secret", "smtp_password": "secret" }))
        }
        _ => (json!({ "allowed_sites": [SITE] }), json!({ "identity_secret": "a secret of the shop, long enough" })),
    };
    json!({ "kind": kind, "name": kind, "enabled": true, "settings": settings, "secrets": secrets })
}

/// The account as its platform knows it.
pub fn at_platform(kind: &str, door: &str) -> Value {
    let mut account = match kind {
        "messenger" | "instagram" | "whatsapp" => {
            json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": format!("{kind}-token") })
        }
        "line" => json!({ "app_id": "1650000000", "app_secret": "line-secret", "access_token": "lasting", "username": "@shop",
            "extra": { "redelivery": "on" } }),
        "gbm" => json!({ "app_secret": "partner-key-1", "username": "shop-1",
            "extra": { "agent": AGENT, "client_email": "seaway@tidewater.example" } }),
        _ => json!({ "app_secret": "a-secret-of-both-sides", "username": "@shop" }),
    };
    if kind == "whatsapp" {
        account["waba_id"] = "102290129340398".into();
        account["display_number"] = "+1 555-078-3881".into();
    }
    account["kind"] = kind.into();
    account["id"] = id(kind).into();
    account["name"] = "Shop".into();
    account["webhook_url"] = door.into();
    account
}

/// What the emulators are told at start.
pub fn emulators(doors: Doors, server: u16, people: usize) -> Value {
    let at = |host: &str| format!("http://{host}.localhost:{}", doors.http);
    let all = 0..people;
    let people: Vec<Value> =
        all.clone().map(|no| json!({ "key": key(no), "name": format!("Person {no}"), "lang": "en", "phone": mobile(no) })).collect();
    let discord: Vec<Value> =
        all.clone().map(|no| json!({ "key": key(no), "id": format!("11{no:017}"), "name": format!("Person {no}") })).collect();
    let mail: Vec<Value> = all
        .clone()
        .map(|no| json!({ "key": key(no), "name": format!("Person {no}"), "address": format!("{}@mail.example", key(no)) }))
        .collect();
    json!({
        "egress_allow": [format!("localhost:{server}"), format!("*.localhost:{server}")],
        "carrier": {
            "origin": at("carrier"),
            "accounts": [{ "account_sid": ACCOUNT, "auth_token": TOKEN }],
            "numbers": [{ "number": SHOP, "account_sid": ACCOUNT }],
        },
        "platforms": { "origin": at("cdn"), "api_origin": at("graph"), "people": people },
        "discord": {
            "origin": at("discord"),
            "bots": [{ "id": BOT, "name": "support", "token": BOT_TOKEN }],
            "people": discord,
            // Only who shares a server with a bot can be written to.
            "guilds": [{ "id": "1200000000000000077", "name": "Shop", "members": all.map(key).collect::<Vec<_>>() }],
        },
        "mail": {
            "imap_port": doors.imap, "smtp_port": doors.smtp,
            "mailboxes": [{ "address": MAILBOX, "name": "Shop", "password": "secret" }],
            "people": mail,
        },
    })
}

pub fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{secret}")))
}
