//! Webhooks of ours: what is made for events, how it is brought to an endpoint, and what becomes of an endpoint that fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use db::hooks::{Fate, Point};
use engine::{Outgoing, Sent, WebhookSecret};
use model::{EventKind, WebhookId};
use serde_json::Value;
use store::webhook::{Attempt, Delivery, DeliveryState, Health, Webhook};
use testkit::{House, Shop, on_each, visitor};

const KEY: [u8; 32] = [9; 32];
const DAY_S: i64 = 86_400;

pub async fn listens(house: &House, shop: &Shop, path: &str, kinds: &[EventKind]) -> WebhookId {
    let (ws, id, config) = (shop.ws, house.engine.ids().next(), house.engine.config(shop.ws).await.unwrap());
    let (sealed, events) = (WebhookSecret::new(&KEY).seal(&config, id).unwrap(), kinds.iter().map(|kind| kind.code().into()).collect());
    let (name, url, created_at) = (path.to_owned(), format!("https://hooks.example/{path}"), house.now());
    let new = Webhook { id, name, url, events, enabled: true, sealed, from_seq: 0, health: Health::default(), created_at, version: 1 };
    house
        .engine
        .db()
        .write(move |tx| {
            let mut new = new.clone();
            Box::pin(async move {
                new.from_seq = store::event::last(tx, ws).await?;
                store::webhook::insert(tx, ws, &new).await
            })
        })
        .await
        .unwrap();
    id
}

/// Also of what was before it.
async fn hears_all(house: &House, shop: &Shop, id: WebhookId) {
    let (ws, webhook) = (shop.ws, Webhook { from_seq: 0, ..held(house, shop, id).await });
    let put = house.engine.db().write(move |tx| {
        let webhook = webhook.clone();
        Box::pin(async move { store::webhook::update(tx, ws, &webhook, 1).await })
    });
    assert!(put.await.unwrap());
}

/// Everything made for a webhook, oldest first, with its tries.
async fn made(house: &House, shop: &Shop, id: WebhookId) -> Vec<(Delivery, Vec<Attempt>)> {
    let ws = shop.ws;
    let found = house.engine.db().read(move |tx| {
        Box::pin(async move {
            let mut rows = store::webhook::deliveries(tx, ws, id, "", i64::MAX, 1_000).await?;
            rows.reverse();
            let mut with = Vec::new();
            for row in rows {
                let tries = store::webhook::attempts(tx, ws, &[row.id]).await?;
                with.push((row, tries.into_iter().map(|(_, attempt)| attempt).collect()));
            }
            Ok(with)
        })
    });
    found.await.unwrap()
}

async fn held(house: &House, shop: &Shop, id: WebhookId) -> Webhook {
    let ws = shop.ws;
    let all = house.engine.db().read(move |tx| Box::pin(async move { store::webhook::all(tx, ws).await })).await.unwrap();
    all.into_iter().find(|webhook| webhook.id == id).unwrap()
}

fn status(status: u16) -> Sent {
    Sent::Answer { status, headers: vec![], body: "".into() }
}

fn header<'o>(out: &'o Outgoing, name: &str) -> &'o str {
    out.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str()).unwrap()
}

fn said(out: &Outgoing) -> Value {
    serde_json::from_slice(&out.body).unwrap()
}

/// The clock goes on without the seconds between.
async fn leap(house: &House, seconds: i64) {
    house.clock.advance_ms(seconds * 1_000);
    house.keep_time();
    house.engine.renew().await.unwrap();
    house.settle().await.unwrap();
}

/// A receiver as the documentation has it.
fn verifies(out: &Outgoing, key: &[u8]) -> bool {
    let signed = [header(out, "webhook-id").as_bytes(), b".", header(out, "webhook-timestamp").as_bytes(), b".", &out.body].concat();
    let right = base64::engine::general_purpose::STANDARD.encode(connectors::signature::hmac_sha256(key, &signed));
    header(out, "webhook-signature").split(' ').any(|one| one == format!("v1,{right}"))
}

#[test]
fn every_event_is_told_once_in_order_signed_under_its_own_id() {
    on_each("house::every_event_is_told_once_in_order_signed_under_its_own_id", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.chat(&shop, visitor(1), "0", "Before anybody listened").await.unwrap();
        house.world.now_answers(|_| status(204));
        let all = listens(&house, &shop, "all", &EventKind::ALL).await;
        let some = listens(&house, &shop, "some", &[EventKind::MessageAdded]).await;
        house.talking(&shop, visitor(2)).await.unwrap();
        let asked = house.world.take_asked();
        let to = |path: &str| -> Vec<&Outgoing> { asked.iter().filter(|out| out.url.ends_with(path)).collect() };
        let seqs: Vec<i64> = to("/all").iter().map(|out| said(out)["seq"].as_i64().unwrap()).collect();
        let last = house.count(&format!("SELECT last FROM stream WHERE workspace_id = {}", shop.ws)).await.unwrap();
        let first = held(&house, &shop, all).await.from_seq + 1;
        assert_eq!(seqs, (first..=last).collect::<Vec<_>>(), "each event, once, in order");
        let kinds: BTreeSet<String> = to("/all").iter().map(|out| said(out)["type"].as_str().unwrap().to_owned()).collect();
        assert!(kinds.len() >= 6, "{kinds:?}");
        let ids: BTreeSet<&str> = asked.iter().map(|out| header(out, "webhook-id")).collect();
        assert_eq!(ids.len(), asked.len(), "an id is of one event and one webhook");
        for out in &asked {
            assert!(verifies(out, &KEY) && !verifies(out, &[8; 32]), "{out:?}");
            assert_eq!((out.method.as_str(), out.timeout_ms, out.follow_redirects), ("POST", 15_000, 0));
            assert_eq!(said(out)["id"], header(out, "webhook-id"));
            assert_eq!(said(out)["workspace_id"], shop.id.to_string());
        }
        assert!(!to("/some").is_empty() && to("/some").iter().all(|out| said(out)["type"] == "message.added"));
        let message = &said(to("/some")[0])["data"]["message"];
        assert_eq!((&message["text"], &message["author"]["kind"]), (&Value::from("I want a live agent"), &Value::from("contact")));
        assert!(message.get("provider_id").is_none() && !asked[0].body.windows(4).any(|part| part == b"\"key"), "nothing of ours alone");
        let rows = made(&house, &shop, some).await;
        assert!(rows.iter().all(|(row, tries)| row.state == DeliveryState::Delivered && tries.len() == 1 && tries[0].status == Some(204)));
    });
}

#[test]
fn a_failed_try_comes_again_under_the_same_id_and_holds_up_nothing() {
    on_each("house::a_failed_try_comes_again_under_the_same_id_and_holds_up_nothing", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let id = listens(&house, &shop, "x", &[EventKind::MessageAdded]).await;
        let mut first = true;
        house.world.now_answers(move |_| if std::mem::take(&mut first) { status(500) } else { status(200) });
        house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
        let asked = house.world.take_asked();
        assert_eq!(asked.len(), 2, "the answer is told although the question was not taken");
        house.pass(7).await.unwrap();
        let again = house.world.take_asked();
        assert_eq!(again.len(), 1);
        assert_eq!(header(&again[0], "webhook-id"), header(&asked[0], "webhook-id"));
        assert_eq!(again[0].body, asked[0].body);
        assert_ne!(header(&again[0], "webhook-timestamp"), header(&asked[0], "webhook-timestamp"), "a try is signed with its own time");
        assert!(verifies(&again[0], &KEY));
        let rows = made(&house, &shop, id).await;
        let tries: Vec<_> = rows[0].1.iter().map(|one| (one.no, one.outcome.as_str(), one.status)).collect();
        assert_eq!((tries, rows[0].0.state), (vec![(1, "status", Some(500)), (2, "taken", Some(200))], DeliveryState::Delivered));
    });
}

/// What the process did after the answer is undone: the endpoint hears it again under the same id, and nothing is made twice.
#[test]
fn a_process_that_dies_anywhere_loses_nothing_and_doubles_only_under_the_same_id() {
    for nth in 0..8usize {
        on_each(&format!("house::a_process_that_dies_anywhere_loses_nothing_{nth}"), async |house| {
            let shop = house.open_shop("Tidewater").await.unwrap();
            // The talk is over before anybody listens: from here on every commit is the webhooks' own.
            house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
            house.world.now_answers(|_| status(200));
            let id = listens(&house, &shop, "x", &[EventKind::MessageAdded]).await;
            hears_all(&house, &shop, id).await;
            let (commits, died) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
            let dead = died.clone();
            let (wanted, at) = if nth % 2 == 0 { (Point::BeforeCommit, nth / 2) } else { (Point::AfterCommit, nth / 2) };
            house.engine.db().hooks().at_commit(move |point| {
                let dies = point == wanted && commits.fetch_add(1, Ordering::SeqCst) == at;
                dead.fetch_or(dies, Ordering::SeqCst);
                if dies { Fate::Die } else { Fate::Go }
            });
            let ws = shop.ws;
            for _ in 0..3 {
                let _ = house.engine.follow_webhooks_once(ws).await;
                let _ = house.engine.deliver_webhooks_once(ws).await;
            }
            assert!(died.load(Ordering::SeqCst), "the process died at {nth}");
            let next = house.reborn(2).await.unwrap();
            leap(&next, 60).await;
            let asked = next.world.take_asked();
            let ids: BTreeSet<&str> = asked.iter().map(|out| header(out, "webhook-id")).collect();
            let seqs: BTreeSet<i64> = asked.iter().map(|out| said(out)["seq"].as_i64().unwrap()).collect();
            let events =
                next.count(&format!("SELECT count(*) FROM event WHERE workspace_id = {ws} AND kind = 'message.added'")).await.unwrap();
            assert_eq!(events, 2);
            let rows = made(&next, &shop, id).await;
            assert_eq!(rows.len() as i64, events, "one row an event");
            assert!(rows.iter().all(|(row, _)| row.state == DeliveryState::Delivered), "{rows:#?}");
            assert_eq!((ids.len(), seqs.len()), (rows.len(), rows.len()), "nothing lost; what came twice came under one id");
            assert!(asked.len() <= rows.len() + 1, "at most the one under way came twice");
        });
    }
}

#[test]
fn a_process_that_lost_the_lease_begins_nothing() {
    on_each("house::a_process_that_lost_the_lease_begins_nothing", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| status(200));
        let id = listens(&house, &shop, "x", &[EventKind::MessageAdded]).await;
        house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
        assert_eq!(house.world.take_asked().len(), 2);
        // Another process takes over; this one does not know yet.
        let other = house.reborn(2).await.unwrap();
        other.chat(&shop, visitor(1), "2", "How long does shipping take?").await.unwrap();
        assert_eq!(other.world.take_asked().len(), 2);
        let rows = made(&other, &shop, id).await;
        let (ws, one) = (shop.ws, rows[0].0.clone());
        let replay =
            Delivery { state: DeliveryState::Waiting, tries: 0, next_at: house.now(), expires_at: house.now().plus_secs(60), ..one };
        let put = house.engine.db().write(move |tx| {
            let replay = replay.clone();
            Box::pin(async move { store::webhook::put_delivery(tx, ws, &replay).await })
        });
        put.await.unwrap();
        assert!(house.engine.deliver_webhooks_once(ws).await.is_err(), "fenced");
        assert!(house.world.take_asked().is_empty());
        assert!(other.engine.deliver_webhooks_once(ws).await.unwrap());
        let again = other.world.take_asked();
        assert_eq!(header(&again[0], "webhook-id"), rows[0].0.id.to_string());
    });
}

#[test]
fn an_endpoint_that_fails_is_left_alone_and_given_up_in_the_end() {
    on_each("house::an_endpoint_that_fails_is_left_alone_and_given_up_in_the_end", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| if out.url.ends_with("/bad") { Sent::Unknown { why: "timed out".into() } } else { status(200) });
        let bad = listens(&house, &shop, "bad", &[EventKind::MessageAdded]).await;
        let good = listens(&house, &shop, "good", &[EventKind::MessageAdded]).await;
        for text in 0..6 {
            house.chat(&shop, visitor(1), &text.to_string(), "How long does shipping take?").await.unwrap();
        }
        let tried = |asked: &[Outgoing]| asked.iter().filter(|out| out.url.ends_with("/bad")).count();
        let asked = house.world.take_asked();
        assert_eq!(tried(&asked), 5, "five failures in a row are enough");
        assert!(made(&house, &shop, good).await.iter().all(|(row, _)| row.state == DeliveryState::Delivered), "another one is not held up");
        leap(&house, 59).await;
        assert_eq!(tried(&house.world.take_asked()), 0, "it is left alone");
        leap(&house, 8).await;
        assert_eq!(tried(&house.world.take_asked()), 1, "one tries whether it is back");
        assert!(held(&house, &shop, bad).await.health.paused_until.is_some());

        // It stays away: no delivery waits longer than three days, and after five of them it is switched off.
        for no in 0..11 {
            house.chat(&shop, visitor(1), &format!("d{no}"), "How long does shipping take?").await.unwrap();
            leap(&house, DAY_S / 2).await;
        }
        let off = held(&house, &shop, bad).await;
        assert_eq!((off.enabled, off.health.problem.as_deref()), (false, Some("failing")), "{off:?}");
        let rows = made(&house, &shop, bad).await;
        assert!(rows.iter().all(|(row, _)| row.state == DeliveryState::Dead), "{rows:#?}");
        assert!(rows.iter().any(|(row, _)| row.outcome == "expired"));
        assert!(rows.iter().all(|(row, tries)| row.attempts <= 8 && tries.len() as i64 == row.attempts));
        let noted = format!("SELECT count(*) FROM audit_row WHERE workspace_id = {} AND action = 'webhook.switched_off'", shop.ws);
        assert_eq!(house.count(&noted).await.unwrap(), 1, "who looks finds why");
        house.world.take_asked();
        house.chat(&shop, visitor(1), "after", "How long does shipping take?").await.unwrap();
        assert_eq!(tried(&house.world.take_asked()), 0);
    });
}

#[test]
fn gone_ends_it_at_once_and_a_redirect_is_not_followed() {
    on_each("house::gone_ends_it_at_once_and_a_redirect_is_not_followed", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.url.rsplit('/').next() {
            Some("gone") => status(410),
            Some("moved") => Sent::Answer { status: 307, headers: vec![("location".into(), "http://127.0.0.1/".into())], body: "".into() },
            Some("wait") => Sent::Answer { status: 429, headers: vec![("Retry-After".into(), "100".into())], body: "slow down".into() },
            _ => Sent::NotSent { why: "the request was not sent: the target is not a public address".into(), permanent: true },
        });
        let mut ids = Vec::new();
        for path in ["gone", "moved", "wait", "inside"] {
            ids.push(listens(&house, &shop, path, &[EventKind::MessageAdded]).await);
        }
        house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
        let off = held(&house, &shop, ids[0]).await;
        assert_eq!((off.enabled, off.health.problem.as_deref()), (false, Some("gone")));
        let rows = made(&house, &shop, ids[0]).await;
        let ends: Vec<_> = rows.iter().map(|(row, tries)| (row.state, row.outcome.as_str(), tries.len())).collect();
        assert_eq!(ends, [(DeliveryState::Dead, "gone", 1), (DeliveryState::Dead, "switched_off", 0)]);
        for (id, outcome) in [(ids[1], "redirect"), (ids[2], "status"), (ids[3], "address_refused")] {
            let rows = made(&house, &shop, id).await;
            assert!(rows.iter().all(|(row, _)| row.state == DeliveryState::Waiting && row.outcome == outcome), "{rows:#?}");
        }
        let wait = made(&house, &shop, ids[2]).await;
        assert!(wait[0].0.next_at >= house.now().plus_secs(100), "what the endpoint asks for is waited");
        assert_eq!(wait[0].1[0].answer, "slow down");
    });
}

#[test]
fn old_deliveries_go_with_the_events_and_what_waits_stays() {
    on_each("house::old_deliveries_go_with_the_events_and_what_waits_stays", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| status(200));
        let id = listens(&house, &shop, "x", &[EventKind::MessageAdded]).await;
        house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
        leap(&house, 31 * DAY_S).await;
        house.world.now_answers(|_| status(500));
        house.chat(&shop, visitor(1), "2", "How long does shipping take?").await.unwrap();
        let before = made(&house, &shop, id).await;
        let young = before.iter().filter(|(row, _)| row.made_at >= house.now().plus_secs(-DAY_S)).count();
        assert_eq!(before.len() - young, 2);
        house.engine.expire_once(shop.ws).await.unwrap();
        let after = made(&house, &shop, id).await;
        assert_eq!(after, before[2..]);
        let tries = after.iter().map(|(_, tries)| tries.len() as i64).sum::<i64>();
        assert_eq!(house.count("SELECT count(*) FROM webhook_attempt").await.unwrap(), tries, "tries go with what was tried");
        // What waits is not taken away, however old it is.
        leap(&house, 1).await;
        house.clock.advance_ms(31 * DAY_S * 1_000);
        house.keep_time();
        house.engine.expire_once(shop.ws).await.unwrap();
        let left = made(&house, &shop, id).await;
        assert!(!left.is_empty() && left.iter().all(|(row, _)| row.state == DeliveryState::Waiting), "{left:#?}");
    });
}
