//! SMS and MMS in Twilio's wire format (2010-04-01): Twilio itself, or any gateway that speaks it.
//!
//! The spec tags what could not be confirmed; those choices are the constants at the top.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::inbound::Sender;
use model::{
    Capabilities, ChannelAccount, Feature, InboundEvent, InboundFile, InboundMessage, MessageState, Problem, Receipt, TextUnit, Timestamp,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use crate::card::written_out;
use crate::contract::*;
use crate::keyword::{self, Effect, Heard};
use crate::phone::{e164, is_e164, one_form};
use crate::repeat;
use crate::signature::{hmac_sha1_base64_of, same, sha256_hex};
use crate::text::{cut, with_choices};

pub struct Sms;

const BODY_LIMIT: usize = 1600;
const MEDIA_PER_MESSAGE: usize = 10;
/// What every carrier takes to a phone; other files leave as links.
const SHOWN: [&str; 3] = ["image/jpeg", "image/png", "image/gif"];
/// Asks the provider to retry: connection overrides travel in the fragment, which is never sent and never signed.
const RETRY_FRAGMENT: &str = "#rc=5&rp=all";
/// A send younger than this may not be listed yet, so its absence proves nothing.
const LISTED_AFTER_S: i64 = 5;

/// Largest file, in bytes.
const MOST_FILE_BYTES: u64 = 5 * 1024 * 1024;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "account_sid",
        label: "Account SID",
        help: "Begins with AC; on the first page of the provider's console.",
        kind: SettingKind::Text,
        required: true,
        default: None,
    },
    Setting {
        key: "auth_token",
        label: "Auth token",
        help: "Signs what the provider sends us; beside the account SID.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
    Setting {
        key: "number",
        label: "Phone number",
        help: "The number customers write to, with country code, e.g. +49 1573 5980000.",
        kind: SettingKind::Phone,
        required: true,
        default: None,
    },
    Setting {
        key: "messaging_service_sid",
        label: "Messaging service SID",
        help: "Only if a messaging service picks the sender; begins with MG.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
    Setting {
        key: "api_base_url",
        label: "API base URL",
        help: "Where the provider's API answers; change it for a gateway or an emulator.",
        kind: SettingKind::Url,
        required: true,
        default: Some("https://api.twilio.com"),
    },
    keyword::SETTINGS[0],
    keyword::SETTINGS[1],
    keyword::SETTINGS[2],
    keyword::SETTINGS[3],
];

impl Connector for Sms {
    fn kind(&self) -> &'static str {
        "sms"
    }
    fn name(&self) -> &'static str {
        "SMS"
    }
    fn address_kind(&self) -> &'static str {
        "phone"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let mut say = |setting: &str, code: &str, detail: String| {
            problems.push(SettingProblem { setting: setting.into(), code: code.into(), detail })
        };
        let sid = account.setting("account_sid");
        let well_formed = sid.len() == 34 && sid.starts_with("AC") && sid[2..].bytes().all(|b| b.is_ascii_hexdigit());
        if !sid.is_empty() && !well_formed {
            say("account_sid", "bad_account_sid", "an account SID is AC and 32 hex digits".into());
        }
        let number = account.setting("number");
        if !number.is_empty() && e164(number, None).is_none() {
            say("number", "bad_number", format!("{number} is not a phone number with country code: write it like +49 1573 5980000"));
        }
        let base = account.setting("api_base_url");
        if !base.is_empty() && url::Url::parse(base).ok().is_none_or(|url| !matches!(url.scheme(), "http" | "https")) {
            say("api_base_url", "bad_url", format!("{base} is not an http or https address"));
        }
        problems.extend(keyword::problem(account));
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        let number = account.setting("number");
        e164(number, None).unwrap_or_else(|| number.to_owned())
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        Some(("number", self.address(account))).filter(|(_, own)| !own.is_empty())
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: BODY_LIMIT as u32,
            text_unit: TextUnit::GsmSegments,
            max_attachments: MEDIA_PER_MESSAGE as u32,
            attachment_types: ["image/", "audio/", "video/", "text/", "application/"].map(String::from).to_vec(),
            max_attachment_bytes: MOST_FILE_BYTES,
            delivery_receipts: true,
            hears: [Feature::Image, Feature::Audio, Feature::Video, Feature::File, Feature::Delivered, Feature::OptOut, Feature::Failed]
                .into(),
            // Other files leave as links.
            says: [Feature::Image].into(),
            ..Capabilities::default()
        }
    }

    fn receive(&self, to: &Recipient, incoming: &Incoming, now: Timestamp) -> Result<Received, Rejected> {
        let (Recipient::Account(account), Incoming::Request { method, target, headers, body }) = (to, incoming) else {
            return Err(Rejected { why: "SMS webhooks are requests to one account" });
        };
        let form = form_of(body);
        verify(account, method, target, headers, body, &form)?;
        let mut fields: BTreeMap<String, String> =
            target.split_once('?').map(|(_, query)| form_of(query.as_bytes()).into_iter().collect()).unwrap_or_default();
        let ours = fields.get("message").cloned();
        fields.extend(form);
        let answer = Answer { status: 200, content_type: "text/xml", body: r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.into() };
        let (events, unreadable) = match understand(account, fields, ours.as_deref()) {
            Ok(arrived) => (vec![arrived], None),
            Err(why) => (vec![], Some(why)),
        };
        let heard = events.iter().filter(|e| !matches!(e.event, InboundEvent::Receipt(_)));
        let cursors = heard.map(|_| Cursor { key: "missed".into(), value: day(now) }).collect();
        Ok(Received { answer, batches: vec![Batch { account: AccountKey::This, events }], cursors, unreadable, ..Received::default() })
    }

    fn first_thread(&self, _account: &ChannelAccount, opening: &Opening) -> Option<(String, Value)> {
        opening.external_id.starts_with('+').then(|| (opening.external_id.to_owned(), Value::Null))
    }
    fn picture_limit(&self, _account: &ChannelAccount, _file: &FileRef) -> Option<PictureLimit> {
        Some(PictureLimit::of(&SHOWN, MOST_FILE_BYTES))
    }
    fn split(&self, account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        let message = &written_out(message);
        let (text, _) = with_choices(&message.text, &message.choices, &self.capabilities(account));
        let mut texts = cut(&text, BODY_LIMIT, TextUnit::GsmSegments);
        let (shown, linked): (Vec<FileRef>, Vec<FileRef>) = message.files.iter().cloned().partition(is_shown);
        let mut files = shown.chunks(MEDIA_PER_MESSAGE).map(<[FileRef]>::to_vec);
        if texts.is_empty() && linked.is_empty() {
            texts.push(String::new());
        }
        let mut parts: Vec<Part> =
            texts.into_iter().map(|text| Part { text, files: files.next().unwrap_or_default(), ..Part::default() }).collect();
        parts.extend(files.map(|files| Part { files, ..Part::default() }));
        parts.extend(linked.into_iter().map(|file| Part { files: vec![file], ..Part::default() }));
        parts
    }

    fn next(&self, account: &ChannelAccount, work: &Work, progress: &Progress, _now: Timestamp) -> Step {
        let messages = format!("{}/2010-04-01/Accounts/{}/Messages.json", base(account), account.setting("account_sid"));
        match work {
            Work::Part { part, to, message, no, .. } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("To", to);
                match account.setting("messaging_service_sid") {
                    "" => form.append_pair("From", &self.address(account)),
                    service => form.append_pair("MessagingServiceSid", service),
                };
                let links = part.files.iter().filter(|file| !is_shown(file)).map(|file| file.url.as_str());
                let lines: Vec<&str> = [part.text.as_str()].into_iter().chain(links).filter(|line| !line.is_empty()).collect();
                if !lines.is_empty() {
                    form.append_pair("Body", &lines.join("\n"));
                }
                for file in part.files.iter().filter(|file| is_shown(file)) {
                    form.append_pair("MediaUrl", &file.url);
                }
                let callback = match message {
                    Some(id) => format!("{}?message={}", account.webhook_url, repeat::tag(*id, *no)),
                    None => account.webhook_url.clone(),
                };
                form.append_pair("StatusCallback", &format!("{callback}{RETRY_FRAGMENT}"));
                let mut headers = basic(account);
                headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
                Step::Http(Request {
                    method: "POST",
                    url: messages,
                    headers,
                    body: Body::Bytes(form.finish().into_bytes()),
                    repeatable: Repeatable::Never,
                    follow_redirects: 0,
                    max_response_bytes: 256 << 10,
                })
            }
            Work::Media { url } => Step::Http(Request {
                // The credential goes to the provider's own host; the redirect to its store is followed without it.
                headers: if url.starts_with(base(account)) { basic(account) } else { vec![] },
                ..get(url.clone(), account, 3, 20 << 20)
            }),
            // A messaging service has an address of its own, and says which of the two counts only in its own settings.
            Work::Check("webhook") if !account.setting("messaging_service_sid").is_empty() => Step::Nothing,
            Work::Check("number" | "webhook") => {
                let query = form_urlencoded::Serializer::new(String::new()).append_pair("PhoneNumber", &self.address(account)).finish();
                let sid = account.setting("account_sid");
                let numbers = format!("{}/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json?{query}", base(account));
                Step::Http(get(numbers, account, 0, 256 << 10))
            }
            Work::Check(_) => Step::Http(get(format!("{messages}?PageSize=1"), account, 0, 256 << 10)),
            Work::Missed { since, .. } => {
                let from = since.as_deref().unwrap_or("1970-01-01");
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("To", &self.address(account))
                    .append_pair("DateSent>", from)
                    .append_pair("PageSize", "1000")
                    .finish();
                let url = match progress.get("next").and_then(Value::as_str) {
                    Some(next) => format!("{}{next}", base(account)),
                    None => format!("{messages}?{query}"),
                };
                Step::Http(get(url, account, 0, 4 << 20))
            }
            Work::Find { to, sent_after, .. } => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("To", to)
                    .append_pair("From", &self.address(account))
                    .append_pair("DateSent>", &day(*sent_after))
                    .append_pair("PageSize", "200")
                    .finish();
                Step::Http(get(format!("{messages}?{query}"), account, 0, 1 << 20))
            }
            Work::Signal { .. } | Work::React { .. } | Work::Revise { .. } | Work::Profile { .. } | Work::Templates | Work::Refresh => {
                Step::Nothing
            }
        }
    }

    fn outcome(&self, account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        let (status, headers, body) = match reply {
            Reply::Http { status, headers, body } => (*status, headers, body),
            Reply::NotSent(why) => {
                return match work {
                    Work::Check(_) => Outcome::Problem(SettingProblem {
                        setting: "api_base_url".into(),
                        code: "unreachable".into(),
                        detail: format!("the provider cannot be reached: {why}"),
                    }),
                    _ => Outcome::RetryAfter { ms: 2_000, why: why.clone() },
                };
            }
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => {
                return match work {
                    Work::Part { .. } => Outcome::Uncertain(why.clone()),
                    _ => Outcome::RetryAfter { ms: 2_000, why: why.clone() },
                };
            }
        };
        if let Work::Media { .. } = work
            && (200..300).contains(&status)
        {
            let media_type = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                .map(|(_, value)| value.clone())
                .unwrap_or_default();
            return Outcome::File { bytes: body.clone(), media_type };
        }
        let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let code = json.get("code").and_then(Value::as_i64).unwrap_or(0);
        let said = json.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
        if status == 429 || matches!(code, 20429 | 21611 | 63018 | 63038) {
            let wait = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
                .and_then(|(_, value)| value.trim().parse::<i64>().ok());
            return Outcome::RetryAfter {
                ms: wait.map_or(1_000, |s| s.clamp(0, 600) * 1000),
                why: "the provider asks to slow down".into(),
            };
        }
        if status == 401 || code == 20003 {
            return Outcome::Problem(SettingProblem {
                setting: "auth_token".into(),
                code: "bad_credentials".into(),
                detail: "the provider refuses the account SID and auth token: copy both anew from its console".into(),
            });
        }
        match work {
            Work::Part { .. } => match status {
                200..=299 => match json.get("sid").and_then(Value::as_str) {
                    Some(sid) => Outcome::Sent(vec![sid.to_owned()]),
                    None => Outcome::Uncertain("the answer names no message".into()),
                },
                500..=599 => Outcome::Uncertain(format!("the provider answered {status}")),
                _ => match code {
                    21212 | 21606 | 21703 | 21704 => Outcome::Problem(SettingProblem {
                        setting: "number".into(),
                        code: "bad_sender".into(),
                        detail: format!("the provider does not send from this number: {said}"),
                    }),
                    _ => Outcome::Failed(explain(code, &said)),
                },
            },
            Work::Find { part, to, sent_after } if status == 200 => {
                let found = listed(&json).find(|m| {
                    says(text(m, "body"), part)
                        && text(m, "to") == *to
                        && text(m, "direction").starts_with("outbound")
                        && date(m, "date_created").is_none_or(|at| at.plus_secs(1) >= *sent_after)
                });
                match found {
                    Some(message) => Outcome::Sent(vec![text(message, "sid").to_owned()]),
                    None if now.since(*sent_after) < LISTED_AFTER_S * 1_000_000 => {
                        Outcome::RetryAfter { ms: 2_000, why: "too young to be listed".into() }
                    }
                    None => Outcome::NotThere,
                }
            }
            Work::Missed { .. } if status == 200 => {
                if let Some(next) = json.get("next_page_uri").and_then(Value::as_str).filter(|next| !next.is_empty())
                    && progress.get("pages").and_then(Value::as_i64).unwrap_or(0) < 50
                {
                    let mut seen: Vec<Value> = progress.get("seen").and_then(Value::as_array).cloned().unwrap_or_default();
                    seen.extend(missed(account, &json).into_iter().filter_map(|arrived| serde_json::to_value(arrived).ok()));
                    let pages = progress.get("pages").and_then(Value::as_i64).unwrap_or(0) + 1;
                    return Outcome::More(json!({ "next": next, "pages": pages, "seen": seen }));
                }
                let mut events: Vec<Arrived> =
                    progress.get("seen").and_then(|seen| serde_json::from_value(seen.clone()).ok()).unwrap_or_default();
                events.extend(missed(account, &json));
                Outcome::Received(events, Some(Cursor { key: "missed".into(), value: day(now.plus_secs(-86_400)) }))
            }
            // A gateway that speaks this API need not list numbers.
            Work::Check("number" | "webhook") if status == 404 => Outcome::Fine,
            Work::Check(what @ ("number" | "webhook")) if (200..300).contains(&status) => {
                owned(account, what, &self.address(account), &json)
            }
            Work::Check(_) if status == 404 => Outcome::Problem(SettingProblem {
                setting: "account_sid".into(),
                code: "unknown_account".into(),
                detail: "the provider knows no such account SID".into(),
            }),
            Work::Check(_) if (200..300).contains(&status) => {
                let own = self.address(account);
                if e164(&own, None).is_none() {
                    Outcome::Problem(SettingProblem {
                        setting: "number".into(),
                        code: "bad_number".into(),
                        detail: "the phone number needs its country code".into(),
                    })
                } else {
                    Outcome::Fine
                }
            }
            Work::Media { .. } => match status {
                404 | 410 => Outcome::Failed(Problem { code: "media_gone".into(), detail: "the provider no longer has this file".into() }),
                _ => Outcome::RetryAfter { ms: 5_000, why: format!("the provider answered {status}") },
            },
            Work::Check(_) => Outcome::Problem(SettingProblem {
                setting: "api_base_url".into(),
                code: "unexpected_answer".into(),
                detail: format!("the provider answered {status}: {said}"),
            }),
            _ => Outcome::RetryAfter { ms: 5_000, why: format!("the provider answered {status}") },
        }
    }
    fn checks(&self) -> &'static [&'static str] {
        &["provider", "number", "webhook"]
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        // The provider queues for us up to four hours; its 429 is obeyed when it comes sooner.
        Rate { per_second: 50.0, burst: 50 }
    }
    fn catch_up_every_s(&self) -> Option<i64> {
        Some(15 * 60)
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        Some(format!("{}{RETRY_FRAGMENT}", account.webhook_url))
    }
}

fn is_shown(file: &FileRef) -> bool {
    SHOWN.contains(&file.media_type.as_str())
}

/// Whether a body is that of a part. A link is known by the file it names: it is made anew for each try.
fn says(body: &str, part: &Part) -> bool {
    let mut linked = part.files.iter().filter(|file| !is_shown(file)).peekable();
    if linked.peek().is_none() {
        return body == part.text;
    }
    body.starts_with(&part.text) && linked.all(|file| body.contains(&file.key))
}

fn base(account: &ChannelAccount) -> &str {
    let base = account.setting("api_base_url").trim_end_matches('/');
    if base.is_empty() { "https://api.twilio.com" } else { base }
}

fn basic(account: &ChannelAccount) -> Vec<(String, String)> {
    let pair = format!("{}:{}", account.setting("account_sid"), account.secret("auth_token"));
    vec![("authorization".into(), format!("Basic {}", STANDARD.encode(pair)))]
}

fn get(url: String, account: &ChannelAccount, follow_redirects: u8, max_response_bytes: u64) -> Request {
    Request {
        method: "GET",
        url,
        headers: basic(account),
        body: Body::Empty,
        repeatable: Repeatable::Always,
        follow_redirects,
        max_response_bytes,
    }
}

fn form_of(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The signature covers the URL as configured and every parameter; both spellings of a default port are accepted.
fn verify(
    account: &ChannelAccount,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
    form: &[(String, String)],
) -> Result<(), Rejected> {
    let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let token = account.secret("auth_token");
    if token.is_empty() {
        return Err(Rejected { why: "the account has no auth token" });
    }
    let signature = header("x-twilio-signature").ok_or(Rejected { why: "no signature" })?;
    let is_form = header("content-type").is_some_and(|kind| kind.trim_start().starts_with("application/x-www-form-urlencoded"));
    let mut data = String::with_capacity(body.len());
    if method == "POST" && is_form {
        let mut pairs: Vec<&(String, String)> = form.iter().collect();
        pairs.sort();
        pairs.dedup();
        for (name, value) in pairs {
            data.push_str(name);
            data.push_str(value);
        }
    }
    let query = target.split_once('?').map(|(_, query)| query);
    let configured = account.webhook_url.split('#').next().unwrap_or_default();
    let signs = |url: &str| same(hmac_sha1_base64_of(token, &[url.as_bytes(), data.as_bytes()]).as_bytes(), signature.as_bytes());
    let tail = query.map(|query| format!("?{query}")).unwrap_or_default();
    let plain = configured.split('?').next().unwrap_or_default();
    if !signs(&format!("{plain}{tail}")) && !other_spelling(plain).is_some_and(|url| signs(&format!("{url}{tail}"))) {
        return Err(Rejected { why: "the signature does not fit" });
    }
    let hash = query.and_then(|query| form_of(query.as_bytes()).into_iter().find(|(name, _)| name == "bodySHA256"));
    match hash {
        Some((_, hash)) if !same(hash.to_ascii_lowercase().as_bytes(), sha256_hex(body).as_bytes()) => {
            Err(Rejected { why: "the body is not the one that was signed" })
        }
        None if method == "POST" && !is_form && !body.is_empty() => Err(Rejected { why: "the body is not covered by the signature" }),
        _ => Ok(()),
    }
}

/// Whether the account has our number, and tells us what is written to it.
fn owned(account: &ChannelAccount, what: &str, own: &str, json: &Value) -> Outcome {
    let listed = json.get("incoming_phone_numbers").and_then(Value::as_array).into_iter().flatten();
    let number = listed.into_iter().find(|number| text(number, "phone_number") == own);
    let problem = |setting: &str, code: &str, detail: String| Outcome::Problem(crate::wire::wrong(setting, code, detail));
    let Some(number) = number else {
        return problem("number", "unknown_number", format!("the account has no number {own}: buy it there, or enter one that it has"));
    };
    let plain = |url: &str| url.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned();
    match plain(text(number, "sms_url")) {
        _ if what != "webhook" => Outcome::Fine,
        url if url.is_empty() => {
            let mend = "the number tells nobody of messages: enter our webhook URL there under “A message comes in”";
            problem("webhook_url", "webhook_missing", mend.into())
        }
        url if url != plain(&account.webhook_url) => {
            problem("webhook_url", "webhook_elsewhere", format!("messages to {own} are told to {url}: enter our webhook URL there"))
        }
        _ => Outcome::Fine,
    }
}

/// The same address with its scheme's own port, or without; none where the port is another.
fn other_spelling(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = if scheme == "https" { ":443" } else { ":80" };
    match host.strip_suffix(port) {
        Some(bare) => Some(format!("{scheme}://{bare}{path}")),
        None if !host.contains(':') => Some(format!("{scheme}://{host}{port}{path}")),
        None => None,
    }
}

fn understand(account: &ChannelAccount, mut fields: BTreeMap<String, String>, ours: Option<&str>) -> Result<Arrived, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let sid =
        [field("MessageSid"), field("SmsSid"), field("SmsMessageSid")].into_iter().find(|sid| !sid.is_empty()).ok_or("no MessageSid")?;
    let status = [field("MessageStatus"), field("SmsStatus")].into_iter().find(|status| !status.is_empty()).unwrap_or("received");
    if status != "received" {
        return Ok(Arrived {
            external_id: format!("{sid}:{status}"),
            keys: vec![one_form(&address(field("To")))],
            event: InboundEvent::Receipt(
                receipt(sid, status, field("ErrorCode"), field("ErrorMessage"), ours)
                    .ok_or_else(|| format!("an unknown status {status}"))?,
            ),
            provider_at: None,
        });
    }
    let from = field("From");
    if from.is_empty() {
        return Err("no From".into());
    }
    let files = (0..field("NumMedia").trim().parse::<usize>().unwrap_or(0).min(MEDIA_PER_MESSAGE))
        .filter_map(|n| {
            let url = fields.get(&format!("MediaUrl{n}"))?.clone();
            let media_type = fields.get(&format!("MediaContentType{n}")).cloned().unwrap_or_default();
            Some(InboundFile::Url {
                name: format!("{}.{}", n + 1, media_type.split('/').nth(1).unwrap_or("bin")),
                url,
                media_type,
                sticker: false,
            })
        })
        .collect();
    let from = one_form(&address(from));
    let sender = Sender { external_id: from.clone(), scoped: false, name: field("ProfileName").to_owned(), verified: true, facts: vec![] };
    let by_provider = |effect| Some(Heard { effect, rule: keyword::PROVIDER.into() });
    let heard = match field("OptOutType") {
        "STOP" => by_provider(Effect::Out),
        "START" => by_provider(Effect::In),
        // The provider has answered it by itself.
        "HELP" => None,
        _ => keyword::heard(account, &from, &address(field("To")), field("Body")),
    };
    let (sid, text) = (sid.to_owned(), field("Body").to_owned());
    fields.remove("bodySHA256");
    let raw: Map<String, Value> = fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let message =
        InboundMessage { from: sender, provider_id: sid.clone(), text, files, raw: Value::Object(raw), ..InboundMessage::default() };
    Ok(Arrived { external_id: sid, keys: vec![from], event: keyword::event(account, heard, message), provider_at: None })
}

fn receipt(sid: &str, status: &str, code: &str, said: &str, ours: Option<&str>) -> Option<Receipt> {
    let state = match status {
        "accepted" | "scheduled" | "queued" | "sending" => MessageState::Sending,
        "sent" | "partially_delivered" => MessageState::Sent,
        "delivered" => MessageState::Delivered,
        // SMS has no read receipt; other senders of the same API have.
        "read" => MessageState::Read,
        "undelivered" | "failed" | "canceled" => MessageState::Failed,
        _ => return None,
    };
    let problem = (state == MessageState::Failed).then(|| explain(code.parse().unwrap_or(0), said));
    let (message, part) = ours.map_or((None, None), repeat::tagged);
    Some(Receipt { provider_id: sid.to_owned(), state, problem, ours: message, part, through: false, recipient: String::new() })
}

/// A provider's code in our words; the code stays behind "Details".
fn explain(code: i64, said: &str) -> Problem {
    let (word, detail) = match code {
        21610 => ("opted_out", "This person has opted out of messages from this number"),
        21211 | 21612 | 21614 | 30005 | 30006 => ("unreachable_number", "This number cannot receive text messages"),
        21408 => ("region_not_allowed", "The account may not send to this country"),
        21608 => ("trial_account", "A trial account sends to verified numbers only"),
        21602 | 21617 | 21620 | 21623 | 21656 | 30019 => ("content_refused", "The provider refuses this content"),
        30003 => ("handset_unreachable", "The phone is switched off or out of reach"),
        30004 | 30007 => ("filtered", "The carrier filtered this message"),
        30011 => ("no_mms", "This number cannot receive pictures"),
        30022 | 30023 | 30034 => ("unregistered_sender", "The sender is not registered for this country"),
        _ => ("not_delivered", "The provider could not deliver it"),
    };
    let detail =
        if word == "not_delivered" && !said.is_empty() { format!("{detail}: {said} ({code})") } else { format!("{detail} ({code})") };
    Problem { code: word.into(), detail }
}

/// E.164 where it is a number; scheme-prefixed and alphanumeric addresses stay as they are.
fn address(text: &str) -> String {
    if is_e164(text) {
        return text.to_owned();
    }
    e164(text, None).unwrap_or_else(|| text.to_owned())
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn listed(json: &Value) -> impl Iterator<Item = &Value> {
    json.get("messages").and_then(Value::as_array).into_iter().flatten()
}

fn date(json: &Value, key: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::parse(text(json, key)).ok()?;
    Some(Timestamp::from_micros(parsed.timestamp().as_microsecond()))
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

fn missed(account: &ChannelAccount, json: &Value) -> Vec<Arrived> {
    let mut events: Vec<Arrived> = listed(json)
        .filter(|message| text(message, "direction") == "inbound")
        .filter_map(|message| {
            let mut fields: BTreeMap<String, String> = BTreeMap::new();
            for (from, to) in [("sid", "MessageSid"), ("from", "From"), ("to", "To"), ("body", "Body"), ("account_sid", "AccountSid")] {
                fields.insert(to.to_owned(), text(message, from).to_owned());
            }
            let files: Vec<&Value> = message.get("media").and_then(Value::as_array).map(|media| media.iter().collect()).unwrap_or_default();
            fields.insert("NumMedia".into(), files.len().to_string());
            for (n, file) in files.iter().enumerate() {
                fields.insert(format!("MediaUrl{n}"), text(file, "url").to_owned());
                fields.insert(format!("MediaContentType{n}"), text(file, "content_type").to_owned());
            }
            let mut arrived = understand(account, fields, None).ok()?;
            arrived.provider_at = date(message, "date_created");
            Some(arrived)
        })
        .collect();
    // The list begins with the newest, and many come within one second.
    events.reverse();
    events.sort_by_key(|arrived| arrived.provider_at);
    events
}

#[cfg(test)]
#[path = "sms_tests.rs"]
pub mod tests;
