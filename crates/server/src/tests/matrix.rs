//! Every endpoint of the description × who must not reach it. A route that is not described is not served at all.

use axum::http::Method;
use model::{Id, Ids, Timestamp};
use serde_json::{Value, json};

use super::{Api, Who, ask, check};

/// (method, path with `{…}`, scopes) of everything inside a workspace.
fn endpoints() -> Vec<(Method, String, Vec<String>)> {
    let document: Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let scopes = operation["security"][0]["session"].as_array().into_iter().flatten();
            let scopes = scopes.map(|scope| scope.as_str().unwrap().to_owned()).collect();
            found.push((method.to_uppercase().parse().unwrap(), path.clone(), scopes));
        }
    }
    found
}

fn fill(path: &str, workspace: &str) -> String {
    let mut ids = Ids::new(Timestamp::from_secs(1_700_000_000), 99);
    let id = |id: &dyn std::fmt::Display| id.to_string();
    let some = match path {
        p if p.contains("/activities/") => id(&ids.next::<model::ActivityId>()),
        p if p.contains("/api-keys/") => id(&ids.next::<model::ApiKeyId>()),
        p if p.contains("/bot/questions/") => id(&ids.next::<model::BotQuestionId>()),
        p if p.contains("/bot/facts/") => id(&ids.next::<model::BotFactId>()),
        p if p.contains("/canned-replies/") => id(&ids.next::<model::CannedReplyId>()),
        p if p.contains("/channel-accounts/") => id(&ids.next::<model::ChannelAccountId>()),
        p if p.contains("/contacts/") => id(&ids.next::<model::ContactId>()),
        p if p.contains("/joins/") => id(&ids.next::<model::JoinId>()),
        p if p.contains("/conversations/") => id(&ids.next::<model::ConversationId>()),
        p if p.contains("/messages/") => id(&ids.next::<model::MessageId>()),
        p if p.contains("/executions/") => id(&ids.next::<model::ExecutionId>()),
        p if p.contains("/flows/") => id(&ids.next::<model::FlowId>()),
        p if p.contains("/members/") => id(&ids.next::<model::MembershipId>()),
        p if p.contains("/reservations/") => id(&ids.next::<model::ReservationId>()),
        p if p.contains("/business-hours/") => id(&ids.next::<model::BusinessHoursId>()),
        p if p.contains("/task-channels/") => id(&ids.next::<model::TaskChannelId>()),
        p if p.contains("/task-queues/") => id(&ids.next::<model::TaskQueueId>()),
        p if p.contains("/custom-fields/") => id(&ids.next::<model::CustomFieldId>()),
        p if p.contains("/webhooks/") => id(&ids.next::<model::WebhookId>()),
        p if p.contains("/webhook-deliveries/") => id(&ids.next::<model::WebhookDeliveryId>()),
        p if p.contains("/unreadable/") => id(&ids.next::<model::DeliveryId>()),
        p if p.contains("/tasks/") => id(&ids.next::<model::TaskId>()),
        p if p.contains("/workers/") => id(&ids.next::<model::WorkerId>()),
        p if p.contains("/workflows/") => id(&ids.next::<model::WorkflowId>()),
        _ => String::new(),
    };
    path.replace("{ws}", workspace).replace("{id}", &some).replace("{key}", "order").replace("{n}", "1")
}

/// Proves S1 and S3.
#[test]
fn nobody_and_no_neighbour_reaches_any_endpoint() {
    check("nobody_and_no_neighbour_reaches_any_endpoint", async |api: Api| {
        let neighbour = api.person(api.other.ws, "Admin", &[("admin", "all")], None).await;
        let (neighbour_key, _) = api.key(api.other.ws, "admin").await;
        let unknown = Id::from_uuid(uuid::Uuid::from_u128(7));
        let unknown: model::WorkspaceId = unknown;
        for (method, path, _) in endpoints().into_iter().filter(|(_, path, _)| path.contains("/workspaces/")) {
            let real = fill(&path, &api.shop.id.to_string());
            let nobody = api.send(&Who::Nobody, ask(method.clone(), &real)).await;
            assert_eq!(nobody.refusal(), (401, "signed_out"), "{method} {path}");
            for who in [&neighbour, &neighbour_key] {
                let refused = api.send(who, ask(method.clone(), &real)).await;
                assert_eq!(refused.refusal(), (404, "not_found"), "{method} {path} by {who:?}");
                let nowhere = api.send(who, ask(method.clone(), fill(&path, &unknown.to_string()))).await;
                assert_eq!(refused.text, nowhere.text, "{method} {path}: another's workspace looks like none");
            }
        }
    });
}

/// Proves S1.
#[test]
fn an_agent_reaches_only_what_agents_may() {
    check("an_agent_reaches_only_what_agents_may", async |api: Api| {
        let agent = api.agent().await;
        let may =
            ["task.take", "conversation.read", "conversation.write", "conversation.close", "contact.read", "contact.write", "contact.join"];
        let mut refused = 0;
        for (method, path, scopes) in endpoints().into_iter().filter(|(_, path, _)| path.contains("/workspaces/")) {
            if scopes.is_empty() || scopes.iter().all(|scope| may.contains(&scope.as_str())) {
                continue;
            }
            let reply = api.send(&agent, ask(method.clone(), fill(&path, &api.shop.id.to_string()))).await;
            assert_eq!(reply.refusal(), (404, "not_found"), "{method} {path} needs {scopes:?}");
            refused += 1;
        }
        assert!(refused > 40, "{refused} endpoints are not for agents");
        for rest in ["/desk", "/activities", "/canned-replies", "/conversations", "/contacts", "/search?q=x"] {
            api.get(&agent, rest).await.ok();
        }
    });
}

/// Proves S4.
#[test]
fn inputs_are_closed() {
    check("inputs_are_closed", async |api: Api| {
        let admin = api.person(api.shop.ws, "Admin", &[("admin", "all")], Some(api.shop.ana)).await;
        let document: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let mut judged = 0;
        for (method, path, _) in endpoints() {
            let operation = &document["paths"][&path][method.as_str().to_lowercase()];
            if !operation["requestBody"]["content"]["application/json"].is_object() {
                continue;
            }
            let reply = api.send(&admin, ask(method.clone(), fill(&path, &api.shop.id.to_string())).with(json!({ "zzz": 1 }))).await;
            assert_eq!(reply.refusal(), (400, "unknown_field"), "{method} {path}: {}", reply.text);
            assert_eq!(reply.json["field"], json!("/zzz"), "{method} {path}");
            judged += 1;
        }
        assert!(judged > 30, "{judged} inputs were judged");
        for query in ["/conversations?zzz=1", "/audit-log?zzz=1", "/contacts?zzz=1", "/members?cursor=nonsense"] {
            assert_eq!(api.get(&admin, query).await.status.as_u16(), 400, "{query}");
        }
    });
}

/// Proves S2.
#[test]
fn a_child_of_another_parent_is_not_there() {
    check("a_child_of_another_parent_is_not_there", async |api: Api| {
        let admin = api.admin().await;
        let of_other = [
            format!("/channel-accounts/{}", api.other.webchat),
            format!("/flows/{}", api.other.flow),
            format!("/task-queues/{}", api.other.queue),
            format!("/workflows/{}", api.other.workflow),
            format!("/workers/{}", api.other.ana),
            format!("/activities/{}", api.other.available),
        ];
        for rest in of_other {
            assert_eq!(api.get(&admin, &rest).await.refusal(), (404, "not_found"), "{rest}");
        }
        let own = api.get(&admin, &format!("/workers/{}", api.shop.ana)).await.ok();
        assert_eq!(own["name"], json!("Ana"));
        let taken = api.post(&admin, &format!("/workers/{}/activity", api.shop.ana), json!({ "activity_id": api.other.away })).await;
        assert_ne!(taken.status.as_u16(), 200, "an activity of another workspace");
        assert_eq!(
            api.get(&admin, "/workers/WT00000000000000000000000000000001").await.refusal(),
            (404, "not_found"),
            "another kind of id"
        );
    });
}
