//! How audio gets louder and softer without a click.

use std::f32::consts::PI;

/// Raises a piece from silence to itself along a raised cosine.
pub fn fade_in(pcm: &mut [i16]) {
    ramp(pcm, 0.0, 1.0);
}

/// Lowers a piece from itself to silence along a raised cosine.
pub fn fade_out(pcm: &mut [i16]) {
    ramp(pcm, 1.0, 0.0);
}

/// Moves the factor on a piece from one to the other along a raised cosine.
pub fn ramp(pcm: &mut [i16], from: f32, to: f32) {
    let mut gain = Gain::new(from);
    gain.ramp_to(to, pcm.len());
    gain.apply(pcm);
}

/// A factor on a stream of samples that moves to its target along a raised cosine, over as many pieces as it
/// takes. The curve starts and ends flat, so neither end can be heard as a click.
#[derive(Clone, Debug)]
pub struct Gain {
    from: f32,
    to: f32,
    done: usize,
    len: usize,
}

impl Gain {
    /// A settled factor: 1 leaves the samples alone, 0 is silence.
    #[must_use]
    pub fn new(gain: f32) -> Self {
        Self { from: gain, to: gain, done: 0, len: 0 }
    }

    /// From the factor in force now to `target` within that many samples; 0 jumps.
    pub fn ramp_to(&mut self, target: f32, samples: usize) {
        self.from = self.current();
        self.to = target;
        self.done = 0;
        self.len = samples;
    }

    /// The factor in force for the next sample.
    #[must_use]
    pub fn current(&self) -> f32 {
        if self.is_settled() {
            return self.to;
        }
        let way = self.done as f32 / self.len as f32;
        self.from + (self.to - self.from) * 0.5 * (1.0 - (PI * way).cos())
    }

    /// The factor it moves to, or rests at.
    #[must_use]
    pub fn target(&self) -> f32 {
        self.to
    }

    /// Whether the target is reached.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.done >= self.len
    }

    /// Samples until the target is reached.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.len - self.done.min(self.len)
    }

    /// Applies the factor to the next samples of the stream.
    pub fn apply(&mut self, pcm: &mut [i16]) {
        let (moving, settled) = pcm.split_at_mut(self.remaining().min(pcm.len()));
        for sample in moving {
            // Step first: the last sample of the ramp then has the target's gain already.
            self.done += 1;
            *sample = scale(*sample, self.current());
        }
        if settled.is_empty() || (self.to - 1.0).abs() < f32::EPSILON {
            return;
        }
        for sample in settled {
            *sample = scale(*sample, self.to);
        }
    }
}

fn scale(sample: i16, gain: f32) -> i16 {
    // `as` saturates, which is what an overdriven sample must do.
    (f32::from(sample) * gain).round() as i16
}
