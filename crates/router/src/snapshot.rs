use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Activity, BusinessHours, Reservation, ReservationStatus, Settings, Task, TaskChannel, TaskQueue, Timestamp, Worker, Workflow};

use crate::belonging::Needs;
use crate::channels::Channels;
use crate::deadline::Due;
use crate::hours::HoursState;
use crate::line::{Filling, Lines};
use crate::pace::Pace;
use crate::plan::Plan;
use crate::present::Present;
use crate::router::Router;
use crate::settle::Unsettled;
use crate::state::{Past, TaskState, WorkerState, WorkflowState};

/// The rows a router starts from, tasks in any order. Ended tasks, ended reservations and deleted workers are passed over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    pub settings: Settings,
    pub activities: Vec<Activity>,
    pub task_channels: Vec<TaskChannel>,
    pub business_hours: Vec<BusinessHours>,
    pub queues: Vec<TaskQueue>,
    pub workflows: Vec<Workflow>,
    pub workers: Vec<Worker>,
    pub tasks: Vec<Task>,
    pub reservations: Vec<Reservation>,
}

impl Router {
    /// The rows it stands for.
    pub(crate) fn rows(&self) -> Snapshot {
        Snapshot {
            settings: self.settings.clone(),
            activities: self.activities().cloned().collect(),
            task_channels: self.task_channels().cloned().collect(),
            business_hours: self.business_hours().cloned().collect(),
            queues: self.queues().cloned().collect(),
            workflows: self.workflows().cloned().collect(),
            workers: self.workers().cloned().collect(),
            tasks: self.tasks().cloned().collect(),
            reservations: self.reservations().cloned().collect(),
        }
    }

    /// A router that goes on from stored rows. A stored expression or workflow that cannot be read matches nobody.
    pub fn new(snapshot: Snapshot) -> Router {
        let mut router = Router {
            settings: snapshot.settings,
            activities: keyed(snapshot.activities, |row| row.id),
            hours: BTreeMap::new(),
            queues: BTreeMap::new(),
            needs: Needs::default(),
            workflows: BTreeMap::new(),
            workers: BTreeMap::new(),
            tasks: BTreeMap::new(),
            reservations: BTreeMap::new(),
            conversations: BTreeMap::new(),
            channels: Channels::new(snapshot.task_channels),
            lines: Lines::default(),
            present: Present::default(),
            deadlines: BTreeSet::new(),
            unsettled: Unsettled::default(),
            past: Past::default(),
            pace: Pace::default(),
        };
        snapshot.queues.into_iter().for_each(|row| router.keep_queue(row));
        snapshot.business_hours.into_iter().for_each(|row| router.keep_hours(HoursState::stored(row)));
        for row in snapshot.workflows {
            let plan = Plan::parse(&row.configuration, &router.settings.readings, |id| router.queues.contains_key(&id));
            let plan = Arc::new(plan.unwrap_or_default());
            router.workflows.insert(row.id, WorkflowState { row, plan });
        }
        for row in snapshot.workers.into_iter().filter(|row| !row.deleted) {
            let id = row.id;
            row.channels.keys().for_each(|name| {
                router.channels.meet(name);
            });
            router.workers.insert(id, WorkerState::new(row));
            router.join_queues(id);
            router.unsettle_worker(id);
        }
        let mut accepted: Vec<&Task> = snapshot.tasks.iter().filter(|task| task.assigned_at.is_some()).collect();
        accepted.sort_by_key(|task| (task.assigned_at, task.id));
        for row in accepted {
            let channel = router.channels.meet(&row.channel);
            router.note_pace(row, channel);
        }
        router.load_tasks(snapshot.tasks);
        for row in snapshot.reservations {
            router.load_reservation(row);
        }
        router.put_all_in_place();
        router
    }

    fn load_tasks(&mut self, rows: Vec<Task>) {
        let open = rows.into_iter().filter(|row| !row.status.ended());
        let tasks = open.map(|row| {
            self.count_task(&row);
            let mut task = TaskState::new(row);
            task.rest();
            (task.row.id, Box::new(task))
        });
        self.tasks = tasks.collect();
    }

    /// As [`Router::put_in_place`] for every task, none of which has a place yet.
    fn put_all_in_place(&mut self) {
        let mut tasks = std::mem::take(&mut self.tasks);
        let mut lines = Filling::default();
        let mut deadlines: Vec<_> = std::mem::take(&mut self.deadlines).into_iter().collect();
        for (id, task) in &mut tasks {
            let channel = self.channels.get(&task.row.channel).unwrap_or_else(|| self.add_channel(&task.row.channel));
            let place = self.place(task);
            task.spot = self.line_of(task).map(|(pool, key)| lines.insert(pool, channel, key, place));
            task.deadlines = self.due(task, Timestamp::from_micros(i64::MIN));
            deadlines.extend(task.deadlines.of_task(*id));
            self.present.put_aside(*id, task.waits() && task.spot.is_none());
        }
        self.tasks = tasks;
        self.lines = lines.filled();
        self.deadlines = deadlines.into_iter().collect();
    }

    fn load_reservation(&mut self, row: Reservation) {
        let Some(task) = self.tasks.get_mut(&row.task_id) else {
            return;
        };
        if !row.status.open() {
            return;
        }
        if row.status == ReservationStatus::Pending {
            task.offers.insert(row.id);
            if let Some(at) = row.deadline_at {
                self.deadlines.insert((at, Due::Miss(row.id)));
            }
        } else {
            task.accepted = Some(row.id);
        }
        if let Some(worker) = self.workers.get_mut(&row.worker_id) {
            worker.open.insert(row.id);
        }
        self.reservations.insert(row.id, row);
    }
}

fn keyed<K: Ord, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
