//! How quickly a line moves, judged by those who were accepted in it lately. It is a guess and stands in no row: after a restart it is
//! made from the tasks that are still being worked on.

use std::collections::{BTreeMap, VecDeque};

use model::{Task, TaskQueueId, Timestamp};

use crate::channels::ChannelNo;
use crate::router::Router;

/// Accepted tasks that are remembered of a line.
const REMEMBERED: usize = 20;
/// Fewer say nothing.
const LEAST: usize = 3;
/// What is older says nothing of today, in seconds.
const FRESH_S: i64 = 4 * 3_600;

#[derive(Debug, Clone, Copy)]
struct Accepted {
    at: Timestamp,
    /// Microseconds that each place in line took.
    per_place: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    lines: BTreeMap<(TaskQueueId, ChannelNo), VecDeque<Accepted>>,
}

impl Pace {
    /// Notes a task that was just accepted, or was when the rows were written.
    pub fn note(&mut self, task: &Task, channel: ChannelNo) {
        let Some((visit, at)) = task.way.last().zip(task.assigned_at) else { return };
        let Some(queue) = visit.queue_id else { return };
        let line = self.lines.entry((queue, channel)).or_default();
        line.push_back(Accepted { at, per_place: at.since(visit.at).max(0) / (visit.ahead.max(0) + 1) });
        if line.len() > REMEMBERED {
            line.pop_front();
        }
    }

    /// Seconds a task at this position is likely to wait from now.
    pub fn wait_s(&self, queue: TaskQueueId, channel: ChannelNo, position: i64, now: Timestamp) -> Option<i64> {
        let fresh = self.lines.get(&(queue, channel))?.iter().filter(|accepted| now.since(accepted.at) <= FRESH_S * 1_000_000);
        let mut each: Vec<i64> = fresh.map(|accepted| accepted.per_place).collect();
        if each.len() < LEAST {
            return None;
        }
        each.sort_unstable();
        let median = each[each.len() / 2];
        Some(median.saturating_mul(position.max(1)).saturating_add(999_999) / 1_000_000)
    }
}

impl Router {
    /// Notes how long an accepted task waited, unless its queue was closed on the way: a night says nothing of the day.
    pub(crate) fn note_pace(&mut self, task: &Task, channel: ChannelNo) {
        let Some((visit, at)) = task.way.last().zip(task.assigned_at) else { return };
        if visit.queue_id.is_some_and(|queue| self.open_through(queue, visit.at, at)) {
            self.pace.note(task, channel);
        }
    }
}
