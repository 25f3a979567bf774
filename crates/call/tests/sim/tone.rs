//! Layer: sim. Callers who speak in tones, one for each word, and a detector of their voice.

use tom_audio::Frame;
use tom_base::{MediaTime, Span};
use tom_engine::{Edge, Onset, Vad};

/// Samples of 20 ms.
pub(crate) const FRAME: usize = 320;
/// What callers can say: each word is a tone of 100 Hz more than the one before it, from 400 Hz on.
pub(crate) const WORDS: [&str; 10] =
    ["yes", "no", "stop", "mhm", "hello", "question", "and", "wait", "seven", "operator"];

/// The sound of a word: 200 ms, and a gap of 40 ms that is no pause to a detector.
pub(crate) fn word(word: &str) -> Vec<i16> {
    let index = WORDS.iter().position(|known| *known == word).expect("a word that callers know");
    let hz = 400.0 + 100.0 * index as f32;
    let tone = |n: usize| ((n as f32 * hz * std::f32::consts::TAU / 16_000.0).sin() * 8_000.0) as i16;
    (0..FRAME * 10).map(tone).chain(std::iter::repeat_n(0, FRAME * 2)).collect()
}

/// The word that a frame sounds like, if it is not silent.
pub(crate) fn heard(frame: &[i16]) -> Option<usize> {
    if !loud(frame) {
        return None;
    }
    let crossings = frame.windows(2).filter(|w| (w[0] < 0) != (w[1] < 0)).count();
    // Two crossings in each of the cycles of 20 ms.
    let hz = crossings as f32 * 25.0;
    Some((((hz - 400.0) / 100.0).round().max(0.0) as usize).min(WORDS.len() - 1))
}

/// Whether there is a voice in a frame.
pub(crate) fn loud(frame: &[i16]) -> bool {
    frame.iter().any(|s| s.unsigned_abs() > 1_000)
}

/// Hears a voice after 40 ms of it, and its end after 60 ms without. What is not very loud is a weak onset.
#[derive(Default)]
pub(crate) struct LevelVad {
    loud: u64,
    quiet: u64,
    voice: bool,
}

impl Vad for LevelVad {
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge> {
        (self.loud, self.quiet) = if loud(frame.pcm) { (self.loud + 1, 0) } else { (0, self.quiet + 1) };
        let back = |frames: u64| -> MediaTime { frame.at - Span::from_millis(20 * frames) };
        if !self.voice && self.loud == 2 {
            self.voice = true;
            let clear = frame.pcm.iter().any(|s| s.unsigned_abs() > 4_000);
            let onset = if clear { Onset::Clear } else { Onset::Weak };
            return Some(Edge::Start { at: back(1), onset });
        }
        if self.voice && self.quiet == 3 {
            self.voice = false;
            return Some(Edge::End { at: back(2) });
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

#[test]
fn every_word_sounds_like_itself() {
    for (index, name) in WORDS.iter().enumerate() {
        let sound = word(name);
        for frame in sound.chunks(FRAME).take(10) {
            assert_eq!(heard(frame), Some(index), "{name}");
        }
        assert_eq!(heard(&sound[FRAME * 10..FRAME * 11]), None);
    }
}
