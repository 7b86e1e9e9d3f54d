//! What every socket of the house has in common: small buffers, a bounded queue, and an end that says why.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use prometheus_client::metrics::gauge::Gauge;

/// Largest frame a client may send, in bytes.
const FRAME_BYTES: usize = 64 * 1024;
/// What may wait unsent for one client, in bytes.
const UNSENT_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 4096;
/// A write that takes longer means that nobody reads.
const WRITE_DEADLINE: Duration = Duration::from_secs(10);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The limits of every upgrade: an idle socket costs a few KiB instead of the default's 130.
pub fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(UNSENT_BYTES)
        .max_message_size(FRAME_BYTES)
        .max_frame_size(FRAME_BYTES)
}

/// The socket is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

pub async fn say(socket: &mut WebSocket, text: impl Into<Utf8Bytes>) -> Result<(), Gone> {
    match tokio::time::timeout(WRITE_DEADLINE, socket.send(Message::Text(text.into()))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Gone),
    }
}

/// Says why and closes; a client that does not listen is cut all the same.
pub async fn bye(mut socket: WebSocket, code: &str) {
    let text = format!(r#"{{"type":"bye","code":"{code}"}}"#);
    let farewell = async {
        let _ = socket.send(Message::Text(text.into())).await;
        let _ = socket.send(Message::Close(Some(CloseFrame { code: 1000, reason: Utf8Bytes::from_static("") }))).await;
        // The client's own closing ends the connection without a reset that could swallow the farewell.
        while let Some(Ok(_)) = socket.recv().await {}
    };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

/// Counts an open socket for as long as it is held.
pub struct Counted(Gauge);

impl Counted {
    pub fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
