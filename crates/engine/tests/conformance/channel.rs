//! The channels of the table: how each is connected, here and at its emulator.

use emulators::carrier::{Carrier, CarrierConfig};
use emulators::discord::{Discord, DiscordConfig};
use emulators::platform::{Platforms, PlatformsConfig};
use model::ChannelAccount;
use serde_json::{Value, json};

use crate::emulated::{Emulated, IDENTITY_SECRET, OnBrowser, OnCarrier, OnDiscord, OnMail, OnPlatforms, REFRESH_TOKEN};

pub struct Channel {
    pub kind: &'static str,
    /// The account's id at the emulator.
    pub id: &'static str,
    pub settings: &'static [(&'static str, &'static str)],
    pub secrets: &'static [(&'static str, &'static str)],
    provider: Provider,
}

enum Provider {
    /// One of the platforms: its own account, beside kind, id and webhook address.
    Platform(fn() -> Value),
    Carrier,
    Discord,
    Mail,
    /// None: the visitor's browser stands for it.
    Browser,
}

const GRAPH: &str = "http://graph.localhost:8080/v25.0";
const APP: [(&str, &str); 2] = [("app_secret", "app-secret"), ("verify_token", "word")];

pub const SID: &str = "AC5ea0a7000000000000000000000000aa";
const NUMBER: &str = "+15005550100";
const BOT: &str = "1000000000000000009";
const MAILBOX: &str = "hello@tidewater.example";
const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s";

pub const ALL: &[Channel] = &[
    Channel {
        kind: "messenger",
        id: "1029384756",
        settings: &[("page_id", "1029384756"), ("app_id", "778899"), ("api_base_url", GRAPH)],
        secrets: &[APP[0], APP[1], ("access_token", "page-token")],
        provider: Provider::Platform(
            || json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "page-token" }),
        ),
    },
    Channel {
        kind: "instagram",
        id: "17841400000000001",
        settings: &[
            ("login", "instagram"),
            ("instagram_id", "17841400000000001"),
            ("app_id", "778899"),
            ("api_base_url", "http://instagram.localhost:8080/v25.0"),
        ],
        secrets: &[APP[0], APP[1], ("access_token", "gram-token")],
        provider: Provider::Platform(
            || json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "gram-token", "username": "tidewater" }),
        ),
    },
    Channel {
        kind: "whatsapp",
        id: "106540352242922",
        settings: &[
            ("number", "+15550783881"),
            ("phone_number_id", "106540352242922"),
            ("waba_id", "102290129340398"),
            ("app_id", "778899"),
            ("api_base_url", GRAPH),
        ],
        secrets: &[APP[0], APP[1], ("access_token", "number-token")],
        provider: Provider::Platform(|| {
            json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "number-token",
                "waba_id": "102290129340398", "display_number": "+1 555-078-3881", "coexistence": true })
        }),
    },
    Channel {
        kind: "line",
        id: "U00000000000000000000000000000b07",
        settings: &[
            ("basic_id", "@tidewater"),
            ("api_base_url", "http://line.localhost:8080"),
            ("data_base_url", "http://line-data.localhost:8080"),
            ("sticker_base_url", "http://line-data.localhost:8080"),
        ],
        secrets: &[("channel_secret", "line-secret"), ("channel_access_token", "lasting")],
        provider: Provider::Platform(|| {
            json!({ "app_id": "1650000000", "app_secret": "line-secret", "access_token": "lasting", "username": "@tidewater",
                "extra": { "redelivery": "on" } })
        }),
    },
    Channel {
        kind: "gbm",
        id: "gbm-shop",
        settings: &[
            ("agent", "brands/b1/agents/a1"),
            ("api_base_url", "http://gbm.localhost:8080"),
            ("token_url", "http://gbm.localhost:8080/token"),
            ("media_base_url", "http://cdn.localhost:8080"),
        ],
        secrets: &[
            ("client_token", "partner-key-1"),
            ("service_account_json", include_str!("service-account.json")),
            ("access_token", "old"),
        ],
        provider: Provider::Platform(|| {
            json!({ "app_secret": "partner-key-1", "username": "shop-1",
                "extra": { "agent": "brands/b1/agents/a1", "client_email": "seaway@project.example" } })
        }),
    },
    Channel {
        kind: "sms",
        id: NUMBER,
        settings: &[("account_sid", SID), ("number", NUMBER), ("api_base_url", "http://carrier.localhost:8080")],
        secrets: &[("auth_token", "carrier-token")],
        provider: Provider::Carrier,
    },
    Channel {
        kind: "discord",
        id: BOT,
        settings: &[
            ("application_id", BOT),
            ("api_base_url", "http://discord.localhost:8080/api/v10"),
            ("cdn_base_url", "http://discord.localhost:8080"),
            ("direct_messages", "true"),
        ],
        secrets: &[("bot_token", TOKEN)],
        provider: Provider::Discord,
    },
    Channel {
        kind: "custom",
        id: "board",
        settings: &[
            ("send_url", "http://platform.localhost:8080/send/board"),
            ("own_address", "@tidewater"),
            (
                "capabilities",
                r#"{"text_limit":2000,"attachments":{"most":4},"choices":{"most":5,"title":40},"reactions":["👍","❤"],"reply_window_s":86400,
                "hears":["image","audio","video","file","sticker","location","contact_card","quote","edit","unsend","reaction","choice","typing","delivered","read","echo","block","opt_out","menu","failed"],
                "says":["image","audio","video","file","card","location","contact_card","quote","edit","unsend","reaction","typing","read"]}"#,
            ),
            ("messages_per_second", "10"),
        ],
        secrets: &[("signing_secret", "a-secret-of-both-sides")],
        provider: Provider::Platform(|| json!({ "app_secret": "a-secret-of-both-sides", "username": "@tidewater" })),
    },
    Channel {
        kind: "email",
        id: MAILBOX,
        settings: &[
            ("address", MAILBOX),
            ("imap_host", "mail.localhost"),
            ("imap_port", "1143"),
            ("imap_security", "none"),
            ("smtp_host", "mail.localhost"),
            ("smtp_port", "1587"),
            ("smtp_security", "none"),
            ("authserv_id", "mail.localhost"),
        ],
        secrets: &[("imap_password", "secret"), ("smtp_password", "secret")],
        provider: Provider::Mail,
    },
    Channel {
        kind: "webchat",
        id: "",
        settings: &[("allowed_sites", r#"["https://shop.example"]"#)],
        secrets: &[("identity_secret", IDENTITY_SECRET)],
        provider: Provider::Browser,
    },
];

pub const MIA: &str = "mia";
pub const MIAS_PHONE: &str = "+4915228817386";

impl Channel {
    /// Sets the account up so that its token ends and we draw the next one, where it may be set up so and is not yet.
    pub fn let_token_end(&self, account: &mut ChannelAccount) {
        match self.kind {
            "line" => {
                account.settings.insert("channel_id".into(), "1650000000".into());
                account.secrets.remove("channel_access_token");
            }
            "email" => {
                account.settings.insert("oauth_token_url".into(), "http://mail.localhost:8080/token".into());
                account.settings.insert("oauth_client_id".into(), "seaway".into());
                account.secrets.insert("oauth_refresh_token".into(), REFRESH_TOKEN.into());
            }
            _ => {}
        }
    }

    /// Whose templates the provider keeps, and the token that may hand them in.
    pub fn templates_of(&self) -> Option<(&'static str, &'static str)> {
        let token = self.secrets.iter().find(|(key, _)| *key == "access_token").map(|(_, value)| *value);
        let owner = self.settings.iter().find(|(key, _)| matches!(*key, "waba_id" | "page_id")).map(|(_, value)| *value);
        owner.zip(token)
    }

    /// The emulator with this one account, whose webhooks go to `webhook_url`, and one customer.
    pub fn emulator(&self, webhook_url: &str, name: &str) -> Box<dyn Emulated> {
        match self.provider {
            Provider::Platform(own) => self.platform(own(), webhook_url, name),
            Provider::Carrier => {
                let config = json!({
                    "origin": "http://carrier.localhost:8080",
                    "accounts": [{ "account_sid": SID, "auth_token": "carrier-token" }],
                    "numbers": [{ "number": NUMBER, "account_sid": SID, "sms_url": format!("{webhook_url}#rc=5&rp=all") }],
                    "handsets": [{ "number": MIAS_PHONE, "name": name, "lang": "de" }],
                });
                let config: CarrierConfig = serde_json::from_value(config).expect("a configuration");
                Box::new(OnCarrier { carrier: Carrier::new(&config, 7), number: NUMBER, phone: MIAS_PHONE })
            }
            Provider::Discord => {
                let config = json!({
                    "origin": "http://discord.localhost:8080",
                    "bots": [{ "id": BOT, "name": "support", "token": TOKEN }],
                    "people": [{ "key": MIA, "id": "1100000000000000001", "name": name }],
                    // Only who shares a server with a bot can be written to.
                    "guilds": [{ "id": "1200000000000000077", "name": "Tide", "members": [MIA] }],
                });
                let config: DiscordConfig = serde_json::from_value(config).expect("a configuration");
                Box::new(OnDiscord::new(Discord::new(&config, 7), BOT, TOKEN))
            }
            Provider::Mail => Box::new(OnMail::new(MAILBOX, "secret", name)),
            Provider::Browser => Box::new(OnBrowser::new(webhook_url.rsplit('/').next().unwrap_or_default(), name)),
        }
    }

    fn platform(&self, mut account: Value, webhook_url: &str, name: &str) -> Box<dyn Emulated> {
        account["kind"] = self.kind.into();
        account["id"] = self.id.into();
        account["name"] = "Tidewater".into();
        account["webhook_url"] = webhook_url.into();
        let config: PlatformsConfig = serde_json::from_value(json!({
            "origin": "http://cdn.localhost:8080",
            "accounts": [account],
            "people": [{ "key": MIA, "name": name, "lang": "de", "phone": MIAS_PHONE }],
        }))
        .expect("a configuration");
        Box::new(OnPlatforms::new(Platforms::new(&config, 7), self.id))
    }
}
