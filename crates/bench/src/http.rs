//! The load generator's end of HTTP: requests as bytes made beforehand, answers read no further than needed.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
pub struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let socket = TcpStream::connect(address).await.context("connecting")?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: Vec::with_capacity(4096) })
    }

    /// Sends one request and reads its answer: the status, with headers and body left in the buffer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.socket.write_all(request).await?;
        self.buffer.clear();
        let (mut end, mut length) = (None, 0);
        loop {
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if end.is_none()
                && let Some(at) = find(&self.buffer, b"\r\n\r\n")
            {
                end = Some(at + 4);
                length = content_length(&self.buffer[..at])?;
            }
            if end.is_some_and(|end| self.buffer.len() >= end + length) {
                return status(&self.buffer);
            }
        }
    }

    pub fn answer(&self) -> &[u8] {
        &self.buffer
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn content_length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?;
    let length = head.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.map_or(Ok(0), |(_, value)| Ok(value.trim().parse()?))
}

fn status(answer: &[u8]) -> Result<u16> {
    let code = answer.get(9..12).context("an answer that is none")?;
    Ok(std::str::from_utf8(code)?.parse()?)
}

/// A request's bytes.
pub fn post(target: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    [request.as_bytes(), body].concat()
}
