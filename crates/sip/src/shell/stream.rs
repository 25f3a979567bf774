//! How do messages travel over a connection?

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tom_tls::{Trust, TrustError};

use super::links::QUEUE;
use super::run::Word;
use crate::api::Transport;
use crate::core::io::{Flow, Input};
use crate::text::frame::{self, Framed};

/// Most connections others may have with us at once.
const MOST: usize = 512;
/// How long connecting, and a handshake, may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a message may take from its first byte to its last.
const MESSAGE: Duration = Duration::from_secs(30);
/// How long a connection may say nothing.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// How long a write may take.
const WRITE: Duration = Duration::from_secs(10);

type Queue = mpsc::Receiver<(Vec<u8>, Option<String>)>;

/// The number of a new connection; sockets for datagrams have the small ones.
pub(super) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Takes connections until told to stop.
pub(super) async fn accept(
    transport: Transport,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    words: mpsc::Sender<Word>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(MOST));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, say: it gets no better at once.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (words, stop, tls) = (words.clone(), stop.clone(), tls.clone());
        tokio::spawn(async move {
            let _place = place;
            // Small messages that somebody waits for; without the option they are only slower.
            let _slower = stream.set_nodelay(true);
            let link = number();
            let (writer, queue) = mpsc::channel(QUEUE);
            let flow = Flow { transport, peer, link };
            match tls {
                None => {
                    if words.send(Word::Up { transport, peer, link, writer }).await.is_ok() {
                        carry(stream, flow, queue, words, stop).await;
                    }
                }
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, tls.accept(stream)).await
                        && words.send(Word::Up { transport, peer, link, writer }).await.is_ok()
                    {
                        carry(stream, flow, queue, words, stop).await;
                    }
                }
            }
        });
    }
}

/// Connects, and carries what is queued. What could not be sent is told.
pub(super) async fn connect(
    transport: Transport,
    peer: SocketAddr,
    tls: Option<(Result<Trust, TrustError>, String)>,
    link: u64,
    mut queue: Queue,
    words: mpsc::Sender<Word>,
    stop: CancellationToken,
) {
    let flow = Flow { transport, peer, link };
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect(peer)).await;
    let why = match connected {
        Ok(Ok(stream)) => {
            let _slower = stream.set_nodelay(true);
            match tls {
                None => return carry(stream, flow, queue, words, stop).await,
                Some((trust, name)) => match secure(trust, &name, stream).await {
                    Ok(stream) => return carry(stream, flow, queue, words, stop).await,
                    Err(why) => {
                        tracing::warn!(%peer, %name, "no TLS connection: {why}");
                        format!("no TLS connection to {peer}: {why}")
                    }
                },
            }
        }
        Ok(Err(error)) => format!("no connection to {peer}: {error}"),
        Err(_late) => format!("no connection to {peer}: nobody answers for {} s", CONNECT.as_secs()),
    };
    tell_down(flow, Some(&why), &mut queue, &words).await;
}

async fn secure(
    trust: Result<Trust, TrustError>,
    name: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let trust = trust.map_err(|error| error.to_string())?;
    match tokio::time::timeout(CONNECT, trust.secure(name, stream)).await {
        Ok(secured) => secured.map_err(|error| error.to_string()),
        Err(_late) => Err(format!("the peer says nothing for {} s", CONNECT.as_secs())),
    }
}

/// A connection is gone, or never stood: what waits for it is told so, and why where that is known.
async fn tell_down(flow: Flow, why: Option<&str>, queue: &mut Queue, words: &mpsc::Sender<Word>) {
    queue.close();
    let _stopped = words.send(Word::Down(flow.link)).await;
    while let Some((_, branch)) = queue.recv().await {
        if let Some(branch) = branch {
            let _stopped = words.send(Word::Input(Input::Unsent(branch, why.map(str::to_owned)))).await;
        }
    }
}

/// Reads and writes until either side ends it.
async fn carry<S>(stream: S, flow: Flow, mut queue: Queue, words: mpsc::Sender<Word>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (pongs, mut wanted) = mpsc::channel::<()>(1);
    let reading = read(&mut reader, flow, &words, &pongs);
    let writing = async {
        loop {
            let bytes = tokio::select! {
                message = queue.recv() => match message {
                    Some((bytes, _)) => bytes,
                    None => return,
                },
                _ping = wanted.recv() => b"\r\n".to_vec(),
            };
            let written = tokio::time::timeout(WRITE, async {
                writer.write_all(&bytes).await?;
                writer.flush().await
            });
            if !matches!(written.await, Ok(Ok(()))) {
                return;
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
        () = stop.cancelled() => {}
    }
    tell_down(flow, None, &mut queue, &words).await;
}

async fn read<R: AsyncRead + Unpin>(
    reader: &mut R,
    flow: Flow,
    words: &mpsc::Sender<Word>,
    pongs: &mpsc::Sender<()>,
) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let patience = if buffer.is_empty() { IDLE } else { MESSAGE };
        let Ok(Ok(length)) = tokio::time::timeout(patience, reader.read(&mut piece)).await else { return };
        if length == 0 {
            return;
        }
        buffer.extend_from_slice(&piece[..length]);
        loop {
            match frame::next(&buffer) {
                Framed::More => break,
                Framed::Ping(length) => {
                    buffer.drain(..length);
                    // One answer stands for many.
                    let _enough = pongs.try_send(());
                }
                Framed::Blank(length) => {
                    buffer.drain(..length);
                }
                Framed::Message(length) => {
                    let bytes = buffer.drain(..length).collect();
                    if words.send(Word::Input(Input::Packet(flow, bytes))).await.is_err() {
                        return;
                    }
                }
                Framed::Lost => {
                    // The head may still deserve an answer: where the next message begins nobody knows.
                    let _stopped = words.send(Word::Input(Input::Packet(flow, buffer))).await;
                    return;
                }
            }
        }
    }
}
