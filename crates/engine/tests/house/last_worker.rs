//! Whoever helped a person last is asked first, where the workflow says so, and as long as it says.

use model::routing::RouterCommand;
use model::{Timestamp, Workflow};
use serde_json::{Value, json};
use testkit::{on_each, visitor};

const DAY_MS: i64 = 86_400_000;

#[test]
fn whoever_helped_last_is_asked_first_for_a_week() {
    on_each("house::whoever_helped_last_is_asked_first_for_a_week", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let again = json!({
            "filter_friendly_name": "again",
            "expression": "lastWorkerDays < 7",
            "targets": [{ "queue": shop.queue, "known_worker_sid": "task.lastWorkerSid", "timeout": 30 }, { "queue": shop.queue }],
        });
        let document = json!({ "task_routing": { "filters": [again], "default_filter": { "queue": shop.queue } } });
        let workflow = Workflow {
            id: shop.workflow,
            name: "default".into(),
            configuration: document.to_string(),
            task_reservation_timeout_s: 20,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: Timestamp::default(),
            version: 1,
        };
        house.order(shop.ws, RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await.unwrap();
        for worker in [shop.ana, shop.ben] {
            house.set_activity(&shop, worker, true).await.unwrap();
        }
        let (mia, tom) = (visitor(1), visitor(2));
        let (first, task, _) = house.talking(&shop, mia).await.unwrap();
        let attributes: Value = serde_json::from_str(&house.task(&shop, task).await.unwrap().attributes).unwrap();
        assert!(attributes.get("lastWorkerSid").is_none(), "nobody helped her before");
        house.complete(&shop, task).await.unwrap().unwrap();

        // She comes back after two days, when the other one has been idle for longer.
        house.clock.advance_ms(2 * DAY_MS);
        house.settle().await.unwrap();
        let (second, task, _) = house.talking(&shop, mia).await.unwrap();
        let attributes: Value = serde_json::from_str(&house.task(&shop, task).await.unwrap().attributes).unwrap();
        assert_eq!((&attributes["lastWorkerSid"], &attributes["lastWorkerDays"]), (&json!(first), &json!(2)));
        assert_eq!(second, first, "who knows her is asked first");
        house.complete(&shop, task).await.unwrap().unwrap();

        // Whoever is new goes to who waited longest.
        let (third, task, _) = house.talking(&shop, tom).await.unwrap();
        assert_ne!(third, first);
        house.complete(&shop, task).await.unwrap().unwrap();
        let (_, task, _) = house.talking(&shop, tom).await.unwrap();
        house.complete(&shop, task).await.unwrap().unwrap();

        // Away, and the half minute over: the next one.
        house.set_activity(&shop, first, false).await.unwrap();
        assert_eq!(house.wants_agent(&shop, mia).await.unwrap(), None, "it waits for who knows her");
        house.clock.advance_ms(31_000);
        house.settle().await.unwrap();
        assert_eq!(house.offered(&shop).await.unwrap(), Some(third));
        let task = house.accept(&shop, third).await.unwrap();
        house.complete(&shop, task).await.unwrap().unwrap();
        house.set_activity(&shop, first, true).await.unwrap();

        // After eight days it is as if nobody had.
        house.clock.advance_ms(8 * DAY_MS);
        house.settle().await.unwrap();
        let (last, _, _) = house.talking(&shop, mia).await.unwrap();
        assert_eq!(last, first, "the one who was last is the busier one");
    });
}
