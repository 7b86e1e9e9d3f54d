//! `seaway check`: a line for each thing that must be right before the server can run.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use db::Db;
use engine::Vault;
use engine::clock::{Clock as _, SystemClock};

use crate::settings::{Home, Net, Settings};
use crate::{durability, key, origins, place, tls};

/// A certificate that ends sooner than this is worth a word, in seconds.
const SOON_S: i64 = 14 * 86_400;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    net: Net,
}

/// True when all is well.
pub async fn run(arguments: Arguments) -> bool {
    let mut sheet = Sheet(true);
    let settings = match Settings::read(arguments.home, arguments.net) {
        Ok(settings) => settings,
        Err(error) => {
            sheet.line("config", Err(error));
            return false;
        }
    };
    sheet.line("config", Ok(format!("data folder {}", settings.data_dir.display())));
    sheet.line("data folder", folder(&settings.data_dir));
    let db = place::database(&settings.place(false), false).await;
    let vault = key(&settings.data_dir, db.as_ref().ok());
    match db {
        Ok(db) => {
            sheet.line("database", reach(&db).await);
            match durability::judge(&db).await {
                Ok(said) if said.fine => sheet.line("durability", Ok(said.words)),
                Ok(said) => sheet.warn("durability", &said.words),
                Err(error) => sheet.line("durability", Err(error)),
            }
            let migrated = migrations(&db).await;
            let current = migrated.is_ok();
            sheet.line("migrations", migrated);
            match vault {
                Ok(Some(vault)) if current => sheet.line("key file", proved(&db, &vault).await),
                Ok(Some(_)) => sheet.line("key file", Ok("there; what it opens is known after the migrations".into())),
                Ok(None) => sheet.line("key file", Ok("made at the first run".into())),
                Err(error) => sheet.line("key file", Err(error)),
            }
        }
        // Before the first run there is nothing to open, and that is no fault.
        Err(_) if settings.database_url.is_none() && !place::sqlite_files(&settings.data_dir)[0].exists() => {
            sheet.line("database", Ok("made at the first run".into()));
            sheet.line("migrations", Ok("applied at the first run".into()));
            sheet.line("key file", vault.map(|found| if found.is_some() { "there".into() } else { "made at the first run".into() }));
        }
        Err(error) => {
            sheet.line("database", Err(error));
            sheet.line("key file", vault.map(|found| if found.is_some() { "there".into() } else { "not there".into() }));
        }
    }
    sheet.line("certificates", certificates(&settings));
    sheet.line("listen", address(settings.listen()));
    let listen = settings.listen().parse().ok();
    let urls = origins::derive(&settings.asked(listen)).map_err(|refused| anyhow::anyhow!(refused));
    sheet.line("own URLs", urls.map(|o| format!("{}, {}, {}", o.public, o.webchat, o.files)));
    sheet.0
}

/// Whether all lines so far were good.
struct Sheet(bool);

impl Sheet {
    /// Worth a word, and no fault of ours to refuse.
    fn warn(&self, name: &str, detail: &str) {
        println!("warn  {name}: {detail}");
    }

    fn line(&mut self, name: &str, found: Result<String>) {
        match found {
            Ok(detail) => println!("ok    {name}: {detail}"),
            Err(error) => {
                self.0 = false;
                println!("FAIL  {name}: {error:#}");
            }
        }
    }
}

fn folder(path: &Path) -> Result<String> {
    if !path.exists() {
        return Ok("made at the first run".into());
    }
    let probe = path.join(".check");
    fs::write(&probe, "x").with_context(|| format!("{} cannot be written", path.display()))?;
    fs::remove_file(&probe).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok("can be written".into())
}

/// The key, if it can be read. A missing one is only a fault when something was sealed, which the database tells.
fn key(folder: &Path, db: Option<&Db>) -> Result<Option<Vault>> {
    let found = key::load(folder)?;
    if found.is_none() && db.is_some() && place::sqlite_files(folder)[0].exists() {
        bail!("{} is missing, and the database was sealed with it: put it back, or set SEAWAY_KEY", key::file(folder).display());
    }
    #[cfg(unix)]
    if let Ok(meta) = fs::metadata(key::file(folder)) {
        use std::os::unix::fs::PermissionsExt as _;
        if meta.permissions().mode() & 0o077 != 0 {
            bail!("others can read {}: chmod 600 it", key::file(folder).display());
        }
    }
    Ok(found)
}

async fn reach(db: &Db) -> Result<String> {
    db.read(|tx| Box::pin(async move { Ok(tx.dynamic("SELECT 1".into(), vec![]).await?) })).await?;
    Ok(match db.engine() {
        db::Engine::Sqlite => "SQLite answers".into(),
        db::Engine::Postgres => "PostgreSQL answers".into(),
    })
}

async fn migrations(db: &Db) -> Result<String> {
    let state = db.read(|tx| Box::pin(async move { store::applied::names(tx).await })).await?;
    let known: Vec<&str> = store::MIGRATIONS.iter().map(|migration| migration.name).collect();
    if let Some(newer) = state.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("the database has {newer}, which this release does not know: it was written by a newer one");
    }
    match known.len().saturating_sub(state.len()) {
        0 => Ok(format!("all {} applied", known.len())),
        left => bail!("{left} are not applied yet; `seaway serve` applies them"),
    }
}

async fn proved(db: &Db, vault: &Vault) -> Result<String> {
    let cut = if vault.is_rotating() { "; it holds two keys: `seaway key rotate` ends the rotation that was cut" } else { "" };
    let opened = place::prove_key(db, vault).await?;
    Ok(format!("opens the keys of {opened} workspace{}{cut}", if opened == 1 { "" } else { "s" }))
}

fn certificates(settings: &Settings) -> Result<String> {
    let (Some(cert), Some(key)) = (&settings.net.tls_cert, &settings.net.tls_key) else { return Ok("none given, plain HTTP".into()) };
    tls::load(cert, key)?;
    let (end, now) = (tls::ends_at(cert)?, SystemClock::default().now());
    if end <= now {
        bail!("--tls-cert {} ended at {}", cert.display(), end.rfc3339());
    }
    let soon = if end < now.plus_secs(SOON_S) { ", which is soon" } else { "" };
    Ok(format!("valid until {}{soon}", end.rfc3339()))
}

fn address(listen: &str) -> Result<String> {
    use std::net::ToSocketAddrs as _;
    let found = listen.to_socket_addrs().with_context(|| format!("--listen {listen}"))?.next();
    found.map(|address| address.to_string()).with_context(|| format!("--listen {listen} names no address"))
}
