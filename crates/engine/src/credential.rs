//! Credentials that end: made anew once, by the account's owner, before they are due or when the provider refuses them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use connectors::{Outcome, Work};
use model::{ChannelAccount, ChannelAccountId, Event, EventKind, Timestamp};
use serde_json::json;
use store::lease::Lease;

use crate::send::Sender;
use crate::{AccountProblem, Config, Engine, Hints, config};

/// Seconds between two tries at one account's credential.
pub(crate) const AGAIN_S: i64 = 60;

/// A credential as the provider gave it.
#[derive(Clone)]
struct Fresh {
    secrets: BTreeMap<String, String>,
    expires_at: Option<Timestamp>,
    refresh_at: Option<Timestamp>,
}

impl Engine {
    /// Makes the credential of an account anew where it is due. True when it did; false also when this process does not own the account.
    pub async fn refresh_due(&self, ws: i64, id: ChannelAccountId) -> Result<bool> {
        let config = self.config(ws).await?;
        match config.refresh_at.get(&id) {
            Some(at) if *at <= self.now() => self.refresh(ws, id).await,
            Some(_) => Ok(false),
            None => self.plan_refresh(ws, &config, id).await.map(|()| false),
        }
    }

    /// A token that somebody entered, and that could not be renewed once it has ended, is renewed while it surely holds.
    async fn plan_refresh(&self, ws: i64, config: &Config, id: ChannelAccountId) -> Result<()> {
        let account = config.accounts.get(&id).filter(|account| account.enabled);
        let after_s = account.and_then(|account| connectors::find(self.0.connectors, &account.kind)?.renews_after_s(account));
        let Some(at) = after_s.map(|s| self.now().plus_secs(s)) else { return Ok(()) };
        self.0.db.write(move |tx| Box::pin(async move { store::channel::plan_refresh(tx, ws, id, at).await })).await?;
        self.config_changed(ws);
        Ok(())
    }

    /// The same now, whatever is known of its end: somebody was refused with it.
    pub(crate) async fn refresh(&self, ws: i64, id: ChannelAccountId) -> Result<bool> {
        let Some(lease) = self.acquire(ws, &format!("channel_account:{id}")).await? else { return Ok(false) };
        let sender = self.sender(id);
        let mut sender = sender.lock().await;
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).filter(|account| account.enabled).cloned() else { return Ok(false) };
        self.refresh_held(ws, &config, &account, &mut sender, &lease).await
    }

    /// The same for whoever holds the account's sender. What is wrong is shown at the account; whether sending pauses is for
    /// whoever was refused to say, since a credential renewed early still works.
    pub(crate) async fn refresh_held(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        sender: &mut Sender,
        lease: &Lease,
    ) -> Result<bool> {
        let now = self.now();
        if sender.refreshed_at.is_some_and(|at| now < at.plus_secs(AGAIN_S)) {
            return Ok(false);
        }
        sender.refreshed_at = Some(now);
        let why = match self.ask_credential(ws, account).await? {
            Ok(fresh) => {
                self.keep_credential(ws, config, account.id, lease, fresh).await?;
                return Ok(true);
            }
            Err(why) => why,
        };
        tracing::warn!(account = %account.id, why = why.detail, "the credential could not be made anew");
        self.account_problem(ws, account.id, Some(why)).await?;
        Ok(false)
    }

    async fn ask_credential(&self, ws: i64, account: &ChannelAccount) -> Result<std::result::Result<Fresh, AccountProblem>> {
        Ok(match self.errand(ws, account, &Work::Refresh).await? {
            Some(Outcome::Credential { secrets, expires_at, refresh_at }) => Ok(Fresh { secrets, expires_at, refresh_at }),
            None => Err(over("the provider does not accept the credential")),
            Some(Outcome::Problem(problem)) => Err(problem.into()),
            Some(Outcome::Failed(problem)) => Err(over(&problem.detail)),
            Some(Outcome::RetryAfter { why, .. } | Outcome::Uncertain(why)) => Err(AccountProblem::busy(why)),
            Some(other) => anyhow::bail!("a refresh ended in what it cannot end in: {other:?}"),
        })
    }

    /// All of its secrets in one commit, into what is stored now: an admin may have changed the others meanwhile.
    async fn keep_credential(&self, ws: i64, config: &Config, id: ChannelAccountId, lease: &Lease, fresh: Fresh) -> Result<()> {
        let (lease, now, keys) = (lease.clone(), self.now(), Arc::new(config.keys.clone()));
        let fresh = Arc::new(fresh);
        self.0
            .db
            .write(move |tx| {
                let (lease, keys, fresh) = (lease.clone(), keys.clone(), fresh.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let about = config::secrets_about(id);
                    let Some(sealed) = store::channel::lock_secrets(tx, ws, id).await? else { return Ok(()) };
                    let clear = keys.open(&about, &sealed)?;
                    let mut secrets: BTreeMap<String, String> = serde_json::from_slice(&clear).context("a channel account's secrets")?;
                    secrets.extend(fresh.secrets.clone());
                    let sealed = keys.seal(&about, &serde_json::to_vec(&secrets)?)?;
                    store::channel::put_credential(tx, ws, id, sealed, fresh.expires_at, fresh.refresh_at).await?;
                    let event = Event::new(EventKind::SettingsUpdated, now).body(json!({ "what": "channels" }));
                    store::event::append(tx, ws, &[event]).await?;
                    Ok(())
                })
            })
            .await?;
        self.config_changed(ws);
        self.ring(&Hints { events: [ws].into(), accounts: [(ws, id)].into(), ..Hints::default() });
        Ok(())
    }
}

pub(crate) fn over(detail: &str) -> AccountProblem {
    AccountProblem { code: "credential_over".into(), setting: None, detail: detail.to_owned() }
}
