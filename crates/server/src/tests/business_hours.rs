//! Business hours: kept through the API, and what customers and agents see of them.

use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, check};

/// The house's clock begins on a Friday, 2027-01-15, at 09:00 in Berlin; this opens at ten.
fn from_ten() -> Value {
    json!({ "name": "Shop", "time_zone": "Europe/Berlin", "weekly": [{ "day": "friday", "from": "10:00", "to": "18:00" }] })
}

impl Api {
    async fn hours(&self, admin: &super::Who, body: Value) -> Value {
        self.house.working_during(async { self.post(admin, "/business-hours", body).await }).await.ok()
    }

    /// Gives the hours to everything of a kind.
    async fn give_hours(&self, admin: &super::Who, path: &str, hours: &Value) {
        let all = self.get(admin, path).await.ok();
        for row in all["items"].as_array().unwrap() {
            let at = format!("{path}/{}", row["id"].as_str().unwrap());
            let change = json!({ "business_hours_id": hours["id"], "version": row["version"] });
            let changed = self.house.working_during(async { self.patch(admin, &at, change).await }).await.ok();
            assert_eq!(changed["business_hours_id"], hours["id"]);
        }
    }

    async fn later(&self, seconds: i64) {
        self.house.clock.advance_ms(seconds * 1_000);
        self.house.keep_time();
        self.house.engine.renew().await.unwrap();
        self.house.settle().await.unwrap();
    }
}

#[test]
fn hours_are_kept_named_and_used() {
    check("hours_are_kept_named_and_used", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let mut new = from_ten();
        new["dates"] = json!([{ "date": "2026-12-25", "name": "Christmas", "yearly": true }, { "date": "2027-01-22", "open": [{ "from": "09:00", "to": "24:00" }] }]);
        new["closures"] = json!([{ "from": "2027-02-01T08:00:00Z", "reason": "Water damage" }]);
        let hours = api.hours(&admin, new.clone()).await;
        assert_eq!(hours["now"], json!({ "open": false, "until": "2027-01-15T09:00:00.000Z", "because": "weekly", "name": "" }));
        assert_eq!(
            hours["dates"][1],
            json!({ "date": "2027-01-22", "name": "", "yearly": false, "open": [{ "from": "09:00", "to": "24:00" }] })
        );
        assert_eq!(
            (&hours["closures"][0]["until"], &hours["used_by"]),
            (&Value::Null, &json!({ "task_queues": [], "channel_accounts": [] }))
        );
        assert_eq!(api.post(&agent, "/business-hours", new.clone()).await.refusal().0, 404, "agents change none");

        let refused = [
            (json!({ "name": "shop" }), "name_taken", "/name"),
            (json!({ "time_zone": "Berlin" }), "unknown", "/time_zone"),
            (json!({ "weekly": [{ "day": "monday", "from": "9", "to": "12:00" }] }), "bad_time", "/weekly/0/from"),
            (json!({ "weekly": [{ "day": "monday", "from": "22:00", "to": "06:00" }] }), "ends_before_it_begins", "/weekly/0/to"),
            (
                json!({ "weekly": [{ "day": "monday", "from": "09:00", "to": "12:00" }, { "day": "monday", "from": "11:00", "to": "13:00" }] }),
                "overlaps",
                "/weekly/1/from",
            ),
            (json!({ "dates": [{ "date": "24.12.2026" }] }), "bad_date", "/dates/0/date"),
            (json!({ "dates": [{ "date": "2026-12-24" }, { "date": "2026-12-24" }] }), "taken", "/dates/1/date"),
            (json!({ "closures": [{ "from": "tomorrow" }] }), "bad_moment", "/closures/0/from"),
            (
                json!({ "closures": [{ "from": "2027-02-01T08:00:00Z", "until": "2027-02-01T07:00:00Z" }] }),
                "ends_before_it_begins",
                "/closures/0/until",
            ),
        ];
        for (change, code, field) in refused {
            let mut body = from_ten();
            body["name"] = "Other".into();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let answer = api.house.working_during(async { api.post(&admin, "/business-hours", body).await }).await;
            assert_eq!((answer.refusal(), &answer.json["field"]), ((422, code), &json!(field)), "{}", answer.json);
        }

        let at = format!("/business-hours/{}", hours["id"].as_str().unwrap());
        let gone = format!("{at}?version=1");
        api.give_hours(&admin, "/task-queues", &hours).await;
        assert_eq!(api.house.working_during(async { api.delete(&admin, &gone).await }).await.refusal(), (409, "in_use"));
        api.give_hours(&admin, "/task-queues", &json!({ "id": null })).await;
        api.give_hours(&admin, "/channel-accounts", &hours).await;
        let used = api.get(&agent, &at).await.ok();
        assert!(!used["used_by"]["channel_accounts"].as_array().unwrap().is_empty());
        assert_eq!(api.house.working_during(async { api.delete(&admin, &gone).await }).await.refusal(), (409, "in_use"));
        api.give_hours(&admin, "/channel-accounts", &json!({ "id": null })).await;
        let unknown =
            json!({ "business_hours_id": "KH00000000000000000000000000000009", "version": 1, "name": "Q", "target_workers": "1==1" });
        let queue =
            unknown.as_object().unwrap().iter().filter(|(key, _)| *key != "version").map(|(key, value)| (key.clone(), value.clone()));
        let queue = Value::Object(queue.collect());
        let answer = api.house.working_during(async { api.post(&admin, "/task-queues", queue).await }).await;
        assert_eq!((answer.refusal(), &answer.json["field"]), ((422, "unknown"), &json!("/business_hours_id")));

        let renamed = api.house.working_during(async { api.patch(&admin, &at, json!({ "name": "Store", "version": 1 })).await }).await.ok();
        assert_eq!((&renamed["name"], &renamed["weekly"], &renamed["dates"]), (&json!("Store"), &hours["weekly"], &hours["dates"]));
        assert_eq!(api.house.working_during(async { api.delete(&admin, &gone).await }).await.refusal(), (409, "stale_version"));
        assert_eq!(api.house.working_during(async { api.delete(&admin, &format!("{at}?version=2")).await }).await.status.as_u16(), 204);
        let log = api.get(&admin, "/audit-log").await.ok();
        let told: Vec<_> = log["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
        for action in ["business_hours.created", "business_hours.changed", "business_hours.deleted"] {
            assert!(told.contains(&action), "{action} in {told:?}");
        }
    });
}

#[test]
fn a_closed_queue_tells_when_it_opens_and_offers_then() {
    check("a_closed_queue_tells_when_it_opens_and_offers_then", async |api: Api| {
        let admin = api.admin().await;
        let hours = api.hours(&admin, from_ten()).await;
        api.give_hours(&admin, "/task-queues", &hours).await;
        let mia = visitor(1);
        assert_eq!(api.house.wants_agent(&api.shop, mia).await.unwrap(), None, "nobody is asked before it opens");
        let said = api.house.transcript(&api.shop, api.shop.webchat, &mia.to_string()).await.unwrap();
        assert!(said.iter().any(|line| line.contains("back on January 15 at 10:00")), "{said:#?}");
        assert!(!said.iter().any(|line| line.contains("Nobody is free")), "{said:#?}");
        let board = api.get(&admin, "/board").await.ok();
        let why = api.get(&admin, &format!("/tasks/{}/why", board["waiting"][0]["id"].as_str().unwrap())).await.ok();
        assert_eq!(why["waiting"]["closed"], json!({ "opens_at": "2027-01-15T10:00:00+01:00", "reason": "" }));

        api.later(3_599).await;
        assert!(api.house.offers(&api.shop, api.shop.ben).await.unwrap().is_empty());
        api.later(1).await;
        assert_eq!(api.house.offers(&api.shop, api.shop.ben).await.unwrap().len(), 1, "the first one when it opens");
    });
}

#[test]
fn a_closed_channel_account_tells_and_an_agent_who_is_there_may_answer() {
    check("a_closed_channel_account_tells", async |api: Api| {
        let admin = api.admin().await;
        let hours = api.hours(&admin, from_ten()).await;
        api.give_hours(&admin, "/channel-accounts", &hours).await;
        let mia = visitor(1);
        assert!(api.house.wants_agent(&api.shop, mia).await.unwrap().is_some());
        let said = api.house.transcript(&api.shop, api.shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(said.iter().filter(|line| line.contains("back on January 15 at 10:00")).count(), 1, "{said:#?}");
        api.later(3_600).await;
        let ida = visitor(2);
        api.house.wants_agent(&api.shop, ida).await.unwrap();
        let said = api.house.transcript(&api.shop, api.shop.webchat, &ida.to_string()).await.unwrap();
        assert!(!said.iter().any(|line| line.contains("closed")), "{said:#?}");
    });
}
