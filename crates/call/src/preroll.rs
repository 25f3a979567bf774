//! What was there just before speech was noticed?

use crate::playout::FRAME;

/// Audio from before the detected onset that the recogniser gets too, so that a soft first sound is not
/// lost: 300 ms at 16 kHz.
const LENGTH: usize = 16 * 300;

/// The last 300 ms of caller audio, less what an earlier utterance has had already.
#[derive(Debug)]
pub(crate) struct PreRoll {
    ring: Box<[i16]>,
    at: usize,
    fresh: usize,
}

impl PreRoll {
    pub(crate) fn new() -> Self {
        Self { ring: vec![0; LENGTH].into_boxed_slice(), at: 0, fresh: 0 }
    }

    pub(crate) fn push(&mut self, pcm: &[i16]) {
        self.fresh = (self.fresh + pcm.len()).min(LENGTH);
        let pcm = &pcm[pcm.len().saturating_sub(LENGTH)..];
        let (first, second) = pcm.split_at(pcm.len().min(LENGTH - self.at));
        self.ring[self.at..self.at + first.len()].copy_from_slice(first);
        self.ring[..second.len()].copy_from_slice(second);
        self.at = (self.at + pcm.len()) % LENGTH;
    }

    /// Where the next samples will lie.
    pub(crate) fn next(&self) -> &[i16] {
        &self.ring[self.at..(self.at + FRAME).min(LENGTH)]
    }

    /// Everything so far belongs to an utterance.
    pub(crate) fn used(&mut self) {
        self.fresh = 0;
    }

    /// What no utterance has had, oldest first, in two pieces.
    pub(crate) fn pieces(&self) -> [&[i16]; 2] {
        let from = (self.at + LENGTH - self.fresh) % LENGTH;
        if from + self.fresh <= LENGTH {
            [&self.ring[from..from + self.fresh], &[]]
        } else {
            [&self.ring[from..], &self.ring[..self.at]]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(roll: &PreRoll) -> Vec<i16> {
        roll.pieces().concat()
    }

    #[test]
    fn it_keeps_the_last_300_ms() {
        let mut roll = PreRoll::new();
        assert!(all(&roll).is_empty(), "before the call there is nothing");
        let ramp: Vec<i16> = (0..7_000).collect();
        for piece in ramp.chunks(320) {
            roll.push(piece);
        }
        assert_eq!(all(&roll), ramp[7_000 - LENGTH..]);
    }

    #[test]
    fn a_piece_longer_than_that_leaves_its_end() {
        let mut roll = PreRoll::new();
        roll.push(&[1; 100]);
        let ramp: Vec<i16> = (0..7_000).collect();
        roll.push(&ramp);
        assert_eq!(all(&roll), ramp[7_000 - LENGTH..]);
    }

    #[test]
    fn what_an_utterance_has_had_is_not_given_again() {
        let mut roll = PreRoll::new();
        roll.push(&[1; 5_000]);
        roll.used();
        assert!(all(&roll).is_empty());
        roll.push(&[2, 3]);
        assert_eq!(all(&roll), [2, 3]);
    }
}
