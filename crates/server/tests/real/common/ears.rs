//! Layer: real. A recogniser, at the engines' own trait, for callers who speak in tones: one tone is one word.

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};

/// What callers can say: 400 Hz, 600 Hz and so on.
pub(crate) const WORDS: [&str; 4] = ["hello", "speech", "stop", "history"];

/// The sound of a word, 300 ms, at a rate.
pub(crate) fn word(word: &str, rate: u32) -> Vec<i16> {
    let index = WORDS.iter().position(|known| *known == word).expect("a word that callers know");
    let hz = 400.0 + 200.0 * index as f32;
    let turn = hz * std::f32::consts::TAU / rate as f32;
    (0..rate * 3 / 10).map(|n| ((n as f32 * turn).sin() * 8_000.0) as i16).collect()
}

/// Understands one word an utterance.
pub(crate) struct ToneEars;

struct ToneEar {
    events: mpsc::Sender<SttEvent>,
    epoch: Epoch,
    /// Pieces of 10 ms that sound like each word.
    votes: [u32; WORDS.len()],
    told: bool,
}

impl Stt for ToneEars {
    fn open(&self, _: SttOptions, events: mpsc::Sender<SttEvent>) -> Result<Box<dyn SttStream>, EngineError> {
        Ok(Box::new(ToneEar { events, epoch: Epoch::default(), votes: [0; WORDS.len()], told: false }))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "tones"
    }
}

impl ToneEar {
    fn word(&self) -> &'static str {
        let most = (0..WORDS.len()).max_by_key(|word| self.votes[*word]).unwrap_or_default();
        if self.votes[most] < 8 { "" } else { WORDS[most] }
    }

    fn listen(&mut self, piece: &[i16]) {
        let loud = |part: &[i16]| part.iter().any(|s| s.unsigned_abs() > 4_000);
        if piece.len() == 160 && piece.chunks(40).all(loud) {
            let crossings = piece.windows(2).filter(|w| (w[0] < 0) != (w[1] < 0)).count();
            // Two crossings in each of the cycles of 10 ms.
            let index = ((crossings as f32 * 50.0 - 400.0) / 200.0).round().max(0.0) as usize;
            self.votes[index.min(WORDS.len() - 1)] += 1;
        }
    }

    fn send(&self, event: SttEvent) {
        self.events.try_send(event).expect("room for a result");
    }
}

impl SttStream for ToneEar {
    fn begin(&mut self, epoch: Epoch, _: Option<&Grammar>) -> Result<(), EngineError> {
        (self.epoch, self.votes, self.told) = (epoch, [0; WORDS.len()], false);
        Ok(())
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        for piece in pcm.chunks(160) {
            self.listen(piece);
        }
        let text = self.word();
        if !text.is_empty() && !std::mem::replace(&mut self.told, true) {
            self.send(SttEvent::Partial { epoch: self.epoch, text: text.into() });
        }
        Ok(())
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.send(SttEvent::Final { epoch, text: self.word().into(), confidence: 0.9 });
        Ok(())
    }

    fn cancel(&mut self) {}
}
