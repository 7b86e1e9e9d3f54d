//! Flows with their revisions, executions with their steps, and the rows the bot answers from.

use anyhow::Result;
use db::{Ask, Row, Tx, params, rows, sql};
use model::{BotFactId, BotQuestionId, ConversationId, Execution, ExecutionId, ExecutionState, FlowId, Step, Timestamp};

use crate::WorkspaceNo;
use crate::row::body;
use crate::together::{Asked, one};

rows!(UPSERT: "execution"(workspace_id bigint, id uuid, conversation_id uuid, flow_id uuid, revision bigint, step_no bigint, state text, body text, started_at bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET step_no = excluded.step_no, state = excluded.state, body = excluded.body");
rows!(UPSERT_STEP: "step"(workspace_id bigint, execution_id uuid, no bigint, body text)
    tail "ON CONFLICT (workspace_id, execution_id, no) DO UPDATE SET body = excluded.body");

#[derive(Debug, Clone)]
pub struct Flow {
    pub id: FlowId,
    pub name: String,
    pub revision: i64,
    pub published_revision: Option<i64>,
    pub version: i64,
}

fn flow(row: &Row) -> Result<Flow> {
    Ok(Flow { id: FlowId(row.get(0)?), name: row.get(1)?, revision: row.get(2)?, published_revision: row.get(3)?, version: row.get(4)? })
}

pub async fn all(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Flow>> {
    let rows = tx
        .all(sql!("SELECT id, name, revision, published_revision, version FROM flow WHERE workspace_id = $1 ORDER BY id"), params![ws])
        .await?;
    rows.iter().map(flow).collect()
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId) -> Result<Option<Flow>> {
    let row = tx
        .opt(
            sql!("SELECT id, name, revision, published_revision, version FROM flow WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(flow).transpose()
}

pub async fn definition(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, revision: i64) -> Result<Option<String>> {
    let row = tx
        .opt(
            sql!("SELECT definition FROM flow_revision WHERE workspace_id = $1 AND flow_id = $2 AND revision = $3"),
            params![ws, id.0, revision],
        )
        .await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// A flow's published definition, if it has one.
pub async fn published(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(FlowId, i64, String)>> {
    let rows = tx
        .all(
            sql!("SELECT f.id, r.revision, r.definition FROM flow f JOIN flow_revision r ON r.workspace_id = f.workspace_id AND r.flow_id = f.id AND r.revision = f.published_revision WHERE f.workspace_id = $1 ORDER BY f.id"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok((FlowId(row.get(0)?), row.get(1)?, row.get(2)?))).collect()
}

/// A saved revision of a flow.
pub struct Revision {
    pub revision: i64,
    pub status: String,
    pub definition: String,
    pub message: String,
    pub actor: String,
    pub at: Timestamp,
}

pub async fn revisions(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId) -> Result<Vec<Revision>> {
    let rows = tx
        .all(
            sql!("SELECT revision, status, definition, message, actor, at FROM flow_revision WHERE workspace_id = $1 AND flow_id = $2 ORDER BY revision DESC"),
            params![ws, id.0],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Revision {
                revision: row.get(0)?,
                status: row.get(1)?,
                definition: row.get(2)?,
                message: row.get(3)?,
                actor: row.get(4)?,
                at: Timestamp::from_micros(row.get(5)?),
            })
        })
        .collect()
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, name: &str, revision: &Revision) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO flow (workspace_id, id, name, revision, published_revision, version) VALUES ($1, $2, $3, $4, $5, 1)"),
        params![ws, id.0, name, revision.revision, (revision.status == "published").then_some(revision.revision)],
    )
    .await?;
    insert_revision(tx, ws, id, revision).await
}

pub async fn insert_revision(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, revision: &Revision) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO flow_revision (workspace_id, flow_id, revision, status, definition, message, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        params![
            ws,
            id.0,
            revision.revision,
            revision.status.as_str(),
            revision.definition.as_str(),
            revision.message.as_str(),
            revision.actor.as_str(),
            revision.at.micros()
        ],
    )
    .await?;
    Ok(())
}

/// Moves a flow's head; false when `flow.version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, flow: &Flow) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE flow SET name = $3, revision = $4, published_revision = $5, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $6"),
            params![ws, flow.id.0, flow.name.as_str(), flow.revision, flow.published_revision, flow.version],
        )
        .await?;
    Ok(changed == 1)
}

pub async fn mark_published(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, revision: i64) -> Result<()> {
    tx.exec(
        sql!("UPDATE flow_revision SET status = 'published' WHERE workspace_id = $1 AND flow_id = $2 AND revision = $3"),
        params![ws, id.0, revision],
    )
    .await?;
    Ok(())
}

/// Deletes a flow that never ran; false when it is not there in that version.
pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, version: i64) -> Result<bool> {
    let found = tx.opt(sql!("SELECT 1 FROM flow WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    if found.is_none() {
        return Ok(false);
    }
    tx.exec(sql!("DELETE FROM flow_reference WHERE workspace_id = $1 AND flow_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM flow_revision WHERE workspace_id = $1 AND flow_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM flow WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    Ok(true)
}

pub async fn has_executions(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId) -> Result<bool> {
    Ok(tx.opt(sql!("SELECT 1 FROM execution WHERE workspace_id = $1 AND flow_id = $2 LIMIT 1"), params![ws, id.0]).await?.is_some())
}

/// Given SIDs and what they stand for here.
pub async fn references(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(FlowId, String, String, Option<String>)>> {
    let rows = tx
        .all(
            sql!("SELECT flow_id, kind, given, mapped FROM flow_reference WHERE workspace_id = $1 ORDER BY flow_id, kind, given"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok((FlowId(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

pub async fn put_reference(tx: &mut Tx<'_>, ws: WorkspaceNo, id: FlowId, kind: &str, given: &str, mapped: Option<String>) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO flow_reference (workspace_id, flow_id, kind, given, mapped) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, flow_id, kind, given) DO UPDATE SET mapped = excluded.mapped"),
        params![ws, id.0, kind, given, mapped],
    )
    .await?;
    Ok(())
}

/// The execution that is under way in a conversation.
pub async fn active_execution(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId) -> Result<Option<Execution>> {
    Ok(active_executions(tx, ws, &[conversation]).await?.pop())
}

/// The executions under way in these conversations, of each conversation the latest last.
pub async fn active_executions(tx: &mut Tx<'_>, ws: WorkspaceNo, conversations: &[ConversationId]) -> Result<Vec<Execution>> {
    one(tx, ask_active_executions(ws, conversations)).await
}

/// The question of [`active_executions`].
pub fn ask_active_executions(ws: WorkspaceNo, conversations: &[ConversationId]) -> Asked<Vec<Execution>> {
    let keys = conversations.iter().map(|id| id.0.into()).collect();
    let ask = Ask::any(
        sql!("SELECT body FROM execution WHERE workspace_id = $1 AND conversation_id = ANY($2) AND state = 'active' ORDER BY started_at"),
        params![ws],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(|row| crate::row::parse(row, 0)).collect())
}

pub async fn execution(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ExecutionId) -> Result<Option<Execution>> {
    let row = tx.opt(sql!("SELECT body FROM execution WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(|row| crate::row::parse(row, 0)).transpose()
}

pub async fn put_executions(tx: &mut Tx<'_>, ws: WorkspaceNo, executions: &[Execution]) -> Result<()> {
    if executions.is_empty() {
        return Ok(());
    }
    let mut ordered: Vec<&Execution> = executions.iter().collect();
    ordered.sort_by_key(|e| e.state == ExecutionState::Active);
    let values = ordered
        .into_iter()
        .map(|e| {
            let state = match e.state {
                ExecutionState::Active => "active",
                ExecutionState::Ended => "ended",
            };
            params![ws, e.id.0, e.conversation_id.0, e.flow_id.0, e.revision, e.step_no, state, body(e), e.started_at.micros()]
        })
        .collect();
    tx.tell_rows(&UPSERT, values).await?;
    Ok(())
}

pub async fn put_steps(tx: &mut Tx<'_>, ws: WorkspaceNo, steps: &[Step]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    // A step is written when entered and again when left; of one turn only its last state counts.
    let mut last = std::collections::BTreeMap::new();
    for step in steps {
        last.insert((step.execution_id, step.no), step);
    }
    let values = last.values().map(|s| params![ws, s.execution_id.0, s.no, body(*s)]).collect();
    tx.tell_rows(&UPSERT_STEP, values).await?;
    Ok(())
}

pub async fn steps(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ExecutionId) -> Result<Vec<Step>> {
    let rows = tx.all(sql!("SELECT body FROM step WHERE workspace_id = $1 AND execution_id = $2 ORDER BY no"), params![ws, id.0]).await?;
    rows.iter().map(|row| crate::row::parse(row, 0)).collect()
}

/// The bot's rows as stored: id, JSON body, version.
pub async fn bot_questions(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(BotQuestionId, String, i64)>> {
    let rows = tx.all(sql!("SELECT id, body, version FROM bot_question WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| Ok((BotQuestionId(row.get(0)?), row.get(1)?, row.get(2)?))).collect()
}

pub async fn bot_facts(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(BotFactId, String, i64)>> {
    let rows = tx.all(sql!("SELECT id, body, version FROM bot_fact WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| Ok((BotFactId(row.get(0)?), row.get(1)?, row.get(2)?))).collect()
}
