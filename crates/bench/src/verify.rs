//! (e) Signed webhooks to events: what one core verifies and reads in a second, connector by connector.
//!
//! The limit is what no connector can do without: the provider's own HMAC over the same bytes, and their JSON (or form) read into a value.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::signature::{hex, hmac_sha1_base64, hmac_sha256, hmac_sha512};
use connectors::{ALL, Connector, Incoming, Recipient, find};
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use serde_json::{Value, json};

use crate::cpu;

/// Bytes of a webhook's body.
const BYTES: usize = 1_024;
/// The best of so many turns of this length counts, so that a neighbour's burst spoils none.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_millis(400);
const NOW_S: i64 = 1_800_000_000;
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
const AIM: f64 = 100_000.0;

pub type Headers = Vec<(String, String)>;

/// A webhook as a provider sends it, with what proves it.
pub struct Sample {
    pub kind: &'static str,
    pub settings: &'static [(&'static str, &'static str)],
    pub secret: &'static str,
    /// The body with this text in it.
    pub body: fn(&str) -> Vec<u8>,
    /// Who writes, and the id of what they write, as they stand in the body: for another message of somebody else they are replaced.
    pub person: &'static str,
    pub message: &'static str,
    /// The headers that prove a body at a time, in seconds since 1970.
    pub prove: fn(&[u8], i64) -> Headers,
    pub limit: fn(&[u8]),
}

pub const SAMPLES: &[Sample] = &[
    Sample {
        kind: "messenger",
        settings: &[("page_id", "1029384756"), ("app_id", "778899")],
        secret: "app_secret",
        body: |text| {
            bytes(&json!({ "object": "page", "entry": [{ "id": "1029384756", "time": 1_799_999_999_000_i64, "messaging": [{
                "sender": { "id": "6412345678901234" }, "recipient": { "id": "1029384756" }, "timestamp": 1_799_999_999_000_i64,
                "message": { "mid": "m_A1b2C3d4E5f6G7h8", "text": text } }] }] }))
        },
        person: "6412345678901234",
        message: "m_A1b2C3d4E5f6G7h8",
        prove: meta,
        limit: sha256_json,
    },
    Sample {
        kind: "instagram",
        settings: &[("login", "instagram"), ("instagram_id", "17841400000000001"), ("app_id", "778899")],
        secret: "app_secret",
        body: |text| {
            bytes(&json!({ "object": "instagram", "entry": [{ "id": "17841400000000001", "time": 1_799_999_999_000_i64, "messaging": [{
                "sender": { "id": "6412345678901234" }, "recipient": { "id": "17841400000000001" }, "timestamp": 1_799_999_999_000_i64,
                "message": { "mid": "aWdfZAG1faXRlbToxOk", "text": text } }] }] }))
        },
        person: "6412345678901234",
        message: "aWdfZAG1faXRlbToxOk",
        prove: meta,
        limit: sha256_json,
    },
    Sample {
        kind: "whatsapp",
        settings: &[
            ("number", "+15550783881"),
            ("phone_number_id", "106540352242922"),
            ("waba_id", "102290129340398"),
            ("app_id", "778899"),
        ],
        secret: "app_secret",
        body: |text| {
            bytes(&json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": [{ "field": "messages",
                "value": { "messaging_product": "whatsapp",
                    "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
                    "contacts": [{ "profile": { "name": "Mia Höffmann" }, "wa_id": "4915228817386" }],
                    "messages": [{ "from": "4915228817386", "id": "wamid.HBgNNDkxNTIyODgxNzM4Ng==", "timestamp": "1799999999",
                        "type": "text", "text": { "body": text } }] } }] }] }))
        },
        person: "4915228817386",
        message: "wamid.HBgNNDkxNTIyODgxNzM4Ng==",
        prove: meta,
        limit: sha256_json,
    },
    Sample {
        kind: "line",
        settings: &[("basic_id", "@tidewater")],
        secret: "channel_secret",
        body: |text| {
            bytes(&json!({ "destination": "U00000000000000000000000000000b07", "events": [{ "type": "message", "mode": "active",
                "timestamp": 1_799_999_999_000_i64, "source": { "type": "user", "userId": "U8189cf6745fc0d808977bdb0b9f22995" },
                "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR", "deliveryContext": { "isRedelivery": false },
                "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
                "message": { "id": "01FZ74A0TDDPYRVKNK77XKC3ZR", "type": "text", "quoteToken": "q3Plxr4AgKd", "text": text } }] }))
        },
        person: "U8189cf6745fc0d808977bdb0b9f22995",
        message: "01FZ74A0TDDPYRVKNK77XKC3ZR",
        prove: |body, _| vec![("x-line-signature".into(), STANDARD.encode(hmac_sha256(SECRET.as_bytes(), body)))],
        limit: sha256_json,
    },
    Sample {
        kind: "gbm",
        settings: &[("agent", "brands/b1/agents/a1")],
        secret: "client_token",
        body: |text| {
            bytes(&json!({ "agent": "brands/b1/agents/a1", "requestId": "m-1-r", "conversationId": "5bc8ef04-bd35-49d0-9441-b5e3d5f96d7f",
                "customAgentId": "shop-1", "sendTime": "2027-01-15T07:59:59.000Z", "context": { "userInfo": { "displayName": "Mia" } },
                "message": { "messageId": "m-1", "name": "conversations/5bc8ef04/messages/m-1", "text": text,
                    "createTime": "2027-01-15T07:59:59.000Z" } }))
        },
        person: "5bc8ef04-bd35-49d0-9441-b5e3d5f96d7f",
        message: "m-1",
        prove: |body, _| vec![("x-goog-signature".into(), STANDARD.encode(hmac_sha512(SECRET.as_bytes(), body)))],
        limit: |body| {
            black_box(hmac_sha512(SECRET.as_bytes(), body));
            black_box(serde_json::from_slice::<Value>(body).ok());
        },
    },
    Sample {
        kind: "custom",
        settings: &[("send_url", "https://platform.example/send"), ("capabilities", "{}"), ("messages_per_second", "10")],
        secret: "signing_secret",
        body: |text| {
            bytes(&json!({ "events": [{ "type": "message", "id": "m-1", "at": "2027-01-15T07:59:59Z",
                "from": { "id": "u-1", "name": "Ana", "locale": "pt-BR" }, "text": text }] }))
        },
        person: "u-1",
        message: "m-1",
        prove: |body, now_s| {
            let mac = hex(&hmac_sha256(SECRET.as_bytes(), &[now_s.to_string().as_bytes(), b".", body].concat()));
            vec![("x-seaway-signature".into(), format!("t={now_s},v1={mac}"))]
        },
        limit: sha256_json,
    },
    Sample {
        kind: "sms",
        settings: &[("account_sid", "AC5ea0a7000000000000000000000000aa"), ("number", "+15005550100")],
        secret: "auth_token",
        body: |text| {
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs([
                    ("ToCountry", "US"),
                    ("SmsMessageSid", "SM1"),
                    ("SmsSid", "SM1"),
                    ("SmsStatus", "received"),
                    ("NumMedia", "0"),
                ])
                .extend_pairs([("MessageSid", "SM00000000000000000000000000000001"), ("AccountSid", "AC5ea0a7000000000000000000000000aa")])
                .extend_pairs([("From", "+4915228817386"), ("To", "+15005550100"), ("ApiVersion", "2010-04-01"), ("Body", text)])
                .finish()
                .into_bytes()
        },
        person: "4915228817386",
        message: "SM00000000000000000000000000000001",
        prove: |body, _| carrier(URL, body),
        limit: |body| {
            black_box(hmac_sha1_base64(SECRET, body));
            black_box(form_urlencoded::parse(body).into_owned().collect::<BTreeMap<String, String>>());
        },
    },
];

pub const URL: &str = "https://help.example/in/bench";

/// What proves a carrier's form, posted to an address.
pub fn carrier(url: &str, body: &[u8]) -> Headers {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    pairs.sort();
    let signed = pairs.iter().fold(url.to_owned(), |signed, (name, value)| signed + name + value);
    let kind = ("content-type".into(), "application/x-www-form-urlencoded".into());
    vec![kind, ("x-twilio-signature".into(), hmac_sha1_base64(SECRET, signed.as_bytes()))]
}

fn bytes(json: &Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

fn meta(body: &[u8], _now_s: i64) -> Headers {
    vec![("x-hub-signature-256".into(), format!("sha256={}", hex(&hmac_sha256(SECRET.as_bytes(), body))))]
}

fn sha256_json(body: &[u8]) {
    black_box(hmac_sha256(SECRET.as_bytes(), body));
    black_box(serde_json::from_slice::<Value>(body).ok());
}

/// Prints a line for each connector whose webhooks carry an HMAC.
pub fn measure(only: Option<&str>) -> Result<()> {
    for sample in SAMPLES.iter().filter(|sample| only.is_none_or(|only| only == sample.kind)) {
        let connector = find(ALL, sample.kind).context("no such connector")?;
        let account = account(sample);
        let body = padded(sample);
        let mut headers = vec![("host".to_owned(), "help.example".to_owned()), ("user-agent".to_owned(), "provider/1.0".to_owned())];
        headers.extend((sample.prove)(&body, NOW_S));
        ensure!(one(connector, &account, &headers, &body)? == 1, "{} reads no message in its own webhook", sample.kind);
        let limit = per_second(|| (sample.limit)(&body));
        let product = per_second(|| drop(black_box(one(connector, &account, &headers, &body))));
        let (aim, ratio) = (if product >= AIM { "met" } else { "missed" }, product / limit);
        println!(
            "connector {:10} {} bytes: {product:8.0}/s verified and read ({:.2} µs), limit {limit:8.0}/s ({:.2} µs), ratio {ratio:.2}, aim {aim}",
            sample.kind,
            body.len(),
            1e6 / product,
            1e6 / limit,
        );
    }
    Ok(())
}

pub fn account(sample: &Sample) -> ChannelAccount {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ChannelAccount {
        id: ChannelAccountId(uuid::Uuid::from_u128(1)),
        kind: sample.kind.into(),
        name: "Bench".into(),
        address: String::new(),
        enabled: true,
        settings: map(sample.settings),
        secrets: map(&[(sample.secret, SECRET)]),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: URL.into(),
        version: 1,
    }
}

/// Text to the length that is measured.
fn padded(sample: &Sample) -> Vec<u8> {
    let missing = BYTES.saturating_sub((sample.body)("").len());
    (sample.body)(&"Where is my order? ".repeat(60).replace(' ', ".")[..missing])
}

fn one(connector: &dyn Connector, account: &ChannelAccount, headers: &[(String, String)], body: &[u8]) -> Result<usize> {
    let incoming = Incoming::Request { method: "POST", target: "/in/bench", headers, body };
    let received = connector.receive(&Recipient::Account(account), &incoming, Timestamp::from_secs(NOW_S));
    let received = received.map_err(|rejected| anyhow::anyhow!("refused: {}", rejected.why))?;
    Ok(received.batches.iter().map(|batch| batch.events.len()).sum())
}

/// How often it is done in a second of this thread's processor time, whoever else uses the machine meanwhile.
fn per_second(work: impl Fn()) -> f64 {
    let turn = || {
        let (started, spent, mut done) = (Instant::now(), cpu::used(None), 0_u32);
        while started.elapsed() < TURN {
            (0..64).for_each(|_| work());
            done += 64;
        }
        f64::from(done) / (cpu::used(None) - spent).as_secs_f64()
    };
    (0..TURNS).map(|_| turn()).fold(0.0, f64::max)
}
