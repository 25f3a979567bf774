//! How do frames of any length become the windows a network wants?

use tom_audio::Frame;
use tom_base::{MediaTime, Rate, Span};

/// Collects samples until there are `N`.
#[derive(Clone, Debug)]
pub(super) struct Window<const N: usize> {
    pcm: [i16; N],
    len: usize,
}

impl<const N: usize> Default for Window<N> {
    fn default() -> Self {
        Self { pcm: [0; N], len: 0 }
    }
}

impl<const N: usize> Window<N> {
    /// Takes a frame and hands on each window that it completes, with the moment of the window's last sample.
    pub(super) fn push(&mut self, frame: Frame<'_>, mut each: impl FnMut(&[i16; N], MediaTime)) {
        debug_assert_eq!(frame.rate, Rate::Hz16000, "voice activity hears 16 kHz");
        let mut rest = frame.pcm;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(N - self.len));
            self.pcm[self.len..self.len + now.len()].copy_from_slice(now);
            self.len += now.len();
            rest = later;
            if self.len == N {
                self.len = 0;
                let heard = (frame.pcm.len() - rest.len()) as u64;
                each(&self.pcm, frame.at + Span::from_samples(heard, Rate::Hz16000));
            }
        }
    }
}
