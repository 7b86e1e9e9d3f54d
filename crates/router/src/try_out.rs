//! What would become of a task: a copy of the router plays it on, with everybody staying as they are, and nothing of it is kept.

use std::collections::BTreeMap;

use model::{Ids, Refusal, Reservation, ReservationId, RouterCommand, RouterEffects, Task, TaskRequest, Timestamp, WhyWaiting, Workflow};

use crate::deadline::Due;
use crate::line::Lines;
use crate::pace::Pace;
use crate::present::Present;
use crate::router::Router;
use crate::settle::Unsettled;
use crate::state::Past;

/// Moments that are played: the deadlines of offers and targets.
const MOMENTS: usize = 50;

/// What became of a task that was only tried.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedOut {
    /// As it stood when the play ended; its way says where it went.
    pub task: Task,
    /// In the order in which they were made. Nobody answers, so each of them ran out or stands at the end.
    pub offers: Vec<Reservation>,
    /// Why nobody was offered it at once.
    pub waiting: Option<WhyWaiting>,
}

impl Router {
    /// Plays a task that would be requested now, through a draft of a workflow where there is one, until it ends or goes round in
    /// circles. Nobody accepts, refuses, comes or goes meanwhile; the tasks that wait already keep their places in front of it, and who
    /// is free for them is not asked, for then they would have it.
    ///
    /// # Errors
    /// The [`Refusal`] that saving the draft or making the task would meet.
    pub fn try_out(&self, draft: Option<&Workflow>, request: &TaskRequest, now: Timestamp) -> Result<TriedOut, Refusal> {
        let (mut alone, mut ids, mut effects) = (self.without_tasks(), Ids::new(now, 0), RouterEffects::default());
        if let Some(draft) = draft {
            self.check_draft(draft)?;
            let put = RouterCommand::PutWorkflow { workflow: draft.clone(), re_evaluate: true };
            alone.handle(&put, now, &mut ids, &mut effects)?;
        }
        alone.handle(&RouterCommand::RequestTask(request.clone()), now, &mut ids, &mut effects)?;
        let id = request.task_id;
        alone.forget_hours_beside(id);
        let mut waiting = alone.why_waiting(id, now).filter(|_| alone.tasks.get(&id).is_some_and(|task| task.offers.is_empty()));
        if let (Some(waiting), Some(task)) = (&mut waiting, alone.tasks.get(&id)) {
            waiting.standing = self.standing_at(task, alone.home(task), now);
        }
        let mut offers: BTreeMap<ReservationId, Reservation> = BTreeMap::new();
        for _ in 0..MOMENTS {
            offers.extend(std::mem::take(&mut effects.reservations));
            let Some(next) = alone.next_deadline().filter(|_| alone.tasks.contains_key(&id)) else { break };
            alone.tick(next, &mut ids, &mut effects);
        }
        offers.extend(effects.reservations);
        let task = effects.tasks.remove(&id).unwrap_or_else(|| unreachable!("a request that is obeyed makes the task"));
        let mut offers: Vec<Reservation> = offers.into_values().filter(|offer| offer.task_id == id).collect();
        offers.sort_by_key(|offer| (offer.created_at, offer.id));
        Ok(TriedOut { task, offers, waiting })
    }

    /// Everybody with what they hold, and no task beside.
    fn without_tasks(&self) -> Router {
        Router {
            settings: self.settings.clone(),
            activities: self.activities.clone(),
            hours: self.hours.clone(),
            queues: self.queues.clone(),
            needs: self.needs.clone(),
            workflows: self.workflows.clone(),
            workers: self.workers.clone(),
            tasks: BTreeMap::new(),
            reservations: self.reservations.clone(),
            conversations: BTreeMap::new(),
            channels: self.channels.clone(),
            lines: Lines::default(),
            present: Present::default(),
            deadlines: self.deadlines.iter().filter(|(_, due)| matches!(due, Due::Change(_))).copied().collect(),
            unsettled: Unsettled::default(),
            past: Past::default(),
            pace: Pace::default(),
        }
    }
}
