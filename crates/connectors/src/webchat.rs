//! Webchat: both ends are ours. The connector says what came in and what the channel can; the event stream delivers.

use model::{Capabilities, Card, CardLimit, ChannelAccount, Feature, InboundEvent, InboundFile, InboundMessage, TextUnit, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::contract::*;

pub mod form;

pub struct Webchat;

const CARDS: CardLimit = CardLimit { most: Card::MOST as u32, text: Card::TEXT as u32 };

/// A message frame as the server hands it on: the visitor is proven by their token, the rest is theirs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageFrame {
    client_id: String,
    text: String,
    #[serde(default)]
    attachment_ids: Vec<model::AttachmentId>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    page_url: Option<String>,
    /// What the form before the first message brought, checked at the door.
    #[serde(default)]
    answers: Vec<model::FormAnswer>,
}

const SETTINGS: &[Setting] = &[
    Setting {
        key: "allowed_sites",
        label: "Allowed sites",
        help: "Origins that may embed the chat, e.g. https://shop.example. Others are refused.",
        kind: SettingKind::List,
        required: true,
        default: None,
    },
    Setting {
        key: "color",
        label: "Colour",
        help: "The colour of the launcher and of the visitor's own words, e.g. #2f5d4f.",
        kind: SettingKind::Color,
        required: false,
        default: Some("#076c92"),
    },
    Setting {
        key: "position",
        label: "Position",
        help: "Which corner the launcher stands in: right or left.",
        kind: SettingKind::Text,
        required: false,
        default: Some("right"),
    },
    Setting {
        key: "greeting_en",
        label: "Greeting, English",
        help: "What the empty chat says.",
        kind: SettingKind::Text,
        required: false,
        default: Some("Hello! How can we help?"),
    },
    Setting {
        key: "greeting_de",
        label: "Greeting, German",
        help: "What the empty chat says.",
        kind: SettingKind::Text,
        required: false,
        default: Some("Guten Tag! Wie können wir helfen?"),
    },
    Setting {
        key: "greeting_ko",
        label: "Greeting, Korean",
        help: "What the empty chat says.",
        kind: SettingKind::Text,
        required: false,
        default: Some("안녕하세요! 무엇을 도와드릴까요?"),
    },
    Setting {
        key: form::ASKS,
        label: "Ask before the first message",
        help: "Whoever opens the chat fills in these fields first.",
        kind: SettingKind::Toggle,
        required: false,
        default: Some("false"),
    },
    Setting {
        key: form::FIELDS,
        label: "Fields",
        help: "What is asked for, in this order.",
        kind: SettingKind::Form,
        required: false,
        default: None,
    },
    Setting {
        key: "identity_secret",
        label: "Identity secret",
        help: "Signs the tokens (JWT, HS256) by which your site proves who a visitor is.",
        kind: SettingKind::Secret,
        required: true,
        default: None,
    },
];

impl Connector for Webchat {
    fn kind(&self) -> &'static str {
        "webchat"
    }
    fn by_browser(&self) -> bool {
        true
    }
    fn name(&self) -> &'static str {
        "Webchat"
    }
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }
    fn check_settings(&self, account: &ChannelAccount) -> Vec<SettingProblem> {
        let sites: Vec<String> = serde_json::from_str(account.setting("allowed_sites")).unwrap_or_default();
        let mut problems = Vec::new();
        for site in &sites {
            let origin = url::Url::parse(site)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none());
            if origin.is_none() {
                problems.push(SettingProblem {
                    setting: "allowed_sites".into(),
                    code: "bad_origin".into(),
                    detail: format!("{site} is not an origin: write scheme and host, e.g. https://shop.example"),
                });
            }
        }
        problems.extend(form::problem(account));
        problems
    }
    fn address(&self, account: &ChannelAccount) -> String {
        account.name.clone()
    }
    fn own_secret(&self) -> Option<&'static str> {
        Some("identity_secret")
    }
    fn capabilities(&self, _account: &ChannelAccount) -> Capabilities {
        Capabilities {
            text_limit: 10_000,
            text_unit: TextUnit::Chars,
            max_attachments: 10,
            attachment_types: ["image/", "audio/", "video/", "text/plain", "application/pdf"].map(String::from).to_vec(),
            max_attachment_bytes: 10 * 1024 * 1024,
            typing: true,
            delivery_receipts: true,
            read_receipts: true,
            streamed: true,
            choices: Some(model::ChoiceLimit { most: 20, title: 100 }),
            cards: Some(CARDS),
            hears: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Typing,
                Feature::Delivered,
                Feature::Read,
                Feature::Name,
            ]
            .into(),
            says: [
                Feature::Image,
                Feature::Audio,
                Feature::Video,
                Feature::File,
                Feature::Typing,
                Feature::Read,
                Feature::Choice,
                Feature::Card,
                Feature::Location,
                Feature::ContactCard,
                Feature::Edit,
                Feature::Unsend,
            ]
            .into(),
            ..Capabilities::default()
        }
    }
    fn receive(&self, to: &Recipient, incoming: &Incoming, _now: Timestamp) -> Result<Received, Rejected> {
        let (Recipient::Account(account), Incoming::Frame { from, body }) = (to, incoming) else {
            return Err(Rejected { why: "webchat is written through its own door" });
        };
        let answer = Answer { status: 200, content_type: "application/json", body: String::new() };
        let none = |unreadable| Received { answer: answer.clone(), unreadable, ..Received::default() };
        let frame: MessageFrame = match serde_json::from_slice(body) {
            Ok(frame) => frame,
            Err(error) => return Ok(none(Some(error.to_string()))),
        };
        let mut facts = Vec::new();
        if let Some(language) = frame.language.as_deref().and_then(model::Language::parse) {
            facts.push(("browser_language".to_owned(), language.code().to_owned()));
        }
        if let Some(page) = frame.page_url {
            facts.push(("page".to_owned(), page.chars().take(300).collect()));
        }
        let event = InboundEvent::Message(InboundMessage {
            from: model::inbound::Sender { external_id: (*from).to_owned(), scoped: true, name: frame.name, verified: true, facts },
            provider_id: format!("{from}:{}", frame.client_id),
            client_id: Some(frame.client_id.clone()),
            raw: json!({ "From": from, "To": account.id.to_string(), "Body": frame.text, "Source": "webchat", "ChannelSid": account.id.to_string() }),
            text: frame.text,
            extras: if frame.answers.is_empty() { vec![] } else { vec![model::Extra::Form { answers: frame.answers }] },
            files: frame.attachment_ids.into_iter().map(|id| InboundFile::Uploaded { id }).collect(),
            context: Value::Null,
            ..InboundMessage::default()
        });
        let arrived =
            Arrived { external_id: format!("{from}:{}", frame.client_id), keys: vec![(*from).to_owned()], event, provider_at: None };
        Ok(Received { batches: vec![Batch { account: AccountKey::This, events: vec![arrived] }], ..none(None) })
    }
    fn split(&self, _account: &ChannelAccount, message: &Outbound) -> Vec<Part> {
        let Outbound { text, files, choices, cards, extras, .. } = message.clone();
        vec![Part { text, files, choices, cards, extras, ..Part::default() }]
    }
    fn next(&self, _account: &ChannelAccount, _work: &Work, _progress: &Progress, _now: Timestamp) -> Step {
        Step::Nothing
    }
    fn outcome(&self, _account: &ChannelAccount, _work: &Work, _progress: &Progress, _reply: &Reply, _now: Timestamp) -> Outcome {
        Outcome::Fine
    }
    fn rate(&self, _account: &ChannelAccount) -> Rate {
        Rate { per_second: 1000.0, burst: 1000 }
    }
    fn shown_webhook_url(&self, _account: &ChannelAccount) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_becomes_a_message_of_its_visitor() {
        let account = crate::samples::account("webchat", &[], &[]);
        let body = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/webchat/message.json")).unwrap();
        let received = Webchat
            .receive(&Recipient::Account(&account), &Incoming::Frame { from: "KB01", body: &body }, Timestamp::from_secs(1))
            .unwrap();
        let arrived = &received.batches[0].events[0];
        assert_eq!(arrived.keys, ["KB01"]);
        let InboundEvent::Message(message) = &arrived.event else { panic!("not a message") };
        assert_eq!(message.text, "안녕하세요 👋 مرحبا");
        assert_eq!(message.client_id.as_deref(), Some("c-1"));
        assert_eq!(message.from.facts, [("browser_language".to_owned(), "ko".to_owned())]);
    }

    #[test]
    fn an_unknown_field_is_kept_aside_not_guessed() {
        let account = crate::samples::account("webchat", &[], &[]);
        let body = br#"{"client_id":"c","text":"x","from":"KB99"}"#;
        let received =
            Webchat.receive(&Recipient::Account(&account), &Incoming::Frame { from: "KB01", body }, Timestamp::from_secs(1)).unwrap();
        assert!(received.unreadable.is_some());
        assert!(received.batches.is_empty());
    }
}
