//! Business hours: when queues offer their tasks, and when somebody is there to answer a channel account.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{BusinessHours, BusinessHoursId, Closure, Day, RouterCommand, Span, SpecialDate, Timestamp, WeeklySpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::input::Version;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{maybe, time};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

/// From one time of the day to a later one, as the clock on the wall shows them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSpan {
    /// HH:MM.
    pub from: String,
    /// HH:MM; 24:00 is the day's end.
    pub to: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenWeekly {
    /// monday to sunday.
    #[schema(value_type = String)]
    pub day: Day,
    pub from: String,
    pub to: String,
}

/// A date that wins over the week.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenOnDate {
    /// As 2026-12-24.
    pub date: String,
    #[serde(default)]
    pub name: String,
    /// On this day of every year; a date of its own year wins over it.
    #[serde(default)]
    pub yearly: bool,
    /// Empty = closed.
    #[serde(default)]
    pub open: Vec<OpenSpan>,
}

/// Closed, whatever else is said.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedSpan {
    pub from: String,
    /// Null = until further notice.
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoursNow {
    pub open: bool,
    /// When that changes; null where it does not within a year.
    pub until: Option<String>,
    /// weekly, date or closure.
    pub because: String,
    /// What the date or the closure is called.
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoursUser {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct HoursUsers {
    pub task_queues: Vec<HoursUser>,
    pub channel_accounts: Vec<HoursUser>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BusinessHoursView {
    pub id: String,
    pub name: String,
    pub time_zone: String,
    pub weekly: Vec<OpenWeekly>,
    pub dates: Vec<OpenOnDate>,
    pub closures: Vec<ClosedSpan>,
    pub now: HoursNow,
    pub used_by: HoursUsers,
    pub version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBusinessHours {
    name: String,
    time_zone: String,
    weekly: Vec<OpenWeekly>,
    #[serde(default)]
    dates: Vec<OpenOnDate>,
    #[serde(default)]
    closures: Vec<ClosedSpan>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BusinessHoursChange {
    name: Option<String>,
    time_zone: Option<String>,
    weekly: Option<Vec<OpenWeekly>>,
    dates: Option<Vec<OpenOnDate>>,
    closures: Option<Vec<ClosedSpan>>,
    version: i64,
}

fn shown_span(span: Span) -> OpenSpan {
    OpenSpan { from: span.from.to_string(), to: span.to.to_string() }
}

fn view(hours: &BusinessHours, used_by: HoursUsers, now: Timestamp) -> BusinessHoursView {
    let moment = calendar::look(hours, now);
    let weekly = hours.weekly.iter().map(|one| OpenWeekly { day: one.day, from: one.span.from.to_string(), to: one.span.to.to_string() });
    let dates = hours.dates.iter().map(|one| OpenOnDate {
        date: one.date.to_string(),
        name: one.name.clone(),
        yearly: one.yearly,
        open: one.open.iter().copied().map(shown_span).collect(),
    });
    let closures =
        hours.closures.iter().map(|one| ClosedSpan { from: time(one.from), until: maybe(one.until), reason: one.reason.clone() });
    BusinessHoursView {
        id: hours.id.to_string(),
        name: hours.name.clone(),
        time_zone: hours.time_zone.clone(),
        weekly: weekly.collect(),
        dates: dates.collect(),
        closures: closures.collect(),
        now: HoursNow { open: moment.open, until: maybe(moment.until), because: moment.because.code().into(), name: moment.name },
        used_by,
        version: hours.version,
    }
}

fn span(from: &str, to: &str, at: &str) -> Result<Span, Problem> {
    let time = |text: &str, field: &str| {
        let wrong = |why: model::NotADayTime| Problem::invalid(&format!("{at}/{field}"), "bad_time", format!("This is {why}"));
        text.trim().parse().map_err(wrong)
    };
    Ok(Span { from: time(from, "from")?, to: time(to, "to")? })
}

fn weekly(given: Vec<OpenWeekly>) -> Result<Vec<WeeklySpan>, Problem> {
    let spans = given.into_iter().enumerate().map(|(no, one)| {
        let span = span(&one.from, &one.to, &format!("/weekly/{no}"))?;
        Ok(WeeklySpan { day: one.day, span })
    });
    spans.collect()
}

fn dates(given: Vec<OpenOnDate>) -> Result<Vec<SpecialDate>, Problem> {
    let read = given.into_iter().enumerate().map(|(no, one)| {
        let wrong = |_| Problem::invalid(&format!("/dates/{no}/date"), "bad_date", "This is no date of the form 2026-12-24");
        let spans = one.open.iter().enumerate().map(|(at, given)| span(&given.from, &given.to, &format!("/dates/{no}/open/{at}")));
        Ok(SpecialDate {
            date: one.date.trim().parse().map_err(wrong)?,
            name: one.name.trim().to_owned(),
            yearly: one.yearly,
            open: spans.collect::<Result<_, Problem>>()?,
        })
    });
    read.collect()
}

fn closures(given: Vec<ClosedSpan>) -> Result<Vec<Closure>, Problem> {
    let moment = |text: &str, at: String| {
        let wrong = || Problem::invalid(&at, "bad_moment", "This is no time of the form 2026-12-24T18:00:00Z");
        Timestamp::parse_rfc3339(text.trim()).ok_or_else(wrong)
    };
    let read = given.into_iter().enumerate().map(|(no, one)| {
        Ok(Closure {
            from: moment(&one.from, format!("/closures/{no}/from"))?,
            until: one.until.map(|text| moment(&text, format!("/closures/{no}/until"))).transpose()?,
            reason: one.reason.trim().to_owned(),
        })
    });
    read.collect()
}

/// All of them, each with who goes by it.
async fn all(server: &Server, caller: &Caller) -> Result<Vec<(BusinessHours, HoursUsers)>, Problem> {
    let ws = caller.ws;
    let read = server.engine().db().read(move |tx| {
        Box::pin(async move {
            let hours = store::routing::business_hours(tx, ws).await?;
            Ok((hours, store::routing::queues(tx, ws).await?, store::channel::all(tx, ws).await?))
        })
    });
    let (hours, queues, accounts) = read.await?;
    let mut users: BTreeMap<BusinessHoursId, HoursUsers> = BTreeMap::new();
    for (id, queue) in queues.iter().filter_map(|queue| Some((queue.business_hours_id?, queue))) {
        users.entry(id).or_default().task_queues.push(HoursUser { id: queue.id.to_string(), name: queue.name.clone() });
    }
    for (id, account) in accounts.iter().filter_map(|stored| Some((stored.account.business_hours_id?, &stored.account))) {
        users.entry(id).or_default().channel_accounts.push(HoursUser { id: account.id.to_string(), name: account.name.clone() });
    }
    Ok(hours.into_iter().map(|row| (users.remove(&row.id).unwrap_or_default(), row)).map(|(users, row)| (row, users)).collect())
}

async fn one(server: &Server, caller: &Caller, id: BusinessHoursId) -> Result<(BusinessHours, HoursUsers), Problem> {
    all(server, caller).await?.into_iter().find(|(row, _)| row.id == id).ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: BusinessHoursId) -> Answered<BusinessHoursView> {
    let (row, users) = one(server, caller, id).await?;
    Ok(Json(view(&row, users, server.engine().now())))
}

/// That there are such hours.
pub async fn check_hours(server: &Server, caller: &Caller, id: Option<BusinessHoursId>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    let ws = caller.ws;
    let hours = server.engine().db().read(move |tx| Box::pin(async move { store::routing::business_hours(tx, ws).await })).await?;
    if hours.iter().any(|row| row.id == id) {
        return Ok(());
    }
    Err(Problem::invalid("/business_hours_id", "unknown", "There are no such business hours"))
}

#[utoipa::path(get, path = "/business-hours", tag = "routing", params(Paging), security(("session" = [])), responses((status = 200, body = Page<BusinessHoursView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::Belong>,
    Query(paging): Query<Paging>,
) -> Answered<Page<BusinessHoursView>> {
    let now = server.engine().now();
    let (rows, next_cursor) = paging.cut(all(&server, &caller).await?, |(row, _)| row.id)?;
    Ok(Json(Page { items: rows.into_iter().map(|(row, users)| view(&row, users, now)).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/business-hours/{id}", tag = "routing", security(("session" = [])), responses((status = 200, body = BusinessHoursView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<BusinessHoursId>) -> Answered<BusinessHoursView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(post, path = "/business-hours", tag = "routing", security(("session" = ["routing.manage"])), request_body = NewBusinessHours, responses((status = 200, body = BusinessHoursView)))]
async fn make(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Body(new): Body<NewBusinessHours>,
) -> Answered<BusinessHoursView> {
    let business_hours = BusinessHours {
        id: caller.fresh(&server, "business_hours"),
        name: new.name.trim().to_owned(),
        time_zone: new.time_zone.trim().to_owned(),
        weekly: weekly(new.weekly)?,
        dates: dates(new.dates)?,
        closures: closures(new.closures)?,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let id = business_hours.id;
    let command = RouterCommand::PutBusinessHours { business_hours };
    server.route_noted(&caller, "business_hours", command, noted("business_hours.created", id, "")).await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(patch, path = "/business-hours/{id}", tag = "routing", security(("session" = ["routing.manage"])), request_body = BusinessHoursChange, responses((status = 200, body = BusinessHoursView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<BusinessHoursId>,
    Body(change): Body<BusinessHoursChange>,
) -> Answered<BusinessHoursView> {
    let (held, _) = one(&server, &caller, id).await?;
    let business_hours = BusinessHours {
        name: change.name.map_or(held.name, |name| name.trim().to_owned()),
        time_zone: change.time_zone.map_or(held.time_zone, |zone| zone.trim().to_owned()),
        weekly: change.weekly.map_or(Ok(held.weekly), weekly)?,
        dates: change.dates.map_or(Ok(held.dates), dates)?,
        closures: change.closures.map_or(Ok(held.closures), closures)?,
        version: change.version,
        ..held
    };
    let command = RouterCommand::PutBusinessHours { business_hours };
    server.route_noted(&caller, "business_hours", command, noted("business_hours.changed", id, "")).await?;
    shown(&server, &caller, id).await
}

/// Refused while a queue or a channel account goes by them.
#[utoipa::path(delete, path = "/business-hours/{id}", tag = "routing", params(Version), security(("session" = ["routing.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<BusinessHoursId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let (name, users) = one(&server, &caller, id).await.map(|(row, users)| (row.name, users)).unwrap_or_default();
    if let Some(account) = users.channel_accounts.first() {
        let detail = format!("The channel account {} goes by these hours", account.name);
        return Err(Problem::conflict("in_use", detail).what("hours_account").with("name", account.name.as_str()));
    }
    let command = RouterCommand::DeleteBusinessHours { business_hours_id: id, version: asked.version };
    server.route_noted(&caller, "business_hours", command, noted("business_hours.deleted", id, name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
