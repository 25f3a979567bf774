//! What does the caller hear at the moment?

use super::actor::Echo;
use super::echo::EchoPath;
use crate::clip::{WIRE, samples};
use crate::trace::{FRAME_TIME, Micros};
use crate::voice::{FRAME, STEPS, is_audible};

/// Silence after which a voice has stopped; shorter gaps are part of speaking.
const GAP: Micros = 300_000;
/// The most audio that may wait to be played: a server that sends more does not send in real time.
const MOST: Micros = 30_000_000;

/// A far end that plays what arrives, 20 ms every 20 ms, and honours `clear`.
pub(super) struct Ear {
    end: Micros,
    pub(super) voice_from: Option<Micros>,
    pub(super) voice_until: Micros,
    echo: Option<EchoPath>,
}

impl Ear {
    pub(super) fn new(echo: Option<Echo>) -> Self {
        Self { end: 0, voice_from: None, voice_until: 0, echo: echo.map(EchoPath::new) }
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
            echo.play(now, &samples(bytes));
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
            let said = &mut wire[WIRE - FRAME * 2..];
            let mut pcm = samples(said);
            echo.mix(now, &mut pcm);
            for (to, sample) in said.as_chunks_mut::<2>().0.iter_mut().zip(pcm) {
                *to = sample.to_le_bytes();
            }
        }
    }

    pub(super) fn echoes(&self) -> bool {
        self.echo.is_some()
    }
}

#[cfg(test)]
#[path = "ear_tests.rs"]
mod tests;
