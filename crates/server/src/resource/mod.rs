//! One file per resource: what may be asked of it, and who may ask.

pub mod activities;
pub mod api_keys;
pub mod audit_log;
pub mod board;
pub mod bot;
pub mod branding;
pub mod business_hours;
pub mod canned_replies;
pub mod channel_accounts;
pub mod channel_options;
pub mod contacts;
pub mod conversations;
pub mod custom_fields;
pub mod desk;
pub mod executions;
pub mod flows;
pub mod me;
pub mod members;
pub mod messages;
pub mod reservations;
pub mod search;
pub mod session;
pub mod settings;
pub mod setup;
pub mod task_channels;
pub mod task_queues;
pub mod tasks;
pub mod undelivered;
pub mod unreadable;
pub mod uploads;
pub mod webhooks;
pub mod workers;
pub mod workers_csv;
pub mod workers_edit;
pub mod workflows;

use utoipa_axum::router::OpenApiRouter;

use crate::Server;

/// What is asked outside of a workspace.
pub fn outside() -> OpenApiRouter<Server> {
    OpenApiRouter::new().merge(session::routes()).merge(me::routes()).merge(setup::routes()).merge(branding::outside())
}

/// What is asked inside of a workspace.
pub fn inside() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(activities::routes())
        .merge(api_keys::routes())
        .merge(audit_log::routes())
        .merge(board::routes())
        .merge(bot::routes())
        .merge(branding::routes())
        .merge(canned_replies::routes())
        .merge(channel_accounts::routes())
        .merge(channel_options::routes())
        .merge(contacts::routes())
        .merge(conversations::routes())
        .merge(custom_fields::routes())
        .merge(desk::routes())
        .merge(executions::routes())
        .merge(flows::routes())
        .merge(members::routes())
        .merge(messages::routes())
        .merge(reservations::routes())
        .merge(search::routes())
        .merge(settings::routes())
        .merge(business_hours::routes())
        .merge(task_channels::routes())
        .merge(task_queues::routes())
        .merge(tasks::routes())
        .merge(undelivered::routes())
        .merge(unreadable::routes())
        .merge(uploads::routes())
        .merge(webhooks::routes())
        .merge(workers::routes())
        .merge(workers_csv::routes())
        .merge(workers_edit::routes())
        .merge(workflows::routes())
}
