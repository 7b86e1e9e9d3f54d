//! The same request is done once: its key is claimed in the commit of what it does.

use std::sync::Arc;

use anyhow::Result;
use db::Tx;
use model::{Lane, Noted, Timestamp};
use sha2::{Digest, Sha256};
use store::audit_log::Entry;

use crate::Engine;
use crate::turn::{Command, Turned};

/// Who asks, and their name for the request, if they gave one.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The id of the user or key.
    pub actor: String,
    pub key: Option<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub key: String,
    /// Of what was asked: the same key for something else is a mistake.
    pub fingerprint: String,
}

/// What became of a request.
#[derive(Debug)]
pub enum Once<T> {
    Done(T),
    /// It was done before; what was kept of it then.
    Before(String),
    /// The key was used for another request.
    Reused,
}

/// Claims the request for this transaction; `None` = go on.
///
/// # Errors
/// Those of the database.
pub async fn claim<T>(tx: &mut Tx<'_>, ws: i64, request: &Request, now: Timestamp) -> Result<Option<Once<T>>> {
    let Some(key) = &request.key else { return Ok(None) };
    if store::listing::claim_request(tx, ws, &request.actor, &key.key, &key.fingerprint, now).await? {
        return Ok(None);
    }
    let (fingerprint, answer) = store::routing::answered(tx, ws, &request.actor, &key.key).await?.unwrap_or_default();
    Ok(Some(if fingerprint == key.fingerprint { Once::Before(answer) } else { Once::Reused }))
}

/// Keeps what a claimed request is answered, for whoever asks it again.
///
/// # Errors
/// Those of the database.
pub async fn finish(tx: &mut Tx<'_>, ws: i64, request: &Request, answer: &str) -> Result<()> {
    let Some(key) = &request.key else { return Ok(()) };
    store::listing::finish_request(tx, ws, &request.actor, &key.key, answer).await
}

/// SHA-256, as the audit log chains its rows.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A row of the audit log.
pub fn entry(actor: &str, noted: &Noted) -> Entry {
    let Noted { action, subject, detail } = noted.clone();
    Entry { actor: actor.to_owned(), action, subject, detail }
}

impl From<&str> for Key {
    /// For whoever never asks for two things under one name.
    fn from(key: &str) -> Self {
        Self { key: key.to_owned(), fingerprint: String::new() }
    }
}

impl Engine {
    /// Runs a command as a turn on a lane, once per request. What is refused is as if it had not been asked.
    pub(crate) async fn command_once(&self, ws: i64, lane: Lane, command: Command, request: Request) -> Result<Once<Turned>> {
        let (config, now) = (self.config(ws).await?, self.now());
        let turns = Arc::new(self.turn_job(config, vec![lane], Some(Arc::new(command)), false));
        let done = self
            .0
            .db
            .write(move |tx| {
                let (turns, request) = (turns.clone(), request.clone());
                Box::pin(async move {
                    if let Some(before) = claim(tx, ws, &request, now).await? {
                        return Ok(before);
                    }
                    let turned = turns(tx).await?;
                    if let (Some(_), Some(key)) = (&turned.refused, &request.key) {
                        store::listing::forget_request(tx, ws, &request.actor, &key.key).await?;
                    }
                    Ok(Once::Done(turned))
                })
            })
            .await?;
        if let Once::Done(turned) = &done {
            self.ring(&turned.hints);
        }
        Ok(done)
    }
}
