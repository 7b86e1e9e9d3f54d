//! One connection: handshake and head have deadlines, HTTP/2 has flood limits, a drain lets the request under way end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::dispatch::Doors;
use crate::problem::Problem;

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
        Some(_) if !is_handshake(&socket).await => explain_https(socket).await,
        Some(tls) => match tokio::time::timeout(HEAD_DEADLINE, tls.accept(socket)).await {
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => over_http2(stream, line).await,
            Ok(Ok(stream)) => over_http1(stream, line, true).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

/// The first byte of every TLS handshake.
const HANDSHAKE: u8 = 22;

/// Whether the peer begins with TLS; one that says nothing is left to the handshake's own deadline.
async fn is_handshake(socket: &TcpStream) -> bool {
    let mut first = [0; 1];
    !matches!(tokio::time::timeout(HEAD_DEADLINE, socket.peek(&mut first)).await, Ok(Ok(1)) if first[0] != HANDSHAKE)
}

/// Plain HTTP where HTTPS is spoken: who only reads is sent to the right address, who writes is told.
async fn explain_https(socket: TcpStream) {
    let service = service_fn(|request: hyper::Request<Incoming>| async move { Ok::<_, std::convert::Infallible>(https_only(&request)) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .keep_alive(false)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a plain connection ended badly");
    }
}

fn https_only<B>(request: &hyper::Request<B>) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match host.filter(|_| reads).and_then(|host| HeaderValue::from_str(&format!("https://{host}{path}")).ok()) {
        Some(there) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response(),
        None => Problem::new(StatusCode::BAD_REQUEST, "https_only", "This port speaks HTTPS only").into_response(),
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
) -> Result<Response, std::convert::Infallible> {
    let request: Request = request.map(Body::new);
    Ok(doors.answer(request, peer, tls).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_shown_the_way_and_a_write_is_refused() {
        let ask = |method: &str| {
            let request = hyper::Request::builder().method(method).uri("/desk?x=1").header("host", "help.example.com:8443");
            https_only(&request.body(()).unwrap())
        };
        let shown = ask("GET");
        assert_eq!(
            (shown.status(), &shown.headers()["location"]),
            (StatusCode::PERMANENT_REDIRECT, &"https://help.example.com:8443/desk?x=1".parse().unwrap())
        );
        assert_eq!(ask("POST").status(), StatusCode::BAD_REQUEST);
    }
}
