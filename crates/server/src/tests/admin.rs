//! The admin's nouns: made, changed, refused, deleted; told to the audit log.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, Reply, Who, ask, check, check_all_channels};

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

#[test]
fn routing_nouns_live_and_die() {
    check("routing_nouns_live_and_die", async |api: Api| {
        let admin = api.admin().await;
        let queue = api.post(&admin, "/task-queues", json!({ "name": "Sales", "target_workers": "department == 'sales'" })).await.ok();
        assert_eq!((&queue["task_order"], &queue["max_reserved_workers"], &queue["version"]), (&json!("FIFO"), &json!(1), &json!(1)));
        let at = format!("/task-queues/{}", id(&queue));
        let bad = api.patch(&admin, &at, json!({ "target_workers": "department ==", "version": 1 })).await;
        assert_eq!(bad.refusal(), (422, "bad_expression"));
        assert_eq!((&bad.json["field"], bad.json["params"]["offset"].is_number()), (&json!("/target_workers"), true), "{}", bad.text);
        let changed = api.patch(&admin, &at, json!({ "name": "Sales 2", "version": 1 })).await.ok();
        assert_eq!((&changed["name"], &changed["version"]), (&json!("Sales 2"), &json!(2)));
        assert_eq!(api.patch(&admin, &at, json!({ "name": "x", "version": 1 })).await.refusal(), (409, "stale_version"));
        let taken = api.post(&admin, "/task-queues", json!({ "name": "sales 2", "target_workers": "1==1" })).await;
        assert_eq!((taken.refusal(), &taken.json["field"]), ((422, "name_taken"), &json!("/name")));

        let configuration = json!({ "task_routing": { "filters": [], "default_filter": { "queue": id(&queue) } } }).to_string();
        let workflow = api.post(&admin, "/workflows", json!({ "name": "Two", "configuration": configuration })).await.ok();
        assert_eq!(workflow["configuration"], json!(configuration), "kept byte for byte");
        let unknown = configuration.replace(&id(&queue), "WQ00000000000000000000000000000009");
        let refused = api.post(&admin, "/workflows", json!({ "name": "Three", "configuration": unknown })).await;
        assert_eq!(refused.status.as_u16(), 422);
        assert!(refused.json["field"].as_str().unwrap().starts_with("/configuration"), "{}", refused.text);
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.refusal(), (409, "in_use"));
        assert_eq!(api.delete(&admin, &format!("/workflows/{}?version=1", id(&workflow))).await.status.as_u16(), 204);
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);
        assert_eq!(api.get(&admin, &at).await.refusal(), (404, "not_found"));

        let activity = api.post(&admin, "/activities", json!({ "name": "Lunch", "available": false })).await.ok();
        let at = format!("/activities/{}", id(&activity));
        assert_eq!(api.patch(&admin, &at, json!({ "name": "Break" })).await.ok()["name"], json!("Break"));
        assert_eq!(api.delete(&admin, &at).await.status.as_u16(), 204);
        assert_eq!(api.delete(&admin, &format!("/activities/{}", api.shop.away)).await.refusal(), (409, "in_use"));

        let worker = api.post(&admin, "/workers", json!({ "name": "Zoe", "attributes": "{ \"x\": 1 }", "channels": [{ "channel": "chat", "capacity": 3, "available": true }] })).await.ok();
        assert_eq!((&worker["attributes"], &worker["user_id"]), (&json!("{ \"x\": 1 }"), &Value::Null));
        let chat = worker["channels"].as_array().unwrap().iter().find(|one| one["channel"] == "chat").unwrap().clone();
        assert_eq!(chat, json!({ "channel": "chat", "capacity": 3, "available": true, "open": 0 }));
        let at = format!("/workers/{}", id(&worker));
        assert_eq!(api.patch(&admin, &at, json!({ "attributes": "[", "version": 1 })).await.refusal(), (422, "bad_json"));
        api.patch(&admin, &at, json!({ "name": "Zoé", "version": 1 })).await.ok();
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);
    });
}

/// Proves I5.3.
#[test]
fn a_request_key_does_things_once() {
    check("a_request_key_does_things_once", async |api: Api| {
        let admin = api.admin().await;
        let make = |path: &str, body: Value| ask(Method::POST, api.path(path)).with(body).header("idempotency-key", format!("k{path}"));
        let nouns = [
            (
                "/canned-replies",
                json!({ "shortcut": "hi", "title": "Hello", "texts": { "en": "Hello!" } }),
                json!({ "shortcut": "ho", "title": "Ho", "texts": { "en": "Ho" } }),
            ),
            ("/task-queues", json!({ "name": "Once", "target_workers": "1==1" }), json!({ "name": "Twice", "target_workers": "1==1" })),
            ("/flows", json!({ "name": "Once", "definition": "{}" }), json!({ "name": "Twice", "definition": "{}" })),
            (
                "/members",
                json!({ "name": "Max", "email": "max@shop.example", "password": "a long password", "roles": [{ "role": "agent", "scope": "own" }], "worker": { "attributes": "{}" } }),
                json!({ "name": "Moe", "email": "moe@shop.example", "password": "a long password", "roles": [{ "role": "agent", "scope": "own" }] }),
            ),
        ];
        for (path, body, other) in nouns {
            let before = api.get(&admin, path).await.ok()["items"].as_array().unwrap().len();
            let first = api.send(&admin, make(path, body.clone())).await.ok();
            let again = api.send(&admin, make(path, body.clone())).await.ok();
            assert_eq!(first, again, "{path}");
            assert_eq!(api.get(&admin, path).await.ok()["items"].as_array().unwrap().len(), before + 1, "{path}");
            let reused = api.send(&admin, make(path, other)).await;
            assert_eq!(reused.refusal(), (409, "idempotency_key_reused"), "{path}");
        }
        let reply = id(&api.get(&admin, "/canned-replies").await.ok()["items"][0]);
        let remove = || ask(Method::DELETE, api.path(&format!("/canned-replies/{reply}?version=1"))).header("idempotency-key", "gone");
        assert_eq!(api.send(&admin, remove()).await.status.as_u16(), 204);
        assert_eq!(api.send(&admin, remove()).await.status.as_u16(), 204, "the same deletion again");
        let odd = ask(Method::POST, api.path("/canned-replies")).with(json!({})).header("idempotency-key", "x".repeat(201));
        assert_eq!(api.send(&admin, odd).await.refusal(), (400, "bad_idempotency_key"));
    });
}

/// Proves S5.
#[test]
fn members_get_rights_and_lose_them() {
    check("members_get_rights_and_lose_them", async |api: Api| {
        let admin = api.admin().await;
        let new = |email: &str, role: &str, scope: &str| json!({ "name": "Max", "email": email, "password": "a long password", "roles": [{ "role": role, "scope": scope, "queues": [] }], "worker": { "attributes": "{\"languages\":[\"en\"]}" } });
        let max = api.post(&admin, "/members", new("max@shop.example", "agent", "own")).await.ok();
        assert_eq!((&max["worker"]["name"], &max["roles"][0]["role"]), (&json!("Max"), &json!("agent")));
        assert_eq!(api.post(&admin, "/members", new("MAX@shop.example", "agent", "own")).await.refusal(), (409, "email_taken"));
        assert_eq!(api.post(&admin, "/members", new("no address", "agent", "own")).await.refusal(), (422, "bad_email"));
        assert_eq!(api.post(&admin, "/members", new("a@b.example", "emperor", "own")).await.refusal(), (422, "unknown_role"));
        let at = format!("/members/{}", id(&max));
        let changed = api
            .patch(
                &admin,
                &at,
                json!({ "name": "Maxi", "roles": [{ "role": "supervisor", "scope": "queue", "queues": [api.shop.queue] }], "version": 1 }),
            )
            .await
            .ok();
        assert_eq!(
            (&changed["user"]["name"], &changed["worker"]["name"], &changed["version"]),
            (&json!("Maxi"), &json!("Maxi"), &json!(2))
        );
        assert_eq!(api.patch(&admin, &at, json!({ "roles": [], "version": 1 })).await.refusal(), (409, "stale_version"));
        assert_eq!(
            api.post(&admin, &format!("{at}/reset-password"), json!({ "password": "short" })).await.refusal(),
            (422, "password_short")
        );
        assert_eq!(api.post(&admin, &format!("{at}/reset-password"), json!({ "password": "a new password" })).await.status.as_u16(), 204);
        let signed_in = ask(Method::POST, "/api/v1/session").with(json!({ "email": "max@shop.example", "password": "a new password" }));
        api.send(&Who::Nobody, signed_in).await.ok();
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);
        assert_eq!(api.get(&admin, &at).await.refusal(), (404, "not_found"));

        let members = api.get(&admin, "/members").await.ok();
        assert_eq!(members["items"].as_array().unwrap().len(), 1);
        let own = format!("/members/{}", id(&members["items"][0]));
        let demoted = api.patch(&admin, &own, json!({ "roles": [{ "role": "agent", "scope": "own" }], "version": 1 })).await;
        assert_eq!(demoted.refusal(), (409, "last_admin"));
        assert_eq!(api.delete(&admin, &format!("{own}?version=1")).await.refusal(), (409, "last_admin"));
    });
}

/// Proves S6 and S22.
#[test]
fn channels_keep_their_secrets() {
    check("channels_keep_their_secrets", async |api: Api| {
        let admin = api.admin().await;
        let kinds = api.get(&admin, "/channel-kinds").await.ok();
        assert!(kinds["items"].as_array().unwrap().iter().any(|kind| kind["kind"] == "sms"));
        let new = |secrets: Value| json!({ "kind": "sms", "name": "Number", "settings": { "account_sid": "AC00000000000000000000000000000001", "number": "+15005550009", "api_base_url": "http://carrier.localhost" }, "secrets": secrets, "enabled": true, "flow_id": api.shop.flow });
        let without = api.post(&admin, "/channel-accounts", new(json!({}))).await;
        assert_eq!((without.refusal(), &without.json["field"]), ((422, "secret_missing"), &json!("/secrets/auth_token")));
        let made = api.post(&admin, "/channel-accounts", new(json!({ "auth_token": "canary-secret" }))).await;
        assert!(!made.text.contains("canary-secret"));
        let made = made.ok();
        assert_eq!((&made["secrets_set"], &made["address"]), (&json!(["auth_token"]), &json!("+15005550009")));
        let at = format!("/channel-accounts/{}", id(&made));
        let unknown = api.patch(&admin, &at, json!({ "settings": { "colour": "red" }, "version": 1 })).await;
        assert_eq!((unknown.refusal(), &unknown.json["field"]), ((422, "unknown_setting"), &json!("/settings/colour")));
        let inside = json!({ "settings": { "api_base_url": "http://169.254.169.254/latest" }, "version": 1 });
        let inside = api.patch(&admin, &at, inside).await;
        assert_eq!((inside.refusal(), &inside.json["field"]), ((422, "address_refused"), &json!("/settings/api_base_url")));
        let kept = api.patch(&admin, &at, json!({ "name": "Other", "version": 1 })).await.ok();
        assert_eq!((&kept["secrets_set"], &kept["version"]), (&json!(["auth_token"]), &json!(2)), "a change keeps the secret");
        let checked = api.post(&admin, &format!("{at}/check"), json!({})).await.ok();
        assert_eq!(checked["ok"], json!(false), "there is no carrier in this test");
        assert!(!api.get(&admin, "/channel-accounts").await.text.contains("canary-secret"));
        assert!(!api.get(&admin, "/audit-log").await.text.contains("canary-secret"));
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);

        let chat = json!({ "kind": "webchat", "name": "Site", "settings": { "allowed_sites": ["https://shop.example"] }, "enabled": true, "flow_id": null });
        let chat = api.post(&admin, "/channel-accounts", chat).await.ok();
        assert!(
            chat["snippet"]
                .as_str()
                .unwrap()
                .contains(&format!("http://webchat.localhost:8080/loader.js\" data-channel=\"{}\"", id(&chat)))
        );
        let secret = api.post(&admin, &format!("/channel-accounts/{}/rotate-webchat-secret", id(&chat)), json!({})).await.ok();
        assert!(secret["secret"].as_str().unwrap().len() > 40);
        let engine = &api.house.engine;
        let config = engine.config(api.shop.ws).await.unwrap();
        let account = &config.accounts[&id(&chat).parse().unwrap()];
        assert_eq!(Some(account.secret("identity_secret")), secret["secret"].as_str());
    });
}

/// Instagram renews no token that is younger than a day, and whoever entered one shall not read that it could not be.
#[test]
fn a_new_token_is_not_renewed_when_the_old_one_would_have_been() {
    check_all_channels("a_new_token_is_not_renewed_when_the_old_one_would_have_been", async |api: Api| {
        const HOUR_MS: i64 = 3_600_000;
        let (key, _) = api.key(api.shop.ws, "admin").await;
        let secrets = |token: &str| json!({ "app_secret": "0123456789abcdef0123456789abcdef", "access_token": token, "verify_token": "v" });
        let account = json!({ "kind": "instagram", "name": "Shop", "settings": { "login": "instagram", "instagram_id": "1001", "app_id": "3003" },
            "secrets": secrets("first"), "enabled": true, "flow_id": null });
        let made = api.post(&key, "/channel-accounts", account).await.ok();
        let (house, ws, account) = (&api.house, api.shop.ws, id(&made).parse().unwrap());
        let at = format!("/channel-accounts/{}", id(&made));
        let later = async |hours: i64| {
            house.clock.advance_ms(hours * HOUR_MS);
            house.keep_time();
            house.engine.renew().await.unwrap();
            house.engine.refresh_due(ws, account).await.unwrap();
            house.world.take_asked().iter().filter(|out| out.url.contains("refresh_access_token")).count()
        };
        assert_eq!(later(0).await, 0, "planned");
        assert_eq!(later(46).await, 0);
        let changed = api.patch(&key, &at, json!({ "secrets": secrets("second"), "version": 1 })).await.ok();
        let again = api.patch(&key, &at, json!({ "name": "Same", "secrets": secrets("second"), "version": changed["version"] })).await.ok();
        assert_eq!(later(0).await, 0, "planned anew");
        assert_eq!(later(25).await, 0, "the old token would have been renewed");
        // Saved without another token, the plan stays.
        api.patch(&key, &at, json!({ "name": "Shop", "secrets": secrets("second"), "version": again["version"] })).await.ok();
        assert_eq!(later(22).await, 0);
        assert_eq!(later(2).await, 1, "the new one is renewed two days after it was entered");
    });
}

#[test]
fn two_accounts_that_are_on_never_share_what_the_provider_calls_them() {
    check_all_channels("two_accounts_that_are_on_never_share_a_providers_name", async |api: Api| {
        let admin = api.admin().await;
        let whatsapp = |number: &str, id: &str, enabled: bool| {
            json!({ "kind": "whatsapp", "name": "Number", "settings": { "number": number, "phone_number_id": id, "waba_id": "4004", "app_id": "3003" },
                "secrets": { "app_secret": "0123456789abcdef0123456789abcdef", "access_token": "t", "verify_token": "v" }, "enabled": enabled, "flow_id": null })
        };
        let refused = |reply: &Reply, field: &str| {
            assert_eq!((reply.refusal(), &reply.json["field"]), ((409, "account_taken"), &json!(field)), "{}", reply.text);
            assert!(reply.json["mend"].as_str().unwrap().contains("Switch the other one off"), "{}", reply.text);
        };
        let first = api.post(&admin, "/channel-accounts", whatsapp("+4930123456", "2002", true)).await.ok();
        let before = api.get(&admin, "/channel-accounts").await.ok()["items"].as_array().unwrap().len();
        refused(&api.post(&admin, "/channel-accounts", whatsapp("+4930999999", "2002", true)).await, "/settings/phone_number_id");
        refused(&api.post(&admin, "/channel-accounts", whatsapp("+4930999999", " 2002 ", true)).await, "/settings/phone_number_id");
        let after = api.get(&admin, "/channel-accounts").await.ok()["items"].as_array().unwrap().len();
        assert_eq!(after, before, "nothing was made");

        // Beside it, switched off, while one is changed for the other.
        let second = api.post(&admin, "/channel-accounts", whatsapp("+4930123456", "2002", false)).await.ok();
        let (one, two) = (format!("/channel-accounts/{}", id(&first)), format!("/channel-accounts/{}", id(&second)));
        refused(&api.patch(&admin, &two, json!({ "enabled": true, "version": 1 })).await, "/settings/phone_number_id");
        api.patch(&admin, &one, json!({ "enabled": false, "version": 1 })).await.ok();
        let on = api.patch(&admin, &two, json!({ "enabled": true, "version": 1 })).await.ok();
        assert_eq!((&on["enabled"], &on["version"]), (&json!(true), &json!(2)));
        refused(&api.patch(&admin, &one, json!({ "enabled": true, "version": 2 })).await, "/settings/phone_number_id");
        let third = api.post(&admin, "/channel-accounts", whatsapp("+4930999999", "2003", true)).await.ok();
        let moved = json!({ "settings": { "phone_number_id": "2002" }, "version": 1 });
        refused(&api.patch(&admin, &format!("/channel-accounts/{}", id(&third)), moved).await, "/settings/phone_number_id");

        // Nor in another workspace of the installation; another kind may have the same number.
        let other = api.person(api.other.ws, "Other", &[("admin", "all")], None).await;
        let there = format!("/api/v1/workspaces/{}/channel-accounts", api.other.id);
        let elsewhere = api.send(&other, ask(Method::POST, there).with(whatsapp("+4930123456", "2002", true))).await;
        refused(&elsewhere, "/settings/phone_number_id");
        assert!(!elsewhere.text.contains(&id(&second)), "and says nothing of whose it is");
        let sms = |number: &str| {
            json!({ "kind": "sms", "name": "Number", "settings": { "account_sid": "AC00000000000000000000000000000001", "number": number,
            "api_base_url": "http://carrier.localhost" }, "secrets": { "auth_token": "secret" }, "enabled": true, "flow_id": null })
        };
        api.post(&admin, "/channel-accounts", sms("+4930123456")).await.ok();
        refused(&api.post(&admin, "/channel-accounts", sms("+49 30 123456")).await, "/settings/number");
    });
}

#[test]
fn two_admins_at_once_switch_one_of_two_on() {
    check_all_channels("two_admins_at_once_switch_one_of_two_on", async |api: Api| {
        let admin = api.admin().await;
        let page = || {
            json!({ "kind": "messenger", "name": "Page", "settings": { "page_id": "1001", "app_id": "3003" },
            "secrets": { "app_secret": "0123456789abcdef0123456789abcdef", "access_token": "t", "verify_token": "v" }, "enabled": true, "flow_id": null })
        };
        let made = futures::future::join_all((0..6).map(|_| api.post(&admin, "/channel-accounts", page()))).await;
        let mut codes: Vec<u16> = made.iter().map(|reply| reply.status.as_u16()).collect();
        codes.sort_unstable();
        assert_eq!(codes, [200, 409, 409, 409, 409, 409]);
    });
}

#[test]
fn a_wrong_flow_is_kept_as_draft_and_never_runs() {
    check("a_wrong_flow_is_kept_as_draft_and_never_runs", async |api: Api| {
        let admin = api.admin().await;
        let broken = flow::DEFAULT_FLOW.replace("\"next\": \"bot\"", "\"next\": \"nowhere\"");
        assert_ne!(broken, flow::DEFAULT_FLOW);
        let verdict = api.post(&admin, "/flows/validate", json!({ "definition": broken })).await.ok();
        assert_eq!(verdict["valid"], json!(false));
        let made = api.post(&admin, "/flows", json!({ "name": "Draft", "definition": broken })).await.ok();
        assert_eq!((&made["valid"], &made["published_revision"], &made["definition"]), (&json!(false), &Value::Null, &json!(broken)));
        let at = format!("/flows/{}", id(&made));
        let refused = api.post(&admin, &format!("{at}/publish"), json!({ "version": 1 })).await;
        assert_eq!(refused.refusal(), (422, "unknown_widget"));
        assert!(refused.json["field"].as_str().unwrap().starts_with("/definition/states/"), "{}", refused.text);
        let mended = api.patch(&admin, &at, json!({ "definition": flow::DEFAULT_FLOW, "message": "Mended", "version": 1 })).await.ok();
        assert_eq!(
            (&mended["revision"], &mended["revisions"][0]["message"], &mended["revisions"][0]["by"]),
            (&json!(2), &json!("Mended"), &json!("Admin"))
        );
        let published = api.post(&admin, &format!("{at}/publish"), json!({ "version": 2 })).await.ok();
        assert_eq!((&published["published_revision"], &published["revisions"][0]["status"]), (&json!(2), &json!("published")));
        assert_eq!(api.get(&admin, &format!("{at}/revisions/1")).await.ok()["definition"], json!(broken));
        let mapped = api.put(&admin, &format!("{at}/reference"), json!({ "given": "default", "mapped": api.shop.workflow })).await.ok();
        assert_eq!(mapped["references"][0]["mapped"], json!(api.shop.workflow));
        assert_eq!(
            api.put(&admin, &format!("{at}/reference"), json!({ "given": "default", "mapped": api.other.workflow })).await.refusal(),
            (422, "unknown_workflow")
        );
        assert_eq!(api.patch(&admin, &at, json!({ "definition": "{", "version": 3 })).await.refusal(), (422, "bad_json"));
        assert_eq!(api.delete(&admin, &format!("{at}?version=3")).await.status.as_u16(), 204);
    });
}

#[test]
fn the_bot_knows_what_was_just_saved() {
    check("the_bot_knows_what_was_just_saved", async |api: Api| {
        let admin = api.admin().await;
        let question = json!({ "questions": { "en": ["Do you sell zeppelins?"] }, "answers": { "en": "Only on Tuesdays." } });
        let made = api.post(&admin, "/bot/questions", question).await.ok();
        let asked = api.post(&admin, "/bot/try", json!({ "text": "do you sell zeppelins", "language": "en" })).await.ok();
        assert_eq!((&asked["answer"], &asked["matched"]), (&json!("Only on Tuesdays."), &json!("Do you sell zeppelins?")));
        let at = format!("/bot/questions/{}", id(&made));
        api.patch(&admin, &at, json!({ "enabled": false, "version": 1 })).await.ok();
        let silent = api.post(&admin, "/bot/try", json!({ "text": "do you sell zeppelins", "language": "en" })).await.ok();
        assert_ne!(silent["answer"], json!("Only on Tuesdays."));
        let empty = api.post(&admin, "/bot/questions", json!({ "questions": {}, "answers": { "en": "x" } })).await;
        assert_eq!((empty.refusal(), &empty.json["field"]), ((422, "required"), &json!("/questions")));
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);

        let fact =
            json!({ "key": "customer_no", "labels": { "de": "Kundennummer" }, "cues": { "de": ["Kundennummer"] }, "value": "number" });
        api.post(&admin, "/bot/facts", fact.clone()).await.ok();
        assert_eq!(api.post(&admin, "/bot/facts", fact).await.refusal(), (409, "name_taken"));
        let heard = api.post(&admin, "/bot/try", json!({ "text": "Meine Kundennummer ist 77", "language": "de" })).await.ok();
        assert_eq!(heard["facts"], json!([{ "key": "customer_no", "value": "77" }]));
        let odd = api.post(&admin, "/bot/facts", json!({ "key": "a b", "labels": {}, "cues": {}, "value": "number" })).await;
        assert_eq!((odd.refusal(), &odd.json["field"]), ((422, "bad_key"), &json!("/key")));
    });
}

/// Proves I10.1.
#[test]
fn settings_replies_keys_and_the_log_of_it_all() {
    check("settings_replies_keys_and_the_log_of_it_all", async |api: Api| {
        let admin = api.admin().await;
        let settings = api.get(&admin, "/settings").await.ok();
        let version = settings["version"].as_i64().unwrap();
        let change = json!({ "wrap_up_s": 60, "reservation_timeout_s": 33, "dispositions": ["done", " "], "version": version });
        let changed = api.patch(&admin, "/settings", change.clone()).await.ok();
        assert_eq!(
            (&changed["wrap_up_s"], &changed["reservation_timeout_s"], &changed["dispositions"]),
            (&json!(60), &json!(33), &json!(["done"]))
        );
        assert_eq!(api.patch(&admin, "/settings", change).await.refusal(), (409, "stale_version"));
        let long = api.patch(&admin, "/settings", json!({ "wrap_up_s": -1, "version": version + 1 })).await;
        assert_eq!((long.refusal(), &long.json["field"]), ((422, "out_of_range"), &json!("/wrap_up_s")));

        let reply = api
            .post(
                &admin,
                "/canned-replies",
                json!({ "shortcut": "/thx", "title": "Thanks", "texts": { "en": "Thank you", "ko": "감사합니다" } }),
            )
            .await
            .ok();
        assert_eq!((&reply["shortcut"], &reply["texts"]["ko"]), (&json!("thx"), &json!("감사합니다")));
        let twice = api.post(&admin, "/canned-replies", json!({ "shortcut": "thx", "title": "T", "texts": { "en": "T" } })).await;
        assert_eq!((twice.refusal(), &twice.json["field"]), ((409, "name_taken"), &json!("/shortcut")));
        let at = format!("/canned-replies/{}", id(&reply));
        assert_eq!(api.patch(&admin, &at, json!({ "title": "Danke", "version": 1 })).await.ok()["version"], json!(2));
        assert_eq!(api.get(&admin, &at).await.ok()["title"], json!("Danke"));
        assert_eq!(api.delete(&admin, &format!("{at}?version=1")).await.refusal(), (409, "stale_version"));
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);

        let key = api.post(&admin, "/api-keys", json!({ "name": "script", "role": "supervisor" })).await.ok();
        let who = Who::Basic(id(&key), key["secret"].as_str().unwrap().to_owned());
        api.get(&who, "/board").await.ok();
        assert!(api.get(&admin, "/api-keys").await.ok()["items"][0].get("secret").is_none());
        assert_eq!(api.delete(&admin, &format!("/api-keys/{}", id(&key))).await.status.as_u16(), 204);
        assert_eq!(api.get(&who, "/board").await.refusal(), (401, "signed_out"));

        let log = api.get(&admin, "/audit-log?limit=2").await.ok();
        assert_eq!((&log["items"][0]["action"], &log["items"][0]["actor"]), (&json!("key.revoked"), &json!("Admin")));
        assert_eq!((&log["items"][0]["detail"], &log["items"][0]["named"]), (&json!("script"), &json!([])), "what is gone keeps its name");
        let cursor = log["next_cursor"].as_str().unwrap();
        let more = api.get(&admin, &format!("/audit-log?limit=2&cursor={cursor}")).await.ok();
        assert_eq!(more["items"][0]["no"].as_i64().unwrap(), log["items"][1]["no"].as_i64().unwrap() - 1);
        let ws = api.shop.ws;
        let db = api.house.engine.db();
        let rows = db
            .read(move |tx| Box::pin(async move { store::audit_log::verify(tx, ws, crate::access::secret::sha256).await }))
            .await
            .unwrap();
        assert_eq!(rows, log["items"][0]["no"].as_i64().unwrap());
        db.write(move |tx| {
            Box::pin(async move {
                tx.exec(db::sql!("UPDATE audit_row SET detail = 'nothing happened' WHERE workspace_id = $1 AND no = 2"), db::params![ws])
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
        let broken =
            db.read(move |tx| Box::pin(async move { store::audit_log::verify(tx, ws, crate::access::secret::sha256).await })).await;
        assert!(broken.unwrap_err().to_string().contains("audit row 2"));
    });
}

#[test]
fn the_log_says_what_its_ids_stand_for() {
    check("the_log_says_what_its_ids_stand_for", async |api: Api| {
        let admin = api.admin().await;
        let newest = async || api.get(&admin, "/audit-log?limit=1").await.ok()["items"][0].clone();
        let queue = api.post(&admin, "/task-queues", json!({ "name": "Returns", "target_workers": "1==1" })).await.ok();
        let row = newest().await;
        assert_eq!((&row["subject"], &row["actor"]), (&queue["id"], &json!("Admin")), "{row}");
        assert_eq!(row["named"], json!([{ "id": id(&queue), "name": "Returns", "page": id(&queue) }]));
        api.delete(&admin, &format!("/task-queues/{}?version=1", id(&queue))).await;
        let row = newest().await;
        assert_eq!((&row["action"], &row["detail"], &row["named"]), (&json!("task_queue.deleted"), &json!("Returns"), &json!([])));

        let member = json!({ "email": "zoe@shop.example", "name": "Zoe", "password": "ten letters", "roles": [{ "role": "agent", "scope": "own" }] });
        let member = api.post(&admin, "/members", member).await.ok();
        let row = newest().await;
        assert_eq!(row["named"], json!([{ "id": member["user"]["id"], "name": "Zoe", "page": id(&member) }]), "{row}");

        // A key acts under its id, and has a name.
        let (key, key_id) = api.key(api.shop.ws, "admin").await;
        api.patch(&key, "/settings", json!({ "close_after_s": 7200, "version": api.get(&admin, "/settings").await.ok()["version"] }))
            .await
            .ok();
        let row = newest().await;
        assert_eq!(
            (&row["actor"], &row["named"]),
            (&json!(key_id.to_string()), &json!([{ "id": key_id.to_string(), "name": "script", "page": null }]))
        );
    });
}

#[test]
fn the_country_of_numbers_is_one_or_none() {
    check("the_country_of_numbers_is_one_or_none", async |api: Api| {
        let admin = api.admin().await;
        let put = async |country: &str| {
            let version = api.get(&admin, "/settings").await.ok()["version"].clone();
            api.patch(&admin, "/settings", json!({ "country": country, "version": version })).await
        };
        assert_eq!(api.get(&admin, "/settings").await.ok()["country"], json!(""));
        for wrong in ["Germany", "de", "QQ", "+49"] {
            assert_eq!(put(wrong).await.refusal(), (422, "unknown"), "{wrong}");
        }
        for country in ["DE", "KR", ""] {
            assert_eq!(put(country).await.ok()["country"], json!(country));
        }
    });
}
