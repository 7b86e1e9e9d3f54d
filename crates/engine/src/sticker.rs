//! The stickers a channel account can send, and their pictures. Those lie with the provider: each is fetched once, as an egress request of
//! the account, drawn anew by us and kept, so that an agent's browser asks nobody but us.

use anyhow::Result;
use bytes::Bytes;
use connectors::{Outcome, StickerSet, Work};
use model::{ChannelAccountId, Extra, Message};

use crate::{Engine, files};

/// So many pictures are fetched at once: a set has forty, and what agents send comes first.
pub(crate) const AT_ONCE: usize = 3;

impl Engine {
    /// What an agent may choose from; none where the channel has no list, or sends no stickers.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub async fn sticker_sets(&self, ws: i64, id: ChannelAccountId) -> Result<&'static [StickerSet]> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id) else { return Ok(&[]) };
        Ok(self.connector(&account.kind)?.sticker_sets(account))
    }

    /// A sticker's picture and its type as found in its content. `None` where the account has no such sticker, or its provider does not give
    /// the picture now.
    ///
    /// # Errors
    /// When the store of files cannot be read or written.
    pub async fn sticker_picture(&self, ws: i64, id: ChannelAccountId, set: &str, sticker: &str) -> Result<Option<(Bytes, String)>> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id) else { return Ok(None) };
        let connector = self.connector(&account.kind)?;
        // Both become part of the file's key.
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
        if !plain(set) || !plain(sticker) || connector.check_sticker(account, set, sticker).is_err() {
            return Ok(None);
        }
        let Some(url) = connector.sticker_picture(account, set, sticker) else { return Ok(None) };
        let key = format!("{}/stickers/{id}/{set}-{sticker}", config.workspace.id);
        if let Some(kept) = self.kept_picture(&key).await? {
            return Ok(Some(kept));
        }
        let _place = self.0.sticker_fetches.acquire().await?;
        // Somebody else may have fetched it while we waited.
        if let Some(kept) = self.kept_picture(&key).await? {
            return Ok(Some(kept));
        }
        let Some(Outcome::File { bytes, .. }) = self.errand(ws, account, &Work::Media { url }).await? else { return Ok(None) };
        let examined = tokio::task::spawn_blocking(move || files::examine("sticker", Bytes::from(bytes))).await?;
        let Some(picture) = examined.ok().filter(|found| found.size.is_some()) else { return Ok(None) };
        self.0.files.put(&key, picture.bytes.clone()).await?;
        Ok(Some((picture.bytes, picture.media_type)))
    }

    async fn kept_picture(&self, key: &str) -> Result<Option<(Bytes, String)>> {
        Ok(self.0.files.get(key).await?.map(|bytes| {
            let kind = files::sniff(&bytes);
            (bytes, kind)
        }))
    }

    /// The picture of the sticker that a message of ours brought.
    ///
    /// # Errors
    /// As [`Engine::sticker_picture`].
    pub async fn sticker_of(&self, ws: i64, message: &Message) -> Result<Option<(Bytes, String)>> {
        let sticker = message.extras.iter().find_map(|extra| match extra {
            Extra::Sticker { set, id, .. } => Some((set, id)),
            _ => None,
        });
        let (Some((set, id)), Some(thread)) = (sticker, message.thread_id) else { return Ok(None) };
        let found = self.0.db.read(move |tx| Box::pin(async move { store::conversation::thread_by_id(tx, ws, thread).await })).await?;
        let Some(thread) = found else { return Ok(None) };
        self.sticker_picture(ws, thread.channel_account_id, set, id).await
    }
}
