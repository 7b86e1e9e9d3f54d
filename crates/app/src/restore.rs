//! `seaway restore FILE`: an archive back into a data folder that no server uses.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use engine::clock::{Clock as _, SystemClock};
use serde_json::Value;

use crate::backup::{ABOUT, DATABASE, FILES, KEY};
use crate::settings::{Home, Settings};
use crate::{key, place};

#[derive(Args)]
pub struct Arguments {
    /// The archive that `seaway backup` wrote
    file: PathBuf,
    /// Restore over a data folder that is not empty; what is there is moved aside
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    home: Home,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let settings = Settings::home(arguments.home)?;
    let folder = settings.data_dir.clone();
    let about = about(&arguments.file)?;
    let wanted = if settings.database_url.is_some() { "postgresql" } else { "sqlite" };
    let held = about["database"].as_str().unwrap_or_default();
    if held != wanted {
        bail!("the archive is of a {held} installation, and this would be one on {wanted}: --database-url decides");
    }
    place::make_folder(&folder)?;
    let lock = place::lock(&folder)?;
    let now = SystemClock::default().now();
    make_room(&folder, arguments.force, &now.rfc3339())?;
    unpack(&arguments.file, &folder)?;
    let db = place::database(&settings.place(false), false).await?;
    db.migrate(store::MIGRATIONS).await?;
    let (sends, leases) = db.write(move |tx| Box::pin(async move { store::restore::settle(tx, now).await })).await?;
    drop(db);
    if !key::file(&folder).is_file() && std::env::var_os("SEAWAY_KEY").is_none() {
        println!("The archive holds no key: put the key file at {} before the server starts", key::file(&folder).display());
    }
    println!("{} is restored into {}", arguments.file.display(), folder.display());
    println!("{sends} unfinished sends are marked uncertain, since they may have left after the backup; {leases} leases were renewed");
    drop(lock);
    Ok(())
}

fn open(path: &Path) -> Result<tar::Archive<File>> {
    Ok(tar::Archive::new(File::open(path).with_context(|| format!("opening {}", path.display()))?))
}

/// What the archive says of itself; it comes first.
fn about(path: &Path) -> Result<Value> {
    // The reader's own words quote bytes of the file, which may be anything.
    let read = || -> Option<Value> {
        let mut archive = open(path).ok()?;
        let first = archive.entries().ok()?.next()?.ok()?;
        (first.path().ok()?.as_ref() == Path::new(ABOUT)).then_some(())?;
        serde_json::from_reader(first).ok()
    };
    open(path)?;
    let about = read().with_context(|| format!("{} is no archive of `seaway backup`", path.display()))?;
    match about["format"].as_i64() {
        Some(1) => Ok(about),
        _ => bail!("{} was written by a release that this one does not know", path.display()),
    }
}

/// Nothing is deleted: what stands in the way is moved aside.
fn make_room(folder: &Path, force: bool, stamp: &str) -> Result<()> {
    let ours = [DATABASE, "seaway.db-wal", "seaway.db-shm", FILES, KEY];
    let there: Vec<PathBuf> = ours.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect();
    if there.is_empty() {
        return Ok(());
    }
    if !force {
        bail!(
            "the data folder {} is not empty; choose an empty one with --data-dir, or give --force to move aside what is there",
            folder.display()
        );
    }
    let aside = folder.join(format!("before-restore-{}", stamp.replace(':', "-")));
    fs::create_dir(&aside).with_context(|| format!("making {}", aside.display()))?;
    for path in there {
        if let Some(name) = path.file_name() {
            fs::rename(&path, aside.join(name)).with_context(|| format!("moving {} aside", path.display()))?;
        }
    }
    println!("What was there is in {}", aside.display());
    Ok(())
}

/// Takes only what a backup has, and nothing outside the folder.
fn unpack(path: &Path, folder: &Path) -> Result<()> {
    let reading = || format!("reading {}", path.display());
    fs::create_dir_all(folder.join(FILES))?;
    for entry in open(path)?.entries().with_context(reading)? {
        let mut entry = entry.with_context(reading)?;
        let name = entry.path().with_context(reading)?.into_owned();
        if name == Path::new(ABOUT) {
            continue;
        }
        let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        let known = name == Path::new(DATABASE) || name == Path::new(KEY) || (name.starts_with(FILES) && name.components().count() > 1);
        if !plain || !known || !entry.header().entry_type().is_file() {
            bail!("{} holds {}, which no backup of ours has", path.display(), name.display());
        }
        let to = folder.join(&name);
        if name == Path::new(KEY) {
            let mut text = String::new();
            io::Read::read_to_string(&mut entry, &mut text).with_context(reading)?;
            key::write(&to, &text)?;
            continue;
        }
        let writing = || format!("writing {}", to.display());
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).with_context(writing)?;
        }
        let mut file = File::create_new(&to).with_context(writing)?;
        io::copy(&mut entry, &mut file).with_context(writing)?;
        file.sync_all().with_context(writing)?;
    }
    Ok(())
}
