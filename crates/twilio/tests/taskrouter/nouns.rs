//! Activities, workers, queues and workflows.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, check, column, sorted, text};

#[test]
fn activities_keep_what_they_were_made_as() {
    check("activities_keep_what_they_were_made_as", async |api: Api| {
        let made = api.post("/Activities", &[("FriendlyName", "Lunch"), ("Available", "yes")]).await.made();
        let at = format!("/Activities/{}", text(&made, "sid"));
        assert_eq!((&made["available"], text(&made, "workspace_sid")), (&json!(true), api.shop.id.to_string().as_str()));
        let changed = api.post(&at, &[("FriendlyName", "Break"), ("Available", "false")]).await.ok();
        assert_eq!((text(&changed, "friendly_name"), &changed["available"]), ("Break", &json!(true)), "availability stays");
        let free = api.get("/Activities?Available=true").await.ok();
        assert_eq!(sorted(column(&free, "activities", "friendly_name")), ["Available", "Break"]);
        assert_eq!(column(&api.get("/Activities?FriendlyName=Away").await.ok(), "activities", "sid"), [api.shop.away.to_string()]);
        let taken = api.post("/Activities", &[("FriendlyName", "break")]).await;
        assert_eq!((taken.refusal(), taken.message().starts_with("Invalid FriendlyName: ")), ((400, 20001), true), "{}", taken.text);
        let none = api.post("/Activities", &[]).await;
        assert_eq!((none.refusal(), none.message()), ((400, 20001), "Missing required parameter FriendlyName in the request"));
        let gone = api.delete(&at).await;
        assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
        assert_eq!(api.get(&at).await.refusal(), (404, 20404));
        assert_eq!(api.delete(&format!("/Activities/{}", api.shop.away)).await.refusal(), (409, 20409));
        let json = api.send(&api.account, Method::POST, &api.path("/Activities"), None, &[("content-type", "application/json")]).await;
        assert_eq!(json.refusal(), (400, 20001), "nothing was said");
    });
}

#[test]
fn what_counts_no_versions_has_a_tag_of_what_it_says() {
    check("what_counts_no_versions_has_a_tag_of_what_it_says", async |api: Api| {
        let activity = format!("/Activities/{}", api.shop.away);
        let channel = format!("/Workers/{}/Channels/chat", api.shop.ana);
        let event = api.all("/Events").await.first().map(|event| format!("/Events/{}", text(event, "sid"))).unwrap();
        let changes = [("", "FriendlyName", "Shop 2"), (&activity, "FriendlyName", "Break"), (&channel, "Capacity", "7")];
        for (at, name, value) in changes {
            let before = api.get(at).await.etag();
            assert_eq!(api.get(at).await.etag(), before, "{at}");
            let after = api.post(at, &[(name, value)]).await.etag();
            assert_ne!(after, before, "{at}");
            assert_eq!(api.post_matching(at, &before, &[(name, value)]).await.refusal(), (412, 20412), "{at}");
            api.post_matching(at, &after, &[(name, value)]).await.ok();
        }
        assert_eq!(api.get(&event).await.etag(), api.get(&event).await.etag());
        assert!(!api.get("/Statistics").await.headers.contains_key("etag"), "figures have no version");
    });
}

#[test]
fn queues_are_made_filtered_changed_and_deleted() {
    check("queues_are_made_filtered_changed_and_deleted", async |api: Api| {
        let plain = api.post("/TaskQueues", &[("FriendlyName", "Plain")]).await.made();
        assert_eq!(
            (&plain["target_workers"], &plain["max_reserved_workers"], &plain["task_order"], &plain["assignment_activity_sid"]),
            (&json!("1==1"), &json!(1), &json!("FIFO"), &Value::Null)
        );
        let away = api.shop.away.to_string();
        let korean = [
            ("FriendlyName", "Korean"),
            ("TargetWorkers", "languages HAS \"ko\""),
            ("MaxReservedWorkers", "3"),
            ("TaskOrder", "LIFO"),
            ("ReservationActivitySid", &away),
        ];
        let korean = api.post("/TaskQueues", &korean).await;
        assert_eq!(korean.etag(), "\"1\"");
        let korean = korean.made();
        let at = format!("/TaskQueues/{}", text(&korean, "sid"));
        let of = async |query: &str| column(&api.get(&format!("/TaskQueues?{query}")).await.ok(), "task_queues", "friendly_name");
        assert_eq!(of("FriendlyName=Korean").await, ["Korean"]);
        assert_eq!(sorted(of("EvaluateWorkerAttributes=%7B%22languages%22%3A%5B%22ko%22%5D%7D").await), ["Everyone", "Korean", "Plain"]);
        assert_eq!(of(&format!("WorkerSid={}&Ordering=FriendlyName:desc", api.shop.ana)).await, ["Plain", "Everyone"]);
        assert_eq!(sorted(of(&format!("WorkerSid={}", api.shop.ben)).await), ["Everyone", "Korean", "Plain"]);
        assert_eq!(api.get("/TaskQueues?Page=3").await.refusal(), (400, 40153));

        let nobody = api.post(&at, &[("TargetWorkers", "")]).await.ok();
        assert_eq!((&nobody["target_workers"], &nobody["task_order"]), (&json!(""), &json!("LIFO")), "an empty text matches nobody");
        assert_eq!(sorted(of(&format!("WorkerSid={}", api.shop.ben)).await), ["Everyone", "Plain"]);
        let broken = api.post(&at, &[("TargetWorkers", "languages HAS")]).await;
        assert_eq!((broken.refusal(), broken.message().starts_with("Invalid TargetWorkers: ")), ((400, 20001), true), "{}", broken.text);
        for (name, value) in
            [("MaxReservedWorkers", "51"), ("TaskOrder", "RANDOM"), ("AssignmentActivitySid", "WA00000000000000000000000000000009")]
        {
            let refused = api.post(&at, &[(name, value)]).await;
            assert_eq!(refused.refusal(), (400, 20001));
            assert!(refused.message().starts_with(&format!("Invalid {name}: ")), "{}", refused.message());
        }
        assert_eq!(api.post_matching(&at, "\"1\"", &[("FriendlyName", "K")]).await.refusal(), (412, 20412));
        api.post_matching(&at, "\"2\"", &[("FriendlyName", "K")]).await.ok();
        assert_eq!(api.delete(&format!("/TaskQueues/{}", api.shop.queue)).await.refusal(), (409, 20409), "a workflow needs it");
        assert_eq!(api.delete(&at).await.status.as_u16(), 204);
        assert_eq!(api.get(&at).await.refusal(), (404, 20404));
    });
}

#[test]
fn a_workflows_document_is_kept_byte_for_byte_and_judged() {
    check("a_workflows_document_is_kept_byte_for_byte_and_judged", async |api: Api| {
        let document = format!(
            "{{ \"task_routing\" : {{\n\"filters\": [{{\"filter_friendly_name\":\"VIP\",\"expression\":\"vip == true\",\"targets\":[{{\"queue\":\"{0}\",\"priority\":\"5\",\"timeout\":10}},{{}}]}}], \"default_filter\": {{\"queue\":\"{0}\"}} }} }}",
            api.shop.queue
        );
        let made = api.post("/Workflows", &[("FriendlyName", "Two"), ("Configuration", &document)]).await.made();
        assert_eq!((text(&made, "configuration"), &made["task_reservation_timeout"]), (document.as_str(), &json!(120)));
        assert_eq!((text(&made, "document_content_type"), &made["assignment_callback_url"]), ("application/json", &Value::Null));
        let at = format!("/Workflows/{}", text(&made, "sid"));
        let changed = api.post(&at, &[("TaskReservationTimeout", "33"), ("ReEvaluateTasks", "true")]).await.ok();
        assert_eq!((&changed["task_reservation_timeout"], text(&changed, "configuration")), (&json!(33), document.as_str()));
        let unknown = document.replace(&api.shop.queue.to_string(), "WQ00000000000000000000000000000009");
        let refused = api.post(&at, &[("Configuration", &unknown)]).await;
        assert_eq!(refused.refusal(), (400, 20001));
        assert!(refused.message().contains("(at task_routing/filters/0/targets/0/queue)"), "{}", refused.message());
        let broken = api.post(&at, &[("Configuration", &document.replace("vip == true", "vip =="))]).await;
        assert!(
            broken.message().starts_with("Invalid Configuration: ") && broken.message().contains("filters/0/expression"),
            "{}",
            broken.text
        );
        for (name, value) in [
            ("AssignmentCallbackUrl", "x.example"),
            ("FallbackAssignmentCallbackUrl", "http://169.254.169.254/x"),
            ("TaskReservationTimeout", "0"),
            ("Configuration", "{"),
        ] {
            let refused = api.post(&at, &[(name, value)]).await;
            assert_eq!(
                (refused.refusal(), refused.message().starts_with(&format!("Invalid {name}: "))),
                ((400, 20001), true),
                "{}",
                refused.text
            );
        }
        assert_eq!(sorted(column(&api.get("/Workflows").await.ok(), "workflows", "friendly_name")), ["Two", "default"]);
        assert_eq!(api.delete(&at).await.status.as_u16(), 204);
    });
}

#[test]
fn workers_are_found_by_skill_queue_and_activity() {
    check("workers_are_found_by_skill_queue_and_activity", async |api: Api| {
        let available = api.shop.available.to_string();
        let zoe = api
            .post("/Workers", &[("FriendlyName", "Zoe"), ("Attributes", "{ \"languages\": [\"fr\"] }"), ("ActivitySid", &available)])
            .await;
        assert_eq!(zoe.etag(), "\"1\"");
        let zoe = zoe.made();
        assert_eq!((text(&zoe, "attributes"), &zoe["available"]), ("{ \"languages\": [\"fr\"] }", &json!(true)));
        let at = format!("/Workers/{}", text(&zoe, "sid"));
        let max = api.post("/Workers", &[("FriendlyName", "Max")]).await.made();
        assert_eq!((text(&max, "activity_name"), text(&max, "attributes")), ("Offline", "{}"));

        let of = async |query: &str| column(&api.get(&format!("/Workers?{query}")).await.ok(), "workers", "friendly_name");
        assert_eq!(sorted(of("Available=true").await), ["Ana", "Ben", "Zoe"]);
        assert_eq!(of("ActivityName=Offline").await, ["Max"]);
        assert_eq!(of(&format!("ActivitySid={available}&Ordering=FriendlyName:desc")).await, ["Zoe", "Ben", "Ana"]);
        assert_eq!(
            sorted(of("TargetWorkersExpression=languages%20HAS%20%22fr%22%20OR%20friendly_name%20%3D%3D%20%27Ben%27").await),
            ["Ben", "Zoe"]
        );
        api.post("/TaskQueues", &[("FriendlyName", "French"), ("TargetWorkers", "languages HAS 'fr'")]).await.made();
        assert_eq!(of("TaskQueueName=French").await, ["Zoe"]);
        assert_eq!(of("TaskQueueName=Unknown").await, [] as [String; 0]);
        let wrong = api.get("/Workers?TargetWorkersExpression=languages%20HAS").await;
        assert_eq!((wrong.refusal(), wrong.message().starts_with("Invalid TargetWorkersExpression")), ((400, 20001), true));

        api.advance(90);
        let moved = api.post(&at, &[("ActivitySid", &api.shop.away.to_string())]).await.ok();
        assert_eq!(text(&moved, "activity_name"), "Away");
        assert_ne!(moved["date_status_changed"], moved["date_created"]);
        let skilled = api.post(&at, &[("Attributes", "{\"languages\":[\"de\"]}"), ("FriendlyName", "Zoé")]).await.ok();
        assert_eq!((text(&skilled, "friendly_name"), &skilled["date_status_changed"]), ("Zoé", &moved["date_status_changed"]));
        assert_eq!(of("TaskQueueName=French").await, [] as [String; 0], "skills count at once");
        assert_eq!(api.post(&at, &[("Attributes", "[]")]).await.refusal(), (400, 20001));
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(4_096));
        assert_eq!(api.post(&at, &[("Attributes", &long)]).await.refusal(), (400, 20001));
        assert_eq!(
            api.post("/Workers", &[("FriendlyName", "MAX")]).await.refusal(),
            (400, 20001),
            "a name is one worker's, whatever its case"
        );

        let etag = api.get(&at).await.etag();
        assert_eq!(api.post_matching(&at, "\"1\"", &[("FriendlyName", "Z")]).await.refusal(), (412, 20412));
        api.post_matching(&at, &etag, &[("FriendlyName", "Z")]).await.ok();
        assert_eq!(api.delete(&format!("/Workers/{}", api.shop.ana)).await.refusal(), (409, 20409), "Ana signs in");
        api.post(&at, &[("ActivitySid", &available)]).await.ok();
        assert_eq!(api.delete(&at).await.refusal(), (400, 20001), "available workers are not deleted");
        api.post(&at, &[("ActivitySid", &api.shop.offline.to_string())]).await.ok();
        assert_eq!(api.delete(&at).await.status.as_u16(), 204);
        assert_eq!(api.get(&at).await.refusal(), (404, 20404));
    });
}
