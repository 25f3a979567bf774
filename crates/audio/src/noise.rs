//! How does silence sound, so that nobody thinks the line is dead: comfort noise (RFC 3389)?

/// Most reflection coefficients used; what more there are change nothing that can be heard.
const MOST_ORDER: usize = 12;

/// Noise of a level and a colour that the far end described.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    /// Largest magnitude of the source.
    amplitude: f32,
    reflection: [f32; MOST_ORDER],
    /// State of the lattice filter, from the output on.
    backward: [f32; MOST_ORDER + 1],
    order: usize,
    seed: u32,
}

impl Default for ComfortNoise {
    fn default() -> Self {
        Self {
            amplitude: 0.0,
            reflection: [0.0; MOST_ORDER],
            backward: [0.0; MOST_ORDER + 1],
            order: 0,
            seed: 0x2545_f491,
        }
    }
}

impl ComfortNoise {
    /// White noise of a level, in dB below the overload of the line (127: none to speak of).
    #[must_use]
    pub fn white(level: u8) -> Self {
        let mut noise = Self::default();
        noise.describe(&[level]);
        noise
    }

    /// Takes a payload of type 13: the level in -dBov, then a reflection coefficient of the spectrum in each byte. An
    /// empty one is silence.
    pub fn describe(&mut self, payload: &[u8]) {
        let Some((level, spectrum)) = payload.split_first() else {
            self.amplitude = 0.0;
            return;
        };
        let order = spectrum.len().min(MOST_ORDER);
        let mut power = 1.0_f32;
        for (kept, &coded) in self.reflection.iter_mut().zip(spectrum) {
            *kept = ((f32::from(coded) - 127.0) / 128.0).clamp(-0.99, 0.99);
            power *= 1.0 - *kept * *kept;
        }
        if order != self.order {
            self.order = order;
            self.backward = [0.0; MOST_ORDER + 1];
        }
        let rms = 32_768.0 * 10.0_f32.powf(-f32::from(level & 0x7f) / 20.0);
        // An even distribution is louder at its edge than in the mean; the filter adds to the level.
        self.amplitude = rms * 3.0_f32.sqrt() * power.sqrt();
    }

    /// Appends so many samples; allocates only if `out` lacks the room.
    pub fn fill(&mut self, samples: usize, out: &mut Vec<i16>) {
        if self.amplitude < 0.5 {
            out.resize(out.len() + samples, 0);
            return;
        }
        for _ in 0..samples {
            let sample = self.next();
            out.push(sample.round() as i16);
        }
    }

    fn next(&mut self) -> f32 {
        // Marsaglia's xorshift.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        let even = self.seed as f32 / u32::MAX as f32 * 2.0 - 1.0;
        let mut forward = even * self.amplitude;
        for at in (0..self.order).rev() {
            forward -= self.reflection[at] * self.backward[at];
            self.backward[at + 1] = self.backward[at] + self.reflection[at] * forward;
        }
        self.backward[0] = forward;
        forward
    }
}
