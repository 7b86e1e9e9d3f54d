//! JSON bodies in and out of rows.

use anyhow::Context;
use db::Row;
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

/// Rows of which a share is worth a thread of its own.
const SHARE: usize = 10_000;

/// Reads the JSON bodies in the first column; of very many rows on all cores, for somebody waits.
pub fn parse_all<T: DeserializeOwned + Send>(rows: &[Row]) -> anyhow::Result<Vec<T>> {
    let read = |rows: &[Row]| rows.iter().map(|row| parse(row, 0)).collect::<anyhow::Result<Vec<T>>>();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = rows.len().div_ceil(cores).max(SHARE);
    if rows.len() <= share {
        return read(rows);
    }
    let shares = std::thread::scope(|scope| {
        let readers: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(move || read(rows))).collect();
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<anyhow::Result<Vec<_>>>()
    });
    let mut all = Vec::with_capacity(rows.len());
    shares?.iter_mut().for_each(|share| all.append(share));
    Ok(all)
}
