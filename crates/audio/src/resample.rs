//! How a stream changes its sampling rate.
//!
//! A polyphase FIR: seen at the least common multiple of both rates, zeros are put between the input's
//! samples, a low-pass filter smooths them, and every so many-th value is an output. Only the filter taps
//! that meet a sample are computed.
//!
//! The filter is a Kaiser-windowed sinc that reaches 16 samples of the *lower* rate to either side. That is
//! the compromise between delay and sharpness: 2 ms of delay when the lower rate is 8 kHz (1 ms at 16 kHz,
//! 0.7 ms at 24 kHz), flat up to 0.85 of the lower Nyquist frequency (3.4 kHz of 4 kHz, the telephone band),
//! and 65 dB or more down from 1.12 times the Nyquist frequency on. What folds back from in between lands
//! above 0.88 of it.

use std::time::Duration;

use tom_kernel::Isa;

mod few;
mod kernel;

use kernel::Kernel;

/// Input samples worked on at once: bounds the buffer whatever the caller's pieces are.
const BLOCK: usize = 320;

/// Changes the sampling rate of a mono stream, with state across pieces of any size.
///
/// Output comes as soon as it is due: `n` input samples make `n * to / from` output samples, so that a 20 ms
/// frame makes a 20 ms frame. The sound in it is late by [`delay`](Self::delay).
#[derive(Clone, Debug)]
pub struct Resampler {
    /// `None` when both rates are one: the stream passes.
    kernel: Option<Kernel>,
    /// The last `kernel.taps() - 1` samples of the stream, then the block being worked on.
    buffer: Vec<f32>,
    /// Where the next output lies, in steps of the common multiple, counted from the block's first sample.
    at: u64,
}

impl Resampler {
    /// From one rate to the other, in samples per second. Rates are kept within 1 Hz to 768 kHz.
    ///
    /// Designs the filter, which takes up to some milliseconds for odd pairs: make one per stream, not per
    /// frame.
    #[must_use]
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        Self::of(Kernel::new(from_hz, to_hz, Isa::best()))
    }

    fn of(kernel: Option<Kernel>) -> Self {
        let mut buffer = Vec::new();
        if let Some(kernel) = &kernel {
            buffer.reserve_exact(kernel.taps() - 1 + BLOCK);
            buffer.resize(kernel.taps() - 1, 0.0);
        }
        Self { kernel, buffer, at: 0 }
    }

    /// How late the sound leaves: the filter's group delay.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.kernel.as_ref().map_or(Duration::ZERO, Kernel::delay)
    }

    /// Whether both rates are the same, so that what goes in comes out as it is.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.kernel.is_none()
    }

    /// Appends to `out` what the next samples of the stream make; allocates only if `out` lacks the room.
    pub fn push(&mut self, input: &[i16], out: &mut Vec<i16>) {
        let Some(kernel) = &self.kernel else {
            out.extend_from_slice(input);
            return;
        };
        let past = kernel.taps() - 1;
        for block in input.chunks(BLOCK) {
            self.buffer.truncate(past);
            self.buffer.extend(block.iter().map(|&sample| f32::from(sample)));
            let end = block.len() as u64 * kernel.up();
            let due = end.saturating_sub(self.at).div_ceil(kernel.down());
            let filled = out.len();
            out.resize(filled + due as usize, 0);
            kernel.run(&self.buffer, self.at, &mut out[filled..]);
            self.at = self.at + due * kernel.down() - end;
            self.buffer.copy_within(block.len().., 0);
        }
    }

    /// Appends what is still inside the filter, then starts anew.
    pub fn flush(&mut self, out: &mut Vec<i16>) {
        if let Some(kernel) = &self.kernel {
            let mut owed = kernel.half().div_ceil(kernel.up()) as usize;
            while owed > 0 {
                let zeros = owed.min(BLOCK);
                self.push(&[0; BLOCK][..zeros], out);
                owed -= zeros;
            }
        }
        self.reset();
    }

    /// Forgets the stream so far.
    pub fn reset(&mut self) {
        self.buffer.fill(0.0);
        self.at = 0;
    }

    /// The most samples that a piece of `input` samples can make: the room `out` needs.
    #[must_use]
    pub fn room(&self, input: usize) -> usize {
        self.kernel
            .as_ref()
            .map_or(input, |kernel| (input as u64 * kernel.up()).div_ceil(kernel.down()) as usize)
    }
}

/// A whole recording at another rate, without delay: sample 0 stays sample 0, and its length is the input's
/// times `to_hz / from_hz`, rounded up.
#[must_use]
pub fn convert(pcm: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    let mut resampler = Resampler::new(from_hz, to_hz);
    let len = resampler.room(pcm.len());
    let Some(kernel) = &resampler.kernel else {
        return pcm.to_vec();
    };
    resampler.at = kernel.half();
    let tail = kernel.half().div_ceil(kernel.up()) as usize + 1;
    let mut out = Vec::with_capacity(len + resampler.room(tail));
    resampler.push(pcm, &mut out);
    resampler.push(&vec![0; tail], &mut out);
    out.resize(len, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_instructions_make_the_same_sound() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16
        };
        let pcm: Vec<i16> = (0..3_000).map(|_| noise()).collect();
        for (from, to) in
            [(8_000, 16_000), (16_000, 8_000), (24_000, 16_000), (48_000, 8_000), (44_100, 16_000)]
        {
            let stream = |isa| {
                let mut resampler = Resampler::of(Kernel::new(from, to, isa));
                let mut out = Vec::new();
                pcm.chunks(77).for_each(|piece| resampler.push(piece, &mut out));
                resampler.flush(&mut out);
                out
            };
            let want = stream(Isa::PORTABLE);
            for isa in Isa::all() {
                let got = stream(isa);
                assert_eq!(got.len(), want.len(), "{from} to {to} Hz by {isa:?}");
                let apart = got.iter().zip(&want).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(apart <= Some(1), "{from} to {to} Hz by {isa:?}: {apart:?} apart");
            }
        }
    }
}
