//! The Graph API: how it is asked, and what its answers mean.

use model::{ChannelAccount, Problem, Timestamp};
use serde_json::Value;

use crate::contract::*;
use crate::wire::{self, header, post_json, retry_after_ms, text};

pub const FACEBOOK: &str = "https://graph.facebook.com/v25.0";
pub const INSTAGRAM: &str = "https://graph.instagram.com/v25.0";

/// The longest pause that a usage header may ask for, in milliseconds.
const MOST_PAUSE_MS: i64 = 3_600_000;
const TRANSIENT_MS: i64 = 5_000;
/// What Meta says when it is in trouble, and of a thread that is blocked.
const BLOCKED_OR_DOWN: i64 = 2;
const RATE_MS: i64 = 5_000;
/// One person takes about one WhatsApp message in six seconds (unverified).
const PAIR_MS: i64 = 6_000;
/// Limits that are a verdict on the sender and not on the moment.
const SPAM_MS: i64 = 600_000;

/// How an account's requests prove themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    Bearer,
    /// `?access_token=`, as the Send API of pages is described. Such a URL is a secret.
    Query,
}

/// Where and as whom an account asks.
#[derive(Clone, Copy)]
pub struct Graph<'a> {
    base: &'a str,
    token: &'a str,
    auth: Auth,
    /// Whether a refused token can be made anew.
    pub renews: bool,
    /// The setting that a verdict on the account itself is shown at.
    pub setting: &'static str,
}

impl<'a> Graph<'a> {
    pub fn new(account: &'a ChannelAccount, default: &'static str, auth: Auth, setting: &'static str) -> Self {
        let base = account.setting("api_base_url").trim_end_matches('/');
        let base = if base.is_empty() { default } else { base };
        Self { base, token: account.secret("access_token"), auth, renews: false, setting }
    }
    pub fn base(&self) -> &'a str {
        self.base
    }
    /// An address with its query; values are escaped.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(query);
        if self.auth == Auth::Query {
            form.append_pair("access_token", self.token);
        }
        let query = form.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{query}", self.base)
    }
    pub fn headers(&self) -> Vec<(String, String)> {
        if self.auth == Auth::Bearer { vec![wire::bearer(self.token)] } else { vec![] }
    }
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Step {
        Step::Http(wire::get(self.url(path, query), self.headers()))
    }
    pub fn post(&self, path: &str, body: &Value, repeatable: bool) -> Step {
        Step::Http(post_json(self.url(path, &[]), self.headers(), body, repeatable))
    }
}

/// An id of Meta's: digits only.
pub fn check_id(account: &ChannelAccount, setting: &str, what: &str) -> Option<SettingProblem> {
    let id = account.setting(setting);
    let wrong = !id.is_empty() && !id.bytes().all(|b| b.is_ascii_digit());
    wrong.then(|| wire::wrong(setting, "bad_id", format!("{id} is not {what}: that is digits only, copied from Meta's app dashboard")))
}

/// A secret that was copied with something around it.
pub fn check_secret(account: &ChannelAccount, setting: &str) -> Option<SettingProblem> {
    let wrong = account.secret(setting).contains(|c: char| c.is_whitespace() || c.is_control());
    let detail = "it holds a space or a line break: copy it anew, without anything around it";
    wrong.then(|| wire::wrong(setting, "spaces_in_secret", detail))
}

/// The error envelope, or one of the errors of a WhatsApp status.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fault {
    pub code: i64,
    pub subcode: i64,
    pub said: String,
    pub transient: bool,
}

impl Fault {
    pub fn of(json: &Value) -> Option<Self> {
        json.get("error").filter(|error| error.is_object()).map(Self::read)
    }
    pub fn read(error: &Value) -> Self {
        let number = |key: &str| error.get(key).and_then(Value::as_i64);
        let details = error.get("error_data").map_or("", |data| text(data, "details"));
        let said = [details, text(error, "message"), text(error, "title")].into_iter().find(|said| !said.is_empty());
        Self {
            code: number("code").unwrap_or(-1),
            // What is told of a token has the shorter name.
            subcode: number("error_subcode").or_else(|| number("subcode")).unwrap_or(0),
            said: said.unwrap_or_default().to_owned(),
            transient: error.get("is_transient").and_then(Value::as_bool).unwrap_or(false),
        }
    }
    /// The word for a code, and what it says to whoever wrote the message.
    fn word(&self) -> (&'static str, &'static str) {
        match (self.code, self.subcode) {
            (10, 2018278 | 2534022) | (131047, _) => ("window_closed", "The time for a free answer is over"),
            (2534037, _) | (_, 2534037) => ("account_not_ready", "The Instagram account cannot send messages as it is"),
            (551, _) | (_, 1545041) => ("person_unavailable", "This person cannot be reached: they blocked us, or closed their account"),
            (100, 2018001 | 2534014) => ("person_unknown", "The channel knows no such person"),
            (2018108 | 2018344 | 2018354, _) | (_, 2018108 | 2018344 | 2018354) => {
                ("person_cannot_receive", "This person cannot receive this now, or another app holds the conversation")
            }
            (2018109, _) | (_, 2018109) => ("file_too_big", "The channel does not take a file this big"),
            (2018007 | 2018008 | 131014 | 131052, _) | (_, 2018007 | 2018008) => {
                ("media_not_fetched", "The channel could not fetch the file")
            }
            (100, 2534025) | (131051 | 131053, _) => ("media_refused", "The channel does not take this kind of file or message"),
            (131026, _) => ("not_on_channel", "This number is not on WhatsApp, or its app is too old"),
            (131049 | 130472, _) => ("held_back", "Meta holds this back from this person; it is no use to send it again soon"),
            (131050, _) => ("opted_out", "This person wants no marketing messages from this number"),
            (131021, _) => ("own_number", "A number cannot write to itself"),
            (131030, _) => ("trial_account", "A test number writes only to the numbers on its list"),
            (132000 | 132012, _) => ("template_values", "The template's gaps are not filled as it wants them"),
            (132001, _) => ("template_missing", "There is no such template in this language, or it is not approved"),
            (132005, _) => ("template_too_long", "The template with its gaps filled is too long"),
            (132007, _) => ("template_refused", "The template's words are against Meta's policy"),
            (132015 | 132016 | 132068 | 132069, _) => ("template_paused", "Meta has paused or switched off this template"),
            (131008 | 131009 | 100 | 33, _) => ("content_refused", "The channel refuses this content"),
            (0 | 190, _) => ("bad_token", "Meta does not accept the access token"),
            (3 | 10 | 131005 | 200..=299, _) => ("missing_permission", "The access token lacks a permission"),
            (368 | 131031, _) => ("account_restricted", "Meta has restricted this account"),
            (131042, _) => ("payment_problem", "Meta has a problem with the account's payment"),
            (131045 | 133010, _) => ("unregistered_sender", "The sender is not registered"),
            (4 | 17 | 32 | 613 | 80002 | 80006 | 80007 | 130429 | 131048 | 131056 | 133016, _) => {
                ("too_many_messages", "Too many messages in a short time")
            }
            (1 | 2 | 1200 | 131000 | 131016, _) => ("provider_trouble", "The channel had a problem of its own"),
            _ => ("not_delivered", "The provider could not deliver it"),
        }
    }
    pub fn code_name(&self) -> &'static str {
        self.word().0
    }
    /// In our words; the provider's stand behind.
    pub fn problem(&self) -> Problem {
        let (word, detail) = self.word();
        Problem { code: word.into(), detail: format!("{detail}{}", self.number_and_said()) }
    }
    /// A token that is refused: one that has merely ended has a name of its own.
    pub fn of_token(&self, ended: bool) -> SettingProblem {
        let (code, detail) = match self.subcode {
            460 => ("bad_token", "the access token ended when its owner's password changed: draw a new one"),
            463 => ("token_expired", "the access token has expired: draw a new one"),
            _ if ended => ("token_expired", "the access token has expired: draw a new one"),
            _ => ("bad_token", "Meta does not accept the access token: draw a new one and copy it whole"),
        };
        wire::wrong("access_token", code, format!("{detail}{}", self.number_and_said()))
    }
    fn number_and_said(&self) -> String {
        let number = if self.subcode == 0 { self.code.to_string() } else { format!("{}/{}", self.code, self.subcode) };
        if self.said.is_empty() { format!(" ({number})") } else { format!(": {} ({number})", self.said) }
    }
}

/// What an error means for whoever asked. `None` = the code says nothing we know.
pub fn judge(graph: &Graph, fault: &Fault, headers: &[(String, String)], now: Timestamp) -> Option<Outcome> {
    let shown = |setting: &str| {
        let Problem { code, detail } = fault.problem();
        Outcome::Problem(SettingProblem { setting: setting.into(), code, detail })
    };
    let again = |default: i64| Outcome::RetryAfter { ms: pause_ms(headers, now).unwrap_or(default), why: fault.problem().detail };
    Some(match fault.code_name() {
        "bad_token" if graph.renews => Outcome::NeedsRefresh,
        "bad_token" => Outcome::Problem(fault.of_token(false)),
        "missing_permission" => shown("access_token"),
        "account_restricted" | "payment_problem" | "unregistered_sender" | "account_not_ready" => shown(graph.setting),
        // The limit of one person: nobody else waits for it.
        "too_many_messages" if fault.code == 131056 => {
            Outcome::HoldThread { ms: pause_ms(headers, now).unwrap_or(PAIR_MS), why: fault.problem().detail }
        }
        "too_many_messages" => again(match fault.code {
            131048 | 133016 => SPAM_MS,
            _ => RATE_MS,
        }),
        "provider_trouble" => again(TRANSIENT_MS),
        // The upload went wrong on their side; a type that is not taken has another code.
        _ if fault.code == 131053 || fault.transient => again(TRANSIENT_MS),
        "not_delivered" => return None,
        _ => Outcome::Failed(fault.problem()),
    })
}

/// How long the provider wants us to wait, in milliseconds: `Retry-After`, or the minutes of its usage headers.
pub fn pause_ms(headers: &[(String, String)], now: Timestamp) -> Option<i64> {
    let usage = || {
        ["x-business-use-case-usage", "x-app-usage", "x-page-usage"]
            .into_iter()
            .filter_map(|name| serde_json::from_str::<Value>(header(headers, name)?).ok())
            .filter_map(|usage| regained_in(&usage))
            .max()
            .filter(|minutes| *minutes > 0)
            .map(|minutes| minutes.saturating_mul(60_000).min(MOST_PAUSE_MS))
    };
    retry_after_ms(headers, now).or_else(usage)
}

/// The minutes of `estimated_time_to_regain_access`, wherever in the header they stand.
fn regained_in(usage: &Value) -> Option<i64> {
    match usage {
        Value::Object(fields) => {
            let own = fields.get("estimated_time_to_regain_access").and_then(Value::as_i64);
            fields.values().filter_map(regained_in).chain(own).max()
        }
        Value::Array(items) => items.iter().filter_map(regained_in).max(),
        _ => None,
    }
}

/// An answer, read once.
pub struct Read<'a> {
    pub status: u16,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    pub json: Value,
}

impl Read<'_> {
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
    pub fn header(&self, name: &str) -> &str {
        header(self.headers, name).unwrap_or_default()
    }
}

/// Reads a reply, or says at once what came of it.
pub fn read<'a>(work: &Work, reply: &'a Reply) -> Result<Read<'a>, Outcome> {
    match reply {
        Reply::Http { status, headers, body } => {
            Ok(Read { status: *status, headers, body, json: serde_json::from_slice(body).unwrap_or(Value::Null) })
        }
        Reply::NotSent(why) => Err(wire::not_sent(work, "api_base_url", why)),
        Reply::Unknown(why) | Reply::Mail { said: why, .. } => Err(wire::unknown(work, why)),
    }
}

/// What an answer that brought nothing means for a send that may have arrived.
pub fn unsent(graph: &Graph, read: &Read, now: Timestamp) -> Outcome {
    let fault = Fault::of(&read.json);
    if let Some(outcome) = fault.as_ref().and_then(|fault| judge(graph, fault, read.headers, now)) {
        return match outcome {
            // It also comes of one thread that is blocked: whoever else writes is not to wait for it.
            Outcome::RetryAfter { ms, why } if fault.is_some_and(|fault| fault.code == BLOCKED_OR_DOWN) => Outcome::HoldThread { ms, why },
            outcome => outcome,
        };
    }
    match (read.status, fault) {
        (429, _) => {
            Outcome::RetryAfter { ms: pause_ms(read.headers, now).unwrap_or(RATE_MS), why: "the provider asks to slow down".into() }
        }
        (400..=499, Some(fault)) => Outcome::Failed(fault.problem()),
        (400..=499, None) => Outcome::Failed(Problem {
            code: "not_delivered".into(),
            detail: format!("The provider could not deliver it: it answered {} without a reason", read.status),
        }),
        (300..=399, _) => Outcome::Problem(unexpected(read.status)),
        (200..=299, _) => Outcome::Uncertain("the answer names no message".into()),
        (status, _) => Outcome::Uncertain(format!("the provider answered {status}")),
    }
}

/// What it means for a work that does no harm when it is done again.
pub fn undone(graph: &Graph, read: &Read, now: Timestamp) -> Outcome {
    match unsent(graph, read, now) {
        Outcome::Uncertain(why) => Outcome::RetryAfter { ms: TRANSIENT_MS, why },
        // Nobody's thread is in the way here.
        Outcome::HoldThread { ms, why } => Outcome::RetryAfter { ms, why },
        outcome => outcome,
    }
}

pub fn unexpected(status: u16) -> SettingProblem {
    SettingProblem {
        setting: "api_base_url".into(),
        code: "unexpected_answer".into(),
        detail: format!("what answers there is not Meta's API: it answered {status}"),
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
