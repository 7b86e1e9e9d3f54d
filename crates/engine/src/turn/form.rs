//! What somebody typed into a form becomes what we know of them: their name, claims of addresses, facts. It proves nothing and joins nobody.

use anyhow::Result;
use db::Tx;
use model::{Event, EventKind, Extra, FactSource, FormAnswer, FormFieldKind};

use super::load::Turn;

impl Turn<'_> {
    pub(super) async fn learn_answers(&mut self, tx: &mut Tx<'_>, extras: &[Extra]) -> Result<()> {
        for extra in extras {
            if let Extra::Form { answers } = extra {
                for answer in answers {
                    self.learn_answer(tx, answer).await?;
                }
            }
        }
        Ok(())
    }

    async fn learn_answer(&mut self, tx: &mut Tx<'_>, answer: &FormAnswer) -> Result<()> {
        // What was proven is not overwritten by what was typed.
        if !self.facts.get(&answer.key).is_some_and(|fact| fact.verified) {
            self.learn(&answer.key, &answer.value, FactSource::Customer, false);
        }
        match answer.kind {
            FormFieldKind::Name if self.contact.name.is_empty() => {
                let name = connectors::name::plain(&answer.value);
                self.contact.name = name.clone();
                self.out.names.insert(self.contact.id, name);
            }
            FormFieldKind::Email | FormFieldKind::Phone => {
                let channel = answer.kind.word();
                if store::contact::put_claim(tx, self.ws(), self.contact.id, channel, &answer.value, self.now).await? {
                    self.out.events.push(Event::new(EventKind::PersonUpdated, self.now).contact(self.contact.root_id));
                }
            }
            FormFieldKind::Name | FormFieldKind::Text | FormFieldKind::Choice | FormFieldKind::Consent => {}
        }
        Ok(())
    }
}
