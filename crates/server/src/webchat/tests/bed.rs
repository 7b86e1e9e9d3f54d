//! What the doors' tests stand on: a real database, a running engine, a real listener, and workspaces of the same name.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use db::Db;
use engine::{Engine, MasterKey, Options, Origins, Outgoing, Sent, Vault, World, secrets_about};
use http_body_util::BodyExt;
use model::{ChannelAccount, ChannelAccountId, Language, SessionId, Worker, WorkerId, WorkspaceId};
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tower::ServiceExt;

use crate::bootstrap::{self, NewUser, Site};
use crate::{Config, Server, access, origin};

pub const SITE: &str = "https://shop.example";
pub const WEBCHAT: &str = "http://webchat.localhost";
pub const DESK: &str = "http://localhost";
pub const SECRET: &str = "a secret of the shop, long enough";

/// No foreign server exists.
struct Nowhere;

impl World for Nowhere {
    fn request<'s, 'r>(&'s self, _request: Outgoing) -> Pin<Box<dyn Future<Output = Sent> + Send + 'r>>
    where
        's: 'r,
        Self: 'r,
    {
        Box::pin(async { Sent::NotSent { why: "there is no network".into(), permanent: true } })
    }
}

/// A workspace with one webchat channel.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub ws: i64,
    pub id: WorkspaceId,
    pub channel: ChannelAccountId,
    pub away: model::ActivityId,
    pub available: model::ActivityId,
}

pub struct Bed {
    pub server: Server,
    pub engine: Engine,
    pub router: Router,
    pub address: SocketAddr,
    pub places: Vec<Place>,
    _folder: tempfile::TempDir,
    tasks: tokio::task::JoinSet<()>,
}

/// Runs a test on SQLite, and on PostgreSQL where `SEAWAY_TEST_POSTGRES` holds its URL.
pub fn each<F: Future<Output = ()>>(test: impl Fn(Bed) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(folder.path().join("seaway.db"), db::SqliteOptions::default()).unwrap();
        test(Bed::new(db, folder).await).await;
        match std::env::var("SEAWAY_TEST_POSTGRES") {
            Ok(url) => {
                static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
                let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let schema = format!("doors_{}_{number}", std::process::id());
                let db = Db::connect_postgres(&url, 8, Some(schema.clone())).await.unwrap();
                test(Bed::new(db.clone(), tempfile::tempdir().unwrap()).await).await;
                let drop = format!("DROP SCHEMA {schema} CASCADE");
                db.write(move |tx| {
                    let drop = drop.clone();
                    Box::pin(async move { Ok(tx.dynamic(drop, vec![]).await.map(|_| ())?) })
                })
                .await
                .ok();
            }
            Err(_) => assert!(std::env::var("SEAWAY_TEST_REQUIRE_POSTGRES").is_err(), "SEAWAY_TEST_POSTGRES is not set"),
        }
    });
}

impl Bed {
    async fn new(db: Db, folder: tempfile::TempDir) -> Self {
        db.migrate(store::MIGRATIONS).await.unwrap();
        let origins = Origins { public: DESK.into(), webchat: WEBCHAT.into(), files: "http://files.localhost".into() };
        let engine = Engine::new(Options {
            db,
            files: engine::Files::in_memory(),
            vault: Vault::new(MasterKey([7; 32])),
            clock: Arc::new(engine::clock::SystemClock::default()),
            connectors: connectors::ALL,
            origins: origins.clone(),
            world: Arc::new(Nowhere),
            seed: 11,
            alone: true,
        });
        let mut places = Vec::new();
        for _ in 0..2 {
            places.push(place(&engine).await);
        }
        let config = Config { origins, demo_hosts: Vec::new(), trusted_proxies: Vec::new() };
        let server = Server::new(engine.clone(), config);
        let router = Router::new()
            .merge(super::routes(server.clone()))
            .merge(crate::frame::routes(server.clone()))
            .merge(crate::files::routes(server.clone()))
            .merge(crate::inbound::routes(server.clone()))
            .merge(crate::stream::routes(server.clone()))
            .layer(from_fn(at_door));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { axum::serve(listener, service).await.unwrap() });
        let actors = engine.clone();
        tasks.spawn(async move { engine::run::run(actors).await.unwrap() });
        Self { server, engine, router, address, places, _folder: folder, tasks }
    }

    pub async fn end(mut self) {
        self.server.close();
        self.engine.stop();
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Asks the router without a network.
    pub async fn ask(&self, request: Request) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json, bytes }
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.ask(request(Method::POST, WEBCHAT, path, token, Body::from(body.to_string()))).await
    }
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.ask(request(Method::GET, WEBCHAT, path, token, Body::empty())).await
    }

    pub async fn ticket(&self, place: Place, site: &str) -> Answer {
        let mut asked = request(Method::POST, WEBCHAT, &format!("/webchat/{}/ticket", place.channel), None, Body::from("{}"));
        asked.headers_mut().insert(header::ORIGIN, site.parse().unwrap());
        self.ask(asked).await
    }

    /// A new visitor's token.
    pub async fn visitor(&self, place: Place) -> String {
        let ticket = self.ticket(place, SITE).await.json["ticket"].as_str().unwrap().to_owned();
        let session = self.post(&format!("/webchat/{}/session", place.channel), None, serde_json::json!({ "ticket": ticket })).await;
        session.json["token"].as_str().unwrap().to_owned()
    }

    pub async fn say(&self, place: Place, token: &str, client_id: &str, text: &str) -> Answer {
        let body = serde_json::json!({ "client_id": client_id, "text": text });
        self.post(&format!("/webchat/{}/messages", place.channel), Some(token), body).await
    }

    /// Opens a socket over the network; `Err` is the status of the refusal.
    pub async fn socket(&self, origin: &str, path: &str, cookie: Option<&str>) -> Result<Socket, u16> {
        let host = origin.split_once("://").unwrap().1;
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        self.shake(request).await
    }

    pub async fn shake(&self, request: tungstenite::handshake::client::Request) -> Result<Socket, u16> {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A visitor's socket that has said hello.
    pub async fn chat(&self, place: Place, token: &str, after: i64) -> Socket {
        let mut socket = self.socket(WEBCHAT, &format!("/webchat/{}/socket", place.channel), None).await.unwrap();
        socket.send(serde_json::json!({ "type": "hello", "token": token, "after": after })).await;
        socket
    }

    /// Somebody signed in, with a worker: their cookie.
    pub async fn agent(&self, place: Place, name: &str, role: &str) -> Agent {
        let site = Site::of(&self.engine);
        let worker = Worker {
            id: self.engine.ids().next(),
            name: name.into(),
            attributes: r#"{"routing":{"skills":["secret"]}}"#.into(),
            activity_id: place.away,
            activity_since: site.now,
            channels: Default::default(),
            user_id: None,
            connected: false,
            idle_since: site.now,
            idle_by_channel: Default::default(),
            deleted: false,
            updated_at: model::Timestamp::default(),
            version: 1,
        };
        let worker_id = worker.id;
        let email = format!("{name}{}@shop.example", place.ws).to_lowercase();
        let new = NewUser { name: name.into(), email, password: "correct horse".into(), language: Language::En };
        let user = bootstrap::create_user(&site, place.ws, new, &[role]).await.unwrap();
        let put = model::RouterCommand::PutWorker { worker: Worker { user_id: Some(user), ..worker } };
        self.engine.route(place.ws, "test", None, put).await.unwrap().unwrap();
        bootstrap::tie_worker(&site, place.ws, user, worker_id).await.unwrap();
        let token = access::secret::token().unwrap();
        let now = self.engine.now();
        let session = store::access::Session {
            id: self.engine.ids().next(),
            user_id: user,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus_secs(3600),
            host: "localhost".into(),
        };
        let (row, hash) = (session.clone(), access::secret::hash(&token));
        self.engine
            .db()
            .write(move |tx| {
                let (row, hash) = (row.clone(), hash.clone());
                Box::pin(async move { store::access::insert_session(tx, hash, &row).await })
            })
            .await
            .unwrap();
        Agent { cookie: format!("seaway={token}"), session: session.id, worker: worker_id }
    }

    pub async fn stream_ticket(&self, place: Place, agent: &Agent) -> Answer {
        let path = format!("/api/v1/workspaces/{}/stream-ticket", place.id);
        let mut asked = request(Method::POST, DESK, &path, None, Body::empty());
        asked.headers_mut().insert(header::COOKIE, agent.cookie.parse().unwrap());
        self.ask(asked).await
    }

    pub async fn stream(&self, place: Place, agent: &Agent, from: i64) -> Socket {
        let ticket = self.stream_ticket(place, agent).await.json["ticket"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/workspaces/{}/stream?ticket={ticket}&from={from}", place.id);
        self.socket(DESK, &path, Some(&agent.cookie)).await.unwrap()
    }
}

pub struct Agent {
    pub cookie: String,
    pub session: SessionId,
    pub worker: WorkerId,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub json: Value,
    pub bytes: axum::body::Bytes,
}

impl Answer {
    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or(""))
    }
}

pub struct Socket(tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>);

impl Socket {
    pub async fn send(&mut self, frame: Value) {
        use futures::SinkExt;
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }
    /// The next frame; `None` when the socket is over.
    pub async fn next(&mut self) -> Option<Value> {
        use futures::StreamExt;
        loop {
            let heard = tokio::time::timeout(std::time::Duration::from_secs(20), self.0.next()).await.expect("a frame within 20 s");
            match heard?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
    /// The next event of a kind on a desk's stream.
    pub async fn event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.wait("event").await;

            if frame["event"]["kind"] == kind {
                return frame;
            }
        }
    }
    /// The next frame of a kind, passing over others.
    pub async fn wait(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the socket ended before {kind}"));
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

pub fn request(method: Method, origin: &str, path: &str, token: Option<&str>, body: Body) -> Request {
    let host = origin.split_once("://").unwrap().1;
    let mut request =
        Request::builder().method(method).uri(path).header(header::HOST, host).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

async fn at_door(mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(SocketAddr::from(([127, 0, 0, 1], 1)), |info| info.0);
    let door = origin::door(request.headers(), request.uri(), peer, false, &[]);
    request.extensions_mut().insert(door);
    next.run(request).await
}

async fn place(engine: &Engine) -> Place {
    let site = Site::of(engine);
    let seeded = bootstrap::create_workspace(&site, "Shop", Language::En).await.unwrap();
    let channel: ChannelAccountId = engine.ids().next();
    let account = ChannelAccount {
        id: channel,
        kind: "webchat".into(),
        name: "Shop".into(),
        address: "Shop".into(),
        enabled: true,
        settings: [("allowed_sites".to_owned(), format!("[\"{SITE}\"]"))].into(),
        secrets: [("identity_secret".to_owned(), SECRET.to_owned())].into(),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    };
    let config = engine.config(seeded.ws).await.unwrap();
    let sealed = config.seal(&secrets_about(channel), &serde_json::to_vec(&account.secrets).unwrap()).unwrap();
    let ws = seeded.ws;
    engine
        .db()
        .write(move |tx| {
            let (account, sealed) = (account.clone(), sealed.clone());
            Box::pin(async move { store::channel::insert(tx, ws, &account, sealed).await })
        })
        .await
        .unwrap();
    engine.config_changed(ws);
    Place { ws, id: seeded.id, channel, away: seeded.away, available: seeded.available }
}
