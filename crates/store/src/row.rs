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

/// A portion by its number, to be read or read.
type Numbered<T> = (usize, T);

/// Portions that are being read: by threads of their own, and here where those have enough to do.
struct Reading<T> {
    portions: usize,
    threads: Vec<(SyncSender<Numbered<Vec<Row>>>, JoinHandle<Vec<Numbered<anyhow::Result<Vec<T>>>>>)>,
    here: Vec<Numbered<anyhow::Result<Vec<T>>>>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { portions: 0, threads: Vec::new(), here: Vec::new() }
    }
}

impl<T: DeserializeOwned + Send + 'static> Reading<T> {
    fn take(&mut self, rows: Vec<Row>) {
        // A last one that is not full is not worth a thread.
        if self.threads.is_empty() && rows.len() == PORTION {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            self.threads = (1..cores).map(|_| thread()).collect();
        }
        let mut portion = (self.portions, rows);
        self.portions += 1;
        for (thread, _) in &self.threads {
            match thread.try_send(portion) {
                Ok(()) => return,
                Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => portion = back,
            }
        }
        self.here.push((portion.0, read(&portion.1)));
    }

    fn end(self) -> anyhow::Result<Vec<T>> {
        let mut portions = self.here;
        for (sender, thread) in self.threads {
            drop(sender);
            portions.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        portions.sort_by_key(|(no, _)| *no);
        let mut all = Vec::with_capacity(portions.len() * PORTION);
        for (_, portion) in portions {
            all.append(&mut portion?);
        }
        Ok(all)
    }
}

fn thread<T: DeserializeOwned + Send + 'static>() -> (SyncSender<Numbered<Vec<Row>>>, JoinHandle<Vec<Numbered<anyhow::Result<Vec<T>>>>>) {
    // One lies ready while another is read.
    let (sender, portions) = sync_channel::<Numbered<Vec<Row>>>(1);
    (sender, std::thread::spawn(move || portions.into_iter().map(|(no, rows)| (no, read(&rows))).collect()))
}

fn read<T: DeserializeOwned>(rows: &[Row]) -> anyhow::Result<Vec<T>> {
    rows.iter().map(|row| parse(row, 0)).collect()
}
