//! Whether a message may join the thread that it says to belong to: only where its sender takes part already.

use anyhow::Result;
use connectors::Received;
use db::Tx;
use model::{ChannelAccountId, InboundEvent, Thread};

use crate::Engine;

/// Threads that one message may claim.
const CLAIMS: usize = 50;

impl Engine {
    /// Puts the first thread that an event rightly claims in front of its own keys. A claim to a thread that comes to be at the same
    /// moment is not seen; then the message begins one of its own.
    pub(super) async fn grant_claims(&self, ws: i64, id: ChannelAccountId, channel: &str, received: &mut Received) -> Result<()> {
        for arrived in received.batches.iter_mut().flat_map(|batch| &mut batch.events) {
            let InboundEvent::Message(message) = &arrived.event else { continue };
            if message.claims.is_empty() {
                continue;
            }
            let (claims, sender, channel) = (message.claims.clone(), message.from.external_id.clone(), channel.to_owned());
            let granted = self
                .db()
                .read(move |tx| {
                    let (claims, sender, channel) = (claims.clone(), sender.clone(), channel.clone());
                    Box::pin(async move {
                        for claim in claims.iter().take(CLAIMS) {
                            if let Some(thread) = store::conversation::thread_by_key(tx, ws, id, claim).await?
                                && takes_part(tx, ws, &thread, &channel, &sender).await?
                            {
                                return Ok(Some(thread.key));
                            }
                        }
                        Ok(None)
                    })
                })
                .await?;
            if let Some(key) = granted {
                arrived.keys.retain(|known| *known != key);
                arrived.keys.insert(0, key);
            }
        }
        Ok(())
    }
}

async fn takes_part(tx: &mut Tx<'_>, ws: i64, thread: &Thread, channel: &str, sender: &str) -> Result<bool> {
    let mut addresses: Vec<_> = thread.address_id.into_iter().collect();
    if let Some(conversation) = thread.conversation_id {
        let participants = store::conversation::participants(tx, ws, conversation).await?;
        addresses.extend(participants.into_iter().filter_map(|participant| participant.address_id));
    }
    for id in addresses {
        let address = store::contact::address_by_id(tx, ws, id).await?;
        if address.is_some_and(|address| address.channel == channel && address.external_id == sender) {
            return Ok(true);
        }
    }
    Ok(false)
}
