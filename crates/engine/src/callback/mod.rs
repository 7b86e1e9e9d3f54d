//! TaskRouter's callbacks: what happened is told to the workspace's address, and a workflow's address is asked about each offer.
//!
//! Invariants: the job is written in the commit of what happened, so nothing is told that is not so, and nothing is left out by a crash;
//! it is told at least once, signed as Twilio signs, and in no certain order. Addresses are those of the moment of the request.
//! It does not know what an offer is decided by: an answer becomes a command to the router like any other.

mod assignment;
mod said;
mod signed;

use std::collections::BTreeMap;

use anyhow::Result;
use model::{EventId, Job, JobKind, Lane, RouterEffects, RoutingEventKind, Timestamp};
use router::Router;

pub use said::{Fields, resource as event_resource, said};
use signed::Way;
pub use signed::auth_token_about;

use crate::{Engine, Sent};

/// What an event says, when it happened, and the address it is told to, if any.
pub(crate) struct Said {
    at: Timestamp,
    url: String,
    fields: Fields,
}

/// So long an event is tried, in seconds.
const LIVES_S: i64 = 4 * 3600;
/// Tries come ever later, but not later than this, in seconds.
const LATEST_S: i64 = 512;

/// When the next try comes after so many.
fn wait_s(attempts: i64) -> i64 {
    (1 << (attempts - 1).clamp(0, 30)).min(LATEST_S)
}

/// What is to be told of a batch, and asked about its offers.
pub(crate) fn jobs(router: &Router, effects: &RouterEffects, ids: &mut model::Ids, now: Timestamp) -> Vec<Job> {
    let mut jobs = Vec::new();
    for event in &effects.happened {
        if router.settings().tells(event.kind) {
            jobs.push(Job::of_event(ids.next(), event.id(), now));
        }
        let offered = event.reservation_id.filter(|_| event.kind == RoutingEventKind::ReservationCreated);
        let workflow = event.workflow_id.and_then(|id| router.workflow(id));
        if let Some(reservation_id) = offered
            && workflow.is_some_and(|workflow| !workflow.assignment_callback_url.is_empty())
        {
            let (key, kind) = (format!("assignment:{reservation_id}"), JobKind::Assignment { reservation_id });
            jobs.push(Job { id: ids.next(), lane: Lane::Egress, key, run_at: now, kind, attempts: 0, epoch: 0 });
        }
    }
    jobs
}

impl Engine {
    /// What these events say, read together; an event that is not there any more says nothing.
    pub(crate) async fn read_events(&self, ws: i64, ids: Vec<EventId>) -> Result<BTreeMap<EventId, Said>> {
        self.0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    // The last that is told of a deleted workspace is that it was; of one that is being erased nothing is.
                    let Some(workspace) = store::deleted::even_deleted(tx, ws).await? else { return Ok(BTreeMap::new()) };
                    let url = workspace.settings.event_callback_url;
                    let events = store::routing_event::by_ids(tx, ws, &ids).await?;
                    let fields = said(tx, ws, &events).await?;
                    let told = events.into_iter().zip(fields);
                    Ok(told.map(|(event, fields)| (event.id(), Said { at: event.at, url: url.clone(), fields })).collect())
                })
            })
            .await
    }

    /// Tells the workspace's address of an event; later again where it was not taken.
    pub(crate) async fn tell_event(&self, ws: i64, job: &Job, id: EventId, said: Option<Said>) -> Result<()> {
        let Some(Said { at, url, fields }) = said.filter(|said| !said.url.is_empty()) else { return self.finish_outside(ws, job).await };
        let (why, permanent) = match self.post_signed(ws, Way::Events, &url, &job.key, &said::parameters(fields)).await? {
            Sent::Answer { status: 200..=299, .. } => return self.finish_outside(ws, job).await,
            Sent::Answer { status, .. } => (format!("it answered {status}"), false),
            Sent::NotSent { why, permanent } => (why, permanent),
            Sent::Unknown { why } | Sent::TooLarge { why } => (why, false),
        };
        let next = self.now().plus_secs(wait_s(job.attempts));
        if !permanent && next < at.plus_secs(LIVES_S) {
            return self.again(ws, job, wait_s(job.attempts)).await;
        }
        tracing::warn!(ws, event = %id, why, "an event was not taken at the workspace's address and is given up");
        self.finish_outside(ws, job).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_ever_later_up_to_a_limit() {
        assert_eq!([1, 2, 3, 9, 10, 11, 40].map(wait_s), [1, 2, 4, 256, 512, 512, 512]);
    }
}
