//! Voice activity by Silero's network: one call's detector around the shared weights.

use std::sync::Arc;

use tom_audio::Frame;
use tom_engine::{Edge, Vad};
use tom_kernel::Isa;

use super::model::{SileroModel, SileroState, WINDOW};
use crate::vad::config::VadConfig;
use crate::vad::edges::Edges;
use crate::vad::floor::BLOCK;
use crate::vad::window::Window;

/// A detector for one call: about 4 kB beside the shared weights, one score per 32 ms.
pub struct SileroVad {
    model: Arc<SileroModel>,
    state: SileroState,
    window: Window<WINDOW>,
    edges: Edges,
}

impl SileroVad {
    /// A detector that has heard nothing yet.
    #[must_use]
    pub fn new(model: Arc<SileroModel>, config: VadConfig, isa: Isa) -> Self {
        Self { model, state: SileroState::on(isa), window: Window::default(), edges: Edges::new(config) }
    }
}

impl Vad for SileroVad {
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge> {
        let Self { model, state, window, edges } = self;
        let mut found = None;
        window.push(frame, |pcm, end| {
            let score = model.window(state, pcm);
            let (blocks, _) = pcm.as_chunks::<BLOCK>();
            for (n, block) in blocks.iter().enumerate() {
                let after = tom_base::Span::from_samples(
                    ((blocks.len() - 1 - n) * BLOCK) as u64,
                    tom_base::Rate::Hz16000,
                );
                // A clear start after a weak one in the same frame replaces it.
                found = edges.block(block, score, end - after).or(found);
            }
        });
        found
    }

    fn reset(&mut self) {
        self.state.reset();
        self.window = Window::default();
        self.edges.reset();
    }

    fn name(&self) -> &'static str {
        "silero"
    }
}
