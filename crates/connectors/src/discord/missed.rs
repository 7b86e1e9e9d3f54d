//! What people wrote while no session heard it: Discord lists it channel by channel.
//!
//! Only places that are known can be asked for: channels of threads, watched channels, and the open threads of servers with tickets. Nobody
//! tells a bot which direct message channels it has, so the first words of somebody who never wrote before are not found here.

use model::{ChannelAccount, Id, Timestamp};
use serde_json::{Value, json};

use super::inbound::{Ear, created};
use super::{base, bot, is_id, refusal};
use crate::contract::{Arrived, MissedList, Outcome, Page, Request, Step};
use crate::wire::{get, header, list, quoted, text};

/// Messages of one request; Discord gives no more.
const PAGE: usize = 100;
const PAGE_BYTES: u64 = 16 << 20;
/// Events of several channels need not be told in the order of their ids: what was written so long before the last one is listed, too, in
/// milliseconds.
const DISORDER_MS: i64 = 60_000;
/// Nobody waits for an answer to what is older, in seconds.
const OLDEST_S: i64 = 14 * 86_400;
/// Where nothing was heard before: a session of a new account, or of another number of shards, in seconds.
const UNHEARD_S: i64 = 86_400;
/// Types of channels that are threads.
const THREADS: std::ops::RangeInclusive<i64> = 10..=12;
const DIRECT: i64 = 1;

/// What a list's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List<'a> {
    /// The open threads of a server with tickets.
    OpenThreads(&'a str),
    /// A watched channel, of which neither its server nor its type is known yet.
    Channel(&'a str),
    Direct(&'a str),
    /// A server's channel, by the two ids.
    Room(&'a str, &'a str),
    Thread(&'a str, &'a str),
}

impl<'a> List<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (kind, rest) = name.split_once(':')?;
        let pair = || rest.split_once(':').filter(|(guild, id)| is_id(guild) && is_id(id));
        match kind {
            "open" => Some(Self::OpenThreads(rest)).filter(|_| is_id(rest)),
            "channel" => Some(Self::Channel(rest)).filter(|_| is_id(rest)),
            "direct" => Some(Self::Direct(rest)).filter(|_| is_id(rest)),
            "room" => pair().map(|(guild, id)| Self::Room(guild, id)),
            "thread" => pair().map(|(guild, id)| Self::Thread(guild, id)),
            _ => None,
        }
    }

    fn named(self, after: &str) -> MissedList {
        let name = match self {
            Self::OpenThreads(guild) => format!("open:{guild}"),
            Self::Channel(id) => format!("channel:{id}"),
            Self::Direct(id) => format!("direct:{id}"),
            Self::Room(guild, id) => format!("room:{guild}:{id}"),
            Self::Thread(guild, id) => format!("thread:{guild}:{id}"),
        };
        MissedList { name, after: after.to_owned() }
    }
}

/// The places to look at. `since` is the id of the last message that a session told.
pub(super) fn lists(account: &ChannelAccount, since: Option<&str>, threads: &[(String, Value)], now: Timestamp) -> Vec<MissedList> {
    let ear = Ear::of(account);
    let told = since.and_then(|id| id.parse::<i64>().ok()).map(|id| id.saturating_sub(DISORDER_MS << 22));
    let earliest = first_id(now.plus_secs(if told.is_some() { -OLDEST_S } else { -UNHEARD_S }));
    // What was said before the account was connected is none of ours.
    let after = told.unwrap_or_default().max(earliest).max(first_id(account.id.made_at())).to_string();
    let open = ear.tickets.iter().filter(|id| is_id(id)).map(|id| List::OpenThreads(id));
    let watched = ear.watched.iter().filter(|id| is_id(id)).map(|id| List::Channel(id));
    let known = threads.iter().filter_map(|(key, notes)| match (text(notes, "guild"), text(notes, "channel")) {
        ("", channel) => Some(List::Direct(channel)).filter(|_| ear.direct && is_id(channel)),
        // A ticket that was asked for in a channel has the id of the thread that our answer began.
        (guild, _) => Some(List::Thread(guild, key)).filter(|_| ear.tickets.contains(guild) && is_id(key) && !ear.watched.contains(key)),
    });
    open.chain(watched).chain(known).map(|list| list.named(&after)).collect()
}

/// The smallest id that whatever was made at that time can have.
fn first_id(at: Timestamp) -> i64 {
    at.millis().saturating_sub(super::EPOCH_MS).max(0) << 22
}

pub(super) fn next(account: &ChannelAccount, name: &str, after: &str) -> Step {
    let api = base(account, "api_base_url");
    let url = match List::of(name) {
        Some(List::OpenThreads(guild)) => format!("{api}/guilds/{guild}/threads/active"),
        Some(List::Channel(id)) => format!("{api}/channels/{id}"),
        Some(List::Direct(id) | List::Room(_, id) | List::Thread(_, id)) => {
            format!("{api}/channels/{id}/messages?after={}&limit={PAGE}", quoted(after))
        }
        None => return Step::Nothing,
    };
    Step::Http(Request { max_response_bytes: PAGE_BYTES, ..get(url, bot(account)) })
}

pub(super) fn outcome(
    account: &ChannelAccount,
    name: &str,
    after: &str,
    status: u16,
    headers: &[(String, String)],
    json: &Value,
    now: Timestamp,
) -> Outcome {
    if let Some(passing) = refusal::passing(status, headers, json, now) {
        return passing;
    }
    if status >= 400 {
        return refusal::of(status, json);
    }
    let strange = || Outcome::RetryAfter { ms: 2_000, why: "Discord's answer is no list".into() };
    match List::of(name) {
        None => Outcome::Listed(Page::default()),
        Some(List::OpenThreads(guild)) if json.get("threads").is_some_and(Value::is_array) => {
            let spoken = list(json, "threads").filter(|thread| is_id(text(thread, "id")) && spoke_after(thread, after));
            let lists = spoken.map(|thread| List::Thread(guild, text(thread, "id")).named(after)).collect();
            Outcome::Listed(Page { lists, ..Page::default() })
        }
        Some(List::Channel(id)) if text(json, "id") == id => {
            let found = match (json.get("type").and_then(Value::as_i64), text(json, "guild_id")) {
                (Some(DIRECT), _) => List::Direct(id),
                (Some(kind), guild) if THREADS.contains(&kind) => List::Thread(guild, id),
                (_, guild) => List::Room(guild, id),
            };
            let lists = if spoke_after(json, after) { vec![found.named(after)] } else { vec![] };
            Outcome::Listed(Page { lists, ..Page::default() })
        }
        Some(List::OpenThreads(_) | List::Channel(_)) => strange(),
        Some(place) => match json {
            Value::Array(messages) => Outcome::Listed(page(account, place, messages, headers)),
            _ => strange(),
        },
    }
}

/// Whether the newest message of a channel came after this id.
fn spoke_after(channel: &Value, after: &str) -> bool {
    number(text(channel, "last_message_id")) > number(after)
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}

/// Listed newest first, whichever page it is. A listed message does not say where it stands, as one that is told does.
fn page(account: &ChannelAccount, place: List, messages: &[Value], headers: &[(String, String)]) -> Page {
    let ear = Ear::of(account);
    let mut messages: Vec<Value> = messages.iter().filter(|message| is_id(text(message, "id"))).cloned().collect();
    messages.sort_by_key(|message| number(text(message, "id")));
    let events: Vec<Arrived> = messages
        .iter_mut()
        .flat_map(|message| {
            let (channel, guild, kind) = match place {
                List::Direct(id) => (id, None, DIRECT),
                List::Thread(guild, id) => (id, Some(guild), *THREADS.start() + 1),
                List::Room(guild, id) => (id, Some(guild), 0),
                List::OpenThreads(_) | List::Channel(_) => return vec![],
            };
            message["channel_id"] = json!(channel);
            message["channel_type"] = json!(kind);
            if let Some(guild) = guild {
                message["guild_id"] = json!(guild);
            }
            created(&ear, message).batches.into_iter().flat_map(|batch| batch.events).collect()
        })
        .collect();
    let next = messages.last().filter(|_| messages.len() >= PAGE).map(|last| text(last, "id").to_owned());
    Page { events, lists: vec![], wait_ms: if next.is_some() { pause_ms(headers) } else { 0 }, next }
}

/// How long the bucket of a channel's lists stays empty, in milliseconds: 0 while something is left in it.
fn pause_ms(headers: &[(String, String)]) -> i64 {
    let left = header(headers, "x-ratelimit-remaining").and_then(|left| left.trim().parse::<u64>().ok());
    let full_s = header(headers, "x-ratelimit-reset-after").and_then(|seconds| seconds.trim().parse::<f64>().ok());
    match (left, full_s) {
        (Some(0), Some(seconds)) if seconds.is_finite() => ((seconds * 1000.0).ceil() as i64).clamp(0, 60_000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use model::ChannelAccountId;

    use super::*;
    use crate::contract::{Connector, Incoming, Recipient, Work};
    use crate::discord::Discord;
    use crate::samples::{self, asked, events, fixture};

    const BOT: &str = "1000000000000000009";
    const GUILD: &str = "1200000000000000077";
    const WATCHED: &str = "1200000000000000100";
    const DM: &str = "1324000000000000001";
    /// The day on which the fixtures were told.
    const NOW: Timestamp = Timestamp::from_secs(1_735_984_900);
    const TOLD: &str = "01325000000000000000";

    fn account() -> ChannelAccount {
        let lists = [("ticket_servers", format!("[\"{GUILD}\"]")), ("watched_channels", format!("[\"{WATCHED}\",\"none\"]"))];
        let settings = [("api_base_url", "https://discord.test/api/v10"), ("application_id", BOT)];
        let mut account = samples::account("discord", &settings, &[("bot_token", "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s")]);
        account.settings.extend(lists.map(|(key, value)| (key.to_owned(), value)));
        account
    }

    fn named(account: &ChannelAccount, since: Option<&str>, threads: &[(&str, Value)], now: Timestamp) -> Vec<(String, String)> {
        let threads: Vec<(String, Value)> = threads.iter().map(|(key, notes)| ((*key).to_owned(), notes.clone())).collect();
        Discord.missed_lists(account, since, &threads, now).into_iter().map(|list| (list.name, list.after)).collect()
    }

    fn page_of(name: &str, after: &str, status: u16, headers: &[(&str, &str)], json: &Value) -> Outcome {
        let work = Work::Missed { since: Some(after.into()), list: Some(name.into()) };
        let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let reply = crate::contract::Reply::Http { status, headers, body: json.to_string().into_bytes() };
        Discord.outcome(&account(), &work, &Value::Null, &reply, NOW)
    }

    fn listed(outcome: Outcome) -> Page {
        let Outcome::Listed(page) = outcome else { panic!("{outcome:?}") };
        page
    }

    #[test]
    fn every_place_that_is_known_is_looked_at() {
        let threads = [
            (DM, json!({ "channel": DM })),
            ("1200000000000000200", json!({ "channel": "1200000000000000200", "guild": GUILD })),
            // A mention that asked for a ticket: our answer began a thread that has its id.
            ("1325000000000000024", json!({ "channel": WATCHED, "guild": GUILD, "open": true })),
            (WATCHED, json!({ "channel": WATCHED, "guild": GUILD })),
            ("1200000000000000900", json!({ "channel": "1200000000000000900", "guild": "1200000000000000078" })),
            ("1100000000000000001", Value::Null),
        ];
        let lists = named(&account(), Some(TOLD), &threads, NOW);
        let names: Vec<&str> = lists.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "open:1200000000000000077",
                "channel:1200000000000000100",
                "direct:1324000000000000001",
                "thread:1200000000000000077:1200000000000000200",
                "thread:1200000000000000077:1325000000000000024",
            ]
        );
        let mut no_letters = account();
        no_letters.settings.insert("direct_messages".into(), "false".into());
        assert!(named(&no_letters, Some(TOLD), &threads, NOW).iter().all(|(name, _)| !name.starts_with("direct:")));
    }

    /// A minute before what was told last, unless that is long ago; a day where nothing was; never before the account was there.
    #[test]
    fn it_begins_where_something_may_have_been_missed() {
        let ms = |id: &str| (id.parse::<i64>().unwrap() >> 22) + super::super::EPOCH_MS;
        let from = |account: &ChannelAccount, since, now| ms(&named(account, since, &[], now)[0].1);
        let told_ms = ms("1325000000000000000");
        assert_eq!(from(&account(), Some(TOLD), NOW), told_ms - 60_000);
        assert_eq!(from(&account(), Some(TOLD), NOW.plus_secs(100 * 86_400)), NOW.plus_secs(86 * 86_400).millis());
        assert_eq!(from(&account(), None, NOW), NOW.plus_secs(-86_400).millis());
        let mut young = account();
        young.id = model::Ids::new(NOW.plus_secs(-30), 7).next::<ChannelAccountId>();
        for since in [None, Some(TOLD), Some("nonsense")] {
            assert_eq!(from(&young, since, NOW), NOW.plus_secs(-30).millis(), "{since:?}");
        }
    }

    #[test]
    fn a_list_is_asked_for_by_its_name() {
        let ask = |name: &str| {
            let work = Work::Missed { since: Some("7".into()), list: Some(name.into()) };
            asked(Discord.next(&account(), &work, &Value::Null, NOW)).0
        };
        for (name, path) in [
            ("open:5", "/guilds/5/threads/active"),
            ("channel:6", "/channels/6"),
            ("direct:7", "/channels/7/messages?after=7&limit=100"),
            ("room:5:8", "/channels/8/messages?after=7&limit=100"),
            ("thread:5:9", "/channels/9/messages?after=7&limit=100"),
        ] {
            let request = ask(name);
            assert_eq!((request.method, request.url), ("GET", format!("https://discord.test/api/v10{path}")), "{name}");
            assert!(header(&request.headers, "authorization").is_some_and(|said| said.starts_with("Bot ")));
        }
        for name in ["", "direct:", "direct:../x", "thread:5", "thread:5:a", "other:5"] {
            let work = Work::Missed { since: Some("7".into()), list: Some(name.into()) };
            assert_eq!(Discord.next(&account(), &work, &Value::Null, NOW), Step::Nothing, "{name}");
        }
    }

    /// Listed or told, a message is the same event: the journal keeps it once. What is not taken when it is told is not taken here.
    #[test]
    fn what_is_listed_is_what_would_have_been_told() {
        let ours = model::Ids::new(NOW, 7).next();
        let nonce = super::super::outbound::nonce(ours, 0);
        let mut events_of_own = 0;
        for name in samples::fixtures("discord") {
            let frame = String::from_utf8(fixture(&format!("discord/{name}"))).unwrap().replace("NONCE", &nonce);
            let json: Value = serde_json::from_str(&frame).unwrap();
            if json["t"] != "MESSAGE_CREATE" {
                continue;
            }
            let incoming = Incoming::Frame { from: "0/1 1735984000000 abc wss://x.test", body: frame.as_bytes() };
            let told = Discord.receive(&Recipient::Account(&account()), &incoming, NOW).unwrap();
            let mut message = json["d"].clone();
            let (channel, guild) = (text(&message, "channel_id").to_owned(), text(&message, "guild_id").to_owned());
            let in_thread = message.get("position").is_some() || message["channel_type"] == 11;
            let list = match (guild.as_str(), in_thread) {
                ("", _) => format!("direct:{channel}"),
                (guild, true) => format!("thread:{guild}:{channel}"),
                (guild, false) => format!("room:{guild}:{channel}"),
            };
            for told in ["channel_type", "guild_id", "member"] {
                message.as_object_mut().unwrap().remove(told);
            }
            let page = listed(page_of(&list, "1", 200, &[], &json!([message])));
            let told: Vec<_> = events(&told).iter().map(|event| (event.external_id.clone(), event.keys.clone())).collect();
            let again: Vec<_> = page.events.iter().map(|event| (event.external_id.clone(), event.keys.clone())).collect();
            assert_eq!(again, told, "{name}");
            events_of_own += told.len();
        }
        assert!(events_of_own > 10, "{events_of_own} messages were compared");
    }

    fn messages(ids: std::ops::RangeInclusive<u64>) -> Value {
        let author = json!({ "id": "1100000000000000001", "username": "ana" });
        // Discord lists the newest first.
        ids.rev().map(|id| json!({ "id": id.to_string(), "type": 0, "author": author, "content": format!("no {id}") })).collect()
    }

    #[test]
    fn pages_are_read_oldest_first_and_a_full_one_has_a_next() {
        let of = |page: &Page| page.events.iter().map(|event| event.external_id.parse::<u64>().unwrap()).collect::<Vec<_>>();
        // Ids are numbers, not texts.
        let full = listed(page_of("direct:5", "1", 200, &[], &messages(950..=1049)));
        assert_eq!((of(&full), full.next.as_deref()), ((950..=1049).collect(), Some("1049")));
        let rest = listed(page_of("direct:5", "1049", 200, &[], &messages(1050..=1148)));
        assert_eq!((of(&rest).len(), rest.next), (99, None));
        assert_eq!(listed(page_of("direct:5", "1148", 200, &[], &json!([]))), Page::default());
        let paused = |left: &str, after: &str, ids| {
            let headers = [("X-RateLimit-Remaining", left), ("X-RateLimit-Reset-After", after)];
            listed(page_of("direct:5", "1", 200, &headers, &messages(ids))).wait_ms
        };
        assert_eq!(paused("0", "0.8401", 1..=100), 841, "the bucket is empty");
        assert_eq!(paused("1", "0.84", 1..=100), 0);
        assert_eq!(paused("0", "NaN", 1..=100), 0);
        assert_eq!(paused("0", "1e9", 1..=100), 60_000);
        assert_eq!(paused("0", "0.84", 1..=99), 0, "nothing more is asked");
    }

    #[test]
    fn threads_and_channels_lead_to_their_messages() {
        let names = |page: Page| page.lists.into_iter().map(|list| (list.name, list.after)).collect::<Vec<_>>();
        let threads = json!({ "threads": [
            { "id": "12", "type": 11, "guild_id": "5", "last_message_id": "20" },
            { "id": "11", "type": 12, "guild_id": "5", "last_message_id": "9" },
            { "id": "10", "type": 11, "guild_id": "5", "last_message_id": null },
        ], "members": [] });
        assert_eq!(names(listed(page_of("open:5", "10", 200, &[], &threads))), [("thread:5:12".into(), "10".into())]);
        let channel = |kind: i64, last: Value| json!({ "id": "6", "type": kind, "guild_id": "5", "last_message_id": last });
        for (json, name) in [
            (channel(0, json!("11")), Some("room:5:6")),
            (channel(5, json!("11")), Some("room:5:6")),
            (channel(11, json!("11")), Some("thread:5:6")),
            (channel(0, json!("10")), None),
            (channel(0, Value::Null), None),
            (json!({ "id": "6", "type": 1, "last_message_id": "11" }), Some("direct:6")),
        ] {
            let found = names(listed(page_of("channel:6", "10", 200, &[], &json)));
            assert_eq!(found.first().map(|(name, _)| name.as_str()), name, "{json}");
        }
    }

    #[test]
    fn each_error_costs_its_own_list_or_waits() {
        let said = |status, json: Value| match page_of("direct:5", "1", status, &[], &json) {
            Outcome::Failed(problem) => problem.code,
            Outcome::RetryAfter { ms, .. } => format!("wait {ms}"),
            Outcome::HoldThread { ms, .. } => format!("hold {ms}"),
            Outcome::Problem(problem) => format!("{}: {}", problem.setting, problem.code),
            other => format!("{other:?}"),
        };
        assert_eq!(said(403, json!({ "code": 50001 })), "no_permission");
        assert_eq!(said(404, json!({ "code": 10003 })), "unknown_channel");
        assert_eq!(said(404, json!({ "code": 10004 })), "unknown_channel");
        assert_eq!(said(429, json!({ "retry_after": 0.3, "global": false })), "hold 300");
        assert_eq!(said(429, json!({ "retry_after": 2.0, "global": true })), "wait 2000");
        assert_eq!(said(502, Value::Null), "wait 2000");
        assert_eq!(said(200, json!({ "no": "list" })), "wait 2000");
        assert_eq!(said(401, json!({ "code": 0 })), "bot_token: bad_credentials");
    }
}
