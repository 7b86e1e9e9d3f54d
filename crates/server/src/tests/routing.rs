//! Task channels, why a task waits, and changes that would leave it nowhere.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, ask, check};

fn channel<'v>(list: &'v Value, name: &str) -> &'v Value {
    let items = list["items"].as_array().unwrap();
    items.iter().find(|row| row["unique_name"] == name).unwrap_or_else(|| panic!("{name} in {list}"))
}

#[test]
fn task_channels_are_read_by_all_and_changed_by_admins() {
    check("task_channels_are_read_by_all_and_changed_by_admins", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let new = json!({ "unique_name": "fax", "name": "Fax" });
        let fax = api.house.working_during(async { api.post(&admin, "/task-channels", new.clone()).await }).await.ok();
        assert_eq!((&fax["channel_optimized_routing"], &fax["held_off_by"], &fax["version"]), (&json!(false), &json!([]), &json!(1)));
        let all = api.get(&agent, "/task-channels").await.ok();
        for built_in in ["default", "voice", "chat", "sms", "video", "email"] {
            assert_eq!(channel(&all, built_in)["name"], json!(built_in));
        }
        let taken = api.house.working_during(async { api.post(&admin, "/task-channels", new).await }).await;
        assert_eq!(taken.refusal(), (422, "taken"));
        let wrong = json!({ "unique_name": "2nd", "name": "Second" });
        let wrong = api.house.working_during(async { api.post(&admin, "/task-channels", wrong).await }).await;
        assert_eq!((wrong.refusal(), &wrong.json["field"]), ((422, "wrong_name"), &json!("/unique_name")));

        let at = format!("/task-channels/{}", fax["id"].as_str().unwrap());
        let off = json!({ "held_off_by": ["voice"], "channel_optimized_routing": true, "version": 1 });
        assert_eq!(api.patch(&agent, &at, off.clone()).await.refusal().0, 404, "agents change none");
        let changed = api.house.working_during(async { api.patch(&admin, &at, off.clone()).await }).await.ok();
        assert_eq!((&changed["held_off_by"], &changed["name"], &changed["version"]), (&json!(["voice"]), &json!("Fax"), &json!(2)));
        assert_eq!(api.house.working_during(async { api.patch(&admin, &at, off).await }).await.refusal(), (409, "stale_version"));
        let itself = json!({ "held_off_by": ["fax"], "version": 2 });
        let itself = api.house.working_during(async { api.patch(&admin, &at, itself).await }).await;
        assert_eq!((itself.refusal(), &itself.json["field"]), ((422, "itself"), &json!("/held_off_by")));

        let chat = format!("/task-channels/{}?version=1", channel(&all, "chat")["id"].as_str().unwrap());
        assert_eq!(api.house.working_during(async { api.delete(&admin, &chat).await }).await.refusal(), (409, "in_use"));
        assert_eq!(api.house.working_during(async { api.delete(&admin, &format!("{at}?version=2")).await }).await.status.as_u16(), 204);
        assert_eq!(api.get(&admin, &at).await.refusal(), (404, "not_found"));
        let log = api.get(&admin, "/audit-log").await.ok();
        let told: Vec<_> = log["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
        for action in ["task_channel.created", "task_channel.changed", "task_channel.deleted"] {
            assert!(told.contains(&action), "{action} in {told:?}");
        }
    });
}

#[test]
fn a_supervisor_reads_why_a_task_waits() {
    check("a_supervisor_reads_why_a_task_waits", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        for worker in [api.shop.ana, api.shop.ben] {
            api.house
                .order(api.shop.ws, model::RouterCommand::SetActivity { worker_id: worker, activity_id: api.shop.away })
                .await
                .unwrap();
        }
        assert_eq!(api.house.wants_agent(&api.shop, visitor(1)).await.unwrap(), None);
        let board = api.get(&admin, "/board").await.ok();
        let task = board["waiting"][0]["id"].as_str().unwrap().to_owned();
        let at = format!("/tasks/{task}/why");
        let why = api.get(&admin, &at).await.ok();
        let waiting = &why["waiting"];
        assert_eq!((&why["status"], &waiting["position"], &waiting["estimated_wait_s"]), (&json!("pending"), &json!(1), &Value::Null));
        let others: Vec<_> = waiting["others"].as_array().unwrap().iter().map(|one| (one["name"].clone(), one["rule"].clone())).collect();
        assert_eq!(others, [(json!("Ben"), json!("activity")), (json!("Ana"), json!("skill"))], "who comes closest first");
        assert_eq!((&why["way"][0]["because"], &why["way"][0]["ahead"], &why["offers"]), (&json!("matched"), &json!(0), &json!([])));
        assert_eq!(api.get(&agent, &at).await.refusal(), (404, "not_found"), "whoever reads no board reads no reasons");

        let back = model::RouterCommand::SetActivity { worker_id: api.shop.ben, activity_id: api.shop.available };
        api.house.order(api.shop.ws, back).await.unwrap();
        let offered = api.get(&admin, &at).await.ok();
        assert_eq!((&offered["offers"][0]["name"], &offered["offers"][0]["status"]), (&json!("Ben"), &json!("pending")));
        assert!(!offered["offers"][0]["why"]["chosen"].as_array().unwrap().is_empty());
    });
}

#[test]
fn a_workflow_that_would_leave_a_task_nowhere_is_refused() {
    check("a_workflow_that_would_leave_a_task_nowhere_is_refused", async |api: Api| {
        let admin = api.admin().await;
        for worker in [api.shop.ana, api.shop.ben] {
            api.house
                .order(api.shop.ws, model::RouterCommand::SetActivity { worker_id: worker, activity_id: api.shop.away })
                .await
                .unwrap();
        }
        api.house.wants_agent(&api.shop, visitor(1)).await.unwrap();
        let at = format!("/workflows/{}", api.shop.workflow);
        let held = api.get(&admin, &at).await.ok();
        let nowhere = json!({ "task_routing": { "filters": [{ "expression": "nobody == 'has this'", "targets": [{ "queue": api.shop.queue.to_string() }] }] } });
        let change = json!({ "configuration": nowhere.to_string(), "version": held["version"] });
        let refused = api.house.working_during(async { api.patch(&admin, &at, change).await }).await;
        assert_eq!(
            (refused.refusal(), &refused.json["params"]["what"], &refused.json["params"]["count"]),
            ((409, "in_use"), &json!("strands_tasks"), &json!(1))
        );
        assert_eq!(api.get(&admin, &at).await.ok(), held, "nothing is saved in halves");
    });
}

#[test]
fn a_workflow_is_tried_before_it_is_saved() {
    check("a_workflow_is_tried_before_it_is_saved", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let queue = api.shop.queue.to_string();
        let draft = |expression: &str| {
            json!({ "task_routing": { "filters": [{ "expression": expression, "targets": [{ "queue": queue, "timeout": 60 }] }] } })
                .to_string()
        };
        let asked = |expression: &str, attributes: &str| json!({ "workflow_id": api.shop.workflow.to_string(), "configuration": draft(expression), "attributes": attributes, "channel": "chat" });
        let at = "/workflows/try-out";
        let told = api.post(&admin, at, asked("kind == 'new'", r#"{"kind":"new"}"#)).await.ok();
        assert_eq!((&told["way"][0]["because"], &told["offers"][0]["name"]), (&json!("matched"), &json!("Ana")));
        assert_eq!((&told["waiting"], &told["status"], &told["reason"]), (&Value::Null, &json!("canceled"), &json!("workflow timeout")));

        let wrong = [
            (asked("kind == 'new'", r#"{"kind":"old"}"#), "no_filter_matches", "/attributes"),
            (asked("kind == 'new'", "no JSON"), "bad_json", "/attributes"),
            (asked("kind == 'new' AND kind == 'old'", "{}"), "never_matches", "/configuration/task_routing/filters/0/expression"),
            (asked("kind == ", "{}"), "bad_expression", "/configuration/task_routing/filters/0/expression"),
            (json!({ "workflow_id": null, "attributes": "{}", "channel": "chat" }), "required", "/workflow_id"),
        ];
        for (asked, code, field) in wrong {
            let refused = api.post(&admin, at, asked.clone()).await;
            assert_eq!((refused.refusal(), refused.json["field"].as_str()), ((422, code), Some(field)), "{asked}");
        }
        assert_eq!(api.post(&agent, at, asked("1==1", "{}")).await.refusal(), (404, "not_found"), "whoever manages no routing tries none");

        // As it is saved, and nothing is left of all that was tried.
        let saved = json!({ "workflow_id": api.shop.workflow.to_string(), "attributes": "{}", "channel": "chat" });
        assert_eq!(api.post(&admin, at, saved).await.ok()["way"][0]["because"], json!("matched"));
        assert_eq!(api.get(&admin, "/board").await.ok()["waiting"], json!([]));
    });
}

#[test]
fn two_fields_filled_in_at_once_both_stay() {
    check("two_fields_filled_in_at_once_both_stay", async |api: Api| {
        let admin = api.admin().await;
        for key in ["one", "two"] {
            let field = json!({ "subject": "task", "key": key, "kind": "text", "labels": { "en": key } });
            api.post(&admin, "/custom-fields", field).await.ok();
        }
        let (_, task, _) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
        let put =
            |key: &str| api.send(&admin, ask(Method::PUT, api.path(&format!("/tasks/{task}/fields/{key}"))).with(json!({ "value": key })));
        let both = async { futures::future::join(put("one"), put("two")).await };
        let (one, two) = api.house.working_during(both).await;
        one.ok();
        two.ok();
        let after: Value = serde_json::from_str(&api.house.task(&api.shop, task).await.unwrap().attributes).unwrap();
        assert_eq!((&after["one"], &after["two"]), (&json!("one"), &json!("two")));
    });
}

#[test]
fn a_filter_that_can_never_match_is_told_before_it_is_saved() {
    check("a_filter_that_can_never_match_is_told_before_it_is_saved", async |api: Api| {
        let admin = api.admin().await;
        let at = format!("/workflows/{}", api.shop.workflow);
        let held = api.get(&admin, &at).await.ok();
        let targets = json!([{ "queue": api.shop.queue.to_string() }]);
        let written = |expression: &str| {
            let filters = json!([{ "expression": "a == 1", "targets": targets }, { "expression": expression, "targets": targets }]);
            json!({ "task_routing": { "filters": filters, "default_filter": { "queue": api.shop.queue.to_string() } } }).to_string()
        };
        for wrong in ["a == 1 AND a == 2", "x IN []", "1 == 2", "a > 5 AND a < 3", "[] HAS a"] {
            let change = json!({ "configuration": written(wrong), "version": held["version"] });
            let new = json!({ "name": "New", "configuration": written(wrong) });
            for refused in [api.patch(&admin, &at, change).await, api.post(&admin, "/workflows", new).await] {
                assert_eq!(refused.refusal(), (422, "never_matches"), "{wrong}");
                assert_eq!(refused.json["field"], json!("/configuration/task_routing/filters/1/expression"), "{wrong}");
            }
        }
        // Behind a filter that takes every task and lets none go on.
        let after = |first: Value| {
            json!({ "task_routing": { "filters": [{ "expression": "1 == 1", "targets": [first] }, { "expression": "a == 1", "targets": targets }] } }).to_string()
        };
        let queue = api.shop.queue.to_string();
        let change = json!({ "configuration": after(json!({ "queue": queue })), "version": held["version"] });
        let refused = api.patch(&admin, &at, change).await;
        assert_eq!(
            (refused.refusal(), &refused.json["field"]),
            ((422, "never_reached"), &json!("/configuration/task_routing/filters/1/expression"))
        );
        assert_eq!(api.get(&admin, &at).await.ok(), held, "nothing is saved in halves");
        for way_on in [json!({ "queue": queue, "timeout": 5 }), json!({ "queue": queue, "skip_if": "workers.available == 0" })] {
            let new = json!({ "name": format!("With {way_on}").chars().take(60).collect::<String>(), "configuration": after(way_on) });
            api.post(&admin, "/workflows", new).await.ok();
        }
        // One that a program put there does not stand in the way of another change.
        let workflow = api.house.engine.db().read({
            let (ws, id) = (api.shop.ws, api.shop.workflow);
            move |tx| Box::pin(async move { store::routing::workflows_of(tx, ws, &[id]).await })
        });
        let workflow = model::Workflow { configuration: written("1 == 0"), ..workflow.await.unwrap().pop().unwrap() };
        api.house.order(api.shop.ws, model::RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await.unwrap();
        let held = api.get(&admin, &at).await.ok();
        let named = json!({ "name": "Renamed", "configuration": held["configuration"], "version": held["version"] });
        assert_eq!(api.patch(&admin, &at, named).await.ok()["name"], json!("Renamed"));
    });
}

#[test]
fn rules_are_read_otherwise_where_a_workspace_says_so() {
    check("rules_are_read_otherwise_where_a_workspace_says_so", async |api: Api| {
        let admin = api.admin().await;
        let before = api.get(&admin, "/settings").await.ok();
        assert_eq!(before["readings"], json!([]));
        let refused = api.patch(&admin, "/settings", json!({ "readings": ["ignore_spaces"], "version": before["version"] })).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (400, &json!("/readings/0")));
        let queue = json!({ "name": "Capitals", "target_workers": "friendly_name == 'ANA'" });
        let queue = api.post(&admin, "/task-queues", queue).await.ok()["id"].as_str().unwrap().to_owned();
        let members = async || api.get(&admin, &format!("/workers/table?queue_id={queue}")).await.ok()["total"].clone();
        let counted = async || {
            let queue: model::TaskQueueId = queue.parse().unwrap();
            api.house.engine.look(api.shop.ws, move |router| router.members(queue).count()).await.unwrap()
        };
        assert_eq!((members().await, counted().await), (json!(0), 0));
        let change = json!({ "readings": ["timeout_ends_offers", "ignore_case"], "version": before["version"] });
        let after = api.patch(&admin, "/settings", change).await.ok();
        assert_eq!(after["readings"], json!(["ignore_case", "timeout_ends_offers"]));
        assert_eq!((members().await, counted().await), (json!(1), 1), "table and router read the queue alike");
        let back = json!({ "readings": [], "version": after["version"] });
        assert_eq!(api.patch(&admin, "/settings", back).await.ok()["readings"], json!([]));
        assert_eq!((members().await, counted().await), (json!(0), 0));
    });
}

#[test]
fn a_queue_that_tasks_wait_in_is_not_left_to_nobody_unasked() {
    check("a_queue_that_tasks_wait_in_is_not_left_to_nobody_unasked", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("supervisor", "all")], None).await;
        let at = format!("/task-queues/{}", api.shop.queue);
        let nobody = json!({ "target_workers": "languages HAS 'tlh'", "version": 1 });
        let change = async |change: &Value| api.house.working_during(api.patch(&boss, &at, change.clone())).await;
        let free = change(&nobody).await.ok();
        assert_eq!((&free["waiting"], &free["version"]), (&json!(0), &json!(2)), "nobody waits for it");
        assert_eq!(api.house.wants_agent(&api.shop, visitor(1)).await.unwrap(), None);
        let waits = api.get(&boss, "/task-queues?limit=200").await.ok()["items"][0].clone();
        assert_eq!((&waits["id"], &waits["waiting"]), (&json!(api.shop.queue), &json!(1)));

        let other = json!({ "target_workers": "languages HAS 'vulcan'", "version": 2 });
        let refused = change(&other).await;
        assert_eq!(refused.refusal(), (422, "strands_tasks"));
        let problem = &refused.json;
        assert_eq!((&problem["field"], &problem["params"]["count"]), (&json!("/target_workers"), &json!(1)), "{problem}");
        assert!(problem["mend"].as_str().unwrap().contains("strand_tasks"), "{problem}");
        assert_eq!(change(&json!({ "target_workers": "a ==", "version": 2 })).await.refusal().1, "bad_expression");
        change(&json!({ "name": "Klingons", "version": 2 })).await.ok();
        let meant = json!({ "target_workers": "languages HAS 'vulcan'", "strand_tasks": true, "version": 3 });
        assert_eq!(change(&meant).await.ok()["version"], json!(4));
        assert_eq!(change(&json!({ "target_workers": "1==1", "version": 4 })).await.ok()["version"], json!(5));
    });
}
