//! The search index: rows of tokens made by the search follower. The two engines' own full-text search finds them.

use anyhow::{Context, Result};
use db::{Tx, params, sql};

use crate::WorkspaceNo;

/// What is found about a subject, named by its id.
pub struct Entry {
    pub kind: &'static str,
    pub subject: String,
    pub tokens: String,
}

const PUT: db::Statement = sql!(
    sqlite: "INSERT OR REPLACE INTO search_index (workspace, kind, subject, tokens, rowid) VALUES ($1, $2, $3, $4, $5)",
    pg: "INSERT INTO search_index (workspace, kind, subject, tokens) SELECT $1::bigint, entry ->> 0, entry ->> 1, entry ->> 2 FROM json_array_elements($2::json) AS entry ON CONFLICT (workspace, kind, subject) DO UPDATE SET tokens = excluded.tokens");

/// Replaces what is found about these subjects, each named once.
pub async fn put(tx: &mut Tx<'_>, ws: WorkspaceNo, mut entries: Vec<&Entry>) -> Result<()> {
    // SQLite's full-text index gathers what is written in ascending order, and goes to its pages each time a number goes back.
    entries.sort_by_key(|entry| row_of(&entry.subject).ok());
    if entries.is_empty() {
        return Ok(());
    }
    if tx.engine() == db::Engine::Postgres {
        let all: Vec<_> = entries.iter().map(|entry| (entry.kind, &entry.subject, &entry.tokens)).collect();
        tx.tell(PUT, params![ws, crate::row::body(&all)]).await?;
        return Ok(());
    }
    for Entry { kind, subject, tokens } in entries {
        let values = params![ws.to_string(), *kind, subject.as_str(), tokens.as_str(), row_of(subject)?];
        tx.tell(PUT, values).await?;
    }
    Ok(())
}

/// Where a subject's row lies on SQLite: full-text tables have no index but the row's number, and looking for a subject
/// would read them whole. The last 62 bits of an id are random, so that two of ten million meet once in 100,000 installations.
fn row_of(subject: &str) -> Result<i64> {
    let digits = subject.get(subject.len().saturating_sub(16)..).unwrap_or_default();
    let number = u64::from_str_radix(digits, 16).with_context(|| format!("{subject} is no id"))?;
    Ok((number & (u64::MAX >> 2)) as i64)
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
