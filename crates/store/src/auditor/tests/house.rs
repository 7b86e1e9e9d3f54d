//! A small, honest world: one workspace, a customer on SMS, a flow that handed over, an agent who answered and sent a picture.

use std::collections::BTreeMap;

use db::{Db, params};
use model::inbound::Sender;
use model::message::AttachmentState;
use model::*;
use serde_json::json;

use super::digest;
use crate::audit_log::Entry;

#[derive(Debug, Clone)]
pub struct House {
    pub now: Timestamp,
    pub ws: i64,
    pub conversation: ConversationId,
    pub thread: ThreadId,
    pub messages: Vec<MessageId>,
    pub outbox: OutboxId,
    pub task: TaskId,
    pub worker: WorkerId,
    pub reservation: ReservationId,
    pub delivery: DeliveryId,
    pub inbound: InboundId,
    pub execution: ExecutionId,
    pub attachment: AttachmentId,
    pub files: BTreeMap<String, Timestamp>,
}

/// Fills a migrated database.
pub async fn build(db: &Db) -> House {
    db.write(|tx| Box::pin(async move { fill(tx).await })).await.unwrap()
}

#[allow(clippy::too_many_lines)] // one world, told once
async fn fill(tx: &mut db::Tx<'_>) -> anyhow::Result<House> {
    let now = Timestamp::from_secs(1_800_000_000);
    let mut ids = Ids::new(now, 7);
    let account: AccountId = ids.next();
    crate::workspace::insert_account(tx, account, "Shop", vec![1], now).await?;
    let ws = crate::workspace::insert(tx, account, ids.next(), "Shop", &Settings::default(), vec![2], now).await?;

    let channel = ChannelAccount {
        id: ids.next(),
        kind: "sms".into(),
        name: "SMS".into(),
        address: "+4930123".into(),
        enabled: true,
        settings: BTreeMap::new(),
        secrets: BTreeMap::new(),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    };
    crate::channel::insert(tx, ws, &channel, vec![3]).await?;
    let contact = Contact { id: ids.next(), root_id: ids.next(), name: "Mia".into(), blocked: false, created_at: now, version: 1 };
    let contact = Contact { root_id: contact.id, ..contact };
    crate::contact::insert(tx, ws, std::slice::from_ref(&contact)).await?;
    let address = Address {
        id: ids.next(),
        contact_id: contact.id,
        channel: "phone".into(),
        scope: String::new(),
        external_id: "+491701234567".into(),
        verified: true,
        opted_out: false,
    };
    crate::contact::insert_address(tx, ws, &address, now).await?;
    let mut thread = Thread {
        id: ids.next(),
        channel_account_id: channel.id,
        key: "+491701234567".into(),
        conversation_id: None,
        address_id: Some(address.id),
        context: json!({}),
        delivered_until: None,
        read_until: None,
    };
    crate::conversation::insert_threads(tx, ws, &[(thread.clone(), vec![thread.key.clone()])]).await?;

    let (conversation_id, task_id, worker_id, flow_id): (ConversationId, TaskId, WorkerId, FlowId) =
        (ids.next(), ids.next(), ids.next(), ids.next());
    thread.conversation_id = Some(conversation_id);
    let conversation = Conversation {
        id: conversation_id,
        state: ConversationState::Open,
        holder: Holder::Task,
        contact_id: contact.id,
        thread_id: thread.id,
        last_seq: 3,
        pos_base: 0,
        task_id: Some(task_id),
        worker_id: Some(worker_id),
        created_at: now,
        closed_at: None,
        closed_reason: None,
        waiting_since: None,
        last_activity_at: now,
        last_customer_seq: 1,
        last_customer_at: Some(now),
        completing_seq: None,
        requests: 1,
        attributes: json!({}),
        version: 4,
    };
    crate::conversation::upsert(tx, ws, &[&conversation]).await?;
    crate::conversation::update_threads(tx, ws, std::slice::from_ref(&thread)).await?;

    let picture = Attachment {
        id: ids.next(),
        name: "map.png".into(),
        media_type: "image/png".into(),
        bytes: 9,
        width: Some(1),
        height: Some(1),
        state: AttachmentState::Ready,
        key: "WS1/aa/1".into(),
        thumbnail_key: Some("WS1/aa/1.small".into()),
        source_url: None,
        sticker: false,
        moves: false,
        problem: None,
    };
    let author = Author::Contact { id: contact.id, name: "Mia".into() };
    let agent = Author::Worker { id: worker_id, name: "Ana".into() };
    let said = [
        (author, "live agent", MessageState::Delivered, vec![]),
        (Author::Bot { name: "Bot".into() }, "A moment", MessageState::Sent, vec![]),
        (agent, "Hello", MessageState::Delivered, vec![picture.clone()]),
    ];
    let mut messages = Vec::new();
    for (seq, (author, text, state, attachments)) in (1..).zip(said) {
        messages.push(Message {
            id: ids.next(),
            conversation_id,
            thread_id: Some(thread.id),
            seq,
            pos: seq,
            client_id: Some(format!("c{seq}")),
            author,
            private: false,
            text: text.into(),
            attachments,
            choices: vec![],
            cards: vec![],
            notice: None,
            extras: vec![],
            choice: None,
            reply_to: None,
            reactions: vec![],
            earlier: vec![],
            edit_no: 0,
            template: None,
            provider_id: None,
            unsent_at: None,
            unsent_by: String::new(),
            revision: None,
            state,
            problem: None,
            parts: 1,
            created_at: now,
            provider_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
        });
    }
    crate::message::insert(tx, ws, &messages.iter().collect::<Vec<_>>()).await?;
    crate::message::insert_attachment(tx, ws, &picture, Some(messages[2].id), "US1", now).await?;

    let delivery = crate::journal::Delivery {
        id: ids.next(),
        channel_account_id: channel.id,
        sealed: vec![4],
        headers: "{}".into(),
        received_at: now,
        quarantined: None,
    };
    let message =
        InboundMessage { from: Sender::default(), provider_id: "SM1".into(), text: "live agent".into(), ..InboundMessage::default() };
    let inbound = Inbound {
        id: ids.next(),
        delivery_id: delivery.id,
        channel_account_id: channel.id,
        external_id: "SM1".into(),
        keys: vec![thread.key.clone()],
        event: InboundEvent::Message(message),
        provider_at: None,
        received_at: now,
        attempts: 0,
    };
    let delivery_id = delivery.id;
    let kept = (delivery, vec![inbound.clone()]);
    crate::journal::keep(tx, ws, &[&kept]).await?;
    crate::journal::finish(tx, ws, &[(inbound.id, "processed", None)]).await?;
    crate::message::meet_inbound(tx, ws, &[(channel.id, "SM1".to_owned(), messages[0].id)]).await?;

    let mut outbox = Vec::new();
    for message in &messages[1..] {
        outbox.push(Outbox {
            id: ids.next(),
            conversation_id: Some(conversation_id),
            thread_id: thread.id,
            channel_account_id: channel.id,
            message_id: Some(message.id),
            opened_at: now,
            seq: message.seq,
            part: 0,
            state: OutboxState::Queued,
            body: json!({}),
            progress: json!(null),
            not_before: now,
            expires_at: now.plus_secs(60),
            attempts: 0,
            epoch: 0,
            doubt_since: None,
        });
    }
    crate::outbox::insert(tx, ws, &outbox).await?;
    for (row, external) in outbox.iter().zip(["SM2", "SM3"]) {
        crate::outbox::claim(tx, ws, row, 1, now).await?;
        let after = Outbox { state: OutboxState::Sent, attempts: 1, ..row.clone() };
        crate::outbox::settle(tx, ws, &after, 1, "sent", now).await?;
        crate::message::meet_sent(tx, ws, channel.id, external, row.message_id.unwrap_or(messages[1].id), 0).await?;
    }

    let revision = crate::flow::Revision {
        revision: 1,
        status: "published".into(),
        definition: "{}".into(),
        message: String::new(),
        actor: "US1".into(),
        at: now,
    };
    crate::flow::insert(tx, ws, flow_id, "Default", &revision).await?;
    let execution = Execution {
        id: ids.next(),
        conversation_id,
        flow_id,
        revision: 1,
        step_no: 2,
        state: ExecutionState::Ended,
        widget: "send-to-agent".into(),
        waiting: None,
        repeats: 0,
        context: json!({}),
        started_at: now,
        ended_at: Some(now),
        ended_reason: None,
    };
    crate::flow::put_executions(tx, ws, std::slice::from_ref(&execution)).await?;
    let step = |no| Step {
        execution_id: execution.id,
        no,
        widget: "w".into(),
        kind: "trigger".into(),
        event: None,
        next: None,
        at: now,
        warnings: vec![],
        output: json!({}),
    };
    crate::flow::put_steps(tx, ws, &[step(1), step(2)]).await?;

    let effects = routing(now, &mut ids, conversation_id, task_id, worker_id);
    crate::routing::commit(tx, ws, &effects).await?;
    let reservation = effects.reservations.values().next_back().map(|r| r.id).unwrap_or(ReservationId(uuid::Uuid::nil()));

    let close = Job {
        id: ids.next(),
        lane: Lane::Conversation(conversation_id),
        key: format!("close:{conversation_id}"),
        run_at: now.plus_secs(86_400),
        kind: JobKind::Close { reason: "silence".into() },
        attempts: 0,
        epoch: 0,
    };
    crate::job::insert(tx, ws, &[close]).await?;
    let entry = |action: &str| Entry { actor: "US1".into(), action: action.into(), subject: "WK1".into(), detail: String::new() };
    crate::audit_log::append(tx, ws, &[entry("worker.created"), entry("worker.changed"), entry("key.created")], now, digest).await?;
    let mut events: Vec<Event> = messages
        .iter()
        .map(|m| Event::new(EventKind::MessageAdded, now).conversation(conversation_id).body(serde_json::to_value(m).unwrap_or_default()))
        .collect();
    events.push(Event::new(EventKind::ConversationUpdated, now).conversation(conversation_id));
    crate::event::append(tx, ws, &events).await?;
    tx.exec(
        db::sql!("INSERT INTO node (id, started_at, expires_at) VALUES ($1, $2, $3)"),
        params![ids.next::<NodeId>().0, now.micros(), now.micros()],
    )
    .await?;

    let files = [&picture.key].into_iter().chain(&picture.thumbnail_key).map(|key| (key.clone(), now)).collect();
    Ok(House {
        now,
        ws,
        conversation: conversation_id,
        thread: thread.id,
        messages: messages.iter().map(|m| m.id).collect(),
        outbox: outbox[0].id,
        task: task_id,
        worker: worker_id,
        reservation,
        delivery: delivery_id,
        inbound: inbound.id,
        execution: execution.id,
        attachment: picture.id,
        files,
    })
}

/// An agent who rejected nothing, missed one offer, and accepted the second.
fn routing(now: Timestamp, ids: &mut Ids, conversation: ConversationId, task: TaskId, worker: WorkerId) -> RouterEffects {
    let activity = Activity { id: ids.next(), name: "Available".into(), available: true, updated_at: Timestamp::default() };
    let queue = TaskQueue {
        id: ids.next(),
        name: "Support".into(),
        target_workers: "1 == 1".into(),
        max_reserved_workers: 1,
        task_order: TaskOrder::Fifo,
        signature: String::new(),
        business_hours_id: None,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let ana = Worker {
        id: worker,
        name: "Ana".into(),
        attributes: "{}".into(),
        activity_id: activity.id,
        activity_since: now,
        channels: BTreeMap::new(),
        user_id: None,
        connected: true,
        idle_since: now,
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let row = Task {
        id: task,
        status: TaskStatus::Assigned,
        priority: 0,
        attributes: "{}".into(),
        channel: "sms".into(),
        workflow_id: None,
        queue_id: Some(queue.id),
        filter: None,
        target: 0,
        target_entered_at: now,
        target_deadline_at: None,
        expires_at: now.plus_secs(86_400),
        wrap_up_until: None,
        routing_worker: None,
        routing_queue: None,
        routing_workflow: None,
        ignore_capacity: false,
        conversation_id: Some(conversation),
        request_key: Some("FN1:2".into()),
        request_no: Some(1),
        created_at: now,
        virtual_start_time: now,
        assigned_at: Some(now.plus_secs(30)),
        ended_at: None,
        reason: None,
        disposition: None,
        note: None,
        worker_id: Some(worker),
        refused: vec![],
        offers: 2,
        way: Vec::new(),
        entered_workflow: None,
        held_for: 0,
        held_here: 0,
        nobody_told: false,
        updated_at: Timestamp::default(),
        version: 3,
    };
    let missed = Reservation {
        id: ids.next(),
        task_id: task,
        worker_id: worker,
        channel: "sms".into(),
        status: ReservationStatus::Timeout,
        offer_no: 0,
        slot: Some(0),
        capacity: 1,
        created_at: now,
        deadline_at: Some(now.plus_secs(20)),
        accepted_at: None,
        ended_at: Some(now.plus_secs(20)),
        why: Why::default(),
    };
    let accepted = Reservation {
        id: ids.next(),
        status: ReservationStatus::Accepted,
        created_at: now.plus_secs(25),
        deadline_at: Some(now.plus_secs(45)),
        accepted_at: Some(now.plus_secs(30)),
        ended_at: None,
        ..missed.clone()
    };
    let mut effects = RouterEffects::default();
    effects.activities.insert(activity.id, Some(activity));
    effects.queues.insert(queue.id, Some(queue));
    effects.workers.insert(ana.id, ana);
    effects.tasks.insert(row.id, row);
    effects.reservations.insert(missed.id, missed);
    effects.reservations.insert(accepted.id, accepted);
    effects
}
