//! Inputs are closed: what is unknown, ours to set, said twice or of another type is refused, and nothing happens.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, Furnished, Who, ask, check, differences, operations, raw, rows};

const SERVER_OWNED: &[&str] = &[
    "id",
    "workspace_id",
    "account_id",
    "created_at",
    "updated_at",
    "created_by",
    "permissions",
    "password_hash",
    "is_admin",
    "__proto__",
    "seq",
];

/// Something the schema allows.
fn sample(schema: &Value) -> Value {
    if let Some(one) = schema["oneOf"].as_array() {
        return sample(one.iter().find(|one| one["type"] != "null").unwrap());
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match kinds(schema).first().map_or("", String::as_str) {
        "string" => json!("x"),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" => json!([sample(&schema["items"])]),
        _ => schema["properties"].as_object().into_iter().flatten().map(|(key, value)| (key.clone(), sample(value))).collect(),
    }
}

/// The JSON types it may have, without null.
fn kinds(schema: &Value) -> Vec<String> {
    let words = match &schema["type"] {
        Value::Array(words) => words.clone(),
        word => vec![word.clone()],
    };
    words.iter().filter_map(Value::as_str).filter(|word| *word != "null").map(str::to_owned).collect()
}

fn foreign(kinds: &[String]) -> Vec<Value> {
    let all =
        [("string", json!("x")), ("integer", json!(7)), ("boolean", json!(true)), ("array", json!([1])), ("object", json!({ "a": 1 }))];
    let has = |kind: &str| kinds.iter().any(|word| word == kind || (kind == "integer" && word == "number"));
    all.into_iter().filter(|(kind, _)| !has(kind)).map(|(_, value)| value).collect()
}

#[test]
fn s4_inputs_are_closed_on_every_write() {
    check("s4_inputs_are_closed_on_every_write", async |api: Api| {
        let house = Furnished::new(api).await;
        let api = &house.api;
        let before = rows(api).await;
        let send = async |method: &Method, path: &str, text: String| {
            let reply = raw(api, &house.admin, method.clone(), path, "application/json", text.clone()).await;
            assert_eq!(reply.status.as_u16(), 400, "{method} {path} {text}: {}", reply.text);
            reply.json["code"].as_str().unwrap().to_owned()
        };
        let (mut unknown, mut doubled, mut swapped) = (0, 0, 0);
        for (method, path, schema) in operations() {
            let Some(schema) = schema else { continue };
            let (path, body) = (house.filled(&path), sample(&schema));
            let inside = body.to_string();
            let inside = inside.trim_start_matches('{').trim_end_matches('}');
            let comma = if inside.is_empty() { "" } else { "," };
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            for extra in SERVER_OWNED.iter().filter(|name| !properties.contains_key(**name)) {
                assert_eq!(send(&method, &path, format!("{{\"{extra}\":1{comma}{inside}}}")).await, "unknown_field");
                unknown += 1;
            }
            for (name, property) in &properties {
                let value = &body[name];
                let code = send(&method, &path, format!("{{\"{name}\":{value},\"{name}\":{value}{comma}{inside}}}")).await;
                assert!(code == "duplicate_field" || code == "wrong_type", "{method} {path} {name}: {code}");
                doubled += usize::from(code == "duplicate_field");
                let kinds = kinds(property);
                for wrong in foreign(&kinds).into_iter().filter(|_| !kinds.is_empty()) {
                    send(&method, &path, format!("{{\"{name}\":{wrong}}}")).await;
                    swapped += 1;
                }
                // What lies deeper is closed, too.
                if property["properties"].is_object() {
                    assert_eq!(send(&method, &path, format!("{{\"{name}\":{{\"zzz\":1}}}}")).await, "unknown_field");
                }
            }
            assert_ne!(send(&method, &path, "[]".into()).await, "");
            assert_eq!(send(&method, &path, "{".into()).await, "bad_json");
        }
        assert!(unknown > 300 && doubled > 60 && swapped > 200, "{unknown} unknown, {doubled} doubled, {swapped} swapped");
        // The query of a deletion is closed like a body; five have none.
        let without = ["/api-keys/", "/activities/", "/facts/{key}", "/fields/{key}", "/messages/"];
        let deletions = operations().into_iter().filter(|(method, path, _)| method == Method::DELETE && path.contains("{id}"));
        for (method, path, _) in deletions.filter(|(_, path, _)| without.iter().all(|part| !path.contains(part))) {
            for query in ["", "version=1&version=1", "version=1&force=true", "version=x"] {
                let path = format!("{}?{query}", house.filled(&path));
                let reply = raw(api, &house.admin, method.clone(), &path, "application/json", "").await;
                assert_eq!(reply.status.as_u16(), 400, "{path}: {}", reply.text);
            }
        }
        let changed = differences(&before, &rows(api).await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}

/// S4: the visitor's door is as closed as the API.
#[test]
fn s4_visitors_inputs_are_closed() {
    check("s4_visitors_inputs_are_closed", async |api: Api| {
        let at = |rest: &str| format!("http://webchat.localhost:8080/webchat/{}/{rest}", api.shop.webchat);
        let door = |rest: &str, body: Value| {
            let ask = ask(Method::POST, format!("/webchat/{}/{rest}", api.shop.webchat)).with(body);
            ask.header("host", "webchat.localhost:8080").header("origin", "http://shop.localhost:8080")
        };
        let ticket = api.send(&Who::Nobody, door("ticket", json!({}))).await.ok()["ticket"].as_str().unwrap().to_owned();
        let session = api.send(&Who::Nobody, door("session", json!({ "ticket": ticket }))).await.ok();
        let visitor = Who::Basic(session["token"].as_str().unwrap().to_owned(), String::new());
        let before = rows(&api).await;
        let inputs = [
            ("ticket", json!({ "page_url": "http://shop.localhost:8080/" })),
            ("session", json!({ "ticket": "x" })),
            ("messages", json!({ "client_id": "c1", "text": "x", "attachment_ids": [] })),
            ("identify", json!({ "jwt": "x" })),
            ("phone", json!({ "number": "+4915112345678" })),
            ("phone/confirm", json!({ "number": "+4915112345678", "code": "1" })),
            ("ack", json!({ "pos": 0, "seen": 0 })),
        ];
        let mut tried = 0;
        for (rest, right) in inputs {
            let inside = right.to_string();
            let inside = inside.trim_start_matches('{').trim_end_matches('}');
            let first = inside.split(",\"").next().unwrap();
            let mut wrong = vec![format!("{{{first},{inside}}}"), "[\"x\"]".to_owned(), "{".to_owned(), "\"x\"".to_owned()];
            for extra in ["zzz", "verified", "contact_id", "person_id", "author", "workspace_id"] {
                wrong.push(format!("{{\"{extra}\":1,{inside}}}"));
            }
            for key in right.as_object().unwrap().keys() {
                let mut swapped = right.clone();
                swapped[key] = json!({ "a": [] });
                wrong.push(swapped.to_string());
            }
            for body in wrong {
                let origin = if rest == "ticket" { &Who::Nobody } else { &visitor };
                let reply = raw(&api, origin, Method::POST, &at(rest), "application/json", body.clone()).await;
                assert!(matches!(reply.status.as_u16(), 400 | 403 | 422), "{rest} {body}: {} {}", reply.status, reply.text);
                assert_ne!(reply.json["code"], json!("session_expired"), "{rest} {body}");
                tried += 1;
            }
        }
        assert!(tried > 80, "{tried} inputs were tried");
        let changed = differences(&before, &rows(&api).await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}
