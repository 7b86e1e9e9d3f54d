//! Real-time statistics against what was done.

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
