//! Generated histories, the router beside the slow model, and what must hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use ::model::*;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

use super::acts::{Act, history};
use super::slow_model::*;
use super::worlds::{World, at, rows, world};
use crate::Router;

pub struct Pair {
    pub router: Router,
    pub slow: Slow,
    ids: Ids,
    pub activities: Vec<ActivityId>,
    pub reservations: Vec<ReservationId>,
    ended: BTreeMap<TaskId, Task>,
    since: BTreeMap<TaskId, Timestamp>,
}

impl Pair {
    fn new(world: &World) -> Pair {
        let mut ids = Ids::new(at(0), 3);
        let activities: Vec<ActivityId> = (0..3).map(|_| ids.next()).collect();
        let slow = world.slow(&mut ids);
        let rows = rows(&slow, &activities, &mut ids);
        Pair { router: Router::new(rows), slow, ids, activities, reservations: Vec::new(), ended: BTreeMap::new(), since: BTreeMap::new() }
    }

    fn step(&mut self, act: &Act, wait: i64) {
        self.slow.now += wait;
        let now = at(self.slow.now);
        if matches!(act, Act::Reload) {
            self.router = Router::new(self.router.rows());
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
        self.check_overview();
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
            assert_eq!((row.expires_at, row.target_deadline_at), (at(task.expires), task.step_ends.map(at)));
            let refused: Vec<_> = task.refused.iter().map(|(no, when)| (self.slow.workers[*no].id, at(*when))).collect();
            assert_eq!(row.refused, refused);
        }
        for worker in &self.slow.workers {
            let row = self.router.worker(worker.id).expect("the worker");
            assert_eq!(row.activity_id, self.activities[worker.activity]);
            assert_eq!((row.connected, row.idle_since), (worker.connected, at(worker.idle_since)));
        }
    }

    /// What a board is told of tasks, beside a walk over all of them.
    fn check_overview(&self) {
        let waits = |task: &&Task| matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved);
        for (id, counts) in self.router.queue_counts() {
            let here = || self.router.tasks().filter(|task| task.queue_id == Some(id));
            let number = |status| here().filter(|task| task.status == status).count() as i64;
            let counted = [counts.pending, counts.reserved, counts.assigned, counts.wrapping];
            let statuses = [TaskStatus::Pending, TaskStatus::Reserved, TaskStatus::Assigned, TaskStatus::Wrapping];
            assert_eq!(counted, statuses.map(number), "what stands in a queue");
            assert_eq!(counts.waiting_since, here().filter(waits).map(|task| task.virtual_start_time).min(), "who waits longest");
        }
        let mut waiting: Vec<_> = self.router.tasks.values().filter(|task| waits(&&task.row)).map(|task| self.router.place(task)).collect();
        waiting.sort();
        let waiting: Vec<TaskId> = waiting.into_iter().map(|place| place.task).collect();
        let told: Vec<TaskId> = self.router.waiting(|_| true, 0, usize::MAX).into_iter().map(|task| task.id).collect();
        assert_eq!(told, waiting, "who waits");
        let page: Vec<TaskId> = self.router.waiting(|queue| queue.is_some(), 1, 2).into_iter().map(|task| task.id).collect();
        let seen = waiting.into_iter().filter(|id| self.router.task(*id).is_some_and(|task| task.queue_id.is_some()));
        assert_eq!(page, seen.skip(1).take(2).collect::<Vec<_>>(), "a page of who waits");
        let mut active: Vec<&Task> = self.router.tasks().filter(|task| !waits(task)).collect();
        active.sort_by_key(|task| (task.assigned_at, task.id));
        assert_eq!(self.router.active(|_| true).collect::<Vec<_>>(), active, "what is in progress");
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
