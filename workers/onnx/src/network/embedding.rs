//! How do 800 frames of a spectrum become the 400 positions of the network?
//!
//! Two convolutions over three frames each, the second of which takes every other frame.

use rayon::prelude::*;
use rten_gemm::GemmError;

use super::matrix::{Kernel, Packed, matrix};
use super::{MOST_THREADS, POSITIONS, WIDTH};
use crate::graph::{Graph, ModelError, Quant, input, output};
use crate::lanes::{gelu, wide};

/// Frames under a convolution's window.
const TAPS: usize = 3;

/// A convolution with its activation.
struct Convolution {
    weights: Packed,
    channels: usize,
    stride: usize,
    input: Quant,
    output: Quant,
    factors: Vec<f32>,
    bias: Vec<i32>,
    /// What the activation makes of each step of the output.
    activated: [f32; 256],
}

impl Convolution {
    fn load(graph: &Graph, kernel: &Kernel, name: &str, stride: usize) -> Result<Self, ModelError> {
        let dequantised = format!("inner.encoder.{name}.weight_DequantizeLinear_Output");
        let node = graph.user(&dequantised, "Conv")?;
        let weights = graph.weights(&dequantised)?;
        let [outputs, channels, TAPS] = weights.dims[..] else {
            return Err(ModelError::Another(format!("{name} has another shape")));
        };
        // From [output][channel][tap] to [tap][channel][output]: a window is then one run of its frames.
        let mut turned = vec![0; weights.values.len()];
        for (at, value) in weights.values.iter().enumerate() {
            let (o, rest) = (at / (channels * TAPS), at % (channels * TAPS));
            let (channel, tap) = (rest / TAPS, rest % TAPS);
            turned[(tap * channels + channel) * outputs + o] = *value;
        }
        let from = graph.quant_of(input(node, 0)?)?;
        let (to, _) = graph.next_quant(&output(node)?)?;
        let bias = graph.whole(&format!("inner.encoder.{name}.bias_quantized"))?;
        if bias.len() != outputs || weights.scales.len() != outputs {
            return Err(ModelError::Another(format!("{name} has another shape")));
        }
        Ok(Self {
            weights: kernel.pack(matrix(&turned, outputs)),
            channels,
            stride,
            input: from,
            output: to,
            factors: weights.scales.iter().map(|scale| from.scale * scale / to.scale).collect(),
            bias,
            activated: std::array::from_fn(|byte| gelu(to.number(byte as u8))),
        })
    }

    /// Frames in, activated frames out, by `put`.
    fn run<T: Clone + Default>(
        &self,
        kernel: &Kernel,
        frames: &[u8],
        put: impl Fn(f32, &mut T),
    ) -> Result<Vec<T>, GemmError> {
        let (count, outputs) = (frames.len() / self.channels, self.factors.len());
        // A frame of zeros before the first and after the last.
        let edge = vec![self.input.zero; self.channels];
        let padded = [&edge[..], frames, &edge[..]].concat();
        let mut windows = Vec::with_capacity(count.div_ceil(self.stride) * TAPS * self.channels);
        for first in (0..count).step_by(self.stride) {
            windows.extend_from_slice(&padded[first * self.channels..(first + TAPS) * self.channels]);
        }
        let (window, rows) = (TAPS * self.channels, count.div_ceil(self.stride));
        let each = rows.div_ceil(rayon::current_num_threads().clamp(1, MOST_THREADS));
        let mut sums = vec![0; rows * outputs];
        let mut steps = vec![0u8; rows * outputs];
        let results = sums.par_chunks_mut(each * outputs).zip(steps.par_chunks_mut(each * outputs));
        windows.par_chunks(each * window).zip(results).try_for_each(|(windows, (sums, steps))| {
            let windows = matrix(windows, window);
            kernel.multiply(sums, (windows, self.input.zero), &self.weights, Some(&self.bias))?;
            quantise(sums, self.output, &self.factors, steps);
            Ok(())
        })?;
        let mut activated = vec![T::default(); sums.len()];
        for (step, out) in steps.iter().zip(&mut activated) {
            put(self.activated[usize::from(*step)], out);
        }
        Ok(activated)
    }
}

wide! {
    /// From sums to steps, with a factor for each column.
    fn quantise(sums: &[i32], quant: Quant, factors: &[f32], out: &mut [u8]) {
        for (sums, out) in sums.chunks_exact(factors.len()).zip(out.chunks_exact_mut(factors.len())) {
            for ((sum, factor), out) in sums.iter().zip(factors).zip(out) {
                *out = quant.byte(*sum as f32, *factor);
            }
        }
    }
}

/// Both convolutions and the places of the positions.
pub(crate) struct Embedding {
    first: Convolution,
    second: Convolution,
    places: Vec<f32>,
}

impl Embedding {
    pub(crate) fn load(graph: &Graph, kernel: &Kernel) -> Result<Self, ModelError> {
        let places = graph.floats("inner.encoder.embed_positions.weight")?;
        let first = Convolution::load(graph, kernel, "conv1", 1)?;
        let second = Convolution::load(graph, kernel, "conv2", 2)?;
        let widths = [first.factors.len(), second.channels, second.factors.len()];
        if places.len() != POSITIONS * WIDTH || widths != [WIDTH; 3] {
            return Err(ModelError::Another("its first layers have another shape".into()));
        }
        Ok(Self { first, second, places })
    }

    /// From a spectrum, frame by frame, to positions.
    pub(crate) fn run(&self, kernel: &Kernel, spectrum: &[f32]) -> Result<Vec<f32>, GemmError> {
        let quant = self.first.input;
        let inverse = 1.0 / quant.scale;
        let bytes: Vec<u8> = spectrum.iter().map(|x| quant.byte(*x, inverse)).collect();
        let (quant, inverse) = (self.second.input, 1.0 / self.second.input.scale);
        let middle = self.first.run(kernel, &bytes, |x, out| *out = quant.byte(x, inverse))?;
        let mut positions = self.second.run(kernel, &middle, |x, out: &mut f32| *out = x)?;
        for (x, place) in positions.iter_mut().zip(&self.places) {
            *x += place;
        }
        Ok(positions)
    }
}
