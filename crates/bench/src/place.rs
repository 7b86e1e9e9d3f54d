//! Where the rows of a measurement lie: an own file, or an own schema of the given PostgreSQL.

use anyhow::{Context, Result};
use clap::ValueEnum;
use db::{Db, SqliteOptions};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// The databases to measure on; PostgreSQL is left out, in words, where nobody says where it is.
pub fn wanted(only: Option<Database>) -> Vec<Database> {
    let mut all: Vec<Database> = [Database::Sqlite, Database::Postgres].into_iter().filter(|d| only.is_none_or(|o| o == *d)).collect();
    if all.contains(&Database::Postgres) && postgres_url().is_err() {
        println!("PostgreSQL is not measured: SEAWAY_TEST_POSTGRES names no server");
        all.retain(|d| *d != Database::Postgres);
    }
    all
}

pub fn postgres_url() -> Result<String> {
    std::env::var("SEAWAY_TEST_POSTGRES").context("SEAWAY_TEST_POSTGRES names no server")
}

/// A database of its own; gone with the value, except PostgreSQL's schema, which goes with its cluster.
pub struct Place {
    pub db: Db,
    pub schema: String,
    pub folder: TempDir,
}

impl Place {
    pub async fn open(database: Database) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let schema = format!("bench_{}", folder.path().file_name().map_or(0, |n| n.len() as u64 + hash(n)));
        let db = match database {
            Database::Sqlite => Db::open_sqlite(folder.path().join("seaway.db"), SqliteOptions::default())?,
            Database::Postgres => Db::connect_postgres(&postgres_url()?, 16, Some(schema.clone())).await?,
        };
        db.migrate(store::MIGRATIONS).await?;
        Ok(Self { db, schema, folder })
    }
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("seaway.db")
    }
}

fn hash(name: &std::ffi::OsStr) -> u64 {
    name.as_encoded_bytes().iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte))) >> 16
}
