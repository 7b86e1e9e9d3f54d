//! The engine's way out in the demo. Its carrier is served by the same socket, so once we close nobody would answer there any more.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use connectors::{Door, Reply};
use engine::{Outgoing, OutgoingLetter, Sent, World};
use model::ChannelAccountId;
use tokio::sync::watch;

/// How long a request under way may go on after we began to close.
const LAST_WORDS: Duration = Duration::from_secs(3);

pub struct WayOut {
    pub world: Arc<dyn World>,
    pub closed: watch::Receiver<bool>,
}

#[async_trait]
impl World for WayOut {
    async fn request(&self, request: Outgoing) -> Sent {
        let mut closed = self.closed.clone();
        if *closed.borrow() {
            return Sent::NotSent { why: "the demo is closing".into(), permanent: false };
        }
        let late = async {
            drop(closed.wait_for(|closed| *closed).await);
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            sent = self.world.request(request) => sent,
            () = late => Sent::Unknown { why: "the demo closed before an answer came".into() },
        }
    }
    fn refuses(&self, url: &str) -> bool {
        self.world.refuses(url)
    }
    async fn post(&self, letter: OutgoingLetter) -> Reply {
        self.world.post(letter).await
    }
    async fn knock(&self, door: Door) -> Reply {
        self.world.knock(door).await
    }
    async fn frame(&self, account: ChannelAccountId, frame: Bytes) -> Reply {
        self.world.frame(account, frame).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    #[async_trait]
    impl World for Silent {
        async fn request(&self, _: Outgoing) -> Sent {
            std::future::pending().await
        }
    }

    fn request() -> Outgoing {
        Outgoing {
            method: "GET".into(),
            url: "http://carrier.localhost/".into(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            timeout_ms: 1_000,
            max_response_bytes: 1,
            follow_redirects: 0,
            bulkhead: String::new(),
        }
    }

    #[tokio::test]
    async fn closing_waits_for_no_answer() {
        let (close, closed) = watch::channel(false);
        let way = WayOut { world: Arc::new(Silent), closed };
        let (sent, ()) = tokio::join!(way.request(request()), async {
            close.send_replace(true);
        });
        assert!(matches!(sent, Sent::Unknown { .. }), "it may have left");
        assert!(matches!(way.request(request()).await, Sent::NotSent { permanent: false, .. }), "this one did not");
    }
}
