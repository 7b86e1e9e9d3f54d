//! Rows as the web apps read them. Each view is loaded in sets: a list costs as many queries as one.

mod board;
mod brand;
mod card;
mod channel;
mod conversation;
mod day;
mod desk;
mod extra;
mod message;
mod people;
mod person;
mod reservation;
mod subject;
mod task;
mod waiting;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Config, Engine};
use model::{ChannelAccountId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

pub use board::{Board, BoardAsked, BoardQueue, BoardTask, BoardWorker, Floor};
pub use brand::{BrandPalette, BrandView, Picture, picture_path};
pub use card::{CardView, NewCard, PreviewView, cards};
pub use channel::{ChannelAccountView, ChannelKind, ChannelMark, CheckResult, Composer, Noted, Sightings, StickerSetView, TemplateView};
pub use conversation::{ConversationView, LastMessage, ThreadView};
pub use day::day_began;
pub use desk::{Desk, MissedOffer};
pub use extra::{NewContact, NewLocation, NewSticker, extras};
pub use message::{AttachmentView, AuthorView, ExtraView, MessageView};
pub use people::People;
pub use person::{ClaimView, ContactSummary, EarlierConversation, FactView, JoinView, PersonAddress, PersonView};
pub use reservation::{OtherView, ReasonView, ReservationView, WhyView};
pub use subject::{SubjectView, ids_of};
pub use task::TaskView;
pub use waiting::TaskWhy;
pub use worker::{ActivityView, WorkerBrief, WorkerChannelView, WorkerView, belongs};

use crate::origin::Door;
use crate::presence::Presence;
use crate::{Caller, Problem, Server};

/// What views are made with: the workspace's configuration, and how this client reaches our origins.
#[derive(Clone)]
pub struct Lens {
    pub ws: i64,
    pub engine: Engine,
    pub config: Arc<Config>,
    pub presence: Presence,
    pub door: Door,
}

impl Lens {
    /// # Errors
    /// When the configuration cannot be read.
    pub async fn new(server: &Server, ws: i64, door: &Door) -> Result<Self, Problem> {
        let config = server.engine().config(ws).await?;
        Ok(Self { ws, engine: server.engine().clone(), config, presence: server.presence().clone(), door: door.clone() })
    }
    pub async fn of(server: &Server, caller: &Caller) -> Result<Self, Problem> {
        Self::new(server, caller.ws, &caller.door).await
    }
    /// The channel by which people know an address kind: several channels may share one, e.g. a phone number.
    pub fn shown_channel(&self, address_kind: &str) -> String {
        let connector = self.engine.connectors().iter().find(|connector| connector.address_kind() == address_kind);
        connector.map_or_else(|| address_kind.to_owned(), |connector| connector.kind().to_owned())
    }
    /// What a channel account looks like beside a name. One that was deleted keeps its id.
    pub fn mark(&self, id: ChannelAccountId) -> ChannelMark {
        ChannelMark::of(self, id)
    }
}

/// Something with an id and a name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl Named {
    pub fn new(id: impl ToString, name: &str) -> Self {
        Self { id: id.to_string(), name: name.to_owned() }
    }
}

pub fn time(at: Timestamp) -> String {
    at.rfc3339()
}

pub fn maybe(at: Option<Timestamp>) -> Option<String> {
    at.map(time)
}

/// Rows by key.
pub(crate) fn by<K: Ord, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
