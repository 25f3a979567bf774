//! How caller audio gets from the transport to the call task: a ring that drops the oldest.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Most audio the ring holds: 1 s at 16 kHz. A call task that is later than that has lost the call anyway.
const CAPACITY: usize = 16_000;

#[derive(Debug)]
struct Ring {
    pcm: Box<[i16]>,
    start: usize,
    len: usize,
    dropped: u64,
}

#[derive(Debug)]
struct Shared {
    ring: Mutex<Ring>,
    arrived: Notify,
}

/// The transport's end: takes 16 kHz mono audio. Never blocks and never allocates; when full it drops the
/// oldest samples and counts them.
#[derive(Clone, Debug)]
pub struct AudioIn(Arc<Shared>);

/// The call task's end.
#[derive(Debug)]
pub(crate) struct AudioOut(Arc<Shared>);

/// A new, empty ring.
pub(crate) fn audio_ring() -> (AudioIn, AudioOut) {
    let ring = Ring { pcm: vec![0; CAPACITY].into_boxed_slice(), start: 0, len: 0, dropped: 0 };
    let shared = Arc::new(Shared { ring: Mutex::new(ring), arrived: Notify::new() });
    (AudioIn(shared.clone()), AudioOut(shared))
}

impl AudioIn {
    /// Appends 16 kHz mono samples.
    pub fn push(&self, pcm: &[i16]) {
        let mut ring = self.0.ring.lock().unwrap_or_else(PoisonError::into_inner);
        for &sample in pcm {
            if ring.len == CAPACITY {
                ring.start = (ring.start + 1) % CAPACITY;
                ring.len -= 1;
                ring.dropped += 1;
            }
            let at = (ring.start + ring.len) % CAPACITY;
            ring.pcm[at] = sample;
            ring.len += 1;
        }
        drop(ring);
        self.0.arrived.notify_one();
    }
}

impl AudioOut {
    /// Waits until there may be audio.
    pub(crate) async fn arrived(&self) {
        self.0.arrived.notified().await;
    }

    /// Takes the next 20 ms frame, if a whole one is there.
    pub(crate) fn take(&self, frame: &mut [i16]) -> bool {
        let mut ring = self.0.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len < frame.len() {
            return false;
        }
        for sample in frame.iter_mut() {
            *sample = ring.pcm[ring.start];
            ring.start = (ring.start + 1) % CAPACITY;
        }
        ring.len -= frame.len();
        true
    }

    /// Samples dropped since the call began.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner).dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_frames_come_out_in_order() {
        let (tx, rx) = audio_ring();
        let mut frame = [0; 4];
        tx.push(&[1, 2, 3]);
        assert!(!rx.take(&mut frame), "three samples are no frame of four");
        tx.push(&[4, 5]);
        assert!(rx.take(&mut frame));
        assert_eq!(frame, [1, 2, 3, 4]);
        assert_eq!(rx.dropped(), 0);
    }

    #[test]
    fn the_oldest_is_dropped_and_counted() {
        let (tx, rx) = audio_ring();
        tx.push(&vec![1; CAPACITY]);
        tx.push(&[2, 3]);
        assert_eq!(rx.dropped(), 2);
        let mut all = vec![0; CAPACITY];
        assert!(rx.take(&mut all));
        assert_eq!(all[CAPACITY - 2..], [2, 3]);
    }
}
