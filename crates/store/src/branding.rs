//! How a workspace shows itself. Whoever never chose has no row.

use anyhow::{Context, Result};
use db::{Tx, params, sql};
use model::{Brand, WorkspaceId};

use crate::WorkspaceNo;
use crate::row::body;

/// A logo as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// PNG, as wide or high as it may be.
    pub logo: Vec<u8>,
    /// PNG, a small square.
    pub icon: Vec<u8>,
}

/// Version 0 where nothing was chosen yet.
pub async fn of(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Brand> {
    let row = tx.opt(sql!("SELECT body, version FROM branding WHERE workspace_id = $1"), params![ws]).await?;
    let Some(row) = row else { return Ok(Brand::default()) };
    let mut brand: Brand = crate::row::parse(&row, 0).context("a workspace's branding")?;
    brand.version = row.get(1)?;
    Ok(brand)
}

/// Both pictures of the logo; `None` without one.
pub async fn pictures(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Option<Pictures>> {
    let row = tx.opt(sql!("SELECT logo, icon FROM branding WHERE workspace_id = $1"), params![ws]).await?;
    let Some(row) = row else { return Ok(None) };
    let (logo, icon): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
    Ok(logo.zip(icon).map(|(logo, icon)| Pictures { logo, icon }))
}

/// The workspace's pictures, if its logo still has this tag.
pub async fn pictures_of(tx: &mut Tx<'_>, workspace: WorkspaceId, tag: &str) -> Result<Option<Pictures>> {
    let Some(workspace) = crate::workspace::by_id(tx, workspace).await? else { return Ok(None) };
    if of(tx, workspace.number).await?.logo.is_none_or(|logo| logo.tag != tag) {
        return Ok(None);
    }
    pictures(tx, workspace.number).await
}

/// Writes name and accent, and leaves the pictures. False when `new.version` is not the stored one.
pub async fn put(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &Brand) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("INSERT INTO branding (workspace_id, body, version) VALUES ($1, $2, 1) ON CONFLICT (workspace_id) DO UPDATE SET body = excluded.body, version = branding.version + 1 WHERE branding.version = $3"),
            params![ws, body(new), new.version],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes the pictures, or takes them away; whoever calls has just written the row.
pub async fn put_pictures(tx: &mut Tx<'_>, ws: WorkspaceNo, pictures: Option<Pictures>) -> Result<()> {
    let (logo, icon) = pictures.map(|pictures| (pictures.logo, pictures.icon)).unzip();
    tx.exec(sql!("UPDATE branding SET logo = $2, icon = $3 WHERE workspace_id = $1"), params![ws, logo, icon]).await?;
    Ok(())
}
