//! How is a connection made: TCP without delay, TLS where the address says so?

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tom_engine::{EngineError, ErrorKind, Side};
use tom_tls::Trust;

use crate::ServerOptions;

/// A server that does not take a connection for so long is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection over which one request goes at a time. Dropping it closes it, whatever is under way.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes connections to one server.
pub(crate) struct Connector {
    options: Arc<ServerOptions>,
    tls: Option<Trust>,
}

impl Connector {
    /// Reads the certificates, where they are needed. Blocks.
    ///
    /// # Errors
    /// When there are none, or the host has no name that a certificate can be checked against.
    pub(crate) fn new(options: Arc<ServerOptions>) -> Result<Self, EngineError> {
        let tls = if options.url.https { Some(trust(&options)?) } else { None };
        Ok(Self { options, tls })
    }

    /// Makes a connection; `ended` is told when it closes.
    ///
    /// # Errors
    /// When the server is not there.
    pub(crate) async fn connect(&self, ended: Arc<Notify>) -> Result<Connection, EngineError> {
        let made = tokio::time::timeout(CONNECT, self.make(ended)).await;
        let made = made.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)));
        made.map_err(|error| {
            let ServerOptions { section, url, .. } = &*self.options;
            let what = if self.tls.is_some() && error.kind() == io::ErrorKind::InvalidData {
                format!("{url} shows a certificate that cannot be trusted: {error}; set {section}.ca_file")
            } else {
                format!("{url} cannot be reached: {error}; start the server, or mend {section}.url")
            };
            EngineError::new(ErrorKind::Unavailable, what)
        })
    }

    async fn make(&self, ended: Arc<Notify>) -> io::Result<Connection> {
        let url = &self.options.url;
        let tcp = TcpStream::connect((&*url.host, url.port)).await?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => handshake(tcp, ended).await,
            Some(trust) => handshake(trust.secure(&url.host, tcp).await?, ended).await,
        }
    }
}

async fn handshake<T>(stream: T, ended: Arc<Notify>) -> io::Result<Connection>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection to an engine ended: {error}");
        }
        ended.notify_one();
    });
    Ok(Connection { sender, task: task.abort_handle() })
}

fn trust(options: &ServerOptions) -> Result<Trust, EngineError> {
    let section = options.section;
    let wrong = |what: String| EngineError { side: Side::Us, ..EngineError::new(ErrorKind::Missing, what) };
    tom_tls::check_host(&options.url.host).map_err(|why| wrong(format!("{section}.url: {why}")))?;
    Trust::read(options.ca_file.as_deref(), &format!("{section}.ca_file"), &["http/1.1"])
        .map_err(|error| wrong(format!("{}: {error}", options.url)))
}
