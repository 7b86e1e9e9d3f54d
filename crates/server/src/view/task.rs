//! Tasks with the names of their queue and worker.

use anyhow::Result;
use db::Tx;
use model::Task;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Lens, Named, by, maybe, time};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TaskView {
    pub id: String,
    /// pending, reserved, assigned, wrapping, completed or canceled.
    pub status: String,
    pub priority: i64,
    pub queue: Option<Named>,
    pub workflow_id: Option<String>,
    pub channel: String,
    /// JSON text.
    pub attributes: String,
    pub conversation_id: Option<String>,
    pub reason: Option<String>,
    pub disposition: Option<String>,
    pub created_at: String,
    pub waiting_since: String,
    pub assigned_at: Option<String>,
    pub wrap_up_until: Option<String>,
    pub worker: Option<Named>,
    pub version: i64,
}

impl Lens {
    pub async fn tasks(&self, tx: &mut Tx<'_>, tasks: &[Task]) -> Result<Vec<TaskView>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let queues: Vec<_> = tasks.iter().filter_map(|task| task.queue_id).collect();
        let queues = by(store::routing::queues_of(tx, self.ws, &queues).await?, |q| q.id);
        let workers: Vec<_> = tasks.iter().filter_map(|task| task.worker_id).collect();
        let names = store::listing::worker_names(tx, self.ws, &workers).await?;
        let views = tasks.iter().map(|task| TaskView {
            id: task.id.to_string(),
            status: task.status.code().into(),
            priority: task.priority,
            queue: task.queue_id.and_then(|id| queues.get(&id)).map(|queue| Named::new(queue.id, &queue.name)),
            workflow_id: task.workflow_id.map(|id| id.to_string()),
            channel: task.channel.clone(),
            attributes: task.attributes.clone(),
            conversation_id: task.conversation_id.map(|id| id.to_string()),
            reason: task.reason.clone(),
            disposition: task.disposition.clone(),
            created_at: time(task.created_at),
            waiting_since: time(task.virtual_start_time),
            assigned_at: maybe(task.assigned_at),
            wrap_up_until: maybe(task.wrap_up_until),
            worker: task.worker_id.map(|id| Named::new(id, names.get(&id).map_or("", String::as_str))),
            version: task.version,
        });
        Ok(views.collect())
    }
}
