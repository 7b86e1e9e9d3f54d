//! What the provider says about a message, whenever it says it.

use engine::Request;
use engine::Sent;
use messaging::Writer;
use model::MessageState;
use testkit::{House, Shop, on_each};

const MIA: &str = "+491713920041";

async fn status(house: &House, shop: &Shop, sid: &str, status: &str, message: Option<model::MessageId>) {
    let query = message.map_or(String::new(), |id| format!("?message={id}"));
    let form = [("MessageSid", sid), ("MessageStatus", status), ("To", MIA), ("From", "+15005550006")];
    house.carrier_posts(shop, &query, &form).await.unwrap();
}

/// Proves I1.5.
#[test]
fn receipts_in_any_order_end_in_the_same_state() {
    on_each("house::receipts_in_any_order_end_in_the_same_state", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        for (no, order) in [["sent", "delivered"], ["delivered", "sent"]].iter().enumerate() {
            house.text(&shop, MIA, &format!("SM{no}"), "How long does shipping take?").await.unwrap();
            let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
            let ours = messages.last().unwrap().clone();
            for word in order {
                status(&house, &shop, &format!("SMout{}", no + 1), word, Some(ours.id)).await;
            }
            let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
            assert_eq!(messages.iter().find(|m| m.id == ours.id).unwrap().state, MessageState::Delivered);
        }
    });
}

/// Proves I1.5.
#[test]
fn a_receipt_before_the_sends_outcome_is_not_lost() {
    on_each("house::a_receipt_before_the_sends_outcome_is_not_lost", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        // The phone is known, so that the receipt finds its thread.
        house.carrier_works();
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        house.world.now_answers(|_| Sent::NotSent { why: "down".into(), permanent: false });
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        // The carrier's callback overtakes its answer.
        status(&house, &shop, "SMearly", "delivered", None).await;
        status(&house, &shop, "SMearly", "sent", None).await;
        house.world.now_answers(|_| Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMearly"}"#.into() });
        house.pass(10).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_eq!(messages.last().unwrap().state, MessageState::Delivered);
    });
}

#[test]
fn a_late_receipt_belongs_to_the_conversation_of_its_message() {
    on_each("house::a_late_receipt_belongs_to_the_conversation_of_its_message", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        let (first, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let ours = messages.last().unwrap().clone();
        house.engine.close(shop.ws, first.id, "supervisor", Request::default()).await.unwrap().unwrap();
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        let (second, before) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_ne!(first.id, second.id);
        status(&house, &shop, "SMout1", "delivered", Some(ours.id)).await;
        let (still, after) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_eq!((still.id, still.last_seq, after.len()), (second.id, second.last_seq, before.len()));
        let old = house.messages(&shop, first.id).await.unwrap();
        assert_eq!(old.iter().find(|m| m.id == ours.id).unwrap().state, MessageState::Delivered);
        assert_eq!(house.conversation(&shop, first.id).await.unwrap().state, model::ConversationState::Closed);
    });
}

#[test]
fn a_failure_after_the_fact_shows_why() {
    on_each("house::a_failure_after_the_fact_shows_why", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        let form =
            [("MessageSid", "SMout1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003"), ("To", MIA), ("From", "+15005550006")];
        house.carrier_posts(&shop, "", &form).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let ours = messages.last().unwrap();
        assert_eq!(ours.state, MessageState::Failed);
        assert!(ours.problem.is_some());
    });
}

/// What the carrier took and could not deliver stands with the undelivered, whenever it says so, and a person may send it again.
#[test]
fn what_failed_after_it_was_taken_is_undelivered_and_sent_again() {
    on_each("house::what_failed_after_it_was_taken_is_undelivered_and_sent_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        status(&house, &shop, "SMout1", "undelivered", None).await;
        let known = house.thread(&shop, shop.sms, MIA).await.unwrap().1.last().unwrap().id;
        // Of the second one the carrier tells before its own answer.
        house.world.now_answers(|_| Sent::NotSent { why: "down".into(), permanent: false });
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        status(&house, &shop, "SMearly", "undelivered", None).await;
        house.world.now_answers(|_| Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMearly"}"#.into() });
        house.pass(10).await.unwrap();
        let early = house.thread(&shop, shop.sms, MIA).await.unwrap().1.last().unwrap().id;
        let ws = shop.ws;
        let listed = house.engine.db().read(move |tx| Box::pin(async move { store::outbox::undelivered(tx, ws, None, 10).await }));
        let listed: std::collections::BTreeSet<_> = listed.await.unwrap().into_iter().map(|(_, message, _)| message).collect();
        assert_eq!(listed, [known, early].into());

        let by = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        let mut count = 0;
        house.world.now_answers(move |_| {
            count += 1;
            Sent::Answer { status: 201, headers: vec![], body: format!(r#"{{"sid":"SMagain{count}"}}"#).into() }
        });
        for id in [known, early] {
            house.engine.retry(shop.ws, id, by.clone(), Request::default()).await.unwrap().unwrap();
            house.settle().await.unwrap();
        }
        for sid in ["SMagain1", "SMagain2"] {
            status(&house, &shop, sid, "delivered", None).await;
        }
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        for id in [known, early] {
            let again = messages.iter().find(|m| m.id == id).unwrap();
            assert_eq!((again.state, again.problem.as_ref()), (MessageState::Delivered, None));
        }
        let given = store::auditor::Given { now: house.now(), digest: engine::once::digest, files: None };
        let report = house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
        assert!(report.clean(), "{report:#?}");
    });
}

#[test]
fn a_receipt_that_names_our_message_ends_the_doubt() {
    on_each("house::a_receipt_that_names_our_message_ends_the_doubt", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "the answer was lost".into() },
            _ => Sent::Answer { status: 503, headers: vec![], body: "".into() },
        });
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let ours = messages.last().unwrap().clone();
        assert_eq!(ours.state, MessageState::Uncertain);
        status(&house, &shop, "SMhidden", "delivered", Some(ours.id)).await;
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_eq!(messages.last().unwrap().state, MessageState::Delivered);
    });
}

#[test]
fn a_receipt_keeps_what_was_put_back_in_line_from_being_sent_again() {
    on_each("house::a_receipt_keeps_what_was_put_back_in_line", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "the answer was lost".into() },
            _ => Sent::Answer { status: 503, headers: vec![], body: "".into() },
        });
        house.text(&shop, MIA, "SM0", "How long does shipping take?").await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let ours = messages.last().unwrap().id;
        let (ws, at) = (shop.ws, house.now());
        // A person asks for it again; before its turn comes the provider says that it has it.
        house
            .engine
            .db()
            .write(move |tx| Box::pin(async move { store::outbox::requeue(tx, ws, ours, at.plus_secs(60), at.plus_secs(3600)).await }))
            .await
            .unwrap();
        status(&house, &shop, "SMhidden", "queued", Some(ours)).await;
        assert_eq!(house.thread(&shop, shop.sms, MIA).await.unwrap().1.last().unwrap().state, MessageState::Sent);
        house.world.take_asked();
        house.clock.advance_ms(120_000);
        house.settle().await.unwrap();
        assert!(house.texted().is_empty(), "it is not sent again");
        assert_eq!(house.count("SELECT count(*) FROM outbox WHERE state = 'sent'").await.unwrap(), 1);
        status(&house, &shop, "SMhidden", "delivered", None).await;
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_eq!(messages.last().unwrap().state, MessageState::Delivered);
    });
}
