//! What a webhook is told of an event. Made of the event alone, so that every try says the same.

use model::message::AttachmentState;
use model::{Author, Event, EventKind, Message, WebhookDeliveryId, WorkspaceId};
use serde_json::{Map, Value, json};

/// The JSON that is signed and sent.
pub fn body(id: WebhookDeliveryId, workspace: WorkspaceId, event: &Event) -> String {
    let mut data = Map::new();
    let ids = [
        ("conversation_id", event.conversation_id.map(|id| id.to_string())),
        ("task_id", event.task_id.map(|id| id.to_string())),
        ("reservation_id", event.reservation_id.map(|id| id.to_string())),
        ("worker_id", event.worker_id.map(|id| id.to_string())),
        ("contact_id", event.contact_id.map(|id| id.to_string())),
    ];
    data.extend(ids.into_iter().filter_map(|(name, id)| Some((name.to_owned(), Value::String(id?)))));
    match (event.kind, serde_json::from_value::<Message>(event.body.clone())) {
        (EventKind::MessageAdded | EventKind::MessageUpdated, Ok(said)) => {
            data.insert("message".into(), message(&said));
        }
        (EventKind::MessageAdded | EventKind::MessageUpdated, Err(_)) => {}
        _ => data.extend(event.body.as_object().cloned().unwrap_or_default()),
    }
    let told = json!({
        "id": id,
        "type": event.kind.code(),
        "seq": event.seq,
        "at": event.at.rfc3339(),
        "workspace_id": workspace,
        "data": data,
    });
    told.to_string()
}

/// A message without what is ours alone: keys of files, ids of providers.
fn message(said: &Message) -> Value {
    let (kind, author, name) = match &said.author {
        Author::Contact { id, name } => ("contact", Some(id.to_string()), name.as_str()),
        Author::Worker { id, name } => ("worker", Some(id.to_string()), name.as_str()),
        Author::Bot { name } => ("bot", None, name.as_str()),
        Author::Elsewhere { app } => ("elsewhere", None, app.as_str()),
        Author::System => ("system", None, ""),
    };
    let files = said.attachments.iter().map(|file| {
        let state = match file.state {
            AttachmentState::Pending => "pending",
            AttachmentState::Ready => "ready",
            AttachmentState::Failed => "failed",
        };
        let problem = file.problem.map(|problem| json!({ "code": problem.code(), "bytes": problem.bytes(), "limit": problem.limit() }));
        json!({ "id": file.id, "name": file.name, "type": file.media_type, "bytes": file.bytes, "state": state, "problem": problem })
    });
    json!({
        "id": said.id,
        "conversation_id": said.conversation_id,
        "thread_id": said.thread_id,
        "seq": said.seq,
        "client_id": said.client_id,
        "author": { "kind": kind, "id": author, "name": name },
        "private": said.private,
        "text": said.text,
        "attachments": files.collect::<Vec<_>>(),
        "choices": said.choices,
        "cards": said.cards,
        "choice": said.choice,
        "notice": said.notice,
        "reply_to": said.reply_to.as_ref().map(|quote| quote.message_id),
        "reactions": said.reactions.iter().map(|one| json!({ "emoji": one.emoji, "name": one.name, "ours": one.ours })).collect::<Vec<_>>(),
        "edited": !said.earlier.is_empty(),
        "unsent_by": said.unsent_by,
        "unsent_at": said.unsent_at.map(model::Timestamp::rfc3339),
        "state": said.state.code(),
        "problem": said.problem,
        "created_at": said.created_at.rfc3339(),
        "sent_at": said.sent_at.map(model::Timestamp::rfc3339),
        "delivered_at": said.delivered_at.map(model::Timestamp::rfc3339),
        "read_at": said.read_at.map(model::Timestamp::rfc3339),
    })
}
