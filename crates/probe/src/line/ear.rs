//! What does the caller hear at the moment, and what of it comes back through the microphone?

use super::actor::Echo;
use crate::clip::WIRE;
use crate::trace::{FRAME_TIME, Micros};
use crate::voice::{FRAME, STEPS, is_audible};

/// Silence after which a voice has stopped; shorter gaps are part of speaking.
const GAP: Micros = 300_000;
/// The most audio that may wait to be played: a server that sends more does not send in real time.
const MOST: Micros = 30_000_000;
/// What a loudspeaker's buffer holds before it begins to play, when an echo comes from it: enough for a network's
/// jitter, so that what is played has no gaps.
const BUFFER: Micros = 60_000;
/// The microphone may be that far off its time, in samples, before it is set right.
const OFF: u64 = 3_200;
/// Samples of the agent's voice that are kept for the echo: 2 s, and what may wait before it is played.
const RING: usize = 1 << 20;

/// A far end that plays what arrives, 20 ms every 20 ms, and honours `clear`.
pub(super) struct Ear {
    end: Micros,
    pub(super) voice_from: Option<Micros>,
    pub(super) voice_until: Micros,
    echo: Option<Returning>,
}

impl Ear {
    pub(super) fn new(echo: Option<Echo>) -> Self {
        Self { end: 0, voice_from: None, voice_until: 0, echo: echo.map(Returning::new) }
    }

    /// 20 ms arrive. False: they are too far ahead of their time, and are not taken.
    pub(super) fn arrive(&mut self, now: Micros, rms: [u16; STEPS], bytes: &[u8]) -> bool {
        let from = self.end.max(now);
        if from > now + MOST {
            return false;
        }
        self.end = from + FRAME_TIME;
        if is_audible(&rms) {
            if self.voice_from.is_none() || from > self.voice_until + GAP {
                self.voice_from = Some(from);
            }
            self.voice_until = self.end;
        }
        if let Some(echo) = &mut self.echo {
            echo.play(now, bytes);
        }
        true
    }

    /// Throws away what is not played yet.
    pub(super) fn clear(&mut self, now: Micros) {
        if let Some(echo) = &mut self.echo {
            echo.clear(now);
        }
        self.end = self.end.min(now);
        self.voice_until = self.voice_until.min(now);
    }

    /// Mixes what comes back into the microphone's 20 ms that end now.
    pub(super) fn mix(&mut self, now: Micros, wire: &mut [u8; WIRE]) {
        if let Some(echo) = &mut self.echo {
            echo.mix(now, wire);
        }
    }

    pub(super) fn echoes(&self) -> bool {
        self.echo.is_some()
    }
}

/// The echo: what was played, later and weaker.
struct Returning {
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

impl Returning {
    fn new(echo: Echo) -> Self {
        let gain = 10f64.powf(echo.gain_db / 20.0) as f32;
        Self {
            gain,
            delay: u64::from(echo.delay_ms.min(1_000)) * 16,
            ring: vec![0; RING],
            speaker: 0,
            microphone: None,
        }
    }

    fn play(&mut self, now: Micros, bytes: &[u8]) {
        // A buffer that ran dry fills first.
        if self.speaker <= sample(now) {
            self.speaker = sample(now + BUFFER);
        }
        let first = self.speaker;
        self.speaker += FRAME as u64;
        for (n, b) in bytes.as_chunks::<2>().0.iter().enumerate() {
            self.ring[(first as usize + n) % RING] = i16::from_le_bytes(*b);
        }
    }

    fn clear(&mut self, now: Micros) {
        for at in sample(now)..self.speaker.max(sample(now)) {
            self.ring[at as usize % RING] = 0;
        }
        self.speaker = self.speaker.min(sample(now));
    }

    fn mix(&mut self, now: Micros, wire: &mut [u8; WIRE]) {
        let Some(due) = sample(now).checked_sub(self.delay + FRAME as u64) else { return };
        let first = self.microphone.filter(|at| at.abs_diff(due) < OFF).unwrap_or(due);
        self.microphone = Some(first + FRAME as u64);
        for (n, b) in wire[WIRE - FRAME * 2..].as_chunks_mut::<2>().0.iter_mut().enumerate() {
            // Each sample comes back once; what lies there a ring later is silence until it is played.
            let played = std::mem::take(&mut self.ring[(first as usize + n) % RING]);
            let back = (f32::from(played) * self.gain).round() as i16;
            *b = i16::from_le_bytes(*b).saturating_add(back).to_le_bytes();
        }
    }
}

#[cfg(test)]
#[path = "ear_tests.rs"]
mod tests;
