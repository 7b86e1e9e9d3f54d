//! The engine of the past: its actors are driven by hand, and its clock goes from one event to the next.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use connectors::Incoming;
use engine::clock::ManualClock;
use engine::{Clock, Engine};
use model::{ChannelAccountId, Timestamp};

use super::past::{Due, Past};

/// Rounds of the actors at one instant.
const ROUNDS: usize = 1_000;
/// The clock's smallest step where something stays due, in microseconds.
const STEP: i64 = 200_000;

pub struct Stage {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub past: Arc<Past>,
    pub ws: i64,
}

impl Stage {
    /// Lets time pass, with everything that comes due on the way.
    pub async fn pass(&self, seconds: i64) -> Result<()> {
        self.pass_until(self.clock.now().plus_secs(seconds)).await
    }

    /// Lets time pass until then; a time that is over changes nothing.
    pub async fn pass_until(&self, until: Timestamp) -> Result<()> {
        self.settle().await?;
        loop {
            let now = self.clock.now();
            if now >= until {
                return Ok(());
            }
            let next = self.next_due(now).await?.map_or(until, |at| at.max(now + STEP).min(until));
            self.clock.set(next);
            self.settle().await?;
        }
    }

    /// When something happens by itself next.
    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let (job, sending) = self
            .engine
            .db()
            .read(|tx| Box::pin(async move { Ok((store::job::next_due(tx).await?, !store::outbox::busy_accounts(tx).await?.is_empty())) }))
            .await?;
        let router = self.engine.with_router(self.ws, |router| router.next_deadline()).await?.flatten();
        let sender = sending.then(|| now.plus_secs(1));
        Ok([job, router, sender, self.past.next_due()].into_iter().flatten().min())
    }

    /// Runs every actor until nothing is left to do at this instant.
    pub async fn settle(&self) -> Result<()> {
        for _ in 0..ROUNDS {
            if !self.round().await? {
                return Ok(());
            }
        }
        bail!("the past never comes to rest")
    }

    async fn round(&self) -> Result<bool> {
        let engine = &self.engine;
        let mut busy = engine.take_router(self.ws).await? && engine.route_once(self.ws).await?;
        let due = engine.due().await?;
        for (ws, lane) in due.lanes {
            busy |= engine.turn_once(ws, vec![lane]).await > 0;
        }
        for (ws, account) in due.accounts {
            busy |= engine.send_once(ws, account).await?;
        }
        busy |= engine.outside_once().await?;
        for due in self.past.due()? {
            self.deliver(due).await?;
            busy = true;
        }
        Ok(busy)
    }

    /// Brings a webhook to our own door, as its bytes would come.
    async fn deliver(&self, due: Due) -> Result<()> {
        let callback = &due.callback;
        let url = url::Url::parse(&callback.url)?;
        let account: ChannelAccountId = url.path().rsplit('/').next().unwrap_or_default().parse().context("whose webhook it is")?;
        let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let (kind, body) = match &callback.json {
            Some(json) => ("application/json", json.to_vec()),
            None => {
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&callback.form).finish();
                ("application/x-www-form-urlencoded; charset=UTF-8", form.into_bytes())
            }
        };
        let mut headers: Vec<(String, String)> =
            callback.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        headers.push(("content-type".into(), kind.into()));
        let incoming = Incoming::Request { method: callback.method, target: &target, headers: &headers, body: &body };
        match self.engine.receive(self.ws, account, incoming).await {
            Ok(intake) => self.past.answered(&due, intake.answer.status),
            Err(error) => bail!("the door refused a webhook: {error:?}"),
        }
    }
}
