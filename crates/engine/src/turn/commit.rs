//! Writes what the turns of a batch decided: each table once, each key once, final state only; events and the stream's counter last.

use anyhow::Result;
use db::Tx;
use model::{Attachment, ChannelAccountId, Conversation, Event, EventKind, Lane, Message, MessageId, MessageState, Thread, Timestamp};

use super::Scope;
use super::load::Turn;
use super::out::Out;
use crate::Hints;

/// What the turns of a batch write together. Their lanes share no row, so that no key comes twice.
#[derive(Default)]
struct Writes {
    threads: Vec<Thread>,
    conversations: Vec<Conversation>,
    changed_messages: Vec<Message>,
    met: Vec<(ChannelAccountId, String, MessageId)>,
    new_attachments: Vec<(Attachment, MessageId)>,
    executions: Vec<model::Execution>,
    facts: Vec<model::Fact>,
    events: Vec<Event>,
    /// The other tables' rows, as the turns gathered them.
    out: Out,
}

pub(crate) async fn commit(tx: &mut Tx<'_>, scope: &Scope<'_>, turns: Vec<Turn<'_>>) -> Result<Hints> {
    let (ws, now) = (scope.config.ws(), scope.now);
    let mut hints = Hints::default();
    let mut all = Writes::default();
    for turn in turns {
        hint(&mut hints, &turn);
        gather(&mut all, turn);
    }
    // In one order, so that two batches that learn of the same people wait for each other in one direction only.
    all.facts.sort_by(|a, b| (a.contact_id, &a.key).cmp(&(b.contact_id, &b.key)));
    let out = all.out;
    store::conversation::update_threads(tx, ws, &all.threads).await?;
    store::conversation::upsert(tx, ws, &all.conversations.iter().collect::<Vec<_>>()).await?;
    store::conversation::put_participants(tx, ws, &out.participants).await?;
    store::message::insert(tx, ws, &out.new_messages.iter().collect::<Vec<_>>()).await?;
    store::message::update(tx, ws, &all.changed_messages.iter().collect::<Vec<_>>()).await?;
    store::message::meet_inbound(tx, ws, &all.met).await?;
    for (attachment, message) in &all.new_attachments {
        store::message::insert_attachment(tx, ws, attachment, Some(*message), "channel", now).await?;
    }
    for attachment in &out.changed_attachments {
        store::message::update_attachment(tx, ws, attachment).await?;
    }
    store::flow::put_executions(tx, ws, &all.executions).await?;
    store::flow::put_steps(tx, ws, &out.steps).await?;
    for (id, name) in &out.names {
        store::contact::set_name(tx, ws, *id, name).await?;
    }
    store::contact::put_facts(tx, ws, &all.facts).await?;
    for (id, opted_out) in &out.opt_outs {
        store::contact::set_opted_out(tx, ws, *id, *opted_out).await?;
    }
    store::consent::insert(tx, ws, &out.consents).await?;
    store::journal::finish(tx, ws, &out.inbound_done).await?;
    if !out.used_jobs.is_empty() {
        store::job::delete(tx, ws, &out.used_jobs).await?;
    }
    if !out.dropped_keys.is_empty() {
        store::job::delete_keys(tx, ws, &out.dropped_keys).await?;
    }
    store::job::insert(tx, ws, &out.jobs).await?;
    store::outbox::insert(tx, ws, &out.outbox).await?;
    store::audit_log::append(tx, ws, &out.audit, now, crate::once::digest).await?;
    if !all.events.is_empty() {
        store::event::append(tx, ws, &all.events).await?;
        hints.events.insert(ws);
    }
    Ok(hints)
}

/// What a turn gives others to do.
fn hint(hints: &mut Hints, turn: &Turn<'_>) {
    let ws = turn.ws();
    for job in &turn.out.jobs {
        match &job.lane {
            Lane::Router => {
                hints.routers.insert(ws);
            }
            Lane::Egress => hints.outside = true,
            lane if job.run_at <= turn.now => {
                hints.lanes.insert((ws, lane.clone()));
            }
            _ => hints.timer = true,
        }
    }
    if !turn.out.outbox.is_empty() || turn.out.resend {
        hints.accounts.insert((ws, turn.thread.channel_account_id));
    }
}

fn gather(all: &mut Writes, mut turn: Turn<'_>) {
    turn.put_away_execution();
    let mut out = std::mem::take(&mut turn.out);
    let conversations = changed_conversations(&mut turn, &mut out);
    let person_changed = !out.facts.is_empty() || !out.names.is_empty() || !out.opt_outs.is_empty();

    let events = &mut all.events;
    events.extend(out.new_messages.iter().map(|message| message_event(EventKind::MessageAdded, message, turn.now)));
    events.extend(out.changed_messages.values().map(|message| message_event(EventKind::MessageUpdated, message, turn.now)));
    events.extend(conversations.iter().map(|conversation| turn.conversation_event(conversation)));
    if person_changed {
        events.push(Event::new(EventKind::PersonUpdated, turn.now).contact(turn.contact.root_id));
    }
    events.append(&mut out.events);

    let account = turn.thread.channel_account_id;
    if turn.thread_changed {
        all.threads.push(turn.thread);
    }
    all.conversations.extend(conversations);
    all.changed_messages.extend(std::mem::take(&mut out.changed_messages).into_values());
    all.met.extend(out.provider_ids.drain(..).map(|(external_id, id)| (account, external_id, id)));
    all.new_attachments.append(&mut out.new_attachments);
    all.executions.extend(std::mem::take(&mut out.executions).into_values());
    all.facts.extend(std::mem::take(&mut out.facts).into_values());
    all.out.append(out);
}

/// The conversations that differ from what is stored, with their version moved on.
fn changed_conversations(turn: &mut Turn<'_>, out: &mut Out) -> Vec<Conversation> {
    let mut conversations = std::mem::take(&mut out.conversations);
    conversations.extend(turn.conversation.take().map(|c| (c.id, c)));
    let changed = |c: &Conversation| out.new_messages.iter().any(|m| m.conversation_id == c.id) || turn.stored.as_ref() != Some(c);
    let changed = conversations.into_values().filter(changed);
    changed.map(|conversation| Conversation { version: conversation.version + 1, ..conversation }).collect()
}

fn message_event(kind: EventKind, message: &Message, now: Timestamp) -> Event {
    debug_assert!(message.state != MessageState::Failed || message.problem.is_some());
    Event::new(kind, now).conversation(message.conversation_id).body(serde_json::to_value(message).unwrap_or_default())
}
