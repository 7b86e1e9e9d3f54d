//! Whoever is asked about a message of unknown fate says that it arrived.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, Who, ask, check};

/// Ana or Ben has a customer whose text message got no answer from the carrier.
struct Doubt {
    mine: Who,
    theirs: Who,
    conversation: String,
    message: String,
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

async fn doubt(api: &Api) -> Doubt {
    let ana = api.agent().await;
    let ben = api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await;
    let (worker, _, conversation) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
    let (mine, theirs) = if worker == api.shop.ana { (ana, ben) } else { (ben, ana) };
    api.house.chat(&api.shop, visitor(1), "n", "text me: +49 176 12345678").await.unwrap();
    let ways = api.get(&mine, &format!("/conversations/{conversation}/channels")).await.ok();
    let sms = &ways["items"][1];
    let to = json!({ "channel_account_id": sms["channel"]["account_id"], "address": sms["address"], "consent": true });
    api.post(&mine, &format!("/conversations/{conversation}/channel"), to).await.ok();
    let message = write(api, &mine, &conversation.to_string(), "c1").await;
    Doubt { mine, theirs, conversation: conversation.to_string(), message }
}

/// Writes what the carrier neither takes nor refuses, and says nothing of when asked.
async fn write(api: &Api, who: &Who, conversation: &str, client_id: &str) -> String {
    api.house.world.now_answers(|out| match out.method.as_str() {
        "POST" => engine::Sent::Unknown { why: "no answer".into() },
        _ => engine::Sent::Answer { status: 503, headers: vec![], body: "".into() },
    });
    let said = json!({ "client_id": client_id, "text": "On your phone", "private": false, "attachment_ids": [] });
    let written = api.post(who, &format!("/conversations/{conversation}/messages"), said).await.ok();
    api.house.settle().await.unwrap();
    text(&written, "id").to_owned()
}

async fn listed(api: &Api, who: &Who) -> Vec<(String, String)> {
    let page = api.get(who, "/undelivered").await.ok();
    let word = |one: &Value, name: &str| text(&one["message"], name).to_owned();
    page["items"].as_array().unwrap().iter().map(|one| (word(one, "id"), word(one, "state"))).collect()
}

#[test]
fn who_sees_it_at_the_customer_says_so_and_it_is_asked_no_more() {
    check("who_sees_it_at_the_customer_says_so_and_it_is_asked_no_more", async |api: Api| {
        let admin = api.admin().await;
        let Doubt { mine, theirs, conversation, message } = doubt(&api).await;
        assert_eq!(listed(&api, &admin).await, [(message.clone(), "uncertain".to_owned())]);
        let at = format!("/messages/{message}/arrived");
        assert_eq!(api.post(&theirs, &at, json!({})).await.refusal(), (404, "not_found"));
        let (neighbour, _) = api.key(api.other.ws, "admin").await;
        assert_eq!(api.post(&neighbour, &at, json!({})).await.refusal(), (404, "not_found"));
        assert_eq!(listed(&api, &admin).await.len(), 1, "nobody else's word counts");

        let heard = api.post(&mine, &at, json!({})).await.ok();
        assert_eq!((text(&heard, "state"), &heard["problem"]), ("sent", &Value::Null));
        assert_eq!(listed(&api, &admin).await, []);
        assert_eq!(api.post(&admin, &at, json!({})).await.ok()["state"], "sent", "the second gets the same answer");
        let tries = api.get(&admin, &format!("/messages/{message}/tries")).await.ok();
        assert_eq!(tries["items"].as_array().unwrap().iter().map(|one| text(one, "outcome")).collect::<Vec<_>>(), ["arrived"]);
        assert_eq!(api.post(&admin, &format!("/messages/{message}/retry"), json!({})).await.refusal(), (409, "not_failed"));

        let log = api.get(&admin, "/audit-log").await.ok();
        let told: Vec<&Value> = log["items"].as_array().unwrap().iter().filter(|row| row["action"] == "message.arrived").collect();
        let [row] = told.as_slice() else { panic!("once and no more: {told:?}") };
        assert_eq!((text(row, "subject"), text(row, "detail")), (message.as_str(), ""));
        assert_eq!(text(&row["named"][0], "page"), conversation, "the log leads to where it was said");
        assert!(!text(row, "actor").is_empty() && text(row, "actor") != text(&row["named"][0], "name"));
    });
}

#[test]
fn of_two_answers_the_later_one_is_told_what_the_first_one_was() {
    check("of_two_answers_the_later_one_is_told_what_the_first_one_was", async |api: Api| {
        let admin = api.admin().await;
        let Doubt { mine, conversation, message, .. } = doubt(&api).await;
        let again = api.post(&mine, &format!("/messages/{message}/retry"), json!({})).await.ok();
        assert_eq!(text(&again, "state"), "queued");
        assert_eq!(api.post(&admin, &format!("/messages/{message}/arrived"), json!({})).await.refusal(), (409, "not_in_doubt"));

        // Both at the same moment: one is done, and the other told so.
        let second = write(&api, &mine, &conversation, "c2").await;
        api.house.pass(70).await.unwrap();
        let ids: Vec<String> = listed(&api, &admin).await.into_iter().map(|(id, _)| id).collect();
        assert!(ids.contains(&second), "{ids:?}");
        let (arrived, retry) = (format!("/messages/{second}/arrived"), format!("/messages/{second}/retry"));
        let (seen, sent) = futures::join!(api.post(&mine, &arrived, json!({})), api.post(&admin, &retry, json!({})));
        match (seen.status.as_u16(), sent.status.as_u16()) {
            (200, 409) => assert_eq!(sent.refusal(), (409, "not_failed")),
            (409, 200) => assert_eq!(seen.refusal(), (409, "not_in_doubt")),
            other => panic!("{other:?}"),
        }
    });
}

/// The same request again is done once, whatever has become of the message since.
#[test]
fn a_repeated_word_is_heard_once() {
    check("a_repeated_word_is_heard_once", async |api: Api| {
        let Doubt { mine, message, .. } = doubt(&api).await;
        let request = || {
            let path = api.path(&format!("/messages/{message}/arrived"));
            ask(Method::POST, path).with(json!({})).header("idempotency-key", "k1")
        };
        assert_eq!(api.send(&mine, request()).await.ok()["state"], "sent");
        assert_eq!(api.send(&mine, request()).await.ok()["state"], "sent");
        assert_eq!(api.house.count("SELECT count(*) FROM audit_row WHERE action = 'message.arrived'").await.unwrap(), 1);
    });
}
