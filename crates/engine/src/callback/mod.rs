//! TaskRouter's callbacks: what happened is told to the workspace's address, and a workflow's address is asked about each offer.
//!
//! Invariants: the job is written in the commit of what happened, so nothing is told that is not so, and nothing is left out by a crash;
//! it is told at least once, signed as Twilio signs, and in no certain order. Addresses are those of the moment of the request.
//! It does not know what an offer is decided by: an answer becomes a command to the router like any other.

mod assignment;
mod said;
mod signed;

use anyhow::Result;
use model::{EventId, Job, JobKind, Lane, RouterEffects, RoutingEventKind, Timestamp};
use router::Router;

pub use said::{Fields, resource as event_resource, said};
pub use signed::auth_token_about;

use crate::{Engine, Sent};

/// An answer is expected within this.
const TIMEOUT_MS: u64 = 15_000;
/// Tries at telling of one event, the last of them some 17 minutes after the first.
const TRIES: i64 = 11;

/// What is to be told of a batch, and asked about its offers.
pub(crate) fn jobs(router: &Router, effects: &RouterEffects, ids: &mut model::Ids, now: Timestamp) -> Vec<Job> {
    let settings = router.settings();
    let told =
        |kind| !settings.event_callback_url.is_empty() && (settings.events_filter.is_empty() || settings.events_filter.contains(&kind));
    let mut jobs = Vec::new();
    let mut add = |key: String, kind| {
        jobs.push(Job { id: ids.next(), lane: Lane::Egress, key, run_at: now, kind, attempts: 0, epoch: 0 });
    };
    for event in &effects.happened {
        if told(event.kind) {
            add(format!("event:{}", event.id()), JobKind::RoutingEvent { event_id: event.id() });
        }
        let offered = event.reservation_id.filter(|_| event.kind == RoutingEventKind::ReservationCreated);
        let workflow = event.workflow_id.and_then(|id| router.workflow(id));
        if let Some(reservation_id) = offered
            && workflow.is_some_and(|workflow| !workflow.assignment_callback_url.is_empty())
        {
            add(format!("assignment:{reservation_id}"), JobKind::Assignment { reservation_id });
        }
    }
    jobs
}

impl Engine {
    /// Tells the workspace's address of an event; later again where it was not taken.
    pub(crate) async fn tell_event(&self, ws: i64, job: &Job, id: EventId) -> Result<()> {
        let config = self.config(ws).await?;
        let url = config.workspace.settings.event_callback_url.clone();
        let found = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let event = store::routing_event::by_id(tx, ws, id).await?;
                    Ok(said(tx, ws, event.as_slice()).await?.pop())
                })
            })
            .await?;
        let Some(fields) = found.filter(|_| !url.is_empty()) else { return self.finish_outside(ws, job).await };
        let why = match self.post_signed(ws, &url, &job.key, &said::parameters(fields), TIMEOUT_MS).await? {
            Sent::Answer { status: 200..=299, .. } => return self.finish_outside(ws, job).await,
            Sent::Answer { status, .. } => format!("it answered {status}"),
            Sent::NotSent { why, .. } | Sent::Unknown { why } | Sent::TooLarge { why } => why,
        };
        if job.attempts < TRIES {
            return self.again(ws, job, 1 << (job.attempts - 1).clamp(0, 9)).await;
        }
        tracing::warn!(ws, event = %id, why, "an event was not taken at the workspace's address and is given up");
        self.finish_outside(ws, job).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_a_quarter_of_an_hour_after_the_first() {
        let waits: i64 = (1..TRIES).map(|attempt| 1 << (attempt - 1).clamp(0, 9)).sum();
        assert_eq!(waits, 1_023);
    }
}
