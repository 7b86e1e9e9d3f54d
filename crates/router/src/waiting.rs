//! Where a waiting task stands, and why nobody has it yet. Asked when somebody looks; nothing is kept for it but the task's way.

use std::collections::BTreeMap;

use model::{Because, Loser, Rule, Standing, TaskId, TaskQueueId, Timestamp, Visit, WhyWaiting};

use crate::channels::ChannelNo;
use crate::line::Pool;
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;

/// Visits kept of a task.
const VISITS: usize = 50;
/// Workers asked one by one for an answer to "why"; of more, only what is counted is told.
pub(crate) const ASKED: usize = 2_000;

impl Router {
    /// Why a task waits; nothing for one that does not.
    pub fn why_waiting(&self, id: TaskId, now: Timestamp) -> Option<WhyWaiting> {
        let task = self.tasks.get(&id).filter(|task| task.waits())?;
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        let order = self.target(task).map(|target| target.order_by.to_string()).filter(|order| !order.is_empty());
        let (others, counted) = self.against_all(task, now);
        Some(WhyWaiting {
            filter: self.filter_name(task),
            queue: queue.map(|queue| queue.row.name.clone()),
            asks: self.skills(task),
            order,
            standing: self.standing_of(task, now),
            others,
            counted,
            next_step_at: task.row.target_deadline_at,
            expires_at: Some(task.row.expires_at),
        })
    }

    /// What is against each worker, those who come closest first, and how many each rule is against.
    fn against_all(&self, task: &TaskState, now: Timestamp) -> (Vec<Loser>, BTreeMap<Rule, usize>) {
        let pool = match task.row.routing_worker {
            Some(worker) => Some(Pool::Worker(worker)),
            None => task.row.queue_id.map(Pool::Queue),
        };
        let members: Vec<_> = pool.into_iter().flat_map(|pool| self.candidates(pool)).collect();
        let mut counted = BTreeMap::from([(Rule::Skill, self.workers.len() - members.len())]);
        if members.len() > ASKED {
            let mut counted = self.counted(task, None);
            counted.retain(|rule, _| *rule != Rule::Order);
            return (Vec::new(), counted);
        }
        let mut others: Vec<Loser> = Vec::new();
        for worker in members {
            let (rule, detail) = match self.against(task, worker) {
                Some(rule) => (rule, self.against_detail(rule, task, worker)),
                None if !self.may_be_asked(task, worker, now) => {
                    let at = task.refused_at(worker.row.id).unwrap_or(now);
                    (Rule::RejectedRecently, format!("refused {} s ago", now.since(at) / 1_000_000))
                }
                // They could have it, and will in the same turn; seen only where somebody looks between two.
                None => continue,
            };
            *counted.entry(rule).or_default() += 1;
            others.push(Loser { worker_id: worker.row.id, rule, detail });
        }
        others.sort_by_key(|loser| (far(loser.rule), loser.worker_id));
        others.truncate(WhyWaiting::NAMED);
        counted.retain(|_, count| *count > 0);
        (others, counted)
    }

    pub(crate) fn standing_of(&self, task: &TaskState, now: Timestamp) -> Standing {
        self.standing_at(task, self.home(task), now)
    }

    /// Where a task would stand in this pool, on this channel.
    pub(crate) fn standing_at(&self, task: &TaskState, home: Option<(Pool, ChannelNo)>, now: Timestamp) -> Standing {
        let closed = self.closed(task, now);
        let Some(((pool, channel), place)) = home.zip(task.stands()) else { return Standing { closed, ..Standing::default() } };
        let position = self.lines.before((pool, channel), place, Standing::COUNTED) + 1;
        let estimated_wait_s = match pool {
            Pool::Queue(_) if closed.is_some() => None,
            Pool::Queue(queue) => self.pace.wait_s(queue, channel, position, now),
            Pool::Worker(_) => None,
        };
        Standing { position, estimated_wait_s, closed }
    }

    /// Notes that a task comes to wait somewhere.
    pub(crate) fn note_visit(&mut self, id: TaskId, because: Because, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else { return };
        let ahead = task.row.queue_id.zip(self.channels.get(&task.row.channel));
        let ahead = ahead.map_or(0, |(queue, channel)| self.ahead(queue, channel, task));
        let row = &task.row;
        let from = row.way.last().and_then(|visit| visit.queue_id);
        let visit = Visit { queue_id: row.queue_id, filter: row.filter, target: row.target, at: turn.now, because, ahead };
        self.change_task(id, turn, |row| {
            if row.queue_id != from {
                row.held_here = 0;
            }
            row.way.push(visit);
            if row.way.len() > VISITS {
                row.way.remove(0);
            }
        });
        self.queue_entered(id, from, turn);
    }

    /// How many others wait in the same line.
    fn ahead(&self, queue: TaskQueueId, channel: ChannelNo, task: &TaskState) -> i64 {
        let pool = Pool::Queue(queue);
        let own = self.home(task) == Some((pool, channel));
        self.lines.count(pool, channel) as i64 - i64::from(own)
    }
}

/// How far somebody is from getting it: a busy one frees up, one who lacks the skill does not learn it meanwhile.
fn far(rule: Rule) -> u8 {
    match rule {
        Rule::Held | Rule::Order => 0,
        Rule::RejectedRecently => 1,
        Rule::Capacity => 2,
        Rule::Connection => 3,
        Rule::Activity => 4,
        Rule::Skill => 5,
    }
}
