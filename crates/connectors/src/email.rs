//! Email: mails come in from a mailbox by IMAP or from a provider's parse webhook, and leave by SMTP.

mod fold;
mod html;
mod inbound;
mod outbound;
mod tnef;
mod token;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{MessageParser, MimeHeaders};
use model::{Capabilities, ChannelAccount, Feature, TextUnit, Timestamp};
use serde_json::{Value, json};

use crate::contract::{
    Answer, Body, BotPace, Connector, Cursor, Door, Incoming, LINE, Line, Login, MailServer, MailStage, Mailbox, Opening, Outbound,
    Outcome, Part, Progress, Rate, Received, Recipient, Rejected, Repeatable, Reply, Request, Security, Setting, SettingKind,
    SettingProblem, Step, Work, kept_piece,
};
use crate::signature::same;
use crate::wire::{failed, header, text, wrong};

/// Stands on every mail of ours; with our own account's id on one that comes in, it has come back.
const LOOP_HEADER: &str = "X-Seaway-Loop";
/// Mails to send and receive in one piece, base64 and all, with what most providers take.
const MOST_FILE_BYTES: u64 = 10 << 20;
/// A machine answers one address once a day, and three times whoever answers what it asked.
const BOT_PACE: BotPace = BotPace { pause_s: 86_400, most: 3 };

pub struct Email;

impl Connector for Email {
    fn kind(&self) -> &'static str {
        "email"
    }
    fn name(&self) -> &'static str {
        "Email"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let ours = address_of(account);
        if !ours.is_empty()
            && (ours.matches('@').count() != 1 || ours.contains(char::is_whitespace) || ours.starts_with('@') || ours.ends_with('@'))
        {
            problems.push(wrong("address", "bad_address", format!("{ours} is no mail address")));
        }
        if account.setting("smtp_host").is_empty() {
            problems.push(wrong("smtp_host", "setting_missing", "without it no answer can leave"));
        }
        if account.setting("imap_host").is_empty() && account.secret("parse_secret").is_empty() {
            problems.push(wrong("imap_host", "no_way_in", "give a mailbox to read, or a secret for a parse webhook"));
        }
        for key in ["imap_port", "smtp_port"] {
            let said = account.setting(key);
            if !said.is_empty() && said.parse::<u16>().is_ok_and(|port| port > 0).eq(&false) {
                problems.push(wrong(key, "bad_port", format!("{said} is no port")));
            }
        }
        for key in ["imap_security", "smtp_security"] {
            let said = account.setting(key);
            if !matches!(said, "" | "tls" | "starttls" | "none") {
                problems.push(wrong(key, "bad_security", format!("{said} is none of tls, starttls and none")));
            }
        }
        if signing_key(account).is_empty() {
            problems.push(wrong("signing_key", "setting_missing", "without it answers cannot be told to belong to their conversation"));
        }
        if with_token(account)
            && !account.setting("oauth_token_url").starts_with("https://")
            && !account.setting("oauth_token_url").starts_with("http://")
        {
            problems.push(wrong("oauth_token_url", "bad_url", "the place that renews the access token is missing"));
        }
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        address_of(account)
    }
    fn provider_key(&self, account: &ChannelAccount) -> Option<(&'static str, String)> {
        Some(("address", self.address(account))).filter(|(_, own)| !own.is_empty())
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            letters: true,
            text_limit: 100_000,
            text_unit: TextUnit::Chars,
            max_attachments: 20,
            attachment_types: ["image/", "audio/", "video/", "text/", "application/"].map(str::to_owned).into(),
            max_attachment_bytes: MOST_FILE_BYTES,
            // That a letter arrived, a server only says who asks for it, and few do even then: we ask for failures alone.
            hears: [Feature::Image, Feature::Audio, Feature::Video, Feature::File, Feature::Quote, Feature::Name, Feature::Failed].into(),
            says: [Feature::Image, Feature::Audio, Feature::Video, Feature::File].into(),
            ..Capabilities::default()
        }
    }
    fn line(&self, account: &ChannelAccount) -> Option<Line> {
        let server = server(account, "imap")?;
        let folder = match account.setting("imap_folder") {
            "" => "INBOX".to_owned(),
            folder => folder.to_owned(),
        };
        Some(Line::Mailbox(Mailbox { server, folder }))
    }
    fn of_line(&self, code: &str) -> bool {
        code.starts_with("imap_") || code == "credential_over"
    }
    fn bot_may_answer(&self, context: &Value) -> bool {
        context["automatic"] != true
    }
    fn bot_may_repeat(&self, context: &Value) -> bool {
        text(context, "sender") == "proven"
    }
    fn bot_pace(&self) -> Option<BotPace> {
        Some(BOT_PACE)
    }
    fn own_secret(&self) -> Option<&'static str> {
        Some("signing_key")
    }
    /// A server may be down over night, and lets strangers wait.
    fn send_within_s(&self) -> i64 {
        48 * 3600
    }
    fn most_bytes(&self) -> usize {
        40 << 20
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        let Recipient::Account(account) = to else { return Err(Rejected { why: "mail has no apps" }) };
        match incoming {
            Incoming::Mail { id, body, came_at, whole } => {
                let cursor = id.rsplit_once(' ').map(|(key, value)| Cursor { key: key.into(), value: value.into() });
                Ok(Received { cursors: cursor.into_iter().collect(), ..inbound::received(account, body, *came_at, *whole) })
            }
            Incoming::Request { method, target, headers, body } => {
                if !is_known(account, target, headers) {
                    return Err(Rejected { why: "the webhook's secret does not fit" });
                }
                if *method != "POST" {
                    return Ok(Received { answer: Answer::text(405, "POST a mail"), ..Received::default() });
                }
                Ok(match raw_of(headers, body) {
                    Some(raw) => inbound::received(account, &raw, None, true),
                    None => Received { unreadable: Some("the webhook brought no raw mail".into()), ..Received::default() },
                })
            }
            Incoming::Frame { .. } => Err(Rejected { why: "mail has no frames" }),
        }
    }
    fn first_thread(&self, account: &ChannelAccount, opening: &Opening) -> Option<(String, Value)> {
        let Opening { external_id, conversation, subject } = opening;
        // Named by a token of ours, which stands in the letter's reply address.
        let token = token::of(&signing_key(account), &format!("first:{conversation}:{external_id}"));
        let notes = if subject.is_empty() { Value::Null } else { json!({ "first_subject": subject }) };
        external_id.contains('@').then(|| (format!("plus:{token}"), notes))
    }
    fn split(&self, _account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        outbound::split(message)
    }
    fn subject(&self, _account: &ChannelAccount, context: &Value) -> Option<String> {
        outbound::about(context)
    }
    fn next(&self, account: &ChannelAccount, work: &Work, _progress: &Progress, now: Timestamp) -> Step {
        match work {
            Work::Part { .. } => server(account, "smtp").map_or(Step::Nothing, |smtp| outbound::letter(account, smtp, work, now)),
            Work::Media { url } => kept_piece(url).map_or(Step::Nothing, |(delivery, _)| Step::Kept(delivery)),
            Work::Check(what) if *what == LINE => self.line(account).map_or(Step::Nothing, |line| Step::Knock(Door::Line(line))),
            // A letter of unknown fate is sent again with the same id once the server is there: who has it already drops the copy.
            Work::Check(_) | Work::Find { .. } => server(account, "smtp").map_or(Step::Nothing, |smtp| Step::Knock(Door::Post(smtp))),
            Work::Refresh if with_token(account) => Step::Http(renewal(account)),
            _ => Step::Nothing,
        }
    }
    fn outcome(&self, account: &ChannelAccount, work: &Work, _progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        match (work, reply) {
            (Work::Part { .. }, Reply::Http { .. }) => failed("no_mail_server", "The channel has no mail server to send by"),
            (Work::Part { .. }, _) => outbound::outcome(account, work, reply),
            (Work::Media { url }, Reply::Http { status: 200, headers, body }) => {
                let number = kept_piece(url).map_or("", |(_, number)| number);
                match raw_of(headers, body).and_then(|raw| inbound::piece(&raw, number)) {
                    Some((bytes, media_type)) => Outcome::File { bytes, media_type },
                    None => failed("media_gone", "The mail has no such file"),
                }
            }
            (Work::Media { .. }, _) => failed("media_gone", "The mail is no longer kept"),
            (Work::Check(what), reply) => knocked(account, if *what == LINE { "imap" } else { "smtp" }, reply),
            (Work::Find { .. }, Reply::Mail { stage: MailStage::Done, .. }) => Outcome::NotThere,
            (Work::Find { .. }, _) => Outcome::Uncertain("the mail server cannot be reached".into()),
            (Work::Refresh, Reply::Http { status: 200, body, .. }) => renewed(body, now),
            (Work::Refresh, Reply::Http { status: 500.., .. } | Reply::NotSent(_) | Reply::Unknown(_)) => {
                Outcome::RetryAfter { ms: 60_000, why: "the access token could not be renewed now".into() }
            }
            (Work::Refresh, _) => {
                Outcome::Problem(wrong("oauth_refresh_token", "credential_over", "the provider does not renew the access token any more"))
            }
            _ => failed("not_supported", "Mail has nothing of the kind"),
        }
    }
    fn checks(&self) -> &'static [&'static str] {
        &[LINE, "smtp"]
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        Rate { per_second: 2.0, burst: 10 }
    }
    fn shown_webhook_url(&self, account: &ChannelAccount) -> Option<String> {
        (!account.secret("parse_secret").is_empty()).then(|| format!("{}?key=…", account.webhook_url))
    }
}

/// Our own address, in lower case.
fn address_of(account: &ChannelAccount) -> String {
    account.setting("address").trim().to_lowercase()
}

/// What proves that a token is ours: its own key, or whatever secret lets us send.
fn signing_key(account: &ChannelAccount) -> String {
    let given = account.secret("signing_key");
    if given.is_empty() && !account.secret("smtp_password").is_empty() {
        return format!("{}:{}", account.id, account.secret("smtp_password"));
    }
    given.to_owned()
}

fn with_token(account: &ChannelAccount) -> bool {
    !account.secret("oauth_refresh_token").is_empty()
}

/// A server as the settings of one direction name it.
fn server(account: &ChannelAccount, side: &str) -> Option<MailServer> {
    let say = |key: &str| account.setting(&format!("{side}_{key}")).trim().to_owned();
    let host = say("host");
    if host.is_empty() {
        return None;
    }
    let security = match (say("security").as_str(), side) {
        ("none", _) => Security::Plain,
        ("starttls", _) | ("", "smtp") => Security::StartTls,
        _ => Security::Tls,
    };
    let usual = match (side, security) {
        ("imap", Security::Tls) => 993,
        ("imap", _) => 143,
        (_, Security::Tls) => 465,
        _ => 587,
    };
    let user = match say("user") {
        user if user.is_empty() => address_of(account),
        user => user,
    };
    let password = account.secret(&format!("{side}_password")).to_owned();
    let login = if with_token(account) {
        Login::Bearer { user, token: account.secret("oauth_access_token").to_owned() }
    } else if password.is_empty() && side == "smtp" {
        Login::Nobody
    } else {
        Login::Password { user, password }
    };
    Some(MailServer { host, port: say("port").parse().unwrap_or(usual), security, login })
}

/// What a knock at a door says of the settings.
fn knocked(account: &ChannelAccount, side: &str, reply: &Reply) -> Outcome {
    let of_side = |setting: &str, code: &str, detail: String| {
        Outcome::Problem(wrong(&format!("{side}_{setting}"), &format!("{side}_{code}"), detail))
    };
    match reply {
        Reply::Mail { stage: MailStage::Done, .. } => Outcome::Fine,
        Reply::Mail { code, .. } if (400..500).contains(code) => {
            Outcome::RetryAfter { ms: 60_000, why: "the mail server asks to wait".into() }
        }
        Reply::Mail { stage: MailStage::Secure, said, .. } => of_side("security", "tls", format!("no trusted TLS: {said}")),
        Reply::Mail { stage: MailStage::SignIn, .. } if with_token(account) => Outcome::NeedsRefresh,
        Reply::Mail { stage: MailStage::SignIn, said, .. } => {
            of_side("password", "login", format!("the mail server refused the login: {said}"))
        }
        Reply::Mail { stage: MailStage::Folder, said, .. } => of_side("folder", "folder", format!("the folder cannot be opened: {said}")),
        Reply::Mail { said, .. } => of_side("host", "refused", format!("the mail server refused us: {said}")),
        Reply::NotSent(why) => of_side("host", "unreachable", format!("the mail server cannot be reached: {why}")),
        Reply::Unknown(why) => Outcome::RetryAfter { ms: 10_000, why: why.clone() },
        Reply::Http { .. } => Outcome::Fine,
    }
}

/// Why a mail server refused, by its number and its finer status.
fn why(code: u16, status: &str) -> &'static str {
    let has = |one: &str| status.split(|c: char| !(c.is_ascii_digit() || c == '.')).any(|word| word.starts_with(one));
    match () {
        () if has("5.2.2") || has("4.2.2") => "mailbox_full",
        () if has("5.3.4") || has("5.2.3") || code == 552 && !has("5.2") => "too_large",
        () if has("5.1.") || code == 501 || code == 553 => "recipient_unreachable",
        () if has("5.7.") || code == 554 => "refused_by_policy",
        () if code == 550 || code == 551 => "recipient_unreachable",
        () => "refused",
    }
}

/// Whoever posts a mail knows the secret: as `key` of the URL, or as the password of basic authentication.
fn is_known(account: &ChannelAccount, target: &str, headers: &[(String, String)]) -> bool {
    let secret = account.secret("parse_secret");
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let in_url = form_urlencoded::parse(query.as_bytes()).any(|(key, value)| key == "key" && same(value.as_bytes(), secret.as_bytes()));
    let basic = header(headers, "authorization").and_then(|said| STANDARD.decode(said.strip_prefix("Basic ")?.trim()).ok());
    let in_header = basic.and_then(|said| said.iter().position(|byte| *byte == b':').and_then(|at| said.get(at + 1..).map(<[u8]>::to_vec)));
    !secret.is_empty() && (in_url || in_header.is_some_and(|said| same(&said, secret.as_bytes())))
}

/// The raw mail in what a mailbox or a webhook brought: a form's `email` or `body-mime`, a document's `RawEmail`, or the body itself.
fn raw_of(headers: &[(String, String)], body: &[u8]) -> Option<Vec<u8>> {
    const FIELDS: [&str; 2] = ["email", "body-mime"];
    let said = header(headers, "content-type").unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim().to_lowercase();
    match kind.as_str() {
        "application/json" => {
            let json: Value = serde_json::from_slice(body).ok()?;
            Some(text(&json, "RawEmail").as_bytes().to_vec()).filter(|raw| !raw.is_empty())
        }
        "application/x-www-form-urlencoded" => {
            form_urlencoded::parse(body).find(|(key, _)| FIELDS.contains(&key.as_ref())).map(|(_, value)| value.into_owned().into_bytes())
        }
        "multipart/form-data" => {
            // A form of several parts is MIME, too.
            let mime = [b"Content-Type: ", said.as_bytes(), b"\r\n\r\n", body].concat();
            let form = MessageParser::default().parse(&mime)?;
            let found = form.parts.iter().find(|part| {
                let name = part.content_disposition().and_then(|said| said.attribute("name"));
                name.is_some_and(|name| FIELDS.contains(&name))
            })?;
            Some(found.contents().to_vec())
        }
        _ => Some(body.to_vec()),
    }
}

fn renewal(account: &ChannelAccount) -> Request {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", account.secret("oauth_refresh_token"))
        .append_pair("client_id", account.setting("oauth_client_id"))
        .append_pair("client_secret", account.secret("oauth_client_secret"))
        .finish();
    Request {
        method: "POST",
        url: account.setting("oauth_token_url").to_owned(),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: Body::Bytes(form.into_bytes()),
        repeatable: Repeatable::Always,
        follow_redirects: 0,
        max_response_bytes: 1 << 16,
    }
}

fn renewed(body: &[u8], now: Timestamp) -> Outcome {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let token = text(&json, "access_token");
    if token.is_empty() {
        return Outcome::RetryAfter { ms: 60_000, why: "the provider gave no access token".into() };
    }
    let mut secrets = std::collections::BTreeMap::from([("oauth_access_token".to_owned(), token.to_owned())]);
    // Some providers give a new one each time, and the old one ends.
    if !text(&json, "refresh_token").is_empty() {
        secrets.insert("oauth_refresh_token".into(), text(&json, "refresh_token").to_owned());
    }
    let lives_s = json["expires_in"].as_i64().unwrap_or(3_600).clamp(60, 86_400 * 90);
    Outcome::Credential { secrets, expires_at: Some(now.plus_secs(lives_s)), refresh_at: Some(now.plus_secs(lives_s * 4 / 5)) }
}

const fn setting(key: &'static str, label: &'static str, help: &'static str, kind: SettingKind, default: Option<&'static str>) -> Setting {
    Setting { key, label, help, kind, required: false, default }
}

const SETTINGS: &[Setting] = &[
    Setting {
        required: true,
        ..setting("address", "Mail address", "What customers write to, for example support@example.com", SettingKind::Text, None)
    },
    setting("display_name", "Name of the sender", "Shown beside the address; empty = whoever answers", SettingKind::Text, None),
    setting("imap_host", "IMAP server", "Where new mail is read; empty where a provider posts it to the webhook", SettingKind::Text, None),
    setting("imap_port", "IMAP port", "Empty = 993 with tls, 143 otherwise", SettingKind::Text, None),
    setting(
        "imap_security",
        "IMAP security",
        "tls, starttls or none; none only for a server on this machine",
        SettingKind::Text,
        Some("tls"),
    ),
    setting("imap_user", "IMAP user", "Empty = the mail address", SettingKind::Text, None),
    setting("imap_password", "IMAP password", "Often an app password made for this purpose", SettingKind::Secret, None),
    setting("imap_folder", "IMAP folder", "The folder that is read", SettingKind::Text, Some("INBOX")),
    setting("smtp_host", "SMTP server", "Where answers leave", SettingKind::Text, None),
    setting("smtp_port", "SMTP port", "Empty = 587 with starttls, 465 with tls", SettingKind::Text, None),
    setting(
        "smtp_security",
        "SMTP security",
        "starttls, tls or none; none only for a server on this machine",
        SettingKind::Text,
        Some("starttls"),
    ),
    setting("smtp_user", "SMTP user", "Empty = the mail address", SettingKind::Text, None),
    setting("smtp_password", "SMTP password", "Empty = the server takes letters without a login", SettingKind::Secret, None),
    setting("oauth_token_url", "Token URL", "Renews the access token (XOAUTH2), instead of passwords", SettingKind::Url, None),
    setting("oauth_client_id", "Client id", "Of the app registered with the mail provider", SettingKind::Text, None),
    setting("oauth_client_secret", "Client secret", "Of the same app; empty where it has none", SettingKind::Secret, None),
    setting("oauth_refresh_token", "Refresh token", "From the consent of the mailbox's owner", SettingKind::Secret, None),
    setting("oauth_access_token", "Access token", "Renewed by itself; may stay empty", SettingKind::Secret, None),
    setting(
        "authserv_id",
        "Name of the receiving server",
        "As it signs its Authentication-Results, for example mx.google.com; without it no sender is verified",
        SettingKind::Text,
        None,
    ),
    setting(
        "plus_addressing",
        "Reply address for each conversation",
        "Answers go to name+code@domain; switch off where the server knows no plus addresses",
        SettingKind::Toggle,
        Some("true"),
    ),
    setting(
        "signing_key",
        "Signing key",
        "A long random text that proves reply addresses; empty = derived from the SMTP password",
        SettingKind::Secret,
        None,
    ),
    setting("signature", "Signature", "Under every answer; {{agent}} is the name of whoever writes", SettingKind::Text, None),
    setting(
        "parse_secret",
        "Secret of the parse webhook",
        "As ?key= of the webhook's URL, or as password of basic authentication",
        SettingKind::Secret,
        None,
    ),
];

#[cfg(test)]
#[path = "email_tests.rs"]
mod tests;
