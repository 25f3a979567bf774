//! What runs between start and end of a call's media: the sockets, the tasks, and what others may ask for?

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tom_audio::jitter::Release;
use tom_base::Key;
use tom_wire::rtp::MAX_PACKET;
use tom_wire::sdp::{Codec, Direction, Negotiated};

use crate::ear::Ear;
use crate::mouth::{FRAME, Mouth};
use crate::ports::Media;
use crate::reports::Reports;
use crate::shared::{Shared, read};
use crate::srtp::Srtp;
use crate::state::{Sink, State};
use crate::stats::{Reject, Statistics};
use crate::ticker::Ticker;

/// Choices that are not negotiated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// When packets are given to the sink; on arrival, unless a person listens.
    pub release: Release,
    /// After so long without a packet [`MediaEvent::Silent`] is told, once; zero: never.
    pub silence: Duration,
    /// Where the call is signalled from: audio from there is believed sooner than a stranger's, where it does not come
    /// from the address that was described.
    pub signalling: Option<IpAddr>,
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
            ear: Ear::new(agreed, options).map_err(broken)?,
            reports: Reports::new(mouth.ssrc(), Duration::ZERO),
            mouth,
            srtp: agreed.secure.as_ref().map(Srtp::new).map(Box::new),
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
            (None, secure) => secure.as_ref().map(Srtp::new).map(Box::new),
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
            waited: state.ear.waited(),
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
