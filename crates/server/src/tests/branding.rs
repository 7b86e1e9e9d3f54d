//! Branding: who may choose it, what is taken, who sees it, and that nothing of an uploaded file but its picture is served.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{Api, HOST, PEER, Reply, Who, ask, check};

const FILES: &str = "files.localhost:8080";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(width, height, image::Rgba([200, 30, 60, 255])).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

async fn put_logo(api: &Api, who: &Who, version: i64, file: &[u8]) -> Reply {
    let Who::Cookie(token) = who else { panic!("a person") };
    let head = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"logo.svg\"\r\ncontent-type: image/svg+xml\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let request = Request::builder()
        .method(Method::PUT)
        .uri(api.path(&format!("/branding/logo?version={version}")))
        .header(header::HOST, HOST)
        .header(header::ORIGIN, format!("http://{HOST}"))
        .header(header::COOKIE, format!("seaway={token}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .body(Body::from(body))
        .unwrap();
    answer(api, request).await.0
}

async fn answer(api: &Api, request: Request) -> (Reply, Vec<u8>) {
    let (parts, body) = api.doors.answer(request, PEER.parse().unwrap(), false).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    (Reply { status: parts.status, headers: parts.headers, json, text }, bytes)
}

/// A picture as a browser asks for it, from the host it names.
async fn picture(api: &Api, host: &str, path: &str) -> (Reply, Vec<u8>) {
    answer(api, Request::builder().uri(path).header(header::HOST, host).body(Body::empty()).unwrap()).await
}

fn path_of(url: &Value) -> String {
    url.as_str().unwrap().split_once(FILES).unwrap_or_else(|| panic!("{url} is on the origin of files")).1.to_owned()
}

async fn seen_from_outside(api: &Api, query: &str) -> Value {
    api.send(&Who::Nobody, ask(Method::GET, format!("/api/v1/brand{query}"))).await.ok()
}

#[test]
fn a_name_and_an_accent_are_chosen_by_who_may() {
    check("a_name_and_an_accent_are_chosen_by_who_may", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let before = api.get(&agent, "/branding").await.ok();
        assert_eq!(before, json!({ "name": "", "called": "Shop", "accent": null, "palette": null, "logo": null, "version": 0 }));
        assert_eq!(api.patch(&agent, "/branding", json!({ "name": "Mine", "version": 0 })).await.refusal(), (404, "not_found"));
        for wrong in ["red", "#fff", "#12345g", "url(#123456)"] {
            let refused = api.patch(&admin, "/branding", json!({ "accent": wrong, "version": 0 })).await;
            assert_eq!((refused.refusal(), &refused.json["field"]), ((422, "bad_colour"), &json!("/accent")), "{wrong}");
        }
        assert_eq!(api.patch(&admin, "/branding", json!({ "name": "x".repeat(65), "version": 0 })).await.refusal(), (422, "too_long"));
        let chosen =
            api.patch(&admin, "/branding", json!({ "name": " Har\u{202e}bour\u{7} ", "accent": "#FFE100", "version": 0 })).await.ok();
        assert_eq!((&chosen["name"], &chosen["called"], &chosen["accent"]), (&json!("Harbour"), &json!("Harbour"), &json!("#ffe100")));
        assert_eq!(chosen["version"], 1);
        let tones = &chosen["palette"];
        assert_ne!(tones["light"]["fill"], "#ffe100", "on white nobody sees a yellow button");
        assert_eq!(tones["dark"]["fill"], "#ffe100");
        assert_eq!(tones["dark"]["on"], "#171f25");
        let tried = api.get(&admin, "/branding/palette?accent=%23ffe100").await.ok();
        assert_eq!(&tried, tones, "what the preview shows is what one gets");
        assert_eq!(api.patch(&admin, "/branding", json!({ "name": "Late", "version": 0 })).await.refusal(), (409, "stale_version"));
        let back = api.patch(&admin, "/branding", json!({ "accent": "", "version": 1 })).await.ok();
        assert_eq!((&back["accent"], &back["palette"], &back["name"]), (&Value::Null, &Value::Null, &json!("Harbour")));
        let log = api.get(&admin, "/audit-log").await.ok();
        assert_eq!(log["items"].as_array().unwrap().iter().filter(|row| row["action"] == "branding.changed").count(), 2);
    });
}

/// Proves S16 and S17 for logos.
#[test]
fn a_logo_is_drawn_anew_and_served_to_everybody() {
    check("a_logo_is_drawn_anew_and_served_to_everybody", async |api: Api| {
        let (admin, agent) = (api.admin().await, api.agent().await);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for (file, status, code) in [
            (svg.to_vec(), 422, "not_a_picture"),
            (b"<html>".to_vec(), 422, "not_a_picture"),
            (Vec::new(), 422, "empty_file"),
            (vec![0; 1024 * 1024 + 1], 413, "too_large"),
            (png(8, 8), 422, "bad_picture_size"),
            (b"\x89PNG\r\n\x1a\nnothing".to_vec(), 422, "broken_file"),
        ] {
            let refused = put_logo(&api, &admin, 0, &file).await;
            assert_eq!((refused.refusal(), &refused.json["field"]), ((status, code), &json!("/file")), "{}", refused.text);
        }
        assert_eq!(put_logo(&api, &agent, 0, &png(64, 64)).await.refusal(), (404, "not_found"));
        let mut polyglot = png(600, 300);
        polyglot.extend(b"<script>alert(1)</script>");
        let logo = put_logo(&api, &admin, 0, &polyglot).await.ok()["logo"].clone();
        assert_eq!((&logo["width"], &logo["height"]), (&json!(512), &json!(256)));
        assert!(logo["icon"].as_str().unwrap().starts_with("data:image/png;base64,"));
        for (url, size) in [(&logo["url"], (512, 256)), (&logo["icon_url"], (96, 96))] {
            let (reply, bytes) = picture(&api, FILES, &path_of(url)).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let said = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
            assert_eq!((said("content-type"), said("x-content-type-options")), ("image/png".into(), "nosniff".into()));
            assert_eq!(said("content-security-policy"), "default-src 'none'; sandbox");
            assert_eq!(said("cache-control"), "public, max-age=31536000, immutable");
            assert!(!reply.headers.contains_key("set-cookie"));
            let drawn = image::load_from_memory(&bytes).unwrap();
            assert_eq!((drawn.width(), drawn.height()), size);
            assert!(!reply.text.contains("<script"));
        }
        let beside_the_chat = picture(&api, "webchat.localhost:8080", &path_of(&logo["icon_url"])).await.0;
        assert_eq!(beside_the_chat.status, 200, "{}", beside_the_chat.text);
        let old = path_of(&logo["url"]);
        assert_eq!(picture(&api, FILES, &old.replace("logo.png", "logo.svg")).await.0.refusal(), (404, "not_found"));
        assert_eq!(
            picture(&api, FILES, &old.replace(&api.shop.id.to_string(), &api.other.id.to_string())).await.0.refusal(),
            (404, "not_found")
        );
        assert!(
            !picture(&api, HOST, &old).await.0.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("image/"),
            "not beside cookies"
        );
        assert_eq!(put_logo(&api, &admin, 0, &png(64, 64)).await.refusal(), (409, "stale_version"));
        let next = put_logo(&api, &admin, 1, &png(64, 64)).await.ok();
        assert_ne!(next["logo"]["url"], logo["url"], "another picture is another address");
        assert_eq!(picture(&api, FILES, &old).await.0.refusal(), (404, "not_found"));
        let gone = api.delete(&admin, "/branding/logo?version=2").await.ok();
        assert_eq!((&gone["logo"], &gone["version"]), (&Value::Null, &json!(3)));
        assert_eq!(picture(&api, FILES, &path_of(&next["logo"]["url"])).await.0.refusal(), (404, "not_found"));
    });
}

#[test]
fn who_is_not_signed_in_sees_what_was_chosen_and_no_more() {
    check("who_is_not_signed_in_sees_what_was_chosen_and_no_more", async |api: Api| {
        let admin = api.admin().await;
        let nothing = json!({ "name": "", "accent": null, "palette": null, "logo": null });
        let of_shop = format!("?workspace={}", api.shop.id);
        assert_eq!(seen_from_outside(&api, &of_shop).await, nothing, "nor the workspace's own name");
        api.patch(&admin, "/branding", json!({ "name": "Harbour", "accent": "#0a7d55", "version": 0 })).await.ok();
        put_logo(&api, &admin, 1, &png(64, 64)).await.ok();
        let seen = seen_from_outside(&api, &of_shop).await;
        assert_eq!((&seen["name"], &seen["palette"]["light"]["fill"]), (&json!("Harbour"), &json!("#0a7d55")));
        assert!(seen["logo"]["icon"].is_string() && seen.get("version").is_none());
        for query in ["", "?workspace=nonsense", &format!("?workspace={}", api.other.id)] {
            assert_eq!(seen_from_outside(&api, query).await, nothing, "two workspaces: neither stands for the house ({query})");
        }
    });
}

/// Whoever reads the configuration while it changes may still see what was before, but nobody keeps it.
#[test]
fn a_change_is_seen_however_it_meets_a_reader() {
    check("a_change_is_seen_however_it_meets_a_reader", async |api: Api| {
        let (admin, engine, ws) = (api.admin().await, &api.house.engine, api.shop.ws);
        for version in 0..30 {
            let name = format!("Name {version}");
            engine.config_changed(ws);
            let change = api.patch(&admin, "/branding", json!({ "name": name, "version": version }));
            let (_, changed) = tokio::join!(engine.config(ws), change);
            changed.ok();
            assert_eq!(engine.config(ws).await.unwrap().brand.name, name);
        }
    });
}
