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

/// By our clock; then the places of inbound events whose provider told its time are refilled in that order. An event without one keeps its
/// place: its time of arrival is another clock's, and a provider's may be in whole seconds. What failed too often is put aside.
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
    let told = |input: &Input| match input {
        Input::Inbound(event) => event.provider_at.map(|at| (at, event.received_at, event.id.uuid())),
        Input::Job(_) => None,
    };
    let places: Vec<usize> = inputs.iter().enumerate().filter(|(_, input)| told(input).is_some()).map(|(at, _)| at).collect();
    let mut taken: Vec<Input> = Vec::new();
    for at in places.iter().rev() {
        taken.push(inputs.remove(*at));
    }
    taken.sort_by_key(told);
    for (at, input) in places.into_iter().zip(taken) {
        inputs.insert(at, input);
    }
    inputs
}

#[cfg(test)]
mod tests {
    use model::inbound::Sender;
    use model::{Ids, InboundEvent};

    use super::*;

    fn order(events: &[(&str, Option<i64>, i64)]) -> Vec<String> {
        let mut ids = Ids::new(Timestamp::from_millis(1), 1);
        let (account, delivery_id) = (ids.next(), ids.next());
        let inbound = events.iter().map(|(name, provider_at, received_at)| Inbound {
            id: ids.next(),
            delivery_id,
            channel_account_id: account,
            external_id: (*name).to_owned(),
            keys: vec!["+491700000006".into()],
            event: InboundEvent::Unsend { from: Sender::default(), provider_id: (*name).to_owned() },
            provider_at: provider_at.map(Timestamp::from_millis),
            received_at: Timestamp::from_millis(*received_at),
            attempts: 0,
        });
        let named = |input: Input| match input {
            Input::Inbound(event) => event.external_id,
            Input::Job(_) => unreachable!("no job was given"),
        };
        ordered(&mut Out::default(), inbound.collect(), vec![]).into_iter().map(named).collect()
    }

    #[test]
    fn events_come_in_their_providers_order() {
        assert_eq!(order(&[("b", Some(2_000), 5_000), ("a", Some(1_000), 5_001)]), ["a", "b"]);
        assert_eq!(order(&[("a", Some(1_000), 5_000), ("b", Some(1_000), 5_001)]), ["a", "b"], "in one second: as they arrived");
    }

    /// A webhook without a time, and the next text from a list whose times are whole seconds.
    #[test]
    fn what_has_no_time_of_its_provider_keeps_its_place() {
        assert_eq!(order(&[("a", None, 40_155), ("b", Some(40_000), 40_162)]), ["a", "b"]);
        assert_eq!(order(&[("c", Some(3_000), 40_000), ("x", None, 40_100), ("a", Some(1_000), 40_200)]), ["a", "x", "c"]);
    }
}
