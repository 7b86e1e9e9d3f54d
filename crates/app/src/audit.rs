//! `seaway audit`: the auditor over database and files, one JSON line per breach and one for the whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use clap::Args;
use engine::clock::{Clock as _, SystemClock};
use model::Timestamp;
use serde_json::json;
use store::auditor::{Given, Report};

use crate::place;
use crate::settings::{Home, Settings};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    home: Home,
}

/// True when clean. Changes nothing, and works beside a running server.
pub async fn run(arguments: Arguments) -> Result<bool> {
    let settings = Settings::home(arguments.home)?;
    let db = place::database(&settings.place(false), false).await?;
    place::current(&db).await?;
    let folder = place::files_dir(&settings.data_dir);
    let files = if folder.is_dir() { list(&folder)? } else { BTreeMap::new() };
    let now = SystemClock::default().now();
    let given = Given { now, digest: server::access::secret::sha256, files: Some(files) };
    let mut report = db.read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await?;
    forgive_late_files(&mut report, &folder);
    for breach in &report.breaches {
        crate::say(&format!("{}\n", serde_json::to_string(breach)?));
    }
    let summary = if report.clean() {
        json!({ "audit": "clean", "checked": report.checked })
    } else {
        json!({ "audit": "breached", "breaches": report.counts, "checked": report.checked })
    };
    crate::say(&format!("{summary}\n"));
    Ok(report.clean())
}

/// Files stored between the listing and the snapshot were not missing.
fn forgive_late_files(report: &mut Report, folder: &Path) {
    let before = report.breaches.len();
    report.breaches.retain(|breach| breach.breach != "file_missing" || !folder.join(&breach.id).is_file());
    let late = (before - report.breaches.len()) as i64;
    if let Some(count) = report.counts.get_mut("file_missing") {
        *count -= late;
        if *count == 0 {
            report.counts.remove("file_missing");
        }
    }
}

/// The keys of all stored files with the time of their last change.
pub fn list(folder: &Path) -> Result<BTreeMap<String, Timestamp>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        let reading = || format!("listing {}", dir.display());
        for entry in fs::read_dir(&dir).with_context(reading)? {
            let path = entry.with_context(reading)?.path();
            // A file that goes away meanwhile was not there.
            let Ok(meta) = fs::metadata(&path) else { continue };
            if meta.is_dir() {
                open.push(path);
                continue;
            }
            let changed = meta.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
            if let Some(key) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                found.insert(key.replace(std::path::MAIN_SEPARATOR, "/"), Timestamp::from_micros(changed));
            }
        }
    }
    Ok(found)
}
