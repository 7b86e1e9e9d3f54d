//! Files from strangers: kept under made-up names, typed by what they are, opened only by signed links on an origin of their own.

use axum::http::Method;
use base64::Engine as _;
use serde_json::Value;

use super::{Api, Furnished, Reply, Who, ask, check, form, raw};

/// A picture of one pixel, whole and valid.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn picture() -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(PICTURE).unwrap()
}

/// The checksum of PNG's chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

async fn upload(house: &Furnished, name: &str, bytes: &[u8]) -> Reply {
    let (kind, body) = form(name, bytes);
    raw(&house.api, &house.admin, Method::POST, &house.api.path("/files"), kind, body).await
}

async fn open(house: &Furnished, url: &str) -> Reply {
    let path = url.strip_prefix("http://files.localhost:8080").unwrap_or_else(|| panic!("{url} is not on the files' origin"));
    house.api.send(&Who::Nobody, ask(Method::GET, path).header("host", "files.localhost:8080")).await
}

fn url(attachment: &Value) -> String {
    attachment["url"].as_str().unwrap_or_else(|| panic!("a link in {attachment}")).to_owned()
}

#[test]
fn s16_what_could_run_is_only_ever_a_download() {
    check("s16_what_could_run_is_only_ever_a_download", async |api: Api| {
        let house = Furnished::new(api).await;
        let hostile: [(&str, &[u8]); 7] = [
            ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("a.html", b"<!doctype html><script>alert(1)</script>"),
            ("a.jpg", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>"),
            ("a.gif", b"GIF89a/*<svg onload=alert(1)>*/=1;"),
            ("../../etc/passwd", b"plain words"),
            ("a.pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
            ("invoice\u{202e}gnp.exe", b"MZ\x90\x00"),
        ];
        for (name, bytes) in hostile {
            let reply = upload(&house, name, bytes).await;
            if name == "a.gif" {
                assert_eq!(reply.status.as_u16(), 422, "no picture, though it says so: {}", reply.text);
                continue;
            }
            let attachment = reply.ok();
            let shown = attachment["name"].as_str().unwrap();
            assert!(!shown.contains(['/', '\\', '\u{202e}']), "{shown}");
            let file = open(&house, &url(&attachment)).await;
            assert_eq!(file.status.as_u16(), 200, "{name}");
            let header = |key: &str| file.headers[key].to_str().unwrap();
            assert!(header("content-disposition").starts_with("attachment"), "{name}: {}", header("content-disposition"));
            assert!(
                matches!(header("content-type"), "application/octet-stream" | "application/pdf" | "text/plain; charset=utf-8"),
                "{name}"
            );
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("content-security-policy").contains("sandbox"));
            assert!(!file.headers.contains_key("set-cookie"));
        }
        let picture = upload(&house, "a.html", &picture()).await.ok();
        let file = open(&house, &url(&picture)).await;
        assert_eq!(file.headers["content-type"], "image/png", "typed by content, not by name");
        assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("inline"));
    });
}

/// A chunk of PNG with its length and checksum.
fn chunk(kind: &[u8], bytes: &[u8]) -> Vec<u8> {
    let named = [kind, bytes].concat();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

#[test]
fn s16_a_picture_that_is_also_a_page_is_served_as_its_pixels() {
    check("s16_a_picture_that_is_also_a_page_is_served_as_its_pixels", async |api: Api| {
        let house = Furnished::new(api).await;
        let (script, plain) = (b"<!doctype html><script>alert(document.domain)</script>".as_slice(), picture());
        let (head, rest) = plain.split_at(33);
        let hostile = [
            ("behind the picture", [&plain, script].concat()),
            ("in a note", [head, &chunk(b"tEXt", &[b"Comment\0".as_slice(), script].concat()), rest].concat()),
            ("in a chunk of its own", [head, &chunk(b"scRp", script), rest].concat()),
            ("an archive behind it", [plain.as_slice(), b"PK\x03\x04<script>".as_slice()].concat()),
        ];
        for (what, bytes) in hostile {
            let attachment = upload(&house, "a.png.html", &bytes).await.ok();
            let name = attachment["name"].as_str().unwrap();
            assert!(name.ends_with(".png"), "{what}: {name}");
            let file = open(&house, &url(&attachment)).await;
            assert_eq!((file.status.as_u16(), &file.headers["content-type"]), (200, &"image/png".parse().unwrap()), "{what}");
            assert_eq!(file.headers["x-content-type-options"], "nosniff");
            assert!(!file.text.contains("<script") && !file.text.contains("PK\u{3}"), "{what}: {}", file.text);
        }
        // Words that begin with a mark of their order, and a page in a coat: never more than a download.
        for bytes in [&[b"\xef\xbb\xbf".as_slice(), script].concat(), &[b"words first\n".as_slice(), script].concat()] {
            let attachment = upload(&house, "a.html", bytes).await.ok();
            let file = open(&house, &url(&attachment)).await;
            let kind = file.headers["content-type"].to_str().unwrap();
            assert!(matches!(kind, "application/octet-stream" | "text/plain; charset=utf-8"), "{kind}");
            assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        }
    });
}

#[test]
fn s16_links_are_signed_over_file_workspace_and_end() {
    check("s16_links_are_signed_over_file_workspace_and_end", async |api: Api| {
        let house = Furnished::new(api).await;
        let (one, two) = (upload(&house, "one.txt", b"one").await.ok(), upload(&house, "two.txt", b"two").await.ok());
        let link = url(&one);
        assert_eq!(open(&house, &link).await.text, "one");
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let end = link.split("e=").nth(1).unwrap().split('&').next().unwrap();
        let forged = [
            link.replace(&id(&one), &id(&two)),
            link.replace(&house.api.shop.id.to_string(), &house.api.other.id.to_string()),
            link.replace(end, &format!("{}", end.parse::<i64>().unwrap() + 1)),
            link.split("&s=").next().unwrap().to_owned(),
            format!("{}&s=", link.split("&s=").next().unwrap()),
            link.split('?').next().unwrap().to_owned(),
        ];
        for forged in &forged {
            let reply = open(&house, forged).await;
            assert_eq!(reply.refusal(), (404, "not_found"), "{forged}");
        }
        // The desk's origin, which has a cookie, serves no files.
        let path = link.strip_prefix("http://files.localhost:8080").unwrap();
        let at_desk = house.api.send(&house.admin, ask(Method::GET, path)).await;
        assert!(!at_desk.text.contains("one\n") && at_desk.text != "one");
        house.api.house.clock.advance_ms(9 * 86_400_000);
        house.api.house.keep_time();
        assert_eq!(open(&house, &link).await.refusal(), (404, "not_found"), "the link is over");
    });
}

#[test]
fn s17_limits_come_before_decoding() {
    check("s17_limits_come_before_decoding", async |api: Api| {
        let house = Furnished::new(api).await;
        let big = upload(&house, "big.bin", &vec![b'x'; 11 * 1024 * 1024]).await;
        assert_eq!(big.refusal(), (413, "too_large"), "{}", big.text);
        assert_eq!(upload(&house, "none.txt", b"").await.refusal(), (422, "empty_file"));
        // A few bytes that say they are 60,000 × 60,000 pixels.
        let mut bomb = picture();
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        let reply = upload(&house, "bomb.png", &bomb).await;
        assert_eq!(reply.refusal(), (422, "too_many_pixels"), "{}", reply.text);
        // An archive is kept as it is, never looked into.
        let archive = upload(&house, "a.zip", b"PK\x03\x04 whatever").await.ok();
        assert_eq!((archive["type"].as_str(), archive["bytes"].as_i64()), (Some("application/octet-stream"), Some(13)));
    });
}
