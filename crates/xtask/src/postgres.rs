//! A PostgreSQL of our own in a temporary folder, on a Unix socket only, gone when we are.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    command::{find, output},
    tools::{is_root, postgres_folder},
};

/// Whether a commit reaches the disk before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Plain tests: the server's machine does not crash, so nothing is lost without a sync.
    None,
    /// Faults and figures.
    Full,
}

pub struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    /// Ends the server and removes the folder as soon as its input closes: also when we are killed, where no destructor runs.
    guard: Child,
}

/// The guard ignores Ctrl-C, which the terminal sends to a whole group, and outlives us by the time the removal takes.
const GUARD: &str =
    r#"trap '' INT TERM HUP; cat >/dev/null; "$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1; rm -rf "$2"; echo gone"#;

impl Cluster {
    pub fn start(durability: Durability) -> Result<Self> {
        let binaries = postgres_folder().context("PostgreSQL's server programs are missing")?;
        let made = output(as_owner("mktemp")?.args(["-d", "/tmp/seaway-postgres-XXXXXX"]).current_dir("/"))?;
        let folder = PathBuf::from(made.trim());
        let mut guard = as_owner("sh")?;
        guard.args(["-c", GUARD, "guard"]).args([&binaries, &folder]).current_dir("/");
        let guard = guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("starting the guard")?;
        let cluster = Self { binaries, folder, guard };
        cluster.make(durability)?;
        Ok(cluster)
    }

    /// For tokio-postgres and for `--database-url`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes an empty database, and says where it is.
    pub fn database(&self, name: &str) -> Result<String> {
        let psql = self.binaries.join("psql");
        output(Command::new(psql).args(["-q", &self.url(), "-c", &format!("CREATE DATABASE {name}")]).current_dir("/"))?;
        Ok(self.url_of(name))
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgresql:///{database}?host={}&user=postgres", self.folder.display())
    }

    /// From now on commits wait for the disk; the server takes the new setting without a restart.
    pub fn be_durable(&self) -> Result<()> {
        self.settings("fsync = on\nfull_page_writes = on\n")?;
        self.pg_ctl(&["reload"])
    }

    fn make(&self, durability: Durability) -> Result<()> {
        let data = self.data();
        let init = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"];
        output(as_owner(self.binaries.join("initdb"))?.args(init).arg(&data).current_dir("/"))?;
        let socket = self.folder.display();
        self.settings(&format!("listen_addresses = ''\nunix_socket_directories = '{socket}'\nmax_connections = 300\n"))?;
        if durability == Durability::None {
            self.settings("fsync = off\nfull_page_writes = off\n")?;
        }
        let log = self.folder.join("log");
        let started = self.pg_ctl(&["-w", "-t", "60", "-l", &log.to_string_lossy(), "start"]);
        started.with_context(|| format!("PostgreSQL did not start: {}", std::fs::read_to_string(&log).unwrap_or_default()))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn settings(&self, lines: &str) -> Result<()> {
        let path = self.data().join("postgresql.conf");
        let mut tee = as_owner("tee")?.arg("-a").arg(&path).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        tee.stdin.take().context("no input")?.write_all(lines.as_bytes())?;
        if !tee.wait()?.success() {
            bail!("{} could not be written", path.display());
        }
        Ok(())
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<()> {
        let mut command = as_owner(self.binaries.join("pg_ctl"))?;
        command.arg("-D").arg(self.data()).args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        if !command.status().context("starting pg_ctl")?.success() {
            bail!("pg_ctl {} failed", arguments.join(" "));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let mut line = String::new();
        if let Some(said) = self.guard.stdout.take() {
            let _ = BufReader::new(said).read_line(&mut line);
        }
        let _ = self.guard.wait();
        if line.trim() != "gone" {
            eprintln!("PostgreSQL in {} was not removed", self.folder.display());
        }
    }
}

/// A program run as somebody PostgreSQL accepts: it refuses to be root.
fn as_owner(name: impl AsRef<Path>) -> Result<Command> {
    if !is_root() {
        return Ok(Command::new(name.as_ref()));
    }
    find("runuser").context("`runuser` is missing (package util-linux): as root it starts PostgreSQL as the user postgres")?;
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(name.as_ref());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_and_leaves_nothing() {
        if postgres_folder().is_none() && std::env::var_os("SEAWAY_TEST_REQUIRE_POSTGRES").is_none() {
            eprintln!("PostgreSQL is not installed; `cargo xtask test` installs it");
            return;
        }
        let cluster = Cluster::start(Durability::None).expect("a cluster");
        let ask = |question: &str| {
            output(Command::new(cluster.binaries.join("psql")).args(["-qtA", &cluster.url(), "-c", question])).expect("an answer")
        };
        assert_eq!(ask("SHOW fsync").trim(), "off");
        cluster.be_durable().expect("reloaded");
        let durable = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            ask("SHOW fsync").trim() == "on"
        });
        assert!(durable, "the new setting is read within two seconds");
        assert!(cluster.database("other").expect("made").starts_with("postgresql:///other?"));
        let folder = cluster.folder.clone();
        drop(cluster);
        assert!(!folder.exists());
    }
}
