//! What becomes of a datagram, and what does a session remember?

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tom_wire::rtp::{MAX_PACKET, is_rtcp};
use tom_wire::sdp::Codec;

use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::reports::Reports;
use crate::session::MediaEvent;
use crate::srtp::Srtp;
use crate::stats::Reject;

/// Where the caller's audio goes.
pub(crate) type Sink = Box<dyn FnMut(&[i16]) + Send>;

/// Everything of a session but its sockets.
pub(crate) struct State {
    pub(crate) codec: Codec,
    pub(crate) remote_rtcp: SocketAddr,
    pub(crate) mux: bool,
    pub(crate) listens: bool,
    pub(crate) ear: Ear,
    pub(crate) mouth: Mouth,
    pub(crate) reports: Reports,
    /// Large, and seldom there.
    pub(crate) srtp: Option<Box<Srtp>>,
    pub(crate) sink: Sink,
    pub(crate) events: mpsc::Sender<MediaEvent>,
    pub(crate) silence: Duration,
    pub(crate) silent_told: bool,
    pub(crate) buffer: Vec<u8>,
    pub(crate) rejected: [u64; Reject::ALL.len()],
    pub(crate) unsent: u64,
    pub(crate) keys_lost: u64,
}

impl State {
    /// Takes a datagram that came to the RTCP port, or to that of RTP.
    pub(crate) fn take(
        &mut self,
        bytes: &mut [u8],
        from: SocketAddr,
        rtcp: bool,
        now: Duration,
    ) -> Result<(), Reject> {
        if bytes.is_empty() {
            return Err(Reject::Empty);
        }
        if bytes.len() > MAX_PACKET {
            return Err(Reject::Long);
        }
        if rtcp || (self.mux && is_rtcp(bytes)) {
            // Reports come from another port, but from nobody else.
            if from.ip() != self.ear.latch.target().ip() && from.ip() != self.remote_rtcp.ip() {
                return Err(Reject::Foreign);
            }
            let len = self.srtp.as_mut().map_or(Ok(bytes.len()), |srtp| srtp.open_report(bytes))?;
            let ssrc = self.mouth.ssrc();
            let bye = self.reports.take(&bytes[..len], ssrc, now).map_err(|_| Reject::Rtcp)?;
            if bye {
                self.tell(MediaEvent::Goodbye);
            }
            return Ok(());
        }
        self.ear.admits(from, now)?;
        let len = self.srtp.as_mut().map_or(Ok(bytes.len()), |srtp| srtp.open(bytes))?;
        let key = self.ear.take(&bytes[..len], from, now, &mut self.sink)?;
        self.silent_told = false;
        if let Some(key) = key {
            self.tell(MediaEvent::Key(key));
        }
        Ok(())
    }

    pub(crate) fn tell(&mut self, event: MediaEvent) {
        let told = self.events.try_send(event);
        if told.is_err() && matches!(event, MediaEvent::Key(_)) {
            self.keys_lost += 1;
        }
    }

    /// Where reports go: beside the port audio really comes from, where the description told another address.
    pub(crate) fn rtcp_target(&self) -> SocketAddr {
        let source = self.ear.latch.target();
        if source.ip() == self.remote_rtcp.ip() {
            return self.remote_rtcp;
        }
        SocketAddr::new(source.ip(), source.port().saturating_add(1))
    }
}
