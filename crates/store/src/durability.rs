//! What PostgreSQL promises of a commit, as its settings say.

use anyhow::Result;
use db::Tx;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// What was committed survives a crash of the machine.
    pub fsync: bool,
    /// A page half written by a crash is mended.
    pub full_page_writes: bool,
    /// `synchronous_commit` of our own sessions.
    pub commit: String,
    /// Which standbys a commit waits for; empty = none.
    pub standby_names: String,
    /// Standbys that are connected, and those among them that commits wait for; `None` where the role may not see them.
    pub standbys: Option<(i64, i64)>,
}

/// Reads PostgreSQL's settings. SQLite has none of these: its are ours, in `db`.
pub async fn read(tx: &mut Tx<'_>) -> Result<Durability> {
    // Statements of their own kind: these settings and this view are PostgreSQL's alone.
    let settings = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('synchronous_standby_names')";
    let rows = tx.dynamic(settings.into(), vec![]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("PostgreSQL tells no settings"))?;
    let on = |at: usize| -> Result<bool> { Ok(row.get::<String>(at)? == "on") };
    let (fsync, full_page_writes, commit, standby_names) = (on(0)?, on(1)?, row.get(2)?, row.get::<String>(3)?.trim().to_owned());
    // Others than superusers and members of pg_monitor see the rows without their contents.
    let standbys = "SELECT count(*), count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')), count(*) FILTER (WHERE sync_state IS NULL) FROM pg_stat_replication WHERE pid IS NOT NULL";
    let rows = tx.dynamic(standbys.into(), vec![]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("PostgreSQL tells no standbys"))?;
    let (all, waited_for, hidden): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(Durability { fsync, full_page_writes, commit, standby_names, standbys: (hidden == 0).then_some((all, waited_for)) })
}
