//! What machines of ours ask and offer, whether it was answered, and how often they may say something.

use anyhow::Result;
use db::Tx;
use model::{FactSource, InboundMessage, Timestamp};

use super::load::Turn;

/// Where a conversation keeps the answers that were offered last.
pub(super) const OFFERED: &str = "offered";
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

impl Turn<'_> {
    pub(super) fn connector(&self) -> Option<&'static dyn connectors::Connector> {
        connectors::find(self.scope.connectors, &self.account.kind)
    }

    pub(super) fn writes_letters(&self) -> bool {
        self.connector().is_some_and(|c| c.capabilities(&self.account).letters)
    }

    /// Which of the answers we offered is meant by who tapped it or wrote its number; offered only until the next word.
    pub(super) fn chosen(&mut self, message: &InboundMessage) -> Option<String> {
        let offered = self.conversation.as_mut()?.attributes.as_object_mut()?.remove(OFFERED)?;
        let offered: Vec<model::Offer> = serde_json::from_value(offered).ok()?;
        messaging::chosen(&message.text, message.choice.as_deref(), &offered).map(str::to_owned)
    }

    /// Whether a machine may answer with this here and now: no other machine, nobody unproven in their own words, and one address only as
    /// often as the channel bears. An answer that may leave is counted with the turn.
    pub(super) async fn bot_may_answer(&self, tx: &mut Tx<'_>, text: &str) -> Result<MayAnswer> {
        let Some(connector) = connectors::find(self.scope.connectors, &self.account.kind) else { return Ok(MayAnswer::Yes) };
        if !connector.bot_may_answer(&self.thread.context) {
            return Ok(MayAnswer::NotToThis);
        }
        if !connector.bot_may_repeat(&self.thread.context) && self.repeats(tx, text).await? {
            return Ok(MayAnswer::NotTheirWords);
        }
        let (Some(pause_s), Some(address)) = (connector.bot_pause_s(), &self.address) else { return Ok(MayAnswer::Yes) };
        let key = format!("answered:{}", address.id);
        let last = store::channel::cursor(tx, self.ws(), self.account.id, &key).await?;
        let last = last.and_then(|last| last.parse::<i64>().ok()).map(Timestamp::from_micros);
        if last.is_some_and(|last| self.now < last.plus_secs(pause_s)) {
            return Ok(MayAnswer::NotAgain);
        }
        let now = format!("{:020}", self.now.micros());
        store::channel::put_cursors(tx, self.ws(), [(self.account.id, key.as_str(), now.as_str())].into_iter()).await?;
        Ok(MayAnswer::Yes)
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
