//! Layer: real. A server on loopback and clients that talk to it.
pub(crate) mod desk;
pub(crate) mod ears;
pub(crate) mod engines;
pub(crate) mod talker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tom_server::{Calls, Limits, Metrics, Server, ServerConfig, ServerError, SipConfig, Stop, Timing};
use tom_wire::{Message, ServerEvent, decode_server};

/// Longer than anything here takes on a busy machine; nothing asserts how long it took.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) audiosocket: SocketAddr,
    pub(crate) sip: Vec<(tom_sip::Transport, SocketAddr)>,
    pub(crate) calls: Calls,
    pub(crate) metrics: Metrics,
    pub(crate) stop: Stop,
    pub(crate) done: JoinHandle<Result<(), ServerError>>,
}

/// Settings with room for many connections from loopback and short waits.
pub(crate) fn config() -> ServerConfig {
    ServerConfig {
        limits: Limits { connections_per_address: 100, connections_per_minute: 1_000, ..Limits::default() },
        timing: Timing { linger: Duration::from_millis(500), ..Timing::default() },
        ..ServerConfig::default()
    }
}

impl TestServer {
    pub(crate) async fn start(config: ServerConfig) -> Self {
        Self::with(config, Desk::default()).await
    }

    pub(crate) async fn with(config: ServerConfig, desk: Desk) -> Self {
        Self::with_desk(config, Arc::new(desk)).await
    }

    /// With a telephone that speaks SIP.
    pub(crate) async fn with_sip(config: ServerConfig, desk: Desk, sip: SipConfig) -> Self {
        Self::open(config, Arc::new(desk), Some(sip)).await
    }

    pub(crate) async fn with_desk(config: ServerConfig, desk: Arc<Desk>) -> Self {
        Self::open(config, desk, None).await
    }

    async fn open(config: ServerConfig, desk: Arc<Desk>, sip: Option<SipConfig>) -> Self {
        let listen = async || {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            (listener.local_addr().unwrap(), listener)
        };
        let (audiosocket, asterisk) = listen().await;
        let (address, listener) = listen().await;
        let mut server = Server::new(config, desk).unwrap().with_audiosocket(asterisk);
        if let Some(sip) = sip {
            server = server.with_sip(sip).await.unwrap();
        }
        let sip = server.sip_addresses();
        let (calls, metrics, stop) = (server.calls(), server.metrics(), Stop::default());
        let done = tokio::spawn(server.serve(listener, stop.clone()));
        Self { address, audiosocket, sip, calls, metrics, stop, done }
    }

    /// Connects a client of the browser protocol.
    pub(crate) async fn call(&self, path: &str) -> Caller {
        self.call_with(path, &[]).await.unwrap()
    }

    pub(crate) async fn call_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Caller, Error> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, response) = connect_async(request).await?;
        let protocol = response.headers().get("sec-websocket-protocol");
        Ok(Caller { socket, protocol: protocol.map(|p| p.to_str().unwrap().to_owned()) })
    }

    /// The status and error code of a refused call.
    pub(crate) async fn refused(&self, path: &str, headers: &[(&'static str, &str)]) -> (u16, String) {
        match self.call_with(path, headers).await {
            Err(Error::Http(response)) => {
                let body: serde_json::Value =
                    serde_json::from_slice(response.body().as_deref().unwrap()).unwrap();
                let code = body["error"]["code"].as_str().unwrap().to_owned();
                (response.status().as_u16(), code)
            }
            Err(other) => panic!("no HTTP answer: {other}"),
            Ok(_) => panic!("{path} was not refused"),
        }
    }

    /// A plain request: status, head, body.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> (u16, String, String) {
        self.request("GET", path, headers, "").await
    }

    /// The same with a method and a body.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let host = if headers.to_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    /// The value of one series.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = self.metrics.render();
        let line = text.lines().find(|l| l.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
        let line = line.unwrap_or_else(|| panic!("no series {series} in\n{text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits for something to become true.
    pub(crate) async fn until(&self, what: &str, mut test: impl FnMut(&Self) -> bool) {
        let wait = async {
            while !test(self) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("never: {what}; calls that are over: {:?}", self.calls.past());
        }
    }
}

/// A client of the browser protocol.
pub(crate) struct Caller {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The subprotocol the server chose.
    pub(crate) protocol: Option<String>,
}

/// What a client got.
#[derive(Debug)]
pub(crate) enum Got {
    Message(Box<Message>, String),
    Audio(Vec<u8>),
    Closed(u16),
    /// The socket ended without a close.
    Cut,
}

impl Caller {
    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Frame::text(text)).await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Frame::binary(bytes)).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Got {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            return match frame.expect("the server says nothing") {
                Some(Ok(Frame::Text(text))) => {
                    let message = decode_server(&text).unwrap();
                    Got::Message(Box::new(message), text.to_string())
                }
                Some(Ok(Frame::Binary(bytes))) => Got::Audio(bytes.to_vec()),
                Some(Ok(Frame::Close(frame))) => Got::Closed(frame.map_or(0, |f| code(f.code))),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Got::Cut,
            };
        }
    }

    /// Reads until a message of that type.
    pub(crate) async fn until(&mut self, kind: &str) -> (Message, serde_json::Value) {
        loop {
            match self.next().await {
                Got::Message(message, text) => {
                    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                    if value["type"] == kind {
                        return (*message, value);
                    }
                }
                Got::Audio(_) => {}
                other => panic!("{other:?} before {kind}"),
            }
        }
    }

    /// Reads to the end: every message, and how it closed.
    pub(crate) async fn rest(&mut self) -> (Vec<ServerEvent>, Got) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Got::Message(message, _) => events.push(message.event),
                Got::Audio(_) => {}
                end => return (events, end),
            }
        }
    }

    /// Reads to the end: the code of the last error and of the close.
    pub(crate) async fn end(&mut self) -> (Option<&'static str>, u16) {
        let (events, end) = self.rest().await;
        let error = events.iter().rev().find_map(|event| match event {
            ServerEvent::Error { error, .. } => Some(error.code.as_str()),
            _ => None,
        });
        match end {
            Got::Closed(code) => (error, code),
            other => panic!("ended with {other:?} after {events:?}"),
        }
    }

    /// Whether the call still answers.
    pub(crate) async fn answers(&mut self) {
        self.send(r#"{"type":"ping","ts":5}"#).await;
        self.until("pong").await;
    }
}

fn code(code: CloseCode) -> u16 {
    code.into()
}
