//! What can be wrong with a bot, named exactly, with the mend.

use std::collections::BTreeSet;

use model::ChannelAccount;
use serde_json::Value;

use super::{bad, bad_urls, base, bot, ids, is_id, own_id, refusal, unhex};
use crate::contract::*;
use crate::wire::{get, text, wrong};

pub(super) const CHECKS: &[&str] = &["token", "application", "intents", "interactions", "gateway", LINE, "servers", "channels"];

/// Whether an application may read what is written: for all servers, or as one of few.
const READS_CONTENT: u64 = 1 << 18 | 1 << 19;
const ADMINISTRATOR: u64 = 1 << 3;
/// What a bot needs where tickets are, by the names of the portal.
const NEEDED: [(u64, &str); 8] = [
    (1 << 10, "View Channels"),
    (1 << 11, "Send Messages"),
    (1 << 38, "Send Messages in Threads"),
    (1 << 35, "Create Public Threads"),
    (1 << 16, "Read Message History"),
    (1 << 15, "Attach Files"),
    (1 << 14, "Embed Links"),
    (1 << 6, "Add Reactions"),
];

pub(super) fn settings(account: &ChannelAccount) -> Vec<SettingProblem> {
    let mut problems: Vec<SettingProblem> = bad_urls(account).collect();
    let token = account.secret("bot_token").trim();
    if !token.is_empty() && token.split('.').count() != 3 {
        problems.push(wrong(
            "bot_token",
            "bad_token",
            "this is no bot token: it has three parts with dots between; the client secret is another one",
        ));
    }
    let application = account.setting("application_id");
    if !application.is_empty() && !is_id(application) {
        problems.push(wrong("application_id", "bad_application_id", format!("{application} is no application ID: it has digits only")));
    }
    let key = account.setting("public_key");
    if !key.is_empty() && unhex::<32>(key).is_none() {
        problems.push(wrong("public_key", "bad_public_key", "a public key has 64 hexadecimal digits"));
    }
    for setting in ["ticket_servers", "watched_channels"] {
        let strange: Vec<String> = ids(account, setting).into_iter().filter(|id| !is_id(id)).collect();
        if !strange.is_empty() {
            let mend = "copy the ID by a right click, with Developer Mode on";
            problems.push(wrong(setting, "bad_id", format!("{} is no ID: {mend}", strange.join(", "))));
        }
    }
    let gateway = account.setting("gateway_url");
    if !gateway.is_empty() && !url::Url::parse(gateway).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss")) {
        problems.push(wrong("gateway_url", "bad_gateway_url", format!("{gateway} is not a ws or wss address")));
    }
    let nothing = account.setting("direct_messages") == "false"
        && ids(account, "ticket_servers").is_empty()
        && ids(account, "watched_channels").is_empty();
    if nothing {
        let mend = "switch direct messages on, or name a server with tickets or a channel";
        problems.push(wrong("direct_messages", "nothing_heard", mend));
    }
    problems
}

pub(super) fn ask(account: &ChannelAccount, what: &str) -> Step {
    let api = base(account, "api_base_url");
    let path = match what {
        "token" => "/users/@me".to_owned(),
        "application" | "intents" | "interactions" => "/applications/@me".to_owned(),
        "gateway" => "/gateway/bot".to_owned(),
        "servers" => "/users/@me/guilds?limit=200".to_owned(),
        _ => match ids(account, "watched_channels").first() {
            Some(channel) => format!("/channels/{}", crate::wire::quoted(channel)),
            None => return Step::Nothing,
        },
    };
    Step::Http(get(format!("{api}{path}"), bot(account)))
}

pub(super) fn judge(account: &ChannelAccount, what: &str, status: u16, json: &Value) -> Outcome {
    match (what, status) {
        (_, 401) => refusal::token(),
        (_, 429) => Outcome::RetryAfter { ms: 1_000, why: "Discord asks to slow down".into() },
        ("channels", 403 | 404) => {
            let channel = ids(account, "watched_channels").first().cloned().unwrap_or_default();
            bad(
                "watched_channels",
                "unknown_channel",
                format!("the bot cannot see the channel {channel}: give it View Channels there, or take it off the list"),
            )
        }
        (_, 400..) => bad("api_base_url", "unexpected_answer", format!("Discord answered {status}: {}", text(json, "message"))),
        ("token", _) if json.get("bot") != Some(&Value::Bool(true)) => {
            bad("bot_token", "no_bot", "the token is a person's, not a bot's: Discord forbids that")
        }
        ("token", _) if text(json, "id") != own_id(account) && text(json, "id") != account.setting("application_id") => {
            bad("bot_token", "wrong_account", format!("the token is that of {}, not of this application", text(json, "username")))
        }
        ("application", _) if text(json, "id") != account.setting("application_id") => {
            let other = text(json, "id");
            bad(
                "application_id",
                "wrong_application",
                format!("the bot token belongs to the application {other}, not to {}", account.setting("application_id")),
            )
        }
        ("application", _) => key(account, json),
        ("intents", _) if json.get("flags").and_then(Value::as_u64).unwrap_or_default() & READS_CONTENT == 0 => {
            let mend = "switch the Message Content Intent on in the developer portal under Bot, Privileged Gateway Intents";
            bad("application_id", "message_content_missing", mend)
        }
        ("interactions", _) => endpoint(account, json),
        ("gateway", _) => sessions(json),
        ("servers", _) => servers(account, json),
        _ => Outcome::Fine,
    }
}

fn key(account: &ChannelAccount, json: &Value) -> Outcome {
    let (ours, theirs) = (account.setting("public_key"), text(json, "verify_key"));
    if ours.is_empty() || ours.eq_ignore_ascii_case(theirs) {
        return Outcome::Fine;
    }
    bad("public_key", "wrong_public_key", "the public key is not this application's: copy it anew from General Information")
}

/// Buttons come by the gateway unless the application has an endpoint; then they come there, and nowhere else.
fn endpoint(account: &ChannelAccount, json: &Value) -> Outcome {
    match text(json, "interactions_endpoint_url") {
        "" => Outcome::Fine,
        url if url != account.webhook_url => bad(
            "webhook_url",
            "webhook_elsewhere",
            format!("Discord sends interactions to {url}: clear that address under General Information, or enter our webhook URL"),
        ),
        _ if account.setting("public_key").is_empty() => bad(
            "public_key",
            "public_key_missing",
            "Discord sends interactions to our webhook URL, and without the public key nobody can tell that they are genuine",
        ),
        _ => Outcome::Fine,
    }
}

fn sessions(json: &Value) -> Outcome {
    let limit = json.get("session_start_limit");
    let left = limit.and_then(|limit| limit.get("remaining")).and_then(Value::as_i64);
    if left != Some(0) {
        return Outcome::Fine;
    }
    let minutes = limit.and_then(|limit| limit.get("reset_after")).and_then(Value::as_i64).unwrap_or_default() / 60_000;
    bad(
        "bot_token",
        "sessions_used",
        format!(
            "the bot has begun as many sessions as Discord allows in a day: it goes on in {minutes} minutes; something else may use the same token"
        ),
    )
}

/// Whether the bot is in each server it shall work in, and may do there what it needs.
fn servers(account: &ChannelAccount, json: &Value) -> Outcome {
    for server in ids(account, "ticket_servers").into_iter().collect::<BTreeSet<_>>() {
        let known = json.as_array().into_iter().flatten().find(|guild| text(guild, "id") == server);
        let Some(known) = known else {
            return bad("ticket_servers", "not_in_server", format!("the bot is not in the server {server}: open its invite link there"));
        };
        let may: u64 = text(known, "permissions").parse().unwrap_or_default();
        let missing: Vec<&str> = NEEDED.iter().filter(|(bit, _)| may & bit == 0).map(|(_, name)| *name).collect();
        if may & ADMINISTRATOR == 0 && !missing.is_empty() {
            let detail = format!("in {} the bot lacks: {}", text(known, "name"), missing.join(", "));
            return bad("ticket_servers", "permissions_missing", detail);
        }
    }
    Outcome::Fine
}
