//! Workspaces: ours, as far as the key was granted them.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use model::{Activity, ActivityId, Settings, TaskOrder, Timestamp, Workspace};
use serde_json::{Value, json};
use server::access::{Identity, enter};
use server::bootstrap::{Founder, Site, found_workspace};
use server::resource::settings::rewrite;
use server::{Server, may};

use super::{Shown, named, read};
use crate::asked::{Asked, Someone};
use crate::date::iso;
use crate::form::{Body, Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new().route("/Workspaces", get(list).post(create)).route("/Workspaces/{ws}", get(fetch).post(update))
}

/// What may do with a new workspace whatever its maker does elsewhere.
const ROLE: &str = "admin";
const MANAGE: &str = "workspace.manage";

fn view(place: &Place, workspace: &Workspace, made: Timestamp, activities: &[Activity]) -> Value {
    let Settings { default_activity_id, timeout_activity_id, .. } = workspace.settings;
    let name = |id: Option<ActivityId>| activities.iter().find(|activity| Some(activity.id) == id).map(|activity| activity.name.as_str());
    let kinds = [
        ("activities", "Activities"),
        ("workers", "Workers"),
        ("task_queues", "TaskQueues"),
        ("workflows", "Workflows"),
        ("tasks", "Tasks"),
        ("task_channels", "TaskChannels"),
        ("real_time_statistics", "RealTimeStatistics"),
    ];
    let links: Value =
        kinds.into_iter().map(|(key, tail)| (key.to_owned(), place.url(tail).into())).collect::<serde_json::Map<_, _>>().into();
    json!({
        "account_sid": place.account,
        "date_created": iso(made),
        "date_updated": iso(made),
        "default_activity_name": name(default_activity_id),
        "default_activity_sid": default_activity_id,
        "event_callback_url": null,
        "events_filter": null,
        "friendly_name": workspace.name,
        "multi_task_enabled": true,
        "sid": workspace.id,
        "timeout_activity_name": name(timeout_activity_id),
        "timeout_activity_sid": timeout_activity_id,
        "prioritize_queue_order": workspace.settings.prioritize_queue_order,
        "url": place.home(),
        "links": links,
    })
}

/// The workspace as it stands now.
async fn shown(server: &Server, place: &Place, ws: i64) -> Answered<Shown> {
    let (workspace, made, activities) = read(server, move |tx| {
        Box::pin(async move {
            let workspace = store::workspace::by_number(tx, ws).await?.ok_or_else(server::Problem::not_found)?;
            Ok((workspace, store::workspace::made_at(tx, ws).await?, store::routing::activities(tx, ws).await?))
        })
    })
    .await?;
    Ok(Shown::new(view(place, &workspace, made, &activities)))
}

async fn list(State(server): State<Server>, someone: Someone, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let name = query.text("FriendlyName")?;
    query.end()?;
    let (identity, base) = (someone.identity, someone.base);
    let url = format!("{base}/Workspaces");
    let (views, edges) = {
        let paging = paging.clone();
        read(&server, move |tx| {
            Box::pin(async move {
                let all = match &identity {
                    Identity::Key(key) => store::taskrouter::workspaces_of_key(tx, key.id).await?,
                    Identity::Account(account) => store::taskrouter::workspaces_of_account(tx, *account).await?,
                    Identity::User { .. } => Vec::new(),
                };
                let wanted = all.into_iter().filter(|(workspace, _)| named(name.as_ref(), &workspace.name));
                let cut = paging.cut(wanted.map(|row| (row.0.id.to_string(), row)).collect(), false);
                let mut views = Vec::new();
                for (workspace, made) in &cut.rows {
                    let Some((account, _)) = store::workspace::owner(tx, workspace.number).await? else { continue };
                    let place = Place { base: base.clone(), account, workspace: workspace.id };
                    views.push(view(&place, workspace, *made, &store::routing::activities(tx, workspace.number).await?));
                }
                Ok((views, (cut.before, cut.after)))
            })
        })
        .await?
    };
    Ok(paging.envelope(&url, "workspaces", views, edges))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::Belong>) -> Answered<Shown> {
    shown(&server, &asked.place, asked.ws).await
}

/// Takes what only legacy accounts may say otherwise, refuses what we cannot follow yet, and answers which queues go first.
fn common(form: &mut Form) -> Answered<Option<TaskOrder>> {
    form.unsupported(&["EventCallbackUrl", "EventsFilter"])?;
    if form.truth("MultiTaskEnabled")? == Some(false) {
        return Err(Refused::invalid("MultiTaskEnabled", "single-tasking is for legacy workspaces only"));
    }
    super::queue_order(form, "PrioritizeQueueOrder")
}

/// Makes a workspace with our own beginnings: three activities, a queue for everyone and a workflow into it, whatever the template.
async fn create(State(server): State<Server>, someone: Someone, Body(mut form): Body) -> Answered<Shown> {
    let name = form.needed("FriendlyName")?;
    let order = common(&mut form)?;
    if !matches!(form.text("Template")?.as_deref(), None | Some("" | "NONE" | "FIFO")) {
        return Err(Refused::invalid("Template", "NONE or FIFO"));
    }
    form.end()?;
    let founder = founder(&server, someone.identity).await?;
    let account = founder.account;
    let settings = Settings { prioritize_queue_order: order.unwrap_or_default(), ..Settings::default() };
    let made = found_workspace(&Site::of(server.engine()), founder, &name, settings).await?;
    let place = Place { base: someone.base, account, workspace: made.id };
    Ok(shown(&server, &place, made.ws).await?.made())
}

/// Who may make workspaces: the account itself, and a key that manages one already.
async fn founder(server: &Server, identity: Identity) -> Answered<Founder> {
    let actor = identity.actor();
    match identity {
        Identity::Account(account) => Ok(Founder { account, actor, key: None }),
        Identity::Key(key) => {
            let (id, account) = (key.id, key.account_id);
            let manages = read(server, move |tx| {
                Box::pin(async move {
                    let identity = Identity::Key(key);
                    for (workspace, _) in store::taskrouter::workspaces_of_key(tx, id).await? {
                        if enter(tx, &identity, Some(workspace.id)).await?.is_some_and(|caller| caller.rights.everywhere(MANAGE)) {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                })
            });
            if manages.await? { Ok(Founder { account, actor, key: Some((id, ROLE.into())) }) } else { Err(Refused::not_found()) }
        }
        Identity::User { .. } => Err(Refused::not_found()),
    }
}

async fn update(State(server): State<Server>, asked: Asked<may::ManageWorkspace>, Body(mut form): Body) -> Answered<Shown> {
    let name = form.text("FriendlyName")?;
    let (default, timeout) = (form.sid::<ActivityId>("DefaultActivitySid")?, form.sid::<ActivityId>("TimeoutActivitySid")?);
    let order = common(&mut form)?;
    form.end()?;
    if order.is_some() || name.is_some() || default.is_some() || timeout.is_some() {
        rewrite(&server, &asked, None, move |held, settings| {
            *held = name.clone().unwrap_or(std::mem::take(held));
            settings.default_activity_id = default.or(settings.default_activity_id);
            settings.timeout_activity_id = timeout.or(settings.timeout_activity_id);
            settings.prioritize_queue_order = order.unwrap_or(settings.prioritize_queue_order);
        })
        .await?;
    }
    shown(&server, &asked.place, asked.ws).await
}
