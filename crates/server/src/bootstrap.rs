//! What stands before anybody can sign in: the account, a workspace with its seed, users, members, keys, codes.
//! Works beside a running server and without one: each function is one transaction. Workers and routing rows are written directly
//! only while a workspace is made, when no router can own it yet.

use anyhow::{Context, Result, bail};
use db::{Db, Tx};
use engine::{Vault, auth_token_about};
use model::{
    AccountId, Activity, ActivityId, ApiKeyId, FlowId, Ids, Language, MembershipId, RouterEffects, Settings, TaskChannel, TaskOrder,
    TaskQueue, TaskQueueId, Timestamp, UserId, Worker, WorkerId, Workflow, WorkflowId, Workspace, WorkspaceId,
};
use serde::Serialize;
use serde_json::json;
use store::access::{ApiKey, Membership, Role, User};
use store::audit_log::Entry;

use crate::access::{password, secret, sign_in};

const SETUP_CODE: &str = "setup_code";
/// The task channels that a workspace begins with; its router makes rows of others as tasks and workers name them.
const CHANNELS: [&str; 6] = ["default", "voice", "chat", "sms", "video", "email"];
/// Whose hand it was when nobody was signed in.
pub const OPERATOR: &str = "operator";

/// Where things are made: the database, the keys, a generator of ids and the time.
#[derive(Clone)]
pub struct Site {
    pub db: Db,
    pub vault: Vault,
    pub ids: Ids,
    pub now: Timestamp,
}

impl Site {
    pub fn of(engine: &engine::Engine) -> Self {
        Self { db: engine.db().clone(), vault: engine.vault().clone(), ids: engine.ids(), now: engine.now() }
    }
}

/// What a new workspace starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeded {
    pub ws: i64,
    pub id: WorkspaceId,
    pub account: AccountId,
    pub available: ActivityId,
    pub away: ActivityId,
    pub offline: ActivityId,
    pub queue: TaskQueueId,
    pub workflow: WorkflowId,
    pub flow: FlowId,
}

/// Makes a workspace (and the account, if it is the first), with its data key and seed.
pub async fn create_workspace(site: &Site, name: &str, language: Language) -> Result<Seeded> {
    create_workspace_in(site, name, language, &Settings::default().time_zone).await
}

/// The same, with days that begin at midnight of that time zone.
pub async fn create_workspace_in(site: &Site, name: &str, language: Language, time_zone: &str) -> Result<Seeded> {
    let settings = Settings { default_language: language, time_zone: time_zone.to_owned(), ..Settings::default() };
    make_workspace(site, name, settings, None).await
}

/// For whom a further workspace is made.
#[derive(Debug, Clone)]
pub struct Founder {
    pub account: AccountId,
    /// SK… or AC…, as the audit log names them.
    pub actor: String,
    /// The key that is to manage what it makes, and its role there.
    pub key: Option<(ApiKeyId, String)>,
}

/// A further workspace of an account, made over an API: granted to the key that made it in the same commit.
pub async fn found_workspace(site: &Site, founder: Founder, name: &str, settings: Settings) -> Result<Seeded> {
    make_workspace(site, name, settings, Some(founder)).await
}

async fn make_workspace(site: &Site, name: &str, settings: Settings, founder: Option<Founder>) -> Result<Seeded> {
    let name = crate::input::name("/name", name)?;
    let prepared = Prepared { founder, ..Prepared::new(site, name, settings)? };
    site.db
        .write(move |tx| {
            let prepared = prepared.clone();
            Box::pin(async move { prepared.commit(tx).await })
        })
        .await
}

/// Everything random is drawn before the transaction, which may run twice.
#[derive(Clone)]
struct Prepared {
    name: String,
    settings: Settings,
    account: AccountId,
    auth_token: Vec<u8>,
    id: WorkspaceId,
    data_key: Vec<u8>,
    founder: Option<Founder>,
    ids: Ids,
    now: Timestamp,
}

impl Prepared {
    fn new(site: &Site, name: String, settings: Settings) -> Result<Self> {
        let mut ids = site.ids.clone();
        let (account, id): (AccountId, WorkspaceId) = (ids.next(), ids.next());
        let auth_token = site.vault.seal_under_master(&auth_token_about(account), secret::hex_token()?.as_bytes())?;
        let (_, data_key) = site.vault.new_data_key(&format!("workspace:{id}"))?;
        Ok(Self { name, settings, account, auth_token, id, data_key, founder: None, ids, now: site.now })
    }

    async fn commit(mut self, tx: &mut Tx<'_>) -> Result<Seeded> {
        store::access::seed_roles(tx).await?;
        let known = match &self.founder {
            Some(founder) => Some(founder.account),
            None => store::workspace::first_account(tx).await?.map(|(account, _)| account),
        };
        let account = match known {
            Some(account) => account,
            None => {
                store::workspace::insert_account(tx, self.account, &self.name, self.auth_token.clone(), self.now).await?;
                self.account
            }
        };
        let (available, away, offline): (ActivityId, ActivityId, ActivityId) = (self.ids.next(), self.ids.next(), self.ids.next());
        let (queue, workflow, flow): (TaskQueueId, WorkflowId, FlowId) = (self.ids.next(), self.ids.next(), self.ids.next());
        let settings = Settings { timeout_activity_id: Some(away), default_activity_id: Some(offline), ..self.settings.clone() };
        let ws = store::workspace::insert(tx, account, self.id, &self.name, &settings, self.data_key.clone(), self.now).await?;
        let mut effects = RouterEffects::default();
        for (id, name, available) in [(available, "Available", true), (away, "Away", false), (offline, "Offline", false)] {
            effects.activities.insert(id, Some(Activity { id, name: name.into(), available, updated_at: self.now }));
        }
        for name in CHANNELS {
            let row = TaskChannel::named(self.ids.next(), name, self.now);
            effects.task_channels.insert(row.id, Some(row));
        }
        let everyone = TaskQueue {
            id: queue,
            name: "Everyone".into(),
            target_workers: "1==1".into(),
            max_reserved_workers: 1,
            task_order: TaskOrder::Fifo,
            signature: String::new(),
            business_hours_id: None,
            updated_at: self.now,
            version: 1,
        };
        effects.queues.insert(queue, Some(everyone));
        let configuration = json!({ "task_routing": { "filters": [], "default_filter": { "queue": queue.to_string() } } });
        let default = Workflow {
            id: workflow,
            name: "default".into(),
            configuration: configuration.to_string(),
            task_reservation_timeout_s: router::RESERVATION_TIMEOUT_S,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: self.now,
            version: 1,
        };
        effects.workflows.insert(workflow, Some(default));
        store::routing::commit(tx, ws, &effects).await?;
        self.put_flow(tx, ws, flow, workflow).await?;
        let actor = self.founder.as_ref().map_or_else(|| OPERATOR.into(), |founder| founder.actor.clone());
        if let Some((key, role)) = self.founder.as_ref().and_then(|founder| founder.key.as_ref()) {
            store::access::grant(tx, *key, ws, role).await?;
        }
        let made = Entry { actor, action: "workspace.created".into(), subject: self.id.to_string(), detail: self.name.clone() };
        store::audit_log::append(tx, ws, &[made], self.now, engine::once::digest).await?;
        Ok(Seeded { ws, id: self.id, account, available, away, offline, queue, workflow, flow })
    }

    async fn put_flow(&self, tx: &mut Tx<'_>, ws: i64, id: FlowId, workflow: WorkflowId) -> Result<()> {
        let revision = store::flow::Revision {
            revision: 1,
            status: "published".into(),
            definition: flow::DEFAULT_FLOW.into(),
            message: String::new(),
            actor: OPERATOR.into(),
            at: self.now,
        };
        store::flow::insert(tx, ws, id, "Default", &revision).await?;
        let definition = flow::parse(flow::DEFAULT_FLOW).map_err(|problems| anyhow::anyhow!("the default flow: {problems:?}"))?;
        for reference in flow::references(&definition) {
            if reference.kind == flow::ReferenceKind::Workflow && !reference.is_template() {
                store::flow::put_reference(tx, ws, id, "workflow", &reference.given, Some(workflow.to_string())).await?;
            }
        }
        Ok(())
    }
}

/// A person to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub name: String,
    pub email: String,
    pub password: String,
    pub language: Language,
}

/// A row ready to be written, with the password hashed.
///
/// # Errors
/// Problems that name the field.
pub async fn prepare_user(account: AccountId, id: UserId, new: NewUser) -> Result<User, crate::Problem> {
    let name = crate::input::name("/name", &new.name)?;
    let email = check_email("/email", &new.email)?;
    password::check("/password", &new.password)?;
    let preferences = json!({ "language": new.language.code() }).to_string();
    Ok(User {
        id,
        account_id: account,
        email,
        name,
        password_hash: password::hash(new.password).await?,
        disabled: false,
        preferences,
        version: 1,
    })
}

/// An e-mail address in its stored form.
pub fn check_email(field: &str, email: &str) -> Result<String, crate::Problem> {
    let folded = sign_in::fold_email(email);
    let parts = folded.split_once('@').filter(|(local, domain)| !local.is_empty() && domain.len() > 1 && !domain.contains('@'));
    let odd = folded.chars().any(|c| c.is_whitespace() || c.is_control());
    if parts.is_none() || odd || folded.len() > 254 {
        return Err(crate::Problem::invalid(field, "bad_email", "This is no e-mail address"));
    }
    Ok(folded)
}

/// Writes a user whose e-mail nobody has.
pub async fn insert_user(tx: &mut Tx<'_>, user: &User, now: Timestamp) -> Result<()> {
    if store::access::user_by_email(tx, &user.email).await?.is_some() {
        return Err(crate::Problem::conflict("email_taken", "Somebody has this e-mail address already").at("/email").into());
    }
    store::access::insert_user(tx, user, now).await?;
    // From the first user on there is nothing to set up.
    store::workspace::delete_fact(tx, SETUP_CODE).await?;
    Ok(())
}

/// A user with membership in a workspace; a worker too when the roles take tasks and `worker` is given.
pub async fn create_user(site: &Site, ws: i64, new: NewUser, roles: &[&str]) -> Result<UserId> {
    let mut ids = site.ids.clone();
    let (id, membership): (UserId, MembershipId) = (ids.next(), ids.next());
    let account = owner(&site.db, ws).await?;
    let user = prepare_user(account, id, new).await?;
    let roles: Vec<Role> = roles.iter().map(|role| Role { role: (*role).into(), scope: "all".into(), queues: Vec::new() }).collect();
    let membership = Membership { id: membership, user_id: id, workspace: ws, worker_id: None, version: 1, roles };
    let now = site.now;
    site.db
        .write(move |tx| {
            let (user, membership) = (user.clone(), membership.clone());
            Box::pin(async move {
                let known = store::access::roles(tx).await?;
                if let Some(role) = membership.roles.iter().find(|role| !known.contains_key(&role.role)) {
                    bail!("there is no role {}; roles are {}", role.role, known.keys().cloned().collect::<Vec<_>>().join(", "));
                }
                insert_user(tx, &user, now).await?;
                store::access::insert_membership(tx, &membership).await?;
                let made =
                    Entry { actor: OPERATOR.into(), action: "member.created".into(), subject: user.id.to_string(), detail: String::new() };
                store::audit_log::append(tx, ws, &[made], now, engine::once::digest).await
            })
        })
        .await?;
    Ok(id)
}

/// Ties a membership to a worker that exists.
pub async fn tie_worker(site: &Site, ws: i64, user: UserId, worker: WorkerId) -> Result<()> {
    site.db
        .write(move |tx| {
            Box::pin(async move {
                let mut membership = store::access::membership_of(tx, user, ws).await?.context("no such member")?;
                membership.worker_id = Some(worker);
                anyhow::ensure!(store::access::update_membership(tx, &membership).await?, "the membership changed meanwhile");
                Ok(())
            })
        })
        .await
}

/// A worker of a workspace that no router owns yet; once one does, workers go through the engine.
pub async fn seed_worker(site: &Site, ws: i64, worker: Worker) -> Result<()> {
    let mut effects = RouterEffects::default();
    effects.workers.insert(worker.id, worker);
    site.db
        .write(move |tx| {
            let effects = effects.clone();
            Box::pin(async move { store::routing::commit(tx, ws, &effects).await })
        })
        .await
}

/// Sets a new password and ends every session of the user.
pub async fn reset_password(site: &Site, email: &str, new: &str) -> Result<UserId> {
    password::check("/password", new)?;
    let (email, hash) = (sign_in::fold_email(email), password::hash_now(new)?);
    site.db
        .write(move |tx| {
            let (email, hash) = (email.clone(), hash.clone());
            Box::pin(async move {
                let user = store::access::user_by_email(tx, &email).await?.with_context(|| format!("nobody has the e-mail {email}"))?;
                store::access::set_password(tx, user.id, &hash).await?;
                store::access::delete_sessions_of(tx, user.id, None).await?;
                Ok(user.id)
            })
        })
        .await
}

/// A key as it is shown once: the fields scripts read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MadeKey {
    pub workspace: WorkspaceId,
    pub account_sid: AccountId,
    pub key_sid: ApiKeyId,
    pub secret: String,
    pub auth_token: String,
}

/// Makes an API key with a role in a workspace.
pub async fn create_key(site: &Site, ws: i64, name: &str, role: &str) -> Result<MadeKey> {
    let (mut ids, now, vault) = (site.ids.clone(), site.now, site.vault.clone());
    let (id, clear): (ApiKeyId, String) = (ids.next(), secret::token()?);
    let (name, role, hash) = (name.to_owned(), role.to_owned(), secret::hash(&clear));
    let (workspace, account, token) = site
        .db
        .write(move |tx| {
            let (name, role, hash, vault) = (name.clone(), role.clone(), hash.clone(), vault.clone());
            Box::pin(async move {
                let workspace = store::workspace::by_number(tx, ws).await?.context("no such workspace")?;
                let (account, _) = store::workspace::owner(tx, ws).await?.context("no such workspace")?;
                let known = store::access::roles(tx).await?;
                if !known.contains_key(&role) {
                    bail!("there is no role {role}; roles are {}", known.keys().cloned().collect::<Vec<_>>().join(", "));
                }
                let key = ApiKey { id, account_id: account, name, secret_hash: hash, created_at: now, last_used_at: None };
                store::access::insert_key(tx, &key).await?;
                store::access::grant(tx, id, ws, &role).await?;
                let made = Entry { actor: OPERATOR.into(), action: "key.created".into(), subject: id.to_string(), detail: role };
                store::audit_log::append(tx, ws, &[made], now, engine::once::digest).await?;
                let sealed = store::access::auth_token(tx, account).await?.context("the account has no token")?;
                let token = String::from_utf8(vault.open_under_master(&auth_token_about(account), &sealed)?)?;
                Ok((workspace.id, account, token))
            })
        })
        .await?;
    Ok(MadeKey { workspace, account_sid: account, key_sid: id, secret: clear, auth_token: token })
}

/// The workspace a name or id means.
///
/// # Errors
/// When there is none, or several of that name: the error lists their ids.
pub async fn find_workspace(db: &Db, text: &str) -> Result<Workspace> {
    let mut all = db.read(|tx| Box::pin(async move { store::workspace::all(tx).await })).await?;
    if let Ok(id) = text.parse::<WorkspaceId>() {
        return all.into_iter().find(|workspace| workspace.id == id).with_context(|| format!("there is no workspace {id}"));
    }
    all.retain(|workspace| workspace.name == text);
    match all.len() {
        0 => bail!("there is no workspace named {text}"),
        1 => Ok(all.remove(0)),
        _ => {
            bail!("several workspaces are named {text}; say which: {}", all.iter().map(|w| w.id.to_string()).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The code that the first run asks for; `None` once there is a user. A new one each time it is asked.
pub async fn setup_code(db: &Db) -> Result<Option<String>> {
    let code = secret::hex_token()?;
    let hash = secret::hex(&engine::once::digest(code.as_bytes()));
    let wanted = db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                store::access::seed_roles(tx).await?;
                if store::access::any_user(tx).await? {
                    store::workspace::delete_fact(tx, SETUP_CODE).await?;
                    return Ok(false);
                }
                store::workspace::put_fact(tx, SETUP_CODE, &hash).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(wanted.then_some(code))
}

/// Whether a set-up code is the one that was printed.
pub(crate) async fn is_setup_code(tx: &mut Tx<'_>, code: &str) -> Result<bool> {
    let held = store::workspace::fact(tx, SETUP_CODE).await?.unwrap_or_default();
    Ok(secret::same(held.as_bytes(), secret::hex(&engine::once::digest(code.trim().as_bytes())).as_bytes()))
}

/// A one-use code that signs a user in within a minute: for the demo's links, in the fragment (`#code=…`).
pub async fn sign_in_code(db: &Db, user: UserId, now: Timestamp) -> Result<String> {
    let code = secret::token()?;
    let (hash, until) = (secret::hash(&code), now.plus_secs(sign_in::CODE_LIFE_S));
    db.write(move |tx| {
        let hash = hash.clone();
        Box::pin(async move { store::access::insert_sign_in_code(tx, hash, user, until).await })
    })
    .await?;
    Ok(code)
}

async fn owner(db: &Db, ws: i64) -> Result<AccountId> {
    let found = db.read(move |tx| Box::pin(async move { store::workspace::owner(tx, ws).await })).await?;
    found.map(|(account, _)| account).context("no such workspace")
}
