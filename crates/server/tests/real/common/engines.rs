//! Layer: real. Engines of a known sound, at the engines' own traits: a tone for a voice, level for voice activity.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_audio::Frame;
use tom_base::{Epoch, Lang, MediaTime, Span};
use tom_engine::{Edge, EngineError, ErrorKind, Health, Onset, Tts, TtsEvent, TtsOptions, TtsStream, Vad};

/// Samples of one spoken word: 300 ms.
pub(crate) const WORD: usize = 4_800;

/// Speaks a tone of 300 ms for every word: 820 Hz, which no echo of a caller's 500 or 1 000 Hz could be.
pub(crate) struct ToneVoice;

struct ToneStream(mpsc::Sender<TtsEvent>);

impl Tts for ToneVoice {
    fn open(&self, _: TtsOptions, events: mpsc::Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        Ok(Box::new(ToneStream(events)))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "tone"
    }
}

impl TtsStream for ToneStream {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        let send = |event| {
            self.0.try_send(event).map_err(|_| EngineError::new(ErrorKind::Overload, "too many clauses"))
        };
        let mut at = 0;
        for word in text.split(' ') {
            let offset = word.as_ptr() as usize - text.as_ptr() as usize;
            send(TtsEvent::Word { epoch, clause, offset, at })?;
            let pcm = (0..WORD)
                .map(|n| ((n as f32 * 820.0 * std::f32::consts::TAU / 16_000.0).sin() * 8_000.0) as i16)
                .collect();
            send(TtsEvent::Audio { epoch, clause, pcm })?;
            at += WORD as u64;
        }
        send(TtsEvent::Done { epoch, clause })
    }

    fn cancel(&mut self) {}
}

/// Hears a voice where it is loud for 60 ms.
#[derive(Default)]
pub(crate) struct LevelVad {
    loud: u32,
    quiet: u32,
    voice: bool,
}

impl Vad for LevelVad {
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge> {
        let loud = frame.pcm.iter().any(|s| s.unsigned_abs() > 1_000);
        (self.loud, self.quiet) = match loud {
            true => (self.loud + 1, 0),
            false => (0, self.quiet + 1),
        };
        let back = |frames: u64| {
            let at: MediaTime = frame.at;
            at - Span::from_millis(20 * frames)
        };
        if !self.voice && self.loud == 3 {
            self.voice = true;
            return Some(Edge::Start { at: back(2), onset: Onset::Clear });
        }
        if self.voice && self.quiet == 4 {
            self.voice = false;
            return Some(Edge::End { at: back(4) });
        }
        None
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn name(&self) -> &'static str {
        "level"
    }
}
