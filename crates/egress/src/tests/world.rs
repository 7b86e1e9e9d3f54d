//! A tiny server on this machine, a name server of ours, and a client that knows both.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{Egress, EgressError, EgressOptions, Request, Resolver, Resolving, Response};

pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

/// What the server does with a request.
#[derive(Clone)]
pub enum Act {
    Answer(Vec<u8>),
    /// The first part, silence for the rest of the test.
    Stall(Vec<u8>),
    /// Closes without a word.
    Hang,
}

impl Server {
    /// Acts by request path; one request for each connection.
    pub async fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (counted, seen, act) = (Arc::clone(&connections), Arc::clone(&heads), Arc::new(act));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (seen, act) = (Arc::clone(&seen), Arc::clone(&act));
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    let mut buffer = [0; 4096];
                    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                        match socket.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(count) => head.extend_from_slice(&buffer[..count]),
                        }
                    }
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    seen.lock().expect("not poisoned").push(head);
                    match act(&path) {
                        Act::Answer(bytes) => drop(socket.write_all(&bytes).await),
                        Act::Stall(bytes) => {
                            drop(socket.write_all(&bytes).await);
                            tokio::time::sleep(Duration::from_secs(60)).await;
                        }
                        Act::Hang => {}
                    }
                });
            }
        });
        Server { address, connections, heads }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The heads of the requests so far, in lower case.
    pub fn heads(&self) -> Vec<String> {
        let heads = self.heads.lock().expect("not poisoned");
        heads.iter().map(|head| head.to_lowercase()).collect()
    }
}

pub fn answer(head: &str, body: &str) -> Act {
    let text = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    Act::Answer(text.into_bytes())
}

/// Answers each name with the next of its address lists, the last one again and again.
#[derive(Default)]
pub struct Names(Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>);

impl Names {
    pub fn with(self, name: &str, answers: &[&[&str]]) -> Names {
        let parse = |answer: &&[&str]| {
            let addresses = answer.iter().map(|address| address.parse().expect("an address"));
            addresses.collect::<Vec<IpAddr>>()
        };
        let answers = answers.iter().rev().map(parse).collect();
        let names = self.0.lock();
        names.expect("not poisoned").insert(name.to_owned(), answers);
        self
    }
}

impl Resolver for Names {
    fn resolve(&self, name: &str) -> Resolving {
        let mut names = self.0.lock().expect("not poisoned");
        let answer = names.get_mut(name).and_then(|answers| {
            if answers.len() > 1 {
                return answers.pop();
            }
            answers.last().cloned()
        });
        Box::pin(async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

pub fn client(names: Names, allow: &[&str]) -> Egress {
    client_with(names, allow, |_| {})
}

pub fn client_with(names: Names, allow: &[&str], change: impl FnOnce(&mut EgressOptions)) -> Egress {
    let mut options = EgressOptions {
        allow: allow.iter().map(|text| text.parse().expect("HOST:PORT")).collect(),
        resolver: Arc::new(names),
        connect_timeout_ms: 2_000,
        ..EgressOptions::default()
    };
    change(&mut options);
    Egress::new(options).expect("a client")
}

pub async fn get(egress: &Egress, url: &str) -> Result<Response, EgressError> {
    egress.send(Request::new(Method::GET, url, "test")).await
}
