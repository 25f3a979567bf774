//! What was heard of the turn so far, 8 s at most?

use std::collections::VecDeque;

/// Samples the judge looks at: 8 s at 16 kHz.
pub(crate) const WINDOW: usize = 128_000;

/// The end of a turn's audio. Takes its memory (256 kB) with the first sample and gives it back when forgotten.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    samples: VecDeque<i16>,
}

impl Memory {
    pub(crate) fn push(&mut self, pcm: &[i16]) {
        let pcm = &pcm[pcm.len().saturating_sub(WINDOW)..];
        if self.samples.capacity() == 0 && !pcm.is_empty() {
            self.samples.reserve_exact(WINDOW);
        }
        let excess = (self.samples.len() + pcm.len()).saturating_sub(WINDOW);
        self.samples.drain(..excess);
        self.samples.extend(pcm);
    }

    /// In two pieces.
    pub(crate) fn pieces(&self) -> [&[i16]; 2] {
        let (first, second) = self.samples.as_slices();
        [first, second]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub(crate) fn forget(&mut self) {
        self.samples = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_keeps_the_end(sizes in proptest::collection::vec(0usize..200_000, 0..5), small in 0usize..400) {
            let mut memory = Memory::default();
            let mut all = Vec::new();
            for size in sizes.into_iter().chain([small; 9]) {
                let pcm: Vec<i16> = (all.len()..all.len() + size).map(|n| n as i16).collect();
                memory.push(&pcm);
                all.extend(pcm);
            }
            prop_assert_eq!(memory.pieces().concat(), &all[all.len().saturating_sub(WINDOW)..]);
            prop_assert!(memory.samples.capacity() <= WINDOW.next_power_of_two());
            memory.forget();
            prop_assert_eq!((memory.is_empty(), memory.samples.capacity()), (true, 0));
        }
    }
}
