use std::collections::{BTreeMap, BTreeSet};

use model::{
    Activity, ActivityId, BusinessHours, BusinessHoursId, ConversationId, Ids, Refusal, Reservation, ReservationId, RouterAnswer,
    RouterCommand, RouterEffects, Settings, Task, TaskChannel, TaskId, TaskQueue, TaskQueueId, Timestamp, Worker, WorkerId, Workflow,
    WorkflowId,
};

use crate::belonging::Needs;
use crate::channels::Channels;
use crate::deadline::Due;
use crate::hours::HoursState;
use crate::line::Lines;
use crate::pace::Pace;
use crate::plan::Target;
use crate::present::Present;
use crate::settle::Unsettled;
use crate::state::{Past, QueueState, TaskState, WorkerState, WorkflowState};
use crate::turn::Turn;

/// The routing of one workspace: tasks not ended, open reservations, and everything they depend on.
#[derive(Debug, Clone)]
pub struct Router {
    pub(crate) settings: Settings,
    pub(crate) activities: BTreeMap<ActivityId, Activity>,
    pub(crate) hours: BTreeMap<BusinessHoursId, HoursState>,
    pub(crate) queues: BTreeMap<TaskQueueId, QueueState>,
    pub(crate) needs: Needs,
    pub(crate) workflows: BTreeMap<WorkflowId, WorkflowState>,
    pub(crate) workers: BTreeMap<WorkerId, WorkerState>,
    pub(crate) tasks: BTreeMap<TaskId, Box<TaskState>>,
    pub(crate) reservations: BTreeMap<ReservationId, Reservation>,
    pub(crate) conversations: BTreeMap<ConversationId, BTreeSet<TaskId>>,
    pub(crate) channels: Channels,
    pub(crate) lines: Lines,
    pub(crate) present: Present,
    pub(crate) deadlines: BTreeSet<(Timestamp, Due)>,
    pub(crate) unsettled: Unsettled,
    pub(crate) past: Past,
    pub(crate) pace: Pace,
}

impl Router {
    /// Carries out one command. What was due before `now` happens first, also when the command is refused.
    ///
    /// # Errors
    /// A [`Refusal`]; the command itself then changed nothing. A refused request of a conversation also leaves
    /// `TaskNews::Refused` in the effects, so that its flow hears of it.
    pub fn handle(
        &mut self,
        command: &RouterCommand,
        now: Timestamp,
        ids: &mut Ids,
        effects: &mut RouterEffects,
    ) -> Result<RouterAnswer, Refusal> {
        let mut turn = Turn::new(now, ids, effects);
        self.fire_due(&mut turn);
        self.settle(&mut turn);
        let answer = self.obey(command, &mut turn);
        self.settle(&mut turn);
        self.conclude_turn(turn);
        answer
    }

    /// Lets everything happen that is due by `now`.
    pub fn tick(&mut self, now: Timestamp, ids: &mut Ids, effects: &mut RouterEffects) {
        let mut turn = Turn::new(now, ids, effects);
        self.fire_due(&mut turn);
        self.settle(&mut turn);
        self.conclude_turn(turn);
    }

    /// When `tick` should be called next. In the past right after loading: what waited may be offered.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if !self.unsettled.is_empty() {
            return Some(Timestamp::from_micros(0));
        }
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Whatever a command brings along is a row when the turn ends.
    fn conclude_turn(&mut self, mut turn: Turn) {
        self.make_channels(&mut turn);
        self.finish(turn);
    }

    fn obey(&mut self, command: &RouterCommand, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        use RouterCommand as C;
        match command {
            C::RequestTask(request) => self.request_task(request, turn),
            C::IfTask { task_id, version, then } => match self.tasks.get(task_id) {
                Some(task) if task.row.version == *version => self.obey(then, turn),
                _ => Err(Refusal::StaleVersion),
            },
            C::Accept { reservation_id } => self.accept(*reservation_id, turn),
            C::Reject { reservation_id, activity_id } => self.reject(*reservation_id, *activity_id, turn),
            C::Withdraw { reservation_id } => self.withdraw(*reservation_id, turn),
            C::Wrap { task_id } => self.wrap(*task_id, turn),
            C::Complete { task_id, disposition, note } => self.complete(*task_id, disposition.clone(), note.clone(), turn),
            C::Cancel { task_id, reason } => self.cancel(*task_id, reason, turn),
            C::Transfer { task_id, to, note, by, new_task_id } => self.transfer(*task_id, to, note, *by, *new_task_id, turn),
            C::Requeue { task_id, reason, by, new_task_id } => self.requeue(*task_id, *reason, *by, *new_task_id, turn),
            C::UpdateTask { task_id, change, end } => self.update_task(*task_id, change, end.as_ref(), turn),
            C::SetAttribute { task_id, name, value } => self.set_attribute(*task_id, name, value.as_ref(), turn),
            C::CloseTasks { conversation_id, reason } => self.close_tasks(*conversation_id, reason, turn),
            C::SetActivity { worker_id, activity_id } => self.set_activity(*worker_id, *activity_id, turn),
            C::DeskConnected { worker_id } => self.desk(*worker_id, true, turn),
            C::DeskLost { worker_id } => self.desk(*worker_id, false, turn),
            C::WorkerGone { worker_id } => self.worker_gone(*worker_id, turn),
            C::PutTaskChannel { task_channel } => self.put_task_channel(task_channel, turn),
            C::DeleteTaskChannel { task_channel_id, version } => self.delete_task_channel(*task_channel_id, *version, turn),
            C::PutActivity { activity } => self.put_activity(activity, turn),
            C::DeleteActivity { activity_id } => self.delete_activity(*activity_id, turn),
            C::PutWorker { worker } => self.put_worker(worker, turn),
            C::PutWorkers { workers } => self.put_workers(workers, turn),
            C::DeleteWorker { worker_id, version } => self.delete_worker(*worker_id, *version, turn),
            C::PutQueue { queue } => self.put_queue(queue, turn),
            C::DeleteQueue { queue_id, version } => self.delete_queue(*queue_id, *version, turn),
            C::PutBusinessHours { business_hours } => self.put_business_hours(business_hours, turn),
            C::DeleteBusinessHours { business_hours_id, version } => self.delete_business_hours(*business_hours_id, *version, turn),
            C::PutWorkflow { workflow, re_evaluate } => self.put_workflow(workflow, *re_evaluate, turn),
            C::DeleteWorkflow { workflow_id, version } => self.delete_workflow(*workflow_id, *version, turn),
            C::Settings { settings } => self.put_settings(settings, turn),
        }
    }
}

/// Reading, for boards, statistics and checks. All in the order of ids.
impl Router {
    /// Tasks that have not ended.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().map(|task| &task.row)
    }
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id).map(|task| &task.row)
    }
    /// Workers that are not deleted.
    pub fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values().map(|worker| &worker.row)
    }
    pub fn worker(&self, id: WorkerId) -> Option<&Worker> {
        self.workers.get(&id).map(|worker| &worker.row)
    }
    /// Open reservations.
    pub fn reservations(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations.values()
    }
    pub fn reservation(&self, id: ReservationId) -> Option<&Reservation> {
        self.reservations.get(&id)
    }
    pub fn queues(&self) -> impl Iterator<Item = &TaskQueue> {
        self.queues.values().map(|queue| &queue.row)
    }
    pub fn queue(&self, id: TaskQueueId) -> Option<&TaskQueue> {
        self.queues.get(&id).map(|queue| &queue.row)
    }
    /// The workers who match a queue's expression, whatever their activity.
    pub fn members(&self, queue: TaskQueueId) -> impl Iterator<Item = &Worker> {
        let members = self.queues.get(&queue).map(|queue| &queue.members);
        let members = members.into_iter().flatten();
        members.filter_map(|id| self.worker(*id))
    }
    pub fn workflows(&self) -> impl Iterator<Item = &Workflow> {
        self.workflows.values().map(|workflow| &workflow.row)
    }
    pub fn workflow(&self, id: WorkflowId) -> Option<&Workflow> {
        self.workflows.get(&id).map(|workflow| &workflow.row)
    }
    pub fn activities(&self) -> impl Iterator<Item = &Activity> {
        self.activities.values()
    }
    pub fn task_channels(&self) -> impl Iterator<Item = &TaskChannel> {
        self.channels.rows()
    }
    pub fn business_hours(&self) -> impl Iterator<Item = &BusinessHours> {
        self.hours.values().map(|hours| &hours.row)
    }
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Router {
    /// The target a task stands in; nothing when it is routed directly or its workflow no longer has that step.
    pub(crate) fn target(&self, task: &TaskState) -> Option<&Target> {
        let row = &task.row;
        if row.routing_worker.is_some() || row.routing_queue.is_some() {
            return None;
        }
        let workflow = self.workflows.get(&row.workflow_id?)?;
        let target = workflow.plan.target(row.filter, row.target)?;
        (Some(target.queue) == row.queue_id).then_some(target)
    }

    /// Changes a task's row, once a turn its version, and its place in line and deadlines with it.
    pub(crate) fn change_task(&mut self, id: TaskId, turn: &mut Turn, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(&id) {
            self.present.discount(&task.row);
            change(&mut task.row);
            self.present.count(&task.row);
            if turn.touch_task(id) {
                task.row.version += 1;
                task.row.updated_at = turn.now;
            }
            self.put_in_place(id, turn.now);
        }
    }

    /// Works out a task's line and deadlines again.
    pub(crate) fn put_in_place(&mut self, id: TaskId, after: Timestamp) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        let line = self.line_of(task);
        let place = self.place(task);
        let deadlines = self.due(task, after);
        let channel = match self.channels.get(&task.row.channel) {
            Some(no) => no,
            None => {
                let name = task.row.channel.clone();
                self.add_channel(&name)
            }
        };
        let Some(task) = self.tasks.get_mut(&id) else {
            return;
        };
        if let Some(old) = task.spot.take() {
            self.lines.remove(&old, id);
        }
        for old in task.deadlines.of_task(id) {
            self.deadlines.remove(&old);
        }
        self.deadlines.extend(deadlines.of_task(id));
        task.spot = line.map(|(pool, key)| self.lines.insert(pool, channel, key, place));
        self.present.put_aside(id, task.waits() && task.spot.is_none());
        task.deadlines = deadlines;
    }

    /// Changes a worker's row; a cause makes it a new version and an event.
    pub(crate) fn change_worker(&mut self, id: WorkerId, cause: Option<&str>, turn: &mut Turn, change: impl FnOnce(&mut Worker)) {
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        change(&mut worker.row);
        turn.touch_worker(id);
        if let Some(cause) = cause {
            worker.row.version += 1;
            worker.row.updated_at = turn.now;
            turn.worker_event(id, cause);
        }
        self.unsettle_worker(id);
    }
}
