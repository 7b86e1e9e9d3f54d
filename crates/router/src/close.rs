use model::{ConversationId, Refusal, ReservationStatus, RouterAnswer, RoutingEventKind, TaskId, TaskOutcome, TaskStatus};

use crate::router::Router;
use crate::turn::Turn;

impl Router {
    /// Ends every task of a conversation that was closed from elsewhere.
    pub(crate) fn close_tasks(&mut self, conversation: ConversationId, reason: &str, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let tasks = self.conversations.get(&conversation).cloned();
        for id in tasks.unwrap_or_default() {
            if self.tasks.get(&id).is_some_and(|task| task.waits()) {
                self.give_up(id, reason, TaskOutcome::Canceled, turn);
            } else {
                self.conclude(id, reason, turn);
            }
        }
        Ok(RouterAnswer::Done)
    }

    /// Ends a task and its reservations and lets go of it. Answers whose conversation it was; telling it is the caller's.
    pub(crate) fn end_task(&mut self, id: TaskId, status: TaskStatus, reason: Option<&str>, turn: &mut Turn) -> Option<ConversationId> {
        let kind = if status == TaskStatus::Completed { RoutingEventKind::TaskCompleted } else { RoutingEventKind::TaskCanceled };
        self.end_task_as(id, status, reason, kind, turn)
    }

    /// The same, told as what `kind` says.
    pub(crate) fn end_task_as(
        &mut self,
        id: TaskId,
        status: TaskStatus,
        reason: Option<&str>,
        kind: RoutingEventKind,
        turn: &mut Turn,
    ) -> Option<ConversationId> {
        let task = self.tasks.get(&id)?;
        let accepted = task.accepted;
        let offers: Vec<_> = task.offers.iter().copied().collect();
        for offer in offers {
            self.end_reservation(offer, ReservationStatus::Canceled, None, turn);
        }
        if let Some(accepted) = accepted {
            self.end_reservation(accepted, ReservationStatus::Completed, None, turn);
        }
        let now = turn.now;
        self.change_task(id, turn, |row| {
            row.status = status;
            row.ended_at = Some(now);
            row.reason = reason.map(String::from);
        });
        self.task_happened(kind, id, turn);
        let row = self.tasks.remove(&id)?.row;
        self.present.discount(&row);
        self.unsettled.tasks.remove(&id);
        self.unsettled.steps.remove(&id);
        self.past.keep_task(id, status);
        let conversation = row.conversation_id;
        if let Some(conversation) = conversation
            && let Some(tasks) = self.conversations.get_mut(&conversation)
        {
            tasks.remove(&id);
            if tasks.is_empty() {
                self.conversations.remove(&conversation);
            }
        }
        turn.end_task(row);
        conversation
    }
}
