//! (g) What a decision of the router costs, and whether it costs the same among many as among few.
//!
//! One workspace: 200 queues by skill, 30 skills, three to a worker, a filter for each queue, arrivals by Zipf's law, one task in twenty
//! with a rule over task and worker. Everybody is busy and a long line waits; then each round a task arrives, an offer is accepted and
//! a task is completed, and in every tenth somebody changes their activity. No row is written: the figure is the pure room's own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use model::{
    Activity, ActivityId, Ids, ReservationId, ReservationStatus, RouterCommand, RouterEffects, Settings, TaskId, TaskOrder, TaskQueue,
    TaskRequest, Timestamp, Worker, WorkerChannel, WorkerId, Workflow, WorkflowId,
};
use router::{Router, Snapshot};

use crate::{cpu, memory};

/// Workers, and tasks that wait.
const SIZES: [(usize, usize); 3] = [(150, 5_000), (1_500, 50_000), (15_000, 500_000)];
const QUEUES: usize = 200;
const SKILLS: usize = 30;
const LANGUAGES: usize = 5;
const ROUNDS: usize = 50_000;
const PAUSE: Duration = Duration::from_millis(5);

/// Prints a line for each size, and the ratio of the largest to the smallest.
pub fn measure() -> Result<()> {
    let mut costs = Vec::new();
    for (workers, waiting) in SIZES {
        costs.push(one(workers, waiting)?);
    }
    let ratio = costs[costs.len() - 1] / costs[0];
    println!("(g) a lifecycle among the most costs {ratio:.2} times one among the fewest (aim: at most 2)");
    Ok(())
}

/// Processor time of a lifecycle, in microseconds.
fn one(workers: usize, waiting: usize) -> Result<f64> {
    let before = memory::of(std::process::id())?.resident_kib;
    let mut town = Town::build(workers);
    let (started, spent) = (Instant::now(), cpu::used(None));
    for _ in 0..waiting + workers {
        town.arrive()?;
    }
    let filled = cpu::used(None) - spent;
    let held = memory::of(std::process::id())?.resident_kib.saturating_sub(before);
    let each = cpu::each(filled, waiting + workers);
    println!("(g) {workers} workers, {waiting} waiting: {each:.1} µs of processor for each arrival, {} KiB in all", held);
    println!(
        "    {:.2} KiB for each task with its attributes; filled in {:.1} s",
        held as f64 / waiting as f64,
        started.elapsed().as_secs_f64()
    );
    town.pauses = Pauses::default();
    let spent = cpu::used(None);
    for round in 0..ROUNDS {
        town.round(round)?;
    }
    let each = cpu::each(cpu::used(None) - spent, ROUNDS);
    println!(
        "    {each:.1} µs of processor for each lifecycle (arrival, offer, accept, completion, 0.1 changes of activity); worst command {:.1} ms, {} of {} over {} ms",
        town.pauses.worst.as_secs_f64() * 1e3,
        town.pauses.long,
        town.pauses.all,
        PAUSE.as_millis()
    );
    Ok(each)
}

#[derive(Default)]
struct Pauses {
    worst: Duration,
    long: usize,
    all: usize,
}

struct Town {
    router: Router,
    ids: Ids,
    dice: Dice,
    now: Timestamp,
    workflow: WorkflowId,
    workers: Vec<WorkerId>,
    available: ActivityId,
    away: ActivityId,
    /// How often each queue is asked for, summed up.
    demand: Vec<f64>,
    offers: Vec<(ReservationId, TaskId)>,
    held: Vec<TaskId>,
    pauses: Pauses,
}

impl Town {
    fn build(count: usize) -> Self {
        let now = Timestamp::from_secs(1_800_000_000);
        let (mut ids, mut dice) = (Ids::new(now, 7), Dice(0x9E37_79B9_7F4A_7C15));
        let (available, away) = (ids.next(), ids.next());
        let activities = [(available, "Available", true), (away, "Away", false)];
        let activities =
            activities.map(|(id, name, available)| Activity { id, name: name.into(), available, updated_at: Timestamp::default() }).into();
        let queues: Vec<TaskQueue> = (0..QUEUES).map(|no| queue(no, &mut ids)).collect();
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
        let workers: Vec<Worker> = (0..count).map(|no| worker(no, available, now, &mut ids, &mut dice)).collect();
        let demand = (1..=QUEUES).scan(0.0, |sum, no| {
            *sum += 1.0 / no as f64;
            Some(*sum)
        });
        Self {
            demand: demand.collect(),
            workflow: workflow.id,
            workers: workers.iter().map(|worker| worker.id).collect(),
            router: Router::new(Snapshot {
                settings: Settings::default(),
                activities,
                task_channels: vec![],
                business_hours: vec![],
                queues,
                workflows: vec![workflow],
                workers,
                tasks: vec![],
                reservations: vec![],
            }),
            ids,
            dice,
            now,
            available,
            away,
            offers: Vec::new(),
            held: Vec::new(),
            pauses: Pauses::default(),
        }
    }

    fn obey(&mut self, command: &RouterCommand) -> Result<()> {
        let mut effects = RouterEffects::default();
        let started = Instant::now();
        let answer = self.router.handle(command, self.now, &mut self.ids, &mut effects);
        let took = started.elapsed();
        answer.map_err(|refusal| anyhow::anyhow!("{command:?}: {refusal:?}"))?;
        self.pauses.worst = self.pauses.worst.max(took);
        self.pauses.long += usize::from(took > PAUSE);
        self.pauses.all += 1;
        let offers = effects.reservations.values().filter(|row| row.status == ReservationStatus::Pending);
        self.offers.extend(offers.map(|row| (row.id, row.task_id)));
        Ok(())
    }

    fn arrive(&mut self) -> Result<()> {
        self.now = self.now.plus_millis(1);
        let asked = self.dice.below(1_000_000) as f64 / 1e6 * self.demand[QUEUES - 1];
        let topic = self.demand.partition_point(|sum| *sum < asked).min(QUEUES - 1);
        let attributes = match self.dice.below(20) {
            0 => format!(r#"{{"topic":"t{topic}","language":"l{}"}}"#, self.dice.below(LANGUAGES)),
            _ => format!(r#"{{"topic":"t{topic}"}}"#),
        };
        let request = TaskRequest {
            task_id: self.ids.next(),
            conversation_id: None,
            request_key: None,
            request_no: None,
            workflow_id: Some(self.workflow),
            routing_worker: None,
            routing_queue: None,
            routing_workflow: None,
            ignore_capacity: false,
            channel: "chat".into(),
            attributes,
            priority: None,
            timeout_s: Some(router::MAX_TASK_TIMEOUT_S),
            virtual_start_time: None,
        };
        self.obey(&RouterCommand::RequestTask(request))
    }

    fn round(&mut self, no: usize) -> Result<()> {
        self.arrive()?;
        if !self.offers.is_empty() {
            let at = self.dice.below(self.offers.len());
            let (reservation_id, task) = self.offers.swap_remove(at);
            if self.router.reservation(reservation_id).is_some() {
                self.obey(&RouterCommand::Accept { reservation_id })?;
                self.held.push(task);
            }
        }
        if self.held.len() > self.workers.len() / 2 {
            let at = self.dice.below(self.held.len());
            let task_id = self.held.swap_remove(at);
            self.obey(&RouterCommand::Complete { task_id, disposition: None, note: None })?;
        }
        if no.is_multiple_of(10) {
            let worker_id = self.workers[self.dice.below(self.workers.len())];
            let worker = self.router.worker(worker_id).context("a worker is gone")?;
            let activity_id = if worker.activity_id == self.available { self.away } else { self.available };
            self.obey(&RouterCommand::SetActivity { worker_id, activity_id })?;
        }
        Ok(())
    }
}

fn queue(no: usize, ids: &mut Ids) -> TaskQueue {
    TaskQueue {
        id: ids.next(),
        name: format!("q{no}"),
        target_workers: format!("skills HAS \"s{}\"", no % SKILLS),
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

fn worker(no: usize, activity_id: ActivityId, now: Timestamp, ids: &mut Ids, dice: &mut Dice) -> Worker {
    let third = SKILLS / 3;
    let skills: Vec<String> = (0..3).map(|part| format!("\"s{}\"", dice.below(third) + part * third)).collect();
    let languages = (no % LANGUAGES, (no + 1) % LANGUAGES);
    Worker {
        id: ids.next(),
        name: format!("w{no}"),
        attributes: format!(r#"{{"skills":[{}],"languages":["l{}","l{}"]}}"#, skills.join(","), languages.0, languages.1),
        activity_id,
        activity_since: now,
        channels: [("chat".to_owned(), WorkerChannel { capacity: 1, available: true })].into(),
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
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
