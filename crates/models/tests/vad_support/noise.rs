//! Noises from a seed: white, pink, narrow bands, hum, babble, clicks, coughs. Levels are free; mix them.

/// A small generator (xorshift64*), the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform, 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// About normal, mean 0, variance 1: the sum of twelve uniform values.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

pub(crate) fn white(len: usize, seed: u64) -> Vec<f32> {
    let mut r = Random::new(seed);
    (0..len).map(|_| 1000.0 * r.normal()).collect()
}

/// 3 dB less per octave: three one-pole filters of white noise and some of it as it is.
pub(crate) fn pink(len: usize, seed: u64) -> Vec<f32> {
    let mut poles = [(0.997f32, 0.03f32, 0.0f32), (0.96, 0.09, 0.0), (0.6, 0.3, 0.0)];
    white(len, seed)
        .into_iter()
        .map(|x| {
            let mut sum = 0.15 * x;
            for (keep, take, y) in &mut poles {
                *y = *keep * *y + *take * x;
                sum += *y;
            }
            sum
        })
        .collect()
}

/// White noise through a resonance: a fan, a whistle, a bad line.
pub(crate) fn band(len: usize, hz: f32, width_hz: f32, seed: u64) -> Vec<f32> {
    let r = (-std::f32::consts::PI * width_hz / 16_000.0).exp();
    let c = 2.0 * r * (std::f32::consts::TAU * hz / 16_000.0).cos();
    let (mut y1, mut y2) = (0.0, 0.0);
    white(len, seed)
        .into_iter()
        .map(|x| {
            let y = x + c * y1 - r * r * y2;
            (y2, y1) = (y1, y);
            y
        })
        .collect()
}

/// Mains hum with its harmonics.
pub(crate) fn hum(len: usize) -> Vec<f32> {
    let at = |n: usize, hz: f64| (std::f64::consts::TAU * hz * n as f64 / 16_000.0).sin();
    (0..len)
        .map(|n| {
            let tones = [(50.0, 1.0), (100.0, 0.6), (150.0, 0.5), (250.0, 0.3), (350.0, 0.2)];
            1000.0 * tones.iter().map(|&(hz, a)| a * at(n, hz)).sum::<f64>() as f32
        })
        .collect()
}

/// Many people at once: the speech laid over itself at twelve places.
pub(crate) fn babble(speech: &[f32], len: usize) -> Vec<f32> {
    let start = |voice: usize| voice * 7_919 + voice * voice * 1_237;
    (0..len).map(|n| (0..12).map(|v| speech[(n + start(v)) % speech.len()]).sum()).collect()
}

/// Clicks of 3 ms, one each 700 ms: a bad contact, a key.
pub(crate) fn clicks(len: usize, seed: u64) -> Vec<f32> {
    bursts(len, seed, 11_200, 48, 24.0)
}

/// Bursts of noise of about 200 ms that swell and fade, one each 2 s: a cough without a voice in it.
pub(crate) fn coughs(len: usize, seed: u64) -> Vec<f32> {
    bursts(len, seed, 32_000, 3_200, 900.0)
}

fn bursts(len: usize, seed: u64, every: usize, long: usize, decay: f32) -> Vec<f32> {
    let mut r = Random::new(seed);
    (0..len)
        .map(|n| {
            let since = n % every;
            if since < long { 4000.0 * r.normal() * (-(since as f32) / decay).exp() } else { 0.0 }
        })
        .collect()
}

/// A signal with something of a voice in it: gliding harmonics that come and go, over noise. For comparing
/// numbers, not for hearing.
pub(crate) fn voice_like(len: usize, seed: u64) -> Vec<i16> {
    let mut r = Random::new(seed);
    let mut phase = 0.0f64;
    (0..len)
        .map(|n| {
            let t = n as f64 / 16_000.0;
            let pitch = 125.0 + 20.0 * (4.0 * t).sin();
            phase += pitch / 16_000.0;
            let (f1, f2) = (500.0 + 220.0 * (11.0 * t).sin(), 1500.0 + 600.0 * (7.0 * t).sin());
            // Syllables, and a pause every second.
            let envelope = (12.5 * t).sin().abs() * if t % 1.0 < 0.65 { 1.0 } else { 0.0 };
            let voice: f64 = (1..=28)
                .map(|h| {
                    let hz = f64::from(h) * pitch;
                    let bump = |f: f64, width: f64| 1.0 / (1.0 + ((hz - f) / width).powi(2));
                    let formants = bump(f1, 80.0) + 0.5 * bump(f2, 110.0) + 0.2 * bump(2600.0, 160.0);
                    formants * (std::f64::consts::TAU * f64::from(h) * phase).cos()
                })
                .sum();
            (3500.0 * envelope * voice + 20.0 * f64::from(r.normal())).round() as i16
        })
        .collect()
}

/// Music on hold: three plucked notes at once, a new chord each 600 ms, and a soft beat on each note.
pub(crate) fn music(len: usize, seed: u64) -> Vec<f32> {
    const NOTE: usize = 9_600;
    const CHORDS: [[f64; 3]; 4] =
        [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let mut r = Random::new(seed);
    (0..len)
        .map(|n| {
            let t = (n % NOTE) as f64 / 16_000.0;
            let tone = |hz: f64| -> f64 {
                let partial =
                    |h: f64| (std::f64::consts::TAU * hz * h * t).sin() / h * (-t * (2.0 + 1.5 * h)).exp();
                (1..=6).map(|h| partial(f64::from(h))).sum()
            };
            let chord: f64 = CHORDS[n / NOTE % CHORDS.len()].into_iter().map(tone).sum();
            let attack = (t * 200.0).min(1.0);
            let beat = r.normal() * 0.5 * (-(t as f32) * 60.0).exp();
            3000.0 * (chord * attack) as f32 + 3000.0 * beat
        })
        .collect()
}
