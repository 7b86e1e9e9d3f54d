//! What happens in a history. What an act is about is named by its place among what was there last, so that it is the same in both runs.

use model::routing::{MoveReason, RouterCommand, TaskRequest, TransferTo};
use model::{BusinessHours, ConversationId, Id, ReservationId, TaskChange, TaskId, Worker};
use router::Router;
use serde_json::json;
use testkit::Chance;

use crate::world::{self, QUEUES, WORKERS, World};

pub enum Act {
    /// Asked for over the API, or as a flow asks, through rows and perhaps several at once.
    Request(Vec<Wish>, Way),
    Accept(usize),
    Reject(usize, Option<usize>),
    Withdraw(usize),
    Wrap(usize),
    Complete(usize),
    Cancel(usize),
    Update(usize, i64),
    Note(usize, i64),
    Close(usize),
    Transfer(usize, To, Option<usize>),
    Requeue(usize, Option<usize>),
    Activity(usize, usize),
    /// Their desk opens again, in time or not.
    Back(usize),
    /// Their last desk closes, and they are gone for good once the grace time is over.
    Lost(usize),
    Retrain(usize, Worker),
    Hours(BusinessHours),
    Workflow(usize, bool),
}

#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Asked,
    ByJob,
}

pub enum To {
    Worker(usize),
    Queue(usize),
    Flow,
}

/// A task somebody wants.
pub struct Wish {
    worker: Option<usize>,
    queue: Option<usize>,
    ignore_capacity: bool,
    talk: bool,
    channel: &'static str,
    attributes: String,
    priority: Option<i64>,
    timeout_s: i64,
}

impl Wish {
    fn draw(dice: &mut Chance) -> Self {
        let (worker, queue) = match dice.below(8) {
            0 => (Some(dice.below(WORKERS)), None),
            1 => (None, Some(dice.below(QUEUES))),
            _ => (None, None),
        };
        let friend = format!("W{}", dice.below(WORKERS));
        Self {
            worker,
            queue,
            ignore_capacity: worker.is_some() && dice.percent(50),
            talk: dice.percent(60),
            channel: ["chat", "sms"][dice.below(2)],
            attributes: json!({ "kind": dice.below(3), "tier": dice.below(4), "friend": friend }).to_string(),
            priority: dice.percent(50).then(|| dice.between(0, 3)),
            timeout_s: dice.between(5, 200),
        }
    }

    /// The request of it, for a task of this id; a conversation has the same.
    pub fn request(&self, task_id: TaskId, world: &World) -> TaskRequest {
        TaskRequest {
            task_id,
            conversation_id: self.talk.then(|| ConversationId::from_uuid(task_id.uuid())),
            request_key: self.talk.then(|| "agent".to_owned()),
            request_no: None,
            workflow_id: None,
            routing_worker: self.worker.map(|no| world.workers[no]),
            routing_queue: self.queue.map(|no| world.queues[no]),
            routing_workflow: None,
            ignore_capacity: self.ignore_capacity,
            channel: self.channel.to_owned(),
            attributes: self.attributes.clone(),
            priority: self.priority,
            timeout_s: Some(self.timeout_s),
            virtual_start_time: None,
        }
    }
}

impl Act {
    pub fn draw(dice: &mut Chance, world: &World) -> Self {
        let (no, worker) = (dice.below(1_000), dice.below(WORKERS));
        let by = dice.percent(50).then(|| dice.below(WORKERS));
        match dice.below(50) {
            0..=7 => Self::Request(vec![Wish::draw(dice)], Way::Asked),
            8..=10 => Self::Request((0..1 + dice.below(4)).map(|_| Wish::draw(dice)).collect(), Way::ByJob),
            11..=19 => Self::Accept(no),
            20..=22 => Self::Reject(no, dice.percent(30).then(|| dice.below(2))),
            23 => Self::Withdraw(no),
            24..=25 => Self::Wrap(no),
            26..=28 => Self::Complete(no),
            29 => Self::Cancel(no),
            30 => Self::Update(no, dice.between(0, 4)),
            31 => Self::Note(no, dice.between(0, 4)),
            32 => Self::Close(no),
            33..=34 => Self::Transfer(no, To::Worker(dice.below(WORKERS)), by),
            35 => Self::Transfer(no, To::Queue(dice.below(QUEUES)), by),
            36 => Self::Transfer(no, To::Flow, by),
            37..=38 => Self::Requeue(no, by),
            39..=41 => Self::Activity(worker, [0, 0, 0, 1][dice.below(4)]),
            42..=44 => Self::Back(worker),
            45..=46 => Self::Lost(worker),
            47 => {
                let RouterCommand::PutWorker { worker: row } = world.commands[world.commands.len() - WORKERS + worker].clone() else {
                    unreachable!("workers are made last");
                };
                Self::Retrain(worker, Worker { attributes: world::skills(dice), channels: world::channels(dice), ..row })
            }
            48 => Self::Hours(world::hours_of(world.hours[dice.below(2)], world::closures(dice), 0)),
            _ => Self::Workflow(dice.below(world.configurations.len()), dice.percent(50)),
        }
    }

    /// The command it is, if there is anything it could be about.
    pub fn command(&self, world: &World, there: &There, router: &Router, new_task_id: TaskId) -> Option<RouterCommand> {
        use RouterCommand as C;
        let worker = |no: &usize| world.workers[*no];
        let task = |no: &usize| there.task(*no);
        let by = |by: &Option<usize>| by.as_ref().map(worker);
        Some(match self {
            Self::Request(wishes, _) => C::RequestTask(wishes.first()?.request(new_task_id, world)),
            Self::Accept(no) => C::Accept { reservation_id: there.offer(*no)? },
            Self::Reject(no, activity) => {
                C::Reject { reservation_id: there.offer(*no)?, activity_id: activity.map(|no| world.activities[no]) }
            }
            Self::Withdraw(no) => C::Withdraw { reservation_id: there.offer(*no)? },
            Self::Wrap(no) => C::Wrap { task_id: task(no)? },
            Self::Complete(no) => C::Complete { task_id: task(no)?, disposition: Some("solved".into()), note: Some("done".into()) },
            Self::Cancel(no) => C::Cancel { task_id: task(no)?, reason: "asked to".into() },
            Self::Update(no, priority) => {
                C::UpdateTask { task_id: task(no)?, change: TaskChange { priority: Some(*priority), ..TaskChange::default() }, end: None }
            }
            Self::Note(no, tier) => C::SetAttribute { task_id: task(no)?, name: "tier".into(), value: Some(json!(tier)) },
            Self::Close(no) => C::CloseTasks { conversation_id: ConversationId::from_uuid(task(no)?.uuid()), reason: "closed".into() },
            Self::Transfer(no, to, from) => {
                let to = match to {
                    To::Worker(no) => TransferTo::Worker { worker_id: worker(no) },
                    To::Queue(no) => TransferTo::Queue { queue_id: world.queues[*no] },
                    To::Flow => TransferTo::Flow,
                };
                C::Transfer { task_id: task(no)?, to, note: "note".into(), by: by(from), new_task_id }
            }
            Self::Requeue(no, from) => C::Requeue { task_id: task(no)?, reason: MoveReason::Requeued, by: by(from), new_task_id },
            Self::Activity(no, to) => C::SetActivity { worker_id: worker(no), activity_id: world.activities[*to] },
            Self::Back(no) => C::DeskConnected { worker_id: worker(no) },
            Self::Lost(no) => C::DeskLost { worker_id: worker(no) },
            Self::Retrain(no, row) => {
                let old = router.worker(worker(no))?;
                C::PutWorker { worker: Worker { attributes: row.attributes.clone(), channels: row.channels.clone(), ..old.clone() } }
            }
            Self::Hours(hours) => {
                let version = router.business_hours().find(|row| row.id == hours.id)?.version;
                C::PutBusinessHours { business_hours: BusinessHours { version, ..hours.clone() } }
            }
            Self::Workflow(no, re_evaluate) => {
                let mut workflow = router.workflows().next()?.clone();
                workflow.configuration = world.configurations[*no].clone();
                C::PutWorkflow { workflow, re_evaluate: *re_evaluate }
            }
        })
    }
}

/// What was seen so far, oldest first.
#[derive(Default)]
pub struct There {
    tasks: Vec<TaskId>,
    offers: Vec<ReservationId>,
}

impl There {
    pub fn look(&mut self, router: &Router) {
        for task in router.tasks().map(|task| task.id) {
            if !self.tasks.contains(&task) {
                self.tasks.push(task);
            }
        }
        for offer in router.reservations().map(|offer| offer.id) {
            if !self.offers.contains(&offer) {
                self.offers.push(offer);
            }
        }
    }

    /// One of the last, ended or not.
    fn task(&self, no: usize) -> Option<TaskId> {
        self.tasks.iter().rev().nth(no % self.tasks.len().clamp(1, 10)).copied()
    }

    fn offer(&self, no: usize) -> Option<ReservationId> {
        self.offers.iter().rev().nth(no % self.offers.len().clamp(1, 8)).copied()
    }
}
