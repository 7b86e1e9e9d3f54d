//! Where tasks wait. Tasks that are alike to every worker share a line, and the lines of a pool stand in the order of their first tasks:
//! a worker's event asks them from the front until one has a task for them, not every task, nor every line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expression::{Json, Lookup};
use model::{Reading, TaskId, TaskOrder, TaskQueueId, Timestamp, WorkerId, WorkflowId};

use crate::channels::ChannelNo;
use crate::plan::Target;
use crate::router::Router;
use crate::state::TaskState;

/// Whose task it may become: a queue's members, or one worker asked for directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pool {
    Queue(TaskQueueId),
    Worker(WorkerId),
}

/// What tasks of one line have in common, beside pool and channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    ignore_capacity: bool,
    /// Workflow, filter and target, unless routed directly.
    step: Option<(WorkflowId, Option<i64>, i64)>,
    /// The task's attributes that the target's rules name, as JSON.
    facts: String,
}

/// Who goes first: higher priority, then the kind of queue that goes first, then age by the queue's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// In a queue of the kind that does not go first, where that counts before priority.
    last: bool,
    priority: Reverse<i32>,
    /// In a queue of the kind that does not go first.
    behind: bool,
    at: i64,
}

/// A task's place among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    rank: Rank,
    pub task: TaskId,
}

/// Where a task stands, to be found again. Each task that waits has one, so it holds no more than that takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    line: u32,
    rank: Rank,
}

impl Spot {
    /// The place of the task whose spot it is.
    pub fn place(&self, task: TaskId) -> Place {
        Place { rank: self.rank, task }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    pools: BTreeMap<(Pool, ChannelNo), Waiting>,
    /// Where each line is.
    homes: BTreeMap<u32, (Pool, ChannelNo)>,
    made: u32,
}

/// The lines of one pool on one channel; none is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    by_key: BTreeMap<Arc<LineKey>, u32>,
    lines: BTreeMap<u32, Line>,
    fronts: BTreeSet<(Place, u32)>,
    /// How many lines ignore capacity.
    ignoring: usize,
    tasks: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    key: Arc<LineKey>,
    places: BTreeSet<Place>,
}

impl Line {
    pub fn ignores_capacity(&self) -> bool {
        self.key.ignore_capacity
    }
    /// Workflow, filter and target of its tasks, unless they are routed directly.
    pub fn step(&self) -> Option<(WorkflowId, Option<i64>, i64)> {
        self.key.step
    }
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    /// Since when whoever waits longest in it waits: who is first of their priority, where the newest goes first who is last.
    pub fn waiting_since(&self, newest_first: bool) -> Option<Timestamp> {
        let mut next = self.places.first();
        let of_priorities = std::iter::from_fn(move || {
            let first = next?;
            let end = Place { rank: Rank { at: i64::MAX, ..first.rank }, ..*first };
            next = self.places.range(end..).next();
            Some(if newest_first { self.places.range(..end).next_back()?.rank.at.saturating_neg() } else { first.rank.at })
        });
        of_priorities.min().map(Timestamp::from_micros)
    }
}

impl Waiting {
    /// The lines by their first place.
    pub fn in_order(&self) -> impl Iterator<Item = (Place, &Line)> {
        self.fronts.iter().filter_map(|(place, no)| Some((*place, self.lines.get(no)?)))
    }
    pub fn any_ignores_capacity(&self) -> bool {
        self.ignoring > 0
    }

    /// The line of that key; a new one is still to be filled.
    fn line(&mut self, key: LineKey, made: &mut u32) -> u32 {
        if let Some(no) = self.by_key.get(&key) {
            return *no;
        }
        *made += 1;
        let key = Arc::new(key);
        self.ignoring += usize::from(key.ignore_capacity);
        self.by_key.insert(key.clone(), *made);
        self.lines.insert(*made, Line { key, places: BTreeSet::new() });
        *made
    }

    /// True when the line has ended with it.
    fn remove(&mut self, no: u32, place: &Place) -> bool {
        self.tasks -= 1;
        self.change(no, |line| {
            line.places.remove(place);
        });
        if let Some(line) = self.lines.get(&no)
            && line.places.is_empty()
        {
            self.ignoring -= usize::from(line.key.ignore_capacity);
            self.by_key.remove(&line.key);
            self.lines.remove(&no);
            return true;
        }
        false
    }

    /// Changes a line, and its front with it.
    fn change(&mut self, no: u32, change: impl FnOnce(&mut Line)) {
        let Some(line) = self.lines.get_mut(&no) else { return };
        let before = line.places.first().copied();
        change(line);
        let after = line.places.first().copied();
        if before != after {
            before.map(|place| self.fronts.remove(&(place, no)));
            after.map(|place| self.fronts.insert((place, no)));
        }
    }
}

impl Lines {
    pub fn insert(&mut self, pool: Pool, channel: ChannelNo, key: LineKey, place: Place) -> Spot {
        let waiting = self.pools.entry((pool, channel)).or_default();
        let line = waiting.line(key, &mut self.made);
        waiting.tasks += 1;
        waiting.change(line, |line| {
            line.places.insert(place);
        });
        self.homes.insert(line, (pool, channel));
        Spot { line, rank: place.rank }
    }

    pub fn remove(&mut self, spot: &Spot, task: TaskId) {
        let Some(home) = self.home(spot) else { return };
        let Some(waiting) = self.pools.get_mut(&home) else { return };
        if waiting.remove(spot.line, &spot.place(task)) {
            self.homes.remove(&spot.line);
        }
        if waiting.lines.is_empty() {
            self.pools.remove(&home);
        }
    }

    /// The pool and the channel of a task that stands there.
    pub fn home(&self, spot: &Spot) -> Option<(Pool, ChannelNo)> {
        self.homes.get(&spot.line).copied()
    }

    /// What waits in a pool, by channel.
    pub fn of(&self, pool: Pool) -> impl Iterator<Item = (ChannelNo, &Waiting)> {
        self.pools.range((pool, ChannelNo::FIRST)..=(pool, ChannelNo::LAST)).map(|((_, channel), waiting)| (*channel, waiting))
    }

    /// How many wait in a pool on one channel.
    pub fn count(&self, pool: Pool, channel: ChannelNo) -> usize {
        self.pools.get(&(pool, channel)).map_or(0, |waiting| waiting.tasks)
    }

    /// How many wait in a pool on one channel before a place, counted up to `most`.
    pub fn before(&self, home: (Pool, ChannelNo), place: Place, most: i64) -> i64 {
        let Some(waiting) = self.pools.get(&home) else { return 0 };
        let fronts = waiting.fronts.iter().take_while(|(front, _)| *front < place);
        let lines = fronts.filter_map(|(_, no)| waiting.lines.get(no));
        lines.flat_map(|line| line.places.range(..place)).take(most.max(0) as usize).count() as i64
    }

    /// Every line there is.
    pub fn all(&self) -> impl Iterator<Item = (Pool, &Line)> {
        self.pools.iter().flat_map(|((pool, _), waiting)| waiting.lines.values().map(|line| (*pool, line)))
    }

    pub fn lines_of(&self, pool: Pool) -> impl Iterator<Item = &Line> {
        self.of(pool).flat_map(|(_, waiting)| waiting.lines.values())
    }

    pub fn waiting(&self, pool: Pool) -> impl Iterator<Item = TaskId> {
        self.lines_of(pool).flat_map(|line| line.places.iter().map(|place| place.task))
    }
}

/// Lines that very many come into before anybody looks: each is put in order once.
#[derive(Debug, Default)]
pub(crate) struct Filling {
    pools: BTreeMap<(Pool, ChannelNo), Waiting>,
    made: u32,
    /// By the numbers of their lines, which begin with 1.
    places: Vec<Vec<Place>>,
}

impl Filling {
    /// As [`Lines::insert`].
    pub fn insert(&mut self, pool: Pool, channel: ChannelNo, key: LineKey, place: Place) -> Spot {
        let line = self.pools.entry((pool, channel)).or_default().line(key, &mut self.made);
        self.places.resize_with(self.made as usize + 1, Vec::new);
        if let Some(places) = self.places.get_mut(line as usize) {
            places.push(place);
        }
        Spot { line, rank: place.rank }
    }

    pub fn filled(mut self) -> Lines {
        let mut homes = BTreeMap::new();
        for (home, waiting) in &mut self.pools {
            for (no, line) in &mut waiting.lines {
                let places = self.places.get_mut(*no as usize).map(std::mem::take).unwrap_or_default();
                waiting.tasks += places.len();
                line.places = places.into_iter().collect();
                waiting.fronts.extend(line.places.first().map(|place| (*place, *no)));
                homes.insert(*no, *home);
            }
        }
        Lines { pools: self.pools, homes, made: self.made }
    }
}

impl Router {
    /// The pool and the channel a task stands in.
    pub(crate) fn home(&self, task: &TaskState) -> Option<(Pool, ChannelNo)> {
        self.lines.home(task.spot.as_ref()?)
    }

    /// Where the task belongs while somebody may still be reserved for it.
    pub(crate) fn line_of(&self, task: &TaskState) -> Option<(Pool, LineKey)> {
        if !task.waits() || task.offers.len() as i64 >= self.max_offers(task) {
            return None;
        }
        let row = &task.row;
        let (pool, step, facts) = if let Some(worker) = row.routing_worker {
            (Pool::Worker(worker), None, String::new())
        } else if let Some(queue) = row.routing_queue {
            (Pool::Queue(queue), None, String::new())
        } else {
            let target = self.target(task)?;
            (Pool::Queue(target.queue), Some((row.workflow_id?, row.filter, row.target)), facts(task, target))
        };
        Some((pool, LineKey { ignore_capacity: row.ignore_capacity, step, facts }))
    }

    pub(crate) fn place(&self, task: &TaskState) -> Place {
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        let lifo = queue.is_some_and(|queue| queue.row.task_order == TaskOrder::Lifo);
        let at = task.row.virtual_start_time.micros();
        let behind = lifo != (self.settings.prioritize_queue_order == TaskOrder::Lifo);
        let last = behind && self.settings.reads(Reading::QueueOrderFirst);
        let at = if lifo { at.saturating_neg() } else { at };
        let priority = i32::try_from(task.row.priority).unwrap_or(i32::MAX);
        Place { rank: Rank { last, priority: Reverse(priority), behind, at }, task: task.row.id }
    }

    /// How many offers may stand at once.
    fn max_offers(&self, task: &TaskState) -> i64 {
        if task.row.routing_worker.is_some() {
            return 1;
        }
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        queue.map_or(1, |queue| queue.row.max_reserved_workers.max(1))
    }
}

fn facts(task: &TaskState, target: &Target) -> String {
    if target.task_paths.is_empty() {
        return String::new();
    }
    let attributes = task.glance();
    let attributes = Json(&attributes);
    let values = target.task_paths.iter().map(|path| attributes.get(&path.segments()[1..]).to_string());
    values.collect::<Vec<_>>().join("\n")
}
