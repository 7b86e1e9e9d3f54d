//! What expressions may ask of a worker, and of a queue's people.

use std::borrow::Cow;

use expression::{Json, Lookup, Segment};
use model::{ActivityId, Reading};
use serde_json::Value;

use crate::router::Router;
use crate::state::{QueueState, WorkerState, load};

/// System fields over the worker's own attributes; with channels in a target, without in a queue's expression.
pub(crate) struct WorkerFacts<'a> {
    router: &'a Router,
    worker: &'a WorkerState,
    attributes: Json<'a>,
    channels: bool,
}

impl<'a> WorkerFacts<'a> {
    pub fn in_queue(router: &'a Router, worker: &'a WorkerState) -> Self {
        Self { router, worker, attributes: Json(&worker.attributes), channels: false }
    }

    pub fn in_target(router: &'a Router, worker: &'a WorkerState) -> Self {
        Self { channels: true, ..Self::in_queue(router, worker) }
    }

    fn system(&self, path: &[Segment]) -> Option<Value> {
        let row = &self.worker.row;
        match path {
            [Segment::Key(field)] => match field.as_str() {
                "sid" => Some(row.id.to_string().into()),
                "friendly_name" => Some(row.name.as_str().into()),
                "activity_sid" => Some(row.activity_id.to_string().into()),
                "activity_name" => {
                    let activity = self.router.activities.get(&row.activity_id)?;
                    Some(activity.name.as_str().into())
                }
                _ => None,
            },
            [Segment::Key(first), Segment::Key(channel), Segment::Key(field)] if self.channels && first == "channel" => {
                let load = load(self.worker, channel, &self.router.reservations);
                match field.as_str() {
                    "configured_capacity" => Some(load.capacity.into()),
                    "assigned_tasks" => Some(load.assigned.into()),
                    "available_capacity_percentage" => {
                        Some(load.available_percentage(self.router.settings.reads(Reading::NoCapacityIsFree)).into())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Lookup for WorkerFacts<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        match self.system(path) {
            Some(value) => Cow::Owned(value),
            None => self.attributes.get(path),
        }
    }
}

/// What `skip_if` may ask: `workers.available`, `workers.unavailable`, `workers.<activity sid>`.
pub(crate) struct QueueFacts<'a> {
    pub queue: &'a QueueState,
}

impl Lookup for QueueFacts<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        let (people, members) = (&self.queue.people, self.queue.members.len());
        let value = match path {
            [Segment::Key(first), Segment::Key(field)] if first == "workers" => match field.as_str() {
                // An agent whose desk is closed is not there, whatever their activity says.
                "available" => people.there.into(),
                "unavailable" => (members - people.there).into(),
                sid => sid.parse().map_or(Value::Null, |activity: ActivityId| people.in_activity(activity).into()),
            },
            _ => Value::Null,
        };
        Cow::Owned(value)
    }
}
