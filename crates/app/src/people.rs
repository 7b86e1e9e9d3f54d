//! `seaway user`, `workspace` and `key`: one JSON object each on standard output, beside a running server or without one.

use std::collections::BTreeMap;
use std::io::BufRead as _;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use engine::Waiting;
use engine::clock::{Clock as _, SystemClock};
use model::{Ids, Job, JobId, JobKind, Lane, Language, RouterCommand, UserId, Worker, WorkerId, Workspace};
use serde_json::{Value, json};
use server::bootstrap::{self, NewUser, Site};

use crate::place::{self, Opened};
use crate::rotate;
use crate::settings::{Home, Settings};

#[derive(Subcommand)]
pub enum UserVerb {
    /// Make a user who belongs to a workspace
    Create(CreateUser),
    /// Set a new password and end the user's sessions
    Reset(ResetUser),
}

#[derive(Args)]
pub struct CreateUser {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// Name or WS… id
    #[arg(long)]
    workspace: String,
    /// agent, supervisor or admin
    #[arg(long, default_value = "agent")]
    role: String,
    /// en, de or ko
    #[arg(long, default_value = "en", value_parser = language)]
    language: Language,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
pub struct ResetUser {
    #[arg(long)]
    email: String,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    home: Home,
}

#[derive(Subcommand)]
pub enum WorkspaceVerb {
    /// Make a workspace with a queue, a workflow and the default flow
    Create(CreateWorkspace),
    /// List the deleted workspaces that can be brought back, a line each
    Deleted(DeletedWorkspaces),
    /// Bring a deleted workspace back, with all it had
    Undelete(UndeleteWorkspace),
}

#[derive(Args)]
pub struct CreateWorkspace {
    name: String,
    /// en, de or ko
    #[arg(long, default_value = "en", value_parser = language)]
    language: Language,
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
pub struct DeletedWorkspaces {
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
pub struct UndeleteWorkspace {
    /// Name or WS… id
    workspace: String,
    #[command(flatten)]
    home: Home,
}

#[derive(Subcommand)]
pub enum KeyVerb {
    /// Make an API key; its secret is shown this once
    Create(CreateKey),
    /// Seal every secret with a new master key, while no server runs
    Rotate(rotate::Arguments),
}

#[derive(Args)]
pub struct CreateKey {
    /// Name or WS… id
    #[arg(long)]
    workspace: String,
    /// agent, supervisor or admin
    #[arg(long, default_value = "admin")]
    role: String,
    /// What the key is for
    #[arg(long, default_value = "command line")]
    name: String,
    #[command(flatten)]
    home: Home,
}

fn language(tag: &str) -> Result<Language, String> {
    Language::parse(tag).ok_or_else(|| "languages are en, de and ko".to_owned())
}

pub async fn user(verb: UserVerb) -> Result<()> {
    match verb {
        UserVerb::Create(asked) => create_user(asked).await,
        UserVerb::Reset(asked) => reset_user(asked).await,
    }
}

pub async fn workspace(verb: WorkspaceVerb) -> Result<()> {
    match verb {
        WorkspaceVerb::Create(asked) => {
            let (_opened, site) = open(asked.home).await?;
            let made = bootstrap::create_workspace(&site, &asked.name, asked.language).await?;
            print(&json!({ "workspace": made.id, "name": asked.name.trim(), "account_sid": made.account }));
        }
        WorkspaceVerb::Deleted(asked) => {
            let (_opened, site) = open(asked.home).await?;
            engine::deleted_workspaces(&site.db).await?.iter().for_each(|waiting| print(&shown(waiting)));
        }
        WorkspaceVerb::Undelete(asked) => {
            let (_opened, site) = open(asked.home).await?;
            print(&undelete(&site, &asked.workspace).await?);
        }
    }
    Ok(())
}

fn shown(waiting: &Waiting) -> Value {
    let (deleted, erased) = (waiting.deleted_at.rfc3339(), waiting.erased_from.rfc3339());
    json!({ "workspace": waiting.id, "name": waiting.name, "deleted_at": deleted, "erased_from": erased })
}

/// A name may be that of a workspace that stands as well: only the deleted ones are meant.
async fn undelete(site: &Site, text: &str) -> Result<Value> {
    let all = engine::deleted_workspaces(&site.db).await?;
    let meant: Vec<&Waiting> = all.iter().filter(|waiting| waiting.name == text || waiting.id.to_string() == text).collect();
    let waiting = match meant.as_slice() {
        [] => bail!("no deleted workspace is {text}; `seaway workspace deleted` lists those that can be brought back"),
        [one] => one,
        several => {
            let ids = several.iter().map(|waiting| waiting.id.to_string()).collect::<Vec<_>>().join(", ");
            bail!("several deleted workspaces are named {text}; say which: {ids}")
        }
    };
    let off = engine::bring_back(&site.db, waiting, bootstrap::OPERATOR, site.now).await?;
    Ok(json!({ "workspace": waiting.id, "name": waiting.name, "switched_off": off }))
}

pub async fn key(verb: KeyVerb) -> Result<()> {
    let asked = match verb {
        KeyVerb::Create(asked) => asked,
        KeyVerb::Rotate(asked) => {
            print(&rotate::run(asked).await?);
            return Ok(());
        }
    };
    let (_opened, site) = open(asked.home).await?;
    let workspace = bootstrap::find_workspace(&site.db, &asked.workspace).await?;
    let made = bootstrap::create_key(&site, workspace.number, &asked.name, &asked.role).await?;
    print(&serde_json::to_value(made)?);
    Ok(())
}

async fn create_user(asked: CreateUser) -> Result<()> {
    let (_opened, mut site) = open(asked.home).await?;
    let workspace = bootstrap::find_workspace(&site.db, &asked.workspace).await?;
    let (password, made_up) = password(asked.password_stdin)?;
    let worker_id: WorkerId = site.ids.next();
    let new = NewUser { name: asked.name.clone(), email: asked.email.clone(), password: password.clone(), language: asked.language };
    let user = bootstrap::create_user(&site, workspace.number, new, &[&asked.role]).await?;
    let mut shown = json!({ "user": user, "workspace": workspace.id, "email": asked.email.trim().to_lowercase(), "role": asked.role });
    if takes_tasks(&site, &asked.role).await? {
        make_worker(&mut site, &workspace, user, worker_id, &asked.name).await?;
        shown["worker"] = json!(worker_id);
    }
    if made_up {
        shown["password"] = json!(password);
    }
    print(&shown);
    Ok(())
}

async fn takes_tasks(site: &Site, role: &str) -> Result<bool> {
    let roles = site.db.read(|tx| Box::pin(async move { store::access::roles(tx).await })).await?;
    Ok(role != "admin" && roles.get(role).is_some_and(|rows| rows.iter().any(|(permission, _)| permission == "task.take")))
}

/// Workers are the router's alone, which may be a running server's: it is asked by a job, which waits if nobody runs.
async fn make_worker(site: &mut Site, workspace: &Workspace, user: UserId, id: WorkerId, name: &str) -> Result<()> {
    let (ws, settings) = (workspace.number, &workspace.settings);
    let activities = site.db.read(move |tx| Box::pin(async move { store::routing::activities(tx, ws).await })).await?;
    let first = settings.default_activity_id.or_else(|| activities.first().map(|activity| activity.id));
    let worker = Worker {
        id,
        name: name.trim().to_owned(),
        attributes: "{}".into(),
        activity_id: first.context("the workspace has no activity for a new agent")?,
        activity_since: site.now,
        channels: BTreeMap::new(),
        user_id: Some(user),
        connected: false,
        idle_since: site.now,
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: model::Timestamp::default(),
        version: 1,
    };
    let job: JobId = site.ids.next();
    let request = job.to_string();
    let key = format!("route:operator:{request}");
    let kind = JobKind::Route {
        actor: "operator".into(),
        request,
        fingerprint: String::new(),
        command: Box::new(RouterCommand::PutWorker { worker }),
        beside: Box::default(),
    };
    let job = Job { id: job, lane: Lane::Router, key, run_at: site.now, kind, attempts: 0, epoch: 0 };
    site.db
        .write(move |tx| {
            let job = job.clone();
            Box::pin(async move { store::job::insert(tx, ws, &[job]).await })
        })
        .await?;
    bootstrap::tie_worker(site, ws, user, id).await
}

async fn reset_user(asked: ResetUser) -> Result<()> {
    let (_opened, site) = open(asked.home).await?;
    let (password, made_up) = password(asked.password_stdin)?;
    let user = bootstrap::reset_password(&site, &asked.email, &password).await?;
    let mut shown = json!({ "user": user, "email": asked.email.trim().to_lowercase() });
    if made_up {
        shown["password"] = json!(password);
    }
    print(&shown);
    Ok(())
}

/// The password, and whether we made it up. Never an argument: those are seen by everybody on the machine.
fn password(from_stdin: bool) -> Result<(String, bool)> {
    if !from_stdin {
        return Ok((server::access::secret::token()?, true));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the password from standard input")?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("standard input held no password");
    }
    Ok((line.to_owned(), false))
}

async fn open(home: Home) -> Result<(Opened, Site)> {
    let settings = Settings::home(home)?;
    let opened = place::open(&settings.place(false)).await?;
    let now = SystemClock::default().now();
    let site = Site { db: opened.db.clone(), vault: opened.vault.clone(), ids: Ids::new(now, crate::chance::seed()?), now };
    Ok((opened, site))
}

fn print(value: &Value) {
    println!("{value}");
}
