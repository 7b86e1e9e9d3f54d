//! What a visitor is asked before their first message. Their answers wait with the visitor until that message takes them along, so that
//! nobody who only looked becomes a contact.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use connectors::webchat::form::{self, Field};
use model::FormFieldKind;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::visitor::Visitor;

use super::Webchat;
use super::chat::{self, Chat};
use super::refusal::Refusal;

/// Forms one visitor may send per minute.
const PER_MINUTE: i64 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    answers: Map<String, Value>,
}

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let mut known = webchat.known(&channel, &headers).await?;
    let filled: Filled = chat::body(&bytes)?;
    webchat.check_not_blocked(&known).await?;
    webchat.forms.take(known.visitor.id, PER_MINUTE, 60, webchat.engine.now()).map_err(|wait| {
        Refusal::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "too_many_forms", "Too many forms in a minute").retry_after(wait)
    })?;
    let asked = webchat.asked(&known.chat, &known.visitor).await?;
    // Filled in before, e.g. when only the answer was lost: there is nothing more to take.
    if !asked.is_empty() {
        let config = webchat.engine.config(known.chat.ws).await?;
        let country = config.workspace.settings.country();
        let mut answers = form::check(&asked, &filled.answers, known.language().code(), country).map_err(|wrong| {
            let named: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
            Refusal::invalid("form_invalid", format!("Not every field is as it should be: {}", named.join(", ")))
                .with("fields", json!(wrong))
        })?;
        for answer in &mut answers {
            messaging::mask_answer(answer);
        }
        known.visitor.body.asked = true;
        known.visitor.body.answers = answers;
        webchat.keep_visitor(known.chat.ws, &known.visitor).await?;
    }
    Ok(chat::answer(json!({ "taken": true })))
}

impl Webchat {
    /// The fields that this visitor has still to fill in: none once they did or have written, and nothing that is proven already.
    pub(super) async fn asked(&self, chat: &Chat, visitor: &Visitor) -> anyhow::Result<Vec<Field>> {
        let fields = form::fields(&chat.account);
        if fields.is_empty() || visitor.body.asked {
            return Ok(Vec::new());
        }
        let (ws, account, key) = (chat.ws, chat.account.id, visitor.id.to_string());
        let (written, proven) = self
            .engine
            .db()
            .read(move |tx| {
                let key = key.clone();
                Box::pin(async move {
                    let written = store::conversation::thread_by_key(tx, ws, account, &key).await?.is_some();
                    let Some(own) = store::contact::address_by_value(tx, ws, "webchat", &account.to_string(), &key).await? else {
                        return Ok((written, Vec::new()));
                    };
                    let Some(contact) = store::contact::by_id(tx, ws, own.contact_id).await? else { return Ok((written, Vec::new())) };
                    let addresses = store::contact::addresses_of(tx, ws, contact.root_id).await?;
                    let facts = store::contact::facts_of(tx, ws, contact.root_id).await?;
                    let mut proven: Vec<String> = addresses.into_iter().filter(|a| a.verified).map(|a| a.channel).collect();
                    proven.extend(facts.into_iter().filter(|fact| fact.verified).map(|fact| fact.key));
                    Ok((written, proven))
                })
            })
            .await?;
        if written {
            return Ok(Vec::new());
        }
        let named = visitor.subject.is_some() && visitor.body.name.is_some();
        Ok(fields.into_iter().filter(|field| !(proven.contains(&field.key) || named && field.kind == FormFieldKind::Name)).collect())
    }

    /// A message before the form that has to come first; the frame shows the form and sends the message again.
    pub(super) async fn check_asked(&self, chat: &Chat, visitor: &Visitor) -> Result<(), Refusal> {
        let asked = self.asked(chat, visitor).await?;
        if asked.is_empty() {
            return Ok(());
        }
        let named: Vec<&str> = asked.iter().map(|field| field.key.as_str()).collect();
        Err(Refusal::invalid("form_required", format!("The form has to be filled in first: {}", named.join(", ")))
            .with("fields", json!(named)))
    }

    /// The answers are the first message's now.
    pub(super) async fn forget_answers(&self, chat: &Chat, visitor: &Visitor) -> anyhow::Result<()> {
        if visitor.body.answers.is_empty() {
            return Ok(());
        }
        let mut visitor = visitor.clone();
        visitor.body.answers.clear();
        self.keep_visitor(chat.ws, &visitor).await
    }
}
