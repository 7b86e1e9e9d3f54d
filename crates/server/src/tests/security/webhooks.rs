//! The door for providers: answered only after the commit, honest about trouble, deaf to repetitions, waiting for nobody.

use std::time::{Duration, Instant};

use axum::http::Method;

use super::{Api, Reply, Who, check, raw, rows};

const FROM: &str = "+4915112345678";

/// The carrier's request of a text, signed as the carrier signs.
async fn webhook(api: &Api, sid: &str, text: &str, sign: bool) -> Reply {
    let path = format!("/in/sms/{}", api.shop.sms);
    let form = [("Body", text), ("From", FROM), ("MessageSid", sid), ("SmsStatus", "received"), ("To", "+15005550006")];
    let data: String = form.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let signature = connectors::signature::hmac_sha1_base64("12345", format!("http://localhost:8080{path}{data}").as_bytes());
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut ask = axum::extract::Request::builder().method(Method::POST).uri(&path).header("host", super::HOST);
    ask = ask.header("content-type", "application/x-www-form-urlencoded");
    if sign {
        ask = ask.header("x-twilio-signature", signature);
    }
    let response = api.doors.answer(ask.body(body.into()).unwrap(), super::PEER.parse().unwrap(), false).await;
    let (status, headers) = (response.status(), response.headers().clone());
    Reply { status, headers, json: serde_json::Value::Null, text: String::new() }
}

async fn rename(api: &Api, from: &'static str, to: &'static str) {
    let done = api.house.engine.db().write(move |tx| {
        Box::pin(async move {
            tx.dynamic(format!("ALTER TABLE {from} RENAME TO {to}"), vec![]).await?;
            Ok(())
        })
    });
    done.await.unwrap();
}

#[test]
fn i0_4_trouble_of_ours_is_503_and_the_next_try_is_taken() {
    check("i0_4_trouble_of_ours_is_503_and_the_next_try_is_taken", async |api: Api| {
        rename(&api, "inbound", "inbound_gone").await;
        let refused = webhook(&api, "SM1", "Hello", true).await;
        assert_eq!(refused.status.as_u16(), 503);
        assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
        rename(&api, "inbound_gone", "inbound").await;
        assert!(rows(&api).await["delivery"].is_empty(), "what was refused left nothing");
        assert_eq!(webhook(&api, "SM1", "Hello", true).await.status.as_u16(), 200);
        api.house.settle().await.unwrap();
        assert!(api.house.transcript(&api.shop, api.shop.sms, FROM).await.unwrap().contains(&"customer: Hello".to_owned()));
    });
}

#[test]
fn i0_5_an_answer_waits_for_nothing_but_the_commit() {
    check("i0_5_an_answer_waits_for_nothing_but_the_commit", async |api: Api| {
        // Whoever asked the world now would wait for ever.
        api.house.world.now_answers(|_| panic!("a webhook waited for somebody outside"));
        let mut times: Vec<Duration> = Vec::new();
        for no in 0..100 {
            let begun = Instant::now();
            assert_eq!(webhook(&api, &format!("SM{no}"), "Hello", true).await.status.as_u16(), 200);
            times.push(begun.elapsed());
        }
        times.sort();
        assert!(times[98] <= Duration::from_millis(200), "p99 {:?}", times[98]);
        assert!(times[99] < Duration::from_secs(3), "longest {:?}", times[99]);
        // I0.1: each answer came after its delivery was committed, and before anything was sent.
        let kept = rows(&api).await;
        assert_eq!((kept["delivery"].len(), kept["inbound"].len()), (100, 100));
        assert!(kept["attempt"].is_empty());
    });
}

#[test]
fn i0_3_an_unsigned_webhook_leaves_no_row() {
    check("i0_3_an_unsigned_webhook_leaves_no_row", async |api: Api| {
        let before = rows(&api).await;
        assert_eq!(webhook(&api, "SM1", "Hello", false).await.status.as_u16(), 401);
        let path = format!("/in/sms/{}", api.shop.sms);
        assert_eq!(raw(&api, &Who::Nobody, Method::POST, &path, "text/plain", "Hello").await.status.as_u16(), 401);
        assert_eq!(rows(&api).await, before);
    });
}

#[test]
fn i1_2_a_webhook_told_fifty_times_is_one_message() {
    check("i1_2_a_webhook_told_fifty_times_is_one_message", async |api: Api| {
        // I0.2: each of three texts fifty times, in an order that mixes them.
        for no in 0..150 {
            let sid = format!("SM{}", (no * 7) % 3);
            assert_eq!(webhook(&api, &sid, &format!("text {sid}"), true).await.status.as_u16(), 200);
            if no % 40 == 0 {
                api.house.settle().await.unwrap();
            }
        }
        api.house.settle().await.unwrap();
        let said = api.house.transcript(&api.shop, api.shop.sms, FROM).await.unwrap();
        let customers = said.iter().filter(|line| line.starts_with("customer: text")).count();
        assert_eq!(customers, 3, "{said:?}");
    });
}

/// I6.1: where the sending cannot be written down, the message is not there either.
#[test]
fn i6_1_a_message_and_its_sending_are_written_together() {
    check("i6_1_a_message_and_its_sending_are_written_together", async |api: Api| {
        api.house.text(&api.shop, FROM, "SM1", "live agent").await.unwrap();
        api.house.text(&api.shop, FROM, "SM2", "English").await.unwrap();
        let worker = api.house.offered(&api.shop).await.unwrap().expect("an offer");
        let task = api.house.accept(&api.shop, worker).await.unwrap();
        let conversation = api.house.conversation_of(&api.shop, task).await.unwrap();
        let agent = api.person(api.shop.ws, "Agent", &[("agent", "own")], Some(worker)).await;
        let before = rows(&api).await;
        rename(&api, "outbox", "outbox_gone").await;
        let body = serde_json::json!({ "client_id": "c1", "text": "Hello", "private": false, "attachment_ids": [] });
        let at = format!("/conversations/{conversation}/messages");
        let refused = api.post(&agent, &at, body.clone()).await;
        assert!(refused.status.as_u16() >= 500, "{} {}", refused.status, refused.text);
        rename(&api, "outbox_gone", "outbox").await;
        let after = rows(&api).await;
        assert_eq!((&after["message"], &after["event"]), (&before["message"], &before["event"]), "nothing of it was written");
        // I6.2: the same client id, tried again and again, is one message with one sending.
        for _ in 0..50 {
            api.post(&agent, &at, body.clone()).await.ok();
        }
        let done = rows(&api).await;
        assert_eq!(done["message"].len(), before["message"].len() + 1);
        assert_eq!(done["outbox"].len(), before["outbox"].len() + 1);
    });
}
