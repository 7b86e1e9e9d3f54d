//! Generated workspaces and histories, the router beside the slow model, and what must hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use ::model::*;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

use super::loading::snapshot;
use super::slow_model::*;
use crate::{Router, Snapshot};

const START: i64 = 1_000_000;

#[derive(Debug, Clone)]
struct TargetPlan(usize, Option<i64>, Option<i64>, bool, u8, bool);

#[derive(Debug, Clone)]
struct World {
    queues: Vec<(Skill, usize, bool)>,
    workers: Vec<(Vec<u8>, i64, [i64; 2], bool)>,
    filters: Vec<(Option<i64>, Vec<TargetPlan>)>,
    default: Option<TargetPlan>,
    reoffer: i64,
}

#[derive(Debug, Clone)]
enum Act {
    Request { kind: i64, tier: i64, channel: usize, priority: Option<i64>, ttl: i64, rest: bool, to: Direct },
    Accept(usize),
    Reject(usize, Option<usize>),
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
    Reload,
}

#[derive(Debug, Clone)]
enum Direct {
    No,
    Worker(usize, bool),
    Queue(usize),
}

fn skill() -> impl Strategy<Value = Skill> {
    prop_oneof![
        3 => Just(Skill::Everybody),
        1 => Just(Skill::Nobody),
        3 => (0..3u8).prop_map(Skill::Speaks),
        2 => (0..4i64).prop_map(Skill::Level),
    ]
}

fn languages() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..3u8, 0..3)
}

fn target() -> impl Strategy<Value = TargetPlan> {
    (0..5usize, proptest::option::weighted(0.3, 0..4i64), proptest::option::weighted(0.5, 1..40i64), any::<bool>(), 0..6u8, any::<bool>())
        .prop_map(|(a, b, c, d, e, f)| TargetPlan(a, b, c, d, e, f))
}

fn world() -> impl Strategy<Value = World> {
    let filter = (proptest::option::weighted(0.7, 0..3i64), proptest::collection::vec(target(), 1..4));
    (
        proptest::collection::vec((skill(), 1..4usize, proptest::bool::weighted(0.2)), 5),
        proptest::collection::vec((languages(), 0..4i64, [0..3i64, 0..3i64], proptest::bool::weighted(0.4)), 8),
        proptest::collection::vec(filter, 0..4),
        proptest::option::weighted(0.8, target()),
        prop_oneof![Just(0), Just(15)],
    )
        .prop_map(|(queues, workers, filters, default, reoffer)| World { queues, workers, filters, default, reoffer })
}

fn act() -> impl Strategy<Value = Act> {
    let any_of = || 0..1_000usize;
    let by = || proptest::option::weighted(0.5, 0..8usize);
    let direct = prop_oneof![
        6 => Just(Direct::No),
        1 => (0..8usize, any::<bool>()).prop_map(|(worker, ignore)| Direct::Worker(worker, ignore)),
        1 => (0..5usize).prop_map(Direct::Queue),
    ];
    let request = (0..3i64, 0..4i64, 0..2usize, proptest::option::of(0..3i64), 5..200i64, any::<bool>(), direct);
    prop_oneof![
        8 => request.prop_map(|(kind, tier, channel, priority, ttl, rest, to)| Act::Request {
            kind, tier, channel, priority, ttl, rest, to
        }),
        6 => any_of().prop_map(Act::Accept),
        4 => (any_of(), proptest::option::weighted(0.3, 0..2usize)).prop_map(|(no, to)| Act::Reject(no, to)),
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
        1 => Just(Act::Reload),
    ]
}

fn channels(capacity: [i64; 2]) -> BTreeMap<String, WorkerChannel> {
    let channel = |capacity| WorkerChannel { capacity, available: true };
    [("chat", 0), ("sms", 1)].map(|(name, no)| (name.to_string(), channel(capacity[no]))).into()
}

fn skills(languages: &[u8], level: i64) -> String {
    serde_json::json!({ "languages": languages, "level": level }).to_string()
}

impl TargetPlan {
    fn slow(&self) -> SlowTarget {
        let TargetPlan(queue, priority, timeout, level_for_tier, skip, best_first) = *self;
        SlowTarget { queue, priority, timeout, level_for_tier, skip_if_none: skip == 1, skip: skip == 2, best_first }
    }

    fn json(&self, queues: &[SlowQueue]) -> serde_json::Value {
        let plan = self.slow();
        serde_json::json!({
            "queue": queues[plan.queue].id.to_string(),
            "priority": plan.priority,
            "timeout": plan.timeout,
            "expression": plan.level_for_tier.then_some("worker.level >= task.tier"),
            "skip_if": match self.4 { 1 => "workers.available == 0", 2 => "1==1", _ => "" },
            "order_by": plan.best_first.then_some("worker.level DESC"),
        })
    }
}

struct Pair {
    router: Router,
    slow: Slow,
    ids: Ids,
    activities: Vec<ActivityId>,
    reservations: Vec<ReservationId>,
    ended: BTreeMap<TaskId, Task>,
    since: BTreeMap<TaskId, Timestamp>,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(START + seconds)
}

impl Pair {
    fn new(world: &World) -> Pair {
        let mut ids = Ids::new(at(0), 3);
        let activities: Vec<ActivityId> = (0..3).map(|_| ids.next()).collect();
        let queues: Vec<SlowQueue> =
            world.queues.iter().map(|(skill, max, lifo)| SlowQueue { id: ids.next(), skill: *skill, max: *max, lifo: *lifo }).collect();
        let workers: Vec<SlowWorker> = world
            .workers
            .iter()
            .enumerate()
            .map(|(no, (languages, level, capacity, has_user))| SlowWorker {
                id: ids.next(),
                languages: languages.clone(),
                level: *level,
                capacity: *capacity,
                activity: 0,
                has_user: *has_user,
                connected: false,
                idle_since: -(no as i64 % 3),
            })
            .collect();
        let slow = Slow {
            now: 0,
            reoffer: world.reoffer,
            wrap_up: 30,
            offer_time: 20,
            filters: world
                .filters
                .iter()
                .map(|(kind, targets)| SlowFilter { kind: *kind, targets: targets.iter().map(TargetPlan::slow).collect() })
                .collect(),
            default: world.default.as_ref().map(TargetPlan::slow),
            queues,
            workers,
            tasks: Vec::new(),
            offers: Vec::new(),
            fresh_ids: Default::default(),
        };
        let rows = rows(world, &slow, &activities, &mut ids);
        Pair { router: Router::new(rows), slow, ids, activities, reservations: Vec::new(), ended: BTreeMap::new(), since: BTreeMap::new() }
    }

    fn step(&mut self, act: &Act, wait: i64) {
        self.slow.now += wait;
        let now = at(self.slow.now);
        if matches!(act, Act::Reload) {
            self.router = Router::new(snapshot(&self.router));
        }
        let new_task_id = self.ids.next();
        let mut effects = RouterEffects::default();
        if matches!(act, Act::Retrain(..)) {
            // A missed offer that falls due on the way would make the row read now a stale one.
            self.router.tick(now, &mut self.ids, &mut effects);
        }
        let command = self.command(act, new_task_id);
        let taken = match &command {
            Some(command) => {
                let answer = self.router.handle(command, now, &mut self.ids, &mut effects);
                Some(answer.is_ok())
            }
            None => {
                self.router.tick(now, &mut self.ids, &mut effects);
                None
            }
        };
        for (_, news) in &effects.news {
            if let TaskNews::Moved { to, reason: MoveReason::AgentLost, .. } = news {
                self.slow.fresh_ids.push_back(*to);
            }
        }
        let known = self.slow.offers.len();
        self.slow.due();
        self.slow.settle();
        // Offers made while waiting and ended by the command must have their ids before it runs.
        self.name_offers(known, &effects);
        let slow_taken = command.as_ref().map(|_| self.obey(act, new_task_id));
        self.slow.settle();
        self.name_offers(known, &effects);
        assert_eq!(taken, slow_taken, "taken or refused: {command:?}");
        self.ended.extend(effects.tasks.iter().filter(|(_, row)| row.status.ended()).map(|(id, row)| (*id, row.clone())));
        self.compare(known, &effects);
        Self::check_happened(&effects);
        self.check_invariants();
    }

    /// The router's n-th created reservation is the model's n-th.
    fn name_offers(&mut self, known: usize, effects: &RouterEffects) {
        let created = effects.events.iter();
        let created = created.filter(|event| event.kind == EventKind::ReservationCreated);
        for (offer, event) in self.slow.offers[known..].iter_mut().zip(created) {
            offer.id = event.reservation_id;
        }
    }

    fn pick_task(&self, no: usize) -> Option<TaskId> {
        let tasks: Vec<TaskId> = self.slow.tasks.iter().rev().take(12).map(|task| task.id).collect();
        (!tasks.is_empty()).then(|| tasks[no % tasks.len()])
    }

    fn pick_reservation(&self, no: usize) -> Option<ReservationId> {
        let latest: Vec<_> = self.reservations.iter().rev().take(8).copied().collect();
        (!latest.is_empty()).then(|| latest[no % latest.len()])
    }

    fn command(&self, act: &Act, new_task_id: TaskId) -> Option<RouterCommand> {
        use RouterCommand as C;
        let worker = |no: usize| self.slow.workers[no].id;
        Some(match act {
            Act::Request { kind, tier, channel, priority, ttl, rest, to } => C::RequestTask(TaskRequest {
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
                attributes: serde_json::json!({ "kind": kind, "tier": tier }).to_string(),
                priority: *priority,
                timeout_s: Some(*ttl),
                virtual_start_time: None,
            }),
            Act::Accept(no) => C::Accept { reservation_id: self.pick_reservation(*no)? },
            Act::Reject(no, activity) => {
                C::Reject { reservation_id: self.pick_reservation(*no)?, activity_id: activity.map(|no| self.activities[no]) }
            }
            Act::Wrap(no) => C::Wrap { task_id: self.pick_task(*no)? },
            Act::Complete(no) => C::Complete { task_id: self.pick_task(*no)?, disposition: None, note: None },
            Act::Cancel(no) => C::Cancel { task_id: self.pick_task(*no)?, reason: "asked to".into() },
            Act::Update(no, priority) => {
                C::UpdateTask { task_id: self.pick_task(*no)?, change: TaskChange { priority: Some(*priority), ..TaskChange::default() } }
            }
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
            Act::Reload => return None,
        })
    }

    fn obey(&mut self, act: &Act, new: TaskId) -> bool {
        let task = |no: &usize| self.pick_task(*no);
        let now = self.slow.now;
        match act {
            Act::Request { kind, tier, channel, priority, ttl, rest, to } => {
                let (route, queue) = match to {
                    Direct::No => (Route::Step(None, 0), None),
                    Direct::Worker(no, _) => (Route::Worker(*no), None),
                    Direct::Queue(no) => (Route::Queue(*no), Some(*no)),
                };
                self.slow.request(SlowTask {
                    id: new,
                    kind: *kind,
                    tier: *tier,
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
            Act::Reload => true,
        }
    }

    fn compare(&mut self, known: usize, effects: &RouterEffects) {
        let created: Vec<ReservationId> = effects
            .events
            .iter()
            .filter(|event| event.kind == EventKind::ReservationCreated)
            .filter_map(|event| event.reservation_id)
            .collect();
        self.reservations.extend(&created);
        let made = &self.slow.offers[known..];
        assert_eq!(created.len(), made.len(), "offers made: {made:#?}");
        for (id, offer) in created.iter().zip(made) {
            let row = &effects.reservations[id];
            let worker = &self.slow.workers[offer.worker];
            assert_eq!((row.task_id, row.worker_id), (offer.task, worker.id));
            assert_eq!((row.slot, row.offer_no), (offer.slot, offer.offer_no));
            assert_eq!(row.deadline_at, Some(at(offer.deadline)));
            let losers: Vec<_> = row.why.others.iter().map(|loser| (loser.worker_id, loser.rule)).collect();
            let others = offer.losers.iter();
            let others: Vec<_> = others.map(|(no, rule)| (self.slow.workers[*no].id, *rule)).collect();
            assert_eq!(losers, others, "why not the others");
        }
        for offer in &self.slow.offers {
            let id = offer.id.expect("named");
            let row = self.router.reservation(id).or(effects.reservations.get(&id));
            if let Some(row) = row {
                assert_eq!(row.status, offer.status);
            } else {
                assert!(!offer.status.open());
            }
        }
        for task in &self.slow.tasks {
            let row = self.router.task(task.id).or(self.ended.get(&task.id)).expect("the task");
            let worker = task.worker.map(|no| self.slow.workers[no].id);
            assert_eq!((row.status, row.worker_id), (task.status, worker));
            if row.status.ended() {
                assert!(self.router.task(task.id).is_none());
                continue;
            }
            let queue = task.queue.map(|no| self.slow.queues[no].id);
            assert_eq!((row.queue_id, row.priority), (queue, task.priority));
            if let (Route::Step(filter, target), TaskStatus::Pending) = (task.route, task.status) {
                assert_eq!((row.filter, row.target), (filter.map(|no| no as i64), target as i64));
            }
            assert_eq!((row.offers, row.nobody_told), (task.offers, task.told));
            assert_eq!(row.expires_at, at(task.expires));
            let refused: Vec<_> = task.refused.iter().map(|(no, when)| (self.slow.workers[*no].id, at(*when))).collect();
            assert_eq!(row.refused, refused);
        }
        for worker in &self.slow.workers {
            let row = self.router.worker(worker.id).expect("the worker");
            assert_eq!(row.activity_id, self.activities[worker.activity]);
            assert_eq!((row.connected, row.idle_since), (worker.connected, at(worker.idle_since)));
        }
    }

    /// What changed of an offer is told once, in the order in which it changed, and so is each task that ended.
    fn check_happened(effects: &RouterEffects) {
        let changed = effects.events.iter();
        let changed = changed.filter(|event| matches!(event.kind, EventKind::ReservationCreated | EventKind::ReservationUpdated));
        let changed: Vec<_> = changed.map(|event| event.reservation_id).collect();
        let told: Vec<_> =
            effects.happened.iter().filter(|event| event.reservation_id.is_some()).map(|event| event.reservation_id).collect();
        assert_eq!(told, changed, "what is told of offers");
        let ended: BTreeSet<_> = effects.tasks.values().filter(|task| task.status.ended()).map(|task| task.id).collect();
        let told = effects.happened.iter();
        let told = told.filter(|event| matches!(event.kind, RoutingEventKind::TaskCompleted | RoutingEventKind::TaskCanceled));
        let told: Vec<_> = told.filter_map(|event| event.task_id).collect();
        assert_eq!((told.len(), told.into_iter().collect()), (ended.len(), ended), "what is told of tasks that ended");
    }

    fn check_invariants(&mut self) {
        let now = at(self.slow.now);
        assert!(self.router.next_deadline().is_none_or(|at| at > now), "nothing due is left");
        let mut slots = BTreeSet::new();
        let mut pairs = BTreeSet::new();
        let mut holders = BTreeSet::new();
        for row in self.router.reservations() {
            assert!(pairs.insert((row.task_id, row.worker_id)), "offered twice to one worker");
            if let Some(slot) = row.slot {
                assert!((0..row.capacity).contains(&slot));
                assert!(slots.insert((row.worker_id, row.channel.clone(), slot)), "a slot held twice");
            }
            if row.status != ReservationStatus::Pending {
                assert!(holders.insert(row.task_id), "two holders");
            }
        }
        for task in self.router.tasks() {
            let pending = self.router.reservations();
            let pending = pending.filter(|row| row.task_id == task.id && row.status == ReservationStatus::Pending);
            let pending = pending.count();
            assert_eq!(pending > 0, task.status == TaskStatus::Reserved);
            let held = matches!(task.status, TaskStatus::Assigned | TaskStatus::Wrapping);
            assert_eq!(held, holders.contains(&task.id));
            let queue = task.queue_id.and_then(|id| self.router.queue(id));
            assert!(pending as i64 <= queue.map_or(1, |queue| queue.max_reserved_workers));
            let since = self.since.entry(task.id).or_insert(task.virtual_start_time);
            assert_eq!(*since, task.virtual_start_time, "the place in line is kept");
        }
    }
}

fn rows(world: &World, slow: &Slow, activities: &[ActivityId], ids: &mut Ids) -> Snapshot {
    let filters: Vec<_> = world
        .filters
        .iter()
        .map(|(kind, targets)| {
            let targets: Vec<_> = targets.iter().map(|target| target.json(&slow.queues)).collect();
            serde_json::json!({
                "expression": kind.map(|kind| format!("kind == {kind}")),
                "targets": targets,
            })
        })
        .collect();
    let default = world.default.as_ref().map(|target| target.json(&slow.queues));
    let routing = serde_json::json!({ "task_routing": { "filters": filters, "default_filter": default } });
    let queue = |no: usize, queue: &SlowQueue| TaskQueue {
        id: queue.id,
        name: format!("Q{no}"),
        target_workers: match queue.skill {
            Skill::Everybody => "1==1".into(),
            Skill::Nobody => String::new(),
            Skill::Speaks(language) => format!("languages HAS {language}"),
            Skill::Level(level) => format!("level >= {level}"),
        },
        max_reserved_workers: queue.max as i64,
        task_order: if queue.lifo { TaskOrder::Lifo } else { TaskOrder::Fifo },
        signature: String::new(),
        business_hours_id: None,
        updated_at: model::Timestamp::default(),
        version: 1,
    };
    let worker = |no: usize, worker: &SlowWorker, user: UserId| Worker {
        id: worker.id,
        name: format!("W{no}"),
        attributes: skills(&worker.languages, worker.level),
        activity_id: activities[0],
        activity_since: at(0),
        channels: channels(worker.capacity),
        user_id: worker.has_user.then_some(user),
        connected: false,
        idle_since: at(worker.idle_since),
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: model::Timestamp::default(),
        version: 1,
    };
    Snapshot {
        settings: Settings {
            reoffer_after_s: slow.reoffer,
            wrap_up_s: slow.wrap_up,
            timeout_activity_id: Some(activities[2]),
            ..Settings::default()
        },
        activities: activities
            .iter()
            .zip(["Available", "Break", "Away"])
            .map(|(id, name)| Activity {
                id: *id,
                name: name.into(),
                available: name == "Available",
                updated_at: model::Timestamp::default(),
            })
            .collect(),
        task_channels: Vec::new(),
        business_hours: Vec::new(),
        queues: slow.queues.iter().enumerate().map(|(no, row)| queue(no, row)).collect(),
        workflows: vec![Workflow {
            id: ids.next(),
            name: "Main".into(),
            configuration: routing.to_string(),
            task_reservation_timeout_s: slow.offer_time,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: model::Timestamp::default(),
            version: 1,
        }],
        workers: slow.workers.iter().enumerate().map(|(no, row)| worker(no, row, ids.next())).collect(),
        tasks: Vec::new(),
        reservations: Vec::new(),
    }
}

/// So many histories in the suite, twenty times as many with `--long`.
fn histories(count: u32) -> ProptestConfig {
    let long = std::env::var("SEAWAY_TEST_LONG").is_ok_and(|set| set == "1");
    ProptestConfig {
        cases: if long { count * 20 } else { count },
        failure_persistence: None,
        // Without optimisation the default's random numbers take a quarter of the time.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    }
}

fn history(steps: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(Act, i64)>> {
    let wait = prop_oneof![4 => Just(0i64), 4 => 1..5i64, 2 => 5..40i64];
    proptest::collection::vec((act(), wait), steps)
}

fn live(world: &World, history: &[(Act, i64)]) {
    let mut pair = Pair::new(world);
    for (act, wait) in history {
        pair.step(act, *wait);
    }
}

// 5,000 together. Both take about as long, so that two processors share them.
proptest! {
    #![proptest_config(histories(2_000))]

    /// Proves I4.1, I4.2, I4.3, I5.1.
    #[test]
    fn the_router_agrees_with_the_slow_model(world in world(), history in history(1..80)) {
        live(&world, &history);
    }
}

proptest! {
    #![proptest_config(histories(3_000))]

    /// Proves I4.1, I4.2, I4.3, I5.1.
    #[test]
    fn short_histories_agree_with_the_slow_model(world in world(), history in history(1..40)) {
        live(&world, &history);
    }
}
