//! Typing and reading told to the other side's provider: at once, best effort, and never twice in a hurry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use connectors::{Outcome, Signal, Work};
use model::{ChannelAccountId, ConversationId, Feature, Timestamp, WorkerId};

use crate::Engine;

/// A provider shows typing for at least so long, so there is no need to say it more often.
const TYPING_EVERY_S: i64 = 4;
/// Of so many conversations is remembered when typing was told.
const REMEMBERED: usize = 10_000;
/// How far back the customer's newest message is looked for.
const LOOKED_AT: i64 = 20;

/// When typing was told last, by conversation.
#[derive(Default)]
pub(crate) struct Told(Mutex<BTreeMap<ConversationId, Timestamp>>);

impl Told {
    /// Whether it is time to say it again; says so once.
    fn is_due(&self, id: ConversationId, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(&id).is_some_and(|at| now < at.plus_secs(TYPING_EVERY_S)) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.retain(|_, at| now < at.plus_secs(TYPING_EVERY_S));
        }
        told.insert(id, now);
        true
    }
}

impl Engine {
    /// Somebody of ours is typing.
    pub(crate) fn tell_typing(&self, ws: i64, id: ConversationId, on: bool) {
        if on && !self.0.told.is_due(id, self.now()) {
            return;
        }
        self.tell(ws, id, Signal::Typing(on));
    }

    /// The one who has the conversation has read what the customer wrote.
    pub(crate) async fn tell_read(&self, ws: i64, worker: WorkerId, id: ConversationId) -> Result<()> {
        // Most houses have channels that tell nobody who has read.
        if self.telling(ws, Feature::Read).await?.is_empty() {
            return Ok(());
        }
        let found = self.0.db.read(move |tx| Box::pin(async move { store::conversation::by_id(tx, ws, id).await })).await?;
        if found.is_some_and(|c| c.worker_id == Some(worker)) {
            self.tell(ws, id, Signal::Read);
        }
        Ok(())
    }

    /// The accounts whose provider tells the customer so.
    async fn telling(&self, ws: i64, wanted: Feature) -> Result<BTreeSet<ChannelAccountId>> {
        let tells = |account: &model::ChannelAccount| {
            let can = connectors::find(self.0.connectors, &account.kind).map(|c| c.capabilities(account));
            account.enabled && can.is_some_and(|can| !can.streamed && can.says.contains(&wanted))
        };
        Ok(self.config(ws).await?.accounts.values().filter(|account| tells(account)).map(|account| account.id).collect())
    }

    fn tell(&self, ws: i64, id: ConversationId, signal: Signal) {
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.tell_now(ws, id, signal).await {
                tracing::debug!(%error, "typing or reading was not told to the provider");
            }
        });
    }

    /// The same, done when this returns. False where the channel has no such signal.
    pub async fn tell_now(&self, ws: i64, id: ConversationId, signal: Signal) -> Result<bool> {
        let config = self.config(ws).await?;
        let telling = self.telling(ws, if signal == Signal::Read { Feature::Read } else { Feature::Typing }).await?;
        if telling.is_empty() {
            return Ok(false);
        }
        let found = self
            .0
            .db
            .read(move |tx| {
                let telling = telling.clone();
                Box::pin(async move {
                    let Some(conversation) = store::conversation::by_id(tx, ws, id).await? else { return Ok(None) };
                    let Some(thread) = store::conversation::thread_by_id(tx, ws, conversation.thread_id).await? else { return Ok(None) };
                    if !telling.contains(&thread.channel_account_id) {
                        return Ok(None);
                    }
                    let address = match thread.address_id {
                        Some(address) => store::contact::address_by_id(tx, ws, address).await?,
                        None => None,
                    };
                    let lately = store::message::page(tx, ws, id, None, None, LOOKED_AT).await?;
                    let last = lately.iter().rev().filter(|m| m.from_contact()).find_map(|m| m.provider_id.clone());
                    Ok(Some((thread, address, last)))
                })
            })
            .await?;
        let Some((thread, Some(address), last)) = found else { return Ok(false) };
        let Some(account) = config.accounts.get(&thread.channel_account_id) else { return Ok(false) };
        let work = Work::Signal { to: address.external_id, thread: thread.key, context: thread.context, signal, last };
        let mut outcome = self.errand(ws, account, &work).await?;
        if matches!(outcome, Some(Outcome::NeedsRefresh)) && self.refresh(ws, account.id).await? {
            let config = self.config(ws).await?;
            let Some(account) = config.accounts.get(&thread.channel_account_id) else { return Ok(false) };
            outcome = self.errand(ws, account, &work).await?;
        }
        Ok(matches!(outcome, Some(Outcome::Fine | Outcome::Sent(_))))
    }
}
