//! What tests do behind the doors: rows as a door or a handler of the API would write them.

use anyhow::{Context, Result};
use model::inbound::Sender;
use model::{ChannelAccountId, ContactId, Inbound, InboundEvent, InboundId, InboundMessage, JoinId, Lane};

use crate::{House, Shop};

impl House {
    /// Puts a message into the journal, as the door would, and answers its lane. Nothing turns it yet.
    pub async fn journal(&self, shop: &Shop, account: ChannelAccountId, keys: &[&str], from: &str, text: &str) -> Result<Lane> {
        let mut ids = self.engine.ids();
        let (delivery, id, now): (_, InboundId, _) = (ids.next(), ids.next(), self.now());
        let from = Sender { external_id: from.to_owned(), scoped: true, verified: true, ..Sender::default() };
        let message = InboundMessage { from, text: text.to_owned(), provider_id: format!("p:{id}"), ..InboundMessage::default() };
        let inbound = Inbound {
            id,
            delivery_id: delivery,
            channel_account_id: account,
            external_id: format!("m:{id}"),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            event: InboundEvent::Message(message),
            provider_at: None,
            received_at: now,
            attempts: 0,
        };
        let lane = inbound.lane();
        self.keep_delivery(shop, vec![inbound]).await?;
        Ok(lane)
    }

    /// Journals the events of one delivery, as the door would.
    pub async fn keep_delivery(&self, shop: &Shop, events: Vec<Inbound>) -> Result<()> {
        let first = events.first().context("a delivery without an event")?;
        let (ws, id, channel_account_id, received_at) = (shop.ws, first.delivery_id, first.channel_account_id, first.received_at);
        self.engine
            .db()
            .write(move |tx| {
                let events = events.clone();
                Box::pin(async move {
                    let sealed = vec![1];
                    let row =
                        store::journal::Delivery { id, channel_account_id, sealed, headers: "{}".into(), received_at, quarantined: None };
                    store::journal::keep(tx, ws, &[&(row, events)]).await
                })
            })
            .await?;
        Ok(())
    }

    /// An agent joins two contacts' persons.
    pub async fn join(&self, shop: &Shop, one: ContactId, other: ContactId) -> Result<Result<JoinId, engine::JoinRefused>> {
        let (ws, now, ids) = (shop.ws, self.now(), self.engine.ids());
        self.engine
            .db()
            .write(move |tx| {
                let mut ids = ids.clone();
                Box::pin(async move {
                    let joined = engine::join(tx, ws, one, other, "agent", "worker:ana", now, &mut ids).await?;
                    Ok(joined.map(|(id, _)| id))
                })
            })
            .await
    }

    pub async fn undo_join(&self, shop: &Shop, id: JoinId) -> Result<Result<(), engine::JoinRefused>> {
        let (ws, now) = (shop.ws, self.now());
        Ok(self.engine.db().write(move |tx| Box::pin(engine::undo_join(tx, ws, id, now))).await?.map(drop))
    }

    /// Lets the house work while something waits for it.
    pub async fn working_during<T>(&self, asked: impl Future<Output = T>) -> T {
        let works = async {
            for _ in 0..20 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                self.settle().await.expect("the house works");
            }
        };
        tokio::join!(asked, works).0
    }
}
