//! What stands in for a piece of speech that was lost?
//!
//! The idea of ITU-T G.711, Appendix I: the last pitch period is repeated, softer and softer, and where real speech
//! comes back both are blended. Nothing is delayed for that: the seam at the beginning of a gap is bridged by letting
//! the step between the two sides die away.

/// Pitch periods looked for, 66 to 200 Hz; a higher voice repeats several periods at once.
const SHORTEST_MS: usize = 5;
const LONGEST_MS: usize = 15;
/// What two pieces are compared over.
const LOOK_MS: usize = 20;
/// Full level for so long, then a ramp to silence.
const HOLD_MS: usize = 10;
/// From here on there is nothing: speech made up longer than that is noise.
const FADED_MS: usize = 60;
/// Blend with the speech that comes back.
const BLEND_MS: usize = 5;

/// Makes up lost pieces of one stream.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// Samples in a millisecond.
    ms: usize,
    /// What was given out last, made-up pieces included.
    past: Vec<i16>,
    cycle: Vec<i16>,
    /// Samples made up in the running gap.
    made_up: usize,
    /// The step at the gap's beginning.
    step: f32,
}

impl Concealer {
    /// For a stream of that many samples a second.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        let ms = (rate_hz as usize / 1_000).max(8);
        let past = vec![0; ms * (LOOK_MS + LONGEST_MS)];
        Self { ms, past, cycle: Vec::with_capacity(ms * LONGEST_MS), made_up: 0, step: 0.0 }
    }

    /// Whether what [`fill`](Self::fill) makes has faded to silence.
    #[must_use]
    pub fn is_faded(&self) -> bool {
        self.made_up >= self.ms * FADED_MS
    }

    /// Takes a piece that came; after a gap its beginning is blended with what was made up.
    pub fn good(&mut self, pcm: &mut [i16]) {
        if self.made_up > 0 {
            let blend = (self.ms * BLEND_MS).min(pcm.len());
            for (at, sample) in pcm[..blend].iter_mut().enumerate() {
                let share = (at + 1) as f32 / (blend + 1) as f32;
                let made_up = f32::from(self.next());
                *sample = (f32::from(*sample) * share + made_up * (1.0 - share)).round() as i16;
            }
            self.made_up = 0;
        }
        self.remember(pcm);
    }

    /// Appends so many samples that stand in for lost ones; allocates only if `out` lacks the room.
    pub fn fill(&mut self, samples: usize, out: &mut Vec<i16>) {
        if self.made_up == 0 {
            self.begin();
        }
        let start = out.len();
        for _ in 0..samples {
            let sample = self.next();
            out.push(sample);
        }
        self.remember(&out[start..]);
    }

    /// Forgets the stream.
    pub fn reset(&mut self) {
        self.past.fill(0);
        self.made_up = 0;
    }

    fn begin(&mut self) {
        let period = self.period();
        let end = self.past.len();
        self.cycle.clear();
        self.cycle.extend_from_slice(&self.past[end - period..]);
        // The end of the period runs into its beginning.
        let blend = period / 4;
        for at in 0..blend {
            let share = (at + 1) as f32 / blend as f32;
            let before = f32::from(self.past[end - period - blend + at]);
            let here = &mut self.cycle[period - blend + at];
            *here = (f32::from(*here) * (1.0 - share) + before * share).round() as i16;
        }
        self.step = f32::from(self.past[end - 1]) - f32::from(self.past[end - period - 1]);
    }

    fn next(&mut self) -> i16 {
        let Some(&sample) = self.cycle.get(self.made_up % self.cycle.len().max(1)) else { return 0 };
        let (hold, faded) = (self.ms * HOLD_MS, self.ms * FADED_MS);
        let level = if self.made_up < hold {
            1.0
        } else {
            faded.saturating_sub(self.made_up) as f32 / (faded - hold) as f32
        };
        let bridge = self.step * (1.0 - self.made_up as f32 / (self.ms * BLEND_MS) as f32).max(0.0);
        self.made_up += 1;
        ((f32::from(sample) + bridge) * level).round() as i16
    }

    /// The lag at which the end of the past is most like itself.
    fn period(&self) -> usize {
        let look = self.ms * LOOK_MS;
        let end = self.past.len();
        let newest = &self.past[end - look..];
        let mut best = (self.ms * LONGEST_MS, 0.0_f32);
        for lag in self.ms * SHORTEST_MS..self.ms * LONGEST_MS {
            let older = &self.past[end - look - lag..end - lag];
            let (mut product, mut energy) = (0.0_f32, 1.0_f32);
            for (new, old) in newest.iter().zip(older) {
                product += f32::from(*new) * f32::from(*old);
                energy += f32::from(*old) * f32::from(*old);
            }
            let likeness = if product > 0.0 { product / energy.sqrt() } else { 0.0 };
            if likeness > best.1 {
                best = (lag, likeness);
            }
        }
        best.0
    }

    fn remember(&mut self, pcm: &[i16]) {
        let pcm = &pcm[pcm.len().saturating_sub(self.past.len())..];
        self.past.copy_within(pcm.len().., 0);
        let start = self.past.len() - pcm.len();
        self.past[start..].copy_from_slice(pcm);
    }
}
