//! Which ports do calls get their audio on?

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tom_wire::sdp::{MasterKey, Negotiated};

use crate::session::{MediaError, MediaEvent, Options, Session};
use crate::ticker::Ticker;

/// Why there is no pair of ports.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The range has no even port with an odd one behind it.
    #[error(
        "the RTP ports {0} to {1} hold no pair of an even port and the odd one behind it; widen the range"
    )]
    NoPair(u16, u16),
    /// All pairs are in use.
    #[error("all {0} pairs of RTP ports are in use; widen the range, or let fewer calls in at once")]
    Exhausted(usize),
    /// The address is not one of this machine's, or the system refuses for another reason.
    #[error("no RTP port can be opened on {0}: {1}")]
    Bind(IpAddr, io::Error),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Pairs of UDP ports, the even one for RTP and the next for RTCP. Clones share them.
#[derive(Clone, Debug)]
pub struct Ports(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    /// Even ports that no call of ours has, the one free for the longest time first, so that a stray packet of an
    /// old call meets no new one soon.
    free: Mutex<VecDeque<u16>>,
    pairs: usize,
    ticker: Arc<Ticker>,
}

impl Pool {
    fn free(&self) -> MutexGuard<'_, VecDeque<u16>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pair of ports that is lent; it goes back when this is dropped, after the sockets.
#[derive(Debug)]
pub(crate) struct Lease(u16, Arc<Pool>);

impl Drop for Lease {
    fn drop(&mut self) {
        self.1.free().push_back(self.0);
    }
}

impl Ports {
    /// The ports from `first` to `last`, both included. They are given out in turn from one drawn by lot: whoever still
    /// sends to a call of a server that was just restarted, or of another one on this machine, meets no new call.
    ///
    /// # Errors
    /// [`PortError::NoPair`] when not even one pair is among them, [`PortError::Random`] when no lot can be drawn.
    pub fn new(first: u16, last: u16) -> Result<Self, PortError> {
        let even = first.saturating_add(first % 2);
        let mut free: VecDeque<u16> = (even..last).step_by(2).filter(|&port| port > 0).collect();
        if free.is_empty() {
            return Err(PortError::NoPair(first, last));
        }
        let pairs = free.len();
        let mut lot = [0; 4];
        getrandom::fill(&mut lot).map_err(PortError::Random)?;
        free.rotate_left(u32::from_be_bytes(lot) as usize % pairs);
        Ok(Self(Arc::new(Pool { free: Mutex::new(free), pairs, ticker: Arc::new(Ticker::default()) })))
    }

    /// Pairs that no call has.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.free().len()
    }

    /// Opens a pair on an address. Ports another program has are passed over. Needs tokio's runtime.
    ///
    /// # Errors
    /// [`PortError::Exhausted`] when every pair is in use, [`PortError::Bind`] when the address is not ours.
    pub fn bind(&self, ip: IpAddr) -> Result<Media, PortError> {
        let mut secret = [0; 38];
        getrandom::fill(&mut secret).map_err(PortError::Random)?;
        for _ in 0..self.0.pairs {
            let Some(port) = self.0.free().pop_front() else { break };
            let lease = Lease(port, self.0.clone());
            let pair = open(ip, port).and_then(|rtp| Ok((rtp, open(ip, port + 1)?)));
            match pair {
                Ok((rtp, rtcp)) => {
                    let key = std::array::from_fn(|at| secret[at]);
                    let id = secret[30..].iter().fold(0, |id, &byte| id << 8 | u64::from(byte)) >> 1;
                    let local = SocketAddr::new(ip, port);
                    return Ok(Media { rtp, rtcp, local, key: MasterKey(key), id, lease });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(PortError::Bind(ip, error)),
            }
        }
        Err(PortError::Exhausted(self.0.pairs))
    }
}

fn open(ip: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind((ip, port))?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// A pair of open ports that waits for an agreement. Dropped, it gives them back.
#[derive(Debug)]
pub struct Media {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    local: SocketAddr,
    key: MasterKey,
    id: u64,
    pub(crate) lease: Lease,
}

impl Media {
    /// Where it receives RTP; RTCP comes to the next port.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// A random key for what we send, should packets be encrypted.
    #[must_use]
    pub fn key(&self) -> MasterKey {
        self.key
    }

    /// A random number that names the session in its descriptions; it fits into 63 bits.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Begins to send and receive. `sink` gets the caller's audio, 16 kHz mono, in pieces of any size, on the thread
    /// that received it: it must neither wait nor be slow. `events` gets the rest; when it is full, keys are lost and
    /// counted. Needs tokio's runtime.
    ///
    /// # Errors
    /// [`MediaError`]: the system gives no random numbers, or we lack the codec.
    pub fn start(
        self,
        agreed: &Negotiated,
        options: Options,
        events: mpsc::Sender<MediaEvent>,
        sink: impl FnMut(&[i16]) + Send + 'static,
    ) -> Result<Session, MediaError> {
        let ticker = self.lease.1.ticker.clone();
        Session::start(self, &ticker, agreed, options, events, Box::new(sink))
    }
}
