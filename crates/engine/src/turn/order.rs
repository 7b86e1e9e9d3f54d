//! In which order a lane's inputs are folded.

use anyhow::Result;
use db::Tx;
use model::{Id, Inbound, Job, Lane, Timestamp};

use super::out::Out;
use super::{INPUTS, MAX_ATTEMPTS};

/// One thing to fold.
pub(crate) enum Input {
    Inbound(Box<Inbound>),
    Job(Box<Job>),
}

impl Input {
    pub fn attempts(&self) -> i64 {
        match self {
            Self::Inbound(inbound) => inbound.attempts,
            Self::Job(job) => job.attempts,
        }
    }
    fn at(&self) -> Timestamp {
        match self {
            Self::Inbound(inbound) => inbound.received_at,
            Self::Job(job) => job.run_at,
        }
    }
}

/// What a turn of this lane would take first.
pub(crate) async fn first_input(tx: &mut Tx<'_>, ws: i64, lane: &Lane, now: Timestamp) -> Result<Option<Input>> {
    let mut inbound = vec![];
    let mut jobs = store::job::due_in_lane(tx, ws, &lane.to_string(), now, INPUTS).await?;
    if let Lane::Thread(account, key) = lane {
        inbound = store::journal::waiting(tx, ws, &[lane.to_string()], INPUTS).await?;
        let thread = store::conversation::thread_by_key(tx, ws, *account, key).await?;
        if let Some(id) = thread.and_then(|thread| thread.conversation_id) {
            jobs.extend(store::job::due_in_lane(tx, ws, &Lane::Conversation(id).to_string(), now, INPUTS).await?);
        }
    }
    Ok(ordered(&mut Out::default(), inbound, jobs).into_iter().next())
}

/// By our clock; then the places held by inbound events are refilled in provider order. What failed too often is put aside.
pub(crate) fn ordered(out: &mut Out, inbound: Vec<Inbound>, jobs: Vec<Job>) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::with_capacity(inbound.len() + jobs.len());
    for event in inbound {
        if event.attempts > MAX_ATTEMPTS {
            out.inbound_done.push((event.id, "quarantined", Some("it failed three times".into())));
        } else {
            inputs.push(Input::Inbound(Box::new(event)));
        }
    }
    for job in jobs {
        // The router's news is never dropped: without it nobody would hold the customer.
        if job.attempts > MAX_ATTEMPTS && !matches!(job.kind, model::JobKind::News(_)) {
            tracing::error!(job = %job.id, key = %job.key, "a job failed three times and is dropped");
            out.used_jobs.push(job.id);
            out.flow_lost |= matches!(job.kind, model::JobKind::HttpAnswer { .. } | model::JobKind::Wait { .. } | model::JobKind::Continue);
        } else {
            inputs.push(Input::Job(Box::new(job)));
        }
    }
    inputs.sort_by_key(Input::at);
    let places: Vec<usize> = inputs.iter().enumerate().filter(|(_, input)| matches!(input, Input::Inbound(_))).map(|(at, _)| at).collect();
    let mut taken: Vec<Input> = Vec::new();
    for at in places.iter().rev() {
        taken.push(inputs.remove(*at));
    }
    taken.sort_by_key(|input| match input {
        Input::Inbound(event) => (event.provider_at.unwrap_or(event.received_at), event.received_at, event.id.uuid()),
        Input::Job(job) => (job.run_at, job.run_at, job.id.uuid()),
    });
    for (at, input) in places.into_iter().zip(taken) {
        inputs.insert(at, input);
    }
    inputs
}
