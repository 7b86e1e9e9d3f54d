//! Who holds the customer: none, flow, requested, task. The table of lifecycle.md §2 as a function.

use model::{Conversation, Execution, ExecutionState, Holder, TaskNews, Waiting};

/// What a customer's message does, given who holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// A flow starts in the conversation.
    StartFlow,
    /// The execution under way hears it (and decides itself whether it was waiting).
    StepFlow,
    /// It is kept and shown.
    Keep,
}

pub fn hears_customer(conversation: &Conversation, execution: Option<&Execution>) -> Hears {
    let active = execution.filter(|e| e.state == ExecutionState::Active);
    match conversation.holder {
        Holder::None => Hears::StartFlow,
        Holder::Flow if active.is_some() => Hears::StepFlow,
        Holder::Flow => Hears::StartFlow,
        // A reply that was asked for is heard only until a reservation is accepted.
        Holder::Requested | Holder::Task => match active.and_then(|e| e.waiting.as_ref()) {
            Some(Waiting::Reply { .. }) if conversation.worker_id.is_none() => Hears::StepFlow,
            _ => Hears::Keep,
        },
    }
}

/// What the flow should hear of news about the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    TaskMade,
    TaskRefused,
    NobodyAvailable,
    TaskEnded,
    /// The parked execution ends and a new one starts with the note.
    Restart,
    Nothing,
}

/// Applies news about the task; tells what the flow should hear. News about a task the conversation no longer has changes nothing.
pub fn hear(conversation: &mut Conversation, news: &TaskNews) -> Step {
    let ours = |task: &model::TaskId| conversation.task_id.is_none_or(|held| held == *task);
    match news {
        TaskNews::Made { task_id, .. } => {
            conversation.holder = Holder::Task;
            conversation.task_id = Some(*task_id);
            Step::TaskMade
        }
        TaskNews::Refused { .. } => {
            if conversation.holder == Holder::Requested {
                conversation.holder = Holder::Flow;
            }
            Step::TaskRefused
        }
        TaskNews::NobodyAvailable { task_id, .. } if ours(task_id) => Step::NobodyAvailable,
        TaskNews::Joined { task_id, worker_id, .. } if ours(task_id) => {
            conversation.holder = Holder::Task;
            conversation.task_id = Some(*task_id);
            conversation.worker_id = Some(*worker_id);
            Step::Nothing
        }
        TaskNews::Moved { from, to, .. } if ours(from) => {
            conversation.holder = Holder::Task;
            conversation.task_id = Some(*to);
            conversation.worker_id = None;
            Step::Nothing
        }
        TaskNews::BackToFlow { task_id, .. } if ours(task_id) => {
            conversation.task_id = None;
            conversation.worker_id = None;
            conversation.holder = Holder::Flow;
            Step::Restart
        }
        TaskNews::Ended { task_id, .. } if ours(task_id) => {
            conversation.task_id = None;
            conversation.worker_id = None;
            conversation.holder = Holder::Flow;
            Step::TaskEnded
        }
        _ => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ids, MoveReason, TaskOutcome, Timestamp};
    use serde_json::json;

    fn conversation(ids: &mut Ids) -> Conversation {
        let thread = crate::conversation::tests::thread(ids);
        let contact = ids.next();
        crate::open(ids.next(), &thread, contact, None, Timestamp::from_secs(1))
    }

    fn execution(ids: &mut Ids, waiting: Option<Waiting>) -> Execution {
        Execution {
            id: ids.next(),
            conversation_id: ids.next(),
            flow_id: ids.next(),
            revision: 1,
            step_no: 3,
            state: ExecutionState::Active,
            widget: "ask".into(),
            waiting,
            repeats: 0,
            context: json!({}),
            started_at: Timestamp::from_secs(1),
            ended_at: None,
            ended_reason: None,
        }
    }

    #[test]
    fn a_customers_message_goes_to_whoever_holds_them() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 3);
        let mut c = conversation(&mut ids);
        let asking = execution(&mut ids, Some(Waiting::Reply { until: Timestamp::from_secs(99) }));
        let parked = execution(&mut ids, Some(Waiting::Outcome));
        assert_eq!(hears_customer(&c, None), Hears::StartFlow);
        c.holder = Holder::Flow;
        assert_eq!(hears_customer(&c, Some(&asking)), Hears::StepFlow);
        c.holder = Holder::Requested;
        assert_eq!(hears_customer(&c, Some(&parked)), Hears::Keep);
        c.holder = Holder::Task;
        assert_eq!(hears_customer(&c, Some(&asking)), Hears::StepFlow, "asked, and nobody accepted yet");
        c.worker_id = Some(ids.next());
        assert_eq!(hears_customer(&c, Some(&asking)), Hears::Keep, "an agent has them");
    }

    #[test]
    fn a_handed_on_task_keeps_the_conversation() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 3);
        let mut c = conversation(&mut ids);
        let (first, second, worker) = (ids.next(), ids.next(), ids.next());
        assert_eq!(hear(&mut c, &TaskNews::Made { task_id: first, request_key: None }), Step::TaskMade);
        hear(&mut c, &TaskNews::Joined { task_id: first, worker_id: worker, reservation_id: ids.next() });
        assert_eq!(c.worker_id, Some(worker));
        hear(&mut c, &TaskNews::Moved { from: first, to: second, reason: MoveReason::Transferred, note: String::new(), by: None });
        assert_eq!((c.holder, c.task_id, c.worker_id), (Holder::Task, Some(second), None));
        let late = TaskNews::Ended { task_id: first, outcome: TaskOutcome::Completed, reason: "transferred".into() };
        assert_eq!(hear(&mut c, &late), Step::Nothing, "the old task's end is no end");
        assert_eq!(c.task_id, Some(second));
        assert_eq!(
            hear(&mut c, &TaskNews::Ended { task_id: second, outcome: TaskOutcome::Completed, reason: String::new() }),
            Step::TaskEnded
        );
        assert_eq!(c.holder, Holder::Flow);
    }
}
