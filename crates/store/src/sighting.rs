//! Where a webchat's snippet was seen: the last site that was given the chat, and the last one that was refused.

use anyhow::Result;
use db::{Tx, params, sql};
use model::{ChannelAccountId, Timestamp};

use crate::WorkspaceNo;

/// An origin as the browser told it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub site: String,
    pub at: Timestamp,
}

/// Given and refused, each the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sightings {
    pub seen: Option<Sighting>,
    pub refused: Option<Sighting>,
}

const SEEN: &str = "seen";
const REFUSED: &str = "refused";

pub async fn put(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, site: &str, given: bool, now: Timestamp) -> Result<()> {
    let outcome = if given { SEEN } else { REFUSED };
    tx.exec(
        sql!("INSERT INTO webchat_sighting (workspace_id, channel_account_id, outcome, site, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, channel_account_id, outcome) DO UPDATE SET site = excluded.site, at = excluded.at"),
        params![ws, account.0, outcome, site, now.micros()],
    )
    .await?;
    Ok(())
}

pub async fn of_account(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId) -> Result<Sightings> {
    let rows = tx
        .all(
            sql!("SELECT outcome, site, at FROM webchat_sighting WHERE workspace_id = $1 AND channel_account_id = $2"),
            params![ws, account.0],
        )
        .await?;
    let mut found = Sightings::default();
    for row in &rows {
        let (outcome, site, at): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sighting = Some(Sighting { site, at: Timestamp::from_micros(at) });
        if outcome == SEEN { found.seen = sighting } else { found.refused = sighting }
    }
    Ok(found)
}
