//! What a worker takes of each task channel. Every worker has every channel; what was never said is capacity 1, available.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use model::{Id, Reservation, ReservationStatus, RouterCommand, TaskChannel, Worker, WorkerChannel, WorkerChannelId, WorkerId};
use serde_json::{Value, json};
use server::{Caller, Server, may, noted};
use sha2::{Digest, Sha256};

use super::{Shown, mark, read, task_channels, workers};
use crate::asked::{Asked, Named, Sid};
use crate::date::{born, changed, iso};
use crate::form::{Body, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/Workers/{sid}/Channels", get(list))
        .route("/Workspaces/{ws}/Workers/{sid}/Channels/{named}", get(fetch).post(update))
}

/// A worker with their open reservations, and the workspace's channels.
struct Held {
    worker: Worker,
    open: Vec<Reservation>,
    channels: Vec<TaskChannel>,
}

impl Held {
    async fn read(server: &Server, caller: &Caller, id: WorkerId) -> Answered<Self> {
        let (ws, worker) = (caller.ws, workers::one(server, caller, id).await?);
        let open = read(server, move |tx| Box::pin(async move { store::routing::open_reservations(tx, ws, id).await })).await?;
        Ok(Self { worker, open, channels: task_channels::all(server, caller).await? })
    }

    /// By the SID of the worker's channel, or SID or unique name of the task channel.
    fn channel(&self, named: &str) -> Answered<&TaskChannel> {
        let is = |channel: &&TaskChannel| task_channels::is_named(channel, named) || sid(&self.worker, channel).to_string() == named;
        self.channels.iter().find(is).ok_or_else(Refused::not_found)
    }

    fn setting(&self, channel: &TaskChannel) -> WorkerChannel {
        let unsaid = WorkerChannel { capacity: 1, available: true };
        self.worker.channels.get(&channel.unique_name).cloned().unwrap_or(unsaid)
    }

    fn view(&self, place: &Place, channel: &TaskChannel) -> Value {
        let WorkerChannel { capacity, available } = self.setting(channel);
        let mine = || self.open.iter().filter(|reservation| reservation.channel == channel.unique_name);
        let assigned = mine().filter(|reservation| reservation.status == ReservationStatus::Accepted).count();
        let open = mine().count() as i64;
        let made = born(self.worker.id, self.worker.updated_at).max(born(channel.id, channel.updated_at));
        let sid = sid(&self.worker, channel);
        json!({
            "account_sid": place.account,
            "assigned_tasks": assigned,
            "available": available,
            "available_capacity_percentage": if capacity > 0 { ((capacity - open) * 100).div_euclid(capacity).max(0) } else { 0 },
            "configured_capacity": capacity,
            "date_created": iso(made),
            "date_updated": changed(self.worker.updated_at, made),
            "sid": sid,
            "task_channel_sid": channel.id,
            "task_channel_unique_name": channel.unique_name,
            "worker_sid": self.worker.id,
            "workspace_sid": place.workspace,
            "url": place.url(format_args!("Workers/{}/Channels/{sid}", self.worker.id)),
        })
    }
}

/// A worker's channel is no row of its own: its SID is made of both, and always the same.
fn sid(worker: &Worker, channel: &TaskChannel) -> WorkerChannelId {
    let hash = Sha256::digest(format!("{}|{}", worker.id, channel.id));
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    WorkerChannelId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

async fn list(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkerId>,
    Query(mut query): Query,
) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    query.end()?;
    let held = Held::read(&server, &asked, id).await?;
    let cut = paging.cut(held.channels.iter().map(|channel| (channel.id.to_string(), channel)).collect(), false);
    let views = cut.rows.iter().map(|channel| held.view(&asked.place, channel)).collect();
    Ok(paging.envelope(&asked.place.url(format_args!("Workers/{id}/Channels")), "channels", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<WorkerId>, Named(named): Named) -> Answered<Shown> {
    let held = Held::read(&server, &asked, id).await?;
    Ok(Shown::marked(held.view(&asked.place, held.channel(&named)?)))
}

async fn update(
    State(server): State<Server>,
    asked: Asked<may::ManageWorkers>,
    Sid(id): Sid<WorkerId>,
    Named(named): Named,
    Body(mut form): Body,
) -> Answered<Shown> {
    let (capacity, available) = (form.number("Capacity")?, form.truth("Available")?);
    form.end()?;
    let held = Held::read(&server, &asked, id).await?;
    let channel = held.channel(&named)?;
    asked.check_match(&mark(&held.view(&asked.place, channel)))?;
    let before = held.setting(channel);
    let setting = WorkerChannel { capacity: capacity.unwrap_or(before.capacity), available: available.unwrap_or(before.available) };
    let mut worker = held.worker.clone();
    worker.channels.insert(channel.unique_name.clone(), setting);
    asked.order(&server, "worker", RouterCommand::PutWorker { worker }, noted("worker.changed", id, "")).await?;
    let held = Held::read(&server, &asked, id).await?;
    Ok(Shown::marked(held.view(&asked.place, held.channel(&named)?)))
}
