//! What does a telephone hear, and when? Envelopes, as the callers over WebSocket keep them.

use std::time::Instant;

use tom_probe::line::{Echo, EchoPath, Seen};
use tom_probe::trace::{FRAME_TIME, Heard, Micros, Trace};
use tom_probe::voice::{FRAME, STEPS, envelope, is_audible};

/// Silence after which a voice has stopped; shorter gaps are part of speaking.
const GAP: Micros = 300_000;
/// Silent frames after which a telephone's jitter buffer has nothing left to play: it begins anew with the next
/// voice, as the pacing schedule does after a gap. A server that sends silence all the time leaves no such gap itself.
const QUIET: u32 = 5;

/// What came so far.
pub(super) struct Hearing {
    /// When the call was answered.
    began: Instant,
    pub(super) trace: Trace,
    voice_from: Option<Micros>,
    voice_until: Micros,
    end: Micros,
    quiet: u32,
    rest: Vec<i16>,
    echo: Option<EchoPath>,
}

impl Hearing {
    pub(super) fn new(name: String, echo: Option<Echo>) -> Self {
        Self {
            began: Instant::now(),
            trace: Trace { name, ..Trace::default() },
            voice_from: None,
            voice_until: 0,
            end: 0,
            quiet: QUIET,
            rest: Vec::with_capacity(FRAME * 4),
            echo: echo.map(EchoPath::new),
        }
    }

    /// Microseconds since the answer.
    pub(super) fn now(&self) -> Micros {
        Micros::try_from(self.began.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    /// Audio arrives, 16 kHz, mostly 20 ms at a time.
    pub(super) fn take(&mut self, pcm: &[i16]) {
        let at = self.now();
        if let Some(echo) = &mut self.echo {
            echo.play(at, pcm);
        }
        self.rest.extend_from_slice(pcm);
        let whole = self.rest.len() / FRAME * FRAME;
        let levels: Vec<[u16; STEPS]> = self.rest[..whole].chunks(FRAME).map(envelope).collect();
        self.rest.drain(..whole);
        levels.into_iter().for_each(|rms| self.frame(at, rms));
    }

    fn frame(&mut self, at: Micros, rms: [u16; STEPS]) {
        let audible = is_audible(&rms);
        self.quiet = if audible { 0 } else { self.quiet.saturating_add(1) };
        if self.quiet > QUIET {
            return;
        }
        let from = self.end.max(at);
        self.end = from + FRAME_TIME;
        if audible {
            if self.voice_from.is_none() || from > self.voice_until + GAP {
                self.voice_from = Some(from);
            }
            self.voice_until = self.end;
        }
        self.trace.heard.push(Heard { at, rms });
    }

    /// Mixes what comes back of the agent's voice into the caller's 20 ms that end now.
    pub(super) fn mix(&mut self, at: Micros, pcm: &mut [i16; FRAME]) {
        if let Some(echo) = &mut self.echo {
            echo.mix(at, pcm);
        }
    }

    /// What the caller knows.
    pub(super) fn seen(&self, speaks: bool) -> Seen<'_> {
        Seen { trace: &self.trace, speaks, voice_from: self.voice_from, voice_until: self.voice_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_heard_and_lasting_silence_is_left_out() {
        let mut hearing = Hearing::new("call".into(), None);
        hearing.take(&[0; 3 * FRAME]);
        assert!(hearing.trace.heard.is_empty() && hearing.seen(false).voice_from.is_none());
        hearing.take(&[5_000; FRAME / 2]);
        hearing.take(&[5_000; FRAME / 2]);
        hearing.take(&[0; 20 * FRAME]);
        let from = hearing.seen(false).voice_from.unwrap();
        assert!(hearing.seen(false).voice_until >= from + FRAME_TIME);
        assert_eq!(hearing.trace.heard.len(), 1 + QUIET as usize);
    }
}
