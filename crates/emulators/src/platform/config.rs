//! What the platforms are told at start: whose pages and numbers exist, who the customers are, how well it works.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::screen::By;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformsConfig {
    /// Where files are handed out, put before each link to one: `http://cdn.localhost:8080`.
    pub origin: String,
    /// Where the Graph API answers, such as `http://graph.localhost:8080`: files that want the token are handed
    /// out below it, because a careful client shows its token to no other host.
    pub api_origin: String,
    pub accounts: Vec<PlatformAccount>,
    pub people: Vec<Person>,
    /// What stands on people's screens from before the start. Nobody is told of it.
    pub before: Vec<Before>,
}

impl Default for PlatformsConfig {
    fn default() -> Self {
        Self {
            origin: "http://cdn.localhost".into(),
            api_origin: "http://graph.localhost".into(),
            accounts: Vec::new(),
            people: Vec::new(),
            before: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Messenger,
    Instagram,
    Whatsapp,
    /// `id` is the bot's user id, `username` its basic id, `app_id` and `app_secret` the channel's. Extras: `redelivery` = `on`,
    /// `quota` (messages a month), `transcoding_ms`, `unnamed` = `on` (people of groups are not named), `edits` = `everywhere` (not those of groups only, as in truth).
    /// A person whose key begins with `group-` is a group, which `mia` or whoever is first speaks for.
    Line,
    /// `app_secret` is the partner's key, which is the client token, too. Extras: `agent` (`brands/…/agents/…`), `client_email`
    /// (the service account that may speak), `truth` = `text` (true and false are told as texts), `near` (the id of a place).
    Gbm,
    /// A platform that joined by the custom channel's contract. `id` is what stands in the address we send to, `app_secret` signs both ways.
    /// Extras: `app` (what people call the platform's app), `menu` (JSON: buttons that stand there before anything is said, a list of
    /// `{"choice":"hours","title":{"en":"Opening hours"}}`).
    Custom,
}

impl Kind {
    /// The name in configurations and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::Whatsapp => "whatsapp",
            Self::Line => "line",
            Self::Gbm => "gbm",
            Self::Custom => "custom",
        }
    }
}

/// A page, a number or a business account, and the app that speaks for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformAccount {
    pub kind: Kind,
    /// The provider's own id: of the page, of the Instagram account, of the phone number.
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub app_id: String,
    /// Signs every webhook.
    #[serde(default)]
    pub app_secret: String,
    /// What the owner told the provider to say in a handshake.
    #[serde(default)]
    pub verify_token: String,
    #[serde(default)]
    pub access_token: String,
    /// Empty: nothing is told to anybody.
    #[serde(default)]
    pub webhook_url: String,
    /// WhatsApp: the business account that owns the number.
    #[serde(default)]
    pub waba_id: String,
    /// WhatsApp: the number as people read it, such as `+49 30 123456`.
    #[serde(default)]
    pub display_number: String,
    /// Instagram: the account's handle.
    #[serde(default)]
    pub username: String,
    /// Instagram reached through its page (on the Graph host): the page's id.
    #[serde(default)]
    pub page_id: String,
    /// WhatsApp: the number is also used in the phone app, so edits, unsends and what staff write there are told.
    #[serde(default)]
    pub coexistence: bool,
    /// The webhook fields that the account is subscribed to at start; none given means all.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Texts that were written and judged before, as the provider describes them.
    #[serde(default)]
    pub templates: Vec<serde_json::Value>,
    /// What only one provider needs.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

/// A customer, on every platform at once; each platform knows them by an id of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name in addresses: `mia`. Every id is derived from it and the account.
    pub key: String,
    pub name: String,
    /// The language they read: `en`, `de`, `ko`.
    #[serde(default)]
    pub lang: String,
    /// E.164, or empty: then they are not on WhatsApp.
    #[serde(default)]
    pub phone: String,
    /// WhatsApp: known by a business-scoped id only.
    #[serde(default)]
    pub hides_phone: bool,
}

/// A line of an old talk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    pub account: String,
    /// The person's key.
    pub person: String,
    /// The platform's id of the message.
    pub id: String,
    pub by: By,
    pub text: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// How long each thing takes, in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// From accepted to "sent", and to the echo.
    pub sent_ms: u64,
    /// From "sent" to the person's screen.
    pub delivered_ms: u64,
    /// From a customer's act to its webhook.
    pub webhook_ms: u64,
    /// How a template's review takes.
    pub review_ms: u64,
    /// The provider's schedule of repeated webhooks runs so many times faster.
    pub pace: u32,
}

impl Default for Delays {
    fn default() -> Self {
        Self { sent_ms: 80, delivered_ms: 200, webhook_ms: 20, review_ms: 1500, pace: 1 }
    }
}

/// What an account may do, where the provider's own figure shall not hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Messages in any one second.
    pub per_second: Option<u32>,
    /// WhatsApp: so many messages to one person at once …
    pub pair_burst: Option<u32>,
    /// … and then one each so many milliseconds.
    pub pair_every_ms: Option<u64>,
    /// How long a link to a file holds, in seconds.
    pub link_s: Option<i64>,
}

/// What goes wrong on purpose. All zeros is a platform that works.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every webhook leaves this much later, in milliseconds.
    pub delay_ms: u64,
    /// Up to this much more, drawn for each, in milliseconds.
    pub jitter_ms: u64,
    /// Each webhook goes out so many times more.
    pub duplicate: u32,
    /// Webhooks are held for up to `shuffle_ms` each and so overtake one another.
    pub shuffle: bool,
    /// In milliseconds; 0 means 2000.
    pub shuffle_ms: u64,
    /// The next so many webhooks never arrive: the line breaks on the way, and what the platform does then it does.
    pub drop_webhook: u32,
    /// What failed is not told again, whatever the platform promises.
    pub no_repeats: bool,
    /// So many next webhooks carry a signature that is not the account's.
    pub wrong_signature: u32,
    /// Nothing is told about delivery any more.
    pub no_delivered: bool,
    /// Nothing is told about reading any more.
    pub no_read: bool,
    /// The next so many messages are accepted, and the answer is cut off.
    pub drop_response: u32,
    /// The next so many messages are accepted, and the answer never comes.
    pub hang: u32,
    /// The connection of the next so many requests is cut before anything is done.
    pub lose_request: u32,
    /// Every answer comes this much later, in milliseconds.
    pub answer_delay_ms: u64,
    /// The next so many requests get 429.
    pub too_many: u32,
    /// Said with it, in seconds; none leaves the header out.
    pub retry_after_s: Option<u32>,
    /// The next so many requests get a server error.
    pub server_error: u32,
    /// Its status; 0 means 500.
    pub server_error_status: u16,
    /// The access token has ended.
    pub expired_token: bool,
    /// The next `fail_count` messages fail with this error of the provider, each in the provider's way.
    pub fail_code: Option<u32>,
    pub fail_subcode: Option<u32>,
    /// 0 means all.
    pub fail_count: u32,
    /// Files are gone: 404.
    pub media_missing: bool,
    /// Files are said to be of this type, whatever they are.
    pub media_type: Option<String>,
    /// Another app owns the threads: events come for display only.
    pub standby: bool,
    /// Edits and unsends come as something unknown.
    pub edits_unsupported: bool,
}

impl Faults {
    /// Uses up one of a counted fault.
    pub fn strike(count: &mut u32) -> bool {
        let strikes = *count > 0;
        *count = count.saturating_sub(1);
        strikes
    }
}
