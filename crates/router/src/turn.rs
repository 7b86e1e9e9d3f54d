use std::collections::BTreeSet;

use model::{
    ConversationId, Event, EventKind, Ids, Reservation, ReservationId, RoutingEvent, Task, TaskId, TaskNews, Timestamp, Worker, WorkerId,
};
use serde_json::json;

use crate::router::Router;

/// One command or tick: its time, its ids, and what it touched. Rows reach the effects when they end or when the turn does.
pub(crate) struct Turn<'a> {
    pub now: Timestamp,
    pub ids: &'a mut Ids,
    pub effects: &'a mut model::RouterEffects,
    tasks: BTreeSet<TaskId>,
    reservations: BTreeSet<ReservationId>,
    workers: BTreeSet<WorkerId>,
}

impl<'a> Turn<'a> {
    pub fn new(now: Timestamp, ids: &'a mut Ids, effects: &'a mut model::RouterEffects) -> Self {
        Self { now, ids, effects, tasks: BTreeSet::new(), reservations: BTreeSet::new(), workers: BTreeSet::new() }
    }

    pub fn news(&mut self, conversation: Option<ConversationId>, news: TaskNews) {
        if let Some(conversation) = conversation {
            self.effects.news.push((conversation, news));
        }
    }

    /// Notes a changed task; true the first time in this turn.
    pub fn touch_task(&mut self, id: TaskId) -> bool {
        self.tasks.insert(id)
    }

    pub fn touch_worker(&mut self, id: WorkerId) {
        self.workers.insert(id);
    }

    pub fn end_task(&mut self, row: Task) {
        self.tasks.insert(row.id);
        self.effects.tasks.insert(row.id, row);
    }

    pub fn end_worker(&mut self, row: Worker) {
        self.workers.remove(&row.id);
        self.effects.workers.insert(row.id, row);
    }

    pub fn touch_reservation(&mut self, kind: EventKind, row: &Reservation, conversation: Option<ConversationId>) {
        self.reservations.insert(row.id);
        let mut event =
            Event::new(kind, self.now).task(row.task_id).reservation(row.id).worker(row.worker_id).body(json!({ "status": row.status }));
        event.conversation_id = conversation;
        self.effects.events.push(event);
    }

    pub fn happened(&mut self, event: RoutingEvent) {
        let no = self.effects.happened.len() as i64;
        self.effects.happened.push(RoutingEvent { no, ..event });
    }

    pub fn worker_event(&mut self, worker: WorkerId, cause: &str) {
        let event = Event::new(EventKind::WorkerUpdated, self.now).worker(worker).body(json!({ "cause": cause }));
        self.effects.events.push(event);
    }

    pub fn settings_event(&mut self, what: &str, id: Option<String>) {
        let event = Event::new(EventKind::SettingsUpdated, self.now).body(json!({ "what": what, "id": id }));
        self.effects.events.push(event);
    }
}

impl Router {
    /// Hands over the touched rows that are still in memory, and one event for each touched task.
    pub(crate) fn finish(&mut self, turn: Turn) {
        let effects = turn.effects;
        for id in turn.reservations {
            if let Some(row) = self.reservations.get(&id) {
                effects.reservations.insert(id, row.clone());
            }
        }
        for id in turn.workers {
            if let Some(state) = self.workers.get(&id) {
                effects.workers.insert(id, state.row.clone());
            }
        }
        for id in turn.tasks {
            if let Some(state) = self.tasks.get_mut(&id) {
                state.rest();
                effects.tasks.insert(id, state.row.clone());
            }
            let Some(row) = effects.tasks.get(&id) else {
                continue;
            };
            let mut event = Event::new(EventKind::TaskUpdated, turn.now).task(id).body(json!({ "status": row.status }));
            event.conversation_id = row.conversation_id;
            event.worker_id = row.worker_id;
            effects.events.push(event);
        }
    }
}
