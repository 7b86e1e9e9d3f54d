//! Sockets that accounts hold: which of them this process has to keep open, and where their reading goes on.

use std::sync::Arc;

use anyhow::Result;
use connectors::{LINE, Line, Outcome, Reply, Work};
use model::{ChannelAccount, ChannelAccountId};
use serde_json::Value;

use crate::Engine;

/// A line that is ours to keep open, with the account as it is set up now.
#[derive(Clone)]
pub struct OpenLine {
    pub ws: i64,
    pub account: Arc<ChannelAccount>,
    pub line: Line,
}

impl Engine {
    /// The lines of all accounts that are switched on and owned by this process. What is missing here has to be closed: it is another
    /// process's, was switched off, or our own life could not be renewed.
    pub async fn lines(&self) -> Result<Vec<OpenLine>> {
        if self.stopping() || (!self.0.alone && !self.alive(1)) {
            return Ok(vec![]);
        }
        let mut lines = Vec::new();
        for ws in self.workspaces().await? {
            for account in self.config(ws).await?.accounts.values().filter(|account| account.enabled) {
                let Ok(connector) = self.connector(&account.kind) else { continue };
                let Some(line) = connector.line(account) else { continue };
                if self.acquire(ws, &format!("channel_account:{}", account.id)).await?.is_some() {
                    lines.push(OpenLine { ws, account: account.clone(), line });
                }
            }
        }
        Ok(lines)
    }

    /// Where an account's reading goes on.
    pub async fn cursor(&self, ws: i64, id: ChannelAccountId, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.0
            .db
            .read(move |tx| {
                let key = key.clone();
                Box::pin(async move { store::channel::cursor(tx, ws, id, &key).await })
            })
            .await
    }

    /// Moves it on; sortable text, it only grows.
    pub async fn put_cursor(&self, ws: i64, id: ChannelAccountId, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.0
            .db
            .write(move |tx| {
                let (key, value) = (key.clone(), value.clone());
                Box::pin(async move { store::channel::put_cursors(tx, ws, [(id, key.as_str(), value.as_str())].into_iter()).await })
            })
            .await
    }

    /// Notes why a line does not stay open, as its connector judges it; a credential that is over is made anew.
    pub async fn line_broke(&self, ws: i64, id: ChannelAccountId, why: &Reply) -> Result<()> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id) else { return Ok(()) };
        let connector = self.connector(&account.kind)?;
        match self.judged(account, connector, &Work::Check(LINE), &Value::Null, why) {
            Outcome::Problem(problem) => self.account_problem(ws, id, Some(problem.into())).await?,
            Outcome::NeedsRefresh => {
                self.refresh(ws, id).await?;
            }
            other => tracing::debug!(?other, account = %id, "a line broke, and nobody has to mend it"),
        }
        Ok(())
    }

    /// What a broken line was to blame for is over.
    pub async fn line_opened(&self, ws: i64, id: ChannelAccountId) -> Result<()> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id) else { return Ok(()) };
        let Some(noted) = self.noted_problem(ws, id).await? else { return Ok(()) };
        // The doctor's finding about another door stays.
        if self.connector(&account.kind)?.of_line(&noted.code) {
            self.account_problem(ws, id, None).await?;
        }
        Ok(())
    }
}
