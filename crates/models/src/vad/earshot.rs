//! Voice activity without a download: earshot's small network, whose weights are in the binary.

use tom_audio::Frame;
use tom_engine::{Edge, Vad};

use super::config::VadConfig;
use super::edges::Edges;
use super::floor::BLOCK;
use super::window::Window;

/// A detector for one call: about 9 kB, one score per 16 ms.
pub struct EarshotVad {
    network: Box<earshot::Detector>,
    window: Window<BLOCK>,
    edges: Edges,
}

impl EarshotVad {
    /// A detector that has heard nothing yet.
    #[must_use]
    pub fn new(config: VadConfig) -> Self {
        Self {
            network: earshot::Detector::default_boxed(),
            window: Window::default(),
            edges: Edges::new(config),
        }
    }
}

impl Default for EarshotVad {
    fn default() -> Self {
        Self::new(VadConfig::earshot())
    }
}

impl Vad for EarshotVad {
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge> {
        let Self { network, window, edges } = self;
        let mut found = None;
        window.push(frame, |pcm, end| {
            let score = network.predict_i16(pcm);
            // A clear start after a weak one in the same frame replaces it.
            found = edges.block(pcm, score, end).or_else(|| edges.hiss(end)).or(found);
        });
        found
    }

    fn reset(&mut self) {
        self.network.reset();
        self.window = Window::default();
        self.edges.reset();
    }

    fn name(&self) -> &'static str {
        "earshot"
    }
}
