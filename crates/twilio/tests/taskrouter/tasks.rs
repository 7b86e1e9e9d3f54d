//! Tasks: their whole life, and how they are found.

use serde_json::{Value, json};

use super::{Api, check, column, text};

async fn task(api: &Api, form: &[(&str, &str)]) -> Value {
    api.post("/Tasks", form).await.made()
}

#[test]
fn a_task_lives_as_it_is_told() {
    check("a_task_lives_as_it_is_told", async |api: Api| {
        api.nobody_works().await;
        let made = api
            .post(
                "/Tasks",
                &[
                    ("Attributes", "{\"language\": \"en\", \"department\": \"sales\"}"),
                    ("Priority", "3"),
                    ("Timeout", "600"),
                    ("TaskChannel", "chat"),
                ],
            )
            .await;
        assert_eq!(made.etag(), "\"1\"");
        let made = made.made();
        assert_eq!(
            (text(&made, "assignment_status"), &made["priority"], &made["timeout"], text(&made, "task_channel_unique_name")),
            ("pending", &json!(3), &json!(600), "chat")
        );
        assert_eq!((text(&made, "workflow_friendly_name"), text(&made, "task_queue_friendly_name")), ("default", "Everyone"));
        assert_eq!(
            (text(&made, "attributes"), &made["reason"], text(&made, "addons")),
            ("{\"language\": \"en\", \"department\": \"sales\"}", &Value::Null, "{}")
        );
        assert_eq!((&made["age"], &made["ignore_capacity"], &made["routing_target"]), (&json!(0), &json!(false), &Value::Null));
        assert_eq!(made["virtual_start_time"], made["date_created"]);
        let at = format!("/Tasks/{}", text(&made, "sid"));

        api.advance(20);
        let changed = api.post(&at, &[("Attributes", "{}"), ("Priority", "9")]).await.ok();
        assert_eq!((&changed["attributes"], &changed["priority"], &changed["age"]), (&json!("{}"), &json!(9), &json!(20)));
        assert_eq!(api.post_matching(&at, "\"1\"", &[("Priority", "1")]).await.refusal(), (412, 20412));
        for (name, value) in [
            ("AssignmentStatus", "completed"),
            ("AssignmentStatus", "wrapping"),
            ("AssignmentStatus", "assigned"),
            ("AssignmentStatus", "gone"),
        ] {
            assert_eq!(api.post(&at, &[("Attributes", "{\"half\":1}"), (name, value)]).await.refusal(), (400, 20001), "{value}");
        }
        assert_eq!(api.get(&at).await.ok()["attributes"], json!("{}"), "nothing is done by halves");
        let ended =
            api.post(&at, &[("AssignmentStatus", "canceled"), ("Reason", "the customer left"), ("Attributes", "{\"x\":1}")]).await.ok();
        assert_eq!(
            (text(&ended, "assignment_status"), text(&ended, "reason"), text(&ended, "attributes")),
            ("canceled", "the customer left", "{\"x\":1}")
        );
        assert_eq!(api.post(&at, &[("AssignmentStatus", "completed")]).await.refusal(), (400, 20001));
        api.advance(299);
        api.get(&at).await.ok();
        api.advance(2);
        assert_eq!(api.get(&at).await.refusal(), (404, 20404), "five minutes later it is deleted");
        assert_eq!(api.get("/Tasks").await.ok()["tasks"], json!([]));
    });
}

#[test]
fn of_many_who_change_what_they_read_one_does() {
    check("of_many_who_change_what_they_read_one_does", async |api: Api| {
        let made = task(&api, &[("Attributes", "{\"language\":\"xx\"}")]).await;
        let at = format!("/Tasks/{}", text(&made, "sid"));
        let etag = api.get(&at).await.etag();
        let write = async |text: &str| api.post_matching(&at, &etag, &[("Attributes", text)]).await;
        let (a, b, c, d) = tokio::join!(write("{\"by\":1}"), write("{\"by\":2}"), write("{\"by\":3}"), write("{\"by\":4}"));
        let (done, late): (Vec<_>, Vec<_>) = [a, b, c, d].into_iter().partition(|reply| reply.status.as_u16() == 200);
        assert!(late.iter().all(|reply| reply.refusal() == (412, 20412)));
        assert_eq!((done.len(), late.len()), (1, 3), "whoever is later has read it anew");
    });
}

#[test]
fn a_deleted_task_is_gone_here_and_stays_in_the_house() {
    check("a_deleted_task_is_gone_here_and_stays_in_the_house", async |api: Api| {
        let made = task(&api, &[("Attributes", "{\"language\":\"en\",\"department\":\"sales\"}"), ("TaskChannel", "chat")]).await;
        let at = format!("/Tasks/{}", text(&made, "sid"));
        assert_eq!(text(&made, "assignment_status"), "reserved", "Ana or Ben is asked at once");
        let stale = api.send(&api.account, axum::http::Method::DELETE, &api.path(&at), None, &[("if-match", "\"77\"")]).await;
        assert_eq!(stale.refusal(), (412, 20412));
        assert_eq!(api.delete(&at).await.status.as_u16(), 204);
        assert_eq!(api.get(&at).await.refusal(), (404, 20404));
        assert_eq!(api.delete(&at).await.refusal(), (404, 20404));
        assert_eq!(api.get(&format!("{at}/Reservations")).await.refusal(), (404, 20404));
        assert_eq!(api.get("/Tasks").await.ok()["tasks"], json!([]));
        let (ws, id) = (api.shop.ws, text(&made, "sid").parse().unwrap());
        let row = api.house.engine.db().read(move |tx| Box::pin(async move { store::routing::task(tx, ws, id).await })).await.unwrap();
        assert_eq!(row.unwrap().status, model::TaskStatus::Canceled);
        let offers =
            api.house.offers(&api.shop, api.shop.ana).await.unwrap().len() + api.house.offers(&api.shop, api.shop.ben).await.unwrap().len();
        assert_eq!(offers, 0, "nobody is asked any more");
    });
}

#[test]
fn wrong_tasks_are_refused_by_name() {
    check("wrong_tasks_are_refused_by_name", async |api: Api| {
        let other = api.other.workflow.to_string();
        let cases = [
            ("Attributes", "[]"),
            ("Attributes", "{"),
            ("Priority", "-1"),
            ("Priority", "high"),
            ("Timeout", "1209601"),
            ("TaskChannel", "1st"),
            ("WorkflowSid", &other),
            ("WorkflowSid", "WF1"),
            ("RoutingTarget", "WS00000000000000000000000000000001"),
            ("VirtualStartTime", "2999-01-01T00:00:00Z"),
            ("VirtualStartTime", "1800-01-01T00:00:00Z"),
            ("IgnoreCapacity", "true"),
            ("FriendlyName", "x"),
        ];
        for (name, value) in cases {
            let refused = api.post("/Tasks", &[(name, value)]).await;
            assert_eq!(refused.refusal(), (400, 20001), "{name}={value}: {}", refused.text);
            assert!(refused.message().starts_with(&format!("Invalid {name}: ")), "{}", refused.message());
        }
        let document =
            json!({ "task_routing": { "filters": [{ "expression": "1==0", "targets": [{ "queue": api.shop.queue }] }] } }).to_string();
        let workflow = api.post("/Workflows", &[("FriendlyName", "Nothing fits"), ("Configuration", &document)]).await.made();
        assert_eq!(api.post("/Tasks", &[("WorkflowSid", text(&workflow, "sid"))]).await.refusal(), (400, 20001), "no filter matches");
        assert_eq!(api.post("/Tasks", &[]).await.refusal(), (400, 20001), "of two workflows one must be named");
        assert_eq!(api.get("/Tasks").await.ok()["tasks"], json!([]));
    });
}

#[test]
fn tasks_go_straight_to_a_worker_or_a_queue() {
    check("tasks_go_straight_to_a_worker_or_a_queue", async |api: Api| {
        let ben = api.shop.ben.to_string();
        let made = task(&api, &[("RoutingTarget", &ben), ("TaskQueueSid", &api.shop.queue.to_string())]).await;
        assert_eq!((text(&made, "routing_target"), &made["ignore_capacity"]), (ben.as_str(), &json!(true)));
        assert_eq!((text(&made, "assignment_status"), text(&made, "task_queue_friendly_name")), ("reserved", "Everyone"));
        let offered = api.get(&format!("/Tasks/{}/Reservations", text(&made, "sid"))).await.ok();
        assert_eq!(column(&offered, "reservations", "worker_sid"), [ben.as_str()]);
        let queue = api.shop.queue.to_string();
        let workflow = api.shop.workflow.to_string();
        let through = task(&api, &[("RoutingTarget", &workflow)]).await;
        assert_eq!((text(&through, "routing_target"), text(&through, "workflow_sid")), (workflow.as_str(), workflow.as_str()));
        let both = api.post("/Tasks", &[("RoutingTarget", "WW00000000000000000000000000000009")]).await;
        assert_eq!(both.refusal(), (400, 20001));
        let queued = task(&api, &[("RoutingTarget", &queue)]).await;
        assert_eq!((text(&queued, "task_queue_sid"), &queued["workflow_sid"]), (queue.as_str(), &Value::Null));
        assert_eq!(column(&api.get(&format!("/Tasks?RoutingTarget={ben}")).await.ok(), "tasks", "sid"), [text(&made, "sid")]);
    });
}

#[test]
fn tasks_are_filtered_ordered_and_paged() {
    check("tasks_are_filtered_ordered_and_paged", async |api: Api| {
        api.nobody_works().await;
        let mut made = Vec::new();
        for no in 0..12 {
            let (priority, attributes) =
                (format!("{}", no % 3), format!("{{\"no\":{no},\"language\":\"en\",\"lists\":{{\"of\":[{no}]}}}}"));
            let started = format!("2026-01-01T00:00:{:02}Z", 59 - no);
            made.push(task(&api, &[("Priority", &priority), ("Attributes", &attributes), ("VirtualStartTime", &started)]).await);
            api.advance(1);
        }
        let all: Vec<&str> = made.iter().map(|task| text(task, "sid")).collect();
        let sids = |rows: Vec<Value>| rows.iter().map(|row| text(row, "sid").to_owned()).collect::<Vec<_>>();
        let by = |key: fn(usize) -> i64| {
            let mut order: Vec<usize> = (0..12).collect();
            order.sort_by_key(|no| (key(*no), *no));
            order.iter().map(|no| all[*no].to_owned()).collect::<Vec<_>>()
        };
        for size in [1, 5, 12, 50] {
            let list = async |ordering: &str| sids(api.all(&format!("/Tasks?PageSize={size}&Ordering={ordering}")).await);
            assert_eq!(list("DateCreated:asc").await, by(|no| no as i64), "{size}");
            assert_eq!(list("DateCreated:desc").await, by(|no| -(no as i64)), "{size}");
            assert_eq!(list("Priority:desc,DateCreated:asc").await, by(|no| -((no % 3) as i64)), "{size}");
            assert_eq!(list("VirtualStartTime:asc").await, by(|no| -(no as i64)), "{size}");
        }
        // There and back again by the addresses of the pages.
        for ordering in ["DateCreated:asc", "DateCreated:desc", "Priority:asc", "VirtualStartTime:desc,Priority:desc"] {
            let mut path = api.path(&format!("/Tasks?PageSize=5&Ordering={ordering}"));
            let mut pages: Vec<Vec<String>> = Vec::new();
            let page = async |path: &str| api.send(&api.account, axum::http::Method::GET, path, None, &[]).await.ok();
            let local = |url: &Value| url.as_str().map(|url| url.split_once("8080").unwrap().1.to_owned());
            let last = loop {
                let got = page(&path).await;
                pages.push(column(&got, "tasks", "sid"));
                match local(&got["meta"]["next_page_url"]) {
                    Some(next) => path = next,
                    None => break got,
                }
            };
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 2]);
            let second = page(&local(&last["meta"]["previous_page_url"]).unwrap()).await;
            assert_eq!(column(&second, "tasks", "sid"), pages[1], "{ordering}");
            let first = page(&local(&second["meta"]["previous_page_url"]).unwrap()).await;
            assert_eq!(column(&first, "tasks", "sid"), pages[0], "{ordering}");
            assert_eq!(first["meta"]["previous_page_url"], Value::Null);
            assert_eq!(column(&page(&local(&first["meta"]["first_page_url"]).unwrap()).await, "tasks", "sid"), pages[0]);
        }

        let of = async |query: &str| column(&api.get(&format!("/Tasks?{query}")).await.ok(), "tasks", "sid");
        assert_eq!(of("Priority=2").await, [all[2], all[5], all[8], all[11]]);
        assert_eq!(of("EvaluateTaskAttributes=no%20%3E%3D%2010").await, [all[10], all[11]]);
        assert_eq!(of("EvaluateTaskAttributes=lists.of%20HAS%204").await, [all[4]]);
        api.post(&format!("/Tasks/{}", all[3]), &[("AssignmentStatus", "canceled")]).await.ok();
        assert_eq!(of("AssignmentStatus=canceled").await, [all[3]]);
        assert_eq!(of("AssignmentStatus=canceled,pending&PageSize=100").await.len(), 12);
        assert_eq!(of("AssignmentStatus=canceled&AssignmentStatus=assigned").await, [all[3]]);
        assert_eq!(of("WorkflowName=default&TaskQueueName=Everyone").await.len(), 12);
        assert_eq!(of(&format!("TaskQueueSid={}", api.other.queue)).await, [] as [String; 0]);
        assert_eq!(of(&format!("TaskQueueSid={}&WorkflowSid={}", api.shop.queue, api.shop.workflow)).await.len(), 12);
        assert_eq!(of("HasAddons=true").await, [] as [String; 0]);
        for wrong in
            ["AssignmentStatus=lost", "Ordering=Age:asc", "EvaluateTaskAttributes=no%20%3D%3D", "PageToken=PAxx", "Odd=1", "PageSize=5000"]
        {
            assert_eq!(api.get(&format!("/Tasks?{wrong}")).await.refusal(), (400, 20001), "{wrong}");
        }
    });
}

#[test]
fn a_task_that_nobody_ends_is_gone_after_a_day() {
    check("a_task_that_nobody_ends_is_gone_after_a_day", async |api: Api| {
        api.nobody_works().await;
        let available = api.shop.available.to_string();
        let zoe = api.post("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available), ("Attributes", "{\"languages\":[]}")]).await;
        let zoe = text(&zoe.made(), "sid").to_owned();
        let made = task(&api, &[("TaskChannel", "chat")]).await;
        let path = format!("/Tasks/{}", text(&made, "sid"));
        let offer = text(&api.get(&format!("{path}/Reservations")).await.ok()["reservations"][0], "sid").to_owned();
        api.post(&format!("{path}/Reservations/{offer}"), &[("ReservationStatus", "accepted")]).await.ok();
        api.advance(86_399);
        api.house.settle().await.unwrap();
        assert_eq!(text(&api.get(&path).await.ok(), "assignment_status"), "assigned");
        api.advance(1);
        api.house.settle().await.unwrap();
        assert_eq!(api.get(&path).await.refusal(), (404, 20404));
        let told = api.get(&format!("/Events?TaskSid={}", text(&made, "sid"))).await.ok();
        let mut kinds = column(&told, "events", "event_type");
        kinds.sort();
        assert_eq!(kinds, ["reservation.canceled", "task.system-deleted"]);
        assert_eq!(api.get("/CumulativeStatistics").await.ok()["tasks_deleted"], json!(1));
        let freed = api.get(&format!("/Workers/{zoe}/Reservations?ReservationStatus=accepted")).await.ok();
        assert_eq!(freed["reservations"], json!([]));
    });
}
