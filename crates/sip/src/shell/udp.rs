//! How do datagrams come in?

use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::run::Word;
use crate::api::Transport;
use crate::core::io::{Flow, Input};

/// Opens a socket: one end to read, one to write. Writing never waits; what the system does not take is lost like
/// any other datagram, and sent again.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<(UdpSocket, std::net::UdpSocket)> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    let writes = socket.try_clone()?;
    Ok((UdpSocket::from_std(socket)?, writes))
}

/// Reads until told to stop.
pub(super) async fn read(socket: UdpSocket, link: u64, words: mpsc::Sender<Word>, stop: CancellationToken) {
    let mut buffer = vec![0; 65_536];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            () = stop.cancelled() => return,
        };
        // Linux tells here that an earlier datagram of ours was not wanted; that is the transaction's business.
        let Ok((length, peer)) = received else { continue };
        let bytes = &buffer[..length];
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0)) {
            // A ping that keeps a router's way open.
            continue;
        }
        let flow = Flow { transport: Transport::Udp, peer, link };
        if words.send(Word::Input(Input::Packet(flow, bytes.to_vec()))).await.is_err() {
            return;
        }
    }
}
