//! Layer: real. What the tests of media sessions share: a far end made of a plain socket.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tom_rtp::{Media, MediaEvent, Options, Ports, Session};
use tom_wire::rtp::{RtpHeader, RtpPacket};
use tom_wire::sdp::{Codec, Direction, Negotiated};

/// How long anything may take before the test fails: machines are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A pair of ports of this machine. Tests run side by side, as programs of their own as well: each looks for a free
/// pair from a place of its own on.
pub(crate) fn media() -> Media {
    let start = 20_000 + (std::process::id() % 500) as u16 * 16;
    Ports::new(start, start + 4_000).unwrap().bind(LOCAL).unwrap()
}

/// An agreement on PCMU with a far end there.
pub(crate) fn agreed(remote: SocketAddr) -> Negotiated {
    Negotiated {
        codec: Codec::Pcmu,
        payload: 0,
        receive: vec![(0, Codec::Pcmu), (8, Codec::Pcma)],
        event_out: Some(101),
        event_in: Some(101),
        event_clock: 8_000,
        noise: false,
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        mux: false,
        direction: Direction::SendRecv,
        secure: None,
    }
}

/// A session and a far end that is a socket.
pub(crate) struct Call {
    pub(crate) session: Session,
    pub(crate) to: SocketAddr,
    pub(crate) far: UdpSocket,
    pub(crate) heard: Arc<Mutex<Vec<i16>>>,
    pub(crate) events: mpsc::Receiver<MediaEvent>,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
}

impl Call {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Negotiated)) -> Self {
        Self::start(Options::default(), change).await
    }

    pub(crate) async fn start(options: Options, change: impl FnOnce(&mut Negotiated)) -> Self {
        let far = UdpSocket::bind((LOCAL, 0)).await.unwrap();
        let mut agreed = agreed(far.local_addr().unwrap());
        change(&mut agreed);
        let media = media();
        let to = media.local();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (tx, events) = mpsc::channel(16);
        let sink = heard.clone();
        let hear = move |pcm: &[i16]| sink.lock().unwrap().extend_from_slice(pcm);
        let session = media.start(&agreed, options, tx, hear).unwrap();
        Self { session, to, far, heard, events, sequence: 1_000, timestamp: 77 }
    }

    /// A packet as the far end would send it next.
    pub(crate) fn packet(&mut self, payload_type: u8, payload: &[u8]) -> Vec<u8> {
        let header = RtpHeader {
            marker: false,
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: 0x5eed,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        [&header.write()[..], payload].concat()
    }

    /// Sends 20 ms of a code and goes on.
    pub(crate) async fn speak(&mut self, code: u8) {
        let packet = self.packet(0, &[code; 160]);
        self.far.send_to(&packet, self.to).await.unwrap();
    }

    /// Samples heard so far that are not silence.
    pub(crate) fn loud(&self) -> usize {
        self.heard.lock().unwrap().iter().filter(|sample| sample.unsigned_abs() > 1_000).count()
    }

    /// The next packet at the far end: its header and payload.
    pub(crate) async fn receive(&self) -> (RtpHeader, Vec<u8>) {
        let mut bytes = [0; 2_000];
        let (len, _) = tokio::time::timeout(PATIENCE, self.far.recv_from(&mut bytes)).await.unwrap().unwrap();
        let packet = RtpPacket::parse(&bytes[..len]).unwrap();
        (packet.header, packet.payload.to_vec())
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
