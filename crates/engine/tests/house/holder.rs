//! Who holds the customer, and what their next message does: lifecycle §1 and the table of §2.

use engine::Request;
use model::{ConversationState, Holder, MessageState, TaskStatus};
use testkit::{on_each, visitor};

#[test]
fn a_bot_that_answered_leaves_nobody_and_the_next_message_starts_the_flow_again() {
    on_each("house::a_bot_that_answered_leaves_nobody", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "How long does shipping take?").await.unwrap();
        house.chat(&shop, mia, "2", "How long does shipping take?").await.unwrap();
        let (c, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!((c.holder, c.state, messages.len()), (Holder::None, ConversationState::Open, 4));
        assert_eq!(house.count("SELECT count(*) FROM execution WHERE state = 'active'").await.unwrap(), 0);
        assert_eq!(house.count("SELECT count(*) FROM execution").await.unwrap(), 2);
        assert_eq!(house.count("SELECT count(*) FROM conversation").await.unwrap(), 1);
    });
}

#[test]
fn a_flow_that_waits_hears_the_reply() {
    on_each("house::a_flow_that_waits_hears_the_reply", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        let (c, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Flow);
        assert_eq!(messages.last().unwrap().choices, ["English", "Deutsch", "한국어"]);
        assert_eq!(messages[0].state, MessageState::Delivered, "the flow took it, though no person read it");
        house.chat(&shop, mia, "2", "Deutsch").await.unwrap();
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Task);
        assert_eq!(house.count("SELECT count(*) FROM execution").await.unwrap(), 1);
    });
}

#[test]
fn while_a_task_is_requested_messages_are_kept_and_start_nothing() {
    on_each("house::while_a_task_is_requested_messages_are_kept", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        // The door alone: no router runs between the two messages.
        for (id, text) in [("2", "English"), ("3", "How long does shipping take?")] {
            let body = serde_json::json!({ "client_id": id, "text": text }).to_string();
            let incoming = connectors::Incoming::Frame { from: &mia.to_string(), body: body.as_bytes() };
            house.engine.receive(shop.ws, shop.webchat, incoming).await.unwrap();
            for (ws, lane) in house.engine.take_rung().lanes {
                house.engine.turn_once(ws, vec![lane]).await;
            }
        }
        let (c, before) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Requested);
        house.settle().await.unwrap();
        let (c, after) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Task);
        assert_eq!(before.len(), after.len(), "the kept message was answered by nobody but the agent");
        assert_eq!(house.count("SELECT count(*) FROM execution").await.unwrap(), 1);
        assert_eq!(house.count("SELECT count(*) FROM task").await.unwrap(), 1);
    });
}

/// Proves I3.1.
#[test]
fn a_request_for_a_task_is_kept_exactly_once() {
    on_each("house::a_request_for_a_task_is_kept_exactly_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        let body = r#"{"client_id":"2","text":"English"}"#;
        house
            .engine
            .receive(shop.ws, shop.webchat, connectors::Incoming::Frame { from: &mia.to_string(), body: body.as_bytes() })
            .await
            .unwrap();
        for (ws, lane) in house.engine.take_rung().lanes {
            house.engine.turn_once(ws, vec![lane]).await;
        }
        // The same request again, as if the job had been written by two.
        let ws = shop.ws;
        let copy = house
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move { store::job::due_in_lane(tx, ws, "router", model::Timestamp::from_secs(2_000_000_000), 9).await })
            })
            .await
            .unwrap();
        assert_eq!(copy.len(), 1);
        house.settle().await.unwrap();
        let again = vec![model::Job { id: house.engine.ids().next(), key: "copy".into(), ..copy[0].clone() }];
        house
            .engine
            .db()
            .write(move |tx| {
                let again = again.clone();
                Box::pin(async move { store::job::insert(tx, ws, &again).await })
            })
            .await
            .unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.count("SELECT count(*) FROM task").await.unwrap(), 1);
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Task);
    });
}

#[test]
fn words_to_an_agent_start_no_flow() {
    on_each("house::words_to_an_agent_start_no_flow", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (_, task, id) = house.talking(&shop, mia).await.unwrap();
        let before = house.messages(&shop, id).await.unwrap().len();
        house.chat(&shop, mia, "x", "live agent").await.unwrap();
        assert_eq!(house.messages(&shop, id).await.unwrap().len(), before + 1);
        assert_eq!(house.conversation(&shop, id).await.unwrap().task_id, Some(task));
        assert_eq!(house.count("SELECT count(*) FROM task").await.unwrap(), 1);
    });
}

#[test]
fn the_next_message_after_completion_opens_a_new_conversation() {
    on_each("house::the_next_message_after_completion_opens_a_new_conversation", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (_, task, first) = house.talking(&shop, mia).await.unwrap();
        house.complete(&shop, task).await.unwrap().unwrap();
        let closed = house.conversation(&shop, first).await.unwrap();
        assert_eq!((closed.state, closed.closed_reason.as_deref()), (ConversationState::Closed, Some("completed")));
        house.chat(&shop, mia, "again", "How long does shipping take?").await.unwrap();
        let (next, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_ne!(next.id, first);
        assert_eq!(next.holder, Holder::None);
        assert_eq!(messages[0].pos, closed.last_seq + 1, "positions of the thread go on");
    });
}

#[test]
fn a_task_that_times_out_tells_the_customer_and_closes() {
    on_each("house::a_task_that_times_out_tells_the_customer_and_closes", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.set_activity(&shop, shop.ana, false).await.unwrap();
        house.set_activity(&shop, shop.ben, false).await.unwrap();
        let mia = visitor(1);
        assert_eq!(house.wants_agent(&shop, mia).await.unwrap(), None);
        let (c, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        let told = messages.iter().filter(|m| m.text.contains("Nobody is free")).count();
        assert_eq!((c.holder, told), (Holder::Task, 1), "said once: {messages:#?}");
        house.clock.advance_ms(86_401_000);
        house.keep_time();
        house.engine.renew().await.unwrap();
        house.settle().await.unwrap();
        let (c, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert!(messages.iter().any(|m| m.text.contains("nobody could help")), "{messages:#?}");
        assert_eq!(messages.iter().filter(|m| m.text.contains("Nobody is free")).count(), 1);
        assert_eq!((c.state, c.closed_reason.as_deref()), (ConversationState::Closed, Some("timed_out")));
        let tasks = house.tasks(&shop, c.id).await.unwrap();
        assert_eq!(tasks.len(), 1, "a task that timed out is not asked for anew");
        assert_eq!(tasks[0].status, TaskStatus::Canceled);
    });
}

#[test]
fn a_request_that_no_filter_takes_goes_back_to_the_flow() {
    on_each("house::a_request_that_no_filter_takes_goes_back_to_the_flow", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let workflow = model::Workflow {
            id: shop.workflow,
            name: "default".into(),
            configuration: r#"{"task_routing":{"filters":[{"expression":"1 == 2","targets":[{"queue":"QUEUE"}]}]}}"#
                .replace("QUEUE", &shop.queue.to_string()),
            task_reservation_timeout_s: 20,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: model::Timestamp::default(),
            version: 1,
        };
        house.order(shop.ws, model::routing::RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await.unwrap();
        let mia = visitor(1);
        house.wants_agent(&shop, mia).await.unwrap();
        let (c, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert!(messages.iter().any(|m| m.text.contains("nobody could help")), "{messages:#?}");
        assert_eq!((c.holder, c.task_id), (Holder::None, None));
        assert_eq!(house.count("SELECT count(*) FROM task").await.unwrap(), 0);
    });
}

#[test]
fn a_silent_conversation_without_a_task_closes_after_a_day() {
    on_each("house::a_silent_conversation_without_a_task_closes_after_a_day", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "How long does shipping take?").await.unwrap();
        house.clock.advance_ms(80_000_000);
        house.settle().await.unwrap();
        house.chat(&shop, mia, "2", "How long does shipping take?").await.unwrap();
        house.clock.advance_ms(80_000_000);
        house.settle().await.unwrap();
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.state, ConversationState::Open, "the second message started the day again");
        house.clock.advance_ms(6_500_000);
        house.settle().await.unwrap();
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!((c.state, c.closed_reason.as_deref()), (ConversationState::Closed, Some("silence")));
    });
}

#[test]
fn closing_from_elsewhere_ends_the_task_first() {
    on_each("house::closing_from_elsewhere_ends_the_task_first", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (mia, leo, kim) = (visitor(1), visitor(2), visitor(3));
        // With an agent: the task is completed.
        let (_, task, id) = house.talking(&shop, mia).await.unwrap();
        house.engine.close(shop.ws, id, "supervisor", Request::default()).await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
        assert_eq!(house.task(&shop, task).await.unwrap().status, TaskStatus::Completed);
        // Only offered: the task is canceled and the offer goes.
        let worker = house.wants_agent(&shop, leo).await.unwrap().unwrap();
        let offer = house.offers(&shop, worker).await.unwrap().remove(0);
        let id = house.conversation_of(&shop, offer.task_id).await.unwrap();
        house.engine.close(shop.ws, id, "supervisor", Request::default()).await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
        assert_eq!(house.task(&shop, offer.task_id).await.unwrap().status, TaskStatus::Canceled);
        assert!(house.offers(&shop, worker).await.unwrap().is_empty());
        let said = house.transcript(&shop, shop.webchat, &leo.to_string()).await.unwrap();
        assert!(!said.iter().any(|line| line.contains("nobody could help")), "who closes it decides, not the flow: {said:#?}");
        // With nobody: at once.
        house.chat(&shop, kim, "1", "How long does shipping take?").await.unwrap();
        let (c, _) = house.thread(&shop, shop.webchat, &kim.to_string()).await.unwrap();
        house.engine.close(shop.ws, c.id, "supervisor", Request::default()).await.unwrap().unwrap();
        assert_eq!(house.conversation(&shop, c.id).await.unwrap().state, ConversationState::Closed);
        assert_eq!(
            house.engine.close(shop.ws, c.id, "supervisor", Request::default()).await.unwrap().err(),
            Some(messaging::Refused::Closed)
        );
    });
}

#[test]
fn closing_while_a_task_is_requested_that_nobody_takes_closes_all_the_same() {
    on_each("house::closing_while_a_task_is_requested_that_nobody_takes", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let workflow = model::Workflow {
            id: shop.workflow,
            name: "default".into(),
            configuration: r#"{"task_routing":{"filters":[{"expression":"1 == 2","targets":[{"queue":"QUEUE"}]}]}}"#
                .replace("QUEUE", &shop.queue.to_string()),
            task_reservation_timeout_s: 20,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: model::Timestamp::default(),
            version: 1,
        };
        house.order(shop.ws, model::routing::RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        let body = r#"{"client_id":"2","text":"English"}"#;
        house
            .engine
            .receive(shop.ws, shop.webchat, connectors::Incoming::Frame { from: &mia.to_string(), body: body.as_bytes() })
            .await
            .unwrap();
        for (ws, lane) in house.engine.take_rung().lanes {
            house.engine.turn_once(ws, vec![lane]).await;
        }
        let (c, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(c.holder, Holder::Requested);
        house.engine.close(shop.ws, c.id, "supervisor", Request::default()).await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.conversation(&shop, c.id).await.unwrap().state, ConversationState::Closed);
    });
}

#[test]
fn a_blocked_contact_is_kept_out() {
    on_each("house::a_blocked_contact_is_kept_out", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "How long does shipping take?").await.unwrap();
        let (c, before) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        let (ws, contact) = (shop.ws, c.contact_id);
        house
            .engine
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let known = store::contact::by_id(tx, ws, contact).await?.expect("a contact");
                    assert!(store::contact::update(tx, ws, contact, &known.name, true, known.version).await?);
                    Ok(())
                })
            })
            .await
            .unwrap();
        house.chat(&shop, mia, "2", "hello?").await.unwrap();
        let (_, after) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(before.len(), after.len());
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'ignored' AND problem = 'blocked'").await.unwrap(), 1);
    });
}
