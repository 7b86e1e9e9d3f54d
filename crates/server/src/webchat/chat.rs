//! From a path and a token to the channel and the visitor they stand for.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use engine::Config;
use model::{ChannelAccount, ChannelAccountId, Language, Timestamp, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::visitor::Visitor;

use super::Webchat;
use super::refusal::Refusal;
use crate::access::secret;

/// How long a token works after its last use, in days.
pub const TOKEN_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;

/// A webchat channel that is switched on.
#[derive(Clone)]
pub struct Chat {
    pub ws: i64,
    pub account: Arc<ChannelAccount>,
    pub config: Arc<Config>,
}

impl Chat {
    pub fn workspace_id(&self) -> WorkspaceId {
        self.config.workspace.id
    }
    pub fn sites(&self) -> Vec<String> {
        serde_json::from_str(self.account.setting("allowed_sites")).unwrap_or_default()
    }
    pub fn default_language(&self) -> Language {
        self.config.workspace.settings.default_language
    }
}

/// A visitor whose token was checked, at the door it was made for.
pub struct Known {
    pub chat: Chat,
    pub visitor: Visitor,
}

impl Known {
    /// The key of the visitor's thread and of their address.
    pub fn key(&self) -> String {
        self.visitor.id.to_string()
    }
    /// Who may attach what this visitor uploads.
    pub fn owner(&self) -> String {
        format!("visitor:{}", self.visitor.id)
    }
    pub fn language(&self) -> Language {
        self.visitor.body.language.as_deref().and_then(Language::parse).unwrap_or(self.chat.default_language())
    }
}

impl Webchat {
    /// The channel of a path; unknown, switched off and of another kind are the same to a stranger.
    pub(crate) async fn chat(&self, channel: &str) -> Result<Chat, Refusal> {
        let id: ChannelAccountId = channel.parse().map_err(|_| Refusal::not_found())?;
        let ws = self.workspace_of(id).await?.ok_or_else(Refusal::not_found)?;
        let config = match self.engine.config(ws).await {
            Ok(config) => config,
            // Known from before its workspace was deleted?
            Err(error) => {
                self.workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
                self.workspace_of(id).await?.ok_or_else(Refusal::not_found)?;
                return Err(error.into());
            }
        };
        let account = config.accounts.get(&id).filter(|a| a.kind == "webchat" && a.enabled).cloned().ok_or_else(Refusal::not_found)?;
        Ok(Chat { ws, account, config })
    }

    async fn workspace_of(&self, id: ChannelAccountId) -> anyhow::Result<Option<i64>> {
        let known = self.workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).copied();
        if known.is_some() {
            return Ok(known);
        }
        let found = self.engine.db().read(move |tx| Box::pin(async move { store::channel::workspace_of(tx, id).await })).await?;
        if let Some(ws) = found {
            self.workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(id, ws);
        }
        Ok(found)
    }

    /// The visitor of a request's Bearer token.
    pub(crate) async fn known(&self, channel: &str, headers: &HeaderMap) -> Result<Known, Refusal> {
        let chat = self.chat(channel).await?;
        let token =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(Refusal::session_expired)?;
        let visitor = self.visitor(&chat, token).await?.ok_or_else(Refusal::session_expired)?;
        Ok(Known { chat, visitor })
    }

    /// Whose token this is on this channel. Using it keeps it alive.
    pub(crate) async fn visitor(&self, chat: &Chat, token: &str) -> anyhow::Result<Option<Visitor>> {
        let (ws, account, hash, now) = (chat.ws, chat.account.id, secret::hash(token), self.engine.now());
        let found =
            self.engine.db().read(move |tx| Box::pin(async move { store::visitor::by_token(tx, ws, account, &hash, now).await })).await?;
        let Some(mut visitor) = found else { return Ok(None) };
        let until = expires_at(now);
        // Once a day is enough: a write per request would make reading as dear as writing.
        if until.since(visitor.expires_at) > DAY_S * 1_000_000 {
            visitor.expires_at = until;
            self.keep_visitor(ws, &visitor).await?;
        }
        Ok(Some(visitor))
    }

    pub(crate) async fn keep_visitor(&self, ws: i64, visitor: &Visitor) -> anyhow::Result<()> {
        let visitor = visitor.clone();
        self.engine
            .db()
            .write(move |tx| {
                let visitor = visitor.clone();
                Box::pin(async move { store::visitor::update(tx, ws, &visitor).await })
            })
            .await
    }
}

pub fn expires_at(now: Timestamp) -> Timestamp {
    now.plus_secs(TOKEN_DAYS * DAY_S)
}

pub fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).and_then(|value| value.to_str().ok())
}

/// A JSON body, whatever its content type says.
pub fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    // A list would be read as the fields in their order, unnamed.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refusal::invalid("invalid_body", "The body is no JSON object"));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::invalid("invalid_body", format!("The body is not what is expected here: {error}")))
}

/// An answer that no cache keeps.
pub fn answer<T: Serialize>(value: T) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
