//! Who wants to hear nothing more, and who comes back. We never answer a STOP; its evidence stays.

use anyhow::Result;
use db::Tx;
use messaging::NewMessage;
use model::{Author, Consent, Feature, Holder, InboundMessage, MessageId, MessageState, Problem, Timestamp};

use super::load::Turn;

/// The word of a problem by which a provider, or we ourselves, say that somebody opted out.
pub(crate) const OPTED_OUT: &str = "opted_out";

/// What is said of a message that stays here for that reason.
pub(crate) fn opted_out() -> Problem {
    Problem { code: OPTED_OUT.into(), detail: "This person has opted out of messages from this number".into() }
}

impl Turn<'_> {
    /// Kept and shown. It ends what the flow was waiting for, and what still waited to be sent stays here.
    pub(super) async fn hear_opt_out(&mut self, tx: &mut Tx<'_>, message: Option<InboundMessage>, rule: &str) -> Result<()> {
        let Some(message) = message else { return Ok(()) };
        self.meet_sender(tx, &message.from).await?;
        let waiting = store::outbox::refuse_waiting(tx, self.ws(), self.thread.id, self.now).await?;
        for id in waiting {
            if self.out.message_mut(id).is_none()
                && let Some(known) = store::message::by_id(tx, self.ws(), id).await?
            {
                self.named.entry(id).or_insert(known);
            }
            self.mark(id, MessageState::Failed, Some(opted_out()), self.now);
        }
        self.keep_wish(message, rule, true);
        self.end_execution("opted out");
        if let Some(c) = self.conversation.as_mut().filter(|c| c.holder == Holder::Flow) {
            c.holder = Holder::None;
        }
        Ok(())
    }

    /// Whoever did not opt out says nothing by it: a YES is an answer then, a START begins a flow.
    pub(super) async fn hear_opt_in(
        &mut self,
        tx: &mut Tx<'_>,
        message: Option<InboundMessage>,
        rule: &str,
        provider_at: Option<Timestamp>,
    ) -> Result<()> {
        let Some(message) = message else { return Ok(()) };
        self.meet_sender(tx, &message.from).await?;
        if !self.address.as_ref().is_some_and(|address| address.opted_out) {
            return if self.contact.blocked || says_nothing(&message) { Ok(()) } else { self.hear_message(tx, message, provider_at).await };
        }
        self.keep_wish(message, rule, false);
        Ok(())
    }

    /// The message, where it was more than a switch, a line for the team, and the evidence.
    fn keep_wish(&mut self, message: InboundMessage, rule: &str, out: bool) {
        let (id, line) = (self.ids.next(), self.ids.next());
        let author = Author::Contact { id: self.writer(), name: self.sender_name(&message.from) };
        let (thread_id, now) = (self.thread.id, self.now);
        let text = messaging::normalise(&message.text);
        let conversation = self.open_conversation();
        let kept =
            (!text.is_empty()).then(|| messaging::add(conversation, id, NewMessage::text(author, Some(thread_id), text.clone()), now));
        let kind = if out { OPTED_OUT } else { "opted_in" };
        let notice = messaging::add(conversation, line, NewMessage::notice(kind, &[], None), now);
        if kept.is_some() && !message.provider_id.is_empty() {
            self.out.provider_ids.push((message.provider_id, id));
        }
        let said_in = kept.as_ref().map_or(line, |_| id);
        self.out.new_messages.extend(kept.into_iter().chain([notice]));
        self.put_consent(out, rule, &text, Some(said_in));
    }

    /// The provider refuses what we send because they opted out there: then they did here, too.
    pub(super) fn hear_refusal(&mut self, id: MessageId, problem: Option<&Problem>) {
        let can = self.connector().map(|c| c.capabilities(&self.account)).unwrap_or_default();
        let known = self.address.as_ref().is_none_or(|address| address.opted_out);
        if known || !can.hears.contains(&Feature::OptOut) || problem.is_none_or(|problem| problem.code != OPTED_OUT) {
            return;
        }
        self.put_consent(true, connectors::keyword::PROVIDER, "", Some(id));
    }

    /// From now on this is how it stands with the address, and this is why.
    pub(super) fn put_consent(&mut self, opted_out: bool, rule: &str, word: &str, message_id: Option<MessageId>) {
        let (id, now) = (self.ids.next(), self.now);
        let conversation_id = self.conversation.as_ref().map(|c| c.id);
        let Some(address) = self.address.as_mut() else { return };
        address.opted_out = opted_out;
        self.out.opt_outs.insert(address.id, opted_out);
        let word = word.chars().take(200).collect();
        self.out.consents.push(Consent {
            id,
            address_id: address.id,
            opted_out,
            rule: rule.to_owned(),
            word,
            conversation_id,
            message_id,
            at: now,
        });
    }
}

/// A switch that was turned in the provider's app, rather than words.
fn says_nothing(message: &InboundMessage) -> bool {
    message.text.trim().is_empty() && message.files.is_empty() && message.extras.is_empty() && message.choice.is_none()
}
