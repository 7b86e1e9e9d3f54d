//! What is not yours looks exactly like what is not there.

use axum::http::Method;
use model::{Id, Ids, Timestamp};
use serde_json::{Value, json};

use super::{Api, Furnished, ask, check, differences, rows};

/// What an agent might try on a colleague's things, each with a body that would be right.
fn attempts(house: &Furnished) -> Vec<(Method, &'static str, &'static str, Option<Value>)> {
    let (post, get) = (Method::POST, Method::GET);
    vec![
        (get.clone(), "conversations", "", None),
        (get.clone(), "conversations", "/messages", None),
        (
            post.clone(),
            "conversations",
            "/messages",
            Some(json!({ "client_id": "c1", "text": "x", "private": false, "attachment_ids": [] })),
        ),
        (post.clone(), "conversations", "/close", Some(json!({}))),
        (post.clone(), "messages", "/retry", Some(json!({}))),
        (post.clone(), "messages", "/arrived", Some(json!({}))),
        (post.clone(), "reservations", "/accept", Some(json!({}))),
        (post.clone(), "reservations", "/reject", Some(json!({}))),
        (post.clone(), "tasks", "/wrap", Some(json!({}))),
        (post.clone(), "tasks", "/complete", Some(json!({ "disposition": "", "note": "", "last_seen_seq": 99 }))),
        (post.clone(), "tasks", "/transfer", Some(json!({ "flow": true, "note": "" }))),
        (post.clone(), "tasks", "/requeue", Some(json!({}))),
        (post.clone(), "tasks", "/assign", Some(json!({ "worker_id": house.worker }))),
        (post.clone(), "tasks", "/cancel", Some(json!({ "reason": "" }))),
        (post.clone(), "workers", "/activity", Some(json!({ "activity_id": house.api.shop.away }))),
        (get.clone(), "contacts", "", None),
        (Method::PATCH, "contacts", "", Some(json!({ "name": "x", "version": 1 }))),
        (Method::PUT, "contacts", "/facts/order", Some(json!({ "value": "x" }))),
        (Method::DELETE, "contacts", "/facts/order", None),
        (post.clone(), "contacts", "/join", Some(json!({ "other_person_id": house.ids["contacts"] }))),
        (post, "joins", "/undo", Some(json!({}))),
        (get.clone(), "executions", "/steps", None),
        (get.clone(), "members", "", None),
        (get, "channel-accounts", "", None),
    ]
}

/// An id that nobody has.
fn unknown(kind: &str) -> String {
    let mut ids = Ids::new(Timestamp::from_secs(1_700_000_000), 99);
    match kind {
        "conversations" => ids.next::<model::ConversationId>().to_string(),
        "messages" => ids.next::<model::MessageId>().to_string(),
        "reservations" => ids.next::<model::ReservationId>().to_string(),
        "tasks" => ids.next::<model::TaskId>().to_string(),
        "workers" => ids.next::<model::WorkerId>().to_string(),
        "contacts" => ids.next::<model::ContactId>().to_string(),
        "joins" => ids.next::<model::JoinId>().to_string(),
        "executions" => ids.next::<model::ExecutionId>().to_string(),
        "members" => ids.next::<model::MembershipId>().to_string(),
        "channel-accounts" => ids.next::<model::ChannelAccountId>().to_string(),
        other => panic!("no unknown {other}"),
    }
}

#[test]
fn s3_unknown_and_forbidden_are_one_answer() {
    check("s3_unknown_and_forbidden_are_one_answer", async |api: Api| {
        let house = Furnished::new(api).await;
        let api = &house.api;
        let idle = if house.worker == api.shop.ana { api.shop.ben } else { api.shop.ana };
        let agent = api.person(api.shop.ws, "Idle", &[("agent", "own")], Some(idle)).await;
        let neighbour = api.person(api.other.ws, "Neighbour", &[("admin", "all")], None).await;
        let before = rows(api).await;
        for (method, kind, rest, body) in attempts(&house) {
            for (who, name) in [(&agent, "an agent"), (&neighbour, "a neighbour")] {
                let send = async |id: &str| {
                    let ask = ask(method.clone(), api.path(&format!("/{kind}/{id}{rest}")));
                    api.send(who, if let Some(body) = &body { ask.with(body.clone()) } else { ask }).await
                };
                let (forbidden, nowhere) = (send(&house.ids[kind]).await, send(&unknown(kind)).await);
                assert_eq!(nowhere.refusal(), (404, "not_found"), "{method} {kind}{rest} by {name}");
                assert_eq!((forbidden.status, &forbidden.text), (nowhere.status, &nowhere.text), "{method} {kind}{rest} by {name}");
                let names = |reply: &super::Reply| {
                    let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
                    names.sort();
                    names
                };
                assert_eq!(names(&forbidden), names(&nowhere), "{method} {kind}{rest} by {name}");
            }
        }
        let changed = differences(&before, &rows(api).await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}

/// S2: the child in the path belongs to the parent in the path, or there is nothing.
#[test]
fn s2_a_child_is_found_only_under_its_own_parent() {
    check("s2_a_child_is_found_only_under_its_own_parent", async |api: Api| {
        let house = Furnished::new(api).await;
        let api = &house.api;
        let everywhere = api.person(api.other.ws, "Sam", &[("admin", "all")], None).await;
        for (kind, id) in &house.ids {
            let path = format!("/api/v1/workspaces/{}/{kind}/{id}", api.other.id);
            for method in [Method::GET, Method::DELETE] {
                let reply = api.send(&everywhere, ask(method.clone(), format!("{path}?version=1"))).await;
                assert!(matches!(reply.status.as_u16(), 400 | 404 | 405), "{method} {path}: {} {}", reply.status, reply.text);
            }
        }
        let stranger: model::ConversationId = Id::from_uuid(uuid::Uuid::from_u128(9));
        for rest in [
            format!("/executions?conversation={stranger}"),
            format!("/conversations?contact={}", unknown("contacts")),
            format!("/flows/{}/revisions/99", house.ids["flows"]),
        ] {
            let reply = api.get(&house.admin, &rest).await;
            let nothing = reply.status.as_u16() == 404 || reply.json["items"].as_array().is_some_and(Vec::is_empty);
            assert!(nothing, "{rest}: {} {}", reply.status, reply.text);
        }
        let wrong = format!("/contacts/{}/facts/no-such-key", house.ids["contacts"]);
        assert_eq!(api.delete(&house.admin, &wrong).await.refusal(), (404, "not_found"));
    });
}
