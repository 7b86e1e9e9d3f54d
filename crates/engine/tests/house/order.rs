//! Order inside a lane, and inputs that cannot be turned.

use model::{ChannelAccountId, Holder};
use testkit::{ECHO, fake_account, fake_event, on_each, visitor};

/// Proves I1.4.
#[test]
fn messages_of_one_turn_stand_in_the_providers_order() {
    on_each("house::messages_of_one_turn_stand_in_the_providers_order", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        let (mia, at) = ("mia", 1_799_999_000);
        let events = vec![
            fake_event("3", "room", mia, "three", Some(at + 3)),
            fake_event("1", "room", mia, "one", Some(at + 1)),
            fake_event("2", "room", mia, "two", Some(at + 2)),
        ];
        house.fake_posts(&shop, account, events).await.unwrap();
        let (_, messages) = house.thread(&shop, account, "room").await.unwrap();
        let texts: Vec<&str> = messages.iter().filter(|m| m.from_contact()).map(|m| m.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
        let seqs: Vec<i64> = messages.iter().map(|m| m.seq).collect();
        assert_eq!(seqs, (1..=messages.len() as i64).collect::<Vec<_>>());
    });
}

/// Proves I2.4.
#[test]
fn a_reply_that_came_before_the_timeout_wins_though_both_are_turned_late() {
    on_each("house::a_reply_that_came_before_the_timeout_wins", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Flow);
        // The reply is journaled one second before the wait ends, and turned after it.
        house.clock.advance_ms(599_000);
        let key = mia.to_string();
        house.journal(&shop, shop.webchat, &[&key], &key, "Deutsch").await.unwrap();
        house.clock.advance_ms(10_000);
        house.settle().await.unwrap();
        let said = house.transcript(&shop, shop.webchat, &key).await.unwrap();
        assert!(said.iter().any(|line| line.contains("Einen Moment bitte")), "the answer was heard: {said:#?}");
    });
}

/// Proves I1.1.
#[test]
fn poison_is_put_aside_after_three_tries_and_its_neighbours_go_on() {
    on_each("house::poison_is_put_aside_after_three_tries", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.publish(&shop, ECHO).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        let texts = ["one", "two", testkit::POISON, "four", "five"];
        let events = texts.iter().enumerate().map(|(no, text)| fake_event(&no.to_string(), "room", "mia", text, None)).collect();
        house.fake_posts(&shop, account, events).await.unwrap();
        house.fake_posts(&shop, account, vec![fake_event("x", "other room", "leo", "hello", None)]).await.unwrap();
        for _ in 0..12 {
            house.pass(3).await.unwrap();
        }
        let (_, messages) = house.thread(&shop, account, "room").await.unwrap();
        let heard: Vec<&str> = messages.iter().filter(|m| m.from_contact()).map(|m| m.text.as_str()).collect();
        assert_eq!(heard, ["one", "two", "four", "five"], "no neighbour is lost");
        assert_eq!(messages.len(), 8, "each was answered");
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'received'").await.unwrap(), 0);
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'quarantined'").await.unwrap(), 1);
        assert_eq!(house.thread(&shop, account, "other room").await.unwrap().1.len(), 2);
    });
}

/// Asks, and after a minute without a reply says what cannot be cut into parts.
const ASKS: &str = r#"{"description":"asks","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"ask"},{"event":"incomingConversationMessage","next":"ask"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"ask","type":"send-and-wait-for-reply","properties":{"body":"Which one?","timeout":"60"},"transitions":[{"event":"incomingMessage"},{"event":"timeout","next":"say"},{"event":"deliveryFailure"}]},
 {"name":"say","type":"send-message","properties":{"body":"poison"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

/// Proves I1.1: what a flow waits for may be poison; its customer gets a person.
#[test]
fn a_flow_whose_next_input_is_poison_hands_over_to_a_person() {
    on_each("house::a_flow_whose_next_input_is_poison", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.publish(&shop, ASKS).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        house.fake_posts(&shop, account, vec![fake_event("0", "room", "mia", "hello", None)]).await.unwrap();
        house.settle().await.unwrap();
        house.clock.advance_ms(61_000);
        for _ in 0..12 {
            house.pass(3).await.unwrap();
        }
        let (conversation, _) = house.thread(&shop, account, "room").await.unwrap();
        assert_eq!(conversation.holder, model::Holder::Task);
        assert_eq!(house.count("SELECT count(*) FROM execution WHERE state = 'active'").await.unwrap(), 0);
    });
}

#[test]
fn what_waited_over_three_restarts_is_not_put_aside_untried() {
    on_each("house::what_waited_over_three_restarts_is_not_put_aside_untried", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.publish(&shop, ECHO).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        house.fake_posts(&shop, account, vec![fake_event("0", "room", "mia", "hello", None)]).await.unwrap();
        // Journaled, and the process is killed before any turn: again and again.
        let mut ids = house.engine.ids();
        let from = model::inbound::Sender { external_id: "mia".into(), scoped: true, verified: true, ..Default::default() };
        let delivery = ids.next();
        let received_at = house.now();
        let rows: Vec<_> = ["a", "b"]
            .iter()
            .map(|id| model::Inbound {
                id: ids.next(),
                delivery_id: delivery,
                channel_account_id: account,
                external_id: (*id).into(),
                keys: vec!["room".into()],
                event: model::InboundEvent::Message(model::InboundMessage {
                    from: from.clone(),
                    provider_id: (*id).into(),
                    text: (*id).into(),
                    ..Default::default()
                }),
                provider_at: None,
                received_at,
                attempts: 0,
            })
            .collect();
        house.keep_delivery(&shop, rows).await.unwrap();
        for _ in 0..5 {
            let now = house.now();
            house.engine.db().write(move |tx| Box::pin(async move { store::journal::count_attempts(tx, now).await })).await.unwrap();
        }
        house.pass(10).await.unwrap();
        let (_, messages) = house.thread(&shop, account, "room").await.unwrap();
        let heard: Vec<&str> = messages.iter().filter(|m| m.from_contact()).map(|m| m.text.as_str()).collect();
        assert_eq!(heard, ["hello", "a", "b"]);
    });
}

#[test]
fn a_job_that_cannot_be_turned_does_not_take_messages_with_it() {
    on_each("house::a_job_that_cannot_be_turned_does_not_take_messages_with_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        house.fake_posts(&shop, account, vec![fake_event("1", "room", "mia", "live agent", None)]).await.unwrap();
        let (c, _) = house.thread(&shop, account, "room").await.unwrap();
        assert_eq!(c.holder, Holder::Flow);
        // The execution names a revision that is not there: whatever steps it fails.
        let (ws, id) = (shop.ws, c.id);
        house
            .engine
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let mut execution = store::flow::active_execution(tx, ws, id).await?.expect("active");
                    execution.revision = 99;
                    store::flow::put_executions(tx, ws, &[execution.clone()]).await?;
                    tx.exec(
                        "UPDATE execution SET revision = 99 WHERE workspace_id = $1 AND id = $2",
                        vec![ws.into(), execution.id.0.into()],
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        house.clock.advance_ms(700_000);
        for _ in 0..5 {
            house.clock.advance_ms(3_000);
            house.settle().await.unwrap();
        }
        assert_eq!(house.count("SELECT count(*) FROM job WHERE kind = 'wait'").await.unwrap(), 0, "the timer was dropped");
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'quarantined'").await.unwrap(), 0);
    });
}
