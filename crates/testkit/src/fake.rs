//! A channel that exists only in tests: rooms of several senders, and an app whose one URL brings events for several pages.

use connectors::{
    AccountKey, Answer, Arrived, Batch, Body, Connector, Incoming, Outbound, Outcome, Part, Progress, Rate, Received, Recipient, Rejected,
    Repeatable, Reply, Request, Setting, SettingProblem, Step, Work,
};
use model::inbound::Sender;
use model::{Capabilities, ChannelAccount, ChannelAccountId, Feature, InboundEvent, InboundMessage, Timestamp};
use serde_json::{Value, json};

/// What signs every request of the fake provider, for an account as for an app.
pub const FAKE_SECRET: &str = "fake secret";

/// A message of ours that holds this makes the fake channel panic in the middle of a turn.
pub const POISON: &str = "poison";

/// Every channel of the house, and the fake one.
pub static CHANNELS: &[&dyn Connector] = &[&connectors::sms::Sms, connectors::ALL[1], &Fake];

/// Wire format: `{"entries": [{"page", "events": [{"id", "room", "from", "text", "at"?}]}]}`, with the secret as a header; an event may also
/// say what it is itself, as `{"id", "room", "told"}`. Messages of ours leave under an id, by which the provider tells a repeat for as many
/// seconds as the account's setting `known_s` says; without it, it does not.
pub struct Fake;

/// Characters of one message of the fake provider.
const TEXT_LIMIT: u32 = 200;

impl Connector for Fake {
    fn kind(&self) -> &'static str {
        "fake"
    }
    fn name(&self) -> &'static str {
        "Fake rooms"
    }
    fn settings(&self) -> &'static [Setting] {
        &[]
    }
    fn check_settings(&self, _account: &ChannelAccount) -> Vec<SettingProblem> {
        vec![]
    }
    fn address(&self, account: &ChannelAccount) -> String {
        account.address.clone()
    }
    fn capabilities(&self, account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: TEXT_LIMIT,
            text_unit: model::TextUnit::Chars,
            max_attachments: 1,
            attachment_types: vec!["image/".into()],
            max_attachment_bytes: 1 << 20,
            reply_window_s: account.setting("window_s").parse().ok(),
            letters: account.setting("letters") == "true",
            hears: [Feature::Edit, Feature::Unsend, Feature::Reaction, Feature::Quote, Feature::Echo].into(),
            says: [Feature::Reaction, Feature::Quote, Feature::Edit, Feature::Unsend, Feature::Template, Feature::Read].into(),
            ..Capabilities::default()
        }
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        let Incoming::Request { headers, body, .. } = incoming else { return Err(Rejected { why: "not a request" }) };
        let secret = match to {
            Recipient::Account(account) => account.secret("secret"),
            Recipient::App { secrets, .. } => secrets.get("secret").map_or("", String::as_str),
        };
        if secret.is_empty() || !headers.iter().any(|(name, value)| name == "x-fake-secret" && value == secret) {
            return Err(Rejected { why: "the secret does not fit" });
        }
        let answer = Answer { status: 200, content_type: "text/plain", body: String::new() };
        let Ok(document) = serde_json::from_slice::<Value>(body) else {
            return Ok(Received { answer, unreadable: Some("not JSON".into()), ..Received::default() });
        };
        let batches = document["entries"].as_array().into_iter().flatten().map(|entry| Batch {
            account: match to {
                Recipient::Account(_) => AccountKey::This,
                Recipient::App { .. } => AccountKey::Provider(text(entry, "page")),
            },
            events: entry["events"].as_array().into_iter().flatten().map(arrived).collect(),
        });
        Ok(Received { answer, batches: batches.collect(), ..Received::default() })
    }
    fn split(&self, _account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        assert!(!message.text.contains(POISON), "a connector with a mistake in it");
        let Outbound { text, files, reply_to, template, .. } = message.clone();
        let mut texts = connectors::text::cut(&text, TEXT_LIMIT as usize, model::TextUnit::Chars).into_iter();
        let first = Part { text: texts.next().unwrap_or_default(), files, reply_to, template, ..Part::default() };
        std::iter::once(first).chain(texts.map(|text| Part { text, ..Part::default() })).collect()
    }
    fn next(&self, account: &ChannelAccount, work: &Work, _progress: &Progress, _now: Timestamp) -> Step {
        let mut repeatable = Repeatable::Never;
        let (path, body) = match work {
            Work::Part { part, to, context, message, no, .. } => {
                if let Ok(known_s) = account.setting("known_s").parse() {
                    repeatable = connectors::repeat::keyed(*message, known_s);
                }
                let id = message.map(|message| connectors::repeat::tag(message, *no));
                let template = part.template.as_ref().map(|template| &template.name);
                (
                    "send",
                    json!({ "id": id, "to": to, "room": context["room"], "text": part.text, "answers": part.reply_to, "template": template }),
                )
            }
            Work::Revise { provider_id, part, .. } => {
                ("revise", json!({ "on": provider_id, "text": part.as_ref().map(|part| &part.text) }))
            }
            Work::React { provider_id, emoji, .. } => ("react", json!({ "on": provider_id, "emoji": emoji })),
            Work::Signal { signal: connectors::Signal::Read, last, .. } => ("read", json!({ "last": last })),
            Work::Refresh if !account.secret("renewal").is_empty() => ("token", json!({ "renewal": account.secret("renewal") })),
            _ => return Step::Nothing,
        };
        Step::Http(Request {
            method: "POST",
            url: format!("http://fake.localhost/{path}"),
            headers: vec![("x-fake-token".into(), account.secret("token").to_owned())],
            body: Body::Bytes(body.to_string().into_bytes()),
            repeatable,
            follow_redirects: 0,
            max_response_bytes: 1 << 16,
        })
    }
    fn outcome(&self, _account: &ChannelAccount, work: &Work, _progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
        match reply {
            Reply::Http { status: 200, body, .. } if *work == Work::Refresh => {
                let given: Value = serde_json::from_slice(body).unwrap_or_default();
                let lives_s = given["lives_s"].as_i64().unwrap_or(3600);
                let secrets = ["token", "renewal"].map(|key| (key.to_owned(), text(&given, key)));
                let (expires_at, refresh_at) = (Some(now.plus_secs(lives_s)), Some(now.plus_secs(lives_s / 2)));
                Outcome::Credential { secrets: secrets.into(), expires_at, refresh_at }
            }
            Reply::Http { status: 401, .. } => Outcome::NeedsRefresh,
            Reply::Http { status: 200, body, .. } => Outcome::Sent(vec![String::from_utf8_lossy(body).into_owned()]),
            Reply::Http { status, .. } => {
                Outcome::Failed(model::Problem { code: "refused".into(), detail: format!("the fake provider answered {status}") })
            }
            Reply::NotSent(why) => Outcome::RetryAfter { ms: 1_000, why: why.clone() },
            Reply::Unknown(why) | Reply::Mail { said: why, .. } => Outcome::Uncertain(why.clone()),
        }
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        Rate { per_second: 10.0, burst: 10 }
    }
    fn shown_webhook_url(&self, _account: &ChannelAccount) -> Option<String> {
        None
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn arrived(event: &Value) -> Arrived {
    if let Some(told) = event.get("told") {
        return Arrived {
            external_id: text(event, "id"),
            keys: vec![text(event, "room")],
            event: serde_json::from_value(told.clone()).expect("an event of the fake provider"),
            provider_at: event["at"].as_i64().map(Timestamp::from_secs),
        };
    }
    let from = Sender { external_id: text(event, "from"), scoped: true, name: text(event, "from"), verified: true, facts: vec![] };
    let message = InboundMessage {
        from,
        provider_id: text(event, "id"),
        text: text(event, "text"),
        context: json!({ "room": event["room"] }),
        ..InboundMessage::default()
    };
    Arrived {
        external_id: text(event, "id"),
        keys: vec![text(event, "room")],
        event: InboundEvent::Message(message),
        provider_at: event["at"].as_i64().map(Timestamp::from_secs),
    }
}

/// One message of the fake provider; `at` in seconds since 1970 is when the provider says it was written.
pub fn fake_event(id: &str, room: &str, from: &str, text: &str, at: Option<i64>) -> Value {
    json!({ "id": id, "room": room, "from": from, "text": text, "at": at })
}

/// Whatever else the fake provider may tell, as the room understands it.
pub fn fake_news(id: &str, room: &str, told: &InboundEvent, at: Option<i64>) -> Value {
    json!({ "id": id, "room": room, "told": told, "at": at })
}

/// A fake channel account, of its own or under an app as `page`.
pub fn fake_account(id: ChannelAccountId, name: &str, page: Option<(model::ChannelAppId, &str)>) -> ChannelAccount {
    ChannelAccount {
        id,
        kind: "fake".into(),
        name: name.into(),
        address: name.into(),
        enabled: true,
        settings: Default::default(),
        secrets: [("secret".to_owned(), FAKE_SECRET.to_owned())].into(),
        app_id: page.map(|(app, _)| app),
        provider_key: page.map(|(_, key)| key.to_owned()),
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    }
}
