//! What the emulated Discord is told at start: bots, servers, people; and what goes wrong on purpose.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscordConfig {
    /// Where all of it answers: `http://discord.localhost:8080`. API, gateway and files hang below.
    pub origin: String,
    pub bots: Vec<Bot>,
    pub people: Vec<Person>,
    pub guilds: Vec<Guild>,
}

impl Default for DiscordConfig {
    fn default() -> Self {
        Self { origin: "http://discord.localhost".into(), bots: Vec::new(), people: Vec::new(), guilds: Vec::new() }
    }
}

/// An application and its bot, which have the same id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    pub id: String,
    pub name: String,
    pub token: String,
    /// 64 hexadecimal digits; the secret half of the key that signs interactions.
    #[serde(default)]
    pub key_seed: String,
    /// The Message Content Intent is switched on.
    #[serde(default = "yes")]
    pub reads_content: bool,
    /// Where interactions go instead of the gateway; empty = the gateway.
    #[serde(default)]
    pub interactions_url: String,
    /// What `/gateway/bot` advises; 0 = 1.
    #[serde(default)]
    pub shards: u64,
    /// Names of the commands that people can give it, each with one text.
    #[serde(default)]
    pub commands: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name in addresses: `mia`.
    pub key: String,
    pub id: String,
    pub name: String,
}

/// A server. Every bot is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guild {
    pub id: String,
    pub name: String,
    /// Keys of people.
    #[serde(default)]
    pub members: Vec<String>,
    #[serde(default)]
    pub channels: Vec<GuildChannel>,
    /// What bots may do there; 0 = everything.
    #[serde(default)]
    pub permissions: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuildChannel {
    pub id: String,
    pub name: String,
}

/// What goes wrong on purpose. All zeros is a Discord that works.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The next so many requests get 429 …
    pub too_many: u32,
    /// … for the whole bot rather than for one bucket …
    pub global: bool,
    /// … with this pause, in milliseconds.
    pub retry_after_ms: u64,
    /// The next so many requests get 502.
    pub server_error: u32,
    /// The next so many messages are accepted, and the answer is cut off.
    pub drop_response: u32,
    /// The connection of the next so many requests is cut before anything is done.
    pub lose_request: u32,
    /// Every answer of the API comes this much later, in milliseconds.
    pub answer_delay_ms: u64,
    /// The token was reset: nobody is let in with it.
    pub expired_token: bool,
    /// The next so many messages are refused with this code of Discord's.
    pub fail_count: u32,
    pub fail_code: i64,
    /// The next so many interactions carry a signature that is not the application's.
    pub wrong_signature: u32,
    /// Every event is told so many times more, with the same number.
    pub duplicate: u32,
    /// Every event and interaction is told this much later, in milliseconds.
    pub delay_ms: u64,
    /// Up to this much more, drawn for each, in milliseconds.
    pub jitter_ms: u64,
    /// Events and interactions are held for up to `shuffle_ms` each and so overtake one another; they are numbered as they leave.
    pub shuffle: bool,
    /// In milliseconds; 0 means 2000.
    pub shuffle_ms: u64,
    /// The connection breaks under each of the next so many events: whoever resumes the session is told then. The next so many
    /// interactions never reach their endpoint, and nobody tries again.
    pub drop_webhook: u32,
    /// A session that a dropped event broke cannot be resumed.
    pub no_repeats: bool,
    /// Heartbeats are not answered any more.
    pub mute: bool,
    /// Channels that the bots may not see any more, with the threads in them.
    pub hidden: Vec<String>,
    /// Files are gone: 404.
    pub media_missing: bool,
    /// How long links to files hold, in seconds; 0 = a day.
    pub link_s: i64,
    /// The heartbeat interval that is told from now on, in milliseconds; 0 = 41,250.
    pub heartbeat_ms: u64,
}

impl Faults {
    /// Uses up one of a counted fault.
    pub(super) fn strike(count: &mut u32) -> bool {
        let strikes = *count > 0;
        *count = count.saturating_sub(1);
        strikes
    }
}

fn yes() -> bool {
    true
}
