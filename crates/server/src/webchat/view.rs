//! A message as its visitor may read it.

use engine::{Engine, FileCopy};
use model::message::AttachmentState;
use model::{
    Attachment, AttachmentId, Author, Card, CardButton, CardImage, ConversationId, Extra, Message, MessageId, MessageState, Notice,
    WorkspaceId,
};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct VisitorMessage {
    pub id: MessageId,
    pub pos: i64,
    /// Only of their own messages.
    pub client_id: Option<String>,
    pub from: &'static str,
    pub name: Option<String>,
    pub text: String,
    pub attachments: Vec<FileView>,
    pub at: String,
    /// How far their own message came: delivered = our side has it, read = somebody looked.
    pub state: &'static str,
    pub notice: Option<Notice>,
    pub conversation_id: ConversationId,
    pub choices: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<CardView>,
    /// Places and people of ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// Its words were others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// Taken back: nothing of it is left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unsent: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct CardView {
    pub title: String,
    pub text: String,
    /// A picture of ours; somebody else's is a link, as the page shows nothing from elsewhere.
    pub image: Option<FileView>,
    pub link: Option<String>,
    pub buttons: Vec<CardButton>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FileView {
    pub id: AttachmentId,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub bytes: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
}

pub fn file(engine: &Engine, workspace: WorkspaceId, attachment: &Attachment) -> FileView {
    let ready = attachment.state == AttachmentState::Ready;
    let small = ready && attachment.thumbnail_key.is_some();
    FileView {
        id: attachment.id,
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        bytes: attachment.bytes,
        width: attachment.width,
        height: attachment.height,
        url: ready.then(|| engine.file_url(workspace, attachment, FileCopy::Whole)),
        thumbnail_url: small.then(|| engine.file_url(workspace, attachment, FileCopy::Small)),
    }
}

/// `None` for what is not for the customer: notes, and lines that only the team reads.
pub fn message(engine: &Engine, workspace: WorkspaceId, message: &Message) -> Option<VisitorMessage> {
    if message.private || message.thread_id.is_none() {
        return None;
    }
    let notice = match &message.notice {
        None => None,
        Some(notice) => Some(shown_notice(notice)?),
    };
    let (from, name) = match &message.author {
        Author::Contact { .. } => ("me", None),
        Author::Worker { name, .. } => ("agent", Some(name.clone())),
        Author::Bot { name } => ("bot", Some(name.clone()).filter(|name| !name.is_empty())),
        Author::Elsewhere { app } => ("agent", Some(app.clone()).filter(|app| !app.is_empty())),
        Author::System => ("system", None),
    };
    let own = from == "me";
    Some(VisitorMessage {
        id: message.id,
        pos: message.pos,
        client_id: message.client_id.clone().filter(|_| own),
        from,
        name,
        text: message.text.clone(),
        attachments: message.own_files().map(|attachment| file(engine, workspace, attachment)).collect(),
        at: message.created_at.rfc3339(),
        state: match message.state {
            MessageState::Delivered if own => "delivered",
            MessageState::Read if own => "read",
            _ => "sent",
        },
        notice,
        conversation_id: message.conversation_id,
        choices: Some(message.choices.clone()).filter(|choices| !choices.is_empty()),
        cards: message.cards.iter().map(|one| card(engine, workspace, message, one)).collect(),
        // What a page shows of its visitor's own is in their words.
        extras: message.extras.iter().filter(|extra| !own && extra.feature().is_some()).cloned().collect(),
        edited: !message.earlier.is_empty(),
        unsent: message.unsent_at.is_some(),
    })
}

fn card(engine: &Engine, workspace: WorkspaceId, message: &Message, card: &Card) -> CardView {
    let own = card.attachment().and_then(|id| message.attachments.iter().find(|file| file.id == id));
    let link = match &card.image {
        Some(CardImage::Url(url)) => Some(url.clone()),
        _ => None,
    };
    CardView {
        title: card.title.clone(),
        text: card.text.clone(),
        image: own.map(|picture| file(engine, workspace, picture)),
        link,
        buttons: card.buttons.clone(),
    }
}

/// Who joined and that it is over; reasons, ids and notes stay with the team.
fn shown_notice(notice: &Notice) -> Option<Notice> {
    if !matches!(notice.kind.as_str(), "joined" | "closed") {
        return None;
    }
    let params = notice.params.iter().filter(|(key, _)| *key == "name").map(|(key, value)| (key.clone(), value.clone())).collect();
    Some(Notice { kind: notice.kind.clone(), params })
}
