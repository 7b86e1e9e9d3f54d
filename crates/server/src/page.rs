//! Cursor pages. A cursor is opaque to clients and names the last row they have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::Problem;

const MOST: usize = 200;
const USUAL: usize = 50;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it as `cursor` for what follows; null at the end.
    pub next_cursor: Option<String>,
}

/// A list without pages: everything there is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200; 50 by default.
    pub limit: Option<usize>,
}

impl Paging {
    pub fn limit(&self) -> usize {
        limit(self.limit)
    }
    /// Cuts a page out of a whole list in the order of `id_of`.
    pub fn cut<R, I: Id>(&self, mut rows: Vec<R>, id_of: impl Fn(&R) -> I) -> Result<(Vec<R>, Option<String>), Problem> {
        rows.sort_by_key(|row| id_of(row));
        if let Some(cursor) = &self.cursor {
            let (_, after) = read_cursor(cursor)?;
            rows.retain(|row| id_of(row).uuid() > after);
        }
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next = rows.last().filter(|_| more).map(|row| cursor(Timestamp::default(), id_of(row).uuid()));
        Ok((rows, next))
    }
}

pub fn limit(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(USUAL).clamp(1, MOST)
}

/// Names a row by time and id.
pub fn cursor(at: Timestamp, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", at.micros(), id.as_simple()))
}

/// Reads a cursor of ours.
///
/// # Errors
/// 400 `bad_cursor` for anything else.
pub fn read_cursor(text: &str) -> Result<(Timestamp, Uuid), Problem> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, id) = text.split_once('.')?;
        Some((Timestamp::from_micros(at.parse().ok()?), Uuid::try_parse(id).ok()?))
    };
    read().ok_or_else(|| Problem::new(axum::http::StatusCode::BAD_REQUEST, "bad_cursor", "That cursor is none of ours").at("/cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ids, WorkerId};

    #[test]
    fn pages_hold_every_row_once() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let all: Vec<WorkerId> = (0..7).map(|_| ids.next()).collect();
        let mut paging = Paging { cursor: None, limit: Some(3) };
        let mut seen = Vec::new();
        loop {
            let (rows, next) = paging.cut(all.clone(), |id| *id).unwrap();
            seen.extend(rows);
            match next {
                Some(next) => paging.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
        assert_eq!(read_cursor("nonsense").unwrap_err().code, "bad_cursor");
    }
}
