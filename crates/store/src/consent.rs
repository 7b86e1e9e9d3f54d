//! Evidence of who opted out and who came back: rows are added and never changed.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Row, Tx, params, rows, sql};
use model::{AddressId, Consent, ConsentId, ConversationId, MessageId, Timestamp};

use crate::WorkspaceNo;

rows!(INSERT: "consent"(workspace_id bigint, id uuid, address_id uuid, opted_out boolean, rule text, word text, conversation_id uuid, message_id uuid, at bigint));

fn consent(row: &Row) -> Result<Consent> {
    Ok(Consent {
        id: ConsentId(row.get(0)?),
        address_id: AddressId(row.get(1)?),
        opted_out: row.get(2)?,
        rule: row.get(3)?,
        word: row.get(4)?,
        conversation_id: row.get::<Option<uuid::Uuid>>(5)?.map(ConversationId),
        message_id: row.get::<Option<uuid::Uuid>>(6)?.map(MessageId),
        at: Timestamp::from_micros(row.get(7)?),
    })
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, all: &[Consent]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let values = all
        .iter()
        .map(|c| {
            params![
                ws,
                c.id.0,
                c.address_id.0,
                c.opted_out,
                c.rule.as_str(),
                c.word.as_str(),
                c.conversation_id.map(|id| id.0),
                c.message_id.map(|id| id.0),
                c.at.micros()
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

/// The newest evidence of each address that has any.
pub async fn newest(tx: &mut Tx<'_>, ws: WorkspaceNo, addresses: &[AddressId]) -> Result<BTreeMap<AddressId, Consent>> {
    if addresses.is_empty() {
        return Ok(BTreeMap::new());
    }
    let keys = addresses.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, address_id, opted_out, rule, word, conversation_id, message_id, at FROM consent WHERE workspace_id = $1 AND address_id = ANY($2) ORDER BY at, id"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(|row| consent(row).map(|one| (one.address_id, one))).collect()
}
