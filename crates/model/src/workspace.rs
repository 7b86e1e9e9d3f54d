//! The tenant and its settings.

use serde::{Deserialize, Serialize};

use crate::{ActivityId, Language, Reading, Readings, RoutingEventKind, TaskOrder, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// The tenant key of every row; internal, never shown.
    pub number: i64,
    pub id: WorkspaceId,
    pub name: String,
    pub settings: Settings,
    pub version: i64,
}

/// Durations in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub default_language: Language,
    /// How long a task may be wrapped up after the conversation's work is done; 0 = no limit.
    pub wrap_up_s: i64,
    /// Whoever rejected or missed an offer gets the same task again not before this.
    pub reoffer_after_s: i64,
    /// How long what an agent holds is kept after their last desk is gone.
    pub grace_s: i64,
    /// A conversation that never had a task closes after this much silence.
    pub close_after_s: i64,
    /// Where a missed offer puts the agent.
    pub timeout_activity_id: Option<ActivityId>,
    /// What new workers start with.
    pub default_activity_id: Option<ActivityId>,
    pub dispositions: Vec<String>,
    /// Messages one visitor may send per minute before being refused.
    pub visitor_messages_per_minute: i64,
    /// Card numbers and keys in customers' messages are hidden before they are kept.
    pub mask_secrets: bool,
    /// Where its days begin, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// Where a phone number without a country code is (ISO 3166, e.g. `DE`); empty = such a number is refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// Which queues go first, the first-in or the last-in ones, where a worker could take from both and priorities are equal.
    pub prioritize_queue_order: TaskOrder,
    /// The service level: this share of tasks is to be accepted…
    pub service_level_percent: i64,
    /// … within so many seconds of their making.
    pub service_level_s: i64,
    /// Told what happens in routing; empty = nobody.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event_callback_url: String,
    /// What it is told; empty = everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events_filter: Vec<RoutingEventKind>,
    /// TaskRouter's rules that are read otherwise where its reference is silent.
    #[serde(skip_serializing_if = "Readings::is_empty")]
    pub readings: Readings,
}

impl Settings {
    pub fn reads(&self, reading: Reading) -> bool {
        self.readings.contains(&reading)
    }

    /// Where a phone number without a country code is.
    pub fn country(&self) -> Option<&str> {
        Some(self.country.as_str()).filter(|code| !code.is_empty())
    }

    /// Whether the workspace's address is told of such an event.
    pub fn tells(&self, kind: RoutingEventKind) -> bool {
        !self.event_callback_url.is_empty() && (self.events_filter.is_empty() || self.events_filter.contains(&kind))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_language: Language::En,
            wrap_up_s: 300,
            reoffer_after_s: 15,
            grace_s: 30,
            close_after_s: 86_400,
            timeout_activity_id: None,
            default_activity_id: None,
            dispositions: ["solved", "follow_up", "no_answer", "spam"].map(String::from).to_vec(),
            visitor_messages_per_minute: 30,
            mask_secrets: true,
            time_zone: "UTC".into(),
            country: String::new(),
            prioritize_queue_order: TaskOrder::Fifo,
            service_level_percent: 80,
            service_level_s: 20,
            event_callback_url: String::new(),
            events_filter: Vec::new(),
            readings: Readings::new(),
        }
    }
}
