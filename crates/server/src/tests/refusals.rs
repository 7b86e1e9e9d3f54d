//! What a refusal says: what is wrong, where, and what to do, in the reader's language.

use axum::http::{Method, header};
use serde_json::{Value, json};

use super::{Api, Reply, Who, ask, check};

/// Code, field and case of a refusal.
fn said(reply: &Reply) -> [&str; 3] {
    [&reply.json["code"], &reply.json["field"], &reply.json["params"]["what"]].map(|value| value.as_str().unwrap_or_default())
}

#[test]
fn refusals_name_the_input_and_the_mend() {
    check("refusals_name_the_input_and_the_mend", async |api: Api| {
        let admin = api.admin().await;
        assert_eq!(said(&api.get(&admin, "/workers?limit=many").await), ["bad_query", "/limit", "wrong_type"]);
        assert_eq!(said(&api.get(&admin, "/workers?page=2").await), ["bad_query", "/page", "unknown_field"]);
        assert_eq!(said(&api.get(&admin, "/workers?cursor=x").await), ["bad_cursor", "/cursor", ""]);
        let queue = format!("/task-queues/{}", api.shop.queue);
        assert_eq!(said(&api.delete(&admin, &queue).await), ["bad_query", "/version", "required"]);
        let used = api.delete(&admin, &format!("{queue}?version=1")).await;
        assert_eq!((said(&used), &used.json["params"]["name"].is_string()), (["in_use", "", "workflow"], &true), "{}", used.text);
        assert_eq!(used.json["mend"], "Take the queue out of the workflow first");

        let flow = api.post(&admin, "/flows", json!({ "name": "New", "definition": { "states": [] } })).await;
        assert_eq!(said(&flow), ["wrong_type", "/definition", "text"]);
        assert!(flow.json["mend"].as_str().unwrap().contains("JSON.stringify"), "{}", flow.text);
        let broken = api.post(&admin, "/flows", json!({ "name": "New", "definition": "{\n  7" })).await;
        assert_eq!((said(&broken), &broken.json["params"]["line"]), (["bad_json", "/definition", "place"], &json!(2)));

        let member = |roles: Value| json!({ "email": "zoe@shop.example", "name": "Zoe", "password": "ten letters", "roles": roles });
        for (roles, expected) in [
            (json!([{ "role": "king", "scope": "all" }]), ["unknown_role", "/roles/0/role", ""]),
            (json!([{ "role": "agent", "scope": "moon" }]), ["unknown_scope", "/roles/0/scope", ""]),
            (
                json!([{ "role": "agent", "scope": "queue", "queues": ["WQ00000000000000000000000000000009"] }]),
                ["unknown_queue", "/roles/0/queues", ""],
            ),
            (json!([{ "role": "agent", "scope": "queue", "queues": ["Sales"] }]), ["wrong_type", "/roles/0/queues/0", "id"]),
            (json!("agent"), ["wrong_type", "/roles", "list"]),
            (json!([{ "scope": "all" }]), ["required", "/roles/0/role", ""]),
        ] {
            let refused = api.post(&admin, "/members", member(roles)).await;
            assert_eq!(said(&refused), expected, "{}", refused.text);
        }
        assert_eq!(said(&api.post(&admin, "/workers", json!({ "name": "A", "nmae": "B" })).await), ["unknown_field", "/nmae", ""]);
        let expression = api.patch(&admin, &queue, json!({ "target_workers": "a ==\n", "version": 1 })).await;
        assert_eq!((said(&expression), &expression.json["params"]["line"]), (["bad_expression", "/target_workers", "place"], &json!(2)));
    });
}

#[test]
fn refusals_speak_the_readers_language() {
    check("refusals_speak_the_readers_language", async |api: Api| {
        let admin = api.admin().await;
        let at = |language: &str| ask(Method::GET, api.path("/workers?cursor=x")).header("accept-language", language);
        let german = api.send(&admin, at("de-AT, en;q=0.5")).await;
        assert_eq!((german.refusal(), &german.headers[header::CONTENT_LANGUAGE]), ((400, "bad_cursor"), &"de".parse().unwrap()));
        assert_eq!(
            (&german.json["title"], &german.json["detail"]),
            (&json!("Anfrage nicht verständlich"), &json!("Diese Seitenmarke ist keine von uns"))
        );
        assert!(german.json["mend"].as_str().unwrap().starts_with("Senden Sie next_cursor"), "{}", german.text);
        let korean = api.send(&admin, at("ko")).await;
        assert_eq!(korean.json["detail"], "저희가 준 커서가 아니에요");
        let other = api.send(&admin, at("fr")).await;
        assert_eq!(
            (&other.json["detail"], &other.headers[header::CONTENT_LANGUAGE]),
            (&json!("That cursor is none of ours"), &"en".parse().unwrap())
        );
        assert_eq!(other.json["field"], german.json["field"]);

        let signed_out = api.send(&Who::Nobody, ask(Method::GET, "/api/v1/me").header("accept-language", "ko")).await;
        assert_eq!((signed_out.refusal(), &signed_out.json["title"]), ((401, "signed_out"), &json!("로그인되지 않음")));
        let nowhere = api.send(&Who::Nobody, ask(Method::GET, "/").header("host", "nobody.example").header("accept-language", "de")).await;
        assert!(nowhere.json["detail"].as_str().unwrap().contains("nobody.example"), "{}", nowhere.text);
        let file = api
            .send(&Who::Nobody, ask(Method::GET, "/no/such").header("accept-language", "de").header("host", "files.localhost:8080"))
            .await;
        assert_eq!(file.refusal(), (404, "not_found"));
    });
}
