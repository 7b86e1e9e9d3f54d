//! A stream to a mail server, plain or in TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Result, bail};
use connectors::{Login, MailServer, MailStage, Reply, Security};
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Carrier;

const CONNECT_MS: u64 = 10_000;
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Whom we believe to be who they say.
pub struct Tls {
    connector: TlsConnector,
    roots: Vec<CertificateDer<'static>>,
}

impl Tls {
    pub fn new(extra_roots: &[Vec<u8>]) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let extra: Vec<CertificateDer<'static>> = extra_roots.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let mut store = RootCertStore::empty();
        let (found, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in &extra {
            store.add(root.clone())?;
        }
        if found == 0 && extra.is_empty() {
            bail!("the system has no certificates to trust (package ca-certificates)");
        }
        let config = ClientConfig::builder().with_root_certificates(store).with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), roots: extra })
    }

    pub fn extra_roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// # Errors
    /// The reply that says why the stream is not to be trusted.
    pub async fn wrap(&self, host: &str, stream: TcpStream) -> Result<Wire, Reply> {
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned()).map_err(|error| insecure(error.to_string()))?;
        match timeout(HANDSHAKE, self.connector.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Wire::Tls(Box::new(stream))),
            Ok(Err(error)) => Err(insecure(error.to_string())),
            Err(_) => Err(insecure("no TLS came about within 10 seconds".into())),
        }
    }
}

/// The reply for a server that cannot prove who it is.
pub fn insecure(said: String) -> Reply {
    Reply::Mail { stage: MailStage::Secure, code: 0, said, refused: vec![] }
}

/// Connects; with TLS where it is there from the first byte.
///
/// # Errors
/// [`Reply::NotSent`] without a connection, [`Reply::Mail`] without TLS.
pub async fn open(carrier: &Carrier, server: &MailServer) -> Result<Wire, Reply> {
    let dialled = carrier.egress().dial(&server.host, server.port, CONNECT_MS).await;
    let stream = dialled.map_err(|error| Reply::NotSent(error.reason().to_string()))?;
    match server.security {
        Security::Tls => carrier.tls().wrap(&server.host, stream).await,
        Security::StartTls => Ok(Wire::Plain(stream)),
        Security::Plain => {
            // What opens a mailbox does not cross the internet in the clear, whatever the settings say.
            let public = stream.peer_addr().map_or(true, |peer| !egress::is_special(peer.ip()));
            if public && !matches!(server.login, Login::Nobody) {
                return Err(insecure("a password goes without TLS to servers of a private network only".into()));
            }
            Ok(Wire::Plain(stream))
        }
    }
}

#[derive(Debug)]
pub enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Plain(stream) => stream.peer_addr(),
            Self::Tls(stream) => stream.get_ref().0.peer_addr(),
        }
    }
}
