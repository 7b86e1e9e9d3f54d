//! Events: what happened, as lists and one by one.

use serde_json::{Value, json};

use super::{Api, check, column, text};

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| text(event, "event_type")).collect()
}

#[test]
fn a_task_leaves_its_way_in_the_events() {
    check("a_task_leaves_its_way_in_the_events", async |api: Api| {
        api.nobody_works().await;
        let available = api.shop.available.to_string();
        let zoe =
            api.post("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available), ("Attributes", "{\"languages\":[\"en\"]}")]).await;
        let zoe = text(&zoe.made(), "sid").to_owned();
        api.advance(1);
        let task = api.post("/Tasks", &[("Attributes", "{\"order\":7}"), ("TaskChannel", "chat"), ("Priority", "3")]).await.made();
        let task = text(&task, "sid").to_owned();
        api.advance(12);
        let offers = api.get(&format!("/Tasks/{task}/Reservations?ReservationStatus=pending")).await.ok();
        let offer = text(&offers["reservations"][0], "sid").to_owned();
        let at = format!("/Tasks/{task}/Reservations/{offer}");
        api.post(&at, &[("ReservationStatus", "accepted")]).await.ok();
        api.advance(30);
        api.post(&format!("/Tasks/{task}"), &[("Attributes", "{\"order\":8}")]).await.ok();
        api.advance(1);
        api.post(&at, &[("ReservationStatus", "wrapping")]).await.ok();
        api.advance(1);
        api.post(&format!("/Tasks/{task}"), &[("AssignmentStatus", "completed"), ("Reason", "solved")]).await.ok();

        let all = api.all(&format!("/Events?TaskSid={task}&PageSize=3")).await;
        let mut told = kinds(&all);
        told.sort_unstable();
        let mut expected = vec![
            "task.created",
            "workflow.entered",
            "workflow.target-matched",
            "task-queue.entered",
            "reservation.created",
            "reservation.accepted",
            "task.updated",
            "reservation.wrapup",
            "task.wrapup",
            "reservation.completed",
            "task.completed",
        ];
        expected.sort_unstable();
        assert_eq!(told, expected);
        let ages: Vec<i64> = all.iter().map(|event| event["event_date_ms"].as_i64().unwrap()).collect();
        assert!(ages.is_sorted_by(|newer, older| newer >= older), "the newest first: {ages:?}");

        let accepted = all.iter().find(|event| event["event_type"] == json!("reservation.accepted")).unwrap();
        assert_eq!((text(accepted, "resource_type"), text(accepted, "resource_sid")), ("reservation", offer.as_str()));
        assert!(text(accepted, "resource_url").ends_with(&at));
        let data = &accepted["event_data"];
        assert_eq!(
            [text(data, "worker_sid"), text(data, "worker_name"), text(data, "task_sid"), text(data, "task_age")],
            [zoe.as_str(), "Zoe", &task, "12"]
        );
        assert_eq!(
            [text(data, "task_queue_sid"), text(data, "workflow_sid"), text(data, "task_channel_unique_name"), text(data, "task_priority")],
            [api.shop.queue.to_string().as_str(), &api.shop.workflow.to_string(), "chat", "3"]
        );
        let created = all.iter().find(|event| event["event_type"] == json!("task.created")).unwrap();
        assert_eq!(text(&created["event_data"], "task_assignment_status"), "pending", "the state is that of then");
        assert_eq!(text(data, "task_assignment_status"), "assigned");
        let done = all.iter().find(|event| event["event_type"] == json!("task.completed")).unwrap();
        assert_eq!(text(&done["event_data"], "task_completed_reason"), "solved");

        let sid = text(done, "sid").to_owned();
        let mut one = api.get(&format!("/Events/{sid}")).await.ok();
        assert_eq!(one["event_data"].take(), done["event_data"]);
        assert_eq!(column(&api.get(&format!("/Events?Sid={sid}")).await.ok(), "events", "sid"), [sid]);
        assert_eq!(api.get("/Events/EV00000000000000000000000000000009").await.refusal(), (404, 20404));

        let count = async |query: String| api.get(&format!("/Events?{query}")).await.ok()["events"].as_array().unwrap().len();
        assert_eq!(count(format!("TaskSid={task}&EventType=task.updated")).await, 1);
        for never in ["task.transfer-completed", "reservation.failed", "workspace.created"] {
            assert_eq!(count(format!("EventType={never}")).await, 0, "{never} is TaskRouter's, and nothing here is one");
        }
        assert_eq!(count(format!("ReservationSid={offer}")).await, 4);
        assert_eq!(count(format!("WorkerSid={zoe}&EventType=worker.created")).await, 1);
        assert_eq!(count(format!("TaskSid={task}&TaskChannel=sms")).await, 0);
        assert_eq!(count(format!("TaskSid={task}&WorkflowSid={}", api.shop.workflow)).await, 11);
        api.advance(16 * 60);
        assert_eq!(count(format!("TaskSid={task}")).await, 0, "a quarter of an hour is looked at");
        assert_eq!(count(format!("TaskSid={task}&Minutes=60")).await, 11);
        for query in ["EventType=task.lost", "Minutes=0", "TaskSid=none", "Odd=1", "StartDate=2001-01-01T00:00:00Z"] {
            assert_eq!(api.get(&format!("/Events?{query}")).await.refusal().0, 400, "{query}");
        }
    });
}

#[test]
fn what_was_set_up_is_told_even_when_it_is_gone() {
    check("what_was_set_up_is_told_even_when_it_is_gone", async |api: Api| {
        let made = async |path: &str, form: &[(&str, &str)]| text(&api.post(path, form).await.made(), "sid").to_owned();
        let queue = made("/TaskQueues", &[("FriendlyName", "Tech"), ("TargetWorkers", "1==1")]).await;
        let activity = made("/Activities", &[("FriendlyName", "Lunch"), ("Available", "false")]).await;
        let channel = made("/TaskChannels", &[("FriendlyName", "Letters"), ("UniqueName", "letter")]).await;
        let available = api.shop.available.to_string();
        let zoe = made("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available)]).await;
        api.advance(61);
        api.post(&format!("/TaskQueues/{queue}"), &[("TargetWorkers", "1==2")]).await.ok();
        api.post(&format!("/Workers/{zoe}/Channels/chat"), &[("Capacity", "4"), ("Available", "false")]).await.ok();
        api.post(&format!("/Workers/{zoe}"), &[("Attributes", "{\"a\":1}"), ("ActivitySid", &activity)]).await.ok();
        api.advance(2);
        api.post(&format!("/Workers/{zoe}"), &[("ActivitySid", &available)]).await.ok();
        for gone in [format!("/TaskQueues/{queue}"), format!("/Activities/{activity}"), format!("/TaskChannels/{channel}")] {
            assert!(api.delete(&gone).await.status.is_success(), "{gone}");
        }
        let of = async |kind: &str| api.all(&format!("/Events?EventType={kind}")).await;
        let about = async |kind: &str, sid: &str| {
            let all = of(kind).await;
            all.iter().find(|event| text(event, "resource_sid") == sid).unwrap_or_else(|| panic!("no {kind} of {sid}"))["event_data"]
                .clone()
        };
        assert_eq!(text(&about("task-queue.deleted", &queue).await, "task_queue_name"), "Tech");
        assert_eq!(text(&about("task-queue.expression.updated", &queue).await, "task_queue_target_expression"), "1==2");
        assert_eq!(text(&about("activity.deleted", &activity).await, "activity_name"), "Lunch");
        assert_eq!(text(&about("task-channel.deleted", &channel).await, "task_channel_name"), "Letters");
        about("worker.attributes.update", &zoe).await;
        let capacity = about("worker.capacity.update", &zoe).await;
        assert_eq!([text(&capacity, "worker_channel_previous_capacity"), text(&capacity, "worker_channel_available_capacity")], ["1", "4"]);
        assert_eq!(text(&about("worker.channel.availability.update", &zoe).await, "worker_channel_available"), "false");
        let moves = of("worker.activity.update").await;
        let moves: Vec<&Value> =
            moves.iter().filter(|event| text(event, "resource_sid") == zoe).map(|event| &event["event_data"]).collect();
        let spells: Vec<[&str; 3]> = moves
            .iter()
            .map(|data| {
                ["worker_previous_activity_sid", "worker_activity_sid", "worker_time_in_previous_activity"].map(|key| text(data, key))
            })
            .collect();
        assert_eq!(spells, [[activity.as_str(), &available, "2"], [&available, &activity, "61"]]);
    });
}
