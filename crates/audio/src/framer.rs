//! How pieces of any size become frames of one size.

use tom_base::Rate;

/// Cuts a stream of samples into frames of a fixed length and keeps the remainder for the next piece.
///
/// Frames that lie whole inside a piece are lent from it without a copy; nothing is allocated after `new`.
#[derive(Clone, Debug)]
pub struct Framer {
    /// The start of the next frame; a full one was lent by the call before and is spent.
    held: Vec<i16>,
    len: usize,
}

impl Framer {
    /// Frames of 20 ms at a rate.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self::with_len(rate.frame_len())
    }

    /// Frames of that many samples (at least one).
    #[must_use]
    pub fn with_len(samples: usize) -> Self {
        let len = samples.max(1);
        Self { held: Vec::with_capacity(len), len }
    }

    /// Samples per frame.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        self.len
    }

    /// Samples that wait for the rest of their frame.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.held.len() % self.len
    }

    /// The next whole frame, or `None` once `rest` is used up (its remainder is kept).
    ///
    /// ```
    /// # let mut framer = tom_audio::Framer::with_len(2);
    /// # let mut frames = Vec::new();
    /// let mut rest: &[i16] = &[1, 2, 3];
    /// while let Some(frame) = framer.next(&mut rest) {
    ///     frames.push(frame.to_vec());
    /// }
    /// # assert_eq!(frames, [[1, 2]]);
    /// ```
    pub fn next<'s, 'c: 's>(&'s mut self, rest: &mut &'c [i16]) -> Option<&'s [i16]> {
        if self.held.len() == self.len {
            self.held.clear();
        }
        if self.held.is_empty() && rest.len() >= self.len {
            let (frame, after) = rest.split_at(self.len);
            *rest = after;
            return Some(frame);
        }
        let (head, after) = rest.split_at(rest.len().min(self.len - self.held.len()));
        self.held.extend_from_slice(head);
        *rest = after;
        (self.held.len() == self.len).then_some(&*self.held)
    }

    /// Hands every whole frame that the piece completes to `each`.
    pub fn push(&mut self, mut chunk: &[i16], mut each: impl FnMut(&[i16])) {
        while let Some(frame) = self.next(&mut chunk) {
            each(frame);
        }
    }

    /// The last, unfinished frame, filled up with zeros, if there is one; the framer is empty afterwards.
    pub fn flush(&mut self) -> Option<&[i16]> {
        if self.pending() == 0 {
            self.held.clear();
            return None;
        }
        self.held.resize(self.len, 0);
        Some(&self.held)
    }

    /// Forgets the remainder.
    pub fn reset(&mut self) {
        self.held.clear();
    }
}
