//! Discord, API version 10: a bot that hears by the gateway and speaks over REST.
//!
//! A thread of ours is a direct message channel, a guild channel or a guild's thread, by Discord's id of the channel. A direct message
//! channel is known by the person's id, too, so that whom we write to first is answered in the same thread. A mention that opens a ticket
//! has the id of its message as key: a Discord thread begun at a message has that message's id.
//!
//! People have one id all over Discord, whichever bot they meet: it is not scoped to the account, and Discord vouches for it.

mod card;
pub mod close;
mod doctor;
mod inbound;
mod interaction;
mod missed;
mod outbound;
pub mod place;
mod readable;
mod refusal;
mod revise;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use model::{Capabilities, ChannelAccount, ChoiceLimit, Feature, FieldProblem, TextUnit, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::native::Native;
use crate::wire::{bad_url, file, get, header, list, named, not_sent, quoted, text, unknown, wrong};

pub struct Discord;

/// Discord counts its ids from here, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// How far a request's own time may lie from ours, in seconds.
const FRESH_S: i64 = 300;

/// What the gateway is asked to tell: guilds, messages, reactions and typing of guilds and of direct messages, and what is written.
pub const INTENTS: u64 = 1 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "bot_token",
        label: "Bot token",
        help: "In the Discord developer portal under Bot, by Reset Token. Whoever has it is the bot.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "application_id",
        label: "Application ID",
        help: "Digits; in the developer portal under General Information.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "public_key",
        label: "Public key",
        help: "64 hexadecimal digits under General Information. Needed only if Discord shall send interactions to the webhook URL instead of the gateway.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "direct_messages",
        label: "Direct messages",
        help: "Take what people write to the bot directly.",
        kind: SettingKind::Toggle,
        required: false,
        default: Some("true"),
    },
    Setting {
        key: "ticket_servers",
        label: "Servers with tickets",
        help: "IDs of servers. Every thread there that the bot can see is a ticket, and a mention in a watched channel opens one.",
        kind: SettingKind::List,
        required: false,
        default: None,
    },
    Setting {
        key: "watched_channels",
        label: "Watched channels",
        help: "IDs of channels. What mentions the bot there, or answers it, is taken.",
        kind: SettingKind::List,
        required: false,
        default: None,
    },
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where Discord's API answers; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://discord.com/api/v10"),
    },
    Setting {
        key: "cdn_base_url",
        label: "CDN base URL",
        help: "Where pictures of people and stickers are; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://cdn.discordapp.com"),
    },
    Setting {
        key: "gateway_url",
        label: "Gateway URL",
        help: "A ws or wss address. Leave it empty: Discord's API names the gateway.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
];

impl Connector for Discord {
    fn kind(&self) -> &'static str {
        "discord"
    }
    fn name(&self) -> &'static str {
        "Discord"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        doctor::settings(account)
    }
    fn address(&self, account: &ChannelAccount) -> String {
        account.setting("application_id").to_owned()
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["application_id"])
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: 2000,
            text_unit: TextUnit::Chars,
            max_attachments: 10,
            attachment_types: ["image/", "audio/", "video/", "text/", "application/"].map(String::from).to_vec(),
            max_attachment_bytes: 10 << 20,
            typing: true,
            choices: Some(ChoiceLimit { most: 25, title: 80 }),
            cards: Some(card::LIMIT),
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Sticker,
                Feature::Quote,
                Feature::Edit,
                Feature::Unsend,
                Feature::Reaction,
                Feature::Choice,
                Feature::Typing,
                Feature::Echo,
                Feature::Name,
            ]
            .into(),
            says: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Quote,
                Feature::Reaction,
                Feature::Choice,
                Feature::Card,
                Feature::Sticker,
                Feature::Edit,
                Feature::Unsend,
                Feature::Typing,
                Feature::Native,
            ]
            .into(),
            ..Capabilities::default()
        }
    }

    /// Whether the bot may use it is known to Discord alone: its own ones everywhere, those of a server there.
    fn check_sticker(&self, _account: &ChannelAccount, _set: &str, id: &str) -> Result<(), FieldProblem> {
        if is_id(id) {
            return Ok(());
        }
        let detail = "Discord's stickers have ids of digits: with its developer mode switched on, its apps copy them";
        Err(FieldProblem::new("sticker.id", "unknown_sticker", detail))
    }
    fn sticker_picture(&self, account: &ChannelAccount, _set: &str, id: &str) -> Option<String> {
        Some(format!("{}/stickers/{}.png", base(account, "cdn_base_url"), quoted(id)))
    }

    fn receive(&self, to: &Recipient, incoming: &Incoming, now: Timestamp) -> Result<Received, Rejected> {
        let Recipient::Account(account) = to else {
            return Err(Rejected { why: "a Discord bot is one account" });
        };
        match incoming {
            Incoming::Frame { from, body } => Ok(inbound::frame(account, from, body)),
            Incoming::Request { headers, body, .. } => {
                verify(account.setting("public_key"), headers, body, now)?;
                Ok(interaction::request(account, body))
            }
            Incoming::Mail { .. } => Err(Rejected { why: "Discord sends no mail" }),
        }
    }

    fn native(&self) -> Option<&'static Native> {
        Some(&outbound::NATIVE)
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        outbound::split(&self.capabilities(account), message)
    }

    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, _now: Timestamp) -> Step {
        match work {
            Work::Part { .. } => outbound::next(account, work, progress),
            Work::React { .. } => outbound::react(account, work, progress),
            Work::Revise { .. } => revise::next(account, work, progress),
            Work::Find { .. } => outbound::find(account, work, progress),
            Work::Media { url } => Step::Http(media(account, url, progress)),
            Work::Signal { signal: Signal::Typing(true), .. } => outbound::typing(account, work),
            Work::Profile { external_id, context } => Step::Http(get(profile_url(account, external_id, context), bot(account))),
            Work::Check(LINE) => line(account).map_or(Step::Nothing, |line| Step::Knock(Door::Line(line))),
            Work::Check(what) => doctor::ask(account, what),
            Work::Missed { since: Some(after), list: Some(name) } => missed::next(account, name, after),
            Work::Signal { .. } | Work::Templates | Work::Missed { .. } | Work::Refresh => Step::Nothing,
        }
    }

    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let (status, headers, body) = match reply {
            Reply::Http { status, headers, body } => (*status, headers, body),
            Reply::NotSent(why) if *work == Work::Check(LINE) => return not_sent(work, "gateway_url", why),
            Reply::NotSent(why) => return not_sent(work, "api_base_url", why),
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => return unknown(work, why),
        };
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        match work {
            Work::Check(LINE) => close::judge(status),
            Work::Check(what) => doctor::judge(account, what, status, &json),
            Work::Missed { since: Some(after), list: Some(name) } => missed::outcome(account, name, after, status, headers, &json, now),
            Work::Missed { .. } => Outcome::Received(vec![], None),
            Work::Templates => Outcome::Templates(vec![]),
            Work::Refresh => refusal::token(),
            Work::Media { url } => fetched(url, progress, status, headers, body, &json),
            _ if let Some(outcome) = refusal::passing(status, headers, &json, now) => outcome,
            Work::Part { .. } => outbound::sent(work, progress, status, &json),
            Work::React { .. } => outbound::reacted(work, progress, status, &json),
            Work::Revise { .. } => revise::done(work, progress, status, &json),
            Work::Find { .. } => outbound::found(account, work, progress, status, &json),
            Work::Signal { .. } if status >= 400 => refusal::of(status, &json),
            Work::Signal { .. } => Outcome::Fine,
            Work::Profile { .. } => profile(account, status, &json),
        }
    }

    fn checks(&self) -> &'static [&'static str] {
        doctor::CHECKS
    }
    fn names_people(&self) -> bool {
        true
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        // Discord takes fifty requests a second from one bot, and some of them open channels and threads.
        Rate { per_second: 40.0, burst: 40 }
    }
    fn line(&self, account: &ChannelAccount) -> Option<Line> {
        line(account)
    }
    fn missed_lists(&self, account: &ChannelAccount, since: Option<&str>, threads: &[(String, Value)], now: Timestamp) -> Vec<MissedList> {
        missed::lists(account, since, threads, now)
    }
    fn of_line(&self, code: &str) -> bool {
        code == "unreachable" || close::CODES.contains(&code)
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

/// The gateway, unless there is no token to open it with.
fn line(account: &ChannelAccount) -> Option<Line> {
    let token = account.secret("bot_token").trim().to_owned();
    let gateway = Gateway {
        api_base_url: base(account, "api_base_url").to_owned(),
        url: account.setting("gateway_url").trim_end_matches('/').to_owned(),
        headers: bot(account),
        token,
        intents: INTENTS,
    };
    (!gateway.token.is_empty()).then_some(Line::Gateway(gateway))
}

/// Whether a request is Discord's own: signed over its time and its bytes, and fresh.
fn verify(public_key: &str, headers: &[(String, String)], body: &[u8], now: Timestamp) -> Result<(), Rejected> {
    let key: [u8; 32] = unhex(public_key).ok_or(Rejected { why: "the account has no public key" })?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| Rejected { why: "the account's public key is none" })?;
    let said = header(headers, "x-signature-ed25519").ok_or(Rejected { why: "no signature" })?;
    let signature: [u8; 64] = unhex(said).ok_or(Rejected { why: "the signature is none" })?;
    let at = header(headers, "x-signature-timestamp").ok_or(Rejected { why: "no timestamp" })?;
    let signed = [at.as_bytes(), body].concat();
    key.verify_strict(&signed, &Signature::from_bytes(&signature)).map_err(|_| Rejected { why: "the signature does not fit" })?;
    let seconds: i64 = at.parse().map_err(|_| Rejected { why: "the timestamp is no number" })?;
    let apart_s = (now.micros() / 1_000_000).abs_diff(seconds);
    if apart_s > FRESH_S.unsigned_abs() { Err(Rejected { why: "the request is too old" }) } else { Ok(()) }
}

/// Exactly `N` bytes of hexadecimal digits.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text.trim().chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    (digits.len() == 2 * N).then(|| bytes.try_into().ok()).flatten()
}

fn base<'a>(account: &'a ChannelAccount, key: &str) -> &'a str {
    let default = || SETTINGS.iter().find(|setting| setting.key == key).and_then(|setting| setting.default).unwrap_or_default();
    match account.setting(key).trim_end_matches('/') {
        "" => default(),
        base => base,
    }
}

/// Who asks, on every request: Discord turns away whoever does not say what they are.
pub fn bot(account: &ChannelAccount) -> Vec<(String, String)> {
    let agent = format!("DiscordBot (https://github.com/seaway, {})", env!("CARGO_PKG_VERSION"));
    vec![("authorization".into(), format!("Bot {}", account.secret("bot_token").trim())), ("user-agent".into(), agent)]
}

/// The bot's own user id. A token begins with it; older bots have another one than their application.
fn own_id(account: &ChannelAccount) -> String {
    let head = account.secret("bot_token").trim().split('.').next().unwrap_or_default();
    let decoded = STANDARD_NO_PAD.decode(head.trim_end_matches('=')).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|id| is_id(id)).unwrap_or_else(|| account.setting("application_id").to_owned())
}

/// Whether a text is an id of Discord's.
fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// When whatever has this id was made.
fn made_at(id: &str) -> Option<Timestamp> {
    let id: i64 = id.parse().ok()?;
    Some(Timestamp::from_millis((id >> 22) + EPOCH_MS))
}

fn ids(account: &ChannelAccount, key: &str) -> Vec<String> {
    let said: Vec<String> = serde_json::from_str(account.setting(key)).unwrap_or_default();
    said.iter().map(|id| id.trim().to_owned()).collect()
}

/// Where a file of a message is, and what it takes to get a fresh link: those of Discord end after about a day.
fn link(url: &str, channel: &str, message: &str, attachment: &str) -> String {
    format!("{url}#{channel}/{message}/{attachment}")
}

fn media(account: &ChannelAccount, url: &str, progress: &Progress) -> Request {
    let (address, place) = url.split_once('#').unwrap_or((url, ""));
    let mut place = place.split('/');
    let wanted = match (progress.get("anew"), progress.get("url").and_then(Value::as_str), place.next(), place.next()) {
        (Some(_), _, Some(channel), Some(message)) => {
            let api = base(account, "api_base_url");
            return get(format!("{api}/channels/{}/messages/{}", quoted(channel), quoted(message)), bot(account));
        }
        (_, Some(fresh), ..) => fresh,
        _ => address,
    };
    // The token stays with the API: files have their own proof in the link.
    Request { follow_redirects: 2, max_response_bytes: 26 << 20, ..get(wanted.to_owned(), vec![]) }
}

fn fetched(url: &str, progress: &Progress, status: u16, headers: &[(String, String)], body: &[u8], json: &Value) -> Outcome {
    let gone = || crate::wire::failed("media_gone", "Discord no longer has this file");
    if status == 429 || status >= 500 {
        return Outcome::RetryAfter { ms: 2_000, why: format!("Discord answered {status}") };
    }
    let wanted = url.split_once('#').and_then(|(_, place)| place.rsplit_once('/')).map(|(_, attachment)| attachment);
    let asked_anew = progress.get("anew").is_some();
    match (status, wanted) {
        (200..=299, Some(wanted)) if asked_anew => {
            let forwarded = list(json, "message_snapshots").filter_map(|shot| shot.get("message"));
            let mut all = std::iter::once(json).chain(forwarded).flat_map(|message| list(message, "attachments"));
            let fresh = all.find(|attachment| text(attachment, "id") == wanted).map(|attachment| text(attachment, "url"));
            fresh.filter(|url| !url.is_empty()).map_or_else(gone, |url| Outcome::More(json!({ "url": url })))
        }
        (200..=299, _) => file(headers, body),
        // The link may have ended: the message knows the next one.
        (_, Some(_)) if progress.is_null() => Outcome::More(json!({ "anew": true })),
        _ => gone(),
    }
}

fn profile_url(account: &ChannelAccount, user: &str, context: &Value) -> String {
    let api = base(account, "api_base_url");
    match text(context, "guild") {
        "" => format!("{api}/users/{}", quoted(user)),
        guild => format!("{api}/guilds/{}/members/{}", quoted(guild), quoted(user)),
    }
}

/// Who has left the server, or never was, has no name to tell.
fn profile(account: &ChannelAccount, status: u16, json: &Value) -> Outcome {
    let none = Value::Null;
    let (member, user) = match json.get("user") {
        Some(user) => (json, user),
        None => (&none, json),
    };
    if status >= 400 {
        return Outcome::Profile { name: String::new(), facts: vec![] };
    }
    Outcome::Profile { name: inbound::name(user, member), facts: inbound::facts(account, user) }
}

/// What is wrong with a setting of the account, by code.
fn bad(setting: &str, code: &str, detail: impl Into<String>) -> Outcome {
    Outcome::Problem(wrong(setting, code, detail))
}

fn bad_urls(account: &ChannelAccount) -> impl Iterator<Item = SettingProblem> {
    ["api_base_url", "cdn_base_url"].into_iter().filter_map(|key| bad_url(account, key))
}

#[cfg(test)]
#[path = "discord_tests.rs"]
mod tests;
