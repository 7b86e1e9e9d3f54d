//! Messages that a provider did not tell us: listed by asking it.

use anyhow::Result;
use connectors::{AccountKey, Batch, Outcome, Received, Work};
use model::ChannelAccountId;

use crate::Engine;
use crate::receive::Raw;

impl Engine {
    /// Lists what came in while we were down, or while nobody told us, and journals what is new. `None` = this process does not own the account.
    pub async fn catch_up(&self, ws: i64, id: ChannelAccountId) -> Result<Option<usize>> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).filter(|a| a.enabled).cloned() else { return Ok(None) };
        let connector = self.connector(&account.kind)?;
        if connector.catch_up_every_s().is_none() || self.acquire(&format!("channel_account:{id}")).await?.is_none() {
            return Ok(None);
        }
        let since = self.0.db.read(move |tx| Box::pin(async move { store::channel::cursor(tx, ws, id, "missed").await })).await?;
        match self.errand(ws, &account, &Work::Missed { since }).await? {
            Some(Outcome::Received(events, cursor)) => {
                let batches = vec![Batch { account: AccountKey::This, events }];
                let received = Received { batches, cursor, ..Received::default() };
                Ok(Some(self.keep(ws, id, received, Raw::none()).await?.fresh))
            }
            Some(Outcome::NeedsRefresh) => {
                self.refresh(ws, id).await?;
                Ok(None)
            }
            None => Ok(Some(0)),
            Some(other) => {
                tracing::warn!(account = %id, ?other, "missed messages could not be listed");
                Ok(Some(0))
            }
        }
    }
}
