//! Wrapping up and completing.

use engine::CompleteRefused;
use model::routing::RouterCommand;
use model::{ConversationState, TaskStatus};
use testkit::{on_each, visitor};

#[test]
fn in_wrap_up_the_customer_still_reaches_the_same_agent() {
    on_each("house::in_wrap_up_the_customer_still_reaches_the_same_agent", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (worker, task, id) = house.talking(&shop, mia).await.unwrap();
        house.order(shop.ws, RouterCommand::Wrap { task_id: task }).await.unwrap();
        house.settle().await.unwrap();
        house.chat(&shop, mia, "late", "one more thing").await.unwrap();
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!((c.state, c.worker_id, c.task_id), (ConversationState::Open, Some(worker), Some(task)));
        house.reply(&shop, worker, id, "d1", "Of course").await.unwrap();
        house.complete(&shop, task).await.unwrap().unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
    });
}

#[test]
fn completing_with_an_unseen_message_is_refused_and_names_it() {
    on_each("house::completing_with_an_unseen_message_is_refused_and_names_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (_, task, id) = house.talking(&shop, mia).await.unwrap();
        let seen = house.conversation(&shop, id).await.unwrap().last_seq;
        house.chat(&shop, mia, "late", "wait!").await.unwrap();
        let refused = house.complete_having_seen(&shop, task, seen).await.unwrap();
        assert_eq!(refused, Err(CompleteRefused::NewerMessage { seq: seen + 1 }));
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Open);
        house.complete_having_seen(&shop, task, seen + 1).await.unwrap().unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
    });
}

#[test]
fn a_message_between_completing_and_its_news_is_asked_for_again() {
    on_each("house::a_message_between_completing_and_its_news_is_asked_for_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (_, task, id) = house.talking(&shop, mia).await.unwrap();
        let seen = house.conversation(&shop, id).await.unwrap().last_seq;
        let complete = engine::Complete {
            task_id: task,
            last_seen_seq: Some(seen),
            disposition: None,
            note: None,
            actor: "test".into(),
            request_key: None,
            beside: model::Beside::default(),
        };
        house.engine.complete(shop.ws, complete).await.unwrap().unwrap();
        // The router said yes, but the conversation has not heard of it when the customer writes. They are turned in one fold.
        let ws = shop.ws;
        let body = r#"{"client_id":"late","text":"wait!"}"#;
        let ended = house
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    store::job::due_in_lane(
                        tx,
                        ws,
                        &model::Lane::Conversation(id).to_string(),
                        model::Timestamp::from_secs(1_900_000_000),
                        9,
                    )
                    .await
                })
            })
            .await
            .unwrap();
        let ended: Vec<_> = ended.into_iter().filter(|job| matches!(job.kind, model::JobKind::News(_))).collect();
        assert_eq!(ended.len(), 1);
        // Hold the news back, so that the message is first.
        let held = ended.clone();
        house
            .engine
            .db()
            .write(move |tx| {
                let ids: Vec<_> = held.iter().map(|job| job.id).collect();
                Box::pin(async move { store::job::delete(tx, ws, &ids).await })
            })
            .await
            .unwrap();
        house
            .engine
            .receive(shop.ws, shop.webchat, connectors::Incoming::Frame { from: &mia.to_string(), body: body.as_bytes() })
            .await
            .unwrap();
        for (ws, lane) in house.engine.take_rung().lanes {
            house.engine.turn_once(ws, vec![lane]).await;
        }
        let ended: Vec<_> = ended.into_iter().map(|job| model::Job { run_at: house.now(), ..job }).collect();
        house
            .engine
            .db()
            .write(move |tx| {
                let ended = ended.clone();
                Box::pin(async move { store::job::insert(tx, ws, &ended).await })
            })
            .await
            .unwrap();
        house.settle().await.unwrap();
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!(c.state, ConversationState::Open, "not closed away");
        assert_ne!(c.task_id, Some(task));
        assert!(c.task_id.is_some());
    });
}

#[test]
fn wrap_up_time_over_with_an_unanswered_message_is_requeued() {
    on_each("house::wrap_up_time_over_with_an_unanswered_message_is_requeued", async |house| {
        let settings = model::Settings { wrap_up_s: 60, ..Default::default() };
        let shop = house.open_shop_with("Tidewater", settings).await.unwrap();
        let mia = visitor(1);
        let (_, task, id) = house.talking(&shop, mia).await.unwrap();
        house.order(shop.ws, RouterCommand::Wrap { task_id: task }).await.unwrap();
        house.chat(&shop, mia, "late", "one more thing").await.unwrap();
        house.pass(62).await.unwrap();
        let old = house.task(&shop, task).await.unwrap();
        assert_eq!(old.status, TaskStatus::Completed);
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!(c.state, ConversationState::Open);
        let new = house.task(&shop, c.task_id.expect("a task made anew")).await.unwrap();
        assert_eq!(new.virtual_start_time, old.virtual_start_time);
    });
}

#[test]
fn wrap_up_time_over_with_everything_answered_closes() {
    on_each("house::wrap_up_time_over_with_everything_answered_closes", async |house| {
        let settings = model::Settings { wrap_up_s: 60, ..Default::default() };
        let shop = house.open_shop_with("Tidewater", settings).await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        house.reply(&shop, worker, id, "d1", "Goodbye").await.unwrap();
        house.order(shop.ws, RouterCommand::Wrap { task_id: task }).await.unwrap();
        house.pass(62).await.unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
    });
}

#[test]
fn a_complete_that_the_router_refused_leaves_no_trace() {
    on_each("house::a_complete_that_the_router_refused_leaves_no_trace", async |house| {
        let settings = model::Settings { wrap_up_s: 60, ..Default::default() };
        let shop = house.open_shop_with("Tidewater", settings).await.unwrap();
        let mia = visitor(1);
        let worker = house.wants_agent(&shop, mia).await.unwrap().unwrap();
        let task = house.offers(&shop, worker).await.unwrap()[0].task_id;
        // Completing what is only offered is refused.
        assert!(matches!(house.complete(&shop, task).await.unwrap(), Err(CompleteRefused::Router(_))));
        house.accept(&shop, worker).await.unwrap();
        let id = house.conversation_of(&shop, task).await.unwrap();
        house.chat(&shop, mia, "later", "and this?").await.unwrap();
        house.reply(&shop, worker, id, "d1", "Yes, that too").await.unwrap();
        house.order(shop.ws, RouterCommand::Wrap { task_id: task }).await.unwrap();
        house.pass(62).await.unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed, "everything was answered");
    });
}
