//! The channels of the table: how each is connected, here and at its emulator.

use emulators::platform::{Platforms, PlatformsConfig};
use serde_json::{Value, json};

pub struct Channel {
    pub kind: &'static str,
    /// The account's id at the emulator.
    pub id: &'static str,
    pub settings: &'static [(&'static str, &'static str)],
    pub secrets: &'static [(&'static str, &'static str)],
    /// The emulator's own account, beside kind, id and webhook address.
    at_emulator: fn() -> Value,
}

const GRAPH: &str = "http://graph.localhost:8080/v25.0";
const APP: [(&str, &str); 2] = [("app_secret", "app-secret"), ("verify_token", "word")];

pub const ALL: &[Channel] = &[
    Channel {
        kind: "messenger",
        id: "1029384756",
        settings: &[("page_id", "1029384756"), ("app_id", "778899"), ("api_base_url", GRAPH)],
        secrets: &[APP[0], APP[1], ("access_token", "page-token")],
        at_emulator: || json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "page-token" }),
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
        at_emulator: || json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "gram-token", "username": "tidewater" }),
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
        at_emulator: || {
            json!({ "app_id": "778899", "app_secret": "app-secret", "verify_token": "word", "access_token": "number-token",
                "waba_id": "102290129340398", "display_number": "+1 555-078-3881", "coexistence": true })
        },
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
        at_emulator: || json!({ "app_id": "1650000000", "app_secret": "line-secret", "access_token": "lasting", "username": "@tidewater" }),
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
        at_emulator: || {
            json!({ "app_secret": "partner-key-1", "username": "shop-1",
                "extra": { "agent": "brands/b1/agents/a1", "client_email": "seaway@project.example" } })
        },
    },
];

pub const MIA: &str = "mia";

impl Channel {
    /// Whose templates the provider keeps, and the token that may hand them in.
    pub fn templates_of(&self) -> Option<(&'static str, &'static str)> {
        let token = self.secrets.iter().find(|(key, _)| *key == "access_token").map(|(_, value)| *value);
        let owner = self.settings.iter().find(|(key, _)| matches!(*key, "waba_id" | "page_id")).map(|(_, value)| *value);
        owner.zip(token)
    }

    /// The emulator with this one account, whose webhooks go to `webhook_url`.
    pub fn emulator(&self, webhook_url: &str, name: &str) -> Platforms {
        let mut account = (self.at_emulator)();
        account["kind"] = self.kind.into();
        account["id"] = self.id.into();
        account["name"] = "Tidewater".into();
        account["webhook_url"] = webhook_url.into();
        let config: PlatformsConfig = serde_json::from_value(json!({
            "origin": "http://cdn.localhost:8080",
            "accounts": [account],
            "people": [{ "key": MIA, "name": name, "lang": "de", "phone": "+4915228817386" }],
        }))
        .expect("a configuration");
        Platforms::new(&config, 7)
    }
}
