//! Voice activity by Silero's network: one call's detector around the shared weights.
//!
//! The network is not asked where its answer makes no difference: in windows without sound, from 320 ms after the
//! last sound on. Its memory then stays what it was; `tests/vad_gate.rs` compares that with a network that hears
//! everything. Where sound begins it is asked after each frame, not once a window: see [`SileroModel::look`].

use std::sync::Arc;

use tom_audio::Frame;
use tom_base::{Rate, Span};
use tom_engine::{Edge, Vad};
use tom_kernel::Isa;

use super::heard::Heard;
use super::model::{SileroModel, SileroState, WINDOW};
use crate::vad::config::VadConfig;
use crate::vad::edges::Edges;
use crate::vad::floor::BLOCK;

/// Blocks in a window.
const BLOCKS: usize = WINDOW / BLOCK;
/// Windows without sound that are still heard, so that the network's memory comes to rest.
const HOLD: u32 = 10;

/// A detector for one call: about 5 kB beside the shared weights, one score per 32 ms.
pub struct SileroVad {
    model: Arc<SileroModel>,
    state: SileroState,
    heard: Heard,
    edges: Edges,
    /// How far the blocks of the window that fills lie above the noise.
    levels: [f32; BLOCKS],
    blocks: usize,
    /// Blocks of that window that counted already.
    decided: usize,
    /// Windows since the last sound.
    quiet: u32,
    gated: bool,
    asked: u64,
}

impl SileroVad {
    /// A detector that has heard nothing yet.
    #[must_use]
    pub fn new(model: Arc<SileroModel>, config: VadConfig, isa: Isa) -> Self {
        Self {
            model,
            state: SileroState::on(isa),
            heard: Heard::default(),
            edges: Edges::new(config),
            levels: [0.0; BLOCKS],
            blocks: 0,
            decided: 0,
            quiet: 0,
            gated: true,
            asked: 0,
        }
    }

    /// The same, but the network hears every window, whether it matters or not. For comparison.
    #[must_use]
    pub fn ungated(mut self) -> Self {
        self.gated = false;
        self
    }

    /// How often the network was asked: what this detector cost so far.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Scores the window if that can make a difference. Unscored windows have no sound in them.
    fn score(&mut self) -> Option<f32> {
        let window = self.heard.window()?;
        let matters = self.levels.iter().any(|snr_db| self.edges.matters(*snr_db));
        self.quiet = if matters { 0 } else { self.quiet.saturating_add(1) };
        if self.gated && self.quiet > HOLD {
            self.state.skip(window);
            return Some(0.0);
        }
        self.asked += 1;
        Some(self.model.window(&mut self.state, window))
    }
}

impl Vad for SileroVad {
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge> {
        debug_assert_eq!(frame.rate, Rate::Hz16000, "voice activity hears 16 kHz");
        let mut found = None;
        let mut rest = frame.pcm;
        while let Some(piece) = self.heard.piece(&mut rest) {
            let Some(level) = self.edges.hear(piece) else {
                continue;
            };
            self.levels[self.blocks] = level;
            self.blocks += 1;
            let heard = (frame.pcm.len() - rest.len()) as u64;
            let now = frame.at + Span::from_samples(heard, Rate::Hz16000);
            // Silence needs no score: it counts at once.
            if self.decided + 1 == self.blocks && !self.edges.is_sound(level) {
                self.decided = self.blocks;
                found = self.edges.decide(level, 0.0, now).or(found);
            }
            if let Some(score) = self.score() {
                for n in self.decided..BLOCKS {
                    let after = Span::from_samples(((BLOCKS - 1 - n) * BLOCK) as u64, Rate::Hz16000);
                    // A clear start after a weak one in the same frame replaces it.
                    found = self.edges.decide(self.levels[n], score, now - after).or(found);
                }
                (self.blocks, self.decided) = (0, 0);
            }
        }
        let now = frame.at + Span::from_samples(frame.pcm.len() as u64, Rate::Hz16000);
        if self.edges.wants_look()
            && let Some(last) = self.heard.last()
        {
            self.asked += 1;
            let score = self.model.look(&mut self.state, last);
            found = self.edges.look(score, now).or(found);
        }
        found.or_else(|| self.edges.hiss(now))
    }

    fn reset(&mut self) {
        self.state.reset();
        self.heard = Heard::default();
        self.edges.reset();
        (self.blocks, self.decided, self.quiet) = (0, 0, 0);
    }

    fn name(&self) -> &'static str {
        "silero"
    }
}
