//! When do scores and levels become a beginning or an end of speech?
//!
//! A block counts as sound when it lies above the noise floor by the margin. A run of such blocks (one block
//! of gap allowed) that also scores becomes a start: weak after two blocks of a middling score, clear after
//! `min_speech_ms` with a high one and a peak well above the floor. A start that was weak is followed by a
//! clear one as soon as that holds. Silence of `end_silence_ms` ends it.
//!
//! A network that scores longer windows can be asked between them: where sound has just begun
//! ([`Edges::wants_look`]), its score for what there is so far starts speech at once ([`Edges::look`]).

use tom_base::{MediaTime, Rate, Span};
use tom_engine::{Edge, Onset};

use super::config::VadConfig;
use super::floor::{BLOCK, NoiseFloor};
use super::hiss::Hiss;
use super::level::{HighPass, PIECE};
use super::rise::Rise;

/// Milliseconds in a block.
const BLOCK_MS: u32 = 16;
/// Blocks of sound and score that a weak start needs, and of score that a clear one needs.
const WEAK_BLOCKS: u32 = 2;
/// How much the margin shrinks while speech goes on.
const HYSTERESIS_DB: f32 = 2.0;
/// A start lies at most this long before its detection: sound before that scored low for too long.
const LOOK_BACK: Span = Span::from_millis(160);

/// Turns the scores of one call into edges.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    config: VadConfig,
    high_pass: HighPass,
    rise: Rise,
    hiss: Hiss,
    floor: NoiseFloor,
    speaking: Option<Onset>,
    run: Run,
    last_voiced: MediaTime,
    silence: u32,
}

/// Sound without an interruption.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    since: MediaTime,
    /// Blocks of sound.
    blocks: u32,
    /// Of those, with a score that is at least weak.
    scored: u32,
    /// Blocks without sound since the last one with it.
    gap: u32,
    peak_db: f32,
}

impl Edges {
    pub(super) fn new(config: VadConfig) -> Self {
        Self {
            config,
            high_pass: HighPass::default(),
            rise: Rise::default(),
            hiss: Hiss::default(),
            floor: NoiseFloor::new(&config),
            speaking: None,
            run: Run::default(),
            last_voiced: MediaTime::ZERO,
            silence: 0,
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.config);
    }

    /// Takes the next block, the network's score for it and the moment of its last sample.
    pub(super) fn block(&mut self, pcm: &[i16; BLOCK], score: f32, end: MediaTime) -> Option<Edge> {
        let (pieces, _) = pcm.as_chunks::<PIECE>();
        let snr_db = pieces.iter().filter_map(|piece| self.hear(piece)).last()?;
        self.decide(snr_db, score, end)
    }

    /// Takes the next piece. When it completes a block: how many dB that lies above the noise, for
    /// [`Edges::decide`].
    pub(super) fn hear(&mut self, piece: &[i16; PIECE]) -> Option<f32> {
        let power = self.high_pass.power(piece);
        let above_db = self.floor.above(power);
        self.rise.hear(power, above_db >= self.config.margin_db);
        self.hiss.hear(piece, power, above_db >= self.config.clear_margin_db);
        self.rise.is_block().then(|| self.floor.snr_db(self.rise.power(), self.speaking.is_some()))
    }

    /// Whether a hiss has just begun, while nobody is known to speak: perhaps the beginning of a word. Told once.
    pub(super) fn hiss(&mut self, end: MediaTime) -> Option<Edge> {
        let begins = self.hiss.begins() && self.speaking.is_none();
        let age = Span::from_samples(u64::from(self.hiss.age()) * PIECE as u64, Rate::Hz16000);
        begins.then(|| Edge::Hiss { at: end - age })
    }

    /// Whether a block with this level counts as sound. If not, its score makes no difference.
    pub(super) fn is_sound(&self, snr_db: f32) -> bool {
        let easier = if self.speaking.is_some() { HYSTERESIS_DB } else { 0.0 };
        snr_db >= self.config.margin_db - easier
    }

    /// Whether the network should hear the window that has a block with this level.
    pub(super) fn matters(&self, snr_db: f32) -> bool {
        self.speaking.is_some() || self.rise.is_on() || snr_db >= self.config.margin_db
    }

    /// Whether sound that may be speech has just begun, so that [`Edges::look`] may tell before the window ends.
    pub(super) fn wants_look(&self) -> bool {
        self.speaking != Some(Onset::Clear)
            && self.rise.is_beginning(self.config.min_speech_ms)
            && self.floor.above(self.rise.power()) >= self.config.margin_db
    }

    /// Takes the score for what was heard up to now, between two blocks or not, where [`Edges::wants_look`].
    pub(super) fn look(&mut self, score: f32, end: MediaTime) -> Option<Edge> {
        let snr_db = self.floor.above(self.rise.power());
        let peak_db = self.run.peak_db.max(snr_db);
        let onset = if score >= self.config.clear_score && peak_db >= self.config.clear_margin_db {
            Onset::Clear
        } else if score >= self.config.weak_score && self.speaking.is_none() {
            Onset::Weak
        } else {
            return None;
        };
        let since = match self.speaking {
            Some(_) => self.run.since,
            None => end - self.rise.age(),
        };
        self.run = Run { since, blocks: self.run.blocks.max(1), gap: 0, peak_db, ..self.run };
        self.speaking = Some(onset);
        self.last_voiced = end;
        self.silence = 0;
        Some(Edge::Start { at: since, onset })
    }

    /// Takes a block's level above the noise, the network's score for it and the moment of its last sample.
    pub(super) fn decide(&mut self, snr_db: f32, score: f32, end: MediaTime) -> Option<Edge> {
        let sound = self.is_sound(snr_db);
        if self.speaking.is_some() {
            if sound && score >= self.config.end_score {
                self.count(snr_db, score, end);
                self.goes_on(score, end)
            } else {
                self.fades()
            }
        } else if sound {
            self.count(snr_db, score, end);
            self.begins(score, end)
        } else {
            self.run.gap += 1;
            if self.run.gap > 1 {
                self.run = Run::default();
            }
            None
        }
    }

    fn count(&mut self, snr_db: f32, score: f32, end: MediaTime) {
        if self.run.blocks == 0 {
            self.run = Run {
                since: end - Span::from_samples(BLOCK as u64, Rate::Hz16000),
                peak_db: snr_db,
                ..Run::default()
            };
        }
        self.run.blocks += 1;
        self.run.gap = 0;
        self.run.peak_db = self.run.peak_db.max(snr_db);
        self.run.scored += u32::from(score >= self.config.weak_score);
    }

    fn is_clear(&self, score: f32) -> bool {
        score >= self.config.clear_score
            && self.run.scored >= WEAK_BLOCKS
            && self.run.blocks >= self.config.min_speech_ms.div_ceil(BLOCK_MS)
            && self.run.peak_db >= self.config.clear_margin_db
    }

    fn begins(&mut self, score: f32, end: MediaTime) -> Option<Edge> {
        let onset = if self.is_clear(score) {
            Onset::Clear
        } else if score >= self.config.weak_score && self.run.blocks >= WEAK_BLOCKS {
            Onset::Weak
        } else {
            return None;
        };
        self.run.since = self.run.since.max(end - LOOK_BACK);
        self.speaking = Some(onset);
        self.last_voiced = end;
        self.silence = 0;
        Some(Edge::Start { at: self.run.since, onset })
    }

    fn goes_on(&mut self, score: f32, end: MediaTime) -> Option<Edge> {
        self.last_voiced = self.last_voiced.max(end);
        self.silence = 0;
        (self.speaking == Some(Onset::Weak) && self.is_clear(score)).then(|| {
            self.speaking = Some(Onset::Clear);
            Edge::Start { at: self.run.since, onset: Onset::Clear }
        })
    }

    fn fades(&mut self) -> Option<Edge> {
        self.silence += 1;
        (self.silence >= self.config.end_silence_ms.div_ceil(BLOCK_MS)).then(|| {
            self.speaking = None;
            self.run = Run::default();
            Edge::End { at: self.last_voiced }
        })
    }
}

#[cfg(test)]
#[path = "edges_tests.rs"]
mod tests;
