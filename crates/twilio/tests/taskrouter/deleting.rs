//! Deleting a workspace: who may, what is gone from then on, how it comes back, and how it is erased.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use engine::FileCopy;
use model::WorkspaceId;
use serde_json::json;
use testkit::{Person, Shop, sign_in, visitor};

use super::{Api, Key, check, column, text};

const EVENTS: &str = "https://hooks.example/events";

/// Every table with rows of workspaces.
async fn tables(api: &Api) -> Vec<String> {
    let found = api.house.engine.db().read(|tx| {
        Box::pin(async move {
            let sql = match tx.engine() {
                db::Engine::Sqlite => {
                    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'workspace_id' ORDER BY 1"
                }
                db::Engine::Postgres => {
                    "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'workspace_id' AND table_schema = current_schema() ORDER BY 1"
                }
            };
            let rows = tx.dynamic(sql.into(), vec![]).await?;
            rows.iter().map(|row| Ok(row.get::<String>(0)?)).collect::<anyhow::Result<Vec<_>>>()
        })
    });
    found.await.unwrap()
}

/// How many rows each table holds of a workspace, where there are any.
async fn rows(api: &Api, ws: i64) -> BTreeMap<String, i64> {
    let mut all = BTreeMap::new();
    for table in tables(api).await {
        let count = api.house.count(&format!("SELECT count(*) FROM {table} WHERE workspace_id = {ws}")).await.unwrap();
        all.insert(table, count);
    }
    let found = api.house.count(&format!("SELECT count(*) FROM search_index WHERE CAST(workspace AS bigint) = {ws}")).await.unwrap();
    all.insert("search_index".into(), found);
    all.retain(|_, count| *count > 0);
    all
}

/// Changes rows by hand, and says how many.
async fn change(api: &Api, sql: String) -> anyhow::Result<usize> {
    let changed = api.house.engine.db().write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?.len()) })
    });
    changed.await
}

/// The carrier's name of a shop's number is noted, as it is when the account is saved.
fn connected(ws: i64) -> String {
    format!("UPDATE channel_account SET provider_key = '+15005550006' WHERE kind = 'sms' AND workspace_id = {ws} RETURNING 1")
}

async fn delete(api: &Api, key: &Key, workspace: WorkspaceId) -> super::Reply {
    api.send(key, Method::DELETE, &api.path_in(workspace, ""), None, &[]).await
}

/// A busy shop: talks over two channels, a file, an agent with a browser, an offer, a timer.
async fn busy(api: &Api, shop: &Shop, salt: &str) {
    let (house, tag) = (&api.house, salt.as_bytes()[0]);
    let person = Person {
        name: "Ada",
        roles: &[("admin", "all")],
        worker: None,
        token_hash: &[tag; 32],
        noted_at: house.now(),
        until: house.now().plus_secs(30 * 86_400),
    };
    sign_in(&house.engine, shop.ws, person).await.unwrap();
    house.talking(shop, visitor(u64::from(tag))).await.unwrap();
    house.text(shop, &format!("+1500555{:04}", tag), &format!("SM{salt}"), "live agent").await.unwrap();
    house.engine.upload(shop.ws, "test", "notes.txt", "some notes".into()).await.unwrap().unwrap();
    house.settle().await.unwrap();
}

async fn audited(api: &Api) {
    let given = store::auditor::Given { now: api.house.now(), digest: engine::once::digest, files: None };
    let report = api.house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
    assert!(report.clean(), "{:?}", report.breaches);
}

#[test]
fn only_who_manages_a_workspace_deletes_it_and_never_the_last() {
    check("only_who_manages_a_workspace_deletes_it_and_never_the_last", async |api: Api| {
        let (mine, other) = (api.shop.id, api.other.id);
        let nobody = Key(String::new(), String::new());
        assert_eq!(delete(&api, &nobody, mine).await.refusal(), (401, 20003));
        for role in ["agent", "supervisor"] {
            let key = api.key(api.shop.ws, role).await;
            assert_eq!(delete(&api, &key, mine).await.refusal(), (404, 20404), "{role}");
        }
        assert_eq!(delete(&api, &api.account, other).await.refusal(), (404, 20404), "another's");
        let admin = api.key(api.shop.ws, "admin").await;
        assert_eq!(delete(&api, &admin, other).await.refusal(), (404, 20404));
        api.get("").await.ok();

        let gone = delete(&api, &admin, mine).await;
        assert_eq!((gone.status, gone.text.as_str()), (StatusCode::NO_CONTENT, ""));
        for key in [&admin, &api.account] {
            assert_eq!(delete(&api, key, mine).await.refusal(), (404, 20404), "twice");
        }
        let their = api.key(api.other.ws, "admin").await;
        let last = delete(&api, &their, other).await;
        assert_eq!(last.refusal(), (409, 20409));
        assert!(last.message().starts_with("The last workspace"), "{}", last.message());
        api.send(&their, Method::GET, &api.path_in(other, ""), None, &[]).await.ok();
    });
}

#[test]
fn a_deleted_workspace_is_gone_for_everybody_and_no_other() {
    check("a_deleted_workspace_is_gone_for_everybody_and_no_other", async |api: Api| {
        let (house, shop) = (&api.house, &api.shop);
        house.carrier_works();
        busy(&api, shop, "1").await;
        busy(&api, &api.other, "2").await;
        api.post("", &[("EventCallbackUrl", EVENTS), ("EventsFilter", "workspace.deleted")]).await.ok();
        let key = api.key(shop.ws, "admin").await;
        let file = house.engine.upload(shop.ws, "test", "a.txt", "a".into()).await.unwrap().unwrap();
        let link = house.engine.file_url(shop.id, &file, FileCopy::Whole);
        let (query, theirs) = (link.split_once('?').unwrap().1.to_owned(), rows(&api, api.other.ws).await);
        let signed = move |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap().to_owned();
        let (expires, signature): (i64, String) = (signed("e").parse().unwrap(), signed("s"));
        let opened = house.engine.open_file(shop.id, file.id, expires, &signature, FileCopy::Whole).await.unwrap();
        assert!(opened.is_some());
        house.settle().await.unwrap();
        house.world.take_asked();

        assert_eq!(delete(&api, &key, shop.id).await.status, StatusCode::NO_CONTENT);
        let frozen = rows(&api, shop.ws).await;
        house.settle().await.unwrap();
        let told = house.world.take_asked();
        assert_eq!(told.iter().map(|asked| asked.url.as_str()).collect::<Vec<_>>(), [EVENTS]);
        let form: BTreeMap<String, String> = form_urlencoded::parse(&told[0].body).into_owned().collect();
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        assert_eq!(
            (said("EventType"), said("ResourceType"), said("ResourceSid")),
            ("workspace.deleted", "workspace", &*shop.id.to_string())
        );
        assert_eq!((said("WorkspaceSid"), said("WorkspaceName")), (&*shop.id.to_string(), "Shop"));

        for path in ["", "/Tasks", "/Workers", "/Events", "/Statistics"] {
            assert_eq!(api.get(path).await.refusal(), (404, 20404), "{path}");
            assert_eq!(api.send(&key, Method::GET, &api.path(path), None, &[]).await.refusal(), (404, 20404), "{path}");
        }
        let home = format!("{}/Workspaces", twilio::TASKROUTER);
        for key in [&key, &api.account] {
            assert!(column(&api.send(key, Method::GET, &home, None, &[]).await.ok(), "workspaces", "sid").is_empty());
        }
        let ours = format!("/api/v1/workspaces/{}/queues", shop.id);
        assert_eq!(api.send(&key, Method::GET, &ours, None, &[]).await.status, StatusCode::NOT_FOUND);
        let webhook = api.send(&Key(String::new(), String::new()), Method::POST, &format!("/in/sms/{}", shop.sms), Some(&[]), &[]).await;
        assert_eq!(webhook.status, StatusCode::NOT_FOUND);
        assert!(house.chat(shop, visitor(1), "late", "still there?").await.is_err(), "its webchat");
        assert!(
            house.engine.open_file(shop.id, file.id, expires, &signature, FileCopy::Whole).await.unwrap().is_none(),
            "links to its files"
        );
        let members = house.count("SELECT count(*) FROM membership").await.unwrap();
        assert_eq!(members, 2, "log-ins lie as they lay");
        let users = house.engine.db().read(|tx| Box::pin(async move { store::workspace::all(tx).await })).await.unwrap();
        assert_eq!(users.iter().map(|one| one.id).collect::<Vec<_>>(), [api.other.id]);

        // Nothing is done in it, however late; the shop beside it goes on.
        house.pass(200).await.unwrap();
        for ws in [shop.ws] {
            assert!(!house.engine.take_router(ws).await.unwrap(), "nobody routes it");
            assert_eq!(house.engine.due().await.unwrap().lanes.iter().filter(|(of, _)| *of == ws).count(), 0);
        }
        let mut still = rows(&api, shop.ws).await;
        still.insert("job".into(), frozen["job"]);
        assert_eq!(still, frozen);
        assert_eq!(house.count(&format!("SELECT count(*) FROM job WHERE workspace_id = {}", shop.ws)).await.unwrap(), frozen["job"] - 1);
        assert!(
            rows(&api, api.other.ws).await.iter().all(|(table, count)| *count >= theirs.get(table).copied().unwrap_or(0) || table == "job")
        );
        house.talking(&api.other, visitor(77)).await.unwrap();
        audited(&api).await;
    });
}

#[test]
fn for_some_days_it_can_be_brought_back_whole() {
    check("for_some_days_it_can_be_brought_back_whole", async |api: Api| {
        let (house, shop) = (&api.house, &api.shop);
        house.carrier_works();
        busy(&api, shop, "1").await;
        let waiting_task = house.wants_agent(shop, visitor(5)).await.unwrap();
        assert!(waiting_task.is_some());
        let (sms, ws) = (shop.sms, shop.ws);
        change(&api, connected(ws)).await.unwrap();
        let before = rows(&api, ws).await;
        assert_eq!(api.delete("").await.status, StatusCode::NO_CONTENT);
        house.pass(60).await.unwrap();
        let parked = house.count("SELECT count(*) FROM channel_account WHERE provider_key = '+15005550006'").await.unwrap();
        assert_eq!(parked, 0, "another workspace may connect the number");
        api.advance(engine::KEPT_DAYS * 86_400 - 120);
        house.engine.renew().await.unwrap();
        assert!(!house.engine.erase_once().await.unwrap(), "its day has not come");

        let deleted = engine::deleted_workspaces(house.engine.db()).await.unwrap();
        assert_eq!(deleted.iter().map(|one| (one.id, one.name.as_str())).collect::<Vec<_>>(), [(shop.id, "Shop")]);
        let off = engine::bring_back(house.engine.db(), &deleted[0], "operator", house.now()).await.unwrap();
        assert!(off.is_empty());
        assert!(engine::bring_back(house.engine.db(), &deleted[0], "operator", house.now()).await.is_err(), "once");
        let mut after = rows(&api, ws).await;
        for (table, more) in [("audit_row", 2), ("routing_event", 1)] {
            assert_eq!(after[table], before.get(table).copied().unwrap_or(0) + more, "{table}");
            after.insert(table.into(), before.get(table).copied().unwrap_or(0));
        }
        // Nobody's desk is open, and the router is told so.
        assert_eq!((after.remove("worker_connection"), before["worker_connection"]), (None, 2));
        assert_eq!(after["job"], before["job"] + 2);
        let quiet = ["worker_connection", "job", "audit_head", "audit_row"];
        let whole = |rows: &BTreeMap<String, i64>| {
            rows.iter().filter(|(table, _)| !quiet.contains(&table.as_str())).map(|(t, n)| (t.clone(), *n)).collect::<Vec<_>>()
        };
        assert_eq!(whole(&after), whole(&before));
        assert_eq!(house.count("SELECT count(*) FROM channel_account WHERE provider_key = '+15005550006'").await.unwrap(), 1);

        api.get("").await.ok();
        house.settle().await.unwrap();
        house.chat(shop, visitor(1), "again", "hello again").await.unwrap();
        let key = visitor(1).to_string();
        let talk = house.transcript(shop, shop.webchat, &key).await.unwrap();
        assert!(talk.iter().any(|line| line.contains("hello again")), "{talk:?}");
        house.text(shop, "+15005550100", "SMafter", "hello").await.unwrap();
        assert_eq!(house.engine.workspace_of(sms).await.unwrap(), Some(ws));
        audited(&api).await;
    });
}

#[test]
fn a_number_that_was_connected_elsewhere_meanwhile_stays_there() {
    check("a_number_that_was_connected_elsewhere_meanwhile_stays_there", async |api: Api| {
        let (house, mine, theirs) = (&api.house, api.shop.ws, api.other.ws);
        let connect = async |ws: i64| change(&api, connected(ws)).await;
        connect(mine).await.unwrap();
        assert!(connect(theirs).await.is_err());
        assert_eq!(api.delete("").await.status, StatusCode::NO_CONTENT);
        connect(theirs).await.unwrap();
        let deleted = engine::deleted_workspaces(house.engine.db()).await.unwrap();
        let off = engine::bring_back(house.engine.db(), &deleted[0], "operator", house.now()).await.unwrap();
        assert_eq!(off, [api.shop.sms]);
        let config = house.engine.config(mine).await.unwrap();
        assert!(!config.accounts[&api.shop.sms].enabled && config.accounts[&api.shop.webchat].enabled);
        audited(&api).await;
    });
}

#[test]
fn after_its_days_it_is_erased_and_nothing_of_it_is_left() {
    check("after_its_days_it_is_erased_and_nothing_of_it_is_left", async |api: Api| {
        let (house, shop) = (&api.house, &api.shop);
        house.carrier_works();
        busy(&api, shop, "1").await;
        busy(&api, &api.other, "2").await;
        let key = api.key(shop.ws, "admin").await;
        let file = house.engine.upload(shop.ws, "test", "a.txt", "a".into()).await.unwrap().unwrap();
        let kept = house.engine.upload(api.other.ws, "test", "b.txt", "b".into()).await.unwrap().unwrap();
        // More than goes in one piece.
        let many = format!(
            "INSERT INTO used_token (workspace_id, channel_account_id, jti, expires_at) WITH RECURSIVE no(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM no WHERE n < 2500) \
             SELECT {0}, (SELECT id FROM channel_account WHERE workspace_id = {0} AND kind = 'sms'), CAST(n AS text), 1 FROM no RETURNING 1",
            shop.ws
        );
        change(&api, many).await.unwrap();
        assert_eq!(delete(&api, &key, shop.id).await.status, StatusCode::NO_CONTENT);
        let deleted = engine::deleted_workspaces(house.engine.db()).await.unwrap();
        api.advance(engine::KEPT_DAYS * 86_400 + 1);
        house.engine.renew().await.unwrap();
        let theirs = rows(&api, api.other.ws).await;
        assert!(house.engine.erase_once().await.unwrap());
        assert!(engine::bring_back(house.engine.db(), &deleted[0], "operator", house.now()).await.is_err(), "its keys are gone");
        audited(&api).await;
        let held = async || rows(&api, shop.ws).await.values().sum::<i64>();
        let (mut before, mut pieces) = (held().await, 0);
        assert!(before > 2_500);
        while house.engine.erase_once().await.unwrap() {
            let after = held().await;
            assert!(before - after <= 1_000, "in small pieces: {before}, {after}");
            (before, pieces) = (after, pieces + 1);
            audited(&api).await;
        }
        assert!(pieces > 3);
        assert_eq!(rows(&api, shop.ws).await, BTreeMap::new());
        assert_eq!(house.engine.files().get(&file.key).await.unwrap(), None);
        assert!(house.engine.files().get(&kept.key).await.unwrap().is_some());
        assert_eq!(rows(&api, api.other.ws).await, theirs);
        let left = async |sql: &str| house.count(sql).await.unwrap();
        assert_eq!((left("SELECT count(*) FROM \"user\"").await, left("SELECT count(*) FROM session").await), (1, 1), "the other shop's");
        assert_eq!(left("SELECT count(*) FROM api_key").await, 0, "a key of nothing else");
        assert_eq!(left(&format!("SELECT count(*) FROM lease WHERE resource = 'router:{}'", shop.ws)).await, 0);
        assert_eq!(left("SELECT count(*) FROM workspace WHERE erased_at IS NOT NULL AND name = '' AND length(data_key) = 0").await, 1);
        audited(&api).await;

        // Its number is never another's.
        let made = api
            .send(&api.account, Method::POST, &format!("{}/Workspaces", twilio::TASKROUTER), Some(&[("FriendlyName", "New")]), &[])
            .await
            .made();
        assert_eq!(made["friendly_name"], json!("New"));
        assert_ne!(text(&made, "sid"), shop.id.to_string());
        assert_eq!(left("SELECT max(number) FROM workspace").await, api.other.ws.max(shop.ws) + 1);
        house.settle().await.unwrap();
        house.talking(&api.other, visitor(9)).await.unwrap();
    });
}

/// What another process is about to write when a workspace is deleted does not come about.
#[test]
fn whoever_was_about_to_write_in_it_cannot() {
    check("whoever_was_about_to_write_in_it_cannot", async |api: Api| {
        let (house, shop) = (&api.house, &api.shop);
        let far = house.beside(9, false);
        far.engine.renew().await.unwrap();
        far.engine.config(shop.ws).await.unwrap();
        busy(&api, shop, "1").await;
        assert_eq!(api.delete("").await.status, StatusCode::NO_CONTENT);
        let frozen = rows(&api, shop.ws).await;
        // It holds the configuration still.
        assert!(
            far.chat(shop, visitor(8), "x", "is anybody there?").await.is_err()
                || rows(&api, shop.ws).await["message"] == frozen["message"]
        );
        assert_eq!(rows(&api, shop.ws).await["message"], frozen["message"]);
        assert!(!far.engine.workspaces().await.unwrap().contains(&shop.ws));
        assert!(far.engine.config(shop.ws).await.is_err(), "what it held is dropped");
    });
}
