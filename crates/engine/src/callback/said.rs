//! What an event says, by the names that TaskRouter gives its fields. Names and attributes are those of now, the state is that of then.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use db::Tx;
use model::{Activity, Reservation, RoutingEvent, RoutingEventKind as Kind, Task, TaskChannel, TaskQueue, Timestamp, Worker, Workflow};
use serde_json::Value;

/// In `snake_case`, as TaskRouter's documents have them; its webhooks have the same in `PascalCase`.
pub type Fields = Vec<(String, String)>;

/// What kind of thing an event is about.
pub fn resource(kind: Kind) -> &'static str {
    match kind {
        Kind::ReservationCreated
        | Kind::ReservationAccepted
        | Kind::ReservationRejected
        | Kind::ReservationTimeout
        | Kind::ReservationCanceled
        | Kind::ReservationRescinded
        | Kind::ReservationWrapup
        | Kind::ReservationCompleted
        | Kind::ReservationFailed => "reservation",
        Kind::WorkerCreated
        | Kind::WorkerActivity
        | Kind::WorkerAttributes
        | Kind::WorkerCapacity
        | Kind::WorkerAvailability
        | Kind::WorkerDeleted => "worker",
        Kind::ActivityCreated | Kind::ActivityUpdated | Kind::ActivityDeleted => "activity",
        Kind::TaskChannelCreated | Kind::TaskChannelUpdated | Kind::TaskChannelDeleted => "task-channel",
        Kind::QueueCreated | Kind::QueueExpression | Kind::QueueDeleted => "task-queue",
        Kind::WorkflowCreated | Kind::WorkflowUpdated | Kind::WorkflowDeleted => "workflow",
        Kind::WorkspaceCreated | Kind::WorkspaceUpdated | Kind::WorkspaceDeleted => "workspace",
        Kind::TaskCreated
        | Kind::TaskUpdated
        | Kind::TaskCanceled
        | Kind::TaskWrapup
        | Kind::TaskCompleted
        | Kind::TaskDeleted
        | Kind::TaskSystemDeleted
        | Kind::WorkflowEntered
        | Kind::WorkflowMatched
        | Kind::WorkflowSkipped
        | Kind::WorkflowTimeout
        | Kind::QueueEntered
        | Kind::QueueMoved
        | Kind::QueueTimeout
        | Kind::TransferInitiated
        | Kind::TransferAttemptFailed
        | Kind::TransferFailed
        | Kind::TransferCanceled
        | Kind::TransferCompleted => "task",
    }
}

/// `task-queue.entered` → `Task queue entered`.
fn description(kind: Kind) -> String {
    let text = kind.code().replace(['-', '.'], " ");
    text[..1].to_uppercase() + &text[1..]
}

/// The same as a webhook's parameters: `task_sid` → `TaskSid`.
pub fn parameters(fields: Fields) -> Vec<(String, String)> {
    let pascal = |name: String| name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    fields.into_iter().map(|(name, value)| (pascal(name), value)).collect()
}

/// The rows that fields are read from.
struct Rows {
    account: String,
    workspace: (String, String),
    tasks: BTreeMap<model::TaskId, Task>,
    workers: BTreeMap<model::WorkerId, Worker>,
    queues: BTreeMap<model::TaskQueueId, TaskQueue>,
    workflows: BTreeMap<model::WorkflowId, Workflow>,
    activities: BTreeMap<model::ActivityId, Activity>,
    channels: BTreeMap<String, TaskChannel>,
}

impl Rows {
    /// What these events name; or, of a task that is asked about, its channel.
    async fn read(tx: &mut Tx<'_>, ws: i64, events: &[RoutingEvent], asked: Option<&Task>) -> Result<Self> {
        fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
            ids.collect::<std::collections::BTreeSet<T>>().into_iter().collect()
        }
        let workspace = store::deleted::even_deleted(tx, ws).await?.context("an event's workspace")?;
        let (account, _) = store::workspace::owner(tx, ws).await?.context("a workspace has an owner")?;
        let tasks = store::routing::tasks(tx, ws, &distinct(events.iter().filter_map(|event| event.task_id))).await?;
        let workers = store::routing::workers_of(tx, ws, &distinct(events.iter().filter_map(|event| event.worker_id))).await?;
        let queues = store::routing::queues_of(tx, ws, &distinct(events.iter().filter_map(|event| event.queue_id))).await?;
        let workflows = store::routing::workflows_of(tx, ws, &distinct(events.iter().filter_map(|event| event.workflow_id))).await?;
        // Of these a workspace has few, and they are asked for whole, but only where one of them is named.
        let activities =
            if events.iter().any(|event| event.worker_id.is_some()) { store::routing::activities(tx, ws).await? } else { vec![] };
        let named = asked.is_some() || events.iter().any(|event| event.task_id.is_some() || event.channel.is_some());
        let channels = if named { store::routing::task_channels(tx, ws).await? } else { vec![] };
        Ok(Self {
            account: account.to_string(),
            workspace: (workspace.id.to_string(), workspace.name),
            tasks: tasks.into_iter().map(|row| (row.id, row)).collect(),
            workers: workers.into_iter().map(|row| (row.id, row)).collect(),
            queues: queues.into_iter().map(|row| (row.id, row)).collect(),
            workflows: workflows.into_iter().map(|row| (row.id, row)).collect(),
            activities: activities.into_iter().map(|row| (row.id, row)).collect(),
            channels: channels.into_iter().map(|row| (row.unique_name.clone(), row)).collect(),
        })
    }

    fn task(&self, task: &Task, age_s: i64, fields: &mut Fields) {
        add(fields, "task_sid", task.id);
        add(fields, "task_attributes", &task.attributes);
        add(fields, "task_age", age_s);
        add(fields, "task_priority", task.priority);
        self.channel(&task.channel, fields);
    }

    fn channel(&self, name: &str, fields: &mut Fields) {
        add(fields, "task_channel_unique_name", name);
        if let Some(channel) = self.channels.get(name) {
            add(fields, "task_channel_sid", channel.id);
        }
    }

    fn worker(&self, worker: &Worker, fields: &mut Fields) {
        add(fields, "worker_sid", worker.id);
        add(fields, "worker_name", &worker.name);
        add(fields, "worker_attributes", &worker.attributes);
        add(fields, "worker_version", worker.version);
    }

    fn activity(&self, prefix: &str, id: model::ActivityId, fields: &mut Fields) {
        add(fields, &format!("{prefix}_sid"), id);
        if let Some(activity) = self.activities.get(&id) {
            add(fields, &format!("{prefix}_name"), &activity.name);
        }
    }

    fn fields(&self, event: &RoutingEvent) -> Fields {
        let mut fields = Fields::new();
        let task = event.task_id.and_then(|id| self.tasks.get(&id));
        let reason = task.and_then(|task| task.reason.clone()).unwrap_or_default();
        let canceled = event.kind == Kind::TaskCanceled;
        let subject = match resource(event.kind) {
            "task" => event.task_id.map(|id| id.to_string()),
            "reservation" => event.reservation_id.map(|id| id.to_string()),
            "worker" => event.worker_id.map(|id| id.to_string()),
            "activity" => event.activity_id.map(|id| id.to_string()),
            "task-channel" => event.task_channel_id.map(|id| id.to_string()),
            "task-queue" => event.queue_id.map(|id| id.to_string()),
            "workflow" => event.workflow_id.map(|id| id.to_string()),
            _ => Some(self.workspace.0.clone()),
        };
        add(&mut fields, "sid", event.id());
        add(&mut fields, "event_type", event.kind.code());
        add(&mut fields, "event_description", if canceled && !reason.is_empty() { reason.clone() } else { description(event.kind) });
        add(&mut fields, "account_sid", &self.account);
        add(&mut fields, "workspace_sid", &self.workspace.0);
        add(&mut fields, "workspace_name", &self.workspace.1);
        add(&mut fields, "resource_type", resource(event.kind));
        add(&mut fields, "resource_sid", subject.unwrap_or_default());
        add(&mut fields, "timestamp", event.at.secs());
        add(&mut fields, "timestamp_ms", event.at.micros() / 1_000);
        if let Some(task) = task {
            self.task(task, event.at.since(task.created_at).max(0) / 1_000_000, &mut fields);
            if let Some(status) = event.status {
                add(&mut fields, "task_assignment_status", status.code());
            }
            match event.kind {
                Kind::TaskCanceled => add(&mut fields, "task_canceled_reason", reason),
                Kind::TaskCompleted => add(&mut fields, "task_completed_reason", task.note.clone().unwrap_or_default()),
                _ => {}
            }
        } else if let Some(name) = &event.channel {
            self.channel(name, &mut fields);
        }
        if let Some(reservation) = event.reservation_id {
            add(&mut fields, "reservation_sid", reservation);
        }
        self.place(event, &mut fields);
        self.person(event, &mut fields);
        if let Value::Object(detail) = &event.detail {
            for (name, value) in detail {
                fields.retain(|(held, _)| held != name);
                add(&mut fields, name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        fields
    }

    fn place(&self, event: &RoutingEvent, fields: &mut Fields) {
        if let Some(id) = event.queue_id {
            add(fields, "task_queue_sid", id);
            if let Some(queue) = self.queues.get(&id) {
                add(fields, "task_queue_name", &queue.name);
                add(fields, "task_queue_target_expression", &queue.target_workers);
            }
        }
        if let Some(id) = event.workflow_id {
            add(fields, "workflow_sid", id);
            if let Some(workflow) = self.workflows.get(&id) {
                add(fields, "workflow_name", &workflow.name);
            }
        }
        if resource(event.kind) == "activity"
            && let Some(id) = event.activity_id
        {
            add(fields, "activity_sid", id);
        }
    }

    fn person(&self, event: &RoutingEvent, fields: &mut Fields) {
        let Some(worker) = event.worker_id.and_then(|id| self.workers.get(&id)) else { return };
        self.worker(worker, fields);
        if event.kind == Kind::WorkerActivity {
            add(fields, "worker_time_in_previous_activity", event.lasted / 1_000_000);
            add(fields, "worker_time_in_previous_activity_ms", event.lasted / 1_000);
            if let Some(before) = event.activity_id {
                self.activity("worker_previous_activity", before, fields);
            }
        }
        let entered = event.detail.get("worker_activity_sid").and_then(Value::as_str).and_then(|text| text.parse().ok());
        self.activity("worker_activity", entered.unwrap_or(worker.activity_id), fields);
    }
}

fn add(fields: &mut Fields, name: &str, value: impl ToString) {
    fields.push((name.to_owned(), value.to_string()));
}

/// What these events say, in their order.
pub async fn said(tx: &mut Tx<'_>, ws: i64, events: &[RoutingEvent]) -> Result<Vec<Fields>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::read(tx, ws, events, None).await?;
    Ok(events.iter().map(|event| rows.fields(event)).collect())
}

/// What a workflow's address is asked about an offer: its parameters.
pub(super) async fn asked(
    tx: &mut Tx<'_>,
    ws: i64,
    offer: &Reservation,
    task: &Task,
    worker: &Worker,
    now: Timestamp,
) -> Result<Vec<(String, String)>> {
    let rows = Rows::read(tx, ws, &[], Some(task)).await?;
    let mut fields = Fields::new();
    add(&mut fields, "timestamp", now.secs());
    add(&mut fields, "account_sid", &rows.account);
    add(&mut fields, "workspace_sid", &rows.workspace.0);
    add(&mut fields, "reservation_sid", offer.id);
    rows.task(task, now.since(task.created_at).max(0) / 1_000_000, &mut fields);
    if let Some(id) = task.workflow_id {
        add(&mut fields, "workflow_sid", id);
    }
    if let Some(id) = task.queue_id {
        add(&mut fields, "task_queue_sid", id);
    }
    rows.worker(worker, &mut fields);
    fields.retain(|(name, _)| name != "worker_version");
    Ok(parameters(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_description_and_a_subject() {
        let all: Vec<(String, &str)> = Kind::ALL.into_iter().map(|kind| (description(kind), resource(kind))).collect();
        assert!(all.contains(&("Task queue entered".into(), "task")));
        assert!(all.contains(&("Worker activity update".into(), "worker")));
        let fields = vec![("worker_time_in_previous_activity_ms".to_owned(), "5".to_owned()), ("sid".to_owned(), "EV1".to_owned())];
        let names: Vec<String> = parameters(fields).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["WorkerTimeInPreviousActivityMs", "Sid"]);
    }
}
