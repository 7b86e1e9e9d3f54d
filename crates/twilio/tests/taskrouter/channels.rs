//! Task channels, and what workers take of them.

use axum::http::Method;
use serde_json::json;

use super::{Api, check, column, sorted, text};

#[test]
fn task_channels_are_rows_with_a_fixed_name() {
    check("task_channels_are_rows_with_a_fixed_name", async |api: Api| {
        let names = column(&api.get("/TaskChannels").await.ok(), "channels", "unique_name");
        for name in ["default", "voice", "chat", "sms", "video", "email"] {
            assert!(names.contains(&name.to_owned()), "{name} is in {names:?}");
        }
        let made =
            api.post("/TaskChannels", &[("FriendlyName", "Surveys"), ("UniqueName", "survey"), ("ChannelOptimizedRouting", "true")]).await;
        assert_eq!(made.etag(), "\"1\"");
        let made = made.made();
        assert_eq!((text(&made, "unique_name"), &made["channel_optimized_routing"]), ("survey", &json!(true)));
        let by_sid = api.get(&format!("/TaskChannels/{}", text(&made, "sid"))).await.ok();
        assert_eq!(by_sid, api.get("/TaskChannels/survey").await.ok(), "by SID or unique name");
        let changed = api.post("/TaskChannels/survey", &[("FriendlyName", "Polls"), ("ChannelOptimizedRouting", "false")]).await.ok();
        assert_eq!((text(&changed, "friendly_name"), &changed["channel_optimized_routing"]), ("Polls", &json!(false)));
        assert_eq!(api.post_matching("/TaskChannels/survey", "\"1\"", &[("FriendlyName", "x")]).await.refusal(), (412, 20412));
        for (unique, parameter) in [("1st", "UniqueName"), ("survey", "UniqueName")] {
            let refused = api.post("/TaskChannels", &[("FriendlyName", "x"), ("UniqueName", unique)]).await;
            assert_eq!(refused.refusal(), (400, 20001), "{}", refused.text);
            assert!(refused.message().starts_with(&format!("Invalid {parameter}: ")), "{}", refused.message());
        }
        assert_eq!(api.delete("/TaskChannels/chat").await.refusal(), (409, 20409), "every workspace has it");
        assert_eq!(api.delete("/TaskChannels/survey").await.status.as_u16(), 204);
        assert_eq!(api.get("/TaskChannels/survey").await.refusal(), (404, 20404));

        let root = format!("{}/Workspaces", twilio::TASKROUTER);
        let fresh = api
            .send(&api.account, Method::POST, &root, Some(&[("FriendlyName", "New"), ("PrioritizeQueueOrder", "LIFO")]), &[])
            .await
            .made();
        assert_eq!(text(&fresh, "prioritize_queue_order"), "LIFO");
        let list = api.send(&api.account, Method::GET, &format!("{root}/{}/TaskChannels", text(&fresh, "sid")), None, &[]).await.ok();
        assert_eq!(sorted(column(&list, "channels", "unique_name")), ["chat", "default", "email", "sms", "video", "voice"]);
        let turned = api
            .send(&api.account, Method::POST, &format!("{root}/{}", text(&fresh, "sid")), Some(&[("PrioritizeQueueOrder", "FIFO")]), &[])
            .await
            .ok();
        assert_eq!(text(&turned, "prioritize_queue_order"), "FIFO");
    });
}

#[test]
fn a_workers_channels_say_what_they_take() {
    check("a_workers_channels_say_what_they_take", async |api: Api| {
        api.nobody_works().await;
        let available = api.shop.available.to_string();
        let zoe = api.post("/Workers", &[("FriendlyName", "Zoe"), ("ActivitySid", &available)]).await.made();
        let zoe = format!("/Workers/{}/Channels", text(&zoe, "sid"));
        let chat = api.get(&format!("{zoe}/chat")).await.ok();
        assert_eq!(
            (&chat["configured_capacity"], &chat["available"], &chat["assigned_tasks"], &chat["available_capacity_percentage"]),
            (&json!(1), &json!(true), &json!(0), &json!(100))
        );
        let sid = text(&chat, "sid");
        assert!(sid.starts_with("WC") && sid.len() == 34, "{sid}");
        assert_eq!(api.get(&format!("{zoe}/{sid}")).await.ok(), chat);
        assert_eq!(api.get(&format!("{zoe}/{}", text(&chat, "task_channel_sid"))).await.ok(), chat);
        let all = api.get(&format!("{zoe}?PageSize=100")).await.ok();
        assert_eq!(column(&all, "channels", "task_channel_unique_name").len(), api.all("/TaskChannels?PageSize=2").await.len());

        let wide = api.post(&format!("{zoe}/{sid}"), &[("Capacity", "3")]).await.ok();
        assert_eq!((&wide["configured_capacity"], &wide["available"]), (&json!(3), &json!(true)));
        let mut made = Vec::new();
        for _ in 0..2 {
            made.push(text(&api.post("/Tasks", &[("TaskChannel", text(&chat, "task_channel_sid"))]).await.made(), "sid").to_owned());
        }
        let offers = api.get(&format!("/Tasks/{}/Reservations", made[0])).await.ok();
        let offer = format!("/Tasks/{}/Reservations/{}", made[0], text(&offers["reservations"][0], "sid"));
        api.post(&offer, &[("ReservationStatus", "accepted")]).await.ok();
        let busy = api.get(&format!("{zoe}/chat")).await.ok();
        assert_eq!((&busy["assigned_tasks"], &busy["available_capacity_percentage"]), (&json!(1), &json!(33)), "two of three are held");
        let closed = api.post(&format!("{zoe}/chat"), &[("Available", "false")]).await.ok();
        assert_eq!((&closed["available"], &closed["configured_capacity"]), (&json!(false), &json!(3)));
        let third = api.post("/Tasks", &[("TaskChannel", "chat")]).await.made();
        assert_eq!(text(&third, "assignment_status"), "pending", "nobody takes chats now");
        assert_eq!(text(&third, "task_channel_sid"), text(&chat, "task_channel_sid"));

        let moved = api
            .post(&format!("/Tasks/{}", text(&third, "sid")), &[("TaskChannel", "sms"), ("VirtualStartTime", "2020-01-01T00:00:00Z")])
            .await
            .ok();
        assert_eq!((text(&moved, "task_channel_unique_name"), text(&moved, "virtual_start_time")), ("sms", "2020-01-01T00:00:00Z"));
        assert_eq!(text(&moved, "assignment_status"), "reserved", "on the other channel there is room");
        let wrong = api.post(&format!("{zoe}/chat"), &[("Capacity", "-1")]).await;
        assert_eq!((wrong.refusal(), wrong.message().starts_with("Invalid Capacity: ")), ((400, 20001), true), "{}", wrong.text);
        assert_eq!(api.get(&format!("{zoe}/fax")).await.refusal(), (404, 20404));
        let unknown = api.post("/Tasks", &[("TaskChannel", "TC00000000000000000000000000000009")]).await;
        assert_eq!((unknown.refusal(), unknown.message().starts_with("Invalid TaskChannel: ")), ((400, 20001), true));
    });
}

#[test]
fn a_changed_workflow_takes_waiting_tasks_along_only_if_it_is_told_to() {
    check("a_changed_workflow_takes_waiting_tasks_along_only_if_it_is_told_to", async |api: Api| {
        api.nobody_works().await;
        let other = api.post("/TaskQueues", &[("FriendlyName", "Other")]).await.made();
        let (first, second) = (api.shop.queue.to_string(), text(&other, "sid"));
        let document = |filters: serde_json::Value| {
            json!({ "task_routing": { "filters": filters, "default_filter": { "queue": first } } }).to_string()
        };
        let catching = document(json!([{ "expression": "1==1", "targets": [{ "queue": second }] }]));
        let workflow = api.post("/Workflows", &[("FriendlyName", "W"), ("Configuration", &document(json!([])))]).await.made();
        let at = format!("/Workflows/{}", text(&workflow, "sid"));
        let task = api.post("/Tasks", &[("WorkflowSid", text(&workflow, "sid"))]).await.made();
        let task = format!("/Tasks/{}", text(&task, "sid"));
        let before = api.get(&task).await.ok();
        api.advance(30);
        api.post(&at, &[("Configuration", &catching)]).await.ok();
        assert_eq!(text(&api.get(&task).await.ok(), "task_queue_sid"), first, "it stays where it stands");
        api.post(&at, &[("Configuration", &document(json!([])))]).await.ok();
        api.post(&at, &[("Configuration", &catching), ("ReEvaluateTasks", "true")]).await.ok();
        let after = api.get(&task).await.ok();
        assert_eq!((text(&before, "task_queue_sid"), text(&after, "task_queue_sid")), (first.as_str(), second));
        assert_ne!(before["task_queue_entered_date"], after["task_queue_entered_date"]);
        assert_eq!(before["virtual_start_time"], after["virtual_start_time"], "it keeps its place in line");
    });
}
