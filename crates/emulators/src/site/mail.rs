//! The mail server in real time: a lock around the value, a clock beside it, its two sockets, and its other door over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use super::carrier::{decoded, pairs, respond};
use crate::{
    carrier::HttpAnswer,
    mail::{Mail, MailConfig, imap, smtp},
    network::{LONGEST_SLEEP, now, until},
    platform::{Refusal, Request},
};

const BODY_BYTES: usize = 40 * 1024 * 1024;
/// So many connections at once; more wait.
const CONNECTIONS: usize = 256;

/// A shared mail server. Clones are the same one.
#[derive(Clone)]
pub struct MailServer {
    mail: Arc<Mutex<Mail>>,
    /// Counts whenever a mailbox or somebody's screen changed.
    changed: watch::Sender<u64>,
    /// Rung when a letter left that comes later.
    planned: Arc<Notify>,
}

#[derive(Clone, Copy)]
enum Door {
    Imap,
    Smtp,
}

impl MailServer {
    pub fn new(config: &MailConfig, seed: u64) -> Self {
        Self { mail: Arc::new(Mutex::new(Mail::new(config, seed))), changed: watch::Sender::new(0), planned: Arc::new(Notify::new()) }
    }

    /// Does something to it now, and lets those who listen know.
    pub fn with<T>(&self, act: impl FnOnce(&mut Mail, Timestamp) -> T) -> T {
        let mut mail = self.lock();
        let mark = |mail: &Mail| (mail.changes(), mail.position(), mail.epoch().to_owned());
        let (before, due) = (mark(&mail), mail.next_due());
        let result = act(&mut mail, now());
        let changed = mark(&mail) != before;
        let planned = mail.next_due() != due;
        drop(mail);
        if planned {
            self.planned.notify_one();
        }
        if changed {
            self.changed.send_modify(|count| *count += 1);
        }
        result
    }

    pub fn read<T>(&self, look: impl FnOnce(&Mail) -> T) -> T {
        look(&self.lock())
    }

    /// Told whenever something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Delivers late letters when their time has come, for ever.
    pub(crate) async fn drive(self) {
        loop {
            let next = self.with(|mail, now| {
                mail.due(now);
                mail.next_due()
            });
            let pause = next.map_or(LONGEST_SLEEP, |at| until(now(), at));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.planned.notified() => {}
            }
        }
    }

    /// Says something on a connection, as late as the faults want it.
    async fn say(&self, stream: &mut TcpStream, said: &[u8]) -> std::io::Result<()> {
        let late_ms = self.read(Mail::answer_delay_ms);
        if late_ms > 0 && !said.is_empty() {
            tokio::time::sleep(Duration::from_millis(late_ms)).await;
        }
        stream.write_all(said).await
    }

    /// Opens its two doors at this address; a port that is 0 stays shut. What comes back serves them and never ends.
    ///
    /// # Errors
    /// When a port is taken.
    pub async fn open(&self, at: IpAddr, imap_port: u16, smtp_port: u16) -> anyhow::Result<BoxFuture<'static, ()>> {
        let mut doors = JoinSet::new();
        for (port, door) in [(imap_port, Door::Imap), (smtp_port, Door::Smtp)] {
            if port > 0 {
                let address = SocketAddr::new(at, port);
                let listener = TcpListener::bind(address).await.with_context(|| format!("listening for mail at {address}"))?;
                doors.spawn(self.clone().serve(listener, door));
            }
        }
        Ok(Box::pin(async move {
            while doors.join_next().await.is_some() {}
            std::future::pending().await
        }))
    }

    /// Serves mailboxes at a socket that is there already.
    pub async fn serve_imap(self, listener: TcpListener) {
        self.serve(listener, Door::Imap).await;
    }

    /// Takes letters at a socket that is there already.
    pub async fn serve_smtp(self, listener: TcpListener) {
        self.serve(listener, Door::Smtp).await;
    }

    /// Its connections end with it.
    async fn serve(self, listener: TcpListener, door: Door) {
        let mut talks = JoinSet::new();
        loop {
            tokio::select! {
                came = listener.accept(), if talks.len() < CONNECTIONS => match came {
                    Ok((stream, _)) => {
                        let server = self.clone();
                        talks.spawn(async move {
                            // A connection that breaks is nobody's trouble but the other side's.
                            let _ = match door {
                                Door::Imap => server.talk_imap(stream).await,
                                Door::Smtp => server.talk_smtp(stream).await,
                            };
                        });
                    }
                    Err(why) => {
                        tracing::warn!(%why, "a connection for mail could not be taken");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                },
                Some(_) = talks.join_next(), if !talks.is_empty() => {}
            }
        }
    }

    async fn talk_imap(self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut changes = self.changes();
        let mut session = imap::Session::default();
        let greeting = self.read(|mail| session.greet(mail));
        self.say(&mut stream, &greeting).await?;
        let mut buffer = vec![0; 16 * 1024];
        while !session.over && !session.cut {
            let said = tokio::select! {
                count = stream.read(&mut buffer) => match count? {
                    0 => break,
                    count => self.with(|mail, _| session.heard(mail, buffer.get(..count).unwrap_or_default())),
                },
                changed = changes.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.read(|mail| session.news(mail))
                }
            };
            self.say(&mut stream, &said).await?;
        }
        Ok(())
    }

    async fn talk_smtp(self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut session = smtp::Session::default();
        let greeting = self.with(|mail, now| session.greet(mail, now));
        self.say(&mut stream, &greeting).await?;
        let mut buffer = vec![0; 64 * 1024];
        while session.end.is_none() {
            let count = stream.read(&mut buffer).await?;
            if count == 0 {
                break;
            }
            let said = self.with(|mail, now| session.heard(mail, buffer.get(..count).unwrap_or_default(), now));
            self.say(&mut stream, &said).await?;
        }
        if session.end == Some(smtp::End::Hang) {
            // Until the other side has had enough.
            while stream.read(&mut buffer).await? > 0 {}
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn router(server: MailServer) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(server)
}

async fn answer(State(server): State<MailServer>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request {
        method: method.to_string(),
        host: "mail".into(),
        path: decoded(uri.path()),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        headers: headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect(),
        body,
    };
    // A page of another site cannot send JSON, nor a raw letter, without asking first, and nobody answers that question.
    let kind = request.header("content-type").unwrap_or_default();
    let fits = kind.starts_with("application/json") || kind.starts_with("message/rfc822");
    if method != Method::GET && !fits {
        return respond(HttpAnswer::from(Refusal::new(415, "The control door takes JSON, or a letter as message/rfc822"))).await;
    }
    if !request.path.starts_with("/control/") {
        return respond(HttpAnswer::from(Refusal::new(404, "Mail has no pages"))).await;
    }
    respond(server.with(|mail, now| mail.control(&request, now))).await
}
