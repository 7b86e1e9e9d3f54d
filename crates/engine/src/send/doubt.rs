//! Sends of unknown fate: what a dead process left in flight, and what a request without an answer became of.

use anyhow::{Context, Result};
use connectors::{Connector, Outcome, Part, Repeatable, Step, Work};
use db::Tx;
use model::{ChannelAccount, ChannelAccountId, Lane, MessageId, MessageState, Outbox, OutboxState, Problem};
use store::lease::Lease;

use super::revise::became;
use super::{Sender, Settled, ended};
use crate::turn::Scope;
use crate::{Config, Engine, Hints};

/// How long an uncertain send is looked up.
const LOOK_UP_S: i64 = 600;
/// Between two look-ups, at first and at most, in seconds.
const LOOK_UP_PAUSE_S: i64 = 3;
const MOST_LOOK_UP_PAUSE_S: i64 = 60;
/// Tries of one send that may end with the process before no further one is made.
const MOST_DEATHS: i64 = 5;

impl Engine {
    /// What the owner before, or a try of ours that could not be written down, left in flight has an unknown fate. Where the provider tells a
    /// repeat it is asked again; else it is looked up, or a person decides.
    pub(super) async fn adopt(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        connector: &'static dyn Connector,
        lease: &Lease,
    ) -> Result<()> {
        let (id, epoch) = (account.id, lease.epoch);
        let orphans = self.0.db.read(move |tx| Box::pin(async move { store::outbox::orphaned(tx, ws, id, epoch).await })).await?;
        let config = self.config(config.ws()).await?;
        for row in orphans {
            let now = self.now();
            let since = row.doubt_since.or(Some(row.not_before));
            // A change asked for again does no harm; what may be the cause of the deaths fails.
            let revises = row.revise().is_some();
            let (state, doubt_since) = match self.repeatable(ws, account, connector, &row).await? {
                Repeatable::Always => (OutboxState::Queued, row.doubt_since),
                keyed @ Repeatable::Keyed { .. } if keyed.at(since, now) => (OutboxState::Queued, since),
                _ if revises => (OutboxState::Failed, None),
                _ => (OutboxState::Uncertain, None),
            };
            let row = Outbox { state, doubt_since, ..row };
            let (connectors, config, ids, lease) = (self.0.connectors, config.clone(), self.ids(), lease.clone());
            let hints = self
                .0
                .db
                .write(move |tx| {
                    let (row, config, mut ids, lease) = (row.clone(), config.clone(), ids.clone(), lease.clone());
                    Box::pin(async move {
                        store::lease::fence(tx, &lease).await?;
                        store::conversation::lock_thread(tx, ws, row.thread_id).await?;
                        store::outbox::take_over(tx, ws, &row, now).await?;
                        if let (Some(message_id), true) = (row.message_id, proven(tx, ws, &row).await?) {
                            store::outbox::prove(tx, ws, message_id, row.part, now).await?;
                        }
                        let Some(conversation) = row.conversation_id else { return Ok(Hints::default()) };
                        let Some(command) = ended(tx, ws, &row, became(&row, None), &unknown()).await? else {
                            return Ok(Hints::default());
                        };
                        let scope = Scope { config: &config, connectors, now, counted: false };
                        Ok(crate::turn::turn(tx, &scope, &Lane::Conversation(conversation), Some(&command), &mut ids).await?.hints)
                    })
                })
                .await?;
            self.ring(&hints);
        }
        Ok(())
    }

    /// Whether what was under way for a row may be asked again. Steps are derived from what was kept of the ones before, so the next one is
    /// that which was made last, or one that stands before it and is harmless. What may be the cause of the deaths is left to a person.
    async fn repeatable(&self, ws: i64, account: &ChannelAccount, connector: &dyn Connector, row: &Outbox) -> Result<Repeatable> {
        let id = row.id;
        let unended = self.0.db.read(move |tx| Box::pin(async move { store::outbox::unended_tries(tx, ws, id).await })).await?;
        if unended >= MOST_DEATHS {
            return Ok(Repeatable::Never);
        }
        if row.revise().is_some() {
            return Ok(Repeatable::Always);
        }
        let part = serde_json::from_value(row.body["part"].clone()).context("an outbox part")?;
        let (work, _) = self.work(ws, row, part).await?;
        Ok(match connector.next(account, &work, &row.progress, self.now()) {
            Step::Http(request) => request.repeatable,
            _ => Repeatable::Never,
        })
    }

    /// Asks the provider about sends of unknown fate: found = sent, proven absent = back in line.
    pub(super) async fn look_up(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        sender: &mut Sender,
        lease: &Lease,
    ) -> Result<bool> {
        let now = self.now();
        if sender.look_up_after.is_some_and(|at| now < at) {
            return Ok(false);
        }
        let id = account.id;
        let since = now.plus_secs(-LOOK_UP_S);
        let rows = self.0.db.read(move |tx| Box::pin(async move { store::outbox::uncertain(tx, ws, id, since).await })).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let mut moved = false;
        for row in rows.into_iter().filter(|row| row.revise().is_none()) {
            let part: Part = serde_json::from_value(row.body["part"].clone()).context("an outbox part")?;
            let to = row.body["to"].as_str().unwrap_or_default().to_owned();
            let work = Work::Find { part, to, sent_after: row.not_before };
            let Some(outcome) = self.errand(ws, account, &work).await? else { continue };
            match outcome {
                // Equal texts look alike: what is known to be another message is no evidence, and a person decides.
                Outcome::Sent(ids) if self.another(ws, id, &ids, row.message_id).await? => {}
                Outcome::Sent(ids) => {
                    self.settle(ws, config, &row, lease, Settled::sent(ids)).await?;
                    moved = true;
                }
                Outcome::NotThere => {
                    self.settle(ws, config, &row, lease, Settled::again(0, "it never arrived")).await?;
                    moved = true;
                }
                _ => {}
            }
        }
        // What nobody can say now is asked ever more rarely.
        let pause_s = if moved { LOOK_UP_PAUSE_S } else { (sender.look_up_pause_s * 2).clamp(LOOK_UP_PAUSE_S, MOST_LOOK_UP_PAUSE_S) };
        (sender.look_up_pause_s, sender.look_up_after) = (pause_s, Some(now.plus_secs(pause_s)));
        Ok(moved)
    }

    /// Whether the provider's message is known to be another one of ours.
    async fn another(&self, ws: i64, account: ChannelAccountId, ids: &[String], ours: Option<MessageId>) -> Result<bool> {
        let ids = ids.to_vec();
        self.0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    for id in &ids {
                        let met = store::message::meeting_by_id(tx, ws, account, id).await?;
                        if met.and_then(|m| m.message_id).is_some_and(|message| Some(message) != ours) {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                })
            })
            .await
    }
}

/// Whether the provider said meanwhile that it took the part: a receipt or an echo comes sooner than the answer to our request, or instead
/// of it. What it says of a whole message without naming a part counts where that is one send.
pub(super) async fn proven(tx: &mut Tx<'_>, ws: i64, row: &Outbox) -> Result<bool> {
    let Some(id) = row.message_id else { return Ok(false) };
    if store::outbox::named(tx, ws, row.id).await? {
        return Ok(true);
    }
    let taken = |state| matches!(state, MessageState::Sent | MessageState::Delivered | MessageState::Read);
    Ok(store::message::by_id(tx, ws, id).await?.is_some_and(|message| message.parts == 1 && taken(message.state)))
}

pub(super) fn unknown() -> Problem {
    Problem { code: "uncertain".into(), detail: "It may have arrived; the provider did not say".into() }
}
