//! What rarely changes in a workspace, read once and kept: settings, channel accounts with their secrets, flows, the bot's rows.
//! Dropped when the stream says that settings changed, on whichever node that happened.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use bot::Bot;
use db::Tx;
use flow::Definition;
use model::{
    Brand, BusinessHours, ChannelAccount, ChannelAccountId, Closed, CustomField, FlowId, Timestamp, Workflow, WorkflowId, Workspace,
};

use crate::Engine;
use crate::crypto;

pub struct Config {
    pub workspace: Workspace,
    /// The workspace's own data keys.
    pub keys: crypto::DataKeys,
    pub accounts: BTreeMap<ChannelAccountId, Arc<ChannelAccount>>,
    /// When an account's credential is to be made anew, where it ends by itself.
    pub refresh_at: BTreeMap<ChannelAccountId, Timestamp>,
    /// Each flow's published revision.
    pub flows: BTreeMap<FlowId, (i64, Arc<Definition>)>,
    /// The flow of channel accounts that name none: the oldest published one.
    pub default_flow: Option<FlowId>,
    /// (flow, kind, given SID) → what it stands for here.
    pub references: BTreeMap<(FlowId, String, String), String>,
    pub workflows: Vec<Workflow>,
    pub business_hours: Vec<BusinessHours>,
    pub bot: Bot,
    /// What the workspace keeps of contacts and tasks, by subject and in order.
    pub fields: Vec<CustomField>,
    pub brand: Brand,
    /// Revisions that executions still run on.
    older: Mutex<BTreeMap<(FlowId, i64), Arc<Definition>>>,
}

impl Config {
    pub fn ws(&self) -> i64 {
        self.workspace.number
    }
    /// What customers know the workspace by.
    pub fn called(&self) -> &str {
        if self.brand.name.is_empty() { &self.workspace.name } else { &self.brand.name }
    }
    pub fn seal(&self, about: &str, clear: &[u8]) -> Result<Vec<u8>> {
        self.keys.seal(about, clear)
    }
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        self.keys.open(about, sealed)
    }

    /// The definition of a revision, published or older.
    pub(crate) async fn definition(&self, tx: &mut Tx<'_>, id: FlowId, revision: i64) -> Result<Arc<Definition>> {
        if let Some((published, definition)) = self.flows.get(&id)
            && *published == revision
        {
            return Ok(definition.clone());
        }
        if let Some(found) = self.older().get(&(id, revision)) {
            return Ok(found.clone());
        }
        let text = store::flow::definition(tx, self.ws(), id, revision).await?.context("an execution of a revision that is not there")?;
        let parsed = flow::parse(&text).map_err(|problems| anyhow::anyhow!("a stored flow does not parse: {problems:?}"))?;
        let parsed = Arc::new(parsed);
        self.older().insert((id, revision), parsed.clone());
        Ok(parsed)
    }

    fn older(&self) -> std::sync::MutexGuard<'_, BTreeMap<(FlowId, i64), Arc<Definition>>> {
        self.older.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The workflow a flow means: mapped, named by id or name, or the only one there is.
    pub(crate) fn workflow(&self, flow: FlowId, given: &str) -> Option<WorkflowId> {
        let mapped = self.references.get(&(flow, "workflow".to_owned(), given.to_owned())).map_or(given, String::as_str);
        let known = |id: &WorkflowId| self.workflows.iter().any(|w| w.id == *id);
        if let Some(id) = mapped.parse::<WorkflowId>().ok().filter(known) {
            return Some(id);
        }
        let named = self.workflows.iter().find(|w| w.name.eq_ignore_ascii_case(mapped));
        named.or(if self.workflows.len() == 1 { self.workflows.first() } else { None }).or(self.workflows.first()).map(|w| w.id)
    }

    /// That a channel account's business hours are over for now, or have not begun.
    pub fn closed(&self, account: &ChannelAccount, now: Timestamp) -> Option<Closed> {
        let hours = self.business_hours.iter().find(|hours| account.business_hours_id == Some(hours.id))?;
        calendar::closed(hours, now)
    }

    /// The task channel a flow means; an unknown SID falls to what the channel is.
    pub(crate) fn task_channel(&self, flow: FlowId, given: &str, kind: &str) -> String {
        let mapped = self.references.get(&(flow, "channel".to_owned(), given.to_owned())).map_or(given, String::as_str);
        let is_sid = mapped.len() == 34 && mapped.starts_with("TC");
        if mapped.is_empty() || is_sid { task_channel_of(kind).to_owned() } else { mapped.to_owned() }
    }
}

/// The task channel that tasks of a channel kind count against.
pub fn task_channel_of(kind: &str) -> &str {
    match kind {
        "webchat" => "chat",
        other => other,
    }
}

/// How often the configuration is read before one that changed meanwhile is used, once and without being kept.
const CONFIG_TRIES: u32 = 3;

/// What the sealed secrets of a channel account belong to.
pub fn secrets_about(id: ChannelAccountId) -> String {
    format!("channel_account:{id}:secrets")
}

impl Engine {
    /// The workspace's configuration, from memory where it is known.
    pub async fn config(&self, ws: i64) -> Result<Arc<Config>> {
        if let Some(config) = self.configs().get(&ws) {
            return Ok(config.clone());
        }
        // One reads, the others wait for it: after a change everybody asks at once.
        let _reading = self.0.reading_config.lock().await;
        if let Some(config) = self.configs().get(&ws) {
            return Ok(config.clone());
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let before = self.0.config_changes.load(Ordering::SeqCst);
            let engine = self.clone();
            let config = self.0.db.read(move |tx| Box::pin(async move { load(tx, &engine, ws).await })).await?;
            let config = Arc::new(config);
            // What was read while something changed may be what was there before, and would be kept for good.
            let mut configs = self.configs();
            let unchanged = self.0.config_changes.load(Ordering::SeqCst) == before;
            if unchanged {
                configs.insert(ws, config.clone());
            }
            if unchanged || tries == CONFIG_TRIES {
                return Ok(config);
            }
        }
    }

    /// The workspace of a channel account, which never moves; what is in memory needs no look into the rows.
    pub async fn workspace_of(&self, id: ChannelAccountId) -> Result<Option<i64>> {
        let known = self.configs().iter().find(|(_, config)| config.accounts.contains_key(&id)).map(|(ws, _)| *ws);
        match known {
            Some(ws) => Ok(Some(ws)),
            None => self.0.db.read(move |tx| Box::pin(async move { store::channel::workspace_of(tx, id).await })).await,
        }
    }

    /// Something in the configuration changed: read it anew next time.
    pub fn config_changed(&self, ws: i64) {
        let mut configs = self.configs();
        self.0.config_changes.fetch_add(1, Ordering::SeqCst);
        configs.remove(&ws);
    }

    /// The workspaces whose configuration is in memory.
    pub(crate) fn configured(&self) -> Vec<i64> {
        self.configs().keys().copied().collect()
    }

    fn configs(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Arc<Config>>> {
        self.0.configs.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn load(tx: &mut Tx<'_>, engine: &Engine, ws: i64) -> Result<Config> {
    let workspace = store::workspace::by_number(tx, ws).await?.context("no such workspace")?;
    let (_, wrapped) = store::workspace::owner(tx, ws).await?.context("no such workspace")?;
    let keys = engine.0.vault.open_data_keys(&format!("workspace:{}", workspace.id), &wrapped)?;
    let (mut accounts, mut refresh_at) = (BTreeMap::new(), BTreeMap::new());
    for stored in store::channel::all(tx, ws).await? {
        let mut account = stored.account;
        let clear = keys.open(&secrets_about(account.id), &stored.sealed)?;
        account.secrets = serde_json::from_slice(&clear).context("a channel account's secrets")?;
        account.webhook_url = format!("{}/in/{}/{}", engine.0.origins.public, account.kind, account.id);
        refresh_at.extend(stored.credential.1.map(|at| (account.id, at)));
        accounts.insert(account.id, Arc::new(account));
    }
    let mut flows = BTreeMap::new();
    for (id, revision, text) in store::flow::published(tx, ws).await? {
        match flow::parse(&text) {
            Ok(definition) => {
                flows.insert(id, (revision, Arc::new(definition)));
            }
            Err(problems) => tracing::error!(flow = %id, ?problems, "a published flow does not parse"),
        }
    }
    let references = store::flow::references(tx, ws)
        .await?
        .into_iter()
        .filter_map(|(flow, kind, given, mapped)| mapped.map(|mapped| ((flow, kind, given), mapped)))
        .collect();
    let mut questions = Vec::new();
    for (id, body, _) in store::flow::bot_questions(tx, ws).await? {
        let row: BotQuestionRow = serde_json::from_str(&body).context("a bot question")?;
        if row.enabled {
            questions.push(bot::Question { id: id.to_string(), questions: row.questions, answers: row.answers });
        }
    }
    let mut facts = Vec::new();
    for (_, body, _) in store::flow::bot_facts(tx, ws).await? {
        let row: BotFactRow = serde_json::from_str(&body).context("a bot fact")?;
        if row.enabled {
            facts.push(bot::FactRule { key: row.key, labels: row.labels, cues: row.cues, value: row.value });
        }
    }
    Ok(Config {
        default_flow: flows.keys().next().copied(),
        workspace,
        keys,
        accounts,
        refresh_at,
        flows,
        references,
        workflows: store::routing::workflows(tx, ws).await?,
        business_hours: store::routing::business_hours(tx, ws).await?,
        bot: Bot::new(questions, facts),
        fields: store::custom_field::all(tx, ws).await?,
        brand: store::branding::of(tx, ws).await?,
        older: Mutex::default(),
    })
}

/// A row of the bot's questions, as edited in the admin.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct BotQuestionRow {
    pub questions: BTreeMap<String, Vec<String>>,
    pub answers: BTreeMap<String, String>,
    pub enabled: bool,
}

/// A row of what the bot listens for.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct BotFactRow {
    pub key: String,
    pub labels: BTreeMap<String, String>,
    pub cues: BTreeMap<String, Vec<String>>,
    pub value: String,
    pub enabled: bool,
}
