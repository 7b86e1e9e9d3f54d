//! Which migrations a database has.

use anyhow::Result;
use db::{Tx, params, sql};

/// Their names in order; none in an empty database.
pub async fn names(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let there = tx
        .one(
            sql!(
                sqlite: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
                pg: "SELECT count(*) FROM pg_class WHERE oid = to_regclass('migration')"
            ),
            params![],
        )
        .await?;
    if there.get::<i64>(0)? == 0 {
        return Ok(Vec::new());
    }
    // A statement of its own kind: the table is the runner's, and an empty database does not have it.
    let rows = tx.dynamic("SELECT name FROM migration ORDER BY name".into(), vec![]).await?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}
