//! What else is on a line than speech?

use std::f32::consts::TAU;

use super::corpus::{Around, Dice, Line, arrives, over};

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// No audio at all.
    Nothing,
    /// Zeros.
    Zeros,
    /// A quiet room.
    Room,
    /// Noise that goes on, of that level in dBFS.
    White(f32),
    Pink(f32),
    /// Mains.
    Hum,
    /// Two bursts of air through a throat, decaying.
    Cough,
    /// Air, slowly more and less.
    Breath,
    /// A handset put down.
    Click,
    /// Knocks on a table.
    Knocks,
    /// A key pressed.
    Key,
    /// Something rings.
    Ring,
}

impl Kind {
    pub(crate) const STILL: [Self; 7] = [
        Self::Nothing,
        Self::Zeros,
        Self::Room,
        Self::White(-45.0),
        Self::White(-30.0),
        Self::Pink(-30.0),
        Self::Hum,
    ];
    pub(crate) const SUDDEN: [Self; 6] =
        [Self::Cough, Self::Breath, Self::Click, Self::Knocks, Self::Key, Self::Ring];
}

const RATE: f32 = 16_000.0;

/// A sound as it arrives.
pub(crate) fn make(kind: Kind, line: Line, seed: u64) -> Vec<i16> {
    let mut dice = Dice::new(seed + 7);
    let mut noise = move || dice.noise();
    let steady = |db: f32, pink: bool| {
        let around = if pink { Around::Pink(-23.0 - db) } else { Around::White(-23.0 - db) };
        arrives(&[0; 16_000], line, around, seed)
    };
    let sudden = |seconds: f32, sample: &mut dyn FnMut(f32) -> f32| {
        let samples = (0..(seconds * RATE) as usize).map(|n| sample(n as f32 / RATE) * 8000.0);
        let pcm: Vec<i16> = samples.map(|s| s.clamp(-32768.0, 32767.0) as i16).collect();
        arrives(&pcm, line, Around::Quiet, seed)
    };
    let vary = 1.0 + 0.15 * seed as f32;
    match kind {
        Kind::Nothing => Vec::new(),
        Kind::Zeros => over(line, &[0.0; 24_000]),
        Kind::Room => arrives(&[0; 16_000], line, Around::Quiet, seed),
        Kind::White(db) => steady(db, false),
        Kind::Pink(db) => steady(db, true),
        Kind::Hum => sudden(1.5, &mut |t| 0.1 * ((TAU * 50.0 * t).sin() + 0.5 * (TAU * 150.0 * t).sin())),
        Kind::Cough => {
            // Air through resonances of a throat (600 and 1500 Hz), in two bursts.
            let mut throat = [Resonance::new(600.0 * vary, 250.0), Resonance::new(1500.0 * vary, 400.0)];
            sudden(0.7, &mut |t| {
                let burst = |at: f32| if t < at { 0.0 } else { (-(t - at) / 0.06).exp() };
                let air = noise() * (burst(0.0) + 0.7 * burst(0.3));
                throat.iter_mut().map(|r| r.pass(air)).sum::<f32>()
            })
        }
        Kind::Breath => {
            let mut mouth = Resonance::new(1200.0 * vary, 1500.0);
            sudden(1.0, &mut |t| mouth.pass(noise() * (TAU * t / 2.0).sin()))
        }
        Kind::Click => sudden(0.1, &mut |t| noise() * 3.0 * (-t / 0.004).exp()),
        Kind::Knocks => {
            let mut table = Resonance::new(300.0 * vary, 80.0);
            sudden(0.8, &mut |t| table.pass(noise() * (-(t % 0.25) / 0.01).exp()))
        }
        Kind::Key => sudden(0.2 * vary, &mut |t| 0.4 * ((TAU * 770.0 * t).sin() + (TAU * 1336.0 * t).sin())),
        Kind::Ring => sudden(1.0, &mut |t| {
            let on = if (t * 20.0) as i32 % 2 == 0 { 1.0 } else { 0.3 };
            on * 0.5 * ((TAU * 900.0 * vary * t).sin() + (TAU * 1340.0 * vary * t).sin())
        }),
    }
}

/// A second-order resonance.
struct Resonance {
    turn: f32,
    decay: f32,
    past: [f32; 2],
}

impl Resonance {
    fn new(hz: f32, width: f32) -> Self {
        let decay = (-std::f32::consts::PI * width / RATE).exp();
        Self { turn: 2.0 * decay * (TAU * hz / RATE).cos(), decay: decay * decay, past: [0.0; 2] }
    }

    fn pass(&mut self, sample: f32) -> f32 {
        let out = 0.2 * sample + self.turn * self.past[0] - self.decay * self.past[1];
        self.past = [out, self.past[0]];
        out
    }
}
