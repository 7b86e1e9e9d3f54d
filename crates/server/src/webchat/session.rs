//! A ticket becomes a session: an old visitor by their token, or a new one. Signing out makes a new one, too.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use connectors::webchat::form::Field;
use model::{ConversationId, ConversationState, Language};
use serde::{Deserialize, Serialize};
use store::visitor::{Visitor, VisitorBody};

use super::Webchat;
use super::chat::{self, Chat, Known};
use super::lines::Bye;
use super::refusal::Refusal;
use crate::access::secret;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ticket: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    language: Option<String>,
}

#[derive(Serialize)]
pub struct Session {
    token: String,
    visitor: VisitorView,
    conversation: Option<ConversationView>,
    position: i64,
    language: Language,
    limits: Limits,
    /// What has to be filled in before the first message; empty = nothing.
    form: Vec<Field>,
    /// That nobody is there to answer for now, and when somebody is again.
    closed: Option<ClosedView>,
}

#[derive(Serialize)]
struct ClosedView {
    /// RFC 3339; null where it is not known.
    opens_at: Option<String>,
}

#[derive(Serialize)]
pub struct VisitorView {
    id: model::VisitorId,
    name: Option<String>,
    /// A signed token of the site proved who they are.
    verified: bool,
}

#[derive(Serialize)]
struct ConversationView {
    id: ConversationId,
    state: ConversationState,
}

#[derive(Serialize)]
struct Limits {
    text: u32,
    attachment_bytes: u64,
    attachment_types: Vec<String>,
}

impl From<&Visitor> for VisitorView {
    fn from(visitor: &Visitor) -> Self {
        Self { id: visitor.id, name: visitor.body.name.clone(), verified: visitor.subject.is_some() }
    }
}

pub async fn post(State(webchat): State<Arc<Webchat>>, Path(channel): Path<String>, bytes: Bytes) -> Result<Response, Refusal> {
    let chat = webchat.chat(&channel).await?;
    let asked: Asked = chat::body(&bytes)?;
    let granted = webchat.tickets.take(&asked.ticket, webchat.engine.now()).filter(|granted| granted.channel == chat.account.id);
    let granted = granted.ok_or_else(|| {
        Refusal::new(StatusCode::FORBIDDEN, "ticket_invalid", "This ticket was used, is too old or was made for another chat")
    })?;
    tracing::debug!(channel = %chat.account.id, site = granted.site, "a chat opens");
    let language = asked.language.as_deref().and_then(Language::parse).unwrap_or(chat.default_language());
    let session = match asked.token {
        Some(token) => {
            let mut visitor = webchat.visitor(&chat, &token).await?.ok_or_else(Refusal::session_expired)?;
            let body = VisitorBody { language: Some(language.code().into()), page_url: granted.page_url, ..visitor.body.clone() };
            if body != visitor.body {
                visitor.body = body;
                webchat.keep_visitor(chat.ws, &visitor).await?;
            }
            webchat.session(chat, visitor, token).await?
        }
        None => {
            let body = VisitorBody { language: Some(language.code().into()), page_url: granted.page_url, ..VisitorBody::default() };
            let (visitor, token) = webchat.new_visitor(&chat, body).await?;
            webchat.session(chat, visitor, token).await?
        }
    };
    Ok(chat::answer(session))
}

/// Ends the token everywhere; the browser goes on as somebody new.
pub async fn sign_out(State(webchat): State<Arc<Webchat>>, Path(channel): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    webchat.end_visitor(&known).await?;
    let old = known.visitor.body;
    let body = VisitorBody { language: old.language, page_url: old.page_url, ..VisitorBody::default() };
    let (visitor, token) = webchat.new_visitor(&known.chat, body).await?;
    Ok(chat::answer(webchat.session(known.chat, visitor, token).await?))
}

impl Webchat {
    /// A visitor nobody knows yet, and the token that only their browser keeps.
    pub(crate) async fn new_visitor(&self, chat: &Chat, body: VisitorBody) -> anyhow::Result<(Visitor, String)> {
        let token = secret::token()?;
        let (ws, now) = (chat.ws, self.engine.now());
        let visitor = Visitor {
            id: self.engine.ids().next(),
            channel_account_id: chat.account.id,
            subject: None,
            body,
            created_at: now,
            expires_at: chat::expires_at(now),
        };
        let (row, hash) = (visitor.clone(), secret::hash(&token));
        self.engine
            .db()
            .write(move |tx| {
                let (row, hash) = (row.clone(), hash.clone());
                Box::pin(async move { store::visitor::insert(tx, ws, &row, &hash).await })
            })
            .await?;
        Ok((visitor, token))
    }

    pub(crate) async fn end_visitor(&self, known: &Known) -> anyhow::Result<()> {
        let (ws, id, now) = (known.chat.ws, known.visitor.id, self.engine.now());
        self.engine.db().write(move |tx| Box::pin(async move { store::visitor::end(tx, ws, id, now).await })).await?;
        self.lines.cut(ws, id, Bye::SignedOut).await;
        Ok(())
    }

    async fn session(&self, chat: Chat, visitor: Visitor, token: String) -> anyhow::Result<Session> {
        let (ws, account, key) = (chat.ws, chat.account.id, visitor.id.to_string());
        let (conversation, position) = self
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let Some(thread) = store::conversation::thread_by_key(tx, ws, account, &key).await? else { return Ok((None, 0)) };
                    let conversation = match thread.conversation_id {
                        Some(id) => store::conversation::by_id(tx, ws, id).await?,
                        None => None,
                    };
                    Ok((conversation, store::visitor::last_pos(tx, ws, thread.id).await?))
                })
            })
            .await?;
        let form = self.asked(&chat, &visitor).await?;
        let can = self.engine.connector("webchat")?.capabilities(&chat.account);
        let whole = |kind: String| if kind.ends_with('/') { format!("{kind}*") } else { kind };
        Ok(Session {
            token,
            visitor: VisitorView::from(&visitor),
            conversation: conversation.map(|c| ConversationView { id: c.id, state: c.state }),
            position,
            language: visitor.body.language.as_deref().and_then(Language::parse).unwrap_or(chat.default_language()),
            limits: Limits {
                text: can.text_limit,
                attachment_bytes: can.max_attachment_bytes,
                attachment_types: can.attachment_types.into_iter().map(whole).collect(),
            },
            form,
            closed: chat.config.closed(&chat.account, self.engine.now()).map(|closed| ClosedView { opens_at: closed.opens_at }),
        })
    }
}
