//! Whoever pretends to be a provider, at the doors of all channels.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::signature::{hex, hmac_sha1_base64, hmac_sha256, hmac_sha512};
use serde_json::{Value, json};

use super::{Api, Reply, check_all_channels as check, differences, rows};

type Headers = Vec<(&'static str, String)>;

/// A channel whose provider signs what it sends.
struct Signer {
    kind: &'static str,
    settings: Value,
    secrets: Value,
    /// The secret that signs.
    verifier: &'static str,
    /// Something that a customer says.
    body: String,
    sign: fn(&str, &str, i64, &str) -> Headers,
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const FORM: &str = "application/x-www-form-urlencoded";

fn by_twilio(secret: &str, url: &str, _at: i64, body: &str) -> Headers {
    let plain = body.replace("%2B", "+");
    let mut pairs: Vec<&str> = plain.split('&').collect();
    pairs.sort_unstable();
    let said = pairs.concat().replace('=', "");
    vec![("x-twilio-signature", hmac_sha1_base64(secret, format!("{url}{said}").as_bytes())), ("content-type", FORM.into())]
}

fn by_meta(secret: &str, _url: &str, _at: i64, body: &str) -> Headers {
    vec![("x-hub-signature-256", format!("sha256={}", hex(&hmac_sha256(secret.as_bytes(), body.as_bytes()))))]
}

fn by_line(secret: &str, _url: &str, _at: i64, body: &str) -> Headers {
    vec![("x-line-signature", STANDARD.encode(hmac_sha256(secret.as_bytes(), body.as_bytes())))]
}

fn by_google(secret: &str, _url: &str, _at: i64, body: &str) -> Headers {
    vec![("x-goog-signature", STANDARD.encode(hmac_sha512(secret.as_bytes(), body.as_bytes())))]
}

fn by_platform(secret: &str, _url: &str, at: i64, body: &str) -> Headers {
    let proof = hex(&hmac_sha256(secret.as_bytes(), format!("{at}.{body}").as_bytes()));
    vec![("x-seaway-signature", format!("t={at},v1={proof}"))]
}

fn signers(at: i64) -> Vec<Signer> {
    let service = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/conformance/service-account.json");
    let service = std::fs::read_to_string(service).unwrap().replace(" KEY-----", " PRIVATE KEY-----");
    let meta = json!({ "app_secret": SECRET, "access_token": "token", "verify_token": "verify" });
    let page = |object: &str| {
        let message = json!({ "sender": { "id": "77" }, "recipient": { "id": "1001" }, "timestamp": at * 1000, "message": { "mid": "m_1", "text": "hi" } });
        json!({ "object": object, "entry": [{ "id": "1001", "time": at * 1000, "messaging": [message] }] }).to_string()
    };
    let whatsapp = json!({ "messaging_product": "whatsapp", "metadata": { "display_phone_number": "4930123456", "phone_number_id": "2002" },
        "contacts": [{ "profile": { "name": "Mia" }, "wa_id": "491713920041" }],
        "messages": [{ "from": "491713920041", "id": "wamid.1", "timestamp": at.to_string(), "type": "text", "text": { "body": "hi" } }] });
    let source = json!({ "type": "user", "userId": format!("U{}", "a".repeat(32)) });
    let line = json!({ "type": "message", "mode": "active", "timestamp": at * 1000, "source": source, "webhookEventId": "01EVENT",
        "deliveryContext": { "isRedelivery": false }, "replyToken": "r", "message": { "id": "1", "type": "text", "text": "hi", "quoteToken": "q" } });
    vec![
        Signer {
            kind: "sms",
            settings: json!({ "account_sid": "AC00000000000000000000000000000009", "number": "+15005550099", "api_base_url": "http://carrier.localhost:8080" }),
            secrets: json!({ "auth_token": SECRET }),
            verifier: "auth_token",
            body: "MessageSid=SM77&From=%2B491713920041&To=%2B15005550099&Body=hi&NumMedia=0&SmsStatus=received".into(),
            sign: by_twilio,
        },
        Signer {
            kind: "messenger",
            settings: json!({ "page_id": "1001", "app_id": "3003" }),
            secrets: meta.clone(),
            verifier: "app_secret",
            body: page("page"),
            sign: by_meta,
        },
        Signer {
            kind: "instagram",
            settings: json!({ "instagram_id": "1001", "app_id": "3003" }),
            secrets: meta.clone(),
            verifier: "app_secret",
            body: page("instagram"),
            sign: by_meta,
        },
        Signer {
            kind: "whatsapp",
            settings: json!({ "number": "+4930123456", "phone_number_id": "2002", "waba_id": "4004", "app_id": "3003" }),
            secrets: meta,
            verifier: "app_secret",
            body: json!({ "object": "whatsapp_business_account", "entry": [{ "id": "4004", "changes": [{ "field": "messages", "value": whatsapp }] }] })
                .to_string(),
            sign: by_meta,
        },
        Signer {
            kind: "line",
            settings: json!({ "basic_id": "@tidewater" }),
            secrets: json!({ "channel_secret": SECRET, "channel_access_token": "token" }),
            verifier: "channel_secret",
            body: json!({ "destination": format!("U{}", "b".repeat(32)), "events": [line] }).to_string(),
            sign: by_line,
        },
        Signer {
            kind: "gbm",
            settings: json!({ "agent": "brands/b1/agents/a1" }),
            secrets: json!({ "client_token": SECRET, "service_account_json": service }),
            verifier: "client_token",
            body: json!({ "agent": "brands/b1/agents/a1", "conversationId": "c-77", "requestId": "r-1", "sendTime": "2027-01-15T08:00:00Z",
                "message": { "messageId": "m-1", "name": "conversations/c-77/messages/m-1", "text": "hi", "createTime": "2027-01-15T08:00:00Z" } })
            .to_string(),
            sign: by_google,
        },
        Signer {
            kind: "custom",
            settings: json!({ "send_url": "https://platform.example/seaway", "capabilities": "{}" }),
            secrets: json!({ "signing_secret": SECRET }),
            verifier: "signing_secret",
            body: json!({ "events": [{ "type": "message", "id": "m-1", "from": { "id": "u-1" }, "text": "hi" }] }).to_string(),
            sign: by_platform,
        },
    ]
}

/// A request at the providers' door, with exactly these headers.
async fn knock(api: &Api, method: Method, path: &str, headers: &[(&'static str, String)], body: impl Into<Vec<u8>>) -> Reply {
    let mut request = axum::extract::Request::builder().method(method).uri(path).header("host", super::HOST);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let body: Vec<u8> = body.into();
    let response = api.doors.answer(request.body(body.into()).unwrap(), super::PEER.parse().unwrap(), false).await;
    let (parts, body) = response.into_parts();
    let bytes = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply { status: parts.status, headers: parts.headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

fn account(signer: &Signer, secrets: Value, enabled: bool) -> Value {
    json!({ "kind": signer.kind, "name": signer.kind, "settings": signer.settings, "secrets": secrets, "enabled": enabled, "flow_id": null })
}

fn without(secrets: &Value, key: &str) -> Value {
    let mut secrets = secrets.clone();
    secrets.as_object_mut().unwrap().remove(key);
    secrets
}

#[test]
fn s22_no_channel_is_switched_on_without_what_verifies_it() {
    check("s22_no_channel_is_switched_on_without_what_verifies_it", async |api: Api| {
        let admin = api.admin().await;
        let signers = signers(0);
        // Discord's gateway is a line of our own, mail comes from a mailbox that is ours, webchat has its own door.
        let others = ["discord", "email", "webchat"];
        let known: Vec<&str> = signers.iter().map(|signer| signer.kind).chain(others).collect();
        let unproved: Vec<&str> = connectors::ALL.iter().map(|one| one.kind()).filter(|kind| !known.contains(kind)).collect();
        assert!(unproved.is_empty(), "no word here of {unproved:?}");
        for signer in &signers {
            let field = format!("/secrets/{}", signer.verifier);
            let missing = |reply: &Reply| {
                assert_eq!(
                    (reply.refusal(), &reply.json["field"]),
                    ((422, "secret_missing"), &json!(field)),
                    "{}: {}",
                    signer.kind,
                    reply.text
                );
            };
            let bare = without(&signer.secrets, signer.verifier);
            missing(&api.post(&admin, "/channel-accounts", account(signer, bare.clone(), true)).await);
            let mut blank = bare.clone();
            blank[signer.verifier] = json!("   ");
            missing(&api.post(&admin, "/channel-accounts", account(signer, blank, true)).await);
            let off = api.post(&admin, "/channel-accounts", account(signer, bare, false)).await.ok();
            let at = format!("/channel-accounts/{}", off["id"].as_str().unwrap());
            missing(&api.patch(&admin, &at, json!({ "enabled": true, "version": 1 })).await);
            let secret = json!({ signer.verifier: signer.secrets[signer.verifier] });
            api.patch(&admin, &at, json!({ "enabled": true, "secrets": secret, "version": 1 })).await.ok();
            missing(&api.patch(&admin, &at, json!({ "secrets": { signer.verifier: "" }, "version": 2 })).await);
        }
    });
}

#[test]
fn s22_nobody_speaks_for_a_provider() {
    check("s22_nobody_speaks_for_a_provider", async |api: Api| {
        let admin = api.admin().await;
        for signer in &signers(api.house.now().micros() / 1_000_000) {
            let made = api.post(&admin, "/channel-accounts", account(signer, signer.secrets.clone(), true)).await.ok();
            let path = format!("/in/{}/{}", signer.kind, made["id"].as_str().unwrap());
            let (url, now, body) = (format!("http://localhost:8080{path}"), api.house.now().micros() / 1_000_000, signer.body.as_str());
            let sign = |secret: &str, url: &str, at: i64, body: &str| (signer.sign)(secret, url, at, body);
            let genuine = sign(SECRET, &url, now, body);
            let plain: Headers = genuine.iter().filter(|(name, _)| *name == "content-type").cloned().collect();
            let (name, proof) = (genuine[0].0, genuine[0].1.clone());
            let with = |proof: String| [vec![(name, proof)], plain.clone()].concat();
            let elsewhere = sign(SECRET, &url.replace("localhost", "evil.example"), now, body);

            let before = rows(&api).await;
            let mut forged = vec![
                ("no proof", plain.clone(), body.to_owned()),
                ("an empty proof", with(String::new()), body.to_owned()),
                ("proved with nothing", sign("", &url, now, body), body.to_owned()),
                ("another's secret", sign("ffffffffffffffffffffffffffffffff", &url, now, body), body.to_owned()),
                ("a byte more", genuine.clone(), format!("{body} ")),
                ("another text", genuine.clone(), body.replace("hi", "ho")),
                ("the proof of an empty body", sign(SECRET, &url, now, ""), body.to_owned()),
                ("half a proof", with(proof[..proof.len() / 2].to_owned()), body.to_owned()),
                ("the proof twice", with(format!("{proof}{proof}")), body.to_owned()),
                ("the proof in capitals", with(proof.to_uppercase()), body.to_owned()),
                ("under another name", vec![("x-signature", proof.clone())], body.to_owned()),
            ];
            match signer.kind {
                "sms" => {
                    forged.push(("for another address", elsewhere, body.to_owned()));
                    let json = vec![(name, proof.clone()), ("content-type", "application/json".into())];
                    forged.push(("a form that is called JSON", json, body.to_owned()));
                }
                "custom" => {
                    // Several proofs may stand there while a secret is changed.
                    forged.retain(|(what, ..)| *what != "the proof twice");
                    forged.push(("ten minutes old", sign(SECRET, &url, now - 600, body), body.to_owned()));
                    forged.push(("from the future", sign(SECRET, &url, now + 600, body), body.to_owned()));
                }
                // Capitals are the same number.
                "messenger" | "instagram" | "whatsapp" => {
                    forged.retain(|(what, ..)| *what != "the proof in capitals");
                    let sha1 = STANDARD.decode(hmac_sha1_base64(SECRET, body.as_bytes())).unwrap();
                    forged.push(("the old kind of proof", vec![("x-hub-signature", format!("sha1={}", hex(&sha1)))], body.to_owned()));
                    forged.push(("the old kind under the new name", with(format!("sha1={}", hex(&sha1))), body.to_owned()));
                }
                _ => {}
            }
            for (what, headers, body) in &forged {
                let reply = knock(&api, Method::POST, &path, headers, body.as_bytes()).await;
                assert_eq!(reply.refusal(), (401, "not_genuine"), "{} {what}: {}", signer.kind, reply.text);
            }
            for (elsewhere, what) in [
                (path.replace(signer.kind, "email"), "another channel"),
                (format!("/in/{}/{}", signer.kind, api.shop.sms), "another's account"),
            ] {
                let reply = knock(&api, Method::POST, &elsewhere, &genuine, body).await;
                assert!(matches!(reply.status.as_u16(), 401 | 404), "{} at {what}: {}", signer.kind, reply.text);
            }
            let after = rows(&api).await;
            assert_eq!(differences(&before, &after), Vec::<String>::new(), "{}: nothing of it is kept", signer.kind);

            // The same bytes with the same proof are heard once, whatever they are called.
            let heard = async || api.house.count("SELECT COUNT(*) FROM inbound").await.unwrap();
            let (first, all) = (heard().await, genuine.clone());
            let odd = if signer.kind == "sms" {
                all.clone()
            } else {
                [all.clone(), vec![("content-type", "text/html; charset=utf-7".into())]].concat()
            };
            for headers in [&all, &odd, &all] {
                let reply = knock(&api, Method::POST, &path, headers, body).await;
                assert!(reply.status.is_success(), "{}: {} {}", signer.kind, reply.status, reply.text);
                api.house.settle().await.unwrap();
            }
            assert_eq!(heard().await, first + 1, "{}: one event, once", signer.kind);
            if signer.kind == "custom" {
                api.house.clock.advance_ms(301_000);
                api.house.keep_time();
                let late = knock(&api, Method::POST, &path, &genuine, body).await;
                assert_eq!(late.refusal(), (401, "not_genuine"), "what was genuine once is a copy later");
            }
        }
    });
}
