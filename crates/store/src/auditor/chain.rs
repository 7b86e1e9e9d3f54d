//! The audit log's chain of hashes (I10.1): a row that was edited, moved or taken out is named.

use anyhow::Result;
use db::{DbError, Tx};

use super::Report;

pub async fn check(tx: &mut Tx<'_>, digest: crate::audit_log::Digest, report: &mut Report) -> Result<()> {
    let sql = "SELECT workspace_id FROM audit_head UNION SELECT workspace_id FROM audit_row ORDER BY 1";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let ws: i64 = row.get(0)?;
        match crate::audit_log::verify(tx, ws, digest).await {
            Ok(rows) => *report.checked.entry("audit_row").or_default() += rows,
            Err(error) if error.is::<DbError>() => return Err(error),
            Err(error) => report.add("audit_chain", ws, "audit_row", format!("workspace={ws}"), error.to_string()),
        }
    }
    Ok(())
}
