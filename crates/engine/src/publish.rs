//! Delivers events in order by number to whoever listens on this node; and signals, which carry no truth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use model::{Author, ConversationId, Event, EventKind};
use tokio::sync::broadcast;

use crate::Engine;

/// Events a slow listener may lag before it must read them from the store.
const LAG: usize = 8192;
const PAGE: i64 = 500;

#[derive(Debug, Clone)]
pub enum Published {
    Event(Event),
    Signal(Signal),
}

/// Not stored, may be lost.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    Typing { conversation_id: ConversationId, author: Author, on: bool },
    Presence { conversation_id: ConversationId, present: bool },
}

struct Stream {
    last: i64,
    out: broadcast::Sender<Arc<Published>>,
}

#[derive(Default)]
pub(crate) struct Publisher {
    streams: Mutex<BTreeMap<i64, Stream>>,
}

impl Engine {
    /// Listens to a workspace from its newest event on. A listener that lags gets an error and reads the store.
    pub async fn subscribe(&self, ws: i64) -> Result<broadcast::Receiver<Arc<Published>>> {
        if let Some(stream) = self.streams().get(&ws) {
            return Ok(stream.out.subscribe());
        }
        let last = self.0.db.read(move |tx| Box::pin(async move { store::event::last(tx, ws).await })).await?;
        let mut streams = self.streams();
        let stream = streams.entry(ws).or_insert_with(|| Stream { last, out: broadcast::channel(LAG).0 });
        Ok(stream.out.subscribe())
    }

    /// Typing and presence, to this node's listeners.
    pub fn signal(&self, ws: i64, signal: Signal) {
        if let Signal::Typing { conversation_id, author: Author::Worker { .. }, on } = &signal {
            self.tell_typing(ws, *conversation_id, *on);
        }
        if let Some(stream) = self.streams().get(&ws) {
            let _ = stream.out.send(Arc::new(Published::Signal(signal)));
        }
    }

    /// Publishes what a workspace's stream has beyond what was published. True when there was something.
    pub async fn publish_once(&self, ws: i64) -> Result<bool> {
        Ok(self.publish_page(ws).await? > 0)
    }

    /// Publishes until a page is not full: what is written after it was read rings again.
    pub(crate) async fn publish_all(&self, ws: i64) -> Result<()> {
        while self.publish_page(ws).await? as i64 == PAGE {}
        Ok(())
    }

    /// How many events one read brought that nobody had published.
    async fn publish_page(&self, ws: i64) -> Result<usize> {
        let known = self.streams().get(&ws).map(|stream| stream.last);
        let Some(from) = known else { return self.watch_settings(ws).await.map(|()| 0) };
        let events = self.0.db.read(move |tx| Box::pin(async move { store::event::after(tx, ws, from, PAGE).await })).await?;
        if events.iter().any(|event| event.kind == EventKind::SettingsUpdated) {
            self.config_changed(ws);
        }
        let mut streams = self.streams();
        let Some(stream) = streams.get_mut(&ws) else { return Ok(0) };
        let mut fresh = 0;
        for event in events {
            // Another call may have been faster; numbers only grow.
            if event.seq == stream.last + 1 {
                stream.last = event.seq;
                fresh += 1;
                let _ = stream.out.send(Arc::new(Published::Event(event)));
            }
        }
        Ok(fresh)
    }

    /// A workspace nobody listens to still has to hear that its settings changed elsewhere: from now on somebody listens.
    async fn watch_settings(&self, ws: i64) -> Result<()> {
        self.subscribe(ws).await?;
        self.config_changed(ws);
        Ok(())
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Stream>> {
        self.0.publisher.streams.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
