//! Sending: once, in order, honestly.

use engine::Sent;
use engine::{Once, Request};
use messaging::Writer;
use model::{MessageState, OutboxState};
use testkit::{House, Shop, on_each};

const MIA: &str = "+491713920041";
const QUESTION: &str = "How long does shipping take?";

fn answer(status: u16, body: &str) -> Sent {
    Sent::Answer { status, headers: vec![], body: body.to_owned().into() }
}

async fn last(house: &House, shop: &Shop) -> model::Message {
    house.thread(shop, shop.sms, MIA).await.unwrap().1.pop().unwrap()
}

/// Proves I6.4.
#[test]
fn a_send_without_an_answer_is_uncertain_and_found_by_looking() {
    on_each("house::a_send_without_an_answer_is_uncertain_and_found_by_looking", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let clock = house.clock.clone();
        house.world.now_answers(move |_| {
            // The request took all the time it may take.
            clock.advance_ms(20_000);
            Sent::Unknown { why: "no answer".into() }
        });
        let created = house.now();
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let ours = last(&house, &shop).await;
        assert_eq!(ours.state, MessageState::Uncertain);
        let text = ours.text.clone();
        let listed = move |out: &engine::Outgoing| match out.method.as_str() {
            "GET" => {
                let at = jiff_text(created.micros() / 1_000_000 + 1);
                let row = serde_json::json!({ "sid": "SMfound", "body": text, "to": MIA, "direction": "outbound-api", "date_created": at, "status": "sent" });
                answer(200, &serde_json::json!({ "messages": [row], "next_page_uri": null }).to_string())
            }
            _ => answer(201, r#"{"sid":"SMtwice"}"#),
        };
        house.world.take_asked();
        house.world.now_answers(listed);
        house.pass(60).await.unwrap();
        let ours = last(&house, &shop).await;
        assert_eq!(ours.state, MessageState::Sent);
        assert!(house.texted().is_empty(), "it is not sent twice");
        let form = [("MessageSid", "SMfound"), ("MessageStatus", "delivered"), ("To", MIA), ("From", "+15005550006")];
        house.carrier_posts(&shop, "", &form).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Delivered);
    });
}

/// As the carrier writes dates: RFC 2822, in whole seconds.
fn jiff_text(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds).unwrap();
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap()
}

#[test]
fn looking_never_takes_another_messages_send_for_ours() {
    on_each("house::looking_never_takes_another_messages_send_for_ours", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        // Two equal answers; the first is sent, the second's fate is unknown and it never arrived.
        house.world.now_answers(|_| answer(201, r#"{"sid":"SMfirst"}"#));
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let first = last(&house, &shop).await;
        let sent_at = house.now().micros() / 1_000_000;
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "no answer".into() },
            _ => answer(503, ""),
        });
        house.text(&shop, MIA, "SM2", QUESTION).await.unwrap();
        let second = last(&house, &shop).await;
        assert_eq!((second.state, &second.text), (MessageState::Uncertain, &first.text));
        let text = first.text.clone();
        house.world.now_answers(move |out| match out.method.as_str() {
            "GET" => {
                let row = serde_json::json!({ "sid": "SMfirst", "body": text, "to": MIA, "direction": "outbound-api", "date_created": jiff_text(sent_at), "status": "sent" });
                answer(200, &serde_json::json!({ "messages": [row], "next_page_uri": null }).to_string())
            }
            _ => answer(201, r#"{"sid":"SMsecond"}"#),
        });
        house.pass(5).await.unwrap();
        assert_ne!(last(&house, &shop).await.state, MessageState::Sent, "SMfirst is the first message's");
        let form = [("MessageSid", "SMfirst"), ("MessageStatus", "delivered"), ("To", MIA), ("From", "+15005550006")];
        house.carrier_posts(&shop, "", &form).await.unwrap();
        let messages = house.thread(&shop, shop.sms, MIA).await.unwrap().1;
        assert_eq!(messages.iter().find(|m| m.id == first.id).unwrap().state, MessageState::Delivered);
    });
}

/// Proves I6.5.
#[test]
fn an_uncertain_send_holds_back_the_next_for_thirty_seconds() {
    on_each("house::an_uncertain_send_holds_back_the_next_for_thirty_seconds", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "no answer".into() },
            _ => answer(503, ""),
        });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let first = last(&house, &shop).await;
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => answer(201, r#"{"sid":"SMnext"}"#),
            _ => answer(503, ""),
        });
        house.text(&shop, MIA, "SM2", "Do you ship to Norway and what about returns?").await.unwrap();
        house.pass(25).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Queued, "the line waits");
        house.pass(10).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
        let messages = house.thread(&shop, shop.sms, MIA).await.unwrap().1;
        assert_eq!(messages.iter().find(|m| m.id == first.id).unwrap().state, MessageState::Uncertain, "visible, and a person decides");
    });
}

#[test]
fn a_person_may_send_an_uncertain_message_again() {
    on_each("house::a_person_may_send_an_uncertain_message_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "no answer".into() },
            _ => answer(503, ""),
        });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let ours = last(&house, &shop).await;
        house.carrier_works();
        let by = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        let again = house.engine.retry(shop.ws, ours.id, by.clone(), Request::default()).await.unwrap().unwrap();
        let Once::Done(again) = again else { panic!("{again:?}") };
        assert_eq!(again.state, MessageState::Queued);
        house.settle().await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
        assert_eq!(house.engine.retry(shop.ws, ours.id, by, Request::default()).await.unwrap().unwrap_err(), messaging::Refused::NotFailed);
    });
}

/// Proves I6.3 and I6.4.
#[test]
fn what_was_being_sent_when_the_process_died_is_uncertain_not_sent_twice() {
    on_each("house::what_was_being_sent_when_the_process_died_is_uncertain", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| answer(201, r#"{"sid":"SMlost"}"#));
        // The process dies between the provider's answer and writing it down.
        let commits = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let armed = commits.clone();
        house.world.now_answers(move |out| {
            if out.method == "POST" {
                armed.store(true, std::sync::atomic::Ordering::SeqCst);
            }
            answer(201, r#"{"sid":"SMlost"}"#)
        });
        house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && commits.swap(false, std::sync::atomic::Ordering::SeqCst);
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        let form = house.text(&shop, MIA, "SM1", QUESTION).await;
        assert!(form.is_err(), "the outcome could not be written");
        assert_eq!(house.texted().len(), 1);
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => answer(201, r#"{"sid":"SMagain"}"#),
            _ => answer(503, ""),
        });
        let next = house.reborn(2).await.unwrap();
        next.settle().await.unwrap();
        assert_eq!(last(&next, &shop).await.state, MessageState::Uncertain);
        assert!(next.texted().is_empty());
    });
}

#[test]
fn what_the_provider_said_of_a_send_outlives_the_process_that_made_it() {
    on_each("house::what_the_provider_said_of_a_send_outlives_the_process", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let commits = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let armed = commits.clone();
        house.world.now_answers(move |_| {
            armed.store(true, std::sync::atomic::Ordering::SeqCst);
            answer(201, r#"{"sid":"SMlost"}"#)
        });
        house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && commits.swap(false, std::sync::atomic::Ordering::SeqCst);
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        assert!(house.text(&shop, MIA, "SM1", QUESTION).await.is_err(), "the outcome could not be written");
        let ours = last(&house, &shop).await.id;
        house.world.take_asked();
        let next = house.reborn(2).await.unwrap();
        next.world.now_answers(|_| answer(503, ""));
        // The receipt comes before anybody looks at what the dead process left under way.
        let form = [("MessageSid", "SMlost"), ("MessageStatus", "sent"), ("To", MIA), ("From", "+15005550006")];
        next.carrier_posts(&shop, &format!("?message={ours}"), &form).await.unwrap();
        next.pass(60).await.unwrap();
        assert_eq!(last(&next, &shop).await.state, MessageState::Sent);
        assert_eq!(next.count("SELECT count(*) FROM outbox WHERE state = 'sent'").await.unwrap(), 1);
        assert!(next.texted().is_empty(), "it is not sent twice");
    });
}

#[test]
fn an_outcome_that_could_not_be_written_blocks_nothing_in_a_process_that_lives() {
    on_each("house::an_outcome_that_could_not_be_written_blocks_nothing", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let commits = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let armed = commits.clone();
        house.world.now_answers(move |_| {
            armed.store(true, std::sync::atomic::Ordering::SeqCst);
            answer(201, r#"{"sid":"SMlost"}"#)
        });
        house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && commits.swap(false, std::sync::atomic::Ordering::SeqCst);
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        assert!(house.text(&shop, MIA, "SM1", QUESTION).await.is_err());
        house.world.take_asked();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => answer(201, r#"{"sid":"SMnext"}"#),
            _ => answer(503, ""),
        });
        house.pass(2).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Uncertain);
        house.text(&shop, MIA, "SM2", "Do you ship to Norway and what about returns?").await.unwrap();
        house.pass(40).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent, "the thread goes on");
    });
}

/// Proves I6.6.
#[test]
fn a_provider_that_asks_to_slow_down_is_obeyed() {
    on_each("house::a_provider_that_asks_to_slow_down_is_obeyed", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::Answer { status: 429, headers: vec![("retry-after".into(), "10".into())], body: "".into() });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Queued);
        house.carrier_works();
        assert_eq!(house.texted().len(), 1);
        house.pass(8).await.unwrap();
        assert_eq!(house.texted().len(), 0);
        house.pass(4).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
    });
}

/// Proves I6.7.
#[test]
fn what_cannot_be_sent_in_four_hours_fails_visibly() {
    on_each("house::what_cannot_be_sent_in_four_hours_fails_visibly", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::NotSent { why: "down".into(), permanent: false });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Queued);
        house.clock.advance_ms(4 * 3_600_000 + 1_000);
        house.keep_time();
        house.engine.renew().await.unwrap();
        house.settle().await.unwrap();
        let ours = last(&house, &shop).await;
        assert_eq!((ours.state, ours.problem.unwrap().code.as_str()), (MessageState::Failed, "expired"));
        house.carrier_works();
        house.text(&shop, MIA, "SM2", QUESTION).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent, "the line goes on");
    });
}

#[test]
fn a_refused_send_shows_why_and_can_be_tried_again() {
    on_each("house::a_refused_send_shows_why_and_can_be_tried_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| answer(400, r#"{"code":21211,"message":"The 'To' number is not valid","status":400}"#));
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let ours = last(&house, &shop).await;
        assert_eq!(ours.state, MessageState::Failed);
        assert!(!ours.problem.clone().unwrap().detail.is_empty());
        house.carrier_works();
        let by = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        house.engine.retry(shop.ws, ours.id, by, Request::default()).await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
    });
}

/// Proves I6.5.
#[test]
fn a_thread_is_sent_in_order_over_its_conversations() {
    on_each("house::a_thread_is_sent_in_order_over_its_conversations", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::NotSent { why: "down".into(), permanent: false });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let (first, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let goodbye = messages.last().unwrap().text.clone();
        house.engine.close(shop.ws, first.id, "supervisor", Request::default()).await.unwrap().unwrap();
        house.text(&shop, MIA, "SM2", "live agent").await.unwrap();
        let greeting = last(&house, &shop).await.text;
        house.world.take_asked();
        house.carrier_works();
        house.pass(30).await.unwrap();
        // SMS has no buttons: what they would say is a menu.
        assert_eq!(house.texted(), [goodbye, format!("{greeting}\n\n1. English\n2. Deutsch\n3. 한국어")]);
    });
}

#[test]
fn stop_is_obeyed_until_start() {
    on_each("house::stop_is_obeyed_until_start", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM1", "live agent").await.unwrap();
        house.texted();
        house.text(&shop, MIA, "SM2", "STOP").await.unwrap();
        let (c, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert!(messages.iter().any(|m| m.notice.as_ref().is_some_and(|n| n.kind == "opted_out")));
        assert_eq!(c.holder, model::Holder::None, "nobody waits for them any more");
        assert!(house.texted().is_empty(), "STOP is never answered by us");
        assert_eq!(house.count("SELECT count(*) FROM execution WHERE state = 'active'").await.unwrap(), 0);
        // The next word starts the flow, whose answer fails visibly.
        house.text(&shop, MIA, "SM3", QUESTION).await.unwrap();
        let ours = last(&house, &shop).await;
        assert_eq!((ours.state, ours.problem.unwrap().code.as_str()), (MessageState::Failed, "opted_out"));
        assert!(house.texted().is_empty());
        let by = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        let again = || house.engine.retry(shop.ws, ours.id, by.clone(), Request::default());
        assert_eq!(again().await.unwrap().unwrap_err(), messaging::Refused::OptedOut);
        let message =
            engine::WriteMessage::text(c.id, "d1", "hello", Writer { worker_id: None, name: "Supervisor".into(), anywhere: true }, "test");
        assert_eq!(house.engine.write(shop.ws, message).await.unwrap().unwrap_err(), messaging::Refused::OptedOut);
        house.text(&shop, MIA, "SM4", "START").await.unwrap();
        again().await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.texted(), std::slice::from_ref(&ours.text), "what was not sent then can be sent now");
        house.text(&shop, MIA, "SM5", QUESTION).await.unwrap();
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
    });
}

#[test]
fn a_long_text_leaves_in_parts_and_is_sent_when_all_are() {
    on_each("house::a_long_text_leaves_in_parts_and_is_sent_when_all_are", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        house.texted();
        let (c, _) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let text = "This is a long answer. ".repeat(120);
        let message = engine::WriteMessage::text(
            c.id,
            "d1",
            text.clone(),
            Writer { worker_id: None, name: "Supervisor".into(), anywhere: true },
            "test",
        );
        let written = house.engine.write(shop.ws, message).await.unwrap().unwrap();
        let parts = house.sends(&shop, &written).await.unwrap();
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.state == OutboxState::Queued));
        house.settle().await.unwrap();
        let sent = house.texted();
        assert_eq!(sent.len(), parts.len());
        assert_eq!(sent.join(" ").split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
        assert_eq!(last(&house, &shop).await.state, MessageState::Sent);
    });
}

/// Proves G6: a provider that does not answer is left alone, told of, and found again.
#[test]
fn a_silent_provider_is_asked_ever_more_rarely_and_everything_leaves_when_it_is_back() {
    on_each("house::a_silent_provider_is_asked_ever_more_rarely", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::NotSent { why: "connection refused".into(), permanent: false });
        let noted = async || house.count("SELECT count(*) FROM channel_account WHERE problem LIKE '%provider_down%'").await.unwrap();
        let customers: Vec<String> = (0..8).map(|no| format!("+49171392004{no}")).collect();
        for (no, customer) in customers.iter().enumerate() {
            house.text(&shop, customer, &format!("SM{no}"), QUESTION).await.unwrap();
        }
        house.pass(30).await.unwrap();
        assert_eq!(noted().await, 1, "the admin is told, of this account alone");
        house.world.take_asked();
        for _ in 0..60 {
            house.pass(10).await.unwrap();
        }
        let asked = house.world.take_asked().len();
        assert!((2..=12).contains(&asked), "one try a rest, in ten minutes: {asked}");

        house.world.now_answers(|out| answer(201, &serde_json::json!({ "sid": format!("SM{:x}", md(&out.body)) }).to_string()));
        for _ in 0..40 {
            house.pass(10).await.unwrap();
        }
        for customer in &customers {
            let (_, messages) = house.thread(&shop, shop.sms, customer).await.unwrap();
            assert_eq!(messages.last().unwrap().state, MessageState::Sent, "{customer}");
        }
        assert_eq!(house.world.take_asked().iter().filter(|out| out.method == "POST").count(), customers.len(), "each once");
        assert_eq!(noted().await, 0, "and it is over");
    });
}

/// An id that differs with the request.
fn md(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}
