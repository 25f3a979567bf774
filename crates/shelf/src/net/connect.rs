//! How is a connection made: directly or through a proxy, in the clear or with TLS?

use std::io;
use std::sync::atomic::Ordering;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use tom_tls::{Trust, TrustError};

use super::proxy::Proxy;
use super::{Client, NetError, Url};

/// Bytes of a proxy's answer.
const MOST_ANSWER: usize = 8 << 10;

/// A connection for one request. Dropping it closes it.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Empty<Bytes>>,
    /// The whole address has to be in the request: a proxy reads it.
    pub(super) whole: bool,
    /// The value of `proxy-authorization` for it.
    pub(super) authorization: Option<String>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Client {
    /// Connects to the server of an address.
    pub(super) async fn connect(&self, url: &Url) -> Result<Connection, NetError> {
        let made = tokio::time::timeout(self.patience().connect, self.make(url)).await;
        let made = made
            .unwrap_or_else(|_| Err(NetError::unreachable(format!("{} does not answer", url.authority()))));
        if made.is_ok() {
            self.reached.store(true, Ordering::Relaxed);
        }
        made
    }

    /// The certificates are read once.
    fn trust(&self) -> Result<&Trust, &TrustError> {
        let read = || Trust::read(self.options.ca_file.as_deref(), "models.ca_file", &["http/1.1"]);
        self.trust.get_or_init(read).as_ref()
    }

    async fn make(&self, url: &Url) -> Result<Connection, NetError> {
        let proxy = self.options.proxies.of(url).map_err(NetError::lasting)?;
        let first = proxy.map_or(url, |proxy| &proxy.url);
        let reached = |error: io::Error| {
            NetError::unreachable(format!("{} cannot be reached: {error}", first.authority()))
        };
        let tcp = TcpStream::connect((first.host(), first.port())).await.map_err(reached)?;
        tcp.set_nodelay(true).map_err(reached)?;
        let authorization = proxy.and_then(|proxy| proxy.authorization.clone());
        if !url.is_https() {
            return shake(Box::new(tcp), url, proxy.is_some(), authorization).await;
        }
        let tcp = match proxy {
            None => tcp,
            Some(proxy) => tunnel(tcp, proxy, url).await?,
        };
        let trust = self.trust().map_err(|error| NetError::lasting(error.to_string()))?;
        let stream = trust.secure(url.host(), tcp).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => NetError::lasting(error.to_string()),
            io::ErrorKind::InvalidData => NetError::lasting(format!(
                "{} shows a certificate that cannot be trusted: {error}; set models.ca_file or SSL_CERT_FILE",
                url.authority()
            )),
            _ => NetError::again(format!("{} broke off: {error}", url.authority())),
        })?;
        shake(Box::new(stream), url, false, None).await
    }
}

async fn shake(
    stream: Box<dyn Stream>,
    url: &Url,
    whole: bool,
    authorization: Option<String>,
) -> Result<Connection, NetError> {
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) =
        shaken.map_err(|error| NetError::again(format!("{} broke off: {error}", url.authority())))?;
    // What goes wrong on it shows in the answer.
    let task = tokio::spawn(async move { drop(connection.await) }).abort_handle();
    Ok(Connection { sender, whole, authorization, task })
}

/// Asks a proxy for a way through to a server.
async fn tunnel(mut tcp: TcpStream, proxy: &Proxy, url: &Url) -> Result<TcpStream, NetError> {
    let name = proxy.url.authority();
    let broke = |error: io::Error| NetError::again(format!("the proxy {name} broke off: {error}"));
    let host = if url.host().contains(':') { format!("[{}]", url.host()) } else { url.host().to_owned() };
    let to = format!("{host}:{}", url.port());
    let key = proxy.authorization.as_ref().map(|key| format!("proxy-authorization: {key}\r\n"));
    let ask = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n{}\r\n", key.unwrap_or_default());
    tcp.write_all(ask.as_bytes()).await.map_err(broke)?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the server behind.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MOST_ANSWER {
            return Err(NetError::lasting(format!("the proxy {name} does not speak HTTP")));
        }
        head.push(tcp.read_u8().await.map_err(broke)?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if head.starts_with("HTTP/1.") && status.starts_with('2') && status.len() == 3 {
        return Ok(tcp);
    }
    let line = head.lines().next().unwrap_or_default();
    let line: String = line.chars().filter(|c| !c.is_control()).take(100).collect();
    Err(NetError::lasting(format!("the proxy {name} lets nothing through to {to}: {line}")))
}
