//! What agents and supervisors do: an offer taken, an answer written, a task handed on; and who may look.

use axum::http::Method;
use connectors::Incoming;
use connectors::signature::{hex, hmac_sha256};
use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, Who, ask, check, check_all_channels};

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn an_offer_becomes_a_conversation() {
    check("an_offer_becomes_a_conversation", async |api: Api| {
        let ana = api.agent().await;
        let ben = api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await;
        let offered = api.house.wants_agent(&api.shop, visitor(1)).await.unwrap().unwrap();
        let (mine, theirs) = if offered == api.shop.ana { (&ana, &ben) } else { (&ben, &ana) };
        let desk = api.get(mine, "/desk").await.ok();
        assert_eq!((desk["reservations"].as_array().unwrap().len(), desk["conversations"].as_array().unwrap().len()), (1, 0));
        let offer = &desk["reservations"][0];
        assert_eq!(
            (text(offer, "status"), text(&offer["channel"], "kind"), text(&offer["task"], "status")),
            ("pending", "webchat", "reserved")
        );
        assert!(!offer["why"]["chosen"].as_array().unwrap().is_empty() && !text(offer, "preview").is_empty(), "{offer}");
        assert!(api.get(theirs, "/desk").await.ok()["reservations"].as_array().unwrap().is_empty());
        let at = format!("/reservations/{}", text(offer, "id"));
        assert_eq!(
            api.post(theirs, &format!("{at}/accept"), json!({})).await.refusal(),
            (404, "not_found"),
            "another's offer is not there"
        );

        let accepted = api.post(mine, &format!("{at}/accept"), json!({})).await.ok();
        assert_eq!((text(&accepted, "status"), text(&accepted["task"], "status")), ("accepted", "assigned"));
        api.house.settle().await.unwrap();
        let conversation = text(&accepted["task"], "conversation_id").to_owned();
        let at = format!("/conversations/{conversation}");
        let view = api.get(mine, &at).await.ok();
        assert_eq!((text(&view, "state"), text(&view, "holder"), text(&view["composer"], "text_unit")), ("open", "task", "chars"));
        assert_eq!((&view["customer_present"], text(&view["worker"], "id")), (&json!(false), offered.to_string().as_str()));
        assert_eq!(api.get(theirs, &at).await.refusal(), (404, "not_found"), "a colleague's conversation");
        assert_eq!(api.get(theirs, &format!("{at}/messages")).await.refusal(), (404, "not_found"));

        let said = json!({ "client_id": "c1", "text": "Hello, I am here", "private": false, "attachment_ids": [] });
        let written = api.post(mine, &format!("{at}/messages"), said.clone()).await.ok();
        assert_eq!((text(&written, "direction"), text(&written["author"], "kind"), &written["client_id"]), ("out", "worker", &json!("c1")));
        assert_eq!(
            text(&api.post(mine, &format!("{at}/messages"), said.clone()).await.ok(), "id"),
            text(&written, "id"),
            "the same message again"
        );
        assert_eq!(api.post(theirs, &format!("{at}/messages"), said).await.refusal(), (404, "not_found"));
        let empty = json!({ "client_id": "c2", "text": "  ", "private": false, "attachment_ids": [] });
        assert_eq!(api.post(mine, &format!("{at}/messages"), empty).await.refusal(), (422, "required"));
        let note = json!({ "client_id": "c3", "text": "Be kind", "private": true, "attachment_ids": [] });
        assert_eq!(text(&api.post(mine, &format!("{at}/messages"), note).await.ok(), "direction"), "none");

        let page = api.get(mine, &format!("{at}/messages?limit=2")).await.ok();
        assert_eq!((page["items"].as_array().unwrap().len(), &page["more"]), (2, &json!(true)));
        assert_eq!(text(&page["items"][1], "text"), "Be kind");
        let first = page["items"][0]["seq"].as_i64().unwrap();
        let earlier = api.get(mine, &format!("{at}/messages?before={first}&limit=1")).await.ok();
        assert_eq!(earlier["items"][0]["seq"].as_i64().unwrap(), first - 1);

        let task = text(&accepted["task"], "id").to_owned();
        assert_eq!(api.post(theirs, &format!("/tasks/{task}/wrap"), json!({})).await.refusal(), (404, "not_found"));
        assert_eq!(text(&api.post(mine, &format!("/tasks/{task}/wrap"), json!({})).await.ok(), "status"), "wrapping");
        let newer =
            api.post(mine, &format!("/tasks/{task}/complete"), json!({ "disposition": "solved", "note": "", "last_seen_seq": 0 })).await;
        assert_eq!(newer.refusal(), (409, "newer_message"));
        let last = api.get(mine, &at).await.ok()["last_seq"].as_i64().unwrap();
        let done = api
            .post(mine, &format!("/tasks/{task}/complete"), json!({ "disposition": "solved", "note": "", "last_seen_seq": last }))
            .await
            .ok();
        assert_eq!((text(&done, "status"), text(&done, "disposition")), ("completed", "solved"));
        api.house.settle().await.unwrap();
        assert_eq!(text(&api.get(mine, &at).await.ok(), "state"), "closed", "one may read what one had");
        let late = json!({ "client_id": "c9", "text": "Too late", "private": false, "attachment_ids": [] });
        assert_eq!(api.post(mine, &format!("{at}/messages"), late).await.refusal(), (409, "conversation_closed"));
    });
}

#[test]
fn a_supervisor_sees_the_floor_and_moves_tasks() {
    check("a_supervisor_sees_the_floor_and_moves_tasks", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("supervisor", "all")], None).await;
        let (worker, task, conversation) = api.house.talking(&api.shop, visitor(2)).await.unwrap();
        let board = api.get(&boss, "/board").await.ok();
        let queue = &board["queues"][0];
        assert_eq!((text(queue, "name"), &queue["active"], &queue["available_workers"]), ("Everyone", &json!(1), &json!(2)));
        assert_eq!(board["active"][0]["id"], json!(task));
        assert!(board["active"][0]["contact"]["id"].is_string(), "{board}");
        let busy = board["workers"].as_array().unwrap().iter().find(|row| row["id"] == json!(worker)).unwrap();
        assert_eq!((&busy["open"], &busy["tasks"][0]["conversation_id"]), (&json!(1), &json!(conversation)));

        let list = api.get(&boss, "/conversations?state=open").await.ok();
        assert_eq!(list["items"][0]["id"], json!(conversation));
        let other = if worker == api.shop.ana { api.shop.ben } else { api.shop.ana };
        let moved = api.post(&boss, &format!("/tasks/{task}/assign"), json!({ "worker_id": other })).await.ok();
        assert_ne!(moved["id"], json!(task), "the task goes on as a new one");
        api.house.settle().await.unwrap();
        let nobody = api.post(&boss, &format!("/tasks/{task}/assign"), json!({ "worker_id": api.other.ana })).await;
        assert_ne!(nobody.status.as_u16(), 200);
        let new = text(&moved, "id").to_owned();
        let canceled = api.post(&boss, &format!("/tasks/{new}/cancel"), json!({ "reason": "test" })).await.ok();
        assert_eq!(text(&canceled, "status"), "canceled");
        api.house.settle().await.unwrap();
        assert_eq!(api.post(&boss, &format!("/tasks/{new}/cancel"), json!({ "reason": "test" })).await.refusal(), (409, "task_ended"));
        let two = api.post(&boss, &format!("/tasks/{new}/transfer"), json!({ "note": "" })).await;
        assert_eq!(two.refusal(), (422, "no_target"));
        let closed = api.post(&boss, &format!("/conversations/{conversation}/close"), json!({})).await.ok();
        assert_eq!(text(&closed, "state"), "closed");

        let away = api.post(&boss, &format!("/workers/{worker}/activity"), json!({ "activity_id": api.shop.away })).await.ok();
        assert_eq!(text(&away["activity"], "name"), "Away");
        let agent = api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await;
        let meddling = api.post(&agent, &format!("/workers/{}/activity", api.shop.ana), json!({ "activity_id": api.shop.available })).await;
        assert_eq!(meddling.refusal(), (404, "not_found"));
    });
}

#[test]
fn what_is_done_to_somebody_elses_task_is_in_the_audit_log() {
    check("what_is_done_to_somebody_elses_task_is_in_the_audit_log", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("supervisor", "all")], None).await;
        let admin = api.person(api.shop.ws, "Ada", &[("admin", "all")], None).await;
        let agents = [
            (api.shop.ana, api.agent().await),
            (api.shop.ben, api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await),
        ];
        let queue = json!({ "name": "Returns", "target_workers": "1==1" });
        let queue = text(&api.house.working_during(api.post(&admin, "/task-queues", queue)).await.ok(), "id").to_owned();
        let order = async |who: &Who, task: &str, what: &str, body: Value| {
            let moved = api.post(who, &format!("/tasks/{task}/{what}"), body).await.ok();
            api.house.settle().await.unwrap();
            text(&moved, "id").to_owned()
        };
        let rows = async || -> Vec<Vec<String>> {
            let log = api.get(&admin, "/audit-log").await.ok();
            let rows = log["items"].as_array().unwrap().iter().filter(|row| text(row, "action").starts_with("task."));
            rows.map(|row| ["actor", "action", "subject", "detail"].map(|field| text(row, field).to_owned()).into()).collect()
        };
        let (worker, task, _) = api.house.talking(&api.shop, visitor(2)).await.unwrap();
        let (_, own) = agents.iter().find(|(id, _)| *id == worker).unwrap();
        order(own, &task.to_string(), "wrap", json!({})).await;
        let task = order(own, &task.to_string(), "requeue", json!({})).await;
        assert_eq!(rows().await, Vec::<Vec<String>>::new(), "an agent's own day is no row");

        order(&boss, &task, "transfer", json!({ "queue_id": queue })).await;
        order(&boss, &task, "requeue", json!({})).await;
        order(&boss, &task, "transfer", json!({ "flow": true })).await;
        let told = |action: &str, detail: &str| ["Sue", action, &task, detail].map(str::to_owned).to_vec();
        let moved = told("task.transferred", &queue);
        assert_eq!(rows().await, [told("task.transferred", "flow"), told("task.requeued", ""), moved]);

        let (_, task, _) = api.house.talking(&api.shop, visitor(4)).await.unwrap();
        order(&boss, &task.to_string(), "complete", json!({})).await;
        let done = ["Sue", "task.completed", &task.to_string(), ""].map(str::to_owned).to_vec();
        assert_eq!(rows().await.first(), Some(&done));
    });
}

#[test]
fn people_are_known_changed_and_joined() {
    check("people_are_known_changed_and_joined", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("supervisor", "all")], None).await;
        let neighbour = api.person(api.other.ws, "Sue", &[("supervisor", "all")], None).await;
        let (worker, ..) = api.house.talking(&api.shop, visitor(3)).await.unwrap();
        api.house.text(&api.shop, "+4915112345678", "SM1", "Hallo, eine Zeppelinfrage").await.unwrap();
        api.house.settle().await.unwrap();
        let list = api.get(&boss, "/contacts").await.ok();
        let persons = list["items"].as_array().unwrap();
        assert_eq!(persons.len(), 2);
        let (texter, chatter) =
            if persons[0]["addresses"][0]["channel"] == "sms" { (&persons[0], &persons[1]) } else { (&persons[1], &persons[0]) };
        let (one, two) = (text(chatter, "id").to_owned(), text(texter, "id").to_owned());
        let version = chatter["version"].as_i64().unwrap();

        let agent = api.person(api.shop.ws, "Agent", &[("agent", "own")], Some(worker)).await;
        assert_eq!(api.get(&agent, "/contacts").await.ok()["items"].as_array().unwrap().len(), 1, "agents know those they talked to");
        assert_eq!(api.get(&agent, &format!("/contacts/{two}")).await.refusal(), (404, "not_found"));
        assert_eq!(
            api.post(&agent, &format!("/contacts/{one}/join"), json!({ "other_person_id": two })).await.refusal(),
            (404, "not_found")
        );

        let named = api.patch(&agent, &format!("/contacts/{one}"), json!({ "name": "Mia", "version": version })).await.ok();
        assert_eq!(text(&named, "name"), "Mia");
        assert_eq!(
            api.patch(&boss, &format!("/contacts/{one}"), json!({ "name": "x", "version": version })).await.refusal(),
            (409, "stale_version")
        );
        let known = api.put(&agent, &format!("/contacts/{one}/facts/order"), json!({ "value": "1042" })).await.ok();
        let fact = known["facts"].as_array().unwrap().iter().find(|fact| fact["key"] == "order").unwrap();
        assert_eq!((text(fact, "value"), text(fact, "source"), &fact["verified"]), ("1042", "agent", &json!(false)));
        assert_eq!(api.put(&agent, &format!("/contacts/{one}/facts/order"), json!({ "value": " " })).await.refusal(), (422, "required"));
        assert_eq!(api.delete(&agent, &format!("/contacts/{one}/facts/order")).await.status.as_u16(), 204);
        assert_eq!(api.delete(&agent, &format!("/contacts/{one}/facts/order")).await.refusal(), (404, "not_found"));

        let joined = api.post(&boss, &format!("/contacts/{one}/join"), json!({ "other_person_id": two })).await.ok();
        assert_eq!((joined["contact_ids"].as_array().unwrap().len(), joined["conversations"].as_array().unwrap().len()), (2, 2));
        assert_eq!((text(&joined["joins"][0], "evidence"), text(&joined["joins"][0], "by")), ("agent", "Sue"));
        let join = text(&joined["joins"][0], "id").to_owned();
        assert_eq!(
            api.post(&boss, &format!("/contacts/{one}/join"), json!({ "other_person_id": two })).await.refusal(),
            (409, "same_person")
        );
        let foreign = ask(Method::POST, format!("/api/v1/workspaces/{}/joins/{join}/undo", api.other.id));
        assert_eq!(api.send(&neighbour, foreign).await.refusal(), (404, "not_found"));
        api.post(&boss, &format!("/joins/{join}/undo"), json!({})).await.ok();
        assert_eq!(api.post(&boss, &format!("/joins/{join}/undo"), json!({})).await.refusal(), (409, "undone_already"));
        assert_eq!(api.get(&boss, "/contacts").await.ok()["items"].as_array().unwrap().len(), 2);

        api.house.settle().await.unwrap();
        let found = api.get(&boss, "/search?q=Mia").await.ok();
        assert_eq!(found["contacts"][0]["name"], json!("Mia"));
        let hidden = api.get(&agent, "/search?q=Zeppelinfrage").await.ok();
        assert!(hidden["messages"].as_array().unwrap().is_empty(), "search shows an agent only what they could open: {hidden}");
        assert_eq!(api.get(&boss, "/search?q=Zeppelinfrage").await.ok()["messages"].as_array().unwrap().len(), 1);
        let elsewhere = ask(Method::GET, format!("/api/v1/workspaces/{}/search?q=Zeppelinfrage", api.other.id));
        assert!(api.send(&neighbour, elsewhere).await.ok()["messages"].as_array().unwrap().is_empty());
    });
}

#[test]
fn runs_of_flows_can_be_read() {
    check("runs_of_flows_can_be_read", async |api: Api| {
        let admin = api.admin().await;
        let (_, _, conversation) = api.house.talking(&api.shop, visitor(4)).await.unwrap();
        let runs = api.get(&admin, &format!("/executions?conversation={conversation}")).await.ok();
        let run = &runs["items"][0];
        assert_eq!((run["conversation_id"].clone(), run["flow_id"].clone()), (json!(conversation), json!(api.shop.flow)));
        let steps = api.get(&admin, &format!("/executions/{}/steps", text(run, "id"))).await.ok();
        let steps = steps["items"].as_array().unwrap();
        assert!(steps.len() > 2 && text(&steps[0], "type") == "trigger", "{steps:?}");
        assert_eq!(api.get(&admin, "/executions?status=nonsense").await.ok()["items"].as_array().unwrap().len(), 0);
    });
}

#[test]
fn cards_are_sent_and_what_is_wrong_with_one_is_named() {
    check("cards_are_sent_and_what_is_wrong_with_one_is_named", async |api: Api| {
        let (_, _, conversation) = api.house.talking(&api.shop, visitor(3)).await.unwrap();
        let at = format!("/conversations/{conversation}/messages");
        let boss = api.person(api.shop.ws, "Sue", &[("admin", "all")], None).await;
        let write = async |no: u8, cards: Value| api.post(&boss, &at, json!({ "client_id": format!("c{no}"), "cards": cards })).await;
        let rooms = json!([
            { "title": " Room 1 ", "text": "Sea view", "image": { "url": "https://x.example/1.jpg" },
              "buttons": [{ "label": "Yes" }, { "label": "Look", "url": "https://x.example/1" }] },
            { "title": "Room 2", "buttons": [{ "label": "Book", "reply": "Book room 2" }] },
        ]);
        let written = write(1, rooms).await.ok();
        assert_eq!(
            written["cards"],
            json!([
                { "title": "Room 1", "text": "Sea view", "image": { "attachment": null, "url": "https://x.example/1.jpg" },
                  "buttons": [{ "label": "Yes", "reply": "Yes", "url": null }, { "label": "Look", "reply": null, "url": "https://x.example/1" }] },
                { "title": "Room 2", "text": "", "image": null, "buttons": [{ "label": "Book", "reply": "Book room 2", "url": null }] },
            ])
        );
        let wrong = [
            (json!([{ "title": "a" }]), "bare", "/cards/0"),
            (
                json!([{ "title": "a", "text": "b" }, { "title": "a", "buttons": [{ "label": "x".repeat(21) }] }]),
                "too_long",
                "/cards/1/buttons/0/label",
            ),
            (json!([{ "title": "a", "image": { "url": "http://x.example/a.png" } }]), "bad_address", "/cards/0/image/url"),
            (json!([{ "title": "a", "image": {} }]), "either", "/cards/0/image"),
            (
                json!([{ "title": "a", "buttons": [{ "label": "b", "reply": "c", "url": "https://x.example" }] }]),
                "either",
                "/cards/0/buttons/0",
            ),
            (
                json!([{ "title": "a", "image": { "attachment_id": "ME01900000000070008000000000000009" } }]),
                "unknown_file",
                "/cards/0/image/attachment_id",
            ),
        ];
        for (no, (cards, code, pointer)) in wrong.into_iter().enumerate() {
            let answer = write(10 + no as u8, cards).await;
            let told = (answer.json["params"]["what"].as_str(), answer.json["field"].as_str());
            assert_eq!((answer.refusal(), told), ((422, "bad_card"), (Some(code), Some(pointer))), "{}", answer.text);
        }
        let note = json!({ "client_id": "c30", "private": true, "cards": [{ "title": "a", "text": "b" }] });
        assert_eq!(api.post(&boss, &at, note).await.refusal(), (422, "bad_card"));
    });
}

#[test]
fn a_preview_is_what_would_leave_and_keeps_nothing() {
    check("a_preview_is_what_would_leave_and_keeps_nothing", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("admin", "all")], None).await;
        let (_, _, chat) = api.house.talking(&api.shop, visitor(3)).await.unwrap();
        api.house.text(&api.shop, "+4915112345678", "SM1", "Hallo!").await.unwrap();
        api.house.settle().await.unwrap();
        let (by_text, _) = api.house.thread(&api.shop, api.shop.sms, "+4915112345678").await.unwrap();
        let draft = json!({ "text": " Which room? ", "cards": [
            { "title": "Room 1", "text": "Sea view", "buttons": [{ "label": "Book", "reply": "Book room 1" }, { "label": "Look", "url": "https://x.example/1" }] },
            { "title": "", "text": "not finished yet" },
        ] });
        let ask = async |id: String, draft: Value| api.post(&boss, &format!("/conversations/{id}/preview"), draft).await;
        let kept = "SELECT count(*) FROM message";
        let before = api.house.count(kept).await.unwrap();

        let chat = chat.to_string();
        let shown = ask(chat.clone(), draft.clone()).await.ok();
        assert_eq!(shown["parts"].as_array().unwrap().len(), 1);
        let part = &shown["parts"][0];
        assert_eq!((text(part, "text"), part["cards"].as_array().unwrap().len()), ("Which room?", 2), "side by side");
        assert_eq!(part["cards"][0]["buttons"][0], json!({ "label": "Book", "reply": "Book room 1", "url": null }));
        let view = api.get(&boss, &format!("/conversations/{chat}")).await.ok();
        assert_eq!((&view["composer"]["cards"], &view["subject"]), (&json!({ "most": 10, "text": 2000 }), &Value::Null));

        let shown = ask(by_text.id.to_string(), draft).await.ok();
        let written = "Which room?\n\nRoom 1\nSea view\n1. Book\nLook: https://x.example/1\n\nnot finished yet";
        assert_eq!(
            shown["parts"],
            json!([{ "text": written, "attachments": [], "cards": [], "choices": [], "extras": [] }]),
            "there are no cards by SMS"
        );
        assert_eq!(api.get(&boss, &format!("/conversations/{}", by_text.id)).await.ok()["composer"]["cards"], Value::Null);

        let foreign = json!({ "text": "a", "attachment_ids": ["ME01900000000070008000000000000009"], "cards": [{ "title": "b", "image": { "attachment_id": "ME01900000000070008000000000000009" } }] });
        let shown = ask(chat.clone(), foreign).await.ok();
        assert_eq!((&shown["parts"][0]["attachments"], &shown["parts"][0]["cards"][0]["image"]), (&json!([]), &Value::Null), "not theirs");
        assert_eq!(ask(chat.clone(), json!({ "cards": [{ "title": "a", "image": {} }] })).await.refusal(), (422, "bad_card"));
        assert_eq!(ask(chat.clone(), json!({ "texts": "a" })).await.status, 400);
        assert_eq!(ask(chat, json!({})).await.ok()["parts"][0]["cards"], json!([]));
        assert_eq!(api.house.count(kept).await.unwrap(), before);
        let ana = api.agent().await;
        let elsewhere = api.post(&ana, &format!("/conversations/{}/preview", by_text.id), json!({ "text": "a" })).await;
        assert_eq!(elsewhere.refusal(), (404, "not_found"), "nobody's conversation of hers");
    });
}

#[test]
fn typing_is_offered_where_the_customer_is_shown_ours() {
    const SECRET: &str = "a-secret-of-both-sides";
    check_all_channels("typing_is_offered_where_the_customer_is_shown_ours", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("admin", "all")], None).await;
        for (can, offered) in [(r#"{"says":["typing"]}"#, true), (r#"{"hears":["typing"]}"#, false)] {
            let settings = json!({ "send_url": "https://board.example/send", "capabilities": can });
            let draft =
                json!({ "kind": "custom", "name": can, "settings": settings, "secrets": { "signing_secret": SECRET }, "flow_id": null });
            let account = api.post(&boss, "/channel-accounts", draft).await.ok();
            let account = text(&account, "id").parse().unwrap();
            let body = r#"{"events":[{"type":"message","id":"m-1","from":{"id":"u-1"},"text":"hello"}]}"#;
            let at = api.house.now().secs();
            let proof = hex(&hmac_sha256(SECRET.as_bytes(), format!("{at}.{body}").as_bytes()));
            let headers = [("x-seaway-signature".to_owned(), format!("t={at},v1={proof}"))];
            let incoming = Incoming::Request { method: "POST", target: "/in/custom/1", headers: &headers, body: body.as_bytes() };
            api.house.engine.receive(api.shop.ws, account, incoming).await.unwrap();
            api.house.settle().await.unwrap();
            let (conversation, _) = api.house.thread(&api.shop, account, "u-1").await.unwrap();
            let view = api.get(&boss, &format!("/conversations/{}", conversation.id)).await.ok();
            assert_eq!(view["composer"]["typing"], json!(offered), "{can}");
        }
    });
}

#[test]
fn files_are_taken_and_judged() {
    check("files_are_taken_and_judged", async |api: Api| {
        let ana = api.agent().await;
        let form = |field: &str, name: &str, bytes: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n{bytes}\r\n--x--\r\n")
        };
        let send_as = async |key: Option<&str>, body: String| {
            let super::Who::Cookie(token) = &ana else { panic!() };
            let request = axum::extract::Request::builder()
                .method(Method::POST)
                .uri(api.path("/files"))
                .header("host", super::HOST)
                .header("origin", format!("http://{}", super::HOST))
                .header("cookie", format!("seaway={token}"))
                .header("content-type", "multipart/form-data; boundary=x");
            let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
            let request = request.body(axum::body::Body::from(body)).unwrap();
            let response = api.doors.answer(request, super::PEER.parse().unwrap(), false).await;
            let status = response.status().as_u16();
            let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
            (status, serde_json::from_slice::<Value>(&bytes).unwrap_or_default())
        };
        let send = async |body: String| send_as(None, body).await;
        let (status, file) = send(form("file", "../note.txt", "Grüße")).await;
        assert_eq!((status, text(&file, "name"), text(&file, "type")), (200, "note.txt", "text/plain"));
        assert!(text(&file, "url").starts_with("http://files.localhost:8080/f/WS"));
        let (status, problem) = send(form("file", "big.txt", &"x".repeat(11 * 1024 * 1024))).await;
        assert_eq!((status, text(&problem, "code")), (413, "too_large"));
        let (status, problem) = send(form("file", "none.txt", "")).await;
        assert_eq!((status, text(&problem, "code")), (422, "empty_file"));
        let (status, problem) = send(form("other", "a.txt", "x")).await;
        assert_eq!((status, text(&problem, "code")), (400, "required"));

        // I5.3: the same upload again is the same file; another one under its key is refused.
        let kept = "SELECT count(*) FROM attachment";
        let before = api.house.count(kept).await.unwrap();
        let (_, first) = send_as(Some("u1"), form("file", "a.txt", "once")).await;
        assert_eq!(send_as(Some("u1"), form("file", "a.txt", "once")).await, (200, first));
        let (status, problem) = send_as(Some("u1"), form("file", "a.txt", "twice")).await;
        assert_eq!((status, text(&problem, "code")), (409, "idempotency_key_reused"));
        assert_eq!(api.house.count(kept).await.unwrap(), before + 1);
    });
}

#[test]
fn the_boards_day_is_the_workspaces() {
    check("the_boards_day_is_the_workspaces", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("admin", "all"), ("supervisor", "all")], None).await;
        let zone = async |name: &str| {
            let version = api.get(&boss, "/settings").await.ok()["version"].clone();
            api.patch(&boss, "/settings", json!({ "time_zone": name, "version": version })).await
        };
        let done = async || api.get(&boss, "/board").await.ok()["queues"][0]["done_today"].clone();
        assert_eq!(api.get(&boss, "/settings").await.ok()["time_zone"], json!("UTC"));
        assert_eq!(zone("Berlin").await.refusal(), (422, "unknown"));
        assert_eq!(zone("Asia/Seoul").await.ok()["time_zone"], json!("Asia/Seoul"));
        let (_, task, _) = api.house.talking(&api.shop, visitor(2)).await.unwrap();
        api.house.complete(&api.shop, task).await.unwrap().unwrap();
        assert_eq!(done().await, json!(1));
        // From 08:00 UTC, which is 17:00 in Seoul, to the next day there; in UTC it is the same day still.
        api.house.clock.advance_ms(8 * 3_600_000);
        api.house.keep_time();
        assert_eq!(done().await, json!(0));
        zone("UTC").await.ok();
        assert_eq!(done().await, json!(1));
    });
}

/// Proves I5.3 and I10.1.
#[test]
fn what_was_done_under_a_key_is_not_done_again() {
    check("what_was_done_under_a_key_is_not_done_again", async |api: Api| {
        let boss = api.person(api.shop.ws, "Sue", &[("admin", "all"), ("supervisor", "all")], None).await;
        let keyed = |path: &str, body: Value, key: &str| ask(Method::POST, api.path(path)).with(body).header("idempotency-key", key);
        // At once, after the answer, and for something else.
        let twice = async |path: &str, body: Value, key: &str| {
            let ask = |path: &str| api.send(&boss, keyed(path, body.clone(), key));
            let (first, twin) = tokio::join!(ask(path), ask(path));
            api.house.settle().await.unwrap();
            let again = ask(path).await;
            for reply in [&first, &twin, &again] {
                assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text);
            }
            let other = ask(&format!("{path}?other=1")).await;
            assert_eq!(other.refusal(), (409, "idempotency_key_reused"), "{path}");
            assert_eq!(first.json["id"], twin.json["id"], "{path}");
            (first.json, again.json)
        };
        let rows = async |action: &str| {
            let ws = api.shop.ws;
            api.house.count(&format!("SELECT count(*) FROM audit_row WHERE workspace_id = {ws} AND action = '{action}'")).await.unwrap()
        };
        let (_, _, conversation) = api.house.talking(&api.shop, visitor(3)).await.unwrap();
        api.house.text(&api.shop, "+4915112345678", "SM1", "Hallo!").await.unwrap();
        let list = api.get(&boss, "/contacts").await.ok();
        let ids: Vec<String> = list["items"].as_array().unwrap().iter().map(|person| text(person, "id").to_owned()).collect();
        let (joined, again) = twice(&format!("/contacts/{}/join", ids[0]), json!({ "other_person_id": ids[1] }), "j").await;
        assert_eq!((joined["joins"].as_array().unwrap().len(), &joined["joins"]), (1, &again["joins"]));
        let undo = format!("/joins/{}/undo", text(&joined["joins"][0], "id"));
        twice(&undo, json!({}), "u").await;
        assert_eq!(api.get(&boss, "/contacts").await.ok()["items"].as_array().unwrap().len(), 2);
        assert_eq!((rows("contact.joined").await, rows("contact.join_undone").await), (1, 1));

        twice(&format!("/conversations/{conversation}/close"), json!({ "reason": "done" }), "c").await;
        assert_eq!(rows("conversation.closed").await, 1);
        let worker = api.house.wants_agent(&api.shop, visitor(4)).await.unwrap().unwrap();
        let task = api.house.offers(&api.shop, worker).await.unwrap()[0].task_id;
        twice(&format!("/tasks/{task}/cancel"), json!({ "reason": "test" }), "x").await;
        assert_eq!(rows("task.canceled").await, 1);
        let (robot, _) = twice("/workers", json!({ "name": "Robot", "attributes": "{}" }), "w").await;
        twice("/activities", json!({ "name": "Lunch", "available": false }), "a").await;
        assert_eq!((rows("worker.created").await, rows("activity.created").await), (1, 1));
        let (key, again) = twice("/api-keys", json!({ "name": "Script", "role": "agent" }), "k").await;
        assert_eq!((text(&key, "secret"), &key["id"]), (text(&again, "secret"), &again["id"]));
        let (secret, again) = twice(&format!("/channel-accounts/{}/rotate-webchat-secret", api.shop.webchat), json!({}), "s").await;
        assert_eq!(secret, again);
        assert_eq!(rows("channel_account.secret_rotated").await, 1);
        let rotate = format!("/channel-accounts/{}/rotate-webchat-secret", api.shop.webchat);
        api.post(&boss, &rotate, json!({})).await.ok();
        let late = api.send(&boss, keyed(&rotate, json!({}), "s")).await;
        assert_eq!(late.refusal(), (409, "secret_changed_since"));
        let gone = |id: &str| ask(Method::DELETE, api.path(&format!("/workers/{id}?version=1"))).header("idempotency-key", "g");
        let robot = text(&robot, "id").to_owned();
        for _ in 0..2 {
            assert_eq!(api.send(&boss, gone(&robot)).await.status, 204);
        }
        assert_eq!(rows("worker.deleted").await, 1);
        let member = json!({ "name": "Max", "email": "max@shop.example", "password": "a long password", "roles": [{ "role": "agent", "scope": "own" }], "worker": { "attributes": "{}" } });
        let (max, again) = twice("/members", member.clone(), "m").await;
        assert_eq!(max, again);
        assert_eq!(rows("member.created").await, 1);

        // The member and their worker are there together or not at all.
        let people = "SELECT count(*) FROM \"user\"";
        let before = (api.house.count(people).await.unwrap(), api.get(&boss, "/workers").await.ok()["items"].as_array().unwrap().len());
        let mut taken = member;
        taken["email"] = json!("other@shop.example");
        assert_eq!(api.post(&boss, "/members", taken).await.refusal(), (422, "name_taken"));
        let after = (api.house.count(people).await.unwrap(), api.get(&boss, "/workers").await.ok()["items"].as_array().unwrap().len());
        assert_eq!(before, after);
    });
}

#[test]
fn a_missed_offer_is_still_told_after_a_reload_beside_other_offers() {
    check("a_missed_offer_is_still_told_after_a_reload_beside_other_offers", async |api: Api| {
        let ben = api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await;
        api.house.set_activity(&api.shop, api.shop.ana, false).await.unwrap();
        assert_eq!(api.house.wants_agent(&api.shop, visitor(1)).await.unwrap(), Some(api.shop.ben));
        api.house.pass(5).await.unwrap();
        api.house.wants_agent(&api.shop, visitor(2)).await.unwrap();
        let desk = api.get(&ben, "/desk").await.ok();
        let offers = desk["reservations"].as_array().unwrap();
        assert_eq!((offers.len(), &desk["missed_offer"]), (2, &Value::Null));
        let older = offers.iter().min_by_key(|offer| text(offer, "created_at")).unwrap();

        let mut waited = 0;
        let desk = loop {
            api.house.pass(1).await.unwrap();
            let desk = api.get(&ben, "/desk").await.ok();
            waited += 1;
            if desk["missed_offer"].is_object() || waited == 120 {
                break desk;
            }
        };
        assert_eq!(text(&desk["missed_offer"], "reservation_id"), text(older, "id"), "{desk}");
        assert_eq!(desk["reservations"].as_array().unwrap().len(), 1, "the other one still stands: {desk}");
        // The one that stood beside it ends later, and is not what sent him away.
        api.house.pass(10).await.unwrap();
        let later = api.get(&ben, "/desk").await.ok();
        assert_eq!(later["missed_offer"], desk["missed_offer"]);
        assert!(later["reservations"].as_array().unwrap().is_empty(), "{later}");
        api.house.set_activity(&api.shop, api.shop.ben, true).await.unwrap();
        assert_eq!(api.get(&ben, "/desk").await.ok()["missed_offer"], Value::Null);
    });
}

#[test]
fn an_agent_goes_on_elsewhere_and_what_did_not_arrive_is_listed_with_its_tries() {
    check("an_agent_goes_on_elsewhere_and_what_did_not_arrive_is_listed", async |api: Api| {
        let admin = api.admin().await;
        let ana = api.agent().await;
        let ben = api.person(api.shop.ws, "Ben", &[("agent", "own")], Some(api.shop.ben)).await;
        let (worker, _, conversation) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
        let (mine, theirs) = if worker == api.shop.ana { (&ana, &ben) } else { (&ben, &ana) };
        let at = format!("/conversations/{conversation}");
        api.house.chat(&api.shop, visitor(1), "n", "text me: +49 176 12345678").await.unwrap();
        let ways = api.get(mine, &format!("{at}/channels")).await.ok();
        let [here, sms] = ways["items"].as_array().unwrap().as_slice() else { panic!("{ways}") };
        assert_eq!((&here["current"], text(here, "address")), (&json!(true), ""), "a browser's key is nothing to read");
        assert_eq!((text(sms, "address"), &sms["asks_consent"], &sms["thread_id"]), ("+4917612345678", &json!(true), &Value::Null));
        assert_eq!(api.get(theirs, &format!("{at}/channels")).await.refusal(), (404, "not_found"));

        let to =
            |consent: bool| json!({ "channel_account_id": sms["channel"]["account_id"], "address": sms["address"], "consent": consent });
        let go = format!("{at}/channel");
        assert_eq!(api.post(mine, &go, to(false)).await.refusal(), (409, "no_consent"));
        assert_eq!(api.post(mine, &go, json!({ "address": "+4917612345678" })).await.refusal(), (422, "required"));
        assert_eq!(api.post(mine, &go, json!({})).await.refusal(), (422, "one_of"));
        assert_eq!(api.post(theirs, &go, to(true)).await.refusal(), (404, "not_found"));
        let gone = api.post(mine, &go, to(true)).await.ok();
        assert_eq!((text(&gone["channel"], "kind"), gone["threads"].as_array().unwrap().len()), ("sms", 2));

        let refuses = |_: &engine::Outgoing| engine::Sent::Answer {
            status: 400,
            headers: vec![],
            body: r#"{"code":21211,"message":"Invalid 'To' Phone Number"}"#.into(),
        };
        api.house.world.now_answers(refuses);
        let said = json!({ "client_id": "c1", "text": "On your phone", "private": false, "attachment_ids": [] });
        let written = api.post(mine, &format!("{at}/messages"), said).await.ok();
        api.house.settle().await.unwrap();
        assert_eq!(api.get(mine, "/undelivered").await.refusal(), (404, "not_found"));
        let listed = api.get(&admin, "/undelivered").await.ok();
        let one = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["message"]["id"] == written["id"])
            .unwrap_or_else(|| panic!("{listed} {written}"));
        assert_eq!((text(one, "conversation_id"), text(&one["channel"], "kind")), (conversation.to_string().as_str(), "sms"));
        assert_eq!((text(&one["message"], "state"), one["message"]["problem"].is_object()), ("failed", true), "{one}");
        let log = format!("/messages/{}/tries", text(&written, "id"));
        let tries = api.get(&admin, &log).await.ok();
        assert_eq!((&tries["items"][0]["no"], tries["items"].as_array().unwrap().len()), (&json!(1), 1));
        assert!(!text(&tries["items"][0], "outcome").is_empty() && tries["items"][0]["took_ms"].is_i64(), "{tries}");
        assert_eq!(api.get(theirs, &log).await.refusal(), (404, "not_found"));

        let sent = |_: &engine::Outgoing| engine::Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMours"}"#.into() };
        api.house.world.now_answers(sent);
        api.post(&admin, &format!("/messages/{}/retry", text(&written, "id")), json!({})).await.ok();
        api.house.settle().await.unwrap();
        let listed = api.get(&admin, "/undelivered").await.ok();
        assert!(listed["items"].as_array().unwrap().iter().all(|one| one["message"]["id"] != written["id"]), "it left");
        assert_eq!(api.get(&admin, &log).await.ok()["items"][1]["outcome"], "sent");
    });
}
