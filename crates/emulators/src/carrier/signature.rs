//! `X-Twilio-Signature`, written from the description of the scheme, not from the code that checks it.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Signs a form POST: the URL as configured, then every name and value sorted by name.
/// Equal names are sorted by value and equal pairs count once.
pub fn of_form(auth_token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut data = url.to_owned();
    for (name, value) in pairs {
        data.push_str(name);
        data.push_str(value);
    }
    sign(auth_token, &data)
}

/// Signs a request without a form: a GET, or a body whose hash the URL already names.
pub fn of_url(auth_token: &str, url: &str) -> String {
    sign(auth_token, url)
}

/// The URL to call and to sign for a body that is no form: `bodySHA256` is added to its query.
pub fn url_for_body(url: &str, body: &[u8]) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}bodySHA256={}", hex(&Sha256::digest(body)))
}

/// Lowercase hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC-SHA256 in hexadecimal, for the carrier's own short-lived media links.
pub fn of_link(key: &str, data: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(data.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn sign(key: &str, data: &str) -> String {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(data.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn the_published_vectors_hold() {
        let call = form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]);
        for (url, expected) in [
            ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ] {
            assert_eq!(of_form("12345", url, &call), expected, "{url}");
        }
    }

    #[test]
    fn repeated_names_count_once_per_value() {
        let twice = form(&[("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]);
        assert_eq!(of_form("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &twice), "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    }

    #[test]
    fn a_body_is_signed_through_its_hash() {
        let body = br#"{"property": "value", "boolean": true}"#;
        let url = url_for_body("https://mycompany.com/myapp.php?foo=1&bar=2", body);
        assert!(url.ends_with("&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"));
        assert_eq!(of_url("12345", &url), "a9nBmqA0ju/hNViExpshrM61xv4=");
    }
}
