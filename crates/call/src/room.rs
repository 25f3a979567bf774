//! Where do 20 ms of agent audio lie on their way from a call to its transport?
//!
//! In room that all calls of a thread take in turns: it is in the processor's cache still when the next one fills it,
//! where room of a call's own, used once in 20 ms among a thousand others, never is.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use crate::api::FRAME_SAMPLES;

type Room = Box<[i16; FRAME_SAMPLES]>;

/// Pieces of room that a thread keeps: few as long as frames are sent at once, and those of all its calls after a jam.
const KEPT: usize = 512;
const SILENCE: [i16; FRAME_SAMPLES] = [0; FRAME_SAMPLES];

thread_local! {
    static FREE: RefCell<Vec<Room>> = const { RefCell::new(Vec::new()) };
}

/// 20 ms at 16 kHz mono. Its room is used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm(Option<Room>);

impl Pcm {
    /// These samples.
    #[must_use]
    pub fn of(pcm: &[i16; FRAME_SAMPLES]) -> Self {
        Self::filled(|room| *room = *pcm)
    }

    /// What `fill` leaves there; it finds samples of whatever was there before.
    pub(crate) fn filled(fill: impl FnOnce(&mut [i16; FRAME_SAMPLES])) -> Self {
        let room = FREE.try_with(|free| free.borrow_mut().pop()).ok().flatten();
        let mut room = room.unwrap_or_else(|| Box::new(SILENCE));
        fill(&mut room);
        Self(Some(room))
    }
}

impl Default for Pcm {
    /// Silence.
    fn default() -> Self {
        Self::of(&SILENCE)
    }
}

impl Deref for Pcm {
    type Target = [i16; FRAME_SAMPLES];

    fn deref(&self) -> &Self::Target {
        self.0.as_deref().unwrap_or(&SILENCE)
    }
}

impl DerefMut for Pcm {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.get_or_insert_with(|| Box::new(SILENCE))
    }
}

impl Drop for Pcm {
    fn drop(&mut self) {
        let Some(room) = self.0.take() else { return };
        // A thread that ends keeps nothing.
        let _ = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < KEPT {
                free.push(room);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_used_again_and_holds_nothing_of_before() {
        let first = Pcm::of(&[7; FRAME_SAMPLES]);
        let place = first.as_ptr();
        let copy = first.clone();
        drop(first);
        let second = Pcm::default();
        assert_eq!(second.as_ptr(), place);
        assert_eq!(*second, SILENCE);
        assert_eq!(*copy, [7; FRAME_SAMPLES]);
    }

    #[test]
    fn a_thread_keeps_no_more_than_it_needs() {
        let many: Vec<_> = (0..2 * KEPT).map(|_| Pcm::default()).collect();
        drop(many);
        assert_eq!(FREE.with(|free| free.borrow().len()), KEPT);
    }
}
