use model::{
    Because, Reading, Refusal, RouterAnswer, RoutingEventKind, Task, TaskChange, TaskEnd, TaskId, TaskNews, TaskRequest, TaskStatus,
    Timestamp,
};
use serde_json::Value;

use crate::advance::Step;
use crate::check::{check_attributes, check_channel, check_range, invalid, state_of};
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;
use crate::{MAX_TASK_TIMEOUT_S, TASK_TIMEOUT_S};

impl Router {
    /// Makes a task and looks for somebody. The same wish of the same conversation is the same task.
    pub(crate) fn request_task(&mut self, request: &TaskRequest, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        if let Some(task_id) = self.asked_before(request) {
            return Ok(RouterAnswer::Task { task_id });
        }
        let (row, attributes, step) = self.judge_request(request, turn).inspect_err(|refusal| {
            turn.news(request.conversation_id, TaskNews::Refused { request_key: request.request_key.clone(), reason: reason_of(refusal) });
        })?;
        let id = row.id;
        turn.news(row.conversation_id, TaskNews::Made { task_id: id, request_key: row.request_key.clone() });
        self.add_task(TaskState::of(row, attributes), turn);
        match step {
            Some(step) => self.enter(id, step, Because::Matched, turn),
            None => {
                self.note_visit(id, Because::Sent, turn);
                self.unsettle_step(id);
            }
        }
        Ok(RouterAnswer::Task { task_id: id })
    }

    fn asked_before(&self, request: &TaskRequest) -> Option<TaskId> {
        if self.tasks.contains_key(&request.task_id) {
            return Some(request.task_id);
        }
        let key = request.request_key.as_ref()?;
        let tasks = self.conversations.get(&request.conversation_id?)?;
        let mut tasks = tasks.iter().filter_map(|id| self.tasks.get(id));
        let same = tasks.find(|task| task.row.request_key.as_ref() == Some(key));
        same.map(|task| task.row.id)
    }

    /// The row of a right request with its attributes, and where it begins unless it is routed directly.
    fn judge_request(&self, request: &TaskRequest, turn: &Turn) -> Result<(Task, Value, Option<Step>), Refusal> {
        let now = turn.now;
        check_attributes(&request.attributes)?;
        check_channel(&request.channel)?;
        let priority = request.priority.unwrap_or(0);
        check_range("priority", priority, 0..=i64::from(i32::MAX))?;
        let timeout = request.timeout_s.unwrap_or(TASK_TIMEOUT_S);
        check_range("timeout_s", timeout, 1..=MAX_TASK_TIMEOUT_S)?;
        let started = request.virtual_start_time.unwrap_or(now);
        check_start(started, now)?;
        self.check_routing(request)?;
        let direct = request.routing_worker.is_some() || request.routing_queue.is_some();
        let mut row = Task {
            id: request.task_id,
            status: TaskStatus::Pending,
            priority,
            attributes: request.attributes.clone(),
            channel: request.channel.clone(),
            workflow_id: request.routing_workflow.or(request.workflow_id),
            queue_id: request.routing_queue,
            filter: None,
            target: 0,
            target_entered_at: now,
            target_deadline_at: None,
            expires_at: now.plus_secs(timeout),
            wrap_up_until: None,
            routing_worker: request.routing_worker,
            routing_queue: request.routing_queue,
            routing_workflow: request.routing_workflow,
            ignore_capacity: request.ignore_capacity,
            conversation_id: request.conversation_id,
            request_key: request.request_key.clone(),
            request_no: request.request_no,
            created_at: now,
            virtual_start_time: started,
            assigned_at: None,
            ended_at: None,
            reason: None,
            disposition: None,
            note: None,
            worker_id: None,
            refused: Vec::new(),
            offers: 0,
            entered_workflow: None,
            held_for: 0,
            held_here: 0,
            way: Vec::new(),
            nobody_told: false,
            updated_at: now,
            version: 1,
        };
        let attributes: Value = serde_json::from_str(&row.attributes).unwrap_or_default();
        if direct {
            if let Some(queue) = row.routing_queue {
                row.expires_at = self.time_in(queue, now, timeout);
            }
            return Ok((row, attributes, None));
        }
        let workflow = row.workflow_id.or_else(|| self.only_workflow());
        let needed = || invalid("workflow_id", "required", "which workflow routes this task?");
        row.workflow_id = Some(workflow.ok_or_else(needed)?);
        let step = row.workflow_id.and_then(|id| self.first_step(id, &attributes));
        let fits_nowhere = || invalid("attributes", "no_filter_matches", "no filter matches");
        let step = step.ok_or_else(fits_nowhere)?;
        let plan = row.workflow_id.and_then(|id| self.workflows.get(&id)).map(|workflow| &workflow.plan);
        if let Some(target) = plan.and_then(|plan| plan.target(step.filter, step.target)) {
            row.expires_at = self.time_in(target.queue, now, timeout);
        }
        Ok((row, attributes, Some(step)))
    }

    fn check_routing(&self, request: &TaskRequest) -> Result<(), Refusal> {
        let unknown = |field: &str, id: String| Err(invalid(field, "unknown", format!("there is no {id}")));
        if let Some(id) = request.workflow_id
            && !self.workflows.contains_key(&id)
        {
            return unknown("workflow_id", id.to_string());
        }
        if let Some(id) = request.routing_workflow {
            if !self.workflows.contains_key(&id) {
                return unknown("routing_workflow", id.to_string());
            }
            let other = request.workflow_id.is_some_and(|named| named != id);
            if other || request.routing_worker.is_some() || request.routing_queue.is_some() {
                let detail = "a task is sent to one worker, one queue or one workflow";
                return Err(invalid("routing_workflow", "exclusive", detail));
            }
        }
        if let Some(id) = request.routing_worker
            && !self.workers.contains_key(&id)
        {
            return unknown("routing_worker", id.to_string());
        }
        if let Some(id) = request.routing_queue
            && !self.queues.contains_key(&id)
        {
            return unknown("routing_queue", id.to_string());
        }
        if request.ignore_capacity && request.routing_worker.is_none() {
            let detail = "only a task for one worker may ignore capacity";
            return Err(invalid("ignore_capacity", "needs_worker", detail));
        }
        Ok(())
    }

    pub(crate) fn only_workflow(&self) -> Option<model::WorkflowId> {
        let mut workflows = self.workflows.keys();
        workflows.next().copied().filter(|_| workflows.next().is_none())
    }

    pub(crate) fn keep_task(&mut self, task: TaskState) {
        self.count_task(&task.row);
        self.tasks.insert(task.row.id, Box::new(task));
    }

    /// Notes that a task is here.
    pub(crate) fn count_task(&mut self, row: &Task) {
        if let Some(conversation) = row.conversation_id {
            self.conversations.entry(conversation).or_default().insert(row.id);
        }
        self.present.count(row);
    }

    /// Takes a new row into memory.
    pub(crate) fn add_task(&mut self, task: TaskState, turn: &mut Turn) {
        let id = task.row.id;
        self.keep_task(task);
        turn.touch_task(id);
        self.task_happened(RoutingEventKind::TaskCreated, id, turn);
        self.put_in_place(id, turn.now);
    }

    /// Changes a task and ends it, or does neither.
    pub(crate) fn update_task(
        &mut self,
        id: TaskId,
        change: &TaskChange,
        end: Option<&TaskEnd>,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        let Some(end) = end else { return self.change_by_owner(id, change, turn) };
        let task = self.open_task(id)?;
        let may = match end {
            TaskEnd::Wrapping => task.row.status == TaskStatus::Assigned,
            TaskEnd::Completed { .. } => !task.waits(),
            TaskEnd::Canceled { .. } => task.waits(),
        };
        if !may {
            return Err(state_of(&task.row));
        }
        if *change != TaskChange::default() {
            self.change_by_owner(id, change, turn)?;
        }
        match end {
            TaskEnd::Wrapping => self.wrap(id, turn),
            TaskEnd::Completed { note } => self.complete(id, None, note.clone(), turn),
            TaskEnd::Canceled { reason } => self.cancel(id, reason, turn),
        }
    }

    /// New attributes count at once in the target where the task stands; priority and start move it in line.
    fn change_by_owner(&mut self, id: TaskId, change: &TaskChange, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        let TaskChange { attributes, priority, channel, virtual_start_time } = change.clone();
        if let Some(text) = &attributes {
            check_attributes(text)?;
        }
        if let Some(priority) = priority {
            check_range("priority", priority, 0..=i64::from(i32::MAX))?;
        }
        if let Some(channel) = &channel {
            check_channel(channel)?;
        }
        if let Some(at) = virtual_start_time {
            check_start(at, turn.now)?;
        }
        let moves = channel.as_ref().is_some_and(|channel| *channel != task.row.channel) || virtual_start_time.is_some();
        if moves && !task.waits() {
            return Err(state_of(&task.row));
        }
        let read = attributes.as_ref().map(|text| serde_json::from_str::<Value>(text).unwrap_or_default());
        let changed = read.as_ref().is_some_and(|read| read != task.attributes());
        if let Some(task) = self.tasks.get_mut(&id) {
            task.forget_attributes();
        }
        self.change_task(id, turn, |row| {
            row.attributes = attributes.unwrap_or_else(|| std::mem::take(&mut row.attributes));
            row.priority = priority.unwrap_or(row.priority);
            row.channel = channel.unwrap_or_else(|| std::mem::take(&mut row.channel));
            row.virtual_start_time = virtual_start_time.unwrap_or(row.virtual_start_time);
        });
        self.task_happened(RoutingEventKind::TaskUpdated, id, turn);
        self.unsettled.tasks.insert(id);
        if changed && self.settings.reads(Reading::AttributesRestart) {
            self.restart_for_attributes(id, turn);
        }
        Ok(RouterAnswer::Task { task_id: id })
    }

    /// From the top of the workflow, if it is its workflow that a task waits in and a filter of it takes the task.
    fn restart_for_attributes(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id).filter(|task| task.row.status == TaskStatus::Pending) else { return };
        let direct = task.row.routing_worker.is_some() || task.row.routing_queue.is_some();
        let step = task.row.workflow_id.and_then(|workflow| self.match_filter(workflow, task.attributes(), 0));
        if let Some(step) = step.filter(|_| !direct) {
            self.enter(id, step, Because::Changed, turn);
        }
    }

    /// Whoever writes one attribute knows nothing of the others, which may have changed meanwhile.
    pub(crate) fn set_attribute(
        &mut self,
        id: TaskId,
        name: &str,
        value: Option<&Value>,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        let mut attributes = task.attributes().as_object().cloned().unwrap_or_default();
        match value {
            Some(value) => attributes.insert(name.to_owned(), value.clone()),
            None => attributes.shift_remove(name),
        };
        let change = TaskChange { attributes: Some(Value::Object(attributes).to_string()), ..TaskChange::default() };
        self.change_by_owner(id, &change, turn)
    }

    pub(crate) fn cancel(&mut self, id: TaskId, reason: &str, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        if !task.waits() {
            return Err(state_of(&task.row));
        }
        self.give_up(id, reason, model::TaskOutcome::Canceled, turn);
        Ok(RouterAnswer::Task { task_id: id })
    }
}

/// The first moment TaskRouter takes: 1900.
const EARLIEST_START_S: i64 = -2_208_988_800;

fn check_start(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let detail = match at {
        at if at > now => "a task cannot have begun to wait in the future",
        at if at < Timestamp::from_secs(EARLIEST_START_S) => "a task cannot have begun to wait before 1900",
        _ => return Ok(()),
    };
    Err(invalid("virtual_start_time", "out_of_range", detail))
}

fn reason_of(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid { field, detail, .. } => format!("{field}: {detail}"),
        Refusal::NotFound { what } => format!("{what} not found"),
        other => format!("{other:?}"),
    }
}
