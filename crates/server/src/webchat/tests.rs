//! The visitor's door from outside: over a real listener, with everything that is tried against it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use jsonwebtoken::{EncodingKey, Header};
use messaging::Writer;
use serde_json::{Value, json};

use super::bed::{Bed, Place, SECRET, SITE, WEBCHAT, each, request};

/// Proves S13.
#[test]
fn only_an_allowed_site_gets_a_ticket_and_it_opens_once() {
    each(|bed| async move {
        let [one, other] = [bed.places[0], bed.places[1]];
        let foreign = bed.ticket(one, "https://evil.example").await;
        assert_eq!(foreign.code(), (403, "site_not_allowed"));
        assert_eq!(foreign.json["params"]["site"], "https://evil.example");
        assert_eq!(foreign.headers["access-control-allow-origin"], "https://evil.example", "the loader must be able to read why");
        let unsaid = bed.post(&format!("/webchat/{}/ticket", one.channel), None, json!({})).await;
        assert_eq!(unsaid.code(), (403, "site_not_allowed"));
        let given = bed.ticket(one, SITE).await;
        assert_eq!(given.headers["access-control-allow-origin"], SITE);
        assert_eq!(given.json["appearance"]["greeting"]["de"], "Guten Tag! Wie können wir helfen?");
        let ticket = given.json["ticket"].as_str().unwrap();
        assert_eq!(given.json["frame_url"], format!("{WEBCHAT}/frame?channel={}&ticket={ticket}", one.channel));

        let session = |place: Place| format!("/webchat/{}/session", place.channel);
        let elsewhere = bed.ticket(one, SITE).await.json["ticket"].clone();
        assert_eq!(bed.post(&session(other), None, json!({ "ticket": elsewhere })).await.code(), (403, "ticket_invalid"));
        let opened = bed.post(&session(one), None, json!({ "ticket": ticket, "language": "ko" })).await;
        assert_eq!((opened.status, &opened.json["language"]), (StatusCode::OK, &json!("ko")));
        assert_eq!(opened.json["limits"]["attachment_types"][0], "image/*");
        assert_eq!(opened.headers["cache-control"], "no-store");
        assert!(!opened.headers.contains_key("set-cookie"));
        assert_eq!(bed.post(&session(one), None, json!({ "ticket": ticket })).await.code(), (403, "ticket_invalid"));

        let again = bed.ticket(one, SITE).await.json["ticket"].clone();
        let kept = bed.post(&session(one), None, json!({ "ticket": again, "token": opened.json["token"] })).await;
        assert_eq!(kept.json["visitor"]["id"], opened.json["visitor"]["id"]);
        let again = bed.ticket(one, SITE).await.json["ticket"].clone();
        assert_eq!(bed.post(&session(one), None, json!({ "ticket": again, "token": "guess" })).await.code(), (401, "session_expired"));
        bed.end().await;
    });
}

#[test]
fn a_chat_looks_as_its_channel_says_else_as_the_workspace_does() {
    each(|bed| async move {
        let place = bed.places[0];
        let look = async || bed.ticket(place, SITE).await.json["appearance"].clone();
        let plain = look().await;
        assert_eq!((&plain["color"], &plain["logo"]), (&json!("#076c92"), &json!(null)));
        let brand = model::Brand {
            name: "Harbour".into(),
            accent: model::Accent::parse("#0a7d55"),
            logo: Some(model::Logo { tag: "00ff".into(), width: 64, height: 64 }),
            version: 0,
        };
        let change = brand.clone();
        let put = bed.engine.db().write(move |tx| {
            let change = change.clone();
            Box::pin(async move { store::branding::put(tx, place.ws, &change).await })
        });
        assert!(put.await.unwrap());
        bed.engine.config_changed(place.ws);
        let branded = look().await;
        assert_eq!((&branded["name"], &branded["color"]), (&json!("Harbour"), &json!("#0a7d55")));
        assert_eq!(branded["logo"], format!("{WEBCHAT}/b/{}/00ff/icon.png", place.id));
        bed.end().await;
    });
}

/// Proves S11.
#[test]
fn a_token_opens_its_own_channel_only() {
    each(|bed| async move {
        let [one, other] = [bed.places[0], bed.places[1]];
        let token = bed.visitor(one).await;
        assert_eq!(bed.say(one, &token, "c1", "hello").await.status, StatusCode::OK);
        assert_eq!(bed.say(other, &token, "c2", "hello").await.code(), (401, "session_expired"));
        assert_eq!(bed.get(&format!("/webchat/{}/messages", other.channel), Some(&token)).await.code(), (401, "session_expired"));
        assert_eq!(bed.get(&format!("/webchat/{}/messages", one.channel), None).await.code(), (401, "session_expired"));
        let mut socket = bed.chat(other, &token, 0).await;
        assert_eq!(socket.next().await.unwrap(), json!({ "type": "bye", "code": "session_expired" }));
        assert_eq!(bed.socket("https://evil.example", &format!("/webchat/{}/socket", one.channel), None).await.err(), Some(403));

        let mut socket = bed.chat(one, &token, 0).await;
        socket.wait("ready").await;
        let anew = bed.post(&format!("/webchat/{}/sign-out", one.channel), Some(&token), json!({})).await;
        assert_eq!(socket.wait("bye").await["code"], "signed_out");
        assert_eq!(bed.say(one, &token, "c3", "hello").await.code(), (401, "session_expired"));
        let history = bed.get(&format!("/webchat/{}/messages", one.channel), anew.json["token"].as_str()).await;
        assert_eq!(history.json["items"], json!([]), "the next person at this browser sees nothing");
        bed.end().await;
    });
}

/// Proves I6.2.
#[test]
fn what_is_written_is_kept_once_and_whole() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let text = "👩‍👩‍👧 مرحبا بالعالم 안녕하세요 \u{202e}שלום";
        let first = bed.say(place, &token, "c-1", text).await;
        assert_eq!((first.status, &first.json["text"]), (StatusCode::OK, &json!(text)));
        assert_eq!((&first.json["from"], &first.json["client_id"]), (&json!("me"), &json!("c-1")));
        let again = bed.say(place, &token, "c-1", text).await;
        assert_eq!(again.json["id"], first.json["id"]);

        let most = "ü".repeat(10_000);
        assert_eq!(bed.say(place, &token, "c-2", &most).await.json["text"], most.as_str());
        let over = bed.say(place, &token, "c-3", &"ü".repeat(10_001)).await;
        assert_eq!((over.code(), &over.json["params"]["limit"]), ((413, "text_too_long"), &json!(10_000)));
        assert_eq!(bed.say(place, &token, "c-4", " \n ").await.code(), (422, "empty_message"));
        assert_eq!(bed.say(place, &token, "", "x").await.code(), (422, "bad_client_id"));

        let path = format!("/webchat/{}/messages?after=0&limit=100", place.channel);
        let own = |page: &Value| page["items"].as_array().unwrap().iter().filter(|m| m["from"] == "me").count();
        let page = bed.get(&path, Some(&token)).await.json;
        assert_eq!(own(&page), 2);
        let small = bed.get(&format!("/webchat/{}/messages?after=0&limit=1", place.channel), Some(&token)).await.json;
        assert_eq!((&small["more"], &small["position"]), (&json!(true), &small["items"][0]["pos"]));
        bed.end().await;
    });
}

#[test]
fn a_flood_is_refused_with_the_time_to_wait() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let first = bed.say(place, &token, "c-0", "hello").await;
        let mut refused = None;
        for n in 1..40 {
            let answer = bed.say(place, &token, &format!("c-{n}"), "hello").await;
            if answer.status != StatusCode::OK {
                refused = Some((n, answer));
                break;
            }
        }
        let (n, answer) = refused.expect("a limit");
        assert!(n >= 30, "{n}");
        assert_eq!(answer.code(), (429, "too_many_messages"));
        assert!(answer.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1);
        assert_eq!(bed.say(place, &token, "c-0", "hello").await.json["id"], first.json["id"], "a repetition is no new message");
        let other = bed.visitor(place).await;
        assert_eq!(bed.say(place, &other, "c-1", "hello").await.status, StatusCode::OK, "others are not punished");
        bed.end().await;
    });
}

#[test]
fn a_blocked_person_writes_nothing_more() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        bed.say(place, &token, "c-1", "hello").await;
        let ws = place.ws;
        bed.engine
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let all = store::listing::persons(tx, ws, None, 10).await?;
                    let contact = all.first().expect("a contact");
                    assert!(store::contact::update(tx, ws, contact.id, &contact.name, true, contact.version).await?);
                    Ok(())
                })
            })
            .await
            .unwrap();
        assert_eq!(bed.say(place, &token, "c-2", "hello").await.code(), (403, "blocked"));
        bed.end().await;
    });
}

fn form(bytes: &[u8]) -> Body {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Gr\xc3\xbc\xc3\x9fe.txt\"\r\n\r\n".to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    Body::from(body)
}

/// Proves S17.
#[test]
fn files_have_limits_and_owners() {
    each(|bed| async move {
        let place = bed.places[0];
        let (token, other) = (bed.visitor(place).await, bed.visitor(place).await);
        let path = format!("/webchat/{}/files", place.channel);
        let upload = |token: &str, bytes: Vec<u8>| {
            let mut asked = request(Method::POST, WEBCHAT, &path, Some(token), form(&bytes));
            asked.headers_mut().insert(header::CONTENT_TYPE, "multipart/form-data; boundary=x".parse().unwrap());
            bed.ask(asked)
        };
        assert_eq!(upload(&token, vec![b'a'; 11 * 1024 * 1024]).await.code(), (413, "file_too_big"));
        assert_eq!(upload("guess", b"hello".to_vec()).await.code(), (401, "session_expired"));
        assert_eq!(upload(&token, b"PK\x03\x04zip".to_vec()).await.code(), (422, "file_type"));
        let file = upload(&token, b"hello".to_vec()).await;
        assert_eq!((file.status, &file.json["name"], &file.json["type"]), (StatusCode::OK, &json!("Grüße.txt"), &json!("text/plain")));

        let messages = format!("/webchat/{}/messages", place.channel);
        let with = |id: &str| json!({ "client_id": id, "text": "", "attachment_ids": [file.json["id"]] });
        assert_eq!(bed.post(&messages, Some(&other), with("c-1")).await.code(), (422, "unknown_file"), "only its owner attaches a file");
        let said = bed.post(&messages, Some(&token), with("c-1")).await;
        assert_eq!(said.json["attachments"][0]["name"], "Grüße.txt");
        assert_eq!(bed.post(&messages, Some(&token), with("c-1")).await.json["id"], said.json["id"]);
        assert_eq!(bed.post(&messages, Some(&token), with("c-2")).await.code(), (422, "unknown_file"), "a file is used once");

        let url = said.json["attachments"][0]["url"].as_str().unwrap().strip_prefix("http://files.localhost").unwrap().to_owned();
        let got = bed.get(&url, None).await;
        assert_eq!(got.bytes.as_ref(), b"hello");
        assert!(got.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
        assert_eq!(got.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(bed.get(&url.replace("&s=", "&s=0"), None).await.status, StatusCode::NOT_FOUND);
        let elsewhere = url.replace(&place.id.to_string(), &bed.places[1].id.to_string());
        assert_eq!(bed.get(&elsewhere, None).await.status, StatusCode::NOT_FOUND);
        bed.end().await;
    });
}

fn jwt(place: Place, jti: &str, sub: &str, secret: &str, exp: i64) -> String {
    let claims = json!({ "aud": place.channel.to_string(), "sub": sub, "jti": jti, "exp": exp, "name": "Mia" });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// Proves S11.
#[test]
fn the_sites_word_counts_once_and_only_its_own() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let path = format!("/webchat/{}/identify", place.channel);
        let now = bed.engine.now().secs();
        let identify = |token: &str, jwt: String| {
            let token = token.to_owned();
            let (bed, path) = (&bed, &path);
            async move { bed.post(path, Some(&token), json!({ "jwt": jwt })).await }
        };
        assert_eq!(identify(&token, jwt(place, "1", "c-7", "another secret of sixteen", now + 60)).await.code(), (403, "identity_invalid"));
        assert_eq!(identify(&token, jwt(bed.places[1], "1", "c-7", SECRET, now + 60)).await.code(), (403, "identity_invalid"));
        assert_eq!(identify(&token, jwt(place, "1", "c-7", SECRET, now - 1)).await.code(), (403, "identity_invalid"));
        assert_eq!(identify(&token, "nonsense".into()).await.code(), (403, "identity_invalid"));
        let known = identify(&token, jwt(place, "1", "c-7", SECRET, now + 60)).await;
        assert_eq!((&known.json["visitor"]["name"], &known.json["visitor"]["verified"]), (&json!("Mia"), &json!(true)));
        assert_eq!(
            identify(&token, jwt(place, "1", "c-7", SECRET, now + 60)).await.status,
            StatusCode::OK,
            "a lost answer is asked for again"
        );
        let thief = bed.visitor(place).await;
        assert_eq!(identify(&thief, jwt(place, "1", "c-7", SECRET, now + 60)).await.code(), (403, "identity_invalid"));

        bed.say(place, &token, "c-1", "this is Mia").await;
        let next = identify(&token, jwt(place, "2", "c-8", SECRET, now + 60)).await;
        assert_ne!(next.json["visitor"]["id"], known.json["visitor"]["id"]);
        let fresh = next.json["token"].as_str().unwrap();
        let history = bed.get(&format!("/webchat/{}/messages", place.channel), Some(fresh)).await;
        assert_eq!(history.json["items"], json!([]), "another person at the same browser sees nothing of Mia");
        bed.end().await;
    });
}

#[test]
fn two_browsers_of_one_customer_share_a_conversation_and_each_keeps_its_own_lines() {
    each(|bed| async move {
        let place = bed.places[0];
        let (laptop, phone) = (bed.visitor(place).await, bed.visitor(place).await);
        let now = bed.engine.now().secs();
        for (no, token) in [&laptop, &phone].into_iter().enumerate() {
            let jwt = jwt(place, &no.to_string(), "c-7", SECRET, now + 60);
            let path = format!("/webchat/{}/identify", place.channel);
            assert_eq!(bed.post(&path, Some(token), json!({ "jwt": jwt })).await.status, StatusCode::OK);
        }
        let mut on_laptop = bed.chat(place, &laptop, 0).await;
        let mut on_phone = bed.chat(place, &phone, 0).await;
        let first = bed.say(place, &laptop, "l-1", "hello").await;
        let second = bed.say(place, &phone, "p-1", "hello from the train").await;
        assert_eq!(first.json["conversation_id"], second.json["conversation_id"]);
        answer(&bed, place, &second.json["conversation_id"], 1, false).await;
        let mut seen = Vec::new();
        while seen.last() != Some(&json!("answer 1")) {
            seen.push(on_phone.wait("message").await["message"]["text"].clone());
        }
        assert!(!seen.contains(&json!("hello")), "what was said on the laptop stays there: {seen:?}");

        // Whoever answers is seen to type on both; the customer has left when the last browser has.
        let conversation: model::ConversationId = first.json["conversation_id"].as_str().unwrap().parse().unwrap();
        let author = model::Author::Worker { id: bed.engine.ids().next(), name: "Ana".into() };
        bed.engine.signal(place.ws, engine::Signal::Typing { conversation_id: conversation, author, on: true });
        assert_eq!(on_laptop.wait("typing").await["name"], "Ana");
        assert_eq!(on_phone.wait("typing").await["name"], "Ana");
        let mut signals = bed.engine.subscribe(place.ws).await.unwrap();
        let mut leaves = async || loop {
            let heard = tokio::time::timeout(Duration::from_secs(4), signals.recv()).await;
            match heard.map(|published| published.map(|published| (*published).clone())) {
                Ok(Ok(engine::Published::Signal(engine::Signal::Presence { conversation_id, present: false }))) => {
                    break Some(conversation_id);
                }
                Ok(_) => {}
                Err(_) => break None,
            }
        };
        drop(on_phone);
        assert_eq!(leaves().await, None, "the laptop is still there");
        drop(on_laptop);
        assert_eq!(leaves().await, Some(conversation));
        bed.end().await;
    });
}

/// Our side writes, as the API may: a public word or a note.
async fn answer(bed: &Bed, place: Place, conversation: &Value, n: usize, private: bool) {
    let write = engine::WriteMessage {
        private,
        ..engine::WriteMessage::text(
            conversation.as_str().unwrap().parse().unwrap(),
            format!("a-{n}"),
            format!("answer {n}"),
            Writer { worker_id: None, name: "Ana".into(), anywhere: true },
            "test",
        )
    };
    bed.engine.write(place.ws, write).await.unwrap().unwrap();
}

#[test]
fn nothing_is_lost_or_doubled_however_often_the_line_is_cut() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let first = bed.say(place, &token, "c-0", "hello").await;
        let conversation = first.json["conversation_id"].clone();
        let mut heard: BTreeMap<i64, String> = BTreeMap::new();
        let mut position = 0;
        let write = async {
            for n in 0..60 {
                answer(&bed, place, &conversation, n, n % 3 == 0).await;
                if n % 7 == 0 {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            }
        };
        let read = async {
            let mut round = 0;
            while heard.values().filter(|text| text.starts_with("answer")).count() < 40 {
                round += 1;
                assert!(round < 200, "only heard {heard:?}");
                let mut socket = bed.chat(place, &token, position).await;
                socket.wait("ready").await;
                for _ in 0..5 {
                    let Ok(Some(frame)) = tokio::time::timeout(Duration::from_millis(300), socket.next()).await else { break };
                    if frame["type"] != "message" || frame["message"]["from"] == "me" {
                        continue;
                    }
                    let message = &frame["message"];
                    let pos = message["pos"].as_i64().unwrap();
                    assert!(pos > position, "{pos} came again after {position}");
                    position = pos;
                    assert!(heard.insert(pos, message["text"].as_str().unwrap().to_owned()).is_none());
                }
            }
        };
        tokio::join!(write, read);
        let answers: Vec<&String> = heard.values().filter(|text| text.starts_with("answer")).collect();
        let wanted: Vec<String> = (0..60).filter(|n| n % 3 != 0).map(|n| format!("answer {n}")).collect();
        assert_eq!(answers, wanted.iter().collect::<Vec<_>>(), "every public word once and in order, no note ever");
        bed.end().await;
    });
}

#[test]
fn the_first_word_of_a_new_visitor_comes_back_on_an_open_socket() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let mut socket = bed.chat(place, &token, 0).await;
        socket.wait("ready").await;
        let said = bed.say(place, &token, "c-1", "hello").await;
        let frame = socket.wait("message").await;
        assert_eq!(frame["message"]["id"], said.json["id"]);
        // What our side says after it names the position; the device confirms, and the message is delivered.
        answer(&bed, place, &said.json["conversation_id"], 1, false).await;
        let pos = loop {
            let frame = socket.wait("message").await;
            if frame["message"]["text"] == "answer 1" {
                break frame["message"]["pos"].clone();
            }
        };
        socket.send(json!({ "type": "seen", "pos": pos })).await;
        socket.send(json!({ "type": "ping" })).await;
        socket.wait("pong").await;
        let conversation: model::ConversationId = said.json["conversation_id"].as_str().unwrap().parse().unwrap();
        let ws = place.ws;
        let message =
            bed.engine.db().read(move |tx| Box::pin(async move { store::message::by_client_id(tx, ws, conversation, "a-1").await })).await;
        assert_eq!(message.unwrap().unwrap().state, model::MessageState::Read);
        let key: String = {
            let ws = place.ws;
            let rows =
                bed.engine.db().read(move |tx| Box::pin(async move { store::conversation::threads_of(tx, ws, conversation).await })).await;
            rows.unwrap()[0].key.clone()
        };
        assert!(bed.server.presence().has(place.channel, &key));
        drop(socket);
        for _ in 0..60 {
            if !bed.server.presence().has(place.channel, &key) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(!bed.server.presence().has(place.channel, &key), "who does not come back has left");
        bed.end().await;
    });
}

#[test]
fn sockets_are_counted_and_watched() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        let mut sockets = Vec::new();
        for _ in 0..10 {
            let mut socket = bed.chat(place, &token, 0).await;
            socket.wait("ready").await;
            sockets.push(socket);
        }
        assert_eq!(bed.chat(place, &token, 0).await.wait("bye").await["code"], "too_many_sockets");
        for _ in 0..300 {
            sockets[0].send(json!({ "type": "ping" })).await;
        }
        assert_eq!(sockets[0].wait("bye").await["code"], "flood");
        let mut mute = bed.socket(WEBCHAT, &format!("/webchat/{}/socket", place.channel), None).await.unwrap();
        mute.send(json!({ "type": "ping" })).await;
        assert_eq!(mute.wait("bye").await["code"], "no_hello");
        bed.server.close();
        assert_eq!(sockets[1].wait("bye").await["code"], "shutdown");
        bed.end().await;
    });
}

/// Proves I0.3.
#[test]
fn webhooks_are_judged_before_they_are_read() {
    each(|bed| async move {
        let place = bed.places[0];
        let knock = |path: String, body: Body| bed.ask(request(Method::POST, "http://localhost", &path, None, body));
        assert_eq!(knock(format!("/in/webchat/{}", place.channel), Body::from("{}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(knock("/in/sms/KA0123456789abcdef0123456789abcdef".into(), Body::from("{}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(knock("/in/sms/nonsense".into(), Body::from("{}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(knock("/in/line/app/KP0123456789abcdef0123456789abcdef".into(), Body::from("{}")).await.status, StatusCode::NOT_FOUND);
        let sms = sms_channel(&bed, place).await;
        assert_eq!(knock(format!("/in/sms/{sms}"), Body::from("Body=hi")).await.code(), (401, "not_genuine"));
        assert_eq!(knock(format!("/in/carrier/{sms}"), Body::from("Body=hi")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(knock(format!("/in/sms/{sms}"), Body::from(vec![b'a'; 10 * 1024 * 1024])).await.code(), (413, "too_big"));
        bed.end().await;
    });
}

async fn sms_channel(bed: &Bed, place: Place) -> model::ChannelAccountId {
    let config = bed.engine.config(place.ws).await.unwrap();
    let mut account = (*config.accounts[&place.channel]).clone();
    account.id = bed.engine.ids().next();
    account.kind = "sms".into();
    account.settings = Default::default();
    account.secrets = [("auth_token".to_owned(), "0123456789abcdef0123456789abcdef".to_owned())].into();
    let sealed = config.seal(&engine::secrets_about(account.id), &serde_json::to_vec(&account.secrets).unwrap()).unwrap();
    let (ws, id) = (place.ws, account.id);
    bed.engine
        .db()
        .write(move |tx| {
            let (account, sealed) = (account.clone(), sealed.clone());
            Box::pin(async move { store::channel::insert(tx, ws, &account, sealed).await })
        })
        .await
        .unwrap();
    bed.engine.config_changed(ws);
    id
}
