//! What the emulators are told: the shop's chat and customers, the carrier's account and number, the shop's accounts on platforms,
//! and three phones.

use emulators::carrier::{Account, Acknowledges, CarrierConfig, Handset, Number};
use emulators::discord::{self, Bot, DiscordConfig, Guild, GuildChannel};
use emulators::mail::{self, MailConfig, MailboxConfig};
use emulators::platform::{Kind, Person, PlatformAccount, PlatformsConfig};
use emulators::{Config, DeskLink, PhoneConfig, ShopConfig, ShopPerson, TryConfig};

use super::address::Address;
use super::channels;
use super::installation::{CLUB_APP, CLUB_HANDLE, Installation, LINE_ID, MAIL_ADDRESS, NUMBER, Platform, WHATSAPP_NUMBER};

/// Key, how the shop calls them, name, e-mail, number, language.
const CUSTOMERS: [(&str, &str, &str, &str, &str, &str); 3] = [
    ("mia", "customer-1001", "Mia Hoffmann", "mia.hoffmann@mail.example", "+4915228817386", "de"),
    ("seoyeon", "customer-1002", "김서연", "seoyeon.kim@mail.example", "+821055500142", "ko"),
    ("tom", "customer-1003", "Tom Becker", "tom.becker@mail.example", "+12025550142", "en"),
];
/// What stands in the coffee club's app before anything is said.
const CLUB_MENU: &str = include_str!("club/menu.json");
/// Asks the carrier to try again when we do not answer.
const RETRIES: &str = "#rc=5&rp=all";

/// The whole configuration, also for emulators in another process.
pub fn config(installation: &Installation, address: &Address) -> Config {
    let with_slash = |origin: String, path: &str| format!("{origin}{path}");
    let elsewhere = address.emulators.is_some();
    let door = |path: &str| if elsewhere { address.door(path) } else { path.to_owned() };
    Config {
        seed: None,
        egress_allow: address.egress_allow(),
        carrier: carrier(installation, address),
        platforms: platforms(installation, address),
        discord: discord(installation, address),
        mail: mail(installation, address),
        shop: ShopConfig {
            webchat_origin: address.origin("webchat"),
            channel: installation.webchat.to_string(),
            token_secret: installation.identity_secret.clone(),
            people: CUSTOMERS
                .into_iter()
                .map(|(key, sub, name, email, number, _)| ShopPerson {
                    key: key.into(),
                    sub: sub.into(),
                    name: name.into(),
                    email: email.into(),
                    phone_number: number.into(),
                })
                .collect(),
            frame_ancestors: vec![address.origin("try")],
        },
        phone: PhoneConfig { shop_name: "Tidewater".into(), shop_number: NUMBER.into(), frame_ancestors: vec![address.origin("try")] },
        try_page: TryConfig {
            shop_url: with_slash(address.origin("shop"), "/"),
            phone_url: with_slash(address.origin("phone"), "/phone/"),
            shop_address: "tidewater.example".into(),
            people: installation
                .staff
                .iter()
                .map(|one| DeskLink {
                    label: one.name.split(' ').next().unwrap_or_default().into(),
                    role: one.about.clone(),
                    url: address.door(&format!("/demo/sign-in/{}", one.key)),
                })
                .collect(),
            busy_hour_url: door("/demo/busy-hour"),
            reset_url: door("/demo/reset"),
        },
        ..Config::default()
    }
}

/// The carrier alone, as the history needs it, too.
pub fn carrier(installation: &Installation, address: &Address) -> CarrierConfig {
    CarrierConfig {
        origin: address.origin("carrier"),
        accounts: vec![Account {
            account_sid: installation.account_sid.clone(),
            auth_token: installation.auth_token.clone(),
            name: "Tidewater".into(),
            api_keys: Vec::new(),
        }],
        numbers: vec![Number {
            number: NUMBER.into(),
            account_sid: installation.account_sid.clone(),
            sms_url: format!("{}/in/sms/{}{RETRIES}", address.origin(""), installation.sms),
            sms_method: "POST".into(),
            sms_fallback_url: String::new(),
        }],
        handsets: CUSTOMERS
            .into_iter()
            .map(|(_, _, name, _, number, language)| Handset {
                name: name.into(),
                lang: language.into(),
                acknowledges: Acknowledges::Page,
                ..Handset::unknown(number)
            })
            .collect(),
        ..CarrierConfig::default()
    }
}

/// The platforms alone, as the history needs them, too.
pub fn platforms(installation: &Installation, address: &Address) -> PlatformsConfig {
    PlatformsConfig {
        origin: address.origin("cdn"),
        api_origin: address.origin("graph"),
        accounts: installation.platforms.iter().filter_map(|platform| platform_account(platform, address)).collect(),
        people: CUSTOMERS
            .into_iter()
            .map(|(key, _, name, _, number, language)| Person {
                key: key.into(),
                name: name.into(),
                lang: language.into(),
                phone: number.into(),
                hides_phone: false,
            })
            .collect(),
        before: installation.said.clone(),
    }
}

/// The shop's account as the provider knows it; `None` for what is no such platform.
fn platform_account(platform: &Platform, address: &Address) -> Option<PlatformAccount> {
    let kinds = [Kind::Messenger, Kind::Instagram, Kind::Whatsapp, Kind::Line, Kind::Gbm, Kind::Custom];
    let kind = kinds.into_iter().find(|kind| kind.name() == platform.kind)?;
    let only = |wanted: Kind, value: &str| if kind == wanted { value.to_owned() } else { String::new() };
    let extra: Vec<(&str, String)> = match kind {
        Kind::Gbm => vec![("agent", channels::gbm_agent(platform)), ("client_email", "seaway@tidewater.example".into())],
        Kind::Line => vec![("redelivery", "on".into())],
        Kind::Custom => vec![("app", CLUB_APP.into()), ("menu", CLUB_MENU.into())],
        _ => Vec::new(),
    };
    Some(PlatformAccount {
        kind,
        id: platform.provider_id.clone(),
        name: "Tidewater".into(),
        app_id: platform.app_id.clone(),
        app_secret: platform.app_secret.clone(),
        verify_token: platform.verify_token.clone(),
        access_token: platform.access_token.clone(),
        webhook_url: format!("{}/in/{}/{}", address.origin(""), platform.kind, platform.id),
        waba_id: only(Kind::Whatsapp, &platform.business_id),
        display_number: only(Kind::Whatsapp, WHATSAPP_NUMBER),
        username: match kind {
            Kind::Instagram => "tidewater".into(),
            Kind::Line => LINE_ID.into(),
            Kind::Custom => CLUB_HANDLE.into(),
            _ => String::new(),
        },
        page_id: String::new(),
        coexistence: true,
        fields: Vec::new(),
        templates: if kind == Kind::Whatsapp { channels::templates() } else { Vec::new() },
        extra: extra.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
    })
}

/// The shop's bot, and the server where it helps.
fn discord(installation: &Installation, address: &Address) -> DiscordConfig {
    let origin = address.origin("discord");
    let Some(platform) = installation.platforms.iter().find(|platform| platform.kind == "discord") else {
        return DiscordConfig { origin, ..DiscordConfig::default() };
    };
    let member = |(no, (key, _, name, ..)): (usize, (&str, &str, &str, &str, &str, &str))| discord::Person {
        key: key.into(),
        id: format!("110000000000000000{no}"),
        name: name.into(),
    };
    DiscordConfig {
        origin,
        bots: vec![Bot {
            id: platform.provider_id.clone(),
            name: "Tidewater".into(),
            token: platform.access_token.clone(),
            key_seed: platform.app_secret.clone(),
            reads_content: true,
            interactions_url: String::new(),
            shards: 0,
            commands: vec!["agent".into()],
        }],
        people: CUSTOMERS.into_iter().enumerate().map(member).collect(),
        guilds: vec![Guild {
            id: platform.business_id.clone(),
            name: "Tidewater Coffee Club".into(),
            members: CUSTOMERS.into_iter().map(|(key, ..)| key.to_owned()).collect(),
            channels: vec![GuildChannel { id: platform.app_id.clone(), name: "help".into() }],
            permissions: 0,
        }],
    }
}

/// The shop's mailbox, and the customers' own addresses.
fn mail(installation: &Installation, address: &Address) -> MailConfig {
    let [imap_port, smtp_port] = address.mail();
    let mailbox = |platform: &Platform| MailboxConfig {
        address: MAIL_ADDRESS.into(),
        name: "Tidewater".into(),
        password: platform.access_token.clone(),
        ..MailboxConfig::default()
    };
    MailConfig {
        imap_port,
        smtp_port,
        mailboxes: installation.platforms.iter().filter(|platform| platform.kind == "email").map(mailbox).collect(),
        people: CUSTOMERS
            .into_iter()
            .map(|(key, _, name, address, ..)| mail::Person { key: key.into(), name: name.into(), address: address.into() })
            .collect(),
        ..MailConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_coffee_clubs_app_speaks_every_language_of_the_shop() {
        let menu: Vec<Value> = serde_json::from_str(CLUB_MENU).expect("JSON");
        assert!(!menu.is_empty());
        for button in menu {
            let titles: Vec<&String> = button["title"].as_object().expect("titles").keys().collect();
            assert_eq!(titles, ["en", "de", "ko"], "{button}");
            assert!(button["choice"].as_str().is_some_and(|choice| !choice.is_empty()), "{button}");
        }
    }
}
