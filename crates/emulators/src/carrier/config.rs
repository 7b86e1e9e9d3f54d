//! The carrier's own set-up: who has an account, which numbers exist, how fast and how well it works.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarrierConfig {
    /// The carrier's own address, put before media links in webhooks: `http://carrier.localhost:8080`.
    /// Local addresses in pages that name the same port are taken to be of the same process.
    pub origin: String,
    pub accounts: Vec<Account>,
    pub numbers: Vec<Number>,
    pub services: Vec<Service>,
    /// The phones that are known by name; any other number is a phone that is on and acknowledges by itself.
    pub handsets: Vec<Handset>,
    pub delays: Delays,
    pub faults: Faults,
}

impl Default for CarrierConfig {
    fn default() -> Self {
        Self {
            origin: "http://carrier.localhost".into(),
            accounts: Vec::new(),
            numbers: Vec::new(),
            services: Vec::new(),
            handsets: Vec::new(),
            delays: Delays::default(),
            faults: Faults::default(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Opens the API together with the account sid, and signs every webhook.
    pub auth_token: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub api_keys: Vec<ApiKey>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// `SK` and 32 hexadecimal digits.
    pub sid: String,
    pub secret: String,
}

/// A number that an account owns. Addresses may end in connection overrides: `#rc=5&rp=all`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// E.164.
    pub number: String,
    pub account_sid: String,
    #[serde(default)]
    pub sms_url: String,
    /// `POST` or `GET`.
    #[serde(default = "post")]
    pub sms_method: String,
    #[serde(default)]
    pub sms_fallback_url: String,
}

fn post() -> String {
    "POST".into()
}

/// A messaging service: several numbers under one sid.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// `MG` and 32 hexadecimal digits.
    pub sid: String,
    pub account_sid: String,
    pub numbers: Vec<String>,
    #[serde(default)]
    pub status_callback: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handset {
    /// E.164.
    pub number: String,
    #[serde(default)]
    pub name: String,
    /// The language its owner reads: `en`, `de`, `ko`.
    #[serde(default)]
    pub lang: String,
    /// A phone that is off gets nothing until it is on again.
    #[serde(default = "yes")]
    pub on: bool,
    #[serde(default)]
    pub acknowledges: Acknowledges,
    /// Every message to this phone ends with this error.
    #[serde(default)]
    pub fail_code: Option<u32>,
}

fn yes() -> bool {
    true
}

impl Handset {
    pub fn unknown(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            name: String::new(),
            lang: String::new(),
            on: true,
            acknowledges: Acknowledges::Itself,
            fail_code: None,
        }
    }
}

/// Who tells the carrier that a text has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledges {
    /// The phone does so shortly after it was reached.
    #[default]
    Itself,
    /// Only whoever shows the phone: the page, or a test. Until then a text stays "sent".
    Page,
}

/// How long each stage takes, in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    pub queued_ms: u64,
    pub sending_ms: u64,
    pub sent_ms: u64,
    pub delivered_ms: u64,
    /// Between two tries of a webhook whose address asks for tries.
    pub retry_ms: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { queued_ms: 20, sending_ms: 80, sent_ms: 200, delivered_ms: 300, retry_ms: 1000 }
    }
}

/// What goes wrong on purpose. All zeros is a carrier that works.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every webhook and status callback leaves this much later, in milliseconds.
    pub delay_ms: u64,
    /// Up to this much more, drawn for each, in milliseconds.
    pub jitter_ms: u64,
    /// Each webhook and status callback goes out so many times more.
    pub duplicate: u32,
    /// The next so many webhooks and status callbacks never arrive: the line breaks on the way, and the carrier does what their
    /// addresses ask of it then.
    pub drop_webhook: u32,
    /// What failed is told neither again nor elsewhere, whatever its address asks.
    pub no_repeats: bool,
    /// Status callbacks are held for up to `shuffle_ms` each and so overtake one another.
    pub shuffle: bool,
    /// In milliseconds; 0 means 2000.
    pub shuffle_ms: u64,
    /// Messages fail with this code: below 30000 when they are handed in, from there on afterwards.
    pub fail_code: Option<u32>,
    /// How many of 100 messages fail; 0 means all, where `fail_code` is set.
    pub fail_percent: u8,
    /// So many next messages are accepted, and the answer to them is lost.
    pub drop_response: u32,
    /// So many requests a second are taken for each account; more get 429.
    pub rate_limit: Option<u32>,
    /// So many next requests get 429.
    pub too_many: u32,
    /// Said with it, in seconds, instead of 1; 0 leaves the header out.
    pub retry_after_s: Option<u32>,
    /// The connection of the next so many requests is cut before anything is done.
    pub lose_request: u32,
    /// The next so many requests get a server error.
    pub server_error: u32,
    /// Its status; 0 means 500.
    pub server_error_status: u16,
    /// The auth token is no longer taken.
    pub expired_token: bool,
    /// Files are gone: 404.
    pub media_missing: bool,
    /// Every answer of the API comes this much later, in milliseconds.
    pub answer_delay_ms: u64,
    /// Phones acknowledge nothing any more: texts stay "sent".
    pub no_acknowledgements: bool,
}

impl Faults {
    /// Uses up one webhook that never arrives.
    pub(super) fn goes_astray(&mut self) -> bool {
        let strikes = self.drop_webhook > 0;
        self.drop_webhook = self.drop_webhook.saturating_sub(1);
        strikes
    }
}
