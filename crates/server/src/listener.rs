//! How do connections come in, and how many?

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::addresses::OpenConnection;
use crate::api::Cut;
use crate::app::App;
use crate::crew::{Crew, Place};
use crate::metrics::registry as m;
use crate::routes::Peer;

/// What the kernel may hold for a client that does not read: about two seconds of speech. It doubles this.
pub(crate) const SEND_BUFFER: usize = 32 << 10;
/// Refusals being told at once; beyond it connections are just closed.
const MAX_REFUSALS: usize = 64;

/// Takes connections until told to stop. Each lives on a thread of the crew.
pub(crate) async fn accept(
    app: Arc<App>,
    listener: &TcpListener,
    router: Router,
    crew: &Crew,
    stop: &CancellationToken,
) {
    let connections = TaskTracker::new();
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, or the far end was faster: neither may end the server.
                    tracing::warn!("a connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let guard = match app.peers.names(peer.ip()) {
            true => app.addresses.connect_peer(),
            false => app.addresses.connect(peer.ip()),
        };
        match guard.zip(crew.place()) {
            Some((guard, place)) => {
                let runtime = place.runtime.clone();
                let (app, router, stop) = (app.clone(), router.clone(), stop.clone());
                let connection = async move {
                    match moved(stream) {
                        Ok(stream) => {
                            serve(app, Guarded { stream, _guard: guard, _place: place }, peer, router, stop)
                                .await
                        }
                        Err(error) => tracing::warn!("a connection could not change its thread: {error}"),
                    }
                };
                connections.spawn_on(connection, &runtime);
            }
            None => {
                app.metrics.count(&m::BLOCKED, &["connections"]);
                app.metrics.count(&m::RATE_LIMIT, &["connections"]);
                app.metrics.count(&m::RATE_LIMIT_ALL, &[]);
                if let Ok(permit) = refusals.clone().try_acquire_owned() {
                    tokio::spawn(async move {
                        refuse(stream).await;
                        drop(permit);
                    });
                }
            }
        }
    }
    connections.close();
    connections.wait().await;
}

/// The stream, polled by the thread that this runs on.
pub(crate) fn moved(stream: TcpStream) -> io::Result<TcpStream> {
    TcpStream::from_std(stream.into_std()?)
}

async fn serve(
    app: Arc<App>,
    connection: Guarded,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    let stream = &connection.stream;
    // Frames of 20 ms must leave at once, and few of them may wait in the kernel.
    let tuned = stream
        .set_nodelay(true)
        .and_then(|()| Ok(rustix::net::sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER)?));
    if let Err(error) = tuned {
        tracing::debug!("a socket could not be tuned: {error}");
    }
    let cut = Cut::default();
    let cut_by = cut.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer.ip().to_canonical()));
        request.extensions_mut().insert(cut_by.clone());
        async move { router.call(request).await }
    });
    let io = TokioIo::new(connection);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.config.timing.header)
        .max_buf_size(16 << 10)
        .serve_connection(io, service)
        .with_upgrades();
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = cut.0.cancelled() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(Duration::from_secs(1), connection).await {
                Ok(result) => result,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!("a connection ended badly: {error}");
    }
}

/// Says 429 on a connection that is one too many.
async fn refuse(mut stream: TcpStream) {
    let body = concat!(
        "{\"type\":\"error\",\"error\":{\"code\":\"RATE_CONNECTIONS\",",
        "\"message\":\"too many connections from your address\",\"request_id\":\"-\",",
        "\"timestamp\":\"\",\"details\":{}},\"message\":\"too many connections from your address\"}\n"
    );
    let head = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: 60\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let answer = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.shutdown().await?;
        // What it sent must be read, or the kernel answers with a reset that overtakes the refusal.
        let mut sink = [0; 1024];
        for _ in 0..16 {
            if stream.read(&mut sink).await? == 0 {
                break;
            }
        }
        io::Result::Ok(())
    };
    // Whether it wants to hear it is up to the client.
    let _ = tokio::time::timeout(Duration::from_millis(500), answer).await;
}

/// A socket that counts for its address as long as it is open, upgraded or not.
pub(crate) struct Guarded {
    stream: TcpStream,
    _guard: OpenConnection,
    _place: Place,
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
