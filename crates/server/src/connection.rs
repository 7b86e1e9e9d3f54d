//! One connection: handshake and head have deadlines, HTTP/2 has flood limits, a drain lets the request under way end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::dispatch::Doors;

/// From the first byte wanted to the end of a request's head.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_STREAMS: u32 = 100;
/// HTTP/2 resets before an answer, beyond which the peer is a flood.
const MAX_RESETS: usize = 100;
const PING_EVERY: Duration = Duration::from_secs(30);

pub struct Line {
    pub peer: SocketAddr,
    pub doors: Arc<Doors>,
    pub closing: watch::Receiver<bool>,
}

pub async fn run(socket: TcpStream, tls: Option<TlsAcceptor>, line: Line) {
    // Small frames (typing, receipts) must not wait for more.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no delay could not be set");
    }
    match tls {
        None => over_http1(socket, line, false).await,
        Some(tls) => match tokio::time::timeout(HEAD_DEADLINE, tls.accept(socket)).await {
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => over_http2(stream, line).await,
            Ok(Ok(stream)) => over_http1(stream, line, true).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn over_http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, line: Line, tls: bool) {
    let Line { peer, doors, mut closing } = line;
    let service = service_fn(move |request: hyper::Request<Incoming>| answer(doors.clone(), request, peer, tls));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = drained(&mut closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

async fn over_http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, line: Line) {
    let Line { peer, doors, mut closing } = line;
    let service = service_fn(move |request: hyper::Request<Incoming>| answer(doors.clone(), request, peer, true));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_RESETS)
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .keep_alive_interval(PING_EVERY)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = drained(&mut closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

/// Resolves when the server drains.
async fn drained(closing: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is a drain too.
    drop(closing.wait_for(|closing| *closing).await);
}

async fn answer(
    doors: Arc<Doors>,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    tls: bool,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let request: Request = request.map(Body::new);
    Ok(doors.answer(request, peer, tls).await)
}
