//! Why a task has waited, or still does.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use model::{Because, Reservation, Rule, Task, WhyWaiting};
use serde::Serialize;
use utoipa::ToSchema;

use super::reservation::{CountView, OtherView, ReasonView, WhyView, rule_word};
use super::{Lens, by, maybe, time};

/// A stay in a queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VisitView {
    /// Null where it was sent to one agent, or the queue is gone.
    pub queue: Option<String>,
    pub at: String,
    /// matched, sent, timeout, skipped, moved, returned, changed or closed.
    pub because: String,
    /// How many waited there already.
    pub ahead: i64,
}

/// An offer of the task, and why it went to this agent.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfferView {
    pub reservation_id: String,
    pub worker_id: String,
    pub name: String,
    pub status: String,
    pub created_at: String,
    pub ended_at: Option<String>,
    pub why: WhyView,
}

/// Nobody is there for now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClosedView {
    /// RFC 3339 with the offset of the place; null where it is not known.
    pub opens_at: Option<String>,
    /// What the date or the closure is called that is the reason; else empty.
    pub reason: String,
}

/// What is against each agent just now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WaitingView {
    /// The workflow's filter that the task matched, by name or else by its expression; null for the default filter.
    pub filter: Option<String>,
    pub queue: Option<String>,
    /// What an agent must have.
    pub asks: Vec<String>,
    /// The target's own order of agents.
    pub order: Option<String>,
    /// 1 = next in line; one more than 1000 where more stand before it.
    pub position: i64,
    /// Judged by who was accepted lately in the same line; null when nobody was.
    pub estimated_wait_s: Option<i64>,
    /// That its queue is closed, whoever is there.
    pub closed: Option<ClosedView>,
    /// Those who come closest first, at most 30.
    pub others: Vec<OtherView>,
    pub counted: Vec<CountView>,
    /// When the workflow moves it on.
    pub next_step_at: Option<String>,
    /// When it is canceled for waiting too long.
    pub expires_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TaskWhy {
    pub status: String,
    /// Why it was canceled.
    pub reason: Option<String>,
    /// Null once somebody accepted it, or it ended.
    pub waiting: Option<WaitingView>,
    /// Oldest first.
    pub way: Vec<VisitView>,
    /// Newest first, at most 50.
    pub offers: Vec<OfferView>,
}

/// Offers told of one task.
const OFFERS: usize = 50;

fn because_word(because: Because) -> &'static str {
    match because {
        Because::Matched => "matched",
        Because::Sent => "sent",
        Because::Timeout => "timeout",
        Because::Skipped => "skipped",
        Because::Moved => "moved",
        Because::Returned => "returned",
        Because::Changed => "changed",
        Because::Closed => "closed",
    }
}

pub(super) fn counts(counted: &BTreeMap<Rule, usize>) -> Vec<CountView> {
    counted.iter().map(|(rule, workers)| CountView { rule: rule_word(*rule).into(), workers: *workers }).collect()
}

impl Lens {
    pub async fn task_why(&self, tx: &mut Tx<'_>, task: &Task, waiting: Option<WhyWaiting>) -> Result<TaskWhy> {
        let mut offers = store::routing::reservations_of(tx, self.ws, task.id).await?;
        offers.reverse();
        self.why_of(tx, task, offers, waiting).await
    }

    /// The same of offers told in this order.
    pub async fn why_of(&self, tx: &mut Tx<'_>, task: &Task, mut offers: Vec<Reservation>, waiting: Option<WhyWaiting>) -> Result<TaskWhy> {
        offers.truncate(OFFERS);
        let losers = offers.iter().flat_map(|offer| offer.why.others.iter().map(|other| other.worker_id));
        let against = waiting.iter().flat_map(|waiting| waiting.others.iter().map(|other| other.worker_id));
        let people: Vec<_> = losers.chain(against).chain(offers.iter().map(|offer| offer.worker_id)).collect();
        let names = store::listing::worker_names(tx, self.ws, &people).await?;
        let queues = by(store::routing::queues(tx, self.ws).await?, |queue| queue.id);
        let way = task.way.iter().map(|visit| VisitView {
            queue: visit.queue_id.and_then(|id| queues.get(&id)).map(|queue| queue.name.clone()),
            at: time(visit.at),
            because: because_word(visit.because).into(),
            ahead: visit.ahead,
        });
        let reason = |reason: &model::Reason| ReasonView { rule: rule_word(reason.rule).into(), detail: reason.detail.clone() };
        let offers = offers.iter().map(|offer| OfferView {
            reservation_id: offer.id.to_string(),
            worker_id: offer.worker_id.to_string(),
            name: names.get(&offer.worker_id).cloned().unwrap_or_default(),
            status: offer.status.code().into(),
            created_at: time(offer.created_at),
            ended_at: maybe(offer.ended_at),
            why: WhyView {
                filter: offer.why.filter.clone(),
                queue: offer.why.queue.clone(),
                chosen: offer.why.chosen.iter().map(reason).collect(),
                others: OtherView::of(&offer.why.others, &names),
                counted: counts(&offer.why.counted),
            },
        });
        Ok(TaskWhy {
            status: task.status.code().into(),
            reason: task.reason.clone(),
            way: way.collect(),
            offers: offers.collect(),
            waiting: waiting.map(|why| WaitingView {
                others: OtherView::of(&why.others, &names),
                counted: counts(&why.counted),
                filter: why.filter,
                queue: why.queue,
                asks: why.asks,
                order: why.order,
                position: why.standing.position,
                estimated_wait_s: why.standing.estimated_wait_s,
                closed: why.standing.closed.map(|closed| ClosedView { opens_at: closed.opens_at, reason: closed.reason }),
                next_step_at: maybe(why.next_step_at),
                expires_at: maybe(why.expires_at),
            }),
        })
    }
}
