//! The session's cookie: host-only, out of reach of scripts, `__Host-` wherever the line is encrypted.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::origin::Door;

const SECURE: &str = "__Host-seaway";
const PLAIN: &str = "seaway";

fn name(door: &Door) -> &'static str {
    if door.https { SECURE } else { PLAIN }
}

/// The session token a request carries.
pub fn read(headers: &HeaderMap, door: &Door) -> Option<String> {
    let wanted = name(door);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == wanted)
        .map(|(_, value)| value.to_owned())
}

pub fn set(token: &str, door: &Door, max_age_s: i64) -> HeaderValue {
    let secure = if door.https { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}", name(door));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

pub fn clear(door: &Door) -> HeaderValue {
    set("", door, 0)
}
