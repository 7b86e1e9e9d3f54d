//! A workspace drawn from a seed: queues, some with hours, workers, and two versions of a workflow.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use model::routing::RouterCommand;
use model::{
    Activity, ActivityId, BusinessHours, BusinessHoursId, Closure, Ids, Settings, TaskOrder, TaskQueue, TaskQueueId, Timestamp, Worker,
    WorkerChannel, WorkerId, Workflow, WorkflowId,
};
use serde_json::{Value, json};
use testkit::Chance;

use crate::process::Ground;

/// Where every history begins, in seconds since 1970.
pub const START_S: i64 = 1_800_000_000;
pub const QUEUES: usize = 4;
pub const WORKERS: usize = 5;

pub struct World {
    pub settings: Settings,
    pub activities: Vec<ActivityId>,
    pub hours: Vec<BusinessHoursId>,
    pub queues: Vec<TaskQueueId>,
    pub workers: Vec<WorkerId>,
    /// What the workflow may become.
    pub configurations: Vec<String>,
    /// What makes it, in order.
    pub commands: Vec<RouterCommand>,
}

impl World {
    pub fn draw(dice: &mut Chance) -> Self {
        let mut ids = Ids::new(Timestamp::from_secs(START_S - 1), 7);
        let activities: Vec<ActivityId> = (0..3).map(|_| ids.next()).collect();
        let queues: Vec<TaskQueueId> = (0..QUEUES).map(|_| ids.next()).collect();
        let workers: Vec<WorkerId> = (0..WORKERS).map(|_| ids.next()).collect();
        let hours: Vec<BusinessHoursId> = (0..2).map(|_| ids.next()).collect();
        let workflow: WorkflowId = ids.next();
        let settings = Settings {
            wrap_up_s: 30,
            reoffer_after_s: [0, 15][dice.below(2)],
            grace_s: 12,
            timeout_activity_id: Some(activities[2]),
            event_callback_url: if dice.percent(30) { "https://shop.example/events".into() } else { String::new() },
            ..Settings::default()
        };
        let mut commands = Vec::new();
        for (id, name) in activities.iter().zip(["Available", "Break", "Away"]) {
            let activity = Activity { id: *id, name: name.into(), available: name == "Available", updated_at: Timestamp::default() };
            commands.push(RouterCommand::PutActivity { activity });
        }
        commands.extend(hours.iter().map(|id| RouterCommand::PutBusinessHours { business_hours: hours_of(*id, closures(dice), 1) }));
        commands.extend(queues.iter().enumerate().map(|(no, id)| RouterCommand::PutQueue { queue: queue(*id, no, hours[no % 2], dice) }));
        let configurations: Vec<String> = (0..2).map(|_| configuration(&queues, dice)).collect();
        let workflow = Workflow {
            id: workflow,
            name: "Main".into(),
            configuration: configurations[0].clone(),
            task_reservation_timeout_s: 20,
            assignment_callback_url: if dice.percent(20) { "https://shop.example/offers".into() } else { String::new() },
            fallback_assignment_callback_url: String::new(),
            updated_at: Timestamp::default(),
            version: 1,
        };
        commands.push(RouterCommand::PutWorkflow { workflow, re_evaluate: true });
        for (no, id) in workers.iter().enumerate() {
            let worker = Worker {
                id: *id,
                name: format!("W{no}"),
                attributes: skills(dice),
                activity_id: activities[0],
                activity_since: Timestamp::default(),
                channels: channels(dice),
                user_id: dice.percent(50).then(|| ids.next()),
                connected: false,
                idle_since: Timestamp::from_secs(START_S - no as i64 % 3),
                idle_by_channel: BTreeMap::new(),
                deleted: false,
                updated_at: Timestamp::default(),
                version: 1,
            };
            commands.push(RouterCommand::PutWorker { worker });
        }
        Self { settings, activities, hours, queues, workers, configurations, commands }
    }

    /// A workspace without anything in it yet.
    pub async fn open(&self, ground: &mut Ground) -> Result<i64> {
        let (settings, now) = (self.settings.clone(), Timestamp::from_secs(START_S - 1));
        let mut ids = Ids::new(now, ground.fresh());
        let (account, id) = (ids.next(), ids.next());
        let made = ground.db.write(move |tx| {
            let settings = settings.clone();
            Box::pin(async move {
                store::workspace::insert_account(tx, account, "Test", vec![], now).await?;
                store::workspace::insert(tx, account, id, "Shop", &settings, vec![], now).await
            })
        });
        made.await.context("opening a workspace")
    }
}

/// Closed now and then in the first minutes.
pub fn closures(dice: &mut Chance) -> Vec<Closure> {
    let mut at = START_S;
    let mut closures = Vec::new();
    for _ in 0..dice.below(4) {
        let from = at + dice.between(5, 120);
        at = from + dice.between(5, 90);
        closures.push(Closure { from: Timestamp::from_secs(from), until: Some(Timestamp::from_secs(at)), reason: "lunch".into() });
    }
    closures
}

/// Open day and night but for those closures.
pub fn hours_of(id: BusinessHoursId, closures: Vec<Closure>, version: i64) -> BusinessHours {
    let all_day = json!({ "from": "00:00", "to": "24:00" });
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let weekly = days.map(|day| json!({ "day": day, "from": all_day["from"], "to": all_day["to"] }));
    let weekly = serde_json::from_value(json!(weekly)).expect("a week");
    let (name, time_zone) = (id.to_string(), "UTC".to_owned());
    BusinessHours { id, name, time_zone, weekly, dates: vec![], closures, updated_at: Timestamp::default(), version }
}

fn queue(id: TaskQueueId, no: usize, hours: BusinessHoursId, dice: &mut Chance) -> TaskQueue {
    let target_workers = match dice.below(4) {
        0 | 1 => "1==1".to_owned(),
        2 => format!("languages HAS {}", dice.below(3)),
        _ => format!("level >= {}", dice.below(3)),
    };
    TaskQueue {
        id,
        name: format!("Q{no}"),
        target_workers,
        max_reserved_workers: dice.between(1, 4),
        task_order: if dice.percent(20) { TaskOrder::Lifo } else { TaskOrder::Fifo },
        signature: String::new(),
        business_hours_id: dice.percent(40).then_some(hours),
        updated_at: Timestamp::default(),
        version: 1,
    }
}

fn configuration(queues: &[TaskQueueId], dice: &mut Chance) -> String {
    let filters: Vec<Value> = (0..1 + dice.below(3))
        .map(|_| {
            let kind = dice.percent(70).then(|| format!("kind == {}", dice.below(3)));
            let targets: Vec<Value> = (0..1 + dice.below(3)).map(|_| target(queues, dice)).collect();
            json!({ "expression": kind.unwrap_or_else(|| "1==1".to_owned()), "targets": targets })
        })
        .collect();
    let default = dice.percent(80).then(|| target(queues, dice));
    json!({ "task_routing": { "filters": filters, "default_filter": default } }).to_string()
}

fn target(queues: &[TaskQueueId], dice: &mut Chance) -> Value {
    let skip_if = ["", "", "", "", "workers.available == 0", "1==1"][dice.below(6)];
    json!({
        "queue": queues[dice.below(queues.len())].to_string(),
        "priority": dice.percent(30).then(|| dice.below(4)),
        "timeout": dice.percent(50).then(|| dice.between(1, 40)),
        "expression": dice.percent(40).then_some("worker.level >= task.tier"),
        "skip_if": skip_if,
        "order_by": dice.percent(40).then_some("worker.level DESC"),
        "known_worker_friendly_name": dice.percent(15).then_some("task.friend"),
    })
}

pub fn skills(dice: &mut Chance) -> String {
    let languages: Vec<usize> = (0..dice.below(3)).map(|_| dice.below(3)).collect();
    json!({ "languages": languages, "level": dice.below(4) }).to_string()
}

pub fn channels(dice: &mut Chance) -> BTreeMap<String, WorkerChannel> {
    ["chat", "sms"].map(|name| (name.to_owned(), WorkerChannel { capacity: dice.between(0, 3), available: true })).into()
}
