//! What the demo is asked for.

use std::path::PathBuf;

use clap::Args;

use crate::place::Where;

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Address and port; a loopback address, because its links sign in without a password
    #[arg(long, env = "SEAWAY_LISTEN", value_name = "ADDR", default_value = crate::listen::DEFAULT)]
    pub listen: String,
    /// Folder of the demo's database, files and key file
    #[arg(long, env = "SEAWAY_DATA_DIR", value_name = "DIR", default_value = "./demo-data")]
    pub data_dir: PathBuf,
    /// PostgreSQL instead of SQLite; an empty database or schema of its own
    #[arg(long, env = "SEAWAY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Schema in that database, made if it is not there
    #[arg(long, env = "SEAWAY_DATABASE_SCHEMA", value_name = "NAME")]
    pub database_schema: Option<String>,
    /// Use emulators in another process, e.g. http://localhost:8090, configured by the file emulators.json in the data folder
    #[arg(long, env = "SEAWAY_EMULATORS_URL", value_name = "URL")]
    pub emulators_url: Option<String>,
    /// How many customers wait for an agent when the demo is new, 0 to 3
    #[arg(long, env = "SEAWAY_DEMO_WAITING", value_name = "N", default_value_t = 3)]
    pub waiting: usize,
}

impl Arguments {
    pub fn place(&self, lock: bool) -> Where {
        Where {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            database_schema: self.database_schema.clone(),
            lock,
        }
    }
}
