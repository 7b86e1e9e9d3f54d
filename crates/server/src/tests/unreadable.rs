//! What came in and could not be read: listed, shown without secrets, read again once it can be, or put aside.

use connectors::Incoming;
use model::{ChannelAccountId, InboundEvent};
use serde_json::{Value, json};
use testkit::{FAKE_SECRET, fake_account, fake_event};

use super::{Api, Who, check};

pub(super) async fn connect(api: &Api) -> ChannelAccountId {
    let id = api.house.engine.ids().next();
    api.house.connect(&api.shop, fake_account(id, "rooms", None)).await.unwrap();
    id
}

/// The provider delivers these bytes, signed.
pub(super) async fn deliver(api: &Api, id: ChannelAccountId, body: &str) {
    let headers = [("x-fake-secret".to_owned(), FAKE_SECRET.to_owned()), ("Content-Type".to_owned(), "text/plain".to_owned())];
    let incoming = Incoming::Request { method: "POST", target: "/in/fake?key=hush", headers: &headers, body: body.as_bytes() };
    api.house.engine.receive(api.shop.ws, id, incoming).await.unwrap();
    api.house.settle().await.unwrap();
}

async fn listed(api: &Api, who: &Who) -> Vec<Value> {
    api.get(who, "/unreadable").await.ok()["items"].as_array().unwrap().clone()
}

async fn counted(api: &Api, who: &Who, id: ChannelAccountId) -> i64 {
    api.get(who, &format!("/channel-accounts/{id}")).await.ok()["unreadable"].as_i64().unwrap()
}

/// The auditor finds nothing.
async fn is_sound(api: &Api) -> bool {
    let given = store::auditor::Given { now: api.house.now(), digest: engine::once::digest, files: None };
    let report = api.house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
    assert!(report.breaches.is_empty(), "{:?}", report.breaches);
    true
}

/// The provider meant something that this version reads: as after an update.
async fn becomes_readable(api: &Api, id: &str, body: &str) {
    let (ws, delivery): (i64, model::DeliveryId) = (api.shop.ws, id.parse().unwrap());
    let config = api.house.engine.config(ws).await.unwrap();
    let sealed = config.seal(&format!("delivery:{delivery}"), body.as_bytes()).unwrap();
    let put = api.house.engine.db().write(move |tx| {
        let sealed = sealed.clone();
        Box::pin(async move { store::sealed::put_delivery(tx, ws, delivery, sealed).await })
    });
    put.await.unwrap();
}

#[test]
fn an_unreadable_delivery_is_shown_without_secrets_and_read_once_it_can_be() {
    check("an_unreadable_delivery_is_shown_without_secrets", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let id = connect(&api).await;
        let body = format!("<b>hologram</b> {FAKE_SECRET} token=abc&card=4111 1111 1111 1111 \u{202e}");
        deliver(&api, id, &body).await;
        assert_eq!(api.get(&agent, "/unreadable").await.refusal(), (404, "not_found"));
        let [one] = listed(&api, &admin).await.try_into().unwrap();
        assert_eq!((&one["kind"], &one["why"], &one["bytes"]), (&json!("delivery"), &json!("not JSON"), &json!(body.len())));
        assert_eq!((&one["channel"]["account_id"], counted(&api, &admin, id).await), (&json!(id.to_string()), 1));
        let at = format!("/unreadable/{}", one["id"].as_str().unwrap());
        assert_eq!(api.get(&agent, &at).await.refusal(), (404, "not_found"));
        let seen = api.get(&admin, &at).await.ok();
        assert_eq!(seen["text"], "<b>hologram</b> •••• token=••••&card=•••• 1111 <U+202E>", "{seen}");
        assert_eq!((&seen["came"], &seen["content_type"], &seen["cut"]), (&json!("POST /in/fake"), &json!("text/plain"), &json!(false)));

        assert_eq!(api.post(&agent, &format!("{at}/read-again"), json!({})).await.refusal(), (404, "not_found"));
        assert_eq!(api.post(&admin, &format!("{at}/read-again"), json!({})).await.refusal(), (409, "still_unreadable"));
        assert_eq!(counted(&api, &admin, id).await, 1, "it stays");
        let meant = json!({ "entries": [{ "events": [fake_event("h1", "room", "mia", "hello from the hologram", None)] }] }).to_string();
        becomes_readable(&api, one["id"].as_str().unwrap(), &meant).await;
        assert_eq!(api.post(&admin, &format!("{at}/read-again"), json!({})).await.status.as_u16(), 204);
        api.house.settle().await.unwrap();
        let said = api.house.transcript(&api.shop, id, "room").await.unwrap();
        assert_eq!(said.iter().filter(|line| line.contains("hello from the hologram")).count(), 1, "{said:?}");
        assert_eq!((listed(&api, &admin).await.len(), counted(&api, &admin, id).await), (0, 0));
        assert_eq!(api.post(&admin, &format!("{at}/read-again"), json!({})).await.refusal(), (404, "not_found"), "once");
        let log = api.get(&admin, "/audit-log").await.ok();
        assert_eq!((&log["items"][0]["action"], &log["items"][0]["subject"]), (&json!("unreadable.read_again"), &json!(id.to_string())));
        assert!(is_sound(&api).await);
    });
}

#[test]
fn what_is_known_already_is_read_again_without_effect() {
    check("what_is_known_already_is_read_again_without_effect", async |api: Api| {
        let admin = api.admin().await;
        let id = connect(&api).await;
        let meant = json!({ "entries": [{ "events": [fake_event("h1", "room", "mia", "hello", None)] }] }).to_string();
        deliver(&api, id, &meant).await;
        for _ in 0..3 {
            deliver(&api, id, "?").await;
        }
        for one in listed(&api, &admin).await.iter().take(2) {
            becomes_readable(&api, one["id"].as_str().unwrap(), &meant).await;
        }
        let before = api.house.transcript(&api.shop, id, "room").await.unwrap();
        let done = api.post(&admin, "/unreadable/read-again", json!({})).await.ok();
        assert_eq!((&done["read"], &done["left"]), (&json!(2), &json!(1)), "{done}");
        api.house.settle().await.unwrap();
        assert_eq!(api.house.transcript(&api.shop, id, "room").await.unwrap(), before);
        let [left] = listed(&api, &admin).await.try_into().unwrap();
        assert_eq!(
            api.post(&admin, &format!("/unreadable/{}/dismiss", left["id"].as_str().unwrap()), json!({})).await.status.as_u16(),
            204
        );
        assert_eq!(listed(&api, &admin).await.len(), 0);
        deliver(&api, id, "?").await;
        deliver(&api, id, "?").await;
        assert_eq!(api.post(&admin, "/unreadable/dismiss", json!({})).await.ok()["dismissed"], 2);
        assert_eq!((listed(&api, &admin).await.len(), counted(&api, &admin, id).await), (0, 0));
        let log = api.get(&admin, "/audit-log").await.ok();
        let done: Vec<&str> = log["items"].as_array().unwrap().iter().take(3).map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(done, ["unreadable.all_dismissed", "unreadable.dismissed", "unreadable.all_read_again"]);
        assert!(is_sound(&api).await);
    });
}

#[test]
fn what_cannot_be_read_now_says_why() {
    check("what_cannot_be_read_now_says_why", async |api: Api| {
        let admin = api.admin().await;
        let id = connect(&api).await;
        deliver(&api, id, "?").await;
        let at = format!("/unreadable/{}/read-again", listed(&api, &admin).await[0]["id"].as_str().unwrap());
        let account = |api: &Api| {
            let engine = api.house.engine.clone();
            let ws = api.shop.ws;
            async move { (*engine.config(ws).await.unwrap().accounts[&id]).clone() }
        };
        let mut changed = account(&api).await;
        changed.secrets.insert("secret".into(), "another secret".into());
        api.house.reconnect(&api.shop, changed).await.unwrap();
        assert_eq!(api.post(&admin, &at, json!({})).await.refusal(), (409, "signature_changed"));
        let mut changed = account(&api).await;
        changed.enabled = false;
        api.house.reconnect(&api.shop, changed).await.unwrap();
        assert_eq!(api.post(&admin, &at, json!({})).await.refusal(), (409, "channel_off"));
        api.house.clock.advance_ms(9 * 86_400_000);
        api.house.keep_time();
        api.house.engine.renew().await.unwrap();
        api.house.engine.expire_once(api.shop.ws).await.unwrap();
        assert_eq!(listed(&api, &api.admin().await).await[0]["bytes"], Value::Null);
        assert_eq!(api.post(&api.admin().await, &at, json!({})).await.refusal(), (409, "bytes_gone"));
        assert_eq!(api.get(&api.admin().await, &at.replace("/read-again", "")).await.ok()["text"], Value::Null);
    });
}

#[test]
fn an_event_that_failed_takes_its_way_again() {
    check("an_event_that_failed_takes_its_way_again", async |api: Api| {
        let admin = api.admin().await;
        let id = connect(&api).await;
        let ws = api.shop.ws;
        let touched =
            InboundEvent::Touch { from: model::inbound::Sender { external_id: "mia".into(), ..Default::default() }, what: "joined".into() };
        let event = json!({ "entries": [{ "events": [testkit::fake_news("t1", "room", &touched, None), fake_event("h1", "room", "mia", "hello", None)] }] });
        deliver(&api, id, &event.to_string()).await;
        let failed = api.house.engine.db().write(move |tx| {
            Box::pin(async move {
                let sql = db::sql!("UPDATE inbound SET state = 'quarantined', problem = 'it failed three times', attempts = 4 WHERE workspace_id = $1 AND external_id = 't1'");
                Ok(tx.exec(sql, db::params![ws]).await?)
            })
        });
        assert_eq!(failed.await.unwrap(), 1);
        let [one] = listed(&api, &admin).await.try_into().unwrap();
        assert_eq!((&one["kind"], &one["why"]), (&json!("event"), &json!("it failed three times")));
        let at = format!("/unreadable/{}", one["id"].as_str().unwrap());
        let seen = api.get(&admin, &at).await.ok();
        assert!(seen["text"].as_str().unwrap().contains("joined"), "{seen}");
        assert_eq!(api.post(&admin, &format!("{at}/read-again"), json!({})).await.status.as_u16(), 204);
        api.house.settle().await.unwrap();
        assert_eq!(listed(&api, &admin).await.len(), 0);
        let state = api.house.count("SELECT count(*) FROM inbound WHERE external_id = 't1' AND state IN ('processed', 'ignored')").await;
        assert_eq!(state.unwrap(), 1);
    });
}
