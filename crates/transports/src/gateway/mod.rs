//! Discord's gateway: a socket for each shard, kept alive, resumed after cuts; each event is handed to the engine, and its commit awaited,
//! before the next one is.

mod session;

use std::collections::VecDeque;
use std::time::Duration;

use connectors::discord::place::{Place, cursor_key, told_key};
use connectors::{Gateway, Incoming, Reply};
use engine::{Engine, OpenLine, Outgoing, ReceiveError, Sent, World};
use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use url::Url;

use crate::Carrier;
use crate::wire::Wire;
use session::{Closing, Order, Session};

const CONNECT_MS: u64 = 10_000;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The gateway greets at once, or it is none.
const GREETING: Duration = Duration::from_secs(20);
/// A server with very many channels is told in one event.
const FRAME_BYTES: usize = 64 << 20;
/// Events that wait for the commit of the one before; then the socket waits, too.
const WAITING: usize = 512;
/// Frames of ours that wait to leave.
const SAYING: usize = 64;
/// Between two tries to hand an event on while the database is busy.
const AGAIN: Duration = Duration::from_millis(500);
/// Between two rounds of new sessions.
const ROUND: Duration = Duration::from_secs(5);
/// Connections in a row that ended before a session stood; then the supervisor waits longer each time.
const FAILURES: u32 = 3;
/// Said on leaving: after this code the session can be resumed, after an ordinary goodbye it could not.
const BACK_SOON: u16 = 4000;

type Socket = WebSocketStream<Wire>;

/// What the API advises.
struct Plan {
    url: String,
    shards: u32,
    /// Sessions that may begin together.
    together: u32,
    /// Sessions that may still begin today.
    left: u64,
}

/// Connects, waits for the greeting, and leaves again.
pub async fn knock(carrier: &Carrier, gateway: &Gateway) -> Reply {
    let opened = async {
        let plan = plan(carrier, gateway).await?;
        let mut socket = connect(carrier, &plan.url).await?;
        match timeout(GREETING, socket.next()).await {
            Ok(Some(Ok(Message::Text(hello)))) if hello.contains("heartbeat_interval") => Ok(()),
            other => Err(Reply::NotSent(format!("{} did not greet as a gateway: {other:?}", plan.url))),
        }
    };
    match opened.await {
        Ok(()) => Reply::Http { status: 200, headers: vec![], body: vec![] },
        Err(reply) => reply,
    }
}

/// Listens until told to stop.
///
/// # Errors
/// Why the line broke, or did not open.
pub async fn listen(
    carrier: &Carrier,
    engine: &Engine,
    open: &OpenLine,
    gateway: &Gateway,
    stopped: watch::Receiver<bool>,
) -> Result<(), Reply> {
    let plan = plan(carrier, gateway).await?;
    let (say, said) = mpsc::channel(SAYING);
    carrier.put_gateway(open.account.id, Some(say));
    let mut first = Some(said);
    let shards = (0..plan.shards).map(|no| {
        let shard = Shard { carrier, engine, open, gateway, plan: &plan, no, stopped: stopped.clone(), said: first.take() };
        shard.run()
    });
    let mut shards: FuturesUnordered<_> = shards.collect();
    let mut ended = Ok(());
    while let Some(one) = shards.next().await {
        if one.is_err() {
            // The others are dropped with it; their sessions are resumed.
            ended = one;
            break;
        }
    }
    carrier.put_gateway(open.account.id, None);
    ended
}

async fn plan(carrier: &Carrier, gateway: &Gateway) -> Result<Plan, Reply> {
    let request = Outgoing {
        method: "GET".into(),
        url: format!("{}/gateway/bot", gateway.api_base_url),
        headers: gateway.headers.clone(),
        body: bytes::Bytes::new(),
        timeout_ms: CONNECT_MS,
        max_response_bytes: 1 << 16,
        follow_redirects: 0,
        bulkhead: "gateways".into(),
    };
    let body = match carrier.request(request).await {
        Sent::Answer { status: 200, body, .. } => body,
        // The same word as the gateway's own.
        Sent::Answer { status: 401, .. } => return Err(closed(4004)),
        Sent::Answer { status, .. } => return Err(Reply::NotSent(format!("asked for the gateway, the API answered {status}"))),
        Sent::NotSent { why, .. } | Sent::Unknown { why } | Sent::TooLarge { why } => return Err(Reply::NotSent(why)),
    };
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let number = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64);
    let named = json.get("url").and_then(Value::as_str).unwrap_or_default();
    Ok(Plan {
        url: if gateway.url.is_empty() { named.to_owned() } else { gateway.url.clone() },
        shards: number("/shards").and_then(|shards| u32::try_from(shards).ok()).unwrap_or(1).clamp(1, 1_000),
        together: number("/session_start_limit/max_concurrency").and_then(|most| u32::try_from(most).ok()).unwrap_or(1).max(1),
        left: number("/session_start_limit/remaining").unwrap_or(1_000),
    })
}

async fn connect(carrier: &Carrier, url: &str) -> Result<Socket, Reply> {
    let refused = |why: String| Reply::NotSent(why);
    let mut url = Url::parse(url).map_err(|error| refused(format!("{url} is no address of a gateway: {error}")))?;
    let secure = match url.scheme() {
        "wss" => true,
        "ws" => false,
        other => return Err(refused(format!("a gateway is not reached by {other}"))),
    };
    url.query_pairs_mut().clear().append_pair("v", "10").append_pair("encoding", "json");
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port().unwrap_or(if secure { 443 } else { 80 });
    let dialled = carrier.egress().dial(&host, port, CONNECT_MS).await;
    let stream = dialled.map_err(|error| refused(error.reason().to_string()))?;
    let wire = if secure { carrier.tls().wrap(&host, stream).await? } else { Wire::Plain(stream) };
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(FRAME_BYTES);
    config.max_frame_size = Some(FRAME_BYTES);
    let shaken = timeout(HANDSHAKE, tokio_tungstenite::client_async_with_config(url.as_str(), wire, Some(config))).await;
    match shaken {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(refused(format!("the gateway took no socket: {error}"))),
        Err(_) => Err(refused("the gateway took no socket within 10 seconds".into())),
    }
}

/// The reply that stands for a close.
fn closed(code: u16) -> Reply {
    Reply::Http { status: code, headers: vec![], body: vec![] }
}

/// How a connection ended.
enum Ended {
    /// We were told to stop.
    Stopped,
    Leave {
        wait_ms: u64,
    },
    Closed(Option<u16>),
}

/// An event on its way to the engine; a panic there costs this event alone.
struct Handing {
    task: JoinHandle<Result<(), Reply>>,
    anew: bool,
}

impl Drop for Handing {
    /// What a session missed is listed for whoever holds the line: the next one does it again.
    fn drop(&mut self) {
        if self.anew {
            self.task.abort();
        }
    }
}

/// An event that waits for the commit of the one before.
#[derive(Clone)]
struct Told {
    from: String,
    body: String,
    /// It begins a session: before it is kept, and with it where to go on, what was not told comes in. So whoever dies in between does it
    /// again, and nothing that is told meanwhile overtakes what was written earlier.
    anew: bool,
}

struct Shard<'a> {
    carrier: &'a Carrier,
    engine: &'a Engine,
    open: &'a OpenLine,
    gateway: &'a Gateway,
    plan: &'a Plan,
    no: u32,
    stopped: watch::Receiver<bool>,
    /// What the engine wants said; the first shard says it.
    said: Option<mpsc::Receiver<bytes::Bytes>>,
}

impl Shard<'_> {
    async fn run(mut self) -> Result<(), Reply> {
        let key = cursor_key(self.no, self.plan.shards);
        let cursor = self.engine.cursor(self.open.ws, self.open.account.id, &key).await;
        let cursor = cursor.map_err(|error| Reply::NotSent(format!("where we stood cannot be read: {error:#}")))?;
        let kept = cursor.and_then(|value| Place::of_cursor(self.no, self.plan.shards, &value));
        let mut session = Session::new(self.no, self.plan.shards, &self.gateway.token, self.gateway.intents, kept);
        let mut waiting = VecDeque::new();
        let mut handing = None;
        let mut failures = 0;
        if session.is_new() && self.plan.left == 0 {
            return Err(Reply::NotSent("the bot has begun as many sessions as Discord allows in a day".into()));
        }
        if session.is_new() {
            self.pause(ROUND * (self.no / self.plan.together)).await;
        }
        loop {
            let own = session.url().filter(|_| self.gateway.url.is_empty()).map(str::to_owned);
            let mut socket = match connect(self.carrier, own.as_deref().unwrap_or(&self.plan.url)).await {
                // Where the session was may be gone; the front door knows it, too.
                Err(_) if own.is_some() => connect(self.carrier, &self.plan.url).await?,
                socket => socket?,
            };
            session.connected();
            let mut stood = false;
            let ended = self.talk(&mut socket, &mut session, &mut waiting, &mut handing, &mut stood).await?;
            failures = if stood { 0 } else { failures + 1 };
            let wait_ms = match ended {
                Ended::Stopped => return Ok(()),
                Ended::Leave { wait_ms } => wait_ms,
                Ended::Closed(code) => match session.closed(code) {
                    Closing::Fatal(code) => return Err(closed(code)),
                    Closing::Again { wait_ms } => wait_ms,
                },
            };
            if failures >= FAILURES {
                return Err(Reply::NotSent("the gateway closes each time before a session stands".into()));
            }
            tracing::info!(account = %self.open.account.id, shard = self.no, wait_ms, "the gateway's socket ended; going on");
            self.pause(Duration::from_millis(wait_ms)).await;
            if *self.stopped.borrow() {
                return Ok(());
            }
        }
    }

    async fn pause(&mut self, long: Duration) {
        tokio::select! {
            () = sleep(long) => {}
            () = told_to_stop(&mut self.stopped) => {}
        }
    }

    /// One connection, from the greeting to its end.
    async fn talk(
        &mut self,
        socket: &mut Socket,
        session: &mut Session,
        waiting: &mut VecDeque<Told>,
        handing: &mut Option<Handing>,
        stood: &mut bool,
    ) -> Result<Ended, Reply> {
        let mut beat_at = Instant::now() + GREETING;
        let mut every: Option<Duration> = None;
        loop {
            if handing.is_none()
                && let Some(told) = waiting.front()
            {
                *handing = Some(self.hand_on(told.clone()));
            }
            tokio::select! {
                // Living comes first: a gateway lets nobody wait that was silent.
                biased;
                () = told_to_stop(&mut self.stopped) => {
                    leave(socket).await;
                    return Ok(Ended::Stopped);
                }
                () = sleep_until(beat_at) => {
                    let Some(every) = every else { return Ok(Ended::Closed(None)) };
                    beat_at = Instant::now() + every;
                    if waiting.len() >= WAITING {
                        // The answer may lie behind what we have not read.
                        session.connected();
                    }
                    let Some(beat) = session.beat() else {
                        tracing::warn!(account = %self.open.account.id, shard = self.no, "the gateway answers no heartbeat");
                        leave(socket).await;
                        return Ok(Ended::Leave { wait_ms: 0 });
                    };
                    if socket.send(Message::text(beat)).await.is_err() {
                        return Ok(Ended::Closed(None));
                    }
                }
                handed = done(handing) => {
                    *handing = None;
                    waiting.pop_front();
                    match handed {
                        Ok(handed) => handed?,
                        Err(error) => tracing::error!(%error, account = %self.open.account.id, "an event of the gateway could not be taken"),
                    }
                }
                frame = socket.next(), if waiting.len() < WAITING => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
                        Some(Ok(Message::Close(frame))) => return Ok(Ended::Closed(frame.map(|frame| frame.code.into()))),
                        Some(Ok(_)) => continue,
                        Some(Err(_)) | None => return Ok(Ended::Closed(None)),
                    };
                    let dice = self.engine.ids().next::<model::JobId>().0.as_u64_pair().1;
                    for order in session.frame(&text, self.engine.now(), dice) {
                        match order {
                            Order::Say(frame) => {
                                if socket.send(Message::text(frame)).await.is_err() {
                                    return Ok(Ended::Closed(None));
                                }
                            }
                            Order::Beat { first_ms, every_ms } => {
                                every = Some(Duration::from_millis(every_ms));
                                beat_at = Instant::now() + Duration::from_millis(first_ms);
                            }
                            Order::Opened => {
                                *stood = true;
                                tracing::info!(account = %self.open.account.id, shard = self.no, "the gateway is open");
                                let opened = self.engine.line_opened(self.open.ws, self.open.account.id).await;
                                opened.map_err(|error| Reply::NotSent(format!("{error:#}")))?;
                            }
                            Order::HandOn { from, anew } => waiting.push_back(Told { from, body: text.clone(), anew }),
                            Order::Leave { wait_ms } => {
                                leave(socket).await;
                                return Ok(Ended::Leave { wait_ms });
                            }
                        }
                    }
                }
                Some(frame) = next_said(&mut self.said), if *stood => {
                    if !session.may_say(self.engine.now()) {
                        tracing::warn!(account = %self.open.account.id, "a frame was dropped: Discord takes no more of them in this minute");
                    } else if socket.send(Message::text(String::from_utf8_lossy(&frame).into_owned())).await.is_err() {
                        return Ok(Ended::Closed(None));
                    }
                }
            }
        }
    }

    /// Hands an event to the engine until it is kept.
    fn hand_on(&self, told: Told) -> Handing {
        let (engine, ws, id) = (self.engine.clone(), self.open.ws, self.open.account.id);
        let key = told_key(self.no, self.plan.shards);
        let Told { from, body, anew } = told;
        let task = tokio::spawn(async move {
            if anew && let Err(error) = engine.catch_up_line(ws, id, &key).await {
                return Err(Reply::NotSent(format!("what was missed could not be listed: {error:#}")));
            }
            loop {
                let incoming = Incoming::Frame { from: &from, body: body.as_bytes() };
                match engine.receive(ws, id, incoming).await {
                    Ok(_) => return Ok(()),
                    Err(ReceiveError::Rejected(why)) => {
                        tracing::warn!(account = %id, why, "an event of the gateway was refused");
                        return Ok(());
                    }
                    Err(ReceiveError::NotFound | ReceiveError::Disabled) => {
                        return Err(Reply::NotSent("the account is switched off".into()));
                    }
                    Err(ReceiveError::Busy(_)) if engine.stopping() => return Err(Reply::NotSent("we are stopping".into())),
                    Err(ReceiveError::Busy(error)) => {
                        tracing::warn!(%error, account = %id, "an event of the gateway waits for the database");
                        sleep(AGAIN).await;
                    }
                }
            }
        });
        Handing { task, anew }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // Whoever would tell us is gone: that is a stop, too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// What became of the event that is under way; never without one.
async fn done(handing: &mut Option<Handing>) -> Result<Result<(), Reply>, tokio::task::JoinError> {
    match handing {
        Some(handing) => (&mut handing.task).await,
        None => std::future::pending().await,
    }
}

async fn next_said(said: &mut Option<mpsc::Receiver<bytes::Bytes>>) -> Option<bytes::Bytes> {
    match said {
        Some(said) => said.recv().await,
        None => std::future::pending().await,
    }
}

/// Goes in a way that lets us come back; whether the other side hears it changes nothing.
async fn leave(socket: &mut Socket) {
    let frame = CloseFrame { code: CloseCode::from(BACK_SOON), reason: "".into() };
    let _ = timeout(Duration::from_secs(1), socket.close(Some(frame))).await;
}
