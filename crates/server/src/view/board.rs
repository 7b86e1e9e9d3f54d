//! The supervisor's board: how things stand in routing, counted whole and told in pages.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::Tx;
use model::{Activity, ActivityId, ConversationId, Reservation, Settings, Task, TaskQueue, TaskQueueId, Timestamp, Worker};
use router::{QueueCounts, Router};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::worker::activity;
use super::{ActivityView, ContactSummary, Lens, TaskView, by, time};
use crate::tally::{Day, Tally};

/// Rows of each list when nobody says how many, and at most.
const ROWS: usize = 25;
const MOST_ROWS: usize = 100;
/// Queues named where nobody could take what waits, and tasks that timed out.
const NAMED: usize = 20;
/// Tasks named with each agent.
const HELD: usize = 10;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueSort {
    /// Where somebody waits longest.
    #[default]
    LongestWait,
    /// Where most wait.
    Waiting,
    /// The lowest share first; queues without any accepted today last.
    ServiceLevel,
    Name,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentSort {
    #[default]
    Name,
    /// Longest in their activity.
    Since,
    /// With most open tasks.
    Load,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Offers reach them.
    Available,
    /// At a desk, or without a sign-in, but not available.
    Away,
    /// With a sign-in and no desk.
    Offline,
}

/// Which rows of each list. Pages are counted from 0.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct BoardAsked {
    /// Part of a queue's name.
    pub queue: Option<String>,
    /// longest_wait (usual), waiting, service_level or name.
    #[param(value_type = Option<String>)]
    pub queue_sort: Option<QueueSort>,
    pub queue_page: usize,
    /// Part of an agent's name.
    pub agent: Option<String>,
    /// available, away or offline.
    #[param(value_type = Option<String>)]
    pub agent_state: Option<AgentState>,
    /// name (usual), since or load.
    #[param(value_type = Option<String>)]
    pub agent_sort: Option<AgentSort>,
    pub agent_page: usize,
    pub waiting_page: usize,
    pub active_page: usize,
    /// Rows of each list, 1 to 100; 25 by default.
    pub rows: Option<usize>,
}

impl BoardAsked {
    fn rows(&self) -> usize {
        self.rows.unwrap_or(ROWS).clamp(1, MOST_ROWS)
    }

    fn before(&self, page: usize) -> usize {
        page.saturating_mul(self.rows())
    }

    /// A page of a list in this order, without the work of bringing the rest of it into order: the router waits meanwhile.
    fn cut<T>(&self, mut list: Vec<T>, page: usize, mut order: impl FnMut(&T, &T) -> Ordering) -> Vec<T> {
        let before = self.before(page);
        if before >= list.len() {
            return Vec::new();
        }
        if before > 0 {
            list.select_nth_unstable_by(before, &mut order);
        }
        let mut rest = list.split_off(before);
        if rest.len() > self.rows() {
            rest.select_nth_unstable_by(self.rows(), &mut order);
            rest.truncate(self.rows());
        }
        rest.sort_unstable_by(order);
        rest
    }
}

/// How many tasks accepted today were accepted in time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceLevel {
    pub accepted: i64,
    pub in_time: i64,
    /// In percent, rounded down; null while none was accepted.
    pub percent: Option<i64>,
}

impl From<&Day> for ServiceLevel {
    fn from(day: &Day) -> Self {
        let percent = (day.accepted > 0).then(|| day.in_time * 100 / day.accepted);
        Self { accepted: day.accepted, in_time: day.in_time, percent }
    }
}

/// Of everything the caller may see, whatever the lists show.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardTotals {
    pub queues: i64,
    /// Without those offered to somebody just now.
    pub waiting: i64,
    pub offered: i64,
    pub active: i64,
    pub wrapping: i64,
    pub longest_wait_s: i64,
    /// Where somebody waits that long.
    pub longest_queue: Option<String>,
    pub done_today: i64,
    pub timed_out_today: i64,
    pub service_level: ServiceLevel,
    pub agents: i64,
    pub available: i64,
    pub away: i64,
    pub offline: i64,
    /// Queues where somebody waits and nobody could take it.
    pub stuck: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardQueue {
    pub id: String,
    pub name: String,
    /// By its business hours: nothing is offered.
    pub closed: bool,
    pub waiting: i64,
    pub longest_wait_s: i64,
    pub offered: i64,
    pub active: i64,
    pub wrapping: i64,
    pub available_workers: i64,
    pub done_today: i64,
    pub timed_out_today: i64,
    pub service_level: ServiceLevel,
}

/// What an agent has: offered, in progress or being wrapped up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeldTask {
    pub task_id: String,
    pub conversation_id: Option<String>,
    pub channel: String,
    /// pending, accepted or wrapping.
    pub status: String,
    /// When it was offered, or accepted.
    pub since: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardWorker {
    pub id: String,
    pub name: String,
    pub activity: ActivityView,
    pub activity_since: String,
    /// available, away or offline.
    #[schema(value_type = String)]
    pub state: AgentState,
    pub open: i64,
    pub capacity: i64,
    /// The oldest first, at most 10.
    pub tasks: Vec<HeldTask>,
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
    /// The workspace's aim: this share, in percent, within these seconds.
    pub service_level_percent: i64,
    pub service_level_s: i64,
    pub totals: BoardTotals,
    /// How many the filter finds; the list is a page of them, and so with the others.
    pub queues_found: i64,
    pub queues: Vec<BoardQueue>,
    pub workers_found: i64,
    pub workers: Vec<BoardWorker>,
    /// The first in line first.
    pub waiting: Vec<BoardTask>,
    /// The longest in progress first.
    pub active: Vec<BoardTask>,
    /// Newest first, at most 20.
    pub timed_out: Vec<BoardTask>,
    /// Queues where somebody waits and nobody could take it, the longest wait first, at most 20.
    pub stuck: Vec<BoardQueue>,
}

/// What one look at the router takes along: whole counts, and the rows of the pages.
#[derive(Debug, Clone)]
pub struct Floor {
    totals: BoardTotals,
    queues: Vec<BoardQueue>,
    queues_found: i64,
    workers: Vec<Agent>,
    workers_found: i64,
    waiting: Vec<Task>,
    active: Vec<Task>,
    stuck: Vec<BoardQueue>,
}

#[derive(Debug, Clone)]
struct Agent {
    row: Worker,
    state: AgentState,
    open: i64,
    /// Those whose queue the caller may see, with the conversations they are about.
    held: Vec<(Reservation, Option<ConversationId>)>,
}

impl Floor {
    /// `only` limits queues and tasks to these.
    pub fn of(router: &Router, asked: &BoardAsked, only: Option<&[TaskQueueId]>, tally: &Tally, now: Timestamp) -> Self {
        let only: Option<BTreeSet<TaskQueueId>> = only.map(|only| only.iter().copied().collect());
        let seen = |id: Option<TaskQueueId>| only.as_ref().is_none_or(|only| id.is_some_and(|id| only.contains(&id)));
        let counts = router.queue_counts();
        let none = QueueCounts::default();
        let mut day = Day::default();
        tally.queues.iter().filter(|(id, _)| seen(**id)).for_each(|(_, one)| day.add(one));
        let mut all: Vec<(&TaskQueue, &QueueCounts)> =
            router.queues().filter(|queue| seen(Some(queue.id))).map(|queue| (queue, counts.get(&queue.id).unwrap_or(&none))).collect();
        let mut totals = totals(&all, &day, now);
        let row = |(queue, counts): &(&TaskQueue, &QueueCounts)| queue_row(queue, counts, tally.queues.get(&Some(queue.id)), now);
        let mut stuck: Vec<_> =
            all.iter().filter(|(_, counts)| counts.pending > 0 && counts.available == 0 && !counts.closed).copied().collect();
        totals.stuck = stuck.len() as i64;
        stuck.sort_by_key(|(_, counts)| counts.waiting_since);
        stuck.truncate(NAMED);
        let stuck = stuck.iter().map(row).collect();
        all.retain(|(queue, _)| named(&queue.name, asked.queue.as_deref()));
        let queues_found = all.len() as i64;
        let by = asked.queue_sort.unwrap_or_default();
        let queues = asked.cut(all, asked.queue_page, |a, b| queue_order(*a, *b, by, tally)).iter().map(row).collect();

        let activities: BTreeSet<ActivityId> = router.activities().filter(|one| one.available).map(|one| one.id).collect();
        let available = |worker: &Worker| activities.contains(&worker.activity_id);
        let mut workers = Vec::new();
        for worker in router.workers() {
            let state = match (available(worker), worker.user_id.is_none() || worker.connected) {
                (_, false) => AgentState::Offline,
                (true, true) => AgentState::Available,
                (false, true) => AgentState::Away,
            };
            totals.agents += 1;
            *match state {
                AgentState::Available => &mut totals.available,
                AgentState::Away => &mut totals.away,
                AgentState::Offline => &mut totals.offline,
            } += 1;
            if asked.agent_state.is_none_or(|wanted| wanted == state) && named(&worker.name, asked.agent.as_deref()) {
                workers.push((worker, state));
            }
        }
        let workers_found = workers.len() as i64;
        let by = asked.agent_sort.unwrap_or_default();
        let workers =
            asked.cut(workers, asked.agent_page, |(a, _), (b, _)| worker_order(a, b, by, router)).into_iter().map(|(worker, state)| {
                let open = router.load_of(worker.id) as i64;
                let held = router.held_by(worker.id).filter(|one| seen(router.task(one.task_id).and_then(|task| task.queue_id)));
                let conversation = |one: &Reservation| router.task(one.task_id).and_then(|task| task.conversation_id);
                Agent { row: worker.clone(), state, open, held: held.take(HELD).map(|one| (one.clone(), conversation(one))).collect() }
            });

        let waiting = router.waiting(seen, asked.before(asked.waiting_page), asked.rows());
        let active = router.active(seen).skip(asked.before(asked.active_page)).take(asked.rows());
        Self {
            totals,
            queues,
            queues_found,
            workers: workers.collect(),
            workers_found,
            waiting: waiting.into_iter().cloned().collect(),
            active: active.cloned().collect(),
            stuck,
        }
    }
}

fn named(name: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| name.to_lowercase().contains(&part.trim().to_lowercase()))
}

fn waited_s(since: Option<Timestamp>, now: Timestamp) -> i64 {
    since.map_or(0, |since| (now.since(since) / 1_000_000).max(0))
}

fn totals(all: &[(&TaskQueue, &QueueCounts)], day: &Day, now: Timestamp) -> BoardTotals {
    let sum = |pick: fn(&QueueCounts) -> i64| all.iter().map(|(_, counts)| pick(counts)).sum();
    let longest = all.iter().filter_map(|(queue, counts)| Some((counts.waiting_since?, queue))).min_by_key(|(since, _)| *since);
    BoardTotals {
        queues: all.len() as i64,
        waiting: sum(|counts| counts.pending),
        offered: sum(|counts| counts.reserved),
        active: sum(|counts| counts.assigned),
        wrapping: sum(|counts| counts.wrapping),
        longest_wait_s: waited_s(longest.map(|(since, _)| since), now),
        longest_queue: longest.map(|(_, queue)| queue.name.clone()),
        done_today: day.completed,
        timed_out_today: day.timed_out,
        service_level: ServiceLevel::from(day),
        agents: 0,
        available: 0,
        away: 0,
        offline: 0,
        stuck: 0,
    }
}

fn queue_row(queue: &TaskQueue, counts: &QueueCounts, day: Option<&Day>, now: Timestamp) -> BoardQueue {
    let day = day.copied().unwrap_or_default();
    BoardQueue {
        id: queue.id.to_string(),
        name: queue.name.clone(),
        closed: counts.closed,
        waiting: counts.pending,
        longest_wait_s: waited_s(counts.waiting_since, now),
        offered: counts.reserved,
        active: counts.assigned,
        wrapping: counts.wrapping,
        available_workers: counts.available,
        done_today: day.completed,
        timed_out_today: day.timed_out,
        service_level: ServiceLevel::from(&day),
    }
}

/// By name, whatever the case; the same names by their ids.
fn name_order(a: (&str, Uuid), b: (&str, Uuid)) -> Ordering {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars().flat_map(char::to_lowercase)
    }
    letters(a.0).cmp(letters(b.0)).then(a.1.cmp(&b.1))
}

/// What is equal stands in the order of names.
fn queue_order(a: (&TaskQueue, &QueueCounts), b: (&TaskQueue, &QueueCounts), by: QueueSort, tally: &Tally) -> Ordering {
    let wait = |counts: &QueueCounts| counts.waiting_since.unwrap_or(Timestamp::from_micros(i64::MAX));
    let share = |queue: &TaskQueue| {
        let day = tally.queues.get(&Some(queue.id)).copied().unwrap_or_default();
        if day.accepted > 0 { day.in_time * 10_000 / day.accepted } else { i64::MAX }
    };
    let order = match by {
        QueueSort::Name => Ordering::Equal,
        QueueSort::LongestWait => wait(a.1).cmp(&wait(b.1)),
        QueueSort::Waiting => b.1.pending.cmp(&a.1.pending),
        QueueSort::ServiceLevel => share(a.0).cmp(&share(b.0)),
    };
    order.then_with(|| name_order((&a.0.name, a.0.id.0), (&b.0.name, b.0.id.0)))
}

fn worker_order(a: &Worker, b: &Worker, by: AgentSort, router: &Router) -> Ordering {
    let order = match by {
        AgentSort::Name => Ordering::Equal,
        AgentSort::Since => a.activity_since.cmp(&b.activity_since),
        AgentSort::Load => router.load_of(b.id).cmp(&router.load_of(a.id)),
    };
    order.then_with(|| name_order((&a.name, a.id.0), (&b.name, b.id.0)))
}

impl Lens {
    /// The floor with names and faces, and what timed out today.
    pub async fn board(&self, tx: &mut Tx<'_>, floor: Floor, settings: &Settings, over: Vec<Task>, now: Timestamp) -> Result<Board> {
        let activities = by(store::routing::activities(tx, self.ws).await?, |a| a.id);
        let workers = floor.workers.into_iter().map(|agent| self.board_worker(agent, &activities));
        Ok(Board {
            at: time(now),
            service_level_percent: settings.service_level_percent,
            service_level_s: settings.service_level_s,
            totals: floor.totals,
            queues_found: floor.queues_found,
            queues: floor.queues,
            workers_found: floor.workers_found,
            workers: workers.collect(),
            waiting: self.board_tasks(tx, floor.waiting).await?,
            active: self.board_tasks(tx, floor.active).await?,
            timed_out: self.board_tasks(tx, over.into_iter().rev().take(NAMED).collect()).await?,
            stuck: floor.stuck,
        })
    }

    fn board_worker(&self, agent: Agent, activities: &BTreeMap<ActivityId, Activity>) -> BoardWorker {
        let worker = agent.row;
        let channels = self.task_channels(&worker);
        let taken = channels.iter().map(|name| worker.channel(name)).filter(|channel| channel.available);
        let tasks = agent.held.into_iter().map(|(one, conversation)| HeldTask {
            task_id: one.task_id.to_string(),
            conversation_id: conversation.map(|id| id.to_string()),
            channel: one.channel,
            status: one.status.code().into(),
            since: time(one.accepted_at.unwrap_or(one.created_at)),
        });
        BoardWorker {
            id: worker.id.to_string(),
            capacity: taken.map(|channel| channel.capacity).sum(),
            activity: activity(activities, worker.activity_id),
            activity_since: time(worker.activity_since),
            state: agent.state,
            open: agent.open,
            tasks: tasks.collect(),
            name: worker.name,
        }
    }

    async fn board_tasks(&self, tx: &mut Tx<'_>, tasks: Vec<Task>) -> Result<Vec<BoardTask>> {
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
