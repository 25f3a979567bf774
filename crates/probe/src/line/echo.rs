//! What of the agent's voice comes back through the caller's microphone?

use super::actor::Echo;
use crate::trace::Micros;
use crate::voice::FRAME;

/// What a loudspeaker's buffer holds before it begins to play, when an echo comes from it: enough for a network's
/// jitter, so that what is played has no gaps.
const BUFFER: Micros = 60_000;
/// The microphone may be that far off its time, in samples, before it is set right.
const OFF: u64 = 3_200;
/// Samples of the agent's voice that are kept for the echo: 2 s, and what may wait before it is played.
const RING: usize = 1 << 20;

/// What was played, later and weaker. Samples are at 16 kHz.
pub struct EchoPath {
    gain: f32,
    delay: u64,
    ring: Vec<i16>,
    /// Where the loudspeaker's next frame goes.
    speaker: u64,
    /// Where the microphone's next frame comes from. It moves by a frame with every frame, whatever the clock
    /// says at that moment: a microphone has a clock of its own.
    microphone: Option<u64>,
}

const fn sample(at: Micros) -> u64 {
    at * 16 / 1_000
}

impl EchoPath {
    /// A way on which nothing was played yet.
    #[must_use]
    pub fn new(echo: Echo) -> Self {
        let gain = 10f64.powf(echo.gain_db / 20.0) as f32;
        Self {
            gain,
            delay: u64::from(echo.delay_ms.min(1_000)) * 16,
            ring: vec![0; RING],
            speaker: 0,
            microphone: None,
        }
    }

    /// Audio arrives and is played after what did before.
    pub fn play(&mut self, now: Micros, pcm: &[i16]) {
        // A buffer that ran dry fills first.
        if self.speaker <= sample(now) {
            self.speaker = sample(now + BUFFER);
        }
        for sample in pcm {
            self.ring[self.speaker as usize % RING] = *sample;
            self.speaker += 1;
        }
    }

    /// Throws away what is not played yet.
    pub fn clear(&mut self, now: Micros) {
        for at in sample(now)..self.speaker.max(sample(now)) {
            self.ring[at as usize % RING] = 0;
        }
        self.speaker = self.speaker.min(sample(now));
    }

    /// Mixes what comes back into the microphone's 20 ms that end now.
    pub fn mix(&mut self, now: Micros, pcm: &mut [i16; FRAME]) {
        let Some(due) = sample(now).checked_sub(self.delay + FRAME as u64) else { return };
        let first = self.microphone.filter(|at| at.abs_diff(due) < OFF).unwrap_or(due);
        self.microphone = Some(first + FRAME as u64);
        for (n, sample) in pcm.iter_mut().enumerate() {
            // Each sample comes back once; what lies there a ring later is silence until it is played.
            let played = std::mem::take(&mut self.ring[(first as usize + n) % RING]);
            *sample = sample.saturating_add((f32::from(played) * self.gain).round() as i16);
        }
    }
}

#[cfg(test)]
#[path = "echo_tests.rs"]
mod tests;
