//! Why this agent, and why not the others, in words that stay with the reservation.

use std::collections::BTreeMap;

use model::{Loser, Reason, Rule, Timestamp, Why, WorkerId};

use crate::MAX_LOSERS;
use crate::plan::KnownWorker;
use crate::router::Router;
use crate::rules::held_off;
use crate::state::{QueueState, TaskState, WorkerState, load};
use crate::waiting::ASKED;

impl Router {
    pub(crate) fn why(&self, task: &TaskState, winner: &WorkerState, now: Timestamp) -> Why {
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        let all_named = self.workers.len() <= MAX_LOSERS + 1;
        let named: Vec<&WorkerState> = if all_named { self.workers.values().collect() } else { self.next_in_line(task) };
        let losers = named.into_iter().filter(|worker| worker.row.id != winner.row.id);
        Why {
            filter: self.filter_name(task),
            queue: queue.map(|queue| queue.row.name.clone()),
            chosen: self.chosen(task, winner, now),
            others: losers.map(|worker| self.loser(task, worker, winner, now)).collect(),
            counted: if all_named { BTreeMap::new() } else { self.counted(task, Some(winner)) },
        }
    }

    /// Of very many workers those who are named: who refused the task, and who would have been next.
    fn next_in_line(&self, task: &TaskState) -> Vec<&WorkerState> {
        let refused = task.row.refused.iter().filter_map(|(id, _)| self.workers.get(id));
        let fit =
            self.with_room(task).take(ASKED).filter(|worker| task.refused_at(worker.row.id).is_none() && self.has_skill(task, worker));
        if !self.is_ordered(task) {
            return refused.chain(fit).take(MAX_LOSERS).collect();
        }
        let mut next: Vec<&WorkerState> = fit.collect();
        next.sort_by_cached_key(|worker| self.rank(task, worker));
        refused.chain(next).take(MAX_LOSERS).collect()
    }

    /// A queue's members with room for the task, the longest idle first.
    fn with_room(&self, task: &TaskState) -> impl Iterator<Item = &WorkerState> {
        let room = self.open_queue(task).zip(self.channels.get(&task.row.channel)).map(|(queue, channel)| queue.people.with_room(channel));
        room.into_iter().flatten().filter_map(|(_, id)| self.workers.get(id))
    }

    /// How many of those with room were asked before the winner, or all, and are none of whom the target wants.
    fn unwanted(&self, task: &TaskState, winner: Option<&WorkerState>) -> usize {
        if self.target(task).is_none_or(|target| target.expression.is_none() && target.known_worker.is_none()) {
            return 0;
        }
        // Where the longest idle comes first, nobody behind the winner was asked, unless the winner had refused it.
        let first = winner.map(|winner| winner.row.id).filter(|id| !self.is_ordered(task) && task.refused_at(*id).is_none());
        let asked = self.with_room(task).take_while(|worker| first.is_none_or(|first| worker.row.id != first));
        asked.filter(|worker| !self.has_skill(task, worker)).count()
    }

    /// How many each rule is against, the winner not counted: of those with room the target's own rules are asked, all else is read from
    /// what is counted in the queue.
    pub(crate) fn counted(&self, task: &TaskState, winner: Option<&WorkerState>) -> BTreeMap<Rule, usize> {
        let all = self.workers.len();
        let Some(queue) = self.open_queue(task) else { return [(Rule::Skill, all.saturating_sub(1))].into() };
        let (members, people) = (queue.members.len(), &queue.people);
        let room = self.channels.get(&task.row.channel).map_or(0, |channel| people.with_room(channel).len());
        let unwanted = self.unwanted(task, winner);
        let counted = [
            (Rule::Skill, all - members + unwanted),
            (Rule::Activity, members - people.available),
            (Rule::Connection, people.available - people.there),
            (Rule::Capacity, people.there - room),
            (Rule::Order, room.saturating_sub(unwanted + usize::from(winner.is_some()))),
        ];
        counted.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// The queue whose members may have it; none for a task that was sent to a worker.
    fn open_queue(&self, task: &TaskState) -> Option<&QueueState> {
        task.row.queue_id.filter(|_| task.row.routing_worker.is_none()).and_then(|id| self.queues.get(&id))
    }

    /// The workflow's filter that the task matched.
    pub(crate) fn filter_name(&self, task: &TaskState) -> Option<String> {
        if task.row.routing_worker.is_some() || task.row.routing_queue.is_some() {
            return None;
        }
        let workflow = task.row.workflow_id.and_then(|id| self.workflows.get(&id))?;
        workflow.plan.filter_name(task.row.filter?)
    }

    fn chosen(&self, task: &TaskState, worker: &WorkerState, now: Timestamp) -> Vec<Reason> {
        let mut chosen: Vec<Reason> = self.skills(task).into_iter().map(|detail| reason(Rule::Skill, detail)).collect();
        let ignored = task.row.ignore_capacity;
        let activity = self.activity_name(worker);
        chosen.push(reason(Rule::Activity, activity));
        let load = load(worker, &task.row.channel, &self.reservations);
        let channel = &task.row.channel;
        chosen.push(reason(
            Rule::Capacity,
            if ignored { "capacity ignored".into() } else { format!("{channel}: {} of {} in use", load.slots.len(), load.capacity) },
        ));
        if let Some(target) = self.target(task)
            && !target.order_by.clauses().is_empty()
        {
            chosen.push(reason(Rule::Order, target.order_by.to_string()));
        }
        chosen.push(reason(Rule::Order, format!("longest idle: {} s", self.idle_s(task, worker, now))));
        chosen
    }

    /// What was asked of the worker: the queue's expression, the target's, a known worker, or they were asked for directly.
    pub(crate) fn skills(&self, task: &TaskState) -> Vec<String> {
        if task.row.routing_worker.is_some() {
            return vec!["asked for directly".into()];
        }
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        let mut skills: Vec<String> = queue.map(|queue| queue.row.target_workers.clone()).into_iter().collect();
        if let Some(target) = self.target(task) {
            skills.extend(target.known_worker.as_ref().map(known_worker));
            skills.extend(target.expression.as_ref().map(ToString::to_string));
        }
        skills
    }

    fn loser(&self, task: &TaskState, worker: &WorkerState, winner: &WorkerState, now: Timestamp) -> Loser {
        let (rule, detail) = self.lost_by(task, worker, winner, now);
        Loser { worker_id: worker.row.id, rule, detail }
    }

    fn lost_by(&self, task: &TaskState, worker: &WorkerState, winner: &WorkerState, now: Timestamp) -> (Rule, String) {
        if let Some(rule) = self.against(task, worker) {
            return (rule, self.against_detail(rule, task, worker));
        }
        // Who refused it stands behind everybody who did not, and behind who refused it longer ago only by order.
        let passed_over = task.refused_at(winner.row.id).is_none();
        if let Some(at) = task.refused_at(worker.row.id)
            && (passed_over || !self.may_be_asked(task, worker, now))
        {
            let detail = format!("refused {} s ago", now.since(at) / 1_000_000);
            return (Rule::RejectedRecently, detail);
        }
        let detail = format!("idle: {} s", self.idle_s(task, worker, now));
        (Rule::Order, detail)
    }

    pub(crate) fn against_detail(&self, rule: Rule, task: &TaskState, worker: &WorkerState) -> String {
        match rule {
            Rule::Skill => self.lacks(task, worker),
            Rule::Activity => self.activity_name(worker),
            Rule::Connection => "no desk connected".into(),
            Rule::Capacity => {
                let load = load(worker, &task.row.channel, &self.reservations);
                let channel = &task.row.channel;
                let other = self.channels.named(channel).and_then(|channel| held_off(worker, channel, &self.reservations));
                if let Some(other) = other {
                    format!("{channel}: held off by {other}")
                } else if load.available {
                    format!("{channel}: {} of {} in use", load.slots.len(), load.capacity)
                } else {
                    format!("{channel}: not available")
                }
            }
            Rule::Held => "has the offer already".into(),
            Rule::RejectedRecently | Rule::Order => String::new(),
        }
    }

    /// The first expression that does not hold for the worker.
    fn lacks(&self, task: &TaskState, worker: &WorkerState) -> String {
        if task.row.routing_worker.is_some() {
            return "another worker was asked for".into();
        }
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        if !self.in_queue(task, worker) {
            return queue.map_or_else(String::new, |queue| queue.row.target_workers.clone());
        }
        let Some(target) = self.target(task) else {
            return String::new();
        };
        if !self.is_known_worker(target, task, worker) {
            return target.known_worker.as_ref().map(known_worker).unwrap_or_default();
        }
        let expression = target.expression.as_ref();
        expression.map(ToString::to_string).unwrap_or_default()
    }

    fn activity_name(&self, worker: &WorkerState) -> String {
        let activity = self.activities.get(&worker.row.activity_id);
        activity.map_or_else(String::new, |activity| activity.name.clone())
    }

    /// How long they had no task like this one, in seconds; of who never had one, since they are what they are.
    fn idle_s(&self, task: &TaskState, worker: &WorkerState, now: Timestamp) -> i64 {
        let since = match self.idle_since(task, worker) {
            never if never == Timestamp::default() => worker.row.idle_since,
            since => since,
        };
        (now.since(since) / 1_000_000).max(0)
    }

    pub(crate) fn worker_name(&self, id: WorkerId) -> String {
        let worker = self.workers.get(&id);
        worker.map_or_else(|| id.to_string(), |worker| worker.row.name.clone())
    }
}

fn reason(rule: Rule, detail: String) -> Reason {
    Reason { rule, detail }
}

fn known_worker(known: &KnownWorker) -> String {
    format!("known worker: {}", known.path())
}
