//! What was heard last: the window that fills, and as much before it as the network sees at once.

use super::model::{LOOK, WINDOW};
use crate::vad::level::PIECE;

/// The last samples of one call.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// What was before the window that fills, then that window.
    pcm: [i16; LOOK + WINDOW],
    /// Samples in the window that fills.
    len: usize,
}

impl Default for Heard {
    fn default() -> Self {
        Self { pcm: [0; LOOK + WINDOW], len: 0 }
    }
}

impl Heard {
    /// Takes samples from the front of `rest`, up to the end of a piece. The piece, when it is complete.
    pub(super) fn piece(&mut self, rest: &mut &[i16]) -> Option<&[i16; PIECE]> {
        if self.len == WINDOW {
            self.pcm.copy_within(WINDOW.., 0);
            self.len = 0;
        }
        let (now, later) = rest.split_at(rest.len().min(PIECE - self.len % PIECE));
        let at = LOOK + self.len;
        self.pcm[at..at + now.len()].copy_from_slice(now);
        self.len += now.len();
        *rest = later;
        if now.is_empty() || !self.len.is_multiple_of(PIECE) {
            return None;
        }
        self.pcm[..LOOK + self.len].last_chunk()
    }

    /// The window, when it is full.
    pub(super) fn window(&self) -> Option<&[i16; WINDOW]> {
        if self.len == WINDOW { self.pcm.last_chunk() } else { None }
    }

    /// As much as the network sees at once, up to now.
    pub(super) fn last(&self) -> Option<&[i16; LOOK]> {
        self.pcm[..LOOK + self.len].last_chunk()
    }
}
