//! What the router tells a conversation about its task.

use anyhow::Result;
use db::Tx;
use messaging::{NewMessage, Step};
use model::routing::{MoveReason, TaskNews, TaskOutcome};
use model::{ConversationState, ExecutionState, Holder, Participant, WorkerId};
use serde_json::json;

use super::load::Turn;

impl Turn<'_> {
    pub(crate) async fn hear_news(&mut self, tx: &mut Tx<'_>, news: TaskNews) -> Result<()> {
        let Some(c) = self.conversation.as_mut().filter(|c| c.state == ConversationState::Open) else { return Ok(()) };
        let held_before = c.worker_id;
        let had = c.task_id;
        let step = messaging::hear(c, &news);
        match &news {
            TaskNews::Made { task_id, .. } => {
                let attributes = store::routing::task(tx, self.ws(), *task_id).await?.map_or_else(String::new, |t| t.attributes);
                self.step_flow(tx, flow::Input::TaskMade { sid: task_id.to_string(), attributes }).await
            }
            TaskNews::Refused { reason, .. } => {
                self.step_flow(tx, flow::Input::TaskRefused { reason: reason.clone() }).await?;
                self.settle();
                let closing = self.conversation.as_ref().and_then(|c| c.attributes["closing"].as_str().map(str::to_owned));
                if let Some(reason) = closing {
                    self.close(&reason);
                }
                Ok(())
            }
            TaskNews::NobodyAvailable { standing, .. } if step == Step::NobodyAvailable => {
                self.step_flow(tx, flow::Input::NobodyAvailable { standing: standing.clone() }).await
            }
            TaskNews::Joined { task_id, worker_id, .. } if had.is_none_or(|held| held == *task_id) => self.joined(tx, *worker_id).await,
            TaskNews::Moved { from, reason, note, by, .. } if had == Some(*from) => {
                self.left(tx, held_before).await?;
                let kind = match reason {
                    MoveReason::Transferred => "transferred",
                    MoveReason::Requeued => "requeued",
                    MoveReason::AgentLost => "agent_lost",
                };
                self.handed_on(tx, kind, note, *by).await
            }
            TaskNews::BackToFlow { note, by, .. } if step == Step::Restart => {
                self.left(tx, held_before).await?;
                self.handed_on(tx, "back_to_flow", note, *by).await?;
                let agent = by.map(|id| id.to_string());
                let trigger = self.empty_trigger();
                self.start_flow(tx, trigger, json!({ "transfer": { "note": note, "agent": agent } })).await
            }
            TaskNews::Ended { task_id, outcome, reason } if step == Step::TaskEnded => {
                self.left(tx, held_before).await?;
                self.task_ended(tx, *task_id, *outcome, reason, held_before.is_some()).await
            }
            _ => Ok(()),
        }
    }

    fn empty_trigger(&self) -> serde_json::Value {
        let c = self.conversation.as_ref();
        let from = self.address.as_ref().map_or(String::new(), |a| a.external_id.clone());
        json!({ "Body": "", "From": from, "ConversationSid": c.map_or(String::new(), |c| c.id.to_string()), "NumMedia": "0" })
    }

    async fn worker_name(&self, tx: &mut Tx<'_>, id: WorkerId) -> Result<String> {
        Ok(store::routing::worker(tx, self.ws(), id).await?.map_or_else(String::new, |w| w.name))
    }

    async fn joined(&mut self, tx: &mut Tx<'_>, worker: WorkerId) -> Result<()> {
        let name = self.worker_name(tx, worker).await?;
        let Some(c) = self.conversation.as_ref() else { return Ok(()) };
        let (conversation_id, thread_id) = (c.id, c.thread_id);
        let there = store::conversation::participants(tx, self.ws(), conversation_id).await?;
        if !there.iter().any(|p| p.worker_id == Some(worker)) {
            let id = self.ids.next();
            let participant = Participant {
                id,
                conversation_id,
                thread_id: None,
                address_id: None,
                contact_id: None,
                worker_id: Some(worker),
                name: name.clone(),
                active: true,
            };
            self.out.participants.push(participant);
        }
        self.say(NewMessage::notice("joined", &[("name", &name), ("worker_id", &worker.to_string())], Some(thread_id)));
        Ok(())
    }

    async fn left(&mut self, tx: &mut Tx<'_>, worker: Option<WorkerId>) -> Result<()> {
        let (Some(worker), Some(c)) = (worker, self.conversation.as_ref()) else { return Ok(()) };
        let there = store::conversation::participants(tx, self.ws(), c.id).await?;
        for mut participant in there.into_iter().filter(|p| p.worker_id == Some(worker)) {
            participant.active = false;
            self.out.participants.push(participant);
        }
        Ok(())
    }

    /// The note travels with the customer, for the team's eyes.
    async fn handed_on(&mut self, tx: &mut Tx<'_>, kind: &str, note: &str, by: Option<WorkerId>) -> Result<()> {
        let name = match by {
            Some(id) => self.worker_name(tx, id).await?,
            None => String::new(),
        };
        self.say(NewMessage::notice(kind, &[("name", &name), ("note", note)], None));
        Ok(())
    }

    /// First the waiting execution is stepped; then the conversation closes, when nothing is under way in it.
    async fn task_ended(&mut self, tx: &mut Tx<'_>, task: model::TaskId, outcome: TaskOutcome, reason: &str, was_held: bool) -> Result<()> {
        let Some(c) = self.conversation.as_mut() else { return Ok(()) };
        // What the agent had not seen when completing, or left unanswered when the time for wrapping up ran out, is not closed away.
        let completing = c.completing_seq.take();
        let unseen = reason == "completed" && completing.is_some_and(|seen| c.last_customer_seq > seen);
        let unanswered = reason == "wrap-up time over" && c.waiting_since.is_some();
        if was_held && outcome == TaskOutcome::Completed && (unseen || unanswered) {
            let old = store::routing::task(tx, self.ws(), task).await?;
            if let Some(old) = old {
                self.request_task(
                    old.workflow_id,
                    old.channel,
                    old.attributes,
                    Some(old.priority),
                    None,
                    format!("again:{task}"),
                    Some(old.virtual_start_time),
                );
                self.say(NewMessage::notice("requeued", &[("name", ""), ("note", "")], None));
                return Ok(());
            }
        }
        self.step_flow(tx, flow::Input::TaskEnded { outcome }).await?;
        self.settle();
        let Some(c) = self.conversation.as_ref() else { return Ok(()) };
        let active = self.execution.as_ref().is_some_and(|e| e.state == ExecutionState::Active);
        if !active && c.task_id.is_none() && c.holder != Holder::Requested {
            let why = match outcome {
                TaskOutcome::Completed => "completed",
                TaskOutcome::Canceled => "canceled",
                TaskOutcome::TimedOut => "timed_out",
            };
            self.close(why);
        }
        Ok(())
    }

    /// A conversation whose execution is over is held by nobody.
    fn settle(&mut self) {
        let active = self.execution.as_ref().is_some_and(|e| e.state == ExecutionState::Active);
        if let Some(c) = self.conversation.as_mut().filter(|c| c.holder == Holder::Flow && !active) {
            c.holder = Holder::None;
        }
    }
}
