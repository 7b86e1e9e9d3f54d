//! Workers, queues, workflows, tasks and reservations, and what the router hears and says. Words and states are TaskRouter's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ActivityId, BusinessHours, BusinessHoursId, ConversationId, Event, ReservationId, RoutingEvent, TaskChannelId, TaskId, TaskQueueId,
    Timestamp, UserId, WorkerId, WorkflowId,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub id: ActivityId,
    pub name: String,
    pub available: bool,
    #[serde(default)]
    pub updated_at: Timestamp,
}

/// A kind of work that workers have a capacity for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskChannel {
    pub id: TaskChannelId,
    /// Letters, digits, `_` and `$`, not beginning with a digit; never changes. Tasks and workers name the channel by it.
    pub unique_name: String,
    pub name: String,
    /// Whoever had no task of this channel for longest comes first, whatever else they did.
    pub channel_optimized_routing: bool,
    /// Who holds a task of one of these channels is offered none of this one: a call keeps chats away, and chats no call.
    pub held_off_by: BTreeSet<String>,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

impl TaskChannel {
    /// A channel as it is when nobody said more than its name.
    pub fn named(id: TaskChannelId, unique_name: &str, now: Timestamp) -> Self {
        Self {
            id,
            unique_name: unique_name.to_owned(),
            name: unique_name.to_owned(),
            channel_optimized_routing: false,
            held_off_by: BTreeSet::new(),
            updated_at: now,
            version: 1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WorkerChannel {
    pub capacity: i64,
    pub available: bool,
}

impl Default for WorkerChannel {
    /// As a channel is that a worker's row does not name.
    fn default() -> Self {
        Self { capacity: 1, available: true }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    pub id: WorkerId,
    pub name: String,
    /// JSON object text, kept exactly as posted (≤ 4,096 characters).
    pub attributes: String,
    pub activity_id: ActivityId,
    pub activity_since: Timestamp,
    /// By unique name of the task channel. A channel missing here has capacity 1.
    pub channels: BTreeMap<String, WorkerChannel>,
    /// A worker with a sign-in gets offers only while a desk is connected; one without is available by activity alone.
    pub user_id: Option<UserId>,
    pub connected: bool,
    /// When they last got or finished a task: the longest idle comes first.
    pub idle_since: Timestamp,
    /// The same by task channel; one missing here never brought them a task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub idle_by_channel: BTreeMap<String, Timestamp>,
    pub deleted: bool,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Worker {
    /// What the worker takes on a task channel, by its unique name.
    pub fn channel(&self, name: &str) -> WorkerChannel {
        self.channels.get(name).copied().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum TaskOrder {
    #[default]
    #[serde(rename = "FIFO")]
    Fifo,
    #[serde(rename = "LIFO")]
    Lifo,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskQueue {
    pub id: TaskQueueId,
    pub name: String,
    /// Expression over one worker; empty matches nobody.
    pub target_workers: String,
    /// 1 to 50.
    pub max_reserved_workers: i64,
    pub task_order: TaskOrder,
    /// Under the letters of its agents; `{{agent}}` is the writer's name. Empty = the channel account's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// When it offers its tasks; none = always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours_id: Option<BusinessHoursId>,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub id: WorkflowId,
    pub name: String,
    /// TaskRouter's configuration document, byte for byte as posted.
    pub configuration: String,
    /// Seconds an offer stands, 1 to 86,400.
    pub task_reservation_timeout_s: i64,
    /// Told of each offer, and may answer with an instruction; empty = nobody is asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub assignment_callback_url: String,
    /// Asked where the other gave no good answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fallback_assignment_callback_url: String,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    Pending,
    Reserved,
    Assigned,
    Wrapping,
    Completed,
    Canceled,
}

impl TaskStatus {
    pub const ALL: [TaskStatus; 6] = [Self::Pending, Self::Reserved, Self::Assigned, Self::Wrapping, Self::Completed, Self::Canceled];
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Reserved => "reserved",
            Self::Assigned => "assigned",
            Self::Wrapping => "wrapping",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
    pub fn ended(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub status: TaskStatus,
    pub priority: i64,
    /// JSON object text (≤ 4,096 characters).
    pub attributes: String,
    /// Unique name of the task channel, e.g. `chat`, `sms`.
    pub channel: String,
    pub workflow_id: Option<WorkflowId>,
    pub queue_id: Option<TaskQueueId>,
    /// Index of the filter and target it stands in; `filter = None` is the default filter or a direct route.
    pub filter: Option<i64>,
    pub target: i64,
    pub target_entered_at: Timestamp,
    /// When it leaves its target for the next one.
    pub target_deadline_at: Option<Timestamp>,
    /// When it is canceled for waiting too long (task timeout); counts while pending or reserved.
    pub expires_at: Timestamp,
    pub wrap_up_until: Option<Timestamp>,
    pub routing_worker: Option<WorkerId>,
    pub routing_queue: Option<TaskQueueId>,
    /// It was sent to this workflow by name, which is then its workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing_workflow: Option<WorkflowId>,
    pub ignore_capacity: bool,
    pub conversation_id: Option<ConversationId>,
    pub request_key: Option<String>,
    pub request_no: Option<i64>,
    pub created_at: Timestamp,
    /// Its place in line.
    pub virtual_start_time: Timestamp,
    pub assigned_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub disposition: Option<String>,
    pub note: Option<String>,
    /// The worker of the accepted reservation.
    pub worker_id: Option<WorkerId>,
    /// Who rejected or missed it, and when last.
    pub refused: Vec<(WorkerId, Timestamp)>,
    /// Offers made so far (pending → reserved moves).
    pub offers: i64,
    /// The workflow whose steps it has come into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_workflow: Option<WorkflowId>,
    /// So long it was held by agents who are lost and did not wait, in microseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_for: i64,
    /// Of that, since it came into its queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_here: i64,
    /// The queues it was in, oldest first; of very many visits the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub way: Vec<Visit>,
    /// The conversation was already told that nobody is available.
    pub nobody_told: bool,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A task's stay in a step of its workflow, or in a queue it was sent to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// None for a task that was sent to a worker and counts for no queue.
    pub queue_id: Option<TaskQueueId>,
    /// Index of the filter; none for the default filter and for a direct route.
    pub filter: Option<i64>,
    pub target: i64,
    pub at: Timestamp,
    pub because: Because,
    /// How many waited there already.
    pub ahead: i64,
}

/// Why a task came to where it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A filter matched, or none and there is a default one.
    Matched,
    /// Sent straight to a queue or worker.
    Sent,
    /// The time of the target before was over.
    Timeout,
    /// The target before was skipped: nobody could be reserved and its `skip_if` held.
    Skipped,
    /// Handed on, put back, or left by a worker who is gone.
    Moved,
    /// The worker asked for directly will not have it.
    Returned,
    /// The workflow changed.
    Changed,
    /// The queue before is closed, and this one is open.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReservationStatus {
    Pending,
    Accepted,
    Rejected,
    Timeout,
    Canceled,
    Rescinded,
    Wrapping,
    Completed,
}

impl ReservationStatus {
    pub const ALL: [ReservationStatus; 8] =
        [Self::Pending, Self::Accepted, Self::Rejected, Self::Timeout, Self::Canceled, Self::Rescinded, Self::Wrapping, Self::Completed];
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Timeout => "timeout",
            Self::Canceled => "canceled",
            Self::Rescinded => "rescinded",
            Self::Wrapping => "wrapping",
            Self::Completed => "completed",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
    /// Whether it occupies a unit of capacity.
    pub fn open(self) -> bool {
        matches!(self, Self::Pending | Self::Accepted | Self::Wrapping)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reservation {
    pub id: ReservationId,
    pub task_id: TaskId,
    pub worker_id: WorkerId,
    /// Unique name of the task channel.
    pub channel: String,
    pub status: ReservationStatus,
    /// 0 ≤ offer_no < max_reserved_workers among the pending ones of a task.
    pub offer_no: i64,
    /// 0 ≤ slot < capacity; `None` for tasks that ignore capacity.
    pub slot: Option<i64>,
    /// The worker's capacity on that channel when offered.
    pub capacity: i64,
    pub created_at: Timestamp,
    pub deadline_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub why: Why,
}

/// Why this agent, and why not the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Why {
    /// The workflow's filter that the task matched, by its name or, without one, by its expression; none for the default filter
    /// and for a task that was sent to a queue or worker directly.
    #[serde(default)]
    pub filter: Option<String>,
    /// The name of the queue the offer came from.
    #[serde(default)]
    pub queue: Option<String>,
    pub chosen: Vec<Reason>,
    /// Everybody else, or of very many those who were next in line.
    pub others: Vec<Loser>,
    /// Where not everybody is named: how many workers each rule was against. `Order` counts all with room in the queue, whom the
    /// target's own expression may still rule out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counted: BTreeMap<Rule, usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub rule: Rule,
    /// The rule's particulars, e.g. the expression that matched.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loser {
    pub worker_id: WorkerId,
    pub rule: Rule,
    pub detail: String,
}

/// The first rule that decides against a worker, in the order they are asked; `Order` means eligible but not first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The queue's or target's expression, or a known-worker target.
    Skill,
    Activity,
    /// No desk connected.
    Connection,
    Capacity,
    /// Rejected or missed this task and somebody else was free, or too recently.
    RejectedRecently,
    /// Already holds an open reservation of this task.
    Held,
    /// Eligible, but another came first (order_by, then longest idle).
    Order,
}

/// Where a waiting task stands in line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// 1 = next. Where more than [`Standing::COUNTED`] stand before it, one more than that; 0 = in no line.
    pub position: i64,
    /// Seconds until somebody is likely to accept it, judged by those accepted lately in the same line; unknown without any.
    pub estimated_wait_s: Option<i64>,
    /// That its queue is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
}

/// Nobody is there for now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Closed {
    /// RFC 3339 with the offset of the place; none where it is not known.
    pub opens_at: Option<String>,
    /// What the date or closure is called that is the reason; else empty.
    pub reason: String,
}

impl Standing {
    /// How many before a task are counted.
    pub const COUNTED: i64 = 1_000;
}

/// Why a task waits: what is against each worker just now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WhyWaiting {
    pub filter: Option<String>,
    pub queue: Option<String>,
    /// What a worker must have: the queue's expression, the target's, a known worker.
    pub asks: Vec<String>,
    /// The target's own order, if it has one.
    pub order: Option<String>,
    pub standing: Standing,
    /// Those who come closest first, at most [`WhyWaiting::NAMED`].
    pub others: Vec<Loser>,
    /// How many workers each rule is against.
    pub counted: BTreeMap<Rule, usize>,
    /// When it goes to its next step; none while it may wait here until `expires_at`.
    pub next_step_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

impl WhyWaiting {
    pub const NAMED: usize = 30;
}

/// A conversation's, or an API client's, wish for a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRequest {
    pub task_id: TaskId,
    pub conversation_id: Option<ConversationId>,
    pub request_key: Option<String>,
    pub request_no: Option<i64>,
    pub workflow_id: Option<WorkflowId>,
    pub routing_worker: Option<WorkerId>,
    pub routing_queue: Option<TaskQueueId>,
    #[serde(default)]
    pub routing_workflow: Option<WorkflowId>,
    pub ignore_capacity: bool,
    pub channel: String,
    pub attributes: String,
    pub priority: Option<i64>,
    /// Seconds it may wait; `None` = 86,400.
    pub timeout_s: Option<i64>,
    pub virtual_start_time: Option<Timestamp>,
}

/// What changes of a task by its owner's word.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TaskChange {
    /// The whole JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Unique name of the task channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_start_time: Option<Timestamp>,
}

/// How a task ends, or comes to its end, by its owner's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum TaskEnd {
    /// Of one that is assigned.
    Wrapping,
    /// Of one that is assigned or being wrapped up.
    Completed { note: Option<String> },
    /// Of one that waits.
    Canceled { reason: String },
}

/// What the router tells a conversation about its task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum TaskNews {
    Made {
        task_id: TaskId,
        request_key: Option<String>,
    },
    /// No filter matched, or the request was wrong.
    Refused {
        request_key: Option<String>,
        reason: String,
    },
    /// The first match found nobody; said once per task.
    NobodyAvailable {
        task_id: TaskId,
        #[serde(default)]
        standing: Standing,
    },
    Joined {
        task_id: TaskId,
        worker_id: WorkerId,
        reservation_id: ReservationId,
    },
    /// The agent set it to wrapping.
    Wrapping {
        task_id: TaskId,
    },
    /// Handed on: the old task ended, the new one continues it.
    Moved {
        from: TaskId,
        to: TaskId,
        reason: MoveReason,
        note: String,
        by: Option<WorkerId>,
    },
    /// Handed back to the flow.
    BackToFlow {
        task_id: TaskId,
        note: String,
        by: Option<WorkerId>,
    },
    Ended {
        task_id: TaskId,
        outcome: TaskOutcome,
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    Transferred,
    Requeued,
    AgentLost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOutcome {
    Completed,
    Canceled,
    TimedOut,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum TransferTo {
    Worker { worker_id: WorkerId },
    Queue { queue_id: TaskQueueId },
    Flow,
}

fn yes() -> bool {
    true
}

/// An input of the router. Those that an API client waits for answer with [`RouterAnswer`] or [`Refusal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum RouterCommand {
    RequestTask(TaskRequest),
    /// Another command, refused as stale unless an open task still has this version.
    IfTask {
        task_id: TaskId,
        version: i64,
        then: Box<RouterCommand>,
    },
    Accept {
        reservation_id: ReservationId,
    },
    Reject {
        reservation_id: ReservationId,
        activity_id: Option<ActivityId>,
    },
    /// Whoever was to decide about an offer gave no answer: it ends, and the task is offered to somebody else.
    Withdraw {
        reservation_id: ReservationId,
    },
    Wrap {
        task_id: TaskId,
    },
    /// From assigned or wrapping. `disposition` and `note` are kept with the task.
    Complete {
        task_id: TaskId,
        disposition: Option<String>,
        note: Option<String>,
    },
    Cancel {
        task_id: TaskId,
        reason: String,
    },
    Transfer {
        task_id: TaskId,
        to: TransferTo,
        note: String,
        by: Option<WorkerId>,
        new_task_id: TaskId,
    },
    Requeue {
        task_id: TaskId,
        reason: MoveReason,
        by: Option<WorkerId>,
        new_task_id: TaskId,
    },
    /// What is given replaces what is there. Only a waiting task can change its channel and its place in line. Where it cannot end as
    /// asked, nothing is changed.
    UpdateTask {
        task_id: TaskId,
        #[serde(flatten)]
        change: TaskChange,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<TaskEnd>,
    },
    /// Writes one attribute of a task and leaves the others, or takes it away.
    SetAttribute {
        task_id: TaskId,
        name: String,
        value: Option<Value>,
    },
    /// The conversation is closed from elsewhere: pending and reserved are canceled, assigned and wrapping completed.
    CloseTasks {
        conversation_id: ConversationId,
        reason: String,
    },
    SetActivity {
        worker_id: WorkerId,
        activity_id: ActivityId,
    },
    DeskConnected {
        worker_id: WorkerId,
    },
    /// The last desk closed: no new offers from now, what they hold is kept.
    DeskLost {
        worker_id: WorkerId,
    },
    /// The grace time is over and no desk came back: accepted tasks are requeued, wrapping ones completed, pending offers rescinded.
    WorkerGone {
        worker_id: WorkerId,
    },
    /// Creates when the id is unknown; `version` must be the stored one otherwise.
    PutTaskChannel {
        task_channel: TaskChannel,
    },
    DeleteTaskChannel {
        task_channel_id: TaskChannelId,
        version: i64,
    },
    PutActivity {
        activity: Activity,
    },
    DeleteActivity {
        activity_id: ActivityId,
    },
    /// Creates when the id is unknown; `version` must be the stored one otherwise.
    PutWorker {
        worker: Worker,
    },
    /// The same for many: all of them, or none.
    PutWorkers {
        workers: Vec<Worker>,
    },
    DeleteWorker {
        worker_id: WorkerId,
        version: i64,
    },
    PutQueue {
        queue: TaskQueue,
    },
    DeleteQueue {
        queue_id: TaskQueueId,
        version: i64,
    },
    /// Creates when the id is unknown; `version` must be the stored one otherwise.
    PutBusinessHours {
        business_hours: BusinessHours,
    },
    DeleteBusinessHours {
        business_hours_id: BusinessHoursId,
        version: i64,
    },
    PutWorkflow {
        workflow: Workflow,
        /// Whether waiting tasks go through a changed configuration from the top; else only those whose place in it is gone.
        #[serde(default = "yes")]
        re_evaluate: bool,
    },
    DeleteWorkflow {
        workflow_id: WorkflowId,
        version: i64,
    },
    Settings {
        settings: crate::Settings,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum RouterAnswer {
    Done,
    Task { task_id: TaskId },
    Reservation { reservation_id: ReservationId },
    Worker { worker_id: WorkerId },
}

/// Why a command was refused; nothing changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "refused", rename_all = "snake_case")]
pub enum Refusal {
    NotFound {
        what: String,
    },
    /// A second accept; the winner's worker.
    AlreadyTaken {
        winner: WorkerId,
    },
    /// The offer's time is over, or it was withdrawn.
    OfferOver,
    /// The task or reservation is not in a state that allows it.
    WrongState {
        state: String,
    },
    StaleVersion,
    /// The request's key was used for another request.
    KeyReused,
    /// An input is wrong: field, what is wrong, and for expressions the byte offset.
    Invalid {
        field: String,
        code: String,
        detail: String,
        offset: Option<usize>,
        /// The particulars of `detail`, for translations: `limit`, `min`, `max`, `line`, `column`.
        #[serde(default)]
        params: BTreeMap<String, String>,
    },
    /// Still needed, e.g. the last worker or queue while tasks wait.
    InUse {
        /// By what, stable: `workflow`, `last_queue`, `worker_tasks`, …
        #[serde(default)]
        what: String,
        detail: String,
        /// The particulars of `detail`, for translations: `name`, `count`.
        #[serde(default)]
        params: BTreeMap<String, String>,
    },
}

/// Everything a command or tick changed. Rows are final: each id at most once, whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RouterEffects {
    pub tasks: BTreeMap<TaskId, Task>,
    pub reservations: BTreeMap<ReservationId, Reservation>,
    pub workers: BTreeMap<WorkerId, Worker>,
    pub queues: BTreeMap<TaskQueueId, Option<TaskQueue>>,
    pub workflows: BTreeMap<WorkflowId, Option<Workflow>>,
    pub activities: BTreeMap<ActivityId, Option<Activity>>,
    pub task_channels: BTreeMap<TaskChannelId, Option<TaskChannel>>,
    pub business_hours: BTreeMap<BusinessHoursId, Option<BusinessHours>>,
    pub news: Vec<(ConversationId, TaskNews)>,
    pub events: Vec<Event>,
    /// What happened, for statistics and the record.
    pub happened: Vec<RoutingEvent>,
}
