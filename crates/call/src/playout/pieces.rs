//! How does agent audio wait? In the pieces in which it came: no more memory than what waits, and none is copied.

use std::collections::VecDeque;

/// Samples in the order in which they are played.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pieces: VecDeque<Vec<i16>>,
    /// Samples of the first piece that are gone.
    gone: usize,
    len: usize,
}

impl Pieces {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rest of the piece that is next.
    pub(super) fn next(&self) -> &[i16] {
        self.pieces.front().map_or(&[], |piece| &piece[self.gone..])
    }

    pub(super) fn push(&mut self, piece: Vec<i16>) {
        if !piece.is_empty() {
            self.len += piece.len();
            self.pieces.push_back(piece);
        }
    }

    /// Fills `out` from its beginning with what is next. Returns how many samples there were.
    pub(super) fn take(&mut self, out: &mut [i16]) -> usize {
        let mut filled = 0;
        while let Some(piece) = self.pieces.front()
            && filled < out.len()
        {
            let rest = &piece[self.gone..];
            let taken = rest.len().min(out.len() - filled);
            out[filled..filled + taken].copy_from_slice(&rest[..taken]);
            filled += taken;
            self.gone += taken;
            if self.gone == piece.len() {
                self.pieces.pop_front();
                self.gone = 0;
            }
        }
        self.len -= filled;
        filled
    }

    /// Drops what comes after so many samples.
    pub(super) fn truncate(&mut self, keep: usize) {
        while self.len > keep {
            let over = self.len - keep;
            let gone = if self.pieces.len() == 1 { self.gone } else { 0 };
            let Some(piece) = self.pieces.back_mut() else { break };
            let there = piece.len() - gone;
            if over < there {
                piece.truncate(piece.len() - over);
                self.len = keep;
            } else {
                self.len -= there;
                self.pieces.pop_back();
            }
        }
        if self.len == 0 {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.gone = 0;
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It is a queue of samples, whatever the pieces are.
        #[test]
        fn it_is_a_queue_of_samples(steps in prop::collection::vec((0u8..4, 0usize..700), 0..60)) {
            let (mut pieces, mut model) = (Pieces::default(), VecDeque::new());
            let mut next = 0_i16;
            for (what, size) in steps {
                match what {
                    0 => {
                        let piece: Vec<i16> = (0..size).map(|_| { next = next.wrapping_add(1); next }).collect();
                        model.extend(piece.iter().copied());
                        pieces.push(piece);
                    }
                    1 | 2 => {
                        let mut out = vec![0; size];
                        let taken = pieces.take(&mut out);
                        let expected: Vec<i16> = model.drain(..size.min(model.len())).collect();
                        prop_assert_eq!(&out[..taken], &expected[..]);
                    }
                    _ => {
                        pieces.truncate(size);
                        model.truncate(size);
                    }
                }
                prop_assert_eq!(pieces.len(), model.len());
                prop_assert_eq!(pieces.is_empty(), model.is_empty());
            }
        }
    }
}
