//! What do a session's tasks share: its sockets, and what comes and goes through them?

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recvfrom};
use tokio::net::UdpSocket;
use tom_wire::rtp::MAX_PACKET;

use crate::ports::Lease;
use crate::session::MediaEvent;
use crate::srtp::Srtp;
use crate::state::State;
use crate::ticker::{Tick, guarded};

/// Datagrams taken at one wake-up, so that no call keeps the others waiting.
const BURST: usize = 16;

pub(crate) struct Shared {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    pub(crate) began: Instant,
    pub(crate) state: Mutex<State>,
    // Behind the sockets: ports are given back after they are closed.
    pub(crate) _lease: Lease,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("rtp", &self.rtp).finish_non_exhaustive()
    }
}

/// Reads both sockets until the session is dropped.
pub(crate) async fn read(shared: Arc<Shared>) {
    loop {
        let ready = tokio::select! {
            ready = shared.rtp.readable() => ready.map(|()| &shared.rtp),
            ready = shared.rtcp.readable() => ready.map(|()| &shared.rtcp),
        };
        let Ok(socket) = ready else { return };
        // A byte more than any packet may have: what fills it was longer. Here, so that no call that waits keeps it.
        let mut bytes = [0; MAX_PACKET + 1];
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
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn send(
        &self,
        packet: &mut Vec<u8>,
        srtp: &mut Option<Box<Srtp>>,
        to: SocketAddr,
        unsent: &mut u64,
    ) {
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

    /// What came while this program did not run comes before the time that has passed: it is not late, we are. The
    /// runtime may not have noticed it yet, so the system is asked.
    fn take_waiting(&self) {
        let now = self.now();
        if !self.state().ear.is_overdue(now) {
            return;
        }
        let mut bytes = [0; MAX_PACKET + 1];
        for _ in 0..BURST {
            let received = recvfrom(&self.rtp, &mut bytes, RecvFlags::DONTWAIT);
            let Ok((len, _, Some(from))) = received else { return };
            let Ok(from) = SocketAddr::try_from(from) else { return };
            self.take(&mut bytes[..len], from, false);
        }
    }

    /// Sends a report.
    pub(crate) fn report(&self, bye: bool) {
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
        self.take_waiting();
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
