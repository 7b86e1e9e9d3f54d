//! Going on with a conversation on another of the customer's channels: the same task, the same clock.

use axum::Json;
use axum::extract::State;
use engine::{ChannelOption, GoOn, Onward};
use messaging::Refused;
use model::{ChannelAccountId, ConversationId, ThreadId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conversations::{shown, visible};
use crate::change::once;
use crate::problem::Answered;
use crate::view::{ChannelMark, Composer, ConversationView, Lens};
use crate::{Body, Id, Problem, Server, Signed, may, message_refusal};

/// Characters; what mail programs still show of a subject is less.
const MOST_SUBJECT: usize = 200;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(go_on))
}

/// One way to reach the customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelOptionView {
    pub channel: ChannelMark,
    /// Null = they never wrote there, and we would be the first.
    pub thread_id: Option<String>,
    /// A number or an address; empty where only the channel understands it.
    pub address: String,
    /// The conversation is there now.
    pub current: bool,
    /// They only typed it somewhere: it may be somebody else's.
    pub claimed: bool,
    /// `consent` is needed: the customer asked to be written to there.
    pub asks_consent: bool,
    /// What is written there first is a letter: `subject` may be given.
    pub takes_subject: bool,
    /// Until when an agent may write freely there, where the channel has a reply window.
    pub reply_until: Option<String>,
    /// Whether approved templates can be sent there when the window is closed.
    pub templates: bool,
    /// Why one cannot go on there now: `opted_out`, `held_there`, or what stands in the way of any.
    pub refused: Option<String>,
    /// Who has the customer there.
    pub held_by: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelOptions {
    /// The current one first, then those the customer wrote on, then the others.
    pub items: Vec<ChannelOptionView>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoingOn {
    /// Where the customer wrote before; or else `channel_account_id` and `address`.
    #[schema(value_type = Option<String>)]
    thread_id: Option<ThreadId>,
    #[schema(value_type = Option<String>)]
    channel_account_id: Option<ChannelAccountId>,
    address: Option<String>,
    /// The customer asked to be written to there; kept in the audit log.
    #[serde(default)]
    consent: bool,
    /// Of the first letter, at most 200 characters in one line; empty = the name of the channel account.
    #[serde(default)]
    #[schema(max_length = 200)]
    subject: String,
}

/// Everywhere the customer of a conversation can be reached.
#[utoipa::path(get, path = "/conversations/{id}/channels", tag = "conversations", security(("session" = ["conversation.write"])), responses((status = 200, body = ChannelOptions)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ConversationId>,
) -> Answered<ChannelOptions> {
    let who = caller.0.clone();
    server.engine().db().read(move |tx| Box::pin(async move { visible(tx, &who, "conversation.write", id).await })).await?;
    let options = server.engine().channel_options(caller.ws, id, caller.writer()).await?.ok_or_else(Problem::not_found)?;
    let holders: Vec<_> = options.iter().filter_map(held_by).collect();
    let ws = caller.ws;
    let names = server
        .engine()
        .db()
        .read(move |tx| {
            let holders = holders.clone();
            Box::pin(async move { store::listing::worker_names(tx, ws, &holders).await })
        })
        .await?;
    let lens = Lens::of(&server, &caller).await?;
    let view = |option: ChannelOption| ChannelOptionView {
        held_by: held_by(&option).and_then(|id| names.get(&id).cloned()),
        channel: ChannelMark::of(&lens, option.channel_account_id),
        thread_id: option.thread_id.map(|id| id.to_string()),
        address: if option.opaque { String::new() } else { option.external_id },
        current: option.current,
        claimed: option.claimed,
        asks_consent: option.asks_consent,
        takes_subject: option.takes_subject,
        reply_until: option.reply_until.map(crate::view::time),
        templates: Composer::of(&lens, option.channel_account_id).templates,
        refused: option.refused.map(|refused| message_refusal(refused).code().to_owned()),
    };
    Ok(Json(ChannelOptions { items: options.into_iter().map(view).collect() }))
}

fn held_by(option: &ChannelOption) -> Option<model::WorkerId> {
    match option.refused {
        Some(Refused::HeldThere { worker_id }) => worker_id,
        _ => None,
    }
}

/// Goes on with a conversation on another channel of its customer. The task and its clock stay; a flow that holds them there ends.
/// 409 `held_there` when somebody else has them there, `no_consent` when nobody said that they asked for it, `opted_out` when they want no messages.
#[utoipa::path(post, path = "/conversations/{id}/channel", tag = "conversations", security(("session" = ["conversation.write"])), request_body = GoingOn, responses((status = 200, body = ConversationView)))]
async fn go_on(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ConversationId>,
    Body(asked): Body<GoingOn>,
) -> Answered<ConversationView> {
    let who = caller.0.clone();
    server.engine().db().read(move |tx| Box::pin(async move { visible(tx, &who, "conversation.write", id).await })).await?;
    let to = target(asked.thread_id, asked.channel_account_id, asked.address)?;
    let subject = asked.subject.trim();
    if subject.chars().count() > MOST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(Problem::invalid("/subject", "one_line", "A subject is one line of at most 200 characters"));
    }
    let going = GoOn { conversation_id: id, to, consent: asked.consent, subject: subject.to_owned(), by: caller.writer() };
    let done = server.engine().go_on(caller.ws, going, server.request(&caller).await?).await?;
    once(done.map_err(message_refusal)?)?;
    shown(&server, &caller, id).await
}

fn target(thread: Option<ThreadId>, account: Option<ChannelAccountId>, address: Option<String>) -> Result<Onward, Problem> {
    match (thread, account, address) {
        (Some(thread), None, None) => Ok(Onward::Thread(thread)),
        (None, Some(channel_account_id), Some(external_id)) => Ok(Onward::Address { channel_account_id, external_id }),
        (None, Some(_), None) => Err(Problem::invalid("/address", "required", "A channel account needs the address to write to")),
        (None, None, Some(_)) => {
            Err(Problem::invalid("/channel_account_id", "required", "An address needs the channel account to write from"))
        }
        _ => Err(Problem::invalid("/thread_id", "one_of", "Give either a thread, or a channel account and an address")),
    }
}
