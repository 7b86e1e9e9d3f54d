//! One installation, the providers around it, and the server process that is killed again and again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::accounts::{self, SHOP, basic};
use super::agent::Agent;
use super::client::Client;
use super::crowd::{self, Crowd};
use super::world::{Doors, World};
use super::{everywhere, judge};

const PASSWORD: &str = "a long enough password";
/// Where the servers and providers of the tests listen.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;
/// A line to a provider is opened in this time.
const LISTENS: Duration = Duration::from_secs(30);
/// So many lines of a server's log stand behind the reason why a test failed.
const LINES: usize = 30;
/// The smallest picture there is.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub struct House {
    pub engine: &'static str,
    pub folder: TempDir,
    schema: Option<String>,
    port: u16,
    doors: Doors,
    world: Option<World>,
    pub carrier: Client,
    /// The API of the workspace, once it is there.
    inside: Option<(Client, String)>,
    server: Option<Child>,
    deaths: u32,
    /// Every text a customer wrote, with their number.
    pub written: Vec<(String, String)>,
    /// Customers on all channels, where the house has them.
    crowd: Option<Crowd>,
    tasks: Vec<JoinHandle<()>>,
    agent_saw: Arc<Mutex<Vec<String>>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("its data stays in {}; the agent was last answered:", self.folder.path().display());
            eprintln!("{}", self.agent_saw.lock().map(|all| all.join("\n")).unwrap_or_default());
            eprintln!("the last server wrote:\n{}", self.said_last());
        }
        for task in &self.tasks {
            task.abort();
        }
    }
}

pub fn has_postgres() -> bool {
    let there = std::env::var("SEAWAY_TEST_POSTGRES").is_ok();
    assert!(there || std::env::var("SEAWAY_TEST_REQUIRE_POSTGRES").is_err(), "SEAWAY_TEST_POSTGRES is not set");
    there
}

/// A port that nobody has. Higher ones are lent to whoever connects to somewhere, also between two lives of a server.
fn free_port() -> u16 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut ports = (0..PORTS).map(|_| {
        let at = std::process::id().wrapping_mul(97).wrapping_add(NUMBER.fetch_add(1, Ordering::Relaxed));
        FIRST_PORT + (at % u32::from(PORTS)) as u16
    });
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

impl House {
    /// By text messages alone: whoever writes is answered, and handed to an agent.
    pub async fn build(engine: &'static str, suite: &str) -> Self {
        let mut house = Self::found(engine, suite, 0).await;
        house.furnish(&["sms"], |doors| flow(doors.http)).await;
        // The first road from end to end, before anything is killed.
        house.traffic_for(Duration::from_secs(1)).await;
        house.kill();
        house
    }

    /// With all channels, and so many customers on each.
    pub async fn build_everywhere(engine: &'static str, suite: &str, people: usize) -> Self {
        let mut house = Self::found(engine, suite, people).await;
        let ids = house.furnish(&accounts::KINDS, |doors| flow_everywhere(doors.http)).await;
        house.crowd = Some(Crowd::new(people, house.port, &ids["webchat"]));
        let began = Instant::now();
        while !house.world().listened_to() {
            assert!(began.elapsed() < LISTENS, "{engine}: nobody listens at the gateway and the mailbox");
            sleep(Duration::from_millis(100)).await;
        }
        house.everywhere_for(Duration::from_secs(2)).await;
        house.kill();
        house
    }

    /// An installation with an agent at work, and its first server.
    async fn found(engine: &'static str, suite: &str, people: usize) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if let Ok(ledger) = std::env::var("SEAWAY_TEST_LEDGER") {
            let mut file = File::options().append(true).create(true).open(ledger).unwrap();
            // In one piece: several tests write at once.
            file.write_all(format!("{engine} faults::{suite}\n").as_bytes()).unwrap();
        }
        let schema = format!("faults_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let doors = Doors { http: free_port(), imap: free_port(), smtp: free_port() };
        let port = free_port();
        let mut house = Self {
            engine,
            folder: tempfile::tempdir().unwrap(),
            schema: (engine == "postgres").then_some(schema),
            port,
            doors,
            world: Some(World::open(doors, port, people).await),
            carrier: Client::new(&format!("http://carrier.localhost:{}", doors.http), doors.http),
            inside: None,
            server: None,
            deaths: 0,
            written: Vec::new(),
            crowd: None,
            tasks: Vec::new(),
            agent_saw: Arc::default(),
        };
        let workspace = house.verb(&["workspace", "create", "Shop"]);
        let ws = workspace["workspace"].as_str().unwrap().to_owned();
        let key = house.verb(&["key", "create", "--workspace", "Shop", "--role", "admin"]);
        let basic = basic(key["key_sid"].as_str().unwrap(), key["secret"].as_str().unwrap());
        let user = house.make_agent();
        house.start(None);
        house.ready().await;
        let api = Client::new(&format!("http://localhost:{port}"), port).with("authorization", &basic);
        house.inside = Some((api, format!("/api/v1/workspaces/{ws}")));
        house.make_room(user["worker"].as_str().unwrap()).await;
        let agent = Agent { port, ws, email: "ana@example.com".into(), password: PASSWORD.into(), last: house.agent_saw.clone() };
        house.tasks.push(tokio::spawn(agent.work()));
        house
    }

    pub fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    /// What the workspace's API says at a path.
    pub async fn api(&self, path: &str) -> Value {
        let (api, inside) = self.inside.as_ref().unwrap();
        api.must(Method::GET, &format!("{inside}{path}"), None).await
    }

    /// The agent has room for everybody.
    async fn make_room(&self, worker: &str) {
        let (api, inside) = self.inside.as_ref().unwrap();
        let stored = self.wait_for(api, &format!("{inside}/workers/{worker}")).await;
        let room = json!({ "version": stored["version"], "channels": [{ "channel": "sms", "capacity": 40, "available": true }] });
        api.must(Method::PATCH, &format!("{inside}/workers/{worker}"), Some(room)).await;
    }

    /// A flow, and an account on each of these channels, which its provider knows. The accounts' ids.
    async fn furnish(&mut self, kinds: &[&'static str], flow: impl Fn(Doors) -> Value) -> BTreeMap<&'static str, String> {
        let (api, inside) = self.inside.as_ref().unwrap();
        let flow = json!({ "name": "Faults", "definition": flow(self.doors).to_string() });
        let flow = api.must(Method::POST, &format!("{inside}/flows"), Some(flow)).await;
        let id = flow["id"].as_str().unwrap();
        let workflows = api.must(Method::GET, &format!("{inside}/workflows"), None).await;
        let mapped = json!({ "given": "default", "mapped": workflows["items"][0]["id"] });
        api.must(Method::PUT, &format!("{inside}/flows/{id}/reference"), Some(mapped)).await;
        let flow = api.must(Method::GET, &format!("{inside}/flows/{id}"), None).await;
        api.must(Method::POST, &format!("{inside}/flows/{id}/publish"), Some(json!({ "version": flow["version"] }))).await;
        let mut ids = BTreeMap::new();
        for kind in kinds {
            let mut account = accounts::ours(kind, self.doors);
            account["flow_id"] = id.into();
            let path = format!("{inside}/channel-accounts");
            let account = api.post(&path, account, &format!("set-up-{kind}")).await.unwrap();
            assert!(account.status < 300, "{kind}: {} {}", account.status, account.body);
            let account = account.body["id"].as_str().unwrap().to_owned();
            self.world().connect(kind, &format!("http://localhost:{}/in/{kind}/{account}", self.port));
            ids.insert(*kind, account);
        }
        ids
    }

    async fn wait_for(&self, api: &Client, path: &str) -> Value {
        for _ in 0..100 {
            if let Some(answer) = api.get(path).await.filter(|answer| answer.status == 200) {
                return answer.body;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} is not there");
    }

    fn make_agent(&self) -> Value {
        let arguments = ["user", "create", "--email", "ana@example.com", "--name", "Ana", "--workspace", "Shop", "--role", "agent"];
        let mut child =
            self.command().args(arguments).arg("--password-stdin").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
        serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
        command.env("SEAWAY_DATA_DIR", self.data_dir()).env_remove("SEAWAY_DATABASE_URL");
        if let Some(place) = self.place_url() {
            command.env("SEAWAY_DATABASE_URL", place.0).env("SEAWAY_DATABASE_SCHEMA", place.1);
        }
        command
    }

    /// URL and schema, on PostgreSQL.
    pub fn place_url(&self) -> Option<(String, String)> {
        let schema = self.schema.clone()?;
        Some((std::env::var("SEAWAY_TEST_POSTGRES").unwrap(), schema))
    }

    fn verb(&self, arguments: &[&str]) -> Value {
        let output = self.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join(format!("server-{}.log", self.deaths))
    }

    /// The end of what the last server wrote, for whoever reads why a test failed.
    fn said_last(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// What the last server wrote.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Starts the server, to die at a named place if one is given.
    pub fn start(&mut self, crash_point: Option<&str>) {
        self.deaths += 1;
        let log = File::create(self.log()).unwrap();
        let Doors { http, imap, smtp } = self.doors;
        let allow = format!("localhost:{http},*.localhost:{http},*.localhost:{imap},*.localhost:{smtp}");
        let mut command = self.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--egress-allow", &allow]);
        if let Some(point) = crash_point {
            command.env("SEAWAY_CRASH_POINT", point);
        }
        self.server = Some(command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn().unwrap());
    }

    pub async fn ready(&self) {
        let door = Client::new(&format!("http://localhost:{}", self.port), self.port);
        for _ in 0..150 {
            if door.get("/readyz").await.is_some_and(|answer| answer.status == 200) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{}: the server does not come up", self.engine);
    }

    fn dead(&mut self) -> bool {
        self.server.as_mut().is_none_or(|server| server.try_wait().unwrap().is_some())
    }

    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // SIGKILL; a server that died by itself is only collected.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// A new customer writes, and sometimes sends a picture; an older one writes again.
    async fn customers(&mut self) {
        let no = self.written.len();
        let number = format!("+4917{no:08}");
        let mut writing = vec![(number, format!("first {no}"))];
        if no > 3 {
            writing.push((self.written[no - 3].0.clone(), format!("again {no}")));
        }
        for (number, text) in writing {
            let media = if no.is_multiple_of(3) { json!([{ "content_type": "image/png", "data": PICTURE }]) } else { json!([]) };
            let body = json!({ "to": SHOP, "text": text, "media": media });
            self.carrier.must(Method::POST, &format!("/control/handsets/{number}/messages"), Some(body)).await;
            self.written.push((number, text));
        }
    }

    pub async fn traffic_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.customers().await;
            sleep(Duration::from_millis(250)).await;
        }
    }

    /// Customers write on all channels, and providers fail in the ways of this number.
    pub async fn everywhere_for(&mut self, time: Duration) {
        let (world, crowd) = (self.world.as_ref().unwrap(), self.crowd.as_mut().unwrap());
        let until = Instant::now() + time;
        while Instant::now() < until {
            crowd.write(world);
            sleep(crowd::PAUSE).await;
        }
    }

    /// True when the server died by itself in this time.
    pub async fn traffic_until_death(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.dead() {
                self.kill();
                return true;
            }
            self.customers().await;
            sleep(Duration::from_millis(250)).await;
        }
        false
    }

    /// A life without a crash point, long enough to try what a death made suspect; it ends by SIGKILL like all others.
    pub async fn recover(&mut self) {
        self.start(None);
        self.ready().await;
        match self.crowd {
            Some(_) => self.everywhere_for(Duration::from_secs(1)).await,
            None => self.traffic_for(Duration::from_secs(1)).await,
        }
        judge::nothing_suspect(self).await;
        self.kill();
    }

    /// `seaway audit`, which must find nothing.
    pub fn audit(&self, when: &str) {
        let output = self.command().arg("audit").output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {when}: the audit is not clean:\n{told}", self.engine);
    }

    /// The last start: everything ends, is judged, and the server stops in an orderly way.
    pub async fn finish(mut self) {
        self.start(None);
        self.ready().await;
        match &self.crowd {
            Some(crowd) => {
                everywhere::quiet(&self, crowd).await;
                everywhere::judged(&self, crowd).await;
            }
            None => {
                judge::quiet(&self).await;
                judge::ledger(&self).await;
            }
        }
        self.audit("at the end, beside the server");
        let mut server = self.server.take().unwrap();
        let id = server.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let ended = Instant::now();
        while server.try_wait().unwrap().is_none() {
            assert!(ended.elapsed() < Duration::from_secs(30), "the server does not end");
            sleep(Duration::from_millis(50)).await;
        }
        assert!(server.wait().unwrap().success(), "an orderly end");
        self.audit("after an orderly end");
    }
}

/// Each text is answered by an execution of its own; whoever asks for a person gets one.
fn flow_everywhere(port: u16) -> Value {
    let mut flow = flow(port);
    let body = "{{trigger.conversation.Body}}";
    let which = json!({ "name": "which", "type": "split-based-on", "properties": { "input": body }, "transitions": [
        { "event": "noMatch" },
        { "event": "match", "next": "ask", "conditions": [{ "friendly_name": "a person", "arguments": [body], "type": "contains", "value": "person" }] }] });
    for state in flow["states"].as_array_mut().unwrap() {
        if state["name"] == "hello" {
            state["transitions"] = json!([{ "event": "sent", "next": "which" }, { "event": "failed", "next": "which" }]);
        }
    }
    flow["states"].as_array_mut().unwrap().push(which);
    flow
}

fn flow(carrier_port: u16) -> Value {
    let body = "{% if trigger.conversation %}{{trigger.conversation.Body}}{% else %}{{trigger.message.Body}}{% endif %}";
    json!({
        "description": "Answers, asks a server, hands over", "initial_state": "Trigger", "flags": { "allow_concurrent_calls": true },
        "states": [
            { "name": "Trigger", "type": "trigger", "properties": {}, "transitions": [
                { "event": "incomingMessage", "next": "hello" }, { "event": "incomingConversationMessage", "next": "hello" },
                { "event": "incomingRequest" }, { "event": "incomingCall" }, { "event": "incomingParent" }] },
            { "name": "hello", "type": "send-message", "properties": { "from": "{{flow.channel.address}}", "body": format!("We heard {body}") },
              "transitions": [{ "event": "sent", "next": "ask" }, { "event": "failed", "next": "ask" }] },
            { "name": "ask", "type": "make-http-request", "properties": { "method": "GET",
                "content_type": "application/x-www-form-urlencoded;charset=utf-8",
                "url": format!("http://carrier.localhost:{carrier_port}/control/handsets/+49170/events") },
              "transitions": [{ "event": "success", "next": "agent" }, { "event": "failed", "next": "agent" }] },
            { "name": "agent", "type": "send-to-flex", "properties": { "workflow": "default", "channel": "sms", "attributes": "{}",
                "priority": "0", "timeout": "86400" },
              "transitions": [{ "event": "callComplete" }, { "event": "failedToEnqueue" }, { "event": "callFailure" }] },
        ],
    })
}
