//! The search index: rows of tokens made by the search follower. The two engines' own full-text search finds them.

use anyhow::Result;
use db::{Tx, params, sql};

use crate::WorkspaceNo;

/// Replaces what is found about a subject.
pub async fn put(tx: &mut Tx<'_>, ws: WorkspaceNo, kind: &'static str, subject: &str, tokens: &str) -> Result<()> {
    tx.exec(
        sql!(sqlite: "DELETE FROM search_index WHERE rowid IN (SELECT rowid FROM search_index WHERE workspace = $1 AND kind = $2 AND subject = $3)",
            pg: "DELETE FROM search_index WHERE workspace = $1::text::bigint AND kind = $2 AND subject = $3"),
        params![ws.to_string(), kind, subject],
    )
    .await?;
    insert(tx, ws, kind, subject, tokens).await
}

/// Adds a subject that was never there.
pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, kind: &'static str, subject: &str, tokens: &str) -> Result<()> {
    tx.exec(
        sql!(sqlite: "INSERT INTO search_index (workspace, kind, subject, tokens) VALUES ($1, $2, $3, $4)",
            pg: "INSERT INTO search_index (workspace, kind, subject, tokens) VALUES ($1::text::bigint, $2, $3, $4) ON CONFLICT (workspace, kind, subject) DO UPDATE SET tokens = excluded.tokens"),
        params![ws.to_string(), kind, subject, tokens],
    )
    .await?;
    Ok(())
}

/// Subjects of a kind whose tokens hold all the given ones; the last may be the beginning of a word. Newest subjects first.
pub async fn find(tx: &mut Tx<'_>, ws: WorkspaceNo, kind: &'static str, tokens: &[String], limit: i64) -> Result<Vec<String>> {
    if tokens.is_empty() {
        return Ok(vec![]);
    }
    let (matching, tenant) = match tx.engine() {
        db::Engine::Sqlite => {
            let words: Vec<String> = tokens
                .iter()
                .enumerate()
                .map(|(no, t)| if no + 1 == tokens.len() { format!("tokens : \"{t}\" *") } else { format!("tokens : \"{t}\"") })
                .collect();
            (format!("workspace : \"{ws}\" AND {}", words.join(" AND ")), ws.to_string())
        }
        db::Engine::Postgres => {
            let words: Vec<String> = tokens
                .iter()
                .enumerate()
                .map(|(no, t)| if no + 1 == tokens.len() { format!("'{t}':*") } else { format!("'{t}'") })
                .collect();
            (words.join(" & "), ws.to_string())
        }
    };
    let rows = tx
        .all(
            sql!(sqlite: "SELECT subject FROM search_index WHERE search_index MATCH $1 AND workspace = $2 AND kind = $3 ORDER BY subject DESC LIMIT $4",
                pg: "SELECT subject FROM search_index WHERE to_tsvector('simple', tokens) @@ to_tsquery('simple', $1) AND workspace = $2::text::bigint AND kind = $3 ORDER BY subject DESC LIMIT $4"),
            params![matching, tenant, kind, limit],
        )
        .await?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}
