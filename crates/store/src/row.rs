//! JSON bodies in and out of rows.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use anyhow::Context;
use db::{Row, Statement, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A noun's JSON text; our own values always render.
pub fn body<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads the JSON body in column `index`.
pub fn parse<T: DeserializeOwned>(row: &Row, index: usize) -> anyhow::Result<T> {
    serde_json::from_str(row.text(index)?).with_context(|| format!("reading a stored {}", std::any::type_name::<T>()))
}

/// Rows that are read in one go.
const PORTION: usize = 2_000;

/// Reads the JSON bodies in the first column of all rows, in their order; of very many on all cores, while the database still finds more,
/// for somebody waits.
pub async fn parse_all<T: DeserializeOwned + Send + 'static>(
    tx: &mut Tx<'_>,
    sql: impl Into<Statement>,
    params: Vec<db::Value>,
) -> anyhow::Result<Vec<T>> {
    let mut reading = Reading::default();
    tx.portions(sql, params, PORTION, |rows| reading.take(rows)).await?;
    reading.end()
}

/// What was read of a portion, by its number.
type Read<T> = (usize, anyhow::Result<Vec<T>>);

/// Reads portions in a thread of its own.
struct Reader<T> {
    portions: SyncSender<(usize, Vec<Row>)>,
    thread: JoinHandle<Vec<Read<T>>>,
}

/// Portions that are being read: by readers, and here where those have enough to do.
struct Reading<T> {
    portions: usize,
    readers: Vec<Reader<T>>,
    here: Vec<Read<T>>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { portions: 0, readers: Vec::new(), here: Vec::new() }
    }
}

impl<T: DeserializeOwned + Send + 'static> Reading<T> {
    fn take(&mut self, rows: Vec<Row>) {
        // A last one that is not full is not worth a thread.
        if self.readers.is_empty() && rows.len() == PORTION {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            self.readers = (1..cores).map(|_| Reader::start()).collect();
        }
        let mut portion = (self.portions, rows);
        self.portions += 1;
        for reader in &self.readers {
            match reader.portions.try_send(portion) {
                Ok(()) => return,
                Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => portion = back,
            }
        }
        self.here.push((portion.0, read(&portion.1)));
    }

    fn end(self) -> anyhow::Result<Vec<T>> {
        let mut portions = self.here;
        for reader in self.readers {
            drop(reader.portions);
            portions.extend(reader.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        portions.sort_by_key(|(no, _)| *no);
        let mut all = Vec::with_capacity(portions.len() * PORTION);
        for (_, portion) in portions {
            all.append(&mut portion?);
        }
        Ok(all)
    }
}

impl<T: DeserializeOwned + Send + 'static> Reader<T> {
    fn start() -> Self {
        // One lies ready while another is read.
        let (portions, given) = sync_channel::<(usize, Vec<Row>)>(1);
        Self { portions, thread: std::thread::spawn(move || given.into_iter().map(|(no, rows)| (no, read(&rows))).collect()) }
    }
}

fn read<T: DeserializeOwned>(rows: &[Row]) -> anyhow::Result<Vec<T>> {
    rows.iter().map(|row| parse(row, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::{Db, SqliteOptions, params};

    /// The numbers from 1 on, as bodies; one of them is none.
    async fn numbers(count: usize, broken: Option<usize>) -> anyhow::Result<Vec<usize>> {
        let folder = tempfile::tempdir()?;
        let db = Db::open_sqlite(folder.path().join("seaway.db"), SqliteOptions::default())?;
        db.read(move |tx| {
            Box::pin(async move {
                let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
                    SELECT CASE WHEN i = $2 THEN 'broken' ELSE CAST(i AS text) END FROM n";
                parse_all(tx, numbers, params![count as i64, broken.map_or(0, |no| no as i64)]).await
            })
        })
        .await
    }

    #[tokio::test]
    async fn very_many_bodies_are_read_in_the_order_of_their_rows() {
        for count in [1, PORTION - 1, PORTION, PORTION + 1, 40 * PORTION + 7] {
            assert!(numbers(count, None).await.unwrap().into_iter().eq(1..=count), "{count}");
        }
    }

    #[tokio::test]
    async fn one_broken_body_among_very_many_is_told() {
        for broken in [1, PORTION, 20 * PORTION, 40 * PORTION] {
            let why = numbers(40 * PORTION, Some(broken)).await.unwrap_err();
            assert!(format!("{why:#}").contains("reading a stored usize"), "{why:#}");
        }
    }
}
