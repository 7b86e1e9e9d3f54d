//! What happens in a generated history, as a command to the router and as an order to the slow model.

use ::model::*;
use proptest::prelude::*;

use super::random::Pair;
use super::slow_hours::SlowClosure;
use super::slow_model::*;
use super::worlds::{channels, closures, hours, languages, skills, workflow};

#[derive(Debug, Clone)]
pub enum Act {
    Request {
        kind: i64,
        tier: i64,
        friend: Option<usize>,
        channel: usize,
        priority: Option<i64>,
        ttl: i64,
        rest: bool,
        to: Direct,
    },
    Accept(usize),
    Reject(usize, Option<usize>),
    Withdraw(usize),
    Wrap(usize),
    Complete(usize),
    Cancel(usize),
    Update(usize, i64),
    ToWorker(usize, usize, Option<usize>),
    ToQueue(usize, usize),
    Requeue(usize, Option<usize>),
    Activity(usize, usize),
    Connect(usize),
    Lost(usize),
    Gone(usize),
    Retrain(usize, Vec<u8>, i64, [i64; 2]),
    Hours(usize, Vec<SlowClosure>),
    /// So many seconds an offer stands from then on; whether tasks go through it from the top.
    Workflow(SlowWorkflow, i64, bool),
    Reload,
}

#[derive(Debug, Clone)]
pub enum Direct {
    No,
    Worker(usize, bool),
    Queue(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let any_of = || 0..1_000usize;
    let by = || proptest::option::weighted(0.5, 0..8usize);
    let direct = prop_oneof![
        6 => Just(Direct::No),
        1 => (0..8usize, any::<bool>()).prop_map(|(worker, ignore)| Direct::Worker(worker, ignore)),
        1 => (0..5usize).prop_map(Direct::Queue),
    ];
    let friend = proptest::option::weighted(0.8, 0..8usize);
    let request = (0..3i64, 0..4i64, friend, 0..2usize, proptest::option::of(0..3i64), 5..200i64, any::<bool>(), direct);
    prop_oneof![
        8 => request.prop_map(|(kind, tier, friend, channel, priority, ttl, rest, to)| Act::Request {
            kind, tier, friend, channel, priority, ttl, rest, to
        }),
        6 => any_of().prop_map(Act::Accept),
        4 => (any_of(), proptest::option::weighted(0.3, 0..2usize)).prop_map(|(no, to)| Act::Reject(no, to)),
        1 => any_of().prop_map(Act::Withdraw),
        2 => any_of().prop_map(Act::Wrap),
        4 => any_of().prop_map(Act::Complete),
        1 => any_of().prop_map(Act::Cancel),
        1 => (any_of(), 0..3i64).prop_map(|(no, priority)| Act::Update(no, priority)),
        2 => (any_of(), 0..8usize, by()).prop_map(|(no, to, by)| Act::ToWorker(no, to, by)),
        1 => (any_of(), 0..5usize).prop_map(|(no, to)| Act::ToQueue(no, to)),
        2 => (any_of(), by()).prop_map(|(no, by)| Act::Requeue(no, by)),
        4 => (0..8usize, prop_oneof![3 => Just(0), 1 => Just(1)]).prop_map(|(who, to)| Act::Activity(who, to)),
        4 => (0..8usize).prop_map(Act::Connect),
        1 => (0..8usize).prop_map(Act::Lost),
        1 => (0..8usize).prop_map(Act::Gone),
        1 => (0..8usize, languages(), 0..4i64, [0..3i64, 0..3i64])
            .prop_map(|(who, languages, level, capacity)| Act::Retrain(who, languages, level, capacity)),
        1 => (workflow(), 15..25i64, any::<bool>()).prop_map(|(to, offer_time, again)| Act::Workflow(to, offer_time, again)),
        1 => (0..2usize, closures()).prop_map(|(no, closures)| Act::Hours(no, closures)),
        1 => Just(Act::Reload),
    ]
}

pub fn history(steps: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(Act, i64)>> {
    let wait = prop_oneof![4 => Just(0i64), 4 => 1..5i64, 2 => 5..40i64];
    proptest::collection::vec((act(), wait), steps)
}

impl Pair {
    fn pick_task(&self, no: usize) -> Option<TaskId> {
        let tasks: Vec<TaskId> = self.slow.tasks.iter().rev().take(12).map(|task| task.id).collect();
        (!tasks.is_empty()).then(|| tasks[no % tasks.len()])
    }

    fn pick_reservation(&self, no: usize) -> Option<ReservationId> {
        let latest: Vec<_> = self.reservations.iter().rev().take(8).copied().collect();
        (!latest.is_empty()).then(|| latest[no % latest.len()])
    }

    pub fn command(&self, act: &Act, new_task_id: TaskId) -> Option<RouterCommand> {
        use RouterCommand as C;
        let worker = |no: usize| self.slow.workers[no].id;
        Some(match act {
            Act::Request { kind, tier, friend, channel, priority, ttl, rest, to } => C::RequestTask(TaskRequest {
                task_id: new_task_id,
                conversation_id: (!rest).then(|| ConversationId::from_uuid(new_task_id.uuid())),
                request_key: None,
                request_no: None,
                workflow_id: None,
                routing_worker: match to {
                    Direct::Worker(no, _) => Some(worker(*no)),
                    _ => None,
                },
                routing_queue: match to {
                    Direct::Queue(no) => Some(self.slow.queues[*no].id),
                    _ => None,
                },
                routing_workflow: None,
                ignore_capacity: matches!(to, Direct::Worker(_, true)),
                channel: ["chat", "sms"][*channel].into(),
                attributes: serde_json::json!({
                    "kind": kind,
                    "tier": tier,
                    "friend": friend.map(|no| worker(no).to_string()),
                    // Large letters and small ones are the same.
                    "friend_name": friend.map(|no| format!("w{no}")),
                })
                .to_string(),
                priority: *priority,
                timeout_s: Some(*ttl),
                virtual_start_time: None,
            }),
            Act::Accept(no) => C::Accept { reservation_id: self.pick_reservation(*no)? },
            Act::Reject(no, activity) => {
                C::Reject { reservation_id: self.pick_reservation(*no)?, activity_id: activity.map(|no| self.activities[no]) }
            }
            Act::Withdraw(no) => C::Withdraw { reservation_id: self.pick_reservation(*no)? },
            Act::Wrap(no) => C::Wrap { task_id: self.pick_task(*no)? },
            Act::Complete(no) => C::Complete { task_id: self.pick_task(*no)?, disposition: None, note: None },
            Act::Cancel(no) => C::Cancel { task_id: self.pick_task(*no)?, reason: "asked to".into() },
            Act::Update(no, priority) => C::UpdateTask {
                task_id: self.pick_task(*no)?,
                change: TaskChange { priority: Some(*priority), ..TaskChange::default() },
                end: None,
            },
            Act::ToWorker(no, to, by) => C::Transfer {
                task_id: self.pick_task(*no)?,
                to: TransferTo::Worker { worker_id: worker(*to) },
                note: String::new(),
                by: by.map(worker),
                new_task_id,
            },
            Act::ToQueue(no, to) => C::Transfer {
                task_id: self.pick_task(*no)?,
                to: TransferTo::Queue { queue_id: self.slow.queues[*to].id },
                note: String::new(),
                by: None,
                new_task_id,
            },
            Act::Requeue(no, by) => {
                C::Requeue { task_id: self.pick_task(*no)?, reason: MoveReason::Requeued, by: by.map(worker), new_task_id }
            }
            Act::Activity(no, to) => C::SetActivity { worker_id: worker(*no), activity_id: self.activities[*to] },
            Act::Connect(no) => C::DeskConnected { worker_id: worker(*no) },
            Act::Lost(no) => C::DeskLost { worker_id: worker(*no) },
            Act::Gone(no) => C::WorkerGone { worker_id: worker(*no) },
            Act::Retrain(no, languages, level, capacity) => {
                let row = self.router.worker(worker(*no))?;
                C::PutWorker { worker: Worker { attributes: skills(languages, *level), channels: channels(*capacity), ..row.clone() } }
            }
            Act::Hours(no, closures) => {
                let id = self.slow.hours[*no].id;
                let version = self.router.business_hours().find(|row| row.id == id)?.version;
                C::PutBusinessHours { business_hours: BusinessHours { version, ..hours(id, closures) } }
            }
            Act::Workflow(to, offer_time, re_evaluate) => {
                let row = self.router.workflows().next()?.clone();
                let configuration = to.document(&self.slow.queues);
                let workflow = Workflow { configuration, task_reservation_timeout_s: *offer_time, ..row };
                C::PutWorkflow { workflow, re_evaluate: *re_evaluate }
            }
            Act::Reload => return None,
        })
    }

    pub fn obey(&mut self, act: &Act, new: TaskId) -> bool {
        let task = |no: &usize| self.pick_task(*no);
        let now = self.slow.now;
        match act {
            Act::Request { kind, tier, friend, channel, priority, ttl, rest, to } => {
                let (route, queue) = match to {
                    Direct::No => (Route::Step(None, 0), None),
                    Direct::Worker(no, _) => (Route::Worker(*no), None),
                    Direct::Queue(no) => (Route::Queue(*no), Some(*no)),
                };
                self.slow.request(SlowTask {
                    id: new,
                    kind: *kind,
                    tier: *tier,
                    friend: *friend,
                    channel: *channel,
                    priority: priority.unwrap_or(0),
                    status: TaskStatus::Pending,
                    route,
                    queue,
                    in_workflow: false,
                    routing_queue: queue,
                    ignore_capacity: matches!(to, Direct::Worker(_, true)),
                    step_ends: None,
                    created: now,
                    expires: now + ttl,
                    since: now,
                    wrap_until: None,
                    conversation: !rest,
                    refused: Vec::new(),
                    offers: 0,
                    told: false,
                    worker: None,
                    fresh: true,
                })
            }
            Act::Accept(no) => {
                let id = self.pick_reservation(*no);
                id.is_some_and(|id| self.slow.accept(id))
            }
            Act::Reject(no, to) => {
                let id = self.pick_reservation(*no);
                id.is_some_and(|id| self.slow.reject(id, *to))
            }
            Act::Withdraw(no) => {
                let id = self.pick_reservation(*no);
                id.is_some_and(|id| self.slow.withdraw(id))
            }
            Act::Wrap(no) => task(no).is_some_and(|id| self.slow.wrap(id)),
            Act::Complete(no) => task(no).is_some_and(|id| self.slow.complete(id)),
            Act::Cancel(no) => task(no).is_some_and(|id| self.slow.cancel(id)),
            Act::Update(no, priority) => task(no).is_some_and(|id| self.slow.update(id, *priority)),
            Act::ToWorker(no, to, by) => task(no).is_some_and(|id| self.slow.transfer(id, Route::Worker(*to), *by, new)),
            Act::ToQueue(no, to) => task(no).is_some_and(|id| self.slow.transfer(id, Route::Queue(*to), None, new)),
            Act::Requeue(no, by) => task(no).is_some_and(|id| {
                let by: Vec<usize> = by.iter().copied().collect();
                self.slow.hand_on(id, Route::Step(None, 0), &by, new)
            }),
            Act::Activity(no, to) => self.slow.set_activity(*no, *to),
            Act::Connect(no) => {
                self.slow.workers[*no].connected = true;
                true
            }
            Act::Lost(no) => {
                self.slow.workers[*no].connected = false;
                true
            }
            Act::Gone(no) => self.slow.gone(*no),
            Act::Retrain(no, languages, level, capacity) => {
                let worker = &mut self.slow.workers[*no];
                worker.languages = languages.clone();
                worker.level = *level;
                worker.capacity = *capacity;
                true
            }
            Act::Hours(no, closures) => self.slow.put_hours(*no, closures),
            Act::Workflow(to, offer_time, re_evaluate) => self.slow.put_workflow(to, *offer_time, *re_evaluate),
            Act::Reload => true,
        }
    }
}
