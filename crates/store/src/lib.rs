//! One file of queries per noun, and the turn's load and commit. It turns effects into rows.
//!
//! Invariants: every function works inside the transaction it is given; every query carries the workspace it was called with;
//! what must never be doubled is refused by the schema in `migrations/`.
//! This crate decides nothing and knows no HTTP, clock or randomness: times and ids arrive as arguments.

pub mod access;
pub mod answer;
pub mod applied;
pub mod audit_log;
pub mod auditor;
pub mod board;
pub mod branding;
pub mod channel;
pub mod consent;
pub mod contact;
pub mod conversation;
pub mod custom_field;
pub mod deleted;
pub mod durability;
pub mod event;
pub mod flow;
pub mod job;
pub mod journal;
pub mod lease;
pub mod listing;
pub mod message;
pub mod outbox;
pub mod proof;
pub mod reach;
pub mod restore;
pub mod routing;
pub mod routing_event;
pub mod row;
pub mod sealed;
pub mod search;
pub mod sighting;
pub mod taskrouter;
pub mod template;
pub mod together;
pub mod unreadable;
pub mod visitor;
pub mod watch;
pub mod webhook;

pub mod workspace;

use db::Migration;

/// All migrations, in order. One file is one transaction.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_base", sql: include_str!("../migrations/0001_base.sql") },
    Migration { name: "0002_plans", sql: include_str!("../migrations/0002_plans.sql") },
    Migration { name: "0003_visitor_subject", sql: include_str!("../migrations/0003_visitor_subject.sql") },
    Migration { name: "0004_credentials", sql: include_str!("../migrations/0004_credentials.sql") },
    Migration { name: "0005_channels", sql: include_str!("../migrations/0005_channels.sql") },
    Migration { name: "0006_webhooks", sql: include_str!("../migrations/0006_webhooks.sql") },
    Migration { name: "0007_custom_fields", sql: include_str!("../migrations/0007_custom_fields.sql") },
    Migration { name: "0008_branding", sql: include_str!("../migrations/0008_branding.sql") },
    Migration { name: "0009_webchat_sighting", sql: include_str!("../migrations/0009_webchat_sighting.sql") },
    Migration { name: "0010_consent", sql: include_str!("../migrations/0010_consent.sql") },
    Migration { name: "0011_undelivered", sql: include_str!("../migrations/0011_undelivered.sql") },
    Migration { name: "0012_silence", sql: include_str!("../migrations/0012_silence.sql") },
    Migration { name: "0013_unreadable", sql: include_str!("../migrations/0013_unreadable.sql") },
    Migration { name: "0014_provider_key", sql: include_str!("../migrations/0014_provider_key.sql") },
    Migration { name: "0015_task_channels", sql: include_str!("../migrations/0015_task_channels.sql") },
    Migration { name: "0016_hidden_task", sql: include_str!("../migrations/0016_hidden_task.sql") },
    Migration { name: "0017_doubt", sql: include_str!("../migrations/0017_doubt.sql") },
    Migration { name: "0018_routing_event", sql: include_str!("../migrations/0018_routing_event.sql") },
    Migration { name: "0019_business_hours", sql: include_str!("../migrations/0019_business_hours.sql") },
    Migration { name: "0020_outside", sql: include_str!("../migrations/0020_outside.sql") },
    Migration { name: "0021_routing_event_filters", sql: include_str!("../migrations/0021_routing_event_filters.sql") },
    Migration { name: "0022_deleted_workspace", sql: include_str!("../migrations/0022_deleted_workspace.sql") },
    Migration { name: "0023_one_form", sql: include_str!("../migrations/0023_one_form.sql") },
];

/// The internal number of a workspace: the tenant key of every row.
pub type WorkspaceNo = i64;
