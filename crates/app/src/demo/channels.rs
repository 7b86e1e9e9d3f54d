//! The shop's channel accounts: what each is set to, at whatever address the demo listens.

use std::collections::BTreeMap;

use anyhow::Result;
use connectors::{Outcome, Reply, Work};
use engine::Engine;
use model::{ChannelAccount, Event, EventKind, MessageTemplate, Timestamp};
use serde_json::{Value, json};

use super::address::Address;
use super::installation::{CLUB_HANDLE, Installation, LINE_ID, MAIL_ADDRESS, NUMBER, Platform, WHATSAPP_NUMBER};

/// Of a service account that opens nothing but the emulator.
const SERVICE_ACCOUNT: &str = include_str!("service-account.json");
/// What the coffee club's app can carry.
const CLUB_CAN: &str = include_str!("club/capabilities.json");
/// The settings that name where something is.
const MOVING: [&str; 10] = [
    "allowed_sites",
    "send_url",
    "api_base_url",
    "data_base_url",
    "sticker_base_url",
    "token_url",
    "media_base_url",
    "cdn_base_url",
    "imap_port",
    "smtp_port",
];

/// The channel accounts as they are at this address.
pub fn channels(installation: &Installation, address: &Address) -> Vec<ChannelAccount> {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let account = |id, kind: &str, name: &str, own: &str| ChannelAccount {
        id,
        kind: kind.into(),
        name: name.into(),
        address: own.into(),
        enabled: true,
        settings: BTreeMap::new(),
        secrets: BTreeMap::new(),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    };
    let sites = json!([address.origin("shop"), address.origin("try")]).to_string();
    let color = ("color", "#2f5d4f");
    let mut all = vec![
        ChannelAccount {
            settings: owned(&[("allowed_sites", &sites), color, ("position", "right")]),
            secrets: owned(&[("identity_secret", &installation.identity_secret)]),
            ..account(installation.webchat, "webchat", "Tidewater shop", "Tidewater shop")
        },
        ChannelAccount {
            settings: owned(&[
                ("account_sid", &installation.account_sid),
                ("number", NUMBER),
                ("api_base_url", &address.origin("carrier")),
            ]),
            secrets: owned(&[("auth_token", &installation.auth_token)]),
            ..account(installation.sms, "sms", "Tidewater phone", NUMBER)
        },
    ];
    all.extend(installation.platforms.iter().map(|platform| {
        let (name, own) = match platform.kind.as_str() {
            "whatsapp" => ("Tidewater on WhatsApp", WHATSAPP_NUMBER),
            "instagram" => ("Tidewater on Instagram", platform.provider_id.as_str()),
            "line" => ("Tidewater on LINE", LINE_ID),
            "gbm" => ("Tidewater on Google", platform.provider_id.as_str()),
            "custom" => ("Tidewater in the club", CLUB_HANDLE),
            "discord" => ("Tidewater on Discord", platform.provider_id.as_str()),
            "email" => ("Tidewater mail", MAIL_ADDRESS),
            _ => ("Tidewater on Messenger", platform.provider_id.as_str()),
        };
        ChannelAccount {
            settings: platform_settings(platform, address),
            secrets: platform_secrets(platform),
            ..account(platform.id, &platform.kind, name, own)
        }
    }));
    for account in &mut all {
        let connector = connectors::find(connectors::ALL, &account.kind);
        account.provider_key = connector.and_then(|connector| connector.provider_key(account)).map(|(_, key)| key);
    }
    all
}

/// The approved texts of the shop's WhatsApp account, as Meta describes them.
pub fn templates() -> Vec<Value> {
    serde_json::from_str(include_str!("templates.json")).unwrap_or_default()
}

/// The same, as they are kept once they were listed.
pub fn listed(account: &ChannelAccount, now: Timestamp) -> Vec<MessageTemplate> {
    if account.kind != "whatsapp" {
        return Vec::new();
    }
    let body = json!({ "data": templates() }).to_string().into_bytes();
    let reply = Reply::Http { status: 200, headers: Vec::new(), body };
    let read = connectors::find(connectors::ALL, &account.kind)
        .map(|connector| connector.outcome(account, &Work::Templates, &Value::Null, &reply, now));
    match read {
        Some(Outcome::Templates(templates)) => templates,
        _ => Vec::new(),
    }
}

fn platform_secrets(platform: &Platform) -> BTreeMap<String, String> {
    let (signs, token) = (platform.app_secret.clone(), platform.access_token.clone());
    let secrets = match platform.kind.as_str() {
        "line" => vec![("channel_secret", signs), ("channel_access_token", token)],
        // Its file spells the key so that nobody takes it for one worth hiding.
        "gbm" => vec![("client_token", signs), ("service_account_json", SERVICE_ACCOUNT.replace(" KEY-----", " PRIVATE KEY-----"))],
        "custom" => vec![("signing_secret", signs)],
        "discord" => vec![("bot_token", token)],
        "email" => vec![("imap_password", token.clone()), ("smtp_password", token), ("signing_key", signs)],
        _ => vec![("app_secret", signs), ("access_token", token), ("verify_token", platform.verify_token.clone())],
    };
    secrets.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What a channel account on a platform is set to; the API is the emulator's.
fn platform_settings(platform: &Platform, address: &Address) -> BTreeMap<String, String> {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let door = |name: &str| address.origin(name);
    match platform.kind.as_str() {
        "line" => {
            return owned(&[
                ("channel_id", &platform.app_id),
                ("basic_id", LINE_ID),
                ("api_base_url", &door("line")),
                ("data_base_url", &door("line-data")),
                ("sticker_base_url", &door("line-data")),
            ]);
        }
        "gbm" => {
            return owned(&[
                ("agent", &gbm_agent(platform)),
                ("api_base_url", &door("gbm")),
                ("token_url", &format!("{}/token", door("gbm"))),
                ("media_base_url", &door("cdn")),
            ]);
        }
        "custom" => {
            return owned(&[
                ("send_url", &format!("{}/send/{}", door("platform"), platform.provider_id)),
                ("own_address", CLUB_HANDLE),
                ("capabilities", CLUB_CAN),
                ("messages_per_second", "10"),
            ]);
        }
        "discord" => {
            return owned(&[
                ("application_id", &platform.provider_id),
                ("direct_messages", "true"),
                ("ticket_servers", &json!([platform.business_id]).to_string()),
                ("watched_channels", &json!([platform.app_id]).to_string()),
                ("api_base_url", &format!("{}/api/v10", door("discord"))),
                ("cdn_base_url", &door("discord")),
            ]);
        }
        "email" => {
            let [imap, smtp] = address.mail().map(|port| port.to_string());
            // Without TLS: the server is this machine's own.
            return owned(&[
                ("address", MAIL_ADDRESS),
                ("imap_host", "mail.localhost"),
                ("imap_port", &imap),
                ("imap_security", "none"),
                ("smtp_host", "mail.localhost"),
                ("smtp_port", &smtp),
                ("smtp_security", "none"),
                ("authserv_id", "mail.localhost"),
            ]);
        }
        _ => {}
    }
    let (id, door) = match platform.kind.as_str() {
        "whatsapp" => ("phone_number_id", "graph"),
        "instagram" => ("instagram_id", "instagram"),
        _ => ("page_id", "graph"),
    };
    let mut settings = BTreeMap::from([
        (id.to_owned(), platform.provider_id.clone()),
        ("app_id".to_owned(), platform.app_id.clone()),
        ("api_base_url".to_owned(), format!("{}/v25.0", address.origin(door))),
    ]);
    if platform.kind == "whatsapp" {
        settings.insert("number".into(), WHATSAPP_NUMBER.into());
        settings.insert("waba_id".into(), platform.business_id.clone());
    }
    settings
}

/// The agent of Google Business Messages, by the name that its console gives it.
pub fn gbm_agent(platform: &Platform) -> String {
    format!("brands/{}/agents/{}", platform.business_id, platform.provider_id)
}

/// The demo may listen elsewhere than last time: shop and carrier then have other addresses, and only what names them is changed.
pub async fn move_to(engine: &Engine, installation: &Installation, address: &Address) -> Result<()> {
    let ws = installation.ws;
    let config = engine.config(ws).await?;
    let mut changed = Vec::new();
    for wanted in channels(installation, address) {
        let Some(held) = config.accounts.get(&wanted.id) else { continue };
        let mut account = (**held).clone();
        for key in MOVING {
            if let Some(value) = wanted.settings.get(key).filter(|value| held.setting(key) != **value) {
                account.settings.insert(key.to_owned(), value.clone());
            }
        }
        if account.settings != held.settings {
            account.webhook_url = String::new();
            let sealed = config.seal(&engine::secrets_about(account.id), serde_json::to_string(&account.secrets)?.as_bytes())?;
            changed.push((account, sealed));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let now = engine.now();
    engine
        .db()
        .write(move |tx| {
            let changed = changed.clone();
            Box::pin(async move {
                for (account, sealed) in changed {
                    store::channel::update(tx, ws, &account, sealed).await?;
                }
                store::event::append(tx, ws, &[Event::new(EventKind::SettingsUpdated, now)]).await
            })
        })
        .await?;
    engine.config_changed(ws);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatsapp_has_approved_texts_and_one_that_was_refused() {
        let now = Timestamp::from_secs(1);
        let installation = Installation::new(now).expect("an installation");
        let address = Address { port: 8080, emulators: None };
        let all: Vec<_> = channels(&installation, &address).iter().flat_map(|account| listed(account, now)).collect();
        assert_eq!((all.len(), all.iter().filter(|one| one.approved).count()), (5, 4));
        assert_eq!(all[0].gaps.len(), 2, "{:?}", all[0]);
    }

    #[test]
    fn every_channel_of_the_shop_is_set_up_rightly() {
        let installation = Installation::new(Timestamp::from_secs(1)).expect("an installation");
        let address = Address { port: 8080, emulators: None };
        for account in channels(&installation, &address) {
            let connector = connectors::find(connectors::ALL, &account.kind).expect("a connector");
            let problems = connector.check_settings(&account);
            assert!(problems.is_empty(), "{}: {problems:?}", account.kind);
            let known: Vec<&str> = connector.settings().iter().map(|setting| setting.key).collect();
            let unknown: Vec<_> =
                account.settings.keys().chain(account.secrets.keys()).filter(|key| !known.contains(&key.as_str())).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", account.kind);
            for setting in connector.settings().iter().filter(|setting| setting.required && setting.default.is_none()) {
                assert!(
                    !account.setting(setting.key).is_empty() || !account.secret(setting.key).is_empty(),
                    "{} {}",
                    account.kind,
                    setting.key
                );
            }
        }
    }
}
