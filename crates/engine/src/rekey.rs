//! New keys for everything that is sealed, in steps of one commit each.
//!
//! No step needs the one before it to have been made by the same process: a rotation that was cut is gone through again from its
//! beginning, and what the new keys sealed already is left as it is. Until the last step both keys of a kind open.

use std::collections::VecDeque;

use anyhow::{Context, Result, bail};
use db::{Db, Tx};
use model::{DeliveryId, Timestamp, WorkspaceId};
use store::audit_log::Entry;
use uuid::Uuid;

use crate::crypto::Vault;
use crate::{auth_token_about, secrets_about, webhook_secret_about};

/// Sealed bodies of one commit: of 64 KiB at most each, so that a commit stays quick.
const PAGE: i64 = 200;

/// A rotation under way.
pub struct Rekeying {
    db: Db,
    /// In rotation: the new master key seals, both open.
    vault: Vault,
    now: Timestamp,
    left: VecDeque<Step>,
    done: Resealed,
}

/// What a rotation has sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    pub workspaces: u64,
    pub secrets: u64,
    pub deliveries: u64,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A new data key beside the old one.
    Renew(i64, WorkspaceId),
    ChannelAccounts(i64, WorkspaceId),
    Webhooks(i64, WorkspaceId),
    Deliveries(i64, WorkspaceId, DeliveryId),
    /// The old data key goes.
    Settle(i64, WorkspaceId),
    /// What the master key seals itself.
    Accounts,
    AppDeliveries(DeliveryId),
    /// The mark goes.
    End,
}

/// Names the key of an unfinished rotation, in the installation's facts.
const MARK: &str = "rotation";

impl Rekeying {
    /// Marks the database; nobody else may use it until [`Rekeying::step`] says that it is over.
    ///
    /// # Errors
    /// When a rotation to another key is unfinished: two new keys would share the rows between them.
    pub async fn begin(db: Db, vault: Vault, now: Timestamp) -> Result<Self> {
        let mark: String = vault.derive("rotation").iter().map(|byte| format!("{byte:02x}")).collect();
        db.write(move |tx| {
            let mark = mark.clone();
            Box::pin(async move {
                match store::workspace::fact(tx, MARK).await? {
                    Some(held) if held != mark => {
                        bail!("a rotation to another key is unfinished: end it with the key file it was begun with")
                    }
                    Some(_) => Ok(()),
                    None => store::workspace::put_fact(tx, MARK, &mark).await,
                }
            })
        })
        .await?;
        let workspaces = db.read(|tx| Box::pin(async move { store::workspace::keyed(tx).await })).await?;
        let first = DeliveryId(Uuid::nil());
        let mut left: VecDeque<Step> = workspaces
            .iter()
            .copied()
            .flat_map(|(ws, id)| {
                [
                    Step::Renew(ws, id),
                    Step::ChannelAccounts(ws, id),
                    Step::Webhooks(ws, id),
                    Step::Deliveries(ws, id, first),
                    Step::Settle(ws, id),
                ]
            })
            .collect();
        left.extend([Step::Accounts, Step::AppDeliveries(first), Step::End]);
        Ok(Self { db, vault, now, left, done: Resealed::default() })
    }

    /// One commit more; false when everything is sealed with the new keys.
    pub async fn step(&mut self) -> Result<bool> {
        let Some(step) = self.left.pop_front() else { return Ok(false) };
        let (vault, now) = (self.vault.clone(), self.now);
        let (count, next) = self
            .db
            .write(move |tx| {
                let vault = vault.clone();
                Box::pin(async move { take(tx, &vault, step, now).await })
            })
            .await?;
        match step {
            Step::Settle(..) => self.done.workspaces += count,
            Step::Deliveries(..) | Step::AppDeliveries(_) => self.done.deliveries += count,
            Step::Renew(..) | Step::ChannelAccounts(..) | Step::Webhooks(..) | Step::Accounts | Step::End => self.done.secrets += count,
        }
        if let Some(next) = next {
            self.left.push_front(next);
        }
        Ok(true)
    }

    pub fn done(&self) -> Resealed {
        self.done
    }
}

/// How many values were sealed anew, and the step to take before the rest.
async fn take(tx: &mut Tx<'_>, vault: &Vault, step: Step, now: Timestamp) -> Result<(u64, Option<Step>)> {
    match step {
        Step::Renew(ws, id) => renew(tx, vault, ws, id).await.map(|count| (count, None)),
        Step::ChannelAccounts(ws, id) => channel_accounts(tx, vault, ws, id).await.map(|count| (count, None)),
        Step::Webhooks(ws, id) => webhooks(tx, vault, ws, id).await.map(|count| (count, None)),
        Step::Deliveries(ws, id, after) => {
            let (count, last) = deliveries(tx, vault, ws, id, after).await?;
            Ok((count, last.map(|last| Step::Deliveries(ws, id, last))))
        }
        Step::Settle(ws, id) => settle(tx, vault, ws, id, now).await.map(|count| (count, None)),
        Step::Accounts => accounts(tx, vault).await.map(|count| (count, None)),
        Step::AppDeliveries(after) => {
            let (count, last) = app_deliveries(tx, vault, after).await?;
            Ok((count, last.map(Step::AppDeliveries)))
        }
        Step::End => store::workspace::delete_fact(tx, MARK).await.map(|_| (0, None)),
    }
}

fn keys_about(id: WorkspaceId) -> String {
    format!("workspace:{id}")
}

/// A workspace whose single key is wrapped by the new master key was finished before a cut.
async fn renew(tx: &mut Tx<'_>, vault: &Vault, ws: i64, id: WorkspaceId) -> Result<u64> {
    let (about, wrapped) = (keys_about(id), store::sealed::data_keys(tx, ws).await?);
    if vault.is_current(&about, &wrapped) {
        return Ok(0);
    }
    let keys = vault.open_data_keys(&about, &wrapped)?;
    let keys = if keys.is_rotating() { keys } else { keys.renewed()? };
    store::sealed::put_data_keys(tx, ws, vault.seal_under_master(&about, &keys.bytes())?).await?;
    Ok(0)
}

async fn channel_accounts(tx: &mut Tx<'_>, vault: &Vault, ws: i64, id: WorkspaceId) -> Result<u64> {
    let keys = vault.open_data_keys(&keys_about(id), &store::sealed::data_keys(tx, ws).await?)?;
    let mut count = 0;
    for (account, sealed) in store::sealed::channel_accounts(tx, ws).await? {
        let about = secrets_about(account);
        if keys.is_current(&about, &sealed) {
            continue;
        }
        let clear = keys.open(&about, &sealed).with_context(|| about.clone())?;
        store::sealed::put_channel_account(tx, ws, account, keys.seal(&about, &clear)?).await?;
        count += 1;
    }
    Ok(count)
}

async fn webhooks(tx: &mut Tx<'_>, vault: &Vault, ws: i64, id: WorkspaceId) -> Result<u64> {
    let keys = vault.open_data_keys(&keys_about(id), &store::sealed::data_keys(tx, ws).await?)?;
    let mut count = 0;
    for (webhook, sealed) in store::sealed::webhooks(tx, ws).await? {
        let about = webhook_secret_about(webhook);
        if keys.is_current(&about, &sealed) {
            continue;
        }
        let clear = keys.open(&about, &sealed).with_context(|| about.clone())?;
        store::sealed::put_webhook(tx, ws, webhook, keys.seal(&about, &clear)?).await?;
        count += 1;
    }
    Ok(count)
}

async fn deliveries(tx: &mut Tx<'_>, vault: &Vault, ws: i64, id: WorkspaceId, after: DeliveryId) -> Result<(u64, Option<DeliveryId>)> {
    let keys = vault.open_data_keys(&keys_about(id), &store::sealed::data_keys(tx, ws).await?)?;
    let page = store::sealed::deliveries(tx, ws, after, PAGE).await?;
    let (mut count, last) = (0, page.last().map(|(delivery, _)| *delivery));
    for (delivery, sealed) in page {
        let about = format!("delivery:{delivery}");
        if keys.is_current(&about, &sealed) {
            continue;
        }
        let clear = keys.open(&about, &sealed).with_context(|| about.clone())?;
        store::sealed::put_delivery(tx, ws, delivery, keys.seal(&about, &clear)?).await?;
        count += 1;
    }
    Ok((count, last))
}

/// Ends the workspace's rotation, and writes down that it was made.
async fn settle(tx: &mut Tx<'_>, vault: &Vault, ws: i64, id: WorkspaceId, now: Timestamp) -> Result<u64> {
    let about = keys_about(id);
    let keys = vault.open_data_keys(&about, &store::sealed::data_keys(tx, ws).await?)?;
    if !keys.is_rotating() {
        return Ok(0);
    }
    store::sealed::put_data_keys(tx, ws, vault.seal_under_master(&about, &keys.settled().bytes())?).await?;
    let entry = Entry { actor: "operator".into(), action: "keys.rotated".into(), subject: id.to_string(), detail: String::new() };
    store::audit_log::append(tx, ws, &[entry], now, crate::once::digest).await?;
    Ok(1)
}

async fn accounts(tx: &mut Tx<'_>, vault: &Vault) -> Result<u64> {
    let mut count = 0;
    for (account, sealed) in store::sealed::auth_tokens(tx).await? {
        if let Some(anew) = reseal(vault, &auth_token_about(account), &sealed)? {
            store::sealed::put_auth_token(tx, account, anew).await?;
            count += 1;
        }
    }
    for (app, sealed) in store::sealed::apps(tx).await? {
        if let Some(anew) = reseal(vault, &format!("channel_app:{app}:secrets"), &sealed)? {
            store::sealed::put_app(tx, app, anew).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn app_deliveries(tx: &mut Tx<'_>, vault: &Vault, after: DeliveryId) -> Result<(u64, Option<DeliveryId>)> {
    let page = store::sealed::app_deliveries(tx, after, PAGE).await?;
    let (mut count, last) = (0, page.last().map(|(delivery, _)| *delivery));
    for (delivery, sealed) in page {
        if let Some(anew) = reseal(vault, &format!("app_delivery:{delivery}"), &sealed)? {
            store::sealed::put_app_delivery(tx, delivery, anew).await?;
            count += 1;
        }
    }
    Ok((count, last))
}

/// The value under the new master key; `None` when that sealed it already.
fn reseal(vault: &Vault, about: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
    if vault.is_current(about, sealed) {
        return Ok(None);
    }
    let clear = vault.open_under_master(about, sealed).with_context(|| about.to_owned())?;
    vault.seal_under_master(about, &clear).map(Some)
}
