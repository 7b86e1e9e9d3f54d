//! Workers as a file and as a table: told, judged, and changed all at once.

use axum::http::Method;
use model::WorkerId;
use serde_json::{Value, json};

use super::{Api, Reply, Who, ask, check};

async fn import(api: &Api, who: &Who, query: &str, text: impl Into<Vec<u8>>) -> Reply {
    let asked = ask(Method::POST, api.path(&format!("/workers.csv{query}"))).file("text/csv", text);
    api.house.working_during(api.send(who, asked)).await
}

async fn edit(api: &Api, who: &Who, body: Value) -> Reply {
    api.house.working_during(api.post(who, "/workers/edit", body)).await
}

async fn worker(api: &Api, who: &Who, id: WorkerId) -> Value {
    api.get(who, &format!("/workers/{id}")).await.ok()
}

fn attributes(worker: &Value) -> Value {
    serde_json::from_str(worker["attributes"].as_str().unwrap()).unwrap()
}

async fn actions(api: &Api, who: &Who) -> Vec<(String, String)> {
    let log = api.get(who, "/audit-log").await.ok();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    log["items"].as_array().unwrap().iter().map(|row| (text(row, "action"), text(row, "detail"))).collect()
}

#[test]
fn a_script_takes_the_agents_out_and_puts_them_in_again() {
    check("a_script_takes_the_agents_out_and_puts_them_in_again", async |api: Api| {
        let (key, _) = api.key(api.shop.ws, "admin").await;
        let told = api.get(&key, "/workers.csv").await;
        assert_eq!(told.headers["content-type"], "text/csv; charset=utf-8");
        assert!(told.text.starts_with("id,name,activity,skills,languages,department,capacity."), "{}", told.text);
        let same = import(&api, &key, "", told.text.clone()).await.ok();
        assert_eq!((&same["applied"], &same["changed"], &same["unchanged"]), (&json!(true), &json!(0), &json!(2)));
        let german = api.get(&key, "/workers.csv?separator=semicolon&bom=true").await;
        assert!(german.text.starts_with("\u{feff}id;name;"), "{}", german.text);
        assert_eq!(import(&api, &key, "", german.text).await.ok()["unchanged"], 2);

        let before = worker(&api, &key, api.shop.ana).await;
        let file = format!("id;skills;capacity.chat\r\n{};billing:80|vip;5\r\n;ko:3;\r\n", api.shop.ana);
        let dry = import(&api, &key, "?dry_run=true", file.clone()).await.ok();
        assert_eq!((&dry["applied"], &dry["changed"], &dry["refused"]), (&json!(false), &json!(1), &json!(1)));
        assert_eq!((&dry["refusals"][0]["line"], &dry["refusals"][0]["code"]), (&json!(3), &json!("csv_new")));
        assert!(!dry["refusals"][0]["mend"].as_str().unwrap().is_empty());
        let cells = dry["changes"][0]["cells"].as_array().unwrap();
        assert!(cells.iter().any(|cell| cell["column"] == "skills" && cell["after"] == "billing:80|vip"), "{cells:?}");
        let refused = import(&api, &key, "", file.clone()).await;
        assert_eq!(refused.refusal(), (422, "csv_refused"));
        assert_eq!(worker(&api, &key, api.shop.ana).await, before, "all or nothing");

        let file = format!("id,name,skills,capacity.chat\n{},Ana,billing:80|vip,5\n,Dora,ko:3,\n", api.shop.ana);
        let file = file.replace(",Ana,", &format!(",{},", before["name"].as_str().unwrap()));
        let done = import(&api, &key, "?create=true", file.clone()).await.ok();
        assert_eq!((&done["applied"], &done["changed"], &done["new"]), (&json!(true), &json!(1), &json!(1)));
        let after = worker(&api, &key, api.shop.ana).await;
        assert_eq!(attributes(&after)["routing"], json!({ "skills": ["billing", "vip"], "levels": { "billing": 80 } }));
        let kept = |worker: &Value| attributes(worker)["languages"].clone();
        assert_eq!(kept(&after), kept(&before), "what has no column stays");
        let chat = after["channels"].as_array().unwrap().iter().find(|one| one["channel"] == "chat").unwrap();
        assert_eq!(chat["capacity"], 5);
        let table = api.get(&key, "/workers/table?search=DOR").await.ok();
        assert_eq!((&table["total"], &table["all"], &table["items"][0]["user_id"]), (&json!(1), &json!(3), &Value::Null));
        assert!(actions(&api, &key).await.contains(&("worker.imported".into(), "1 changed, 1 new".into())));

        let again = import(&api, &key, "?create=true", file).await;
        assert_eq!(again.refusal(), (422, "csv_refused"), "the name is taken now");
    });
}

#[test]
fn a_repeated_import_makes_nobody_twice() {
    check("a_repeated_import_makes_nobody_twice", async |api: Api| {
        let admin = api.admin().await;
        for _ in 0..2 {
            let asked = ask(Method::POST, api.path("/workers.csv?create=true")).file("text/csv", "id,name\n,Dora\n");
            let done = api.house.working_during(api.send(&admin, asked.header("idempotency-key", "once"))).await;
            done.ok();
        }
        assert_eq!(api.get(&admin, "/workers/table").await.ok()["all"], 3);
    });
}

#[test]
fn files_are_for_those_who_manage_workers() {
    check("files_are_for_those_who_manage_workers", async |api: Api| {
        let agent = api.agent().await;
        assert_eq!(api.get(&agent, "/workers.csv").await.refusal().0, 404);
        assert_eq!(import(&api, &agent, "", "id\n").await.refusal().0, 404);
        assert_eq!(api.get(&agent, "/workers/table").await.refusal().0, 404);
        assert_eq!(edit(&api, &agent, json!({ "edits": [] })).await.refusal().0, 404);
        let stranger = api.person(api.other.ws, "Eve", &[("admin", "all")], None).await;
        assert_eq!(api.get(&stranger, "/workers.csv").await.refusal().0, 404);
        let admin = api.admin().await;
        let theirs = import(&api, &admin, "?dry_run=true", format!("id,skills\n{},de\n", api.other.ana)).await.ok();
        assert_eq!(theirs["refusals"][0]["code"], "unknown_agent", "another workspace's");
        assert_eq!(import(&api, &admin, "", b"id,name\nWK1,J\xf6rg\n".to_vec()).await.refusal(), (422, "csv_not_text"));
        let big = "x".repeat(17 * 1024 * 1024);
        assert_eq!(import(&api, &admin, "", big).await.refusal(), (413, "too_big"));
    });
}

#[test]
fn many_change_together_and_it_is_taken_back() {
    check("many_change_together_and_it_is_taken_back", async |api: Api| {
        let admin = api.admin().await;
        let (ana, ben) = (worker(&api, &admin, api.shop.ana).await, worker(&api, &admin, api.shop.ben).await);
        let put = json!({ "put_skills": [{ "name": "vip", "level": 7.5 }], "capacities": [{ "channel": "chat", "capacity": 4 }] });
        let body = |dry: bool| json!({ "edits": [{ "change": put }], "dry_run": dry });
        let dry = edit(&api, &admin, body(true)).await.ok();
        assert_eq!((&dry["applied"], &dry["found"], &dry["changed"]), (&json!(false), &json!(2), &json!(2)));
        assert_eq!(worker(&api, &admin, api.shop.ana).await, ana);
        let done = edit(&api, &admin, body(false)).await.ok();
        assert_eq!((&done["applied"], &done["changed"]), (&json!(true), &json!(2)));
        let found = api.get(&admin, "/workers/table?skill=vip").await.ok();
        assert_eq!((&found["total"], &found["skills"][0]["name"]), (&json!(2), &json!("vip")));
        assert_eq!(edit(&api, &admin, body(false)).await.ok()["changed"], 0, "nobody changes twice");
        assert!(actions(&api, &admin).await.contains(&("worker.edited".into(), "2 changed, 0 new".into())));

        let back = edit(&api, &admin, json!({ "edits": done["undo"] })).await.ok();
        assert_eq!(back["changed"], 2);
        for (id, before) in [(api.shop.ana, &ana), (api.shop.ben, &ben)] {
            let now = worker(&api, &admin, id).await;
            assert_eq!((attributes(&now), &now["channels"]), (attributes(before), &before["channels"]));
        }

        let away =
            json!({ "edits": [{ "who": { "ids": [api.shop.ben.to_string()] }, "change": { "activity_id": api.shop.away.to_string() } }] });
        let away = edit(&api, &admin, away).await.ok();
        assert_eq!(worker(&api, &admin, api.shop.ben).await["activity"]["id"], json!(api.shop.away.to_string()));
        assert_eq!(away["undo"][0]["change"]["activity_id"], ben["activity"]["id"]);
        let table = api.get(&admin, &format!("/workers/table?activity_id={}", api.shop.away)).await.ok();
        assert_eq!((&table["total"], &table["items"][0]["name"]), (&json!(1), &ben["name"]));
    });
}

#[test]
fn an_edit_that_cannot_be_done_to_one_is_done_to_nobody() {
    check("an_edit_that_cannot_be_done_to_one_is_done_to_nobody", async |api: Api| {
        let admin = api.admin().await;
        let odd = json!({ "attributes": "{\"routing\":\"by hand\"}", "version": worker(&api, &admin, api.shop.ben).await["version"] });
        let at = format!("/workers/{}", api.shop.ben);
        api.house.working_during(api.patch(&admin, &at, odd)).await.ok();
        let ana = worker(&api, &admin, api.shop.ana).await;
        let refused = |change: Value| {
            let (api, admin) = (&api, &admin);
            async move {
                let reply = edit(api, admin, json!({ "edits": [{ "change": change }] })).await;
                (reply.status.as_u16(), reply.json["code"].as_str().unwrap_or_default().to_owned())
            }
        };
        let code = |code: &str| (422, code.to_owned());
        assert_eq!(refused(json!({ "put_skills": [{ "name": "vip" }] })).await, code("csv_no_place"));
        assert_eq!(refused(json!({ "put_skills": [{ "name": " " }] })).await, code("required"));
        assert_eq!(refused(json!({ "capacities": [{ "channel": "pigeon", "capacity": 1 }] })).await, code("unknown"));
        assert_eq!(refused(json!({ "capacities": [{ "channel": "chat", "capacity": 1001 }] })).await, code("out_of_range"));
        assert_eq!(refused(json!({ "activity_id": "WA00000000000000000000000000000001" })).await, code("unknown"));
        let nobody = json!({ "edits": [{ "who": { "ids": ["WK00000000000000000000000000000001"] }, "change": {} }] });
        assert_eq!(edit(&api, &admin, nobody).await.refusal(), (422, "unknown_agent"));
        assert_eq!(worker(&api, &admin, api.shop.ana).await, ana);
    });
}

#[test]
fn an_agent_who_sets_their_activity_stands_in_the_way_of_no_change_of_many() {
    check("an_agent_who_sets_their_activity_stands_in_the_way_of_no_change_of_many", async |api: Api| {
        let admin = api.admin().await;
        let to = [api.shop.away, api.shop.available].map(|id| json!({ "activity_id": id }));
        let at = format!("/workers/{}/activity", api.shop.ana);
        // They are all under way when the change of many is planned.
        let set = futures::future::join_all((0..24).map(|no| api.post(&admin, &at, to[no % 2].clone())));
        let capacity = json!({ "edits": [{ "change": { "capacities": [{ "channel": "chat", "capacity": 7 }] } }] });
        let file = ask(Method::POST, api.path("/workers.csv")).file("text/csv", format!("id;skills\n{};level:9\n", api.shop.ana));
        // With keys, as the desk sends them: what a try was told is kept under its key.
        let edit = ask(Method::POST, api.path("/workers/edit")).with(capacity).header("idempotency-key", "edit");
        let all = async { tokio::join!(set, api.send(&admin, edit), api.send(&admin, file.header("idempotency-key", "file"))) };
        let (set, edited, imported) = api.house.working_during(all).await;
        set.into_iter().for_each(|reply| drop(reply.ok()));
        assert_eq!((&edited.ok()["applied"], &imported.ok()["applied"]), (&json!(true), &json!(true)));
        let ana = worker(&api, &admin, api.shop.ana).await;
        assert_eq!(attributes(&ana)["routing"]["levels"]["level"], json!(9));
        let chat = ana["channels"].as_array().unwrap().iter().find(|channel| channel["channel"] == "chat").unwrap();
        assert_eq!(chat["capacity"], json!(7));
    });
}
