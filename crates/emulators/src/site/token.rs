//! The shop's signed statement about who its visitor is: a JWT with HS256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

use crate::config::ShopPerson;

/// How long a token holds, in seconds: long enough to hand it over, no longer.
const TOKEN_S: i64 = 300;

/// A token for this person, meant for one channel account and good for one use.
pub fn issue(person: &ShopPerson, channel: &str, secret: &str, id: &str, now: Timestamp) -> String {
    let mut claims = json!({
        "sub": person.sub,
        "name": person.name,
        "aud": channel,
        "iat": now.as_second(),
        "exp": now.as_second() + TOKEN_S,
        "jti": id,
    });
    for (name, value) in [("email", &person.email), ("phone_number", &person.phone_number)] {
        if !value.is_empty() {
            claims[name] = json!(value);
        }
    }
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_the_person_and_only_this_channel() {
        let person = ShopPerson {
            key: "mia".into(),
            sub: "customer-7".into(),
            name: "Mia Hoffmann".into(),
            email: "mia@example.com".into(),
            phone_number: String::new(),
        };
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        let token = issue(&person, "KA1", "secret", "one", now);
        let parts: Vec<&str> = token.split('.').collect();
        let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("Base64");
        assert_eq!(
            String::from_utf8(claims).expect("text"),
            r#"{"sub":"customer-7","name":"Mia Hoffmann","aud":"KA1","iat":1700000000,"exp":1700000300,"jti":"one","email":"mia@example.com"}"#
        );
        // Signed once with an independent implementation.
        assert_eq!(parts[2], "x_lWt_B6TeFs1nQ9H_bEFYeZ7EsFmFiKP5pD_OhpF6E");
    }
}
