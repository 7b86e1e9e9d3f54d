//! The installation on disk: data folder, lock, key, database, files.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use db::{Db, SqliteOptions};
use engine::{Files, Vault};
use model::WorkspaceId;

use crate::key;

/// Connections a process keeps to PostgreSQL at most.
const POOL: usize = 16;

/// Where it is.
#[derive(Debug, Clone)]
pub struct Where {
    pub data_dir: PathBuf,
    pub database_url: Option<String>,
    pub database_schema: Option<String>,
    /// Only a server takes the folder for itself; verbs work beside it.
    pub lock: bool,
}

/// Open and ready: migrated, and the key proved on what it sealed.
pub struct Opened {
    pub db: Db,
    pub files: Files,
    pub files_dir: PathBuf,
    pub vault: Vault,
    /// No other process can own anything in this database.
    pub alone: bool,
    pub data_dir: PathBuf,
    lock: Option<Lock>,
}

impl Opened {
    /// Keeps the folder taken after everything else was let go.
    pub fn take_lock(&mut self) -> Option<Lock> {
        self.lock.take()
    }
}

/// Held until dropped, also by a crash.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] File);

/// The files SQLite keeps.
pub fn sqlite_files(folder: &Path) -> [PathBuf; 3] {
    ["seaway.db", "seaway.db-wal", "seaway.db-shm"].map(|name| folder.join(name))
}

pub fn files_dir(folder: &Path) -> PathBuf {
    folder.join("files")
}

/// Makes the folder, for its owner alone.
pub fn make_folder(folder: &Path) -> Result<()> {
    let making = || format!("making the data folder {} (--data-dir)", folder.display());
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(making)
}

/// Takes the folder.
///
/// # Errors
/// When another server has it, in words.
pub fn lock(folder: &Path) -> Result<Lock> {
    let path = folder.join("lock");
    let file =
        File::options().write(true).create(true).truncate(false).open(&path).with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another seaway uses the data folder {}; one server runs per folder: end it, or choose another with --data-dir",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

/// A verb that migrates an idle installation holds the lock for a moment; a server waits that long.
async fn lock_in_time(folder: &Path) -> Result<Lock> {
    for _ in 0..10 {
        if let Ok(lock) = lock(folder) {
            return Ok(lock);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    lock(folder)
}

/// # Errors
/// When the database is not at this release's schema.
pub async fn current(db: &Db) -> Result<()> {
    let applied = db.read(|tx| Box::pin(async move { store::applied::names(tx).await })).await?;
    if !applied.iter().map(String::as_str).eq(store::MIGRATIONS.iter().map(|migration| migration.name)) {
        bail!("the database is of another release; `seaway serve` of this one migrates it");
    }
    Ok(())
}

/// Opens the database without changing it.
///
/// # Errors
/// When there is none, or it cannot be reached.
pub async fn database(place: &Where, make: bool) -> Result<Db> {
    match &place.database_url {
        Some(url) => Db::connect_postgres(url, POOL, place.database_schema.clone()).await.context("opening the database of --database-url"),
        None => {
            let [path, ..] = sqlite_files(&place.data_dir);
            if !make && !path.is_file() {
                bail!("there is no database in the data folder {} (--data-dir)", place.data_dir.display());
            }
            Ok(Db::open_sqlite(&path, SqliteOptions::default())?)
        }
    }
}

/// Opens what is there, and makes what is not.
pub async fn open(place: &Where) -> Result<Opened> {
    make_folder(&place.data_dir)?;
    let taken = if place.lock { Some(lock_in_time(&place.data_dir).await?) } else { lock(&place.data_dir).ok() };
    let db = database(place, true).await?;
    match &taken {
        Some(_) => db.migrate(store::MIGRATIONS).await?,
        // Beside a running server the schema stays as that server knows it.
        None => current(&db).await?,
    }
    let lock = taken.filter(|_| place.lock);
    let vault = master_key(&db, &place.data_dir).await?;
    prove_key(&db, &vault).await?;
    let files_dir = files_dir(&place.data_dir);
    let files = Files::in_folder(&files_dir)?;
    let alone = place.database_url.is_none();
    Ok(Opened { db, files, files_dir, vault, alone, data_dir: place.data_dir.clone(), lock })
}

/// The key, made at the first run. A database that was sealed with a key never gets a second one.
async fn master_key(db: &Db, folder: &Path) -> Result<Vault> {
    if let Some(key) = key::load(folder)? {
        return Ok(key);
    }
    let sealed = db.read(|tx| Box::pin(async move { store::workspace::first_account(tx).await })).await?;
    if sealed.is_some() {
        bail!(
            "the key file {} is missing, and what the database holds was sealed with it: put it back, or set SEAWAY_KEY",
            key::file(folder).display()
        );
    }
    key::make(folder)
}

/// Opens every workspace's own key with the master key.
///
/// # Errors
/// When one does not open: it is another installation's key.
pub async fn prove_key(db: &Db, vault: &Vault) -> Result<usize> {
    let keys: Vec<(WorkspaceId, Vec<u8>)> = db
        .read(|tx| {
            Box::pin(async move {
                let mut keys = Vec::new();
                for (number, id) in store::workspace::keyed(tx).await? {
                    if let Some((_, key)) = store::workspace::owner(tx, number).await? {
                        keys.push((id, key));
                    }
                }
                Ok(keys)
            })
        })
        .await?;
    for (id, sealed) in &keys {
        vault.open_data_keys(&format!("workspace:{id}"), sealed)?;
    }
    Ok(keys.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &Path, lock: bool) -> Where {
        Where { data_dir: folder.join("data"), database_url: None, database_schema: None, lock }
    }

    #[tokio::test]
    async fn one_server_per_folder_and_verbs_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let server = open(&place(folder.path(), true)).await.unwrap();
        let second = open(&place(folder.path(), true)).await.err().unwrap().to_string();
        assert!(second.contains("--data-dir"), "{second}");
        assert!(open(&place(folder.path(), false)).await.is_ok());
        drop(server);
        assert!(open(&place(folder.path(), true)).await.is_ok());
    }

    /// S27
    #[tokio::test]
    async fn a_lost_key_is_said_and_never_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&place(folder.path(), true)).await.unwrap();
        let site = server::bootstrap::Site {
            db: opened.db.clone(),
            vault: opened.vault.clone(),
            ids: model::Ids::new(model::Timestamp::from_secs(1), 1),
            now: model::Timestamp::from_secs(1),
        };
        server::bootstrap::create_workspace(&site, "Shop", model::Language::En).await.unwrap();
        drop((site, opened));
        let path = key::file(&folder.path().join("data"));
        let kept = folder.path().join("kept");
        fs::rename(&path, &kept).unwrap();
        let missing = open(&place(folder.path(), true)).await.err().unwrap().to_string();
        assert!(missing.contains("key file") && !path.exists(), "{missing}");
        fs::write(&path, "00".repeat(32)).unwrap();
        let other = format!("{:#}", open(&place(folder.path(), true)).await.err().unwrap());
        assert!(other.contains("not the one this database was made with"), "{other}");
        fs::remove_file(&path).unwrap();
        fs::rename(&kept, &path).unwrap();
        assert!(open(&place(folder.path(), true)).await.is_ok());
    }
}
