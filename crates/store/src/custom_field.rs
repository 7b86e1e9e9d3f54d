//! Definitions of custom fields. Their values are facts of contacts and attributes of tasks.

use anyhow::{Context, Result};
use db::{Row, Tx, params, sql};
use model::{CustomField, CustomFieldId};

use crate::WorkspaceNo;
use crate::row::body;

fn field(row: &Row) -> Result<CustomField> {
    let mut field: CustomField = crate::row::parse(row, 1).context("a custom field")?;
    field.id = CustomFieldId(row.get(0)?);
    field.version = row.get(2)?;
    Ok(field)
}

/// All of them, by subject and in their order.
pub async fn all(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<CustomField>> {
    let rows =
        tx.all(sql!("SELECT id, body, version FROM custom_field WHERE workspace_id = $1 ORDER BY subject, place, id"), params![ws]).await?;
    rows.iter().map(field).collect()
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &CustomField) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO custom_field (workspace_id, id, subject, key, place, body, version) VALUES ($1, $2, $3, $4, $5, $6, 1)"),
        params![ws, new.id.0, new.subject.code(), new.key.as_str(), new.place, body(new)],
    )
    .await?;
    Ok(())
}

/// Subject and key stay. False when `new.version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &CustomField) -> Result<bool> {
    let changed = tx
        .exec(
            sql!(
                "UPDATE custom_field SET place = $3, body = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $5"
            ),
            params![ws, new.id.0, new.place, body(new), new.version],
        )
        .await?;
    Ok(changed == 1)
}

/// Values stay where they are, without a definition.
pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, id: CustomFieldId, version: i64) -> Result<bool> {
    let gone =
        tx.exec(sql!("DELETE FROM custom_field WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    Ok(gone == 1)
}
