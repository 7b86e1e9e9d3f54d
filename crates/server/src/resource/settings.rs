//! A workspace's settings.

use axum::Json;
use axum::extract::State;
use model::{ActivityId, Language, Readings, RouterCommand, RoutingEventKind, Settings, TaskOrder, Workflow, Workspace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::callback;
use crate::problem::Answered;
use crate::{Body, Caller, Problem, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get, change))
}

const WEEK_S: i64 = 604_800;
const DISPOSITIONS: usize = 50;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkspaceSettings {
    pub id: String,
    pub name: String,
    pub default_language: String,
    /// Seconds an offer stands in the first workflow.
    pub reservation_timeout_s: i64,
    pub wrap_up_s: i64,
    pub reoffer_after_s: i64,
    pub grace_s: i64,
    pub close_after_s: i64,
    pub dispositions: Vec<String>,
    pub timeout_activity_id: String,
    /// Whether card numbers and keys in customers' messages are hidden before they are kept.
    pub mask_secrets: bool,
    /// Where days begin, e.g. Europe/Berlin.
    pub time_zone: String,
    /// Where phone numbers without a country code are (ISO 3166, e.g. DE); empty = such numbers are refused.
    pub country: String,
    /// FIFO or LIFO: which queues go first where a worker could take from both and priorities are equal.
    #[schema(value_type = String)]
    pub prioritize_queue_order: TaskOrder,
    /// This share of tasks, in percent, is to be accepted within `service_level_s`; 1 to 100.
    pub service_level_percent: i64,
    /// Seconds since a task was made, 1 to 604,800.
    pub service_level_s: i64,
    /// Told what happens in routing, as TaskRouter tells it; empty = nobody.
    pub event_callback_url: String,
    /// TaskRouter's types of events that it is told of; none = all.
    #[schema(value_type = Vec<String>)]
    pub events_filter: Vec<RoutingEventKind>,
    /// TaskRouter's rules that are read otherwise where its reference is silent; docs/routing.md names them.
    #[schema(value_type = Vec<String>)]
    pub readings: Readings,
    pub version: i64,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    name: Option<String>,
    /// en, de or ko.
    #[schema(value_type = Option<String>)]
    default_language: Option<Language>,
    reservation_timeout_s: Option<i64>,
    wrap_up_s: Option<i64>,
    reoffer_after_s: Option<i64>,
    grace_s: Option<i64>,
    close_after_s: Option<i64>,
    dispositions: Option<Vec<String>>,
    #[schema(value_type = Option<String>)]
    timeout_activity_id: Option<ActivityId>,
    mask_secrets: Option<bool>,
    /// A name of the time zone database, e.g. Europe/Berlin.
    time_zone: Option<String>,
    /// An ISO 3166 code of two capitals, e.g. DE, or nothing.
    country: Option<String>,
    #[schema(value_type = Option<String>)]
    prioritize_queue_order: Option<TaskOrder>,
    service_level_percent: Option<i64>,
    service_level_s: Option<i64>,
    event_callback_url: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    events_filter: Option<Vec<RoutingEventKind>>,
    #[schema(value_type = Option<Vec<String>>)]
    readings: Option<Readings>,
    version: i64,
}

/// How long offers stand: the oldest workflow's word, which is the one a workspace begins with.
pub fn reservation_timeout(workflows: &[Workflow]) -> i64 {
    workflows.first().map_or(router::RESERVATION_TIMEOUT_S, |workflow| workflow.task_reservation_timeout_s)
}

fn view(workspace: &Workspace, workflows: &[Workflow]) -> WorkspaceSettings {
    let settings = &workspace.settings;
    WorkspaceSettings {
        id: workspace.id.to_string(),
        name: workspace.name.clone(),
        default_language: settings.default_language.code().into(),
        reservation_timeout_s: reservation_timeout(workflows),
        wrap_up_s: settings.wrap_up_s,
        reoffer_after_s: settings.reoffer_after_s,
        grace_s: settings.grace_s,
        close_after_s: settings.close_after_s,
        dispositions: settings.dispositions.clone(),
        timeout_activity_id: settings.timeout_activity_id.map(|id| id.to_string()).unwrap_or_default(),
        mask_secrets: settings.mask_secrets,
        time_zone: settings.time_zone.clone(),
        country: settings.country.clone(),
        prioritize_queue_order: settings.prioritize_queue_order,
        service_level_percent: settings.service_level_percent,
        service_level_s: settings.service_level_s,
        event_callback_url: settings.event_callback_url.clone(),
        events_filter: settings.events_filter.clone(),
        readings: settings.readings.clone(),
        version: workspace.version,
    }
}

async fn shown(server: &Server, caller: &Caller) -> Answered<WorkspaceSettings> {
    let ws = caller.ws;
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let workflows = store::routing::workflows(tx, ws).await?;
                Ok(store::workspace::by_number(tx, ws).await?.map(|workspace| view(&workspace, &workflows)))
            })
        })
        .await?;
    found.map(Json).ok_or_else(Problem::not_found)
}

#[utoipa::path(get, path = "/settings", tag = "workspace", security(("session" = ["workspace.manage"])), responses((status = 200, body = WorkspaceSettings)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageWorkspace>) -> Answered<WorkspaceSettings> {
    shown(&server, &caller).await
}

/// Changes what is given, keeps the rest.
#[utoipa::path(patch, path = "/settings", tag = "workspace", security(("session" = ["workspace.manage"])), request_body = SettingsChange, responses((status = 200, body = WorkspaceSettings)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Body(change): Body<SettingsChange>,
) -> Answered<WorkspaceSettings> {
    check(&change)?;
    let event_callback = change.event_callback_url.as_deref().map(|url| callback(&server, "/event_callback_url", url)).transpose()?;
    let (version, timeout) = (change.version, change.reservation_timeout_s);
    rewrite(&server, &caller, Some(version), move |name, settings| {
        let change = change.clone();
        settings.event_callback_url = event_callback.clone().unwrap_or(std::mem::take(&mut settings.event_callback_url));
        settings.events_filter = change.events_filter.unwrap_or(std::mem::take(&mut settings.events_filter));
        settings.readings = change.readings.unwrap_or(std::mem::take(&mut settings.readings));
        settings.default_language = change.default_language.unwrap_or(settings.default_language);
        settings.service_level_percent = change.service_level_percent.unwrap_or(settings.service_level_percent);
        settings.service_level_s = change.service_level_s.unwrap_or(settings.service_level_s);
        settings.wrap_up_s = change.wrap_up_s.unwrap_or(settings.wrap_up_s);
        settings.reoffer_after_s = change.reoffer_after_s.unwrap_or(settings.reoffer_after_s);
        settings.grace_s = change.grace_s.unwrap_or(settings.grace_s);
        settings.close_after_s = change.close_after_s.unwrap_or(settings.close_after_s);
        settings.mask_secrets = change.mask_secrets.unwrap_or(settings.mask_secrets);
        settings.time_zone = change.time_zone.unwrap_or(std::mem::take(&mut settings.time_zone));
        settings.country = change.country.unwrap_or(std::mem::take(&mut settings.country));
        settings.prioritize_queue_order = change.prioritize_queue_order.unwrap_or(settings.prioritize_queue_order);
        settings.timeout_activity_id = change.timeout_activity_id.or(settings.timeout_activity_id);
        if let Some(dispositions) = change.dispositions {
            settings.dispositions = dispositions.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        }
        *name = change.name.unwrap_or(std::mem::take(name));
    })
    .await?;
    if let Some(timeout) = timeout {
        set_reservation_timeout(&server, &caller, timeout).await?;
    }
    shown(&server, &caller).await
}

/// Writes the workspace's name and settings anew, and tells its router. Without a version whatever is stored is changed.
///
/// # Errors
/// 409 for another version than the stored one; 422 for a name that is none, or an activity that is not there.
pub async fn rewrite<F>(server: &Server, caller: &Caller, version: Option<i64>, change: F) -> Result<(), Problem>
where
    F: Fn(&mut String, &mut Settings) + Send + Sync + Clone + 'static,
{
    let ws = caller.ws;
    let answer = server
        .change(caller, move |tx, ledger| {
            let change = change.clone();
            Box::pin(async move {
                let held = store::workspace::by_number(tx, ws).await?.ok_or_else(Problem::not_found)?;
                let (mut name, mut settings) = (held.name, held.settings);
                let before = [settings.timeout_activity_id, settings.default_activity_id];
                change(&mut name, &mut settings);
                let activities = store::routing::activities(tx, ws).await?;
                let wanted =
                    [("/timeout_activity_id", settings.timeout_activity_id), ("/default_activity_id", settings.default_activity_id)];
                for ((field, wanted), before) in wanted.into_iter().zip(before) {
                    if let Some(id) = wanted.filter(|_| wanted != before)
                        && activities.iter().all(|activity| activity.id != id)
                    {
                        return Err(Problem::invalid(field, "unknown", "There is no such activity").into());
                    }
                }
                let name = crate::input::name("/name", &name)?;
                if !store::workspace::update(tx, ws, &name, &settings, version.unwrap_or(held.version)).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("workspace.changed", held.id, "");
                ledger.settings("settings");
                Ok(serde_json::to_value(settings)?)
            })
        })
        .await?;
    let settings = answer.read()?;
    server.route(caller, "settings", RouterCommand::Settings { settings }).await?;
    Ok(())
}

async fn set_reservation_timeout(server: &Server, caller: &Caller, timeout: i64) -> Result<(), Problem> {
    let ws = caller.ws;
    let workflows = server.engine().db().read(move |tx| Box::pin(async move { store::routing::workflows(tx, ws).await })).await?;
    let Some(first) = workflows.into_iter().next().filter(|workflow| workflow.task_reservation_timeout_s != timeout) else { return Ok(()) };
    let workflow = Workflow { task_reservation_timeout_s: timeout, ..first };
    server.route(caller, "workflow", RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await?;
    Ok(())
}

fn check(change: &SettingsChange) -> Result<(), Problem> {
    let ranges = [
        ("/reservation_timeout_s", change.reservation_timeout_s, 1, 86_400),
        ("/wrap_up_s", change.wrap_up_s, 0, WEEK_S),
        ("/reoffer_after_s", change.reoffer_after_s, 0, WEEK_S),
        ("/grace_s", change.grace_s, 0, WEEK_S),
        ("/close_after_s", change.close_after_s, 60, 52 * WEEK_S),
        ("/service_level_s", change.service_level_s, 1, WEEK_S),
        ("/service_level_percent", change.service_level_percent, 1, 100),
    ];
    for (field, value, least, most) in ranges {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            let detail = format!("From {least} to {most}");
            return Err(Problem::invalid(field, "out_of_range", detail).with("min", least).with("max", most));
        }
    }
    if let Some(zone) = &change.time_zone {
        check_zone(zone)?;
    }
    if let Some(country) = change.country.as_deref().filter(|code| !code.is_empty() && !connectors::phone::is_country(code)) {
        let detail = format!("{country:?} is no country: give its ISO 3166 code in two capitals, e.g. DE, or nothing");
        return Err(Problem::invalid("/country", "unknown", detail));
    }
    if let Some(dispositions) = &change.dispositions {
        if dispositions.len() > DISPOSITIONS {
            return Err(Problem::invalid("/dispositions", "too_many", "At most 50 dispositions").with("limit", DISPOSITIONS as u64));
        }
        for (index, text) in dispositions.iter().enumerate() {
            crate::input::short(&format!("/dispositions/{index}"), text, 64)?;
        }
    }
    Ok(())
}

/// # Errors
/// When the time zone database does not have it.
pub fn check_zone(zone: &str) -> Result<(), Problem> {
    if calendar::is_zone(zone) {
        return Ok(());
    }
    Err(Problem::invalid("/time_zone", "unknown", "There is no such time zone; they are named as Europe/Berlin or Asia/Seoul"))
}
