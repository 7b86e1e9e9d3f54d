//! A workspace of any size, the same in each run: queues by skill (usually 200, by 30 skills), three skills to a worker, a filter for each
//! queue, arrivals by Zipf's law, one task in twenty with a rule over task and worker. Rows and wishes; who keeps them is another's
//! business.

use model::{Activity, ActivityId, Ids, Settings, TaskOrder, TaskQueue, TaskRequest, Timestamp, Worker, WorkerChannel, WorkerId, Workflow};
use router::Snapshot;

/// Workers, and tasks that wait.
pub const SIZES: [(usize, usize); 3] = [(150, 5_000), (1_500, 50_000), (15_000, 500_000)];

/// Queues, and the skills they ask for.
pub const QUEUES: (usize, usize) = (200, 30);
const LANGUAGES: usize = 5;

/// The rows, and the chance by which tasks arrive.
pub struct Town {
    pub rows: Snapshot,
    pub dice: Dice,
    pub available: ActivityId,
    pub away: ActivityId,
    /// How often each queue is asked for, summed up.
    demand: Vec<f64>,
}

impl Town {
    /// Everybody is available and has room for `capacity` chats.
    pub fn build((queues, skills): (usize, usize), workers: usize, capacity: i64, now: Timestamp, ids: &mut Ids) -> Self {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let (available, away) = (ids.next(), ids.next());
        let activities = [(available, "In town", true), (away, "Out of town", false)];
        let activities =
            activities.map(|(id, name, available)| Activity { id, name: name.into(), available, updated_at: Timestamp::default() }).into();
        let queues: Vec<TaskQueue> = (0..queues).map(|no| queue(no, no % skills, ids)).collect();
        let workflow = Workflow {
            id: ids.next(),
            name: "Town".into(),
            configuration: configuration(&queues),
            task_reservation_timeout_s: 120,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: Timestamp::default(),
            version: 1,
        };
        let workers = (0..workers).map(|no| worker(no, skills, available, capacity, now, ids, &mut dice)).collect();
        let demand = (1..=queues.len()).scan(0.0, |sum, no| {
            *sum += 1.0 / no as f64;
            Some(*sum)
        });
        let rows = Snapshot {
            settings: Settings::default(),
            activities,
            task_channels: vec![],
            business_hours: vec![],
            queues,
            workflows: vec![workflow],
            workers,
            tasks: vec![],
            reservations: vec![],
        };
        Self { rows, dice, available, away, demand: demand.collect() }
    }

    pub fn workers(&self) -> impl Iterator<Item = WorkerId> {
        self.rows.workers.iter().map(|worker| worker.id)
    }

    /// The next to arrive.
    pub fn arrival(&mut self, ids: &mut Ids) -> TaskRequest {
        let asked = self.dice.below(1_000_000) as f64 / 1e6 * self.demand.last().copied().unwrap_or_default();
        let topic = self.demand.partition_point(|sum| *sum < asked).min(self.demand.len() - 1);
        let attributes = match self.dice.below(20) {
            0 => format!(r#"{{"topic":"t{topic}","language":"l{}"}}"#, self.dice.below(LANGUAGES)),
            _ => format!(r#"{{"topic":"t{topic}"}}"#),
        };
        TaskRequest {
            task_id: ids.next(),
            conversation_id: None,
            request_key: None,
            request_no: None,
            workflow_id: self.rows.workflows.first().map(|workflow| workflow.id),
            routing_worker: None,
            routing_queue: None,
            routing_workflow: None,
            ignore_capacity: false,
            channel: "chat".into(),
            attributes,
            priority: None,
            timeout_s: Some(router::MAX_TASK_TIMEOUT_S),
            virtual_start_time: None,
        }
    }
}

fn queue(no: usize, skill: usize, ids: &mut Ids) -> TaskQueue {
    TaskQueue {
        id: ids.next(),
        name: format!("q{no}"),
        target_workers: format!("skills HAS \"s{skill}\""),
        max_reserved_workers: 1,
        task_order: TaskOrder::Fifo,
        signature: String::new(),
        business_hours_id: None,
        updated_at: Timestamp::default(),
        version: 1,
    }
}

/// A filter for each queue, and one before it for those who want to be spoken to in their language.
fn configuration(queues: &[TaskQueue]) -> String {
    let filters = queues.iter().enumerate().flat_map(|(no, queue)| {
        let target = format!(r#"{{"queue":"{}","expression":"task.language IN worker.languages"}}"#, queue.id);
        [
            format!(r#"{{"expression":"topic == 't{no}' AND language != null","targets":[{target}]}}"#),
            format!(r#"{{"expression":"topic == 't{no}'","targets":[{{"queue":"{}"}}]}}"#, queue.id),
        ]
    });
    format!(r#"{{"task_routing":{{"filters":[{}]}}}}"#, filters.collect::<Vec<_>>().join(","))
}

fn worker(no: usize, skills: usize, activity_id: ActivityId, capacity: i64, now: Timestamp, ids: &mut Ids, dice: &mut Dice) -> Worker {
    let third = skills / 3;
    let skills: Vec<String> = (0..3).map(|part| format!("\"s{}\"", dice.below(third) + part * third)).collect();
    let languages = (no % LANGUAGES, (no + 1) % LANGUAGES);
    Worker {
        id: ids.next(),
        name: format!("w{no}"),
        attributes: format!(r#"{{"skills":[{}],"languages":["l{}","l{}"]}}"#, skills.join(","), languages.0, languages.1),
        activity_id,
        activity_since: now,
        channels: [("chat".to_owned(), WorkerChannel { capacity, available: true })].into(),
        user_id: None,
        connected: false,
        idle_since: now,
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: Timestamp::default(),
        version: 1,
    }
}

/// Chance that is the same in each run.
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
