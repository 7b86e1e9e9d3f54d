//! What Google tells us of a conversation.

use model::inbound::Sender;
use model::{InboundEvent, InboundFile, InboundMessage, MessageState, Receipt, Timestamp};
use serde_json::{Map, Value, json};

use crate::contract::*;
use crate::repeat;
use crate::wire::{list, text, wrong};

/// The choice that a wish for a person comes as, so that flows see it like any button.
const LIVE_AGENT: &str = "live_agent";

/// An envelope: one conversation and one thing that happened in it.
pub(super) fn understand(to: &Recipient, document: &Value) -> Received {
    let agent = text(document, "agent");
    let (key, account) = match to {
        Recipient::Account(account) => (AccountKey::This, Some(*account)),
        Recipient::App { accounts, .. } => (
            AccountKey::Provider(agent.to_owned()),
            accounts.iter().find(|account| account.provider_key.as_deref() == Some(agent)).copied(),
        ),
    };
    let aside = |why: &str| Received { unreadable: Some(why.to_owned()), ..Received::default() };
    if text(document, "conversationId").is_empty() {
        return aside("an envelope without a conversation");
    }
    let envelope = Envelope { document, media: account.map(|account| super::base(account, "media_base_url")).unwrap_or_default() };
    if let Some(typing) = envelope.typing() {
        return Received { typing: vec![(text(document, "conversationId").to_owned(), typing)], ..Received::default() };
    }
    match envelope.events() {
        Ok(events) => Received { batches: vec![Batch { account: key, events }], health: stranger(to, agent), ..Received::default() },
        Err(why) => aside(why),
    }
}

/// An agent that is not the one in the settings: its messages are taken, and somebody should know.
fn stranger(to: &Recipient, agent: &str) -> Option<Health> {
    let Recipient::Account(account) = to else { return None };
    let ours = agent == account.setting("agent") || agent.is_empty();
    (!ours).then(|| {
        let detail = format!("messages come in for {agent}: correct the agent here, or its webhook");
        Health::Warning(wrong("agent", "wrong_account", detail))
    })
}

struct Envelope<'a> {
    document: &'a Value,
    /// How links to pictures begin; empty where none is known.
    media: &'a str,
}

impl Envelope<'_> {
    fn part(&self, key: &str) -> &Value {
        self.document.get(key).unwrap_or(&Value::Null)
    }

    fn typing(&self) -> Option<bool> {
        truth(self.part("userStatus").get("isTyping")?)
    }

    fn events(&self) -> Result<Vec<Arrived>, &'static str> {
        let request = text(self.document, "requestId");
        let kinds = ["message", "suggestionResponse", "receipts", "userStatus", "surveyResponse", "authenticationResponse"];
        let kind = kinds.into_iter().find(|kind| !self.part(kind).is_null()).ok_or("an envelope with nothing known in it")?;
        let body = self.part(kind);
        if kind == "receipts" {
            return Ok(list(body, "receipts").filter_map(|receipt| self.receipt(receipt, body)).collect());
        }
        let id = if kind == "message" { text(body, "messageId") } else { request };
        if id.is_empty() {
            return Err("an event without an id");
        }
        let event = match kind {
            "message" => self.message(body),
            "suggestionResponse" => self.tapped(id, body),
            "surveyResponse" => self.touch("survey_answered", survey(body)),
            "authenticationResponse" => self.signed_in(body),
            _ if body.get("requestedLiveAgent").and_then(truth) == Some(true) => self.wish(id, "live agent"),
            _ => return Err("a status that says nothing"),
        };
        Ok(vec![self.arrived(id.to_owned(), event, body)])
    }

    fn arrived(&self, external_id: String, event: InboundEvent, body: &Value) -> Arrived {
        let at = [text(body, "createTime"), text(self.document, "sendTime")].into_iter().find_map(Timestamp::parse_rfc3339);
        Arrived { external_id, keys: vec![text(self.document, "conversationId").to_owned()], event, provider_at: at }
    }

    fn receipt(&self, receipt: &Value, body: &Value) -> Option<Arrived> {
        let name = text(receipt, "message");
        let state = match text(receipt, "receiptType") {
            "DELIVERED" => MessageState::Delivered,
            "READ" => MessageState::Read,
            _ => return None,
        };
        let ours = name.rsplit('/').next().and_then(repeat::message);
        let event = InboundEvent::Receipt(Receipt {
            provider_id: name.to_owned(),
            state,
            problem: None,
            ours,
            // Only first parts are known by their ids.
            part: ours.map(|_| 0),
            through: false,
            recipient: String::new(),
        });
        Some(self.arrived(format!("{name}:{}", state.code()), event, body))
    }

    fn message(&self, body: &Value) -> InboundEvent {
        let said = text(body, "text");
        // A picture comes as nothing but its link.
        let picture = !self.media.is_empty() && said.starts_with(self.media) && !said.contains(char::is_whitespace);
        let mut made = InboundMessage { provider_id: name_of(body).to_owned(), ..self.said(if picture { "" } else { said }) };
        if picture {
            made.files =
                vec![InboundFile::Url { url: said.to_owned(), media_type: "image/jpeg".into(), name: "image.jpg".into(), sticker: false }];
        }
        InboundEvent::Message(made)
    }

    fn tapped(&self, id: &str, body: &Value) -> InboundEvent {
        if text(body, "suggestionType") == "LIVE_AGENT" {
            return self.wish(id, text(body, "text"));
        }
        let answers = text(body, "message");
        InboundEvent::Message(InboundMessage {
            provider_id: id.to_owned(),
            choice: Some(text(body, "postbackData").to_owned()),
            reply_to: (!answers.is_empty()).then(|| answers.to_owned()),
            ..self.said(text(body, "text"))
        })
    }

    /// The customer would like a person: a message that flows and routing can act on. Until they write on, we say when one is there.
    fn wish(&self, id: &str, said: &str) -> InboundEvent {
        InboundEvent::Message(InboundMessage {
            provider_id: id.to_owned(),
            choice: Some(LIVE_AGENT.to_owned()),
            context: json!({ "wish": id }),
            ..self.said(said)
        })
    }

    fn said(&self, said: &str) -> InboundMessage {
        let from = self.sender(vec![]);
        let own: Map<String, Value> = ["agent", "customAgentId", "context", "message", "suggestionResponse", "userStatus"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), self.document.get(key)?.clone())))
            .collect();
        InboundMessage {
            text: said.to_owned(),
            raw: json!({ "From": from.external_id, "To": text(self.document, "agent"), "Body": said, "Source": "gbm", "Gbm": own }),
            context: json!({}),
            from,
            ..InboundMessage::default()
        }
    }

    fn touch(&self, what: &str, facts: Vec<(String, String)>) -> InboundEvent {
        InboundEvent::Touch { from: self.sender(facts), what: what.to_owned() }
    }

    /// How signing in elsewhere ended. The code it may have brought is good for the customer's account there, so it goes no further.
    fn signed_in(&self, body: &Value) -> InboundEvent {
        let error = body.get("errorDetails").map(|details| text(details, "error")).unwrap_or_default();
        if text(body, "code").is_empty() || !error.is_empty() {
            return self.touch("sign_in_failed", vec![("sign_in_error".into(), error.to_owned())]);
        }
        self.touch("signed_in", vec![])
    }

    fn sender(&self, more: Vec<(String, String)>) -> Sender {
        let context = self.part("context");
        let about = |key: &str| context.get(key).unwrap_or(&Value::Null);
        let user = about("userInfo");
        let locale = [text(context, "resolvedLocale"), text(user, "userDeviceLocale")].into_iter().find(|word| !word.is_empty());
        let facts = [
            ("locale", locale.unwrap_or_default()),
            ("entry_point", text(context, "entryPoint")),
            ("place", text(context, "placeId")),
            ("near_place", text(context, "nearPlaceId")),
            ("campaign", text(context, "customContext")),
            ("page", text(about("widget"), "url")),
            ("page_context", text(about("widget"), "widgetContext")),
        ];
        let facts = facts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).chain(more);
        Sender {
            external_id: text(self.document, "conversationId").to_owned(),
            scoped: true,
            name: text(user, "displayName").to_owned(),
            verified: true,
            facts: facts.filter(|(_, value)| !value.is_empty()).collect(),
        }
    }
}

/// Google's full name of a message, which receipts and read marks use.
fn name_of(message: &Value) -> &str {
    [text(message, "name"), text(message, "messageId")].into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// What was answered to a question of a survey, each under the question's own id.
fn survey(body: &Value) -> Vec<(String, String)> {
    let word = |key: &str| match body.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let answer = [word("questionResponsePostbackData"), word("questionResponseText")].into_iter().find(|answer| !answer.is_empty());
    let question = word("surveyQuestionId");
    let named = if question.is_empty() { "survey".to_owned() } else { format!("survey_{question}") };
    vec![(named, answer.unwrap_or_default()), ("survey_rating".into(), word("rating")), ("survey_feedback".into(), word("feedback"))]
}

/// Google's examples write truth as a text, too.
fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}
