//! What is kept only for a time goes, in small pieces.

use anyhow::Result;

use crate::Engine;

const DAY_S: i64 = 86_400;
/// Rows removed in one commit.
const PIECE: i64 = 1_000;

impl Engine {
    /// Empties raw deliveries after 8 days, events, routing's events and what webhooks were told of them after 30, loose uploads after one, answers to requests after 30.
    pub async fn expire_once(&self, ws: i64) -> Result<()> {
        let now = self.now();
        let loose = self
            .0
            .db
            .write(move |tx| {
                Box::pin(async move {
                    store::journal::expire(tx, ws, now.plus_secs(-8 * DAY_S), PIECE).await?;
                    store::journal::expire_apps(tx, now.plus_secs(-8 * DAY_S), PIECE).await?;
                    store::event::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    store::routing_event::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    store::webhook::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    store::routing::expire_answers(tx, ws, now.plus_secs(-30 * DAY_S)).await?;
                    store::visitor::expire(tx, ws, now, PIECE).await?;
                    store::message::expire_loose(tx, ws, now.plus_secs(-DAY_S), PIECE).await
                })
            })
            .await?;
        for attachment in loose {
            self.0.files.delete(&attachment.key).await?;
            if let Some(thumbnail) = &attachment.thumbnail_key {
                self.0.files.delete(thumbnail).await?;
            }
        }
        Ok(())
    }
}
