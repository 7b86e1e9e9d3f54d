//! Who is here, counted as tasks come, move and go, so that whoever looks at the board walks over nothing.
//!
//! Invariant: every open task is counted once, as its row says.

use std::collections::{BTreeMap, BTreeSet};

use model::{Task, TaskId, TaskQueueId, TaskStatus, Timestamp};

/// Open tasks by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub pending: i64,
    pub reserved: i64,
    pub assigned: i64,
    pub wrapping: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Present {
    /// By the queue they stand in; none for what one worker was asked for.
    queues: BTreeMap<Option<TaskQueueId>, Numbers>,
    /// Those that wait and stand in no line: offered to as many as may be, or without a place in their workflow.
    aside: BTreeSet<TaskId>,
    /// Those in progress or being wrapped up, the longest in progress first.
    active: BTreeSet<(Option<Timestamp>, TaskId)>,
}

impl Present {
    pub fn count(&mut self, task: &Task) {
        let numbers = self.queues.entry(task.queue_id).or_default();
        change(numbers, task.status, 1);
        if matches!(task.status, TaskStatus::Assigned | TaskStatus::Wrapping) {
            self.active.insert((task.assigned_at, task.id));
        }
    }

    pub fn discount(&mut self, task: &Task) {
        if let Some(numbers) = self.queues.get_mut(&task.queue_id) {
            change(numbers, task.status, -1);
            if *numbers == Numbers::default() {
                self.queues.remove(&task.queue_id);
            }
        }
        self.active.remove(&(task.assigned_at, task.id));
    }

    pub fn of(&self, queue: TaskQueueId) -> Numbers {
        self.queues.get(&Some(queue)).copied().unwrap_or_default()
    }

    /// Whether a task waits outside of all lines.
    pub fn put_aside(&mut self, task: TaskId, aside: bool) {
        if aside {
            self.aside.insert(task);
        } else {
            self.aside.remove(&task);
        }
    }

    pub fn aside(&self) -> impl Iterator<Item = TaskId> {
        self.aside.iter().copied()
    }

    pub fn active(&self) -> impl Iterator<Item = TaskId> {
        self.active.iter().map(|(_, id)| *id)
    }
}

fn change(numbers: &mut Numbers, status: TaskStatus, by: i64) {
    match status {
        TaskStatus::Pending => numbers.pending += by,
        TaskStatus::Reserved => numbers.reserved += by,
        TaskStatus::Assigned => numbers.assigned += by,
        TaskStatus::Wrapping => numbers.wrapping += by,
        TaskStatus::Completed | TaskStatus::Canceled => {}
    }
}
