//! How do calls come in from Asterisk over AudioSocket?

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tom_wire::audiosocket::AudioSocketSession;

use super::{Caller, answer};
use crate::addresses::OpenConnection;
use crate::app::App;
use crate::crew::{Crew, Place};
use crate::listener::{SEND_BUFFER, moved};
use crate::metrics::registry as m;
use crate::networks::Networks;
use crate::routes::Params;
use crate::socket::drive::Client;
use crate::socket::line::Line;
use crate::socket::phone::Phone;
use crate::switchboard::Transport;

/// What was sent and is not acknowledged after this long never will be: Asterisk has no pings to answer.
const UNACKNOWLEDGED: u32 = 30_000;

/// Takes connections from the networks allowed, until told to stop.
pub(crate) async fn accept(
    app: Arc<App>,
    listener: TcpListener,
    allowed: &Networks,
    crew: &Crew,
    stop: &CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
                Err(error) => {
                    tracing::warn!("an AudioSocket connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        if allowed.check(peer).is_err() {
            app.metrics.count(&m::BLOCKED, &["address"]);
            tracing::info!("an AudioSocket connection came from outside of audiosocket.allow; it is closed");
            continue;
        }
        // A PBX brings all its calls from one address: only all connections together are limited.
        let Some((guard, place)) = app.addresses.connect_peer().zip(crew.place()) else {
            app.metrics.count(&m::BLOCKED, &["connections"]);
            continue;
        };
        let runtime = place.runtime.clone();
        let call = call(app.clone(), stream, peer, (guard, place));
        connections.spawn_on(app.sockets.track_future(call), &runtime);
    }
    connections.close();
    connections.wait().await;
}

async fn call(app: Arc<App>, stream: TcpStream, peer: IpAddr, _held: (OpenConnection, Place)) {
    let stream = match moved(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::warn!("a connection could not change its thread: {error}"),
    };
    if let Err(error) = tune(&stream) {
        tracing::debug!("a socket could not be tuned: {error}");
    }
    let client = Client::new(Line::asterisk(stream), &app);
    let phone =
        Phone::new(Transport::AudioSocket, Box::new(AudioSocketSession::new()), client.lane.clone(), true);
    let caller = Caller { peer, granted: true, asked: Params::default(), first: None };
    answer(&app, client, phone, caller).await;
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER)?;
    rustix::net::sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED)?;
    Ok(())
}
