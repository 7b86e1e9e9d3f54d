//! Generated workspaces: what the router starts from, and the slow model of it.

use std::collections::BTreeMap;

use ::model::*;
use proptest::prelude::*;

use super::slow_hours::{LAST, SlowClosure, SlowHours};
use super::slow_model::*;
use crate::Snapshot;

const START: i64 = 1_000_000;

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(START + seconds)
}

#[derive(Debug, Clone)]
pub struct World {
    hours: Vec<Vec<SlowClosure>>,
    queues: Vec<(Skill, usize, bool, Option<usize>)>,
    workers: Vec<(Vec<u8>, i64, [i64; 2], bool)>,
    workflow: SlowWorkflow,
    reoffer: i64,
}

fn skill() -> impl Strategy<Value = Skill> {
    prop_oneof![
        3 => Just(Skill::Everybody),
        1 => Just(Skill::Nobody),
        3 => (0..3u8).prop_map(Skill::Speaks),
        2 => (0..4i64).prop_map(Skill::Level),
    ]
}

pub fn languages() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..3u8, 0..3)
}

fn target() -> impl Strategy<Value = SlowTarget> {
    let known = prop_oneof![8 => Just(None), 1 => Just(Some(Known::Sid)), 1 => Just(Some(Known::Name))];
    (
        0..5usize,
        proptest::option::weighted(0.3, 0..4i64),
        proptest::option::weighted(0.5, 1..40i64),
        any::<bool>(),
        0..6u8,
        any::<bool>(),
        known,
    )
        .prop_map(|(queue, priority, timeout, level_for_tier, skip, best_first, known)| SlowTarget {
            queue,
            priority,
            timeout,
            level_for_tier,
            skip_if_none: skip == 1,
            skip: skip == 2,
            best_first,
            known,
        })
}

pub fn workflow() -> impl Strategy<Value = SlowWorkflow> {
    let filter = (proptest::option::weighted(0.7, 0..3i64), proptest::collection::vec(target(), 1..4));
    let filter = filter.prop_map(|(kind, targets)| SlowFilter { kind, targets });
    (proptest::collection::vec(filter, 0..4), proptest::option::weighted(0.8, target()))
        .prop_map(|(filters, default)| SlowWorkflow { filters, default })
}

pub fn closures() -> impl Strategy<Value = Vec<SlowClosure>> {
    let one = (0..LAST - 100, proptest::option::weighted(0.9, 1..100i64));
    proptest::collection::vec(one.prop_map(|(from, lasts)| (from, lasts.map(|lasts| from + lasts))), 0..5)
}

pub fn world() -> impl Strategy<Value = World> {
    (
        proptest::collection::vec(closures(), 2),
        proptest::collection::vec((skill(), 1..4usize, proptest::bool::weighted(0.2), proptest::option::weighted(0.3, 0..2usize)), 5),
        proptest::collection::vec((languages(), 0..4i64, [0..3i64, 0..3i64], proptest::bool::weighted(0.4)), 8),
        workflow(),
        prop_oneof![Just(0), Just(15)],
    )
        .prop_map(|(hours, queues, workers, workflow, reoffer)| World { hours, queues, workers, workflow, reoffer })
}

pub fn channels(capacity: [i64; 2]) -> BTreeMap<String, WorkerChannel> {
    let channel = |capacity| WorkerChannel { capacity, available: true };
    [("chat", 0), ("sms", 1)].map(|(name, no)| (name.to_string(), channel(capacity[no]))).into()
}

pub fn skills(languages: &[u8], level: i64) -> String {
    serde_json::json!({ "languages": languages, "level": level }).to_string()
}

impl SlowTarget {
    fn json(&self, queues: &[SlowQueue]) -> serde_json::Value {
        serde_json::json!({
            "queue": queues[self.queue].id.to_string(),
            "priority": self.priority,
            "timeout": self.timeout,
            "expression": self.level_for_tier.then_some("worker.level >= task.tier"),
            "skip_if": if self.skip { "1==1" } else if self.skip_if_none { "workers.available == 0" } else { "" },
            "order_by": self.best_first.then_some("worker.level DESC"),
            "known_worker_sid": (self.known == Some(Known::Sid)).then_some("task.friend"),
            "known_worker_friendly_name": (self.known == Some(Known::Name)).then_some("task.friend_name"),
        })
    }
}

impl SlowWorkflow {
    /// As TaskRouter has it.
    pub fn document(&self, queues: &[SlowQueue]) -> String {
        let filter = |filter: &SlowFilter| {
            serde_json::json!({
                "expression": filter.kind.map(|kind| format!("kind == {kind}")),
                "targets": filter.targets.iter().map(|target| target.json(queues)).collect::<Vec<_>>(),
            })
        };
        let filters: Vec<_> = self.filters.iter().map(filter).collect();
        let default = self.default.as_ref().map(|target| target.json(queues));
        serde_json::json!({ "task_routing": { "filters": filters, "default_filter": default } }).to_string()
    }
}

/// Open every day up to an hour that no history reaches, but for the closures.
pub fn hours(id: BusinessHoursId, closures: &[SlowClosure]) -> BusinessHours {
    let span = Span { from: "00:00".parse().expect("a time"), to: "23:00".parse().expect("a time") };
    BusinessHours {
        id,
        name: id.to_string(),
        time_zone: "UTC".into(),
        weekly: Day::ALL.map(|day| WeeklySpan { day, span }).to_vec(),
        dates: Vec::new(),
        closures: closures.iter().map(|(from, until)| Closure { from: at(*from), until: until.map(at), reason: String::new() }).collect(),
        updated_at: Timestamp::default(),
        version: 1,
    }
}

impl World {
    pub fn slow(&self, ids: &mut Ids) -> Slow {
        let hours = self.hours.iter().map(|closures| SlowHours::new(ids.next(), closures.clone())).collect();
        let queues: Vec<SlowQueue> = self
            .queues
            .iter()
            .map(|(skill, max, lifo, hours)| SlowQueue { id: ids.next(), skill: *skill, max: *max, lifo: *lifo, hours: *hours })
            .collect();
        let workers: Vec<SlowWorker> = self
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
        Slow {
            now: 0,
            reoffer: self.reoffer,
            wrap_up: 30,
            offer_time: 20,
            workflow: self.workflow.clone(),
            hours,
            queues,
            workers,
            tasks: Vec::new(),
            offers: Vec::new(),
            fresh_ids: Default::default(),
        }
    }
}

pub fn rows(slow: &Slow, activities: &[ActivityId], ids: &mut Ids) -> Snapshot {
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
        business_hours_id: queue.hours.map(|no| slow.hours[no].id),
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
        business_hours: slow.hours.iter().map(|one| hours(one.id, &one.closures)).collect(),
        queues: slow.queues.iter().enumerate().map(|(no, row)| queue(no, row)).collect(),
        workflows: vec![Workflow {
            id: ids.next(),
            name: "Main".into(),
            configuration: slow.workflow.document(&slow.queues),
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
