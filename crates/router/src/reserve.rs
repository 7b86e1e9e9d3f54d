//! Reservations begin, go back and end.

use model::{Because, ConversationId, EventKind, Reservation, ReservationId, ReservationStatus, TaskId, TaskOutcome, TaskStatus, WorkerId};

use crate::channels::Channel;
use crate::deadline::Due;
use crate::router::Router;
use crate::state::{TaskState, load};
use crate::turn::Turn;
use crate::{MAX_OFFERS, RESERVATION_TIMEOUT_S};

impl Router {
    /// Offers a task to a worker. Both were just judged fit for it.
    pub(crate) fn reserve(&mut self, task_id: TaskId, worker_id: WorkerId, turn: &mut Turn) {
        let (Some(task), Some(worker)) = (self.tasks.get(&task_id), self.workers.get(&worker_id)) else {
            return;
        };
        let load = load(worker, &task.row.channel, &self.reservations);
        let deadline = turn.now.plus_secs(self.offer_time_s(task));
        let reservation = Reservation {
            id: turn.ids.next(),
            task_id,
            worker_id,
            channel: task.row.channel.clone(),
            status: ReservationStatus::Pending,
            offer_no: self.free_offer_no(task),
            slot: load.free_slot().filter(|_| !task.row.ignore_capacity),
            capacity: load.capacity,
            created_at: turn.now,
            deadline_at: Some(deadline),
            accepted_at: None,
            ended_at: None,
            why: self.why(task, worker, turn.now),
        };
        let id = reservation.id;
        let conversation = task.row.conversation_id;
        turn.touch_reservation(EventKind::ReservationCreated, &reservation, conversation);
        self.deadlines.insert((deadline, Due::Miss(id)));
        self.reservations.insert(id, reservation);
        if let Some(worker) = self.workers.get_mut(&worker_id) {
            worker.open.insert(id);
        }
        self.unsettle_worker(worker_id);
        if let Some(task) = self.tasks.get_mut(&task_id) {
            task.offers.insert(id);
        }
        self.change_task(task_id, turn, |row| {
            row.offers += i64::from(row.status == TaskStatus::Pending);
            row.status = TaskStatus::Reserved;
        });
        self.offer_happened(id, turn);
    }

    /// Seconds an offer of this task stands.
    pub(crate) fn offer_time_s(&self, task: &TaskState) -> i64 {
        let workflow = task.row.workflow_id.and_then(|id| self.workflows.get(&id));
        workflow.map_or(RESERVATION_TIMEOUT_S, |workflow| workflow.row.task_reservation_timeout_s.max(1))
    }

    fn free_offer_no(&self, task: &TaskState) -> i64 {
        let pending = task.offers.iter().filter_map(|id| self.reservations.get(id));
        let taken: Vec<i64> = pending.map(|reservation| reservation.offer_no).collect();
        (0..).find(|no| !taken.contains(no)).unwrap_or_default()
    }

    /// Ends an open reservation and frees its slot. The task's own state is the caller's.
    pub(crate) fn end_reservation(&mut self, id: ReservationId, status: ReservationStatus, winner: Option<WorkerId>, turn: &mut Turn) {
        let Some(mut row) = self.reservations.remove(&id) else {
            return;
        };
        if row.status == ReservationStatus::Pending {
            if let Some(at) = row.deadline_at {
                self.deadlines.remove(&(at, Due::Miss(id)));
            }
        } else {
            self.rest(row.worker_id, &row.channel, turn);
        }
        if let Some(worker) = self.workers.get_mut(&row.worker_id) {
            worker.open.remove(&id);
        }
        self.unsettle_worker(row.worker_id);
        let mut conversation: Option<ConversationId> = None;
        if let Some(task) = self.tasks.get_mut(&row.task_id) {
            task.offers.remove(&id);
            task.accepted = task.accepted.filter(|accepted| *accepted != id);
            conversation = task.row.conversation_id;
            self.unsettled.tasks.insert(row.task_id);
            self.put_in_place(row.task_id, turn.now);
        }
        row.status = status;
        row.ended_at = Some(turn.now);
        self.past.keep_reservation(id, status, winner);
        turn.touch_reservation(EventKind::ReservationUpdated, &row, conversation);
        self.reservation_happened(&row, turn);
        turn.effects.reservations.insert(id, row);
    }

    /// They just got or finished a task: the longest idle comes first.
    pub(crate) fn rest(&mut self, worker: WorkerId, channel: &str, turn: &mut Turn) {
        let now = turn.now;
        let by_channel = self.channels.named(channel).is_some_and(Channel::own_idleness);
        self.change_worker(worker, None, turn, |row| {
            row.idle_since = now;
            if by_channel {
                row.idle_by_channel.insert(channel.to_owned(), now);
            }
        });
    }

    /// An offer ended without an answer in our favour: the task goes back to its place in line.
    pub(crate) fn return_to_line(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        if task.row.status != TaskStatus::Reserved || !task.offers.is_empty() {
            return;
        }
        let worker = task.row.routing_worker;
        let refused = worker.is_some_and(|worker| task.refused_at(worker).is_some());
        let step_over = task.row.target_deadline_at.is_some_and(|at| at <= turn.now);
        let direct = worker.is_some() || task.row.routing_queue.is_some();
        let lost = !direct && self.target(task).is_none();
        let offers = task.row.offers;
        self.change_task(id, turn, |row| row.status = TaskStatus::Pending);
        self.unsettle_step(id);
        if offers >= MAX_OFFERS {
            let reason = "Task TTL Exceeded or Max assignment count exceeded";
            self.give_up(id, reason, TaskOutcome::Canceled, turn);
        } else if refused {
            self.give_back(id, turn);
        } else if lost {
            self.restart(id, Because::Changed, turn);
        } else if step_over {
            self.leave_in_time(id, turn);
        }
    }
}
