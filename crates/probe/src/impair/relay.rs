//! How does a bad network look on loopback? A relay between the caller and the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::{Fates, Impairment};
use crate::frames::{Kind, head};
use crate::trace::Micros;

/// Messages that are on their way in one direction: 20 s of audio. Full: the relay reads no further.
const ON_THE_WAY: usize = 1_024;

/// What passed, both directions together.
#[derive(Debug, Default)]
pub struct Counts {
    /// Audio messages that passed.
    pub passed: AtomicU64,
    /// Audio messages that were lost.
    pub lost: AtomicU64,
}

/// A relay that lives until it is dropped.
#[derive(Debug)]
pub struct Relay {
    /// Where it listens: on loopback.
    pub address: SocketAddr,
    /// What passed.
    pub counts: Arc<Counts>,
    _task: AbortOnDropHandle<()>,
}

impl Relay {
    /// Listens, and passes every connection on to that server.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start(to: SocketAddr, spec: Impairment) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let counts = Arc::<Counts>::default();
        let task = tokio::spawn(accept(listener, to, spec, counts.clone()));
        Ok(Self { address, counts, _task: AbortOnDropHandle::new(task) })
    }
}

async fn accept(listener: TcpListener, to: SocketAddr, spec: Impairment, counts: Arc<Counts>) {
    // Connections end with the relay.
    let mut connections = tokio::task::JoinSet::new();
    let mut lane = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((caller, _)) = accepted else { continue };
                lane += 2;
                connections.spawn(connect(caller, to, spec, lane, counts.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(caller: TcpStream, to: SocketAddr, spec: Impairment, lane: u64, counts: Arc<Counts>) {
    // A server that is not there is told by the closed connection.
    let Ok(server) = TcpStream::connect(to).await else { return };
    let _ = (caller.set_nodelay(true), server.set_nodelay(true));
    let ((from_caller, to_caller), (from_server, to_server)) = (caller.into_split(), server.into_split());
    tokio::join!(
        pass(from_caller, to_server, Fates::new(spec, lane), &counts),
        pass(from_server, to_caller, Fates::new(spec, lane + 1), &counts),
    );
}

async fn pass(from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin, fates: Fates, counts: &Counts) {
    let (tx, rx) = mpsc::channel(ON_THE_WAY);
    tokio::join!(read(from, tx, fates, counts), write(to, rx));
}

async fn write(mut to: impl AsyncWrite + Unpin, mut rx: mpsc::Receiver<(Instant, Vec<u8>)>) {
    while let Some((at, bytes)) = rx.recv().await {
        sleep_until(at).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown().await;
}

async fn read(
    mut from: impl AsyncRead + Unpin,
    tx: mpsc::Sender<(Instant, Vec<u8>)>,
    mut fates: Fates,
    counts: &Counts,
) {
    let start = Instant::now();
    let mut buffer: Vec<u8> = Vec::new();
    let mut in_http = true;
    // The fate of the message whose frames are passing.
    let mut fate = Some(0);
    while let Ok(n) = from.read_buf(&mut buffer).await {
        if n == 0 {
            return;
        }
        if in_http {
            let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let rest = buffer.split_off(end + 4);
            in_http = false;
            if tx.send((Instant::now(), std::mem::replace(&mut buffer, rest))).await.is_err() {
                return;
            }
        }
        loop {
            // What is no frame passes as it is: the two ends will tell.
            let length = match head(&buffer) {
                Ok(Some(head)) if buffer.len() >= head.len() => {
                    let now = start.elapsed().as_micros() as Micros;
                    if head.kind != Kind::Continuation {
                        let audio = head.kind == Kind::Binary;
                        fate = fates.next(now, audio);
                        let count = if fate.is_some() { &counts.passed } else { &counts.lost };
                        count.fetch_add(u64::from(audio), Ordering::Relaxed);
                    }
                    head.len()
                }
                Ok(_) => break,
                Err(_) if buffer.is_empty() => break,
                Err(_) => buffer.len(),
            };
            let rest = buffer.split_off(length);
            let frame = std::mem::replace(&mut buffer, rest);
            if let Some(at) = fate
                && tx.send((start + Duration::from_micros(at), frame)).await.is_err()
            {
                return;
            }
        }
    }
}
