//! The security requirements as attacks on the API. Each ends with nothing told and nothing changed.

mod doors;
mod files;
mod forbidden;
mod gets;
mod hostile;
mod input;
mod limits;
mod roles;
mod secrets;
mod senders;
mod sign_in;
mod webhooks;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, header};
use db::Value as Cell;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::visitor;

use super::{Api, HOST, PEER, Reply, Who, ask, check, check_all_channels, unreadable};

/// Every row of every table, as its cells. What is found again from the other rows (the search index) is left out.
async fn rows(api: &Api) -> BTreeMap<String, Vec<Vec<Cell>>> {
    let texts = store::MIGRATIONS.iter().map(|migration| migration.sql);
    let made = texts.flat_map(|sql| sql.split("CREATE TABLE ").skip(1));
    let tables: Vec<String> = made.filter_map(|rest| rest.split([' ', '(']).next()).map(str::to_owned).collect();
    assert!(tables.len() > 40, "{tables:?}");
    let mut rows = BTreeMap::new();
    for table in tables.into_iter().filter(|table| table != "search_index") {
        let sql = format!("SELECT * FROM {table}");
        let found = api.house.engine.db().read(move |tx| {
            let sql = sql.clone();
            Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?) })
        });
        let mut cells: Vec<Vec<Cell>> = found.await.unwrap().into_iter().map(db::Row::into_values).collect();
        cells.sort_by_key(|row| format!("{row:?}"));
        rows.insert(table, cells);
    }
    rows
}

/// The tables that differ, with what came and what went.
fn differences(before: &BTreeMap<String, Vec<Vec<Cell>>>, after: &BTreeMap<String, Vec<Vec<Cell>>>) -> Vec<String> {
    let differ = before.iter().filter(|(table, rows)| after.get(*table) != Some(*rows));
    differ.map(|(table, rows)| format!("{table}: {rows:?} became {:?}", after.get(table))).collect()
}

/// Every operation of the description: method, path with `{…}`, and the schema of its JSON body.
fn operations() -> Vec<(Method, String, Option<Value>)> {
    let document: Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            let schema = (!schema.is_null()).then(|| resolve(&document, &schema));
            found.push((method.to_uppercase().parse().unwrap(), path.clone(), schema));
        }
    }
    assert!(found.len() > 90, "{} operations", found.len());
    found
}

/// A schema with every reference replaced by what it names.
fn resolve(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(map) => match map.get("$ref").and_then(Value::as_str) {
            Some(reference) => resolve(document, document.pointer(reference.trim_start_matches('#')).unwrap()),
            None => map.iter().map(|(key, value)| (key.clone(), resolve(document, value))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| resolve(document, item)).collect(),
        other => other.clone(),
    }
}

/// A workspace with something of each kind in it.
struct Furnished {
    api: Api,
    admin: Who,
    /// The id of one that exists, by the path before it: `bot/facts`, `conversations`.
    ids: BTreeMap<&'static str, String>,
    worker: model::WorkerId,
}

impl Furnished {
    async fn new(api: Api) -> Self {
        let admin = api.admin().await;
        let (worker, task, conversation) = api.house.talking(&api.shop, visitor(1)).await.unwrap();
        api.house.text(&api.shop, "+4915112345678", "SM1", "Hallo").await.unwrap();
        let id = |value: &Value| value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}")).to_owned();
        let reply = json!({ "shortcut": "hi", "title": "Hello", "texts": { "en": "Hello!" } });
        let question = json!({ "questions": { "en": ["Where are you?"] }, "answers": { "en": "Here." } });
        let fact = json!({ "key": "size", "labels": { "en": "Size" }, "cues": { "en": ["size"] }, "value": "number" });
        let mut ids = BTreeMap::from([
            ("activities", api.shop.available.to_string()),
            ("channel-accounts", api.shop.sms.to_string()),
            ("conversations", conversation.to_string()),
            ("flows", api.shop.flow.to_string()),
            ("task-queues", api.shop.queue.to_string()),
            ("tasks", task.to_string()),
            ("workers", worker.to_string()),
            ("workflows", api.shop.workflow.to_string()),
            ("canned-replies", id(&api.post(&admin, "/canned-replies", reply).await.ok())),
            ("bot/questions", id(&api.post(&admin, "/bot/questions", question).await.ok())),
            ("bot/facts", id(&api.post(&admin, "/bot/facts", fact).await.ok())),
            ("api-keys", id(&api.post(&admin, "/api-keys", json!({ "name": "script", "role": "agent" })).await.ok())),
            ("members", id(&api.get(&admin, "/members").await.ok()["items"][0])),
            ("task-channels", id(&api.get(&admin, "/task-channels").await.ok()["items"][0])),
            ("executions", id(&api.get(&admin, "/executions").await.ok()["items"][0])),
        ]);
        let messages = api.get(&admin, &format!("/conversations/{conversation}/messages")).await.ok();
        ids.insert("messages", id(&messages["items"][0]));
        let persons = api.get(&admin, "/contacts").await.ok();
        let (one, other) = (id(&persons["items"][0]), id(&persons["items"][1]));
        api.put(&admin, &format!("/contacts/{one}/facts/order"), json!({ "value": "1042" })).await.ok();
        let joined = api.post(&admin, &format!("/contacts/{one}/join"), json!({ "other_person_id": other })).await.ok();
        ids.insert("joins", id(&joined["joins"][0]));
        ids.insert("contacts", id(&joined));
        let ws = api.shop.ws;
        let made = api.house.engine.db().read(move |tx| {
            Box::pin(async move {
                Ok(tx.dynamic(format!("SELECT id FROM reservation WHERE workspace_id = {ws}"), vec![]).await?[0].get::<uuid::Uuid>(0)?)
            })
        });
        let reservation: model::ReservationId = model::Id::from_uuid(made.await.unwrap());
        ids.insert("reservations", reservation.to_string());
        let field = json!({ "subject": "contact", "key": "tier", "kind": "text", "labels": { "en": "Tier" } });
        ids.insert("custom-fields", id(&api.post(&admin, "/custom-fields", field).await.ok()));
        let hours = json!({ "name": "Shop", "time_zone": "Europe/Berlin", "weekly": [] });
        let hours = api.house.working_during(async { api.post(&admin, "/business-hours", hours).await }).await.ok();
        ids.insert("business-hours", id(&hours));
        let webhook = json!({ "name": "Warehouse", "url": "https://hooks.example/in", "events": ["message.added"], "enabled": true });
        let webhook = id(&api.post(&admin, "/webhooks", webhook).await.ok());
        api.house.text(&api.shop, "+4915112345678", "SM2", "Hallo?").await.unwrap();
        api.house.settle().await.unwrap();
        let told = api.get(&admin, &format!("/webhooks/{webhook}/deliveries")).await.ok();
        ids.insert("webhook-deliveries", id(&told["items"][0]));
        ids.insert("webhooks", webhook);
        let strange = unreadable::connect(&api).await;
        unreadable::deliver(&api, strange, "hologram").await;
        ids.insert("unreadable", id(&api.get(&admin, "/unreadable").await.ok()["items"][0]));
        Self { api, admin, ids, worker }
    }

    /// The path with ids of what exists in place of its braces.
    fn filled(&self, path: &str) -> String {
        let kind = path.split("{ws}/").nth(1).and_then(|inside| inside.split("/{id}").next()).unwrap_or_default();
        let id = self.ids.get(kind).map_or("", String::as_str);
        assert!(!path.contains("{id}") || !id.is_empty(), "nothing furnished stands at {path}");
        path.replace("{ws}", &self.api.shop.id.to_string()).replace("{id}", id).replace("{key}", "order").replace("{n}", "1")
    }
}

/// A request as its bytes, for what no proper client sends.
async fn raw(api: &Api, who: &Who, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
    let host = path.strip_prefix("http://").map_or(HOST, |rest| rest.split('/').next().unwrap());
    request = request.header(header::HOST, host);
    match who {
        Who::Nobody => {}
        Who::Cookie(token) => {
            request = request.header(header::COOKIE, format!("seaway={token}")).header(header::ORIGIN, format!("http://{HOST}"));
        }
        Who::Basic(name, secret) => request = request.header(header::AUTHORIZATION, format!("Bearer {name}{secret}")),
    }
    let response = api.doors.answer(request.body(body.into()).unwrap(), PEER.parse().unwrap(), false).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply { status: parts.status, headers: parts.headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

/// A form with one file.
fn form(name: &str, bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let head = format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n");
    ("multipart/form-data; boundary=edge", [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat())
}
