//! Instagram messaging, in both of its login flavours (Graph v25.0).
//!
//! `login` = `instagram`: the Instagram API on graph.instagram.com, with a user token that lives 60 days and is renewed.
//! `login` = `facebook`: the Messenger API on graph.facebook.com, with the token of the linked page. The same account has another id in each.
//! A sender's id (IGSID) means something to this account only.

use model::{Capabilities, ChannelAccount, Feature, Problem, TextUnit, Timestamp};
use serde_json::Value;

use crate::contract::*;
use crate::meta::graph::{self, Auth, FACEBOOK, Graph, INSTAGRAM};
use crate::meta::{self, Delivery, doctor, send};
use crate::native::Native;
use crate::text::apart;
use crate::wire::{named, text};

pub struct Instagram;

/// Bytes of UTF-8.
const TEXT_LIMIT: u32 = 1000;
const PICTURE_BYTES: i64 = 8 * 1024 * 1024;
/// GIF and PDF are unverified; a file that is refused is said to be.
const TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "audio/aac",
    "audio/mp4",
    "audio/x-m4a",
    "audio/m4a",
    "audio/wav",
    "audio/x-wav",
    "video/mp4",
    "video/ogg",
    "video/x-msvideo",
    "video/quicktime",
    "video/webm",
    "application/pdf",
];
const PROFILE_FIELDS: &str = "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user";
/// Where a token is made anew, under the version's address (unverified; documented without a version, too).
const REFRESH_PATH: &str = "refresh_access_token";
/// A token is renewed this long before its end, in seconds; one younger than a day is not renewed.
const RENEW_BEFORE_S: i64 = 10 * 86_400;
/// A token is renewed when it is a day old at least.
const FIRST_RENEWAL_S: i64 = 2 * 86_400;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "login",
        label: "Login",
        help: "instagram, or facebook where the account is linked to a page and the app uses Facebook login.",
        kind: SettingKind::Text,
        required: true,
        default: Some("instagram"),
    },
    Setting {
        key: "instagram_id",
        label: "Instagram account ID",
        help: "Digits only, as the app's Instagram settings show it for this login; each login has its own.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "page_id",
        label: "Page ID",
        help: "With Facebook login: the page that the Instagram account is linked to.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "app_id",
        label: "App ID",
        help: "Of your app at developers.facebook.com; with Instagram login the Instagram app ID.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "app_secret",
        label: "App secret",
        help: "Signs what Meta sends us; with Instagram login the Instagram app secret.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "access_token",
        label: "Access token",
        help: "With Instagram login the account's own, renewed by itself; with Facebook login the linked page's.",
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
        help: "Empty for Meta's own, which the login decides; change it for a gateway or an emulator.",
        kind: SettingKind::Url,
        required: false,
        default: None,
    },
];

fn by_facebook(account: &ChannelAccount) -> bool {
    account.setting("login") == "facebook"
}

fn dialect(account: &ChannelAccount) -> send::Dialect<'_> {
    let facebook = by_facebook(account);
    let (base, auth) = if facebook { (FACEBOOK, Auth::Query) } else { (INSTAGRAM, Auth::Bearer) };
    let mut graph = Graph::new(account, base, auth, "instagram_id");
    graph.renews = !facebook;
    send::Dialect {
        graph,
        own: account.setting("instagram_id"),
        human_agent: account.setting("human_agent") != "false",
        // Echoes are told by the message's id; the channel takes no note of ours, and no quote.
        metadata: false,
        quotes: false,
        picture_bytes: PICTURE_BYTES,
        profile_fields: PROFILE_FIELDS,
        participants: false,
        templates: false,
    }
}

impl Connector for Instagram {
    fn kind(&self) -> &'static str {
        "instagram"
    }
    fn name(&self) -> &'static str {
        "Instagram"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let login = account.setting("login");
        let problem = |setting: &str, code: &str, detail: &str| Some(crate::wire::wrong(setting, code, detail));
        let unknown = !matches!(login, "" | "instagram" | "facebook");
        let facebook = by_facebook(account);
        [
            unknown.then(|| problem("login", "bad_login", "the login is either instagram or facebook")).flatten(),
            (facebook && account.setting("page_id").is_empty())
                .then(|| problem("page_id", "setting_missing", "with Facebook login the linked page's id is needed"))
                .flatten(),
            (facebook && account.setting("app_id").is_empty())
                .then(|| problem("app_id", "setting_missing", "with Facebook login the app's id is needed"))
                .flatten(),
            graph::check_id(account, "instagram_id", "an Instagram account's id"),
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
        account.setting("instagram_id").to_owned()
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["instagram_id"])
    }
    fn capabilities(&self, account: &ChannelAccount) -> Capabilities {
        Capabilities {
            attachment_types: TYPES.iter().map(|kind| (*kind).to_owned()).collect(),
            reaction_set: vec!["❤".to_owned()],
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Quote,
                Feature::Edit,
                Feature::Unsend,
                Feature::Reaction,
                Feature::Choice,
                Feature::Read,
                Feature::Echo,
                Feature::Staff,
                Feature::Menu,
                Feature::Name,
            ]
            .into(),
            ..send::capabilities(TEXT_LIMIT, TextUnit::Bytes, account.setting("human_agent") != "false")
        }
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        Ok(match meta::admit(to, incoming)? {
            Delivery::Handshake(answer) => Received { answer, ..Received::default() },
            Delivery::Unreadable(why) => Received { unreadable: Some(why), ..Received::default() },
            Delivery::Body(json) => meta::take_entries(to, &json, "instagram", "instagram_id", "account"),
        })
    }
    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        Some(PictureLimit::of(&["image/jpeg", "image/png", "image/gif"], PICTURE_BYTES as u64))
    }
    fn native(&self) -> Option<&'static Native> {
        Some(&send::NATIVE)
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        apart(message, &self.capabilities(account), Some(send::CARDS))
    }
    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
        let dialect = dialect(account);
        match work {
            Work::Refresh if by_facebook(account) => Step::Nothing,
            Work::Refresh => {
                let query = [("grant_type", "ig_refresh_token"), ("access_token", account.secret("access_token"))];
                let url = dialect.graph.url(REFRESH_PATH, &query);
                Step::Http(crate::wire::get(url, vec![]))
            }
            _ => send::next(&dialect, account, work, progress, now),
        }
    }
    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let mut dialect = dialect(account);
        if *work != Work::Refresh {
            return send::outcome(&dialect, account, work, progress, reply, now);
        }
        match graph::read(work, reply) {
            Ok(read) if read.ok() => credential(&read.json, now),
            Ok(read) => {
                // A token that is refused here is over for good.
                dialect.graph.renews = false;
                graph::undone(&dialect.graph, &read, now)
            }
            Err(outcome) => outcome,
        }
    }
    fn renews_after_s(&self, account: &ChannelAccount) -> Option<i64> {
        (!by_facebook(account) && !account.secret("access_token").is_empty()).then_some(FIRST_RENEWAL_S)
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
        Rate { per_second: 200.0, burst: 50 }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

fn credential(json: &Value, now: Timestamp) -> Outcome {
    let (token, lives_s) = (text(json, "access_token"), json.get("expires_in").and_then(Value::as_i64));
    if token.is_empty() {
        return Outcome::Failed(Problem { code: "bad_token".into(), detail: "the provider gave no new access token".into() });
    }
    Outcome::Credential {
        secrets: [("access_token".to_owned(), token.to_owned())].into(),
        expires_at: lives_s.map(|s| now.plus_secs(s)),
        refresh_at: lives_s.map(|s| now.plus_secs((s - RENEW_BEFORE_S).max(s / 2))),
    }
}

#[cfg(test)]
#[path = "instagram_tests.rs"]
mod tests;
