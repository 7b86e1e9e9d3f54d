//! Figure (d): what the shipped program holds when it has nothing, and when it has the demo's data; and how soon it is ready.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::{self, Connection};

/// Of a process, in KiB.
pub struct Held {
    pub resident_kib: u64,
    /// Its own memory, without the program's file.
    pub anonymous_kib: u64,
}

pub fn of(pid: u32) -> Result<Held> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        Ok(line.split_whitespace().next().context("no number")?.parse()?)
    };
    Ok(Held { resident_kib: field("VmRSS:")?, anonymous_kib: field("RssAnon:")? })
}

/// The shipped program; `cargo xtask bench` builds it.
fn program() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("seaway");
    ensure!(path.is_file(), "{} is not there: cargo xtask bench builds it", path.display());
    Ok(path)
}

/// Ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn measure() -> Result<()> {
    let program = program()?;
    let folder = tempfile::tempdir()?;
    let first = start(&program, folder.path()).await?.1;
    let mut later = Vec::new();
    for _ in 0..10 {
        later.push(start(&program, folder.path()).await?.1);
    }
    later.sort();
    println!(
        "(d) cold start: {:.0} ms on a fresh folder, then {:.0} ms (median of 10; slowest {:.0} ms; aim: at most 300 ms)",
        ms(first),
        ms(later[5]),
        ms(later[9])
    );
    empty(&program, folder.path()).await?;
    demo(&program).await
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Starts the server, and says how long it took until it was ready.
async fn start(program: &Path, folder: &Path) -> Result<(Running, Duration, SocketAddr)> {
    let address: SocketAddr = ([127, 0, 0, 1], free_port()?).into();
    let mut command = Command::new(program);
    command.args(["serve", "--listen", &address.to_string(), "--data-dir"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let running = Running(command.spawn().context("starting seaway")?);
    let ask = format!("GET /readyz HTTP/1.1\r\nhost: localhost:{}\r\n\r\n", address.port());
    while started.elapsed() < Duration::from_secs(30) {
        if let Ok(mut connection) = Connection::open(address).await
            && connection.ask(ask.as_bytes()).await.is_ok_and(|status| status == 200)
        {
            return Ok((running, started.elapsed(), address));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("the server was not ready within 30 s")
}

async fn empty(program: &Path, folder: &Path) -> Result<()> {
    let verb = |arguments: &[&str]| -> Result<Value> {
        let output = Command::new(program).args(arguments).arg("--data-dir").arg(folder).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    verb(&["workspace", "create", "Shop"])?;
    let user = verb(&["user", "create", "--email", "admin@example.com", "--name", "Admin", "--workspace", "Shop", "--role", "admin"])?;
    let password = user["password"].as_str().context("no password was made")?;
    let (running, _, address) = start(program, folder).await?;
    sign_in(address, &format!("localhost:{}", address.port()), "admin@example.com", password).await?;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let held = of(running.0.id())?;
    println!(
        "(d) an empty server 60 s after a log-in: {:.1} MB resident, {:.1} MB of it its own (aim: at most 40 MB)",
        held.resident_kib as f64 / 1024.0,
        held.anonymous_kib as f64 / 1024.0
    );
    Ok(())
}

async fn demo(program: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let address: SocketAddr = ([127, 0, 0, 1], free_port()?).into();
    let mut command = Command::new(program);
    command.args(["demo", "--listen", &address.to_string(), "--data-dir"]).arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn().context("starting the demo")?);
    let lines = BufReader::new(running.0.stdout.take().context("no output")?).lines();
    let mut who = None;
    for line in lines {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(at) = words.iter().position(|word| word.contains('@')) {
            let desk = words.iter().find_map(|word| word.strip_prefix("http://")).unwrap_or_default().trim_end_matches('/');
            who.get_or_insert((desk.to_owned(), words[at].to_owned(), words.last().copied().unwrap_or_default().to_owned()));
        }
        if line.contains("\"ready\":true") {
            break;
        }
    }
    let (host, email, password) = who.context("the demo named nobody who may sign in")?;
    sign_in(address, &host, &email, &password).await?;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let held = of(running.0.id())?;
    println!(
        "(d) the demo 60 s after a log-in: {:.1} MB resident, {:.1} MB of it its own (aim: at most 60 MB; its emulators included)",
        held.resident_kib as f64 / 1024.0,
        held.anonymous_kib as f64 / 1024.0
    );
    Ok(())
}

async fn sign_in(address: SocketAddr, host: &str, email: &str, password: &str) -> Result<()> {
    let headers = [("host", host.to_owned()), ("origin", format!("http://{host}")), ("content-type", "application/json".to_owned())];
    let headers: Vec<(String, String)> = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let body = serde_json::json!({ "email": email, "password": password }).to_string();
    let mut connection = Connection::open(address).await?;
    let status = connection.ask(&http::post("/api/v1/session", &headers, body.as_bytes())).await?;
    ensure!(status == 200, "the log-in was refused: {}", String::from_utf8_lossy(connection.answer()));
    Ok(())
}
