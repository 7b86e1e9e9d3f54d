//! Who asks, in which workspace, and what they may do there. Whatever is not theirs is not there.

pub mod cookie;
pub mod password;
pub mod permission;
pub mod secret;
pub mod session;
pub mod sign_in;

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use anyhow::Result;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use db::Tx;
use messaging::Writer;
use model::{AccountId, ApiKeyId, Id, SessionId, TaskQueueId, Timestamp, UserId, WorkerId, Workspace, WorkspaceId};

pub use permission::{Permission, Rights, Scope, may};

use crate::Server;
use crate::intake::RequestKey;
use crate::origin::Door;
use crate::problem::Problem;

/// What a request brought along to say who it is from.
#[derive(Debug, Clone)]
enum Credentials {
    Session(String),
    Basic { name: String, secret: String },
}

/// Whom the credentials proved.
#[derive(Debug, Clone)]
pub enum Identity {
    User { user: Box<store::access::User>, session: store::access::Session },
    Key(store::access::ApiKey),
    Account(AccountId),
}

impl Identity {
    /// Their id, as the audit log and request keys name them.
    pub fn actor(&self) -> String {
        match self {
            Self::User { user, .. } => user.id.to_string(),
            Self::Key(key) => key.id.to_string(),
            Self::Account(id) => id.to_string(),
        }
    }
}

/// Somebody inside one workspace.
#[derive(Debug, Clone)]
pub struct Caller {
    pub ws: i64,
    pub workspace: Arc<Workspace>,
    /// US…, SK… or AC….
    pub actor: String,
    /// As colleagues read it.
    pub name: String,
    pub user: Option<UserId>,
    pub session: Option<SessionId>,
    pub worker: Option<WorkerId>,
    pub account: AccountId,
    pub rights: Rights,
    pub request: Option<RequestKey>,
    pub door: Door,
}

impl Caller {
    /// An id for something new. With an `Idempotency-Key` the same request makes the same id again, so that a repetition finds
    /// what the first try left. `slot` tells apart what one request makes.
    pub fn fresh<T: Id>(&self, server: &Server, slot: &str) -> T {
        let Some(request) = &self.request else { return server.engine().ids().next() };
        let text = format!("{}|{}|{}|{}|{slot}", self.workspace.id, self.actor, request.key, request.fingerprint);
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&secret::sha256(text.as_bytes())[..16]);
        T::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub fn writer(&self) -> Writer {
        Writer { worker_id: self.worker, name: self.name.clone(), anywhere: self.rights.everywhere("conversation.write") }
    }

    /// Whose uploads this caller may attach.
    pub fn upload_owner(&self) -> String {
        self.actor.clone()
    }

    /// `None`: everything. Otherwise only what this worker may see; a caller without worker sees nothing of the kind.
    pub fn only_own(&self, permission: &str) -> Option<WorkerId> {
        match self.rights.get(permission).map(|granted| granted.scope) {
            Some(Scope::All | Scope::Queue) => None,
            _ => Some(self.worker.unwrap_or(WorkerId(uuid::Uuid::nil()))),
        }
    }

    /// The queues a permission is limited to; `None` = no such limit.
    pub fn only_queues(&self, permission: &str) -> Option<Vec<TaskQueueId>> {
        self.rights.get(permission).filter(|granted| granted.scope == Scope::Queue).map(|granted| granted.queues.clone())
    }

    pub fn require(&self, permission: &str) -> Result<(), Problem> {
        if self.rights.has(permission) { Ok(()) } else { Err(Problem::not_found()) }
    }
}

/// A caller who has the permission `P` in the workspace of the path, in some scope. Anybody else gets 401 or 404.
pub struct Signed<P>(pub Caller, PhantomData<P>);

impl<P> Deref for Signed<P> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P: Permission> FromRequestParts<Server> for Signed<P> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let id = crate::input::path_param(parts, server, "ws").await;
        let caller = caller(parts, server, id.ok().map(|text| text.parse::<WorkspaceId>().ok())).await?;
        if let Some(permission) = P::CODE {
            caller.require(permission)?;
        }
        Ok(Self(caller, PhantomData))
    }
}

/// A signed-in person, in no particular workspace.
pub struct Person {
    pub user: store::access::User,
    pub session: store::access::Session,
    pub door: Door,
}

impl FromRequestParts<Server> for Person {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let door = parts.extensions.get::<Door>().cloned().unwrap_or_default();
        match identity(server, &parts.headers, &door).await? {
            Identity::User { user, session } => Ok(Self { user: *user, session, door }),
            _ => Err(Problem::not_found()),
        }
    }
}

fn credentials(headers: &HeaderMap, door: &Door) -> Result<Credentials, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let basic = || {
            let text = value.to_str().ok()?.strip_prefix("Basic ")?;
            let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
            let (name, secret) = text.split_once(':')?;
            Some(Credentials::Basic { name: name.to_owned(), secret: secret.to_owned() })
        };
        return basic().ok_or_else(Problem::signed_out);
    }
    cookie::read(headers, door).map(Credentials::Session).ok_or_else(Problem::signed_out)
}

/// Who the request is from.
///
/// # Errors
/// 401 when it is from nobody we know.
pub async fn identity(server: &Server, headers: &HeaderMap, door: &Door) -> Result<Identity, Problem> {
    let credentials = credentials(headers, door)?;
    let now = server.engine().now();
    let vault = server.engine().vault().clone();
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                match credentials {
                    Credentials::Session(token) => session::find(tx, &token, now).await,
                    Credentials::Basic { name, secret } => key_or_account(tx, &vault, &name, &secret).await,
                }
            })
        })
        .await?;
    let identity = found.ok_or_else(Problem::signed_out)?;
    match &identity {
        Identity::User { session, .. } if session.host != door.host() => return Err(Problem::signed_out()),
        Identity::User { session, .. } => session::touch(server, session, now).await,
        Identity::Key(key) => touch_key(server, key, now).await,
        Identity::Account(_) => {}
    }
    Ok(identity)
}

async fn key_or_account(tx: &mut Tx<'_>, vault: &engine::Vault, name: &str, given: &str) -> Result<Option<Identity>> {
    if let Ok(id) = name.parse::<ApiKeyId>() {
        let key = store::access::key_by_id(tx, id).await?;
        return Ok(key.filter(|key| secret::same(&key.secret_hash, &secret::hash(given))).map(Identity::Key));
    }
    let Ok(id) = name.parse::<AccountId>() else { return Ok(None) };
    let Some(sealed) = store::access::auth_token(tx, id).await? else { return Ok(None) };
    let token = vault.open_under_master(&engine::auth_token_about(id), &sealed)?;
    Ok(secret::same(&token, given.as_bytes()).then_some(Identity::Account(id)))
}

/// When a key was last used, to the minute.
async fn touch_key(server: &Server, key: &store::access::ApiKey, now: Timestamp) {
    if key.last_used_at.is_some_and(|at| at.plus_secs(60) > now) {
        return;
    }
    let id = key.id;
    let told = server.engine().db().write(move |tx| Box::pin(async move { store::access::touch_key(tx, id, now).await })).await;
    if let Err(error) = told {
        tracing::warn!(%error, "the last use of a key was not noted");
    }
}

/// The caller in the workspace of the path. Without one in the path, the first they belong to.
async fn caller(parts: &mut Parts, server: &Server, wanted: Option<Option<WorkspaceId>>) -> Result<Caller, Problem> {
    let door = parts.extensions.get::<Door>().cloned().unwrap_or_default();
    let identity = identity(server, &parts.headers, &door).await?;
    let request = parts.extensions.get::<RequestKey>().cloned();
    let wanted = match wanted {
        Some(None) => return Err(Problem::not_found()),
        Some(Some(id)) => Some(id),
        None => None,
    };
    let found = server
        .engine()
        .db()
        .read(move |tx| Box::pin(async move { enter(tx, &identity, wanted).await }))
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Caller { request, door, ..found })
}

/// What somebody is in a workspace: membership or grant decides, `None` without one.
pub async fn enter(tx: &mut Tx<'_>, identity: &Identity, wanted: Option<WorkspaceId>) -> Result<Option<Caller>> {
    let workspace = match (wanted, identity) {
        (Some(id), _) => store::workspace::by_id(tx, id).await?,
        (None, Identity::User { user, .. }) => match store::access::workspaces_of(tx, user.id).await?.first() {
            Some((number, ..)) => store::workspace::by_number(tx, *number).await?,
            None => None,
        },
        (None, _) => None,
    };
    let Some(workspace) = workspace else { return Ok(None) };
    let ws = workspace.number;
    let Some((account, _)) = store::workspace::owner(tx, ws).await? else { return Ok(None) };
    let mut caller = Caller {
        ws,
        workspace: Arc::new(workspace),
        actor: identity.actor(),
        name: String::new(),
        user: None,
        session: None,
        worker: None,
        account,
        rights: Rights::default(),
        request: None,
        door: Door::default(),
    };
    match identity {
        Identity::User { user, session } => {
            let Some(membership) = store::access::membership_of(tx, user.id, ws).await? else { return Ok(None) };
            caller.rights = Rights::of(&membership.roles, &store::access::roles(tx).await?);
            caller.name.clone_from(&user.name);
            caller.user = Some(user.id);
            caller.session = Some(session.id);
            caller.worker = membership.worker_id;
            if let Some(worker) = membership.worker_id
                && let Some(worker) = store::routing::worker(tx, ws, worker).await?
            {
                caller.name = worker.name;
            }
        }
        Identity::Key(key) => {
            let Some(role) = store::access::granted_role(tx, key.id, ws).await? else { return Ok(None) };
            let role = store::access::Role { role, scope: "all".into(), queues: Vec::new() };
            caller.rights = Rights::of(&[role], &store::access::roles(tx).await?);
            caller.name.clone_from(&key.name);
        }
        Identity::Account(id) => {
            if *id != account {
                return Ok(None);
            }
            caller.rights = Rights::everything();
            caller.name = "API".into();
        }
    }
    Ok(Some(caller))
}
