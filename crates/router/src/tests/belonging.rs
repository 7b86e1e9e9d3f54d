//! Who belongs to which queue, beside a walk over everybody.

use std::collections::BTreeSet;

use ::model::*;
use proptest::prelude::*;

use crate::lookup::WorkerFacts;
use crate::{Router, Snapshot};

const EXPRESSIONS: [&str; 10] = [
    "skills HAS 's0'",
    "skills HAS 's1' AND level > 1",
    "skills HAS 's1' OR skills HAS 's2'",
    "team == 'north'",
    "team IN ['north', 's0'] AND skills HAS 's0'",
    "'s2' IN skills OR team == 'south'",
    "level > 1",
    "NOT skills HAS 's0'",
    "activity_name == 'In' AND skills HAS 's2'",
    "friendly_name == 'w1'",
];

#[derive(Debug, Clone)]
enum Act {
    Queue(usize, usize),
    NoQueue(usize),
    Worker(usize, BTreeSet<u8>, Option<bool>, i64),
    Activity(usize, bool),
}

fn act() -> impl Strategy<Value = Act> {
    let skills = proptest::collection::btree_set(0..3u8, 0..3);
    prop_oneof![
        3 => (0..6usize, 0..EXPRESSIONS.len()).prop_map(|(queue, expression)| Act::Queue(queue, expression)),
        1 => (0..6usize).prop_map(Act::NoQueue),
        4 => (0..4usize, skills, any::<Option<bool>>(), 0..4i64).prop_map(|(no, skills, north, level)| Act::Worker(no, skills, north, level)),
        2 => (0..4usize, any::<bool>()).prop_map(|(no, available)| Act::Activity(no, available)),
    ]
}

fn activity(no: u8) -> Activity {
    let name = ["In", "Out"][usize::from(no)];
    Activity {
        id: Ids::new(Timestamp::default(), 1 + u64::from(no)).next(),
        name: name.into(),
        available: no == 0,
        updated_at: Timestamp::default(),
    }
}

fn queue(router: &Router, no: usize, expression: usize) -> TaskQueue {
    let id: TaskQueueId = Ids::new(Timestamp::default(), 100 + no as u64).next();
    TaskQueue {
        id,
        name: format!("q{no}"),
        target_workers: EXPRESSIONS[expression].into(),
        max_reserved_workers: 1,
        task_order: TaskOrder::Fifo,
        signature: String::new(),
        business_hours_id: None,
        updated_at: Timestamp::default(),
        version: router.queue(id).map_or(1, |queue| queue.version),
    }
}

fn worker(router: &Router, no: usize, attributes: String) -> Worker {
    let id: WorkerId = Ids::new(Timestamp::default(), 200 + no as u64).next();
    let held = router.worker(id);
    Worker {
        id,
        name: format!("w{no}"),
        attributes,
        activity_id: held.map_or(activity(0).id, |worker| worker.activity_id),
        activity_since: Timestamp::default(),
        channels: Default::default(),
        user_id: None,
        connected: false,
        idle_since: Timestamp::default(),
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: Timestamp::default(),
        version: held.map_or(1, |worker| worker.version),
    }
}

fn commands(router: &Router, act: &Act) -> Option<RouterCommand> {
    Some(match act {
        Act::Queue(no, expression) => RouterCommand::PutQueue { queue: queue(router, *no, *expression) },
        Act::NoQueue(no) => {
            let queue = router.queue(queue(router, *no, 0).id)?;
            RouterCommand::DeleteQueue { queue_id: queue.id, version: queue.version }
        }
        Act::Worker(no, skills, north, level) => {
            let skills: Vec<String> = skills.iter().map(|skill| format!("s{skill}")).collect();
            let team = north.map(|north| if north { "north" } else { "south" });
            let attributes = serde_json::json!({ "skills": skills, "team": team, "level": level });
            RouterCommand::PutWorker { worker: worker(router, *no, attributes.to_string()) }
        }
        Act::Activity(no, available) => {
            let worker_id = router.worker(worker(router, *no, String::new()).id)?.id;
            RouterCommand::SetActivity { worker_id, activity_id: activity(u8::from(!available)).id }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn everybody_belongs_where_an_expression_asks_for_them(acts in proptest::collection::vec(act(), 1..40)) {
        let now = Timestamp::from_secs(1_000_000);
        let (mut ids, mut effects) = (Ids::new(now, 3), RouterEffects::default());
        let activities = vec![activity(0), activity(1)];
        let mut router = Router::new(Snapshot { activities, ..Snapshot::default() });
        for act in acts {
            let Some(command) = commands(&router, &act) else { continue };
            let done = router.handle(&command, now, &mut ids, &mut effects);
            prop_assert!(done.is_ok(), "{command:?}: {done:?}");
            for queue in router.queues.values() {
                let asked = router.workers.values().filter(|worker| queue.expression.matches(&WorkerFacts::in_queue(&router, worker)));
                let asked: BTreeSet<WorkerId> = asked.map(|worker| worker.row.id).collect();
                prop_assert_eq!(&queue.members, &asked, "{} after {:?}", &queue.row.target_workers, &act);
            }
        }
        // What is forgotten is found nowhere.
        for queue in router.queues.keys().copied().collect::<Vec<_>>() {
            let version = router.queue(queue).map_or(1, |queue| queue.version);
            let done = router.handle(&RouterCommand::DeleteQueue { queue_id: queue, version }, now, &mut ids, &mut effects);
            prop_assert!(done.is_ok(), "{done:?}");
        }
        prop_assert!(router.needs.is_empty());
    }
}
