//! Pictures from elsewhere that a mail shows. We fetch them, and only when asked, so that their sender learns nothing about who reads.

use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use model::Message;
use model::message::Extra;

use crate::dispatch::{Outgoing, Sent};
use crate::{Engine, files};

const MOST_BYTES: usize = 5 << 20;
const PATIENCE: Duration = Duration::from_secs(15);

impl Engine {
    /// A picture that the message's layout names, with its type as found in its content. `None` where the layout names no such picture, or
    /// what came is none.
    ///
    /// # Errors
    /// When the way out is closed altogether.
    pub async fn remote_picture(&self, ws: i64, message: &Message, url: &str) -> Result<Option<(Bytes, String)>> {
        if !url.starts_with("https://") || !names(message, url) {
            return Ok(None);
        }
        let request = Outgoing {
            method: "GET".into(),
            url: url.to_owned(),
            headers: vec![("accept".into(), "image/png,image/jpeg,image/gif,image/webp".into())],
            body: Bytes::new(),
            timeout_ms: PATIENCE.as_millis() as u64,
            max_response_bytes: MOST_BYTES,
            follow_redirects: 3,
            bulkhead: format!("pictures:{ws}"),
        };
        let Sent::Answer { status: 200, body, .. } = self.0.world.request(request).await else { return Ok(None) };
        let kind = files::sniff(&body);
        Ok(kind.starts_with("image/").then_some((body, kind)))
    }
}

/// Whether a card or the layout shows a picture from there; addresses are escaped in the layout.
fn names(message: &Message, url: &str) -> bool {
    let on_card = |card: &model::Card| card.image == Some(model::CardImage::Url(url.to_owned()));
    if message.cards.iter().any(on_card) {
        return true;
    }
    let escaped = url.replace('&', "&amp;").replace('"', "&quot;");
    let quoted = format!("src=\"{escaped}\"");
    message.extras.iter().any(|extra| matches!(extra, Extra::Mail { html, .. } if html.contains(&quoted)))
}
