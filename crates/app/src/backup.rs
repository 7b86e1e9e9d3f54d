//! `seaway backup FILE`: one archive of database, files and key, taken beside a running server.
//!
//! Order keeps it whole: files, then the database's snapshot, then the files that came in between. Whatever a row of the snapshot
//! names was stored before its commit, so it is among them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use db::{Db, Engine};
use engine::clock::{Clock as _, SystemClock};
use serde_json::json;

use crate::settings::{Home, Settings};
use crate::{audit, key, place};

/// What an archive holds.
pub const ABOUT: &str = "seaway.json";
pub const DATABASE: &str = "seaway.db";
pub const KEY: &str = "key";
pub const FILES: &str = "files";

#[derive(Args)]
pub struct Arguments {
    /// The archive to write, a tar file
    file: PathBuf,
    /// Leave the key file out: the archive alone then opens no secret
    #[arg(long)]
    without_key: bool,
    #[command(flatten)]
    home: Home,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let settings = Settings::home(arguments.home)?;
    let db = place::database(&settings.place(false), false).await?;
    if arguments.file.exists() {
        bail!("{} is there already; nothing is written over", arguments.file.display());
    }
    let unfinished = with_ending(&arguments.file, "unfinished");
    let written = write(&unfinished, &settings, &db, arguments.without_key).await;
    if let Err(error) = written {
        // Half an archive is worse than none; the first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::rename(&unfinished, &arguments.file).with_context(|| format!("naming {}", arguments.file.display()))?;
    println!("{} is written", arguments.file.display());
    if arguments.without_key {
        println!(
            "The key file is not in it: keep {} apart, without it the database's secrets cannot be opened",
            key::file(&settings.data_dir).display()
        );
    } else {
        println!("The key file is in it: keep the archive as you keep a password");
    }
    if db.engine() == Engine::Postgres {
        println!("The database is not in it. Copy it now, and keep both together:");
        let schema = settings.database_schema.as_deref().map(|name| format!(" --schema={name}")).unwrap_or_default();
        println!(
            "  pg_dump --format=custom{schema} --file=seaway.dump '{}'",
            without_password(settings.database_url.as_deref().unwrap_or_default())
        );
    }
    Ok(())
}

async fn write(path: &Path, settings: &Settings, db: &Db, without_key: bool) -> Result<()> {
    let writing = || format!("writing {}", path.display());
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut archive = tar::Builder::new(options.open(path).with_context(writing)?);
    let about = json!({
        "format": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "made_at": SystemClock::default().now().rfc3339(),
        "database": if db.engine() == Engine::Sqlite { "sqlite" } else { "postgresql" },
        "key": !without_key,
    });
    bytes(&mut archive, ABOUT, about.to_string().as_bytes()).with_context(writing)?;
    let key = key::file(&settings.data_dir);
    let key_before = fs::read(&key).ok();
    let folder = place::files_dir(&settings.data_dir);
    let mut taken = BTreeSet::new();
    files(&mut archive, &folder, &mut taken).with_context(writing)?;
    if db.engine() == Engine::Sqlite {
        let copy = with_ending(path, "db");
        let copied = match db.backup_to(&copy).await {
            Ok(()) => archive.append_path_with_name(&copy, DATABASE).with_context(writing),
            Err(error) => Err(error).context("copying the database"),
        };
        if copy.exists() {
            fs::remove_file(&copy).with_context(|| format!("removing {}", copy.display()))?;
        }
        copied?;
    }
    files(&mut archive, &folder, &mut taken).with_context(writing)?;
    if fs::read(&key).ok() != key_before {
        bail!("the key was rotated while the backup ran, and the archive would not open: run it again");
    }
    if !without_key && key.is_file() {
        archive.append_path_with_name(&key, KEY).with_context(writing)?;
    }
    let file = archive.into_inner().with_context(writing)?;
    file.sync_all().with_context(writing)
}

fn bytes(archive: &mut tar::Builder<File>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    Ok(archive.append_data(&mut header, name, bytes)?)
}

/// Adds the files that are not in the archive yet.
fn files(archive: &mut tar::Builder<File>, folder: &Path, taken: &mut BTreeSet<String>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for key in audit::list(folder)?.into_keys() {
        // A loose upload that retention removed meanwhile belongs to no row.
        let Ok(mut file) = File::open(folder.join(&key)) else { continue };
        if taken.insert(key.clone()) {
            archive.append_file(format!("{FILES}/{key}"), &mut file)?;
        }
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// A URL fit to be shown.
fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Refused only by URLs that cannot have a password.
            let _ = parsed.set_password(None);
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}
