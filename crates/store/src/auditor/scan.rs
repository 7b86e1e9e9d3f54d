//! Whole tables in pages, so that memory stays small however much there is.

use anyhow::Result;
use db::{Row, Tx, params};
use uuid::Uuid;

/// Rows read at once.
const PAGE: i64 = 2_000;

/// Where a scan of a table with the key (workspace_id, id) has come to.
pub struct Scan {
    sql: String,
    at: Option<(i64, Uuid)>,
}

impl Scan {
    /// `columns` are read after workspace_id and id, which are columns 0 and 1.
    pub fn new(table: &str, columns: &str) -> Self {
        let sql = format!(
            "SELECT workspace_id, id, {columns} FROM {table} WHERE (workspace_id, id) > ($1, $2) ORDER BY workspace_id, id LIMIT {PAGE}"
        );
        Self { sql, at: Some((i64::MIN, Uuid::nil())) }
    }

    /// The next page; `None` after the last.
    pub async fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<Vec<Row>>> {
        let Some((ws, id)) = self.at else { return Ok(None) };
        let rows = tx.dynamic(self.sql.clone(), params![ws, id]).await?;
        self.at = match rows.last() {
            Some(last) if rows.len() as i64 == PAGE => Some((last.get(0)?, last.get(1)?)),
            _ => None,
        };
        Ok((!rows.is_empty()).then_some(rows))
    }
}
