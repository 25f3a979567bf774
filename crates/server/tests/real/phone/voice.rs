//! Layer: real. What a telephone in a test says and hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tom_audio::Law;

use super::far::noise;

/// The audio of a telephone: it speaks loud noise or silence, and counts the loud packets it hears.
pub(super) struct Voice {
    pub(super) sdp: Vec<u8>,
    loud: Arc<AtomicBool>,
    heard: Arc<AtomicUsize>,
    _task: tokio::task::JoinHandle<()>,
}

impl Voice {
    pub(super) async fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let sdp = format!(
            "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        );
        let (loud, heard) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let task = tokio::spawn(speak(socket, loud.clone(), heard.clone()));
        Self { sdp: sdp.into_bytes(), loud, heard, _task: task }
    }

    pub(super) fn speaks(&self, loud: bool) {
        self.loud.store(loud, Ordering::Relaxed);
    }

    pub(super) fn heard(&self) -> usize {
        self.heard.load(Ordering::Relaxed)
    }
}

/// Sends to whoever sends, 50 packets a second; before that nobody is known.
async fn speak(socket: UdpSocket, loud: Arc<AtomicBool>, heard: Arc<AtomicUsize>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let (mut peer, mut packet) = (None, [0; 2_048]);
    let mut sequence = 0u16;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let Some(peer) = peer else { continue };
                let mut out = vec![0x80, 8];
                out.extend(sequence.to_be_bytes());
                out.extend((u32::from(sequence) * 160).to_be_bytes());
                out.extend(7u32.to_be_bytes());
                Law::A.encode_into(&noise(160, loud.load(Ordering::Relaxed), sequence.into()), &mut out);
                sequence = sequence.wrapping_add(1);
                let _gone = socket.send_to(&out, peer).await;
            }
            received = socket.recv_from(&mut packet) => {
                let Ok((length, from)) = received else { return };
                peer = Some(from);
                let audio = packet.get(12..length).unwrap_or_default();
                let is_loud = audio.iter().any(|code| Law::A.decode(*code).unsigned_abs() > 700);
                heard.fetch_add(usize::from(is_loud && packet[1] & 0x7f == 8), Ordering::Relaxed);
            }
        }
    }
}
