//! Google Business Messages v1, as it was documented until Google ended it on 31 July 2024: only emulators answer it now.
//! What comes in is in `gbm/inbound.rs`, what goes out in `gbm/outbound.rs`.
//!
//! A thread is a conversation by Google's id, which is all that is known of the person: no phone number and no mail address.
//! Not spoken, because nothing of ours asks for it: rich cards, surveys on demand and sign-in chips.

mod card;
mod inbound;
mod outbound;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::{Capabilities, ChannelAccount, ChoiceLimit, Feature, TextUnit, Timestamp};
use serde_json::{Value, json};

use crate::contract::*;
use crate::native::Native;
use crate::signature::{hmac_sha512, same};
use crate::text::apart;
use crate::wire::{bad_url, failed, file, get, header, named, not_sent, retry_after_ms, text, unknown, wrong};

pub struct Gbm;

/// How long after the customer's last message Google took ours, in seconds. Not confirmed by its documents.
const REPLY_WINDOW_S: i64 = 30 * 86_400;
/// What the token must allow.
const SCOPE: &str = "https://www.googleapis.com/auth/businessmessages";
/// The longest an assertion may be good for, in seconds.
const ASSERTED_S: i64 = 3600;
/// How long before its end a token is renewed, in seconds.
const RENEWED_BEFORE_S: i64 = 300;

/// Largest file, in bytes.
const MOST_FILE_BYTES: u64 = 5 * 1024 * 1024;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "agent",
        label: "Agent",
        help: "The agent's name: brands/…/agents/…; in the Business Communications console.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "client_token",
        label: "Client token",
        help: "The partner key that signs what Google sends us; shown where the webhook is set.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "service_account_json",
        label: "Service account key",
        help: "The whole JSON file of a service account that may use Business Messages.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where the API answers; since the service has ended, an emulator's address.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://businessmessages.googleapis.com"),
    },
    Setting {
        key: "token_url",
        label: "Token URL",
        help: "Where the service account's key is exchanged for a token; change it for an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://oauth2.googleapis.com/token"),
    },
    Setting {
        key: "media_base_url",
        label: "Picture base URL",
        help: "How links to customers' pictures begin: a text that begins so is a picture.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://storage.googleapis.com/business-messages"),
    },
];

impl Connector for Gbm {
    fn kind(&self) -> &'static str {
        "gbm"
    }
    fn name(&self) -> &'static str {
        "Google Business Messages"
    }
    fn ended(&self) -> Option<&'static str> {
        Some("2024-07-31")
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let agent = account.setting("agent");
        if !agent.is_empty()
            && !matches!(agent.split('/').collect::<Vec<_>>()[..], ["brands", brand, "agents", agent] if !brand.is_empty() && !agent.is_empty())
        {
            problems.push(wrong("agent", "bad_agent", format!("{agent} is no agent: write brands/…/agents/…")));
        }
        if !account.secret("service_account_json").is_empty()
            && let Err(why) = assertion(account, Timestamp::from_secs(0))
        {
            problems.push(wrong("service_account_json", "bad_service_account", format!("this is no key of a service account: {why}")));
        }
        problems.extend(["api_base_url", "token_url", "media_base_url"].into_iter().filter_map(|key| bad_url(account, key)));
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        account.setting("agent").to_owned()
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        named(account, &["agent"])
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: 3072,
            text_unit: TextUnit::Chars,
            max_attachments: 10,
            attachment_types: ["image/", "audio/", "video/", "text/", "application/"].map(String::from).to_vec(),
            max_attachment_bytes: MOST_FILE_BYTES,
            typing: true,
            delivery_receipts: true,
            read_receipts: true,
            reply_window_s: Some(REPLY_WINDOW_S),
            choices: Some(ChoiceLimit { most: 13, title: 25 }),
            cards: Some(card::LIMIT),
            hears: [Feature::Image, Feature::Choice, Feature::Typing, Feature::Delivered, Feature::Read, Feature::Menu, Feature::Name]
                .into(),
            // Other files leave as links.
            says: [Feature::Image, Feature::Choice, Feature::Card, Feature::Typing, Feature::Read, Feature::Native].into(),
            ..Capabilities::default()
        }
    }

    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        let Incoming::Request { headers, body, .. } = incoming else {
            return Err(Rejected { why: "Google's webhooks are requests" });
        };
        let token = match to {
            Recipient::Account(account) => account.secret("client_token"),
            Recipient::App { secrets, .. } => secrets.get("client_token").map_or("", String::as_str),
        };
        if token.is_empty() {
            return Err(Rejected { why: "there is no client token" });
        }
        let document: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(answer) = handshake(token, &document)? {
            return Ok(Received { answer, ..Received::default() });
        }
        verify(token, headers, body)?;
        Ok(inbound::understand(to, &document))
    }

    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        Some(PictureLimit::of(&["image/jpeg", "image/png"], MOST_FILE_BYTES))
    }

    /// Chips are shown below the newest message only, so the last part offers them.
    fn native(&self) -> Option<&'static Native> {
        Some(&outbound::NATIVE)
    }

    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        let mut parts = apart(message, &self.capabilities(account), Some(card::LIMIT));
        let choices: Vec<String> = parts.iter_mut().flat_map(|part| std::mem::take(&mut part.choices)).collect();
        if let Some(last) = parts.last_mut() {
            last.choices = choices;
        }
        parts
    }

    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
        match work {
            Work::Part { .. } => outbound::next(account, work, progress),
            Work::Signal { to, thread, signal, last, .. } => outbound::signal(account, to, thread, *signal, last.as_deref(), now),
            // The link is signed, and good for seven days.
            Work::Media { url } => Step::Http(Request { follow_redirects: 3, max_response_bytes: 20 << 20, ..get(url.clone(), vec![]) }),
            Work::Check("permission") if !text(progress, "token").is_empty() => {
                Step::Http(outbound::probe(account, text(progress, "token"), now))
            }
            Work::Check(_) | Work::Refresh => match assertion(account, now) {
                Ok(assertion) => Step::Http(exchange(account, &assertion)),
                Err(_) => Step::Nothing,
            },
            Work::React { .. } | Work::Revise { .. } | Work::Profile { .. } | Work::Templates | Work::Missed { .. } | Work::Find { .. } => {
                Step::Nothing
            }
        }
    }

    fn outcome(&self, _: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let (status, headers, body) = match reply {
            Reply::Http { status, headers, body } => (*status, headers, body),
            // Before there is a token, it was the exchange that nobody answered.
            Reply::NotSent(why) => {
                let asked = if text(progress, "token").is_empty() { "token_url" } else { "api_base_url" };
                return not_sent(work, asked, why);
            }
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => return unknown(work, why),
        };
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        match work {
            Work::Part { .. } => outbound::outcome(work, progress, reply, now),
            Work::Refresh => exchanged(status, &json, now),
            Work::Check(what) => checked(what, progress, status, &json, now),
            Work::Find { .. } => Outcome::Uncertain("Google does not say what was sent".into()),
            Work::Missed { .. } => Outcome::Received(vec![], None),
            Work::Templates => Outcome::Templates(vec![]),
            Work::Profile { .. } => Outcome::Profile { name: String::new(), facts: vec![] },
            Work::React { .. } => failed("not_supported", "Google Business Messages has no reactions"),
            Work::Revise { .. } => failed("not_supported", "Google Business Messages has no way to change what was sent"),
            Work::Media { .. } => match status {
                200..=299 => file(headers, body),
                429 | 500.. => Outcome::RetryAfter { ms: 5_000, why: format!("the picture's store answered {status}") },
                _ => failed("media_gone", "The link to this picture is no longer good"),
            },
            Work::Signal { .. } => match status {
                401 => Outcome::NeedsRefresh,
                // Told before: the same typing, the same read mark.
                200..=299 | 409 => Outcome::Fine,
                429 | 500.. => slower(headers, now),
                _ => failed("not_supported", format!("Google took no signal: {}", said(&json))),
            },
        }
    }

    fn checks(&self) -> &'static [&'static str] {
        &["token", "permission"]
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        // The quota was one of the project, and no number was published; a 429 is obeyed when it comes sooner.
        Rate { per_second: 50.0, burst: 50 }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(account.webhook_url.clone())
    }
}

/// The console's test of a webhook is not signed: who knows the token gets back what they sent.
fn handshake(token: &str, document: &Value) -> Result<Option<Answer>, Rejected> {
    let (Some(said), Some(answer)) = (document.get("clientToken").and_then(Value::as_str), document.get("secret").and_then(Value::as_str))
    else {
        return Ok(None);
    };
    if same(said.as_bytes(), token.as_bytes()) {
        return Ok(Some(Answer::text(200, answer)));
    }
    Err(Rejected { why: "the client token does not fit" })
}

fn verify(token: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), Rejected> {
    let said = header(headers, "x-goog-signature").ok_or(Rejected { why: "no signature" })?;
    let said = STANDARD.decode(said.trim()).map_err(|_| Rejected { why: "the signature is not base64" })?;
    let fits = same(&hmac_sha512(token.as_bytes(), body), &said);
    if fits { Ok(()) } else { Err(Rejected { why: "the signature does not fit" }) }
}

fn base<'a>(account: &'a ChannelAccount, key: &str) -> &'a str {
    let default = || SETTINGS.iter().find(|setting| setting.key == key).and_then(|setting| setting.default).unwrap_or_default();
    match account.setting(key).trim_end_matches('/') {
        "" => default(),
        base => base,
    }
}

/// Says who we are, signed with the service account's key, for a token that lives an hour.
fn assertion(account: &ChannelAccount, now: Timestamp) -> Result<String, String> {
    let key: Value = serde_json::from_str(account.secret("service_account_json")).map_err(|error| error.to_string())?;
    let (email, pem) = (text(&key, "client_email"), text(&key, "private_key"));
    if email.is_empty() || pem.is_empty() {
        return Err("client_email and private_key are missing".into());
    }
    let kid = text(&key, "private_key_id");
    let header = Header { kid: (!kid.is_empty()).then(|| kid.to_owned()), ..Header::new(Algorithm::RS256) };
    let (audience, from) = (base(account, "token_url"), now.secs());
    let claims = json!({ "iss": email, "scope": SCOPE, "aud": audience, "iat": from, "exp": from + ASSERTED_S });
    let pem = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| "private_key is no RSA key in PEM".to_owned())?;
    jsonwebtoken::encode(&header, &claims, &pem).map_err(|error| error.to_string())
}

fn exchange(account: &ChannelAccount, assertion: &str) -> Request {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
        .append_pair("assertion", assertion)
        .finish();
    Request {
        method: "POST",
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: Body::Bytes(form.into_bytes()),
        ..get(base(account, "token_url").to_owned(), vec![])
    }
}

fn exchanged(status: u16, json: &Value, now: Timestamp) -> Outcome {
    match text(json, "access_token") {
        "" => refused_key(status, json),
        token => {
            let lives_s = json.get("expires_in").and_then(Value::as_i64).unwrap_or(3600);
            Outcome::Credential {
                secrets: [("access_token".to_owned(), token.to_owned())].into(),
                expires_at: Some(now.plus_secs(lives_s)),
                refresh_at: Some(now.plus_secs((lives_s - RENEWED_BEFORE_S).max(lives_s / 2))),
            }
        }
    }
}

fn refused_key(status: u16, json: &Value) -> Outcome {
    if status == 429 || status >= 500 {
        return Outcome::RetryAfter { ms: 5_000, why: format!("Google answered {status}") };
    }
    let said = [text(json, "error"), text(json, "error_description")].join(" ");
    let mend = format!("Google refuses the service account's key: make a new one and paste its JSON file: {}", said.trim());
    Outcome::Problem(wrong("service_account_json", "bad_credentials", mend))
}

fn checked(what: &str, progress: &Progress, status: u16, json: &Value, now: Timestamp) -> Outcome {
    let probing = !text(progress, "token").is_empty();
    match (what, exchanged(status, json, now)) {
        _ if probing => match status {
            401 => Outcome::Problem(wrong("service_account_json", "bad_credentials", "the API refuses the token of this service account")),
            403 => no_permission(json),
            // Nobody has the conversation that was asked for.
            200..=299 | 404 | 409 => Outcome::Fine,
            _ => Outcome::Problem(wrong("api_base_url", "unexpected_answer", format!("the API answered {status}: {}", said(json)))),
        },
        ("permission", Outcome::Credential { secrets, .. }) => Outcome::More(json!({ "token": secrets.get("access_token") })),
        (_, Outcome::Credential { .. }) => Outcome::Fine,
        (_, refused) => refused,
    }
}

fn no_permission(json: &Value) -> Outcome {
    let mend = format!("the agent is not linked to this Google project, or not launched: {}", said(json));
    Outcome::Problem(wrong("service_account_json", "no_permission", mend))
}

fn slower(headers: &[(String, String)], now: Timestamp) -> Outcome {
    Outcome::RetryAfter { ms: retry_after_ms(headers, now).unwrap_or(2_000), why: "Google asks to slow down".into() }
}

/// What Google's envelope of errors says.
fn said(json: &Value) -> String {
    let error = json.get("error").unwrap_or(&Value::Null);
    [text(error, "message"), text(error, "status")].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "gbm_tests.rs"]
mod tests;
