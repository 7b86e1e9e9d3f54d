//! What is kept only for a time goes, in small pieces.

use anyhow::Result;

use crate::Engine;

const DAY_S: i64 = 86_400;
/// Rows removed in one commit.
const PIECE: i64 = 1_000;

/// Pieces at once: what is left after these goes in an hour.
const PIECES: usize = 200;

impl Engine {
    /// Removes what is kept no longer, piece by piece, and leaves what is too much at once to the next time.
    pub(crate) async fn expire_old(&self, ws: i64) -> Result<()> {
        for _ in 0..PIECES {
            if self.stopping() || !self.expire_once(ws).await? {
                break;
            }
        }
        Ok(())
    }

    /// Empties raw deliveries after 8 days, events, routing's events and what webhooks were told of them after 30, loose uploads after
    /// one, answers to requests after 30; of each at most a piece. True when something went: there may be more.
    pub async fn expire_once(&self, ws: i64) -> Result<bool> {
        let now = self.now();
        let (removed, loose) = self
            .0
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut removed = store::journal::expire(tx, ws, now.plus_secs(-8 * DAY_S), PIECE).await?;
                    removed += store::journal::expire_apps(tx, now.plus_secs(-8 * DAY_S), PIECE).await?;
                    removed += store::event::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    removed += store::routing_event::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    removed += store::webhook::expire(tx, ws, now.plus_secs(-30 * DAY_S), PIECE).await?;
                    removed += store::routing::expire_answers(tx, ws, now.plus_secs(-30 * DAY_S)).await?;
                    removed += store::visitor::expire(tx, ws, now, PIECE).await?;
                    Ok((removed, store::message::expire_loose(tx, ws, now.plus_secs(-DAY_S), PIECE).await?))
                })
            })
            .await?;
        let some = removed > 0 || !loose.is_empty();
        for attachment in loose {
            self.0.files.delete(&attachment.key).await?;
            if let Some(thumbnail) = &attachment.thumbnail_key {
                self.0.files.delete(thumbnail).await?;
            }
        }
        Ok(some)
    }
}
