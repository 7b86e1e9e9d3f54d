//! Custom fields: defined once, checked on every write by an agent, told by label, and read by flows and programs.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, Who, ask, check};

fn new(subject: &str, key: &str, kind: &str, more: Value) -> Value {
    let mut field = json!({ "subject": subject, "key": key, "kind": kind, "labels": { "en": format!("The {key}"), "de": " " } });
    field.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    field
}

fn tier(subject: &str) -> Value {
    let choices = json!([{ "value": "gold", "labels": { "en": "Gold", "ko": "골드" } }, { "value": "iron", "labels": { "en": "Iron" } }]);
    new(subject, "tier", "choice", json!({ "choices": choices, "required": true, "place": 1 }))
}

/// Status, code and the field to blame.
async fn refused(api: &Api, who: &Who, method: Method, rest: &str, body: Value) -> (u16, String, String) {
    let reply = api.send(who, ask(method, api.path(rest)).with(body)).await;
    let (status, code) = reply.refusal();
    (status, code.to_owned(), reply.json["field"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn fields_are_defined_changed_and_taken_away() {
    check("fields_are_defined_changed_and_taken_away", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let later = api.post(&admin, "/custom-fields", new("contact", "since", "date", json!({ "place": 2 }))).await.ok();
        let first = api.post(&admin, "/custom-fields", tier("contact")).await.ok();
        let of_task = api.post(&admin, "/custom-fields", tier("task")).await.ok();
        assert_eq!((&first["labels"], &first["shown"], &first["version"]), (&json!({ "en": "The tier" }), &json!(true), &json!(1)));
        assert_eq!(
            api.get(&agent, "/custom-fields").await.ok()["items"],
            json!([first, later, of_task]),
            "agents read them, in their order"
        );

        let wrong = [
            (new("worker", "x", "text", json!({})), 422, "unknown", "/subject"),
            (new("contact", "x", "colour", json!({})), 422, "unknown", "/kind"),
            (new("contact", "1x", "text", json!({})), 422, "bad_key", "/key"),
            (new("contact", "a b", "text", json!({})), 422, "bad_key", "/key"),
            (new("contact", "x", "text", json!({ "labels": {} })), 422, "required", "/labels"),
            (new("contact", "x", "text", json!({ "labels": { "fr": "x" } })), 422, "unknown", "/labels/fr"),
            (new("contact", "x", "choice", json!({})), 422, "required", "/choices"),
            (new("contact", "x", "text", json!({ "choices": [{ "value": "a", "labels": { "en": "A" } }] })), 422, "exclusive", "/choices"),
            (
                new(
                    "contact",
                    "x",
                    "choice",
                    json!({ "choices": [{ "value": "a", "labels": { "en": "A" } }, { "value": "a", "labels": { "en": "B" } }] }),
                ),
                422,
                "taken",
                "/choices/1/value",
            ),
            (new("contact", "x", "text", json!({ "place": -1 })), 422, "out_of_range", "/place"),
            (new("task", "channelType", "text", json!({})), 422, "reserved", "/key"),
            (tier("contact"), 409, "name_taken", "/key"),
        ];
        for (body, status, code, field) in wrong {
            let said = refused(&api, &admin, Method::POST, "/custom-fields", body.clone()).await;
            assert_eq!(said, (status, code.to_owned(), field.to_owned()), "{body}");
        }
        let at = format!("/custom-fields/{}", first["id"].as_str().unwrap());
        let body = json!({ "key": "rank", "version": 1 });
        assert_eq!(refused(&api, &admin, Method::PATCH, &at, body).await, (400, "unknown_field".into(), "/key".into()), "a key stays");
        let changed = api.patch(&admin, &at, json!({ "labels": { "ko": "등급" }, "required": false, "place": 9, "version": 1 })).await.ok();
        assert_eq!((&changed["labels"], &changed["kind"], &changed["version"]), (&json!({ "ko": "등급" }), &json!("choice"), &json!(2)));
        assert_eq!(api.get(&admin, "/custom-fields").await.ok()["items"], json!([later, changed, of_task]));
        assert_eq!(api.get(&admin, &at).await.ok(), changed);
        assert_eq!(api.patch(&admin, &at, json!({ "shown": false, "version": 1 })).await.refusal(), (409, "stale_version"));
        assert_eq!(
            api.patch(&agent, &at, json!({ "shown": false, "version": 2 })).await.refusal().0,
            404,
            "agents edit values, not fields"
        );
        assert_eq!(api.post(&agent, "/custom-fields", new("contact", "mine", "text", json!({}))).await.refusal().0, 404);
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);
        assert_eq!(api.get(&admin, &at).await.refusal(), (404, "not_found"));
    });
}

#[test]
fn values_of_contacts_are_checked_by_their_field() {
    check("values_of_contacts_are_checked_by_their_field", async |api: Api| {
        let (admin, mia) = (api.admin().await, visitor(1));
        for (key, kind) in [("note", "text"), ("orders", "number"), ("since", "date"), ("vip", "yes_no"), ("shop", "link")] {
            api.post(&admin, "/custom-fields", new("contact", key, kind, json!({}))).await.ok();
        }
        api.post(&admin, "/custom-fields", tier("contact")).await.ok();
        api.house.chat(&api.shop, mia, "1", "Hello").await.unwrap();
        let person = api.get(&admin, "/contacts").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
        let at = |key: &str| format!("/contacts/{person}/facts/{key}");
        let wrong = [
            ("orders", "many", "not_a_number"),
            ("since", "21.11.2026", "not_a_date"),
            ("vip", "true", "not_yes_or_no"),
            ("shop", "javascript:alert(1)", "not_a_link"),
            ("tier", "silver", "not_a_choice"),
            ("note", "  ", "field_empty"),
        ];
        for (key, value, code) in wrong {
            let reply = api.put(&admin, &at(key), json!({ "value": value })).await;
            assert_eq!((reply.refusal(), &reply.json["field"], &reply.json["params"]["key"]), ((422, code), &json!("/value"), &json!(key)));
            let detail = reply.json["detail"].as_str().unwrap();
            assert!(
                detail.starts_with(&format!("The {key} takes ")) || detail.starts_with("Tier takes "),
                "names the field and the mend: {detail}"
            );
        }
        let mut shown = Value::Null;
        for (key, value) in [
            ("orders", " 12 "),
            ("since", "2026-11-21"),
            ("vip", "yes"),
            ("shop", "https://a.example"),
            ("tier", "gold"),
            ("other", "free"),
        ] {
            shown = api.put(&admin, &at(key), json!({ "value": value })).await.ok();
        }
        let facts = shown["facts"].as_array().unwrap();
        let fact = |key: &str| facts.iter().find(|fact| fact["key"] == key).unwrap();
        assert_eq!((&fact("orders")["value"], &fact("orders")["label"]), (&json!("12"), &json!("The orders")));
        assert_eq!(fact("other")["label"], json!("other"), "what has no field stays free");
        assert_eq!(refused(&api, &admin, Method::DELETE, &at("tier"), json!({})).await.1, "field_required");
        assert_eq!(api.delete(&admin, &at("orders")).await.status.as_u16(), 204);
        let log = api.get(&admin, "/audit-log").await.ok();
        let told = |action: &str| {
            log["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|row| row["action"] == action)
                .map(|row| row["detail"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(told("contact.field_set"), ["tier", "shop", "vip", "since", "orders"], "what is no field is no line");
        assert_eq!(told("contact.field_removed"), ["orders"]);
    });
}

#[test]
fn values_of_tasks_are_attributes_of_their_kind() {
    check("values_of_tasks_are_attributes_of_their_kind", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        api.post(&admin, "/custom-fields", new("task", "amount", "number", json!({}))).await.ok();
        api.post(&admin, "/custom-fields", new("task", "refund", "yes_no", json!({}))).await.ok();
        api.post(&admin, "/custom-fields", tier("task")).await.ok();
        let (_, task, _) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
        let before: Value = serde_json::from_str(&api.house.task(&api.shop, task).await.unwrap().attributes).unwrap();
        let at = |key: &str| format!("/tasks/{task}/fields/{key}");
        for (key, value, code) in [("amount", "lots", "not_a_number"), ("refund", "maybe", "not_yes_or_no"), ("tier", "x", "not_a_choice")]
        {
            assert_eq!(refused(&api, &admin, Method::PUT, &at(key), json!({ "value": value })).await, (422, code.into(), "/value".into()));
        }
        assert_eq!(
            api.put(&admin, &at("channelType"), json!({ "value": "x" })).await.refusal(),
            (404, "not_found"),
            "only what has a field"
        );
        let mut shown = Value::Null;
        for (key, value) in [("amount", "-12.5"), ("refund", "yes"), ("tier", "iron")] {
            let set = async { api.put(&admin, &at(key), json!({ "value": value })).await };
            shown = api.house.working_during(set).await.ok();
        }
        let after: Value = serde_json::from_str(shown["attributes"].as_str().unwrap()).unwrap();
        assert_eq!((&after["amount"], &after["refund"], &after["tier"]), (&json!(-12.5), &json!(true), &json!("iron")));
        assert!(before.as_object().unwrap().iter().all(|(key, value)| after[key] == *value), "the rest stays: {after}");
        assert_eq!(refused(&api, &admin, Method::DELETE, &at("tier"), json!({})).await.1, "field_required");
        let clear = async { api.delete(&admin, &at("refund")).await };
        let cleared = api.house.working_during(clear).await.ok();
        assert!(!cleared["attributes"].as_str().unwrap().contains("refund"));
        assert_eq!(api.delete(&admin, &at("refund")).await.refusal(), (404, "not_found"));
        let other = api.get(&agent, "/custom-fields").await.ok();
        assert_eq!(other["items"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn another_kind_and_no_field_at_all_harm_no_value() {
    check("another_kind_and_no_field_at_all_harm_no_value", async |api: Api| {
        let (admin, mia) = (api.admin().await, visitor(1));
        let field = api.post(&admin, "/custom-fields", new("contact", "size", "text", json!({}))).await.ok();
        let at = format!("/custom-fields/{}", field["id"].as_str().unwrap());
        api.house.chat(&api.shop, mia, "1", "Hello").await.unwrap();
        let person = api.get(&admin, "/contacts").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
        let value = format!("/contacts/{person}/facts/size");
        api.put(&admin, &value, json!({ "value": "large" })).await.ok();
        let held = async || {
            let shown = api.get(&admin, &format!("/contacts/{person}")).await.ok();
            shown["facts"].as_array().unwrap().iter().find(|fact| fact["key"] == "size").unwrap()["value"].clone()
        };
        assert_eq!(
            refused(&api, &admin, Method::PATCH, &at, json!({ "kind": "choice", "version": 1 })).await.1,
            "required",
            "choices are asked for"
        );
        let choices = json!([{ "value": "small", "labels": { "en": "Small" } }]);
        let changed = api.patch(&admin, &at, json!({ "kind": "choice", "choices": choices, "version": 1 })).await.ok();
        assert_eq!((&changed["kind"], held().await), (&json!("choice"), json!("large")));
        let changed = api.patch(&admin, &at, json!({ "kind": "number", "version": 2 })).await.ok();
        assert_eq!((&changed["kind"], &changed["choices"], held().await), (&json!("number"), &json!([]), json!("large")));
        assert_eq!(
            refused(&api, &admin, Method::PUT, &value, json!({ "value": "large" })).await.1,
            "not_a_number",
            "written anew it has to fit"
        );
        assert_eq!(held().await, json!("large"));
        api.put(&admin, &value, json!({ "value": "44" })).await.ok();
        assert_eq!(api.delete(&admin, &format!("{at}?version=3")).await.status.as_u16(), 204);
        assert_eq!(held().await, json!("44"), "a fact like any other");
        let log = api.get(&admin, "/audit-log").await.ok();
        let rows = log["items"].as_array().unwrap().iter().filter(|row| row["action"].as_str().unwrap().starts_with("custom_field."));
        let rows: Vec<_> = rows.map(|row| (row["action"].as_str().unwrap(), row["detail"].as_str().unwrap())).collect();
        assert_eq!(
            rows,
            [
                ("custom_field.deleted", "size"),
                ("custom_field.changed", "choice -> number"),
                ("custom_field.changed", "text -> choice"),
                ("custom_field.created", "text"),
            ]
        );
    });
}

#[test]
fn flows_read_fields_by_kind_and_write_only_what_fits() {
    check("flows_read_fields_by_kind_and_write_only_what_fits", async |api: Api| {
        let admin = api.admin().await;
        for (subject, key, kind) in
            [("contact", "orders", "number"), ("contact", "since", "date"), ("task", "amount", "number"), ("task", "due", "date")]
        {
            api.post(&admin, "/custom-fields", new(subject, key, kind, json!({}))).await.ok();
        }
        let set = json!([{ "key": "orders", "value": "41" }, { "key": "since", "value": "long ago" }]);
        let states = json!([
            { "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "keep" }] },
            { "name": "keep", "type": "set-variables", "properties": { "variables": [], "contact_fields": set }, "transitions": [{ "event": "next", "next": "tell" }] },
            { "name": "tell", "type": "send-message", "properties": { "body": "Order {{contact.fields.orders | plus: 1}}, {{contact.fields.since}}." },
              "transitions": [{ "event": "sent", "next": "ask" }, { "event": "failed", "next": "ask" }] },
            { "name": "ask", "type": "send-to-flex", "properties": { "attributes": "{\"amount\": \"{{contact.fields.orders}}\", \"due\": \"soon\"}" },
              "transitions": [{ "event": "callComplete" }] },
        ]);
        let flow = json!({ "description": "", "initial_state": "Trigger", "flags": { "allow_concurrent_calls": true }, "states": states });
        api.house.publish(&api.shop, &flow.to_string()).await.unwrap();
        api.house.chat(&api.shop, visitor(1), "1", "Hello").await.unwrap();
        api.house.settle().await.unwrap();
        let person = api.get(&admin, "/contacts").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
        let shown = api.get(&admin, &format!("/contacts/{person}")).await.ok();
        let fact = |key: &str| shown["facts"].as_array().unwrap().iter().find(|fact| fact["key"] == key).cloned();
        assert_eq!((&fact("orders").unwrap()["value"], fact("since")), (&json!("41"), None));
        let conversation = shown["conversations"][0]["id"].as_str().unwrap().to_owned();
        let messages = api.get(&admin, &format!("/conversations/{conversation}/messages")).await.ok();
        assert!(messages["items"].as_array().unwrap().iter().any(|message| message["text"] == "Order 42, ."), "{messages}");
        let conversation: model::ConversationId = conversation.parse().unwrap();
        let task = api.house.tasks(&api.shop, conversation).await.unwrap().remove(0);
        let attributes: Value = serde_json::from_str(&task.attributes).unwrap();
        assert_eq!((&attributes["amount"], &attributes["due"]), (&json!(41), &Value::Null));
        let run = api.get(&admin, "/executions").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
        let steps = api.get(&admin, &format!("/executions/{run}/steps")).await;
        for warning in ["the contact's field since takes a date", "the task's field due takes a date"] {
            assert!(steps.text.contains(warning), "{warning} is told in {}", steps.text);
        }
    });
}
