//! The bytes of a webhook and their signature, written from the provider's description.

use bytes::Bytes;
use serde_json::Value;

use crate::carrier::signature::of_link;

/// JSON as the provider writes it before it signs: everything beyond ASCII as `\uXXXX` with lowercase digits,
/// astral characters as two.
pub fn ascii_json(body: &Value) -> Bytes {
    let text = body.to_string();
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Bytes::from(ascii)
}

/// The value of `X-Hub-Signature-256` over the exact bytes.
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hmac_hex(app_secret, body))
}

fn hmac_hex(key: &str, body: &[u8]) -> String {
    // Bodies are ASCII by construction.
    of_link(key, &String::from_utf8_lossy(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_hold() {
        assert_eq!(sign("sesame", b"hello world"), "sha256=f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17");
        let body = r#"{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"2"},"recipient":{"id":"1"},"timestamp":1,"message":{"mid":"m","text":"\u00e4\u00f6\u00e5"}}]}]}"#;
        assert_eq!(sign("app_secret", body.as_bytes()), "sha256=cd01eb519c1da8e4162b55840cbecf27d288ba157b4369410f4fd2752316219d");
        let value: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(ascii_json(&value), body.as_bytes());
    }

    #[test]
    fn what_is_beyond_the_basic_plane_becomes_two_units() {
        assert_eq!(ascii_json(&serde_json::json!("👍 ❤")), &br#""\ud83d\udc4d \u2764""#[..]);
    }
}
