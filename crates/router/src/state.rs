//! Rows with what is worked out from them once: parsed attributes, memberships, places in line.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expression::{Expression, Need};
use model::{
    Readings, Reservation, ReservationId, ReservationStatus, Task, TaskId, TaskQueue, TaskQueueId, TaskStatus, Timestamp, Worker,
    WorkerChannel, WorkerId, Workflow,
};
use serde_json::Value;

use crate::deadline::Deadlines;
use crate::line::{Place, Spot};
use crate::plan::Plan;
use crate::readings::target_workers;
use crate::standing::{People, Standing};

/// Very many wait: what is worked out from a row and not needed while it waits is let go.
#[derive(Debug, Clone)]
pub(crate) struct TaskState {
    pub row: Task,
    /// Its attributes, from when they are asked for until it rests.
    read: OnceCell<Box<Value>>,
    /// Its pending reservations.
    pub offers: BTreeSet<ReservationId>,
    /// The accepted or wrapping one.
    pub accepted: Option<ReservationId>,
    pub spot: Option<Spot>,
    pub deadlines: Deadlines,
}

impl TaskState {
    pub fn new(row: Task) -> Self {
        Self { read: OnceCell::new(), row, offers: BTreeSet::new(), accepted: None, spot: None, deadlines: Deadlines::default() }
    }

    /// With attributes that somebody has read already.
    pub fn of(row: Task, attributes: Value) -> Self {
        Self { read: OnceCell::from(Box::new(attributes)), ..Self::new(row) }
    }

    pub fn attributes(&self) -> &Value {
        self.read.get_or_init(|| Box::new(attributes(&self.row.attributes)))
    }

    /// The same where all tasks are looked at: nothing is kept.
    pub fn glance(&self) -> Cow<'_, Value> {
        self.read.get().map_or_else(|| Cow::Owned(attributes(&self.row.attributes)), |read| Cow::Borrowed(&**read))
    }

    pub fn forget_attributes(&mut self) {
        self.read = OnceCell::new();
    }

    /// A turn is over: gives back what the row alone does not need.
    pub fn rest(&mut self) {
        self.forget_attributes();
        self.row.way.shrink_to_fit();
        self.row.attributes.shrink_to_fit();
        self.row.channel.shrink_to_fit();
    }

    pub fn refused_at(&self, worker: WorkerId) -> Option<Timestamp> {
        let refusal = self.row.refused.iter().find(|(id, _)| *id == worker);
        refusal.map(|(_, at)| *at)
    }

    /// Its place in line.
    pub fn stands(&self) -> Option<Place> {
        self.spot.as_ref().map(|spot| spot.place(self.row.id))
    }

    /// Nobody has accepted it yet.
    pub fn waits(&self) -> bool {
        matches!(self.row.status, TaskStatus::Pending | TaskStatus::Reserved)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct WorkerState {
    pub row: Worker,
    pub attributes: Arc<Value>,
    pub queues: BTreeSet<TaskQueueId>,
    /// How they are counted in those queues; none before they were first.
    pub standing: Option<Standing>,
    /// Open reservations.
    pub open: BTreeSet<ReservationId>,
}

impl WorkerState {
    pub fn new(row: Worker) -> Self {
        Self { attributes: Arc::new(attributes(&row.attributes)), row, queues: BTreeSet::new(), standing: None, open: BTreeSet::new() }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct QueueState {
    pub row: TaskQueue,
    pub expression: Expression,
    /// What whoever belongs to it has at least.
    pub need: Option<Need>,
    /// Whether who belongs to it depends on activities.
    pub asks_activity: bool,
    pub members: BTreeSet<WorkerId>,
    pub people: People,
}

impl QueueState {
    /// A blank or broken expression matches nobody.
    pub fn new(row: TaskQueue, readings: &Readings) -> Self {
        let expression = target_workers(&row, readings).unwrap_or_else(Expression::never);
        let asks_activity = expression.paths().iter().any(|path| path.starts_with("activity_"));
        Self { need: expression.need(), expression, asks_activity, row, members: BTreeSet::new(), people: People::default() }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct WorkflowState {
    pub row: Workflow,
    pub plan: Arc<Plan>,
}

/// What a worker holds on one channel.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    pub capacity: i64,
    pub available: bool,
    /// Open reservations, those that ignore capacity included.
    pub open: i64,
    /// Accepted ones only.
    pub assigned: i64,
    pub slots: BTreeSet<i64>,
}

impl Load {
    /// The lowest free slot, if one more fits.
    pub fn free_slot(&self) -> Option<i64> {
        if !self.available || self.slots.len() as i64 >= self.capacity {
            return None;
        }
        (0..self.capacity).find(|slot| !self.slots.contains(slot))
    }

    pub fn available_percentage(&self, no_capacity_is_free: bool) -> i64 {
        if self.capacity <= 0 {
            return if no_capacity_is_free { 100 } else { 0 };
        }
        ((self.capacity - self.open) * 100 / self.capacity).max(0)
    }
}

pub(crate) fn load(worker: &WorkerState, channel: &str, reservations: &BTreeMap<ReservationId, Reservation>) -> Load {
    let WorkerChannel { capacity, available } = worker.row.channel(channel);
    let mut load = Load { capacity, available, ..Load::default() };
    let open = worker.open.iter().filter_map(|id| reservations.get(id));
    for reservation in open.filter(|reservation| reservation.channel == channel) {
        load.open += 1;
        load.assigned += i64::from(reservation.status == ReservationStatus::Accepted);
        load.slots.extend(reservation.slot);
    }
    load
}

/// What ended lately, so that a late command hears why. Bounded; after a restart the rows tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    reservations: BTreeMap<ReservationId, (ReservationStatus, Option<WorkerId>)>,
    tasks: BTreeMap<TaskId, TaskStatus>,
}

const REMEMBERED: usize = 4_096;

impl Past {
    pub fn keep_reservation(&mut self, id: ReservationId, status: ReservationStatus, winner: Option<WorkerId>) {
        self.reservations.insert(id, (status, winner));
        // Ids are ordered by time, so the first is the oldest.
        if self.reservations.len() > REMEMBERED {
            self.reservations.pop_first();
        }
    }

    pub fn keep_task(&mut self, id: TaskId, status: TaskStatus) {
        self.tasks.insert(id, status);
        if self.tasks.len() > REMEMBERED {
            self.tasks.pop_first();
        }
    }

    pub fn reservation(&self, id: ReservationId) -> Option<(ReservationStatus, Option<WorkerId>)> {
        self.reservations.get(&id).copied()
    }

    pub fn task(&self, id: TaskId) -> Option<TaskStatus> {
        self.tasks.get(&id).copied()
    }
}

/// Stored attributes that are no JSON object count as empty.
fn attributes(text: &str) -> Value {
    let value = serde_json::from_str(text).ok();
    value.filter(Value::is_object).unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}
