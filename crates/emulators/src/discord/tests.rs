mod late;

use super::*;
use crate::platform::{Act, ActMedia, Request};

const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s";
const BOT: &str = "1000000000000000009";
const GUILD: &str = "1200000000000000077";
const ROOM: &str = "1200000000000000100";
const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_735_984_800 + seconds).unwrap()
}

fn bot() -> Bot {
    Bot {
        id: BOT.into(),
        name: "support".into(),
        token: TOKEN.into(),
        key_seed: SEED.into(),
        reads_content: true,
        interactions_url: String::new(),
        shards: 0,
        commands: Vec::new(),
    }
}

fn discord() -> Discord {
    let person = |key: &str, id: &str| Person { key: key.into(), id: id.into(), name: key.to_uppercase() };
    let room = GuildChannel { id: ROOM.into(), name: "help".into() };
    let config = DiscordConfig {
        bots: vec![bot()],
        people: vec![person("ana", "1100000000000000001"), person("bob", "1100000000000000002")],
        guilds: vec![Guild { id: GUILD.into(), name: "Tide".into(), members: vec!["ana".into()], channels: vec![room], permissions: 0 }],
        ..DiscordConfig::default()
    };
    Discord::new(&config, 7)
}

fn say(text: &str) -> Act {
    Act::Say { text: text.into(), media: vec![], reply_to: None, quick_reply: None }
}

fn ask(discord: &mut Discord, method: &str, path: &str, body: Value, now: Timestamp) -> (u16, Value) {
    let request = Request {
        method: method.into(),
        path: format!("/api/v10{path}"),
        headers: vec![("authorization".into(), format!("Bot {TOKEN}")), ("user-agent".into(), "DiscordBot (x, 1)".into())],
        body: Bytes::from(if body.is_null() { String::new() } else { body.to_string() }),
        ..Request::default()
    };
    let answer = discord.handle_request(&request, now);
    (answer.status, answer.value())
}

/// The frames for a connection, one line each: its op, or its number and name.
fn told(discord: &mut Discord) -> Vec<String> {
    let line = |out: Out| match out {
        Out::Text(text) => {
            let frame: Value = serde_json::from_str(&text).unwrap();
            match frame["op"].as_u64().unwrap() {
                0 => format!("{} {}", frame["s"], frame["t"].as_str().unwrap()),
                op => format!("op {op}"),
            }
        }
        Out::Close(code) => format!("close {code}"),
        Out::Cut => "cut".into(),
    };
    discord.take_out().into_iter().map(|(_, out)| line(out)).collect()
}

fn last(discord: &mut Discord) -> Value {
    match discord.take_out().pop() {
        Some((_, Out::Text(text))) => serde_json::from_str::<Value>(&text).unwrap()["d"].take(),
        other => panic!("{other:?}"),
    }
}

fn identify(discord: &mut Discord, id: u64, intents: u64, token: &str) {
    let frame = json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": { "os": "linux" } } });
    discord.heard(id, &frame.to_string(), at(0));
}

const INTENTS: u64 = 1 | 0x7E00 | 1 << 15;

#[test]
fn a_session_is_greeted_kept_and_resumed_without_loss() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    assert_eq!(told(&mut discord), ["op 10", "1 READY", "2 GUILD_CREATE"]);
    discord.heard(link, r#"{"op":1,"d":2}"#, at(1));
    discord.act(BOT, "ana", None, say("one"), at(2)).unwrap();
    assert_eq!(told(&mut discord), ["op 11", "3 MESSAGE_CREATE"]);
    discord.upset("cut", 0, at(3));
    discord.act(BOT, "ana", None, say("two"), at(4)).unwrap();
    assert_eq!(told(&mut discord), ["cut"]);
    let session = discord.ledger().gateway.iter().find(|noted| noted.what == "identify").unwrap().detail.clone();
    let again = discord.open(at(5));
    let resume = |number: u64| json!({ "op": 6, "d": { "token": TOKEN, "session_id": session, "seq": number } }).to_string();
    discord.heard(again, &resume(2), at(5));
    assert_eq!(told(&mut discord), ["op 10", "3 MESSAGE_CREATE", "4 MESSAGE_CREATE", "5 RESUMED"]);
    discord.gone(again, Some(1000), at(6));
    let late = discord.open(at(7));
    discord.heard(late, &resume(5), at(7));
    assert_eq!(told(&mut discord), ["op 10", "op 9"], "a goodbye ends a session");
}

#[test]
fn each_wrong_client_is_closed_with_its_code() {
    let closed = |frame: &str, intents_bot: bool| {
        let mut discord = discord();
        if !intents_bot {
            discord.bots.get_mut(TOKEN).unwrap().reads_content = false;
        }
        let link = discord.open(at(0));
        discord.heard(link, frame, at(0));
        told(&mut discord).pop().unwrap()
    };
    let hello = |token: &str, intents: u64, shard: Value| {
        json!({ "op": 2, "d": { "token": token, "intents": intents, "shard": shard, "properties": { "os": "linux" } } }).to_string()
    };
    assert_eq!(closed("{", true), "close 4002");
    assert_eq!(closed(&" ".repeat(5000), true), "close 4002");
    assert_eq!(closed(r#"{"op":99}"#, true), "close 4001");
    assert_eq!(closed(r#"{"op":3,"d":{}}"#, true), "close 4003");
    assert_eq!(closed(&hello("x", 512, json!([0, 1])), true), "close 4004");
    assert_eq!(closed(&hello(TOKEN, 1 << 40, json!([0, 1])), true), "close 4013");
    assert_eq!(closed(&hello(TOKEN, 1 << 15, json!([0, 1])), false), "close 4014");
    assert_eq!(closed(&hello(TOKEN, 512, json!([1, 1])), true), "close 4010");
    let mut busy = discord();
    let link = busy.open(at(0));
    (0..121).for_each(|_| busy.heard(link, r#"{"op":1}"#, at(0)));
    assert_eq!(told(&mut busy).pop().unwrap(), "close 4008");
    let mut silent = discord();
    silent.open(at(0));
    silent.due(at(200));
    assert_eq!(told(&mut silent).pop().unwrap(), "close 4009");
}

#[test]
fn words_are_hidden_from_a_bot_that_may_not_read_them() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS & !(1 << 15), TOKEN);
    for (text, channel, shown) in
        [("hello", Some(ROOM), ""), ("@support hello", Some(ROOM), "<@1000000000000000009> hello"), ("hello", None, "hello")]
    {
        discord.act(BOT, "ana", channel, say(text), at(1)).unwrap();
        assert_eq!(last(&mut discord)["content"], shown, "{text}");
    }
}

#[test]
fn a_message_is_taken_once_and_refused_for_a_reason() {
    let mut discord = discord();
    let (_, opened) = ask(&mut discord, "POST", "/users/@me/channels", json!({ "recipient_id": "1100000000000000001" }), at(0));
    let path = format!("/channels/{}/messages", opened["id"].as_str().unwrap());
    let hello = json!({ "content": "Hello", "nonce": "n1", "enforce_nonce": true });
    let (status, first) = ask(&mut discord, "POST", &path, hello.clone(), at(1));
    assert_eq!((status, ask(&mut discord, "POST", &path, hello, at(2)).1["id"].clone()), (200, first["id"].clone()));
    assert_eq!((discord.ledger().accepted.len(), discord.ledger().repeats), (1, 1));
    let sticker = super::written::sticker_id;
    let (status, waved) = ask(&mut discord, "POST", &path, json!({ "sticker_ids": [sticker("wave")] }), at(2));
    assert_eq!((status, &waved["sticker_items"][0]["name"]), (200, &json!("wave")));
    let button = |id: &str| json!({ "type": 2, "custom_id": id, "label": "x" });
    let row = |items: Vec<Value>| json!({ "content": "x", "components": [{ "type": 1, "components": items }] });
    for (no, (body, code)) in [
        (json!({ "content": "" }), 50_006),
        (json!({ "content": "x".repeat(2001) }), 50_035),
        (json!({ "content": "x", "nonce": "x".repeat(26) }), 50_035),
        (json!({ "sticker_ids": ["1"] }), 50_081),
        (json!({ "sticker_ids": [sticker("cup"), sticker("cup"), sticker("cup"), sticker("cup")] }), 50_035),
        (row((0..6).map(|no| button(&no.to_string())).collect()), 50_035),
        (row(vec![button("a"), button("a")]), 50_035),
        (json!({ "content": "x", "message_reference": { "message_id": "5" } }), 50_035),
        (json!({ "embeds": [{ "title": "x".repeat(257) }] }), 50_035),
        (json!({ "embeds": [{ "description": "x".repeat(3001) }, { "description": "x".repeat(3000) }] }), 50_035),
        (json!({ "embeds": [{ "title": "x", "image": { "url": "attachment://none.png" } }] }), 50_035),
        (row(vec![json!({ "type": 2, "style": 5, "label": "x", "custom_id": "a", "url": "https://x.example" })]), 50_035),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(ask(&mut discord, "POST", &path, body.clone(), at(100 * (no as i64 + 1))).1["code"], code, "{body}");
    }
    discord.act(BOT, "ana", None, Act::Block, at(900)).unwrap();
    assert_eq!(ask(&mut discord, "POST", &path, json!({ "content": "x" }), at(900)).1["code"], 50_007);
    let (_, bob) = ask(&mut discord, "POST", "/users/@me/channels", json!({ "recipient_id": "1100000000000000002" }), at(900));
    let path = format!("/channels/{}/messages", bob["id"].as_str().unwrap());
    assert_eq!(ask(&mut discord, "POST", &path, json!({ "content": "x" }), at(900)).1["code"], 50_278, "no server in common");
}

#[test]
fn who_is_too_fast_waits() {
    let mut discord = discord();
    let path = format!("/channels/{ROOM}/messages");
    let statuses: Vec<u16> = (0..6).map(|_| ask(&mut discord, "POST", &path, json!({ "content": "x" }), at(0)).0).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    let (_, body) = ask(&mut discord, "POST", &path, json!({ "content": "x" }), at(2));
    assert_eq!((&body["retry_after"], &body["global"]), (&json!(3.0), &json!(false)));
    assert_eq!(ask(&mut discord, "POST", &path, json!({ "content": "x" }), at(5)).0, 200);
    discord.set_faults(Faults { too_many: 1, global: true, retry_after_ms: 1500, ..Faults::default() });
    assert_eq!(ask(&mut discord, "GET", "/users/@me", Value::Null, at(9)).1["global"], true);
    assert_eq!(ask(&mut discord, "GET", "/users/@me", Value::Null, at(9)).0, 200);
    let stranger = Request { method: "GET".into(), path: "/api/v10/users/@me".into(), ..Request::default() };
    assert_eq!(discord.handle_request(&stranger, at(9)).status, 403, "who does not say what they are");
}

#[test]
fn a_tap_is_told_and_its_signature_fits() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    let buttons = json!([{ "type": 1, "components": [{ "type": 2, "style": 2, "label": "Yes", "custom_id": "yes" }] }]);
    let path = format!("/channels/{ROOM}/messages");
    let (_, sent) = ask(&mut discord, "POST", &path, json!({ "content": "Well?", "components": buttons }), at(1));
    let tap = Act::Tap { message: sent["id"].as_str().unwrap().into(), button: "yes".into() };
    discord.act(BOT, "ana", Some(ROOM), tap.clone(), at(2)).unwrap();
    let told = last(&mut discord);
    assert_eq!(
        (&told["data"]["custom_id"], &told["guild_id"], &told["member"]["user"]["username"]),
        (&json!("yes"), &json!(GUILD), &json!("ana"))
    );
    let callback = format!("/interactions/{}/{}/callback", told["id"].as_str().unwrap(), told["token"].as_str().unwrap());
    assert_eq!(ask(&mut discord, "POST", &callback, json!({ "type": 6 }), at(3)).0, 204);
    assert_eq!(discord.ledger().interactions[0].answered_after_ms, Some(1000));

    discord.bots.get_mut(TOKEN).unwrap().interactions_url = "http://help.test/in/discord/KA1".into();
    discord.act(BOT, "ana", Some(ROOM), tap, at(4)).unwrap();
    let request = discord.due(at(4)).remove(0);
    assert_eq!(request.headers[1].1, at(4).as_second().to_string());
    // The vector of the description.
    assert_eq!(public_key(SEED), "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
    let vector =
        "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
    assert_eq!(sign(SEED, "1700000000", br#"{"type":1}"#), vector);
    let pong = CallbackAnswer::Answered { status: 200, content_type: String::new(), body: Bytes::from_static(br#"{"type":6}"#) };
    discord.callback_answer(request.id, &pong, at(5));
    assert_eq!(
        (discord.ledger().interactions[1].status, &discord.ledger().interactions[1].answer),
        (Some(200), &Some(json!({ "type": 6 })))
    );
}

#[test]
fn what_people_do_is_told_as_discord_tells_it() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    told(&mut discord);
    let media = vec![ActMedia { content_type: "image/png".into(), data: "QQ==".into(), name: "a b.png".into(), voice: false }];
    let first = discord.act(BOT, "ana", None, Act::Say { text: "see".into(), media, reply_to: None, quick_reply: None }, at(1)).unwrap();
    let message = last(&mut discord);
    let url = message["attachments"][0]["url"].as_str().unwrap().to_owned();
    let query = url.split_once('?').unwrap().1.split('&').map(|pair| pair.split_once('=').unwrap());
    let fetch = Request {
        method: "GET".into(),
        path: url.trim_start_matches("http://discord.localhost").split('?').next().unwrap().into(),
        query: query.map(|(key, value)| (key.into(), value.into())).collect(),
        ..Request::default()
    };
    assert_eq!((discord.handle_request(&fetch, at(2)).status, discord.handle_request(&fetch, at(90_000)).status), (200, 404), "links end");
    for (act, kind) in [
        (Act::Edit { message: first.clone(), text: "look".into() }, "MESSAGE_UPDATE"),
        (Act::React { message: first.clone(), emoji: Some("👍".into()) }, "MESSAGE_REACTION_ADD"),
        (Act::React { message: first.clone(), emoji: None }, "MESSAGE_REACTION_REMOVE"),
        (Act::Typing { on: true }, "TYPING_START"),
        (Act::Sticker { sticker: "wave".into(), reply_to: Some(first.clone()) }, "MESSAGE_CREATE"),
        (Act::Unsend { message: first.clone() }, "MESSAGE_DELETE"),
    ] {
        discord.act(BOT, "ana", None, act, at(3)).unwrap();
        assert!(told(&mut discord)[0].ends_with(kind), "{kind}");
    }
    assert!(discord.act(BOT, "ana", None, Act::Edit { message: first, text: "x".into() }, at(4)).is_err(), "it is gone");
    let thread = discord.act(BOT, "ana", Some(ROOM), Act::Start { referral: None, payload: None, title: "lamp".into() }, at(5)).unwrap();
    assert!(told(&mut discord)[0].ends_with("THREAD_CREATE"));
    discord.act(BOT, "ana", Some(&thread), say("broken"), at(6)).unwrap();
    assert_eq!(last(&mut discord)["channel_type"], 11);
    assert!(discord.act(BOT, "ana", None, Act::Marketing { wanted: true }, at(7)).is_err());
}

#[test]
fn a_person_sees_the_talk_the_channels_and_what_the_bot_puts_there() {
    let mut discord = discord();
    let screens = |discord: &Discord, person: &str, after: u64| discord.screens_json(BOT, person, after, at(10));
    let places = |screens: &[Value]| screens.iter().map(|one| (one["sort"].to_string(), one["name"].to_string())).collect::<Vec<_>>();
    assert_eq!(
        places(&screens(&discord, "ana", 0)),
        [("\"direct\"", "\"support\""), ("\"channel\"", "\"help\"")].map(|(a, b)| (a.into(), b.into()))
    );
    assert_eq!(screens(&discord, "bob", 0).len(), 1, "who is in no server sees none");
    let asked = discord.act(BOT, "ana", Some(ROOM), say("@support hi"), at(1)).unwrap();
    let (status, thread) =
        ask(&mut discord, "POST", &format!("/channels/{ROOM}/messages/{asked}/threads"), json!({ "name": "Ticket 1" }), at(2));
    assert_eq!(status, 201);
    let place = thread["id"].as_str().unwrap().to_owned();
    let before = discord.position();
    let row = json!([{ "type": 1, "components": [{ "type": 2, "style": 1, "label": "Tea", "custom_id": "tea" }] }]);
    ask(&mut discord, "POST", &format!("/channels/{place}/typing"), Value::Null, at(3));
    assert!(screens(&discord, "ana", 0)[2]["typing_until_ms"].as_i64().unwrap() > 0);
    ask(&mut discord, "POST", &format!("/channels/{place}/messages"), json!({ "content": "Tea?", "components": row }), at(4));
    let seen = screens(&discord, "ana", before);
    assert_eq!((&seen[2]["name"], &seen[2]["parent"], &seen[2]["typing_until_ms"]), (&json!("Ticket 1"), &json!(ROOM), &json!(0)));
    let shown = &seen[2]["messages"][0];
    assert_eq!((&shown["author"], &shown["app"], &shown["choices"][0]["title"]), (&json!("support"), &json!(true), &json!("Tea")));
    let start = &screens(&discord, "ana", 0)[1]["messages"][0];
    assert_eq!((&start["by"], &start["text"], &start["thread"]), (&json!("person"), &json!("@support hi"), &json!("Ticket 1")));
    let epoch = discord.epoch().to_owned();
    discord.reset();
    assert!(discord.epoch() != epoch && screens(&discord, "ana", 0).iter().all(|one| one["messages"] == json!([])));
}

#[test]
fn a_command_is_an_interaction_and_its_answer_is_seen_by_who_gave_it() {
    let mut discord = discord();
    let mut knows = bot();
    knows.commands = vec!["agent".into()];
    discord.bots.insert(TOKEN.into(), knows);
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    told(&mut discord);
    discord.act(BOT, "ana", None, say("/agent my lamp"), at(1)).unwrap();
    let given = last(&mut discord);
    assert_eq!(
        (&given["type"], &given["data"]["name"], &given["data"]["options"][0]["value"]),
        (&json!(2), &json!("agent"), &json!("my lamp"))
    );
    let (id, token) = (given["id"].as_str().unwrap(), given["token"].as_str().unwrap());
    let answer = json!({ "type": 4, "data": { "content": "heard", "flags": 64 } });
    assert_eq!(ask(&mut discord, "POST", &format!("/interactions/{id}/{token}/callback"), answer, at(2)).0, 204);
    let talk = &discord.screens_json(BOT, "ana", 0, at(3))[0]["messages"];
    assert_eq!((&talk[0]["text"], &talk[1]["text"], &talk[1]["only_you"]), (&json!("/agent my lamp"), &json!("heard"), &json!(true)));
    let channel = given["channel_id"].as_str().unwrap();
    assert_eq!(
        ask(&mut discord, "GET", &format!("/channels/{channel}/messages"), Value::Null, at(4)).1,
        json!([]),
        "the API knows neither"
    );
    discord.act(BOT, "ana", None, say("/other my lamp"), at(5)).unwrap();
    assert_eq!(last(&mut discord)["content"], "/other my lamp", "what is no command is said");
}

/// The ids that a list answers with, or its error.
fn listed(discord: &mut Discord, url: &str, now: Timestamp) -> Result<Vec<String>, i64> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let request = Request {
        method: "GET".into(),
        path: format!("/api/v10{path}"),
        query: pairs.map(|(key, value)| (key.into(), value.into())).collect(),
        headers: vec![("authorization".into(), format!("Bot {TOKEN}")), ("user-agent".into(), "DiscordBot (x, 1)".into())],
        ..Request::default()
    };
    let answer = discord.handle_request(&request, now);
    match (answer.status, answer.value()) {
        (200, json) => Ok(json.as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()),
        (_, json) => Err(json["code"].as_i64().unwrap()),
    }
}

#[test]
fn messages_are_listed_from_wherever_one_asks_the_newest_first() {
    let mut discord = discord();
    let ids: Vec<String> = (0..120).map(|no| discord.act(BOT, "ana", Some(ROOM), say("x"), at(no)).unwrap()).collect();
    let newest_first = |from: usize, to: usize| ids[from..to].iter().rev().cloned().collect::<Vec<_>>();
    let mut at_s = 1_000;
    let mut list = |query: String| {
        at_s += 10;
        listed(&mut discord, &format!("/channels/{ROOM}/messages{query}"), at(at_s))
    };
    assert_eq!(list(String::new()), Ok(newest_first(70, 120)), "fifty, where nobody says how many");
    assert_eq!(list("?limit=100".into()), Ok(newest_first(20, 120)));
    // The page right behind the mark, and not the newest one.
    assert_eq!(list(format!("?after={}&limit=100", ids[4])), Ok(newest_first(5, 105)));
    assert_eq!(list(format!("?after={}&limit=100", ids[104])), Ok(newest_first(105, 120)));
    assert_eq!(list(format!("?after={}", ids[119])), Ok(vec![]));
    assert_eq!(list("?after=0&limit=2".into()), Ok(newest_first(0, 2)));
    assert_eq!(list(format!("?before={}&limit=3", ids[5])), Ok(newest_first(2, 5)));
    assert_eq!(list(format!("?around={}&limit=4", ids[50])), Ok(newest_first(48, 53)));
    for wrong in ["?limit=0", "?limit=101", "?limit=x", "?after=x"] {
        assert_eq!(list(wrong.into()), Err(50_035), "{wrong}");
    }
    assert_eq!(listed(&mut discord, "/channels/5/messages", at(9_000)), Err(10_003));
}

#[test]
fn a_listed_message_does_not_say_where_it_stands() {
    let mut discord = discord();
    let thread = discord.act(BOT, "ana", Some(ROOM), Act::Start { referral: None, payload: None, title: "lamp".into() }, at(1)).unwrap();
    let first = discord.act(BOT, "ana", Some(&thread), say("broken"), at(2)).unwrap();
    let gone = discord.act(BOT, "ana", Some(&thread), say("oops"), at(3)).unwrap();
    discord.act(BOT, "ana", Some(&thread), Act::Unsend { message: gone }, at(4)).unwrap();
    let (_, page) = ask(&mut discord, "GET", &format!("/channels/{thread}/messages"), Value::Null, at(5));
    let [message] = page.as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&message["id"], &message["position"], &message["channel_id"]), (&json!(first), &json!(0), &json!(thread)));
    for told in ["guild_id", "member", "channel_type"] {
        assert!(message.get(told).is_none(), "only the gateway tells the {told}");
    }
    let (_, open) = ask(&mut discord, "GET", &format!("/guilds/{GUILD}/threads/active"), Value::Null, at(6));
    assert_eq!(open["threads"][0]["id"], json!(thread));
    assert!(open["threads"][0]["last_message_id"].is_string() && open["members"].is_array());
    assert_eq!(ask(&mut discord, "GET", "/guilds/5/threads/active", Value::Null, at(6)).1["code"], 10_004);
}

#[test]
fn a_channel_is_hidden_or_gone() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    let thread = discord.act(BOT, "ana", Some(ROOM), Act::Start { referral: None, payload: None, title: "lamp".into() }, at(1)).unwrap();
    told(&mut discord);
    discord.set_faults(Faults { hidden: vec![ROOM.into()], ..Faults::default() });
    discord.act(BOT, "ana", Some(&thread), say("broken"), at(2)).unwrap();
    assert_eq!(told(&mut discord), Vec::<String>::new(), "what is hidden is not told");
    for path in [format!("/channels/{ROOM}"), format!("/channels/{thread}/messages"), format!("/channels/{thread}/messages/1")] {
        let (status, json) = ask(&mut discord, "GET", &path, Value::Null, at(3));
        assert_eq!((status, &json["code"]), (403, &json!(50_001)), "{path}");
    }
    assert_eq!(ask(&mut discord, "GET", &format!("/guilds/{GUILD}/threads/active"), Value::Null, at(3)).1["threads"], json!([]));
    discord.set_faults(Faults::default());
    assert!(discord.delete_channel(&thread, at(4)) && !discord.delete_channel(&thread, at(4)));
    assert!(told(&mut discord)[0].ends_with("THREAD_DELETE"));
    assert_eq!(listed(&mut discord, &format!("/channels/{thread}/messages"), at(5)), Err(10_003));
    let blind = Guild { id: GUILD.into(), name: "Tide".into(), members: vec![], channels: vec![], permissions: 1 << 10 };
    discord.put_guild(blind);
    discord.act(BOT, "ana", Some(ROOM), say("x"), at(6)).unwrap();
    assert_eq!(listed(&mut discord, &format!("/channels/{ROOM}/messages"), at(7)), Ok(vec![]), "without the right to read history");
}

#[test]
fn who_lists_too_fast_waits() {
    let mut discord = discord();
    let request = Request {
        method: "GET".into(),
        path: format!("/api/v10/channels/{ROOM}/messages"),
        headers: vec![("authorization".into(), format!("Bot {TOKEN}")), ("user-agent".into(), "DiscordBot (x, 1)".into())],
        ..Request::default()
    };
    let left = |answer: &crate::carrier::HttpAnswer, name: &str| {
        answer.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    for expected in ["4", "3", "2", "1", "0"] {
        let answer = discord.handle_request(&request, at(0));
        assert_eq!((answer.status, left(&answer, "x-ratelimit-remaining").as_str()), (200, expected));
    }
    let answer = discord.handle_request(&request, at(0));
    assert_eq!((answer.status, left(&answer, "x-ratelimit-reset-after").as_str()), (429, "1.000"));
    assert_eq!(discord.handle_request(&request, at(1)).status, 200);
}
