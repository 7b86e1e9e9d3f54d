//! The emulators over real sockets: hosts, the control door, signed webhooks, lost answers, pages.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use emulators::{
    Config, Post, by_host,
    carrier::{Callback, CallbackAnswer, sign_form},
    routers,
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

const AC: &str = "AC00000000000000000000000000000001";
const SHOP: &str = "+4930123456";
const MIA: &str = "+491701234567";
/// `AC…1:token` in Base64.
const BASIC: &str = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0b2tlbg==";

/// Keeps what would have left and answers 204.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<Callback>>>);

impl Post for Caught {
    fn post(&self, callback: Callback) -> BoxFuture<'static, CallbackAnswer> {
        if let Ok(mut caught) = self.0.lock() {
            caught.push(callback);
        }
        async { CallbackAnswer::status(204) }.boxed()
    }
}

struct Running {
    address: SocketAddr,
    caught: Caught,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn start() -> Running {
    let config: Config = serde_json::from_value(json!({
        "seed": 1,
        "carrier": {
            "origin": "http://carrier.localhost:8080",
            "accounts": [{ "account_sid": AC, "auth_token": "token" }],
            "numbers": [{ "number": SHOP, "account_sid": AC, "sms_url": "http://localhost/in" }],
            "handsets": [{ "number": MIA, "name": "Mia <Hoffmann>", "lang": "de", "acknowledges": "page" }],
            "delays": { "queued_ms": 1, "sending_ms": 1, "sent_ms": 1, "delivered_ms": 1 },
        },
        "platforms": {
            "origin": "http://cdn.localhost:8080",
            "accounts": [{ "kind": "messenger", "id": "55", "app_secret": "s", "access_token": "t", "webhook_url": "http://localhost/in/m" },
                { "kind": "custom", "id": "board", "app_secret": "s", "webhook_url": "http://localhost/in/c", "extra": { "app": "The Board",
                    "menu": r#"[{ "choice": "hours", "title": { "en": "Opening hours", "de": "Öffnungszeiten" } }]"# } }],
            "people": [{ "key": "mia", "name": "Mia Hoffmann", "lang": "de", "phone": MIA }],
        },
        "shop": {
            "webchat_origin": "http://webchat.localhost:8080", "channel": "KA1", "token_secret": "s",
            "people": [{ "key": "mia", "sub": "7", "name": "Mia Hoffmann" }],
            "frame_ancestors": ["http://try.localhost:8080"],
        },
        "phone": { "shop_number": SHOP },
        "try_page": { "shop_url": "http://shop.localhost:8080/", "phone_url": "http://phone.localhost:8080/phone/",
            "people": [{ "label": "Ana", "role": "sales", "url": "http://ana.localhost:8080/" }],
            "reset_url": "/demo/reset" },
    }))
    .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let caught = Caught::default();
    let (router, run) = by_host(&config.hosts, routers(&config, Arc::new(caught.clone())));
    let task = tokio::spawn(async move {
        tokio::select! {
            _ = axum::serve(listener, router).into_future() => {}
            () = run => {}
        }
    });
    Running { address, caught, task }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

impl Running {
    /// Everything the server says until it closes; nothing when it closes without a word.
    async fn raw(&self, host: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}:9000\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        read.expect("an answer in time").ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn call(&self, host: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let raw = self.raw(host, method, path, headers, body).await;
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head");
        Answer { status: head[9..12].parse().expect("a status"), head: head.to_lowercase(), body: body.to_owned() }
    }

    async fn get(&self, host: &str, path: &str) -> Answer {
        self.call(host, "GET", path, "", "").await
    }

    async fn json(&self, host: &str, method: &str, path: &str, body: Value) -> Answer {
        let headers = "content-type: application/json\r\n";
        self.call(host, method, path, headers, &body.to_string()).await
    }

    async fn send_text(&self) -> String {
        let path = format!("/2010-04-01/Accounts/{AC}/Messages.json");
        let headers = format!("authorization: Basic {BASIC}\r\ncontent-type: application/x-www-form-urlencoded\r\n");
        let body = "To=%2B491701234567&From=%2B4930123456&Body=a+%26+b&StatusCallback=http%3A%2F%2Flocalhost%2Fs";
        self.raw("carrier.localhost", "POST", &path, &headers, body).await
    }

    async fn ledger(&self) -> Value {
        self.get("carrier.localhost", "/control/ledger").await.json()
    }
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(Duration::from_secs(10), waiting).await.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_text_reaches_the_phones_page_and_is_delivered_when_the_page_says_so() {
    let world = start().await;
    let created = world.send_text().await;
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    let path = "/phone/api/%2B491701234567/events";
    eventually("the text is on the phone", async || world.get("phone.localhost", path).await.json()["events"][0]["text"] == "a & b").await;
    let event = world.get("phone.localhost", path).await.json()["events"][0].clone();
    assert_eq!(event["acknowledged"], false);
    let acknowledge = "/phone/api/%2B491701234567/acknowledge";
    let done = world.json("phone.localhost", "POST", acknowledge, json!({ "sids": [event["sid"]] })).await;
    assert_eq!(done.status, 204);
    eventually("delivered is told", async || {
        let caught = world.caught.0.lock().expect("callbacks").clone();
        caught.iter().any(|callback| {
            callback.form.contains(&("MessageStatus".into(), "delivered".into()))
                && callback.headers.contains(&("x-twilio-signature".into(), sign_form("token", "http://localhost/s", &callback.form)))
        })
    })
    .await;
}

#[tokio::test]
async fn a_phone_writes_and_the_webhook_leaves() {
    let world = start().await;
    let path = "/phone/api/%2B491701234567/messages";
    let sent = world.json("phone.localhost", "POST", path, json!({ "text": "hallo" })).await;
    assert_eq!(sent.status, 201);
    eventually("the webhook left", async || {
        let caught = world.caught.0.lock().expect("callbacks").clone();
        caught.iter().any(|callback| callback.form.contains(&("Body".into(), "hallo".into())))
    })
    .await;
    assert_eq!(world.ledger().await["handsets"][MIA][0]["body"], "hallo");
}

#[tokio::test]
async fn a_customer_of_a_platform_writes_and_is_answered() {
    let world = start().await;
    let acts = "/control/accounts/55/people/mia/acts";
    let said = world.json("graph.localhost", "POST", acts, json!({ "act": "say", "text": "grüß dich" })).await;
    assert_eq!(said.status, 201, "{}", said.body);
    eventually("the webhook left", async || {
        let caught = world.caught.0.lock().expect("callbacks").clone();
        caught.iter().any(|callback| {
            let Some(body) = &callback.json else { return false };
            let signed = ("x-hub-signature-256".to_owned(), emulators::platform::sign("s", body));
            String::from_utf8_lossy(body).contains(r"gr\u00fc\u00df dich") && callback.headers.contains(&signed)
        })
    })
    .await;
    let state = world.get("graph.localhost", "/control/state").await.json();
    let person = state["accounts"][0]["people"]["mia"].as_str().expect("an id").to_owned();
    let message = json!({ "recipient": { "id": person }, "message": { "text": "hallo" } });
    let sent = world.json("graph.localhost", "POST", "/v25.0/me/messages?access_token=t", message).await;
    assert_eq!(sent.json()["recipient_id"], person.as_str(), "{}", sent.body);
    // The picture is fetched before the answer; here nobody hands one out, so it is refused.
    let picture = json!({ "recipient": { "id": person }, "message": { "attachment": { "type": "image", "payload": { "url": "http://localhost/a.png" } } } });
    let refused = world.json("graph.localhost", "POST", "/v25.0/me/messages?access_token=t", picture).await;
    assert_eq!((refused.status, refused.json()["error"]["error_subcode"].as_u64()), (400, Some(2_018_008)), "{}", refused.body);
    let events = "/control/accounts/55/people/mia/events";
    eventually("the answer is on the screen", async || world.get("graph.localhost", events).await.json()["messages"][1]["text"] == "hallo")
        .await;
    let simple = world.call("graph.localhost", "POST", acts, "content-type: text/plain\r\n", r#"{"act":"read"}"#).await;
    assert_eq!(simple.status, 415);
    assert_eq!(world.get("cdn.localhost", "/media/1").await.status, 404);
    assert_eq!(world.get("instagram.localhost", "/me").await.status, 400);
}

#[tokio::test]
async fn the_phone_has_an_app_for_each_account_and_acts_in_it() {
    let world = start().await;
    let page = world.get("phone.localhost", "/phone/?lang=de").await;
    assert!(page.body.contains(r#"data-person="mia""#), "{}", page.body);
    assert!(page.body.contains("&quot;kind&quot;:&quot;messenger&quot;"), "{}", page.body);
    assert!(page.body.contains("&quot;stickers&quot;:&quot;Sticker&quot;"));
    // A platform that nobody knows says itself what it is called and what stands in its app.
    assert!(page.body.contains("&quot;app&quot;:&quot;The Board&quot;"), "{}", page.body);
    assert!(page.body.contains("&quot;de&quot;:&quot;Öffnungszeiten&quot;"), "{}", page.body);
    let acts = "/phone/api/apps/55/mia/acts";
    let said = world.json("phone.localhost", "POST", acts, json!({ "act": "sticker", "sticker": "cup" })).await;
    assert_eq!(said.status, 201, "{}", said.body);
    let shown = world.get("graph.localhost", "/control/accounts/55/people/mia/events").await.json();
    let file = shown["messages"][0]["media"][0]["file"].as_str().expect("a file").to_owned();
    let picture = world.get("phone.localhost", &format!("/phone/api/files/{file}")).await;
    assert!(picture.head.contains("content-type: image/webp") && picture.head.contains("inline"), "{}", picture.head);
    let refused = world.json("phone.localhost", "POST", acts, json!({ "act": "unsend", "message": shown["messages"][0]["id"] })).await;
    assert_eq!(refused.status, 400);
    assert_eq!(world.json("phone.localhost", "POST", "/phone/api/apps/55/eve/acts", json!({ "act": "read" })).await.status, 404);
    let simple = world.call("phone.localhost", "POST", acts, "content-type: text/plain\r\n", r#"{"act":"block"}"#).await;
    assert_eq!(simple.status, 415);
    assert_eq!(world.get("phone.localhost", "/phone/assets/stickers/cup.svg").await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_is_not_even_begun() {
    let world = start().await;
    let faults = json!({ "drop_response": 1 });
    assert_eq!(world.json("carrier.localhost", "PUT", "/control/faults", faults).await.status, 204);
    assert_eq!(world.send_text().await, "");
    assert!(world.send_text().await.starts_with("HTTP/1.1 201"));
    let ledger = world.ledger().await;
    assert_eq!(ledger["accepted"].as_array().map(Vec::len), Some(2));
    assert_eq!(ledger["answers_lost"], 1);
}

#[tokio::test]
async fn other_hosts_and_other_sites_are_turned_away() {
    let world = start().await;
    assert_eq!(world.get("evil.example", "/control/ledger").await.status, 421);
    let simple = world.call("carrier.localhost", "POST", "/control/reset", "content-type: text/plain\r\n", "{}").await;
    assert_eq!(simple.status, 415);
    let path = "/phone/api/%2B491701234567/messages";
    let simple = world.call("phone.localhost", "POST", path, "content-type: text/plain\r\n", r#"{"text":"x"}"#).await;
    assert_eq!(simple.status, 415);
}

#[tokio::test]
async fn the_shop_embeds_the_chat_at_the_port_it_was_asked_at() {
    let world = start().await;
    let page = world.get("shop.localhost", "/?lang=de").await;
    assert_eq!(page.status, 200);
    let snippet = r#"<script src="http://webchat.localhost:9000/loader.js" data-channel="KA1" async></script>"#;
    assert!(page.body.contains(snippet), "{}", page.body);
    assert!(page.body.contains("Als Mia anmelden"));
    assert!(page.head.contains("frame-ancestors http://try.localhost:9000"), "{}", page.head);
    assert!(!page.head.contains("unsafe"));
    let token = world.get("shop.localhost", "/shop/api/token?user=mia").await.json();
    assert_eq!(token["token"].as_str().map(|token| token.split('.').count()), Some(3));
    assert_eq!(world.get("shop.localhost", "/shop/api/token?user=eve").await.status, 404);
    assert_eq!(world.get("shop.localhost", "/assets/kettle.svg").await.status, 200);
    assert_eq!(world.get("shop.localhost", "/assets/words.json").await.status, 404);
}

#[tokio::test]
async fn the_try_page_shows_both_and_the_phone_escapes_its_owners() {
    let world = start().await;
    let page = world.get("try.localhost", "/try?lang=ko").await;
    assert!(page.body.contains(r#"src="http://shop.localhost:9000/?lang=ko""#), "{}", page.body);
    assert!(page.body.contains(r#"href="http://ana.localhost:9000/""#));
    assert!(page.body.contains(r#"data-post="/demo/reset""#));
    // There is no address for the busy hour here, so there is no button.
    assert_eq!(page.body.matches("data-post").count(), 1);
    let phone = world.get("phone.localhost", "/phone/").await;
    assert!(phone.body.contains("Mia &lt;Hoffmann&gt;"));
    assert_eq!(world.get("phone.localhost", "/phone/assets/tokens.css").await.status, 200);
}
