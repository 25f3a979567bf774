//! How does a spectrum become states, for a window of any length?

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::config::Config;
use super::export::{Export, POSITIONS};
use crate::graph::ModelError;

/// Frames of 30 s: the window that every export takes.
pub(super) const WHOLE: usize = 3_000;
/// Frames of the window that a network is tried with.
const TRIED: usize = 200;

/// The first half of a Whisper.
pub struct Encoder {
    model: Model,
    input: NodeId,
    output: NodeId,
    /// Where positions go, and all of them; none: only windows of 30 s.
    positions: Option<(NodeId, Vec<f32>)>,
    bands: usize,
    states: usize,
    pub(super) pool: Arc<ThreadPool>,
}

impl Encoder {
    /// `free`: windows may be shorter than 30 s.
    pub(super) fn load(
        mut export: Export,
        config: &Config,
        pool: Arc<ThreadPool>,
        free: bool,
    ) -> Result<Self, ModelError> {
        let another = |what: &str| ModelError::Another(what.to_owned());
        let (bands, states) = (config.bands, config.states);
        let values = if free { export.free_length(config.positions, states) } else { None };
        let model = export.load(true)?;
        let input = model.find_node("input_features").ok_or_else(|| another("it has no input_features"))?;
        let output = *model.output_ids().first().ok_or_else(|| another("it has no output"))?;
        let positions = model.find_node(POSITIONS).zip(values);
        Ok(Self { model, input, output, positions, bands, states, pool })
    }

    /// Computes a little of nothing, in the shortest window there is.
    ///
    /// # Errors
    /// When it cannot be computed: the export is fixed to 30 s, or no Whisper.
    pub(super) fn try_out(&self) -> Result<Value, String> {
        let frames = if self.is_free() { TRIED } else { WHOLE };
        self.encode(&vec![0.0; self.bands * frames], frames)
    }

    /// Whether windows may be shorter than 30 s.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.positions.is_some()
    }

    /// The states of a spectrum of so many frames, an even number: `[1, frames / 2, states]`.
    ///
    /// # Errors
    /// When they cannot be computed.
    pub fn encode(&self, spectrum: &[f32], frames: usize) -> Result<Value, String> {
        let spectrum = NdTensor::from_data([1, self.bands, frames], spectrum.to_vec());
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![(self.input, spectrum.into())];
        if let Some((node, all)) = &self.positions {
            let count = frames / 2;
            let some =
                all.get(..count * self.states).ok_or("the window is longer than the model's positions")?;
            inputs.push((*node, NdTensor::from_data([count, self.states], some.to_vec()).into()));
        }
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let [states] = self.model.run_n(inputs, [self.output], Some(options)).map_err(|e| e.to_string())?;
        if states.shape().as_slice() != [1, frames / 2, self.states] {
            return Err(format!("the encoder gives {:?} for {frames} frames", states.shape()));
        }
        Ok(states)
    }
}
