//! Is what the microphone hears only what the loudspeaker plays? Correlation with the agent's own audio.

use std::array::from_fn;
use std::ops::Range;

/// Samples at 16 kHz that become one at 4 kHz: the voice's strongest part lies below 2 kHz.
const DECIMATION: usize = 4;
/// Samples of a frame of 20 ms at 4 kHz.
const STEP: usize = 80;
/// What of the microphone is compared: 128 ms.
const WINDOW: usize = 512;
/// The longest way from the loudspeaker's queue to the microphone: 560 ms, a network included.
const LONGEST: usize = 2_240;
/// A delay may drift by so much, 0.75 ms, and still be the same.
const SLACK: usize = 3;
/// The last part of the window, 40 ms, that tells what has come on top.
const LATEST: usize = 160;
/// Both signals are whitened a little, so that a hum does not pass for likeness.
const EMPHASIS: f32 = 0.9;

/// How alike microphone and loudspeaker are at a delay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Normalised correlation, 0 (nothing in common) to 1 (the same but for its level).
    pub correlation: f32,
    /// From the loudspeaker's queue to the microphone, in samples at 4 kHz.
    pub delay: usize,
}

/// Compares 20 ms at a time what was played with what is heard. It allocates nothing after it was made.
#[derive(Debug)]
pub struct EchoDetector {
    heard: Lane<WINDOW, 0>,
    played: Lane<{ WINDOW + LONGEST }, { EchoDetector::MOST_AHEAD }>,
}

/// The last `N` samples of a signal at 4 kHz, and up to `AHEAD` steps that are still to come, in a ring of whole steps:
/// every frame is written and few are compared, so it is the comparison that lays them in a row.
#[derive(Debug)]
struct Lane<const N: usize, const AHEAD: usize> {
    ring: Box<[f32]>,
    /// Where they end, and what is still to come begins.
    end: usize,
    /// Steps that are still to come.
    ahead: usize,
    /// The sums of four of the last samples, for the filter.
    tail: [f32; 2],
    before: f32,
}

impl<const N: usize, const AHEAD: usize> Lane<N, AHEAD> {
    fn new() -> Self {
        let ring = vec![0.0; N.next_multiple_of(STEP) + AHEAD * STEP].into_boxed_slice();
        Self { ring, end: 0, ahead: 0, tail: [0.0; 2], before: 0.0 }
    }

    /// Those of the last `N`, in a row at the beginning of `room`.
    fn samples<'a>(&self, of: Range<usize>, room: &'a mut [f32]) -> &'a [f32] {
        let row = &mut room[..of.len()];
        let from = (self.end + self.ring.len() - N + of.start) % self.ring.len();
        let (first, second) = row.split_at_mut(of.len().min(self.ring.len() - from));
        first.copy_from_slice(&self.ring[from..from + first.len()]);
        second.copy_from_slice(&self.ring[..second.len()]);
        row
    }

    /// Takes 320 samples at 16 kHz that are the next ones; what is missing is silence.
    fn push(&mut self, pcm: &[i16]) {
        self.write(pcm);
        self.end = (self.end + STEP) % self.ring.len();
    }

    /// Takes 320 samples at 16 kHz that are still to come. Where too many are, the next of them will not come.
    fn push_ahead(&mut self, pcm: &[i16]) {
        if self.ahead == AHEAD {
            let room = self.ring.len();
            for step in 1..AHEAD {
                let from = (self.end + step * STEP) % room;
                self.ring.copy_within(from..from + STEP, (from + room - STEP) % room);
            }
            self.ahead -= 1;
        }
        self.write(pcm);
        self.ahead += 1;
    }

    /// The next step has come: one that was to, or silence.
    fn advance(&mut self) {
        if self.ahead == 0 {
            return self.push(&[]);
        }
        self.ahead -= 1;
        self.end = (self.end + STEP) % self.ring.len();
    }

    /// What was to come will not.
    fn drop_ahead(&mut self) {
        if std::mem::take(&mut self.ahead) > 0 {
            (self.tail, self.before) = ([0.0; 2], 0.0);
        }
    }

    /// Writes a step behind all that is there.
    fn write(&mut self, pcm: &[i16]) {
        let place = self.place();
        // Every loop is over arrays of a known size and none depends on its own last round: they become vector instructions.
        let mut sums = [0.0; STEP + 2];
        sums[..2].copy_from_slice(&self.tail);
        let whole: [i16; STEP * DECIMATION];
        let pcm = match <&[i16; STEP * DECIMATION]>::try_from(pcm) {
            Ok(pcm) => pcm,
            Err(_) => {
                whole = from_fn(|n| pcm.get(n).copied().unwrap_or_default());
                &whole
            }
        };
        let pairs: [i32; STEP * 2] = from_fn(|n| i32::from(pcm[2 * n]) + i32::from(pcm[2 * n + 1]));
        for (n, sum) in sums[2..].iter_mut().enumerate() {
            *sum = (pairs[2 * n] + pairs[2 * n + 1]) as f32;
        }
        let mut low = [0.0; STEP + 1];
        low[0] = self.before;
        for n in 0..STEP {
            // Sums of four, averaged over three with weights 1, 2, 1: a plain low-pass.
            low[n + 1] = (sums[n] + 2.0 * sums[n + 1] + sums[n + 2]) / 16.0;
        }
        for (n, sample) in self.ring[place].iter_mut().enumerate() {
            *sample = low[n + 1] - EMPHASIS * low[n];
        }
        self.tail = [sums[STEP], sums[STEP + 1]];
        self.before = low[STEP];
    }

    /// Where the next step will be written.
    fn place(&self) -> Range<usize> {
        let at = (self.end + self.ahead * STEP) % self.ring.len();
        at..at + STEP
    }

    fn clear(&mut self) {
        self.ring.fill(0.0);
        (self.end, self.ahead) = (0, 0);
        self.tail = [0.0; 2];
        self.before = 0.0;
    }
}

impl Default for EchoDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl EchoDetector {
    /// Frames of 20 ms that may have been sent and not played yet: what the far end has, and what is late of it.
    pub const MOST_AHEAD: usize = 8;

    /// A detector that has heard and played nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { heard: Lane::new(), played: Lane::new() }
    }

    /// Takes 20 ms, 320 samples at 16 kHz mono, that will be played when what was sent before them has been. Of more
    /// than [`MOST_AHEAD`](Self::MOST_AHEAD) such frames the oldest is taken for one that never will be.
    pub fn sent(&mut self, pcm: &[i16]) {
        self.played.push_ahead(pcm);
    }

    /// Whether something that was sent is still to be played.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.played.ahead > 0
    }

    /// What is still to be played will not be.
    pub fn flushed(&mut self) {
        self.played.drop_ahead();
    }

    /// Takes 20 ms that were heard, 320 samples at 16 kHz mono, while the next frame that was sent was played, or
    /// nothing where there is none.
    pub fn heard(&mut self, pcm: &[i16]) {
        self.played.advance();
        self.heard.push(pcm);
    }

    /// Where the next frame that is heard and the next one that is sent will lie.
    #[must_use]
    pub fn next(&self) -> [&[f32]; 2] {
        [&self.heard.ring[self.heard.place()], &self.played.ring[self.played.place()]]
    }

    /// Forgets both signals.
    pub fn clear(&mut self) {
        self.played.clear();
        self.heard.clear();
    }

    /// The delay at which the last 128 ms are most alike. About a million products: not for every frame.
    #[must_use]
    pub fn search(&self) -> Likeness {
        self.best(0, LONGEST, WINDOW)
    }

    /// How alike the last 128 ms are at a known delay, give or take a little.
    #[must_use]
    pub fn at(&self, delay: usize) -> Likeness {
        self.best(delay.saturating_sub(SLACK), (delay + SLACK).min(LONGEST), WINDOW)
    }

    /// How alike the last 40 ms are at a known delay, give or take a little: quicker to see that an echo begins,
    /// and more easily deceived.
    #[must_use]
    pub fn lately(&self, delay: usize) -> Likeness {
        self.best(delay.saturating_sub(SLACK), (delay + SLACK).min(LONGEST), LATEST)
    }

    /// The delay within so many samples at 4 kHz of a known one at which the last 40 ms are most alike: where an echo
    /// has gone on to when frames were lost or late on either way.
    #[must_use]
    pub fn near(&self, delay: usize, reach: usize) -> Likeness {
        self.best(delay.saturating_sub(reach), (delay + reach).min(LONGEST), LATEST)
    }

    /// What is heard beyond the echo in the last 40 ms: its RMS in the units of samples.
    #[must_use]
    pub fn beyond(&self, delay: usize) -> f32 {
        let delay = delay.min(LONGEST);
        let (mut heard, mut echo) = ([0.0; WINDOW], [0.0; WINDOW]);
        let heard = self.heard.samples(0..WINDOW, &mut heard);
        let echo = self.played.samples(LONGEST - delay..LONGEST - delay + WINDOW, &mut echo);
        let energy = dot(echo, echo);
        let gain = if energy > 1.0 { dot(heard, echo) / energy } else { 0.0 };
        let from = WINDOW - LATEST;
        let rest: f32 = heard[from..].iter().zip(&echo[from..]).map(|(h, e)| (h - gain * e).powi(2)).sum();
        (rest / LATEST as f32).sqrt()
    }

    /// The delay of a range at which the newest `last` samples are most alike.
    fn best(&self, from: usize, to: usize, last: usize) -> Likeness {
        let mut heard = [0.0; WINDOW];
        let heard = self.heard.samples(WINDOW - last..WINDOW, &mut heard);
        let loud = dot(heard, heard);
        let mut best = Likeness { correlation: 0.0, delay: from };
        if loud < 1.0 {
            return best;
        }
        let mut row = [0.0; WINDOW + LONGEST];
        let row = self.played.samples(LONGEST - to + WINDOW - last..LONGEST - from + WINDOW, &mut row);
        let mut energy: f32 = 0.0;
        for delay in from..=to {
            let (played, newer) = row[to - delay..].split_at(last);
            // From one delay to the next the window moves by a sample; summed anew now and then against drift.
            energy = if (delay - from).is_multiple_of(64) {
                dot(played, played)
            } else {
                let out = newer.first().copied().unwrap_or_default();
                energy + played[0] * played[0] - out * out
            };
            if energy < 1.0 {
                continue;
            }
            let correlation = dot(heard, played).abs() / (loud * energy).sqrt();
            if correlation > best.correlation {
                best = Likeness { correlation: correlation.min(1.0), delay };
            }
        }
        best
    }
}

/// In eight lanes, which compilers turn into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}
