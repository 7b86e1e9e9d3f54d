//! What must happen at a time. Deadlines are worked out from the rows alone.

use model::{BusinessHoursId, ReservationId, TaskId, TaskStatus, Timestamp};

use crate::ASSIGNED_S;
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;

/// In this order when several are due at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// Business hours begin or end.
    Change(BusinessHoursId),
    /// The task waited too long.
    Expire(TaskId),
    /// The offer was not answered.
    Miss(ReservationId),
    /// The task leaves its target for the next.
    Leave(TaskId),
    /// Somebody who refused it may be asked again.
    Reoffer(TaskId),
    WrapUp(TaskId),
    /// Nobody has ended it for too long.
    Delete(TaskId),
}

/// What is due for one task. Very many only expire, and hold nothing beside that time.
#[derive(Debug, Clone)]
pub(crate) enum Deadlines {
    Expires(Timestamp),
    Of(Box<[(Timestamp, Due)]>),
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::Of(Box::default())
    }
}

impl Deadlines {
    fn new(due: Vec<(Timestamp, Due)>) -> Self {
        match due[..] {
            [(at, Due::Expire(_))] => Self::Expires(at),
            _ => Self::Of(due.into_boxed_slice()),
        }
    }

    /// They are those of this task.
    pub fn of_task(&self, task: TaskId) -> impl Iterator<Item = (Timestamp, Due)> {
        let (expires, others) = match self {
            Self::Expires(at) => (Some((*at, Due::Expire(task))), &[][..]),
            Self::Of(others) => (None, &**others),
        };
        expires.into_iter().chain(others.iter().copied())
    }
}

impl Router {
    /// A task's deadlines; chances to ask again count only after `after`.
    pub(crate) fn due(&self, task: &TaskState, after: Timestamp) -> Deadlines {
        let id = task.row.id;
        let mut due = Vec::new();
        if task.waits() {
            due.push((task.row.expires_at, Due::Expire(id)));
            let chances = task.row.refused.iter().map(|(_, at)| self.asked_again_at(*at));
            if let Some(at) = chances.filter(|at| *at > after).min() {
                due.push((at, Due::Reoffer(id)));
            }
        }
        // While an offer stands it is not interrupted: the step's end is looked at when the offer ends.
        let interrupted = task.waits() && self.ends_offers(task);
        if (interrupted || task.row.status == TaskStatus::Pending)
            && let Some(at) = task.row.target_deadline_at
        {
            due.push((at, Due::Leave(id)));
        }
        // A conversation ends its own task.
        if task.row.status == TaskStatus::Assigned
            && task.row.conversation_id.is_none()
            && let Some(at) = task.row.assigned_at
        {
            due.push((at.plus_secs(ASSIGNED_S), Due::Delete(id)));
        }
        if task.row.status == TaskStatus::Wrapping
            && let Some(at) = task.row.wrap_up_until
        {
            due.push((at, Due::WrapUp(id)));
        }
        Deadlines::new(due)
    }

    pub(crate) fn asked_again_at(&self, refused_at: Timestamp) -> Timestamp {
        refused_at.plus_secs(self.settings.reoffer_after_s.max(0))
    }

    /// Fires everything due, each once, as of now. What it leads to is due later, so this ends.
    pub(crate) fn fire_due(&mut self, turn: &mut Turn) {
        while let Some((at, due)) = self.deadlines.first().copied() {
            if at > turn.now {
                return;
            }
            self.deadlines.pop_first();
            self.fire(due, turn);
        }
    }

    fn fire(&mut self, due: Due, turn: &mut Turn) {
        match due {
            Due::Change(_) => self.turn_hours(turn),
            Due::Expire(task) => self.expire(task, turn),
            Due::Miss(reservation) => self.miss(reservation, turn),
            Due::Leave(task) => self.leave_in_time(task, turn),
            Due::Reoffer(task) => {
                self.unsettled.tasks.insert(task);
                self.put_in_place(task, turn.now);
            }
            Due::WrapUp(task) => self.end_wrap_up(task, turn),
            Due::Delete(task) => self.delete_overdue(task, turn),
        }
    }
}
