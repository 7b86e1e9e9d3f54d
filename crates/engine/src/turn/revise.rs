//! Other words for a message of ours, or taking it back: at once where it is still here or the channel is our own, else by a request that
//! stands in the thread's line behind what was said before.

use anyhow::Result;
use connectors::{Connector, FileRef, Outbound, Part};
use db::Tx;
use messaging::{Refused, Writer};
use model::{Attachment, Capabilities, ChannelAccount, Feature, Message, MessageId, Offer, Outbox, OutboxState, Problem, Revise, Revision};
use serde_json::{Value, json};

use super::asking::OFFERED;
use super::load::Turn;

impl Turn<'_> {
    /// `text`: the new words; `None` takes the message back.
    pub(super) async fn revise(&mut self, tx: &mut Tx<'_>, id: MessageId, text: Option<&str>, by: &Writer) -> Result<Result<(), Refused>> {
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        if let Err(refused) = messaging::may_write(c, by) {
            return Ok(Err(refused));
        }
        let conversation = c.id;
        let found = store::message::by_id(tx, self.ws(), id).await?.filter(|m| m.conversation_id == conversation);
        let Some(message) = found else { return Ok(Err(Refused::NotFound)) };
        // Said once more, it is done.
        if text.is_none() && message.unsent_at.is_some() && !message.from_contact() {
            self.answer = Some(message);
            return Ok(Ok(()));
        }
        if let Err(refused) = messaging::may_revise(&message, by, text.is_some()) {
            return Ok(Err(refused));
        }
        // Where the customer wrote before they came here nothing is changed any more.
        let (Some(connector), true) = (self.connector(), message.thread_id == Some(self.thread.id)) else {
            return Ok(Err(Refused::NotRevisable));
        };
        let can = connector.capabilities(&self.account);
        let text = text.map(messaging::normalise);
        if let Some(text) = &text {
            if text.is_empty() {
                return Ok(Err(Refused::Empty));
            }
            if text.chars().count() > can.text_limit as usize * if can.streamed { 1 } else { 10 } {
                return Ok(Err(Refused::TooLong { limit: can.text_limit }));
            }
            if message.revision.is_none() && message.text == *text {
                self.answer = Some(message);
                return Ok(Ok(()));
            }
        }
        let revision = Revision { text, by: by.name.clone(), at: self.now, problem: None };
        let waiting = if can.streamed { vec![] } else { store::outbox::withdraw(tx, self.ws(), id).await? };
        let changed = if waiting.is_empty() {
            self.change_what_left(tx, message, revision, connector, &can).await?
        } else {
            Ok(self.change_what_waits(tx, message, revision, connector, waiting).await?)
        };
        Ok(changed.map(|message| {
            self.answer = Some(message.clone());
            self.out.changed_messages.insert(id, message);
        }))
    }

    /// Nothing of it has left: it is written anew, or never leaves.
    async fn change_what_waits(
        &mut self,
        tx: &mut Tx<'_>,
        mut message: Message,
        revision: Revision,
        connector: &dyn Connector,
        waiting: Vec<Outbox>,
    ) -> Result<Message> {
        // What stands behind it in its line may leave now.
        self.out.resend = true;
        let Some(text) = &revision.text else {
            self.withdraw_offer(&message);
            let files = messaging::withdraw(&mut message, &revision.by, self.now);
            self.let_go(tx, &files).await?;
            return Ok(message);
        };
        let can = connector.capabilities(&self.account);
        let parts = connector.split(&self.account, &anew(connector, &self.account, &message, (text, &waiting), &can));
        messaging::rewrite(&mut message, text, parts.len() as i64);
        let Some(first) = waiting.into_iter().next() else { return Ok(message) };
        for (no, part) in parts.into_iter().enumerate() {
            let mut body = first.body.clone();
            body["part"] = json!(part);
            // A row of its own: whoever has read the old one sends nothing by it.
            self.out.outbox.push(Outbox { id: self.ids.next(), part: no as i64, body, ..first.clone() });
        }
        Ok(message)
    }

    async fn change_what_left(
        &mut self,
        tx: &mut Tx<'_>,
        mut message: Message,
        revision: Revision,
        connector: &dyn Connector,
        can: &Capabilities,
    ) -> Result<Result<Message, Refused>> {
        let (feature, refused) = match revision.text {
            Some(_) => (Feature::Edit, Refused::NoEdit),
            None => (Feature::Unsend, Refused::NoUnsend),
        };
        if !can.says.contains(&feature) {
            return Ok(Err(refused));
        }
        if can.streamed {
            return Ok(Ok(self.done(tx, message, &revision).await?));
        }
        let sent = store::outbox::of_message(tx, self.ws(), message.id).await?;
        if !messaging::arrives(&message) || sent.is_empty() {
            return Ok(Err(Refused::NotRevisable));
        }
        let mut parts = Vec::new();
        if let Some(text) = &revision.text {
            let anew = connector.split(&self.account, &anew(connector, &self.account, &message, (text, &sent), can));
            if anew.len() != sent.len() {
                return Ok(Err(Refused::EditSize));
            }
            parts =
                anew.into_iter().enumerate().filter(|(_, part)| !part.text.is_empty()).map(|(no, part)| (no as i64, json!(part))).collect();
        }
        let Some(c) = self.conversation.as_ref() else { return Ok(Err(Refused::NotFound)) };
        let (opened_at, seq, conversation_id) = (c.created_at, c.last_seq, c.id);
        let to = sent.first().map_or(Value::Null, |row| row.body["to"].clone());
        let revise = Revise { message_id: message.id, revision: revision.clone(), parts };
        self.out.outbox.push(Outbox {
            id: self.ids.next(),
            conversation_id: Some(conversation_id),
            thread_id: self.thread.id,
            channel_account_id: self.account.id,
            message_id: None,
            opened_at,
            seq,
            // Behind every part of what was said so far, and behind every change before this one.
            part: self.now.micros(),
            state: OutboxState::Queued,
            body: json!({ "revise": revise, "to": to }),
            progress: Value::Null,
            not_before: self.now,
            expires_at: self.send_latest(),
            attempts: 0,
            epoch: 0,
            doubt_since: None,
        });
        message.revision = Some(revision);
        Ok(Ok(message))
    }

    /// What became of a change at the provider.
    pub(super) async fn revised(&mut self, tx: &mut Tx<'_>, id: MessageId, revision: &Revision, problem: Option<&Problem>) -> Result<()> {
        let Some(mut message) = store::message::by_id(tx, self.ws(), id).await? else { return Ok(()) };
        match problem {
            None => message = self.done(tx, message, revision).await?,
            // Of a wish that somebody replaced by another nobody needs to hear.
            Some(problem) => match message.revision.as_mut().filter(|waiting| waiting.at == revision.at) {
                Some(waiting) => waiting.problem = Some(problem.clone()),
                None => return Ok(()),
            },
        }
        self.out.changed_messages.insert(id, message);
        Ok(())
    }

    async fn done(&mut self, tx: &mut Tx<'_>, mut message: Message, revision: &Revision) -> Result<Message> {
        if revision.text.is_none() {
            self.withdraw_offer(&message);
        }
        let files = messaging::revise(&mut message, revision);
        self.let_go(tx, &files).await?;
        Ok(message)
    }

    async fn let_go(&self, tx: &mut Tx<'_>, files: &[Attachment]) -> Result<()> {
        let files: Vec<_> = files.iter().map(|file| file.id).collect();
        store::message::let_go(tx, self.ws(), &files).await
    }

    /// A number that comes now answers nothing that was taken back.
    fn withdraw_offer(&mut self, message: &Message) {
        let Some(attributes) = self.conversation.as_mut().and_then(|c| c.attributes.as_object_mut()) else { return };
        let waiting: Vec<Offer> = attributes.get(OFFERED).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default();
        if messaging::offered_by(message, &waiting) {
            attributes.remove(OFFERED);
        }
    }
}

/// The message with other words, as its connector cuts it. What the message itself does not keep stands in its parts.
fn anew(
    connector: &dyn Connector,
    account: &ChannelAccount,
    message: &Message,
    (text, parts): (&str, &[Outbox]),
    can: &Capabilities,
) -> Outbound {
    let parts: Vec<Part> = parts.iter().filter_map(|row| serde_json::from_value(row.body["part"].clone()).ok()).collect();
    let files: Vec<FileRef> = message.own_files().map(crate::send::file_ref).collect();
    let mut outbound = Outbound {
        text: text.to_owned(),
        extras: message.extras.clone(),
        files,
        choices: message.choices.clone(),
        cards: message.cards.iter().map(|card| crate::send::card(card, &message.attachments)).collect(),
        reply_to: parts.iter().find_map(|part| part.reply_to.clone()),
        template: None,
        copies: parts.iter().find_map(|part| part.copies.clone()),
        speaker: parts.into_iter().next().map(|part| part.speaker).unwrap_or_default(),
    };
    crate::send::fit_pictures(connector, account, &mut outbound);
    connectors::extras::fitted(outbound, can)
}
