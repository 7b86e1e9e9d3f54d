//! What was put aside is read again, after an update or a change of settings. Twice has the effect of once: an event that is known
//! already changes nothing.

use anyhow::{Context, Result};
use connectors::{Incoming, Received, Recipient};
use model::{DeliveryId, InboundId, Timestamp};
use serde_json::Value;
use store::unreadable::UnreadableId;

use super::Raw;
use crate::{Engine, Hints};

/// How many are read again with one order.
const AT_ONCE: i64 = 500;

/// What came of reading something again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadAgain {
    /// It is understood now; how many events of it were new. Of an event: it waits for its turn.
    Read { fresh: usize },
    /// It still is not, and why.
    Unreadable(String),
    /// Its signature does not fit what we know now.
    NotGenuine(&'static str),
    /// Its bytes are kept no longer, or were kept without what reading them needs.
    Gone,
    /// Its account is switched off.
    Disabled,
    /// It is not put aside, or not any more.
    NotThere,
}

/// What came of reading everything again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadAll {
    pub read: usize,
    pub left: usize,
}

impl Engine {
    /// Reads again what is put aside.
    pub async fn read_again(&self, ws: i64, id: UnreadableId) -> Result<ReadAgain> {
        match id {
            UnreadableId::Delivery(id) => self.read_delivery_again(ws, id).await,
            UnreadableId::Event(id) => self.take_event_again(ws, id).await,
        }
    }

    /// Reads everything again that came in before now, the oldest first, at most 500 at once.
    pub async fn read_all_again(&self, ws: i64) -> Result<ReadAll> {
        let rows = self.0.db.read(move |tx| Box::pin(async move { store::unreadable::list(tx, ws, None, AT_ONCE).await })).await?;
        let mut all = ReadAll::default();
        for row in rows.iter().rev() {
            match self.read_again(ws, row.id).await? {
                ReadAgain::Read { .. } | ReadAgain::NotThere => all.read += 1,
                _ => all.left += 1,
            }
        }
        Ok(all)
    }

    async fn read_delivery_again(&self, ws: i64, id: DeliveryId) -> Result<ReadAgain> {
        let row = UnreadableId::Delivery(id);
        let found = self.0.db.read(move |tx| {
            Box::pin(async move { Ok((store::unreadable::by_id(tx, ws, row).await?, store::unreadable::delivery(tx, ws, id).await?)) })
        });
        let (aside, kept) = found.await?;
        if aside.is_none() {
            return Ok(ReadAgain::NotThere);
        }
        let Some(kept) = kept else { return Ok(ReadAgain::Gone) };
        let config = self.config(ws).await?;
        let account = config.accounts.get(&kept.channel_account_id).cloned().context("a delivery of no channel account")?;
        if !account.enabled {
            return Ok(ReadAgain::Disabled);
        }
        let body = config.open(&format!("delivery:{id}"), &kept.sealed)?;
        let Some(came) = Came::read(&kept.headers) else { return Ok(ReadAgain::Gone) };
        let connector = self.connector(&account.kind)?;
        let incoming = came.incoming(&body);
        // As if it were then: what was signed in time stays so.
        let mut received = match connector.receive(&Recipient::Account(&account), &incoming, kept.received_at) {
            Ok(received) => received,
            Err(rejected) => return Ok(ReadAgain::NotGenuine(rejected.why)),
        };
        let still = received.unreadable.take();
        let fresh = match received.batches.iter().any(|batch| !batch.events.is_empty()) {
            true => self.keep_again(ws, account.id, connector.address_kind(), received, Raw::of(&incoming)).await?,
            false => 0,
        };
        let why = still.clone();
        self.0
            .db
            .write(move |tx| {
                let why = why.clone();
                Box::pin(async move {
                    match why {
                        Some(why) => store::unreadable::still_aside(tx, ws, id, &why).await,
                        None => store::unreadable::was_read(tx, ws, id).await,
                    }
                })
            })
            .await?;
        Ok(still.map_or(ReadAgain::Read { fresh }, ReadAgain::Unreadable))
    }

    /// Keeps the events that are understood. What was to be answered at once then is late now, and where the provider was read up to has
    /// long moved on.
    async fn keep_again(&self, ws: i64, id: model::ChannelAccountId, kind: &str, mut received: Received, raw: Raw) -> Result<usize> {
        self.grant_claims(ws, id, kind, &mut received).await?;
        let batches = received.batches;
        Ok(self.keep(ws, id, Received { batches, ..Received::default() }, raw).await?.fresh)
    }

    async fn take_event_again(&self, ws: i64, id: InboundId) -> Result<ReadAgain> {
        let lane = self.0.db.write(move |tx| Box::pin(async move { store::unreadable::wait_again(tx, ws, id).await })).await?;
        let Some(lane) = lane else { return Ok(ReadAgain::NotThere) };
        self.ring(&Hints { lanes: [(ws, lane)].into(), ..Hints::default() });
        Ok(ReadAgain::Read { fresh: 1 })
    }
}

/// How a delivery came, as it is kept beside its bytes.
enum Came {
    Request { method: String, target: String, headers: Vec<(String, String)> },
    Frame { from: String },
    Mail { id: String, came_at: Option<Timestamp>, whole: bool },
}

impl Came {
    /// `None` for what was kept before frames and mails said how they came.
    fn read(kept: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(kept).ok()?;
        let text = |key: &str| kept[key].as_str().map(str::to_owned);
        if let Some(method) = text("method") {
            let headers = serde_json::from_value(kept["headers"].clone()).ok()?;
            return Some(Self::Request { method, target: text("target")?, headers });
        }
        if let Some(from) = text("frame") {
            return Some(Self::Frame { from });
        }
        let came_at = kept["came_at"].as_i64().map(Timestamp::from_micros);
        Some(Self::Mail { id: text("mail")?, came_at, whole: kept["whole"].as_bool()? })
    }

    fn incoming<'a>(&'a self, body: &'a [u8]) -> Incoming<'a> {
        match self {
            Self::Request { method, target, headers } => Incoming::Request { method, target, headers, body },
            Self::Frame { from } => Incoming::Frame { from, body },
            Self::Mail { id, came_at, whole } => Incoming::Mail { id, body, came_at: *came_at, whole: *whole },
        }
    }
}
