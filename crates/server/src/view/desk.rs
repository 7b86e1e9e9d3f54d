//! Everything a desk needs at once, with the number of the newest event it already holds.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use model::{Timestamp, WorkerId};
use serde::Serialize;
use utoipa::ToSchema;

use super::worker::activity;
use super::{ActivityView, ConversationView, Lens, Named, ReservationView, WorkerBrief, WorkerView, by, time};
use crate::resource::canned_replies::CannedReplyView;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MissedOffer {
    pub reservation_id: String,
    pub at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Desk {
    /// Number of the newest event this snapshot holds: ask the stream from here.
    pub position: i64,
    pub now: String,
    pub worker: Option<WorkerView>,
    pub activities: Vec<ActivityView>,
    pub reservations: Vec<ReservationView>,
    pub conversations: Vec<ConversationView>,
    pub canned_replies: Vec<CannedReplyView>,
    pub workers: Vec<WorkerBrief>,
    pub queues: Vec<Named>,
    pub dispositions: Vec<String>,
    pub flows: Vec<Named>,
    /// Reading position per conversation.
    pub seen: BTreeMap<String, i64>,
    pub missed_offer: Option<MissedOffer>,
}

impl Lens {
    /// Read in one transaction, so that no event falls between the parts.
    pub async fn desk(&self, tx: &mut Tx<'_>, worker: Option<WorkerId>, now: Timestamp) -> Result<Desk> {
        let position = store::event::last(tx, self.ws).await?;
        let activities = store::routing::activities(tx, self.ws).await?;
        let all = store::routing::workers(tx, self.ws).await?;
        let own = all.iter().find(|row| Some(row.id) == worker).cloned();
        let (mut reservations, mut conversations, mut seen, mut missed) = (Vec::new(), Vec::new(), BTreeMap::new(), None);
        if let Some(row) = &own {
            let open = store::routing::open_reservations(tx, self.ws, row.id).await?;
            reservations = self.reservations(tx, &open).await?;
            let held = store::conversation::held_by(tx, self.ws, row.id).await?;
            let ids: Vec<_> = held.iter().map(|c| c.id).collect();
            for (id, seq) in store::message::seen_by(tx, self.ws, row.id, &ids).await? {
                seen.insert(id.to_string(), seq);
            }
            conversations = self.conversations(tx, &held).await?;
            // Only an offer that put them away is worth a banner, and only until they come back.
            let away = activities.iter().any(|activity| activity.id == row.activity_id && !activity.available);
            if away {
                let offer = store::routing::missed_at(tx, self.ws, row.id, row.activity_since).await?;
                missed = offer.map(|offer| MissedOffer { reservation_id: offer.id.to_string(), at: time(row.activity_since) });
            }
        }
        let known = by(activities.clone(), |a| a.id);
        let briefs = all.iter().map(|row| WorkerBrief {
            id: row.id.to_string(),
            name: row.name.clone(),
            activity: activity(&known, row.activity_id),
            connected: row.connected,
        });
        let replies = store::answer::replies(tx, self.ws).await?;
        let own: Vec<_> = own.into_iter().collect();
        Ok(Desk {
            position,
            now: time(now),
            worker: self.workers(tx, &own).await?.pop(),
            activities: activities.iter().map(ActivityView::from).collect(),
            reservations,
            conversations,
            canned_replies: replies.iter().map(CannedReplyView::of).collect(),
            workers: briefs.collect(),
            queues: store::routing::queues(tx, self.ws).await?.iter().map(|queue| Named::new(queue.id, &queue.name)).collect(),
            dispositions: store::workspace::by_number(tx, self.ws).await?.map(|row| row.settings.dispositions).unwrap_or_default(),
            flows: store::flow::all(tx, self.ws).await?.iter().map(|flow| Named::new(flow.id, &flow.name)).collect(),
            seen,
            missed_offer: missed,
        })
    }
}
