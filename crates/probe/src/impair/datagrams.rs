//! How does a bad network of datagrams look on loopback? A relay between two ends over UDP.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::{Luck, Weather};
use crate::trace::Micros;

/// Datagrams on their way, both directions together: a second of fifty calls. What is more is lost.
const ON_THE_WAY: usize = 2_500;
/// The longest datagram there is.
const LONGEST: usize = 65_536;

/// What passed from the caller's side to the other, and what did not.
#[derive(Debug, Default)]
pub struct Passed {
    /// Datagrams that were sent on.
    pub passed: AtomicU64,
    /// Datagrams that were lost.
    pub lost: AtomicU64,
    /// Datagrams that were sent on twice.
    pub doubled: AtomicU64,
    /// The most that were lost one after another.
    pub lost_in_a_row: AtomicU64,
}

/// A relay that lives until it is dropped. It has one caller: whoever sent to it last.
#[derive(Debug)]
pub struct DatagramRelay {
    /// Where the caller sends to: on loopback.
    pub address: SocketAddr,
    /// Where the other side sees the caller, and sends to.
    pub behind: SocketAddr,
    /// What passed from the caller to the other side.
    pub passed: Arc<Passed>,
    _task: AbortOnDropHandle<()>,
}

impl DatagramRelay {
    /// Passes what comes on to that address, and what comes from there back.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start(to: SocketAddr, weather: Weather) -> std::io::Result<Self> {
        let front = UdpSocket::bind(("127.0.0.1", 0)).await?;
        let back = UdpSocket::bind(("127.0.0.1", 0)).await?;
        let (address, behind) = (front.local_addr()?, back.local_addr()?);
        let passed = Arc::<Passed>::default();
        let way =
            Way { front, back, to, caller: None, began: Instant::now(), due: BinaryHeap::new(), nth: 0 };
        let task = tokio::spawn(way.run(weather, passed.clone()));
        Ok(Self { address, behind, passed, _task: AbortOnDropHandle::new(task) })
    }
}

/// A datagram on its way: when it leaves, in which order it came, whether to the server, and its bytes.
type Leaving = Reverse<(Micros, u64, bool, Vec<u8>)>;

struct Way {
    front: UdpSocket,
    back: UdpSocket,
    to: SocketAddr,
    caller: Option<SocketAddr>,
    began: Instant,
    due: BinaryHeap<Leaving>,
    nth: u64,
}

impl Way {
    async fn run(mut self, weather: Weather, counts: Arc<Passed>) {
        let (mut there, mut here) = (Luck::new(weather, 0), Luck::new(weather, 1));
        let (mut out, mut home) = (vec![0; LONGEST], vec![0; LONGEST]);
        let mut row = 0;
        loop {
            let next = self.due.peek().map(|Reverse((at, ..))| self.began + Duration::from_micros(*at));
            tokio::select! {
                // An error is told by a closed port on the other side: that ends no relay.
                came = self.front.recv_from(&mut out) => if let Ok((len, from)) = came {
                    self.caller = Some(from);
                    let fates = self.put(&mut there, true, &out[..len]);
                    row = if fates == 0 { row + 1 } else { 0 };
                    counts.passed.fetch_add(u64::from(fates > 0), Ordering::Relaxed);
                    counts.lost.fetch_add(u64::from(fates == 0), Ordering::Relaxed);
                    counts.doubled.fetch_add(u64::from(fates > 1), Ordering::Relaxed);
                    counts.lost_in_a_row.fetch_max(row, Ordering::Relaxed);
                },
                came = self.back.recv_from(&mut home) => if let Ok((len, _)) = came {
                    self.put(&mut here, false, &home[..len]);
                },
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => self.send_due(),
            }
        }
    }

    /// Puts a datagram on its way. Says how often.
    fn put(&mut self, luck: &mut Luck, there: bool, bytes: &[u8]) -> usize {
        let now = self.began.elapsed().as_micros() as Micros;
        let mut times = 0;
        for at in luck.next(now).into_iter().flatten() {
            if self.due.len() < ON_THE_WAY {
                self.nth += 1;
                times += 1;
                self.due.push(Reverse((at, self.nth, there, bytes.to_vec())));
            }
        }
        // What need not wait does not.
        self.send_due();
        times
    }

    fn send_due(&mut self) {
        let now = self.began.elapsed().as_micros() as Micros;
        while self.due.peek().is_some_and(|Reverse((at, ..))| *at <= now) {
            let Some(Reverse((_, _, there, bytes))) = self.due.pop() else { return };
            // What the system does not take is lost, as on any way.
            let _ = match (there, self.caller) {
                (true, _) => self.back.try_send_to(&bytes, self.to),
                (false, Some(caller)) => self.front.try_send_to(&bytes, caller),
                (false, None) => continue,
            };
        }
    }
}
