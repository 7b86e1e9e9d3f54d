//! What happened in a window of time, counted from TaskRouter's events.

use std::collections::{BTreeMap, BTreeSet};

use model::{Activity, ActivityId, RoutingEventKind, TaskQueueId, Timestamp, Worker, WorkerId, WorkflowId};
use serde_json::{Map, Value, json};
use server::{Caller, Server};
use store::routing_event::{Spread, Stays, Sum, Waited, Window};

use super::read;
use crate::date::iso;
use crate::form::Form;
use crate::refused::{Answered, Refused};

/// The window when none is named, in minutes.
const USUAL_MINUTES: i64 = 15;
/// So long events are kept, in days.
const KEPT_DAYS: i64 = 30;
/// Seconds that waiting may be split at.
const MOST_SPLITS: usize = 20;
/// A window that begins before what is kept.
const TOO_OLD: u32 = 14_241;

/// The window and what else was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Unique name of a task channel.
    pub channel: Option<String>,
    /// Seconds.
    split: Vec<i64>,
}

/// Whose events are counted.
#[derive(Debug, Clone)]
pub enum Of {
    Workspace,
    Queue(TaskQueueId),
    Workflow(WorkflowId),
    Worker(WorkerId),
    /// Of all of them, or of these.
    Workers(Option<BTreeSet<WorkerId>>),
}

impl Of {
    fn people(&self) -> bool {
        matches!(self, Self::Worker(_) | Self::Workers(_))
    }
}

/// Takes where a window begins and ends. `StartDate` counts before `Minutes`.
///
/// # Errors
/// 14241 for a window that begins more than 30 days ago, 20001 for what is wrong otherwise.
pub fn window(server: &Server, query: &mut Form) -> Answered<(Timestamp, Timestamp)> {
    let now = server.engine().now();
    let minutes = query.number("Minutes")?.unwrap_or(USUAL_MINUTES);
    if !(1..=KEPT_DAYS * 24 * 60).contains(&minutes) {
        return Err(Refused::invalid("Minutes", format!("from 1 to {}", KEPT_DAYS * 24 * 60)));
    }
    let until = query.time("EndDate")?.unwrap_or(now);
    let from = query.time("StartDate")?.unwrap_or_else(|| until.plus_secs(-minutes * 60));
    if from < now.plus_secs(-KEPT_DAYS * 86_400 - 60) {
        return Err(Refused::bad(TOO_OLD, "Invalid StartDate: events are kept for 30 days"));
    }
    if from > until {
        return Err(Refused::invalid("StartDate", "it is after EndDate"));
    }
    Ok((from, until))
}

/// Takes the parameters of cumulative statistics.
///
/// # Errors
/// Those of [`window`], and 20001 for what is wrong otherwise.
pub async fn asked(server: &Server, caller: &Caller, query: &mut Form, splits: bool) -> Answered<Asked> {
    let (from, until) = window(server, query)?;
    let channel = super::task_channels::filter(server, caller, query).await?;
    let split = if splits { query.list("SplitByWaitTime") } else { vec![] };
    let read: Option<Vec<i64>> = split.iter().map(|text| text.parse().ok().filter(|seconds| *seconds >= 0)).collect();
    let split = read.filter(|split| split.len() <= MOST_SPLITS);
    let split =
        split.ok_or_else(|| Refused::invalid("SplitByWaitTime", format!("at most {MOST_SPLITS} whole seconds, with commas between")))?;
    Ok(Asked { from, until, channel, split })
}

fn window_of(asked: &Asked) -> Window {
    Window { from: asked.from, until: asked.until, queue: None, workflow: None, worker: None, channel: asked.channel.clone() }
}

/// What is counted of whom in the window; `people` = activities and workers as they are now, of whom stays are told.
pub async fn count(
    server: &Server,
    caller: &Caller,
    asked: &Asked,
    of: Of,
    people: Option<(Vec<Activity>, Vec<Worker>)>,
) -> Answered<Map<String, Value>> {
    let ws = caller.ws;
    let mut window = window_of(asked);
    match of {
        Of::Workspace | Of::Workers(_) => {}
        Of::Queue(id) => window.queue = Some(id),
        Of::Workflow(id) => window.workflow = Some(id),
        Of::Worker(id) => window.worker = Some(id),
    }
    let (chosen, split) = (of.clone(), !asked.split.is_empty());
    let (counted, waits, stays) = read(server, move |tx| {
        let (window, chosen) = (window.clone(), chosen.clone());
        Box::pin(async move {
            let mut counted = Counted::default();
            if let Of::Workers(Some(these)) = &chosen {
                let sums = store::routing_event::sums_of_workers(tx, ws, &window).await?;
                sums.into_iter().filter(|(worker, ..)| these.contains(worker)).for_each(|(_, kind, sum)| counted.add(kind, sum));
            } else {
                let sums = store::routing_event::sums(tx, ws, &window).await?;
                sums.into_iter().for_each(|(kind, sum)| counted.add(kind, sum));
            }
            let waits = if split { store::routing_event::waits(tx, ws, &window).await? } else { vec![] };
            let mut stays = if chosen.people() { store::routing_event::stays(tx, ws, &window).await? } else { vec![] };
            if let Of::Workers(Some(these)) = &chosen {
                stays.retain(|stay| these.contains(&stay.worker));
            }
            Ok((counted, waits, stays))
        })
    })
    .await?;
    let mut body = beginning(asked);
    counted.reservations(&mut body);
    if of.people() {
        if let Some((activities, workers)) = people {
            body.insert("activity_durations".into(), durations(&activities, &workers, &stays, asked, server.engine().now()));
        }
        return Ok(body);
    }
    counted.tasks(&of, &mut body);
    write_split(asked, &waits, &mut body);
    Ok(body)
}

/// The same of these queues, each of which is read with all the others.
pub async fn count_queues(
    server: &Server,
    caller: &Caller,
    asked: &Asked,
    ids: &[TaskQueueId],
) -> Answered<BTreeMap<TaskQueueId, Map<String, Value>>> {
    let (ws, window, split) = (caller.ws, window_of(asked), !asked.split.is_empty());
    let (sums, waits) = read(server, move |tx| {
        let window = window.clone();
        Box::pin(async move {
            let sums = store::routing_event::sums_of_queues(tx, ws, &window).await?;
            let waits = if split { store::routing_event::waits(tx, ws, &window).await? } else { vec![] };
            Ok((sums, waits))
        })
    })
    .await?;
    let mut counted: BTreeMap<TaskQueueId, Counted> = ids.iter().map(|id| (*id, Counted::default())).collect();
    for (id, kind, sum) in sums {
        if let Some(counted) = counted.get_mut(&id) {
            counted.add(kind, sum);
        }
    }
    let mut waited: BTreeMap<TaskQueueId, Vec<Waited>> = BTreeMap::new();
    for one in waits {
        if let Some(id) = one.queue {
            waited.entry(id).or_default().push(one);
        }
    }
    let body = |(id, counted): (TaskQueueId, Counted)| {
        let mut body = beginning(asked);
        counted.reservations(&mut body);
        counted.tasks(&Of::Queue(id), &mut body);
        write_split(asked, waited.get(&id).map_or(&[], Vec::as_slice), &mut body);
        (id, body)
    };
    Ok(counted.into_iter().map(body).collect())
}

fn beginning(asked: &Asked) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("start_time".into(), iso(asked.from).into());
    body.insert("end_time".into(), iso(asked.until).into());
    body
}

fn write_split(asked: &Asked, waits: &[Waited], body: &mut Map<String, Value>) {
    let parts = || asked.split.iter().map(|seconds| (seconds.to_string(), parted(waits, *seconds))).collect::<Map<_, _>>();
    body.insert("split_by_wait_time".into(), json!((!asked.split.is_empty()).then(parts)));
}

#[derive(Default)]
struct Counted(BTreeMap<RoutingEventKind, Sum>);

impl Counted {
    fn add(&mut self, kind: RoutingEventKind, sum: Sum) {
        let held = self.0.entry(kind).or_default();
        *held = held.and(sum);
    }

    fn sum(&self, kind: RoutingEventKind) -> Sum {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    fn reservations(&self, body: &mut Map<String, Value>) {
        use RoutingEventKind::{
            ReservationAccepted, ReservationCanceled, ReservationCreated, ReservationRejected, ReservationRescinded, ReservationTimeout,
        };
        for (field, kind) in [
            ("reservations_created", ReservationCreated),
            ("reservations_accepted", ReservationAccepted),
            ("reservations_rejected", ReservationRejected),
            ("reservations_timed_out", ReservationTimeout),
            ("reservations_canceled", ReservationCanceled),
            ("reservations_rescinded", ReservationRescinded),
        ] {
            body.insert(field.into(), self.sum(kind).count.into());
        }
    }

    fn tasks(&self, of: &Of, body: &mut Map<String, Value>) {
        use RoutingEventKind::{
            QueueEntered, QueueMoved, ReservationAccepted, TaskCanceled, TaskCompleted, TaskCreated, TaskDeleted, TaskSystemDeleted,
            WorkflowEntered, WorkflowTimeout,
        };
        body.insert("tasks_deleted".into(), (self.sum(TaskDeleted).count + self.sum(TaskSystemDeleted).count).into());
        let mut put = |field: &str, kind| body.insert(field.into(), self.sum(kind).count.into());
        put("tasks_canceled", TaskCanceled);
        put("tasks_completed", TaskCompleted);
        put("tasks_moved", QueueMoved);
        match of {
            Of::Queue(_) => put("tasks_entered", QueueEntered),
            Of::Workflow(_) => put("tasks_entered", WorkflowEntered),
            _ => put("tasks_created", TaskCreated),
        };
        if !matches!(of, Of::Queue(_)) {
            put("tasks_timed_out_in_workflow", WorkflowTimeout);
        }
        let (accepted, canceled) = (self.sum(ReservationAccepted), self.sum(TaskCanceled));
        body.insert("avg_task_acceptance_time".into(), average(accepted.lasted.total, accepted.count).into());
        body.insert("wait_duration_until_accepted".into(), wait(accepted.count, accepted.lasted));
        body.insert("wait_duration_until_canceled".into(), wait(canceled.count, canceled.lasted));
        if matches!(of, Of::Queue(_)) {
            body.insert("wait_duration_in_queue_until_accepted".into(), wait(accepted.count, accepted.queued));
        }
    }
}

/// Whole seconds.
fn average(total: i64, count: i64) -> i64 {
    if count == 0 { 0 } else { total / count / 1_000_000 }
}

fn wait(count: i64, spread: Spread) -> Value {
    let seconds = |micros: i64| micros / 1_000_000;
    json!({ "avg": average(spread.total, count), "min": seconds(spread.min), "max": seconds(spread.max), "total": seconds(spread.total) })
}

/// How many waited for longer, and how many at most so many seconds.
fn parted(waits: &[Waited], seconds: i64) -> Value {
    let side = |above: bool| {
        let there = |kind| waits.iter().filter(move |one| one.kind == kind && (one.seconds > seconds) == above);
        let count = |kind| there(kind).map(|one| one.count).sum::<i64>();
        json!({ "tasks_canceled": count(RoutingEventKind::TaskCanceled), "reservations_accepted": count(RoutingEventKind::ReservationAccepted) })
    };
    json!({ "above": side(true), "below": side(false) })
}

/// How long the stays in each activity were, as far as they lie in the window; one that goes on ends now.
fn durations(activities: &[Activity], workers: &[Worker], ended: &[Stays], asked: &Asked, now: Timestamp) -> Value {
    let mut stays: BTreeMap<ActivityId, Sum> = BTreeMap::new();
    let mut add = |activity, count, lasted| {
        let held = stays.entry(activity).or_default();
        *held = held.and(Sum { count, lasted, queued: Spread::default() });
    };
    ended.iter().for_each(|stay| add(stay.activity, stay.count, stay.within));
    for worker in workers {
        let within = now.min(asked.until).since(worker.activity_since.max(asked.from));
        if within > 0 {
            add(worker.activity_id, 1, Spread { total: within, min: within, max: within });
        }
    }
    let row = |activity: &Activity| {
        let Sum { count, lasted, .. } = stays.get(&activity.id).copied().unwrap_or_default();
        let Value::Object(mut row) = wait(count, lasted) else { return Value::Null };
        row.insert("sid".into(), json!(activity.id));
        row.insert("friendly_name".into(), json!(activity.name));
        row.into()
    };
    activities.iter().map(row).collect()
}
