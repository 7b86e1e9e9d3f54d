//! The demo's data: found, made, or made anew.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use db::Db;
use engine::Clock;
use engine::clock::SystemClock;
use store::access::Session;

use super::address::Address;
use super::arguments::Arguments;
use super::carry::carry;
use super::history::{self, Making};
use super::installation::Installation;
use crate::place::{self, Lock, Opened};

pub struct House {
    pub opened: Opened,
    pub installation: Installation,
    /// The folder stays ours over a reset.
    lock: Option<Lock>,
}

impl House {
    /// Opens the demo's data; an empty database becomes a demo.
    ///
    /// # Errors
    /// When the database holds something that is no demo.
    pub async fn open(arguments: &Arguments, address: &Address) -> Result<Self> {
        let mut opened = place::open(&arguments.place(true)).await?;
        let lock = opened.take_lock();
        let found = Installation::load(&opened.db, &opened.vault).await?;
        match found {
            Some(installation) if installation.ready => Ok(Self { opened, installation, lock }),
            // Its making was cut short: what there is of it is nobody's.
            Some(installation) => Self { opened, installation, lock }.renew(arguments, address).await,
            None => {
                let workspaces = opened.db.read(|tx| Box::pin(async move { store::workspace::all(tx).await })).await?;
                if !workspaces.is_empty() {
                    bail!(
                        "this database holds a workspace that is no demo, and the demo would share it: choose another with --data-dir or --database-url"
                    );
                }
                let installation = Installation::new(SystemClock::default().now())?;
                make(opened, installation, Vec::new(), lock, arguments, address).await
            }
        }
    }

    /// Everything as new, with the same people, log-ins and channel ids, so that links and snippets stay good.
    pub async fn renew(self, arguments: &Arguments, address: &Address) -> Result<Self> {
        let Self { opened, mut installation, lock } = self;
        installation.join_platforms(SystemClock::default().now())?;
        empty_folder(&opened.files_dir)?;
        // The people stay who they are, so whoever is signed in stays so: their desk goes on with the new data.
        let sessions = opened.db.read(|tx| Box::pin(async move { store::access::sessions(tx).await })).await?;
        make(opened, installation, sessions, lock, arguments, address).await
    }
}

/// Makes shop and history in memory and puts them in place whole, so that a crash leaves nothing half done.
async fn make(
    opened: Opened,
    mut installation: Installation,
    sessions: Vec<(Vec<u8>, Session)>,
    lock: Option<Lock>,
    arguments: &Arguments,
    address: &Address,
) -> Result<House> {
    let db = Db::open_memory()?;
    db.migrate(store::MIGRATIONS).await?;
    let making = Making {
        db: db.clone(),
        files: opened.files.clone(),
        vault: opened.vault.clone(),
        address,
        now: SystemClock::default().now(),
        waiting: arguments.waiting,
    };
    history::make(making, &mut installation, show).await.context("making the demo's history")?;
    sign_in(&db, &installation, sessions).await.context("keeping who is signed in")?;
    if arguments.database_url.is_some() {
        carry(&db, &opened.db).await?;
        return Ok(House { opened, installation, lock });
    }
    drop(opened);
    let [path, log, shared] = place::sqlite_files(&arguments.data_dir);
    for old in [&log, &shared, &path] {
        remove(old)?;
    }
    db.backup_to(&path).await.context("putting the demo's database in place")?;
    drop(db);
    let opened = place::open(&arguments.place(false)).await?;
    Ok(House { opened, installation, lock })
}

/// Lets the sessions of the demo's own people stand.
async fn sign_in(db: &Db, installation: &Installation, mut sessions: Vec<(Vec<u8>, Session)>) -> Result<()> {
    sessions.retain(|(_, session)| installation.staff.iter().any(|one| one.user == session.user_id));
    db.write(move |tx| {
        let sessions = sessions.clone();
        Box::pin(async move {
            for (hash, session) in sessions {
                store::access::insert_session(tx, hash, &session).await?;
            }
            Ok(())
        })
    })
    .await
}

fn empty_folder(folder: &Path) -> Result<()> {
    let emptying = || format!("emptying {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(emptying)? {
        let path = entry.with_context(emptying)?.path();
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.with_context(emptying)?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).with_context(|| format!("removing {}", path.display())),
        _ => Ok(()),
    }
}

/// One line that moves where somebody looks, and only its end where nobody does.
fn show(told: usize, all: usize) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = write!(out, "\rMaking two weeks of history: {told} of {all} conversations");
        let _ = out.flush();
    }
    if told == all {
        let start = if out.is_terminal() { "\r" } else { "" };
        let _ = writeln!(out, "{start}Made two weeks of history: {all} conversations        ");
    }
}
