//! What providers tell beside messages: echoes, edits, taking back, reactions, times of reading, and what people do without a word.

use anyhow::Result;
use db::Tx;
use messaging::NewMessage;
use model::inbound::{Echo, Edit, Reaction, Sender};
use model::{Author, ConversationState, Message, MessageId, MessageState, Timestamp};
use store::message::Change;

use super::load::Turn;

/// A provider's clock names when a message of ours came to it, ours when the answer came back: so much may lie between them.
const ROUND_TRIP_S: i64 = 2;
/// Messages that one time of reading moves.
const MARKED: i64 = 500;
/// What lets us write as a message of theirs would: a call, and a way in by an advertisement or a link.
const OPENS_WINDOW: [&str; 2] = ["called", "referred"];

impl Turn<'_> {
    /// A message of our side as the provider tells it: one we sent, or one that somebody wrote in the provider's own app.
    pub(super) async fn hear_echo(&mut self, tx: &mut Tx<'_>, echo: Echo, provider_at: Option<Timestamp>) -> Result<()> {
        let provider_id = echo.message.provider_id.clone();
        if self.named_by(&provider_id).is_some() || self.is_ours(tx, &echo, &provider_id).await? {
            return Ok(());
        }
        self.meet_sender(tx, &echo.to).await?;
        let id = self.ids.next();
        let attachments = self.take_files(tx, &echo.message, id).await?;
        let (thread_id, now) = (self.thread.id, self.now);
        let reply_to = self.quoted(tx, echo.message.reply_to.as_deref()).await?;
        let new = NewMessage {
            attachments,
            extras: echo.message.extras,
            reply_to,
            provider_id: Some(provider_id.clone()).filter(|id| !id.is_empty()),
            provider_at,
            ..NewMessage::text(Author::Elsewhere { app: echo.app }, Some(thread_id), messaging::normalise(&echo.message.text))
        };
        let conversation = self.open_conversation();
        let kept = messaging::add(conversation, id, new, now);
        if !provider_id.is_empty() {
            self.out.provider_ids.push((provider_id, id));
        }
        self.out.new_messages.push(kept);
        Ok(())
    }

    /// Whether an echo is of a message that we sent, or are sending: its id may come before the answer to our request does.
    async fn is_ours(&mut self, tx: &mut Tx<'_>, echo: &Echo, provider_id: &str) -> Result<bool> {
        if echo.elsewhere {
            return Ok(false);
        }
        if let Some(ours) = echo.ours
            && let Some(message) = store::message::by_id(tx, self.ws(), ours).await?.filter(|m| m.thread_id == Some(self.thread.id))
        {
            let part = match echo.part {
                None if message.parts > 1 => self.part_by_text(tx, ours, &echo.message.text).await?,
                known => known,
            };
            store::message::meet_sent(tx, self.ws(), self.thread.channel_account_id, provider_id, ours, part.unwrap_or(0)).await?;
            self.hear_of_part(tx, message, part, provider_id).await?;
            return Ok(true);
        }
        let text = messaging::normalise(&echo.message.text);
        for row in store::outbox::in_flight(tx, self.ws(), self.thread.id).await? {
            let Some(message_id) = row.message_id.filter(|_| words(&row) == text) else { continue };
            store::message::meet_sent(tx, self.ws(), self.thread.channel_account_id, provider_id, message_id, row.part).await?;
            if let Some(message) = store::message::by_id(tx, self.ws(), message_id).await? {
                self.hear_of_part(tx, message, Some(row.part), provider_id).await?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The provider told a part of a message of ours, so it has it; with the last of its parts the message is sent.
    async fn hear_of_part(&mut self, tx: &mut Tx<'_>, message: Message, part: Option<i64>, provider_id: &str) -> Result<()> {
        let id = message.id;
        if self.end_doubt(tx, id, part, provider_id, false).await?.is_none() {
            return Ok(());
        }
        self.named.entry(id).or_insert(message);
        if self.is_whole(tx, id).await? {
            self.mark(id, MessageState::Sent, None, self.now);
        }
        Ok(())
    }

    /// Which part of a message an echo tells, where the provider says no more than its words and one part alone has them.
    async fn part_by_text(&mut self, tx: &mut Tx<'_>, id: MessageId, text: &str) -> Result<Option<i64>> {
        let rows = store::outbox::of_message(tx, self.ws(), id).await?;
        let told = messaging::normalise(text);
        let mut same = rows.iter().filter(|row| words(row) == told).map(|row| row.part);
        Ok(same.next().filter(|_| same.next().is_none()))
    }

    pub(super) async fn hear_edit(&mut self, tx: &mut Tx<'_>, edit: Edit, at: Timestamp) -> Result<()> {
        let change = Change::Edit { text: messaging::normalise(&edit.text), no: edit.no, at };
        self.change(tx, &edit.provider_id, change).await
    }

    pub(super) async fn hear_unsend(&mut self, tx: &mut Tx<'_>, provider_id: &str, at: Timestamp) -> Result<()> {
        self.change(tx, provider_id, Change::Unsend { at }).await
    }

    pub(super) async fn hear_reaction(&mut self, tx: &mut Tx<'_>, heard: Reaction, at: Timestamp) -> Result<()> {
        let name = self.sender_name(&heard.from);
        let reaction = model::message::Reaction { by: heard.from.external_id, name, ours: false, emoji: heard.emoji, at };
        let change = Change::React { reaction, added: heard.added, alone: heard.alone };
        self.change(tx, &heard.provider_id, change).await
    }

    /// Does it to the message it names; one that nobody knows yet will find it waiting.
    async fn change(&mut self, tx: &mut Tx<'_>, provider_id: &str, change: Change) -> Result<()> {
        match self.named_by(provider_id) {
            Some(id) => self.change_message(tx, id, &change).await,
            None => store::message::park_change(tx, self.ws(), self.thread.channel_account_id, provider_id, change).await,
        }
    }

    /// What waited for a message that has just come.
    pub(super) async fn meet_changes(&mut self, tx: &mut Tx<'_>, id: MessageId, provider_id: &str) -> Result<()> {
        let Some(parked) = self.parked.remove(provider_id) else { return Ok(()) };
        for change in &parked.changes {
            self.change_message(tx, id, change).await?;
        }
        Ok(())
    }

    pub(super) async fn change_message(&mut self, tx: &mut Tx<'_>, id: MessageId, change: &Change) -> Result<()> {
        let known = self.out.message_mut(id).cloned().or_else(|| self.named.get(&id).cloned());
        let Some(mut message) = (match known {
            Some(message) => Some(message),
            None => store::message::by_id(tx, self.ws(), id).await?,
        }) else {
            return Ok(());
        };
        // A customer changes their own words; reactions go on anybody's.
        let theirs = message.from_contact() || matches!(message.author, Author::Elsewhere { .. });
        let changed = match change {
            Change::Edit { text, no, at } => theirs && messaging::edit(&mut message, text, *no, *at),
            Change::Unsend { at } if theirs => match messaging::unsend(&mut message, *at) {
                Some(files) => {
                    let files: Vec<_> = files.iter().map(|file| file.id).collect();
                    self.out.jobs.retain(|job| !matches!(&job.kind, model::JobKind::Media { message_id, .. } if *message_id == id));
                    self.out.new_attachments.retain(|(_, message)| *message != id);
                    store::message::let_go(tx, self.ws(), &files).await?;
                    true
                }
                None => false,
            },
            Change::Unsend { .. } => false,
            Change::React { reaction, added, alone } => messaging::react(&mut message, reaction.clone(), *added, *alone),
        };
        if changed {
            self.put_message(message);
        }
        Ok(())
    }

    fn put_message(&mut self, message: Message) {
        match self.out.new_messages.iter_mut().find(|new| new.id == message.id) {
            Some(new) => *new = message,
            None => {
                self.out.changed_messages.insert(message.id, message);
            }
        }
    }

    /// The message that a provider's id leads to, among what was loaded and what this turn made.
    fn named_by(&self, provider_id: &str) -> Option<MessageId> {
        let here = self.out.provider_ids.iter().find(|(known, _)| known == provider_id).map(|(_, id)| *id);
        here.or_else(|| self.leads.get(provider_id).copied())
    }

    /// How the message is quoted that another one answers; `None` where we do not know it.
    pub(super) async fn quoted(&mut self, tx: &mut Tx<'_>, provider_id: Option<&str>) -> Result<Option<model::Quote>> {
        let Some(provider_id) = provider_id.filter(|id| !id.is_empty()) else { return Ok(None) };
        let known = match self.named_by(provider_id) {
            Some(id) => Some(id),
            None => {
                let met = store::message::meeting_by_id(tx, self.ws(), self.thread.channel_account_id, provider_id).await?;
                met.and_then(|met| met.message_id)
            }
        };
        let Some(id) = known else { return Ok(None) };
        let message = match self.out.message_mut(id).cloned().or_else(|| self.named.get(&id).cloned()) {
            Some(message) => Some(message),
            None => store::message::by_id(tx, self.ws(), id).await?,
        };
        Ok(message.map(|message| messaging::quote(&message, said_by(&message))))
    }

    /// Something the customer did without a word: what it tells of them is kept, and the agent sees a line.
    pub(super) async fn hear_touch(&mut self, tx: &mut Tx<'_>, from: Sender, what: &str, at: Timestamp) -> Result<()> {
        self.meet_sender(tx, &from).await?;
        if let Some(c) = self.conversation.as_mut().filter(|c| OPENS_WINDOW.contains(&what) && c.state == ConversationState::Open) {
            c.last_customer_at = c.last_customer_at.max(Some(at.min(self.now)));
        }
        self.note("touched", &[("what", what)]);
        Ok(())
    }

    /// The customer shut us out or let us in again.
    pub(super) async fn hear_reach(&mut self, tx: &mut Tx<'_>, from: Sender, reachable: bool) -> Result<()> {
        self.meet_sender(tx, &from).await?;
        if self.address.as_ref().is_none_or(|address| address.opted_out != reachable) {
            return Ok(());
        }
        self.put_consent(!reachable, "blocked", "", None);
        self.note(if reachable { "let_in" } else { "shut_out" }, &[]);
        Ok(())
    }

    /// The customer has another id from now on; an id that is somebody else's already stays theirs, and a person decides.
    pub(super) async fn hear_renumber(&mut self, tx: &mut Tx<'_>, from: Sender, external_id: &str) -> Result<()> {
        self.meet_sender(tx, &from).await?;
        let Some(address) = self.address.clone().filter(|address| address.external_id != external_id) else { return Ok(()) };
        let (ws, account) = (self.ws(), self.thread.channel_account_id);
        if store::contact::renumber(tx, ws, address.id, &address.channel, &address.scope, external_id).await? {
            store::conversation::put_key(tx, ws, account, external_id, self.thread.id).await?;
            self.address = Some(model::Address { external_id: external_id.to_owned(), ..address });
            self.note("renumbered", &[("to", external_id)]);
        } else {
            store::contact::put_claim(tx, ws, self.contact.id, &address.channel, external_id, self.now).await?;
        }
        Ok(())
    }

    /// A line for the team in the conversation that is open; where none is, nobody needs to read it.
    pub(super) fn note(&mut self, kind: &str, params: &[(&str, &str)]) {
        let (line, now) = (self.ids.next(), self.now);
        let Some(c) = self.conversation.as_mut().filter(|c| c.state == ConversationState::Open) else { return };
        let notice = messaging::add(c, line, NewMessage::notice(kind, params, None), now);
        self.out.new_messages.push(notice);
    }

    /// By the provider's clock: what left before these times has come, and was seen. Kept at the thread, too, for a send whose answer is
    /// still under way.
    pub(super) async fn hear_marks(&mut self, tx: &mut Tx<'_>, delivered: Option<Timestamp>, read: Option<Timestamp>) -> Result<()> {
        let until = (self.thread.delivered_until.max(delivered), self.thread.read_until.max(read));
        if until == (self.thread.delivered_until, self.thread.read_until) {
            return Ok(());
        }
        (self.thread.delivered_until, self.thread.read_until) = until;
        self.thread_changed = true;
        for message in store::message::behind_on_thread(tx, self.ws(), self.thread.id, i64::MAX, MARKED).await? {
            if message.from_contact() {
                continue;
            }
            let before = |mark: Option<Timestamp>| {
                mark.is_some_and(|mark| {
                    // Providers count milliseconds, we count finer.
                    message.created_at.micros() / 1_000 <= mark.micros() / 1_000
                        && message.sent_at.is_none_or(|sent| sent <= mark.plus_secs(ROUND_TRIP_S))
                })
            };
            let state = match (before(until.1), before(until.0)) {
                (true, _) => MessageState::Read,
                (false, true) => MessageState::Delivered,
                (false, false) => continue,
            };
            let id = message.id;
            self.named.entry(id).or_insert(message);
            self.mark(id, state, None, self.now);
        }
        Ok(())
    }
}

/// The text of a part, as it would be told back to us.
fn words(row: &model::Outbox) -> String {
    messaging::normalise(row.body["part"]["text"].as_str().unwrap_or_default())
}

/// Whose words a message holds, for a quote.
pub(super) fn said_by(message: &Message) -> &str {
    match &message.author {
        Author::Contact { name, .. } | Author::Worker { name, .. } | Author::Bot { name } => name,
        Author::Elsewhere { app } => app,
        Author::System => "",
    }
}
