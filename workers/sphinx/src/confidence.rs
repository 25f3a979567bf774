//! How sure is a result?

use crate::decoder::Path;
use crate::plan;

/// What speaks for a result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Frames of the words, pauses left out.
    pub frames: f32,
    /// By how much the grammar's path is better than the filler's, in nats.
    pub margin: f32,
    /// The worst word's ...
    pub words: f32,
}

impl Evidence {
    pub(crate) fn new(said: &Path, filler: Option<&Path>) -> Self {
        let mut frames = 0;
        let mut words = 0;
        for segment in &said.segments {
            if plan::grammar_word(&segment.word).is_some() {
                frames += segment.last - segment.first + 1;
                words += 1;
            }
        }
        let margin = filler.map_or(1000.0, |filler| said.score - filler.score);
        Self { frames: frames.max(1) as f32, margin, words: words as f32 }
    }
}

/// The confidence of a grammar's result.
pub(crate) fn of(evidence: &Evidence) -> f32 {
    let per_frame = evidence.margin / evidence.frames / 0.1024;
    1.0 / (1.0 + (-(per_frame + 2.0) / 3.0).exp())
}

/// The confidence of dictation: nearly every other word is wrong, and the decoder does not know which.
pub(crate) const OF_DICTATION: f32 = 0.3;
