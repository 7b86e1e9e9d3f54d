//! Writes what a turn decided: set-based, each key once, final state only; events and the stream's counter last.

use anyhow::Result;
use db::Tx;
use model::{Conversation, Event, EventKind, Lane, MessageState};

use super::load::Turn;
use crate::Hints;

pub(crate) async fn commit(tx: &mut Tx<'_>, mut turn: Turn<'_>) -> Result<Hints> {
    let ws = turn.ws();
    let now = turn.now;
    if let Some(conversation) = turn.conversation.take() {
        turn.out.conversations.insert(conversation.id, conversation);
    }
    let mut out = std::mem::take(&mut turn.out);
    let mut hints = Hints::default();

    if turn.thread_changed {
        store::conversation::update_thread(tx, ws, &turn.thread).await?;
    }
    let touched: Vec<Conversation> = changed_conversations(&turn, &mut out.conversations, tx, &out.new_messages).await?;
    store::conversation::upsert(tx, ws, &touched.iter().collect::<Vec<_>>()).await?;
    store::conversation::put_participants(tx, ws, &out.participants).await?;
    store::message::insert(tx, ws, &out.new_messages.iter().collect::<Vec<_>>()).await?;
    store::message::update(tx, ws, &out.changed_messages.values().collect::<Vec<_>>()).await?;
    for (external_id, id) in &out.provider_ids {
        store::message::meet_inbound(tx, ws, turn.thread.channel_account_id, external_id, *id).await?;
    }
    for (attachment, message) in &out.new_attachments {
        store::message::insert_attachment(tx, ws, attachment, Some(*message), "channel", now).await?;
    }
    for attachment in &out.changed_attachments {
        store::message::update_attachment(tx, ws, attachment).await?;
    }
    let executions: Vec<_> = out.executions.values().cloned().collect();
    store::flow::put_executions(tx, ws, &executions).await?;
    store::flow::put_steps(tx, ws, &out.steps).await?;
    for (id, name) in &out.names {
        store::contact::set_name(tx, ws, *id, name).await?;
    }
    let facts: Vec<_> = out.facts.values().cloned().collect();
    store::contact::put_facts(tx, ws, &facts).await?;
    for (id, opted_out) in &out.opt_outs {
        store::contact::set_opted_out(tx, ws, *id, *opted_out).await?;
    }
    store::journal::finish(tx, ws, &out.inbound_done).await?;
    if !out.used_jobs.is_empty() {
        store::job::delete(tx, ws, &out.used_jobs).await?;
    }
    if !out.dropped_keys.is_empty() {
        store::job::delete_keys(tx, ws, &out.dropped_keys).await?;
    }
    store::job::insert(tx, ws, &out.jobs).await?;
    store::outbox::insert(tx, ws, &out.outbox).await?;

    for job in &out.jobs {
        match &job.lane {
            Lane::Router => {
                hints.routers.insert(ws);
            }
            Lane::Egress => hints.outside = true,
            lane if job.run_at <= now => {
                hints.lanes.insert((ws, lane.clone()));
            }
            _ => hints.timer = true,
        }
    }
    if !out.outbox.is_empty() || out.resend {
        hints.accounts.insert((ws, turn.thread.channel_account_id));
    }

    let mut events = Vec::new();
    for message in &out.new_messages {
        events.push(message_event(EventKind::MessageAdded, message, now));
    }
    for message in out.changed_messages.values() {
        events.push(message_event(EventKind::MessageUpdated, message, now));
    }
    for conversation in &touched {
        events.push(turn.conversation_event(conversation));
    }
    if !facts.is_empty() || !out.names.is_empty() || !out.opt_outs.is_empty() {
        events.push(Event::new(EventKind::PersonUpdated, now).contact(turn.contact.root_id));
    }
    events.append(&mut out.events);
    if !events.is_empty() {
        store::event::append(tx, ws, &mut events).await?;
        hints.events.insert(ws);
    }
    Ok(hints)
}

/// The conversations that differ from what is stored, with their version moved on.
async fn changed_conversations(
    turn: &Turn<'_>,
    conversations: &mut std::collections::BTreeMap<model::ConversationId, Conversation>,
    tx: &mut Tx<'_>,
    new_messages: &[model::Message],
) -> Result<Vec<Conversation>> {
    let mut changed = Vec::new();
    for conversation in std::mem::take(conversations).into_values() {
        let fresh = new_messages.iter().any(|m| m.conversation_id == conversation.id);
        let differs = fresh || store::conversation::by_id(tx, turn.ws(), conversation.id).await?.as_ref() != Some(&conversation);
        if differs {
            changed.push(Conversation { version: conversation.version + 1, ..conversation });
        }
    }
    Ok(changed)
}

fn message_event(kind: EventKind, message: &model::Message, now: model::Timestamp) -> Event {
    debug_assert!(message.state != MessageState::Failed || message.problem.is_some());
    Event::new(kind, now).conversation(message.conversation_id).body(serde_json::to_value(message).unwrap_or_default())
}
