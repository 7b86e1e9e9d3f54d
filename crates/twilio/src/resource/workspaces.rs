//! Workspaces: ours, as far as the key was granted them.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use engine::NotDeleted;
use model::{Activity, ActivityId, RoutingEventKind, Settings, TaskOrder, Timestamp, Workspace};
use serde_json::{Value, json};
use server::access::{Identity, enter};
use server::bootstrap::{Founder, Site, found_workspace};
use server::resource::settings::rewrite;
use server::{Server, callback, may};

use super::{Shown, mark, named, read, url_or_null};
use crate::asked::{Asked, Someone};
use crate::date::iso;
use crate::form::{Body, Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new().route("/Workspaces", get(list).post(create)).route("/Workspaces/{ws}", get(fetch).post(update).delete(delete))
}

/// What may do with a new workspace whatever its maker does elsewhere.
const ROLE: &str = "admin";
const MANAGE: &str = "workspace.manage";

fn view(place: &Place, workspace: &Workspace, made: Timestamp, activities: &[Activity]) -> Value {
    let Settings { default_activity_id, timeout_activity_id, .. } = workspace.settings;
    let filter: Vec<&str> = workspace.settings.events_filter.iter().map(|kind| kind.code()).collect();
    let name = |id: Option<ActivityId>| activities.iter().find(|activity| Some(activity.id) == id).map(|activity| activity.name.as_str());
    let kinds = [
        ("activities", "Activities"),
        ("workers", "Workers"),
        ("task_queues", "TaskQueues"),
        ("workflows", "Workflows"),
        ("tasks", "Tasks"),
        ("task_channels", "TaskChannels"),
        ("events", "Events"),
        ("statistics", "Statistics"),
        ("real_time_statistics", "RealTimeStatistics"),
        ("cumulative_statistics", "CumulativeStatistics"),
    ];
    let links: Value =
        kinds.into_iter().map(|(key, tail)| (key.to_owned(), place.url(tail).into())).collect::<serde_json::Map<_, _>>().into();
    json!({
        "account_sid": place.account,
        "date_created": iso(made),
        "date_updated": iso(made),
        "default_activity_name": name(default_activity_id),
        "default_activity_sid": default_activity_id,
        "event_callback_url": url_or_null(&workspace.settings.event_callback_url),
        "events_filter": (!filter.is_empty()).then(|| filter.join(",")),
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
    seen(server, place, ws).await.map(Shown::marked)
}

async fn seen(server: &Server, place: &Place, ws: i64) -> Answered<Value> {
    let (workspace, made, activities) = read(server, move |tx| {
        Box::pin(async move {
            let workspace = store::workspace::by_number(tx, ws).await?.ok_or_else(server::Problem::not_found)?;
            Ok((workspace, store::workspace::made_at(tx, ws).await?, store::routing::activities(tx, ws).await?))
        })
    })
    .await?;
    Ok(view(place, &workspace, made, &activities))
}

/// That it is still what the caller saw, where they say what that was.
async fn check_match<P>(server: &Server, asked: &Asked<P>) -> Answered<()> {
    if asked.names_version() { asked.check_match(&mark(&seen(server, &asked.place, asked.ws).await?)) } else { Ok(()) }
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

/// What may be said of a workspace when it is made and later; what is not given stays.
#[derive(Clone)]
struct Common {
    order: Option<TaskOrder>,
    event_callback_url: Option<String>,
    events_filter: Option<Vec<RoutingEventKind>>,
}

impl Common {
    fn says_nothing(&self) -> bool {
        self.order.is_none() && self.event_callback_url.is_none() && self.events_filter.is_none()
    }

    fn write(self, settings: &mut Settings) {
        settings.prioritize_queue_order = self.order.unwrap_or(settings.prioritize_queue_order);
        settings.event_callback_url = self.event_callback_url.unwrap_or(std::mem::take(&mut settings.event_callback_url));
        settings.events_filter = self.events_filter.unwrap_or(std::mem::take(&mut settings.events_filter));
    }
}

/// Takes an events filter: types with commas between; an empty one is all of them.
fn events_filter(form: &mut Form) -> Answered<Option<Vec<RoutingEventKind>>> {
    let Some(text) = form.text("EventsFilter")? else { return Ok(None) };
    let codes = text.split(',').map(str::trim).filter(|code| !code.is_empty());
    let known =
        |code: &str| RoutingEventKind::parse(code).ok_or_else(|| Refused::invalid("EventsFilter", format!("there is no event {code}")));
    codes.map(known).collect::<Answered<_>>().map(Some)
}

/// Takes what only legacy accounts may say otherwise, and the rest.
fn common(server: &Server, form: &mut Form) -> Answered<Common> {
    let url = form.text("EventCallbackUrl")?.map(|url| callback(server, "/event_callback_url", &url)).transpose()?;
    let events_filter = events_filter(form)?;
    if form.truth("MultiTaskEnabled")? == Some(false) {
        return Err(Refused::invalid("MultiTaskEnabled", "single-tasking is for legacy workspaces only"));
    }
    Ok(Common { order: super::queue_order(form, "PrioritizeQueueOrder")?, event_callback_url: url, events_filter })
}

/// Makes a workspace with our own beginnings: three activities, a queue for everyone and a workflow into it, whatever the template.
async fn create(State(server): State<Server>, someone: Someone, Body(mut form): Body) -> Answered<Shown> {
    let name = form.needed("FriendlyName")?;
    let common = common(&server, &mut form)?;
    if !matches!(form.text("Template")?.as_deref(), None | Some("" | "NONE" | "FIFO")) {
        return Err(Refused::invalid("Template", "NONE or FIFO"));
    }
    form.end()?;
    let founder = founder(&server, someone.identity).await?;
    let account = founder.account;
    let mut settings = Settings::default();
    common.write(&mut settings);
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

/// Gone for everybody; an operator can bring it back for some days.
async fn delete(State(server): State<Server>, asked: Asked<may::ManageWorkspace>) -> Answered<StatusCode> {
    check_match(&server, &asked).await?;
    match server.engine().delete_workspace(asked.ws, &asked.actor).await? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(NotDeleted::Gone) => Err(Refused::not_found()),
        Err(NotDeleted::Last) => Err(Refused::conflict("The last workspace of a site cannot be deleted: make another one first")),
    }
}

async fn update(State(server): State<Server>, asked: Asked<may::ManageWorkspace>, Body(mut form): Body) -> Answered<Shown> {
    let name = form.text("FriendlyName")?;
    let (default, timeout) = (form.sid::<ActivityId>("DefaultActivitySid")?, form.sid::<ActivityId>("TimeoutActivitySid")?);
    let common = common(&server, &mut form)?;
    form.end()?;
    check_match(&server, &asked).await?;
    if !common.says_nothing() || name.is_some() || default.is_some() || timeout.is_some() {
        rewrite(&server, &asked, None, move |held, settings| {
            *held = name.clone().unwrap_or(std::mem::take(held));
            settings.default_activity_id = default.or(settings.default_activity_id);
            settings.timeout_activity_id = timeout.or(settings.timeout_activity_id);
            common.clone().write(settings);
        })
        .await?;
    }
    shown(&server, &asked.place, asked.ws).await
}
