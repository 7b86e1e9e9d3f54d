//! Changes to what has left: the provider is asked part by part, and done twice each is as done once.

use anyhow::{Context, Result};
use connectors::{Outcome, Part, Work};
use model::{ChannelAccount, Outbox, OutboxState, Problem, Revise};
use serde_json::json;
use store::lease::Lease;

use super::doubt::unknown;
use super::{After, Settled, backoff};
use crate::doctor::AccountProblem;
use crate::turn::{Command, opted_out};
use crate::{Config, Engine, crash};

/// Where a sent part keeps what the provider calls it.
pub(super) const SENT: &str = "sent";
/// Where a change keeps how many parts it has come through.
const DONE: &str = "done";

/// What a change became, once its row is final; `None` for what is no change, and for one that is tried again.
pub(super) fn became(row: &Outbox, problem: Option<&Problem>) -> Option<Command> {
    let Revise { message_id, revision, .. } = row.revise()?;
    let problem = match row.state {
        OutboxState::Queued | OutboxState::Sending if problem.is_none() => return None,
        OutboxState::Sent => None,
        _ => Some(problem.cloned().unwrap_or_else(unknown)),
    };
    Some(Command::Revised { message_id, revision, problem })
}

impl Engine {
    pub(super) async fn send_revise(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        row: &Outbox,
        revise: &Revise,
        lease: &Lease,
    ) -> Result<After> {
        let (thread, message) = (row.thread_id, revise.message_id);
        let (found, sent, whole) = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let thread = store::conversation::thread_to_send(tx, ws, thread).await?;
                    // A message of one part may be known by an echo alone.
                    let whole = store::message::by_id(tx, ws, message).await?.filter(|m| m.parts == 1).and_then(|m| m.provider_id);
                    Ok((thread, store::outbox::of_message(tx, ws, message).await?, whole))
                })
            })
            .await?;
        // Who wants no more messages is written no other words; what we take back, they lose.
        if revise.revision.text.is_some() && found.as_ref().is_some_and(|(_, stopped)| *stopped) {
            self.fail(ws, config, row, lease, opted_out()).await?;
            return Ok(After::Nothing);
        }
        let (key, context) = found.map(|(thread, _)| (thread.key, thread.context)).unwrap_or_default();
        let to = row.body["to"].as_str().unwrap_or_default().to_owned();
        let mut works = Vec::new();
        // What failed is not there.
        for part in sent.iter().filter(|part| part.state != OutboxState::Failed) {
            let anew = revise.parts.iter().find(|(no, _)| *no == part.part).map(|(_, anew)| anew.clone());
            if revise.revision.text.is_some() && anew.is_none() {
                continue;
            }
            let anew: Option<Part> = anew.map(serde_json::from_value).transpose().context("a part of a change")?;
            works.push(Work::Revise {
                provider_id: part.progress[SENT][0].as_str().map(str::to_owned).or_else(|| whole.clone()).unwrap_or_default(),
                message,
                no: part.part,
                part: anew,
                to: to.clone(),
                thread: key.clone(),
                context: context.clone(),
            });
        }
        if works.is_empty() {
            self.fail(ws, config, row, lease, gone()).await?;
            return Ok(After::Nothing);
        }
        let mut row = row.clone();
        let done = row.progress[DONE].as_u64().unwrap_or(0) as usize;
        for (at, work) in works.iter().enumerate().skip(done) {
            let outcome = self.errand(ws, account, work).await?.unwrap_or_else(|| Outcome::Failed(gone()));
            crash::point("send.answered");
            match outcome {
                Outcome::Fine | Outcome::Sent(_) => {
                    row.progress = json!({ DONE: at + 1 });
                    if !self.save_progress(ws, &row, lease).await? {
                        return Ok(After::Nothing);
                    }
                }
                other => return self.undone(ws, config, account, &row, lease, other).await,
            }
        }
        self.settle(ws, config, &row, lease, Settled::sent(vec![])).await?;
        Ok(After::Nothing)
    }

    /// A part of a change was not done, now or for good.
    async fn undone(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        row: &Outbox,
        lease: &Lease,
        outcome: Outcome,
    ) -> Result<After> {
        match outcome {
            Outcome::RetryAfter { ms, why } | Outcome::HoldThread { ms, why } => {
                self.settle(ws, config, row, lease, Settled::again(backoff(row, ms), &why)).await?;
            }
            Outcome::NeedsRefresh => {
                self.settle(ws, config, row, lease, Settled::again(0, "the credential was over")).await?;
                return Ok(After::Refresh);
            }
            Outcome::Problem(problem) => {
                self.account_problem(ws, account.id, Some(AccountProblem::from(problem.clone()))).await?;
                self.fail(ws, config, row, lease, Problem { code: problem.code, detail: problem.detail }).await?;
            }
            Outcome::Failed(problem) => self.fail(ws, config, row, lease, problem).await?,
            _ => self.fail(ws, config, row, lease, unknown()).await?,
        }
        Ok(After::Nothing)
    }
}

fn gone() -> Problem {
    Problem { code: "unknown_message".into(), detail: "The provider no longer has the message this is about".into() }
}
