//! Writing to a conversation.

use axum::Json;
use axum::extract::State;
use engine::{Draft, TemplateRefused, WriteMessage};
use model::{AttachmentId, ConversationId, Message, MessageId, ThreadId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conversations::{visible, visible_message};
use crate::change::once;
use crate::problem::Answered;
use crate::view::{Lens, MessageView, NewCard, NewContact, NewLocation, NewSticker, PreviewView};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may, message_refusal};

/// So long a browser keeps a picture from elsewhere.
const PICTURE_S: u32 = 3_600;
/// And a sticker's, which never looks otherwise under the same number.
pub const STICKER_S: u32 = 7 * 86_400;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(write))
        .routes(routes!(preview))
        .routes(routes!(retry))
        .routes(routes!(arrived))
        .routes(routes!(edit, take_back))
        .routes(routes!(react))
        .routes(routes!(picture))
        .routes(routes!(sticker))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    /// Made by the client; the same one again is the same message.
    client_id: String,
    #[serde(default)]
    text: String,
    /// A note only colleagues see.
    #[serde(default)]
    private: bool,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachment_ids: Vec<AttachmentId>,
    /// Which of the conversation's threads; the customer's last one by default.
    #[schema(value_type = Option<String>)]
    thread_id: Option<ThreadId>,
    /// The message it answers, of the same thread.
    #[schema(value_type = Option<String>)]
    reply_to: Option<MessageId>,
    /// An approved text of the channel account instead of a text of one's own.
    template: Option<TemplateUse>,
    /// Who else gets it, on channels of letters; without it, whoever got the last one.
    copies: Option<NewCopies>,
    /// Up to ten, shown side by side where the channel can, else one below the other or written out.
    #[serde(default)]
    cards: Vec<NewCard>,
    /// Up to twenty answers to offer below the text, each one line of at most 100 characters; not beside cards. Buttons where the channel has
    /// them, else a numbered menu. The one that is tapped, written or named by its number comes back as the `choice` of the answer.
    #[serde(default)]
    choices: Vec<String>,
    /// A place; written out with a link to a map where the channel shows none.
    location: Option<NewLocation>,
    /// A person and how to reach them; written out where the channel shows none.
    contact: Option<NewContact>,
    /// A sticker of the provider's, on LINE and Discord; WhatsApp's are files. Elsewhere it is refused.
    sticker: Option<NewSticker>,
    /// A message in the provider's own form, as its API documents it, instead of everything but a text; the text says what it is to whoever
    /// reads the conversation. Refused where the channel has no such form.
    #[schema(value_type = Option<Object>)]
    native: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A message as far as it is written; it need not be fit to be sent yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageDraft {
    #[serde(default)]
    text: String,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachment_ids: Vec<AttachmentId>,
    #[serde(default)]
    cards: Vec<NewCard>,
    #[serde(default)]
    choices: Vec<String>,
    location: Option<NewLocation>,
    contact: Option<NewContact>,
    sticker: Option<NewSticker>,
    #[schema(value_type = Option<Object>)]
    native: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCopies {
    #[serde(default)]
    cc: Vec<String>,
    /// Seen by nobody else.
    #[serde(default)]
    bcc: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplateUse {
    name: String,
    language: String,
    /// One for each gap, in their order.
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReaction {
    /// Null takes ours away.
    emoji: Option<String>,
}

#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "conversations", security(("session" = ["conversation.write"])), request_body = NewMessage, responses((status = 200, body = MessageView)))]
async fn write(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ConversationId>,
    Body(new): Body<NewMessage>,
) -> Answered<MessageView> {
    if new.client_id.is_empty() || new.client_id.len() > 100 {
        return Err(Problem::invalid("/client_id", "bad_client_id", "A client id has 1 to 100 characters"));
    }
    let who = caller.0.clone();
    let row = server.engine().db().read(move |tx| Box::pin(async move { visible(tx, &who, "conversation.write", id).await })).await?;
    if new.thread_id.is_some_and(|thread| thread != row.thread_id) {
        return Err(Problem::invalid("/thread_id", "other_thread", "Only the thread the customer wrote on last can be answered"));
    }
    let (template, text) = match new.template {
        Some(asked) => {
            let (filled, text) = fill(&server, &caller, row.thread_id, asked).await?;
            (Some(filled), text)
        }
        None => (None, new.text),
    };
    let cards = crate::view::cards(new.cards).map_err(|problem| message_refusal(messaging::Refused::Card(problem)))?;
    let message = WriteMessage {
        private: new.private,
        attachment_ids: new.attachment_ids,
        reply_to: new.reply_to,
        template,
        copies: new.copies.map(|copies| model::message::Copies { cc: copies.cc, bcc: copies.bcc }),
        cards,
        choices: new.choices,
        extras: crate::view::extras(new.location, new.contact, new.sticker, new.native),
        ..WriteMessage::text(id, new.client_id, text, caller.writer(), caller.upload_owner())
    };
    let written = server.engine().write(caller.ws, message).await?.map_err(message_refusal)?;
    Ok(Json(Lens::of(&server, &caller).await?.message(&written)))
}

/// What the customer would get of a message: cut, side by side or written out as the conversation's channel wants it. Nothing is kept or sent.
#[utoipa::path(post, path = "/conversations/{id}/preview", tag = "conversations", security(("session" = ["conversation.write"])), request_body = MessageDraft, responses((status = 200, body = PreviewView)))]
async fn preview(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ConversationId>,
    Body(draft): Body<MessageDraft>,
) -> Answered<PreviewView> {
    let who = caller.0.clone();
    server.engine().db().read(move |tx| Box::pin(async move { visible(tx, &who, "conversation.write", id).await })).await?;
    let MessageDraft { text, attachment_ids, cards, choices, location, contact, sticker, native } = draft;
    let extras = crate::view::extras(location, contact, sticker, native);
    let cards = crate::view::cards(cards).map_err(|problem| message_refusal(messaging::Refused::Card(problem)))?;
    let draft = Draft { conversation_id: id, text, attachment_ids, cards, choices, extras, owner: caller.upload_owner() };
    let preview = server.engine().preview(caller.ws, draft).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Lens::of(&server, &caller).await?.preview(&preview)))
}

/// The template of the thread's channel account with its gaps filled in.
async fn fill(server: &Server, caller: &Caller, thread: ThreadId, asked: TemplateUse) -> Result<(model::Filled, String), Problem> {
    let (ws, name, language) = (caller.ws, asked.name, asked.language);
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            let (name, language) = (name.clone(), language.clone());
            Box::pin(async move {
                let Some(thread) = store::conversation::thread_by_id(tx, ws, thread).await? else { return Ok(None) };
                let templates = store::template::of_account(tx, ws, thread.channel_account_id).await?;
                Ok(templates.into_iter().find(|template| template.name == name && template.language == language))
            })
        })
        .await?;
    let unknown = || Problem::invalid("/template/name", "unknown_template", "The channel account has no such template in this language");
    engine::fill(&found.ok_or_else(unknown)?, &asked.values).map_err(|refused| match refused {
        TemplateRefused::NotApproved => {
            Problem::invalid("/template/name", "template_not_approved", "The provider has not approved this template")
        }
        TemplateRefused::Gaps(gaps) => {
            Problem::invalid("/template/values", "template_gaps", "Each gap of the template wants a value").with("count", gaps as u64)
        }
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWords {
    /// In place of the text that the message has; its files, cards and answers stay.
    text: String,
}

/// Gives one's own message other words, where the channel can (`composer.edits`), or while it still waits to leave. Until the provider has done it
/// the message keeps its text and has the new one as its `revision`; a `problem` there says why it was not done.
#[utoipa::path(patch, path = "/messages/{id}", tag = "conversations", security(("session" = ["conversation.write"])), request_body = NewWords, responses((status = 200, body = MessageView)))]
async fn edit(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<MessageId>,
    Body(new): Body<NewWords>,
) -> Answered<MessageView> {
    writable(&server, &caller, id).await?;
    let message = server.engine().revise(caller.ws, id, Some(new.text), caller.writer()).await?.map_err(message_refusal)?;
    Ok(Json(Lens::of(&server, &caller).await?.message(&message)))
}

/// Takes one's own message back, where the channel can (`composer.unsends`), or while it still waits to leave. Its text and files go for good once
/// that is done. Said once more, it changes nothing.
#[utoipa::path(delete, path = "/messages/{id}", tag = "conversations", security(("session" = ["conversation.write"])), responses((status = 200, body = MessageView)))]
async fn take_back(State(server): State<Server>, caller: Signed<may::WriteConversations>, Id(id): Id<MessageId>) -> Answered<MessageView> {
    writable(&server, &caller, id).await?;
    let message = server.engine().revise(caller.ws, id, None, caller.writer()).await?.map_err(message_refusal)?;
    Ok(Json(Lens::of(&server, &caller).await?.message(&message)))
}

/// Puts a reaction of ours on a message of the customer's, where the channel has reactions.
#[utoipa::path(put, path = "/messages/{id}/reaction", tag = "conversations", security(("session" = ["conversation.write"])), request_body = NewReaction, responses((status = 200, body = MessageView)))]
async fn react(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<MessageId>,
    Body(new): Body<NewReaction>,
) -> Answered<MessageView> {
    writable(&server, &caller, id).await?;
    let emoji = new.emoji.filter(|emoji| !emoji.is_empty());
    let message = server.engine().react(caller.ws, id, emoji, caller.writer()).await?.map_err(message_refusal)?;
    Ok(Json(Lens::of(&server, &caller).await?.message(&message)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Remote {
    /// As the layout of the mail names it.
    url: String,
}

/// A picture from elsewhere within a mail's layout, fetched for the agent who asked to see it.
#[utoipa::path(get, path = "/messages/{id}/picture", tag = "conversations", params(Remote), security(("session" = ["conversation.read"])), responses((status = 200, body = Vec<u8>, content_type = "image/*")))]
async fn picture(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Id(id): Id<MessageId>,
    Query(remote): Query<Remote>,
) -> Result<axum::response::Response, Problem> {
    let message = one(&server, &caller, "conversation.read", id).await?;
    let found = server.engine().remote_picture(caller.ws, &message, &remote.url).await?;
    Ok(shown_picture(found.ok_or_else(Problem::not_found)?, PICTURE_S))
}

/// The picture of the sticker that a message of ours brought; fetched at the provider once and kept.
#[utoipa::path(get, path = "/messages/{id}/sticker", tag = "conversations", security(("session" = ["conversation.read"])), responses((status = 200, body = Vec<u8>, content_type = "image/*")))]
async fn sticker(
    State(server): State<Server>,
    caller: Signed<may::ReadConversations>,
    Id(id): Id<MessageId>,
) -> Result<axum::response::Response, Problem> {
    let message = one(&server, &caller, "conversation.read", id).await?;
    let found = server.engine().sticker_of(caller.ws, &message).await?;
    Ok(shown_picture(found.ok_or_else(Problem::not_found)?, STICKER_S))
}

/// A picture for the agent's browser alone, which may keep it for so many seconds.
pub fn shown_picture((bytes, kind): (bytes::Bytes, String), keep_s: u32) -> axum::response::Response {
    let keep = format!("private, max-age={keep_s}");
    let headers = [("content-type", kind), ("cache-control", keep), ("x-content-type-options", "nosniff".into())];
    axum::response::IntoResponse::into_response((headers, bytes))
}

/// Sends a failed or uncertain message once more.
#[utoipa::path(post, path = "/messages/{id}/retry", tag = "conversations", security(("session" = ["conversation.write"])), responses((status = 200, body = MessageView)))]
async fn retry(State(server): State<Server>, caller: Signed<may::WriteConversations>, Id(id): Id<MessageId>) -> Answered<MessageView> {
    let held = writable(&server, &caller, id).await?;
    let done = server.engine().retry(caller.ws, id, caller.writer(), server.request(&caller).await?).await?.map_err(message_refusal)?;
    // A repetition shows what has become of the message since.
    let written = once(done)?.unwrap_or(held);
    Ok(Json(Lens::of(&server, &caller).await?.message(&written)))
}

/// Says of an uncertain message that it arrived, as somebody saw at the customer: it is not sent again, and nobody is asked about it any more.
/// Said once more, or of a message that is known to be sent, it changes nothing.
#[utoipa::path(post, path = "/messages/{id}/arrived", tag = "conversations", security(("session" = ["conversation.write"])), responses((status = 200, body = MessageView)))]
async fn arrived(State(server): State<Server>, caller: Signed<may::WriteConversations>, Id(id): Id<MessageId>) -> Answered<MessageView> {
    let held = writable(&server, &caller, id).await?;
    let done = server.engine().arrived(caller.ws, id, caller.writer(), server.request(&caller).await?).await?.map_err(message_refusal)?;
    let vouched = once(done)?.unwrap_or(held);
    Ok(Json(Lens::of(&server, &caller).await?.message(&vouched)))
}

/// A message of a conversation in which the caller may write.
async fn writable(server: &Server, caller: &Caller, id: MessageId) -> Result<Message, Problem> {
    one(server, caller, "conversation.write", id).await
}

/// A message of a conversation that the caller may see with `permission`.
async fn one(server: &Server, caller: &Caller, permission: &'static str, id: MessageId) -> Result<Message, Problem> {
    let who = caller.clone();
    let message = server.engine().db().read(move |tx| {
        let who = who.clone();
        Box::pin(async move { visible_message(tx, &who, permission, id).await })
    });
    Ok(message.await?)
}
