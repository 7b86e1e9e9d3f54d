//! The supervisor's board: what waits, who works, what ran out of time today.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use expression::Expression;
use model::{Activity, ActivityId, Task, TaskQueue, TaskStatus, Timestamp, Worker};
use serde::Serialize;
use utoipa::ToSchema;

use super::worker::belongs;
use super::{ActivityView, ContactSummary, Lens, TaskView, WorkerChannelView, by, time};

/// Why the router ends tasks that waited too long.
const TIMED_OUT: &[&str] = &["Task TTL Exceeded", "workflow timeout"];
const MOST_TASKS: i64 = 5_000;
/// Rows of each list.
const SHOWN: usize = 200;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardQueue {
    pub id: String,
    pub name: String,
    pub waiting: i64,
    pub longest_wait_s: i64,
    pub offered: i64,
    pub active: i64,
    pub wrapping: i64,
    pub available_workers: i64,
    pub done_today: i64,
    pub timed_out_today: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardWorker {
    pub id: String,
    pub name: String,
    pub activity: ActivityView,
    pub activity_since: String,
    pub connected: bool,
    pub open: i64,
    pub capacity: i64,
    pub conversations: Vec<String>,
    pub channels: Vec<WorkerChannelView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardTask {
    #[serde(flatten)]
    pub task: TaskView,
    pub contact: Option<ContactSummary>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Board {
    pub at: String,
    pub queues: Vec<BoardQueue>,
    pub workers: Vec<BoardWorker>,
    pub waiting: Vec<BoardTask>,
    pub timed_out: Vec<BoardTask>,
    pub active: Vec<BoardTask>,
}

fn timed_out(task: &Task) -> bool {
    task.status == TaskStatus::Canceled && task.reason.as_deref().is_some_and(|reason| TIMED_OUT.contains(&reason))
}

impl Lens {
    /// The board now; days begin at midnight of the workspace's time zone. `queues` limits what is seen to these.
    pub async fn board(&self, tx: &mut Tx<'_>, now: Timestamp, only: Option<&[model::TaskQueueId]>) -> Result<Board> {
        let zone = store::workspace::by_number(tx, self.ws).await?.map(|workspace| workspace.settings.time_zone).unwrap_or_default();
        let today = super::day_began(now, &zone);
        let seen = |id: Option<model::TaskQueueId>| only.is_none_or(|only| id.is_some_and(|id| only.contains(&id)));
        let mut tasks = store::routing::tasks_since(tx, self.ws, today, MOST_TASKS).await?;
        tasks.retain(|task| seen(task.queue_id));
        let mut queues = store::routing::queues(tx, self.ws).await?;
        queues.retain(|queue| seen(Some(queue.id)));
        let workers = store::routing::workers(tx, self.ws).await?;
        let activities = by(store::routing::activities(tx, self.ws).await?, |a| a.id);
        let open = self.workers(tx, &workers).await?;
        let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (worker, conversation) in store::board::held_conversations(tx, self.ws).await? {
            held.entry(worker.to_string()).or_default().push(conversation.to_string());
        }
        let rows = open.into_iter().map(|worker| BoardWorker {
            open: worker.channels.iter().map(|channel| channel.open).sum(),
            capacity: worker.channels.iter().filter(|channel| channel.available).map(|channel| channel.capacity).sum(),
            conversations: held.remove(&worker.id).unwrap_or_default(),
            id: worker.id,
            name: worker.name,
            activity: worker.activity,
            activity_since: worker.activity_since,
            connected: worker.connected,
            channels: worker.channels,
        });
        let waits = |task: &Task| matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved);
        let works = |task: &Task| matches!(task.status, TaskStatus::Assigned | TaskStatus::Wrapping);
        let mut waiting: Vec<Task> = tasks.iter().filter(|task| waits(task)).cloned().collect();
        waiting.sort_by_key(|task| (-task.priority, task.virtual_start_time));
        let active: Vec<Task> = tasks.iter().filter(|task| works(task)).cloned().collect();
        let over: Vec<Task> = tasks.iter().rev().filter(|task| timed_out(task)).cloned().collect();
        Ok(Board {
            at: time(now),
            queues: queues.iter().map(|queue| count(queue, &tasks, &workers, &activities, now)).collect(),
            workers: rows.collect(),
            waiting: self.board_tasks(tx, waiting).await?,
            timed_out: self.board_tasks(tx, over).await?,
            active: self.board_tasks(tx, active).await?,
        })
    }

    async fn board_tasks(&self, tx: &mut Tx<'_>, mut tasks: Vec<Task>) -> Result<Vec<BoardTask>> {
        tasks.truncate(SHOWN);
        let ids: Vec<_> = tasks.iter().filter_map(|task| task.conversation_id).collect();
        let conversations = by(store::conversation::by_ids(tx, self.ws, &ids).await?, |c| c.id);
        let contacts: Vec<_> = conversations.values().map(|c| c.contact_id).collect();
        let people = self.people(tx, &contacts).await?;
        let views = self.tasks(tx, &tasks).await?;
        let rows = tasks.iter().zip(views).map(|(row, task)| {
            let conversation = row.conversation_id.and_then(|id| conversations.get(&id));
            BoardTask { task, contact: conversation.map(|c| people.summary(c.contact_id, None)) }
        });
        Ok(rows.collect())
    }
}

fn count(queue: &TaskQueue, tasks: &[Task], workers: &[Worker], activities: &BTreeMap<ActivityId, Activity>, now: Timestamp) -> BoardQueue {
    let mine: Vec<&Task> = tasks.iter().filter(|task| task.queue_id == Some(queue.id)).collect();
    let in_state = |status: TaskStatus| mine.iter().filter(|task| task.status == status).count() as i64;
    let since = mine
        .iter()
        .filter(|task| matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved))
        .map(|task| task.virtual_start_time)
        .min();
    let wanted = Expression::parse(&queue.target_workers).ok();
    let there = |worker: &&Worker| {
        let available = activities.get(&worker.activity_id).is_some_and(|activity| activity.available);
        available && (worker.connected || worker.user_id.is_none())
    };
    let fits = |worker: &&Worker| wanted.as_ref().is_some_and(|wanted| belongs(wanted, worker, activities));
    BoardQueue {
        id: queue.id.to_string(),
        name: queue.name.clone(),
        waiting: in_state(TaskStatus::Pending),
        longest_wait_s: since.map_or(0, |since| (now.since(since) / 1_000_000).max(0)),
        offered: in_state(TaskStatus::Reserved),
        active: in_state(TaskStatus::Assigned),
        wrapping: in_state(TaskStatus::Wrapping),
        available_workers: workers.iter().filter(there).filter(fits).count() as i64,
        done_today: in_state(TaskStatus::Completed),
        timed_out_today: mine.iter().filter(|task| timed_out(task)).count() as i64,
    }
}
