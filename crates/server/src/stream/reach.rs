//! What one desk may hear. Whose a conversation is changes with reservations, so every event is first learned from, then judged, in order.

use std::collections::{BTreeMap, HashSet};

use model::{ContactId, ConversationId, Event, EventKind, ReservationStatus, TaskId, WorkerId};

/// All contacts of the persons that events name.
pub type Persons = BTreeMap<ContactId, Vec<ContactId>>;

#[derive(Debug, Default)]
pub struct Reach {
    /// Supervisors and admins hear everything of the workspace.
    pub all: bool,
    pub worker: Option<WorkerId>,
    /// Conversations whose task is or was theirs.
    pub held: HashSet<ConversationId>,
    /// The customers of those conversations.
    pub contacts: HashSet<ContactId>,
    /// Tasks that are offered to them or open with them.
    pub tasks: HashSet<TaskId>,
}

impl Reach {
    pub fn reads(&self, conversation: Option<ConversationId>) -> bool {
        self.all || conversation.is_some_and(|id| self.held.contains(&id))
    }

    /// Learns what the event changes about whose things are, and tells whether this desk hears of it.
    pub fn hears(&mut self, event: &Event, persons: &Persons) -> bool {
        let own = event.worker_id.is_some() && event.worker_id == self.worker;
        let was_theirs = event.task_id.is_some_and(|task| self.tasks.contains(&task));
        if own && matches!(event.kind, EventKind::ReservationCreated | EventKind::ReservationUpdated) {
            self.learn(event);
        }
        let reads = self.reads(event.conversation_id);
        if event.kind == EventKind::ConversationUpdated && reads && !self.all {
            self.contacts.extend(event.contact_id);
        }
        self.all
            || match event.kind {
                EventKind::MessageAdded | EventKind::MessageUpdated | EventKind::ConversationUpdated | EventKind::SeenUpdated => reads,
                EventKind::ReservationCreated | EventKind::ReservationUpdated => own,
                EventKind::TaskUpdated => own || was_theirs || reads,
                EventKind::PersonUpdated => self.knows(event.contact_id, persons),
                EventKind::WorkerUpdated | EventKind::SettingsUpdated => true,
            }
    }

    fn learn(&mut self, event: &Event) {
        let Some(task) = event.task_id else { return };
        let status = event.body.get("status").and_then(|status| status.as_str()).and_then(ReservationStatus::parse);
        match status {
            Some(ReservationStatus::Accepted | ReservationStatus::Wrapping) => {
                self.tasks.insert(task);
                self.held.extend(event.conversation_id);
            }
            Some(ReservationStatus::Pending) => drop(self.tasks.insert(task)),
            Some(ReservationStatus::Completed) => {
                self.held.extend(event.conversation_id);
                self.tasks.remove(&task);
            }
            Some(ReservationStatus::Rejected | ReservationStatus::Timeout | ReservationStatus::Canceled | ReservationStatus::Rescinded) => {
                self.tasks.remove(&task);
            }
            None => {}
        }
    }

    fn knows(&self, person: Option<ContactId>, persons: &Persons) -> bool {
        let Some(person) = person else { return false };
        let members = persons.get(&person).map_or(&[][..], Vec::as_slice);
        self.contacts.contains(&person) || members.iter().any(|contact| self.contacts.contains(contact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ids, Timestamp};
    use serde_json::json;

    struct Case {
        mine: WorkerId,
        other: WorkerId,
        task: TaskId,
        conversation: ConversationId,
        contact: ContactId,
        member: ContactId,
    }

    fn case() -> (Case, Reach) {
        let mut ids = Ids::new(Timestamp::from_secs(1), 3);
        let case = Case {
            mine: ids.next(),
            other: ids.next(),
            task: ids.next(),
            conversation: ids.next(),
            contact: ids.next(),
            member: ids.next(),
        };
        let reach = Reach { worker: Some(case.mine), ..Reach::default() };
        (case, reach)
    }

    fn event(kind: EventKind) -> Event {
        Event::new(kind, Timestamp::from_secs(2))
    }

    fn reservation(case: &Case, worker: WorkerId, kind: EventKind, status: &str) -> Event {
        event(kind).task(case.task).conversation(case.conversation).worker(worker).body(json!({ "status": status }))
    }

    #[test]
    fn a_conversation_is_heard_from_the_moment_it_is_accepted() {
        let (case, mut reach) = case();
        let none = Persons::new();
        let said = event(EventKind::MessageAdded).conversation(case.conversation);
        assert!(!reach.hears(&said, &none));
        assert!(reach.hears(&reservation(&case, case.mine, EventKind::ReservationCreated, "pending"), &none));
        assert!(!reach.hears(&said, &none), "an offer is not a right to read");
        assert!(reach.hears(&event(EventKind::TaskUpdated).task(case.task), &none));
        assert!(reach.hears(&reservation(&case, case.mine, EventKind::ReservationUpdated, "accepted"), &none));
        assert!(reach.hears(&said, &none));
        assert!(reach.hears(&reservation(&case, case.mine, EventKind::ReservationUpdated, "completed"), &none));
        assert!(reach.hears(&said, &none), "who had it may go on reading");
    }

    #[test]
    fn others_offers_and_conversations_stay_with_them() {
        let (case, mut reach) = case();
        let none = Persons::new();
        assert!(!reach.hears(&reservation(&case, case.other, EventKind::ReservationUpdated, "accepted"), &none));
        assert!(!reach.hears(&event(EventKind::MessageAdded).conversation(case.conversation), &none));
        assert!(!reach.hears(&event(EventKind::TaskUpdated).task(case.task).worker(case.other), &none));
        assert!(reach.hears(&event(EventKind::WorkerUpdated).worker(case.other), &none));
        assert!(reach.hears(&event(EventKind::SettingsUpdated), &none));
        let mut supervisor = Reach { all: true, ..Reach::default() };
        assert!(supervisor.hears(&reservation(&case, case.other, EventKind::ReservationUpdated, "accepted"), &none));
    }

    #[test]
    fn a_rejected_offer_is_over_after_it_was_told() {
        let (case, mut reach) = case();
        let none = Persons::new();
        reach.hears(&reservation(&case, case.mine, EventKind::ReservationCreated, "pending"), &none);
        assert!(reach.hears(&reservation(&case, case.mine, EventKind::ReservationUpdated, "rejected"), &none));
        assert!(!reach.hears(&event(EventKind::TaskUpdated).task(case.task), &none));
    }

    #[test]
    fn persons_are_known_by_any_of_their_contacts() {
        let (case, mut reach) = case();
        let changed = event(EventKind::PersonUpdated).contact(case.contact);
        let joined = Persons::from([(case.contact, vec![case.contact, case.member])]);
        assert!(!reach.hears(&changed, &joined));
        reach.held.insert(case.conversation);
        reach.hears(&event(EventKind::ConversationUpdated).conversation(case.conversation).contact(case.member), &joined);
        assert!(reach.hears(&changed, &joined));
        assert!(!reach.hears(&changed, &Persons::new()));
    }
}
