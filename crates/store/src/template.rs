//! Texts that providers have approved, as they were listed last.

use anyhow::Result;
use db::{Tx, params, rows, sql};
use model::{ChannelAccountId, MessageTemplate, Timestamp};

use crate::WorkspaceNo;
use crate::row::body;

rows!(INSERT: "message_template"(workspace_id bigint, channel_account_id uuid, name text, language text, body text, listed_at bigint)
    tail "ON CONFLICT (workspace_id, channel_account_id, name, language) DO UPDATE SET body = excluded.body, listed_at = excluded.listed_at");

/// Takes the provider's list for the account's: what is no longer on it goes.
pub async fn replace(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    templates: &[MessageTemplate],
    now: Timestamp,
) -> Result<()> {
    tx.exec(sql!("DELETE FROM message_template WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, account.0]).await?;
    let values = templates.iter().map(|t| params![ws, account.0, t.name.as_str(), t.language.as_str(), body(t), now.micros()]).collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

/// All of an account, by name and language.
pub async fn of_account(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId) -> Result<Vec<MessageTemplate>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM message_template WHERE workspace_id = $1 AND channel_account_id = $2 ORDER BY name, language"),
            params![ws, account.0],
        )
        .await?;
    rows.iter().map(|row| crate::row::parse(row, 0)).collect()
}
