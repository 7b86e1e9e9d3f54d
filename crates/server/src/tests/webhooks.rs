//! Webhooks of ours over the API: made, shown without their secret, changed, renewed, looked at and sent again.

use axum::http::Method;
use engine::{Outgoing, Sent, webhook_signature};
use serde_json::{Value, json};

use super::{Api, ask, check};

fn new() -> Value {
    json!({ "name": "Warehouse", "url": "https://hooks.example/in?token=abc", "events": ["settings.updated", "message.added"], "enabled": true })
}

/// Whether what was told is signed with this secret.
fn is_signed(out: &Outgoing, secret: &str) -> bool {
    let header = |name: &str| out.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str()).unwrap();
    let right = webhook_signature(secret, header("webhook-id"), header("webhook-timestamp").parse().unwrap(), &out.body).unwrap();
    header("webhook-signature").split(' ').any(|one| one == right)
}

fn works(api: &Api, status: u16) {
    api.house.world.now_answers(move |_| Sent::Answer { status, headers: vec![], body: "thank you".into() });
}

async fn says(api: &Api, id: &str) -> Vec<Outgoing> {
    api.house.world.take_asked();
    api.house.chat(&api.shop, testkit::visitor(1), id, "How long does shipping take?").await.unwrap();
    api.house.world.take_asked()
}

#[test]
fn a_webhook_is_made_changed_and_taken_away() {
    check("a_webhook_is_made_changed_and_taken_away", async |api: Api| {
        let admin = api.admin().await;
        let key = |body: Value| ask(Method::POST, api.path("/webhooks")).with(body).header("idempotency-key", "w");
        let made = api.send(&admin, key(new())).await.ok();
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && secret.len() > 40);
        assert_eq!(api.send(&admin, key(new())).await.ok(), made, "the same request makes the same one");
        assert_eq!(made["events"], json!(["message.added", "settings.updated"]), "in the order of the list");
        let at = format!("/webhooks/{}", made["id"].as_str().unwrap());
        let shown = api.get(&admin, &at).await.ok();
        assert!(shown.get("secret").is_none(), "the secret is told once");
        assert_eq!(api.get(&admin, "/webhooks").await.ok()["items"], json!([shown]));

        let wrong = [
            (json!({ "url": "ftp://hooks.example" }), "/url", "bad_url"),
            (json!({ "url": "https://me:pass@hooks.example" }), "/url", "bad_url"),
            (json!({ "url": "https://hooks.example/#x" }), "/url", "bad_url"),
            (json!({ "url": "hooks.example" }), "/url", "bad_url"),
            (json!({ "url": format!("https://hooks.example/{}", "x".repeat(2_000)) }), "/url", "too_long"),
            (json!({ "url": "http://169.254.169.254/latest" }), "/url", "address_refused"),
            (json!({ "events": [] }), "/events", "required"),
            (json!({ "events": ["message.added", "message.lost"] }), "/events/1", "unknown"),
            (json!({ "name": " " }), "/name", "required"),
        ];
        for (change, field, code) in wrong {
            let mut body = new();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = api.post(&admin, "/webhooks", body).await;
            assert_eq!((refused.refusal(), refused.json["field"].as_str()), ((422, code), Some(field)));
            let mut body = change.as_object().unwrap().clone();
            body.insert("version".into(), json!(1));
            assert_eq!(api.patch(&admin, &at, body.into()).await.refusal(), (422, code));
        }
        let changed = api.patch(&admin, &at, json!({ "events": ["message.added"], "version": 1 })).await.ok();
        assert_eq!((&changed["events"], &changed["url"], &changed["version"]), (&json!(["message.added"]), &made["url"], &json!(2)));
        assert_eq!(api.patch(&admin, &at, json!({ "name": "x", "version": 1 })).await.refusal(), (409, "stale_version"));

        works(&api, 200);
        assert_eq!(says(&api, "1").await.len(), 2);
        assert_eq!(api.delete(&admin, &format!("{at}?version=1")).await.refusal(), (409, "stale_version"));
        assert_eq!(api.delete(&admin, &format!("{at}?version=2")).await.status.as_u16(), 204);
        assert_eq!(api.get(&admin, &at).await.refusal(), (404, "not_found"));
        assert!(says(&api, "2").await.is_empty());
        for table in ["webhook", "webhook_delivery", "webhook_attempt"] {
            assert_eq!(api.house.count(&format!("SELECT count(*) FROM {table}")).await.unwrap(), 0, "{table}");
        }
        for no in 0..20 {
            api.post(
                &admin,
                "/webhooks",
                json!({ "name": no.to_string(), "url": "https://hooks.example", "events": ["task.updated"], "enabled": false }),
            )
            .await
            .ok();
        }
        assert_eq!(api.post(&admin, "/webhooks", new()).await.refusal(), (409, "too_many"));
    });
}

#[test]
fn a_renewed_secret_signs_beside_the_old_one_for_a_day() {
    check("a_renewed_secret_signs_beside_the_old_one_for_a_day", async |api: Api| {
        let admin = api.admin().await;
        works(&api, 200);
        let made = api.post(&admin, "/webhooks", new()).await.ok();
        let (old, at) = (made["secret"].as_str().unwrap(), format!("/webhooks/{}/rotate-secret", made["id"].as_str().unwrap()));
        let told = says(&api, "1").await;
        assert!(is_signed(&told[0], old));
        let fresh = api.post(&admin, &at, json!({})).await.ok()["secret"].as_str().unwrap().to_owned();
        let told = says(&api, "2").await;
        assert!(is_signed(&told[0], old) && is_signed(&told[0], &fresh));
        api.house.clock.advance_ms(86_400_000);
        api.house.keep_time();
        api.house.engine.renew().await.unwrap();
        let told = says(&api, "3").await;
        assert!(!is_signed(&told[0], old) && is_signed(&told[0], &fresh));
    });
}

#[test]
fn deliveries_are_listed_with_their_tries_and_one_is_sent_again() {
    check("deliveries_are_listed_with_their_tries_and_one_is_sent_again", async |api: Api| {
        let admin = api.admin().await;
        works(&api, 410);
        let made = api
            .post(&admin, "/webhooks", json!({ "name": "W", "url": "https://hooks.example", "events": ["message.added"], "enabled": true }))
            .await
            .ok();
        let at = format!("/webhooks/{}", made["id"].as_str().unwrap());
        let told = says(&api, "1").await;
        let off = api.get(&admin, &at).await.ok();
        assert_eq!((&off["enabled"], &off["problem"]), (&json!(false), &json!("gone")));
        let log = api.get(&admin, "/audit-log").await.ok();
        let row = &log["items"].as_array().unwrap().iter().find(|row| row["action"] == "webhook.switched_off").unwrap().clone();
        assert_eq!((&row["actor"], &row["detail"], &row["named"][0]["name"]), (&json!("system"), &json!("gone"), &json!("W")));

        let page = api.get(&admin, &format!("{at}/deliveries?limit=1")).await.ok();
        let next = page["next_cursor"].as_str().unwrap();
        assert_eq!((&page["items"][0]["outcome"], &page["items"][0]["attempts"]), (&json!("switched_off"), &json!([])));
        let rest = api.get(&admin, &format!("{at}/deliveries?limit=1&cursor={next}")).await.ok();
        let dead = &rest["items"][0];
        assert_eq!((&dead["state"], &dead["event"], &rest["next_cursor"]), (&json!("dead"), &json!("message.added"), &Value::Null));
        assert_eq!((&dead["attempts"][0]["status"], &dead["attempts"][0]["answer"]), (&json!(410), &json!("thank you")));
        assert_eq!(api.get(&admin, &format!("{at}/deliveries?state=waiting")).await.ok()["items"], json!([]));
        assert_eq!(api.get(&admin, &format!("{at}/deliveries?state=lost")).await.refusal(), (422, "unknown"));

        let again = format!("/webhook-deliveries/{}/replay", dead["id"].as_str().unwrap());
        assert_eq!(api.post(&admin, &again, json!({})).await.refusal(), (409, "webhook_off"));
        api.patch(&admin, &at, json!({ "enabled": true, "version": off["version"] })).await.ok();
        works(&api, 202);
        api.house.world.take_asked();
        assert_eq!(api.post(&admin, &again, json!({})).await.ok()["state"], json!("waiting"));
        assert_eq!(api.post(&admin, &again, json!({})).await.refusal(), (409, "wrong_state"));
        api.house.settle().await.unwrap();
        let sent = api.house.world.take_asked();
        assert_eq!(sent.len(), 1, "that one alone, and nothing of the time it was off");
        assert_eq!((&sent[0].headers[1], &sent[0].body), (&told[0].headers[1], &told[0].body), "under the same id");
        let done = api.get(&admin, &format!("{at}/deliveries?state=delivered")).await.ok();
        let tries: Vec<_> = done["items"][0]["attempts"].as_array().unwrap().iter().map(|one| (&one["no"], &one["outcome"])).collect();
        assert_eq!(tries, [(&json!(1), &json!("gone")), (&json!(2), &json!("taken"))]);
        let healthy = api.get(&admin, &at).await.ok();
        assert_eq!((&healthy["problem"], &healthy["failures"]), (&Value::Null, &json!(0)));
    });
}
