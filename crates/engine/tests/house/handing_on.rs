//! Handed on is not ended: transfer, requeue, agent lost, back to the flow.

use std::task::Poll;

use model::routing::{MoveReason, RouterCommand, TransferTo};
use model::{ConversationState, Holder, TaskStatus};
use testkit::{on_each, visitor};

/// Proves I4.3 and I5.4.
#[test]
fn a_transfer_to_a_worker_keeps_conversation_and_place_in_line() {
    on_each("house::a_transfer_to_a_worker_keeps_conversation_and_place_in_line", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        let other = if worker == shop.ana { shop.ben } else { shop.ana };
        house.clock.advance_ms(60_000);
        let transfer = RouterCommand::Transfer {
            task_id: task,
            to: TransferTo::Worker { worker_id: other },
            note: "knows the order".into(),
            by: Some(worker),
            new_task_id: house.engine.ids().next(),
        };
        house.order(shop.ws, transfer).await.unwrap();
        house.settle().await.unwrap();
        let old = house.task(&shop, task).await.unwrap();
        assert_eq!((old.status, old.reason.as_deref()), (TaskStatus::Completed, Some("transferred")));
        assert_eq!(house.offers(&shop, other).await.unwrap().len(), 1);
        let new = house.accept(&shop, other).await.unwrap();
        assert_ne!(new, task);
        assert_eq!(house.task(&shop, new).await.unwrap().virtual_start_time, old.virtual_start_time);
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!((c.state, c.holder, c.task_id, c.worker_id), (ConversationState::Open, Holder::Task, Some(new), Some(other)));
        let refused = house.reply(&shop, worker, id, "late", "me again").await.unwrap_err();
        assert!(refused.to_string().contains("NotYours"), "{refused}");
        house.reply(&shop, other, id, "d1", "Hello, I know your order").await.unwrap();
        let notes: Vec<_> = house.messages(&shop, id).await.unwrap().into_iter().filter_map(|m| m.notice).collect();
        let moved = notes.iter().find(|n| n.kind == "transferred").expect("a line for the team");
        assert_eq!(moved.params["note"], "knows the order");
        // The waiting step follows the new task: completing it ends the talk.
        house.complete(&shop, new).await.unwrap().unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().state, ConversationState::Closed);
    });
}

#[test]
fn a_transfer_to_a_queue_is_offered_to_somebody_else() {
    on_each("house::a_transfer_to_a_queue_is_offered_to_somebody_else", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        let other = if worker == shop.ana { shop.ben } else { shop.ana };
        let transfer = RouterCommand::Transfer {
            task_id: task,
            to: TransferTo::Queue { queue_id: shop.queue },
            note: String::new(),
            by: Some(worker),
            new_task_id: house.engine.ids().next(),
        };
        house.order(shop.ws, transfer).await.unwrap();
        house.settle().await.unwrap();
        assert!(house.offers(&shop, worker).await.unwrap().is_empty(), "whoever handed it on does not get it back at once");
        let new = house.accept(&shop, other).await.unwrap();
        assert_eq!(house.task(&shop, new).await.unwrap().virtual_start_time, house.task(&shop, task).await.unwrap().virtual_start_time);
        assert_eq!(house.conversation(&shop, id).await.unwrap().worker_id, Some(other));
    });
}

#[test]
fn back_to_the_flow_starts_it_with_the_note() {
    on_each("house::back_to_the_flow_starts_it_with_the_note", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (worker, task, id) = house.talking(&shop, mia).await.unwrap();
        let transfer = RouterCommand::Transfer {
            task_id: task,
            to: TransferTo::Flow,
            note: "asks about parcels".into(),
            by: Some(worker),
            new_task_id: house.engine.ids().next(),
        };
        house.order(shop.ws, transfer).await.unwrap();
        house.settle().await.unwrap();
        assert_eq!(house.task(&shop, task).await.unwrap().status, TaskStatus::Completed);
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!((c.state, c.worker_id), (ConversationState::Open, None));
        assert_eq!(house.count("SELECT count(*) FROM execution").await.unwrap(), 2, "the parked one ended, a new one began");
        assert_eq!(house.count("SELECT count(*) FROM execution WHERE body LIKE '%asks about parcels%'").await.unwrap(), 1);
    });
}

/// Proves I4.3.
#[test]
fn requeued_keeps_the_conversation_and_its_place() {
    on_each("house::requeued_keeps_the_conversation_and_its_place", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        let requeue = RouterCommand::Requeue {
            task_id: task,
            reason: MoveReason::Requeued,
            by: Some(worker),
            new_task_id: house.engine.ids().next(),
        };
        house.order(shop.ws, requeue).await.unwrap();
        house.settle().await.unwrap();
        let old = house.task(&shop, task).await.unwrap();
        assert_eq!((old.status, old.reason.as_deref()), (TaskStatus::Completed, Some("requeued")));
        let c = house.conversation(&shop, id).await.unwrap();
        let new = house.task(&shop, c.task_id.unwrap()).await.unwrap();
        assert_eq!((c.state, new.virtual_start_time), (ConversationState::Open, old.virtual_start_time));
        assert_ne!(new.id, task);
    });
}

/// Proves I4.4.
#[test]
fn an_agent_whose_desk_is_gone_keeps_the_talk_for_the_grace_time() {
    on_each("house::an_agent_whose_desk_is_gone_keeps_the_talk_for_the_grace_time", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        let other = if worker == shop.ana { shop.ben } else { shop.ana };
        house.engine.desk_closed(shop.ws, worker).await.unwrap();
        house.settle().await.unwrap();
        // From the first second no new offer goes there.
        house.set_activity(&shop, other, false).await.unwrap();
        assert_eq!(house.wants_agent(&shop, visitor(2)).await.unwrap(), None);
        house.set_activity(&shop, other, true).await.unwrap();
        house.pass(29).await.unwrap();
        assert_eq!(house.conversation(&shop, id).await.unwrap().task_id, Some(task), "kept for the grace time");
        house.pass(2).await.unwrap();
        let old = house.task(&shop, task).await.unwrap();
        assert_eq!((old.status, old.reason.as_deref()), (TaskStatus::Completed, Some("agent lost")));
        let c = house.conversation(&shop, id).await.unwrap();
        let new = house.task(&shop, c.task_id.unwrap()).await.unwrap();
        assert_eq!((c.state, c.worker_id, new.virtual_start_time), (ConversationState::Open, None, old.virtual_start_time));
    });
}

/// Proves I4.4.
#[test]
fn a_desk_that_comes_back_within_the_grace_time_changes_nothing() {
    on_each("house::a_desk_that_comes_back_within_the_grace_time_changes_nothing", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        house.engine.desk_closed(shop.ws, worker).await.unwrap();
        house.pass(20).await.unwrap();
        house.engine.desk_opened(shop.ws, worker).await.unwrap();
        house.pass(60).await.unwrap();
        let c = house.conversation(&shop, id).await.unwrap();
        assert_eq!((c.task_id, c.worker_id), (Some(task), Some(worker)));
    });
}

#[test]
fn desks_of_a_process_that_died_are_missed_after_the_grace_time() {
    on_each("house::desks_of_a_process_that_died_are_missed_after_the_grace_time", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (worker, task, id) = house.talking(&shop, visitor(1)).await.unwrap();
        let other = if worker == shop.ana { shop.ben } else { shop.ana };
        let next = house.reborn(2).await.unwrap();
        next.engine.desk_opened(shop.ws, other).await.unwrap();
        for _ in 0..60 {
            next.pass(1).await.unwrap();
            next.engine.bury_once().await.unwrap();
        }
        let c = next.conversation(&shop, id).await.unwrap();
        assert_ne!(c.task_id, Some(task), "handed on, for its agent's desk never came back");
        assert_eq!(next.task(&shop, task).await.unwrap().reason.as_deref(), Some("agent lost"));
    });
}

#[test]
fn a_missed_offer_goes_to_the_other_and_sends_the_first_away() {
    on_each("house::a_missed_offer_goes_to_the_other_and_sends_the_first_away", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let first = house.wants_agent(&shop, visitor(1)).await.unwrap().unwrap();
        let other = if first == shop.ana { shop.ben } else { shop.ana };
        let late = house.offers(&shop, first).await.unwrap().remove(0);
        // The offer stands 20 s; the other may have the task when its first target gave up, after 30 s.
        house.pass(32).await.unwrap();
        assert_eq!(house.offers(&shop, other).await.unwrap().len(), 1);
        let ws = shop.ws;
        let worker =
            house.engine.db().read(move |tx| Box::pin(async move { store::routing::worker(tx, ws, first).await })).await.unwrap().unwrap();
        assert_eq!(worker.activity_id, shop.away);
        let refused = house.engine.route(shop.ws, "test", None, RouterCommand::Accept { reservation_id: late.id }).await.unwrap();
        assert_eq!(refused, Err(model::routing::Refusal::OfferOver));
    });
}

/// Proves I5.1 and I5.2.
#[test]
fn of_two_who_accept_one_task_one_gets_it() {
    on_each("house::of_two_who_accept_one_task_one_gets_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mut queue = house.engine.with_router(shop.ws, |router| router.queues().next().unwrap().clone()).await.unwrap().unwrap();
        queue.max_reserved_workers = 2;
        house.order(shop.ws, RouterCommand::PutQueue { queue }).await.unwrap();
        let cem = house.hire(&shop, "Cem", r#"{"languages":["en"],"department":"support"}"#).await.unwrap();
        house.chat(&shop, visitor(1), "1", "live agent").await.unwrap();
        house.chat(&shop, visitor(1), "2", "English").await.unwrap();
        let (cems, bens) = (house.offers(&shop, cem).await.unwrap(), house.offers(&shop, shop.ben).await.unwrap());
        assert_eq!((cems.len(), bens.len()), (1, 1));
        let first = house.engine.route(shop.ws, "cem", Some("k1"), RouterCommand::Accept { reservation_id: cems[0].id });
        let second = house.engine.route(shop.ws, "ben", Some("k1"), RouterCommand::Accept { reservation_id: bens[0].id });
        let (first, second) = futures_join(first, second).await;
        assert!(first.unwrap().is_ok());
        assert_eq!(second.unwrap(), Err(model::routing::Refusal::AlreadyTaken { winner: cem }));
        // The same request again has the same answer, also after a restart.
        let next = house.reborn(2).await.unwrap();
        let again = next.engine.route(shop.ws, "cem", Some("k1"), RouterCommand::Accept { reservation_id: cems[0].id }).await.unwrap();
        assert!(again.is_ok());
        let again = next.engine.route(shop.ws, "ben", Some("k1"), RouterCommand::Accept { reservation_id: bens[0].id }).await.unwrap();
        assert_eq!(again, Err(model::routing::Refusal::AlreadyTaken { winner: cem }));
    });
}

/// A browser that goes away while it waits for the answer: its request ends wherever it is.
#[test]
fn who_asks_and_goes_away_leaves_the_router_as_its_rows_are() {
    on_each("house::who_asks_and_goes_away_leaves_the_router_as_its_rows_are", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        for waits in 1..30 {
            house.chat(&shop, visitor(waits), &format!("{waits}a"), "live agent").await.unwrap();
            house.chat(&shop, visitor(waits), &format!("{waits}b"), "English").await.unwrap();
            let mut offers = house.offers(&shop, shop.ana).await.unwrap();
            offers.extend(house.offers(&shop, shop.ben).await.unwrap());
            let key = format!("accept-{waits}");
            let accept = || house.engine.route(shop.ws, "desk", Some(&key), RouterCommand::Accept { reservation_id: offers[0].id });
            let ended = cut(accept(), waits).await.is_some();
            assert!(accept().await.unwrap().is_ok(), "after {waits} waits");
            house.settle().await.unwrap();
            house.complete(&shop, offers[0].task_id).await.unwrap().unwrap();
            if ended {
                return;
            }
        }
        panic!("it never came to an end");
    });
}

/// Drops a future that waited this often; `None` = it was dropped.
async fn cut<T>(future: impl Future<Output = T>, waits: u64) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = waits;
    std::future::poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

async fn futures_join<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    tokio::join!(one, other)
}
