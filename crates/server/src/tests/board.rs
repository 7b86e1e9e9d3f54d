//! The board in pages, and its service level.

use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, check};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn the_board_is_told_in_pages_and_counted_whole() {
    check("the_board_is_told_in_pages_and_counted_whole", async |api: Api| {
        let admin = api.person(api.shop.ws, "Sue", &[("admin", "all"), ("supervisor", "all")], None).await;
        for no in 0..7 {
            let queue = json!({ "name": format!("Tide {no}"), "target_workers": "1 == 1" });
            api.house.working_during(api.post(&admin, "/task-queues", queue)).await.ok();
        }
        let (_, task, conversation) = api.house.talking(&api.shop, visitor(2)).await.unwrap();
        let board = async |query: &str| api.get(&admin, &format!("/board{query}")).await.ok();
        let first = board("?queue=tide&queue_sort=name&rows=3").await;
        assert_eq!(names(&first["queues"]), ["Tide 0", "Tide 1", "Tide 2"]);
        assert_eq!((&first["queues_found"], &first["totals"]["queues"], &first["totals"]["active"]), (&json!(7), &json!(8), &json!(1)));
        assert_eq!(first["queues"][0]["available_workers"], 2, "counted without being shown any task");
        assert_eq!(names(&board("?queue=tide&queue_sort=name&rows=3&queue_page=2").await["queues"]), ["Tide 6"]);
        assert_eq!(names(&board("?queue=tide&rows=3&queue_page=9").await["queues"]), Vec::<&str>::new());

        let busy = board("?agent_sort=load&rows=1").await;
        let agent = &busy["workers"][0];
        assert_eq!((&busy["workers_found"], &agent["open"], &agent["state"]), (&json!(2), &json!(1), &json!("available")));
        let held = &agent["tasks"][0];
        assert_eq!((&held["task_id"], &held["conversation_id"], &held["status"]), (&json!(task), &json!(conversation), &json!("accepted")));
        let away = model::RouterCommand::SetActivity { worker_id: api.shop.ben, activity_id: api.shop.away };
        api.house.order(api.shop.ws, away).await.unwrap();
        let board_now = board("?agent_state=away").await;
        assert_eq!((names(&board_now["workers"]), &board_now["totals"]["away"]), (vec!["Ben"], &json!(1)));
        assert_eq!(board("?agent=AN&agent_state=available").await["workers_found"], 1);
        assert_eq!(api.get(&admin, "/board?colour=red").await.refusal(), (400, "bad_query"));
    });
}

#[test]
fn the_service_level_is_the_share_accepted_in_time() {
    check("the_service_level_is_the_share_accepted_in_time", async |api: Api| {
        let admin = api.person(api.shop.ws, "Sue", &[("admin", "all"), ("supervisor", "all")], None).await;
        let level = async || {
            let board = api.get(&admin, "/board").await.ok();
            (board["totals"]["service_level"].clone(), board["queues"][0]["service_level"]["percent"].clone())
        };
        assert_eq!(level().await, (json!({ "accepted": 0, "in_time": 0, "percent": null }), Value::Null));
        let (_, task, _) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
        assert_eq!(level().await, (json!({ "accepted": 1, "in_time": 1, "percent": 100 }), json!(100)));
        api.house.complete(&api.shop, task).await.unwrap().unwrap();

        // One waits half a minute for anybody to come back.
        for (worker, activity) in [(api.shop.ana, api.shop.away), (api.shop.ben, api.shop.away)] {
            api.house.order(api.shop.ws, model::RouterCommand::SetActivity { worker_id: worker, activity_id: activity }).await.unwrap();
        }
        assert_eq!(api.house.wants_agent(&api.shop, visitor(3)).await.unwrap(), None);
        api.house.clock.advance_ms(30_000);
        api.house.keep_time();
        api.house.settle().await.unwrap();
        let waiting = api.get(&admin, "/board").await.ok();
        assert_eq!((&waiting["totals"]["longest_wait_s"], &waiting["totals"]["stuck"]), (&json!(30), &json!(1)));
        assert_eq!(waiting["stuck"][0]["available_workers"], 0);
        for worker in [api.shop.ana, api.shop.ben] {
            let back = model::RouterCommand::SetActivity { worker_id: worker, activity_id: api.shop.available };
            api.house.order(api.shop.ws, back).await.unwrap();
        }
        let offers = api.house.engine.with_router(api.shop.ws, |router| router.reservations().map(|one| one.id).collect::<Vec<_>>());
        let offer = offers.await.unwrap().unwrap()[0];
        api.house.order(api.shop.ws, model::RouterCommand::Accept { reservation_id: offer }).await.unwrap();
        assert_eq!(level().await, (json!({ "accepted": 2, "in_time": 1, "percent": 50 }), json!(50)));
        // What was counted already is not counted again when it has settled.
        api.house.clock.advance_ms(10_000);
        api.house.keep_time();
        for _ in 0..2 {
            assert_eq!(level().await.0, json!({ "accepted": 2, "in_time": 1, "percent": 50 }));
        }
        let version = api.get(&admin, "/settings").await.ok()["version"].clone();
        let aim = json!({ "service_level_s": 60, "service_level_percent": 90, "version": version });
        api.house.working_during(api.patch(&admin, "/settings", aim)).await.ok();
        let board = api.get(&admin, "/board").await.ok();
        assert_eq!((&board["service_level_percent"], &board["totals"]["service_level"]["percent"]), (&json!(90), &json!(100)));
        let wrong = json!({ "service_level_percent": 101, "version": api.get(&admin, "/settings").await.ok()["version"] });
        assert_eq!(api.patch(&admin, "/settings", wrong).await.refusal(), (422, "out_of_range"));
    });
}

#[test]
fn a_board_of_thousands_is_as_long_as_one_of_dozens() {
    check("a_board_of_thousands_is_as_long_as_one_of_dozens", async |api: Api| {
        let admin = api.person(api.shop.ws, "Sue", &[("admin", "all"), ("supervisor", "all")], None).await;
        let more = async |from: usize, to: usize| {
            let lines: String = (from..to).map(|no| format!(",Tide {no:05},sail:{}\n", no % 9)).collect();
            let asked = super::ask(axum::http::Method::POST, api.path("/workers.csv?create=true"));
            let done = api.house.working_during(api.send(&admin, asked.file("text/csv", format!("id,name,skills\n{lines}")))).await;
            assert_eq!(done.ok()["new"], json!(to - from));
            api.get(&admin, "/board").await
        };
        let (dozens, thousands) = (more(0, 60).await, more(60, 3_000).await);
        assert_eq!(thousands.json["totals"]["agents"], 3_002);
        assert_eq!(thousands.json["queues"][0]["available_workers"], thousands.json["totals"]["available"]);
        let (few, many) = (dozens.text.len(), thousands.text.len());
        assert!(many < few + 200 && many < 50_000, "{few} and {many} bytes");
    });
}
