//! What runs between start and end of a call's media: the sockets, the tasks, and what others may ask for?

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tom_audio::jitter::Release;
use tom_base::Key;
use tom_wire::rtp::MAX_PACKET;
use tom_wire::sdp::{Codec, Direction, Negotiated};

use crate::ear::Ear;
use crate::mouth::{FRAME, Mouth};
use crate::ports::{Lease, Media};
use crate::reports::Reports;
use crate::srtp::Srtp;
use crate::state::{Sink, State};
use crate::stats::{Reject, Statistics};
use crate::ticker::{Tick, Ticker, guarded};

/// Datagrams taken at one wake-up, so that no call keeps the others waiting.
const BURST: usize = 16;

/// Choices that are not negotiated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// When packets are given to the sink; on arrival, unless a person listens.
    pub release: Release,
    /// After so long without a packet [`MediaEvent::Silent`] is told, once; zero: never.
    pub silence: Duration,
}

/// What a session tells beside audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The caller pressed a key.
    Key(Key),
    /// Nothing has come for [`Options::silence`], though neither side holds the other.
    Silent,
    /// The far end said goodbye in RTCP. The signalling decides when the call is over.
    Goodbye,
}

/// Why a session cannot begin or go on as agreed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The codec that was agreed on does not start.
    #[error("the codec {} does not start; take it off the list of codecs", .0.name())]
    Codec(Codec),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// The media of one call. Dropped, it says goodbye, closes its ports and gives them back.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    reader: JoinHandle<()>,
}

struct Shared {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    began: Instant,
    state: Mutex<State>,
    // Behind the sockets: ports are given back after they are closed.
    _lease: Lease,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("rtp", &self.rtp).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn start(
        media: Media,
        ticker: &Arc<Ticker>,
        agreed: &Negotiated,
        options: Options,
        events: mpsc::Sender<MediaEvent>,
        sink: Sink,
    ) -> Result<Self, MediaError> {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(MediaError::Random)?;
        let broken = |_| MediaError::Codec(agreed.codec);
        let mouth = Mouth::new(agreed, random, Duration::ZERO).map_err(broken)?;
        let state = State {
            codec: agreed.codec,
            remote_rtcp: agreed.remote_rtcp,
            mux: agreed.mux,
            listens: agreed.direction == Direction::SendRecv,
            ear: Ear::new(agreed, options.release).map_err(broken)?,
            reports: Reports::new(mouth.ssrc(), Duration::ZERO),
            mouth,
            srtp: agreed.secure.as_ref().map(Srtp::new),
            sink,
            events,
            silence: options.silence,
            silent_told: false,
            buffer: Vec::with_capacity(MAX_PACKET),
            rejected: [0; Reject::ALL.len()],
            unsent: 0,
            keys_lost: 0,
        };
        let shared = Arc::new(Shared {
            rtp: media.rtp,
            rtcp: media.rtcp,
            began: Instant::now(),
            state: Mutex::new(state),
            _lease: media.lease,
        });
        let weak = Arc::downgrade(&shared);
        ticker.add(weak);
        Ok(Self { reader: tokio::spawn(read(shared.clone())), shared })
    }

    /// Sends 20 ms of the agent, 16 kHz mono. Keep the pace: at most 60 ms may wait, older frames are dropped and
    /// counted. Never waits.
    pub fn send(&self, frame: &[i16; FRAME]) {
        let now = self.shared.now();
        let mut state = self.shared.state();
        let State { mouth, ear, srtp, buffer, unsent, .. } = &mut *state;
        let target = ear.latch.target();
        mouth.frame(frame, now, buffer, &mut |packet| self.shared.send(packet, srtp, target, unsent));
    }

    /// Drops the frames that wait to be sent.
    pub fn flush(&self) {
        self.shared.state().mouth.flush();
    }

    /// Presses a key. Says whether the far end takes keys in RTP; if not, SIP INFO may do.
    #[must_use]
    pub fn press(&self, key: Key, milliseconds: u32) -> bool {
        self.shared.state().mouth.press(key, milliseconds)
    }

    /// Goes on as newly agreed: hold and resume, another address, another codec.
    ///
    /// # Errors
    /// [`MediaError`] when we lack what was agreed on; everything then stays as it was.
    pub fn renegotiate(&self, agreed: &Negotiated) -> Result<(), MediaError> {
        let now = self.shared.now();
        let mut state = self.shared.state();
        state.mouth.renegotiate(agreed, now).map_err(|_| MediaError::Codec(agreed.codec))?;
        state.codec = agreed.codec;
        state.remote_rtcp = agreed.remote_rtcp;
        state.mux = agreed.mux;
        state.listens = agreed.direction == Direction::SendRecv;
        state.srtp = match (state.srtp.take(), &agreed.secure) {
            (Some(mut srtp), Some(secure)) => {
                srtp.renegotiate(secure);
                Some(srtp)
            }
            (None, secure) => secure.as_ref().map(Srtp::new),
            (Some(_), None) => None,
        };
        state.ear.renegotiate(agreed);
        Ok(())
    }

    /// How it fares.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let now = self.shared.now();
        let state = self.shared.state();
        let (received, lost, jitter) = state.ear.received();
        let clock = state.codec.clock();
        let mut rejected = state.rejected;
        rejected[Reject::Payload as usize] += state.ear.unreadable();
        Statistics {
            codec: state.codec,
            remote: state.ear.latch.target(),
            sent: state.mouth.packets,
            dropped: state.mouth.dropped,
            unsent: state.unsent,
            received,
            lost,
            jitter,
            round_trip: state.reports.round_trip,
            far: state.reports.far.map(|(lost, jitter)| (lost, Duration::from_secs(1) * jitter / clock)),
            concealed: state.ear.concealed(),
            buffer: state.ear.counters(),
            delay: state.ear.delay(),
            silent: state.ear.heard().map(|heard| now.saturating_sub(heard)),
            keys_lost: state.keys_lost,
            rejected,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.report(true);
        self.reader.abort();
    }
}

/// Reads both sockets until the session is dropped.
async fn read(shared: Arc<Shared>) {
    // A byte more than any packet may have: what fills it was longer.
    let mut bytes = [0; MAX_PACKET + 1];
    loop {
        let ready = tokio::select! {
            ready = shared.rtp.readable() => ready.map(|()| &shared.rtp),
            ready = shared.rtcp.readable() => ready.map(|()| &shared.rtcp),
        };
        let Ok(socket) = ready else { return };
        for _ in 0..BURST {
            match socket.try_recv_from(&mut bytes) {
                Ok((len, from)) => {
                    let rtcp = std::ptr::eq(socket, &shared.rtcp);
                    guarded(|| shared.take(&mut bytes[..len], from, rtcp));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The far end's port is closed, or not open yet: that ends no call.
                Err(_) => {}
            }
        }
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, packet: &mut Vec<u8>, srtp: &mut Option<Srtp>, to: SocketAddr, unsent: &mut u64) {
        if let Some(srtp) = srtp {
            srtp.protect(packet);
        }
        if self.rtp.try_send_to(packet, to).is_err() {
            *unsent += 1;
        }
    }

    fn take(&self, bytes: &mut [u8], from: SocketAddr, rtcp: bool) {
        let now = self.now();
        let mut state = self.state();
        if let Err(reason) = state.take(bytes, from, rtcp, now) {
            state.rejected[reason as usize] += 1;
        }
    }

    /// Sends a report.
    fn report(&self, bye: bool) {
        let now = self.now();
        let mut state = self.state();
        let State { ear, mouth, reports, srtp, buffer, .. } = &mut *state;
        reports.write(mouth, ear.report(), bye, now, buffer);
        if let Some(srtp) = srtp {
            srtp.protect_report(buffer);
        }
        let (socket, to) =
            if state.mux { (&self.rtp, state.ear.latch.target()) } else { (&self.rtcp, state.rtcp_target()) };
        // A report that is lost is followed by another one.
        let _ = socket.try_send_to(&state.buffer, to);
    }
}

impl Tick for Shared {
    fn tick(&self, _: Instant) {
        let now = self.now();
        let mut state = self.state();
        let State { ear, mouth, srtp, sink, buffer, unsent, .. } = &mut *state;
        ear.tick(now, sink);
        let target = ear.latch.target();
        mouth.tick(now, buffer, &mut |packet| self.send(packet, srtp, target, unsent));
        let quiet = now.saturating_sub(ear.heard().unwrap_or_default());
        if state.listens && !state.silence.is_zero() && quiet > state.silence && !state.silent_told {
            state.silent_told = true;
            state.tell(MediaEvent::Silent);
        }
        let due = state.reports.is_due(now);
        drop(state);
        if due {
            self.report(false);
        }
    }
}
