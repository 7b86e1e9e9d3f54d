//! LINE Messaging API v2. What comes in is in `line/inbound.rs`, what goes out in `line/outbound.rs`.
//!
//! A thread is a person, a group or a room, by LINE's own id. In groups LINE leaves out who wrote, where that person has not agreed to be
//! named: such a message is of the group itself, which is then a nameless member with the group's id.

mod card;
mod inbound;
mod outbound;
mod sticker;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Capabilities, ChannelAccount, ChoiceLimit, Feature, FieldProblem, TextUnit, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::native::Native;
use crate::signature::{hmac_sha256, same};
use crate::text::apart;
use crate::wire::{
    bad_url, bearer, failed, file, get, header, list, named, not_sent, post_json, quoted, retry_after_ms, text, unknown, wrong,
};

pub struct Line;

/// The most messages one request takes.
const PER_REQUEST: usize = 5;
/// How long a customer sees that we are typing unless we write before, in seconds: 5 to 60 in steps of 5.
const TYPING_S: i64 = 20;
/// A token that is said to hold for ten years has no end.
const ENDLESS_S: i64 = 10 * 365 * 86_400;
/// How long before its end a stateless token is renewed, in seconds; it lives for 900.
const RENEWED_BEFORE_S: i64 = 180;

/// Largest file, in bytes.
const MOST_FILE_BYTES: u64 = 10 * 1024 * 1024;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "channel_secret",
        label: "Channel secret",
        help: "Signs what LINE sends us; in the LINE Developers console under Basic settings.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "channel_access_token",
        label: "Channel access token",
        help: "The long-lived token under Messaging API. Leave it empty to have short-lived ones drawn with channel ID and secret.",
        kind: SettingKind::Secret,
        required: false,
        default: None,
    },
    Setting {
        key: "channel_id",
        label: "Channel ID",
        help: "Digits; under Basic settings. Needed only without a long-lived token.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "basic_id",
        label: "Basic ID",
        help: "What customers search for, e.g. @123abcde; proves that the token belongs to this account.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where LINE's API answers; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://api.line.me"),
    },
    Setting {
        key: "data_base_url",
        label: "Content base URL",
        help: "Where LINE keeps pictures and other files; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://api-data.line.me"),
    },
    Setting {
        key: "sticker_base_url",
        label: "Sticker base URL",
        help: "Where pictures of LINE's stickers are; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://stickershop.line-scdn.net"),
    },
];

impl Connector for Line {
    fn kind(&self) -> &'static str {
        "line"
    }
    fn name(&self) -> &'static str {
        "LINE"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let id = account.setting("channel_id");
        if stateless(account) && id.is_empty() {
            let mend = "give either a long-lived channel access token or the channel ID";
            problems.push(wrong("channel_access_token", "token_or_id_missing", mend));
        }
        if !id.bytes().all(|byte| byte.is_ascii_digit()) {
            problems.push(wrong("channel_id", "bad_channel_id", format!("{id} is no channel ID: it has digits only")));
        }
        let basic = account.setting("basic_id");
        if !basic.is_empty() && !basic.starts_with('@') {
            problems.push(wrong("basic_id", "bad_basic_id", format!("{basic} is no basic ID: it begins with @")));
        }
        problems.extend(["api_base_url", "data_base_url", "sticker_base_url"].into_iter().filter_map(|key| bad_url(account, key)));
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        let basic = account.setting("basic_id");
        if basic.is_empty() { account.name.clone() } else { basic.to_owned() }
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["basic_id", "channel_id"])
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: 5000,
            text_unit: TextUnit::Utf16,
            max_attachments: 10,
            attachment_types: ["image/", "audio/", "video/", "text/", "application/"].map(String::from).to_vec(),
            max_attachment_bytes: MOST_FILE_BYTES,
            choices: Some(ChoiceLimit { most: 13, title: 300 }),
            cards: Some(card::LIMIT),
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Sticker,
                Feature::Location,
                Feature::Quote,
                Feature::Edit,
                Feature::Unsend,
                Feature::Choice,
                Feature::Block,
                Feature::Menu,
                Feature::Name,
            ]
            .into(),
            // Other files leave as links.
            says: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::Quote,
                Feature::Choice,
                Feature::Card,
                Feature::Location,
                Feature::Sticker,
                Feature::Typing,
                Feature::Read,
                Feature::Native,
            ]
            .into(),
            ..Capabilities::default()
        }
    }

    fn check_sticker(&self, _account: &ChannelAccount, set: &str, id: &str) -> Result<(), FieldProblem> {
        sticker::check(set, id)
    }
    fn sticker_sets(&self, _account: &ChannelAccount) -> &'static [StickerSet] {
        &sticker::LISTED
    }
    fn sticker_picture(&self, account: &ChannelAccount, _set: &str, id: &str) -> Option<String> {
        Some(sticker::picture(account, id))
    }

    fn receive(&self, to: &Recipient, incoming: &Incoming, now: Timestamp) -> Result<Received, Rejected> {
        let (Recipient::Account(account), Incoming::Request { headers, body, .. }) = (to, incoming) else {
            return Err(Rejected { why: "LINE webhooks are requests to one account" });
        };
        verify(account.secret("channel_secret"), headers, body)?;
        let document: Value = serde_json::from_slice(body).unwrap_or_default();
        if !document.get("events").is_some_and(Value::is_array) {
            return Ok(Received { unreadable: Some("a body without events".into()), ..Received::default() });
        }
        let mut received = Received::default();
        let mut events = Vec::new();
        for event in list(&document, "events") {
            match inbound::understand(account, text(&document, "destination"), event, now) {
                Ok(inbound::Understood { arrived, health }) => {
                    events.extend(arrived);
                    received.health = health.or(received.health);
                }
                Err(why) => received.unreadable = Some(why),
            }
        }
        if !events.is_empty() {
            received.batches.push(Batch { account: AccountKey::This, events });
        }
        Ok(received)
    }

    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        Some(PictureLimit::of(&["image/jpeg", "image/png"], MOST_FILE_BYTES))
    }

    /// A request takes five messages, costs one of the month's and uses up the reply token: files and cards travel with the text before them.
    fn native(&self) -> Option<&'static Native> {
        Some(&outbound::NATIVE)
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        let mut can = self.capabilities(account);
        if !outbound::labels_differ(&message.choices) {
            can.choices = None;
        }
        let mut parts: Vec<Part> = Vec::new();
        for mut part in apart(message, &can, Some(card::LIMIT)).into_iter().flat_map(card::within_bytes) {
            match parts.last_mut() {
                // One deck of cards to a request, as its last message.
                Some(last) if part.text.is_empty() && last.cards.is_empty() && outbound::count(last) < PER_REQUEST => {
                    last.files.append(&mut part.files);
                    last.extras.append(&mut part.extras);
                    last.cards.append(&mut part.cards);
                }
                Some(last) => {
                    // Answers are offered below the newest message only.
                    part.choices.append(&mut last.choices);
                    parts.push(part);
                }
                None => parts.push(part),
            }
        }
        parts
    }

    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
        let api = base(account, "api_base_url");
        match work {
            Work::Part { .. } => outbound::next(account, work, progress, now),
            Work::Media { url } => {
                // The token goes to LINE's own host only; other pages may keep a picture, too.
                let ours = url.starts_with(&format!("{}/v2/", base(account, "data_base_url")));
                let headers = if ours { vec![bearer(token(account))] } else { vec![] };
                Step::Http(Request { follow_redirects: 3, max_response_bytes: 20 << 20, ..get(url.clone(), headers) })
            }
            // Only a person sees that we are typing.
            Work::Signal { thread, signal: Signal::Typing(true), .. } if thread.starts_with('U') => {
                let body = json!({ "chatId": thread, "loadingSeconds": TYPING_S });
                Step::Http(post_json(format!("{api}/v2/bot/chat/loading/start"), vec![bearer(token(account))], &body, true))
            }
            Work::Signal { context, signal: Signal::Read, .. } => match text(context, "markAsReadToken") {
                "" => Step::Nothing,
                mark => {
                    let body = json!({ "markAsReadToken": mark });
                    Step::Http(post_json(format!("{api}/v2/bot/chat/markAsRead"), vec![bearer(token(account))], &body, true))
                }
            },
            Work::Profile { external_id, context } => match profile_path(external_id, context) {
                Some(path) => Step::Http(get(format!("{api}/v2/bot/{path}"), vec![bearer(token(account))])),
                None => Step::Nothing,
            },
            Work::Check(what) => check(account, what, progress),
            Work::Refresh if stateless(account) => Step::Http(draw_token(account)),
            Work::Signal { .. }
            | Work::React { .. }
            | Work::Revise { .. }
            | Work::Templates
            | Work::Missed { .. }
            | Work::Find { .. }
            | Work::Refresh => Step::Nothing,
        }
    }

    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let (status, headers, body) = match reply {
            Reply::Http { status, headers, body } => (*status, headers, body),
            Reply::NotSent(why) => return not_sent(work, "api_base_url", why),
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => return unknown(work, why),
        };
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        match work {
            Work::Part { .. } => outbound::outcome(account, work, progress, reply, now),
            Work::Check("token") if progress.get("verified").is_some() => lasts(status, &json, now),
            Work::Check(what) => checked(account, what, progress, status, &json),
            Work::Refresh => drawn(account, status, &json, now),
            // There is no list of what was sent: a person decides.
            Work::Find { .. } => Outcome::Uncertain("LINE does not say what was sent".into()),
            Work::Missed { .. } => Outcome::Received(vec![], None),
            Work::Templates => Outcome::Templates(vec![]),
            Work::React { .. } => failed("not_supported", "LINE takes no reactions from us"),
            Work::Revise { .. } => failed("not_supported", "LINE has no way to change what was sent"),
            _ if status == 401 => refused_token(account),
            _ if status == 429 => slower(headers, now),
            _ if status >= 500 => Outcome::RetryAfter { ms: 2_000, why: format!("LINE answered {status}") },
            Work::Signal { .. } if status >= 400 => failed("not_supported", format!("LINE took no signal: {}", text(&json, "message"))),
            Work::Signal { .. } => Outcome::Fine,
            // A film or a recording that LINE is still preparing.
            Work::Media { .. } if status == 202 => Outcome::RetryAfter { ms: 2_000, why: "LINE is still preparing the file".into() },
            Work::Media { .. } if status < 300 => file(headers, body),
            Work::Media { .. } => failed("media_gone", "LINE no longer has this file"),
            Work::Profile { .. } => profile(status, &json),
        }
    }

    fn checks(&self) -> &'static [&'static str] {
        &["token", "webhook", "reachability", "quota"]
    }
    fn names_people(&self) -> bool {
        true
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        // LINE allows 2,000 requests a second at each of its doors.
        Rate { per_second: 1000.0, burst: 200 }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

fn verify(secret: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), Rejected> {
    if secret.is_empty() {
        return Err(Rejected { why: "the account has no channel secret" });
    }
    let said = header(headers, "x-line-signature").ok_or(Rejected { why: "no signature" })?;
    let fits = same(STANDARD.encode(hmac_sha256(secret.as_bytes(), body)).as_bytes(), said.as_bytes());
    if fits { Ok(()) } else { Err(Rejected { why: "the signature does not fit" }) }
}

fn base<'a>(account: &'a ChannelAccount, key: &str) -> &'a str {
    let default = || SETTINGS.iter().find(|setting| setting.key == key).and_then(|setting| setting.default).unwrap_or_default();
    match account.setting(key).trim_end_matches('/') {
        "" => default(),
        base => base,
    }
}

/// Whether tokens are drawn with the channel's id and secret: they live a quarter of an hour and nobody has to copy them.
fn stateless(account: &ChannelAccount) -> bool {
    account.secret("channel_access_token").is_empty()
}

/// The token in force; empty before the first one was drawn.
fn token(account: &ChannelAccount) -> &str {
    if stateless(account) { account.secret("stateless_token") } else { account.secret("channel_access_token") }
}

fn draw_token(account: &ChannelAccount) -> Request {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", account.setting("channel_id"))
        .append_pair("client_secret", account.secret("channel_secret"))
        .finish();
    Request {
        method: "POST",
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: Body::Bytes(form.into_bytes()),
        ..get(format!("{}/oauth2/v3/token", base(account, "api_base_url")), vec![])
    }
}

fn drawn(account: &ChannelAccount, status: u16, json: &Value, now: Timestamp) -> Outcome {
    if !stateless(account) {
        return refused_token(account);
    }
    match text(json, "access_token") {
        "" => refused_draw(status, json),
        token => {
            let lives_s = json.get("expires_in").and_then(Value::as_i64).unwrap_or(900);
            Outcome::Credential {
                secrets: [("stateless_token".to_owned(), token.to_owned())].into(),
                expires_at: Some(now.plus_secs(lives_s)),
                refresh_at: Some(now.plus_secs((lives_s - RENEWED_BEFORE_S).max(lives_s / 2))),
            }
        }
    }
}

fn refused_draw(status: u16, json: &Value) -> Outcome {
    if status == 429 || status >= 500 {
        return Outcome::RetryAfter { ms: 5_000, why: format!("LINE answered {status}") };
    }
    let said = [text(json, "error_description"), text(json, "message")].concat();
    Outcome::Problem(wrong("channel_id", "bad_credentials", format!("LINE refuses the channel ID and secret: copy both anew: {said}")))
}

fn refused_token(account: &ChannelAccount) -> Outcome {
    if stateless(account) {
        return Outcome::NeedsRefresh;
    }
    let mend = "LINE refuses the channel access token: issue a new one in the LINE Developers console";
    Outcome::Problem(wrong("channel_access_token", "bad_credentials", mend))
}

fn slower(headers: &[(String, String)], now: Timestamp) -> Outcome {
    Outcome::RetryAfter { ms: retry_after_ms(headers, now).unwrap_or(1_000), why: "LINE asks to slow down".into() }
}

/// Where to ask who somebody is: a member of a group or room is known to it, friend or not. A room has no name.
fn profile_path(external_id: &str, context: &Value) -> Option<String> {
    let id = quoted(external_id);
    let place = ["group", "room"].into_iter().find(|place| !text(context, place).is_empty());
    match place {
        Some("group") if text(context, "group") == external_id => Some(format!("group/{id}/summary")),
        Some(place) if text(context, place) != external_id => Some(format!("{place}/{}/member/{id}", quoted(text(context, place)))),
        Some(_) => None,
        None => Some(format!("profile/{id}")),
    }
}

/// Who is no friend, or has blocked us, has no profile.
fn profile(status: u16, json: &Value) -> Outcome {
    if status >= 400 {
        return Outcome::Profile { name: String::new(), facts: vec![] };
    }
    let name = ["displayName", "groupName"].into_iter().map(|key| text(json, key)).find(|name| !name.is_empty()).unwrap_or_default();
    let facts = [("locale", "language"), ("picture", "pictureUrl"), ("status_message", "statusMessage")];
    let facts = facts.into_iter().map(|(fact, key)| (fact.to_owned(), text(json, key).to_owned())).filter(|(_, value)| !value.is_empty());
    Outcome::Profile { name: name.to_owned(), facts: facts.collect() }
}

/// A check draws a token of its own where there is no lasting one: that proves id and secret, too.
fn check(account: &ChannelAccount, what: &str, progress: &Progress) -> Step {
    let own = text(progress, "token");
    if stateless(account) && own.is_empty() {
        return Step::Http(draw_token(account));
    }
    let headers = vec![bearer(if own.is_empty() { token(account) } else { own })];
    let bot = format!("{}/v2/bot", base(account, "api_base_url"));
    Step::Http(match what {
        "webhook" => get(format!("{bot}/channel/webhook/endpoint"), headers),
        "reachability" => post_json(format!("{bot}/channel/webhook/test"), headers, &json!({ "endpoint": account.webhook_url }), true),
        "quota" if progress.get("limit").is_some() => get(format!("{bot}/message/quota/consumption"), headers),
        "quota" => get(format!("{bot}/message/quota"), headers),
        "token" if progress.get("verified").is_some() => verification(account),
        _ => get(format!("{bot}/info"), headers),
    })
}

fn checked(account: &ChannelAccount, what: &str, progress: &Progress, status: u16, json: &Value) -> Outcome {
    let bad = |setting: &str, code: &str, detail: String| Outcome::Problem(wrong(setting, code, detail));
    if stateless(account) && text(progress, "token").is_empty() {
        return match text(json, "access_token") {
            "" => refused_draw(status, json),
            token => Outcome::More(json!({ "token": token })),
        };
    }
    match (what, status) {
        (_, 401) => bad("channel_access_token", "bad_credentials", "LINE refuses the channel access token: issue a new one".into()),
        (_, 403) => bad("channel_access_token", "no_permission", format!("LINE does not allow this: {}", text(json, "message"))),
        (_, 429) => Outcome::RetryAfter { ms: 1_000, why: "LINE asks to slow down".into() },
        ("webhook", 404) => bad("webhook_url", "webhook_missing", "LINE has no webhook URL: enter ours under Messaging API".into()),
        (_, 400..) => bad("api_base_url", "unexpected_answer", format!("LINE answered {status}: {}", text(json, "message"))),
        ("webhook", _) if text(json, "endpoint") != account.webhook_url => {
            let other = text(json, "endpoint");
            bad("webhook_url", "webhook_elsewhere", format!("LINE sends to {other}: enter our webhook URL under Messaging API"))
        }
        ("webhook", _) if json.get("active") != Some(&Value::Bool(true)) => {
            bad("webhook_url", "webhook_off", "the webhook is switched off: switch on “Use webhook” under Messaging API".into())
        }
        ("reachability", _) if json.get("success") != Some(&Value::Bool(true)) => unreached(json),
        ("quota", _) if progress.get("limit").is_none() => {
            let limit = if text(json, "type") == "limited" { json.get("value").cloned().unwrap_or_default() } else { Value::Null };
            let mut progress = progress.clone();
            if !progress.is_object() {
                progress = json!({});
            }
            progress["limit"] = limit;
            Outcome::More(progress)
        }
        ("quota", _) => match (progress.get("limit").and_then(Value::as_i64), json.get("totalUsage").and_then(Value::as_i64)) {
            (Some(limit), Some(used)) if used >= limit => bad(
                "channel_access_token",
                "quota_used",
                format!("{used} of {limit} messages of this month are used: only answers within a minute still leave"),
            ),
            _ => Outcome::Fine,
        },
        ("token", _) => match (account.setting("basic_id"), text(json, "basicId")) {
            (ours, theirs) if !ours.is_empty() && ours != theirs => {
                bad("basic_id", "wrong_account", format!("the token belongs to {theirs}, not to {ours}"))
            }
            // Of tokens that we draw ourselves the end is known, and renewed.
            _ if stateless(account) => Outcome::Fine,
            _ => Outcome::More(json!({ "verified": true })),
        },
        _ => Outcome::Fine,
    }
}

/// Asks how long the lasting token still holds: those of version 2.1 are web tokens and have a door of their own.
fn verification(account: &ChannelAccount) -> Request {
    let (api, token) = (base(account, "api_base_url"), token(account));
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", token).finish();
    if token.starts_with("eyJ") {
        return get(format!("{api}/oauth2/v2.1/verify?{form}"), vec![]);
    }
    Request {
        method: "POST",
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: Body::Bytes(form.into_bytes()),
        ..get(format!("{api}/v2/oauth/verify"), vec![])
    }
}

/// When the token ends. LINE has taken it a moment ago: where it does not say, the token is good all the same.
fn lasts(status: u16, json: &Value, now: Timestamp) -> Outcome {
    if status == 429 || status >= 500 {
        return Outcome::RetryAfter { ms: 1_000, why: format!("LINE answered {status}") };
    }
    match json.get("expires_in").and_then(Value::as_i64) {
        Some(left_s) if status < 300 && (1..ENDLESS_S).contains(&left_s) => Outcome::Lasts(Some(now.plus_secs(left_s))),
        _ => Outcome::Lasts(None),
    }
}

/// Why LINE's test did not reach us. An answer of 401 is ours: the request was signed with another secret.
fn unreached(json: &Value) -> Outcome {
    let status = json.get("statusCode").and_then(Value::as_i64).unwrap_or_default();
    let said = format!("{} {status} {}", text(json, "reason"), text(json, "detail"));
    Outcome::Problem(match status {
        401 => wrong("channel_secret", "wrong_secret", "LINE signs with another channel secret: copy it anew from Basic settings"),
        _ => wrong("webhook_url", "webhook_unreachable", format!("LINE does not reach our webhook URL: {}", said.trim())),
    })
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
