//! Statistics against what was done.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, check, text};

#[test]
fn what_is_waiting_now_is_counted() {
    check("what_is_waiting_now_is_counted", async |api: Api| {
        api.nobody_works().await;
        let before = api.get("/RealTimeStatistics").await.ok();
        assert_eq!(
            (&before["total_tasks"], &before["longest_task_waiting_age"], &before["longest_task_waiting_sid"]),
            (&json!(0), &json!(0), &Value::Null)
        );
        let available = api.shop.available.to_string();
        let zoe =
            api.post("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available), ("Attributes", "{\"tech\":true}")]).await.made();
        let tech = api.post("/TaskQueues", &[("FriendlyName", "Tech"), ("TargetWorkers", "tech == true")]).await.made();
        let tech = text(&tech, "sid");
        let mut sids = Vec::new();
        for (no, channel) in ["chat", "sms", "chat", "chat"].into_iter().enumerate() {
            let form = [("RoutingTarget", tech), ("TaskChannel", channel), ("Priority", if no == 3 { "7" } else { "0" })];
            sids.push(text(&api.post("/Tasks", &form).await.made(), "sid").to_owned());
            api.advance(10);
        }
        let offers = api.get(&format!("/Workers/{}/Reservations", text(&zoe, "sid"))).await.ok();
        let offered = offers["reservations"].as_array().unwrap().iter().find(|offer| offer["task_sid"] == json!(sids[0])).unwrap();
        api.post(&format!("/Tasks/{}/Reservations/{}", sids[0], text(offered, "sid")), &[("ReservationStatus", "accepted")]).await.ok();

        let queue = api.get(&format!("/TaskQueues/{tech}/RealTimeStatistics")).await.ok();
        assert_eq!(queue["tasks_by_status"], json!({ "reserved": 1, "pending": 2, "assigned": 1, "wrapping": 0 }));
        assert_eq!((&queue["tasks_by_priority"], &queue["total_tasks"]), (&json!({ "0": 3, "7": 1 }), &json!(4)));
        assert_eq!((&queue["longest_task_waiting_age"], &queue["longest_task_waiting_sid"]), (&json!(30), &json!(sids[1])));
        assert_eq!(
            (&queue["longest_relative_task_age_in_queue"], &queue["longest_relative_task_sid_in_queue"]),
            (&json!(30), &json!(sids[1]))
        );
        assert_eq!((&queue["total_eligible_workers"], &queue["total_available_workers"]), (&json!(1), &json!(1)));
        let workers: u64 = queue["activity_statistics"].as_array().unwrap().iter().map(|row| row["workers"].as_u64().unwrap()).sum();
        assert_eq!((queue["activity_statistics"].as_array().unwrap().len(), workers), (3, 1));
        let chats = api.get(&format!("/TaskQueues/{tech}/RealTimeStatistics?TaskChannel=sms")).await.ok();
        assert_eq!((&chats["total_tasks"], &chats["task_queue_sid"]), (&json!(1), &json!(tech)));

        let all = api.get("/RealTimeStatistics").await.ok();
        assert_eq!((&all["total_tasks"], &all["total_workers"]), (&json!(4), &json!(3)));
        let crew = api.get("/Workers/RealTimeStatistics").await.ok();
        let offline = crew["activity_statistics"].as_array().unwrap().iter().find(|row| row["friendly_name"] == json!("Offline")).unwrap();
        assert_eq!((&crew["total_workers"], &offline["workers"]), (&json!(3), &json!(2)));
        let workflow = api.get(&format!("/Workflows/{}/RealTimeStatistics", api.shop.workflow)).await.ok();
        assert_eq!((&workflow["total_tasks"], &workflow["longest_task_waiting_sid"]), (&json!(0), &Value::Null), "they went past it");

        let path = api.path("/TaskQueues/RealTimeStatistics");
        let body = json!({ "TaskQueueSids": [tech, "WQ00000000000000000000000000000009"] }).to_string();
        let bulk = api.send_body(&api.account, Method::POST, &path, Body::from(body), &[("content-type", "application/json")]).await.made();
        assert_eq!((&bulk["task_queue_response_count"], &bulk["task_queue_data"][0]["total_tasks"]), (&json!(1), &json!(4)));
        let wrong = api.send_body(&api.account, Method::POST, &path, Body::from("{}"), &[("content-type", "application/json")]).await;
        assert_eq!(wrong.refusal(), (400, 20001));
        for missing in
            [format!("/TaskQueues/{}/RealTimeStatistics", api.other.queue), format!("/Workflows/{}/RealTimeStatistics", api.other.workflow)]
        {
            assert_eq!(api.get(&missing).await.refusal(), (404, 20404));
        }
        assert_eq!(api.get("/RealTimeStatistics?Minutes=5").await.refusal(), (400, 20001));
    });
}

#[test]
fn what_happened_is_counted() {
    check("what_happened_is_counted", async |api: Api| {
        api.nobody_works().await;
        let nothing = api.get("/CumulativeStatistics").await.ok();
        assert_eq!(
            (&nothing["tasks_created"], &nothing["reservations_created"], &nothing["split_by_wait_time"]),
            (&json!(0), &json!(0), &Value::Null)
        );
        assert_eq!(nothing["wait_duration_until_accepted"], json!({ "avg": 0, "min": 0, "max": 0, "total": 0 }));
        let available = api.shop.available.to_string();
        let zoe =
            api.post("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available), ("Attributes", "{\"tech\":true}")]).await.made();
        let zoe = text(&zoe, "sid").to_owned();
        let tech = api.post("/TaskQueues", &[("FriendlyName", "Tech"), ("TargetWorkers", "tech == true")]).await.made();
        let tech = text(&tech, "sid").to_owned();
        let mut sids = Vec::new();
        for channel in ["chat", "sms", "chat"] {
            let form = [("RoutingTarget", tech.as_str()), ("TaskChannel", channel)];
            sids.push(text(&api.post("/Tasks", &form).await.made(), "sid").to_owned());
            api.advance(10);
        }
        // The chat that came first is accepted after 30 s and completed; the text after 40 s; the other chat is given up after 60 s.
        let offer = async |task: &str| {
            let offers = api.get(&format!("/Tasks/{task}/Reservations")).await.ok();
            let found = offers["reservations"].as_array().unwrap().iter().find(|one| one["reservation_status"] == json!("pending"));
            found.map(|one| text(one, "sid").to_owned())
        };
        let accept = async |task: &str| {
            let offer = offer(task).await.expect("it is offered");
            api.post(&format!("/Tasks/{task}/Reservations/{offer}"), &[("ReservationStatus", "accepted")]).await.ok();
        };
        accept(&sids[0]).await;
        api.advance(20);
        accept(&sids[1]).await;
        api.post(&format!("/Tasks/{}", sids[0]), &[("AssignmentStatus", "completed"), ("Reason", "done")]).await.ok();
        api.advance(20);
        if let Some(offered) = offer(&sids[2]).await {
            api.post(&format!("/Tasks/{}/Reservations/{offered}", sids[2]), &[("ReservationStatus", "rejected")]).await.ok();
        }
        api.post(&format!("/Tasks/{}", sids[2]), &[("AssignmentStatus", "canceled"), ("Reason", "gone")]).await.ok();
        api.advance(5);

        let queue = api.get(&format!("/TaskQueues/{tech}/CumulativeStatistics?SplitByWaitTime=35,60")).await.ok();
        let counts =
            ["tasks_entered", "tasks_completed", "tasks_canceled", "tasks_moved", "tasks_deleted"].map(|field| queue[field].clone());
        assert_eq!(counts, [json!(3), json!(1), json!(1), json!(0), json!(0)], "{queue}");
        let offers = ["reservations_created", "reservations_accepted", "reservations_rejected"].map(|field| queue[field].clone());
        assert_eq!(offers, [json!(3), json!(2), json!(1)], "{queue}");
        assert_eq!(queue["wait_duration_until_accepted"], json!({ "avg": 35, "min": 30, "max": 40, "total": 70 }));
        assert_eq!(queue["wait_duration_in_queue_until_accepted"], queue["wait_duration_until_accepted"]);
        assert_eq!((&queue["avg_task_acceptance_time"], &queue["wait_duration_until_canceled"]["max"]), (&json!(35), &json!(50)));
        assert_eq!(
            queue["split_by_wait_time"]["35"],
            json!({ "above": { "tasks_canceled": 1, "reservations_accepted": 1 }, "below": { "tasks_canceled": 0, "reservations_accepted": 1 } })
        );
        assert_eq!(queue["split_by_wait_time"]["60"]["above"], json!({ "tasks_canceled": 0, "reservations_accepted": 0 }));
        let texts = api.get(&format!("/TaskQueues/{tech}/CumulativeStatistics?TaskChannel=sms")).await.ok();
        assert_eq!((&texts["tasks_entered"], &texts["reservations_accepted"]), (&json!(1), &json!(1)));

        let all = api.get("/CumulativeStatistics").await.ok();
        assert_eq!((&all["tasks_created"], &all["tasks_timed_out_in_workflow"]), (&json!(3), &json!(0)));
        let workflow = api.get(&format!("/Workflows/{}/CumulativeStatistics", api.shop.workflow)).await.ok();
        assert_eq!((&workflow["tasks_entered"], &workflow["workflow_sid"]), (&json!(0), &json!(api.shop.workflow)), "they went past it");
        let crew = api.get("/Workers/CumulativeStatistics").await.ok();
        assert_eq!((&crew["reservations_accepted"], crew["activity_durations"].as_array().map(Vec::len)), (&json!(2), Some(3)));

        // Zoe was available for 75 s in all, of which the last 5 s are asked for; then she leaves.
        let spell = |document: &Value, name: &str| {
            document["cumulative"]["activity_durations"].as_array().unwrap().iter().find(|row| row["friendly_name"] == json!(name)).unwrap()
                ["total"]
                .clone()
        };
        let one = api.get(&format!("/Workers/{zoe}/Statistics")).await.ok();
        assert_eq!((spell(&one, "Available"), &one["worker_sid"]), (json!(75), &json!(zoe)), "{one}");
        let away = api.shop.away.to_string();
        api.post(&format!("/Workers/{zoe}"), &[("ActivitySid", &away)]).await.ok();
        api.advance(10);
        let one = api.get(&format!("/Workers/{zoe}/Statistics")).await.ok();
        assert_eq!((spell(&one, "Available"), spell(&one, "Away"), spell(&one, "Offline")), (json!(75), json!(10), json!(0)), "{one}");

        let both = api.get("/Statistics").await.ok();
        assert_eq!((&both["cumulative"]["tasks_created"], &both["realtime"]["total_tasks"]), (&json!(3), &json!(1)));
        let list = api.get("/TaskQueues/Statistics?FriendlyName=Tech").await.ok();
        let row = &list["task_queues_statistics"][0];
        assert_eq!(
            (&row["task_queue_sid"], &row["cumulative"]["tasks_entered"], &row["realtime"]["total_tasks"]),
            (&json!(tech), &json!(3), &json!(1))
        );
        // All queues are read together, and each says what it says by itself.
        let list = api.get("/TaskQueues/Statistics?SplitByWaitTime=35,60").await.ok();
        let rows = list["task_queues_statistics"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let alone = api.get(&format!("/TaskQueues/{}/Statistics?SplitByWaitTime=35,60", text(row, "task_queue_sid"))).await.ok();
            assert_eq!(*row, alone);
        }

        // Whose statistics workers' are: of a queue, by name, of both, of nobody.
        let crew = async |query: &str| {
            let both = api.get(&format!("/Workers/Statistics?{query}")).await.ok();
            let (now, past) = (&both["realtime"], &both["cumulative"]);
            assert_eq!(api.get(&format!("/Workers/RealTimeStatistics?{query}")).await.ok()["total_workers"], now["total_workers"]);
            let alone = api.get(&format!("/Workers/CumulativeStatistics?{query}")).await.ok();
            assert_eq!(alone["reservations_accepted"], past["reservations_accepted"]);
            let spells: i64 = past["activity_durations"].as_array().unwrap().iter().map(|row| row["total"].as_i64().unwrap()).sum();
            assert_eq!(alone["activity_durations"], past["activity_durations"]);
            [now["total_workers"].as_i64().unwrap(), past["reservations_accepted"].as_i64().unwrap(), spells]
        };
        let all = crew("").await;
        assert_eq!((all[0], all[1]), (3, 2));
        let hers = crew(&format!("TaskQueueSid={tech}")).await;
        assert_eq!(hers, [1, 2, 85]);
        assert_eq!(crew("TaskQueueName=Tech").await, hers);
        assert_eq!(crew("FriendlyName=Zoe").await, hers);
        assert_eq!(crew("FriendlyName=Zoe&TaskQueueName=Everyone&TaskChannel=sms").await, [1, 1, 85]);
        assert_eq!(crew("FriendlyName=Ana").await[..2], [1, 0]);
        for nobody in ["FriendlyName=Ana&TaskQueueName=Tech", "TaskQueueName=None", "FriendlyName=zo"] {
            assert_eq!(crew(nobody).await, [0, 0, 0], "{nobody}");
        }

        let later = api.get("/CumulativeStatistics?Minutes=1").await.ok();
        assert_eq!((&later["tasks_created"], &later["tasks_canceled"]), (&json!(0), &json!(1)), "what was done longer ago is not counted");

        // What is deleted ends first, and is told as deleted.
        assert!(api.delete(&format!("/Tasks/{}", sids[1])).await.status.is_success());
        let all = api.get("/CumulativeStatistics").await.ok();
        assert_eq!((&all["tasks_deleted"], &all["tasks_completed"]), (&json!(1), &json!(2)));

        for (query, code) in [
            ("StartDate=2001-01-01T00:00:00Z", 14241),
            ("Minutes=0", 20001),
            ("SplitByWaitTime=soon", 20001),
            ("StartDate=2100-01-01T00:00:00Z", 20001),
        ] {
            assert_eq!(api.get(&format!("/CumulativeStatistics?{query}")).await.refusal(), (400, code), "{query}");
        }
        for missing in [
            format!("/TaskQueues/{}/CumulativeStatistics", api.other.queue),
            format!("/Workflows/{}/Statistics", api.other.workflow),
            format!("/Workers/{}/Statistics", api.other.ana),
        ] {
            assert_eq!(api.get(&missing).await.refusal(), (404, 20404));
        }
    });
}
