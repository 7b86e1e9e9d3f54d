//! What the emulators are told at start; everything has a sensible default except addresses.

use serde::{Deserialize, Serialize};

use crate::{carrier::CarrierConfig, discord::DiscordConfig, mail::MailConfig, platform::PlatformsConfig};

/// One configuration for all emulators, in this process or in another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The seed of every sid, delay and accident. Without one each start has its own, because sids
    /// that come again after a restart would look like repeated deliveries.
    pub seed: Option<u64>,
    pub hosts: Hosts,
    /// Where webhooks may go although the address is not a public one: `HOST:PORT`, such as
    /// `localhost:8080` and `*.localhost:8080`.
    pub egress_allow: Vec<String>,
    pub carrier: CarrierConfig,
    pub platforms: PlatformsConfig,
    pub discord: DiscordConfig,
    pub mail: MailConfig,
    pub shop: ShopConfig,
    pub phone: PhoneConfig,
    pub try_page: TryConfig,
}

/// The host names, without port, at which `serve_standalone` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hosts {
    pub shop: String,
    pub carrier: String,
    pub phone: String,
    pub try_page: String,
    /// The Graph API, of Messenger, WhatsApp and Instagram by its page.
    pub graph: String,
    /// Instagram's own API.
    pub instagram: String,
    /// LINE's API, and where it keeps files and stickers.
    pub line: String,
    pub line_data: String,
    /// Google Business Messages, with the exchange of keys for tokens.
    pub gbm: String,
    /// Discord's API, gateway and files.
    pub discord: String,
    /// A platform that joined by the custom channel's contract.
    pub platform: String,
    /// The mail server's control door; mailboxes and letters have ports of their own.
    pub mail: String,
    /// Where the platforms hand out files.
    pub cdn: String,
}

impl Hosts {
    /// The platforms' doors by name, with the host that each answers at.
    pub fn platforms(&self) -> [(&'static str, &str); 7] {
        [
            ("graph", &self.graph),
            ("instagram", &self.instagram),
            ("line", &self.line),
            ("line-data", &self.line_data),
            ("gbm", &self.gbm),
            ("platform", &self.platform),
            ("cdn", &self.cdn),
        ]
    }
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            shop: "shop.localhost".into(),
            carrier: "carrier.localhost".into(),
            phone: "phone.localhost".into(),
            try_page: "try.localhost".into(),
            graph: "graph.localhost".into(),
            instagram: "instagram.localhost".into(),
            line: "line.localhost".into(),
            line_data: "line-data.localhost".into(),
            gbm: "gbm.localhost".into(),
            discord: "discord.localhost".into(),
            platform: "platform.localhost".into(),
            mail: "mail.localhost".into(),
            cdn: "cdn.localhost".into(),
        }
    }
}

/// The sample shop, a site that is foreign to the product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopConfig {
    /// Where `loader.js` and the chat frame come from, such as `http://webchat.localhost:8080`.
    /// Empty leaves the chat out.
    pub webchat_origin: String,
    /// The channel account's id, put into the snippet and into each token's audience.
    pub channel: String,
    /// The secret that signs visitor tokens; without one nobody can sign in.
    pub token_secret: String,
    /// Who can sign in at the shop.
    pub people: Vec<ShopPerson>,
    /// The origins that may show the shop in a frame.
    pub frame_ancestors: Vec<String>,
}

/// A customer of the shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopPerson {
    /// The name in addresses: `mia` in `/shop/api/token?user=mia`.
    pub key: String,
    /// The stable subject of the token.
    pub sub: String,
    pub name: String,
    #[serde(default)]
    pub email: String,
    /// E.164, or empty.
    #[serde(default)]
    pub phone_number: String,
}

/// The sample phone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneConfig {
    /// Whom the phone writes to: the name in its address book, and the number.
    pub shop_name: String,
    pub shop_number: String,
    pub frame_ancestors: Vec<String>,
}

impl Default for PhoneConfig {
    fn default() -> Self {
        Self { shop_name: "Tidewater".into(), shop_number: String::new(), frame_ancestors: Vec::new() }
    }
}

/// The page that shows shop and phone side by side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TryConfig {
    pub shop_url: String,
    pub phone_url: String,
    /// What stands in the drawn address bar.
    pub shop_address: String,
    pub people: Vec<DeskLink>,
    /// Where the two buttons post to; a button without an address is not drawn.
    pub busy_hour_url: String,
    pub reset_url: String,
}

impl Default for TryConfig {
    fn default() -> Self {
        Self {
            shop_url: "http://shop.localhost/".into(),
            phone_url: "http://phone.localhost/phone/".into(),
            shop_address: "tidewater.example".into(),
            people: Vec::new(),
            busy_hour_url: String::new(),
            reset_url: String::new(),
        }
    }
}

/// A link that opens the desk as one of the demo's people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskLink {
    pub label: String,
    /// Said after the label, quieter: "sales".
    #[serde(default)]
    pub role: String,
    pub url: String,
}
