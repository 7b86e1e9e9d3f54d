//! Offers: who, which channel, why this agent and why not the others.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use model::{Loser, Reason, Reservation, Rule, WorkerId};
use serde::Serialize;
use utoipa::ToSchema;

use super::conversation::what;
use super::waiting::counts;
use super::{ChannelMark, ContactSummary, Lens, TaskView, by, maybe, time};

/// Characters of the customer's last words on an offer.
const PREVIEW: usize = 160;

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonView {
    /// skill, capacity, activity, connection, order, rejected_recently or held.
    pub rule: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OtherView {
    pub worker_id: String,
    pub name: String,
    pub rule: String,
    pub detail: String,
}

impl OtherView {
    pub(super) fn of(losers: &[Loser], names: &BTreeMap<WorkerId, String>) -> Vec<Self> {
        let view = |loser: &Loser| Self {
            worker_id: loser.worker_id.to_string(),
            name: names.get(&loser.worker_id).cloned().unwrap_or_default(),
            rule: rule_word(loser.rule).into(),
            detail: loser.detail.clone(),
        };
        losers.iter().map(view).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CountView {
    pub rule: String,
    pub workers: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhyView {
    /// The workflow's filter that the task matched, by name or else by its expression; null for the default filter.
    pub filter: Option<String>,
    /// The queue the offer came from.
    pub queue: Option<String>,
    pub chosen: Vec<ReasonView>,
    pub others: Vec<OtherView>,
    /// Where there are too many workers to name them all: how many each rule was against, the named ones included; empty otherwise.
    pub counted: Vec<CountView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReservationView {
    pub id: String,
    pub task: TaskView,
    pub worker_id: String,
    /// pending, accepted, rejected, timeout, canceled, rescinded, wrapping or completed.
    pub status: String,
    pub created_at: String,
    pub deadline_at: Option<String>,
    pub accepted_at: Option<String>,
    pub why: WhyView,
    pub contact: Option<ContactSummary>,
    pub preview: String,
    /// What there is instead of words: see `LastMessage.what`.
    pub what: String,
    pub channel: ChannelMark,
}

pub(super) fn rule_word(rule: Rule) -> &'static str {
    match rule {
        Rule::Skill => "skill",
        Rule::Activity => "activity",
        Rule::Connection => "connection",
        Rule::Capacity => "capacity",
        Rule::RejectedRecently => "rejected_recently",
        Rule::Held => "held",
        Rule::Order => "order",
    }
}

impl Lens {
    pub async fn reservations(&self, tx: &mut Tx<'_>, reservations: &[Reservation]) -> Result<Vec<ReservationView>> {
        if reservations.is_empty() {
            return Ok(Vec::new());
        }
        let task_ids: Vec<_> = reservations.iter().map(|r| r.task_id).collect();
        let rows = store::routing::tasks(tx, self.ws, &task_ids).await?;
        let conversation_ids: Vec<_> = rows.iter().filter_map(|task| task.conversation_id).collect();
        let conversations = store::conversation::by_ids(tx, self.ws, &conversation_ids).await?;
        let views = by(self.conversations(tx, &conversations).await?, |c| c.id.clone());
        let tasks = by(self.tasks(tx, &rows).await?, |task| task.id.clone());
        let losers: Vec<_> = reservations.iter().flat_map(|r| r.why.others.iter().map(|other| other.worker_id)).collect();
        let names = store::listing::worker_names(tx, self.ws, &losers).await?;
        let mut previews = BTreeMap::new();
        // An agent has a handful of offers at most; each preview is one indexed row.
        for c in &conversations {
            let said = store::message::page(tx, self.ws, c.id, Some(c.last_customer_seq + 1), None, 1).await?;
            let shown = |m: &model::Message| (m.words().chars().take(PREVIEW).collect::<String>(), what(m).to_owned());
            previews.insert(c.id.to_string(), said.first().map(shown).unwrap_or_default());
        }
        let reason = |r: &Reason| ReasonView { rule: rule_word(r.rule).into(), detail: r.detail.clone() };
        let views = reservations.iter().filter_map(|r| {
            let task = tasks.get(&r.task_id.to_string())?.clone();
            let conversation = task.conversation_id.as_ref().and_then(|id| views.get(id));
            let (preview, what) = task.conversation_id.as_ref().and_then(|id| previews.get(id).cloned()).unwrap_or_default();
            Some(ReservationView {
                id: r.id.to_string(),
                worker_id: r.worker_id.to_string(),
                status: r.status.code().into(),
                created_at: time(r.created_at),
                deadline_at: maybe(r.deadline_at),
                accepted_at: maybe(r.accepted_at),
                why: WhyView {
                    filter: r.why.filter.clone(),
                    queue: r.why.queue.clone(),
                    chosen: r.why.chosen.iter().map(reason).collect(),
                    others: OtherView::of(&r.why.others, &names),
                    counted: counts(&r.why.counted),
                },
                contact: conversation.map(|c| c.contact.clone()),
                preview,
                what,
                channel: conversation.map_or_else(
                    || ChannelMark { kind: task.channel.clone(), account_id: String::new(), name: String::new(), address: String::new() },
                    |c| c.channel.clone(),
                ),
                task,
            })
        });
        Ok(views.collect())
    }
}
