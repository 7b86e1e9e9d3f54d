//! What machines of ours ask and offer, whether it was answered, and how often they may say something.

use anyhow::Result;
use db::Tx;
use model::{FactSource, InboundMessage, Timestamp};

use super::load::Turn;

/// Where a conversation keeps the answers that were offered last.
pub(super) const OFFERED: &str = "offered";
/// Where it keeps that the customer's last words were one of them and no machine answered yet, on channels where a machine's answers are
/// counted.
pub(super) const CHOSEN: &str = "chosen";
/// Messages of a thread in which a machine's words are looked for.
const LOOKED_BACK: i64 = 50;

/// Whether a machine of ours may say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MayAnswer {
    Yes,
    /// A machine wrote, and no machine answers it.
    NotToThis,
    /// It has answered this address a while ago.
    NotAgain,
    /// It would repeat what somebody wrote in a name that nobody vouches for.
    NotTheirWords,
}

impl MayAnswer {
    /// The notice that tells the team what was not said, and why; `None` where it may be said.
    pub fn held_back(self) -> Option<&'static str> {
        match self {
            Self::Yes => None,
            Self::NotToThis => Some("unsent_to_machine"),
            Self::NotAgain => Some("unsent_again"),
            Self::NotTheirWords => Some("unsent_their_words"),
        }
    }
}

impl Turn<'_> {
    pub(super) fn connector(&self) -> Option<&'static dyn connectors::Connector> {
        connectors::find(self.scope.connectors, &self.account.kind)
    }

    pub(super) fn writes_letters(&self) -> bool {
        self.connector().is_some_and(|c| c.capabilities(&self.account).letters)
    }

    /// Which of the answers we offered is meant by who tapped it or wrote its number; offered only until the next word. What a machine
    /// wrote answers nothing, and whoever is asked may still answer.
    pub(super) fn chosen(&mut self, message: &InboundMessage) -> Option<String> {
        if message.automatic {
            return None;
        }
        let said = if self.writes_letters() { messaging::letter::answer(&message.text) } else { &message.text };
        let offered = self.conversation.as_mut()?.attributes.as_object_mut()?.remove(OFFERED)?;
        let offered: Vec<model::Offer> = serde_json::from_value(offered).ok()?;
        messaging::chosen(said, message.choice.as_deref(), &offered).map(str::to_owned)
    }

    /// Whether a machine may answer with this here and now: no other machine, nobody unproven in their own words, and one address only as
    /// often as the channel bears. An answer that may leave is counted with the turn.
    pub(super) async fn bot_may_answer(&mut self, tx: &mut Tx<'_>, text: &str) -> Result<MayAnswer> {
        let Some(connector) = self.connector() else { return Ok(MayAnswer::Yes) };
        if !connector.bot_may_answer(&self.thread.context) {
            return Ok(MayAnswer::NotToThis);
        }
        if !connector.bot_may_repeat(&self.thread.context) && self.repeats(tx, text).await? {
            return Ok(MayAnswer::NotTheirWords);
        }
        let (Some(pace), Some(address)) = (connector.bot_pace(), &self.address) else { return Ok(MayAnswer::Yes) };
        // The times of the answers that count, the latest first.
        let key = format!("answered:{}", address.id);
        let kept = store::channel::cursor(tx, self.ws(), self.account.id, &key).await?.unwrap_or_default();
        let times = kept.split(' ').filter_map(|at| at.parse().ok()).map(Timestamp::from_micros);
        let mut recent: Vec<Timestamp> = times.filter(|at| self.now < at.plus_secs(pace.pause_s)).collect();
        if !recent.is_empty() && (recent.len() >= pace.most || !self.was_read()) {
            return Ok(MayAnswer::NotAgain);
        }
        self.keep_chosen(false);
        recent.insert(0, self.now);
        let kept = recent.iter().map(|at| format!("{:020}", at.micros())).collect::<Vec<_>>().join(" ");
        store::channel::put_cursors(tx, self.ws(), [(self.account.id, key.as_str(), kept.as_str())].into_iter()).await?;
        Ok(MayAnswer::Yes)
    }

    /// Whether the customer's last words were one of the answers that a machine of ours offered, so a person wrote them, and wait for a word.
    fn was_read(&self) -> bool {
        self.conversation.as_ref().is_some_and(|c| c.attributes.get(CHOSEN).is_some())
    }

    /// Keeps whether the customer answered with what was offered to somebody who still waits for it; one such answer is answered once.
    pub(super) fn keep_chosen(&mut self, chosen: bool) {
        let Some(attributes) = self.conversation.as_mut().and_then(|c| c.attributes.as_object_mut()) else { return };
        match chosen {
            true => attributes.insert(CHOSEN.into(), true.into()),
            false => attributes.remove(CHOSEN),
        };
    }

    /// Whether a text carries words of the customer: of their latest messages here, or what was learned from them.
    async fn repeats(&self, tx: &mut Tx<'_>, text: &str) -> Result<bool> {
        let before = store::message::thread_page(tx, self.ws(), self.thread.id, None, None, LOOKED_BACK).await?;
        let theirs: Vec<&model::Message> = before.iter().chain(&self.out.new_messages).filter(|m| m.from_contact()).collect();
        let subject = |extra: &model::Extra| match extra {
            model::Extra::Mail { subject, .. } => Some(subject.clone()),
            _ => None,
        };
        let subjects: Vec<String> = theirs.iter().flat_map(|m| m.extras.iter().filter_map(subject)).collect();
        let said: Vec<&str> = theirs.iter().map(|m| m.text.as_str()).chain(subjects.iter().map(String::as_str)).collect();
        let learned = self.facts.values().filter(|fact| fact.source != FactSource::Agent);
        let values: Vec<&str> = learned.map(|fact| fact.value.as_str()).chain([self.contact.name.as_str()]).collect();
        Ok(messaging::repeats(text, &said, &values))
    }
}
