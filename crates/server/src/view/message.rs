//! Messages, as both sides' states tell them, with links to their files.

use std::collections::BTreeMap;

use model::message::AttachmentState;
use model::{Attachment, Author, Message};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Lens, maybe, time};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuthorView {
    /// contact, worker, bot or system.
    pub kind: String,
    pub id: Option<String>,
    pub name: String,
}

impl From<&Author> for AuthorView {
    fn from(author: &Author) -> Self {
        let (kind, id, name) = match author {
            Author::Contact { id, name } => ("contact", Some(id.to_string()), name.clone()),
            Author::Worker { id, name } => ("worker", Some(id.to_string()), name.clone()),
            Author::Bot { name } => ("bot", None, name.clone()),
            Author::System => ("system", None, String::new()),
        };
        Self { kind: kind.into(), id, name }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttachmentView {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub bytes: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// pending, ready or failed.
    pub state: String,
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageProblem {
    pub code: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NoticeView {
    pub kind: String,
    pub params: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageView {
    pub id: String,
    pub conversation_id: String,
    pub thread_id: Option<String>,
    pub seq: i64,
    pub client_id: Option<String>,
    pub author: AuthorView,
    /// in, out or none.
    pub direction: String,
    pub private: bool,
    pub text: String,
    pub attachments: Vec<AttachmentView>,
    /// queued, sending, sent, delivered, read, failed or uncertain.
    pub state: String,
    pub problem: Option<MessageProblem>,
    pub parts: i64,
    pub created_at: String,
    pub provider_at: Option<String>,
    pub sent_at: Option<String>,
    pub delivered_at: Option<String>,
    pub read_at: Option<String>,
    pub notice: Option<NoticeView>,
}

impl Lens {
    pub fn attachment(&self, attachment: &Attachment) -> AttachmentView {
        let ready = attachment.state == AttachmentState::Ready;
        let link = |small: bool| {
            let url = self.engine.file_url(self.config.workspace.id, attachment, small);
            let files = &self.engine.origins().files;
            match url.strip_prefix(files.as_str()) {
                Some(path) => format!("{}{path}", self.door.reach(files)),
                None => url,
            }
        };
        let state = match attachment.state {
            AttachmentState::Pending => "pending",
            AttachmentState::Ready => "ready",
            AttachmentState::Failed => "failed",
        };
        AttachmentView {
            id: attachment.id.to_string(),
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            bytes: attachment.bytes,
            width: attachment.width,
            height: attachment.height,
            state: state.into(),
            url: ready.then(|| link(false)),
            thumbnail_url: (ready && attachment.thumbnail_key.is_some()).then(|| link(true)),
        }
    }

    pub fn message(&self, message: &Message) -> MessageView {
        let direction = match &message.author {
            Author::Contact { .. } => "in",
            _ if message.private || message.notice.is_some() || message.thread_id.is_none() => "none",
            _ => "out",
        };
        MessageView {
            id: message.id.to_string(),
            conversation_id: message.conversation_id.to_string(),
            thread_id: message.thread_id.map(|id| id.to_string()),
            seq: message.seq,
            client_id: message.client_id.clone(),
            author: AuthorView::from(&message.author),
            direction: direction.into(),
            private: message.private,
            text: message.text.clone(),
            attachments: message.attachments.iter().map(|attachment| self.attachment(attachment)).collect(),
            state: message.state.code().into(),
            problem: message.problem.as_ref().map(|p| MessageProblem { code: p.code.clone(), detail: p.detail.clone() }),
            parts: message.parts,
            created_at: time(message.created_at),
            provider_at: maybe(message.provider_at),
            sent_at: maybe(message.sent_at),
            delivered_at: maybe(message.delivered_at),
            read_at: maybe(message.read_at),
            notice: message.notice.as_ref().map(|n| NoticeView { kind: n.kind.clone(), params: n.params.clone() }),
        }
    }
}
