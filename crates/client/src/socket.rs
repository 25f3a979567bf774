//! How is the socket opened, read and written without ever waiting without bound?

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::address::{complete, shown};
use crate::report::Closed;
use crate::{CallOptions, ClientError};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The largest message that is read, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// Messages that wait to be looked at; the server waits when there are more.
const QUEUE: usize = 256;
/// How long a frame may take to be written: a server that does not read for longer is stalled.
const WRITE: Duration = Duration::from_secs(5);

/// What the socket brought, and when.
#[derive(Debug)]
pub(crate) enum Arrival {
    Text(String),
    Audio(Vec<u8>),
    /// The end: the server's close frame, or none if the connection just ended.
    Closed(Option<Closed>),
    /// The end: the connection broke.
    Broken(String),
}

/// The half that sends.
pub(crate) struct Sender(SplitSink<Stream, Message>);

/// Opens the socket. What arrives goes into the receiver, with its moment, read by a task of its own that ends
/// with the socket or the receiver.
pub(crate) async fn open(
    options: &CallOptions,
) -> Result<(Sender, mpsc::Receiver<(Instant, Arrival)>), ClientError> {
    let uri = complete(options)?;
    let url = shown(&uri.to_string());
    let mut request = ClientRequestBuilder::new(uri);
    if let Some(token) = &options.token {
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ClientError::Option(
                "the token must be visible ASCII characters without spaces".into(),
            ));
        }
        request = request.with_header("Authorization", format!("Bearer {token}"));
    }
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let connect = connect_async_with_config(request, Some(config), true);
    let stream = match timeout(options.limits.connect, connect).await {
        Ok(Ok((stream, _))) => stream,
        Ok(Err(tungstenite::Error::Http(answer))) => {
            let body = answer.body().as_deref().unwrap_or_default();
            let body = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
            let status = answer.status().as_u16();
            return Err(ClientError::Refused { url, status, body });
        }
        Ok(Err(error)) => {
            let why = error.to_string();
            return Err(ClientError::Connect { url, why });
        }
        Err(_) => {
            let why = format!("no answer within {:?}", options.limits.connect);
            return Err(ClientError::Connect { url, why });
        }
    };
    let (sink, source) = stream.split();
    let (to, arrivals) = mpsc::channel(QUEUE);
    tokio::spawn(read(source, to));
    Ok((Sender(sink), arrivals))
}

async fn read(mut source: SplitStream<Stream>, to: mpsc::Sender<(Instant, Arrival)>) {
    loop {
        let next = tokio::select! {
            next = source.next() => next,
            () = to.closed() => return,
        };
        let arrival = match next {
            Some(Ok(Message::Text(text))) => Arrival::Text(text.to_string()),
            Some(Ok(Message::Binary(bytes))) => Arrival::Audio(bytes.into()),
            Some(Ok(Message::Close(frame))) => {
                Arrival::Closed(frame.map(|f| Closed { code: f.code.into(), reason: f.reason.to_string() }))
            }
            Some(Ok(_)) => continue,
            Some(Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)) | None => {
                Arrival::Closed(None)
            }
            Some(Err(error)) => Arrival::Broken(error.to_string()),
        };
        let last = matches!(arrival, Arrival::Closed(_) | Arrival::Broken(_));
        if to.send((Instant::now(), arrival)).await.is_err() || last {
            return;
        }
    }
}

impl Sender {
    /// Sends a message.
    ///
    /// # Errors
    /// Says why the connection cannot be used any more.
    pub(crate) async fn send(&mut self, message: Message) -> Result<(), String> {
        match timeout(WRITE, self.0.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the server has read nothing for {WRITE:?}")),
        }
    }

    /// Closes from this side; a connection that is already gone is closed enough.
    pub(crate) async fn close(&mut self) {
        let _ = timeout(Duration::from_secs(1), self.0.close()).await;
    }
}
