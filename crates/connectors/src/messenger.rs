//! Facebook Messenger: a page's conversations (Messenger Platform, Graph v25.0).
//!
//! A sender's id (PSID) means something to this page only. What the spec could not confirm stands as constants here and in `meta`.

use model::{Capabilities, ChannelAccount, Feature, TextUnit, Timestamp};

use crate::contract::*;
use crate::meta::graph::{self, Auth, FACEBOOK, Graph};
use crate::meta::{self, Delivery, doctor, events, send};
use crate::native::Native;
use crate::text::apart;
use crate::wire::named;

pub struct Messenger;

const TEXT_LIMIT: u32 = 2000;
const FILE_BYTES: i64 = 25 * 1024 * 1024;
const PROFILE_FIELDS: &str = "first_name,last_name,name,profile_pic,locale,timezone,gender";

const SETTINGS: &[Setting] = &[
    Setting {
        key: "page_id",
        label: "Page ID",
        help: "Digits only; on the page under About, Page transparency.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "app_id",
        label: "App ID",
        help: "Of your app at developers.facebook.com; at the top of its dashboard.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "app_secret",
        label: "App secret",
        help: "Signs what Meta sends us; in the app's basic settings.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "access_token",
        label: "Page access token",
        help: "Drawn for the page in the app's Messenger settings; sends in its name.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "verify_token",
        label: "Verify token",
        help: "A word of your own: enter it here and beside the webhook's address in the app.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "human_agent",
        label: "Human agent permission",
        help: "Whether Meta has granted the app the Human Agent feature: people may then answer for seven days instead of one.",
        kind: SettingKind::Toggle,
        required: false,
        default: Some("true"),
    },
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where the provider's API answers; change it for a gateway or an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some(FACEBOOK),
    },
];

fn dialect(account: &ChannelAccount) -> send::Dialect<'_> {
    send::Dialect {
        graph: Graph::new(account, FACEBOOK, Auth::Query, "page_id"),
        own: account.setting("page_id"),
        human_agent: account.setting("human_agent") != "false",
        metadata: true,
        quotes: true,
        picture_bytes: FILE_BYTES,
        profile_fields: PROFILE_FIELDS,
        participants: true,
        templates: true,
    }
}

impl Connector for Messenger {
    fn kind(&self) -> &'static str {
        "messenger"
    }
    fn name(&self) -> &'static str {
        "Facebook Messenger"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        [
            graph::check_id(account, "page_id", "a page's id"),
            graph::check_id(account, "app_id", "an app's id"),
            graph::check_secret(account, "app_secret"),
            graph::check_secret(account, "access_token"),
            crate::wire::bad_url(account, "api_base_url"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
    fn address(&self, account: &ChannelAccount) -> String {
        account.setting("page_id").to_owned()
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["page_id"])
    }
    fn capabilities(&self, account: &ChannelAccount) -> Capabilities {
        let both = send::capabilities(TEXT_LIMIT, TextUnit::Chars, account.setting("human_agent") != "false");
        let says = both.says.iter().copied().chain([Feature::Quote, Feature::Template]).collect();
        Capabilities {
            attachment_types: ["image/", "audio/", "video/", "application/", "text/"].map(String::from).to_vec(),
            delivery_receipts: true,
            reaction_set: events::REACTIONS.iter().map(|(_, emoji)| (*emoji).to_owned()).collect(),
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Sticker,
                Feature::Location,
                Feature::Quote,
                Feature::Edit,
                Feature::Reaction,
                Feature::Choice,
                Feature::Delivered,
                Feature::Read,
                Feature::Echo,
                Feature::Staff,
                Feature::Menu,
                Feature::Name,
            ]
            .into(),
            says,
            ..both
        }
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        Ok(match meta::admit(to, incoming)? {
            Delivery::Handshake(answer) => Received { answer, ..Received::default() },
            Delivery::Unreadable(why) => Received { unreadable: Some(why), ..Received::default() },
            Delivery::Body(json) => meta::take_entries(to, &json, "page", "page_id", "page"),
        })
    }
    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        Some(PictureLimit::of(&["image/jpeg", "image/png", "image/gif"], FILE_BYTES as u64))
    }
    fn native(&self) -> Option<&'static Native> {
        Some(&send::NATIVE)
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        apart(message, &self.capabilities(account), Some(send::CARDS))
    }
    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
        send::next(&dialect(account), account, work, progress, now)
    }
    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        send::outcome(&dialect(account), account, work, progress, reply, now)
    }
    fn names_people(&self) -> bool {
        true
    }
    fn checks(&self) -> &'static [&'static str] {
        doctor::CHECKS
    }
    fn most_bytes(&self) -> usize {
        crate::meta::WEBHOOK_BYTES
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        // 300 texts a second are allowed; the ten sounds and films a second are left to the provider's own brake.
        Rate { per_second: 200.0, burst: 50 }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

#[cfg(test)]
#[path = "messenger_tests.rs"]
mod tests;
