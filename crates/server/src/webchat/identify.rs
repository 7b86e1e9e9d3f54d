//! The site's word about its visitor: a JWT (HS256) for this channel, used once and for at most an hour.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::Claims;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::{ChannelAccount, CustomField, FieldSubject, Timestamp, field_of};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Webchat;
use super::chat::{self, Known};
use super::refusal::Refusal;
use super::session::VisitorView;

/// The longest a token may last, in seconds.
const LONGEST_S: i64 = 3600;
/// How far the site's clock may be ahead of ours, in seconds.
const SKEW_S: i64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    jwt: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Token {
    sub: String,
    jti: String,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
    #[serde(default)]
    facts: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Identified {
    visitor: VisitorView,
    /// Set when the browser becomes another visitor: the one before was somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let asked: Asked = chat::body(&bytes)?;
    let token = verify(&known.chat.account, &asked.jwt, webchat.engine.now()).map_err(invalid)?;
    Ok(chat::answer(webchat.identify(known, token).await?))
}

fn invalid(why: &'static str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "identity_invalid", why)
}

/// Judges a token; the reason is for the site's developer and tells nothing an attacker does not know.
fn verify(account: &ChannelAccount, jwt: &str, now: Timestamp) -> Result<Token, &'static str> {
    let secret = account.secret("identity_secret");
    if secret.len() < 16 {
        return Err("This channel has no identity secret");
    }
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[account.id.to_string()]);
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    // Times are judged below, against the clock the rest of the house runs on.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let read = jsonwebtoken::decode::<Token>(jwt, &DecodingKey::from_secret(secret.as_bytes()), &rules);
    let token = read
        .map_err(|_| "The token is not signed with this channel's secret (HS256), not made for it (aud), or lacks sub, jti or exp")?
        .claims;
    let now = now.secs();
    if token.exp <= now {
        return Err("The token has expired");
    }
    if token.exp > now + LONGEST_S + SKEW_S {
        return Err("The token lasts longer than an hour");
    }
    if token.nbf.is_some_and(|from| from > now + SKEW_S) || token.iat.is_some_and(|at| at > now + SKEW_S) {
        return Err("The token is from the future: compare the site's clock");
    }
    if token.iat.is_some_and(|at| at < now - LONGEST_S - SKEW_S) {
        return Err("The token is older than an hour");
    }
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.len() <= most;
    if !fits(&token.sub, 200) || !fits(&token.jti, 200) {
        return Err("sub and jti have 1 to 200 bytes");
    }
    Ok(token)
}

impl Webchat {
    async fn identify(&self, known: Known, token: Token) -> Result<Identified, Refusal> {
        let (ws, account, jti) = (known.chat.ws, known.chat.account.id, token.jti.clone());
        let same = known.visitor.subject.as_deref() == Some(&*token.sub);
        // Kept until the token would have expired on any clock we accept.
        let until = Timestamp::from_secs(token.exp + 2 * SKEW_S);
        let fresh = self
            .engine
            .db()
            .write(move |tx| {
                let jti = jti.clone();
                Box::pin(async move { store::visitor::use_token(tx, ws, account, &jti, until).await })
            })
            .await?;
        if !fresh {
            // The same browser repeating itself, e.g. after a lost answer, learns nothing new.
            return if same {
                Ok(Identified { visitor: VisitorView::from(&known.visitor), token: None })
            } else {
                Err(invalid("The token was used before"))
            };
        }
        let (chat, mut visitor, renewed) = self.visitor_for(known, &token).await?;
        let config = self.engine.config(chat.ws).await?;
        let claims = Claims {
            sub: token.sub.clone(),
            name: token.name.clone(),
            email: token.email,
            phone_number: token.phone_number,
            facts: token.facts.into_iter().take(20).filter_map(|stated| fact(&config.fields, stated)).collect(),
        };
        self.engine.prove_identity(chat.ws, chat.account.id, visitor.id, claims).await?;
        visitor.subject = Some(token.sub);
        visitor.body.name = token.name.map(|name| name.trim().chars().take(120).collect()).filter(|name: &String| !name.is_empty());
        self.keep_visitor(chat.ws, &visitor).await?;
        Ok(Identified { visitor: VisitorView::from(&visitor), token: renewed })
    }

    /// The visitor as they are, or a new one where this browser was somebody else before.
    async fn visitor_for(&self, known: Known, token: &Token) -> anyhow::Result<(super::Chat, store::visitor::Visitor, Option<String>)> {
        if known.visitor.subject.as_deref().is_none_or(|subject| subject == token.sub) {
            return Ok((known.chat, known.visitor, None));
        }
        self.end_visitor(&known).await?;
        let old = known.visitor.body;
        let body = store::visitor::VisitorBody { language: old.language, page_url: old.page_url, ..Default::default() };
        let (visitor, renewed) = self.new_visitor(&known.chat, body).await?;
        Ok((known.chat, visitor, Some(renewed)))
    }
}

/// Keys as facts have them, values as short texts; `None` for what does not fit, of a custom field what is not of its kind.
fn fact(fields: &[CustomField], (key, value): (String, Value)) -> Option<(String, String)> {
    if let Some(field) = field_of(fields, FieldSubject::Contact, &key) {
        let fits = field.check_json(&value);
        if let Err(fault) = &fits {
            tracing::warn!(field = key, "a site's token states what the field does not take: it {}", fault.takes());
        }
        return Some((key, fits.ok()?));
    }
    let good =
        !key.is_empty() && key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let text = match value {
        Value::String(text) => text,
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    good.then(|| (key, text.chars().take(500).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    const SECRET: &str = "a secret of the shop, long enough";

    fn account() -> ChannelAccount {
        ChannelAccount {
            id: "KA0123456789abcdef0123456789abcdef".parse().unwrap(),
            kind: "webchat".into(),
            name: "Shop".into(),
            address: String::new(),
            enabled: true,
            settings: BTreeMap::new(),
            secrets: [("identity_secret".to_owned(), SECRET.to_owned())].into(),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: String::new(),
            version: 1,
        }
    }

    fn judged(change: impl FnOnce(&mut Value), algorithm: Algorithm, secret: &str) -> Result<Token, &'static str> {
        let mut claims = json!({ "aud": account().id.to_string(), "sub": "c-7", "jti": "1", "exp": 1600, "iat": 1000, "name": "Mia" });
        change(&mut claims);
        let jwt = jsonwebtoken::encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
        verify(&account(), &jwt, Timestamp::from_secs(1000))
    }

    #[test]
    fn what_a_site_states_of_a_field_has_to_fit_it() {
        let field = |key: &str, kind| CustomField {
            id: model::Id::from_uuid(uuid::Uuid::nil()),
            subject: FieldSubject::Contact,
            key: key.into(),
            kind,
            labels: BTreeMap::new(),
            choices: Vec::new(),
            required: false,
            shown: true,
            place: 0,
            version: 1,
        };
        let fields = [
            field("customerSince", model::FieldKind::Date),
            field("vip", model::FieldKind::YesNo),
            field("orders", model::FieldKind::Number),
        ];
        let stated = |key: &str, value: Value| fact(&fields, (key.to_owned(), value)).map(|(_, text)| text);
        assert_eq!(stated("customerSince", json!("2026-11-21")), Some("2026-11-21".into()), "a field's key may have capitals");
        assert_eq!(stated("customerSince", json!("November")), None);
        assert_eq!(stated("vip", json!(true)), Some("yes".into()));
        assert_eq!(stated("orders", json!(12.5)), Some("12.5".into()));
        assert_eq!(stated("orders", json!("12.5 or so")), None);
        assert_eq!(stated("plan", json!(true)), Some("true".into()), "what has no field is free");
    }

    #[test]
    fn only_the_channels_own_fresh_tokens_count() {
        let hs = Algorithm::HS256;
        assert_eq!(judged(|_| {}, hs, SECRET).unwrap().sub, "c-7");
        type Change = fn(&mut Value);
        let refused: [(&str, Change); 9] = [
            ("another channel", |c| c["aud"] = "KA1".into()),
            ("no audience", |c| drop(c.as_object_mut().unwrap().remove("aud"))),
            ("no expiry", |c| drop(c.as_object_mut().unwrap().remove("exp"))),
            ("no id", |c| drop(c.as_object_mut().unwrap().remove("jti"))),
            ("expired", |c| c["exp"] = 1000.into()),
            ("too long", |c| c["exp"] = 9000.into()),
            ("from the future", |c| c["iat"] = 1100.into()),
            ("not yet", |c| c["nbf"] = 1500.into()),
            ("nobody", |c| c["sub"] = " ".into()),
        ];
        for (why, change) in refused {
            assert!(judged(change, hs, SECRET).is_err(), "{why}");
        }
        assert!(judged(|_| {}, hs, "another secret, also long enough").is_err());
        assert!(judged(|_| {}, Algorithm::HS512, SECRET).is_err());
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJLQTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIiwic3ViIjoiYyIsImp0aSI6IjEiLCJleHAiOjE2MDB9.";
        assert!(verify(&account(), none, Timestamp::from_secs(1000)).is_err());
    }
}
