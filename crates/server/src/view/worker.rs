//! Workers with their activity and what they hold per channel.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::Tx;
use expression::{Expression, Json, Overlay};
use model::{Activity, ActivityId, Worker};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Lens, by, time};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActivityView {
    pub id: String,
    pub name: String,
    pub available: bool,
}

impl From<&Activity> for ActivityView {
    fn from(activity: &Activity) -> Self {
        Self { id: activity.id.to_string(), name: activity.name.clone(), available: activity.available }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkerChannelView {
    pub channel: String,
    pub capacity: i64,
    pub available: bool,
    pub open: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkerView {
    pub id: String,
    pub name: String,
    pub activity: ActivityView,
    pub activity_since: String,
    pub connected: bool,
    /// JSON text, kept exactly as posted.
    pub attributes: String,
    pub channels: Vec<WorkerChannelView>,
    pub user_id: Option<String>,
    pub version: i64,
}

/// A colleague, as the transfer list shows them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkerBrief {
    pub id: String,
    pub name: String,
    pub activity: ActivityView,
    pub connected: bool,
}

impl Lens {
    pub async fn workers(&self, tx: &mut Tx<'_>, workers: &[Worker]) -> Result<Vec<WorkerView>> {
        if workers.is_empty() {
            return Ok(Vec::new());
        }
        let activities = by(store::routing::activities(tx, self.ws).await?, |a| a.id);
        let open = store::board::open_counts(tx, self.ws).await?;
        let views = workers.iter().map(|worker| {
            let channels = self.task_channels(worker).into_iter().map(|channel| {
                let own = worker.channels.get(&channel);
                WorkerChannelView {
                    capacity: own.map_or(1, |own| own.capacity),
                    available: own.is_none_or(|own| own.available),
                    open: open.get(&(worker.id, channel.clone())).copied().unwrap_or(0),
                    channel,
                }
            });
            WorkerView {
                id: worker.id.to_string(),
                name: worker.name.clone(),
                activity: activity(&activities, worker.activity_id),
                activity_since: time(worker.activity_since),
                connected: worker.connected,
                attributes: worker.attributes.clone(),
                channels: channels.collect(),
                user_id: worker.user_id.map(|id| id.to_string()),
                version: worker.version,
            }
        });
        Ok(views.collect())
    }

    /// The task channels a worker can be asked on: their own, and those of the channels that exist.
    pub(super) fn task_channels(&self, worker: &Worker) -> BTreeSet<String> {
        let kinds = self.engine.connectors().iter().map(|connector| engine::task_channel_of(connector.kind()).to_owned());
        worker.channels.keys().cloned().chain(kinds).collect()
    }
}

pub(super) fn activity(activities: &BTreeMap<ActivityId, Activity>, id: ActivityId) -> ActivityView {
    activities.get(&id).map_or_else(|| ActivityView { id: id.to_string(), name: String::new(), available: false }, ActivityView::from)
}

/// Whether a queue's expression takes a worker, read as the router reads it.
pub fn belongs(wanted: &Expression, worker: &Worker, activities: &BTreeMap<ActivityId, Activity>) -> bool {
    let system = json!({
        "sid": worker.id.to_string(),
        "friendly_name": worker.name,
        "activity_sid": worker.activity_id.to_string(),
        "activity_name": activity(activities, worker.activity_id).name,
    });
    let attributes: Cow<'_, Value> = Cow::Owned(serde_json::from_str(&worker.attributes).unwrap_or_default());
    wanted.matches(&Overlay(&Json(&system), &Json(&attributes)))
}
