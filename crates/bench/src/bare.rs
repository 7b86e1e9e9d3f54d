//! The limit H: axum alone answering the same requests with the same answer.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::post;

/// Serves until the runtime ends.
pub async fn serve() -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/in/{channel}/{id}", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn take(Path((_, _)): Path<(String, String)>, body: Bytes) -> impl IntoResponse {
    let answer = if body.is_empty() { "" } else { r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"# };
    ([(header::CONTENT_TYPE, "text/xml"), (header::CACHE_CONTROL, "no-store")], answer)
}
