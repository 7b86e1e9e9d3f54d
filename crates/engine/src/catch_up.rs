//! Messages that a provider did not tell us: listed by asking it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use anyhow::{Result, bail};
use connectors::{AccountKey, Arrived, Batch, MissedList, Outcome, Page, Received, Work};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::{ChannelAccount, ChannelAccountId};

use crate::Engine;
use crate::receive::Raw;

/// Threads of an account whose lists are asked for, those that spoke last first.
const THREADS: i64 = 500;
/// Lists of one account, with those that others name.
const LISTS: usize = 1_000;
/// Pages of one list.
const PAGES: usize = 100;
/// Lists that are asked for at the same time.
const TOGETHER: usize = 4;
/// The first pause before a list is asked for again, in milliseconds; the next ones double.
const PAUSE_MS: i64 = 1_000;
/// How long one page is asked for again and again, pauses alone, in milliseconds.
const PATIENCE_MS: i64 = 60_000;

/// What came of one list.
enum Listed {
    /// Read to its end, or as far as we read: events that were new, and further lists.
    Whole(usize, Vec<MissedList>),
    /// The provider does not show it to us.
    Refused,
    /// The provider could not be asked.
    Failed(String),
}

impl Engine {
    /// Lists what came in while we were down, or while nobody told us, and journals what is new. `None` = this process does not own the account.
    pub async fn catch_up(&self, ws: i64, id: ChannelAccountId) -> Result<Option<usize>> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).filter(|a| a.enabled).cloned() else { return Ok(None) };
        let connector = self.connector(&account.kind)?;
        if connector.catch_up_every_s().is_none() || self.acquire(ws, &format!("channel_account:{id}")).await?.is_none() {
            return Ok(None);
        }
        let since = self.cursor(ws, id, "missed").await?;
        match self.errand(ws, &account, &Work::Missed { since, list: None }).await? {
            Some(Outcome::Received(events, cursor)) => {
                let batches = vec![Batch { account: AccountKey::This, events }];
                let received = Received { batches, cursors: cursor.into_iter().collect(), ..Received::default() };
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

    /// Lists what an account's line did not tell because it could not go on where it was, and journals what is new, oldest first within
    /// each list: how many events. `told_key` is the cursor of what the line told last.
    ///
    /// A list that is refused is passed over. So is one that the provider cannot give for a minute while it gives others.
    ///
    /// # Errors
    /// When the provider could not be asked for any list, or refuses the credential: whoever tries again later misses nothing.
    pub async fn catch_up_line(&self, ws: i64, id: ChannelAccountId, told_key: &str) -> Result<usize> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).filter(|a| a.enabled).cloned() else { return Ok(0) };
        let connector = self.connector(&account.kind)?;
        let since = self.cursor(ws, id, told_key).await?;
        let threads =
            self.0.db.read(move |tx| Box::pin(async move { store::conversation::latest_threads(tx, ws, id, THREADS).await })).await?;
        let mut waiting = VecDeque::from(connector.missed_lists(&account, since.as_deref(), &threads, self.now()));
        let (mut known, mut under_way) = (BTreeSet::new(), FuturesUnordered::new());
        let (mut fresh, mut answered, mut failed) = (0, 0, Vec::new());
        loop {
            while under_way.len() < TOGETHER
                && known.len() < LISTS
                && let Some(list) = waiting.pop_front()
            {
                if known.insert(list.name.clone()) {
                    under_way.push(self.list_missed(ws, &account, list));
                }
            }
            let Some(listed) = under_way.next().await else { break };
            match listed? {
                Listed::Whole(new, more) => {
                    fresh += new;
                    answered += 1;
                    waiting.extend(more);
                }
                Listed::Refused => answered += 1,
                Listed::Failed(why) => failed.push(why),
            }
        }
        if let Some(why) = failed.first().filter(|_| answered == 0) {
            bail!("{why}");
        }
        if !failed.is_empty() || !waiting.is_empty() {
            let (failed, left) = (failed.len(), waiting.len());
            tracing::warn!(account = %id, failed, left, "some of what the line did not tell could not be listed");
        }
        tracing::info!(account = %id, lists = known.len(), fresh, "what the line did not tell was listed");
        Ok(fresh)
    }

    /// Reads one list, page by page; each is kept before the next is asked for.
    async fn list_missed(&self, ws: i64, account: &ChannelAccount, list: MissedList) -> Result<Listed> {
        let MissedList { name, mut after } = list;
        let (mut fresh, mut lists) = (0, Vec::new());
        for _ in 0..PAGES {
            let page = match self.missed_page(ws, account, &name, &after).await? {
                Ok(page) => page,
                Err(other) => return Ok(other),
            };
            fresh += self.keep_missed(ws, account.id, page.events).await?;
            lists.extend(page.lists);
            let Some(next) = page.next else { return Ok(Listed::Whole(fresh, lists)) };
            after = next;
            self.pause(Duration::from_millis(page.wait_ms.max(0).unsigned_abs())).await;
        }
        tracing::warn!(account = %account.id, list = name, "a list of missed messages is longer than is read");
        Ok(Listed::Whole(fresh, lists))
    }

    /// One page, asked for again as often as the provider wants to be.
    async fn missed_page(&self, ws: i64, account: &ChannelAccount, name: &str, after: &str) -> Result<std::result::Result<Page, Listed>> {
        let work = Work::Missed { since: Some(after.to_owned()), list: Some(name.to_owned()) };
        let (mut waited_ms, mut pause_ms) = (0, PAUSE_MS);
        loop {
            if self.stopping() {
                bail!("we are stopping");
            }
            let (ms, why) = match self.errand(ws, account, &work).await? {
                None => return Ok(Ok(Page::default())),
                Some(Outcome::Listed(page)) => return Ok(Ok(page)),
                Some(Outcome::Failed(problem)) => {
                    tracing::info!(account = %account.id, list = name, code = problem.code, "a list of missed messages is not shown to us");
                    return Ok(Err(Listed::Refused));
                }
                Some(Outcome::RetryAfter { ms, why } | Outcome::HoldThread { ms, why }) => (ms, why),
                Some(Outcome::Problem(problem)) => bail!("{}", problem.detail),
                Some(other) => bail!("a list ended in what it cannot end in: {other:?}"),
            };
            let ms = ms.max(pause_ms);
            waited_ms += ms;
            if waited_ms > PATIENCE_MS {
                return Ok(Err(Listed::Failed(why)));
            }
            pause_ms *= 2;
            self.pause(Duration::from_millis(ms.unsigned_abs())).await;
        }
    }

    async fn keep_missed(&self, ws: i64, id: ChannelAccountId, events: Vec<Arrived>) -> Result<usize> {
        if events.is_empty() {
            return Ok(0);
        }
        let batches = vec![Batch { account: AccountKey::This, events }];
        Ok(self.keep(ws, id, Received { batches, ..Received::default() }, Raw::none()).await?.fresh)
    }
}
