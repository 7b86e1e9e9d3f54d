//! Who is let in, and what is there for whom.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, HOST, Key, check, column, text};

#[test]
fn keys_and_the_account_come_in_and_nobody_else() {
    check("keys_and_the_account_come_in_and_nobody_else", async |api: Api| {
        let home = api.path("");
        let nobody = Key(String::new(), String::new());
        let refused = api.send(&nobody, Method::GET, &home, None, &[]).await;
        assert_eq!((refused.refusal(), refused.headers["www-authenticate"].to_str().unwrap().starts_with("Basic ")), ((401, 20003), true));
        let cookie = api.send(&nobody, Method::GET, &home, None, &[("cookie", "seaway=abc")]).await;
        assert_eq!(cookie.refusal(), (401, 20003), "a cookie is the desk's");
        let wrong = Key(api.account.0.clone(), "tokem".into());
        assert_eq!(api.send(&wrong, Method::GET, &home, None, &[]).await.refusal(), (401, 20003));

        let mine = api.get("").await.ok();
        assert_eq!((text(&mine, "sid"), text(&mine, "account_sid")), (api.shop.id.to_string().as_str(), api.account.0.as_str()));
        assert_eq!(
            (&mine["friendly_name"], &mine["multi_task_enabled"], &mine["event_callback_url"]),
            (&json!("Shop"), &json!(true), &Value::Null)
        );
        assert_eq!((&mine["default_activity_name"], &mine["timeout_activity_name"]), (&json!("Offline"), &json!("Away")));
        assert_eq!(text(&mine, "url"), format!("http://{HOST}{home}"), "the address is the request's own");
        let elsewhere = api.send(&api.account, Method::GET, &home, None, &[("host", "router.example:99")]).await.ok();
        assert_eq!(text(&elsewhere["links"], "tasks"), format!("http://router.example:99{home}/Tasks"));
        assert!(text(&mine, "date_created").ends_with('Z') && !text(&mine, "date_created").contains('.'));

        let theirs = api.path_in(api.other.id, "");
        let refused = api.send(&api.account, Method::GET, &theirs, None, &[]).await;
        assert_eq!(refused.refusal(), (404, 20404));
        assert_eq!(refused.message(), format!("The requested resource /Workspaces/{} was not found", api.other.id));
        let key = api.key(api.other.ws, "admin").await;
        api.send(&key, Method::GET, &theirs, None, &[]).await.ok();
        assert_eq!(api.send(&key, Method::GET, &home, None, &[]).await.refusal(), (404, 20404));
    });
}

#[test]
fn a_key_does_what_its_role_may() {
    check("a_key_does_what_its_role_may", async |api: Api| {
        let (agent, supervisor) = (api.key(api.shop.ws, "agent").await, api.key(api.shop.ws, "supervisor").await);
        let tasks = api.path("/Tasks");
        assert_eq!(api.send(&agent, Method::GET, &tasks, None, &[]).await.refusal(), (404, 20404));
        api.send(&agent, Method::GET, &api.path("/Activities"), None, &[]).await.ok();
        api.send(&supervisor, Method::GET, &tasks, None, &[]).await.ok();
        let queue = async |key: &Key| api.send(key, Method::POST, &api.path("/TaskQueues"), Some(&[("FriendlyName", "Q")]), &[]).await;
        assert_eq!(queue(&agent).await.refusal(), (404, 20404));
        queue(&supervisor).await.made();
        let ana = api.path(&format!("/Workers/{}", api.shop.ana));
        let away = api.shop.away.to_string();
        let moved = api.send(&supervisor, Method::POST, &ana, Some(&[("ActivitySid", &away)]), &[]).await.ok();
        assert_eq!((&moved["activity_name"], &moved["available"]), (&json!("Away"), &json!(false)));
        assert_eq!(api.send(&supervisor, Method::POST, &ana, Some(&[("FriendlyName", "Anna")]), &[]).await.refusal(), (404, 20404));
        assert_eq!(api.send(&supervisor, Method::POST, &api.path(""), Some(&[("FriendlyName", "X")]), &[]).await.refusal(), (404, 20404));
    });
}

#[test]
fn a_filter_may_name_every_event_of_taskrouter() {
    check("a_filter_may_name_every_event_of_taskrouter", async |api: Api| {
        let root = format!("{}/Workspaces", twilio::TASKROUTER);
        let wanted = "task.created, task.transfer-initiated,task.transfer-attempt-failed, task.transfer-failed,task.transfer-canceled,\
                      task.transfer-completed, reservation.failed,workspace.created";
        let form = [("FriendlyName", "Told"), ("EventCallbackUrl", "https://shop.example/events"), ("EventsFilter", wanted)];
        let made = api.send(&api.account, Method::POST, &root, Some(&form), &[]).await.made();
        let kept = wanted.replace(' ', "");
        assert_eq!(text(&made, "events_filter"), kept);
        let at = format!("{root}/{}", text(&made, "sid"));
        assert_eq!(text(&api.send(&api.account, Method::GET, &at, None, &[]).await.ok(), "events_filter"), kept);
        let odd = api.send(&api.account, Method::POST, &at, Some(&[("EventsFilter", "task.lost")]), &[]).await;
        assert_eq!(odd.refusal(), (400, 20001));
    });
}

#[test]
fn workspaces_are_listed_made_and_renamed() {
    check("workspaces_are_listed_made_and_renamed", async |api: Api| {
        let root = format!("{}/Workspaces", twilio::TASKROUTER);
        let list = api.send(&api.account, Method::GET, &root, None, &[]).await.ok();
        assert_eq!(column(&list, "workspaces", "sid"), [api.shop.id.to_string()], "another account's is not there");
        assert_eq!(list["meta"]["key"], json!("workspaces"));

        let key = api.key(api.shop.ws, "admin").await;
        let made = api.send(&key, Method::POST, &root, Some(&[("FriendlyName", "Second"), ("Template", "FIFO")]), &[]).await.made();
        assert_eq!((text(&made, "account_sid"), text(&made, "friendly_name")), (api.account.0.as_str(), "Second"));
        let mine = api.send(&key, Method::GET, &root, None, &[]).await.ok();
        assert_eq!(column(&mine, "workspaces", "friendly_name"), ["Shop", "Second"], "what a key makes is granted to it");
        let home = format!("{root}/{}", text(&made, "sid"));
        let activities = api.send(&key, Method::GET, &format!("{home}/Activities"), None, &[]).await.ok();
        assert_eq!(column(&activities, "activities", "friendly_name"), ["Available", "Away", "Offline"]);
        let lunch = api.send(&key, Method::POST, &format!("{home}/Activities"), Some(&[("FriendlyName", "Lunch")]), &[]).await.made();
        let change = [("FriendlyName", "Third"), ("TimeoutActivitySid", text(&lunch, "sid"))];
        let changed = api.send(&key, Method::POST, &home, Some(&change), &[]).await.ok();
        assert_eq!((text(&changed, "friendly_name"), text(&changed, "timeout_activity_name")), ("Third", "Lunch"));
        let gone = format!("{home}/Activities/{}", text(&lunch, "sid"));
        assert_eq!(api.send(&key, Method::DELETE, &gone, None, &[]).await.refusal(), (409, 20409), "the router heard of it");
        let named = api.send(&key, Method::GET, &format!("{root}?FriendlyName=Third"), None, &[]).await.ok();
        assert_eq!(column(&named, "workspaces", "sid"), [text(&made, "sid")]);

        let agent = api.key(api.shop.ws, "supervisor").await;
        assert_eq!(api.send(&agent, Method::POST, &root, Some(&[("FriendlyName", "Fourth")]), &[]).await.refusal(), (404, 20404));
        for (name, value) in [
            ("EventCallbackUrl", "ftp://x.example"),
            ("EventsFilter", "task.lost"),
            ("MultiTaskEnabled", "false"),
            ("Template", "OTHER"),
            ("Odd", "1"),
        ] {
            let refused = api.send(&key, Method::POST, &root, Some(&[("FriendlyName", "F"), (name, value)]), &[]).await;
            assert_eq!(refused.refusal(), (400, 20001), "{name}");
            assert!(refused.message().starts_with(&format!("Invalid {name}: ")), "{}", refused.message());
        }
        let unknown = api.send(&key, Method::POST, &home, Some(&[("DefaultActivitySid", "WA00000000000000000000000000000009")]), &[]).await;
        assert_eq!((unknown.refusal(), unknown.message().starts_with("Invalid DefaultActivitySid")), ((400, 20001), true));
        assert_eq!(api.send(&key, Method::DELETE, &format!("{home}/Statistics"), None, &[]).await.refusal(), (405, 20004));
        assert_eq!(api.send(&key, Method::GET, "/twilio/2010-04-01/Accounts", None, &[]).await.refusal(), (404, 20404));
        assert_eq!(api.send(&key, Method::GET, &format!("{home}/Nothing"), None, &[]).await.refusal(), (404, 20404));
    });
}
