//! How caller audio gets from the transport to the call task: a ring that drops the oldest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tom_kernel::{Near, Nearby};

use crate::api::FRAME_SAMPLES;
use crate::room::Pcm;

/// Most audio the ring holds: 1 s at 16 kHz. A call task that is later than that has lost the call anyway.
const CAPACITY: usize = 16_000;
/// What it has room for to begin with, 80 ms: a call that keeps up needs no more.
const ROOM: usize = 1_280;

#[derive(Debug)]
struct Ring {
    /// A frame that waits alone, as nearly all do, in room that the thread's calls share: nothing is in the ring then.
    alone: Option<Pcm>,
    /// Grows when the call task is late.
    pcm: Vec<i16>,
    start: usize,
    len: usize,
    dropped: u64,
    /// Something came since the call task looked.
    fresh: bool,
    /// The call task, which waits for audio.
    waker: Option<Waker>,
    /// What that task will need.
    needs: Nearby,
}

impl Ring {
    fn push(&mut self, pcm: &[i16]) {
        if let Ok(frame) = pcm.try_into()
            && self.len == 0
            && self.alone.is_none()
        {
            self.alone = Some(Pcm::of(frame));
            return;
        }
        self.join();
        self.append(pcm);
    }

    /// Puts the frame that waits alone into the ring, for more comes.
    fn join(&mut self) {
        if let Some(frame) = self.alone.take() {
            self.append(&*frame);
        }
    }

    fn append(&mut self, pcm: &[i16]) {
        if self.len == 0 {
            // A call that keeps up uses the same few cache lines for ever.
            self.start = 0;
        }
        let all = self.len + pcm.len();
        self.dropped += all.saturating_sub(CAPACITY) as u64;
        let pcm = &pcm[pcm.len().saturating_sub(CAPACITY)..];
        let over = (self.len + pcm.len()).saturating_sub(CAPACITY);
        self.skip(over);
        self.grow(self.len + pcm.len());
        let room = self.pcm.len();
        let at = (self.start + self.len) % room;
        let (first, second) = pcm.split_at(pcm.len().min(room - at));
        self.pcm[at..at + first.len()].copy_from_slice(first);
        self.pcm[..second.len()].copy_from_slice(second);
        self.len += pcm.len();
    }

    /// Makes room for so many samples in all.
    fn grow(&mut self, needed: usize) {
        let room = self.pcm.len();
        if needed > room {
            self.pcm.rotate_left(self.start);
            self.start = 0;
            self.pcm.resize(needed.max(room * 2).min(CAPACITY), 0);
        }
    }

    fn take(&mut self) -> Option<Pcm> {
        if let Some(alone) = self.alone.take() {
            return Some(alone);
        }
        if self.len < FRAME_SAMPLES {
            return None;
        }
        let frame = Pcm::filled(|frame| {
            let (first, second) = frame.split_at_mut(FRAME_SAMPLES.min(self.pcm.len() - self.start));
            first.copy_from_slice(&self.pcm[self.start..self.start + first.len()]);
            second.copy_from_slice(&self.pcm[..second.len()]);
        });
        self.skip(FRAME_SAMPLES);
        Some(frame)
    }

    fn skip(&mut self, samples: usize) {
        self.start = (self.start + samples) % self.pcm.len();
        self.len -= samples;
    }
}

#[derive(Debug)]
struct Shared(Mutex<Ring>);

impl Shared {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The transport's end: takes 16 kHz mono audio. Never blocks, and allocates only when the call task has become later
/// than it ever was; when full it drops the oldest samples and counts them.
#[derive(Clone, Debug)]
pub struct AudioIn(Arc<Shared>);

/// The call task's end.
#[derive(Debug)]
pub(crate) struct AudioOut(Arc<Shared>);

/// A new, empty ring.
pub(crate) fn audio_ring() -> (AudioIn, AudioOut) {
    let ring = Ring {
        alone: None,
        pcm: vec![0; ROOM],
        start: 0,
        len: 0,
        dropped: 0,
        fresh: false,
        waker: None,
        needs: Nearby::default(),
    };
    let shared = Arc::new(Shared(Mutex::new(ring)));
    (AudioIn(shared.clone()), AudioOut(shared))
}

impl AudioIn {
    /// What pushing some needs.
    #[must_use]
    pub fn near(&self) -> Near {
        Near::of(&*self.0)
    }

    /// Appends 16 kHz mono samples.
    pub fn push(&self, pcm: &[i16]) {
        let mut ring = self.0.ring();
        ring.push(pcm);
        ring.fresh = true;
        if let Some(waker) = &ring.waker {
            waker.wake_by_ref();
            ring.needs.fetch();
        }
    }
}

impl AudioOut {
    /// What the call task needs when it is woken.
    pub(crate) fn needs(&self, needs: Nearby) {
        self.0.ring().needs = needs;
    }

    /// Whether there may be audio that was not there at the last look. If not, the task is woken when it comes.
    pub(crate) fn poll_arrived(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut ring = self.0.ring();
        if std::mem::take(&mut ring.fresh) {
            return Poll::Ready(());
        }
        match &mut ring.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Takes the next 20 ms frame, if a whole one is there.
    pub(crate) fn take(&self) -> Option<Pcm> {
        self.0.ring().take()
    }

    /// Samples dropped since the call began.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.ring().dropped
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_frames_come_out_in_order() {
        let (tx, rx) = audio_ring();
        let ramp: Vec<i16> = (0..322).collect();
        tx.push(&ramp[..319]);
        assert_eq!(rx.take(), None, "one sample is missing");
        tx.push(&ramp[319..]);
        assert_eq!(rx.take().expect("a frame")[..], ramp[..320]);
        assert_eq!(rx.take(), None);
        assert_eq!(rx.dropped(), 0);
    }

    #[test]
    fn whoever_waits_is_woken_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        #[derive(Default)]
        struct Count(AtomicUsize);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let (tx, rx) = audio_ring();
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        assert_eq!(rx.poll_arrived(&mut cx), Poll::Pending);
        tx.push(&[1, 2]);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(rx.poll_arrived(&mut cx), Poll::Ready(()));
        assert_eq!(rx.poll_arrived(&mut cx), Poll::Pending, "it was told");
        tx.push(&[3]);
        assert_eq!(rx.poll_arrived(&mut cx), Poll::Ready(()), "what comes while nobody looks is not lost");
    }

    #[test]
    fn the_oldest_is_dropped_and_counted() {
        let (tx, rx) = audio_ring();
        tx.push(&vec![1; CAPACITY]);
        tx.push(&[2, 3]);
        assert_eq!(rx.dropped(), 2);
        let all: Vec<_> = std::iter::from_fn(|| rx.take()).collect();
        assert_eq!(all.len(), CAPACITY / FRAME_SAMPLES);
        assert_eq!(all[all.len() - 1][FRAME_SAMPLES - 3..], [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn it_is_a_queue_of_a_second(steps in prop::collection::vec((any::<bool>(), 0usize..40_000), 0..40)) {
            let (tx, rx) = audio_ring();
            let (mut model, mut next, mut dropped) = (VecDeque::new(), 0i16, 0);
            for (push, n) in steps {
                if push {
                    // Often a frame, as transports push them.
                    let n = if n % 2 == 0 { 320 } else { n };
                    let pcm: Vec<i16> = (0..n).map(|_| { next = next.wrapping_add(1); next }).collect();
                    tx.push(&pcm);
                    model.extend(pcm);
                    while model.len() > CAPACITY {
                        model.pop_front();
                        dropped += 1;
                    }
                } else {
                    let expected = (model.len() >= FRAME_SAMPLES)
                        .then(|| model.drain(..FRAME_SAMPLES).collect::<Vec<_>>());
                    prop_assert_eq!(rx.take().map(|frame| frame.to_vec()), expected);
                }
                prop_assert_eq!(rx.dropped(), dropped);
            }
        }
    }
}
