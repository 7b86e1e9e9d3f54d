//! Conversations as the desk lists them.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use model::{ChannelAccountId, Conversation, ConversationId, ConversationState, Extra, Holder, Message, Thread, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AuthorView, ChannelMark, Composer, ContactSummary, Lens, Named, TaskView, by, maybe, time};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ThreadView {
    pub id: String,
    pub channel: ChannelMark,
    pub current: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LastMessage {
    pub seq: i64,
    pub author: AuthorView,
    pub text: String,
    /// What there is instead of words: `unsent`, `sticker`, `image`, `audio`, `video`, `file`, `location`, `contact_card`, `link`, `form`,
    /// `unsupported`, `notice`; empty where there are words.
    pub what: String,
    pub at: String,
    pub attachments: i64,
}

/// What a message without text is, in a word.
pub fn what(message: &Message) -> &'static str {
    if message.unsent_at.is_some() {
        return "unsent";
    }
    if !message.text.is_empty() || !message.cards.is_empty() {
        return "";
    }
    if let Some(file) = message.attachments.first() {
        let kinds = [("image/", "image"), ("audio/", "audio"), ("video/", "video")];
        let kind = kinds.iter().find(|(prefix, _)| file.media_type.starts_with(prefix)).map_or("file", |(_, word)| word);
        return if file.sticker { "sticker" } else { kind };
    }
    message.extras.iter().find_map(extra_word).unwrap_or(if message.notice.is_some() { "notice" } else { "" })
}

fn extra_word(extra: &Extra) -> Option<&'static str> {
    match extra {
        Extra::Form { .. } => Some("form"),
        Extra::Location { .. } => Some("location"),
        Extra::ContactCard { .. } => Some("contact_card"),
        Extra::Sticker { .. } => Some("sticker"),
        Extra::Link { .. } => Some("link"),
        Extra::Unsupported { .. } => Some("unsupported"),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConversationView {
    pub id: String,
    /// open or closed.
    pub state: String,
    /// flow, requested, task or none.
    pub holder: String,
    pub created_at: String,
    pub closed_at: Option<String>,
    pub closed_reason: Option<String>,
    pub contact: ContactSummary,
    pub channel: ChannelMark,
    /// What its letters are about at present, without `Re:` and the like; null on other channels.
    pub subject: Option<String>,
    pub threads: Vec<ThreadView>,
    pub last_seq: i64,
    pub last_message: Option<LastMessage>,
    pub waiting_since: Option<String>,
    pub task: Option<TaskView>,
    pub worker: Option<Named>,
    pub customer_present: Option<bool>,
    pub composer: Composer,
    pub opted_out: bool,
    /// Until when an agent may write freely, where the channel has a reply window.
    pub reply_until: Option<String>,
    /// From then on messages leave under the channel's tag for people (Meta's `HUMAN_AGENT`), and machines may write no more.
    pub tag_from: Option<String>,
    pub version: i64,
}

pub(super) fn state_word(state: ConversationState) -> &'static str {
    match state {
        ConversationState::Open => "open",
        ConversationState::Closed => "closed",
    }
}

fn holder_word(holder: Holder) -> &'static str {
    match holder {
        Holder::None => "none",
        Holder::Flow => "flow",
        Holder::Requested => "requested",
        Holder::Task => "task",
    }
}

impl Lens {
    /// Each conversation's threads: its current one, and any other whose latest conversation it is.
    async fn threads_of(&self, tx: &mut Tx<'_>, conversations: &[Conversation]) -> Result<BTreeMap<ConversationId, Vec<Thread>>> {
        let current: Vec<_> = conversations.iter().map(|c| c.thread_id).collect();
        let ids: Vec<_> = conversations.iter().map(|c| c.id).collect();
        let own = by(store::listing::threads_by_ids(tx, self.ws, &current).await?, |t| t.id);
        let mut threads: BTreeMap<ConversationId, Vec<Thread>> = BTreeMap::new();
        for conversation in conversations {
            threads.entry(conversation.id).or_default().extend(own.get(&conversation.thread_id).cloned());
        }
        for thread in store::listing::threads_of_conversations(tx, self.ws, &ids).await? {
            let Some(held) = thread.conversation_id.and_then(|id| threads.get_mut(&id)) else { continue };
            if held.iter().all(|other| other.id != thread.id) {
                held.push(thread);
            }
        }
        Ok(threads)
    }

    /// In the order given.
    pub async fn conversations(&self, tx: &mut Tx<'_>, conversations: &[Conversation]) -> Result<Vec<ConversationView>> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = conversations.iter().map(|c| c.id).collect();
        let contacts: Vec<_> = conversations.iter().map(|c| c.contact_id).collect();
        let people = self.people(tx, &contacts).await?;
        let threads = self.threads_of(tx, conversations).await?;
        let newest = by(store::listing::newest_messages(tx, self.ws, &ids).await?, |m| m.conversation_id);
        let task_ids: Vec<_> = conversations.iter().filter_map(|c| c.task_id).collect();
        let tasks = store::routing::tasks(tx, self.ws, &task_ids).await?;
        let tasks = by(self.tasks(tx, &tasks).await?, |task| task.id.clone());
        let worker_ids: Vec<_> = conversations.iter().filter_map(|c| c.worker_id).collect();
        let names = store::listing::worker_names(tx, self.ws, &worker_ids).await?;
        let views = conversations.iter().filter_map(|c| {
            let threads = threads.get(&c.id)?;
            let current = threads.first()?;
            let account = current.channel_account_id;
            let address = current.address_id.and_then(|id| people.address(id));
            let thread_view = |thread: &Thread| ThreadView {
                id: thread.id.to_string(),
                channel: self.mark(thread.channel_account_id),
                current: thread.id == c.thread_id,
            };
            Some(ConversationView {
                id: c.id.to_string(),
                state: state_word(c.state).into(),
                holder: holder_word(c.holder).into(),
                created_at: time(c.created_at),
                closed_at: maybe(c.closed_at),
                closed_reason: c.closed_reason.clone(),
                contact: people.summary(c.contact_id, current.address_id),
                channel: self.mark(account),
                subject: self.thread_subject(current),
                threads: threads.iter().map(thread_view).collect(),
                last_seq: c.last_seq,
                last_message: newest.get(&c.id).map(|m| LastMessage {
                    seq: m.seq,
                    author: AuthorView::from(&m.author),
                    text: m.words().chars().take(200).collect(),
                    what: what(m).into(),
                    at: time(m.created_at),
                    attachments: m.attachments.len() as i64,
                }),
                waiting_since: maybe(c.waiting_since),
                task: c.task_id.and_then(|id| tasks.get(&id.to_string()).cloned()),
                worker: c.worker_id.map(|id| Named::new(id, names.get(&id).map_or("", String::as_str))),
                customer_present: self.present(current),
                composer: Composer::of(self, account),
                opted_out: address.is_some_and(|address| address.opted_out),
                reply_until: maybe(self.reply_until(account, c, true)),
                tag_from: maybe(self.tag_from(account, c)),
                version: c.version,
            })
        });
        Ok(views.collect())
    }

    fn thread_subject(&self, thread: &Thread) -> Option<String> {
        let account = self.config.accounts.get(&thread.channel_account_id)?;
        self.engine.connector(&account.kind).ok()?.subject(account, &thread.context)
    }

    /// Until when a person, or a machine of ours, may write freely; `None` where the channel has no reply window.
    fn reply_until(&self, id: ChannelAccountId, conversation: &Conversation, person: bool) -> Option<Timestamp> {
        let account = self.config.accounts.get(&id)?;
        let connector = self.engine.connector(&account.kind).ok()?;
        messaging::window_closes(&connector.capabilities(account), conversation, person)
    }

    /// When people alone may still write: what they send leaves under the channel's tag for them.
    fn tag_from(&self, id: ChannelAccountId, conversation: &Conversation) -> Option<Timestamp> {
        let machines = self.reply_until(id, conversation, false)?;
        self.reply_until(id, conversation, true).filter(|people| *people > machines).map(|_| machines)
    }

    /// Whether the customer's browser is connected; only a streamed channel can know.
    fn present(&self, thread: &Thread) -> Option<bool> {
        let account = self.config.accounts.get(&thread.channel_account_id)?;
        let connector = self.engine.connector(&account.kind).ok()?;
        connector.capabilities(account).streamed.then(|| self.presence.has(account.id, &thread.key))
    }
}
